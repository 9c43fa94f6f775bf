"""What stands right beside a named thing: below, above, left, right of it, after, before, or between two.

- A neighbour is the next line of the same row or column of the page: about as high as the name, at one of its edges,
  and nothing between. In a table it is the next cell, or the cell of the row beside under the header that is asked for.
- "After" and "before" follow the list that the name is in: down a column, along a row.
- Where a name stands several times with different neighbours, none is told, unless one of the options decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...memory.typed import plain, same_value
from ..reader.query import Query
from .plan import looks_of
from .resolve import in_part
from .scene import Place, Scene, columns_share, gaps, rows_share
from .tables import header_place, place_of, tables_of
from .values import Reading
from .verdict import Verdict, said

__all__ = ["neighbour"]

_RELATION = re.compile(
    r"\b(?:(?P<near>right|just|directly|immediately|straight|next)\s+)?(?:to the |on the |the )?"
    r"(?P<way>below|beneath|underneath|under|above|over|after|following|follows|before|preceding|precedes|"
    r"left of|right of)\b",
    re.I,
)
_BETWEEN = re.compile(r"\bbetween\s+(?:the\s+)?(?P<one>.+?)\s+and\s+(?P<two>.+)", re.I)
_NEXT = re.compile(
    r"\b(?:next to|beside)\s+(?P<one>.+?),?\s+(?:on|to) (?:its|the) (?P<way>left|right)\b(?!\s+of)", re.I
)
_PLACED = re.compile(
    r"\b(?:comes?|stands?|listed|next|entry|item|row|line|tab|column|field|button|menu|step|stop|section|heading)\b",
    re.I,
)
"""Says that what follows is meant as a place in a list, where "after" may be a time."""
_MEASURE = re.compile(
    r"\b(?:range|limits?|average|mean|norm(?:al)?|minimum|maximum|thresholds?|budget|target|zero)\b|[€$£%]",
    re.I,
)
"""What a value may be above or below, rather than a line of text."""
_ENDS = re.compile(r"\s+(?:in|on|at|of|within|from)\s+(?:the|this|that)\b.*$|[,;?!].*$|[.\s]+$", re.I)
_WAYS = dict.fromkeys(("below", "beneath", "underneath", "under"), "below") | {
    "above": "above",
    "over": "above",
}
_WAYS |= dict.fromkeys(("after", "following", "follows"), "after")
_WAYS |= dict.fromkeys(("before", "preceding", "precedes"), "before")
_WAYS |= {"left of": "left", "right of": "right", "left": "left", "right": "right"}
_SURE = 0.9
"""Score of a name from which it is the one that is meant."""
_ALIKE = 0.7
"""Height of a neighbour as a share of the name's, or the other way round, at least."""
_FAR = {"below": 3.0, "above": 3.0, "left": 12.0, "right": 12.0}
"""Heights between a name and its neighbour, at most."""


_CELL = re.compile(
    r"\brow\b\W+(?!right\b|just\b|directly\b)\w.*\bunder\b|\bunder\b.*\bin (?:the )?row\b", re.I
)
"""Asks for a cell by its row and what stands over its column."""


def neighbour(scene: Scene, query: Query, options: Sequence[str]) -> Verdict | None:
    """The text beside a named one on the side that the question says; None where it asks for no such thing."""
    if not scene.whole or query.answers in ("yes_no", "number", "colour") or _asks_otherwise(query):
        return None
    question = query.question
    if re.match(r"\W*(?:is|are|was|were|does|do|did)\b", question, re.I):
        return None  # which of two sides something is on
    if _CELL.search(question):
        return None
    if between := _BETWEEN.search(question):
        return _between(scene, query, between, options)
    if side := _NEXT.search(question):
        return _beside(scene, query, side["one"], _WAYS[side["way"].casefold()], options)
    found = [m for m in _RELATION.finditer(question) if _ENDS.sub("", question[m.end() :]).strip()]
    if len(found) != 1:
        return None
    if _MEASURE.search(question[found[0].end() :]):
        return None
    way = _WAYS[found[0]["way"].casefold()]
    loose = way in ("after", "before") or found[0]["way"].casefold() in ("under", "over")
    if loose and not (found[0]["near"] or _PLACED.search(question[: found[0].start()])):
        return None  # "after 2010", "under 20 euros"
    if (
        found[0]["near"]
        and found[0]["near"].casefold() == "right"
        and found[0]["way"].casefold().endswith("of")
    ):
        return None
    return _beside(scene, query, question[found[0].end() :], way, options)


def _asks_otherwise(query: Query) -> bool:
    """Whether it asks for what no neighbouring text is: how something looks, how many, a picture, several."""
    if query.kind not in ("value", "which", "text", "side", "list", "other"):
        return True
    things = [looks_of(w) for w in query.wanted[:1]]
    return any(t.icon or t.kind in ("icon", "switch", "checkbox", "radio") for t in things)


