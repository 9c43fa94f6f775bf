"""One picture of a suite: every group with search and without, its interval, and what others report."""

from __future__ import annotations

from pathlib import Path

from ..report import MODES
from .run import Outcomes
from .suite import Suite
from .tally import figure, published

__all__ = ["draw"]

COLORS = {"search": "#4472c4", "no search": "#b0b0b0"}
MOST = 24
"""Groups that are drawn; the others stand in the table."""


def draw(suite: Suite, outcomes: Outcomes, path: Path) -> bool:
    """Draw the main figure of a suite as a PNG; False, and nothing is written, without matplotlib."""
    try:
        import matplotlib
    except ImportError:
        return False
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    search = outcomes.answers["search"]
    found = dict.fromkeys(group for answered in search for group in answered.sample.groups)
    groups = [None, *sorted(found)[:MOST]]
    modes = [mode for mode in MODES if outcomes.answers.get(mode)]
    drawing, axis = plt.subplots(figsize=(7.2, 1.4 + 0.36 * len(groups)), layout="constrained")
    for number, mode in enumerate(modes):
        for place, group in enumerate(groups):
            some = [a for a in outcomes.answers[mode] if group is None or group in a.sample.groups]
            told = figure(
                [a.scores[suite.figure] for a in some if suite.figure in a.scores],
                [a.sample.cluster for a in some if suite.figure in a.scores],
            )
            if told is None:
                continue
            at = place + (number - (len(modes) - 1) / 2) * 0.38
            axis.barh(at, told.value, 0.36, color=COLORS[mode], label=mode if place == 0 else None)
            spread = [[max(0.0, told.value - told.low)], [max(0.0, told.high - told.value)]]
            axis.errorbar(told.value, at, xerr=spread, color="#222222", capsize=2, linewidth=0.8)
    names = ["all" if group is None else ": ".join(group) for group in groups]
    axis.set_yticks(range(len(groups)), [name if len(name) < 46 else f"{name[:44]}..." for name in names])
    axis.invert_yaxis()
    theirs = [p for p in published() if p.suite == suite.name and p.of == "all"]
    for p in theirs:
        told = f"theirs: {p.system}, {p.figure / 100:.3f}"
        axis.plot([p.figure / 100] * 2, [-0.45, 0.45], linewidth=1.6, label=told, color=_shade(p.figure))
    axis.set_xlim(0, 1.02)
    axis.set_xlabel(f"{suite.title}: {suite.figure}; thin lines: 95 %", fontsize=8)
    axis.tick_params(labelsize=7)
    axis.legend(fontsize=6.5, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    drawing.savefig(path, dpi=120, format="png")
    plt.close(drawing)
    return True


def _shade(percent: float) -> tuple[float, float, float]:
    """A warm color, darker for a higher figure, so that lines are told apart."""
    return (0.9 - 0.5 * percent / 100, 0.55 * (1 - percent / 100), 0.1)
