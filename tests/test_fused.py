"""Several localizers as one: who gets a phrase, whose score counts, and who is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seal import Seal, Target
from seal.agents.checks import check_sightings
from seal.agents.contracts import (
    ANY_TEXT,
    Answer,
    Capabilities,
    Sighting,
)
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.agents.fused import Fused, load
from seal.agents.registry import load_localizer
from seal.agents.replay import Recorder, Replay
from seal.memory.errors import ReplyError, SettingError, UnknownAgentError, UnknownPhraseError
from seal.memory.geometry import Box
from seal.memory.image import Image
from seal.record.steps import LookStep
from seal.record.trace import Trace
from seal.record.viewer import json_of, render

SCREEN = Image.open(np.zeros((600, 800, 3), np.uint8))
ICON, LABEL = Box(100, 50, 32, 32), Box(400, 300, 120, 24)


class Stub:
    """Says the same sighting of every phrase."""

    def __init__(self, name: str, sighting: Sighting | None = None, **can: Any) -> None:
        self.name, self.sighting = name, sighting or Sighting()
        self.capabilities = Capabilities(**{"input_side": 512, **can})
        self.asked: list[tuple[str, ...]] = []

    def locate(self, patches: Sequence[Any], phrases: Sequence[str]) -> list[list[Sighting]]:
        self.asked.append(tuple(phrases))
        return [[self.sighting for _ in phrases] for _ in patches]


class Closed(Stub):
    """Knows icons alone."""

    def unknown(self, phrase: str) -> str:
        return "" if phrase.endswith("icon") else f"{self.name} knows no {phrase!r}; nearest: 'trash icon'."


def seen(*boxes: Box, scores: Sequence[float], cue: Any = None, texts: tuple[str, ...] = ()) -> Sighting:
    xyxy = np.array([b.xyxy for b in boxes], np.float32).reshape(-1, 4)
    grid = None if cue is None else np.array(cue, np.float32)
    return Sighting(xyxy, np.array(scores, np.float32), grid, texts)


def look(fused: Fused, phrase: str = "trash icon") -> Sighting:
    patches, phrases = [SCREEN.patch()], [phrase]
    return check_sightings(fused.locate(patches, phrases), patches, phrases, fused.name)[0][0]


READER = {"text_only": True, "reads_text": True}


def test_a_phrase_goes_to_those_who_know_it() -> None:
    reader, closed, other = Stub("ocr", **READER), Closed("nano"), Closed("yolo", longest_phrase=30)
    fused = Fused([reader, closed, other])
    fused.locate([SCREEN.patch()], ["trash icon", "Total", ANY_TEXT, "a very long phrase that names an icon"])
    assert reader.asked == [("Total", ANY_TEXT)]
    assert closed.asked == [("trash icon", "a very long phrase that names an icon")]
    assert other.asked == [("trash icon",)]
    assert fused.name == "fused:ocr+nano+yolo"


def test_what_is_seen_by_name_is_not_read() -> None:
    reader, opened, closed = Stub("ocr", **READER), Stub("owl"), Closed("nano")
    Fused([reader, opened, closed]).locate([SCREEN.patch()], ["trash icon", "Total"])
    assert (reader.asked, opened.asked) == ([("Total",)], [("trash icon", "Total")])
    reader.asked.clear()
    Fused([reader, opened]).locate([SCREEN.patch()], ["trash icon"])
    assert reader.asked == [("trash icon",)]


def test_a_phrase_that_nobody_knows_is_refused_with_all_reasons() -> None:
    fused = Fused([Closed("nano"), Closed("yolo", longest_phrase=3)])
    assert fused.unknown("trash icon") == "" and load_localizer(Stub("open")).unknown("anything") == ""
    assert "nano knows no 'cup'" in fused.unknown("cup")
    with pytest.raises(
        UnknownPhraseError, match=r"fused:nano\+yolo cannot look for 'cups'.*nano knows no.*at most 3"
    ):
        look(fused, "cups")
    with pytest.raises(UnknownPhraseError, match="nano reads no text"):
        look(fused, ANY_TEXT)


def test_text_alone_is_a_matter_of_the_phrase() -> None:
    fused = Fused([Stub("ocr", **READER), Closed("nano")])
    assert not fused.capabilities.text_only
    assert fused.only_text("cup") and not fused.only_text("trash icon")
    reader, closed = (load_localizer(each) for each in (Stub("ocr", **READER), Closed("nano")))
    assert reader.only_text("cup") and not closed.only_text("cup")
    assert Fused([Stub("a", **READER), Stub("b", **READER)]).capabilities.text_only


def test_an_absent_thing_says_whether_only_text_was_looked_for() -> None:
    fused = Fused([FakeLocalizer({}, capabilities=Capabilities(512, **READER), name="ocr"), Closed("nano")])
    memory = Seal("reader", fused).locate(np.zeros((400, 500, 3), np.uint8), ["trash icon", "cup"]).memory
    assert {a.phrase: a.text_only for a in memory.absent} == {"trash icon": False, "cup": True}


@pytest.mark.parametrize(
    ("score", "expected"),
    [(0.0, 0.0), (0.1, 0.3), (0.2, 0.6), (0.3, 0.725), (0.4, 0.85), (0.7, 0.925), (1.0, 1.0)],
)
def test_scores_are_mapped_so_that_thresholds_meet(score: float, expected: float) -> None:
    first = Stub("ocr", seen(LABEL, scores=[0.7]), confidence_low=0.6, confidence_high=0.85)
    other = Stub("nano", seen(ICON, scores=[score]), confidence_low=0.2, confidence_high=0.4)
    fused = Fused([first, other])
    assert (fused.capabilities.confidence_low, fused.capabilities.confidence_high) == (0.6, 0.85)
    assert sorted(look(fused).scores.tolist()) == pytest.approx(sorted([0.7, expected]))


def test_a_component_that_is_never_sure_stays_so() -> None:
    never = Stub("a", seen(ICON, scores=[1.0]), confidence_low=0.0, confidence_high=1.0)
    fused = Fused([never, Stub("b", confidence_low=0.2, confidence_high=0.4)])
    assert look(fused).scores.tolist() == pytest.approx([fused.capabilities.confidence_high])


def test_the_same_thing_is_one_box_that_remembers_who_saw_it() -> None:
    button = LABEL.expanded(pixels=10)
    reader = Stub("ocr", seen(LABEL, scores=[0.7], texts=("Save",)), **READER)
    finder = Stub("nano", seen(ICON, button, scores=[0.6, 0.9]))
    sighting = look(Fused([reader, finder]))
    assert sighting.boxes.tolist() == [list(button.xyxy), list(ICON.xyxy)]
    assert sighting.sources == (("nano", "ocr"), ("nano",))
    assert sighting.texts == ("Save", "")


def test_fused_in_fused_names_the_innermost() -> None:
    inner = Fused([Stub("a", seen(ICON, scores=[0.6])), Stub("b")])
    assert look(Fused([inner, Stub("c")])).sources == (("a",),)


def test_maps_are_joined_on_the_finest_grid_by_their_maximum() -> None:
    wide, tall = Stub("a", seen(scores=[], cue=[[0, 1, 2, 3]])), Stub("b", seen(scores=[], cue=[[-1], [2]]))
    assert look(Fused([wide, tall])).cue.tolist() == [[0, 1, 2, 3], [2, 2, 2, 3]]
    three = Stub("c", seen(scores=[], cue=[[5, 0, -5]]))
    assert look(Fused([three, wide])).cue.tolist() == [[5, 5, 2, 3]]  # a cell takes what it touches
    assert look(Fused([Stub("d"), Stub("e")])).cue is None


@pytest.mark.parametrize(
    ("other", "ruled_out"),
    [
        ({"cue": [[-9, -2]], "rules_out": -2.0}, [True, True, False, False]),
        ({"cue": [[-9, -1]], "rules_out": -2.0}, [True, False, False, False]),
        ({"cue": [[-9, -9]], "rules_out": None}, [False] * 4),
        ({"cue": None, "rules_out": -2.0}, [False] * 4),
    ],
)
def test_a_place_is_ruled_out_only_by_all_who_look(other: dict[str, Any], ruled_out: list[bool]) -> None:
    reader = Stub("ocr", seen(scores=[], cue=[[-8, -4], [-3.9, 3]]), rules_out=-4.0)
    finder = Stub("nano", seen(scores=[], cue=other["cue"]), rules_out=other["rules_out"])
    fused = Fused([reader, finder])
    assert (look(fused).cue <= fused.capabilities.rules_out).ravel().tolist() == ruled_out
    alone = Fused([reader, Closed("yolo", rules_out=None)])
    assert (look(alone, "Total").cue <= alone.capabilities.rules_out).ravel().tolist() == [
        True,
        True,
        False,
        False,
    ]
    assert Fused([Stub("a"), Stub("b")]).capabilities.rules_out is None


def test_fine_enough_is_fine_enough_for_all() -> None:
    a = Stub("a", smallest_px=12, input_side=1536, max_batch=8, longest_phrase=200)
    b = Stub("b", smallest_px=16, input_side=1024, max_batch=4, longest_phrase=16, gives_cue=False)
    can = Fused([a, b]).capabilities
    assert (can.input_side, can.smallest_px, can.max_batch, can.longest_phrase) == (1024, 16, 4, 200)
    assert can.gives_cue and can.gives_boxes and not can.reads_text
    alike = Fused([Stub("a", smallest_px=12), Stub("b", smallest_px=16)]).capabilities
    assert (alike.input_side, alike.smallest_px) == (512, 16)


def test_the_usual_place_is_asked_of_the_first_who_knows() -> None:
    teller = Stub("b", says_where=True)
    teller.where = lambda patch, target: f"{target}: on the right"  # type: ignore[attr-defined]
    fused = Fused([Stub("a"), teller])
    assert fused.capabilities.says_where and fused.where(SCREEN.patch(), "cup") == "cup: on the right"
    plain = Fused([Stub("a"), Stub("b")])
    assert not plain.capabilities.says_where and plain.where(SCREEN.patch(), "cup") == ""


def test_a_broken_component_is_named() -> None:
    broken = FakeLocalizer({}, reply=[[]], name="broken")
    with pytest.raises(ReplyError, match=r"^broken: expected 1 x 1 sightings"):
        look(Fused([Stub("a"), broken]))


def test_names_are_joined_by_plus(tmp_path: Path) -> None:
    recording = tmp_path / "a+b.jsonl"
    Recorder(FakeLocalizer({"icon": [ICON]}, name="oracle"), recording).locate([SCREEN.patch()], ["icon"])
    fused = load_localizer(f"fused:ocr+replay:{recording}")
    assert fused.name == "fused:ocr:rapidocr+oracle"
    assert fused.capabilities.reads_text and fused.capabilities.text_only is False
    for name, error, match in (
        ("ocr", SettingError, "two or more localizers of different names; got ocr:rapidocr"),
        ("", SettingError, "got none"),
        ("ocr+ocr:rapidocr", SettingError, "different names"),
        ("ocr+telepathy", UnknownAgentError, "telepathy"),
    ):
        with pytest.raises(error, match=match):
            load(name)
    with pytest.raises(SettingError, match="the options that it takes: none"):
        load_localizer("fused:ocr+replay:x", threads=2)


def fused_run() -> tuple[Any, Fused]:
    can = Capabilities(256, confidence_high=0.85, confidence_low=0.6, **READER)
    reader = FakeLocalizer({"label": [LABEL]}, texts={"label": ["Total"]}, capabilities=can, name="ocr")
    finder = FakeLocalizer(
        {"bin icon": [ICON], "label": [LABEL]}, capabilities=Capabilities(256), name="nano"
    )
    fused = Fused([reader, finder])
    vqa = ScriptedVQA([[Target("bin icon"), Target("label")]], [Answer("yes")])
    return Seal(vqa, fused).ask(np.zeros((600, 800, 3), np.uint8), "?"), fused


def test_who_saw_what_reaches_targets_trace_and_page() -> None:
    result, _ = fused_run()
    assert {t.phrase: set(t.sources) for t in result.targets} == {
        "bin icon": {"nano"},
        "label": {"ocr", "nano"},
    }
    observed = [o for s in result.trace.steps if isinstance(s, LookStep) for o in s.observations if o.boxes]
    assert observed and all(len(o.sources) == len(o.boxes) for o in observed)
    assert Trace.model_validate_json(result.trace.model_dump_json()) == result.trace
    page = render(result.trace.model_dump_json())
    assert Trace.model_validate_json(json_of(page)) == result.trace
    assert "seen by" in page


def test_sources_and_refusals_replay(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    fused = Fused([Stub("ocr", seen(ICON, scores=[0.5]), **READER), Closed("nano")])
    recorder = Recorder(fused, path)
    recorder.locate([SCREEN.patch()], ["cup"])
    assert recorder.only_text("cup") and not recorder.only_text("trash icon") and not recorder.unknown("cup")
    replay = Replay(path)
    assert replay.locate([SCREEN.patch()], ["cup"])[0][0].sources == (("ocr",),)
    assert (
        replay.only_text("cup") and not replay.only_text("trash icon") and not replay.only_text("never asked")
    )
    assert replay.unknown("cup") == "" == replay.unknown("never asked")


def test_a_usual_place_outside_the_vocabulary_is_not_looked_for() -> None:
    finder = FakeLocalizer({"bin icon": [ICON]}, capabilities=Capabilities(128), name="nano")
    finder.unknown = lambda phrase: "" if phrase == "bin icon" else "no."  # type: ignore[attr-defined]
    vqa = ScriptedVQA(
        [[Target("bin icon")]], [Answer("yes")], places={"bin icon": "most likely to appear on the table"}
    )
    Seal(vqa, finder).ask(np.zeros((600, 800, 3), np.uint8), "?")
    assert {phrase for call in finder.calls for phrase in call.phrases} == {"bin icon"}
    assert any(call.method == "where" for call in vqa.calls)


def test_the_kind_of_a_phrase_is_that_of_who_looks_for_it() -> None:
    fused = load_localizer("fused:ocr+nano")
    asked = ("trash icon", "slider", "label Salary", "checked box")
    assert [fused.kind(phrase) for phrase in asked] == ["icon", "slider", "text", "checkbox"]
