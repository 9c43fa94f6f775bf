"""Localizer that finds text by reading it: `ocr:rapidocr`.

- A look sees the patch through `Patch.read(input_side)` and nothing finer. The detector's boxes and
  probability map come from one pass; recognition costs 5 to 15 ms a line, so only lines are read that are
  large enough to be read well and long enough to hold the text that is asked for.
- A small line that the view says for certain is not read from the image itself as well: each line is read once.
- What was seen and read is cached by content; what a phrase gets never depends on others. Of a
  screenshot that differs from an earlier one only what changed is looked at, with the same result to the bit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..memory.errors import SealError, UnknownAgentError
from ..memory.geometry import Box, merge_duplicates, seen_before
from ..memory.image import Image, Patch
from ..memory.kept import Kept, Turns
from ..memory.working import TextLine
from .checks import with_area
from .contracts import Capabilities, Sighting
from .limits import whole_number
from .looker import Looker
from .ocr_engine import Array, Reading, engine
from .ocr_look import CUE_RULED_OUT, Look, Mask, can_hold, cue_of, text_cue
from .ocr_tiles import Maps
from .pictographs import uncircled, without_icons
from .text import TextQuery, matches, spoken_text

__all__ = ["RapidOcr", "forget", "load"]

READABLE_PX = 12.0
"""Lowest detected line, in pixels of the view, that is read: those of 14 px and more read 93 % letter for letter, of 11
to 14 px 60 %, of 10 to 11 px 25 % (7 screens and pages scaled down)."""
CLOSER_PX = 16.0
"""Lower lines, in pixels of a view, are read better from the image itself: of 918 of 10 to 16 px
on 30 generated screens 73 % were read letter for letter in full resolution inside the boxes of the view of the whole
page, 70 % in that view, 78 % inside boxes found in full resolution. Higher ones gain nothing."""
CERTAIN = 0.99
"""Confidence from which what the view says of a small line stays: of 197 such lines of 284 of 12 to 16 px on 40
generated pages 195 were read letter for letter in the view, and 195 in full resolution."""
_RUN_TOGETHER = re.compile(r"[a-z][A-Z0-9]|[0-9][A-Za-z]")
"""Words that small print may have lost the space between ("26March"), however certain its letters are."""
STRIP_EDGE = 4.0
"""Pixels around a line in the strip that is read from the image itself."""
PAGE_EDGE = 0.15
"""Share of the page's height at its top and bottom where page numbers stand."""
LOWEST_SCORE = 0.3
"""Matches below are not reported."""
SHARP_SCALE = 0.7
"""Pixels of the view per pixel of the image from which small print (lines of 12 px) is detected: lines of 8 px
are in 88 % of cases, of 6 px in 35 % (same 7 images)."""
MOST_LOOKS, LOOKS_BYTES, LINE_BYTES = 1024, 128 << 20, 1024
"""Looks that a process keeps: their number, their bytes, and those of a line in one, once it is read."""
MOST_TILES, MOST_READINGS = 128, 8192
"""Tiles of the detector (0.5 MB at most, twelve to a screen) and lines (about 1 kB) that an agent keeps."""

_View = Callable[[], NDArray[np.uint8]]
"""Gives the pixels of a view: (H, W, 3) uint8, blue first as the networks want it."""


def forget() -> None:
    """Empty the cache of looks of this process, for measurements."""
    _looks.clear()


_looks: Kept[Look] = Kept(
    MOST_LOOKS, LOOKS_BYTES, lambda look: look.cue.nbytes + LINE_BYTES * len(look.corners)
)
_turns = Turns()
"""Of threads that look at the same patch: what one has read, the next need not."""


