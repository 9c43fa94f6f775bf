"""Values as they are written: numbers, money, percentages, dates, times, sizes, addresses; and when two are the same.

- "1.250,50 €" and "EUR 1,250.50" are the same money; "3 May 2024" and "2024-05-03" the same day. Where a spelling may
  be read in two ways ("03/05/2024", "1.250"), both readings count.
- A text that is no value of such a type is compared as words: letter case, white space and punctuation at its ends
  aside.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from .listed import listed

__all__ = ["Kind", "Typed", "number_of", "plain", "same_value", "typed", "values_in"]

Kind = Literal[
    "number",
    "money",
    "percent",
    "date",
    "time",
    "duration",
    "size",
    "email",
    "url",
    "iban",
    "phone",
    "code",
    "text",
]

_SPELLINGS = {
    "usd cad aud mxn": "$",
    "usd": "us$",
    "aud": "a$",
    "cad": "c$ ca$",
    "eur": "€",
    "myr": "rm",
    "sgd": "s$",
    "gbp": "£",
    "jpy cny": "¥",
    "cny": "rmb",
    "inr": "₹",
    "rub": "₽",
    "pln": "zł",
    "ms": "ms millisecond",
    "s": "sec second",
    "min": "min minute",
    "h": "hr hour",
    "d": "day",
    "wk": "wk week",
    "mo": "month",
    "yr": "yr year",
    "in": "inch inche",
    "l": "liter litre",
}
_UNITS = {word: unit for unit, words in _SPELLINGS.items() for word in words.split()}
"""What a unit or a sign of money may stand for, where that is not itself; without the s of the plural."""
_DAY = 86400.0
_SECONDS = {"ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": _DAY, "wk": 7 * _DAY, "mo": 30.4375 * _DAY}
_SECONDS |= {"yr": 365.25 * _DAY, "m": 60.0}  # "m": behind hours or days alone
_CODES = (
    "usd|rm|myr|sgd|eur|gbp|chf|jpy|inr|cad|aud|pln|sek|nok|dkk|czk|huf|cny|rmb|krw|brl|mxn|try|zar|"
    "us\\$|a\\$|c\\$"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<{0}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\.?"
)
_DIGITS = r"\d{1,3}(?:[,.'’\u00a0\u202f ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?|[.,]\d+"
_MONEY_SIGN = rf"[$€£¥₹₽]|zł|\b(?:{_CODES})\b|\b(?:rm|usd|eur|gbp|chf|sgd|myr)(?=\d)|(?:us|a|c|ca|s)\$"
_UNIT_TIME = (
    r"ms|milliseconds?|s|secs?|seconds?|mins?|minutes?|h|hrs?|hours?|d|days?|wks?|weeks?|months?|mo|"
    r"years?|yrs?|(?:working|business|calendar) days?"
)
_UNIT_SIZE = (
    r"px|pt|mm|cm|m|km|in|inch(?:es)?|ft|kg|g|mg|lbs?|oz|ml|cl|l|liters?|litres?|[kmgt]i?b(?:/s|ps)?|bytes?|[mg]?hz|k?w|kwh|"
    r"k?v|m?a|°\s?[cf]|dpi|mp|fps|%rh|kcal|kj|nm|ghz|rpm|bar|m²|sqm|sq ft"
)
_PATTERNS: tuple[tuple[Kind, str], ...] = (
    ("email", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    (
        "url",
        r"\bhttps?://\S+|\bwww\.\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|edu|gov|io|dev|html?)\b(?:/\S*)?",
    ),
    ("iban", r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b"),
    (
        "date",
        rf"\b(?P<y1>\d{{4}})[-/.](?P<m1>\d{{1,2}})[-/.](?P<d1>\d{{1,2}})\b"
        rf"|\b(?P<a2>\d{{1,2}})(?P<s2>[-/.])(?P<b2>\d{{1,2}})(?P=s2)(?:(?P<y2>\d{{4}}|\d{{2}})\b|(?P<y6>\d{{4}})(?=\d\d?:\d\d))"
        rf"|\b{_MONTH.format('m3')}\s?(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s?(?P<y3>\d{{4}}))?"
        rf"|\b(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?[\s/-]?(?:of )?{_MONTH.format('m4')}"
        rf"(?:,?[\s/-]?(?P<y4>\d{{4}}|\d{{2}}\b))?"
        rf"|\b{_MONTH.format('m5')}\s(?P<y5>\d{{4}})\b",
    ),
    (
        "time",
        r"\b(?P<h>\d{1,2}):(?P<min>\d{2})(?::(?P<sec>\d{2}))?\s?(?P<ap>[ap]\.?m\b\.?)?(?!\d)"
        r"|\b(?P<h2>\d{1,2})(?:\.(?P<min2>\d{2}))?\s?(?P<ap2>[ap]\.?m\b\.?)",
    ),
    (
        "money",
        rf"(?:\(\s?)?[-−–+]?\s?(?:{_MONEY_SIGN})\s?[-−–]?(?:{_DIGITS})\s?(?:[kmb]n?\b|million\b|billion\b)?|[-−–+]?(?:{_DIGITS})\s?(?:{_MONEY_SIGN})",
    ),
    ("percent", rf"[-−–+]?(?:{_DIGITS})\s?(?:%|percent\b|per cent\b)"),
    (
        "number",
        rf"(?<![\w.,])(?:\(\s?)?[-−–+]?(?:{_DIGITS})\s?(?:[kKMB]|bn|mn|million|billion|thousand)\b\)?",
    ),
    ("duration", rf"(?<![\w.,])(?:{_DIGITS})\s?(?:{_UNIT_TIME})\b(?:\s?\d+\s?(?:{_UNIT_TIME}|m)\b)*"),
    (
        "size",
        rf"(?<![\w.,])[-−–+]?(?:{_DIGITS})\s?(?:{_UNIT_SIZE})(?!\w)|\b\d{{1,5}}(?:[.,]\d+)?\s?[x×]\s?\d{{1,5}}(?:[.,]\d+)?(?:\s?[x×]\s?\d+(?:[.,]\d+)?)?\s?(?:px|mm|cm|m)?",
    ),
    (
        "phone",
        r"\+\d{1,3}[\s().-]{0,2}\d{1,4}(?:[\s().-]{1,2}\d{2,8}){1,4}|\(\d{2,5}\)\s?\d{3,4}[\s-]?\d{2,5}|\b\d{3}-\d{3}-\d{4}\b|\b\d{3}-\d{4}\b|\b0\d{1,4}[-/]\d{6,8}\b",
    ),
    (
        "code",
        r"(?<![\w.])(?=[\w#/-]*\d)(?=[\w#/-]*[A-Za-z#])[A-Za-z0-9#][\w#-]*(?:[/.][\w#-]+)*(?![\w])|"
        r"\b(?!\d{1,3}(?:\.\d{3})+[.,]\d{2}(?![\w.]))v?\d+\.\d+\.\d+(?:[.-]\w+)*\b",
    ),
    ("number", rf"(?<![\w.,])(?:\(\s?)?[-−–+]?\s?(?:{_DIGITS})\)?(?!\w)"),
)
_COMPILED = tuple(
    (kind, re.compile(pattern, re.IGNORECASE if kind not in ("iban", "number") else 0))
    for kind, pattern in _PATTERNS
)
_SCALE = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9}
_COUNTED = listed("zero, one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve")
_WORDS = {word: float(n) for n, word in enumerate(_COUNTED)} | {
    "none": 0.0,
    "no": 0.0,
    "twenty": 20.0,
    "a dozen": 12.0,
}


@dataclass(frozen=True, slots=True)
class Typed:
    """A value. text: as it is written. readings: what it may be, comparable between spellings. span: its characters."""

    kind: Kind
    text: str
    readings: frozenset[object]
    span: tuple[int, int] = (0, 0)

    @property
    def number(self) -> float | None:
        """The number, amount or share; the first reading where there are two. None for others."""
        numbers = [r for r in self.readings if isinstance(r, float)]
        return min(numbers, key=lambda n: (n != int(n), n)) if numbers else None

    def is_same(self, other: Typed) -> bool:
        """Whether both can be the same value."""
        return bool(self.readings & other.readings)


@lru_cache(maxsize=8192)
def values_in(text: str) -> tuple[Typed, ...]:
    """All values in a text, in its order, the longest at each place."""
    found: list[Typed] = []
    for kind, pattern in _COMPILED:
        for match in pattern.finditer(text):
            start, end = match.span()
            if start == end or any(start < f.span[1] and f.span[0] < end for f in found):
                continue
            if readings := frozenset(_readings(kind, match)):
                found.append(Typed(kind, match[0].strip(), readings, (start, end)))
    return tuple(sorted(found, key=lambda v: v.span))


def typed(text: str) -> Typed:
    """The value that a text is as a whole, of kind "text" where it is none.

    >>> typed("EUR 1.250,50").kind, typed("EUR 1.250,50").number
    ('money', 1250.5)
    >>> typed("Total").kind
    'text'
    """
    bare = text.strip().strip("\"'“”‘’")
    for value in values_in(bare):
        rest = (bare[: value.span[0]] + bare[value.span[1] :]).strip(" .,:;()[]*")
        if not rest or (value.kind in ("date", "time") and all(_is_of_a_date(w) for w in rest.split())):
            return (
                value
                if len(values_in(bare)) == 1 or rest == ""
                else Typed("text", text, frozenset({plain(text)}))
            )
    if (number := _WORDS.get(plain(bare))) is not None:
        return Typed("number", text, frozenset({number}))
    return Typed("text", text, frozenset({plain(text)}))


def number_of(text: str) -> float | None:
    """The number that a text is, or the only one in it; None when there is none, or several.

    >>> number_of("$1,250.00"), number_of("(3.4M)"), number_of("1.250,50 €"), number_of("1 and 2")
    (1250.0, -3400000.0, 1250.5, None)
    """
    whole = typed(text)
    if whole.number is not None:
        return whole.number
    found = [v for v in values_in(text) if v.number is not None]
    return found[0].number if len(found) == 1 else None


def plain(text: str) -> str:
    """Text for comparison: compatibility forms, one case, single spaces, no punctuation at its ends, plain quotes."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = re.sub(r"[“”„«»\"'‘’`]", "", folded).replace("–", "-").replace("−", "-").replace("—", "-")
    return " ".join(folded.split()).strip(" .,:;!?*•·")


