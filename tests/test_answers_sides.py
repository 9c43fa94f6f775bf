"""Two things compared by the figures in their rows, and what is no such comparison."""

from __future__ import annotations

import pytest
from answer_pages import Line, Page, remembered

from seal.agents.answers.agent import Guide
from seal.agents.answers.compare import compare
from seal.agents.answers.scene import Scene
from seal.agents.answers.sides import Sides, sides_of

QUESTIONS = [
    ("Did he spend more at the bike shop or at the vet?", Sides("bike shop", "vet", False)),
    ("Which was higher, the iron or the manganese?", Sides("iron", "manganese", False)),
    (
        "Who works more hours this week, Ousmane Fofana or Joel Bickerstaff?",
        Sides("Ousmane Fofana", "Joel Bickerstaff", False),
    ),
    ("Are there more orders from Ireland or from the Netherlands?", Sides("Ireland", "Netherlands", False)),
    ("Does RJ 77 or EC 109 have more bike places left?", Sides("RJ 77", "EC 109", False)),
    ("in 100 g is there more fibre or more protein?", Sides("fibre", "protein", False)),
    ("Is the soup cheaper than the squid?", Sides("soup", "squid", True)),
    (
        "Does the repair café cost more than Welsh for beginners?",
        Sides("repair café", "Welsh for beginners", True),
    ),
]


@pytest.mark.parametrize(("question", "two"), QUESTIONS, ids=[q for q, _ in QUESTIONS])
def test_the_two_sides_of_a_question(question: str, two: Sides) -> None:
    assert sides_of(question) == two


@pytest.mark.parametrize(
    "question", ["Is it on or off?", "What is the total?", "Which is the cheapest?", "or", "more than", ""]
)
def test_no_two_sides(question: str) -> None:
    assert sides_of(question) is None


def row(y: float, *cells: tuple[str, float]) -> list[Line]:
    return [(text, x, y, 8.0 * len(text), 16) for text, x in cells]


CARDS = Page(
    [
        *row(20, ("Evening classes", 40)),
        *row(80, ("Repair café", 40), ("£28.00", 400), ("12 places left", 560)),
        *row(140, ("Welsh for beginners", 40), ("£22.00", 400), ("3 places left", 560)),
        *row(200, ("Life drawing", 40), ("£31.50", 400), ("fully booked", 560)),
        *row(300, ("Fibre", 40), ("8.4 g", 400)),
        *row(330, ("Protein", 40), ("7.7 g", 400)),
    ]
)
TOLD = [
    ("Does the repair café cost more than Welsh for beginners?", "yes"),
    ("Is the repair café cheaper than Welsh for beginners?", "no"),
    ("Which is dearer, the repair café or life drawing?", "Life drawing"),
    ("is there more fibre or more protein?", "fibre"),
    ("Is life drawing cheaper than pottery?", ""),
    ("Is life drawing cheaper than fibre?", ""),
]


@pytest.mark.parametrize(("question", "told"), TOLD, ids=[q for q, _ in TOLD])
def test_two_rows_compared(question: str, told: str) -> None:
    answer = Guide().tell(remembered(CARDS, question))
    assert answer.text == told, answer.reason


STATES = [
    ("How many switches on this screen are on?", "on"),
    ("How many check boxes are currently ticked?", "ticked"),
    ("How many orders are on this page?", ""),
]


@pytest.mark.parametrize(("question", "state"), STATES, ids=[q for q, _ in STATES])
def test_the_state_of_what_is_counted_is_kept(question: str, state: str) -> None:
    assert next((w.state for w in Guide().query(question).wanted if w.state), "") == state


FIGURES: list[Line] = [
    *[
        ("Kettle", 40, 60, 50, 14),
        ("212", 200, 60, 30, 14),
        ("Urn", 40, 100, 30, 14),
        ("1904", 200, 100, 40, 14),
    ],
    *[
        ("Basket", 40, 140, 50, 14),
        ("400 g", 200, 140, 40, 14),
        ("Tray", 40, 180, 30, 14),
        ("90 g", 200, 180, 40, 14),
    ],
]


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Which is heavier, Basket or Tray?", "Basket"),
        ("Which is heavier, Kettle or Urn?", ""),
        ("Which is longer, Basket or Tray?", ""),
    ],
)
def test_figures_are_of_what_the_comparative_ranks_by(question: str, told: str) -> None:
    """Grams tell what is heavier; bare figures may be numbers of lots or years."""
    scene = Scene(remembered(Page(FIGURES), question))
    best = compare(scene, Guide().query(question), ()).best
    assert (best.text if best is not None else "") == told
