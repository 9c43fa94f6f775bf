"""What others may have put where a file of ours is read: pipes, devices, folders, sockets, what is far too long."""

from __future__ import annotations

import base64
import io
import json
import os
import socket
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from test_disk import look, reading, without_digest
from test_search import ICONS, fake
from test_store import memory, run
from typer.testing import CliRunner

from seal.agents import look_files, readings, recording
from seal.agents.contracts import Target
from seal.agents.fake import ScriptedVQA
from seal.agents.recording import Recording, append
from seal.batch.folder import Folder
from seal.batch.items import Item
from seal.cli.app import app
from seal.memory import picture_files
from seal.memory.disk import UnfitFile, make_way, pack, read_file
from seal.memory.errors import InputError, ReplayError, SealError, StoreError, UnkeptError
from seal.memory.store import MemoryStore
from seal.orchestrator import Seal
from seal.record.result import Result
from seal.record.trace import Trace
from seal.record.unkept import kept_or_not
from seal.search.calibration import Calibration
from seal.testing import kept as kept_looks
from seal.tools import Tools, session

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")

Put = Callable[[Path], object]


def full(path: Path) -> None:
    path.mkdir()
    (path / "dear").write_bytes(b"to somebody")


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(3 << 40)


def bound(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the path of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    except OSError:
        os.mkfifo(path)
    finally:
        os.chdir(here)


STRANGE: dict[str, Put] = {
    "a pipe": os.mkfifo,
    "a socket": bound,
    "a link to a pipe": lambda path: (os.mkfifo(path.with_name("pipe")), path.symlink_to("pipe")),
    "a link to a device without end": lambda path: path.symlink_to("/dev/zero"),
    "an empty folder": Path.mkdir,
    "a folder": full,
    "a link to a folder": lambda path: path.symlink_to("/"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to nothing": lambda path: path.symlink_to("nothing"),
    "three terabytes": sparse,
    "a file of the kernel": lambda path: path.symlink_to("/proc/self/maps"),
}
strange = pytest.mark.parametrize("put", STRANGE.values(), ids=STRANGE)


@strange
def test_what_is_no_regular_file_of_some_length_is_not_read(tmp_path: Path, put: Put) -> None:
    file = tmp_path / "file"
    put(file)
    try:
        assert read_file(file, 1000) == b""  # a file of the kernel says that it has no size
    except OSError as error:
        assert error.strerror


def test_the_limit_is_a_limit(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"12345")
    link.symlink_to(file)
    assert read_file(file, 5) == read_file(str(link), 5) == b"12345"
    with pytest.raises(UnfitFile, match=r"the file has 0\.0 MB, over the limit of 0\.0 MB"):
        read_file(file, 4)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnfitFile, match="this is a pipe"):
        read_file(tmp_path / "pipe", 4)


def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    there = Path(__file__).stat()
    monkeypatch.setattr(Path, "stat", lambda path: there)
    with pytest.raises(UnfitFile, match="this is a pipe"):
        read_file(pipe, 1 << 20)


@strange
def test_a_path_is_freed_and_nothing_dear_is_lost(tmp_path: Path, put: Put) -> None:
    file = tmp_path / "file"
    (tmp_path / "file.aside").mkdir()
    put(file)
    assert make_way(file) and not os.path.lexists(file)
    if put is full:
        assert (tmp_path / "file.aside1" / "dear").read_bytes() == b"to somebody"
    assert make_way(file)


# --- caches -----------------------------------------------------------------------------------------------

kept = pytest.mark.parametrize(("known", "pattern"), [(look, "*.look"), (reading, "*.pages")])


@strange
@kept
def test_a_strange_entry_of_a_cache_is_a_miss_and_is_replaced(
    tmp_path: Path, put: Put, known: Callable[[Path], bool], pattern: str
) -> None:
    known(tmp_path)
    (file,) = tmp_path.glob(pattern)
    whole = file.read_bytes()
    file.unlink()
    put(file)
    assert not known(tmp_path)
    assert not file.is_symlink() and file.read_bytes() == whole and known(tmp_path)


@kept
def test_what_is_too_long_is_neither_read_nor_kept(
    tmp_path: Path, known: Callable[[Path], bool], pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(tmp_path)
    (file,) = tmp_path.glob(pattern)
    for module in (look_files, readings):
        monkeypatch.setattr(module, "MOST_BYTES", file.stat().st_size - 1)
    assert [known(tmp_path), known(tmp_path)] == [False, False]
    assert not file.exists()


def npy(array: object) -> bytes:
    file = io.BytesIO()
    np.save(file, array)  # type: ignore[arg-type]
    return file.getvalue()


def header(shape: tuple[int, ...], kind: str) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"shape": shape, "fortran_order": False, "descr": kind})
    return file.getvalue()


