"""How a page looks: colours, font, density and style of the widgets, drawn at random, written as CSS."""

from __future__ import annotations

import colorsys
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random

from ..memory.listed import listed

__all__ = ["FONTS", "PLAIN", "Theme", "choose_theme"]

#: Styles of our own; the frameworks come from the cache.
PLAIN = ("flat", "soft", "classic")

#: Families that Debian packages; the browser falls back to the next where one is not installed.
FONTS = listed("""
    DejaVu Sans, DejaVu Sans Condensed, DejaVu Serif, Liberation Sans, Liberation Sans Narrow,
    Liberation Serif, Noto Sans, Noto Sans Display, Noto Serif, Noto Sans Mono, Liberation Mono, Roboto,
    Open Sans, Lato, Cantarell, Inter
    """)
_FONT_WEIGHTS = (5, 2, 1, 8, 1, 1, 8, 3, 2, 1, 1, 4, 4, 3, 2, 3)

#: Lightness of the parts of a page in [0, 1].
_LIGHT = {
    "bg": 0.96,
    "surface": 1.0,
    "raised": 0.92,
    "text": 0.13,
    "muted": 0.4,
    "line": 0.84,
    "accent": 0.42,
}
_DARK = {
    "bg": 0.09,
    "surface": 0.14,
    "raised": 0.2,
    "text": 0.93,
    "muted": 0.68,
    "line": 0.28,
    "accent": 0.62,
}


def _hex(hue: float, lightness: float, saturation: float) -> str:
    """Colour of a hue (turns), lightness and saturation in [0, 1]."""
    return "#" + "".join(f"{round(255 * v):02x}" for v in colorsys.hls_to_rgb(hue % 1, lightness, saturation))


@dataclass(frozen=True, slots=True)
class Theme:
    """The choices of one page. `font_px`: text size, CSS pixels; `space`: multiplies all gaps."""

    name: str
    framework: str
    dark: bool
    hue: float
    tint: float
    font: str
    font_px: float
    space: float
    radius: int
    border: float

    def colors(self) -> dict[str, str]:
        """CSS variables for the parts of a page."""
        h, t = self.hue, self.tint
        light, tint = _DARK if self.dark else _LIGHT, {"text": t / 2, "muted": t / 2, "accent": 0.72}
        shades = {name: (h, lightness, tint.get(name, t)) for name, lightness in light.items()}
        if not self.dark:
            shades["surface"] = (h, 1 - t / 12, t)
        colors = {name: _hex(*shade) for name, shade in shades.items()}
        return colors | {"on-accent": "#101418" if self.dark else "#ffffff"}

    def palette(self, rng: Random) -> str:
        """A random colour that can be told from the background."""
        if rng.random() < 0.2:
            return rng.choice(["#ffffff", "#c8ccd2"] if self.dark else ["#000000", "#5c636b"])
        lightness = rng.uniform(0.58, 0.75) if self.dark else rng.uniform(0.3, 0.48)
        return _hex(rng.random(), lightness, rng.uniform(0.55, 0.95))

    def css(self) -> str:
        """The sheet that every page has, after the framework's."""
        variables = "".join(f"--s-{name}:{value};" for name, value in self.colors().items())
        variables += f"--s-r:{self.radius}px;--s-b:{self.border}px;--s-g:{round(12 * self.space)}px;"
        body = f"font:{self.font_px}px/1.4 '{self.font}','Liberation Sans',sans-serif"
        shadow = {"soft": "0 2px 8px rgb(0 0 0/.16)", "classic": "inset 0 1px 0 rgb(255 255 255/.25)"}
        return (
            f":root{{{variables}}}html,body{{margin:0;padding:0;overflow:hidden;font-size:{self.font_px}px}}"
            f"body{{{body};background:var(--s-bg);color:var(--s-text);width:100vw;height:100vh;position:relative}}"
            f".s-button,.s-input,.s-select{{box-shadow:{shadow.get(self.framework, 'none')}}}{_base()}"
        )


@cache
def _base() -> str:
    return files(__package__).joinpath("base.css").read_text("utf-8")


def choose_theme(rng: Random, frameworks: Collection[str]) -> Theme:
    """A theme; `frameworks` are those that the cache holds."""
    framework = rng.choice([*PLAIN, *sorted(frameworks)])
    dark, tinted = rng.random() < 0.38, rng.random() < 0.35
    tint = rng.uniform(0.25, 0.6) if tinted else rng.uniform(0, 0.12)
    return Theme(
        name=("dark" if dark else "light") + (" tinted" if tinted else ""),
        framework=framework,
        dark=dark,
        hue=rng.random(),
        tint=tint,
        font=rng.choices(FONTS, _FONT_WEIGHTS)[0],
        font_px=rng.choice([12, 13, 14, 14, 15, 16, 16, 18]),
        space=rng.choice([0.5, 0.75, 1, 1, 1.3, 1.7]),
        radius=rng.choice([0, 2, 4, 6, 8, 12]),
        border=rng.choice([0, 1, 1, 1, 2]) if framework in PLAIN else 1,
    )
