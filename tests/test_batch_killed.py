"""Batches under fire: commands and workers that are killed at random moments lose nothing and do nothing twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from batch_agents import asked, questions, results, start
from small_disk import in_small_disk

from seal.batch import Recipe, ask_many, crew
from seal.memory.errors import AgentError

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")
COUNT = 200


def kept(folder: Path) -> dict[str, bytes]:
    """Every result by the name of its file."""
    return {file.name: file.read_bytes() for file in (folder / "out" / "items").glob("*.json")}


def wait_for(folder: Path, number: int) -> None:
    """Until so many questions were asked."""
    end = time.monotonic() + 60
    while asked(folder).total() < number:
        assert time.monotonic() < end, "nobody asks"
        time.sleep(0.002)


def killed(process: subprocess.Popen[str]) -> None:
    """SIGKILL for the command alone."""
    process.kill()
    process.communicate()


def pids(folder: Path) -> set[int]:
    """Of all processes that asked."""
    return {int(line.split()[0]) for line in (folder / "log").read_text().splitlines()}


def gone(pid: int) -> bool:
    """Whether a process ends within some seconds."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with suppress(FileNotFoundError):
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state != "Z":
                time.sleep(0.02)
                continue
        return True
    return False


def complete(folder: Path, count: int = COUNT) -> None:
    rows = results(folder)
    assert [row["id"] for row in rows] == [str(i) for i in range(count)]
    assert [row["answer"].split("!")[0] for row in rows] == [f"q{i}" for i in range(count)]
    assert len(kept(folder)) == count
    assert [*(folder / "out" / "leases").iterdir()] == []


def test_two_commands_killed_at_random_moments_lose_nothing_and_do_nothing_twice(tmp_path: Path) -> None:
    questions(tmp_path, [f"q{i}" for i in range(COUNT)])
    moments, seen, kills = random.Random(7), dict[str, bytes](), 0
    for round_ in range(4):
        pair = [start(tmp_path), start(tmp_path)]
        wait_for(tmp_path, asked(tmp_path).total() + 1 + moments.randrange(30))
        for process in pair:
            time.sleep(moments.random() * 0.02)
            killed(process)
            kills += 1
        assert not seen.items() - kept(tmp_path).items(), f"round {round_}: a result was lost or changed"
        seen = kept(tmp_path)
        for name, data in seen.items():
            assert json.loads(data)["id"] == name.removesuffix(".json")
    assert 0 < len(seen) < COUNT
    pair = [start(tmp_path), start(tmp_path)]
    ended = [process.communicate(timeout=120) for process in pair]
    assert [process.returncode for process in pair] == [0, 0], ended
    assert not seen.items() - kept(tmp_path).items()
    complete(tmp_path)
    assert COUNT <= asked(tmp_path).total() <= COUNT + kills  # an item more for each that was killed, at most


def test_workers_that_are_killed_are_replaced(tmp_path: Path) -> None:
    questions(tmp_path, [f"q{i}" for i in range(COUNT)])
    run = start(tmp_path, "--workers", 2, SLOW_SECONDS="0.01")
    moments, kills, hit = random.Random(3), 3, set[int]()
    for number in range(kills):
        wait_for(tmp_path, 30 + 30 * number + moments.randrange(20))
        victim = moments.choice(sorted(pids(tmp_path) - hit))
        hit.add(victim)
        os.kill(victim, signal.SIGKILL)
    out, errors = run.communicate(timeout=120)
    assert (run.returncode, errors) == (0, ""), out
    complete(tmp_path)
    assert asked(tmp_path).total() <= COUNT + kills
    assert len(pids(tmp_path)) > 2


def test_workers_end_with_a_command_that_is_killed_and_the_next_goes_on(tmp_path: Path) -> None:
    questions(tmp_path, [f"q{i}" for i in range(COUNT)])
    run = start(tmp_path, "--workers", 2)
    wait_for(tmp_path, 40)
    killed(run)
    assert all(map(gone, pids(tmp_path)))
    left = COUNT - len(kept(tmp_path))
    before = asked(tmp_path).total()
    assert start(tmp_path).communicate(timeout=120)[0].startswith(f"{COUNT} items: {COUNT} answered")
    complete(tmp_path)
    assert asked(tmp_path).total() - before == left


