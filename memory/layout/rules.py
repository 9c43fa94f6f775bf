"""What is drawn on a form to be written on: rules, leaders of dots, frames; and stamps, which are not.

- Rules are long, thin and straight; dots and dashes of a leader follow each other in even steps.
- A frame right over a line, or across one, is a stamp: a form has one of them, not both.

All on a page that stands upright; boxes in its pixels, heights those of a line of text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..geometry import Box

__all__ = ["Rule", "is_edge", "is_stamp", "outlines_in", "part_of", "ruled", "without_rests"]

_Mask = NDArray[np.uint8]
_Pixel = TypeVar("_Pixel", bound=np.generic)
_LEAST = 3.0
"""Length of a rule at least, in heights of a line of text."""
_DOTS = 4
"""Dots or dashes in a piece of a leader at least."""
_GAP = 3.2
"""Gap in a leader at most, in heights of a line: what is written on it covers dots."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line, a leader, or a frame on the upright page. box: pixels of the sheet, of a frame its inside."""

    kind: str
    box: Box


def ruled(ink: _Mask, height: float) -> tuple[list[Rule], list[Rule], _Mask]:
    """Rules and leaders, frames, and a mask of all that draws them."""
    import cv2

    long = max(9, round(2 * height))
    level = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, long), np.uint8))
    steep = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((long, 1), np.uint8))
    flat = np.asarray(cv2.morphologyEx(level, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8)), np.uint8)
    rules, kept = _straight(flat, height, "line", 2.0)
    dots, dotted = _leaders(
        np.asarray(ink * (1 - cv2.dilate(flat, np.ones((3, 3), np.uint8))), np.uint8), height
    )
    drawn = np.maximum(np.maximum(kept, dotted), np.asarray(steep, np.uint8))
    frames = _frames(np.maximum(kept, np.asarray(steep, np.uint8)), height)
    grown = cv2.dilate(drawn, np.ones((3, 3), np.uint8))
    return [*_joined(rules, height, 0.5), *dots], frames, np.asarray(grown, np.uint8)


