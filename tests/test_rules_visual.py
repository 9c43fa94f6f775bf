"""Questions about icons and widgets: what the rules look for, and what they make of what was seen."""

from __future__ import annotations

import doctest

import PIL.Image
import PIL.ImageDraw
import pytest

from seal import Seal
from seal.agents.contracts import Answer, Capabilities
from seal.agents.fake import FakeLocalizer
from seal.agents.nano.vocabulary import concepts, parse, unknown
from seal.agents.rules import Rules, visual_forms, where
from seal.agents.rules.reader import read
from seal.agents.rules.replies import targets_of
from seal.agents.rules.visual_forms import PLAIN, state_phrase
from seal.agents.rules.where import usual_place
from seal.memory.geometry import Box
from seal.memory.image import Image
from seal.search.context import context_phrase, direction_map

SWITCH = ("switch", "switch that is on")
CHECKBOX = ("checkbox", "checked checkbox")


@pytest.mark.parametrize(
    ("question", "form", "phrases"),
    [
        ("What colour is the bell icon?", "color", ("bell icon",)),
        ("Is the bell red or blue?", "color", ('"bell"', "bell icon")),
        ("Is the search icon left or right of the avatar?", "relation", ("search icon", "avatar")),
        ("Which is further left, the mail icon or the bell icon?", "relation", ("mail icon", "bell icon")),
        ("Which is higher up, the bell icon or the cart icon?", "relation", ("bell icon", "cart icon")),
        ("What number is on the badge next to the cart icon?", "badge", ("cart icon", "badge")),
        ("What is the number on the cart icon?", "badge", ("cart icon", "badge")),
        ("How many unread messages does the bell show?", "badge", ('"bell"', "bell icon", "badge")),
        ("What number does the badge on the bell show?", "badge", ('"bell"', "bell icon", "badge")),
        ("What number does the bell badge show?", "badge", ('"bell"', "bell icon", "badge")),
        ("How many notifications does the bell icon's badge show?", "badge", ("bell icon", "badge")),
        ("What does the Messages badge show?", "badge", ('label "Messages"',)),
        ("Is there a printer icon?", "presence", ("printer icon",)),
        ("Do you see a heart symbol?", "presence", ("heart symbol",)),
        ("Is any checkbox ticked?", "presence", ("checked checkbox",)),
        ("Is there a checked checkbox?", "presence", ("checked checkbox",)),
        ("Are there both a bell icon and a mail icon?", "both", ("bell icon", "mail icon")),
        ("How many checked boxes are there?", "count", ("checked boxes",)),
        ("How many checkboxes are ticked?", "count", ("checked checkbox",)),
        ("How many of the boxes are unchecked?", "count", ("unchecked checkbox",)),
        ("How many switches are turned off?", "count", ("switch that is off",)),
        ("How many star icons are there?", "count", ("star icons",)),
        ("How many hearts are there?", "count", ('"hearts"', "hearts icon")),
        ("Is the gear above the bell?", "relation", ('"gear"', '"bell"', "gear icon", "bell icon")),
        ("Does the invoice mention a discount?", "presence", ('"discount"', "discount icon")),
        ("Number of gear icons", "count", ("gear icons",)),
        ("Is the Wi-Fi switch on?", "state", ('switch "Wi-Fi"', *SWITCH)),
        ("Is the wifi toggle turned on?", "state", ('toggle "wifi"', *SWITCH)),
        ("Is Wi-Fi turned on?", "state", ('switch "Wi-Fi"', *SWITCH)),
        ("Is the switch next to Bluetooth on or off?", "state", ('switch "Bluetooth"', *SWITCH)),
        ("Are notifications switched on?", "state", ('switch "notifications"', *SWITCH)),
        ("Is the 'Remember me' checkbox checked?", "state", ('checkbox "Remember me"', *CHECKBOX)),
        ('Is "Remember me" ticked?', "state", ('checkbox "Remember me"', *CHECKBOX)),
        ("Is the box next to Remember me checked?", "state", ('checkbox "Remember me"', *CHECKBOX)),
        ("Has the box beside Remember me been ticked?", "state", ('checkbox "Remember me"', *CHECKBOX)),
        ("Has the Terms checkbox been ticked?", "state", ('checkbox "Terms"', *CHECKBOX)),
        ("Is the checkbox checked?", "state", CHECKBOX),
        ("Are all the boxes checked?", "state", CHECKBOX),
        ("Is the Orders tab selected?", "state", ('tab "Orders"', "tab", "selected tab")),
        (
            "Is Dashboard selected in the sidebar?",
            "state",
            ('menu item "Dashboard"', "menu item", "selected menu item"),
        ),
        ("Is the Save button disabled?", "state", ('button "Save"',)),
        ("Is the Wi-Fi switch greyed out?", "state", ('switch "Wi-Fi"',)),
        ("Which tab is selected?", "chosen", ("selected tab",)),
        ("What is the currently selected menu item?", "chosen", ("selected menu item",)),
        ("What is the name of the active tab?", "chosen", ("selected tab",)),
        ("Which boxes are checked?", "chosen", ("checked checkbox",)),
        ("How many icons are in the toolbar?", "count", ("icons", "toolbar")),
        ("Which task is ticked?", "chosen", ("checked checkbox",)),
        ("Which radio button is chosen?", "chosen", ("selected radio button",)),
        ("What is the label of the button with the trash icon?", "holder", ("trash icon", "button")),
        ("What does the button with the plus icon say?", "holder", ("plus icon", "button")),
        ("Which menu item has the rocket icon?", "holder", ("rocket icon", "menu item")),
        ("What kind of icon is left of 'Settings'?", "icon", ('"Settings"',)),
        ("Which icon is next to Settings?", "icon", ('"Settings"',)),
    ],
)
def test_what_is_looked_for(question: str, form: str, phrases: tuple[str, ...]) -> None:
    got = read(question)
    assert got.form == form
    assert tuple(t.phrase for t in targets_of(got)) == phrases


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("Which order is active?", "unknown"),
        ("What is the value next to 'Total'?", "value"),
        ("What is on the menu?", "value"),
        ("How many Delete buttons are there?", "count"),
        ("Which label is next to Paypal?", "nearest"),
        ("What is the label of the button with the blue border?", "text"),
    ],
)
def test_other_questions_are_read_as_ever(question: str, form: str) -> None:
    assert read(question).form == form
    assert not set(SWITCH) & {t.phrase for t in targets_of(read(question))}


