"""Phrases found in text that is known: matches in lines with boxes, in no time and at any size.

The text layer of a PDF (`seal.agents.pdf_text`) and pages that were read before (`seal.agents.readings`) are such text.
A match may go over the end of a line; its box is that of its longer part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..memory.geometry import Box
from ..memory.image import Patch
from ..memory.written import WrittenLine
from .checks import with_area
from .contracts import Sighting
from .text import TextQuery, loose, matches, may_hold

__all__ = ["Found", "apart", "found_in", "lies_in", "lines_in", "said_in", "sighting", "whole_lines"]

LOWEST_SCORE = 0.6
"""Matches below are not reported: known text has no slips of reading, and half a phrase is none."""
BROKEN_SCORE = 0.85
"""Score from which a match counts that goes over the end of a line."""
LISTED = 0.9
"""Factor for what a table of contents says: a hint of where it is, which ends no search."""
_LEADERS = re.compile(r"(?:\.\s?){4,}\s*(?:\d+|[ivxl]+)?$")
PAGE_EDGE = 0.15
"""Share of the page's height at its top and bottom where page numbers stand."""
RULED_OUT, UNREAD = -8.0, 0.0
"""Log-odds where the phrase certainly is not, and where pictures lie that were not read."""
CELLS = 48
"""Cells of a cue map along the longer side of a patch."""

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Found:
    """A match, or a line. box: pixels of the image. text: the whole line. source: who says so."""

    box: Box
    score: float
    text: str
    source: str


def found_in(lines: Sequence[WrittenLine], query: TextQuery, patch: Patch, source: str) -> Iterator[Found]:
    """Every match in the part of the lines that a patch shows."""
    whole = patch.box.contains(patch.image.box)
    shown = lines if whole else [line for line in lines if line.box.shared(patch.box)]
    height = patch.image.size_wh[1]
    letters = [loose(line.text) for line in shown]
    for k, line in enumerate(shown):
        if not may_hold(query, letters[k] + "".join(letters[k + 1 : k + 2])):
            continue
        if query.at_page_edge and min(line.box.center[1], height - line.box.center[1]) > PAGE_EDGE * height:
            continue
        sure = line.sure * (LISTED if query.texts and _LEADERS.search(line.text) else 1.0)
        told = [(score * sure, span) for score, span in matches(query, line.text)]
        for score, (start, end) in told:
            box = line.part(start, end)
            if score >= LOWEST_SCORE and box.intersection(patch.box).area:
                yield Found(box, score, line.text, source)
        if query.texts and k + 1 < len(shown) and not any(score >= BROKEN_SCORE for score, _ in told):
            yield from _broken(query, line, shown[k + 1], source)


def _broken(query: TextQuery, line: WrittenLine, after: WrittenLine, source: str) -> Iterator[Found]:
    """A match that begins in a line and ends in the next one."""
    x0, x1 = max(line.box.x, after.box.x), min(line.box.xyxy[2], after.box.xyxy[2])
    down = after.box.y - line.box.y
    if line.turned or after.turned or x1 <= x0 or not 0 < down < 2.5 * line.box.height:
        return
    kept = line.text[:-1] if re.search(r"[^\W\d]-$", line.text) else f"{line.text} "
    said = kept + after.text
    if not may_hold(query, loose(said)):
        return
    for score, (start, end) in matches(query, said):
        if score >= BROKEN_SCORE and start < len(kept.rstrip()) and end > len(kept):
            first = len(kept) - start >= end - len(kept)
            box = line.part(start, len(line.text)) if first else after.part(0, end - len(kept))
            yield Found(box, score * min(line.sure, after.sure), said, source)


def whole_lines(lines: Sequence[WrittenLine], source: str) -> list[Found]:
    """The lines as they are."""
    return [Found(line.box, line.sure, line.text, source) for line in lines]


def lines_in(lines: Sequence[WrittenLine], within: Box) -> list[WrittenLine]:
    """Those that run through a box."""
    (x0, y0, x1, y1) = within.xyxy
    return [
        line
        for line in lines
        if line.box.x < x1 and line.box.x + line.box.width > x0 and y0 <= line.box.center[1] < y1
    ]


def said_in(lines: Sequence[WrittenLine], box: Box) -> str:
    """The words whose middle lies in a box."""
    said = [
        line.text[i:j]
        for line in lines
        if line.box.intersection(box).area
        for i, j, *_ in line.words
        if lies_in(line.part(i, j), box)
    ]
    return " ".join(said)


def lies_in(box: Box, frame: Box) -> bool:
    """Whether the middle of a box lies in another one."""
    x, y = box.center
    return frame.x <= x < frame.x + frame.width and frame.y <= y < frame.y + frame.height


def apart(found: Sequence[Found], known: Sequence[Box]) -> list[Found]:
    """What does not lie where something is known already."""
    return [f for f in found if not any(k.intersection(f.box).area > 0.5 * f.box.area for k in known)]


def sighting(
    found: Sequence[Found],
    patch: Patch,
    unread: Sequence[Box] = (),
    read: Array | None = None,
    *,
    complete: bool = True,
) -> Sighting:
    """The finds as a sighting of a patch. unread: where something else may be; read: the cue map of who looks there."""
    moved = [f.box.shifted(-patch.box.x, -patch.box.y).xyxy for f in found]
    boxes = np.array(moved, np.float32).reshape(-1, 4)
    kept = np.flatnonzero(with_area(boxes, patch.box.size_wh)).tolist()
    return Sighting(
        boxes[kept],
        np.array([found[i].score for i in kept], np.float32),
        _cue(patch, found, unread, read),
        tuple(found[i].text for i in kept),
        tuple((found[i].source,) for i in kept),
        complete,
    )


def _cue(patch: Patch, found: Sequence[Found], unread: Sequence[Box], read: Array | None) -> Array:
    """(h, w) log-odds: where the finds are, and in what is unread what its reader says, if it was asked."""
    if not found and not unread:
        return np.full((1, 1), RULED_OUT, np.float32)
    cell = max(patch.box.size_wh) / CELLS
    shape = max(1, round(patch.box.height / cell)), max(1, round(patch.box.width / cell))
    cue = np.full(shape, RULED_OUT, np.float32)
    for box in unread:
        cells = _cells(box, patch.box, shape)
        cue[cells] = UNREAD if read is None else _resized(read, shape)[cells]
    for each in found:
        cells = _cells(each.box, patch.box, shape)
        cue[cells] = np.maximum(cue[cells], -RULED_OUT * (2 * each.score - 1))
    return cue


def _cells(box: Box, patch: Box, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns of the cells that a box touches."""
    x0, y0, x1, y1 = box.intersection(patch).shifted(-patch.x, -patch.y).xyxy
    down, across = shape[0] / patch.height, shape[1] / patch.width
    return (
        slice(int(y0 * down), max(int(y0 * down) + 1, int(np.ceil(y1 * down)))),
        slice(int(x0 * across), max(int(x0 * across) + 1, int(np.ceil(x1 * across)))),
    )


def _resized(cue: Array, shape: tuple[int, int]) -> Array:
    rows, columns = (np.arange(n) * m // n for n, m in zip(shape, cue.shape, strict=True))
    return cue[np.ix_(rows, columns)]
