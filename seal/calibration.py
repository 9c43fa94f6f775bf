"""What a localizer's looks are worth as evidence: likelihoods measured once, kept beside its profile.

All tables are functions of the *apparent size* a: the side of an object, sqrt(width * height), in pixels of the
localizer's input. For a target that is there, and seen whole, at apparent size a:

    box(a)            probability that some box lies on it, whatever its score
    score_true(. | a) distribution of that box's score
    cue_true(. | a)   distribution of the cue map's relative value at its place

and for whatever is not the target: `background` boxes a look with scores `score_background`, and
`cue_background(. | a)`. Between the tabulated sizes values are interpolated in log2 a; `box` and the chance to reach
a score never fall with a, so that a finer look is never worth less than a coarser one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import platformdirs
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from .agents.contracts import Capabilities, Localizer
from .memory.errors import InputError

__all__ = [
    "CUE_RANGE",
    "Calibration",
    "Likelihoods",
    "Trial",
    "calibration_of",
    "calibration_path",
    "cautious",
    "fit",
    "relative_cue",
]

CUE_RANGE = 3.0
"""Log-odds; a cue map with a smaller range is not stretched to the full one: it hardly points anywhere."""
SCORE_BINS, CUE_BINS = 20, 10
LOG2_PX = tuple(np.arange(1.0, 10.01, 0.5).tolist())
KERNEL = 0.4
"""Standard deviation, in octaves of apparent size, over which trials are pooled."""
PRIOR_TRIALS = 0.5
"""Weight of a uniform prior on every distribution, in trials."""
MISLED = 0.1
"""Share of images on which the cue map is assumed to say nothing of the target: what misleads it there was not in the
data. With none, places where the map is low are given up too early (docs/experiments.md)."""
MIN_TRIALS = 30
"""Looks at present targets that a calibration needs."""

Array = NDArray[np.float64]


def relative_cue(cue: NDArray[np.float32]) -> NDArray[np.float32]:
    """A cue map, any log-odds, scaled to [0, 1]: (cue - min) / max(max - min, 3)."""
    low = cue.min()
    scaled: NDArray[np.float32] = (cue - low) / max(float(cue.max() - low), CUE_RANGE)
    return scaled


class Calibration(BaseModel):
    """Likelihoods of one localizer; see the module. All distributions sum to 1 along their last axis.

    log2_px: (A,) tabulated apparent sizes. box: (A,). score_true: (A, B), bins of equal width over [0, 1].
    score_background: (B,). background: boxes off target a look. cue_true, cue_background: (A, C), bins of equal
    width over [0, 1]; uniform where the localizer gives no map. seconds: of a look, median.
    enlarges: whether views smaller than the input are scaled up. trials: looks it was fitted to; 0: assumed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    localizer: str
    trials: int
    log2_px: tuple[float, ...]
    box: tuple[float, ...]
    score_true: tuple[tuple[float, ...], ...]
    background: float
    score_background: tuple[float, ...]
    cue_true: tuple[tuple[float, ...], ...]
    cue_background: tuple[tuple[float, ...], ...]
    seconds: float = 0.0
    enlarges: bool = False

    @model_validator(mode="after")
    def _consistent(self) -> Calibration:
        shapes = (len(self.log2_px), len(self.score_background), len(self.cue_background[0]))
        a, b, c = shapes
        tables = ((self.score_true, b), (self.cue_true, c), (self.cue_background, c))
        if len(self.box) != a or any(len(t) != a or any(len(r) != n for r in t) for t, n in tables):
            raise ValueError("the tables do not go together")
        flat = np.concatenate([np.ravel(t) for t in (self.box, self.score_true, self.cue_true)])
        if not np.isfinite(flat).all() or flat.min() < 0 or not self.background > 0:
            raise ValueError("probabilities must be finite and not negative")
        return self

    @property
    def measured(self) -> bool:
        """Whether it was fitted to looks of this localizer, not assumed."""
        return self.trials > 0

    @property
    def sentence(self) -> str:
        """Where the likelihoods come from."""
        if self.measured:
            return f"likelihoods of {self.localizer} fitted to {self.trials} looks"
        return f"{self.localizer} is not calibrated: cautious assumptions (seal calibrate {self.localizer} --data DIR)"

    def at(self, px: float) -> Likelihoods:
        """The likelihoods at one apparent size."""
        return _at(self, round(math.log2(max(px, 1e-3)), 2))

    def detection(self, px: float, score: float) -> float:
        """Probability in [0, 1] that a target seen whole at that apparent size gets a box of at least `score`."""
        return self.at(px).reaches(score)

    def save(self, path: Path) -> Path:
        """Write it as JSON. Raises InputError when it cannot be written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.model_dump_json() + "\n", encoding="utf-8")
        except OSError as error:
            raise InputError(f"{path}: the calibration cannot be written ({error.strerror}).") from error
        return path

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """Read one. Raises InputError when the file is missing or no calibration."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise InputError(f"{path}: the calibration cannot be read ({error.strerror}).") from error
        except ValidationError as error:
            fault = error.errors()[0]["msg"]
            raise InputError(
                f"{path}: this is no calibration ({fault}); run `seal calibrate` again."
            ) from error

    def __hash__(self) -> int:
        return hash((self.localizer, self.trials, self.box, self.score_true))


