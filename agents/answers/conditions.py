"""What a question says of the records of a table, so that only some are meant.

- A condition is a value that stands in a field ("pending"), a bound ("more than 500 euros", "after 17:00"), or, where
  the columns are the records, that something stands in a row at all ("Which trains stop at Ashford?").
- The field of a condition has to be read completely, and no other may fit as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isclose

from ...memory.typed import Typed, plain, same_value, values_in
from .asked import Asked
from .measures import Measure, measure_of
from .orders import comparatives, hinted
from .records import Field, Records, stems_of, told_at

__all__ = ["BOUNDS", "Condition", "OPEN", "all_hold", "conditions_of", "misread", "values_of"]

_OVER = re.compile(
    r"\b(?:more than|over|above|exceed\w*|greater than|larger than|bigger than|higher than|longer than)$",
    re.I,
)
_LEAST = re.compile(r"\b(?:at least|from|no less than|not less than|since)$", re.I)
_UNDER = re.compile(
    r"\b(?:less than|under|below|fewer than|smaller than|lower than|cheaper than|shorter than)$", re.I
)
_MOST = re.compile(r"\b(?:at most|up to|no more than|not more than|until)$", re.I)
_AFTER = re.compile(r"\b(?:after|later than)$", re.I)
_BEFORE = re.compile(r"\b(?:before|earlier than)$", re.I)
BOUNDS: tuple[tuple[re.Pattern[str], Callable[[float, float], bool]], ...] = (
    (_OVER, lambda a, b: a > b),
    (_LEAST, lambda a, b: a >= b),
    (_UNDER, lambda a, b: a < b),
    (_MOST, lambda a, b: a <= b),
    (_AFTER, lambda a, b: a > b),
    (_BEFORE, lambda a, b: a < b),
)
OPEN: tuple[tuple[re.Pattern[str], Callable[[float, float], bool]], ...] = (
    (
        re.compile(r"\W*\w* ?(?:or|and) (?:more|above|over|higher|later|older|larger)\b", re.I),
        lambda a, b: a >= b,
    ),
    (
        re.compile(r"\W*\w* ?(?:or|and) (?:less|under|below|fewer|lower|earlier|smaller)\b", re.I),
        lambda a, b: a <= b,
    ),
)
_NEGATED = frozenset("not isn't aren't isn’t aren’t wasn't weren't hasn't haven't".split())  # noqa: SIM905
_FEW = 0.6
"""Share of different texts of a field up to which it tells a state rather than a name."""
_ALIKE = 70
"""Share of letters, in percent, from which one text may be another one misread."""
_NAMED = 0.7
"""How well a field has to be named by what there is none of."""
_NOTHING = re.compile(r"(?:none|no|nil|n/?a|free|nothing|[-–—]*)", re.I)
_MONEY = re.compile(r"\W*(?:euros?|dollars?|pounds?|francs?|eur|usd|gbp|chf)\b", re.I)


@dataclass(frozen=True)
class Condition:
    """A field, the records for which it holds, the tokens that say it, and how sure it is."""

    field: Field
    holds: frozenset[int]
    tokens: frozenset[int]
    why: str
    sure: float = 1.0


def all_hold(conditions: Sequence[Condition]) -> list[int]:
    """The records for which one or several conditions hold, ascending."""
    return sorted(frozenset.intersection(*(c.holds for c in conditions)))


def conditions_of(asked: Asked, records: Records) -> list[Condition] | str:
    """What is said of the records; empty where nothing is, or something that is not clear. A text says what was read
    that may be misread.
    """
    if nothing := _without(asked, records):
        return [nothing]
    bounds = _bounds(asked, records)
    if bounds is None:
        return []
    taken = frozenset().union(*(b.tokens for b in bounds))
    values = values_of(asked, records, taken)
    if values is None:
        return []
    if doubtful := [v for v in values if misread(v)]:
        return f"Other cells may say the same as {doubtful[0].why}, misread."
    taken |= frozenset().union(*(v.tokens for v in values))
    quoted = re.search(r"[\"“]", asked.question) is not None and bool(values)  # no treatment (“None”)
    if not quoted and asked.negates(taken):
        return _others(asked, values) if not bounds else []
    if not bounds and not values and records.turned:
        return _filled(asked, records)
    return [*bounds, *values]


def _without(asked: Asked, records: Records) -> Condition | None:
    """That there is nothing in a field: "no toll", "without a labour charge"; what is written for it, or drawn bare."""
    at = [i for i, w in enumerate(asked.plain) if w in ("no", "without")]
    if len(at) != 1 or asked.negates(at) or records.turned:
        return None
    span = range(at[0] + 1, min(at[0] + 4, len(asked.tokens)))
    named = [n for n in asked.fields(records, frozenset(at)) if n.tokens <= set(span) and n.score >= _NAMED]
    if len(named) != 1 or not records.is_whole(named[0].field):
        return None
    field = named[0].field
    holds = frozenset(
        i
        for i, (text, m) in enumerate(zip(field.texts, field.measures, strict=True))
        if _NOTHING.fullmatch(text.strip()) or (m is not None and m.size == 0)
    )
    if not 0 < len(holds) < len(field.texts):
        return None
    return Condition(field, holds, named[0].tokens | set(at), f'nothing under "{field.title}"', 0.95)


def _others(asked: Asked, values: Sequence[Condition]) -> list[Condition]:
    """That a field says something else than the one value that is negated ("not shipped"), where all of it says one of
    a few things.
    """
    if len(values) != 1:
        return []
    (value,) = values
    said = {plain(t) for t in value.field.texts}
    near = {i for t in value.tokens for i in (t - 1, t - 2)}
    negated = frozenset(i for i in near if 0 <= i < len(asked.plain) and asked.plain[i] in _NEGATED)
    rest = frozenset(range(len(value.field.texts))) - value.holds
    if not negated or "" in said or len(said) > _FEW * len(value.field.texts) or not rest:
        return []
    return [replace(value, holds=rest, tokens=value.tokens | negated, why=f"not {value.why}", sure=0.95)]


def _bounds(asked: Asked, records: Records) -> list[Condition] | None:
    """What is bounded; None where it is not clear what."""
    found = []
    named = [t for f in records.fields for t in (f.title, f.over)]
    named += records.fields[0].texts if records.turned else ()
    heads = {w for t in named for w in stems_of(t)}
    for value in values_in(asked.question):
        before = re.sub(r"\W+$", "", asked.question[: value.span[0]])
        test = next((t for pattern, t in BOUNDS if pattern.search(before)), None)
        test = test or next((t for p, t in OPEN if p.match(asked.question, value.span[1])), None)
        if test is None and value.kind not in ("number", "money", "percent", "size", "duration"):
            continue
        bound = measure_of(value.text)
        if test is None and (bound is None or heads.issuperset(stems_of(value.text))):
            continue  # a row or column is called so
        if bound is None:
            return None
        money = bound.unit == "" and _MONEY.match(asked.question, value.span[1])
        bound = Measure("money", bound.size) if money else bound
        first = len(re.findall(r"[^\W_]+(?:[-.'’/_][^\W_]+)*", before))
        number = frozenset(range(first, first + max(1, len(stems_of(value.text)))))
        condition = _bounded(asked, records, value, bound, test or isclose, number)
        if condition is None and test is None:
            continue
        if condition is None or (test is None and condition.sure < 1.0):
            return None
        found.append(condition)
    return found


def _bounded(
    asked: Asked,
    records: Records,
    value: Typed,
    bound: Measure,
    test: Callable[[float, float], bool],
    number: frozenset[int],
) -> Condition | None:
    noun = frozenset(asked.noun(frozenset())[:1])
    fit = [
        f
        for f in records.fields
        if records.is_whole(f) and f.unit is not None and _one_unit(f.unit, bound.unit)
    ]
    named = [n for n in asked.fields(records, number) if n.field in fit and not n.tokens & noun]
    fields, tokens = [], frozenset[int]()
    if named and named[0].score >= (1.0 if records.turned else 0.7):
        fields, tokens = [named[0].field], named[0].tokens
    elif not records.turned:
        order = comparatives(asked)
        fields = [f for f in hinted(order, records) if f in fit] if order is not None else []
        if test is isclose and not fields:
            return None
        fields = fields or ([f for f in fit if f.unit == bound.unit] if bound.unit else [])
    if not fields:
        return None
    holds = [
        frozenset(i for i, m in enumerate(f.measures) if m is not None and test(m.size, bound.size))
        for f in fields
    ]
    if len(set(holds)) > 1:
        return None
    why = f'"{fields[0].title}" against {value.text}'
    return Condition(fields[0], holds[0], tokens | number, why, 1.0 if len(fields) == 1 else 0.9)


def _one_unit(field: str, bound: str) -> bool:
    loose = {"", "money", "%"}
    return field == bound or (field in loose and bound == "") or (field == "" and bound in loose)


def values_of(asked: Asked, records: Records, taken: frozenset[int]) -> list[Condition] | None:
    """The values that the question names and cells hold; None where one may stand for two fields."""
    if records.turned:
        return []
    found: list[Condition] = []
    for field in records.fields:
        for text in dict.fromkeys(t for t in field.texts if len(t) > 1):
            at = _said(text, asked, taken)
            if not at:
                continue
            holds = frozenset(i for i, t in enumerate(field.texts) if plain(t) == plain(text))
            found.append(Condition(field, holds, at, f'"{text}" under "{field.title}"'))
    found = [c for c in found if not any(c.tokens < d.tokens for d in found)]
    named = [n.field for n in asked.fields(records, frozenset().union(*(c.tokens for c in found)))]
    chosen: list[Condition] = []
    for tokens in dict.fromkeys(c.tokens for c in found):
        same = [c for c in found if c.tokens == tokens]
        same = [c for c in same if c.field in named] or same
        if len(same) > 1 or any(tokens & c.tokens for c in chosen):
            return None
        chosen += same
    fields = [c.field.name for c in chosen]
    if len(set(fields)) < len(fields) or any(not records.is_whole(c.field) for c in chosen):
        return None
    return chosen


def misread(condition: Condition) -> bool:
    """Whether another cell of the field may say the same, misread: "Cimplited" beside "Completed"."""
    from rapidfuzz import fuzz

    mine = plain(condition.field.texts[min(condition.holds)])
    others = {plain(t) for i, t in enumerate(condition.field.texts) if t and i not in condition.holds}
    if re.search(r"\d", mine) or len(set(condition.field.texts)) == len(condition.field.texts):
        return False  # names of their own may be alike
    return any(
        fuzz.ratio(mine, other) >= _ALIKE and mine not in other and other not in mine for other in others
    )


def _said(text: str, asked: Asked, taken: frozenset[int]) -> frozenset[int]:
    """The tokens of a question that say what stands in a cell; empty where none do."""
    at = told_at(stems_of(text), asked.tokens)
    if at and not at & taken and not at <= asked.little:
        return at
    for value in values_in(asked.question) if len(text) > 3 else ():
        if value.kind in ("date", "time", "money") and same_value(value.text, text):
            first = len(re.findall(r"[^\W_]+(?:[-.'’/_][^\W_]+)*", asked.question[: value.span[0]]))
            at = frozenset(range(first, first + len(stems_of(value.text))))
            return at if not at & taken else frozenset()
    return frozenset()


def _filled(asked: Asked, records: Records) -> list[Condition]:
    """That something stands in a row, where in others nothing does."""
    named = [n for n in asked.fields(records) if n.field is not records.fields[0] and n.score >= 1.0]
    if len(named) != 1:
        return []
    field = named[0].field
    holds = frozenset(i for i, t in enumerate(field.texts) if t)
    if not 0 < len(holds) < len(field.texts) or not (field.is_read or records.is_whole(field)):
        return []
    return [Condition(field, holds, named[0].tokens, f'something stands in the row "{field.title}"', 0.9)]
