"""The text layer of a PDF page: its words as lines with boxes in the page's pixel frame, read without rendering.

- A line is what stands on one base line without a wide gap, so that the cells of a table are lines of their own, as
  those of an OCR engine are. Only text that is really turned is joined from top to bottom.
- Text outside the page is no text of it. Text that is drawn without ink (`hidden`) is told apart, not left out: scans
  carry their words so. Whether a layer says what the page shows is for others to check (`seal.agents.pdf_text`).

It runs in the process that reads PDFs (`seal.memory.pdf_worker`).
"""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import median

import numpy as np
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

from .geometry import Box
from .pdf_page import (
    MOST_CHARACTERS,
    Handle,
    Matrix,
    field_values,
    page_matrix,
    placed,
    render_mode,
    text_object,
)
from .reading_order import in_order
from .written import WrittenLine

__all__ = ["text_lines"]

WIDE_GAP = 1.1
"""Gap between two words, in heights of a letter (em), from which they are two lines: cells of a table, columns. The
space after the number of a heading is 1 em in many styles."""
USUAL_GAP, CELL_GAP, CELL_TIMES = 0.3, 0.6, 2.5
"""Gap between words in ems, gap from which two words of a line may be two cells, and how many times the usual gap of
the line that has to be."""
WORD_GAP = 0.17
"""Gap between two letters, in ems, from which they are two words where no space is drawn."""
OTHER_SIZE = 3.0
"""How many times as large a letter may be as the one before it in one word."""
SPACE = 0.12
"""Gap between two words of a line, in ems, from which a space stands between them."""
ON_ONE_LINE = 0.5
"""Share of the lower one's height by which two pieces overlap to stand on one base line."""
OVERLAP = 0.6
"""Ems by which a piece may begin before the one that it continues ends (kerning, accents set apart)."""
PALE = 0.85
"""Lightness, 0 to 1, from which a colour is hardly seen on white."""
ROW = 64.0
"""Pixels of the strips in which the neighbours of a piece are looked for."""
LEAST_PX = 2.0
"""Lower print, in pixels of the page, is none that anybody could see."""
HIGHEST_FIELD = 60.0
"""Pixels of a line of a form field, at most, from which the width of its letters is guessed."""
_LIGATURES = {chr(c): unicodedata.normalize("NFKC", chr(c)) for c in range(0xFB00, 0xFB07)}
_NUMBER = re.compile(r"[(\[]?(?:\d{1,3}(?:\.\d{1,3})*|[A-Z](?:\.\d+)*|[ivxl]+|[^\w\s])[.)\]]?")
_LIGATURE = re.compile("[\ufb00-\ufb06]")
_HYPHENS = (2, 0xAD, 0xFFFE)
"""How PDFium tells a hyphen at the end of a line, and the soft hyphen: where it is drawn, it is a hyphen."""
_BLANK = (0, 9, 10, 13, 32, 0xA0, *range(0x2000, 0x200C), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF)
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Style:
    """How a word is set. em: height of its letters, pixels. turned: by 90 degrees, either way; backwards: by 180, or
    from bottom to top."""

    font: str
    em: float
    turned: bool
    backwards: bool
    hidden: bool
    pale: bool


@dataclass(slots=True)
class _Piece:
    """Words along one base line. a, b: where it begins and ends along the line; u, v: across it. words: of each word
    where it begins and ends, and its letters as [first, end) of the page's."""

    a: float
    b: float
    u: float
    v: float
    style: _Style
    words: list[tuple[float, float, int, int]]


@dataclass(frozen=True, slots=True)
class _Letters:
    """The letters of a page in the order in which they are drawn, without spaces. text: one character each.

    low, high: (N, 2) x and y of each letter's box, pixels of the page. first: of words, the index of the first letter.
    styles: of each word.
    """

    text: str
    low: Array
    high: Array
    first: list[int]
    styles: list[_Style]


