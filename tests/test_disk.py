"""What caches keep on disk, damaged in every way: a miss that mends itself. Disks that are full or read-only."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from small_disk import in_small_disk, read_only
from test_search import ICONS, blank, fake

from seal.agents import look_files
from seal.agents.contracts import Sighting
from seal.agents.look_cache import Remembered
from seal.agents.readings import Readings
from seal.memory.disk import STALE, pack, sweep_parts, unpack, write_whole
from seal.memory.geometry import Box
from seal.memory.image import Image
from seal.memory.written import WrittenLine

PAGE: Image = blank((1024, 768))[0]
PATCH = PAGE.patch()
HEAD = {"kind": "test", "format": 1}
LINE = WrittenLine("Total 42", Box(10, 20, 80, 12), ((0, 5, 10.0, 60.0), (6, 8, 70.0, 90.0)), sure=0.75)


# --- files ------------------------------------------------------------------------------------------------


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    write_whole(file, b"old")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    for step in ("os.fsync", "pathlib.Path.replace"):
        monkeypatch.setattr(step, killed)
        with pytest.raises(KeyboardInterrupt):
            write_whole(file, b"new")
        monkeypatch.undo()
        assert file.read_bytes() == b"old" and list(tmp_path.iterdir()) == [file]
    write_whole(file, b"new")
    assert file.read_bytes() == b"new"


def test_it_is_on_the_disk_before_it_takes_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (steps.append("flush"), fsync(handle)))
    monkeypatch.setattr(Path, "replace", lambda a, b: (steps.append("move"), replace(a, b))[1])
    write_whole(tmp_path / "file", b"new")
    assert steps == ["flush", "move", "flush"]  # the file, its name, the folder with the name


def test_parts_of_killed_writers_are_swept_and_those_of_living_ones_are_not(tmp_path: Path) -> None:
    dead, living, other = tmp_path / "a.part", tmp_path / "b.part", tmp_path / "c"
    for file in (dead, living, other):
        file.write_bytes(b"1234")
    for file in (dead, other):
        os.utime(file, (0, time.time() - STALE - 1))
    assert sweep_parts(tmp_path) == 4
    assert sorted(tmp_path.iterdir()) == [living, other]


def test_an_entry_is_taken_with_its_own_head_alone() -> None:
    packed = pack(HEAD, b"data\nmore")
    assert unpack(HEAD, packed) == b"data\nmore"
    for head in ({}, {**HEAD, "format": 2}, {**HEAD, "more": ""}):
        with pytest.raises(ValueError, match="version"):
            unpack(head, packed)


def damages(whole: bytes) -> Iterator[tuple[str, bytes]]:
    """Every kind of damage: cut, emptied, bits and bytes turned, blocks of zeros, doubled, foreign."""
    rng = np.random.default_rng(1)
    for part in range(20):
        yield f"cut to {part}/20", whole[: len(whole) * part // 20]
    for place in range(0, len(whole), 7):
        yield f"bit at {place}", whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :]
    for place in range(0, len(whole), max(1, len(whole) // 8)):
        yield f"zeros from {place}", (whole[:place] + bytes(64) + whole[place + 64 :])[: len(whole)]
    yield "one byte short", whole[:-1]
    yield "one byte more", whole + b"\0"
    yield "doubled", whole + whole
    yield "noise", rng.bytes(len(whole))
    yield "an empty zip", b"PK\5\6" + bytes(18)
    yield "deep JSON", b"[" * 100_000
    yield "no text", b"\xff\xfe\xfd"


def pages_of(image: Image) -> list[tuple[Image, tuple[WrittenLine, ...]]]:
    """A page that was read, to be kept."""
    return [(image, (LINE,))]


Case = tuple[Callable[[Path], bool], str]


def look(folder: Path) -> bool:
    """Whether a look was in the cache; if it was not, it is now."""
    localizer = fake(ICONS)
    Remembered(localizer, folder).locate([PATCH], ["bell"])
    return not localizer.calls


def reading(folder: Path) -> bool:
    """Whether a page was in the cache; if it was not, it is now."""
    known = Readings(folder, "reader 1").get(PAGE)
    Readings(folder, "reader 1").put([(PAGE, (LINE,))])
    assert known in (None, (LINE,))
    return known is not None


@pytest.mark.parametrize(("known", "pattern"), [(look, "*.look"), (reading, "*.pages")])
def test_a_damaged_entry_is_a_miss_and_is_replaced(
    tmp_path: Path, known: Callable[[Path], bool], pattern: str
) -> None:
    assert [known(tmp_path), known(tmp_path)] == [False, True]
    (file,) = tmp_path.glob(pattern)
    whole = file.read_bytes()
    tried = 0
    for what, damaged in damages(whole):
        if damaged == whole:
            continue
        file.write_bytes(damaged)
        assert not known(tmp_path), what
        assert file.read_bytes() == whole and known(tmp_path), what
        tried += 1
    assert tried > 50


@pytest.mark.parametrize(("known", "pattern"), [(look, "*.look"), (reading, "*.pages")])
def test_an_entry_of_another_is_a_miss(tmp_path: Path, known: Callable[[Path], bool], pattern: str) -> None:
    known(tmp_path)
    (file,) = tmp_path.glob(pattern)
    head, _, data = file.read_bytes().partition(b"\n")
    for field, other in (("format", 1), ("by", "other weights"), ("kind", "other")):
        file.write_bytes(pack({**without_digest(head), field: other}, data))
        assert not known(tmp_path), field


def without_digest(head: bytes) -> dict[str, object]:
    return {key: value for key, value in json.loads(head).items() if key != "sha256"}


FORGED_LOOKS = (
    Sighting(np.full((1, 4), np.nan, np.float32), np.ones(1, np.float32)),
    Sighting(np.zeros((2, 4), np.float32), np.ones(1, np.float32)),
    Sighting(np.array([[0, 0, 9, 9]], np.float32), np.array([7], np.float32)),
)


@pytest.mark.parametrize("forged", FORGED_LOOKS, ids=["not a number", "uneven", "out of range"])
def test_a_look_that_breaks_the_contract_is_a_miss_whatever_its_digest_says(
    tmp_path: Path, forged: Sighting
) -> None:
    look(tmp_path)
    (file,) = tmp_path.glob("*.look")
    head = without_digest(file.read_bytes().partition(b"\n")[0])
    file.write_bytes(pack(head, look_files._bytes_of(forged)))
    assert not look(tmp_path) and look(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        [1],
        ["a", [0, 0, -1, 1], [], 1, 0],
        ["a", [0, 0, 9, 9], [[0, 0, 1, 2]], 1, 0],
        ["a", [0, 0, 9, 9], [[0, 5, 1, 2]], 1, 0],
        ["a", [0, 0, 9, 9], [], 2, 0],
    ],
)
def test_a_line_that_is_none_is_a_miss_whatever_its_digest_says(tmp_path: Path, line: object) -> None:
    reading(tmp_path)
    (file,) = tmp_path.glob("*.pages")
    head = without_digest(file.read_bytes().partition(b"\n")[0])
    file.write_bytes(pack(head, json.dumps({PAGE.digest: [line]}).encode()))
    assert not reading(tmp_path) and reading(tmp_path)


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    look(tmp_path)
    (file,) = tmp_path.glob("*.look")
    head = without_digest(file.read_bytes().partition(b"\n")[0])
    buffer = io.BytesIO()
    np.savez(buffer, boxes=np.array([object()]), scores=np.ones(1), told=np.array("{}"))
    file.write_bytes(pack(head, buffer.getvalue()))
    assert not look(tmp_path)


# --- several processes ------------------------------------------------------------------------------------


def _many_looks(folder: str, who: int) -> int:
    kept = Remembered(fake(ICONS), folder, disk_bytes=20_000)
    for k in range(120):
        kept.locate([PAGE.patch(Box((7 * k + who) % 300, 0, 400, 400))], ["bell"])
    return kept.misses


def _many_pages(folder: str, who: int) -> int:
    pages = Readings(Path(folder), "reader 1")
    for k in range(20):
        pages.put([(Image.open(np.full((8, 8, 3), 60 * who + k, np.uint8)), (LINE,))])
    return 1


@pytest.mark.parametrize("work", [_many_looks, _many_pages])
def test_several_processes_write_and_prune_in_one_folder(
    tmp_path: Path, work: Callable[[str, int], int]
) -> None:
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        assert all(pool.map(work, [str(tmp_path)] * 3, range(3)))
    assert not list(tmp_path.glob("*.part"))
    kept = sum(file.stat().st_size for file in tmp_path.glob("*.look"))
    assert kept <= 3 * 20_000  # each keeps the limit by its own count


def test_files_that_vanish_while_they_are_counted_are_borne(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(tmp_path)
    monkeypatch.setattr(Path, "glob", lambda folder, pattern: iter([folder / f"gone{pattern[1:]}"]))
    assert look(tmp_path)


def test_what_two_processes_read_of_a_document_is_kept_together(tmp_path: Path) -> None:
    first, second = (Readings(tmp_path, "reader 1") for _ in range(2))
    pages = [blank((64, 64))[0] for _ in range(2)]
    for reader, page in zip((first, second), pages, strict=True):
        page.digest = f"document#{id(page)}@200"  # pages of one document
        reader.get(page)
    first.put([(pages[0], (LINE,))])
    second.put([(pages[1], (LINE,))])
    third = Readings(tmp_path, "reader 1")
    assert [third.get(page) for page in pages] == [(LINE,), (LINE,)]


# --- disks ------------------------------------------------------------------------------------------------


def test_a_cache_on_a_disk_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    look(tmp_path)
    reading(tmp_path)
    code = "import test_disk as t; from pathlib import Path; p = Path('.').absolute(); print(t.look(p), t.reading(p))"
    assert read_only(tmp_path, code) == "True True"


FULL_CACHE = """
from pathlib import Path
import test_disk as t
from small_disk import fill
here = Path(".").absolute()
t.look(here); t.reading(here)
fill(here)
kept = t.Remembered(t.fake({"bell": t.ICONS["bell"]}), here)
for k in range(9):
    assert kept.locate([t.PAGE.patch(t.Box(k, 0, 400, 400))], ["bell"])
