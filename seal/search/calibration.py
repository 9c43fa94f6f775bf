"""What a localizer's looks are worth as evidence: likelihoods measured once, kept beside its profile.

All tables are functions of the *apparent size* a: the side of an object, sqrt(width * height), in pixels of the
localizer's input. For a target that is there, and seen whole, at apparent size a:

    box(a)            probability that some box lies on it, whatever its score
    score_true(. | a) distribution of that box's score
    cue_true(. | a)   distribution of the cue map's relative value at its place

and for whatever is not the target: `background` boxes a look with scores `score_background`, and
`cue_background(. | a)`, `cue_boxed` at the places of those boxes (a map that is drawn from boxes points at wrong ones,
too). Between the tabulated sizes values are interpolated in log2 a; `box` and the chance to reach
a score never fall with a, so that a finer look is never worth less than a coarser one.

A localizer can be good at icons and poor at sliders. Where it tells the kind of a phrase (`Looker.kind`), each
kind has tables of its own, drawn towards those of all kinds together where it was seen seldom.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import platformdirs
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from ..agents.contracts import Capabilities, Part
from ..agents.looker import Looker
from ..memory.disk import MOST_BYTES, read_file, write_whole
from ..memory.errors import InputError

__all__ = [
    "CUE_BINS",
    "CUE_RANGE",
    "Calibration",
    "LOG2_PX",
    "Likelihoods",
    "PRIOR_TRIALS",
    "SCORE_BINS",
    "calibration_of",
    "calibration_path",
    "cautious",
    "relative_cue",
    "rounded",
    "smoothed",
]

CUE_RANGE = 3.0
"""Log-odds; a cue map with a smaller range is not stretched to the full one: it hardly points anywhere."""
SCORE_BINS, CUE_BINS = 20, 10
LOG2_PX = tuple(np.arange(1.0, 10.01, 0.5).tolist())
PRIOR_TRIALS = 0.5
"""Weight of a uniform prior on every distribution, in trials."""
MISLED = 0.1
"""Share of images on which the cue map is assumed to say nothing of the target: what misleads it there was not in the
data. With none, places where the map is low are given up too early (docs/experiments.md)."""
ANY_SIDE = 0.1
"""Share of the prior over sizes that does not follow the measured ones."""

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
    width over [0, 1]; uniform where the localizer gives no map. cue_boxed: (C,), or empty. seconds: of a look, median.
    enlarges: whether views smaller than the input are scaled up. trials: looks it was fitted to; 0: assumed.
    log2_side: mean and standard deviation of log2 sqrt(width * height), image pixels, of what was looked for; None:
    unknown. log2_aspect: mean of log2 (width / height). kinds: tables of single kinds of phrases.
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
    cue_boxed: tuple[float, ...] = ()
    seconds: float = 0.0
    enlarges: bool = False
    log2_side: tuple[float, float] | None = None
    log2_aspect: float = 0.0
    kinds: dict[str, Calibration] = {}

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

    def of(self, kind: str) -> Calibration:
        """The tables of one kind of phrases; of all kinds together where it was not measured."""
        return self.kinds.get(kind, self)

    def shares(self, sides: Sequence[float]) -> Array:
        """(S,) prior over sides, image pixels, ascending and an octave apart: what is measured, or all alike."""
        even = np.full(len(sides), 1 / len(sides))
        if self.log2_side is None:
            return even
        mean, spread = self.log2_side
        ends = [(math.log2(s) + 0.5 - mean) / (spread * math.sqrt(2)) for s in sides[:-1]]
        below = np.array([0.0, *(0.5 + 0.5 * math.erf(end) for end in ends), 1.0])
        return ANY_SIDE * even + (1 - ANY_SIDE) * np.diff(below)

    def save(self, path: Path) -> Path:
        """Write it as JSON. Raises InputError when it cannot be written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, self.model_dump_json().encode() + b"\n")
        except OSError as error:
            raise InputError(f"{path}: the calibration cannot be written ({error.strerror}).") from error
        return path

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """Read one. Raises InputError when the file is missing or no calibration."""
        try:
            return cls.model_validate_json(read_file(path, MOST_BYTES))
        except OSError as error:
            raise InputError(f"{path}: the calibration cannot be read ({error.strerror}).") from error
        except ValidationError as error:
            fault = error.errors()[0]["msg"]
            raise InputError(
                f"{path}: this is no calibration ({fault}); run `seal calibrate` again."
            ) from error

    def __hash__(self) -> int:
        return hash((self.localizer, self.trials, self.background, self.box, self.score_true))