@dataclass(frozen=True, slots=True, eq=False)
class Likelihoods:
    """The tables at one apparent size. box: in (0, 1). score: (B,). cue_ratio: (C,) true over background."""

    box: float
    score: Array
    cue: Array
    cue_ratio: Array

    def reaches(self, score: float) -> float:
        """P(box with at least this score), exact within the bins."""
        edges = np.linspace(0, 1, len(self.score) + 1)
        share = np.clip((edges[1:] - score) / (edges[1:] - edges[:-1]), 0, 1)
        return float(self.box * (self.score * share).sum())

    @property
    def cue_information(self) -> float:
        """Nats by which the cue map is expected to raise the odds of the target's place."""
        return float((self.cue * np.log(self.cue_ratio)).sum())


@lru_cache(maxsize=4096)
def _at(calibration: Calibration, log2_px: float) -> Likelihoods:
    def row(table: Sequence[Any]) -> Array:
        columns = np.asarray(table, np.float64).T
        return np.array([np.interp(log2_px, calibration.log2_px, column) for column in columns])

    score, elsewhere = row(calibration.score_true), row(calibration.cue_background)
    cue = (1 - MISLED) * row(calibration.cue_true) + MISLED * elsewhere
    box = float(np.interp(log2_px, calibration.log2_px, calibration.box))
    return Likelihoods(box, score, cue, cue / elsewhere)


# --- fitting ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trial:
    """One look at a view for a target that is there, and wholly in it, or (apparent_px None) is not there.

    apparent_px: side of the target in pixels of the localizer's input. score: of the best box on it, None without
    one. cue: relative value at its place. spurious: scores of the other boxes. cue_elsewhere: relative values at
    places where the target is not. seconds: what the look took.
    """

    apparent_px: float | None
    score: float | None = None
    cue: float | None = None
    spurious: tuple[float, ...] = ()
    cue_elsewhere: tuple[float, ...] = field(default=())
    seconds: float = 0.0


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
    sizes = np.log2([px for px, _ in there])
    weight = np.exp(-0.5 * ((np.array(LOG2_PX)[:, None] - sizes[None]) / KERNEL) ** 2) + 1e-12
    box = _rising(
        (weight @ hit + PRIOR_TRIALS) / (weight.sum(1) + 2 * PRIOR_TRIALS), weight.sum(1) + 2 * PRIOR_TRIALS
    )
    mapped = cue_on >= 0
    return Calibration(
        localizer=localizer,
        trials=len(trials),
        log2_px=LOG2_PX,
        box=tuple(box.tolist()),
        score_true=_rows(weight[:, hit] @ _onehot(on[hit], SCORE_BINS)),
        background=(len(off) + PRIOR_TRIALS) / (len(trials) + PRIOR_TRIALS),
        score_background=_rows(_onehot(off, SCORE_BINS).sum(0)[None])[0],
        cue_true=_rows(weight[:, mapped] @ _onehot(cue_on[mapped], CUE_BINS)),
        cue_background=_rows(
            weight @ np.array([_onehot(np.array(c), CUE_BINS).sum(0) / max(1, len(c)) for c in cue_off])
        ),
        seconds=float(np.median([t.seconds for t in trials])),
        enlarges=enlarges,
    )


