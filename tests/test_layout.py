"""The structure of small pages: what is a table, which cell is where, which name has which value."""

from __future__ import annotations

from itertools import pairwise

import PIL.Image
import PIL.ImageDraw
import pytest

from seal.memory.geometry import Box
from seal.memory.layout import (
    PageLayout,
    Table,
    bits_of,
    contents_of,
    cut_at_edges,
    ends_with_value,
    layout_of,
    near_values,
)
from seal.memory.working import TextLine

Line = tuple[str, float, float]
"""Text, x of its left edge (of its right edge if negative), y; letters are 8 pixels wide and 16 high."""


def read(*lines: Line, slope: float = 0.0) -> list[TextLine]:
    made = []
    for text, x, y in lines:
        width = 8.0 * len(text)
        left = x if x >= 0 else -x - width
        made.append(
            TextLine(text=text, box=Box(left, y + slope * (left + width / 2), width, 16), confidence=0.97)
        )
    return made


def texts(table: Table) -> list[list[str]]:
    return [[table.at(r, c).text for c in range(table.columns)] for r in range(table.rows)]


def only(layout: PageLayout) -> Table:
    (table,) = layout.tables
    return table


def grid(rows: list[list[str]], xs: list[float], y: float = 100, step: float = 30) -> list[Line]:
    return [(t, x, y + step * r) for r, row in enumerate(rows) for t, x in zip(row, xs, strict=True) if t]


