"""Until when work may go on: a `Deadline`, in force for all that is called inside `with deadline.in_force():`.

- It is ambient, as the cancel scopes of trio are: no method of an agent has a parameter for it that a wrapper could
  forget to hand on. It never changes what a call returns, only whether it returns: `check` raises OutOfTime.
- Whoever does long work asks `current().check()` between its parts, and before a part that cannot be broken off
  with the seconds that such parts took lately (`Cost`). The first has no estimate, and may start; a later one may not
  when even the fastest of the latest would not have ended in time.
- Within another deadline the earlier one counts, and either can be cancelled.
- Loading a model is not broken off, for half of it would be lost and paid for again; what it took is told to the run.
- Work that cannot look at a clock is not waited for (`leave_behind`).
"""

from __future__ import annotations

import contextvars
import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import median
from typing import Generic, Literal, TypeVar

from .errors import OutOfTime

__all__ = [
    "Begun",
    "Cost",
    "Deadline",
    "NEVER",
    "begin",
    "breaks_off",
    "current",
    "leave_behind",
    "loading",
    "pause",
    "wait_for",
]

T = TypeVar("T")
LATEST = 5
"""Measurements that a `Cost` keeps."""
RECENT = 60.0
"""Seconds after which a measurement says nothing of how busy the machine is now."""
POLL = 0.05
"""Seconds between two questions whether the run was cancelled."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment and a way to cancel. The default is never over.

    end: a time of `clock`, seconds. cancelled: asked whenever the time is. on_load: told the seconds of every loading.
    """

    end: float = math.inf
    cancelled: Callable[[], bool] | None = None
    clock: Callable[[], float] = time.monotonic
    on_load: Callable[[float], None] | None = None

    @classmethod
    def after(
        cls,
        seconds: float | None,
        cancelled: Callable[[], bool] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        on_load: Callable[[float], None] | None = None,
    ) -> Deadline:
        """The deadline that many seconds from now; None: no end."""
        return cls(math.inf if seconds is None else clock() + seconds, cancelled, clock, on_load)

    @property
    def endless(self) -> bool:
        """Whether it can never be over."""
        return self.cancelled is None and math.isinf(self.end)

    def left(self) -> float:
        """Seconds that are left, at least 0; infinite without an end."""
        return max(0.0, self.end - self.clock())

    def why(self) -> Literal["", "seconds", "cancelled"]:
        """Why it is over; "" while it is not."""
        if self.cancelled is not None and self.cancelled():
            return "cancelled"
        return "seconds" if self.left() <= 0 else ""

    def over(self) -> bool:
        """Whether the time is over or the run was cancelled."""
        return self.why() != ""

    def check(self, cost: float = 0.0) -> None:
        """Raises OutOfTime when it is over, or would be over before something that takes `cost` seconds has ended."""
        why = self.why() or ("seconds" if cost > self.left() else "")
        if why:
            raise OutOfTime(why)

    def earlier(self, seconds: float) -> Deadline:
        """The same, so many seconds earlier."""
        return replace(self, end=self.end - seconds)

    def at_least(self, seconds: float) -> Deadline:
        """The same where so many seconds are left, else the one that many seconds from now, which nobody cancels."""
        if self.left() >= seconds and not self.over():
            return self
        return replace(self, end=self.clock() + seconds, cancelled=None)

    def within(self, outer: Deadline) -> Deadline:
        """The earlier of the two, cancelled with either."""
        if outer.endless and outer.on_load is None:
            return self
        asked = tuple(dict.fromkeys(each.cancelled for each in (self, outer) if each.cancelled is not None))
        either = (lambda: any(each() for each in asked)) if len(asked) > 1 else next(iter(asked), None)
        earlier = self if self.left() <= outer.left() else outer
        return replace(earlier, cancelled=either, on_load=self.on_load or outer.on_load)

    @contextmanager
    def in_force(self, *, shielded: bool = False) -> Iterator[Deadline]:
        """Makes it the `current` one of what is called inside; gives what then counts.

        That is the earlier of this one and the one around it; shielded: this one, whatever is around it.
        """
        counts = self if shielded else self.within(_current.get())
        token = _current.set(counts)
        try:
            yield counts
        finally:
            _current.reset(token)


