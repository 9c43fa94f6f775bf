"""One pass over a screen: every line of text and everything that the localizer sees, as they are.

- The view of the whole page comes first. Where it shows the page well enough to read most of it, it is the only one;
  else the page is looked at in tiles at (nearly) native resolution too.
- Lines are taken from the coarser view first, so that a tile's edge never cuts one; tiles add what it missed. Things
  are taken from the finest view that holds them whole.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..agents.contracts import Sighting
from ..agents.looker import Looker
from ..memory.deadline import current
from ..memory.errors import OutOfTime
from ..memory.freed import give_back
from ..memory.geometry import Box, Places, tiles
from ..memory.image import Image, Patch
from ..memory.working import TextLine
from ..run.reading import in_reading_order, lines_of, looked_at, uncut
from ..run.whole import unknown
from .closer import closer
from .lines import apart
from .things import Thing

__all__ = ["Survey", "survey"]

SHARP = 0.7
"""Pixels of a view per pixel of the image from which it shows small print (see `seal.agents.ocr.SHARP_SCALE`)."""
LEGIBLE_PX = 12.0
"""Height of low lines, pixels of the view, from which it shows nearly all of the page. Of three screens of 3840 px with
lines of 13, 14 and 11 px the view of the whole page shows all text of the first two, and half of the third."""
LOW = 0.1
"""Share of the lines that is lower than the low ones."""
FEW_LINES = 5
"""Lines that say how large text is on a page; fewer say nothing."""
OVERLAP = 0.12
"""Share of a tile's side by which it reaches over its neighbours."""
EDGE = 2.0
"""Pixels from the edge of a tile within which a box is cut by it."""
LARGE = 0.4
"""Share of a tile's side from which a thing may be a part of a larger one."""
SAME = 0.5
"""IoU from which things of two views are one."""


@dataclass(frozen=True, slots=True)
class Survey:
    """All that was seen and read on a page. complete: whether the time sufficed for all of it."""

    lines: tuple[TextLine, ...] = ()
    things: tuple[Thing, ...] = ()
    complete: bool = True


def survey(image: Image, localizer: Looker) -> Survey:
    """Look at all of an image. Raises nothing when the deadline in force passes: what was seen until then is told."""
    lines: list[TextLine] = []
    things: list[Thing] = []
    started = time.perf_counter()
    try:
        for patch in _views(image, localizer, lines):
            current().check()
            lines += unknown(_read(patch, localizer, lines), lines)
            seen = localizer.survey(patch)
            if seen is not None:
                things = _joined(things, _things(seen, patch), patch)
        current().check()
        things = closer(image, things, localizer)
        lines = apart(lines, image)
    except OutOfTime:
        return Survey(in_reading_order(lines), tuple(things), complete=False)
    finally:
        give_back(time.perf_counter() - started)
    return Survey(in_reading_order(lines), tuple(things))


def _views(image: Image, localizer: Looker, lines: Sequence[TextLine]) -> Iterator[Patch]:
    """The page; then, unless it is legible in that view, its tiles. lines: those found so far, as they are found."""
    side = localizer.capabilities.input_side
    yield image.patch()
    finest = 1.0 if image.limit_side is None else min(1.0, image.limit_side / max(image.size_wh))
    scale = min(finest, side / max(image.size_wh))
    if scale >= SHARP * finest:
        return
    heights = sorted(min(line.box.size_wh) * scale for line in lines)
    if len(heights) >= FEW_LINES and heights[int(LOW * len(heights))] >= LEGIBLE_PX:
        return
    tile = round(side / SHARP)
    for box in tiles(image.box, (tile, tile), OVERLAP):
        yield image.patch(box)


def _read(patch: Patch, localizer: Looker, known: Sequence[TextLine]) -> list[TextLine]:
    if not localizer.capabilities.reads_text:
        return []
    told = localizer.read(patch, patch.box, known)
    return looked_at(patch, localizer) if told is None else uncut(lines_of(told, patch), patch)


def _things(seen: Sighting, patch: Patch) -> list[Thing]:
    boxes = patch.to_image(seen.boxes)
    told = zip(seen.texts, boxes, seen.scores.tolist(), strict=True)
    return [Thing(phrase, box, score) for phrase, box, score in told]


def _joined(known: Sequence[Thing], new: Sequence[Thing], patch: Patch) -> list[Thing]:
    """Known things with those of a tile: what the tile shows whole replaces what is there, what it cuts does not.

    Large things are those of the view of the whole page: a tile shows a part of a table as a table.
    """
    if not known:
        return list(new)
    left, top, right, bottom = patch.box.xyxy
    page = patch.image.box.xyxy

    def is_whole(box: Box) -> bool:
        x0, y0, x1, y1 = box.xyxy
        return (
            (x0 > left + EDGE or left <= page[0])
            and (y0 > top + EDGE or top <= page[1])
            and (x1 < right - EDGE or right >= page[2])
            and (y1 < bottom - EDGE or bottom >= page[3])
        )

    fresh = [t for t in new if is_whole(t.box) and (max(t.box.size_wh) < LARGE * min(patch.box.size_wh))]
    places = Places([t.box for t in fresh])
    for t in fresh:
        places.add(t.box)
    kept = [t for t in known if not any(t.box.iou(places.boxes[i]) >= SAME for i in places.near(t.box))]
    return [*kept, *fresh]
