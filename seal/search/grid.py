"""Views of a page as the ideal searcher sees them: scales, positions, and the cells that lie wholly in a view."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..memory.geometry import Box

__all__ = ["Axis", "Scale", "sizes_for", "span"]

STEPS = 6
"""Positions of a view along an axis overlap by all but this share of its side."""
SLACK = 0.5
"""Least distance of a centre to the edge of a view, in sides, for an object to lie wholly in it (half a cell more)."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scale:
    """Views of one size. size_wh: image pixels. zoom: pixels of the localizer's input per image pixel."""

    size_wh: tuple[float, float]
    zoom: float


def sizes_for(page: Box, target_px: float) -> tuple[float, ...]:
    """Sides, in image pixels, an octave apart: from the smallest target to half of the page."""
    octaves = max(1, math.floor(math.log2(max(2.0, min(page.size_wh) / target_px))))
    return tuple(target_px * 2.0**k for k in range(octaves))


@dataclass(slots=True)
class Axis:
    """Positions of one scale's views along an axis, and the cells [low, high) that each size may be centred in."""

    starts: Array
    low: NDArray[np.intp]
    high: NDArray[np.intp]

    @classmethod
    def of(cls, length: float, view: float, centres: Array, sizes: Sequence[float]) -> Axis:
        room = length - view
        step = max(view / STEPS, float(centres[0]) * 2)
        starts = (
            np.round(np.linspace(0, room, math.ceil(room / step - 1e-9) + 1)) if room > 0 else np.zeros(1)
        )
        spans = [span(centres, starts, starts + view, length, size) for size in sizes]
        return cls(starts, np.stack([s[0] for s in spans]), np.stack([s[1] for s in spans]))


def span(
    centres: Array, start: Array, end: Array, length: float, size: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Cells [low, high) in which an object of that size lies wholly between start and end; page borders cut nothing."""
    margin = SLACK * size
    low = np.searchsorted(centres, start + np.where(start > 0, margin, 0))
    high = np.searchsorted(centres, end - np.where(end < length, margin, 0))
    return low, np.maximum(low, high)
