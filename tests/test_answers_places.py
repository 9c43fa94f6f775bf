"""Where things stand on a page: lines without doubles, rows and columns, the value beside a label, cells of tables."""

from __future__ import annotations

from typing import Any

import PIL.Image
import pytest

from seal.agents.answers.scene import Place, Scene, columns_share, gaps, part_box, rows_share
from seal.agents.answers.tables import cell, tables_of
from seal.agents.answers.values import beside, side_of
from seal.memory.geometry import Box
from seal.memory.typed import Kind
from seal.memory.working import FoundTarget, GlobalImage, TextLine, VisualWorkingMemory

Row = tuple[Any, ...]
"""A line of text: what it says, x, y, width, height; its confidence where that is not 1."""
GRAY = PIL.Image.new("RGB", (80, 60), "#808080")


def scene(*rows: Row, targets: tuple[FoundTarget, ...] = ()) -> Scene:
    lines = tuple(
        TextLine(text=t, box=Box(x, y, w, h), confidence=sure[0] if sure else 1.0)
        for t, x, y, w, h, *sure in rows
    )
    image = GlobalImage(size_wh=(800, 600), png=GRAY)  # type: ignore[arg-type]
    return Scene(VisualWorkingMemory(question="?", image=image, lines=lines, targets=targets))


def target(text: str, *xywh: float, phrase: str = "", score: float = 0.9) -> FoundTarget:
    return FoundTarget(phrase=phrase or f'"{text}"', box=Box(*xywh), score=score, crop="crop-1", text=text)


def texts(places: Any) -> list[str]:
    return [place.text for place in places]


LINES: dict[str, tuple[list[Row], list[str]]] = {
    "nothing": ([], []),
    "blank": ([("", 0, 0, 5, 5), ("  ", 20, 0, 5, 5)], []),
    "stripped": ([(" Total ", 0, 0, 50, 14)], ["Total"]),
    "rows": ([("c", 0, 40, 9, 9), ("b", 50, 0, 9, 9), ("a", 0, 0, 9, 9)], ["a", "b", "c"]),
    "the surer reading": ([("Tota1", 0, 0, 50, 14, 0.6), ("Total", 1, 0, 50, 14, 0.9)], ["Total"]),
    "a part of a line": ([("Total: $5", 0, 0, 90, 14), ("$5", 70, 1, 20, 12)], ["Total: $5"]),
    "a part that was surer": ([("Total: $5", 0, 0, 90, 14, 0.5), ("$5", 70, 1, 20, 12, 1.0)], ["Total: $5"]),
    "the same words elsewhere": ([("Total", 0, 0, 50, 14), ("Total", 0, 40, 50, 14)], ["Total", "Total"]),
    "others that touch": ([("Total", 0, 0, 50, 14), ("Tax", 0, 13, 30, 14)], ["Total", "Tax"]),
}


@pytest.mark.parametrize("name", LINES)
def test_lines_in_reading_order_without_doubles(name: str) -> None:
    rows, told = LINES[name]
    assert texts(scene(*rows).lines) == texts(scene(*rows[::-1]).lines) == told


def test_what_the_search_read_counts_where_no_line_covers_it() -> None:
    found = target("Save", 300, 200, 40, 14), target("Total", 1, 0, 50, 14), target("", 0, 90, 9, 9)
    seen = scene(("Total", 0, 0, 50, 14), targets=found)
    assert texts(seen.lines) == ["Total", "Save"]
    assert seen.lines[1].score == 0.9


@pytest.mark.xfail(strict=True, reason="lines are ordered by whole pixels of y: a pixel of slope mixes a row")
def test_a_row_that_slopes_by_a_pixel_is_read_from_left_to_right() -> None:
    assert texts(scene(("New", 0, 11, 30, 14), ("York", 40, 10, 30, 14)).lines) == ["New", "York"]


NAMED: list[tuple[str, list[Row], list[str]]] = [
    ("Total", [("Total", 0, 0, 50, 14)], ["Total"]),
    ("total", [("TOTAL", 0, 0, 50, 14)], ["TOTAL"]),
    ("Total", [("Subtotal", 0, 0, 50, 14)], []),
    ("Total", [("Total due", 0, 40, 90, 14), ("Total", 0, 80, 50, 14)], ["Total", "Total"]),
    ("Due date", [("Due  date: 3 May", 0, 0, 150, 14)], ["Due  date"]),
    ("naïve", [("Naive Bayes", 0, 0, 90, 14)], ["Naive"]),
    ("Colleen Hurst", [("Colleen Hurst", 0, 0, 90, 14), ("Colin Marsh", 0, 40, 90, 14)], ["Colleen Hurst"]),
    ("Colleen Hurst", [("CoIleen Hurst", 0, 0, 90, 14)], ["CoIleen Hurst"]),
    ('the "Save" key', [("the 'Save' key", 0, 0, 90, 14)], ["the 'Save' key"]),
    ("INV-42", [("INV-43", 0, 0, 90, 14)], []),
    ("+", [("+", 0, 0, 9, 9), ("a+b", 0, 40, 30, 9)], ["+"]),
    ("?!", [("Total", 0, 0, 50, 14)], []),
    ("", [("Total", 0, 0, 50, 14)], []),
]