STATEMENT = [
    ["", "Note", "2024", "2023"],
    ["Revenue", "3", "48,216", "45,930"],
    ["Cost of sales", "", "(29,871)", "(28,650)"],
    ["Restructuring costs", "6", "(815)", ""],
    ["Profit", "", "17,530", "17,280"],
]
PEOPLE = [
    ["Name", "Role", "City", "Orders"],
    ["Aino Virtanen", "Packer", "Turku", "1,204"],
    ["Chidi Eze", "Manager", "Lagos", "57"],
    ["Dora", "Packer", "", "2,918"],
]
TABLES = {
    "numbers at the right, empty cells": (STATEMENT, [40, -340, -460, -580]),
    "words at the left": (PEOPLE, [40, 240, 400, -600]),
    "headers at the left over numbers at the right": (
        [
            ["Stop", "Trip 1", "Trip 2"],
            ["Market", "5:42", "6:12"],
            ["Mill", "", "6:20"],
            ["Lake", "5:53", "6:26"],
        ],
        [40, 240, 400],
    ),
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("slope", [0.0, 0.02, -0.02])
def test_cells_stand_in_their_rows_and_columns(name: str, slope: float) -> None:
    rows, xs = TABLES[name]
    table = only(layout_of(read(*grid(rows, xs), slope=slope)))
    assert texts(table) == rows
    assert table.heads == 1
    assert [table.header(c) for c in range(table.columns)] == rows[0]


def test_headers_to_the_left_of_their_numbers_are_theirs() -> None:
    lines = [("Stop", 40, 100), ("Trip 1", 200, 100), ("Trip 2", 400, 100)]
    lines += grid(
        [["Market", "5:42", "6:12"], ["Mill", "5:46", "6:16"], ["Lake", "", "6:26"]], [40, -320, -520], 130
    )
    table = only(layout_of(read(*lines)))
    assert [table.header(c) for c in range(3)] == ["Stop", "Trip 1", "Trip 2"]
    assert table.at(3, 1).text == "" and table.at(3, 2).text == "6:26"


def test_an_empty_cell_stands_where_its_row_and_column_cross() -> None:
    rows, xs = TABLES["numbers at the right, empty cells"]
    cell = only(layout_of(read(*grid(rows, xs)))).at(3, 3)
    assert cell.text == "" and cell.box.contains(Box(530, 192, 20, 10))


def test_a_line_that_runs_over_columns_is_cut_between_its_words() -> None:
    lines = grid([["Id", "City", "Orders"], ["11", "Turku", "4"], ["13", "Lagos", "57"]], [40, 90, -300])
    merged = TextLine(text="12 Norda", box=Box(40, 190, 90, 16), confidence=0.97)
    assert texts(only(layout_of([*read(*lines, ("8", -300, 190)), merged])))[3] == ["12", "Norda", "8"]


def test_the_further_line_of_a_cell_is_its_own() -> None:
    rows = [
        ["Item", "Note", "Price"],
        ["Lamp", "Ships in two", "12.00"],
        ["Desk", "In stock", "80.00"],
        ["Chair", "Sold out", "9.00"],
    ]
    lines = [*grid(rows, [40, 240, -600], step=60), ("weeks", 240, 178)]
    table = only(layout_of(read(*lines)))
    assert table.at(1, 1).text == "Ships in two weeks" and table.rows == 4


def test_headers_of_two_levels_are_joined() -> None:
    lines = [("2024", 290, 70), ("2023", 490, 70)]
    rows = [
        ["Region", "Q1", "Q2", "Q1", "Q2"],
        ["North", "10", "20", "30", "40"],
        ["South", "11", "21", "31", "41"],
    ]
    table = only(layout_of(read(*lines, *grid(rows, [40, -260, -360, -460, -560]))))
    assert [table.header(c) for c in range(5)] == [
        "Region",
        "2024 / Q1",
        "2024 / Q2",
        "2023 / Q1",
        "2023 / Q2",
    ]


def test_two_tables_have_their_captions() -> None:
    first = grid([["Symbol", "Min", "Max"], ["VIN", "1.0", "7.0"], ["ESD", "", "2.0"]], [40, -300, -400], 100)
    second = grid(
        [["Part", "Housing", "Pieces"], ["M5", "SOT", "3000"], ["D8", "DFN", "5000"]], [40, 150, -400], 240
    )
    layout = layout_of(read(("Table 1: Ratings", 40, 75), ("Ordering", 40, 215), *first, *second))
    assert [t.caption for t in layout.tables] == ["Table 1: Ratings", "Ordering"]
    assert [t.rows for t in layout.tables] == [3, 3]


def test_totals_and_titles_do_not_count() -> None:
    rows = [["Item", "Qty", "Amount"], ["Lamp", "1", "12.00"], ["Desk", "2", "80.00"], ["Total", "", "92.00"]]
    table = only(layout_of(read(*grid(rows, [40, -300, -450]))))
    assert table.records == (1, 2) and table.totals == (3,)


def test_a_spreadsheet_is_known_by_its_letters_and_numbers() -> None:
    rows = [
        ["", "A", "B", "C"],
        ["1", "City", "Pop", "Area"],
        ["2", "Turku", "195", "245"],
        ["3", "Lagos", "900", ""],
    ]
    table = only(layout_of(read(*grid(rows, [20, 80, 240, 400]))))
    assert table.sheet
    assert [c and c.text for c in (table.named("B", 2), table.named("C", 3), table.named("Z", 1))] == [
        "195",
        "",
        None,
    ]


def test_an_arrow_says_what_rows_are_sorted_by() -> None:
    rows = [["Name ▲", "Size", "Modified"], ["assets", "14", "5 Aug 2024"], ["tests", "6", "29 Jul 2024"]]
    table = only(layout_of(read(*grid(rows, [40, 240, 400]))))
    assert (table.sorted_by, table.descending, table.header(0)) == (0, False, "Name")


def test_columns_of_running_text_are_read_one_after_the_other() -> None:
    left = [(f"left {i} of running text goes on", 40, 100 + 20 * i) for i in range(6)]
    right = [(f"right {i} of running text ends it", 340, 100 + 20 * i) for i in range(6)]
    layout = layout_of(read(*[line for pair in zip(left, right, strict=True) for line in pair]))
    assert [n.text for n in layout.lines] == [t for t, *_ in (*left, *right)]
    assert layout.tables == () and len(layout.columns) == 2


def test_what_was_read_twice_and_in_pieces_is_there_once() -> None:
    twice = read(
        ("Total revenue", 40, 100), ("Total revenue", 41, 101), ("revenue", 92, 100), ("0", 300, 100)
    )
    layout = layout_of(twice, things=[Box(298, 98, 14, 18)])
    assert [n.text for n in layout.lines] == ["Total revenue"]


PAIRS = [
    ([("Total: $123", 40, 100)], ("Total", "$123", "line")),
    ([("Due date 2 June 2024", 40, 100)], ("Due date", "2 June 2024", "line")),
    ([("Beard trim . . . . . . 16 min", 40, 100)], ("Beard trim", "16 min", "line")),
    ([("Gate:12", 40, 100)], ("Gate", "12", "line")),
    ([("Contact:", 40, 100), ("Ada Lovelace", 240, 100)], ("Contact", "Ada Lovelace", "right")),
    ([("Discount (5 %)", 40, 100), ("-£25.42", 400, 100)], ("Discount (5 %)", "-£25.42", "right")),
    ([("Check In", 40, 100), ("31/12/2017", 40, 122)], ("Check In", "31/12/2017", "below")),
]


@pytest.mark.parametrize(("lines", "pair"), PAIRS, ids=[p[0] for _, p in PAIRS])
def test_names_have_their_values(lines: list[Line], pair: tuple[str, str, str]) -> None:
    (found,) = layout_of(read(*lines)).pairs
    assert (found.key, found.value, found.side) == pair


NEAR: list[tuple[str, str, list[Line], list[tuple[str, str]]]] = [
    (
        "right before below",
        "",
        [("Balance", 40, 100), ("$30", 140, 100), ("$40", 40, 120)],
        [("$30", "right"), ("$40", "below")],
    ),
    (
        "the side that is asked for",
        "below",
        [("Balance", 40, 100), ("$30", 140, 100), ("Ann", 40, 120)],
        [("Ann", "below")],
    ),
    (
        "a name is no value",
        "",
        [("Balance", 40, 100), ("Date:", 140, 100), ("$30", 340, 100)],
        [("$30", "right"), ("Date:", "right")],
    ),
    (
        "a question is no value",
        "",
        [("Do you smoke?", 40, 100), ("Do you drink?", 40, 120), ("Never", 240, 100)],
        [("Never", "right"), ("Do you drink?", "below")],
    ),
    ("no number of a number", "", [("42", 40, 100), ("43", 40, 120)], []),
    ("too far below", "", [("Balance", 40, 100), ("$30", 40, 190)], []),
]


@pytest.mark.parametrize(("why", "direction", "lines", "told"), NEAR, ids=[n[0] for n in NEAR])
def test_what_stands_near_a_name_is_weighed(
    why: str, direction: str, lines: list[Line], told: list[tuple[str, str]]
) -> None:
    name, *others = bits_of(read(*lines))
    assert [(others[n.at].text, n.side) for n in near_values(name, others, direction)] == told, why


@pytest.mark.parametrize(
    ("text", "ends"),
    [("Tea ..... 2.50", ("Tea", "2.50")), ("Tea for 2 at 4.50", None), ("2.50", None), ("12 unread", None)],
)
def test_a_line_is_cut_before_the_only_value_that_it_ends_with(
    text: str, ends: tuple[str, str] | None
) -> None:
    at = ends_with_value(text)
    assert (None if at is None else (text[: at[0]], text[at[1] :])) == ends


RECEIPT = [
    *[("TAN WOON", 100, 20), ("GREEN LEAF TRADING SDN BHD (123456-A)", 40, 50), ("NO 5, JALAN SAGU", 60, 75)],
    *[("Date:", 40, 110), ("25/12/2018 8:13:39 PM", 200, 110), ("KF CLAY", 40, 150), ("9.00", -400, 150)],
    *[("SUB TOTAL", 40, 180), ("RM9.00", -400, 180), ("GST 6%", 40, 205), ("RM0.54", -400, 205)],
    *[
        ("ROUNDING ADJUSTMENT", 40, 230),
        ("0.01", -400, 230),
        ("ROUNDED TOTAL", 40, 255),
        ("RM9.55", -400, 255),
    ],
    *[("CASH", 40, 280), ("RM10.00", -400, 280), ("CHANGE", 40, 305), ("RM0.45", -400, 305)],
]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("total", "RM9.55"),
        ("subtotal", "RM9.00"),
        ("tax", "RM0.54"),
        ("date", "25/12/2018"),
        ("company", "GREEN LEAF TRADING SDN BHD"),
    ],
)
def test_a_receipt_tells_its_total_date_and_shop(name: str, text: str) -> None:
    entity = layout_of(read(*RECEIPT)).entity(name)
    assert entity is not None and entity.text == text and entity.score > 0.8


