"""How alike two pictures are at first sight: thumbnails in grey, and their correlation.

On the pages of `examples/screens` a page with a dialog or a red bar over it is like itself by 0.6 to 1.0, pages of one
site are by 0.4 to 0.8, other pages by less than 0.4. A page that was scrolled may be like itself by no more.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import numpy as np
import PIL.Image
from numpy.typing import NDArray

__all__ = ["Thumb", "likeness"]

SIDE = 24
"""Pixels a side of a thumbnail, whatever the shape of the picture."""
MOST_PIXELS = 50_000_000
"""Of a picture that is decoded for one: the store's own have at most some two million."""
FLAT = 1.0
"""Deviation of grey values up to which a picture is of one shade, and shows nothing to compare."""


@dataclass(frozen=True, slots=True)
class Thumb:
    """shape: width by height of the picture. pixels: SIDE * SIDE grey values, row by row."""

    shape: float
    pixels: bytes

    @classmethod
    def of(cls, picture: PIL.Image.Image) -> Thumb:
        """That of a picture of at least one pixel."""
        grey = picture.convert("L").resize((SIDE, SIDE), PIL.Image.Resampling.BOX)
        return cls(picture.width / picture.height, grey.tobytes())

    @classmethod
    def of_png(cls, png: bytes) -> Thumb | None:
        """That of a stored picture; None where it is none, or far too large for one."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", PIL.Image.DecompressionBombWarning)
                with PIL.Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
                    return None if picture.width * picture.height > MOST_PIXELS else cls.of(picture)
        except (OSError, ValueError, SyntaxError, PIL.Image.DecompressionBombError, Warning):
            return None

    @classmethod
    def kept(cls, shape: object, pixels: object) -> Thumb | None:
        """One that was kept; None for what is none."""
        if (
            isinstance(shape, float)
            and shape > 0
            and isinstance(pixels, bytes)
            and len(pixels) == SIDE * SIDE
        ):
            return cls(shape, pixels)
        return None

    @property
    def values(self) -> NDArray[np.float32]:
        """(SIDE * SIDE,) float32: the grey values, mean 0 and length 1; all 0 for a picture of one shade."""
        grey = np.frombuffer(self.pixels, np.uint8).astype(np.float32)
        grey -= grey.mean()
        return grey * 0 if grey.std() < FLAT else grey / np.linalg.norm(grey)


def likeness(one: Thumb, other: Thumb) -> float:
    """How alike two pictures are, in [0, 1]: the correlation of their thumbnails, less where their shapes differ.

    1 for the same picture, also a flat one; 0 where one is flat and the other is not.
    """
    if one.pixels == other.pixels:
        alike = 1.0
    else:
        alike = float(np.clip(one.values @ other.values, 0, 1))
    return alike * min(one.shape, other.shape) / max(one.shape, other.shape)
