"""Places that belong to a named thing, on a screen made by hand: which one is clicked, and which never is."""

from __future__ import annotations

import numpy as np
import pytest

from seal import Box, Image
from seal.screen.element import Element, Elements
from seal.screen.opposites import opposed
from seal.screen.point import pointed

WIDE, HIGH = 1000, 800
SWITCHED = ("checkbox", "radio", "switch")
QUIET = ("text", "header", "dialog", "pagination")


def element(
    number: int,
    kind: str,
    xywh: tuple[float, float, float, float],
    text: str = "",
    label: str = "",
    icon: str = "",
    state: str = "",
) -> Element:
    box = Box(*xywh)
    return Element(
        id=f"e{number}",
        number=number,
        kind=kind,
        name=text or label or icon,
        box=box,
        click=box.center,
        confidence=0.95,
        text=text,
        label=label,
        icon=icon,
        state=state,  # type: ignore[arg-type]
        interactive=kind not in QUIET,
        looks_like=((icon, 0.9),) if icon else (),
    )


def made(*parts: tuple[object, ...]) -> Elements:
    items = tuple(element(n, *part) for n, part in enumerate(parts, 1))  # type: ignore[arg-type]
    return Elements(size_wh=(WIDE, HIGH), items=items)


def field(kind: str, y: float, label: str, text: str) -> list[tuple[object, ...]]:
    return [("text", (40, y, 90, 18), label), (kind, (40, y + 22, 300, 32), text, label)]


def switched(kind: str, x: float, y: float, label: str, state: str) -> list[tuple[object, ...]]:
    return [(kind, (x, y, 16, 16), "", label, "", state), ("text", (x + 24, y - 2, 90, 20), label)]


JOBS = ("Backup", "Archive", "Clean-up")
FORM = made(
    ("header", (0, 0, 1000, 60)),
    ("input", (300, 15, 260, 30), "Type here"),
    ("icon", (305, 20, 16, 16), "", "", "search"),
    ("icon", (860, 20, 18, 18), "", "", "bell"),
    ("icon", (960, 20, 18, 18), "", "", "settings"),
    *field("input", 100, "E-mail", "you@example.com"),
    *field("input", 170, "Password", ""),
    *field("select", 240, "Country", "Germany"),
    *switched("checkbox", 40, 310, "Remember me", "unchecked"),
    *switched("checkbox", 40, 340, "Send me news", "unchecked"),
    *switched("switch", 40, 370, "Wi-Fi", "off"),
    *switched("switch", 40, 400, "Bluetooth", "on"),
    *switched("radio", 40, 440, "Monthly", "selected"),
    ("text", (450, 100, 100, 22), "Jobs"),
    *[("text", (450, 140 + 40 * i, 80, 18), job) for i, job in enumerate(JOBS)],
    *[("button", (760, 136 + 40 * i, 28, 26), "", "", "trash") for i in range(3)],
    *[("icon", (810, 140 + 40 * i, 6, 18), "", "", "more vertical") for i in range(3)],
    *[("text", (700 + 30 * i, 280, 10, 16), n) for i, n in enumerate("123")],
    ("icon", (670, 280, 10, 16), "", "", "chevron left"),
    ("icon", (790, 280, 10, 16), "", "", "chevron right"),
    ("icon", (935, 105, 12, 12), "", "", "close"),
    ("dialog", (450, 400, 400, 200), "Delete file?"),
    ("text", (470, 415, 120, 22), "Delete file?"),
    ("icon", (820, 416, 16, 16), "", "", "close"),
    ("button", (640, 550, 80, 32), "Cancel"),
    ("button", (740, 550, 80, 32), "Delete"),
)


def clicked(screen: Elements, instruction: str) -> tuple[int, int] | None:
    told = pointed(Image.open(np.full((HIGH, WIDE, 3), 255, np.uint8)), screen, instruction)
    return None if told.best is None else (round(told.best.click[0]), round(told.best.click[1]))


@pytest.mark.parametrize(
    ("instruction", "click"),
    [
        ("tick the box of 'Remember me'", (48, 318)),
        ("tick Remember me", (48, 318)),
        ("tick the box next to Send me news", (48, 348)),
        ("check the Remember me box", (48, 318)),
        ("tick the first box", (48, 318)),
        ("switch on Wi-Fi", (48, 378)),
        ("toggle the switch next to Bluetooth", (48, 408)),
        ("click the radio button Monthly", (48, 448)),
        ("click the delete button in the row 'Backup'", (774, 149)),
        ("delete the row 'Clean-up'", (774, 229)),
        ("click the trash icon next to Archive", (774, 189)),
        ("open the dropdown Country", (190, 278)),
        ("open the Country menu", (190, 278)),
        ("click the search box", (430, 30)),
        ("put the cursor into the search bar", (430, 30)),
        ("type into the e-mail field", (190, 138)),
        ("type bob into the password field", (190, 208)),
        ("close the dialog", (828, 424)),
        ("click the X of the dialog", (828, 424)),
        ("open the menu next to Archive", (813, 189)),
        ("the three dots next to Backup", (813, 149)),
        ("click more options of Clean-up", (813, 229)),
        ("go to the next page", (795, 288)),
        ("previous page", (675, 288)),
        ("show page 3", (765, 288)),
    ],
)
def test_the_place_of_a_thing(instruction: str, click: tuple[int, int]) -> None:
    assert clicked(FORM, instruction) == click


