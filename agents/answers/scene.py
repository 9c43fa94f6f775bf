"""What the memory holds, as places: lines of text, things that were seen, and what was looked for in vain.

- A `Place` is a box on a page with the words in it. Everything that answers works on places: labels, cells, widgets.
- Names are found in lines letter for letter, case, accents and slips of reading aside (`seal.agents.text`); what means
  the same in other words is found by the likeness of the reader's vectors, and says so.
- Nothing here decides what a question asks.

Boxes are in pixels of the full image of their page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import PIL.Image

from ...memory.colors import is_photograph
from ...memory.geometry import Box, Places
from ...memory.layout import (
    Bit,
    ContentsEntry,
    FormField,
    Mark,
    PageLayout,
    bits_of,
    contents_of,
    cut_at_edges,
    fields_in,
    layout_of,
    marks_in,
    panel_at,
    panels_of,
    part_of,
)
from ...memory.typed import plain
from ...memory.working import AbsentTarget, FoundTarget, TextLine, VisualWorkingMemory, decode_png
from ..contracts import ANY_TEXT
from ..text import loose, matches, may_hold, spoken_text

__all__ = ["Place", "Scene", "columns_share", "gaps", "part_box", "rows_share"]

FOUND = 0.6
"""Score of a match in a line from which the words stand there."""
SAME_PLACE = 0.5
"""Share of the smaller box that two finds of one place have in common."""


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere on a page. text: the words there. line: the whole line that they are part of, and its box.

    score in [0, 1]: how sure it is what it is taken for. kind: what was seen there ("checkbox"), "" for text. crop: id
    of a crop that shows it, "" where the memory holds none. on: whether a widget is on, None where that is not known.
    """

    box: Box
    page: int = 1
    text: str = ""
    score: float = 1.0
    line: str = ""
    line_box: Box | None = None
    span: tuple[int, int] = (0, 0)
    kind: str = ""
    crop: str = ""
    on: bool | None = None

    @property
    def height(self) -> float:
        """Pixels, at least 1."""
        return max(1.0, self.box.height)

    @property
    def is_whole(self) -> bool:
        """Whether the words are all that its line says."""
        return plain(self.text) == plain(self.line or self.text)


