"""Where lines of text are in a detector's probability map: PP-OCR's post-processing.

- Step by step and rounding by rounding what rapidocr's `DBPostProcess` does, so that its boxes are ours
  (`tests/test_ocr_lines.py` compares them). The class itself cannot be had alone: its package imports a
  downloader, a configuration language and a geometry library with it, half a second before the first look.
- Limits are rapidocr's own (its `config.yaml`), but for the number of lines: a dense 8K page exceeds its 1000.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["lines_of_map"]

Array = NDArray[np.float32]

_TEXT, _LINE = 0.3, 0.5
"""Probability from which a pixel is text, and mean probability from which a shape is a line."""
_SHRUNK = 1.6
"""The detector marks the core of a line: each side moves out by this times its area over its perimeter."""
_LEAST_CORE, _LEAST_LINE, _LEAST_SIDE = 3, 5, 3
"""Pixels: shortest side of a core, of a line, and what both sides of an upright line must exceed."""
_MAX_LINES = 4000
"""Shapes of one map that are looked at."""


def lines_of_map(probability: Array) -> Array:
    """Corners (N, 4, 2) float32 of lines, clockwise from the top left, whole pixels of the map.

    probability: (H, W) float32 in [0, 1] that a pixel is text.
    """
    import cv2

    mask = cv2.dilate((probability > _TEXT).astype(np.uint8), np.ones((2, 2), np.uint8))
    shapes, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    lines = (_line(np.asarray(shape, np.int32), probability) for shape in shapes[:_MAX_LINES])
    return np.array([line for line in lines if line is not None], np.float32).reshape(-1, 4, 2)


def _line(shape: NDArray[Any], probability: Array) -> Array | None:
    """Corners (4, 2) of the line whose core is this contour (K, 1, 2); None where it is none."""
    core, side = _rectangle(shape)
    if side < _LEAST_CORE or _mean_inside(probability, core) < _LINE:
        return None
    corners, side = _rectangle(_grown(core))
    if side < _LEAST_LINE:
        return None
    size_wh = np.array(probability.shape[::-1], np.int64)
    for axis, size in enumerate(
        probability.shape[::-1]
    ):  # divided and multiplied: the last bit decides on halves
        corners[:, axis] = np.clip(np.round(corners[:, axis] / size * size), 0, size)
    corners = np.minimum(np.maximum(_clockwise(corners), 0), size_wh - 1).astype(np.float32)
    width, height = (np.linalg.norm(corners[0] - corners[i]) for i in (1, 3))
    return corners if int(min(width, height)) > _LEAST_SIDE else None


def _rectangle(points: NDArray[Any]) -> tuple[Array, float]:
    """Corners (4, 2) of the smallest rectangle around points (K, 1, 2), and its shorter side."""
    import cv2

    around = cv2.minAreaRect(points)
    corners = np.array(sorted(cv2.boxPoints(around), key=lambda point: point[0]), np.float32)
    left, right = ([a, b] if b[1] > a[1] else [b, a] for a, b in (corners[:2], corners[2:]))
    return np.array([left[0], right[0], right[1], left[1]], np.float32), min(around[1])


def _mean_inside(probability: Array, corners: Array) -> float:
    """Mean probability inside a quadrilateral (4, 2), whose corners are cut to whole pixels."""
    import cv2

    height, width = probability.shape
    last = np.array([width - 1, height - 1])
    x0, y0 = np.clip(np.floor(corners.min(axis=0)).astype(np.int32), 0, last).tolist()
    x1, y1 = np.clip(np.ceil(corners.max(axis=0)).astype(np.int32), 0, last).tolist()
    mask = np.zeros((y1 - y0 + 1, x1 - x0 + 1), np.uint8)
    inside = (corners - np.array([x0, y0], np.float32)).astype(np.int32)
    cv2.fillPoly(mask, [inside], 1)
    return float(cv2.mean(probability[y0 : y1 + 1, x0 : x1 + 1], mask)[0])


def _grown(core: Array) -> NDArray[np.int32]:
    """The outline (K, 1, 2) of a core (4, 2) whose sides have moved out, corners rounded."""
    import pyclipper

    points = core.astype(np.float64)
    x, y = (points - points[0]).T
    area = abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2
    perimeter = math.fsum(np.linalg.norm(points - np.roll(points, -1, axis=0), axis=1).tolist())
    offset = pyclipper.PyclipperOffset()
    offset.AddPath(core, pyclipper.JT_ROUND, pyclipper.ET_CLOSEDPOLYGON)
    return np.array(offset.Execute(area * _SHRUNK / perimeter), np.int32).reshape(-1, 1, 2)


def _clockwise(corners: Array) -> Array:
    """The corners (4, 2), each pair of equal side ordered by height: top left, top right, bottom right, bottom left."""
    by_x = corners[np.argsort(corners[:, 0])]
    left, right = (pair[np.argsort(pair[:, 1])] for pair in (by_x[:2], by_x[2:]))
    return np.array([left[0], right[0], right[1], left[1]], np.float32)
