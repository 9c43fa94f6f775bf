"""The command line as a user meets it: real processes where that matters, exit codes, one clear line for errors."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest
from drawn_pdfs import drawn, said
from typer.testing import CliRunner

from seal.agents.contracts import Answer, Capabilities, Need, Target
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.agents.replay import Recorder
from seal.cli.app import app
from seal.cli.options import opened
from seal.memory.errors import AgentError, InputError, SealError
from seal.memory.geometry import Box
from seal.memory.image import Document
from seal.orchestrator import Seal

ROOT = Path(__file__).resolve().parent.parent
QUESTION = "How much is the total?"


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    image = PIL.Image.new("RGB", (1600, 900), "white")
    draw = PIL.ImageDraw.Draw(image)
    font = PIL.ImageFont.load_default(24)
    draw.text((1200, 80), "Total", fill="black", font=font)
    draw.text((1320, 80), "$ 42", fill="black", font=font)
    path = tmp_path_factory.mktemp("cli") / "screen.png"
    image.save(path)
    return path


@pytest.fixture(scope="module")
def recording(screen: Path) -> Path:
    """A recorded run of scripted agents, for `--vqa replay:FILE --localizer replay:FILE`."""
    path = screen.with_name("run.jsonl")
    able = Capabilities(input_side=512, smallest_px=12.0, reads_text=True)
    box = Box(1200, 80, 60, 24)
    localizer = Recorder(FakeLocalizer({"Total": [box]}, capabilities=able, texts={"Total": ["Total"]}), path)
    vqa = Recorder(
        ScriptedVQA(
            needs={
                QUESTION: Need((Target("Total"),)),
                "Is it blue?": Need((Target("Total"),)),
                "Where is the unicorn?": Need((Target("unicorn"),)),
            },
            answers={
                QUESTION: Answer("$ 42", confidence=0.9, cites=("crop-1",)),
                "Is it blue?": Answer("yes"),
                "Where is the unicorn?": Answer("cannot tell", "cannot_tell", 0.0, reason="no unicorn"),
            },
        ),
        path,
    )
    seal = Seal(vqa, localizer)
    seal.ask(screen, QUESTION)
    seal.ask(screen, "Is it blue?", ["yes", "no"])
    seal.ask(screen, "Is it blue?", ["no", "yes"])
    seal.ask(screen, "Where is the unicorn?")
    seal.locate(screen, ["Total"])
    seal.locate(screen, [Target("Total", "all", surroundings=False)])
    seal.locate(screen, ["unicorn"])
    seal.locate(screen, ["Total", "unicorn"])
    return path


@pytest.fixture
def agents(recording: Path) -> list[str]:
    return ["--vqa", f"replay:{recording}", "--localizer", f"replay:{recording}"]


def run(*arguments: Any) -> Any:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_ask_prints_answer_boxes_and_cost(screen: Path, agents: list[str]) -> None:
    result = run("ask", screen, QUESTION, *agents)
    assert result.exit_code == 0
    first, *rest = result.stdout.splitlines()
    assert first.startswith("$ 42")
    assert any("Total: x=1200 y=80 width=60 height=24" in line for line in rest)
    assert "looks" in rest[-1]


@pytest.mark.parametrize(
    ("settings", "page", "localizer", "seconds", "early"),
    [
        ({}, None, None, None, "opened, OCR loads"),
        ({}, 1, None, None, "opened, OCR loads"),
        ({"SEAL_LOOK_CACHE": "looks"}, None, None, None, "opened"),
        ({}, 2, None, None, ""),
        ({}, None, "ocr:rapidocr", None, ""),
        ({}, None, None, 5.0, ""),
        ({"SEAL_LOCALIZER": "nano"}, None, None, None, ""),
        ({"SEAL_LOOKS": "many"}, None, None, None, ""),
        ({"SEAL_MAX_PIXELS": "100"}, None, None, None, ""),
    ],
)
def test_the_image_is_opened_early_only_where_the_same_comes_of_it(
    settings: dict[str, str],
    page: int | None,
    localizer: str | None,
    seconds: float | None,
    early: str,
    screen: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    loads = list[int]()
    monkeypatch.setattr("seal.agents.ocr.engine", loads.append)
    shown = opened(str(screen), page, None, localizer, seconds)
    assert isinstance(shown, Document) == ("opened" in early) and loads == [0] * ("OCR" in early)
    assert isinstance(shown, Document) or shown == str(screen)
    assert opened("no such file", page, None, localizer, seconds) == "no such file"


def test_json_is_json_without_pictures(screen: Path, agents: list[str]) -> None:
    result = run("ask", screen, QUESTION, "--json", *agents)
    data = json.loads(result.stdout)
    assert (data["answer"], data["status"]) == ("$ 42", "answered")
    (target,) = data["targets"]
    assert target["box"] == {"x": 1200.0, "y": 80.0, "width": 60.0, "height": 24.0}
    assert (target["center"], target["page"], target["crop"]) == ([1230.0, 92.0], 1, "crop-1")
    assert target["cited"] and data["cites"] == ["crop-1"]
    assert '"png"' not in result.stdout and "memory" not in data and "trace" not in data


@pytest.mark.parametrize("options", [("-o", "yes", "-o", "no"), ("--options", "yes|no")])
def test_options(screen: Path, agents: list[str], options: tuple[str, ...]) -> None:
    assert json.loads(run("ask", screen, "Is it blue?", *options, "--json", *agents).stdout)["option"] == 0


def test_exit_code_1_when_it_cannot_tell_or_nothing_is_found(screen: Path, agents: list[str]) -> None:
    unsure = run("ask", screen, "Where is the unicorn?", *agents)
    assert unsure.exit_code == 1 and "no unicorn" in unsure.stdout
    missing = run("locate", screen, "unicorn", *agents)
    assert missing.exit_code == 1 and "not found" in missing.stdout
    assert run("locate", screen, "Total", *agents).exit_code == 0
    assert run("locate", screen, "Total", "--all", *agents).exit_code == 0
    partly = run("locate", screen, "Total", "unicorn", *agents)
    assert partly.exit_code == 1 and "unicorn: not found" in partly.stdout and "x=1200" in partly.stdout
    assert "partly found" in partly.stdout.splitlines()[0]


def test_trace_and_picture_files(screen: Path, agents: list[str], tmp_path: Path) -> None:
    page, data, picture = tmp_path / "t.html", tmp_path / "t.json", tmp_path / "p.png"
    run("ask", screen, QUESTION, "--trace", page, "--picture", picture, *agents)
    run("ask", screen, QUESTION, "--trace", data, *agents)
    assert "<html" in page.read_text() and json.loads(data.read_text())["policy"] == "vstar"
    with PIL.Image.open(picture) as image:
        assert image.size[0] >= 1000


def test_runs_are_kept_listed_shown_and_deleted(screen: Path, agents: list[str], tmp_path: Path) -> None:
    store = ("--store", tmp_path / "store")
    assert "No run" in run("runs", *store).output
    run("ask", screen, QUESTION, *store, *agents)
    listed = run("runs", *store).stdout
    assert "screen.png" in listed and "$ 42" in listed
    run_id = re.findall(r"\b[0-9a-f]{8}\b", listed)[0]
    shown = run("runs", *store, "show", run_id, "--trace", tmp_path / "again.html")
    assert shown.stdout.startswith("$ 42") and (tmp_path / "again.html").exists()
    assert "Deleted" in run("runs", *store, "delete", run_id).output
    assert "No run" in run("runs", *store).output


def test_keep_uses_the_default_store(screen: Path, agents: list[str]) -> None:
    run("ask", screen, QUESTION, "--keep", *agents)
    assert "$ 42" in run("runs").stdout


def test_models_lists_the_agents() -> None:
    text = run("models").stdout
    assert all(name in text for name in ("reader", "ocr", "replay"))


def test_bench_prints_the_table_with_the_baseline_beside(
    screen: Path, recording: Path, agents: list[str], tmp_path: Path
) -> None:
    kind = tmp_path / "set" / "presence"
    kind.mkdir(parents=True)
    case = {"target_object": ["Total"], "bbox": [[1200, 80, 60, 24]], "question": "Is it blue?"}
    case["options"] = ["yes", "no"]
    (kind / "q.json").write_text(json.dumps({**case, "image": str(screen)}))
    result = run(
        "bench", tmp_path / "set", "--no-baseline", "--out", tmp_path / "r.jsonl", "--markdown", *agents
    )
    assert "| presence | 1 | 1.00 |" in result.stdout
    line = json.loads((tmp_path / "r.jsonl").read_text())
    assert line["verdict"] == "right" and line["correct"] and (line["hits"], line["targets"]) == (1, 1)


def test_every_command_has_help_with_examples() -> None:
    assert run("--version").stdout.startswith("seal ")
    for command in ("ask", "locate", "bench"):
        text = run(command, "--help").stdout
        assert f"seal {command}" in text and "Examples" in text


# --- bad input: exit code 2 and one clear line -------------------------------------------------------------


def fails(*arguments: Any) -> str:
    """The one line on standard error of a real process that ends with exit code 2."""
    done = subprocess.run(
        [sys.executable, "-m", "seal", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert done.returncode == 2, done.stderr
    assert done.stdout == "" and "Traceback" not in done.stderr
    assert len(lines) == 1 and lines[0].startswith("error: ")
    return lines[0]


def bad_file(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_bad_input_in_a_real_process(tmp_path: Path, screen: Path) -> None:
    assert "no such file" in fails("ask", tmp_path / "none.png", "?")
    assert "breadth-first" in fails("ask", screen, "?", "--policy", "dijkstra")
    assert "no run 'abc'" in fails("runs", "--store", tmp_path / "store", "show", "abc")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ask", "{screen}"], "Missing argument 'QUESTION'. See: "),
        (["aks", "{screen}", "?"], "Did you mean 'ask'? See: "),
        (["ask", "{screen}", "?", "--page", "1.5"], "'--page'"),
        (["ask", "{screen}", "?", "--looks"], "'--looks' requires an argument. See: seal --help"),
        (["ask", "{screen}", "?", "--\x1b[31mred"], r"\x1b[31mred"),
        (["runs", "shwo"], "Did you mean 'show'? See: "),
        (["bench", "foo"], "foo: a folder"),
        (["serve", "--listen", "bad"], "127.0.0.1:8765"),
        (["read", "missing.pdf"], "missing.pdf: there is no such file"),
        (["elements", "{text}"], "no image or PDF"),
        (["ask-many", "{text}", "--out", "{dir}"], "an object of JSON is expected"),
    ],
    ids=lambda value: " ".join(value[:1] + value[2:3]) if isinstance(value, list) else "",
)
def test_a_wrong_call_is_one_clear_line(
    arguments: list[str], told: str, screen: Path, tmp_path: Path
) -> None:
    text = bad_file(tmp_path, "a.txt", b"not an image")
    assert told in fails(*[a.format(screen=screen, text=text, dir=tmp_path / "out") for a in arguments])


@pytest.mark.parametrize(
    ("arguments", "hidden", "told"),
    [
        (["ask", "{screen}", "?", "--server", "http://127.0.0.1:9"], "", "is `seal serve` running there?"),
        (["demo"], "gradio", "pip install 'seal-visual-search[demo]'"),
    ],
)
def test_what_is_absent_is_told_in_one_line(
    arguments: list[str], hidden: str, told: str, screen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, hidden, None)  # as if it were not installed
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(AgentError) as caught:
        run(*[a.format(screen=screen) for a in arguments])
    assert told in str(caught.value) and "\n" not in str(caught.value)


def test_a_command_without_arguments_shows_its_help() -> None:
    shown = run("train")
    assert shown.exit_code == 2 and "Usage" in shown.output and "error:" not in shown.output


BAD: dict[str, tuple[list[str], str]] = {
    "directory": (["ask", "{dir}", "?"], "directory holds nothing"),
    "empty file": (["ask", "{empty}", "?"], "empty"),
    "text named png": (["ask", "{text}", "?"], "no image"),
    "truncated png": (["locate", "{truncated}", "Total"], "truncated"),
    "thin image": (["ask", "{thin}", "?"], "1x100000"),
    "broken pdf": (["ask", "{pdf}", "?"], "broken"),
    "page out of range": (["ask", "{screen}", "?", "--page", "7"], "page 7"),
    "empty question": (["ask", "{screen}", "  "], "question is empty"),
    "doubled options": (["ask", "{screen}", "?", "-o", "a", "-o", "a"], "'a'"),
    "negative looks": (["ask", "{screen}", "?", "--looks", "-1"], "looks"),
    "negative seconds": (["ask", "{screen}", "?", "--seconds", "-1"], "seconds"),
    "unknown vqa": (["ask", "{screen}", "?", "--vqa", "oracle"], "reader"),
    "unknown localizer": (["ask", "{screen}", "?", "--localizer", "telescope"], "ocr"),
    "unknown policy": (["ask", "{screen}", "?", "--policy", "dijkstra"], "breadth-first"),
    "long target": (["locate", "{screen}", "x" * 500], "500 characters"),
    "no questions": (["bench", "{dir}"], "no question"),
    "missing folder": (["bench", "{dir}/none"], "folder"),
    "trace in no folder": (
        ["locate", "{screen}", "Total", "--trace", "{dir}/none/t.html"],
        "cannot be written",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_clear_line(name: str, tmp_path: Path, screen: Path) -> None:
    (tmp_path / "nothing").mkdir()
    png = screen.read_bytes()
    names = {
        "dir": tmp_path / "nothing",
        "screen": screen,
        "empty": bad_file(tmp_path, "empty.png", b""),
        "text": bad_file(tmp_path, "text.png", b"not an image at all, just words"),
        "truncated": bad_file(tmp_path, "cut.png", png[: len(png) // 2]),
        "pdf": bad_file(tmp_path, "x.pdf", b"%PDF-1.7\nnothing else"),
        "thin": tmp_path / "thin.png",
    }
    PIL.Image.new("L", (1, 100000)).save(names["thin"])
    arguments, message = BAD[name]
    with pytest.raises(InputError) as caught:
        run(*[a.format(**names) for a in arguments])
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_bad_store(tmp_path: Path) -> None:
    (tmp_path / "runs.sqlite3").write_bytes(b"this is no database, but somebody's file" * 50)
    with pytest.raises(SealError) as caught:
        run("runs", "--store", tmp_path)
    assert "\n" not in str(caught.value)
    assert (tmp_path / "runs.sqlite3").read_bytes().startswith(b"this is no database")


# --- seal read, seal index --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def manual(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("manual") / "manual.pdf"
    path.write_bytes(drawn([said("1", 60, 20), said("The [red] heading", 60, 300, 20) + said("7", 60, 20)]))
    return path


def invoked(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_read_prints_pages_in_reading_order(manual: Path) -> None:
    told = invoked("read", manual, "--localizer", "pdf")
    assert told.exit_code == 0
    expected = "\n--- page 1 ---\n\n1\n\n--- page 2 ---\n\nThe [red] heading\n\n7\n"
    assert told.stdout == expected


def test_read_gives_boxes_as_json_and_escapes_markdown(manual: Path) -> None:
    told = json.loads(
        invoked("read", manual, "--page", "2", "--json", "--localizer", "pdf", "--dpi", "72").stdout
    )
    assert "pixels of the full image" in told["frame"]
    (page,) = told["pages"]
    assert (page["page"], page["size_wh"], page["known"]) == (2, [300, 400], True)
    heading, number = page["blocks"]
    assert heading["lines"][0]["text"] == "The [red] heading" and heading["kind"] == "heading"
    x, y, width, height = number["lines"][0]["box"]
    assert x == pytest.approx(60, abs=2) and y + height == pytest.approx(380, abs=5) and width < 10
    shown = invoked("read", manual, "--page", "2", "--markdown", "--localizer", "pdf").stdout
    assert "## The \\[red\\] heading" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("read", "{manual}", "--json", "--markdown"), "Give --json or --markdown, not both."),
        (("read", "{manual}", "--page", "9"), "there is no page 9"),
        (("read", "no-such.pdf"), "there is no such file"),
        (("read", "{manual}", "--localizer", "nano"), "reads no text; take ocr, pdf or the default."),
        (("index", "{manual}"), "set SEAL_LOOK_CACHE=FOLDER (docs/settings.md), or give --cache."),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(
    arguments: tuple[str, ...], message: str, manual: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEAL_LOOK_CACHE", raising=False)
    told = invoked(*(argument.format(manual=manual) for argument in arguments))
    assert isinstance(told.exception, SealError)
    assert message in str(told.exception) and "\n" not in str(told.exception)


def test_index_reads_once(manual: Path, tmp_path: Path) -> None:
    first = invoked("index", manual, "--cache", tmp_path, "--localizer", "pdf")
    again = invoked("index", manual, "--cache", tmp_path, "--localizer", "pdf")
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "2 pages read; kept in" in first.stderr
    assert "all 2 pages are there already" in again.stderr
    assert len(list(tmp_path.glob("*.pages"))) == 1
