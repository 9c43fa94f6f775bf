"""A few functions that write HTML: what they are given is markup, but for `words`, which are escaped."""

from __future__ import annotations

from html import escape

__all__ = ["box", "column", "line", "row", "tag", "words"]


def tag(name: str, *parts: str, css: str = "", style: str = "", marks: str = "") -> str:
    """An element with classes, a style and further attributes (`marks`)."""
    css = f' class="{css}"' if css else ""
    style = f' style="{style}"' if style else ""
    return f"<{name}{css}{style}{marks}>{''.join(parts)}</{name}>"


def box(*parts: str, css: str = "", style: str = "", marks: str = "") -> str:
    """A block."""
    return tag("div", *parts, css=css, style=style, marks=marks)


def row(*parts: str, css: str = "", style: str = "") -> str:
    """Parts beside each other, with gaps."""
    return box(*parts, css=f"s-row {css}".strip(), style=style)


def column(*parts: str, css: str = "", style: str = "") -> str:
    """Parts below each other, with gaps."""
    return box(*parts, css=f"s-col {css}".strip(), style=style)


def words(text: str, css: str = "", style: str = "") -> str:
    """Some text inside a line."""
    return tag("span", escape(text), css=css, style=style)


def line(text: str, css: str = "", style: str = "") -> str:
    """Some text as a block."""
    return box(escape(text), css=css, style=style)
