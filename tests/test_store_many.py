"""A store of many runs: filters, pages of lists, deleting by filter, limits, and stores of version 1."""

from __future__ import annotations

import multiprocessing
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from small_disk import in_small_disk, read_only
from test_store import pictures, run
from typer.testing import CliRunner

from seal.cli.app import app
from seal.memory.deadline import Deadline
from seal.memory.errors import OutOfTime, SettingError, StoreError
from seal.memory.store import Limits, MemoryStore, schema

TESTS = Path(__file__).parent


def at(minute: int) -> str:
    return (datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=minute)).isoformat(timespec="milliseconds")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 runs, a minute each from the first of March: of three images, every fourth not answered."""
    folder = tmp_path_factory.mktemp("made")
    with MemoryStore(folder) as kept:
        for i in range(60):
            kept.put(
                run(
                    f"What is {i:02}?",
                    shade=i % 3,
                    created=at(i),
                    answer=f"Änswer {i % 10}",
                    status=("answered", "answered", "answered", "cannot_tell")[i % 4],
                    image_name=f"screen-{i % 3}.png",
                    image_digest=f"{i % 3}" * 64,
                )
            )
    return folder


@pytest.fixture(scope="module")
def unchanged(made: Path) -> Iterator[MemoryStore]:
    """The same, for tests that change nothing."""
    with MemoryStore(made) as kept:
        yield kept


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Iterator[MemoryStore]:
    shutil.copytree(made, tmp_path / "store")
    with MemoryStore(tmp_path / "store") as kept:
        yield kept


def minutes(runs: Any) -> list[int]:
    return [int(r.question[8:10]) for r in runs]


def test_filters_are_joined_and_pages_follow_each_other(unchanged: MemoryStore) -> None:
    assert minutes(unchanged.list(3)) == [59, 58, 57]
    assert minutes(unchanged.list(3, offset=58)) == [1, 0]
    whole = [m for start in range(0, 60, 7) for m in minutes(unchanged.list(7, offset=start))]
    assert whole == list(range(59, -1, -1))
    both = {"image_digest": "1" * 64, "status": "cannot_tell"}
    expected = [i for i in range(59, -1, -1) if i % 3 == 1 and i % 4 == 3]
    assert minutes(unchanged.list(**both)) == expected and unchanged.count(**both) == len(expected) == len(
        unchanged.ids(**both)
    )
    assert minutes(unchanged.get(i) for i in unchanged.ids(text="ÄNSWER 7", until=at(30))) == [27, 17, 7]
    assert (
        unchanged.count(image_digest=None, text=None, status=None, since=None, until=None)
        == unchanged.count()
        == 60
    )
    assert unchanged.list(0) == [] and unchanged.list(5, offset=60) == []


def test_a_document_is_meant_with_all_its_pages(store: MemoryStore) -> None:
    ids = [store.put(run(image_digest=d)) for d in ("a" * 64 + "#1@200", "a" * 64 + "#12@200", "a" * 65)]
    assert set(store.ids(image_digest="a" * 64)) == set(ids[:2])
    assert store.ids(image_digest="a" * 64 + "#1@200") == (ids[0],)


@pytest.mark.parametrize(
    ("since", "until", "first", "last"),
    [
        (at(10), None, 10, 59),
        (None, at(10), 0, 9),
        (at(5), at(8), 5, 7),
        ("2026-03-01T00:50", None, 50, 59),
        ("2026-03-01T02:50+02:00", "2026-03-01T00:52Z", 50, 51),
        (datetime(2026, 3, 1, 0, 58), None, 58, 59),
        (datetime(2026, 3, 1, 1, 58, tzinfo=timezone(timedelta(hours=1))), None, 58, 59),
        ("2026-03-01", "2026-03-01", 0, 59),
        (date(2026, 3, 1), date(2026, 3, 1), 0, 59),
        (" 20260301 ", None, 0, 59),
    ],
)
def test_times(unchanged: MemoryStore, since: Any, until: Any, first: int, last: int) -> None:
    assert minutes(unchanged.list(100, since=since, until=until)) == list(range(last, first - 1, -1))


def test_days_before_and_after_hold_none(unchanged: MemoryStore) -> None:
    assert unchanged.count(until="2026-02-28") == unchanged.count(since="2026-03-02") == 0
    assert unchanged.count(since=date(2026, 3, 1), until=datetime(2026, 3, 1)) == 0  # a datetime is a moment


@pytest.mark.parametrize(
    "wrong", ["", "yesterday", "2026-13-01", "2026-03-01T25:00", 5, 1.5, "9" * 400, b"2026-03-01"]
)
@pytest.mark.parametrize("name", ["since", "until"])
def test_what_is_no_time_is_refused(unchanged: MemoryStore, name: str, wrong: Any) -> None:
    with pytest.raises(SettingError, match=rf"^{name}: a time is expected") as caught:
        unchanged.list(**{name: wrong})  # type: ignore[misc]
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("wrong", [-1, 1.5, "3", True, None])
def test_numbers_are_checked(unchanged: MemoryStore, wrong: Any) -> None:
    for use in (lambda: unchanged.list(wrong), lambda: unchanged.list(offset=wrong)):
        with pytest.raises(SettingError, match="whole number from 0"):
            use()
    if wrong is not None:
        with pytest.raises(SettingError, match="whole number from 1"):
            Limits(most_runs=wrong)
    assert len(unchanged.list(10**30)) == 60


@pytest.mark.parametrize("name", ["text", "status", "image_digest"])
def test_what_is_no_text_is_refused(unchanged: MemoryStore, name: str) -> None:
    for wrong in (7, b"abc", "\ud800"):
        with pytest.raises(SettingError, match=f"^{name}: "):
            unchanged.count(**{name: wrong})  # type: ignore[misc]


ODD = [
    "100 % of it_all",
    'it\'s "so"',
    "'; DROP TABLE runs; --",
    "a\0b",
    "Größe STRASSE",
    "合計金額",
    "сумма",
    "\U0001f600",
    "a\nb\x1fc",
]


def test_any_text_is_found_as_it_stands(tmp_path: Path) -> None:
    with MemoryStore(tmp_path) as store:
        ids = [store.put(run(f"before {text} after")) for text in ODD]
        for run_id, text in zip(ids, ODD, strict=True):
            assert (
                store.ids(text=text)
                == store.ids(text=text.upper())
                == store.ids(text=text.casefold())
                == (run_id,)
            )
            assert store.get(run_id).question == f"before {text} after"
        assert store.ids(text="%%") == store.ids(text="__") == store.ids(text="nothing") == ()
        assert len(store.ids(text="")) == len(ODD)


def test_a_question_of_a_megabyte(tmp_path: Path) -> None:
    with MemoryStore(tmp_path) as store:
        long = store.put(run("x" * 1_000_000 + " needle"))
        store.put(run("short"))
        assert store.ids(text="NEEDLE") == (long,) and len(store.get(long).question) == 1_000_007


def test_runs_without_a_time_are_the_oldest(tmp_path: Path) -> None:
    with MemoryStore(tmp_path) as store:
        ids = [
            store.put(run(created=c)) for c in ("never", "2026-01-02T00:00+00:00", "2026-01-01T23:30-01:00")
        ]
        assert [r.id for r in store.list()] == [ids[2], ids[1], ids[0]]  # by the moment, not by its spelling
        assert store.count(since="1970-01-01") == 2 and store.count(until="2100-01-01") == 2
        store.prune(Limits(most_runs=2))
        assert store.ids() == (ids[2], ids[1])


# --- deleting -------------------------------------------------------------------------------------------------


def test_deleting_by_filter_removes_pictures_that_nobody_else_uses(
    tmp_path: Path, store: MemoryStore
) -> None:
    before = len(pictures(tmp_path / "store"))
    assert store.delete_where(image_digest="2" * 64, text="what") == 20
    assert store.count() == 40 and store.count(image_digest="2" * 64) == 0
    assert len(pictures(tmp_path / "store")) == before - 1  # the crop of that shade
    assert store.delete_where(image_digest="2" * 64) == 0
    for nothing in ({}, {"text": ""}, {"status": None}):
        with pytest.raises(SettingError, match="all of them"):
            store.delete_where(**nothing)  # type: ignore[misc]


def test_deleting_many_ends_at_a_deadline_and_goes_on_later(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seal.memory.store.rows.BATCH", 7)
    turns = iter([False, False, True])
    with Deadline(cancelled=lambda: next(turns, True)).in_force(), pytest.raises(OutOfTime):
        store.delete_where(until="2026-04-01")
    left = store.count()
    assert 0 < left < 60 and minutes(store.list(100)) == list(
        range(59, 59 - left, -1)
    )  # the oldest went first
    assert store.delete_where(until="2026-04-01") == left


# --- limits ---------------------------------------------------------------------------------------------------


def test_the_oldest_go_where_there_are_too_many(tmp_path: Path, store: MemoryStore) -> None:
    assert store.set_limits(Limits(most_runs=10)) == 50
    with MemoryStore(tmp_path / "store") as other:  # the store's own limits are those of everybody
        assert other.limits == Limits(10, None)
        old = other.put(run("What is 99?", created=at(-99)))
        assert minutes(other.list(100)) == [*range(59, 50, -1), 99] and other.get(old).id == old
        other.put(run("What is 61?", created=at(61)))
        assert minutes(other.list(100)) == [61, *range(59, 50, -1)]
        assert other.set_limits(Limits()) == 0
    assert store.put(run()) and store.count() == 11


def test_limits_of_one_object_go_before_those_of_the_store(tmp_path: Path, store: MemoryStore) -> None:
    store.set_limits(Limits(most_runs=50))
    with MemoryStore(tmp_path / "store", most_runs=5) as small:
        small.put(run("What is 60?", created=at(60)))
        assert minutes(small.list()) == [60, 59, 58, 57, 56]


def test_a_limit_of_bytes(tmp_path: Path, store: MemoryStore) -> None:
    size = store.size()
    assert size.runs == 60 and size.pictures == sum(
        p.stat().st_size for p in (tmp_path / "store/pictures").rglob("*.png")
    )
    goal = size.bytes - 60_000  # pages of the database are counted, and a run takes less than one
    gone = store.prune(Limits(most_bytes=goal))
    assert 0 < gone < 60 and store.size().bytes <= goal
    assert minutes(store.list(100)) == list(range(59, gone - 1, -1))
    newest = store.put(run("What is 61?", created=at(61)))
    store.prune(Limits(most_bytes=1))
    assert store.count() == 0 and newest not in store.ids()


def test_the_run_that_was_put_stays_whatever_the_limit(tmp_path: Path) -> None:
    with MemoryStore(tmp_path, most_bytes=1) as store:
        first, second = store.put(run("first")), store.put(run("second"))
        assert store.ids() == (second,) and first != second and store.get(second).question == "second"


def test_a_run_is_kept_also_where_the_time_ends_before_others_are_deleted(tmp_path: Path) -> None:
    with MemoryStore(tmp_path, most_runs=1) as store:
        store.put(run("first"))
        with Deadline(cancelled=lambda: True).in_force():
            second = store.put(run("second"))
        assert store.count() == 2
        assert store.get(second).question == "second" and store.put(run("third")) == store.ids()[0]
        assert store.count() == 1


# --- version 1 ------------------------------------------------------------------------------------------------


def to_version_1(folder: Path) -> None:
    """The store as version 1 made it: without the tables that came later."""
    database = sqlite3.connect(folder / "runs.sqlite3", isolation_level=None)
    database.execute("PRAGMA foreign_keys = OFF")
    names = database.execute(
        "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'trigger') AND name NOT IN ('runs', 'pictures')"
    ).fetchall()
    for kind, name in sorted(names, reverse=True):
        database.execute(f"DROP {kind} {name}")
    database.execute("PRAGMA user_version = 1")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def version(folder: Path) -> int:
    database = sqlite3.connect(folder / "runs.sqlite3")
    told = int(database.execute("PRAGMA user_version").fetchone()[0])
    database.close()
    return told


def old_store(folder: Path, runs: int = 40, more: str = "") -> list[str]:
    with MemoryStore(folder) as store:
        ids = [
            store.put(
                run(f"What is {i:02}?{more}", shade=i % 3, created=at(i // 2), image_digest=str(i % 2) * 64)
            )
            for i in range(runs)
        ]
    to_version_1(folder)
    return ids


def test_a_store_of_version_1_is_brought_to_ours_and_keeps_all(tmp_path: Path) -> None:
    ids = old_store(tmp_path)
    with MemoryStore(tmp_path) as store:
        assert version(tmp_path) == schema.VERSION
        assert store.ids() == tuple(ids[::-1])  # of one moment, the later one first, as before
        assert store.count(text="WHAT IS 3") == 10 and store.count(image_digest="1" * 64) == 20
        assert all(store.get(i).memory.question == store.get(i).question for i in ids)
        assert store.size().pictures == sum(p.stat().st_size for p in (tmp_path / "pictures").rglob("*.png"))
        assert store.delete_where(until=at(3)) == 6 and store.put(run("new")) == store.ids()[0]


def test_damaged_rows_amid_good_ones_are_no_harm(tmp_path: Path) -> None:
    ids = old_store(tmp_path, 6)
    database = sqlite3.connect(tmp_path / "runs.sqlite3")
    database.execute(
        "UPDATE runs SET question = CAST(x'ff41fe' AS TEXT), created = 'x' WHERE id = ?", (ids[1],)
    )
    database.execute("UPDATE runs SET document = '{', answer = CAST(x'c3' AS TEXT) WHERE id = ?", (ids[2],))
    database.execute("UPDATE runs SET created = ? WHERE id = ?", ("9" * 5000, ids[3]))
    database.commit()
    database.close()
    with MemoryStore(tmp_path) as store:
        listed = {r.id: r for r in store.list()}
        assert set(listed) == set(ids) and listed[ids[1]].question == "\ufffdA\ufffd"
        assert store.ids(text="a\ufffd") == (ids[1],) and store.get(ids[0]).question == "What is 00?"
        with pytest.raises(StoreError, match="no valid form"):
            store.get(ids[2])
        for run_id in ids:
            store.delete(run_id)
        assert store.count() == 0


LIST_OLD = """
from test_store import MemoryStore
with MemoryStore(".") as store:
    print(store.read_only, store.count(), store.count(text="what is 1"), [r.question[8:10] for r in store.list(2)])
    print(store.get(store.ids(image_digest="1" * 64)[0]).question, store.limits, store.size().runs)
