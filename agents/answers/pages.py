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
_DOTS = re.compile(r"(?:\.\s?){4,}\s*\d{0,4}$")  # between an entry of a table of contents and its page
_BARE = re.compile(r"[-–—\s(]*(?P<n>\d{1,4}|[ivxlc]+)(?:\s*(?:of|/)\s*(?P<of>\d+))?[-–—\s)]*", re.I)


def asks_total(question: str) -> bool:
    """Whether a question asks how many pages there are; "how many pages mention ..." does not."""
    return _TOTAL.search(question) is not None


def _page_of(scene: Scene, query: Query, found: Sequence[Place]) -> Verdict:
    """The page that something is on: where it heads a text; as a contents lists it only where that is asked for."""
    found = [
        p for p in found if not re.fullmatch(r"[\d.\s]+", p.line) or _before_words(scene, p)
    ] or found  # a number alone heads nothing
    contents = {page for page in {p.page for p in found} if _is_contents(scene, page)}
    listed = {p: number for p in found if (number := _listed(scene, p))}
    if listed and re.search(r"\bcontents\b|\bindex\b|\blisted\b", query.question, re.I):
        told = [
            Reading(n, p, 0.85 * p.score, f'"{p.line}" is listed with it', (p,)) for p, n in listed.items()
        ]
        return said(told, "")
    places = [p for p in found if p.page not in contents and (p not in listed or not _DOTS.search(p.line))]
    heads = [p for p in places if p.is_whole or re.match(r"[\dA-Z.\s]*$", p.line[: p.span[0]])]
    places = heads or places or [p for p in found if p not in listed] or list(found)
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


def _is_contents(scene: Scene, page: int) -> bool:
    """Whether a page lists contents: several of its lines end in dots and a number, or stand before numbers that only
    grow down the page."""
    lines = [p for p in scene.lines if p.page == page]
    if sum(_DOTS.search(p.line) is not None for p in lines) >= 3:
        return True
    words = [p for p in sorted(lines, key=lambda p: p.box.y) if re.search(r"[^\W\d]{3}", p.line)]
    numbers = [int(n) for p in words if (n := _listed(scene, p)).isdigit()]
    return len(numbers) >= max(5, len(words) / 2) and numbers == sorted(numbers)


def _before_words(scene: Scene, place: Place) -> bool:
    """Whether words follow in the row, as the title of a heading stands apart from its number."""
    return any(
        p.page == place.page
        and rows_share(p.box, place.box) >= 0.5
        and 0 <= p.box.x - (place.box.x + place.box.width) <= 4 * place.box.height
        and re.match(r"[^\W\d]{2}", p.line)
        for p in scene.lines
    )


def _listed(scene: Scene, place: Place) -> str:
    """The number behind an entry of a table of contents, "" where the place is none."""
    if own := re.search(r"(?:\.\s?){3,}\s*(\d{1,4})$|\s(\d{1,4})$", place.line[place.span[1] :]):
        return own[1] or own[2]
    row = [
        p
        for p in scene.lines
        if p.page == place.page
        and rows_share(p.box, place.box) >= 0.5
        and p.box.x > place.box.x + place.box.width
    ]
    last = max(row, key=lambda p: p.box.x, default=None)
    match = re.fullmatch(r"[.\s·…]*(\d{1,4}|[ivxl]+)", last.text.strip()) if last is not None else None
    return match[1] if match else ""


def page(scene: Scene, query: Query, options: Sequence[str]) -> Verdict:
    """The number of a page, of how many, or the page that something is on."""
    del options
    names = [t for w in query.wanted for thing in chain(w) for t in looks_of(thing).texts]
    total = asks_total(query.question)
    if total and scene.memory.pages > 1:
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
