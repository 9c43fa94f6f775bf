"""Where things usually are on screens and documents: the contextual cue, as one table."""

from __future__ import annotations

import re

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
_COMPILED = tuple((re.compile(pattern, re.I), place) for pattern, place in _PLACES)


def usual_place(target: str) -> str:
    """Where such a target usually is, in words; "" when nothing is known.

    >>> usual_place("page number")
    'bottom of the page'
    """
    plain = re.sub(r"[\"“”'‘’]", "", target).strip()
    return next((place for pattern, place in _COMPILED if pattern.search(plain)), "")
