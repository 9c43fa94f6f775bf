"""Where requests are worked on: one after another in threads, until their time is over or their client goes away."""

from __future__ import annotations

import asyncio
import contextlib
import math
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import PIL.Image
import PIL.ImageDraw

from ..memory.deadline import Deadline
from ..memory.errors import SealError
from ..record.result import Result
from ..tools.arguments import Diff, checked_arguments
from ..tools.reply import ToolReply
from ..tools.session import Progress, Tools
from .gate import Gate, Limits
from .metrics import Metrics
from .refusals import Gone, Refused

if TYPE_CHECKING:
    from starlette.types import Receive

__all__ = ["Asked", "Desk", "RUN"]

T = TypeVar("T")
RUN = "X-Seal-Run"
"""Header of a reply with the name of its run, for `/runs/NAME`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that has been checked: the name of the tool, its arguments, and its pictures, opened."""

    name: str
    arguments: Mapping[str, object]
    pictures: Mapping[str, object]


class Desk:
    """The tools, the gate before them, and what is remembered of the work. For one event loop."""

    def __init__(self, tools: Tools, limits: Limits) -> None:
        self.tools = tools
        self.gate = Gate(limits)
        self.metrics = Metrics()
        self.not_ready = "The models are being loaded."
        self._threads = ThreadPoolExecutor(limits.at_work, "seal-serve")
        self._runs: OrderedDict[str, Result] = OrderedDict()
        self._ending = asyncio.Event()

    # --- work ---------------------------------------------------------------------------------------------

    async def checked(
        self, name: str, arguments: Mapping[str, object] | str, pictures: Mapping[str, object]
    ) -> Asked:
        """The call, checked before it waits: its arguments, and the headers of its pictures. Raises InputError."""

        def check() -> Asked:
            asked = checked_arguments(name, arguments)
            given = asked.model_dump(exclude_unset=True)
            opened = {"image": self.tools.opened(asked.image, asked.page, pictures)}
            if isinstance(asked, Diff):
                opened["before"] = self.tools.opened(asked.before, None, pictures)
            return Asked(name, {**given, **{key: key for key in opened}}, opened)

        return await asyncio.to_thread(check)

    def answered(self, asked: Asked, on_look: Progress | None = None) -> ToolReply:
        """Do it, in this thread. Raises SealError."""
        looks = 0

        def looked(count: int, most: int | None, words: str) -> None:
            nonlocal looks
            looks = count
            if on_look is not None:
                on_look(count, most, words)

        try:
            return self.tools.call(asked.name, asked.arguments, pictures=asked.pictures, on_look=looked)
        finally:
            self.metrics.looked(looks)

    async def do(self, work: Callable[[], T], receive: Receive, end: float) -> T:
        """What `work` returns, in a thread, when it is its turn; the deadline `end` (`time.monotonic`) is in force.

        Raises what it raises, OutOfTime when its turn does not come in time, Gone when the client goes away, Refused
        when the server ends: what has begun ends at its next look then.
        """
        doing = asyncio.ensure_future(self._in_turn(work, end))
        left = asyncio.ensure_future(_until_gone(receive))
        ending = asyncio.ensure_future(self._ending.wait())
        try:
            await asyncio.wait((doing, left, ending), return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                return doing.result()
            if left.done():
                raise Gone
            raise Refused(503, "ShuttingDown", "The server is being stopped; ask again when it is back.")
        finally:
            for task in (doing, left, ending):
                task.cancel()
            await asyncio.gather(doing, left, ending, return_exceptions=True)

    async def _in_turn(self, work: Callable[[], T], end: float) -> T:
        turn_ended = await self.gate.turn(end - time.monotonic())
        stop = threading.Event()

        def in_time() -> T:
            with Deadline(end, stop.is_set).in_force():
                return work()

        def ended(told: asyncio.Future[T]) -> None:
            turn_ended()
            if not told.cancelled():
                told.exception()  # nobody may be there to be told

        working = asyncio.get_running_loop().run_in_executor(self._threads, in_time)
        working.add_done_callback(ended)
        try:
            return await asyncio.shield(working)
        finally:
            stop.set()

    # --- runs ---------------------------------------------------------------------------------------------

    def keep(self, reply: ToolReply, name: str) -> None:
        """Keep the result of a search under a name from `new_name`; the oldest one goes. Other replies are not kept."""
        if not isinstance(reply.whole, Result):
            return
        self._runs[name] = reply.whole
        while len(self._runs) > self.gate.limits.runs:
            self._runs.popitem(last=False)

    def run(self, name: str) -> Result | None:
        """The result of that name; None where there is none, or no longer."""
        return self._runs.get(name)

    @staticmethod
    def new_name() -> str:
        """A name that nobody can guess."""
        return secrets.token_hex(16)

    # --- models -------------------------------------------------------------------------------------------

    async def load(self) -> None:
        """Load the models, by a question and a look at a small drawn picture; `not_ready` is "" afterwards."""
        page = PIL.Image.new("RGB", (360, 120), "white")
        draw = PIL.ImageDraw.Draw(page)
        draw.text((20, 40), "Total", "black", font_size=24)
        draw.text((220, 40), "1,250", "black", font_size=24)

        def once() -> None:
            for name, more in (("ask", {"question": "What is the value next to 'Total'?"}), ("elements", {})):
                self.tools.call(name, {"image": "page", **more}, pictures={"page": page})

        try:
            await self._in_turn(once, math.inf)
            self.not_ready = ""
        except SealError as error:
            self.not_ready = f"The models cannot be loaded: {error}"
        except Exception as error:  # of a foreign library
            self.not_ready = f"The models cannot be loaded ({type(error).__name__})."

    def end(self) -> None:
        """Answer nobody any more: what is at work or waits is refused."""
        self._ending.set()

    def close(self) -> None:
        """Give the threads back, once they have ended."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def now(self) -> dict[str, tuple[str, float]]:
        """Gauges for the metrics."""
        return {
            "at_work": ("Requests that are worked on.", self.gate.at_work),
            "ready": ("Whether the models are loaded.", float(not self.not_ready)),
            "runs": ("Results that are kept.", len(self._runs)),
            "waiting": ("Requests that have a place and wait, or are being read.", self.gate.waiting),
        }


async def _until_gone(receive: Receive) -> None:
    with contextlib.suppress(OSError):
        while (await receive())["type"] != "http.disconnect":
            pass
