"""Whether one value of the page keeps a bound that the question writes: "Does it all weigh more than 5 kilos?".

- The value is a cell: of the column that is named, in the row that is named or in the row of the total; else what the
  same question for the value itself is answered with.
- It is compared in the unit of the bound: 900 g are less than a kilo. A bare number has the unit of its header; where
  neither says one, or another currency, nothing is told.
- Bounds of several things ("any dish over 10 euros") are none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ...memory.listed import listed
from ...memory.typed import plain, typed
from ..contracts import Answer
from ..reader.query import Query
from .asked import Asked, factor_of
from .conditions import BOUNDS, OPEN, all_hold, values_of
from .measures import Measure, measure_of, measures_of
from .records import TOTAL, Field, Records, records_of, tokens_of
from .scene import Place, Scene
from .tables import header_place, place_of
from .verdict import Verdict, no, yes
from .wants import COINS, is_other_money

__all__ = ["tested"]

_POLAR = re.compile(r"\W*(?:and |so )?(?P<verb>is|are|was|were|does|do|did)\s+(?P<rest>.+)", re.I | re.S)
_SEVERAL = re.compile(
    r"\b(?:any|all|every|each|some|both|none|most|or|it|they|this|that|these|those|which|than .* than)\b(?! than)",
    re.I,
)
_TENS = listed("twenty, thirty, forty, fifty, sixty, seventy, eighty, ninety")
_ONES = listed(
    "zero, one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen, fifteen, "
    "sixteen, seventeen, eighteen, nineteen"
)
_WORDS = {w: float(n) for n, w in enumerate(_ONES)} | {w: 10.0 * (n + 2) for n, w in enumerate(_TENS)}
_WORDS |= {
    "a dozen": 12.0,
    "a hundred": 100.0,
    "one hundred": 100.0,
    "a thousand": 1000.0,
    "half a": 0.5,
    "a": 1.0,
}
_NUMBER = "|".join(
    (
        r"\d{1,3}(?:[\u00a0\u202f ]\d{3})+(?!\d)",
        r"\d[\d.,]*\d",
        r"\d",
        rf"(?:{'|'.join(_TENS)})-(?:{'|'.join(_ONES[1:10])})",
        *sorted(_WORDS, key=len, reverse=True),
    )
)
_UNITS = {
    "kg": "kilos?|kilograms?|kilogrammes?|kg",
    "g": "grams?|grammes?|g",
    "mg": "milligrams?|mg",
    "km": "kilomet(?:re|er)s?|km",
    "m": "met(?:re|er)s?|m",
    "cm": "centimet(?:re|er)s?|cm",
    "mm": "millimet(?:re|er)s?|mm",
    "s": "seconds?|secs?|s",
    "ms": "milliseconds?|ms",
    "min": "minutes?|mins?|min",
    "h": "hours?|hrs?|h",
    "days": "days?",
    "%": "%|percent|per cent",
    "KB": "kilobytes?|kb",
    "MB": "megabytes?|mb",
    "GB": "gigabytes?|gb",
    "TB": "terabytes?|tb",
}
_UNIT = re.compile(
    rf"\s*(?:(?P<money>[€$£¥]|(?:{'|'.join(COINS)})\b)|"
    rf"(?P<unit>{'|'.join(f'(?:{words})' for words in _UNITS.values())})(?!\w))",
    re.I,
)
_LITERAL = re.compile(rf"(?P<sign>[€$£¥]?)\s*(?P<number>(?<![\w.,-])(?:{_NUMBER})(?![\w-]))", re.I)
_PIECES = re.compile(r"pieces?|items?|units?|articles?|goods|copies", re.I)
_QUANTITY = re.compile(r"\W*(?:qty|quantity|pieces|pcs|units|count|number(?: of \w+)?|menge|anzahl)\W*", re.I)
_IN_HEADER = re.compile(
    r"[(\[,]\s*(?:in\s+)?([^\W\d]{1,4}|%|[€$£¥])\s*[)\]]?\s*$|\bin\s+([^\W\d]{1,4}|[€$£¥])\s*$"
)
_OVERALL = re.compile("altogether|overall|total|now|today|currently")
_LEAST = 0.7
"""Confidence from which a value that is looked up is compared."""


@dataclass(frozen=True, slots=True)
class _Bound:
    """test: by which a size is compared. money: how its currency is written, "" for another unit. span: its characters,
    those of the words that say how it is compared before them."""

    test: Callable[[float, float], bool]
    measure: Measure
    text: str
    money: str
    span: tuple[int, int]


def tested(scene: Scene, query: Query, told: Callable[[str], Answer]) -> Verdict | None:
    """Whether the one value that the question names keeps its bound; None where there is no such bound or value.

    told: answers another question about the same page.
    """
    polar = _POLAR.match(query.question)
    bound = _bound(query.question) if polar is not None and scene.whole else None
    asked = Asked(query.question)
    if polar is None or bound is None or asked.negates():
        return None
    subject = query.question[polar.start("rest") : bound.span[0]].strip(" ,")
    behind = len(tokens_of(query.question[: bound.span[1]]))
    altogether = {i for i, word in enumerate(asked.plain) if _OVERALL.fullmatch(word)}
    bare = bound.measure.unit == "" and not re.match(r"there\b", subject, re.I)
    if bare and behind < len(asked.tokens) and behind not in asked.little | altogether:
        return None  # counted in something of its own
    if _SEVERAL.search(f"{subject} {query.question[bound.span[1] :]}"):
        return None
    if (of_table := _of_table(scene, query, asked, bound, subject)) is not None:
        return of_table
    if not re.search(r"[^\W\d]{3}", subject) or re.match(r"there\b", subject, re.I):
        return None
    rest = query.question[bound.span[1] :].strip(" ?.!")
    answer = told(_for_value(polar["verb"].casefold(), f"{subject} {rest}".strip(), bound))
    measure = measure_of(answer.text) if answer.status == "answered" else None
    if measure is None or answer.confidence < _LEAST:
        return None
    if is_other_money(answer.text, bound.money):
        return Verdict((), f'"{answer.text}" and {bound.text} are of two currencies.', final=True)
    if measure.unit != bound.measure.unit and not (
        bound.measure.unit == "" and measure.unit in ("money", "%")
    ):
        return None
    place = Place(answer.places[0][1], answer.places[0][0], answer.text) if answer.places else None
    return _told(
        bound, measure, answer.text, 0.95 * answer.confidence, answer.reason, *((place,) if place else ())
    )


def _bound(question: str) -> _Bound | None:
    """The only value of a question that is a bound; None where there is none, or several."""
    found = []
    for literal in _LITERAL.finditer(question):
        before = re.sub(r"\W+$", "", question[: literal.start()])
        unit = _UNIT.match(question, literal.end())
        end = unit.end() if unit else literal.end()
        how = next(((m, t) for pattern, t in BOUNDS if (m := pattern.search(before))), None)
        open_ = next(((m, t) for pattern, t in OPEN if (m := pattern.match(question, end))), None)
        if how is None and open_ is None:
            continue
        test = how[1] if how else open_[1] if open_ else None
        number = _WORDS.get(literal["number"].casefold(), _number(literal["number"]))
        coin = literal["sign"] or (unit["money"] if unit else "") or ""
        money = next((s for w, s in COINS.items() if re.fullmatch(rf"{w}|{s}", coin, re.I)), "")
        word = (unit["unit"] if unit else "") or ""
        short = next((u for u, words in _UNITS.items() if re.fullmatch(words, word, re.I)), "")
        one = Measure("money", 1.0) if coin else measure_of(f"1 {short}".strip())
        measure = Measure(one.unit, number * one.size) if one is not None and number is not None else None
        if measure is None or test is None:
            return None
        start = how[0].start() if how else literal.start()
        stop = end if open_ is None or how else open_[0].end()
        found.append(_Bound(test, measure, question[literal.start() : end].strip(), money, (start, stop)))
    return found[0] if len(found) == 1 else None


def _number(text: str) -> float | None:
    if two := re.fullmatch(r"([a-z]+)-([a-z]+)", text, re.I):
        return _WORDS[two[1].casefold()] + _WORDS[two[2].casefold()]
    numbers = {n for n in typed(text).readings if isinstance(n, float)}
    return numbers.pop() if len(numbers) == 1 else None  # "1.000" may be two


def _for_value(verb: str, subject: str, bound: _Bound) -> str:
    """The question for the value itself."""
    if verb in ("is", "are", "was", "were"):
        return f"What {verb} {subject}?"
    return f"How {'long' if bound.measure.unit == 's' else 'much'} {verb} {subject}?"


def _of_table(scene: Scene, query: Query, asked: Asked, bound: _Bound, subject: str) -> Verdict | None:
    """The bound of a cell of a table; None where no table has one that is named, or several have."""
    start, end = (len(tokens_of(query.question[:at])) for at in bound.span)
    taken = frozenset(range(start, end))
    found = []
    for records in records_of(scene, query):
        if records.turned:
            continue
        named = [n for n in asked.fields(records, taken) if n.score >= 0.97 and n.field.is_figures]
        fields = [(n.field, n.tokens) for n in named]
        pieces = asked.tokens[end].text if end < len(asked.tokens) else ""
        if not fields and re.match(r"there\b", subject, re.I) and _PIECES.fullmatch(pieces):
            fields = [(f, frozenset((end,))) for f in records.fields if _QUANTITY.fullmatch(f.title)]
        if len(fields) != 1:
            continue
        field, tokens = fields[0]
        rows = values_of(asked, records, taken | tokens) or []
        cell = _cell(records, field, all_hold(rows) if rows else None)
        measure = _in_unit(field, cell.text, bound) if cell is not None else None
        sure = factor_of(asked, records, scene, taken.union(tokens, *(r.tokens for r in rows)))
        if cell is not None and measure is not None and sure >= 0.5:
            found.append(
                _told(bound, measure, cell.text, 0.85 * sure * cell.score, f'under "{field.title}"', cell)
            )
    return found[0] if len(found) == 1 else None


def _cell(records: Records, field: Field, rows: list[int] | None) -> Place | None:
    """The cell of a field in the one of some rows; for None in the row of the total, or in the only row."""
    if rows is not None:
        return field.cells[rows[0]] if len(rows) == 1 else None
    table = records.table
    column = next(
        (
            c
            for c in range(table.columns)
            if (h := header_place(table, c)) is not None
            and field.place is not None
            and h.box == field.place.box
        ),
        None,
    )
    totals = [r for r in table.body if any(TOTAL.fullmatch(plain(c.text)) for c in table.row(r))]
    if column is None or len(totals) != 1 or not table.at(totals[0], column).text:
        return None
    return place_of(table.at(totals[0], column), table)


def _in_unit(field: Field, text: str, bound: _Bound) -> Measure | None:
    """What a cell measures, in the unit of a bound; None where it may be counted in another."""
    texts = (text, *(t for t in field.texts if t != text))  # decimals are written as in its column
    measure = measures_of(texts)[0]
    if measure is None or measure.unit == bound.measure.unit:
        return None if is_other_money(f"{text} {field.title}", bound.money) else measure
    if measure.unit not in (("", "money", "%") if bound.measure.unit == "" else ("",)):
        return None
    if bound.measure.unit == "":
        return measure
    written = _IN_HEADER.search(field.title)
    unit = (written[1] or written[2]) if written else ""
    if bound.measure.unit == "money":
        shown = bool(bound.money) and re.search(bound.money, field.title, re.I) is not None
        return Measure("money", measure.size) if shown else None
    one = measure_of(f"1 {unit}") if unit else None
    return Measure(one.unit, measure.size * one.size) if one and one.unit == bound.measure.unit else None


def _told(bound: _Bound, measure: Measure, text: str, sure: float, why: str, *used: Place) -> Verdict:
    holds = bound.test(measure.size, bound.measure.size)
    return (yes if holds else no)(sure, f"{text} against {bound.text}: {why}", *used)
