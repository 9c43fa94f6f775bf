"""Which paths are opened by tiles, without the file being read into memory, and which flat files are converted.

- DeepZoom descriptions and IIIF folders are, and TIFF files of more than `TILED_FROM` pixels that have tiles and a
  level that is coarse enough (the extra `huge`).
- PNG, JPEG and other TIFF files over both `max_pixels` and `TILED_FROM` are converted once (`seal.memory.pyramids`, the
  same extra).
- Everything else is read as a whole (`seal.memory.source`, `seal.memory.raster`), as are all files without the extra.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import PIL.Image

from .disk import read_file
from .errors import ImageError, SettingError, TooLargeError
from .raster import quiet_pillow
from .sampled import file_digest
from .source import EXTRA, MAX_BYTES, one_line
from .tiff_file import Directory, TiffPage, is_tiff, tiff_directories, tiled_pages
from .tile_folders import MOST_DESCRIPTION, DeepZoom, Iiif
from .tiles import Tiled
from .vips import TiffTiles, has_vips, vips

if TYPE_CHECKING:
    from .pyramids import Progress

__all__ = ["MOST_CONVERTED", "OpenedTiles", "TILED_FROM", "convert", "is_flat", "open_tiles"]

TILED_FROM = 64_000_000
"""Pixels of a TIFF with tiles from which it is read by them; and of its coarsest level at most."""
_KINDS = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"II*\0": "tiff", b"MM\0*": "tiff", b"II+\0": "tiff"}
MOST_PAGES = 64
"""Pages of a TIFF that is read by tiles."""
MOST_CONVERTED = 20_000_000_000
"""Pixels of a flat file that is converted at most."""


@dataclass(frozen=True, slots=True)
class OpenedTiles:
    """An image, or the pages of a TIFF, read by tiles."""

    name: str
    digest: str
    pages: tuple[Tiled, ...]


@dataclass(frozen=True, slots=True)
class _Flat:
    """A file that can be converted before it is read: what kind it is, and its pixels."""

    path: Path
    kind: str
    size_wh: tuple[int, int]

    def is_over(self, max_pixels: float) -> bool:
        """Whether it has more pixels or bytes than are read as a whole. What has few pixels fits into memory: a limit
        below them is there to refuse it."""
        w, h = self.size_wh
        return w * h > max(max_pixels, TILED_FROM) or self.path.stat().st_size > MAX_BYTES


def open_tiles(source: object, max_pixels: float, on_progress: Progress | None = None) -> OpenedTiles | None:
    """What is read by tiles, opened; None of anything else, for others to read or to refuse.

    on_progress: told the percents of a conversion. Raises ImageError, and OutOfTime during a conversion.
    """
    path = _path(source)
    if path is None:
        return None
    name = one_line(path)
    try:
        if path.is_dir():
            return _folder(path, name, max_pixels) if (path / "info.json").exists() else None
        head = _head(path)
        if path.name == "info.json":
            return _folder(path.parent, name, max_pixels)
        if b"<Image" in head and (b"deepzoom" in head or b"TileSize" in head):
            zoom = DeepZoom(path, name, read_file(path, MOST_DESCRIPTION))
            return _one(name, zoom.digest(), zoom, max_pixels)
        if is_tiff(head) and (opened := _tiff(path, name, max_pixels)) is not None:
            return opened
        flat = _flat(path, head)
        if flat is None or not flat.is_over(max_pixels):
            return None
        if not has_vips():
            _refuse_if_too_long(path, name, flat.size_wh)
            return None
        kept, digest = _converted(flat, name, on_progress)
        return _pages(kept, name, digest, tiled_pages(_directories(kept, name)), max_pixels)
    except OSError as error:
        why = error.strerror or one_line(error)
        raise ImageError(f"{name}: the file cannot be read ({why}).") from error


def convert(
    path: Path, max_pixels: float, out: Path | None, quality: int | None, on_progress: Progress | None = None
) -> Path:
    """Where the pyramid of a PNG, JPEG or TIFF of one page is: `out`, which is written, or else in the cache.

    quality: of JPEG tiles in `out`, 1 to 100; None: without loss, or 95 where the file is a JPEG. Raises ImageError;
    SettingError for what a cache does not need; MissingExtraError; OutOfTime when the deadline in force passes.
    """
    from .pyramids import JPEG_QUALITY, write_pyramid

    name = one_line(path)
    found = _path(path)
    try:
        flat = None if found is None or found.is_dir() else _flat(found, _head(found))
    except OSError as error:
        raise ImageError(f"{name}: the file cannot be read ({error.strerror}).") from error
    if flat is None:
        why = "there is no such file" if found is None else "this is no PNG, JPEG or TIFF of one page"
        raise ImageError(f"{name}: {why}; nothing else is converted.")
    vips()
    if out is None:
        if quality is not None:
            raise SettingError("A quality is for the file that --out names; the cache keeps what is there.")
        if not is_flat(path, max_pixels):
            raise SettingError(
                f"{name}: it is opened without a conversion ({flat.size_wh[0]}x{flat.size_wh[1]} px); to convert it "
                "all the same, name a file with --out."
            )
        return _converted(flat, name, on_progress)[0]
    if out.exists() and out.samefile(path):
        raise SettingError(f"{name}: the pyramid cannot take the place of the file that it is made of.")
    _check_pixels(flat, name)
    chosen = JPEG_QUALITY if quality is None and flat.kind == "jpeg" else quality
    write_pyramid(path, out, flat.kind, name, chosen, on_progress)
    return out


def _converted(flat: _Flat, name: str, on_progress: Progress | None) -> tuple[Path, str]:
    """The pyramid of a file in the cache, and the digest of the file."""
    from .pyramids import cached_pyramid  # what starts processes takes a while to import

    _check_pixels(flat, name)
    digest = hashlib.sha256(f"flat {file_digest(flat.path)}".encode()).hexdigest()
    return cached_pyramid(flat.path, flat.kind, name, digest, on_progress), digest


def _check_pixels(flat: _Flat, name: str) -> None:
    w, h = flat.size_wh
    if w * h > MOST_CONVERTED:
        raise TooLargeError(
            f"{name}: the image has {w}x{h} px; at most {MOST_CONVERTED / 1e9:g} gigapixels are converted. Give a TIFF "
            "that has tiles and coarser levels."
        )


def is_flat(source: object, max_pixels: float) -> bool:
    """Whether opening it converts it first, or takes what was converted earlier."""
    path = _path(source)
    try:
        return path is not None and path.is_file() and _needs(path, max_pixels) and has_vips()
    except (OSError, ImageError):
        return False


def _needs(path: Path, max_pixels: float) -> bool:
    head = _head(path)
    if is_tiff(head) and _usable(tiled_pages(_directories(path, str(path)))):
        return False
    flat = _flat(path, head)
    return flat is not None and flat.is_over(max_pixels)


def _path(source: object) -> Path | None:
    """The path of a source that is one and that leads to a file or folder; others are not ours to complain of."""
    if not isinstance(source, str | os.PathLike):
        return None
    try:
        path = Path(source)
        mode = path.stat().st_mode
    except (OSError, ValueError, TypeError):
        return None
    return path if stat.S_ISREG(mode) or stat.S_ISDIR(mode) else None


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)


def _folder(folder: Path, name: str, max_pixels: float) -> OpenedTiles:
    tiles = Iiif(folder, name, read_file(folder / "info.json", MOST_DESCRIPTION))
    return _one(name, tiles.digest(), tiles, max_pixels)


def _one(name: str, digest: str, tiles: DeepZoom | Iiif, max_pixels: float) -> OpenedTiles:
    return OpenedTiles(name, digest, (Tiled(tiles, digest, name, max_pixels),))


def _directories(path: Path, name: str) -> list[Directory]:
    with path.open("rb") as file:
        return tiff_directories(file, name)


def _usable(pages: list[TiffPage]) -> bool:
    """Whether it is large enough to be read by tiles, and has levels that are coarse enough."""
    large = any(w * h > TILED_FROM for w, h in (page.levels[0].size_wh for page in pages))
    return large and all(page.least_pixels <= TILED_FROM for page in pages)


def _tiff(path: Path, name: str, max_pixels: float) -> OpenedTiles | None:
    """A TIFF that is read by tiles; None of others."""
    try:
        directories = _directories(path, name)
    except ImageError:
        if path.stat().st_size > MAX_BYTES:
            raise
        return None  # whoever reads it as a whole will say it, or be able to
    pages = tiled_pages(directories)
    if not _usable(pages) or len(pages) > MOST_PAGES:
        return None
    if not has_vips():
        w, h = pages[0].levels[0].size_wh
        _refuse_if_too_long(path, name, (w, h))
        return None
    lengths = b"".join(d.lengths for page in pages for d in page.levels)
    digest = hashlib.sha256(f"tiles {file_digest(path, lengths)}".encode()).hexdigest()
    return _pages(path, name, digest, pages, max_pixels)


def _pages(path: Path, name: str, digest: str, pages: list[TiffPage], max_pixels: float) -> OpenedTiles:
    opened = []
    if not pages:
        raise ImageError(f"{name}: its pyramid holds no page; remove {one_line(path)}.")
    for i, page in enumerate(pages):
        key = digest if len(pages) == 1 else f"{digest}#{i + 1}"
        tiles = TiffTiles(str(path), name, page.levels)
        opened.append(Tiled(tiles, key, name, max_pixels, page.levels[0].turn))
    return OpenedTiles(name, digest, tuple(opened))


def _flat(path: Path, head: bytes) -> _Flat | None:
    """A PNG, JPEG or TIFF of one page; None of others."""
    kind = _kind_of(head)
    if kind is None:
        return None
    if kind == "tiff":
        try:
            pages = [d for d in _directories(path, str(path)) if not d.reduced and d.sub < 0]
        except ImageError:
            return None
        if len(pages) != 1:
            return None
        size_wh = pages[0].size_wh
    else:
        try:
            with quiet_pillow(), PIL.Image.open(path, formats=(kind.upper(),)) as image:
                size_wh = image.size
        except Exception:  # whoever reads it as a whole will say it
            return None
    return _Flat(path, kind, size_wh)


def _kind_of(head: bytes) -> str | None:
    """png, jpeg or tiff, by the first bytes of a file; None of others."""
    if head[:4] == b"MM\0+":
        return "tiff"
    return next((kind for magic, kind in _KINDS.items() if head.startswith(magic)), None)


def _refuse_if_too_long(path: Path, name: str, size_wh: tuple[int, int]) -> None:
    """Without the extra: what can be read as a whole is; of what has too many bytes for it, the remedy is said here."""
    if path.stat().st_size > MAX_BYTES:
        raise TooLargeError(
            f"{name}: the file has {path.stat().st_size / 1e9:.1f} GB and {size_wh[0]}x{size_wh[1]} px, more than is "
            f"read into memory; {EXTRA} reads it by tiles."
        )
