"""A worker: a process that does `work` on a batch and tells its parent, a line of JSON each.

    parent -> worker    the bytes of the order, in a line, and the order; then "stop": end what is begun, and no more
    worker -> parent    a `Message` a line

It dies with its parent: its input ends then.
"""

from __future__ import annotations

import os
import threading
from io import FileIO
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import BaseModel, ConfigDict

from ..memory.errors import AgentError, SealError
from .folder import Folder, Job, Outcome
from .items import Item
from .recipe import Recipe
from .work import work

__all__ = ["Message", "Order", "main"]


class Order(BaseModel):
    """What a worker is to do. jobs: items, each with the tries of the error that is to be tried again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path
    base: Path
    recipe: Recipe
    jobs: tuple[tuple[Item, int], ...]
    tries: int


class Message(BaseModel):
    """What a worker tells: an item is begun, or ended with a code and a word of what came; or no item can be done."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["begun", "ended", "broken"]
    id: str = ""
    status: str = ""
    text: str = ""
    code: int = 0


class _Teller:
    """Tells the parent."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def tell(self, message: Message) -> None:
        self._out.write(message.model_dump_json().encode() + b"\n")
        self._out.flush()

    def begun(self, job: Job) -> None:
        self.tell(Message(kind="begun", id=job.item.id))

    def ended(self, job: Job, outcome: Outcome) -> None:
        text = outcome.error.message if outcome.error else ""
        self.tell(Message(kind="ended", id=job.item.id, status=outcome.status, text=text, code=outcome.code))


def main() -> None:
    """Work on the order that comes on standard input. What libraries print goes to standard error."""
    teller = _Teller(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    said = FileIO(0, closefd=False)  # a buffer has a lock, which ends badly in a thread
    order = Order.model_validate_json(_received(said, int(said.readline())))
    stop = threading.Event()
    threading.Thread(target=_listen, args=(said, stop), daemon=True).start()
    jobs = [Job(item, tries) for item, tries in order.jobs]
    try:
        work(Folder(order.folder), order.base, jobs, order.recipe.seal, teller, order.tries, stop.is_set)
    except SealError as error:
        code = 3 if isinstance(error, AgentError) else 2
        teller.tell(Message(kind="broken", text=str(error), code=code))


def _received(said: FileIO, size: int) -> bytes:
    pieces = list[bytes]()
    while size and (piece := said.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _listen(said: FileIO, stop: threading.Event) -> None:
    while said.readline():
        stop.set()
    os._exit(1)  # the parent is gone, and nobody asks for more
