"""In which part of a page, panel or dialog something stands, in the words of the question or of its options.

- Told by the centre of what was found, in the panel that the question names where one was measured, else in the page.
- Near a line between two parts nothing is told, nor where several finds, or several panels around one, say otherwise.
- Of a dialog that no panel shows, its ground is measured around the thing; what cannot be measured is no dialog.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...memory.geometry import Box
from ..reader.query import Query, Wanted
from .plan import EVERYTHING, looks_of
from .resolve import resolve
from .scene import Place, Scene
from .values import Reading
from .verdict import Verdict, said

__all__ = ["in_words", "panel_named", "panels_around", "part_of"]

_ACROSS = {"left": "left", "right": "right", "leftmost": "left", "rightmost": "right"}
_DOWN = dict.fromkeys(("top", "upper", "topmost"), "top") | dict.fromkeys(
    ("bottom", "lower", "bottommost"), "bottom"
)
_MIDDLE = frozenset(("middle", "centre", "center", "central"))
_WORD = (
    r"(?:left|right|leftmost|rightmost|top(?:most)?|upper|bottom(?:most)?|lower|middle|centre|center|central)"
)
_OF_PART = r"(?:hand|corner|side|half|part|edge|column|area|third|end|section)"
_PART = rf"(?:(?:at|in|on|to|near|the|a)\s+)*{_WORD}(?:[\s-]+(?:{_WORD}|{_OF_PART}))*"
_EITHER = re.compile(rf"(?<![\w-]){_PART}(?:\s*,\s*{_PART})*\s*,?\s+or\s+(?:is it\s+)?{_PART}(?![\w-])", re.I)
_ASKS = re.compile(
    r"\bwhere(?:abouts)?\b|\b(?:which|what) (?:corner|side|edge|part|half|area|column|end|section)\b|^\W*(?:is|are)\b",
    re.I,
)
_PAGE = r"(?:page|screen|screenshot|window|picture|image|sheet|form|document|letter|receipt|bill|invoice|website|view)"
_PANEL = (
    r"(?:dialog(?:ue)?|pop-?up|modal|panel|card|tile|box|side ?bar|side menu|tool ?bar|header|footer|pane|"
    r"menu|nav(?:igation)?(?: bar| menu)?|window|top bar|title bar|preferences)"
)
_CORNER = re.compile(
    rf"\b(?:which|what) (?:(?P<part>corner)\b(?! of (?!(?:the|this) (?:[\w-]+ )?(?:{_PAGE}|{_PANEL})\b))|"
    rf"(?:part|area) of (?:the|this) (?:[\w-]+ )?(?:{_PAGE}|{_PANEL})\b)",
    re.I,
)
_SIDE_OF = re.compile(rf"\bsides? of (?!(?:the|this) (?:[\w-]+ )?{_PAGE}\b)", re.I)
"""Asks where something lies to another thing."""
_IN = re.compile(
    rf"\b(?:in|on|of|within|inside)\s+(?:the|this|that|my)\s+(?:[\w-]+\s+){{0,2}}?(?P<panel>{_PANEL})\b", re.I
)
_ENDS = re.compile(
    rf"\W*$|\s*[?.!,;)]|\s+(?:of|in|on)\s+(?:the|this|my)\s+(?:[\w-]+\s+)?(?:{_PAGE}|{_PANEL})\b", re.I
)
"""What follows the parts that are offered: nothing that they are the sides of."""
_WAY = re.compile(
    r"\b(?:point|lead|go|move|scroll|turn|face|look|align|arrow|drive?)(?:s|ed|ing)?\b|\brelative to\b|\bseen from\b",
    re.I,
)
"""Asks for a direction rather than a place."""
_NEAR, _NEAR_THIRD = 0.1, 0.04
"""Share of a page or panel from the line between two parts within which it is in neither: halves, thirds."""
_CORNERED = 0.4
"""Distance from both edges, as a share of the page, within which something stands in a corner."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a page. said: as the question or an option says it. across, down: "" where it does not say."""

    said: str
    across: str
    down: str