def test_a_date_is_cut_out_of_what_was_read_as_one_word() -> None:
    entity = layout_of(read((": 14/05/201812:14:08 PM", 40, 100), ("Thanks", 40, 140))).entity("date")
    assert entity is not None and entity.text == "14/05/2018"


def test_a_layout_is_the_same_after_json() -> None:
    rows, xs = TABLES["words at the left"]
    layout = layout_of(read(*grid(rows, xs), ("Page 3 of 7", 40, 700)))
    assert PageLayout.model_validate_json(layout.json_text) == layout
    assert layout.page_number == "3"
    assert "| Chidi Eze | Manager | Lagos | 57 |" in layout.markdown


def test_what_was_read_is_no_mark_up() -> None:
    assert layout_of(read(("# <b>Obey</b> | now", 40, 100))).markdown == r"\# \<b\>Obey\</b\> \| now"


def test_an_empty_page_has_no_structure() -> None:
    assert layout_of([]) == PageLayout()


PRODUCTS = [
    ["Product", "Yield", "Income"],
    ["K2-1901", "56.4", "$846"],
    ["19RA02", "55.3", "$830"],
    ["H17Y12", "53.7", "$806"],
    ["C2050R2", "53.6", "$804"],
    ["AG1832", "52.9", "$794"],
    ["PB-1566", "52.8", "$792"],
]
XS = [200, 360, 480]


