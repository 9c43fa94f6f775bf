"""What a PDF page is made of, told at little cost: its text without places, where its pictures lie; and the outline.

Nothing is rendered. It runs in the process that reads PDFs (`seal.memory.pdf_worker`), which numpy would slow down.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import pypdfium2.raw as pdfium_c

from .geometry import Box
from .written import OutlineEntry, PageSketch

__all__ = [
    "Handle",
    "MOST_CHARACTERS",
    "Matrix",
    "field_values",
    "outline",
    "page_matrix",
    "placed",
    "render_mode",
    "sketch",
    "text_object",
]

MOST_CHARACTERS = 200_000
"""Characters of a page that are read; a page with more is none that anybody reads."""
MOST_OBJECTS = 20_000
"""Objects of a page among which pictures are looked for."""
LEAST_PICTURE = 0.01
"""Share of the page's area from which a picture may hold words."""
SHAPES = 12
"""Letters drawn as shapes, from which a page holds words that are no text."""
SEGMENTS = (6, 200)
"""Segments of a path that may be a letter."""
HIGHEST_LETTER = 0.05
"""Share of the page's height up to which a path may be a letter."""
MOST_ENTRIES = 5_000
"""Entries of an outline that are read."""
LONGEST_VALUE = 20_000
"""Bytes of the value of a form field, at most."""
PROBES = 5
"""Characters that are asked whether they are drawn with ink."""

Matrix: TypeAlias = tuple[tuple[float, float, float], tuple[float, float, float]]
"""From points of a page to its pixels: x and y of a pixel, each as the factors of x, y and 1."""
Handle: TypeAlias = Any
"""An object of PDFium or of its Python package, which has no types: document, page, text page, object, rectangle."""


def sketch(page: Handle, size_wh: tuple[int, int]) -> PageSketch:
    """The sketch of PDFium's page, in pixels of a page of that size."""
    text, hidden = _characters(page)
    text += "".join(f"\n{value}" for value, _ in field_values(page))
    return PageSketch(text, tuple(_pictures(page, page_matrix(page, size_wh), Box(0, 0, *size_wh))), hidden)