class Scene:
    """The memory of one question, looked at from the answers' side. It is made anew for each question."""

    def __init__(self, memory: VisualWorkingMemory) -> None:
        self.memory = memory
        self.size_wh = memory.image.size_wh
        self._pictures: dict[str, PIL.Image.Image] = {}
        self._contents: dict[int, tuple[ContentsEntry, ...]] = {}
        self._bits: dict[int, list[tuple[Place, Bit]]] = {}
        self.left_out: tuple[str, ...] = ()

    def without(self, names: Sequence[str]) -> Scene:
        """The same for a question that leaves out records of such names."""
        other = copy(self)
        other.left_out = tuple(names)
        return other

    @cached_property
    def whole(self) -> bool:
        """Whether pages of the memory were read from top to bottom, as far as time and the number of pages allowed."""
        return self._read is not None

    @cached_property
    def complete(self) -> bool:
        """Whether all pages were read to their end."""
        return bool(self._read)

    @cached_property
    def _read(self) -> bool | None:
        facts = (f for f in self.memory.facts if f.kind == "count" and f.value.get("phrase") == ANY_TEXT)
        return next((bool(f.value.get("complete")) for f in facts), None)

    @cached_property
    def _cut_lines(self) -> list[TextLine]:
        """What was read, on the page that the memory shows cut where cells border."""
        shown = [n for n in self.memory.lines if n.page == self.memory.image.page]
        others = [n for n in self.memory.lines if n.page != self.memory.image.page]
        return [*(cut_at_edges(shown, self.picture(), self.size_wh) if shown else ()), *others]

    @cached_property
    def lines(self) -> tuple[Place, ...]:
        """Every line of text, reading order: what was read, and finds of the search that no line covers."""
        places = [
            Place(
                n.box, n.page, n.text.strip(), n.confidence, n.text.strip(), n.box, (0, len(n.text.strip()))
            )
            for n in self._cut_lines
            if n.text.strip()
        ]
        for t in self.memory.targets:
            if t.text and not any(p.page == t.page and _covers(p.box, t.box) for p in places):
                places.append(
                    Place(
                        t.box,
                        t.page,
                        t.text.strip(),
                        t.score,
                        t.text.strip(),
                        t.box,
                        (0, len(t.text.strip())),
                    )
                )
        return tuple(sorted(_without_parts(places), key=lambda p: (p.page, round(p.box.y), p.box.x)))

    @cached_property
    def _loose(self) -> tuple[str, ...]:
        """Of each line its letters, for `may_hold`: whole documents have thousands of lines."""
        return tuple(loose(line.text) for line in self.lines)

    def layout(self, page: int = 1) -> PageLayout:
        """The structure of a page: its tables, names with values, headings, what documents of its kind have."""
        here = tuple(p for p in self.lines if p.page == page)
        panels = self.panels if page == self.memory.image.page else ()
        return _layout(tuple((p.text, p.box, min(1.0, p.score)) for p in here), page, panels)

    @cached_property
    def panels(self) -> tuple[Box, ...]:
        """The cards, bars and dialogs of the page that the memory shows, from its small copy."""
        shown = self.memory.image
        boxes = tuple(n.box for n in self._cut_lines if n.page == shown.page)
        return _panels(shown.png, shown.size_wh, boxes)

    def listed(self, place: Place) -> ContentsEntry | None:
        """The entry of a list of contents that a place is in; None where it is in none."""
        if place.page not in self._contents:
            goes_on = bool(contents_of(self._texts(place.page - 1)))
            self._contents[place.page] = contents_of(self._texts(place.page), goes_on)
        return next((e for e in self._contents[place.page] if e.box.coverage(place.box) > 0.5), None)

    def _texts(self, page: int) -> list[TextLine]:
        return [
            TextLine(text=p.text, box=p.box, confidence=min(1.0, p.score))
            for p in self.lines
            if p.page == page
        ]

    def bits(self, page: int) -> list[tuple[Place, Bit]]:
        """The lines of a page, and where they stand on the level."""
        if page not in self._bits:
            here = [p for p in self.lines if p.page == page]
            self._bits[page] = list(zip(here, self._level(page, here), strict=True))
        return self._bits[page]

    def bit(self, place: Place) -> Bit:
        """A place on the level: the part of its line that it is."""
        whole = replace(place, text=place.line, box=place.line_box) if place.line_box else place
        (bit,) = self._level(place.page, [whole])
        return part_of(bit, *place.span) if place.line_box and not place.is_whole else bit

    def _level(self, page: int, places: Sequence[Place]) -> list[Bit]:
        lines = [TextLine(text=p.text, box=p.box, confidence=min(1.0, p.score)) for p in places]
        return bits_of(lines, self.layout(page).slope)

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        """The boxes and circles of a form on the page that the memory shows, from its small copy."""
        page = self.memory.image.page
        return marks_in(self.picture(), self.size_wh, self.layout(page).lines)

    @cached_property
    def fields(self) -> tuple[FormField, ...]:
        """The places to sign or fill in on the page that the memory shows, from its small copy."""
        page = self.memory.image.page
        return fields_in(self.picture(), self.size_wh, self.layout(page).lines)

    def named(self, name: str) -> list[Place]:
        """Where a name stands, best match first: the words in their lines."""
        if not re.search(r"\w", name):
            return [p for p in self.lines if name.strip() and name.strip() == p.text]
        query = spoken_text(f'"{name.replace(chr(34), chr(39))}"')
        found = []
        for line, letters in zip(self.lines, self._loose, strict=True):
            if not may_hold(query, letters, FOUND):
                continue
            for score, span in matches(query, line.text):
                if score >= FOUND:
                    whole = span[1] - span[0] >= len(line.text) - 2
                    box = line.box if whole else part_box(line.box, line.text, span)
                    found.append(replace(line, box=box, text=line.text[slice(*span)], score=score, span=span))
        return sorted((self._shown(p) for p in found), key=lambda p: (-p.score, p.page, p.box.y, p.box.x))

    def seen(self, phrase: str) -> list[Place]:
        """Things of a phrase that were seen and not only read, best first. The phrase as it was looked for."""
        return [
            Place(t.box, t.page, t.text, t.score, kind=phrase, crop=t.crop)
            for t in self.memory.targets
            if t.phrase == phrase and (not t.text or any(_sees(s) for s in t.sources))
        ]

    def found(self, phrase: str) -> list[FoundTarget]:
        """The targets of the memory of that phrase."""
        return [t for t in self.memory.targets if t.phrase == phrase]

    def gone(self, phrase: str) -> AbsentTarget | None:
        """What is known of a phrase that was looked for in vain; None when it was found, or never looked for."""
        return next((a for a in self.memory.absent if a.phrase == phrase), None)

    def inside(self, box: Box, page: int, share: float = 0.6) -> list[Place]:
        """The lines that lie in a box, reading order."""
        return [p for p in self.lines if p.page == page and box.coverage(p.box) >= share]

    def around(self, place: Place, anywhere: bool = False) -> list[tuple[Place, Bit]]:
        """Every other line of the page that may belong to a place, and where it stands on the level: of what stands in
        a panel only lines of that panel, unless anywhere."""
        own = place.line_box or place.box
        shown = place.page == self.memory.image.page and not anywhere
        panel = panel_at(own, self.panels) if shown else None
        return [
            (p, bit)
            for p, bit in self.bits(place.page)
            if p.box.coverage(own) < 0.5
            and own.coverage(p.box) < 0.7
            and (panel is None or panel.coverage(p.box) >= 0.5)
        ]

    def picture(self, crop: str = "") -> PIL.Image.Image:
        """The pixels of a crop, or of the small copy of the page, decoded once for all that measures them."""
        if crop not in self._pictures:
            shown = self.memory.crop(crop) if crop else self.memory.image
            self._pictures[crop] = shown.pil()
        return self._pictures[crop]

    @cached_property
    def photograph(self) -> bool:
        """Whether the picture looks like a photograph rather than a screen or a document."""
        return self.memory.pages == 1 and is_photograph(self.picture())

    def cites(self, *places: Place) -> tuple[str, ...]:
        """Ids of crops that show the places."""
        told = []
        for place in places:
            best = place.crop or next(
                (
                    c.id
                    for c in self.memory.crops
                    if c.page == place.page and c.box.coverage(place.box) >= 0.9
                ),
                "",
            )
            if best:
                told.append(best)
        return tuple(dict.fromkeys(told))

    def _shown(self, place: Place) -> Place:
        held = next(
            (t.crop for t in self.memory.targets if t.page == place.page and _covers(t.box, place.box)), ""
        )
        return replace(place, crop=held) if held else place


