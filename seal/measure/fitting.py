"""Likelihoods of a localizer out of looks at things that are known to be there, or not (`seal.measure.calibrating`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..memory.errors import InputError
from ..search.calibration import CUE_BINS, LOG2_PX, PRIOR_TRIALS, SCORE_BINS, Calibration, rounded, smoothed

__all__ = ["Trial", "fit"]

KERNEL = 0.4
"""Standard deviation, in octaves of apparent size, over which trials are pooled."""
POOLED_TRIALS = 2.0
"""Weight of the tables of all kinds on those of one kind, in trials."""
MIN_TRIALS = 30
"""Looks at present targets that a calibration needs."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trial:
    """One look at a view for a target that is there, and wholly in it, or (apparent_px None) is not there.

    apparent_px: side of the target in pixels of the localizer's input. score: of the best box on it, None without
    one. cue: relative value at its place. spurious: scores of the boxes that have nothing to do with any target,
    cue_spurious: relative values at their places. cue_elsewhere: relative values at places where the target is not.
    seconds: what the look took. kind: of the phrase. size_wh: of the target, in pixels of the image.
    """

    apparent_px: float | None
    score: float | None = None
    cue: float | None = None
    spurious: tuple[float, ...] = ()
    cue_elsewhere: tuple[float, ...] = ()
    cue_spurious: tuple[float, ...] = ()
    seconds: float = 0.0
    kind: str = ""
    size_wh: tuple[float, float] | None = None


def fit(localizer: str, trials: Sequence[Trial], enlarges: bool = False) -> Calibration:
    """Likelihoods from looks: counts pooled with a Gaussian kernel over log2 apparent size, and a small prior.

    Raises InputError for fewer than 30 looks at present targets, for scores or cues that are not finite, and where
    the scores say nothing (all the same on and off targets).
    """
    there = [(t.apparent_px, t) for t in trials if t.apparent_px is not None]
    if len(there) < MIN_TRIALS:
        raise InputError(
            f"A calibration of {localizer} needs at least {MIN_TRIALS} looks at targets that are there; the data "
            f"gave {len(there)}. Use more pages, or pages with things that this localizer can name."
        )
    on = np.array([np.nan if t.score is None else t.score for _, t in there])
    hit = np.array([t.score is not None for _, t in there])
    off = np.array([s for t in trials for s in t.spurious], np.float64)
    cue_on = np.array([-1.0 if t.cue is None else t.cue for _, t in there])
    cue_off = [t.cue_elsewhere for _, t in there]
    values = np.concatenate([on[hit], off, cue_on, *[np.asarray(c, np.float64) for c in cue_off]])
    if not np.isfinite(values).all():
        raise InputError(
            f"{localizer} gave scores or cue values that are not finite numbers; nothing was fitted."
        )
    if not hit.any():
        raise InputError(
            f"{localizer} put no box on any of {len(there)} targets that were shown; it cannot be calibrated on "
            "this data. Check that its vocabulary and the data go together."
        )
    scores = np.concatenate([on[hit], off])
    if len(off) and np.ptp(scores) < 1e-6:
        raise InputError(
            f"{localizer} gives every box the same score ({scores[0]:.3g}), on and off targets: there is nothing "
            "to calibrate."
        )
    pooled = _tables(localizer, trials, enlarges)
    kinds = sorted({t.kind for _, t in there} - {""})
    each = {k: _tables(localizer, [t for t in trials if t.kind == k], enlarges, pooled) for k in kinds}
    return pooled.model_copy(update={"kinds": each if len(kinds) > 1 else {}})


def _tables(
    localizer: str, trials: Sequence[Trial], enlarges: bool, around: Calibration | None = None
) -> Calibration:
    """Tables of these trials alone; a small prior draws them to those `around`, else to uniform ones."""
    there = [(t.apparent_px, t) for t in trials if t.apparent_px is not None]
    on = np.array([np.nan if t.score is None else t.score for _, t in there])
    hit = np.array([t.score is not None for _, t in there])
    off = np.array([s for t in trials for s in t.spurious], np.float64)
    cue_on = np.array([-1.0 if t.cue is None else t.cue for _, t in there])
    cue_off = np.array(
        [_onehot(np.array(t.cue_elsewhere), CUE_BINS).sum(0) / max(1, len(t.cue_elsewhere)) for _, t in there]
    )
    mapped = cue_on >= 0
    distance = np.array(LOG2_PX)[:, None] - np.log2([px for px, _ in there])[None]
    weight = np.exp(-0.5 * (distance / KERNEL) ** 2) + 1e-12
    n = POOLED_TRIALS if around else PRIOR_TRIALS
    box = 0.5 * np.ones(len(LOG2_PX)) if around is None else np.array(around.box)
    prior = 2 * n if around is None else n
    box = _rising((weight @ hit + prior * box) / (weight.sum(1) + prior), weight.sum(1) + prior)
    rate = 1.0 if around is None else around.background
    sides = np.log2([t.size_wh for _, t in there if t.size_wh is not None]).reshape(-1, 2)
    return Calibration(
        localizer=localizer,
        trials=len(trials),
        log2_px=LOG2_PX,
        box=rounded(box),
        score_true=smoothed(
            weight[:, hit] @ _onehot(on[hit], SCORE_BINS), n, around.score_true if around else None
        ),
        background=round((len(off) + n * rate) / (len(trials) + n), 5),
        score_background=smoothed(
            _onehot(off, SCORE_BINS).sum(0)[None], n, (around.score_background,) if around else None
        )[0],
        cue_true=smoothed(
            weight[:, mapped] @ _onehot(cue_on[mapped], CUE_BINS), n, around.cue_true if around else None
        ),
        cue_background=smoothed(weight @ cue_off, n, around.cue_background if around else None),
        cue_boxed=_boxed(trials, n, around),
        seconds=round(float(np.median([t.seconds for t in trials])), 4),
        enlarges=enlarges,
        log2_side=_side(sides.mean(1)) if len(sides) else None,
        log2_aspect=round(float((sides[:, 0] - sides[:, 1]).mean()), 3) if len(sides) else 0.0,
    )


def _boxed(trials: Sequence[Trial], n: float, around: Calibration | None) -> tuple[float, ...]:
    """Relative values of the cue at boxes off target; () where none were noted."""
    values = np.array([v for t in trials for v in t.cue_spurious], np.float64)
    if around is None and not len(values):
        return ()
    counts = _onehot(values, CUE_BINS).sum(0)[None]
    return smoothed(counts, n, (around.cue_boxed,) if around and around.cue_boxed else None)[0]


def _side(log2: Array) -> tuple[float, float]:
    return round(float(log2.mean()), 3), round(max(0.5, float(log2.std())), 3)


def _onehot(values: Array, bins: int) -> Array:
    index = np.clip((np.asarray(values, np.float64) * bins).astype(int), 0, bins - 1)
    rows: Array = np.eye(bins)[index].reshape(-1, bins)
    return rows


def _rising(values: Array, weight: Array) -> Array:
    """The nearest non-decreasing sequence: pool adjacent violators (Ayer et al. 1955), weighted."""
    blocks: list[list[float]] = []
    for value, w in zip(values.tolist(), weight.tolist(), strict=True):
        blocks.append([value, w, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            v1, w1, n1 = blocks.pop()
            v0, w0, n0 = blocks.pop()
            blocks.append([(v0 * w0 + v1 * w1) / (w0 + w1), w0 + w1, n0 + n1])
    return np.concatenate([np.full(int(n), v) for v, _, n in blocks])
