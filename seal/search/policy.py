"""What a search policy is: a value that begins a run for a task; the loop (`seal.search.loop`) knows no more of it.

Policies that walk the tree of splits differ only in their `TreeRules`; `seal.search.tree` runs them. Any other kind of
search, as the ideal searcher is, brings a run of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..agents.contracts import Target
from ..agents.looker import Answerer, Looker
from ..memory.geometry import Box
from ..memory.image import Document
from ..record.steps import LookStep
from ..settings import SearchSettings
from .outcome import Calls, Confirm, Node, TargetOutcome

__all__ = ["Policy", "SearchRun", "SearchTask", "TreeRules"]


@dataclass(frozen=True, slots=True)
class SearchTask:
    """What is searched for, where, and by whom.

    localizer: one whose replies are checked (`seal.agents.checked`). where: the agent that gives contextual cues; None
    for none. confirm: which of the finds of a target are evidence (`seal.search.verify`); None: all. hints: views
    (1-based page, box) to look at first, where a target was in an earlier run; they are no evidence.
    """

    document: Document
    targets: tuple[Target, ...]
    localizer: Looker
    settings: SearchSettings
    where: Answerer | Looker | None = None
    confirm: Confirm | None = None
    hints: tuple[tuple[int, Box], ...] = ()


class SearchRun(Protocol):
    """One search while it runs. It decides on the next look, takes it, and says in the end what was found."""

    steps: list[LookStep]

    @property
    def calls(self) -> Calls:
        """What was asked of the agents so far."""
        ...

    @property
    def patches(self) -> int:
        """Looks paid for so far, those ahead of their turn included."""
        ...

    @property
    def likelihoods(self) -> str:
        """Where the likelihoods come from, in words; "" for a policy without a posterior."""
        ...

    def start(self) -> None:
        """Put the first patches into the frontier."""
        ...

    def next(self) -> tuple[int, Node] | None:
        """The next patch with its number; None when nothing is left to do."""
        ...

    def visit(self, count: int, node: Node, room: int) -> LookStep:
        """Look at a patch. room: looks that the budget has left, this one included.

        Raises OutOfTime when the deadline in force breaks the look off; the run is then as it was before.
        """
        ...

    def conclude(self, complete: bool) -> tuple[TargetOutcome, ...]:
        """What became of every target. complete: the search ended by itself, not by its budget."""
        ...


class Policy(Protocol):
    """A way to search."""

    @property
    def name(self) -> str:
        """What to call it."""
        ...

    def begin(self, task: SearchTask) -> SearchRun:
        """A run for this task that has not looked at anything yet."""
        ...


class TreeRules(Protocol):
    """What tells one policy from another that walks the same tree of splits."""

    @property
    def uses_cue(self) -> bool:
        """Whether cue maps and contextual cues are evaluated."""
        ...

    @property
    def splits(self) -> bool:
        """Whether patches are split."""
        ...

    def roots(self, page: Box, input_side: int) -> list[Box]:
        """The patches of a page to start from, in order of visit."""
        ...

    def priority(self, level: int, shares: Sequence[float], draw: float) -> float:
        """Priority of a child at `level` (root: 1); the highest is visited next, equal ones first come first.

        shares: per ancestor, root first, in [0, 1]. draw: a seeded uniform number in [0, 1).
        """
        ...