def text_lines(page: Handle, size_wh: tuple[int, int]) -> tuple[WrittenLine, ...]:
    """The lines of the text layer of PDFium's page, reading order, in pixels of a page of that size."""
    to_pixels = page_matrix(page, size_wh)
    text_page = pdfium_c.FPDFText_LoadPage(page)
    if not text_page:
        return ()
    try:
        letters = _letters(text_page, to_pixels, size_wh)
    finally:
        pdfium_c.FPDFText_ClosePage(text_page)
    pieces = [part for piece in _joined(_words(letters)) for part in _cells(piece, letters)]
    lines = [_line(piece, letters) for piece in pieces]
    for value, rect in field_values(page):
        lines += _field_lines(value, placed(rect, to_pixels))
    page_box = Box(0, 0, *size_wh)
    inside = [line for line in lines if page_box.coverage(line.box) > 0.5]
    return tuple(inside[i] for i in in_order([line.box for line in inside]))


# --- from PDFium's characters to pieces -------------------------------------------------------------------


def _letters(text_page: Handle, to_pixels: Matrix, size_wh: tuple[int, int]) -> _Letters:
    matrix = np.array(to_pixels)  # (xy, 3)
    count = min(pdfium_c.FPDFText_CountChars(text_page), MOST_CHARACTERS)
    read, measure = pdfium_c.FPDFText_GetUnicode, pdfium_c.FPDFText_GetLooseCharBox
    rects = (pdfium_c.FS_RECTF * max(1, count))()
    for i, rect in zip(range(count), rects, strict=False):
        measure(text_page, i, rect)
    codes = np.array([read(text_page, i) for i in range(count)], np.uint32)
    codes[np.isin(codes, _HYPHENS)] = ord("-")
    codes[((codes >= 0xD800) & (codes < 0xE000)) | (codes > 0x10FFFF)] = 0xFFFD
    blank = np.isin(codes, _BLANK)
    sides = (
        np.frombuffer(rects, np.float32).reshape(-1, 4)[:count].astype(np.float64)
    )  # left, top, right, bottom
    flat = (sides[:, 0] == sides[:, 2]) | (sides[:, 1] == sides[:, 3])
    for i in np.flatnonzero(flat & ~blank).tolist():  # turned letters, before pypdfium2 5
        sides[i] = _tight(text_page, i)
    corners = np.stack([sides[:, [0, 3]], sides[:, [2, 1]]], axis=1)  # (N, 2 corners, xy)
    placed = corners @ matrix[:, :2].T + matrix[:, 2]
    low, high = placed.min(axis=1), placed.max(axis=1)
    seen = np.all((low + high >= 0) & (low + high <= 2 * np.array(size_wh)), axis=1)
    kept = np.flatnonzero(seen & ~blank)
    sizes = np.hypot(*(high - low)[kept].T) + 1e-6
    resized = np.abs(np.log(sizes[1:] / sizes[:-1])) > math.log(OTHER_SIZE)
    parted = np.r_[True, (np.diff(np.cumsum(blank)[kept]) > 0) | resized]
    first = np.flatnonzero(parted[: len(kept)])
    style_of = _styles(text_page, to_pixels)
    styles = [style_of(i) for i in kept[first].tolist()]
    text = codes[kept].astype("<u4").tobytes().decode("utf-32-le")
    return _Letters(text, low[kept], high[kept], first.tolist(), styles)


def _tight(text_page: Handle, index: int) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a letter's ink, points."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    pdfium_c.FPDFText_GetCharBox(text_page, index, *map(ctypes.byref, (left, right, bottom, top)))
    return left.value, top.value, right.value, bottom.value


def _words(letters: _Letters) -> Iterator[_Piece]:
    """The words of a page; what a gap parts, or another base line, are several."""
    n = len(letters.text)
    if not n:
        return
    lengths = np.diff([*letters.first, n])
    turned = np.repeat([style.turned for style in letters.styles], lengths)
    em = np.repeat([style.em for style in letters.styles], lengths)
    (xs, ys), (xe, ye) = letters.low.T, letters.high.T
    a, b = np.where(turned, ys, xs), np.where(turned, ye, xe)
    u, v = np.where(turned, xs, ys), np.where(turned, xe, ye)
    gap = np.maximum(a[1:], a[:-1]) - np.minimum(b[1:], b[:-1])
    shared = np.minimum(v[1:], v[:-1]) - np.maximum(u[1:], u[:-1])
    lower = np.minimum(v - u, np.r_[np.inf, (v - u)[:-1]])[1:]
    parted = np.r_[True, (gap > WORD_GAP * em[1:]) | (shared < ON_ONE_LINE * lower)]
    parted[letters.first] = True
    first = np.flatnonzero(parted)
    of_word = (np.searchsorted(letters.first, first, side="right") - 1).tolist()
    ends = [*first[1:].tolist(), n]
    least = [np.minimum.reduceat(values, first).tolist() for values in (a, u)]
    most = [np.maximum.reduceat(values, first).tolist() for values in (b, v)]
    for k, i in enumerate(first.tolist()):
        word = least[0][k], most[0][k]
        style = letters.styles[of_word[k]]
        if style.em >= LEAST_PX:
            yield _Piece(*word, least[1][k], most[1][k], style, [(*word, i, ends[k])])