def test_phrases_for_states_are_understood() -> None:
    for kind in ("checkbox", "radio", "switch", "tab", "menu item"):
        for on in (True, False):
            found = parse(state_phrase(kind, on))
            assert found is not None and (found.name, found.state) == (kind, on)
        assert unknown(PLAIN.get(kind, kind)) == ""


# --- a page of settings, drawn, and a localizer that knows where everything is ---------------------------------

OBJECTS: dict[str, list[Box]] = {
    "bell icon": [Box(1100, 20, 24, 24)],
    "cart icon": [Box(1040, 20, 24, 24)],
    "bells icon": [Box(1100, 20, 24, 24)],
    "search icon": [Box(40, 20, 20, 20)],
    "avatar": [Box(1150, 14, 36, 36)],
    "badge": [Box(1056, 12, 20, 16), Box(700, 500, 30, 20)],
    "trash icon": [Box(410, 308, 16, 16), Box(410, 358, 16, 16)],
    "gear icon": [Box(40, 500, 20, 20)],
    "star icons": [Box(40 + 30 * i, 600, 20, 20) for i in range(4)],
    "button": [Box(400, 300, 120, 32), Box(400, 350, 120, 32), Box(600, 300, 100, 32)],
    "switch": [Box(300, 100, 40, 22), Box(300, 150, 40, 22)],
    "switch that is on": [Box(300, 100, 40, 22)],
    "checkbox": [Box(40, 300, 18, 18), Box(40, 340, 18, 18), Box(40, 380, 18, 18)],
    "checked checkbox": [Box(40, 340, 18, 18), Box(40, 380, 18, 18)],
    "checked boxes": [Box(40, 340, 18, 18), Box(40, 380, 18, 18)],
    "header": [Box(0, 0, 1200, 64)],
    "icons": [Box(1100, 20, 24, 24), Box(1040, 20, 24, 24), Box(40, 20, 20, 20), Box(40, 500, 20, 20)],
    "tab": [Box(40, 200, 100, 40), Box(140, 200, 100, 40)],
    "selected tab": [Box(140, 200, 100, 40)],
}
TEXTS: dict[str, tuple[str, Box]] = {
    'switch "Wi-Fi"': ("Wi-Fi", Box(40, 102, 48, 18)),
    'switch "Bluetooth"': ("Bluetooth", Box(40, 152, 80, 18)),
    'tab "Orders"': ("Orders", Box(60, 212, 60, 16)),
    'tab "Invoices"': ("Invoices", Box(155, 212, 70, 16)),
    'tab "Archive"': ("Archive", Box(260, 212, 60, 16)),
    'checkbox "Remember me"': ("Remember me", Box(68, 300, 110, 18)),
    'checkbox "Newsletter"': ("Newsletter", Box(68, 340, 90, 18)),
    "terms": ("Terms", Box(68, 380, 60, 18)),
    "delete 1": ("Delete", Box(435, 308, 60, 16)),
    "delete 2": ("Delete", Box(435, 358, 60, 16)),
    'button "Save"': ("Save", Box(630, 308, 40, 16)),
    "3": ("3", Box(1061, 14, 8, 12)),
    '"Settings"': ("Settings", Box(70, 502, 70, 16)),
    "12": ("12", Box(705, 502, 18, 14)),
}


