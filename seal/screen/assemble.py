"""From what was seen and read to elements: what belongs together becomes one, with a name, a place to click, an id.

- Text in a button, tab, menu item, input, select, badge or avatar names it; an icon in one of the first is its icon.
- What stands beside a check box, radio button or switch, or above or beside an input, is its label.
- An id is a letter for the kind and a hash of kind, name and place on a grid, so that it depends on nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..memory.geometry import Box, Places
from ..memory.image import Image
from ..memory.typed import plain
from ..memory.working import TextLine
from .element import INTERACTIVE, Element, Elements
from .labels import labels_of
from .order import parents, reading_order
from .parts import PRESSED, Part, parts_of, without_glyphs
from .survey import Survey

__all__ = ["assemble", "click_point"]

HOLDS_TEXT = frozenset(("button", "tab", "menu item", "input", "select", "badge", "avatar"))
"""Widgets with their text inside."""
HOLDS_ICON = frozenset(("button", "tab", "menu item", "badge"))
"""Widgets that are one with the icon inside; those in an input or select can often be clicked themselves."""
INSIDE = 0.6
"""Share of a line, or of an icon, from which it is in a widget."""
TITLED = frozenset(("card", "dialog", "form"))
"""Regions that are called by the line at their top."""
GRID = 16
"""Pixels of the grid on which the place of an element counts for its id."""


@dataclass(slots=True)
class _Made:
    """An element in the making."""

    kind: str
    box: Box
    score: float
    part: Part | None = None
    lines: list[TextLine] = field(default_factory=list)
    icon: Part | None = None
    label: str = ""

    @property
    def text(self) -> str:
        ordered = sorted(self.lines, key=lambda n: (round(n.box.center[1] / max(1.0, n.box.height)), n.box.x))
        return " ".join(n.text.strip() for n in ordered)

    @property
    def concept(self) -> str:
        icon = self.part if self.kind == "icon" else self.icon
        return "" if icon is None else icon.icon


def assemble(seen: Survey, image: Image) -> Elements:
    """The elements of a screen, in reading order."""
    parts, lines = without_glyphs(parts_of(seen.things), seen.lines)
    made = [_Made(p.kind, p.box, p.score, p) for p in parts]
    widgets = [m for m in made if m.part is not None and m.part.group == "widget"]
    rest = _filled(widgets, lines)
    made = _with_icons(_without_inner(made, widgets), widgets)
    made += [_Made("text", line.box, line.confidence, lines=[line]) for line in rest]
    for m, label in labels_of([(m.kind, m.box) for m in made]).items():
        made[m].label = made[label].text
    return Elements(
        size_wh=image.size_wh,
        items=_elements(made, image.box),
        digest=image.digest,
        page=image.page,
        complete=seen.complete,
    )


# --- what belongs together ----------------------------------------------------------------------------------


def _filled(widgets: Sequence[_Made], lines: Sequence[TextLine]) -> list[TextLine]:
    """Give each widget the lines in it; those that are left, and what is left of lines that several widgets share."""
    holders = [w for w in widgets if w.kind in HOLDS_TEXT]
    places = Places([w.box for w in holders])
    for w in holders:
        places.add(w.box)
    rest: list[TextLine] = []
    for line in lines:
        near = [holders[i] for i in places.near(line.box) if holders[i].box.shared(line.box) > 0]
        around = [w for w in near if w.box.coverage(line.box) >= INSIDE or _is_snug(w.box, line.box)]
        if around:
            chosen = min(around, key=lambda w: w.box.area)
            chosen.lines.append(
                _without_counts(line, [w for w in near if w.kind == "badge" and w is not chosen])
            )
            continue
        across = [w for w in near if _crosses(w.box, line.box)]
        if not across or " " not in line.text.strip():
            rest.append(line)
            continue
        for piece in _words(line):
            mine = [w for w in across if w.box.coverage(Box(*piece.box.center, 0, 0)) > 0]
            if mine:
                min(mine, key=lambda w: w.box.area).lines.append(piece)
            elif (
                rest
                and rest[-1].text
                and rest[-1].box.xyxy[2] >= piece.box.x - piece.box.height
                and _is_of(rest[-1], line)
            ):
                rest[-1] = rest[-1].model_copy(
                    update={"text": f"{rest[-1].text} {piece.text}", "box": rest[-1].box.union(piece.box)}
                )
            else:
                rest.append(piece)
    return rest


def _without_inner(made: Sequence[_Made], widgets: Sequence[_Made]) -> list[_Made]:
    """Without a widget that is no more than the text of another one: a button that has the name of its menu item."""
    pressed = [w for w in widgets if w.kind in PRESSED]
    places = Places([w.box for w in pressed])
    for w in pressed:
        places.add(w.box)
    gone: set[int] = set()
    for inner in pressed:
        for i in places.near(inner.box):
            outer = pressed[i]
            if outer is inner or outer.lines or not inner.lines or outer.score < inner.score:
                continue
            if outer.box.coverage(inner.box) >= 0.8 and outer.box.area > inner.box.area:
                outer.lines, inner.lines = inner.lines, []
                gone.add(id(inner))
                break
    return [m for m in made if id(m) not in gone]


def _without_counts(line: TextLine, badges: Sequence[_Made]) -> TextLine:
    """The line without the number at its end that a badge there says; the badge gets it: "Sent 37"."""
    words = line.text.split()
    if len(words) < 2 or not words[-1].strip("()").isdigit():
        return line
    end = _words(line)[-1]
    for badge in badges:
        if (
            not badge.lines
            and badge.box.expanded(pixels=0.5 * line.box.height).intersection(end.box).area > 0
        ):
            badge.lines.append(end)
            text = " ".join(words[:-1])
            return line.model_copy(
                update={"text": text, "box": Box.from_xyxy(*line.box.xyxy[:2], end.box.x, line.box.xyxy[3])}
            )
    return line


def _without_sign(line: TextLine, icon: Box) -> TextLine:
    """The line without the sign as which the icon before it was read: "Q Search", "★Favourites"."""
    text = line.text.strip()
    rest = re.sub(r"^(?:[^\W\d_] |[^\w(]+|[\u2460-\u24ff])\s*", "", text)
    if not rest or rest == text or icon.center[0] > line.box.center[0]:
        return line
    return line.model_copy(update={"text": rest})


def _is_snug(widget: Box, line: Box) -> bool:
    """Whether a widget is hardly larger than the text in it, whose box may reach over its edges: a pill, a badge."""
    return line.coverage(widget) >= 0.75 and widget.coverage(line) >= 0.4


def _crosses(widget: Box, line: Box) -> bool:
    """Whether a widget holds a part of a line: as high as it, and wide enough for a word."""
    shared = widget.intersection(line)
    return shared.height >= 0.7 * line.height and shared.width >= 1.2 * line.height


def _is_of(piece: TextLine, line: TextLine) -> bool:
    return line.box.coverage(piece.box) >= 0.99


def _words(line: TextLine) -> list[TextLine]:
    """A line, word by word; letters are taken as equally wide."""
    text, found, start = line.text.strip(), [], 0
    step = line.box.width / max(1, len(text))
    for word in text.split():
        at = text.index(word, start)
        start = at + len(word)
        box = Box(line.box.x + at * step, line.box.y, len(word) * step, line.box.height)
        found.append(TextLine(text=word, box=box, confidence=line.confidence, page=line.page))
    return found


def _with_icons(made: Sequence[_Made], widgets: Sequence[_Made]) -> list[_Made]:
    """Give widgets the icon in them; without the icons that are a part of their widget."""
    holders = [w for w in widgets if w.kind in HOLDS_ICON]
    places = Places([w.box for w in holders])
    for w in holders:
        places.add(w.box)
    inside: dict[int, list[_Made]] = {}
    for m in made:
        if m.kind == "icon":
            around = [i for i in places.near(m.box) if holders[i].box.coverage(m.box) >= INSIDE]
            if around:
                inside.setdefault(min(around, key=lambda i: holders[i].box.area), []).append(m)
    merged: set[int] = set()
    for i, icons in inside.items():
        first = min(icons, key=lambda m: m.box.x)
        holders[i].icon = first.part
        holders[i].lines = [_without_sign(line, first.box) for line in holders[i].lines]
        merged.add(id(first))
        # a mark at the end of a menu item says that there is more; it does what the item does
        merged |= {
            id(m)
            for m in icons
            if m.box.width <= 0.12 * holders[i].box.width or not m.part or not m.part.icon
        }
    return [m for m in made if id(m) not in merged]


# --- elements -----------------------------------------------------------------------------------------------


def _elements(made: Sequence[_Made], page: Box) -> tuple[Element, ...]:
    boxes = [m.box.clipped(page) for m in made]
    above = parents(boxes, [m.kind not in ("text", "icon") for m in made])
    order = reading_order(boxes, above)
    inner: dict[int, list[Box]] = {}
    for i, parent in enumerate(above):
        if parent >= 0 and made[i].kind != "text":
            inner.setdefault(parent, []).append(boxes[i])
    names = [_name(m) for m in made]
    for i in order:
        if not names[i] and made[i].kind in TITLED:
            names[i] = _title(
                boxes[i], [m for m, a in zip(made, above, strict=True) if a == i and m.kind == "text"]
            )
    ids: dict[int, str] = {}
    for i in order:
        own = _id(made[i].kind, names[i] or made[i].text, boxes[i])
        doubles = sum(v == own or v.startswith(f"{own}-") for v in ids.values()) if own in ids.values() else 0
        ids[i] = f"{own}-{doubles + 1}" if doubles else own
    return tuple(
        Element(
            id=ids[i],
            number=number,
            kind=made[i].kind,
            name=names[i],
            text=made[i].text,
            label=made[i].label,
            icon=made[i].concept,
            state="" if (seen := made[i].part) is None else seen.state,
            box=boxes[i],
            click=click_point(boxes[i], inner.get(i, ())),
            confidence=round(min(1.0, max(0.0, made[i].score)), 4),
            interactive=made[i].kind in INTERACTIVE,
            parent=ids.get(above[i], ""),
            looks_like=part.concepts if (part := _pictured(made[i])) is not None else (),
        )
        for number, i in enumerate(order, 1)
    )


def _pictured(m: _Made) -> Part | None:
    return m.part if m.kind == "icon" else m.icon


def _name(m: _Made) -> str:
    return m.text or m.label or m.concept


def _title(box: Box, lines: Sequence[_Made]) -> str:
    """The line at the top of a region, as it is read first."""
    top = [m for m in lines if m.box.center[1] <= box.y + max(0.3 * box.height, 2 * m.box.height)]
    return min(top, key=lambda m: (m.box.y + 0.2 * m.box.x, m.box.x)).text if top else ""


def click_point(box: Box, inner: Sequence[Box]) -> tuple[float, float]:
    """The point of a box nearest to its centre that lies in none of the boxes in it; the centre where all do."""
    x, y = box.center
    if not any(_covers(b, x, y) for b in inner):
        return x, y
    steps = [(i + 0.5) / 12 for i in range(12)]
    grid = [(box.x + box.width * u, box.y + box.height * v) for v in steps for u in steps]
    free = [p for p in grid if not any(_covers(b, *p) for b in inner)]
    return min(free, key=lambda p: ((p[0] - x) ** 2 + (p[1] - y) ** 2, p), default=(x, y))


def _covers(box: Box, x: float, y: float) -> bool:
    return box.x <= x < box.x + box.width and box.y <= y < box.y + box.height


def _id(kind: str, name: str, box: Box) -> str:
    x, y = (round(v / GRID) for v in box.center)
    told = hashlib.sha256(f"{kind}|{plain(name)}|{x}|{y}".encode()).digest()
    return kind[0] + base64.b32encode(told).decode().casefold()[:4]
