"""The least and the greatest of the options, by the values that stand beside them: cards, receipts and lists without a
header are no tables, but each of their entries has one value of the kind that the adjective ranks. And options that
say yes and no in more words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from ...memory.typed import Kind, same_value
from ..extract.windows import CELL
from ..reader.query import Query
from .asked import Asked
from .measures import Measure, measure_of, measures_of
from .orders import DAYS, Order, clause_of, comparatives, is_of_several, order_of
from .records import stems_of, told_at
from .rows import Row, rows_of
from .scene import Place, Scene, columns_share
from .values import Reading, beside
from .verdict import Verdict, said

__all__ = ["bare_polar", "first_offered"]

_STANDS = 0.9
"""Score of a match from which an option stands somewhere."""
_SURE = 0.8
_YES, _NO = re.compile(r"\s*yes\s*(?:[,;:(–—-].*)?", re.I), re.compile(r"\s*no\s*(?:[,;:(–—-].*)?", re.I)


def bare_polar(options: Sequence[str]) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """The options with "yes" for "Yes, it is enabled" and "no" for "No, left blank", where one of each is there, and
    what each of the two stands for."""
    positive = [o for o in options if _YES.fullmatch(o)]
    negative = [o for o in options if _NO.fullmatch(o)]
    if len(positive) != 1 or len(negative) != 1:
        return tuple(options), {}
    bare = {positive[0]: "yes", negative[0]: "no"}
    return tuple(bare.get(o, o) for o in options), {short: long for long, short in bare.items()}


def first_offered(scene: Scene, query: Query, options: Sequence[str]) -> Verdict | None:
    """The option that comes first; None where one of them has no value of that kind, or two come first."""
    asked = Asked(query.question)
    order = order_of(asked) or (comparatives(asked) if len(options) == 2 else None)
    kinds = _kinds(order) if order is not None else frozenset()
    if (
        order is None
        or not order.tokens
        or len(options) < 2
        or asked.negates()
        or is_of_several(asked, order)
        or clause_of(asked, order) - asked.filler
    ):
        return None
    told = _beside(scene, options, kinds) or _in_rows(scene, options, order, asked)
    if not told:
        return None
    ranked = sorted(told, key=lambda t: t[0].size, reverse=not order.low)
    (best, option, reading), (second, _, _) = ranked[:2]
    if best.size == second.size:
        return None
    name = reading.used[0]
    why = f"the {'least' if order.low else 'greatest'} of {len(told)}: {reading.text}"
    sure = _SURE * min(min(1.0, r.score / 0.8) for _, _, r in told)
    return said([Reading(option, name, sure, why, (name, reading.place))], "")


Valued = tuple[Measure, str, Reading]
"""How much an option is, the option, and where that was read."""


def _beside(scene: Scene, options: Sequence[str], kinds: frozenset[Kind]) -> list[Valued]:
    """The values of one kind that stand beside the options; none unless all have one, of one unit."""
    told: list[Valued] = []
    for option in options if kinds else ():
        found = _value_of(scene, option, kinds)
        if found is None:
            return []
        told.append((found[0], option, found[1]))
    return told if len({m.unit for m, _, _ in told}) == 1 else []


def _in_rows(scene: Scene, options: Sequence[str], order: Order, asked: Asked) -> list[Valued]:
    """The only figures behind the options in their rows, up to the next words, or those under a name that the question
    says; none unless they stand in one column and are of one unit, which the adjective may rank.
    """
    rows = [
        row for page in sorted({p.page for p in scene.lines}) for row in rows_of(scene.layout(page), page)
    ]
    found = [[cells for row in rows if (cells := _behind(row, option))] for option in options]
    if any(len(told) != 1 for told in found):
        return []
    names, figures = [told[0][0] for told in found], [told[0][1] for told in found]
    if any(len(told) != 1 for told in figures):
        figures = [[f for f in told if f[0] and told_at(stems_of(f[0]), asked.tokens)] for told in figures]
    if any(len(told) != 1 for told in figures):
        return []
    values = [told[0][1] for told in figures]
    measures = [m for m in measures_of(tuple(v.text for v in values)) if m is not None]
    units = {m.unit for m in measures}
    column = all(columns_share(a.box, b.box) > 0 for a, b in pairwise(values))
    if len(measures) < len(options) or len(units) != 1 or not column:
        return []
    if order.units is not None and not units <= order.units:
        return []
    return [
        (m, o, Reading(v.text, v, 0.8 * min(1.0, v.score), "in its row", (n,)))
        for m, o, n, v in zip(measures, options, names, values, strict=True)
    ]


def _behind(row: Row, option: str) -> tuple[Place, list[tuple[str, Place]]] | None:
    """The cell of a row that is an option, and the figures behind it, up to words behind these, each with the name of
    its column."""
    at = [i for i, (_, _, cell) in enumerate(row.parts) if same_value(cell.text, option)]
    if len(at) != 1:
        return None
    figures = list[tuple[str, Place]]()
    for (_, before, _), (start, _, cell) in pairwise(row.parts[at[0] :]):
        if measure_of(cell.text) is not None:
            figures.append((row.text[before + len(CELL) : start].removesuffix(": "), cell))
        elif figures:
            break
    return (row.parts[at[0]][2], figures) if figures else None


def _kinds(order: Order) -> frozenset[Kind]:
    """The kinds of value that an adjective ranks by itself; none where it may rank any number."""
    units = order.units or frozenset()
    if units == DAYS:
        return frozenset(("date", "time"))
    if "money" in units and "byte" not in units:
        return frozenset(("money",))
    if "s" in units:
        return frozenset(("duration",))
    return frozenset(("size",)) if units & {"c", "g"} else frozenset()


def _value_of(scene: Scene, option: str, kinds: frozenset[Kind]) -> tuple[Measure, Reading] | None:
    """The value beside the words of an option; None where there is none, or two places say different ones."""
    found: list[tuple[Measure, Reading]] = []
    for place in (p for p in scene.named(option) if p.score >= _STANDS):
        for reading in beside(scene, place, kinds)[:1]:
            measure = measure_of(reading.text)
            if measure is not None:
                found.append((measure, reading))
    return found[0] if found and len({m for m, _ in found}) == 1 else None
