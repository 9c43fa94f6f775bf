"""Pixels in memory, in whatever mode Pillow has them: read as 8-bit RGB, region by region.

- Orientation, transparency and odd modes are dealt with once. Of an image over `LATE` pixels, which would lie in memory
  twice then, transparency and modes are dealt with strip by strip, at every look.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from .deadline import current
from .errors import ImageError

__all__ = ["Decoded", "LATE", "STRIP", "TURNS", "orientation", "strips"]

LATE = 64_000_000
"""Pixels of an image from which it is kept in the mode that it has."""
STRIP = 10_000_000
"""Pixels that are worked on at a time."""
_ORIENTATION = 0x0112
TURNS = {
    2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
    3: PIL.Image.Transpose.ROTATE_180,
    4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
    5: PIL.Image.Transpose.TRANSPOSE,
    6: PIL.Image.Transpose.ROTATE_270,
    7: PIL.Image.Transpose.TRANSVERSE,
    8: PIL.Image.Transpose.ROTATE_90,
}


def orientation(image: PIL.Image.Image) -> int:
    """EXIF orientation 1 to 8; broken EXIF counts as 1. Never decodes (Pillow's PNG reader would)."""
    try:
        value = PIL.Image.Image.getexif(image).get(_ORIENTATION, 1)
    except Exception:  # whatever a broken EXIF block does to the parser: the picture itself may be good
        return 1
    return value if value in TURNS else 1


def _flat(image: PIL.Image.Image, name: str, white: float) -> PIL.Image.Image:
    """An image or a strip of one, in one of the modes 1, L, P or RGB, without transparency. white: see `_white`."""
    mode = image.mode
    if mode.startswith("I") or mode == "F":
        return _grey_of_numbers(image, white)
    if mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        return _on_white(image)
    if mode in ("RGB", "L", "1", "P"):
        return image
    try:
        return image.convert("RGB")
    except ValueError as error:
        raise ImageError(f"{name}: the colour mode {mode} cannot be shown; save the image as RGB.") from error


def strips(image: PIL.Image.Image) -> Iterator[PIL.Image.Image]:
    """The image from top to bottom, in parts of at most `STRIP` pixels."""
    rows = max(1, STRIP // max(1, image.width))
    if rows >= image.height:
        yield image
        return
    for y in range(0, image.height, rows):
        yield image.crop((0, y, image.width, min(image.height, y + rows)))


def _on_white(image: PIL.Image.Image) -> PIL.Image.Image:
    rgba = image.convert("RGBA")
    alpha = rgba.getchannel("A")
    if alpha.getextrema() == (255, 255):
        return rgba.convert("RGB")
    page = PIL.Image.new("RGB", rgba.size, "white")
    page.paste(rgba, mask=alpha)
    return page


def _white(image: PIL.Image.Image) -> float:
    """The value that is white in 16-bit, 32-bit or float grey: the least of 1 (floats), 255, 65535 that holds all."""
    if image.mode.startswith("I;16") or image.mode not in ("I", "F"):
        return 65535.0
    peak = max(float(_numbers(strip).max(initial=0.0)) for strip in strips(image))
    tops = ((1.0,) if image.mode == "F" else ()) + (255.0, 65535.0)
    return next((top for top in tops if peak <= top), peak)


def _grey_of_numbers(image: PIL.Image.Image, white: float) -> PIL.Image.Image:
    grey = np.clip(_numbers(image) * (255.0 / white) + 0.5, 0, 255)
    return PIL.Image.fromarray(grey.astype(np.uint8))


def _numbers(image: PIL.Image.Image) -> NDArray[np.float32]:
    return np.nan_to_num(np.asarray(image, dtype=np.float32), nan=0.0, posinf=65535.0, neginf=0.0)


class Decoded:
    """Pixels that are in memory. The image is upright, and never changed; of mode 1, L, P or RGB, or of any mode that
    `flatten` makes one of these of, for any part of it."""

    def __init__(
        self, image: PIL.Image.Image, flatten: Callable[[PIL.Image.Image], PIL.Image.Image] | None = None
    ) -> None:
        self._image = image
        self._flatten = flatten
        self.size_wh = image.size

    @classmethod
    def of(cls, image: PIL.Image.Image, name: str, copied: bool) -> Decoded:
        """A loaded image, which is copied unless nobody else has it (`copied`). Raises ImageError for its mode."""
        turn = orientation(image)
        upright = image.transpose(TURNS[turn]) if turn != 1 else image
        white = _white(upright)
        late = upright.width * upright.height > LATE
        flat = upright if late else _flat(upright, name, white)
        mine = flat.copy() if flat is image and not copied else flat
        plain = mine.mode in ("L", "RGB") and "transparency" not in mine.info
        return cls(mine, partial(_flat, name=name, white=white) if late and not plain else None)

    def read(self, box: tuple[float, float, float, float], out_wh: tuple[int, int]) -> PIL.Image.Image:
        """The region `box` (edges may lie between pixels), resampled to `out_wh` where its size differs."""
        if self._flatten is not None:
            return self._in_strips(self._flatten, box, out_wh)
        image = self._image
        x0, y0, x1, y1 = box
        if image.mode in ("1", "P"):  # palette indices and bits cannot be averaged
            left, top = int(x0), int(y0)
            image = image.crop(
                (left, top, min(image.width, -int(-x1 // 1)), min(image.height, -int(-y1 // 1)))
            )
            image = image.convert("RGB")
            x0, y0, x1, y1 = x0 - left, y0 - top, x1 - left, y1 - top
        if x1 - x0 == out_wh[0] and y1 - y0 == out_wh[1] and x0 == int(x0) and y0 == int(y0):
            part = image.crop((int(x0), int(y0), int(x1), int(y1)))
        else:
            part = image.resize(out_wh, PIL.Image.Resampling.LANCZOS, box=(x0, y0, x1, y1), reducing_gap=3.0)
        return part if part.mode == "RGB" else part.convert("RGB")

    def _in_strips(
        self,
        flatten: Callable[[PIL.Image.Image], PIL.Image.Image],
        box: tuple[float, float, float, float],
        out_wh: tuple[int, int],
    ) -> PIL.Image.Image:
        """The same, so that no more than a strip of it lies in memory as RGB beside the result."""
        x0, y0, x1, y1 = box
        left, right = math.floor(x0), math.ceil(x1)
        step = (y1 - y0) / out_wh[1]
        rows = max(1, int(STRIP / ((right - left) * step)))
        around = math.ceil(3 * step) + 1  # what Lanczos takes in beyond an edge
        shown = PIL.Image.new("RGB", out_wh)
        for first in range(0, out_wh[1], rows):
            count = min(rows, out_wh[1] - first)
            top, bottom = y0 + first * step, y0 + (first + count) * step
            over = max(math.floor(y0), math.floor(top) - around)
            under = min(math.ceil(y1), math.ceil(bottom) + around)
            strip = Decoded(flatten(self._image.crop((left, over, right, under))))
            inside = x0 - left, top - over, x1 - left, min(bottom, under) - over
            shown.paste(strip.read(inside, (out_wh[0], count)), (0, first))
            current().check()
        return shown
