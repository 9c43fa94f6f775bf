"""Something that is seen on a screen, as the localizer tells it."""

from __future__ import annotations

from dataclasses import dataclass

from ..memory.geometry import Box

__all__ = ["Thing"]


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that is seen. phrase: what the localizer would find it by. box: full image. score: in [0, 1]."""

    phrase: str
    box: Box
    score: float
