"""What runs from the top of a page to its bottom: headings, paragraphs, items of lists, captions, footnotes.

- Lines that follow each other closely, at one left edge and in one size, are a paragraph.
- A heading is a short line that is larger than the text of the page, or numbered ("2.1 Results"), or in capitals, and
  stands free. Its level follows its number, else its size.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from .bits import Bit, Row, around, share
from .model import Heading, Paragraph

__all__ = ["CAPTION", "headings_in", "page_number_in", "paragraphs_in"]

CAPTION = re.compile(
    r"(?:table|tab\.|figure|fig\.|tabelle|abbildung|abb\.|chart|exhibit|listing|algorithm)\s*[A-Z]?\d+.*",
    re.I,
)
_NUMBERED = re.compile(r"((?:\d{1,2}\.){0,3}\d{1,2}\.?|[A-Z]\.|[IVX]{1,5}\.|§\s*\d+)\s+(?=[^\W\d])(.{2,70})")
_ITEM = re.compile(r"\s*(?:[•·▪◦‣*–-]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+\S")
_FOOTNOTE = re.compile(r"\s*(?:\*+|†|‡|[¹²³⁴⁵⁶⁷⁸⁹]|\d{1,2})\s*[^\W\d].*")
_PAGE = re.compile(
    r"(?:page|seite|p\.|sheet|pagina|página)\s*(\d{1,4})(?:\s*(?:of|von|/|de)\s*(\d{1,4}))?|(\d{1,4})\s*(?:/|of|von)\s*(\d{1,4})|"
    r"[-–—|\[]?\s*(\d{1,4}|[ivxl]{1,7})\s*[-–—|\]]?",
    re.I,
)
_LARGER = 1.2
"""How much larger than the text of the page a heading is."""


def _usual(bits: Sequence[Bit]) -> float:
    """Height of the text of the page: that of most characters."""
    ordered = sorted((b.height, len(b.text)) for b in bits)
    half, held = sum(n for _, n in ordered) / 2, 0
    for height, n in ordered:
        held += n
        if held >= half:
            return height
    return 1.0


def headings_in(rows: Sequence[Row]) -> tuple[Heading, ...]:
    """The headings among rows of what is no table, top to bottom."""
    bits = [b for row in rows for b in row]
    if not bits:
        return ()
    usual = _usual(bits)
    found: list[tuple[Bit, str]] = []
    for i, row in enumerate(rows):
        if (len(row) > 1 and row[0].height < 1.5 * usual) or not re.search(r"[^\W\d]{2}", row[0].text):
            continue
        bit = row[0]
        numbered = _NUMBERED.fullmatch(bit.text)
        large = bit.height >= _LARGER * usual
        if len(bit.text) > 80 or (bit.text.rstrip()[-1:] in ".,;" and not large):
            continue
        above = bit.y0 - max((b.y1 for b in rows[i - 1]), default=0.0) if i else 9e9
        free = above > 0.7 * bit.height
        capitals = bit.text.isupper() and len(bit.text) > 5 and free and len(row) == 1
        entry = numbered is not None and not is_entry(rows, i)
        if large or (entry and free and len(row) == 1 and bit.height >= usual) or capitals:
            found.append((bit, numbered[1].rstrip(".") if numbered else ""))
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


def is_entry(rows: Sequence[Row], at: int) -> bool:
    """Whether a numbered line is one of a list: the next row is numbered too, and close."""
    following = rows[at + 1] if at + 1 < len(rows) else []
    return (
        any(_NUMBERED.fullmatch(b.text) for b in following)
        and following[0].y0 - rows[at][0].y1 < rows[at][0].height
    )


def paragraphs_in(rows: Sequence[Row], headings: Sequence[Heading]) -> tuple[Paragraph, ...]:
    """The text of a part of a page in paragraphs, top to bottom, without its headings."""
    taken = {h.box for h in headings}
    groups: list[list[Bit]] = []
    for row in rows:
        for bit in row:
            if bit.box in taken:
                continue
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
