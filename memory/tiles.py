"""Images that are read tile by tile, from copies of themselves at several scales: more pixels than memory holds.

- A look reads the tiles of the coarsest level that still holds its scale, and no others. Where that level is much finer
  than the look needs, each tile is scaled down as soon as it is read: what lies in memory is as large as the look.
- The same look gives the same pixels, whatever was looked at before: they depend on the tiles alone.
- A tile that is missing or corrupt is shown in grey and told (`Tiled.faults`); the others are shown as they are.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import Protocol

import PIL.Image

from .deadline import current
from .decoded import TURNS
from .errors import ImageError, TooLargeError
from .kept import Kept
from .source import check_size, one_line

__all__ = ["GREY", "Level", "TILES_BYTES", "Tile", "TileError", "TileSource", "Tiled", "check_sides"]

GREY = (160, 160, 160)
"""What stands where a tile cannot be read."""
MOST_SIDE = 10_000_000
"""Pixels of a side at most; libvips has the same limit."""
MOST_TILE = 8192
"""Pixels of a side of a tile at most."""
TILES_BYTES = 64 << 20
"""Bytes of tiles that are kept in memory, of all images of the process."""
SPARE = 2
"""Tiles are scaled down to no less than so many times what the look needs, each way; Lanczos does the rest."""
TOLD = 3
"""Tiles that cannot be read and are told one by one."""

Tile = tuple[int, int, int]
"""level (0 is the finest), column, row"""
IntBox = tuple[int, int, int, int]

_tiles: Kept[PIL.Image.Image] = Kept(1 << 20, TILES_BYTES, lambda tile: 4 * tile.width * tile.height)


class TileError(Exception):
    """A tile is missing or cannot be decoded; the message says why."""


@dataclass(frozen=True, slots=True)
class Level:
    """A copy of an image at one scale. size_wh: its pixels; tile_wh: those of its tiles, but the last of a row or
    column, which end where the level does. factor: pixels of the image for a pixel of the level, each way."""

    size_wh: tuple[int, int]
    tile_wh: tuple[int, int]
    factor: float = 1.0

    def tile_box(self, column: int, row: int) -> IntBox:
        """Where a tile lies: x0, y0, x1, y1 in pixels of the level, half-open."""
        (w, h), (tw, th) = self.size_wh, self.tile_wh
        x, y = column * tw, row * th
        return x, y, min(w, x + tw), min(h, y + th)


class TileSource(Protocol):
    """Where tiles come from. levels: the finest first, which is the image itself."""

    levels: tuple[Level, ...]

    def tile(self, tile: Tile) -> PIL.Image.Image:
        """The tile in RGB, of the size of its box. Raises TileError."""
        ...

    def called(self, tile: Tile) -> str:
        """What to call a tile in messages."""
        ...


def check_sides(name: str, size_wh: tuple[int, int], tile_wh: tuple[int, int]) -> None:
    """Raise ImageError for sizes that no image has, or that nobody could read by tiles."""
    if min(size_wh) < 1 or max(size_wh) > MOST_SIDE:
        raise ImageError(
            f"{name}: {size_wh[0]}x{size_wh[1]} px are no size of an image that is read by tiles; its sides have 1 to "
            f"{MOST_SIDE:,} px."
        )
    if min(tile_wh) < 1 or max(tile_wh) > MOST_TILE:
        raise ImageError(
            f"{name}: tiles of {tile_wh[0]}x{tile_wh[1]} px; they have 1 to {MOST_TILE} px a side."
        )


class Tiled:
    """The pixels of an image that is read by tiles (`seal.memory.raster.Pixels`). Thread-safe.

    key: names its content. turn: its EXIF orientation, 1 to 8. max_pixels: what one look may decode.
    """

    def __init__(self, source: TileSource, key: str, name: str, max_pixels: float, turn: int = 1) -> None:
        self._source, self._key, self._name = source, key, name
        self._max_pixels, self._turn = max_pixels, turn
        self._bad: dict[Tile, str] = {}
        self._lock = threading.Lock()
        w, h = source.levels[0].size_wh
        check_size((w, h), name, MOST_SIDE**2)
        self.size_wh = (w, h) if turn < 5 else (h, w)

    def read(self, box: IntBox, out_wh: tuple[int, int]) -> PIL.Image.Image:
        """The region as RGB of `out_wh` pixels. Raises ImageError where no tile of the whole image can be read,
        TooLargeError where there is no level that is coarse enough, OutOfTime."""
        if self._turn == 1:
            return self._read(box, out_wh)
        lying = out_wh if self._turn < 5 else (out_wh[1], out_wh[0])
        return self._read(_as_stored(box, self.size_wh, self._turn), lying).transpose(TURNS[self._turn])

    def faults(self) -> tuple[str, ...]:
        """A sentence about the tiles that turned out to be unreadable so far; none where all are good."""
        with self._lock:
            bad = sorted(self._bad.items())
        if not bad:
            return ()
        first = ", ".join(f"{self._source.called(tile)} ({why})" for tile, why in bad[:TOLD])
        more = f" and {len(bad) - TOLD} more" if len(bad) > TOLD else ""
        tiles = "1 tile" if len(bad) == 1 else f"{len(bad)} tiles"
        return (f"{self._name}: {tiles} cannot be read, are grey and were not searched: {first}{more}.",)

    def _read(self, box: IntBox, out_wh: tuple[int, int]) -> PIL.Image.Image:
        x0, y0, x1, y1 = box
        full_wh = self._source.levels[0].size_wh
        index = self._level(max(out_wh[0] / (x1 - x0), out_wh[1] / (y1 - y0)))
        level = self._source.levels[index]
        (w, h), (tw, th) = level.size_wh, level.tile_wh
        (cut_x0, cut_x1), (cut_y0, cut_y1) = _cut(x0, x1, level.factor, w), _cut(y0, y1, level.factor, h)
        columns = _range(cut_x0, cut_x1, tw, w)
        rows = _range(cut_y0, cut_y1, th, h)
        pixels = len(columns) * len(rows) * tw * th
        if pixels > self._max_pixels:
            raise TooLargeError(
                f"{self._name}: this look would decode {pixels / 1e6:.0f} megapixels, over the limit of "
                f"{self._max_pixels / 1e6:g}; ask for fewer (max_side), or make coarser levels: seal pyramid FILE."
            )
        factor = _factor(min((cut_x1 - cut_x0) / out_wh[0], (cut_y1 - cut_y0) / out_wh[1]), level.tile_wh)
        left, top = columns[0] * tw, rows[0] * th
        right, bottom = min(w, columns[-1] * tw + tw), min(h, rows[-1] * th + th)
        size = math.ceil((right - left) / factor), math.ceil((bottom - top) / factor)
        shown = PIL.Image.new("RGB", size, GREY)
        good = False
        for row in rows:
            for column in columns:
                current().check()
                tile = self._tile((index, column, row))
                if tile is not None:
                    good = True
                    at = (column * tw - left) // factor, (row * th - top) // factor
                    shown.paste(tile if factor == 1 else tile.reduce(factor), at)
        if not good and (x1 - x0, y1 - y0) == full_wh:
            raise ImageError(f"{self._name}: none of its tiles can be read; {self.faults()[0]}")
        inside = (
            (cut_x0 - left) / factor,
            (cut_y0 - top) / factor,
            (cut_x1 - left) / factor,
            (cut_y1 - top) / factor,
        )
        if factor == level.factor == 1 and (x1 - x0, y1 - y0) == out_wh:
            return shown.crop((x0 - left, y0 - top, x1 - left, y1 - top))
        shown = _with_edges(shown, (math.ceil(inside[2]), math.ceil(inside[3])))
        return shown.resize(out_wh, PIL.Image.Resampling.LANCZOS, box=inside, reducing_gap=3.0)

    def _level(self, scale: float) -> int:
        """The coarsest level that still holds `scale`, by less than a hundredth too little at most."""
        fit = [i for i, level in enumerate(self._source.levels) if 1 / level.factor >= 0.99 * scale]
        return max(fit, key=lambda i: self._source.levels[i].factor, default=0)

    def _tile(self, tile: Tile) -> PIL.Image.Image | None:
        with self._lock:
            if tile in self._bad:
                return None
        try:
            return _tiles.get(f"{self._key} {tile}", lambda: self._source.tile(tile))
        except TileError as error:
            with self._lock:
                self._bad[tile] = one_line(error, 100)
            return None


def _cut(first: int, last: int, factor: float, side: int) -> tuple[float, float]:
    """From and to where on a level, which may end a part of a pixel too early; then there is as much behind its end."""
    return first / factor, min(last / factor, side + 1.0)


def _range(first: float, last: float, tile: int, side: int) -> range:
    """The tiles between two places of a level that has so many pixels."""
    start = int(min(first, side - 1)) // tile
    return range(start, max(start + 1, math.ceil(min(last, side) / tile)))


def _with_edges(image: PIL.Image.Image, least: tuple[int, int]) -> PIL.Image.Image:
    """The image with its last column or row once more where it has to be larger than it is."""
    dx, dy = max(0, least[0] - image.width), max(0, least[1] - image.height)
    if not dx and not dy:
        return image
    wider = PIL.Image.new("RGB", (image.width + dx, image.height + dy))
    for at in ((dx, dy), (dx, 0), (0, dy), (0, 0)):
        wider.paste(image, at)
    return wider


def _factor(ratio: float, tile_wh: tuple[int, int]) -> int:
    """By how much tiles are scaled down at once: a power of two that divides their sides."""
    factor = 1
    while 2 * factor * SPARE <= ratio and not any(side % (2 * factor) for side in tile_wh):
        factor *= 2
    return factor


def _as_stored(box: IntBox, size_wh: tuple[int, int], turn: int) -> IntBox:
    """A box of the upright image of that size, in the image as it is stored."""
    (x0, y0, x1, y1), (w, h) = box, size_wh
    if turn in (2, 3, 6, 7):
        x0, x1 = w - x1, w - x0
    if turn in (3, 4, 7, 8):
        y0, y1 = h - y1, h - y0
    return (x0, y0, x1, y1) if turn < 5 else (y0, x0, y1, x1)
