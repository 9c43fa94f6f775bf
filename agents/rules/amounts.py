"""Numbers, amounts and dates in text: what a text is worth, and whether it looks like data at all."""

from __future__ import annotations

import math
import re

__all__ = ["as_number", "is_value"]

_NUMBER = re.compile(
    r"(?P<open>\()?(?P<sign>[-−–+])?\s*(?:[A-Z]{0,3}[$€£¥₹]|(?:USD|EUR|GBP|CHF|JPY)\s?)?\s*(?P<sign2>[-−–])?"
    r"(?P<digits>\d[\d.,'’\u00a0\u202f]*(?: \d{3}\b)*)\s*"
    r"(?P<unit>%|[kKmMbB](?:n|illion|io)?\b|thousand\b|[a-zA-Z€£$°]{0,3}\b)?(?P<close>\))?"
)
_SCALE = {"k": 1e3, "t": 1e3, "m": 1e6, "b": 1e9}
_VALUE = re.compile(
    r"^[\s(+\-−–]*(?:[A-Z]{0,3}[$€£¥₹]|USD|EUR|GBP|CHF)?[\s\-−–]*[#\d][\d\s.,'’:/%°x×+\-−––()]*(?:[a-zA-Z€£$%°²³/.]{0,4}|"
    r"(?:USD|EUR|GBP|CHF|million|billion|days?|hours?|hrs?|mins?|items?|pages?|users?|years?|[ap]\.?m\.?))[\s)]*$|"
    r"^\d{4}-\d{2}-\d{2}|^\d{1,2}[./]\d{1,2}[./]\d{2,4}|^\S+@\S+\.\w+$|^https?://|"
    r"^(?:\d{1,2}\.? )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,4}",
    re.I,
)


def as_number(text: str) -> float | None:
    """The number that a text is, or the only number in it; None when there is none or several.

    >>> as_number("$1,250.00"), as_number("(3.4M)"), as_number("12 %"), as_number("1.250,50 €")
    (1250.0, -3400000.0, 12.0, 1250.5)
    """
    if re.search(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d:\d{2}", text):
        return None
    found = list(_NUMBER.finditer(text))
    if len(found) != 1:
        return None
    match = found[0]
    value = _digits(match["digits"])
    if value is None:
        return None
    unit = (match["unit"] or "").casefold()
    if unit in ("k", "m", "b", "bn", "mn", "mio", "thousand", "million", "billion"):
        value *= _SCALE[unit[0]]
    negative = match["sign"] in ("-", "−", "–") or match["sign2"] or (match["open"] and match["close"])
    return -value if negative else value


def _digits(text: str) -> float | None:
    """Digits with separators of either convention as a number."""
    plain = re.sub(r"['’\s\u00a0\u202f]", "", text).rstrip(".,")
    comma, point = plain.rfind(","), plain.rfind(".")
    if comma >= 0 and point >= 0:
        plain = plain.replace(",", "") if point > comma else plain.replace(".", "").replace(",", ".")
    elif comma >= 0:
        thousands = plain.count(",") > 1 or re.fullmatch(r"[1-9]\d{0,2},\d{3}", plain)
        plain = plain.replace(",", "" if thousands else ".")
    elif plain.count(".") > 1:
        plain = plain.replace(".", "")
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def is_value(text: str) -> bool:
    """Whether a text looks like data rather than like a label: a number, amount, date or address."""
    return bool(_VALUE.match(text.strip()))
