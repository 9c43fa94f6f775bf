"""Lines that were read over the border of two cells, cut there: borders that are drawn, or where two shades meet.

- A border is a straight upright edge far longer than a letter is high, so no stroke of a letter is one.
- A line is cut between two words next to the border, or where one kind of letters ends. Readers also join "9" and
  "912.00" of two cells: digits are cut where as many glyphs stand on either side of the border. A word is not cut: it
  is one text that lies over an edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from ..geometry import Box
from ..working import TextLine
from .pixels import scale_of

__all__ = ["cut_at_edges"]

_LONG = 3.0
"""Length of a border at least, in heights of a line."""
_STEP = 7
"""Steps of grey, of 255, between two sides of a border at least."""
_INSIDE = 0.4
"""Heights of a line by which a border lies within a line that it cuts."""
_WORDS, _KINDS = 3.0, 2.0
"""Letters at most between a border and a space, and the end of one kind of letters."""
_INK = 60
"""Steps of grey, of 255, between a glyph and what is around it at least."""


def cut_at_edges(
    lines: Sequence[TextLine], picture: PIL.Image.Image, size_wh: tuple[int, int]
) -> list[TextLine]:
    """The lines of a page, those in parts that run over borders.

    picture: the page or a smaller copy of it; size_wh: the full image's size, in whose pixels boxes are.
    Raises SettingError for a size that the picture is no copy of.
    """
    scale = scale_of(picture, size_wh)
    if not any(_may_be_cut(n) for n in lines):
        return list(lines)
    gray = np.asarray(picture.convert("L"), np.int16)
    edges = _edges(gray, scale * median(n.box.height for n in lines))
    return [part for n in lines for part in (_cut(n, gray, edges, scale) if _may_be_cut(n) else [n])]


def _may_be_cut(line: TextLine) -> bool:
    return len(line.text.strip()) > 2 and line.box.width > 1.5 * line.box.height


def _edges(gray: NDArray[np.int16], height: float) -> NDArray[np.bool_]:
    """(H, W): where upright edges run. height: of a line, pixels of the picture."""
    import cv2

    step = np.zeros(gray.shape, np.uint8)
    step[:, 1:-1] = np.abs(gray[:, 2:] - gray[:, :-2]) >= _STEP
    long = max(9, round(_LONG * height))
    return np.asarray(cv2.morphologyEx(step, cv2.MORPH_OPEN, np.ones((long, 1), np.uint8)), np.bool_)


def _cut(line: TextLine, gray: NDArray[np.int16], edges: NDArray[np.bool_], scale: float) -> list[TextLine]:
    x, y, w, h = line.box.xywh
    top, bottom = round((y + 0.15 * h) * scale), round((y + 0.85 * h) * scale)
    first, last = round((x + _INSIDE * h) * scale), round((x + w - _INSIDE * h) * scale)
    if not 0 <= top < bottom - 1 < edges.shape[0] or first < 0 or last <= first:
        return [line]  # cut by the edge of the page, or too small
    through = np.flatnonzero(edges[top:bottom, first:last].mean(0) > 0.9)
    borders = [
        (first + float(run.mean())) / scale
        for run in np.split(through, np.flatnonzero(np.diff(through) > 2) + 1)
        if len(run)
    ]
    said, letter = line.text, w / len(line.text)
    rows = slice(round((y + 0.05 * h) * scale), round((y + 0.95 * h) * scale))
    cuts = {}
    for border in borders:
        spans = [slice(round(a * scale), round(b * scale)) for a, b in ((x, border - 2), (border + 2, x + w))]
        sides = [_glyphs(gray[rows, span], edges[rows, span]) for span in spans]
        exact = sides[0] if sum(sides) == len(said.replace(" ", "")) else 0
        if at := _between(said, (border - x) / letter, exact):
            cuts[at] = border
    if not cuts:
        return [line]
    parts = []
    for a, b in pairwise([0, *sorted(cuts), len(said)]):
        text = said[a:b].strip()
        if text:
            start = a + said[a:b].index(text)
            left = max(x + start * letter, cuts.get(a, x))
            right = min(x + (start + len(text)) * letter, cuts.get(b, x + w))
            box = Box(left, y, max(1.0, right - left), h)
            parts.append(line.model_copy(update={"text": text, "box": box}))
    return parts


def _glyphs(part: NDArray[np.int16], edges: NDArray[np.bool_]) -> int:
    """How many glyphs stand in a part of a line, told by the gaps between them.

    part: (H, W) grey. edges: (H, W), where upright edges run, whose lines are no glyphs.
    """
    if not len(part) or part.shape[1] < 3:
        return 0  # narrower than a stroke and its sides
    drawn = np.convolve(edges.any(0), (1, 1, 1), "same") > 0
    inked = (np.abs(part - np.median(part)) > _INK).any(0) & ~drawn
    return int(np.count_nonzero(np.diff(inked.astype(np.int8), prepend=0) == 1))


def _between(said: str, place: float, glyphs: int) -> int:
    """Where a text is cut for a border that lies so many letters from its start; 0 for nowhere.

    glyphs: how many of its letters stand before the border, 0 where that cannot be told.
    """
    found = []
    for i, (a, b) in enumerate(pairwise(said), 1):
        if a == " ":
            found.append((abs(i - 0.5 - place) / _WORDS, i))
        elif (a.isdigit() and b.isalpha()) or (a.isalpha() and b.isdigit()) or (a.islower() and b.isupper()):
            found.append((abs(i - place) / _KINDS, i))
        elif a.isdigit() and b.isdigit() and len(said[:i].replace(" ", "")) == glyphs:
            found.append((0.0, i))
    off, at = min(found, default=(9.0, 0))
    return at if off <= 1 else 0
