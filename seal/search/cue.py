"""How much of a cue map falls on a part of the patch: area integrals with fractional cells, O(1) each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..memory.geometry import Box

__all__ = ["MassTable", "highest"]


@dataclass(frozen=True, slots=True)
class MassTable:
    """A cue map over `box` (full-image pixels), min-max normalised to [0, 1], as a summed-area table.

    table: (h + 1, w + 1) float64, table[r, c] = sum of the normalised map above row r and left of column c.
    """

    box: Box
    table: NDArray[np.float64]

    @classmethod
    def of(cls, cue: NDArray[np.float32], box: Box) -> MassTable:
        """From (h, w) log-odds; a constant map has no mass."""
        low, high = float(cue.min()), float(cue.max())
        scaled = (cue.astype(np.float64) - low) / (high - low) if high > low else np.zeros(cue.shape)
        table = np.zeros((cue.shape[0] + 1, cue.shape[1] + 1))
        np.cumsum(np.cumsum(scaled, axis=0), axis=1, out=table[1:, 1:])
        return cls(box, table)

    def share(self, part: Box) -> float:
        """Share of the map's mass inside `part`, in [0, 1]; 0 for a map without mass."""
        total = float(self.table[-1, -1])
        if total <= 0:
            return 0.0
        rows, columns = self.table.shape[0] - 1, self.table.shape[1] - 1
        x0, y0, x1, y1 = part.clipped(self.box).xyxy
        left, right = ((x - self.box.x) * columns / self.box.width for x in (x0, x1))
        top, bottom = ((y - self.box.y) * rows / self.box.height for y in (y0, y1))
        return (
            self._at(bottom, right) - self._at(top, right) - self._at(bottom, left) + self._at(top, left)
        ) / total

    def _at(self, row: float, column: float) -> float:
        """The table at a fractional place: bilinear, which is exact for cells of constant value."""
        r, c = min(int(row), self.table.shape[0] - 2), min(int(column), self.table.shape[1] - 2)
        fr, fc = row - r, column - c
        a, b = self.table[r, c : c + 2], self.table[r + 1, c : c + 2]
        return float((1 - fr) * ((1 - fc) * a[0] + fc * a[1]) + fr * ((1 - fc) * b[0] + fc * b[1]))


def highest(cue: NDArray[np.float32], box: Box, part: Box) -> float:
    """Maximum of a (h, w) map over `box` among the cells that touch `part`; -inf when none does."""
    rows, columns = cue.shape
    x0, y0, x1, y1 = part.clipped(box).xyxy
    left, right = ((x - box.x) * columns / box.width for x in (x0, x1))
    top, bottom = ((y - box.y) * rows / box.height for y in (y0, y1))
    cells = cue[math.floor(top) : math.ceil(bottom), math.floor(left) : math.ceil(right)]
    return float(cells.max()) if cells.size else -math.inf
