"""How well the nano localizer finds widgets, by kind and by component library, and tells their states.

A widget is found when a box of its kind, with a calibrated score of `least` or more, overlaps it by IoU >= 0.5; its
state is judged where it was found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..agents.nano.network import GROUPS, KINDS
from ..agents.nano.weights import Model
from ..measure.truth import PageTruth
from .measure import Found, covered, iou, scan
from .tiles import Array, Truth, load_page

__all__ = ["Count", "count", "markdown", "total"]


@dataclass(frozen=True, slots=True)
class Count:
    """Of widgets of a kind in a library: how many there are, were found, boxes that say so and that are right, states
    that were judged and that are right."""

    there: int = 0
    found: int = 0
    boxes: int = 0
    right: int = 0
    judged: int = 0
    told: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(*(getattr(self, n) + getattr(other, n) for n in self.__slots__))


def count(
    files: Sequence[Path], model: Model, least: float = 0.5, on_page: Callable[[], None] | None = None
) -> dict[tuple[str, str], Count]:
    """(library, kind) -> counts on these pages, of widgets only."""
    counts: dict[tuple[str, str], Count] = {}
    for file in files:
        page, library = load_page(file), PageTruth.load(file).framework
        for kind, found in _counted(scan(page, model), page.truth, model, least).items():
            counts[library, kind] = counts.get((library, kind), Count()) + found
        if on_page:
            on_page()
    return counts


def _counted(found: Found, truth: Truth, model: Model, least: float) -> dict[str, Count]:
    scores = _calibrated(found, model)
    sure = np.flatnonzero((np.array(GROUPS)[found.kinds] == 1) & (scores >= least))
    sure = sure[np.argsort(-scores[sure], kind="stable")]
    overlaps = np.where(found.kinds[sure, None] == truth.kinds[None], iou(found.boxes[sure], truth.boxes), 0)
    spoiled = covered(found.boxes[sure], truth.ignored) > 0.3
    taken = np.zeros(len(truth.kinds), bool)
    counts = {
        KINDS[k]: Count(there=int((truth.kinds == k).sum())) for k, group in enumerate(GROUPS) if group == 1
    }
    for row, n in enumerate(sure.tolist()):
        kind = KINDS[found.kinds[n]]
        fits = np.where(taken, 0, overlaps[row])
        best = int(fits.argmax()) if len(fits) else 0
        if len(fits) and fits[best] >= 0.5:
            taken[best] = True
            state = int(truth.on[best])
            told = state >= 0 and (found.on[n] >= 0.5) == bool(state)
            counts[kind] += Count(found=1, boxes=1, right=1, judged=int(state >= 0), told=int(told))
        elif not spoiled[row]:
            counts[kind] += Count(boxes=1)
    return counts


def _calibrated(found: Found, model: Model) -> Array:
    """(N,) scores as the localizer reports them."""
    lines = np.array([model.calibration.get(kind, (1.0, 0.0)) for kind in KINDS])[found.kinds]
    inside = np.clip(found.scores * found.shares, 1e-9, 1 - 1e-9)
    return np.asarray(1 / (1 + np.exp(-(lines[:, 0] * np.log(inside / (1 - inside)) + lines[:, 1]))))


def total(counts: Mapping[tuple[str, str], Count], by: int) -> dict[str, Count]:
    """Counts by library (by=0) or by kind (by=1), and "all"."""
    sums: dict[str, Count] = {}
    for key, each in counts.items():
        for name in (key[by], "all"):
            sums[name] = sums.get(name, Count()) + each
    return dict(sorted(sums.items()))


def markdown(counts: Mapping[tuple[str, str], Count]) -> str:
    """Two Markdown tables: by library and by kind."""
    lines: list[str] = []
    for by, name in enumerate(("library", "kind")):
        lines += [f"| {name} | n | recall | precision | state right |", "|---|---:|---:|---:|---:|"]
        for what, c in total(counts, by).items():
            shares = [_share(c.found, c.there), _share(c.right, c.boxes), _share(c.told, c.judged)]
            lines.append(f"| {what} | {c.there} | {' | '.join(shares)} |")
        lines.append("")
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"
