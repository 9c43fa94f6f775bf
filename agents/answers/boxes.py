"""Lists of the check boxes and switches that are off, each told by its label: all of them, or none where one is not
sure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..reader.query import Query
from .chosen import in_order, label_of
from .looks import judged
from .parts import panel_named, panels_around
from .plan import SWITCHED, on_phrase
from .scene import Place, Scene
from .values import Reading
from .verdict import Verdict, refused, said

__all__ = ["left_off"]

_DONE = r"(?:ticked|checked|crossed|marked|selected|switched on|turned on|on|enabled)"
_OFF = re.compile(
    rf"\bun-?(?:ticked|checked|crossed|marked|selected)\b|\bnot (?:been |yet )?{_DONE}\b|n[’']t (?:been )?{_DONE}\b|"
    r"\bempty\b|\bblank\b|\b(?:switched|turned) off\b|\boff\b|\bdisabled\b|\bwithout (?:a |any )?(?:tick|mark|cross)\b",
    re.I,
)
_BOXES = re.compile(
    r"\b(?:which|what|list|name|all)\b(?: \w+){0,3}? (?P<noun>(?:(?:check|tick)[ -]?)?box(?:es)?|options?|settings?|"
    r"switch(?:es)?|toggles?)\b",
    re.I,
)
_LEAST = 0.45
"""How sure each of the boxes has to be."""


def left_off(scene: Scene, query: Query, options: Sequence[str]) -> Verdict | None:
    """The labels of the boxes that are off; None where they are not asked for, or none was seen."""
    asked = _BOXES.search(query.question)
    if query.kind not in ("which", "list") or asked is None or not _OFF.search(query.question):
        return None
    seen = [(p, kind) for kind in SWITCHED[:2] for p in scene.seen(kind)]
    if re.search(r"box", asked["noun"], re.I):
        seen = [(p, kind) for p, kind in seen if kind == "checkbox"]
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


def _reading(name: str, place: Place, sure: float, why: str) -> Reading:
    return Reading(name, place, sure, why, (place,))


def _final(verdict: Verdict) -> Verdict:
    return Verdict(verdict.candidates, verdict.reason, verdict.more, final=True)
