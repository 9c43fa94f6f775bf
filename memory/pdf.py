"""Pages of a PDF as images: rendered by PDFium, region by region, at the resolution that a look needs."""

from __future__ import annotations

import threading
from typing import Any

import PIL.Image
import pypdfium2

from .errors import ImageError
from .image import check_size

__all__ = ["PdfFile", "PdfPage"]

_POINTS_PER_INCH = 72.0
_lock = threading.Lock()  # PDFium is not thread-safe


class PdfFile:
    """An open PDF. `dpi` fixes what full resolution means for its pages.

    Raises ImageError when it is encrypted, broken or has no page.
    """

    def __init__(self, data: bytes, name: str, dpi: float, max_pixels: int) -> None:
        self.name = name
        self.dpi = dpi
        self.max_pixels = max_pixels
        try:
            with _lock:
                self._pdf: Any = pypdfium2.PdfDocument(data)
                self._count = len(self._pdf)
        except pypdfium2.PdfiumError as error:
            if "password" in str(error).lower():
                raise ImageError(f"{name}: the PDF is encrypted; give a decrypted copy.") from error
            raise ImageError(f"{name}: the PDF is broken and cannot be opened ({error}).") from error
        if not self._count:
            raise ImageError(f"{name}: the PDF has no page.")

    def __len__(self) -> int:
        return self._count

    def page(self, index: int) -> PdfPage:
        """The page at the 0-based `index`."""
        return PdfPage(self, index)


class PdfPage:
    """One page; its size in pixels at the file's resolution."""

    def __init__(self, pdf: PdfFile, index: int) -> None:
        try:
            with _lock:
                self._page: Any = pdf._pdf[index]
                self._points_wh: tuple[float, float] = self._page.get_size()
        except pypdfium2.PdfiumError as error:
            raise ImageError(f"{pdf.name}: page {index + 1} is broken ({error}).") from error
        self._scale = pdf.dpi / _POINTS_PER_INCH
        self.size_wh = (
            max(1, round(self._points_wh[0] * self._scale)),
            max(1, round(self._points_wh[1] * self._scale)),
        )
        check_size(self.size_wh, f"{pdf.name} page {index + 1} at {pdf.dpi:g} dpi", pdf.max_pixels)

    def read(self, box: tuple[int, int, int, int], scale: float) -> PIL.Image.Image:
        """The region (x0, y0, x1, y1) as RGB, rendered at `scale` of the full resolution."""
        x0, y0, x1, y1 = box
        points_w, points_h = self._points_wh
        per_x, per_y = points_w / self.size_wh[0], points_h / self.size_wh[1]
        cut = (x0 * per_x, points_h - y1 * per_y, points_w - x1 * per_x, y0 * per_y)  # left, bottom, right, top
        with _lock:
            bitmap = self._page.render(scale=self._scale * scale, crop=tuple(max(0.0, c) for c in cut))
            image: PIL.Image.Image = bitmap.to_pil()
        return image.convert("RGB")
