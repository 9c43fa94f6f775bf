"""Hostile text in every place that a command shows: never taken for mark-up, and never steering the terminal."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import PIL.Image
import pytest
import rich.progress
from rich.console import Console
from typer.testing import CliRunner

from seal import console
from seal.agents.contracts import Answer, Capabilities, Need, Target
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.agents.replay import Recorder
from seal.cli.app import app
from seal.memory.errors import SealError
from seal.memory.geometry import Box
from seal.orchestrator import Seal
from seal.record.steps import CheckStep, LookStep, Observation, ReadStep, ShowStep, TellStep

ROOT = Path(__file__).resolve().parent.parent
EVIL = "[/red][bold]x[link=http://a.b]y :warning: \x1b[31mred\x1b]0;title\x07\x9b2J \u202egnp\u2066 \x7f\r\\"
SHOWN = (
    r"[/red][bold]x[link=http://a.b]y :warning: \x1b[31mred\x1b]0;title\x07\x9b2J \u202egnp\u2066 \x7f\r"
    + "\\"
)
FILE = EVIL.replace("/", "|")
SHOWN_FILE = SHOWN.replace("/", "|")
THING = "a [/b] \x1b[7m thing"
SHOWN_THING = r"a [/b] \x1b[7m thing"
QUESTION = f"What is {EVIL}?"


def steering(text: str) -> set[str]:
    """Characters that would steer a terminal, line breaks aside."""
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") and c != "\n"}


def run(*arguments: Any, code: int = 0) -> str:
    """All that a command prints, on lines of any length; checked."""
    told = CliRunner().invoke(app, [str(a) for a in arguments])
    if told.exception is not None and not isinstance(told.exception, SystemExit):
        raise told.exception
    assert told.exit_code == code, told.output
    assert steering(told.output) == set()
    return told.output


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables that break nothing."""
    monkeypatch.setattr(console._out, "_width", 2000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of an evil name with a screen, a recording and a benchmark, all of evil names."""
    path = tmp_path_factory.mktemp("evil") / FILE
    (path / "bench" / FILE).mkdir(parents=True)
    PIL.Image.new("RGB", (640, 400), "white").save(path / f"{FILE}.png")
    case = {"question": QUESTION, "options": [EVIL, "no"], "image": f"../../{FILE}.png"}
    case |= {"target_object": [THING], "bbox": [[100, 80, 60, 24]]}
    (path / "bench" / FILE / f"{FILE}.json").write_text(json.dumps(case))
    able = Capabilities(input_side=512, smallest_px=12.0, reads_text=True)
    boxes = {THING: [Box(100, 80, 60, 24)]}
    eyes = Recorder(FakeLocalizer(boxes, capabilities=able, texts={THING: [EVIL]}), path / f"{FILE}.jsonl")
    vqa = ScriptedVQA(
        needs=lambda view, question, options: Need((Target(THING), Target("none " + THING))),
        answers=lambda memory, options: Answer(EVIL, confidence=0.5, reason=EVIL, cites=("crop-1",)),
    )
    seal = Seal(Recorder(vqa, path / f"{FILE}.jsonl"), eyes)
    screen = path / f"{FILE}.png"
    seal.ask(screen, QUESTION)
    seal.ask(screen, QUESTION, ["no", EVIL.strip()])
    seal.ask(screen, QUESTION, [EVIL.strip(), "no"])
    seal.locate(screen, [THING, "none " + THING])
    seal.locate(screen, [THING])
    return path


@pytest.fixture
def agents(folder: Path) -> list[str]:
    named = f"replay:{folder / FILE}.jsonl"
    return ["--vqa", named, "--localizer", named]


def test_answers_targets_and_paths(folder: Path, agents: list[str], tmp_path: Path) -> None:
    screen, trace, picture = folder / f"{FILE}.png", folder / f"{FILE}.html", folder / f"{FILE}b.png"
    told = run("ask", screen, QUESTION, "--trace", trace, "--picture", picture, *agents)
    lines = told.splitlines()
    assert any(line.startswith("Trace: ") and line.endswith(SHOWN_FILE + ".html") for line in lines)
    assert any(line.startswith("Picture: ") and line.endswith(SHOWN_FILE + "b.png") for line in lines)
    assert SHOWN in lines and f"{SHOWN} (confidence 0.50)" in lines
    assert any(line.startswith(f"  {SHOWN_THING}: x=100 y=80") for line in lines)
    assert any(line.startswith(f"  none {SHOWN_THING}: not found") for line in lines)
    assert f"  {SHOWN_THING}: x=100" in run("locate", screen, THING, "none " + THING, *agents, code=1)


def test_json_says_the_same_and_steers_nothing(folder: Path, agents: list[str]) -> None:
    told = run("ask", folder / f"{FILE}.png", QUESTION, "--json", *agents)
    assert json.loads(told)["answer"] == EVIL


def test_lists_of_kept_runs(folder: Path, agents: list[str], tmp_path: Path) -> None:
    store = ("--store", tmp_path / FILE)
    run("ask", folder / f"{FILE}.png", QUESTION, *store, *agents)
    listed = run("runs", *store)
    assert all(text in listed for text in (SHOWN, f"What is {SHOWN}?", SHOWN_FILE[:-3]))
    run_id = next(word for word in listed.split() if len(word) == 8 and set(word) <= set("0123456789abcdef"))
    assert f"{SHOWN} (confidence" in run("runs", *store, "show", run_id)
    assert json.loads(run("runs", *store, "show", run_id, "--json"))["answer"] == EVIL
    assert "Deleted" in run("runs", *store, "delete", run_id)


@pytest.mark.parametrize("as_markdown", [False, True])
def test_bench(folder: Path, agents: list[str], as_markdown: bool) -> None:
    told = run("bench", folder / "bench", "--no-baseline", *(["--markdown"] if as_markdown else []), *agents)
    assert f"{SHOWN_FILE}/{SHOWN_FILE}: " in told and SHOWN[:40] in told
    rows = [row for row in told.splitlines() if row.startswith(("|", "│")) and SHOWN_FILE in row]
    assert len(rows) == 1


def test_models_and_tables_are_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from seal.agents.systems import systems
    from seal.cli import models

    evil = replace(systems()[0], name=EVIL, agent=EVIL, note=EVIL)
    monkeypatch.setattr(models, "find", lambda name: [evil] * int(name))
    assert f'Seal(vqa="{SHOWN}")' in run("models", "1")
    assert f"note:            {SHOWN}" in run("models", "1")
    assert run("models", "2", "--wide").count(SHOWN) >= 4
    assert json.loads(run("models", "1", "--json"))[0]["name"] == EVIL
    monkeypatch.setattr(models, "find", lambda name: [replace(systems()[0], name=EVIL)] * 2)
    run("models", "2", "--markdown")


def test_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    vqa = ScriptedVQA(needs=lambda *_: Need(answer=Answer(EVIL)), answers=lambda *_: Answer(EVIL))
    vqa.name = EVIL
    monkeypatch.setattr("seal.agents.registry.load_vqa", lambda name: vqa)
    assert SHOWN in run("doctor", "reader", code=1)


def test_calibrate(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from seal.measure import calibrating
    from seal.search.calibration import Calibration, cautious

    eyes = FakeLocalizer({}, capabilities=Capabilities(input_side=512))
    eyes.name = EVIL
    monkeypatch.setattr("seal.agents.registry.load_localizer", lambda name: eyes)

    def measure(agent: Any, data: Any, on_page: Any, **more: Any) -> Calibration:
        on_page(EVIL)
        return cautious(EVIL, eyes.capabilities)

    monkeypatch.setattr(calibrating, "measure", measure)
    told = run("calibrate", "x", "--data", "y", "--out", tmp_path / f"{FILE}.json")
    assert f"looked at {SHOWN}" in told and f"{SHOWN_FILE}.json" in told
    assert told.count(SHOWN[:40]) == 2  # the note and the title


STEPS: list[Any] = [
    ShowStep(agent=EVIL, question=EVIL, targets=(EVIL,)),
    LookStep(
        index=0,
        box=Box(0, 0, 9, 9),
        view=Box(0, 0, 9, 9),
        level=1,
        observations=(Observation(phrase=EVIL),),
    ),
    CheckStep(phrase=EVIL, box=Box(0, 0, 9, 9), found=Box(0, 0, 9, 9), shown=True),
    ReadStep(box=Box(0, 0, 9, 9), lines=3),
    TellStep(agent=EVIL, answer=EVIL, status="answered", confidence=1.0),
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.kind)
def test_the_live_line(step: Any) -> None:
    shown = console.line(console._describe(step, 3)).plain
    assert steering(shown) == set() and (SHOWN in shown) == (step.kind in ("show", "look", "check"))


def test_descriptions_of_a_bar() -> None:
    with console.bar() as bar:
        bar.add_task(EVIL)
        screen = Console(width=400)
        with screen.capture() as captured:
            screen.print(bar.get_renderable())
    assert SHOWN in captured.get() and steering(captured.get()) == set()


# --- commands that take long: what their progress and their ends show -----------------------------------------


def shown_by(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What bars are told to show from now on, as they show it."""
    told: list[str] = []
    update = rich.progress.Progress.update

    def updated(self: Any, task: Any, **more: Any) -> None:
        update(self, task, **more)
        screen = Console(width=400)
        with screen.capture() as captured:
            screen.print(self.get_renderable())
        told.append(captured.get())

    monkeypatch.setattr(rich.progress.Progress, "update", updated)
    return told


def test_training_of_the_localizer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seal.train import localizer
    from seal.train.loop import Progress

    def train(pages: Any, out: Path, *_: Any, **more: Any) -> Path:
        more["on_stage"](EVIL, 3)
        more["on_step"](Progress(1, 3, {EVIL: 0.5}, 1.0))
        more["on_page"]()
        return out / FILE

    rows = [{"what": EVIL, "recall": 0.5, "precision": 0.5, "number": 3}]
    monkeypatch.setattr(localizer, "train", train)
    monkeypatch.setattr(localizer, "evaluate", lambda *_, **more: SimpleNamespace(rows={EVIL: rows}))
    bars = shown_by(monkeypatch)
    told = run("train", "localizer", FILE, "--out", tmp_path, "--held-out", FILE)
    assert SHOWN_FILE in told and f"{SHOWN} icon sets, {SHOWN}: recall" in told
    assert sum(SHOWN in bar for bar in bars) >= 2 and all(steering(bar) == set() for bar in bars)


def test_training_of_the_vqa_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seal.train import loop, vqa, vqa_data
    from seal.train.loop import Progress

    def train(*_: Any, **more: Any) -> tuple[None, None, None]:
        more["on_step"](Progress(1, 3, {EVIL: 0.5}, 1.0))
        return None, None, None

    monkeypatch.setattr(vqa_data, "collect", lambda *_, **more: more["on_page"](1, 2))
    monkeypatch.setattr(vqa, "train", train)
    monkeypatch.setattr(vqa, "export", lambda *_: None)
    monkeypatch.setattr(loop, "plot", lambda *_: None)
    bars = shown_by(monkeypatch)
    assert f"{SHOWN_FILE}/model" in run("train", "vqa", FILE, "--out", tmp_path / FILE)
    assert any(SHOWN in bar for bar in bars) and all(steering(bar) == set() for bar in bars)


def test_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seal.train import make, packages

    def fetch(cache: Path, split: str, on_package: Callable[[str, int, int], None]) -> None:
        on_package(EVIL, 1, 2)

    monkeypatch.setattr(packages, "fetch", fetch)
    monkeypatch.setattr(make, "make_pages", lambda *_, **more: [])
    bars = shown_by(monkeypatch)
    assert SHOWN_FILE in run("pages", "--out", tmp_path / FILE, "--cache", tmp_path)
    assert any(SHOWN in bar for bar in bars) and all(steering(bar) == set() for bar in bars)


def test_convert(monkeypatch: pytest.MonkeyPatch) -> None:
    from seal.agents.seal_models import convert

    done = SimpleNamespace(folder=Path(FILE), kind=EVIL, tensors=3, bytes=10**9)
    monkeypatch.setattr(convert, "convert", lambda *_, **more: done)
    assert f"{SHOWN_FILE}: seal_{SHOWN}, 3 tensors, 1.00 GB" in run("convert", FILE, "out")


def test_style_is_given_beside_the_text() -> None:
    text = console.line("a [red]b", ("[/]", "bold red"))
    assert text.plain == "a [red]b[/]" and [(s.start, s.end, s.style) for s in text.spans] == [
        (8, 11, "bold red")
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Preis: 5 \u20ac, \u65e5\u672c \U0001f600", "Preis: 5 \u20ac, \u65e5\u672c \U0001f600"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
        ("a\nb\tc\0", r"a\nb\tc\x00"),
        ("\u2028\ufeff\U000e0041\ud800", r"\u2028\ufeff\U000e0041\ud800"),
    ],
)
def test_only_what_steers_is_written_out(text: str, shown: str) -> None:
    assert console.visible(text) == shown
    assert console.visible(shown) == shown