@dataclass(frozen=True, slots=True, eq=False)
class Likelihoods:
    """The tables at one apparent size. box: in (0, 1). score: (B,). cue_ratio: (C,) true over background; boxed_ratio:
    (C,) the same where there is a box; None: not measured."""

    box: float
    score: Array
    cue: Array
    cue_ratio: Array
    boxed_ratio: Array | None

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
    def row(table: ArrayLike) -> Array:
        columns = np.asarray(table, np.float64).T
        return np.array([np.interp(log2_px, calibration.log2_px, column) for column in columns])

    score, elsewhere = row(calibration.score_true), row(calibration.cue_background)
    cue = (1 - MISLED) * row(calibration.cue_true) + MISLED * elsewhere
    box = float(np.interp(log2_px, calibration.log2_px, calibration.box))
    boxed = cue / np.array(calibration.cue_boxed) if calibration.cue_boxed else None
    return Likelihoods(box, score, cue, cue / elsewhere, boxed)


# --- without one ------------------------------------------------------------------------------------------


def rounded(values: Array) -> tuple[float, ...]:
    """Five digits are kept; nothing becomes impossible."""
    return tuple(max(1e-5, round(v, 5)) for v in values.tolist())


def smoothed(
    counts: Array, n: float = PRIOR_TRIALS, around: Sequence[Sequence[float]] | None = None
) -> tuple[tuple[float, ...], ...]:
    """Counts as distributions, after `n` trials spread as `around`, or evenly."""
    even = np.full(counts.shape, 1 / counts.shape[1])
    totals = counts + n * (even if around is None else 0.95 * np.array(around) + 0.05 * even)
    return tuple(rounded(row) for row in totals / totals.sum(1, keepdims=True))


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
        box=rounded(0.95 * seen),
        score_true=smoothed(score_true * 100),
        background=1.0,
        score_background=smoothed((np.array([0.02, 0.2, 0.78]) @ thirds)[None] * 100)[0],
        cue_true=smoothed(cue_true / cue_true.sum(1, keepdims=True) * 100),
        cue_background=smoothed(np.tile(background, (len(px), 1)) * 100),
    )


def calibration_path(localizer: str) -> Path:
    """Where the user's calibration of a localizer lies."""
    name = "".join(c if c.isalnum() or c in "-." else "_" for c in localizer)
    return platformdirs.user_config_path("seal") / "calibration" / f"{name}.json"


def calibration_of(localizer: Looker | Part) -> Calibration:
    """The user's calibration, else the one that is shipped, else for a fused localizer that of its components, else
    cautious assumptions."""
    own = calibration_path(localizer.name)
    for path in (own, Path(__file__).parent / "calibrations" / own.name):
        if path.exists():
            return Calibration.load(path)
    return _joined(localizer, localizer.parts)


def _joined(localizer: Looker | Part, parts: Sequence[Part]) -> Calibration:
    """Text by the tables of who reads, kinds by those of who sees them, if all are measured."""
    able = localizer.capabilities
    tables = [_rescaled(calibration_of(part), part.capabilities, able) for part in parts]
    if not tables or not all(each.measured for each in tables):
        return cautious(localizer.name, able)
    pairs = list(zip(parts, tables, strict=True))
    main = next((each for part, each in pairs if not part.capabilities.text_only), tables[0])
    kinds: dict[str, Calibration] = {}
    for part, each in pairs:
        kinds |= {"text": each} if part.capabilities.text_only else each.kinds
    trials = sum(each.trials for each in tables)
    return main.model_copy(update={"localizer": localizer.name, "trials": trials, "kinds": kinds})


def _rescaled(tables: Calibration, own: Capabilities, to: Capabilities) -> Calibration:
    """The tables of a component for scores and apparent sizes of the fused localizer (`seal.agents.fused`)."""
    edges = np.linspace(0, 1, len(tables.score_background) + 1)
    theirs, ours = ((0.0, c.confidence_low, c.confidence_high, 1.0) for c in (to, own))
    at = np.interp(edges, theirs, ours)

    def moved(row: Sequence[float]) -> tuple[float, ...]:
        return rounded(np.diff(np.interp(at, edges, [0.0, *np.cumsum(row)])))

    changes = {
        "log2_px": tuple(px + math.log2(to.input_side / own.input_side) for px in tables.log2_px),
        "score_true": tuple(moved(row) for row in tables.score_true),
        "score_background": moved(tables.score_background),
        "kinds": {kind: _rescaled(each, own, to) for kind, each in tables.kinds.items()},
    }
    return tables.model_copy(update=changes)
