"""From search outcomes to the working memory: crops, the text around targets, measured facts.

Crops and reading windows are sized by the target itself (its smaller side h stands for the text height), so
the same rule serves a 96 dpi screen and a 600 dpi scan.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from ..agents.contracts import ANY_TEXT, Sighting
from ..agents.looker import Looker
from ..agents.text import similarity, spoken_text
from ..memory.deadline import NEVER, Deadline, current
from ..memory.errors import OutOfTime
from ..memory.facts import measure
from ..memory.geometry import Box, Places, merge_duplicates, tiles
from ..memory.image import Document, Image, Patch
from ..memory.layout.facts import facts_of
from ..memory.reading_order import in_order
from ..memory.working import AbsentTarget, Crop, Fact, FoundTarget, GlobalImage, TextLine, VisualWorkingMemory
from ..memory.written import OutlineEntry
from ..record.shown import shown
from ..record.steps import ReadStep
from ..search.outcome import MAX_INSTANCES, Instance, TargetOutcome

__all__ = [
    "GLOBAL_SIDE",
    "HURRIED_SIDE",
    "LAST_PICTURE",
    "beside",
    "column_window",
    "crop_box",
    "crossing",
    "global_image",
    "in_reading_order",
    "lines_of",
    "looked_at",
    "read_around",
    "reading_windows",
    "remember",
    "spelled",
    "uncut",
]

GLOBAL_SIDE = 1600
"""Longest side, in pixels, of the copy of a page kept in memory and trace."""
HURRIED_SIDE = 400
"""The same, where the time is over before such a copy is made: a tenth of its work, once the image is decoded."""
LAST_PICTURE = 0.4
"""Seconds that such a one of a PDF's page may take; the page may be made to take forever."""
MAX_READ = 3
"""Instances of one target whose surroundings are read."""
MAX_CROSSED = 12
"""Targets, the first ones, whose rows and columns are crossed: of n targets there are n (n - 1) cells."""
BADGE_EDGE = (0.18, 0.12)
"""Shares of a badge's smaller side that are cut off at its left and right, top and bottom, before it is read. Of 80
badges on generated pages that were found in the view of the page 79 are read right then, 77 with their edges; of 92
found in full resolution all, and 91."""
SHOWN = 0.9
"""Share of a line from which it counts as shown by a closer look, which told better what stands there."""
SAID, MAX_HINTS = 0.85, 3
"""Score from which an entry of the outline says a phrase, and how many of them are told for each."""
LEGIBLE = 0.5
"""Confidence from which what a badge says is told."""


def global_image(image: Image, side: int = GLOBAL_SIDE) -> GlobalImage:
    """The page scaled down to at most that many pixels a side."""
    pixels = shown(image, image.box, side, Deadline.after(LAST_PICTURE) if side == HURRIED_SIDE else NEVER)
    return GlobalImage(size_wh=image.size_wh, png=pixels, page=image.page, digest=image.digest)  # type: ignore[arg-type]


def spelled(outcome: TargetOutcome, document: Document, reader: Looker) -> TargetOutcome:
    """The outcome with the text of every badge that was found, read alone; other things stay as they are.

    Raises OutOfTime when the deadline in force passes.
    """
    if reader.kind(outcome.target.phrase) != "badge":
        return outcome
    instances = []
    for instance in outcome.instances[:MAX_INSTANCES]:
        image: Image = document.page(instance.page)
        left, down = (share * min(instance.box.size_wh) for share in BADGE_EDGE)
        x0, y0, x1, y1 = instance.box.xyxy
        text, sure = reader.spell(image.patch(Box.from_xyxy(x0 + left, y0 + down, x1 - left, y1 - down)))
        legible = text and sure >= LEGIBLE and not instance.text
        instances.append(replace(instance, text=text) if legible else instance)
    return replace(outcome, instances=(*instances, *outcome.instances[MAX_INSTANCES:]))


