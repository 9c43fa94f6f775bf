"""Which tab or menu entry is the selected one: the one that looks otherwise than those beside it.

What marks it (a fill, a bar, a coloured or bold label) differs from page to page, and an entry with a coloured label
may by itself be anything; among its siblings it stands out. Entries of a kind that stand in one row or column are
compared by the colours of their ground and of their label.

Check boxes, radio buttons and switches seldom stand alone: several of one size in a row or column support one another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "odd_one_out", "rows_and_columns", "supported"]

Array = NDArray[Any]
"""Of the dtype that is told beside it."""
FEWEST = 3
"""Of two entries either may be the odd one."""
DIFFERENT = 28.0
"""Distance of colours, of 255 a channel, from which an entry differs from the median one."""
ALONE = 2.0
"""How many times as far as the next one the odd one must be from the median."""
SAME_SIZE = 0.2
"""Largest difference of the sides of widgets that support one another, as a logarithm."""
LARGEST = 64.0
"""Shorter side in pixels of the view up to which boxes are controls that stand in groups: tiles do so, too."""
SURE, TINY = 0.5, 11.0
"""Score of one of the group at least; shorter side of radio buttons at least, pixels of the view."""
LOOKS_SO, MOST_SUPPORTED = 0.6, 0.9
"""Share of a kind by the picture from which a widget is one of a group, and the score that the group may give."""
INK = 30.0
"""Distance from the ground, of 255 a channel, from which a pixel belongs to the label."""


def odd_one_out(view: NDArray[np.uint8], boxes: Array) -> int | None:
    """Index of the entry whose colours stand out, or None when there are too few, or none does.

    view: (H, W, 3). boxes: (N, 4) xyxy in its pixels, entries of one row or column.
    """
    if len(boxes) < FEWEST:
        return None
    colors = np.array([_colors(view, box) for box in boxes])  # (N, 2, 3)
    apart = np.linalg.norm(colors - np.median(colors, axis=0), axis=2).sum(axis=1)
    last, best = np.argsort(apart)[-2:].tolist()
    return best if apart[best] >= max(DIFFERENT, ALONE * apart[last]) else None


def supported(boxes: Array, found: Array, shares: Array, chosen: Array | None = None) -> Array:
    """(N,) scores of widgets of one kind, raised where several of one size stand in one row or column.

    boxes: (N, 4) xyxy. found: (N,) how surely each is a widget at all, in [0, 1]. shares: (N,) in [0, 1], how surely
    it is one of this kind, by its picture. chosen: (N,) bool of radio buttons, None of other kinds.

    That all of a group are something else is as likely as all chances together (noisy or). But icons stand in columns,
    too: one of the group has to be sure by itself. Radio buttons are told by what no bullets, dots and buttons of a
    window have: exactly one is on; and they are round, and not tiny.
    """
    scores: Array = found * shares
    for group in rows_and_columns(boxes):
        size = boxes[group, 2:] - boxes[group, :2]
        alike = (np.abs(np.log(size / np.median(size, axis=0))) <= SAME_SIZE).all(1)
        sure = group[alike & (size.min(1) <= LARGEST) & (shares[group] >= LOOKS_SO)]
        if len(sure) < FEWEST:
            continue
        if chosen is None:
            told = scores[sure].max() >= SURE
        else:
            width, height = np.median(boxes[sure, 2:] - boxes[sure, :2], axis=0).tolist()
            is_round = min(width, height) >= max(TINY, 0.8 * max(width, height))
            told = is_round and int(chosen[sure].sum()) == 1
        if told:
            together = 1 - np.prod(1 - np.sqrt(found[sure]) * shares[sure])
            scores[sure] = np.maximum(scores[sure], MOST_SUPPORTED * together * np.sqrt(shares[sure]))
    return scores


def _colors(view: NDArray[np.uint8], box: Array) -> Array:
    """(2, 3): the median colour of the entry's ground, and of its label."""
    height, width = view.shape[:2]
    x0, y0, x1, y1 = box.tolist()
    left, right = max(0, round(x0)), min(width, max(round(x1), round(x0) + 1))
    part = view[max(0, round(y0)) : min(height, max(round(y1), round(y0) + 1)), left:right].astype(np.float64)
    ground = np.median(part.reshape(-1, 3), axis=0)
    high, wide = part.shape[:2]
    if wide > 2.2 * high:  # an icon in front and a number behind may have colours of their own
        part = part[:, int(min(1.2 * high, 0.3 * wide)) : int(0.7 * wide)]
    away = np.linalg.norm(part - ground, axis=2)
    ink = away >= max(INK, 0.5 * float(away.max(initial=0.0)))
    return np.stack([ground, np.median(part[ink], axis=0) if ink.any() else ground])


def rows_and_columns(boxes: Array) -> Iterator[Array]:
    """Indices of the boxes (N, 4) xyxy that stand in one row, and of those in one column, of about one height."""
    if not len(boxes):
        return
    heights = boxes[:, 3] - boxes[:, 1]
    for starts in (boxes[:, 1] + heights / 2, boxes[:, 0]):  # middles of a row, left edges of a column
        left = np.ones(len(boxes), np.bool_)
        while left.any():
            first = int(np.flatnonzero(left)[0])
            near = np.abs(starts - starts[first]) <= 0.35 * heights[first]
            alike = np.abs(np.log(heights / heights[first])) <= 0.3
            group = np.flatnonzero(left & near & alike)
            left[group] = False
            yield group
