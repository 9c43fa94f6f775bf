"""What an agent's networks said of the icons and widgets that it saw, by the pixels of their crops."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...memory.kept import Kept

__all__ = ["Known"]

MOST_CROPS = 8192
"""Crops of a kind that are kept, a kB at most each; a busy screen has 300."""


def _crops() -> Kept[NDArray[np.float32]]:
    return Kept(MOST_CROPS)


@dataclass(frozen=True, eq=False, slots=True)
class Known:
    """Probabilities by content of the crop: of the concepts of icons, and of the kinds of widgets. Thread-safe.

    For one model: another one's must be its own.
    """

    icons: Kept[NDArray[np.float32]] = field(default_factory=_crops)
    widgets: Kept[NDArray[np.float32]] = field(default_factory=_crops)
