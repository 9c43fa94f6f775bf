"""Cells of the tables of a page, as `seal.memory.layout` measures them: where a row and a column cross, by their names
or by a spreadsheet's letters and numbers.
"""

from __future__ import annotations

import re

from ...memory.layout import Cell, Table
from ...memory.typed import Kind, typed
from ..reader.query import Query
from .plan import EVERYTHING, chain
from .scene import Place, Scene
from .values import Reading
from .verdict import Verdict, refused, said
from .wants import part_of_kind

__all__ = [
    "address_of",
    "cell",
    "cell_at",
    "column_places",
    "header_place",
    "is_header",
    "largest",
    "of_all_columns",
    "place_of",
    "row_place",
    "tables_of",
]

_OF_A_NAME = r"(?:[^\W\d_a-zß-ÿ][\w.'’-]*|d[aeiu]|de[lnr]?|v[ao]n|la|le)"
_NAME = re.compile(rf"{_OF_A_NAME}(?: {_OF_A_NAME}){{1,4}}")
"""Words that all begin with a capital, as names of people do."""
EMPTY = 0.85
"""How sure it is that nothing stands in a cell in which nothing was read."""


def tables_of(scene: Scene, page: int = 0) -> tuple[Table, ...]:
    """The tables of a page; of all pages for 0."""
    pages = sorted({p.page for p in scene.lines}) if not page else [page]
    return tuple(t for p in pages for t in scene.layout(p).tables)


def largest(scene: Scene) -> tuple[Table, ...]:
    """The tables of all pages, those of most cells first."""
    return tuple(sorted(tables_of(scene), key=lambda t: -t.rows * t.columns))


def place_of(cell_: Cell, table: Table) -> Place:
    """A cell as a place."""
    text = cell_.text
    return Place(cell_.box, table.page, text, cell_.score, text, cell_.box, (0, len(text)))


def header_place(table: Table, column: int) -> Place | None:
    """The lowest header over a column."""
    for r in reversed(range(table.heads)):
        if table.at(r, column).text:
            return place_of(table.at(r, column), table)
    return None


def is_header(scene: Scene, place: Place) -> bool:
    """Whether a place names columns of a table, and no row."""
    held = (t.cell_of(place.box) for t in tables_of(scene, place.page))
    return any(c is not None and c.header for c in held)


def row_place(table: Table, row: int) -> Place | None:
    """What a row is called: its first cell with letters, else its first."""
    held = [c for c in table.row(row) if c.text]
    named = [c for c in held if re.search(r"[^\W\d]{2}", c.text)]
    return place_of((named or held)[0], table) if held else None


def column_places(table: Table, column: int) -> list[Place]:
    """What stands in a column in the rows that count, top to bottom."""
    cells = [table.at(r, column) for r in table.records]
    return [place_of(c, table) for c in cells if c.text and c.columns == 1]


def cell(
    scene: Scene, row: Place, column: Place, kinds: frozenset[Kind], person: bool = False
) -> Reading | None:
    """What stands where the row of one place crosses the column of another; None when they do not cross.

    person: whether somebody is asked for, of whom a line of the cell may be the name. An empty cell is read as "". What
    is of another kind than is asked for counts little.
    """
    if row.page != column.page:
        return None
    for table in tables_of(scene, row.page):
        mine, head = table.cell_of(row.box), table.cell_of(column.box)
        if mine is None or head is None or not head.header or mine.header or head.row >= table.heads:
            continue
        across = [table.at(mine.row, c) for c in range(head.column, head.column + head.columns)]
        held = [c for c in dict.fromkeys(across) if c.text]
        if len(held) > 1 or mine in across:
            return None
        why = f'row "{row.text}", column "{column.text}"'
        sure = min(1.0, row.score) * min(1.0, column.score)
        if not held and (beside := _of_a_split_row(table, mine, head)) is not None:
            held, sure = [beside], 0.95 * sure
        if not held:
            if of_all_columns(table, mine.row):
                return None
            place = Place(across[0].box, table.page)
            return Reading("", place, EMPTY * sure, why, (row, column)) if head.columns == 1 else None
        place = place_of(held[0], table)
        if held[0].columns > head.columns and held[0].columns > 1:
            sure *= 0.7  # the cell stands over other columns too
        told = part_of_kind(held[0].text, kinds)
        if person and (line := _person_in(scene, place)) is not None:
            told, place = line.text, line
        score = sure * place.score * (1.0 if told else 0.3)
        return Reading(told or held[0].text, place, score, why, (row, column))
    return None


def _person_in(scene: Scene, place: Place) -> Place | None:
    """The one line of a cell of several that is written as the name of somebody."""
    lines = scene.inside(place.box, place.page)
    names = [p for p in lines if _NAME.fullmatch(p.text)]
    return names[0] if len(names) == 1 < len(lines) else None


def of_all_columns(table: Table, row: int) -> bool:
    """Whether what a row of a timetable says may be so in all columns: "12:00 Lunch" leaves none of them empty."""
    first, *rest = (c for c in dict.fromkeys(table.row(row)) if c.text)
    return typed(first.text).kind == "time" and first.column == 0 and [c.column for c in rest] == [1]


def _of_a_split_row(table: Table, name: Cell, head: Cell) -> Cell | None:
    """The cell of a column that belongs to the row of a name although it lies a little higher or lower, so that the two
    were taken for two rows: the nearest one of a row that has no name of its own."""
    found = []
    for row in (name.row - 1, name.row + 1):
        if table.heads <= row < table.rows and not table.at(row, name.column).text:
            cell_ = table.at(row, head.column)
            apart = max(cell_.box.y, name.box.y) - min(
                cell_.box.y + cell_.box.height, name.box.y + name.box.height
            )
            if cell_.text and apart < 0.5 * name.box.height:
                found.append((apart, cell_))
    return min(found, key=lambda f: f[0])[1] if found else None


def address_of(query: Query) -> tuple[str, str] | None:
    """(column, row) of a spreadsheet's address, "" for what it does not say."""
    for w in query.wanted:
        for thing in chain(w):
            match = re.fullmatch(r"([A-Z]{1,2})(\d{1,4})", thing.name.strip())
            if match and (thing.noun.casefold() == "cell" or (not thing.noun and not query.ask)):
                return match[1], match[2]
            if thing.noun.casefold() == "column" and re.fullmatch(r"[A-Z]{1,2}", thing.name.strip()):
                return thing.name.strip(), ""
    return None


def cell_at(scene: Scene, letter: str, number: str) -> Verdict:
    """A cell of a spreadsheet by the letters over its columns and the numbers before its rows."""
    if not scene.whole:
        return refused("The rows and columns have to be read.", EVERYTHING)
    for table in tables_of(scene):
        found = table.named(letter, int(number or 1))
        if found is None:
            continue
        why = f"column {letter}, row {number or 1}"
        place = place_of(found, table)
        heads = tuple(
            place_of(c, table)
            for c in table.cells
            if (c.row == 0 and c.text == letter) or (c.column == 0 and c.text == (number or "1"))
        )
        return said([Reading(found.text, place, 0.85 if found.text else 0.65, why, heads)], "")
    return refused(f"No column {letter} with rows that are numbered was read.")
