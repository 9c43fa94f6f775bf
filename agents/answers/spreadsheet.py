"""Cells of spreadsheets by the letters over their columns and the numbers before their rows."""

from __future__ import annotations

import re

from ..reader.query import Query
from .plan import EVERYTHING, chain
from .scene import Scene, rows_share
from .values import Reading
from .verdict import Verdict, refused, said

__all__ = ["address_of", "cell_at"]


def address_of(query: Query) -> tuple[str, str] | None:
    """(column, row) of a spreadsheet's address, "" for what it does not say."""
    for w in query.wanted:
        for thing in chain(w):
            match = re.fullmatch(r"([A-Z]{1,2})(\d{1,4})", thing.name.strip())
            if match and (thing.noun.casefold() == "cell" or (not thing.noun and not query.ask)):
                return match[1], match[2]
            if thing.noun.casefold() == "column" and re.fullmatch(r"[A-Z]{1,2}", thing.name.strip()):
                return thing.name.strip(), ""
    return None


def cell_at(scene: Scene, letter: str, number: str) -> Verdict:
    """A cell of a spreadsheet by the letters over its columns and the numbers before its rows."""
    if not scene.whole:
        return refused("The rows and columns have to be read.", EVERYTHING)
    letters = [p for p in scene.lines if re.fullmatch(r"[A-Z]{1,2}", p.text.strip())]
    for head in (p for p in letters if p.text.strip() == letter):
        row = [p for p in letters if rows_share(p.box, head.box) >= 0.5]
        if len(row) < 2:
            continue
        below = [p for p in scene.lines if p.page == head.page and p.box.y > head.box.y]
        numbers = [
            p
            for p in below
            if re.fullmatch(r"\d{1,4}", p.text.strip()) and p.box.center[0] < min(r.box.x for r in row)
        ]
        mine = [p for p in numbers if p.text.strip() == (number or "1")]
        if not mine:
            continue
        lefts = sorted(p.box.center[0] for p in row)
        middle = head.box.center[0]
        edge = (
            min(
                (x - middle for x in lefts if x > middle),
                default=(lefts[-1] - lefts[0]) / max(1, len(lefts) - 1),
            )
            / 2
        )
        start = min((middle - x for x in lefts if x < middle), default=2 * edge) / 2
        held = [
            p
            for p in below
            if rows_share(p.box, mine[0].box) >= 0.5
            and p not in numbers
            and middle - start <= p.box.center[0] <= middle + edge
        ]
        why = f"column {letter}, row {number or 1}"
        if held:
            return said([Reading(" ".join(p.text for p in held), held[0], 0.85, why, (head, mine[0]))], "")
        return said([Reading("", mine[0], 0.6, why, (head, mine[0]))], "")
    return refused(f"No column {letter} with rows that are numbered was read.")