"""


@pytest.mark.parametrize("in_use", [False, True])
def test_a_store_of_version_1_that_cannot_be_written_is_read(tmp_path: Path, in_use: bool) -> None:
    old_store(tmp_path)
    writer = sqlite3.connect(tmp_path / "runs.sqlite3")
    if in_use:  # its log is there, and holds something
        writer.execute("UPDATE runs SET answer = 'changed'")
        writer.commit()
    told = read_only(tmp_path, LIST_OLD)
    writer.close()
    assert told.splitlines() == [
        "True 40 10 ['39', '38']",
        "What is 39? Limits(most_runs=None, most_bytes=None) 40",
    ]
    assert version(tmp_path) == 1


def test_a_program_of_version_1_that_still_writes_is_heard(tmp_path: Path) -> None:
    with MemoryStore(tmp_path) as store:
        kept = store.put(run("kept"))
        other = sqlite3.connect(tmp_path / "runs.sqlite3")  # what `put` of version 1 does
        other.execute(
            "INSERT INTO runs SELECT 'abcd', created, 'other', answer, status, '', '', document FROM runs"
        )
        other.commit()
        other.close()
        assert (
            store.ids(text="other") == ("abcd",)
            and store.count() == 2
            and store.get("abcd").question == "other"
        )
        store.delete("abcd")
        assert store.ids() == (kept,)


def open_old(path: str, gate: Any, told: Any) -> None:
    gate.wait()
    with MemoryStore(path) as store:
        mine = store.put(run("mine"))
        told.put((store.count(text="what is"), mine))


def test_three_processes_bring_a_store_to_our_version_at_once(tmp_path: Path) -> None:
    old_store(tmp_path)
    spawn = multiprocessing.get_context("spawn")
    gate, told = spawn.Barrier(3), spawn.Queue()
    workers = [spawn.Process(target=open_old, args=(str(tmp_path), gate, told)) for _ in range(3)]
    for worker in workers:
        worker.start()
    seen = [told.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
        worker.close()
    told.close()
    assert [count for count, _ in seen] == [40] * 3
    with MemoryStore(tmp_path) as store:
        assert store.count() == 43 and {mine for _, mine in seen} == set(store.ids(text="mine"))


KILLED = """
import os, signal, sys
sys.path[:0] = {paths!r}
from seal.memory.store import MemoryStore, schema
name, real = {name!r}, getattr(schema, {name!r})
def killed(*given):
    real(*given)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(schema, name, killed)