t.Readings(here, "reader 2").put([(t.PAGE, (t.LINE,))])
print(t.look(here), t.reading(here), len(list(here.glob("*.part"))))
"""


def test_a_full_disk_costs_a_cache_no_answer(tmp_path: Path) -> None:
    assert in_small_disk(tmp_path, FULL_CACHE, 64) == "True True 0"


FULL_RECORDING = """
from pathlib import Path
from small_disk import fill
from seal.agents.recording import Recording, append, enter
from seal.memory.errors import ReplayError
file, words = Path("run.jsonl").absolute(), "x" * 5000
enter(file, [{"agent": "vqa", "name": "a", "input_side": 9}])
for i in range(99):
    try:
        append(file, [{"call": "where", "asked": [str(i), "bell"], "reply": words}])
    except ReplayError as error:
        print("cannot be written" in str(error), end=" ")
        break
held = Recording(file)
print(held.is_cut_short, len(held.replies) == i, end=" ")
file.write_bytes(file.read_bytes().partition(words.encode())[0].rpartition(b"\\n")[0] + b"\\n")  # room again
append(file, [{"call": "where", "asked": ["later", "bell"], "reply": "there"}])
print(len(Recording(file).replies))
"""


def test_a_recording_on_a_full_disk_ends_with_a_whole_line(tmp_path: Path) -> None:
    assert in_small_disk(tmp_path, FULL_RECORDING, 64) == "True False True 1"
