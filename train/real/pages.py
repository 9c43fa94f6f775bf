"""A page of a component library from a seed: the same seed, split and cache give the same HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from random import Random

from ..packages import Assets
from ..pages import PageSpec
from ..parts import Kit
from ..theme import FONTS, Theme
from ..words import LANGUAGES
from .blocks import Parts
from .dialect import Dialect
from .layouts import LAYOUTS
from .libraries import Library

__all__ = ["marking", "real_page"]

_WINDOWS: tuple[tuple[tuple[int, int], tuple[float, ...], float], ...] = (
    ((1024, 768), (1, 1.25, 1.5, 2), 2),
    ((1280, 720), (1, 1.5, 2), 2),
    ((1280, 800), (1, 1, 1.25, 1.5), 3),
    ((1366, 768), (1, 1, 1.25), 3),
    ((1440, 900), (1, 1, 1.25), 2),
    ((1600, 900), (1,), 2),
    ((1920, 1080), (1,), 4),
    ((800, 600), (1, 1.5, 2), 1.5),
    ((420, 860), (2,), 0.5),
)
_BROWSER = "browser"
_PLAIN = """
*,*::before,*::after{animation:none!important;transition:none!important;caret-color:transparent!important;
pointer-events:auto!important}
[data-veil]{pointer-events:none!important}html,body{overflow:hidden;margin:0}
.s-icon{display:inline-block;flex:none;line-height:0;vertical-align:-.2em}
.s-icon svg{display:block;width:100%!important;height:100%!important;max-width:none;margin:0}
.s-avatar{display:inline-flex;align-items:center;justify-content:center;border-radius:50%;color:#fff;flex:none;
overflow:hidden;font-weight:600}
"""
_MARK = """window.mark = async () => {
  for (let i = 0; i < 3; i++) await new Promise((done) => setTimeout(done, 30));
  for (const [selector, kind, on, off, paint] of RULES) for (const el of document.querySelectorAll(selector)) {
    const is = (test) => Boolean(test) && el.closest(test) !== null;
    Object.assign(el.dataset, { s: "widget", kind, label: "" });
    if (["checkbox", "radio", "switch"].includes(kind)) el.dataset.on = Number(is(on));
    if (["tab", "menu item"].includes(kind)) el.dataset.selected = Number(is(on));
    if (is(off)) el.dataset.off = 1;
    if (paint) el.dataset.paint = paint;
  }
}"""


def marking(rules: list[list[str]]) -> str:
    """A script that says of the elements a library's script made what they are, as `Dialect` says it of its own."""
    if not rules:
        return ""
    return "<script>" + _MARK.replace("RULES", json.dumps(rules)) + "</script>"


def real_page(
    seed: int, index: int, assets: Assets, cache: Path, libraries: Mapping[str, Library]
) -> PageSpec:
    """Page number `index` of a seed, made of one of these libraries. assets: icons of the split."""
    rng = Random(f"seal real pages/{assets.split}/{seed}/{index}")
    name = rng.choices(list(libraries), [library.weight for library in libraries.values()])[0]
    library = libraries[name]
    sub, sheet = library.style(cache, rng)
    mode, attributes = rng.choice(library.modes)
    window, scales, _ = rng.choices(_WINDOWS, [weight for *_, weight in _WINDOWS])[0]
    scale, language = rng.choice(scales), rng.choice(LANGUAGES)
    plain = name == _BROWSER
    if plain and rng.random() < 0.5:
        window, scale = (1920, 1080), 1
    font = rng.choice(FONTS) if rng.random() < (0.6 if plain else 0.3) else ""
    px = rng.choice((11, 12, 13, 13, 14, 15, 16, 18)) if rng.random() < (0.6 if plain else 0.1) else 0
    theme = Theme(
        f"{mode} {sub}".strip(), name, mode == "dark", 0.6, 0.1, font or "default", px or 16, 1, 4, 1
    )
    kit = Kit(rng, theme, language, window, assets.icons)
    fill = {
        "text": lambda: escape(kit.word("a")),
        "plain": lambda: escape(kit.word("a")),
        "label": lambda: escape(kit.word("f")),
        "title": lambda: escape(kit.word()),
        "word": lambda: escape(kit.word()),
        "value": lambda: escape(kit.value() if kit.chance(0.6) else kit.person()),
        "number": lambda: str(rng.randint(0, 999)),
        "digit": lambda: str(rng.randint(1, 9)),
        "hint": lambda: escape(kit.sentence(1, 3)),
        "sentence": lambda: escape(kit.sentence(4, 14)),
        "count": lambda: str(rng.choice((1, 2, 3, 5, 7, 12, 24, 48, 99, 120))),
        "percent": lambda: str(rng.randint(2, 100)),
        "brand": lambda: escape(kit.product()),
        "person": lambda: escape(kit.person()),
        "icon": lambda: kit.icon(),
        "gap": lambda: f"{rng.choice((4, 8, 12))}px",
        "name": lambda: f"n{rng.random()}",
        "options": lambda: "".join(f"<option>{escape(kit.word())}</option>" for _ in range(3)),
        "mode": lambda: mode,
    }
    dialect = Dialect(library.parts(), rng, fill)
    parts = Parts(dialect, kit)
    layout = rng.choices(list(LAYOUTS), [weight for _, weight in LAYOUTS.values()])[0]
    if plain and rng.random() < 0.3:
        layout = "bare"
    body = LAYOUTS[layout][0](parts)
    if rng.random() < 0.15:
        body += parts.dialog()
    own = ""
    if font or px:
        said = (f"font-family:'{font}',sans-serif;" if font else "") + (f"font-size:{px}px" if px else "")
        own = f"body{{{said}}}"
        if plain and rng.random() < 0.7:  # a page that hands its font on to its controls
            own += f"button,input,select,textarea{{{said}}}"
    if plain and mode == "dark":
        own += "body{background:#1e1f22;color:#e6e6e6}"
    elif plain and rng.random() < 0.4:
        own += f"body{{background:{rng.choice(('#f0f0f0', '#f6f8fa', '#e8eef4', '#fffbe6', '#dcdcdc'))}}}"
    ways = ' dir="rtl"' if rng.random() < 0.05 else ""
    body = library.around.replace("{}", body)
    if library.mount and "Vue" in library.mount:
        body = f'<div id="app"></div><script type="text/x-template" id="t">{body}</script>'
    body += library.script(cache, mode) + marking(library.rules())
    html = (
        f'<!doctype html><html lang="{language}" {attributes}{ways}><head><meta charset="utf-8">'
        f"<style>{sheet}</style><style>{library.css}{_PLAIN}{own}</style></head>"
        f"<body>{body}</body></html>"
    )
    return PageSpec(html, assets.split, seed, index, layout, window, scale, theme, language)
