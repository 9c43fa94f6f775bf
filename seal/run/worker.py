"""Work of `Seal` in a thread of its own, for programs that await it."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec, TypeVar

from ..memory.deadline import Deadline

__all__ = ["in_thread", "in_worker"]

S = TypeVar("S")
T = TypeVar("T")
P = ParamSpec("P")


def in_worker(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], Awaitable[T]]:
    """The method in a worker thread; cancelling the task ends the work as the end of its seconds would."""

    async def worker(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        def work(stop: Callable[[], bool]) -> T:
            with Deadline(cancelled=stop).in_force():
                return method(self, *args, **kwargs)

        return await in_thread(work)

    update_wrapper(worker, method)
    return worker


async def in_thread(work: Callable[[Callable[[], bool]], T]) -> T:
    """What `work` returns, which is told whether to stop: when the task that awaits it is cancelled."""
    import asyncio

    stop = threading.Event()
    try:
        return await asyncio.to_thread(work, stop.is_set)
    except asyncio.CancelledError:
        stop.set()
        raise
