"""What a network reads out of the text of a page, and when that is told.

It is asked where nothing was found by where things stand. What it is sure of is right in most cases only, so that its
answers are told at 0.7 at most; what takes looking, ranking or counting it can't tell at all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from ...memory.typed import plain, same_value
from ..contracts import Answer
from ..reader.query import Query
from . import entries
from .asked import Asked
from .choose import choose, free
from .extracted import LIKELIEST, counts, extracted, weighed
from .orders import comparatives, order_of
from .resolve import direction_of
from .scene import Scene
from .sentences import asks_reason
from .verdict import Verdict

__all__ = ["asks_look", "asks_place", "contradicts", "doubted", "read_out"]

LEAST_READ, LEAST_CHOSEN, LEAST_RANKED = 0.78, 0.7, 0.95
"""Confidence below which what a network read is no answer; the same where it agrees with one of the options of a
question for a value; and where a number or the eighth of several is asked for, which takes counting.
What takes comparing it cannot tell: of 9 that it was sure of 2 were right. On 443 seen questions that nothing else
answered 10 of 10 yes and no above the first were right (2 of 6 just below), 14 of 17 options above the second (11 of 17
below)."""
LEAST_FREE = 0.95
"""The same without options: of such answers to seven sets 7 of 8 were right above it, 11 of 24 between it and 0.7."""
LEAST_YES, LEAST_NO = 0.95, 0.83
"""The same of yes and no: on three sets none of 4 times yes above 0.78 was right; 5 of 6 times no, the wrong one at 0.8
"""
SURE_OPTION, SURE_COUNT = 0.5, 0.8
"""Probability of an option from which it is told whatever kind of question was read, unless that ranks or compares; the
same of a count. On three sets (all looked at by then) 10 of 10 such options were right."""
MOST_WEIGHED = 0.85
"""Confidence of an option that was weighed: on three sets all 34 were right."""
MOST_READ = 0.7
"""Confidence of what a network read at most, however sure it is: of 26 such answers to two unseen sets 16 were right,
of 13 that it was all but sure of 8."""
LEAST_GUESS, BOTH = 0.2, 0.9
"""Score of a guess by where things stand from which it supports what a network reads there too; how sure both are."""
DOUBTED = 0.9
"""A value below this confidence is not told where the network reads another one: of 7 such, 5 were wrong."""
_LOOK = re.compile(
    r"\b(?:(?:un)?(?:selected|ticked|checked|marked|pressed|crossed)|active|highlighted|chosen|picked|gr[ae]yed|disabled|"
    r"enabled|focus+ed|expanded|collapsed|open|bold|underlined|starred|red|green|blue|yellow|orange|purple|pink|gr[ae]y|"
    r"black|white|brown|colou?red|on|off|hidden|connected|playing)\b",
    re.I,
)
_WRITTEN = ("number", "money", "percent", "date", "time", "duration", "size", "person", "code")
"""Types of answer that words tell, whatever the name of what is asked for."""
_NO_PLACE = re.compile(
    r"\blook(?:s|ed|ing)? after\b|\bright (?:now|away)\b|\b(?:is|are|was|were) left\b", re.I
)
"""Words of place that mean none."""
_NOW = re.compile(r"\b(?:right now|at the moment|currently)\b", re.I)
_COMPUTED = re.compile(r"\b(?:average|mean|median|sum of|second|third|2nd|3rd)\b", re.I)
"""What is computed, or counted from the first, rather than written."""
_WITHOUT = re.compile(r"\b(?:not|no(?!\.|\s*\d)|never|lacks?|lacking)\b|n['’]t\b", re.I)
_ORDINAL = re.compile(r"\d|\b(?:fourth|fifth|sixth|seventh|eighth|ninth|tenth)\b", re.I)


def read_out(scene: Scene, query: Query, options: Sequence[str], verdict: Verdict) -> Answer | None:
    """An answer of the page's words that a network finds. verdict: what was found by where it stands."""
    told = _words(scene, query, options, verdict)
    asked = Asked(query.question)
    if told is not None or not options or order_of(asked) is not None or comparatives(asked) is not None:
        return told
    least = SURE_COUNT if query.kind == "count" else SURE_OPTION
    told = choose(scene, query, weighed(scene, query, options, least), options)
    return replace(told, confidence=min(told.confidence, MOST_WEIGHED)) if told.status == "answered" else None


