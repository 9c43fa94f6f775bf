"""Whether a confidence says how often an answer is right, and what a threshold on it would cost.

- Bins: ten of equal width over [0, 1]; the last one holds 1.0 too. In each the mean confidence of the answers stands
  against the share of them that is right; the expected calibration error is the mean difference, weighed by answers.
- Thresholds: an answer less sure than a threshold would be a refusal, and is judged as one. Shares are of all cases,
  those refused included.
- Answers whose confidence is not known (from files of earlier versions) are left out of both, and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .judge import VERDICTS, Verdict
from .report import CaseResult

__all__ = ["BINS", "Bin", "Reliability", "THRESHOLDS", "draw", "reliability"]

BINS = 10
THRESHOLDS = tuple(i / 20 for i in range(20))
"""Of a confidence, from which an answer would be given: 0, 0.05, ... 0.95."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about one confidence. low, high: its edges; confidence: their mean; right: the share; 0 of none."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far confidence can be trusted.

    error: expected calibration error, in [0, 1]. thresholds: (threshold, shares by verdict of all cases), rising.
    cases: how many count; unknown: answers without a confidence, which do not.
    """

    bins: tuple[Bin, ...]
    error: float
    thresholds: tuple[tuple[float, dict[Verdict, float]], ...]
    cases: int
    unknown: int

    def rows(self) -> list[tuple[str, ...]]:
        """The bins with their header; texts."""
        header = ("confidence", "answers", "mean confidence", "right")
        return [
            header,
            *(
                (f"{b.low:.1f}-{b.high:.1f}", str(b.count), f"{b.confidence:.2f}", f"{b.right:.2f}")
                if b.count
                else (f"{b.low:.1f}-{b.high:.1f}", "0", "-", "-")
                for b in self.bins
            ),
        ]

    def threshold_rows(self) -> list[tuple[str, ...]]:
        """The thresholds with their header; texts."""
        header = ("answers from", *VERDICTS)
        return [header, *((f"{t:.2f}", *(f"{s[v]:.3f}" for v in VERDICTS)) for t, s in self.thresholds)]

    @property
    def title(self) -> str:
        """What stands above the bins."""
        answers = sum(b.count for b in self.bins)
        left_out = f"; {self.unknown} of unknown confidence left out" if self.unknown else ""
        return f"Expected calibration error {self.error:.3f}: {answers} answers of {self.cases} questions{left_out}"


def reliability(results: Sequence[CaseResult], thresholds: Iterable[float] = THRESHOLDS) -> Reliability:
    """What the results of one mode say about their confidences."""
    known = [r for r in results if r.status != "answered" or r.confidence is not None]
    told = [(r.confidence, r.verdict == "right") for r in known if r.status == "answered"]
    bins = []
    for i in range(BINS):
        mine = [(c, ok) for c, ok in told if c is not None and min(int(c * BINS), BINS - 1) == i]
        n = len(mine) or 1
        sure, right = sum(c for c, _ in mine) / n, sum(ok for _, ok in mine) / n
        bins.append(Bin(i / BINS, (i + 1) / BINS, len(mine), sure, right))
    error = sum(b.count * abs(b.confidence - b.right) for b in bins) / (len(told) or 1)
    shares = []
    for threshold in sorted(thresholds):
        verdicts = [
            (replace(r, status="cannot_tell") if (r.confidence or 0.0) < threshold else r).verdict
            for r in known
        ]
        shares.append((threshold, {v: verdicts.count(v) / (len(known) or 1) for v in VERDICTS}))
    return Reliability(tuple(bins), error, tuple(shares), len(known), len(results) - len(known))


def draw(told: Reliability, path: Path) -> bool:
    """Draw bins and thresholds as a PNG; False, and nothing is written, where matplotlib is not installed."""
    try:
        import matplotlib
    except ImportError:
        return False
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.4))
    there = [b for b in told.bins if b.count]
    left.plot([0, 1], [0, 1], color="#999", lw=1)
    left.bar([b.confidence for b in there], [b.right for b in there], width=0.07, color="#4472c4", alpha=0.75)
    for b in there:
        left.annotate(str(b.count), (b.confidence, b.right), ha="center", va="bottom", fontsize=7)
    left.set_title(f"expected calibration error {told.error:.3f}", fontsize=9)
    left.set_ylabel("share right of the answers", fontsize=8)
    left.set_xlabel("confidence", fontsize=8)
    colours = dict(zip(VERDICTS, ("#3a8f5c", "#c0392b", "#888888"), strict=True))
    for verdict, colour in colours.items():
        edges, shares = [t for t, _ in told.thresholds], [s[verdict] for _, s in told.thresholds]
        right.plot(edges, shares, color=colour, label=verdict)
    right.set_title(f"{told.cases} questions", fontsize=9)
    right.set_ylabel("share of all questions", fontsize=8)
    right.set_xlabel("answers from this confidence on", fontsize=8)
    right.legend(fontsize=7)
    for axis in (left, right):
        axis.set_xlim(0, 1)
        axis.set_ylim(0, 1.05)
        axis.tick_params(labelsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=110, format="png")
    plt.close(figure)
    return True
