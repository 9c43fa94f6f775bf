"""The questions that people wrote, as training data."""

from __future__ import annotations

from random import Random

import pytest

from seal.agents.reader.labels import ANSWERS, KINDS, ROLES
from seal.train import asking
from seal.train.asking import asked
from seal.train.asking_written import Written, varied, written


@pytest.fixture
def only_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "WRITTEN", 1.0)


def test_all_are_read_with_known_classes() -> None:
    for question in written():
        text = "".join(words for words, _ in question.pieces)
        assert question.kind in KINDS and question.answer in ANSWERS, text
        assert text == text.strip() and "  " not in text.replace("   ", " "), text
        for words, role in question.pieces:
            assert role in ("", *ROLES), text
            assert words == words.strip() or not role, text
        if question.kind in ("foreign", "other"):
            assert [role for _, role in question.pieces if role] == [], text


def test_every_kind_and_role_was_written_and_nothing_twice() -> None:
    texts = ["".join(words for words, _ in q.pieces).lower() for q in written()]
    assert len(texts) == len(set(texts)) > 1000
    assert {q.kind for q in written()} == set(KINDS)
    assert {role for q in written() for _, role in q.pieces} == {"", *ROLES}


def test_a_variation_keeps_the_reading_and_changes_names() -> None:
    rng, changed = Random(1), 0
    known = {tuple(role for _, role in q.pieces if role) for q in written()}
    names = {words for q in written() for words, role in q.pieces if role == "NAME"}
    for question in (varied(rng) for _ in range(400)):
        assert isinstance(question, Written)
        assert tuple(role for _, role in question.pieces if role) in known
        changed += any(role == "NAME" and words not in names for words, role in question.pieces)
    assert changed > 40


def test_the_spans_of_a_written_question_are_words_of_it(only_written: None) -> None:
    rng = Random(2)
    for question in (asked(rng) for _ in range(500)):
        end = 0
        for role, start, stop in question.spans:
            assert role in ROLES
            assert end <= start < stop <= len(question.text), question
            assert question.text[start:stop].strip(), question
            end = stop


def test_a_question_of_a_given_kind_is_made(only_written: None) -> None:
    assert {asked(Random(n), "page").kind for n in range(20)} == {"page"}
