"""Where the pages of a document come from: what a page is made of, and the pages of PDFs and TIFF scans.

Folders and lists of pictures: `seal.memory.files`. Videos and animations: `seal.memory.moving`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from .raster import Pixels, Raster

if TYPE_CHECKING:
    from .huge import OpenedTiles
    from .pdf import PdfFile
    from .written import OutlineEntry

__all__ = ["PageOf", "PageSource", "PdfPages", "TiffPages", "TiledPages", "raster_page"]


class PageOf(NamedTuple):
    """What one page is made of. digest: of its content. time, until: seconds from the first frame on, from when and
    until when it is shown; None where the document has no time."""

    pixels: Pixels
    digest: str
    name: str
    time: float | None = None
    until: float | None = None


class PageSource(Protocol):
    """The pages of a file by their 0-based index, made when asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> PageOf: ...


def raster_page(data: bytes, name: str, max_pixels: int) -> PageOf:
    """A picture file as a page; of several frames the first one. Raises ImageError."""
    return PageOf(Raster(data, name, max_pixels), hashlib.sha256(data).hexdigest(), name)


class PdfPages:
    """The pages of a PDF."""

    def __init__(self, pdf: PdfFile, digest: str) -> None:
        self._pdf, self._digest = pdf, digest

    def __len__(self) -> int:
        return len(self._pdf)

    def __getitem__(self, index: int) -> PageOf:
        digest = f"{self._digest}#{index + 1}@{self._pdf.dpi:g}"
        return PageOf(self._pdf.page(index), digest, f"{self._pdf.name} page {index + 1}")

    def outline(self) -> tuple[OutlineEntry, ...]:
        return self._pdf.outline()


class TiffPages:
    """The pages of a scan in one TIFF file."""

    def __init__(self, data: bytes, name: str, digest: str, max_pixels: int, frames: Sequence[int]) -> None:
        self._data, self._name, self._digest = data, name, digest
        self._max_pixels = max_pixels
        self._frames = frames

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, index: int) -> PageOf:
        name = f"{self._name} page {index + 1}"
        raster = Raster(self._data, name, self._max_pixels, self._frames[index])
        return PageOf(raster, f"{self._digest}#{index + 1}", name)


class TiledPages:
    """An image that is read by tiles, or the pages of a TIFF that are."""

    def __init__(self, opened: OpenedTiles) -> None:
        self._opened = opened

    def __len__(self) -> int:
        return len(self._opened.pages)

    def __getitem__(self, index: int) -> PageOf:
        name, digest = self._opened.name, self._opened.digest
        if len(self) > 1:
            name, digest = f"{name} page {index + 1}", f"{digest}#{index + 1}"
        return PageOf(self._opened.pages[index], digest, name)
