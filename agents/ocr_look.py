"""One look of the OCR localizer: what the detector said of a patch, what was read there, and the cue map that follows.

The cue map says where unread lines are that could hold the text: the detector's log-odds, lowered where a line's shape
or place rules it out, strongly negative where a line was read and says something else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .ocr_engine import Array, Reading
from .text import TextQuery

__all__ = ["CUE_CELLS", "CUE_RULED_OUT", "Look", "Mask", "can_hold", "cue_of", "text_cue"]

CUE_CELLS = 96
"""Cells of the cue map along the patch's longer side, at most."""
CUE_LIMIT = 8.0
"""Log-odds are clipped to plus and minus this. A line that was read and says something else gets minus this
times the squared confidence of recognition: print too small to be read is read at a confidence of 0 to 0.8."""
CUE_RULED_OUT = -4.0
"""Log-odds, at most, of a readable line whose shape or place cannot hold the target."""
CUE_UNSURE = -2.0
"""Log-odds where small print may be missed: at most, of a line too small to be read whose shape cannot hold the target;
at least, of any contrast in a view below `SHARP_SCALE`."""
INK = 32
"""Difference of the brightest and darkest value, of 255, from which a cell is not blank."""
CHAR_ASPECT = 0.46
NARROWEST_ASPECT = 0.25
"""Width of a character over the height of its line: median 0.46, lowest 0.29 (200 lines read at full resolution)."""
BOX_SLACK = 3.0
"""Pixels of the view by which the detector's boxes exceed small text, in all."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """What the detector said of one patch, and what has been read there so far.

    corners: (N, 4, 2) float32, clockwise from the top left, pixels of the view. cue: (h, w) float32 log-odds
    of text. size_wh: of the view, pixels. readings: by index of the line; grows, never changes. closer: readings
    of small lines from the image itself, likewise.
    """

    corners: Array
    cue: Array
    size_wh: tuple[int, int]
    readings: dict[int, Reading] = field(default_factory=dict)
    closer: dict[int, Reading] = field(default_factory=dict)

    @property
    def line_sides(self) -> tuple[Array, Array]:
        """Length and height of each line, (N,) each, pixels of the view; a tall box is vertical text."""
        along = np.linalg.norm(self.corners[:, 1] - self.corners[:, 0], axis=1)
        across = np.linalg.norm(self.corners[:, 3] - self.corners[:, 0], axis=1)
        tall = across > 2 * along
        return np.where(tall, across, along), np.where(tall, along, across)

    @property
    def boxes(self) -> Array:
        """(N, 4) float32 x0 y0 x1 y1, pixels of the view."""
        return np.concatenate([self.corners.min(axis=1), self.corners.max(axis=1)], axis=1)


def can_hold(query: TextQuery, look: Look) -> Mask:
    """(N,) whether each line is long enough for the shortest text that would match."""
    length, height = look.line_sides
    fewest = query.shortest * NARROWEST_ASPECT * np.maximum(height - BOX_SLACK, 1)
    return np.asarray(length + BOX_SLACK >= fewest, np.bool_)


def text_cue(view: NDArray[np.uint8], probability: Array, sharp: bool) -> Array:
    """(h, w) log-odds of text from the detector's probabilities (H, W): its maximum per cell, clipped.

    In a view that is not `sharp`, cells with contrast may hold print too small to be detected.
    """
    edge = 1 / (1 + math.exp(CUE_LIMIT))
    best = np.clip(_per_cell(np.maximum, probability), edge, 1 - edge)
    cue: Array = np.log(best / (1 - best)).astype(np.float32)
    if sharp:
        return cue
    green = view[:, :, 1].astype(np.int16)
    inked = _per_cell(np.maximum, green) - _per_cell(np.minimum, green) >= INK
    return np.where(inked, np.maximum(cue, CUE_UNSURE), cue).astype(np.float32)


def _per_cell(best: np.ufunc, values: NDArray[Any]) -> NDArray[Any]:
    """(H, W) -> (h, w): `best` over the cells of a regular grid, at most `CUE_CELLS` on the longer side."""
    cell = max(4, math.ceil(max(values.shape) / CUE_CELLS))
    for axis, size in enumerate(values.shape):
        count = math.ceil(size / cell)
        values = best.reduceat(values, np.arange(count) * size // count, axis=axis)
    return values


def cue_of(
    look: Look, query: TextQuery, fits: Mask, readable: Mask, found: list[Array], scores: list[float]
) -> Array:
    """(h, w) float32 log-odds that the target is there: each cell has the best that its lines allow."""
    cue = look.cue
    best = np.full(cue.shape, -np.inf, np.float32)
    raised = _likeness(query, look)
    for i, box in enumerate(look.boxes):
        cells = _cells(box, look)
        if fits[i] and not readable[i]:
            value: Any = np.minimum(cue[cells] + raised[i], CUE_LIMIT)
        elif fits[i]:
            value = min(CUE_UNSURE, -CUE_LIMIT * look.readings[i].confidence ** 2)
        else:
            value = np.minimum(cue[cells], CUE_RULED_OUT if readable[i] else CUE_UNSURE)
        best[cells] = np.maximum(best[cells], value)
    for box, score in zip(found, scores, strict=True):
        cells = _cells(box, look)
        best[cells] = np.maximum(best[cells], CUE_LIMIT * (2 * score - 1))
    return np.where(np.isneginf(best), cue, best)


def _cells(box_in_view: Array, look: Look) -> tuple[slice, slice]:
    """Rows and columns of the cue map that a box x0 y0 x1 y1 touches."""
    (rows, columns), (width, height) = look.cue.shape, look.size_wh
    x0, y0, x1, y1 = box_in_view.tolist()
    return (
        slice(int(y0 * rows / height), math.ceil(y1 * rows / height)),
        slice(int(x0 * columns / width), math.ceil(x1 * columns / width)),
    )


def _likeness(query: TextQuery, look: Look) -> Array:
    """(N,) in [0, 1]: how near each line's shape comes to that of the text alone; 0 for open queries."""
    if not query.texts:
        return np.zeros(len(look.corners), np.float32)
    length, height = (np.maximum(side - BOX_SLACK, 1) for side in look.line_sides)
    surprise = np.log(length / (query.shortest * CHAR_ASPECT * height))
    return np.asarray(np.exp(-2 * surprise**2), np.float32)