def page() -> Image:
    picture = PIL.Image.new("RGB", (1200, 800), "white")
    pen = PIL.ImageDraw.Draw(picture)
    pen.rectangle((0, 0, 1199, 63), fill="#6777ef")
    pen.ellipse((1102, 22, 1121, 41), outline="white", width=2)  # the bell: thin white lines on blue
    pen.rectangle((410, 308, 425, 323), fill="#dc3545")
    pen.rectangle((410, 358, 425, 373), fill="#dc3545")
    return Image.open(picture)


def seeing() -> FakeLocalizer:
    """Sees all things, and reads."""
    objects = OBJECTS | {phrase: [box] for phrase, (_, box) in TEXTS.items()}
    texts = {phrase: [text] for phrase, (text, _) in TEXTS.items()}
    return FakeLocalizer(objects, texts=texts, capabilities=Capabilities(input_side=2048, reads_text=True))


def reading() -> FakeLocalizer:
    """Reads, and sees nothing else."""
    can = Capabilities(input_side=2048, reads_text=True, text_only=True)
    texts = {phrase: [text] for phrase, (text, _) in TEXTS.items()}
    return FakeLocalizer({phrase: [box] for phrase, (_, box) in TEXTS.items()}, texts=texts, capabilities=can)


def ask(question: str, localizer: FakeLocalizer, options: tuple[str, ...] | None = None) -> Answer:
    got = Seal(Rules(), localizer).ask(page(), question, options)
    return Answer(got.answer, got.status, got.confidence, got.cites, reason=got.reason)  # type: ignore[arg-type]


ASKED = [
    ("What colour is the bell icon?", "white (#ffffff)"),
    ("Is the bell icon white?", "yes"),
    ("Is the bell icon blue?", "no"),
    ("What is the background colour of the bell icon?", "blue (#6777ef)"),
    ("Is the search icon left or right of the avatar?", "left"),
    ("Is the avatar to the right of the bell icon?", "yes"),
    ("What number is on the badge next to the cart icon?", "3"),
    ("Is the gear below the bell?", "yes"),
    ("What colour is the bell?", "white (#ffffff)"),
    ("Is there a printer icon?", "no"),
    ("Is there a gear icon?", "yes"),
    ("How many checked boxes are there?", "2"),
    ("How many boxes are checked?", "2"),
    ("How many star icons are there?", "4"),
    ("How many icons are there?", "4"),
    ("How many icons are in the header?", "3"),
    ("Is there a bell icon in the header?", "yes"),
    ("Is there a gear icon in the header?", "no"),
    ("Is the Wi-Fi switch on?", "yes"),
    ("Is the Wi-Fi switch off?", "no"),
    ("Is the Bluetooth switch on?", "no"),
    ("Is the switch next to Bluetooth on or off?", "off"),
    ("What is the state of the Wi-Fi switch?", "on"),
    ("Is the 'Remember me' checkbox checked?", "no"),
    ("Is the Newsletter checkbox ticked?", "yes"),
    ("Is the Newsletter box unticked?", "no"),
    ("Are all the boxes checked?", "no"),
    ("Is any checkbox checked?", "yes"),
    ("Is the Invoices tab selected?", "yes"),
    ("Is the Orders tab active?", "no"),
    ("Is the Archive tab selected?", "no"),
    ("Which tab is selected?", "Invoices"),
    ("Which boxes are checked?", "Newsletter, Terms"),
    ("Which switch is on?", "Wi-Fi"),
    ("What is the label of the button with the trash icon?", "Delete"),
    ("Where is the gear icon?", "left of the image: x 40, y 500, width 20, height 20 pixels"),
]


@pytest.mark.parametrize(("question", "answer"), [*ASKED, ("How many bells are there?", "1")])
def test_what_is_seen_is_told(question: str, answer: str) -> None:
    got = ask(question, seeing())
    assert (got.text, got.status) == (answer, "answered"), got.reason
    assert 0 < got.confidence <= 1