class RapidOcr(Looker):
    """Finds text with RapidOCR (PP-OCRv6 small). Any phrase is searched as the text that it names.

    input_side: pixels of the longer side at which a patch is seen. threads: of onnxruntime; 0 takes all.
    """

    keeps_deadline = True
    version = "3"
    """Of how it looks: 1 showed the detector the whole view at once, 2 read all small lines from the image itself."""

    def __init__(self, *, input_side: int = 1536, threads: int = 0) -> None:
        self.name = "ocr:rapidocr"
        self.input_side = whole_number(input_side, "input_side", self.name)
        self.threads = whole_number(threads, "threads", self.name, 0)
        self.capabilities = Capabilities(
            input_side=input_side,
            smallest_px=READABLE_PX,
            confidence_high=0.85,
            confidence_low=0.6,
            reads_text=True,
            rules_out=CUE_RULED_OUT,
            text_only=True,
        )
        self._tiles: Maps = Kept(MOST_TILES)
        self._readings: Kept[Reading] = Kept(MOST_READINGS)

    def prepare(self, image: Image) -> None:
        """Both networks; where they cannot be loaded, the first look says why."""
        with suppress(SealError):
            engine(self.threads)

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """One `Sighting` for every patch and phrase: result[patch][phrase].

        Boxes hold the matching part of a line, texts the whole line; score is agreement times confidence of
        recognition. For `ANY_TEXT`: every line that was read, scored by confidence alone.
        """
        queries = [spoken_text(phrase) for phrase in phrases]
        found = []
        for patch in patches:
            with _turns.of(self._key(patch)):
                found.append(self._locate(patch, queries))
        return found

    def read(self, patch: Patch, within: Box, known: Sequence[TextLine] = ()) -> Sighting:
        """The lines of a patch that run through a box (pixels of the full image); only they are read.

        Small ones of which the view is not certain are read from the image itself. Known ones are left out. No cue map.
        """
        with _turns.of(self._key(patch)):
            return self._lines(patch, within, known)

    def _lines(self, patch: Patch, within: Box, known: Sequence[TextLine]) -> Sighting:
        view = self._view(patch)
        look = self._look(patch, view)
        part = within.shifted(-patch.box.x, -patch.box.y)
        boxes, (x0, y0, x1, y1) = look.boxes * _image_px(look, patch), part.xyxy
        middle = (boxes[:, 1] + boxes[:, 3]) / 2
        there = (boxes[:, 0] < x1) & (boxes[:, 2] > x0) & (middle >= y0) & (middle < y1)
        there &= ~np.array(seen_before(patch.to_image(boxes), [line.box for line in known]), np.bool_)
        height = look.line_sides[1]
        small = (height < CLOSER_PX) & _is_coarse(look, patch)
        self._read(look, view, there & ~(small & (height < READABLE_PX)))
        told = {i: look.readings.get(i) for i in np.flatnonzero(there).tolist()}
        doubtful = np.zeros(len(there), np.bool_)
        doubtful[[i for i, reading in told.items() if small[i] and not _is_certain(reading)]] = True
        self._read_closer(patch, look, doubtful)
        readings = {i: (look.closer if doubtful[i] else look.readings)[i] for i in told}
        read = [(reading.text, reading.confidence) for reading in readings.values()]
        cleaned = without_icons([*read, *((line.text, line.confidence) for line in known)])
        texts = dict(zip(readings, cleaned[: len(read)], strict=True))
        real = with_area(boxes, patch.box.size_wh)
        said = [i for i in texts if texts[i].strip() and real[i]]
        return Sighting(
            boxes[said].reshape(-1, 4).astype(np.float32),
            np.array([readings[i].confidence for i in said], np.float32),
            texts=tuple(texts[i] for i in said),
        )

    def spell(self, patch: Patch) -> tuple[str, float]:
        """The text of the one line that fills the patch, and the mean confidence of its characters in [0, 1]."""
        view = self._view(patch)()
        height, width = view.shape[:2]
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        reading = engine(self.threads).recall(view, corners, self._readings)
        return uncircled(reading.text), reading.confidence

    def _locate(self, patch: Patch, queries: Sequence[TextQuery]) -> list[Sighting]:
        view = self._view(patch)
        look = self._look(patch, view)
        fits = [can_hold(query, look) & _in_place(query, look, patch) for query in queries]
        readable = look.line_sides[1] >= READABLE_PX
        self._read(look, view, readable & np.any(fits, axis=0))
        return [
            _sighting(look, query, fit, readable, patch) for query, fit in zip(queries, fits, strict=True)
        ]

    def _look(self, patch: Patch, view: _View) -> Look:
        return _looks.get(self._key(patch), lambda: self._detected(patch, view))

    def _detected(self, patch: Patch, view: _View) -> Look:
        reader = engine(self.threads)  # at first use it loads while the image is decoded
        reader.expect(patch.box.area * min(1.0, self.input_side / max(patch.box.size_wh)) ** 2)
        pixels = view()
        corners, probability = reader.detect(pixels, self._tiles)
        cue = text_cue(pixels, probability, sharp=pixels.shape[1] >= SHARP_SCALE * patch.box.width)
        return Look(corners, cue, (pixels.shape[1], pixels.shape[0]))

    def _key(self, patch: Patch) -> str:
        return f"{patch.key} at {self.input_side}"

    def _read(self, look: Look, view: _View, wanted: Mask) -> None:
        missing = [i for i in np.flatnonzero(wanted).tolist() if i not in look.readings]
        if missing:
            lines = ((view(), look.corners[i]) for i in missing)
            read = engine(self.threads).read_each(lines, self._readings)
            for i, reading in zip(missing, read, strict=True):
                look.readings[i] = reading

    def _read_closer(self, patch: Patch, look: Look, wanted: Mask) -> None:
        """Read lines from the image itself, a strip for each."""
        missing = [i for i in np.flatnonzero(wanted).tolist() if i not in look.closer]
        strips = (_strip(patch, look.corners[i] * _image_px(look, patch)[:2]) for i in missing)
        read = engine(self.threads).read_each(strips, self._readings)
        for i, reading in zip(missing, read, strict=True):
            look.closer[i] = reading

    def _view(self, patch: Patch) -> _View:
        """Gives the pixels that are looked at, scaled down when they are first asked for, and only once."""
        return cache(lambda: np.asarray(patch.read(self.input_side), np.uint8)[:, :, ::-1].copy())