@pytest.mark.parametrize(("name", "rows", "found"), NAMED)
def test_names_are_found_letter_for_letter(name: str, rows: list[Row], found: list[str]) -> None:
    places = scene(*rows).named(name)
    assert [p.text.strip("'") for p in places] == [f.strip("'") for f in found]
    assert all(p.line[slice(*p.span)] == p.text and 0 < p.score <= 1 for p in places)


def test_a_name_in_a_line_has_a_box_of_its_own() -> None:
    (place,) = scene(("Total due today", 100, 0, 150, 14)).named("due")
    assert (place.box, place.line_box) == (Box(160, 0, 30, 14), Box(100, 0, 150, 14))
    assert not place.is_whole and scene(("Due:", 0, 0, 30, 14)).named("due")[0].is_whole


def test_the_value_beside_a_label_of_a_page_that_stands_askew() -> None:
    """In the row of the label as the page falls: on the screen it is level with the next row."""
    slope, rows = 0.04, [("Alpha", "3.10"), ("Beta", "4.20"), ("Gamma", "5.30"), ("Delta", "6.40")]
    lines: list[Row] = []
    for i, (name, value) in enumerate(rows):
        for k in range(0, 500, 100):  # further words of the row, which show how it falls
            lines.append((name if k == 0 else "and so on", 20 + k, 20 + 20 * i + slope * k, 60, 14))
        lines.append((value, 540, 20 + 20 * i + slope * 520, 40, 14))
    seen = scene(*lines)
    assert [beside(seen, seen.named(n)[0], frozenset(("number",)))[0].text for n, _ in rows] == [
        v for _, v in rows
    ]


def test_boxes_of_rows_and_columns() -> None:
    a, b = Box(0, 0, 40, 20), Box(100, 10, 40, 20)
    assert (rows_share(a, b), columns_share(a, b), gaps(a, b)) == (0.5, 0.0, (60, 0))
    assert rows_share(a, Box(0, 5, 40, 10)) == 1.0 and rows_share(a, Box(0, 10, 5, 0)) == 1.0
    assert part_box(Box(10, 0, 100, 9), "0123456789", (2, 5)) == Box(30, 0, 30, 9)
    assert part_box(Box(10, 0, 100, 9), "", (0, 0)).width == 0
    sides = [Box(100, 0, 9, 9), Box(-50, 0, 9, 9), Box(0, 50, 9, 9), Box(0, -50, 9, 9), Box(5, 5, 9, 9)]
    assert [side_of(a, box) for box in sides] == ["right", "left", "below", "above", ""]