# --- errors: one line, in a real process -------------------------------------------------------------------

WRONG: list[tuple[list[str], int]] = [
    (["ask", f"{FILE}.png", "?"], 2),
    (["ask", "{screen}", "?", "--vqa", EVIL], 2),
    (["ask", "{screen}", "?", "--localizer", EVIL], 2),
    (["ask", "{screen}", "?", "--vqa", f"replay:{FILE}"], 3),
    (["ask", "{screen}", "?", "--policy", EVIL], 2),
    (["ask", "{screen}", "?", "-o", EVIL, "-o", EVIL], 2),
    (["ask", "{screen}", "?", "--page", EVIL], 2),
    (["ask", "{screen}", "?", EVIL], 2),
    (["ask", "{screen}", "?", "--" + FILE], 2),
    (["locate", "{screen}", "x" * 300 + EVIL], 2),
    (["locate", "{screen}", EVIL, "--trace", f"none/{FILE}.html"], 2),
    (["bench", FILE], 2),
    (["models", EVIL], 2),
    (["models", "--kind", EVIL], 2),
    (["doctor", EVIL], 2),
    (["runs", "--store", "{screen}"], 2),
    (["runs", "--store", "store", "show", EVIL], 2),
    (["runs", EVIL], 2),
    (["pages", "--out", FILE, "--split", EVIL], 2),
    (["calibrate", "ocr", "--data", FILE], 2),
    (["convert", FILE, "out"], 2),
    ([EVIL], 2),
]


