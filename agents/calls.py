"""Calls of an agent that does not look at the clock: they are not waited for when the time is over.

- Each runs in a thread of its own while a deadline is in force. When the deadline passes the thread is left behind, and
  what it returns later is dropped. Without a deadline, and for agents that keep it themselves, nothing changes.
- An agent need not bear two calls at a time: while one that was left behind still runs, the agent is not asked again.
- A call is not started when even the fastest of the latest calls of that method would not have ended in time.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from typing import TypeVar

from ..memory.deadline import Cost, current, leave_behind, wait_for

__all__ = ["Calls"]

T = TypeVar("T")


class Calls:
    """The calls of one agent. keeps_deadline: whether it looks at the deadline in force by itself."""

    def __init__(self, keeps_deadline: bool) -> None:
        self._direct = keeps_deadline
        self._costs: defaultdict[str, Cost] = defaultdict(Cost)
        self._behind: list[threading.Event] = []  # set when the call has ended
        self._lock = threading.Lock()

    def __call__(self, method: str, work: Callable[[], T], size: float = 1.0) -> T:
        """What `work` returns or raises. size: of the work, in proportion to its time. Raises OutOfTime."""
        deadline = current()
        if self._direct or deadline.endless:
            return work()
        with self._lock:
            self._behind = [ended for ended in self._behind if not ended.is_set()]
            behind = tuple(self._behind)
        for each in behind:
            wait_for(each)
        cost = self._costs[method]
        deadline.check(cost.least(size))
        begun, ended = threading.Event(), threading.Event()

        def timed() -> T:
            current().check()
            begun.set()
            started = deadline.clock()
            try:
                return work()
            finally:
                cost.add(deadline.clock() - started, size)
                ended.set()

        try:
            return leave_behind(timed)
        finally:
            if begun.is_set() and not ended.is_set():
                with self._lock:
                    self._behind.append(ended)
