"""Pages with questions, as the extractor learns from them: rows of text, and where an answer stands.

- Written ones (`asked_pages.jsonl`): interfaces and documents as people imagined them, with questions in everyday
  words.
- Public sets, as files of the same form that `seal.train.public_sets` makes. A line of a file is
  {"page": [row, ...], "qa": [{"q", "row", "at": [start, end]}, ...]} or, of a table,
  {"table": [[cell, ...], ...], "qa": [{"q", "cell": [row, column]}, ...]} or, of a paragraph between others,
  {"text", "before": [text, ...], "after": [text, ...], "qa": [{"q", "at": [start, end]}, ...]}.
- A page is shown a little differently every time: rows are left out, others stand before and after it, tables are read
  with and without their headers beside the cells, and written ones as a picture is read (`page_noise`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

from ..agents.extract.windows import CELL
from ..memory.errors import InputError
from .page_noise import AskedPage, as_read, broken, in_sentences

__all__ = ["AskedPage", "Item", "Sets", "written_pages"]

Item = dict[str, Any]
"""A page with its questions, as a line of a file tells it."""

WRITTEN = 0.45
"""Share of questions that are asked of written pages."""
MOST_ROWS = 70
"""Rows of a table or page that are shown at once."""


def written_pages() -> list[Item]:
    """The pages that come with the package, with {"q", "a", "row"} for every question."""
    lines = files(__package__).joinpath("asked_pages.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


class Sets:
    """All pages. folder: of the public sets' files; None for the written ones alone.

    Raises InputError for a broken file.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.written = written_pages()
        self.public: list[list[Item]] = []
        self.weights: list[float] = []
        for path in sorted(folder.glob("*.jsonl")) if folder else ():
            try:
                pages = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
            except ValueError as error:
                raise InputError(f"{path} is no file of pages with questions: {error}.") from error
            self.public.append(pages)
            self.weights.append(sum(len(page["qa"]) for page in pages) ** 0.6)

    def draw(self, rng: Random) -> AskedPage:
        """A page with a question, as it is shown this time."""
        if not self.public or rng.random() < WRITTEN:
            others: Sequence[Item] = self.written
            page = as_read(_written(rng.choice(others), rng), _some_rows(rng.choice(others), rng), rng)
        else:
            others = rng.choices(self.public, self.weights)[0]
            told = rng.choice(others)
            page = next(show for key, show in _SHOWN.items() if key in told)(told, rng)
        page = _among(page, others, rng)
        return AskedPage(page.rows, _typed(page.question, rng), page.kind, page.row, page.start, page.end)


def _written(told: Item, rng: Random) -> AskedPage:
    asked = rng.choice(told["qa"])
    rows = tuple(told["page"])
    if asked["a"] is None:
        return AskedPage(rows, asked["q"], "none")
    if asked["a"] in ("yes", "no"):
        row = asked["row"]
        return AskedPage(rows, asked["q"], asked["a"], row, 0, len(rows[row]))
    row = asked["row"]
    start = rows[row].index(asked["a"])
    return AskedPage(rows, asked["q"], "words", row, start, start + len(asked["a"]))


def _rows(told: Item, rng: Random) -> AskedPage:
    asked = rng.choice(told["qa"])
    rows = tuple(told["page"])
    if "row" not in asked:
        return AskedPage(rows, asked["q"], "none")
    return AskedPage(rows, asked["q"], "words", asked["row"], *asked["at"])


def _paragraph(told: Item, rng: Random) -> AskedPage:
    """A paragraph between others; one broken as it stands on a page or, as a page is read, in its sentences."""
    asked = rng.choice(told["qa"])
    broken_ = broken if rng.random() < 0.5 else in_sentences
    before, after = (
        [row for text in told.get(side, ()) for row in broken_(text, (0, 0), rng)[0]]
        for side in ("before", "after")
    )
    rows, (row, start, end) = broken_(told["text"], asked["at"], rng)
    return AskedPage((*before, *rows, *after), asked["q"], "words", len(before) + row, start, end)


def _table(told: Item, rng: Random) -> AskedPage:
    """A table, its cells beside their headers or below them; empty cells are not there, as on a page."""
    asked = rng.choice(told["qa"])
    table, (row, column) = told["table"], asked["cell"]
    head, body = table[0], list(range(1, len(table)))
    if len(body) > MOST_ROWS:
        first = min(max(0, row - rng.randint(1, MOST_ROWS - 1)), len(body) - MOST_ROWS)
        body = body[first : first + MOST_ROWS]
    named = rng.random() < 0.5
    rows, start, at = [] if named else [CELL.join(c for c in head if c)], 0, -1
    for index in body:
        text = ""
        for name, (number, cell) in zip(head, enumerate(table[index]), strict=False):
            if not cell:
                continue
            text += (CELL if text else "") + (f"{name}: " if named and name else "")
            if (index, number) == (row, column):
                at, start = len(rows), len(text)
            text += cell
        rows.append(text)
    return AskedPage(tuple(rows), asked["q"], "words", at, start, start + len(table[row][column]))


def _some_rows(told: Item, rng: Random) -> list[str]:
    """Rows of a page, from one on."""
    rows = [str(r) for r in told.get("page", ())]
    return rows[rng.randint(0, max(0, len(rows) - 8)) :]


_SHOWN = {"table": _table, "text": _paragraph, "page": _rows}
"""What an item holds -> how it is shown."""


def _among(page: AskedPage, others: Sequence[Item], rng: Random) -> AskedPage:
    """The page without some of its rows, and with rows of another before or after it."""
    rows, row = list(page.rows), page.row
    if rng.random() < 0.25:
        kept = [i for i in range(len(rows)) if i == row or rng.random() < 0.9]
        rows, row = [rows[i] for i in kept], (kept.index(row) if row >= 0 else -1)
    if rng.random() < 0.15:
        other = rng.choice(others)
        more = [str(r) for r in other.get("page", ())][: rng.randint(2, 20)]
        before = rng.random() < 0.5
        rows = [*more, *rows] if before else [*rows, *more]
        row += len(more) if before and row >= 0 else 0
    return AskedPage(tuple(rows), page.question, page.kind, row, page.start, page.end)


def _typed(question: str, rng: Random) -> str:
    if rng.random() < 0.25:
        question = question.rstrip("?. ")
    letters = list(question)
    if rng.random() < 0.15:
        for i in range(len(letters) - 1):
            if letters[i].isalpha() and letters[i + 1].isalpha() and rng.random() < 0.03:
                letters[i], letters[i + 1] = letters[i + 1], letters[i]
    return "".join(letters)
