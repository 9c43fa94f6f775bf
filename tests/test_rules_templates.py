"""The words that a template needs: never more than what it matches has, and few templates are left to be tried."""

from __future__ import annotations

import re

import pytest

from seal.agents.rules import layout_forms, visual_forms
from seal.agents.rules.templates import Clauses, Template, matches, needed_words
from seal.agents.rules.wording import normalised
from seal.measure.bench import load_cases

ALL = (*visual_forms._PATTERNS, *layout_forms.PATTERNS)
FOLDERS = ("examples/questions", "examples/heldout", "examples/icons")


def nothing(name: str) -> Clauses:
    del name
    return ()


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("how far is {a}", [{"how far is "}]),
        ("pages?( are)? there", [{"page"}, {" there"}]),
        ("(on|at|in) page (is|are) {a}", [{"on", "at", "in"}, {" page "}, {"is", "are"}]),
        ("(how (many|much)|what) {a}", [{"how ", "what"}]),
        ("(up |{a} )to", [{"to"}]),
        ("[the ]sum (?=of)(?!no)total+ \\w+.*", [{"sum "}, {"total"}]),
        ("(?P<cmp>more|less) than [^a-z]{2,5}x", [{"more", "less"}, {" than "}]),
        ("ab{2}c{0,3}?de", []),
        ("{a} (is|)", []),
    ],
)
def test_words_that_a_template_needs(template: str, words: list[set[str]]) -> None:
    got = [set(some) for some in needed_words(template, nothing)]
    assert [some for some in words if some not in got] == []
    assert len(got) <= max(len(words), 1)


def questions() -> list[str]:
    return [case.question for folder in FOLDERS for case in load_cases(folder)]


def test_no_template_is_passed_over_that_matches() -> None:
    texts = [normalised(question)[0] for question in questions()]
    texts += [text.upper() for text in texts] + [text.replace("i", "İ").replace("s", "ſ") for text in texts]
    tried = [(t.form, t.compiled()) for t in ALL]
    hits = 0
    for text in texts:
        expected = [form for form, pattern in tried if pattern.fullmatch(text)]
        assert [form for form, _ in matches(ALL, text)] == expected
        hits += len(expected)
    assert hits > len(texts)


def test_few_templates_are_compiled() -> None:
    def never() -> re.Pattern[str]:
        compiled.append(1)
        return re.compile("(?!)")

    compiled: list[int] = []
    asked = questions()
    for question in asked:
        list(matches([Template(t.form, t.words, never) for t in ALL], normalised(question)[0]))
    assert len(compiled) < 0.1 * len(ALL) * len(asked)
