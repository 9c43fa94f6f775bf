"""States of boxes: told by their marks and in the question's words, listed where they are off; colours of charts."""

from __future__ import annotations

import PIL.ImageDraw
import pytest
from answer_pages import SETTINGS, TABLE, TABS, Page, ask

from seal.agents.answers.agent import Guide
from seal.agents.answers.either import Either, either


def _box(draw: PIL.ImageDraw.ImageDraw, x: int, y: int, on: bool) -> None:
    draw.rectangle((x, y, x + 18, y + 18), outline="#000000", width=2)
    if on:
        draw.line((x + 4, y + 4, x + 14, y + 14), fill="#000000", width=3)
        draw.line((x + 4, y + 14, x + 14, y + 4), fill="#000000", width=3)


def _form(draw: PIL.ImageDraw.ImageDraw) -> None:
    for x, y, on in (
        *((40, 100, True), (240, 100, False), (440, 100, False)),
        *((40, 200, False), (240, 200, True), (440, 200, False)),
    ):
        _box(draw, x, y, on)


FORM = Page(
    [
        *[("Kind of parcel", 40, 70, 120, 16), ("Present", 68, 101, 60, 16), ("V", 43, 102, 14, 14)],
        *[("Goods", 268, 101, 50, 16), ("Letters", 468, 101, 55, 16), ("If nobody is in", 40, 170, 120, 16)],
        *[("Leave outside", 68, 201, 105, 16), ("Bring it back later", 268, 201, 145, 16)],
        *[
            ("Hand to a neighbour", 468, 201, 150, 16),
            ("Name", 40, 300, 40, 16),
            ("Ole Vik", 140, 300, 60, 16),
        ],
    ],
    draw=_form,
)
PROSE = Page(
    [("Please tick one of the boxes below.", 40, 100, 270, 16), ("A present is free.", 40, 130, 140, 16)]
)
CHART = Page([("Sales", 40, 40, 60, 20), ("May", 100, 300, 30, 14), ("June", 200, 300, 36, 14)])
PAGES = {"form": FORM, "settings": SETTINGS, "prose": PROSE, "chart": CHART, "tabs": TABS, "table": TABLE}
TOLD: list[tuple[str, str, str, str]] = [
    ("form", "Is the box Goods crossed or empty?", "", "empty"),
    ("form", 'is the "Present" box ticked or left blank', "", "ticked"),
    ("form", "Is the box Goods un-ticked?", "", "yes"),
    ("form", "Is it marked as a present?", "yes, ticked; no, left empty", "yes, ticked"),
    ("form", "Is it declared as goods?", "yes, ticked; no, left empty", "no, left empty"),
    ("form", "what's ticked: leave, bring or hand?", "Leave outside; Bring it back", "Bring it back"),
    ("form", "Which is ticked: leave, bring or hand?", "", "Bring it back later"),
    ("form", "What is ticked under Kind of parcel, goods or present?", "", "Present"),
    ("form", "Which of the two is not ticked?", "Present; Goods", "Goods"),
    ("form", "If the parcel can't be left, what is ticked?", "Leave outside; Bring it back", "Bring it back"),
    ("form", "Which boxes are crossed?", "", "Present, Bring it back later"),
    (
        "form",
        "Which boxes are not crossed?",
        "",
        "Goods, Letters, Leave outside, Hand to a neighbour",
    ),
    ("settings", "Which boxes are not ticked?", "", "Send reports"),
    ("settings", "which box is un-ticked", "", "Send reports"),
    ("settings", "What settings are switched off?", "", "Bluetooth, Send reports"),
    ("settings", "Is the Wi-Fi switch on or off?", "", "on"),
    ("settings", "Is Bluetooth switched on or switched off?", "", "switched off"),
    ("settings", "is the Send reports box checked or unchecked", "", "unchecked"),
    ("settings", "Is Sync enabled or disabled?", "", "disabled"),
    ("settings", "Will it remember me? (Remember me setting)", "no, not ticked; yes, ticked", "yes, ticked"),
]
REFUSED: list[tuple[str, str, str, str]] = [
    ("prose", "Is it marked as a present?", "yes, ticked; no, left empty", "there is no box"),
    ("prose", "Is the present ticked or empty?", "", "there is no box"),
    ("form", "Which is ticked: leave, wait or hand?", "", "no box is called so"),
    ("settings", "Which of the switches under Privacy are off?", "", "only some are asked about"),
    ("settings", "Is Location on or off?", "", "what was not found is not off"),
    ("tabs", "Is the Reports tab active or inactive?", "", "only how its label is drawn was seen"),
    ("table", "Is Gadget enabled or disabled?", "", "only how its label is drawn was seen"),
    ("chart", "What colour is the May bar?", "", "bars are not seen"),
    ("chart", "Is the bar of June black?", "", "bars are not seen"),
    ("chart", "Which bar is black?", "May; June", "bars are not seen"),
]


@pytest.fixture(scope="module")
def guide() -> Guide:
    return Guide()


@pytest.mark.parametrize(("page", "question", "options", "told"), TOLD)
def test_states_are_told(guide: Guide, page: str, question: str, options: str, told: str) -> None:
    answer = ask(guide, PAGES[page], question, options)
    assert answer.text == told, answer.reason


@pytest.mark.parametrize(("page", "question", "options", "why"), REFUSED)
def test_what_was_not_seen_is_not_told(
    guide: Guide, page: str, question: str, options: str, why: str
) -> None:
    answer = ask(guide, PAGES[page], question, options)
    assert answer.status == "cannot_tell", (answer.text, why)


def test_opposite_states_are_asked_as_the_one_that_is_on() -> None:
    assert either("is it greyed out or clickable?", ()) == Either(
        "is it clickable?", "clickable", "greyed out"
    )
    assert either("Can it be pressed or is it disabled?", ()) == Either(
        "Can it be pressed?", "can be pressed", "disabled"
    )
    assert either("is it ticked or empty", ("left empty", "ticked")) == Either(
        "is it ticked", "ticked", "left empty"
    )
    assert either("Is it ticked or crossed?", ()) is None
    assert either("Which is on, tea or coffee?", ()) is None


def _drawn_boxes(draw: PIL.ImageDraw.ImageDraw) -> None:
    for y in (43, 83, 123):
        draw.rectangle((30, y, 47, y + 17), fill="#1864ab" if y == 123 else "#ffffff", outline="#495057")
    draw.line((34, 132, 38, 136, 44, 127), fill="#ffffff", width=2)


ORDERS = Page(
    [
        *[("Order", 80, 44, 45, 14), ("Customer", 240, 44, 70, 14), ("Total", 500, 44, 40, 14)],
        *[
            ("PW-20871", 80, 84, 70, 14),
            ("Hartley Garden Centre", 240, 84, 160, 14),
            ("£415.00", 500, 84, 60, 14),
        ],
        *[
            ("PW-20879", 80, 124, 70, 14),
            ("The Potting Shed", 240, 124, 125, 14),
            ("£688.20", 500, 124, 60, 14),
        ],
    ],
    seen=[
        *[("checkbox", 30, y, 17, 17) for y in (43, 83, 123)],
        ("checked checkbox", 30, 123, 17, 17),
    ],
    draw=_drawn_boxes,
)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Is the order for The Potting Shed ticked?", "yes"),
        ("Is the order for Hartley Garden Centre ticked?", "no"),
    ],
)
def test_the_box_of_a_record_is_meant_not_that_of_its_header(guide: Guide, question: str, told: str) -> None:
    answer = ask(guide, ORDERS, question, "")
    assert answer.text == told, answer.reason