def in_words(scene: Scene, query: Query, options: Sequence[str]) -> Verdict | None:
    """In which of several parts the thing stands; None where a question offers no parts, and asks for no corner."""
    question = query.question
    if not _ASKS.search(question) or _WAY.search(question) or _SIDE_OF.search(question):
        return None
    corner = _CORNER.search(question)
    found = _EITHER.search(question)
    if found is not None and not _ENDS.match(question, found.end()):
        return None
    if options:
        offered = [_part(o, o) for o in options]
    elif found is not None:
        offered = [_part(t, _bare(t)) for t in re.split(r",|\bor\b", found[0]) if t.strip()]
    elif corner is not None:
        offered = []
    else:
        return None
    parts = [p for p in offered if p is not None]
    if len(parts) != len(offered) or (options and re.match(r"\W*(?:is|are)\b", question, re.I) and not found):
        return None
    thing = _thing(query, {w for p in parts for w in p.said.casefold().split()})
    if thing is None:  # what is told of two things is none of the parts that are offered
        return (
            None if options or found is None else Verdict((), "What is to be found is not clear.", final=True)
        )
    places = resolve(scene, thing)
    if not places:
        return Verdict(
            (), f'"{thing.words}" was not found.', () if scene.whole else (EVERYTHING,), final=True
        )
    if not _of_sight(question, thing, places, parts):
        return None
    panel = panel_named(question)
    panel = "" if thing.noun == panel else panel
    held = [(p, _holders(scene, p, panel, parts)) for p in places]
    held = [(p, boxes) for p, boxes in held if boxes] or held[:1]  # those that stand in such a panel
    meant = _meant([p for p, _ in held])
    told = [(p, _among(p, boxes, parts, corner)) for p, boxes in held if p in meant]
    if len({t for _, t in told}) != 1 or not told[0][1]:
        name = places[0].text or places[0].kind
        if any(boxes for _, boxes in held):
            return Verdict((), f'"{name}" is near the line between two parts.', final=True)
        return Verdict((), f'The {panel or "page"} around "{name}" was not measured.', final=True)
    place, text = told[0]
    why = f'"{place.line or place.kind}" at ({place.box.x:.0f}, {place.box.y:.0f})'
    return replace(said([Reading(text, place, 0.9 * place.score, why, (place,))], ""), final=True)


def _of_sight(question: str, thing: Wanted, places: Sequence[Place], parts: Sequence[_Part]) -> bool:
    """Whether a place on the page is meant, rather than what a text says of left and right: of a knee, a bank."""
    if any(p.down for p in parts) or not parts or looks_of(thing).kind:
        return True
    if re.search(rf"\b(?:{_PAGE}|{_PANEL}|{_OF_PART})\b", question, re.I):
        return True
    return re.match(r"\W*where", question, re.I) is not None and all(p.is_whole for p in _meant(places))


def _bare(text: str) -> str:
    return re.sub(r"^(?:\s|at\b|in\b|on\b|to\b|near\b|the\b|a\b|is it\b)+", "", text.strip(), flags=re.I)


def _part(text: str, said_: str) -> _Part | None:
    """What words say of a place; None where they are no place of a page."""
    words = re.sub(rf"\b(?:of|the|this|{_PAGE}|{_PANEL})\b", " ", text.casefold())
    if re.fullmatch(rf"\W*{_PART}\W*", words) is None:
        return None
    told = re.findall(r"[a-z]+", words)
    across = next((_ACROSS[w] for w in told if w in _ACROSS), "")
    down = next((_DOWN[w] for w in told if w in _DOWN), "")
    if any(w in _MIDDLE for w in told):
        across, down = across or "middle", down or "middle"
    return _Part(said_, across, down)


