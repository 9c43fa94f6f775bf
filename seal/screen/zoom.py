"""A closer look: a region of the image, read from the original file and scaled to what the one who looks can take.

- A shrunken copy that is enlarged shows nothing new; here the pixels come from the file itself.
- The region grows until it cuts no line of text, where that takes little.
- It is scaled up as far as the limits allow, but never more than `LARGEST` times.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import PIL.Image
from pydantic import BaseModel, ConfigDict

from ..memory.errors import SettingError
from ..memory.frames import Frame
from ..memory.geometry import Box
from ..memory.image import Image
from .replies import ZoomReply

__all__ = ["LARGEST", "LEAST_SIDE", "Limits", "Zoom", "zoomed"]

LARGEST = 8.0
"""Pixels of the picture per pixel of the image, at most."""
TOKEN_PX = 28 * 28
"""Pixels of a picture that a VLM counts as one token (Qwen2.5-VL and later; Anthropic counts 750)."""
GROWTH = 0.25
"""Share of its side by which a region grows at most, on each side, to hold a line whole."""
MARGIN = 4.0
"""Pixels of the image that are shown around a line that was cut."""
LEAST_SIDE = 16
"""Pixels: no picture is asked to be smaller than that, or made smaller to fit a limit of bytes."""
_QUALITIES = (92, 85, 75, 60, 45, 30)

MediaType = Literal["image/png", "image/jpeg"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a picture may be. max_side, max_pixels: in pixels; max_tokens: of 28 x 28 pixels; max_bytes: of the file.

    Raises SettingError for a limit that no picture can keep.
    """

    max_side: int = 1568
    max_pixels: int | None = None
    max_tokens: int | None = None
    max_bytes: int | None = None
    media_type: MediaType = "image/png"

    def __post_init__(self) -> None:
        least = {"max_side": LEAST_SIDE, "max_pixels": LEAST_SIDE**2, "max_tokens": 1, "max_bytes": 400}
        for name, low in least.items():
            value = getattr(self, name)
            if value is None and name != "max_side":
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < low:
                raise SettingError(f"{name} must be a whole number of at least {low}; got {value!r:.40}.")
        if self.media_type not in ("image/png", "image/jpeg"):
            raise SettingError(f'A picture is "image/png" or "image/jpeg"; got {self.media_type!r:.40}.')

    def scale(self, size_wh: tuple[float, float]) -> float:
        """By how much a region of a size, pixels, is scaled."""
        w, h = size_wh
        pixels = min(self.max_pixels or math.inf, (self.max_tokens or math.inf) * TOKEN_PX)
        return min(LARGEST, self.max_side / max(w, h), math.sqrt(pixels / (w * h)))


class Zoom(BaseModel):
    """A region as a picture.

    box: what it shows, full-image pixels. picture: PNG or JPEG bytes, of size picture_wh. frame: of the request.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")

    size_wh: tuple[int, int]
    box: Box
    picture: bytes
    picture_wh: tuple[int, int]
    media_type: MediaType = "image/png"
    frame: str = "pixels"
    page: int = 1

    @property
    def picture_frame(self) -> str:
        """The frame of the picture's own pixels: give it back as `frame` to speak of what is seen in it."""
        w, h = self.picture_wh
        return Frame.of(f"{w}x{h} of {list(self.box.xyxy)}", self.size_wh).name

    def pil(self) -> PIL.Image.Image:
        """The picture, RGB."""
        with PIL.Image.open(io.BytesIO(self.picture)) as picture:
            return picture.convert("RGB")

    def reply(self) -> ZoomReply:
        """What it shows and in which frames, without the picture."""
        frame = Frame.of(self.frame, self.size_wh)
        return ZoomReply(
            image_size=self.size_wh,
            frame=frame.name,
            page=self.page,
            box=frame.box_of(self.box),
            picture_size=self.picture_wh,
            picture_frame=self.picture_frame,
            scale=round(self.picture_wh[0] / self.box.width, 4),
            media_type=self.media_type,
            bytes=len(self.picture),
        )


def zoomed(image: Image, region: Box, limits: Limits, lines: Sequence[Box] = ()) -> Zoom:
    """The picture of a region, full-image pixels. lines: boxes of text that it shall not cut.

    Raises ImageError for an image that cannot be decoded, SettingError when no picture fits the limit of bytes.
    """
    box = whole(region, lines, image.box).rounded().clipped(image.box)
    scale = limits.scale(box.size_wh)
    native = image.region(box)
    while True:
        wh = tuple(max(1, round(side * scale)) for side in box.size_wh)
        shown = native if wh == native.size else native.resize(wh, PIL.Image.Resampling.LANCZOS)  # type: ignore[arg-type]
        picture = _encoded(shown, limits)
        if picture is not None:
            return Zoom(
                size_wh=image.size_wh,
                box=box,
                picture=picture,
                picture_wh=shown.size,
                media_type=limits.media_type,
                page=image.page,
            )
        if max(wh) * 0.75 < LEAST_SIDE:
            raise SettingError(
                f"No picture of this region fits into {limits.max_bytes} bytes; allow more, or a smaller region."
            )
        scale *= 0.75


def whole(region: Box, lines: Sequence[Box], page: Box) -> Box:
    """The region, grown so that lines that its edges cut are shown whole, as far as `GROWTH` allows."""
    left, top = GROWTH * region.width, GROWTH * max(region.height, 16.0)
    limit = Box.from_xyxy(
        region.x - left, region.y - top, region.x + region.width + left, region.y + region.height + top
    )
    grown = region
    for line in lines:
        if region.shared(line) > 0.1 * line.area and not region.contains(line) and limit.contains(line):
            grown = grown.union(line.expanded(pixels=MARGIN))
    return grown.clipped(page)


def _encoded(picture: PIL.Image.Image, limits: Limits) -> bytes | None:
    """The file; None where it is too large in every quality."""
    most = limits.max_bytes or math.inf
    for quality in _QUALITIES if limits.media_type == "image/jpeg" else (0,):
        buffer = io.BytesIO()
        if quality:
            picture.save(buffer, "JPEG", quality=quality, subsampling=0 if quality >= 85 else 2)
        else:
            picture.save(buffer, "PNG", compress_level=6)
        if buffer.tell() <= most:
            return buffer.getvalue()
    return None