def same_value(a: str, b: str) -> bool:
    """Whether two texts say the same value: as values of their type, else as words.

    >>> same_value("3 May 2024", "2024-05-03"), same_value("1,200", "1200.00"), same_value("Total:", "total")
    (True, True, True)
    >>> same_value("12", "13"), same_value("12 %", "12 px")
    (False, False)
    """
    if plain(a) == plain(b):
        return plain(a) != "" or a.strip() == b.strip()
    first, second = typed(a), typed(b)
    if first.kind == "text" or second.kind == "text":
        return _letters(a) == _letters(b) != ""
    loose = {"number", "money", "percent", "size", "duration", "code"}
    fits = first.kind == second.kind or (
        "number" in (first.kind, second.kind) and {first.kind, second.kind} <= loose
    )
    shared = first.readings & second.readings
    return fits and any(not isinstance(reading, float) or _one_unit(first, second) for reading in shared)


def _letters(text: str) -> str:
    """A text without white space and punctuation; what stands between digits remains, and so does the + of "A+"."""
    return re.sub(
        r"(?<!\d)[^\w+#-]|[^\w+#-](?!\d)|(?<!\d)-(?=\w)|-(?=[^\W\d])", "", re.sub(r"\s", "", plain(text))
    )


def _one_unit(first: Typed, second: Typed) -> bool:
    """Whether two values may be counted in the same unit; one without a unit may be counted in any."""
    a, b = _units(first), _units(second)
    return not a or not b or bool(a & b)