def _thing(query: Query, words: set[str]) -> Wanted | None:
    """The one thing that the question is about, without the panel that it stands in; None where there are several."""
    named = _IN.search(query.question)
    panel, held = (named["panel"].casefold(), named[0].casefold()) if named is not None else ("", "")
    things = []
    for wanted in query.wanted:
        noun = re.sub(rf"(?<=\w)\W+{_PART}$", "", wanted.noun, flags=re.I)
        called = " ".join(w for w in (wanted.name, noun) if w)
        within = re.search(rf"\b(?:of|on|in) (?:the|this|my) {re.escape(called)}\b", query.question, re.I)
        of_page = within is not None and re.search(rf"\b{_PAGE}$", noun, re.I) is not None
        part = re.fullmatch(rf"{_OF_PART}s?|{_PAGE}", noun, re.I) is not None
        place_only = of_page or (part and {*wanted.name.casefold().split()} <= words)
        if place_only or not wanted.words or all(w in words for w in wanted.words.casefold().split()):
            continue
        by = wanted.beside
        if (
            by is not None
            and not by.name
            and re.fullmatch(rf"(?:[\w-]+ )?(?:{_PAGE}|{_PANEL}|{_OF_PART})", by.noun)
        ):
            wanted = replace(wanted, beside=None, relation="")
        if panel and noun.casefold().endswith(panel) and noun.casefold() in held:
            if not wanted.name:
                continue
            noun = ""
        place = "" if set(wanted.place.casefold().split()) & words else wanted.place
        order = "" if wanted.order.casefold() in words else wanted.order
        things.append(replace(wanted, noun=noun, place=place, order=order))
    if query.ask and not things:
        return Wanted(name=query.ask)
    return things[0] if len(things) == 1 and not query.ask else None


def _meant(places: Sequence[Place]) -> list[Place]:
    """Those of the finds that may be meant: as sure as the best, and whole lines where there are any."""
    near = [p for p in places if p.score >= places[0].score - 0.1]
    return [p for p in near if p.is_whole] or near


def _among(place: Place, held: Sequence[Box], parts: Sequence[_Part], corner: re.Match[str] | None) -> str:
    """The part in which a place stands of all the boxes that it may be a part of, "" where it is not clear."""
    told = {_in(place.box, box, parts, corner) for box in held}
    return told.pop() if len(told) == 1 else ""


def _holders(scene: Scene, place: Place, panel: str, parts: Sequence[_Part]) -> list[Box]:
    """What a place stands in: the page, or of a panel that is named all that may be meant; none where none is seen."""
    page = Box(0, 0, *scene.size_wh)
    if place.page != scene.memory.image.page:
        return []
    return (panels_around(scene, place, panel) or _as_long(panel, parts, page)) if panel else [page]


def _as_long(panel: str, parts: Sequence[_Part], page: Box) -> list[Box]:
    """The page where a panel that was not measured is as long as it, along the only axis that is asked about."""
    across, down = any(p.across for p in parts), any(p.down for p in parts)
    upright = re.fullmatch(r"side ?bar|side menu", panel, re.I) is not None
    level = (
        re.fullmatch(r"header|footer|tool ?bar|top bar|title bar|nav(?:igation)? bar", panel, re.I)
        is not None
    )
    return [page] if (upright and down and not across) or (level and across and not down) else []


def panel_named(question: str) -> str:
    """The kind of panel that a question says something is in; "" where it says none."""
    named = _IN.search(question)
    return named["panel"] if named is not None else ""


def panels_around(scene: Scene, place: Place, panel: str) -> list[Box]:
    """The panels around a place that may be the one that is named, or its ground where none was measured."""
    page = Box(0, 0, *scene.size_wh)
    seen = [p.box for p in scene.seen(re.sub(r"\W", "", panel.casefold())) if p.page == place.page]
    around = [b for b in seen if b.coverage(place.box) >= 0.9 and b.area > 2 * place.box.area]
    around = around or [
        b
        for b in scene.panels
        if b.coverage(place.box) >= 0.9 and b.area < 0.9 * page.area and b.height > 2 * place.box.height
    ]
    if around:
        return around
    ground = _ground(scene, place)
    return [] if ground is None else [ground]


