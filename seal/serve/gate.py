"""How many are let in: so many requests at work, so many waiting, and no more.

- A place is taken before the body is read, so that what waits has a limit in bytes too.
- A turn is given back when the work has really ended, also after its client went away: never do more work than allowed.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..memory.errors import OutOfTime, SettingError
from ..tools.server import BODY_BYTES
from .refusals import Refused

__all__ = ["Gate", "Limits"]

LATEST = 0.3
"""Weight of the latest request in what a request usually takes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """at_work: requests that are worked on at the same time. waiting: those that wait beside them. body_bytes: of a
    request. seconds: for all of a request, waiting included. body_seconds: until its body is there.
    runs: results that are kept for `/runs/ID`. Raises SettingError for limits out of range.
    """

    at_work: int = 1
    waiting: int = 8
    body_bytes: int = BODY_BYTES
    seconds: float = 300.0
    body_seconds: float = 60.0
    runs: int = 16

    def __post_init__(self) -> None:
        for name, least in (("at_work", 1), ("waiting", 0), ("body_bytes", 1000), ("runs", 1)):
            if getattr(self, name) < least:
                raise SettingError(f"{name} must be at least {least}; got {getattr(self, name)}.")
        for name in ("seconds", "body_seconds"):
            if not 0 < getattr(self, name) < math.inf:
                raise SettingError(f"{name} must be a positive number of seconds; got {getattr(self, name)}.")


class Gate:
    """Lets requests in. For one event loop."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.inside = self.at_work = 0
        self._turns = asyncio.Semaphore(limits.at_work)
        self._usual = 0.0

    @property
    def waiting(self) -> int:
        """Requests that have a place and are not worked on."""
        return max(0, self.inside - self.at_work)

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place, at work or waiting. Raises Refused, 429 with Retry-After, when all are taken."""
        most = self.limits.at_work + self.limits.waiting
        if self.inside >= most:
            wait = min(60, max(1, math.ceil(self._usual * self.inside / self.limits.at_work)))
            raise Refused(
                429,
                "TooManyRequests",
                f"{self.inside} requests are at work or waiting, and no more are let in; try again in {wait} s.",
                {"Retry-After": str(wait)},
            )
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1

    async def turn(self, seconds: float) -> Callable[[], None]:
        """Wait for a turn; what is returned gives it back. Raises OutOfTime when none came in so many seconds."""
        try:
            async with asyncio.timeout(None if math.isinf(seconds) else seconds):
                await self._turns.acquire()
        except TimeoutError as error:
            raise OutOfTime from error
        self.at_work += 1
        started = time.monotonic()

        def ended() -> None:
            self.at_work -= 1
            self._usual += LATEST * (time.monotonic() - started - self._usual)
            self._turns.release()

        return ended