def _units(value: Typed) -> set[str]:
    """What the unit, or the sign of money, in a value may stand for."""
    if value.kind not in ("money", "size", "duration"):
        return set()
    pattern = {"money": _MONEY_SIGN, "duration": r"[^\W\d]+"}.get(value.kind, r"[^\W\d].*")
    return set(_unit("".join(re.findall(pattern, value.text, re.IGNORECASE)[:1])).split())


def _unit(written: str) -> str:
    """A unit in its usual spelling; of a sign of money all that it may stand for."""
    unit = "".join(written.casefold().split())
    return _UNITS.get(unit) or _UNITS.get(unit.removesuffix("s")) or unit.removesuffix("s") or unit


def _is_of_a_date(word: str) -> bool:
    return (
        re.fullmatch(
            r"(?:mon|tue|wed|thu|fri|sat|sun)\w*|at|on|,|gmt|utc|cet|o'clock", word.strip(",."), re.I
        )
        is not None
    )


def _readings(kind: Kind, match: re.Match[str]) -> Iterator[object]:
    text = match[0]
    if kind == "date":
        yield from _days(match.groupdict())
    elif kind == "time":
        yield from _times(match.groupdict())
    elif kind in ("number", "money", "percent"):
        yield from _numbers(text)
    elif kind in ("size", "duration"):
        yield re.sub(r"\s+", "", text.casefold().replace("×", "x"))
        if kind == "duration":
            yield from _spans(text)
        elif not re.search(r"\d\s?[x×]", text):
            yield from _numbers(text)
    else:
        yield (
            re.sub(r"[\s().-]+", "", text.casefold())
            if kind in ("phone", "iban")
            else text.casefold().lstrip("#")
        )


