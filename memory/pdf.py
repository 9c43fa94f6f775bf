"""Pages of a PDF as images: rendered by PDFium, region by region, at the resolution that a look needs.

A region at full resolution equals the same region of the full page but for traces of smoothing at glyphs:
PDFium draws the whole page at one whole-number size and only the window moves. PDFium works in processes that are ended
when the time is over (`seal.memory.pdf_pool`), so that no page can hold up anything but itself. Rendering is not
started when it would take longer than there is time; what of a page was drawn after `PATIENCE` seconds is shown as it
is, and a page that is not even drawn so far `GRACE` seconds later is refused. One that the deadline broke off is not
begun again with far less time. To be read, a page of several gets a `SHARE` of the time that is left and no more, so
that one alone does not use it up.

Opening a file parses none of its pages. A page's text layer is read without rendering (`text`, and `sketch`, which is
cheaper); `seal.memory.pdf_text` says what it is.
"""

from __future__ import annotations

import time

import PIL.Image

from .deadline import Cost, current
from .errors import ImageError, OutOfTime, PageError
from .geometry import Box
from .pdf_pool import Content, ask
from .pdf_wire import Message
from .source import check_size, one_line
from .written import OutlineEntry, PageSketch, WrittenLine

__all__ = ["PdfFile", "PdfPage"]

PATIENCE = 20.0
"""Seconds after which a page is drawn no further: one that takes so long is made to take forever."""
GRACE = 5.0
"""Seconds that whatever takes so long gets to say what it has."""
SLOW, HURRY = 2.0, 1.0
"""Seconds from which a page that was broken off counts as slow, and those that it gets from then on."""
SHARE = 0.25
"""Share of the time that is left which one page of several gets to be read, and `HURRY` at least."""
_POINTS_PER_INCH = 72.0
_SIZES = 512
"""Pages whose sizes are asked for at once."""


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
        self._content = Content(data)
        self._sizes: dict[int, tuple[float, float] | None] = {}
        self._outline: tuple[OutlineEntry, ...] | None = None
        self._refused: dict[tuple[str, int], tuple[float, str]] = {}  # after so many seconds
        self._broken_off: dict[int, float] = {}  # by the deadline in force, after so many seconds
        told, _ = self._ask({"do": "open"}, f"{name}: the PDF cannot be opened")
        if "password" in told.get("error", "").lower():
            raise ImageError(f"{name}: the PDF is encrypted; give a decrypted copy.")
        if "error" in told:
            why = one_line(told["error"])
            raise ImageError(f"{name}: the PDF is broken or has no page, and cannot be opened ({why}).")
        self._count: int = told["pages"]
        if not self._count:
            raise ImageError(f"{name}: the PDF has no page.")

    def __len__(self) -> int:
        return self._count

    def page(self, index: int) -> PdfPage:
        """The page at the 0-based `index`."""
        return PdfPage(self, index)

    def outline(self) -> tuple[OutlineEntry, ...]:
        """The bookmarks of the file that lead to its pages, in their order: hints, so that broken ones are none."""
        if self._outline is None:
            try:
                told, _ = ask(self._content, {"do": "outline"}, self.name, GRACE)
            except ImageError:
                told = {}
            self._outline = tuple(OutlineEntry(*entry) for entry in told.get("entries", ()))
        return self._outline

    def points(self, index: int) -> tuple[float, float]:
        """Width and height of a page in points, after its own rotation; it is not parsed for that."""
        if index not in self._sizes:
            first = index - index % _SIZES
            end = min(first + _SIZES, self._count)
            told, _ = self._ask({"do": "sizes", "first": first, "end": end}, f"{self.name}: it has no pages")
            self._sizes |= zip(range(first, end), told.get("sizes", [None] * (end - first)), strict=True)
        size = self._sizes[index]
        if size is None:
            raise PageError(f"{self.name}: page {index + 1} is broken and cannot be opened.", index + 1)
        return size

    def ask(self, index: int, call: Message, most: int = 0) -> tuple[Message, bytes]:
        """The reply to a call about a page. Raises OutOfTime with the deadline in force, and at once where that leaves
        less than half of what the page was given once in vain.

        Raises PageError where there is none; then at once whenever it is made again without far more time. A page that
        cannot be read is not drawn either.
        """
        drawn = call["do"] == "draw"
        seconds = call["seconds"] + GRACE if drawn else self._share()
        for known in [("read", index), ("draw", index)][: 1 + drawn]:
            tried, why = self._refused.get(known, (0.0, ""))
            if seconds < 2 * tried:
                raise PageError(why, index + 1)
        if current().left() < self._broken_off.get(index, 0.0) / 2:
            raise OutOfTime("seconds")
        what = f"{self.name}: page {index + 1} cannot be {'drawn' if drawn else 'read'}"
        started = time.monotonic()
        try:
            told, data = ask(self._content, {**call, "page": index}, what, seconds, most)
            if "error" in told:
                raise ImageError(f"{what}: it is broken ({one_line(told['error'])}).")
            return told, data
        except OutOfTime:
            self._broken_off[index] = time.monotonic() - started
            raise
        except ImageError as error:
            self._refused["draw" if drawn else "read", index] = seconds, str(error)
            raise PageError(str(error), index + 1) from error

    def _share(self) -> float:
        """Seconds that a page gets to be read."""
        return PATIENCE if self._count == 1 else min(PATIENCE, max(HURRY, SHARE * current().left()))

    def _ask(self, call: Message, what: str) -> tuple[Message, bytes]:
        return ask(self._content, call, what, PATIENCE + GRACE)


