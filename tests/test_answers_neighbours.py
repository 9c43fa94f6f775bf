"""What stands right beside a named thing, and results beside the range in which they should be."""

from __future__ import annotations

import pytest
from answer_pages import Line, Page, remembered

from seal.agents.answers import load
from seal.agents.answers.agent import Guide
from seal.agents.answers.scene import Scene
from seal.agents.answers.wants import MONEY, has_form, may_be_price


def column(texts: list[str], x: float, y: float, step: float = 34) -> list[Line]:
    return [(t, x, y + step * i, 7.5 * len(t) + 4, 14) for i, t in enumerate(texts)]


def grid(rows: list[list[str]], xs: tuple[float, ...], y: float = 60, step: float = 30) -> list[Line]:
    return [
        (t, x, y + step * r + (8 if r else 0), 7.0 * len(t) + 4, 14)
        for r, row in enumerate(rows)
        for t, x in zip(row, xs, strict=True)
        if t
    ]


MENU = column(["Overview", "Storage", "Network", "Devices", "Security", "Display"], 30, 80)
TABS = [
    (t, 250 + 110 * i, 40, 7.5 * len(t) + 4, 14)
    for i, t in enumerate(["Bookmarks", "Tags", "Shared", "Log out"])
]
BLOOD = [
    ["Test", "Result", "Unit", "Reference range"],
    ["Haemoglobin", "9.10 [L]", "g/dl", "13.0-17.0"],
    ["Platelet count", "370", "/ul", "150-450"],
    ["Glucose (fasting)", "108 [H]", "mg/dl", "70-99"],
    ["Sodium", "141", "mmol/l", "136 - 145"],
    ["LDL cholesterol", "142", "mg/dl", "< 116"],
]
DOUBTFUL = [
    *BLOOD[:4],
    ["Sodium", "141 [H]", "mmol/l", "136 - 145"],
    ["Potassium", "4.1", "mmol/l", "3.5-5.1"],
]
PAGES = {
    "app": Page([*MENU, *TABS, ("Devices and drivers of this host are listed here.", 250, 300, 370, 14)]),
    "blood": Page(grid(BLOOD, (40, 250, 400, 520))),
    "doubtful": Page(grid(DOUBTFUL, (40, 250, 400, 520))),
}
CASES = [
    ("app", "Which entry comes right after Devices?", "", "Security"),
    ("app", "What comes just before Devices in the menu?", "", "Network"),
    ("app", "What is listed between Storage and Devices?", "", "Network"),
    ("app", "Which entry is directly below Network?", "Storage; Devices; Display", "Devices"),
    ("app", "What is right above Storage?", "", "Overview"),
    ("app", "Which tab is to the right of Tags?", "", "Shared"),
    ("app", "What stands to the left of Tags?", "", "Bookmarks"),
    ("app", "Which tab is next to Shared, on its right?", "", "Log out"),
    ("app", "What comes after Display in the menu?", "", None),
    ("app", "What comes right after Printers?", "", None),
    ("app", "What is the bookmarks above Display?", "", None),
    ("blood", "What product is in the row right below Sodium?", "", "LDL cholesterol"),
    ("blood", "Is the platelet count within the reference range?", "yes; no", "yes"),
    ("blood", "Is haemoglobin too low?", "", "yes"),
    ("blood", "Is sodium above the normal range?", "", "no"),
    ("blood", "Which results are above the reference range?", "", "Glucose (fasting), LDL cholesterol"),
    ("blood", "Which test is below the reference range?", "", "Haemoglobin"),
    ("blood", "How many results are outside the reference range?", "", "3"),
    ("blood", "How is the glucose result flagged?", "low; high; not flagged", "high"),
    ("doubtful", "Is sodium above the reference range?", "", None),
    ("doubtful", "How many results are too high?", "", None),
]


@pytest.fixture(scope="module")
def guide() -> Guide:
    agent = load()
    assert isinstance(agent, Guide)
    return agent


@pytest.mark.parametrize(("page", "question", "options", "told"), CASES)
def test_told(guide: Guide, page: str, question: str, options: str, told: str | None) -> None:
    choices = tuple(options.split("; ")) if options else None
    answer = guide.tell(remembered(PAGES[page], question, choices))
    assert (answer.text if answer.status == "answered" else None) == told, answer.reason


@pytest.mark.parametrize(
    ("question", "text", "fits"),
    [
        ("What's the IP address of the printer?", "2050", False),
        ("What's the IP address of the printer?", "10.52.1.51", True),
        ("IP address?", "fd0b:6f63:227d::1", True),
        ("Which MAC address has it?", "a4:5e:60:12:ab:9f", True),
        ("Which MAC address has it?", "10.52.1.51", False),
        ("What is the model?", "2050", True),
    ],
)
def test_an_address_is_written_as_one(question: str, text: str, fits: bool) -> None:
    assert has_form(question, text) == fits


@pytest.mark.parametrize(("prices", "told"), [(["£29.95", "£19.75"], False), (["29.95", "19.75"], True)])
def test_a_bare_number_is_no_price_where_prices_have_their_currency(prices: list[str], told: bool) -> None:
    scene = Scene(remembered(Page([*column(prices, 40, 60), *column(["4.5"], 300, 60)]), "how much?"))
    assert may_be_price(scene, MONEY, "4.5") == told
    assert may_be_price(scene, MONEY, prices[0]) and may_be_price(scene, frozenset(("number",)), "4.5")
