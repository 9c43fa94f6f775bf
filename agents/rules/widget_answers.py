"""Answers about icons and widgets: which are on, what they are labelled, what badge they bear.

A localizer says where the switches are and where those that are on are; text says where "Wi-Fi" stands. Which switch
belongs to the label is geometry: the one that holds it, else the nearest of its row, else one right below it.
Words that merely read like what was asked for ("switch") are no sighting of it, and never count here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...memory.geometry import Box
from ...memory.working import FoundTarget, TextLine, VisualWorkingMemory
from ..contracts import Answer
from .evidence import (
    LIMITS,
    Anchor,
    Reading,
    anchors,
    columns_share,
    gap,
    is_sighting,
    page_lines,
    rows_share,
)
from .phrases import Mention
from .places import Evidence
from .replies import cannot, cites_of, missing, one_of, places, product, sees_it
from .visual_forms import OFF, PLAIN, state_phrase
from .watch import icon_phrase, kind_of

__all__ = ["chosen", "holder", "icon", "icon_badge", "icon_support", "state"]

_LABEL_LEFT = frozenset(("checkbox", "radio"))
"""Widgets that stand to the left of their label."""
_HOLDS_TEXT = frozenset(("tab", "menu item", "button", "badge", "input", "select"))
"""Widgets with their label inside."""
_ONE_OF = frozenset(("tab", "menu item"))
"""Widgets of which one in a list is chosen."""
_STATES = {"checkbox": ("checked", "unchecked"), "switch": ("on", "off")}
NEAR = 1.5
"""Reach of a badge from its icon, in heights of the icon."""
HALF = 0.5
"""Share of a widget's score from which the score of the same widget as one that is on says that it is on."""


def state(evidence: Evidence) -> Answer | None:
    """Whether the widget of a label is on; None where no such widget was seen."""
    question, mention = evidence.question, evidence.mentions[0]
    kind = kind_of(question)
    if not kind:
        return None
    on = _sighted(evidence, state_phrase(kind, True))
    plain = _sighted(evidence, PLAIN.get(kind, kind))
    widgets = [*plain, *(t for t in on if not any(_is_same(t, p) for p in plain))]
    if not widgets:
        return None
    if mention.is_seen:
        return _state_of_all(evidence, widgets, on, kind)
    told = []
    for label in evidence.places(mention):
        widget = widget_of(label, widgets, kind)
        if widget is not None:
            told.append((label.target.score, label, _state_of(evidence, label, widget, on)))
        elif other := next((t for t in on if kind in _ONE_OF and _beside_in_list(label, t)), None):
            told.append((label.target.score, label, _not_chosen(evidence, label, other, kind)))
    where = places((w.box, w.page) for w in widgets)
    nothing = f'"{mention.core}" was found, but no {kind} that belongs to it; seen were {where}.'
    return one_of(told, f'"{mention.core}"') if told else cannot(nothing)


def _state_of(evidence: Evidence, label: Anchor, widget: FoundTarget, on: Sequence[FoundTarget]) -> Answer:
    is_on, sure = _is_on(widget, on)
    x, y, w, h = (round(v) for v in widget.box.xywh)
    cites = tuple(dict.fromkeys((*cites_of(evidence.memory, label), *_cites(evidence.memory, [widget]))))
    reason = f"Its widget at ({x}, {y}, {w}, {h}) is {'on' if is_on else 'off'}."
    said = _said(evidence.question.asked, is_on, kind_of(evidence.question))
    return Answer(said, confidence=product(label.target.score, sure), cites=cites, reason=reason)


def _beside_in_list(label: Anchor, widget: FoundTarget) -> bool:
    """Whether a label stands in one row or column with a widget that is on."""
    aligned = rows_share(label.box, widget.box) >= 0.5 or columns_share(label.box, widget.box) >= 0.5
    return label.target.page == widget.page and aligned


