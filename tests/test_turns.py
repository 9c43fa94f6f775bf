"""Threads that want the same thing take turns, and the work is done once; those that want other things do not wait."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from seal.agents import ocr
from seal.agents.contracts import ANY_TEXT
from seal.memory.deadline import Deadline
from seal.memory.errors import OutOfTime
from seal.memory.image import Image
from seal.memory.kept import Kept, Turns


def test_the_least_recently_used_are_forgotten() -> None:
    kept = Kept[str](2)
    for key in "abac":
        kept.get(key, key.upper)
    assert [kept.peek(key) for key in "abc"] == ["A", None, "C"]


def test_what_is_kept_stays_under_its_bytes() -> None:
    kept = Kept[str](9, most=10, weigh=len)
    for key in "ab":
        kept.get(key, lambda: "12345")
    assert kept.get("a", lambda: "not made") == "12345"
    assert kept.get("c", lambda: "1") == "1"
    assert (kept.peek("b"), kept.peek("a"), len(kept)) == (None, "12345", 2)
    assert kept.get("d", lambda: "x" * 11) == "x" * 11 and len(kept) == 0
    kept.get("e", lambda: "1234567890")
    kept.clear()
    kept.get("f", lambda: "1234567890")
    assert kept.peek("f") == "1234567890"


def test_the_same_is_made_once_and_other_things_meanwhile() -> None:
    turns, kept, made = Turns(), Kept[str](9), list[str]()
    both = threading.Barrier(2)  # passed only if two keys are worked at side by side

    def wanted(key: str) -> str:
        def make() -> str:
            both.wait(20)
            made.append(key)
            return key.upper()

        with turns.of(key):
            return kept.get(key, make)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(wanted, "abababab")) == list("ABABABAB")
    assert sorted(made) == ["a", "b"]
    assert turns._waiting == {}


def test_a_turn_ends_with_an_error_and_is_not_waited_for_beyond_the_deadline() -> None:
    turns = Turns()
    with pytest.raises(ValueError), turns.of("key"):
        raise ValueError
    with turns.of("key"), ThreadPoolExecutor(1) as pool:

        def late() -> None:
            with Deadline.after(0.1).in_force(), turns.of("key"):
                raise AssertionError("it was not its turn")

        with pytest.raises(OutOfTime):
            pool.submit(late).result()
    assert turns._waiting == {}


class Counting:
    """An OCR engine that finds one line in a view, and counts."""

    def __init__(self) -> None:
        self.detected = self.read = 0

    def expect(self, pixels: float) -> None:
        pass

    def detect(self, view: np.ndarray, tiles: object) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
        self.detected += 1
        return np.array([[[10, 10], [90, 10], [90, 30], [10, 30]]], np.float32), np.ones(
            view.shape[:2], np.float32
        )

    def read_each(self, lines, readings):  # type: ignore[no-untyped-def]
        for _, corners in lines:
            self.read += 1
            yield ocr.Reading("word", np.ones(4, np.float32), np.linspace(0, 1, 5, dtype=np.float32), corners)


def test_threads_that_look_at_one_patch_have_it_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Counting()
    monkeypatch.setattr(ocr, "engine", lambda threads: engine)
    ocr.forget()
    image = Image.open(np.random.default_rng(0).integers(0, 255, (100, 200, 3), np.uint8))
    reader = ocr.load()
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda i: reader.locate([image.patch()], [ANY_TEXT])[0][0].texts, range(16)))
    assert seen == [("word",)] * 16
    assert (engine.detected, engine.read) == (1, 1)
    ocr.forget()
