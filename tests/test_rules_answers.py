"""Answers of the rules agent from hand-built memories."""

from __future__ import annotations

import math
from collections.abc import Sequence

import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seal.agents.contracts import Answer, VQAAgent
from seal.agents.registry import load_vqa
from seal.agents.rules import Rules, load
from seal.agents.rules.amounts import as_number, is_value
from seal.agents.rules.reader import read
from seal.agents.rules.replies import targets_of
from seal.memory.errors import SettingError
from seal.memory.geometry import Box
from seal.memory.image import Image
from seal.memory.working import (
    AbsentTarget,
    Crop,
    Fact,
    FoundTarget,
    GlobalImage,
    TextLine,
    VisualWorkingMemory,
)

PIXEL = PIL.Image.new("RGB", (8, 8))
H = 16.0  # text height of the pages below, pixels


def line(text: str, x: float, y: float, height: float = H, page: int = 1, sure: float = 1.0) -> TextLine:
    """A line of text, half as wide a letter as it is high."""
    return TextLine(text=text, box=Box(x, y, 0.5 * height * len(text), height), confidence=sure, page=page)


def memory(
    question: str,
    lines: Sequence[TextLine] = (),
    gone: Sequence[AbsentTarget] = (),
    facts: Sequence[Fact] = (),
    found: Sequence[FoundTarget] | None = None,
    options: tuple[str, ...] | None = None,
    pages: int = 1,
) -> VisualWorkingMemory:
    """A memory in which the targets of the question are found where a line holds their words."""
    if found is None:
        found = []
        for (_, named), target in zip(read(question).mentions, targets_of(read(question)), strict=False):
            absent = any(g.phrase == target.phrase for g in gone)
            hits = [n for n in lines if named.core.casefold() in n.text.casefold() and not absent]
            for n in hits:
                start = n.text.casefold().index(named.core.casefold())
                step = n.box.width / len(n.text)
                box = Box(n.box.x + start * step, n.box.y, len(named.core) * step, n.box.height)
                whole = 1.0 if n.text.casefold() == named.core.casefold() else 0.93
                found.append(
                    FoundTarget(
                        phrase=target.phrase,
                        box=box,
                        score=whole,
                        crop=f"c{len(found)}",
                        page=n.page,
                        text=n.text,
                    )
                )
    return VisualWorkingMemory(
        question=question,
        options=options,
        image=GlobalImage(size_wh=(1200, 900), png=PIXEL),
        pages=pages,
        targets=tuple(found),
        absent=tuple(gone),
        crops=tuple(Crop(id=t.crop, box=t.box.expanded(2), png=PIXEL, page=t.page) for t in found),
        facts=tuple(facts),
        lines=tuple(lines),
    )


def at(phrase: str, x: float, y: float, w: float = 40, h: float = 40, score: float = 0.9) -> FoundTarget:
    return FoundTarget(phrase=phrase, box=Box(x, y, w, h), score=score, crop=f"k{x:.0f}-{y:.0f}")


def tell(question: str, *lines: TextLine, **more: object) -> Answer:
    return Rules().tell(memory(question, lines, **more))  # type: ignore[arg-type]


RECEIPT = (
    line("Subtotal", 100, 100),
    line("$1,000.00", 400, 100),
    line("Tax", 100, 130),
    line("$250.00", 400, 130),
    line("Total", 100, 160),
    line("$1,250.00", 400, 160),
    line("Invoice no.: 4711", 100, 40),
    line("Status Shipped", 700, 40),
)
CARDS = (
    line("Revenue", 100, 100),
    line("Users", 300, 100),
    line("Orders", 500, 100),
    line("$12.4k", 100, 124, 32),
    line("340", 300, 124, 32),
    line("27", 500, 124, 32),
)
CARDS_ABOVE = (
    line("$12.4k", 100, 100, 32),
    line("340", 300, 100, 32),
    line("Revenue", 100, 140),
    line("Users", 300, 140),
)
FORM = (line("Name", 100, 100), line("Alice Smith", 260, 100), line("Age", 100, 130), line("42", 260, 130))
TABLE = (
    line("Order", 100, 200),
    line("Customer", 300, 200),
    line("Status", 500, 200),
    line("Amount", 700, 200),
    line("10044", 100, 230),
    line("Bob", 300, 230),
    line("Open", 500, 230),
    line("12.00", 706, 230),
    line("10045", 100, 260),
    line("Carol", 300, 260),
    line("Shipped", 500, 260),
    line("1,999.00", 684, 260),
)
MENU = (
    line("Home", 20, 100),
    line("Messages", 20, 140),
    line("12", 160, 138),
    line("Settings", 20, 180),
    line("Log out", 20, 220),
)

