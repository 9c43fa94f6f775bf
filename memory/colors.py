"""Which colours a picture has, by name and by number.

- Distances are measured in OKLab (Ottosson 2020, https://bottosson.github.io/posts/oklab/), where equal steps
  look about equally large.
- Smoothed edges of text and icons make a long tail of in-between colours. Pixels are therefore counted in
  cells of 32 levels a channel, near cells go to the stronger one, and what stays under 1 % is left out.
- The hex value is the most frequent exact colour of a group: of a flat button it is the very fill.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from .errors import SettingError
from .listed import listed

__all__ = [
    "NAMES",
    "NamedColor",
    "color_name",
    "difference",
    "dominant_colors",
    "ink_color",
    "is_photograph",
    "likeness_to_name",
    "named_color",
    "oklab",
]

NAMES: dict[str, str] = {
    "black": "#000000",
    "dark gray": "#404040",
    "gray": "#808080",
    "light gray": "#c8c8c8",
    "white": "#ffffff",
    "dark red": "#8b0000",
    "red": "#e01b1b",
    "light red": "#ff8080",
    "dark orange": "#c65a00",
    "orange": "#ff8c00",
    "brown": "#8b4a1b",
    "light brown": "#c69a6d",
    "beige": "#f0e3c8",
    "dark yellow": "#b59a00",
    "yellow": "#ffdd00",
    "light yellow": "#fff7b0",
    "olive": "#6b6b00",
    "lime": "#a4d911",
    "dark green": "#0b5a1e",
    "green": "#1fa53a",
    "light green": "#9be8a4",
    "dark teal": "#0a5557",
    "teal": "#008f8f",
    "cyan": "#00dcf0",
    "light cyan": "#c0f5fa",
    "dark blue": "#10207a",
    "blue": "#1e60e0",
    "light blue": "#9cc8fa",
    "dark purple": "#4a1470",
    "purple": "#8a35c0",
    "light purple": "#cdb0f0",
    "magenta": "#e010c8",
    "pink": "#ff87b4",
    "light pink": "#ffd3de",
}
"""The names and the colours that they stand for, sRGB."""

_ALSO = [("black", "#15171a"), ("white", "#f6f7f9"), ("light blue", "#add8e8"), ("dark gray", "#55595f")]

_MAX_PIXELS = 20_000
_SAME = 0.075  # OKLab distance under which two cells are one colour to the eye of somebody who names colours
_DRAWN, _FARTHEST = 0.3, 0.8  # shares of the greatest distance from the ground: drawn at all; drawn in full
_CHROMA = 1.6  # hue decides a name more than lightness does


class NamedColor(NamedTuple):
    """A colour: plain name, hex `#rrggbb` (sRGB) and share of the picture's area, in [0, 1]."""

    name: str
    hex: str
    share: float


