"""Answers that the form of a question excludes."""

from __future__ import annotations

import pytest

from seal.agents.answers.sane import unfit
from seal.agents.contracts import Answer
from seal.agents.reader.query import Query

UNFIT = [
    ("Is the haemoglobin within the reference range?", "value", "left and below"),
    ("Were more posts or more bags sent?", "value", "12"),
    ("What kinds of loss are ticked?", "list", "Yes"),
    ("Which period is selected: day, week, month or year?", "compare", "they are equal"),
    ("What time do I have to be there?", "value", "3 March 2025"),
    ("By what time do I have to be past km 12?", "value", "3 h 30 min"),
    ("On which days is there a team stand-up?", "which", "Team stand-up"),
    ("Which lines still have goods to follow?", "which", "Line"),
    ("What is the name of the customer?", "value", "Mon–Fri 8:00–19:00"),
    ("What is the phone number of the school?", "value", "2.07"),
    ("What is the phone number of Fern Cottage?", "count", "1"),
    ("How many hours of listening are left?", "count", "72%"),
]
FIT = [
    ("Is it open?", "state", "no"),
    ("Is the lamp on or off?", "state", "off"),
    ("Were more posts or more bags sent?", "compare", "more bags"),
    ("Which is cheaper, tea or coffee?", "compare", "tea"),
    ("Do both cost the same or is one cheaper?", "compare", "they are equal"),
    ("What time do I have to be there?", "value", "7.15am"),
    ("What time does it end?", "value", "3 March 2025, 10:00"),
    ("Which room is room 4 beside?", "which", "room 4"),
    ("What is the lowest price?", "value", "4.50"),
    ("What is the name of the customer?", "value", "Tobias Renshaw"),
    ("What is the phone number of the school?", "value", "01632 960 233"),
    ("Which phone number do I ring in an emergency?", "value", "999"),
    ("How many hours of listening are left?", "count", "5 h"),
    ("Is the phone number of the school shown?", "presence", "yes"),
    ("Whose phone number is 01632 960 758?", "value", "Nadia Kowalczyk"),
    ("What colour is the phone number?", "colour", "blue"),
]


@pytest.mark.parametrize(("question", "kind", "text"), UNFIT)
def test_what_cannot_answer_is_not_told(question: str, kind: str, text: str) -> None:
    assert unfit(Query(question, kind), Answer(text, confidence=0.9))


@pytest.mark.parametrize(("question", "kind", "text"), FIT)
def test_what_may_answer_is_told(question: str, kind: str, text: str) -> None:
    assert unfit(Query(question, kind), Answer(text, confidence=0.9)) == ""
