"""How a page comes out of the reading of a picture: what written pages look like to the extractor when it is asked.

Clean rows are not what it meets: cells have the names of their columns before them, what stands beside a panel ends up
in its rows, icons are read as letters, spaces are lost. Each change keeps the answer and says where it stands now.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from ..agents.extract.windows import CELL, sentences_in

__all__ = ["AskedPage", "as_read", "broken", "in_sentences", "named_cells", "with_sentences"]

_NAMED, _SENTENCES, _BESIDE, _MARKED, _JOINED = 0.5, 0.7, 0.12, 0.25, 0.15
"""Shares of pages that are changed in each way."""
_MARKS = ("□", "O", "x", "X", "0", "Q", "•", "☑", "✓", "V", "U•", "E", "+", "...", "e", "D", "1")
"""What icons, boxes and knobs are read as."""
_WIDE = 40
"""Characters of a line that fills its paragraph's width."""
_ITEM = re.compile(r"\W*(?:\(?[a-z0-9]{1,2}[.)]|[-•·*–])\s")
_WHOLE = ("yes", "no")
"""Kinds whose answer is a whole row: the one that says it."""


@dataclass(frozen=True, slots=True)
class AskedPage:
    """kind: one of `extractor.KINDS`. row, start, end: the answer, characters of the row, half-open; of yes and no the
    row that says it; (-1, 0, 0) for no answer."""

    rows: tuple[str, ...]
    question: str
    kind: str
    row: int = -1
    start: int = 0
    end: int = 0


def as_read(page: AskedPage, beside: Sequence[str], rng: Random) -> AskedPage:
    """The page as it may be read off a picture. beside: rows of another page, which may end up in its rows."""
    if rng.random() < _NAMED:
        page = named_cells(page)
    if rng.random() < _SENTENCES:
        page = with_sentences(page)
    if beside and rng.random() < _BESIDE:
        page = _mixed(page, beside, rng)
    if rng.random() < _MARKED:
        page = _marked(page, rng)
    if rng.random() < _JOINED:
        page = replace(
            page, rows=tuple(_joined(r, rng) if i != page.row else r for i, r in enumerate(page.rows))
        )
    return page


def named_cells(page: AskedPage) -> AskedPage:
    """Cells below a row of names with these before them: "SALARY: $36,738". A table is three rows and more of as many
    cells, three or more, the first without a digit."""
    rows = [row.split(CELL) for row in page.rows]
    made, start, end, first = list(page.rows), page.start, page.end, 0
    while first < len(rows):
        last = first + 1
        while last < len(rows) and len(rows[last]) == len(rows[first]):
            last += 1
        head = rows[first]
        if last - first >= 3 and len(head) >= 3 and not any(re.search(r"\d|: ", name) for name in head):
            for i in range(first + 1, last):
                made[i], added = _with_names(head, rows[i])
                if i == page.row and page.end > page.start:
                    before = page.rows[i][: page.start].count(CELL)
                    start, end = page.start + added[before], page.end + added[before]
                    if page.kind in _WHOLE:
                        start, end = 0, len(made[i])
        first = last
    return replace(page, rows=tuple(made), start=start, end=end)


def with_sentences(page: AskedPage) -> AskedPage:
    """Running text in sentences, as it is read, where it stands in broken lines: rows of one cell that fill the width
    of the page, and the one that ends the paragraph."""
    made: list[str] = []
    place, first = (page.row, page.start, page.end), 0
    while first < len(page.rows):
        last = first
        while last + 1 < len(page.rows) and _goes_on(page.rows[last], page.rows[last + 1]):
            last += 1
        lines = page.rows[first : last + 1]
        text, at = " ".join(lines), page.row - first
        before = sum(len(line) + 1 for line in lines[: max(0, at)])
        inside = 0 <= at < len(lines)
        rows, (row, start, end) = in_sentences(
            text, (before + page.start, before + page.end) if inside else (0, 0)
        )
        if inside:
            place = (len(made) + row, start, end)
            if page.kind in _WHOLE:
                place = (len(made) + row, 0, len(rows[row]))
        made += rows
        first = last + 1
    return replace(page, rows=tuple(made), row=place[0], start=place[1], end=place[2])


