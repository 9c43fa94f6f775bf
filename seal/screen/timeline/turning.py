"""Spinners: what turns at its place from frame to frame.

What a spinner looks like differs from program to program, and in a single picture many are circles with a gap. Over
frames it is told by what it does: an icon stays at its place, its pixels change from one frame to the next, more than
once, and nothing changes around it.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from ...memory.geometry import Box
from ...memory.image import Image
from ..element import Element, Elements
from ..presence import Told

__all__ = ["Turning", "is_spinner"]

_SPINNER = re.compile(
    r"(?:(?:loading|busy|turning|rotating|progress) )?(?:spinner|throbber|loader)s?"
    r"(?: (?:icon|wheel|animation|indicator))?"
    r"|loading (?:indicator|animation|circle|ring|wheel|icon|symbol)|busy (?:indicator|icon|symbol)"
    r"|activity indicator|(?:spinning|turning|rotating) (?:wheel|circle|ring|icon)|progress (?:ring|circle|wheel)",
    re.I,
)
ROUND = frozenset(("icon", "avatar", "badge", "radio", "chart", "button"))
"""Kinds of elements that a spinner, or the panel that it stands on, is taken for."""
SQUARE, LARGEST = 0.6, 200.0
"""Its shorter side over the longer one, at least; pixels of the longer one, at most."""
SAME = 0.3
"""Share of the smaller one's shorter side by which the middles of two may lie apart that are at one place."""
CHANGED, STILL = 0.01, 0.02
"""Share of its pixels that change at least when it turns, and of those around it that may change."""
AROUND = 1.6
"""How much larger than it the part is in which nothing else may change."""
LEVELS = 24
"""Levels of 255 by which a pixel that changed differs."""
TURNS = 2
"""Changes from one frame to the next from which something turns."""
NO_SPINNER = "Nothing is seen to turn at its place from frame to frame."


def is_spinner(phrase: str) -> bool:
    """Whether a phrase names a spinner.

    >>> is_spinner("loading spinner"), is_spinner("spinner icon"), is_spinner("refresh icon")
    (True, True, False)
    """
    return _SPINNER.fullmatch(re.sub(r"^(?:the|an?) ", "", phrase.strip(), flags=re.I)) is not None


class Turning:
    """Frames in their order, and which of them show something that turns."""

    def __init__(self) -> None:
        self._frames: list[tuple[Image, tuple[Element, ...], bool] | None] = []

    def add(self, image: Image | None, found: Elements | None) -> None:
        """The next frame with its elements; None where it was not looked at."""
        if image is None or found is None:
            self._frames.append(None)
            return
        self._frames.append((image, tuple(filter(_may_turn, found.items)), found.complete))

    def told(self) -> list[Told]:
        """Of each frame, whether a spinner is there."""
        turns = [turn for i in range(1, len(self._frames)) for turn in self._turned(i)]
        places: list[list[tuple[int, Element]]] = []
        for i, element in turns:
            mine = next((p for p in places if _at_one_place(p[0][1].box, element.box)), None)
            if mine is None:
                places.append([(i, element)])
            else:
                mine.append((i, element))
        sure = [p for p in places if len({i for i, _ in p}) >= TURNS]
        return [self._of(i, sure) for i in range(len(self._frames))]

    def _turned(self, i: int) -> list[tuple[int, Element]]:
        """What turned from the frame before to frame `i`."""
        before, after = self._frames[i - 1], self._frames[i]
        if before is None or after is None or before[0].size_wh != after[0].size_wh:
            return []
        return [
            (i, e)
            for e in after[1]
            if any(_at_one_place(e.box, other.box) for other in before[1])
            and _turns(before[0], after[0], e.box)
        ]

    def _goes_on(self, i: int, box: Box) -> bool:
        """Whether what turned in a box before, and was not seen in frame `i`, turns on to the next frame."""
        here = self._frames[i]
        after = self._frames[i + 1] if i + 1 < len(self._frames) else None
        if here is None or after is None or here[0].size_wh != after[0].size_wh:
            return False
        return _turns(here[0], after[0], box)

    def _of(self, i: int, places: list[list[tuple[int, Element]]]) -> Told:
        frame = self._frames[i]
        if frame is None:
            return Told(None, "This frame was not looked at.")
        if not places:
            return Told(None, NO_SPINNER)
        _, elements, complete = frame
        for place in places:
            there = [e for e in elements if _at_one_place(e.box, place[0][1].box)]
            moving = {j for turn, _ in place for j in (turn - 1, turn)}
            names = {e.icon for j, e in place if j != i}
            if not there and min(moving) < i and self._goes_on(i, place[0][1].box):
                return Told(True, "Something goes on turning at its place.", (("spinner", place[0][1].box),))
            if not there:
                continue
            told = ((there[0].words, there[0].box),)
            if there[0].icon and there[0].icon not in names and i == max(moving):
                return Told(False, f"Where something turned, {there[0].words} stands still.", told)
            if i in moving:
                return Told(True, "Something turns at its place from frame to frame.", told)
            return Told(None, "Something stands where a spinner turns, but it does not turn.", told)
        if not complete:
            return Told(None, "The time ended before all of this frame was looked at.")
        return Told(False, "Where something turns in other frames, nothing is seen.")


def _may_turn(e: Element) -> bool:
    """An arc may be read as a C; what has digits counts, and does not turn."""
    short, long = sorted(e.box.size_wh)
    wordless = len(e.text) <= 1 and not e.text.isdigit()
    return e.kind in ROUND and wordless and short >= SQUARE * long and long <= LARGEST


def _at_one_place(a: Box, b: Box) -> bool:
    apart = max(abs(p - q) for p, q in zip(a.center, b.center, strict=True))
    return apart <= SAME * min(*a.size_wh, *b.size_wh)


def _turns(before: Image, after: Image, box: Box) -> bool:
    """Whether the pixels in a box differ, and those around it do not."""
    part = box.expanded(AROUND).rounded().clipped(after.box)
    differ = np.abs(_pixels(before, part) - _pixels(after, part)).max(axis=2) >= LEVELS
    x0, y0, x1, y1 = (round(v) for v in box.shifted(-part.x, -part.y).xyxy)
    inside = np.zeros(differ.shape, np.bool_)
    inside[max(0, y0 - 1) : y1 + 1, max(0, x0 - 1) : x1 + 1] = True
    still = float(differ[~inside].mean()) if not inside.all() else 0.0
    return float(differ[inside].mean()) >= CHANGED and still <= STILL


def _pixels(image: Image, part: Box) -> NDArray[np.int16]:
    return np.asarray(image.region(part), np.int16)