RIGHT: list[Row] = [
    *[("Product", 20, 10, 60, 14), ("Qty", 200, 10, 30, 14), ("Price", 300, 10, 40, 14)],
    *[("Widget", 20, 40, 55, 14), ("3", 262, 40, 8, 14), ("$5.00", 362, 40, 40, 14)],
    *[("Gadget", 20, 70, 55, 14), ("12", 254, 70, 16, 14), ("$15.00", 354, 70, 48, 14)],
]
"""Headers at the left of columns whose numbers stand at the right."""
GAPPED: list[Row] = [
    *[("Name", 20, 10, 60, 14), ("Owner", 200, 10, 50, 14), ("Status", 400, 10, 50, 14)],
    *[("Alpha", 20, 40, 55, 14), ("Ann", 200, 40, 30, 14), ("Open", 400, 40, 40, 14)],
    *[("Beta", 20, 70, 55, 14), ("Done", 400, 70, 40, 14)],
    *[("Gamma", 20, 100, 55, 14), ("Cid", 200, 100, 30, 14), ("Open", 400, 100, 40, 14)],
]
"""Beta has no owner."""
FOUR: list[Row] = [
    *GAPPED,
    *[("Cost", 600, 10, 40, 14), ("$3", 600, 40, 20, 14), ("$5", 600, 70, 20, 14), ("$7", 600, 100, 20, 14)],
]
"""The same with a column more."""
WIDE: list[Row] = [
    *[("Name", 20, 10, 60, 14), ("Owner", 200, 10, 50, 14), ("Status", 300, 10, 50, 14)],
    *[("Alpha", 20, 40, 55, 14), ("Ann", 200, 40, 30, 14), ("Open", 300, 40, 40, 14)],
    *[("Beta", 20, 70, 55, 14), ("Bob          Done", 200, 70, 140, 14)],
    *[("Gamma", 20, 100, 55, 14), ("Cid", 200, 100, 30, 14), ("Open", 300, 100, 40, 14)],
]
"""A line that was read over two columns."""
SIDEBAR: list[Row] = [
    *[("Home", 10, 10, 40, 14), ("Orders", 10, 40, 50, 14), ("Users", 10, 70, 50, 14)],
    *[("Name", 220, 10, 60, 14), ("Owner", 400, 10, 50, 14), ("Status", 600, 10, 50, 14)],
    *[("Alpha", 220, 40, 55, 14), ("Ann", 400, 40, 30, 14), ("Open", 600, 40, 40, 14)],
    *[("Beta", 220, 70, 55, 14), ("Bob", 400, 70, 30, 14), ("Done", 600, 70, 40, 14)],
]
"""Entries of a menu on the height of the rows."""
NO_HEAD: list[Row] = [row for row in GAPPED if row[0] != "Owner"]
"""A column without a header."""
STATED: list[Row] = [
    *[("Name", 20, 10, 60, 14), ("Owner", 200, 10, 50, 14)],
    *[("All of the projects of this year in one row", 20, 40, 300, 14)],
    *[("Alpha", 20, 70, 55, 14), ("Ann", 200, 70, 30, 14)],
    *[("Beta", 20, 100, 55, 14), ("Bob", 200, 100, 30, 14)],
]
"""A heading over all columns."""

GRIDS: list[tuple[list[Row], list[str], list[list[str]]]] = [
    (RIGHT, ["Product", "Qty", "Price"], [["Widget", "3", "$5.00"], ["Gadget", "12", "$15.00"]]),
    (
        GAPPED,
        ["Name", "Owner", "Status"],
        [["Alpha", "Ann", "Open"], ["Beta", "", "Done"], ["Gamma", "Cid", "Open"]],
    ),
    (
        WIDE,
        ["Name", "Owner", "Status"],
        [["Alpha", "Ann", "Open"], ["Beta", "Bob", "Done"], ["Gamma", "Cid", "Open"]],
    ),
    (
        SIDEBAR,
        ["Home", "Name", "Owner", "Status"],
        [["Orders", "Alpha", "Ann", "Open"], ["Users", "Beta", "Bob", "Done"]],
    ),
    (
        NO_HEAD,
        ["Name", "", "Status"],
        [["Alpha", "Ann", "Open"], ["Beta", "", "Done"], ["Gamma", "Cid", "Open"]],
    ),
]


@pytest.mark.parametrize(("rows", "heads", "body"), GRIDS)
def test_tables(rows: list[Row], heads: list[str], body: list[list[str]]) -> None:
    (table,) = tables_of(scene(*rows))
    assert [table.header(c) for c in range(table.columns)] == heads
    assert [[c.text for c in table.row(r)] for r in table.body] == body


def test_what_is_no_table() -> None:
    assert tables_of(scene(("a", 0, 0, 9, 9), ("b", 0, 20, 9, 9))) == ()
    assert tables_of(scene(("a", 0, 0, 9, 9), ("b", 50, 0, 9, 9))) == ()
    assert tables_of(scene()) == ()


def test_tables_far_apart_are_two_and_a_heading_over_all_columns_is_no_cell_of_one() -> None:
    far = [(t, x, y + 300, w, h) for t, x, y, w, h in RIGHT]
    assert [t.at(0, 0).text for t in tables_of(scene(*GAPPED, *far))] == ["Name", "Product"]
    (table,) = tables_of(scene(*STATED))
    assert table.columns == 2 and [c.text for c in table.column(1)][-2:] == ["Ann", "Bob"]