VALUES = [
    ("What is the Total?", RECEIPT, "$1,250.00"),
    ("How much is the Tax?", RECEIPT, "$250.00"),
    ("What is the value next to Subtotal?", RECEIPT, "$1,000.00"),
    ("What is the 'Invoice no.'?", RECEIPT, "4711"),
    ("What is written right of 'Tax'?", RECEIPT, "$250.00"),
    ("What is written below 'Tax'?", RECEIPT, "Total"),
    ("What is written above 'Tax'?", RECEIPT, "Subtotal"),
    ("What is left of '$250.00'?", RECEIPT, "Tax"),
    ("What is the Revenue?", CARDS, "$12.4k"),
    ("How much is Users?", CARDS, "340"),
    ("What does Orders show?", CARDS, "27"),
    ("What is the Revenue?", CARDS_ABOVE, "$12.4k"),
    ("What is the value of Users?", CARDS_ABOVE, "340"),
    ("How many Users are there?", CARDS, "340"),
    ("How many times does Users appear?", CARDS, "1"),
    ("What is next to Age?", FORM, "42"),
    ("What is closest to Age?", FORM, "Name"),
    ("What is the Name?", FORM, "Alice Smith"),
    ("What is the Age?", FORM, "42"),
    ("What is the Status of order 10045?", TABLE, "Shipped"),
    ("What is the Amount of order 10045?", TABLE, "1,999.00"),
    ("Which Customer does 10044 have?", TABLE, "Bob"),
    ("What does row 10044 show under column Amount?", TABLE, "12.00"),
    ("What number is on the badge next to Messages?", MENU, "12"),
    ("How many unread Messages does the badge show?", (line("Messages (3)", 20, 140),), "3"),
    ("What comes after Messages in the menu?", MENU, "Settings"),
    ("Which item comes before Settings?", MENU, "Messages"),
    ("Which label is closest to Home?", MENU, "Messages"),
    ("What does the heading starting with Log say?", MENU, "Log out"),
    ("Which is larger, Subtotal or Tax?", RECEIPT, "Subtotal"),
    ("Which is smaller, Subtotal or Tax?", RECEIPT, "Tax"),
    ("Is Subtotal greater than Tax?", RECEIPT, "yes"),
    ("Is Tax equal to Subtotal?", RECEIPT, "no"),
    ("Does Tax exceed Subtotal?", RECEIPT, "no"),
    ("What is the sum of Subtotal and Tax?", RECEIPT, "$1,250.00"),
    ("What is the difference between Subtotal and Tax?", RECEIPT, "$750.00"),
    ("What is Tax minus Subtotal?", RECEIPT, "-$750.00"),
    ("Is Home above or below Settings?", MENU, "above"),
    ("Is Home left or right of 12?", MENU, "left"),
    ("Is Settings below Home?", MENU, "yes"),
    ("Is Settings above Home?", MENU, "no"),
    ("Where is 12 relative to Messages?", MENU, "right of"),
    ("Is there a Settings link?", MENU, "yes"),
    ("Are there both Home and Settings?", MENU, "yes"),
    ("How many times does 'out' appear?", MENU, "1"),
    ("Which page is this?", (line("Page 3 of 12", 500, 870),), "3"),
    ("How many pages are there?", (line("Page 3 of 12", 500, 870),), "12"),
    ("Is Wi-Fi turned on?", (line("Wi-Fi: On", 20, 20),), "yes"),
    ("Is Wi-Fi disabled?", (line("Wi-Fi", 20, 20), line("On", 120, 20)), "no"),
]


@pytest.mark.parametrize(("question", "lines", "text"), VALUES)
def test_answers(question: str, lines: tuple[TextLine, ...], text: str) -> None:
    made = memory(question, lines)
    got = Rules().tell(made)
    assert (got.text, got.status) == (text, "answered"), got.reason
    assert 0 < got.confidence <= 1
    assert set(got.cites) <= {c.id for c in made.crops}
    assert got.cites or read(question).form == "page"


def test_text_that_begins_with_words_or_bears_them() -> None:
    lines = (line("Save", 20, 100), line("Save as draft", 20, 140), line("Please Save often", 20, 180))
    assert tell("What does the 'Save' button say?", *lines).text == "Save"
    assert tell("What does the label starting with 'Save as' say?", *lines).text == "Save as draft"


