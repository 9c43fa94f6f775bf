"""A question and the rows of a page as the extractor reads them: windows of pieces of words.

A window is [CLS] question [SEP] row [SEP] row [SEP] ..., as many rows as fit; the next one begins some rows before it
ends, so that what stands together is seen together once. Cells of a row are parted by " | ". Training and reading
build their windows here alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

__all__ = ["CELL", "MOST_PIECES", "MOST_QUESTION", "Window", "sentences_in", "windows_of"]

CELL = " | "
"""Between the cells of a row."""
MOST_PIECES, MOST_QUESTION, MOST_ROW = 320, 48, 120
"""Pieces of words in a window, of a question, and of a row in one window; what is longer is cut."""
_OVERLAP = 0.25
"""Share of a window that the next one sees again."""
_SENTENCE_END = re.compile(
    r"(?<!\b[A-Z])(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\bNo)(?<!\bno)(?<!\bNr)(?<!\bRs)(?<!\b\d)(?<!\b\d\d)(?<!\bMrs)(?<!\bTel)(?<!\bvs)"
    r"[.!?][\"”’)]*\s+(?=[^\sa-z])"
)
_CLS, _SEP = 2, 3  # ids of the tokenizer's control tokens


@dataclass(frozen=True, slots=True)
class Window:
    """ids: pieces of words. own: pieces at the beginning that are not the page's. places: for every piece the row and
    its first and last character there (half-open), None for what marks the end of a row."""

    ids: tuple[int, ...]
    own: int
    places: tuple[tuple[int, int, int] | None, ...]


def sentences_in(text: str) -> list[tuple[int, int]]:
    """The sentences of a paragraph, each a row of running text: first and last character, half-open, without the space
    between two. None ends with "Mr.", an initial or a day ("15. August")."""
    ends = [m.end() for m in _SENTENCE_END.finditer(text)]
    spans = zip([0, *ends], [*ends, len(text)], strict=True)
    return [(start, start + len(text[start:end].rstrip())) for start, end in spans if text[start:end].strip()]


def windows_of(
    tokenizer: Tokenizer, question: str, rows: Sequence[str], most: int = MOST_PIECES
) -> list[Window]:
    """The windows of a page, from top to bottom; none for a page without rows."""
    asked = tokenizer.encode(question, add_special_tokens=False).ids[:MOST_QUESTION]
    head = (_CLS, *asked, _SEP)
    room = most - len(head)
    encoded = tokenizer.encode_batch(list(rows), add_special_tokens=False)
    lengths = [min(MOST_ROW, len(e.ids)) + 1 for e in encoded]
    made, first = [], 0
    while first < len(rows):
        last, used = first, 0
        while last < len(rows) and (last == first or used + lengths[last] <= room):
            used += lengths[last]
            last += 1
        made.append(_window(head, encoded, range(first, last), room))
        if last >= len(rows):
            break
        back, seen = last, 0
        while back - 1 > first and seen + lengths[back - 1] <= _OVERLAP * room:
            back -= 1
            seen += lengths[back]
        first = back
    return made


def _window(head: tuple[int, ...], encoded: Sequence[Encoding], rows: range, room: int) -> Window:
    ids: list[int] = []
    places: list[tuple[int, int, int] | None] = []
    for row in rows:
        pieces = encoded[row]
        count = min(MOST_ROW, len(pieces.ids), room - len(ids) - 1)
        ids += [*pieces.ids[:count], _SEP]
        places += [*((row, *span) for span in pieces.offsets[:count]), None]
    return Window((*head, *ids), len(head), (*([None] * len(head)), *places))
