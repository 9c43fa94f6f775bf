"""What a benchmark found: the result of every case, and tables of the shares of right, wrong and refused answers.

- A verdict is not kept but made of the case and the answer (`seal.measure.judge`), so that answers of an earlier run
  are judged as those of this one.
- Faithful is, of the right answers to questions whose case says where, one whose cited crop or place shows that.
- `guessed` adds the 1/n that a blind guess among n options would have earned where the agent refused; nothing without
  options.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any, Literal, get_args

from ..memory.geometry import Box
from .cases import Case, Unreadable
from .judge import VERDICTS, Verdict, faithful, judge

__all__ = ["CaseResult", "MODES", "Mode", "Report", "as_markdown"]

Mode = Literal["search", "no search"]
MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What one run made of one case.

    hits: of `targets` boxes, how many were found. confidence: in [0, 1]; None where an old file does not say it.
    places: (1-based page, box in pixels of the full image) of where the answer stands, the best first.
    calls: of models, of every kind; None where an old file does not say it.
    crops: (1-based page, box) of what the answer cites; None where an old file does not say it, or nothing is cited by
    its kind (a click). tokens: that models read and wrote; None where they do not count them (embedded ones do not).
    """

    case: Case
    answer: str
    status: str
    hits: int
    targets: int
    looks: int
    seconds: float
    reason: str = ""
    confidence: float | None = None
    places: tuple[tuple[int, Box], ...] = ()
    calls: int | None = None
    crops: tuple[tuple[int, Box], ...] | None = None
    tokens: int | None = None

    @property
    def verdict(self) -> Verdict:
        """Right, wrong or refused."""
        return judge(self.case, self.answer, self.status, self.places)

    @property
    def faithful(self) -> bool | None:
        """Whether a right answer cites what shows the boxes of its case; None where that cannot be asked.

        That is of answers that are not right, of cases without boxes, and where the place itself is the answer.
        """
        return self.shows if self.verdict == "right" else None

    @property
    def shows(self) -> bool | None:
        """The same of any answer, right or wrong; None where it cannot be asked."""
        if self.crops is None or self.status != "answered" or self.case.is_place or not self.case.bbox:
            return None
        return faithful(self.case, self.crops, self.places)

    @property
    def guessed(self) -> float:
        """1 when right, 0 when wrong; for a refusal 1/n among n options, 0 without options."""
        if self.verdict == "refused":
            return 1 / len(self.case.options) if self.case.options else 0.0
        return float(self.verdict == "right")

    @classmethod
    def from_dict(cls, case: Case, data: Mapping[str, Any]) -> CaseResult:
        """The result of a case from what `to_dict` gave, in this version or an earlier one."""
        keys = ("answer", "status", "hits", "targets", "looks", "seconds", "reason")
        places = _boxes(data.get("places", ()))
        crops = None if data.get("crops") is None else _boxes(data["crops"])
        sure, calls, tokens = data.get("confidence"), data.get("calls"), data.get("tokens")
        known = {key: data[key] for key in keys}
        sure = None if sure is None else float(sure)
        calls = None if calls is None else int(calls)
        tokens = None if tokens is None else int(tokens)
        return cls(case, **known, confidence=sure, places=places, calls=calls, crops=crops, tokens=tokens)

    def to_dict(self) -> dict[str, object]:
        """For a line of JSON."""
        return {
            "kind": self.case.kind,
            "name": self.case.name,
            "question": self.case.question,
            "options": list(self.case.options) or None,
            "expected": self.case.expected,
            "answer": self.answer,
            "status": self.status,
            "verdict": self.verdict,
            "correct": self.verdict == "right",
            "confidence": self.confidence,
            "places": _rounded(self.places),
            "crops": None if self.crops is None else _rounded(self.crops),
            "faithful": self.faithful,
            "hits": self.hits,
            "targets": self.targets,
            "looks": self.looks,
            "calls": self.calls,
            "tokens": self.tokens,
            "seconds": round(self.seconds, 3),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Results with search and, beside them, without. unreadable: cases that are in neither."""

    search: tuple[CaseResult, ...]
    baseline: tuple[CaseResult, ...] = ()
    setup: str = ""
    unreadable: tuple[Unreadable, ...] = ()

    @property
    def kinds(self) -> list[str]:
        """The kinds of question, sorted."""
        return sorted({r.case.kind for r in self.search})

    def share(self, verdict: Verdict) -> float:
        """Share of a verdict with search, in [0, 1]; 0 of no answer."""
        return mean([r.verdict == verdict for r in self.search] or [False])

    def rows(self) -> list[tuple[str, ...]]:
        """Header, a row for each kind, for free questions and those with options, and the total; texts."""
        header = (
            "kind",
            "n",
            *VERDICTS,
            *(f"no search: {v}" if v == VERDICTS[0] else v for v in VERDICTS),
            *("guessed", "no search", "hits", "no search", "faithful", "no search"),
            "looks",
            "seconds",
        )

        def of_kind(kind: str) -> Callable[[Case], bool]:
            return lambda case: case.kind == kind

        groups: list[tuple[str, Callable[[Case], bool]]] = [(kind, of_kind(kind)) for kind in self.kinds]
        groups += [("free", lambda case: not case.options), ("with options", lambda case: bool(case.options))]
        rows = [row for name, belongs in groups if (row := self._row(name, belongs))[1] != "0"]
        return [header, *rows, self._row("all", lambda case: True)]

    def _row(self, name: str, belongs: Callable[[Case], bool]) -> tuple[str, ...]:
        ours, base = ([r for r in results if belongs(r.case)] for results in (self.search, self.baseline))
        return (
            name,
            str(len(ours)),
            *(
                _mean(r.verdict == verdict for r in results)
                for results in (ours, base)
                for verdict in VERDICTS
            ),
            *(_mean(r.guessed for r in results) for results in (ours, base)),
            *(_ratio((r.hits, r.targets) for r in results) for results in (ours, base)),
            *(_ratio((r.faithful, 1) for r in results if r.faithful is not None) for results in (ours, base)),
            _mean((r.looks for r in ours), 1),
            _mean((r.seconds for r in ours), 1),
        )

    def markdown(self) -> str:
        """The table as Markdown."""
        return as_markdown(self.rows())


def as_markdown(rows: Sequence[tuple[str, ...]]) -> str:
    """A table, its first row the header, as Markdown."""
    header, *rest = rows
    lines = [header, ("---",) + ("---:",) * (len(header) - 1), *rest]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def _mean(values: Iterable[float], digits: int = 2) -> str:
    listed = list(values)
    return f"{mean(listed):.{digits}f}" if listed else "-"


def _ratio(counts: Iterable[tuple[int, int]]) -> str:
    """Of (part, whole) pairs, the sum of the parts and of the wholes."""
    listed = list(counts)
    whole = sum(n for _, n in listed)
    return f"{sum(part for part, _ in listed)}/{whole}" if whole else "-"


def _rounded(places: Iterable[tuple[int, Box]]) -> list[list[object]]:
    return [[page, [round(v, 1) for v in box.xywh]] for page, box in places]


def _boxes(places: Iterable[Any]) -> tuple[tuple[int, Box], ...]:
    return tuple((int(page), Box(*xywh)) for page, xywh in places)
