"""The least and the greatest of the options, by the values that stand beside them: cards, receipts and lists without a
header are no tables, but each of their entries has one value of the kind that the adjective ranks. And options that
say yes and no in more words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ...memory.typed import Kind
from ..reader.query import Query
from .asked import Asked
from .measures import Measure, measure_of
from .orders import DAYS, Order, is_of_several, order_of
from .scene import Scene
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
    order = order_of(asked)
    kinds = _kinds(order) if order is not None else frozenset()
    if order is None or not kinds or len(options) < 2 or asked.negates() or is_of_several(asked, order):
        return None
    told: list[tuple[Measure, str, Reading]] = []
    for option in options:
        found = _value_of(scene, option, kinds)
        if found is None:
            return None
        told.append((found[0], option, found[1]))
    if len({m.unit for m, _, _ in told}) > 1:
        return None
    ranked = sorted(told, key=lambda t: t[0].size, reverse=not order.low)
    (best, option, reading), (second, _, _) = ranked[:2]
    if best.size == second.size:
        return None
    name = reading.used[0]
    why = f"the {'least' if order.low else 'greatest'} of {len(told)}: {reading.text}"
    sure = _SURE * min(min(1.0, r.score / 0.8) for _, _, r in told)
    return said([Reading(option, name, sure, why, (name, reading.place))], "")


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
