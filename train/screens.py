"""Kinds of pages: each function lays the blocks of a `Kit` out as one screen or document."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape

from ..memory.listed import listed
from . import blocks as b
from .markup import box, line, row, tag, words
from .parts import Kit
from .words import Term

__all__ = ["KINDS"]

_TEXT_TOOLS = listed("""
    bold, italic, underline, align left, align center, align right, list, numbered list, link, image, undo,
    redo, print, save
    """)
_FILE_TOOLS = (
    "arrow left",
    "arrow right",
    "arrow up",
    "folder plus",
    "upload",
    "copy",
    "cut",
    "list",
    "grid",
)
_FILE_ICONS = listed("""
    folder, folder, folder, file, file text, image, music, film, table, code, archive
    """)
_CODE = ("def", "return", "let", "const", "if", "for", "import", "class", "value", "index", "result", "data")


def _page(k: Kit, *main: str, side: str = "", top: str | None = None, bottom: str = "") -> str:
    """Bars around a main part; a side bar stands left or, one time of five, right; seldom on a phone."""
    side = side if k.size_wh[0] >= 700 or k.chance(0.15) else ""
    top = b.header(k) if top is None else top
    bottom = bottom or (b.footer(k) if k.chance(0.4) else "")
    order = "flex-direction:row-reverse" if k.chance(0.2) else ""
    return box(top, box(side, box(*main, css="s-main"), css="s-body", style=order), bottom, css="s-page")


def _count(k: Kit, width: int, height: int, most: int) -> int:
    """How many cells of a size in CSS pixels fill the window."""
    return min(most, max(2, k.size_wh[0] * k.size_wh[1] // (width * height)))


def _heading(k: Kit, role: str = "n") -> str:
    title = tag("h2", escape(k.word(role)), css="s-big s-grow s-cut", style="margin:0")
    return row(title, *(k.action() for _ in range(k.rng.randint(0, 2))))


def _grid(cells: Iterable[str], em: float) -> str:
    return box(*cells, css="s-grid", style=f"--s-w:{em:g}em")


def _person(k: Kit, *more: str, px: int = 32) -> str:
    """An avatar with a name and some words beside it."""
    text = box(line(k.person(), "s-b"), line(k.sentence(2, 6), "s-muted"), css="s-grow s-cut")
    return row(k.avatar(px), text, *more, css="s-pad")


def dashboard(k: Kit) -> str:
    """Figures, charts, a table, quick actions."""

    def inner() -> str:
        return k.pick(
            lambda: b.chart(k, k.rng.randint(140, 260)),
            lambda: b.icon_grid(k, k.rng.randint(8, 20), 14, 40),
            lambda: "".join(_person(k, k.icon()) for _ in range(4)),
            lambda: "".join(line(k.word("m")) + k.progress() for _ in range(4)),
            lambda: "".join(_measured(k) for _ in range(k.rng.randint(3, 6))),
            lambda: b.form(k, 3),
        )

    stats = _grid((b.stat(k) for _ in range(min(12, max(3, k.size_wh[0] // 260)))), 14)
    cells = [b.card(k, inner(), title=k.word("mn")) for _ in range(_count(k, 400, 300, 70))]
    rows = b.card(k, b.table(k, k.rng.randint(4, 9)), title=k.word("n")) if k.chance(0.5) else ""
    rest = _grid(cells, k.rng.choice((18, 22, 26)))
    return _page(k, _heading(k), stats, rows, rest, side=b.sidebar(k, narrow=k.chance(0.25)))


def _measured(k: Kit) -> str:
    """A name, a figure and a bar below them."""
    text = row(words(k.word("mn"), "s-grow s-cut"), words(k.value(), "s-muted"))
    head = row(k.plate(k.concept(), 16), box(text, css="s-grow")) if k.chance(0.3) else text
    return box(head, k.progress(), style="margin-bottom:.8em")


def settings(k: Kit) -> str:
    """Rows of switches, lists, sliders and choices."""
    cells = [
        b.card(
            k,
            *(_setting(k, term) for term in k.terms("s", k.rng.randint(3, 7))),
            title=k.word("sn") if k.chance(0.7) else "",
        )
        for _ in range(_count(k, 480, 300, 60))
    ]
    tabs = k.tabs(k.terms("s", 4)) if k.chance(0.5) else ""
    return _page(k, _heading(k), tabs, _grid(cells, 26), side=b.sidebar(k, "s") if k.chance(0.8) else "")


def _setting(k: Kit, term: Term) -> str:
    """One setting: icon, name, perhaps a note, and what changes it."""
    label = term.text(k.language)
    control = k.pick(
        lambda: k.checkbox(label, "switch", text=False),
        lambda: k.checkbox(label, text=False),
        lambda: box(k.select(label), style="width:9em"),
        lambda: box(k.slider(label), style="width:9em"),
        lambda: k.icon("chevron right"),
        lambda: k.button(label),
        weights=(6, 2, 2, 2, 2, 1),
    )
    note = line(k.sentence(3, 7), "s-muted s-cut", "font-size:.85em") if k.chance(0.4) else ""
    icon = k.icon(term.concept, k.rng.choice((16, 20, 24, 28))) if k.chance(0.8) else ""
    return row(icon, box(line(label, "s-cut"), note, css="s-grow"), control)


def mail(k: Kit) -> str:
    """A list of letters, an open one, and its tools."""
    letters = [_letter(k) for _ in range(k.size_wh[1] // 42 + 1)]
    panes = box(*letters, css="s-card s-grow", style="padding:0")
    if k.size_wh[0] > 1000:
        text = [b.paragraph(k, k.rng.randint(2, 5)) for _ in range(4)]
        ends = (_person(k, k.icon("reply"), k.icon("trash"), px=40), row(k.action(), k.action()))
        panes += b.card(k, ends[0], *text, ends[1], style="flex:1.2;min-width:0")
    bar = b.toolbar(k, ("archive", "trash", "mail", "folder", "tag", "clock", "more vertical"), 4)
    return _page(k, bar, row(panes, style="align-items:stretch"), side=b.sidebar(k))


def _letter(k: Kit) -> str:
    """One letter in a list."""
    marks = k.rng.sample(("paperclip", "flag", "star", "reply", "bookmark"), k.rng.randint(0, 2))
    who = box(line(k.person()), line(k.sentence(3, 9), "s-muted"), css="s-grow s-cut")
    return row(
        k.checkbox() if k.chance(0.7) else "",
        k.icon("star"),
        k.avatar(26),
        who,
        *(k.icon(mark, 14) for mark in marks),
        k.badge() if k.chance(0.1) else "",
        words(f"{k.rng.randint(0, 23):02}:{k.rng.randint(0, 59):02}", "s-muted"),
        css="s-pad s-under",
        style="font-weight:700" if k.chance(0.3) else "",
    )


def files(k: Kit) -> str:
    """Folders and files as tiles or rows."""
    px, marks = k.rng.choice((32, 40, 48, 64)), ("star", "share", "lock", "link", "cloud", "check circle")

    def tile() -> str:
        name = k.product().replace(" ", "_")
        kind = k.rng.choice(("pdf", "txt", "png", "mp3", "xlsx", "zip"))
        icon = k.icon(k.rng.choice(_FILE_ICONS), px, k.theme.palette(k.rng))
        mark = k.icon(k.rng.choice(marks), 14) if k.chance(0.25) else ""
        return box(icon if k.chance(0.8) else b.picture(k, px), line(f"{name}.{kind}"), mark, css="s-cell")

    path = (k.icon("home"), words(k.word()), k.icon("chevron right", 12), words(k.word()))
    tiles = [tile() for _ in range(_count(k, 140, 140, 400))]
    main = b.table(k, k.size_wh[1] // 40) if k.chance(0.35) else _grid(tiles, 9)
    return _page(k, b.toolbar(k, _FILE_TOOLS), row(*path, css="s-tight"), main, side=b.sidebar(k))


def shop(k: Kit) -> str:
    """Goods with pictures, prices, stars and carts."""

    def article() -> str:
        name, price = (
            tag("b", escape(k.product()), css="s-grow s-cut"),
            f"{k.rng.randint(3, 999)},{k.rng.randint(0, 99):02} €",
        )
        stars = (k.icon("star", 14, "#e0a100") for _ in range(k.rng.randint(2, 5)))
        sale = k.badge(f"-{k.rng.randint(5, 60)} %") if k.chance(0.3) else ""
        text, sign = k.word("a") if k.chance(0.5) else "", k.rng.choice(("cart", "shopping bag", "plus"))
        return b.card(
            k,
            b.picture(k, k.rng.randint(90, 170)),
            row(name, k.icon("heart")),
            row(*stars, css="s-tight"),
            row(words(price, "s-big"), sale),
            row(k.button(text, sign), k.icon() if k.chance(0.4) else ""),
        )

    boxes = [k.checkbox(k.product()) for _ in range(6)]
    title = tag("h3", escape(k.word()), css="s-h")
    side = k.region("sidebar", title, *boxes, k.slider(k.word("m")), b.form(k, 2), style="width:14em")
    goods = [article() for _ in range(_count(k, 240, 300, 120))]
    return _page(k, k.tabs(k.terms("n", 5)), _grid(goods, 13), k.pagination(), side=side)


def editor(k: Kit) -> str:
    """An editor of text or code with many tools."""
    bars = [b.toolbar(k, _TEXT_TOOLS if i == 0 else (), 12) for i in range(k.rng.randint(1, 3))]
    if k.chance(0.5):
        lines = [
            words(f"{n:4}", "s-muted")
            + "  " * k.rng.randint(1, 5)
            + words(
                " ".join(k.rng.choices(_CODE, k=k.rng.randint(0, 7))), style=f"color:{k.theme.palette(k.rng)}"
            )
            for n in range(1, k.size_wh[1] // 20)
        ]
        body = box("\n".join(lines), css="s-code")
    else:
        text = [b.paragraph(k, 6) for _ in range(k.size_wh[1] // 130 + 2)]
        body = box(tag("h1", escape(k.sentence(2, 5))), *text, css="s-paper")
    top = row(*(words(term.text(k.language)) for term in k.terms("na", 6)), style="padding:4px 12px")
    side = b.sidebar(k, "na", k.chance(0.7))
    return _page(k, *bars, k.tabs(k.terms("n", 3)), body, side=side, top=top, bottom=b.footer(k))


def table_admin(k: Kit) -> str:
    """One large table with search, filters and pages."""
    search = box(k.search() if k.chance(0.6) else k.input(k.word("a")), style="width:16em")
    bar = row(search, box(k.select(), style="width:10em"), k.action(), k.action(), css="s-wrap")
    tools = ("filter", "sort", "download", "print", "refresh", "sliders", "trash")
    parts = [_heading(k), k.tabs(k.terms("n", 4)) if k.chance(0.4) else "", bar]
    parts.append(b.toolbar(k, tools, 4) if k.chance(0.7) else "")
    parts.append(b.card(k, b.table(k, max(4, k.size_wh[1] // 60)), k.pagination()))
    return _page(k, *parts, side=b.sidebar(k) if k.chance(0.75) else "")


def forms(k: Kit) -> str:
    """One or several forms."""
    cells = [
        b.card(k, b.form(k, k.rng.randint(3, 9)), title=k.word()) for _ in range(_count(k, 420, 420, 60))
    ]
    steps = k.tabs(k.terms("nf", 3)) if k.chance(0.4) else ""
    return _page(k, _heading(k), steps, _grid(cells, 24), side=b.sidebar(k) if k.chance(0.4) else "")


def launcher(k: Kit) -> str:
    """A desktop or a palette full of icons of all sizes."""
    grids = [
        b.card(
            k,
            b.icon_grid(k, k.rng.randint(24, 60), 12, 64, k.chance(0.5)),
            title=k.word() if k.chance(0.6) else "",
        )
        for _ in range(_count(k, 560, 380, 40))
    ]
    side = b.sidebar(k, "ns", k.chance(0.5)) if k.chance(0.6) else ""
    return _page(k, b.toolbar(k, (), 16), _grid(grids, k.rng.choice((24, 32, 40))), side=side)


def chat(k: Kit) -> str:
    """A talk with people, and its tools."""

    def said() -> str:
        own = k.chance(0.4)
        fill = "background:var(--s-accent);color:var(--s-on-accent)" if own else "background:var(--s-raised)"
        signs = k.rng.sample(("thumbs up", "reply", "heart", "smile", "copy", "check"), k.rng.randint(0, 3))
        text = line(k.sentence(4, 22), "s-said", fill)
        order = "flex-direction:row-reverse" if own else ""
        return row(k.avatar(32), text, *(k.icon(sign, 14) for sign in signs), style=order)

    people = [_person(k, k.badge() if k.chance(0.3) else "") for _ in range(k.size_wh[1] // 55)]
    tools = [k.icon(c) for c in ("phone", "video", "search", "more vertical")]
    bar = row(tag("b", escape(k.person()), css="s-grow"), *tools)
    write = b.toolbar(k, ("paperclip", "image", "smile", "microphone"), 3)
    field = row(box(k.input(), css="s-grow"), k.button("", "send"))
    talk = [said() for _ in range(k.size_wh[1] // 95)]
    side = k.region("sidebar", *people, style="width:17em")
    return _page(k, bar, *talk[:-3], write, field, *talk[-3:], side=side)


def article(k: Kit) -> str:
    """A page of text with headings, tables, charts and pictures, as on paper or on a site."""
    by = (k.avatar(32), words(k.person()), k.icon("calendar", 14), words(k.value()))
    parts = [tag("h1", escape(k.sentence(3, 7))), row(*by, css="s-tight")]
    for n in range(1, k.size_wh[1] // 260 + 2):
        parts.append(tag("h2", escape(f"{n} {k.sentence(2, 4)}")))
        parts += [b.paragraph(k, k.rng.randint(3, 7)) for _ in range(2)]
        parts.append(
            k.pick(
                lambda: b.chart(k, 220),
                lambda: b.picture(k, 160),
                lambda: b.table(k, 4, 3),
                lambda: row(k.icon(None, 28), line(k.sentence(8, 16))),
                lambda: tag("ul", *(tag("li", escape(k.sentence(3, 9))) for _ in range(4))),
            )
        )
    parts.append(row(*(k.tool() for _ in range(k.rng.randint(0, 6)))))
    paper = box(*parts, css="s-paper", style=f"max-width:{k.rng.randint(36, 60)}em")
    if k.chance(0.4):
        return box(box(paper, css="s-main"), css="s-page")
    return _page(k, paper, side=b.sidebar(k) if k.chance(0.3) else "")


def calendar(k: Kit) -> str:
    """A month with entries."""

    def event() -> str:
        icon = k.icon(None, 12) + " " if k.chance(0.4) else ""
        fill = f"background:{k.theme.palette(k.rng)}33"
        return box(icon, words(k.word()), css="s-cut s-event", style=fill)

    height = f"min-height:{k.size_wh[1] // 7}px"
    days = [
        box(
            line(str(day % 31 + 1)), *(event() for _ in range(k.rng.randint(0, 3))), css="s-day", style=height
        )
        for day in range(35)
    ]
    bar = b.toolbar(k, ("chevron left", "chevron right", "plus", "calendar", "search", "print"), 4)
    return _page(k, bar, box(*days, css="s-month"), side=b.sidebar(k) if k.chance(0.7) else "")


#: Kind of page -> what makes it, and how often it comes.
KINDS: dict[str, tuple[Callable[[Kit], str], float]] = {
    "dashboard": (dashboard, 3),
    "settings": (settings, 2.5),
    "mail": (mail, 1.5),
    "files": (files, 1.5),
    "shop": (shop, 1.5),
    "editor": (editor, 2),
    "table": (table_admin, 2),
    "form": (forms, 1.5),
    "launcher": (launcher, 3),
    "chat": (chat, 1),
    "article": (article, 1),
    "calendar": (calendar, 0.7),
}
