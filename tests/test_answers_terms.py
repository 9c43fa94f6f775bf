"""Answers to questions in words of their own: a bound that is written out, what is left out, times as they are spoken,
coins; and what is refused.

A row: the page, the question, its options joined by "; ", and the answer (None: it cannot tell).
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from answer_pages import Line, Page, remembered

from seal.agents.answers import load
from seal.agents.answers.agent import Guide
from seal.agents.answers.measures import measures_of
from seal.agents.answers.reworded import respelled
from seal.agents.answers.scene import Scene
from seal.memory.geometry import Box
from seal.memory.layout import layout_of, pair_spans
from seal.memory.working import TextLine


def lines(rows: Sequence[Sequence[str]], xs: Sequence[float], y: float = 60, step: float = 30) -> list[Line]:
    """The cells of a table as lines; "" is no line. The first row stands over the others at a larger distance."""
    return [
        (text, x, y + step * r + (10 if r else 0), 7.0 * len(text) + 4, 14)
        for r, row in enumerate(rows)
        for text, x in zip(row, xs, strict=False)
        if text
    ]


XS = (40, 150, 320)
PARCEL = [
    ["Contents", "Quantity", "Weight (kg)", "Value (EUR)", "Made in"],
    ["Woollen socks", "4", "0.320", "48", "Iceland"],
    ["Rye bread", "2", "1.250", "11", "Denmark"],
    ["Card game", "1", "0.415", "19", "Poland"],
    ["Candles", "6", "1.900", "30", "Iceland"],
    ["Total", "13", "3.885", "108", ""],
]
BILL: list[Line] = [
    *[("Water bill", 40, 20, 160, 30), ("Standing charge", 40, 90, 110, 14), ("91 days", 300, 90, 52, 14)],
    *[("14.20 p", 420, 90, 52, 14), ("£12.92", 560, 90, 45, 14), ("Water used", 40, 120, 75, 14)],
    *[("22 m3", 300, 120, 40, 14), ("1.80 p", 420, 120, 45, 14), ("£39.60", 560, 120, 45, 14)],
    *[("Total due", 40, 170, 65, 14), ("£52.52", 560, 170, 45, 14)],
    *[("Customer line 0117 496 0120", 40, 420, 200, 14)],
]
DAY = [
    ["Time", "North Hall", "Attic", "Garden"],
    ["09:00", "Doors open, coffee and rolls for everybody who has come by train"],
    ["10:15", "Ada Brook", "Tom Hale", "Workshop one"],
    ["11:45", "Rosa Lind", "Kim Berg", "Workshop two"],
    ["13:00", "Lunch in the tent, with music of the school band and a raffle for the roof"],
    ["14:30", "Finn Ort", "Lea Sand", "Workshop three"],
    ["15:45", "Jon Frey", "Mia Holt", "Workshop four"],
]
SLIP: list[Line] = [
    ("Pay slip", 40, 20, 90, 18),
    *[("Payments", 40, 60, 70, 14), ("Deductions", 400, 60, 80, 14)],
    *[("Basic pay", 40, 90, 70, 14), ("1,900.00", 200, 90, 60, 14), ("Income tax", 400, 90, 75, 14)],
    *[("310.20", 600, 90, 50, 14), ("Night shifts", 40, 115, 80, 14), ("240.60", 210, 115, 50, 14)],
    *[("Pension", 400, 115, 55, 14), ("88.15", 608, 115, 42, 14), ("Canteen", 400, 140, 55, 14)],
    ("41.00", 608, 140, 42, 14),
]
STATUS: list[Line] = [
    ("encoding: UTF-16 filetype: Rust scope: main", 40, 560, 300, 14),
    ("col: 31 sel: 0", 400, 560, 100, 14),
]
CARD: list[Line] = [
    *[("Staff", 40, 20, 80, 28), ("Tove", 40, 90, 35, 14), ("tove.lund@fjell.org", 40, 115, 140, 14)],
    *[("Arne", 300, 90, 35, 14), ("arne.moe@fjell.org", 300, 115, 140, 14)],
]
TWO: list[Line] = [
    ("Ferries", 40, 20, 110, 18),
    *lines([["Route", "Leaves", "Fare"], ["Havn", "08:10", "90"], ["Sund", "09:30", "120"]], (40, 200, 330)),
    ("Buses", 40, 230, 80, 18),
    *lines(
        [["Line", "Leaves", "Fare"], ["7", "08:40", "30"], ["12", "09:05", "30"], ["N3", "23:55", "60"]],
        (40, 200, 330),
        270,
    ),
]
DAYS: list[Line] = [
    ("Thursday 14 May", 40, 20, 150, 18),
    *lines(
        [["Time", "Hall", "Attic"], ["09:00", "Ada Brook", "Tom Hale"], ["13:45", "Mia Holt", "Finn Ort"]], XS
    ),
    ("Friday 15 May", 40, 250, 140, 18),
    *lines(
        [["Time", "Hall", "Attic"], ["09:00", "Ida Grau", "Per Holm"], ["13:45", "Uwe Karl", "Ana Cruz"]],
        XS,
        290,
    ),
]
WEEK = [
    ["", "Mon 4 May", "Tue 5 May", "Wed 6 May"],
    ["08:30", "Maths", "Art", "Music"],
    ["10:00", "Biology", "Maths", "French"],
    ["11:30", "Sport", "Latin", "Maths"],
]
PAGES = {
    "days": Page(DAYS),
    "week": Page(lines(WEEK, (40, 130, 290, 450))),
    "two": Page(TWO),
    "parcel": Page(lines(PARCEL, (40, 200, 320, 450, 600))),
    "bill": Page(BILL),
    "day": Page(lines(DAY, (40, 130, 350, 560))),
    "status": Page(STATUS),
    "slip": Page(SLIP),
    "card": Page(CARD),
}
TOLD = [
    ("parcel", "Does the weight come to more than 5 kilos?", "yes; no", "no"),
    ("parcel", "Is the weight above three thousand grams?", "yes; no", None),
    ("parcel", "Is the weight more than 3500 g?", "yes; no", "yes"),
    ("parcel", "Is the weight of the rye bread under one kilo?", "yes; no", "no"),
    ("parcel", "Are there more than a dozen pieces?", "yes; no", "yes"),
    ("parcel", "Are there at least 20 pieces?", "yes; no", "no"),
    ("parcel", "Is the value over 100 euros?", "yes; no", "yes"),
    ("parcel", "Is the value over 100 dollars?", "yes; no", None),
    ("parcel", "Does anything weigh more than a kilo?", "", None),
    ("parcel", "Is the weight more than 3 stone?", "yes; no", None),
    ("parcel", "Is the value under 1.000 euros?", "yes; no", None),
    ("parcel", "How many items other than candles were made in Iceland?", "", "1"),
    ("parcel", "Which items were made in Iceland besides the candles?", "", "Woollen socks"),
    ("parcel", "weight of everything but the candles", "", None),
    ("parcel", "What is the lightest item?", "", "Woollen socks"),
    ("parcel", "What is the lightest item, not the socks?", "", None),
    ("parcel", "What is the lightest item apart from the woollen socks?", "", "Card game"),
    ("parcel", "Which item has the highest value, other than the woollen socks?", "", "Candles"),
    ("parcel", "Which countries are named under made in besides Iceland?", "", None),
    ("slip", "Which deduction is the biggest?", "Canteen; Income tax; Pension", "Income tax"),
    ("slip", "which of these is the smallest", "Pension; Canteen; Income tax", "Canteen"),
    ("slip", "Which is the biggest?", "Pension; Canteen; Union fee", None),
    ("slip", "which is higher, the pension or the income tax", "Pension; Income tax", "Income tax"),
    ("parcel", "Which is worth the most?", "Card game; Rye bread", None),
    ("bill", "Is the total due under 50 pounds?", "yes; no", "no"),
    ("bill", "Was the total due more than fifty pounds?", "yes; no", "yes"),
    ("bill", "how many pounds was the standing charge?", "", "£12.92"),
    ("bill", "Is the total due over 50 euros?", "yes; no", None),
    ("bill", "how many euros was the standing charge?", "", None),
    ("bill", "What is the account code?", "", None),
    ("bill", "How many people live there?", "", None),
    ("day", "Who is in the Attic at half past two?", "", "Lea Sand"),
    (
        "day",
        "Who is in the North Hall at a quarter to twelve?",
        "Ada Brook; Rosa Lind; Kim Berg",
        "Rosa Lind",
    ),
    ("day", "Who is in the Attic at 3:45 pm?", "Tom Hale; Mia Holt; Lea Sand", "Mia Holt"),
    ("day", "What is in the Garden at noon?", "", None),
    ("day", "Which talk is in the Attic at half past three?", "", None),
    ("two", "How many ferries are in the table?", "", "2"),
    ("two", "number of buses in the list of buses", "", "3"),
    ("two", "How many people are on board?", "", None),
    ("parcel", "How many people packed it?", "", None),
    ("parcel", "How many rows does the table have?", "", "4"),
    ("days", "Who is in the Attic on Friday at 1:45 pm?", "", "Ana Cruz"),
    ("days", "Who is in the Hall on Thursday at nine o'clock?", "Ada Brook; Ida Grau; Tom Hale", "Ada Brook"),
    ("days", "Who is in the Attic at 1:45 pm?", "", None),
    ("days", "Who is in the Hall on Saturday at 9:00?", "", None),
    ("week", "What is on Tuesday at half past eleven?", "", "Latin"),
    ("week", "Which lesson is on Wednesday at 10 am?", "", "French"),
    ("week", "which subject is on 6 May at 11:30", "", "Maths"),
    ("week", "Which lesson is on Friday at 10 am?", "", None),
    ("status", "encoding of the file?", "", "UTF-16"),
    ("status", "What is the filetype?", "", None),
    ("card", "email of Tove", "", "tove.lund@fjell.org"),
    ("card", "email of Arne", "", "arne.moe@fjell.org"),
]


@pytest.fixture(scope="module")
def guide() -> Guide:
    agent = load()
    assert isinstance(agent, Guide)
    return agent


@pytest.mark.parametrize(("page", "question", "options", "told"), TOLD, ids=lambda v: v)
def test_terms(guide: Guide, page: str, question: str, options: str, told: str | None) -> None:
    answer = guide.tell(remembered(PAGES[page], question, options.split("; ") if options else None))
    assert (answer.text or None, answer.status) == (told, "answered" if told else "cannot_tell")


def test_times_are_asked_for_as_the_page_writes_them() -> None:
    def asked(question: str) -> str:
        return respelled(Scene(remembered(Page(spelled), question)), question)

    spelled = [
        *[("14:30", 10, 10, 40, 14), ("09:00", 10, 40, 40, 14), ("8:45", 10, 70, 40, 14)],
        *[("12:00", 10, 100, 40, 14), ("03:15", 10, 130, 40, 14), ("15:15", 10, 160, 40, 14)],
        ("3 May 2026", 100, 10, 80, 14),
    ]
    assert asked("What is on at half past two?") == "What is on at 14:30?"
    assert asked("Who is there at 2.30 p.m.?") == "Who is there at 14:30?"
    assert asked("Who speaks at nine o'clock?") == "Who speaks at 09:00?"
    assert asked("a quarter to nine in the morning") == "8:45"
    assert asked("What happens at noon?") == "What happens at 12:00?"
    assert asked("Who came on May 3rd, 2026?") == "Who came on 3 May 2026?"
    # in the night, or in the afternoon; and what is not there
    assert asked("What is on at a quarter past three?") == "What is on at 3:15?"
    assert asked("What is on at a quarter to nine in the evening?") == "What is on at 20:45?"
    for kept in (
        "What is on at 14:30?",
        "Does it cost 2.30?",
        'Is "half past two" written there?',
    ):
        assert asked(kept) == kept
    assert asked("Who calls at quarter past three in the afternoon?") == "Who calls at 15:15?"


def test_decimals_are_read_as_their_column_writes_them() -> None:
    def sizes(*texts: str) -> list[float | None]:
        return [m.size if m is not None else None for m in measures_of(texts)]

    assert sizes("1.340", "0.860") == [1.34, 0.86]
    assert sizes("1.340", "12,5") == [1340, 12.5]
    assert sizes("1.340 kg", "0.5 kg") == [1340, 500]
    assert sizes("1.340") == [None]  # a thousand, or a little more than one
    assert sizes("1,340", "12") == [1340, 12]


def test_pairs_of_one_line_are_parted_at_their_names() -> None:
    def parted(text: str) -> list[str]:
        return [text[a:b].strip() for a, b in pair_spans(text)]

    assert parted("line: 4 / 9 col: 3 mode: LF") == ["line: 4 / 9", "col: 3", "mode: LF"]
    assert parted("Tel: 555-1234 Fax: 555-1235") == ["Tel: 555-1234", "Fax: 555-1235"]
    for whole in ("Title: Roses: a handbook", "Re: Fwd: Re: the roof", "Note: see page 3", "Opens at 10:15"):
        assert parted(whole) == [whole]
    line = TextLine(text="encoding: UTF-8 filetype: C scope: main", box=Box(10, 10, 300, 14), confidence=1.0)
    told = {p.key: p.value for p in layout_of([line]).pairs}
    assert told == {"encoding": "UTF-8", "filetype": "C", "scope": "main"}


def test_rows_of_a_timetable_may_be_over_all_columns() -> None:
    read = [TextLine(text=t, box=Box(x, y, w, h), confidence=1.0) for t, x, y, w, h in PAGES["day"].lines]
    (table,) = layout_of(read).tables
    rows = [[table.at(r, c).text for c in range(table.columns)] for r in table.body]
    assert [row[0] for row in rows] == [row[0] for row in DAY[1:]]
    assert rows[4] == DAY[5]
