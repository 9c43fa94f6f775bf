"""Boxes to tick and circles on a picture of a page: where they are, whether they are marked, and what they belong to.

- A box is a hole in the ink that is about square, as high as a line, and closed by straight edges; a mark may
  part it. A circle is one that is closed all around and stands free.
- It is marked when ink stands inside: a cross, a tick, a filling.
- Its label is the text to its right up to the next box, or to its left where all labels of the page stand there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from ..geometry import Box
from ..working import TextLine
from .model import Mark
from .pixels import ink_of, scale_of

__all__ = ["marks_in"]

_Mask = NDArray[np.uint8]
_LEAST, _MOST = 0.45, 1.7
"""Side of a box, in heights of a line of text."""
_EMPTY, _MARKED = 0.035, 0.075
"""Share of ink inside up to which a box is empty, and from which it is marked."""
_CELLS = 12
"""Holes of one shape from which they are cells of a table, or a picture."""
_FINE = 40.0
"""Height of a line, pixels of the picture, below which it is looked at twice as large."""
_FAR = 3.5
"""Distance of a label from its box, in sides of the box."""
_SIGNS = re.compile(r"^[\s☐☑☒□■✓✔✗✕×○●◉Oo0DX|\[\](){}·.:;,-]{1,2}\s+(?=\w)|\s*[\[(]\s*$|^\s*[\])]\s*")
"""What OCR makes of a box before or behind its label."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """A box or circle in the picture: x, y, side, pixels of the picture. ink: share of its inside."""

    kind: str
    x: int
    y: int
    w: int
    h: int
    ink: float


def marks_in(
    picture: PIL.Image.Image, size_wh: tuple[int, int], lines: Sequence[TextLine]
) -> tuple[Mark, ...]:
    """The boxes and circles of a page, reading order.

    picture: the page or a copy scaled down, RGB. size_wh: the page's own size in pixels, in which lines and the marks
    that are found are measured. lines: what was read on the page, for labels and for how large text is.
    Raises SettingError for a size that the picture is no copy of.
    """
    scale = scale_of(picture, size_wh)
    if not lines:
        return ()
    height = median([n.box.height for n in lines]) * scale
    if height < 6:
        return ()
    if height < _FINE:  # small print, whose boxes would fill up
        picture, scale, height = (
            picture.resize((2 * picture.width, 2 * picture.height)),
            2 * scale,
            2 * height,
        )
    shapes = _shapes(_ink(picture, height), height)
    round_ = [s for s in shapes if s.kind == "circle" and not _in_a_word(s, lines, scale)]
    shapes = [
        s for s in shapes if s.kind == "box" or (s in round_ and any(_is_next(s, o, height) for o in round_))
    ]
    marks = [
        Mark.model_validate(
            {
                "kind": s.kind,
                "box": Box(s.x / scale, s.y / scale, s.w / scale, s.h / scale),
                "on": None if _EMPTY < s.ink < _MARKED else s.ink >= _MARKED,
            }
        )
        for s in shapes
    ]
    return tuple(_labelled(marks, lines))


def _ink(picture: PIL.Image.Image, height: float) -> _Mask:
    """(H, W) uint8, 1 where a pixel is far darker than what is around it."""
    gray = np.asarray(picture.convert("L"), np.uint8)
    if np.median(gray) < 100:
        gray = 255 - gray  # light print on dark
    return ink_of(gray, height)


def _shapes(ink: _Mask, height: float) -> list[_Shape]:
    import cv2

    least, most = _LEAST * height, _MOST * height
    closed = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((2, 2), np.uint8)), np.uint8)
    shapes, parents = cv2.findContours(closed, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if not shapes:
        return []
    outlines = [np.asarray(shape, np.int32) for shape in shapes]
    tree = np.asarray(parents, np.int32)
    holes: dict[int, list[int]] = {}
    for i, (_, _, _, parent) in enumerate(tree[0]):
        if parent >= 0:
            holes.setdefault(int(parent), []).append(i)
    found: list[_Shape] = []
    for inside in holes.values():
        bounds = [cv2.boundingRect(outlines[i]) for i in inside]  # with the ink around the hole
        for group in _groups(
            [(x + 1, y + 1, w - 2, h - 2) for x, y, w, h in bounds if w > 3 < h], least, most
        ):
            shape = _shape(ink, *group)
            if shape is not None and not any(_overlap(shape, f) for f in found):
                found.append(shape)
    found += _filled(closed, outlines, tree, [s for s in found if s.kind == "box"])
    return sorted(found, key=lambda s: (round(s.y / height), s.x))


def _filled(
    ink: _Mask, outlines: Sequence[NDArray[np.int32]], tree: NDArray[np.int32], boxes: Sequence[_Shape]
) -> list[_Shape]:
    """Squares of ink as large as the boxes of the page: boxes that are filled."""
    import cv2

    if len(boxes) < 2:
        return []
    side = median([s.w for s in boxes])
    found = []
    for outline, (_, _, _, parent) in zip(outlines, tree[0], strict=True):
        x, y, w, h = cv2.boundingRect(outline)
        if parent >= 0 or not 0.8 * side < min(w, h) <= max(w, h) < 1.35 * side:
            continue
        shape = _Shape("box", x, y, w, h, 1.0)
        if ink[y : y + h, x : x + w].mean() > 0.85 and not any(_overlap(shape, s) for s in boxes):
            found.append(shape)
    return found


def _groups(
    boxes: Sequence[tuple[int, int, int, int]], least: float, most: float
) -> list[tuple[int, int, int, int]]:
    """Rectangles (x, y, w, h) that may be the inside of a box: of one hole, or around several that a mark parts."""
    if len(boxes) > _CELLS:
        return []  # a table with small cells
    single = [
        b for b in boxes if least <= min(b[2:]) and max(b[2:]) <= most and max(b[2:]) <= 1.35 * min(b[2:])
    ]
    if len(boxes) < 2:
        return single
    x0, y0 = min(b[0] for b in boxes), min(b[1] for b in boxes)
    x1, y1 = max(b[0] + b[2] for b in boxes), max(b[1] + b[3] for b in boxes)
    w, h = x1 - x0, y1 - y0
    if least <= min(w, h) and max(w, h) <= most and max(w, h) <= 1.35 * min(w, h):
        return [(x0, y0, w, h)]
    return single


def _overlap(a: _Shape, b: _Shape) -> bool:
    return abs(a.x - b.x) < 0.6 * a.w and abs(a.y - b.y) < 0.6 * a.h


def _shape(ink: _Mask, x: int, y: int, w: int, h: int) -> _Shape | None:
    """What a rectangle of white, parted or not, is the inside of; None where edges are missing."""
    if x < 3 or y < 3 or x + w + 3 > ink.shape[1] or y + h + 3 > ink.shape[0]:
        return None
    ring = max(2, round(0.12 * min(w, h)))
    top, bottom = ink[y - ring : y + 1, x : x + w].max(0), ink[y + h - 1 : y + h + ring, x : x + w].max(0)
    left, right = ink[y : y + h, x - ring : x + 1].max(1), ink[y : y + h, x + w - 1 : x + w + ring].max(1)
    edges = [float(side.mean()) for side in (top, bottom, left, right)]
    if _touched(ink, x, y, w, h):
        return None  # a letter among others
    inner = ink[y : y + h, x : x + w]
    margin = max(1, round(0.14 * min(w, h)))
    core = inner[margin : h - margin, margin : w - margin]
    if core.size == 0:
        return None
    corner = max(2, round(0.16 * min(w, h)))
    parts = (
        inner[:corner, :corner],
        inner[:corner, -corner:],
        inner[-corner:, :corner],
        inner[-corner:, -corner:],
    )
    filled = [float(p.mean()) for p in parts]
    outer = (
        ink[y - ring : y + 1, x - ring : x + 1],
        ink[y - ring : y + 1, x + w - 1 : x + w + ring],
        ink[y + h - 1 : y + h + ring, x - ring : x + 1],
        ink[y + h - 1 : y + h + ring, x + w - 1 : x + w + ring],
    )
    if min(edges) >= 0.85 and min(float(p.mean()) for p in outer) >= 0.3:
        return _Shape("box", x - ring, y - ring, w + 2 * ring, h + 2 * ring, float(core.mean()))
    if min(filled) > 0.6 and 0.85 < w / h < 1.18:
        yy, xx = np.mgrid[0:h, 0:w]
        away = np.hypot((xx + 0.5) / w - 0.5, (yy + 0.5) / h - 0.5)
        disc = inner[away < 0.36]
        return _Shape("circle", x - ring, y - ring, w + 2 * ring, h + 2 * ring, float(disc.mean()))
    return None


def _touched(ink: _Mask, x: int, y: int, w: int, h: int) -> bool:
    """Whether ink stands close to both sides of a shape, beyond its edge, as letters of a word do."""
    rows = ink[y + h // 5 : y + h - h // 5]
    near = []
    for step, start in ((-1, x - 1), (1, x + w)):
        at, edge = start, 0
        while 0 < at < ink.shape[1] - 1 and edge < 0.5 * w and rows[:, at].mean() > 0.5:
            at, edge = at + step, edge + 1
        gap = max(2, round(0.18 * w))
        beyond = rows[:, max(0, at - gap) : at] if step < 0 else rows[:, at + 1 : at + 1 + gap]
        near.append(float(beyond.max(1).mean()) if beyond.size else 0.0)
    return min(near) > 0.25


def _is_next(a: _Shape, b: _Shape, height: float) -> bool:
    """Whether two circles are of one size and stand in one row or column: one alone is a letter or an icon."""
    if a == b or abs(a.w - b.w) > max(1, 0.12 * a.w):
        return False
    return abs(a.y - b.y) < 0.3 * height or (abs(a.x - b.x) < 0.3 * height and abs(a.y - b.y) < 5 * height)


def _in_a_word(shape: _Shape, lines: Sequence[TextLine], scale: float) -> bool:
    """Whether a circle is a letter: it stands in a line, with others close to it."""
    box = Box(shape.x / scale, shape.y / scale, shape.w / scale, shape.h / scale)
    for line in lines:
        if line.box.coverage(box) < 0.5:
            continue
        first = box.x - line.box.x < 0.8 * box.width
        return not (first and re.match(r"[Oo0○●◉]\s", line.text)) and len(line.text) > 1
    return False


@dataclass(frozen=True, slots=True)
class _Words:
    """Words between two marks of one row. x0, x1: pixels of the page."""

    text: str
    x0: float
    x1: float
    line: TextLine

    @property
    def box(self) -> Box:
        return Box(self.x0, self.line.box.y, max(1.0, self.x1 - self.x0), self.line.box.height)


def _labelled(marks: Sequence[Mark], lines: Sequence[TextLine]) -> list[Mark]:
    """Marks with the texts that belong to them: all to their right, or all to their left."""
    right, left = [], []
    for mark in marks:
        row = [m.box for m in marks if abs(m.box.center[1] - mark.box.center[1]) < 0.6 * mark.box.height]
        apart = [n for n in lines if _is_level(n, mark) and not any(_is_sign(n, box) for box in row)]
        words = [w for line in apart for w in _parted(line, row)]
        right.append(_nearest(mark, words, row, 1))
        left.append(_nearest(mark, words, row, -1))
    gaps = [[label[1] for label in side if label is not None] for side in (right, left)]
    side = median([m.box.width for m in marks]) if marks else 0.0
    turned = len(gaps[1]) > len(gaps[0]) or (
        bool(gaps[0]) and bool(gaps[1]) and median(gaps[0]) - median(gaps[1]) > 0.5 * side
    )
    told = []
    for mark, first, second in zip(marks, left if turned else right, right if turned else left, strict=True):
        label = first or second
        found = {} if label is None else {"label": label[0].text, "label_box": label[0].box}
        told.append(mark.model_copy(update=found))
    return told


def _is_sign(line: TextLine, box: Box) -> bool:
    """Whether what was read is the mark in a box: a tick looks like a "V"."""
    return len(line.text.strip()) <= 2 and box.coverage(line.box) >= 0.7


def _is_level(line: TextLine, mark: Mark) -> bool:
    return abs(line.box.center[1] - mark.box.center[1]) <= 0.6 * max(mark.box.height, line.box.height)


def _nearest(
    mark: Mark, words: Sequence[_Words], row: Sequence[Box], side: int
) -> tuple[_Words, float] | None:
    """The words beside a mark and their distance, right (1) or left (-1) of it, before any other mark."""
    box, slack = mark.box, 0.35 * mark.box.width
    best: tuple[_Words, float] | None = None
    for held in words:
        gap = held.x0 - box.x - box.width if side > 0 else box.x - held.x1
        middle = (held.x0 + held.x1) / 2
        between = any(min(middle, box.x) < b.center[0] < max(middle, box.x) and b != box for b in row)
        if -slack <= gap <= _FAR * box.width and not between and (best is None or gap < best[1]):
            best = held, gap
    return best


def _parted(line: TextLine, row: Sequence[Box]) -> list[_Words]:
    """The words of a line between the marks that it runs over; letters are as wide as each other, marks have none."""
    x, end = line.box.x, line.box.x + line.box.width
    over = sorted((b for b in row if b.x < end and b.x + b.width > x), key=lambda b: b.x)
    text = line.text
    room = line.box.width - sum(min(end, b.x + b.width) - max(x, b.x) for b in over)
    step = max(1e-6, room) / max(1, len(text))
    found, start, left, used = [], 0, x, 0.0
    for mark in over:
        used += max(0.0, mark.x - left)
        cut = _cut(text, used / step)
        found.append((start, cut, left, mark.x))
        start, left = cut, mark.x + mark.width
    found.append((start, len(text), left, end))
    told = [(_SIGNS.sub("", text[a:b] + " ").strip(), x0, x1) for a, b, x0, x1 in found]
    return [_Words(t, x0, x1, line) for t, x0, x1 in told if re.search(r"\w", t) and x1 > x0]


def _cut(text: str, expected: float) -> int:
    """Where a text is cut that a mark parts: between words, or behind a bracket, near where the mark stands."""
    places = [m.end() for m in re.finditer(r"\s+|(?<=[)\].:;,])(?=\w)", text)] + [0, len(text)]
    near = min(places, key=lambda i: abs(i - expected))
    return near if abs(near - expected) <= 4 else round(expected)
