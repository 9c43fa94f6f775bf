"""Boxes and what can be said of them: the one coordinate rule.

A `Box` is (x, y, width, height) in pixels of the full-resolution image after EXIF orientation, origin top
left, half-open: it covers x <= X < x + width. Everything that a user sees is in that frame. A box in another
frame (a patch, a model's grid) never gets to be a `Box`: it stays an array until `seal.memory.conventions` or
`Patch.to_image` has converted it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from .errors import SettingError

__all__ = [
    "Box",
    "Places",
    "Relation",
    "around_part",
    "axis_tiles",
    "distance",
    "is_duplicate",
    "merge_duplicates",
    "relation",
    "seen_before",
    "split",
    "tiles",
    "union_area",
]


SEEN_BEFORE = 0.3
"""Share of the box of a line in that of another one, from which both are the same line, or it is a part of that."""


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """Axis-aligned box, pixels of the full image: left edge, top edge, width and height, all floats.

    It iterates as these four, so that it unpacks and `tuple` gives what `xywh` does.

    >>> Box(10, 20, 30, 40).xyxy
    (10, 20, 40, 60)
    >>> x, y, width, height = Box(10, 20, 30, 40)
    """

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        for name in ("x", "y", "width", "height"):
            value = getattr(self, name)
            if type(value) not in (int, float):  # numpy scalars would not survive JSON
                object.__setattr__(self, name, float(value))
        values = (self.x, self.y, self.width, self.height)
        if not all(math.isfinite(v) for v in values) or self.width < 0 or self.height < 0:
            raise SettingError(
                f"A box needs four finite numbers and no negative side; got x, y, w, h = {values}."
            )

    def __iter__(self) -> Iterator[float]:
        return iter(self.xywh)

    @classmethod
    def from_xyxy(cls, x0: float, y0: float, x1: float, y1: float) -> Box:
        """Box from left, top, right and bottom edge; a flipped pair of edges gives a side of 0."""
        return cls(x0, y0, max(0.0, x1 - x0), max(0.0, y1 - y0))

    @property
    def xyxy(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom edge."""
        return self.x, self.y, self.x + self.width, self.y + self.height

    @property
    def xywh(self) -> tuple[float, float, float, float]:
        """Left, top, width and height."""
        return self.x, self.y, self.width, self.height

    @property
    def area(self) -> float:
        """Square pixels."""
        return self.width * self.height

    @property
    def center(self) -> tuple[float, float]:
        """Centre (x, y)."""
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def size_wh(self) -> tuple[float, float]:
        """Width and height."""
        return self.width, self.height

    def intersection(self, other: Box) -> Box:
        """The common part; a box of area 0 when there is none."""
        x0, y0 = max(self.x, other.x), max(self.y, other.y)
        x1 = min(self.x + self.width, other.x + other.width)
        y1 = min(self.y + self.height, other.y + other.height)
        return Box.from_xyxy(x0, y0, x1, y1)

    def shared(self, other: Box) -> float:
        """Area of the common part, square pixels."""
        w = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        h = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return w * h if w > 0 and h > 0 else 0.0

    def union(self, other: Box) -> Box:
        """The smallest box that holds both."""
        a, b = self.xyxy, other.xyxy
        return Box.from_xyxy(min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))

    def iou(self, other: Box) -> float:
        """Intersection over union, in [0, 1]; 0 when both are empty."""
        shared = self.shared(other)
        total = self.area + other.area - shared
        return shared / total if total > 0 else 0.0

    def coverage(self, other: Box) -> float:
        """Share of `other` inside this box, in [0, 1]; an empty `other` counts as its centre point."""
        if other.area > 0:
            return self.shared(other) / other.area
        x, y = other.center
        return float(self.x <= x < self.x + self.width and self.y <= y < self.y + self.height)

    def contains(self, other: Box, slack: float = 0.0) -> bool:
        """Whether `other` lies wholly inside, allowing `slack` pixels at each edge."""
        a, b = self.xyxy, other.xyxy
        return a[0] - slack <= b[0] and a[1] - slack <= b[1] and b[2] <= a[2] + slack and b[3] <= a[3] + slack

    def clipped(self, frame: Box) -> Box:
        """The part inside `frame`; a box wholly outside collapses onto the nearest edge with area 0."""
        fx0, fy0, fx1, fy1 = frame.xyxy
        x0, y0, x1, y1 = self.xyxy
        return Box.from_xyxy(
            *(
                min(max(v, lo), hi)
                for v, lo, hi in ((x0, fx0, fx1), (y0, fy0, fy1), (x1, fx0, fx1), (y1, fy0, fy1))
            )
        )

    def shifted(self, dx: float, dy: float) -> Box:
        """The box moved by (dx, dy) pixels."""
        return Box(self.x + dx, self.y + dy, self.width, self.height)

    def expanded(self, factor: float = 1.0, pixels: float = 0.0) -> Box:
        """Sides multiplied by `factor` about the centre, then grown by `pixels` at every edge."""
        w, h = self.width * factor + 2 * pixels, self.height * factor + 2 * pixels
        cx, cy = self.center
        return Box(cx - w / 2, cy - h / 2, max(0.0, w), max(0.0, h))

    def moved_into(self, frame: Box) -> Box:
        """The box shifted, not cut, to lie in `frame`; where it is larger than `frame` it is cut to it."""
        w, h = min(self.width, frame.width), min(self.height, frame.height)
        x = min(max(self.x, frame.x), frame.x + frame.width - w)
        y = min(max(self.y, frame.y), frame.y + frame.height - h)
        return Box(x, y, w, h)

    def rounded(self) -> Box:
        """The smallest box with whole-number edges that holds this one."""
        x0, y0, x1, y1 = self.xyxy
        return Box.from_xyxy(math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1))


