"""Where things usually are on screens and documents: the contextual cue, as one table."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .phrases import Mention

__all__ = ["usual_place"]

_PLACES: tuple[tuple[str, str], ...] = (
    (
        r"page (?:number|no)|footer|footnote|copyright|imprint|privacy policy|terms of (?:use|service)",
        "bottom of the page",
    ),
    (r"status bar|task ?bar|dock\b", "bottom of the screen"),
    (r"signature|signed|stamp", "bottom of the page"),
    (r"cookie", "bottom of the screen"),
    (r"close (?:button|icon)|^x (?:button|icon)|minimi[sz]e|maximi[sz]e", "top right corner of the window"),
    (
        r"log ?out|sign ?out|log ?in|sign ?in|sign ?up|account|avatar|profile|notification|bell|cart|basket",
        "top right",
    ),
    (r"hamburger|back (?:button|arrow)|logo", "top left"),
    (r"search|url|address bar|tool ?bar|menu bar|tabs?\b|nav(?:igation)? bar", "top of the screen"),
    (r"side ?bar|navigation|\bmenu\b|inbox|drafts|folder", "left side"),
    (r"scroll ?bar", "right edge"),
    (
        r"grand total|subtotal|sub-total|\btotal\b|\bsum\b|amount due|balance due|vat\b|\btax\b",
        "bottom right of the table",
    ),
    (
        r"\b(?:save|submit|cancel|ok|apply|confirm|next|continue|send|finish) ?(?:button)?$",
        "bottom right of the form",
    ),
    (
        r"invoice (?:number|no|date)|order (?:number|no|date)|due date|\bdate\b",
        "top of the page, often at the right",
    ),
    (r"letterhead|title|headline|header|heading|breadcrumb|banner", "top of the page"),
    (r"column", "top row of the table"),
    (r"^row\b|\brow$", "left column of the table"),
    (r"caption|legend|axis", "at the edge of the figure"),
)
_ICONS: Mapping[str, str] = {
    "table row": """
        trash, edit, eye, more horizontal, more vertical, copy, archive, star, check circle, x circle,
        minus circle, sort, chevron right, clock, truck, package, tag, percent
    """,
    "header": """
        search, bell, bell off, user, cart, shopping bag, menu, settings, help, globe, translate, sun,
        moon, login, logout, mail, chat, grid, heart
    """,
    "toolbar": """
        bold, italic, underline, align left, align center, align right, list, numbered list, quote,
        code, link, image, undo, redo, save, print, cut, clipboard, crop, zoom in, zoom out, filter,
        refresh, upload, download, share, plus, palette, brush, eyedropper, magic wand, paperclip,
        reply, send, maximize, minimize, move, folder plus, cloud upload, sliders, play, pause, stop,
        arrow left
    """,
    "sidebar": """
        home, inbox, folder, file, file text, users, bar chart, line chart, pie chart, calendar, wallet,
        credit card, layers, database, server, store, briefcase, building, book, newspaper, flag,
        bookmark, life buoy, rocket, puzzle, table, activity, chevron down
    """,
    "card": """
        trending up, trending down, dollar, banknote, gift, trophy, award, fire, location, map
    """,
    "form": """
        eye off, lock, unlock, key, at sign, phone, fingerprint, qr code
    """,
    "dialog": """
        close, warning, info, check
    """,
    "footer": """
        rss
    """,
}
_WIDGETS: Mapping[str, str] = {
    "form": "input, select, radio, checkbox, switch, slider",
    "sidebar": "menu item",
    "header": "avatar",
    "card": "chart, progress bar",
    "table": "pagination, badge",
}
_REGION_OF = {
    (kind, " ".join(name.split())): region
    for kind, table in (("icon", _ICONS), ("widget", _WIDGETS))
    for region, names in table.items()
    for name in names.split(",")
}
"""The region in which an icon or widget usually stands."""
_COMPILED = tuple((re.compile(pattern, re.I), place) for pattern, place in _PLACES)


def usual_place(target: str) -> str:
    """Where such a target usually is, in words; "" when nothing is known. Of icons and widgets it is a region.

    >>> usual_place("page number"), usual_place("trash icon"), usual_place("bold icon")
    ('bottom of the page', 'table row', 'toolbar')
    """
    plain = re.sub(r"[\"“”'‘’]", "", target).strip()
    named = Mention(plain)
    found = named.seen if named.is_seen else None
    if found is not None and (region := _REGION_OF.get((found.kind, found.name))):
        return region
    return next((place for pattern, place in _COMPILED if pattern.search(plain)), "")
