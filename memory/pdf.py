"""Pages of a PDF as images: rendered by PDFium, region by region, at the resolution that a look needs.

A region at full resolution equals the same region of the full page but for traces of smoothing at glyphs:
PDFium draws the whole page at one whole-number size and only the window moves. PDFium is not thread-safe: one
lock guards every call, closing included. Rendering is not started when it would take longer than there is time, and is
broken off when the time is over; what of a page was drawn after `PATIENCE` seconds is shown as it is.

Opening a file parses none of its pages. A page's text layer is read without rendering (`text`, and `sketch`, which is
cheaper); `seal.memory.pdf_text` says what it is.
"""

from __future__ import annotations

import ctypes
import threading
import time
import weakref

import PIL.Image
import pypdfium2
import pypdfium2.raw as pdfium_c

from .deadline import Cost, current
from .errors import ImageError
from .pdf_page import Handle, OutlineEntry, PageSketch, outline, sketch
from .pdf_text import text_lines
from .source import check_size, one_line
from .written import WrittenLine

__all__ = ["PdfFile", "PdfPage"]

PATIENCE = 20.0
"""Seconds after which a page is drawn no further: one that takes so long is made to take forever."""
SLOW, HURRY = 2.0, 1.0
"""Seconds from which a page that was broken off counts as slow, and those that it gets from then on."""
_POINTS_PER_INCH = 72.0
_lock = threading.RLock()


class _Handles:
    """PDFium's objects of one file. They outlive their `PdfFile` until `close` has run, under the lock."""

    def __init__(self, pdf: Handle) -> None:
        self.pdf = pdf
        self.page: Handle = None
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
        self.parsing = Cost()  # of a page
        self.slow: set[int] = set()  # pages that were broken off
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

    def outline(self) -> tuple[OutlineEntry, ...]:
        """The bookmarks of the file that lead to its pages, in their order."""
        with _lock:
            return outline(self._handles.pdf)

    def _points(self, index: int) -> tuple[float, float]:
        """Width and height of a page in points, after its own rotation; it is not parsed for that."""
        size = pdfium_c.FS_SIZEF()
        if not pdfium_c.FPDF_GetPageSizeByIndexF(self._handles.pdf, index, size):
            raise ImageError(f"{self.name}: page {index + 1} is broken and cannot be opened.")
        return size.width, size.height

    def _loaded(self, index: int) -> Handle:
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
            points_wh = pdf._points(index)
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
                self._draw(bitmap, page, window, flags)
                if page.formenv:
                    pdfium_c.FPDF_FFLDraw(page.formenv, bitmap, page, *window, 0, flags)
                image: PIL.Image.Image = bitmap.to_pil()
                return image.convert("RGB") if image.mode != "RGB" else image.copy()
            finally:
                bitmap.close()

    def sketch(self) -> PageSketch:
        """What the page is made of, without places of its words. Raises OutOfTime as `read` does."""
        with _lock, self._pdf.parsing.unit():
            return sketch(self._pdf._loaded(self._index), self.size_wh)

    def text(self) -> tuple[WrittenLine, ...]:
        """The lines of its text layer, in reading order, pixels of the page. Raises OutOfTime as `read` does."""
        with _lock, self._pdf.parsing.unit():
            return text_lines(self._pdf._loaded(self._index), self.size_wh)

    def _draw(self, bitmap: Handle, page: Handle, window: tuple[int, int, int, int], flags: int) -> None:
        """Draw the page step by step, until it or patience is at its end. Raises OutOfTime when the time is over."""
        started = time.monotonic()
        deadline = current()
        end = started + (HURRY if self._index in self._pdf.slow else PATIENCE)
        pause = pdfium_c.IFSDK_PAUSE(version=1)

        def over(_: Handle) -> int:
            return int(deadline.over() or time.monotonic() > end)

        pause.NeedToPauseNow = type(pause.NeedToPauseNow)(over)
        try:
            done = pdfium_c.FPDF_RenderPageBitmap_Start(bitmap, page, *window, 0, flags, ctypes.byref(pause))
            while done == pdfium_c.FPDF_RENDER_TOBECONTINUED:
                if time.monotonic() - started > SLOW:
                    self._pdf.slow.add(self._index)
                deadline.check()
                if time.monotonic() > end:
                    return
                done = pdfium_c.FPDF_RenderPage_Continue(page, ctypes.byref(pause))
        finally:
            pdfium_c.FPDF_RenderPage_Close(page)