def test_errors(folder: Path, tmp_path: Path) -> None:
    """All in one process: each error is what `main` prints."""
    code = (
        "import json, sys\n"
        "from seal.cli.app import main\n"
        "for arguments in json.loads(sys.stdin.read()):\n"
        "    sys.argv = ['seal', *arguments]\n"
        "    try:\n"
        "        main()\n"
        "    except SystemExit as end:\n"
        "        print('END', end.code, file=sys.stderr)\n"
    )
    screen = str(folder / f"{FILE}.png")
    calls = [[a.replace("{screen}", screen) for a in arguments] for arguments, _ in WRONG]
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(calls).encode(),
        capture_output=True,
        cwd=tmp_path,
        timeout=300,
        check=True,
    )
    told = done.stderr.decode("utf-8")
    assert steering(told) == set() and done.stdout == b"" and "Traceback" not in told
    messages = told.split("END ")
    codes = [int(message.split("\n")[0]) for message in messages[1:]]
    assert dict(enumerate(codes)) == {i: code for i, (_, code) in enumerate(WRONG)}
    for (arguments, _), message in zip(WRONG, messages, strict=False):
        assert "error" in message.lower(), arguments
    first = messages[0].strip()
    assert first.startswith(f"error: {SHOWN_FILE[:-3]}") and "\n" not in first


def test_only_the_console_prints_by_rich() -> None:
    """A command that used rich itself could take data for mark-up."""
    users = []
    for path in (p for floor in ("seal", "agents", "memory", "train") for p in (ROOT / floor).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.partition(".")[0] == "rich" for name in names):
                users.append(path.name)
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "print",
                "typer.echo",
                "typer.secho",
            ):
                users.append(path.name)
    assert set(users) == {"console.py"}


def test_a_hostile_error_is_a_seal_error(tmp_path: Path) -> None:
    with pytest.raises(SealError, match="no such file"):
        run("ask", tmp_path / FILE, "?")