def axis_tiles(length: int, tile: int, overlap: float) -> list[tuple[int, int]]:
    """(start, size) of tiles of `tile` px that cover `length`; neighbours share at least `overlap` of a tile.

    The tiles have one size and are spread evenly, the last ends at `length`. overlap in [0, 1).
    """
    if tile < 1 or not 0 <= overlap < 1:
        raise SettingError(
            f"Tiles need a side of at least 1 px and an overlap in [0, 1); got {tile} px, {overlap}."
        )
    if length <= tile:
        return [(0, length)]
    step = max(1, math.floor(tile * (1 - overlap) + 1e-9))
    n = math.ceil((length - tile) / step) + 1
    return [(round(i * (length - tile) / (n - 1)), tile) for i in range(n)]


def tiles(box: Box, tile_wh: tuple[int, int], overlap: float = 0.0) -> list[Box]:
    """Equal tiles that cover `box`, row by row; neighbours share at least `overlap` of a tile's side.

    >>> [b.xywh for b in tiles(Box(0, 0, 100, 50), (60, 60))]
    [(0, 0, 60, 50), (40, 0, 60, 50)]
    """
    return [
        Box(box.x + x, box.y + y, w, h)
        for y, h in axis_tiles(math.ceil(box.height), tile_wh[1], overlap)
        for x, w in axis_tiles(math.ceil(box.width), tile_wh[0], overlap)
    ]


def split(box: Box) -> list[Box]:
    """The released V* split: 1x4 when h >= 2w, 4x1 when w >= 2h, else 2x2; row by row.

    Parts have the whole-number side floor(side / n); the last row and column take the remainder.
    (Search reference of the released code, penghao-wu/vstar.)
    """
    columns, rows = (
        (1, 4) if box.height >= 2 * box.width else (4, 1) if box.width >= 2 * box.height else (2, 2)
    )
    w, h = box.width // columns, box.height // rows
    return [
        Box(
            box.x + c * w,
            box.y + r * h,
            w if c < columns - 1 else box.width - c * w,
            h if r < rows - 1 else box.height - r * h,
        )
        for r in range(rows)
        for c in range(columns)
    ]


def around_part(part: Box, page: Box, overlap: float) -> Box:
    """What is shown of a part of a page, so that neighbours overlap by that share of their sides: whole pixels."""
    margin_x, margin_y = part.width * overlap / 2, part.height * overlap / 2
    x0, y0, x1, y1 = part.xyxy
    return Box.from_xyxy(x0 - margin_x, y0 - margin_y, x1 + margin_x, y1 + margin_y).rounded().clipped(page)


@dataclass(frozen=True, slots=True)
class Relation:
    """How box A lies to box B. Gaps: pixels between the nearest edges, 0 where they overlap on that axis."""

    horizontal: Literal["left of", "right of", "level with"]
    vertical: Literal["above", "below", "level with"]
    gap_x: float
    gap_y: float

    @property
    def text(self) -> str:
        """`left of and above`, `below`, or `at the same place as`."""
        parts = [p for p in (self.horizontal, self.vertical) if p != "level with"]
        return " and ".join(parts) or "at the same place as"