def _styles(text_page: Handle, to_pixels: Matrix) -> Callable[[int], _Style]:
    """How the character of that index is set; what PDFium says of an object of text is asked once."""
    known: dict[int, _Style] = {}
    linear = tuple((a, b) for a, b, _ in to_pixels)

    def style(index: int) -> _Style:
        found = text_object(text_page, index)
        if found is None:
            return _style(text_page, index, linear, found)
        key = ctypes.addressof(found.contents)
        if key not in known:
            known[key] = _style(text_page, index, linear, found)
        return known[key]

    return style


def _style(text_page: Handle, index: int, linear: Sequence[Sequence[float]], found: Handle) -> _Style:
    matrix, name = pdfium_c.FS_MATRIX(), ctypes.create_string_buffer(128)
    if not pdfium_c.FPDFText_GetMatrix(text_page, index, matrix):
        matrix.a = matrix.d = 1.0
    size = pdfium_c.FPDFText_GetFontSize(text_page, index) or 1.0
    flags = ctypes.c_int()
    length = pdfium_c.FPDFText_GetFontInfo(text_page, index, name, len(name), ctypes.byref(flags))
    font = name.raw[: max(0, min(length, len(name)) - 1)].decode("utf-8", "replace")
    (xx, xy), (yx, yy) = linear
    em = size * math.hypot(xx * matrix.c + xy * matrix.d, yx * matrix.c + yy * matrix.d)
    angle = math.degrees(math.atan2(yx * matrix.a + yy * matrix.b, xx * matrix.a + xy * matrix.b))
    turned = 60 < abs(angle) < 120
    hidden, pale = _ink(text_page, index, found)
    return _Style(re.sub(r"^[A-Z]{6}\+", "", font), em, turned, angle < -60 or abs(angle) > 120, hidden, pale)


def _ink(text_page: Handle, index: int, found: Handle) -> tuple[bool, bool]:
    """Whether a character is drawn without ink (render mode 3 or 7, PDF 32000, 9.3.6; nothing opaque), and whether it
    is so light that it is hardly seen on white."""
    mode = render_mode(text_page, index, found)
    r, g, b, a = (ctypes.c_uint(0) for _ in range(4))
    if not pdfium_c.FPDFText_GetFillColor(text_page, index, *map(ctypes.byref, (r, g, b, a))):
        return mode in (3, 7), False
    light = (0.299 * r.value + 0.587 * g.value + 0.114 * b.value) / 255
    return mode in (3, 7) or (a.value == 0 and mode in (0, 4)), light > PALE


# --- from words to lines ----------------------------------------------------------------------------------


