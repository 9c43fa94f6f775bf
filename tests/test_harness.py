"""SEAL as a model of lmms-eval, driven by its own evaluator on a task of its own form."""

from __future__ import annotations

import asyncio
import base64
import csv
import json
import os
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest

from seal.inputs import Prompted, prompted

HERE = find_spec("lmms_eval") is not None
OLD_MCP = HERE and find_spec("mcp") is not None and version("mcp").startswith("1.")
TASK = """\
task: tiny_screens
dataset_path: imagefolder
dataset_kwargs: {{data_dir: {data}}}
test_split: train
output_type: generate_until
doc_to_visual: !function utils.picture
doc_to_text: !function utils.words
doc_to_target: answer
process_results: !function utils.scored
generation_kwargs: {{max_new_tokens: 16}}
metric_list:
  - metric: right
    aggregation: mean
    higher_is_better: true
metadata: {{version: 0}}
"""
UTILS = """
def picture(doc):
    return [doc["image"].convert("RGB")]


def words(doc, lmms_eval_specific_kwargs=None):
    return doc["question"]


def scored(doc, results):
    return {"right": float(results[0].strip() == doc["answer"])}
"""
RUN = """\
import json, sys
from lmms_eval.evaluator import simple_evaluate
from lmms_eval.tasks import TaskManager
from loguru import logger

logger.add(sys.stderr, level="INFO")
told = json.loads(sys.argv[1])
known = TaskManager(include_path=told["tasks"], include_defaults=False)  # of thousands of its own none is read
done = simple_evaluate("seal", told["arguments"], tasks=["tiny_screens"], batch_size=1, task_manager=known)
print(json.dumps({"right": done["results"]["tiny_screens"]["right,none"]}))
"""
LETTER = "\nAnswer with the option's letter from the given choices directly."


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("Which?\nA. left\nB. right", Prompted("Which?", ("left", "right"))),
        (f"Which?\n(A) left\n(B) right{LETTER}", Prompted("Which?", ("left", "right"), True)),
        ("Which letter is it?\nA. x\nB. y", Prompted("Which letter is it?", ("x", "y"))),
        ("What is it?", Prompted("What is it?")),
        (
            "Question: Which?\nOptions:\nA. left\nB. right\n"
            "Please select the correct answer from the options above. \n",
            Prompted("Which?", ("left", "right"), True),
        ),
        (
            "Which? The choices are listed below:\n(A) left\n(B) right\nThe best answer is:",
            Prompted("Which?", ("left", "right")),
        ),
        (
            "哪个？ 选项如下所示:\n(A) 左\n(B) 右\n只需回答正确选项的字母。",
            Prompted("哪个？", ("左", "右"), True),
        ),
        ("What are the choices:\nA. x\nB. y", Prompted("What are the choices:", ("x", "y"))),
        ("Options:\nA. x\nB. y", Prompted("Options:", ("x", "y"))),
        ("", Prompted("")),
    ],
)
def test_choices_below_a_question_are_options(words: str, asked: Prompted) -> None:
    assert prompted(words) == asked


def test_a_refusal_is_no_letter() -> None:
    """Harnesses search replies for a letter: there is none of A to D in this one, in any case."""
    asked = prompted(f"Which?\nA. left\nB. right{LETTER}")
    assert asked.reply("answered", "right", "") == "B"
    assert not set("ABCD") & set(asked.reply("cannot_tell", "", "A bad day").upper())
    assert prompted("Which?").reply("cannot_tell", "", "no such thing") == "Cannot tell. no such thing"