ANY: frozenset[Kind] = frozenset()
MONEY: frozenset[Kind] = frozenset(("money", "number"))
DATE: frozenset[Kind] = frozenset(("date", "time"))
CROSS: list[Row] = [("up", 100, 20, 20, 14), ("A", 10, 50, 20, 14), ("Mid", 100, 50, 40, 14)]
CROSS += [("B", 200, 50, 20, 14), ("down", 100, 80, 40, 14)]
CARDS: list[Row] = [
    *[("Revenue", 10, 10, 60, 14), ("$1,200", 10, 40, 120, 30)],
    *[("Costs", 300, 10, 60, 14), ("$900", 300, 40, 90, 30)],
]
BESIDE: list[tuple[str, str, list[Row], frozenset[Kind], str, str]] = [
    (
        "in the line",
        "Total",
        [("Total: $12.00", 10, 10, 130, 14), ("$99", 200, 10, 30, 14)],
        ANY,
        "",
        "$12.00",
    ),
    ("after a sign", "Total", [("Total = 5", 10, 10, 90, 14)], ANY, "", "5"),
    ("after dots", "Intro", [("Intro ........ 7", 10, 10, 150, 14)], ANY, "", "7"),
    ("in brackets", "Inbox", [("Inbox (12)", 10, 10, 100, 14)], ANY, "", "12"),
    (
        "of its kind in the line",
        "Due",
        [("Due on 3 May 2024 at noon", 10, 10, 250, 14)],
        DATE,
        "",
        "3 May 2024",
    ),
    ("before it in the line", "unread", [("120 unread", 10, 10, 100, 14)], ANY, "", "120"),
    (
        "right",
        "Total",
        [("Total", 10, 10, 40, 14), ("$99", 200, 10, 30, 14), ("Tax", 10, 40, 30, 14)],
        ANY,
        "",
        "$99",
    ),
    ("far right", "Total", [("Total", 10, 10, 40, 14), ("$99", 700, 10, 30, 14)], ANY, "", "$99"),
    ("below, on a card", "Revenue", CARDS, ANY, "", "$1,200"),
    ("below, on the other card", "Costs", CARDS, MONEY, "", "$900"),
    (
        "above, on a card",
        "Visitors",
        [("1,200", 10, 10, 120, 30), ("Visitors", 10, 50, 60, 14)],
        ANY,
        "",
        "1,200",
    ),
    ("left", "unread", [("12", 10, 10, 18, 14), ("unread", 34, 10, 60, 14)], ANY, "", "12"),
    (
        "an entry with a number, below",
        "Microchip number",
        [("9. Microchip number", 10, 10, 150, 14), ("985112345678900", 10, 30, 150, 14)],
        ANY,
        "",
        "985112345678900",
    ),
    (
        "an entry with a number, right",
        "Microchip number",
        [("9. Microchip number", 10, 10, 150, 14), ("985112345678900", 200, 10, 150, 14)],
        ANY,
        "",
        "985112345678900",
    ),
    (
        "an entry with a letter",
        "Name",
        [("a) Name", 10, 10, 60, 14), ("Ada Lovelace", 10, 30, 90, 14)],
        ANY,
        "",
        "Ada Lovelace",
    ),
    (
        "only of its kind",
        "Due",
        [("Due", 10, 10, 40, 14), ("soon", 100, 10, 40, 14), ("3 May", 10, 30, 40, 14)],
        DATE,
        "",
        "3 May",
    ),
    ("named: left", "Mid", CROSS, ANY, "left", "A"),
    ("named: right", "Mid", CROSS, ANY, "right", "B"),
    ("named: above", "Mid", CROSS, ANY, "above", "up"),
    ("named: below", "Mid", CROSS, ANY, "below", "down"),
    ("named: beside", "Mid", CROSS, ANY, "beside", "B"),
    ("nothing", "Notes", [("Notes", 10, 10, 50, 14)], ANY, "", ""),
    ("signs alone", "Notes", [("Notes", 10, 10, 50, 14), ("—", 100, 10, 9, 14)], ANY, "", ""),
    ("none of its kind", "Due", [("Due", 10, 10, 40, 14), ("soon", 100, 10, 40, 14)], DATE, "", ""),
    ("too far below", "Total", [("Total", 10, 10, 40, 14), ("$99", 10, 200, 30, 14)], ANY, "", ""),
    (
        "words of a sentence",
        "total",
        [("The total of all the orders is given in the annex", 10, 10, 400, 14), ("$5", 420, 10, 40, 14)],
        ANY,
        "",
        "",
    ),
    (
        "a paragraph below",
        "Notes",
        [
            ("Notes", 10, 10, 50, 14),
            ("This is a text of more than forty-five letters, so no value.", 10, 30, 400, 14),
        ],
        ANY,
        "",
        "",
    ),
    ("a number below a number", "41", [("41", 10, 10, 20, 14), ("42", 10, 30, 20, 14)], ANY, "", ""),
]


