"""What all detectors share: the picture of a patch, the way back from it, phrases that fit, scores as a sighting.

- A patch is read at the model's input size. Pictures too small or too long for a network are padded at the right
  and below, so that nothing moves; boxes are cut to the patch.
- Patches whose pictures have one size make one batch: nothing is padded to a neighbour's size, and a batch says of
  each patch what it would say of it alone.
- Scores are logits until the end. A calibration is data: what is reported, where found and sure begin, and how
  logits become the log-odds of a cue map, in which a cell at the low threshold has even odds.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import PIL.Image
from numpy.typing import ArrayLike, NDArray

from ...memory.conventions import Convention, to_patch
from ...memory.image import Patch
from ..contracts import Sighting

__all__ = [
    "Calibration",
    "Frame",
    "batches",
    "drawn_cue",
    "fitted",
    "frame_of",
    "log_odds",
    "sighting",
]

Array = NDArray[np.float32]

LOGIT_LIMIT = 12.0
"""Logits are cut to plus and minus this: networks mask with minus infinity."""
MOST_BOXES = 100
"""Boxes of one phrase in one patch that are reported, at most."""
SAME_IOU = 0.5
"""Overlap from which the lower of two boxes of a phrase is dropped."""
CELLS = 48
"""Cells of a cue map made of boxes, along the longer side."""
_PAD = (127, 127, 127)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Thresholds of one model, as data. low, high: as in `Capabilities`. floor: the lowest score that is reported.

    slope: log-odds per logit, for the cue map.
    """

    low: float
    high: float
    floor: float = 0.05
    slope: float = 1.0

    def cue(self, logits: ArrayLike) -> Array:
        """Log-odds of any logits, same shape: 0 at the low threshold."""
        even = np.clip(np.asarray(logits, np.float64), -LOGIT_LIMIT, LOGIT_LIMIT) - log_odds(self.low)
        return (self.slope * even).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Frame:
    """The picture of a patch as a network gets it. view_wh: the part of the picture that shows the patch."""

    picture: PIL.Image.Image
    view_wh: tuple[int, int]
    patch_wh: tuple[float, float]

    @property
    def shown_wh(self) -> tuple[float, float]:
        """Width and height of the whole picture, padding included, in pixels of the patch."""
        return (
            self.picture.width * self.patch_wh[0] / self.view_wh[0],
            self.picture.height * self.patch_wh[1] / self.view_wh[1],
        )

    def boxes(
        self, values: ArrayLike, which: str | Convention, input_wh: tuple[int, int] | None = None
    ) -> Array:
        """(N, 4) or (N, 2) numbers of a model that saw the picture -> (N, 4) float32 x0 y0 x1 y1, pixels of the
        patch, cut to it. Arguments and errors as in `seal.memory.conventions.to_patch`."""
        return (
            to_patch(values, which, self.shown_wh, input_wh).clip(0, [*self.patch_wh] * 2).astype(np.float32)
        )

    def cut(self, grid: Array, square: bool = False) -> Array:
        """The part of a (h, w) grid over the picture that lies on the patch, by the nearest cells.

        square: the grid lies on a square with the picture at its top left.
        """
        whole = (max(self.picture.size),) * 2 if square else self.picture.size
        for axis in (0, 1):
            n, share = grid.shape[axis], self.view_wh[1 - axis] / whole[1 - axis]
            if share < 1:
                count = max(1, round(n * share))
                grid = grid.take(((np.arange(count) + 0.5) * share * n / count).astype(int), axis)
        return grid


def frame_of(patch: Patch, max_side: int, shortest: int = 16, most_extreme: float = 8.0) -> Frame:
    """The patch, longest side at most `max_side`; padded to `shortest` pixels and to sides of `most_extreme` : 1."""
    view = patch.read(max_side)
    least = max(shortest, math.ceil(max(view.size) / most_extreme))
    size_wh = max(view.width, least), max(view.height, least)
    picture = view
    if size_wh != view.size:
        picture = PIL.Image.new("RGB", size_wh, _PAD)
        picture.paste(view)
    return Frame(picture, view.size, patch.box.size_wh)