@pytest.mark.skipif(
    find_spec("lmms_eval") is None, reason="lmms-eval is installed in the stage 'extras' alone"
)
@pytest.mark.parametrize("baseline", [False, True])
def test_lmms_evals_own_evaluator_asks_it(tmp_path: Path, baseline: bool) -> None:
    data, tasks = tmp_path / "data", tmp_path / "tasks"
    (data / "train").mkdir(parents=True)
    tasks.mkdir()
    picture = PIL.Image.new("RGB", (900, 300), "white")
    font = PIL.ImageFont.load_default(28)
    for at, words in enumerate(("Total: 42.50 EUR", "Invoice number: R-1887")):
        PIL.ImageDraw.Draw(picture).text((40, 60 + 90 * at), words, fill="black", font=font)
    picture.save(data / "train" / "a.png")
    asked = [
        (f"What is the total?\nA. 12.00 EUR\nB. 42.50 EUR\nC. 99.10 EUR{LETTER}", "B"),
        ("What is the invoice number?", "R-1887"),
        (f"What is the colour of the umbrella?\nA. red\nB. blue{LETTER}", "Unknown"),
    ]
    rows = [{"file_name": f"{i}.png", "question": q, "answer": a} for i, (q, a) in enumerate(asked)]
    for row in rows:
        picture.save(data / "train" / row["file_name"])
    (data / "train" / "a.png").unlink()
    (data / "train" / "metadata.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    (tasks / "tiny_screens.yaml").write_text(TASK.format(data=data), "utf-8")
    (tasks / "utils.py").write_text(UTILS, "utf-8")
    more = ",baseline=True,side=900" if baseline else ""
    told = {"tasks": str(tasks), "arguments": f"vqa=reader,localizer=ocr:rapidocr,looks=12{more}"}
    home = {"HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    run = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(told)],
        env=os.environ | home,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    assert json.loads(run.stdout.splitlines()[-1]) == {"right": 1.0}
    assert "3 questions, 1 refused" in run.stderr


VLMEVAL = """\
from vlmeval.dataset.image_mcq import HRBenchDataset
from vlmeval.run import main

HRBenchDataset.DATASET_MD5.clear()  # else it fetches its own pictures where others lie
main()
"""
TOTALS = ("42.50 EUR", "12.00 EUR", "99.10 EUR", "7.10 EUR")


@pytest.mark.skipif(
    find_spec("vlmeval") is None, reason="VLMEvalKit is installed by hand (docs/reproduce.md)"
)
def test_vlmevalkits_own_evaluator_asks_the_server(tmp_path: Path) -> None:
    """HR-Bench in its own layout: two questions, one of which nobody could answer, each with four shifts."""
    from serving import serving

    from seal import Seal
    from seal.tools import Tools

    picture = PIL.Image.new("RGB", (900, 300), "white")
    PIL.ImageDraw.Draw(picture).text((40, 60), "Total: 42.50 EUR", "black", PIL.ImageFont.load_default(28))
    picture.save(tmp_path / "a.png")
    held = base64.b64encode((tmp_path / "a.png").read_bytes()).decode()
    rows = []
    asked = (
        ("single", "What is the total?", TOTALS),
        ("cross", "What colour is the umbrella?", ("red", "blue", "pink", "teal")),
    )
    for n, (kind, question, texts) in enumerate(asked):
        for shift in range(4):
            options = [*texts[shift:], *texts[:shift]]
            shown = dict(zip("ABCD", options, strict=True))
            right, index = "ABCD"[options.index(texts[0])], 4 * n + shift
            row = {"index": index, "image": str(4 * n) if shift else held, "question": question, **shown}
            rows.append({**row, "answer": right, "category": kind, "cycle_category": f"cycle_{shift}"})
    with (tmp_path / "HRBench4K.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter="\t")
        writer.writeheader()
        writer.writerows(rows)
    with serving(Tools(Seal("reader", "ocr:rapidocr"), []), ready=False) as client:
        call = [
            "--data",
            "HRBench4K",
            "--model",
            "seal",
            "--base-url",
            f"{str(client.base_url).rstrip('/')}/v1",
        ]
        run = subprocess.run(
            [
                sys.executable,
                "-c",
                VLMEVAL,
                *call,
                "--judge",
                "exact_matching",
                "--work-dir",
                "out",
                "--api-nproc",
                "1",
                "--retry",
                "1",
            ],
            env=os.environ | {"LMUData": str(tmp_path), "HF_HUB_OFFLINE": "1"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert run.returncode == 0, run.stderr[-3000:]
    (scores,) = (tmp_path / "out" / "seal").rglob("seal_HRBench4K_acc.csv")
    with scores.open(encoding="utf-8", newline="") as file:
        told = {(row["cycle"], row["type"]): float(row["accuracy"]) for row in csv.DictReader(file)}
    assert told["Average", "single"] == 1.0 and told["Average", "cross"] == 0.0
    assert told["cycle_3", "all"] == 0.5


SERVER = """\
from seal.tools import Tools
from seal import Seal
from seal.tools.server import serve_stdio

serve_stdio(Tools(Seal("reader", "ocr:rapidocr"), [{folder!r}]))
"""


@pytest.mark.skipif(
    not OLD_MCP, reason="lmms-eval's client needs the MCP SDK 1; both are installed in 'extras' alone"
)
def test_lmms_evals_own_client_calls_the_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = import_module("lmms_eval.mcp").MCPClient
    picture = PIL.Image.new("RGB", (600, 200), "white")
    PIL.ImageDraw.Draw(picture).text((40, 60), "Total: 42.50 EUR", "black", PIL.ImageFont.load_default(28))
    picture.save(tmp_path / "a.jpg")
    (tmp_path / "server.py").write_text(SERVER.format(folder=str(tmp_path)), "utf-8")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    caller = client(str(tmp_path / "server.py"))
    assert {"ask", "locate", "zoom"} <= {each["function"]["name"] for each in caller.get_function_list_sync()}
    asked = {"image": str(tmp_path / "a.jpg"), "question": "What is the total?"}
    told = asyncio.run(caller.run_tool("ask", asked))
    parts = [part for each in told.content for part in caller.convert_result_to_openai_format(each)]
    assert "42.50 EUR" in "".join(part.get("text", "") for part in parts) and not told.isError
