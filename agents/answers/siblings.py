"""Entries of one row or column compared: which one looks otherwise than the rest, and which is drawn fainter.

Of one entry alone no view tells whether it is the chosen one; among its neighbours it stands out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from ...memory.colors import difference, dominant_colors, oklab
from ...memory.geometry import Box
from ..nano.siblings import rows_and_columns
from .colours import measured, pixels
from .scene import Place, Scene, gaps

__all__ = ["FADED", "SELECTED", "chosen_among", "contrast", "faded_among", "siblings"]

SELECTED = re.compile(
    r"\b(?:selected|chosen|picked|active|current\w*|highlighted|marked|open(?:ed)?|in front)\b", re.I
)
"""Said of the one of several that looks otherwise than the rest."""
FADED = re.compile(r"\b(?:gr[ae]yed(?: out)?|disabled|inactive|dimmed|faded)\b", re.I)
"""Said of what is drawn fainter than the rest."""


def contrast(scene: Scene, place: Place) -> float | None:
    told = measured(scene, place)
    return difference(told["ground"].hex, told["ink"].hex) if {"ground", "ink"} <= set(told) else None


def chosen_among(scene: Scene, places: Sequence[Place]) -> tuple[Place, float] | None:
    """The one of several entries in a row or column that looks otherwise than the rest, and how much; None for none.

    Compared are the ground of each, what is drawn on it, and lines of colour over or under it. Of two the livelier
    one is taken, where it clearly is.
    """
    seen = [(p, f) for p in places if (f := _features(scene, p)) is not None]
    if len(seen) < 2:
        return None
    features = np.array(
        [f for _, f in seen]
    )  # (N, 7): ground and ink in OKLab, share of colour over or under it
    if len(seen) == 2:
        lively = (
            np.hypot(features[:, 1], features[:, 2])
            + np.hypot(features[:, 4], features[:, 5])
            + 0.2 * features[:, 6]
        )
        apart = abs(float(lively[0] - lively[1]))
        return (seen[int(lively.argmax())][0], apart) if apart >= 0.05 else None
    off = np.abs(features - np.median(features, axis=0))
    away = np.linalg.norm(off[:, :3], axis=1) + 0.7 * np.linalg.norm(off[:, 3:6], axis=1) + 0.2 * off[:, 6]
    second, best = np.argsort(away)[-2:].tolist()
    clear = away[best] >= 0.06 and away[best] >= 2 * away[second]
    return (seen[best][0], float(away[best])) if clear else None


def _features(scene: Scene, place: Place) -> list[float] | None:
    told = measured(scene, replace(place, kind=""))
    h = place.height
    above = Box(place.box.x, place.box.y - 1.2 * h, place.box.width, h)
    below = Box(place.box.x, place.box.y + 1.1 * h, place.box.width, 1.1 * h)
    lines = [part for b in (above, below) if (part := pixels(scene, b, place.page)) is not None]
    if not {"ground", "ink"} <= set(told) or not lines:
        return None
    ground, ink = oklab(told["ground"].hex), oklab(told["ink"].hex)
    accent = 0.0
    for part in lines:
        for c in dominant_colors(part, 4):
            _, a, b = oklab(c.hex)
            if np.hypot(a, b) > 0.08 and difference(c.hex, told["ground"].hex) > 0.1:
                accent = max(accent, min(1.0, 8 * c.share))
    return [*ground, *ink, accent]


def siblings(scene: Scene, label: Place | None, columns: bool = True) -> list[list[Place]]:
    """Groups of short lines of about one height in a row, or a column; with a label only those that it is part of."""
    lines = [
        p
        for p in scene.lines
        if p.page == scene.memory.image.page and 1 < len(p.text) <= 40 and re.search(r"\w", p.text)
    ]
    boxes = np.array([p.box.xyxy for p in lines], np.float64).reshape(-1, 4)
    groups = [
        part
        for group in rows_and_columns(boxes)
        for part in _runs([lines[i] for i in group.tolist()])
        if len(part) > 1
    ]
    here = [
        g
        for g in groups
        if label is None or any(p.box.iou(label.box) > 0.4 or p.box.coverage(label.box) > 0.8 for p in g)
    ]
    return [g for g in here if columns or _is_row(g)]


def _is_row(group: Sequence[Place]) -> bool:
    return abs(group[0].box.center[1] - group[-1].box.center[1]) < group[0].height


def _runs(group: Sequence[Place]) -> list[list[Place]]:
    """A row or column cut where its entries are far apart: a menu at the side is no part of a row of tabs."""
    row = _is_row(group)
    ordered_ = sorted(group, key=lambda p: p.box.x if row else p.box.y)
    runs = [[ordered_[0]]]
    for before, place in pairwise(ordered_):
        gap = gaps(before.box, place.box)[0 if row else 1]
        if gap > (6.0 if row else 4.0) * place.height:
            runs.append([])
        runs[-1].append(place)
    return runs


def faded_among(scene: Scene, places: Sequence[Place]) -> tuple[Place, float] | None:
    """The one of several entries that is drawn clearly fainter than the rest, and how much; None where none is."""
    seen = sorted(((c, p) for p in places if (c := contrast(scene, p)) is not None), key=lambda pair: pair[0])
    if len(seen) < 3 or seen[0][0] > 0.75 * seen[1][0]:
        return None
    return seen[0][1], 1 - seen[0][0] / seen[1][0]
