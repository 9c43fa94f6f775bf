"""Where an event takes place, as a sentence of the page says it: "Dinner at the Old Mill" answers "where is the
dinner?", which no place on the page does."""

from __future__ import annotations

import re

from ...memory.typed import plain
from ..reader.query import Query
from .scene import Place, Scene, part_box
from .values import Reading
from .verdict import Verdict

__all__ = ["venue"]

_EVENT = (
    r"(?:dinner|lunch|breakfast|supper|reception|party|meeting|meet-?up|workshop|talk|lecture|seminar|conference|"
    r"course|class|lesson|exam|test|ceremony|wedding|funeral|service|appointment|rehearsal|concert|show|performance|"
    r"match|game|race|training|practice|excursion|tour|hike|picnic|barbecue|bbq|event|session|interview|"
    r"celebration|festival|fair|market|exhibition|opening|ball|gala|hearing|trial)"
)
_WHERE = re.compile(
    rf"^\W*(?:so,? |and )?where(?:abouts)?(?:['’]s| is| are| was| were| will| does| do| did)?\s+(?:the|our|my|this|"
    rf"that|an?)?\s*(?P<thing>(?:[\w-]+ )?{_EVENT}s?)(?:\s+(?:be|been|being|taking place|take place|held|happening|"
    r"happen|going to be|on|this year|tonight|today|tomorrow))*\W*$",
    re.I,
)
_WHO = re.compile(
    r"^\W*[Ww]here(?:['’]s| is| are)\s+(?P<thing>[^\W\d_a-z][\w'’-]+(?: [^\W\d_a-z][\w'’-]+)?)(?: now| today)?\W*$"
)
"""Asks for somebody by name."""
_IS = r"\s+(?:is|are|will be|works|lives|sits|stays|is staying|is working)(?: now| currently| still)?\s+(?:at|in)\s+"
_IS_LABEL = re.compile(
    r"\b(?:button|tab|link|icon|menu|heading|title|column|word|page|screen|picture)\b", re.I
)
_AT = (
    r"(?:\s+(?:is|are|was|will be|takes place|take place|is held|will be held|will take place|held|on \w+day|tonight|"
    r"today|tomorrow))*\s*[:,–—-]?\s*\b(?:at|in|@)\s+"
)
_PLACE = r"(?:the |our |an? )?(?P<place>[^\W\d_][^,;:.!?()–—|]*?)"
_END = (
    r"(?=\s*(?:[,;:!?()|]|[–—]|\.(?:\s|$)|\s(?:on|from|at|until|till|by|for|with|and|after|before|starting)"
    r"\b|\s-\s|$))"
)
_TIME = re.compile(
    r"^(?:the )?(?:\d|noon|midnight|morning|afternoon|evening|night|spring|summer|autumn|fall|winter|january|february|"
    r"march|april|may|june|july|august|september|october|november|december|(?:mon|tues|wednes|thurs|fri|satur|sun)day|"
    r"end|beginning|start|time|(?:one|two|three|a few|an?) (?:hour|day|week|month|minute)s?|advance|english|person|"
    r"case|least|once|first|last|most|half|quarter|pdf)\b",
    re.I,
)
"""What "at" and "in" stand before that is no place."""
_SURE = 0.85


def venue(scene: Scene, query: Query) -> Verdict | None:
    """The words that a sentence gives for the place of an event; None where none is asked for, or the event is a label
    of the page that one can point at."""
    asked = _WHERE.match(query.question)
    who = _WHO.match(query.question) if asked is None else None
    if who is not None:
        name = plain(who["thing"])
        found = _told(scene, re.compile(rf"\b{re.escape(name)}{_IS}{_PLACE}{_END}", re.I))
        return (
            Verdict(found[:1], found[0].why, final=True) if len({plain(r.text) for r in found}) == 1 else None
        )
    if asked is None or _IS_LABEL.search(query.question):
        return None
    name = re.sub(r"s$", "", plain(asked["thing"]))
    stands = [p for p in scene.lines if re.search(rf"\b{re.escape(name)}", plain(p.text))]
    if not stands or all(plain(p.text).rstrip("s:") == name for p in stands):
        return None
    found = _told(scene, re.compile(rf"\b{re.escape(name)}s?\b{_AT}{_PLACE}{_END}", re.I))
    if len({plain(r.text) for r in found}) != 1:
        return Verdict(
            (), f"Where the {name} is stands in no sentence of its own, or in several.", final=bool(found)
        )
    return Verdict(found[:1], found[0].why, final=True)


def _told(scene: Scene, pattern: re.Pattern[str]) -> tuple[Reading, ...]:
    """The places that lines of the page say so."""
    found = []
    for line in scene.lines:
        for m in pattern.finditer(line.text):
            if _TIME.match(m["place"]) or (m.end("place") == len(line.text) and _may_go_on(scene, line)):
                continue
            span = m.span("place")
            box = part_box(line.box, line.text, span)
            place = Place(box, line.page, m["place"], line.score, line.text, line.box, span)
            found.append(Reading(place.text, place, _SURE * min(1.0, line.score), f'"{line.text}"', (place,)))
    return tuple(found)


def _may_go_on(scene: Scene, line: Place) -> bool:
    """Whether a line may end within words that the next one goes on with: it is about as long as those around it."""
    around = [
        p
        for p in scene.lines
        if p.page == line.page
        and abs(p.box.x - line.box.x) < line.height
        and abs(p.box.center[1] - line.box.center[1]) < 2.2 * line.height
    ]
    follows = any(p.box.center[1] > line.box.center[1] + 0.5 * line.height for p in around)
    return follows and line.box.width > 0.85 * max(p.box.width for p in around)
