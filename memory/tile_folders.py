"""Images whose tiles are files of their own: DeepZoom (`x.dzi` beside `x_files/`) and IIIF level 0 (`info.json`).

Whoever made them may have written anything: descriptions are short and declare no entities, tiles are regular files
inside the folder, of the size that they must have, which is checked before they are decoded.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard
from xml.parsers import expat

import PIL.Image

from .decoded import Decoded
from .disk import UnfitFile, is_deeper, read_file
from .errors import ImageError
from .raster import quiet_pillow
from .source import one_line
from .tiles import Level, Tile, TileError, check_sides

__all__ = ["DeepZoom", "Iiif", "MOST_DESCRIPTION"]

MOST_DESCRIPTION = 1 << 20
"""Bytes of a description."""
MOST_TILE_BYTES = 64 << 20
"""Bytes of a tile's file."""
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
"""What tiles may be, whatever their names say."""
SAMPLED = 64
"""Tiles of the finest level that go into the digest, beside those of coarse ones."""
MOST_SCALES = 64


class _Folder(ABC):
    """Tiles as files in a folder."""

    levels: tuple[Level, ...]

    def __init__(self, root: Path, name: str, description: bytes) -> None:
        self._root, self._name, self._description = root, name, description
        try:
            self._real = root.resolve(strict=True)
            fit = self._real.is_dir()
        except (OSError, RuntimeError):
            fit = False
        if not fit:
            raise ImageError(f"{name}: its tiles are missing; they belong into the folder {one_line(root)}.")

    @abstractmethod
    def paths(self, tile: Tile) -> Iterator[str]:
        """Where a tile may lie in the folder, the likeliest first."""

    @abstractmethod
    def size(self, tile: Tile) -> tuple[int, int]:
        """Pixels of a tile's file."""

    def cut(self, picture: PIL.Image.Image, tile: Tile) -> PIL.Image.Image:
        """The tile without what its file shows beyond it."""
        del tile
        return picture

    def called(self, tile: Tile) -> str:
        return next(self.paths(tile))

    def tile(self, tile: Tile) -> PIL.Image.Image:
        data = self._bytes(tile)
        with quiet_pillow():
            try:
                picture = PIL.Image.open(io.BytesIO(data), formats=FORMATS)
                if picture.size != self.size(tile):
                    w, h = self.size(tile)
                    raise TileError(f"it has {picture.width}x{picture.height} px in place of {w}x{h}")
                picture.load()
                whole = Decoded.of(picture, "tile", copied=True).read((0, 0, *picture.size), picture.size)
            except TileError:
                raise
            except PIL.UnidentifiedImageError as error:
                raise TileError("it is no image") from error
            except Exception as error:  # decoders of broken files raise what they like
                raise TileError(one_line(error, 60)) from error
        return self.cut(whole, tile)

    def _bytes(self, tile: Tile) -> bytes:
        for name in self.paths(tile):
            path = self._root / name
            try:
                if not path.resolve(strict=True).is_relative_to(self._real):
                    raise TileError("it is a link that leads out of the folder")
                return read_file(path, MOST_TILE_BYTES)
            except UnfitFile as error:
                raise TileError(error.strerror) from error
            except FileNotFoundError:
                continue
            except (OSError, RuntimeError, ValueError) as error:
                raise TileError(getattr(error, "strerror", None) or one_line(error, 60)) from error
        raise TileError("it is missing")

    def digest(self) -> str:
        """SHA-256 of the description, and of the files of tiles: all of coarse levels, some of the finest.

        Reading all would take as long as looking at all: two folders that differ elsewhere alone have one digest.
        """
        sha = hashlib.sha256(b"tiles\0" + self._description)
        for tile in self._sample():
            try:
                data = self._bytes(tile)
            except TileError as error:
                data = str(error).encode()
            sha.update(f"{tile} {len(data)}\n".encode() + hashlib.sha256(data).digest())
        return sha.hexdigest()

    def _sample(self) -> Iterator[Tile]:
        left = SAMPLED
        for index in range(len(self.levels) - 1, -1, -1):
            level = self.levels[index]
            columns, rows = (math.ceil(a / b) for a, b in zip(level.size_wh, level.tile_wh, strict=True))
            count = columns * rows
            if index and count > left:
                continue
            step = max(1, count // SAMPLED)
            for i in range(0, count, step):
                yield index, i % columns, i // columns
            left -= count


class DeepZoom(_Folder):
    """A DeepZoom image: a description in XML and `NAME_files/LEVEL/COLUMN_ROW.FORMAT` beside it.

    Raises ImageError where the description is none, or describes what cannot be.
    """

    def __init__(self, path: Path, name: str, description: bytes) -> None:
        told = _attributes(description, name)
        size_wh = _whole(told, "Width", name), _whole(told, "Height", name)
        side = _whole(told, "TileSize", name)
        self._overlap = _whole(told, "Overlap", name, 0)
        self._format = told.get("Format", "jpg")
        check_sides(name, size_wh, (side, side))
        if self._overlap > side:
            raise ImageError(f"{name}: tiles of {side} px cannot overlap by {self._overlap}.")
        if not (self._format.isascii() and self._format.isalnum()) or len(self._format) > 8:
            raise ImageError(f"{name}: {one_line(repr(self._format), 40)} is no format of tiles.")
        super().__init__(path.with_name(f"{path.stem}_files"), name, description)
        if not self._real.is_relative_to(path.resolve().parent):
            raise ImageError(f"{name}: its tiles lie behind a link that leads out of its folder.")
        self._finest = math.ceil(math.log2(max(size_wh))) if max(size_wh) > 1 else 0
        halved = [size_wh]
        while max(halved[-1]) > side:
            w, h = halved[-1]
            halved.append((-(-w // 2), -(-h // 2)))
        self.levels = tuple(Level(size, (side, side), 2.0**i) for i, size in enumerate(halved))

    def paths(self, tile: Tile) -> Iterator[str]:
        level, column, row = tile
        yield f"{self._finest - level}/{column}_{row}.{self._format}"

    def size(self, tile: Tile) -> tuple[int, int]:
        x0, y0, x1, y1 = self._around(tile)
        return x1 - x0, y1 - y0

    def cut(self, picture: PIL.Image.Image, tile: Tile) -> PIL.Image.Image:
        left, top = self._around(tile)[:2]
        x0, y0, x1, y1 = self.levels[tile[0]].tile_box(*tile[1:])
        return picture.crop((x0 - left, y0 - top, x1 - left, y1 - top))

    def _around(self, tile: Tile) -> tuple[int, int, int, int]:
        """The tile's box with its overlap, in pixels of its level."""
        level = self.levels[tile[0]]
        (x0, y0, x1, y1), (w, h), over = level.tile_box(*tile[1:]), level.size_wh, self._overlap
        return max(0, x0 - over), max(0, y0 - over), min(w, x1 + over), min(h, y1 + over)


class Iiif(_Folder):
    """An image of the IIIF Image API, versions 2 and 3, level 0: a folder with `info.json` and files of tiles.

    Raises ImageError as `DeepZoom` does.
    """

    def __init__(self, folder: Path, name: str, description: bytes) -> None:
        try:
            told = json.loads(description)
        except (ValueError, RecursionError) as error:
            raise ImageError(f"{name}: info.json is no JSON ({one_line(error, 80)}).") from error
        tiles = told.get("tiles") if isinstance(told, dict) else None
        tiles = tiles[0] if isinstance(tiles, list) and tiles else None
        if is_deeper(told, 20) or not isinstance(told, dict) or not isinstance(tiles, dict):
            raise ImageError(f"{name}: info.json describes no tiles; it needs width, height and tiles.")
        size_wh = _number(told, "width", name), _number(told, "height", name)
        tw = _number(tiles, "width", name)
        tile_wh = tw, _number(tiles, "height", name) if "height" in tiles else tw
        scales = tiles.get("scaleFactors")
        if (
            not isinstance(scales, list)
            or not 0 < len(scales) <= MOST_SCALES
            or not all(map(_is_scale, scales))
        ):
            raise ImageError(f"{name}: scaleFactors must be a list of whole numbers from 1 on.")
        check_sides(name, size_wh, tile_wh)
        self._scales = sorted({1, *scales})
        super().__init__(folder, name, description)
        (w, h) = size_wh
        self.levels = tuple(Level((-(-w // s), -(-h // s)), tile_wh, float(s)) for s in self._scales)

    def paths(self, tile: Tile) -> Iterator[str]:
        w, h = self.levels[0].size_wh
        x, y, right, bottom = self._region(tile)
        wide, high = self.size(tile)
        whole = (x, y, right, bottom) == (0, 0, w, h)
        for ending in ("jpg", "png", "webp"):
            for region in (f"{x},{y},{right - x},{bottom - y}", *(("full",) if whole else ())):
                for size in (f"{wide},{high}", f"{wide},", *(("max", "full") if tile[0] == 0 else ())):
                    yield f"{region}/{size}/0/default.{ending}"

    def size(self, tile: Tile) -> tuple[int, int]:
        x0, y0, x1, y1 = self.levels[tile[0]].tile_box(*tile[1:])
        return x1 - x0, y1 - y0

    def _region(self, tile: Tile) -> tuple[int, int, int, int]:
        (w, h), scale = self.levels[0].size_wh, self._scales[tile[0]]
        x0, y0, x1, y1 = self.levels[tile[0]].tile_box(*tile[1:])
        return x0 * scale, y0 * scale, min(w, x1 * scale), min(h, y1 * scale)


def _attributes(xml: bytes, name: str) -> dict[str, str]:
    """The attributes of Image and of Size in it. No document type is taken: entities are declared in one."""
    found: dict[str, str] = {}
    seen: list[str] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        local = tag.rpartition(" ")[2]
        if not seen and local != "Image":
            raise ImageError(
                f"{name}: this XML describes no DeepZoom image, but {one_line(repr(local), 40)}."
            )
        seen.append(local)
        if local in ("Image", "Size"):
            found.update({key: value for key, value in attributes.items() if key not in found})

    def refuse(*_: object) -> None:
        raise ImageError(f"{name}: a DeepZoom description declares no document type and no entities.")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError) as error:
        raise ImageError(f"{name}: its description is no XML ({one_line(error, 80)}).") from error
    return found


def _whole(told: dict[str, str], key: str, name: str, least: int = 1) -> int:
    text = told.get(key, "").strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 12 or int(text) < least:
        raise ImageError(
            f"{name}: {key} must be a whole number from {least} on; it is {one_line(repr(text), 40)}."
        )
    return int(text)


def _number(told: dict[str, object], key: str, name: str) -> int:
    value = told.get(key)
    if not _is_scale(value):
        raise ImageError(
            f"{name}: {key} must be a whole number from 1 on; it is {one_line(repr(value), 40)}."
        )
    return value


def _is_scale(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 1 << 40