def _words(scene: Scene, query: Query, options: Sequence[str], verdict: Verdict) -> Answer | None:
    """What it reads where the kind of question is one for words of the page."""
    reason = asks_reason(query.question)
    if not reason and (asks_look(query) or asks_place(query) or _COMPUTED.search(query.question)):
        return None
    if not options and query.kind in ("which", "list") and _WITHOUT.search(query.question):
        return None  # it reads which has it
    if order_of(Asked(query.question)) is not None and entries.all_records(scene, query):
        return None  # a table ranks its records, or nothing does
    read = extracted(scene, query, options)
    if read.best is not None and query.kind == "count" and not counts(query, read.best):
        return None
    if read.best is not None and not options:
        if _asks_several(query) and not _SEVERAL.search(read.best.text):
            return None  # one of several
        if len(read.best.text.strip()) == 1 and not read.best.text.strip().isdigit():
            return None  # a speck, or an icon that was read as a letter
    read = _supported(read, verdict)
    told = choose(scene, query, read, options) if options else free(scene, query, read)
    least = {"yes": LEAST_YES, "no": LEAST_NO}.get(plain(told.text)) or _least(query, options)
    if told.status != "answered" or told.confidence < least:
        return None
    most = MOST_WEIGHED if told.reason == LIKELIEST else MOST_READ
    return replace(told, confidence=min(told.confidence, most))


def doubted(scene: Scene, query: Query, told: Answer, options: Sequence[str]) -> bool:
    """Whether the network reads another value on the page than the one that was found by where it stands; where
    there are options, another one of them.
    """
    if query.kind != "value" or told.confidence >= DOUBTED or told.text == "empty" or asks_place(query):
        return False
    if order_of(Asked(query.question)) is not None:
        return False  # it cannot rank
    best = extracted(scene, query, ()).best
    if best is None or _alike(best.text, told.text):
        return False
    return not options or any(_alike(best.text, option) for option in options)


def contradicts(told: Answer, verdict: Verdict, options: Sequence[str]) -> bool:
    """Whether what was found by where it stands, however unsurely, says or begins with another one of the options."""
    best = verdict.best
    if best is None:
        return False
    same = [o for o in options if same_value(best.text, o)]
    same = same or [o for o in options if plain(best.text).startswith(f"{plain(o)} ")]
    return len(same) == 1 and not same_value(same[0], told.text)


def asks_look(query: Query) -> bool:
    """Whether what is asked for is picked out by how it looks, which no text tells."""
    roles = ("STATE",) if query.answers in _WRITTEN else ("STATE", "ASK")  # "days off" is a number
    told = [span.text for span in query.spans if span.role in roles]
    return any(_LOOK.search(text) for text in told) or _NOW.search(query.question) is not None


def asks_place(query: Query) -> bool:
    """Whether what is asked for is picked out by how it lies to something, which rows of text tell badly."""
    words = _NO_PLACE.sub(" ", query.question)
    told = [s.text for s in query.spans if s.role == "REL" and s.text.casefold() != "by" and s.text in words]
    return any(direction_of(text) for text in told)  # "beaten by" says who, not where


def _least(query: Query, options: Sequence[str]) -> float:
    """The confidence from which what the network read is told; over 1 where it cannot tell."""
    orders = [span.text for span in query.spans if span.role == "ORDER"]
    if any(not _ORDINAL.search(order) for order in orders):
        return math.inf
    if query.kind == "count" or orders:
        return LEAST_RANKED
    if asks_reason(query.question) or (options and query.kind in ("value", "text")):
        return LEAST_CHOSEN
    return LEAST_READ if options else LEAST_FREE


_SEVERAL = re.compile(r"[,;&]|\band\b")
"""Joins the entries of a list."""


def _asks_several(query: Query) -> bool:
    """Whether a list is asked for: "Which services ...?", but not "Which of the services"."""
    many = re.match(r"\W*(?:which|what)(?: \w+)? [^\W\d]+[^\Wsiu]s\b", query.question, re.I)
    return query.kind == "list" or (query.kind == "which" and many is not None)


def _supported(read: Verdict, verdict: Verdict) -> Verdict:
    """What a network read, and surely where the best guess by where things stand says the same, in short of "yes"."""
    best, guess = read.best, verdict.best
    if best is None or guess is None or len(plain(best.text)) < 2 or plain(best.text) in ("yes", "no"):
        return read
    if guess.score < LEAST_GUESS or not same_value(best.text, guess.text):
        return read
    return replace(read, candidates=(replace(best, score=max(best.score, BOTH)),))


def _alike(a: str, b: str) -> bool:
    """Whether two answers say the same, one perhaps at more length."""
    one, other = plain(a), plain(b)
    return same_value(a, b) or one in other or other in one
