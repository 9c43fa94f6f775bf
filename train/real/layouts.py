"""Pages out of a library's parts: settings, forms, tables, dashboards, mail, documents, tool windows, bare pages."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from .blocks import Parts, below, beside, block

__all__ = ["LAYOUTS"]


def _settings(p: Parts) -> str:
    rows = max(4, p.k.size_wh[1] // 70)
    tabs = p.group("tabs", "ns") if p.k.chance(0.5) else ""
    parts = [p.row_setting() if p.k.chance(0.75) else p.choices() for _ in range(rows)]
    width = p.rng.choice(("100%", "700px", "900px"))
    return p.frame(f"<h2>{escape(p.k.word())}</h2>", tabs, block(*parts, css=f"max-width:{width}"), side=0.6)


def _form(p: Parts) -> str:
    crumbs = p.group("crumbs", "n", 2, 4, 0)
    width = p.rng.choice((420, 560, 720, 1100))
    forms = [p.form(4, 10) for _ in range(max(1, int(p.k.size_wh[0] / width * 0.7)))]
    return p.frame(
        crumbs,
        f"<h1>{escape(p.k.word())}</h1>",
        beside(*(block(f, css="flex:1;min-width:0;overflow:hidden") for f in forms)),
        side=0.3,
    )


def _data(p: Parts) -> str:
    title = f"<h2>{escape(p.k.word())}</h2>" if p.k.chance(0.6) else ""
    end = beside(p.pages(), p.buttons(1, 4), p.choices(), p.measures(), css="align-items:center")
    tabs = p.group("tabs", "n", 2, 5) if p.k.chance(0.3) else ""
    return p.frame(title, tabs, p.bar(), p.table(6, max(8, p.k.size_wh[1] // 50)), end, side=0.5)


def _cards(p: Parts) -> str:
    return p.frame(p.columns(p.card, 380))


def _blocks(p: Parts) -> str:
    return p.frame(p.columns(p.block, 360), side=0.2, top=0.4)


def _mail(p: Parts) -> str:
    entries = p.people() + p.people()
    texts = [p.prose(0.1) for _ in range(8)]
    pane = block(p.bar(), f"<h2>{escape(p.k.word())}</h2>", *texts, p.buttons(1, 3), css="flex:2;min-width:0")
    return p.frame(beside(block(entries, css="flex:1"), pane), side=0.9)


def _document(p: Parts) -> str:
    parts = [p.group("crumbs", "n", 2, 4, 0), f"<h1>{escape(p.k.word())}</h1>"]
    for _ in range(max(5, p.k.size_wh[1] // 90)):
        parts.append(p.prose(0.6) if p.k.chance(0.5) else p.block())
    width = p.rng.choice((640, 820, 1100))
    return p.frame(block(*parts, css=f"max-width:{width}px"), side=0.6)


def _tool(p: Parts) -> str:
    """A window of a program: bars, a list at the left, a sheet in the middle, properties at the right."""
    left = block(
        p.group("nav", "n", 5, 12, 0.7) or p.group("list", "n", 5, 10), css="width:190px;overflow:hidden"
    )
    sheet = block(p.group("tabs", "n", 2, 5), p.table(8, 22), css="flex:1;min-width:0;overflow:hidden")
    right = block(
        *(p.field() if p.k.chance(0.6) else p.block() for _ in range(9)), css="width:260px;overflow:hidden"
    )
    parts = [p.top() if p.k.chance(0.5) else "", p.bar(), p.bar() if p.k.chance(0.5) else ""]
    body = beside(left, sheet, right, css="flex:1;min-height:0;overflow:hidden;gap:8px;padding:6px")
    return below(*parts, body, p.foot())


def _bare(p: Parts) -> str:
    """A plain page: words and controls as they flow, at the upper left of the window."""
    parts = [f"<h1>{escape(p.k.product())}</h1>"]
    for _ in range(p.rng.randint(7, 22)):
        parts.append(p.prose(0.35) if p.k.chance(0.3) else p.block())
    return block(
        *parts,
        css=f"overflow:hidden;padding:{p.rng.choice((8, 16, 24))}px;max-width:{p.rng.choice((500, 800, 1400))}px",
    )


LAYOUTS: dict[str, tuple[Callable[[Parts], str], float]] = {
    "settings": (_settings, 1),
    "form": (_form, 1),
    "data": (_data, 1),
    "dashboard": (_cards, 1.3),
    "blocks": (_blocks, 1.5),
    "mail": (_mail, 0.5),
    "document": (_document, 1),
    "tool": (_tool, 1.2),
    "bare": (_bare, 1),
}
"""Layout -> function and weight."""
