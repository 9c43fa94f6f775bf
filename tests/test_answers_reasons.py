"""Reasons, and what is to be done: the part of a sentence that says so."""

from __future__ import annotations

import pytest

from seal.agents.answers.sentences import to_the_point

TOLD = [
    (
        "why cant they start",
        "Work can't begin in May because the ground is wet.",
        "because the ground is wet",
    ),
    ("Why is it paused?", "Started on 2 June. Paused due to lack of staff.", "due to lack of staff"),
    ("why not the timer?", "Never use the timer: the dough goes sour.", "the dough goes sour"),
    (
        "why do they pay a part",
        "The pipe is yours, but, as it carries our water, we pay.",
        "it carries our water, we pay",
    ),
    ("why is my code refused", "This code only works on weekdays.", "This code only works on weekdays."),
    ("Why was it late?", "Note: strike.", "Note: strike."),
    (
        "What should I do if it is lost?",
        "If you lose it, please ring the desk at once.",
        "ring the desk at once",
    ),
    ("what happens when nobody objects", "When nobody objects, the plan stands.", "the plan stands"),
    ("What must I bring?", "If it rains, bring boots.", "If it rains, bring boots."),
]


@pytest.mark.parametrize(("question", "sentence", "told"), TOLD)
def test_the_part_that_says_so_is_told(question: str, sentence: str, told: str) -> None:
    assert to_the_point(question, sentence) == told
