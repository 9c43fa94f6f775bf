"""Whether an answer can be one at all: what its question's form excludes is not told, wherever it came from."""

from __future__ import annotations

import re

from ...memory.typed import plain, values_in
from ..contracts import Answer
from ..reader.query import Query
from .asked import Asked
from .orders import comparatives
from .records import stems_of

__all__ = ["unfit"]

_POLAR = re.compile(
    r"\W*(?:(?:so|and|but|hey|please|ok(?:ay)?)\W+)*(?:is|are|was|were|does|do|did|has|have|had)\b", re.I
)
_OPEN = re.compile(
    r"\W*(?:(?:so|and|but|please|on|in|at|to|from|by|for|under|until|since)\W+)*(?:what|which|who|whose|when|where|how|list|name)\b",
    re.I,
)
_TIME_OF_DAY = re.compile(r"\W*(?:at |by |from )?what time\b|\W*at which time\b", re.I)
_CLOCK = re.compile(r"\d[:.]\d\d|\d\s?[ap]\.?m\b|o['’]clock|noon|midnight|\b\d{1,2} ?h\b(?! ?\d+ ?min)", re.I)
_NAME = re.compile(
    r"\bnames? of (?:the |my |this |that |our |your )?\w+\b|^\W*what (?:is|['’]s) \w+ (?:called|named)\b",
    re.I,
)
_NO_NAME = ("time", "money", "percent")
_PHONE = re.compile(
    r"\W*(?:what(?:['’]s| is| was)?|which) (?:(?:the|a|an|my|his|her|their|its|your|our|[\w-]+['’]s?) )*(?:\w+ )?"
    r"(?:phone|telephone|mobile|cell|fax) number\b",
    re.I,
)
"""Asks for one, not whose it is, nor whether it is there or what it looks like."""
_DIALLED = re.compile(r"(?:\d\D{0,3}){5}|\b\d{3}\b")
"""At least five digits, or three together, as emergency services have."""
_SPAN = re.compile(r"\bhow many (?:hours|minutes|seconds|days|weeks|months|years)\b", re.I)
_LASTS = re.compile(
    r"\W*how long\b.*\b(?:needs?|takes?|took|lasts?|remains?|left|still|until|will|wait|run|open|stay)\b",
    re.I,
)
_NO_SPAN = re.compile(r"^\W*[\d.,]+ ?(?:k?g|lbs?|oz|l|ml|%|°\w?)$", re.I)
_AMOUNT = re.compile(
    r"\W*what(?:['’]s| is| was) the (?:\w+ ){0,2}?"
    r"(temperature|weight|pressure|height|width|depth|speed|voltage|humidity)\b",
    re.I,
)
_NO_AMOUNT = frozenset(("duration", "money", "date", "time"))
_WRITTEN = ("value", "which", "list", "text")
"""Kinds of question whose answer is words of the page."""


def unfit(query: Query, told: Answer) -> str:
    """Why an answer without options can't be one, "" where it can."""
    question, text = query.question, plain(told.text)
    either = re.search(r"\bor\b", question, re.I) is not None
    if _POLAR.match(question) and text not in ("yes", "no"):
        words = set(re.findall(r"\w+", plain(question)))
        if not either or not (text == "they are equal" or words & set(re.findall(r"\w+", text))):
            return "It asks whether something is so."
    if _OPEN.match(question) and text in ("yes", "no"):
        return "It doesn't ask whether something is so."
    if text == "they are equal" and _OPEN.match(question) and comparatives(Asked(question)) is None:
        return "It compares nothing."
    if _TIME_OF_DAY.match(question) and not _CLOCK.search(told.text):
        other = [v.kind for v in values_in(told.text) if v.kind in ("date", "duration")]
        if other:
            return f"It asks for a time of the day, and a {other[0]} was found."
    if _NAME.search(question) and any(v.kind in _NO_NAME for v in values_in(told.text)):
        return "It asks for a name."
    kinds = {v.kind for v in values_in(told.text)}
    if _PHONE.match(question) and not _DIALLED.search(text):
        return "It asks for a telephone number."
    if told.text.rstrip().endswith(("-", "(", ",")):
        return "It was not read to its end."
    if _LASTS.match(question) and (_NO_SPAN.search(told.text) or (kinds and kinds <= {"percent", "money"})):
        return "It asks for a time."
    if (of := _AMOUNT.match(question)) and kinds and kinds <= _NO_AMOUNT:
        return f"It asks for a {of[1]}, and a {min(kinds)} was found."
    if _SPAN.search(question) and kinds and kinds <= {"percent", "money"}:
        return "It asks for a time."
    repeats = text and set(stems_of(told.text)) <= set(stems_of(question))
    if (
        repeats
        and query.kind in _WRITTEN
        and not either
        and not re.search(r"\d", text)
        and _OPEN.match(question)
    ):
        return "It says no more than the question."
    return ""
