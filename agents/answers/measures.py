"""What the cells of a column measure, so that they can be ranked and compared: amounts, days, times, spans, sizes.

- Only what is wholly read as one value counts: "41.2 kB", "12 Mar 2025, 09:05", "5 Pieces". Two numbers are none.
- A column is comparable when all that is written in it is of one unit. "03/05/2024" is read as its neighbours are,
  where one of them can only be read in one way; so is "1.340", which beside "0.860" is no thousand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isclose

from ...memory.typed import Kind, Typed, plain, values_in

__all__ = ["Measure", "measure_of", "measures_of"]

_NOTE = re.compile(r"[*†‡§¹²³]+$|^[*†‡§]+")
_STRAY = re.compile(r"(?<=\d)[.,](?=\s?%)")
"""A speck that was read between a number and its sign."""
_BYTES = {"b": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12}
_LENGTHS = {"mm": ("m", 1e-3), "cm": ("m", 1e-2), "m": ("m", 1.0), "km": ("m", 1e3)}
_WEIGHTS = {"mg": ("g", 1e-3), "g": ("g", 1.0), "kg": ("g", 1e3)}
_UNITS = _LENGTHS | _WEIGHTS
_OTHER = {"dm": "md", "md": "dm", "point": "comma", "comma": "point"}
"""Ways to read a column, which exclude each other: day before month or behind it, the mark before decimals."""


@dataclass(frozen=True, slots=True)
class Measure:
    """unit: what it is counted in ("money", "%", "date", "time", "s", "byte", a word), "" for a bare number.

    size: how much, comparable between measures of one unit: days and minutes ascend.
    """

    unit: str
    size: float


def measure_of(text: str) -> Measure | None:
    """What one text measures; None where it is no value, or may be read in two ways."""
    return measures_of((text,))[0]


@lru_cache(maxsize=2048)
def measures_of(texts: tuple[str, ...]) -> tuple[Measure | None, ...]:
    """What each text of a column measures."""
    found = [_readings(t) for t in texts]
    forced = {order for several in found if len(several) == 1 for order, _ in several if order}
    excluded = {_OTHER[order] for order in forced} - forced
    told = []
    for several in found:
        fit = {m for o, m in several if o not in excluded}
        told.append(fit.pop() if len(fit) == 1 else None)
    return tuple(told)


def _readings(text: str) -> list[tuple[str, Measure]]:
    """(way to read it, a key of `_OTHER` or "" for the only one, measure) of each way in which a text may be read."""
    bare = _STRAY.sub("", _NOTE.sub("", text.strip())).strip()
    values = values_in(bare)
    if [v.kind for v in values] in (["date"], ["date", "time"], ["date", "duration"]):
        return _days(bare, values)
    if len(values) != 1:
        return []
    value = values[0]
    rest = plain(bare[: value.span[0]] + " " + bare[value.span[1] :])
    if rest and (value.kind != "number" or not re.fullmatch(r"[^\W\d]+", rest)):
        return []
    numbers = sorted({n for n in value.readings if isinstance(n, float)}) if value.kind in _MARKED else []
    if not numbers:
        measure = _measured(value, rest, value.number)
        return [("", measure)] if measure is not None else []
    told = [(_mark_of(value.text, n), _measured(value, rest, n)) for n in numbers]
    return [(mark, m) for mark, m in told if m is not None]


_MARKED: frozenset[Kind] = frozenset(("number", "size"))


def _mark_of(text: str, number: float) -> str:
    """The mark before the decimals, "point" or "comma", by which a text says a number; "" where it has neither."""
    marks = re.findall(r"[.,](?=\d)", text)
    if not marks or not re.fullmatch(r"[\d.,]+", re.sub(r"[^\d.,]", "", text)):
        return ""
    digits = float(re.sub(r"\D", "", text))
    whole = isclose(abs(number), digits) or number >= 1e3 * digits  # "1.2 million" is told by its word
    if whole:
        return "comma" if marks[-1] == "." else ""
    return "point" if marks[-1] == "." else "comma"


def _measured(value: Typed, rest: str, number: float | None) -> Measure | None:
    if value.kind == "time":
        clock = next(r for r in value.readings if isinstance(r, tuple))
        return Measure("time", 60 * clock[1] + clock[2] + clock[3] / 60)
    if value.kind == "duration":
        seconds = next(r[1] for r in value.readings if isinstance(r, tuple) and r[0] == "seconds")
        return Measure("s", seconds)
    if number is None:
        return None
    if value.kind == "size":
        return _sized(value, number)
    unit = {"money": "money", "percent": "%"}.get(value.kind)
    if unit is None and value.kind != "number":
        return None
    return Measure(unit or rest.removesuffix("s"), number)


def _sized(value: Typed, number: float) -> Measure | None:
    written = re.search(r"([^\W\d]+)\W*$", value.text)
    if written is None or re.search(r"\d\s?[x×]", value.text):
        return None
    unit = written[1].casefold()
    if computed := re.fullmatch(r"([kmgt]?)i?b(?:ytes?)?", unit):
        return Measure("byte", number * _BYTES[computed[1] or "b"])
    base, factor = _UNITS.get(unit, (unit, 1.0))
    return Measure(base, number * factor)


def _days(text: str, values: Sequence[Typed]) -> list[tuple[str, Measure]]:
    rest = text
    for value in values:
        rest = rest.replace(value.text, " ")
    if re.search(r"\d", rest):
        return []
    minutes = 0.0
    if values[-1].kind == "time":
        clock = next(r for r in values[1].readings if isinstance(r, tuple))
        minutes = (60 * clock[1] + clock[2]) / 1440
    numeric = re.match(r"(\d{1,2})[-/.]\d{1,2}[-/.]", values[0].text)
    found = []
    for day in values[0].readings:
        if not isinstance(day, tuple):
            continue
        year, month, date = day
        order = "" if numeric is None else "md" if int(numeric[1]) == month != date else "dm"
        order = "" if month == date else order
        unit = "date" if year else "day of a year"
        found.append((order, Measure(unit, 372.0 * (year or 0) + 31 * month + (date or 0) + minutes)))
    return found
