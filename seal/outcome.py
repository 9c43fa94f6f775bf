"""What a search gives back: values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .agents.contracts import Target
from .memory.geometry import Box
from .trace import LookStep

__all__ = ["Calls", "Instance", "SearchOutcome", "TargetOutcome"]


@dataclass(frozen=True, slots=True)
class Instance:
    """One place where a target was seen. box: full image, of the 1-based page. look: index of the look."""

    box: Box
    score: float
    text: str
    look: int
    page: int


@dataclass(frozen=True, slots=True)
class TargetOutcome:
    """What became of one target.

    status: "found", "absent" (everything was looked at), or "open" (budget or cancellation came first).
    instances: best first; empty unless found. best: the best candidate seen, found or not.
    complete: whether everything was looked at, so that `instances` are all there are (of a target that wants one,
    that it is settled). path_length: looks up to and including the one that saw `best`. seen: share of the
    document, in [0, 1], looked at finely enough.
    """

    target: Target
    status: Literal["found", "absent", "open"]
    instances: tuple[Instance, ...]
    best: Instance | None
    complete: bool
    path_length: int | None
    looks: int
    seen: float


@dataclass(frozen=True, slots=True)
class Calls:
    """What was asked of the agents: patches x targets detected, places asked for, places localised."""

    detection: int = 0
    where: int = 0
    context: int = 0


@dataclass(frozen=True, slots=True)
class SearchOutcome:
    """The result of one search. `patches` counts looks paid for, those ahead of their turn included."""

    targets: tuple[TargetOutcome, ...]
    steps: tuple[LookStep, ...]
    calls: Calls
    patches: int
    seconds: float
    stopped: Literal["done", "looks", "seconds", "cancelled"]
