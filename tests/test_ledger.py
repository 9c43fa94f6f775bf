"""Benchmarks that are interrupted, killed, resumed, or given cases that cannot be read."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from typer.testing import CliRunner

from seal import Budget, Seal
from seal.agents.contracts import Answer, Capabilities, Need, Target
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.cli import bench as command
from seal.cli.app import app
from seal.measure import ledger
from seal.measure.bench import CaseResult, Unreadable, load_cases, read_cases, run_bench
from seal.memory.errors import AgentError, InputError
from seal.memory.geometry import Box

BELL = Box(500, 200, 24, 24)
NAMES = ["a", "b", "c", "d"]


def write(folder: Path, name: str, **data: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    case = {"target_object": ["bell"], "bbox": [list(BELL.xywh)], "question": f"Is there a bell, {name}?"}
    path = folder / f"{name}.json"
    path.write_text(json.dumps({**case, "options": ["yes", "no"], **data}))
    return path


@pytest.fixture
def bells(tmp_path: Path) -> Path:
    for name in NAMES:
        write(tmp_path / "set" / "presence", name)
        PIL.Image.new("RGB", (800, 600), "white").save(tmp_path / "set" / "presence" / f"{name}.png")
    return tmp_path / "set"


class Counting(ScriptedVQA):
    """Says yes, counts its answers, and fails at one of them where told to."""

    def __init__(self, fails_at: int = 0) -> None:
        super().__init__(needs=lambda *_: Need((Target("bell"),)), answers=self.say)
        self.told = 0
        self.fails_at = fails_at

    def say(self, memory: Any, options: Any) -> Answer:
        self.told += 1
        if self.told == self.fails_at:
            raise AgentError("the server went away")
        return Answer("yes")


def seal_with(vqa: ScriptedVQA, **more: Any) -> Seal:
    able = Capabilities(input_side=640, smallest_px=12.0, confidence_low=0.45)
    return Seal(vqa, FakeLocalizer({"bell": [BELL]}, capabilities=able), **more)


@pytest.fixture
def agents(monkeypatch: pytest.MonkeyPatch) -> list[Seal]:
    """The `Seal` that the command uses, the first of the list."""
    held = [seal_with(Counting())]
    monkeypatch.setattr(command, "seal_of", lambda *_: held[0])
    return held


def bench(*arguments: Any, code: int = 0) -> str:
    told = CliRunner().invoke(app, ["bench", *map(str, arguments)])
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    assert told.exit_code == code, told.output
    return told.output


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_an_interrupted_run_goes_on(bells: Path, agents: list[Seal], tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    agents[0] = seal_with(Counting(fails_at=4))  # the fourth answer: b without search
    with pytest.raises(AgentError, match="went away"):
        bench(bells, "--out", out)
    assert [(r["mode"], r["name"]) for r in lines(out)] == [
        ("search", "a"),
        ("no search", "a"),
        ("search", "b"),
    ]
    agents[0] = seal_with(vqa := Counting())
    told = bench(bells, "--out", out, "--markdown")
    assert "3 of 8 answers are taken over, 5 are to do" in told and vqa.told == 5
    assert "| all | 4 | 1.00 | 0.00 | 0.00 | 1.00 | 0.00 | 0.00 |" in told
    assert Counter((r["mode"], r["name"]) for r in lines(out)).most_common(1)[0][1] == 1
    assert len(lines(out)) == 8
    again = bench(bells, "--out", out, "--markdown", "--no-baseline")
    assert "4 of 4 answers are taken over" in again and vqa.told == 5
    assert "| all | 4 | 1.00 | 0.00 | 0.00 | - | - | - |" in again


KILLED = """
import sys, time
from test_ledger import Counting, seal_with
from seal.cli import bench as command
from seal.cli.app import main

class Slow(Counting):
    def say(self, memory, options):
        time.sleep(0.3)
        return super().say(memory, options)

