"""The deadline of a run: a fake clock and agents that move it; nothing here waits for real time to pass."""

from __future__ import annotations

import math
import threading

import pytest

from seal.memory.deadline import NEVER, Cost, Deadline, current, leave_behind, loading
from seal.memory.errors import OutOfTime


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_a_deadline_counts_down_and_is_over_at_its_end() -> None:
    clock = Clock()
    deadline = Deadline.after(2.0, clock=clock)
    assert (deadline.left(), deadline.over(), deadline.endless) == (2.0, False, False)
    deadline.check(2.0)
    with pytest.raises(OutOfTime, match="time"):
        deadline.check(2.01)
    clock.now += 2
    assert (deadline.left(), deadline.why()) == (0.0, "seconds")
    with pytest.raises(OutOfTime) as caught:
        deadline.check()
    assert caught.value.why == "seconds"


def test_without_an_end_nothing_is_over() -> None:
    for deadline in (NEVER, Deadline.after(None)):
        assert deadline.endless and math.isinf(deadline.left()) and not deadline.over()
        deadline.check(1e9)


def test_a_deadline_can_leave_so_much_time_at_least() -> None:
    clock, stop = Clock(), list[int]()
    deadline = Deadline.after(2.0, lambda: bool(stop), clock=clock)
    assert deadline.at_least(2.0) is deadline
    assert deadline.at_least(3.0).left() == 3.0
    stop.append(1)
    later = deadline.at_least(1.0)
    assert (later.left(), later.over(), deadline.over()) == (1.0, False, True)


def test_cancelling_is_the_first_reason() -> None:
    stop: list[int] = []
    deadline = Deadline.after(0.0, lambda: bool(stop), clock=Clock())
    assert deadline.why() == "seconds" and not deadline.endless
    stop.append(1)
    with pytest.raises(OutOfTime, match="cancelled") as caught:
        deadline.check()
    assert caught.value.why == "cancelled"


def test_the_deadline_in_force_is_the_earliest_and_ends_with_its_block() -> None:
    clock, stop = Clock(), []
    outer = Deadline.after(5.0, lambda: bool(stop), clock=clock)
    assert current() is NEVER
    with outer.in_force():
        assert current() is outer
        with Deadline.after(9.0, clock=clock).in_force() as counts:
            assert counts.left() == 5.0
        with Deadline.after(1.0, clock=clock).in_force() as counts:
            assert counts.left() == 1.0
            stop.append(1)
            assert counts.why() == "cancelled"
        assert current() is outer
    assert current() is NEVER


def test_either_of_two_can_cancel() -> None:
    a: list[int] = []
    b: list[int] = []
    with Deadline(cancelled=lambda: bool(a)).in_force(), Deadline(cancelled=lambda: bool(b)).in_force():
        assert not current().over()
        b.append(1)
        assert current().why() == "cancelled"
        b.clear()
        a.append(1)
        assert current().why() == "cancelled"


def test_a_unit_is_not_started_when_it_cannot_end_in_time() -> None:
    clock, cost, started = Clock(), Cost(), []

    def work(size: float, seconds: float) -> None:
        with cost.unit(size):
            started.append(size)
            clock.now += seconds

    with Deadline.after(10.0, clock=clock).in_force():
        work(2.0, 4.0)  # the first has no estimate
        assert cost.least(1.0) == 2.0
        with pytest.raises(OutOfTime):
            work(3.1, 0.0)
        work(3.0, 6.0)
    assert started == [2.0, 3.0]


def test_the_latest_units_count_and_old_ones_do_not() -> None:
    clock, cost = Clock(), Cost()
    with Deadline(clock=clock).in_force():
        for seconds in (9.0, 2.0, 2.0, 30.0, 1.0, 3.0):
            cost.add(seconds)
        assert (cost.usual(), cost.least(), cost.usual(10.0), cost.least(10.0)) == (2.0, 1.0, 20.0, 10.0)
        clock.now += 61
        assert (cost.usual(), cost.least()) == (0.0, 0.0)
        cost.add(5.0)
        assert (cost.usual(), cost.least()) == (5.0, 5.0)


def test_a_unit_that_fails_is_not_measured() -> None:
    cost = Cost()
    with pytest.raises(ZeroDivisionError), cost.unit():
        raise ZeroDivisionError
    assert cost.least() == 0.0


def test_loading_is_told_once_and_not_broken_off() -> None:
    clock, told = Clock(), []
    with Deadline.after(1.0, clock=clock, on_load=told.append).in_force():
        with loading():
            clock.now += 3.0
            current().check()
            with loading():
                clock.now += 1.0
        assert told == [4.0]
        with pytest.raises(OutOfTime):
            current().check()


def test_work_is_left_behind_when_the_time_is_over() -> None:
    clock, started, release, ended = Clock(), threading.Event(), threading.Event(), threading.Event()

    def slow() -> int:
        started.set()
        clock.now += 5
        release.wait(60)
        assert current().over()  # the deadline is in force in the thread too
        ended.set()
        return 7

    with Deadline.after(2.0, clock=clock).in_force(), pytest.raises(OutOfTime):
        leave_behind(slow)
    assert started.is_set() and not ended.is_set()
    release.set()
    assert ended.wait(60)


def test_work_is_left_behind_when_the_run_is_cancelled() -> None:
    stop, release = threading.Event(), threading.Event()

    def slow() -> None:
        stop.set()
        release.wait(60)

    with Deadline(cancelled=stop.is_set).in_force(), pytest.raises(OutOfTime, match="cancelled"):
        leave_behind(slow)
    release.set()


def fails() -> None:
    raise KeyError("its own")


@pytest.mark.parametrize("seconds", [None, 60.0])
def test_what_work_returns_and_raises_comes_through(seconds: float | None) -> None:
    deadline = Deadline.after(seconds, clock=Clock())
    with deadline.in_force():
        assert leave_behind(lambda: 3) == 3
        with pytest.raises(KeyError, match="its own"):
            leave_behind(fails)
        here = leave_behind(threading.get_ident) == threading.get_ident()
        assert here == deadline.endless  # no thread without need


def test_work_does_not_start_after_the_end() -> None:
    started: list[int] = []
    with Deadline.after(0.0, clock=Clock()).in_force(), pytest.raises(OutOfTime):
        leave_behind(lambda: started.append(1))
    assert not started
