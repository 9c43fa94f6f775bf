"""Crops and reading windows around targets, and the memory made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal.agents.checked import checked
from seal.agents.contracts import ANY_TEXT, Capabilities, Sighting, Target
from seal.agents.fake import FakeLocalizer
from seal.agents.looker import Looker
from seal.memory.deadline import Deadline
from seal.memory.geometry import Box
from seal.memory.image import Document, Patch, open_document
from seal.memory.working import TextLine
from seal.record.steps import ReadStep
from seal.run.reading import (
    beside,
    crop_box,
    crossing,
    global_image,
    read_around,
    reading_windows,
    remember,
    spelled,
)
from seal.search.outcome import Instance, TargetOutcome

PAGE = Box(0, 0, 3840, 2160)
ROW, COLUMN = Box(500, 800, 120, 20), Box(2900, 300, 90, 20)


@pytest.fixture(scope="module")
def document() -> Document:
    return open_document(np.full((2160, 3840, 3), 255, np.uint8))


def outcome(phrase: str, *boxes: Box, complete: bool = True, **target: Any) -> TargetOutcome:
    instances = tuple(Instance(box, 0.9, phrase, 0, 1) for box in boxes)
    status = "found" if boxes else "absent"
    return TargetOutcome(Target(phrase, **target), status, instances, None, complete, 1, 3, 1.0)


def reader(**texts: Box) -> FakeLocalizer:
    able = Capabilities(input_side=1024, smallest_px=4.0, reads_text=True)
    return FakeLocalizer({k: [b] for k, b in texts.items()}, capabilities=able, texts={k: [k] for k in texts})


@given(st.tuples(st.floats(0, 3800), st.floats(0, 2100), st.floats(1, 900), st.floats(1, 400)))
def test_windows_stay_on_the_page_and_hold_the_target(xywh: tuple[float, float, float, float]) -> None:
    target = Box(*xywh).clipped(PAGE)
    near, *row = reading_windows(target, PAGE, 1024)
    for window in (near, *row, crop_box(target, PAGE, True), crossing(target, COLUMN, PAGE)):
        assert PAGE.contains(window)
    assert near.coverage(target) == pytest.approx(1.0) or target.height > near.height - 1
    assert crop_box(target, PAGE, False).contains(target, slack=1)
    left, right = min(w.x for w in (near, *row)), max(w.x + w.width for w in (near, *row))
    assert (left, right) == (0, 3840)  # the whole row is read


def test_the_cell_where_a_row_crosses_a_column_is_read(document: Document) -> None:
    cell = Box(2910, 801, 70, 18)
    steps: list[ReadStep] = []
    found = [outcome("row", ROW), outcome("column", COLUMN)]
    lines = read_around(found, document, reader(cell=cell), steps.append)
    assert [line.text for line in lines] == ["cell"]
    assert steps and all(max(step.box.size_wh) <= 1024 for step in steps)
    assert crossing(ROW, COLUMN, PAGE).contains(cell)


def test_reading_ends_with_the_time_and_keeps_what_was_read(document: Document) -> None:
    now, cuts, steps = [0.0], [], []

    def read(step: ReadStep) -> None:
        steps.append(step)
        now[0] += 1.0

    for seconds, windows in ((0.0, 0), (0.5, 1)):
        steps.clear()
        with Deadline.after(seconds, clock=lambda: now[0]).in_force():
            lines = read_around([outcome("row", ROW)], document, reader(row=ROW), read, on_cut=cuts.append)
        assert (len(steps), len(lines) > 0) == (windows, windows > 0)
    assert [cut.why for cut in cuts] == ["seconds", "seconds"]


class OneLine(Looker):
    """Reads one line in the middle of whatever is looked at."""

    name, capabilities = "one line", Capabilities(input_side=256, smallest_px=4.0, reads_text=True)

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        boxes = [
            np.array([[w / 2 - 20, h / 2 - 5, w / 2 + 20, h / 2 + 5]], np.float32)
            for w, h in map(size, patches)
        ]
        return [[Sighting(box, np.ones(1, np.float32), texts=("line",))] * len(phrases) for box in boxes]


def size(patch: Patch) -> tuple[float, float]:
    return patch.box.size_wh


def compared(targets: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often one box is compared with another where so many targets are read around and remembered."""
    page = open_document(np.full((60 * targets // 4, 1000, 3), 255, np.uint8))
    found = [outcome(f"label {i}", Box(20 + i % 4 * 240, 10 + i // 4 * 60, 90, 18)) for i in range(targets)]
    asked: Counter[str] = Counter()

    def counted(name: str) -> Callable[..., Any]:
        real = getattr(Box, name)

        def ask(*arguments: Any) -> Any:
            asked[name] += 1
            return real(*arguments)

        return ask

    with monkeypatch.context() as patched:
        for name in ("shared", "coverage", "contains", "iou"):
            patched.setattr(Box, name, counted(name))
        lines = read_around(found, page, OneLine(), lambda step: None)
        remember("?", None, page, found, lines, global_image(page[0]))
    return asked.total()


def test_reading_around_many_targets_costs_in_proportion(monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = compared(100, monkeypatch), compared(400, monkeypatch)
    assert few > 0 and many < 6 * few  # all pairs would be 16 times as many


def test_nothing_is_read_where_nobody_asked(document: Document) -> None:
    found = [outcome("row", ROW, surroundings=False), outcome("gone")]
    assert read_around(found, document, reader(row=ROW), lambda step: None) == ()
    blind = FakeLocalizer({}, capabilities=Capabilities(input_side=512))
    assert read_around([outcome("row", ROW)], document, blind, lambda step: None) == ()


def test_memory_holds_found_and_absent_apart(document: Document) -> None:
    view = global_image(document[0])
    many = [Box(10 + 40 * i, 10, 20, 20) for i in range(30)]
    memory = remember(
        "q",
        None,
        document,
        [outcome("a", ROW), outcome("b"), outcome("c", *many, instances="all")],
        (),
        view,
        {"b"},
    )
    assert len(memory.found("c")) == 24 and [a.phrase for a in memory.absent] == ["b"]
    assert memory.absent[0].text_only and memory.absent[0].complete
    assert all(memory.crop(t.crop).box.contains(t.box) for t in memory.targets)
    count = next(f for f in memory.facts if f.kind == "count")
    assert count.value["count"] == 30  # counted beyond the crops that are kept
    assert max(view.pil().size) == 1600 and view.size_wh == (3840, 2160)


class Parts(FakeLocalizer):
    """Reads parts of a view, and marks what it read so."""

    def read(self, patch: Patch, within: Box, known: Sequence[TextLine] = ()) -> Sighting:
        ((seen,),) = super().locate([patch], [ANY_TEXT])
        there = [i for i, box in enumerate(patch.to_image(seen.boxes)) if within.contains(box)]
        return Sighting(
            seen.boxes[there], seen.scores[there], texts=tuple(f"{seen.texts[i]}~" for i in there)
        )


def parts(**texts: Box) -> Parts:
    able = Capabilities(input_side=1920, smallest_px=12.0, reads_text=True, text_only=True)
    return Parts({k: [b] for k, b in texts.items()}, capabilities=able, texts={k: [k] for k in texts})


def test_around_large_text_its_row_is_looked_at_and_the_rest_read_by_means_of_the_page(
    document: Document,
) -> None:
    label, value, far = Box(500, 800, 300, 40), Box(900, 800, 200, 36), Box(520, 1000, 200, 36)
    reader = parts(label=label, value=value, far=far)
    steps: list[ReadStep] = []
    lines = read_around([outcome("label", label)], document, reader, steps.append)
    assert [line.text for line in lines] == ["label", "value", "far~"]
    assert {patch.box for call in reader.calls for patch in call.patches} == {PAGE, beside(label, PAGE)}
    assert beside(label, PAGE).contains(value) and {step.box for step in steps} > {beside(label, PAGE)}


def test_a_line_that_the_edge_of_a_closer_look_cuts_is_told_by_the_view_of_the_page(
    document: Document,
) -> None:
    label, below = Box(500, 800, 300, 40), Box(520, 880, 200, 36)
    assert 0 < beside(label, PAGE).coverage(below) < 1
    lines = read_around(
        [outcome("label", label)], document, parts(label=label, below=below), lambda step: None
    )
    assert [(line.text, line.box) for line in lines] == [("label", label), ("below~", below)]


def test_where_the_view_of_the_page_is_in_full_resolution_nothing_is_looked_at_anew() -> None:
    small = open_document(np.full((700, 1200, 3), 255, np.uint8))
    label, value = Box(200, 300, 90, 12), Box(320, 300, 40, 12)
    for thing in (False, True):
        reader = parts(label=label, value=value)
        found = outcome("label", label)
        if thing:
            found = replace(found, instances=tuple(replace(i, text="") for i in found.instances))
        lines = read_around([found], small, reader, lambda step: None)
        assert [line.text for line in lines] == ["label~", "value~"]
        assert {patch.box for call in reader.calls for patch in call.patches} == {Box(0, 0, 1200, 700)}


def test_around_small_print_the_view_of_the_page_is_not_even_asked(document: Document) -> None:
    label, value = Box(500, 800, 120, 18), Box(900, 800, 80, 18)
    reader = parts(label=label, value=value)
    lines = read_around([outcome("label", label)], document, reader, lambda step: None)
    assert [line.text for line in lines] == ["label", "value"]
    assert all(patch.box != PAGE for call in reader.calls for patch in call.patches)


def test_badges_are_read_by_themselves_and_nothing_else_is(document: Document) -> None:
    class Spells(FakeLocalizer):
        asked: list[Box] = []  # noqa: RUF012

        def kind(self, phrase: str) -> str:
            return phrase

        def spell(self, patch: Patch) -> tuple[str, float]:
            self.asked.append(patch.box)
            return (" 7 ", 0.9) if patch.box.x < 500 else ("smudge", 0.2)

    reader = Spells({}, capabilities=Capabilities(input_side=512, reads_text=True))
    seen = outcome("badge", Box(100, 100, 20, 20), Box(900, 100, 20, 20))
    bare = replace(seen, instances=tuple(replace(i, text="") for i in seen.instances))
    assert [i.text for i in spelled(bare, document, checked(reader)).instances] == ["7", ""]
    assert all(Box(100, 100, 20, 20).contains(b) or Box(900, 100, 20, 20).contains(b) for b in reader.asked)
    other = outcome("button", Box(100, 100, 20, 20))
    assert spelled(other, document, reader) is other
