"""Which views of an image have been looked at, the latest of the latest images."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from ..memory.geometry import Box
from ..memory.image import Image, Patch

__all__ = ["MOST_VIEWS", "Views"]

MOST_VIEWS = 512
"""Views of one image that are remembered as looked at, and images."""


class Views:
    """Views that were looked at, by content of the image. Thread-safe."""

    def __init__(self) -> None:
        self._views: OrderedDict[str, OrderedDict[Box, None]] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, patches: Sequence[Patch]) -> None:
        """Remember what these patches show."""
        with self._lock:
            for patch in patches:
                views = self._views.setdefault(patch.image.digest, OrderedDict())
                self._views.move_to_end(patch.image.digest)
                views[patch.box] = None
                if len(views) > MOST_VIEWS:
                    views.popitem(last=False)
                if len(self._views) > MOST_VIEWS:
                    self._views.popitem(last=False)

    def of(self, image: Image) -> tuple[Box, ...]:
        """Views of an image, oldest first, in pixels of it."""
        with self._lock:
            return tuple(self._views.get(image.digest, ()))

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._views.clear()
