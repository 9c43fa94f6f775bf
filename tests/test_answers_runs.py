"""Whole runs on a page of settings, with a localizer that sees where everything is, and with one that only reads."""

from __future__ import annotations

import PIL.Image
import PIL.ImageDraw
import pytest

from seal import Result, Seal
from seal.agents.answers.agent import Guide
from seal.agents.contracts import Capabilities
from seal.agents.fake import FakeLocalizer
from seal.memory.geometry import Box
from seal.memory.image import Image

SWITCHES = (Box(300, 100, 40, 22), Box(300, 150, 40, 22))
BOXES = tuple(Box(40, y, 18, 18) for y in (300, 340, 380))
TABS = (Box(40, 200, 100, 40), Box(140, 200, 100, 40))
THINGS: dict[str, tuple[Box, ...]] = {
    "bell icon": (Box(1100, 20, 24, 24),),
    "cart icon": (Box(1040, 20, 24, 24),),
    "search icon": (Box(40, 20, 20, 20),),
    "avatar": (Box(1150, 14, 36, 36),),
    "badge": (Box(1056, 12, 20, 16), Box(700, 500, 30, 20)),
    "trash icon": (Box(410, 308, 16, 16), Box(410, 358, 16, 16)),
    "gear icon": (Box(40, 500, 20, 20),),
    "star icon": tuple(Box(40 + 30 * i, 600, 20, 20) for i in range(4)),
    "button": (Box(400, 300, 120, 32), Box(400, 350, 120, 32), Box(600, 300, 100, 32)),
    "switch": SWITCHES,
    "switch that is on": SWITCHES[:1],
    "checkbox": BOXES,
    "checked checkbox": BOXES[1:],
    "header": (Box(0, 0, 1200, 64),),
    "tab": TABS,
    "selected tab": TABS[1:],
}
TEXTS = {
    "Wi-Fi": Box(40, 102, 48, 18),
    "Bluetooth": Box(40, 152, 80, 18),
    "Orders": Box(60, 212, 60, 16),
    "Invoices": Box(155, 212, 70, 16),
    "Archive": Box(260, 212, 60, 16),
    "Remember me": Box(68, 300, 110, 18),
    "Newsletter": Box(68, 340, 90, 18),
    "Terms": Box(68, 380, 60, 18),
    "Delete": Box(435, 308, 60, 16),
    "Delete ": Box(435, 358, 60, 16),
    "Save": Box(630, 308, 40, 16),
    "3": Box(1061, 14, 8, 12),
    "Settings": Box(70, 502, 70, 16),
    "12": Box(705, 502, 18, 14),
}


def page() -> Image:
    picture = PIL.Image.new("RGB", (1200, 800), "white")
    pen = PIL.ImageDraw.Draw(picture)
    pen.rectangle((0, 0, 1199, 63), fill="#6777ef")
    pen.ellipse((1102, 22, 1121, 41), outline="white", width=2)  # the bell: thin white lines on blue
    for box, colour in zip(SWITCHES, ("#1e60e0", "#c8c8c8"), strict=True):
        pen.rounded_rectangle(box.xyxy, 11, fill=colour)
    for n, box in enumerate(BOXES):
        pen.rectangle(box.xyxy, outline="#808080", fill="#1e60e0" if n else "white")
    for y in (308, 358):
        pen.rectangle((410, y, 425, y + 15), fill="#dc3545")
    return Image.open(picture)


def eyes(sees: bool) -> FakeLocalizer:
    """One who sees all things, and reads; or one who reads, and sees nothing else."""
    boxes = {f'"{text.strip()}"' if text[-1] != " " else text: [box] for text, box in TEXTS.items()}
    texts = {phrase: [phrase.strip('" ')] for phrase in boxes}
    things = {phrase: list(found) for phrase, found in THINGS.items()} if sees else {}
    can = Capabilities(input_side=2048, reads_text=True, text_only=not sees)
    return FakeLocalizer(things | boxes, texts=texts, capabilities=can)


def ask(question: str, sees: bool, options: str = "") -> Result:
    return Seal(Guide(), eyes(sees)).ask(page(), question, options.split("; ") if options else None)