def test_words_are_no_badge_where_a_number_is_asked_for() -> None:
    got = tell("What number is on the badge next to Home?", line("Home", 20, 100), line("New", 120, 100))
    assert got.status == "cannot_tell"
    assert (
        tell("What does the badge next to Home say?", line("Home", 20, 100), line("New", 120, 100)).text
        == "New"
    )


def test_words_without_a_separator_are_a_weak_value() -> None:
    got = tell("What is the Status?", line("Status Shipped", 700, 40))
    assert got.text == "Shipped"
    assert got.confidence <= 0.5


@pytest.mark.parametrize(("off", "counts"), [(14.0, True), (20.0, False)])
def test_a_cell_a_little_off_its_row_counts_where_it_is_by_far_the_nearest(off: float, counts: bool) -> None:
    lines = [
        line("Title", 20, 20),
        line("Status", 400, 20),
        line("Writing CRUD", 20, 200),
        line("Edit", 20, 228),
    ]
    lines += [
        line("Published", 400, 200 + off - 80),
        line("Draft", 400, 200 + off),
        line("Pending", 400, 280 + off),
    ]
    question = 'What does the row "Writing CRUD" show under column Status?'
    assert Rules().tell(memory(question, lines)).text == ("Draft" if counts else "")


def test_line_that_merges_columns_is_cut_at_the_header() -> None:
    merged = (*TABLE[:4], line("10045          Carol     Shipped", 100, 260))
    widths = line(
        "10045                    Carol                    Shipped                  12.00", 100, 260
    )
    assert tell("What is the Status of order 10045?", *TABLE[:4], widths).text == "Shipped"
    assert tell("What is the Status of order 10045?", *merged).status in ("answered", "cannot_tell")


def test_label_without_table_is_read_as_a_value() -> None:
    assert (
        tell("What is the date of the invoice?", line("Invoice date: 2026-11-20", 40, 40)).text
        == "2026-11-20"
    )


def test_distance_and_position() -> None:
    pair = [at('"A1"', 200, 0), at('"B2"', 500, 400)]
    assert tell("How far is 'A1' from 'B2'?", found=pair).text == "500 pixels"
    assert tell("Where is 'B2'?", found=pair).text.startswith("centre of the image: x 500, y 400")
    assert tell("Is 'A1' in the top left corner?", found=pair).text == "yes"
    assert tell("Is 'B2' in the upper right corner?", found=pair).text == "no"


def color_fact(phrase: str, *colors: tuple[str, str, float]) -> Fact:
    value = {"phrase": phrase, "colors": [{"name": n, "hex": h, "share": s} for n, h, s in colors]}
    return Fact(kind="color", text="Colours.", value=value, evidence=("k10-10",))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What colour is the Delete button?", "red (#d32f2f)"),
        ("What is the text colour of the Delete button?", "white (#ffffff)"),
        ("Is the Delete button red?", "yes"),
        ("Is the Delete button green?", "no"),
    ],
)
def test_colors_come_from_facts(question: str, text: str) -> None:
    fact = color_fact('button "Delete"', ("red", "#d32f2f", 0.8), ("white", "#ffffff", 0.2))
    got = tell(question, facts=[fact], found=[at('button "Delete"', 10, 10)])
    assert got.text == text
    assert got.cites == ("k10-10",)


def test_color_that_was_not_measured_cannot_be_told() -> None:
    got = tell("What colour is the Delete button?", found=[at('button "Delete"', 10, 10)])
    assert got.status == "cannot_tell"
    assert "Qwen3-VL" in got.reason


GONE = AbsentTarget(phrase='button "Help"', seen=0.99, looks=12, complete=True)


def test_absence_answers_presence() -> None:
    got = tell("Is there a Help button?", gone=[GONE])
    assert got.text == "no"
    assert got.confidence >= 0.9
    assert "12 looks" in got.reason
    assert tell("Are there both a Help button and a Home button?", *MENU, gone=[GONE]).text == "no"
    assert tell("How many Help buttons are there?", gone=[GONE]).text == "0"


def test_absence_half_seen() -> None:
    partly = GONE.model_copy(update={"seen": 0.7, "complete": False})
    assert 0 < tell("Is there a Help button?", gone=[partly]).confidence < 0.6
    barely = GONE.model_copy(update={"seen": 0.2, "complete": False})
    got = tell("Is there a Help button?", gone=[barely])
    assert got.status == "cannot_tell"
    assert "20%" in got.reason


def test_absent_label_cannot_be_told() -> None:
    gone = AbsentTarget(phrase='label "Refund"', seen=1, looks=3, complete=True)
    got = tell("How much is the Refund?", gone=[gone])
    assert got.status == "cannot_tell"
    assert got.reason.startswith('"Refund" was not found: 3 looks, 100% of the image seen')