def test_the_journeys_of_a_timetable_are_headers() -> None:
    rows = [
        ["Journey", "1", "3 S", "5"],
        ["Seaford Pier", "06:10", "07:05", "16:20"],
        ["Hospital", "", "07:19", "16:37"],
        ["Old Brewery", "06:50", "08:01", "17:17"],
    ]
    table = only(layout_of(read(*grid(rows, [40, 240, 340, 440]))))
    assert (table.heads, texts(table)) == (1, rows)


def test_numbers_over_numbers_are_no_headers() -> None:
    rows = [
        ["Journey", "1", "2", "3"],
        ["Pier", "7", "8", "9"],
        ["Mill", "4", "5", "6"],
        ["Lake", "1", "4", "2"],
    ]
    assert only(layout_of(read(*grid(rows, [40, 240, 340, 440])))).heads == 0


@pytest.mark.parametrize("ring", ["O", "○"])
def test_holes_of_a_sheet_are_no_text(ring: str) -> None:
    holes = [(ring, 40.0, y) for y in (115.0, 160.0, 205.0, 250.0)]  # between rows, in the way of both
    layout = layout_of(read(*grid(PRODUCTS, XS), *holes))
    assert texts(only(layout)) == PRODUCTS
    assert ring not in [n.text for n in layout.lines]


def test_rings_over_words_of_their_column_are_text() -> None:
    rows = [["Name", "Group"], ["Ada", "O"], ["Ben", "AB"], ["Cleo", "O"], ["Dan", "O"], ["Eve", "O"]]
    layout = layout_of(read(*grid([[*r, "12"] if i else [*r, "Age"] for i, r in enumerate(rows)], XS)))
    assert [row[1] for row in texts(only(layout))] == [row[1] for row in rows]


def test_signs_that_few_rows_have_make_no_column() -> None:
    signs = [
        ("√", 320.0, 100.0),
        ("1", 440.0, 100.0),
        ("□", 160.0, 160.0),
    ]  # sort arrows and a box, as they are read
    table = only(layout_of(read(*grid(PRODUCTS, XS), *signs)))
    assert (table.heads, texts(table)) == (1, PRODUCTS)


