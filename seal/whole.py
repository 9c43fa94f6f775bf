"""Reading pages from top to bottom, for questions that need all of their text."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from .agents.looker import Looker
from .memory.deadline import current
from .memory.errors import OutOfTime
from .memory.geometry import split
from .memory.image import Document, Image
from .memory.working import TextLine
from .reading import in_reading_order, lines_of, looked_at, uncut
from .record.steps import ReadStep

__all__ = ["MOST_PAGES", "read_page", "read_pages"]

SHARP = 0.7
"""Pixels of the view per pixel of the page from which its view shows small print (see
`seal.agents.ocr.SHARP_SCALE`).
"""
MOST_PAGES = 3
"""Pages of a document that are read from top to bottom for one question."""


def read_pages(
    document: Document,
    found: Sequence[int],
    reader: Looker,
    on_step: Callable[[ReadStep], None],
    round_: int = 0,
    on_cut: Callable[[OutOfTime], None] = lambda cut: None,
) -> tuple[tuple[TextLine, ...], bool]:
    """The lines of the pages with finds, else of the first ones, and whether that is all of the document.

    found: 1-based pages, best first. At most `MOST_PAGES` are read.
    """
    pages = list(dict.fromkeys((*found, *document.numbers)))[:MOST_PAGES]
    whole = len(pages) == len(document.numbers)
    lines: list[TextLine] = []
    for page in pages:
        told, all_of_it = read_page(document.page(page), reader, on_step, round_, on_cut)
        lines += told
        whole = whole and all_of_it
    return tuple(lines), whole


def read_page(
    image: Image,
    reader: Looker,
    on_step: Callable[[ReadStep], None],
    round_: int = 0,
    on_cut: Callable[[OutOfTime], None] = lambda cut: None,
) -> tuple[tuple[TextLine, ...], bool]:
    """Every line of text of a page, reading order, and whether all of it was read.

    Lines are found in the view of the page, and read in full resolution; where that view is coarse, lone digits and
    small print are looked for again in its parts. A localizer that does not read gives none.
    """
    if not reader.capabilities.reads_text:
        return (), False
    side = reader.capabilities.input_side
    lines: list[TextLine] = []
    boxes = [image.box]
    while boxes:  # the patches are those of the search, which may have looked at them already
        box = boxes.pop(0)
        started, patch = time.perf_counter(), image.patch(box)
        try:
            current().check()
            told = reader.read(patch, box)
            seen = looked_at(patch, reader) if told is None else uncut(lines_of(told, patch), patch)
        except OutOfTime as cut:
            on_cut(cut)
            return in_reading_order(lines), False
        found = [line for line in seen if not _is_known(line, lines)]
        lines += found
        if max(box.size_wh) > side / SHARP:
            boxes += split(box)
        seconds = time.perf_counter() - started
        on_step(ReadStep(page=image.page, box=box.rounded(), lines=len(found), round=round_, seconds=seconds))
    return in_reading_order(lines), True


def _is_known(line: TextLine, lines: Sequence[TextLine]) -> bool:
    """Whether a line of a tile was read before, wholly or as a part of a longer one."""
    return any(known.box.intersection(line.box).area > 0.3 * line.box.area for known in lines)
