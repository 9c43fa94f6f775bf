"""Answers from lists of names with a value each: menus, side bars, lists; and what is refused.

A row: the page, the question, its options joined by "; ", and the answer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from answer_pages import Line, Page, remembered

from seal.agents.answers import load
from seal.agents.answers.agent import Guide
from seal.agents.answers.entries import looked_up
from seal.agents.answers.lists import lists_of
from seal.agents.answers.scene import Scene
from seal.agents.contracts import ANY_TEXT

Dish = tuple[str, str, str]
"""Name, what describes it or "", price or ""; a heading has neither."""


def line(text: str, x: float, y: float, height: float = 16) -> Line:
    return (text, x, y, 0.5 * height * len(text), height)


def menu(dishes: Sequence[Dish], *, lower: float = 0.0, left: float = 60, right: float = 700) -> list[Line]:
    """A menu from top to bottom. lower: how much lower than its name a price stands. right: where prices end."""
    made: list[Line] = []
    y = 40.0
    for name, more, price in dishes:
        if not more and not price:
            y += 14
            made.append((name, 0.5 * (left + right) - 4.5 * len(name), y, 9.0 * len(name), 22))
            y += 34
            continue
        made.append(line(name, left, y))
        if price:
            made.append((price, right - 8 * len(price), y + lower, 8 * len(price), 16))
        y += 20
        if more:
            made.append(line(more, left, y, 13))
            y += 18
        y += 6
    return made


def turned(lines: Sequence[Line], slope: float) -> list[Line]:
    """The lines of a page that stands askew."""
    angle = math.atan(slope)
    made = []
    for text, x, y, w, h in lines:
        xc, yc = x + w / 2, y + h / 2
        u, v = xc * math.cos(angle) - yc * math.sin(angle), xc * math.sin(angle) + yc * math.cos(angle)
        made.append((text, u - w / 2 + 20, v - h / 2, w, h))
    return made


DISHES: list[Dish] = [
    ("Starters", "", ""),
    ("Nettle soup (v)", "sour cream, rye bread", "£6.20"),
    ("Smoked eel", "apple, horseradish", "£9.40"),
    ("Potted shrimps", "toast, lemon", "£8.00"),
    ("Mains", "", ""),
    ("Braised ox cheek", "mash, red cabbage", "£21.00"),
    ("Roast hake", "white beans, parsley", "£19.50"),
    ("Squash & sage pie (v)", "chestnut, greens", "£15.80"),
    ("Desserts", "", ""),
    ("Quince tart", "clotted cream", "£7.20"),
    ("Damson crumble (n)", "custard", "£6.90"),
    ("Farmhouse cheeses", "oat biscuits", "£9.90"),
]
ACCOUNTS = [
    ("Everyday", "1,204.10"),
    ("Holiday Fund", "880.25"),
    ("Joint Account", "2,310.00"),
    ("Cash Box", "64.90"),
]


def rows(held: Sequence[tuple[str, str]], y: float = 120, left: float = 40, right: float = 300) -> list[Line]:
    """Names and values, one a row."""
    made: list[Line] = []
    for i, (name, value) in enumerate(held):
        made += [
            line(name, left, y + 30 * i),
            (value, right - 8 * len(value), y + 30 * i, 8 * len(value), 16),
        ]
    return made


SIDE = [*rows([("On budget", "4,459.25"), *ACCOUNTS]), line("Welcome back", 420, 60, 24)]
LEADERS = [
    (text, 60, 80 + 30 * i, 400, 16)
    for i, text in enumerate(
        ["Wash and cut ........ €38.00", "Beard trim .......... €16.50", "Perm ................ €72.00"]
    )
]
PAGES = {
    "menu": Page(menu(DISHES)),
    "middle": Page(menu(DISHES, lower=9)),
    "askew": Page(turned(menu(DISHES), 0.02)),
    "two columns": Page([*menu(DISHES[:4], right=360), *menu(DISHES[4:8], left=420, right=760)]),
    "side": Page(SIDE),
    "leaders": Page(LEADERS),
    "pair": Page([*rows(ACCOUNTS[:1]), line("Welcome back", 420, 60, 24)]),
}
TOLD = [
    *[
        (page, question, options, told)
        for page in ("menu", "middle", "askew")
        for question, options, told in [
            ("What's the cheapest main course?", "", "Squash & sage pie"),
            ("Which starter is the most expensive?", "Nettle soup; Smoked eel; Potted shrimps", "Smoked eel"),
            ("Which is dearer, the quince tart or the crumble?", "", "Quince tart"),
            ("How much is the roast hake?", "", "£19.50"),
            ("price of the ox cheek", "", "£21.00"),
            ("how many starters are there", "", "3"),
            ("Which mains cost less than 20 pounds?", "", "Roast hake, Squash & sage pie"),
        ]
    ],
    ("menu", "What is the most expensive dish?", "", "Braised ox cheek"),
    ("menu", "How much more does the roast hake cost than the smoked eel?", "", "£10.10"),
    ("menu", "Is the quince tart cheaper than the smoked eel?", "", "yes"),
    ("menu", "How many desserts cost more than £7?", "", "2"),
    ("two columns", "What's the cheapest starter?", "", "Nettle soup"),
    ("two columns", "How much is the roast hake?", "", "£19.50"),
    ("side", "balance of Joint Account", "", "2,310.00"),
    ("side", "What is the balance of the Holiday Fund?", "64.90; 880.25; 2,310.00", "880.25"),
    ("side", 'Which of the four "On budget" accounts has the least money?', "", "Cash Box"),
    ("side", "Which On budget account has the highest balance?", "", "Joint Account"),
    ("pair", "balance of Everyday", "", "1,204.10"),
    ("leaders", "How much is a beard trim?", "", "€16.50"),
    ("leaders", "price of the perm", "", "€72.00"),
]


@pytest.fixture(scope="module")
def guide() -> Guide:
    agent = load()
    assert isinstance(agent, Guide)
    return agent


@pytest.mark.parametrize(("page", "question", "options", "told"), TOLD, ids=lambda v: v)
def test_lists_are_told(guide: Guide, page: str, question: str, options: str, told: str) -> None:
    answer = guide.tell(remembered(PAGES[page], question, options.split("; ") if options else None))
    assert (answer.text, answer.status) == (told, "answered"), answer.reason
    assert answer.places


def changed(**lines: str) -> list[Dish]:
    """The menu with other prices: d2="" leaves the price of the second dish unread."""
    made = list(DISHES)
    for name, price in lines.items():
        at = int(name[1:])
        made[at] = (*made[at][:2], price)
    return made


RECEIPT = [
    ("Flat white", "3.40"),
    ("Bagel", "4.10"),
    ("Carrot cake", "4.80"),
    ("VAT", "2.05"),
    ("Cash", "20.00"),
    ("Change", "7.70"),
]
PRICES: list[Dish] = [("", more, price and "£3.00") for _, more, price in DISHES]
REFUSED = [
    ("what is not on the menu", menu(DISHES), "How much is a glass of house wine?"),
    (
        "no such part, but a wider one",
        menu([(n.replace("Desserts", "Drinks"), m, p) for n, m, p in DISHES]),
        "What is the cheapest wine?",
    ),
    ("no such part", menu(DISHES), "What is the cheapest cocktail?"),
    ("an attribute that nothing says", menu(DISHES), "What is the cheapest gluten-free main course?"),
    ("how many are so", menu(DISHES), "How many starters are vegetarian?"),
    ("what is included", menu(DISHES), "How many starters are included?"),
    (
        "a part that may go on in the next column",
        [*menu(DISHES[:5], right=360), *menu(DISHES[5:8], left=420, right=760)],
        "How many starters are there?",
    ),
    ("two at once", menu(DISHES), "How much are the quince tart and the crumble together?"),
    ("part of the things of a word", menu(DISHES), "How much is the soup without bread?"),
    ("a price that was not read", menu(changed(d7="")), "What is the cheapest main course?"),
    ("a dish that lost its price", menu(changed(d7="")), "How many mains are there?"),
    ("a dish whose price is read as words", menu(changed(d6="£l9.S0")), "What is the cheapest main course?"),
    (
        "a first value that was not read",
        rows(ACCOUNTS)[:1] + rows(ACCOUNTS)[2:],
        "Which account has the least money?",
    ),
    ("a last value that was not read", rows(ACCOUNTS)[:-1], "Which account has the least money?"),
    ("two come first", menu(changed(d5="£15.80")), "What is the cheapest main course?"),
    ("a list of two", rows(ACCOUNTS[:2]), "Which account has the highest balance?"),
    (
        "names at no edge",
        [
            (t, x + 30 * (i % 4), y, w, h) if x < 200 else (t, x, y, w, h)
            for i, (t, x, y, w, h) in enumerate(rows(ACCOUNTS))
        ],
        "Which account has the highest balance?",
    ),
    ("sums and taxes", rows(RECEIPT), "What is the most expensive item?"),
    ("sums and taxes counted", rows(RECEIPT), "How many items are there?"),
]


@pytest.mark.parametrize(("why", "lines", "question"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_a_list_does_not_say_is_refused(
    guide: Guide, why: str, lines: Sequence[Line], question: str
) -> None:
    answer = guide.tell(remembered(Page(lines), question))
    assert answer.status == "cannot_tell", (why, answer.text, answer.reason)


def parts(lines: Sequence[Line]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The parts of the only list of a page: what heads them, names and values."""
    (listing,) = lists_of(Scene(remembered(Page(lines), "")))
    return [
        (s.heading.text if s.heading else "", [(e.name.text, e.value.text) for e in s.entries])
        for s in listing.sections
    ]