def _oklab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3) sRGB in [0, 255] -> (N, 3) OKLab: lightness in [0, 1], a, b."""
    c = rgb / 255.0
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    lms = np.cbrt(linear @ _TO_LMS.T)
    result: NDArray[np.float64] = lms @ _TO_LAB.T
    return result


_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_ANCHORS = [*NAMES.items(), *_ALSO]
_TABLE = _oklab(np.array([[int(v[i : i + 2], 16) for i in (1, 3, 5)] for _, v in _ANCHORS], np.float64))
_WEIGHTS = np.array([1.0, _CHROMA, _CHROMA])


def oklab(code: str) -> tuple[float, float, float]:
    """A colour `#rrggbb` in OKLab: lightness in [0, 1], a, b."""
    lightness, a, b = _oklab(_rgb(code)[None])[0].tolist()
    return lightness, a, b


def difference(a: str, b: str) -> float:
    """Distance of two colours `#rrggbb` in OKLab; 0.02 is just seen, black and white are 1 apart."""
    first, second = _oklab(np.stack([_rgb(a), _rgb(b)]))
    return float(np.linalg.norm(first - second))


def color_name(rgb: tuple[int, int, int]) -> str:
    """The plain name nearest to an sRGB colour, channels in [0, 255].

    >>> color_name((250, 20, 30))
    'red'
    """
    lab = _oklab(np.array([rgb], np.float64))
    return _ANCHORS[int((((_TABLE - lab) * _WEIGHTS) ** 2).sum(1).argmin())][0]


_HUES: dict[str, tuple[float, float]] = {
    "red": (14, 37),
    "orange": (38, 78),
    "yellow": (79, 114),
    "green": (115, 170),
    "teal": (165, 218),
    "cyan": (180, 225),
    "blue": (215, 283),
    "purple": (278, 325),
    "magenta": (318, 358),
    "pink": (335, 374),
}
"""Hue angles in OKLCH, degrees, of what people call by a name; pinks go on beyond 360."""
_OTHER_NAMES = {
    "gray": "grey",
    "light gray": "silver",
    "dark gray": "charcoal",
    "red": "crimson, scarlet",
    "dark red": "maroon",
    "light red": "salmon, coral",
    "orange": "amber",
    "yellow": "gold, golden",
    "beige": "cream",
    "light brown": "tan",
    "green": "emerald",
    "light green": "mint",
    "teal": "turquoise",
    "cyan": "aqua",
    "dark blue": "navy",
    "light blue": "sky",
    "purple": "violet, indigo",
    "light purple": "lavender, lilac",
    "magenta": "fuchsia",
    "pink": "rose",
}
_ALSO_CALLED = {other: name for name, others in _OTHER_NAMES.items() for other in listed(others)}
"""Other names of the colours of `NAMES`."""
_GRAY, _VIVID = 0.025, 0.05
"""OKLCH chroma up to which a colour is a grey to everybody, and from which to nobody."""


def named_color(words: str) -> str:
    """The colour of `NAMES` that words name, "" for none; other names of it are known too.

    >>> named_color("highlighted in dark grey"), named_color("navy blue"), named_color("checked")
    ('dark gray', 'dark blue', '')
    """
    said = " ".join(re.findall(r"[a-z]+", words.casefold()))
    for name, of in _ALSO_CALLED.items():
        said = re.sub(rf"\b{name}\b(?: {of.split()[-1]}\b)?", of, said)
    known = [n for n in NAMES if re.search(rf"\b{n}\b", said)]
    return max(known, key=len, default="")


def likeness_to_name(code: str, words: str) -> float:
    """How well a colour `#rrggbb` may be called by words, in [0, 1]; 0 where they name no colour.

    By hue for colours, by lightness for greys, so that #538320 is a green though it is nearest to olive.
    """
    name = named_color(words)
    if not name:
        return 0.0
    lightness, a, b = oklab(code)
    chroma, hue = float(np.hypot(a, b)), float(np.degrees(np.arctan2(b, a)) % 360)
    *shade, base = name.split()
    neutral = min(1.0, max(0.0, (_VIVID - chroma) / (_VIVID - _GRAY)))
    if base in ("black", "white", "gray"):
        middle, wide = {"black": (0.1, 0.22), "white": (1.0, 0.08), "gray": (0.65, 0.3)}[base]
        middle = {"dark": 0.42, "light": 0.85}.get(shade[0], middle) if shade else middle
        if base in ("black", "white"):  # almost black or white may have a tint
            neutral = max(neutral, 1.0 if lightness < 0.28 or lightness > 0.96 else 0.0)
        return neutral * min(1.0, max(0.0, 1.6 - abs(lightness - middle) / wide))
    if base in ("brown", "beige", "olive", "lime"):
        return max(0.0, 1.0 - 5.0 * difference(code, NAMES[name]))
    low, high = _HUES[base]
    off: float = min(max(low - h, h - high, 0.0) for h in (hue, hue + 360))
    fits = (1.0 - neutral) * max(0.0, 1.0 - off / 14)
    if base == "orange" and lightness < 0.55:
        fits *= 0.6  # a brown
    if shade:
        fits *= 1.0 if (lightness < 0.6) == (shade[0] == "dark") else 0.5
    return fits


MOST_ALIKE = 0.45
"""Share of the four commonest colours below which a picture is taken for a photograph: of 110 screens and documents,
scans and photographed receipts among them, every one had 0.54 or more; 20 of 29 photographs had less. It was chosen on
these (seen; docs/experiments.md, 27 Nov 2026)."""


def is_photograph(picture: PIL.Image.Image) -> bool:
    """Whether a picture looks like a photograph.

    Drawn pages and screens, and scans of them, have a ground, and so a few colours that cover most of them. Colours are
    counted in cells of 16 levels a channel, at 512 pixels a side. One with a plain sky may be missed; a page or a
    screen is hardly ever taken for one.
    """
    small = picture.convert("RGB")
    small.thumbnail((512, 512), PIL.Image.Resampling.BOX)
    cells = np.asarray(small, np.uint16) >> 4
    counts = np.bincount((cells[..., 0] * 256 + cells[..., 1] * 16 + cells[..., 2]).ravel(), minlength=4096)
    return float(np.sort(counts)[-4:].sum() / counts.sum()) < MOST_ALIKE


def dominant_colors(image: PIL.Image.Image, n: int = 4) -> list[NamedColor]:
    """Up to `n` colours that the picture mostly consists of, the largest share first.

    Shares are of the whole picture, so they sum to at most 1. Pictures of more than 20,000 pixels are sampled
    on a regular grid (no averaging, which would invent colours). Raises SettingError for `n` under 1.
    """
    if n < 1:
        raise SettingError(f"At least one colour must be asked for; got n={n}.")
    rgb = _pixels(image)
    return _groups(rgb, n, float(len(rgb)))


def ink_color(image: PIL.Image.Image, ground: str) -> NamedColor | None:
    """The colour that something is drawn in on a ground `#rrggbb`: of an icon, its strokes or its fill.

    The largest group of colours that are not the ground; where that is only a blend of the ground and a colour
    farther from it, as along thin smoothed strokes, the farther one. share: of all pixels that are not the ground.
    None where the picture shows nothing but the ground.
    """
    rgb = _pixels(image)
    if not len(rgb):
        return None
    base = _rgb(ground)
    far = np.linalg.norm(_oklab(rgb.astype(np.float64)) - _oklab(base[None]), axis=1)
    most = float(np.percentile(far, 98))
    drawn = far >= max(_SAME, _DRAWN * most)
    if most < _SAME or not drawn.any():
        return None
    (largest,) = _groups(rgb[drawn], 1, float(len(rgb)))
    (farthest,) = _groups(rgb[far >= _FARTHEST * most], 1, float(len(rgb)))
    blend = _is_blend(_rgb(largest.hex), base, _rgb(farthest.hex)) and largest.share < 3 * farthest.share
    return (farthest if blend else largest)._replace(share=float(drawn.mean()))


def _is_blend(
    color: NDArray[np.float64], ground: NDArray[np.float64], ink: NDArray[np.float64], slack: float = 24.0
) -> bool:
    """Whether an sRGB colour lies on the way from the ground to the ink, at most `slack` levels beside it."""
    way = ink - ground
    along = min(1.0, max(0.0, float((color - ground) @ way) / max(float(way @ way), 1.0)))
    return float(np.linalg.norm(color - ground - along * way)) <= slack


def _rgb(code: str) -> NDArray[np.float64]:
    return np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)], np.float64)


def _pixels(image: PIL.Image.Image) -> NDArray[np.uint32]:
    """(N, 3) pixels of the picture, sampled on a regular grid where there are more than 20,000."""
    pixels = np.asarray(image if image.mode == "RGB" else image.convert("RGB"))
    if not pixels.size:
        return np.zeros((0, 3), np.uint32)
    step = max(1, int(np.ceil(np.sqrt(pixels.shape[0] * pixels.shape[1] / _MAX_PIXELS))))
    if min(pixels.shape[:2]) <= step:  # a strip
        flat = pixels.reshape(-1, 3)
        return flat[:: max(1, len(flat) // _MAX_PIXELS)].astype(np.uint32)
    return pixels[step // 2 :: step, step // 2 :: step].reshape(-1, 3).astype(np.uint32)


def _groups(rgb: NDArray[np.uint32], n: int, total: float) -> list[NamedColor]:
    """Up to `n` groups of near colours among pixels (N, 3), largest first; shares of `total` pixels."""
    if not len(rgb):
        return []
    packed, exact = np.unique(rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2], return_counts=True)
    cells, cell_of = np.unique(packed >> 5 & 0x070707, return_inverse=True)
    counts = np.bincount(cell_of, weights=exact)
    # the most frequent exact colour of each cell
    order = np.lexsort((exact, cell_of))
    last = np.append(np.flatnonzero(np.diff(cell_of[order])), len(order) - 1)
    peaks = packed[order[last]]
    peak_rgb = np.stack([peaks >> 16 & 255, peaks >> 8 & 255, peaks & 255], 1)
    lab = _oklab(peak_rgb.astype(np.float64))
    groups: list[tuple[int, float]] = []  # (cell that leads it, pixels)
    left = np.ones(len(cells), bool)
    for leader in np.lexsort((peaks, -counts)):
        if not left[leader]:
            continue
        near = left & (np.linalg.norm(lab - lab[leader], axis=1) < _SAME)
        left &= ~near
        groups.append((int(leader), float(counts[near].sum())))
        if len(groups) >= 4 * n:
            break
    groups.sort(key=lambda g: -g[1])
    return [
        NamedColor(color_name(tuple(peak_rgb[i].tolist())), f"#{peaks[i]:06x}", count / total)
        for i, count in groups[:n]
        if count >= 0.01 * total or len(groups) == 1 or n == 1
    ]