def _spans(text: str) -> Iterator[float | tuple[str, float]]:
    """A span of time in its first unit, and in seconds: 2 h 30 min is 2.5, and 9000 seconds."""
    text = text.casefold().replace("calendar ", "")
    if re.search(r"working|business", text):  # how many days that is depends on the calendar
        yield from (("working days", number) for number in _numbers(text))
        return
    parts = re.findall(rf"({_DIGITS})\s?([a-z]+)", text)
    for first in _numbers(text):
        whole = [first, *(float(number) for number, _ in parts[1:])]
        lengths = [_SECONDS[_unit(unit)] for _, unit in parts]
        seconds = sum(n * length for n, length in zip(whole, lengths, strict=True))
        yield seconds / lengths[0]
        yield "seconds", seconds


def _numbers(text: str) -> Iterator[float]:
    match = re.search(
        rf"(?P<sign>[-−–])?[^\d.,()]*(?P<sign2>[-−–])?\s?(?P<digits>{_DIGITS})\s?(?P<unit>[a-z]*)", text, re.I
    )
    if match is None:
        return
    scale = _SCALE.get(match["unit"].casefold(), 1.0)
    sign = -1.0 if match["sign"] or match["sign2"] or text.strip().startswith("(") else 1.0
    digits = re.sub(r"['’\s\u00a0\u202f]", "", match["digits"])
    comma, point = digits.rfind(","), digits.rfind(".")
    spellings = {digits.replace(",", "") if point > comma else digits.replace(".", "").replace(",", ".")}
    last = max(comma, point)
    if (comma < 0 or point < 0) and last >= 0:
        mark = digits[last]
        whole, part = digits.replace(mark, ""), digits.replace(mark, ".")
        groups = re.fullmatch(rf"[1-9]\d{{0,2}}(?:{re.escape(mark)}\d{{3}})+", digits) is not None
        several = digits.count(mark) > 1
        if re.fullmatch(
            r"\d{1,3}(?:[.,]\d{3})+[.,]\d{2}", digits
        ):  # the last mark is the decimal one, misread or not
            spellings = {f"{whole[:-2]}.{whole[-2:]}"}
        else:
            spellings = (
                {whole} if several or (groups and mark == ",") else {whole, part} if groups else {part}
            )
    for spelling in spellings:
        try:
            yield sign * scale * float(spelling)
        except ValueError:
            continue


def _days(g: dict[str, str | None]) -> Iterator[tuple[int | None, int, int | None]]:
    """(year, month, day) of a date; both ways round where it may be either."""
    if g["y1"]:
        yield _year(g["y1"]), int(g["m1"] or 0), int(g["d1"] or 0)
    elif year := g["y2"] or g["y6"]:
        a, b = int(g["a2"] or 0), int(g["b2"] or 0)
        for day, month in {(a, b), (b, a)}:
            if 1 <= month <= 12 and 1 <= day <= 31:
                yield _year(year), month, day
    elif g["m3"]:
        yield _year(g["y3"]), _month(g["m3"]), int(g["d3"] or 0)
    elif g["m4"]:
        yield _year(g["y4"]), _month(g["m4"]), int(g["d4"] or 0)
    elif g["m5"]:
        yield _year(g["y5"]), _month(g["m5"]), None


def _year(text: str | None) -> int | None:
    return None if not text else int(text) + (2000 if len(text) == 2 else 0)


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].casefold()) + 1


def _times(g: dict[str, str | None]) -> Iterator[tuple[str, int, int, int]]:
    """Hours, minutes and seconds of a day."""
    hour, half = int(g["h"] or g["h2"] or 0), (g["ap"] or g["ap2"] or "")[:1].casefold()
    minute, second = int(g["min"] or g["min2"] or 0), int(g["sec"] or 0)
    if hour > 24 or minute > 59:
        return
    yield "time", hour % 12 + (12 if half == "p" else 0) if half else hour, minute, second
