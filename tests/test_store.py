"""The store: round trips, lists, prefixes, shared pictures, several processes, kills and every refusal."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import PIL.Image
import pytest

from seal.memory.errors import StoreError
from seal.memory.geometry import Box
from seal.memory.picture_files import PictureFiles
from seal.memory.store import MemoryStore, StoredRun, default_path
from seal.memory.working import Crop, Fact, FoundTarget, GlobalImage, VisualWorkingMemory


def memory(question: str = "What?", shade: int = 0) -> VisualWorkingMemory:
    """A memory whose global image is always the same and whose crop has its own shade."""
    crop = Crop(id="crop-1", box=Box(5, 6, 40, 30), png=PIL.Image.new("RGB", (40, 30), (shade, 10, 10)))
    return VisualWorkingMemory(
        question=question,
        image=GlobalImage(size_wh=(4000, 3000), png=PIL.Image.new("RGB", (80, 60), "navy"), digest="d" * 64),
        targets=(FoundTarget(phrase="bell", box=Box(10, 11, 12, 13), score=0.75, crop="crop-1"),),
        crops=(crop,),
        facts=(Fact(kind="count", text="1", value={"phrase": "bell", "count": 1, "complete": True}),),
    )


def run(question: str = "What?", shade: int = 0, **fields: object) -> StoredRun:
    return StoredRun.model_validate({"question": question, "memory": memory(question, shade), **fields})


def pictures(path: Path) -> list[str]:
    return sorted(p.name for p in (path / "pictures").rglob("*.*"))


def test_round_trip(tmp_path: Path) -> None:
    given = run(
        "Wie viel? \u00e4\u20ac",
        answer="5,000",
        status="answered",
        image_name="bill.png",
        image_digest="abc",
        result={"answer": "5,000", "nested": {"a": [1, 2.5, None]}},
        trace={"nodes": [1]},
    )
    with MemoryStore(tmp_path / "deep" / "store") as store:
        run_id = store.put(given)
        assert len(run_id) >= 8
        assert set(run_id) <= set("0123456789abcdef")
    with MemoryStore(tmp_path / "deep" / "store") as store:
        back = store.get(run_id)
        assert back == given.model_copy(update={"id": run_id})
        assert back.memory.digest == given.memory.digest
        assert store.list()[0].model_dump() == {
            k: v for k, v in back.model_dump().items() if k not in ("memory", "pages", "result", "trace")
        }
        assert store.put(back) == run_id
        assert len(store.list()) == 1


def test_pictures_lie_beside_the_database(tmp_path: Path) -> None:
    with MemoryStore(tmp_path) as store:
        first, second, third = (store.put(run(shade=s)) for s in (1, 1, 2))
        assert len(pictures(tmp_path)) == 3  # the global image and two crops
        row = sqlite3.connect(tmp_path / "runs.sqlite3")
        document = row.execute("SELECT document FROM runs").fetchone()[0]
        row.close()
        assert "iVBOR" not in document
        for gone, left in ((first, 3), (third, 2), (second, 0)):
            store.delete(gone)
            assert len(pictures(tmp_path)) == left
        assert store.list() == []


def test_replacing_a_run_removes_its_old_pictures(tmp_path: Path) -> None:
    with MemoryStore(tmp_path) as store:
        run_id = store.put(run(shade=1))
        store.put(run(shade=2, id=run_id))
        assert len(pictures(tmp_path)) == 2
        assert store.get(run_id).memory == memory(shade=2)


def test_lists(tmp_path: Path) -> None:
    with MemoryStore(tmp_path) as store:
        for i in range(5):
            store.put(
                run(
                    f"Question {i}",
                    created=f"2026-01-0{i + 1}T00:00:00.000+00:00",
                    answer=f"100% of \u00c4pfel {i}",
                    image_name=("Screen.png", "Bill.pdf")[i % 2],
                    image_digest=f"digest-{i % 2}",
                )
            )
        assert [r.question[-1] for r in store.list()] == list("43210")
        assert [r.question[-1] for r in store.list(2)] == list("43")
        assert [r.question[-1] for r in store.list(image_digest="digest-1")] == list("31")
        assert [r.question[-1] for r in store.list(text="question 2")] == ["2"]
        assert [r.question[-1] for r in store.list(text="bill.PDF")] == list("31")
        assert len(store.list(text="100% of \u00e4pf")) == 5
        assert store.list(text="_") == store.list(text="nothing") == []
        assert store.list(image_digest="digest-9") == []


def test_runs_of_one_moment_are_listed_newest_first(tmp_path: Path) -> None:
    with MemoryStore(tmp_path) as store:
        ids = [store.put(run(created="2026-01-01T00:00:00.000+00:00")) for _ in range(4)]
        assert [r.id for r in store.list()] == ids[::-1]


def test_prefixes(tmp_path: Path) -> None:
    with MemoryStore(tmp_path) as store:
        for run_id in ("abcd0001", "abcd0002", "abcd", "ffff0001"):
            store.put(run(run_id, id=run_id))
        assert store.get("ffff").id == "ffff0001"
        assert store.get("FFFF0001").id == "ffff0001"
        assert store.get("abcd").id == "abcd"
        with pytest.raises(StoreError, match=r"several ids .*abcd0001, abcd0002"):
            store.get("abcd0")
        for unknown in ("", "eeee", "a%", "abcd0003"):
            with pytest.raises(StoreError, match="no run"):
                store.get(unknown)
            with pytest.raises(StoreError, match="no run"):
                store.delete(unknown)
        store.delete("ff")
        assert len(store.list()) == 3


@pytest.mark.parametrize("run_id", ["ABCDEF01", "../../x", "abc", "g" * 8])
def test_ids_are_hex_digits(run_id: str) -> None:
    with pytest.raises(ValueError, match="id"):
        run(id=run_id)


def test_threads_share_a_store(tmp_path: Path) -> None:
    with MemoryStore(tmp_path) as store, ThreadPoolExecutor(6) as pool:
        ids = list(pool.map(lambda i: store.put(run(str(i), shade=i % 2)), range(24)))
        list(pool.map(store.delete, ids[::2]))
        assert {r.id for r in store.list()} == set(ids[1::2])
        assert all(pool.map(store.get, ids[1::2]))


def test_default_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_path().parts[-2:] == ("seal", "store")
    if sys.platform == "linux":
        with MemoryStore() as store:
            assert store.path == tmp_path / "seal" / "store"


def write_many(path: str, who: int, gate: object) -> None:
    gate.wait()  # type: ignore[attr-defined]
    with MemoryStore(path) as store:
        for i in range(30):
            run_id = store.put(run(f"{who}-{i}", shade=i % 3))
            if i % 5 == 4:
                store.delete(run_id)


def test_three_processes_write_at_once(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    gate = spawn.Barrier(3)
    workers = [spawn.Process(target=write_many, args=(str(tmp_path), who, gate)) for who in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
        worker.close()
    with MemoryStore(tmp_path) as store:
        runs = store.list(1000)
        assert {r.question for r in runs} == {f"{w}-{i}" for w in range(3) for i in range(30) if i % 5 != 4}
        assert all(store.get(r.id).memory.question == r.question for r in runs)


def test_what_a_killed_writer_left_before_its_row_is_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MemoryStore(tmp_path) as store:
        kept = store.put(run(shade=1))
        real = PictureFiles.write

        def interrupted(self: PictureFiles, given: dict[str, bytes]) -> None:
            real(self, given)
            raise KeyboardInterrupt

        monkeypatch.setattr(PictureFiles, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.put(run(shade=2))
        monkeypatch.undo()
        assert [r.id for r in store.list()] == [kept]
        store.put(run(shade=2))
        assert len(store.list()) == 2


def refused(path: Path, message: str) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        MemoryStore(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"this is no database at all, just text " * 50, b"SQLite format 3\0" + b"\xff" * 4096]
)
def test_a_corrupt_file_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "runs.sqlite3"
    file.write_bytes(content)
    refused(tmp_path, "cannot be opened")
    assert file.read_bytes() == content


def test_a_torn_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    with MemoryStore(tmp_path) as store:
        run_id = store.put(run())
    file = tmp_path / "runs.sqlite3"
    content = file.read_bytes()
    torn = content[:4096] + b"\x5a" * (len(content) - 4096)
    file.write_bytes(torn)
    with MemoryStore(tmp_path) as store:
        for use in (store.list, lambda: store.get(run_id), lambda: store.put(run())):
            with pytest.raises(StoreError, match=r"malformed|corrupt|disk image") as caught:
                use()
            assert "\n" not in str(caught.value)
    assert file.read_bytes() == torn


def other_database(path: Path, *statements: str) -> bytes:
    database = sqlite3.connect(path / "runs.sqlite3")
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()
    return (path / "runs.sqlite3").read_bytes()


def test_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    with MemoryStore(tmp_path) as store:
        store.put(run())
    before = other_database(tmp_path, "PRAGMA user_version = 7")
    refused(tmp_path, "newer version .*version 7.* update")
    assert (tmp_path / "runs.sqlite3").read_bytes() == before


def test_another_programs_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    before = other_database(tmp_path, "CREATE TABLE bookmarks (url TEXT)", "PRAGMA user_version = 3")
    refused(tmp_path, "another program")
    assert (tmp_path / "runs.sqlite3").read_bytes() == before


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "store"
    path.write_text("hello")
    refused(path, "folder is expected")
    refused(path / "below", "cannot be opened")
    assert path.read_text() == "hello"


def test_a_folder_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:  # root writes everywhere

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "mkdir", refuse)
    tmp_path.chmod(0o500)
    try:
        refused(tmp_path / "store", "Permission denied")
    finally:
        tmp_path.chmod(0o700)


def test_a_place_where_nothing_can_be_written() -> None:
    if sys.platform == "linux":
        refused(Path("/proc/seal-store"), "cannot be opened")


def test_lost_and_damaged_pictures_are_said(tmp_path: Path) -> None:
    with MemoryStore(tmp_path) as store:
        run_id = store.put(run())
        file = next((tmp_path / "pictures").rglob("*.png"))
        file.write_bytes(b"damaged")
        with pytest.raises(StoreError, match="corrupt"):
            store.get(run_id)
        file.unlink()
        with pytest.raises(StoreError, match="gone"):
            store.get(run_id)
        assert len(store.list()) == 1


def test_use_after_close(tmp_path: Path) -> None:
    store = MemoryStore(tmp_path)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.list()


def test_what_json_cannot_hold_is_refused(tmp_path: Path) -> None:
    with MemoryStore(tmp_path) as store:
        with pytest.raises(StoreError, match="no valid form"):
            store.put(run(result={"a": object()}))
        assert store.list() == []
