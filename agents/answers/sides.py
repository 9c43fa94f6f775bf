"""Which of two things has more, or whether one has, by the rows in which both stand: receipts, cards and lists without
a header are no tables, but what stands beside each of the two can be compared.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..extract.windows import CELL
from ..reader.query import Query
from .asked import Asked
from .measures import Measure, measure_of
from .orders import Order, comparatives
from .records import stems_of, told_at
from .rows import Row, rows_of
from .scene import Place, Scene
from .values import Reading
from .verdict import Verdict, said

__all__ = ["Sides", "by_rows", "sides_of"]

_AUX = r"(?:is|are|was|were|does|do|did|has|have|will|would|can)"
_MORE = r"(?:(?:more|less) (?:expensive|recent|costly)|more|less|fewer|higher|lower|greater|\w{3,}er)"
_VERB = (
    r"(?:costs?|have|has|had|gets?|takes?|sells?|sold|makes?|brings?|uses?|used|works?|earns?|pays?|spends?)"
)
_THAN = re.compile(
    rf"{_AUX} (?:there )?(?P<one>.+?)(?: {_VERB})?(?: (?:the|a|an))? {_MORE}\b(?P<what>.*?) than (?P<other>.+)",
    re.I,
)
_HAS = re.compile(rf"{_AUX} (?P<one>.+?) or (?P<other>.+?) {_VERB}\b.*\b{_MORE}\b.*", re.I)
_BEFORE = re.compile(r"(at|on|in|for|from|to|with|by|of|more|less|fewer) ", re.I)
_LEADING = re.compile(r"^(?:(?:at|on|in|for|from|to|with|by|of|the|an?|my|your|our|this|that|more) )+", re.I)
_OF_SIZE = re.compile(r"\b(?:small|big|larg)\w*", re.I)
"""Where other figures stand beside a price, one of these is meant."""
_MOST_WORDS = 6
_SURE = 0.8


@dataclass(frozen=True, slots=True)
class Sides:
    """Two things in the words of a question. polar: whether it asks if the first has more."""

    one: str
    other: str
    polar: bool


def sides_of(question: str) -> Sides | None:
    """The two things that a question compares; None where it names no two."""
    asked = question.strip().rstrip("?. ")
    polar = False
    if (than := _THAN.match(asked)) is not None:
        one, other, polar = than["one"], than["other"], True
    elif (has := _HAS.match(asked)) is not None:
        one, other = has["one"], has["other"]
    elif " or " in asked:
        one, _, other = asked.rpartition(" or ")
        begun = _BEFORE.match(other)
        if begun is not None:
            _, there, one = one.rpartition(f" {begun[1]} ")
        elif "," in one or ":" in one:
            there, one = ",", re.split(r"[,:] ?", one)[-1]
        else:
            parts = re.split(rf"\b{_MORE} ", one, flags=re.I)
            there, one = ("more" if len(parts) > 1 else ""), parts[-1]
        if not there:
            return None
    else:
        return None
    one, other = (_LEADING.sub("", side.strip()) for side in (one, other))
    words = (len(one.split()), len(other.split()))
    return Sides(one, other, polar) if min(words) > 0 and max(words) <= _MOST_WORDS else None


def by_rows(scene: Scene, query: Query) -> Verdict | None:
    """Two things compared by the figures in their rows; None unless each stands in one row, and one figure of both is
    of one unit, stands under one name, and is what the question compares."""
    asked = Asked(query.question)
    order, sides = comparatives(asked), sides_of(query.question)
    if order is None or sides is None or asked.negates():
        return None
    rows = [
        row
        for page in sorted({p.page for p in scene.lines})
        for row in rows_of(scene.layout(page), page)
        if not row.runs
    ]
    both = [_row_of(side, rows) for side in (sides.one, sides.other)]
    if both[0] is None or both[1] is None or both[0][0] is both[1][0]:
        return None
    told = _compared(_figures(both[0][0]), _figures(both[1][0]), order, asked)
    if told is None:
        return None
    (x, a), (y, b) = told
    names = (both[0][1], both[1][1])
    why = f"{names[0].text}: {a.text}; {names[1].text}: {b.text}."
    if x.size == y.size:
        return said([Reading("no" if sides.polar else "they are equal", a, _SURE, why, (a, b))], "")
    first = (x.size < y.size) == order.low
    text = ("yes" if first else "no") if sides.polar else sides.one if first else sides.other
    place = (a if sides.polar else names[0]) if first else (b if sides.polar else names[1])
    return said([Reading(text, place, _SURE, why, (*names, a, b))], "")


def _row_of(side: str, rows: Sequence[Row]) -> tuple[Row, Place] | None:
    """The only row with figures of which a cell holds the words of a side, or says nothing else; and that cell."""
    words = set(stems_of(side))
    found = [
        (row, cell, set(stems_of(cell.text)) == words)
        for row in rows
        if _figures(row)
        for _, _, cell in row.parts
        if words and words <= set(stems_of(cell.text))
    ]
    kept = [f for f in found if f[2]] or found
    return (kept[0][0], kept[0][1]) if len(kept) == 1 else None


Figure = tuple[str, Measure, Place]
"""The name of its column, "" where none is known, what it measures, and where it stands."""


def _figures(row: Row) -> list[Figure]:
    told, before = list[Figure](), 0
    for start, end, cell in row.parts:
        measure = measure_of(cell.text)
        if measure is not None:
            told.append((row.text[before:start].removeprefix(CELL).removesuffix(": ").strip(), measure, cell))
        before = end
    return told


def _compared(
    one: Sequence[Figure], other: Sequence[Figure], order: Order, asked: Asked
) -> tuple[tuple[Measure, Place], tuple[Measure, Place]] | None:
    """The only pair of figures that can be meant."""
    pairs = [
        (a, b)
        for a in one
        for b in other
        if a[0] == b[0] and a[1].unit == b[1].unit and (order.units is None or a[1].unit in order.units)
        if not (a[1].unit == "money" and _OF_SIZE.search(asked.question))
    ]
    named = [p for p in pairs if p[0][0] and told_at(stems_of(p[0][0]), asked.tokens)]
    priced = [p for p in pairs if p[0][1].unit == "money"] if "money" in (order.units or ()) else []
    for kept in (named, priced, pairs):
        if len(kept) == 1:
            (_, x, a), (_, y, b) = kept[0]
            return (x, a), (y, b)
        if kept:
            return None
    return None