def load(name: str = "rapidocr", *, input_side: int = 1536, threads: int = 0) -> RapidOcr:
    """Finds text by reading it, offline on a CPU: ocr:rapidocr (PP-OCRv6).

    Options as in `RapidOcr`. Raises UnknownAgentError for any other engine, SettingError for an option out of range.
    """
    if name not in ("", "rapidocr"):
        raise UnknownAgentError(f"There is no OCR engine named {name!r}; known: rapidocr (ocr:rapidocr).")
    return RapidOcr(input_side=input_side, threads=threads)


def _image_px(look: Look, patch: Patch) -> Array:
    """(4,) float32 pixels of the image per pixel of the view: x, y, x, y."""
    width, height = look.size_wh
    return np.array([patch.box.width / width, patch.box.height / height] * 2, np.float32)


def _strip(patch: Patch, corners: Array) -> tuple[NDArray[np.uint8], Array]:
    """A line cut out of the image itself: (H, W, 3) uint8, blue first, and its corners (4, 2) in there.

    corners: (4, 2) of the line, pixels of the patch.
    """
    corners = corners + np.array([patch.box.x, patch.box.y], np.float32)
    (x0, y0), (x1, y1) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    strip = patch.image.patch(Box.from_xyxy(x0, y0, x1, y1).expanded(pixels=STRIP_EDGE))
    pixels = np.asarray(strip.read(), np.uint8)[:, :, ::-1].copy()
    scale = pixels.shape[1] / strip.box.width  # below 1 where the image is limited
    return pixels, (corners - np.array([strip.box.x, strip.box.y], np.float32)) * np.float32(scale)


def _is_coarse(look: Look, patch: Patch) -> bool:
    """Whether the image itself shows more than the view of a patch."""
    limit, longest = patch.image.limit_side, max(patch.image.size_wh)
    finest = 1.0 if limit is None else min(1.0, limit / longest)
    return look.size_wh[0] < 0.99 * finest * patch.box.width


def _is_certain(reading: Reading | None) -> bool:
    """Whether a small line need not be read from the image itself."""
    return reading is not None and reading.confidence >= CERTAIN and not _RUN_TOGETHER.search(reading.text)


def _in_place(query: TextQuery, look: Look, patch: Patch) -> Mask:
    """(N,) whether each line stands where the target can be: page numbers near an edge of the page."""
    if not query.at_page_edge:
        return np.ones(len(look.corners), np.bool_)
    page = patch.image.size_wh[1]
    y = patch.box.y + look.corners[:, :, 1].mean(axis=1) * patch.box.height / look.size_wh[1]
    return np.asarray(np.minimum(y, page - y) <= PAGE_EDGE * page, np.bool_)


def _sighting(look: Look, query: TextQuery, fits: Mask, readable: Mask, patch: Patch) -> Sighting:
    boxes, scores, texts = _found(look, query, np.flatnonzero(fits & readable).tolist())
    cue = cue_of(look, query, fits, readable, boxes, scores)
    scaled = np.array(boxes, np.float32).reshape(-1, 4) * _image_px(look, patch)
    real = with_area(scaled, patch.box.size_wh)
    keep = [i for i, score in enumerate(scores) if score >= LOWEST_SCORE and real[i]]
    if query.anything:
        texts = without_icons(list(zip(texts, scores, strict=True)))
        keep = [i for i in keep if texts[i].strip()]
    else:
        unique = merge_duplicates(
            [Box.from_xyxy(*boxes[i].tolist()) for i in keep], [scores[i] for i in keep]
        )
        keep = [keep[i] for i in unique]
    return Sighting(
        scaled[keep],
        np.array([scores[i] for i in keep], np.float32),
        cue,
        tuple(texts[i] for i in keep),
    )


def _found(look: Look, query: TextQuery, lines: Sequence[int]) -> tuple[list[Array], list[float], list[str]]:
    """Boxes (4,) x0 y0 x1 y1 in pixels of the view, scores in [0, 1] and line texts of all matches."""
    boxes, scores, texts = [], [], []
    for i in lines:
        reading = look.readings[i]
        for agreement, (start, end) in matches(query, reading.text):
            box, confidence = reading.part(start, end)
            boxes.append(box)
            scores.append(min(1.0, max(0.0, agreement * confidence)))
            texts.append(reading.text)
    return boxes, scores, texts
