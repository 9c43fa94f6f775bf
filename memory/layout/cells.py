"""A table out of its rows: cells with their boxes, empty ones too, totals, the arrow of the sorted column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..geometry import Box
from ..typed import plain
from .bits import Bit, around, rows_of
from .grid import Span
from .model import Cell, Table

__all__ = ["Found", "Placed", "made_of"]

_TOTAL = re.compile(
    r"(?:grand |net |gross |sub[- ]?)?(?:totals?|sum|summe|gesamt\w*|subtotals?|zwischensumme|totaux|totale)\b"
    r"(?!.*\b(?:counts?|cholesterol|proteins?|bilirubin|calcium|iron|hardness)\b).*",  # measured, not added up
    re.I,
)
_ARROWS = {
    "▲": False,
    "↑": False,
    "▴": False,
    "△": False,
    "⬆": False,
    "▼": True,
    "↓": True,
    "▾": True,
    "▽": True,
}
_ARROW = re.compile(rf"\s*([{''.join(_ARROWS)}])\s*")

_LEADER = re.compile(r"(?<=\w)\s*(?:\.(?:\s*\.){2,}|…(?:\s*…)*|·(?:\s*·){2,})\s*$")
"""What leads from the name of a row to its figures."""

Placed = dict[tuple[int, int], list[Bit]]
"""(first column, last column) -> bits of a cell, top to bottom."""


@dataclass
class Found:
    """A table with the bits that it is made of."""

    table: Table
    bits: list[Bit] = field(default_factory=list)


def made_of(
    titles: Sequence[Placed], filled: Sequence[Placed], columns: Sequence[Span], bits: list[Bit], page: int
) -> Found:
    """titles: rows of headers. filled: the rows below. bits: all that the table is made of."""
    box = around(bits)
    every = [*titles, *filled]
    rows = [_span_y([b for bs in f.values() for b in bs]) for f in every]
    spans = [_span_x(c, span, titles) for c, span in enumerate(columns)]
    cells: list[Cell] = []
    sorted_by, descending = None, False
    for r, placed in enumerate(every):
        taken: set[int] = set()
        for (first, last), held in sorted(placed.items()):
            first = next((c for c in range(first, last + 1) if c not in taken), last)
            if first in taken:
                continue
            taken.update(range(first, last + 1))
            text = _said(held)
            if r < len(titles) and (arrow := _ARROW.search(text)):
                sorted_by, descending = first, _ARROWS[arrow[1]]
                text = _ARROW.sub(" ", text).strip()
            score = min(b.score for b in held)
            cells.append(
                Cell(
                    row=r,
                    column=first,
                    columns=last - first + 1,
                    text=text,
                    box=around(held),
                    header=r < len(titles),
                    score=score,
                )
            )
        for c in range(len(columns)):
            if c not in taken:
                (x0, x1), (y0, y1) = spans[c], rows[r]
                empty = Box(x0, y0, x1 - x0, y1 - y0)
                cells.append(Cell(row=r, column=c, text="", box=empty, header=r < len(titles)))
    cells.sort(key=lambda c: (c.row, c.column))
    first_texts = [next((c.text for c in cells if c.row == r and c.text), "") for r in range(len(every))]
    totals = tuple(r for r in range(len(titles), len(every)) if _TOTAL.fullmatch(plain(first_texts[r])))
    table = Table(
        box=box,
        rows=len(every),
        columns=len(columns),
        cells=tuple(cells),
        heads=len(titles),
        totals=totals,
        sheet=_is_sheet(cells, len(columns)),
        sorted_by=sorted_by,
        descending=descending,
        page=page,
    )
    return Found(table, bits)


def _said(held: Sequence[Bit]) -> str:
    """The words of a cell, without a leader at their end."""
    text = ""
    for bit in (b for row in rows_of(held) for b in row):
        hyphen = text.endswith("-") and bit.text[:1].islower() and text[-2:-1].isalpha()
        text = text[:-1] + bit.text if hyphen else f"{text} {bit.text}".strip()
    return _LEADER.sub("", text)


def _span_y(bits: Sequence[Bit]) -> Span:
    """Where a row stands, pixels of the page."""
    return min(b.box.y for b in bits), max(b.box.y + b.box.height for b in bits)


def _span_x(column: int, span: Span, titles: Sequence[Placed]) -> Span:
    """Where a column stands, with the headers that are its own."""
    own = [b for t in titles for b in t.get((column, column), ())]
    return min([span[0], *(b.x0 for b in own)]), max([span[1], *(b.x1 for b in own)])


def _is_sheet(cells: Sequence[Cell], columns: int) -> bool:
    letters = [c.text for c in cells if c.row == 0 and c.text]
    numbers = [c.text for c in cells if c.column == 0 and c.row > 0]
    return (
        len(letters) >= 2
        and columns > 2
        and all(re.fullmatch(r"[A-Z]{1,2}", t) for t in letters)
        and sum(t.isdigit() for t in numbers) >= 0.7 * len(numbers) > 0
    )