def _not_chosen(evidence: Evidence, label: Anchor, other: FoundTarget, kind: str) -> Answer:
    """Of tabs and menu items one is chosen: where another one of the list is, this one is not."""
    x, y, w, h = (round(v) for v in other.box.xywh)
    reason = f"The {kind} that is selected was seen at ({x}, {y}, {w}, {h})."
    cites = tuple(dict.fromkeys((*cites_of(evidence.memory, label), *_cites(evidence.memory, [other]))))
    said = _said(evidence.question.asked, False, kind)
    return Answer(said, confidence=product(label.target.score, other.score, 0.7), cites=cites, reason=reason)


def _said(asked: str, is_on: bool, kind: str) -> str:
    """Yes or no; where two states are given to choose from ("on or off"), or none, the right one."""
    if not asked:
        return _STATES.get(kind, ("selected", "not selected"))[not is_on]
    first, _, other = asked.removeprefix("all ").partition(" or ")
    right = bool(OFF.search(first)) != is_on
    if other and bool(OFF.search(other)) != bool(OFF.search(first)):
        return first if right else other
    return "yes" if right else "no"


def _state_of_all(
    evidence: Evidence, widgets: Sequence[FoundTarget], on: Sequence[FoundTarget], kind: str
) -> Answer:
    """The state of widgets that no label tells apart: of the only one, of all alike, or whether all are on."""
    asked = evidence.question.asked
    states = {_is_on(widget, on)[0] for widget in widgets}
    number = f"{len(widgets)} {kind} widget{'' if len(widgets) == 1 else 's'} seen"
    cites = _cites(evidence.memory, widgets)
    if len(states) > 1 and not asked.startswith("all "):
        where = places((w.box, w.page) for w in widgets)
        return cannot(f"{number}, some on and some off; say which is meant: {where}.", cites)
    sure = product(min(_is_on(w, on)[1] for w in widgets), 1.0)
    said = _said(asked, states.pop(), kind) if len(states) == 1 else "no"
    return Answer(said, confidence=sure, cites=cites, reason=f"{number}.")


def _is_on(widget: FoundTarget, on: Sequence[FoundTarget]) -> tuple[bool, float]:
    """Whether a widget is among those that are on, and how sure that is, in [0, 1]."""
    share = max((t.score / max(widget.score, 1e-6) for t in on if _is_same(t, widget)), default=0.0)
    return share >= HALF, product(widget.score, max(min(1.0, share), 1 - share, 0.6) * 0.95)


def _is_same(a: FoundTarget, b: FoundTarget) -> bool:
    return a.page == b.page and a.box.iou(b.box) >= 0.4


def widget_of(label: Anchor, widgets: Sequence[FoundTarget], kind: str) -> FoundTarget | None:
    """The widget that belongs to a label: the smallest that holds it, else the nearest of its row, or below it."""
    here = [w for w in widgets if w.page == label.target.page]
    around = [w for w in here if w.box.coverage(label.box) >= 0.6]
    if around or kind in _HOLDS_TEXT:
        return min(around, key=lambda w: w.box.area, default=None)
    ranked = [(cost, w) for w in here if (cost := _apart(label.box, w.box, kind)) is not None]
    return min(ranked, key=lambda r: r[0])[1] if ranked else None


def _apart(label: Box, widget: Box, kind: str) -> float | None:
    """How far a widget is from a label that may be its own, in text heights and weighted; None where it is not."""
    h = max(1.0, label.height)
    gap_x, gap_y = gap(label, widget)
    aside = abs(label.center[1] - widget.center[1])
    if rows_share(label, widget) >= 0.3 or aside <= 0.8 * h:
        after = label.center[0] > widget.center[0]
        turned = after != (kind in _LABEL_LEFT)
        return (gap_x * (3.0 if turned and kind in _LABEL_LEFT else 1.0) + 2 * aside) / h
    stacked = columns_share(label, widget) >= 0.3 and widget.y > label.y and gap_y <= LIMITS.below * h
    return 2.0 + 1.5 * gap_y / h if stacked and kind not in _LABEL_LEFT else None


