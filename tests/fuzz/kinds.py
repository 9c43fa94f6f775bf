"""What is tried: a class a kind, whose `case` makes one input from a seed, uses it, and raises where a promise breaks.

A promise: an error is a `SealError` of one line that can be written down; a result is whole and can be written as JSON;
a damaged cache changes no answer; nothing outside the folder of the case changes. Whatever else is raised, a process
that dies and one that takes too long are failures.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Protocol

from .given import Documents, Pictures, Questions, Replies
from .kept import Caches, Replays, Stores

__all__ = ["KINDS", "Kind"]


class Kind(Protocol):
    """One kind of input. folder: empty, and the case's own."""

    def case(self, random: Random, folder: Path) -> None:
        """One case; raises AssertionError or anything else where a promise breaks."""
        ...


KINDS: dict[str, Callable[[], Kind]] = {
    "image": Pictures,
    "cache": Caches,
    "store": Stores,
    "replay": Replays,
    "reply": Replies,
    "question": Questions,
    "json": Documents,
}
"""Each makes what its cases share."""
