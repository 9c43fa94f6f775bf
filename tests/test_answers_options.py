"""What options tell: ranked by the values beside them, hit by an unsure find, or the only one that stands on a page;
and words that a question must not lose.

A row: the page, the question, its options joined by "; ", and the answer (None: it cannot tell).
"""

from __future__ import annotations

import pytest
from answer_pages import Page, remembered

from seal.agents.answers import load
from seal.agents.answers.agent import Guide
from seal.agents.answers.choose import only_one
from seal.agents.answers.resolve import direction_of
from seal.agents.answers.scene import Scene
from seal.memory.typed import typed

ROOMS = Page(
    [
        ("Bedroom", 40, 60, 70, 16),
        ("17.2 °C", 40, 86, 60, 16),
        ("Office", 300, 60, 60, 16),
        ("19.4 °C", 300, 86, 60, 16),
        ("Cellar", 560, 60, 60, 16),
        ("Offline", 560, 86, 60, 16),
    ]
)
BASKET = Page(
    [
        ("Your order", 40, 30, 100, 20),
        ("The Salt Path", 40, 70, 120, 16),
        ("£9.99", 400, 70, 50, 16),
        ("Wilding (2 copies)", 40, 100, 150, 16),
        ("£21.00", 400, 100, 60, 16),
        ("Paid in cash", 40, 160, 100, 16),
        ("Thank you", 40, 190, 90, 16),
    ]
)
BOATS = Page(
    [
        (text, x, y, 8.0 * len(text) + 4, 14)
        for y, row in zip(
            (60, 100, 130, 160),
            (
                ("Boat", "Class", "Built"),
                ("Heron", "Single", "2018"),
                ("Otter", "Double", "2011"),
                ("Old Bess", "Eight", "1994"),
            ),
            strict=True,
        )
        for text, x in zip(row, (40, 200, 360), strict=True)
    ]
)
NOTE = Page(
    [
        ("Date", 40, 60, 40, 14),
        ("March 4, 2022", 140, 60, 110, 14),
        ("Discount:", 40, 100, 70, 14),
        ("0.00", 140, 100, 40, 14),
        ("Resistance:", 40, 140, 80, 14),
        ("33 Ω ± 5%", 140, 140, 80, 14),
        ("Account no.: 296664039561", 40, 180, 200, 14),
    ]
)
PAGES = {"rooms": ROOMS, "basket": BASKET, "boats": BOATS, "note": NOTE}


@pytest.fixture(scope="module")
def guide() -> Guide:
    agent = load()
    assert isinstance(agent, Guide)
    return agent


@pytest.mark.parametrize(
    ("page", "question", "options", "right"),
    [
        ("rooms", "Which room is the coldest?", "Office; Bedroom", "Bedroom"),
        ("rooms", "Which room is the coldest?", "Office; Bedroom; Cellar", None),  # one has no temperature
        (
            "basket",
            "Which book is the most expensive?",
            "The Salt Path; Wilding (2 copies)",
            "Wilding (2 copies)",
        ),
        ("basket", "How did they pay?", "cash; credit card; gift voucher", "cash"),
        ("basket", "How did they pay?", "cheque; credit card; gift voucher", None),
        ("boats", "Which boat is the oldest?", "", "Old Bess"),
        ("boats", "Which boat is the newest?", "Heron; Otter; Old Bess", "Heron"),
        ("boats", "names of all the boats?", "", "Heron, Otter, Old Bess"),
        ("boats", "How many boats are there?", "", "3"),
        ("note", "Was any discount given?", "", "no"),
        ("note", "purchase order number?", "", None),
    ],
)
def test_options_and_names(guide: Guide, page: str, question: str, options: str, right: str | None) -> None:
    told = guide.tell(remembered(PAGES[page], question, options.split("; ") if options else None))
    assert (told.text if told.status == "answered" else None) == right, told.reason


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["cash", "credit card", "gift voucher"], ["cash"]),
        (["cash", "Thank you", "gift voucher"], []),  # two of them stand there
        (["cash", "gift voucher"], []),  # of two one is right by chance
        (["cash", "credit card", "it is not given"], []),
        (["£9.99", "£10.00", "£11.00"], []),  # a figure may stand there for anything
    ],
)
def test_the_only_option_that_stands_on_the_page(options: list[str], found: list[str]) -> None:
    scene = Scene(remembered(BASKET, "How did they pay?", options))
    assert [c.text for c in only_one(scene, options).candidates] == found


@pytest.mark.parametrize(
    ("words", "direction"),
    [
        ("right after", "right"),
        ("right below", "below"),
        ("to the right of", "right"),
        ("right above", "above"),
    ],
)
def test_right_before_another_word_is_no_side(words: str, direction: str) -> None:
    assert direction_of(words) == direction


@pytest.mark.parametrize(
    ("text", "number"),
    [("37.499.96", 37499.96), ("1.234.567,89", 1234567.89), ("11,188.87", 11188.87), ("192.168.1.10", None)],
)
def test_figures_with_thousands_in_either_spelling(text: str, number: float | None) -> None:
    assert typed(text).number == number


def test_a_value_keeps_its_tolerance(guide: Guide) -> None:
    told = guide.tell(remembered(NOTE, "What is the resistance?"))
    assert told.text in ("33 Ω ± 5%", "")
