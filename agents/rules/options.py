"""A choice among options, scored from the evidence.

Support of an option, in [0, 1]: how well it says the free answer, times that answer's confidence; or, weaker,
that its own words were read near the targets. Its score is log(support), never below log(1e-4). Options that
are whole sentences are read as statements where they compare places ("A is to the left of B.").
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from ..contracts import Answer
from .amounts import as_number, is_value
from .answers import answer
from .evidence import find_span, same
from .forms import direction_of
from .phrases import key
from .places import Evidence
from .ranking import ranked
from .reader import Question, read
from .replies import cannot
from .widget_answers import icon_support

__all__ = ["PLACED_FORMS", "agreement", "choose", "statements"]

_FLOOR = 1e-4
_LETTER = re.compile(r"^\s*(?:\(?[A-Ha-h][).:]|[A-H]\s-)\s+")
_NEGATIVE = re.compile(
    r"\b(?:no|not|none|false|isn't|is not|doesn't|does not|neither|never|absent|cannot)\b", re.I
)
_NUMBER_WORDS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
PLACED_FORMS = frozenset(("value", "cell", "badge", "text", "nearest", "order", "unknown"))
"""Forms whose answer is something written: the options can be looked for."""
PLACED, SAID = 0.6, 0.4
"""Weights of an option's place and of the free answer."""
LEAST = 0.3
"""Places that score less, seen from all that the question names, say nothing."""
CLEAR = 0.015
"""By how much the best option must lead."""
_READ_SUPPORT = 0.5
"""Support of an option of which nothing is known but that its words were read near the targets."""


def choose(question: Question, evidence: Evidence, options: Sequence[str]) -> Answer:
    """The option that the evidence supports best, verbatim; "cannot tell" when none, or several alike."""
    stated = statements(options) if question.form == "unknown" else ()
    if stated:
        return _decide(cannot(""), options, [_stated(said, evidence) for said in stated])
    if question.form == "icon":
        return _decide(answer(evidence), options, icon_support(evidence, options), CLEAR)
    free = answer(evidence)
    bare = [_LETTER.sub("", option) for option in options]
    told = [agreement(free.text, option, question) if free.status == "answered" else 0.0 for option in bare]
    said = [t * free.confidence if t >= 0.6 else 0.0 for t in told]
    if max(said) > 0 and question.form not in PLACED_FORMS:
        return _decide(free, options, said)
    spoken = all(_polarity(o, question) for o in bare) or question.form in (
        "relation",
        "position",
        "color",
        "distance",
        "chosen",
        "holder",
    )
    placed = [0.0] * len(options) if spoken else ranked(evidence, bare)
    placed = placed if max(placed) >= LEAST else [0.0] * len(options)
    if max(placed) <= 0 and max(said) <= 0:
        placed = [_was_read(option, evidence, free) for option in bare]
    support = [PLACED * p + (SAID * s if max(placed) > 0 else s) for p, s in zip(placed, said, strict=True)]
    cites = free.cites or tuple(c.id for c in evidence.memory.crops[:4])
    return _decide(replace(free, cites=cites), options, support, CLEAR if max(placed) > 0 else 0.0)


def _stated(said: Question | None, evidence: Evidence) -> float:
    """Support of an option that states a relation."""
    verdict = answer(evidence.about(said)) if said is not None else cannot("")
    return verdict.confidence if verdict.text == "yes" else 0.0


def _decide(free: Answer, options: Sequence[str], support: Sequence[float], clear: float = 1e-6) -> Answer:
    best = max(support, default=0.0)
    winners = [i for i, s in enumerate(support) if s >= best - clear]
    if best <= 0 or len(winners) > 1:
        why = free.reason or (f'The evidence says "{free.text}".' if free.text else "")
        problem = (
            "Several options fit equally well."
            if best > 0
            else "Nothing that was measured or read supports one of the options."
        )
        equal = (math.log(1 / max(1, len(options))),) * len(options)
        return replace(cannot(f"{problem} {why}".strip(), free.cites, free.more), option_scores=equal)
    scores = tuple(math.log(max(s, _FLOOR)) for s in support)
    reason = free.reason if free.status == "answered" else ""
    return Answer(options[winners[0]], confidence=best, cites=free.cites, option_scores=scores, reason=reason)


def statements(options: Sequence[str]) -> tuple[Question | None, ...]:
    """Options that state a relation, as yes/no questions; () when none does."""
    made = []
    for option in options:
        said = read(_LETTER.sub("", option))
        made.append(said if said.form == "relation" and len(said.mentions) == 2 else None)
    return tuple(made) if any(made) else ()