class PdfPage:
    """One page; its size in pixels at the file's resolution, after the page's own rotation."""

    def __init__(self, pdf: PdfFile, index: int) -> None:
        self._pdf = pdf
        self._index = index
        points_wh = pdf.points(index)
        scale = pdf.dpi / _POINTS_PER_INCH
        self.size_wh = max(1, round(points_wh[0] * scale)), max(1, round(points_wh[1] * scale))
        check_size(
            self.size_wh, f"{pdf.name} page {index + 1} at {pdf.dpi:g} dpi", pdf.max_pixels, "lower the dpi"
        )

    def read(self, box: tuple[int, int, int, int], out_wh: tuple[int, int]) -> PIL.Image.Image:
        """The region (x0, y0, x1, y1) of the page as RGB of `out_wh` pixels, rendered at that resolution.

        Below full resolution its edges are true to half a pixel of `out_wh`. Raises OutOfTime when the deadline in
        force leaves no time for it, PageError when the page cannot be drawn.
        """
        x0, y0, x1, y1 = box
        w, h = out_wh
        fx, fy = w / (x1 - x0), h / (y1 - y0)
        window = (-round(x0 * fx), -round(y0 * fy), round(self.size_wh[0] * fx), round(self.size_wh[1] * fy))
        slow, started = self._pdf.slow, time.monotonic()
        seconds = HURRY if self._index in slow else PATIENCE
        call = {"do": "draw", "window": window, "out_wh": out_wh, "seconds": seconds}
        try:
            with self._pdf.rendering.unit(w * h):
                told, pixels = self._pdf.ask(self._index, call, most=(4 * w + 4) * h)
        except OutOfTime:
            if time.monotonic() - started > SLOW:
                slow.add(self._index)
            raise
        if told["cut"]:
            slow.add(self._index)
        return PIL.Image.frombytes("RGB", out_wh, pixels, "raw", "BGR", told["stride"])

    def sketch(self) -> PageSketch:
        """What the page is made of, without places of its words. Raises OutOfTime and PageError as `read` does."""
        with self._pdf.parsing.unit():
            told, _ = self._pdf.ask(self._index, {"do": "sketch", "size_wh": self.size_wh})
        characters, pictures, hidden = told["sketch"]
        return PageSketch(characters, tuple(Box(*box) for box in pictures), hidden)

    def text(self) -> tuple[WrittenLine, ...]:
        """The lines of its text layer, in reading order, pixels of the page. Raises as `read` does."""
        with self._pdf.parsing.unit():
            told, _ = self._pdf.ask(self._index, {"do": "text", "size_wh": self.size_wh})
        return tuple(
            WrittenLine(text, Box(*box), tuple(tuple(word) for word in words), *flags)
            for text, box, words, *flags in told["lines"]
        )
