"""The links to the pages of a list: a row of numbers from 1 on, each one more than that before it."""

from __future__ import annotations

import re

from ..reader.query import Query
from .plan import chain, looks_of
from .scene import Place, Scene, rows_share
from .values import Reading
from .verdict import Verdict, said

__all__ = ["last_page"]

_PAGER = re.compile(
    r"\bpag(?:er|ination|inator)\b|\bpage (?:numbers?|links?)\b.*\b(?:offered|to click)\b", re.I
)
_LAST = re.compile(r"\b(?:last|highest|final|largest|up to which|how far|how many|maximum)\b", re.I)
MOST_APART = 6.0
"""Heights of a number within which the next one stands."""


def last_page(scene: Scene, query: Query) -> Verdict | None:
    """The last page that is offered, in the first row of numbers under what is named; None where there is no such row,
    or the question is another one.
    """
    if not (_PAGER.search(query.question) and _LAST.search(query.question)):
        return None
    rows = _rows(scene)
    names = [t for w in query.wanted for thing in chain(w) for t in looks_of(thing).texts]
    labels = [p for name in names for p in scene.named(name) if p.score >= 0.85]
    labels = [p for p in labels if p.is_whole] or labels
    under = [
        (3 * (row[0].box.y - label.box.y) + row[0].box.x - label.box.x, row, label)
        for label in labels
        for row in rows
        if row[0].page == label.page
        and row[0].box.y > label.box.y
        and row[0].box.x > label.box.x - label.height
    ]
    if under:
        _, row, label = min(under, key=lambda u: u[0])
        used: tuple[Place, ...] = (label,)
    elif len(rows) == 1 and not labels:
        row, used = rows[0], ()
    else:
        return None
    return said([Reading(row[-1].text, row[-1], 0.85, "the last of a row of page numbers", used)], "")


def _rows(scene: Scene) -> list[list[Place]]:
    """Rows of numbers 1, 2, 3, ... from left to right."""
    numbers = [p for p in scene.lines if re.fullmatch(r"\d{1,3}", p.text)]
    found = []
    for first in (p for p in numbers if p.text == "1"):
        row = [first]
        while True:
            last = row[-1]
            following = [
                p
                for p in numbers
                if p.page == last.page
                and int(p.text) == int(last.text) + 1
                and rows_share(p.box, last.box) >= 0.5
                and 0 < p.box.x - last.box.xyxy[2] <= MOST_APART * last.height
            ]
            if not following:
                break
            row.append(min(following, key=lambda p: p.box.x))
        if len(row) > 1:
            found.append(row)
    return found
