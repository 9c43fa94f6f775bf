"""One picture of a suite: every group with search and without, its interval, and what others report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..report import MODES, Mode
from .run import Outcomes
from .suite import Suite
from .tally import Figure, figure, published

__all__ = ["bars", "draw"]

COLORS = {"search": "#4472c4", "no search": "#b0b0b0"}
MOST = 24
"""Groups that are drawn; the others stand in the table."""


def draw(suite: Suite, outcomes: Outcomes, path: Path) -> bool:
    """Draw the main figure of a suite as a PNG; False, and nothing is written, without matplotlib."""
    search = outcomes.answers["search"]
    found = dict.fromkeys(group for answered in search for group in answered.sample.groups)
    groups = [None, *sorted(found)[:MOST]]
    told: dict[Mode, list[Figure | None]] = {}
    for mode in MODES:
        if outcomes.answers.get(mode):
            of = [a for a in outcomes.answers[mode] if suite.figure in a.scores]
            told[mode] = []
            for group in groups:
                some = [a for a in of if group is None or group in a.sample.groups]
                told[mode].append(
                    figure([a.scores[suite.figure] for a in some], [a.sample.cluster for a in some])
                )
    names = ["all" if group is None else ": ".join(group) for group in groups]
    theirs = [(p.system, p.figure / 100) for p in published() if p.suite == suite.name and p.of == "all"]
    return bars(names, told, f"{suite.title}: {suite.figure}", path, theirs)


def bars(
    names: Sequence[str],
    told: Mapping[Mode, Sequence[Figure | None]],
    title: str,
    path: Path,
    theirs: Sequence[tuple[str, float]] = (),
) -> bool:
    """Draw figures in [0, 1] of each mode by name, with intervals; theirs: (system, figure) of others, at the first.

    False, and nothing is written, without matplotlib.
    """
    try:
        import matplotlib
    except ImportError:
        return False
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    drawing, axis = plt.subplots(figsize=(7.2, 1.8 + 0.36 * len(names)), layout="constrained")
    for number, (mode, figures) in enumerate(told.items()):
        shift = (number - (len(told) - 1) / 2) * 0.38
        values = [0.0 if each is None else each.value for each in figures]
        places = [place + shift for place in range(len(names))]
        axis.barh(places, values, 0.36, color=COLORS[mode], label=mode)
        for place, each in zip(places, figures, strict=True):
            if each is not None:
                axis.plot(
                    [each.low, each.high],
                    [place, place],
                    color="#222222",
                    linewidth=0.8,
                    marker="|",
                    markersize=4,
                )
    axis.set_yticks(range(len(names)), [name if len(name) < 46 else f"{name[:44]}..." for name in names])
    axis.invert_yaxis()
    for system, value in theirs:
        label = f"theirs: {system}, {value:.3f}"
        axis.plot([value, value], [-0.45, 0.45], linewidth=1.6, label=label, color=_shade(100 * value))
    axis.set_xlim(0, 1.02)
    axis.set_xlabel(f"{title}; thin lines: 95 %", fontsize=8)
    axis.tick_params(labelsize=7)
    drawing.legend(fontsize=6.5, loc="outside lower center", ncols=2)
    drawing.savefig(path, dpi=120, format="png")
    plt.close(drawing)
    return True


def _shade(percent: float) -> tuple[float, float, float]:
    """A warm color, darker for a higher figure, so that lines are told apart."""
    return (0.9 - 0.5 * percent / 100, 0.55 * (1 - percent / 100), 0.1)
