"""Lines of a page made ready for measuring: each once, on the level, in rows.

- A view is read in parts that overlap, so lines come twice and in pieces: at one place the longer and surer reading
  stays. What another localizer has seen as an icon or a box to tick is no letter.
- A scan stands askew: the slope that neighbours on one line have is taken out before rows are told apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
from numpy.typing import NDArray

from ..geometry import Box, Places
from ..typed import plain
from ..working import TextLine

__all__ = [
    "Bit",
    "Row",
    "around",
    "bits_of",
    "cleaned",
    "part_of",
    "rows_of",
    "share",
    "slope_of",
    "without_rings",
]

_Numbers = NDArray[np.float64]
_NEXT = 60
"""Lines, by their left edges, among which the neighbours of a line are looked for."""
_SAME = 0.5
"""Share of the smaller box from which two lines stand at one place."""
_SAME_ROW = 0.5
"""Share of the lower of two bits that they have in common in y when they stand on one row."""
_LEAST_SLOPE = 0.003
"""Pixels per pixel below which a page stands straight."""
_AGREED = 0.008
"""Pixels per pixel by which neighbours that stand on one line may differ in slope."""
_TALLEST = 3.2
"""Height of a line at most, in widths of a letter of it."""
_RING = re.compile(r"[Oo○◯●◉]")
_MOST_RINGS = 4
"""Rings over each other from which they are no text."""
_LETTER = re.compile(r"\W*[\w☐☑☒✓✔✗✕×○●◉]?\W*")


@dataclass(frozen=True, slots=True)
class Bit:
    """A line, or the part of one that stands in a cell. x0, x1: pixels; y0, y1: pixels, on the level."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    box: Box
    score: float

    @property
    def height(self) -> float:
        return max(1.0, self.y1 - self.y0)

    @property
    def width(self) -> float:
        return max(1.0, self.x1 - self.x0)

    @property
    def xc(self) -> float:
        return (self.x0 + self.x1) / 2

    @property
    def yc(self) -> float:
        return (self.y0 + self.y1) / 2


Row = list[Bit]
"""Bits of one row, left to right."""


def share(a0: float, a1: float, b0: float, b1: float) -> float:
    """What two spans have in common, as a share of the shorter one, in [0, 1]."""
    shared = (a1 if a1 < b1 else b1) - (a0 if a0 > b0 else b0)
    if shared <= 0:
        return 0.0
    a, b = a1 - a0, b1 - b0
    return shared / (a if a < b else b)


def around(bits: Sequence[Bit]) -> Box:
    """The box around bits, pixels of the page."""
    x0, y0 = min(b.box.x for b in bits), min(b.box.y for b in bits)
    x1 = max(b.box.x + b.box.width for b in bits)
    return Box(x0, y0, x1 - x0, max(b.box.y + b.box.height for b in bits) - y0)


def cleaned(lines: Sequence[TextLine], things: Sequence[Box] = ()) -> list[TextLine]:
    """The lines, each once; of a line and a part of it the line. things: boxes of what is known to be no text."""
    order = sorted(lines, key=lambda n: (-round(n.confidence, 1) * len(n.text.strip()), n.box.height, n.box))
    kept: list[TextLine] = []
    places = Places([n.box for n in order])
    for line in order:
        if not line.text.strip() or any(
            _is_same(places.boxes[i], line, kept[i]) for i in places.near(line.box)
        ):
            continue
        kept.append(line)
        places.add(line.box)
    icons = Places(things)
    for thing in things:
        icons.add(thing)
    return [n for n in kept if not (_LETTER.fullmatch(n.text) and _in_a_thing(n.box, icons))]


def _is_same(box: Box, line: TextLine, other: TextLine) -> bool:
    shared = box.intersection(line.box).area
    least = min(box.area, line.box.area)
    if shared <= _SAME * least:
        return False
    if plain(line.text) == plain(other.text):
        return True
    if min(box.height, line.box.height) < 0.5 * max(box.height, line.box.height):
        return shared > 0.8 * line.box.area and plain(line.text) in plain(other.text)
    return True


def _in_a_thing(box: Box, things: Places) -> bool:
    return any(
        things.boxes[i].iou(box) > 0.3
        or things.boxes[i].coverage(box) > 0.7 > 0.1 < box.coverage(things.boxes[i])
        for i in things.near(box)
    )


