"""Batches whose folder is an object store: `memory://`, as fsspec has it, and one without conditions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batch_agents import questions
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.registry import known_implementations
from test_batch import sealed
from typer.testing import CliRunner

from seal.batch import Recipe, Standing, ask_many, objects, work
from seal.cli.app import app
from seal.memory.errors import InputError, MissingExtraError, SettingError, StoreError

URL = "memory://bucket/answers"
ROOT = "/bucket/answers"


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryFileSystem]:
    """The one store of this process, emptied."""
    monkeypatch.setattr(work, "PAUSE", 0.0)
    files = MemoryFileSystem()
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


def content(files: MemoryFileSystem) -> dict[str, bytes]:
    return {str(path).removeprefix(f"{ROOT}/"): files.cat_file(path) for path in files.find("/")}


def rows_of(files: MemoryFileSystem, standing: Standing) -> list[dict[str, Any]]:
    assert standing.results == f"{URL}/results.jsonl"
    return [json.loads(line) for line in files.cat_file(f"{ROOT}/results.jsonl").splitlines()]


def test_a_batch_goes_on_and_is_as_on_a_disk(tmp_path: Path, store: MemoryFileSystem) -> None:
    file, seen = questions(tmp_path, ["q0", "fail 9", "q2"]), list[Standing]()
    stopped = ask_many(file, URL, sealed(), on_change=seen.append, cancelled=lambda: seen[-1].done == 1)
    assert (stopped.done, stopped.results) == (1, None)
    assert sorted(content(store)) == ["batch.json", "items/0.json"]
    first = content(store)["items/0.json"]
    ended = ask_many(file, URL, sealed())
    assert (ended.before, ended.done, ended.code) == (1, 3, 3)
    disk = ask_many(file, tmp_path / "out", sealed())
    there = [json.loads(line) for line in Path(disk.results or "").read_text().splitlines()]

    def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{k: v for k, v in row.items() if k != "result"} for row in rows]

    assert plain(rows_of(store, ended)) == plain(there)
    again = ask_many(file, URL, sealed(), retry_errors=True, tries=1)
    assert [row["tries"] for row in rows_of(store, again)] == [1, 3, 1]
    assert content(store)["items/0.json"] == first


@pytest.mark.parametrize("conditions", [True, False])
def test_the_first_result_stays(
    tmp_path: Path, store: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch, conditions: bool
) -> None:
    """Another command has a result of the same item in the moment between the look and the write."""
    file, pipe = questions(tmp_path, ["q0", "q1"]), MemoryFileSystem.pipe_file
    folder = objects.ObjectFolder(URL)
    folder._create("items/0.json", b"first")
    folder._create("items/0.json", b"second")
    assert content(store) == {"items/0.json": b"first"}
    store.rm_file(f"{ROOT}/items/0.json")
    if not conditions:

        def plain(self: MemoryFileSystem, path: str, value: bytes, mode: str = "overwrite") -> object:
            if mode != "overwrite":
                raise NotImplementedError(mode)
            return pipe(self, path, value)

        monkeypatch.setattr(MemoryFileSystem, "pipe_file", plain)
        folder._create("items/0.json", b"first")
        folder._create("items/0.json", b"second")
        assert content(store) == {"items/0.json": b"first"}
    standing = ask_many(file, URL, sealed())
    assert standing.damaged == (() if conditions else ("0",))
    assert [row["status"] for row in rows_of(store, standing)] == ["answered"] * 2


def test_what_is_something_else_is_refused_and_left_as_it_is(tmp_path: Path, store: MemoryFileSystem) -> None:
    ask_many(questions(tmp_path, ["q0", "q1"]), URL, sealed())
    was = content(store)
    file = questions(tmp_path, ["q0", "p"])
    with pytest.raises(InputError, match=r"another batch \(1 changed: 1\)"):
        ask_many(file, URL, sealed())
    with pytest.raises(InputError, match=r"policy: 'vstar', now 'whole'"):
        ask_many(questions(tmp_path, ["q0", "q1"]), URL, sealed(policy="whole"))
    store.pipe_file("/other/thesis.txt", b"mine")
    with pytest.raises(InputError, match=r"other files \(thesis\.txt\)"):
        ask_many(file, "memory://other", sealed())
    assert ask_many(questions(tmp_path, ["q0", "p"]), URL, sealed(), force_new=True).folder == f"{URL}-2"
    assert was.items() <= content(store).items()


def test_a_torn_result_is_set_aside_and_made_anew(tmp_path: Path, store: MemoryFileSystem) -> None:
    file = questions(tmp_path, ["q0", "q1"])
    ask_many(file, URL, sealed())
    store.pipe_file(f"{ROOT}/items/1.json", b'{"id": ')
    standing = ask_many(file, URL, sealed())
    assert (standing.damaged, standing.before, standing.done) == (("1",), 1, 2)
    (aside,) = [name for name in content(store) if "damaged" in name]
    assert content(store)[aside] == b'{"id": '


def test_a_store_that_fails_in_the_middle_stops_it_with_one_line_and_it_goes_on_later(
    tmp_path: Path, store: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    class QuotaError(Exception):
        """Of a package's own."""

    file, pipe = questions(tmp_path, ["q0", "q1", "q2"]), MemoryFileSystem.pipe_file

    def full(self: MemoryFileSystem, path: str, value: bytes, **more: Any) -> object:
        if path.endswith("1.json"):
            raise QuotaError("the bucket\nis full")
        return pipe(self, path, value, **more)

    monkeypatch.setattr(MemoryFileSystem, "pipe_file", full)
    with pytest.raises(StoreError, match=r"QuotaError: the bucket is full\); .*the same command goes on"):
        ask_many(file, URL, sealed())
    assert sorted(content(store)) == ["batch.json", "items/0.json"]
    monkeypatch.undo()
    assert ask_many(file, URL, sealed()).before == 1


def test_urls_that_are_none_and_several_processes_are_refused(tmp_path: Path) -> None:
    file = questions(tmp_path, ["q"])
    with pytest.raises(InputError, match="that fsspec knows is expected"):
        ask_many(file, "nonsense://x", sealed())
    with pytest.raises(InputError, match="give it as a str"):
        ask_many(file, Path("s3://bucket/x"), sealed())
    with pytest.raises(SettingError, match="an object store has not"):
        ask_many(file, URL, Recipe(vqa="reader"), workers=2)
    assert objects.folder_at("C:\\answers").path == Path("C:\\answers")


def test_a_package_that_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        known_implementations, "nowhere", {"class": "no_such.Store", "err": "Install no-such to reach it"}
    )
    with pytest.raises(MissingExtraError, match="Install no-such"):
        ask_many(questions(tmp_path, ["q"]), "nowhere://x", sealed())


def test_the_command_takes_a_url_of_files_as_a_path(tmp_path: Path) -> None:
    file = questions(tmp_path, ["q"], page=9)
    words = [
        "ask-many",
        str(file),
        "--out",
        f"file://{tmp_path}/out",
        "--vqa",
        "reader",
        "--localizer",
        "pdf",
    ]
    assert CliRunner().invoke(app, words).exit_code == 2
    assert sorted(path.name for path in (tmp_path / "out").iterdir())[0] == "batch.json"
    assert (tmp_path / "out" / "leases").is_dir()
