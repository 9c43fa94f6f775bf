"""Values of labels, found by where the text stands.

A value is looked for in the label's own line first ("Total: $123"), then around it, as `seal.memory.layout` weighs what
stands near a name, on the level where a page stands askew. Where the kind of value is known, nothing of another kind is
taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...memory.geometry import Box
from ...memory.layout import behind_name, near_values, pair_spans
from ...memory.typed import Kind, typed, values_in
from .scene import Place, Scene, part_box, rows_share
from .wants import part_of_kind

__all__ = ["Reading", "beside", "is_data", "number_beside", "own_address", "side_of"]

SAME_ROW = 0.5
_ADDRESSES: frozenset[Kind] = frozenset(("email", "url"))
"""What has the name of whose it is in itself."""


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
    lines, bits = [], []
    for line, bit in scene.around(label, bool(direction)):
        if re.search(r"\w", line.text) and not re.match(r"\d{1,2}[.)](?:\s+[^\W\d]|$)", line.text):
            lines.append(line)  # else nothing, or the next entry of a form
            bits.append(bit)
    found = []
    for near in near_values(scene.bit(label), bits, direction, bool(kinds)):
        line = lines[near.at]
        if said := part_of_kind(line.text, kinds):
            sure = label.score * line.score * max(0.4, min(1.0, 1.0 - max(0.0, near.cost) / 10))
            found.append(Reading(said, line, sure, f'{near.side} "{label.text}"', (label,)))
    return [*found, own] if own is not None else found


def _inline(label: Place, kinds: frozenset[Kind], direction: str) -> Reading | None:
    """The value that stands in the label's own line: "Total: $123" -> "$123".

    Words without a separator between ("Status Shipped") may be a longer label: they count half.
    """
    if direction in ("below", "above") or not label.line or label.line_box is None:
        return None
    start, end = label.span
    stop = next((b for a, b in pair_spans(label.line) if a <= start < b), len(label.line))
    if label.text.count("(") > label.text.count(")") and label.line[end : end + 1] == ")":
        end += 1  # the bracket that a match left open
    if re.match(r"\.\s*:", label.line[end:]):
        end += 1  # the point of "Invoice no.: 4711"
    if direction != "left":
        rest = label.line[end:stop]
        if (own := own_address(label, kinds)) is not None:
            return own
        if re.match(r"[.-][^\W\d_]", rest):
            return None  # the first part of an address, of a name
        behind = behind_name(rest)
        if behind is None and (goes_on := re.match(r" [a-z]+(?: [a-z]+)?(?=\s*:\s)", rest)):
            rest = rest[goes_on.end() :].lstrip()  # "Served by: Marta" for "Served"
            behind = behind_name(rest)
        after = rest[behind:].strip() if behind is not None else rest.strip(" \t,;")
        said = part_of_kind(after, kinds)
        begins = not label.line[:start].strip(" -•*·")
        parted = behind is not None
        apart = rest[:1] in " :=|.…-–—(\t" or parted
        if said and apart and re.search(r"\w", after) and (parted or kinds or is_data(after) or begins):
            at = label.line.rindex(said, 0, stop) if said in label.line[:stop] else end
            place = Place(
                part_box(label.line_box, label.line, (at, at + len(said))), label.page, said, label.score
            )
            ahead = after.find(said)
            near = ahead < 3 or (kinds and ahead < 40 and len(label.line) > 30)  # or in one sentence
            sure = 1.0 if (parted and ahead < 3) or is_data(after) else 0.75 if kinds and near else 0.45
            return Reading(
                _unwrapped(said), place, label.score * sure, f'in the line "{label.line}"', (label,)
            )
    before = label.line[:start].strip(" :-–—")
    if re.fullmatch(r"[(\[]?(?:\d{1,2}|[a-z]|[ivx]+)[.)\]]*", before, re.I):
        return None  # the number of an entry
    if (
        direction in ("", "left", "beside")
        and re.search(r"\w", before)
        and (said := part_of_kind(before, kinds))
        and (is_data(before) or direction)
    ):
        place = Place(part_box(label.line_box, label.line, (0, max(1, start))), label.page, said, label.score)
        return Reading(said, place, 0.9 * label.score, f'in the line "{label.line}"', (label,))
    return None


def own_address(name: Place, kinds: frozenset[Kind]) -> Reading | None:
    """The address that a name is a part of: "tove.lund@example.org" of Tove."""
    if name.line_box is None:
        return None
    for value in values_in(name.line) if kinds & _ADDRESSES else ():
        if value.kind in kinds & _ADDRESSES and value.span[0] <= name.span[0] < value.span[1]:
            box = part_box(name.line_box, name.line, value.span)
            place = Place(box, name.page, value.text, name.score)
            return Reading(value.text, place, name.score, f'of "{name.text}"', (name,))
    return None


def number_beside(scene: Scene, label: Place) -> Reading | None:
    """The number that belongs to a label: the first candidate that is one."""
    found = [
        r
        for r in beside(scene, label, frozenset(("number",)))
        if re.fullmatch(r"\d[\d.,]*\+?", r.text.strip())
    ]
    return found[0] if found else None


def _unwrapped(text: str) -> str:
    """ "(12)" -> "12" for a count in brackets; anything else as it is."""
    match = re.fullmatch(r"[(\[](\d+\+?)[)\]]", text)
    return match[1] if match else text
