"""Regions of a page built from the parts of a `Kit`: bars, cards, tables, forms, dialogs, charts, pictures."""

from __future__ import annotations

import math
from html import escape

from .markup import box, column, line, row, tag, words
from .parts import Kit
from .words import CITIES, Term

__all__ = [
    "card",
    "chart",
    "dialog",
    "footer",
    "form",
    "header",
    "icon_grid",
    "menu",
    "paragraph",
    "picture",
    "sidebar",
    "stat",
    "table",
    "toolbar",
]

_HEADS = ("--s-head:var(--s-accent);--s-headtext:var(--s-on-accent)", "--s-head:#1f2a3a;--s-headtext:#f2f4f8")
_USUAL = ("bell", "mail", "cart", "chat", "help", "settings", "search", "calendar", "moon", "globe")
_IN_ROWS = ("edit", "trash", "more vertical", "eye", "copy", "download", "share", "more horizontal")
_STATUS = ("#2e7d32", "#b45309", "#c62828", "#546e7a")
_PAINTS = ("#7fa7c9", "#d9a15b", "#5b8c5a", "#b56576", "#e6d5b8", "#445e75", "#88a096", "#c9c3d9")
_UP, _DOWN = "#2e9e5b", "#d9534f"
_GROW = box(css="s-grow")


def header(k: Kit) -> str:
    """The bar at the top: brand, search, icons with badges, avatar."""
    style = k.rng.choice(_HEADS) if k.chance(0.45) else ""
    left = (k.icon("menu") if k.chance(0.5) else "") + (k.icon(None, 24) if k.chance(0.6) else "")
    left += words(k.product(), "s-h s-cut")
    if k.size_wh[0] > 900 and k.chance(0.4):
        left += "".join(words(term.text(k.language)) for term in k.terms("n", 4))
    middle = ""
    if k.size_wh[0] > 700 and k.chance(0.5):
        middle = box(k.search(), style="width:18em")
    right = [k.badged(c) if k.chance(0.45) else k.icon(c) for c in k.rng.sample(_USUAL, k.rng.randint(1, 4))]
    right += [k.tool() for _ in range(k.rng.randint(0, 3))]
    person = k.person()
    right.append(k.avatar(None, person) if k.chance(0.8) else k.action())
    if k.chance(0.3):
        right.append(words(person))
    return k.region("header", left, _GROW, middle, row(*right), style=style, name="header")


