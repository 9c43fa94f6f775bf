"""A question in the spelling of its page: names in quotes, times and days as they are written there.

- "half past two", "1:45 pm", "2.30" are what the page writes as "14:30", "13:45", "14:30"; "14th of May" is its
  "14 May". Where the page has the words of the question too, nothing is changed; what it has not, or twice, is written
  in digits.
- The longest line of the page that stands in a question word for word is a name: no reading of the question alone knows
  where "Laravel 5 Tutorial: MVC" ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...memory.listed import listed
from ...memory.typed import plain, values_in
from .scene import Scene

__all__ = ["WEEKDAY", "quoted", "respelled"]

SURELY_A_NAME = 3
"""Words of a line of the page that stand in a question, from which they are a name, whatever else they could mean."""
_QUOTES = re.compile(r"[\"“”«»‘]")
_HOURS = listed("one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve")
_HOUR = rf"(?P<hour>1[0-2]|[1-9]|{'|'.join(_HOURS)})(?![\w.:])"
_PAST = {"five": 5, "ten": 10, "quarter": 15, "twenty": 20, "twenty-five": 25, "half": 30}
_SPOKEN = re.compile(
    rf"\b(?:(?:a )?(?P<part>{'|'.join(_PAST)}|\d{{1,2}})(?: minutes)? (?P<side>past|to) {_HOUR}|"
    rf"{_HOUR.replace('hour', 'full')} ?o['’]?clock|(?P<noon>noon|midday|midnight))\b",
    re.I,
)
_POINTED = re.compile(r"(?<=\bat )(?P<h>[01]?\d|2[0-4])[.h](?P<m>[0-5]\d)\b(?!\s*[€$£%]|[.,]\d)", re.I)
_ALONE = re.compile(r"(?P<h>[01]?\d|2[0-4])[.h](?P<m>[0-5]\d)(?:\s*(?:h|uhr))?", re.I)
_DAYTIME = re.compile(
    r"\s*(?:(?P<am>a\.?m\b\.?|in the morning)|(?P<pm>p\.?m\b\.?|in the (?:afternoon|evening)|at night))", re.I
)
WEEKDAY = re.compile(
    r"\b(mon|tue|wed|thu|fri|sat|sun)(?:day|s|sday|nes|nesday|r|rs|rsday|ur|urday)?\b(?=\W|$)", re.I
)
_HALF, _DAY = 720, 1440
"""Minutes of half a day, and of a day."""


def quoted(scene: Scene, question: str) -> tuple[str, bool]:
    """A question with the longest line of the page that stands in it word for word in quotes, as names are read best,
    and whether that is surely a name; "" where no line stands in it.
    """
    if _QUOTES.search(question):
        return "", False
    folded, best = question.casefold(), (0, 0)
    for line in scene.lines:
        text = line.line.strip()
        if len(text.split()) < 2 or best[1] - best[0] >= len(text) or text.casefold() not in folded:
            continue
        if found := re.search(rf"(?<!\w){re.escape(text)}(?!\w)", question, re.I):
            best = found.span()
    start, end = best
    if not end or end - start >= 0.7 * len(question):
        return "", False
    name = question[start:end]
    return f'{question[:start]}"{name}"{question[end:]}', len(re.findall(r"\w+", name)) >= SURELY_A_NAME


def respelled(scene: Scene, question: str) -> str:
    """A question with its times and days as the page writes them."""
    if _QUOTES.search(question):
        return question
    for said, spelling in (*_times(scene, question), *_days(scene, question), *_weekdays(scene, question)):
        question = question.replace(said, spelling, 1)
    return question


def _times(scene: Scene, question: str) -> Iterator[tuple[str, str]]:
    """Times as a question says them, and as the page does."""
    asked = list(_asked(question))
    written = dict(_written(scene)) if asked else {}
    for said, minutes in asked:
        if any(plain(said) in plain(p.text) for p in scene.lines):
            continue
        fit = {m: text for text, m in reversed(written.items()) if m in minutes}
        if len(fit) == 1:
            yield said, next(iter(fit.values()))
        elif not re.search(r"\d\W?\d", said):
            yield said, f"{min(minutes) // 60}:{min(minutes) % 60:02}"  # no "three" of another name


def _written(scene: Scene) -> Iterator[tuple[str, int]]:
    """The times of the page, as they are written, and the minutes since midnight."""
    for line in scene.lines:
        if whole := _ALONE.fullmatch(line.text):
            yield line.text, 60 * int(whole["h"]) + int(whole["m"])
        for value in values_in(line.text):
            if value.kind == "time":
                clock = next(r for r in value.readings if isinstance(r, tuple))
                yield value.text, (60 * clock[1] + clock[2]) % _DAY


def _asked(question: str) -> Iterator[tuple[str, frozenset[int]]]:
    """The times of a question: its words, and the minutes since midnight that they may mean."""
    for value in values_in(question):
        if value.kind == "time":
            clock = next(r for r in value.readings if isinstance(r, tuple))
            told = re.search(r"[ap]\.?m\b", value.text, re.I) is not None
            yield from _meant(question, value.span, 60 * clock[1] + clock[2], told)
    for found in (*_SPOKEN.finditer(question), *_POINTED.finditer(question)):
        if found.re is _POINTED:
            yield from _meant(question, found.span(), 60 * int(found["h"]) + int(found["m"]))
        elif found["noon"]:
            yield found[0], frozenset((0 if found["noon"].casefold() == "midnight" else _HALF,))
        else:
            hour = 60 * _number(found["hour"] or found["full"])
            part = found["part"] and (_PAST.get(found["part"].casefold()) or int(found["part"]))
            minutes = hour + (part or 0) * (-1 if (found["side"] or "").casefold() == "to" else 1)
            yield from _meant(question, found.span(), minutes)


def _meant(
    question: str, span: tuple[int, int], minutes: int, told: bool = False
) -> Iterator[tuple[str, frozenset[int]]]:
    """One time, with the words behind it that say which half of the day is meant. told: whether its own say so."""
    start, end = span
    half = None if told else _DAYTIME.match(question, end)
    either = {minutes % _DAY} if told or minutes >= _HALF + 60 else {minutes % _HALF, minutes % _HALF + _HALF}
    if half is not None:
        either = {m for m in either if (m < _HALF) == (half["am"] is not None)}
        end = half.end()
    yield question[start:end].strip(), frozenset(either)


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _HOURS.index(word.casefold()) + 1


def _weekdays(scene: Scene, question: str) -> Iterator[tuple[str, str]]:
    """Days of the week as a question says them, and as the one line of the page that begins with it does."""
    for said in WEEKDAY.finditer(question):
        if any(re.search(rf"\b{said[0]}\b", p.text, re.I) for p in scene.lines):
            continue
        begun = [m for p in scene.lines if (m := WEEKDAY.match(p.text))]
        same = [m[0] for m in begun if m[1].casefold() == said[1].casefold()]
        if len(same) == 1:
            yield said[0], same[0]


def _days(scene: Scene, question: str) -> Iterator[tuple[str, str]]:
    """Days as a question says them, and as the page does."""
    for value in (v for v in values_in(question) if v.kind == "date"):
        if any(plain(value.text) in plain(p.text) for p in scene.lines):
            continue
        there = [v for p in scene.lines for v in values_in(p.text) if v.kind == "date" and v.is_same(value)]
        if len({plain(v.text) for v in there}) == 1 and all(len(v.readings) == 1 for v in (value, *there)):
            yield value.text, there[0].text