def crop_box(target: Box, page: Box, surroundings: bool) -> Box:
    """What a crop shows: the target and a margin; with its surroundings also what lies beside and around it.

    V* crops 1.2 times the target; a word alone tells a VLM too little, so at least 4 h above and below and,
    with surroundings, 14 h to the right (h: the target's smaller side, at least 12 px).
    """
    h = max(12.0, min(target.size_wh))
    x0, y0, x1, y1 = target.xyxy
    right = 14 * h if surroundings else 2 * h
    return Box.from_xyxy(x0 - 2 * h, y0 - 4 * h, x1 + right, y1 + 4 * h).rounded().clipped(page)


def reading_windows(target: Box, page: Box, side: int) -> list[Box]:
    """Windows at native resolution whose text is read around a target, none wider than `side` pixels.

    First the neighbourhood, wide to the right and a dozen lines high; then the rest of the row (values and
    badges of wide tables stand far from their label).
    """
    h = max(12.0, min(target.size_wh))
    width, height = max(float(side), target.width + 8 * h), min(float(side), max(256.0, 16 * h))
    left, top = round(target.x - (width - target.width) * 0.25), round(target.center[1] - height / 2)
    near = Box(left, top, width, round(height))
    row = Box(page.x, target.center[1] - 2 * h, page.width, 4 * h).rounded().clipped(page)
    near = near.moved_into(page).rounded().clipped(page)
    return [near, *(t for t in tiles(row, (side, int(row.height)), 0.15) if not near.contains(t))]


def column_window(target: Box, page: Box, side: int) -> Box:
    """The column below a target, at most `side` pixels high: what a heading stands over, down to the next one."""
    h = max(12.0, min(target.size_wh))
    width = max(target.width + 4 * h, 16 * h)
    return Box(target.x - 2 * h, target.y, width, float(side)).rounded().clipped(page)


def _nearest_first(outcomes: Sequence[TargetOutcome]) -> Iterator[list[Instance]]:
    """The instances of each target, those first that stand nearest to an instance of another target."""
    every = [(k, i.page, *i.box.center) for k, outcome in enumerate(outcomes) for i in outcome.instances]
    owner, page, x, y = np.array(every, np.float64).reshape(-1, 4).T

    for k, outcome in enumerate(outcomes):

        def apart(instance: Instance, k: int = k) -> float:
            others = (owner != k) & (page == instance.page)
            left, down = instance.box.center
            return float(np.hypot(x[others] - left, y[others] - down).min(initial=math.inf))

        several = len(outcome.instances) > 1
        yield sorted(outcome.instances, key=apart) if several else list(outcome.instances)


def crossing(row: Box, column: Box, page: Box) -> Box:
    """Where the row of one target crosses the column of another: the cell of a table."""
    h = max(12.0, min(row.size_wh))
    width = max(column.width + 4 * h, 12 * h)
    cell = Box(column.center[0] - width / 2, row.center[1] - 2 * h, width, 4 * h)
    return cell.moved_into(page).rounded().clipped(page)


@dataclass(frozen=True, slots=True)
class _Window:
    """close: whether it is looked at in full resolution, not read by means of the view of the page."""

    page: int
    box: Box
    close: bool


def beside(target: Box, page: Box) -> Box:
    """What stands in the row of a target near it, four times as high as it is: mostly to the right."""
    h, y = max(12.0, min(target.size_wh)), target.center[1]
    x0, _, x1, _ = target.xyxy
    return Box.from_xyxy(x0 - 6 * h, y - 2 * h, x1 + 18 * h, y + 2 * h).rounded().clipped(page)


