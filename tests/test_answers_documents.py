"""Answers about a document as a whole, and from rows and columns that are named in words of their own."""

from __future__ import annotations

import pytest
from answer_pages import Page, ask

from seal.agents.answers import load
from seal.agents.answers.agent import Guide
from seal.agents.answers.documents import asked_of_all


def lines(*rows: tuple[str, float, float]) -> list[tuple[str, float, float, float, float]]:
    return [(t, x, y, 8.0 * len(t), 16.0) for t, x, y in rows]


RECEIPT = Page(
    lines(
        *[
            ("GREEN LEAF TRADING SDN BHD", 40, 30),
            ("NO 5, JALAN SAGU", 60, 55),
            ("25/12/2018 8:13 PM", 40, 90),
        ],
        *[("KF CLAY", 40, 130), ("9.00", 300, 130), ("SUB TOTAL", 40, 160), ("RM9.00", 300, 160)],
        *[("GST 6%", 40, 185), ("RM0.54", 300, 185), ("TOTAL", 40, 210), ("RM9.54", 300, 210)],
        *[("CASH", 40, 235), ("RM10.00", 300, 235), ("CHANGE", 40, 260), ("RM0.46", 300, 260)],
    )
)
RATINGS = Page(
    lines(
        *[("Parameter", 40, 60), ("Min", 300, 60), ("Max", 400, 60)],
        *[("Input voltage", 40, 90), ("1.0", 300, 90), ("7.0", 400, 90)],
        *[("Junction temperature", 40, 120), ("150", 400, 120)],
        *[("Storage temperature", 40, 150), ("-55", 300, 150), ("125", 400, 150)],
    )
)
ASKED = [
    (RECEIPT, "What is the total?", "RM9.54"),
    (RECEIPT, "How much did it cost in total?", "RM9.54"),
    (RECEIPT, "When was this bought?", "25/12/2018"),
    (RECEIPT, "Which shop is it from?", "GREEN LEAF TRADING SDN BHD"),
    (RATINGS, "What is the maximum input voltage?", "7.0"),
    (RATINGS, "What is the minimum storage temperature?", "-55"),
    (RATINGS, "What is the minimum junction temperature?", "empty"),
]


@pytest.fixture(scope="module")
def guide() -> Guide:
    agent = load()
    assert isinstance(agent, Guide)
    return agent


@pytest.mark.parametrize(("page", "question", "told"), ASKED, ids=[q for _, q, _ in ASKED])
def test_answers(guide: Guide, page: Page, question: str, told: str) -> None:
    assert ask(guide, page, question).text == told


OTHERS = [
    *(
        "What is the total of Widget?",
        "What is the due date?",
        "How many items in total?",
        "Is there a total?",
    ),
    *(
        "Which company is the customer?",
        "What was the total in 2022?",
        'What is the total of "Tax"?',
        "Who signed?",
    ),
]


@pytest.mark.parametrize("question", OTHERS)
def test_what_is_not_asked_of_the_whole_document(question: str) -> None:
    assert asked_of_all(question) == ""


def test_a_receipt_without_a_total_tells_none(guide: Guide) -> None:
    bare = Page([line for line in RECEIPT.lines if line[0] not in ("TOTAL", "RM9.54", "RM10.00", "RM0.46")])
    assert ask(guide, bare, "What is the total?").status == "cannot_tell"
