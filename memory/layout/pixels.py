"""The picture of a page: how far it is scaled down, and its ink, pixels far darker than what is around them."""

from __future__ import annotations

import math

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from ..errors import SettingError

__all__ = ["ink_of", "scale_of"]

_CONTRAST = 30
"""By how much ink is darker than what is around it, of 255."""


def scale_of(picture: PIL.Image.Image, size_wh: tuple[float, float]) -> float:
    """Pixels of a picture per pixel of the page that it shows, at most 1.

    Raises SettingError for a size of a page that no picture, or only a smaller one, can be of: 0, negative, NaN.
    """
    if not all(seen <= side < math.inf for seen, side in zip(picture.size, size_wh, strict=True)):
        raise SettingError(
            f"A picture of {picture.width}x{picture.height} px is no copy of a page of {size_wh[0]}x{size_wh[1]} px; "
            "give the size of the full image, which is at least as large."
        )
    return picture.width / size_wh[0]


def ink_of(gray: NDArray[np.uint8], height: float) -> NDArray[np.uint8]:
    """(H, W) uint8, 1 where there is ink. gray: (H, W) uint8, dark on light. height: of a line of text, pixels."""
    import cv2

    around = max(15, int(2.5 * height) | 1)
    smooth = cv2.GaussianBlur(gray, (3, 3), 0)
    found = cv2.adaptiveThreshold(
        smooth, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, around, _CONTRAST
    )
    return np.asarray(found, np.uint8)
