"""What a question's own function says: candidates for the answer, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ...memory.geometry import Box
from ...memory.typed import plain, same_value
from ..contracts import Target
from .scene import Place
from .values import Reading

__all__ = ["Verdict", "no", "refused", "said", "yes"]

_NOWHERE = Place(Box(0, 0, 1, 1), score=0.0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """candidates: best first. reason: why there is none, or what the best one rests on. more: what to look for.

    final: whether nothing else is asked, neither where there is none nor for a second opinion.
    """

    candidates: tuple[Reading, ...] = ()
    reason: str = ""
    more: tuple[Target, ...] = field(default=())
    final: bool = False

    @property
    def best(self) -> Reading | None:
        """The first candidate."""
        return self.candidates[0] if self.candidates else None

    def merged(self, near: float) -> Verdict:
        """The same with the best candidate at full length: those nearly as good, at its place, that hold what it says,
        or a part of it, are one with it.

        near: share of the best score by which such a one may be behind.
        """
        if not self.candidates:
            return self
        first = self.candidates[0]
        near_ones = [c for c in self.candidates if c.score >= (1 - near) * first.score and _is_one(first, c)]
        longest = max(near_ones, key=lambda c: len(c.text))
        rest = tuple(c for c in self.candidates if c not in near_ones)
        return replace(self, candidates=(replace(longest, score=first.score), *rest))

    @property
    def lead(self) -> float:
        """How far the best candidate is ahead of others that say something else, as a share of its score, in [0, 1]."""
        if not self.candidates or self.candidates[0].score <= 0:
            return 0.0
        first = self.candidates[0]
        rival = max((c.score for c in self.candidates[1:] if not same_value(c.text, first.text)), default=0.0)
        return max(0.0, 1 - rival / first.score)


def _is_one(a: Reading, b: Reading) -> bool:
    """Whether two readings are of one place, and one holds the other."""
    one, other = plain(a.text), plain(b.text)
    holds = one == other or (min(len(one), len(other)) > 1 and (one in other or other in one))
    shared = a.place.box.intersection(b.place.box).area
    return a is b or (
        holds
        and a.place.page == b.place.page
        and shared > 0.5 * max(1e-6, min(a.place.box.area, b.place.box.area))
    )


def refused(reason: str, *more: Target) -> Verdict:
    """No answer."""
    return Verdict((), reason, more)


def said(readings: Sequence[Reading], nothing: str, *more: Target) -> Verdict:
    """The readings, best first; a refusal where there are none."""
    ranked = tuple(sorted(readings, key=lambda r: -r.score))
    return Verdict(ranked, ranked[0].why if ranked else nothing, more)


def yes(sure: float, why: str, *used: Place) -> Verdict:
    """Yes."""
    return Verdict((Reading("yes", used[0] if used else _NOWHERE, sure, why, used),), why)


def no(sure: float, why: str, *used: Place) -> Verdict:
    """No, with the evidence for it."""
    return Verdict((Reading("no", used[0] if used else _NOWHERE, sure, why, used),), why)
