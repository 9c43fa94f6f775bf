"""Which first rows of a table are headers, and over which columns each of them stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from ..typed import typed
from .bits import Bit, Row, share
from .grid import FIGURES, Span, aligned, column_of, columns_of, grouped, is_figure, parts_in, standing_in

__all__ = ["YEAR", "gap_between", "headed", "heads_of", "height_of", "is_over", "names_over_figures"]

YEAR = re.compile(r"(?:FY|Q[1-4]|H[12])?\W{0,2}(?:19|20)\d\d(?:[/-]\d{2,4})?\W{0,2}|Q[1-4]|H[12]")
"""Years and parts of them, which head columns of figures."""
_DAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?(?:,? .{1,16})?", re.I)
_NAMES = re.compile(
    r"(?:name|owner|status|state|type|kind|date|title|description|value|key|role|user|size|price|amount|id|item|"
    r"product|category|country|city|email|phone|comment|note|notes|details|parameter|setting)s?",
    re.I,
)
"""What columns of words are called."""


def gap_between(above: Row, below: Row) -> float:
    """Pixels between two rows; below 0 where they overlap. What is far higher than the rest does not count."""
    most = 1.7 * height_of([above, below])
    upper, lower = [b for b in above if b.height <= most], [b for b in below if b.height <= most]
    return min(b.y0 for b in lower or below) - max(b.y1 for b in upper or above)


def height_of(rows: Sequence[Row]) -> float:
    """The usual height of a bit of rows, pixels."""
    return median([b.height for row in rows for b in row])


def heads_of(run: Sequence[Row]) -> int:
    """How many of the first rows are headers."""
    heads = 0
    while heads < min(3, len(run) - 1) and _is_head(run, heads):
        heads += 1
        if heads == 1 == len(run[0]) and _is_head(run[1:], 0):
            heads = 2  # what it stands over are headers as well
        full = len(run[heads - 1]) >= max(len(r) for r in run[heads:]) - 1
        if full and (_is_entry(run, heads) or not names_over_figures(run[heads], run[heads + 1 :])):
            break
    return heads


def _is_entry(run: Sequence[Row], at: int) -> bool:
    """Whether a row of words under a row of headers is the first entry rather than a further level of them: it says
    something under each header, at its edge, and begins where the entries below do."""
    above, row, below = run[at - 1], run[at], run[at + 1 :]
    slack = 0.5 * height_of([row])
    level = len(row) == len(above) and all(
        min(abs(a.x0 - b.x0), abs(a.x1 - b.x1)) < slack for a, b in zip(above, row, strict=True)
    )
    if not level or len(below) < 2:
        return False
    steps = [gap_between(x, y) for x, y in pairwise(run[at - 1 : at + 3])]
    return abs(steps[1] - steps[2]) < slack and all(abs(r[0].x0 - row[0].x0) < slack for r in below[:2])


def _numbers_over_others(run: Sequence[Row]) -> bool:
    """Whether a first row holds a name and short numbers or codes, over columns of times or amounts of money: the
    journeys of a timetable.
    """
    row, below = run[0], run[1:]
    if len(row) < 4 or len(below) < 3 or is_figure(row[0].text):
        return False
    if not all(re.fullmatch(r"\d{1,3} ?[A-Z]?|[A-Z]{1,2}\d{0,3}", b.text) for b in row[1:]):
        return False
    kinds = [typed(b.text).kind for r in below for b in r[1:]]
    return bool(kinds) and sum(k in ("time", "money", "percent") for k in kinds) > 0.9 * len(kinds)


def _others_over_figures(run: Sequence[Row]) -> bool:
    """Whether a first row holds a name and figures of another kind than stand under each of them: days over readings
    of a meter, temperatures over hours."""
    row, below = run[0], run[1:]
    over = [b for b in row if is_figure(b.text) and not YEAR.fullmatch(b.text)]
    if len(row) < 3 or len(below) < 2 or len(over) < 2 or is_figure(row[0].text):
        return False
    columns = columns_of(below)
    standing = standing_in(below, columns)
    given = dict(zip(map(id, row), aligned(row, columns), strict=True))
    for bit in over:
        index = given[id(bit)]
        kinds = [typed(b.text).kind for b in standing[index]] if index is not None else []
        if len(kinds) < 2 or typed(bit.text).kind in kinds or not all(k in FIGURES for k in kinds):
            return False
    return True


def _days_over_hours(run: Sequence[Row]) -> bool:
    """Whether a first row holds days over what is on at times that begin the other rows."""
    row, below = run[0], run[1:]
    days = [_DAY.fullmatch(b.text) is not None or typed(b.text).kind == "date" for b in row]
    if sum(days) < 2 or not all(days[1:]) or len(below) < 2:
        return False
    hours = [typed(r[0].text).kind == "time" and r[0].x0 < row[-1].x0 for r in below]
    dates = [typed(b.text).kind == "date" for r in below for b in r[1:]]
    return sum(hours) > 0.6 * len(hours) and not any(dates)


def _is_head(run: Sequence[Row], at: int) -> bool:
    row, below = run[at], run[at + 1 :]
    if at == 0 and (_numbers_over_others(run) or _days_over_hours(run) or _others_over_figures(run)):
        return True
    if any(is_figure(b.text) and not YEAR.fullmatch(b.text) for b in row):
        return False
    if any(len(b.text) > 45 for b in row):
        return False
    if len(row) == 2 and len(row[0].text) == 1 and row[0].text.isalpha():
        return False  # an arrow before an entry that can be opened, read as a letter
    columns = columns_of(below)
    if names_over_figures(row, below):
        return True
    most = max(len(r) for r in below)
    over = row[0].x0 > below[0][0].x1  # an upper level names no first column
    if at == 0 and over and 1 < len(row) < len(below[0]) and len(below) > 1:
        lower = [(b.x0, b.x1) for b in below[0]]
        return grouped(row, lower) is not None and _is_head(run, 1)
    if at or len(row) < 2:
        return len(row) == 1 and at == 0 and len(run) > 2 and is_over(row, run[1])
    if len(columns) > 2 and len(row) >= 0.6 * most and len(below) > 1:
        return _looks_so(run) or len(row) >= most - 1
    return (
        len(columns) == 2 and len(row) == 2 and (_looks_so(run) or all(_NAMES.fullmatch(b.text) for b in row))
    )


def is_over(head: Row, row: Row) -> bool:
    """Whether a single bit over a first row is the upper level of its headers: close, over several."""
    bit = head[0]
    inside = [b for b in row if b.x0 <= bit.xc <= b.x1 or share(bit.x0, bit.x1, b.x0, b.x1) > 0.3]
    if len(inside) < 2 or len(row) < 3 or bit.x0 <= row[0].x1 or gap_between(head, row) > 1.2 * bit.height:
        return False
    later = [b for b in row if b.x0 > row[0].x1]
    middles = [(inside[0].x0 + inside[-1].x1) / 2, (later[0].x0 + later[-1].x1) / 2]
    return len(bit.text) <= 40 and any(abs(bit.xc - m) < 1.5 * bit.height for m in middles)


def names_over_figures(row: Row, below: Sequence[Row]) -> bool:
    """Whether names (or years) stand in a row over columns of figures."""
    if not below or any(is_figure(b.text) and not YEAR.fullmatch(b.text) for b in row):
        return False
    columns = columns_of(below)
    given = aligned(row, columns) if len(row) <= 40 else []
    standing = standing_in(below, columns)
    figures = 0
    for bit, index in zip(row, given, strict=True):
        if index is None:
            continue
        there = standing[index]
        if YEAR.fullmatch(bit.text):
            figures += bool(there) and sum(
                is_figure(b.text) and not YEAR.fullmatch(b.text) for b in there
            ) > 0.5 * len(there)
        else:
            figures += bool(there) and sum(is_figure(b.text) for b in there) > 0.6 * len(there)
    return figures > 0


def _looks_so(run: Sequence[Row]) -> bool:
    """Whether a first row of words differs from those below: in height, distance, or capitals."""
    first, rest = run[0], run[1:]
    if len(rest) < 2:
        return False
    steps = [median([b.yc for b in y]) - median([b.yc for b in x]) for x, y in pairwise(run)]
    usual = median(steps[1:])
    if usual and abs(steps[0] - usual) > 0.18 * usual and max(steps[1:]) < 1.5 * usual:
        return True
    height, others = height_of([first]), height_of(rest)
    if abs(height - others) > 0.2 * others:
        return True
    said = [b.text for b in first if re.search(r"[^\W\d]", b.text)]
    below = [b.text for row in rest for b in row if re.search(r"[^\W\d]{3}", b.text)]
    return (
        bool(said) and all(t.isupper() for t in said) and sum(t.isupper() for t in below) < 0.3 * len(below)
    )


def headed(
    row: Row, columns: list[Span], lower: Sequence[Row], body: Sequence[Row]
) -> tuple[dict[tuple[int, int], list[Bit]], list[Span]]:
    """A row of headers in its places; and the columns, with those that only a header stands over."""
    if (
        lower
    ):  # an upper level: each name stands over those of the lower one that are nearer to it than to others
        return _spanning(row, columns, lower[-1]), columns
    cut = [p for bit in row for p in _header_parts(bit, row, columns)]
    given = aligned(cut, columns)
    alone = [b for b, index in zip(cut, given, strict=True) if index is None]
    if alone:
        columns = sorted([*columns, *((b.x0, b.x1) for b in alone)])
        given = aligned(cut, columns)
    placed: dict[tuple[int, int], list[Bit]] = {}
    for bit, index in zip(cut, given, strict=True):
        if index is not None:
            placed.setdefault((index, index), []).append(bit)
    return placed, columns


def _header_parts(bit: Bit, row: Row, columns: Sequence[Span]) -> list[Bit]:
    if len(row) >= len(columns):
        return [bit]
    others = [i for b in row if b is not bit for i in [column_of(b, columns)] if i is not None]
    taken = [i for first, last in others if first == last for i in [first]]
    return parts_in(bit, columns, None, taken)


def _spanning(row: Row, columns: Sequence[Span], lower: Row) -> dict[tuple[int, int], list[Bit]]:
    given = dict(zip(aligned(lower, columns), lower, strict=True))
    wide = [
        (min(c[0], given[i].x0), max(c[1], given[i].x1)) if i in given else c for i, c in enumerate(columns)
    ]
    groups = grouped(row, wide) or grouped(
        row, [(b.x0, b.x1) for b in lower] if len(given) == len(columns) else columns
    )
    if groups is not None:
        return {place: [bit] for place, bit in zip(groups, row, strict=True)}
    placed: dict[tuple[int, int], list[Bit]] = {}
    for bit in row:
        place = column_of(bit, columns)
        if place is not None:
            placed.setdefault(place, []).append(bit)
    return placed