@pytest.mark.parametrize("slope", [-0.025, -0.01, 0.0, 0.01, 0.025])
@pytest.mark.parametrize("lower", [0.0, 9.0])
def test_the_name_is_no_description_however_the_page_stands(slope: float, lower: float) -> None:
    found = parts(turned(menu(DISHES, lower=lower), slope))
    assert [head for head, _ in found] == ["Starters", "Mains", "Desserts"]
    told = [(name.split(" (")[0], price) for name, _, price in DISHES if price]
    assert [entry for _, entries in found for entry in entries] == told


UNTOLD = [
    ("a second price in the row", [*menu(DISHES), *menu(PRICES, right=780)], "How much is the roast hake?"),
    ("a word that the page has elsewhere", [*SIDE, line("Balance", 420, 300)], "balance of Joint Account"),
    ("more than its value", SIDE, "Where is Joint Account?"),
    ("another side", SIDE, "What is the balance above the Joint Account?"),
    ("a number between", [*rows(ACCOUNTS[:1]), line("2", 180, 120)], "balance of Everyday"),
    (
        "a figure of a card",
        [line("Budget", 40, 120), ("1,204.10", 300, 120, 64, 16), line("Total", 300, 100)],
        "balance of Budget",
    ),
    ("a part of a name", rows(ACCOUNTS[1:2]), "balance of the holiday"),
    ("a name that two have", rows([*ACCOUNTS, ("Everyday", "7.10")]), "balance of Everyday"),
]


