"""A view as the text detector sees it: tile by tile of a fixed grid, each with a margin of its neighbours.

- The detector has layers that take means over all that they are shown: on a whole view a word that changes in one
  corner moves every probability a little. What it says of a window depends on the pixels of that window alone, so that
  what did not change from one screenshot to the next is not looked at again, and what comes of it is the same to the
  bit, whatever was seen before.
- The twelve windows of a view of 1536x864 have 1.45 times its pixels, and take a fifth longer: their layers fit into
  the processor's cache. With margins of 32 px they take as long as it, but say less of print of 4 px.
- A line that crosses tiles is found whole: probabilities are put together, not lines.
- A window without contrast is not looked at: shown nothing at all, the detector sees text in noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..memory.kept import Kept, content_key

__all__ = ["Maps", "Window", "stitched", "windows"]

Array = NDArray[np.float32]
Maps = Kept[NDArray[np.float16]]
"""Probabilities of tiles by the content of their windows."""
Looked = Callable[["Window"], NDArray[np.float16]]
SideBySide = Callable[[Looked, Sequence["Window"]], Iterator[NDArray[np.float16]]]

TILE, EDGE, STEP = 384, 48, 32
"""Pixels: longest side of a tile, the margin around it, and what the sides of tiles are multiples of."""
SMALL = (TILE + 2 * EDGE) ** 2
"""Pixels of a view up to which one window shows all of it."""
CONTRAST = 16
"""Difference of the brightest and darkest value of a channel, of 255, below which nothing is written in a window."""

Part = tuple[slice, slice]
"""Rows and columns."""


@dataclass(frozen=True, slots=True)
class Window:
    """A tile, and what is shown to the detector for it: the tile with its margin. Both in pixels of the view."""

    tile: Part
    shown: Part

    @property
    def inner(self) -> Part:
        """The tile in pixels of the window."""
        (rows, columns), (y, x) = self.tile, (part.start for part in self.shown)
        return slice(rows.start - y, rows.stop - y), slice(columns.start - x, columns.stop - x)


def windows(size_wh: tuple[int, int]) -> tuple[Window, ...]:
    """The tiles of a view of that size, row by row; they cover it, none twice."""
    width, height = size_wh
    if width * height <= SMALL:
        whole = slice(0, height), slice(0, width)
        return (Window(whole, whole),)
    return tuple(
        Window((rows, columns), (_shown(rows, height), _shown(columns, width)))
        for rows in _cut(height)
        for columns in _cut(width)
    )


def stitched(
    view: NDArray[np.uint8],
    probability: Callable[[NDArray[np.uint8]], Array],
    known: Maps | None,
    each: SideBySide = map,
) -> Array:
    """(H, W) float32: what `probability` says of each window of a view (H, W, 3), where that is not known yet.

    Zero where there is no contrast. each: as `map`, perhaps with several windows at once.
    """
    height, width = view.shape[:2]

    def looked(window: Window) -> NDArray[np.float16]:
        shown, inner = view[window.shown], window.inner

        def said() -> NDArray[np.float16]:
            return probability(shown)[inner].astype(np.float16)

        return said() if known is None else known.get(f"{content_key(shown)} {inner}", said)

    whole = np.zeros((height, width), np.float32)
    written = [w for w in windows((width, height)) if _contrast(view[w.shown]) >= CONTRAST]
    for window, said in zip(written, each(looked, written), strict=True):
        whole[window.tile] = said
    return whole


def _contrast(shown: NDArray[np.uint8]) -> int:
    """Difference of the brightest and darkest value of a channel, the largest of them. Axis by axis: numpy needs ninety
    times as long for both at once."""
    return int((shown.max(axis=0).max(axis=0) - shown.min(axis=0).min(axis=0)).max())


def _cut(size: int) -> list[slice]:
    """The tiles along a side: equal ones but for the last."""
    count = math.ceil(size / TILE)
    side = math.ceil(size / count / STEP) * STEP
    ends = [*range(0, size, side), size]
    return [slice(a, b) for a, b in pairwise(ends)]


def _shown(tile: slice, size: int) -> slice:
    return slice(max(0, tile.start - EDGE), min(size, tile.stop + EDGE))
