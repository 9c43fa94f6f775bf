"""Localizer that reads pages of PDFs by their own text layer, and everything else by OCR: `pdf`.

- The layer shows all of a page in one look, at any size, and nothing is rendered: a sighting says so (`complete`), and
  its absence is evidence. A page is parsed only as far as a phrase needs: most hold no letter of it.
- A layer may lie: it is garbage, or not what the page shows. Its characters are judged on every page; on the first
  page, the middle one, and wherever text is drawn without ink, over a picture, or looks like no words, up to
  `CROPS` lines are compared with what OCR reads there. A page that fails is read by OCR, and every other page of that
  file is compared too. Lines in the colour of paper must show in the picture.
- Pictures within a page are read by OCR: when the whole page is read, or in a closer look at them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..memory.deadline import Deadline, current
from ..memory.errors import OutOfTime, PageError
from ..memory.geometry import Box
from ..memory.image import Image, Patch
from ..memory.kept import Kept
from ..memory.working import TextLine
from ..memory.written import PageSketch, WrittenLine
from .contracts import Part, Sighting
from .looker import Looker, Wrapper
from .registry import load_localizer
from .text import loose, may_hold, spoken_text
from .written import Found, apart, found_in, lies_in, lines_in, said_in, sighting, whole_lines

__all__ = ["PdfText", "forget", "load"]

SOURCE = "pdf"
"""Who saw what stands in a text layer, in `Sighting.sources`."""
MOST_PAGES = 4096
"""Pages whose text is kept in this process."""
CROPS = 2
"""Lines of a page that are compared with OCR, at most; one that agrees is enough."""
CHECK_SECONDS = 5.0
"""What the comparison of a page may take. Drawing takes a tenth of a second; a page that takes longer is not drawn."""
AGREES = 0.6
"""Likeness of a line and what OCR reads in its place from which they say the same, of 1."""
LONGEST = 48
"""Characters of a line that are compared."""
READABLE = (10.0, 90.0)
"""Height of a line, pixels, that OCR reads well."""
MOST_ODD = 0.05
"""Share of characters that are none from which a layer has no sound encoding."""
VOWELS = (0.22, 0.62)
"""Share of vowels among the letters of a text in Latin script; 0.36 to 0.48 in European languages."""
ENOUGH = 80
"""Letters from which that share means anything."""
INK = 24
"""Difference of the brightest and darkest value, of 255, from which a line shows."""
SHARP = 0.7
"""Pixels of a view per pixel of the page from which OCR sees small print in it."""
MOST_ALONE = 8
"""Pictures of a patch that are looked at one by one."""
_ODD = re.compile("[\x00-\x01\x03-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]")
_LATIN = re.compile("[A-Za-z]")


@dataclass(slots=True)
class _Page:
    """What is known of a page. loose: its characters as `text.may_hold` wants them. pictures: without the one that is
    the page itself. trusted, lines: once they are needed."""

    sketch: PageSketch
    loose: str
    pictures: tuple[Box, ...]
    trusted: bool | None = None
    lines: tuple[WrittenLine, ...] | None = None


_pages: Kept[_Page] = Kept(MOST_PAGES)
_suspects: Kept[bool] = Kept(MOST_PAGES)
"""Files with a page that failed."""


def forget() -> None:
    """Empty the cache of pages of this process, for measurements."""
    _pages.clear()
    _suspects.clear()


class PdfText(Wrapper):
    """Reads pages of PDFs by their text layer, and what that does not say by the localizer inside, which reads.

    name: that of the localizer inside where none is given.
    """

    def __init__(self, inner: Looker, name: str = "") -> None:
        super().__init__(inner)
        self._named = bool(name)
        self.name = name or inner.name

    @property
    def parts(self) -> tuple[Part, ...]:
        """Those of the localizer inside, which is the one part where this one has a name of its own."""
        inner: Looker = self.inner
        return (Part(inner.name, inner.capabilities, inner.parts),) if self._named else inner.parts

    def prepare(self, image: Image) -> None:
        """As the localizer inside, but for a page that may have text of its own."""
        if not image.has_layer:
            self.inner.prepare(image)

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """One `Sighting` for every patch and phrase, with `sources`: "pdf" for what stands in the text layer.

        It is `complete` where the layer says all that there is to say of the patch. Boxes, texts and scores are those
        of an OCR engine that reads every letter as it is.
        """
        known = [self._page(patch.image) for patch in patches]
        others = [patch for patch, page in zip(patches, known, strict=True) if page is None]
        told = iter(self.inner.locate(others, phrases) if others else [])
        return [
            next(told) if page is None else [self._seen(patch, page, phrase) for phrase in phrases]
            for patch, page in zip(patches, known, strict=True)
        ]

    def read(self, patch: Patch, within: Box, known: Sequence[TextLine] = ()) -> Sighting | None:
        """The lines of a patch that run through a box; of a page with a text layer all, pictures read as well."""
        page = self._page(patch.image)
        if page is None:
            return self.inner.read(patch, within, known)
        found = whole_lines(lines_in(self._lines(patch.image, page), within), SOURCE)
        for picture in page.pictures:
            part, shown = picture.intersection(within), patch.image.patch(picture)
            if part.area:
                told = self._told(shown, self.inner.read(shown, part, known))
                found += apart(told, [f.box for f in found])
        return sighting(found, patch)

    def spell(self, patch: Patch) -> tuple[str, float]:
        """What the words of the text layer say whose middle lies in the patch; else what is read in it."""
        page = self._page(patch.image)
        if page is None:
            return self.inner.spell(patch)
        text = said_in(self._lines(patch.image, page), patch.box)
        return (text, 1.0) if text else self.inner.spell(patch)

    # --- one look -----------------------------------------------------------------------------------------

    def _seen(self, patch: Patch, page: _Page, phrase: str) -> Sighting:
        query = spoken_text(phrase)
        held = may_hold(query, page.loose)
        found = list(found_in(self._lines(patch.image, page), query, patch, SOURCE)) if held else []
        pictures = [p for p in page.pictures if p.intersection(patch.box).area]
        scale = self.capabilities.input_side / max(patch.box.size_wh)
        closely = bool(pictures) and (scale >= SHARP or patch.box != patch.image.box)
        if not closely:
            return sighting(found, patch, pictures, complete=not pictures)
        alone = _alone(patch, pictures, self.capabilities.input_side)
        views = [patch.image.patch(box) for box in alone] or [patch]
        for shown, (seen,) in zip(views, self.inner.locate(views, [phrase]), strict=True):
            told = [f for f in self._told(shown, seen) if any(lies_in(f.box, p) for p in pictures)]
            found += apart([f for f in told if f.box.shared(patch.box)], [f.box for f in found])
        return sighting(found, patch) if alone else sighting(found, patch, pictures, seen.cue, complete=False)

    def _told(self, patch: Patch, seen: Sighting | None) -> list[Found]:
        """What the localizer inside saw, in the image."""
        if seen is None:
            return []
        texts = seen.texts or ("",) * len(seen.scores)
        rows = zip(patch.to_image(seen.boxes), seen.scores.tolist(), texts, strict=True)
        return [Found(box, score, text, self.inner.name) for box, score, text in rows]

    # --- what is known of a page --------------------------------------------------------------------------

    def _page(self, image: Image) -> _Page | None:
        """What is known of a page whose text layer can be believed; None of any other image."""
        if not image.has_layer:
            return None
        page = _pages.get(image.digest, lambda: _page_of(image))
        if page.trusted is None:
            page.trusted = self._is_sound(image, page)
            if not page.trusted and page.loose:
                _suspects.get(_file(image), lambda: True)
        return page if page.trusted else None

    def _is_sound(self, image: Image, page: _Page) -> bool:
        said = page.sketch.characters
        written = "".join(said.split())
        if not page.loose or len(_ODD.findall(written)) > MOST_ODD * len(written):
            return False
        letters = _LATIN.findall(said)
        vowels = sum(c in "aeiouyAEIOUY" for c in letters) / max(1, len(letters))
        wordless = len(letters) >= ENOUGH and not VOWELS[0] <= vowels <= VOWELS[1]
        covered = len(page.pictures) < len(page.sketch.pictures)
        sampled = image.page in (1, (image.pages + 1) // 2) or _suspects.peek(_file(image))
        if page.sketch.hidden or wordless or covered or sampled:
            return self._agrees(image, page)
        return True

    def _agrees(self, image: Image, page: _Page) -> bool:
        """Whether what OCR reads in the place of a line is what the line says; where none can be compared, True."""
        compared = _to_compare(self._lines(image, page))
        try:
            with Deadline.after(CHECK_SECONDS).within(current()).in_force():
                return self._any_agrees(image, compared)
        except OutOfTime:
            current().check()  # of the question
        except PageError:
            pass
        return True  # a page that cannot be drawn cannot be read otherwise

    def _any_agrees(self, image: Image, compared: Sequence[WrittenLine]) -> bool:
        for line in compared:
            end = max((j for _, j, *_ in line.words if j <= LONGEST), default=LONGEST)
            box = line.part(0, end).expanded(pixels=2).clipped(image.box)
            text, _ = self.inner.spell(image.patch(box))
            if _likeness(line.text[:end], text) >= AGREES:
                return True
        return not compared

    def _lines(self, image: Image, page: _Page) -> tuple[WrittenLine, ...]:
        """The lines of a page, but for pale ones that the page does not show."""
        if page.lines is None:
            told = image.text() or ()
            page.lines = tuple(line for line in told if not line.pale or _shows(image, line.box))
        return page.lines


def load(name: str = "") -> PdfText:
    """Reads PDFs by their own text where it can be trusted, and all else by OCR: pdf, or pdf:OCR's localizer.

    Raises as `registry.load_localizer` does.
    """
    return PdfText(load_localizer(name or "ocr"), f"pdf:{name}" if name else "pdf")


def _page_of(image: Image) -> _Page:
    sketch = image.sketch()
    assert sketch is not None
    pictures = tuple(p for p in sketch.pictures if not _is_page(p, image))
    return _Page(sketch, loose(sketch.characters), pictures)


def _alone(patch: Patch, pictures: Sequence[Box], side: int) -> list[Box]:
    """The pictures, where OCR looks at each by itself: one look shows all of it, however many patches do.

    None where they are many, or large: those take looks at the patches.
    """
    boxes = [p.rounded().clipped(patch.image.box) for p in pictures]
    few = len(boxes) <= MOST_ALONE and 2 * sum(p.area for p in boxes) <= patch.image.box.area
    return boxes if few and all(side >= SHARP * max(p.size_wh) for p in boxes) else []


def _file(image: Image) -> str:
    return image.digest.partition("#")[0]


def _is_page(picture: Box, image: Image) -> bool:
    """Whether a picture is what the text lies on: a scan, or the paper of a page."""
    return picture.area >= 0.8 * image.box.area


def _to_compare(lines: Sequence[WrittenLine]) -> list[WrittenLine]:
    """The lines that OCR reads best: long ones of some height in Latin letters, from two halves of the page."""

    def worth(line: WrittenLine) -> int:
        return min(LONGEST, len(_LATIN.findall(line.text)))

    able = [
        line
        for line in lines
        if not line.turned and READABLE[0] <= line.box.height <= READABLE[1] and worth(line) >= 4
    ]
    half = len(able) // 2
    best = [max(part, key=worth) for part in (able[:half], able[half:]) if part]
    return sorted(best, key=lambda line: -worth(line))[:CROPS]


def _likeness(said: str, read: str) -> float:
    from rapidfuzz.fuzz import ratio

    return ratio(loose(said), loose(read)) / 100


def _shows(image: Image, box: Box) -> bool:
    """Whether anything is drawn in a box."""
    try:
        pixels = np.asarray(image.region(box.clipped(image.box), 400).convert("L"))
    except (OutOfTime, PageError):
        return False
    return int(pixels.max()) - int(pixels.min()) >= INK
