"""Answers about place and looks: relations, distances, positions, neighbours, order, colours, states.

Boxes in pixels of the full image of their page; relations come from `seal.memory.geometry.relation`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...memory.geometry import Box, distance, relation
from ...memory.working import TextLine, VisualWorkingMemory
from ..contracts import Answer
from .evidence import LIMITS, Anchor, columns_share, gap, neighbours, same
from .reader import Question
from .replies import cannot, cites_of, product, sees_it
from .values import inline, value_of

__all__ = ["SINGLE", "pair", "part_of"]

_NEUTRAL = re.compile(r"\b(?:white|black|gr[ae]y|silver|beige|off-white|light gr[ae]y|dark gr[ae]y)\b", re.I)
_ON = re.compile(
    r"^(?:on|enabled|active|activated|yes|true|checked|selected|ticked|expanded|open|signed)$", re.I
)
_OFF = re.compile(
    r"^(?:off|disabled|inactive|deactivated|no|false|unchecked|deselected|not selected|collapsed|closed|unsigned)$",
    re.I,
)


def pair(question: Question, memory: VisualWorkingMemory, a: Anchor, b: Anchor) -> Answer:
    """Relation of, or distance between, two places."""
    cites = cites_of(memory, a, b)
    if a.target.page != b.target.page:
        return cannot(
            f'"{a.mention.core}" is on page {a.target.page} and "{b.mention.core}" on page {b.target.page}.',
            cites,
        )
    sure = product(a.target.score, b.target.score)
    if question.form == "distance":
        gap_x, gap_y = gap(a.box, b.box)
        edges = re.search(r"\b(?:gap|space|spacing|separat\w*|room)\b", question.text, re.I)
        pixels = (gap_x**2 + gap_y**2) ** 0.5 if edges else distance(a.box, b.box)
        what = "Between the nearest edges" if edges else "Between the centres"
        note = f"{what}; the edges are {gap_x:.0f} px apart in x and {gap_y:.0f} px in y."
        return Answer(f"{pixels:.0f} pixels", confidence=sure, cites=cites, reason=note)
    how = relation(a.box, b.box)
    (ax, ay), (bx, by) = a.box.center, b.box.center
    if question.asked in ("horizontal", "vertical"):
        flat = question.asked == "horizontal"
        level = (how.horizontal if flat else how.vertical) == "level with"
        if level and abs(ax - bx if flat else ay - by) < 1:
            axis = "side by side" if not flat else "one above the other"
            return cannot(
                f"The two are {axis}: their centres are level on the axis that was asked for.", cites
            )
        side = ("left" if ax < bx else "right") if flat else ("above" if ay < by else "below")
        why = "On that axis they are almost level; the centres decide." if level else ""
        return Answer(side, confidence=sure * (0.5 if level else 1.0), cites=cites, reason=why)
    if question.asked in ("left", "right", "above", "below"):
        names = {"left": "left of", "right": "right of"}
        true = names.get(question.asked, question.asked) in (how.horizontal, how.vertical)
        return Answer(
            "yes" if true else "no",
            confidence=sure,
            cites=cites,
            reason=f'"{a.mention.core}" is {how.text} "{b.mention.core}".',
        )
    return Answer(how.text, confidence=sure, cites=cites)


def part_of(box: Box, size_wh: tuple[int, int]) -> str:
    """The ninth of the image in which a box has its centre: `top left`, `top`, `centre`, ..."""
    x, y = box.center
    column = ("left", "", "right")[min(2, max(0, int(3 * x / max(1, size_wh[0]))))]
    row = ("top", "", "bottom")[min(2, max(0, int(3 * y / max(1, size_wh[1]))))]
    return f"{row} {column}".strip() or "centre"


def _position(
    question: Question, memory: VisualWorkingMemory, lines: Sequence[TextLine], anchor: Anchor
) -> Answer:
    del lines
    box, size = anchor.box, memory.image.size_wh
    cites, sure = cites_of(memory, anchor), anchor.target.score
    part = part_of(box, size)
    where = f"{part} of the image: x {box.x:.0f}, y {box.y:.0f}, width {box.width:.0f}, height {box.height:.0f} pixels"
    if memory.pages > 1:
        where += f", page {anchor.target.page}"
    if question.asked and not re.search(r"\bor\b", question.text, re.I):
        x, y = box.center[0] / max(1, size[0]), box.center[1] / max(1, size[1])
        tests = {
            "top|upper": y < 0.5,
            "bottom|lower": y > 0.5,
            "left": x < 0.5,
            "right": x > 0.5,
            "cent|middle": part == "centre",
        }
        true = all(holds for words, holds in tests.items() if re.search(words, question.asked))
        return Answer("yes" if true else "no", confidence=sure, cites=cites, reason=f"It is at the {where}.")
    return Answer(where, confidence=sure, cites=cites)


def _nearest(
    question: Question, memory: VisualWorkingMemory, lines: Sequence[TextLine], anchor: Anchor
) -> Answer:
    cites = cites_of(memory, anchor)
    own = inline(anchor, "", False, lines)
    if own and own.confidence > 0.6:
        return Answer(own.text, confidence=product(anchor.target.score, own.confidence), cites=cites)
    near = neighbours(anchor, lines)
    if not near:
        return cannot(f'"{anchor.mention.core}" was found, but no other text was read around it.', cites)
    if re.search(r"\b(?:next to|beside|alongside|adjacent)\b", question.text, re.I):
        near.sort(key=lambda n: n[1] not in ("right", "left") or n[0] > LIMITS.left * anchor.height)
    pixels, side, line = near[0]
    others = "; ".join(f'"{n.text}" {s}, {p:.0f} px away' for p, s, n in near[1:4])
    why = f"It is {side}, {pixels:.0f} px away." if side else ""
    return Answer(
        line.text.strip(),
        confidence=product(anchor.target.score, line.confidence),
        cites=cites,
        reason=f"{why} Next: {others}." if others else why,
    )


def _order(
    question: Question, memory: VisualWorkingMemory, lines: Sequence[TextLine], anchor: Anchor
) -> Answer:
    """What comes next or before: down a list where one stands below or above, else along the row."""
    cites = cites_of(memory, anchor)
    along = {"below": "right", "above": "left"}[question.direction]
    h = anchor.height
    column = [
        (pixels, line)
        for pixels, side, line in neighbours(anchor, lines)
        if side == question.direction
        and gap(anchor.box, line.box)[1] <= LIMITS.bound * h
        and (columns_share(anchor.box, line.box) >= 0.3 or abs(anchor.box.x - line.box.x) <= h)
    ]
    row = [(p, n) for p, side, n in neighbours(anchor, lines) if side == along and p <= LIMITS.left * h]
    found = column or row
    if not found:
        return cannot(
            f'"{anchor.mention.core}" was found, but nothing was read {question.direction} it.', cites
        )
    line = found[0][1]
    return Answer(
        line.text.strip(), confidence=product(anchor.target.score, line.confidence, 0.95), cites=cites
    )


def _color(
    question: Question, memory: VisualWorkingMemory, lines: Sequence[TextLine], anchor: Anchor
) -> Answer:
    """From the measured colours: the largest is taken for the ground, the next for what stands on it."""
    del lines
    cites = cites_of(memory, anchor)
    wanted = anchor.mention.key
    facts = [f for f in memory.facts if f.kind == "color" and same(str(f.value.get("phrase", "")), wanted)]
    facts = [f for f in facts if f.value.get("phrase") == anchor.target.phrase] or facts
    facts = [f for f in facts if anchor.target.crop in f.evidence] or facts
    own = [round(float(v), 1) for v in anchor.target.box.xywh]
    facts = [f for f in facts if f.value.get("box") == own] or facts
    icon = anchor.mention.seen is not None and anchor.mention.seen.kind == "icon"
    if icon and facts and {"ink", "around"} <= set(drawn := facts[0].value):
        on_ground = f"Measured: {_measured([drawn['ink']])} on {_measured([drawn['around']])}."
        meant = drawn["around"] if question.asked == "background" else drawn["ink"]
        return _color_said(question, meant, [meant], product(anchor.target.score, 0.9), cites, on_ground)
    colors = [
        c for f in facts[:1] for c in f.value.get("colors", ()) if isinstance(c, dict) and c.get("name")
    ]
    if not colors:
        return cannot(
            f'"{anchor.mention.core}" was found, but its colours were not measured; {sees_it}.', cites
        )
    colors.sort(key=lambda c: -float(c.get("share", 0.0)))
    ground, others = colors[0], colors[1:]
    vivid = [c for c in colors if not _NEUTRAL.search(str(c["name"]))]
    if question.asked == "background":
        chosen, sure = ground, 0.9
    elif question.asked == "text":
        chosen, sure = (others[0], 0.75) if others else (ground, 0.5)
    elif anchor.mention.head in ("button", "badge", "tile", "stamp") or not anchor.mention.is_text:
        chosen, sure = ground, 0.8
    else:
        chosen, sure = (vivid[0], 0.75) if vivid else (others[0] if others else ground, 0.6)
    sure = product(anchor.target.score, sure)
    return _color_said(question, chosen, colors, sure, cites, f"Measured: {_measured(colors[:4])}.")


_Color = Mapping[str, Any]


def _measured(colors: Sequence[_Color]) -> str:
    return ", ".join(
        f"{c['name']} {c.get('hex', '')} {float(c.get('share', 0.0)):.0%}".strip() for c in colors
    )


def _color_said(
    question: Question,
    chosen: _Color,
    colors: Sequence[_Color],
    sure: float,
    cites: tuple[str, ...],
    why: str,
) -> Answer:
    """The colour chosen, or whether it or another large one is the one that is asked for."""
    name = str(chosen["name"])
    if question.asked in ("", "background", "text"):
        code = f" ({chosen['hex']})" if chosen.get("hex") else ""
        return Answer(f"{name}{code}", confidence=sure, cites=cites, reason=why)
    if re.search(r"\bor\b", question.text, re.I):
        return Answer(name, confidence=sure, cites=cites, reason=why)
    plain = question.asked.replace("gray", "grey").replace("golden", "gold")
    held = any(
        _same_color(plain, str(c["name"])) and float(c.get("share", 0.0)) >= 0.1 for c in colors
    ) or _same_color(plain, name)
    return Answer("yes" if held else "no", confidence=sure, cites=cites, reason=why)


def _same_color(asked: str, name: str) -> bool:
    """Whether a measured colour name is the one asked for: "red" also fits "dark red"."""
    asked_words = set(asked.replace("violet", "purple").split())
    return asked_words <= set(name.casefold().replace("gray", "grey").replace("violet", "purple").split())


def _state(
    question: Question, memory: VisualWorkingMemory, lines: Sequence[TextLine], anchor: Anchor
) -> Answer:
    """A state only where it is written ("Wi-Fi: On"); how a checkbox looks is no text."""
    cites = cites_of(memory, anchor)
    for reading in value_of(anchor, lines)[:1]:
        on, off = _ON.match(reading.text.strip()), _OFF.match(reading.text.strip())
        if on or off:
            negative = re.search(
                r"\b(?:off|un\w+ed|disabled|inactive|deactivated|collapsed)\b", question.asked
            )
            true = bool(on) != bool(negative)
            sure = product(anchor.target.score, reading.confidence, 0.8)
            return Answer(
                "yes" if true else "no", confidence=sure, cites=cites, reason=f'It reads "{reading.text}".'
            )
    what = f'"{anchor.mention.core}" was found at ({anchor.box.x:.0f}, {anchor.box.y:.0f}), but a state is not text'
    return cannot(f"{what}, and the rules never look at pixels: {sees_it}.", cites)


SINGLE: Mapping[str, Callable[[Question, VisualWorkingMemory, Sequence[TextLine], Anchor], Answer]] = {
    "position": _position,
    "nearest": _nearest,
    "order": _order,
    "color": _color,
    "state": _state,
}
"""Answers about one place, by form."""
