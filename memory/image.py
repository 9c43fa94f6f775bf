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

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, overload

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from .deadline import current
from .errors import ImageError, SettingError
from .geometry import Box
from .huge import Opened, open_tiles
from .kept import Kept
from .raster import Pixels, Raster, array_to_pil, pil_pixels, quiet_pillow, tiff_pages
from .source import MAX_PIXELS, MIN_SIDE, check_max_pixels, checked_dpi, is_pdf, one_line, read_source
from .written import Faulty, Layered, Outlined

if TYPE_CHECKING:
    from .pdf import PdfFile
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
    its 1-based page and `pages` how many pages its file has (1 and 1 for a plain image).
    """

    def __init__(
        self,
        pixels: Pixels,
        digest: str,
        name: str,
        page: int = 1,
        limit_side: int | None = None,
        pages: int = 1,
    ) -> None:
        self._pixels = pixels
        self.digest = digest
        self.name = name
        self.page = page
        self.limit_side = limit_side
        self.pages = pages

    @classmethod
    def open(
        cls, source: object, *, page: int | None = None, dpi: float = 200.0, max_pixels: int = MAX_PIXELS
    ) -> Image:
        """One image from a path, bytes, a binary file object, a PIL image, a numpy array or a page of a PDF.

        Arrays are (H, W), (H, W, 3) or (H, W, 4), uint8, RGB(A) order. `page` is 1-based; a PDF without
        `page` gives its first one (`open_document` gives all); `dpi` is the resolution at which a PDF page
        counts as full resolution.

        Raises ImageError: missing, a directory, empty, not an image, truncated, encrypted, no such page, a
        side under 4 px, more than `max_pixels`.
        """
        document = open_document(source, dpi=dpi, max_pixels=max_pixels)
        return document[0] if page is None else document.page(page)

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
        return Image(self._pixels, f"{digest}@{side}", self.name, self.page, side, self.pages)

    def numbered(self, page: int, pages: int) -> Image:
        """The same image as the 1-based page `page` of `pages`."""
        if (self.page, self.pages) == (page, pages):
            return self
        return Image(self._pixels, self.digest, self.name, page, self.limit_side, pages)

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


class Pages(Protocol):
    """Images by index, opened when asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Image: ...


class Document(Sequence[Image]):
    """Pages, each an `Image`, opened when asked for. A plain image is a document of one page.

    It holds all pages of a file, or only some of them (`only`). Its length, its indices and iteration go over the pages
    that it holds; `numbers` says which these are, 1-based, `page` gives one by its number, and `total` is how many
    pages the whole file has. PDFs and TIFF scans have several pages; of animations the first frame counts.
    """

    def __init__(
        self,
        name: str,
        digest: str,
        pages: Pages,
        *,
        numbers: Sequence[int] | None = None,
        total: int | None = None,
    ) -> None:
        """pages: those that it holds, in order; numbers: theirs in the whole file (default: 1, 2, ...)."""
        self.name = name
        self.digest = digest
        self.numbers = tuple(range(1, len(pages) + 1) if numbers is None else numbers)
        self.total = len(pages) if total is None else total
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
            self._opened[index] = self._pages[index].numbered(self.numbers[index], self.total)
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
        return Document(image.name, image.digest, [image], numbers=[image.page], total=self.total)

    def without(self, number: int) -> Document:
        """The document without the page of that number; the others keep theirs."""
        kept = [each for each in self.numbers if each != number]
        return Document(
            self.name,
            self.digest,
            _Made(len(kept), lambda i: self.page(kept[i]), self.outline),
            numbers=kept,
            total=self.total,
        )

    def outline(self) -> tuple[OutlineEntry, ...]:
        """The bookmarks of a PDF that lead to the pages that are held; none of other files. Hints, no places."""
        told = self._pages.outline() if isinstance(self._pages, Outlined) else ()
        return tuple(entry for entry in told if entry.page in self.numbers)

    @property
    def faults(self) -> tuple[str, ...]:
        """As of an `Image`, of all pages that were opened."""
        return tuple(dict.fromkeys(fault for image in self._opened.values() for fault in image.faults))

    def limited(self, max_side: int) -> Document:
        """The same pages, each as `Image.limited` shows it."""
        pages = [page.limited(max_side) for page in self]
        return Document(self.name, f"{self.digest}@{max_side}", pages, numbers=self.numbers, total=self.total)


def open_document(
    source: object,
    *,
    dpi: float = 200.0,
    max_pixels: int = MAX_PIXELS,
    on_progress: Callable[[int], None] | None = None,
) -> Document:
    """All pages of a PDF, or a plain image as one page. Sources and errors as in `Image.open`.

    on_progress: told the percents, 0 to 100, where a file is converted first (`seal.memory.huge`).

    An `Image` that is a page of a document stays that page: its number and the number of pages are kept.
    """
    if isinstance(source, Document):
        return source
    if isinstance(source, Image):
        return Document(
            source.name, source.digest, [source], numbers=[source.page], total=max(source.page, source.pages)
        )
    dpi = checked_dpi(dpi)
    check_max_pixels(max_pixels)
    is_array = isinstance(source, np.ndarray)
    if isinstance(source, np.ndarray | PIL.Image.Image):
        name = "array" if is_array else one_line(getattr(source, "filename", "") or "image")
        whole = array_to_pil(source, max_pixels) if isinstance(source, np.ndarray) else source
        decoded, digest = pil_pixels(whole, name, max_pixels, copied=is_array)
        return Document(name, digest, [Image(decoded, digest, name)])
    if (tiled := open_tiles(source, max_pixels, on_progress)) is not None:
        return _tiled_document(tiled)
    data, name = read_source(source)
    digest = hashlib.sha256(data).hexdigest()
    if is_pdf(data):
        from .pdf import PdfFile

        return _pdf_document(PdfFile(data, name, dpi, max_pixels), digest)
    frames = tiff_pages(data, name)
    if len(frames) == 1:
        return Document(name, digest, [Image(Raster(data, name, max_pixels, frames[0]), digest, name)])

    def page(index: int) -> Image:
        named = f"{name} page {index + 1}"
        raster = Raster(data, named, max_pixels, frames[index])
        return Image(raster, f"{digest}#{index + 1}", named, index + 1, pages=len(frames))

    return Document(name, digest, _Made(len(frames), page))


def _pdf_document(pdf: PdfFile, digest: str) -> Document:
    def page(index: int) -> Image:
        key, name = f"{digest}#{index + 1}@{pdf.dpi:g}", f"{pdf.name} page {index + 1}"
        return Image(pdf.page(index), key, name, index + 1, pages=len(pdf))

    return Document(pdf.name, digest, _Made(len(pdf), page, pdf.outline))


def _tiled_document(tiled: Opened) -> Document:
    def page(index: int) -> Image:
        pages = len(tiled.pages)
        name, key = tiled.name, tiled.digest
        if pages > 1:
            name, key = f"{name} page {index + 1}", f"{key}#{index + 1}"
        return Image(tiled.pages[index], key, name, index + 1, pages=pages)

    return Document(tiled.name, tiled.digest, _Made(len(tiled.pages), page))


class _Made:
    """Pages that are made when asked for, by their 0-based index, and the outline that leads to them."""

    def __init__(
        self,
        count: int,
        make: Callable[[int], Image],
        outline: Callable[[], tuple[OutlineEntry, ...]] = tuple,
    ) -> None:
        self._count, self._make, self._outline = count, make, outline

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> Image:
        return self._make(index)

    def outline(self) -> tuple[OutlineEntry, ...]:
        return self._outline()
