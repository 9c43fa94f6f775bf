"""One image, read region by region.

- Opening reads the header only. Pixels are decoded at the first look, JPEG at the smallest of its scales
  (1/8, 1/4, 1/2, 1) that the look needs; pages of a PDF are rendered region by region, and pyramids read tile by tile
  (`seal.memory.huge`).
- Everything is in pixels of the full image after EXIF orientation; a region comes as 8-bit RGB, never
  larger than native resolution, transparency laid on white.
- The same look gives the same pixels, whatever was looked at before.
- The content digest names an image in caches, recordings and stores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from .deadline import current
from .errors import ImageError, SettingError
from .geometry import Box
from .kept import Kept
from .opening import Opened, check_fps, pages_of
from .page_source import PageOf, PageSource
from .raster import Pixels, quiet_pillow
from .source import MAX_PIXELS, MIN_SIDE, check_max_pixels, checked_dpi, one_line
from .written import Faulty, Layered, Outlined

if TYPE_CHECKING:
    from .written import OutlineEntry, PageSketch, WrittenLine

__all__ = [
    "Document",
    "Image",
    "ImageSource",
    "MAX_PIXELS",
    "MIN_SIDE",
    "Patch",
    "checked_dpi",
    "open_document",
]

ImageSource = "str | Path | bytes | IO[bytes] | PIL.Image.Image | NDArray[Any] | Image"


SKETCHES, TEXTS = 4096, 1024
"""Pages whose sketches and text layers are kept in this process; a dense page takes about 30 kB."""
_sketches: Kept[PageSketch] = Kept(SKETCHES)
_texts: Kept[tuple[WrittenLine, ...]] = Kept(TEXTS)


class Image:
    """An image that is decoded only where, and as finely as, somebody looks.

    Make one with `Image.open`. `size_wh` is the size in pixels after EXIF orientation, `digest` the SHA-256 of the
    content (of samples of it where the file is long: `seal.memory.sampled`), `name` what to call it in messages, `page`
    its 1-based page and `pages` how many pages its file has (1 and 1 for a plain image). `time` and `until`: from when
    and until when a page of a video or animation is shown, seconds from its first frame on; None for all others.
    """

    def __init__(
        self,
        pixels: Pixels,
        digest: str,
        name: str,
        page: int = 1,
        limit_side: int | None = None,
        pages: int = 1,
        time: float | None = None,
        until: float | None = None,
    ) -> None:
        self._pixels = pixels
        self.digest = digest
        self.name = name
        self.page = page
        self.limit_side = limit_side
        self.pages = pages
        self.time = time
        self.until = until

    @classmethod
    def of(cls, page: PageOf) -> Image:
        """The image of a page."""
        return cls(page.pixels, page.digest, page.name, time=page.time, until=page.until)

    @classmethod
    def open(
        cls, source: object, *, page: int | None = None, dpi: float = 200.0, max_pixels: int = MAX_PIXELS
    ) -> Image:
        """One image from a path, bytes, a binary file object, a PIL image, a numpy array or a page of a PDF.

        Arrays are (H, W), (H, W, 3) or (H, W, 4), uint8, RGB(A) order. `page` is 1-based; a PDF, video or animation
        without `page` gives its first one (`open_document` gives all); `dpi` is the resolution at which a PDF page
        counts as full resolution.

        Raises ImageError: missing, a directory, empty, not an image, truncated, encrypted, no such page, a
        side under 4 px, more than `max_pixels`.
        """
        if page is not None or isinstance(source, Document | Image):
            document = open_document(source, dpi=dpi, max_pixels=max_pixels)
            return document[0] if page is None else document.page(page)
        check_max_pixels(max_pixels)
        return _document(pages_of(source, checked_dpi(dpi), max_pixels, first=True))[0]

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height in pixels, after EXIF orientation."""
        return self._pixels.size_wh

    @property
    def box(self) -> Box:
        """The whole image."""
        return Box(0, 0, *self.size_wh)

    def patch(self, box: Box | None = None) -> Patch:
        """A lazy view of `box` (default: everything), cut to the image and to whole pixels."""
        return Patch(self, self.box if box is None else box.rounded().clipped(self.box))

    def limited(self, max_side: int) -> Image:
        """The same image, same frame, but no region shows more than a copy of `max_side` px a side would.

        This is what an agent without search sees: the whole image once, at its input size.
        """
        if not max_side >= 1:
            raise SettingError(f"max_side must be at least 1 px; got {max_side}.")
        side = min(max_side, self.limit_side or max_side)
        digest = self.digest.removesuffix(f"@{self.limit_side}") if self.limit_side else self.digest
        return self._but(f"{digest}@{side}", self.page, side, self.pages)

    def numbered(self, page: int, pages: int) -> Image:
        """The same image as the 1-based page `page` of `pages`."""
        if (self.page, self.pages) == (page, pages):
            return self
        return self._but(self.digest, page, self.limit_side, pages)

    def as_page(self) -> PageOf:
        """What it is made of, for a document in which it is a page."""
        return PageOf(self._pixels, self.digest, self.name, self.time, self.until)

    def _but(self, digest: str, page: int, limit_side: int | None, pages: int) -> Image:
        return Image(self._pixels, digest, self.name, page, limit_side, pages, self.time, self.until)

    @property
    def has_layer(self) -> bool:
        """Whether it may have text of its own, beside its pixels: it is a page of a PDF, shown without a limit."""
        return self._layer() is not None

    def sketch(self) -> PageSketch | None:
        """What a page of a PDF is made of: its text without places, where its pictures lie; None of other images.

        Nothing is rendered, and what was told once is kept, by content.
        Raises OutOfTime when the deadline in force leaves no time for it.
        """
        layer = self._layer()
        return None if layer is None else _sketches.get(self.digest, layer.sketch)

    def text(self) -> tuple[WrittenLine, ...] | None:
        """The lines of a PDF page's text layer, reading order; None of other images. Raises as `sketch` does.

        A layer may say what the page does not show: `seal.agents.pdf_text` knows when to believe it.
        """
        layer = self._layer()
        return None if layer is None else _texts.get(self.digest, layer.text)

    def _layer(self) -> Layered | None:
        return self._pixels if isinstance(self._pixels, Layered) and self.limit_side is None else None

    @property
    def faults(self) -> tuple[str, ...]:
        """Sentences about parts that turned out to be unreadable at the looks so far, and are grey: tiles that are
        missing or corrupt. None where all was shown."""
        return self._pixels.faults() if isinstance(self._pixels, Faulty) else ()

    def region(self, box: Box, max_side: int | None = None) -> PIL.Image.Image:
        """The pixels of `box`, 8-bit RGB, scaled down (never up) so that no side exceeds `max_side`.

        Raises ImageError when the file turns out truncated or corrupt, or the box has no area in the image;
        SettingError for a `max_side` under 1; OutOfTime when the deadline in force has passed.
        """
        current().check()
        if max_side is not None and not max_side >= 1:
            raise SettingError(f"max_side must be at least 1 px; got {max_side}.")
        inside = box.rounded().clipped(self.box)
        x0, y0, x1, y1 = (round(v) for v in inside.xyxy)
        if x1 <= x0 or y1 <= y0:
            raise ImageError(
                f"{self.name}: the region {box.xywh} lies outside the image of {self.size_wh} px."
            )
        scale = min(1.0, max_side / max(x1 - x0, y1 - y0)) if max_side is not None else 1.0
        if self.limit_side:
            scale = min(scale, self.limit_side / max(self.size_wh))
        out_wh = max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale))
        try:
            with quiet_pillow():
                return self._pixels.read((x0, y0, x1, y1), out_wh)
        except MemoryError as error:
            raise ImageError(
                f"{self.name}: not enough memory for a region of {x1 - x0}x{y1 - y0} px."
            ) from error

    def __repr__(self) -> str:
        return f"Image({self.name!r}, {self.size_wh[0]}x{self.size_wh[1]}, page={self.page})"


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle of an image, in full-image pixels, read lazily. What a localizer or VQA agent is shown."""

    image: Image
    box: Box

    def read(self, max_side: int | None = None) -> PIL.Image.Image:
        """RGB pixels, longest side at most `max_side`, never upsampled."""
        return self.image.region(self.box, max_side)

    @property
    def key(self) -> str:
        """Name of the content for caches and recordings: image digest and box."""
        return f"{self.image.digest}:{','.join(f'{v:.12g}' for v in self.box.xywh)}"

    def to_image(self, boxes_in_patch: NDArray[np.float32] | NDArray[np.float64]) -> list[Box]:
        """(N, 4) x0 y0 x1 y1 in pixels of the patch -> boxes of the full image."""
        x, y = self.box.x, self.box.y
        return [Box.from_xyxy(x + x0, y + y0, x + x1, y + y1) for x0, y0, x1, y1 in boxes_in_patch.tolist()]


class Document(Sequence[Image]):
    """Pages, each an `Image`, opened when asked for. A plain image is a document of one page.

    It holds all pages of a file, or only some of them (`only`). Its length, its indices and iteration go over the pages
    that it holds; `numbers` says which these are, 1-based, `page` gives one by its number, and `total` is how many
    pages the whole file has. PDFs and TIFF scans have several pages, and so have folders and lists of pictures. Of
    videos and animations a page is what is shown without a change, with its `time`. series: whether the pages follow
    each other in time, as those of folders and videos do. notes: what a user should know of it, a sentence each: that
    files of a folder are no pictures. faults: what of it cannot be seen: the rest of a video that is cut short.
    """

    def __init__(
        self,
        name: str,
        digest: str,
        pages: PageSource | Sequence[PageOf] | Sequence[Image] | _Chosen,
        *,
        numbers: Sequence[int] | None = None,
        total: int | None = None,
        series: bool = False,
        notes: Sequence[str] = (),
        faults: Sequence[str] = (),
    ) -> None:
        """pages: those that it holds, in order; numbers: theirs in the whole file (default: 1, 2, ...)."""
        self.name = name
        self.digest = digest
        self.numbers = tuple(range(1, len(pages) + 1) if numbers is None else numbers)
        self.total = len(pages) if total is None else total
        self.series = series
        self.notes = tuple(notes)
        self._faults = tuple(faults)
        self._pages = pages
        self._opened: dict[int, Image] = {}

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> Image: ...
    @overload
    def __getitem__(self, index: slice) -> list[Image]: ...
    def __getitem__(self, index: int | slice) -> Image | list[Image]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"{self.name} has {len(self)} pages; got index {index}.")
        index %= len(self)
        if index not in self._opened:
            page = self._pages[index]
            image = page if isinstance(page, Image) else Image.of(page)
            self._opened[index] = image.numbered(self.numbers[index], self.total)
        return self._opened[index]

    def page(self, number: int) -> Image:
        """The page of that 1-based number in the whole file. Raises ImageError when it is not held, or no number."""
        if isinstance(number, bool) or not isinstance(number, int | np.integer):
            raise ImageError(
                f"{self.name}: a page is a whole number, counted from 1; got {one_line(repr(number), 40)}."
            )
        index = self._index(int(number))
        if index is None:
            held = ", ".join(map(str, self.numbers[:3])) + ("..." if len(self) > 3 else "")
            given = "" if len(self) == self.total else f", and only {held} was given"
            raise ImageError(
                f"{self.name}: there is no page {number}; pages are counted from 1 to {self.total}{given}."
            )
        return self[index]

    def _index(self, number: int) -> int | None:
        """Where the page of a number is; without a search where the pages follow each other."""
        first = number - self.numbers[0] if self.numbers else -1
        if 0 <= first < len(self) and self.numbers[first] == number:
            return first
        return self.numbers.index(number) if number in self.numbers else None

    def only(self, number: int) -> Document:
        """The document with that page alone, which keeps its number. Raises ImageError as `page` does."""
        image = self.page(number)
        return self._with(image.name, image.digest, [image], [image.page])

    def without(self, number: int) -> Document:
        """The document without the page of that number; the others keep theirs."""
        kept = [each for each in self.numbers if each != number]
        return self._with(self.name, self.digest, _Chosen(self, kept), kept)

    def _with(
        self, name: str, digest: str, pages: Sequence[Image] | _Chosen, numbers: Sequence[int]
    ) -> Document:
        """The document with other pages of its own."""
        return Document(
            name,
            digest,
            pages,
            numbers=numbers,
            total=self.total,
            series=self.series,
            notes=self.notes,
            faults=self._faults,
        )

    def times(self, numbers: Iterable[int]) -> dict[int, float]:
        """The time of each of those pages that has one, seconds."""
        told = {number: self.page(number).time for number in sorted(numbers)} if self.series else {}
        return {number: time for number, time in told.items() if time is not None}

    def outline(self) -> tuple[OutlineEntry, ...]:
        """The bookmarks of a PDF that lead to the pages that are held; none of other files. Hints, no places."""
        told = self._pages.outline() if isinstance(self._pages, Outlined) else ()
        return tuple(entry for entry in told if entry.page in self.numbers)

    @property
    def faults(self) -> tuple[str, ...]:
        """As of an `Image`, of all pages that were opened."""
        of_pages = (fault for image in self._opened.values() for fault in image.faults)
        return tuple(dict.fromkeys([*self._faults, *of_pages]))

    def limited(self, max_side: int) -> Document:
        """The same pages, each as `Image.limited` shows it."""
        pages = [page.limited(max_side) for page in self]
        return self._with(self.name, f"{self.digest}@{max_side}", pages, self.numbers)


def open_document(
    source: object,
    *,
    dpi: float = 200.0,
    max_pixels: int = MAX_PIXELS,
    fps: float | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Document:
    """All pages of a PDF or TIFF, all that a video or animation shows, the pictures of a folder, or a plain image.

    source: as of `Image.open`; also a folder, a glob ("shots/*.png") and a list of such sources of one picture each.
    fps: frames that are looked at in a second of a video (default 2) or animation (default: all). on_progress: told the
    percents, 0 to 100, where a file is converted first (`seal.memory.huge`).
    An `Image` that is a page of a document stays that page: its number and the number of pages are kept.

    Raises as `Image.open`; ImageError: a folder without pictures, more than `seal.memory.files.MOST_FILES` of them, a
    broken video; MissingExtraError for a video without the extra `video`; SettingError.
    """
    if isinstance(source, Document):
        return source
    if isinstance(source, Image):
        total = max(source.page, source.pages)
        return Document(source.name, source.digest, [source], numbers=[source.page], total=total)
    if isinstance(source, list | tuple):
        source = [each.as_page() if isinstance(each, Image) else each for each in source]
    check_max_pixels(max_pixels)
    check_fps(fps)
    return _document(pages_of(source, checked_dpi(dpi), max_pixels, fps, on_progress=on_progress))


def _document(opened: Opened) -> Document:
    name, digest, pages, series, notes, faults = opened
    return Document(name, digest, pages, series=series, notes=notes, faults=faults)


class _Chosen:
    """Some pages of a document, by their numbers."""

    def __init__(self, document: Document, numbers: Sequence[int]) -> None:
        self._document, self._numbers = document, numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int) -> Image:
        return self._document.page(self._numbers[index])

    def outline(self) -> tuple[OutlineEntry, ...]:
        return self._document.outline()
