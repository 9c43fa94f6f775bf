"""One reading order for lines of text: columns of text one after the other, everything else row by row.

- A gutter is a strip that few lines cross, between two groups of lines that look like text: long lines, one under the
  other. Cells of a table and the fields of a form are no such groups: they are read row by row.
- Lines that cross a gutter (a title over two columns) are read before what stands under them.
- Text turned by 90 degrees, as a stamp at the margin is, is read last.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .geometry import Box

__all__ = ["in_order", "rows"]

LEAST_LINES = 4
"""Lines that a column of text has at least."""
CROSSED = 0.3
"""Share of the lines that may cross a gutter, at most."""
LEAST_WIDTH = 9.0
"""Width of a column of text in heights of its lines, at least."""
LONG, MOSTLY = 0.6, 0.5
"""Share of its column's width from which a line is long, and share of the lines of a column that are, at least."""
TALL = 4.0
"""Height, in heights of a line, from which a narrow box is text turned by 90 degrees."""
GUTTER = 0.6
"""Width of a gutter in heights of a line, at least."""
BINS = 256

Array = NDArray[np.float64]


def in_order(boxes: Sequence[Box]) -> list[int]:
    """Indices of the boxes of lines of one page, in the order in which they are read."""
    sides = np.array([box.xyxy for box in boxes], np.float64).reshape(-1, 4)
    widths, heights = sides[:, 2] - sides[:, 0], sides[:, 3] - sides[:, 1]
    usual = float(np.median(heights)) if len(boxes) else 0.0
    stamps = np.flatnonzero((heights > TALL * usual) & (heights > 2 * widths)).tolist()
    lines = [i for i in range(len(boxes)) if i not in set(stamps)]
    return _order(sides, lines, 4) + stamps


def rows(boxes: Sequence[Box]) -> list[list[int]]:
    """Indices of boxes that stand beside each other, from left to right, row by row."""
    return _rows(np.array([box.xyxy for box in boxes], np.float64).reshape(-1, 4), list(range(len(boxes))))


def _order(sides: Array, lines: list[int], depth: int) -> list[int]:
    gutter = _gutter(sides[lines]) if depth and len(lines) >= 2 * LEAST_LINES else math.nan
    if math.isnan(gutter):
        return [i for row in _rows(sides, lines) for i in row]
    crossing = [i for i in lines if sides[i, 0] < gutter < sides[i, 2]]
    crossing.sort(key=lambda i: sides[i, 1] + sides[i, 3])
    ordered: list[int] = []
    waiting = [i for i in lines if i not in set(crossing)]
    for line in [*crossing, None]:
        bound = math.inf if line is None else sides[line, 1] + sides[line, 3]
        part = [i for i in waiting if sides[i, 1] + sides[i, 3] < bound]
        waiting = [i for i in waiting if sides[i, 1] + sides[i, 3] >= bound]
        for left in (True, False):
            side = [i for i in part if (sides[i, 0] + sides[i, 2] < 2 * gutter) == left]
            ordered += _order(sides, side, depth - 1)
        ordered += [] if line is None else [line]
    return ordered


def _gutter(sides: Array) -> float:
    """Where two columns of text part, x in pixels; NaN where there is no such place."""
    x0, x1 = float(sides[:, 0].min()), float(sides[:, 2].max())
    height = float(np.median(sides[:, 3] - sides[:, 1]))
    step = max((x1 - x0) / BINS, 1e-6)
    first = np.clip(((sides[:, 0] - x0) / step).astype(int), 0, BINS - 1)
    last = np.clip(np.ceil((sides[:, 2] - x0) / step).astype(int), 0, BINS)
    change = np.zeros(BINS + 1, int)
    np.add.at(change, first, 1)
    np.add.at(change, last, -1)
    crossed = np.cumsum(change)[:BINS]
    inner = np.arange(BINS)[(np.arange(BINS) > 0.15 * BINS) & (np.arange(BINS) < 0.85 * BINS)]
    for number in sorted(set(crossed[inner].tolist())):
        if number > CROSSED * len(sides):
            break
        for start, end in _runs(inner[crossed[inner] <= number]):
            if (end - start) * step < GUTTER * height:
                continue
            middle = x0 + (start + end) / 2 * step
            left, right = sides[sides[:, 2] <= middle], sides[sides[:, 0] >= middle]
            if _is_column(left) and _is_column(right) and _beside(left, right):
                return middle
    return math.nan


def _runs(numbers: NDArray[np.int_]) -> list[tuple[int, int]]:
    """Stretches of consecutive numbers, each as [start, end)."""
    if not len(numbers):
        return []
    breaks = np.flatnonzero(np.diff(numbers) > 1) + 1
    return [(int(part[0]), int(part[-1]) + 1) for part in np.split(numbers, breaks)]


def _is_column(sides: Array) -> bool:
    if len(sides) < LEAST_LINES:
        return False
    widths, heights = sides[:, 2] - sides[:, 0], sides[:, 3] - sides[:, 1]
    width = float(np.quantile(sides[:, 2], 0.9) - np.quantile(sides[:, 0], 0.1))
    long = np.mean(widths >= LONG * width)
    return width >= LEAST_WIDTH * float(np.median(heights)) and bool(long >= MOSTLY)


def _beside(left: Array, right: Array) -> bool:
    """Whether most of the shorter column stands beside the other one."""
    top, bottom = max(left[:, 1].min(), right[:, 1].min()), min(left[:, 3].max(), right[:, 3].max())
    shorter = min(left[:, 3].max() - left[:, 1].min(), right[:, 3].max() - right[:, 1].min())
    return bool(bottom - top >= 0.5 * shorter)


def _rows(sides: Array, lines: list[int]) -> list[list[int]]:
    """Lines that overlap by half of the lower one's height stand in one row with its first."""
    found: list[list[int]] = []
    for i in sorted(lines, key=lambda i: (sides[i, 1] + sides[i, 3], sides[i, 0])):
        if found:
            first = sides[found[-1][0]]
            shared = min(first[3], sides[i, 3]) - max(first[1], sides[i, 1])
            lower = min(first[3] - first[1], sides[i, 3] - sides[i, 1])
            if shared > 0.5 * lower:
                found[-1].append(i)
                continue
        found.append([i])
    return [sorted(row, key=lambda i: sides[i, 0]) for row in found]