def sidebar(k: Kit, roles: str = "n", narrow: bool = False) -> str:
    """The column at a side with the entries of the navigation."""
    style = "" if narrow else f"width:{k.rng.uniform(11, 17):.1f}em"
    if k.chance(0.35):
        style += ";--s-side:#202938;--s-sidetext:#dfe6ef"
    terms = k.terms(roles, k.rng.randint(4, min(18, max(5, k.size_wh[1] // 60))))
    chosen = k.rng.randrange(len(terms))
    parts: list[str] = []
    below = k.rng.randrange(len(terms)) if not narrow and k.chance(0.25) else None
    for i, term in enumerate(terms):
        if not narrow and k.chance(0.12):
            parts.append(line(k.word().upper(), "s-muted", "padding:.6em 1em 0;font-size:.8em"))
        parts.append(k.item(term, i == chosen, k.chance(0.2), not narrow))
        if i == below:
            parts += [_below(k, other) for other in k.terms(roles, k.rng.randint(2, 6))]
    if narrow:
        more = k.widget("menu item", selected=False)
        parts += [box(k.icon(), css="s-item", marks=more) for _ in range(k.rng.randint(0, 4))]
    elif k.chance(0.4):
        parts.append(box(k.progress(k.word("m")), line(k.value(), "s-muted"), style="padding:1em"))
    return k.region("sidebar", *parts, css=k.navigation, style=style, name="aside")


def _below(k: Kit, term: Term) -> str:
    """An entry of the second level, only a text."""
    text = term.text(k.language)
    said = k.widget("menu item", text, selected=False)
    return box(words(text), css="s-item", style="padding-left:3em", marks=said)


def toolbar(k: Kit, usual: tuple[str, ...] = (), extra: int = 6) -> str:
    """A row of tool icons and buttons: most of the usual ones, and others."""
    tools = [k.tool(concept, k.icon_px) for concept in usual if k.chance(0.8)]
    more = k.rng.randint(2, max(extra, k.size_wh[0] // 130))
    tools += [k.tool(None, k.icon_px if k.chance(0.7) else None) for _ in range(more)]
    if k.chance(0.3):
        tools.insert(k.rng.randrange(len(tools)), box(k.select(), style="width:9em"))
    tools += [k.action() for _ in range(k.rng.randint(0, 2))]
    if k.chance(0.2):
        tools.append(k.pagination())
    if k.chance(0.15):
        tools.append(box(k.search(), style="width:14em"))
    return k.region("toolbar", *tools, css="s-wrap" if k.chance(0.5) else "")


def footer(k: Kit) -> str:
    """The bar at the bottom."""
    owner = words(f"© {k.rng.randint(2019, 2029)} {k.product()}", "s-muted")
    links = [words(term.text(k.language)) for term in k.terms("ns", k.rng.randint(1, 4))]
    icons = [k.icon() for _ in range(k.rng.randint(0, 5))]
    pages = k.pagination() if k.chance(0.3) else ""
    return k.region("footer", owner, *links, _GROW, pages, *icons, name="footer")


def card(k: Kit, *parts: str, title: str = "", style: str = "") -> str:
    """A framed part of the page, with a heading where there is a title."""
    head = ""
    if title:
        icon = k.icon() if k.chance(0.4) else ""
        more = k.rng.choice(("more vertical", "more horizontal", "refresh", "download"))
        heading = tag("h3", escape(title), css="s-h s-grow s-cut")
        head = row(icon, heading, k.tool(more) if k.chance(0.5) else "")
    css = "s-col " + k.rng.choices(("", "s-shadow", "s-soft"), (6, 3, 2))[0]
    return k.region("card", head, *parts, css=css, style=style)


def stat(k: Kit) -> str:
    """A card with one figure."""
    (term,) = k.terms("m", 1)
    name = term.text(k.language)
    trend, paint = ("trending up", _UP) if k.chance(0.5) else ("trending down", _DOWN)
    px = k.rng.choice((20, 24, 32, 40, 48))
    plain = k.icon(term.concept, px, k.theme.palette(k.rng))
    icon = k.plate(term.concept, px) if k.chance(0.45) else plain
    figure = box(line(name, "s-muted s-cut"), line(k.value(), "s-big s-cut"), css="s-grow")
    change = words(f"{k.rng.randint(1, 40)},{k.rng.randint(0, 9)} %", style=f"color:{paint}")
    below = row(k.icon(trend, 16, paint) if k.chance(0.6) else "", change, css="s-tight")
    order = "flex-direction:row-reverse" if k.chance(0.4) else ""
    return k.region(
        "card", row(figure, icon, style=order), k.progress(name) if k.chance(0.25) else below, css="s-col"
    )


def chart(k: Kit, height: int = 180) -> str:
    """A drawn chart: bars, lines, an area or a ring, with words and figures at its axes."""
    r, kind = k.rng, k.rng.choice(("bar chart", "line chart", "area chart", "pie chart"))
    colors = [k.theme.palette(r) for _ in range(6)]
    marks = _pie(k, colors) if kind == "pie chart" else _axes(k, kind, colors[0])
    frame = f' viewBox="0 0 400 200"{k.widget("chart", kind)}'
    return tag("svg", *marks, css="s-chart", style=f"height:{height}px", marks=frame)


def _letters(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="currentColor" font-size="11">{escape(text)}</text>'


def _pie(k: Kit, colors: list[str]) -> list[str]:
    angle, marks = -math.pi / 2, []
    shares = [k.rng.uniform(0.1, 1) for _ in range(k.rng.randint(3, 5))]
    for i, share in enumerate(s / sum(shares) for s in shares):
        end = angle + 2 * math.pi * share
        (x0, y0), (x1, y1) = ((100 + 80 * math.cos(a), 100 + 80 * math.sin(a)) for a in (angle, end))
        arc = f"M100 100L{x0:.1f} {y0:.1f}A80 80 0 {int(share > 0.5)} 1 {x1:.1f} {y1:.1f}Z"
        marks.append(f'<path d="{arc}" fill="{colors[i]}"/>')
        marks.append(f'<rect x="210" y="{40 + 26 * i}" width="12" height="12" fill="{colors[i]}"/>')
        marks.append(_letters(228, 50 + 26 * i, k.rng.choice(CITIES)))
        angle = end
    return marks


def _axes(k: Kit, kind: str, color: str) -> list[str]:
    values = [k.rng.uniform(15, 150) for _ in range(k.rng.randint(4, 12))]
    step, marks = 350 / len(values), []
    for i in range(4):
        marks.append(f'<path d="M40 {20 + 50 * i}H400" stroke="currentColor" stroke-opacity=".25"/>')
        marks.append(_letters(4, 24 + 50 * i, str((3 - i) * 25)))
    points = [(40 + step * (i + 0.5), 170 - v) for i, v in enumerate(values)]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    for i, (x, y) in enumerate(points):
        if kind == "bar chart":
            size = f'width="{step * 0.7:.1f}" height="{170 - y:.1f}"'
            marks.append(f'<rect x="{x - step * 0.35:.1f}" y="{y:.1f}" {size} fill="{color}"/>')
        elif kind == "line chart":
            marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{color}"/>')
        if i % 2 == 0:
            marks.append(_letters(x - 10, 190, str(2010 + i)))
    if kind == "line chart":
        marks.append(f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="2.5"/>')
    elif kind == "area chart":
        area = f"M{points[0][0]:.1f} 170L{path}L{points[-1][0]:.1f} 170Z"
        marks.append(f'<path d="{area}" fill="{color}" fill-opacity=".4"/>')
    return marks


def picture(k: Kit, height: int = 120) -> str:
    """A landscape or a pattern that stands for a photo."""

    def paint() -> str:
        return k.rng.choice(_PAINTS)

    r = k.rng.randint
    kind, shapes = k.rng.choice(("hills", "squares", "rounds")), []
    if kind == "hills":
        ridge = "".join(f"L{x} {r(20, 70)}" for x in range(25, 200, 35))
        shapes.append(f'<path d="M0 {r(50, 80)}{ridge}L200 {r(50, 80)}V100H0Z" fill="{paint()}"/>')
    for _ in range(1 if kind == "hills" else r(3, 6)):
        x, y, w, h = r(0, 180), r(0, 70), r(10, 60), r(8, 40)
        if kind == "squares":
            shapes.append(f'<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="{paint()}" opacity=".8"/>')
        else:
            shapes.append(f'<ellipse cx="{x}" cy="{y}" rx="{w}" ry="{h}" fill="{paint()}" opacity=".8"/>')
    frame = ' viewBox="0 0 200 100" preserveAspectRatio="xMidYMid slice"'
    return tag("svg", *shapes, css="s-thumb", style=f"height:{height}px;background:{paint()}", marks=frame)


def paragraph(k: Kit, sentences: int = 4) -> str:
    """Some sentences."""
    return tag("p", escape(" ".join(k.sentence() for _ in range(sentences))))


def table(k: Kit, rows: int, columns: int | None = None) -> str:
    """A table with checkboxes, avatars, badges, bars and the usual actions in its rows."""
    heads = k.terms("fm", columns or max(2, min(9, k.size_wh[0] // 220)))
    kinds = [k.rng.choice(_CELLS) for _ in heads]
    ticks, sort = k.chance(0.6), k.rng.randrange(len(heads))
    actions = k.rng.sample(_IN_ROWS, k.rng.randint(1, 4))
    status = list(zip((term.text(k.language) for term in k.terms("a", 4)), _STATUS, strict=True))

    def head(i: int, term: Term) -> str:
        return tag("th", words(term.text(k.language)), " " + k.icon("sort", 14) if i == sort else "")

    def body() -> str:
        cells = [tag("td", k.checkbox())] if ticks else []
        cells += [tag("td", _cell(k, kind, status)) for kind in kinds]
        icons = [k.icon(action if k.chance(0.8) else None) for action in actions]
        return tag("tr", *cells, tag("td", row(*icons, css="s-tight")))

    top = (tag("th", k.checkbox()) if ticks else "") + "".join(head(i, term) for i, term in enumerate(heads))
    inner = (tag("thead", tag("tr", top, tag("th"))), tag("tbody", *(body() for _ in range(rows))))
    return k.region("table", *inner, css=k.classes["table"], style="margin-bottom:0", name="table")


_CELLS = ("value", "value", "person", "product", "badge", "avatar", "progress", "switch", "icon")


def _cell(k: Kit, kind: str, status: list[tuple[str, str]]) -> str:
    """What stands in one cell of a table."""
    if kind == "avatar":
        name = k.person()
        return row(k.avatar(k.rng.choice((20, 24, 28)), name), words(name), css="s-tight")
    if kind == "badge":
        text, fill = k.rng.choice(status)
        return k.badge(text, fill=fill)
    if kind == "progress":
        return box(k.progress(), style="width:7em")
    if kind == "switch":
        return k.checkbox("", "switch")
    if kind == "icon":
        return row(k.icon(), words(k.value()), css="s-tight")
    return words({"person": k.person, "product": k.product}.get(kind, k.value)())


def form(k: Kit, fields: int = 6) -> str:
    """Labelled inputs, lists, boxes, choices and sliders, with buttons below."""
    beside = k.size_wh[0] > 700 and k.chance(0.35)
    parts = [_field(k, term, beside) for term in k.terms("fs", fields)]
    buttons = row(*(k.action() for _ in range(k.rng.randint(1, 3))), css="s-wrap")
    return k.region("form", *parts, buttons, css="s-col", style="margin:0")


def _field(k: Kit, term: Term, beside: bool) -> str:
    """One field of a form, its label above or beside it."""
    label, group = term.text(k.language), f"g{k.rng.randrange(10**9)}"
    control = k.pick(
        lambda: k.input(label),
        lambda: k.select(label),
        lambda: k.slider(label),
        lambda: row(*k.radios(group, k.rng.sample(CITIES, 3)), css="s-wrap"),
        lambda: row(*(k.checkbox(t.text(k.language)) for t in k.terms("s", 2)), css="s-wrap"),
        weights=(6, 3, 1.5, 1.5, 1.5),
    )
    caption = row(
        k.icon(term.concept) if k.chance(0.35) else "",
        words(label),
        css="s-tight",
        style="min-width:9em" if beside else "",
    )
    field = box(control, css="s-grow")
    return row(caption, field) if beside else column(caption, field, css="s-tight")


def icon_grid(k: Kit, count: int, low: int = 16, high: int = 64, labels: bool = True) -> str:
    """Many different icons in cells, like a launcher or a palette of tools."""
    cells = [
        box(
            k.any_icon(low, high),
            line(k.word(), "s-cut", "max-width:7em") if labels and k.chance(0.7) else "",
            css="s-cell",
        )
        for _ in range(count)
    ]
    return row(*cells, css="s-wrap")


def menu(k: Kit, left: int, top: int) -> str:
    """A menu that has popped up over the page; left, top: CSS pixels."""
    terms = k.terms("a", k.rng.randint(4, 8))
    chosen = 1 if k.chance(0.5) else None
    rows = [k.item(term, i == chosen) for i, term in enumerate(terms)]
    style = f"left:{left}px;top:{top}px;padding:4px"
    return box(*rows, css="s-pop", style=style, marks=" data-above")


def dialog(k: Kit) -> str:
    """A dialog over the page, with or without a veil over what lies below."""
    width, height = k.size_wh
    w = min(width - 40, k.rng.randint(320, 640))
    left, top = (width - w) // 2, height // 5
    if k.chance(0.4):
        left, top = k.rng.randint(10, max(11, width - w - 10)), k.rng.randint(10, max(11, height // 2))
    (term,) = k.terms("as", 1)
    heading = tag("h3", escape(term.text(k.language)), css="s-h s-grow")
    title = row(k.icon(term.concept, 24), heading, k.icon("close"))
    body = form(k, k.rng.randint(2, 5)) if k.chance(0.5) else paragraph(k, 2) + k.checkbox(k.word("s"))
    buttons = row(k.action(), k.action(), style="justify-content:flex-end")
    inner = column(title, body, buttons, style="padding:calc(var(--s-g)*1.3)")
    veil = f"background:rgb(0 0 0/{k.rng.uniform(0.25, 0.6):.2f})"
    return (box(style=veil, marks=" data-veil") if k.chance(0.65) else "") + k.region(
        "dialog", inner, css="s-pop", style=f"left:{left}px;top:{top}px;width:{w}px", marks=" data-above"
    )
