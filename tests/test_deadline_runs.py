"""What a run makes of its deadline: agents move a fake clock, and what comes back is the best answer so far."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch

import seal.run.state
from seal import Budget, Result, Seal
from seal.agents.calls import Calls
from seal.agents.checked import CheckedVQA
from seal.agents.contracts import Answer, Capabilities, Need, Sighting, Target
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.agents.interruptible import interruptible
from seal.memory.deadline import Deadline, current, loading
from seal.memory.errors import OutOfTime
from seal.memory.geometry import Box
from seal.memory.image import Image, Patch
from seal.memory.working import GlobalImage, VisualWorkingMemory
from seal.record.steps import CheckStep, LookStep, ReadStep
from seal.run.reading import GLOBAL_SIDE, HURRIED_SIDE, global_image
from seal.search.policies import POLICIES

SCREEN = np.full((1200, 2400, 3), 255, np.uint8)
LABEL, VALUE, FAR = Box(2000, 80, 90, 18), Box(2120, 80, 60, 18), Box(30, 1100, 80, 18)
ABLE = Capabilities(input_side=512, smallest_px=12.0, reads_text=True)
OBJECTS = {"label Total": [LABEL], "value": [VALUE], "label Date": [FAR]}
TEXTS = {"label Total": ["Total"], "value": ["$ 42"], "label Date": ["Date"]}
FREE = Budget(looks=None, seconds=None)


class Clock:
    """A clock that stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Slow(FakeLocalizer):
    """A localizer of which every call takes a second; it looks at the deadline before, as the embedded ones do."""

    def __init__(self, clock: Clock, seconds: float = 1.0, **more: Any) -> None:
        super().__init__(OBJECTS, capabilities=ABLE, texts=TEXTS, **more)
        self.clock, self.seconds = clock, seconds

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        if self.keeps_deadline:
            current().check()
        replies = super().locate(patches, phrases)
        self.clock.now += self.seconds
        return replies


class Foreign(Slow):
    """The same, but it knows nothing of deadlines."""

    keeps_deadline = False


class Blocking(FakeLocalizer):
    """A foreign localizer that hangs: the time of the question passes while it looks."""

    keeps_deadline = False

    def __init__(self, clock: Clock, seconds: float = 12.0) -> None:
        super().__init__(OBJECTS, capabilities=ABLE, texts=TEXTS)
        self.clock, self.seconds = clock, seconds
        self.begun, self.release = 0, threading.Event()

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        self.begun += 1
        self.clock.now += self.seconds
        self.release.wait(60)
        return super().locate(patches, phrases)


@contextmanager
def seconds(clock: Clock, given: float) -> Iterator[None]:
    with Deadline.after(given, clock=clock).in_force():
        yield


def looks(result: Result) -> int:
    return sum(isinstance(step, LookStep) for step in result.trace.steps)


@pytest.mark.parametrize("policy", sorted(POLICIES))
@pytest.mark.parametrize(("kind", "expected"), [(Slow, 4), (Foreign, 3)], ids=["keeps it", "foreign"])
def test_the_search_ends_and_the_best_answer_comes_back(
    clock: Clock, policy: str, kind: type[Slow], expected: int
) -> None:
    """Of looks that take 1 s, four begin in 3.5 s; of an agent whose looks are known to take 1 s three."""
    seal = Seal(ScriptedVQA([["unicorn"]], ["so far"]), kind(clock), policy, FREE)
    with seconds(clock, 3.5):
        result = seal.ask(SCREEN, "?")
    if policy in ("whole", "slices") and result.stopped == "done":
        return  # nothing is left to look at
    assert (result.stopped, result.answer, looks(result)) == ("seconds", "so far", expected)
    assert result.absent[0].looks == expected and not result.absent[0].complete