def _straight(flat: _Mask, height: float, kind: str, least: float) -> tuple[list[Rule], _Mask]:
    """Of components those that are long, thin and straight. least: length, heights of a line."""
    import cv2

    count, marks, stats, _ = cv2.connectedComponentsWithStats(flat, connectivity=8)
    rules, kept = [], np.zeros_like(flat)
    for i in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[i])
        if (
            w < least * height
            or area / w > (0.3 if kind == "line" else 0.45) * height
            or h > 0.15 * w + 0.3 * height
        ):
            continue
        own = marks[y : y + h, x : x + w] == i
        columns = np.flatnonzero(own.any(0))
        level = np.array([np.flatnonzero(own[:, c]).mean() for c in columns[:: max(1, len(columns) // 60)]])
        at = columns[:: max(1, len(columns) // 60)]
        bent = level - np.polyval(np.polyfit(at, level, 1), at)
        if len(columns) < 0.8 * w or np.abs(bent).max() > 0.2 * height:
            continue
        rules.append(Rule(kind, Box(x, y, w, h)))
        kept[y : y + h, x : x + w][own] = 1
    return rules, kept


def _leaders(ink: _Mask, height: float) -> tuple[list[Rule], _Mask]:
    """Rows of dots or dashes, also where they run together, and a mask of them."""
    import cv2

    _, found, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    marks = np.asarray(found, np.int32)
    low = (stats[:, 3] <= 0.42 * height + 0.01 * stats[:, 2]) & (stats[:, 4] >= 2)
    low[0] = False
    dots = np.asarray(low[marks], np.uint8)
    over, gap = max(1, round(0.12 * height)), max(3, round(0.8 * height))
    joined = cv2.morphologyEx(dots, cv2.MORPH_CLOSE, np.ones((over, gap), np.uint8))
    pieces, kept = _straight(np.asarray(joined, np.uint8), height, "dots", 1.0)
    mask = np.zeros_like(ink)
    regular = []
    for piece in pieces:
        part = part_of(marks, piece.box) * (part_of(kept, piece.box) & part_of(dots, piece.box))
        if _is_regular(np.asarray(stats[np.unique(part[part > 0])], np.int32), piece.box, height):
            regular.append(piece)
            part_of(mask, piece.box)[part > 0] = 1
    return _joined(regular, height, _GAP), mask


def _is_regular(dots: NDArray[np.int32], box: Box, height: float) -> bool:
    """Whether components follow each other as dots or dashes of one size do; few long ones are dots run together.
    dots: (N, 5), their x, y, width, height, area.
    """
    if len(dots) and dots[:, 2].sum() > 0.85 * box.width and dots[:, 3].max() < 0.35 * height:
        return box.width > _LEAST * height
    if len(dots) < _DOTS:
        return False
    dots = dots[np.argsort(dots[:, 0])]
    middle = dots[:, 0] + dots[:, 2] / 2
    steps = np.diff(middle)
    usual = float(np.median(steps))
    even = np.abs(steps - usual) < 0.3 * usual + 1
    size = float(np.median(dots[:, 2]))
    alike = np.abs(dots[:, 2] - size) < 0.35 * size + 1.5
    return bool(usual < 1.6 * height and even.mean() > 0.75 and alike.mean() > 0.75)


def _joined(rules: Sequence[Rule], height: float, gap: float) -> list[Rule]:
    """Rules of one level that follow each other closely, as one: what is written on a rule parts it."""
    made: list[Rule] = []
    for rule in sorted(rules, key=lambda r: r.box.x):
        last = next(
            (
                m
                for m in made
                if abs(m.box.center[1] - rule.box.center[1])
                < 0.2 * height + 0.5 * min(m.box.height, rule.box.height)
                and rule.box.x - m.box.x - m.box.width < gap * height
            ),
            None,
        )
        if last is not None:
            made.remove(last)
        made.append(rule if last is None else Rule(rule.kind, last.box.union(rule.box)))
    return [m for m in made if m.box.width >= _LEAST * height]


def _frames(edges: _Mask, height: float) -> list[Rule]:
    """Rectangles drawn by straight lines, as large as what somebody writes into."""
    import cv2

    closed = cv2.morphologyEx(edges, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    shapes, tree = cv2.findContours(closed, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for shape, (_, _, _, parent) in zip(shapes, tree[0] if tree is not None else (), strict=True):
        x, y, w, h = cv2.boundingRect(shape)
        if parent < 0 or w < _LEAST * height or not 1.1 * height <= h <= 9 * height:
            continue
        if cv2.contourArea(shape) > 0.85 * w * h:
            found.append(Rule("box", Box(x, y, w, h)))
    return found


def is_edge(rule: Box, frame: Box, height: float) -> bool:
    """Whether a rule is the upper or lower edge of a frame."""
    near = min(abs(rule.center[1] - frame.y), abs(rule.center[1] - frame.y - frame.height)) < 0.4 * height
    shared = min(rule.x + rule.width, frame.x + frame.width) - max(rule.x, frame.x)
    return near and shared > 0.6 * min(rule.width, frame.width)


def without_rests(left: _Mask, rules: Sequence[Box], height: float) -> _Mask:
    """Ink without what lies flat along a rule: edges of thick ones, and of dots that run together."""
    import cv2

    _, marks, stats, _ = cv2.connectedComponentsWithStats(left, connectivity=8)
    x, y, w, h = stats[:, 0], stats[:, 1], stats[:, 2], stats[:, 3]
    rest, edge = np.zeros(len(stats), bool), 0.3 * height
    for rule in rules:
        level = (y >= rule.y - edge) & (y + h <= rule.y + rule.height + edge) & (h <= 0.5 * height + 0.02 * w)
        rest |= level & (x + w > rule.x - edge) & (x < rule.x + rule.width + edge)
    rest[0] = False
    return np.asarray(left * ~rest[marks], np.uint8)


def outlines_in(ink: _Mask, height: float, full: float) -> list[Box]:
    """Closed outlines around much room, turned as they may be. full: share that they fill of a rectangle, at least."""
    import cv2

    closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    shapes, tree = cv2.findContours(closed, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for shape, (_, _, _, parent) in zip(shapes, tree[0] if tree is not None else (), strict=True):
        if parent < 0 or len(shape) < 4:
            continue
        area, (_, (a, b), _) = cv2.contourArea(shape), cv2.minAreaRect(shape)
        if min(a, b) < 1.5 * height or not 3.5 * height < max(a, b) < 20 * height or area < full * a * b:
            continue
        edge = round(0.35 * height)
        x, y, w, h = cv2.boundingRect(shape)
        x, y = max(0, x - edge), max(0, y - edge)
        found.append(Box(x, y, w + 2 * edge, h + 2 * edge))
    return found


def is_stamp(frame: Box, rules: Sequence[Rule], frames: Sequence[Rule], height: float) -> bool:
    """Whether a frame stands right over a line, or across one: a form has one of them, not both."""
    foot = frame.y + frame.height
    others = [f.box for f in frames if frame.coverage(f.box) < 0.5]
    for rule in rules:
        box = rule.box
        if any(is_edge(box, o, height) for o in others):
            continue
        shared = min(box.x + box.width, frame.x + frame.width) - max(box.x, frame.x)
        under = foot - 0.2 * height < box.center[1] < foot + 0.6 * height
        through = frame.y < box.center[1] < foot and box.width > 1.25 * frame.width
        if rule.kind != "box" and shared > 0.5 * frame.width and (under or through):
            return True
    return False


def part_of(pixels: NDArray[_Pixel], box: Box, edge: int = 0) -> NDArray[_Pixel]:
    """The pixels in a box and an edge around it, as a view."""
    x0, y0, x1, y1 = (round(v) for v in box.xyxy)
    return pixels[max(0, y0 - edge) : max(0, y1 + edge), max(0, x0 - edge) : max(0, x1 + edge)]
