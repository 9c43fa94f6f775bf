"""The benchmark: V*Bench's layout, shuffled options, hits, the baseline beside, and the examples themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from seal.agents.contracts import Answer, Capabilities, Need, Target
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.measure.bench import CaseResult, load_cases, run_bench
from seal.memory.errors import ImageError, InputError
from seal.memory.geometry import Box
from seal.memory.image import open_document
from seal.orchestrator import Seal

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
BELL = Box(3000, 200, 24, 24)


def write(folder: Path, name: str, **data: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    case = {"target_object": ["bell"], "bbox": [list(BELL.xywh)], "question": "Is there a bell?"}
    path = folder / f"{name}.json"
    path.write_text(json.dumps({**case, "options": ["yes", "no"], **data}))
    return path


@pytest.fixture
def bells(tmp_path: Path) -> Path:
    for kind, name in (("presence", "a"), ("presence", "b"), ("colour", "c")):
        write(tmp_path / kind, name)
        PIL.Image.new("RGB", (3840, 2160), "white").save(tmp_path / kind / f"{name}.png")
    return tmp_path


def seal() -> Seal:
    """Says yes when a bell is in the memory, else that it cannot tell."""

    def tell(memory: Any, options: Any) -> Answer:
        return Answer("yes") if memory.targets else Answer("", "cannot_tell", 0.0)

    able = Capabilities(input_side=640, smallest_px=12.0, confidence_low=0.45)
    vqa = ScriptedVQA(needs=lambda *_: Need((Target("bell"),)), answers=tell)
    return Seal(vqa, FakeLocalizer({"bell": [BELL]}, capabilities=able))


def test_search_stands_beside_no_search(bells: Path) -> None:
    seen: list[str] = []
    report = run_bench(load_cases(bells), seal(), on_result=lambda mode, r: seen.append(mode))
    assert seen == ["search", "no search"] * 3
    assert report.share("right") == 1.0 and [r.hits for r in report.search] == [1, 1, 1]
    assert all(r.status == "cannot_tell" and r.looks == 1 and not r.hits for r in report.baseline)
    header, *rows = report.rows()
    assert [row[0] for row in rows] == ["colour", "presence", "with options", "all"]
    assert header[:8] == ("kind", "n", "right", "wrong", "refused", "no search: right", "wrong", "refused")
    assert rows[-1][:8] == ("all", "3", "1.00", "0.00", "0.00", "0.00", "0.00", "1.00")
    assert header[8:12] == ("guessed", "no search", "hits", "no search")
    assert rows[-1][8:12] == ("1.00", "0.50", "3/3", "0/3")  # guessing between two options earns a half
    assert header[12:14] == ("faithful", "no search") and rows[-1][12:14] == ("0/3", "-")  # nothing is cited
    assert report.markdown().count("\n") == 5


@pytest.mark.parametrize(
    ("cites", "bbox", "told"),
    [
        (("crop-1",), [BELL.xywh], "1/1"),
        ((), [BELL.xywh], "0/1"),
        (("crop-1",), [BELL.xywh, (10, 10, 24, 24)], "0/1"),  # one of two is not shown
        (("crop-1",), [(10, 10, 24, 24)], "0/1"),
    ],
    ids=["shown", "not cited", "one of two", "another place"],
)
def test_right_answers_are_faithful_when_what_they_cite_shows_it(
    tmp_path: Path, cites: tuple[str, ...], bbox: Any, told: str
) -> None:
    write(tmp_path / "presence", "a", bbox=bbox)
    PIL.Image.new("RGB", (3840, 2160), "white").save(tmp_path / "presence" / "a.png")
    vqa = ScriptedVQA(needs=lambda *_: Need((Target("bell"),)), answers=lambda *_: Answer("yes", cites=cites))
    able = Capabilities(input_side=640, smallest_px=12.0, confidence_low=0.45)
    report = run_bench(
        load_cases(tmp_path), Seal(vqa, FakeLocalizer({"bell": [BELL]}, capabilities=able)), baseline=False
    )
    (found,) = report.search
    assert report.rows()[-1][12] == told and found.to_dict()["faithful"] is (told == "1/1")
    assert CaseResult.from_dict(found.case, found.to_dict()).faithful is found.faithful
    before = {key: value for key, value in found.to_dict().items() if key not in ("crops", "faithful")}
    assert CaseResult.from_dict(found.case, before).faithful is None  # a file of an earlier version


def test_options_are_shuffled_the_same_way_every_time(bells: Path) -> None:
    cases = load_cases(bells)
    assert [c.shuffled() for c in cases] == [c.shuffled() for c in load_cases(bells)]
    many = [write(bells / "many", f"q{i}", image="../presence/a.png") for i in range(12)]
    firsts = {c.shuffled()[0] for c in load_cases(bells / "many")}
    assert len(many) == 12 and firsts == {"yes", "no"}
    assert all(c.answer == "yes" for c in cases)


def test_the_baseline_sees_less(bells: Path) -> None:
    pages = [page.limited(640) for page in open_document(bells / "presence" / "a.png")]
    assert pages[0].region(BELL.expanded(4)).size == (16, 16)
    assert pages[0].size_wh == (3840, 2160)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"options": ["yes"]}, "options"),
        ({"options": ["yes", "yes"]}, "options"),
        ({"question": None}, "question"),
        ({"bbox": [[1, 2, 3]]}, "bbox"),
    ],
)
def test_broken_cases(tmp_path: Path, data: dict[str, Any], message: str) -> None:
    PIL.Image.new("RGB", (64, 64)).save(tmp_path / "x.png")
    write(tmp_path, "x", **data)
    with pytest.raises(InputError, match=r"x\.json") as caught:
        load_cases(tmp_path)
    assert "\n" not in str(caught.value) and message in str(caught.value)


def test_missing_things(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder"):
        load_cases(tmp_path / "none")
    with pytest.raises(InputError, match="no question"):
        load_cases(tmp_path)
    write(tmp_path, "x", image="gone.png")
    with pytest.raises(ImageError, match=r"gone\.png"):
        load_cases(tmp_path)
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(InputError, match=r"x\.json"):
        load_cases(tmp_path)


@pytest.mark.parametrize("name", ["questions", "heldout", "icons"])
def test_the_example_questions_are_sound(name: str) -> None:
    cases = load_cases(EXAMPLES / name)
    assert len(cases) >= 40 and len({c.kind for c in cases}) >= 6
    documents = {c.image: open_document(c.image, dpi=c.dpi) for c in cases}
    for case in cases:
        assert len(case.boxes) == len(case.target_object), case.name
        for page, box in case.boxes:
            frame = documents[case.image][page - 1].box
            assert frame.contains(box) and 20 < box.area < frame.area / 50, case.name
