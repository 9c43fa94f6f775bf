"""How well an element lies to another one by which it is told: beside it, above it, in its row, under its heading.

Of several that may be meant the one that nothing comes before is: what stands behind another one of its kind on the
same line, or under a later heading, belongs to something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..agents.answers.resolve import direction_of
from ..agents.answers.scene import columns_share, gaps, rows_share
from ..memory.geometry import Box
from .element import Element

__all__ = ["Match", "ROW", "related"]

LEAST = 0.3
"""Fit below which nothing lies as is said."""
NEAR = 0.33
"""The same for what is "next to" something, some 30 heights away: further off it is next to something else."""
ROW = "in the row of"
"""The relation of what is on the line of something, and nowhere else."""
ELSEWHERE = 0.3
"""What is left of a fit where the other thing is in a card, and this one is not."""
ANOTHERS = 0.5
"""What is left of a fit where another one comes before."""


@dataclass(frozen=True, slots=True)
class Match:
    """An element and how well it fits, in [0, 1]; why, in words. part: characters of its name that say it."""

    element: Element
    score: float
    why: str
    part: tuple[int, int] | None = None


def related(
    found: Sequence[Match], others: Sequence[Match], elements: Sequence[Element], relation: str
) -> list[Match]:
    """The matches by how they lie to the things that they are told by; without one that is found, a third remains.

    elements: all of the screen, with whatever lies between.
    """
    if not others:
        return [replace(m, score=m.score / 3, why="what it is told by was not found") for m in found]
    direction = direction_of(relation)
    fits = [_fits(found, o, direction, relation, elements) for o in others]
    told = []
    for m, to_each in zip(found, zip(*fits, strict=True), strict=True):
        best, other = max(zip(to_each, others, strict=True), key=lambda pair: pair[0])
        why = f'{m.why} and lies {relation or "beside"} "{other.element.name}"'
        told.append((best, replace(m, why=why)))
    top = max((fit for fit, _ in told), default=0.0)
    if top < (NEAR if direction == "beside" else LEAST):
        return [replace(m, score=m.score / 3, why="nothing of the kind lies so") for _, m in told]
    sure = min(1.0, 0.6 + 0.5 * top)
    return [replace(m, score=m.score * sure * (fit / top) ** 0.5) for fit, m in told]


def _fits(
    found: Sequence[Match], other: Match, direction: str, relation: str, elements: Sequence[Element]
) -> list[float]:
    """How well each match lies to one other thing, whatever belongs to something else put back."""
    by = other.element
    cards = [e.box for e in elements if e.kind in ("card", "dialog") and e.box.coverage(by.box) >= 0.9]
    fits = []
    for m in found:
        fit = _fit(m.element, by, direction, relation, elements) * other.score
        if any(_comes_before(rival, m, by) for rival in found):
            fit *= ANOTHERS
        fits.append(fit * ELSEWHERE if any(c.coverage(m.element.box) <= 0.1 for c in cards) else fit)
    return fits


def _level(box: Box, by: Box) -> bool:
    return rows_share(box, by) >= 0.5 or _off(box, by) <= 0.8 * max(20.0, min(box.height, by.height))


def _off(box: Box, by: Box) -> float:
    return abs(box.center[1] - by.center[1])


def _comes_before(rival: Match, m: Match, other: Element) -> bool:
    """Whether of two that fit about as well the rival is the one on the line of a thing, or the nearer one on it."""
    a, b, by = rival.element.box, m.element.box, other.box
    if rival is m or rival.score < 0.75 * m.score or a.shared(b) > 0 or not _level(a, by):
        return False
    if a.coverage(by) >= 0.7 or by.coverage(a) >= 0.7 or not _level(b, by):
        return False
    if _off(a, by) + 0.4 * by.height <= _off(b, by):
        return True
    same_side = (a.center[0] > by.center[0]) == (b.center[0] > by.center[0])
    return same_side and columns_share(a, b) == 0 and gaps(a, by)[0] < gaps(b, by)[0]


def _fit(e: Element, other: Element, direction: str, relation: str, elements: Sequence[Element]) -> float:
    """How well an element lies to another one as is said, in [0, 1]. What is "in" a heading is what stands below it."""
    box, by = e.box, other.box
    if e.id == other.id or box.iou(by) > 0.8:
        return 0.0
    h = max(12.0, min(box.height, by.height, 48.0))
    gap_x, gap_y = gaps(box, by)
    near = 1 / (1 + (gap_x + 3 * gap_y) / (16 * h))
    if by.coverage(box) >= 0.7:
        return 1.0
    (x, y), (bx, by_y) = box.center, by.center
    level = _level(box, by)
    stacked = columns_share(box, by) >= 0.3
    sides = {
        "left": x < bx and level,
        "right": x > bx and level,
        "above": y < by_y and stacked,
        "below": y > by_y and stacked,
    }
    if direction in sides:
        return (0.5 + 0.5 * near) if sides[direction] else 0.0
    if level:
        return 0.6 + 0.4 * near if direction != "beside" or near >= NEAR else near
    if direction in ("beside", "") and stacked and gap_y <= 1.5 * h:
        return 0.5 + 0.1 * near
    if relation == ROW:
        return 0.2 * near
    whose = ANOTHERS if y >= by_y and _has_another_heading(box, other, elements) else 1.0
    if y >= by_y and relation.casefold() in ("in", "inside", "within", "under"):
        return whose * (
            0.4 + 0.4 / (1 + gap_y / (12 * max(h, by.height))) if x >= by.x - 2 * h else 0.2 * near
        )
    return whose * 0.55 * near if y >= by_y else 0.3 * near


def _has_another_heading(box: Box, other: Element, elements: Sequence[Element]) -> bool:
    """Whether a text as high as this one stands between: on its line and not right of the box, or below it."""
    by = other.box
    x, y = box.center
    for e in elements:
        t = e.box
        if e.kind != "text" or e.id == other.id or abs(t.height - by.height) > 0.1 * by.height:
            continue
        if rows_share(t, by) >= 0.5 and by.x < t.x <= x:
            return True
        if abs(t.x - by.x) <= by.height and by.center[1] < t.center[1] and t.y <= y:
            return True
    return False
