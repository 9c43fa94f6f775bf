"""Blocks of a page, made of a library's parts: bars, forms, tables, lists of people, paragraphs, cards, dialogs.

The layout itself is plain flex boxes with styles of their own, so that it depends on no library.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from ..parts import Kit
from ..words import CITIES, PRODUCTS
from .dialect import Dialect

__all__ = ["Parts", "below", "beside", "block"]


def beside(*parts: str, css: str = "") -> str:
    """Parts in a row."""
    return f'<div style="display:flex;gap:12px;min-width:0;{css}">{"".join(parts)}</div>'


def block(*parts: str, css: str = "") -> str:
    """Parts as they flow."""
    return f'<div style="{css}">{"".join(parts)}</div>'


def below(*parts: str) -> str:
    """Parts below each other that fill the window."""
    return block(*parts, css="height:100vh;display:flex;flex-direction:column;overflow:hidden")


class Parts:
    """Blocks made of a library's parts (`d`), with the words and icons of a kit (`k`)."""

    def __init__(self, d: Dialect, k: Kit) -> None:
        self.d, self.k, self.rng = d, k, k.rng

    def caption(self, role: str = "a") -> str:
        """What stands on a button, tab or entry: words, at times with an icon before or after them."""
        k = self.k
        term = k.rng.choice(k.terms(role, 3))
        text = escape(term.text(k.language))
        roll = k.rng.random()
        if roll < 0.25:
            return f"{k.icon(term.concept)} {text}"
        return f"{text} {k.icon()}" if roll < 0.3 else text

    def captions(self, role: str, low: int, high: int, icons: bool) -> list[str]:
        """Different captions, all with icons or none."""
        k = self.k
        terms = k.terms(role, k.rng.randint(low, high))
        return [(f"{k.icon(t.concept)} " if icons else "") + escape(t.text(k.language)) for t in terms]

    def group(self, part: str, role: str = "n", low: int = 3, high: int = 7, icons: float = 0.3) -> str:
        """Tabs, a menu and the like, mostly with one entry that is on."""
        if not self.d.has(part):
            return ""
        texts = self.captions(role, low, high, self.k.chance(icons))
        chosen = self.rng.randrange(len(texts)) if self.k.chance(0.9) else None
        return self.d.group(part, texts, chosen)

    def pages(self) -> str:
        """Page numbers."""
        last = self.rng.randint(3, 8)
        texts = [str(n) for n in range(1, last + 1)]
        now = self.rng.randrange(last)
        if self.k.chance(0.5):
            texts, now = ["‹", *texts, "›"], now + 1
        return self.d.group("pages", texts, now) if self.d.has("pages") else ""

    def button(self) -> str:
        """A button with words."""
        return self.d.make("button", text=self.caption(), plain=escape(self.k.word("a")))

    def tool(self) -> str:
        """A button that is an icon."""
        return self.d.make("iconbutton")

    def buttons(self, low: int = 1, high: int = 5) -> str:
        """Some buttons in a row, or joined."""
        parts = [
            self.tool() if self.d.has("iconbutton") and self.k.chance(0.2) else self.button()
            for _ in range(self.rng.randint(low, high))
        ]
        if self.k.chance(0.15):
            return self.d.make("buttons", items="".join(parts))
        return beside(*parts, css="flex-wrap:wrap;align-items:center;gap:8px;margin:6px 0")

    def choices(self) -> str:
        """Check boxes, radio buttons or switches, below or beside each other."""
        kinds = [kind for kind in ("checkbox", "checkbox", "radio", "radio", "switch") if self.d.has(kind)]
        kind = self.rng.choice(kinds)
        count = self.rng.randint(1, 5)
        one = self.rng.randrange(count)
        labels = self.captions("sfn", count, count, False)
        parts = [
            self.d.make(kind, on=i == one if kind == "radio" else None, label=label, name=f"g{id(labels)}")
            for i, label in enumerate(labels)
        ]
        css = (
            "flex-wrap:wrap;margin:6px 0"
            if self.k.chance(0.3)
            else "flex-direction:column;gap:4px;margin:6px 0"
        )
        return beside(*parts, css=css + (";align-items:flex-start" if "column" in css else ""))

    def control(self) -> str:
        """What stands behind a label in a form."""
        kinds = {"input": 6, "select": 4, "textarea": 1, "slider": 1, "search": 0.5, "switch": 0.5}
        there = {kind: weight for kind, weight in kinds.items() if self.d.has(kind)}
        kind = self.rng.choices(list(there), list(there.values()))[0]
        return self.d.make(kind, label="")

    def field(self) -> str:
        """A label and its control."""
        return self.d.make("field", label=escape(self.k.word("f")), control=self.control())

    def form(self, low: int = 2, high: int = 7) -> str:
        """Fields, choices and buttons; a region."""
        parts = [
            self.choices() if self.k.chance(0.2) else self.field() for _ in range(self.rng.randint(low, high))
        ]
        inner = "".join(parts) + self.buttons(1, 3)
        if self.k.chance(0.15):
            inner = beside(
                block(*parts[::2], css="flex:1"), block(*parts[1::2], css="flex:1")
            ) + self.buttons(1, 3)
        return f'<div data-s="region" data-kind="form">{inner}</div>'

    def row_setting(self) -> str:
        """Words at the left, a control at the right end of the row."""
        kind = self.rng.choice(
            [p for p in ("switch", "select", "button", "checkbox", "input") if self.d.has(p)]
        )
        part = self.button() if kind == "button" else self.d.make(kind, label="")
        words = block(
            f"<b>{escape(self.k.word('s'))}</b><br><small>{escape(self.k.sentence(4, 9))}</small>",
            css="flex:1",
        )
        return beside(
            words, block(part), css="align-items:center;padding:6px 0;border-bottom:1px solid #8883"
        )

    def table(self, least: int = 3, most: int = 12) -> str:
        """Rows of words and figures, with boxes to tick, badges and buttons in some columns."""
        k, d = self.k, self.d
        columns = [
            self.rng.choice(("value", "person", "word", "city")) for _ in range(self.rng.randint(2, 6))
        ]
        extra = [
            p
            for p in ("checkbox", "badge", "tool", "select", "progress", "switch")
            if p == "tool" or d.has(p)
        ]
        before = "checkbox" if k.chance(0.45) and d.has("checkbox") else ""
        after = self.rng.choice(["", "", *extra])
        make: dict[str, Callable[[], str]] = {
            "value": k.value,
            "person": k.person,
            "word": k.word,
            "city": lambda: self.rng.choice(CITIES),
        }

        def special(kind: str) -> str:
            if kind == "tool":
                return self.tool() if d.has("iconbutton") else self.button()
            return d.make(kind, label="")

        def line() -> str:
            cells = [escape(make[c]()) for c in columns]
            cells = [special(before)] * bool(before) + cells + [special(after)] * bool(after)
            return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"

        names = [escape(t.text(k.language)) for t in k.terms("fm", len(columns))]
        head = [special(before)] * bool(before) + names + [""] * bool(after)
        rows = "".join(line() for _ in range(self.rng.randint(least, most)))
        return d.make("table", head="".join(f"<th>{cell}</th>" for cell in head), rows=rows)

    def prose(self, controls: float = 0.25) -> str:
        """A paragraph; at times a control stands between its words."""
        k = self.k
        parts = [escape(k.sentence(8, 24)) for _ in range(self.rng.randint(1, 4))]
        if k.chance(controls):
            kinds = [p for p in ("input", "select", "checkbox", "badge", "slider") if self.d.has(p)]
            part = self.button() if k.chance(0.3) else self.d.make(self.rng.choice(kinds), label="")
            parts.insert(
                self.rng.randrange(len(parts) + 1), f'<span style="display:inline-block">{part}</span>'
            )
        return f'<div style="margin:8px 0">{" ".join(parts)}</div>'

    def people(self) -> str:
        """Persons with a picture, a badge and a button."""
        rows = []
        for _ in range(self.rng.randint(2, 6)):
            person = self.k.person()
            initials = "".join(p[0] for p in person.split())
            face = (
                self.d.make("avatar", text=initials) if self.d.has("avatar") else self.k.avatar(None, person)
            )
            end = self.d.make("badge") if self.d.has("badge") and self.k.chance(0.5) else self.button()
            text = block(
                f"<b>{escape(person)}</b><br>{escape(self.k.sentence(3, 7))}", css="flex:1;min-width:0"
            )
            rows.append(beside(face, text, block(end), css="align-items:center;padding:6px 0"))
        return "".join(rows)

    def measures(self) -> str:
        """Bars, sliders and badges with words."""
        kinds = [p for p in ("progress", "progress", "slider", "badge") if self.d.has(p)]
        if not kinds:
            return self.prose()
        rows = []
        for _ in range(self.rng.randint(1, 5)):
            part = self.d.make(self.rng.choice(kinds))
            rows.append(block(escape(self.k.word("m")), " ", part, css="margin:8px 0"))
        return "".join(rows)

    def bar(self) -> str:
        """A toolbar."""
        parts = []
        for _ in range(self.rng.randint(4, 14)):
            roll = self.rng.random()
            if roll < 0.65 and self.d.has("iconbutton"):
                parts.append(self.tool())
            elif roll < 0.85:
                parts.append(self.button())
            else:
                kinds = [
                    p for p in ("select", "input", "search", "checkbox", "slider", "tabs") if self.d.has(p)
                ]
                kind = self.rng.choice(kinds)
                part = self.group("tabs", "n", 2, 4) if kind == "tabs" else self.d.make(kind, label="")
                parts.append(f'<span style="max-width:220px">{part}</span>')
        return self.d.make("toolbar", body="".join(parts))

    def block(self) -> str:
        """Any block that stands in a column."""
        makers: tuple[tuple[Callable[[], str], float], ...] = (
            (self.form, 3),
            (self.choices, 2.5),
            (self.buttons, 2),
            (self.table, 1.3),
            (lambda: self.group("tabs", "ns") + self.prose(), 1.6),
            (self.prose, 1),
            (self.people, 0.8),
            (self.measures, 1.6),
            (self.row_setting, 1),
            (lambda: self.group("menu", "a", 3, 7), 0.8),
            (lambda: self.group("list", "n", 3, 6), 0.6),
            (self.pages, 0.6),
            (lambda: self.d.make("alert"), 0.4),
            (lambda: self.group("nav", "n", 3, 7), 0.3),
        )
        return self.rng.choices([m for m, _ in makers], [w for _, w in makers])[0]()

    def card(self) -> str:
        """A card with one or two blocks."""
        body = "".join(self.block() for _ in range(self.rng.randint(1, 2)))
        return self.d.make("card", title=escape(self.k.word()), body=body)

    def top(self) -> str:
        """The header."""
        k = self.k
        mid = self.group("topnav", "n", 2, 5, 0.2) if k.chance(0.6) else ""
        right = []
        if self.d.has("search") and k.chance(0.4):
            right.append(block(self.d.make("search"), css="width:200px;flex:none"))
        for _ in range(self.rng.randint(0, 3)):
            right.append(self.tool() if self.d.has("iconbutton") and k.chance(0.6) else self.button())
        if k.chance(0.4):
            right.append(k.avatar(self.rng.choice((24, 28, 32))))
        return self.d.make("header", mid=mid, right="".join(right))

    def side(self) -> str:
        """The sidebar with a navigation."""
        body = self.group("nav", "n", 4, 12, 0.5)
        if not body:
            body = self.group("list", "n", 4, 9) or "".join(
                f"<p>{escape(self.k.word())}</p>" for _ in range(7)
            )
        if self.k.chance(0.3):
            body += self.choices() + self.measures()
        return self.d.make("sidebar", body=body)

    def foot(self) -> str:
        """The footer."""
        body = f"© {self.rng.choice(PRODUCTS)} 2026 · {escape(self.k.word())} · {escape(self.k.word())}"
        return self.d.make("footer", body=f"<span>{body}</span>")

    def frame(self, *main: str, side: float = 0.4, top: float = 0.75, pad: str = "16px") -> str:
        """Bars around the main part."""
        inner = block(*main, css=f"flex:1;min-width:0;overflow:hidden;padding:{pad}")
        left = self.side() if self.k.chance(side) else ""
        head = self.top() if self.k.chance(top) else ""
        foot = self.foot() if self.k.chance(0.3) else ""
        body = f'<div style="flex:1;min-height:0;display:flex;overflow:hidden">{left}{inner}</div>'
        return below(head, body, foot)

    def columns(self, make: Callable[[], str], width: int) -> str:
        """Columns of a width about so wide, filled to the end of the page."""
        count = max(1, round(self.k.size_wh[0] / (width * self.rng.uniform(0.8, 1.4))))
        rows = max(3, self.k.size_wh[1] // 130)
        cells = [
            block(*(make() for _ in range(rows)), css="flex:1;min-width:0;overflow:hidden")
            for _ in range(count)
        ]
        return beside(*cells, css="gap:20px;align-items:flex-start")

    def dialog(self) -> str:
        """A dialog over the page, mostly with a veil between."""
        body = "".join(
            self.block() if self.k.chance(0.4) else self.field() for _ in range(self.rng.randint(1, 3))
        )
        shown = self.d.make(
            "dialog", title=escape(self.k.word()), body=body, foot=self.button() + self.button()
        )
        x, y = self.rng.uniform(0.1, 0.5), self.rng.uniform(0.05, 0.35)
        veil = '<div data-veil style="position:fixed;inset:0;background:#0007;z-index:5000"></div>'
        place = f"position:fixed;left:{x:.0%};top:{y:.0%};z-index:5001"
        return (veil if self.k.chance(0.6) else "") + f'<div data-above style="{place}">{shown}</div>'
