"""When an answer is right, wrong or refused: options, values, lists, places, and what only looks right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seal.measure.cases import Case
from seal.measure.judge import judge
from seal.memory.geometry import Box


def case(**data: Any) -> Case:
    return Case(name="n", kind="k", image=Path("a.png"), question="What?", **data)


SAME = [
    ("45,902", "45902"),
    ("45 902", "45,902"),
    ("1,200", "1200.00"),
    ("one", "1"),
    ("(5)", "-5"),
    ("3.4M", "3,400,000"),
    ("$1,250.00", "1250"),
    ("EUR 1.250,50", "1,250.50 €"),
    ("USD 5", "$5"),
    ("12 %", "12%"),
    ("3 May 2024", "2024-05-03"),
    ("May 3, 2024", "3 May 2024"),
    ("03/05/2024", "3 May 2024"),
    ("9:30 PM", "21:30"),
    ("10 d", "10 days"),
    ("2 h 30 min", "150 minutes"),
    ("5GB", "5 GB"),
    ("1920×1080", "1920 x 1080"),
    ("Half past nine.", "half past  nine"),
    ("log in", "Login"),
    ("Wi-Fi", "WiFi"),
    ("“Record”", "record"),
    ("(empty)", "empty"),
    ("DE44 5001 0517 5407 3249 31", "DE44500105175407324931"),
    ("Ｒecord", "Record"),
    ("百度地图", "百度地图"),
    ("Bob, Alice", "Alice, Bob"),
    ("Alice and Bob", "Bob; Alice"),
    ("Alice, Bob, and Carol", "Carol, Alice, Bob"),
    ("Carol\nAlice", "Alice, Carol"),
    ("1,250; 3", "3 and 1250"),
    ("2024-05-03, 2024-05-04", "May 4, 2024; May 3, 2024"),
    ("Run tests in parallel, Record video", "Record video, run tests in parallel"),
]

DIFFERENT = [
    ("12", "112"),
    ("112", "12"),
    ("Total 12", "12"),
    ("12", "Total 12"),
    ("12 of 15", "12"),
    ("12.5", "125"),
    ("1-2", "12"),
    ("-5", "5"),
    ("50+", "50"),
    ("12%", "0.12"),
    ("5 GB", "5 MB"),
    ("$5", "€5"),
    ("5 h", "5 min"),
    ("2 h 30 min", "2 h 45 min"),
    ("21 °C", "21 °F"),
    ("3 May 2024", "3 May 2023"),
    ("2024-05-03", "2024-06-03"),
    ("9:30", "21:30"),
    ("v1.2.3", "v1.2.4"),
    ("A+", "A-"),
    ("C++", "C"),
    ("Record", "Record video"),
    ("Ostra GmbH", "Ostra"),
    ("the Record button", "Record"),
    ("yes", "no"),
    ("Yes, all of them", "yes"),
    ("Alice", "Alice, Bob"),
    ("Alice, Bob, Carol", "Alice, Bob"),
    ("Alice, Bob", "Alice, Bert"),
    ("1, 23", "12, 3"),
    ("l2", "12"),
    ("", "12"),
    ("*", "?"),
]


@pytest.mark.parametrize(("told", "right"), SAME)
def test_the_same_in_other_words(told: str, right: str) -> None:
    assert judge(case(answer=right), told, "answered") == "right"
    assert judge(case(answer=told), right, "answered") == "right"


@pytest.mark.parametrize(("told", "right"), DIFFERENT)
def test_near_misses_are_wrong(told: str, right: str) -> None:
    assert judge(case(answer=right), told, "answered") == "wrong"


BUTTON = Box(100, 200, 80, 30)
PLACE: dict[str, Any] = {"bbox": [BUTTON.xywh]}
WORDS: dict[str, Any] = {"answer": "12", "accept": ["a dozen apples", "12 apples"]}
CHOICE: dict[str, Any] = {"options": ["12 px", "12", "Twelve"], "accept": ["Twelve"]}
NOBODY: dict[str, Any] = {"cannot_tell": True}


@pytest.mark.parametrize(
    ("data", "answer", "status", "places", "verdict"),
    [
        (WORDS, "12 Apples", "answered", (), "right"),
        (WORDS, "a dozen  apples.", "answered", (), "right"),
        (WORDS, "apples", "answered", (), "wrong"),
        (WORDS, "", "cannot_tell", (), "refused"),
        (WORDS, "12", "cannot_tell", (), "refused"),
        (WORDS, "", "refused", (), "refused"),
        (CHOICE, "12 px", "answered", (), "right"),
        (CHOICE, "Twelve", "answered", (), "right"),
        (CHOICE, "12", "answered", (), "wrong"),  # the same number, but another option
        (CHOICE, "", "cannot_tell", (), "refused"),
        (NOBODY, "", "cannot_tell", (), "right"),
        (NOBODY, "", "refused", (), "right"),
        (NOBODY, "yes", "answered", (), "wrong"),
        (NOBODY, "(cannot tell)", "answered", (), "wrong"),
        (NOBODY | {"accept": ["no"]}, "No", "answered", (), "right"),
        (NOBODY | {"options": ["yes", "no"]}, "yes", "answered", (), "wrong"),
        (NOBODY | {"options": ["yes", "no"]}, "", "cannot_tell", (), "right"),
        (PLACE, "Use", "answered", [(1, BUTTON)], "right"),
        (PLACE, "Use", "answered", [(1, Box(90, 190, 200, 60))], "wrong"),  # its centre is beside the button
        (PLACE, "Use", "answered", [(1, Box(0, 0, 280, 430))], "right"),  # larger, and around the button
        (PLACE, "Use", "answered", [(2, BUTTON)], "wrong"),
        (PLACE, "Use", "answered", [(1, Box(0, 0, 9, 9)), (1, BUTTON)], "wrong"),  # the first one counts
        (PLACE, "[100, 200, 80, 30]", "answered", (), "wrong"),
        (PLACE, "", "cannot_tell", [(1, BUTTON)], "refused"),
        (PLACE | {"bbox": [(0, 0, 9, 9), BUTTON.xywh]}, "", "answered", [(1, BUTTON)], "right"),
        (PLACE | {"pages": [3]}, "", "answered", [(3, BUTTON)], "right"),
        (PLACE | {"page": 3}, "", "answered", [(3, BUTTON)], "right"),
        (PLACE | {"answer": "Use"}, "Buy", "answered", [(1, BUTTON)], "wrong"),  # words are asked for
    ],
)
def test_verdicts(data: dict[str, Any], answer: str, status: str, places: Any, verdict: str) -> None:
    assert judge(case(**data), answer, status, places) == verdict