def relation(a: Box, b: Box) -> Relation:
    """How `a` lies to `b`, by their centres.

    On each axis they count as level when the centre of one falls inside the middle half of the other: two
    words of one text line are level although their heights differ by an ascender.
    """
    (ax, ay), (bx, by) = a.center, b.center
    near_x = abs(ax - bx) <= max(a.width, b.width) / 4
    near_y = abs(ay - by) <= max(a.height, b.height) / 4
    return Relation(
        "level with" if near_x else "left of" if ax < bx else "right of",
        "level with" if near_y else "above" if ay < by else "below",
        max(0.0, max(a.x, b.x) - min(a.x + a.width, b.x + b.width)),
        max(0.0, max(a.y, b.y) - min(a.y + a.height, b.y + b.height)),
    )


def distance(a: Box, b: Box) -> float:
    """Distance of the centres, pixels."""
    (ax, ay), (bx, by) = a.center, b.center
    return math.hypot(ax - bx, ay - by)


class Places:
    """Boxes by where they are: tells which of them can overlap another one, without asking each.

    A grid of cells about as large as the boxes are; each is listed in the cells that it touches.
    """

    _MOST_CELLS = 256
    """A box that touches more is taken to be near every other."""

    def __init__(self, usual: Sequence[Box]) -> None:
        """usual: boxes as large as those that will be added and asked about; they are not added."""
        self.boxes: list[Box] = []
        self._cell = max(1.0, sum(max(box.size_wh) for box in usual) / max(1, len(usual)))
        self._cells: dict[tuple[int, int], list[int]] = {}
        self._large: list[int] = []

    def add(self, box: Box) -> None:
        """One more box; its index is how many there were before."""
        index = len(self.boxes)
        self.boxes.append(box)
        cells = self._touched(box)
        if cells is None:
            self._large.append(index)
        else:
            for cell in cells:
                self._cells.setdefault(cell, []).append(index)

    def near(self, box: Box) -> list[int]:
        """Indices, ascending, of all boxes that overlap or touch a box, and of some others near it."""
        cells = self._touched(box)
        if cells is None:
            return list(range(len(self.boxes)))
        return sorted({*self._large, *(i for cell in cells for i in self._cells.get(cell, ()))})

    def _touched(self, box: Box) -> list[tuple[int, int]] | None:
        x0, y0, x1, y1 = (int(v // self._cell) for v in box.xyxy)
        if (x1 - x0 + 1) * (y1 - y0 + 1) > self._MOST_CELLS:
            return None
        return [(x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)]


def seen_before(boxes: Sequence[Box], known: Sequence[Box]) -> list[bool]:
    """For each box of a line whether that line is known, wholly or as a part of a longer one.

    It is where more than `SEEN_BEFORE` of the box lies in one of the known.
    """
    places = Places(known)
    for box in known:
        places.add(box)
    return [any(known[i].shared(box) > SEEN_BEFORE * box.area for i in places.near(box)) for box in boxes]


def is_duplicate(a: Box, b: Box, iou: float = 0.5, inside: float = 0.8) -> bool:
    """Whether two boxes show the same thing: they overlap by `iou`, or one lies in the other by a share of `inside`.

    The latter is a piece of an object that a tile's border cut. Both shares are above 0, so that only boxes which
    overlap can be the same.
    """
    return a.iou(b) >= iou or b.coverage(a) >= inside or a.coverage(b) >= inside


def merge_duplicates(
    boxes: Sequence[Box], scores: Sequence[float], iou: float = 0.5, inside: float = 0.8
) -> list[int]:
    """Indices of the boxes that stay, best score first: greedy suppression that knows parts cut at a seam.

    A box goes when a better one is the same (`is_duplicate`). Equal scores: the larger box stays.
    """
    order = sorted(range(len(boxes)), key=lambda i: (-scores[i], -boxes[i].area, i))
    kept: list[int] = []
    places = Places(boxes)
    for i in order:
        if not any(is_duplicate(boxes[i], places.boxes[k], iou, inside) for k in places.near(boxes[i])):
            kept.append(i)
            places.add(boxes[i])
    return kept


def union_area(boxes: Iterable[Box]) -> float:
    """Area covered by at least one of the boxes, square pixels (sweep over the x edges, O(n^2))."""
    alive = [b for b in boxes if b.area > 0]
    edges = sorted({e for b in alive for e in (b.x, b.x + b.width)})
    total = 0.0
    for x0, x1 in pairwise(edges):
        spans = sorted((b.y, b.y + b.height) for b in alive if b.x <= x0 and b.x + b.width >= x1)
        covered, end = 0.0, -math.inf
        for top, bottom in spans:
            covered += max(0.0, bottom - max(top, end))
            end = max(end, bottom)
        total += covered * (x1 - x0)
    return total
