"""What was seen, as candidates for elements, each thing once: icons, widgets and regions that explain the same pixels.

- A box that was told under several phrases is one thing: an icon of several concepts, a widget with its state.
- What lies on what decides: an icon in a word is a letter, a sign in an icon is the icon, of two buttons the surer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..agents.nano.vocabulary import STATEFUL, parse
from ..memory.geometry import Box, Places
from ..memory.working import TextLine
from .element import State
from .things import Thing

__all__ = ["Part", "parts_of", "without_glyphs"]

LEAST = {"icon": 0.35, "widget": 0.35, "region": 0.45}
"""Score from which a thing counts. On five screens there are as many letters and bits of pictures below as things."""
LEAST_CONCEPT = 0.3
"""Score from which an icon is called by a concept."""
SAME = 0.55
"""IoU from which two widgets, or a widget and a picture, are one thing."""
INSIDE = 0.8
"""Share of a box from which it lies in another one."""
PRESSED = frozenset(("button", "tab", "menu item", "select", "badge"))
"""Widgets that are one thing with what is in them; of two such in one another the surer stays, unless one is small."""
SMALL = 0.3
"""Share of the outer one's area up to which a widget in a widget is one of its own."""
SWITCHED = ("checkbox", "radio", "switch")
SHORT = 3
"""Characters of what an icon is read as, at most."""
LEGIBLE = 0.95
"""Confidence from which letters or digits that were read in an icon's place are some."""
NESTED = frozenset(("card", "form"))
"""Regions that lie in others of their kind."""

_STATES: dict[str, tuple[State, State]] = {
    "checkbox": ("checked", "unchecked"),
    "switch": ("on", "off"),
    "radio": ("selected", "unselected"),
    "tab": ("selected", "unselected"),
    "menu item": ("selected", "unselected"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A thing that becomes an element. group: "icon", "widget" or "region". concepts: of an icon, best first."""

    group: str
    kind: str
    box: Box
    score: float
    state: State = ""
    concepts: tuple[tuple[str, float], ...] = field(default=())

    @property
    def icon(self) -> str:
        """The concept that it is called by, "" where none is likely."""
        likely = self.concepts and self.concepts[0][1] >= LEAST_CONCEPT
        return self.concepts[0][0] if likely else ""


def parts_of(things: Iterable[Thing]) -> list[Part]:
    """The candidates, best first, each thing once."""
    boxes: dict[tuple[str, tuple[float, ...]], list[tuple[str, State, float, Box]]] = {}
    for thing in things:
        wanted = parse(thing.phrase)
        group = "icon" if wanted is None else wanted.kind
        name = thing.phrase if wanted is None else wanted.name
        on = None if wanted is None else wanted.state
        state = _STATES[name][0 if on else 1] if name in STATEFUL and on is not None else ""
        key = group, tuple(round(v, 1) for v in thing.box)
        boxes.setdefault(key, []).append((name, state, thing.score, thing.box))
    found = [_part(group, told) for (group, _), told in boxes.items()]
    found = [p for p in found if p.score >= LEAST[p.group]]
    return _distinct(sorted(found, key=lambda p: (-p.score, p.box)))


def _part(group: str, told: Sequence[tuple[str, State, float, Box]]) -> Part:
    best = max(told, key=lambda t: t[2])
    if group != "icon":
        return Part(group, best[0], best[3], best[2], best[1])
    concepts = sorted(((name, score) for name, _, score, _ in told if name), key=lambda c: -c[1])
    return Part("icon", "icon", best[3], best[2], concepts=tuple(concepts))


def _distinct(parts: Sequence[Part]) -> list[Part]:
    """Without the less sure of two that are one thing. parts: best first."""
    kept: list[Part] = []
    places = Places([p.box for p in parts])
    for part in parts:
        if not any(_is_same(part, kept[i]) for i in places.near(part.box)):
            kept.append(part)
            places.add(part.box)
    return kept


def _is_same(part: Part, surer: Part) -> bool:
    if part.group == "region" or surer.group == "region":
        if part.kind != surer.kind:
            return False
        inner, outer = sorted((part.box, surer.box), key=lambda b: b.area)
        return part.box.iou(surer.box) >= SAME or (
            part.kind not in NESTED and outer.coverage(inner) >= INSIDE
        )
    if part.group != surer.group:
        pictures = {part.kind, surer.kind} == {"icon", "avatar"}
        return pictures and part.box.iou(surer.box) >= SAME
    if part.box.iou(surer.box) >= SAME:
        return True
    if part.kind in PRESSED and surer.kind in PRESSED:
        inner, outer = sorted((part.box, surer.box), key=lambda b: b.area)
        return outer.coverage(inner) >= INSIDE and inner.area > SMALL * outer.area
    return False


def without_glyphs(parts: Sequence[Part], lines: Sequence[TextLine]) -> tuple[list[Part], list[TextLine]]:
    """Parts without icons that are letters, and lines without what is read in icons."""
    icons = [p for p in parts if p.kind in ("icon", *SWITCHED)]
    places = Places([p.box for p in icons])
    for icon in icons:
        places.add(icon.box)
    letters: set[int] = set()
    kept: list[TextLine] = []
    for line in lines:
        near = [k for k in places.near(line.box) if icons[k].box.shared(line.box) > 0]
        said = line.text.strip()
        if len(said) <= SHORT and (over := [k for k in near if _is_one_place(icons[k].box, line.box)]):
            if any(icons[k].kind in SWITCHED for k in over):
                continue  # a tick, a dot
            if not (said.isalnum() and line.confidence >= LEGIBLE):
                continue
            letters.update(over)
            near = [k for k in near if k not in over]
        for k in near:
            if icons[k].kind != "icon" or line.box.coverage(icons[k].box) < 0.6:
                continue
            if _is_within(icons[k].box, line.box):
                if icons[k].score < 0.95:
                    letters.add(k)
            else:
                line = _without_end(line, icons[k].box)
        kept.append(line)
    gone = {id(icons[k]) for k in letters if icons[k].kind == "icon"}
    return [p for p in parts if id(p) not in gone], [line for line in kept if line.text.strip()]


def _is_one_place(icon: Box, line: Box) -> bool:
    """Whether a short line is about as wide as an icon at its place, so that it is the icon or the icon its letters."""
    return line.coverage(icon) >= 0.7 and line.width <= 2.5 * icon.width


def _is_within(icon: Box, line: Box) -> bool:
    """Whether there is as much of the line before an icon as behind it, so that it is one of its letters."""
    before, after = icon.x - line.x, line.x + line.width - icon.x - icon.width
    return min(before, after) > 0.5 * icon.width


def _without_end(line: TextLine, icon: Box) -> TextLine:
    """The line without the sign at its end as which an icon there was read: "Q Search", "Auth 0"."""
    words = line.text.split()
    if len(words) < 2:
        return line
    x0, y0, x1, y1 = line.box.xyxy
    at_start = icon.center[0] < line.box.center[0]
    sign = words[0] if at_start else words[-1]
    if len(sign) > 1 or sign.isdigit():
        return line
    rest = " ".join(words[1:] if at_start else words[:-1])
    left, right = (icon.x + icon.width, x1) if at_start else (x0, icon.x)
    if right - left < 0.3 * line.box.width:
        return line
    box = Box.from_xyxy(left, y0, right, y1)
    return line.model_copy(update={"text": rest, "box": box})
