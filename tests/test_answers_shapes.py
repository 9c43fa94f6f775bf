"""Colours of shapes that hold no words: dots, circles, frames, bands, columns and bars, told by the words at them."""

from __future__ import annotations

import PIL.ImageDraw
import pytest
from answer_pages import At, Page, Row, ask, named, stands_at

from seal.agents.answers.agent import Guide
from seal.memory.geometry import Box


def _shapes(draw: PIL.ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, 800, 14), fill="#5b2d90")
    for y, colour in ((52, "#2e9e4f"), (82, "#d62828"), (112, "#f2b01e")):  # a legend
        draw.ellipse((40, y, 50, y + 10), fill=colour)
    draw.ellipse((296, 40, 334, 78), fill="#1f6fd0")  # around initials
    for x, height, colour in ((60, 70, "#1f6fd0"), (120, 120, "#f07c1b"), (180, 40, "#1f6fd0")):  # a chart
        draw.rectangle((x, 330 - height, x + 30, 330), fill=colour)
    draw.rectangle((480, 60, 700, 84), outline="#c8102e", width=2)  # a field with a fault in it
    draw.rectangle((480, 130, 700, 154), outline="#8a8a8a", width=1)
    draw.rectangle((400, 420, 800, 440), fill="#0f7b3f")
    for x, colour in ((480, "#cfe6fb"), (580, "#ffe27a")):  # columns under their headers
        draw.rectangle((x, 240, x + 90, 262), fill="#39424e")
        draw.rectangle((x, 263, x + 90, 360), fill=colour)


PAGE = Page(
    [
        *[("Chess club", 58, 50, 80, 14), ("Rowing", 58, 80, 50, 14), ("Debating", 58, 110, 60, 14)],
        *[("AK", 306, 52, 18, 14), ("Anna Kos", 345, 52, 60, 14)],
        *[("Mon", 62, 336, 26, 14), ("Tue", 122, 336, 26, 14), ("Wed", 182, 336, 26, 14)],
        *[("Postcode", 480, 42, 60, 14), ("Town", 480, 112, 40, 14)],
        *[("Line 14", 420, 423, 60, 14)],
        *[("Early", 490, 245, 40, 14), ("Late", 590, 245, 40, 14), ("06:10", 490, 275, 40, 14)],
        *[("21:40", 590, 275, 40, 14)],
    ],
    draw=_shapes,
    inks={"AK": "#ffffff", "Line 14": "#ffffff", "Early": "#ffffff", "Late": "#ffffff"},
)
TOLD: list[Row] = [
    ("page", "What colour is the dot next to Rowing?", "", "red", "Rowing"),
    ("page", "Which colour is the dot in front of Chess club?", "red; green; blue", "green", "Chess club"),
    ("page", "What colour stands for debating in the chart?", "red; green; yellow", "yellow", "Debating"),
    ("page", "What colour is the circle with the initials AK?", "blue; red; green", "blue", "AK"),
    ("page", "What colour is Tuesday's bar in the chart?", "blue; orange; red", "orange", "Tue"),
    ("page", "What colour is the frame around the Postcode field?", "grey; red; blue", "red", "Postcode"),
    ("page", "What colour is the band that says Line 14?", "green; red; blue", "green", "Line 14"),
    (
        "page",
        "What colour is the band at the very top of the page?",
        "purple; red; blue",
        "purple",
        Box(0, 0, 800, 600),
    ),
    ("page", "What colour is the column Late?", "blue; yellow; grey", "yellow", "Late"),
]
UNSURE: list[tuple[str, str, str, str]] = [
    ("page", "What colour is the dot next to Town?", "", "there is none"),
    ("page", "What colour is the frame around Town?", "red; green; blue", "it is grey"),
    ("page", "What colour is the band at the bottom of the page?", "", "there is none"),
    ("page", "What colour is the bar for Friday in the chart?", "", "there is none"),
]


@pytest.fixture(scope="module")
def guide() -> Guide:
    return Guide()


@pytest.mark.parametrize(("page", "question", "options", "told", "at"), TOLD, ids=named(TOLD))
def test_what_is_told(guide: Guide, page: str, question: str, options: str, told: str, at: At) -> None:
    answer = ask(guide, PAGE, question, options)
    assert answer.text == told, answer.reason
    assert stands_at(answer, PAGE, at)


@pytest.mark.parametrize(("page", "question", "options", "why"), UNSURE, ids=named(UNSURE))
def test_what_is_not_seen_is_not_told(guide: Guide, page: str, question: str, options: str, why: str) -> None:
    answer = ask(guide, PAGE, question, options)
    assert answer.status == "cannot_tell", (answer.text, why)
