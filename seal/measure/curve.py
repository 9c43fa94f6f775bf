"""How right the answers are for what they may cost: the same questions with 1, 2, 4, ... looks at most.

- Every budget starts with nothing in memory and fresh agents, so that its seconds are those of somebody who asks first.
- It ends with the first budget that no question used up: more looks would change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from ..memory.kept import forget
from ..orchestrator import Seal
from .report import CaseResult

__all__ = ["MOST_LOOKS", "Point", "curve", "draw", "rows"]

MOST_LOOKS = 128
"""The largest budget where that of the caller has no limit."""
Asked = Sequence[tuple[float, CaseResult]]
"""Answers with the score of each, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Point:
    """One budget. most: looks that were allowed; score, looks, seconds: means; wrong, refused: shares in [0, 1].

    Wrong is an answer with no score at all.
    """

    most: int
    score: float
    wrong: float
    refused: float
    looks: float
    seconds: float


def curve(fresh: Callable[[], Seal], ask: Callable[[Seal], Asked]) -> Iterator[Point]:
    """A point for each budget, as soon as it is there. fresh: makes what is asked; ask: asks all questions."""
    most = 1
    while True:
        forget()
        seal = fresh()
        limit = seal.budget.looks or MOST_LOOKS
        seal.budget = seal.budget.but(looks=min(most, limit))
        told = ask(seal)
        if not told:
            return
        results = [result for _, result in told]
        yield Point(
            min(most, limit),
            mean(score for score, _ in told),
            mean(score <= 0 and r.status == "answered" for score, r in told),
            mean(r.status != "answered" for r in results),
            mean(r.looks for r in results),
            mean(r.seconds for r in results),
        )
        if most >= limit or all(r.looks < most for r in results):
            return
        most *= 2


def rows(points: Sequence[Point], figure: str) -> list[tuple[str, ...]]:
    """The points as a table, a header first. figure: what the score is called."""
    return [
        ("looks allowed", figure, "wrong", "refused", "looks", "seconds"),
        *(
            (
                str(p.most),
                f"{p.score:.3f}",
                f"{p.wrong:.2f}",
                f"{p.refused:.2f}",
                f"{p.looks:.1f}",
                f"{p.seconds:.2f}",
            )
            for p in points
        ),
    ]


def draw(points: Sequence[Point], figure: str, path: Path) -> bool:
    """Draw the score against looks and seconds as a PNG; False, and nothing is written, without matplotlib."""
    try:
        import matplotlib
    except ImportError:
        return False
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    drawing, axes = plt.subplots(1, 2, figsize=(7.2, 3.2), sharey=True)
    for axis, name in zip(axes, ("looks", "seconds"), strict=True):
        spent = [getattr(p, name) for p in points]
        axis.plot(spent, [p.score for p in points], marker="o", color="#4472c4", label=figure)
        axis.plot(spent, [p.wrong for p in points], marker=".", color="#c0392b", label="wrong")
        axis.plot(spent, [p.refused for p in points], marker=".", color="#888888", label="refused")
        for p, x in zip(points, spent, strict=True):
            above = {"xytext": (0, 5), "textcoords": "offset points"}
            axis.annotate(str(p.most), (x, p.score), **above, ha="center", va="bottom", fontsize=7)
        axis.set_xlabel(f"{name} a question", fontsize=8)
        axis.set_ylim(0, 1.05)
        axis.tick_params(labelsize=7)
    axes[0].legend(fontsize=7)
    axes[0].set_title("beside each point: looks allowed", fontsize=8)
    drawing.tight_layout()
    drawing.savefig(path, dpi=110, format="png")
    plt.close(drawing)
    return True
