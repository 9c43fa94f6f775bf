"""Questions about icons and widgets that are told by one another, or by how many of them are so.

- What the button with the trash icon says, which menu item has the bicycle icon, the number beside an icon.
- Whether any check box is ticked, or all of them; which of two icons is higher up.
- `spelled` gives things the names that pages and localizers have for them: "boxes" that are ticked are check boxes, "an
  icon of a phone" is a phone icon, and of "error code 512" the number stands in the table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ...memory.typed import plain
from ..nano.vocabulary import STATEFUL, parse
from ..reader.query import Query, Wanted
from .looks import judged
from .plan import chain, looks_of, on_phrase
from .resolve import direction_of, resolve
from .scene import Place, Scene, gaps, rows_share
from .stated import NEGATIVE
from .values import Reading, beside
from .verdict import Verdict, no, said, yes
from .wants import AMOUNTS

__all__ = ["pictured", "spelled"]

_BOX = re.compile(r"(?:(?P<label>.+) )?box(?:es)?", re.I)
_TICKED = re.compile(r"\b(?:un)?(?:check|tick|mark|cross)ed\b", re.I)
_OF = re.compile(r"of|for|showing|with|depicting", re.I)
_HOLDERS = ("button", "menu item", "tab", "card", "badge", "input")
"""Widgets with a text that an icon may stand in."""
_FARTHER = re.compile(
    r"\b(higher(?: up)?|lower(?: down)?|(?:further|farther|more)(?: to the)? (left|right|up|down))\b", re.I
)
_LOOKED = 0.75
"""How sure it is that none is so, or all are, where all that were seen say it: some may have been missed."""
_ROW, _UNDER = re.compile(r"row|line|entry|record", re.I), re.compile(r"\b(?:under|in|for|column)\b", re.I)
_CODE = re.compile(r"(?P<noun>[a-z]+(?: [a-z]+)*) (?P<code>\d[\w.-]*)")
_NUMBER = re.compile(r"\b(?:number|count|figure|many|digits?)\b", re.I)
NEAR = 2.5
"""Heights of an icon within which a text of its row belongs to it."""


def spelled(query: Query) -> Query:
    """The query with its things called as pages and localizers call them, and a cell asked for as the value it is."""
    wanted = tuple(_spelled(w, query) for w in query.wanted)
    first = wanted[0] if wanted else Wanted()
    if query.kind == "text" and len(wanted) == 1 and _ROW.fullmatch(first.noun) and first.name:
        cell = first.beside  # "what does the row X show under Y" asks for Y of X
        if cell is not None and cell.name and _UNDER.search(first.relation):
            row = replace(first, relation="", beside=None)
            return replace(query, kind="value", ask=cell.name, wanted=(row,))
    alone = len(wanted) == 2 and wanted[1] == Wanted(state=wanted[1].state)
    if query.kind == "state" and alone and not first.state:
        wanted = (replace(first, state=wanted[1].state),)  # "has the box beside X been ticked"
    return query if wanted == query.wanted else replace(query, wanted=wanted)


def _spelled(wanted: Wanted, query: Query) -> Wanted:
    if wanted.beside is not None:
        wanted = replace(wanted, beside=_spelled(wanted.beside, query))
    if wanted.state and not wanted.name and f'"{wanted.state}"' in query.question:
        wanted = replace(wanted, name=wanted.state, state="")  # in quotes it is a name, whatever it says
    if not wanted.noun and (
        code := _CODE.fullmatch(wanted.name)
    ):  # "error code 512": the number is on the page
        wanted = replace(wanted, noun=code["noun"], name=code["code"])
    box = _BOX.fullmatch(wanted.noun)
    if box and (ticked := _TICKED.search(query.question)) and query.kind != "value":
        name = wanted.name or box["label"] or ""
        noun = "checkboxes" if wanted.noun.casefold().endswith("es") else "checkbox"
        return replace(wanted, noun=noun, name=name, state=wanted.state or ticked[0])
    shown = wanted.beside
    if (
        query.kind != "icon"
        and re.fullmatch(r"icons?|symbols?", wanted.noun, re.I)
        and not wanted.name
        and shown is not None
        and _OF.fullmatch(wanted.relation)
        and (known := parse(f"{shown.words} icon")) is not None
        and known.kind == "icon"
    ):
        return replace(wanted, name=shown.name or shown.noun, relation=shown.relation, beside=shown.beside)
    return wanted


def pictured(scene: Scene, query: Query, options: Sequence[str]) -> Verdict | None:
    """What the icons and widgets of the memory tell; None where the question is no such one, or they tell nothing."""
    if query.kind in ("presence", "state") and (told := _any_or_all(scene, query)):
        return told
    if query.kind in ("compare", "side", "which") and (told := _farther(scene, query)):
        return told
    if query.kind == "icon" and options:
        return _offered_icon(scene, query, options)
    if query.kind in ("text", "which", "value", "count"):
        return _by_icon(scene, query)
    return None


def _any_or_all(scene: Scene, query: Query) -> Verdict | None:
    """Whether any, or every, check box of the page is ticked."""
    (wanted, *more) = query.wanted or (Wanted(),)
    looks, asked = looks_of(wanted), re.search(r"\b(any|all|every|each)\b", query.question, re.I)
    if (
        asked is None
        or more
        or looks.kind not in STATEFUL
        or looks.texts
        or wanted.beside
        or not wanted.state
    ):
        return None
    things = _apart([*scene.seen(looks.kind), *scene.seen(on_phrase(looks.kind))])
    if not things:
        return None
    off = NEGATIVE.search(wanted.state) is not None
    found = [judged(scene, thing, looks.kind, 1.0) for thing in things]
    so = [told for told in found if told[0] != off]
    is_any = asked[0].casefold() == "any"
    true = bool(so) if is_any else len(so) == len(found)
    rest_on = so if is_any and so else found if true or is_any else [t for t in found if t not in so]
    sure = max(t[1] for t in rest_on) if true == is_any else _LOOKED * min(t[1] for t in rest_on)
    why = f"Of {len(found)} times {looks.kind} {len(so)} are {wanted.state}."
    return (yes if true else no)(sure, why, *(t[3] for t in rest_on))


def _apart(places: Sequence[Place]) -> list[Place]:
    """The places, each thing once."""
    kept: list[Place] = []
    for place in places:
        if not any(k.page == place.page and k.box.iou(place.box) > 0.4 for k in kept):
            kept.append(place)
    return kept


def _farther(scene: Scene, query: Query) -> Verdict | None:
    """Which of two things that are seen is higher up, or further left."""
    way = _FARTHER.search(query.question)
    things = [w for w in query.wanted if looks_of(w).phrase]
    named = any(looks_of(thing).texts for thing in things)  # whose value may be the higher one
    if way is None or len(things) != 2 or (named and way[1].casefold() in ("higher", "lower")):
        return None
    if re.match(r"\W*(?:is|are|does|do)\b", query.question, re.I):
        return None
    found = [resolve(scene, thing) for thing in things]
    if not all(found):
        return None
    a, b = found[0][0], found[1][0]
    word = (way[2] or way[1]).casefold()
    axis, turned = int(word not in ("left", "right")), word in ("right", "lower", "lower down", "down")
    apart = (b.box.center[axis] - a.box.center[axis]) * (-1 if turned else 1)
    if a.page != b.page or abs(apart) < 0.5 * min(a.box.size_wh[axis], b.box.size_wh[axis]):
        return None
    thing, place, other = (things[0], a, b) if apart > 0 else (things[1], b, a)
    words = " ".join(part for part in (thing.name, thing.noun) if part)
    return said([Reading(words, place, a.score * b.score, f"It is {way[0]}.", (other,))], "")


def _offered_icon(scene: Scene, query: Query, options: Sequence[str]) -> Verdict | None:
    """Which of the icons that are offered stands nearest to a text; None where none of them was seen near it."""
    named = [w.beside or w for w in query.wanted if w.beside is not None or not looks_of(w).icon]
    labels = [p for w in named for p in resolve(scene, w)][:1]
    way = direction_of(" ".join([query.relation, *(w.relation for w in query.wanted)]))
    near = [
        (sum(gaps(label.box, seen.box)) / label.height, option, seen, label)
        for label in labels
        for option in options
        for seen in scene.seen(f"{option} icon")
        if seen.page == label.page and _lies(way, label, seen)
    ]
    if not near or min(near)[0] > 2 * NEAR:
        return None
    away, option, seen, label = min(near, key=lambda n: n[0])
    rival = min((n[0] for n in near if n[1] != option), default=99.0)
    if rival < 1.5 * away + 0.5:
        return None
    sure = min(0.9, 0.6 + 0.4 * seen.score)
    return said([Reading(option, seen, sure, f'the icon beside "{label.text}"', (seen, label))], "")


def _lies(way: str, label: Place, seen: Place) -> bool:
    """Whether a thing lies to a label as is said, however near; so does every one where nothing is said."""
    (x, y), (at_x, at_y) = label.box.center, seen.box.center
    return {"left": at_x < x, "right": at_x > x, "above": at_y < y, "below": at_y > y}.get(way, True)


def _by_icon(scene: Scene, query: Query) -> Verdict | None:
    """What stands in the widget with an icon, or on its row; where a number is asked for, that beside it."""
    things = [t for w in query.wanted for t in chain(w)]
    icons = [t for t in things if looks_of(t).phrase.endswith(" icon") and not looks_of(t).texts]
    others = [looks_of(t).kind for t in things if t not in icons and looks_of(t).kind]
    if len(icons) != 1 or (query.kind == "count" and "badge" not in others):
        return None
    seen = [p for p in scene.seen(looks_of(icons[0]).phrase) if p.kind]
    if query.kind in ("value", "count") or "badge" in others:
        if not _NUMBER.search(query.question):
            return None
        held = [replace(r, score=0.8 * r.score) for p in seen for r in beside(scene, p, AMOUNTS)[:2]]
        return said(held, "") if held else None
    kind = next((k for k in others if k in _HOLDERS), "")
    if not kind:
        return None
    held = []
    for icon in seen[:6]:
        around = [h for h in scene.seen(kind) if h.page == icon.page and h.box.coverage(icon.box) >= 0.6]
        holder = min(around, key=lambda h: h.box.area, default=None)
        texts = scene.inside(holder.box, icon.page) if holder else _on_row(scene, icon)
        words = " ".join(p.text for p in texts if re.search(r"\w{2}", p.text))
        if words:
            place = holder or texts[0]
            sure = 0.6 * icon.score + 0.35 * place.score
            held.append(Reading(words, place, sure, f"{kind} with the {icon.kind}", (place, icon)))
    return said(held, "") if held else None


def _on_row(scene: Scene, icon: Place) -> list[Place]:
    """The nearest text of an icon's row, after it first; none that is far away."""
    near = [
        (gaps(icon.box, p.box)[0] + (icon.box.width if p.box.x < icon.box.x else 0.0), p)
        for p in scene.lines
        if p.page == icon.page and rows_share(icon.box, p.box) >= 0.5 and len(plain(p.text)) > 1
    ]
    best = min(near, key=lambda n: n[0], default=None)
    return [best[1]] if best is not None and best[0] <= NEAR * icon.height else []