def test_an_item_that_kills_its_workers_has_an_error_and_the_others_go_on(tmp_path: Path) -> None:
    questions(tmp_path, ["q0", "kill me", *(f"q{i}" for i in range(2, 8))])
    run = start(tmp_path, "--workers", 2)
    _, errors = run.communicate(timeout=120)
    assert run.returncode == 3 and "died with this item" in errors, errors
    rows = results(tmp_path)
    assert [row["status"] for row in rows] == ["answered", "error", *["answered"] * 6]
    assert asked(tmp_path)["kill me"] == rows[1]["tries"] == 2


def test_workers_that_die_one_after_the_other_stop_the_batch(tmp_path: Path) -> None:
    questions(tmp_path, ["kill 0", "kill 1", "kill 2", "kill 3", "kill 4"])
    run = start(tmp_path, "--workers", 2)
    out, errors = run.communicate(timeout=120)
    assert run.returncode == 3 and errors.count("\n") == 1 and "exit code -9" in errors, errors
    assert out == "" and len(kept(tmp_path)) < 5


def test_workers_that_cannot_start_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "_START", "import sys; sys.exit('no such thing as {}')")
    file = questions(tmp_path, ["q0", "q1"])
    with pytest.raises(AgentError, match=r"exit code 1: no such thing as seal\.batch\.worker"):
        ask_many(file, tmp_path / "out", Recipe(vqa="reader", localizer="pdf"), workers=2)


def test_workers_end_by_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    codes, end = list[int | None](), crew._Worker.end

    def noted(worker: crew._Worker) -> None:
        codes.append(worker.process.returncode)
        end(worker)

    monkeypatch.setattr(crew._Worker, "end", noted)
    file = questions(tmp_path, [f"q{i}" for i in range(5)], page=9)
    recipe = Recipe(vqa="reader", localizer="pdf")
    assert ask_many(file, tmp_path / "out", recipe, workers=2).statuses == {"error": 5}
    assert codes == [0, 0]


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_ends_what_is_begun_and_no_more(tmp_path: Path, workers: int) -> None:
    questions(tmp_path, [f"q{i}" for i in range(30)])
    run = start(tmp_path, "--workers", workers, SLOW_SECONDS="0.15")
    wait_for(tmp_path, 4)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: everybody in the group
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 130 and "the same command goes on" in errors
    assert "Traceback" not in errors
    done = kept(tmp_path)
    assert len(done) == asked(tmp_path).total() < 30  # what was begun was kept
    assert all(map(gone, pids(tmp_path)))
    assert not (tmp_path / "out" / "results.jsonl").exists()
    assert start(tmp_path).communicate(timeout=120)[0].startswith("30 items: 30 answered")
    complete(tmp_path, 30)
    assert asked(tmp_path).total() == 30


def test_a_second_ctrl_c_ends_it_at_once(tmp_path: Path) -> None:
    questions(tmp_path, ["q0", "q1", "q2"])
    run = start(tmp_path, "--workers", 2, SLOW_SECONDS="60")
    wait_for(tmp_path, 2)
    os.killpg(run.pid, signal.SIGINT)
    time.sleep(0.5)
    os.killpg(run.pid, signal.SIGINT)
    run.communicate(timeout=20)
    assert run.returncode != 0 and kept(tmp_path) == {}
    assert all(map(gone, pids(tmp_path)))


def test_a_full_disk_stops_it_with_one_line_and_it_goes_on_later(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    code = f"""
import json, os
from pathlib import Path
from batch_agents import asked, questions, results, start
here = Path({str(tmp_path)!r})
questions(here, [f"q{{i}}" for i in range(40)])
out = Path.cwd() / "disk"
out.mkdir()
(here / "out").symlink_to(out)
(out.parent / "ballast").write_bytes(bytes(300 << 10))
first = start(here, "--workers", 2)
errors = first.communicate()[1]
done = len(list((out / "items").glob("*.json")))
for part in (out / "items").glob("*.part"):
    raise SystemExit(f"{{part}} was left")
(out.parent / "ballast").unlink()
second = start(here)
second.communicate()
print(json.dumps([first.returncode, errors, done, second.returncode, len(results(here)), asked(here).total()]))
"""
    code_, errors, done, again, count, total = json.loads(in_small_disk(tmp_path / "small", code, 420))
    assert code_ == 2 and errors.count("\n") == 1 and "No space left" in errors and "goes on" in errors
    assert 0 < done < 40 and again == 0 and count == 40
    assert 40 <= total <= 42  # the items that found no room
