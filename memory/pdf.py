"""Pages of a PDF as images: rendered by PDFium, region by region, at the resolution that a look needs.

A region at full resolution equals the same region of the full page but for traces of smoothing at glyphs:
PDFium draws the whole page at one whole-number size and only the window moves. PDFium is not thread-safe: one
lock guards every call, closing included. Rendering cannot be broken off, and is not started when it would take longer
than there is time.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any

import PIL.Image
import pypdfium2
import pypdfium2.raw as pdfium_c

from .deadline import Cost
from .errors import ImageError
from .source import check_size, one_line

__all__ = ["PdfFile", "PdfPage"]

_POINTS_PER_INCH = 72.0
_lock = threading.RLock()


class _Handles:
    """PDFium's objects of one file. They outlive their `PdfFile` until `close` has run, under the lock."""

    def __init__(self, pdf: Any) -> None:
        self.pdf = pdf
        self.page: Any = None
        self.index = -1

    def close_page(self) -> None:
        if self.page is not None:
            self.page.close()
            self.page, self.index = None, -1

    def close(self) -> None:
        with _lock:
            self.close_page()
            self.pdf.close()


class PdfFile:
    """An open PDF. `dpi` fixes what full resolution means for its pages.

    Raises ImageError when it is encrypted, broken or has no page.
    """

    def __init__(self, data: bytes, name: str, dpi: float, max_pixels: int) -> None:
        self.name = name
        self.dpi = dpi
        self.max_pixels = max_pixels
        self.rendering = Cost()  # of a pixel
        try:
            with _lock:
                self._handles = _Handles(pypdfium2.PdfDocument(data))
                weakref.finalize(self, self._handles.close).atexit = False  # there, pypdfium2 closes all
                self._handles.pdf.init_forms()  # else the values of form fields are not drawn
                self._count = len(self._handles.pdf)
        except pypdfium2.PdfiumError as error:
            if "password" in str(error).lower():
                raise ImageError(f"{name}: the PDF is encrypted; give a decrypted copy.") from error
            raise ImageError(
                f"{name}: the PDF is broken or has no page, and cannot be opened ({one_line(error)})."
            ) from error
        if not self._count:
            raise ImageError(f"{name}: the PDF has no page.")

    def __len__(self) -> int:
        return self._count

    def page(self, index: int) -> PdfPage:
        """The page at the 0-based `index`."""
        return PdfPage(self, index)

    def _loaded(self, index: int) -> Any:
        """PDFium's page, parsed; the last one used is kept. Call it, and use the page, under the lock."""
        handles = self._handles
        if handles.index != index:
            handles.close_page()
            try:
                handles.page = handles.pdf[index]
            except pypdfium2.PdfiumError as error:
                raise ImageError(f"{self.name}: page {index + 1} is broken ({one_line(error)}).") from error
            handles.index = index
        return handles.page


class PdfPage:
    """One page; its size in pixels at the file's resolution, after the page's own rotation."""

    def __init__(self, pdf: PdfFile, index: int) -> None:
        self._pdf = pdf
        self._index = index
        with _lock:
            points_wh = pdf._loaded(index).get_size()
        scale = pdf.dpi / _POINTS_PER_INCH
        self.size_wh = max(1, round(points_wh[0] * scale)), max(1, round(points_wh[1] * scale))
        check_size(
            self.size_wh, f"{pdf.name} page {index + 1} at {pdf.dpi:g} dpi", pdf.max_pixels, "lower the dpi"
        )

    def read(self, box: tuple[int, int, int, int], out_wh: tuple[int, int]) -> PIL.Image.Image:
        """The region (x0, y0, x1, y1) of the page as RGB of `out_wh` pixels, rendered at that resolution.

        Below full resolution its edges are true to half a pixel of `out_wh`. Raises OutOfTime when the deadline in
        force leaves no time for it.
        """
        x0, y0, x1, y1 = box
        w, h = out_wh
        fx, fy = w / (x1 - x0), h / (y1 - y0)
        window = (-round(x0 * fx), -round(y0 * fy), round(self.size_wh[0] * fx), round(self.size_wh[1] * fy))
        flags = pdfium_c.FPDF_ANNOT
        with _lock, self._pdf.rendering.unit(w * h):
            page = self._pdf._loaded(self._index)
            bitmap = pypdfium2.PdfBitmap.new_native(w, h, pdfium_c.FPDFBitmap_BGR)
            try:
                pdfium_c.FPDFBitmap_FillRect(bitmap, 0, 0, w, h, 0xFFFFFFFF)
                pdfium_c.FPDF_RenderPageBitmap(bitmap, page, *window, 0, flags)
                if page.formenv:
                    pdfium_c.FPDF_FFLDraw(page.formenv, bitmap, page, *window, 0, flags)
                image: PIL.Image.Image = bitmap.to_pil()
                return image.convert("RGB") if image.mode != "RGB" else image.copy()
            finally:
                bitmap.close()