def agreement(free: str, option: str, question: Question) -> float:
    """How well an option says the free answer, in [0, 1]; below 0.6 it does not.

    Numbers are compared as numbers, yes and no by polarity, directions as sets (turned round where the option
    names the things in the other order), everything else as text.
    """
    if free in ("yes", "no"):
        return float(_polarity(option, question) == free) * 0.99
    if question.form == "relation":
        named = re.sub(r"^(?:the|an?) ", "", option, flags=re.I)
        said = {key(f'"{option}"'), key(f'"{named}"')}
        which = [i for i, (_, m) in enumerate(question.mentions) if key(f'"{m.core}"') in said]
        if len(which) == 1:
            return float((direction_of(question.text) in _directions(free)) == (which[0] == 0))
        return _same_direction(free, option, question)
    if question.form == "position":
        free = free.split(" of the image")[0]
        words = set(_position_words(option))
        return float(bool(words) and words == set(_position_words(free))) or (
            0.7 if words and words <= set(_position_words(free)) else 0.0
        )
    if question.form == "color":
        name = re.sub(r"\s*\(.*", "", free).casefold().replace("gray", "grey")
        plain = re.findall(r"[a-z]+", option.casefold().replace("gray", "grey"))
        return (
            1.0
            if name.split() == plain
            else 0.9
            if name in " ".join(plain)
            else 0.8
            if set(name.split()) & set(plain)
            else 0.0
        )
    number = as_number(free)
    if number is not None and (is_value(free) or question.numeric):
        return _same_number(number, option)
    a, b = key(free), key(option)
    if not a or not b:
        return 0.0
    if a == b:
        return 1.0
    if re.search(rf"(?<!\w){re.escape(a)}(?!\w)", b) and not _NEGATIVE.search(option):
        return 0.95
    if re.search(rf"(?<!\w){re.escape(b)}(?!\w)", a):
        return 0.9 * max(0.7, len(b) / len(a))
    return fuzz.ratio(a, b) / 100


def _polarity(option: str, question: Question) -> str:
    """ "yes" or "no" as said by an option; "" when it says neither."""
    text = option.strip().casefold()
    if re.match(r"(?:no|false|not|incorrect|wrong|absent)\b", text):
        return "no"
    if re.match(r"(?:yes|true|correct|right|present|yeah)\b", text):
        return "yes"
    if question.form in ("presence", "both", "state", "compare", "relation", "position", "color"):
        names = sum(find_span(m.core, option) is not None for _, m in question.mentions)
        if names or re.match(r"(?:there|it|they) ", text):
            return "no" if _NEGATIVE.search(text) else "yes"
    return ""


def _directions(text: str) -> set[str]:
    parts = re.split(r"\band\b|,|;", text)
    return {d for p in parts if (d := direction_of(p))}


_OPPOSITE = {"left": "right", "right": "left", "above": "below", "below": "above"}


def _same_direction(free: str, option: str, question: Question) -> float:
    said, real = _directions(option), _directions(free)
    spans = [find_span(m.core, option) for _, m in question.mentions[:2]]
    if len(spans) == 2 and spans[0] and spans[1] and spans[1] < spans[0]:
        said = {_OPPOSITE[d] for d in said}
    if not said or any(_OPPOSITE[d] in real for d in said):
        return 0.0
    common = said & real
    return 0.8 + 0.1 * len(common) if common == said else 0.0


def _position_words(text: str) -> list[str]:
    plain = (
        text.casefold()
        .replace("upper", "top")
        .replace("lower", "bottom")
        .replace("center", "centre")
        .replace("middle", "centre")
    )
    return re.findall(r"\b(?:top|bottom|left|right|centre)\b", plain)


def _same_number(number: float, option: str) -> float:
    """1.0 for the same number alone, 0.95 for it inside a sentence, else 0."""
    alone = as_number(option)
    if alone is None and option.strip().casefold() in _NUMBER_WORDS:
        alone = float(_NUMBER_WORDS.index(option.strip().casefold()))
    if alone is not None:
        return float(math.isclose(alone, number, rel_tol=1e-9, abs_tol=1e-9))
    found = [as_number(n) for n in re.findall(r"[$€£¥₹]?\s?[-−]?\d[\d.,]*\s?%?", option)]
    return 0.95 if any(n is not None and math.isclose(n, number, rel_tol=1e-9) for n in found) else 0.0


def _was_read(option: str, evidence: Evidence, free: Answer) -> float:
    """Support for an option whose own words were found or read; 0 when the free answer speaks otherwise."""
    wanted = key(option)
    if len(wanted) < 2 or free.status == "answered" or wanted in ("yes", "no"):
        return 0.0
    found = [t.score for t in evidence.memory.targets if same(t.phrase, wanted)]
    if found and evidence.question.form == "unknown":
        return 0.8 * max(found)
    named = {m.key for m in evidence.mentions}
    read_here = [
        line.confidence
        for line in evidence.lines
        if wanted not in named and (key(line.text) == wanted or _bounded(wanted, line.text.casefold()))
    ]
    return _READ_SUPPORT * max(read_here, default=0.0)


def _bounded(wanted: str, text: str) -> bool:
    return len(wanted) >= 3 and re.search(rf"(?<![\w.,]){re.escape(wanted)}(?![\w]|[.,]\d)", text) is not None
