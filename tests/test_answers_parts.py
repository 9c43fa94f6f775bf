"""Where something stands in words: parts of pages, panels and dialogs; and where an event takes place."""

from __future__ import annotations

import PIL.ImageDraw
import pytest
from answer_pages import At, Page, Row, ask, named, stands_at

from seal.agents.answers.agent import Guide
from seal.memory.geometry import Box


def _drawn(draw: PIL.ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, 799, 599), fill="#ffffff")
    for y in range(0, 600, 12):  # what lies behind the dialog
        draw.line((0, y, 799, y), fill="#b0c4de", width=3)
    draw.rectangle((380, 200, 780, 560), fill="#f0efee", outline="#808080")
    draw.rectangle((400, 510, 470, 540), fill="#f8f8f8", outline="#a0a0a0")
    draw.rectangle((690, 510, 760, 540), fill="#f8f8f8", outline="#a0a0a0")


DIALOG = Page(
    [
        *[("Inbox", 20, 120, 40, 14), ("Rubbish", 20, 570, 55, 14), ("Half", 380, 40, 40, 14)],
        *[("Clock 12:30", 700, 10, 80, 14), ("Menu", 10, 10, 40, 14)],
        *[("Discard", 405, 518, 60, 14), ("Keep", 708, 518, 34, 14), ("Note", 560, 300, 30, 14)],
    ],
    draw=_drawn,
)
LETTER = Page(
    [
        *[("Summary", 60, 80, 70, 18), ("Sources", 460, 500, 70, 18), ("Date: 4 May 2021", 600, 30, 120, 14)],
        *[("Lunch at the Golden Hare, 12 euros, bring cash.", 60, 140, 340, 14)],
        *[("The opening ceremony takes place in Hall 4 on Monday.", 60, 200, 380, 14)],
        *[("The concert in May was sold out.", 60, 230, 240, 14)],
        *[("Party at Anna's house. A party in the Old Barn follows.", 60, 260, 390, 14)],
        *[("The picnic will be held at Lower Meadow behind the new", 60, 300, 390, 14)],
        *[("boat house, if the weather is good on that very day.", 60, 316, 380, 14)],
        *[("Greta is in Bergen until Friday.", 60, 360, 230, 14)],
    ]
)
PAGES = {
    "dialog": DIALOG,
    "letter": LETTER,
    "menu": Page([("Meetings", 20, 100, 60, 14), ("Files", 20, 140, 40, 14)]),
    "twice": Page([("Save", 20, 20, 40, 14), ("Save", 720, 560, 40, 14)]),
}
TOLD: list[Row] = [
    ("dialog", "Where in the sidebar do I find 'Rubbish', top or bottom?", "", "bottom", "Rubbish"),
    ("dialog", "where's the Discard button in the dialog, left or right?", "left; right", "left", "Discard"),
    ("dialog", "Is the Keep button in the dialog on the left or right?", "", "right", "Keep"),
    ("dialog", "In which corner of the screen is the clock?", "", "top right", Box(700, 10, 36, 14)),
    ("dialog", "Is Inbox at the top or the bottom of the mail page?", "", "top", "Inbox"),
    ("dialog", "In which part of the page is Inbox?", "", "top left", "Inbox"),
    ("letter", "Where do you find the summary: left column or right column", "", "left column", "Summary"),
    (
        "letter",
        "In which part of the letter is 'Sources'?",
        "upper half; lower half",
        "lower half",
        "Sources",
    ),
    (
        "letter",
        "In which corner are the sources?",
        "top left; top right; bottom right",
        "bottom right",
        "Sources",
    ),
    ("letter", "where's lunch", "", "Golden Hare", LETTER.lines[3][0]),
    ("letter", "Where does the opening ceremony take place?", "", "Hall 4", LETTER.lines[4][0]),
    ("letter", "Where is Greta?", "", "Bergen", LETTER.lines[9][0]),
    ("menu", "Where are the meetings?", "", "top left: x 20, y 100, width 60, height 14", "Meetings"),
]
UNSURE: list[tuple[str, str, str, str]] = [
    ("dialog", "Is Half at the left or at the right of the page?", "", "it stands in the middle"),
    ("dialog", "In which corner is the note?", "", "it stands in none"),
    ("dialog", "Where in the card is Half, top or bottom?", "", "no card was measured"),
    ("dialog", "In which corner is the logo?", "", "it was not found"),
    ("dialog", "In which corner of the garden is the clock?", "", "it is none of the page"),
    ("twice", "Where is Save, top left or bottom right?", "", "it stands in both"),
    ("letter", "Where is the concert?", "", "May is no place"),
    ("letter", "where's the party", "", "there are two"),
    ("letter", "Where's the picnic?", "", "the words may go on in the next line"),
    ("letter", "Is the concert on the left or on the right?", "", "its words stand in a sentence"),
    ("letter", "Where is the exam?", "", "there is none"),
]


@pytest.fixture(scope="module")
def guide() -> Guide:
    return Guide()


@pytest.mark.parametrize(("page", "question", "options", "told", "at"), TOLD, ids=named(TOLD))
def test_places_are_told_in_words(
    guide: Guide, page: str, question: str, options: str, told: str, at: At
) -> None:
    answer = ask(guide, PAGES[page], question, options)
    assert answer.text == told, answer.reason
    assert stands_at(answer, PAGES[page], at)


@pytest.mark.parametrize(("page", "question", "options", "why"), UNSURE, ids=named(UNSURE))
def test_places_that_are_not_clear_are_not_told(
    guide: Guide, page: str, question: str, options: str, why: str
) -> None:
    answer = ask(guide, PAGES[page], question, options)
    assert answer.status == "cannot_tell", (answer.text, why)