MemoryStore({path!r})
"""


@pytest.mark.parametrize("name", ["create", "add_all"])
def test_who_is_killed_amid_the_change_of_version_leaves_the_old_one(tmp_path: Path, name: str) -> None:
    ids = old_store(tmp_path)
    code = KILLED.format(paths=[str(TESTS), str(TESTS.parent)], name=name, path=str(tmp_path))
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    assert version(tmp_path) == 1
    with MemoryStore(tmp_path) as store:
        assert store.ids() == tuple(ids[::-1]) and version(tmp_path) == schema.VERSION


FULL_OLD = """
import sqlite3, shutil
from pathlib import Path
from test_store import MemoryStore, run
from test_store_many import old_store, version
from small_disk import fill
here = Path("store").absolute()
ids = old_store(here, 200, "x" * 4000)
fill(here)
with MemoryStore(here) as store:
    assert version(here) == 1, "there was room"
    assert store.ids() == tuple(ids[::-1]) and store.count(text="what is 11") == 11
    assert store.get(ids[5]).question.startswith("What is 05?")
    assert store.delete(ids[0]) == ids[0] and store.count() == 199
    assert store.delete_where(text="what is 19") == 11 and store.count() == 188
    (here / "rest").unlink()
    new = store.put(run("new"))
    assert store.ids()[0] == new
