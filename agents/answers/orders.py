"""By what a question ranks or compares: its superlative or comparative, and the fields of a table that it may mean.

An adjective that says of what kind a value is ("cheapest", "earliest") means the fields of that kind by itself; any
other ("highest") ranks a field that the question names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .asked import Asked
from .records import Field, Records

__all__ = ["DAYS", "Order", "clause_of", "comparatives", "hinted", "is_of_several", "order_of"]

_MONEY = r"price|cost|fee|fare|rent|amount|total|charge|betrag|preis|summe|payment|rate|premium|unit"
_SIZE = r"size|length|area|volume|total|amount|number|count|quantity|population|employees|items"
DAYS = frozenset(("date", "day of a year", "time"))
"""Units of what comes before or after, rather than is less or more."""
_SPAN = r"duration|length|time|distance|term|long"


@dataclass(frozen=True)
class Order:
    """What a superlative or comparative ranks by. low: whether the least comes first. tokens: its words.

    units: what is ranked is counted in one of them; None for anything. names: what such fields are called.
    """

    low: bool
    tokens: frozenset[int]
    units: frozenset[str] | None = None
    names: str = ""

    @property
    def is_strict(self) -> bool:
        """Whether only such fields can be ranked so: the earliest is no sum of money; the largest may be anything."""
        return self.units is not None and self.units != frozenset(_SIZES)


_MONEYS, _SPANS = ("money", ""), ("s", "m", "", "time")
_SIZES = ("byte", "m", "m²", "sqm", "", "money", "%", "l")
_LASTS, _LASTING = ("s", "time"), r"delay|latency|duration|time|ping|response|runtime"
"""What is quick has a short time; of speeds, which are counted in other units, it is the other way round."""
_WEIGHTS, _DEGREES = ("g", "lb", "oz", ""), ("c", "f", "")
_EXTENTS = ("m", "ft", "in", "")
_HEIGHT = r"(?:\w+ )?height|elevation|altitude"
_HEAT, _MASS = r"temp\w*|degrees", "weight|mass"
_ADJECTIVES: tuple[tuple[bool, str, str, Sequence[str] | None, str], ...] = (
    (True, "cheapest|least expensive", "cheaper|less expensive", _MONEYS, _MONEY),
    (
        False,
        "most expensive|dearest|costliest|priciest",
        "more expensive|dearer|costlier|pricier",
        _MONEYS,
        _MONEY,
    ),
    (True, "earliest|soonest|oldest", "earlier|sooner|older", tuple(DAYS), ""),
    (
        False,
        "latest|newest|most recent|most recently",
        "later|newer|more recent|more recently",
        tuple(DAYS),
        "",
    ),
    (True, "shortest", "shorter", _SPANS, _SPAN),
    (False, "longest", "longer", _SPANS, _SPAN),
    (True, "fastest|quickest", "faster|quicker", _LASTS, _LASTING),
    (False, "slowest", "slower", _LASTS, _LASTING),
    (True, "smallest", "smaller", _SIZES, _SIZE),
    (False, "biggest|largest", "bigger|larger", _SIZES, _SIZE),
    (True, "lightest", "lighter", _WEIGHTS, _MASS),
    (False, "heaviest", "heavier", _WEIGHTS, _MASS),
    (True, "coldest|coolest", "colder|cooler", _DEGREES, _HEAT),
    (False, "hottest|warmest", "hotter|warmer", _DEGREES, _HEAT),
    (True, "narrowest|thinnest", "narrower|thinner", _EXTENTS, "width|thickness|breadth"),
    (False, "widest|broadest|thickest", "wider|broader|thicker", _EXTENTS, "width|thickness|breadth"),
    (True, "shallowest", "shallower", _EXTENTS, "depth|draught"),
    (False, "deepest", "deeper", _EXTENTS, "depth|draught"),
    (False, "tallest", "taller", _EXTENTS, "height"),
    (True, "lowest", "lower", None, _HEIGHT),
    (False, "highest", "higher", None, _HEIGHT),
    (True, "least|fewest|minimum|minimal", "less|fewer", None, ""),
    (False, "greatest|most|maximum|maximal|max|best", "more|greater|better", None, ""),
)
"""Whether the least is meant, superlatives, comparatives, and the units and names of what is ranked so."""


def _table(which: int) -> tuple[tuple[str, Order], ...]:
    """The superlatives (0) or comparatives (1) of all adjectives with what each ranks by."""
    return tuple(
        ((most, more)[which], Order(low, frozenset(), None if units is None else frozenset(units), names))
        for low, most, more, units, names in _ADJECTIVES
    )


_SUPERLATIVES, _COMPARATIVES = _table(0), _table(1)
_FIRST = ("first", "last")
_SEVERAL = re.compile(
    r"\d+(?:st|nd|rd|th)?|second|third|fourth|fifth|sixth|next|two|three|four|five|six|seven|eight|nine|ten|several",
    re.I,
)


def order_of(asked: Asked) -> Order | None:
    """What a question ranks by; None where it ranks nothing, or in two ways."""
    found = _orders(asked, _SUPERLATIVES)
    if not found and asked.plain:
        at = [i for i, w in enumerate(asked.plain) if w in _FIRST]
        whose = len(at) == 1 and asked.is_when and asked.plain[at[0] - 1] == "the"  # no "last updated"
        if whose or at == [len(asked.plain) - 1]:
            found = [Order(asked.plain[at[0]] == "first", frozenset(at), DAYS, "named")]
    return _of_money(asked, found)


def is_of_several(asked: Asked, order: Order) -> bool:
    """Whether more than the first is asked for, or another one: "the second cheapest", "which two"."""
    before = [asked.plain[i] for i in range(min(order.tokens)) if i >= min(order.tokens) - 1]
    which = [
        asked.plain[i] for i in asked.which(order.tokens)[:1] if asked.plain[i - 1] != "the"
    ]  # of the two
    return any(_SEVERAL.fullmatch(w) for w in (*before, *which))


_OF_KIND = frozenset(("that", "which", "who", "with", "without", "including"))


def clause_of(asked: Asked, order: Order) -> frozenset[int]:
    """The tokens that say of which kind what is ranked is: "the cheapest plan that includes waiting lists"."""
    begins = (i for i, w in enumerate(asked.plain) if w in _OF_KIND and i > max(order.tokens))
    return frozenset(range(next(begins, len(asked.tokens)), len(asked.tokens)))


def comparatives(asked: Asked) -> Order | None:
    """What a question compares by: a comparative, or what something costs; None where it compares nothing."""
    return _of_money(asked, _orders(asked, _COMPARATIVES), True)


def _of_money(asked: Asked, found: Sequence[Order], alone: bool = False) -> Order | None:
    """The only order of several; what costs "the most" is ranked by money. alone: whether a verb of cost is enough."""
    cost = re.search(r"\b(?:costs?|costing|pay|paid|spend|spent|priced)\b", asked.question, re.I)
    if cost and (found or alone) and all(o.units is None for o in found):
        low = found[0].low if found else False
        return Order(low, frozenset().union(*(o.tokens for o in found)), frozenset(_MONEYS), _MONEY)
    return found[0] if len({(o.low, o.units, o.names) for o in found}) == 1 else None


def _orders(asked: Asked, table: Sequence[tuple[str, Order]]) -> list[Order]:
    found = []
    for words, order in table:
        for phrase in words.split("|"):
            parts = phrase.split()
            for i in range(len(asked.plain) - len(parts) + 1):
                if list(asked.plain[i : i + len(parts)]) == parts and asked.plain[max(0, i - 1)] != "at":
                    found.append(
                        Order(order.low, frozenset(range(i, i + len(parts))), order.units, order.names)
                    )
    return [o for o in found if not any(o.tokens < p.tokens for p in found)]


def hinted(order: Order, records: Records) -> list[Field]:
    """The fields that an adjective may rank by itself: by what they are counted in, or by their name alone where the
    table is turned ("Length (cm)" of a "longer" one) or the adjective is of any unit (the "Height" of a higher one)."""
    if order.names == "named":
        return []
    if order.units is None or records.turned:
        told = re.compile(rf"(?:{order.names})\W*(?:\(.*\))?", re.I) if order.names else None
        called = [f for f in records.fields if told and f.unit is not None and told.fullmatch(f.name.strip())]
        return called if len(called) == 1 else []
    fit = [f for f in records.fields if f.unit is not None and f.unit in order.units]
    if order.units == DAYS and not fit:
        return [f for f in records.fields if f.is_years]
    if not order.names:
        return [f for f in fit if all(f.texts)] or fit  # a day that few records have ranks none of them
    told = re.compile(rf"\b(?:{order.names})", re.I)
    return [f for f in fit if told.search(f"{f.name} {f.over}")] or [
        f for f in fit if f.unit not in ("", "%", "time")
    ]