def test_absent_icon_names_who_could_see_it() -> None:
    gone = AbsentTarget(phrase="trash icon", seen=1, looks=3, complete=True, text_only=True)
    got = tell("Is there a trash icon?", gone=[gone])
    assert got.status == "cannot_tell"
    assert "grounding-dino" in got.reason
    seen = gone.model_copy(update={"text_only": False})
    assert tell("Is there a trash icon?", gone=[seen]).text == "no"


def test_state_of_a_checkbox_is_no_text() -> None:
    got = tell("Is the 'Newsletter' checkbox checked?", line("Newsletter", 40, 40))
    assert got.status == "cannot_tell"
    assert "Qwen3-VL" in got.reason


def test_target_never_looked_for_is_asked_for() -> None:
    got = tell("What is the Total?")
    assert got.status == "cannot_tell"
    assert [t.phrase for t in got.more] == ['label "Total"']


TWICE = (line("Total", 100, 100), line("$5", 200, 100), line("Total", 100, 500), line("$7", 200, 500))


def test_several_places() -> None:
    got = tell("What is the Total?", *TWICE)
    assert got.status == "cannot_tell"
    assert "2 places" in got.reason
    assert "(100, 500, 40, 16)" in got.reason
    same = (*TWICE[:3], line("$5", 200, 500))
    assert tell("What is the Total?", *same).text == "$5"
    lead = [
        FoundTarget(phrase='label "Total"', box=Box(100, 100, 40, 16), score=0.95, crop="a", text="Total"),
        FoundTarget(phrase='label "Total"', box=Box(100, 500, 40, 16), score=0.6, crop="b", text="Total"),
    ]
    got = tell("What is the Total?", *TWICE, found=lead)
    assert (got.text, got.cites) == ("$5", ("a",))
    assert "2 places match" in got.reason
    assert got.confidence < 0.7


def test_exact_label_beats_a_longer_one() -> None:
    lines = (
        line("Total Revenue", 100, 100),
        line("$9", 300, 100),
        line("Total", 100, 200),
        line("$5", 300, 200),
    )
    assert tell("What is the Total?", *lines).text == "$5"


def test_count_takes_the_measured_number() -> None:
    fact = Fact(kind="count", text="", value={"phrase": 'button "Edit"', "count": 7, "complete": False})
    got = tell("How many Edit buttons are there?", line("Edit", 10, 10), facts=[fact])
    assert got.text == "7"
    assert "may be more" in got.reason


def test_pages() -> None:
    found = [at('"Annex"', 10, 10).model_copy(update={"page": 4})]
    assert tell("On which page is 'Annex'?", found=found, pages=9).text == "4"
    assert tell("How many pages are there?", pages=9).text == "9"
    two = [at('"A1"', 0, 0), at('"B2"', 0, 50).model_copy(update={"page": 2})]
    assert tell("Is 'A1' above 'B2'?", found=two, pages=2).status == "cannot_tell"


CAR, DOG = at("red car", 500, 300), at("dog", 100, 310)
CHOICES = [
    ("Is the red car on the left or right side of the dog?", ("left", "right"), "right", [CAR, DOG]),
    (
        "Is the red car on the left or right side of the dog?",
        ("The red car is on the left side of the dog.", "The red car is on the right side of the dog."),
        "The red car is on the right side of the dog.",
        [CAR, DOG],
    ),
    (
        "Where is the red car relative to the dog?",
        ("The dog is to the right of the red car.", "The dog is to the left of the red car."),
        "The dog is to the left of the red car.",
        [CAR, DOG],
    ),
    (
        "Is the red car left of the dog?",
        ("(A) Yes, it is", "(B) No, it is not"),
        "(B) No, it is not",
        [CAR, DOG],
    ),
    (
        "Which statement is true?",
        ("The red car is left of the dog.", "The red car is right of the dog."),
        "The red car is right of the dog.",
        [CAR, DOG],
    ),
    ("Where is the red car?", ("top left", "centre", "bottom right"), "centre", [CAR, DOG]),
]


@pytest.mark.parametrize(("question", "options", "text", "found"), CHOICES)
def test_choices_of_place(
    question: str, options: tuple[str, ...], text: str, found: list[FoundTarget]
) -> None:
    check_choice(Rules().tell(memory(question, found=found, options=options)), options, text)


