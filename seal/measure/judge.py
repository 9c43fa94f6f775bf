"""Whether an answer is right, wrong, or a refusal: the one place that says so.

- With options, the right one or one that is accepted has to be named, letter by letter.
- A free answer is compared with what is right as a value of its type (`seal.memory.typed.same_value`), a list as a set
  of such values. A text that only holds the right one is wrong: "12" is not "112", and "Total 12" is not "12".
- A place is right when the centre of the place where the answer stands lies in a box of the case.
- Not to answer is a refusal, and right only where nobody could tell.
- A right answer is faithful when what it cites shows every box of the case; a guess may be right too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, get_args

from ..memory.geometry import Box
from ..memory.typed import same_value
from .cases import Case

__all__ = ["SHOWN", "VERDICTS", "Verdict", "faithful", "judge", "same_answer", "same_thing"]

Verdict = Literal["right", "wrong", "refused"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

_BETWEEN_LISTS = r"\s*[;\n]\s*|\s*(?:,\s*)?\band\b\s*"
_SEPARATORS = (_BETWEEN_LISTS, rf"{_BETWEEN_LISTS}|\s*,(?!\d)\s*|\s*(?<!\d),\s*")
"""What stands between the items of a list: with commas, or without, which dates and numbers may hold."""


def judge(case: Case, answer: str, status: str, places: Sequence[tuple[int, Box]] = ()) -> Verdict:
    """What an answer is worth. status: that of the result; whatever is not "answered" is a refusal.

    places: (1-based page, box in pixels of the full image) of where the answer stands; only the first counts.
    """
    if status != "answered":
        return "right" if case.cannot_tell else "refused"
    allowed = (*([] if case.answer is None else [case.answer]), *case.accept)
    right = any(answer == text if case.options else same_answer(answer, text) for text in allowed)
    if case.is_place and places:
        page, box = places[0]
        x, y = box.center
        right |= any(page == p and b.contains(Box(x, y, 0, 0)) for p, b in case.boxes)
    return "right" if right else "wrong"


SHOWN = 0.8
"""Share of a box that has to lie in another one, so that this shows it."""


def same_thing(one: Box, other: Box) -> bool:
    """Whether two boxes are of one thing: IoU >= 0.5, or four fifths of one inside the other."""
    return one.iou(other) >= 0.5 or max(one.coverage(other), other.coverage(one)) >= SHOWN


def faithful(case: Case, crops: Sequence[tuple[int, Box]], places: Sequence[tuple[int, Box]]) -> bool:
    """Whether each box of the case lies in a cited crop (four fifths of it), or is where the answer stands.

    crops, places: (1-based page, box in pixels of the full image), as cited and as of `judge`. False without any.
    """

    def shown(page: int, box: Box) -> bool:
        return any(page == p and crop.coverage(box) >= SHOWN for p, crop in crops) or any(
            page == p and same_thing(place, box) for p, place in places
        )

    return bool(case.boxes) and all(shown(page, box) for page, box in case.boxes)


def same_answer(told: str, right: str) -> bool:
    """Whether two free answers say the same: one value, or lists of the same values in any order.

    >>> same_answer("Bob and Alice", "Alice, Bob"), same_answer("1,250", "1250"), same_answer("Alice", "Alice, Bob")
    (True, True, False)
    """
    return same_value(told, right) or any(
        _covers(ours, theirs) and _covers(theirs, ours) for ours in _lists(told) for theirs in _lists(right)
    )


def _lists(text: str) -> Iterator[list[str]]:
    """The ways to read a text as a list of several items."""
    for separator in _SEPARATORS:
        items = [item for item in re.split(separator, text, flags=re.IGNORECASE) if item.strip()]
        if len(items) > 1:
            yield items


def _covers(some: list[str], others: list[str]) -> bool:
    return all(any(same_value(one, other) for other in others) for one in some)
