"""Boxes of printed forms: which one is ticked, and whether one is. Told from the pixels inside (`seal.memory.layout`),
where no localizer has seen check boxes: those of screens are its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from ...memory.geometry import Box
from ...memory.layout import Mark
from ...memory.typed import plain, same_value
from ..reader.query import Query
from .boxes import are_some
from .plan import EVERYTHING, SWITCHED, chain
from .scene import Place, Scene, rows_share
from .stated import LEFT_OFF
from .values import Reading
from .verdict import Verdict, no, refused, said, yes

__all__ = ["ticked"]

_TICKED = re.compile(
    r"\b(?:un)?(?:tick|check|cross|mark|select|fill|choos|chos|circl|declar)\w*\b|\bx(?:'|’)?ed\b|\bapplies\b|"
    r"\bpicked\b",
    re.I,
)
_KINDS = ("which", "state", "value", "text", "presence", "colour", "list")
_OF_OPTIONS = (*_KINDS, "side", "other")
"""Kinds of question that boxes may answer; those that they may where the options are their labels."""
_OF_TASKS = re.compile(r"\b(?:overdue|late|urgent|assigned)\b", re.I)
"""What of things to do is asked for, whose boxes say that they are done."""
_BELOW = 4.0
"""How far below its name, in heights of it, the boxes of a question stand."""
_APART = 3.0
"""Gap between a label and the next box, in sides of the box, from which that belongs to another question, where most
gaps are narrower."""
_OFFERED = re.compile(r"[:,]?\s*(?P<all>[\w' -]+(?:,\s*[\w' -]+)*,?\s+or\s+[\w' -]+?)\W*$", re.I)
"""Alternatives at the end of a question."""
_SHORT = 3
"""Words of an alternative, at most; what is longer is the question before it."""
_LEADING = re.compile(r"^(?:by|to|as|for|in|with|a|an|the)\s+", re.I)
_YES_NO = frozenset(("yes", "no", "ja", "nein", "y", "n", "oui", "non", "sí", "si"))


def ticked(scene: Scene, query: Query, options: Sequence[str]) -> Verdict | None:
    """What the boxes of a form say to a question; None where it is not about them, or that is not clear."""
    asked = _TICKED.search(query.question) is not None
    either = len(options) > 1 or re.search(r"\bor\b", query.question) is not None
    if query.kind not in (_OF_OPTIONS if options else _KINDS) or not (asked or either):
        return None
    if not asked and _OF_TASKS.search(query.question):
        return None
    whether = re.match(r"\W*(?:is|are|was|were|has|have|does|did)\b", query.question, re.I) is not None
    if any(scene.seen(k) for k in SWITCHED) and (whether or not _are_printed(scene)):
        return None
    if asked and not scene.whole:
        return refused("The page has to be read.", EVERYTHING)
    marks = [m for m in scene.marks if m.label and m.on is not None]
    if len(marks) < 2:
        return None
    polar = {plain(o) for o in options} <= _YES_NO
    if options and not (polar and whether and asked):
        return _of_options(scene, marks, options, _is_off(query.question, *options))
    if not asked:
        return None
    if not whether and (offered := _OFFERED.search(query.question)) is not None:
        words = [_LEADING.sub("", w.strip()) for w in re.split(r",|\bor\b", offered["all"]) if w.strip()]
        short = [plain(w) for w in words if len(w.split()) <= _SHORT]
        if any(w in plain(m.label) for w in short for m in marks):
            return _of_words(scene, marks, short, _is_off(query.question))
    for name in _names(query):
        mine = [m for m in marks if _says(m, name)] or [m for m in marks if _begins(m, name)]
        if whether and len(mine) != 1:
            continue
        if whether:
            told = yes if mine[0].on != _is_off(query.question, name) else no
            return told(0.82, f'the box of "{mine[0].label}"', _place(mine[0], scene))
        group = _under(scene, marks, name)
        on = [m for m in group if m.on != _is_off(query.question, name)]
        if len(group) > 1 and len(on) == 1:
            return said([_reading(on[0], scene, f'the box that is so under "{name}"')], "")
        if len(group) > 1 and len(on) > 1:
            text = ", ".join(m.label for m in on)
            places = tuple(_place(m, scene) for m in on)
            return said([Reading(text, places[0], 0.75, f'the boxes that are so under "{name}"', places)], "")
    if (
        query.kind in ("which", "list")
        and re.search(r"\bboxes\b", query.question, re.I)
        and not are_some(query)
    ):
        return _all(scene, _is_off(query.question))
    return None


def _all(scene: Scene, off: bool) -> Verdict | None:
    """Every box of the page that is marked, or is not; None where one has no label of its own, or is no such box."""
    marks = scene.marks
    labels = [plain(m.label) for m in marks]
    sides = [m.box.width for m in marks]
    if any(m.on is None or not label for m, label in zip(marks, labels, strict=True)):
        return None
    if len(set(labels)) < len(labels) or max(sides) > 1.3 * min(sides):
        return None
    so = [m for m in marks if m.on != off]
    if not so:
        return None
    places = tuple(_place(m, scene) for m in so)
    why = f"{len(so)} of the {len(marks)} boxes of the page"
    return said([Reading(", ".join(m.label for m in so), places[0], 0.75, why, places)], "")


def _of_options(scene: Scene, marks: Sequence[Mark], options: Sequence[str], off: bool) -> Verdict | None:
    """Of options that stand beside boxes, close to each other, the one whose box is marked, or is not."""
    held = {o: _called(marks, o) for o in options}
    named = {o: ms[0] for o, ms in held.items() if len(ms) == 1}
    if len(named) < 2 or len(named) < len(options) - 1 or {plain(o) for o in named} <= _YES_NO:
        return None
    sides = [m.box.width for m in named.values()]
    if max(sides) > 1.3 * min(sides):
        return None
    on = [(o, m) for o, m in named.items() if m.on != off]
    spread = max(m.box.y for m in named.values()) - min(m.box.y for m in named.values())
    if len(on) != 1 or spread > 14 * on[0][1].box.height:
        return None
    option, mark = on[0]
    reading = Reading(option, _place(mark, scene), 0.88, f"the one of {len(named)} boxes that is so", ())
    return said([reading], "")


def _are_printed(scene: Scene) -> bool:
    """Whether all that was seen to be on or off are boxes of print, which their pixels tell better."""
    if any(scene.seen(k) for k in SWITCHED if k != "checkbox"):
        return False
    boxes = [m.box for m in scene.marks if m.on is not None]
    return all(any(b.iou(seen.box) >= 0.5 for b in boxes) for seen in scene.seen("checkbox"))


def _called(marks: Sequence[Mark], option: str) -> list[Mark]:
    """The boxes with the label that an option says, or with one that begins with it; "by air" is "air"."""
    bare = _LEADING.sub("", option)
    return [m for m in marks if _says(m, option)] or [m for m in marks if _says(m, bare) or _begins(m, bare)]


def _of_words(scene: Scene, marks: Sequence[Mark], words: Sequence[str], off: bool) -> Verdict | None:
    """Of boxes whose labels hold one of several words each, the only one that is marked, or is not."""
    named = []
    for word in words:
        exact = [m for m in marks if re.search(rf"\b{re.escape(plain(word))}\b", plain(m.label))]
        mine = exact or [m for m in marks if re.search(rf"\b{re.escape(plain(word))}", plain(m.label))]
        if len(mine) != 1 or mine[0] in named:
            return None
        named += mine
    on = [m for m in named if m.on != off]
    if len(named) < 2 or len(on) != 1:
        return None
    return said([_reading(on[0], scene, f"the one of {len(named)} boxes that is so")], "")


def _is_off(question: str, *names: str) -> bool:
    """Whether a question asks for what is not marked, whatever the names in it say."""
    for name in names:
        question = re.sub(re.escape(name), " ", question, flags=re.I)
    return LEFT_OFF.search(question) is not None


def _names(query: Query) -> list[str]:
    """What the question is about: names and nouns, the longest first."""
    told = [
        query.ask,
        query.value,
        *(t for w in query.wanted for thing in chain(w) for t in (thing.name, thing.noun)),
    ]
    return sorted(
        dict.fromkeys(t for t in told if len(t) > 2 and not _TICKED.fullmatch(t)), key=len, reverse=True
    )


def _says(mark: Mark, name: str) -> bool:
    bare = re.sub(r"[\s()\[\]]", "", plain(name))
    return same_value(mark.label, name) or re.sub(r"[\s()\[\]]", "", plain(mark.label)) == bare


def _begins(mark: Mark, name: str) -> bool:
    return len(name.split()) > 1 and plain(mark.label).startswith(plain(name))


def _under(scene: Scene, marks: Sequence[Mark], name: str) -> list[Mark]:
    """The boxes of the row that follows a name, on its line or below it."""
    for place in scene.named(name):
        if place.score < 0.85 or place.page != scene.memory.image.page:
            continue
        box = place.line_box or place.box
        right = [
            m for m in marks if rows_share(m.box, box) >= 0.4 and m.box.x > place.box.x + place.box.width
        ]
        below = [m for m in marks if 0 < m.box.center[1] - box.center[1] < _BELOW * box.height]
        first = min((m.box.y for m in below), default=0.0)
        row = [m for m in below if abs(m.box.y - first) < 0.8 * m.box.height]
        for group in (_nearest_group(right, place), _nearest_group(row, place)):
            if len(group) > 1 and len({plain(m.label) for m in group}) == len(group):
                return group
    return []


def _nearest_group(row: Sequence[Mark], place: Place) -> list[Mark]:
    """Of the boxes of a row those that belong together, by the gaps between them, and stand nearest to a name."""
    ordered = sorted(row, key=lambda m: m.box.x)
    gaps = [b.box.x - max(_end(a.box), _end(a.label_box or a.box)) for a, b in pairwise(ordered)]
    usual = median(gaps) if gaps else 0.0
    groups = [ordered[:1]] if ordered else []
    for mark, gap in zip(ordered[1:], gaps, strict=True):
        if gap > max(_APART * mark.box.width, 2 * usual):
            groups.append([mark])
        else:
            groups[-1].append(mark)
    return min(groups, key=lambda g: abs(g[0].box.x - place.box.x), default=[])


def _end(box: Box) -> float:
    return box.x + box.width


def _place(mark: Mark, scene: Scene) -> Place:
    return Place(mark.box, scene.memory.image.page, mark.label, 0.95)


def _reading(mark: Mark, scene: Scene, why: str) -> Reading:
    return Reading(mark.label, _place(mark, scene), 0.82, why, ())
