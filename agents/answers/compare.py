"""Which of two things has more, whether one has, and by how much: by the values of both.

Where both are records of one table, the field is the one that the question names or its comparative means; else the
value that belongs to each name is looked up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...memory.typed import Kind, values_in
from ..reader.query import Query, Wanted
from .asked import Asked, factor_of
from .entries import all_records
from .lookup import value_of
from .measures import Measure, measure_of
from .orders import comparatives, hinted
from .plan import EVERYTHING
from .records import Field, Records, stems_of, told_at
from .scene import Place, Scene
from .values import Reading
from .verdict import Verdict, refused, said

__all__ = ["compare", "compared"]

_LESS = re.compile(
    r"\b(?:less|fewer|lower|lowest|least|cheap\w*|small\w*|short\w*|earli\w*|old\w*|young\w*|few\w*|minimum|light\w*|slow\w*)\b",
    re.I,
)
_SAME = re.compile(r"\b(?:equal|same|identical|different|differ)\b", re.I)
_YES_NO = re.compile(r"\W*(?:is|are|was|were|does|do|did|has|have)\b(?!.*\bor\b)", re.I)
_BY = re.compile(
    r"\bhow (?:much|many) (?:more|less|fewer|\w+er)\b|\bby how much\b|\bdifference between\b|"
    r"\bhow (?:much|many)\b.*\b(?:more|less|fewer)\b.*\bthan\b",
    re.I,
)
_BOTH = re.compile(
    r"\bthan\b|\bor\b|\bof\b.*\band\b|\bversus\b|\bvs\b|\bbetween\b|\bfrom\b.*\bto\b|\bby how much\b", re.I
)
_GROWN = re.compile(
    r"\b(?:grow|grew|grown|rise|rose|risen|increased?|fall|fell|fallen|dropp?e?d?|declined?|change)\b", re.I
)
_SIZED = re.compile(
    r"\b(?:group|class|team|course|room|flat|house|file|folder|pack|box|portion|screen)\b", re.I
)
"""What has a price, but whose size is not that."""
_MONEY = re.compile(r"\b(?:dearer|cheaper|pricier|costl?i?e?r?s?|(?:more|less) expensive|priced?)\b", re.I)
_AMOUNTS: frozenset[Kind] = frozenset(("number", "money", "percent", "size", "duration", "date", "time"))


@dataclass(frozen=True)
class _Spotted:
    """A record that a question names: which, by what, and the tokens that name it."""

    index: int
    name: Place
    tokens: frozenset[int]


def compared(scene: Scene, query: Query) -> Verdict | None:
    """Two records of one table, compared; None where the question names no two."""
    asked = Asked(query.question)
    if not scene.whole or not _BOTH.search(query.question) or asked.negates():
        return None
    order = comparatives(asked)
    by = _BY.search(query.question) is not None
    if order is None and not by:
        return None
    found = []
    for records in all_records(scene, query):
        two = _two(asked, records)
        if len(two) != 2:
            continue
        taken = frozenset().union(*(s.tokens for s in two), order.tokens if order else ())
        named = [n for n in asked.fields(records, taken) if _has_both(n.field, two)]
        fields, tokens = [], frozenset[int]()
        if named and named[0].score >= (1.0 if records.turned else 0.7):
            fields, tokens = [named[0].field], named[0].tokens
        elif order is not None:
            fields = hinted(order, records)
            fields = fields if all(_has_both(f, two) for f in fields) else []
        if not fields and not records.turned:
            figures = [f for f in records.fields if f.is_figures]
            fields = [f for f in figures if _has_both(f, two)] if len(figures) == 1 else []
        sure = factor_of(asked, records, scene, taken | tokens)
        if not fields or sure < 0.5:
            continue
        told = [_told(query, f, two, order.low if order else False, by) for f in fields]
        if len({r.text for r in told if r is not None}) == 1 and None not in told:
            best = told[0]
            if best is not None:
                found.append(replace(best, score=0.9 * sure * (1.0 if len(fields) == 1 else 0.95)))
    return said(found, "") if found else None


def _has_both(field: Field, two: Sequence[_Spotted]) -> bool:
    return field.unit is not None and all(field.measures[s.index] is not None for s in two)


def _two(asked: Asked, records: Records) -> list[_Spotted]:
    """The records that the words of a question name, in its order."""
    found: dict[int, _Spotted] = {}
    whole: set[int] = set()
    for field in records.fields[:1] if records.turned else [f for f in records.fields if not f.is_figures]:
        words = [set(stems_of(t)) for t in field.texts]
        for i, (text, mine) in enumerate(zip(field.texts, words, strict=True)):
            if not text or any(j != i and mine == other for j, other in enumerate(words)):
                continue
            at = told_at(stems_of(text), asked.tokens)
            whole |= {i} if at else set()
            own = {w for w in mine if len(w) > 2 and sum(w in other for other in words) == 1}
            at = at or frozenset(
                k for k, t in enumerate(asked.tokens) if t.stem in own and k not in asked.little
            )
            if at:  # "Monte da Guia" of a cell that says more
                between = range(min(at), max(at) + 1)
                at |= {k for k in between if asked.tokens[k].stem in mine}
            if at and (i not in found or len(at) > len(found[i].tokens)):
                found[i] = _Spotted(i, field.cells[i], at)
    kept = [s for s in found.values() if not any(s.tokens < o.tokens for o in found.values())]
    # "add super" shares a word with the "honey supers" of H1 and H2
    if sum(s.index in whole for s in kept) == 2:
        kept = [s for s in kept if s.index in whole]
    if any(a.tokens & b.tokens for a in kept for b in kept if a is not b):
        return []
    return sorted(kept, key=lambda s: min(s.tokens))


def _told(query: Query, field: Field, two: Sequence[_Spotted], low: bool, by: bool) -> Reading | None:
    (first, second), (a, b) = two, (field.measures[s.index] for s in two)
    if a is None or b is None:
        return None
    cells = tuple(field.cells[s.index] for s in two)
    why = f'under "{field.title}" {first.name.text}: {cells[0].text}; {second.name.text}: {cells[1].text}'
    if by:
        text = _difference(query.question, cells[0].text, a, b, low)
        return None if text is None else Reading(text, cells[0], 0.9, why, cells)
    if _SAME.search(query.question):
        return None
    if _YES_NO.match(query.question):
        return Reading(
            "yes" if (a.size < b.size if low else a.size > b.size) else "no", cells[0], 0.9, why, cells
        )
    if a.size == b.size:
        return Reading("they are equal", cells[0], 0.9, why, cells)
    winner = first if (a.size < b.size) == low else second
    return Reading(winner.name.text, winner.name, 0.9, why, cells)


def _difference(question: str, written: str, a: Measure, b: Measure, low: bool) -> str | None:
    """The difference as its terms are written; None for what has no plain one, or goes the other way than is said."""
    if a.unit not in ("", "money", "%") or len(values_in(written)) != 1:
        return None
    apart = b.size - a.size if low else a.size - b.size
    if re.search(r"\bdifference\b", question, re.I) or _GROWN.search(question):
        apart = abs(apart)
    if apart < 0:
        return None
    digits = re.search(r"\d[\d.,'’ ]*", written)
    part = re.search(r"[.,](\d{1,2})$", digits[0].strip()) if digits else None
    number = f"{apart:,.{len(part[1]) if part else 0}f}"
    if digits is None:
        return None
    if part and part[0][0] == ",":
        number = number.translate(str.maketrans(",.", ".,"))
    return (written[: digits.start()].lstrip("(-−–") + number + written[digits.end() :].rstrip(")")).strip()


_LISTED = re.compile(
    r"\b(?:comes?|stands?|appears?|is(?: listed| shown)?) (?P<first>first|last)\b.*"
    r"\b(?:list|page|table|menu|column|going down|from the top|top to bottom)\b",
    re.I,
)
"""Asks which of two stands before the other, whatever is beside them."""


def _in_order(scene: Scene, one: str, other: str, first: bool) -> Verdict:
    """Which of two names stands higher up, or lower down."""
    found = [[p for p in scene.named(name) if p.score >= 0.9] for name in (one, other)]
    if any(len(places) != 1 for places in found):
        return refused(f'"{one}" and "{other}" do not stand once each on what was read.')
    ((a,), (b,)) = found
    if abs(a.box.center[1] - b.box.center[1]) < 0.5 * min(a.height, b.height):
        return refused(f'"{one}" and "{other}" stand on one level.')
    name, place = (one, a) if (a.box.y < b.box.y) == first else (other, b)
    why = f'"{name}" stands {"above" if first else "below"} the other.'
    return said([Reading(name, place, 0.9 * min(a.score, b.score), why, (a, b))], "")


def _things(query: Query) -> list[Wanted]:
    """What is compared: what has a name, else what stands on both sides of "or" or "and", named or not."""
    named = [w for w in query.wanted if w.name]
    if len(named) >= 2:
        return named
    sides = re.split(r"\b(?:or|and|than|to|with)\b", query.question)
    told = [w for w in query.wanted if w.name or w.noun]
    beside = [w for w in told if any((w.name or w.noun).casefold() in side.casefold() for side in sides[-2:])]
    return [w if w.name else replace(w, name=w.noun) for w in (beside if len(beside) >= 2 else named or told)]


def _may_be_meant(question: str, unit: str, *readings: Reading) -> bool:
    """Whether figures of a unit are what the comparative ranks by: "heavier" by grams, or by bare figures called a
    weight, never by numbers of lots or years."""
    order = comparatives(Asked(question))
    if order is None or order.units is None or not order.is_strict or "money" in order.units:
        return True
    named = order.names and all(re.search(order.names, f"{r.why} {r.text}", re.I) for r in readings)
    return unit in order.units and bool(unit or named)


def compare(scene: Scene, query: Query, options: Sequence[str]) -> Verdict:
    """Which of two things has more, or whether one has."""
    things = _things(query)
    names = [w.name for w in things]
    orders = " ".join(s.text for s in query.spans if s.role == "ORDER") or query.question
    if len(names) < 2:
        return refused("A comparison needs two things that are named.", EVERYTHING)
    if (listed := _LISTED.search(query.question)) is not None:
        return _in_order(scene, names[0], names[1], listed["first"].casefold() == "first")
    kinds: frozenset[Kind] = frozenset(("money",)) if _MONEY.search(query.question) else _AMOUNTS
    got: list[tuple[str, Reading, Measure]] = []
    for w in things[:2]:
        part = replace(
            query,
            wanted=(w,),
            spans=tuple(
                s if s.role == "ASK" else replace(s, role="NAME")
                for s in query.spans
                if s.role == "ASK" or s.text == w.name
            ),
        )
        verdict = value_of(scene, part, kinds)
        if verdict.best is None or verdict.lead < 0.1:
            return refused(verdict.reason or f'The value of "{w.name}" is not clear.', *verdict.more)
        measure = measure_of(verdict.best.text)
        if measure is None:
            return refused(f'"{verdict.best.text}" is no number.')
        got.append((w.name, verdict.best, measure))
    (a, first, one), (b, second, other) = got
    if first.place is not None and first.place == second.place:
        return refused(f'"{a}" and "{b}" lead to the same value, "{first.text}".')
    sure, x, y = 0.9 * min(first.score, second.score), one.size, other.size
    why = f"{a}: {first.text}; {b}: {second.text}."
    sized = one.unit == "money" and _SIZED.search(query.question)
    if one.unit != other.unit or sized or not _may_be_meant(query.question, one.unit, first, second):
        return refused(f"{why} These are no values that can be meant.")
    used = (first.place, second.place)
    less = bool(_LESS.search(orders))
    if _SAME.search(orders):
        true = (x == y) != bool(re.search(r"differ", orders, re.I))
        return said([Reading("yes" if true else "no", first.place, sure, why, used)], "")
    if _YES_NO.match(query.question):
        return said(
            [Reading("yes" if (x < y if less else x > y) else "no", first.place, sure, why, used)], ""
        )
    if x == y:
        return said([Reading("they are equal", first.place, sure, why, used)], "")
    winner = (a, first) if (x < y) == less else (b, second)
    return said([Reading(winner[0], winner[1].place, sure, why, used)], "")
