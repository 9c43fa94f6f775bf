"""Rows that follow each other, as the tables that they are: parted at headers among them, without what stands below.

A bar of buttons over a list, a form over a table, a title over the next one: they stand on levels and in columns too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from .bits import Row
from .grid import away, columns_of, is_figure
from .heads import gap_between, height_of, names_over_figures

__all__ = ["parts_of"]

_LEAST_BELOW, _FULL = 2, 0.7
"""Rows that a header stands over where others stand above it, and the share of its columns that they fill."""
_EDGE, _ALIGNED, _FEW = 0.5, 0.75, 0.5
"""Distance from the edge of a column, in heights of a line, up to which a text stands at it; the share of texts that do
in the rows of one table; and of its columns that they fill at least."""
_LOOK = 30
"""Rows above and below that tell whether one stands between two tables: a long table costs no more a row than a short
one."""
_APART = 0.6
"""More space over the title of what follows than between rows, in heights of a line."""
_PAGER = re.compile(
    r"(?:showing|displaying|viewing|page)\b.*\d.*|(?:rows|items|results|entries) (?:per|on a) page.*|"
    r"(?:prev(?:ious)?|next|first|last)(?: page)?\W*|\W*\d+(?:\s*[-–]\s*\d+)? of \d+(?: \w+)?|\W*\d*(?:\W+\d+)*\W*",
    re.I,
)
"""What stands under a list that is shown in parts."""


def parts_of(run: Sequence[Row]) -> list[list[Row]]:
    """The tables that rows which follow each other may be, top to bottom."""
    run = list(run)
    while len(run) > 2 and (_turns_pages(run[-1]) or _is_title(run, len(run) - 1)):
        run = run[:-1]
    for at in range(2, len(run) - 1):
        if _is_title(run, at) and _leads_on(run[at + 1 :]):
            return [*parts_of(run[:at]), *parts_of(run[at + 1 :])]
    head = _later_head(run)
    return [run] if head is None else [*parts_of(run[:head]), *parts_of(run[head:])]


def _turns_pages(row: Row) -> bool:
    """Whether a row says which part of a list is shown, and leads to the others: "Showing 1-11 of 27", "Next"."""
    said = [b.text.strip() for b in row]
    return all(_PAGER.fullmatch(t) for t in said) and any(re.search(r"[^\W\d]{2}", t) for t in said)


def _is_title(run: Sequence[Row], at: int) -> bool:
    """Whether a row is the title of what follows: words over a few columns, further from the row above than rows are
    from each other."""
    row, above = run[at], run[max(0, at - _LOOK) : at]
    if len(row) > 2 or len(row) > 0.5 * max(map(len, above)) or any(is_figure(b.text) for b in row):
        return False
    if not any(is_figure(b.text) for r in above[1:] for b in r):
        return False
    steps = [gap_between(a, b) for a, b in pairwise(above)]
    usual = median(steps) if len(steps) > 1 else steps[0]
    return gap_between(above[-1], row) > usual + _APART * height_of([row])


def _leads_on(below: Sequence[Row]) -> bool:
    """Whether what follows a title is another table or none: names come first, or single texts."""
    names = len(below[0]) > 1 and not any(is_figure(b.text) for b in below[0])
    return names or sum(len(row) == 1 for row in below) > 0.5 * len(below)


def _later_head(run: Sequence[Row]) -> int | None:
    """The first row of a header that stands among others: those above it are the fields of a form, a bar of buttons,
    figures of an overview. None where the rows are one table."""
    for at in range(1, len(run) - _LEAST_BELOW):
        below = run[at + 1 : at + 1 + _LOOK]
        if not _heads(run[at], below):
            continue
        top = at
        while top and _is_level(run[top - 1], run[top], below):
            top -= 1
        if top and not _belong(run[max(0, top - _LOOK) : top], run[at], below):
            return top
    return None


def _is_level(upper: Row, lower: Row, below: Sequence[Row]) -> bool:
    """Whether a row is the upper level of a header: close over it, over several of its names but not over the first
    column of the rows below."""
    close = gap_between(upper, lower) < height_of([upper, lower])
    return close and len(upper) < len(lower) and upper[0].x0 > columns_of(below)[0][1]


def _heads(row: Row, below: Sequence[Row]) -> bool:
    """Whether a row names columns of figures, and about as many columns as the rows below it fill."""
    if len(row) < 3 or len(row) < 0.75 * max(map(len, below)):
        return False
    if not any(is_figure(b.text) for r in below for b in r) or not names_over_figures(row, below):
        return False
    entries = [r for r in below if len(r) > 2]  # without second lines of cells
    full = sum(len(r) >= _FULL * len(row) for r in entries)
    return full >= max(_LEAST_BELOW, 0.7 * len(entries))


def _belong(above: Sequence[Row], row: Row, below: Sequence[Row]) -> bool:
    """Whether rows over a header are entries of its table, which stand at the edges of its columns."""
    columns = columns_of(below, [row])
    bits = [b for r in above for b in r]
    fit = sum(min(away(b, c) for c in columns) < _EDGE * b.height for b in bits)
    return fit > _ALIGNED * len(bits) and len(bits) > _FEW * len(above) * len(row)
