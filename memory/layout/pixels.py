"""Ink on the picture of a page: pixels that are far darker than what is around them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["ink_of"]

_CONTRAST = 30
"""By how much ink is darker than what is around it, of 255."""


def ink_of(gray: NDArray[np.uint8], height: float) -> NDArray[np.uint8]:
    """(H, W) uint8, 1 where there is ink. gray: (H, W) uint8, dark on light. height: of a line of text, pixels."""
    import cv2

    around = max(15, int(2.5 * height) | 1)
    smooth = cv2.GaussianBlur(gray, (3, 3), 0)
    found = cv2.adaptiveThreshold(
        smooth, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, around, _CONTRAST
    )
    return np.asarray(found, np.uint8)
