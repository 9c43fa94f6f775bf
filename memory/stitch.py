"""Screenshots of a page that was scrolled between them, joined into one long picture.

- What stays in place (headers, footers, side bars) is told first: rows and columns of blocks that are the same in two
  pictures, while others are not.
- How far was scrolled is where the rows of the part that moves are most alike. It counts only where nearly all that is
  drawn in the overlap agrees (of blank rows all are alike), and no other place agrees as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from .deadline import current
from .errors import ImageError
from .image import Image

__all__ = ["Stitched", "stitch"]

LEAST_OVERLAP = 24
"""Rows that two pictures must have in common."""
SAME = 12
"""Levels of 255 by which a pixel may differ and be the same."""
AGREE = 0.9
"""Share of what is drawn in the overlap that must be the same."""
LIKELY = 24
"""Places that are compared in all of their pixels."""
WRITTEN = 8
"""Rows of the overlap, at least, in which something is drawn."""
MOST_SIDE = 200_000
"""Rows of the long picture at most."""
SAMPLES = 256
"""Columns that are compared at first."""

Grey = NDArray[np.int16]


@dataclass(frozen=True, eq=False, slots=True)
class Stitched:
    """The long picture, RGB. offsets: rows by which each screenshot lies under the first, pixels; header, footer: rows
    at the top and bottom that stay in place, which are in it once."""

    picture: PIL.Image.Image
    offsets: tuple[int, ...]
    header: int
    footer: int


def stitch(images: Sequence[Image]) -> Stitched:
    """Join screenshots of one page, each scrolled further down than the one before; equal ones count once.

    Raises ImageError: fewer than two, of different widths or heights, without an overlap, over 200,000 rows.
    """
    if len(images) < 2:
        raise ImageError(f"Two screenshots are joined at least; got {len(images)}.")
    first = images[0]
    for image in images:
        if image.size_wh != first.size_wh:
            raise ImageError(
                f"{image.name}: the screenshot has {image.size_wh} px, {first.name} has {first.size_wh}; take all of "
                "one window, without changing its size."
            )
    shots = [np.asarray(image.region(image.box), np.uint8) for image in images]
    greys = [shot.mean(axis=2).astype(np.int16) for shot in shots]
    height = len(greys[0])
    pairs = [(a, b) for a, b in pairwise(greys) if not _same(a, b).all()]
    if not pairs:
        return Stitched(PIL.Image.fromarray(shots[0]), (0,) * len(images), 0, 0)
    header = min(_still(a, b) for a, b in pairs)
    footer = min(_still(a[::-1], b[::-1]) for a, b in pairs)
    inner = slice(header, height - footer)
    beside = np.logical_and.reduce([(a[inner] == b[inner]).all(axis=0) for a, b in pairs])
    offsets = [0]
    for i, (a, b) in enumerate(pairwise(greys)):
        current().check()
        moved = 0 if _same(a, b).all() else _moved(a[inner], b[inner])
        if moved is None:
            raise ImageError(
                f"{images[i + 1].name}: no overlap with {images[i].name} was found, or it fits in several "
                f"ways; give the screenshots from the top of the page to its bottom, {LEAST_OVERLAP} rows or more in "
                "common, with something written in them."
            )
        offsets.append(offsets[-1] + moved)
    if offsets[-1] + height > MOST_SIDE:
        raise ImageError(
            f"The long picture would have {offsets[-1] + height:,} rows, over the limit of {MOST_SIDE:,}."
        )
    return Stitched(
        PIL.Image.fromarray(_laid(shots, offsets, footer, beside)), tuple(offsets), header, footer
    )


def _same(a: Grey, b: Grey) -> NDArray[np.bool_]:
    return np.asarray(np.abs(a - b) <= SAME, np.bool_)


def _still(a: Grey, b: Grey) -> int:
    """Rows from the top that are the same in both; of blank ones it does not matter whether they count."""
    rows = _same(a, b).mean(axis=1) >= 0.995
    count = int(np.argmin(rows)) if not rows.all() else len(rows)
    return min(count, len(a) // 2)


def _fixed(a: Grey, b: Grey) -> NDArray[np.bool_]:
    """Which columns stay in place."""
    return np.asarray(_same(a, b).mean(axis=0) >= 0.995, np.bool_)


def _moved(a: Grey, b: Grey) -> int | None:
    """By how many rows `b` is scrolled further than `a`; None where that cannot be told. Columns that stay in place,
    as those of a side bar, do not count."""
    moving = ~_fixed(a, b)
    if not moving.any():
        return None
    columns = np.flatnonzero(moving)
    few = columns[:: max(1, len(columns) // SAMPLES)]
    x, y = a[:, few], b[:, few]
    height = len(a)
    shares = [float(_same(x[m:], y[: height - m]).mean()) for m in range(1, height - LEAST_OVERLAP)]
    likely = sorted(range(1, height - LEAST_OVERLAP), key=lambda m: -shares[m - 1])[:LIKELY]
    a, b = a[:, columns], b[:, columns]
    drawn_a, drawn_b = _drawn(a), _drawn(b)
    agree: list[tuple[float, int]] = []
    for moved in likely:
        drawn = drawn_a[moved:] | drawn_b[: height - moved]
        if int(drawn.any(axis=1).sum()) >= WRITTEN:
            agree.append((float(_same(a[moved:], b[: height - moved])[drawn].mean()), moved))
    agree.sort(reverse=True)
    if not agree or agree[0][0] < AGREE:
        return None
    (best, moved), rest = agree[0], agree[1:]
    return None if any(share >= AGREE and best - share < 0.01 for share, _ in rest) else moved


def _drawn(grey: Grey) -> NDArray[np.bool_]:
    """Where something is drawn: pixels that differ from the one to the left or above."""
    drawn = np.zeros(grey.shape, np.bool_)
    drawn[:, 1:] |= np.abs(np.diff(grey, axis=1)) > SAME
    drawn[1:] |= np.abs(np.diff(grey, axis=0)) > SAME
    return drawn


def _laid(
    shots: Sequence[NDArray[np.uint8]], offsets: Sequence[int], footer: int, beside: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """The first picture, then of each what is new of it, above what stays at the bottom. beside: columns that stay in
    place in all; a side bar comes once, and its ground goes on below."""
    height, width = shots[0].shape[:2]
    long = np.zeros((height + offsets[-1], width, 3), np.uint8)
    long[:height] = shots[0]
    for shot, offset, before in zip(shots[1:], offsets[1:], offsets, strict=False):
        seam = before + height - footer  # rows up to here are known
        fresh = slice(seam - offset, height)
        long[seam : offset + height] = shot[fresh] if offset > before else long[seam : offset + height]
    end = len(long) - footer
    if end > height - footer:
        long[height - footer : end, beside] = shots[0][height - footer - 1, beside]
    return long