def _sees(source: str) -> bool:
    """Whether a localizer sees things, rather than reads: what readers alone found was not seen."""
    return source.split(":")[0] not in ("ocr", "pdf")


@lru_cache(maxsize=4)
def _panels(png: bytes, size_wh: tuple[int, int], lines: tuple[Box, ...]) -> tuple[Box, ...]:
    """A page is asked about again and again; its panels are looked for once."""
    return panels_of(decode_png(png), size_wh, lines)


@lru_cache(maxsize=64)
def _layout(lines: tuple[tuple[str, Box, float], ...], page: int, panels: tuple[Box, ...]) -> PageLayout:
    """A page is asked about again and again; its structure is measured once, also of the pages that one question takes
    (up to `MOST_LINES` of `seal.run.whole`, some 25)."""
    here = [TextLine(text=t, box=b, confidence=c, page=page) for t, b, c in lines]
    return layout_of(here, page=page, panels=panels)


def _covers(a: Box, b: Box) -> bool:
    shared = a.intersection(b).area
    return shared > SAME_PLACE * max(1e-6, min(a.area, b.area))


def _without_parts(places: Sequence[Place]) -> list[Place]:
    """Without what was read twice: at one place the surer reading, of a line and a part of it the line."""
    numbers = {place.page for place in places}
    if len(numbers) > 1:
        return [k for n in numbers for k in _without_parts([p for p in places if p.page == n])]
    kept: list[Place] = []
    near = Places([place.box for place in places])
    for place in sorted(places, key=lambda p: (-p.score, -len(p.text))):
        if not any(near.boxes[i].iou(place.box) >= SAME_PLACE for i in near.near(place.box)):
            kept.append(place)
            near.add(place.box)
    said_bare = ((p, re.sub(r"[\W_]+", "", plain(p.text)) or p.text) for p in kept)
    longest = sorted(said_bare, key=lambda pair: (-len(pair[1]), -pair[0].score))
    longer = Places([place.box for place in kept])
    alone: list[Place] = []
    for place, said in longest:
        around = [i for i in longer.near(place.box) if _covers(longer.boxes[i], place.box)]
        longer.add(place.box)
        if not any(said in longest[i][1] for i in around):
            alone.append(place)
    return alone


def part_box(box: Box, text: str, span: tuple[int, int]) -> Box:
    """The box of text[span] inside the box of the whole line, letters taken as equally wide."""
    n = max(1, len(text))
    return Box(box.x + box.width * span[0] / n, box.y, box.width * (span[1] - span[0]) / n, box.height)


def _overlap(a0: float, a1: float, b0: float, b1: float) -> float:
    shortest = min(a1 - a0, b1 - b0)
    return (
        max(0.0, min(a1, b1) - max(a0, b0)) / shortest
        if shortest > 0
        else float(a0 <= b0 <= a1 or b0 <= a0 <= b1)
    )


def rows_share(a: Box, b: Box) -> float:
    """How far two boxes stand on one row: overlap in y as a share of the lower one, in [0, 1]."""
    return _overlap(a.y, a.y + a.height, b.y, b.y + b.height)


def columns_share(a: Box, b: Box) -> float:
    """How far two boxes stand in one column: overlap in x as a share of the narrower one, in [0, 1]."""
    return _overlap(a.x, a.x + a.width, b.x, b.x + b.width)


def gaps(a: Box, b: Box) -> tuple[float, float]:
    """Pixels between the nearest edges along x and along y; 0 where they overlap."""
    return (
        max(0.0, max(a.x, b.x) - min(a.x + a.width, b.x + b.width)),
        max(0.0, max(a.y, b.y) - min(a.y + a.height, b.y + b.height)),
    )