@pytest.mark.parametrize(
    ("name", "rows", "kinds", "direction", "told"),
    [row[1:] for row in BESIDE],
    ids=[row[0] for row in BESIDE],
)
def test_the_value_beside_a_label(
    name: str, rows: list[Row], kinds: frozenset[Kind], direction: str, told: str
) -> None:
    seen = scene(*rows)
    found = beside(seen, seen.named(name)[0], kinds, direction)
    assert (found[0].text if found else "") == told
    assert all(0 < r.score <= 1 and r.why and r.place.box.area > 0 for r in found)
    assert [r.score for r in found] == sorted((r.score for r in found), reverse=True)


def test_a_value_in_the_line_has_a_box_of_its_own() -> None:
    seen = scene(("Total: $12.00", 10, 10, 130, 14))
    assert beside(seen, seen.named("Total")[0], ANY)[0].place.box == Box(80, 10, 60, 14)


def test_words_without_a_separator_count_half() -> None:
    seen = scene(("Status Shipped", 10, 10, 120, 14))
    assert [(r.text, r.score < 0.5) for r in beside(seen, seen.named("Status")[0], ANY)] == [
        ("Shipped", True)
    ]


@pytest.mark.xfail(
    strict=True, reason='the number of "12 unread" is taken for that of an entry, as in "12. Unread"'
)
def test_a_small_number_before_a_label_in_its_line() -> None:
    seen = scene(("12 unread", 10, 10, 80, 14))
    assert texts(beside(seen, seen.named("unread")[0], ANY)) == ["12"]


CELLS: list[tuple[list[Row], str, str, frozenset[Kind], str | None]] = [
    (RIGHT, "Widget", "Qty", ANY, "3"),
    (RIGHT, "Gadget", "Price", MONEY, "$15.00"),
    (GAPPED, "Alpha", "Owner", ANY, "Ann"),
    (FOUR, "Beta", "Owner", ANY, ""),
    (FOUR, "Beta", "Cost", MONEY, "$5"),
    (GAPPED, "Beta", "Status", ANY, "Done"),
    (GAPPED, "Name", "Gamma", ANY, None),  # a row is no header of what is above it
    (GAPPED, "Ann", "Status", ANY, "Open"),  # a row by any of its cells
    (WIDE, "Beta", "Owner", ANY, "Bob"),
    (WIDE, "Beta", "Status", ANY, "Done"),
    (SIDEBAR, "Alpha", "Status", ANY, "Open"),
    (SIDEBAR, "Beta", "Owner", ANY, "Bob"),
]


@pytest.mark.parametrize(("rows", "row", "column", "kinds", "told"), CELLS)
def test_cells(rows: list[Row], row: str, column: str, kinds: frozenset[Kind], told: str | None) -> None:
    seen = scene(*rows)
    line, head = seen.named(row)[0], seen.named(column)[0]
    got = cell(seen, line, head, kinds)
    assert (got.text if got else None) == told
    if got is not None:
        assert 0.6 < got.score <= 1 and rows_share(got.place.box, line.box) >= 0.5
        assert got.used == (line, head) and row in got.why and column in got.why


def test_a_cell_of_another_kind_counts_little() -> None:
    seen = scene(*GAPPED)
    got = cell(seen, seen.named("Alpha")[0], seen.named("Owner")[0], MONEY)
    assert got is not None and (got.text, got.score < 0.4) == ("Ann", True)


def test_places_on_other_pages_do_not_cross() -> None:
    seen = scene(*GAPPED)
    row = seen.named("Alpha")[0]
    there = Place(Box(200, 10, 50, 14), page=2, text="Owner")
    assert cell(seen, row, there, ANY) is None


def test_an_empty_cell_of_a_table_of_three_columns() -> None:
    seen = scene(*GAPPED)
    got = cell(seen, seen.named("Beta")[0], seen.named("Owner")[0], ANY)
    assert got is not None and got.text == ""


def test_the_column_of_the_name_of_a_row_is_not_empty() -> None:
    seen = scene(*RIGHT)
    got = cell(seen, seen.named("Gadget")[0], seen.named("Product")[0], ANY)
    assert got is None or got.text == "Gadget"


@pytest.mark.xfail(
    strict=True, reason="what is below is compared with the label without the number before it"
)
def test_a_short_value_below_an_entry_with_a_number() -> None:
    seen = scene(("9. Name", 10, 10, 60, 14), ("Ada", 10, 30, 30, 14))
    assert texts(beside(seen, seen.named("Name")[0], ANY)) == ["Ada"]