@pytest.mark.parametrize(
    "instruction",
    [
        "tick the box of 'Forget me'",
        "tick the box of 'Backup'",
        "switch on Airplane mode",
        "switch on notifications",
        "select the radio button Weekly",
        "click the delete button in the row 'Restore'",
        "trash the row 'Restore'",
        "open the dropdown City",
        "type into the phone field",
        "close the banner",
        "open the menu next to Wi-Fi",
        "click the gear next to Backup",
        "click the bell next to Archive",
        "go to page 7",
        "click the close icon",
        "forgot password",
    ],
)
def test_a_place_of_nothing_is_refused(instruction: str) -> None:
    assert clicked(FORM, instruction) is None


def pager(*parts: tuple[object, ...]) -> Elements:
    return made(*parts, ("text", (100, 100, 10, 16), "1"), ("text", (130, 100, 10, 16), "2"))


@pytest.mark.parametrize(
    ("screen", "click"),
    [
        (pager(("text", (160, 100, 10, 16), "›"), ("text", (190, 100, 14, 16), "»")), (165, 108)),
        (pager(("button", (160, 96, 24, 24), "Next")), (172, 108)),
        (pager(("button", (160, 96, 24, 24))), None),  # without a name, and no pager was seen as such
        (pager(("pagination", (60, 90, 140, 36)), ("button", (160, 96, 24, 24))), (172, 108)),
        (pager(("button", (70, 96, 24, 24), "", "", "chevron left")), None),
        (made(("text", (40, 100, 60, 16), "3"), ("icon", (120, 100, 10, 16), "", "", "chevron right")), None),
        (made(("icon", (900, 400, 20, 30), "", "", "chevron right")), None),  # of a carousel
    ],
    ids=["two arrows", "a word", "no name", "in a pager", "back", "a row with a count", "an arrow alone"],
)
def test_the_next_page(screen: Elements, click: tuple[int, int] | None) -> None:
    assert clicked(screen, "go to the next page") == click


def test_two_search_fields_are_told_apart_by_where_they_are() -> None:
    screen = made(
        ("input", (300, 20, 200, 30), "Search"),
        ("select", (300, 220, 200, 30), "Search"),
        ("text", (40, 222, 100, 24), "Orders"),
    )
    assert clicked(screen, "click the search box") is None
    assert clicked(screen, "click the search box next to Orders") == (400, 235)


def test_what_stands_under_a_later_heading_is_of_that() -> None:
    parts = [("text", (40, 100 * y, 120, 20), f"{name} plan") for y, name in ((1, "Basic"), (3, "Team"))]
    saves = [("button", (60, 100 * y + 60, 80, 30), "Save") for y in (1, 3)]
    assert clicked(made(*parts, *saves), "click Save in the section 'Team plan'") == (100, 375)
    assert clicked(made(*parts, *saves), "click Save in the section 'Basic plan'") == (100, 175)


def test_on_a_line_the_nearest_one_belongs_to_a_name() -> None:
    names = [("text", (x, 100, 80, 20), name) for x, name in ((40, "Ann Lee"), (540, "Bob Ray"))]
    pencils = [("icon", (x, 100, 20, 20), "", "", "edit") for x in (300, 800)]
    assert clicked(made(*names, *pencils), "click the pencil next to Ann Lee") == (310, 110)
    assert clicked(made(*names, *pencils[1:]), "click the pencil next to Bob Ray") == (810, 110)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("Invoice 1042", "Invoice 1043"),
        ("Laravel 5 Tutorial: MVP", "Laravel 5 Tutorial: MVC"),
        ("Germany", "France"),
        ("germany", "France"),
        ("breakfast", "Lunch"),
    ],
)
def test_a_name_that_is_nearly_so_is_another_one(said: str, written: str) -> None:
    assert clicked(made(("button", (40, 40, 200, 30), written)), f"click '{said}'") is None
    assert clicked(made(("button", (40, 40, 200, 30), said)), f"click '{said}'") == (140, 55)


@pytest.mark.parametrize(
    ("said", "written"), [("remove", "Delete"), ("log out", "Sign out"), ("Setings", "Settings")]
)
def test_other_words_for_the_same_and_slips_are_understood(said: str, written: str) -> None:
    assert clicked(made(("button", (40, 40, 200, 30), written)), f"click {said}") == (140, 55)


@pytest.mark.parametrize(("a", "b"), [("Weekly", "Monthly"), ("Monday", "Tuesday"), ("Remember", "Forget")])
def test_names_of_one_row_of_choices_are_contraries(a: str, b: str) -> None:
    assert opposed(a, b) and not opposed(a, a)
