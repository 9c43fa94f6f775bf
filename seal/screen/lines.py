"""Lines of text cut where white space is much wider than between words: the entries of a menu bar are no sentence.

The recogniser tells words, not where they stand; the pixels of the line do. Where the gaps between letters that are as
wide as a space are as many as the spaces, word and place are sure; else the nearest space is taken.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..memory.geometry import Box
from ..memory.image import Image
from ..memory.working import TextLine

__all__ = ["apart"]

WIDE = 0.5
"""Gap, share of a line's height, that parts two texts, where the next begins with no small letter. On four screens it
is 0.14 to 0.35 between words, 0.41 to 0.55 between a label and its value, from 0.56 on in menu bars; and 0.5 to 0.69
between the words of code, whose letters are equally wide."""
SPACE = 0.13
"""Gap, share of a line's height, from which it may be a space."""
INK = 40
"""Difference of a column's brightest and darkest pixel, of 255, from which something is written there."""
EDGE = 0.18
"""Share of the height at the top and bottom of a line's box that is not looked at: lines around it, underlines."""


def apart(lines: Sequence[TextLine], image: Image) -> list[TextLine]:
    """The lines, those with wide gaps as several. Raises OutOfTime when the deadline in force has passed."""
    told: list[TextLine] = []
    for line in lines:
        words = line.text.split()
        upright = line.box.height > line.box.width
        told += [line] if len(words) < 2 or upright else _parts(line, words, image)
    return told


def _parts(line: TextLine, words: Sequence[str], image: Image) -> list[TextLine]:
    box = line.box.rounded().clipped(image.box)
    if box.width < 4 or box.height < 4:
        return [line]
    gaps = _gaps(np.asarray(image.region(box).convert("L"), np.int16))
    wide = [g for g in gaps if g[1] - g[0] >= WIDE * box.height]
    if not wide:
        return [line]
    spaces = [g for g in gaps if g[1] - g[0] >= SPACE * box.height]
    cuts = _cuts(words, wide, spaces, box.width, max(0.7 * box.height, 0.05 * box.width))
    parts, start, left = [], 0, box.x
    for (a, b), word in [*zip(wide, cuts, strict=True), ((box.width, box.width), len(words))]:
        if word > start and (word == len(words) or not words[word][0].islower()):
            text = " ".join(words[start:word])
            piece = Box.from_xyxy(left, line.box.y, box.x + a, line.box.y + line.box.height)
            parts.append(line.model_copy(update={"text": text, "box": piece}))
            start, left = word, box.x + b
    return parts if all(p.box.width > 1 for p in parts) else [line]


def _cuts(
    words: Sequence[str],
    wide: Sequence[tuple[int, int]],
    spaces: Sequence[tuple[int, int]],
    width: float,
    off: float,
) -> list[int]:
    """For each wide gap how many words stand before it; 0 where no space is near: it is none between words.

    off: pixels that letters of unlike width may move a space.
    """
    if len(spaces) == len(words) - 1:
        return [spaces.index(gap) + 1 for gap in wide]
    letters = np.cumsum([len(w) + 1 for w in words])
    ends = letters[:-1] / letters[-1] * width
    cuts = [int(np.abs(ends - (a + b) / 2).argmin()) + 1 for a, b in wide]
    return [c if abs(ends[c - 1] - (a + b) / 2) <= off else 0 for c, (a, b) in zip(cuts, wide, strict=True)]


def _gaps(grey: NDArray[np.int16]) -> list[tuple[int, int]]:
    """Columns (from, to), half-open, between what is written in (H, W) grey values."""
    off = int(EDGE * grey.shape[0])
    rows = grey[off : grey.shape[0] - off]
    inked = np.flatnonzero(rows.max(axis=0) - rows.min(axis=0) >= INK)
    if not len(inked):
        return []
    steps = np.flatnonzero(np.diff(inked) > 1)
    return [(int(inked[i]) + 1, int(inked[i + 1])) for i in steps]