def _windows(outcomes: Sequence[TargetOutcome], document: Document, reader: Looker) -> list[_Window]:
    """What is read around finds: all of it in full resolution, but where the view of the page shows it well.

    Around a text that it does only what stands beside it is, which shows the lone digit of a badge or a cell too; the
    rest by means of that view, and everything where that view is in full resolution itself.
    """
    wanted = [o for o in outcomes if o.target.surroundings and o.instances]
    nearest = zip(wanted, _nearest_first(wanted), strict=True)
    near = {outcome.target.phrase: instances[:MAX_READ] for outcome, instances in nearest}
    side = reader.capabilities.input_side
    windows: list[_Window] = []
    for instances in near.values():
        for i in instances:
            image: Image = document.page(i.page)
            legible = _legible(min(i.box.size_wh) if i.text else 0.0, image, reader)
            around = reading_windows(i.box, image.box, side)
            around += [column_window(i.box, image.box, side)] if i is instances[0] else []
            windows += [_Window(i.page, box, not legible) for box in around]
            windows += [_Window(i.page, beside(i.box, image.box), not _legible(0.0, image, reader))]
    for rows, columns in permutations(list(near.values())[:MAX_CROSSED], 2):
        row, column = rows[0], columns[0]
        if row.page == column.page:
            image = document.page(row.page)
            cell = crossing(row.box, column.box, image.box)
            windows.append(_Window(row.page, cell, not _legible(0.0, image, reader)))
    kept: list[_Window] = []
    places = Places([window.box for window in windows])
    for window in sorted(windows, key=lambda w: -w.box.area):
        others = (kept[i] for i in places.near(window.box))
        if not any(
            k.page == window.page and k.close >= window.close and k.box.contains(window.box) for k in others
        ):
            kept.append(window)
            places.add(window.box)
    return kept


def read_around(
    outcomes: Sequence[TargetOutcome],
    document: Document,
    reader: Looker,
    on_step: Callable[[ReadStep], None],
    round_: int = 0,
    on_cut: Callable[[OutOfTime], None] = lambda cut: None,
) -> tuple[TextLine, ...]:
    """Every line of text in the windows around found targets, reading order, doubles merged.

    A localizer that does not read gives none. on_cut: called where the deadline in force breaks the reading off; the
    lines of the windows before stay. (Farther away from large text, print of less than half its height can be missed,
    and lone digits: the view of the page does not show them.)
    """
    if not reader.capabilities.reads_text:
        return ()
    coarse: list[TextLine] = []
    lines: list[TextLine] = []
    seen_closely: list[tuple[int, Box]] = []
    for window in _windows(outcomes, document, reader):
        started = time.perf_counter()
        image: Image = document.page(window.page)
        page = image.patch(image.box)
        try:
            current().check()
            told = None if window.close else reader.read(page, window.box)
            found = looked_at(image.patch(window.box), reader) if told is None else lines_of(told, page)
        except OutOfTime as cut:
            on_cut(cut)
            break
        if told is None:
            lines += found
            seen_closely.append((window.page, window.box))
        else:
            coarse += found
        seconds = time.perf_counter() - started
        on_step(ReadStep(page=window.page, box=window.box, lines=len(found), round=round_, seconds=seconds))
    places = Places([box for _, box in seen_closely])
    for _, box in seen_closely:
        places.add(box)

    def is_shown(line: TextLine) -> bool:
        near = (seen_closely[i] for i in places.near(line.box))
        return any(line.page == page and box.coverage(line.box) >= SHOWN for page, box in near)

    lines += [line for line in coarse if not is_shown(line)]
    return in_reading_order(lines)


def looked_at(patch: Patch, reader: Looker) -> list[TextLine]:
    """The lines that a look shows, but for those that its upper or lower edge cuts."""
    return uncut(lines_of(reader.locate([patch], [ANY_TEXT])[0][0], patch), patch)


def uncut(lines: Sequence[TextLine], patch: Patch) -> list[TextLine]:
    """The lines but for those that the upper or lower edge of a patch cuts."""
    page, (top, bottom) = patch.image.box, (patch.box.y, patch.box.y + patch.box.height)
    return [
        line
        for line in lines
        if (top <= page.y or line.box.y > top + 1)
        and (bottom >= page.height or line.box.y + line.box.height < bottom - 1)
    ]


def lines_of(seen: Sighting, patch: Patch) -> list[TextLine]:
    boxes = patch.to_image(seen.boxes)
    return [
        TextLine(text=text, box=box, confidence=score, page=patch.image.page)
        for text, box, score in zip(seen.texts, boxes, seen.scores.tolist(), strict=True)
        if text.strip()
    ]


def _legible(height: float, image: Image, reader: Looker) -> bool:
    """Whether a line of a height, image pixels, can be read in the view of the whole page, or nowhere any better."""
    finest = 1.0 if image.limit_side is None else min(1.0, image.limit_side / max(image.size_wh))
    scale = min(finest, reader.capabilities.input_side / max(image.size_wh))
    return scale >= finest or scale * height >= reader.capabilities.smallest_px


