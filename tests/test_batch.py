"""Batches in one process: what a file may hold, what a folder keeps, what is refused, and what goes on."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from batch_agents import questions
from small_disk import read_only
from typer.testing import CliRunner

from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.batch import Recipe, Standing, ask_many, work
from seal.batch.items import read_batch
from seal.batch.lease import lease
from seal.cli.app import app
from seal.memory import disk
from seal.memory.errors import AgentError, InputError, MissingExtraError, SettingError, StoreError
from seal.memory.geometry import Box
from seal.orchestrator import Seal
from seal.settings import Budget

GOOD = {"image": "a.png", "question": "q"}


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "PAUSE", 0.0)


class Scripted(ScriptedVQA):
    """Answers each question with itself and how often it was asked; of "fail N", the first N times raise."""

    def __init__(self) -> None:
        super().__init__(needs=lambda *_: ["cup"], answers=self._answer)

    def _answer(self, memory: Any, _: Any) -> str:
        question = memory.question
        asked = sum(call.method == "tell" and call.about == question for call in self.calls)
        if (failing := re.match(r"fail (\d+)", question)) and asked <= int(failing[1]):
            raise RuntimeError(f"no power\nat {question}")
        if question == "extra":
            raise MissingExtraError("pip install 'seal[large]'")
        return str(memory.options[0]) if memory.options else f"{question} {asked}"


def sealed(**more: Any) -> Seal:
    return Seal(Scripted(), FakeLocalizer({"cup": [Box(4, 4, 16, 16)]}), budget=Budget(looks=4), **more)


def written(folder: Path, *rows: object) -> Path:
    """A file with these lines: text as it is, anything else as JSON."""
    PIL.Image.new("RGB", (32, 32), "white").save(folder / "a.png")
    file = folder / "q.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def rows_of(standing: Standing) -> list[dict[str, Any]]:
    assert standing.results is not None
    return [json.loads(line) for line in standing.results.read_text().splitlines()]


# --- the file -----------------------------------------------------------------------------------------------

BAD = {
    "no JSON": ("{", "an object of JSON"),
    "no object": ("[1]", "an object of JSON is expected"),
    "no image": ({"question": "q"}, "image"),
    "empty image": ({"image": "", "question": "q"}, "image"),
    "no question": ({"image": "a.png"}, "a question is expected, or targets"),
    "both": (GOOD | {"targets": ["cup"]}, "not both"),
    "empty question": (GOOD | {"question": " "}, "question is empty"),
    "number for a question": (GOOD | {"question": 7}, "question = 7"),
    "one option": (GOOD | {"options": ["a"]}, "options"),
    "doubled options": (GOOD | {"options": ["a", "a "]}, "given once"),
    "options of targets": (
        {"image": "a.png", "targets": ["cup"], "options": ["a", "b"]},
        "targets have none",
    ),
    "no target": ({"image": "a.png", "targets": []}, "targets"),
    "empty target": ({"image": "a.png", "targets": [" "]}, "at least one target"),
    "page 0": (GOOD | {"page": 0}, "page = 0"),
    "true for a page": (GOOD | {"page": True}, "page = True"),
    "unknown key": (GOOD | {"optoins": ["a", "b"]}, "optoins"),
    "empty id": (GOOD | {"id": ""}, "id"),
    "half a character": ('{"image": "\\ud800", "question": "q"}', "unicode"),
    "deep": ("[" * 100_000, "JSON"),
}


@pytest.mark.parametrize(("row", "why"), BAD.values(), ids=BAD)
def test_a_bad_line_is_told_by_its_number_and_the_rest_goes_on(tmp_path: Path, row: object, why: str) -> None:
    batch = read_batch(written(tmp_path, GOOD, "", row, GOOD | {"page": 1}))
    assert [item.line for item in batch.items] == [1, 4]
    (bad,) = batch.bad
    assert bad.line == 3 and why in bad.reason and "\n" not in bad.reason and len(bad.reason) < 400


def test_bytes_that_are_no_text_are_a_bad_line(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    good = json.dumps(GOOD).encode()
    file.write_bytes(b"\xef\xbb\xbf" + good + b"\r\n" + good.replace(b"q", b"\xff") + b"\n" + good[:-4])
    batch = read_batch(file)
    assert [item.line for item in batch.items] == [1] and [bad.line for bad in batch.bad] == [2, 3]


def test_ids_come_from_what_is_asked(tmp_path: Path) -> None:
    rows = [GOOD, GOOD | {"page": 2}, GOOD | {"options": ["a", "b"]}, GOOD | {"question": "p"}]
    first = [item.id for item in read_batch(written(tmp_path, *rows)).items]
    again = [item.id for item in read_batch(written(tmp_path, *reversed(rows))).items]
    assert first == again[::-1] and len(set(first)) == 4
    spaced = written(tmp_path, '{"question":  " q", "image": "a.png"}')
    assert read_batch(spaced).items[0].id == first[0]


DOUBLED = {
    "the same id": (
        [GOOD | {"id": "x"}, {}, GOOD | {"id": "x", "page": 2}],
        "lines 1 and 3 have the same id 'x'",
    ),
    "the same question": ([GOOD, GOOD], "lines 1 and 2 ask the same"),
}


@pytest.mark.parametrize(("rows", "why"), DOUBLED.values(), ids=DOUBLED)
def test_doubled_ids_are_refused_with_both_lines(tmp_path: Path, rows: list[object], why: str) -> None:
    with pytest.raises(InputError, match=why):
        ask_many(written(tmp_path, *rows), tmp_path / "out", sealed())
    assert not (tmp_path / "out").exists()


def test_every_id_has_a_file_name_of_its_own(tmp_path: Path) -> None:
    ids = ["a", "A", "../a", "a/b", "a b", ".", "..", "é", "x" * 150, "a~1", "a-1.json"]
    standing = ask_many(written(tmp_path, *(GOOD | {"id": i} for i in ids)), tmp_path / "out", sealed())
    names = [file.name for file in (tmp_path / "out" / "items").iterdir()]
    assert len({name.lower() for name in names}) == len(ids) and all(len(name) < 120 for name in names)
    assert {row["id"] for row in rows_of(standing)} == set(ids)
    assert not (tmp_path / "a").exists() and not (tmp_path / "out" / "a.json").exists()


# --- one run ------------------------------------------------------------------------------------------------


def test_results_stand_in_the_order_of_the_file_with_errors_and_bad_lines(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    file = written(
        tmp_path,
        GOOD | {"id": "z"},
        {"id": "there", "image": "a.png", "targets": ["cup"]},
        {"id": "partly", "image": str(tmp_path / "a.png"), "targets": ["cup", "hat"]},
        "no line",
        GOOD | {"id": "choice", "options": ["left", "right"]},
        GOOD | {"id": "missing", "image": "none.png"},
        GOOD | {"id": "broken", "image": "broken.png"},
        GOOD | {"id": "address", "image": "https://example.org/a.png"},
        GOOD | {"id": "page", "page": 2},
        GOOD | {"id": "a"},
    )
    seen = list[Standing]()
    standing = ask_many(file, tmp_path / "out", sealed(), on_change=seen.append)
    rows = rows_of(standing)
    assert [row["line"] for row in rows] == [*range(1, 11)]
    told = [(row.get("id"), row["status"], row.get("answer")) for row in rows]
    assert told[0] == ("z", "answered", "q 1") and told[4] == ("choice", "answered", "left")
    assert [status for _, status, _ in told[1:3]] == ["found", "partly_found"]
    assert told[9] == ("a", "answered", "q 3")
    assert rows[1]["result"]["targets"][0]["box"]["x"] == 4
    assert [rows[i]["error"]["code"] for i in (3, 5, 6, 7, 8)] == [2] * 5
    assert "no such file" in rows[5]["error"]["message"] and rows[5]["error"]["kind"] == "ImageError"
    assert [rows[i]["tries"] for i in (5, 6, 7, 8)] == [1] * 4
    assert "addresses are not fetched" in rows[7]["error"]["message"]
    assert [failed.line for failed in standing.errors] == [6, 7, 8, 9]
    assert (
        standing.code == 2 and standing.statuses["error"] == 4 and [bad.line for bad in standing.bad] == [4]
    )
    assert [now.done for now in seen] == [*range(10)] and {now.total for now in seen} == {9}
    assert not list((tmp_path / "out" / "leases").iterdir())


CODES = {
    "answered": (["q"], 0),
    "not found": ([["hat"]], 1),
    "an agent failed": (["q", "fail 9", ["hat"]], 3),
}


@pytest.mark.parametrize(("asked", "code"), CODES.values(), ids=CODES)
def test_the_code_is_the_worst_of_all(tmp_path: Path, asked: list[Any], code: int) -> None:
    rows = [{"image": "a.png", "question" if isinstance(a, str) else "targets": a} for a in asked]
    file = written(tmp_path, *rows)
    assert ask_many(file, tmp_path / "out", sealed()).code == code
    assert ask_many(file, tmp_path / "out", sealed()).code == code  # from what was kept


def test_errors_are_tried_again_within_a_run_and_on_request(tmp_path: Path) -> None:
    seal, out = sealed(), tmp_path / "out"
    file = questions(tmp_path, ["fail 1", "fail 4", "q"])

    def run(**more: Any) -> list[tuple[str, int]]:
        return [(row["status"], row["tries"]) for row in rows_of(ask_many(file, out, seal, **more))]

    assert run() == [("answered", 2), ("error", 2), ("answered", 1)]
    assert "no power" in rows_of(ask_many(file, out, seal))[1]["error"]["message"]
    assert run() == [("answered", 2), ("error", 2), ("answered", 1)]
    assert run(retry_errors=True, tries=1) == [("answered", 2), ("error", 3), ("answered", 1)]
    assert run(retry_errors=True) == [("answered", 2), ("answered", 5), ("answered", 1)]
    calls = len(seal.vqa.inner.calls)  # type: ignore[attr-defined]
    assert run(retry_errors=True)[1] == ("answered", 5)
    assert len(seal.vqa.inner.calls) == calls  # type: ignore[attr-defined]


def test_what_every_item_would_meet_ends_the_run_and_costs_nothing_that_is_done(tmp_path: Path) -> None:
    file = questions(tmp_path, ["q", "extra", "p"])
    with pytest.raises(MissingExtraError, match="pip install"):
        ask_many(file, tmp_path / "out", sealed())
    assert [f.name for f in (tmp_path / "out" / "items").iterdir()] == ["0.json"]
    assert not (tmp_path / "out" / "results.jsonl").exists()


def test_it_stops_between_items_and_goes_on(tmp_path: Path) -> None:
    file, seal, seen = questions(tmp_path, [f"q{i}" for i in range(5)]), sealed(), list[Standing]()
    stopped = ask_many(
        file, tmp_path / "out", seal, on_change=seen.append, cancelled=lambda: seen[-1].done == 2
    )
    assert (stopped.done, stopped.results) == (2, None)
    ended = ask_many(file, tmp_path / "out", seal)
    assert (ended.before, ended.done) == (2, 5)
    assert [row["answer"] for row in rows_of(ended)] == [f"q{i} 1" for i in range(5)]


# --- the folder ---------------------------------------------------------------------------------------------


def _with_file(out: Path) -> None:
    out.mkdir()
    (out / "thesis.txt").write_text("mine")


def _damaged(out: Path) -> None:
    out.mkdir()
    (out / "batch.json").write_text('{"schema_version": 1, "conf')


OTHERS: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "other configuration": (
        lambda file, out: ask_many(questions(file.parent, ["q0"]), out, sealed(policy="whole")),
        r"another configuration \(policy: 'whole', now 'vstar'\)",
    ),
    "an item gone": (
        lambda file, out: ask_many(questions(file.parent, ["q0", "q1", "q2"]), out, sealed()),
        r"another batch \(1 of its items not in the file now: 2\)",
    ),
    "an item changed": (
        lambda file, out: ask_many(questions(file.parent, ["q0", "p"]), out, sealed()),
        r"another batch \(1 changed: 1\)",
    ),
    "other files": (lambda _, out: _with_file(out), "other files .*thesis.txt"),
    "a file": (lambda _, out: out.write_text("mine"), "this is a file"),
    "damaged": (lambda _, out: _damaged(out), "damaged"),
}


@pytest.mark.parametrize(("before", "why"), OTHERS.values(), ids=OTHERS)
def test_a_folder_of_something_else_is_refused_and_left_as_it_is(
    tmp_path: Path, before: Callable[[Path, Path], object], why: str
) -> None:
    (tmp_path / "set").mkdir()
    file, out = tmp_path / "set" / "q.jsonl", tmp_path / "out"
    before(file, out)
    file = questions(tmp_path / "set", ["q0", "q1"])

    def content() -> dict[str, bytes]:
        paths = [out] if out.is_file() else [path for path in out.rglob("*") if path.is_file()]
        return {str(path): path.read_bytes() for path in paths}

    was = content()
    with pytest.raises(InputError, match=why) as raised:
        ask_many(file, out, sealed())
    assert "--force-new" in str(raised.value)
    for _ in range(2):  # the second time, the new folder is the one to go on with
        standing = ask_many(file, out, sealed(), force_new=True)
        assert standing.folder == tmp_path / "out-2" and standing.done == 2
    assert standing.before == 2 and not (tmp_path / "out-3").exists()
    assert content() == was and was


def test_items_may_be_added_and_bad_lines_mended(tmp_path: Path) -> None:
    rows, out, seal = [GOOD | {"id": "0"}, "{", GOOD | {"id": "2", "page": 1}], tmp_path / "out", sealed()
    first = ask_many(written(tmp_path, *rows), out, seal)
    assert (first.code, first.done) == (2, 2)
    rows[1] = GOOD | {"id": "1", "question": "p"}
    second = ask_many(written(tmp_path, *rows, GOOD | {"id": "3", "question": "r"}), out, seal)
    assert (second.code, second.before, second.done) == (0, 2, 4)
    assert [row["answer"] for row in rows_of(second)] == ["q 1", "p 1", "q 2", "r 1"]


def test_what_a_killed_process_left_of_a_lease_is_removed_and_what_is_held_stays(tmp_path: Path) -> None:
    """A process may be killed between the result of an item and the end of its lease, which nobody takes again then."""
    out, seal = tmp_path / "out", sealed()
    file = written(tmp_path, GOOD | {"id": "0"})
    ask_many(file, out, seal)
    left, held = out / "leases" / "0", out / "leases" / "1"
    left.touch()
    with lease(held) as ours:
        assert ours and ask_many(file, out, seal).code == 0
        assert [path.name for path in (out / "leases").iterdir()] == ["1"]


@pytest.mark.parametrize("torn", [b"", b'{"schema_version": 1, "id": "1"', b"\0" * 900, b"[]"])
def test_a_torn_result_is_set_aside_and_made_anew(tmp_path: Path, torn: bytes) -> None:
    file, seal, items = questions(tmp_path, ["q0", "q1", "q2"]), sealed(), tmp_path / "out" / "items"
    ask_many(file, tmp_path / "out", seal)
    (items / "1.json").write_bytes(torn)
    (items / "2.json.abc.part").write_bytes(b"half a re")
    standing = ask_many(file, tmp_path / "out", seal)
    assert standing.damaged == ("1",) and standing.before == 2
    assert [row["answer"] for row in rows_of(standing)] == ["q0 1", "q1 2", "q2 1"]
    (aside,) = items.glob("1.json.damaged-*")
    assert aside.read_bytes() == torn


def test_the_result_of_another_item_is_none(tmp_path: Path) -> None:
    file, seal, items = questions(tmp_path, ["q0", "q1"]), sealed(), tmp_path / "out" / "items"
    ask_many(file, tmp_path / "out", seal)
    (items / "1.json").write_bytes((items / "0.json").read_bytes())
    assert [row["answer"] for row in rows_of(ask_many(file, tmp_path / "out", seal))] == ["q0 1", "q1 2"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    code = """
