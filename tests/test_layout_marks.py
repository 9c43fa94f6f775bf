"""Boxes of forms on small drawn pages: where they are, whether they are marked, and whose they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest
from answer_pages import Page, ask

from seal.agents.answers import load
from seal.agents.answers.agent import Guide
from seal.memory.errors import SettingError
from seal.memory.geometry import Box
from seal.memory.layout import cut_at_edges, fields_in, layout_of, marks_in
from seal.memory.working import TextLine

Pen = PIL.ImageDraw.ImageDraw
SIZE = (800, 600)
FONT = PIL.ImageFont.load_default(24)


def cross(pen: Pen, x: float, y: float) -> None:
    pen.line((x + 5, y + 5, x + 21, y + 21), "#203080", 3)
    pen.line((x + 21, y + 5, x + 5, y + 21), "#203080", 3)


def tick(pen: Pen, x: float, y: float) -> None:
    pen.line((x + 5, y + 14, x + 11, y + 21, x + 29, y - 3), "#101010", 3)  # beyond its edge


def fill(pen: Pen, x: float, y: float) -> None:
    pen.rectangle((x + 6, y + 6, x + 20, y + 20), fill="#101010")


def empty(pen: Pen, x: float, y: float) -> None:
    del pen, x, y


def drawn(
    inside: Callable[[Pen, float, float], None], turned: float = 0.0, left: bool = False
) -> tuple[PIL.Image.Image, list[TextLine]]:
    """Two boxes, the first empty, with a label each."""
    picture = PIL.Image.new("RGB", SIZE, "#f4f2ee")
    pen = PIL.ImageDraw.Draw(picture)
    lines = []
    for text, x, mark in (("yearly", 100, empty), ("monthly", 400, inside)):
        pen.rectangle((x, 200, x + 26, 226), outline="#202020", width=2)
        mark(pen, x, 200)
        at = x - 12 - pen.textlength(text, FONT) if left else x + 40
        pen.text((at, 198), text, "#101010", FONT)
        lines.append(TextLine(text=text, box=Box(at, 198, pen.textlength(text, FONT), 30), confidence=0.97))
    return picture.rotate(turned, PIL.Image.Resampling.BICUBIC, fillcolor="#f4f2ee"), lines


@pytest.mark.parametrize(("inside", "on"), [(empty, False), (cross, True), (tick, True), (fill, True)])
@pytest.mark.parametrize("turned", [0.0, 1.0, -1.0])
def test_boxes_are_told_marked_or_empty(
    inside: Callable[[Pen, float, float], None], on: bool, turned: float
) -> None:
    picture, lines = drawn(inside, turned)
    marks = marks_in(picture, SIZE, lines)
    assert [(m.kind, m.on, m.label) for m in marks] == [("box", False, "yearly"), ("box", on, "monthly")]
    assert turned or all(m.box.iou(Box(x, 200, 27, 27)) > 0.6 for m, x in zip(marks, (100, 400), strict=True))


def test_labels_at_the_left_of_their_boxes_are_theirs() -> None:
    picture, lines = drawn(cross, left=True)
    assert [m.label for m in marks_in(picture, SIZE, lines)] == ["yearly", "monthly"]


def test_a_line_that_runs_over_boxes_is_parted_by_them() -> None:
    picture, _ = drawn(cross)
    one = TextLine(text="yearly monthly", box=Box(100, 198, 440, 30), confidence=0.97)
    assert [m.label for m in marks_in(picture, SIZE, [one])] == ["yearly", "monthly"]


def test_a_small_copy_gives_boxes_of_the_page() -> None:
    picture, lines = drawn(cross)
    large = [TextLine(text=n.text, box=Box(*(2 * v for v in n.box.xywh))) for n in lines]
    marks = layout_of(large, picture=picture, size_wh=(1600, 1200)).marks
    assert [m.on for m in marks] == [False, True] and marks[1].box.iou(Box(800, 400, 54, 54)) > 0.6


NO_SIZES = [
    *((side, 600) for side in (0, -1, math.nan, math.inf, True, 1.5, 1e-300)),
    *((800, side) for side in (0, -600, math.nan, 1)),
    (400, 300),  # of a smaller page
]


@pytest.mark.parametrize("size_wh", NO_SIZES, ids=str)
@pytest.mark.parametrize("read", [True, False])
def test_a_size_that_the_picture_is_no_copy_of(size_wh: Any, read: bool) -> None:
    picture, lines = drawn(cross)
    lines = lines if read else []
    for measure in (
        lambda: marks_in(picture, size_wh, lines),
        lambda: fields_in(picture, size_wh, lines),
        lambda: cut_at_edges(lines, picture, size_wh),
        lambda: layout_of(lines, picture=picture, size_wh=size_wh),
    ):
        with pytest.raises(SettingError, match="is no copy of a page of"):
            measure()


def test_letters_are_no_boxes() -> None:
    picture = PIL.Image.new("RGB", SIZE, "white")
    PIL.ImageDraw.Draw(picture).text((40, 100), "DOOR 0800 BOQ OD", "black", FONT)
    lines = [TextLine(text="DOOR 0800 BOQ OD", box=Box(40, 98, 220, 30))]
    assert marks_in(picture, SIZE, lines) == () == marks_in(picture, SIZE, [])


def _form(pen: Pen) -> None:
    for x, y, mark in (
        (40, 140, empty),
        (240, 140, cross),
        (40, 240, empty),
        (240, 240, empty),
        (440, 240, cross),
    ):
        pen.rectangle((x, y, x + 26, y + 26), outline="#202020", width=2)
        mark(pen, x, y)


FORM = Page(
    [
        *[("1. Sex", 40, 100, 70, 24), ("male", 76, 141, 50, 24), ("female", 276, 141, 70, 24)],
        *[("2. Licence type", 40, 200, 150, 24), ("1 year", 76, 241, 60, 24), ("3 years", 276, 241, 70, 24)],
        *[("lifetime", 476, 241, 80, 24), ("Signature", 40, 400, 100, 24)],
    ],
    draw=_form,
)
ASKED = [
    ("Which licence type is ticked?", "", "lifetime"),
    ("Which licence type is ticked?", "1 year; 3 years; lifetime", "lifetime"),
    ("Which sex is marked?", "", "female"),
    ("Is the person male or female?", "male; female", "female"),
    ("Is female checked?", "", "yes"),
    ("Is the box male ticked?", "", "no"),
]


@pytest.fixture(scope="module")
def guide() -> Guide:
    agent = load()
    assert isinstance(agent, Guide)
    return agent


@pytest.mark.parametrize(("question", "options", "told"), ASKED)
def test_a_form_is_answered_from_its_boxes(guide: Guide, question: str, options: str, told: str) -> None:
    assert ask(guide, FORM, question, options).text == told


def test_a_form_without_marks_tells_none(guide: Guide) -> None:
    bare = Page(FORM.lines, draw=lambda pen: pen.rectangle((40, 140, 66, 166), outline="#202020", width=2))
    assert ask(guide, bare, "Which licence type is ticked?").status == "cannot_tell"