@pytest.mark.parametrize(("why", "lines", "question"), UNTOLD, ids=[row[0] for row in UNTOLD])
def test_a_list_leaves_to_others_what_it_does_not_say(
    guide: Guide, why: str, lines: Sequence[Line], question: str
) -> None:
    assert looked_up(Scene(remembered(Page(lines), question)), guide.query(question)) is None, why


def test_a_sum_heads_what_it_sums_up() -> None:
    assert parts(SIDE) == [("On budget", ACCOUNTS)]


@pytest.mark.parametrize("shifted", [20.0, 22.0])
def test_prices_in_the_row_of_what_describes_a_dish_make_no_list(shifted: float) -> None:
    page = Page(menu(DISHES[1:4], lower=shifted))
    assert lists_of(Scene(remembered(page, ""))) == ()


LEFT = [
    line("Breakfast", 60, 100),
    *rows([("Porridge", "€5.80"), ("Granola", "€6.90")], 140, 60, 400),
    line("Cakes", 60, 230),
    *rows([("Cheesecake", "€4.50"), ("Strudel", "€5.20"), ("Poppy seed cake", "€3.90")], 270, 60, 400),
]


def test_a_heading_at_the_edge_of_the_names_stands_apart_from_them() -> None:
    assert [(head, len(entries)) for head, entries in parts(LEFT)] == [("Breakfast", 2), ("Cakes", 3)]


@pytest.mark.parametrize("price", ["", "EIS.BO", "£l5.8O", "15.80"])
def test_a_part_is_uneven_where_a_price_is_not_read(price: str) -> None:
    for dish in (5, 6, 7):
        page = Page(menu(changed(**{f"d{dish}": price})))
        parts = [s for listing in lists_of(Scene(remembered(page, ""))) for s in listing.sections]
        mains = [s for s in parts if s.heading is not None and s.heading.text == "Mains"]
        assert not any(s.is_even for s in mains), dish


def test_pages_are_read_before_a_list_is_ranked(guide: Guide) -> None:
    answer = guide.tell(remembered(replace(PAGES["menu"], whole=False), "What's the cheapest main course?"))
    assert answer.status == "cannot_tell" and ANY_TEXT in [t.phrase for t in answer.more]


def test_none_is_told_where_another_value_stands_beside_the_name(guide: Guide) -> None:
    question = "balance of Everyday"
    page = Page([*rows(ACCOUNTS, y=160), ("12.00", 40, 176, 40, 13), line("Everyday", 40, 160)])
    told = looked_up(Scene(remembered(page, question)), guide.query(question))
    assert told is not None and told.best is None and told.final, told
