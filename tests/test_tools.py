"""The tools that an agent calls: schemas, calls, and errors that a model can act on."""

from __future__ import annotations

import base64
import io
import json
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest

from seal import Box, Capabilities, Seal
from seal.agents.fake import FakeLocalizer
from seal.memory.errors import ImageError, OutOfTime, SealError, SettingError
from seal.tools import Tools, schemas
from seal.tools import sources as limits
from seal.tools.arguments import TOOLS

ABLE = Capabilities(input_side=1024, reads_text=True)
TEXTS = {"File": Box(20, 10, 40, 20), "Save": Box(110, 205, 50, 20), "Name": Box(400, 300, 150, 20)}
THINGS = {
    "button": [Box(90, 200, 90, 30)],
    "icon": [Box(740, 10, 30, 30)],
    "settings icon": [Box(740, 10, 30, 30)],
}


def fake() -> FakeLocalizer:
    boxes = {f'"{text}"': [box] for text, box in TEXTS.items()}
    return FakeLocalizer(
        {**THINGS, **boxes}, capabilities=ABLE, texts={f'"{text}"': [text] for text in TEXTS}
    )


def picture(seed: int = 5, size: tuple[int, int] = (800, 600)) -> PIL.Image.Image:
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 255, (size[1] // 10, size[0] // 10, 3), np.uint8)
    return PIL.Image.fromarray(small).resize(size)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "screens"
    inside.mkdir()
    picture().save(inside / "now.png")
    picture(7).save(tmp_path / "secret.png")
    (inside / "way out.png").symlink_to(tmp_path / "secret.png")
    (inside / "note.txt").write_text("no picture")
    (inside / "loop.png").symlink_to(inside / "loop.png")
    os.mkfifo(inside / "pipe.png")
    return inside


@pytest.fixture
def tools(folder: Path) -> Tools:
    return Tools(Seal("reader", fake()), [folder])


def uri(image: PIL.Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


@pytest.mark.parametrize("style", ["anthropic", "openai", "openai-responses"])
def test_schemas_declare_every_tool_without_references(style: Any) -> None:
    declared = schemas(style)
    assert [d.get("name") or d["function"]["name"] for d in declared] == sorted(TOOLS)  # type: ignore[index, call-overload]
    told = json.dumps(declared)
    assert "$ref" not in told and '"title"' not in told and "prefixItems" not in told
    assert told.count('"additionalProperties": false') == len(TOOLS)


def test_a_style_that_there_is_not() -> None:
    with pytest.raises(SettingError, match="anthropic, openai or openai-responses; got 'gemini'"):
        schemas("gemini")  # type: ignore[arg-type]


def test_elements_of_a_file(tools: Tools) -> None:
    told = tools.call("elements", {"image": "now.png", "frame": "400x300", "kinds": ["Buttons"]})
    (button,) = told.structured["elements"]  # type: ignore[misc, union-attr]
    assert button["box"] == [45, 100, 90, 115] and button["name"] == "Save"  # type: ignore[call-overload, index]
    assert "parent" not in button and told.structured["image_size"] == [800, 600]  # type: ignore[operator]
    assert json.loads(told.text) == told.structured and told.picture is None


def test_fewer_are_told_and_all_counted(tools: Tools) -> None:
    told = tools.call("elements", {"image": "now.png", "most": 1, "picture": True})
    assert told.structured["count"] > len(told.structured["elements"]) == 1  # type: ignore[operator, arg-type]
    assert told.picture is not None
    assert PIL.Image.open(io.BytesIO(told.picture)).size == (800, 600)


def test_point_refuses_and_finds(tools: Tools) -> None:
    found = tools.call("point", '{"image": "now.png", "instruction": "click Save"}').structured
    assert found["found"] is True and 90 <= found["best"]["click"][0] < 180  # type: ignore[index, call-overload, operator]
    refused = tools.call("point", {"image": "now.png", "instruction": "click Print"}).structured
    assert refused["found"] is False and refused["reason"] and "best" not in refused


def test_locate_tells_what_is_not_there(tools: Tools) -> None:
    looks: list[tuple[int, int, str]] = []
    told = tools.call(
        "locate",
        {"image": "now.png", "targets": ["settings icon", '"Print"'], "frame": "0-1000"},
        on_look=lambda *step: looks.append(step),
    ).structured
    assert told["status"] == "partly_found"
    assert [f["phrase"] for f in told["found"]] == ["settings icon"]  # type: ignore[union-attr, call-overload, index]
    assert told["found"][0]["box"] == [925, 17, 962, 66]  # type: ignore[index, call-overload]
    assert told["absent"][0]["phrase"] == '"Print"' and told["absent"][0]["complete"]  # type: ignore[index, call-overload]
    assert looks and all(n <= most and "settings icon" in words for n, most, words in looks)


def test_ask(folder: Path) -> None:
    told = Tools(Seal("reader", fake()), [folder]).call(
        "ask", {"image": "now.png", "question": "Is there a text 'Save'?"}
    )
    assert told.structured["status"] in ("answered", "cannot_tell")
    assert told.structured["question"] == "Is there a text 'Save'?"


def test_read_a_region_in_pixels_of_the_image(tools: Tools) -> None:
    told = tools.call("read", {"image": "now.png"}).structured
    assert [line["text"] for line in told["lines"]] == ["File", "Save", "Name"]  # type: ignore[union-attr, call-overload, index]


def test_a_region_is_read_without_words_that_its_edge_cuts() -> None:
    page = PIL.Image.new("RGB", (600, 300), "white")
    draw = PIL.ImageDraw.Draw(page)
    for words, place in (("Total 4711", (220, 140)), ("Crossing", (370, 170)), ("Elsewhere", (20, 20))):
        draw.text(place, words, fill="black", font_size=20)
    told = Seal("reader", "ocr:rapidocr").read(page, region=[200, 120, 400, 200], frame="pixels")
    assert [line.text for line in told.lines] == ["Total 4711"]
    x, y = told.lines[0].box.center
    assert 240 < x < 300 and 140 < y < 165
    assert told.reply().region == (200, 120, 400, 200) and told.reply().complete


def test_zoom_gives_the_frame_of_its_picture(tools: Tools) -> None:
    told = tools.call("zoom", {"image": "now.png", "region": [0, 0, 200, 150], "max_side": 400})
    assert told.picture is not None and told.structured["picture_size"] == [400, 300]
    frame = told.structured["picture_frame"]
    again = tools.call("point", {"image": "now.png", "instruction": "click File", "frame": frame}).structured
    x, y = again["best"]["click"]  # type: ignore[index, call-overload, misc]
    assert 40 <= x < 120 and 20 <= y < 60  # type: ignore[operator]


def test_diff_of_the_same_screen(tools: Tools) -> None:
    told = tools.call("diff", {"image": "now.png", "before": uri(picture())}).structured
    assert told["changes"] == []


def test_a_screen_is_looked_at_once_wherever_it_comes_from(folder: Path) -> None:
    localizer = fake()
    looked = []
    survey = localizer.survey
    localizer.survey = lambda patch: looked.append(patch) or survey(patch)  # type: ignore[func-returns-value, method-assign]
    tools = Tools(Seal("reader", localizer), [folder])
    data = (folder / "now.png").read_bytes()
    for image in ("now.png", str(folder / "now.png"), "screen"):
        tools.call("elements", {"image": image}, pictures={"screen": data})
    tools.call("point", {"image": "now.png", "instruction": "click Save"})
    assert len(looked) == 1


def test_content_for_providers(tools: Tools) -> None:
    told = tools.call("zoom", {"image": "now.png", "region": [0, 0, 100, 100], "max_side": 100})
    for style, kinds in (
        ("anthropic", ["text", "image"]),
        ("openai", ["text", "image_url"]),
        ("openai-responses", ["input_text", "input_image"]),
    ):
        content = told.content(style)  # type: ignore[arg-type]
        assert [block["type"] for block in content] == kinds
        assert told.picture_base64 in json.dumps(content)
    with pytest.raises(SettingError, match="Content is for"):
        told.content("gemini")  # type: ignore[arg-type]


LATER = {"instruction": "click Save"}


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("click", {}, "There is no tool 'click'; the tools are ask, diff, "),
        ("point", "{", "point: the arguments are no JSON object"),
        ("point", "[1]", "point: the arguments must be a JSON object"),
        ("point", {"image": "now.png"}, "point: the argument 'instruction' is missing."),
        ("point", {"image": "now.png", "instruction": ""}, "point: instruction: string should have at least"),
        (
            "point",
            {"image": "now.png", "instrution": "x", **LATER},
            "no argument 'instrution'.*'instruction'",
        ),
        ("locate", {"image": "now.png", "targets": []}, "locate: targets: list should have at least 1"),
        ("locate", {"image": "now.png", "targets": [" "]}, "empty"),
        ("zoom", {"image": "now.png"}, "the argument 'region' is missing: .x0, y0, x1, y1. in the frame"),
        ("zoom", {"image": "now.png", "region": [1, 2, 3]}, "zoom: a region is .x0, y0, x1, y1. .four"),
        ("zoom", {"image": "now.png", "region": {"x": 1}}, "zoom: a region is .x0, y0, x1, y1. .four"),
        ("zoom", {"image": "now.png", "region": [900, 700, 950, 750]}, "has no area in the image of 800x600"),
        ("zoom", {"image": "now.png", "region": [10, 10, 10, 50]}, "has no area in the image"),
        ("zoom", {"image": "now.png", "region": [10, 10, float("nan"), 50]}, "four numbers|finite"),
        ("zoom", {"image": "now.png", "region": "bkq3f"}, "No element of this screen has the id 'bkq3f'"),
        ("point", {"image": "now.png", "frame": "1568x1568", **LATER}, "no scaled copy of 800x600 px"),
        ("point", {"image": "now.png", "frame": "inches", **LATER}, "There is no frame 'inches'"),
        ("point", {"image": "now.png", "page": 2, **LATER}, "page"),
        (
            "elements",
            {"image": "now.png", "kinds": ["unicorn"]},
            "no elements of kind 'unicorn'; the kinds are",
        ),
        ("elements", {"image": "now.png", "most": 0}, "elements: most: input should be greater"),
    ],
)
def test_calls_that_cannot_be_answered_say_why_in_one_line(
    tools: Tools, name: str, arguments: Any, says: str
) -> None:
    with pytest.raises(SealError, match=says) as caught:
        tools.call(name, arguments)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("image", "says"),
    [
        ("../secret.png", "no such file in the folders that may be opened"),
        ("{parent}/secret.png", "no such file in the folders that may be opened"),
        ("{parent}/screens/../secret.png", "no such file in the folders"),
        ("{parent}/nowhere.png", "no such file in the folders that may be opened"),
        ("way out.png", "no such file in the folders that may be opened"),
        ("/etc/passwd", "no such file in the folders"),
        ("loop.png", "no such file in the folders"),
        ("pipe.png", "no such file in the folders"),
        ("no\0w.png", "no such file in the folders"),
        ("x" * 5000, "no such file|cannot be read"),
        (".", "this is a folder"),
        ("", "this is a folder"),
        ("note.txt", "note.txt"),
        ("https://example.org/a.png", "addresses are not opened; give the path of a file"),
        ("file:///etc/passwd", "addresses are not opened"),
        ("data:image/png;base64,AAAA*", "no valid base64"),
        ("data:image/png;base64,AAA", "no valid base64"),
        ("data:image/png;base64,", "empty"),
        ("data:image/png;base64,AAAA", "image bytes"),
        ("data:text/html,<b>", "A picture is sent as"),
    ],
)
def test_what_is_not_opened(tools: Tools, folder: Path, image: str, says: str) -> None:
    with pytest.raises(ImageError, match=says) as caught:
        tools.call("elements", {"image": image.format(parent=folder.parent)})
    assert "\n" not in str(caught.value) and "\0" not in str(caught.value)


