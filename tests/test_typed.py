"""Values as they are written: their kinds, their numbers, where they stand in a text, and which are the same."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal.memory.typed import Kind, number_of, plain, same_value, typed, values_in

NUMBERS: list[tuple[str, Kind, float]] = [
    ("0", "number", 0),
    ("007", "number", 7),
    ("2024", "number", 2024),
    ("+7", "number", 7),
    ("-3", "number", -3),
    ("−3", "number", -3),  # the minus sign of typography
    (".5", "number", 0.5),
    ("12,", "number", 12),
    ("5.", "number", 5),
    ("1,234", "number", 1234),
    ("1'234", "number", 1234),
    ("1’234.50", "number", 1234.5),
    ("1 234 567,89", "number", 1234567.89),
    ("1.234,50", "number", 1234.5),
    ("(1,250)", "number", -1250),
    ("2k", "number", 2000),
    ("1.2 billion", "number", 1.2e9),
    ("5 thousand", "number", 5000),
    ("two", "number", 2),
    ("None", "number", 0),
    ("$ 1,250.00", "money", 1250),
    ("€1.250,50", "money", 1250.5),
    ("1.250,50 €", "money", 1250.5),
    ("CHF 12.50", "money", 12.5),
    ("12 zł", "money", 12),
    ("5 usd", "money", 5),
    ("-$4.20", "money", -4.2),
    ("($4.20)", "money", -4.2),
    ("£3m", "money", 3e6),
    ("US$99", "money", 99),
    ("12.5 %", "percent", 12.5),
    ("12,5%", "percent", 12.5),
    ("99 percent", "percent", 99),
    ("-3%", "percent", -3),
    ("10 days", "duration", 10),
    ("2 h 30 min", "duration", 2.5),
    ("90s", "duration", 90),
    ("1h 30m", "duration", 1.5),
    ("250 ms", "duration", 250),
    ("5 GB", "size", 5),
    ("100g", "size", 100),
    ("3,5 kg", "size", 3.5),
    ("21 °C", "size", 21),
    ("-21°F", "size", -21),
    ("100 Mbps", "size", 100),
    ("3 in", "size", 3),
]


@pytest.mark.parametrize(("text", "kind", "number"), NUMBERS)
def test_numbers_and_amounts(text: str, kind: Kind, number: float) -> None:
    assert (typed(text).kind, number_of(text)) == (kind, pytest.approx(number))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2024-05-03", {(2024, 5, 3)}),
        ("2024/5/3", {(2024, 5, 3)}),
        ("2024.05.03", {(2024, 5, 3)}),
        ("3 May 2024", {(2024, 5, 3)}),
        ("May 3, 2024", {(2024, 5, 3)}),
        ("MAY 3 2024", {(2024, 5, 3)}),
        ("3rd of May 2024", {(2024, 5, 3)}),
        ("12-May-24", {(2024, 5, 12)}),
        ("Sept. 3rd, 2023", {(2023, 9, 3)}),
        ("Mon, 3 May 2024", {(2024, 5, 3)}),
        ("Friday 3 May", {(None, 5, 3)}),
        ("Dec 25", {(None, 12, 25)}),
        ("May 2024", {(2024, 5, None)}),
        ("25.12.2024", {(2024, 12, 25)}),
        ("12/25/24", {(2024, 12, 25)}),
        ("03/05/2024", {(2024, 5, 3), (2024, 3, 5)}),
    ],
)
def test_dates(text: str, days: set[tuple[int | None, int, int | None]]) -> None:
    assert (typed(text).kind, typed(text).readings, number_of(text)) == ("date", days, None)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("9:30", (9, 30, 0)),
        ("09:30", (9, 30, 0)),
        ("9:30 PM", (21, 30, 0)),
        ("9.30 pm", (21, 30, 0)),
        ("9 a.m.", (9, 0, 0)),
        ("12 pm", (12, 0, 0)),
        ("12:05 AM", (0, 5, 0)),
        ("21:30:15", (21, 30, 15)),
        ("00:00", (0, 0, 0)),
        ("at 9:30", (9, 30, 0)),
        ("14:00 UTC", (14, 0, 0)),
    ],
)
def test_times(text: str, clock: tuple[int, int, int]) -> None:
    assert (typed(text).kind, typed(text).readings) == ("time", {("time", *clock)})


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1920 x 1080", "size"),
        ("1920×1080 px", "size"),
        ("210 x 297 mm", "size"),
        ("DE44 5001 0517 5407 3249 31", "iban"),
        ("DE44500105175407324931", "iban"),
        ("GB29 NWBK 6016 1331 9268 19", "iban"),
        ("ada.l+news@mail.example.co.uk", "email"),
        ("www.example.com/x", "url"),
        ("https://example.com/a?b=1#c", "url"),
        ("docs.example.org", "url"),
        ("+49 30 1234567", "phone"),
        ("(555) 123-4567", "phone"),
        ("555-123-4567", "phone"),
        ("INV-2024-001", "code"),
        ("#12345", "code"),
        ("v1.2.3", "code"),
        ("127.0.0.1", "code"),
        ("A12", "code"),
        ("Q3", "code"),
    ],
)
def test_what_identifies_something(text: str, kind: Kind) -> None:
    assert (typed(text).kind, number_of(text)) == (kind, None)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "$",
            "%",
            "—",
            "Total",
            "May",
            "maybe",
            "noon",
            "N/A",
            "EUR",
            "a@b",
            "@home",
            "Page three",
        ),
        *("3 of 5", "1-2", "12/15", "24/7", "1 2", "10:00-11:30", "25:10", "12:60", "13/13/2024", "12 items"),
        *(
            "Page 3",
            "5 stars",
            "5+",
            "> 5",
            "IBAN DE44 5001 0517 5407 3249 31",
            "Total: $5",
            "Due 3 May 2024",
        ),
    ],
)
def test_texts_that_are_no_value(text: str) -> None:
    value = typed(text)
    assert (value.kind, value.readings, value.number) == ("text", {plain(text)}, None)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Page 3", 3),
        ("Total: $5", 5),
        ("12 items", 12),
        ("3 of 5", None),
        ("none here", None),
        ("", None),
        ("3 May 2024", None),
        ("Room A12", None),
    ],
)
def test_the_only_number_in_a_text(text: str, number: float | None) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("Nothing of the kind.", []),
        ("Total: $1,250.00 due 3 May 2024", [("money", "$1,250.00"), ("date", "3 May 2024")]),
        ("Mon 10:00-11:30", [("time", "10:00"), ("time", "11:30")]),
        ("write to a@b.org or +49 30 1234567", [("email", "a@b.org"), ("phone", "+49 30 1234567")]),
        ("12 of 15 (80 %)", [("number", "12"), ("number", "15"), ("percent", "80 %")]),
        ("5 GB of 10 GB", [("size", "5 GB"), ("size", "10 GB")]),
        ("INV-7: 3 pcs", [("code", "INV-7"), ("number", "3")]),
        ("from May 3 to May 12, 2024", [("date", "May 3"), ("date", "May 12, 2024")]),
    ],
)
def test_values_in_their_order(text: str, found: list[tuple[str, str]]) -> None:
    assert [(v.kind, v.text) for v in values_in(text)] == found
    assert all(text[slice(*v.span)].strip() == v.text for v in values_in(text))


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("1.250", "1250", True),  # both ways to read it
        ("1.250", "1.25", True),
        ("5 GB", "5", True),
        ("€5", "5.00 EUR", True),
        ("3:30 pm", "15:30", True),
        ("90 minutes", "1 h 30 min", True),
        ("+49 30 1234567", "+49 (30) 1234-567", True),
        ("#12345", "12345", False),
        ("5 %", "5 GB", False),
        ("A$5", "C$5", False),
        ("3 May", "4 May", False),
        ("3:30", "3:31", False),
        ("", "", True),
        ("...", "", False),
        ("*", "*", True),
        ("Straße", "STRASSE", True),
        ("Save as…", "save as", True),
    ],
)
def test_the_same_value(a: str, b: str, same: bool) -> None:
    assert same_value(a, b) is same
    assert same_value(b, a) is same


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("$-4.20", -4.2, marks=pytest.mark.xfail(strict=True, reason="the sign after $ is lost")),
        pytest.param(
            "Inbox (12)", 12, marks=pytest.mark.xfail(strict=True, reason="a count is no loss: -12")
        ),
        pytest.param("5 m", 5, marks=pytest.mark.xfail(strict=True, reason="metres are read as millions")),
        pytest.param(
            "1,23,456", 123456, marks=pytest.mark.xfail(strict=True, reason="groups of lakhs: 1.23")
        ),
        pytest.param("₹1,23,456", 123456, marks=pytest.mark.xfail(strict=True, reason="groups of lakhs")),
        pytest.param("10.0.0.0/8", None, marks=pytest.mark.xfail(strict=True, reason="the 8 of an address")),
    ],
)
def test_numbers_that_are_misread(text: str, number: float | None) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("05/2027", "date", marks=pytest.mark.xfail(strict=True, reason="month and year alone")),
        pytest.param("2024-05", "date", marks=pytest.mark.xfail(strict=True, reason="month and year alone")),
        pytest.param(
            "31/02/2024", "text", marks=pytest.mark.xfail(strict=True, reason="there is no such day")
        ),
        pytest.param("0x1F", "code", marks=pytest.mark.xfail(strict=True, reason="0x1 is read as a size")),
    ],
)
def test_kinds_that_are_misread(text: str, kind: Kind) -> None:
    assert typed(text).kind == kind and [v.kind for v in values_in(text)] == (
        [kind] if kind != "text" else []
    )


@given(st.text(max_size=40))
def test_any_text_is_the_same_as_itself_and_gives_spans_in_order(text: str) -> None:
    values = values_in(text)
    assert same_value(text, text) or not plain(text)
    assert all(a.span[1] <= b.span[0] for a, b in pairwise(values))
    assert all(v.readings and 0 <= v.span[0] < v.span[1] <= len(text) for v in values)


@given(st.integers(-(10**9), 10**9))
def test_numbers_come_back_with_and_without_separators(number: int) -> None:
    assert number_of(str(number)) == number_of(f"{number:,}") == number
    assert number_of(f"${number:,}.00".replace("$-", "-$")) == number
