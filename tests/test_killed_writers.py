"""`kill -9` while four processes write one store and one cache of looks: what was acknowledged is there, and whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from test_disk import pages_of
from test_store import MemoryStore, run

from seal.agents.contracts import Sighting
from seal.agents.look_files import LookFiles
from seal.agents.readings import Readings
from seal.memory.image import Image

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")

WRITERS, ROUNDS = 4, 4
NONE = Sighting(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))


def page(writer: str) -> Image:
    return Image.open(np.full((8, 8, 3), sum(map(ord, writer)) % 256, np.uint8))


def write(folder: Path, writer: str) -> None:
    """Put runs, looks and pages without an end, and say of each that it is kept."""
    looks = LookFiles(folder / "looks", 1 << 30)
    readings = Readings(folder / "looks", writer)
    with MemoryStore(folder / "store") as store:
        for i in range(10**6):
            name = f"{writer}-{i}"
            store.put(run(name, shade=i % 250))
            looks.put(name, "eyes", NONE)
            readings.put(pages_of(page(writer)))
            os.write(1, f"{name}\n".encode())  # at once, and in one piece


def kill_again_and_again(folder: Path, seed: int) -> None:
    """Rounds of four writers, each killed at a moment of its own."""
    chance = random.Random(seed)
    for turn in range(ROUNDS):
        writers = []
        for w in range(WRITERS):
            writers.append(os.fork())
            if not writers[-1]:
                write(folder, f"{turn}{w}")
        while not all((folder / "looks" / f"{turn}{w}-2.look").exists() for w in range(WRITERS)):
            time.sleep(0.01)
        for writer in chance.sample(writers, WRITERS):
            time.sleep(chance.random() * 0.03)
            os.kill(writer, signal.SIGKILL)
            os.waitpid(writer, 0)


CODE = """
import sys
sys.path[:0] = {paths!r}
import test_killed_writers as t
t.kill_again_and_again(t.Path({path!r}), 7)
"""


def test_four_killed_writers_leave_all_that_they_were_told_is_kept(tmp_path: Path) -> None:
    (tmp_path / "looks").mkdir()
    MemoryStore(tmp_path / "store").close()
    tests = Path(__file__).parent
    code = CODE.format(paths=[str(tests), str(tests.parent)], path=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    told = done.stdout.split()
    assert len({name.split("-")[0] for name in told}) == ROUNDS * WRITERS
    with MemoryStore(tmp_path / "store") as store:
        runs = store.list(10**6)
        assert {r.question for r in runs} >= set(told)
        assert len(runs) <= len(told) + ROUNDS * WRITERS  # each was at one more at most
        assert all(store.get(r.id).memory.question == r.question for r in runs)
        store.sweep()
        assert store.get(store.put(run("after"))).question == "after"
    looks = LookFiles(tmp_path / "looks", 1 << 30)
    assert all(looks.get(name, "eyes") is not None for name in told)
    for writer in {name.split("-")[0] for name in told}:
        assert Readings(tmp_path / "looks", writer).get(page(writer)) is not None
