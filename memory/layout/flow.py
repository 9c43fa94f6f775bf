"""What runs from the top of a page to its bottom: headings, paragraphs, items of lists, captions, footnotes.

- Lines that follow each other closely, at one left edge and in one size, are a paragraph.
- A heading is a short line that is larger than the text of the page, or numbered ("2.1 Results"), or in capitals, and
  stands free. Its number may stand apart. Its level follows its number, else its size. What begins with a bullet, an
  item of a numbered list, and an entry of a list of contents is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from ..geometry import Box
from .bits import Bit, Row, around, share
from .model import Heading, Paragraph

__all__ = ["CAPTION", "headings_in", "page_number_in", "paragraphs_in"]

CAPTION = re.compile(
    r"(?:table|tab\.|figure|fig\.|tabelle|abbildung|abb\.|chart|exhibit|listing|algorithm)\s*[A-Z]?\d+.*",
    re.I,
)
_NUMBERED = re.compile(r"((?:\d{1,2}\.){0,3}\d{1,2}\.?|[A-Z]\.|[IVX]{1,5}\.|§\s*\d+)\s+(?=[^\W\d])(.{2,70})")
_BARE_NUMBER = re.compile(r"(?:\d{1,2}\.){0,3}\d{1,2}\.?|[A-Z]\.|[IVX]{1,5}\.|§\s*\d+")
_BULLET = re.compile(r"\s*[•·●▪■◦‣*–—-]\s*(?=\S)")
_ITEM = re.compile(r"\s*(?:[•·▪◦‣*–-]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+\S")
_FOOTNOTE = re.compile(r"\s*(?:\*+|†|‡|[¹²³⁴⁵⁶⁷⁸⁹]|\d{1,2})\s*[^\W\d].*")
_PAGE = re.compile(
    r"(?:page|seite|p\.|sheet|pagina|página)\s*(\d{1,4})(?:\s*(?:of|von|/|de)\s*(\d{1,4}))?|(\d{1,4})\s*(?:/|of|von)\s*(\d{1,4})|"
    r"[-–—|\[]?\s*(\d{1,4}|[ivxl]{1,7})\s*[-–—|\]]?",
    re.I,
)
_LARGER, _SOMEWHAT, _TITLE, _NOT_SMALLER = 1.2, 1.1, 1.5, 0.82
"""How much larger than the text of the page a heading is; what stands apart; what may end as a sentence does; and how
high a numbered one is at least: boxes of long lines are higher where a page stands askew.
"""
_APART = 0.2
"""More space over a heading than between lines, in heights of it."""
_CLOSE = 0.7
"""Space between two items of a list at most, in heights."""
_NEAR = 4.0
"""Distance of a title from its number, in heights."""
_SHORT = 30
"""Characters up to which the last line of a paragraph may end without a full stop."""


def _usual(bits: Sequence[Bit]) -> float:
    """Height of the text of the page: that of most characters."""
    ordered = sorted((b.height, len(b.text)) for b in bits)
    half, held = sum(n for _, n in ordered) / 2, 0
    for height, n in ordered:
        held += n
        if held >= half:
            return height
    return 1.0


def headings_in(rows: Sequence[Row], listed: Sequence[Box] = ()) -> tuple[Heading, ...]:
    """The headings among rows of what is no table, top to bottom. listed: boxes of entries of a list of contents."""
    bits = [b for row in rows for b in row]
    if not bits:
        return ()
    usual = _usual(bits)
    space = _usual_space(rows)
    found: list[tuple[Bit, str]] = []
    for i, row in enumerate(rows):
        bit, others = _begun(row)
        if (others and bit.height < 1.5 * usual) or not re.search(r"[^\W\d]{2}", bit.text):
            continue
        if _BULLET.match(bit.text) or any(box.coverage(bit.box) > 0.5 for box in listed):
            continue
        ended = bit.text.rstrip()[-1:] in ".,;"
        if len(bit.text) > 80 or (ended and bit.height < _TITLE * usual):
            continue
        above = bit.y0 - max((b.y1 for b in rows[i - 1]), default=0.0) if i else 9e9
        apart = above > space + _APART * bit.height
        free = above > 0.7 * bit.height or apart
        large = bit.height >= _LARGER * usual or (
            bit.height >= _SOMEWHAT * usual and apart and not others and bit.text[:1].isupper()
        )
        large &= bit.height >= _TITLE * usual or not _runs_on(rows, i)
        capitals = bit.text.isupper() and len(bit.text) > 5 and free and not others
        number = "" if others or bit.height < _NOT_SMALLER * usual else _number_of(bit, rows, i, free, usual)
        if large or number or capitals:
            told = _NUMBERED.fullmatch(bit.text)
            found.append((bit, told[1].rstrip(".") if told else ""))
    sizes: list[float] = []
    for height in sorted({b.height for b, _ in found}, reverse=True):
        if not sizes or height < 0.88 * sizes[-1]:
            sizes.append(height)
    return tuple(
        Heading(
            text=bit.text,
            box=bit.box,
            number=number,
            level=number.count(".") + 1
            if number and "." in number
            else 1 + sum(bit.height < 0.88 * s for s in sizes),
        )
        for bit, number in found
    )


def _runs_on(rows: Sequence[Row], at: int) -> bool:
    """Whether a long line is a part of running text, by the lines around it: a sentence or a word goes on. Boxes of
    lines with brackets and letters that hang down are higher than others.
    """
    bit = rows[at][0]
    if len(bit.text) <= _SHORT:
        return False
    around = [
        other[0]
        for other in (rows[at - 1] if at else None, rows[at + 1] if at + 1 < len(rows) else None)
        if other and abs(other[0].x0 - bit.x0) < bit.height and len(other[0].text) > _SHORT / 2
    ]
    near = [b for b in around if min(abs(b.y0 - bit.y1), abs(bit.y0 - b.y1)) < _CLOSE * bit.height]
    ends = [a.text.rstrip() for a, b in ((bit, b) if b.y0 > bit.y0 else (b, bit) for b in near)]
    begins = [b.text for a, b in ((bit, b) if b.y0 > bit.y0 else (b, bit) for b in near)]
    return any(
        b[:1].islower() or (a.endswith("-") and a[-2:-1].isalpha()) for a, b in zip(ends, begins, strict=True)
    )


def _usual_space(rows: Sequence[Row]) -> float:
    """Pixels between two lines of the text of the page; 0 where no lines follow each other."""
    steps = [b[0].y0 - a[0].y1 for a, b in pairwise(rows) if len(a) == len(b) == 1 and len(a[0].text) > 40]
    return max(0.0, median(steps)) if steps else 0.0


def _begun(row: Row) -> tuple[Bit, list[Bit]]:
    """The bit that a row begins with, and the others. A number that stands apart begins its title."""
    if len(row) > 1 and _BARE_NUMBER.fullmatch(row[0].text) and re.match(r"[^\W\d]", row[1].text):
        first, second = row[:2]
        if second.x0 - first.x1 < _NEAR * second.height:
            joined = replace(
                second,
                text=f"{first.text} {second.text}",
                x0=first.x0,
                y0=min(first.y0, second.y0),
                y1=max(first.y1, second.y1),
                box=first.box.union(second.box),
                score=min(first.score, second.score),
            )
            return joined, row[2:]
    return row[0], row[1:]


def _number_of(bit: Bit, rows: Sequence[Row], at: int, free: bool, usual: float) -> str:
    """The number of a numbered heading; "" of what is none: an item of a list, a sentence that goes on with a number.

    usual: height of the text of the page.
    """
    numbered = _NUMBERED.fullmatch(bit.text)
    if numbered is None or numbered[2][:1].islower() or _is_entry(rows, at):
        return ""
    before = rows[at - 1][-1].text.rstrip() if at else ""
    of_parts = "." in numbered[1].rstrip(".")
    if not of_parts and bit.height < 0.92 * usual and not any(len(r[0].text) > 40 for r in rows[at + 1 :]):
        return ""  # a footnote
    begins = not before or before[-1:] in ".!?:;" or len(before) < _SHORT
    return numbered[1].rstrip(".") if free or (of_parts and begins) else ""


def _is_entry(rows: Sequence[Row], at: int) -> bool:
    """Whether a numbered line is one of a list: the next row, or the one before, is numbered at its level too, and
    close.
    """
    mine = _level_of(rows[at])
    pairs = [(rows[i], rows[i + 1]) for i in (at - 1, at) if 0 <= i < len(rows) - 1]
    return any(
        _level_of(upper) == mine == _level_of(lower) and lower[0].y0 - upper[0].y1 < _CLOSE * lower[0].height
        for upper, lower in pairs
    )


def _level_of(row: Row) -> int:
    """How many numbers the number of a row has, 0 of what has none."""
    match = _NUMBERED.fullmatch(_begun(row)[0].text)
    return match[1].rstrip(".").count(".") + 1 if match else 0


def paragraphs_in(rows: Sequence[Row], headings: Sequence[Heading]) -> tuple[Paragraph, ...]:
    """The text of a part of a page in paragraphs, top to bottom, without its headings."""
    taken = [h.box for h in headings]
    groups: list[list[Bit]] = []
    for row in rows:
        for bit in row:
            if any(box == bit.box or box.coverage(bit.box) > 0.9 for box in taken):
                continue  # also a number that stands apart
            home = next((g for g in reversed(groups[-4:]) if _follows(g[-1], bit)), None)
            if home is None:
                groups.append([bit])
            else:
                home.append(bit)
    usual = _usual([b for row in rows for b in row])
    lowest = max((b.y1 for row in rows for b in row), default=0.0)
    return tuple(_paragraph(g, usual, lowest) for g in groups)


def _follows(above: Bit, below: Bit) -> bool:
    gap = below.y0 - above.y1
    alike = min(above.height, below.height) > 0.75 * max(above.height, below.height)
    level = (
        abs(above.x0 - below.x0) < 2.5 * above.height and share(above.x0, above.x1, below.x0, below.x1) > 0.5
    )
    long = len(above.text) > 15
    return (
        alike
        and level
        and long
        and -0.6 * above.height < gap < 0.8 * above.height
        and not _ITEM.match(below.text)
    )


def _paragraph(bits: Sequence[Bit], usual: float, lowest: float) -> Paragraph:
    text = ""
    for bit in bits:
        joined = text.endswith("-") and text[-2:-1].isalpha() and bit.text[:1].islower()
        text = text[:-1] + bit.text if joined else f"{text} {bit.text}".strip()
    kind = "text"
    if CAPTION.match(text):
        kind = "caption"
    elif _ITEM.match(text):
        kind = "item"
    elif (
        _FOOTNOTE.fullmatch(text)
        and median([b.height for b in bits]) < 0.92 * usual
        and bits[0].y0 > 0.6 * lowest
    ):
        kind = "footnote"
    return Paragraph.model_validate({"text": text, "box": around(bits), "kind": kind})


def page_number_in(rows: Sequence[Row]) -> str:
    """The number of the page as it is printed at its foot or head, "" where none is."""
    if len(rows) < 2:
        return ""
    edges = [*reversed(rows[-2:]), *rows[:1]]
    for row in edges:
        for bit in row:
            match = _PAGE.fullmatch(bit.text.strip())
            if match is None:
                continue
            number = next((g for g in (match[1], match[3], match[5]) if g), "")
            said = match[1] or match[3]
            far = min(abs(bit.yc - b.yc) for r in rows if r is not row for b in r) > 2 * bit.height
            if said or (far and len(row) <= 2):
                return str(number)
    return ""