TOLD = npy(json.dumps({"texts": [], "sources": [], "complete": False}))
GOOD = {
    "boxes.npy": npy(np.zeros((0, 4), np.float32)),
    "scores.npy": npy(np.zeros(0, np.float32)),
    "told.npy": TOLD,
}
BOMB = header((9 << 18, 4), "<f4") + bytes(36 << 20)


def zipped(members: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED, says: int | None = None) -> bytes:
    """says: the size that a member of another size is said to have."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing, compresslevel=1) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
        if says is not None:
            for member in packed.infolist():
                if member.file_size > look_files.MOST_BYTES:
                    member.file_size = says
    return file.getvalue()


FORGED: dict[str, Callable[[], bytes]] = {
    "inflates": lambda: zipped({**GOOD, "boxes.npy": BOMB}),
    "inflates to more than it says": lambda: zipped({**GOOD, "boxes.npy": BOMB}, says=200),
    "inflates in another way": lambda: zipped({**GOOD, "boxes.npy": BOMB}, zipfile.ZIP_BZIP2, 200),
    "inflates where nobody looks": lambda: zipped({**GOOD, "other": BOMB}),
    "many": lambda: zipped({**GOOD, **{f"{i}.npy": TOLD for i in range(200)}}),
    "says that it is longer": lambda: zipped({**GOOD, "scores.npy": header((1 << 40,), "<f4")}),
    "says that it is of nothing": lambda: zipped({**GOOD, "scores.npy": header((1 << 60,), "|V0")}),
    "has no room": lambda: zipped({**GOOD, "told.npy": header((1 << 60,), "<U0")}),
    "of more digits": lambda: zipped({**GOOD, "scores.npy": npy(np.array([1e300]))}),
    "objects": lambda: zipped({**GOOD, "scores.npy": header((1,), "|O") + bytes(8)}),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_look_is_a_miss_that_costs_no_memory(tmp_path: Path, forge: Callable[[], bytes]) -> None:
    look(tmp_path)
    (file,) = tmp_path.glob("*.look")
    head = without_digest(file.read_bytes().partition(b"\n")[0])
    data = forge()
    file.write_bytes(pack(head, data))
    assert file.stat().st_size < look_files.MOST_BYTES
    tracemalloc.start()
    try:
        assert look_files.LookFiles(tmp_path, 1 << 30).get(file.stem, str(head["by"])) is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * len(data) + (8 << 20)
    assert not look(tmp_path) and look(tmp_path)


def test_what_is_forged_differs_from_a_look_by_what_is_tried(tmp_path: Path) -> None:
    look(tmp_path)
    (file,) = tmp_path.glob("*.look")
    head = without_digest(file.read_bytes().partition(b"\n")[0])
    for packing in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        file.write_bytes(pack(head, zipped(GOOD, packing)))
        assert look(tmp_path)


# --- stores and recordings --------------------------------------------------------------------------------


@strange
def test_a_strange_picture_of_a_store_is_damaged_and_is_written_anew(tmp_path: Path, put: Put) -> None:
    with MemoryStore(tmp_path) as store:
        first = store.put(run())
        for file in list((tmp_path / "pictures").rglob("*.png")):
            file.unlink()
            put(file)
        with pytest.raises(StoreError) as caught:
            store.get(first)
        assert "\n" not in str(caught.value)
        again = store.put(run())
        assert store.get(first).memory == store.get(again).memory == memory()
        for run_id in (first, again):
            store.delete(run_id)
        assert store.list() == []


@pytest.mark.parametrize(
    "put", [os.mkfifo, Path.mkdir, full, STRANGE["a link to nothing"]], ids=lambda put: ""
)
def test_a_run_with_strange_pictures_is_deleted_and_swept(tmp_path: Path, put: Put) -> None:
    with MemoryStore(tmp_path) as store:
        run_id = store.put(run())
        for file in list((tmp_path / "pictures").rglob("*.png")):
            file.unlink()
            put(file)
        put(tmp_path / "pictures" / f"{'a' * 64}.png")
        store.sweep()
        assert store.delete(run_id) == run_id


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal"])
@pytest.mark.parametrize(
    "put", [os.mkfifo, Path.mkdir, STRANGE["a link to a device without end"]], ids=lambda put: ""
)
def test_a_strange_file_of_the_database_is_said(tmp_path: Path, put: Put, end: str) -> None:
    MemoryStore(tmp_path).close()
    file = tmp_path / f"runs.sqlite3{end}"
    file.unlink(missing_ok=True)
    put(file)
    with pytest.raises(StoreError, match=rf"cannot be opened \({file.name} is a "):
        MemoryStore(tmp_path)


def test_a_picture_that_is_too_long_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with MemoryStore(tmp_path) as store:
        run_id = store.put(run())
        monkeypatch.setattr(picture_files, "MOST_BYTES", 20)
        with pytest.raises(StoreError, match="corrupt"):
            store.get(run_id)


@pytest.mark.parametrize("command", ["ask", "locate"])
def test_an_answer_is_told_also_where_the_store_does_not_take_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def refuse(*_: object) -> None:
        raise IsADirectoryError(21, "Is a directory")

    monkeypatch.setattr(picture_files, "write_whole", refuse)
    page, store = tmp_path / "page.png", tmp_path / "store"
    PIL.Image.new("RGB", (64, 64), "white").save(page)
    words = ["What is the value next to 'Total'?"] if command == "ask" else ["Total"]
    done = CliRunner().invoke(
        app, [command, str(page), *words, "--localizer", "ocr:rapidocr", "--store", str(store)]
    )
    assert done.exit_code == 1 and "looks" in done.stdout  # nothing is on the page, and that is told
    (line,) = done.stderr.splitlines()
    assert line == f"The run is not kept: {store}: the store cannot be written (Is a directory)."


def test_an_error_of_keeping_holds_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = np.full((768, 1024, 3), 255, np.uint8)
    seal = Seal(ScriptedVQA([[Target("bell")]], ["here"] * 9), fake(ICONS), "whole", memory=tmp_path)
    (tmp_path / "pictures").rmdir()
    (tmp_path / "pictures").write_bytes(b"")
    with pytest.raises(UnkeptError) as caught:
        seal.ask(page, "Where is the bell?")
    assert isinstance(caught.value.result, Result) and caught.value.result.answer == "here"
    tools = Tools(seal, [])
    heard: list[str] = []
    monkeypatch.setattr(session._log, "warning", heard.append)
    seal.vqa = ScriptedVQA([[Target("bell")]], ["here"] * 9)
    asked = tools.call("ask", {"image": "page", "question": "Where is the bell?"}, pictures={"page": page})
    assert isinstance(asked.whole, Result) and asked.whole.answer == "here"
    assert len(heard) == 1 and heard[0].startswith("The run is not kept: ")
    with pytest.raises(UnkeptError):
        kept_or_not(lambda: (_ for _ in ()).throw(UnkeptError("x", "no result")), heard.append)


@pytest.mark.parametrize("put", [v for k, v in STRANGE.items() if "nothing" not in k], ids=lambda put: "")
def test_a_strange_recording_is_refused_in_one_line(tmp_path: Path, put: Put) -> None:
    file = tmp_path / "run.jsonl"
    put(file)
    with pytest.raises(
        ReplayError, match=r"run\.jsonl: (the recording cannot be read|this is no recording)"
    ) as caught:
        Recording(file)
    assert "\n" not in str(caught.value)


def test_nothing_is_recorded_into_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ReplayError, match=r"cannot be written \(pipe is a pipe\)"):
        recording.enter(tmp_path / "pipe", [{"agent": "vqa", "name": "a", "input_side": 9}])
    append(tmp_path / "new", [{"call": "where", "asked": ["a", "bell"], "reply": "b"}])
    assert (tmp_path / "new").exists()


# --- results, traces, calibrations, what tests have on record, batches --------------------------------------


ITEM = Item(
    id="a", line=1, image="a.png", question="Is it?", options=None, page=None, targets=None, digest="ab"
)


def outcome(file: Path) -> None:
    """The result of an item of a batch: a strange one is none, so that the item is worked on."""
    folder = Folder(file.parent)
    folder._file = lambda name: file  # type: ignore[method-assign,assignment]
    if folder.get(ITEM) is None:
        raise InputError(f"{file}: there is no whole result")


READERS: dict[str, Callable[[Path], object]] = {
    "result": Result.from_json,
    "trace": Trace.load,
    "page of a trace": lambda file: Trace.load(file.rename(file.with_suffix(".html"))),
    "calibration": Calibration.load,
    "looks of a test": lambda file: kept_looks.Kept(file)._read(),
    "item of a batch": outcome,
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize(
    "put", [os.mkfifo, STRANGE["a link to a device without end"], full], ids=lambda put: ""
)
def test_whatever_else_is_read_is_a_regular_file(
    tmp_path: Path, read: Callable[[Path], object], put: Put
) -> None:
    put(tmp_path / "file")
    with pytest.raises(SealError) as caught:
        read(tmp_path / "file")
    assert "\n" not in str(caught.value)


def test_looks_of_a_test_are_as_large_as_their_region(tmp_path: Path) -> None:
    bomb = base64.b64encode(zlib.compress(bytes(64 << 20), 1)).decode()
    for size in ([80, 80], [0, 8], [-8, -8], [10**9, 10**9]):
        line = json.dumps({"cells": "a", "size": size, "zlib": bomb})
        (tmp_path / "kept").write_text(f'{{"seal_looks": 1}}\n{line}\n')
        tracemalloc.start()
        try:
            with pytest.raises(ReplayError, match="no recording of looks"):
                kept_looks.Kept(tmp_path / "kept")._read()
            assert tracemalloc.get_traced_memory()[1] < 8 << 20
        finally:
            tracemalloc.stop()
