"""One image of several, for families whose chat takes one: the first large, the others beside it, each named."""

from __future__ import annotations

import math
from collections.abc import Sequence

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import PIL.ImageOps

__all__ = ["montage"]

_BAND = 20
"""Height in pixels of the band above each picture that holds its name."""


def montage(images: Sequence[PIL.Image.Image], names: Sequence[str], max_side: int) -> PIL.Image.Image:
    """The images on one white sheet, longest side at most `max_side` pixels.

    The first image keeps about half of the width, the others fill a grid at its right; none is cut, none is
    enlarged more than twice. A band above each holds its name.
    """
    side = max(max_side, 8 * _BAND)
    first = _framed(images[0], names[0], (side // 2, side // 2) if len(images) > 1 else (side, side))
    if len(images) == 1:
        return first
    columns = math.ceil(math.sqrt(len(images) - 1))
    rows = math.ceil((len(images) - 1) / columns)
    cell = (side // 2 // columns, side // 2 // rows)
    sheet = PIL.Image.new(
        "RGB", (first.width + cell[0] * columns, max(first.height, cell[1] * rows)), "white"
    )
    sheet.paste(first, (0, 0))
    for i, (image, name) in enumerate(zip(images[1:], names[1:], strict=True)):
        sheet.paste(_framed(image, name, cell), (first.width + i % columns * cell[0], i // columns * cell[1]))
    return sheet


def _framed(image: PIL.Image.Image, name: str, cell_wh: tuple[int, int]) -> PIL.Image.Image:
    """The image under its name, at most `cell_wh`."""
    w, h = max(1, cell_wh[0] - 4), max(1, cell_wh[1] - _BAND - 4)
    scale = min(w / image.width, h / image.height, 2.0)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    shown = image.convert("RGB").resize(size, PIL.Image.Resampling.LANCZOS)
    framed = PIL.Image.new("RGB", (size[0] + 4, size[1] + _BAND + 4), "white")
    framed.paste(shown, (2, _BAND + 2))
    draw = PIL.ImageDraw.Draw(framed)
    draw.rectangle((1, _BAND + 1, size[0] + 2, size[1] + _BAND + 2), outline="black")
    draw.text((2, 2), name, fill="black", font=PIL.ImageFont.load_default(14))
    return framed
