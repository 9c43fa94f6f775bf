"""Animated GIF, PNG, WebP and AVIF files, frame by frame as Pillow composes them."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from .clock import clock
from .deadline import current
from .decoded import Decoded
from .errors import ImageError, OutOfTime
from .moving import MOST_RUNS, MovingPages, Shown, joined
from .raster import open_raster, quiet_pillow
from .source import check_size, one_line

__all__ = ["animation", "is_animation"]

FORMATS = ("AVIF", "GIF", "PNG", "WEBP")
"""Formats whose frames follow each other in time. Those of others are pages (TIFF) or views of one thing (MPO)."""
UNSAID = 0.1
"""Seconds of a frame that says none, or a hundredth at most: what browsers make of it."""
MOST_FRAMES = 10 * MOST_RUNS
"""Frames that are looked at in search of those that differ."""
GIF_END = b";"
"""The byte that ends a GIF; without it there may have been more frames."""


def is_animation(data: bytes, name: str) -> bool:
    """Whether the content is an animation of several frames. Nothing is decoded. Raises ImageError for no image."""
    with quiet_pillow():
        image = open_raster(io.BytesIO(data), name)
        try:
            return image.format in FORMATS and bool(getattr(image, "is_animated", False))
        except Exception:  # a broken file says so at its first look
            return False
        finally:
            image.close()


class _Frames:
    """The frames of an animation in order. end: seconds at which the last one that was given ends."""

    def __init__(self, data: bytes, name: str, max_pixels: int, fps: float | None) -> None:
        self._data, self._name, self._max_pixels = data, name, max_pixels
        self._step = 0.0 if fps is None else 1 / fps
        self.end = 0.0
        self.cut = ""

    def __iter__(self) -> Iterator[Shown]:
        with quiet_pillow():
            image = open_raster(io.BytesIO(self._data), self._name)
            check_size(image.size, self._name, self._max_pixels)
            due = 0.0
            first = (
                1 if image.info.get("default_image") else 0
            )  # an APNG's picture for those who show no motion
            for index in range(first, first + MOST_FRAMES):
                try:
                    image.seek(index)
                    image.load()
                    seconds = float(image.info.get("duration") or 0) / 1000
                    time, until = self.end, self.end + (seconds if seconds > 0.01 else UNSAID)
                    shown = until > due + 1e-9
                    pixels = self._rgb(image) if shown else None
                except EOFError:
                    return
                except OutOfTime:
                    raise
                except Exception as error:
                    self.cut = one_line(error) or type(error).__name__
                    return
                self.end = until
                if pixels is not None:
                    yield Shown(time, pixels)
                    due = math.ceil(until / self._step - 1e-6) * self._step if self._step else until
                current().check()
            raise ImageError(f"{self._name}: the animation has over {MOST_FRAMES:,} frames; cut it.")

    def _rgb(self, image: PIL.Image.Image) -> NDArray[np.uint8]:
        upright = Decoded.of(image.copy(), self._name, copied=True)
        width, height = upright.size_wh
        return np.asarray(upright.read((0, 0, width, height), (width, height)), np.uint8)


def animation(data: bytes, name: str, max_pixels: int, fps: float | None) -> MovingPages:
    """The frames of an animation as pages; frames that are equal to the bit are one.

    fps: how many a second are looked at; None for all. Raises ImageError: no frame can be read, over the limits.
    """
    frames = _Frames(data, name, max_pixels, fps)
    pages = joined(iter(frames), name, 0.0, lambda: frames.end)
    if data.startswith(b"GIF8") and not data.rstrip(b"\0\r\n").endswith(GIF_END):
        frames.cut = frames.cut or "it has no end"
    if frames.cut:
        pages.faults.append(
            f"{name}: the animation is cut short or damaged ({frames.cut}); it was seen up to {clock(frames.end)}."
        )
    return pages
