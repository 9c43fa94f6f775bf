"""How well the nano localizer does: recall and precision on generated pages, by kind and size; calibration.

A page is scanned as the search scans it: one look at the whole page and looks at native resolution over all of it.
Something is found when a box of the right kind, for icons of the right concept, overlaps it by IoU >= 0.5. What
stands in the page's `ignored` places counts neither way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from ..agents.nano.look import Look, look_at
from ..agents.nano.network import GROUPS, KINDS
from ..agents.nano.weights import Model
from ..memory.geometry import Box, tiles
from .tiles import Array, Page, Truth, cut

__all__ = ["Found", "Outcome", "Row", "covered", "fit_platt", "iou", "judge", "reliability", "scan", "table"]

SIDE = 1536
_PRIOR = 0.5
"""Inverse variance of the normal prior of slope and offset, about 1 and 0."""
SIZES: tuple[tuple[str, float, float], ...] = (
    ("14-24 px", 14, 24),
    ("24-64 px", 24, 64),
    ("> 64 px", 64, 1e9),
)


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """Boxes of a page: (N, 4) xyxy pixels, raw scores (N,), kinds (N,), best concept (N,) or -1, its share (N,), state
    "on" (N,) in [0, 1]."""

    boxes: Array
    scores: Array
    kinds: Array
    concepts: Array
    shares: Array
    on: Array


@dataclass(frozen=True, eq=False, slots=True)
class Outcome:
    """Of one page. score: (N,) of each counted box; right: (N,) bool; group: (N,) 0 icon, 1 widget, 2 region.

    truth_score: (T,) score of the box that found each true thing, 0 where none did; truth_px: larger side; truth_kind.
    located: as truth_score, whatever the concept.
    """

    score: Array
    right: Array
    kind: Array
    truth_score: Array
    located: Array
    truth_px: Array
    truth_kind: Array


class Row(TypedDict):
    """A row of the report: of the things named `what` how many there are, and shares in [0, 1], nan of nothing."""

    what: str
    number: int
    recall: float
    located: float
    precision: float


def scan(page: Page, model: Model) -> Found:
    """Everything seen in one look at the page and in looks at native resolution."""
    height, width = page.image.shape[:2]
    side = max(width, height)
    parts: list[Found] = []
    whole = Box(0, 0, width, height)
    if side > SIDE:
        scale = side / SIDE
        view, _ = cut(page, (0, 0, width, height), (round(width / scale), round(height / scale)))
        parts.append(_of(look_at(view, model), whole, scale, whole, native=False))
    for tile in tiles(whole, (min(SIDE, width), min(SIDE, height)), 0.12):
        x0, y0, x1, y1 = (round(v) for v in tile.xyxy)
        look = look_at(np.ascontiguousarray(page.image[y0:y1, x0:x1]), model)
        parts.append(_of(look, tile, 1.0, whole, native=True))
    return _merged(parts)


def _of(look: Look, place: Box, scale: float, whole: Box, native: bool) -> Found:
    """A look's boxes in pixels of the page. Regions come from the whole page; what a tile's edge cuts is left out."""
    boxes = look.boxes * scale + np.array([place.x, place.y] * 2, np.float32)
    groups = np.array(GROUPS)[look.kinds]
    x0, y0, x1, y1 = place.xyxy
    inner = ((boxes[:, 0] > x0 + 1) | (x0 <= whole.x)) & ((boxes[:, 1] > y0 + 1) | (y0 <= whole.y))
    inner &= ((boxes[:, 2] < x1 - 1) | (x1 >= whole.width)) & ((boxes[:, 3] < y1 - 1) | (y1 >= whole.height))
    kept = inner if native else np.ones(len(boxes), bool)
    if native and place.area < whole.area:
        kept &= groups < 2
    best, share = np.full(len(boxes), -1), np.ones(len(boxes), np.float32)
    best[look.kinds == 0], share[look.kinds == 0] = look.names.argmax(1), look.names.max(1)
    scores = look.scores[kept] * (1.0 if native else 0.98)
    return Found(boxes[kept], scores, look.kinds[kept], best[kept], share[kept], look.on[kept])


def _merged(parts: Sequence[Found]) -> Found:
    """One box for a thing: the surest of those of its kind that overlap."""
    boxes, scores, kinds, concepts, shares, on = (
        np.concatenate([getattr(p, name) for p in parts]) for name in Found.__slots__
    )
    import torch
    from torchvision.ops import batched_nms

    kept = batched_nms(
        torch.from_numpy(boxes), torch.from_numpy(scores * shares), torch.from_numpy(kinds), 0.5
    ).numpy()
    return Found(boxes[kept], scores[kept], kinds[kept], concepts[kept], shares[kept], on[kept])


def judge(found: Found, truth: Truth, concepts: Sequence[str]) -> Outcome:
    """Match boxes to the truth, the surest first."""
    index = {name: i for i, name in enumerate(concepts)}
    wanted = np.array([index.get(name, -2) for name in truth.concepts])
    score = found.scores * found.shares
    overlaps = iou(found.boxes, truth.boxes)
    same = found.kinds[:, None] == truth.kinds[None]
    right, counted = np.zeros(len(score), bool), np.ones(len(score), bool)
    truth_score, located = np.zeros(len(truth.kinds)), np.zeros(len(truth.kinds))
    taken = np.zeros(len(truth.kinds), bool)
    spoiled = covered(found.boxes, truth.ignored)
    for n in np.argsort(-score, kind="stable"):
        fits = np.where(same[n], overlaps[n], 0.0)
        for t in np.flatnonzero(fits >= 0.5):
            located[t] = max(located[t], found.scores[n])
        named = (found.concepts[n] < 0) | (wanted == found.concepts[n])
        fits = np.where(named & ~taken, fits, 0.0)
        best = int(fits.argmax()) if len(fits) else 0
        if len(fits) and fits[best] >= 0.5:
            right[n], taken[best], truth_score[best] = True, True, score[n]
        elif spoiled[n] > 0.3:
            counted[n] = False
    px = (truth.boxes[:, 2:] - truth.boxes[:, :2]).max(1, initial=0.0)
    return Outcome(
        score[counted], right[counted], found.kinds[counted], truth_score, located, px, truth.kinds
    )


def iou(a: Array, b: Array) -> Array:
    """(N, M) intersection over union of boxes (N, 4) and (M, 4), xyxy."""
    inner = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    shared = np.clip(inner, 0, None).prod(2)
    area_a, area_b = ((x[:, 2:] - x[:, :2]).prod(1) for x in (a, b))
    return np.asarray(shared / np.maximum(area_a[:, None] + area_b[None] - shared, 1e-6))


def covered(boxes: Array, by: Array) -> Array:
    """(N,) largest share of each box that lies in one of `by`."""
    if not len(by):
        return np.zeros(len(boxes))
    inner = np.minimum(boxes[:, None, 2:], by[None, :, 2:]) - np.maximum(boxes[:, None, :2], by[None, :, :2])
    area = np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(1), 1e-6)
    return np.asarray((np.clip(inner, 0, None).prod(2) / area[:, None]).max(1))


def table(outcomes: Iterable[Outcome], thresholds: Sequence[float]) -> list[Row]:
    """Rows of recall and precision at score thresholds for (icons, widgets, regions), and by kind and size.

    Precision of a size is that of all boxes of its kind: a wrong box has no true size.
    """
    done = list(outcomes)
    score, right, kind = (np.concatenate([getattr(o, n) for o in done]) for n in ("score", "right", "kind"))
    found, located, px, true = (
        np.concatenate([getattr(o, n) for o in done])
        for n in ("truth_score", "located", "truth_px", "truth_kind")
    )
    groups, own = np.array(GROUPS), np.array(thresholds)

    def row(name: str, which: Array, boxes: Array) -> Row:
        limit = own[groups[true[which]]]
        sure = score[boxes] >= own[groups[kind[boxes]]]
        return {
            "what": name,
            "number": int(which.sum()),
            "recall": float((found[which] >= limit).mean()) if which.any() else float("nan"),
            "located": float((located[which] >= limit).mean()) if which.any() else float("nan"),
            "precision": float(right[boxes][sure].mean()) if sure.any() else float("nan"),
        }

    icon, icon_boxes = true == 0, kind == 0
    rows = [row(f"icons {name}", icon & (px >= low) & (px < high), icon_boxes) for name, low, high in SIZES]
    rows += [
        row("widgets", groups[true] == 1, groups[kind] == 1),
        row("regions", groups[true] == 2, groups[kind] == 2),
    ]
    rows += [row(KINDS[k], true == k, kind == k) for k in range(1, len(KINDS))]
    return rows


def fit_platt(score: Array, right: Array) -> tuple[float, float]:
    """Slope (0.2 at least) and offset of log-odds that make scores shares of right boxes (Platt 1999)."""
    odds = np.log(np.clip(score, 1e-6, 1 - 1e-6) / (1 - np.clip(score, 1e-6, 1 - 1e-6)))
    x, y = np.stack([odds, np.ones_like(odds)], 1), right.astype(np.float64)
    beta = prior = np.array([1.0, 0.0])  # what few boxes leave as it is
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        curvature = (x * (p * (1 - p))[:, None]).T @ x + _PRIOR * np.eye(2)
        step = np.linalg.solve(curvature, x.T @ (y - p) - _PRIOR * (beta - prior))
        beta = beta + step
        if np.abs(step).max() < 1e-8:
            break
    return max(0.2, float(beta[0])), float(beta[1])


def reliability(score: Array, right: Array, bins: int = 10) -> tuple[Array, Array, Array, float]:
    """Mean score, share right and count of each bin, and the expected calibration error."""
    which = np.minimum((score * bins).astype(int), bins - 1)
    count = np.bincount(which, minlength=bins)
    mean = np.bincount(which, score, minlength=bins) / np.maximum(count, 1)
    share = np.bincount(which, right.astype(float), minlength=bins) / np.maximum(count, 1)
    return mean, share, count, float((np.abs(mean - share) * count).sum() / max(1, count.sum()))