def _onehot(values: Array, bins: int) -> Array:
    index = np.clip((np.asarray(values, np.float64) * bins).astype(int), 0, bins - 1)
    rows: Array = np.eye(bins)[index].reshape(-1, bins)
    return rows


def _rows(counts: Array) -> tuple[tuple[float, ...], ...]:
    smoothed = counts + PRIOR_TRIALS / counts.shape[1]
    rows = smoothed / smoothed.sum(1, keepdims=True)
    return tuple(tuple(row) for row in rows.tolist())


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


# --- without one ------------------------------------------------------------------------------------------


def cautious(localizer: str, able: Capabilities) -> Calibration:
    """Assumed likelihoods of a localizer that was never calibrated, from what it declares.

    The chance of a box is 0.95 a^2 / (a^2 + (smallest_px / 2)^2), so absence is never nearly certain before
    everything was seen finely; one box a look is off target; the cue's likelihood ratio grows with the square of
    its relative value (what worked on recorded searches), fading below a quarter of `smallest_px`.
    """
    px = 2.0 ** np.array(LOG2_PX)
    seen = px**2 / (px**2 + (able.smallest_px / 2) ** 2)
    middle = (np.arange(SCORE_BINS) + 0.5) / SCORE_BINS
    low, high = able.confidence_low, able.confidence_high
    parts = [middle >= high, (middle < high) & (middle >= low), middle < low]
    thirds = np.array([p / max(1, p.sum()) for p in parts])
    score_true = (
        seen[:, None] * thirds[0]
        + 0.7 * (1 - seen)[:, None] * thirds[1]
        + 0.3 * (1 - seen)[:, None] * thirds[2]
    )
    cue = (np.arange(CUE_BINS) + 0.5) / CUE_BINS
    background = np.exp(-4 * cue) / np.exp(-4 * cue).sum()
    pointing = (px**2 / (px**2 + (able.smallest_px / 4) ** 2))[:, None] * (0.9 if able.gives_cue else 0.0)
    cue_true = background * (1 - pointing + pointing * (0.2 + 20 * cue**2))
    return Calibration(
        localizer=localizer,
        trials=0,
        log2_px=LOG2_PX,
        box=tuple((0.95 * seen).tolist()),
        score_true=_rows(score_true * 100),
        background=1.0,
        score_background=_rows((np.array([0.02, 0.2, 0.78]) @ thirds)[None] * 100)[0],
        cue_true=_rows(cue_true / cue_true.sum(1, keepdims=True) * 100),
        cue_background=_rows(np.tile(background, (len(px), 1)) * 100),
    )


def calibration_path(localizer: str) -> Path:
    """Where the user's calibration of a localizer lies."""
    name = "".join(c if c.isalnum() or c in "-." else "_" for c in localizer)
    return platformdirs.user_config_path("seal") / "calibration" / f"{name}.json"


def calibration_of(localizer: Localizer) -> Calibration:
    """The user's calibration, else the one that ships with the localizer, else cautious assumptions."""
    own = calibration_path(localizer.name)
    if own.exists():
        return Calibration.load(own)
    shipped = Path(__file__).parent / "calibrations" / own.name
    if shipped.exists():
        return Calibration.load(shipped)
    return cautious(localizer.name, localizer.capabilities)
