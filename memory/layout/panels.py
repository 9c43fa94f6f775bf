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
from statistics import median

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from ..geometry import Box
from ..working import TextLine

__all__ = ["panel_at", "panels_of"]

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
_TOUCHES = 0.25
"""Space between parts of one table at most, in heights of a line."""
_PARTED = 4.5
"""Space that a row of another shade takes at most, in heights of a line."""
_LEVEL = 0.2
"""Distance of the middles of two lines on one level at most, in heights."""
_INSIDE = 0.8
"""Share of a line that lies in a panel at least."""


def panels_of(
    picture: PIL.Image.Image, size_wh: tuple[int, int], lines: Sequence[TextLine]
) -> tuple[Box, ...]:
    """The panels of a page, large ones first; boxes in pixels of the full image.

    picture: the page or a smaller copy of it, RGB. size_wh: the full image's size, in which the lines are measured.
    """
    if len(lines) < 2 * _ROWS:
        return ()
    scale = picture.width / size_wh[0]
    line = median(n.box.height for n in lines)
    found = _grounds(np.asarray(picture.convert("RGB"), np.uint8), line * scale)
    grounds = [Box(*(v / scale for v in box)) for box in found]
    panels = []
    for box in _stacked(grounds, lines, line, size_wh[0]):
        own = [n for n in lines if box.coverage(n.box) >= _INSIDE]
        whole = box.width > _FULL * size_wh[0] or len(own) == len(lines)
        low = box.width < _WIDE * line or box.height < _TALL * line or len(levels := _levels(own)) < _ROWS
        if not whole and not low and not _is_part(box, levels, lines, grounds, line):
            panels.append(_with_headers(box, own, lines, grounds, line))
    return tuple(sorted(panels, key=lambda b: -b.area))


def _stacked(grounds: Sequence[Box], lines: Sequence[TextLine], height: float, wide: float) -> list[Box]:
    """Areas of one width over each other as one where they are a title and what it heads, or a list whose chosen entry
    has another shade; without the others, which are rows of a table."""
    rest, found = sorted(grounds, key=lambda b: (b.y, b.x)), []
    while rest:
        chain = [rest.pop(0)]
        for box in list(rest):
            if _follows(chain[-1], box, lines, height, box.width < _BAR * wide):
                chain.append(box)
                rest.remove(box)
        union = chain[0]
        for box in chain[1:]:
            union = union.union(box)
        rows = [len(_levels([n for n in lines if b.coverage(n.box) >= _INSIDE])) for b in chain]
        held = [n for n in lines if union.coverage(n.box) >= _INSIDE]
        is_list = union.width < _BAR * wide and len(held) < 1.4 * len(_levels(held))
        if len(chain) == 1 or (len(chain) == 2 and rows[0] == 1 < rows[1]) or is_list:
            found.append(union)
    return found


def _follows(upper: Box, lower: Box, lines: Sequence[TextLine], height: float, narrow: bool) -> bool:
    """Whether an area stands under one of its width: right under it, or below a row that stands between.

    narrow: whether a row is but one text, as in a list; over wider areas one text is their title.
    """
    near = _TOUCHES * height
    gap = lower.y - upper.xyxy[3]
    if (
        abs(upper.x - lower.x) > near
        or abs(upper.xyxy[2] - lower.xyxy[2]) > near
        or not -near < gap < _PARTED * height
    ):
        return False
    between = Box.from_xyxy(upper.x, upper.xyxy[3], upper.xyxy[2], lower.y)
    parted = sum(between.coverage(n.box) > 0.5 for n in lines)
    return gap < near or parted > 1 or (parted == 1 and narrow)


def panel_at(box: Box, panels: Sequence[Box]) -> Box | None:
    """The smallest panel that a box stands in; None where it stands in none. panels: large ones first."""
    return next((p for p in reversed(panels) if p.coverage(box) >= _INSIDE), None)


