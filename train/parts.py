"""The parts of a page: icons, widgets and small blocks as HTML that says what it is.

Every icon, widget and region carries data-s (icon, widget, region), data-kind and what cannot be read from the
DOM otherwise; `extract.js` reads them back. A `Kit` draws all its choices from one random generator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from random import Random

from ..measure.truth import RegionKind, WidgetKind
from ..memory.listed import listed
from .markup import box, row, tag, words
from .packages import IconFile
from .theme import Theme
from .words import CITIES, NAMES, PRODUCTS, SURNAMES, TERMS, Term, prose

__all__ = ["Kit"]

_CLASSES: dict[str, dict[str, Sequence[str]]] = {
    "bootstrap": {
        "button": listed("""
            btn btn-primary, btn btn-secondary, btn btn-success, btn btn-danger, btn btn-light,
            btn btn-outline-primary, btn btn-outline-secondary, btn btn-dark btn-sm, btn btn-link
            """),
        "input": ("form-control",),
        "select": ("form-select",),
        "check": ("form-check-input",),
        "switch": ("form-check-input",),
        "slider": ("form-range",),
        "table": ("table", "table table-striped"),
    },
    "bulma": {
        "button": listed("""
            button is-primary, button is-link, button, button is-danger, button is-success is-small,
            button is-outlined is-info, button is-light, button is-warning
            """),
        "input": ("input",),
        "select": ("s-select",),
        "check": ("s-check",),
        "switch": ("s-switch",),
        "slider": ("s-slider",),
        "table": ("table is-fullwidth s-table", "table is-fullwidth is-striped"),
    },
    "pico": {
        "button": ("", "secondary", "contrast", "outline", "outline secondary", "outline contrast"),
        "input": ("",),
        "select": ("",),
        "check": ("",),
        "switch": ("",),
        "slider": ("",),
        "table": ("striped", ""),
    },
}
_OWN: dict[str, Sequence[str]] = {
    "button": listed("""
        s-button, s-button s-primary, s-button s-outline, s-button s-ghost, s-button s-primary
        """),
    "input": ("s-input",),
    "select": ("s-select",),
    "check": ("s-check", "s-check s-own"),
    "switch": ("s-switch",),
    "slider": ("s-slider",),
    "table": ("s-table", "s-table s-zebra"),
}
_GHOSTS = {"bootstrap": "btn", "bulma": "button is-ghost", "pico": "outline"}
_FILLS = ("#d32f2f", "#c2185b", "#1565c0", "#2e7d32", "#6a1b9a", "#b45309", "#37474f")
_SKINS = ("#f2c9a1", "#c68642", "#8d5524", "#ffdbac")
_HAIRS = ("#2b1b0e", "#6b4423", "#c9a14a", "#555555")
_CLOTHES = ("#5c6bc0", "#00897b", "#8d6e63", "#c0504d", "#7b5ea7", "#3d7ea6", "#4b5320")
_MODELS = ("", "2", "Pro", "Mini", "X", "500", "Air")
_BADGES = (*range(1, 25), 37, 58, 99, 120)
_NAVIGATION = ("", "s-nav-soft", "s-nav-edge", "s-nav-lift", "s-nav-plain")
_TABS = ("", "s-pills", "s-pills s-lift", "s-boxed", "s-segments")
_PAGE_ENDS = (("‹", "›"), ("«", "»"), ("←", "→"), ("Prev", "Next"))


class Kit:
    """Makes parts. `size_wh`: the window in CSS pixels; `icons`: set -> concept -> drawings."""

    def __init__(
        self,
        rng: Random,
        theme: Theme,
        language: str,
        size_wh: tuple[int, int],
        icons: dict[str, dict[str, tuple[IconFile, ...]]],
    ) -> None:
        self.rng, self.theme, self.language, self.size_wh, self.icons = rng, theme, language, size_wh, icons
        self.concepts = sorted({concept for drawn in icons.values() for concept in drawn})
        self.main_set, self.main_style = rng.choice(sorted(icons)), rng.choice(("outline", "filled"))
        classes = _CLASSES.get(theme.framework, _OWN)
        self.classes = {part: rng.choice(names) for part, names in classes.items() if part != "button"}
        self.buttons = classes["button"]
        self.icon_px = rng.choice((14, 16, 16, 18, 20, 20, 24))
        self.navigation = rng.choice(_NAVIGATION) + (" s-nav-boxes" if rng.random() < 0.2 else "")
        self.opens = rng.random() < 0.3
        self._left: list[str] = []

    # --- choices ------------------------------------------------------------------------------------------

    def chance(self, share: float) -> bool:
        """True in a share of the cases."""
        return self.rng.random() < share

    def pick(self, *makers: Callable[[], str], weights: Sequence[float] | None = None) -> str:
        """What one of the makers makes."""
        return self.rng.choices(makers, weights)[0]()

    def terms(self, role: str, count: int) -> list[Term]:
        """Different words of some roles, at most as many as there are."""
        found = [term for term in TERMS if term.role in role]
        return self.rng.sample(found, min(count, len(found)))

    def word(self, role: str = "nasfm") -> str:
        """One word of a role."""
        return self.terms(role, 1)[0].text(self.language)

    def person(self) -> str:
        """First name and surname."""
        return f"{self.rng.choice(NAMES)} {self.rng.choice(SURNAMES)}"

    def product(self) -> str:
        """A made-up product's name."""
        return f"{self.rng.choice(PRODUCTS)} {self.rng.choice(_MODELS)}".strip()

    def sentence(self, low: int = 5, high: int = 14) -> str:
        """Words of the language in no order that means anything."""
        small, nouns = prose(self.language)
        count = self.rng.randint(low, high)
        return (
            " ".join(
                self.rng.choice(nouns if self.chance(0.45) else small) for _ in range(count)
            ).capitalize()
            + "."
        )

    def value(self) -> str:
        """A realistic figure: money, percent, count, date, time, code."""
        n, kind = self.rng.randint, self.rng.randrange(9)
        year, month, day = n(2015, 2029), n(1, 12), n(1, 28)
        unit, letter = self.rng.choice(("kB", "MB", "GB", "kg", "km", "min")), self.rng.choice("ABCDEFGH")
        return (
            f"{n(1, 9999):,}.{n(0, 99):02}",
            f"{n(1, 99)},{n(0, 9)} %",
            f"€ {n(5, 4999)}",
            f"{day:02}.{month:02}.{year}",
            f"{year}-{month:02}-{day:02}",
            f"{n(0, 23):02}:{n(0, 59):02}",
            f"#{n(1000, 99999)}",
            f"{letter}-{n(100, 9999)}",
            f"{n(1, 999)} {unit}",
        )[kind]

    def concept(self) -> str:
        """The next concept of a shuffled round, so that all come up equally often."""
        if not self._left:
            self._left = self.rng.sample(self.concepts, len(self.concepts))
        return self._left.pop()

    # --- marks --------------------------------------------------------------------------------------------

    def widget(self, kind: WidgetKind, label: str = "", value: str = "", selected: bool | None = None) -> str:
        """Attributes of a widget: its label, and the state that the DOM does not hold itself."""
        said = f' data-s="widget" data-kind="{kind}" data-label="{escape(label)}"'
        said += f' data-value="{escape(value)}"' if value else ""
        return said + ("" if selected is None else f' data-selected="{int(selected)}"')

    def region(
        self,
        kind: RegionKind,
        *parts: str,
        css: str = "",
        style: str = "",
        name: str = "div",
        marks: str = "",
    ) -> str:
        """A region around some HTML; name: of the element."""
        own = f"s-{kind} {css}" if kind in ("header", "footer", "sidebar", "toolbar", "card") else css
        said = f' data-s="region" data-kind="{kind}"{marks}'
        return tag(name, *parts, css=own.strip(), style=style, marks=said)

    # --- icons --------------------------------------------------------------------------------------------

    def icon(self, concept: str | None = None, px: float | None = None, color: str | None = None) -> str:
        """An icon, mostly in the page's own set and style; another one where no set draws the concept."""
        sets = [name for name, drawn in self.icons.items() if concept in drawn]
        while concept is None or not sets:
            concept = self.concept()
            sets = [name for name, drawn in self.icons.items() if concept in drawn]
        name = self.main_set if self.main_set in sets and self.chance(0.8) else self.rng.choice(sets)
        drawings = self.icons[name][concept]
        own = [d for d in drawings if d.style.startswith(self.main_style)]
        drawing = self.rng.choice(own if own and self.chance(0.8) else drawings)
        px = px or self.icon_px
        color = color or (self.theme.palette(self.rng) if self.chance(0.12) else None)
        style = f"width:{px}px;height:{px}px" + (f";color:{color}" if color else "")
        said = f' data-s="icon" data-kind="{concept}" data-set="{name}" data-style="{drawing.style}" data-px="{px}"'
        return tag("span", drawing.svg(), css="s-icon", style=style, marks=said)

    def any_icon(self, low: int = 12, high: int = 64) -> str:
        """An icon of any concept, small sizes more often, mostly in a colour of its own."""
        px = round(low * (high / low) ** (self.rng.random() ** 1.4))
        return self.icon(None, px, self.theme.palette(self.rng) if self.chance(0.6) else None)

    def plate(self, concept: str, px: int) -> str:
        """An icon on a filled square or disc, in white or in the page's colour."""
        fill, shape = self.theme.palette(self.rng), self.rng.choice(("4px", "25%", "50%"))
        paint, color = (f"{fill}33", fill) if self.chance(0.35) else (fill, "#ffffff")
        style = f"background:{paint};border-radius:{shape};padding:{px * self.rng.choice((4, 6, 8)) // 10}px"
        return tag("span", self.icon(concept, px, color), css="s-plate", style=style)

    # --- widgets ------------------------------------------------------------------------------------------

    def _disabled(self, share: float = 0.08) -> str:
        return " disabled" if self.chance(share) else ""

    def button(
        self, text: str = "", concept: str | None = None, css: str = "", px: float | None = None
    ) -> str:
        """A button with a text, an icon, or both."""
        inner = (self.icon(concept, px) if concept else "") + (words(text) if text else "")
        said = self._disabled() + self.widget("button", text)
        return tag("button", inner, css=css or self.rng.choice(self.buttons), marks=said)

    def tool(self, concept: str | None = None, px: float | None = None) -> str:
        """A button that is only an icon, or only the icon with a gap around it, which is one to the eye as well."""
        concept = concept or self.concept()
        if self.chance(0.45):
            pad = f"padding:{self.rng.choice((2, 4, 6, 8))}px;display:inline-flex"
            return tag("span", self.icon(concept, px), style=pad, marks=self.widget("button"))
        if self.chance(0.15):
            return self.solid(concept, px)
        ghost = _GHOSTS.get(self.theme.framework, "s-button s-ghost")
        return self.button("", concept, "" if self.chance(0.4) else ghost, px)

    def solid(self, concept: str, px: float | None = None) -> str:
        """A filled square or round button that is only an icon in white."""
        px = px or self.icon_px
        shape = self.rng.choice(("2px", "4px", "6px", "50%"))
        style = f"background:{self.theme.palette(self.rng)};border-radius:{shape};border:0"
        style += f";padding:{round(px * self.rng.choice((0.25, 0.4, 0.6)))}px;display:inline-flex"
        return tag("span", self.icon(concept, px, "#ffffff"), style=style, marks=self.widget("button"))

    def search(self) -> str:
        """A field with a magnifier: beside it, in it, or as a button that is joined to it."""
        field = box(self.input("", self.word()), css="s-grow")
        return self.pick(
            lambda: row(self.icon("search"), field, css="s-tight"),
            lambda: box(field, tag("span", self.icon("search"), css="s-inside"), css="s-holds"),
            lambda: row(field, self.solid("search"), style="gap:0;align-items:stretch"),
        )

    def action(self) -> str:
        """A button with one of the usual actions; half of them with its icon."""
        (term,) = self.terms("a", 1)
        return self.button(term.text(self.language), term.concept if self.chance(0.5) else None)

    def checkbox(self, label: str = "", kind: WidgetKind = "checkbox", text: bool = True) -> str:
        """A checkbox or switch, with its label behind it unless that stands elsewhere (`text`)."""
        return self._choice(label, kind, self.chance(0.5), "", text)

    def radios(self, group: str, labels: Sequence[str]) -> list[str]:
        """Choices of which one is taken, or none; group: its name in the page."""
        taken = self.rng.randrange(len(labels)) if self.chance(0.9) else None
        return [
            self._choice(label, "radio", i == taken, f' name="{group}"', True)
            for i, label in enumerate(labels)
        ]

    def _choice(self, label: str, kind: WidgetKind, on: bool, said: str, text: bool) -> str:
        switch = kind == "switch"
        said += ' role="switch"' if switch else ""
        said += (" checked" if on else "") + self._disabled(0.1) + self.widget(kind, label)
        css = self.classes["switch" if switch else "check"]
        bare = ' style="float:none;margin:0"' if self.theme.framework == "bootstrap" else ""
        field = f'<input type="{"radio" if kind == "radio" else "checkbox"}" class="{css}"{bare}{said}>'
        if switch and self.theme.framework == "bootstrap":
            field = tag("span", field, css="form-switch", style="padding:0")
        inner = field + (words(label) if label and text else "")
        return tag("label", inner, css="s-row s-tight", style="margin:0")

    def input(self, label: str = "", value: str | None = None) -> str:
        """A field of one line, filled or with a hint."""
        value = (self.value() if self.chance(0.4) else self.person()) if value is None else value
        hint = escape(self.sentence(1, 3))
        text = f'value="{escape(value)}"' if self.chance(0.6) else f'placeholder="{hint}"'
        said = text + self._disabled() + self.widget("input", label)
        return f'<input type="text" class="{self.classes["input"]}" {said}>'

    def select(self, label: str = "", options: Iterable[str] = ()) -> str:
        """A drop-down list that shows one of its options."""
        names = list(options) or self.rng.sample(CITIES, 4)
        chosen = self.rng.randrange(len(names))
        rows = [
            tag("option", escape(name), marks=" selected" if i == chosen else "")
            for i, name in enumerate(names)
        ]
        return tag("select", *rows, css=self.classes["select"], marks=self.widget("select", label))

    def slider(self, label: str = "") -> str:
        """A slider from 0 to 100."""
        said = f'min="0" max="100" value="{self.rng.randint(0, 20) * 5}"{self.widget("slider", label)}'
        css = "s-range" if self.chance(0.35) else self.classes["slider"]
        return f'<input type="range" class="{css}" {said}>'

    def progress(self, label: str = "") -> str:
        """A bar that is filled to a percentage."""
        value = self.rng.randint(2, 100)
        said, width = self.widget("progress bar", label, f"{value}%"), f"width:{value}%"
        own = self.chance(0.4)
        if self.theme.framework == "bootstrap" and not own:
            return box(box(css="progress-bar", style=width), css="progress", marks=said)
        if self.theme.framework in ("bulma", "pico") and not own:
            said += f' value="{value}" max="100"'
            return tag("progress", css="progress is-info", style="margin:0", marks=said)
        paint = f";--s-bar:{self.theme.palette(self.rng)}" if self.chance(0.4) else ""
        height = self.rng.choice((3, 4, 5, 6, 8, 12, 16))
        return box(box(style=width), css="s-progress", style=f"height:{height}px{paint}", marks=said)

    def badge(self, text: str = "", floating: bool = False, fill: str = "") -> str:
        """A small filled label, a number when no text is given."""
        text = text or str(self.rng.choice(_BADGES))
        paint = f"background:{fill or self.rng.choice(_FILLS)};color:#fff"
        if not fill and self.chance(0.2):
            paint = "background:#ffd54f;color:#222"
        css = "s-badge s-float" if floating else "s-badge"
        return tag("span", escape(text), css=css, style=paint, marks=self.widget("badge", text, text))

    def badged(self, concept: str | None = None, px: float | None = None) -> str:
        """An icon with a number on its upper right corner."""
        mark = self.badge(floating=True)
        if self.chance(0.15):  # a dot says that there is news, not how much
            mark = tag("span", css="s-float s-dot", style=f"background:{self.rng.choice(_FILLS)}")
        inner = self.icon(concept, px or max(18, self.icon_px)) + mark
        return tag("span", inner, css="s-hold", style="margin:4px 14px 0 4px")

    def avatar(self, px: int | None = None, name: str | None = None) -> str:
        """A round picture of a person: initials or a face of flat shapes."""
        name, px = name or self.person(), px or self.rng.choice((24, 28, 32, 40, 48))
        inner = "".join(part[0] for part in name.split())
        if self.chance(0.4):
            skin, hair = self.rng.choice(_SKINS), self.rng.choice(_HAIRS)
            inner = (
                f'<svg viewBox="0 0 40 40" width="{px}" height="{px}">'
                f'<path d="M4 44c0-12 8-16 16-16s16 4 16 16" fill="{hair}"/>'
                f'<circle cx="20" cy="17" r="9" fill="{hair}"/>'
                f'<ellipse cx="20" cy="19" rx="7" ry="8" fill="{skin}"/></svg>'
            )
        style = (
            f"width:{px}px;height:{px}px;background:{self.rng.choice(_CLOTHES)};font-size:{px * 0.4:.0f}px"
        )
        return tag("span", inner, css="s-avatar", style=style, marks=self.widget("avatar", name))

    def item(self, term: Term, selected: bool = False, badge: bool = False, texts: bool = True) -> str:
        """An entry of a menu or a side bar."""
        text = term.text(self.language) if texts else ""
        inner = self.icon(term.concept) + (words(text, "s-grow") if text else "")
        inner += self.badge() if badge and texts else ""
        if self.opens and texts and self.chance(0.7):
            inner += self.icon(self.rng.choice(("chevron down", "chevron right")), 12)
        return box(inner, css="s-item", marks=self.widget("menu item", text, selected=selected))

    def tabs(self, terms: Sequence[Term]) -> str:
        """A row of tabs, one of them selected."""
        chosen, icons, counts = self.rng.randrange(len(terms)), self.chance(0.4), self.chance(0.25)
        fill = self.rng.choice(("", self.theme.palette(self.rng)))
        cells = []
        for i, term in enumerate(terms):
            text = term.text(self.language)
            inner = (self.icon(term.concept) if icons else "") + words(text)
            inner += self.badge(fill=fill) if counts else ""
            cells.append(box(inner, css="s-tab", marks=self.widget("tab", text, selected=i == chosen)))
        css = self.rng.choice(_TABS) + (" s-linked" if self.chance(0.3) else "")
        return box(*cells, css=f"s-tabs {css}")

    def pagination(self) -> str:
        """Page numbers with the current one marked; its value is that number."""
        last = self.rng.randint(3, 9)
        now = self.rng.randint(1, last)
        cells = [tag("span", str(n), marks=" data-on" if n == now else "") for n in range(1, last + 1)]
        ends = self.rng.choice(_PAGE_ENDS)
        if self.chance(0.5):
            ends = (self.icon("chevron left"), self.icon("chevron right"))
        said = self.widget("pagination", value=str(now))
        css = "s-pages" + self.rng.choice(("", " s-plain", " s-round", " s-joined"))
        return row(box(tag("span", ends[0]), *cells, tag("span", ends[1]), css=css, marks=said))