with MemoryStore(here) as store:
    print(version(here), store.count(), store.ids()[0] == new)
"""


def test_a_full_disk_leaves_a_store_of_version_1_as_it_is_and_in_use(tmp_path: Path) -> None:
    assert in_small_disk(tmp_path, FULL_OLD, 16384) == f"{schema.VERSION} 189 True"


# --- the command line -----------------------------------------------------------------------------------------


def seal(folder: Path, *arguments: str, said: str = "") -> Any:
    return CliRunner().invoke(
        app, ["runs", "--store", str(folder), *arguments], input=said, env={"COLUMNS": "200"}
    )


def test_runs_are_listed_and_counted_by_filters(tmp_path: Path, store: MemoryStore) -> None:
    folder = tmp_path / "store"
    assert seal(folder, "--text", "what is 1", "--count").stdout == "10\n"
    told = seal(
        folder,
        "--image",
        "0" * 64,
        "--status",
        "cannot_tell",
        "--since",
        at(30)[:16],
        "-n",
        "2",
        "--offset",
        "1",
    )
    assert re.findall(r"What is (\d+)", told.stdout) == ["39"]
    assert "No run is like that." in seal(folder, "--text", "unicorn").stderr
    assert isinstance(seal(folder, "--since", "soon").exception, SettingError)


def test_deleting_by_filter_asks_first(tmp_path: Path, store: MemoryStore) -> None:
    folder = tmp_path / "store"
    for said in ("n\n", "", "\n"):
        told = seal(folder, "delete", "--text", "what is 1", said=said)
        assert (
            "Delete 10 runs of" in told.stderr and "Nothing is deleted" in told.stderr and store.count() == 60
        )
    assert (
        "Deleted 10 runs" in seal(folder, "delete", "--text", "what is 1", said="y\n").stderr
        and store.count() == 50
    )
    assert (
        "Deleted 5 runs" in seal(folder, "delete", "--until", at(5), "--yes").stderr and store.count() == 45
    )
    assert "No run is like that" in seal(folder, "delete", "--until", at(5), "--yes").stderr
    for wrong in ((), ("abcd", "--text", "a")):
        assert isinstance(seal(folder, "delete", *wrong).exception, SettingError)


def test_limits_are_set_and_told(tmp_path: Path, store: MemoryStore) -> None:
    folder = tmp_path / "store"
    assert "60 runs" in (told := seal(folder, "limit").stdout) and "limit: none" in told
    assert "Nothing is changed" in seal(folder, "limit", "--runs", "20", said="no\n").stderr
    assert store.count() == 60 and store.limits == Limits()
    told = seal(folder, "limit", "--runs", "20", "--megabytes", "500", "--yes")
    assert "Deleted the oldest 40 runs." in told.stderr and "limit: 20 runs and 500 MB" in told.stdout
    assert store.limits == Limits(20, 500_000_000) and store.count() == 20
    assert "limit: none" in seal(folder, "limit", "--off").stdout and store.limits == Limits()
    for wrong in (("--off", "--runs", "5"), ("--megabytes", "nan"), ("--megabytes", "0")):
        assert isinstance(seal(folder, "limit", *wrong).exception, SettingError)
