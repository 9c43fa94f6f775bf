"""Colours of shapes that hold no words of their own, found by the words beside, in or below them; of all headings.

A dot before a name, the band that a heading lies on, the frame of a field, the bar of a chart over its label: no
localizer knows these, but the pixels around the words that name them can be measured.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from ...memory.colors import NamedColor, difference, dominant_colors, ink_color, likeness_to_name
from ...memory.geometry import Box
from ...memory.typed import plain
from ..reader.query import Query
from .colours import edge_of, measured, pixels
from .parts import panels_around
from .plan import chain
from .scene import Place, Scene
from .values import Reading
from .verdict import Verdict, refused, said

__all__ = ["colour_of_shape", "of_headings"]

_MARK = r"dot|square|bullet|swatch|spot|marker|diamond|triangle|blob|light|line|curve|slice|wedge|segment"
_FRAME = r"frame|border|outline|edge"
_BAR = r"bar|column"
_GROUND = (
    r"circle|band|strip|stripe|box|panel|card|chip|pill|tag|ribbon|banner|block|tile|cell|row|event|seat|"
    r"title bar|header|background|copy"
)
_KEYED = r"circle|chip|tag|block|tile|cell|event|seat"
"""Shapes that a legend may explain, by a mark before their name."""
_SHAPE = re.compile(rf"\b(?P<shape>{_MARK}|{_FRAME}|{_GROUND}|{_BAR})e?s?\b", re.I)
_BAND = r"band|strip|stripe|bar|title bar|banner|header|ribbon"
_STANDS_FOR = re.compile(r"\bstands? for (?P<label>.+?)(?: in (?:the |this )?[\w ]+)?\W*$", re.I)
_CHART = re.compile(r"\b(?:chart|graph|plot|diagram|histogram)\b", re.I)
_LEADING = re.compile(
    r"^\W*(?:(?:of|for|with|in|on|at|next to|beside|before|after|in front of|behind|under|below|above|around|round|"
    r"that (?:says|reads|stands for)|saying|called|named|number|the|this|initials?|letters?|name|label|field)\b\W*)+",
    re.I,
)
_TRAILING = re.compile(
    r"(?:['’]s)?(?:\W+(?:is|are|in|on|at|the|a|this|field|box|label|entry|row|button|item|bar|pie|ring|line|chart|graph|"
    r"plot|diagram|plan|list|legend|calendar|table|menu|page|screen|top|bottom|here|now))*\W*$",
    re.I,
)
_ASKS = re.compile(r"^\W*(?:(?:what|which|in (?:what|which)) colou?rs? (?:is|are|has|have|does|do)\b)", re.I)
APART = 0.12
"""Difference in OKLab from which a colour is another one than the ground, for names of colours."""
SURE, SURE_OF_OPTIONS = 0.7, 0.78
"""How sure a colour is that was measured beside words, without options and among them."""


def colour_of_shape(scene: Scene, query: Query, options: Sequence[str]) -> Verdict | None:
    """The colour of a shape by the words that name it; None where the question names no shape, or it is not seen."""
    shape, labels = _named(scene, query)
    if re.fullmatch(_BAND, shape) and (at := _EDGE.search(query.question)):
        band = _at_edge(scene, at["side"].casefold())
        page = Place(_page(scene), text=f"the {at['side']}", score=0.9)
        return _told(band, page, shape, options) if band is not None else None
    for measure in _measures(shape, query.question) if labels else ():
        seen = [(c, p) for p in labels[:4] if (c := measure(scene, p)) is not None]
        told = [v for c, p in seen if (v := _told(c, p, shape, options)).best is not None]
        if len({v.best.text for v in told if v.best is not None}) > 1:
            return refused("It stands in several places, beside several colours.")
        if told:
            return told[0]
    return None


def _told(colour: NamedColor, place: Place, shape: str, options: Sequence[str]) -> Verdict:
    """A colour by its name, without its shade where it may be called by the rest; or the options that name it."""
    why = f'Measured: the {shape} by "{place.text}" {colour.name} {colour.hex}'
    if not options:
        base = colour.name.split()[-1]
        name = base if likeness_to_name(colour.hex, base) > 0.9 else colour.name
        return said([Reading(name, place, SURE * place.score, why, (place,))], "")
    fits = [(likeness_to_name(colour.hex, o), o) for o in options]
    return said(
        [Reading(o, place, SURE_OF_OPTIONS * f, why, (place,)) for f, o in sorted(fits)[::-1] if f > 0.3], ""
    )


def _named(scene: Scene, query: Query) -> tuple[str, list[Place]]:
    """(what shape the question asks for, where the words that name it stand)."""
    asked = _ASKS.sub("", query.question)
    if stands := _STANDS_FOR.search(asked):
        return "line", _places(scene, [stands["label"]])
    found = _SHAPE.search(asked)
    if found is None:
        return "", []
    after = _TRAILING.sub("", _LEADING.sub("", asked[found.end() :]))
    before = _TRAILING.sub("", re.sub(r"^\W*(?:the|an?|my|your)\b", "", asked[: found.start()], flags=re.I))
    things = [text for w in query.wanted for t in chain(w) for text in (t.name, t.noun)]
    others = [t for t in things if t and not _SHAPE.fullmatch(t) and not _CHART.search(t)]
    return found["shape"].casefold(), _places(scene, [after, before.strip(" ,"), *others])


def _places(scene: Scene, labels: Sequence[str]) -> list[Place]:
    """Where the first of the labels that is a line of its own stands; else the first that stands anywhere."""
    for whole in (True, False):
        for label in labels:
            if len(plain(label)) < 2:
                continue
            here = [p for p in scene.named(label) if p.score >= 0.85 and (p.is_whole or not whole)]
            here = [p for p in here if p.page == scene.memory.image.page]
            if here:
                return here
    return []


_Measure = Callable[[Scene, Place], NamedColor | None]


def _measures(shape: str, question: str) -> Iterator[_Measure]:
    """How the colour of a shape is measured, the likeliest way first."""
    if re.fullmatch(_FRAME, shape):
        yield _frame
    elif re.fullmatch(_BAR, shape) and _CHART.search(question):
        yield from (_bar, _mark)
    elif re.fullmatch(_BAR, shape):
        yield from (_below,) if shape == "column" else (_ground, _bar)  # a header has a ground of its own
    elif re.fullmatch(_MARK, shape):
        yield _mark
    else:
        yield _ground
        if re.fullmatch(_KEYED, shape):
            yield _mark


def _shown(scene: Scene, strip: Box, page: int) -> PIL.Image.Image | None:
    """The pixels of the part of a strip that lies on the page; None where none does, or no picture shows it."""
    inside = strip.clipped(_page(scene))
    return pixels(scene, inside, page) if inside.area > 0 else None


def _page(scene: Scene) -> Box:
    return Box(0, 0, *map(float, scene.size_wh))


def _page_ground(scene: Scene) -> NamedColor | None:
    return next(iter(dominant_colors(scene.picture(), 1)), None)


def _ground(scene: Scene, label: Place) -> NamedColor | None:
    """What words lie on, where that is not the ground of the page; of a small round shape what fills most of it."""
    told, page = measured(scene, label), _page_ground(scene)
    part = pixels(scene, label.box, label.page)
    filled = dominant_colors(part, 1) if part is not None else []
    for own in (told.get("ground"), filled[0] if filled and filled[0].share > 0.5 else None):
        if own and page and difference(own.hex, page.hex) > 0.05:
            return own
    return None


def _below(scene: Scene, label: Place) -> NamedColor | None:
    """The ground of a column, under its header, where that is not the ground of the page."""
    box = Box(label.box.x, label.box.y + 2 * label.height, label.box.width, label.height)
    box = box.clipped(_page(scene))
    told, page = measured(scene, Place(box, label.page)) if box.area > 0 else {}, _page_ground(scene)
    own = told.get("ground")
    return own if own and page and difference(own.hex, page.hex) > 0.02 else None


def _mark(scene: Scene, label: Place) -> NamedColor | None:
    """What is drawn beside words, solid or in another colour than theirs: before them, or else behind them."""
    told, h, box = measured(scene, label), label.height, label.box
    if not {"ground", "ink"} <= told.keys():
        return None
    before = box.x - 2.4 * h, box.x + 0.8 * h  # a dot may have been read as a part of the line
    behind = box.x + box.width, box.x + box.width + 1.6 * h
    for (left, right), last in ((before, True), (behind, False)):
        runs = _runs(scene, Box(left, box.y, right - left, h), label.page, told["ground"], box)
        marks = [c for c, solid in runs if solid or difference(c.hex, told["ink"].hex) > APART]
        if marks:
            return marks[-1 if last else 0]
    return None


def _runs(
    scene: Scene, strip: Box, page: int, ground: NamedColor, words: Box
) -> list[tuple[NamedColor, bool]]:
    """(colour, whether it fills its box, outside the words) of what is drawn in a strip, from left to right, parted
    where there is only ground."""
    strip = strip.clipped(_page(scene))
    part = _shown(scene, strip, page)
    if part is None:
        return []
    drawn = _unlike(np.asarray(part.convert("RGB"), np.uint8), ground)
    found = []
    for x0, x1 in _stretches(np.asarray(drawn.any(axis=0))):
        ink = ink_color(part.crop((x0, 0, x1, part.height)), ground.hex)
        rows = drawn[:, x0:x1][drawn[:, x0:x1].any(axis=1)]
        left, right = (strip.x + x * strip.width / part.width for x in (x0, x1))
        apart = right <= words.x + 1 or left >= words.x + words.width - 1
        if x1 - x0 >= 0.2 * part.height and ink is not None:
            found.append((ink, apart and bool(rows.mean() > 0.7 and len(rows) > 0.5 * (x1 - x0))))
    return found


def _stretches(held: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and one past the last index of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], held.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _unlike(rgb: NDArray[np.uint8], ground: NamedColor) -> NDArray[np.bool_]:
    """(H, W): which pixels are clearly not the ground, by their largest difference of 256 levels."""
    base = np.array([int(ground.hex[i : i + 2], 16) for i in (1, 3, 5)], np.int16)
    return np.asarray(np.abs(rgb.astype(np.int16) - base).max(axis=2) > 40)


def _frame(scene: Scene, label: Place) -> NamedColor | None:
    """The line around the field that words belong to, right of them or below, or around the panel they stand in."""
    told, h, box = measured(scene, label), label.height, label.box
    if "ground" in told:
        right = Box(box.x + box.width + 0.3 * h, box.y + 0.1 * h, 12 * h, 0.8 * h)
        below = Box(box.x + h, box.y + 1.1 * h, 3 * h, 2 * h)
        for strip, down in ((below, True), (right, False)):
            if (line := _line(scene, strip, label.page, told["ground"], down)) is not None:
                return line
    for around in panels_around(scene, label, "")[:2]:
        place = Place(around, label.page, kind="input")
        if (edge := edge_of(scene, place, measured(scene, place))) is not None:
            return edge
    return None


def _line(scene: Scene, strip: Box, page: int, ground: NamedColor, down: bool) -> NamedColor | None:
    """The colour of the first line that crosses a strip from side to side; down: of a level one, else an upright."""
    part = _shown(scene, strip, page)
    if part is None:
        return None
    rgb = np.asarray(part.convert("RGB"), np.uint8)
    drawn = _unlike(rgb, ground)
    across = np.flatnonzero(drawn.mean(axis=1 if down else 0) > 0.9)
    if not len(across) or (drawn if down else drawn.T)[: across[0]].mean() > 0.1:
        return None  # there is none, or words before it
    first = int(across[0])
    line = rgb[first : first + 2] if down else rgb[:, first : first + 2]
    return ink_color(PIL.Image.fromarray(line), ground.hex)


_EDGE = re.compile(
    r"\b(?:at|on|along|of) the (?:very )?(?P<side>top|bottom)\b(?! of the (?!page|screen|form|window))", re.I
)


def _at_edge(scene: Scene, side: str) -> NamedColor | None:
    """The colour of a band along the top or bottom of the page, from side to side; None where there is none."""
    w, h = scene.size_wh
    at = 0.004 * h if side == "top" else 0.99 * h
    part, page = (
        pixels(scene, Box(0, at, w, max(2.0, 0.006 * h)), scene.memory.image.page),
        _page_ground(scene),
    )
    band = next(iter(dominant_colors(part, 1)), None) if part is not None else None
    return band if band and page and band.share > 0.8 and difference(band.hex, page.hex) > 0.05 else None


def _bar(scene: Scene, label: Place) -> NamedColor | None:
    """The bar of a chart that stands over its label, or lies right of it."""
    box, h, ground = label.box, label.height, measured(scene, label).get("ground")
    up = Box(box.center[0] - 0.3 * h, box.y - 3.0 * h, 0.6 * h, 2.9 * h)
    right = Box(box.x + box.width + 0.1 * h, box.center[1] - 0.2 * h, 4.0 * h, 0.4 * h)
    for strip, upright in ((up, True), (right, False)):
        part = _shown(scene, strip, label.page)
        if part is None or ground is None:
            continue
        full = _unlike(np.asarray(part.convert("RGB"), np.uint8), ground).mean(axis=1 if upright else 0) > 0.9
        long = [s for s in _stretches(full) if s[1] - s[0] >= 0.2 * len(full)]  # no line of a grid
        if long:
            a, b = long[-1] if upright else long[0]
            cut_ = (0, a, part.width, b) if upright else (a, 0, b, part.height)
            return next(iter(dominant_colors(part.crop(cut_), 1)), None)
    return None


_AGREE = 0.8
"""Share of the headings that have the colour of most."""


def of_headings(scene: Scene, options: Sequence[str], noun: str) -> Verdict:
    """The colour that the headings of the page have, by its layout; none where they differ."""
    page = scene.memory.image.page
    places = [Place(h.box, page, h.text, 0.95) for h in scene.layout(page).headings]
    inks = [(p, told["ink"]) for p in places if "ink" in (told := measured(scene, p))]
    told_as = options or sorted({c.name for _, c in inks})
    named = {o: [p for p, c in inks if likeness_to_name(c.hex, o) > 0.5] for o in told_as}
    best = max(named, key=lambda o: len(named[o]), default="")
    held = named.get(best, [])
    if options:  # what has the colour of none of them, as lines taken for headings have, says nothing
        inks = [(p, c) for p, c in inks if any(likeness_to_name(c.hex, o) > 0.5 for o in options)]
    if len(held) < (1 if options else 2) or len(held) < _AGREE * len(inks):
        return refused(f"The {noun} of the page have no colour in common.")
    why = f"Measured: the ink of {len(held)} of {len(inks)} {noun}"
    return said([Reading(best, held[0], 0.75, why, tuple(held))], "")