def chosen(evidence: Evidence) -> Answer:
    """The label of what is selected, checked or on; of several, where several are asked for, all."""
    mention = evidence.mentions[0]
    kind = mention.seen.name if mention.seen else ""
    found = [a for a in evidence.all_places(mention) if evidence.in_scope(a.box, a.target.page)]
    if not found:
        return missing(evidence.memory, mention, evidence.question)
    told: list[tuple[float, Anchor, Answer]] = []
    for a in found:
        text, sure = _label_of(a, evidence.lines, kind)
        where = places([(a.box, a.target.page)])
        reply = (
            Answer(text, confidence=product(a.target.score, sure), cites=cites_of(evidence.memory, a))
            if text
            else cannot(f"A {mention.core} was seen at {where}, but no text was read that belongs to it.")
        )
        told.append((a.target.score, a, reply))
    if not evidence.question.asked or len(told) == 1:
        return one_of(told, f'"{mention.core}"')
    if failed := next((r for _, _, r in told if r.status == "cannot_tell"), None):
        return failed
    told.sort(key=lambda t: (t[1].box.y, t[1].box.x))
    names = ", ".join(dict.fromkeys(r.text for _, _, r in told))
    cites = tuple(dict.fromkeys(c for _, _, r in told for c in r.cites))
    return Answer(names, confidence=min(r.confidence for _, _, r in told), cites=cites)


def _label_of(widget: Anchor, lines: Sequence[TextLine], kind: str) -> tuple[str, float]:
    """The text in a widget, or the line beside it that is its label, and how sure that is; ("", 0) for none."""
    here = page_lines(lines, widget.target.page)
    inside = _inside(widget.box, here)
    if inside[0] or kind in _HOLDS_TEXT:
        return inside
    costs = [
        (cost, n) for n in here if n.text.strip() and (cost := _apart(n.box, widget.box, kind)) is not None
    ]
    if not costs:
        return "", 0.0
    cost, line = min(costs, key=lambda c: c[0])
    return (line.text.strip(), line.confidence) if cost <= LIMITS.right else ("", 0.0)


def _inside(box: Box, lines: Sequence[TextLine]) -> tuple[str, float]:
    """The text inside a box, in reading order; numbers beside words (a counter) are left out."""
    held = [n for n in lines if box.coverage(n.box) >= 0.6 and n.text.strip()]
    words = [n for n in held if re.search(r"[^\W\d]", n.text)] or held
    words.sort(key=lambda n: (round(n.box.center[1] / max(1.0, n.box.height)), n.box.x))
    return " ".join(n.text.strip() for n in words), min((n.confidence for n in words), default=0.0)


def holder(evidence: Evidence) -> Answer:
    """The text of the widget that holds an icon; where no such widget was seen, the text right beside the icon."""
    question, mention = evidence.question, evidence.mentions[0]
    found = evidence.places(mention)
    if not found:
        return missing(evidence.memory, mention, question)
    holders = _sighted(evidence, question.asked)
    told = [(a.target.score, a, _held_with(evidence, a, holders)) for a in found]
    return one_of(told, f'"{mention.core}"')


def _held_with(evidence: Evidence, anchor: Anchor, holders: Sequence[FoundTarget]) -> Answer:
    here = page_lines(evidence.lines, anchor.target.page)
    around = [w for w in holders if w.page == anchor.target.page and w.box.coverage(anchor.box) >= 0.7]
    cites = cites_of(evidence.memory, anchor)
    for widget in sorted(around, key=lambda w: w.box.area):
        text, sure = _inside(widget.box, here)
        if text:
            return Answer(text, confidence=product(anchor.target.score, sure), cites=cites)
    what = evidence.question.asked
    if around:
        return cannot(
            f"The {what} with the {anchor.mention.core} was seen, but no text was read in it.", cites
        )
    beside = [n for n in here if _follows(anchor.box, n.box)]
    if not beside:
        return cannot(
            f"The {anchor.mention.core} was seen, but no {what} around it and no text beside it.", cites
        )
    line = min(beside, key=lambda n: gap(anchor.box, n.box)[0])
    reason = f"No {what} was seen around the {anchor.mention.core}; this text stands right beside it."
    sure = product(anchor.target.score, line.confidence, 0.7)
    return Answer(line.text.strip(), confidence=sure, cites=cites, reason=reason)


