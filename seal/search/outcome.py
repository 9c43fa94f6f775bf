"""What a search gives back: values only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..agents.contracts import Sighting, Target
from ..memory.geometry import Box, merge_duplicates
from ..record.steps import LookStep, Observation
from .cue import MassTable

__all__ = [
    "Calls",
    "Confirm",
    "Hunt",
    "Instance",
    "MAX_INSTANCES",
    "Node",
    "SearchOutcome",
    "TargetOutcome",
    "merged",
    "observe",
]


MAX_INSTANCES = 24
"""Instances of one target that get a second look and a crop; more are counted, and keep their boxes in the trace."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One place where a target was seen. box: full image, of the 1-based page. look: index of the look.

    sources: names of the localizers that saw it, where several took part. scale: pixels of the localizer's input per
    image pixel in that look.
    """

    box: Box
    score: float
    text: str
    look: int
    page: int
    sources: tuple[str, ...] = ()
    scale: float = 1.0


Confirm = Callable[[Target, Sequence[Instance]], list[Instance]]
"""Which of the finds of a target are evidence."""


def merged(instances: Sequence[Instance]) -> list[Instance]:
    """Without doubles from overlapping views, best first; only instances of one page can be doubles.

    Of doubles the one that was seen most finely stays: it needs no second look, and its box is the most exact.
    """
    pages = sorted({i.page for i in instances})
    kept = []
    for page in pages:
        here = [i for i in instances if i.page == page]
        worth = [min(1.0, i.scale) * 10 + i.score for i in here]
        kept += [here[k] for k in merge_duplicates([i.box for i in here], worth)]
    return sorted(kept, key=lambda i: -i.score)


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A patch in the tree, on a 1-based page.

    lineage: the cue maps of its ancestors, root first, each per target index. hint: a place where a target was in an
    earlier run: it is looked at once, and not split.
    """

    page: int
    box: Box
    level: int
    parent: int | None
    priorities: tuple[float, ...] | None
    lineage: tuple[dict[int, MassTable], ...] = ()
    hint: bool = False


@dataclass(slots=True)
class Hunt:
    """What is known of one target while the search runs."""

    target: Target
    open: bool = True
    found: list[Instance] = field(default_factory=list)
    best: Instance | None = None
    looks: int = 0
    fine: dict[int, list[Box]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TargetOutcome:
    """What became of one target.

    status: "found", "absent" (everything was looked at), or "open" (budget or cancellation came first, or the search
    ended with too much unseen to call it absent).
    instances: best first; empty unless found. best: the best candidate seen, found or not.
    complete: whether everything was looked at, so that `instances` are all there are (of a target that wants one,
    that it is settled). path_length: looks up to and including the one that saw `best`. seen: share of the
    document, in [0, 1], looked at finely enough.
    probability, absent_probability: that the target is where the first instance is, and that it (or any further
    instance) is nowhere, in [0, 1]. detection: share of such targets that the localizer finds in the finest
    views, where the smallest that was looked for has `apparent_px` pixels of its input. None where the policy
    keeps no posterior.
    """

    target: Target
    status: Literal["found", "absent", "open"]
    instances: tuple[Instance, ...]
    best: Instance | None
    complete: bool
    path_length: int | None
    looks: int
    seen: float
    probability: float | None = None
    absent_probability: float | None = None
    detection: float | None = None
    apparent_px: float | None = None

    @property
    def absence(self) -> str:
        """How thoroughly it was looked for in vain, for people."""
        how = "everything was looked at" if self.complete else "the budget ended first"
        if self.absent_probability is not None:
            how = f"{'' if self.complete else 'not settled, '}absent with {self.absent_probability:.0%}"
        looks = f"{self.looks} looks, {self.seen:.0%} seen finely ({how})"
        return f"{self.target.phrase}: not found in {looks}"


@dataclass(frozen=True, slots=True)
class Calls:
    """What was asked of the agents: patches x targets detected, places asked for, places localised."""

    detection: int = 0
    where: int = 0
    context: int = 0


@dataclass(frozen=True, slots=True)
class SearchOutcome:
    """The result of one search. `patches` counts looks paid for, those ahead of their turn included.

    likelihoods: where a policy with a posterior had its likelihoods from, in words; "" for other policies.
    """

    targets: tuple[TargetOutcome, ...]
    steps: tuple[LookStep, ...]
    calls: Calls
    patches: int
    stopped: Literal["done", "looks", "seconds", "cancelled"]
    likelihoods: str = ""


def observe(phrase: str, candidates: list[Instance], sighting: Sighting) -> Observation:
    return Observation(
        phrase=phrase,
        top_score=candidates[0].score if candidates else None,
        boxes=tuple(c.box for c in candidates),
        scores=tuple(c.score for c in candidates),
        texts=tuple(c.text for c in candidates) if sighting.texts else (),
        sources=tuple(c.sources for c in candidates) if sighting.sources else (),
        cue_max=None if sighting.cue is None else float(sighting.cue.max()),
    )
