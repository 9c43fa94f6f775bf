"""Kept runs as chats with zoom calls and as COCO: what a trainer reads must fit together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from typer.testing import CliRunner

from seal import Seal
from seal.agents.contracts import Answer, Capabilities, Need, Target
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.cli.app import app
from seal.memory.geometry import Box

BELL, CUP = Box(3000, 200, 24, 24), Box(600, 1500, 40, 20)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A store with an answered question, a refused one, and a `locate` of the same things."""
    image = tmp_path / "screen.png"
    PIL.Image.fromarray(np.full((2304, 4096, 3), 255, np.uint8)).save(image)

    def tell(memory: Any, options: Any) -> Answer:
        if "Who" in memory.question:
            return Answer("", "cannot_tell", 0.0)
        return Answer("Grün <|im_end|>", cites=tuple(t.crop for t in memory.targets if t.phrase == "bell"))

    vqa = ScriptedVQA(needs=lambda *_: Need((Target("bell"), Target("cup"))), answers=tell)
    able = Capabilities(input_side=640, smallest_px=12.0)
    localizer = FakeLocalizer({"bell": [BELL], "cup": [CUP]}, capabilities=able)
    seal = Seal(vqa, localizer, memory=tmp_path / "store")
    seal.ask(image, "Which colour has the bell?")
    seal.ask(image, "Who is it?")
    seal.locate(image, ["bell", "cup"])
    return tmp_path


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


def test_an_answered_question_becomes_a_chat_that_zooms_on_what_it_cites(kept: Path) -> None:
    out = kept / "out"
    told = run("--store", kept / "store", "--out", out)
    assert told.exception is None, told.exception
    assert "1 chats; 2 boxes in 1 images" in told.output and "2 runs are no answered questions" in told.output
    (line,) = (out / "chats.jsonl").read_text("utf-8").splitlines()
    chat = json.loads(line)
    assert [m["role"] for m in chat["messages"]] == ["system", "user", "assistant", "tool", "assistant"]
    _, user, call, shown, answer = chat["messages"]
    assert (
        user["content"][1]["text"] == "Which colour has the bell?" and answer["content"] == "Grün <|im_end|>"
    )
    assert (chat["image"]["width"], chat["image"]["height"]) == (4096, 2304)
    (zoom,) = call["tool_calls"]
    region = Box.from_xyxy(*json.loads(zoom["function"]["arguments"])["region"])
    with PIL.Image.open(out / user["content"][0]["image"]) as page:
        scale = page.width / 4096
        assert Box(0, 0, *page.size).contains(region)
    assert region.contains(Box(*(v * scale for v in BELL.xywh)), slack=1)
    assert shown["tool_call_id"] == zoom["id"] and shown["content"][1]["text"] == "bell"
    with PIL.Image.open(out / shown["content"][0]["image"]) as crop:
        assert crop.width / crop.height == pytest.approx(region.width / region.height, rel=0.1)


def test_what_was_found_becomes_coco_once(kept: Path) -> None:
    run("--store", kept / "store", "--out", kept / "out")
    coco = json.loads((kept / "out" / "coco.json").read_text())
    assert [(i["file_name"], i["width"], i["height"]) for i in coco["images"]] == [("screen.png", 4096, 2304)]
    names = {c["id"]: c["name"] for c in coco["categories"]}
    boxes = {names[a["category_id"]]: Box(*a["bbox"]) for a in coco["annotations"]}
    assert len(coco["annotations"]) == 2 and boxes["bell"].iou(BELL) > 0.8 and boxes["cup"].iou(CUP) > 0.8
    assert {a["id"] for a in coco["annotations"]} == {1, 2} and all(
        a["score"] > 0 for a in coco["annotations"]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--text", "no such thing"], "No kept run is to be exported"),
        (["--out", "{file}"], "the runs cannot be exported here"),
    ],
)
def test_what_cannot_be_exported_is_told(kept: Path, arguments: list[str], message: str) -> None:
    given = [a.format(file=kept / "screen.png") for a in arguments]
    error = run("--store", kept / "store", "--out", kept / "out", *given).exception
    assert message in str(error)
