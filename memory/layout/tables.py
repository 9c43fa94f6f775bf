"""Tables among the rows of a part of a page, with or without rules.

- Rows that follow each other at about one distance and share columns are a table; a row of names over a column of
  figures begins another one.
- Headers are rows of names over figures, or the first row of a table of words. A row that stands closer to the one
  above than rows do, and has nothing in the first column, is the further line of its cells.
- Two columns of names and values are no table but pairs (`pairs`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from ..typed import typed
from .bits import Bit, Row, share
from .cells import Found, Placed, made_of
from .grid import Span, aligned, column_of, columns_of, grouped, is_figure, parts_in, standing_in
from .heads import YEAR, gap_between, headed, heads_of, height_of, is_over
from .parts import parts_of

__all__ = ["tables_in"]

_APART = 5.0
"""Distance of rows, in heights of a line, from which they belong to different tables."""
_LOOK_BACK = 8
"""Rows of a table that a further one is compared with."""
_PROSE = 60
"""Characters from which a single line ends a table."""
_ASKS = re.compile(r"\d{1,2}[.)]{1,2}\s*[A-Z].{2,}|.*[^\W\d].*[:?]")


def tables_in(rows: Sequence[Row], page: int = 1) -> list[Found]:
    """The tables among rows, top to bottom."""
    parts = [part for run in _runs(rows) for part in parts_of(run)]
    return [found for part in parts if (found := _table(part, page)) is not None]


def _runs(rows: Sequence[Row]) -> list[list[Row]]:
    runs: list[list[Row]] = []
    run: list[Row] = []
    waiting: list[Row] = []  # rows of one bit, which belong to the table only if it goes on

    def close() -> None:
        nonlocal run, waiting
        tail = [w for w in waiting[:2] if run and _continues(run, w)]
        if run:
            runs.append([*run, *tail])
        run, waiting = [], []

    for row in rows:
        if len(row) == 1:
            if run and len(row[0].text) < _PROSE and _is_near([*run, *waiting], row):
                waiting.append(row)
            else:
                close()
                waiting = [row]
            continue
        goes_on = run and _is_near([*run, *waiting], row) and _fits(run, row) and not _runs_over(run, row)
        if goes_on and not _begins(run, row, waiting) and not _sums_up(run, row):
            run += [*waiting, row]
            waiting = []
            continue
        before = waiting[-1:] if waiting and is_over(waiting[-1], row) else []
        close()
        run = [*before, row]
    close()
    return [r for r in runs if sum(len(row) > 1 for row in r) > 1]


def _runs_over(run: Sequence[Row], row: Row) -> bool:
    """Whether running text stands over several columns of a table: a comment below it, no "12:00 Lunch, ..." of a
    timetable."""
    prose = [b for b in row if len(b.text) >= _PROSE] if not _is_hour(run, row) else []
    columns = columns_of(run[-_LOOK_BACK:]) if prose else []
    return any(sum(share(b.x0, b.x1, *c) > 0.8 for c in columns) > 1 for b in prose)


def _is_hour(run: Sequence[Row], row: Row) -> bool:
    """Whether a row is a time and what is then, in all columns: the time stands under others, or the first header, and
    the rest begins where the second column does."""
    first, slack = run[0], height_of([row])
    return (
        len(row) == 2
        and typed(row[0].text).kind == "time"
        and len(first) > 1
        and all(abs(a.x0 - b.x0) < slack for a, b in zip(first, row, strict=False))
    )


def _without_hours(run: Sequence[Row], rows: Sequence[Row]) -> Sequence[Row]:
    """The rows of a timetable that tell its columns: those with something in several of them, where there are such."""
    several = [row for row in rows if not _is_hour(run, row)]
    return several if sum(len(row) > 2 for row in several) > 1 else rows


def _continues(run: Sequence[Row], row: Row) -> bool:
    """Whether a last row of one bit is a further line of a cell or an entry, not text under the table."""
    columns = columns_of(run)
    place = column_of(row[0], columns)
    gap, height = gap_between(run[-1], row), height_of(run)
    if place is None or place[0] != place[1] or share(row[0].x0, row[0].x1, *columns[place[0]]) < 0.5:
        return False
    if place[0] == 0 and len(run) > 2:  # an entry whose other cells are empty, at the distance of all others
        steps = [gap_between(a, b) for a, b in pairwise(run)]
        level = max(steps) - min(steps) < 0.5 * height and abs(gap - median(steps)) < 0.25 * height
        return level and len(row[0].text) <= 30 and abs(row[0].x0 - columns[0][0]) < 0.5 * height
    return (
        place[0] > 0
        and gap < 0.45 * height
        and row[0].width <= 1.3 * (columns[place[0]][1] - columns[place[0]][0])
    )


def _is_near(run: Sequence[Row], row: Row) -> bool:
    height = height_of([*run[-3:], row])
    gap = gap_between(run[-1], row)
    steps = [gap_between(a, b) for a, b in pairwise(run[-_LOOK_BACK:])]
    usual = median(steps) if len(steps) > 1 else None
    limit = _APART * height if usual is None else max(2.6 * height, 2.2 * usual + 1.2 * height)
    return gap <= min(limit, _APART * height)


def _fits(run: Sequence[Row], row: Row) -> bool:
    """Whether the cells of a row stand in the columns of those before."""
    columns = columns_of(run[-_LOOK_BACK:])
    held = [[i for i, c in enumerate(columns) if share(b.x0, b.x1, *c) > 0.3] for b in row]
    own = {h[0] for h in held if len(h) == 1}
    if len(own) >= 0.5 * len(row):
        return True
    most = max(len(r) for r in run)
    if (
        len(run) <= 2
        and len(row) >= 2
        and all(not is_figure(b.text) or YEAR.fullmatch(b.text) for b in run[0])
    ):
        given = aligned(run[0], columns_of([row])) if len(run[0]) <= len(row) + 1 else []
        return sum(g is not None for g in given) >= 0.6 * max(len(run[0]), 1)
    return len(row) == most and len(columns) == most


def _begins(run: Sequence[Row], row: Row, waiting: Sequence[Row]) -> bool:
    """Whether a row heads another table: names stand in it where figures stood."""
    if any(is_figure(b.text) and not YEAR.fullmatch(b.text) for b in row) or _is_second(run[-1], row):
        return False
    if (
        len(row) > 2
        and all(len(r) < 3 for r in run)
        and (len(run) > 1 or grouped(run[0], [(b.x0, b.x1) for b in row]) is None)
    ):
        return True  # names with their values stood above
    keys = [":" in r[0].text or (len(r) > 1 and r[1].text.lstrip().startswith(":")) for r in run]
    if sum(keys) >= 0.5 * len(keys) and not any(":" in b.text for b in row):
        return True
    if len(run) < 2:
        return False
    body = run[max(1, len(run) - _LOOK_BACK) :]
    columns = columns_of(body)
    standing = standing_in(body, columns)
    names = 0
    for bit in row:
        place = column_of(bit, columns)
        if place is None:
            continue
        there = standing[place[0]]
        if len(there) >= 1 and sum(is_figure(b.text) for b in there) > 0.6 * len(there):
            names += re.search(r"[^\W\d]{2}", bit.text) is not None
    steps = [gap_between(a, b) for a, b in pairwise(run[-_LOOK_BACK:])]
    apart = gap_between(run[-1], row) > 1.3 * median(steps) + 0.2 * height_of([row])
    return names >= 2 or (names == 1 and (bool(waiting) or (apart and len(row) > 2)))


def _is_second(above: Row, row: Row) -> bool:
    """Whether a row is the second line of cells of a row that begins with a time: close below them, at their edges."""
    slack = 0.5 * height_of([row])
    return (
        typed(above[0].text).kind == "time"
        and gap_between(above, row) < 0.45 * height_of([row])
        and all(any(abs(b.x0 - a.x0) < slack for a in above[1:]) for b in row)
    )


def _sums_up(run: Sequence[Row], row: Row) -> bool:
    """Whether a row stands below a table and names sums of it: two bits, the name under a column that is not the first
    and holds figures.
    """
    if len(row) != 2 or len(run) < 2 or is_figure(row[0].text) or not is_figure(row[1].text):
        return False
    body = run[max(1, len(run) - _LOOK_BACK) :]
    columns = columns_of(body, run[:1])
    place = column_of(row[0], columns)
    if len(columns) < 3 or place is None or place[0] == 0:
        return False
    there = standing_in(body, columns)[place[1]]
    return sum(is_figure(b.text) for b in there) > 0.6 * len(there) > 0


def _without_specks(run: Sequence[Row]) -> list[Row]:
    """The rows without columns of single signs that few rows have: arrows to sort by, boxes, icons read as letters; and
    without the initials that stand in a circle before a name."""
    spans = columns_of(run)
    every = [b for row in run for b in row]
    specks = {
        id(b)
        for bits in standing_in(run, spans)
        for signs in [[b for b in bits if len(b.text) == 1]]
        if (len(bits) < 0.5 * len(run) and signs == bits) or (len(signs) > 1 and _are_initials(signs, every))
        for b in signs
    }
    left = [[b for b in row if id(b) not in specks] for row in run]
    return [row for row in left if row]


def _is_over_all(run: Sequence[Row]) -> bool:
    """Whether the first row is no level of the headers but stands over the table: a title, a field to search it."""
    upper, lower = run[0], run[1]
    named = share(upper[0].x0, upper[0].x1, lower[0].x0, lower[0].x1) > 0.3
    return named and gap_between(upper, lower) > 0.6 * height_of([upper])


def _are_initials(signs: Sequence[Bit], every: Sequence[Bit]) -> bool:
    """Whether most of some single letters begin the name that stands right of them."""
    begun = [
        any(
            0 < b.x0 - s.x1 < 4 * b.height
            and abs(b.yc - s.yc) < 1.5 * b.height
            and len(b.text) > 1
            and b.text[0].casefold() == s.text.casefold()
            for b in every
        )
        for s in signs
    ]
    return sum(begun) > 0.7 * len(begun) and all(s.text.isalpha() for s in signs)


def _table(whole: list[Row], page: int) -> Found | None:
    run = _without_specks(whole)
    heads = heads_of(run) if run else 0
    if heads > 1 and _is_over_all(run):
        return _table(run[1:], page)
    body = run[heads:] or run
    columns = columns_of(_without_hours(run, body), run[:heads])
    if len(columns) < 2:
        return None
    figures = _figures(body, columns)
    titles: list[dict[tuple[int, int], list[Bit]]] = []
    for i, row in enumerate(run[:heads]):
        given, columns = headed(row, columns, run[i + 1 : heads], body)
        titles.append(given)
    if titles:
        body = body[_goes_on_above(titles[-1], run[heads - 1], body, columns) :]
    figures = _figures(body, columns)
    filled = [_placed(row, columns, figures) for row in body]
    filled = _one_cell_each(filled, body)
    filled = [f for f in filled if f]
    if heads == 0 and len(columns) == 2 and _are_pairs(filled):
        return None
    held = sum(len(f) for f in filled)
    if len(filled) + heads < 2 or sum(len(f) > 1 for f in filled) < 1:
        return None
    if heads == 0 and (len(filled) < 3 or held < 0.7 * len(filled) * len(columns)):
        return None
    least = (0.5 if any(figures) and heads else 0.7) * len(columns)
    full = sum(len(f) >= max(2, min(5, least)) for f in filled)
    several = sum(len(f) > 1 for f in filled) if heads and len(columns) > 3 and full > 2 else len(filled)
    if full < max(0.6 * several, 0.4 * len(filled)) or _is_form(filled):
        return None
    if heads and len(titles[-1]) < 0.55 * len(columns):
        return None
    return made_of(titles, filled, columns, [b for row in whole for b in row], page)


def _goes_on_above(title: Placed, last: Row, body: Sequence[Row], columns: Sequence[Span]) -> int:
    """How many first rows of a body are further lines of the headers over them, which they are put to: close rows of
    words under headers, with nothing in the column that names the rows."""
    named = [any(column_of(b, columns) == (0, 0) for b in row) for row in body]
    count = 0
    for row in body[:-2]:
        places = [column_of(b, columns) for b in row]
        close = gap_between(last, row) < 0.45 * height_of([row])
        words = not any(is_figure(b.text) for b in row)
        if named[count] or not close or not words or any(p not in title for p in places):
            break
        count, last = count + 1, row
    if sum(named[count:]) < 0.6 * len(named[count:]):
        return 0
    for row in body[:count]:
        for bit in row:
            if (place := column_of(bit, columns)) is not None:
                title[place].append(bit)
    return count


def _figures(body: Sequence[Row], columns: Sequence[Span]) -> list[bool]:
    """Whether each column holds figures."""
    there = [[is_figure(b.text) for b in bits] for bits in standing_in(body, columns)]
    return [len(t) > 0 and sum(t) > 0.6 * len(t) for t in there]


def _placed(row: Row, columns: Sequence[Span], figures: Sequence[bool]) -> Placed:
    first = {i: column_of(b, columns) for i, b in enumerate(row)}
    cells: Placed = {}
    for i, bit in enumerate(row):
        taken = [p[0] for k, p in first.items() if k != i and p is not None and p[0] == p[1]]
        pieces = parts_in(bit, columns, figures, taken) if len(row) > 1 else [bit]
        for piece in pieces:
            place = column_of(piece, columns) if len(pieces) > 1 else first[i]
            if place is not None:
                cells.setdefault(place if len(pieces) == 1 else (place[0], place[0]), []).append(piece)
    return cells


def _one_cell_each(filled: Sequence[Placed], rows: Sequence[Row]) -> list[Placed]:
    """Rows, with further lines of a cell joined to the row that they belong to."""
    gaps = [max(gap_between(a, b), _usual_gap(a, b)) for a, b in pairwise(rows)]
    height = height_of(rows)
    merged: list[Placed] = []
    firsts: list[int] = []
    for i, cells in enumerate(filled):
        if merged and _goes_on(merged[-1], cells, gaps, i - 1, height, rows):
            for place, bits in cells.items():
                merged[-1].setdefault(place, []).extend(bits)
            continue
        merged.append(dict(cells))
        firsts.append(i)
    return merged


def _usual_gap(above: Row, below: Row) -> float:
    """Pixels between most of two rows: boxes that are read loosely reach into the next row."""
    return median(b.y0 for b in below) - median(b.y1 for b in above)


def _goes_on(
    above: Placed, cells: Placed, gaps: Sequence[float], at: int, height: float, rows: Sequence[Row]
) -> bool:
    gap = gaps[at]
    usual = sorted(gaps)[int(0.7 * (len(gaps) - 1))]
    free = all(place not in above for place in cells)
    if gap < -0.25 * height and free:  # a cell of one line beside the two of another, between them
        return True
    if gap < -0.25 * height and len(cells) < len(rows[at]):
        return True
    clash = [place for place in cells if place in above]
    if gap < 0.3 * height and usual > gap + 1.5 * height and len(clash) < 2:
        return True  # rows far apart: what is near each other is of one row, the name of two lines beside its price
    first = min(p[0] for p in above)
    tight = gap < 0.55 * height and usual > gap + 0.35 * height
    lacks = all(place[0] != first for place in cells) or (len(cells) == 1 and tight)
    return tight and lacks and len(cells) < max(2, len(above)) and all(place in above for place in cells)


def _is_form(filled: Sequence[Placed]) -> bool:
    """Whether many cells ask for an entry: "3. Street address", "Name:"."""
    said = [" ".join(b.text for b in bits) for f in filled for bits in f.values()]
    return sum(_ASKS.fullmatch(t) is not None for t in said) > 0.3 * len(said)


def _are_pairs(filled: Sequence[Placed]) -> bool:
    """Whether two columns are names and their values."""
    keys = [" ".join(b.text for b in bits) for f in filled for place, bits in f.items() if place == (0, 0)]
    return bool(keys) and sum(not is_figure(k) for k in keys) > 0.6 * len(keys)
