"""Free questions, places and refusals in both layouts, and how they stand in the table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from seal import Seal
from seal.agents.contracts import Answer, Capabilities, Need, Target
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.measure.bench import load_cases, read_cases, run_bench
from seal.memory.errors import ImageError, InputError
from seal.memory.geometry import Box

BELL = Box(500, 200, 24, 24)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    PIL.Image.new("RGB", (800, 600), "white").save(tmp_path / "a.png")
    return tmp_path


def listed(folder: Path, *items: Any) -> Path:
    whole = [{"image": "a.png", "question": "What?", **i} if isinstance(i, dict) else i for i in items]
    (folder / "cases.json").write_text(json.dumps(whole))
    return folder


@pytest.mark.parametrize(
    ("data", "expected", "free"),
    [
        ({"answer": "12"}, "12", True),
        ({"answer": "12", "options": None, "accept": ["twelve"]}, "12", True),
        ({"answer": "12", "options": []}, "12", True),
        ({"options": ["12", "13"]}, "12", False),
        ({"options": ["12", "13"], "answer": "12"}, "12", False),
        ({"answer": None, "cannot_tell": True}, "(cannot tell)", True),
        ({"options": ["yes", "no"], "answer": None, "cannot_tell": True}, "(cannot tell)", False),
        ({"bbox": [[1, 2, 3.5, 4]]}, "[1, 2, 3.5, 4]", True),
        ({"bbox": [[1, 2, 3, 4]], "answer": "12"}, "12", True),
    ],
)
def test_right_answers_in_a_file_each(folder: Path, data: dict[str, Any], expected: str, free: bool) -> None:
    (folder / "a.json").write_text(json.dumps({"question": "What?", **data}))
    (case,) = load_cases(folder)
    assert case.expected == expected and (case.shuffled() is None) == free


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "options, an answer, cannot_tell or a bbox"),
        ({"answer": " "}, "not empty"),
        ({"answer": "12", "accept": [""]}, "accept"),
        ({"answer": "12", "accept": "12"}, "accept"),
        ({"answer": 12}, "answer"),
        ({"answer": "12", "cannot_tell": True}, "not both"),
        ({"answer": "13", "options": ["12", "13"]}, "stand first"),
    ],
)
def test_broken_files(folder: Path, data: dict[str, Any], message: str) -> None:
    (folder / "a.json").write_text(json.dumps({"question": "What?", **data}))
    with pytest.raises(InputError, match=message) as caught:
        load_cases(folder)
    assert "\n" not in str(caught.value) and "a.json" in str(caught.value)


@pytest.mark.parametrize(
    ("item", "expected", "options"),
    [
        ({"right": "12", "options": None}, "12", ()),
        ({"right": "12"}, "12", ()),
        ({"right": "13", "options": ["12", "13", "14"]}, "13", ("13", "12", "14")),
        ({"right": "empty", "options": ["310", "(empty)"]}, "(empty)", ("(empty)", "310")),
        ({"right": "(cannot tell)"}, "(cannot tell)", ()),
        ({"right": "(cannot tell)", "options": ["yes", "no"]}, "(cannot tell)", ("yes", "no")),
        ({"right": "[500, 200, 24, 24.5]"}, "[500, 200, 24, 24.5]", ()),
        ({"right": "[1, 2, 3]"}, "[1, 2, 3]", ()),  # no box, but a text
    ],
)
def test_right_answers_in_a_list(
    folder: Path, item: dict[str, Any], expected: str, options: tuple[str, ...]
) -> None:
    (case,) = load_cases(listed(folder, item))
    assert (case.expected, case.options, case.name) == (expected, options, "001-a")
    assert case.kind == folder.name and case.is_place == (expected[:4] == "[500")


def test_what_a_list_says_beside(folder: Path) -> None:
    items = {"right": "12", "accept": ["twelve"], "kind_hint": "count", "page": 1}, {"right": "13"}
    first, second = load_cases(listed(folder, *items))
    assert (first.id, first.accept, first.page) == ("count/001-a", ("twelve",), 1)
    assert second.id == f"{folder.name}/002-a"


def test_a_choice_of_cannot_tell_is_a_refusal_too(folder: Path) -> None:
    item = {"right": "(cannot tell)", "options": ["yes", "no", "(cannot tell)"]}
    (case,) = load_cases(listed(folder, item))
    for answer, right in (("(cannot tell)", 1.0), ("no", 0.0)):
        report = run_bench([case], seal_that({"What?": Answer(answer)}), baseline=False)
        assert report.share("right") == right


def test_broken_lists(folder: Path) -> None:
    broken = {
        "expected to be one": {"right": "15", "options": ["12", "13"]},
        "expected to be a text": {"right": 12},
        "gone.png does not exist": {"right": "12", "image": "gone.png"},
        "question": {"right": "12", "question": None},
        "no question of a benchmark": "hello",
        "two different options": {"right": "12", "options": ["12"]},
        "negative side": {"right": "[1, 2, -3, 4]"},
    }
    cases, unreadable = read_cases(listed(folder, *broken.values(), {"right": "12"}))
    assert [c.name for c in cases] == ["008-a"] and len(unreadable) == len(broken)
    for message, case in zip(broken, unreadable, strict=True):
        assert message in case.reason and "cases.json, question" in case.reason and "\n" not in case.reason
    with pytest.raises(InputError, match="question 1: "):
        load_cases(folder)
    with pytest.raises(ImageError, match="question 1: its image"):
        load_cases(listed(folder, {"right": "12", "image": "gone.png"}))


@pytest.mark.parametrize("text", ["{}", "[]", "{", '"12"'])
def test_files_that_hold_no_list(folder: Path, text: str) -> None:
    (folder / "cases.json").write_text(text)
    with pytest.raises(InputError, match=r"cases\.json"):
        read_cases(folder)


def seal_that(answers: dict[str, Answer]) -> Seal:
    """Finds the bell for every question, cites it, and answers as told."""
    vqa = ScriptedVQA(
        needs=lambda *_: Need((Target("bell"),)), answers=lambda memory, _: answers[memory.question]
    )
    able = Capabilities(input_side=640, smallest_px=12.0, confidence_low=0.45)
    return Seal(vqa, FakeLocalizer({"bell": [BELL]}, capabilities=able))


def test_the_table_tells_right_wrong_and_refused_by_kind_and_by_form(folder: Path) -> None:
    asked: dict[str, tuple[dict[str, Any], Answer]] = {
        "value": ({"right": "1,250", "kind_hint": "read"}, Answer("1250.00", confidence=0.75)),
        "name": ({"right": "Bob", "kind_hint": "read"}, Answer("Bobby", confidence=0.5)),
        "choice": ({"right": "no", "options": ["yes", "no"], "kind_hint": "read"}, Answer("", "cannot_tell")),
        "nobody": ({"right": "(cannot tell)", "kind_hint": "look"}, Answer("", "cannot_tell", 0.0)),
        "here": ({"right": "[495, 195, 40, 40]", "kind_hint": "look"}, Answer("there", cites=("crop-1",))),
        "there": ({"right": "[0, 0, 40, 40]", "kind_hint": "look"}, Answer("there", cites=("crop-1",))),
    }
    cases = load_cases(listed(folder, *({"question": q, **item} for q, (item, _) in asked.items())))
    report = run_bench(cases, seal_that({q: answer for q, (_, answer) in asked.items()}), baseline=False)
    told = {r.case.question: r.verdict for r in report.search}
    assert list(told.values()) == ["right", "wrong", "refused", "right", "right", "wrong"]
    assert [(r.confidence, len(r.places)) for r in report.search[:1]] == [(0.75, 0)]
    assert {row[0]: row[1:5] for row in report.rows()[1:]} == {
        "look": ("3", "0.67", "0.33", "0.00"),
        "read": ("3", "0.33", "0.33", "0.33"),
        "free": ("5", "0.60", "0.40", "0.00"),
        "with options": ("1", "0.00", "0.00", "1.00"),
        "all": ("6", "0.50", "0.33", "0.17"),
    }
    assert report.rows()[-1][8] == f"{(3 + 0.5) / 6:.2f}"  # guessing between two options earns a half
    line = report.search[4].to_dict()
    assert (line["verdict"], line["expected"], line["options"]) == ("right", "[495, 195, 40, 40]", None)
    ((page, xywh),) = line["places"]  # type: ignore[misc]
    assert page == 1 and Box(*xywh).iou(BELL) > 0.5
