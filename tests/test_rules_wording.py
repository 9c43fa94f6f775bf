"""Ways of asking that no template knows, and what the options tell of a question that none reads."""

from __future__ import annotations

import pytest

from seal.agents.rules import read

YES_NO, NUMBERS, SIDES = ("yes", "no"), ("1", "2", "3", "4"), ("left", "right")

ASKED = [
    ("Export: is it on this screen?", YES_NO, "presence", ("Export",), None),
    ("Refund policy - is that anywhere on the page?", YES_NO, "presence", ("Refund policy",), None),
    ("I'm looking for Payroll in the side menu. Is it in there?", YES_NO, "presence", ("Payroll",), None),
    ("Would I find a Print button on this page?", YES_NO, "presence", ("Print",), None),
    ("Has the manual got a chapter about Valves?", YES_NO, "presence", ("Valves",), None),
    ("Orders table, how many rows are Pending?", NUMBERS, "count", ("Pending",), "Orders Table"),
    ("number of times Widget shows up", NUMBERS, "count", ("Widget",), None),
    ("Jane Roe is listed as an owner how many times?", NUMBERS, "count", ("Jane Roe",), None),
    ("Count the codes starting with ERR_", NUMBERS, "count", ("ERR_",), None),
    (
        "Payments list: Visa, is that above Cash or below it?",
        ("above", "below"),
        "relation",
        ("Visa", "Cash"),
        "Payments",
    ),
    (
        "News feed: is that higher up or lower down on the page than Weather?",
        ("higher up", "lower down"),
        "relation",
        ("News feed", "Weather"),
        None,
    ),
    (
        "What comes first going down the list, Apples or Pears?",
        ("Apples", "Pears"),
        "relation",
        ("Apples", "Pears"),
        None,
    ),
    ("Footer: position of Help with respect to Terms?", SIDES, "relation", ("Help", "Terms"), None),
    (
        "On this page Budget sits near Staff. On which side do I find Staff?",
        SIDES,
        "relation",
        ("Staff", "Budget"),
        None,
    ),
]


@pytest.mark.parametrize(("question", "options", "form", "names", "scope"), ASKED)
def test_other_ways_of_asking(
    question: str, options: tuple[str, ...], form: str, names: tuple[str, ...], scope: str | None
) -> None:
    asked = read(question, options)
    assert (asked.form, asked.phrases) == (form, names)
    found = None if asked.scope is None else asked.scope.core
    assert (found or "").casefold() in (
        (scope or "").casefold(),
        (scope or "").casefold().removesuffix(" table"),
    )


@pytest.mark.parametrize(
    ("question", "options"),
    [
        ("Budget and Staff, which colour do they share?", SIDES),
        ("Is nothing but Export missing here?", YES_NO),
        ("Does the total exceed the budget by much?", YES_NO),
    ],
)
def test_options_alone_make_no_form(question: str, options: tuple[str, ...]) -> None:
    assert read(question, options).form not in ("presence", "count")
