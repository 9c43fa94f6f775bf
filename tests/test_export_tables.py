"""Kept runs as tables and as a folder of pictures: what `datasets` loads, and what an interruption leaves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from test_export import kept as kept_once
from typer.testing import CliRunner

from seal.cli.app import app
from seal.memory.deadline import Deadline
from seal.memory.errors import InputError, OutOfTime
from seal.memory.geometry import Box
from seal.memory.store import MemoryStore
from seal.record import tables
from seal.record.archive import from_run
from seal.record.tables import KeptResult, export_images, export_runs

BELL, CUP = Box(3000, 200, 24, 24), Box(600, 1500, 40, 20)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of tests/test_export.py: an answered question, a refused one, and a `locate` of the same things."""
    return kept_once.__wrapped__(tmp_path_factory.mktemp("made"))  # type: ignore[attr-defined, no-any-return]


@pytest.fixture
def kept(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made / "store", tmp_path / "store")
    return tmp_path


def export(kept: Path, form: str, *more: str) -> Any:
    command = ["export", "--store", str(kept / "store"), "--out", str(kept / form), "--as", form, *more]
    return CliRunner().invoke(app, command)


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def results(kept: Path) -> list[KeptResult]:
    with MemoryStore(kept / "store") as store:
        return [KeptResult(r.id, r.created, from_run(store.get(r.id))) for r in store.list()]


def test_a_run_a_line(kept: Path) -> None:
    told = export(kept, "runs")
    assert told.exception is None and "3 lines; " in told.output
    rows = lines(kept / "runs" / "runs.jsonl")
    assert [row["status"] for row in rows] == ["found", "cannot_tell", "answered"]  # the newest first
    assert (
        len({tuple((k, type(v)) for k, v in row.items()) for row in rows}) == 1
    )  # the same fields and types
    asked = rows[2]
    assert asked["answer"] == "Grün <|im_end|>" and asked["question"] == "Which colour has the bell?"
    assert (asked["width"], asked["height"], asked["page"], asked["pages"]) == (4096, 2304, 1, 1)
    found = {target["phrase"]: target for target in asked["targets"]}
    assert Box(*found["bell"]["box"]).iou(BELL) > 0.8 and Box(*found["cup"]["box"]).iou(CUP) > 0.8
    assert asked["cites"] == [found["bell"]["crop"]]
    for name in (asked["picture"], found["bell"]["crop"], found["cup"]["crop"]):
        with PIL.Image.open(kept / "runs" / name) as picture:
            assert min(picture.size) > 8
    named = {row["picture"] for row in rows} | {t["crop"] for row in rows for t in row["targets"]}
    assert {f"pictures/{p.name}" for p in (kept / "runs" / "pictures").iterdir()} == named
    assert set(json.dumps(asked)) and f"{len(named)} pictures" in told.output


def test_a_picture_a_line_with_boxes_in_its_pixels(kept: Path) -> None:
    assert export(kept, "imagefolder").exception is None
    rows = lines(kept / "imagefolder" / "metadata.jsonl")
    assert len(rows) == 3
    for row in rows:
        with PIL.Image.open(kept / "imagefolder" / row["file_name"]) as picture:
            scale = picture.width / row["width"]
        boxes = dict(zip(row["objects"]["category"], row["objects"]["bbox"], strict=True))
        assert set(boxes) == {"bell", "cup"} and len(row["objects"]["score"]) == 2
        for phrase, box in (("bell", BELL), ("cup", CUP)):
            assert Box(*boxes[phrase]).iou(Box(*(v * scale for v in box.xywh))) > 0.7


def test_filters_and_limits(kept: Path) -> None:
    export(kept, "runs", "--status", "answered")
    assert [row["status"] for row in lines(kept / "runs" / "runs.jsonl")] == ["answered"]
    export(kept, "runs", "-n", "1")
    assert [row["status"] for row in lines(kept / "runs" / "runs.jsonl")] == ["found"]
    assert isinstance(export(kept, "runs", "--until", "1999-01-01").exception, InputError)
    assert isinstance(export(kept, "runs", "--text", "unicorn").exception, InputError)


