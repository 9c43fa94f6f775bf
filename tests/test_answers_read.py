"""Answers that the text of a page gives or contradicts: yes and no in its sentences, amounts of nothing, and what the
network that reads it must not tell."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from answer_pages import Page, Row, ask, named

from seal.agents.answers import extracted as reading
from seal.agents.answers import load, readout
from seal.agents.answers.agent import Guide
from seal.agents.extract.extractor import Extract


def rows(*texts: str) -> list[tuple[str, float, float, float, float]]:
    """Lines under each other; of "a | b" the second stands apart in the same row."""
    placed = []
    for n, text in enumerate(texts):
        for x, part in zip((40, 420), text.split(" | "), strict=False):
            placed.append((part, float(x), 40.0 + 30 * n, 7.0 * len(part), 14.0))
    return placed


PAGES = {
    "contract": Page(
        rows(
            "Rental agreement",
            "The hirer may not drive on sea ice. Smoking in the car is forbidden.",
            "Dogs are allowed in the boot.",
            "The code was written by Ada Lovelace in 1843.",
        )
    ),
    "bill": Page(
        rows("Bill No 77", "Charges | $ 18.00", "Tax | $ 0.00", "Shipping | $ 4.50", "Total | $ 22.50")
    ),
    "receipt": Page(rows("HAGER TRADING", "TEL:03-51221701 FAX:03-51215716", "Uptime: 497d 4h 4m")),
    "disk": Page(rows("Sequencer", "The disk drive holds over 110,000 notes", "Foot switch inputs | 2")),
}


@pytest.fixture(scope="module")
def guide() -> Guide:
    agent = load()
    assert isinstance(agent, Guide)
    return agent


TOLD: list[Row] = [
    ("contract", "Is driving on sea ice allowed?", "Yes; No; Only with written consent", "No", ""),
    ("bill", "Was any tax charged?", "", "no", ""),
    ("bill", "Was no tax charged?", "", "yes", ""),
    ("bill", "Was no shipping charged?", "", "no", ""),
    ("receipt", "What is the fax number?", "", "03-51215716", ""),
    ("receipt", "What is the uptime?", "", "497d 4h 4m", ""),
]


@pytest.mark.parametrize(("page", "question", "options", "told", "_"), TOLD, ids=named(TOLD))
def test_what_is_written_is_told(
    guide: Guide, page: str, question: str, options: str, told: str, _: str
) -> None:
    answer = ask(guide, PAGES[page], question, options)
    assert (answer.text, answer.status) == (told, "answered")


@pytest.mark.parametrize(
    ("page", "question", "options"),
    [
        ("receipt", "Who is the salesperson?", "HAGER; FAX; SELANGOR"),  # one merely stands near
        ("contract", "Where can I get the code?", ""),  # no place on the page
        ("bill", "Was shipping charged?", ""),  # the network's yes is sure of 0.86 only
        ("bill", "Which charge is the lowest?", "Charges; Shipping; Nothing"),
        ("contract", "What colour are the dogs?", ""),  # the ink of a word is not that of what it names
    ],
)
def test_what_is_only_likely_is_not_told(guide: Guide, page: str, question: str, options: str) -> None:
    assert ask(guide, PAGES[page], question, options).status == "cannot_tell"


def test_a_number_in_a_question_for_how_many_is_nothing_to_compare(guide: Guide) -> None:
    assert ask(guide, PAGES["disk"], "How many notes fit on one disk?").text not in ("yes", "no")


class Says:
    """An extractor that says one thing."""

    def __init__(self, *found: Extract) -> None:
        self.found = list(found)

    def read(self, question: str, rows: list[str]) -> Says:
        return self

    def extracts(self) -> list[Extract]:
        return self.found

    def of(self, texts: Sequence[str]) -> list[None]:
        return [None] * len(texts)


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (Extract("$ 18.00", 1, 10, 17, 0.9), "cannot_tell"),
        (Extract("$ 4.50", 3, 11, 17, 0.3), "answered"),
        (Extract("$ 22.50", 4, 8, 15, 0.9), "answered"),
    ],
)
def test_a_value_that_the_text_contradicts_is_not_told(
    guide: Guide, monkeypatch: pytest.MonkeyPatch, found: Extract, status: str
) -> None:
    """Below `DOUBTED`, where what is read is sure enough to count."""
    monkeypatch.setattr(readout, "DOUBTED", 1.01)
    monkeypatch.setattr(reading, "extractor", lambda: Says(found))
    assert ask(guide, PAGES["bill"], "What is the total?").status == status


@pytest.mark.parametrize(
    ("question", "sure", "status"),
    [
        ("Are dogs allowed in the boot?", 0.97, "answered"),
        ("Are dogs welcome in the boot?", 0.9, "cannot_tell"),
        ("Is the box for dogs ticked?", 0.97, "cannot_tell"),  # how it looks
        ("Are dogs not allowed?", 0.97, "cannot_tell"),
        ("Are dogs in the boot right now?", 0.97, "cannot_tell"),  # a state, which looks tell
    ],
)
def test_yes_and_no_of_the_text(
    guide: Guide, monkeypatch: pytest.MonkeyPatch, question: str, sure: float, status: str
) -> None:
    monkeypatch.setattr(reading, "extractor", lambda: Says(Extract("yes", 2, 0, 4, sure)))
    assert ask(guide, PAGES["contract"], question).status == status


def test_a_row_whose_name_lies_higher_than_its_cells_is_one_row(guide: Guide) -> None:
    """As two-line rows are read whose second line is small: the name and its cells hardly share a height."""
    lines = [
        ("Title", 908, 1048, 78, 45),
        ("Category", 1702, 1045, 138, 50),
        ("Author", 2365, 1042, 112, 50),
        ("Created At", 2919, 1055, 147, 30),
        ("Status", 3342, 1052, 95, 37),
    ]
    for n, (title, tight) in enumerate([("Introduction", 0), ("Installing", 0), ("MVC", 1), ("CRUD", 0)]):
        y = 1145 + 120 * n
        lines.append((title, 910, y + 8 * tight, 300, 27 if tight else 42))
        lines.append(("Web Developer", 1705, y + 25, 215, 40))
        lines.append(("Rizal Fakhri", 2455, y + 25, 158, 35))
        lines.append((f"2018-01-2{n}", 2912, y + (30 if tight else 23), 163, 30 if tight else 42))
        lines.append(("Published", 3358, y + 23, 140, 42))
    page = Page([(text, x / 5, y / 5, w / 5, h / 5) for text, x, y, w, h in lines])
    assert ask(guide, page, 'What is the "Created At" of "MVC"?').text == "2018-01-22"


def test_a_line_of_the_page_that_stands_in_the_question_is_a_name(guide: Guide) -> None:
    """Word for word: nothing else tells that "5", "Tutorial" and "Deployment" are one name."""
    titles = ["Laravel 5 Tutorial: Installing", "Laravel 5 Tutorial: CRUD", "Laravel 5 Tutorial: Deployment"]
    states = ["Published", "Draft", "Pending"]
    page = Page(rows("Title | Status", *(f"{t} | {s}" for t, s in zip(titles, states, strict=True))))
    for title, state in zip(titles, states, strict=True):
        answer = ask(guide, page, f"What is the status of {title.lower()}?")
        assert answer.text == state


def test_an_amount_does_not_say_that_it_was_paid(guide: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "extractor", lambda: Says())
    assert ask(guide, PAGES["bill"], "Was the total paid?").status == "cannot_tell"


def test_the_network_reads_a_question_once(guide: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second reading, with a line of the page as a name, is for the rules alone."""
    asked: list[str] = []

    class Counts(Says):
        def read(self, question: str, rows: list[str]) -> Says:
            asked.append(question)
            return self

    monkeypatch.setattr(reading, "extractor", lambda: Counts())
    assert ask(guide, PAGES["receipt"], "Who owns Hager Trading?").status == "cannot_tell"
    assert asked == ["Who owns Hager Trading?"]
