"""Panels of a page: cards, side bars, dialogs, menus, each an area of one ground with lines of its own.

- A panel is an area of one flat ground whose edge runs around a rectangle, rounded corners aside, with several rows of
  text. What stands in it has nothing to do with what stands beside it, even on the same levels.
- Cells, columns and striped rows of a table are such areas too. They touch others of their kind, a row of another
  shade parts them, or their rows stand on the levels of what is beside them; cards have space around them.
- A frame around the rows of a table holds its headers too, where they stand right over it.
- On paper that was scanned and in photographs no ground is flat: there are no panels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from ..geometry import Box

__all__ = ["panel_at", "panels_of"]

_Boxes = NDArray[np.float64]
"""(N, 4): x0, y0, x1, y1 of lines of text, pixels of the full image."""

_FLAT = 2
"""Steps of 255 by which pixels of one ground differ at most."""
_EDGE = 0.8
"""Share of the sides of a rectangle, corners left out, along which its ground runs at least."""
_WIDE, _TALL = 3.0, 3.0
"""Size of a panel at least, in heights of a line."""
_CELL = 6.0
"""Height of a cell at most, in heights of a line."""
_BAR = 0.35
"""Width of a list beside the rest at most, as a share of the page's."""
_FULL = 0.97
"""Share of the width of a page from which an area is a stretch of it, and no panel."""
_ROWS = 2
"""Rows of text of a panel at least."""
_TOUCHES = 0.35
"""Space between parts of one table at most, in heights of a line."""
_PARTED = 4.5
"""Space that a row of another shade takes at most, in heights of a line."""
_LEVEL = 0.2
"""Distance of the middles of two lines on one level at most, in heights."""
_HEADERS = 3
"""Rows over a frame that are no longer its headers."""
_INSIDE = 0.8
"""Share of a line that lies in a panel at least."""


def panels_of(picture: PIL.Image.Image, size_wh: tuple[int, int], lines: Sequence[Box]) -> tuple[Box, ...]:
    """The panels of a page, large ones first; boxes in pixels of the full image.

    picture: the page or a smaller copy of it, RGB. size_wh: the full image's size, in whose pixels the boxes of the
    lines of text are measured.
    """
    if len(lines) < 2 * _ROWS:
        return ()
    text = np.array([box.xyxy for box in lines], np.float64)
    scale = picture.width / size_wh[0]
    height = float(np.median(text[:, 3] - text[:, 1]))
    if height * scale < 1:
        return ()
    found = _grounds(np.asarray(picture.convert("RGB"), np.uint8), height * scale)
    grounds = [Box(*(v / scale for v in box)) for box in found]
    panels = []
    for box in _stacked(grounds, text, height, size_wh[0]):
        own = text[_shares(box, text) >= _INSIDE]
        whole = box.width > _FULL * size_wh[0] or len(own) == len(text)
        low = box.width < _WIDE * height or box.height < _TALL * height or len(levels := _levels(own)) < _ROWS
        if not whole and not low and not _is_part(box, levels, text, grounds, height):
            panels.append(_with_headers(box, own, text, grounds, height))
    return tuple(sorted(panels, key=lambda b: -b.area))


def panel_at(box: Box, panels: Sequence[Box]) -> Box | None:
    """The smallest panel that a box stands in; None where it stands in none. panels: large ones first."""
    return next((p for p in reversed(panels) if p.coverage(box) >= _INSIDE), None)


def _shares(box: Box, text: _Boxes) -> NDArray[np.float64]:
    """(N,): how much of each line lies in a box, as a share of the line."""
    x0, y0, x1, y1 = box.xyxy
    wide = np.minimum(text[:, 2], x1) - np.maximum(text[:, 0], x0)
    tall = np.minimum(text[:, 3], y1) - np.maximum(text[:, 1], y0)
    area = (text[:, 2] - text[:, 0]) * (text[:, 3] - text[:, 1])
    shared = np.clip(wide, 0, None) * np.clip(tall, 0, None)
    return np.asarray(shared / np.maximum(area, 1e-6), np.float64)


def _stacked(grounds: Sequence[Box], text: _Boxes, height: float, wide: float) -> list[Box]:
    """Areas of one width over each other as one where they are a title and what it heads, or a list whose chosen entry
    has another shade; without the others, which are rows of a table.
    """
    rest, found = sorted(grounds, key=lambda b: (b.y, b.x)), []
    while rest:
        chain = [rest.pop(0)]
        for box in list(rest):
            if _follows(chain[-1], box, text, height, box.width < _BAR * wide):
                chain.append(box)
                rest.remove(box)
        union = chain[0]
        for box in chain[1:]:
            union = union.union(box)
        rows = [len(_levels(text[_shares(b, text) >= _INSIDE])) for b in chain[:2]]
        held = text[_shares(union, text) >= _INSIDE]
        is_list = union.width < _BAR * wide and len(held) < 1.4 * len(_levels(held))
        if len(chain) == 1 or (len(chain) == 2 and rows[0] == 1 < rows[1]) or is_list:
            found.append(union)
    return found


def _follows(upper: Box, lower: Box, text: _Boxes, height: float, narrow: bool) -> bool:
    """Whether an area stands under one of its width: right under it, or below a row that stands between.

    narrow: whether a row is but one text, as in a list; over wider areas one text is their title.
    """
    near = _TOUCHES * height
    if abs(upper.x - lower.x) > near or abs(upper.xyxy[2] - lower.xyxy[2]) > near:
        return False
    gap = lower.y - upper.xyxy[3]
    if not -near < gap < _PARTED * height:
        return False
    between = Box.from_xyxy(upper.x, upper.xyxy[3], upper.xyxy[2], lower.y)
    parted = int((_shares(between, text) > 0.5).sum())
    return gap < near or parted > 1 or (parted == 1 and narrow)