command.seal_of = lambda *_: seal_with(Slow())
sys.argv = ["seal", "bench", *sys.argv[1:]]
main()
"""


def test_a_killed_run_goes_on(bells: Path, agents: list[Seal], tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(bells), "--out", str(out)],
        cwd=Path(__file__).parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 120
    while time.monotonic() < end and (not out.exists() or out.read_bytes().count(b"\n") < 3):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL
    kept = len(lines(out))
    assert 3 <= kept < 8
    told = bench(bells, "--out", out)
    assert f"{kept} of 8 answers are taken over" in told
    assert sorted((r["mode"], r["name"]) for r in lines(out)) == sorted(
        (mode, name) for mode in ("search", "no search") for name in NAMES
    )


@pytest.mark.parametrize("torn", [b'{"mode": "sea', b'{"mode": "search"}', "{\u20ac".encode()[:2]])
def test_a_torn_last_line_is_dropped(bells: Path, agents: list[Seal], tmp_path: Path, torn: bytes) -> None:
    out = tmp_path / "r.jsonl"
    bench(bells, "--out", out, "--no-baseline")
    whole = out.read_bytes()
    out.write_bytes(whole + torn)
    told = bench(bells, "--out", out, "--no-baseline")
    assert "cut off" in told and "4 of 4 answers are taken over" in told
    assert out.read_bytes() == whole


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"policy": "slices"}, "policy: 'vstar', now 'slices'"),
        ({"budget": Budget(looks=3)}, "budget: "),
        ({"search": None}, "search: "),
        ({"vqa": "other"}, "vqa: 'fake:vqa', now 'other'"),
    ],
)
def test_another_setup_is_refused_or_starts_anew(
    bells: Path, agents: list[Seal], tmp_path: Path, changed: dict[str, Any], message: str
) -> None:
    out = tmp_path / "r.jsonl"
    bench(bells, "--out", out)
    before = out.read_bytes()
    vqa = Counting()
    vqa.name = changed.pop("vqa", vqa.name)
    if "search" in changed:
        changed["search"] = agents[0].search.but(overlap=0.25)
    agents[0] = seal_with(vqa, **changed)
    with pytest.raises(InputError) as caught:
        bench(bells, "--out", out)
    assert message in str(caught.value) and "--fresh" in str(caught.value) and "\n" not in str(caught.value)
    assert out.read_bytes() == before
    bench(bells, "--out", out, "--fresh")
    assert len(lines(out)) == 8 and vqa.told == 8


def test_another_side_of_the_baseline_is_another_setup(
    bells: Path, agents: list[Seal], tmp_path: Path
) -> None:
    bench(bells, "--out", tmp_path / "r.jsonl")
    with pytest.raises(InputError, match="side: 640, now 320"):
        bench(bells, "--out", tmp_path / "r.jsonl", "--baseline-side", 320)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("hello", "line 1: this is no answer"),
        ("[1]", "line 1: this is no answer"),
        ('{"mode": "search"}', "line 1: this is no answer"),
        (
            '{"mode": "search", "kind": "k", "name": "n", "question": "q", "expected": "e", "answer": "a", '
            '"status": "answered", "correct": true, "hits": 1, "targets": 1, "looks": 1, "seconds": 1, "reason": ""}',
            "does not say which setup",
        ),
    ],
)
def test_files_of_other_kinds_are_refused(
    bells: Path, agents: list[Seal], tmp_path: Path, line: str, message: str
) -> None:
    out = tmp_path / "r.jsonl"
    out.write_text(line + "\n")
    with pytest.raises(InputError, match=message):
        bench(bells, "--out", out)
    assert out.read_text() == line + "\n"


def test_another_question_under_the_same_name(bells: Path, agents: list[Seal], tmp_path: Path) -> None:
    bench(bells, "--out", tmp_path / "r.jsonl")
    write(bells / "presence", "c", question="Something else?")
    with pytest.raises(InputError, match="presence/c is another question there"):
        bench(bells, "--out", tmp_path / "r.jsonl")


def test_two_questions_of_one_id_are_refused(bells: Path, agents: list[Seal], tmp_path: Path) -> None:
    write(bells / "more" / "presence", "c", image="../../presence/a.png")
    with pytest.raises(InputError, match="presence/c is the id of two questions"):
        bench(bells, "--out", tmp_path / "r.jsonl")
    assert "| all | 5 |" in bench(bells, "--markdown")


def test_places_where_nothing_can_be_kept(bells: Path, agents: list[Seal], tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none" / "r.jsonl"):
        with pytest.raises(InputError, match="cannot be kept"):
            bench(bells, "--out", path)
    with pytest.raises(InputError, match="--out"):
        bench(bells, "--fresh")


# --- cases that cannot be read ----------------------------------------------------------------------------


def spoil(bells: Path) -> dict[str, str]:
    """Four cases that cannot be read beside those that can; their names and what is said of each."""
    folder = bells / "presence"
    (folder / "broken.json").write_text("{")
    write(folder, "gone", image="gone.png")
    write(folder, "cut")
    (folder / "cut.png").write_bytes((folder / "a.png").read_bytes()[:60])
    write(folder, "far", image="a.png", page=7)
    write(folder, "nodpi", image="a.png", dpi=1)
    write(folder, "text")
    (folder / "text.png").write_bytes(b"no image")
    write(folder, "pages", image="a.png", pages=[1, 2])
    write(folder, "box", image="a.png", bbox=[[1, 2, -3, 4]])
    return {
        "broken": "no question",
        "gone": "gone.png does not exist",
        "cut": "truncated",
        "far": "page 7",
        "nodpi": "dpi",
        "text": "no image",
        "pages": "a page for each",
        "box": "box",
    }


def test_unreadable_cases_end_nothing_and_are_counted_apart(
    bells: Path, agents: list[Seal], tmp_path: Path
) -> None:
    out, said = tmp_path / "r.jsonl", spoil(bells)
    told = bench(bells, "--out", out, "--markdown")
    assert "| all | 4 | 1.00 | 0.00 | 0.00 | 1.00 | 0.00 | 0.00 |" in told
    assert f"{len(said)} more could not be read, and are in no figure." in told
    noted = {r["name"]: r for r in lines(out) if r["status"] == "unreadable"}
    assert set(noted) == set(said)
    for name, reason in said.items():
        assert reason in noted[name]["reason"] and "\n" not in noted[name]["reason"], name
        assert f"presence/{name}: unreadable" in told
    count = len(lines(out))
    write(bells / "presence", "broken", image="a.png")
    again = bench(bells, "--out", out, "--markdown")
    assert "8 of 10 answers are taken over" not in again and "| all | 5 | 1.00 |" in again
    assert len(lines(out)) == count + 2  # the repaired case; the other complaints are not repeated


def test_only_unreadable_cases(bells: Path, agents: list[Seal]) -> None:
    for name in NAMES:
        (bells / "presence" / f"{name}.png").unlink()
    with pytest.raises(InputError, match="none of the 4 questions can be read"):
        bench(bells)


def test_in_python(bells: Path) -> None:
    said = spoil(bells)
    cases, broken = read_cases(bells)
    told: list[Unreadable] = []
    report = run_bench(cases, seal_with(Counting()), on_unreadable=told.append)
    assert {u.name for u in (*broken, *report.unreadable)} == set(said) and list(report.unreadable) == told
    assert [r.case.name for r in report.search] == NAMES == [r.case.name for r in report.baseline]
    with pytest.raises(InputError):
        load_cases(bells)


def test_results_survive_a_line(bells: Path, tmp_path: Path) -> None:
    (case, *_), _ = read_cases(bells)
    seal = seal_with(Counting())
    setups = ledger.setups(seal)
    odd = CaseResult(
        case, "\ud800 \u20ac\n\u2028", "answered", 1, 2, 3, 0.125, "why \x1b", 0.25, ((2, BELL),)
    )
    ledger.append(tmp_path / "r.jsonl", setups["search"], "search", odd)
    assert (tmp_path / "r.jsonl").read_bytes().count(b"\n") == 1
    (back,) = ledger.resume(tmp_path / "r.jsonl", setups, [case]).done.values()
    assert (back.verdict, back.confidence, back.places) == ("wrong", 0.25, ((2, BELL),))
    assert back.reason == odd.reason and (back.hits, back.targets, back.looks, back.seconds) == (
        1,
        2,
        3,
        0.125,
    )


def test_lines_of_earlier_versions_are_taken_over(bells: Path, agents: list[Seal], tmp_path: Path) -> None:
    out = tmp_path / "r.jsonl"
    bench(bells, "--out", out)
    new = ("options", "verdict", "confidence", "places")
    old = [{key: value for key, value in line.items() if key not in new} for line in lines(out)]
    out.write_text("".join(json.dumps(line) + "\n" for line in old))
    told = bench(bells, "--out", out, "--markdown", "--reliability", tmp_path / "r.png")
    assert "8 of 8 answers are taken over" in told and "| all | 4 | 1.00 | 0.00 | 0.00 | 1.00 |" in told
    assert "4 of unknown confidence left out" in told


def test_answers_that_are_taken_over_are_judged_anew(bells: Path, agents: list[Seal], tmp_path: Path) -> None:
    free: dict[str, Any] = {"options": None, "answer": "no"}
    write(bells / "presence", "c", **free)
    assert "| free | 1 | 0.00 | 1.00 |" in bench(bells, "--out", tmp_path / "r.jsonl", "--markdown")
    write(bells / "presence", "c", **free, accept=["Yes"])
    told = bench(bells, "--out", tmp_path / "r.jsonl", "--markdown")
    assert "8 of 8 answers are taken over" in told and "| free | 1 | 1.00 | 0.00 |" in told
    write(bells / "presence", "c", options=["no", "yes"])
    with pytest.raises(InputError, match="presence/c is another question there"):
        bench(bells, "--out", tmp_path / "r.jsonl")


@pytest.mark.parametrize("part", [{"places": [[1, [1, 2, -3, 4]]]}, {"places": 5}, {"confidence": "sure"}])
def test_lines_with_broken_parts(
    bells: Path, agents: list[Seal], tmp_path: Path, part: dict[str, Any]
) -> None:
    out = tmp_path / "r.jsonl"
    bench(bells, "--out", out, "--no-baseline")
    first, *rest = lines(out)
    out.write_text("".join(json.dumps(line) + "\n" for line in (first | part, *rest)))
    with pytest.raises(InputError, match="line 1: this is no answer"):
        bench(bells, "--out", out, "--no-baseline")


def test_how_far_confidence_can_be_trusted(bells: Path, agents: list[Seal], tmp_path: Path) -> None:
    told = bench(bells, "--no-baseline", "--markdown", "--reliability", tmp_path / "r.png")
    assert "Expected calibration error 0.000: 4 answers of 4 questions" in told
    assert "| 0.9-1.0 | 4 | 1.00 | 1.00 |" in told and "| 0.95 | 1.000 | 0.000 | 0.000 |" in told
    with pytest.raises(InputError, match="folder does not exist"):
        bench(bells, "--reliability", tmp_path / "none" / "r.png")
