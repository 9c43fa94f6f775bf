"""Recordings: what an agent said is written down, and said again without it."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seal.agents.contracts import Answer, Capabilities, Localizer, Need, Sighting, Target, VQAAgent
from seal.agents.fake import FakeLocalizer, Noise, ScriptedVQA
from seal.agents.registry import load_localizer, load_vqa
from seal.agents.replay import SCHEMA, Recorder, Replay
from seal.memory.errors import AgentError, ReplayError, ReplyError, SettingError
from seal.memory.geometry import Box
from seal.memory.image import Image
from seal.memory.working import GlobalImage, VisualWorkingMemory, encode_png

SCREEN = Image.open(np.zeros((600, 800, 3), np.uint8))
LEFT, RIGHT = SCREEN.patch(Box(0, 0, 400, 600)), SCREEN.patch(Box(400, 0, 400, 600))
CAN = Capabilities(input_side=256, smallest_px=12.5, reads_text=True, max_batch=4)
NEED = Need((Target("Müll 垃圾 🗑", "all", False),), Answer("?", "cannot_tell", 0.25), "too small")
ANSWER = Answer("“blau”\nund rot", "answered", 0.75, ("c1",), (-0.1, -99.5), "", (Target("x"),))


def memory(question: str) -> VisualWorkingMemory:
    return VisualWorkingMemory(
        question=question,
        options=(ANSWER.text, "b"),
        image=GlobalImage(size_wh=(800, 600), png=encode_png(SCREEN.region(Box(0, 0, 8, 8)))),
    )


def scripted() -> ScriptedVQA:
    return ScriptedVQA({"q": NEED}, {"q": ANSWER}, {"cup": "auf dem Tisch"}, name="fake:v", input_side=99)


def oracle() -> FakeLocalizer:
    return FakeLocalizer(
        {"icon": [Box(390, 100, 32, 32), Box(10, 10, 20, 20)], "cup": []},
        texts={"icon": ["a b", "ü"]},
        capabilities=CAN,
        noise=Noise(1.0),
        name="fake:l",
    )


def same(a: Sighting, b: Sighting) -> bool:
    cues = (a.cue is None and b.cue is None) or np.array_equal(a.cue, b.cue)  # type: ignore[arg-type]
    return (
        cues
        and np.array_equal(a.boxes, b.boxes)
        and np.array_equal(a.scores, b.scores)
        and a.texts == b.texts
    )


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """One file with everything that a VQA agent and a localizer said."""
    path = tmp_path / "run.jsonl"
    vqa, localizer = Recorder(scripted(), path), Recorder(oracle(), path)
    assert vqa.show(LEFT, "q", ("a", "b")) == NEED
    assert vqa.where(RIGHT, "cup") == "auf dem Tisch"
    assert localizer.locate([LEFT, RIGHT], ["icon", "cup"])[0][0].texts
    assert vqa.tell(memory("q")) == ANSWER
    return path


def test_a_replay_says_the_same(run: Path) -> None:
    replay = Replay(run)
    assert replay.show(LEFT, "q", ["a", "b"]) == NEED
    assert replay.where(RIGHT, "cup") == "auf dem Tisch"
    assert replay.tell(memory("q")) == ANSWER
    again, truth = (agent.locate([LEFT, RIGHT], ["icon", "cup"]) for agent in (replay, oracle()))
    assert all(
        same(a, b) for row, other in zip(again, truth, strict=True) for a, b in zip(row, other, strict=True)
    )
    assert again[0][0].cue.dtype == again[0][0].boxes.dtype == np.float32  # type: ignore[union-attr]


def test_another_batching_replays_too(run: Path) -> None:
    replay, truth = Replay(run), oracle()
    for patch in (RIGHT, LEFT):
        for phrase in ("cup", "icon"):
            assert same(replay.locate([patch], [phrase])[0][0], truth.locate([patch], [phrase])[0][0])
    assert replay.locate([], ["icon"]) == []


def test_recorder_and_replay_carry_the_agents_name_and_capabilities(run: Path) -> None:
    vqa, localizer = load_vqa(f"replay:{run}"), load_localizer(f"replay:{run}")
    assert (vqa.name, vqa.input_side) == ("fake:v", 99)
    assert (localizer.name, localizer.capabilities) == ("fake:l", CAN)
    both = Replay(run)
    assert both.name == "fake:v + fake:l"
    assert isinstance(both, VQAAgent)
    assert isinstance(both, Localizer)
    recorder = Recorder(scripted(), run)
    assert load_vqa(recorder) is recorder
    assert (recorder.name, recorder.input_side) == ("fake:v", 99)
    with pytest.raises(SettingError, match="lacks capabilities"):
        load_localizer(recorder)  # type: ignore[arg-type]


class _Both(ScriptedVQA, FakeLocalizer):
    def __init__(self) -> None:
        FakeLocalizer.__init__(self, {}, capabilities=CAN)
        ScriptedVQA.__init__(self, name="fake:both")


def test_an_agent_that_is_both_is_recorded_as_both(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    recorder = Recorder(_Both(), path)
    recorder.where(LEFT, "cup")
    recorder.locate([LEFT], ["cup"])
    assert Replay(path).name == "fake:both"
    assert load_vqa(f"replay:{path}").where(LEFT, "cup") == ""
    assert load_localizer(f"replay:{path}").locate([LEFT], ["cup"])[0][0].boxes.shape == (0, 4)


def test_the_file_is_lines_of_json_without_pickle(run: Path) -> None:
    lines = [json.loads(line) for line in run.read_text("utf-8").splitlines()]
    assert lines[0] == {"seal_recording": SCHEMA}
    assert [line.get("agent") or line["call"] for line in lines[1:]] == [
        *("vqa", "localizer", "show", "where", "locate", "tell")
    ]
    assert lines[5]["asked"] == [[LEFT.key, RIGHT.key], ["icon", "cup"]]
    assert lines[5]["reply"][0][0]["scores"]["shape"] == [3]
    assert "Müll 垃圾 🗑" in run.read_text("utf-8")


def test_a_recording_is_continued_and_the_later_reply_counts(run: Path) -> None:
    Recorder(ScriptedVQA(places=["unter dem Tisch"], name="fake:v", input_side=50), run).where(RIGHT, "cup")
    assert Replay(run).where(RIGHT, "cup") == "unter dem Tisch"
    assert Replay(run).show(LEFT, "q", ["a", "b"]) == NEED
    assert Replay(run).input_side == 50


def test_another_agent_needs_another_file(run: Path) -> None:
    before = run.read_bytes()
    with pytest.raises(SettingError, match="holds the VQA agent 'fake:v' already; record 'other' in another"):
        Recorder(ScriptedVQA(name="other"), run)
    assert run.read_bytes() == before


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda r: r.show(LEFT, "why", ["a", "b"]), 'show("{d}:0,0,400,600", "why", ["a", "b"])'),
        (lambda r: r.show(LEFT, "q"), 'Nearest recorded: show("{d}:0,0,400,600", "q", ["a", "b"]).'),
        (lambda r: r.where(LEFT, "cup"), 'Nearest recorded: where("{d}:400,0,400,600", "cup").'),
        (lambda r: r.tell(memory("q").but(options=["a"])), '"q", ["a"]). Nearest recorded: tell('),
        (lambda r: r.locate([LEFT], ["icon", "cups"]), 'locate("{d}:0,0,400,600", "cups"). Nearest'),
        (
            lambda r: r.locate([SCREEN.patch(Box(400, 0, 400, 500))], ["icon"]),
            'Nearest recorded: locate("{d}:400,0,400,600", "icon").',
        ),
    ],
)
def test_what_was_not_recorded_is_said_with_the_nearest(run: Path, ask: Any, said: str) -> None:
    with pytest.raises(ReplayError, match="no reply is recorded for") as caught:
        ask(Replay(run))
    assert said.replace("{d}", SCREEN.digest[:12]) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_recording_without_such_a_call_or_agent(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    Recorder(oracle(), path)
    with pytest.raises(ReplayError, match="No call of where is recorded at all"):
        Replay(path).where(LEFT, "cup")
    with pytest.raises(ReplayError, match="holds the localizer 'fake:l', and no VQA agent"):
        load_vqa(f"replay:{path}")
    assert not isinstance(Replay(path), VQAAgent)


@pytest.mark.parametrize("cut", [1, 2, 40, 100])
def test_a_last_line_cut_short_costs_that_line_only(run: Path, cut: int) -> None:
    run.write_bytes(run.read_bytes()[:-cut])
    assert Replay(run).where(RIGHT, "cup") == "auf dem Tisch"
    with pytest.raises(ReplayError, match="No call of tell"):
        Replay(run).tell(memory("q"))
    Recorder(scripted(), run).tell(memory("q"))
    assert Replay(run).tell(memory("q")) == ANSWER


def _changed(number: int, **changes: Any) -> Any:
    def change(lines: list[bytes]) -> list[bytes]:
        lines[number] = json.dumps(json.loads(lines[number]) | changes).encode()
        return lines

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: [b"", *lines], "line 1 is no header"),
        (lambda lines: lines[1:], "line 1 is no header"),
        (lambda lines: [b"[1]", *lines[1:]], "line 1 is no header"),
        (lambda lines: [b"\x89PNG\r", b"\x1a"], "line 1 is no header"),
        (
            lambda lines: [json.dumps({"seal_recording": SCHEMA + 1}).encode(), *lines[1:]],
            f"schema {SCHEMA + 1}, this version reads up to {SCHEMA}",
        ),
        (lambda lines: [*lines[:3], b"not json", *lines[4:]], "line 4 of the recording is corrupt"),
        (lambda lines: [*lines[:3], b"\xff\xfe", *lines[4:]], "line 4 of the recording is corrupt"),
        (lambda lines: [*lines[:3], b"[" * 99999, *lines[4:]], "line 4 of the recording is corrupt"),
        (lambda lines: [*lines[:3], b"7", b"null", *lines[4:]], "line 4 of the recording is corrupt"),
        (
            _changed(1, agent="painter"),
            "line 2 of the recording is corrupt (unknown kind of agent 'painter')",
        ),
        (_changed(2, capabilities={"input_side": "wide"}), "line 3 of the recording is corrupt"),
        (_changed(3, reply={"targets": 3}), "line 4 of the recording is corrupt"),
        (_changed(3, call="sing"), "line 4 of the recording is corrupt"),
        (_changed(5, reply=[]), "line 6 of the recording is corrupt"),
        (_changed(5, asked=[["k"], ["p"]], reply=[[{"boxes": {"shape": [1, 4], "f32": "AAAA"}}]]), "line 6 "),
        (_changed(5, asked=[["k"], ["p"]], reply=[[{"cue": {"shape": [1], "f32": "no base64"}}]]), "line 6 "),
    ],
)
def test_a_corrupt_or_newer_file_is_refused_in_one_line(run: Path, change: Any, said: str) -> None:
    run.write_bytes(b"".join(line + b"\n" for line in change(run.read_bytes().splitlines())))
    before = run.read_bytes()
    for attempt in (Replay, lambda path: Recorder(scripted(), path)):
        with pytest.raises(ReplayError) as caught:
            attempt(run)
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)
    assert run.read_bytes() == before


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(ReplayError, match="no whole line"):
        Replay(tmp_path / "empty")
    with pytest.raises(ReplayError, match="there is no such recording"):
        load_localizer(f"replay:{tmp_path / 'absent'}")
    with pytest.raises(ReplayError, match="cannot be read"):
        Replay(tmp_path)
    with pytest.raises(ReplayError, match="cannot be written"):
        Recorder(scripted(), tmp_path / "no" / "folder")
    with pytest.raises(SettingError, match="replay:FILE"):
        load_vqa("replay")
    Recorder(scripted(), tmp_path / "empty").where(LEFT, "cup")
    assert Replay(tmp_path / "empty").where(LEFT, "cup") == "auf dem Tisch"


def test_only_agents_are_recorded(tmp_path: Path) -> None:
    for thing, said in ((object(), "A VQA agent or a localizer"), (VQAAgent, "A VQA agent or a localizer")):
        with pytest.raises(SettingError, match=said):
            Recorder(thing, tmp_path / "run.jsonl")  # type: ignore[arg-type]
    assert not (tmp_path / "run.jsonl").exists()


def test_garbage_and_errors_are_not_recorded(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    vqa = Recorder(ScriptedVQA(lambda *_: 42, lambda *_: None, lambda *_: 3), path)
    localizer = Recorder(FakeLocalizer({}, reply=[]), path)
    before = path.read_bytes()
    for ask, said in (
        (lambda: vqa.show(LEFT, "q"), "expected a reply of type Need, got int"),
        (lambda: vqa.tell(memory("q")), "expected a reply of type Answer, got NoneType"),
        (lambda: vqa.where(LEFT, "cup"), "expected a reply of type str, got int"),
        (lambda: localizer.locate([LEFT], ["x"]), "expected 1 x 1 sightings"),
    ):
        with pytest.raises(ReplyError, match=said):
            ask()
    failing = Recorder(ScriptedVQA(fail_with=AgentError("out of order")), tmp_path / "other.jsonl")
    with pytest.raises(AgentError, match="out of order"):
        failing.where(LEFT, "cup")
    assert path.read_bytes() == before


def test_numbers_of_numpy_are_recorded_as_numbers(tmp_path: Path) -> None:
    answer = Answer("b", confidence=np.float32(0.5), option_scores=(np.float32(-1), np.float64(-2)))  # type: ignore[arg-type]
    Recorder(ScriptedVQA(answers={"q": answer}), tmp_path / "run.jsonl").tell(memory("q"))
    assert Replay(tmp_path / "run.jsonl").tell(memory("q")).option_scores == (-1.0, -2.0)


def test_replayed_arrays_cannot_be_changed(run: Path) -> None:
    sighting = Replay(run).locate([LEFT], ["icon"])[0][0]
    with pytest.raises(ValueError, match="read-only"):
        sighting.boxes[0] = 0


def test_threads_record_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    patches = [SCREEN.patch(Box(x, 0, 50, 600)) for x in range(0, 800, 50)]
    recorders = [Recorder(oracle(), path) for _ in range(4)]
    threads = [
        threading.Thread(
            target=lambda i=i: [recorders[i].locate([patch], ["icon"]) for patch in patches[i::4]]
        )
        for i in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Replay(path).locate(patches, ["icon"])) == 16
