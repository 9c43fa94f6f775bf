"""The reader with the rules behind it: who is asked, and whose word counts."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from answer_pages import PAGES, remembered

from seal.agents.answers import load
from seal.agents.answers.led import SURE, Led
from seal.agents.contracts import Answer, Need, Target
from seal.agents.looker import Answerer
from seal.memory.errors import OutOfTime, SettingError
from seal.memory.geometry import Box
from seal.memory.image import Patch
from seal.memory.working import TextLine, VisualWorkingMemory

NOT_KNOWN = "Which of them was Ada's favourite?"


class Second(Answerer):
    """Says what it is told to, and counts how often it is asked."""

    name, input_side = "second", 512

    def __init__(self, told: Answer | OutOfTime) -> None:
        self.told, self.asked = told, 0

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        return Need()

    def tell(self, memory: VisualWorkingMemory) -> Answer:
        self.asked += 1
        if isinstance(self.told, OutOfTime):
            raise self.told
        return self.told


@pytest.mark.parametrize(
    ("question", "options", "told", "asked", "text"),
    [
        ('What is the value next to "Due date"?', None, Answer("nonsense"), 0, "2 June 2024"),
        (
            'What is the value next to "Due date"?',
            ["2 June 2024", "3 May 2024"],
            Answer("x"),
            0,
            "2 June 2024",
        ),
        (NOT_KNOWN, None, Answer("Total"), 0, ""),
        (NOT_KNOWN, ["Tulips", "Roses"], Answer("Roses", confidence=SURE), 1, "Roses"),
        (NOT_KNOWN, ["Tulips", "Roses"], Answer("Roses", confidence=SURE - 0.01), 1, ""),
        (NOT_KNOWN, ["Tulips", "Roses"], Answer("", "cannot_tell", 0.0), 1, ""),
        (NOT_KNOWN, ["Tulips", "Roses"], OutOfTime("seconds"), 1, ""),
    ],
)
def test_the_second_is_asked_only_for_a_choice_that_the_first_cannot_make(
    question: str, options: list[str] | None, told: Answer | OutOfTime, asked: int, text: str
) -> None:
    second = Second(told)
    answer = Led(lambda: second).tell(remembered(PAGES["invoice"], question, options))
    assert (answer.text if answer.status == "answered" else "", second.asked) == (text, asked)


def test_what_the_second_would_have_to_see_is_named() -> None:
    second = Second(Answer("", "cannot_tell", 0.0, more=(Target("bell icon"),)))
    answer = Led(lambda: second).tell(remembered(PAGES["invoice"], NOT_KNOWN, ["Tulips", "Roses"]))
    assert "bell icon" in [t.phrase for t in answer.more]


def test_by_name() -> None:
    assert load().name == "reader" and load("rules").name == "reader:rules"
    with pytest.raises(SettingError, match="\"reader:rules\" with the rules behind it; got 'other'"):
        load("other")


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
