"""Boxes: arithmetic, tiles, the V* split, relations, duplicates, covered area."""

from __future__ import annotations

import doctest
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import seal.memory.colors
import seal.memory.conventions
import seal.memory.geometry
import seal.memory.messages
import seal.memory.typed
from seal.memory.errors import SettingError
from seal.memory.geometry import (
    Box,
    Places,
    axis_tiles,
    distance,
    is_duplicate,
    merge_duplicates,
    relation,
    split,
    tiles,
    union_area,
)

NUMBERS = st.integers(-200, 200)
SIDES = st.integers(0, 200)
BOXES = st.builds(Box, NUMBERS, NUMBERS, SIDES, SIDES)
SOLID = st.builds(Box, NUMBERS, NUMBERS, st.integers(1, 200), st.integers(1, 200))


@pytest.mark.parametrize(
    "module",
    [
        seal.memory.geometry,
        seal.memory.colors,
        seal.memory.conventions,
        seal.memory.messages,
        seal.memory.typed,
    ],
)
def test_examples_in_docstrings(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@pytest.mark.parametrize("values", [(0, 0, -1, 1), (math.nan, 0, 1, 1), (0, math.inf, 1, 1), (0, 0, 1, -0.1)])
def test_what_is_no_box(values: tuple[float, ...]) -> None:
    with pytest.raises(SettingError, match="four finite numbers"):
        Box(*values)


def test_numbers_of_numpy_become_plain() -> None:
    box = Box(*np.array([1.5, 2, 3, 4], np.float32))
    assert [type(v) for v in box.xywh] == [float] * 4
    assert box == Box(1.5, 2, 3, 4)
    assert hash(Box(1, 2, 3, 4)) == hash(Box(1.0, 2.0, 3.0, 4.0))


@given(BOXES, BOXES)
def test_intersection_union_and_shares(a: Box, b: Box) -> None:
    both, either = a.intersection(b), a.union(b)
    assert both.area == b.intersection(a).area
    assert either.contains(a)
    assert either.contains(b)
    assert 0 <= a.iou(b) == b.iou(a) <= 1
    assert 0 <= a.coverage(b) <= 1
    if both.area:
        assert a.contains(both)
        assert b.contains(both)
    assert union_area([a, b]) == pytest.approx(a.area + b.area - both.area)


@given(SOLID, SOLID)
def test_clipping_and_moving(a: Box, frame: Box) -> None:
    cut, moved = a.clipped(frame), a.moved_into(frame)
    assert frame.contains(cut)
    assert frame.contains(moved)
    assert cut.area == pytest.approx(a.intersection(frame).area)
    assert moved.size_wh == (min(a.width, frame.width), min(a.height, frame.height))
    if frame.contains(a):
        assert cut == moved == a


@pytest.mark.parametrize(
    ("box", "want"),
    [
        (Box(10, 20, 30, 40).expanded(2), Box(-5, 0, 60, 80)),
        (Box(10, 20, 30, 40).expanded(pixels=5), Box(5, 15, 40, 50)),
        (Box(10, 20, 30, 40).shifted(-10, 5), Box(0, 25, 30, 40)),
        (Box(0.5, 0.5, 1, 1).rounded(), Box(0, 0, 2, 2)),
        (Box(1, 2, 3, 4).rounded(), Box(1, 2, 3, 4)),
        (Box.from_xyxy(5, 6, 1, 9), Box(5, 6, 0, 3)),
        (Box(50, 50, 10, 10).clipped(Box(0, 0, 20, 60)), Box(20, 50, 0, 10)),
    ],
)
def test_new_boxes(box: Box, want: Box) -> None:
    assert box == want


def test_an_empty_box_counts_as_its_centre() -> None:
    assert Box(0, 0, 10, 10).coverage(Box(5, 5, 0, 0)) == 1
    assert Box(0, 0, 10, 10).coverage(Box(10, 5, 0, 0)) == 0


@given(
    length=st.integers(1, 5000),
    tile=st.integers(1, 1200),
    overlap=st.floats(0, 0.9),
)
def test_tiles_cover_share_and_end_where_the_image_ends(length: int, tile: int, overlap: float) -> None:
    if length > 2000 * tile * (1 - overlap):
        return
    found = axis_tiles(length, tile, overlap)
    assert found[0][0] == 0
    assert found[-1][0] + found[-1][1] == length
    assert len({size for _, size in found}) == 1
    for (a, size), (b, _) in pairwise(found):
        assert a < b
        assert a + size - b >= min(overlap * tile, tile - 1) - 1e-6


@pytest.mark.parametrize(("tile", "overlap"), [(0, 0), (10, 1), (10, -0.1)])
def test_tiles_that_do_not_do(tile: int, overlap: float) -> None:
    with pytest.raises(SettingError, match="overlap"):
        axis_tiles(100, tile, overlap)


def test_tiles_of_a_box() -> None:
    found = tiles(Box(10, 20, 100, 50), (60, 30), 0.1)
    assert len(found) == 4
    assert found[0] == Box(10, 20, 60, 30)
    assert found[-1] == Box(50, 40, 60, 30)
    assert union_area(found) == 5000


@pytest.mark.parametrize(
    ("size", "sides"),
    [
        ((100, 200), [(100, 50)] * 4),
        ((200, 100), [(50, 100)] * 4),
        ((101, 51), [(50, 25), (51, 25), (50, 26), (51, 26)]),
        ((203, 100), [(50, 100), (50, 100), (50, 100), (53, 100)]),
    ],
)
def test_split(size: tuple[int, int], sides: list[tuple[int, int]]) -> None:
    parts = split(Box(7, 9, *size))
    assert [p.size_wh for p in parts] == sides
    assert union_area(parts) == size[0] * size[1] == sum(p.area for p in parts)


A = Box(100, 100, 40, 20)


@pytest.mark.parametrize(
    ("b", "text", "gaps"),
    [
        (Box(200, 102, 40, 20), "left of", (60, 0)),
        (Box(0, 100, 40, 20), "right of", (60, 0)),
        (Box(100, 200, 40, 20), "above", (0, 80)),
        (Box(102, 20, 40, 20), "below", (0, 60)),
        (Box(300, 300, 10, 10), "left of and above", (160, 180)),
        (Box(0, 0, 10, 10), "right of and below", (90, 90)),
        (A, "at the same place as", (0, 0)),
    ],
)
def test_relations(b: Box, text: str, gaps: tuple[float, float]) -> None:
    found = relation(A, b)
    assert (found.text, (found.gap_x, found.gap_y)) == (text, gaps)


@given(BOXES, BOXES)
def test_relations_turn_round(a: Box, b: Box) -> None:
    one, other = relation(a, b), relation(b, a)
    turned = {"left of": "right of", "above": "below", "right of": "left of", "below": "above"}
    assert other.horizontal == turned.get(one.horizontal, one.horizontal)
    assert other.vertical == turned.get(one.vertical, one.vertical)
    assert (one.gap_x, one.gap_y) == (other.gap_x, other.gap_y)
    assert distance(a, b) == distance(b, a)


@pytest.mark.parametrize(
    ("boxes", "scores", "kept"),
    [
        ([], [], []),
        ([Box(0, 0, 10, 10), Box(1, 0, 10, 10), Box(50, 0, 10, 10)], [0.5, 0.9, 0.1], [1, 2]),
        ([Box(0, 0, 100, 20), Box(60, 0, 40, 20)], [0.5, 0.9], [1]),
        ([Box(0, 0, 40, 20), Box(0, 0, 100, 20)], [0.5, 0.5], [1]),
        ([Box(0, 0, 10, 10), Box(10, 0, 10, 10)], [0.5, 0.9], [1, 0]),
        ([Box(0, 0, 10, 10), Box(0, 0, 10, 10)], [0.5, 0.5], [0]),
    ],
)
def test_duplicates(boxes: list[Box], scores: list[float], kept: list[int]) -> None:
    assert merge_duplicates(boxes, scores) == kept


@given(st.lists(st.tuples(BOXES, st.integers(0, 3)), max_size=12))
def test_duplicates_are_those_of_all_pairs(scored: list[tuple[Box, int]]) -> None:
    boxes, scores = [box for box, _ in scored], [float(score) for _, score in scored]
    kept: list[int] = []
    for i in sorted(range(len(boxes)), key=lambda i: (-scores[i], -boxes[i].area, i)):
        if not any(is_duplicate(boxes[i], boxes[k]) for k in kept):
            kept.append(i)
    assert merge_duplicates(boxes, scores) == kept


@given(st.lists(BOXES, max_size=12), BOXES, st.integers(1, 40))
def test_all_that_overlap_are_near(boxes: list[Box], asked: Box, usual: int) -> None:
    places = Places([Box(0, 0, usual, usual)])
    for box in boxes:
        places.add(box)
    near = places.near(asked)
    assert near == sorted(set(near))
    assert {i for i, box in enumerate(boxes) if box.shared(asked) or box.coverage(asked)} <= set(near)


def test_far_boxes_are_not_asked() -> None:
    boxes = [Box(100 * i, 0, 50, 50) for i in range(100)]
    places = Places(boxes)
    for box in boxes:
        places.add(box)
    assert len(places.near(boxes[50])) <= 3


@given(st.lists(BOXES, max_size=6))
def test_covered_area_equals_counted_pixels(boxes: list[Box]) -> None:
    grid = np.zeros((600, 600), bool)
    for b in boxes:
        x0, y0, x1, y1 = (int(v) + 200 for v in b.xyxy)
        grid[y0:y1, x0:x1] = True
    assert union_area(boxes) == grid.sum()


def test_a_box_unpacks_as_x_y_width_height() -> None:
    box = Box(1, 2, 3, 4)
    x, y, width, height = box
    assert (x, y, width, height) == tuple(box) == box.xywh
    assert box == Box(*box) and {box: "same"}[Box(1.0, 2.0, 3.0, 4.0)] == "same"
