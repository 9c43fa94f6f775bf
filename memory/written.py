"""What is known of a page without a look: lines of a text layer or of an earlier reading, its sketch, bookmarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from .geometry import Box

__all__ = ["Faulty", "Layered", "OutlineEntry", "Outlined", "PageSketch", "WrittenLine"]


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """An entry of the outline (bookmarks): its title, the 1-based page that it leads to, and its level from 0."""

    title: str
    page: int
    level: int


@dataclass(frozen=True, slots=True)
class PageSketch:
    """What a page is made of.

    characters: its text layer as it is drawn, without places. pictures: where it says nothing, in pixels of the page:
    pictures, and letters drawn as shapes. hidden: whether letters of it are drawn without ink, as scans have them.
    """

    characters: str = ""
    pictures: tuple[Box, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """A line of text.

    box: pixels of the full page. words: of each word its characters [start, end) of `text`, and where it begins and
    ends along the line, pixels: of x, or of y where the line is `turned` by 90 degrees. font: name of the font that
    most of it is set in. hidden: drawn without ink. pale: in a colour that is hardly seen on white. sure: confidence
    in [0, 1] that it says so.
    """

    text: str
    box: Box
    words: tuple[tuple[int, int, float, float], ...]
    font: str = ""
    hidden: bool = False
    pale: bool = False
    turned: bool = False
    sure: float = 1.0

    def part(self, start: int, end: int) -> Box:
        """The box of text[start:end], letters taken as equally wide; of the line if that is nothing."""
        spans = [
            (a + (b - a) * max(0, start - i) / (j - i), a + (b - a) * min(j - i, end - i) / (j - i))
            for i, j, a, b in self.words
            if i < end and j > start
        ]
        if not spans:
            return self.box
        low, high = min(a for a, _ in spans), max(b for _, b in spans)
        x0, y0, x1, y1 = self.box.xyxy
        return Box.from_xyxy(x0, low, x1, high) if self.turned else Box.from_xyxy(low, y0, high, y1)


@runtime_checkable
class Layered(Protocol):
    """Pixels that come with text."""

    def sketch(self) -> PageSketch: ...

    def text(self) -> tuple[WrittenLine, ...]: ...


@runtime_checkable
class Outlined(Protocol):
    """Pages with bookmarks that lead to them."""

    def outline(self) -> tuple[OutlineEntry, ...]: ...


@runtime_checkable
class Faulty(Protocol):
    """Pixels of which parts may turn out to be unreadable while others are shown."""

    def faults(self) -> tuple[str, ...]: ...
