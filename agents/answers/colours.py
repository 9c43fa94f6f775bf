"""Colours of places, measured in the pixels of the sharpest picture that the memory holds.

The ground of a thing, what is drawn on it, what it lies on and the line around it are told apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import PIL.Image

from ...memory.colors import NamedColor, difference, dominant_colors, ink_color, likeness_to_name
from ...memory.facts import cut
from ...memory.geometry import Box
from .scene import Place, Scene
from .verdict import Verdict

__all__ = [
    "OF_TEXT",
    "UNSEEN",
    "as_text_is",
    "colour_fits",
    "drawn_first",
    "edge_of",
    "has_ground",
    "measured",
    "of_chart",
    "pixels",
]

UNSEEN = Verdict((), "Parts of a chart are not seen, only the words beside them.", final=True)
"""What is told of the colours of a chart."""


def pixels(scene: Scene, box: Box, page: int) -> PIL.Image.Image | None:
    """The pixels of a box, from the sharpest picture that shows all of it; None where none does."""
    shown = [(c.box, c) for c in scene.memory.crops if c.page == page and c.box.coverage(box) >= 0.98]
    if shown:
        frame, crop = min(shown, key=lambda pair: pair[0].area)
        return cut(scene.picture(crop.id), frame, box)
    if page == scene.memory.image.page:
        return cut(scene.picture(), Box(0, 0, *map(float, scene.size_wh)), box)
    return None


def _ring(scene: Scene, place: Place, near: float, far: float) -> NamedColor | None:
    """The colour that prevails around a place, between two distances in its heights."""
    strip = _strip_around(scene, place, near, far)
    return next(iter(dominant_colors(strip, 1)), None) if strip is not None else None


def _strip_around(scene: Scene, place: Place, near: float, far: float) -> PIL.Image.Image | None:
    """The pixels of a frame around a place, between two distances from its edge in its heights, as one strip."""
    h = min(place.box.size_wh)
    outer, inner = place.box.expanded(pixels=far * h), place.box.expanded(pixels=near * h)
    parts = [
        (outer.x, outer.y, outer.xyxy[2], inner.y),
        (outer.x, inner.xyxy[3], outer.xyxy[2], outer.xyxy[3]),
        (outer.x, inner.y, inner.x, inner.xyxy[3]),
        (inner.xyxy[2], inner.y, outer.xyxy[2], inner.xyxy[3]),
    ]
    boxes = [Box.from_xyxy(*p) for p in parts if p[2] > p[0] and p[3] > p[1]]
    seen = [p for box in boxes if (p := pixels(scene, box, place.page)) is not None]
    if not seen:
        return None
    joined = np.concatenate([np.asarray(p.convert("RGB")).reshape(-1, 3) for p in seen])
    return PIL.Image.fromarray(joined[None])


def measured(scene: Scene, place: Place) -> dict[str, NamedColor]:
    """ground: what a thing is filled with; ink: what is drawn on it; around: what it lies on."""
    part = pixels(scene, place.box, place.page)
    if part is None:
        return {}
    found = dominant_colors(part)
    ground = _ring(scene, place, 0.0, 0.2) if not place.kind else None
    ground = ground or (found[0] if found else None)
    told: dict[str, NamedColor] = {}
    if ground is not None:
        told["ground"] = ground
        if (ink := ink_color(part, ground.hex)) is not None:
            told["ink"] = ink
    if (
        around := _ring(scene, place, 1.2 if not place.kind else 0.25, 2.2 if not place.kind else 0.6)
    ) is not None:
        told["around"] = around
    return told


def drawn_first(told: Mapping[str, NamedColor]) -> list[str]:
    """The parts of an icon, first what it is drawn in: of ground and ink what differs more from what it lies on."""
    around = told.get("around")
    parts = [p for p in ("ink", "ground") if p in told]
    return sorted(parts, key=lambda p: -difference(told[p].hex, around.hex)) if around is not None else parts


def has_ground(told: dict[str, NamedColor]) -> bool:
    """Whether a thing has a ground of its own."""
    return "ground" in told and "around" in told and difference(told["ground"].hex, told["around"].hex) > 0.06


OF_TEXT = re.compile(
    r"\b(?:text|words?|font|letter(?:s|ing)|written|writing|printed|label|ink|head(?:ing|line)s?|title)\b",
    re.I,
)
"""Asks for the colour of what is written."""


def as_text_is(told: Mapping[str, NamedColor]) -> bool:
    """Whether words are black, grey or white on the ground of what they lie on: that tells of no colour."""
    grey = [told[p].name.split()[-1] in ("black", "gray", "white") for p in ("ink", "ground") if p in told]
    return len(grey) == 2 and all(grey) and not has_ground(dict(told))


def edge_of(scene: Scene, place: Place, told: dict[str, NamedColor]) -> NamedColor | None:
    """The colour of a line around a thing: the commonest near its edge that is neither its ground nor what it
    lies on.
    """
    strip = _strip_around(scene, place, -0.12, 0.12)
    others = [told[p].hex for p in ("ground", "around") if p in told]
    seen = (
        [c for c in dominant_colors(strip, 6) if all(difference(c.hex, o) > 0.05 for o in others)]
        if strip
        else []
    )
    return seen[0] if seen else None


def colour_fits(scene: Scene, place: Place, asked: str) -> float:
    """How well a place has a colour, in [0, 1]: in its ground where it has one of its own, else in what is drawn
    on it.
    """
    told = measured(scene, place)
    if re.search(r"border|outline|underline|edge", asked):
        edge = edge_of(scene, place, told)
        return 0.8 * likeness_to_name(edge.hex, asked) if edge is not None else 0.0
    parts = ["ground"] if has_ground(told) or place.kind in ("button", "badge") else ["ink"]
    if re.search(r"\btext|letters|font", asked):
        parts = ["ink"]
    return max((likeness_to_name(told[p].hex, asked) for p in parts if p in told), default=0.0)


_CHART = re.compile(
    r"\b(?:slice|wedge|segment|curve|dot|data point|marker|bubble)s?\b|"
    r"\blines?\b(?=.*\b(?:chart|graph|plot|diagram)\b)|"
    r"\b(?:chart|graph|plot|diagram)(?:['’]s)? (?:line|area|column)s?\b",
    re.I,
)
_BAR = re.compile(r"\b(?:(?P<of>\w+)[ -])?bars?\b", re.I)
_OF_SCREENS = re.compile(
    r"menu|title|tool|status|task|search|progress|nav|navigation|address|top|bottom|side|scroll|app|header|url",
    re.I,
)


def of_chart(question: str) -> bool:
    """Whether a question is about a part of a chart: of those only the words beside them are ever found.

    >>> of_chart("what colour is the December bar"), of_chart("what colour is the menu bar")
    (True, False)
    """
    bars = [found["of"] or "" for found in _BAR.finditer(question)]
    return _CHART.search(question) is not None or any(not _OF_SCREENS.fullmatch(of) for of in bars)
