"""Bad input: one clear line, of the right error, before any work; from Python and from a shell."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from typer.testing import CliRunner

from seal import Budget, Seal
from seal.agents.contracts import Answer, Need, Target
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.cli.app import app
from seal.inputs import MAX_OPTION, MAX_OPTIONS, MAX_QUESTION, MAX_TARGETS
from seal.memory.errors import ImageError, InputError, QuestionError, SettingError
from seal.memory.geometry import Box
from seal.memory.image import open_document
from seal.screen.element import Elements

WHITE = np.full((300, 400, 3), 255, np.uint8)


class Untouched(ScriptedVQA):
    def show(self, *_: Any) -> Need:
        raise AssertionError("bad input reached an agent")


def untouched() -> Seal:
    return Seal(Untouched(), FakeLocalizer({}, fail_with=AssertionError("bad input reached an agent")))


def asks(question: Any = "?", options: Any = None, **more: Any) -> Callable[[], object]:
    return lambda: untouched().ask(WHITE, question, options, **more)


def locates(targets: Any, **more: Any) -> Callable[[], object]:
    return lambda: untouched().locate(WHITE, targets, **more)


def makes(**settings: Any) -> Callable[[], object]:
    return lambda: Seal(ScriptedVQA(), FakeLocalizer({}), **settings)


def untouched_screen() -> Elements:
    return Elements(size_wh=(400, 300), items=(), digest="")


BAD: list[tuple[str, Callable[[], object], type[InputError], str]] = [
    *(
        (f"page {page!r}", asks(page=page), ImageError, "counted from 1")
        for page in (0, -1, 2, "1", 1.5, True, b"1", math.nan)
    ),
    ("page of locate", locates("x", page="1"), ImageError, "counted from 1"),
    *(
        (f"queries {given!r}", lambda given=given: list(untouched().ask_many(given)), QuestionError, told)
        for given, told in (
            (5, "list of (image, question); got 5"),
            (None, "got None"),
            ("a.png", "got 'a.png'"),
            ([5], "(image, question) or (image, question, options); got 5"),
            (["ab"], "got 'ab'"),
            ([("a.png",)], "got ('a.png',)"),
            ([("a.png", "?", None, 1)], "got ('a.png', '?', None, 1)"),
        )
    ),
    *(
        (
            f"kind {kind!r}",
            lambda kind=kind: untouched_screen().only(kind),
            SettingError,
            "no elements of kind",
        )
        for kind in (5, b"x", ["text", 5], [["text"]], "nope")
    ),
    *(
        (f"memory {path!r}", makes(memory=path), SettingError, "named by its folder")
        for path in (5, b"x", True, ["a"])
    ),
    ("question None", asks(None), QuestionError, "must be a string; got None"),
    ("question bytes", asks(b"what?"), QuestionError, "must be a string; got b'what?' (bytes)"),
    ("question number", asks(5), QuestionError, "must be a string; got 5 (int)"),
    ("question surrogate", asks("what \ud800?"), QuestionError, "lone surrogate"),
    ("question empty", asks(" \n"), QuestionError, "empty"),
    ("question long", asks("very " * 20_000), QuestionError, "100,000 characters; at most 4,000"),
    ("options numbers", asks("?", [1, 2]), QuestionError, "must be a string; got 1 (int)"),
    ("options None", asks("?", [None]), QuestionError, "must be a string; got None"),
    ("options bytes", asks("?", [b"a", b"b"]), QuestionError, "must be a string; got b'a' (bytes)"),
    ("options are bytes", asks("?", b"ab"), QuestionError, "list of strings"),
    ("options are a string", asks("?", "left|right"), QuestionError, "list of strings"),
    ("options are a number", asks("?", 3), QuestionError, "list of strings"),
    ("options are a dict", asks("?", {"a": 1}), QuestionError, "list of strings"),
    ("options surrogates", asks("?", ["a", "\udcff"]), QuestionError, "lone surrogate"),
    ("options many", asks("?", [str(i) for i in range(5_000)]), QuestionError, "At most 100 options"),
    ("options endless", asks("?", map(str, itertools.count())), QuestionError, "At most 100 options"),
    ("option long", asks("?", ["a", "b" * 1_001]), QuestionError, "1,001 characters"),
    ("options doubled", asks("?", ["a", "a "]), QuestionError, "'a'"),
    ("options one", asks("?", ["a"]), QuestionError, "two options"),
    ("targets None", locates(None), QuestionError, "in words"),
    ("targets [None]", locates([None]), QuestionError, "a string or a Target"),
    ("targets bytes", locates(b"bell"), QuestionError, "in words"),
    ("targets [bytes]", locates([b"bell"]), QuestionError, "a string or a Target"),
    ("targets number", locates(7), QuestionError, "in words"),
    ("targets []", locates([]), QuestionError, "at least one target"),
    ("targets ''", locates(""), QuestionError, "at least one target"),
    ("targets ['']", locates(["bell", " "]), QuestionError, "at least one target"),
    ("target surrogate", locates("bell \ud800"), QuestionError, "lone surrogate"),
    ("target phrase None", locates([Target(None)]), QuestionError, "a string as phrase"),  # type: ignore[arg-type]
    ("target instances", locates([Target("x", "some")]), QuestionError, "'one' or 'all'"),  # type: ignore[arg-type]
    ("target long", locates("x" * 300), QuestionError, "300 characters"),
    ("targets 600", locates([f"t{i}" for i in range(600)]), QuestionError, "At most 256 targets"),
    ("targets 5000", locates([f"t{i}" for i in range(5_000)]), QuestionError, "got 5,000"),
    *(
        (f"dpi {dpi!r}", makes(dpi=dpi), SettingError, "between 10 and 2400 dpi")
        for dpi in ("200", math.nan, math.inf, -math.inf, True, 0, 9, 2401, b"200", [200])
    ),
    ("dpi of a document", lambda: open_document(WHITE, dpi="200"), SettingError, "2400 dpi"),  # type: ignore[arg-type]
    *(
        (f"budget {budget!r}", makes(budget=budget), SettingError, "must be a Budget")
        for budget in (5, {}, "8", True)
    ),
    ("budget of ask", asks(budget=5), SettingError, "must be a Budget"),
    ("budget of locate", locates("x", budget={}), SettingError, "must be a Budget"),
    ("search", makes(search={}), SettingError, "must be a SearchSettings"),
    ("policy", makes(policy=5), SettingError, "policy"),
    ("max_pixels", makes(max_pixels="many"), SettingError, "max_pixels"),
]


@pytest.mark.parametrize(("call", "error", "message"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_input(call: Callable[[], object], error: type[InputError], message: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    told = str(caught.value)
    assert type(caught.value) is error and message in told
    assert "\n" not in told and len(told) < 300 and told.isprintable()


SHELL: dict[str, tuple[list[str], str]] = {
    "page 0": (["ask", "{screen}", "?", "--page", "0"], "page 0"),
    "page -1": (["ask", "{screen}", "?", "--page", "-1"], "page -1"),
    "page beyond": (["locate", "{screen}", "x", "--page", "2"], "page 2"),
    "question long": (["ask", "{screen}", "very " * 20_000], "at most 4,000"),
    "question surrogate": (["ask", "{screen}", "\udcff"], "surrogate"),
    "options many": (["ask", "{screen}", "?", "--options", "|".join(map(str, range(5_000)))], "At most 100"),
    "targets many": (["locate", "{screen}", *(f"t{i}" for i in range(600))], "At most 256 targets"),
    "target empty": (["locate", "{screen}", ""], "at least one target"),
    "dpi nan": (["ask", "{screen}", "?", "--dpi", "nan"], "dpi"),
    "dpi inf": (["ask", "{screen}", "?", "--dpi", "inf"], "dpi"),
    "seconds nan": (["ask", "{screen}", "?", "--seconds", "nan"], "seconds"),
}


@pytest.mark.parametrize("name", SHELL)
def test_bad_input_from_a_shell(name: str, tmp_path: Path) -> None:
    screen = tmp_path / "white.png"
    PIL.Image.fromarray(WHITE).save(screen)
    arguments, message = SHELL[name]
    told = CliRunner().invoke(app, [a.format(screen=screen) for a in arguments])
    assert isinstance(told.exception, InputError) and message in str(told.exception)
    assert "\n" not in str(told.exception)


@pytest.mark.parametrize("value", ["1.5", "x", "True"])
def test_a_page_that_is_no_number_from_a_shell(value: str) -> None:
    told = CliRunner().invoke(app, ["ask", "x.png", "?", "--page", value])
    assert told.exit_code == 2 and "--page" in told.output


def test_what_stands_at_the_limits_is_taken() -> None:
    vqa = ScriptedVQA(needs=lambda *_: Need(answer=Answer("1")))
    seal = Seal(vqa, FakeLocalizer({}), dpi=np.float32(100), budget=Budget(looks=1))  # type: ignore[arg-type]
    question = "q" * MAX_QUESTION
    options = ["o" * MAX_OPTION, *(f" {i} " for i in range(MAX_OPTIONS - 1))]
    result = seal.ask(WHITE, question, iter(options), page=np.int64(1))  # type: ignore[arg-type]
    assert result.question == question and result.memory.options == tuple(o.strip() for o in options)
    assert seal.ask(WHITE, "?", []).memory.options is None
    found = seal.locate(WHITE, (f"t{i}" for i in range(MAX_TARGETS)))  # type: ignore[arg-type]
    assert len(found.absent) == MAX_TARGETS


def test_many_targets_are_related_to_the_first_ones_only() -> None:
    from seal.memory.facts import MAX_RELATED, relations
    from seal.memory.working import FoundTarget

    found = [FoundTarget(phrase=f"t{i}", box=Box(i, 0, 9, 9), score=1.0, crop="") for i in range(200)]
    facts = relations(found)
    assert len(facts) == MAX_RELATED * (MAX_RELATED - 1)
    assert facts == relations(found[:MAX_RELATED])


def test_a_file_name_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a\udcff.png"
    try:
        PIL.Image.fromarray(WHITE).save(path)
    except (OSError, UnicodeError):
        pytest.skip("this file system takes text only")
    vqa = ScriptedVQA(needs=lambda *_: Need(answer=Answer("1")))
    result = Seal(vqa, FakeLocalizer({}), memory=tmp_path / "store").ask(path, "?")
    assert result.trace.image_name.endswith(r"a\udcff.png")
    result.trace.save(tmp_path / "t.html")
    assert type(result).from_json(result.to_json()) == result
