"""Phrases that the nano localizer understands."""

from __future__ import annotations

import doctest
from collections import Counter

import pytest

from seal.agents.nano import vocabulary
from seal.agents.nano.vocabulary import REGIONS, WIDGETS, Wanted, concepts, parse, unknown
from seal.measure.truth import REGIONS as TRAINED_REGIONS
from seal.measure.truth import WIDGETS as TRAINED_WIDGETS
from seal.train.concepts import names, table


def test_names_agree_with_what_is_trained() -> None:
    assert {name: list(words) for name, words in concepts().items()} == names(table()), (
        "agents/nano/names.json must hold what seal.train.concepts.names gives"
    )
    assert tuple(WIDGETS) == TRAINED_WIDGETS
    assert tuple(REGIONS) == TRAINED_REGIONS


def test_no_two_kinds_share_a_name() -> None:
    kinds = (*WIDGETS.items(), *REGIONS.items())
    words = Counter(word for name, synonyms in kinds for word in (name, *synonyms))
    assert [word for word, count in words.items() if count > 1] == []


def test_every_name_and_synonym_is_understood() -> None:
    for name, words in concepts().items():
        for word in (name, *words):
            assert parse(f"{word} icon") == Wanted("icon", name), word
            assert parse(f"the {word.title()} icon") == Wanted("icon", name), word
            assert unknown(f"{word} icon") == ""
    for name, words in (*WIDGETS.items(), *REGIONS.items()):
        for word in (name, *words):
            found = parse(word)
            assert found is not None and (found.name, found.label) == (name, ""), word


@pytest.mark.parametrize(
    ("phrase", "kind", "name", "state", "label"),
    [
        ("a bin icon", "icon", "trash", None, ""),
        ("Search icon", "icon", "search", None, ""),
        ("search", "icon", "search", None, ""),
        ("star icons", "icon", "star", None, ""),
        ("trash can icons", "icon", "trash", None, ""),
        ("gears", "icon", "settings", None, ""),
        ("icon of a bell", "icon", "bell", None, ""),
        ("heart-shaped icon", "icon", "heart", None, ""),
        ("bell symbol", "icon", "bell", None, ""),
        ("notification bell icon", "icon", "bell", None, ""),
        ("back arrow", "icon", "arrow left", None, ""),
        ("wifi icon", "icon", "wifi", None, ""),
        ("calender icon", "icon", "calendar", None, ""),
        ("magnifing glass icon", "icon", "search", None, ""),
        ("icons", "icon", "", None, ""),
        ("date icon", "icon", "calendar", None, ""),
        ("menu icon", "icon", "menu", None, ""),
        ("menu button", "icon", "menu", None, ""),
        ("menu item", "widget", "menu item", None, ""),
        ("table", "region", "table", None, ""),
        ("table icon", "icon", "table", None, ""),
        ("sliders", "widget", "slider", None, ""),
        ("sliders icon", "icon", "sliders", None, ""),
        ("toggles", "widget", "switch", None, ""),
        ("dropdown", "widget", "select", None, ""),
        ("profile pictures", "widget", "avatar", None, ""),
        ("checked boxes", "widget", "checkbox", True, ""),
        ("unticked box", "widget", "checkbox", False, ""),
        ("checkboxes that are not checked", "widget", "checkbox", False, ""),
        ("selected radio button", "widget", "radio", True, ""),
        ("the currently selected tab", "widget", "tab", True, ""),
        ("switch that is on", "widget", "switch", True, ""),
        ("switches which are turned off", "widget", "switch", False, ""),
        ("navigation", "region", "sidebar", None, ""),
        ("pop-up", "region", "dialog", None, ""),
        ("modal", "region", "dialog", None, ""),
        ("toolbar", "region", "toolbar", None, ""),
        ("table row", "region", "table", None, ""),
        ("bottom right of the table", "region", "table", None, ""),
        ("Wi-Fi switch", "widget", "switch", None, "Wi-Fi"),
        ("bluetooth switch", "widget", "switch", None, "bluetooth"),
        ('button "Save"', "widget", "button", None, "Save"),
        ("Save button", "widget", "button", None, "Save"),
        ("'Remember me' checkbox", "widget", "checkbox", None, "Remember me"),
        ("'Remember me' checkbox that is on", "widget", "checkbox", True, "Remember me"),
        ("checkbox labelled Remember me", "widget", "checkbox", None, "Remember me"),
        ("Orders table", "region", "table", None, "Orders"),
    ],
)
def test_phrases(phrase: str, kind: str, name: str, state: bool | None, label: str) -> None:
    assert parse(phrase) == Wanted(kind, name, state, label)  # type: ignore[arg-type]
    assert bool(unknown(phrase)) == bool(label)


@pytest.mark.parametrize(
    "phrase",
    [
        "",
        "the",
        '"Save"',
        'label "Total"',
        "total revenue",
        "any text",
        "page number",
        "date",
        "phone",
        "email address",
        "hroose icon",
        "horse",
        "color wheel",
        "checked button",
        "disabled button",
        "icon \U0001f600",
        "x" * 5000,
    ],
)
def test_anything_else_is_refused(phrase: str) -> None:
    assert parse(phrase) is None
    assert unknown(phrase).endswith(".") and unknown(phrase).count("\n") == 0


@pytest.mark.parametrize(
    ("phrase", "nearest"),
    [("trsah icon", '"trash"'), ("haert icon", '"heart"'), ("swich", '"switch"'), ("phone", '"phone icon"')],
)
def test_a_refusal_names_what_is_near(phrase: str, nearest: str) -> None:
    assert nearest in unknown(phrase)


def test_examples() -> None:
    assert doctest.testmod(vocabulary).failed == 0