def batches(frames: Sequence[Frame], most: int) -> Iterator[list[int]]:
    """Indices of frames whose pictures have one size, at most `most` together."""
    sizes = dict.fromkeys(frame.picture.size for frame in frames)
    for size in sizes:
        alike = [i for i, frame in enumerate(frames) if frame.picture.size == size]
        for start in range(0, len(alike), most):
            yield alike[start : start + most]


def fitted(phrase: str, count: Callable[[str], int], limit: int, name: str) -> str:
    """The phrase, cut at its end to the most that a text encoder takes, with a warning when anything is lost.

    count: tokens of a text, special ones included. Whole words go first, then letters. What a phrase names stands
    near its beginning; split into parts it would name other things.
    """
    kept = " ".join(phrase.split())
    if count(kept) <= limit:
        return kept
    words = kept.split()
    while len(words) > 1 and count(" ".join(words)) > limit:
        words.pop()
    kept = " ".join(words)
    while len(kept) > 1 and count(kept) > limit:
        kept = kept[: len(kept) // 2]
    warnings.warn(
        f"{name} takes phrases of {limit} tokens; one of {count(phrase)} is looked for as {kept!r}.",
        stacklevel=2,
    )
    return kept


def log_odds(probability: ArrayLike) -> NDArray[np.float64]:
    """ln(p / (1 - p)), cut to plus and minus `LOGIT_LIMIT`."""
    edge = 1 / (1 + math.exp(LOGIT_LIMIT))
    p = np.clip(np.asarray(probability, np.float64), edge, 1 - edge)
    return np.asarray(np.log(p / (1 - p)))


def drawn_cue(boxes: Array, logits: ArrayLike, patch_wh: tuple[float, float], cells: int = CELLS) -> Array:
    """(h, w) float32 logits over a patch: each cell has the highest of the boxes that touch it, else the lowest.

    boxes: (N, 4) x0 y0 x1 y1 in pixels of the patch; logits: (N,). N at least 1.
    """
    values = np.clip(np.asarray(logits, np.float32), -LOGIT_LIMIT, LOGIT_LIMIT)
    longest = max(patch_wh)
    columns, rows = (max(1, round(cells * side / longest)) for side in patch_wh)
    grid = np.full((rows, columns), values.min(), np.float32)
    steps = np.array([patch_wh[0] / columns, patch_wh[1] / rows] * 2)
    first = np.floor(boxes / steps).astype(int)[:, :2].clip(0, [columns - 1, rows - 1])
    last = np.ceil(boxes / steps).astype(int)[:, 2:].clip(first + 1, None)
    for i in np.argsort(values):
        grid[first[i, 1] : last[i, 1], first[i, 0] : last[i, 0]] = values[i]
    return grid


def sighting(boxes: Array, logits: ArrayLike, calibration: Calibration, cue: Array | None) -> Sighting:
    """The best of (N, 4) boxes in pixels of the patch with (N,) logits, doubles dropped; the cue as it is.

    Boxes without area are left out.
    """
    import torch
    from torchvision.ops import nms

    scores = (1 / (1 + np.exp(-np.clip(np.asarray(logits, np.float64), -60, 60)))).astype(np.float32)
    area = (boxes[:, 2] > boxes[:, 0]) & (
        boxes[:, 3] > boxes[:, 1]
    )  # they were cut to the patch (`Frame.boxes`)
    keep = np.flatnonzero(area & (scores >= calibration.floor))
    best = nms(torch.from_numpy(boxes[keep]), torch.from_numpy(scores[keep]), SAME_IOU).numpy()[:MOST_BOXES]
    return Sighting(boxes[keep[best]], scores[keep[best]], cue)