from batch_agents import questions
from pathlib import Path
from seal.cli.app import main
import sys
sys.stderr = sys.stdout
sys.argv = ["seal", "ask-many", "q.jsonl", "--out", "out", "--vqa", "reader", "--localizer", "pdf"]
try:
    main()
except SystemExit as end:
    print(end.code)
"""
    questions(tmp_path, ["q"])
    told, code_ = read_only(tmp_path, code).splitlines()
    assert code_ == "2" and "results cannot be kept here (Read-only file system)" in told


def test_a_disk_that_is_full_is_told_and_nothing_half_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, out, real = questions(tmp_path, ["q0", "q1"]), tmp_path / "out", disk.os.fsync
    ask_many(written(tmp_path, GOOD | {"id": "0", "question": "q0"}), out, sealed())
    file = questions(tmp_path, ["q0", "q1"])

    def full(handle: int) -> None:
        if Path(f"/proc/self/fd/{handle}").readlink().name.startswith("1.json"):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(disk.os, "fsync", full)
    with pytest.raises(StoreError, match=r"No space left.*the same command goes on"):
        ask_many(file, out, sealed())
    assert [f.name for f in (out / "items").iterdir()] == ["0.json"]
    monkeypatch.undo()
    assert ask_many(file, out, sealed()).done == 2


# --- leases, files, settings --------------------------------------------------------------------------------


def test_a_lease_has_one_holder_and_says_who(tmp_path: Path) -> None:
    path = tmp_path / "lease"
    path.write_text("what a killed process left")
    with lease(path) as ours:
        assert ours and json.loads(path.read_text())["pid"] == os.getpid()
        with lease(path) as second:
            assert not second
        assert path.exists()
    assert not path.exists()
    with lease(path) as again:
        assert again


def test_a_lease_of_a_file_that_was_just_deleted_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The holder ends, and deletes the file, between the opening and the locking of the next one."""
    from seal.batch import lease as module

    path, lock, locked = tmp_path / "lease", module._lock, list[int]()

    def late(handle: int, wait: bool) -> None:
        if not locked:
            path.unlink()
        locked.append(handle)
        lock(handle, wait)

    monkeypatch.setattr(module, "_lock", late)
    with lease(path) as ours:
        assert ours and len(locked) == 2 and json.loads(path.read_text())


