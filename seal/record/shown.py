"""Pictures for somebody to see, of pages that may be made to take forever."""

from __future__ import annotations

import math

import PIL.Image

from ..memory.deadline import NEVER, Deadline
from ..memory.errors import OutOfTime, PageError
from ..memory.geometry import Box
from ..memory.image import Image

__all__ = ["shown"]


def shown(image: Image, box: Box, side: int | None = None, until: Deadline = NEVER) -> PIL.Image.Image:
    """The pixels of a box, RGB, at most `side` pixels a side; grey, if a PDF's page cannot be drawn until then.

    Raises OutOfTime with the deadline in force where `until` has no end.
    """
    if not image.has_layer:
        return image.region(box, side)
    try:
        with until.in_force():
            return image.region(box, side)
    except OutOfTime:
        if until.endless:
            raise
    except PageError:
        pass
    scale = min(1.0, side / max(box.size_wh)) if side else 1.0
    size = math.ceil(box.width * scale), math.ceil(box.height * scale)
    return PIL.Image.new("RGB", size, "lightgrey")
