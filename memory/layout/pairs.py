"""Names and their values outside tables: on one line, in the next bit of the row, below, and on cards.

- "Total: $12", "Total $12": one line, cut behind the colon or before the value.
- "Name    Ada": two bits of a row. "Name" over "Ada": stacked, at one left edge. "$3,510" over "Total profit": a card,
  whose value is larger than its name.
- A line of running text has no name. Whether a name is the one that somebody means is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ..typed import typed, values_in
from .bits import Bit, Row, part_of, share
from .flow import CAPTION
from .grid import is_figure
from .model import KeyValue

__all__ = ["pairs_in"]

_SEPARATOR = re.compile(r"\s*(?::(?!\d|//)|\.{3,}|…|\s[=|→»]|\s[–—-]{1,2}(?=\s))\s*")
_LONGEST = 40
"""Characters of a name at most."""
_FAR = 40.0
"""Distance of a value from its name on one row, in heights of the name."""
_BELOW = 1.3
"""The same below it."""
_LOOSE = 0.75
"""Score below which a value in the line of its name is taken only where no other value follows."""
_CARD = 1.25
"""How much higher the value of a card is than its name."""


def pairs_in(rows: Sequence[Row]) -> tuple[KeyValue, ...]:
    """The pairs among rows that belong to no table, in their order."""
    found: list[KeyValue] = []
    used: set[int] = set()
    for row in rows:
        waiting: Bit | None = None
        if CAPTION.match(row[0].text):
            continue
        for bit, after in zip(row, [*row[1:], None], strict=True):
            inline = _inline(bit)
            if inline is not None and inline.score < _LOOSE and after is not None and is_figure(after.text):
                inline = None  # "Discount (5 %)" before its amount
            if inline is not None and (waiting is None or not waiting.text.endswith(":")):
                found.append(inline)
                used.add(id(bit))
                waiting = None
                continue
            if waiting is not None and _is_value(bit, waiting):
                found.append(_pair(waiting, bit, "right"))
                used |= {id(waiting), id(bit)}
                waiting = None
                continue
            waiting = bit if _is_name(bit) else None
    for row, below in pairwise(rows):
        for name in row:
            under = [
                b
                for b in below
                if abs(b.x0 - name.x0) <= name.height or share(b.x0, b.x1, name.x0, name.x1) > 0.8
            ]
            if len(under) != 1 or id(name) in used or id(under[0]) in used:
                continue
            pair = _stacked(name, under[0])
            if pair is not None:
                found.append(pair)
                used |= {id(name), id(under[0])}
    return tuple(sorted(found, key=lambda p: (p.key_box.y, p.key_box.x)))


def _is_name(bit: Bit) -> bool:
    return (
        len(bit.text) <= _LONGEST
        and re.search(r"[^\W\d]{2}", bit.text) is not None
        and not re.match(r"\d+(?![\d.]*[.)])", bit.text)
        and bit.text[-1:] not in ".,;!"
    )


def _is_value(bit: Bit, name: Bit) -> bool:
    gap = bit.x0 - name.x1
    if gap > _FAR * name.height or len(bit.text) > 80 or bit.text.endswith(":"):
        return False
    return name.text.endswith(":") or typed(bit.text).kind != "text"


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


def _stacked(upper: Bit, lower: Bit) -> KeyValue | None:
    """A name over its value, or the value of a card over its name."""
    gap = lower.y0 - upper.y1
    if gap > _BELOW * max(upper.height, lower.height) or gap < -0.3 * upper.height:
        return None
    if is_figure(upper.text) and _is_name(lower) and upper.height >= _CARD * lower.height:
        return _pair(lower, upper, "above", 0.8)
    if not _is_name(upper) or len(lower.text) > 60:
        return None
    larger = lower.height >= _CARD * upper.height
    if upper.text.endswith(":") or is_figure(lower.text) or larger:
        return _pair(upper, lower, "below", 0.9 if upper.text.endswith(":") else 0.7)
    return None


def _pair(name: Bit, value: Bit, side: str, score: float = 0.9) -> KeyValue:
    sides = {"line": "line", "right": "right", "below": "below", "above": "above"}
    return KeyValue.model_validate(
        {
            "key": re.sub(r"(?:[\s:…]|\.{2,})+$", "", name.text),
            "value": value.text.lstrip(": "),
            "key_box": name.box,
            "value_box": value.box,
            "kind": typed(value.text.lstrip(": ")).kind,
            "side": sides[side],
            "score": round(score * min(name.score, value.score), 3),
        }
    )
