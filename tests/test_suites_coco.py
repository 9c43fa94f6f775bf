"""COCO detection: its layout, average precision against cases computed by hand, and the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import suite_sets as sets
from typer.testing import CliRunner

from seal import Seal
from seal.agents.contracts import Capabilities
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.cli import bench as command
from seal.cli.app import app
from seal.measure.suites.detection import Found, load, precision
from seal.memory.errors import InputError
from seal.memory.geometry import Box

pytest.importorskip("pycocotools", reason="the extra suites is absent")

THINGS = {"person": [Box(*sets.COCO_PERSON)], "car": [Box(*sets.COCO_CAR)]}
ABLE = Capabilities(input_side=64, smallest_px=24.0)


class Closed(FakeLocalizer):
    """Knows no dogs."""

    def unknown(self, phrase: str) -> str:
        return "There are no dogs." if phrase == "dog" else ""


def found(scene: int, *boxes: tuple[int, tuple[float, float, float, float], float]) -> Found:
    return Found(scene, boxes, 1, 1, 0.1)


def test_average_precision_by_hand(tmp_path: Path) -> None:
    truth = load(sets.coco(tmp_path))
    told = precision(
        truth,
        [found(1, (1, sets.COCO_PERSON, 0.9)), found(2, (1, (50, 50, 50, 45), 0.8), (18, (0, 0, 9, 9), 0.7))],
    )
    # the second person has an IoU of 0.9: at 0.95 half are found, which is a precision of 1 up to a recall of 0.5
    person = (9 + 51 / 101) / 10
    assert told.categories == pytest.approx({"person": person, "car": 0.0})  # of dogs there are none to find
    values = {name: each.value for name, each in told.figures.items()}
    of = {"AP": person / 2, "AP50": 0.5, "AP75": 0.5, "AP small": 1.0, "AP medium": 0.9, "AP large": 0.0}
    assert values == pytest.approx(of)
    ap = told.figures["AP"]
    assert (ap.low, ap.high) == pytest.approx(
        (person / 2, 0.9)
    )  # the second picture, drawn twice, has no car to miss
    nothing = precision(truth, [found(1), found(2)])
    assert {each.value for each in nothing.figures.values()} == {0.0}


def test_crowds_are_no_misses(tmp_path: Path) -> None:
    file = sets.coco(tmp_path) / "annotations" / "instances_val2017.json"
    held = json.loads(file.read_text())
    held["annotations"][1]["iscrowd"] = 1
    told = precision(load(sets.as_json(file, held)), [found(1, (1, sets.COCO_PERSON, 0.9)), found(2)])
    assert "car" not in told.categories and told.categories["person"] == pytest.approx(51 / 101)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda h: h.pop("categories"),
            r"coco expects .*; categories are missing, and it has info, licenses, images",
        ),
        (
            lambda h: h["images"].append(h["images"][0]),
            "every id of images is expected once; 1 came more often",
        ),
        (lambda h: h["annotations"].append(h["annotations"][0]), "every id of annotations is expected once"),
        (
            lambda h: h["annotations"][0].update(category_id=7),
            "annotation 1 is of an image or category that is not",
        ),
        (lambda h: h["annotations"][0].update(bbox=[1, 2]), "coco expects"),
        (lambda h: [i.update(file_name="gone.jpg") for i in h["images"]], "none of its 2 pictures is there"),
    ],
)
def test_another_layout_is_refused(tmp_path: Path, change: Any, message: str) -> None:
    file = sets.coco(tmp_path) / "annotations" / "instances_val2017.json"
    held = json.loads(file.read_text())
    change(held)
    sets.as_json(file, held)
    with pytest.raises(InputError, match=message):
        load(tmp_path)
    with pytest.raises(InputError, match=message):
        load(file)


def test_a_folder_without_annotations_says_what_is_there(tmp_path: Path) -> None:
    sets.picture(tmp_path / "a.jpg")
    with pytest.raises(InputError, match=r"the folder holds a\.jpg"):
        load(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        load(tmp_path / "no")


def bench(*arguments: Any, code: int = 0) -> str:
    told = CliRunner().invoke(app, ["bench", "coco", *map(str, arguments)])
    if code and told.exception is not None and not isinstance(told.exception, SystemExit):
        return f"{type(told.exception).__name__}: {told.exception}"
    assert told.exception is None, told.exception
    return told.output


@pytest.fixture
def agents(monkeypatch: pytest.MonkeyPatch) -> list[Seal]:
    held = [Seal(ScriptedVQA(), Closed(THINGS, capabilities=ABLE))]
    monkeypatch.setattr(command, "seal_of", lambda *_: held[0])
    return held


def test_the_command_goes_on_and_names_what_is_missing(tmp_path: Path, agents: list[Seal]) -> None:
    data, out = sets.coco(tmp_path / "set"), tmp_path / "out"
    (data / "val2017" / f"{2:012d}.jpg").unlink()
    told = bench("--data", data, "--out", out, "--markdown")
    # of one picture: both are found by the search, and the person is too small for the whole picture at 64 pixels
    assert "| search | 1 | 1.000 | 1.000 | 1.000 | 1.000 | - | 1.000 | 1.000-1.000 |" in told
    assert "| no search | 1 | 0.500 | 0.500 | 0.500 | 0.000 | - | 1.000 |" in told
    assert "| person | 1 | 1.000 | 0.000 |" in told
    assert f"1 pictures are missing: {2:012d}.jpg" in told and "1 categories are not known" in told
    text = (out / "report.md").read_text()
    assert f"1 pictures are missing: {2:012d}.jpg" in text and "count as never found: dog" in text
    assert (out / "comparison.png").read_bytes().startswith(b"\x89PNG")
    lines = (out / "results.jsonl").read_bytes()
    (out / "results.jsonl").write_bytes(lines + b'{"mode": "sea')
    bench("--data", data, "--out", out)
    assert (out / "results.jsonl").read_bytes() == lines  # nothing was asked again, and the torn line is gone
    agents[0] = Seal(ScriptedVQA(), Closed(THINGS, capabilities=ABLE), "breadth-first")
    assert "holds answers of another setup (policy: 'vstar'" in bench("--data", data, "--out", out, code=2)
    bench("--data", data, "--out", out, "--fresh")
    file = data / "annotations" / "instances_val2017.json"
    file.write_text(file.read_text().replace("person", "human"))
    assert "holds answers of another setup (set: " in bench("--data", data, "--out", out, code=2)


def test_parts_are_told_together(tmp_path: Path, agents: list[Seal]) -> None:
    data, out = sets.coco(tmp_path / "set"), tmp_path / "out"
    for part in ("1/2", "2/2"):
        assert "1 pictures. Without --shard" in bench(
            "--data", data, "--out", out, "--shard", part, "--no-baseline"
        )
    told = bench("--data", data, "--out", out, "--markdown", "--no-baseline")
    assert "| search | 2 |" in told and (out / "results.jsonl").exists() is False


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--kind", "person"], "goes without --kind"),
        (["--out", "{data}/annotations/instances_val2017.json"], "a folder for the results is expected"),
    ],
)
def test_bad_calls(tmp_path: Path, agents: list[Seal], more: list[str], message: str) -> None:
    data = sets.coco(tmp_path)
    assert message in bench("--data", data, *(m.format(data=data) for m in more), code=2)


def test_a_localizer_that_knows_no_category_is_told(tmp_path: Path, agents: list[Seal]) -> None:
    class Nothing(FakeLocalizer):
        def unknown(self, phrase: str) -> str:
            return "Only text is known."

    agents[0] = Seal(ScriptedVQA(), Nothing({}, capabilities=ABLE))
    told = bench("--data", sets.coco(tmp_path), code=2)
    assert "knows none of its 3 categories. Only text is known." in told
