"""What `Seal` does on screens: open the image, find its elements once, and speak in the caller's frame."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from ..agents.limits import whole_number
from ..agents.looker import Looker
from ..memory.deadline import Deadline
from ..memory.errors import SettingError
from ..memory.frames import Frame
from ..memory.geometry import Box
from ..memory.image import Image, open_document
from ..memory.source import one_line
from .assemble import assemble
from .element import Elements
from .point import Pointed, pointed
from .survey import survey
from .text import Text, text_of
from .zoom import LEAST_SIDE, Limits, Zoom, zoomed

if TYPE_CHECKING:
    import PIL.Image

__all__ = ["FrameLike", "RegionLike", "Screens"]

FrameLike = Frame | str | Sequence[float] | Box | None
"""A frame, its name, or the region that it covers, full-image pixels; None for pixels of the full image."""
RegionLike = str | Sequence[float] | Box
"""[x0, y0, x1, y1] in the frame of the request, a `Box` in pixels of the full image, or the id of an element."""

WHOLE = ("text", "button", "tab", "badge")
"""Elements that a zoom shows whole where it shows a part of them."""
KEPT = 16
"""Screens whose elements are kept, the latest ones."""


class Screens:
    """Elements of screens by content, found with one localizer. Thread-safe.

    dpi, max_pixels: as of `Seal`. seconds: gives the wall clock that a screen may take (None: no limit).
    """

    def __init__(
        self, localizer: Looker, dpi: float, max_pixels: int, seconds: Callable[[], float | None]
    ) -> None:
        self.localizer, self.dpi, self.max_pixels, self.seconds = localizer, dpi, max_pixels, seconds
        self._known: OrderedDict[str, Elements] = OrderedDict()
        self._lock = threading.Lock()

    def elements(
        self,
        image: object,
        page: int | None = None,
        frame: FrameLike = None,
        kind: str | Iterable[str] | None = None,
        region: RegionLike | None = None,
        interactive: bool | None = None,
    ) -> Elements:
        """As `Seal.elements`."""
        opened = self._opened(image, page)
        spoken = Frame.of(frame, opened.size_wh)
        found = self._found(opened).in_frame(spoken)
        where = None if region is None else self._region(opened, region, spoken)
        return found.only(kind, where, interactive)

    def zoom(
        self,
        image: object,
        region: RegionLike,
        page: int | None = None,
        frame: FrameLike = None,
        limits: Limits | None = None,
        whole_lines: bool = True,
    ) -> Zoom:
        """As `Seal.zoom`."""
        opened = self._opened(image, page)
        spoken = Frame.of(frame, opened.size_wh)
        box = self._region(opened, region, spoken)
        lines = [e.box for e in self._found(opened).items if e.kind in WHOLE] if whole_lines else []
        return zoomed(opened, box, limits or Limits(), lines).model_copy(update={"frame": spoken.name})

    def point(
        self,
        image: object,
        instruction: str,
        page: int | None = None,
        frame: FrameLike = None,
        region: RegionLike | None = None,
    ) -> Pointed:
        """As `Seal.point`."""
        opened = self._opened(image, page)
        spoken = Frame.of(frame, opened.size_wh)
        where = None if region is None else self._region(opened, region, spoken)
        told = pointed(opened, self._found(opened), instruction, where)
        return told.model_copy(update={"frame": spoken.name})

    def read(
        self,
        image: object,
        page: int | None = None,
        frame: FrameLike = None,
        region: RegionLike | None = None,
    ) -> Text:
        """As `Seal.read`."""
        opened = self._opened(image, page)
        spoken = Frame.of(frame, opened.size_wh)
        where = opened.box if region is None else self._region(opened, region, spoken)
        with Deadline.after(self.seconds()).in_force():
            told = text_of(opened, where, self.localizer)
        return told.model_copy(update={"frame": spoken.name})

    def marks(
        self, image: object, shown: Elements | Pointed, page: int | None = None, max_side: int | None = None
    ) -> PIL.Image.Image:
        """As `Seal.marks`."""
        from .marks import draw_marks, draw_places

        if max_side is not None:
            whole_number(max_side, "max_side", "marks", LEAST_SIDE)
        opened = self._opened(image, shown.page if page is None else page)
        if shown.size_wh != opened.size_wh:
            raise SettingError(
                f"These were found on an image of {shown.size_wh[0]}x{shown.size_wh[1]} px; the one to draw on has "
                f"{opened.size_wh[0]}x{opened.size_wh[1]}."
            )
        if isinstance(shown, Elements):
            return draw_marks(opened, shown, max_side)
        return draw_places(opened, shown, max_side)

    def _opened(self, image: object, page: int | None) -> Image:
        """One page of what the user gave; the first one where none is named."""
        document = open_document(image, dpi=self.dpi, max_pixels=self.max_pixels)
        return document[0] if page is None else document.page(page)

    def _found(self, image: Image) -> Elements:
        """All elements of an image, in pixels; kept for the next request about the same screen."""
        with self._lock:
            if found := self._known.get(image.digest):
                self._known.move_to_end(image.digest)
                return found
        with Deadline.after(self.seconds()).in_force():
            seen = survey(image, self.localizer)
        found = assemble(seen, image)
        if found.complete:
            with self._lock:
                self._known[image.digest] = found
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
        return found

    def _region(self, image: Image, region: RegionLike, frame: Frame) -> Box:
        """Raises SettingError where there is no such element, and for a region without an area in the image."""
        if isinstance(region, str) and not region.lstrip().startswith("["):
            return self._found(image).get(region).box
        box = region if isinstance(region, Box) else frame.to_image(_corners(region))
        inside = box.clipped(image.box)
        if inside.width <= 0 or inside.height <= 0:
            width, height = image.size_wh
            raise SettingError(
                f"The region {one_line(str(region), 80)} has no area in the image of {width}x{height} px (frame "
                f"{frame.name!r}); give [x0, y0, x1, y1] or the id of an element."
            )
        return inside


def _corners(region: str | Sequence[float]) -> Sequence[float]:
    """Four numbers, also when they are written: "[10, 20, 300, 400]"."""
    if not isinstance(region, str):
        return region
    try:
        return [float(part) for part in region.strip(" []").split(",")]
    except ValueError as error:
        raise SettingError(
            f"A region is [x0, y0, x1, y1] or the id of an element; got {one_line(region, 60)!r}."
        ) from error
