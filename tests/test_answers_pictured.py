"""Answers that icons and widgets tell by one another, and links to the pages of a list."""

from __future__ import annotations

import PIL.ImageDraw
import pytest
from answer_pages import At, Page, Row, ask, named, stands_at

from seal.agents.answers.agent import Guide
from seal.memory.geometry import Box


def _drawn(draw: PIL.ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, 799, 60), fill="#6777ef")
    draw.ellipse((702, 22, 718, 38), outline="#ffffff", width=2)  # the bell: thin white lines on blue
    draw.rectangle((40, 240, 56, 256), outline="#808080")
    draw.rectangle((40, 280, 56, 296), fill="#1e60e0")
    draw.line([(43, 288), (47, 293), (53, 283)], fill="#ffffff", width=2)


SCREEN = Page(
    [
        *[("Home", 70, 103, 40, 14), ("Trips", 70, 143, 40, 14)],
        *[("Remember me", 70, 241, 100, 14), ("Letters", 70, 281, 55, 14)],
        *[("Delete", 335, 108, 50, 14), ("Edit", 340, 158, 34, 14), ("42", 730, 405, 18, 14)],
        *[("March 2020", 330, 341, 90, 14)],
    ],
    seen=[
        *[
            ("bell icon", 700, 20, 20, 20),
            ("bicycle icon", 40, 140, 20, 20),
            ("calendar icon", 302, 338, 18, 18),
        ],
        *[
            ("trash icon", 308, 106, 18, 18),
            ("newspaper icon", 700, 400, 22, 22),
            ("phone icon", 20, 500, 20, 20),
        ],
        *[("menu item", 30, 96, 160, 28), ("menu item", 30, 136, 160, 28)],
        *[("button", 300, 100, 100, 30), ("button", 300, 150, 100, 30)],
        *[
            ("checkbox", 40, 240, 17, 17),
            ("checkbox", 40, 280, 17, 17),
            ("checked checkbox", 40, 280, 17, 17),
        ],
    ],
    draw=_drawn,
)
LISTS = Page(
    [
        *[("Posts", 40, 40, 50, 20), ("Drafts", 440, 40, 55, 20)],
        *[
            ("1", 40, 80, 8, 14),
            ("2", 40, 110, 8, 14),
            ("Roses", 80, 80, 45, 14),
            ("Tulips", 80, 110, 45, 14),
        ],
        *[("1", 200, 160, 8, 14), ("2", 230, 160, 8, 14), ("3", 260, 160, 8, 14), ("7", 290, 160, 8, 14)],
        *[("1", 600, 160, 8, 14), ("2", 630, 160, 8, 14)],
    ]
)
STREET = Page(seen=[('"car"', 500, 300, 40, 40), ('"dog"', 100, 310, 40, 40)])
"""As a localizer sees it that knows more than words, icons and widgets."""
PAGES = {
    "street": STREET,
    "screen": SCREEN,
    "lists": LISTS,
    "one list": Page(LISTS.lines[:10]),
    "none": Page(LISTS.lines[:6]),
}
CHECKED, LOOSE, BELL = Box(40, 280, 17, 17), Box(40, 240, 17, 17), Box(700, 20, 20, 20)
TOLD: list[Row] = [
    ("screen", "What is the label of the button with the trash icon?", "", "Delete", Box(300, 100, 100, 30)),
    ("screen", "Which menu item has the bicycle icon?", "Home; Trips", "Trips", Box(30, 136, 160, 28)),
    ("screen", "What is the number next to the newspaper icon?", "24; 42; 7", "42", "42"),
    ("screen", 'What icon is next to "March 2020"?', "bell; calendar", "calendar", Box(302, 338, 18, 18)),
    ("screen", "Is any checkbox ticked?", "", "yes", CHECKED),
    ("screen", "Are all the boxes checked?", "", "no", LOOSE),
    ("screen", "How many boxes are checked?", "1; 2; 3", "1", CHECKED),
    ("screen", "Has the checkbox beside Remember me been ticked?", "", "no", LOOSE),
    ("screen", 'Is the box next to "Letters" checked?', "no; yes", "yes", CHECKED),
    ("screen", "Is there an icon of a phone?", "", "yes", Box(20, 500, 20, 20)),
    ("screen", "Which is higher up, the bell icon or the trash icon?", "", "bell icon", BELL),
    (
        "screen",
        "Which is further left, the bell icon or the trash icon?",
        "",
        "trash icon",
        Box(308, 106, 18, 18),
    ),
    ("screen", "Is the bell icon white?", "no; yes", "yes", BELL),
    ("screen", "What is the background colour of the bell icon?", "red; blue; gray", "blue", BELL),
    ("lists", "What is the last page of the pagination under Posts?", "", "3", "3"),
    ("lists", "What is the highest page number offered below Drafts?", "1; 2; 3", "2", Box(630, 160, 8, 14)),
    (
        "street",
        "Is the red car on the left or right side of the dog?",
        "left; right",
        "right",
        Box(500, 300, 40, 40),
    ),
    (
        "street",
        "Is the red car left of the dog?",
        "(A) Yes, it is; (B) No, it is not",
        "(B) No, it is not",
        Box(500, 300, 40, 40),
    ),
    ("street", "Is there a dog?", "", "yes", Box(100, 310, 40, 40)),
    ("one list", "How far does the pager go?", "", "3", "3"),
]


@pytest.fixture(scope="module")
def guide() -> Guide:
    return Guide()


@pytest.mark.parametrize(("page", "question", "options", "told", "at"), TOLD, ids=named(TOLD))
def test_what_is_seen_is_told(
    guide: Guide, page: str, question: str, options: str, told: str, at: At
) -> None:
    answer = ask(guide, PAGES[page], question, options)
    assert (answer.text, answer.status) == (told, "answered"), answer.reason
    assert stands_at(answer, PAGES[page], at)


@pytest.mark.parametrize(
    ("page", "question", "options"),
    [
        ("screen", "Which menu item has the phone icon?", "Home; Trips"),  # it stands in none
        ("screen", 'What icon is next to "Edit"?', "bell; calendar"),  # both far away
        ("screen", "What is the number next to the bell icon?", ""),
        ("none", "What is the last page of the pagination under Posts?", ""),
    ],
)
def test_what_is_not_seen_is_not_told(guide: Guide, page: str, question: str, options: str) -> None:
    assert ask(guide, PAGES[page], question, options).status == "cannot_tell"
