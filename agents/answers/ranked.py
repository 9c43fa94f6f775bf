"""The least and the greatest of the records of a table: "Which month had the lowest sales?".

The field that is ranked is the one that the question names, or all that its adjective may mean ("cheapest": what is
money): then they have to agree. Where two come first, none is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...memory.typed import plain, same_value
from ..reader.query import Query
from .asked import PLACE, Asked, Label, called, factor_of, label_of
from .conditions import all_hold, misread, values_of
from .crossed import scoped
from .entries import all_records
from .meaning import alike
from .measures import Measure
from .orders import DAYS, Order, clause_of, hinted, is_of_several, order_of
from .plan import EVERYTHING
from .records import Field, Named, Records, stems_of, told_at
from .scene import Scene
from .values import Reading
from .verdict import Verdict, refused, said

__all__ = ["extreme", "or_unranked"]

MEANS = 0.72
"""Likeness from which a header means what is ranked."""


def extreme(scene: Scene, query: Query, options: Sequence[str]) -> Verdict | None:
    """The record that comes first, or its value; None where nothing is ranked, or no table is ranked by it."""
    asked = Asked(query.question)
    order = order_of(asked)
    if order is None or asked.negates():
        return None
    if not scene.whole:
        return refused("The page has to be read.", EVERYTHING)
    if is_of_several(asked, order):
        return Verdict((), "Only the first is told, none of several.", final=True)
    found: list[Reading] = []
    tied = ""
    for records in all_records(scene, query):
        told = _extreme_of(scene, records, asked, query, order, options)
        if isinstance(told, str):
            tied = tied or told
        elif told is not None:
            found.append(told)
    if found and (other := _other_column(scene, asked, query, found)):
        return Verdict((), f'"{other}" is the name of a column that could not be ranked.', final=True)
    if found:
        best = max(found, key=lambda r: r.score)
        agreed = [r for r in found if r.score > best.score - 0.1]
        return said(agreed, "")
    return Verdict((), tied, final=True) if tied else None


def or_unranked(query: Query, verdict: Verdict) -> Verdict:
    """The verdict; none of a question for the first of several that a line tells which does not say so too."""
    asked = Asked(query.question)
    best, order = verdict.best, order_of(asked)
    if best is None or order is None or not best.why.startswith("in the line"):
        return verdict
    if any(asked.plain[i] in plain(best.why) for i in order.tokens):
        return verdict
    return Verdict((), "What is to be ranked was found neither as a table nor as a list.")


def _other_column(scene: Scene, asked: Asked, query: Query, found: Sequence[Reading]) -> str:
    """The name of several words of a column that the question says, though something else was ranked; "" for none."""
    heads = {t.header(c) for t in scoped(scene, query) for c in range(t.columns)}
    for name in sorted(h for h in heads if len(stems_of(h)) > 1):
        at = told_at(stems_of(name), asked.tokens)
        if at and not at <= asked.little and not any(plain(name) in plain(r.why) for r in found):
            return name
    return ""


def _extreme_of(
    scene: Scene, records: Records, asked: Asked, query: Query, order: Order, options: Sequence[str]
) -> Reading | str | None:
    if options:
        records = _offered(records, options)
    fields, sure, taken = _ranked_by(asked, records, query, order)
    if not fields:
        return None
    noun = frozenset(asked.noun(order.tokens)[:1])
    named = frozenset().union(*(n.tokens for n in asked.fields(records) if n.tokens & noun))
    tests = values_of(asked, records, order.tokens | taken | named) or []
    if any(misread(t) for t in tests):
        return "Other cells may say the same as what is asked for, misread."
    if tests:  # only some of the records are meant
        records = records.only(all_hold(tests))
        fields, sure, taken = _ranked_by(asked, records, query, order)
        taken |= frozenset().union(*(t.tokens for t in tests))
        if not fields:
            return None
    label = _asked_first(asked, records, order, taken)
    value_asked = label is None and _asks_value(asked, order, taken, len(fields))
    if label is None and not value_asked:
        label = _asked_field(asked, records, order, taken, fields)
        if label is None:
            return None
    used = order.tokens | taken | (label.tokens if label else frozenset())
    said_of = clause_of(asked, order) - used - asked.filler
    if said_of:
        return f'"{asked.tokens[min(said_of)].text}" would play no part.'
    sure *= factor_of(asked, records, scene, used) * (label.sure if label else 1.0)
    if sure < 0.5:
        return f'Ranked by "{fields[0].title}", a part of the question would play no part.'
    firsts = [_first(f, order.low) for f in fields]
    if any(f is None for f in firsts) or len({tuple(f or ()) for f in firsts}) > 1:
        return (
            f"Several columns may be meant: {', '.join(repr(f.name) for f in fields)}."
            if len(fields) > 1
            else None
        )
    winners = firsts[0] or []
    ranked = fields[0]
    cells = [ranked.cells[i] for i in winners]
    heads = tuple(p for p in (ranked.place,) if p is not None)
    why = f'the {"least" if order.low else "greatest"} of {sum(bool(t) for t in ranked.texts)} under "{ranked.title}"'
    if label is None and options and not any(same_value(cells[0].text, o) for o in options):
        label = _of_options(records, options)  # "Highest moisture?" of products
    if label is None:
        return Reading(cells[0].text, cells[0], sure * cells[0].score, why, heads)
    cells_of = called(scene, label.field)
    names = [cells_of[i].text for i in winners]
    if len({plain(n) for n in names}) > 1:
        return f'Several have the same value under "{ranked.title}".'
    if not names[0]:
        return None
    place = cells_of[winners[0]]
    return Reading(
        names[0], place, sure * min(1.0, place.score), f"{why}: {cells[0].text}", (cells[0], *heads)
    )


def _of_options(records: Records, options: Sequence[str]) -> Label | None:
    """The field in which all options stand."""
    held = [f for f in records.fields if all(any(same_value(t, o) for t in f.texts) for o in options)]
    return Label(held[0], 1.0) if len(held) == 1 else None


def _offered(records: Records, options: Sequence[str]) -> Records:
    """The records that the options name, where they name one each; all where they do not."""
    for field in records.fields:
        at = [[i for i, t in enumerate(field.texts) if same_value(t, o)] for o in options]
        if len(options) > 1 and all(len(i) == 1 for i in at):
            return records.only(sorted({i[0] for i in at}))
    return records


def _ranked_by(
    asked: Asked, records: Records, query: Query, order: Order
) -> tuple[list[Field], float, frozenset[int]]:
    """The fields that may be ranked by, how surely in [0, 1], and the tokens that name them."""
    which = asked.which(order.tokens)
    named = [
        n
        for n in asked.fields(records, order.tokens)
        if n.field.unit is not None
        and records.is_whole(n.field)
        and not n.tokens & set(which[:1])
        and _fits(order, n.field)
    ]
    least = 1.0 if records.turned else 0.7
    named = [n for n in named if n.score >= least]
    if order.is_strict and order.units != DAYS and (own := hinted(order, records)):
        named = [n for n in named if n.field in own]
    if named:
        near = [n for n in named if _apart(asked, n, order) == 0]
        named = near if len(near) == 1 else named
        lead = named[0].score - (named[1].score if len(named) > 1 else 0.0)
        if lead < 0.08 and not named[0].tokens >= named[1].tokens:
            fields = [n.field for n in named if n.score > named[0].score - 0.08]
            return fields, 0.85, frozenset().union(*(n.tokens for n in named))
        return [named[0].field], 0.9 * min(1.0, named[0].score + 0.1), named[0].tokens
    if fit := hinted(order, records):
        return (fit, 0.85, frozenset()) if all(records.is_whole(f) for f in fit) else ([], 0.0, frozenset())
    if records.turned or order.names == "named":
        return [], 0.0, frozenset()
    figures = [f for f in records.fields if f.unit is not None and records.is_whole(f) and _fits(order, f)]
    at = frozenset(range(max(order.tokens) + 1, min(max(order.tokens) + 4, len(asked.tokens)))) - asked.little
    words = " ".join(asked.tokens[i].text for i in sorted(at)) or query.ask
    like = alike(words, [f.name for f in figures]) if words and figures else []
    if like and max(like) >= MEANS and sum(v > max(like) - 0.1 for v in like) == 1:
        return [figures[like.index(max(like))]], 0.8, at
    return [], 0.0, frozenset()


def _apart(asked: Asked, named: Named, order: Order) -> int:
    """How many words that mean something stand between a name and the superlative."""
    first, last = min(named.tokens), max(named.tokens)
    between = (
        range(max(order.tokens) + 1, first)
        if first > max(order.tokens)
        else range(last + 1, min(order.tokens))
    )
    return sum(i not in asked.little for i in between)


def _fits(order: Order, field: Field) -> bool:
    """Whether a field that is named can be ranked as is said: the earliest is no sum of money."""
    days = field.unit in DAYS or field.is_years
    if order.names == "named" or (order.units is not None and order.units == DAYS):
        return days
    return not days or order.units is None


def _asks_value(asked: Asked, order: Order, taken: frozenset[int], several: int) -> bool:
    """Whether the value itself is asked for: "What is the lowest price?"."""
    if several > 1 or asked.is_who or asked.which(order.tokens):
        return False
    if asked.is_when:
        return order.units == DAYS
    if taken and max(taken) < min(order.tokens) and re.search(r"\bof\b", asked.question, re.I):
        return re.match(r"\W*what\b", asked.question, re.I) is not None  # "the total of the cheapest"
    if re.search(r"\bhow (?:much|many|long|high|large|big|old|low)\b", asked.question, re.I):
        many = re.search(r"\bhow many\b", asked.question, re.I)
        return not any(i < min(order.tokens) for i in _open(asked, order, taken)) or (not many and not taken)
    after = range(max(order.tokens) + 1, min(max(order.tokens) + 4, len(asked.tokens)))
    between = [asked.plain[i] for i in after if i not in taken and i < max(taken, default=-1)]
    joined = {"of", "in", "for", "by", "with", "has", "have", "per", "at"}
    return bool(taken & set(after)) and not joined & set(between)


def _open(asked: Asked, order: Order, taken: frozenset[int]) -> frozenset[int]:
    """The tokens that are not yet accounted for."""
    return frozenset(range(len(asked.tokens))) - order.tokens - taken - asked.little


def _asked_first(asked: Asked, records: Records, order: Order, taken: frozenset[int]) -> Label | None:
    """The field of the record that a question asks for before it ranks: "What is the status of the oldest"."""
    told = order.tokens | taken
    named = [n for n in asked.fields(records, told) if set(asked.head) & n.tokens]
    if not named or max(named[0].tokens) > min(order.tokens):
        return None
    return Label(named[0].field, min(1.0, named[0].score), named[0].tokens)


def _asked_field(
    asked: Asked, records: Records, order: Order, taken: frozenset[int], fields: Sequence[Field]
) -> Label | None:
    """The field of the record that is asked for: its name, its place, its day."""
    told = order.tokens | taken
    if re.search(r"\bwhere\b", asked.question, re.I):
        places = [f for f in records.fields if PLACE.fullmatch(f.name)]
        return Label(places[0], 1.0) if len(places) == 1 else None
    if re.search(r"\bhow\b", asked.question, re.I):
        return None
    return label_of(asked, records, asked.noun(order.tokens), told, fields[0])


def _first(field: Field, low: bool) -> list[int] | None:
    """The records with the least or greatest measure."""
    held: list[tuple[int, Measure]] = [(i, m) for i, m in enumerate(field.measures) if m is not None]
    if len(held) < 2:
        return None
    best = (min if low else max)(m.size for _, m in held)
    return [i for i, m in held if m.size == best]
