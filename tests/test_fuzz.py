"""The fuzzer sees faults, hangs and crashes, names their seeds, goes on after them, and makes the same case again."""

from __future__ import annotations

import json
import os
import time
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import pytest
from fuzz import __main__ as fuzzer
from fuzz.child import isolate
from fuzz.mutate import changed_bytes, changed_json, changed_text


def bad_child(kind: str, pipe: Connection, said: str) -> None:
    """Fails as its seeds say: 1 a fault, 2 a hang, 3 a crash, 4 an end without a word."""
    pipe.send("ready")
    for seed in iter(pipe.recv, None):
        if seed == 2:
            time.sleep(600)
        if seed == 3:
            Path(said).write_text("somewhere in C\n")
            os.abort()
        if seed == 4:
            os._exit(7)
        pipe.send("ValueError: no" if seed == 1 else "")


def no_child(kind: str, pipe: Connection, said: str) -> None:
    """Cannot begin."""
    raise SystemExit(5)


def test_faults_hangs_and_crashes_are_named_and_the_rest_is_tried(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(fuzzer, "child", bad_child)
    monkeypatch.setattr(fuzzer, "SEEDS", tmp_path / "seeds.txt")
    assert (
        fuzzer.main(["--kind", "cache", "--seed", "0", "--cases", "7", "--minutes", "5", "--limit", "3"]) == 1
    )
    said = capsys.readouterr().out
    faults = {1: "ValueError: no", 2: "hang (over 3 s)", 3: "crash (signal 6)", 4: "crash (exit code 7)"}
    for seed, fault in faults.items():
        assert f"cache: {fault}\n    python -m tests.fuzz --kind cache --seed {seed} --cases 1\n" in said
    assert "somewhere in C" in said
    assert said.split("seconds\n")[1].split()[:3] == ["cache", "7", "4"]
    assert (tmp_path / "seeds.txt").read_text() == "".join(f"cache {seed}\n" for seed in faults)
    assert (
        fuzzer.main(["--kind", "cache", "--kind", "store", "--cases", "4", "--minutes", "5", "--limit", "3"])
        == 1
        and "cache            4       4" in capsys.readouterr().out
    )  # those first


def test_a_kind_that_cannot_begin_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(fuzzer, "child", no_child)
    monkeypatch.setattr(fuzzer, "SEEDS", tmp_path / "seeds.txt")
    assert (
        fuzzer.main(["--kind", "json", "--cases", "1"]) == 1
        and "could not begin: crash (exit code 5)" in capsys.readouterr().out
    )
    assert not (tmp_path / "seeds.txt").exists()


def test_a_seed_gives_the_same_case_again() -> None:
    value = {"a": [1, 2.5, {"b": "text of some words"}], "c": None}
    data = json.dumps(value).encode()
    seen = set()
    for seed in range(200):
        made = [
            (
                json.dumps(changed_json(Random(seed), value)),
                changed_bytes(Random(seed), data),
                changed_text(Random(seed), "text of some words"),
            )
            for _ in range(2)
        ]
        assert made[0] == made[1]
        seen.add(made[0])
    assert len(seen) > 190
    assert value == json.loads(data)


def test_what_failed_once_can_be_tried_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds = tmp_path / "seeds.txt"
    seeds.write_text("# kind, seed\nreplay 5\nreplay 6\n")
    for name in ("look_cache", "store"):  # the user's, which no case touches
        monkeypatch.setenv(f"SEAL_{name.upper()}", str(tmp_path / name))
    monkeypatch.setattr(fuzzer, "SEEDS", seeds)
    assert fuzzer.main(["--kept"]) == 0
    tried = [line.split()[:3] for line in capsys.readouterr().out.splitlines()[-1:]]
    assert tried == [["replay", "2", "0"]]
    assert list(tmp_path.iterdir()) == [seeds]


def test_a_child_has_no_setting_and_no_key_of_the_user(tmp_path: Path) -> None:
    told = {
        "SEAL_STORE": "a",
        "seal_look_cache": "b",
        "SEAL_API_KEY": "c",
        "OPENAI_API_KEY": "d",
        "PATH": "e",
    }
    isolate(told, tmp_path)
    assert sorted(told) == ["PATH", "XDG_CONFIG_HOME", "XDG_DATA_HOME"]
