"""Whether a tab or menu entry is the selected one, told by which of its kind the localizer saw selected.

Of one entry alone no view tells: a coloured label means "selected" only where the others are not coloured.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ...memory.geometry import Box
from ...memory.working import FoundTarget
from ..contracts import Answer

__all__ = ["ONE_OF_MANY", "among", "said"]

ONE_OF_MANY = ("tab", "menu item")
"""Kinds of widgets of which one in a row or column is selected."""
_STATE = re.compile(
    r"\b(not\s+)?((?:un|in|de)?(?:selected|chosen|active|current|highlighted|marked|open))\b", re.I
)
_HOLDS = 0.5
"""Share of a label that lies in its widget."""


def said(question: str, on: bool) -> str:
    """The answer to a question about a state: yes or no, or the right one of two states to choose from.

    >>> said("Is the tab not selected?", True), said("Is it active or inactive?", False)
    ('no', 'inactive')
    """
    asked = [
        (m.start(), m.end(), m[0], bool(m[1]) or m[2][:2].lower() in ("un", "in", "de"))
        for m in _STATE.finditer(question)
    ]
    for (_, end, first, off), (start, _, second, other_off) in pairwise(asked):
        if off != other_off and re.search(r"\bor\b", question[end:start], re.I):
            return first if off != on else second
    negative = bool(asked) and asked[0][3]
    return "yes" if on != negative else "no"


def among(
    question: str, what: str, label: FoundTarget, chosen: Sequence[FoundTarget], options: Sequence[str] | None
) -> Answer | None:
    """The state of the entry with that label, from the selected ones of its kind; None where they say nothing of it.

    what: the kind, of `ONE_OF_MANY`. Tabs stand in rows, menu entries in rows or columns.
    """
    here = [c for c in chosen if c.page == label.page]
    mine = [c for c in here if c.box.coverage(label.box) >= _HOLDS]
    others = [c for c in here if _in_line(label.box, c.box, columns=what != "tab")]
    if not mine and not others:
        return None
    text = said(question, bool(mine))
    seen = max(mine or others, key=lambda c: c.score)
    cites = tuple(dict.fromkeys(t.crop for t in (label, seen) if t.crop))
    confidence = label.score * seen.score
    if not options:
        return Answer(text, confidence=confidence, cites=cites)
    right = [option for option in options if option.strip().lower() == text.lower()]
    return Answer(right[0], confidence=confidence, cites=cites) if right else None


def _in_line(a: Box, b: Box, columns: bool) -> bool:
    """Whether the middle of one lies in the rows, or (with columns) the columns, of the other."""
    x, y = a.center
    return b.y <= y < b.y + b.height or (columns and b.x <= x < b.x + b.width)
