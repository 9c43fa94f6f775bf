"""Frames of a series: only what changed is looked at, and what was found elsewhere is kept.

- A view is compared with earlier views of the same place and size, in cells of 16 pixels. Where few cells differ, the
  finder is shown the parts that hold them, and all that lies in them and changed, with a margin; else the whole view.
- What an earlier view is taken from was looked at as a whole, so that nothing drifts: a part is put into that look
  alone, never into one that was put together itself. Parts are known by their content, too.
- A box without a changed cell is kept with all that was told of it. A region of which a small part changed is kept as
  well: a table is no other table because one of its cells is.
- A part shows less around a thing than the view does: what is told is nearly that of a look at the whole view, not the
  same to the bit (`benchmarks/frames.py --things`). So it is for frames of a series alone (`seal.memory.following`).
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ...memory.deadline import Cost
from ...memory.kept import Kept, content_key
from .known import Known
from .look import Look, Shown, best_of, blank_cells, pad, widget_shares, with_icons, with_shares
from .network import GROUPS
from .siblings import Array
from .weights import Model

__all__ = ["Followed", "changed_cells"]

CELL = 16
"""Pixels of a side of the cells that are compared."""
MARGIN = 64
"""Pixels that a part shows around what changed, at least."""
GRID, SIDES = 128, 256
"""Parts begin at multiples of the first: the finder's coarsest cells lie in them as they do in the whole view. Their
sides are multiples of the second: a network is made ready for every size of view by itself, which takes long."""
MOST = 0.6
"""Share of the view from which parts of it are no cheaper than all of it."""
SMALL = 0.25
"""Share of a region's cells up to which it is the same region when they change."""
SURE = 0.2
"""Raw score from which a box that changed is a thing that a part must show whole."""
EDGE = 2.0
"""Pixels from the edge of a part within which a box is cut by it."""
VIEWS, PARTS = 16, 256
"""Views and parts that are kept, the latest ones; a view takes 4 MB at most."""

Rect = tuple[int, int, int, int]
"""x0 y0 x1 y1, pixels of the view."""
Pixels = NDArray[np.uint8]
"""(H, W, 3), RGB."""
Cells = NDArray[np.bool_]
"""(ceil(H / 16), ceil(W / 16))."""


@dataclass(frozen=True, eq=False, slots=True)
class _Seen:
    """found: a look before its widgets are sorted (`with_icons`). shares: what the sorter says of its widgets."""

    found: Look
    shares: NDArray[np.float32]


@dataclass(frozen=True, eq=False, slots=True)
class _View:
    """A view that was looked at as a whole. place: what it shows, and how large."""

    place: Hashable
    pixels: Pixels
    seen: _Seen


class Followed:
    """The latest views that one model looked at as a whole, and the parts of later ones. Thread-safe."""

    def __init__(self) -> None:
        self._views: OrderedDict[str, _View] = OrderedDict()
        self._parts: Kept[_Seen] = Kept(PARTS)
        self._lock = threading.Lock()

    def look(self, place: Hashable, pixels: Pixels, model: Model, known: Known, cost: Cost) -> Look:
        """What is in a view of a series. place: names what of the image it shows. known: as of `with_icons`.

        cost: of a pixel that is looked at. Raises OutOfTime as it does.
        """
        seen = self._in_parts((place, pixels.shape), pixels, model, known, cost)
        if seen is None:
            with cost.unit(pixels[..., 0].size):
                seen = _seen(pixels, model, known)
            with self._lock:
                self._views[content_key(pixels)] = _View((place, pixels.shape), pixels, seen)
                while len(self._views) > VIEWS:
                    self._views.popitem(last=False)
        return with_shares(seen.found, seen.shares, pixels)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._views.clear()
        self._parts.clear()

    def _in_parts(
        self, place: Hashable, pixels: Pixels, model: Model, known: Known, cost: Cost
    ) -> _Seen | None:
        """What is seen, from the earlier view that is most like this one; None where none is like it."""
        with self._lock:
            views = [(key, view) for key, view in self._views.items() if view.place == place]
        told = [(changed_cells(view.pixels, pixels), key, view) for key, view in views]
        if not told:
            return None
        cells, key, before = min(told, key=lambda each: int(each[0].sum()))
        with self._lock:
            if key in self._views:
                self._views.move_to_end(key)
        if not cells.any():
            return before.seen
        if cells.mean() > MOST:
            return None
        inside, anew = _touched(cells, before.seen.found)
        parts = _parts(cells, before.seen.found.boxes[anew], (pixels.shape[1], pixels.shape[0]))
        if sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in parts) > MOST * pixels[..., 0].size:
            return None
        found = [(before.seen, ~inside, (0, 0))]
        for part in parts:
            x0, y0, x1, y1 = part
            shown = np.ascontiguousarray(pixels[y0:y1, x0:x1])

            def looked(shown: Pixels = shown) -> _Seen:
                with cost.unit(shown[..., 0].size):
                    return _seen(shown, model, known)

            seen = self._parts.get(content_key(shown), looked)
            found.append((seen, _new_in(seen.found, part, cells, pixels), (x0, y0)))
        return _joined(found, pixels)


