"""Answers about looks and places in everyday words: what can be pressed, what is picked, where to go on."""

from __future__ import annotations

import PIL.ImageDraw
import pytest
from answer_pages import At, Page, Row, ask, named, stands_at

from seal.agents.answers.agent import Guide
from seal.memory.geometry import Box


def _tab_in_front(draw: PIL.ImageDraw.ImageDraw) -> None:
    draw.rectangle((130, 40, 220, 66), fill="#1e60e0")


DIALOG = Page(
    [
        *[("Mail", 30, 46, 60, 14), ("Console", 140, 46, 66, 14), ("Files", 240, 46, 50, 14)],
        *[("Subtitles", 40, 120, 70, 14), ("Off", 500, 120, 26, 14)],
        *[("Sound", 40, 150, 50, 14), ("On", 500, 150, 20, 14)],
        *[("Picture", 40, 180, 55, 14), ("Bright", 300, 180, 50, 14), ("Off", 500, 180, 26, 14)],
        *[("Run now", 400, 500, 70, 14), ("Cancel", 520, 500, 60, 14), ("Apply", 640, 500, 50, 14)],
        *[("Refresh", 700, 120, 60, 14), ("Save", 700, 220, 40, 14), ("Save as", 700, 260, 60, 14)],
        *[("+41 44 668 18 00", 600, 400, 130, 14), ("a@example.org", 40, 400, 110, 14)],
        *[("b@example.org", 40, 430, 110, 14), ("Export report", 40, 460, 110, 14)],
    ],
    draw=_tab_in_front,
    inks={"Apply": "#d4d4d4", "Console": "#ffffff"},
)
REPORT = Page(
    [
        *[("Who we are", 40, 40, 190, 30), ("We make clocks of wood for walls and desks.", 40, 90, 400, 14)],
        *[("They are sold in four countries by now.", 40, 110, 380, 14)],
        *[("What we plan", 40, 170, 200, 30), ("A new house is built in the coming year.", 40, 220, 390, 14)],
        *[("It will have room for thirty people.", 40, 240, 340, 14)],
    ],
    inks={"Who we are": "#7a2aa0", "What we plan": "#7a2aa0"},
)
MOTLEY = Page(REPORT.lines, inks={"Who we are": "#7a2aa0", "What we plan": "#1a8a2a"})


def _boxes(draw: PIL.ImageDraw.ImageDraw) -> None:
    for x, y, on in ((40, 60, False), (40, 90, True), (40, 120, False), (40, 180, True), (40, 210, True)):
        draw.rectangle((x, y, x + 14, y + 14), outline="#333333", fill="#1e60e0" if on else "#ffffff")


FORM = Page(
    [
        *[("Small", 64, 60, 40, 14), ("Medium", 64, 90, 50, 14), ("Large", 64, 120, 40, 14)],
        *[("Gift wrap", 64, 180, 60, 14), ("Delete", 300, 400, 50, 14), ("Print", 400, 400, 40, 14)],
        *[("Share", 500, 400, 40, 14), ("Sea blue", 300, 60, 60, 14)],
    ],
    seen=[
        *[("radio", 40, 60, 14, 14), ("radio", 40, 90, 14, 14), ("radio", 40, 120, 14, 14)],
        *[("selected radio", 40, 90, 14, 14), ("checkbox", 40, 180, 14, 14), ("checkbox", 40, 210, 14, 14)],
        *[("checked checkbox", 40, 180, 14, 14), ("checked checkbox", 40, 210, 14, 14)],
    ],
    draw=_boxes,
    inks={"Share": "#cccccc"},
)
LOOKS = {"dialog": DIALOG, "report": REPORT, "motley": MOTLEY, "form": FORM}
TOLD: list[Row] = [
    ("dialog", "Are Subtitles on?", "", "no", "Off"),
    ("dialog", "are the subtitels on?", "", "no", "Off"),
    ("dialog", "Is Sound on?", "on; off", "on", "On"),
    ("dialog", "Is Sound off?", "", "no", "On"),
    ("dialog", "Can I press Apply at the moment?", "", "no", "Apply"),
    ("dialog", "Can I click Cancel?", "", "yes", "Cancel"),
    ("dialog", "Is Apply greyed out?", "", "yes", "Apply"),
    ("dialog", "Is Cancel clickable?", "", "yes", "Cancel"),
    ("dialog", "Which tab is in front?", "Mail; Console; Files", "Console", "Console"),
    ("dialog", "Which tab is picked?", "Mail; Console; Files", "Console", "Console"),
    (
        "dialog",
        "where's the phone number",
        "",
        "bottom right: x 600, y 400, width 130, height 14",
        "+41 44 668 18 00",
    ),
    ("dialog", "where can I reload the list", "", "top right: x 700, y 120, width 60, height 14", "Refresh"),
    ("dialog", "Where do I begin?", "", "bottom: x 400, y 500, width 70, height 14", "Run now"),
    ("report", "What colour are the headings?", "red; purple; green", "purple", "Who we are"),
    ("report", "colour of the headings", "", "purple", "Who we are"),
    ("form", "Is Medium on?", "on; off; greyed out; half on", "on", Box(40, 90, 14, 14)),
    ("form", "Which size setting is selected?", "Small; Medium; Large", "Medium", Box(40, 90, 14, 14)),
    ("form", "Which parcel is selected?", "Small; Medium; Large", "Medium", Box(40, 90, 14, 14)),
    ("form", "Which button is greyed out?", "Delete; Print; Share", "Share", "Share"),
]
UNSURE: list[tuple[str, str, str, str]] = [
    ("dialog", "Is Picture on?", "", "another value stands between the name and the word for off"),
    ("dialog", "Can I click the word now?", "", "it stands in the text of something else"),
    ("dialog", "where is the e-mail address", "", "there are two"),
    ("dialog", "Where on the course do they refresh it?", "", "no page has a course"),
    ("dialog", "Where do I save it?", "", "two buttons begin with the verb"),
    ("dialog", "where can I launch the rocket", "", "the button that runs says nothing of it"),
    ("form", "Which boxes are ticked?", "", "what the second one is called was not read"),
    (
        "form",
        "Which colour of paper is selected?",
        "White; Gift wrap; Sea blue",
        "one of them is another's box",
    ),
    ("form", "What colour is Sea blue?", "black; blue; green", "its name is written as text is"),
    ("motley", "What colour are the headings?", "purple; green", "they differ"),
]


@pytest.fixture(scope="module")
def guide() -> Guide:
    return Guide()


@pytest.mark.parametrize(("page", "question", "options", "told", "at"), TOLD, ids=named(TOLD))
def test_what_is_told(guide: Guide, page: str, question: str, options: str, told: str, at: At) -> None:
    answer = ask(guide, LOOKS[page], question, options)
    assert answer.text == told, answer.reason
    assert stands_at(answer, LOOKS[page], at)


@pytest.mark.parametrize(("page", "question", "options", "why"), UNSURE, ids=named(UNSURE))
def test_what_is_not_sure_is_not_told(guide: Guide, page: str, question: str, options: str, why: str) -> None:
    answer = ask(guide, LOOKS[page], question, options)
    assert answer.status == "cannot_tell", (answer.text, why)