def _ground(scene: Scene, place: Place) -> Box | None:
    """The area of one colour around a thing, as wide as what it stands in; None where that is the page, or little."""
    import cv2

    picture = np.array(scene.picture().convert("RGB"), np.uint8)
    height, width = picture.shape[:2]
    w, h = scene.size_wh
    sx, sy = width / w, height / h
    box = place.box
    for away in (0.57, 0.65, 0.8, 1.0):  # beyond the edge of a button, in heights of it
        for up in (-1, 1):
            x = round(sx * box.center[0])
            y = round(sy * (box.center[1] + up * away * box.height))
            if not (0 <= x < width and 0 <= y < height):
                continue
            mask = np.zeros((height + 2, width + 2), np.uint8)
            flags = 4 | cv2.FLOODFILL_FIXED_RANGE | cv2.FLOODFILL_MASK_ONLY
            _, _, _, (x0, y0, wide, high) = cv2.floodFill(picture, mask, (x, y), 0, (4,) * 3, (4,) * 3, flags)
            ground = Box(x0 / sx, y0 / sy, wide / sx, high / sy)
            if ground.width > 4 * box.width and _reaches(ground, box):
                return ground if wide < 0.9 * width else None
    return None


def _reaches(ground: Box, box: Box) -> bool:
    """Whether a ground goes along the whole width of a thing, but for the edge of what was seen."""
    slack = 0.1 * box.width
    return ground.x < box.x + slack and ground.x + ground.width > box.x + box.width - slack


def _in(thing: Box, box: Box, parts: Sequence[_Part], corner: re.Match[str] | None) -> str:
    """The part of a box that a thing stands in, "" where it is in none clearly."""
    x, y = ((thing.center[0] - box.x) / box.width, (thing.center[1] - box.y) / box.height)
    if not (0 <= x <= 1 and 0 <= y <= 1) or thing.height > 0.5 * box.height:
        return ""
    if not parts:
        if corner is not None and corner["part"]:
            if min(x, 1 - x) > _CORNERED or min(y, 1 - y) > _CORNERED:
                return ""
            return f"{'top' if y < 0.5 else 'bottom'} {'left' if x < 0.5 else 'right'}"
        down, across = _third(y, "top", "bottom"), _third(x, "left", "right")
        if not (down and across):
            return ""
        return " ".join(w for w in (down, across) if w != "middle") or "centre"
    if not any(
        p.across in ("left", "right") for p in parts
    ):  # "top, middle or bottom": the middle of the height
        parts = [replace(p, across="") for p in parts]
    if not any(p.down in ("top", "bottom") for p in parts):
        parts = [replace(p, down="") for p in parts]
    columns, rows = {p.across for p in parts}, {p.down for p in parts}
    at_x = _third(x, "left", "right") if "middle" in columns else _half(x, "left", "right")
    at_y = _third(y, "top", "bottom") if "middle" in rows else _half(y, "top", "bottom")
    fits = [p for p in parts if p.across in ("", at_x) and p.down in ("", at_y)]
    return fits[0].said.strip() if len(fits) == 1 else ""


def _half(share: float, first: str, last: str) -> str:
    return "" if abs(share - 0.5) < _NEAR else first if share < 0.5 else last


def _third(share: float, first: str, last: str) -> str:
    if min(abs(share - 1 / 3), abs(share - 2 / 3)) < _NEAR_THIRD:
        return ""
    return first if share < 1 / 3 else last if share > 2 / 3 else "middle"


def part_of(place: Place, size_wh: tuple[int, int]) -> str:
    """The ninth of the page in which a place has its centre: `top left`, `top`, `centre`, ..."""
    x, y = place.box.center
    column = ("left", "", "right")[min(2, max(0, int(3 * x / max(1, size_wh[0]))))]
    row = ("top", "", "bottom")[min(2, max(0, int(3 * y / max(1, size_wh[1]))))]
    return f"{row} {column}".strip() or "centre"