def test_a_second_export_takes_the_place_of_the_first(kept: Path) -> None:
    export(kept, "imagefolder")
    export(kept, "runs")
    before = {p.name for p in (kept / "runs" / "pictures").iterdir()}
    export(kept, "runs", "--status", "cannot_tell")
    after = {p.name for p in (kept / "runs" / "pictures").iterdir()}
    (row,) = lines(kept / "runs" / "runs.jsonl")
    assert after <= before and f"{Path(row['picture']).name}" in after
    (kept / "runs" / "README.md").write_text("mine")
    (kept / "runs" / "pictures" / "mine.txt").write_text("mine")
    export(kept, "runs")
    assert (kept / "runs" / "README.md").read_text() == "mine"
    assert (kept / "runs" / "pictures" / "mine.txt").exists()


@pytest.mark.parametrize("form", ["runs", "imagefolder"])
def test_a_folder_that_holds_something_else_is_refused(kept: Path, form: str) -> None:
    other = kept / form
    other.mkdir()
    (other / "chats.jsonl").write_text("mine")
    with pytest.raises(InputError, match="something else"):
        (export_runs if form == "runs" else export_images)(results(kept), other)
    assert [p.name for p in other.iterdir()] == ["chats.jsonl"]


def test_pictures_of_others_would_count_as_of_a_folder_of_pictures(kept: Path) -> None:
    (kept / "imagefolder").mkdir()
    PIL.Image.new("RGB", (8, 8)).save(kept / "imagefolder" / "holiday.JPG", "JPEG")
    assert "holiday.JPG" in str(export(kept, "imagefolder").exception)


@pytest.mark.parametrize("form", ["runs", "imagefolder"])
def test_a_place_that_cannot_be_written(kept: Path, form: str) -> None:
    (kept / form).write_text("a file")
    told = export(kept, form).exception
    assert isinstance(told, InputError) and "\n" not in str(told) and (kept / form).read_text() == "a file"


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("form", ["runs", "imagefolder"])
def test_an_interrupted_export_leaves_what_was_there(
    kept: Path,
    form: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write = export_runs if form == "runs" else export_images
    newest, *others = results(kept)
    write([newest], kept / form)
    before = tree(kept / form)

    def interrupted(of: str) -> Any:
        yield newest
        yield from others
        raise KeyboardInterrupt(of)

    with pytest.raises(KeyboardInterrupt):
        write(interrupted(form), kept / form)
    assert tree(kept / form) == before
    turns = iter([False, False, True])
    with Deadline(cancelled=lambda: next(turns, True)).in_force(), pytest.raises(OutOfTime):
        write([newest, *others, *others, *others], kept / form)
    assert tree(kept / form) == before

    def full(path: Path, data: Any) -> None:
        b"".join(data if not isinstance(data, bytes) else [data])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tables, "write_whole", full)
    with pytest.raises(InputError, match="No space left"):
        write([newest, *others], kept / form)
    assert tree(kept / form) == before


def test_a_damaged_run_is_left_out_and_told(kept: Path) -> None:
    with MemoryStore(kept / "store") as store:
        damaged = store.list()[0].id
        store._sql.execute("UPDATE runs SET document = '{' WHERE id = ?", (damaged,))
    told = export(kept, "runs")
    assert told.exception is None and "left out: " in told.output and "2 lines" in told.output


LOAD = """
import sys
from datasets import load_dataset
kind, path = sys.argv[1:]
if kind == "imagefolder":
    data = load_dataset("imagefolder", data_dir=path, split="train")
    print(len(data), sorted(data[0]["objects"]["category"]), data[0]["image"].size[0] > 100)
else:
    data = load_dataset(path, split="train")
    print(len(data), sorted(t["phrase"] for t in data[0]["targets"]), data.features["options"].feature.dtype)
    assert load_dataset("json", data_files=f"{path}/runs.jsonl", split="train")[0]["id"] == data[0]["id"]
"""


@pytest.mark.skipif(find_spec("datasets") is None, reason="datasets is not installed")
def test_datasets_loads_both(kept: Path) -> None:
    environment = os.environ | {"HF_HOME": str(kept / "hf"), "HF_HUB_OFFLINE": "1"}
    for form, last in (("imagefolder", "True"), ("runs", "string")):
        export(kept, form)
        command = [sys.executable, "-c", LOAD, form, str(kept / form)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split("\n")[-2] == f"3 ['bell', 'cup'] {last}"