def in_reading_order(lines: Sequence[TextLine]) -> tuple[TextLine, ...]:
    """The lines page by page in the order in which they are read, what was read twice once."""
    kept: list[TextLine] = []
    for page in sorted({line.page for line in lines}):
        here = [line for line in lines if line.page == page]
        stay = merge_duplicates(
            [line.box for line in here], [line.confidence * len(line.text) for line in here]
        )
        told = [here[i] for i in stay]
        kept += [told[i] for i in in_order([line.box for line in told])]
    return tuple(kept)


def remember(
    question: str,
    options: tuple[str, ...] | None,
    document: Document,
    outcomes: Sequence[TargetOutcome],
    lines: tuple[TextLine, ...],
    view: GlobalImage,
    text_only: Collection[str] = (),
    hurry: Callable[[], bool] = lambda: False,
    whole: bool | None = None,
    outline: Sequence[OutlineEntry] = (),
    until: Deadline = NEVER,
) -> VisualWorkingMemory:
    """The working memory of what was found. Targets that were not found never get a crop.

    text_only: phrases under which nothing but text was looked for. whole: whether all text was read, None where nobody
    asked for it. outline: of the document; entries that say a target are told. hurry: asked before every instance but
    the first of a target; once it says so, those that are left are counted, but get no crop. until: pages of PDFs are
    drawn for crops.
    """
    targets: list[FoundTarget] = []
    crops: dict[tuple[int, Box], Crop] = {}
    for outcome in outcomes:
        for i, instance in enumerate(outcome.instances[:MAX_INSTANCES]):
            if i and hurry():
                break
            image: Image = document.page(instance.page)
            box = crop_box(instance.box, image.box, outcome.target.surroundings)
            crop = crops.get((instance.page, box))
            if crop is None:
                pixels = shown(image, box, until=until)
                crop = Crop(id=f"crop-{len(crops) + 1}", box=box, png=pixels, page=instance.page)  # type: ignore[arg-type]
                crops[instance.page, box] = crop
            targets.append(
                FoundTarget(
                    phrase=outcome.target.phrase,
                    box=instance.box,
                    score=instance.score,
                    crop=crop.id,
                    page=instance.page,
                    text=instance.text,
                    sources=instance.sources,
                )
            )
    absent = tuple(
        AbsentTarget(
            phrase=o.target.phrase,
            seen=o.seen,
            looks=o.looks,
            complete=o.complete,
            best_score=o.best.score if o.best else 0.0,
            text_only=o.target.phrase in text_only,
            probability=o.absent_probability,
            detection=o.detection,
            apparent_px=o.apparent_px,
        )
        for o in outcomes
        if not o.instances
    )
    totals = {o.target.phrase: len(o.instances) for o in outcomes}
    counted = {o.target.phrase: o.complete for o in outcomes if o.target.instances == "all"}
    if whole is not None:
        totals[ANY_TEXT], counted[ANY_TEXT] = len(lines), whole
    return VisualWorkingMemory(
        question=question,
        options=options,
        image=view,
        pages=document.total,
        targets=tuple(targets),
        absent=absent,
        crops=tuple(crops.values()),
        facts=(
            *measure(targets, list(crops.values()), lines, counted, totals=totals),
            *facts_of(lines, view),
            *_outlined([o.target.phrase for o in outcomes], outline),
        ),
        lines=lines,
    )


def _outlined(phrases: Sequence[str], outline: Sequence[OutlineEntry]) -> list[Fact]:
    """Where the outline says that phrases head a text, the best entries of each."""
    facts = []
    for phrase in phrases:
        query = spoken_text(phrase)
        rated = [(similarity(query, entry.title)[0], entry) for entry in outline]
        best = sorted((r for r in rated if r[0] >= SAID), key=lambda r: -r[0])[:MAX_HINTS]
        for _, entry in best:
            text = f"The outline of the document says {entry.title!r} of page {entry.page}."
            value = {"phrase": phrase, "title": entry.title, "page": entry.page}
            facts.append(Fact(kind="outline", text=text, value=value))
    return facts
