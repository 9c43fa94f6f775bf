"""Stores that something went wrong with: damaged pictures, hostile rows, disks full or read-only, killed deletes."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from small_disk import in_small_disk, read_only
from test_store import memory, pictures, run
from typer.testing import CliRunner

from seal.cli.app import app
from seal.memory.disk import STALE
from seal.memory.errors import StoreError
from seal.memory.store import MemoryStore
from seal.memory.store.database import SPARE

DAMAGES = {
    "cut": lambda png: png[: len(png) // 2],
    "emptied": lambda png: b"",
    "a bit": lambda png: png[:-20] + bytes([png[-20] ^ 1]) + png[-19:],
    "another picture": lambda png: memory(shade=99).crops[0].png,
    "longer": lambda png: png + b"\0",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_picture_is_written_anew_with_the_next_run_that_has_it(tmp_path: Path, damage: str) -> None:
    with MemoryStore(tmp_path) as store:
        before = store.put(run())
        for file in (tmp_path / "pictures").rglob("*.png"):
            file.write_bytes(DAMAGES[damage](file.read_bytes()))
        with pytest.raises(StoreError, match=r"corrupt; ask again, or delete"):
            store.get(before)
        after = store.put(run())
        assert store.get(after).memory == store.get(before).memory == memory()


@pytest.mark.parametrize("lost", [True, False])
def test_a_run_with_a_damaged_picture_can_be_deleted(tmp_path: Path, lost: bool) -> None:
    with MemoryStore(tmp_path) as store:
        run_id = store.put(run())
        for file in (tmp_path / "pictures").rglob("*.png"):
            file.unlink() if lost else file.write_bytes(b"damaged")
    done = CliRunner().invoke(app, ["runs", "--store", str(tmp_path), "delete", run_id[:6]])
    assert done.exit_code == 0 and pictures(tmp_path) == []


# --- rows of others ---------------------------------------------------------------------------------------


def changed(path: Path, *statements: str) -> None:
    database = sqlite3.connect(path / "runs.sqlite3")
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()


@pytest.mark.parametrize(
    "document",
    [
        "",
        "[]",
        "null",
        "[" * 200_000,
        "{}",
        '{"memory": 1}',
        '{"memory": {"image": null, "crops": []}}',
        '{"memory": {"image": {"png": 7}, "crops": []}}',
        '{"memory": {"image": {"png": []}, "crops": []}}',
        '{"memory": {"image": {"png": ""}, "crops": []}, "result": {"a": "\\ud800"}}',
    ],
)
def test_a_document_that_is_none_is_said(tmp_path: Path, document: str) -> None:
    with MemoryStore(tmp_path) as store:
        run_id = store.put(run())
        changed(tmp_path, f"UPDATE runs SET document = '{document}'")
        with pytest.raises(StoreError, match="no valid form") as caught:
            store.get(run_id)
        assert len(str(caught.value)) < 500
        assert store.delete(run_id) == run_id and store.list() == []


@pytest.mark.parametrize("name", ["../../../{there}", "{there}", "", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_no_name_in_a_database_leads_out_of_the_store(tmp_path: Path, name: str) -> None:
    outside = tmp_path / "mine.png"
    outside.write_bytes(b"mine")
    inside = tmp_path / "store"
    with MemoryStore(inside) as store:
        run_id = store.put(run())
        row = sqlite3.connect(inside / "runs.sqlite3")
        told = name.format(there=str(outside.with_suffix("")))
        with row:
            row.execute("UPDATE pictures SET sha = ? WHERE sha = (SELECT max(sha) FROM pictures)", (told,))
            row.execute(
                "UPDATE runs SET document = replace(document, substr(document, instr(document, '\"png\"') + 7, 66), ?)",
                (f'"{told}"',),
            )
        row.close()
        with pytest.raises(StoreError):
            store.get(run_id)
        with pytest.raises(StoreError, match="names no picture"):
            store.delete(run_id)
    assert outside.read_bytes() == b"mine"


# --- folders and disks ------------------------------------------------------------------------------------

READ = """
from test_store import MemoryStore, StoredRun, run
from seal.memory.errors import StoreError
with MemoryStore(".") as store:
    (kept,) = store.list()
    assert store.get(kept.id).question == kept.question
    for use in (lambda: store.put(run()), lambda: store.delete(kept.id)):
        try:
            use()
        except StoreError as error:
            print(str(error).partition(": ")[2])
