"""What runs on a cluster: an actor of Ray, which asks one item after the other with agents of its own.

Bytes of JSON go in and come out, and the bytes of the image: nothing that would have to be unpickled here. Neither this
module nor what it imports knows of Ray.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue

from ..memory.errors import AgentError, SealError
from ..memory.source import one_line
from ..orchestrator import Seal
from .folder import Outcome
from .items import Item
from .recipe import Recipe, configuration
from .work import source_of, tried
from .worker import Message

__all__ = ["Actor", "Ready", "Reply", "Task"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Task(_Value):
    """An item to ask, once. tries: as its outcome is to say. base: folder from which images are named."""

    item: Item
    base: Path
    tries: int


class Ready(_Value):
    """What an actor says of its agents when it has them: what answers depend on; broken: why it has none."""

    configuration: dict[str, JsonValue] = {}
    broken: Message | None = None


class Reply(_Value):
    """What came of an item, and whether it is worth another try; broken: why no item can be done."""

    outcome: Outcome | None = None
    again: bool = False
    broken: Message | None = None


class Actor:
    """Holds its agents, which are loaded once."""

    def __init__(self) -> None:
        self._seal: Seal | None = None

    def ready(self, recipe: bytes) -> bytes:
        """Make the agents of a `Recipe`; a `Ready`."""
        try:
            self._seal = Recipe.model_validate_json(recipe).seal()
            told = Ready(configuration=configuration(self._seal))
        except Exception as error:  # of whatever agent
            told = Ready(broken=_broken(error))
        return told.model_dump_json().encode()

    def ask(self, task: bytes, image: bytes | None) -> bytes:
        """Ask the item of a `Task`; a `Reply`. image: its bytes; None: it is opened by its path."""
        given = Task.model_validate_json(task)
        path = source_of(given.base, given.item)
        assert self._seal is not None
        try:
            source = path if image is None else _Named(image, str(path))
            outcome, again = tried(self._seal, source, given.item, given.tries)
            told = Reply(outcome=outcome, again=again)
        except SealError as error:
            told = Reply(broken=_broken(error))
        return told.model_dump_json().encode()


class _Named(BytesIO):
    """Bytes that were read from a path, which results and messages name."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self.name = name


def _broken(error: Exception) -> Message:
    ours = isinstance(error, SealError)
    text = str(error) if ours else one_line(f"{type(error).__name__}: {error}", 300)
    return Message(kind="broken", text=text, code=2 if ours and not isinstance(error, AgentError) else 3)