def _characters(page: Handle) -> tuple[str, bool]:
    text_page = pdfium_c.FPDFText_LoadPage(page)
    if not text_page:
        return "", False
    try:
        count = min(pdfium_c.FPDFText_CountChars(text_page), MOST_CHARACTERS)
        buffer = (ctypes.c_ushort * (count + 1))()
        pdfium_c.FPDFText_GetText(text_page, 0, count, buffer)
        text = bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")
        probed = range(0, count, max(1, count // PROBES))
        return text, any(render_mode(text_page, i, text_object(text_page, i)) in (3, 7) for i in probed)
    finally:
        pdfium_c.FPDFText_ClosePage(text_page)


def text_object(text_page: Handle, index: int) -> Handle | None:
    """The object of text that a character is part of; None where PDFium does not tell (before pypdfium2 5)."""
    object_of = getattr(pdfium_c, "FPDFText_GetTextObject", None)
    return None if object_of is None else object_of(text_page, index) or None


def render_mode(text_page: Handle, index: int, found: Handle | None) -> int:
    """How a character is drawn, of the object of text `found`: 0 filled, 3 and 7 not at all (PDF 32000, 9.3.6)."""
    if found:
        return int(pdfium_c.FPDFTextObj_GetTextRenderMode(found))
    mode_of = getattr(pdfium_c, "FPDFText_GetTextRenderMode", None)  # before pypdfium2 5
    return 0 if mode_of is None else int(mode_of(text_page, index))


def field_values(page: Handle) -> Iterator[tuple[str, Handle]]:
    """Values of text fields and lists, which are no part of the page's own text, and where: rectangles in points."""
    for index in range(pdfium_c.FPDFPage_GetAnnotCount(page) if page.formenv else 0):
        annotation = pdfium_c.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            kind = pdfium_c.FPDFAnnot_GetFormFieldType(page.formenv, annotation)  # -1 of what is no field
            if kind in (pdfium_c.FPDF_FORMFIELD_TEXTFIELD, pdfium_c.FPDF_FORMFIELD_COMBOBOX):
                value, rect = _value(page.formenv, annotation), pdfium_c.FS_RECTF()
                if value and pdfium_c.FPDFAnnot_GetRect(annotation, rect):
                    yield value, rect
        finally:
            pdfium_c.FPDFPage_CloseAnnot(annotation)


def _value(form: Handle, annotation: Handle) -> str:
    size = min(LONGEST_VALUE, pdfium_c.FPDFAnnot_GetFormFieldValue(form, annotation, None, 0))
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    pdfium_c.FPDFAnnot_GetFormFieldValue(form, annotation, buffer, size)
    return bytes(buffer).decode("utf-16-le", "replace").strip("\0 \r\n")


def page_matrix(page: Handle, size_wh: tuple[int, int]) -> Matrix:
    """From points of the page to pixels, as PDFium itself draws the page: crop box and rotation included."""
    scale = 1 << 20
    x, y = ctypes.c_int(), ctypes.c_int()
    at = []
    for point in ((0.0, 0.0), (100.0, 0.0), (0.0, 100.0)):
        pdfium_c.FPDF_PageToDevice(page, 0, 0, scale, scale, 0, *point, ctypes.byref(x), ctypes.byref(y))
        at.append((x.value * size_wh[0] / scale, y.value * size_wh[1] / scale))
    (x0, y0), right, up = at
    return (
        ((right[0] - x0) / 100, (up[0] - x0) / 100, x0),
        ((right[1] - y0) / 100, (up[1] - y0) / 100, y0),
    )


def placed(rect: Handle, to_pixels: Matrix) -> Box:
    """PDFium's rectangle (points of the page) in pixels."""
    corners = (rect.left, rect.bottom), (rect.right, rect.top)
    xs, ys = ([a * x + b * y + c for x, y in corners] for a, b, c in to_pixels)
    return Box.from_xyxy(min(xs), min(ys), max(xs), max(ys))


# --- pictures ---------------------------------------------------------------------------------------------


def _pictures(page: Handle, to_pixels: Matrix, page_box: Box) -> Iterator[Box]:
    shapes: list[Box] = []
    sides = [ctypes.c_float() for _ in range(4)]
    for index in range(min(MOST_OBJECTS, pdfium_c.FPDFPage_CountObjects(page))):
        found = pdfium_c.FPDFPage_GetObject(page, index)
        kind = pdfium_c.FPDFPageObj_GetType(found)
        if not _may_hold_words(found, kind):
            continue
        if not pdfium_c.FPDFPageObj_GetBounds(found, *map(ctypes.byref, sides)):
            continue
        left, bottom, right, top = (side.value for side in sides)
        box = placed(pdfium_c.FS_RECTF(left, top, right, bottom), to_pixels).clipped(page_box)
        if kind == pdfium_c.FPDF_PAGEOBJ_PATH:
            if 2 < box.height < HIGHEST_LETTER * page_box.height and box.width < 4 * box.height:
                shapes.append(box)
        elif box.area >= LEAST_PICTURE * page_box.area:
            yield box
    if len(shapes) >= SHAPES:
        yield _around(shapes)


def _may_hold_words(found: Handle, kind: int) -> bool:
    if kind == pdfium_c.FPDF_PAGEOBJ_PATH:
        return bool(SEGMENTS[0] <= pdfium_c.FPDFPath_CountSegments(found) <= SEGMENTS[1])
    return kind == pdfium_c.FPDF_PAGEOBJ_IMAGE or (
        kind == pdfium_c.FPDF_PAGEOBJ_FORM and _holds_picture(found)
    )


def _holds_picture(form: Handle, depth: int = 0) -> bool:
    for index in range(min(64, pdfium_c.FPDFFormObj_CountObjects(form))):
        found = pdfium_c.FPDFFormObj_GetObject(form, index)
        kind = pdfium_c.FPDFPageObj_GetType(found)
        if kind == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            return True
        if kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < 3 and _holds_picture(found, depth + 1):
            return True
    return False


def _around(boxes: Sequence[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*(box.xyxy for box in boxes), strict=True)
    return Box.from_xyxy(min(lefts), min(tops), max(rights), max(bottoms))


# --- outline ----------------------------------------------------------------------------------------------


def outline(document: Handle) -> tuple[OutlineEntry, ...]:
    """The outline of PDFium's document, in its order; entries that lead to no page are left out."""
    found: list[OutlineEntry] = []
    seen: set[int] = set()
    waiting = [(pdfium_c.FPDFBookmark_GetFirstChild(document, None), 0)]
    while waiting and len(seen) < MOST_ENTRIES:
        mark, level = waiting.pop()
        if not mark or ctypes.addressof(mark.contents) in seen:
            continue
        seen.add(ctypes.addressof(mark.contents))
        waiting.append((pdfium_c.FPDFBookmark_GetNextSibling(document, mark), level))
        waiting.append((pdfium_c.FPDFBookmark_GetFirstChild(document, mark), level + 1))
        goal = pdfium_c.FPDFBookmark_GetDest(document, mark)
        if not goal and (action := pdfium_c.FPDFBookmark_GetAction(mark)):
            goal = pdfium_c.FPDFAction_GetDest(document, action)
        page = pdfium_c.FPDFDest_GetDestPageIndex(document, goal) if goal else -1
        if page >= 0 and (title := _title(mark)):
            found.append(OutlineEntry(title, page + 1, level))
    return tuple(found)


def _title(mark: Handle) -> str:
    size = min(2_000, pdfium_c.FPDFBookmark_GetTitle(mark, None, 0))
    buffer = ctypes.create_string_buffer(size + 2)
    pdfium_c.FPDFBookmark_GetTitle(mark, buffer, size)
    return " ".join(buffer.raw[: max(0, size - 2)].decode("utf-16-le", "replace").split())
