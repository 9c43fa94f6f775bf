"""A page as rows of text, as a network reads it: sentences of running text, lines, rows of tables.

- Lines of one height are cells of a row; rows of tables have the names of their columns beside the cells.
- What runs over several lines is read in its sentences, wherever a line breaks.
- Each part of a row knows where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ...memory.layout import PageLayout, Paragraph, Table
from ..extract.windows import CELL, sentences_in
from .scene import Place, part_box, rows_share

__all__ = ["Row", "rows_of"]

_WORDS = 5.0
"""Words of a line, on average, from which lines that follow one another are running text."""
_FULL = 0.7
"""Share of a paragraph's width that a line takes which goes on in the next."""


@dataclass(frozen=True, slots=True)
class Row:
    """text: as the network reads it. parts: first and last character (half-open) of each place in it. runs: whether it
    is a sentence, whose parts go on in one another."""

    text: str
    parts: tuple[tuple[int, int, Place], ...]
    runs: bool = False

    def place(self, start: int, end: int) -> Place | None:
        """Where characters of the row stand; None for what is no one's, as the name of a column before a cell."""
        there = [
            _part(place, max(start, first) - first, min(end, last) - first)
            for first, last, place in self.parts
            if max(start, first) < min(end, last)
        ]
        if not there or not self.runs or len(there) == 1:
            return there[0] if there else None
        box = there[0].box
        for more in there[1:]:
            box = box.union(more.box)
        return Place(box, there[0].page, self.text[start:end], min(p.score for p in there), self.text, box)


def rows_of(layout: PageLayout, page: int) -> list[Row]:
    """The rows of a page, from top to bottom, each text once."""
    tables = sorted(layout.tables, key=lambda t: t.box.y)
    rows: list[tuple[float, Row]] = []
    for table in tables:
        rows += [(row.parts[0][2].box.y, row) for row in _table_rows(table, page)]
    free = [
        Place(line.box, page, line.text, line.confidence)
        for line in layout.lines
        if not any(t.cell_of(line.box) is not None for t in tables)
    ]
    running = {id(lines[0]): lines for p in layout.paragraphs if (lines := _running(p, free))}
    inside = {id(place) for lines in running.values() for place in lines}
    beside: list[list[Place]] = []
    for place in free:
        if id(place) in running:
            beside.append(running[id(place)])
        elif id(place) not in inside and beside and _goes_beside(beside[-1], place, inside):
            beside[-1].append(place)
        elif id(place) not in inside:
            beside.append([place])
    last = 0.0
    for places in beside:  # what is read later stands further down, whatever its height: columns of text
        last = max(last, places[0].box.y) if not layout.columns else last + 1e-3
        made = _sentences(places) if id(places[0]) in running else [_row([(p.text, p) for p in places])]
        rows += [(places[0].box.y if not layout.columns else last, row) for row in made]
    return [row for _, row in sorted(rows, key=lambda r: r[0])]


def _goes_beside(places: Sequence[Place], place: Place, inside: set[int]) -> bool:
    """Whether a line is one more cell of the row before it."""
    before = places[-1]
    return (
        id(before) not in inside and rows_share(before.box, place.box) >= 0.5 and place.box.x > before.box.x
    )


def _running(paragraph: Paragraph, free: Sequence[Place]) -> list[Place]:
    """The lines of a paragraph, where it is running text of several."""
    lines = [p for p in free if paragraph.box.coverage(p.box) > 0.9 and p.text in paragraph.text]
    lines.sort(key=lambda p: p.box.y)
    words = sum(len(p.text.split()) for p in lines)
    full = all(p.box.width >= _FULL * paragraph.box.width for p in lines[:-1])
    above = all(rows_share(a.box, b.box) < 0.5 for a, b in pairwise(lines))
    return lines if len(lines) > 1 and full and above and words >= _WORDS * len(lines) else []


def _sentences(lines: Sequence[Place]) -> Iterator[Row]:
    text, placed = "", list[tuple[int, Place]]()
    for line in lines:
        if text.endswith("-") and text[-2:-1].isalpha() and line.text[:1].islower():
            text = text[:-1]
        elif text:
            text += " "
        placed.append((len(text), line))
        text += line.text
    ends = [start for start, _ in placed[1:]] + [len(text)]
    for start, end in sentences_in(text):
        parts = [
            (a - start, b - start, _part(line, a - first, b - first))
            for (first, line), last in zip(placed, ends, strict=True)
            if (a := max(start, first)) < (b := min(end, last, first + len(line.text)))
        ]
        yield Row(text[start:end], tuple(parts), runs=True)


def _part(place: Place, start: int, end: int) -> Place:
    """Characters of a place."""
    if (start, end) == (0, len(place.text)) and not place.line:
        return Place(place.box, place.page, place.text, place.score, place.text, place.box, (start, end))
    line, line_box, first = place.line or place.text, place.line_box or place.box, place.span[0]
    box = part_box(place.box, place.text, (start, end))
    return Place(
        box, place.page, place.text[start:end], place.score, line, line_box, (first + start, first + end)
    )


def _table_rows(table: Table, page: int) -> Iterator[Row]:
    for number in range(table.rows):
        cells = [c for c in table.row(number) if c.text and c.row == number]
        named = number in table.body and not table.sheet
        parts = []
        for cell in cells:
            name = table.header(cell.column) if named and cell.column > 0 else ""
            place = Place(cell.box, page, cell.text, cell.score)
            parts.append((f"{name}: " if name and name != cell.text else "", place))
        if parts:
            yield _row([(before + place.text, place) for before, place in parts])


def _row(parts: Sequence[tuple[str, Place]]) -> Row:
    text, placed = "", []
    for said_, place in parts:
        text += CELL if text else ""
        end = len(text) + len(said_)
        placed.append((end - len(place.text), end, place))
        text += said_
    return Row(text, tuple(placed))
