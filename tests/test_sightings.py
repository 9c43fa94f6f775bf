"""Where things were seen in earlier runs: by name, by meaning, by the likeness of screens and of places."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import PIL.Image
import PIL.ImageDraw
import pytest
from small_disk import read_only
from test_store_many import at, to_version_1
from typer.testing import CliRunner

from seal import Seal
from seal.agents.contracts import Capabilities
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.cli.app import app
from seal.memory.deadline import Deadline
from seal.memory.errors import ImageError, OutOfTime, SettingError
from seal.memory.geometry import Box
from seal.memory.image import Image
from seal.memory.store import MemoryStore, StoredRun
from seal.memory.store.seen import name_of
from seal.memory.store.thumbs import Thumb, likeness
from seal.memory.working import Crop, FoundTarget, GlobalImage, VisualWorkingMemory
from seal.tools import Tools, schemas

SIZE = (800, 600)
EXPORT, GEAR, IMPORT = Box(600, 40, 120, 30), Box(40, 500, 24, 24), Box(450, 40, 120, 30)


def drawn(theme: str, *marks: Box) -> PIL.Image.Image:
    """A screen: a header and a side bar of a theme's colour, and boxes of things."""
    image = PIL.Image.new("RGB", SIZE, "white")
    draw = PIL.ImageDraw.Draw(image)
    if theme == "list":
        draw.rectangle((0, 0, 800, 90), fill="navy")
        for y in range(120, 580, 40):
            draw.rectangle((20, y, 780, y + 12), fill="grey")
    else:
        draw.rectangle((0, 0, 180, 600), fill="black")
        draw.ellipse((300, 150, 700, 550), fill="teal")
    for box in marks:
        x0, y0, x1, y1 = box.xyxy
        draw.rectangle((x0, y0, x1, y1), fill="orange")
        draw.line((x0, y0, x1, y1), fill="black", width=3)
    return image


def around(box: Box) -> Box:
    x, y, width, height = box.xywh
    return Box(x - 8, y - 8, width + 16, height + 16)