def slope_of(lines: Sequence[TextLine]) -> float:
    """How far lines fall to the right, pixels per pixel; 0 where they stand straight."""
    if len(lines) < 4:
        return 0.0
    boxes = np.array([n.box.xywh for n in lines], np.float64)
    boxes = boxes[np.argsort(boxes[:, 0], kind="stable")]
    x, y, w, h = boxes.T
    first = np.repeat(np.arange(len(x)), _NEXT)
    second = first + np.tile(np.arange(1, _NEXT + 1), len(x))
    first, second = first[second < len(x)], second[second < len(x)]
    gap = x[second] - x[first] - w[first]
    low, high = np.minimum(h[first], h[second]), np.maximum(h[first], h[second])
    near = (gap >= 0) & (gap <= 14 * h[first]) & (high < 1.35 * low)
    first, second, low = first[near], second[near], low[near]
    run = (x + w / 2)[second] - (x + w / 2)[first]
    fall = (y + h / 2)[second] - (y + h / 2)[first]
    slope = 0.0
    for _ in range(3):  # the first guess finds more neighbours for the next
        level = np.abs(fall - slope * run) < 0.4 * low
        if level.sum() < 4:
            return 0.0
        slope = _weighted_median(fall[level] / run[level], run[level])
    agreed = run[level][np.abs(fall[level] / run[level] - slope) < _AGREED].sum() / run[level].sum()
    return slope if abs(slope) >= _LEAST_SLOPE and agreed >= 0.6 else 0.0


def _weighted_median(values: _Numbers, weights: _Numbers) -> float:
    order = np.argsort(values)
    held = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(held, held[-1] / 2)])


def bits_of(lines: Sequence[TextLine], slope: float = 0.0) -> list[Bit]:
    """The lines on the level."""
    made = []
    for line in lines:
        x, y, w, h = line.box.xywh
        middle = y + h / 2 - slope * (x + w / 2)
        said = len(line.text.strip())
        most = _TALLEST * w / said if said > 3 else h  # a box far higher than its letters is a loose one
        half = min(most, max(0.4 * h, h - abs(slope) * w)) / 2
        made.append(Bit(line.text.strip(), x, middle - half, x + w, middle + half, line.box, line.confidence))
    return made


def without_rings(bits: Sequence[Bit]) -> list[Bit]:
    """The bits without rings that stand over each other with nothing else between: the holes of a punched sheet, the
    circles of a margin, read as letters.
    """
    rings = [b for b in bits if _RING.fullmatch(b.text)]
    others = [b for b in bits if not _RING.fullmatch(b.text)]
    lost = set()
    for ring in rings:
        column = [r for r in rings if share(r.x0, r.x1, ring.x0, ring.x1) > 0.5]
        top, bottom = min(r.y0 for r in column), max(r.y1 for r in column)
        between = [
            b for b in others if b.y1 > top and b.y0 < bottom and share(b.x0, b.x1, ring.x0, ring.x1) > 0.3
        ]
        if len(column) >= _MOST_RINGS and not between:
            lost.add(id(ring))
    return [b for b in bits if id(b) not in lost]


def part_of(bit: Bit, start: int, end: int) -> Bit:
    """The characters [start, end) of a bit, letters taken as equally wide, without white space at their ends."""
    said = bit.text[start:end]
    start, end = start + len(said) - len(said.lstrip()), end - (len(said) - len(said.rstrip()))
    step = bit.width / max(1, len(bit.text))
    x0, x1 = bit.x0 + step * start, bit.x0 + step * end
    box = Box(x0, bit.box.y, max(1.0, x1 - x0), bit.box.height)
    return replace(bit, text=said.strip(), x0=x0, x1=x1, box=box)


def rows_of(bits: Sequence[Bit]) -> list[Row]:
    """Rows, top to bottom."""
    rows: list[Row] = []
    for bit in sorted(bits, key=lambda b: b.yc):
        home = next(
            (r for r in reversed(rows[-5:]) if all(_level(bit, b) for b in r[-2:]) and _is_free(r, bit)), None
        )
        if home is None:
            rows.append([bit])
        else:
            home.append(bit)
    for row in rows:
        row.sort(key=lambda b: b.x0)
    return sorted(rows, key=lambda r: median([b.yc for b in r]))


def _level(a: Bit, b: Bit) -> bool:
    return share(a.y0, a.y1, b.y0, b.y1) >= _SAME_ROW and abs(a.yc - b.yc) <= 0.45 * max(a.height, b.height)


def _is_free(row: Row, bit: Bit) -> bool:
    """Whether a row has room for a bit: nothing of it stands at the same x."""
    return all(share(bit.x0, bit.x1, b.x0, b.x1) < 0.5 for b in row)
