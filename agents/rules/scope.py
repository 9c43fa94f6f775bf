# ruff: noqa: E501 - one pattern a line
"""The part of a page that a question is about: "in the Simple Table", "according to the list of invoices".

- A scope is named by its heading. Where the heading is found, what it governs is the region below it: as far
  to the right and down as the next heading of its kind. Where it is not found, the scope binds nothing.
- Words that name the whole page ("on the dashboard", "in the table") are no scope and are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...memory.geometry import Box
from ...memory.working import TextLine
from .amounts import is_value
from .evidence import Anchor, columns_share, page_lines, rows_share
from .phrases import Mention, mention

__all__ = ["excluded", "region", "split_scope"]

_MASK = "[\ue000-\ue0ff]"
_UNIT = (
    "tables?|lists?|listing|sections?|chapter|subsection|cards?|panel|box|widget|area|block|form|menu|group|paragraph|"
    "chart|figure|appendix|part|pagination|feed|timeline|category|tab|window|dialog|index|row of cards|example"
)
_PAGE = (
    "page|screen|screenshot|image|picture|photo|document|dashboard|site|website|web ?page|app|view|report|pdf|file|"
    "manual|guide|article|contents|table of contents|invoice|receipt|sheet|text|side ?bar|nav(?:igation)?(?: bar| menu)?|"
    "tool ?bar|header|footer|scan|grid"
)
_LITTLE = r"in|on|of|at|for|from|to|by|with|and|or|the|is|are|does|do|has|have|what|which|how|under|below|above|row|column"
_WORDS = rf"(?:(?!(?:{_LITTLE})\b)[^\s,]+)(?: (?!(?:{_LITTLE})\b)[^\s,]+){{0,4}}?"
_SCOPE = (
    rf"(?:the |this |that |its |your )?(?:(?P<name>{_MASK}|{_WORDS}) (?P<unit>{_UNIT})|"
    rf"(?:{_UNIT})(?:,? (?:on|about|of|for|under|below|beneath|beside|called|named|titled|headed|labell?ed|with) (?:the )?"
    rf"(?P<of>{_MASK}|[^,]+?)| (?P<bare>{_MASK}|(?-i:[A-Z0-9])[^,]*?))|"
    rf"(?P<quoted>{_MASK})|(?P<page>(?:(?!(?:{_LITTLE})\b)\w+ )?(?:{_PAGE}|{_UNIT})))"
)
_IN = r"(?:according to|based on|as per|judging by|going by|looking at|in|on|within|inside|from|of|at|under|below|beneath|underneath|among|for)"
_PLAIN = rf"(?P<plain>(?=(?-i:[A-Z])){_WORDS})"
_ASKS = "what|which|where|who|when|how|is|are|was|were|does|do|did|can|could|has|have|name|give|find|count|tell|read|the|there"
_INSIDE = ("in", "within", "inside", "according to")
_SHOWS = "show|list|contain|have|hold|give|mention|include|display|offer|report|name|state|carry|say"
_FORMS = (
    re.compile(
        rf"(?P<in>{_IN}) {_SCOPE}(?: (?:shown|above|below|here))?(?:[,:;] ?| )(?:and )?(?P<rest>(?:{_ASKS}|(?:{_IN}) (?:which|what))\b.+)",
        re.I,
    ),
    re.compile(
        rf"(?P<rest>.+?)(?:,| shown| listed| given| printed| displayed| offered)? (?P<in>{_IN}) {_SCOPE}",
        re.I,
    ),
    re.compile(
        rf"(?P<rest>[^,]+?) (?P<in>{_IN}) {_SCOPE} (?P<tail>(?:are|is|were|have|has|with|that|show|say|contain|read|link|lead|offer|go|list|carry|carrie|bear|hold)s?\b.*)",
        re.I,
    ),
    re.compile(rf"(?P<in>in|within|according to) (?:the )?{_PLAIN}, (?P<rest>(?:{_ASKS})\b.+)", re.I),
    re.compile(rf"(?P<rest>.+),? (?P<in>in|within|according to|under|below) (?:the )?{_PLAIN}", re.I),
    re.compile(
        rf"(?P<rest>(?:how many|how much|which|what) .+?) (?:do|does|did) (?P<in>){_SCOPE} (?:{_SHOWS})", re.I
    ),
)
_EMPTY = re.compile(
    rf"(?:what|which|where|who|when|how|many|much|is|are|was|were|does|do|it|there|that|this|say|says|the|an?|of|on|in|"
    rf"at|value|number|amount|text|word|words|figure|badge|bubble|counter|written|printed|appears?|stands?|shown|listed|given|{_IN})"
    r"(?: |$)",
    re.I,
)
_COMPARES = re.compile(r"\b(?:left|right|side|or|and|above|below|under|relative|than|next|close|is)$", re.I)
_UNIT_END = re.compile(rf" (?:{_UNIT})$")
_POSITION = re.compile(
    r"(?:(?:whole|entire|main|current|first|second|third|last|left|right|top|bottom|upper|lower|side|same|big|small|long|"
    r"tall|wide|data|following|second|shown|given|above|drop-?down|page|pages)(?: |$))+",
    re.I,
)
_NOT = re.compile(
    r",?\s*\(?\b(?:not counting|not including|excluding|without counting|ignoring|but not|except(?: for)?|other than|"
    r"leaving out|disregarding|and not)\b (?P<not>[^()]+)\)?",
    re.I,
)


def excluded(text: str, quotes: tuple[str, ...]) -> tuple[str, Mention | None]:
    """The text of a counting question without "not counting X", and X."""
    match = (
        _NOT.search(text) if re.search(r"\b(?:how (?:many|often)|count|number of)\b", text, re.I) else None
    )
    if match is None or not (thing := mention(match["not"], quotes)).core:
        return text, None
    return f"{text[: match.start()]}{text[match.end() :]}".strip(), thing


def split_scope(text: str, quotes: tuple[str, ...]) -> tuple[str, Mention | None]:
    """The (masked) question without its scope, and what names the scope; the text as it is without one."""
    counts = text.casefold().startswith(("how many", "how often", "count"))
    for form in _FORMS:
        match = form.fullmatch(text)
        if match is None or not _asks_more(match["rest"]) or _COMPARES.search(match["rest"]):
            continue
        part = (
            dict.fromkeys(("page", "plain", "quoted", "name", "of", "bare", "unit", "tail"), "")
            | match.groupdict()
        )
        inside = part["in"].casefold()
        if part["page"] and (form is _FORMS[0] or " " in inside):
            return match["rest"], None
        loosely = part["quoted"] or part["plain"]
        if part["page"] or (
            loosely and (part["tail"] or inside not in _INSIDE) and not (counts and part["plain"])
        ):
            continue
        named = mention(part["name"] or part["of"] or part["bare"] or loosely, quotes)
        if not named.core or _POSITION.fullmatch(named.core) or (part["bare"] and named.core.islower()):
            continue
        named = mention(_UNIT_END.sub("", named.core)) if not named.quoted else named
        unit = part["unit"] or ""
        core = f"{named.core} {unit}" if unit[:1].isupper() and not named.quoted else named.core
        rest = f"{match['rest']} {part['tail'] or ''}".strip()
        rest += " are there" if form is _FORMS[-1] and counts else ""
        return rest, Mention(core, "" if part["plain"] else "heading", quoted=True)
    return text, None


def _asks_more(rest: str) -> bool:
    """Whether something is named beside the scope."""
    while match := _EMPTY.match(rest):
        rest = rest[match.end() :]
    return len(rest.strip(" ,.?")) > 0


def region(heading: Anchor, lines: Sequence[TextLine], page_wh: tuple[float, float]) -> Box:
    """What a heading governs: from its row down to the next heading, as wide as up to the next one beside it."""
    box, h = heading.box, heading.height
    page = page_lines(lines, heading.target.page)
    like = [n for n in page if n.box.coverage(box) <= 0.5 and _like(heading, n, page)]
    beside = [
        n.box.x - 0.5 * h
        for n in like
        if rows_share(n.box, box) >= 0.5 and n.box.x > box.x + box.width + 2 * h
    ]
    under = [n.box.y - 0.2 * h for n in like if n.box.y > box.y + h and abs(n.box.x - box.x) <= h]
    if under and min(under) - box.y < CLOSE * h and not _NUMBERED.match(heading.text):
        under = []  # its own text is as large as the heading: type says nothing here
    right = min([float(page_wh[0]), *beside])
    bottom = min([float(page_wh[1]), *under])
    return Box.from_xyxy(
        box.x - 2 * h, box.y - 0.5 * h, max(right, box.x + box.width), max(bottom, box.y + box.height)
    )


CLOSE = 6.0
"""Heights of a heading within which the next line is its own text and no heading."""
_NUMBERED = re.compile(r"\s*(?:[A-Za-z]+ )?\d+(?:\.\d+)*")


def _like(heading: Anchor, line: TextLine, page: Sequence[TextLine]) -> bool:
    """Whether a line looks like a heading of the same kind: numbered alike, or of the same height."""
    if numbered := _NUMBERED.match(heading.text):
        shape = re.sub(r"\d+", r"\\d+", re.escape(numbered[0].strip()))
        return re.match(shape, line.text.strip()) is not None
    own = next((n.box.height for n in page if n.box.coverage(heading.box) > 0.5), heading.height)
    letters = len(re.findall(r"[^\W\d_]", line.text))
    return letters >= 3 and not is_value(line.text) and 0.85 <= line.box.height / own <= 1.6


def below(heading: Anchor, box: Box) -> float:
    """How far a box is from the heading that should govern it, pixels; left of or above it counts fourfold."""
    dy, dx = box.center[1] - heading.box.y, box.center[0] - heading.box.x
    gap = 0.0 if columns_share(heading.box, box) > 0 else abs(dx)
    return (dy if dy >= 0 else -4 * dy) + (0.25 * gap if dx >= 0 else 4 * gap)
