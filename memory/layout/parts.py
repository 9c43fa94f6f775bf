"""Rows that follow each other, as the tables that they are: parted at headers among them, without what stands below.

A bar of buttons over a list, a form over a table, a title over the next one: they stand on levels and in columns too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from .bits import Row
from .grid import aligned, columns_of, is_figure, standing_in
from .heads import gap_between, heads_of, height_of, names_over_figures

__all__ = ["parts_of"]

_LEAST_BELOW, _FULL = 2, 0.7
"""Rows that a header stands over where others stand above it; the share of its columns that they fill, and that those
above it do not."""
_APART = 0.6
"""More space over the title of what follows than between rows, in heights of a line."""
_PAGER = re.compile(
    r"(?:showing|displaying|viewing|page)\b.*\d.*|(?:rows|items|results|entries) (?:per|on a) page.*|"
    r"(?:prev(?:ious)?|next|first|last)(?: page)?\W*|\W*\d+(?:\s*[-–]\s*\d+)? of \d+(?: \w+)?|\W*(?:\d{1,4}\W*)*",
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
    at = _later_head(run)
    return [run] if at is None else [*parts_of(run[:at]), *parts_of(run[at:])]


def _turns_pages(row: Row) -> bool:
    """Whether a row says which part of a list is shown, and leads to the others: "Showing 1-11 of 27", "Next"."""
    said = [b.text.strip() for b in row]
    return all(_PAGER.fullmatch(t) for t in said) and any(re.search(r"[^\W\d]{2}", t) for t in said)


def _is_title(run: Sequence[Row], at: int) -> bool:
    """Whether a row is the title of what follows: words over a few columns, further from the row above than rows are
    from each other."""
    row, above = run[at], run[:at]
    most = max(len(r) for r in above)
    figures = any(is_figure(b.text) for r in above[1:] for b in r)
    if not figures or len(row) > 0.5 * most or len(row) > 2 or any(is_figure(b.text) for b in row):
        return False
    steps = [gap_between(a, b) for a, b in pairwise(above)]
    usual = median(steps) if len(steps) > 1 else steps[0]
    return gap_between(above[-1], row) > usual + _APART * height_of([row])


def _leads_on(below: Sequence[Row]) -> bool:
    """Whether what follows a title is another table or none: names come first, or single texts."""
    names = len(below[0]) > 1 and not any(is_figure(b.text) for b in below[0])
    return names or sum(len(row) == 1 for row in below) > 0.5 * len(below)


def _later_head(run: Sequence[Row]) -> int | None:
    """The row that heads the rows below it while those above it are something else: the fields of a form, a bar of
    buttons, figures of an overview. None where the rows are one table.

    It names columns of figures and as many columns as those rows have; the rows above hold less, and no figures there.
    """
    levels = heads_of(run)  # of one header, close over each other
    for at in range(1, len(run) - _LEAST_BELOW):
        if at < levels and all(gap_between(a, b) < height_of([a, b]) for a, b in pairwise(run[: at + 1])):
            continue
        row, below = run[at], run[at + 1 :]
        if len(row) < 3 or len(row) < 0.75 * max(len(r) for r in below) or not names_over_figures(row, below):
            continue
        entries = [r for r in below if len(r) > 2]  # without second lines of cells
        full = sum(len(r) >= _FULL * len(row) for r in entries)
        held = [len(r) / len(row) for r in run[:at]]
        if full < max(_LEAST_BELOW, 0.7 * len(entries)) or sum(held) > _FULL * len(held):
            continue
        columns = columns_of(below)
        there, before = standing_in(below, columns), standing_in(run[:at], columns)
        names = {i for i in aligned(row, columns) if i is not None}
        figures = [i for i in names if sum(is_figure(b.text) for b in there[i]) > 0.6 * len(there[i])]
        if sum(is_figure(b.text) for i in figures for b in before[i]) <= 0.5 * sum(
            len(before[i]) for i in figures
        ):
            return at
    return None
