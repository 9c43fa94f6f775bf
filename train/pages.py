"""A page from a seed: the same seed, split and cache give the same HTML, byte for byte.

The generator draws a window, a theme, a language and a kind, lets `screens` lay it out from icons of the split,
and lays a dialog or a menu over one page of five.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ..measure.truth import Split
from . import blocks
from .packages import Assets
from .parts import Kit
from .screens import KINDS
from .theme import Theme, choose_theme
from .words import LANGUAGES

__all__ = ["PageSpec", "generate"]

#: Windows in CSS pixels with the scales at which they are shown; no image is larger than 3840x2160 pixels.
_WINDOWS: tuple[tuple[tuple[int, int], tuple[float, ...], float], ...] = (
    ((1024, 768), (1, 1.5, 2), 2),
    ((1280, 800), (1, 1.25, 1.5, 2), 3),
    ((1366, 768), (1, 1.25, 2), 3),
    ((1440, 900), (1, 2), 3),
    ((1920, 1080), (1, 1, 1.5, 2), 5),
    ((2560, 1440), (1, 1.5), 2),
    ((3840, 2160), (1,), 1),
    ((412, 915), (2, 2.625, 3), 1.5),
    ((820, 1180), (1, 2), 1),
    ((1280, 3200), (1, 1.25), 0.8),
    ((960, 4200), (1, 1.25), 0.5),
)
_MOST_PIXELS = 3840 * 2160


@dataclass(frozen=True, slots=True)
class PageSpec:
    """A page that has not been rendered. size_wh: window in CSS pixels; scale: image pixels to a CSS pixel."""

    html: str
    split: Split
    seed: int
    index: int
    kind: str
    size_wh: tuple[int, int]
    scale: float
    theme: Theme
    language: str

    @property
    def name(self) -> str:
        """File name without its ending."""
        return self.name_of(self.split, self.seed, self.index)

    @staticmethod
    def name_of(split: Split, seed: int, index: int) -> str:
        """File name, without its ending, of a page that need not be made yet."""
        return f"{split}-{seed}-{index:06}"


def generate(
    seed: int,
    index: int,
    assets: Assets,
    *,
    kind: str | None = None,
    size_wh: tuple[int, int] | None = None,
    scale: float | None = None,
) -> PageSpec:
    """Page number `index` of a seed; what is given replaces what chance would choose."""
    rng = Random(f"seal pages/{assets.split}/{seed}/{index}")
    window, scales, _ = rng.choices(_WINDOWS, [weight for *_, weight in _WINDOWS])[0]
    shown = [s for s in scales if window[0] * window[1] * s * s <= _MOST_PIXELS]
    chosen_scale, theme = rng.choice(shown), choose_theme(rng, assets.sheets)
    language = rng.choice(LANGUAGES)
    drawn = rng.choices(list(KINDS), [weight for _, weight in KINDS.values()])[0]
    kind, size_wh = kind or drawn, size_wh or window
    kit = Kit(rng, theme, language, size_wh, assets.icons)
    body = KINDS[kind][0](kit)
    if kit.chance(0.13):
        body += blocks.menu(kit, rng.randint(0, size_wh[0] // 2), rng.randint(0, size_wh[1] // 2))
    if kit.chance(0.14):
        body += blocks.dialog(kit)
    mode = "dark" if theme.dark else "light"
    html = (
        f'<!doctype html><html lang="{language}" data-theme="{mode}" data-bs-theme="{mode}">'
        '<head><meta charset="utf-8">'
        f"<style>{assets.sheets.get(theme.framework, '')}</style><style>{theme.css()}</style></head>"
        f"<body>{body}</body></html>"
    )
    scale = chosen_scale if scale is None else scale
    return PageSpec(html, assets.split, seed, index, kind, size_wh, scale, theme, language)