def _grounds(pixels: NDArray[np.uint8], height: float) -> list[tuple[int, int, int, int]]:
    """(x, y, width, height) of the rectangles that one ground fills, what stands on it aside. pixels: (H, W, 3)."""
    import cv2

    three = np.ones((3, 3), np.uint8)
    red, green, blue = cv2.split(cv2.subtract(cv2.dilate(pixels, three), cv2.erode(pixels, three)))
    flat = np.asarray(cv2.max(cv2.max(red, green), blue) <= _FLAT, np.uint8)
    _, parts, stats, _ = cv2.connectedComponentsWithStats(flat, connectivity=4)
    wide, tall, area = stats[:, 2], stats[:, 3], stats[:, 4]
    large = (wide >= 2 * height) & (tall >= 0.6 * height) & (area >= 0.15 * wide * tall)
    large &= wide * tall <= 0.9 * flat.size
    found = []
    for i in np.flatnonzero(large).tolist():
        x, y, w, h = (int(v) for v in stats[i, :4])
        corner = max(1, min(round(height), w // 4, h // 4))
        across, down = slice(x + corner, x + w - corner), slice(y + corner, y + h - corner)
        sides = (parts[y, across], parts[y + h - 1, across], parts[down, x], parts[down, x + w - 1])
        if i and all((side == i).mean() >= _EDGE for side in sides):
            found.append((x, y, w, h))
    return found


def _levels(text: _Boxes) -> list[float]:
    """The levels on which lines stand, each once."""
    found: list[float] = []
    for middle, tall in sorted(zip((text[:, 1] + text[:, 3]) / 2, text[:, 3] - text[:, 1], strict=True)):
        if not found or middle - found[-1] > 0.5 * tall:
            found.append(float(middle))
    return found


def _is_part(box: Box, levels: Sequence[float], text: _Boxes, grounds: Sequence[Box], height: float) -> bool:
    """Whether an area is a cell or column of a table: others touch its sides, or lines beside it are on its levels."""
    near = _TOUCHES * height
    x0, y0, x1, y1 = box.xyxy
    sides = [0.0, 0.0]
    for other in grounds:
        (ox0, oy0, ox1, oy1) = other.xyxy
        if other == box or other.height >= _CELL * height or oy0 <= y0 - near or oy1 >= y1 + near:
            continue
        for side, apart in enumerate((x0 - ox1, ox0 - x1)):
            if -near < apart < near:
                sides[side] += (oy1 - oy0) / box.height
    if max(sides) > 0.5:
        return True
    around = Box(x0 - 30 * height, y0, box.width + 60 * height, box.height)
    outside = text[_shares(around, text) > 0.5]
    for ground in grounds:
        outside = outside[_shares(ground, outside) <= 0.5]
    middles, tall = (outside[:, 1] + outside[:, 3]) / 2, outside[:, 3] - outside[:, 1]
    level = [y for y in levels if (np.abs(middles - y) < _LEVEL * tall).any()]
    return len(level) >= 0.6 * len(levels)


def _with_headers(box: Box, own: _Boxes, text: _Boxes, grounds: Sequence[Box], height: float) -> Box:
    """An area with the row right over it, where three and more cells, or texts over its columns, stand there."""
    x0, y0, x1, y1 = box.xyxy
    near = _TOUCHES * height
    cells = [g for g in grounds if abs(g.xyxy[3] - y0) < near and g.x > x0 - near and g.xyxy[2] < x1 + near]
    if len(cells) > 2:
        return Box.from_xyxy(x0, min(g.y for g in cells), x1, y1)
    over_by = y0 - (text[:, 1] + text[:, 3]) / 2
    inside = within = (text[:, 0] > x0 - height) & (text[:, 2] < x1 + height)
    for other in grounds:
        if other.coverage(box) < 0.5:  # the last row of another table is no header
            inside = inside & (_shares(other, text) < _INSIDE)
    over = text[(over_by >= 0) & (over_by < 2 * height) & inside]
    first = own[np.argsort(own[:, 1])[: 2 * len(over)]]
    shared = np.minimum(over[:, None, 2], first[None, :, 2]) - np.maximum(over[:, None, 0], first[None, :, 0])
    wide = np.minimum((over[:, 2] - over[:, 0])[:, None], (first[:, 2] - first[:, 0])[None, :])
    named = int((shared > 0.3 * wide).any(axis=0).sum())
    if len(over) and _ends_a_table(over, text[within], height):
        return box
    return Box.from_xyxy(x0, float(over[:, 1].min()), x1, y1) if len(over) > 2 and named > 2 else box


def _ends_a_table(over: _Boxes, text: _Boxes, height: float) -> bool:
    """Whether texts over an area are the last of several close rows: those of another table, which head nothing."""
    middles = (text[:, 1] + text[:, 3]) / 2
    rows, last = 0, float(((over[:, 1] + over[:, 3]) / 2).max())
    for level in reversed([y for y in _levels(text) if y <= last]):
        if last - level > 2 * height or int((np.abs(middles - level) < 0.5 * height).sum()) < 3:
            break
        rows, last = rows + 1, level
    return rows >= _HEADERS