def saw(image: PIL.Image.Image, minute: int, name: str, *found: tuple[str, Box, str]) -> StoredRun:
    """A run that found things on an image."""
    crops = [(f"crop-{i}", around(box)) for i, (_, box, _) in enumerate(found)]
    memory = VisualWorkingMemory(
        question=f"Locate at {minute}",
        image=GlobalImage(size_wh=image.size, png=image.resize((400, 300)), digest=f"{name:0>64}"),  # type: ignore[arg-type]
        targets=tuple(
            FoundTarget(phrase=phrase, box=box, score=0.9, crop=crop, text=text)
            for (phrase, box, text), (crop, _) in zip(found, crops, strict=True)
        ),
        crops=tuple(
            Crop(id=crop, box=box, png=image.crop(tuple(map(int, box.xyxy))))  # type: ignore[arg-type]
            for crop, box in crops
        ),
    )
    return StoredRun(
        created=at(minute),
        question=memory.question,
        image_name=f"folder/{name}.png",
        image_digest=memory.image.digest,
        memory=memory,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two screens; the button was seen on both, three times at one place, and moved on the other."""
    listed, chart = drawn("list", EXPORT, IMPORT), drawn("chart", GEAR)
    folder = tmp_path_factory.mktemp("made")
    with MemoryStore(folder) as kept:
        for minute in (1, 2, 3):
            kept.put(
                saw(
                    listed,
                    minute,
                    "aa",
                    ("the Export button", EXPORT, "Export"),
                    ("Import", IMPORT, "Import"),
                )
            )
        kept.put(saw(chart, 9, "bb", ('button "EXPORT"', GEAR, "Export CSV"), ("gear icon", GEAR, "")))
    return folder


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Iterator[MemoryStore]:
    shutil.copytree(made, tmp_path / "store")
    with MemoryStore(tmp_path / "store") as kept:
        yield kept


def test_the_same_place_is_told_once_and_the_latest_first(store: MemoryStore) -> None:
    first, second = store.sightings("Export button")
    assert (first.image_name, first.created, first.times) == ("folder/bb.png", at(9), 1)
    assert (second.image_name, second.created, second.times) == ("folder/aa.png", at(3), 3)
    assert second.box == EXPORT and second.size_wh == SIZE and second.phrase == "the Export button"
    assert second.match == first.match == 1 and second.text == "Export" and second.score == 0.9
    assert second.crop is not None and second.crop.pil().size == (136, 46)
    assert first.screen_likeness is first.place_likeness is None
    assert store.get(second.run).created == at(3)
    assert store.sightings("Export button", limit=1) == [first] and store.sightings("Export", limit=0) == []


def test_an_image_puts_the_screen_that_looks_like_it_first(store: MemoryStore) -> None:
    now = Image.open(drawn("list", EXPORT, IMPORT))
    first, second = store.sightings("Export button", now)
    assert first.image_name == "folder/aa.png"
    assert first.screen_likeness is not None and first.screen_likeness > 0.95
    assert second.screen_likeness is not None and second.screen_likeness < 0.5
    assert first.place_likeness is not None and first.place_likeness > 0.95
    gone = Image.open(drawn("list", IMPORT))  # the same screen without the button
    (still,) = [s for s in store.sightings("Export button", gone) if s.image_name == "folder/aa.png"]
    assert still.screen_likeness is not None and still.screen_likeness > 0.8
    assert still.place_likeness is not None and still.place_likeness < 0.5
    larger = Image.open(drawn("list", EXPORT, IMPORT).resize((1600, 1200)))
    (scaled,) = [s for s in store.sightings("Export button", larger) if s.image_name == "folder/aa.png"]
    assert (
        scaled.place_likeness is None and scaled.screen_likeness is not None and scaled.screen_likeness > 0.95
    )


def test_screens_like_an_image(store: MemoryStore) -> None:
    screens = store.screens_like(Image.open(drawn("chart", GEAR)))
    assert screens[0].image_name == "folder/bb.png" and screens[0].likeness > 0.95 and screens[0].times == 1
    others = [s for s in screens if s.image_name == "folder/aa.png"]
    assert all(s.likeness < 0.5 and s.times == 3 for s in others)
    (best,) = store.screens_like(Image.open(drawn("list")), limit=1)
    assert (best.image_name, best.times, best.question) == ("folder/aa.png", 3, "Locate at 3")


@pytest.mark.parametrize(
    ("asked", "places"),
    [
        ("export", 2),
        ("EXPORT", 2),
        ("button Export", 2),
        ("exprot", 2),  # letters
        ("Import button", 1),  # which is not Export
        ("gear", 1),
        ("gaer icon", 0),  # too short a name for a slip
        ("export csv", 1),  # what was read in it
        ("report", 0),
        ("%", 0),
        ("'; DROP TABLE seen; --", 0),
        ("a\0b", 0),
        ("button", 0),
    ],
)
def test_which_names_are_meant(store: MemoryStore, asked: str, places: int) -> None:
    found = store.sightings(asked)
    assert len({(s.image_digest, s.box) for s in found}) == len(found) == places


def test_numbers_tell_things_apart(tmp_path: Path) -> None:
    with MemoryStore(tmp_path) as store:
        store.put(saw(drawn("list"), 1, "aa", ("invoice 10023", EXPORT, ""), ("invoice 10024", IMPORT, "")))
        assert [s.box for s in store.sightings("Invoice 10024")] == [IMPORT]


def test_meaning_is_asked_for_where_letters_tell_nothing(store: MemoryStore) -> None:
    asked: list[tuple[str, tuple[str, ...]]] = []

    def alike(words: str, texts: Sequence[str]) -> list[float]:
        asked.append((words, tuple(texts)))
        return [0.8 if text == "gear" else 0.1 for text in texts]

    (found,) = store.sightings("settings icon", alike=alike)
    assert found.phrase == "gear icon" and found.match == pytest.approx(0.72)
    assert asked[0][0] == "settings" and set(asked[0][1]) == {"export", "import", "gear", "export csv"}
    assert len(store.sightings("export", alike=alike)) == 2 and len(asked) == 1


def test_the_readers_vectors_know_what_means_the_same(tmp_path: Path) -> None:
    from seal.agents.answers.meaning import alike

    with MemoryStore(tmp_path) as store:
        store.put(saw(drawn("list"), 1, "aa", ("Sign out link", EXPORT, ""), ("Invoice date", IMPORT, "")))
        assert [s.box for s in store.sightings("log out", alike=alike)] == [EXPORT]
        assert store.sightings("unicorn", alike=alike) == []


@pytest.mark.parametrize("wrong", ["", "  ", None, 7])
def test_what_is_no_target_is_refused(store: MemoryStore, wrong: Any) -> None:
    with pytest.raises(SettingError, match="A target is named"):
        store.sightings(wrong)
    with pytest.raises(SettingError, match="limit"):
        store.sightings("a", limit=-1)


def test_an_image_that_cannot_be_read_is_said(tmp_path: Path, store: MemoryStore) -> None:
    torn = tmp_path / "torn.png"
    drawn("list").save(torn)
    torn.write_bytes(torn.read_bytes()[:200])
    with pytest.raises(ImageError):
        store.sightings("export", Image.open(torn))


def test_deleted_and_replaced_runs_are_not_seen(store: MemoryStore) -> None:
    store.delete_where(text="at 9")
    (left,) = store.sightings("export")
    changed = saw(drawn("list"), 3, "aa", ("the cup", GEAR, "")).model_copy(update={"id": left.run})
    store.put(changed)
    (left,) = store.sightings("export")
    assert left.times == 2 and left.created == at(2) and store.sightings("cup")[0].box == GEAR


def test_names() -> None:
    assert name_of("the “Export” button") == name_of("EXPORT") == "export"
    assert name_of("the button") == "the button" and name_of("  ") == "" and len(name_of("x" * 10**6)) == 200


# --- older and damaged stores -----------------------------------------------------------------------------------


def test_a_store_of_version_1_tells_what_its_runs_saw(tmp_path: Path, store: MemoryStore) -> None:
    expected = [(s.run, s.box, s.times) for s in store.sightings("export")]
    store.close()
    to_version_1(tmp_path / "store")
    with MemoryStore(tmp_path / "store") as again:
        assert [(s.run, s.box, s.times) for s in again.sightings("export")] == expected
        now = Image.open(drawn("list", EXPORT, IMPORT))
        assert again.sightings("export", now)[0].image_name == "folder/aa.png"
        assert again.screens_like(now, limit=1)[0].times == 3


READ = """
import sys
from seal.memory.image import Image
from test_store import MemoryStore
from test_sightings import drawn, EXPORT, IMPORT
with MemoryStore(".") as store:
    for image in (None, Image.open(drawn("list", EXPORT, IMPORT))):
        print([(s.image_name, s.times) for s in store.sightings("export", image)])
"""


@pytest.mark.parametrize("old", [True, False])
def test_a_store_that_cannot_be_written_tells_them_too(tmp_path: Path, store: MemoryStore, old: bool) -> None:
    store.close()
    if old:
        to_version_1(tmp_path / "store")
    told = read_only(tmp_path / "store", READ).splitlines()
    both = [("folder/bb.png", 1), ("folder/aa.png", 3)]
    assert told == [str(both), str(both[::-1])]


def test_an_interrupted_reading_of_old_runs_goes_on(
    tmp_path: Path, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    to_version_1(tmp_path / "store")
    monkeypatch.setattr("seal.memory.store.sightings.BATCH", 1)
    with MemoryStore(tmp_path / "store") as again:
        turns = iter([False, False, True])
        with Deadline(cancelled=lambda: next(turns, True)).in_force(), pytest.raises(OutOfTime):
            again.sightings("export")
        left = again._sql.execute("SELECT count(*) FROM searched WHERE seen = 0").fetchone()[0]
        assert 0 < left < 4
        assert [s.times for s in again.sightings("export")] == [1, 3]


DOCUMENTS = [
    "{",
    "[]",
    '{"memory": 1}',
    '{"memory": {"image": {}, "targets": [{}], "crops": []}}',
    "[" * 100_000,
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d[:20])
@pytest.mark.parametrize("old", [True, False])
def test_a_damaged_run_amid_good_ones_is_left_out(
    tmp_path: Path, store: MemoryStore, document: str, old: bool
) -> None:
    latest = store.ids()[0]
    store.close()
    if old:
        to_version_1(tmp_path / "store")
    database = sqlite3.connect(tmp_path / "store" / "runs.sqlite3")
    database.execute("UPDATE runs SET document = ? WHERE id = ?", (document, latest))
    database.commit()
    database.close()
    with MemoryStore(tmp_path / "store") as again:
        assert [s.times for s in again.sightings("export")] == [3]


def test_a_lost_picture_leaves_the_place(tmp_path: Path, store: MemoryStore) -> None:
    for file in (tmp_path / "store" / "pictures").rglob("*.png"):
        file.write_bytes(b"damaged")
    first, second = store.sightings("export", Image.open(drawn("list", EXPORT)))
    assert first.crop is second.crop is None and first.box == EXPORT and first.screen_likeness is not None


def test_thumbnails() -> None:
    one, other = Thumb.of(drawn("list")), Thumb.of(drawn("chart"))
    assert likeness(one, one) == likeness(other, other) == 1 and 0 <= likeness(one, other) < 0.5
    assert likeness(one, Thumb.of(drawn("list").resize((800, 300)))) == pytest.approx(0.5, abs=0.02)
    flat = [Thumb.of(PIL.Image.new("RGB", (8, 8), shade)) for shade in ("white", "white", "black")]
    assert likeness(flat[0], flat[1]) == 1 and likeness(flat[0], flat[2]) == likeness(flat[0], one) == 0
    assert Thumb.of_png(b"no picture") is None and Thumb.kept(1.0, b"short") is None


# --- agents and the command line --------------------------------------------------------------------------------


@pytest.fixture
def screens(tmp_path: Path) -> Path:
    folder = tmp_path / "screens"
    folder.mkdir()
    drawn("list", EXPORT, IMPORT).save(folder / "now.png")
    drawn("list", EXPORT).resize((400, 300)).save(folder / "small.png")
    return folder


def test_an_agent_is_told_hints_in_its_frame(tmp_path: Path, store: MemoryStore, screens: Path) -> None:
    for memory in (store, tmp_path / "store"):
        tools = Tools(Seal(ScriptedVQA(), FakeLocalizer({}), memory=memory), [screens])
        assert "sightings" in tools.offered
        asked = {"image": "now.png", "target": "Export button", "frame": "400x300", "picture": True}
        told = tools.call("sightings", asked)
        data: Any = told.structured
        assert (
            data["count"] == 2
            and "never evidence" in data["note"]
            and "click" not in json.dumps(data["sightings"])
        )
        first = data["sightings"][0]
        assert first["box"] == [300, 20, 360, 35] and first["image"] == "aa.png" and first["times"] == 3
        assert first["screen_likeness"] > 0.9 and first["place_likeness"] > 0.9 and "frame" not in first
        assert told.picture is not None and told.picture.startswith(b"\x89PNG")
    other: Any = tools.call(
        "sightings", {"image": "small.png", "target": "Export", "frame": "0-1000", "most": 1}
    )
    (first,) = other.structured["sightings"]
    assert (
        first["box"] == [600, 40, 720, 70]
        and first["frame"] == "pixels"
        and first["image_size"] == [800, 600]
    )
    none: Any = tools.call("sightings", {"image": "now.png", "target": "unicorn"}).structured
    assert none["count"] == 0 and "sightings" not in none


def test_without_a_store_there_is_no_such_tool(screens: Path) -> None:
    tools = Tools(Seal(ScriptedVQA(), FakeLocalizer({})), [screens])
    assert "sightings" not in tools.offered
    with pytest.raises(SettingError, match=r"no tool 'sightings'.* needs a store"):
        tools.call("sightings", {"image": "now.png", "target": "Export"})
    assert not any("sightings" in json.dumps(d) for d in schemas("anthropic"))
    declared = {str(d["name"]): d for d in schemas("anthropic", store=True)}
    assert "never where it is now" in str(declared["sightings"]["description"])


def seal(folder: Path, *arguments: str) -> Any:
    command = ["sightings", "--store", str(folder / "store"), *arguments]
    return CliRunner().invoke(app, command, env={"COLUMNS": "200"})


def test_the_command(tmp_path: Path, store: MemoryStore, screens: Path) -> None:
    now = str(screens / "now.png")
    told = seal(tmp_path, "Export button", "--image", now, "--picture", str(tmp_path / "crop.png"))
    assert told.exit_code == 0 and "600, 40, 120, 30" in told.stdout and "not where it is now" in told.stderr
    assert told.stdout.index("aa.png") < told.stdout.index("bb.png")
    with PIL.Image.open(tmp_path / "crop.png") as crop:
        assert crop.size == (136, 46)
    data = json.loads(seal(tmp_path, "Export button", "--json", "-n", "1").stdout)
    assert [d["box"] for d in data] == [list(GEAR.xywh)] and data[0]["screen_likeness"] is None
    screens_ = json.loads(seal(tmp_path, "--image", now, "--json").stdout)
    assert screens_[0]["image_name"] == "folder/aa.png" and screens_[0]["times"] == 3
    none = seal(tmp_path, "unicorn")
    assert none.exit_code == 1 and "says nothing about where it is now" in none.stderr
    assert isinstance(seal(tmp_path).exception, SettingError)


# --- hints for a search -------------------------------------------------------------------------------------


LARGE = (3200, 1800)


def large(at: Box) -> Image:
    image = PIL.Image.new("RGB", LARGE, "white")
    draw = PIL.ImageDraw.Draw(image)
    draw.rectangle((0, 0, 3200, 200), fill="navy")
    for y in range(400, 1700, 120):
        draw.rectangle((60, y, 2600, y + 40), fill="grey")
    draw.rectangle(at.xyxy, fill="orange")
    return Image.open(image)


def searching(at: Box, folder: Path | None, policy: str) -> Seal:
    able = Capabilities(input_side=768, smallest_px=12.0, confidence_high=0.5)
    return Seal(ScriptedVQA(), FakeLocalizer({"Export": [at]}, capabilities=able), policy, memory=folder)


@pytest.mark.parametrize("policy", ["vstar", "ideal"])
def test_a_search_looks_first_where_it_was_last_time(tmp_path: Path, policy: str) -> None:
    at = Box(2900, 1500, 30, 20)
    first = searching(at, tmp_path, policy).locate(large(at), "Export")
    again = searching(at, tmp_path, policy).locate(large(at), "Export")
    assert first.ok and again.ok and again.targets[0].box.iou(at) > 0.8
    assert again.spend.looks == 1 < first.spend.looks


@pytest.mark.parametrize("policy", ["vstar", "ideal"])
def test_a_hint_that_fails_costs_one_look_and_proves_nothing(tmp_path: Path, policy: str) -> None:
    at, moved = Box(2900, 1500, 30, 20), Box(300, 900, 30, 20)
    searching(at, tmp_path, policy).locate(large(at), "Export")
    told = searching(moved, tmp_path, policy).locate(large(moved), "Export")
    plain = searching(moved, None, policy).locate(large(moved), "Export")
    assert told.targets[0].box.iou(moved) > 0.8
    assert told.spend.looks <= plain.spend.looks + 1
