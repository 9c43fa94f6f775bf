"""The picture of a page made ready for reading a form: turned upright, with its rules, and the ink besides.

- A page is turned as its rules are, or else as its lines of text.
- Ink is what is left when rules, frames, leaders, stamps, specks and what was read as print are taken away. A blot is
  wider than a pen; what is far fainter than the print is a stain.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from ..geometry import Box
from ..working import TextLine
from .bits import slope_of
from .pixels import ink_of, scale_of
from .rules import Rule, is_edge, is_stamp, outlines_in, part_of, ruled, without_rests

__all__ = ["Ink", "Sheet", "sheet_of"]

_Mask = NDArray[np.uint8]
_FINE = 16.0
"""Height of a line, pixels of the picture, below which it is looked at twice as large."""
_TALLEST = 2.4
"""Height of a line at most, in widths of a letter of it."""
_STEEPEST = 8.0
"""Degrees by which a page is turned at most."""
_PEN = 0.45
"""Width of a stroke of a pen at most, in heights of a line."""
_FAINT = 0.5
"""Share of the contrast of print below which ink is a stain."""
_MOST_TURNED = 1 / 3
"""Share of its length by which a sloped segment may rise and still tell how far the page is turned."""


@dataclass(frozen=True, slots=True)
class Ink:
    """Ink in a part of a sheet. length: of its strokes, in heights of a line. faint: the same of stains and blots.

    box: around the strokes, pixels of the sheet; None where there are none. stamped: whether a stamp stands there.
    """

    length: float
    faint: float
    box: Box | None
    stamped: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page turned upright. height: of a line of text, pixels of the sheet. turn: (2, 3), from page to sheet."""

    height: float
    turn: NDArray[np.float64]
    rules: tuple[Rule, ...]
    left: _Mask
    depth: _Mask
    usual: float
    angle: float
    stamps: tuple[Box, ...]

    def upright(self, box: Box) -> Box:
        """The box of a line of text of the page, on the sheet."""
        scale = math.hypot(self.turn[0, 0], self.turn[0, 1])
        x, y = self.turn @ np.array([*box.center, 1.0])
        c, s = math.cos(self.angle), abs(math.sin(self.angle))
        w = max(0.5 * box.width, (box.width * c - box.height * s) / (c * c - s * s)) * scale
        h = max(0.35 * box.height, (box.height * c - box.width * s) / (c * c - s * s)) * scale
        return Box(float(x) - w / 2, float(y) - h / 2, w, h)

    def on_page(self, box: Box) -> Box:
        """A box of the sheet, on the page: around its corners."""
        back = np.linalg.inv(np.vstack([self.turn, [0.0, 0.0, 1.0]]))
        x0, y0, x1, y1 = box.xyxy
        at = back @ np.array([[x0, x1, x0, x1], [y0, y0, y1, y1], [1.0, 1.0, 1.0, 1.0]])
        return Box.from_xyxy(*(float(v) for v in (at[0].min(), at[1].min(), at[0].max(), at[1].max())))

    def ink(self, zone: Box) -> Ink:
        """The ink in a part of the sheet."""
        import cv2

        y_most, x_most = self.left.shape
        x0, y0, x1, y1 = (round(v) for v in zone.xyxy)
        x0, y0, x1, y1 = max(0, x0), max(0, y0), min(x_most, x1), min(y_most, y1)
        if x1 - x0 < 3 or y1 - y0 < 3:
            return Ink(0.0, 0.0, None)
        part = self.left[y0:y1, x0:x1]
        count, marks, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
        length = faint = 0.0
        boxes = []
        for i in range(1, count):
            x, y, w, h, area = (int(v) for v in stats[i])
            if max(w, h) < 0.2 * self.height:
                continue
            own = (marks[y : y + h, x : x + w] == i).astype(np.uint8)
            outlines, _ = cv2.findContours(own, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
            run = max(max(w, h), sum(cv2.arcLength(np.asarray(o), True) for o in outlines) / 2)
            deep = _deepest(self.depth[y0 + y : y0 + y + h, x0 + x : x0 + x + w][own > 0])
            if area / run > _PEN * self.height or deep < _FAINT * self.usual:
                faint += run
                continue
            length += run
            boxes.append(Box(x0 + x, y0 + y, w, h))
        around = boxes[0] if boxes else None
        for box in boxes[1:]:
            around = box if around is None else around.union(box)
        stamped = any(s.intersection(zone).area > 0.1 * min(s.area, zone.area) for s in self.stamps)
        return Ink(length / self.height, faint / self.height, around, stamped)


def sheet_of(
    picture: PIL.Image.Image, size_wh: tuple[int, int], lines: Sequence[TextLine], printed: Sequence[TextLine]
) -> Sheet | None:
    """The sheet of a page; None where nothing was read, or all is too small.

    picture: the page or a copy scaled down, RGB. size_wh: the page's own size, in which lines are measured. printed: of
    the lines those that are print, which are no ink. Raises SettingError for a size that the picture is no copy of.
    """
    import cv2

    scale = scale_of(picture, size_wh)
    if not lines:
        return None
    slope = slope_of(lines)
    height = _height(lines, slope) * scale
    if height < 6:
        return None
    if height < _FINE:
        picture = picture.resize((2 * picture.width, 2 * picture.height))
        scale, height = 2 * scale, 2 * height
    gray = np.asarray(picture.convert("L"), np.uint8)
    if np.median(gray) < 100:
        gray = np.asarray(255 - gray, np.uint8)  # light print on dark
    angle = _angle(ink_of(gray, height), height, slope)
    height = _height(lines, math.tan(angle)) * scale
    tall, wide = gray.shape
    around = np.asarray(cv2.getRotationMatrix2D((wide / 2, tall / 2), math.degrees(angle), 1.0), np.float64)
    gray = np.asarray(cv2.warpAffine(gray, around, (wide, tall), borderMode=cv2.BORDER_REPLICATE), np.uint8)
    ink = ink_of(gray, height)
    local = cv2.blur(gray, (int(2.5 * height) | 1,) * 2)
    depth = np.asarray(cv2.subtract(local, gray), np.uint8)
    turn = around.copy()
    turn[:, :2] *= scale
    rules, frames, drawn = ruled(ink, height)
    left = without_rests(np.asarray(ink * (1 - drawn), np.uint8), [r.box for r in rules], height)
    bare = Sheet(height, turn, (), left, depth, 0.0, angle, ())
    print_boxes = [bare.upright(n.box) for n in printed]
    usual = median(
        [d for b in print_boxes if (d := _deepest(part_of(depth, b)[part_of(ink, b) > 0])) > 0] or [0.0]
    )
    stamps = [
        s
        for s in outlines_in(left, height, 0.7)
        if _deepest(part_of(depth, s)[part_of(left, s) > 0]) > _FAINT * usual
    ]
    stamps += [s for s in outlines_in(ink, height, 0.88) if is_stamp(s, rules, frames, height)]
    frames = [f for f in frames if not any(s.coverage(f.box) > 0.7 for s in stamps)]
    rules = [r for r in rules if not any(is_edge(r.box, f.box, height) for f in frames)] + frames
    rules = [r for r in rules if not any(s.coverage(r.box) > 0.7 for s in stamps)]
    rules = [r for r in rules if r.kind != "dots" or not any(b.coverage(r.box) > 0.7 for b in print_boxes)]
    for box in print_boxes:
        part_of(left, box, round(0.12 * height))[:] = 0
    for box in stamps:
        part_of(left, box)[:] = 0
    return Sheet(height, turn, tuple(rules), left, depth, usual, angle, tuple(stamps))


def _height(lines: Sequence[TextLine], slope: float) -> float:
    """How high a line of text is, pixels of the page: boxes of what stands askew are higher than that."""
    told = []
    for line in lines:
        most = _TALLEST * line.box.width / len(line.text) if len(line.text) > 3 else line.box.height
        told.append(min(most, max(0.4 * line.box.height, line.box.height - abs(slope) * line.box.width)))
    return median(told)


def _deepest(depth: _Mask) -> float:
    """How dark strokes are in their middle, not at their edges."""
    return float(np.percentile(depth, 75)) if depth.size else 0.0


def _angle(ink: _Mask, height: float, slope: float) -> float:
    """How far the page is turned, radians, clockwise: as its rules are, or else its lines."""
    import cv2

    small = 8 / height
    tiny = cv2.resize(ink * 255, None, fx=small, fy=small, interpolation=cv2.INTER_AREA)
    bold = np.asarray(tiny > 60, np.uint8)
    found = cv2.HoughLinesP(bold, 1, math.pi / 1440, 40, minLineLength=48, maxLineGap=3)
    if found is None:
        return math.atan(slope)
    ends = np.asarray(found, np.float64).reshape(-1, 4)
    run, fall = ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]
    flat = (np.abs(run) > 1) & (np.abs(fall) < np.abs(run) * _MOST_TURNED)
    angles = np.degrees(np.arctan(fall[flat] / run[flat]))
    weights = run[flat] ** 2
    near = np.abs(angles) <= _STEEPEST
    if not near.any():
        return math.atan(slope)
    order = np.argsort(angles[near])
    held = np.cumsum(weights[near][order])
    return math.radians(float(angles[near][order][np.searchsorted(held, held[-1] / 2)]))
