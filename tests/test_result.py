"""Results as values and as JSON: one memory, each picture once, and the brief that programs get."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seal import Result, Seal
from seal.agents.contracts import Answer, Capabilities, Need, Target
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.memory.errors import InputError, StoreError
from seal.memory.geometry import Box
from seal.memory.image import Document, Image
from seal.memory.store import MemoryStore, StoredRun
from seal.record.archive import from_run, to_run
from seal.record.brief import BriefResult, answer_places
from seal.record.trace import Trace

DOCS = Path(__file__).resolve().parent.parent / "docs" / "json.md"
LABEL, VALUE = Box(1000, 80, 90, 18), Box(1120, 80, 60, 18)


def noise(seed: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).integers(0, 255, (600, 1600, 3), np.uint8)


@pytest.fixture(scope="module")
def result() -> Result:
    """Of two pages that compress badly: a found target, the value beside it, and one that is nowhere."""
    able = Capabilities(input_side=512, smallest_px=12.0, reads_text=True)
    texts = {"label Total": ["Total"], "value": ["$ 42"]}
    eyes = FakeLocalizer({"label Total": [LABEL], "value": [VALUE]}, capabilities=able, texts=texts)
    needs = Need((Target("label Total"), Target("unicorn")))
    vqa = ScriptedVQA(needs=lambda *_: needs, answers=lambda *_: Answer("$ 42", cites=("crop-1",)))
    pages = [Image.open(noise(i)) for i in range(2)]
    return Seal(vqa, eyes).ask(Document("two", "two", pages), "How much?", ["$ 42", "$ 43"])


def pngs(result: Result) -> list[bytes]:
    memory = result.memory
    return [memory.image.png, *(c.png for c in memory.crops), *(p.png for p in result.pages)]


def test_every_picture_is_held_once(result: Result) -> None:
    text = result.to_json()
    held = re.findall(r'"png":"([^"]+)"', text)
    assert len(held) == len(set(held)) == len(pngs(result)) >= 3
    assert len(text) <= 1.4 * sum(map(len, pngs(result)))
    assert Result.from_json(text) == result


def test_the_trace_is_complete_by_itself(result: Result, tmp_path: Path) -> None:
    trace = result.trace
    assert [page.page for page in trace.pages] == [1, 2] and trace.memory is result.memory
    assert trace.steps == result.steps and trace.image_name == "two"
    for name in ("t.json", "t.html"):
        assert Trace.load(trace.save(tmp_path / name)) == trace
    assert Result.from_json(result.to_json()).trace == trace


def test_the_brief(result: Result) -> None:
    text = result.to_json(pictures=False)
    assert len(text) < 20_000 and "png" not in text
    data = json.loads(text)
    assert BriefResult.model_validate_json(text) == result.brief
    assert (data["answer"], data["option"], data["status"]) == ("$ 42", 0, "answered")
    (target,), (absent,), (place,) = data["targets"], data["absent"], data["places"]
    box = result.targets[0].box
    assert target["box"] == {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    assert (target["center"], target["cited"], target["crop"]) == (list(box.center), True, "crop-1")
    assert absent["phrase"] == "unicorn" and absent["reason"].startswith("not found; ")
    assert place["text"] == "$ 42" and place["crop"] == "crop-1" and Box(**place["box"]).iou(VALUE) > 0.8
    assert data["image"] == {"name": "two", "width": 1600, "height": 600, "page": 1, "pages": 2, "time": None}
    assert data["spend"]["looks"] == result.spend.looks and data["stopped"] == "done"


def test_the_schema_is_documented() -> None:
    rows = DOCS.read_text("utf-8").split("| field |")[1].split("\n\n")[0]
    assert set(BriefResult.model_fields) <= set(re.findall(r"`(\w+)`", rows))
    schema = BriefResult.model_json_schema()
    nested = {name for part in schema["$defs"].values() for name in part.get("properties", {})}
    told = set(re.findall(r'[`"](\w+)[`"]', DOCS.read_text("utf-8")))
    assert nested <= told


@pytest.mark.parametrize(
    ("answer", "found"), [("$ 42", ["$ 42"]), ("42", ["$ 42"]), ("  $  42 ", ["$ 42"]), ("4", []), ("", [])]
)
def test_where_an_answer_stands(result: Result, answer: str, found: list[str]) -> None:
    told = answer_places(answer, result.memory, result.cites)
    assert [place.text for place in told] == found
    assert answer_places(answer, result.memory, ()) == ()


def test_where_an_answer_stands_is_what_the_agent_says(result: Result) -> None:
    target = result.targets[0]
    told = answer_places("no", result.memory, (), [(target.page, target.box), (2, Box(1, 2, 3, 4))])
    assert [(p.page, p.box, p.text, p.crop) for p in told] == [
        (target.page, target.box, "no", target.crop),
        (2, Box(1, 2, 3, 4), "no", ""),
    ]


def test_json_that_is_no_whole_result(result: Result, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="in brief; write it with to_json"):
        Result.from_json(result.to_json(pictures=False))
    old = json.loads(result.to_json()) | {"trace": {}}
    del old["origin"]
    with pytest.raises(InputError, match="an earlier version wrote it"):
        Result.from_json(json.dumps(old))
    for text in ("", "[]", "{"):
        with pytest.raises(InputError, match="faults"):
            Result.from_json(text)
    with pytest.raises(InputError, match="cannot be read"):
        Result.from_json(tmp_path / "none.json")


def test_the_store_keeps_pictures_as_files_only(result: Result, tmp_path: Path) -> None:
    with MemoryStore(tmp_path) as store:
        run_id = store.put(to_run(result))
        assert from_run(store.get(run_id)) == result
        (document,) = (
            sqlite3.connect(tmp_path / "runs.sqlite3").execute("SELECT document FROM runs").fetchone()
        )
        assert "iVBOR" not in document
        kept = sorted(path.stat().st_size for path in (tmp_path / "pictures").rglob("*.png"))
        assert kept == sorted(map(len, pngs(result)))
        store.delete(run_id)
        assert not list((tmp_path / "pictures").rglob("*.png"))


def test_runs_of_the_first_version_still_open(result: Result, tmp_path: Path) -> None:
    """They held a trace beside the result: without its memory, and without the page of the memory's image."""
    trace = result.trace.model_dump(mode="json", exclude={"memory"})
    trace["pages"] = [page for page in trace["pages"] if page["page"] != 1]
    old = StoredRun(
        question=result.question,
        memory=result.memory,
        result=result.model_dump(mode="json", exclude={"memory", "pages", "steps", "origin"}),
        trace=trace,
    )
    with MemoryStore(tmp_path) as store:
        kept = store.get(store.put(old))
        assert from_run(kept) == result
        broken = kept.model_copy(update={"trace": {}})
        with pytest.raises(StoreError, match=f"Run {kept.id} was kept by another version"):
            from_run(broken)
