"""Names and their values outside tables: on one line, in the next bit of the row, below, and on cards.

- "Total: $12", "Total $12": one line, cut behind the colon or before the value.
- "Name    Ada": two bits of a row. "Name" over "Ada": stacked, at one left edge. "$3,510" over "Total profit": a card,
  whose value is larger than its name.
- What may be the value of a name is weighed by one measure, `near_values`, here and for those who ask for the value of
  a name that they know: its distance in heights of the name, by side, less what typography says for it.
- A line of running text has no name. Whether a name is the one that somebody means is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from ..typed import typed, values_in
from .bits import Bit, Row, part_of, share
from .flow import CAPTION
from .grid import is_figure
from .model import KeyValue

__all__ = ["NearValue", "Side", "behind_name", "ends_with_value", "near_values", "pair_spans", "pairs_in"]

Side = Literal["right", "below", "above", "left"]
_MARKS = r":(?!//)|\.{3,}|(?:\.\s){2,}\.?|…"
"""What parts a name from its value wherever it stands; dashes and signs do with white space around them."""
_SEPARATOR = re.compile(rf"\s*(?:(?<!\d)(?:{_MARKS})|\s[=|→»]|\s[–—-]{{1,2}}(?=\s))\s*")
_BEHIND = re.compile(
    rf"\s*(?:{_MARKS}|\.{{2,}}|[=|→»>]|[-–—]{{1,2}}(?=\s)|\s{{2,}}|·)(?:{_MARKS}|[\s.=|→»>·])*"
)
_KEY = re.compile(r"(?<!\S)[^\W\d][\w-]*:\s+(?=\S)")
"""A name of one word that begins another pair of its line."""
_LEADER = re.compile(r"[\s.…·:_–—-]+$")
_LONGEST = 40
"""Characters of a name at most."""
_LOOSE = 0.75
"""Score below which a value in the line of its name is taken only where no other value follows."""
_CARD = 1.25
"""How much higher the value of a card is than its name."""
_REACH: dict[Side, float] = {"right": 60.0, "left": 25.0, "below": 3.5, "above": 3.5}
"""How far a value may stand from its name, in heights of the name."""
_BOUND = 8.0
"""The same below and above, where that is asked for."""
_START: dict[Side, tuple[float, float]] = {
    "right": (0.0, 0.125),
    "below": (0.6, 1.5),
    "above": (1.0, 1.5),
    "left": (2.5, 0.3),
}
"""Cost of a line as a value: start + slope * gap, the gap in heights of the name; lower is better."""
_VALUE_LIKE, _LARGER, _IS_LABEL, _DEAREST = -0.7, -1.0, 3.0, 5.5
_TALLER = 1.3
"""How much higher a line is that typography says something for."""
_PARAGRAPH = 45
"""Characters from which a line below a name is running text."""
_SURE: dict[Side, float] = {"right": 5.0, "below": 2.6, "above": 2.0, "left": 0.0}
"""Cost up to which a line is taken for a value though nobody asks for it."""


@dataclass(frozen=True, slots=True)
class NearValue:
    """A line that may be the value of a name: its index, on which side of the name it stands, and its cost."""

    at: int
    side: Side
    cost: float


def near_values(
    name: Bit, lines: Sequence[Bit], direction: str = "", is_typed: bool = False
) -> list[NearValue]:
    """The lines that may be the value of a name, cheapest first.

    direction: the only side that counts, "beside" for right and left, "" for any. is_typed: whether only values of a
    known kind are asked for.
    """
    allowed = {"": ("right", "below", "above", "left"), "beside": ("right", "left")}.get(
        direction, (direction,)
    )
    is_data = typed(name.text).kind != "text"
    found = []
    for at, line in enumerate(lines):
        side = _side_of(name, line)
        if side is None or side not in allowed:
            continue
        cost = _cost(name, line, side, direction, is_data, is_typed)
        if cost is not None:
            found.append(NearValue(at, side, cost))
    return sorted(found, key=lambda n: n.cost)


def _side_of(name: Bit, line: Bit) -> Side | None:
    """On which side of a name a line stands; None where they overlap."""
    if share(name.y0, name.y1, line.y0, line.y1) >= 0.5:
        slack = 0.3 * min(name.height, line.height)
        if line.x0 >= name.x1 - slack:
            return "right"
        return "left" if line.x1 <= name.x0 + slack else None
    return "below" if line.yc > name.yc else "above"


def _cost(name: Bit, line: Bit, side: Side, direction: str, is_data: bool, is_typed: bool) -> float | None:
    """Cost of a line as the value of a name; None when it cannot be. is_data: whether the name looks like a value."""
    across = side in ("right", "left")
    low, high = (
        (max(name.x0, line.x0), min(name.x1, line.x1))
        if across
        else (max(name.y0, line.y0), min(name.y1, line.y1))
    )
    steps = max(0.0, low - high) / name.height
    if steps > (_BOUND if direction and not across else _REACH[side]):
        return None
    if not across:
        aligned = share(name.x0, name.x1, line.x0, line.x1) >= 0.3 or abs(name.x0 - line.x0) <= name.height
        if not aligned or (not direction and (is_data or len(line.text) > _PARAGRAPH)):
            return None  # a number above or below a number is its neighbour in a column
    start, slope = _START[side]
    if direction in (side, "beside"):
        return slope * steps
    is_value = typed(line.text).kind != "text"
    if side == "left" and not (is_value and steps <= 3):
        return None
    cost = start + slope * steps + (_VALUE_LIKE if is_value or is_typed else 0.0)
    cost += _LARGER if line.height >= _TALLER * name.height and side != "left" else 0.0
    cost += _IS_LABEL if line.text.rstrip().endswith((":", "?")) else 0.0
    return cost if cost <= _DEAREST else None


def behind_name(text: str) -> int | None:
    """Where the value begins in what stands behind a name: "   $12", ": 3 May"; None where nothing parts them."""
    match = _BEHIND.match(text)
    return match.end() if match else None


def ends_with_value(text: str) -> tuple[int, int] | None:
    """(end of the name, start of the value) of a line that ends with its only value: "Tea ..... 2.50"; else None."""
    values = values_in(text)
    start, end = values[-1].span if len(values) == 1 else (0, 0)
    start += len(text[start:end]) - len(text[start:end].lstrip())
    name = _LEADER.sub("", text[:start])
    if not re.search(r"[^\W\d]{2}", name) or end < len(text.rstrip()):
        return None
    return len(name), start


def pair_spans(text: str) -> list[tuple[int, int]]:
    """Where the pairs of one line begin and end, "col: 15 sel: 0" of a status line; the whole text where it is not sure
    that it has several. The values before the last are one word each, or typed; of two pairs the first is data.
    """
    keys = list(_KEY.finditer(text))
    values = [text[a.end() : b.start()].strip() for a, b in pairwise(keys)]
    of_a_type = [typed(v).kind != "text" or bool(re.fullmatch(r"\d[\d ./,-]*", v)) for v in values]
    said = all(v and (is_one or not re.search(r"\s", v)) for v, is_one in zip(values, of_a_type, strict=True))
    if len(keys) < 2 or keys[0].start() or not said or (len(keys) == 2 and not of_a_type[0]):
        return [(0, len(text))]
    starts = [k.start() for k in keys]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def pairs_in(rows: Sequence[Row]) -> tuple[KeyValue, ...]:
    """The pairs among rows that belong to no table, in their order."""
    found: list[KeyValue] = []
    used: set[int] = set()
    for row in rows:
        if CAPTION.match(row[0].text):
            used |= {id(b) for b in row}
            continue
        before: Bit | None = None
        for bit, after in zip(row, [*row[1:], None], strict=True):
            several = pair_spans(bit.text)
            if len(several) > 1:
                held = (_inline(part_of(bit, *part)) for part in several)
                found += [pair for pair in held if pair is not None]
                used.add(id(bit))
                before = bit
                continue
            inline = _inline(bit)
            if inline is not None and inline.score < _LOOSE and after is not None and is_figure(after.text):
                inline = None  # "Discount (5 %)" before its amount
            if inline is not None and (before is None or not before.text.endswith(":")):
                found.append(inline)
                used.add(id(bit))
            before = bit
    for i, row in enumerate(rows):
        for k, name in enumerate(row):
            near = [
                *row[k + 1 : k + 2],
                *(rows[i + 1] if i + 1 < len(rows) else ()),
                *(rows[i - 1] if i else ()),
            ]
            value = None if id(name) in used or not _is_name(name) else _value_of(name, near, used)
            if value is not None:
                found.append(_pair(name, *value))
                used |= {id(name), id(value[0])}
    return tuple(sorted(found, key=lambda p: (p.key_box.y, p.key_box.x)))


def _value_of(name: Bit, near: Sequence[Bit], used: set[int]) -> tuple[Bit, Side, float] | None:
    """The value of a name among the lines around it, its side, and how sure it is; None where none is told."""
    ranked = near_values(name, near)
    for option in ranked:
        value, side = near[option.at], option.side
        if (
            id(value) in used
            or option.cost > _SURE[side]
            or len(value.text) > (80 if side == "right" else 60)
        ):
            continue
        told = name.text.endswith(":")
        if side == "right" and not value.text.endswith(":") and (told or typed(value.text).kind != "text"):
            return value, side, 0.9
        alone = sum(o.side == side for o in ranked) == 1
        larger = value.height >= _CARD * name.height
        if side == "below" and alone and (told or is_figure(value.text) or larger):
            return value, side, 0.9 if told else 0.7
        if side == "above" and alone and larger and is_figure(value.text):
            return value, side, 0.8
    return None


def _is_name(bit: Bit) -> bool:
    return (
        len(bit.text) <= _LONGEST
        and re.search(r"[^\W\d]{2}", bit.text) is not None
        and not re.match(r"\d+(?![\d.]*[.)])", bit.text)
        and bit.text[-1:] not in ".,;!"
    )


def _inline(bit: Bit) -> KeyValue | None:
    """A name with its value on one line."""
    mark = _SEPARATOR.search(bit.text)
    if mark and 1 < mark.start() <= _LONGEST and mark.end() < len(bit.text):
        name, value = part_of(bit, 0, mark.start()), part_of(bit, mark.end(), len(bit.text))
        whole = name.text.count("(") == name.text.count(")")
        if (
            whole
            and re.search(r"[^\W\d]{2}", name.text)
            and re.search(r"\w", value.text)
            and len(value.text) <= 80
        ):
            return _pair(name, value, "line")
    values = [v for v in values_in(bit.text) if v.kind not in ("code", "url")]
    if len(values) != 1 or values[0].span[1] < len(bit.text.rstrip(" .)")):
        return None
    start = values[0].span[0]
    said = bit.text[:start].strip(" :-–")
    words = said.split()
    if (
        not 0 < len(words) <= 4
        or not re.fullmatch(r"[^\W\d][^\d]{1,30}", said)
        or said[-1] in ",("
        or (words[-1].islower() and len(words) > 2)
    ):
        return None
    return _pair(part_of(bit, 0, start), part_of(bit, start, len(bit.text)), "line", 0.7)


def _pair(name: Bit, value: Bit, side: str, score: float = 0.9) -> KeyValue:
    return KeyValue.model_validate(
        {
            "key": re.sub(r"(?:[\s:…]|\.{2,})+$", "", name.text),
            "value": value.text.lstrip(": "),
            "key_box": name.box,
            "value_box": value.box,
            "kind": typed(value.text.lstrip(": ")).kind,
            "side": side,
            "score": round(score * min(name.score, value.score), 3),
        }
    )