@pytest.mark.parametrize("given", [0.0, 3.5, None])
def test_the_copy_of_the_page_is_not_waited_for_when_the_time_is_over(
    clock: Clock, given: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is made in a thread of its own, which here ends as late as it can."""
    go_on = threading.Event()
    threads: list[tuple[int, bool]] = []

    def slow(image: Image, side: int = GLOBAL_SIDE) -> GlobalImage:
        here = threading.current_thread() is threading.main_thread()
        threads.append((side, here))
        if side == GLOBAL_SIDE:
            assert go_on.wait(60)
        return global_image(image, side)

    monkeypatch.setattr(seal.run.state, "global_image", slow)
    made = Seal(ScriptedVQA([["unicorn"]], ["so far"]), Slow(clock), budget=FREE)
    if given is None:
        go_on.set()
        assert max(made.ask(SCREEN, "?").memory.image.pil().size) == GLOBAL_SIDE
        assert threads == [(GLOBAL_SIDE, False)]
        return
    with seconds(clock, given):
        result = made.ask(SCREEN, "?")
    go_on.set()
    assert max(result.memory.image.pil().size) == HURRIED_SIDE and result.stopped == "seconds"
    assert result.memory.image.size_wh == (2400, 1200)
    assert threads == [(GLOBAL_SIDE, False), (HURRIED_SIDE, True)]


def test_a_budget_that_is_over_allows_no_look(clock: Clock) -> None:
    agent = Slow(clock)
    seal = Seal(ScriptedVQA([["label Total"]], ["nothing seen"]), agent, budget=FREE)
    with seconds(clock, 0.0):
        result = seal.ask(SCREEN, "?")
    assert (result.stopped, result.answer, agent.calls) == ("seconds", "nothing seen", [])


def test_a_slow_look_of_a_foreign_agent_is_not_waited_for(clock: Clock) -> None:
    agent = Blocking(clock)
    seal = Seal(ScriptedVQA([["label Total"]] * 3, ["?", "?", "$ 42"]), agent, budget=FREE)
    with seconds(clock, 2.0):
        first = seal.ask(SCREEN, "?")
    assert (first.stopped, looks(first), agent.begun) == ("seconds", 0, 1)
    with seconds(clock, 2.0), Deadline(cancelled=seen_three_times()).in_force():  # it is still busy
        second = seal.ask(SCREEN, "?")
    assert (second.stopped, agent.begun) == ("cancelled", 1)
    agent.release.set()
    agent.seconds = 0.0
    assert seal.ask(SCREEN, "?").targets[0].phrase == "label Total"  # without a deadline there is time
    assert agent.begun > 1


def seen_three_times() -> Callable[[], bool]:
    """False when it is asked for the first times."""
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 12

    return cancelled


def test_a_look_that_took_too_long_is_not_begun_again(clock: Clock) -> None:
    calls = Calls(keeps_deadline=False)

    def look() -> str:
        clock.now += 12
        return "seen"

    with seconds(clock, 60.0):
        assert calls("locate", look) == "seen"
    with seconds(clock, 11.0), pytest.raises(OutOfTime):
        calls("locate", lambda: pytest.fail("it was begun"))
    with seconds(clock, 5.0):
        assert calls("spell", lambda: "another method") == "another method"
    with seconds(clock, 11.0), pytest.raises(OutOfTime):
        calls("locate", lambda: pytest.fail("it was begun"), 4)
    assert calls("locate", look) == "seen"  # no deadline, no estimate


def test_errors_of_a_foreign_agent_come_through(clock: Clock) -> None:
    agent = FakeLocalizer({}, capabilities=ABLE, fail_with=ValueError("its own"))
    agent.keeps_deadline = False
    with seconds(clock, 9.0), pytest.raises(Exception, match=r"failed in locate: .*its own"):
        Seal(ScriptedVQA([["bell"]], ["x"]), agent, budget=FREE).ask(SCREEN, "?")


def test_a_tell_that_hangs_costs_the_answer_but_not_the_finds(clock: Clock) -> None:
    release = threading.Event()

    def tell(memory: VisualWorkingMemory, options: Any) -> str:
        clock.now += 99
        release.wait(60)
        return "late"

    vqa = ScriptedVQA([["label Total"]], tell)
    vqa.keeps_deadline = False
    with seconds(clock, 9.0):
        result = Seal(vqa, Slow(clock, 0.1), budget=FREE).ask(SCREEN, "?")
    release.set()
    assert (result.status, result.stopped) == ("cannot_tell", "seconds")
    assert "had no time to answer" in result.reason and result.boxes("label Total")


def test_a_show_that_hangs_ends_the_question(clock: Clock) -> None:
    def show(*asked: Any) -> Need:
        clock.now += 99
        current().check()
        return Need((Target("label Total"),))

    agent = Slow(clock)
    with seconds(clock, 9.0):
        result = Seal(ScriptedVQA(show), agent, budget=FREE).ask(SCREEN, "?")
    assert (result.status, result.stopped, agent.calls) == ("cannot_tell", "seconds", [])
    assert "Nothing was looked for yet" in result.reason


def test_rounds_end(clock: Clock) -> None:
    def tell(memory: VisualWorkingMemory, options: Any) -> Answer:
        clock.now += 5
        return Answer("so far", more=(Target(f"thing {len(memory.absent)}"),))

    seal = Seal(ScriptedVQA([["unicorn"]], tell), Slow(clock, 0.01), budget=FREE.but(rounds=8))
    with seconds(clock, 12.0):
        result = seal.ask(SCREEN, "?")
    assert result.answer == "so far" and result.spend.calls["tell"] == 3 and result.spend.calls["show"] == 1


def test_what_comes_after_the_search_is_reserved(clock: Clock) -> None:
    """Once a Tell has taken 5 s, a search ends that much earlier, and the answer comes in time."""

    def tell(memory: VisualWorkingMemory, options: Any) -> str:
        clock.now += 5
        current().check()
        return "told"

    def asked(given: float, target: str) -> Result:
        vqa = ScriptedVQA([[target]], tell)
        seal.vqa = CheckedVQA(vqa)
        with seconds(clock, given):
            return seal.ask(SCREEN, "?")

    seal = Seal(ScriptedVQA(), Foreign(clock), budget=Budget(looks=None, seconds=1e9))
    late = asked(12.5, "unicorn")
    assert (late.status, looks(late)) == ("cannot_tell", 12)
    assert asked(99.0, "label Total").answer == "told"
    early = asked(12.5, "dragon")
    assert (early.answer, early.stopped, looks(early)) == ("told", "seconds", 7)


def test_loading_has_its_own_line_and_counts(clock: Clock) -> None:
    def show(*asked: Any) -> Need:
        with loading():
            clock.now += 7
        current().check()
        return Need((Target("bell"),))

    with seconds(clock, 2.0):
        result = Seal(ScriptedVQA(show), Slow(clock), budget=FREE).ask(SCREEN, "?")
    assert result.stopped == "seconds" and result.spend.seconds["load"] == 7.0
    assert result.spend.seconds["show"] < 7.0


def test_reading_that_is_cut_keeps_the_finds(clock: Clock) -> None:
    """The first look finds the label; the second look at it and the reading have no time left."""

    def moved(step: Any) -> None:
        if isinstance(step, CheckStep):
            clock.now += 99

    seal = Seal(ScriptedVQA([["label Total"]], ["?"]), Slow(clock, 0.0), budget=FREE)
    with seconds(clock, 9.0):
        result = seal.ask(SCREEN, "?", on_step=moved)
    assert result.stopped == "seconds" and result.boxes("label Total")
    assert not any(isinstance(step, ReadStep) for step in result.trace.steps) and not result.memory.lines


@pytest.mark.parametrize(("score", "stays"), [(0.9, True), (0.4, False)])
def test_a_find_without_a_second_look_stays_if_the_first_was_sure(
    clock: Clock, score: float, stays: bool
) -> None:
    calls: list[int] = []

    class Once(FakeLocalizer):
        def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
            if calls:
                raise OutOfTime
            calls.append(1)
            box = np.array([[200, 200, 230, 230]], np.float32)
            return [[Sighting(box, np.array([score], np.float32)) for _ in phrases] for _ in patches]

    seal = Seal(ScriptedVQA(), Once({}, capabilities=Capabilities(input_side=512)), budget=FREE)
    result = seal.locate(SCREEN, "bell")
    assert (result.stopped, bool(result.targets)) == ("done" if stays else "seconds", stays)


def test_cancelling_ends_everything_at_the_same_places(clock: Clock) -> None:
    stop: list[int] = []
    agent = Slow(clock)
    result = Seal(ScriptedVQA([["unicorn"]], ["so far"]), agent, budget=FREE).ask(
        SCREEN, "?", on_step=lambda step: stop.append(1), cancelled=lambda: len(stop) > 2
    )
    assert (result.stopped, result.answer, looks(result)) == ("cancelled", "so far", 2)


def test_a_foreign_agent_is_left_behind_when_the_run_is_cancelled(clock: Clock) -> None:
    agent = Blocking(clock)
    seal = Seal(ScriptedVQA([["unicorn"]], ["so far"]), agent, budget=FREE)
    result = seal.ask(SCREEN, "?", cancelled=lambda: agent.begun > 0)
    agent.release.set()
    assert (result.stopped, result.answer, looks(result)) == ("cancelled", "so far", 0)


def test_targets_searched_one_by_one_all_end(clock: Clock) -> None:
    from seal.settings import SearchSettings

    seal = Seal(
        ScriptedVQA([["unicorn", "dragon"]], ["x"]),
        Slow(clock),
        budget=FREE,
        search=SearchSettings(together=False),
    )
    with seconds(clock, 3.0):
        result = seal.ask(SCREEN, "?")
    assert result.stopped == "seconds" and [a.looks for a in result.absent] == [3, 0]


def test_a_network_stops_between_two_layers(clock: Clock) -> None:
    passed: list[str] = []

    class Layer(torch.nn.Module):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            passed.append(self.name)
            clock.now += 1
            return x

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = torch.nn.ModuleList([Layer("a"), torch.nn.Sequential(Layer("b"), Layer("c"))])

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            for layer in self.layers:
                x = layer(x)
            return x

    network = interruptible(Network())
    with seconds(clock, 1.5), pytest.raises(OutOfTime):
        network(torch.zeros(1))
    assert passed == ["a", "b"]
    network(torch.zeros(1))
    assert passed == ["a", "b", "a", "b", "c"]
