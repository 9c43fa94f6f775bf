"""The frame in which a caller speaks of an image, and the way from it to ours and back.

- A caller may see a screenshot scaled down, think in shares of its sides, in points of a screen with two pixels each,
  or in pixels of a crop. It says so once; what it gives and gets is in that frame.
- Numbers in a frame are never a `Box`: they are (x0, y0, x1, y1) or (x, y), converted by `seal.memory.conventions`.
- A rounding never leaves the element: edges are rounded inwards, a point is rounded to a number inside its box.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from .conventions import Convention, from_box, to_box
from .errors import SettingError
from .geometry import Box
from .source import one_line

__all__ = ["FRAMES", "Frame", "Point", "XYXY"]

XYXY = tuple[float, float, float, float]
"""Left, top, right and bottom edge, in some frame."""
Point = tuple[float, float]
"""x and y, in some frame."""

FRAMES = (
    '"pixels" (of the full image), "1568x882" (pixels of a copy scaled to that size), "0-1" or "0-1000" (shares of the '
    'sides), "@2x" (two pixels a point); with " of [x0, y0, x1, y1]" behind it, of that region of the image'
)
"""The frames that there are, in words for messages and documents."""

_NUMBER = r"-?\d+(?:\.\d+)?"
_REGION = re.compile(rf"(.*?)(?:^|\s+of\s+)\[?\s*({_NUMBER}(?:\s*,\s*{_NUMBER}){{3}})\s*\]?")
_SIZE = re.compile(r"(\d+)\s*[x×]\s*(\d+)")
_SHARE = re.compile(r"0\s*[-–]\s*(\d+)")
_RATIO = re.compile(r"@?(\d+(?:\.\d+)?)x")
_PIXELS = ("", "pixels", "pixel", "px", "image", "screen", "screenshot")
_UNEVEN = 0.02
"""How much the two scales of a copy may differ, as a share; more is another image, or one with bars beside it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A way to speak of places in an image of a size. Make one with `Frame.of`.

    name: how it is written; `Frame.of(frame.name, size_wh)` is the same frame. size_wh: of the full image, pixels.
    region: the part of the image that it covers, full-image pixels. units_wh: what the sides of that part count.
    decimals: of numbers that are told in it.

    >>> frame = Frame.of("0-1000", (1920, 1080))
    >>> frame.box_of(Box(960, 540, 96, 54))
    (500, 500, 550, 550)
    >>> frame.to_image([500, 500, 550, 550]).xywh
    (960.0, 540.0, 96.0, 54.0)
    """

    name: str
    size_wh: tuple[int, int]
    region: Box
    units_wh: tuple[float, float]
    decimals: int = 0

    @classmethod
    def of(cls, spec: object, size_wh: tuple[int, int]) -> Frame:
        """The frame that a caller names; None stands for pixels of the full image, a `Frame` for itself.

        Raises SettingError for a frame that is not known or does not fit the image.
        """
        if isinstance(spec, Frame):
            if spec.size_wh != size_wh:
                raise SettingError(
                    f"The frame {spec.name!r} belongs to an image of {_size(spec.size_wh)} px; this one has "
                    f"{_size(size_wh)}. Give its name alone where it is to be taken anew."
                )
            return spec
        words = "" if spec is None else spec
        if isinstance(spec, Box):
            words = _written(spec.xyxy)
        if isinstance(spec, Sequence) and not isinstance(spec, str | bytes) and len(spec) == 4:
            words = ", ".join(str(v) for v in spec)
        if not isinstance(words, str) or len(words) > 200:
            raise _unknown(spec)
        whole = Box(0, 0, *size_wh)
        found = _REGION.fullmatch(words.strip())
        region = whole if found is None else _region([float(v) for v in found[2].split(",")], whole, words)
        unit = " ".join((words if found is None else found[1]).casefold().split())
        name, units, decimals = _units(unit, region, spec)
        if found is not None:
            name = f"{name} of {_written(region.xyxy)}"
        return cls(name, size_wh, region, units, decimals)

    @property
    def is_image(self) -> bool:
        """Whether it is that of the full image in its own pixels."""
        return self.region == Box(0, 0, *self.size_wh) and self.units_wh == self.region.size_wh

    def to_image(self, xyxy: Sequence[float]) -> Box:
        """Four numbers of this frame as a box of the full image, cut to the frame.

        Raises SettingError unless they are four finite numbers, left before right and top before bottom.
        """
        numbers = _numbers(xyxy, 4, "A region", "[x0, y0, x1, y1]")
        if numbers[2] < numbers[0] or numbers[3] < numbers[1]:
            raise SettingError(
                f"A region is [x0, y0, x1, y1], left before right and top before bottom; got {_written(numbers)}."
            )
        return to_box(self._shares(numbers), _UNIT, self.region)

    def point_to_image(self, xy: Sequence[float]) -> Point:
        """Two numbers of this frame as a point of the full image. Raises SettingError for a point outside the frame."""
        x, y = _numbers(xy, 2, "A point", "[x, y]")
        if not (0 <= x <= self.units_wh[0] and 0 <= y <= self.units_wh[1]):
            raise SettingError(
                f"The point {_written((x, y))} lies outside the frame {self.name!r}, which counts up to "
                f"{_written(self.units_wh)}."
            )
        left, top = self._shares((x, y))
        return self.region.x + left * self.region.width, self.region.y + top * self.region.height

    def box_of(self, box: Box) -> XYXY:
        """A box of the full image as four numbers of this frame, rounded inwards. What lies outside the frame stays so.

        Where a side is too short for two round numbers, it gets as many decimals as it needs.
        """
        x0, y0, x1, y1 = self._exact(box)
        (x0, x1), (y0, y1) = _inwards(x0, x1, self.decimals), _inwards(y0, y1, self.decimals)
        return x0, y0, x1, y1

    def point_of(self, point: Point, inside: Box) -> Point:
        """A point of the full image as two numbers of this frame: the round numbers nearest to it inside a box.

        Half-open as boxes are: the point is never on the right or lower edge.
        """
        x, y, _, _ = self._exact(Box(*point, 0, 0))
        x0, y0, x1, y1 = self._exact(inside)
        return _within(x, x0, x1, self.decimals), _within(y, y0, y1, self.decimals)

    def holds(self, box: Box) -> bool:
        """Whether the centre of a box of the full image lies in this frame."""
        return self.region.coverage(Box(*box.center, 0, 0)) > 0

    def _shares(self, numbers: Sequence[float]) -> list[float]:
        return [v / self.units_wh[i % 2] for i, v in enumerate(numbers)]

    def _exact(self, box: Box) -> XYXY:
        x0, y0, x1, y1 = from_box(box, _UNIT, self.region)
        w, h = self.units_wh
        return x0 * w, y0 * h, x1 * w, y1 * h


_UNIT = Convention("frame", "xyxy", 1, "original")


def _units(unit: str, region: Box, spec: object) -> tuple[str, tuple[float, float], int]:
    """Name, what the sides of the region count, and decimals."""
    width, height = region.size_wh
    if unit in _PIXELS:
        return "pixels", (width, height), 0
    if found := _SIZE.fullmatch(unit):
        w, h = int(found[1]), int(found[2])
        if w < 1 or h < 1 or not _is_even(w / width, h / height, 1 / min(w, h)):
            fitting = f"{w}x{max(1, round(w * height / width))}"
            raise SettingError(
                f"The frame {unit!r} is no scaled copy of {width:g}x{height:g} px: its sides are scaled unevenly. "
                f'Name the size that the picture really has, for example "{fitting}".'
            )
        return f"{w}x{h}", (w, h), 0
    if found := _SHARE.fullmatch(unit):
        full = int(found[1])
        if 1 <= full <= 1_000_000:
            return f"0-{full}", (full, full), 4 if full == 1 else 1 if full <= 100 else 0
    if unit == "normalised" or unit == "normalized":
        return "0-1", (1, 1), 4
    if found := _RATIO.fullmatch(unit):
        ratio = float(found[1])
        if 0.25 <= ratio <= 8:
            return f"@{ratio:g}x", (width / ratio, height / ratio), 0
    raise _unknown(spec)


def _is_even(scale_x: float, scale_y: float, slack: float) -> bool:
    return abs(scale_x - scale_y) <= (_UNEVEN + slack) * max(scale_x, scale_y)


def _region(numbers: Sequence[float], whole: Box, words: str) -> Box:
    x0, y0, x1, y1 = numbers
    region = Box.from_xyxy(x0, y0, x1, y1).clipped(whole)
    if region.width <= 0 or region.height <= 0:
        raise SettingError(
            f"The region of the frame {one_line(words, 60)!r} is empty or outside the image of "
            f"{whole.width:g}x{whole.height:g} px."
        )
    return region


def _unknown(spec: object) -> SettingError:
    return SettingError(f"There is no frame {one_line(repr(spec), 60)}; known are {FRAMES}.")


def _numbers(values: Sequence[float], count: Literal[2, 4], what: str, shape: str) -> tuple[float, ...]:
    """The numbers as floats. Raises SettingError unless there are so many, all finite."""
    try:
        numbers = tuple(float(v) for v in values)
    except (TypeError, ValueError):
        numbers = ()
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise SettingError(f"{what} is {count} finite numbers, {shape}; got {one_line(repr(values), 60)}.")
    return numbers


def _written(numbers: Sequence[float]) -> str:
    return f"[{', '.join(f'{v:g}' if v % 1 else str(int(v)) for v in numbers)}]"


def _size(size_wh: tuple[int, int]) -> str:
    return f"{size_wh[0]}x{size_wh[1]}"


def _inwards(low: float, high: float, decimals: int) -> tuple[float, float]:
    """Both ends of a side, rounded towards each other, with as few decimals as keep them apart."""
    for digits in range(decimals, decimals + 6):
        a, b = _rounded(math.ceil, low, digits), _rounded(math.floor, high, digits)
        if a < b:
            return a, b
    return low, high


def _within(value: float, low: float, high: float, decimals: int) -> float:
    """The number nearest to a value that is in [low, high), with as few decimals as there is one."""
    for digits in range(decimals, decimals + 6):
        for step in (round, math.floor, math.ceil):
            told = _rounded(step, value, digits)
            if low <= told < high:
                return told
    return value


def _rounded(step: Callable[[float], float], value: float, digits: int) -> float:
    """To a number of decimals; whole numbers where there are none. Noise of the last bits does not push it on."""
    scaled = step(round(value * 10**digits, 6))
    return int(scaled) if digits == 0 else scaled / 10**digits
