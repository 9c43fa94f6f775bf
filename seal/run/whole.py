"""Reading pages from top to bottom, for questions that need all of their text; and going on without a broken page."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ParamSpec, TypeVar

from ..agents.looker import Looker
from ..memory.deadline import current
from ..memory.errors import OutOfTime, PageError
from ..memory.geometry import Box, around_part, seen_before, split
from ..memory.image import Document, Image, Patch
from ..memory.working import TextLine
from ..record.steps import ReadStep
from ..search.outcome import SearchOutcome, TargetOutcome
from ..settings import SearchSettings
from .reading import in_reading_order, lines_of, looked_at, uncut

__all__ = ["MOST_LINES", "MOST_PAGES", "Readable", "nearest_first", "read_page", "read_pages", "unknown"]

P = ParamSpec("P")
T = TypeVar("T")
SHARP = 0.7
"""Pixels of the view per pixel of the page from which its view shows small print (see
`seal.agents.ocr.SHARP_SCALE`).
"""
OVERLAP = SearchSettings().overlap
"""As the views of the search: what that has looked at is not looked at again."""
MOST_PAGES = 3
"""Pages of a document that are looked at from top to bottom for one question."""
MOST_LINES = 1000
"""Lines of pages whose text is known (`Sighting.complete`) that are taken for one question: some 25 pages."""
_WORD = re.compile(r"[^\W_]{3,}")


class Readable:
    """The pages of a document, without those that turned out to be unreadable. notes: what was to be said of it when
    it was opened. _left_out: why pages were left out, a sentence for each."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.notes = document.notes
        self._left_out: list[str] = []

    @property
    def unseen(self) -> list[str]:
        """What could not be looked at: pages that were left out, and parts of pages; a sentence for each."""
        return [*self._left_out, *self.document.faults]

    def each(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """What `work` returns; it begins anew without a page that raised PageError. Raises that of the last page."""
        while True:
            try:
                return work(*given, **named)
            except PageError as error:
                if len(self.document) == 1:
                    raise
                self.document = self.document.without(error.page)
                self._left_out.append(str(error))

    def honest(self, outcome: SearchOutcome) -> SearchOutcome:
        """The outcome of a search; where something could not be seen, nothing is absent and no list complete."""
        if not self.unseen:
            return outcome

        def honest(told: TargetOutcome) -> TargetOutcome:
            settled = told.status == "found" and told.target.instances == "one"
            status = "open" if told.status == "absent" else told.status
            return replace(told, status=status, complete=told.complete and settled)

        return replace(outcome, targets=tuple(map(honest, outcome.targets)))

    def told(self, *reasons: str) -> str:
        """Reasons, with what could not be seen behind them, and what was to be said when it was opened."""
        return " ".join(filter(None, ("; ".join(filter(None, reasons)), *self.notes, *self.unseen)))


def read_pages(
    document: Document,
    found: Sequence[int],
    reader: Looker,
    on_step: Callable[[ReadStep], None],
    round_: int = 0,
    on_cut: Callable[[OutOfTime], None] = lambda cut: None,
    question: str = "",
) -> tuple[tuple[TextLine, ...], bool]:
    """The lines of pages with finds, then of those nearest to the question, and whether that is all of the document.

    found: 1-based pages, best first. At most `MOST_PAGES` are looked at; of pages whose text is known, which costs next
    to nothing, so many are taken as hold `MOST_LINES`.
    """
    lines: list[TextLine] = []
    whole, looked = True, 0
    try:
        for page in nearest_first(document, found, question):
            image = document.page(page)
            sketch = image.sketch()
            drawn = sketch is None or bool(sketch.pictures) or not sketch.characters.strip()
            if looked > MOST_PAGES or (drawn and looked == MOST_PAGES) or len(lines) >= MOST_LINES:
                whole = False
                continue
            steps: list[ReadStep] = []
            told, all_of_it = read_page(image, reader, steps.append, round_, on_cut)
            for step in steps:
                on_step(step)
            looked += drawn or not all(step.complete for step in steps)
            lines += told
            whole = whole and all_of_it
    except OutOfTime as cut:
        on_cut(cut)
        whole = False
    return tuple(lines), whole


def nearest_first(document: Document, found: Sequence[int], question: str) -> list[int]:
    """The pages of a document: those with finds, then those whose text layer holds most of what is rare in a question,
    what the outline says of them counted twice.

    Without a question, or a text layer, in their order.
    """
    words = {word.casefold() for word in _WORD.findall(question)}
    sketches = [image.sketch() for image in document] if words else []
    texts = ["" if sketch is None else sketch.characters.casefold() for sketch in sketches]
    worth = [0.0] * len(document)
    titles = [""] * len(document)
    for entry in document.outline() if words else ():
        titles[document.numbers.index(entry.page)] += f"\n{entry.title.casefold()}"
    for word in words:
        holding = [i for i, text in enumerate(texts) if word in text]
        for i in holding:
            worth[i] += math.log(len(texts) / len(holding)) * (1 + (word in titles[i]))
    ranked = sorted(range(len(document)), key=lambda i: -worth[i])
    return list(dict.fromkeys((*found, *(document.numbers[i] for i in ranked))))


def read_page(
    image: Image,
    reader: Looker,
    on_step: Callable[[ReadStep], None],
    round_: int = 0,
    on_cut: Callable[[OutOfTime], None] = lambda cut: None,
) -> tuple[tuple[TextLine, ...], bool]:
    """Every line of text of a page, reading order, and whether all of it was read.

    Lines are found in the view of the page, and read in full resolution; where that view is coarse, lone digits and
    small print are looked for again in its parts. What the sides of a part cut is looked at once more. A page whose
    text is known is read at once. A localizer that does not read gives none.
    """
    if not reader.capabilities.reads_text:
        return (), False
    side = reader.capabilities.input_side
    lines: list[TextLine] = []
    pieces: list[TextLine] = []
    boxes, parting = [image.box], True
    while boxes:  # the patches are those of the search, which may have looked at them already
        box = boxes.pop(0)
        started, patch = time.perf_counter(), image.patch(around_part(box, image.box, OVERLAP))
        try:
            current().check()
            told = reader.read(patch, box, lines)
            seen = looked_at(patch, reader) if told is None else uncut(lines_of(told, patch), patch)
        except OutOfTime as cut:
            on_cut(cut)
            return in_reading_order([*lines, *unknown(pieces, lines)]), False
        found = unknown(seen, lines)
        complete = told is not None and told.complete
        lines += [line for line in found if not _is_cut(line, patch)]
        if parting:
            pieces += [line for line in found if _is_cut(line, patch)]
            if max(box.size_wh) > side / SHARP and not complete:
                boxes += split(box)
            if not boxes:
                boxes, parting = _strips(pieces, lines), False
        on_step(
            ReadStep(
                page=image.page,
                box=box.rounded(),
                lines=len(found),
                complete=complete,
                round=round_,
                seconds=time.perf_counter() - started,
            )
        )
    lines += unknown(pieces, lines)
    return in_reading_order(lines), True


def _is_cut(line: TextLine, patch: Patch) -> bool:
    """Whether a line reaches to the left or right edge of a view, and the page goes on there."""
    page, view = patch.image.box, patch.box
    left, right = line.box.x <= view.x + 1, line.box.x + line.box.width >= view.x + view.width - 1
    return (left and view.x > page.x) or (right and view.x + view.width < page.x + page.width)


def _strips(pieces: Sequence[TextLine], lines: Sequence[TextLine]) -> list[Box]:
    """Where lines stand, all of them and a little around, of which no part showed more than a piece."""
    strips: list[Box] = []
    for box in sorted(piece.box for piece in unknown(pieces, lines)):
        i = next((i for i, strip in enumerate(strips) if _goes_on(strip, box)), None)
        if i is None:
            strips.append(box)
        else:
            strips[i] = strips[i].union(box)
    return [strip.expanded(pixels=strip.height) for strip in strips]


def _goes_on(strip: Box, box: Box) -> bool:
    """Whether a piece overlaps another one of its row."""
    shared = strip.intersection(box)
    return shared.width > 0 and shared.height > 0.5 * min(strip.height, box.height)


def unknown(lines: Sequence[TextLine], known: Sequence[TextLine]) -> list[TextLine]:
    """The lines that are neither known nor parts of known ones."""
    old = seen_before([line.box for line in lines], [line.box for line in known])
    return [line for line, is_old in zip(lines, old, strict=True) if not is_old]
