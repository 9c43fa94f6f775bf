"""The entries of a list of contents on a page: hints of where something stands, never the place.

- Lines that end in leaders and the number of a page, or that stand before numbers which only grow down the page, list
  contents; a menu's prices do not grow so.
- Below "Contents" lines that follow each other closely are entries without numbers too, up to the first sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..working import TextLine
from .bits import Bit, Row, around, bits_of, cleaned, rows_of, slope_of
from .model import ContentsEntry

__all__ = ["contents_in", "contents_of"]

_TITLE = re.compile(
    r"(?:table of |list of )?(?:contents?|figures|tables)|inhalt(?:sverzeichnis)?|in this (?:guide|document|manual|"
    r"issue|report|handbook)|sommaire|table des matières|índice|indice|inhoud(?:sopgave)?",
    re.I,
)
_LEADER = re.compile(r"(?:(?:\.\s?){4,}|…+|(?:·\s?){4,})\s*(\d{1,4}|[ivxl]+)?\s*$", re.I)
_NUMBER = re.compile(r"[.\s·…]*(\d{1,4}|[ivxl]+)", re.I)
_LEADERS, _APART = 3, 5
"""Lines with leaders, and lines with numbers apart, from which they list contents."""
_FIRST, _NEXT, _FURTHER = 4.0, 1.6, 0.4
"""In heights of a line: space below the title, and between two entries, at most; and how much it may grow."""
_LONGEST = 90
"""Characters of an entry at most."""


def contents_of(lines: Sequence[TextLine], goes_on: bool = False) -> tuple[ContentsEntry, ...]:
    """The entries of a list of contents among the lines of one page, top to bottom; boxes in pixels of the full image.

    goes_on: whether the page before lists contents, so that a few more may end them here.
    A page of 100 lines takes some thousandths of a second: a hundredth of what its whole structure takes.
    """
    here = cleaned(lines)
    return contents_in(rows_of(bits_of(here, slope_of(here))), goes_on) if here else ()


def contents_in(rows: Sequence[Row], goes_on: bool = False) -> tuple[ContentsEntry, ...]:
    """The same among the rows of a page."""
    found = _numbered(rows, goes_on)
    for row in rows:
        for bit in row:
            if _TITLE.fullmatch(bit.text.strip(" :.")):
                found += [e for e in _below(bit, rows) if not any(f.box.coverage(e.box) > 0.5 for f in found)]
    return tuple(sorted(found, key=lambda e: (e.box.y, e.box.x)))


def _numbered(rows: Sequence[Row], goes_on: bool) -> list[ContentsEntry]:
    """All rows from the first to the last that has the number of a page, where those list contents."""
    worded = [i for i, row in enumerate(rows) if re.search(r"[^\W\d]{3}", _said(row))]
    led = {i: m[1] or "" for i in worded if (m := _LEADER.search(_said(rows[i])))}
    apart = {i: m[1] for i in worded if len(rows[i]) > 1 and (m := _NUMBER.fullmatch(rows[i][-1].text))}
    held = {**apart, **led}
    numbers = [int(n) for _, n in sorted(held.items()) if n.isdigit()]
    least = 1 if goes_on else _APART
    told = len(led) >= (1 if goes_on else _LEADERS) or len(held) >= max(least, len(worded) / 2)
    if not told or numbers != sorted(numbers):
        return []
    first, last = min(held), max(held)
    return [_entry(rows[i], held.get(i, "")) for i in worded if first <= i <= last]


def _below(title: Bit, rows: Sequence[Row]) -> list[ContentsEntry]:
    """The entries below a title, in its column."""
    found: list[Row] = []
    led, usual = False, 0.0
    edge, bottom = title.x0 - 2 * title.height, title.y1
    under = [row for row in rows if row[0].yc > title.y1]
    for row in under:
        mine = [b for b in row if b.x0 >= edge]
        if not mine or mine[0].x0 > title.x0 + 12 * title.height:
            continue
        said = _said(mine)
        gap = (mine[0].y0 - bottom) / mine[0].height
        leader = _LEADER.search(said) is not None
        sentence = (len(said) > _LONGEST or said.endswith((".", ",", ";"))) and not leader
        if gap > (_NEXT if found else _FIRST) or sentence or not re.search(r"[^\W\d]{2}", said):
            break
        further = len(found) > 1 and gap > usual + _FURTHER
        if found and (further or mine[0].height > 1.25 * found[-1][0].height or (led and not _page_of(mine))):
            break  # the first heading of the text
        usual = gap
        found.append(mine)
        led = led or leader
        bottom = max(b.y1 for b in mine)
    if len(found) < 2 and not led:
        return []
    return [_entry(row, _page_of(row)) for row in found]


def _page_of(row: Row) -> str:
    match = _LEADER.search(_said(row)) or (len(row) > 1 and _NUMBER.fullmatch(row[-1].text)) or None
    return (match[1] or "") if match else ""


def _said(row: Row) -> str:
    return " ".join(b.text for b in row).strip()


def _entry(row: Row, page: str) -> ContentsEntry:
    said = _said(row)
    if page and _LEADER.search(said) is None:
        said = said[: said.rindex(page)].rstrip()
    return ContentsEntry(text=_LEADER.sub("", said).rstrip(" ."), box=around(row), page=page)
