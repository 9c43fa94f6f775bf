"""The number of a page, of how many there are, or of the page that something is on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..reader.query import Query
from .plan import EVERYTHING, chain, looks_of
from .scene import Place, Scene, rows_share
from .values import Reading
from .verdict import Verdict, refused, said

__all__ = ["asks_total", "page"]

_PAGE = re.compile(
    r"\b(?:page|p\.|pg\.?|seite|página|sheet)\s*(?P<n>\d+|[ivxlc]+\b)(?:\s*(?:of|/|von|de|\|)\s*(?P<of>\d+))?",
    re.I,
)

_TOTAL = re.compile(
    r"\bhow many (?:pages|sheets)\b(?!\s+(?:mention|contain|show|list|say|with|where|that|which|on|about|have))"
    r"|number of (?:pages|sheets)|page count|total pages|pages (?:are|does|in)",
    re.I,
)
_PRINTED = re.compile(r"\b(?:according to|going by|foot(?:er)?|header|printed)\b", re.I)
"""Asks what a page says of how many there are, not how many the document has."""
_BARE = re.compile(r"[-–—\s(]*(?P<n>\d{1,4}|[ivxlc]+)(?:\s*(?:of|/)\s*(?P<of>\d+))?[-–—\s)]*", re.I)


def asks_total(question: str) -> bool:
    """Whether a question asks how many pages there are; "how many pages mention ..." does not."""
    return _TOTAL.search(question) is not None


def _page_of(scene: Scene, query: Query, found: Sequence[Place]) -> Verdict:
    """The page that something is on: where it heads a text. Contents are asked only what they list it with."""
    found = [
        p for p in found if not re.fullmatch(r"[\d.\s]+", p.line) or _before_words(scene, p)
    ] or found  # a number alone heads nothing
    listed = {p: entry for p in found if (entry := scene.listed(p)) is not None}
    if listed and re.search(r"\bcontents\b|\bindex\b|\blisted\b", query.question, re.I):
        told = [
            Reading(e.page, p, 0.85 * p.score, f'"{p.line}" is listed with it', (p,))
            for p, e in listed.items()
            if e.page
        ]
        return said(told, "No number stands behind it.")
    places = [p for p in found if p not in listed]
    if not places:
        entry = next(iter(listed.values()))
        number = f" for page {entry.page}" if entry.page else ""
        return refused(f'Only the contents list "{entry.text}"{number}; the page itself was not found.')
    places = [p for p in places if p.is_whole or re.match(r"[\dA-Z.\s]*$", p.line[: p.span[0]])] or places
    hinted = {f.value.get("page") for f in scene.memory.facts if f.kind == "outline"}
    places = sorted(places, key=lambda p: p.page not in hinted)  # of several, where the outline says
    return said(
        [
            Reading(
                str(p.page),
                p,
                p.score * (0.9 if p.page == places[0].page else 0.5),
                f'"{p.line}" is on it',
                (p,),
            )
            for p in places
        ],
        "",
    )


def _before_words(scene: Scene, place: Place) -> bool:
    """Whether words follow in the row, as the title of a heading stands apart from its number."""
    return any(
        p.page == place.page
        and rows_share(p.box, place.box) >= 0.5
        and 0 <= p.box.x - (place.box.x + place.box.width) <= 4 * place.box.height
        and re.match(r"[^\W\d]{2}", p.line)
        for p in scene.lines
    )


def page(scene: Scene, query: Query, options: Sequence[str]) -> Verdict:
    """The number of a page, of how many, or the page that something is on."""
    del options
    names = [t for w in query.wanted for thing in chain(w) for t in looks_of(thing).texts]
    total = asks_total(query.question)
    if total and scene.memory.pages > 1 and not _PRINTED.search(query.question):
        whole = Place(scene.lines[0].box) if scene.lines else None
        return said(
            [Reading(str(scene.memory.pages), whole, 1.0, "the document's pages")] if whole else [],
            "Nothing was read.",
        )
    found = [p for n in names for p in scene.named(n)]
    if names and not found:
        return refused(f'"{names[0]}" was not found.')
    if found and scene.memory.pages > 1:
        return _page_of(scene, query, found)
    height = scene.size_wh[1]
    words = f"{query.question} {' '.join(w.place for w in query.wanted)}".casefold()
    top, bottom = re.search(r"\btop|\bupper|\bhead", words), re.search(r"\bbottom|\bfoot|\blower", words)
    numbers: list[Reading] = []
    for line in scene.lines:
        y = line.box.center[1] / max(1, height)
        edge = min(y, 1 - y)
        if (top and y > 0.5) or (bottom and y < 0.5):
            continue
        match = _PAGE.search(line.text) or (_BARE.fullmatch(line.text.strip()) if edge <= 0.16 else None)
        running = (
            re.search(r"^\d{1,4}(?=\s+[^\W\d]{2})|(?<=[^\W\d]{3}\s)\d{1,4}$", line.text)
            if edge <= 0.08 and not match
            else None
        )
        number = (
            (match["of"] if total else match["n"]) if match else (running[0] if running and not total else "")
        )
        if number:
            numbers.append(
                Reading(
                    number,
                    line,
                    (0.9 - 2 * edge) * line.score * (0.85 if running else 1.0),
                    f'"{line.text}"',
                    (line,),
                )
            )
    if numbers:
        return said(numbers, "")
    return refused("No page number was read.", EVERYTHING)