def test_a_comment_below_a_table_is_none_of_its_rows() -> None:
    comment = [
        ("Comments:", 200.0, 312.0),
        ("Conditions were good here, and the crop grew well until June.", 300.0, 312.0),
    ]
    layout = layout_of(read(*grid(PRODUCTS, XS), *comment))
    assert texts(only(layout)) == PRODUCTS


def test_a_bar_beside_a_table_is_none_of_its_columns() -> None:
    names = ["Recent", "Starred", "Home", "Documents", "Downloads", "Trash"]
    bar = [(name, 10.0, 104.0 + 31 * i) for i, name in enumerate(names)]
    layout = layout_of(read(*grid(PRODUCTS, XS), *bar))
    assert texts(only(layout)) == PRODUCTS


def test_names_on_the_levels_of_a_table_are_its_column() -> None:
    names = ["", "first", "second", "third", "fourth", "fifth", "sixth"]
    rows = [[name, *row] for name, row in zip(names, PRODUCTS, strict=True)]
    assert texts(only(layout_of(read(*grid(rows, [10, *XS]))))) == rows


def test_boxes_that_reach_into_the_next_row_join_no_rows() -> None:
    rows = [list(row) for row in PRODUCTS]
    rows[3][1] = ""
    lines = [
        n.model_copy(update={"box": Box(n.box.x, n.box.y - 6, n.box.width, 28)}) if n.box.x >= XS[2] else n
        for n in read(*grid(rows, XS, step=20))
    ]
    assert texts(only(layout_of(lines))) == rows


def test_titles_between_the_rows_of_a_table_are_in_it() -> None:
    rows = [
        ["Item", "Quantity", "Price", "Amount"],
        ["Non Food", "", "", ""],
        ["Beeswax", "1.00", "42.00", "$42.00"],
        ["Chair", "1.00", "70.00", "$70.00"],
        ["Food", "", "", ""],
        ["Olive oil", "1.00", "1.00", "$0.90"],
        ["from Crete, in a glass", "", "", ""],
    ]
    table = only(layout_of(read(*grid(rows, [40, 280, 400, 520]))))
    assert [table.at(r, 0).text for r in table.records] == ["Beeswax", "Chair", "Olive oil"]


PROSE = "The levels rose in every month of the year that was measured"
HEADINGS: dict[str, tuple[list[Line], list[tuple[str, str]]]] = {
    "numbered, of the size of the text": (
        [(PROSE + ".", 40, 100), ("3.2 Results", 40, 130), (PROSE, 40, 150), ("again.", 40, 170)],
        [("3.2 Results", "3.2")],
    ),
    "with its number apart": (
        [
            (PROSE + ".", 40, 100),
            ("4.1", 40, 140),
            ("Limits", 90, 140),
            (PROSE, 40, 160),
            ("again.", 40, 180),
        ],
        [("4.1 Limits", "4.1")],
    ),
    "one level, close to its text": (
        [(PROSE + ".", 40, 100), ("5. Outlook", 40, 134), (PROSE, 40, 152), ("again.", 40, 170)],
        [("5. Outlook", "5")],
    ),
    "a sentence that goes on with a number": (
        [(PROSE, 40, 100), ("3.2 times more", 40, 118), (PROSE, 40, 136)],
        [],
    ),
    "items of a list": (
        [(PROSE + ":", 40, 100), ("1. Apples", 40, 130), ("2. Pears", 40, 150), (PROSE, 40, 180)],
        [],
    ),
}


@pytest.mark.parametrize("name", HEADINGS)
def test_headings_are_told_from_items_and_sentences(name: str) -> None:
    lines, told = HEADINGS[name]
    layout = layout_of(read(*lines))
    assert [(h.text, h.number) for h in layout.headings] == told
    said = " ".join([*(h.text for h in layout.headings), *(p.text for p in layout.paragraphs)])
    assert sorted(said.split()) == sorted(" ".join(t for t, *_ in lines).split())  # each word once


@pytest.mark.parametrize("sign", "•–▪*")
def test_bullets_of_a_higher_font_are_no_headings(sign: str) -> None:
    lines = read((PROSE, 40, 100), (PROSE, 40, 120), (f"{sign} Apples", 40, 145), (PROSE, 40, 170))
    high = lines[2].model_copy(update={"box": Box(40, 141, 64, 24)})
    assert layout_of([*lines[:2], high, lines[3]]).headings == ()


