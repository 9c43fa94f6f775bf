"""The parts of a page, as values: tables, names with values, headings, text, marks.

- Everything has its words and its box (x, y, width, height), pixels of the full image after EXIF orientation. What was
  read in the picture is evidence, never mark-up.
- Values are frozen and complete: the same after a JSON round trip.
- Rows and columns count from 0. A cell that nothing was read in is there too, with the text "" and the box where its
  row and column cross.
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ..geometry import Box
from ..typed import Kind, number_of

__all__ = [
    "Cell",
    "ContentsEntry",
    "Entity",
    "FormField",
    "Heading",
    "KeyValue",
    "Mark",
    "Paragraph",
    "Table",
    "Value",
]


class Value(BaseModel):
    """A frozen value."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Cell(Value):
    """A cell of a table. rows, columns: how many it spans. header: whether it names a column or several.

    score in [0, 1]: confidence of the reader in the worst of its lines; 1 where nothing was read.
    """

    row: int
    column: int
    text: str
    box: Box
    rows: int = 1
    columns: int = 1
    header: bool = False
    score: float = 1.0


class Table(Value):
    """A table. cells: row by row, left to right, one for each place that no other cell spans.

    heads: rows of headers at its top. totals: rows that add up others. labels: whether its first column names the rows.
    sheet: whether it is a spreadsheet, whose first row holds the letters of columns and whose first column the numbers
    of rows. sorted_by: column that an arrow in its header says the rows are sorted by; descending: which way.
    """

    box: Box
    rows: int
    columns: int
    cells: tuple[Cell, ...]
    heads: int = 1
    totals: tuple[int, ...] = ()
    labels: bool = True
    sheet: bool = False
    caption: str = ""
    caption_box: Box | None = None
    sorted_by: int | None = None
    descending: bool = False
    page: int = 1

    @cached_property
    def _places(self) -> dict[tuple[int, int], Cell]:
        return {
            (r, c): cell
            for cell in self.cells
            for r in range(cell.row, cell.row + cell.rows)
            for c in range(cell.column, cell.column + cell.columns)
        }

    def at(self, row: int, column: int) -> Cell:
        """The cell over a place, spanning ones too. Raises KeyError beyond the table."""
        return self._places[row, column]

    def header(self, column: int) -> str:
        """The names over a column, from the top: "2024 / Q1"; "" where it has none."""
        named = dict.fromkeys(self.at(r, column).text for r in range(self.heads))
        return " / ".join(n for n in named if n)

    @property
    def body(self) -> range:
        """The rows below the headers, totals among them."""
        return range(self.heads, self.rows)

    @property
    def records(self) -> tuple[int, ...]:
        """The rows that count: below the headers, no totals, no titles of parts."""
        return tuple(r for r in self.body if r not in self.totals and not self.is_title(r))

    def is_title(self, row: int) -> bool:
        """Whether a row holds but one text, which names the rows under it."""
        held = [c for c in self.row(row) if c.text]
        return (
            self.columns > 2 and len(held) == 1 and (held[0].column == 0) and number_of(held[0].text) is None
        )

    def row(self, row: int) -> tuple[Cell, ...]:
        """The cells of a row, left to right, each once."""
        return tuple(dict.fromkeys(self.at(row, c) for c in range(self.columns)))

    def column(self, column: int) -> tuple[Cell, ...]:
        """The cells of a column below its headers, top to bottom, each once."""
        return tuple(dict.fromkeys(self.at(r, column) for r in self.body))

    def cell_of(self, box: Box) -> Cell | None:
        """The cell that a box stands in; None when it stands in none."""
        if self.box.coverage(box) < 0.5:
            return None
        x, y = box.center  # of a box that holds half of another one it is inside
        near = [
            c
            for c in self.cells
            if c.box.x <= x <= c.box.x + c.box.width and c.box.y <= y <= c.box.y + c.box.height
        ]
        best = max(near, key=lambda c: (c.box.coverage(box), bool(c.text), -c.box.area), default=None)
        return best if best is not None and best.box.coverage(box) >= 0.5 else None

    def named(self, letter: str, number: int) -> Cell | None:
        """A cell of a spreadsheet by its address (B, 3); None where that is not shown, or it is no spreadsheet."""
        if not self.sheet:
            return None
        columns = [c for c in range(1, self.columns) if self.at(0, c).text == letter]
        rows = [r for r in range(1, self.rows) if self.at(r, 0).text == str(number)]
        return self.at(rows[0], columns[0]) if rows and columns else None


class KeyValue(Value):
    """A name and what is entered for it. kind: of the value, as `seal.memory.typed` tells; "" is an empty value.

    side: where the value stands: in the same line, right of its key, below or above it. score in [0, 1].
    """

    key: str
    value: str
    key_box: Box
    value_box: Box | None
    kind: Kind = "text"
    side: Literal["line", "right", "below", "above"] = "right"
    score: float = 1.0


class Heading(Value):
    """A heading. level: 1 for the largest of the page. number: its number as it is written ("2.1"), or ""."""

    text: str
    box: Box
    level: int
    number: str = ""


class ContentsEntry(Value):
    """An entry of a list of contents. text: without leaders. page: the number that stands behind it, "" for none."""

    text: str
    box: Box
    page: str = ""


class Paragraph(Value):
    """Running text. text: its lines, joined. kind: what it is beside the text: a caption, a footnote."""

    text: str
    box: Box
    kind: Literal["text", "caption", "footnote", "item"] = "text"


class Mark(Value):
    """A box to tick or a circle. on: whether it is marked (crossed, ticked, filled), None where that is not clear.

    label: the text that belongs to it.
    """

    kind: Literal["box", "circle"]
    box: Box
    on: bool | None
    label: str = ""
    label_box: Box | None = None
    score: float = 1.0


class FormField(Value):
    """A place of a paper form that is to be signed or filled in.

    shape: what marks it: a ruled line, a leader of dots, a frame; "space" is a signature's label alone. box: of the
    rule or frame; for "space" where a signature was looked for. on: whether it is signed, or filled in; None where
    that is not clear. text: what was read on it, "" where nothing was. entry_box: around ink and text on it. party:
    what stands near a signature and may say whose it is. score in [0, 1].
    """

    kind: Literal["signature", "field"]
    shape: Literal["line", "dots", "box", "space"]
    box: Box
    on: bool | None
    label: str
    label_box: Box
    party: str = ""
    text: str = ""
    entry_box: Box | None = None
    score: float = 1.0

    @property
    def state(self) -> str:
        """ "signed", "not signed", "filled in", "empty", or that it is not clear which."""
        words = ("signed", "not signed") if self.kind == "signature" else ("filled in", "empty")
        return f"not clear whether {words[0]}" if self.on is None else words[not self.on]


class Entity(Value):
    """Something that documents of a kind have. name: "total", "subtotal", "tax", "date", "due date", "company",
    "iban", "number", "sender", "recipient", "page". text: as it is written, cut out of its line. score in [0, 1].
    """

    name: str
    text: str
    box: Box
    score: float = 1.0
