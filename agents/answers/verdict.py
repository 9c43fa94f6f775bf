"""What a question's own function says: candidates for the answer, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ...memory.geometry import Box
from ...memory.typed import same_value
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

    @property
    def lead(self) -> float:
        """How far the best candidate is ahead of others that say something else, as a share of its score, in [0, 1]."""
        if not self.candidates or self.candidates[0].score <= 0:
            return 0.0
        first = self.candidates[0]
        rival = max((c.score for c in self.candidates[1:] if not same_value(c.text, first.text)), default=0.0)
        return max(0.0, 1 - rival / first.score)


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