CONTENTS: dict[str, tuple[list[Line], list[tuple[str, str]]]] = {
    "leaders": (
        [("Soil ........ 3", 40, 100), ("Water ....... 9", 40, 125), ("Air ......... 12", 40, 150)],
        [("Soil", "3"), ("Water", "9"), ("Air", "12")],
    ),
    "a title, and no numbers of pages": (
        [("Contents", 40, 60), ("1 Welcome", 40, 100), ("2 Fees", 40, 125), (PROSE + ".", 40, 200)],
        [("1 Welcome", ""), ("2 Fees", "")],
    ),
    "prices of a menu": (
        [("Soup ....... 9", 40, 100), ("Fish ....... 24", 40, 125), ("Rice ....... 4", 40, 150)],
        [],
    ),
    "a heading over text": ([("Contents", 40, 60), (PROSE, 40, 100), (PROSE + ".", 40, 125)], []),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_a_list_of_contents_is_known(name: str) -> None:
    lines, told = CONTENTS[name]
    layout = layout_of(read(*lines))
    assert [(e.text, e.page) for e in layout.contents] == told
    assert layout.contents == contents_of(read(*lines))
    assert not {h.text for h in layout.headings} & {text for text, _ in told}


STOCK = [
    ["Product", "Region", "Stock"],
    ["Walnut desk", "North", "112"],
    ["Oak shelf", "West", "9"],
    ["Birch stool", "South", "54"],
    ["Ash bench", "East", "230"],
]
BORDERS = (38, 132, 186, 232)


def _without_gaps(border: str) -> tuple[list[TextLine], PIL.Image.Image]:
    """A table whose cells were read together where they stand close; what parts its columns is drawn."""
    picture = PIL.Image.new("RGB", (400, 300), "white")
    pen = PIL.ImageDraw.Draw(picture)
    for i, (x0, x1) in enumerate(pairwise(BORDERS)):
        if border == "shades":
            pen.rectangle((x0, 95, x1 - 1, 225), fill="#e8eef4" if i % 2 else "white")
        elif border == "rules":
            pen.line((x1, 95, x1, 225), fill="#999999")
    lines = []
    for r, (name, region, stock) in enumerate(STOCK):
        y = 100 + 26 * r
        parts = [(name, 40.0), (region, 136.0), (stock, 230.0 - 8 * len(stock))]
        runs: list[Line] = []
        for text, x in parts:
            end = runs[-1][1] + 8 * len(runs[-1][0]) if runs else 0
            if runs and x - end < 12:
                text, x = f"{runs[-1][0]} {text}", runs.pop()[1]
            runs.append((text, x, y))
        lines += [TextLine(text=t, box=Box(x, y, 8 * len(t), 16), confidence=0.97) for t, x, y in runs]
    return lines, picture


@pytest.mark.parametrize("border", ["rules", "shades"])
def test_a_table_without_gaps_is_parted_by_its_borders(border: str) -> None:
    lines, picture = _without_gaps(border)
    assert any(n.text == "Walnut desk North" for n in lines)
    assert texts(only(layout_of(cut_at_edges(lines, picture, (400, 300))))) == STOCK


def test_lines_over_no_border_stay_whole() -> None:
    lines, picture = _without_gaps("none")
    PIL.ImageDraw.Draw(picture).line((132, 100, 132, 116), fill="black")  # no longer than a letter is high
    assert cut_at_edges(lines, picture, (400, 300)) == lines


def test_borders_are_known_to_a_layout_that_is_given_the_picture() -> None:
    lines, picture = _without_gaps("rules")
    beyond = TextLine(text="beyond the page", box=Box(-90, 290, 240, 40), confidence=0.9)
    assert texts(only(layout_of([*lines, beyond], picture=picture))) == STOCK


@pytest.mark.parametrize(
    ("text", "border", "parts"),
    [
        ("Walnut deskNorth", 128, ["Walnut desk", "North"]),
        ("Walnut desk North", 70, ["Walnut", "desk North"]),
        ("Warehouse", 80, ["Warehouse"]),  # a word that lies over an edge
        ("Oak shelf in the hall", 300, ["Oak shelf in the hall"]),
    ],
)
def test_a_line_is_cut_at_a_border_but_no_word(text: str, border: int, parts: list[str]) -> None:
    picture = PIL.Image.new("RGB", (400, 300), "white")
    PIL.ImageDraw.Draw(picture).rectangle((border, 40, 399, 200), fill="#e8eef4")
    found = cut_at_edges(read((text, 40, 100)), picture, (400, 300))
    assert [n.text for n in found] == parts
    assert len(found) == 1 or found[0].box.x + found[0].box.width <= border + 1 <= found[1].box.x + 2


@pytest.mark.parametrize(
    ("border", "parts"), [(52, ["9", "912.00"]), (64, ["99", "12.00"]), (None, ["9912.00"])]
)
def test_digits_are_cut_where_as_many_glyphs_stand_on_each_side(border: int | None, parts: list[str]) -> None:
    """Whatever the box says: readers make it wider than what they read."""
    picture = PIL.Image.new("RGB", (400, 300), "white")
    pen = PIL.ImageDraw.Draw(picture)
    if border:
        pen.line((border, 40, border, 200), fill="#999999")
        pen.line((131, 40, 131, 200), fill="#777777")  # the frame of the table, in the box of the line
    for i in range(7):
        left = 44 + 12 * i
        pen.rectangle((left, 112 if i == 4 else 102, left + 4, 114), fill="black")
    line = read(("9912.00", 36, 100))[0].model_copy(update={"box": Box(30, 98, 106, 20)})
    assert [n.text for n in cut_at_edges([line], picture, (400, 300))] == parts
    narrow = line.model_copy(update={"box": Box(30, 98, 106, 5)})  # two pixels are left beside the frame
    assert [n.text for n in cut_at_edges([narrow], picture, (400, 300))] == ["9912.00"]


HIVES = [
    ["Hive", "Queen", "Mark", "Frames", "Mites", "Temper"],
    ["H1", "yes", "green", "7", "2", "calm"],
    ["H2", "yes", "white", "9", "4", "calm"],
    ["H3", "no", "blue", "3", "11", "cross"],
]
HIVES_XS: list[float] = [40, 140, 240, 340, 440, 540]


@pytest.mark.parametrize("close", [True, False])
def test_a_header_among_rows_begins_a_table_of_its_own(close: bool) -> None:
    form = [["Site", "Tairua Bush", "Date", "9 November"], ["Weather", "light wind", "Time", "10.20"]]
    above = grid(form, [40, 140, 340, 440], y=40)
    layout = layout_of(read(*above, *grid(HIVES, HIVES_XS, y=100 if close else 130)))
    table = max(layout.tables, key=lambda t: t.columns)
    assert texts(table) == HIVES and table.heads == 1


def test_rows_of_words_stay_in_their_table_though_figures_follow() -> None:
    rows = [
        PEOPLE[0],
        ["Ebo", "Driver", "Accra", "none yet"],
        ["Fay", "Cook", "Leeds", "none yet"],
        *PEOPLE[1:],
    ]
    assert texts(only(layout_of(read(*grid(rows, [40, 240, 400, 600]))))) == rows


def test_what_turns_the_pages_of_a_list_is_no_row_of_it() -> None:
    foot = [["Showing 1-3 of 27", "", "", "Previous", "1", "Next"]]
    table = only(layout_of(read(*grid(HIVES, HIVES_XS), *grid(foot, HIVES_XS, y=100 + 30 * len(HIVES)))))
    assert texts(table) == HIVES


def test_a_row_of_many_digits_turns_no_pages() -> None:
    """A pattern that tries all ways to part the digits would never end."""
    rows = [*HIVES, ["1" * 60 + "x", "", "", "", "", "Next"]]
    layout = layout_of(read(*grid(rows, [40, 640, 740, 840, 940, 1040])))
    assert any("1" * 60 + "x" in row for table in layout.tables for row in texts(table))
