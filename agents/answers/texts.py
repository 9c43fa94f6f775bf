"""What an element says, or is called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ...memory.typed import plain
from ..reader.query import Query
from .lookup import MOST_PLACES, value_of
from .plan import EVERYTHING, looks_of
from .resolve import direction_of, in_part, resolve
from .scene import Scene
from .tables import address_of, cell_at
from .values import Reading, beside
from .verdict import Verdict, refused, said

__all__ = ["text"]

_TITLE = re.compile(r"\b(?:title|heading|headline|header|caption)\b", re.I)
_WHOLE = re.compile(
    r"\b(?:page|site|website|app\w*|program\w*|software|tool|window|screen|dialog|company|firm|business|shop|store|brand|"
    r"product|restaurant|caf[eé]|hotel|bank|school|university|hospital|clinic|practice|organi[sz]ation|institution|"
    r"document|form|report|paper|article|letter|certificate|event|festival|course|project|dashboard|magazine|newspaper)\b",
    re.I,
)
"""What a whole page is or is of, whose name is its largest text."""


def text(scene: Scene, query: Query, options: Sequence[str]) -> Verdict:
    """What an element says, or what it is called."""
    direction = direction_of(" ".join(s.text for s in query.spans if s.role == "REL"))
    if (address := address_of(query)) and address[0] and not address[1]:
        return cell_at(scene, *address)
    of_a_widget = any(looks_of(w).kind for w in query.wanted)
    if query.ask and not of_a_widget and (got := value_of(scene, query, frozenset())).candidates:
        return got
    things = [p for w in query.wanted for p in resolve(scene, w)]
    held = []
    for place in things[:MOST_PLACES]:
        inside = (
            [p for p in scene.inside(place.box, place.page) if plain(p.text) != plain(place.text)]
            if place.kind
            else []
        )
        if inside:
            words = " ".join(p.text for p in inside)
            held.append(Reading(words, place, place.score * 0.85, f"in the {place.kind}", (place,)))
        for reading in beside(scene, place, frozenset(), direction)[:2] if direction else ():
            held.append(replace(reading, score=reading.score * 0.9))
    if held:
        return said(held, "")
    if not scene.whole:
        return refused("The page has to be read.", EVERYTHING)
    if query.ask and not query.wanted and (got := value_of(scene, query, frozenset())).candidates:
        return got
    named = re.search(r"\bname\b", query.question, re.I) and _WHOLE.search(query.question)
    if named or _TITLE.search(query.ask) or any(_TITLE.search(w.noun) for w in query.wanted):
        lines = [p for p in scene.lines if re.search(r"[^\W\d]{2}", p.text) and p.box.width > p.height]
        big = sorted(in_part(lines, "", scene.size_wh), key=lambda p: -p.height)[:2]
        if big and (len(big) == 1 or big[0].height >= 1.25 * big[1].height):
            return said([Reading(big[0].text, big[0], 0.7 * big[0].score, "the largest text", (big[0],))], "")
    nouns = " ".join(w.noun for w in query.wanted)
    if re.search(r"error|warning|alert|message|notification|banner", nouns, re.I):
        told = [
            p
            for p in scene.lines
            if re.search(
                r"\b(?:error|invalid|failed|warning|required|incorrect|unable|denied|cannot|could not|must)\b",
                p.text,
                re.I,
            )
        ]
        if len(told) == 1:
            return said(
                [Reading(told[0].text, told[0], 0.7, "the only line that reads like it", (told[0],))], ""
            )
    lone = [p for p in scene.lines if len(p.text) > 3]
    if len(lone) == 1:
        return said([Reading(lone[0].text, lone[0], 0.9 * lone[0].score, "the only text", (lone[0],))], "")
    return refused("Which text is meant is not clear.")