def _joined(words: Iterable[_Piece]) -> list[_Piece]:
    """Words that follow each other on one base line, as one piece: as they are drawn, then from left to right."""
    drawn: list[_Piece] = []
    for word in words:
        if drawn and _follows(drawn[-1], word):
            _append(drawn[-1], word)
        else:
            drawn.append(word)
    done: list[_Piece] = []
    rows: dict[tuple[bool, int], list[_Piece]] = {}
    for piece in sorted(drawn, key=lambda p: (p.style.turned, p.a)):
        turned, row = piece.style.turned, int((piece.u + piece.v) / 2 // ROW)
        near = [p for k in (row - 1, row, row + 1) for p in rows.get((turned, k), ())]
        before = next((p for p in reversed(near) if _follows(p, piece)), None)
        if before is None:
            rows.setdefault((turned, row), []).append(piece)
            done.append(piece)
        else:
            _append(before, piece)
    return done


def _follows(line: _Piece, piece: _Piece) -> bool:
    """Whether a piece continues a line: on its base line, at its end (or its beginning, from right to left)."""
    em = max(line.style.em, piece.style.em)
    gap = (line.a if line.a > piece.a else piece.a) - (line.b if line.b < piece.b else piece.b)
    if not -OVERLAP * em <= gap <= WIDE_GAP * em:
        return False
    if line.style.turned != piece.style.turned or line.style.hidden != piece.style.hidden:
        return False
    shared = min(line.v, piece.v) - max(line.u, piece.u)
    return shared >= ON_ONE_LINE * min(line.v - line.u, piece.v - piece.u)


def _append(line: _Piece, piece: _Piece) -> None:
    if piece.b - piece.a > line.b - line.a:
        line.style = piece.style
    line.a, line.b = min(line.a, piece.a), max(line.b, piece.b)
    line.u, line.v = min(line.u, piece.u), max(line.v, piece.v)
    line.words += piece.words


def _cells(piece: _Piece, letters: _Letters) -> Iterator[_Piece]:
    """The piece in parts where a gap is far wider than the others of its line: cells of a narrow table.

    In justified text all gaps are wide. After the number of a heading, or a bullet, a wide one is usual.
    """
    words = sorted(piece.words)
    reached = accumulate((b for _, b, *_ in words), max)  # an accent may end before its letter
    gaps = [a - b for b, (a, *_) in zip(reached, words[1:], strict=False)]
    em = piece.style.em
    usual = median(gaps) if len(gaps) > 2 else USUAL_GAP * em
    numbered = _NUMBER.fullmatch(letters.text[words[0][2] : words[0][3]]) is not None
    start = 0
    for k, gap in enumerate(gaps, 1):
        if gap > max(CELL_GAP * em, CELL_TIMES * usual) and not (k == 1 and numbered):
            yield _part(piece, words[start:k])
            start = k
    yield _part(piece, words[start:]) if start else piece


def _part(piece: _Piece, words: list[tuple[float, float, int, int]]) -> _Piece:
    return _Piece(words[0][0], max(b for _, b, *_ in words), piece.u, piece.v, piece.style, words)


def _line(piece: _Piece, letters: _Letters) -> WrittenLine:
    """The line, as high as its letters: fonts whose own measures are far larger are cut to them."""
    style = piece.style
    from_right = style.backwards != any(_RTL.search(letters.text, i, j) for *_, i, j in piece.words)
    text, words, before = "", list[tuple[int, int, float, float]](), (0.0, 0.0)
    for a, b, i, j in sorted(piece.words, reverse=from_right):
        gap = before[0] - b if from_right else a - before[1]
        said = _LIGATURE.sub(lambda found: _LIGATURES[found[0]], letters.text[i:j])
        if text and gap > SPACE * style.em and not (_is_dense(text[-1]) and _is_dense(said[0])):
            text += " "
        words.append((len(text), len(text) + len(said), a, b))
        text, before = text + said, (a, b)
    u, v = piece.u, piece.v
    if v - u > 1.6 * style.em:
        u, v = (u + v) / 2 - 0.65 * style.em, (u + v) / 2 + 0.65 * style.em
    box = Box.from_xyxy(*((u, piece.a, v, piece.b) if style.turned else (piece.a, u, piece.b, v)))
    return WrittenLine(text, box, tuple(words), style.font, style.hidden, style.pale, style.turned)


def _is_dense(character: str) -> bool:
    """Whether it is of a script that is written without spaces."""
    return "\u3040" <= character <= "\u30ff" or "\u3400" <= character <= "\u9fff"


def _field_lines(value: str, box: Box) -> Iterator[WrittenLine]:
    """A line for each line of a field's value; its letters are half as wide as high at most."""
    rows = [row for row in re.split(r"[\r\n]+", value) if row.strip()]
    height = box.height / max(1, len(rows))
    for k, row in enumerate(rows):
        width = min(box.width, 0.45 * min(height, HIGHEST_FIELD) * len(row))
        place = Box(box.x, box.y + k * height, width, height)
        yield WrittenLine(row, place, ((0, len(row), box.x, box.x + width),), "form field")
