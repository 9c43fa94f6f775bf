"""Scopes, parts of names, and options ranked by where they stand."""

from __future__ import annotations

from collections.abc import Sequence

import PIL.Image
import pytest

from seal.agents.contracts import Answer
from seal.agents.rules import Rules
from seal.agents.rules.phrases import pieces
from seal.agents.rules.reader import read
from seal.agents.rules.replies import targets_of
from seal.memory.geometry import Box
from seal.memory.working import AbsentTarget, Crop, FoundTarget, GlobalImage, TextLine, VisualWorkingMemory

PIXEL = PIL.Image.new("RGB", (8, 8))
H = 16.0  # text height, pixels


def line(text: str, x: float, y: float, height: float = H, page: int = 1) -> TextLine:
    return TextLine(text=text, box=Box(x, y, 0.5 * height * len(text), height), page=page)


def tell(question: str, lines: Sequence[TextLine], options: tuple[str, ...] = (), pages: int = 1) -> Answer:
    """The answer where each target of the question is found wherever a line holds it as a word of its own."""
    found: list[FoundTarget] = []
    gone: list[AbsentTarget] = []
    for target in targets_of(read(question)):
        words = target.phrase.split('"')[1] if '"' in target.phrase else target.phrase
        hits = [n for n in lines if words.casefold() in n.text.casefold()]
        for n in hits:
            step, start = n.box.width / len(n.text), n.text.casefold().index(words.casefold())
            box = Box(n.box.x + start * step, n.box.y, step * len(words), n.box.height)
            score = 1.0 if n.text == words else 0.93
            found.append(
                FoundTarget(phrase=target.phrase, box=box, score=score, crop="c", page=n.page, text=n.text)
            )
        if not hits:
            gone.append(AbsentTarget(phrase=target.phrase, seen=1, looks=2, complete=True, text_only=True))
    memory = VisualWorkingMemory(
        question=question,
        options=options or None,
        image=GlobalImage(size_wh=(1200, 900), png=PIXEL),
        pages=pages,
        targets=tuple(found),
        absent=tuple(gone),
        crops=(Crop(id="c", box=Box(0, 0, 9, 9), png=PIXEL),),
        lines=tuple(lines),
    )
    return Rules().tell(memory)


def table(x: float, y: float, heading: str, rows: Sequence[tuple[str, str]]) -> list[TextLine]:
    """A heading, a row of headers (Task, State), and rows 30 px apart."""
    made = [line(heading, x, y, 24), line("Task", x + 20, y + 120), line("State", x + 220, y + 120)]
    for i, (task, state) in enumerate(rows):
        made += [line(task, x + 20, y + 150 + 30 * i), line(state, x + 220, y + 150 + 30 * i)]
    return made


BOARD = [
    *table(40, 40, "Open Work", [("Paint wall", "Waiting"), ("Fix roof", "Running"), ("Sweep", "Running")]),
    *table(640, 40, "Old Work", [("Paint wall", "Done"), ("Fix roof", "Running"), ("Sweep", "Done")]),
    *table(40, 440, "Later Work", [("Paint wall", "Planned"), ("Fix roof", "Not Done")]),
    line("1", 320, 400),
    line("2", 350, 400),
    line("3", 380, 400),
    line("1", 900, 400),
    line("2", 930, 400),
]
STATES = ("Waiting", "Running", "Done", "Planned", "Not Done")


@pytest.mark.parametrize(
    ("question", "form", "scope"),
    [
        ("What is the state of Paint wall in the Later Work table?", "state", "Later Work"),
        ('According to the "Old Work" list, who paints?', "unknown", "Old Work"),
        ("In the section on Pumps, how many valves are there?", "count", "Pumps"),
        ("How many screws does the list of parts show?", "count", "parts"),
        ("What number is in the table?", "value", ""),
        ("On the dashboard, what is the number of Users?", "count", ""),
        ("What is the price of Soap in Q3?", "cell", ""),
    ],
)
def test_scopes_are_split_off(question: str, form: str, scope: str) -> None:
    got = read(question)
    assert (got.scope.core if got.scope else "") == scope
    assert got.form == form or not scope


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the State of Paint wall in the Open Work table?", "Waiting"),
        ("What is the State of Paint wall in the Old Work table?", "Done"),
        ("According to the Later Work table, what State has Paint wall?", "Planned"),
        ("In the Later Work table, which State is given for Fix roof?", "Not Done"),
    ],
)
def test_a_scope_decides_among_equal_rows(question: str, answer: str) -> None:
    assert tell(question, BOARD, STATES).text == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many times does Running appear in the Open Work table?", "2"),
        ("How many tasks in the Old Work table are Done?", "2"),
        ("How many tasks are Done (not counting Not Done)?", "2"),
    ],
)
def test_counts_keep_to_scope_and_exclusion(question: str, answer: str) -> None:
    assert tell(question, BOARD, ("1", "2", "3", "4")).text == answer


def test_the_last_page_link_below_a_heading() -> None:
    assert tell("What is the highest page number offered in the Open Work table?", BOARD).text == "3"
    assert tell("What is the last page of the pagination under the Old Work table?", BOARD).text == "2"


@pytest.mark.parametrize(
    ("question", "options", "answer"),
    [
        ("How much is shown under Visa?", ("$10", "$20", "$30"), "$20"),
        ("Something nice, whatever it is, about Visa?", ("$10", "$20", "$30"), "$20"),
        ("How much is shown above Visa?", ("$10", "$20", "$30"), "$30"),
    ],
)
def test_places_and_directions_rank_options(question: str, options: tuple[str, ...], answer: str) -> None:
    cards = [
        line("$30", 300, 60),
        line("Visa", 300, 100),
        line("Credit card", 280, 120),
        line("$20", 300, 140),
    ]
    cards += [line("Cash", 100, 100), line("$10", 100, 140)]
    assert tell(question, cards, options).text == answer


def test_a_tie_cannot_be_told() -> None:
    twice = [line("Alpha", 100, 100), line("red", 200, 100), line("Alpha", 100, 400), line("blue", 200, 400)]
    assert (
        tell("Something nice, whatever it is, about Alpha?", twice, ("red", "blue")).status == "cannot_tell"
    )


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("error code 512", "512"),
        ("Anna Bauer hired in 2017", "Anna Bauer"),
        ("Total due", "Total"),
        ("Total", None),
    ],
)
def test_pieces_of_long_names(words: str, first: str | None) -> None:
    assert next(iter(pieces(words)), None) == first


def test_parts_of_a_name_are_asked_for_next() -> None:
    got = tell("What does error code 512 mean?", [], ("disk full", "no paper"))
    assert got.status == "cannot_tell"
    assert '"512"' in [t.phrase for t in got.more]
