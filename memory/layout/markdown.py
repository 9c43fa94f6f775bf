"""A layout as Markdown, for people and for models that read. What was read is text in it: its signs are escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..geometry import Box
from .model import Heading, Paragraph, Table

__all__ = ["markdown_of", "table_rows"]

_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~])")


def plain_cell(text: str) -> str:
    """Text of a cell on one line, its signs escaped."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))


def table_rows(table: Table, most: int = 10_000) -> list[str]:
    """A table as rows of Markdown, its headers first; of more than `most` rows the first ones and the last."""
    heads = [plain_cell(table.header(c)) for c in range(table.columns)]
    body = list(table.body)
    shown = body if len(body) <= most else [*body[: most - 1], body[-1]]
    rows = ["| " + " | ".join(heads) + " |", "|" + " --- |" * table.columns]
    for at, r in enumerate(shown):
        if len(shown) < len(body) and at == len(shown) - 1:
            rows.append(f"| ... {len(body) - len(shown)} more rows |")
        said = [
            plain_cell(table.at(r, c).text) if table.at(r, c).column == c else ""
            for c in range(table.columns)
        ]
        rows.append("| " + " | ".join(said) + " |")
    return rows


def markdown_of(
    headings: Sequence[Heading],
    paragraphs: Sequence[Paragraph],
    tables: Sequence[Table],
    columns: Sequence[Box],
) -> str:
    """Headings, text and tables from the top of the page to its bottom, column by column."""
    parts: list[tuple[float, float, str]] = []
    for heading in headings:
        words = f"{'#' * min(6, heading.level)} {plain_cell(heading.text)}"
        parts.append((heading.box.y, heading.box.x, words))
    for table in tables:
        parts.append((table.box.y, table.box.x, "\n".join(table_rows(table))))
    for paragraph in paragraphs:
        mark = "- " if paragraph.kind == "item" else ""
        parts.append((paragraph.box.y, paragraph.box.x, mark + plain_cell(paragraph.text)))
    if not columns:
        return "\n\n".join(text for _, _, text in sorted(parts))
    held = [
        (
            next(
                (
                    i
                    for i, c in enumerate(columns)
                    if c.y <= y <= c.y + c.height and c.x <= x <= c.x + c.width
                ),
                99,
            ),
            y,
            x,
            t,
        )
        for y, x, t in parts
    ]
    return "\n\n".join(text for *_, text in sorted(held))
