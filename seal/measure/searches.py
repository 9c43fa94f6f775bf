"""The search table of the V* paper: every annotated target of every question, searched for on its own.

- Located: found, and the best box overlaps the annotated one by more than half (IoU > 0.5).
- Search length: the look that saw the best box, counted from 1, mean over the located targets. So the released
  code counts it; looks after it, when no score was high enough to stop, are not in it.
- Looks: all that were taken, the honest price.
- Calls of the model: detections, questions where a target usually is, and places looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from ..agents.contracts import Target
from ..memory.image import Document, open_document
from ..orchestrator import Seal
from ..record.result import Result
from ..record.steps import LookStep
from .cases import Case

__all__ = ["SearchReport", "TargetSearch", "run_searches"]


@dataclass(frozen=True, slots=True)
class TargetSearch:
    """One search. found: scored high enough. located: found where the annotation says.

    length: 1-based look that saw the best box, None when nothing was ever seen. detections, where, context: calls.
    """

    case: Case
    phrase: str
    found: bool
    located: bool
    length: int | None
    looks: int
    detections: int
    where: int
    context: int


@dataclass(frozen=True, slots=True)
class SearchReport:
    """All searches, summed up by kind."""

    searches: tuple[TargetSearch, ...]

    def rows(self) -> list[tuple[str, ...]]:
        """Header, a row for each kind, and the total; texts. Means; "-" of nothing."""
        header = ("kind", "targets", "found", "located", "search length", "looks (located)", "looks (all)")
        kinds = sorted({s.case.kind for s in self.searches})
        calls = ("detections", "where", "context")
        return [(*header, *calls), *(self._row(kind) for kind in (*kinds, "all"))]

    def _row(self, kind: str) -> tuple[str, ...]:
        mine = [s for s in self.searches if kind in ("all", s.case.kind)]
        located = [s for s in mine if s.located]
        return (
            kind,
            str(len(mine)),
            str(sum(s.found for s in mine)),
            str(len(located)),
            _mean(s.length for s in located if s.length is not None),
            _mean(s.looks for s in located),
            _mean(s.looks for s in mine),
            _mean(s.detections for s in mine),
            _mean(s.where for s in mine),
            _mean(s.context for s in mine),
        )


def _mean(values: Iterable[int]) -> str:
    listed = list(values)
    return f"{mean(listed):.2f}" if listed else "-"


def run_searches(
    cases: Sequence[Case], seal: Seal, on_result: Callable[[TargetSearch], None] | None = None
) -> SearchReport:
    """Search for every annotated target of the cases, one by one. on_result: called with each."""
    searches: list[TargetSearch] = []
    opened: dict[tuple[Path, float], Document] = {}
    for case in cases:
        key = (case.image.resolve(), case.dpi)
        if key not in opened:
            opened = {key: open_document(case.image, dpi=case.dpi)}
        for phrase, (page, box) in zip(case.target_object, case.boxes, strict=False):
            result = seal.locate(opened[key], Target(phrase, surroundings=False), page=case.page)
            looks = [step for step in result.steps if isinstance(step, LookStep)]
            searches.append(
                TargetSearch(
                    case,
                    phrase,
                    result.status == "found",
                    any(t.page == page and t.box.iou(box) > 0.5 for t in result.targets[:1]),
                    _length(looks),
                    len(looks),
                    *_calls(result),
                )
            )
            if on_result is not None:
                on_result(searches[-1])
    return SearchReport(tuple(searches))


def _length(looks: Sequence[LookStep]) -> int | None:
    """1-based place of the look with the best score, the first of equals; None without any above 0."""
    scores = [max((o.top_score or 0.0 for o in look.observations), default=0.0) for look in looks]
    best = max(scores, default=0.0)
    return scores.index(best) + 1 if best > 0 else None


def _calls(result: Result) -> tuple[int, int, int]:
    calls = result.spend.calls
    return calls["detection"], calls["where"], calls["context"]