"""


def test_a_store_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    with MemoryStore(tmp_path) as store:
        store.put(run("kept"))
    told = read_only(tmp_path, READ).splitlines()
    assert len(told) == 2 and all("the store cannot be written" in line for line in told)


def test_a_store_in_use_that_we_cannot_write_is_read_with_its_latest_run(tmp_path: Path) -> None:
    with MemoryStore(tmp_path) as store:  # its log is there, and holds all
        store.put(run("kept"))
        assert (tmp_path / "runs.sqlite3-wal").stat().st_size
        assert len(read_only(tmp_path, READ).splitlines()) == 2


def test_a_parent_that_cannot_be_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(StoreError, match=r"cannot be opened \(Permission denied\)"):
        MemoryStore(tmp_path / "store")


FULL = """
from pathlib import Path
from test_store import MemoryStore, run, pictures
from seal.memory.errors import StoreError
from small_disk import fill
here = Path(".").absolute()
with MemoryStore(here) as store:
    ids = [store.put(run(str(i), shade=i)) for i in range(3)]
    if {open_}:
        fill(here)
if not {open_}:
    fill(here)
with MemoryStore(here) as store:
    assert len(store.list()) == 3
    for run_id in ids[:2]:
        assert store.delete(run_id) == run_id
    (here / "rest").unlink()
    store.put(run("after"))
    assert [r.question for r in store.list()] == ["after", "2"]
    assert all(store.get(r.id) for r in store.list())
    print(len(pictures(here)), (here / "spare").stat().st_size)
"""


@pytest.mark.parametrize("open_", [True, False])
def test_runs_are_deleted_from_a_full_disk(tmp_path: Path, open_: bool) -> None:
    assert in_small_disk(tmp_path, FULL.format(open_=open_), 1024) == f"3 {SPARE}"


FULL_PUT = """
from pathlib import Path
from test_store import MemoryStore, run
from seal.memory.errors import StoreError
from small_disk import fill
here = Path(".").absolute()
with MemoryStore(here) as store:
    kept = store.put(run("kept"))
    fill(here)
    for i in range(40):
        try:
            store.put(run(str(i), shade=i, result={"text": "x" * 9000}))
        except StoreError as error:
            print(error)
            break
    assert store.get(kept).question == "kept"
    assert not list(here.rglob("*.part"))
"""


def test_a_run_that_a_full_disk_does_not_hold_is_refused_in_one_line(tmp_path: Path) -> None:
    told = in_small_disk(tmp_path, FULL_PUT, 1024)
    assert "cannot be written" in told and "\n" not in told


# --- what killed processes leave --------------------------------------------------------------------------

KILLED = """
import os, signal, sys
sys.path[:0] = [{tests!r}, {root!r}]
from test_store import MemoryStore
with MemoryStore({path!r}) as store:
    store._rows.remove_unused = lambda shas: os.kill(os.getpid(), signal.SIGKILL)
    store.delete({run_id!r})
"""


def test_pictures_of_a_killed_delete_are_swept(tmp_path: Path) -> None:
    with MemoryStore(tmp_path) as store:
        kept, gone = store.put(run("kept", shade=1)), store.put(run("gone", shade=2))
    tests = Path(__file__).parent
    code = KILLED.format(tests=str(tests), root=str(tests.parent), path=str(tmp_path), run_id=gone)
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    orphan = next(
        p for p in (tmp_path / "pictures").rglob("*.png") if p.read_bytes() == memory(shade=2).crops[0].png
    )
    dead, living = (orphan.with_name(f"{name}.part") for name in ("dead", "living"))
    for part in (dead, living):
        part.write_bytes(b"12345")
    os.utime(dead, (0, dead.stat().st_mtime - STALE - 1))
    done = CliRunner().invoke(app, ["runs", "--store", str(tmp_path), "--sweep"])
    assert done.exit_code == 0 and "Deleted 1 pictures" in done.stderr
    assert not orphan.exists() and not dead.exists() and living.exists()
    living.unlink()
    with MemoryStore(tmp_path) as store:
        assert [r.question for r in store.list()] == ["kept"] and store.get(kept).memory == memory("kept", 1)
        assert store.sweep() == (0, 0)