@pytest.mark.parametrize("links", [True, False])
def test_a_new_file_is_written_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:

        def none(*_: object) -> None:
            raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(disk.os, "link", none)
    file = tmp_path / "f"
    assert disk.write_new(file, [b"a", b"b"]) and not disk.write_new(file, b"c")
    assert file.read_bytes() == b"ab" and [path.name for path in tmp_path.iterdir()] == ["f"]


def test_several_workers_need_agents_by_name(tmp_path: Path) -> None:
    file = questions(tmp_path, ["q"])
    with pytest.raises(SettingError, match="Recipe"):
        ask_many(file, tmp_path / "out", sealed(), workers=2)
    with pytest.raises(SettingError, match="workers must be from 1"):
        ask_many(file, tmp_path / "out", sealed(), workers=0)
    with pytest.raises(AgentError, match=r"gone\.jsonl"):
        ask_many(file, tmp_path / "out", Recipe(vqa=f"replay:{tmp_path}/gone.jsonl"))
    assert not (tmp_path / "out").exists()


# --- the command --------------------------------------------------------------------------------------------


def run(*words: object) -> Any:
    return CliRunner().invoke(app, ["ask-many", *map(str, words), "--localizer", "pdf", "--vqa", "reader"])


def test_the_command_tells_what_it_did(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD | {"image": "none.png"}, "{")
    done = run(file, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert done.stdout.replace("\n", "") == f"1 items: 1 with an error. Results: {tmp_path}/out/results.jsonl"
    assert "line 2: left out" in done.stderr and "line 1: error" in done.stderr
    assert "no such file" in done.stderr
    again = run(file, "--out", tmp_path / "out")
    assert again.exit_code == 2 and "1 of 1 items are done" in again.stderr


@pytest.mark.parametrize(("content", "why"), [(None, "cannot be read"), ("", "no item"), ("{", "line 1")])
def test_the_command_refuses_a_file_without_items(tmp_path: Path, content: str | None, why: str) -> None:
    file = tmp_path / "q.jsonl"
    if content is not None:
        file.write_text(content)
    done = run(file, "--out", tmp_path / "out")
    assert isinstance(done.exception, InputError) and why in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_its_help_has_examples() -> None:
    told = CliRunner().invoke(app, ["ask-many", "--help"]).stdout
    assert "Examples" in told and "seal ask-many questions.jsonl --out answers --workers 2" in " ".join(
        told.split()
    )
