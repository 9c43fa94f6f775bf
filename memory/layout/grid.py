"""Columns of rows, and which header stands over which column.

- A column is a span of x that cells share. Spans that no row holds both of are one column: an indented name and one
  that is not. A cell that stands over several columns makes none.
- Headers go to columns in the order of both, at the smallest sum of distances of their left, right or middle: a header
  at the left over numbers at the right is theirs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from ..typed import typed, values_in
from .bits import Bit, Row, part_of, share

__all__ = [
    "FIGURES",
    "Span",
    "aligned",
    "column_of",
    "columns_of",
    "grouped",
    "is_figure",
    "parts_in",
    "standing_in",
]

Span = tuple[float, float]
"""x0, x1 of a column, pixels."""
SHARED = 0.3
"""Share of the narrower from which a cell stands in a column."""
_BRIDGES = 4
"""Cells over two spans that show that a cell cut between them was read in two."""
FIGURES = frozenset(("number", "money", "percent", "date", "time", "size", "duration"))
_GAP = re.compile(r"\s{3,}")
"""White space that only a gap between columns is read as."""
_NONE = 1e9
_RESULT = re.compile(
    r"[<>]?\s*\d[\d.,]*\s*(?:[\[(]?[HLN]{1,2}[\])]?\*?|[\[(](?:high|low)[\])]|"
    r"(?:-|–)\s*\d[\d.,]*(?: ?[^\W\d]{1,6}(?:/[^\W\d]{1,6})?| ?%| ?/[^\W\d]{1,3})?)",
    re.I,
)
"""A number with its flag ("9.10 [L]"), or a range ("13.0-17.0 g/dl")."""


@lru_cache(maxsize=8192)
def is_figure(text: str) -> bool:
    """Whether a text is a number, an amount, a date: what stands under a header rather than in one."""
    if typed(text).kind in FIGURES or _RESULT.fullmatch(text.strip()):
        return True
    values = values_in(text)
    rest = "".join(c for i, c in enumerate(text) if not any(v.span[0] <= i < v.span[1] for v in values))
    return [v.kind for v in values] == ["date", "time"] and re.search(r"\w", rest) is None


def columns_of(rows: Sequence[Row], over: Sequence[Row] = ()) -> list[Span]:
    """The columns that rows share, left to right. over: rows of headers, which keep two columns apart."""
    held = [b for row in rows if len(row) > 1 for b in row] or [b for row in rows for b in row]
    spans: list[Span] = []
    for bit in sorted(held, key=lambda b: b.width):
        mine = [i for i, s in enumerate(spans) if share(bit.x0, bit.x1, *s) > SHARED]
        if not mine:
            spans.append((bit.x0, bit.x1))
        elif len(mine) == 1:
            i = mine[0]
            spans[i] = (min(spans[i][0], bit.x0), max(spans[i][1], bit.x1))
    return _joined(sorted(spans), held, rows, over)


def _joined(spans: list[Span], held: Sequence[Bit], rows: Sequence[Row], over: Sequence[Row]) -> list[Span]:
    """Spans that overlap, or that no row has both of but for a cell that was read in two, as one."""
    height = sorted(b.height for b in held)[len(held) // 2] if held else 1.0
    merged: list[Span] = []
    for span in spans:
        if merged and (
            share(*merged[-1], *span) > 0.5 or _is_one(merged[-1], span, height, rows, over, held)
        ):
            merged[-1] = (merged[-1][0], max(merged[-1][1], span[1]))
        else:
            merged.append(span)
    return merged


def _is_one(
    a: Span, b: Span, height: float, rows: Sequence[Row], over: Sequence[Row], held: Sequence[Bit]
) -> bool:
    across = (c for c in held if c.x0 < a[1] and c.x1 > b[0])
    bridges = sum(share(c.x0, c.x1, *a) > SHARED and share(c.x0, c.x1, *b) > SHARED for c in across)
    if not bridges and b[0] - a[1] > 1.5 * height:
        return False
    both = [
        any(share(c.x0, c.x1, *a) > SHARED for c in row if share(c.x0, c.x1, *b) <= SHARED)
        and any(share(c.x0, c.x1, *b) > SHARED for c in row if share(c.x0, c.x1, *a) <= SHARED)
        for row in (*over, *rows)
    ]
    if any(both[: len(over)]):
        return False
    return sum(both) * _BRIDGES <= bridges  # a gap within one of many cells ("25.1 °C") parts no column


def away(bit: Bit, span: Span) -> float:
    """How far a bit stands from being aligned with a column, pixels: at its left, right or middle, the nearest."""
    return min(abs(bit.x0 - span[0]), abs(bit.x1 - span[1]), abs(bit.xc - sum(span) / 2))


def column_of(bit: Bit, columns: Sequence[Span]) -> tuple[int, int] | None:
    """(first, last) column that a bit stands in; more than one for a bit over several. None without columns."""
    if not columns:
        return None
    shares = [share(bit.x0, bit.x1, *c) for c in columns]
    held = [i for i, s in enumerate(shares) if s > SHARED]
    if len(held) > 1:
        over = [max(0.0, min(bit.x1, columns[i][1]) - max(bit.x0, columns[i][0])) / bit.width for i in held]
        best = max(range(len(held)), key=over.__getitem__)
        inside = [i for i in held if shares[i] > 0.6]
        if over[best] > 0.85 or len(inside) == 1:
            return held[best], held[best]
        return (inside or held)[0], (inside or held)[-1]
    if held:
        return held[0], held[0]
    near = min(range(len(columns)), key=lambda i: away(bit, columns[i]))
    return near, near


def standing_in(rows: Sequence[Row], columns: Sequence[Span]) -> list[list[Bit]]:
    """For each column the bits of rows that stand in it alone, row by row."""
    there: list[list[Bit]] = [[] for _ in columns]
    for row in rows:
        for bit in row:
            place = column_of(bit, columns)
            if place is not None and place[0] == place[1]:
                there[place[0]].append(bit)
    return there


def aligned(headers: Sequence[Bit], columns: Sequence[Span]) -> list[int | None]:
    """For each header, left to right, the index of the column that it names; None for one over no column of its own.

    The cheapest order-keeping assignment, where leaving a column without a header, or a header without a column, costs
    some heights of a line.
    """
    n, m = len(headers), len(columns)
    cost = [[0.0] * (m + 1) for _ in range(n + 1)]
    step: list[list[int]] = [[0] * (m + 1) for _ in range(n + 1)]
    for i in range(n + 1):
        for j in range(m + 1):
            if i == j == 0:
                continue
            ways = (
                cost[i - 1][j - 1] + _match(headers[i - 1], columns, j - 1) if i and j else _NONE,
                cost[i][j - 1] + (0.3 if j == 1 else 2.5)
                if j
                else _NONE,  # a first column often has no header
                cost[i - 1][j] + 4.0 if i else _NONE,
            )
            step[i][j] = min(range(3), key=ways.__getitem__)
            cost[i][j] = ways[step[i][j]]
    found: list[int | None] = [None] * n
    i, j = n, m
    while i or j:
        if step[i][j] == 0:
            found[i - 1] = j - 1
            i, j = i - 1, j - 1
        elif step[i][j] == 1:
            j -= 1
        else:
            i -= 1
    return found


def _match(header: Bit, columns: Sequence[Span], j: int) -> float:
    """Cost of a header over a column, in heights of a line."""
    over = share(header.x0, header.x1, *columns[j])
    off = away(header, columns[j]) / header.height
    if over > 0.5:
        return min(off, 1.0) * 0.5
    others = [away(header, c) / header.height for k, c in enumerate(columns) if k != j]
    return off * (0.5 if off <= min(others, default=_NONE) else 1.5)


def grouped(upper: Sequence[Bit], columns: Sequence[Span]) -> list[tuple[int, int]] | None:
    """(first, last) column under each name of an upper level, which stands in the middle over its group, or at its left
    edge; columns before the first group have none. None where no such parting fits.
    """
    n, m = len(upper), len(columns)
    if not 0 < n < m:
        return None
    best: list[dict[int, tuple[float, list[tuple[int, int]]]]] = [{j: (0.0, []) for j in range(m)}]
    for bit in upper:
        found: dict[int, tuple[float, list[tuple[int, int]]]] = {}
        for start, (cost, groups) in best[-1].items():
            for end in range(start, m):
                x0, x1 = columns[start][0], columns[end][1]
                off = min(abs((x0 + x1) / 2 - bit.xc), abs(x0 - bit.x0)) / bit.height
                if end == start:
                    off = min(off, abs(x1 - bit.x1) / bit.height)
                total = cost + off
                if bit.x1 > x0 and bit.x0 < x1 and (end + 1 not in found or total < found[end + 1][0]):
                    found[end + 1] = total, [*groups, (start, end)]
        best.append(found)
    ends = [(cost + 4.0 * (m - end), groups) for end, (cost, groups) in best[-1].items()]
    if not ends:
        return None
    cost, groups = min(ends)
    return groups if cost <= 4.0 * n and any(a != b for a, b in groups) else None


def parts_in(
    bit: Bit, columns: Sequence[Span], figures: Sequence[bool] | None, taken: Sequence[int] = ()
) -> list[Bit]:
    """A line that was read over several columns, cut between words where each part fits its column.

    figures: whether a column holds figures, which tell parts from each other; None for headers.
    taken: columns that other bits of the row stand in.
    """
    words = list(re.finditer(r"\S+", bit.text))
    if len(words) < 2:
        return [bit]
    slack = (2.0 if figures else 1.0) * bit.height
    held = [i for i, c in enumerate(columns) if share(bit.x0, bit.x1, *c) > SHARED and i not in taken]
    if len(held) < 2:
        return [bit]
    cuts: list[int] = []
    start = 0
    for a, b in pairwise(held):
        if figures is not None and not (figures[a] or figures[b]) and not _GAP.search(bit.text):
            return [bit]
        middle = (columns[a][1] + columns[b][0]) / 2
        ranked = []
        for k in range(start + 1, len(words)):
            left = part_of(bit, words[start].start(), words[k - 1].end())
            right = part_of(bit, words[k].start(), words[-1].end())
            edge = min(abs(right.x0 - columns[b][0]), abs(left.x1 - columns[a][1]))
            if left.x1 > columns[a][1] + slack or right.x0 < columns[b][0] - slack:
                continue
            edge += 0.1 * abs((left.x1 + right.x0) / 2 - middle)
            if figures and figures[a] and not is_figure(left.text):
                continue
            if figures and figures[b] and not is_figure(part_of(bit, words[k].start(), words[k].end()).text):
                continue
            ranked.append((edge, k))
        if not ranked or min(ranked)[0] > (0.8 if figures is None else 1.5) * bit.height:
            return [bit]
        start = min(ranked)[1]
        cuts.append(words[start].start())
    edges = [0, *cuts, len(bit.text)]
    return [part_of(bit, a, b) for a, b in pairwise(edges)]