TEXT_CHOICES = [
    ("How much is the Total?", ("250", "1250", "1000"), "1250", RECEIPT),
    ("How much is the Total?", ("$1250.00 in all", "$125.00"), "$1250.00 in all", RECEIPT),
    ("What is the Name?", ("alice smith", "bob jones"), "alice smith", FORM),
    ("What is the Name?", ("The name is Alice Smith.", "The name is Bob."), "The name is Alice Smith.", FORM),
    ("What is the Age?", ("A. 41", "B. 42"), "B. 42", FORM),
    ("Is there a Settings link?", ("yes, there is", "no, there is not"), "yes, there is", MENU),
    ("Which is larger, Subtotal or Tax?", ("Tax", "Subtotal"), "Subtotal", RECEIPT),
    ("How many times does 'Home' appear?", ("one", "two"), "one", MENU),
]


@pytest.mark.parametrize(("question", "options", "text", "lines"), TEXT_CHOICES)
def test_choices_of_text(
    question: str, options: tuple[str, ...], text: str, lines: tuple[TextLine, ...]
) -> None:
    check_choice(Rules().tell(memory(question, lines).but(options=options)), options, text)


def check_choice(got: Answer, options: tuple[str, ...], text: str) -> None:
    assert (got.text, got.status) == (text, "answered"), got.reason
    assert got.option_scores is not None
    assert len(got.option_scores) == len(options)
    assert max(got.option_scores) == got.option_scores[options.index(text)]


def test_no_option_fits() -> None:
    got = Rules().tell(memory("How much is the Total?", RECEIPT).but(options=("7", "8")))
    assert got.status == "cannot_tell"
    assert got.option_scores is not None
    assert len(set(got.option_scores)) == 1
    assert '"$1,250.00"' in got.reason


def test_option_that_was_read_near_the_targets() -> None:
    lines = (line("Warranty", 20, 20), line("All parts are covered for two years", 20, 700))
    got = Rules().tell(
        memory("Why choose 'Warranty' and which period?", lines).but(options=("two years", "five years"))
    )
    assert got.text == "two years"
    assert got.confidence <= 0.5


def test_show_and_where() -> None:
    agent = load()
    assert isinstance(agent, VQAAgent)
    view = Image.open(PIXEL).patch()
    need = agent.show(view, "What is the Status of order 10045?")
    assert [t.phrase for t in need.targets] == ['order "10045"', 'column "Status"']
    nothing = agent.show(view, "why?")
    assert (nothing.targets, bool(nothing.reason)) == ((), True)
    stated = agent.show(
        view, "Which one is true?", ("The red car is left of the dog.", "The red car is right of the dog.")
    )
    assert {t.phrase for t in stated.targets} == {"red car", "dog"}
    named = agent.show(view, "Which one?", ("Alpha", "Beta"))
    assert {t.phrase for t in named.targets} == {'"Alpha"', '"Beta"'}
    assert agent.where(view, "page number") == "bottom of the page"


def test_load_refuses_unknown_options() -> None:
    with pytest.raises(SettingError, match="'device'; the options that it takes: none"):
        load_vqa("rules", device="cpu")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("$1,250.00", 1250),
        ("1.250,50 €", 1250.5),
        ("12 %", 12),
        ("(120)", -120),
        ("-5", -5),
        ("−$750.00", -750),
        ("3.4M", 3.4e6),
        ("12k", 12000),
        ("Total: 7", 7),
        ("1 000 000", 1e6),
        ("3 of 12", None),
        ("2026-11-20", None),
        ("none", None),
    ],
)
def test_numbers(text: str, number: float | None) -> None:
    assert as_number(text) == (None if number is None else pytest.approx(number))


@pytest.mark.parametrize(
    "text", ["$5", "12 %", "2026-11-20", "a@b.com", "1,999.00", "20 Nov 2026", "3 days", "#4711"]
)
def test_data(text: str) -> None:
    assert is_value(text)


@pytest.mark.parametrize("text", ["Total", "Revenue", "Alice Smith", "Net income:", "Q"])
def test_words(text: str) -> None:
    assert not is_value(text)


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=120), st.lists(st.text(max_size=20), max_size=3).map(tuple))
def test_tell_never_raises(question: str, options: tuple[str, ...]) -> None:
    made = memory(question, (*TABLE, line(question[:40] or "x", 10, 10)), found=None)
    got = Rules().tell(made.but(options=options or None))
    assert got.status in ("answered", "cannot_tell")
    assert got.status == "answered" or got.reason
    assert all(math.isfinite(s) for s in got.option_scores or ())
    assert got.option_scores is None or len(got.option_scores) == len(options)