def changed_cells(before: Pixels, after: Pixels) -> Cells:
    """Which cells differ in any bit; both views have one size."""
    height, width = after.shape[:2]
    rows, columns = -(-height // CELL), -(-width // CELL)
    differ = np.zeros((rows * CELL, columns * CELL), np.bool_)
    for row in range(rows):  # band by band: most of them are the same
        band = slice(row * CELL, (row + 1) * CELL)
        if not np.array_equal(before[band], after[band]):
            differ[band][: len(after[band]), :width] = (before[band] != after[band]).any(axis=2)
    return np.asarray(differ.reshape(rows, CELL, columns, CELL).any(axis=(1, 3)), np.bool_)


@torch.inference_mode()
def _seen(pixels: Pixels, model: Model, known: Known) -> _Seen:
    shown = Shown(pixels, model)
    found = with_icons(shown, known)
    return _Seen(found, widget_shares(found, shown, known))


def _share(boxes: Array, cells: Cells) -> NDArray[np.float64]:
    """(N,) the share of each box's cells that changed. boxes: (N, 4) xyxy, pixels of the view."""
    sums = np.pad(cells.astype(np.int64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    rows, columns = cells.shape
    x0, y0 = (np.clip(boxes[:, i] // CELL, 0, n - 1).astype(int) for i, n in ((0, columns), (1, rows)))
    x1, y1 = (np.clip(np.ceil(boxes[:, i] / CELL), 1, n).astype(int) for i, n in ((2, columns), (3, rows)))
    x1, y1 = np.maximum(x1, x0 + 1), np.maximum(y1, y0 + 1)
    inside = sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]
    return np.asarray(inside / ((x1 - x0) * (y1 - y0)), np.float64)


def _touched(cells: Cells, found: Look) -> tuple[Cells, Cells]:
    """(N,) which boxes are no longer what they were, and which of these a part must show whole."""
    share = _share(found.boxes, cells)
    regions = np.asarray(GROUPS)[found.kinds] == 2
    gone = (share > 0) & ~(regions & (share <= SMALL))
    return gone, gone & (found.scores >= SURE)


def _parts(cells: Cells, boxes: Array, size_wh: tuple[int, int]) -> list[Rect]:
    """Parts of the view that hold all changed cells and the boxes among them, with a margin; none overlap."""
    import cv2

    near = cv2.dilate(cells.astype(np.uint8), np.ones((3, 3), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    rects = [
        np.array([x, y, x + wide, y + high], np.float64) * CELL
        for x, y, wide, high, _ in stats[1:count].tolist()
    ]
    for box in boxes.astype(np.float64):
        for i, rect in enumerate(rects):
            if _meet(box, rect):
                rects[i] = np.concatenate([np.minimum(box[:2], rect[:2]), np.maximum(box[2:], rect[2:])])
    parts = [_on_grid(rect, size_wh) for rect in rects]
    while (pair := _overlapping(parts)) is not None:
        a, b = pair
        second, first = parts.pop(b), parts.pop(a)
        parts.append(
            (
                min(first[0], second[0]),
                min(first[1], second[1]),
                max(first[2], second[2]),
                max(first[3], second[3]),
            )
        )
    return parts


def _on_grid(rect: NDArray[np.float64], size_wh: tuple[int, int]) -> Rect:
    """The rectangle with its margin, as far as the view reaches, on the grid."""
    first, last = [], []
    for start, end, side in zip(rect[:2].tolist(), rect[2:].tolist(), size_wh, strict=True):
        a = int(max(0.0, start - MARGIN) // GRID * GRID)
        b = a + math.ceil((min(side, end + MARGIN) - a) / SIDES) * SIDES
        over = max(0, b - math.ceil(side / GRID) * GRID)  # a part at the view's end begins earlier
        first.append(max(0, a - over))
        last.append(min(side, b))
    return first[0], first[1], last[0], last[1]


def _overlapping(parts: list[Rect]) -> tuple[int, int] | None:
    return next(
        ((a, b) for a in range(len(parts)) for b in range(a + 1, len(parts)) if _meet(parts[a], parts[b])),
        None,
    )


def _meet(a: Rect | NDArray[np.float64], b: Rect | NDArray[np.float64]) -> bool:
    return bool(a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3])


def _new_in(found: Look, part: Rect, cells: Cells, pixels: Pixels) -> Cells:
    """(N,) which boxes of a part are new: a changed cell is in them, and the part's edge does not cut them."""
    x0, y0, x1, y1 = part
    boxes = found.boxes + np.array([x0, y0, x0, y0], np.float32)
    height, width = pixels.shape[:2]
    whole = (
        ((boxes[:, 0] > x0 + EDGE) | (x0 == 0))
        & ((boxes[:, 1] > y0 + EDGE) | (y0 == 0))
        & ((boxes[:, 2] < x1 - EDGE) | (x1 == width))
        & ((boxes[:, 3] < y1 - EDGE) | (y1 == height))
    )
    return np.asarray(whole & (_share(boxes, cells) > 0), np.bool_)


def _joined(found: list[tuple[_Seen, Cells, tuple[int, int]]], pixels: Pixels) -> _Seen:
    """Looks as one: of each the boxes that are taken, moved to where it lies in the view."""
    looks = [(seen.found, taken) for seen, taken, _ in found]
    moves = [np.array([*at, *at], np.float32) for _, _, at in found]
    boxes = np.concatenate(
        [look.boxes[taken] + move for (look, taken), move in zip(looks, moves, strict=True)]
    )
    scores, kinds, on = (
        np.concatenate([column[taken] for column, taken in columns])
        for columns in (
            [(look.scores, taken) for look, taken in looks],
            [(look.kinds, taken) for look, taken in looks],
            [(look.on, taken) for look, taken in looks],
        )
    )
    names = np.concatenate([look.names[taken[look.kinds == 0]] for look, taken in looks])
    groups = [np.asarray(GROUPS)[seen.found.kinds] for seen, _, _ in found]
    shares = np.concatenate(
        [seen.shares[taken[group == 1]] for (seen, taken, _), group in zip(found, groups, strict=True)]
    )
    best = best_of(torch.from_numpy(boxes), torch.from_numpy(scores), torch.from_numpy(kinds)).numpy()
    icon_row, widget_row = (
        np.cumsum(np.asarray(GROUPS)[kinds] == group) - 1 for group in (0, 1)
    )  # which row of its own table each box has
    chosen_groups = np.asarray(GROUPS)[kinds[best]]
    look = Look(
        boxes[best],
        scores[best],
        kinds[best],
        on[best],
        names[icon_row[best[chosen_groups == 0]]],
        (pixels.shape[1], pixels.shape[0]),
        blank_cells(pad(pixels)),
        sorted=False,
    )
    return _Seen(look, shares[widget_row[best[chosen_groups == 1]]])
