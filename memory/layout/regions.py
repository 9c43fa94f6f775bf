"""Parts of a page that are read one after the other: columns of running text, a side bar beside what it leads to.

- A page is cut where a strip without text runs between two sides that have nothing to do with each other: running text
  fills both, or their lines stand on other levels. The columns of a table share their levels, so a table stays whole.
- Between what runs over both sides (a title) it is cut as far as that allows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from .bits import Bit, rows_of
from .grid import is_figure
from .tables import tables_in

__all__ = ["regions_of"]

_LEAST = 3
"""Lines that each side of a cut has at least."""
_LEAST_IN_BAR = 5
"""Entries of a bar beside a table at least."""
_DEPTH = 4
_MOST = 24
"""Edges at which a cut is tried."""
_LONG = 22
"""Characters from which a line is running text rather than the content of a cell."""


def regions_of(bits: Sequence[Bit], depth: int = _DEPTH) -> list[list[Bit]]:
    """The bits in parts, in the order in which they are read."""
    cut = _best_cut(bits) if depth and len(bits) >= 2 * _LEAST else None
    if cut is None:
        return [list(bits)] if bits else []
    x, top, bottom = cut
    parts = (
        [b for b in bits if b.yc < top],
        [b for b in bits if top <= b.yc <= bottom and b.xc < x],
        [b for b in bits if top <= b.yc <= bottom and b.xc >= x],
        [b for b in bits if b.yc > bottom],
    )
    return [region for part in parts for region in regions_of(part, depth - 1)]


def _best_cut(bits: Sequence[Bit]) -> tuple[float, float, float] | None:
    """(x, top, bottom) of the strip that parts most lines; None where nothing is to be parted."""
    best, found = (0, 0.0), None
    tables = [f.bits for f in tables_in(rows_of(bits))]
    for x in _candidates(bits):
        whole = [(min(b.y0 for b in t), max(b.y1 for b in t)) for t in tables if _crosses(t, x)]
        for top, bottom in _free(bits, x, whole):
            inside = [b for b in bits if top <= b.yc <= bottom]
            left, right = [b for b in inside if b.xc < x], [b for b in inside if b.xc >= x]
            if min(len(left), len(right)) < _LEAST or len(inside) < best[0]:
                continue
            if (apart := _apart(left, right)) > 0 and (len(inside), apart) > best:
                best, found = (len(inside), apart), (x, top, bottom)
    return found


def _crosses(table: Sequence[Bit], x: float) -> bool:
    """Whether a table stands on both sides of x, with its rows on one level."""
    level = held = 0
    for row in rows_of(table):
        left, right = [b for b in row if b.xc < x], [b for b in row if b.xc >= x]
        if left and right:
            held += 1
            level += min(abs(a.yc - b.yc) for a in left for b in right) < 0.15 * left[0].height
    if level >= 0.7 * held > 0:
        return True
    left, right = [b for b in table if b.xc < x], [b for b in table if b.xc >= x]
    return bool(left) and bool(right) and max(_beside(left, right), _beside(right, left)) >= 0.8


def _beside(few: Sequence[Bit], many: Sequence[Bit]) -> float:
    """Share of some bits that stand on the levels of others, or as far from them as most do: a title over the middle of
    its row.
    """
    levels = sorted(b.yc for b in many)
    steps = [b - a for a, b in pairwise(levels) if b - a > 0.3 * few[0].height]
    if median(steps or [0.0]) < 1.5 * few[0].height:
        return 0.0  # everything is near levels as dense as these
    off = sorted(_nearest(levels, b.yc) / b.height for b in few)
    usual = min(off[len(off) // 2], 0.6)
    return sum(abs(d - usual) < 0.12 or d < 0.12 for d in off) / len(off)


def _candidates(bits: Sequence[Bit]) -> list[float]:
    """The left edges that most bits share, each moved into the strip before it."""
    height = median([b.height for b in bits])
    edges = sorted(b.x0 for b in bits)
    ranked, last = [], -height
    for i, x in enumerate(edges):
        held = bisect_right(edges, x + 0.7 * height) - i
        if held >= _LEAST and x - last > 0.5 * height and x > edges[0] + height:
            ranked.append((held, x - 0.3 * height))
            last = x
    return [x for _, x in sorted(ranked, reverse=True)[:_MOST]]


def _free(bits: Sequence[Bit], x: float, tables: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans of y in which no bit, and no table, stands over x. tables: spans of y of those that do."""
    over = sorted([*((b.y0, b.y1) for b in bits if b.x0 < x < b.x1), *tables])
    low, high = min(b.y0 for b in bits) - 1, max(b.y1 for b in bits) + 1
    spans, start = [], low
    for y0, y1 in over:
        if y0 > start:
            spans.append((start, y0))
        start = max(start, y1)
    return [*spans, (start, high)] if start < high else spans


def _apart(left: Sequence[Bit], right: Sequence[Bit]) -> float:
    """How far two sides have nothing to do with each other, in (0, 1]; 0 where they may belong together."""
    if _is_prose(left) and _is_prose(right):
        return 1.0
    if _is_bar(left, right):
        return 0.5
    few, many = (left, right) if len(left) <= len(right) else (right, left)
    levels = sorted(b.yc for b in many)
    inside = [b for b in few if levels[0] - b.height <= b.yc <= levels[-1] + b.height]
    if len(inside) < _LEAST + 1:
        return 0.0
    off = sorted(_nearest(levels, b.yc) / b.height for b in inside)
    usual = off[len(off) // 2]
    regular = sum(abs(d - usual) < 0.1 for d in off) / len(off)
    apart = regular < 0.5 and sum(d < 0.2 for d in off) < 0.5 * len(off)
    return max(0.01, sum(d >= 0.5 for d in off) / len(off)) if apart else 0.0


def _is_bar(left: Sequence[Bit], right: Sequence[Bit]) -> bool:
    """Whether a narrow list of names stands beside a table, with other levels: what an application leads to."""
    if len(left) < _LEAST_IN_BAR or sum(is_figure(b.text) for b in left) > 0.2 * len(left):
        return False
    x0, x1 = min(b.x0 for b in left), max(b.x1 for b in left)
    wide = max(b.x1 for b in right) - min(b.x0 for b in right)
    rows, beside = rows_of(left), rows_of(right)
    if x1 - x0 > 0.35 * wide or sum(len(r) > 1 for r in rows) > 0.2 * len(rows):
        return False
    if sum(len(r) > 2 for r in beside) < max(_LEAST, 0.5 * len(beside)):
        return False
    if _beside(left, right) >= 0.8:
        return False  # a first column whose cells have two lines, over and under the middle of their row
    levels = sorted(b.yc for b in right)
    return sum(_nearest(levels, b.yc) < 0.12 * b.height for b in left) < 0.6 * len(left)


def _nearest(levels: Sequence[float], y: float) -> float:
    i = bisect_left(levels, y)
    return min(abs(y - level) for level in levels[max(0, i - 1) : i + 1])


def _is_prose(bits: Sequence[Bit]) -> bool:
    """Whether lines follow each other closely and fill their column."""
    if len(bits) < 4 or median([len(b.text) for b in bits]) < _LONG:
        return False
    ordered = sorted(bits, key=lambda b: b.yc)
    outer = len(bits) // 8  # numbers in the margin do not count
    wide = sorted(b.x1 for b in bits)[-1 - outer] - sorted(b.x0 for b in bits)[outer]
    steps = [(b.yc - a.yc) / max(a.height, b.height) for a, b in pairwise(ordered)]
    return median(steps) < 1.7 and median([b.width for b in bits]) > 0.7 * wide
