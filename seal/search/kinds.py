"""What the looks at a page are worth for one kind of target: its tables (`calibration`) at the page's views."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..memory.geometry import Box
from .calibration import Calibration, Likelihoods
from .grid import Axis, Scale

__all__ = ["TargetKind", "newly"]

INDEPENDENT_SHARE = 0.4
"""By what share a finer look is independent of the coarser ones before it. At 0 it misses again whatever they missed,
but for what the greater apparent size adds; at 1 its chance is that of a first look."""
DETECTABLE = 0.25
"""Where the sizes of targets were not measured: those that even the finest view detects with less than this share of
the best chance are not looked for (with them the posterior of absence never gets anywhere)."""
LEAST_SHARE = 1e-3
"""Share of the boxes off target that any size gets."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TargetKind:
    """For K scales of views and S sizes of targets, sides in image pixels.

    likelihoods: [K][S]. shares: (S,) prior over sizes. found, information: (K, S), chance of an acceptable score, and
    expected log-likelihood ratio, nats; they never fall with the scale. finest: (S,) the finest scale whose views hold
    such an object. chances: (K, S) boxes off target in one cell a look. noise: (B,) distribution of their scores.
    extents: widths and heights, image pixels, by size. axes: by scale, of columns and of rows.
    """

    likelihoods: list[list[Likelihoods]]
    shares: Array
    found: Array
    information: Array
    finest: NDArray[np.intp]
    chances: Array
    noise: Array
    extents: tuple[list[float], list[float]]
    axes: list[tuple[Axis, Axis]]

    @classmethod
    def of(
        cls,
        tables: Calibration,
        page: Box,
        scales: Sequence[Scale],
        sizes: Sequence[float],
        centres: tuple[Array, Array],
        cell: float,
        acceptable: float,
    ) -> TargetKind:
        """centres: of columns and rows, from the page's corner; cell: their distance; acceptable: score that finds."""
        likelihoods = [[tables.at(s * scale.zoom) for s in sizes] for scale in scales]
        found = np.array([[at.reaches(acceptable) for at in row] for row in likelihoods])
        found = np.maximum.accumulate(found, axis=0)
        shares = tables.shares(sizes)
        if tables.log2_side is None:
            shares = shares * (found[-1] >= DETECTABLE * found[-1].max())
            shares /= shares.sum()
        cells = np.array([max(1.0, s.size_wh[0] * s.size_wh[1] / cell**2) for s in scales])
        chances = tables.background / cells[:, None] * np.maximum(shares, LEAST_SHARE)
        noise = np.array(tables.score_background)
        news = [
            [_information(at, chance * noise) for at, chance in zip(row, line, strict=True)]
            for row, line in zip(likelihoods, chances, strict=True)
        ]
        finer = 1e-9 * np.arange(len(scales))[:, None]  # of two equally good looks the finer one counts
        wide = 2.0 ** (tables.log2_aspect / 2)
        extents = [s * wide for s in sizes], [s / wide for s in sizes]
        axes = [
            (
                Axis.of(page.width, s.size_wh[0], centres[0], extents[0]),
                Axis.of(page.height, s.size_wh[1], centres[1], extents[1]),
            )
            for s in scales
        ]
        fits = [
            [all((axis.high[s] > axis.low[s]).any() for axis in pair) for s in range(len(sizes))]
            for pair in axes
        ]
        return cls(
            likelihoods,
            shares,
            found,
            np.maximum.accumulate(np.maximum(np.array(news), 0), axis=0) + finer,
            np.where(fits, np.arange(len(scales))[:, None], 0).max(axis=0),
            chances,
            noise,
            extents,
            axes,
        )

    def at_best(self, table: Array) -> Array:
        """(S, 1, 1): a (K, S) table in the finest view that holds such an object."""
        best: Array = table[self.finest, np.arange(len(self.finest))][:, None, None]
        return best

    def missed(self, size: int) -> float:
        """Chance that even the finest view that holds such an object gets no box for it."""
        return 1 - self.likelihoods[int(self.finest[size])][size].box


def newly(found: Array | float, before: Array, finer: NDArray[np.bool_]) -> Array:
    """Chance that a look finds what looks with the chance `before` did not: see INDEPENDENT_SHARE."""
    grown: Array = np.maximum(0, found - before) / (1 - before + 1e-9)
    return np.where(
        finer, np.maximum(grown, INDEPENDENT_SHARE * found + (1 - INDEPENDENT_SHARE) * grown), 0.0
    )


def _information(at: Likelihoods, noise: Array) -> float:
    """Expected log-likelihood ratio at the true place, nats. noise: (B,) boxes off target in its cell by score."""
    boxed = (at.score * np.log(at.box * at.score / noise)).sum()
    return float(at.box * boxed + (1 - at.box) * math.log(max(1e-9, 1 - at.box)) + at.cue_information)