def _follows(icon_box: Box, line: Box) -> bool:
    """Whether a line stands right of an icon on its row, at most three of its heights away."""
    reach = 3 * max(icon_box.height, line.height)
    return rows_share(icon_box, line) >= 0.5 and -2 <= line.x - icon_box.x - 0.6 * icon_box.width <= reach


def icon_badge(evidence: Evidence, anchor: Anchor) -> tuple[Reading, ...]:
    """Short text on a badge at an icon: in a badge that was seen, else a number over or right beside the icon."""
    h = anchor.height
    here = [n for n in page_lines(evidence.lines, anchor.target.page) if 0 < len(n.text.strip()) <= 5]
    badges = [b for b in _sighted(evidence, "badge") if b.page == anchor.target.page]
    at = anchor.box.x + 0.25 * anchor.box.width  # what stands farther left belongs to something else
    near = [
        b
        for b in badges
        if max(gap(anchor.box, b.box)) <= NEAR * h and b.box.iou(anchor.box) < 0.7 and b.box.center[0] >= at
    ]
    for badge in sorted(near, key=lambda b: sum(gap(anchor.box, b.box))):
        if inside := [n for n in here if badge.box.coverage(n.box) >= 0.5]:
            line = max(inside, key=lambda n: n.confidence)
            return (Reading(line.text.strip(), line.box, line.confidence, "badge"),)
    close = [(gap(anchor.box, n.box), n) for n in here if re.search(r"\d", n.text)]
    close = [(g, n) for g, n in close if max(g) <= NEAR * h and n.box.center[0] >= at]
    close.sort(key=lambda c: sum(c[0]))
    return tuple(Reading(n.text.strip(), n.box, 0.8 * n.confidence, "right") for _, n in close)


def icon(evidence: Evidence) -> Answer:
    """Which icon stands beside a text: only a choice of names can be looked for."""
    mention = evidence.mentions[0]
    if not evidence.places(mention):
        return missing(evidence.memory, mention, evidence.question)
    return cannot(
        f'"{mention.core}" was found, but what an icon shows is told only by looking for it by name: give options, '
        f"or {sees_it}.",
        cites_of(evidence.memory, *evidence.places(mention)[:1]),
    )


def icon_support(evidence: Evidence, options: Sequence[str]) -> list[float]:
    """How well each option names the icon beside the text asked for, in [0, 1]: by how near it was seen."""
    labels = evidence.places(evidence.mentions[0])
    side = evidence.question.asked
    return [
        max((_beside(a, b, side) for a in labels for b in _icons(evidence, o)), default=0.0) for o in options
    ]


def _icons(evidence: Evidence, option: str) -> list[Anchor]:
    return anchors(evidence.memory, Mention(icon_phrase(option)), evidence.lines)


def _beside(label: Anchor, seen: Anchor, side: str) -> float:
    if label.target.page != seen.target.page:
        return 0.0
    gap_x, gap_y = gap(label.box, seen.box)
    dx, dy = (s - c for s, c in zip(seen.box.center, label.box.center, strict=True))
    level = rows_share(label.box, seen.box) >= 0.3
    there = {
        "left": level and dx < 0,
        "right": level and dx > 0,
        "above": dy < 0 and gap_x == 0,
        "below": dy > 0 and gap_x == 0,
    }.get(side, level or gap_x == 0)
    return (
        product(seen.target.score, label.target.score) / (1 + (gap_x + gap_y) / (4 * label.height))
        if there
        else 0.0
    )


def _sighted(evidence: Evidence, phrase: str) -> list[FoundTarget]:
    """What was seen under a phrase that the rules themselves asked for; text that reads like it is left out."""
    return [t for t in evidence.memory.targets if t.phrase == phrase and is_sighting(t)]


def _cites(memory: VisualWorkingMemory, targets: Sequence[FoundTarget]) -> tuple[str, ...]:
    held = {crop.id for crop in memory.crops}
    return tuple(dict.fromkeys(t.crop for t in targets if t.crop in held))
