"""Check boxes and switches, by their labels: lists of those that are off, all of them or none where one is not sure;
and whether the one is on that a question names among other things, where its options say "ticked"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ..reader.query import Query
from .chosen import in_order, label_of
from .extracted import of_boxes
from .looks import judged, state_of
from .offered import bare_polar
from .parts import panel_named, panels_around
from .plan import SWITCHED, chain, on_phrase
from .scene import Place, Scene
from .stated import LEFT_OFF, NEGATIVE
from .values import Reading
from .verdict import Verdict, no, refused, said, yes

__all__ = ["are_some", "left_off", "of_options", "unseen"]

_BOXES = re.compile(
    r"\b(?:which|what|list|name)\b(?: \w+){0,3}? (?P<noun>(?:(?:check|tick)[ -]?)?box(?:es)?|options?|settings?|"
    r"switch(?:es)?|toggles?)\b",
    re.I,
)
_TICKED = re.compile(r"\b(?:ticked|checked|crossed|marked|selected|switched on|turned on)\b", re.I)
_KINDS = (("checkbox", "box"), ("switch", "switch|toggle"))
"""Widgets, and what is said of those of the kind alone."""
_LEAST = 0.45
"""How sure each of the boxes has to be."""


def left_off(scene: Scene, query: Query, options: Sequence[str]) -> Verdict | None:
    """The labels of the boxes that are off; None where they are not asked for, or none was seen."""
    asked = _BOXES.search(query.question)
    off = LEFT_OFF.search(query.question)
    if query.kind not in ("which", "list") or asked is None or off is None:
        return None
    if are_some(query):
        return _final(refused("Which of the boxes belong to what is named was not seen."))
    if re.search(r"empty|blank", off[0], re.I) and (scene.seen("input") or scene.fields):
        return None  # boxes to write in
    seen = [(p, kind) for kind in SWITCHED[:2] for p in scene.seen(kind)]
    if only := next((k for k, words in _KINDS if re.search(words, asked["noun"], re.I)), ""):
        seen = [(p, kind) for p, kind in seen if kind == only]
    if panel := panel_named(query.question):
        seen = [s for s in seen if panels_around(scene, s[0], panel)] or seen
    if not seen or not scene.whole:
        return None
    found = [(judged(scene, p, kind, 1.0), label_of(scene, p, kind)) for p, kind in seen]
    if not all(label for _, label in found) or len({label for _, label in found}) < len(found):
        return _final(refused("Some of the boxes have no label of their own."))
    unsure = [label for (_, sure, _, _), label in found if sure < _LEAST]
    if unsure or not any(scene.seen(on_phrase(kind)) for _, kind in seen):
        return _final(refused(f'Whether "{(unsure or [found[0][1]])[0]}" is on is not clear.'))
    labels = {told[3].box: label for told, label in found if not told[0]}
    places = in_order([told[3] for told, _ in found if not told[0]])
    if not places:
        return _final(refused("None of the boxes that were seen is off."))
    names = [labels[p.box] for p in places]
    sure = 0.85 * min(p.score for p in places)
    why = f"{len(names)} of {len(found)} are off"
    if options or (len(names) > 1 and not asked["noun"].casefold().endswith("s")):
        return said([_reading(n, p, sure, why) for n, p in zip(names, places, strict=True)], "")
    return _final(said([Reading(", ".join(names), places[0], sure, why, tuple(places))], ""))


def are_some(query: Query) -> bool:
    """Whether only some boxes are asked about: those of a section, or beside something, other than a whole panel."""
    things = [t for w in query.wanted for t in chain(w)]
    held = [t for t in things[1:] if t.noun and not panel_named(f"in the {t.noun}")]
    return bool(held) or any(t.name or t.order or t.place for t in things)


def of_options(scene: Scene, query: Query) -> Verdict | None:
    """Whether the only thing of the question that has a box is ticked, where the options say "yes, ticked" and "no"."""
    said_as = bare_polar(scene.memory.options or ())[1]
    if not said_as or not _TICKED.search(said_as["yes"]) or NEGATIVE.search(said_as["yes"]):
        return None
    told = [t for w in query.wanted if w.words and (t := state_of(scene, replace(w, state=""))) is not None]
    if len({t[3].box for t in told}) != 1 or told[0][3].kind not in SWITCHED:
        return None
    on, sure, why, place = told[0]
    return (yes if on else no)(sure, why, place)


def unseen(scene: Scene, query: Query) -> Verdict | None:
    """The refusal to tell from a name on the page whether its box is ticked."""
    if query.kind != "presence" or not of_boxes(scene.memory.options or ()):
        return None
    return _final(refused("No box was seen for it; that its name stands there tells no state."))


def _reading(name: str, place: Place, sure: float, why: str) -> Reading:
    return Reading(name, place, sure, why, (place,))


def _final(verdict: Verdict) -> Verdict:
    return Verdict(verdict.candidates, verdict.reason, verdict.more, final=True)
