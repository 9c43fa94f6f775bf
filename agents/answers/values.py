"""Values of labels, found by where the text stands.

A value is looked for in the label's own line first ("Total: $123"), then to the right on the same row, below (cards and
stacked forms), above (dashboard cards), and left of it ("12 unread"). Every candidate gets a cost: its gap in text
heights, weighted by side, less what typography says for it. Where the kind of value is known, nothing of another kind
is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...memory.geometry import Box
from ...memory.typed import Kind, typed
from .scene import Place, Scene, columns_share, gaps, part_box, rows_share
from .wants import part_of_kind

__all__ = ["Reading", "beside", "is_data", "side_of"]

_SEPARATOR = re.compile(r"^\s*(?:[:=|→»>]|[-–—]{1,2}(?=\s)|\.{2,}|…|\s{2,}|·)+\s*")
_REACH = {"right": 60.0, "left": 25.0, "below": 3.5, "above": 3.5}
"""How far a value may stand from its label, in heights of the label's text."""
_BOUND = 8.0
"""The same below and above, where the question names that direction."""
_START = {"right": (0.0, 0.125), "below": (0.6, 1.5), "above": (1.0, 1.5), "left": (2.5, 0.3)}
"""Cost of a candidate: start + slope * gap, the gap in text heights; lower is better."""
_VALUE_LIKE, _LARGER, _IS_LABEL, _DEAREST = -0.7, -1.0, 3.0, 5.5
SAME_ROW = 0.5


@dataclass(frozen=True, slots=True)
class Reading:
    """Text that may be the answer. score in [0, 1]; place: where it stands; why: what it is read from."""

    text: str
    place: Place
    score: float
    why: str = ""
    used: tuple[Place, ...] = ()


def is_data(text: str) -> bool:
    """Whether a text looks like data rather than like a label: a number, amount, date or address."""
    return typed(text).kind != "text"


def side_of(anchor: Box, box: Box) -> str:
    """`right`, `left`, `below` or `above`: the side of `anchor` on which `box` stands; "" when they overlap."""
    if rows_share(anchor, box) >= SAME_ROW:
        slack = 0.3 * min(anchor.height, box.height)
        if box.x >= anchor.x + anchor.width - slack:
            return "right"
        return "left" if box.x + box.width <= anchor.x + slack else ""
    return "below" if box.center[1] > anchor.center[1] else "above"


def beside(scene: Scene, label: Place, kinds: frozenset[Kind], direction: str = "") -> list[Reading]:
    """Candidates for the value of a label, best first. direction: the side that the question names, "" for any."""
    own = _inline(label, kinds, direction)
    if own is not None and own.score >= 0.6 * label.score:
        return [own]
    if len(label.line) > len(label.text) + 25 and not own:
        return []  # words of a sentence are no label
    ranked: list[tuple[float, Reading]] = []
    for line in scene.around(label):
        if not re.search(r"\w", line.text) or re.match(r"\d{1,2}[.)](?:\s+[^\W\d]|$)", line.text):
            continue  # nothing, or the next entry of a form
        side = side_of(label.box, line.box)
        said = part_of_kind(line.text, kinds)
        cost = _cost(label, side, line, direction, bool(kinds))
        if cost is None or not said:
            continue
        sure = label.score * line.score * max(0.4, min(1.0, 1.0 - max(0.0, cost) / 10))
        ranked.append((cost, Reading(said, line, sure, f'{side} "{label.text}"', (label,))))
    found = [reading for _, reading in sorted(ranked, key=lambda r: r[0])]
    return [*found, own] if own is not None else found


def _cost(label: Place, side: str, line: Place, direction: str, is_typed: bool) -> float | None:
    """Cost of a line as the value of the label; None when it cannot be."""
    allowed = {"": ("right", "below", "above", "left"), "beside": ("right", "left")}.get(
        direction, (direction,)
    )
    if side not in allowed:
        return None
    gap_x, gap_y = gaps(label.box, line.box)
    h = label.height
    across = side in ("right", "left")
    steps = (gap_x if across else gap_y) / h
    if steps > (_BOUND if direction and not across else _REACH[side]):
        return None
    if not across:
        aligned = columns_share(label.box, line.box) >= 0.3 or abs(label.box.x - line.box.x) <= h
        if not aligned or (not direction and is_data(label.text)):
            return None  # a number above or below a number is its neighbour in a column
        if not direction and len(line.text) > 45:
            return None  # a paragraph
    start, slope = _START[side]
    if direction in (side, "beside"):
        return slope * steps
    data = is_data(line.text)
    cost = start + slope * steps + (_VALUE_LIKE if data or is_typed else 0.0)
    cost += _LARGER if line.height >= 1.3 * h and side != "left" else 0.0
    cost += _IS_LABEL if line.text.rstrip().endswith(":") else 0.0
    if side == "left" and not (data and gap_x <= 3 * h):
        return None
    return cost if cost <= _DEAREST else None


def _inline(label: Place, kinds: frozenset[Kind], direction: str) -> Reading | None:
    """The value that stands in the label's own line: "Total: $123" -> "$123".

    Words without a separator between ("Status Shipped") may be a longer label: they count half.
    """
    if direction in ("below", "above") or not label.line or label.line_box is None:
        return None
    start, end = label.span
    if label.text.count("(") > label.text.count(")") and label.line[end : end + 1] == ")":
        end += 1  # the bracket that a match left open
    if direction != "left":
        rest = label.line[end:]
        separator = _SEPARATOR.match(rest)
        if separator is None and (goes_on := re.match(r" [a-z]+(?: [a-z]+)?(?=\s*:\s)", rest)):
            rest = rest[goes_on.end() :].lstrip()  # "Served by: Marta" for "Served"
            separator = _SEPARATOR.match(rest)
        after = rest[separator.end() :].strip() if separator else rest.strip(" \t,;")
        said = part_of_kind(after, kinds)
        begins = not label.line[:start].strip(" -•*·")
        apart = rest[:1] in " :=|.…-–—(\t" or separator
        if said and apart and re.search(r"\w", after) and (separator or kinds or is_data(after) or begins):
            at = label.line.rindex(said) if said in label.line else end
            place = Place(
                part_box(label.line_box, label.line, (at, at + len(said))), label.page, said, label.score
            )
            ahead = after.find(said)
            near = ahead < 3 or (kinds and ahead < 40 and len(label.line) > 30)  # or in one sentence
            sure = 1.0 if (separator and ahead < 3) or is_data(after) else 0.75 if kinds and near else 0.45
            return Reading(
                _unwrapped(said), place, label.score * sure, f'in the line "{label.line}"', (label,)
            )
    before = label.line[:start].strip(" :-–—")
    if re.fullmatch(r"[(\[]?(?:\d{1,2}|[a-z]|[ivx]+)[.)\]]*", before, re.I):
        return None  # the number of an entry
    if (
        direction in ("", "left", "beside")
        and (said := part_of_kind(before, kinds))
        and (is_data(before) or direction)
    ):
        place = Place(part_box(label.line_box, label.line, (0, max(1, start))), label.page, said, label.score)
        return Reading(said, place, 0.9 * label.score, f'in the line "{label.line}"', (label,))
    return None


def _unwrapped(text: str) -> str:
    """ "(12)" -> "12" for a count in brackets; anything else as it is."""
    match = re.fullmatch(r"[(\[](\d+\+?)[)\]]", text)
    return match[1] if match else text
