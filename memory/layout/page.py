"""The structure of one page, as a value: what `layout_of` measures, and what agents and messages are told."""

from __future__ import annotations

from ..geometry import Box
from ..working import TextLine
from .markdown import markdown_of
from .model import ContentsEntry, Entity, FormField, Heading, KeyValue, Mark, Paragraph, Table, Value

__all__ = ["PageLayout"]


class PageLayout(Value):
    """The structure of one page. lines: what was read, each once, in reading order. columns: of running text.

    page_number: as it is printed, "" where none is. slope: how far lines fall to the right, pixels per pixel.
    """

    lines: tuple[TextLine, ...] = ()
    columns: tuple[Box, ...] = ()
    headings: tuple[Heading, ...] = ()
    contents: tuple[ContentsEntry, ...] = ()
    paragraphs: tuple[Paragraph, ...] = ()
    tables: tuple[Table, ...] = ()
    pairs: tuple[KeyValue, ...] = ()
    marks: tuple[Mark, ...] = ()
    fields: tuple[FormField, ...] = ()
    entities: tuple[Entity, ...] = ()
    page_number: str = ""
    slope: float = 0.0

    def entity(self, name: str) -> Entity | None:
        """The surest of a name; None where there is none."""
        return max((e for e in self.entities if e.name == name), key=lambda e: e.score, default=None)

    @property
    def json_text(self) -> str:
        """All of it as JSON."""
        return self.model_dump_json(exclude_defaults=True)

    @property
    def markdown(self) -> str:
        """The page as Markdown, reading order: headings, text, tables, names with their values."""
        return markdown_of(self.headings, self.paragraphs, self.tables, self.columns)