ROWS: list[tuple[str, str, str]] = [
    ("What colour is the bell icon?", "", "white"),
    ("Is the bell icon white?", "", "yes"),
    ("Is the bell icon blue?", "", "no"),
    ("What is the background colour of the bell icon?", "", "blue"),
    ("Is the search icon left or right of the avatar?", "", "left"),
    ("Is the avatar to the right of the bell icon?", "", "yes"),
    ("What colour is the bell?", "", "white"),
    ("Is there a printer icon?", "", "no"),
    ("Is there a gear icon?", "", "yes"),
    ("Is there a bell icon in the header?", "", "yes"),
    ("Is the Wi-Fi switch on?", "", "yes"),
    ("Is the Wi-Fi switch off?", "", "no"),
    ("Is the Bluetooth switch on?", "", "no"),
    ("Is the switch next to Bluetooth on or off?", "", "off"),
    ("What is the state of the Wi-Fi switch?", "", "on"),
    ("Is the 'Remember me' checkbox checked?", "", "no"),
    ("Is the Newsletter checkbox ticked?", "", "yes"),
    ("Is the Newsletter box unticked?", "", "no"),
    ("Are all the boxes checked?", "", "no"),
    ("Is any checkbox checked?", "", "yes"),
    ("Is the Invoices tab selected?", "", "yes"),
    ("Is the Archive tab selected?", "", "no"),
    ("Which tab is selected?", "", "Invoices"),
    ("Which switch is on?", "", "Wi-Fi"),
    ("What is the label of the button with the trash icon?", "", "Delete"),
    ("Where is the gear icon?", "", "left: x 40, y 500, width 20, height 20"),
    ("What kind of icon is left of 'Settings'?", "bell; gear; a trash icon; house", "gear"),
    ("What colour is the bell icon?", "blue; white; orange; red", "white"),
    ("Which tab is selected?", "Orders; Invoices", "Invoices"),
    ("Which is higher up, the gear icon or the bell icon?", "the gear icon; the bell icon", "the bell icon"),
    ("How many boxes are checked?", "1; 2; 3; 0", "2"),
    ("Is the Wi-Fi switch on?", "no; yes", "yes"),
    ("What is the state of the Bluetooth switch?", "on; off", "off"),
    ("Which boxes are checked?", "", "Newsletter, Terms"),
    ("Which boxes are not checked?", "", "Remember me"),
]
NOT_YET: list[tuple[str, str, str]] = [
    ("What number is on the badge next to the cart icon?", "", "3"),
    ("Is the gear below the bell?", "", "yes"),
    ("How many icons are there?", "", "4"),
    ("How many icons are in the header?", "", "3"),
    ("Is there a gear icon in the header?", "", "no"),
    ("Is the Orders tab active?", "", "no"),
    ("How many bells are there?", "", "1"),
]


@pytest.mark.parametrize(("question", "options", "told"), ROWS)
def test_what_is_seen_is_told(question: str, options: str, told: str) -> None:
    got = ask(question, True, options)
    assert (got.answer, got.status) == (told, "answered"), got.reason
    assert 0 < got.confidence <= 1


@pytest.mark.xfail(reason="not managed yet", strict=True)
@pytest.mark.parametrize(("question", "options", "told"), NOT_YET)
def test_what_is_seen_and_not_told_yet(question: str, options: str, told: str) -> None:
    assert ask(question, True, options).answer == told


@pytest.mark.parametrize("question", sorted({question for question, options, _ in ROWS if not options}))
def test_one_who_only_reads_cannot_tell(question: str) -> None:
    assert ask(question, False).status == "cannot_tell"


@pytest.mark.parametrize(
    ("question", "options"),
    [
        ("Is the Save button selected?", ""),
        ("Is the checkbox checked?", ""),  # some are
        ("What kind of icon is right of 'Settings'?", "bell; gear; trash"),
        ("What number is on the badge next to the bell icon?", ""),  # it has none
        ("What is the label of the button with the search icon?", ""),  # it stands in none
    ],
)
def test_no_evidence_no_answer(question: str, options: str) -> None:
    assert ask(question, True, options).status == "cannot_tell"
