"""Which place a question means: a thing by its name and looks, by how it lies to another one, by where it is on the
page.

"The badge next to the bell icon in the row 'Backup'" is resolved from its end: the row, the icon in it, the badge
beside that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from ...memory.colors import named_color
from ...memory.geometry import Box
from ..nano.vocabulary import parse
from ..reader.query import Wanted
from .colours import colour_fits
from .plan import chain, looks_of, on_phrase
from .scene import Place, Scene, columns_share, gaps, rows_share
from .values import side_of

__all__ = ["direction_of", "in_part", "ordered", "resolve", "widget_of"]

_HOLDS_TEXT = frozenset(
    (
        "tab",
        "menu item",
        "button",
        "badge",
        "input",
        "select",
        "card",
        "dialog",
        "header",
        "sidebar",
        "toolbar",
        "footer",
        "form",
        "table",
    )
)
"""Widgets and regions with their label inside."""
_LABEL_RIGHT = frozenset(("checkbox", "radio"))
"""Widgets that stand to the left of their label."""
_DIRECTIONS = (
    ("left", r"\bleft\b|\bbefore\b|\bin front of\b|\bpreceding\b"),
    ("right", r"\bright\b(?! above| below| under| next)|\bafter\b|\bbehind\b|\bfollowing\b"),
    ("above", r"\babove\b|\bover\b|\bon top of\b"),
    ("below", r"\bbelow\b|\bunder\b|\bbeneath\b|\bunderneath\b"),
    ("beside", r"\bnext to\b|\bbeside\b|\bby\b|\bnear\b|\balongside\b|\bopposite\b|\bclose to\b"),
)
_ORDINALS = {
    "first": 0,
    "1st": 0,
    "top": 0,
    "topmost": 0,
    "uppermost": 0,
    "leftmost": 0,
    "second": 1,
    "2nd": 1,
    "third": 2,
    "3rd": 2,
    "fourth": 3,
    "4th": 3,
    "fifth": 4,
    "5th": 4,
    "sixth": 5,
    "6th": 5,
    "seventh": 6,
    "7th": 6,
    "eighth": 7,
    "8th": 7,
    "ninth": 8,
    "9th": 8,
    "tenth": 9,
    "10th": 9,
    "last": -1,
    "bottom": -1,
    "bottommost": -1,
    "rightmost": -1,
    "final": -1,
    "second to last": -2,
    "penultimate": -2,
    "next to last": -2,
}


def direction_of(words: str) -> str:
    """`right`, `left`, `below`, `above`, `beside` or "" of joining words."""
    bare = re.sub(r"\bright (?=(?:after|before|below|above|under|over|beneath)\b)", "", words.casefold())
    return next((name for name, pattern in _DIRECTIONS if re.search(pattern, bare)), "")


def resolve(scene: Scene, wanted: Wanted) -> list[Place]:
    """The places of a thing, the one that is meant first."""
    places = in_part(_plain(scene, wanted), wanted.place, scene.size_wh)
    if wanted.beside is not None and places and not _is_page(wanted):
        others = resolve(scene, wanted.beside)
        named = any(looks_of(t).texts or looks_of(t).phrase for t in chain(wanted.beside))
        if named:
            places = _related(places, others[:4], wanted.relation, wanted.beside)
    return ordered(places, wanted.order)


def _is_page(wanted: Wanted) -> bool:
    """Whether what a thing stands on is the whole picture, by its name: "on the billing page", but not "on page 2"."""
    by = wanted.beside
    return (
        by is not None
        and wanted.relation in ("on", "in", "at")
        and re.fullmatch(r"page|screen|window|website|site|app|form|document", by.noun.casefold()) is not None
        and not re.search(r"\d", by.name)
    )


def _plain(scene: Scene, wanted: Wanted) -> list[Place]:
    """The places of a thing by its own name and looks."""
    looks = looks_of(wanted)
    kind = on_phrase(looks.kind) if wanted.state and _says_on(wanted) else looks.phrase
    things = scene.seen(kind) if kind else []
    if things and named_color(wanted.state):
        things = [
            replace(t, score=t.score * f) for t in things if (f := colour_fits(scene, t, wanted.state)) >= 0.6
        ]
    if looks.icon and looks.kind not in ("", "icon"):
        things = [
            *things,
            *(t for t in scene.seen(looks.kind) if looks.texts and _holds(scene, t, looks.texts[0])),
        ]
    words = [p for text in looks.texts for p in scene.named(text) or _found(scene, text)]
    if not looks.kind or looks.icon:
        return sorted([*things, *words], key=lambda p: -p.score)
    if not looks.texts:
        return things
    made = []
    for word in words:
        widget = widget_of(word, scene.seen(looks.phrase) or things, looks.kind)
        joined = (
            word
            if widget is None
            else replace(word, box=widget.box, kind=looks.kind, crop=widget.crop or word.crop)
        )
        made.append(
            replace(joined, score=word.score * (1.0 if widget is not None else 0.9 if word.is_whole else 0.8))
        )
    return sorted(made, key=lambda p: -p.score)


def _found(scene: Scene, text: str) -> list[Place]:
    """What a localizer that knows more than words saw under a name that stands nowhere."""
    return [replace(p, kind=text) for p in scene.seen(f'"{text}"') if not p.text]


def _says_on(wanted: Wanted) -> bool:
    known = parse(f"{wanted.state} {wanted.noun}")
    return known is not None and known.state is True and not known.label


def _holds(scene: Scene, thing: Place, text: str) -> bool:
    return any(p.page == thing.page and thing.box.coverage(p.box) >= 0.6 for p in scene.named(text))


def widget_of(label: Place, widgets: Sequence[Place], kind: str) -> Place | None:
    """The widget that a label belongs to: the smallest that holds it, else the nearest of its row, or below it."""
    here = [w for w in widgets if w.page == label.page]
    around = [w for w in here if w.box.coverage(label.box) >= 0.6]
    if around or (kind in _HOLDS_TEXT and kind not in ("input", "select")):
        return min(around, key=lambda w: w.box.area, default=None)
    ranked = [(cost, w) for w in here if (cost := _apart(label.box, w.box, kind)) is not None]
    return min(ranked, key=lambda r: r[0])[1] if ranked else None


def _apart(label: Box, widget: Box, kind: str) -> float | None:
    """How far a widget is from a label that may be its own, in text heights and weighted; None where it is not."""
    h = max(1.0, label.height)
    gap_x, gap_y = gaps(label, widget)
    aside = abs(label.center[1] - widget.center[1])
    if rows_share(label, widget) >= 0.3 or aside <= 0.8 * h:
        turned = (label.center[0] > widget.center[0]) != (kind in _LABEL_RIGHT)
        return (gap_x * (3.0 if turned and kind in _LABEL_RIGHT else 1.0) + 2 * aside) / h
    stacked = columns_share(label, widget) >= 0.3 and widget.y > label.y and gap_y <= 3.5 * h
    return 2.0 + 1.5 * gap_y / h if stacked and kind not in _LABEL_RIGHT else None


def _related(places: Sequence[Place], others: Sequence[Place], relation: str, by: Wanted) -> list[Place]:
    """The places ranked by how they lie to the best of the others that they fit to; those that fit none at the end."""
    direction = direction_of(relation)
    row = bool(
        re.fullmatch(r"rows?|lines?|entry|item|record", by.noun.casefold())
    ) or relation.casefold() in (
        "for",
        "of",
        "belonging to",
        "with",
        "that belongs to",
        "from",
    )
    ranked = []
    for place in places:
        best = max((_fits(place, o, direction, row) * o.score for o in others), default=0.0)
        if best < 0.3:
            continue
        ranked.append(replace(place, score=place.score * (0.2 + 0.8 * best)))
    return sorted(ranked, key=lambda p: -p.score)


def _fits(place: Place, other: Place, direction: str, row: bool) -> float:
    """How well a place lies to another one as is said, in [0, 1]."""
    if place.page != other.page or place.box.iou(other.box) > 0.8:
        return 0.0
    h = max(place.height, other.height)
    gap_x, gap_y = gaps(place.box, other.box)
    near = 1 / (1 + (gap_x + 3 * gap_y) / (12 * h))
    side = side_of(other.box, place.box)
    if direction in ("left", "right", "above", "below"):
        return (0.6 + 0.4 * near) if side == direction else 0.0
    level = rows_share(place.box, other.box) >= 0.5
    if direction == "beside":
        return (0.6 + 0.4 * near) if level else 0.5 * near
    if other.box.coverage(place.box) >= 0.7:
        return 1.0
    if level:
        return 0.8 + 0.2 * near
    below = place.box.y >= other.box.y
    return (0.6 if row else 0.75) * near if below else 0.3 * near


def in_part(places: Sequence[Place], where: str, size_wh: tuple[int, int]) -> list[Place]:
    """The places in a part of the page such as "top right corner"; all where the words say none."""
    words = where.casefold()
    if not words:
        return list(places)
    tests: tuple[tuple[str, Callable[[float, float], bool]], ...] = (
        (r"\btop|\bupper|\bhead", lambda x, y: y < 0.4),
        (r"\bbottom|\blower|\bfoot", lambda x, y: y > 0.6),
        (r"\bleft", lambda x, y: x < 0.45),
        (r"\bright", lambda x, y: x > 0.55),
        (r"\bmiddle|\bcent(?:er|re)", lambda x, y: 0.25 < x < 0.75),
    )
    wanted = [test for pattern, test in tests if re.search(pattern, words)]
    w, h = size_wh
    return [p for p in places if all(t(p.box.center[0] / w, p.box.center[1] / h) for t in wanted)]


def ordered(places: Sequence[Place], order: str) -> list[Place]:
    """The place of an ordinal ("second", "last") in reading order; all where it is none."""
    index = _ORDINALS.get(order.casefold().strip())
    if index is None:
        return list(places)
    listed = sorted(places, key=lambda p: (p.page, round(p.box.center[1] / (1.5 * p.height)), p.box.x))
    return [listed[index]] if -len(listed) <= index < len(listed) else []
