"""Rows and columns of a page, from where its lines stand: tables with or without rules, forms, statements of several
years.

- Lines of one height are a row. Rows that follow each other and share columns are a table; its first row heads it.
- Columns are the spans of x that the cells of the body share. Headers are given to columns in their order, so that
  headers at the left over numbers at the right stay apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from ...memory.geometry import Box
from .scene import Place, part_box, rows_share

__all__ = ["Table", "rows_of", "tables_on"]

ROW = 0.5
"""Share of the lower line that two lines of one row have in common in y."""
APART = 5.0
"""Distance of rows, in heights of a line, from which they belong to different tables."""
SHARED = 0.3
"""Share of the narrower box from which a cell stands in a column."""


Spans = tuple[tuple[float, float], ...]
"""(x0, x1) of columns, left to right, pixels."""


@dataclass(frozen=True)
class Table:
    """rows: cells of each row, left to right, top to bottom."""

    rows: tuple[tuple[Place, ...], ...]
    _kept: dict[int, Spans] = field(default_factory=dict, compare=False, repr=False)

    def columns(self, head: int = 0) -> Spans:
        """The columns of the rows below a row of headers."""
        if head not in self._kept:
            self._kept[head] = tuple(_columns(self.rows[head + 1 :]) or _columns(self.rows[head:]))
        return self._kept[head]

    def column_of(self, box: Box, head: int = 0) -> int | None:
        """Index of the column that a cell stands in, or is nearest to; None for a box over several."""
        columns = self.columns(head)
        shares = [_span_share(box, c) for c in columns]
        held = [i for i, s in enumerate(shares) if s > SHARED]
        if len(held) > 1:
            best = max(held, key=shares.__getitem__)
            return best if sorted(shares)[-2] < 0.6 * shares[best] else None
        if held:
            return held[0]
        away = [_away(box, c) for c in columns]
        return min(range(len(away)), key=away.__getitem__, default=None)

    def headers(self, head: int = 0) -> dict[int, Place]:
        """Column -> the header over it: in the order of both, each as near to its column as that allows."""
        cells, columns = self.rows[head], self.columns(head)
        if len(cells) == len(columns):
            return dict(enumerate(cells))
        if len(cells) > len(columns):
            given: dict[int, Place] = {}
            for cell in cells:
                near = min(range(len(columns)), key=lambda i: _away(cell.box, columns[i]), default=None)
                if near is not None and (
                    near not in given
                    or _away(cell.box, columns[near]) < _away(given[near].box, columns[near])
                ):
                    given[near] = cell
            return given
        return dict(zip(_in_order([c.box for c in cells], columns), cells, strict=True))

    def row_at(self, box: Box) -> int | None:
        """Index of the row that a box stands in."""
        shares = [max((rows_share(c.box, box) for c in row), default=0.0) for row in self.rows]
        best = max(range(len(shares)), key=shares.__getitem__, default=None)
        return best if best is not None and shares[best] >= ROW else None

    def cells(self, row: int, column: int, head: int = 0) -> list[Place]:
        """What stands in a cell, left to right; empty for an empty cell."""
        return [p for c in self.rows[row] for i, p in self._parts(c, head) if i == column]

    def _parts(self, cell: Place, head: int) -> list[tuple[int | None, Place]]:
        """A line with the column that it stands in; one that runs over several columns word by word."""
        columns = self.columns(head)
        held = [i for i, c in enumerate(columns) if _span_share(cell.box, c) > SHARED]
        words = list(re.finditer(r"\S+", cell.text))
        if len(held) < 2 or len(words) < 2:
            return [(self.column_of(cell.box, head), cell)]
        parts: list[tuple[int, int, int]] = []  # column, characters
        for word in words:
            box = part_box(cell.box, cell.text, word.span())
            column = min(
                held,
                key=lambda i: (
                    abs(sum(columns[i]) / 2 - box.center[0]) / max(1.0, columns[i][1] - columns[i][0])
                ),
            )
            if parts and parts[-1][0] == column:
                parts[-1] = column, parts[-1][1], word.end()
            else:
                parts.append((column, *word.span()))
        return [
            (i, replace(cell, text=cell.text[a:b], box=part_box(cell.box, cell.text, (a, b)), span=(a, b)))
            for i, a, b in parts
        ]

    def body(self, column: int, head: int = 0) -> list[Place]:
        """The cells of a column below its header, from top to bottom."""
        below = range(head + 1, len(self.rows))
        held = [c for row in below for c in self.cells(row, column, head)]
        return sorted(held, key=lambda c: c.box.y)


def _in_order(headers: Sequence[Box], columns: Spans) -> list[int]:
    """Index of the column of each header, rising, with the smallest sum of distances; fewer headers than columns."""
    best: list[tuple[float, list[int]]] = [(0.0, [])] * (len(columns) + 1)
    for n, header in enumerate(headers):
        found: list[tuple[float, list[int]]] = [(float("inf"), [])] * (len(columns) + 1)
        for c in range(n, len(columns)):
            before = best[c]
            here = before[0] + _away(header, columns[c]), [*before[1], c]
            found[c + 1] = min(found[c], here, key=lambda pair: pair[0])
        best = found
    return best[-1][1]


def rows_of(lines: Sequence[Place]) -> list[list[Place]]:
    """The lines of one page as rows, top to bottom, each from left to right."""
    rows: list[list[Place]] = []
    for line in sorted(lines, key=lambda p: p.box.center[1]):
        home = next(
            (row for row in reversed(rows[-6:]) if all(rows_share(line.box, c.box) >= ROW for c in row[-2:])),
            None,
        )
        if home is None:
            rows.append([line])
        else:
            home.append(line)
    return [
        sorted(row, key=lambda p: p.box.x)
        for row in sorted(rows, key=lambda r: min(p.box.center[1] for p in r))
    ]


def tables_on(lines: Sequence[Place]) -> list[Table]:
    """The tables among the lines of one page, top to bottom."""
    runs: list[list[list[Place]]] = []
    for row in rows_of(lines):
        if runs and _follows(runs[-1], row):
            runs[-1].append(row)
        else:
            runs.append([row])
    return [
        Table(tuple(tuple(r) for r in run))
        for run in runs
        if sum(len(r) > 1 for r in run) > 1 and len(_columns(run)) > 1
    ]


def _follows(run: Sequence[Sequence[Place]], row: Sequence[Place]) -> bool:
    last = run[-1]
    height = median([p.height for p in (*last, *row)])
    gap = min(p.box.y for p in row) - max(p.box.y + p.box.height for p in last)
    return gap <= APART * height


def _columns(rows: Sequence[Sequence[Place]]) -> list[tuple[float, float]]:
    """Spans of x that cells share; narrow cells first, so that a cell over several columns joins none of them."""
    spans: list[tuple[float, float]] = []
    cells = [c.box for row in rows if len(row) > 1 for c in row]
    for box in sorted(cells, key=lambda b: b.width):
        held = [i for i, s in enumerate(spans) if _span_share(box, s) > SHARED]
        if not held:
            spans.append((box.x, box.x + box.width))
        elif len(held) == 1:
            (i,) = held
            spans[i] = (min(spans[i][0], box.x), max(spans[i][1], box.x + box.width))
    merged: list[tuple[float, float]] = []
    for span in sorted(spans):
        if merged and span[0] < merged[-1][1] - 0.5 * (span[1] - span[0]):
            merged[-1] = (merged[-1][0], max(merged[-1][1], span[1]))
        else:
            merged.append(span)
    return merged


def _span_share(box: Box, span: tuple[float, float]) -> float:
    shared = min(box.x + box.width, span[1]) - max(box.x, span[0])
    return max(0.0, shared) / max(1.0, min(box.width, span[1] - span[0]))


def _away(box: Box, span: tuple[float, float]) -> float:
    """How far a header stands from a column: of its left, right or middle, whichever is nearest."""
    x0, x1 = box.x, box.x + box.width
    return min(abs(x0 - span[0]), abs(x1 - span[1]), abs(x0 + x1 - span[0] - span[1]) / 2)
