"""Values of labels, table cells and badges, found by where the text stands.

A value is looked for in the label's own line first ("Total: $123"), then to the right on the same row, below
(cards and stacked forms), above (dashboard cards), and left of it ("12 unread"). Every candidate gets a cost:
its gap in text heights, weighted by side, less what typography says for it. A direction in the question is
binding: nothing on another side is taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...memory.geometry import Box
from ...memory.working import TextLine
from .amounts import as_number, is_value
from .evidence import (
    LIMITS,
    Anchor,
    Reading,
    columns_share,
    find_span,
    gap,
    neighbours,
    overlap_share,
    page_lines,
    part_box,
    rows_share,
)
from .phrases import key

__all__ = ["badge_of", "cell_of", "inline", "value_of"]

_SEPARATOR = re.compile(r"^\s*(?:[:=|→»>]|[-–—]{1,2}(?=\s)|\.{2,}|…|\s{2,}|·)+\s*")


@dataclass(frozen=True, slots=True)
class _Costs:
    """Cost of a candidate: start + slope * gap (gap in text heights); lower is better."""

    right: tuple[float, float] = (0.0, 0.125)
    below: tuple[float, float] = (0.6, 1.5)
    above: tuple[float, float] = (1.0, 1.5)
    left: tuple[float, float] = (2.5, 0.3)
    value_like: float = -0.7
    """A number, amount or date, where any text would do."""
    not_a_number: float = 6.0
    """Words, where a number is asked for."""
    larger: float = -1.0
    """Text at least 1.3 times as high as the label: the figure of a card."""
    is_label: float = 3.0
    """Ends with a colon, so it is a label itself."""
    dearest: float = 5.5
    """A candidate that costs more is no answer."""


_COSTS = _Costs()


def value_of(
    anchor: Anchor, lines: Sequence[TextLine], direction: str = "", numeric: bool = False
) -> tuple[Reading, ...]:
    """Candidates for the value of a label, best first; empty when none is plausible.

    direction: "right", "left", "below", "above", "beside" or "" (any side). numeric: a number is asked for.
    """
    own = inline(anchor, direction, numeric, lines)
    if own and own.confidence > 0.6 and (not numeric or re.search(r"\d", own.text)):
        return (own,)
    ranked: list[tuple[float, Reading]] = []
    for _, side, line in neighbours(anchor, lines):
        cost = _cost(anchor, side, line, direction, numeric)
        if cost is not None:
            sure = line.confidence * max(0.4, min(1.0, 1.0 - max(0.0, cost) / 10))
            ranked.append((cost, Reading(line.text.strip(), line.box, sure, side)))
    found = [reading for _, reading in sorted(ranked, key=lambda r: r[0])]
    return (*found, own) if own else tuple(found)


def _cost(anchor: Anchor, side: str, line: TextLine, direction: str, numeric: bool) -> float | None:
    """Cost of a line as the value of the label; None when it cannot be."""
    allowed = {"": ("right", "below", "above", "left"), "beside": ("right", "left")}.get(
        direction, (direction,)
    )
    if side not in allowed:
        return None
    gap_x, gap_y = gap(anchor.box, line.box)
    h = anchor.height
    if side in ("right", "left"):
        steps, reach = gap_x / h, LIMITS.right if side == "right" else LIMITS.left
    else:
        steps, reach = gap_y / h, LIMITS.bound if direction else getattr(LIMITS, side)
        aligned = columns_share(anchor.box, line.box) >= 0.3 or abs(anchor.box.x - line.box.x) <= h
        if not aligned:
            return None
    if steps > reach:
        return None
    if side in ("below", "above") and not direction and is_value(anchor.mention.core):
        return None  # a number above or below a number is its neighbour in a column
    start, slope = getattr(_COSTS, side)
    if direction in (side, "beside"):
        return float(
            slope * steps + (_COSTS.not_a_number if numeric and not re.search(r"\d", line.text) else 0.0)
        )
    data = is_value(line.text)
    cost = float(start + slope * steps)
    cost += _COSTS.value_like if data else _COSTS.not_a_number if numeric else 0.0
    cost += _COSTS.larger if line.box.height >= 1.3 * h and side != "left" else 0.0
    cost += _COSTS.is_label if line.text.rstrip().endswith(":") else 0.0
    if side == "left" and not (data and gap_x <= 3 * h):
        return None
    return cost if cost <= _COSTS.dearest else None


def inline(
    anchor: Anchor, direction: str = "", numeric: bool = False, lines: Sequence[TextLine] = ()
) -> Reading | None:
    """The value that stands in the label's own line: "Total: $123" -> "$123".

    Words without a separator between ("Status Shipped") may be a longer label: they count with a confidence
    of 0.5 or less.
    """
    if not anchor.mention.is_text or direction in ("below", "above"):
        return None
    span = find_span(anchor.mention.core, anchor.text)
    if span is None:
        return None
    line = max(
        (n for n in page_lines(lines, anchor.target.page) if n.text == anchor.text),
        key=lambda n: n.box.coverage(anchor.box),
        default=None,
    )
    sure = line.confidence if line else 1.0
    whole = line.box if line else anchor.target.box
    if direction != "left":
        rest = anchor.text[span[1] :]
        separator = _SEPARATOR.match(rest)
        after = rest[separator.end() :].strip() if separator else rest.strip(" \t,;")
        starts = span[0] == 0 or not anchor.text[: span[0]].strip(" -•*·")
        if re.search(r"\w", after) and (rest[:1] in " :=|.…-–—(\t" or separator):
            box = part_box(whole, anchor.text, (len(anchor.text) - len(after), len(anchor.text)))
            if separator or is_value(after):
                return Reading(_unwrapped(after), box, sure, "right")
            if starts and not numeric:
                return Reading(after, box, sure * 0.5, "right")
    if direction in ("", "left", "beside"):
        before = anchor.text[: span[0]].strip(" :-–—")
        if is_value(before) or (direction == "left" and before):
            return Reading(before, part_box(whole, anchor.text, (0, max(1, span[0]))), sure * 0.9, "left")
    return None


def _unwrapped(text: str) -> str:
    """ "(12)" -> "12" for a count in brackets; anything else as it is."""
    match = re.fullmatch(r"[(\[](\d+\+?)[)\]]", text)
    return match[1] if match else text


def badge_of(anchor: Anchor, lines: Sequence[TextLine]) -> tuple[Reading, ...]:
    """Short text (up to 5 characters, numbers first) at the right or upper right of a label, nearest first."""
    own = inline(anchor, "right", True, lines)
    if own and len(own.text) <= 5:
        return (own,)
    h = anchor.height
    band = Box(anchor.box.x, anchor.box.y - h, anchor.box.width, anchor.box.height + 1.3 * h)
    ranked: list[tuple[bool, float, Reading]] = []
    for distance, _, line in neighbours(anchor, lines):
        text = _unwrapped(line.text.strip())
        to_right = line.box.center[0] > anchor.box.center[0]
        near = gap(anchor.box, line.box)[0] <= LIMITS.left * h
        level = overlap_share(band.y, band.y + band.height, line.box.y, line.box.y + line.box.height) >= 0.6
        if len(text) <= 5 and to_right and near and level:
            ranked.append(
                (as_number(text) is None, distance, Reading(text, line.box, line.confidence, "right"))
            )
    return tuple(reading for _, _, reading in sorted(ranked, key=lambda r: r[:2]))


def cell_of(row: Anchor, column: Anchor, lines: Sequence[TextLine]) -> tuple[Reading, ...]:
    """The text where the row's band of y crosses the column's band of x, best first.

    A line that runs over several columns is cut to the words that stand under the header. Where no line
    overlaps the header in x, one counts when this header is the nearest of its row. Where none stands in the row, as
    when the row's own cell has several lines, the nearest in the column counts, if it is by far the nearest.
    """
    if row.target.page != column.target.page:
        return ()
    page = page_lines(lines, row.target.page)
    headers = [n for n in page if rows_share(n.box, column.box) >= LIMITS.same_row]
    found: list[tuple[float, Reading]] = []
    for line in page:
        if rows_share(line.box, row.box) < LIMITS.same_row or line.box.coverage(column.box) > 0.5:
            continue
        own = line.box.coverage(row.box) > 0.5 and columns_share(line.box, row.box) > 0.5
        if own and key(line.text) == row.mention.key:
            continue
        crossed = [n for n in headers if columns_share(n.box, line.box) > 0.4]
        share = columns_share(line.box, column.box)
        if (len(crossed) > 1 or own) and line.box.width > 1.2 * column.box.width:
            words = _words_under(line, column.box, row)
            if words:
                found.append((0.8, Reading(words, line.box, line.confidence * 0.8, "cell")))
        elif own:
            continue
        elif share > 0:
            found.append(
                (share, Reading(line.text.strip(), line.box, line.confidence * (0.7 + 0.3 * share), "cell"))
            )
        elif _nearest_is(column, line, headers):
            found.append((0.0, Reading(line.text.strip(), line.box, line.confidence * 0.6, "cell")))
    near = () if found else _nearest_row(row, column, page)
    return (*(reading for _, reading in sorted(found, key=lambda f: -f[0])), *near)


def _nearest_row(row: Anchor, column: Anchor, page: Sequence[TextLine]) -> tuple[Reading, ...]:
    """The line under a header that is nearest to a row, at most a line's height off, all others twice as far."""

    def off(line: TextLine) -> float:
        return abs(line.box.center[1] - row.box.center[1])

    below = [n for n in page if columns_share(n.box, column.box) > 0.4 and n.box.y > column.box.center[1]]
    ranked = sorted((n for n in below if n.text.strip()), key=off)
    if not ranked or off(ranked[0]) > max(row.box.height, ranked[0].box.height):
        return ()
    if len(ranked) > 1 and off(ranked[1]) < 2 * off(ranked[0]):
        return ()
    line = ranked[0]
    return (Reading(line.text.strip(), line.box, line.confidence * 0.5, "cell"),)


def _nearest_is(column: Anchor, line: TextLine, headers: Sequence[TextLine]) -> bool:
    """Whether this column's header is the one nearest in x to a line, and within two of its widths."""
    reach = gap(column.box, line.box)[0]
    others = [gap(n.box, line.box)[0] for n in headers if columns_share(n.box, column.box) < 0.5]
    return reach <= 2 * column.box.width and all(reach < o for o in others)


def _words_under(line: TextLine, column: Box, row: Anchor) -> str:
    """The words of a line that stand under a header; the row's own name is left out."""
    skip = find_span(row.mention.core, line.text) or (0, 0)
    slack = 0.3 * line.box.height
    words: list[str] = []
    for match in re.finditer(r"\S+", line.text):
        if skip[0] <= match.start() < skip[1]:
            continue
        box = part_box(line.box, line.text, match.span())
        centre = box.center[0]
        inside = column.x - slack <= centre <= column.x + column.width + slack
        if inside or overlap_share(box.x, box.x + box.width, column.x, column.x + column.width) >= 0.5:
            words.append(match[0])
    return " ".join(words)
