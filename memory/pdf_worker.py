"""The process that reads PDFs: it opens, draws and tells what it is asked for, one call after the other.

- PDFium cannot be stopped from inside, and whoever made a file decides what it does; a process can be ended.
- It starts fast: PDFium alone is imported, and numpy when the first text is read.
- It takes no more memory than a call may need, where the platform can limit it (`RLIMIT_AS`).
- It ends when its input does, in the middle of a page too, so that it never outlives the program that started it.

`seal.memory.pdf_pool` starts it, and says what a call is; `Desk` answers one.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import queue
import signal
import sys
import threading
import time
from typing import IO, TypeAlias

import pypdfium2
import pypdfium2.raw as pdfium_c

from .pdf_page import Handle, outline, sketch
from .pdf_wire import Message, receive, send
from .written import WrittenLine

__all__ = ["Desk", "main"]

ROOM = 2 << 30
"""Bytes of address space for a page with its pictures decoded, and for Python, beside files and pixels asked for."""
_PIXEL = 12
"""Bytes for a pixel that is drawn: in the picture, and in a layer of it that is see-through."""

Reply: TypeAlias = tuple[Message, bytes]


class _File:
    """An open PDF, and the page of it that was used last."""

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self.pdf: Handle = pypdfium2.PdfDocument(data)
        self.pdf.init_forms()  # else the values of form fields are not drawn
        self._page: Handle = None
        self._index = -1

    def page(self, index: int) -> Handle:
        """PDFium's page, parsed."""
        if self._index != index:
            self._close_page()
            self._page, self._index = self.pdf[index], index
        return self._page

    def _close_page(self) -> None:
        if self._page is not None:
            self._page.close()
        self._page, self._index = None, -1

    def close(self) -> None:
        self._close_page()
        self.pdf.close()


class Desk:
    """Answers calls. It keeps files open until it is told to close them. limited: it may limit the process's memory."""

    def __init__(self, limited: bool = False) -> None:
        self._limited = limited
        self._memory = 0
        self._files: dict[int, _File] = {}

    def answer(self, call: Message, data: bytes) -> Reply:
        """The reply to a call, with the pixels of a page if it is drawn; `error` holds why there is none.

        call: `do` says what, `file` with which one, `close` which ones to close before; data: the file, if it is new.
        """
        try:
            for number in call["close"]:
                self._close(number)
            if self._limited:
                self._limit_memory(len(data), *call.get("out_wh", (0, 0)))
            if data:
                self._close(call["file"])
                self._files[call["file"]] = _File(data)
            file = self._files[call["file"]]
            match call["do"]:
                case "open":
                    return {"pages": len(file.pdf)}, b""
                case "sizes":
                    return {
                        "sizes": [_points(file, index) for index in range(call["first"], call["end"])]
                    }, b""
                case "outline":
                    return {"entries": [(e.title, e.page, e.level) for e in outline(file.pdf)]}, b""
                case "sketch":
                    found = sketch(file.page(call["page"]), call["size_wh"])
                    pictures = [box.xywh for box in found.pictures]
                    return {"sketch": (found.characters, pictures, found.hidden)}, b""
                case "text":
                    from .pdf_text import text_lines

                    lines = text_lines(file.page(call["page"]), call["size_wh"])
                    return {"lines": [_told(line) for line in lines]}, b""
                case _:
                    return _drawn(file.page(call["page"]), call)
        except Exception as error:  # whatever a broken file does to its reader
            return {"error": str(error) or type(error).__name__}, b""

    def close(self) -> None:
        """Close every file."""
        for number in tuple(self._files):
            self._close(number)

    def _limit_memory(self, data: int, width: int, height: int) -> None:
        """Allow what a call may need, and no less than before: what was freed may still be held."""
        files = data + sum(file.size for file in self._files.values())
        self._memory = max(self._memory, ROOM + 2 * files + _PIXEL * width * height)
        with contextlib.suppress(
            ImportError, OSError, ValueError
        ):  # Windows has no limit, and macOS keeps none
            import resource

            _, hard = resource.getrlimit(resource.RLIMIT_AS)
            soft = self._memory if hard == resource.RLIM_INFINITY else min(self._memory, hard)
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))

    def _close(self, number: int) -> None:
        if number in self._files:
            self._files.pop(number).close()


def _told(line: WrittenLine) -> tuple[object, ...]:
    return line.text, line.box.xywh, line.words, line.font, line.hidden, line.pale, line.turned


def _points(file: _File, index: int) -> tuple[float, float] | None:
    """Width and height of a page in points, after its own rotation; it is not parsed for that. None: it is broken."""
    size = pdfium_c.FS_SIZEF()
    return (size.width, size.height) if pdfium_c.FPDF_GetPageSizeByIndexF(file.pdf, index, size) else None


def _drawn(page: Handle, call: Message) -> Reply:
    """The pixels of a window of a page, BGR, and whether drawing was broken off after `seconds`."""
    (w, h), window, flags = call["out_wh"], call["window"], pdfium_c.FPDF_ANNOT
    bitmap = pypdfium2.PdfBitmap.new_native(w, h, pdfium_c.FPDFBitmap_BGR)
    try:
        pdfium_c.FPDFBitmap_FillRect(bitmap, 0, 0, w, h, 0xFFFFFFFF)
        cut = _draw(bitmap, page, window, flags, time.monotonic() + call["seconds"])
        if page.formenv:
            pdfium_c.FPDF_FFLDraw(page.formenv, bitmap, page, *window, 0, flags)
        return {"stride": bitmap.stride, "cut": cut}, bitmap.buffer
    finally:
        bitmap.close()


def _draw(bitmap: Handle, page: Handle, window: list[int], flags: int, end: float) -> bool:
    """Draw the page step by step until it is done or the time has come; whether it was broken off."""
    pause = pdfium_c.IFSDK_PAUSE(version=1)

    def over(_: Handle) -> int:
        return int(time.monotonic() > end)

    pause.NeedToPauseNow = type(pause.NeedToPauseNow)(over)
    try:
        done = pdfium_c.FPDF_RenderPageBitmap_Start(bitmap, page, *window, 0, flags, ctypes.byref(pause))
        while done == pdfium_c.FPDF_RENDER_TOBECONTINUED:
            if over(None):
                return True
            done = pdfium_c.FPDF_RenderPage_Continue(page, ctypes.byref(pause))
        return False
    finally:
        pdfium_c.FPDF_RenderPage_Close(page)


def main() -> None:
    """Answer calls from standard input on standard output, until the input ends."""
    gc.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program, which ends this process
    replies, sys.stdout = sys.stdout.buffer, sys.stderr
    waiting: queue.SimpleQueue[tuple[Message, bytes]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, waiting), daemon=True).start()
    desk = Desk(limited=True)
    while True:
        send(replies, *desk.answer(*waiting.get()))


def _listen(calls: IO[bytes], waiting: queue.SimpleQueue[tuple[Message, bytes]]) -> None:
    try:
        while True:
            waiting.put(receive(calls))
    finally:
        os._exit(0)