def _goes_on(line: str, below: str) -> bool:
    """Whether a line of running text goes on in the one below it."""
    alone = CELL in line or CELL in below or line.endswith(":")
    return not alone and len(line) >= _WIDE and not _ITEM.match(below)


def broken(text: str, span: Sequence[int], rng: Random) -> tuple[list[str], tuple[int, int, int]]:
    """A paragraph in rows of some width, as it is on a page, and the span as (row, start, end), cut there."""
    text, width = _one_line(text), rng.randint(55, 110)
    rows: list[tuple[int, int]] = []
    at = 0
    while at < len(text):
        end = min(len(text), at + width)
        if end < len(text) and (cut := text.rfind(" ", at, end)) > at:
            end = cut
        rows.append((at, end))
        at = end + (text[end : end + 1] == " ")
    return _cut(text, rows, span)


def in_sentences(
    text: str, span: Sequence[int], rng: Random | None = None
) -> tuple[list[str], tuple[int, int, int]]:
    """A paragraph in its sentences, and the span as (row, start, end), cut at the end of its sentence."""
    del rng
    text = _one_line(text)
    return _cut(text, sentences_in(text), span)


def _one_line(text: str) -> str:
    return text.replace("\n", " ").replace("\t", " ")


def _cut(
    text: str, rows: Sequence[tuple[int, int]], span: Sequence[int]
) -> tuple[list[str], tuple[int, int, int]]:
    row = max((i for i, (start, _) in enumerate(rows) if start <= span[0]), default=0)
    first, last = rows[row] if rows else (0, 0)
    place = (row, span[0] - first, min(span[1], last) - first)
    return [text[start:end] for start, end in rows], place


def _with_names(names: Sequence[str], cells: Sequence[str]) -> tuple[str, list[int]]:
    """The row, and by how many characters each cell has moved; the first cell has no name."""
    text, added, total = cells[0], [0], 0
    for name, cell in zip(names[1:], cells[1:], strict=True):
        total += len(name) + 2
        added.append(total)
        text += f"{CELL}{name}: {cell}"
    return text, added


def _mixed(page: AskedPage, beside: Sequence[str], rng: Random) -> AskedPage:
    """What another panel says stands behind or before some of the rows."""
    before, first = rng.random() < 0.5, rng.randint(0, max(0, len(page.rows) - 2))
    rows, start, end = list(page.rows), page.start, page.end
    for i, other in zip(range(first, len(rows)), beside, strict=False):
        if rng.random() < 0.2:
            continue
        rows[i] = f"{other}{CELL}{rows[i]}" if before else f"{rows[i]}{CELL}{other}"
        if i == page.row:
            moved = (len(other) + len(CELL)) * before
            start, end = (0, len(rows[i])) if page.kind in _WHOLE else (start + moved, end + moved)
    return replace(page, rows=tuple(rows), start=start, end=end)


def _marked(page: AskedPage, rng: Random) -> AskedPage:
    """Icons that were read as letters, before some of the rows or as rows of their own."""
    rows, row, start, end = [], page.row, page.start, page.end
    for i, text in enumerate(page.rows):
        if rng.random() < 0.03:
            rows.append(rng.choice(_MARKS))
            row += page.row >= i
        if rng.random() < 0.1:
            mark = rng.choice(_MARKS) + CELL
            if i == page.row:
                start, end = start + len(mark) * (page.kind not in _WHOLE), end + len(mark)
            text = mark + text
        rows.append(text)
    return replace(page, rows=tuple(rows), row=row, start=start, end=end)


def _joined(row: str, rng: Random) -> str:
    """A row in which the spaces between words were lost."""
    if rng.random() > 0.15:
        return row
    return CELL.join(
        re.sub(r"(?<=\w) (?=\w)", lambda _: "" if rng.random() < 0.6 else " ", c) for c in row.split(CELL)
    )
