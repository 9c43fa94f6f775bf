"""Matching of target phrases with lines of text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seal.agents.contracts import ANY_TEXT
from seal.agents.text import TextQuery, matches, similarity, spoken_text

SURE, MAYBE = 0.85, 0.6


@pytest.mark.parametrize(
    ("phrase", "texts"),
    [
        ("Total Revenue", ("Total Revenue",)),
        ("  Total   Revenue ", ("Total Revenue",)),
        ("the 'Save' button", ("Save",)),
        ("the label “Total Revenue”", ("Total Revenue",)),
        ('label "Total Revenue"', ("Total Revenue",)),
        ("the «Enregistrer» link", ("Enregistrer",)),
        ("`git push` in the text", ("git push",)),
        ("the button 'Don't save'", ("Don't save",)),
        ("Don't save", ("Don't save",)),
        ("label Total Revenue", ("Total Revenue", "label Total Revenue")),
        ("the column header Position", ("Position", "column header Position", "the column header Position")),
        ("heading: Overview", ("Overview", "heading: Overview")),
        ("button that says Sign in", ("Sign in", "button that says Sign in")),
        ("Save button", ("Save", "Save button")),
        ("Settings menu item", ("Settings", "Settings menu item")),
        ("The Times", ("Times", "The Times")),
        ("button", ("button",)),
        ("the", ("the",)),
        ("Text Editor", ("Text Editor",)),
        ("Date", ("Date",)),
        ("label date", ("date", "label date")),
        ("red car", ("red car",)),
        ("", ()),
    ],
)
def test_literal_texts(phrase: str, texts: tuple[str, ...]) -> None:
    assert spoken_text(phrase) == TextQuery(texts)


@pytest.mark.parametrize(
    ("phrase", "line", "found"),
    [
        ("page number", "3", "3"),
        ("the page number", "Page 3 of 12", "Page 3 of 12"),
        ("page number", "3 / 12", "3 / 12"),
        ("page number", "- 3 -", "- 3 -"),
        ("page number", "xiv", "xiv"),
        ("page number", "Chapter 2    Page 3 of 12", "Page 3 of 12"),
        ("page number", "3 apples", ""),
        ("page number", "Version 3", ""),
        ("date", "Due 2024-03-09, noon", "2024-03-09"),
        ("the date", "12 March 2023", "12 March 2023"),
        ("a date", "Jan 5, 2021", "Jan 5, 2021"),
        ("date", "version 3.2", ""),
        ("time", "starts at 10:30 am", "10:30 am"),
        ("email address", "write to jo.doe+x@example.org!", "jo.doe+x@example.org"),
        ("price", "Total: $1,250.00", "$1,250.00"),
        ("amount", "12,50 €", "12,50 €"),
        ("price", "1250 items", ""),
        ("percentage", "up +12.5 % today", "+12.5 %"),
        ("phone number", "Call +1 (555) 010-9999", "+1 (555) 010-9999"),
        ("url", "see https://example.org/a?b=c", "https://example.org/a?b=c"),
    ],
)
def test_patterns(phrase: str, line: str, found: str) -> None:
    query = spoken_text(phrase)
    assert query.pattern is not None and not query.texts
    assert query.at_page_edge == phrase.endswith("page number")
    score, (start, end) = similarity(query, line)
    assert line[start:end] == found
    assert score >= SURE if found else score == 0


@pytest.mark.parametrize(
    ("line", "found"),
    [("192 APPENDIX D. STATUS CODES", "192"), ("A short history of rope 17", "17"), ("see Section 3", "")],
)
def test_a_page_number_in_a_running_line_is_a_maybe(line: str, found: str) -> None:
    score, (start, end) = similarity(spoken_text("page number"), line)
    assert line[start:end] == found
    assert not found or MAYBE <= score < SURE


def test_words_with_a_beginning() -> None:
    query = spoken_text('text starting with "SQL_"')
    assert (query.prefix, query.shortest) == ("SQL_", 4)
    assert [span for _, span in matches(query, "SQL_OK, MySQL_NO, SQL_BUSY")] == [(0, 6), (18, 26)]
    assert matches(query, "sql_ok") == []


def test_any_text_takes_every_line() -> None:
    assert spoken_text(ANY_TEXT).anything
    assert similarity(spoken_text(ANY_TEXT), "what ever") == (1.0, (0, 9))
    assert matches(spoken_text(ANY_TEXT), "") == []


@pytest.mark.parametrize(
    ("text", "line", "low", "high"),
    [
        ("Orders", "Orders", 1, 1),
        ("Orders", "ORDERS", 0.95, 0.99),
        ("Orders", "Orders placed this week", 0.9, 0.95),
        ("Orders", "Order", MAYBE, SURE),
        ("Sale", "Wholesale", 0, 0.5),
        ("Sale", "Wholesale Sale", SURE, 0.95),
        ("Name", "Game", 0, 0.7),
        ("Total Revenue", "Total Revenue:", SURE, 1),
        ("Total Revenue", "TotalRevenue", SURE, 1),
        ("Total Revenue", "Tota1 Revenue", SURE, 1),
        ("Total Revenue", "Total Revenne", SURE, 1),
        ("Total Revenue", "Tot al Revenue", SURE, 1),
        ("Total Revenue", "Total Expenses", 0, MAYBE),
        ("modern", "modem", SURE, 1),
        ("İstanbul café", "Istanbul cafe", SURE, 1),
        ("final file", "ﬁnal ﬁle", SURE, 1),
        ("OK", "ok", SURE, 1),
        ("OK", "0K", 0, MAYBE),
        ("OK", "OX", 0, 0.3),
        ("ID", "VOID", 0, 0.3),
        ("$1,250", "$1,250", 1, 1),
        ("$1,250", "$1,290", 0, MAYBE - 0.01),
        ("1,250", "1,250.00", 0, MAYBE - 0.01),
        ("10045", "10046", 0, MAYBE - 0.01),
        ("10045", "1OO45", SURE, 1),
        ("10045", "100456", 0, MAYBE - 0.01),
        ("Order number 10045", "Order number 10046", 0, MAYBE - 0.01),
        ("Q1 report", "Q2 report", 0, MAYBE - 0.01),
        ("文件", "打开文件夹", SURE, 0.95),
        ("+", "+", 1, 1),
        ("...", "Save", 0, 0),
        ("x" * 200, "y" * 200, 0, 0),
    ],
)
def test_similarity(text: str, line: str, low: float, high: float) -> None:
    assert low <= similarity(TextQuery((text,)), line)[0] <= high


def test_the_words_of_the_phrase_beat_what_is_left_of_it() -> None:
    query = spoken_text("Job title")
    assert similarity(query, "Job title")[0] > similarity(query, "Job")[0] >= SURE


def test_span_is_the_part_of_the_line() -> None:
    line = "Name  Position  Office"
    _, (start, end) = similarity(spoken_text("position"), line)
    assert line[start:end] == "Position"


def test_several_matches_in_a_line_do_not_overlap() -> None:
    assert [span for _, span in matches(spoken_text("View"), "View View View")] == [(0, 4), (5, 9), (10, 14)]


WORDS = st.text(alphabet=st.sampled_from("aAlI1 0O5rnmé.,$-/:ﬁß文\u0301'\"\n"), max_size=30) | st.text(
    max_size=30
)


@given(phrase=WORDS, line=WORDS)
@settings(max_examples=300, deadline=None)
def test_any_input_gives_a_score_and_a_span(phrase: str, line: str) -> None:
    for query in (spoken_text(phrase), TextQuery((phrase,)), spoken_text("date"), spoken_text("page number")):
        for score, (start, end) in matches(query, line):
            assert 0 < score <= 1 and 0 <= start < end <= len(line)
        score, (start, end) = similarity(query, line)
        assert 0 <= score <= 1 and 0 <= start <= end <= len(line)


@given(line=st.text(alphabet=st.characters(categories=["L", "N", "Zs"]), max_size=40))
@settings(deadline=None)
def test_a_text_matches_itself(line: str) -> None:
    if line.strip():
        assert similarity(TextQuery((line.strip(),)), line)[0] >= 0.9
