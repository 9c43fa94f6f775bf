"""What the towers are shown: squares of pixels, bicubic, normalised with CLIP's mean and deviation."""

from __future__ import annotations

from typing import Literal

import numpy as np
import PIL.Image
from numpy.typing import NDArray

__all__ = ["normalised", "padded"]

_MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
_DEVIATION = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
_MEAN_COLOR = (122, 116, 104)


def padded(image: PIL.Image.Image, at: Literal["corner", "centre"]) -> PIL.Image.Image:
    """`image` on a square of the mean colour, at its top left corner or at its centre."""
    width, height = image.size
    side = max(width, height)
    square = PIL.Image.new("RGB", (side, side), _MEAN_COLOR)
    square.paste(image, (0, 0) if at == "corner" else ((side - width) // 2, (side - height) // 2))
    return square


def normalised(image: PIL.Image.Image, side: int) -> NDArray[np.float32]:
    """(3, side, side) float32 of an RGB image squashed to a square."""
    pixels = np.asarray(image.resize((side, side), PIL.Image.Resampling.BICUBIC), np.float32) / 255
    return np.ascontiguousarray(((pixels - _MEAN) / _DEVIATION).transpose(2, 0, 1))
