"""Values whose label says in other words what is asked for, and values in running text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ...memory.layout import pair_spans
from ...memory.typed import Kind, Typed, plain, values_in
from ..reader.query import Query
from .meaning import ALIKE, alike, likely
from .scene import Place, Scene
from .values import Reading, beside

__all__ = ["by_meaning", "of_range", "other_row", "passages"]


def by_meaning(scene: Scene, query: Query, kinds: frozenset[Kind]) -> list[Reading]:
    """Values beside labels that mean what is asked for in other words; else the only value of its kind."""
    words = query.ask or query.question.strip(" ?!.")
    labels = [p for p in scene.lines if re.search(r"[^\W\d]{3}", p.text) and len(p.text) <= 60]
    heads = [_head(p.text) for p in labels]
    found: list[Reading] = []
    likeness = alike(words, heads)
    asked = set(_words(words))
    parts = [len(own) if (own := set(_words(h))) < asked else 0 for h in heads]
    if max(parts, default=0) > 1:  # "Check out" of "check-out date" says more than "Date" does
        longest = max(parts)
        likeness = [
            max(like, ALIKE + 0.1) if n == longest else 0.0 if n else like
            for n, like in zip(parts, likeness, strict=True)
        ]
    least = max(ALIKE, max(likeness, default=0.0) - NEAREST)
    for label, head, like in zip(labels, heads, likeness, strict=True):
        if like < least:
            continue
        start = label.text.find(head)
        place = replace(label, span=(start, start + len(head)), text=head)
        own = set(_words(head))
        part = 1.0
        if len(own) == 1 and own < asked:  # "Date" for "check-out date": a document has several kinds
            of_a_kind = all(_OF_KINDS.fullmatch(w) for w in own)
            of_itself = all(_OF_ITSELF.fullmatch(w) for w in asked - own)
            part = 0.45 if of_a_kind and not of_itself else 0.82
        for rank, reading in enumerate(beside(scene, place, kinds)[:2]):
            why = f'"{head}" means about the same as "{words}"'
            found.append(replace(reading, score=reading.score * likely(like) * part * 0.8**rank, why=why))
    special = kinds & {"email", "phone", "iban", "url", "date", "time"} - (
        {"url"} if "email" in kinds else set()
    )
    if not found and special and "code" not in kinds:  # a number or code may be written as anything
        only = [(v, p) for p in scene.lines for v in values_in(p.text) if v.kind in special]
        same = len({plain(v.text) for v, _ in only}) == 1
        if same and not all(_is_of_another(v, p, words) for v, p in only):
            found.append(Reading(only[0][0].text, only[0][1], 0.7, "the only such value on the page"))
    return found


def _is_of_another(value: Typed, place: Place, words: str) -> bool:
    """Whether the name before a value in its line, up to a colon, says that it is of another thing than is asked for:
    "Born:" where the due date is.
    """
    name = re.fullmatch(r"\W*([^:]{2,40}):\s*", place.text[: value.span[0]])
    if name is None or set(_words(name[1])) & set(_words(words)):
        return False
    return not all(_OF_KINDS.fullmatch(w) for w in _words(name[1])) and alike(words, [name[1]])[0] < RELATED


_OF_KINDS = re.compile(r"date|name|number|no|address|amount|code|id|type|time|rate|status")
"""Labels of which there are many kinds, each with a word of its own."""
_OF_ITSELF = re.compile(
    r"the|of|an?|on|this|invoice|bill|receipt|document|letter|order|purchase|statement|issued?|printed|today|s"
)
"""Words that say no more than that it is the date, number or name of the document."""


_LAST_CODE = re.compile(r"(?<=[^\W\d]{3} )(?=\S*\d)(?=\S*[A-Z])[A-Z0-9][A-Z0-9./-]{4,}$")
"""A code that a line ends with, behind a word."""


def _words(text_: str) -> list[str]:
    return re.findall(r"\w+", text_.casefold())


def _head(text_: str) -> str:
    """What a line says before its value: up to a colon, or to the first thing that is a value."""
    before = re.split(r"\s*[:=]\s+", text_)[0]
    first = next((v.span[0] for v in values_in(before) if v.kind not in ("code", "url")), len(before))
    if (code := _LAST_CODE.search(before)) is not None:
        first = min(first, code.start())  # "Serial HB-20391-K"
    return before[:first].strip(" -–:,") if first > 2 else before


def passages(scene: Scene, query: Query, kinds: frozenset[Kind], options: Sequence[str]) -> list[Reading]:
    """Values in the line of running text that is most like the question; with options, those that stand in it."""
    lines = [p for p in scene.lines if len(p.text.split()) > 3 and len(pair_spans(p.text)) == 1]
    named = [s.text for s in query.spans if s.role in ("NAME", "VALUE")]
    found: list[Reading] = []
    for line, like in zip(lines, alike(query.question, [p.text for p in lines]), strict=True):
        if like < PASSAGE or any(plain(n) not in plain(line.text) for n in named):
            continue
        if options:
            told = [
                o
                for o in options
                if any(p.line_box == line.box and p.score >= 0.85 for p in scene.named(o))
                and (plain(o) in plain(line.text) or not re.search(r"\d", o))  # "35 ml" is not "35 °C"
                and not re.search(
                    rf"(?:%.*\bon|\bout of)\s+{re.escape(o)}", line.text
                )  # "15% on $ 112.90": the base
            ]
        else:
            told = (
                [
                    v.text
                    for v in values_in(line.text)
                    if v.kind in kinds and not (v.kind == "number" and "duration" in kinds)
                ]
                if kinds and "text" not in kinds
                else []
            )
        if len(set(told)) == 1:
            found.append(Reading(told[0], line, min(0.9, 0.2 + like), f'in "{line.text}"', (line,)))
    return found


RELATED = 0.45
"""Likeness of a name to what is asked for below which it is the name of something else."""


def of_range(reading: Reading, question: str) -> Reading:
    """The end of a range of dates where it is asked until when, its beginning where from when."""
    dates = [v.text for v in values_in(reading.text) if v.kind == "date"]
    if len(dates) != 2:
        return reading
    if re.search(
        r"\b(?:until|till|expires?|ends?|by) when\b|\bwhen\b.*\b(?:until|expires?|ends?|over)\b",
        question,
        re.I,
    ):
        return replace(reading, text=dates[1])
    if re.search(r"\b(?:from|since) when\b|\bwhen\b.*\b(?:from|starts?|begins?)\b", question, re.I):
        return replace(reading, text=dates[0])
    return reading


NEAREST = 0.08
"""Likeness by which a label may be behind the one that is most like what is asked for."""
PASSAGE = 0.5
"""Likeness of a line of running text to a question from which it may hold the answer."""


def other_row(scene: Scene, query: Query, reading: Reading) -> bool:
    """Whether what a value is asked of ("the pressure in the spare") is a label of its own somewhere else, or stands
    nowhere where it has two words and more ("the wheel alignment"). Only of questions without names."""
    if any(s.role in ("NAME", "VALUE") for s in query.spans):
        return False
    used = plain(" ".join([reading.text, reading.why, *(p.text for p in reading.used)]))
    for before, span in pairwise((None, *query.spans)):
        words = [w for w in plain(span.text).split() if len(w) > 2] if span is not None else []
        if span is None or span.role != "NOUN" or not words or any(w.rstrip("s") in used for w in words):
            continue
        of = before is not None and before.role == "REL"
        there = [p for p in scene.named(span.text) if p.is_whole and p.score >= 0.9] if of else []
        lines = plain(" ".join(p.text for p in scene.lines))
        if there or (len(words) > 1 and scene.whole and words[-1].rstrip("s") not in lines):
            return True
    return False