def test_what_lies_outside_is_told_as_what_is_not_there(tools: Tools, folder: Path) -> None:
    said = set()
    for name in ("secret.png", "hidden.png"):
        with pytest.raises(ImageError) as caught:
            tools.call("elements", {"image": f"../{name}"})
        said.add(str(caught.value).replace(name, "NAME"))
    assert len(said) == 1


def test_sizes_have_limits(tools: Tools, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImageError, match="has 45 MB, over the limit of 32"):
        tools.call("elements", {"image": "data:image/png;base64," + "A" * 60_000_000})
    monkeypatch.setattr(limits, "MOST_FILE_BYTES", 100)
    with pytest.raises(ImageError, match=r"over the limit of 0\.0001"):
        tools.call("elements", {"image": "now.png"})


def test_folders_that_are_none(folder: Path) -> None:
    for path, says in ((folder / "none", "no such folder"), (folder / "now.png", "this is no folder")):
        with pytest.raises(SettingError, match=says):
            Tools(allow=[path])
    with pytest.raises(ImageError, match=r"may be opened \(none"):
        Tools(Seal("reader", fake()), []).call("elements", {"image": str(folder / "now.png")})


def test_a_waiting_call_can_be_cancelled(tools: Tools) -> None:
    stop = threading.Event()
    tools._turn.acquire()
    threading.Timer(0.2, stop.set).start()
    with pytest.raises(OutOfTime, match="cancelled"):
        tools.call("elements", {"image": "now.png"}, cancelled=stop.is_set)
    tools._turn.release()
    assert tools.call("elements", {"image": "now.png"}).structured["count"]