@pytest.mark.parametrize("question", [question for question, _ in ASKED])
def test_one_who_only_reads_cannot_tell(question: str) -> None:
    got = ask(question, reading())
    assert got.status == "cannot_tell"
    assert "fused:ocr+nano" in got.reason


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("Is the Save button disabled?", "never look at pixels"),
        ("Is the checkbox checked?", "some on and some off"),
        ("What kind of icon is left of 'Settings'?", "give options"),
        ("How many icons are in the toolbar?", "toolbar"),
        ("What number is on the badge next to the bell icon?", "no badge"),
        ("What is the label of the button with the search icon?", "no text"),
    ],
)
def test_no_evidence_no_answer(question: str, why: str) -> None:
    got = ask(question, seeing())
    assert got.status == "cannot_tell" and why in got.reason


@pytest.mark.parametrize(
    ("question", "options", "answer"),
    [
        ("What kind of icon is left of 'Settings'?", ("bell", "gear", "a trash icon", "house"), "gear"),
        ("What kind of icon is right of 'Settings'?", ("bell", "gear", "trash"), "cannot tell"),
        ("What colour is the bell icon?", ("blue", "white", "orange", "red"), "white"),
        ("Which tab is selected?", ("Orders", "Invoices"), "Invoices"),
        (
            "Which is higher up, the gear icon or the bell icon?",
            ("the gear icon", "the bell icon"),
            "the bell icon",
        ),
        ("How many boxes are checked?", ("1", "2", "3", "0"), "2"),
        ("Is the Wi-Fi switch on?", ("no", "yes"), "yes"),
        ("What is the state of the Bluetooth switch?", ("on", "off"), "off"),
    ],
)
def test_options_are_chosen_by_what_is_seen(question: str, options: tuple[str, ...], answer: str) -> None:
    got = ask(question, seeing(), options)
    assert (got.text or "cannot tell") == answer


@pytest.mark.parametrize(("question", "answer"), [("Is there a discount?", "yes"), ("Is there a fee?", "no")])
def test_words_that_may_be_an_icon_are_read_too(question: str, answer: str) -> None:
    texts = {'"discount"': ["Discount"], "total": ["Total"]}
    boxes = {phrase: [Box(100, 100 + 50 * i, 80, 18)] for i, phrase in enumerate(texts)}
    for text_only in (True, False):
        can = Capabilities(input_side=2048, reads_text=True, text_only=text_only)
        assert ask(question, FakeLocalizer(boxes, texts=texts, capabilities=can)).text == answer


def test_a_faint_icon_is_not_looked_for_in_parts() -> None:
    faint = FakeLocalizer({"heart icon": [Box(100, 100, 6, 6)]})
    Seal(Rules(), faint).ask(page(), "Is the heart icon red?")
    assert {phrase for look in faint.calls for phrase in look.phrases} <= {"heart icon", "header"}


def test_words_are_no_sighting() -> None:
    """A line that reads "switch" or "trash icon" is no switch and no icon."""
    texts = {
        "switch": ["Switch"],
        "trash icon": ["trash icon"],
        'switch "Wi-Fi"': ["Wi-Fi"],
        "star icons": ["star icons"],
    }
    boxes = {phrase: [Box(100, 100 + 50 * i, 80, 18)] for i, phrase in enumerate(texts)}
    read_only = FakeLocalizer(boxes, texts=texts, capabilities=Capabilities(input_side=2048, reads_text=True))
    for question in ("Is the Wi-Fi switch on?", "Is there a trash icon?", "How many star icons are there?"):
        assert ask(question, read_only).status == "cannot_tell"


# --- where things usually are ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("trash icon", "table row"),
        ("bin icons", "table row"),
        ("bold icon", "toolbar"),
        ("bell icon", "header"),
        ("house icon", "sidebar"),
        ("checked checkbox", "form"),
        ("menu item", "sidebar"),
        ("table", ""),
        ("search", "top of the screen"),
        ('label "Total"', "bottom right of the table"),
    ],
)
def test_usual_places(target: str, place: str) -> None:
    assert (
        usual_place(target)
        == place
        == Rules().where(Image.open(PIL.Image.new("RGB", (8, 8))).patch(), target)
    )
    if place:
        asked = context_phrase(place, target)
        assert direction_map(asked) is not None or unknown(asked) == ""


def test_every_place_of_an_icon_is_a_region() -> None:
    for name in concepts():
        found = parse(usual_place(f"{name} icon"))
        assert found is None or found.kind == "region"


def test_examples() -> None:
    assert doctest.testmod(where).failed == doctest.testmod(visual_forms).failed == 0
