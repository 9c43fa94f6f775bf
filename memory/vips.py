"""libvips (the extra `huge`), loaded when the first large image needs it, and held to what this project uses of it.

- Files are opened by loaders that are named (TIFF, PNG, JPEG), never by whichever fits; those that libvips itself calls
  untrusted are off for the whole process.
- It keeps no results of operations, and has no more threads than the process has cores. What the environment says
  (`VIPS_CONCURRENCY`) goes before that.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

import PIL.Image

from .errors import ImageError, MissingExtraError
from .source import EXTRA, one_line
from .tiff_file import Directory
from .tiles import Level, Tile, TileError, check_sides

if TYPE_CHECKING:
    import pyvips

__all__ = ["TiffTiles", "cores", "has_vips", "vips", "with_colours"]


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def vips() -> ModuleType:
    """pyvips, with its limits set. Raises MissingExtraError where it, or libvips below it, cannot be loaded."""
    try:
        import pyvips
    except (ImportError, OSError) as error:
        raise MissingExtraError(
            f"Images larger than memory need pyvips ({one_line(error, 80)}): {EXTRA}."
        ) from error
    if not os.environ.get("VIPS_CONCURRENCY"):
        pyvips.concurrency_set(cores())
    pyvips.block_untrusted_set(True)
    pyvips.cache_set_max(0)
    pyvips.cache_set_max_mem(0)
    pyvips.cache_set_max_files(0)
    loaded: ModuleType = pyvips
    return loaded


def has_vips() -> bool:
    """Whether the extra is installed, and can be loaded."""
    try:
        vips()
    except MissingExtraError:
        return False
    return True


class TiffTiles:
    """The tiles of a page of a TIFF file (`seal.memory.tiles.TileSource`), read where they lie.

    Raises ImageError where libvips cannot read its kind of pixels.
    """

    def __init__(self, path: str, name: str, levels: Sequence[Directory]) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._bad: dict[Tile, str] = {}
        for level in levels:
            check_sides(name, level.size_wh, level.tile_wh)
        full_w = levels[0].size_wh[0]
        self.levels = tuple(Level(d.size_wh, d.tile_wh, _factor(full_w, d.size_wh[0])) for d in levels)
        self._path, self._directories = path, tuple(levels)
        self._opened = {0: self._open(0)}

    def _open(self, level: int) -> pyvips.Image:
        library, directory, path = vips(), self._directories[level], self._path
        try:
            image = library.Image.tiffload(
                path, page=directory.page, subifd=directory.sub, access="random", fail_on="warning"
            )
            rgb = with_colours(image, library)
        except (library.Error, UnicodeError) as error:
            raise ImageError(
                f"{self._name}: the TIFF cannot be read by tiles ({one_line(error, 120)})."
            ) from error
        if (image.width, image.height) != directory.size_wh:
            raise ImageError(f"{self._name}: the TIFF is corrupt; its levels are not where it says.")
        return rgb

    def called(self, tile: Tile) -> str:
        level, column, row = tile
        return f"level {level} column {column} row {row}"

    def tile(self, tile: Tile) -> PIL.Image.Image:
        level, column, row = tile
        x0, y0, x1, y1 = self.levels[level].tile_box(column, row)
        library = vips()
        with self._lock:
            if tile in self._bad:  # libvips says it once, and gives black from then on
                raise TileError(self._bad[tile])
            try:
                if level not in self._opened:
                    self._opened[level] = self._open(level)
                region = library.Region.new(self._opened[level])
                data = region.fetch(x0, y0, x1 - x0, y1 - y0)
            except library.Error as error:
                said = str(error).partition("\n")[2] or str(error)
                self._bad[tile] = one_line(said, 60)
                raise TileError(self._bad[tile]) from error
            except ImageError as error:
                raise TileError(f"its level cannot be read: {one_line(error, 60)}") from error
        return PIL.Image.frombytes("RGB", (x1 - x0, y1 - y0), bytes(data))


def _factor(full: int, side: int) -> float:
    """Pixels of the image for one of a level: a whole number where the level's side is that, rounded up or down."""
    whole = round(full / side)
    return float(whole) if abs(full / whole - side) < 1 else full / side


def with_colours(image: pyvips.Image, library: ModuleType) -> pyvips.Image:
    """8-bit RGB, transparency laid on white. Raises pyvips.Error for what has no colours."""
    if image.format not in ("uchar", "ushort"):
        raise library.Error(f"pixels of the kind {image.format}; save it with 8 or 16 bits a colour")
    if image.interpretation in ("multiband", "histogram"):
        image = image.copy(interpretation="srgb" if image.bands > 2 else "b-w")
    if image.format == "ushort" and image.interpretation in ("b-w", "srgb"):
        image = image.copy(interpretation="grey16" if image.bands < 3 else "rgb16")
    rgb = image.colourspace("srgb")
    if rgb.hasalpha():
        rgb = rgb.flatten(background=[255] * (rgb.bands - 1))
    rgb = rgb.cast("uchar")
    if rgb.bands < 3:
        rgb = (
            rgb.bandjoin([rgb, rgb])
            if rgb.bands == 1
            else rgb.extract_band(0).bandjoin([rgb.extract_band(0)] * 2)
        )
    return rgb if rgb.bands == 3 else rgb.extract_band(0, n=3)
