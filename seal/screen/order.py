"""What lies in what, and in which order people read it.

- The parent of an element is the smallest one around it.
- Siblings are cut along the white space between them: into bands from top to bottom, a band into columns from left to
  right, and so on (an XY cut). Where no straight cut parts them, they are read in rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..memory.geometry import Box

__all__ = ["parents", "reading_order"]

INSIDE = 0.85
"""Share of a box from which it lies in another one."""
LARGER = 1.15
"""How many times larger a parent is at least."""
SHRUNK = (0.04, 0.2)
"""Shares of a box's sides that do not count when siblings are cut apart: boxes reach a little over what they hold."""
_CHUNK = 512


def parents(boxes: Sequence[Box], can_hold: Sequence[bool]) -> list[int]:
    """For each box the index of the smallest one around it that can hold others; -1 where there is none."""
    found = [-1] * len(boxes)
    holders = [i for i, able in enumerate(can_hold) if able]
    if not holders:
        return found
    xyxy = np.array([box.xyxy for box in boxes], np.float64).reshape(-1, 4)
    held = xyxy[holders]
    areas = np.array([boxes[i].area for i in holders])
    for start in range(0, len(boxes), _CHUNK):
        part = xyxy[start : start + _CHUNK, None]
        low, high = np.maximum(part[..., :2], held[None, :, :2]), np.minimum(part[..., 2:], held[None, :, 2:])
        shared = np.clip(high - low, 0, None).prod(-1)
        own = np.maximum((part[..., 2:] - part[..., :2]).prod(-1), 1e-6)
        fits = (shared >= INSIDE * own) & (areas[None] >= LARGER * own)
        best = np.where(fits, areas[None], math.inf)
        chosen = best.argmin(1)
        for row, k in enumerate(chosen.tolist()):
            if math.isfinite(best[row, k]):
                found[start + row] = holders[k]
    return found


def reading_order(boxes: Sequence[Box], parent: Sequence[int]) -> list[int]:
    """Indices of the boxes in reading order, each before what lies in it."""
    children: dict[int, list[int]] = {}
    for i, above in enumerate(parent):
        children.setdefault(above, []).append(i)
    edges = np.array([_core(box) for box in boxes], np.float64).reshape(-1, 4)
    ordered: list[int] = []
    stack = [-1]
    while stack:
        at = stack.pop()
        if at >= 0:
            ordered.append(at)
        stack += reversed(_siblings(children.get(at, []), edges))
    return ordered


def _core(box: Box) -> tuple[float, float, float, float]:
    across, down = SHRUNK[0] * box.width, SHRUNK[1] * box.height
    x0, y0, x1, y1 = box.xyxy
    return x0 + across, y0 + down, x1 - across, y1 - down


def _siblings(members: Sequence[int], edges: NDArray[np.float64]) -> list[int]:
    ordered: list[int] = []
    stack = [list(members)]
    while stack:
        group = stack.pop()
        if len(group) < 2:
            ordered += group
            continue
        parts = _cut(group, edges, 1) or _cut(group, edges, 0)
        if parts is None:
            ordered += _rows(group, edges)
        else:
            stack += reversed(parts)
    return ordered


def _cut(group: Sequence[int], edges: NDArray[np.float64], axis: int) -> list[list[int]] | None:
    """The group cut along an axis (0: x, 1: y) wherever there is nothing between; None where there is no such place."""
    ordered = sorted(group, key=lambda i: (edges[i, axis], edges[i, 1 - axis], i))
    parts: list[list[int]] = []
    end = -math.inf
    for i in ordered:
        if edges[i, axis] >= end:
            parts.append([])
        parts[-1].append(i)
        end = max(end, edges[i, axis + 2])
    return parts if len(parts) > 1 else None


def _rows(group: Sequence[int], edges: NDArray[np.float64]) -> list[int]:
    """By rows: what begins below the middle of a row's first one begins another."""
    rows: list[list[int]] = []
    middle = -math.inf
    for i in sorted(group, key=lambda i: (edges[i, 1], edges[i, 0], i)):
        if edges[i, 1] >= middle:
            rows.append([])
            middle = float(edges[i, 1] + edges[i, 3]) / 2
        rows[-1].append(i)
    return [i for row in rows for i in sorted(row, key=lambda i: (edges[i, 0], edges[i, 1], i))]