NEVER = Deadline()
_current: contextvars.ContextVar[Deadline] = contextvars.ContextVar("seal.deadline", default=NEVER)


def current() -> Deadline:
    """The deadline in force here; `NEVER` outside of a run."""
    return _current.get()


class Cost:
    """What a unit of some work takes, by the latest ones of it. Threads may share it."""

    def __init__(self) -> None:
        self._kept: tuple[tuple[float, float], ...] = ()  # (when, seconds a unit of size 1)

    def usual(self, size: float = 1.0) -> float:
        """Seconds that a unit of a size takes, in proportion to it: the median; 0 when none was measured of late."""
        return median(self._recent() or [0.0]) * size

    def least(self, size: float = 1.0) -> float:
        """Seconds that it takes at least; 0 when none was measured of late."""
        return min(self._recent(), default=0.0) * size

    def _recent(self) -> list[float]:
        now = current().clock()
        return [each for when, each in self._kept if 0 <= now - when <= RECENT]

    def add(self, seconds: float, size: float = 1.0) -> None:
        """Note what a unit of a size has taken."""
        self._kept = (*self._kept, (current().clock(), seconds / max(size, 1e-9)))[-LATEST:]

    @contextmanager
    def unit(self, size: float = 1.0) -> Iterator[None]:
        """One unit of work: raises OutOfTime when it cannot end in time, else measures it."""
        deadline = current()
        deadline.check(self.least(size))
        started = deadline.clock()
        yield
        self.add(deadline.clock() - started, size)


@contextmanager
def loading() -> Iterator[None]:
    """Around the loading of a model: no deadline is in force inside, and the run is told what it took."""
    deadline = current()
    token = _current.set(NEVER)
    started = deadline.clock()
    try:
        yield
    finally:
        _current.reset(token)
        if deadline.on_load is not None:
            deadline.on_load(deadline.clock() - started)


Loader = TypeVar("Loader", bound=Callable[..., object])


def breaks_off(loader: Loader) -> Loader:
    """Marks what loads an agent and can be broken off meanwhile, as it only asks a server."""
    setattr(loader, "breaks_off", True)  # noqa: B010
    return loader


def pause(seconds: float) -> None:
    """Sleep. Raises OutOfTime: at once when it cannot end in time, soon when the run is cancelled meanwhile."""
    deadline = current()
    deadline.check(seconds)
    if deadline.cancelled is None:
        time.sleep(seconds)
        return
    for _ in range(math.ceil(seconds / POLL)):
        time.sleep(min(POLL, seconds))
        deadline.check()


def wait_for(event: threading.Event) -> None:
    """Wait until it is set. Raises OutOfTime when the deadline in force passes first."""
    deadline = current()
    while not event.wait(None if deadline.endless else min(POLL, deadline.left())):
        deadline.check()


@dataclass(frozen=True, slots=True)
class Begun(Generic[T]):
    """Work that goes on in a thread of its own."""

    told: Future[T]
    ended: threading.Event

    def result(self) -> T:
        """What it returns or raises, once it has ended. Raises OutOfTime when the deadline in force passes first."""
        wait_for(self.ended)
        return self.told.result()


def begin(work: Callable[[], T]) -> Begun[T]:
    """Begin `work` in a thread of its own, in which the deadline is in force that is so here; it may be left behind."""
    begun: Begun[T] = Begun(Future(), threading.Event())

    def run() -> None:
        try:
            begun.told.set_result(work())
        except BaseException as error:
            begun.told.set_exception(error)
        begun.ended.set()

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(run,), name="seal-call", daemon=True).start()
    return begun


def leave_behind(work: Callable[[], T]) -> T:
    """What `work` returns or raises; it runs in a thread of its own, which is left behind when the time is over.

    Raises OutOfTime then; what the thread returns later is dropped. The deadline is in force in the thread too, so that
    work that looks at it ends soon. Without any deadline `work` is called right here.
    """
    deadline = current()
    if deadline.endless:
        return work()
    deadline.check()
    return begin(work).result()
