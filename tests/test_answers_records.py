"""Answers from the records of a table: the first of them, two compared, how many, which; and what is refused.

A row: the page, the question, its options joined by "; ", and the answer (None: it cannot tell).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from answer_pages import PAGES, Line, Page, remembered

from seal.agents.answers import load
from seal.agents.answers.agent import Guide
from seal.agents.answers.asked import Asked
from seal.agents.answers.measures import measure_of, measures_of
from seal.agents.answers.orders import order_of
from seal.agents.answers.records import records_of
from seal.agents.answers.scene import Scene
from seal.agents.contracts import ANY_TEXT
from seal.memory.geometry import Box
from seal.memory.working import TextLine


def lines(rows: Sequence[Sequence[str]], xs: Sequence[float], y: float = 60, step: float = 30) -> list[Line]:
    """The cells of a table as lines; "" is no line. The first row stands over the others at a larger distance."""
    return [
        (text, x, y + step * r + (10 if r else 0), 7.0 * len(text) + 4, 14)
        for r, row in enumerate(rows)
        for text, x in zip(row, xs, strict=True)
        if text
    ]


XS = (40, 160, 290, 410, 500, 620)
ORDERS = [
    ["Order", "Customer", "Date", "Items", "Total", "Status"],
    ["FT-31", "Anneke Visser", "12 May 2026", "3", "€148.20", "Shipped"],
    ["FT-32", "Omar Haddad", "12 May 2026", "11", "€39.00", "Pending"],
    ["FT-33", "Julia Brandt", "13 May 2026", "7", "€612.75", "Cancelled"],
    ["FT-34", "Samuel Okoro", "14 May 2026", "2", "€84.10", "Shipped"],
    ["FT-35", "Ingrid Solberg", "15 May 2026", "12", "€1,093.40", "Pending"],
]
TIMES = [
    ["Journey", "1", "3 S", "5", "7"],
    ["Seaford Pier", "06:10", "07:05", "16:20", "18:05"],
    ["Hospital", "", "07:19", "16:37", ""],
    ["Market Cross", "06:16", "07:13", "16:30", "18:12"],
    ["Old Brewery", "06:50", "08:01", "17:17", "18:43"],
]
INCOME = [
    ["", "2023", "2022", "2021"],
    ["Revenue", "48,310", "45,902", "41,775"],
    ["Gross profit", "19,196", "20,242", "16,457"],
    ["Goodwill impairment", "", "1,204", ""],
    ["Operating profit", "11,874", "9,962", "9,410"],
]
FILES = [
    ["Name", "Size", "Type", "Modified"],
    ["photos", "212 items", "Folder", "28 Jan 2025, 16:40"],
    ["budget.ods", "41.2 kB", "Spreadsheet", "12 Mar 2025, 09:05"],
    ["drone.mp4", "1.3 GB", "Video", "19 Feb 2025, 11:57"],
    ["notes.txt", "3.1 kB", "Plain text", "29 Apr 2025, 18:15"],
    ["readings.csv", "37.2 MB", "CSV table", "21 Mar 2025, 13:09"],
]
BILL = [
    ["Qty", "Description", "Unit £", "Amount £"],
    ["1", "Reception desk", "1,860.00", "1,860.00"],
    ["6", "Wall cupboard", "142.50", "855.00"],
    ["14", "Labour, fitter", "38.00", "532.00"],
    ["1", "Skip hire", "95.00", "95.00"],
]
PEOPLE = [
    ["Category", "2005", "2010"],
    ["All ages . . .", "291,099", "303,858"],
    ["Seeing . . .", "7,793", "8,077"],
    ["Severe . . .", "1,783", "2,010"],
    ["Hearing. . .", "7,809", "7,572"],
    ["Severe . . .", "993", "1,096"],
]
ALARMS = [
    ["Level", "Message", "Host"],
    ["Severe . . .", "Disk is full", "alder"],
    ["Low . . .", "Fan is slow", "birch"],
    ["Severe . . .", "No power", "cedar"],
]
BRIDGES = [
    ["Bridge", "Clear height", "Opens", "Toll"],
    ["Lemmerbrug", "1.75 m", "09:00", "3.00"],
    ["Woudsend", "1.10 m", "09:30", "2.00"],
    ["Heeg", "2.30 m", "08:30", "none"],
]
SIZES = [
    ["Size", "XS", "S", "M"],
    ["Chest (cm)", "84", "92", "100"],
    ["Length (cm)", "52", "54", "57"],
    ["Balls of wool", "4", "6", "5"],
]
HIVES = [
    ["Hive", "Mark", "Mites /300 bees", "Temper", "Honey supers", "Action"],
    ["H1", "green", "2", "calm", "2", "none"],
    ["H2", "white", "4", "calm", "3", "split"],
    ["H3", "blue", "11", "cross", "0", "add super"],
    ["H4", "white", "5", "OUT", "1", "none"],
]
SHIPS = [
    ["Vessel", "ETA", "Length", "Cargo"],
    ["Monte da Guia IMO 9124366", "06:10", "104 m", "Cement"],
    ["Baltic Heron IMO 9655030", "08:25", "88 m", "Pulp"],
    ["Hanne Theresa IMO 9412507", "21:35", "92 m", "Salt"],
]
BOWLS = [
    ["Order", "Customer", "Item", "Pieces", "Amount"],
    ["#2231", "Efua Mensah", "Dinner plates", "24", "1,920.00"],
    ["#2227", "Abena Darko", "Soup bowls", "12", "840.00"],
    ["#2226", "Yaw Boateng", "Soup bowls", "4", "280.00"],
]
TABLES = {
    "ships": Page(lines(SHIPS, (40, 280, 360, 460))),
    "bowls": Page(lines(BOWLS, (40, 140, 280, 420, 520))),
    "bridges": Page(lines(BRIDGES, (40, 200, 360, 480))),
    "sizes": Page(lines(SIZES, (40, 240, 340, 440))),
    "hives": Page(lines(HIVES, (40, 120, 220, 400, 500, 640))),
    "orders": Page(lines(ORDERS, XS)),
    "times": Page(lines(TIMES, (40, 240, 340, 440, 540))),
    "income": Page(lines(INCOME, (40, 280, 400, 520))),
    "files": Page(lines(FILES, (40, 200, 330, 480))),
    "bill": Page(lines(BILL, (40, 100, 320, 480))),
    "people": Page(lines(PEOPLE, (40, 300, 420))),
    "alarms": Page(lines(ALARMS, (40, 240, 420))),
}


@pytest.fixture(scope="module")
def guide() -> Guide:
    agent = load()
    assert isinstance(agent, Guide)
    return agent


FIRSTS = [
    ("ships", "Is Baltic Heron longer than Monte da Guia?", "", "no"),
    ("bowls", "How many soup bowls did Abena Darko order?", "", "12"),
    ("bowls", "How many orders are there for soup bowls?", "", "2"),
    ("bridges", "Is the bridge at Lemmerbrug higher than the one at Woudsend?", "", "yes"),
    ("bridges", "Which bridge is the highest?", "", "Heeg"),
    ("bridges", "Which bridge has no toll?", "", "Heeg"),
    ("sizes", "Is the M longer than the S?", "", "yes"),
    ("hives", "Has H2 got more honey supers than H1?", "", "yes"),
    ("hives", "In how many hives are the bees described as calm?", "", "2"),
    ("hives", "How many hives were OUT?", "", "1"),
    ("orders", "Which order has the lowest total?", "", "FT-32"),
    (
        "orders",
        "Which customer has the highest total?",
        "Omar Haddad; Julia Brandt; Samuel Okoro",
        "Julia Brandt",
    ),
    ("orders", "Who ordered the most items?", "", "Ingrid Solberg"),
    ("orders", "What's the smallest order total?", "", "€39.00"),
    ("orders", "Which order is the latest?", "", "FT-35"),
    ("orders", "Which shipped order has the highest total?", "", "FT-31"),
    ("orders", "What was the total of the most expensive order?", "", "€1,093.40"),
    ("orders", "How many items does the cheapest order have?", "", "11"),
    ("orders", "What is the status of the order with the highest total?", "", "Pending"),
    ("orders", "When was the most expensive order placed?", "", "15 May 2026"),
    ("files", "What is the smallest file?", "", "notes.txt"),
    ("files", "Which file was modified last?", "", "notes.txt"),
    ("bill", "Which item on the bill costs the most?", "", "Reception desk"),
    ("bill", "What is the cheapest item per unit?", "", "Labour, fitter"),
    ("bill", "Which item has the largest quantity?", "", "Labour, fitter"),
    ("income", "In which year was revenue highest?", "", "2023"),
    ("income", "In which year was the gross profit the highest?", "", "2022"),
    ("times", "When does the last bus leave Seaford Pier?", "", "18:05"),
    ("times", "When does the first bus leave Old Brewery?", "", "06:50"),
]
PAIRS = [
    ("orders", "Did Julia Brandt order more items than Omar Haddad?", "", "no"),
    ("orders", "How much more did Julia Brandt pay than Anneke Visser?", "", "€464.55"),
    ("orders", "Which is older, FT-31 or FT-34?", "", "FT-31"),
    ("bill", "Which costs more, the wall cupboard or the labour?", "", "Wall cupboard"),
    ("files", "Is readings.csv bigger than drone.mp4?", "", "no"),
    ("income", "Was the gross profit higher in 2022 than in 2021?", "", "yes"),
    ("income", "By how much did revenue grow from 2022 to 2023?", "", "2,408"),
]
KEPT = [
    ("orders", "How many orders are pending?", "", "2"),
    ("alarms", "How many severe alarms are there?", "", "2"),
    ("alarms", "How many alarms are low?", "", "1"),
    ("people", "What is the figure for hearing in 2010?", "", "7,572"),
    ("orders", "How many orders are dated 12 May 2026?", "", "2"),
    ("orders", "Which customers ordered 3 items?", "", "Anneke Visser"),
    ("orders", "Which orders have 7 items or more?", "", "FT-32, FT-33, FT-35"),
    ("orders", "What are the customers of the shipped orders?", "", "Anneke Visser, Samuel Okoro"),
    ("orders", "Which orders were shipped?", "", "FT-31, FT-34"),
    ("orders", "Which orders are not shipped?", "", "FT-32, FT-33, FT-35"),
    ("orders", "How many orders aren't pending?", "", "3"),
    ("orders", "Who has the status Cancelled?", "", "Julia Brandt"),
    (
        "orders",
        "Which customers have a total over 100 euros?",
        "",
        "Anneke Visser, Julia Brandt, Ingrid Solberg",
    ),
    ("files", "Which files are larger than 10 MB?", "", "drone.mp4, readings.csv"),
    ("times", "Which journey leaves Seaford Pier after 17:00?", "", "7"),
    ("times", "Which journeys stop at the hospital?", "", "3 S, 5"),
    ("times", "How many journeys call at the hospital?", "", "2"),
    ("income", "Which year had a goodwill impairment?", "", "2022"),
]


@pytest.mark.parametrize(("page", "question", "options", "told"), [*FIRSTS, *PAIRS, *KEPT], ids=lambda v: v)
def test_records_are_told(guide: Guide, page: str, question: str, options: str, told: str) -> None:
    answer = guide.tell(remembered(TABLES[page], question, options.split("; ") if options else None))
    assert (answer.text, answer.status) == (told, "answered")
    assert answer.places


def changed(rows: list[list[str]], **cells: str) -> list[list[str]]:
    """Rows with other cells: r2c4 is the fifth cell of the third row."""
    made = [list(row) for row in rows]
    for name, text in cells.items():
        row, column = name[1:].split("c")
        made[int(row)][int(column)] = text
    return made


REFUSED = [
    ("two come first", changed(ORDERS, r3c4="€1,093.40"), "Which order has the highest total?"),
    ("a cell that is no amount", changed(ORDERS, r3c4="n. a."), "Which order has the highest total?"),
    ("two rows read as one", changed(ORDERS, r3c5="Shipped Shipped"), "Which order has the highest total?"),
    ("a value that was misread", changed(ORDERS, r1c5="Shlpped"), "How many orders are shipped?"),
    ("a condition that is not met", ORDERS, "Which Bergen order has the highest total?"),
    ("another condition that is not met", ORDERS, "How many Bergen orders are pending?"),
    ("a number that plays no part", ORDERS, "Which order of 2019 has the highest total?"),
    ("several where one is asked for", ORDERS, "Which order was shipped?"),
    (
        "what is not so, where it may be misread",
        changed(ORDERS, r1c5="Shlpped"),
        "Which orders are not shipped?",
    ),
    ("what is not so, where one says nothing", changed(ORDERS, r2c5=""), "Which orders are not shipped?"),
    ("what is not the first", ORDERS, "Which order does not have the highest total?"),
    ("the second", ORDERS, "Which order is the second most expensive?"),
    ("two of them", ORDERS, "Which two orders have the highest total?"),
    ("what is computed", ORDERS, "What is the average total?"),
    ("a figure that stands beside two names", PEOPLE, "How many people had a severe one in 2010?"),
    ("rows that stand for many", PEOPLE, "How many were severe?"),
    ("a header over figures is no name beside one", PEOPLE, "How many people could hear badly in 2005?"),
    ("no such field", ORDERS, "Which order has the highest weight?"),
    ("sums and days", ORDERS, "Which order is the longest?"),
]


@pytest.mark.parametrize(("why", "rows", "question"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_is_not_certain_is_refused(guide: Guide, why: str, rows: list[list[str]], question: str) -> None:
    answer = guide.tell(remembered(Page(lines(rows, XS[: len(rows[0])])), question))
    assert answer.status == "cannot_tell", why
    assert "I read:" in answer.reason


def test_columns_that_rank_otherwise_are_refused(guide: Guide) -> None:
    rows = changed(BILL, r1c2="18.60")  # dear altogether, and cheap by the piece
    answer = guide.tell(
        remembered(Page(lines(rows, (40, 100, 320, 480))), "Which item is the most expensive?")
    )
    assert answer.status == "cannot_tell" and "Unit" in answer.reason and "Amount" in answer.reason


def test_a_table_without_headers_tells_nothing(guide: Guide) -> None:
    page = Page(lines(ORDERS[1:], XS))
    assert guide.tell(remembered(page, "Which order has the highest total?")).status == "cannot_tell"


def test_pages_are_read_before_records_are_ranked(guide: Guide) -> None:
    page = replace(TABLES["orders"], whole=False)
    answer = guide.tell(remembered(page, "Which order has the lowest total?"))
    assert answer.status == "cannot_tell" and ANY_TEXT in [t.phrase for t in answer.more]


def test_an_empty_cell_counts_where_nothing_is_drawn_in_it(guide: Guide) -> None:
    rows = changed(ORDERS, r4c4="")
    question = "Which order has the highest total?"
    bare = Page(lines(rows, XS))
    drawn = replace(bare, draw=lambda d: d.rectangle((500, 191, 560, 203), fill="#111111"))
    assert guide.tell(remembered(bare, question)).text == "FT-35"
    assert guide.tell(remembered(drawn, question)).status == "cannot_tell"


def test_records_lie_in_both_directions(guide: Guide) -> None:
    memory = remembered(TABLES["income"], "Revenue?")
    rows, columns = records_of(Scene(memory), guide.query("Revenue?"))
    assert [f.name for f in rows.fields if f.name] == ["2023", "2022", "2021"] and not rows.turned
    assert [f.name for f in columns.fields][1:] == [row[0] for row in INCOME[1:]] and columns.turned
    assert columns.fields[0].texts == ("2023", "2022", "2021")


MEASURED = [
    ("€ 1,093.40", "money", 1093.4),
    ("5.37 %", "%", 5.37),
    ("(29,114)", "", -29114.0),
    ("41.2 kB", "byte", 41200.0),
    ("1.00 kg", "g", 1000.0),
    ("5 Pieces", "piece", 5.0),
    ("20 min 15 sec", "s", 1215.0),
    ("18:05", "time", 1085.0),
    ("17*", "", 17.0),
]


@pytest.mark.parametrize(("text", "unit", "size"), MEASURED, ids=[row[0] for row in MEASURED])
def test_a_cell_measures(text: str, unit: str, size: float) -> None:
    measure = measure_of(text)
    assert measure is not None and (measure.unit, measure.size) == (unit, pytest.approx(size))


@pytest.mark.parametrize("text", ["", "Shipped", "< 50", "12 3 d", "1.250", "03/05/2024", "13.5 - 17.5"])
def test_what_is_no_value_or_two_measures_nothing(text: str) -> None:
    assert measure_of(text) is None


def test_days_are_read_as_their_neighbours_are() -> None:
    for texts, rises in ((("3/13/2022", "7/3/2022"), True), (("13/3/2022", "7/3/2022"), False)):
        first, second = measures_of(texts)
        assert first is not None and second is not None and (first.size < second.size) is rises


ORDERED = [
    ("Which is the cheapest?", True),
    ("What costs the most?", False),
    ("Which bus leaves first?", True),
    ("Are there at least 3 of them?", None),
    ("When was it last updated?", None),
    ("What is the lowest of the highest prices?", None),
]


@pytest.mark.parametrize(("question", "low"), ORDERED, ids=[row[0] for row in ORDERED])
def test_a_superlative_says_what_comes_first(question: str, low: bool | None) -> None:
    order = order_of(Asked(question))
    assert (None if order is None else order.low) == low


def test_a_cell_of_one_of_several_tables_stands_in_the_cell_alone() -> None:
    """Neither the row, the column nor the heading that told which is the place of the answer."""
    lines = [("Simple Table", 40), ("Sortable Table", 240)]
    rows = [
        TextLine(text=text, box=Box(x, y + dy, 120, 14))
        for name, y in lines
        for text, x, dy in (
            (name, 40, 0),
            ("Task", 40, 40),
            ("Due date", 300, 40),
            ("Redesign homepage", 40, 70),
            ("3 May 2024" if name == "Simple Table" else "9 June 2024", 300, 70),
            ("Beta", 40, 100),
            ("4 May 2024", 300, 100),
        )
    ]
    question = "What is the due date of Redesign homepage in the Sortable Table?"
    answer = load().tell(remembered(PAGES["empty"], question).but(lines=tuple(rows)))
    assert answer.text == "9 June 2024"
    assert answer.places == ((1, Box(300, 310, 120, 14)),)
