"""The policies by name. A policy is a frozen value; its run (`seal.search.tree`, `seal.search.ideal`) owns all state.

All but `Ideal` walk the same tree (the split of V*) and differ only in the roots that they start from, whether
they split, and the priority that they give a child. `shares` is what V* measures: for each ancestor of the
child, root first, the share of that ancestor's normalised cue map that falls on the child.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..memory.errors import SettingError
from ..memory.geometry import Box, tiles
from .policy import Policy, SearchRun, SearchTask
from .tree import TreeRun

if TYPE_CHECKING:
    from .calibration import Calibration

__all__ = [
    "BreadthFirst",
    "DepthFirst",
    "Ideal",
    "POLICIES",
    "Policy",
    "RandomOrder",
    "Slices",
    "VStar",
    "Whole",
    "get_policy",
]


@dataclass(frozen=True, slots=True)
class _Tree:
    """First come, first served, from the whole page down."""

    name: str = ""
    uses_cue: bool = False
    splits: bool = True

    def begin(self, task: SearchTask) -> SearchRun:
        """A run that walks the tree by these rules."""
        return TreeRun(task, self)

    def roots(self, page: Box, input_side: int) -> list[Box]:
        """The whole page."""
        del input_side
        return [page]

    def priority(self, level: int, shares: Sequence[float], draw: float) -> float:
        """0 for all: first come, first served."""
        del level, shares, draw
        return 0.0


@dataclass(frozen=True, slots=True)
class VStar(_Tree):
    """The published best-first search: the cue maps of all ancestors vote, each level a quarter as loud.

    Priority = sum over ancestors a of share_a(child) / 4 ** level(a) (V*, arXiv 2312.14135, section 3.2, and
    the released code).
    """

    name: str = "vstar"
    uses_cue: bool = True

    def priority(self, level: int, shares: Sequence[float], draw: float) -> float:
        """See the class."""
        del level, draw
        return sum(share / 4.0 ** (i + 1) for i, share in enumerate(shares))


@dataclass(frozen=True, slots=True)
class BreadthFirst(_Tree):
    """Level by level."""

    name: str = "breadth-first"

    def priority(self, level: int, shares: Sequence[float], draw: float) -> float:
        """Coarser first."""
        del shares, draw
        return -float(level)


@dataclass(frozen=True, slots=True)
class DepthFirst(_Tree):
    """Down to the leaves before the next branch."""

    name: str = "depth-first"

    def priority(self, level: int, shares: Sequence[float], draw: float) -> float:
        """Finer first."""
        del shares, draw
        return float(level)


@dataclass(frozen=True, slots=True)
class RandomOrder(_Tree):
    """Any open patch, drawn with the seed of the settings."""

    name: str = "random"

    def priority(self, level: int, shares: Sequence[float], draw: float) -> float:
        """A draw."""
        del level, shares
        return draw


@dataclass(frozen=True, slots=True)
class Slices(_Tree):
    """Exhaustive overlapping tiles at native resolution, row by row (the way of SAHI, arXiv 2202.06934)."""

    name: str = "slices"
    splits: bool = False
    overlap: float = 0.2

    def roots(self, page: Box, input_side: int) -> list[Box]:
        """Tiles of the localizer's input size with 20 % overlap (SAHI's default)."""
        return tiles(page, (input_side, input_side), self.overlap)


@dataclass(frozen=True, slots=True)
class Whole(_Tree):
    """The whole page once, at the localizer's input size: no search."""

    name: str = "whole"
    splits: bool = False


@dataclass(frozen=True, slots=True)
class Ideal(_Tree):
    """The Bayesian ideal searcher: views of any scale, the one with the largest expected gain next (`IdealRun`).

    calibration: likelihoods of the localizer; None takes the ones kept with its profile, else cautious assumptions.
    """

    name: str = "ideal"
    uses_cue: bool = True
    calibration: Calibration | None = None

    def begin(self, task: SearchTask) -> SearchRun:
        """A run that keeps a posterior. Raises SettingError when that would take too much memory."""
        from .ideal import IdealRun

        return IdealRun(task, self, self.calibration)


POLICIES: dict[str, Policy] = {
    p.name: p for p in (VStar(), Ideal(), BreadthFirst(), DepthFirst(), RandomOrder(), Slices(), Whole())
}
"""The policies by name."""


def get_policy(policy: str | Policy) -> Policy:
    """The policy of that name. Raises SettingError, listing the known ones."""
    if not isinstance(policy, str):
        if not callable(getattr(policy, "begin", None)):
            raise SettingError(f"A policy or the name of one is expected; got {type(policy).__name__}.")
        return policy
    if policy not in POLICIES:
        raise SettingError(f"There is no policy {policy!r}; the known ones are {', '.join(POLICIES)}.")
    return POLICIES[policy]
