"""`seal bench ... --curve PNG`: how right the answers are for the looks and seconds that they may cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..console import note, print_table, print_text
from ..memory.errors import InputError

if TYPE_CHECKING:
    from ..measure.cases import Case
    from ..measure.curve import Asked
    from ..measure.suites.sample import Sample
    from ..measure.suites.suite import Suite
    from ..orchestrator import Seal

__all__ = ["curve_of_cases", "curve_of_suite"]


def curve_of_cases(cases: Sequence[Case], fresh: Callable[[], Seal], picture: Path, markdown: bool) -> None:
    """The curve of a folder of questions; fresh: makes what is asked."""
    from ..measure.bench import run_bench

    def ask(seal: Seal) -> Asked:
        return [(float(r.verdict == "right"), r) for r in run_bench(cases, seal, baseline=False).search]

    _curve(fresh, ask, "right", picture, markdown)


def curve_of_suite(
    suite: Suite, samples: Sequence[Sample], fresh: Callable[[], Seal], picture: Path, markdown: bool
) -> None:
    """The curve of a public benchmark, by its main figure."""
    from ..measure.suites.run import run_suite

    def ask(seal: Seal) -> Asked:
        told = run_suite(suite, samples, seal, baseline=False).answers["search"]
        return [(a.scores[suite.figure][0] / a.scores[suite.figure][1], a.result) for a in told]

    _curve(fresh, ask, suite.figure, picture, markdown)


def _curve(
    fresh: Callable[[], Seal], ask: Callable[[Seal], Asked], figure: str, picture: Path, markdown: bool
) -> None:
    from ..measure.curve import curve, draw, rows
    from ..measure.report import as_markdown

    if not picture.absolute().parent.is_dir():
        raise InputError(f"{picture}: the picture cannot be written; its folder does not exist.")
    points = []
    for point in curve(fresh, ask):
        points.append(point)
        note(f"{point.most} looks: {figure} {point.score:.3f} ({point.seconds:.1f} s a question)")
    if not points:
        raise InputError("None of the questions can be asked, so that there is no curve.")
    header, *body = rows(points, figure)
    if markdown:
        print_text(as_markdown([header, *body]))
    else:
        print_table(header, body, title="What a budget of looks gives", right=header)
    try:
        drawn = draw(points, figure, picture)
    except OSError as error:
        raise InputError(f"{picture}: the picture cannot be written ({error.strerror}).") from error
    note(f"Drawn in {picture}." if drawn else "Nothing is drawn: matplotlib is not installed.")