def _grounds(pixels: NDArray[np.uint8], height: float) -> list[tuple[int, int, int, int]]:
    """(x, y, width, height) of the rectangles that one ground fills, what stands on it aside. pixels: (H, W, 3)."""
    import cv2

    three = np.ones((3, 3), np.uint8)
    change = cv2.subtract(cv2.dilate(pixels, three), cv2.erode(pixels, three)).max(axis=2)
    flat = np.asarray(change <= _FLAT, np.uint8)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(flat, connectivity=4)
    found = []
    for i in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[i])
        if w < 2 * height or h < height or area < 0.15 * w * h:
            continue
        if w * h > 0.9 * pixels.shape[0] * pixels.shape[1]:
            continue
        own = parts[y : y + h, x : x + w] == i
        corner = min(round(height), w // 4, h // 4)
        sides = (
            own[0, corner:-corner],
            own[-1, corner:-corner],
            own[corner:-corner, 0],
            own[corner:-corner, -1],
        )
        if all(side.mean() >= _EDGE for side in sides):
            found.append((x, y, w, h))
    return found


def _levels(lines: Sequence[TextLine]) -> list[float]:
    """The levels on which lines stand, each once."""
    found: list[float] = []
    for line in sorted(lines, key=lambda n: n.box.center[1]):
        if not found or line.box.center[1] - found[-1] > 0.5 * line.box.height:
            found.append(line.box.center[1])
    return found


def _is_part(
    box: Box, levels: Sequence[float], lines: Sequence[TextLine], grounds: Sequence[Box], height: float
) -> bool:
    """Whether an area is a cell or column of a table: others touch its sides, or lines beside it are on its levels."""
    near = _TOUCHES * height
    x0, y0, x1, y1 = box.xyxy
    sides = {"left": 0.0, "right": 0.0}
    for other in grounds:
        if other == box:
            continue
        (ox0, oy0, ox1, oy1) = other.xyxy
        for side, apart in (("left", x0 - ox1), ("right", ox0 - x1)):
            small = other.height < _CELL * height
            if small and -near < apart < near and oy0 > y0 - near and oy1 < y1 + near:
                sides[side] += (oy1 - oy0) / box.height
    if max(sides.values()) > 0.5:
        return True
    around = Box(x0 - 30 * height, y0, box.width + 60 * height, box.height)
    outside = [
        n for n in lines if around.coverage(n.box) > 0.5 and not any(g.coverage(n.box) > 0.5 for g in grounds)
    ]
    level = [y for y in levels if any(abs(n.box.center[1] - y) < _LEVEL * n.box.height for n in outside)]
    return len(level) >= 0.6 * len(levels)


def _with_headers(
    box: Box, own: Sequence[TextLine], lines: Sequence[TextLine], grounds: Sequence[Box], height: float
) -> Box:
    """An area with the row right over it, where three and more cells, or texts over its columns, stand there."""
    near = _TOUCHES * height
    cells = [
        g
        for g in grounds
        if abs(g.xyxy[3] - box.y) < near and g.x > box.x - near and g.xyxy[2] < box.xyxy[2] + near
    ]
    if len(cells) > 2:
        return Box.from_xyxy(box.x, min(g.y for g in cells), *box.xyxy[2:])
    over = [
        n
        for n in lines
        if 0 <= box.y - n.box.center[1] < 2 * height
        and n.box.x > box.x - height
        and n.box.xyxy[2] < box.xyxy[2] + height
    ]
    columns = {
        i
        for n in over
        for i, m in enumerate(sorted(own, key=lambda m: m.box.y)[: 2 * len(over)])
        if min(n.box.xyxy[2], m.box.xyxy[2]) - max(n.box.x, m.box.x) > 0.3 * min(n.box.width, m.box.width)
    }
    if len(over) < 3 or len(columns) < 3:
        return box
    top = min(n.box.y for n in over)
    return Box.from_xyxy(box.x, top, *box.xyxy[2:])
