"""Reasons, sentences that say it outright, items below a label, and records that are named by any of their cells."""

from __future__ import annotations

import pytest
from answer_pages import Page, ask

from seal.agents.answers.agent import Guide
from seal.agents.answers.sentences import asks_reason, asks_two

H = 16.0
GUIDE = Guide()


def page(*cells: tuple[str, float, float]) -> Page:
    """Lines of text at x, y."""
    return Page([(text, x, y, 0.5 * H * len(text), H) for text, x, y in cells])


PAPER = page(
    *[("KEYWORDS", 60, 100), ("Image retrieval, Visual search, Working", 60, 122)],
    *[("memory", 60, 142)],
    *[("Bramble is a plugin for the Thicket simulator of the", 60, 200)],
    *[("forest service. It was not written in Rust.", 60, 220)],
)
NODES = page(
    *[("Node", 60, 40), ("City", 220, 40), ("Status", 400, 40), ("CPU", 560, 40), ("p95 delay", 700, 40)],
    *[("On call", 860, 40)],
    *[("FRA-2", 60, 70), ("Frankfurt", 220, 70), ("Running", 400, 70), ("41%", 560, 70), ("212 ms", 700, 70)],
    *[("Ayla K.", 860, 70)],
    *[("LIS-3", 60, 100), ("Lisbon", 220, 100), ("Degraded", 400, 100), ("93.%", 560, 100)],
    *[("941 ms", 700, 100), ("Duarte P.", 860, 100)],
    *[
        ("WAW-1", 60, 130),
        ("Warsaw", 220, 130),
        ("Running", 400, 130),
        ("22%", 560, 130),
        ("154 ms", 700, 130),
    ],
    *[("Ola Z.", 860, 130)],
    *[("CPH-2", 60, 160), ("Copenhagen", 220, 160), ("Degraded", 400, 160), ("87%", 560, 160)],
    *[("612 ms", 700, 160), ("Signe H.", 860, 160)],
)


@pytest.mark.parametrize(
    ("question", "is_reason"),
    [
        ("Why was the parcel returned?", True),
        ("so why cant they use the hall", True),
        ("What should I do if it leaks?", True),
        ("what happens to the deposit", True),
        ("How do I reset it?", True),
        ("What is the reason for the refund?", True),
        ("What is the price?", False),
        ("How many rows are there?", False),
        ("Who knows why?", False),
    ],
)
def test_reasons(question: str, is_reason: bool) -> None:
    assert asks_reason(question) == is_reason


def test_a_question_for_a_reason_is_read_as_one() -> None:
    query = GUIDE.query("Why may I not touch the plants?")
    assert query.kind == "value" and query.answers == "text"


def test_two_questions_at_once_are_refused() -> None:
    assert asks_two("How do I send it and by when?") and asks_two("who signed and where")
    assert not asks_two("What is in the box and the bag?") and not asks_two("When and only when")
    told = ask(GUIDE, NODES, "Who is on call for Warsaw and what is its CPU?")
    assert told.status == "cannot_tell" and "two things" in told.reason


def test_items_below_a_label() -> None:
    told = ask(GUIDE, PAPER, "What are the keywords?")
    assert told.text == "Image retrieval, Visual search, Working memory"


def test_one_sentence_says_it() -> None:
    assert ask(GUIDE, PAPER, "Is Bramble a plugin for the Thicket simulator?", ["yes", "no"]).text == "yes"
    # not in this order, and against what is said
    assert ask(GUIDE, PAPER, "Is Thicket a plugin for the Bramble simulator?", ["yes", "no"]).text != "yes"
    assert ask(GUIDE, PAPER, "Was it written in Rust for Thicket?", ["yes", "no"]).text != "yes"


@pytest.mark.parametrize(
    ("question", "options", "right"),
    [
        ("who is on call for Warsaw", [], "Ola Z."),
        ("CPU load of Copenhagen node", [], "87%"),
        ("Give me all nodes with status Degraded", [], "LIS-3, CPH-2"),
        ("slowest p95 delay, which city?", ["Lisbon", "Warsaw", "Copenhagen"], "Lisbon"),
        ("Which node is in Frankfurt?", [], "FRA-2"),
        ("is the cpu load higher in Lisbon or in Warsaw", [], "Lisbon"),
    ],
)
def test_a_record_is_named_by_any_of_its_cells(question: str, options: list[str], right: str) -> None:
    told = ask(GUIDE, NODES, question, options)
    assert (told.status, told.text) == ("answered", right)


def test_a_switch_is_meant_by_some_words_of_its_label() -> None:
    lines = [("Wake the machine from sleep", 60, 100, 216, H), ("Wake it at night", 60, 140, 128, H)]
    switches = [("switch", 420, 98, 40, 20), ("switch that is on", 420, 138, 40, 20)]
    form = Page(lines, [*switches, ("switch", 420, 138, 40, 20)])
    assert ask(GUIDE, form, "is 'wake from sleep' on or off", ["on", "off"]).text == "off"
    assert ask(GUIDE, form, "is 'wake from coma' on or off", ["on", "off"]).status == "cannot_tell"


def test_which_of_two_comes_first_is_told_by_where_they_stand() -> None:
    codes = page(
        *[("bad_simple", 60, 100), ("220", 300, 100), ("no_simple", 60, 130), ("221", 300, 130)],
        *[("bad_item", 60, 160), ("225", 300, 160)],
    )
    asked = "What comes {} going down the list, no_simple or bad_simple?"
    assert ask(GUIDE, codes, asked.format("first"), ["no_simple", "bad_simple"]).text == "bad_simple"
    assert ask(GUIDE, codes, asked.format("last"), ["no_simple", "bad_simple"]).text == "no_simple"
