"""Which of two things has more, or whether one has: by the values of both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ...memory.typed import number_of, typed
from ..reader.query import Query
from .lookup import value_of
from .scene import Scene
from .values import Reading
from .verdict import Verdict, refused, said

__all__ = ["compare"]

_LESS = re.compile(
    r"\b(?:less|fewer|lower|lowest|least|cheap\w*|small\w*|short\w*|earli\w*|old\w*|young\w*|few\w*|minimum|light\w*|slow\w*)\b",
    re.I,
)

_SAME = re.compile(r"\b(?:equal|same|identical|different|differ)\b", re.I)


def compare(scene: Scene, query: Query, options: Sequence[str]) -> Verdict:
    """Which of two things has more, or whether one has."""
    names = [w.name for w in query.wanted if w.name] or [w.noun for w in query.wanted if w.noun]
    orders = " ".join(s.text for s in query.spans if s.role == "ORDER") or query.question
    if len(names) < 2:
        return refused("A comparison needs two things that are named.")
    got: list[tuple[str, Reading, float]] = []
    for w in ([w for w in query.wanted if w.name] or list(query.wanted))[:2]:
        part = replace(
            query,
            wanted=(w,),
            spans=tuple(s for s in query.spans if s.role == "ASK" or s.text == (w.name or w.noun)),
        )
        verdict = value_of(
            scene, part, frozenset(("number", "money", "percent", "size", "duration", "date", "time"))
        )
        if verdict.best is None or verdict.lead < 0.1:
            return refused(
                verdict.reason or f'The value of "{w.name or w.noun}" is not clear.', *verdict.more
            )
        measure = _measure(verdict.best.text)
        if measure is None:
            return refused(f'"{verdict.best.text}" is no number.')
        got.append((w.name or w.noun, verdict.best, measure))
    (a, first, x), (b, second, y) = got
    sure = first.score * second.score
    why = f"{a}: {first.text}; {b}: {second.text}."
    used = (first.place, second.place)
    less = bool(_LESS.search(orders))
    yes_no = re.match(
        r"\W*(?:is|are|was|were|does|do|did|has|have)\b", query.question, re.I
    ) and not re.search(r"\bor\b", query.question, re.I)
    if _SAME.search(orders):
        true = (x == y) != bool(re.search(r"differ", orders, re.I))
        return said([Reading("yes" if true else "no", first.place, sure, why, used)], "")
    if yes_no:
        return said(
            [Reading("yes" if (x < y if less else x > y) else "no", first.place, sure, why, used)], ""
        )
    if x == y:
        return said([Reading("they are equal", first.place, sure, why, used)], "")
    winner = (a, first) if (x < y) == less else (b, second)
    return said([Reading(winner[0], winner[1].place, sure, why, used)], "")


def _measure(text_: str) -> float | None:
    """A number, or a day or time as one, for comparison."""
    value_ = typed(text_)
    if value_.kind == "date":
        days = [r for r in value_.readings if isinstance(r, tuple)]
        if len(days) != 1:
            return None
        year, month, day = days[0]
        return float((year or 0) * 372 + month * 31 + (day or 0))
    if value_.kind == "time":
        clock = next(iter(value_.readings))
        return float(clock[1] * 3600 + clock[2] * 60 + clock[3]) if isinstance(clock, tuple) else None
    return number_of(text_)