def _anchors(scene: Scene, query: Query, words: str) -> list[Place]:
    """Where the thing stands that words begin with: the whole of them, or the name in them."""
    bare = re.sub(r"^\s*(?:the|a|an)\s+", "", _ENDS.sub("", words.strip()), flags=re.I).strip("\"'“”‘’ ")
    names = [s.text for s in query.spans if s.role in ("NAME", "VALUE") and s.text in words]
    for name in dict.fromkeys(n for n in (bare, *names[:1]) if n):
        places = [p for p in scene.named(name) if p.score >= _SURE]
        whole = [p for p in places if p.is_whole]
        part = next((w.place for w in query.wanted if w.place), "")
        if places:
            here = whole or places
            return in_part(here, part, scene.size_wh) or here
    return []


def _beside(scene: Scene, query: Query, words: str, way: str, options: Sequence[str]) -> Verdict | None:
    found = []
    value = query.ask and not _PLACED.search(query.question)  # no row or entry, but what is called so
    stands = [p for p in scene.named(query.ask) if p.score >= _SURE] if value else []
    for anchor in _anchors(scene, query, words):
        named = any(columns_share(p.box, anchor.box) < 0.3 for p in stands)
        for direction in _directions(scene, anchor, way):
            near = _under_header(scene, query, anchor, direction)
            if near is None and not named:  # "the total above the signature" is what is beside "Total"
                near = _next(scene, anchor, direction)
            if near is not None and (not options or _fits(near, options)):
                sure = 0.85 * anchor.score * near.score * (1.0 if anchor.is_whole else 0.9)
                found.append(Reading(near.text, near, sure, f'{direction} "{anchor.text}"', (anchor,)))
    if len({plain(r.text) for r in found}) > 1:
        return Verdict((), "Several things stand so.")
    return said(found, "") if found else None


def _fits(place: Place, options: Sequence[str]) -> bool:
    return any(same_value(place.text, o) or plain(o) in plain(place.text) for o in options)


def _directions(scene: Scene, anchor: Place, way: str) -> tuple[str, ...]:
    """The direction on the page: in a list "after" is below, in a row it is to the right."""
    if way not in ("after", "before"):
        return (way,)
    down = [d for d in ("below", "above") if _next(scene, anchor, d) is not None]
    if down:
        return ("below",) if way == "after" else ("above",)
    return ("right",) if way == "after" else ("left",)


def _next(scene: Scene, anchor: Place, direction: str) -> Place | None:
    """The nearest text on a side of a place, where it is of one row or column with it."""
    own = anchor.line_box or anchor.box
    for table in tables_of(scene, anchor.page):
        cell = table.cell_of(anchor.box)
        if cell is None:
            continue
        step = {"below": (1, 0), "above": (-1, 0), "left": (0, -1), "right": (0, 1)}[direction]
        row, column = cell.row + step[0], cell.column + step[1]
        if 0 <= row < table.rows and 0 <= column < table.columns:
            text = table.at(row, column)
            return place_of(text, table) if text.text else None
    upright = direction in ("below", "above")
    share = columns_share if upright else rows_share
    ahead = []
    for line in scene.lines:
        if line.page != anchor.page or line.box.iou(own) > 0.2 or share(line.box, own) < 0.3:
            continue
        gap = gaps(line.box, own)[1 if upright else 0]
        later = line.box.center[upright] > own.center[upright]
        if later == (direction in ("below", "right")):
            ahead.append((gap, line))
    if not ahead:
        return None
    gap, line = min(ahead, key=lambda pair: pair[0])
    alike = min(line.height, own.height) >= _ALIKE * max(line.height, own.height)
    near = gap <= _FAR[direction] * max(1.0, own.height)
    edges = (
        abs(line.box.x - own.x),
        abs(line.box.center[0] - own.center[0]),
        abs(line.box.xyxy[2] - own.xyxy[2]),
    )
    return line if alike and near and (not upright or min(edges) < own.height) else None


def _under_header(scene: Scene, query: Query, anchor: Place, direction: str) -> Place | None:
    """In a table the cell of the row above or below, in the column that is asked for by its header."""
    asked = {plain(t) for t in (query.ask, *(w.noun for w in query.wanted[:1])) if t}
    for table in tables_of(scene, anchor.page) if direction in ("below", "above") and asked else ():
        cell = table.cell_of(anchor.box)
        row = -1 if cell is None else cell.row + (1 if direction == "below" else -1)
        if row not in table.records:
            continue
        for column in range(table.columns):
            header = header_place(table, column)
            if header is not None and plain(header.text) in asked and table.at(row, column).text:
                return place_of(table.at(row, column), table)
    return None


def _between(scene: Scene, query: Query, found: re.Match[str], options: Sequence[str]) -> Verdict | None:
    """The one text of which two named ones are the neighbours."""
    told = []
    for one in _anchors(scene, query, found["one"]):
        for two in _anchors(scene, query, found["two"]):
            for direction in ("below", "right"):
                for first, last in ((one, two), (two, one)):
                    near = _next(scene, first, direction)
                    after = _next(scene, near, direction) if near is not None else None
                    if near is None or after is None or after.box.iou(last.line_box or last.box) < 0.5:
                        continue
                    if not options or _fits(near, options):
                        why = f'between "{one.text}" and "{two.text}"'
                        told.append(Reading(near.text, near, 0.85 * one.score * two.score, why, (one, two)))
    if len({plain(r.text) for r in told}) > 1:
        return Verdict((), "Several things stand so.")
    return said(told, "") if told else None
