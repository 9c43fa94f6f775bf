"""A page as text: all that is written on it, in reading order, with boxes; and pages that are read ahead of questions.

`blocks` is where the layout of a page comes in: what is a table, a form or a section of its lines is decided there, and
everything that prints a page (`as_text`, `as_markdown`, `as_json`) goes by its blocks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from .agents.look_cache import Remembered
from .agents.looker import Looker
from .memory.errors import OutOfTime, PageError
from .memory.image import Document, Image
from .memory.reading_order import rows
from .memory.working import TextLine
from .memory.written import WrittenLine
from .run.whole import read_page

__all__ = ["Block", "PageTranscript", "as_json", "as_markdown", "as_text", "blocks", "index", "transcribe"]

APART = 0.7
"""Gap between two lines, in heights of a line, from which they are two paragraphs."""
LARGER = 1.2
"""Height of a line, as a multiple of that of most lines, from which it heads a text."""
BATCH = 16
"""Pages that are kept at once."""
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~])|^(\d+)([.)])(?=\s)|^([-+])(?=\s)")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together. rows: those beside each other in one row, left to right. heads: it heads a text."""

    rows: tuple[tuple[TextLine, ...], ...]
    heads: bool = False


@dataclass(frozen=True, slots=True)
class PageTranscript:
    """All that is written on a page. lines: reading order. known: its text was known, from its text layer or from an
    earlier reading; else it was read from the picture. complete: whether it was read to its end."""

    page: int
    size_wh: tuple[int, int]
    lines: tuple[TextLine, ...]
    known: bool
    complete: bool


def transcribe(image: Image, reader: Looker) -> PageTranscript:
    """Read a page from top to bottom. What the deadline in force cuts off is missing, and `complete` says so."""
    steps: list[bool] = []
    lines, complete = read_page(image, reader, lambda step: steps.append(step.complete))
    return PageTranscript(image.page, image.size_wh, lines, bool(steps) and all(steps), complete)


def index(
    document: Document, reader: Remembered, on_page: Callable[[int, bool], None] = lambda page, read: None
) -> tuple[int, int]:
    """Read every page that was not read before, and keep it for questions to come: (pages read, pages known before).

    on_page: called after each page with its number and whether it had to be read. Raises OutOfTime where the deadline
    in force ends first, and PageError of the first page that cannot be read; all that was read is kept.
    """
    read = known = 0
    broken: PageError | None = None
    waiting: list[tuple[Image, tuple[WrittenLine, ...]]] = []
    try:
        for number in document.numbers:
            try:
                image = document.page(number)
                if reader.knows(image):
                    known += 1
                    on_page(image.page, False)
                    continue
                told = transcribe(image, reader)
            except PageError as error:
                broken = broken or error
                continue
            if not told.complete:
                raise OutOfTime("seconds")
            waiting.append((image, tuple(_written(told, image))))
            read += 1
            on_page(image.page, True)
            if len(waiting) == BATCH:
                reader.learn(waiting)
                waiting = []
    finally:
        if waiting:
            reader.learn(waiting)
    if broken is not None:
        raise broken
    return read, known


def _written(told: PageTranscript, image: Image) -> Iterator[WrittenLine]:
    """The lines with the places of their words: as the text layer has them, else in proportion to their letters."""
    exact = {(line.text, line.box.rounded()): line for line in (image.text() or ())} if told.known else {}
    for line in told.lines:
        known = exact.get((line.text, line.box.rounded()))
        if known is not None:
            yield known
            continue
        turned = line.box.height > 2 * line.box.width and len(line.text) > 2
        start, long = (line.box.y, line.box.height) if turned else (line.box.x, line.box.width)
        step = long / max(1, len(line.text))
        words = tuple(
            (m.start(), m.end(), start + m.start() * step, start + m.end() * step)
            for m in re.finditer(r"\S+", line.text)
        )
        yield WrittenLine(line.text, line.box, words, turned=turned, sure=line.confidence)


# --- how a page is shown ----------------------------------------------------------------------------------


def blocks(told: PageTranscript) -> list[Block]:
    """The paragraphs of a page, in reading order."""
    heights = [line.box.height for line in told.lines]
    usual = median(heights) if heights else 0.0
    found: list[list[tuple[TextLine, ...]]] = []
    for row in _rows(told.lines):
        if found and _goes_on(found[-1][-1], row):
            found[-1].append(row)
        else:
            found.append([row])
    return [Block(tuple(block), _heads(block, usual)) for block in found]


def _rows(lines: Sequence[TextLine]) -> Iterator[tuple[TextLine, ...]]:
    """Lines that follow each other in reading order and stand in one row."""
    row: list[TextLine] = []
    for line in lines:
        if row and (line.box.x < row[-1].box.x or len(rows([row[0].box, line.box])) > 1):
            yield tuple(row)
            row = []
        row.append(line)
    if row:
        yield tuple(row)


def _goes_on(before: Sequence[TextLine], row: Sequence[TextLine]) -> bool:
    """Whether a row belongs to the paragraph of the one before."""
    a, b = before[0].box, row[0].box
    heights = sorted((a.height, b.height))
    return -0.5 * a.height <= b.y - (a.y + a.height) <= APART * a.height and heights[1] < LARGER * heights[0]


def _heads(block: Sequence[Sequence[TextLine]], usual: float) -> bool:
    lines = [line for row in block for line in row]
    return len(block) <= 2 and min(line.box.height for line in lines) >= LARGER * usual


def as_text(told: PageTranscript) -> str:
    """The page as plain text: a row a line, what stands apart in it parted by spaces, an empty line between blocks."""
    parts = ["\n".join("   ".join(line.text for line in row) for row in block.rows) for block in blocks(told)]
    return "\n\n".join(parts)


def as_markdown(told: PageTranscript) -> str:
    """The page as Markdown: larger print heads what follows. What was read is text, never mark-up: it is escaped."""
    parts = []
    for block in blocks(told):
        shown = [" ".join(_escaped(line.text) for line in row) for row in block.rows]
        parts.append("## " + " ".join(shown) if block.heads else "  \n".join(shown))
    return "\n\n".join(parts)


def _escaped(text: str) -> str:
    return _MARKS.sub(lambda m: f"{m[2]}\\{m[3]}" if m[2] else f"\\{m[1] or m[4]}", text)


def as_json(told: PageTranscript) -> dict[str, object]:
    """The page as JSON: boxes (x, y, width, height) in pixels of the full image of the page."""
    return {
        "page": told.page,
        "size_wh": list(told.size_wh),
        "known": told.known,
        "complete": told.complete,
        "blocks": [
            {
                "kind": "heading" if block.heads else "paragraph",
                "lines": [
                    {
                        "text": line.text,
                        "box": [round(v, 1) for v in line.box.xywh],
                        "confidence": round(line.confidence, 3),
                    }
                    for row in block.rows
                    for line in row
                ],
            }
            for block in blocks(told)
        ],
    }
