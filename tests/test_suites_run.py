"""Suites asked by scripted agents: with search and without, what it cost, tables, interruptions, the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
import suite_sets as sets
from typer.testing import CliRunner

from seal import Seal
from seal.agents.contracts import Answer, Capabilities, Need, Target
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.cli import bench as command
from seal.cli.app import app
from seal.measure.suites.catalog import SUITES
from seal.measure.suites.run import run_suite
from seal.measure.suites.tally import crop_rows, report, tables
from seal.memory.errors import AgentError
from seal.memory.geometry import Box

SIGN = Box(20, 200, 5, 5)
ABLE = Capabilities(input_side=64, smallest_px=4.0)


class First(ScriptedVQA):
    """Looks for the sign; says the first option that it is shown where it was found, else that it cannot tell."""

    def __init__(self, fails_at: int = 0) -> None:
        super().__init__(needs=lambda *_: Need((Target("sign"),)), answers=self.say)
        self.fails_at = fails_at
        self.told = 0

    def say(self, memory: Any, options: Any) -> Answer:
        self.told += 1
        if self.told == self.fails_at:
            raise AgentError("the server went away")
        if not memory.targets:
            return Answer("", "cannot_tell", 0.0, reason="no sign")
        return Answer(options[0] if options else "Ada")


def seal_with(vqa: ScriptedVQA | None = None, **more: Any) -> Seal:
    return Seal(vqa or First(), FakeLocalizer({"sign": [SIGN]}, capabilities=ABLE), **more)


def hrbench(folder: Path) -> Path:
    return sets.tsv(folder / "hr_bench_4k.tsv", sets.hrbench_rows())


def cells(rows: list[tuple[str, ...]], group: str) -> dict[str, str]:
    return dict(zip(rows[0], next(r for r in rows if r[0] == group), strict=True))


def test_search_and_baseline_stand_beside_each_other_with_their_cost(tmp_path: Path) -> None:
    suite = SUITES["hrbench-4k"]
    outcomes = run_suite(suite, suite.load(hrbench(tmp_path)).samples, seal_with())
    ((name, rows),) = tables(suite, outcomes)
    whole = cells(rows, "all")
    assert name == "accuracy" and whole["n"] == "2"
    assert (whole["accuracy"], whole["95 %"]) == (
        "0.250",
        "0.250-0.250",
    )  # first of each shift: right once in four
    assert (whole["no search: accuracy"], whole["no search: refused"]) == ("0.000", "1.00")
    assert float(whole["looks"]) > float(whole["no search: looks"]) == 1.0
    assert float(whole["calls"]) > float(whole["no search: calls"]) == 3.0  # show, one detection, tell
    assert cells(rows, "shift: cycle_0")["accuracy"] == "1.000"
    assert cells(rows, "shift: cycle_1")["accuracy"] == "0.000"


def test_tokens_of_models_that_count_them_stand_beside(tmp_path: Path) -> None:
    class Counts(First):
        tokens = 0

        def say(self, memory: Any, options: Any) -> Answer:
            self.tokens += 100
            return super().say(memory, options)

    suite = SUITES["hrbench-4k"]
    samples = suite.load(hrbench(tmp_path)).samples[:4]
    ((_, rows),) = tables(suite, run_suite(suite, samples, seal_with(Counts())))
    assert (cells(rows, "all")["tokens"], cells(rows, "all")["no search: tokens"]) == ("100", "100")
    ((_, rows),) = tables(suite, run_suite(suite, samples, seal_with()))
    assert cells(rows, "all")["tokens"] == "-"


def test_the_report_tells_others_figures_apart_and_what_is_missing(tmp_path: Path) -> None:
    suite, root = SUITES["docvqa"], sets.docvqa(tmp_path)
    held = json.loads((root / "val_v1.0.json").read_text())
    held["data"][0]["image"] = "documents/gone|1.png"
    loaded = suite.load(sets.as_json(root / "val_v1.0.json", held))
    told = report(suite, {"agents": "fake"}, run_suite(suite, loaded.samples, seal_with()), loaded)
    assert "| all | 1 | 1.000 | 1.000-1.000 |" in told
    assert "1 pictures are missing: gone|1.png" in told and "gone\\|1.png does not exist |" in told
    assert "as their authors report them" not in told  # none is known for it
    vstar = SUITES["vstar"]
    sets.vstar_folder(tmp_path / "v")
    loaded = vstar.load(tmp_path / "v")
    told = report(vstar, {}, run_suite(vstar, loaded.samples, seal_with(), baseline=False), loaded)
    assert "none was measured here" in told and "| SEAL (V*) | 0.754 | all |" in told
    assert "| all | 2 |" in told and "| - | - | - | - | - | - | - |" in told


def test_faithfulness_stands_beside_accuracy_where_the_place_is_known(tmp_path: Path) -> None:
    """Of clicks it is not asked: the place itself is the answer."""
    suite = SUITES["treebench"]
    sets.picture(tmp_path / "images" / "image_000000.png")
    row = {**sets.TREE, "answer": "A", "target_instances": "[[19, 199, 26, 206]]"}
    samples = suite.load(sets.jsonl(tmp_path / "treebench.jsonl", [row])).samples
    for cites, share in (((), "0.000"), (("crop-1",), "1.000")):
        vqa = ScriptedVQA(
            needs=lambda *_: Need((Target("sign"),)), answers=lambda _, o, c=cites: Answer(o[0], cites=c)
        )
        told = dict(tables(suite, run_suite(suite, samples, seal_with(vqa), baseline=False)))
        assert list(told) == ["accuracy", "IoU", "faithful"]
        assert cells(told["accuracy"], "all")["accuracy"] == "1.000"
        whole = cells(told["faithful"], "all")
        assert (whole["n"], whole["faithful"]) == ("1", share)
        rows = crop_rows(run_suite(suite, samples, seal_with(vqa), baseline=False))
        said = "shows every box" if cites else "misses a box"
        assert rows[1:] == [(f"search: {said}", "1", "1.000", "1.000-1.000")]
    pro = SUITES["screenspot-pro"]
    clicked = run_suite(pro, pro.load(sets.screenspot_pro(tmp_path / "pro")).samples, seal_with())
    assert [name for name, _ in tables(pro, clicked)] == ["accuracy"] and crop_rows(clicked) == []


@pytest.mark.parametrize(
    ("name", "draw"), [("screenspot-pro", sets.screenspot_pro), ("osworld-g", sets.osworld)]
)
def test_clicks_are_answered_by_point(tmp_path: Path, name: str, draw: Any) -> None:
    suite = SUITES[name]
    able = Capabilities(input_side=1024, reads_text=True)
    save = {"Save": [Box(104, 52, 32, 16)]}
    seal = Seal(ScriptedVQA(), FakeLocalizer(save, texts={"Save": ["Save"]}, capabilities=able))
    outcomes = run_suite(suite, suite.load(draw(tmp_path)).samples, seal)
    told = [(a.result.status, a.scores["accuracy"][0]) for a in outcomes.answers["search"]]
    refused = 1.0 if name == "osworld-g" else 0.0
    assert told[0] == ("answered", 1.0) and told[-1] == ("cannot_tell", refused)
    first, second = (a.result for a in outcomes.answers["search"][:2])
    assert first.looks >= 1 and first.calls and first.seconds > 0
    assert (second.looks, second.calls) == (0, 0)  # of the same screenshot, which is known


def bench(*arguments: Any, code: int = 0) -> str:
    told = CliRunner().invoke(app, ["bench", *map(str, arguments)])
    if code and told.exception is not None and not isinstance(told.exception, SystemExit):
        return f"{type(told.exception).__name__}: {told.exception}"
    assert told.exception is None, told.exception
    return told.output


@pytest.fixture
def agents(monkeypatch: pytest.MonkeyPatch) -> list[Seal]:
    held = [seal_with()]
    monkeypatch.setattr(command, "seal_of", lambda *_: held[0])
    return held


def test_the_command_goes_on_after_an_interruption(tmp_path: Path, agents: list[Seal]) -> None:
    data, out = hrbench(tmp_path), tmp_path / "runs" / "hr"
    call = ("hrbench-4k", "--data", data, "--out", out, "--markdown")
    agents[0] = seal_with(First(fails_at=4))
    assert "the server went away" in bench(*call, code=3)
    lines = (out / "results.jsonl").read_text().splitlines()
    assert len(lines) == 3 and not (out / "report.md").exists()
    agents[0] = seal_with(again := First())
    told = bench(*call)
    assert "3 of 16 answers are taken over, 13 are to do" in told and again.told == 13
    assert "| all | 2 | 0.250 | 0.250-0.250 |" in told
    assert "| CVSearch + Qwen3-VL-32B | 0.803 |" in told
    assert "| all | 2 | 0.250 | 0.250-0.250 |" in (out / "report.md").read_text()
    kept = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert len(kept) == 16 and kept[0]["scores"] == {"accuracy": 1.0} and kept[0]["calls"] > 0
    agents[0] = seal_with(third := First())
    bench(*call)
    assert third.told == 0


def test_a_folder_with_answers_of_another_configuration_is_refused(
    tmp_path: Path, agents: list[Seal]
) -> None:
    data, out = hrbench(tmp_path), tmp_path / "out"
    bench("hrbench-4k", "--data", data, "--out", out, "--kind", "single")
    agents[0] = seal_with(policy="breadth-first")
    assert "policy: 'vstar', now 'breadth-first'" in bench("hrbench-4k", "--data", data, "--out", out, code=2)
    agents[0] = seal_with()
    assert "suite: 'hrbench-4k', now 'hrbench-8k'" in bench(
        "hrbench-8k", "--data", data, "--out", out, code=2
    )
    assert "all | 2" in bench("hrbench-8k", "--data", data, "--out", out, "--fresh", "--markdown")


def test_a_part_is_drawn_with_all_shifts_and_can_grow(tmp_path: Path, agents: list[Seal]) -> None:
    data, out = hrbench(tmp_path), tmp_path / "out"
    call = ("hrbench-4k", "--data", data, "--out", out, "--markdown", "--sample")
    assert "| all | 1 | 0.250 |" in bench(*call, 1)
    assert "asked: 4 of 8 questions" in (out / "report.md").read_text()
    assert "8 of 16 answers are taken over" in bench(*call, 2)
    assert "| all | 2 | 0.250 |" in (out / "report.md").read_text()


def test_a_picture_that_cannot_be_read_ends_nothing(tmp_path: Path, agents: list[Seal]) -> None:
    rows = [{**r, "image": "!" * 400} if r["index"] == 5 else r for r in sets.hrbench_rows()]
    data = sets.tsv(tmp_path / "hr_bench_4k.tsv", rows)
    told = bench("hrbench-4k", "--data", data, "--out", tmp_path / "out", "--markdown")
    assert "cross/5: unreadable" in told and "1 questions could not be asked" in told
    assert (
        "| cross/5 | hr_bench_4k.tsv, row 6: a picture as base64"
        in (tmp_path / "out" / "report.md").read_text()
    )
    assert "| category: cross | 1 | 0.333 |" in told


def test_parts_of_a_suite_are_asked_apart_and_told_together(tmp_path: Path, agents: list[Seal]) -> None:
    data, out = hrbench(tmp_path), tmp_path / "out"
    call = ("hrbench-4k", "--data", data, "--out", out, "--markdown")
    agents[0] = seal_with(first := First())
    assert "Part 1 of 2 is done: 4 questions" in bench(*call, "--shard", "1/2")
    assert (
        first.told == 8 and not (out / "report.md").exists()
    )  # four shifts of a question, with search and without
    assert "has no question" in bench(*call, "--shard", "3/3")
    with (out / "results-1-of-2.jsonl").open("ab") as file:
        file.write(b'{"mode": "search", "kind": "si')  # as while its process writes
    agents[0] = seal_with(second := First())
    told = bench(*call, "--shard", "2/2")
    assert "Part 2 of 2 is done" in told and second.told == 8
    assert (out / "results-1-of-2.jsonl").read_bytes().endswith(b'"kind": "si')
    agents[0] = seal_with(third := First())
    told = bench(*call)
    assert "16 of 16 answers are taken over" in told and third.told == 0
    assert "| all | 2 | 0.250 | 0.250-0.250 |" in told and (out / "report.md").is_file()
    with PIL.Image.open(out / "comparison.png") as picture:
        assert picture.format == "PNG" and len(picture.convert("RGB").getcolors(1 << 24) or ()) > 9
    agents[0] = seal_with(policy="breadth-first")
    assert "policy: 'vstar', now 'breadth-first'" in bench(*call, code=2)
    bench(*call, "--fresh")
    assert sorted(path.name for path in out.glob("results*")) == ["results.jsonl"]


def test_workers_end_with_the_worst_of_their_codes(
    tmp_path: Path, agents: list[Seal], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    words = [
        "hrbench-4k",
        "--data",
        str(hrbench(tmp_path)),
        "--out",
        str(tmp_path / "out"),
        "--kind",
        "triple",
    ]
    monkeypatch.setattr("sys.argv", ["seal", "bench", *words, "--workers", "2", "--fresh"])
    told = bench(*words, "--workers", "2", "--fresh", code=2)
    assert "A part ended with exit code 2" in told
    assert capfd.readouterr().err.count("no question in it of kind 'triple'") == 2


BAD = {
    "shard": (["hrbench-4k", "--data", "{data}", "--out", "{folder}/o", "--shard", "3/2"], "K from 1 to N"),
    "shard without out": (["hrbench-4k", "--data", "{data}", "--shard", "1/2"], "go with --data and --out"),
    "shard and workers": (
        ["hrbench-4k", "--data", "{data}", "--out", "{folder}/o", "--shard", "1/2", "--workers", "2"],
        "without --shard",
    ),
    "no data": (["hrbench-4k"], "hrbench-4k is a suite: say where it lies on disk, --data PATH"),
    "no suite": (["--data", "{data}"], "--data goes with the name of a suite"),
    "pages": (["hrbench-4k", "--data", "{data}", "--pages", "3"], "without --pages"),
    "unknown": (["hrbench", "--data", "{data}"], "no suite 'hrbench'. Did you mean hrbench-"),
    "kind": (
        ["hrbench-4k", "--data", "{data}", "--kind", "triple"],
        "no question in it of kind 'triple'; there are cross, single",
    ),
    "sample of a folder": (["{folder}", "--sample", "3"], "it goes with --data"),
    "no part": (
        ["{folder}", "--without", "text"],
        "no part 'text' to take away; there are coordinates, facts",
    ),
    "curve and out": (["{folder}", "--curve", "a.png", "--out", "b"], "it goes without --out"),
    "curve nowhere": (
        ["hrbench-4k", "--data", "{data}", "--curve", "{folder}/no/a.png"],
        "its folder does not",
    ),
    "out is a file": (["hrbench-4k", "--data", "{data}", "--out", "{data}"], "a folder is expected"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_calls_say_what_to_do(tmp_path: Path, agents: list[Seal], name: str) -> None:
    arguments, message = BAD[name]
    data = hrbench(tmp_path)
    sets.vstar_folder(tmp_path)
    told = bench(*(a.format(data=data, folder=tmp_path) for a in arguments), code=2)
    assert told.startswith(("InputError", "SettingError")) and message in told
