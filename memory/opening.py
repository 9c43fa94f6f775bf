"""From what a user gives to the pages of a document: which kind it is, by its content."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import PIL.Image

from .animation import animation, is_animation
from .deadline import current
from .decoded import Decoded
from .disk import check_regular
from .errors import ImageError, SettingError
from .files import MOST_FILES, FilePages, is_glob, listed_files, picture_page
from .huge import open_tiles
from .page_source import PageOf, PageSource, PdfPages, TiffPages, TiledPages
from .raster import Raster, tiff_pages
from .source import MAX_BYTES, is_pdf, one_line, read_source, video_format
from .video import FPS, first_frame, video

__all__ = ["Opened", "check_fps", "pages_of"]

HEAD = 1024
"""Bytes that tell what a file is."""
MOST_FPS = 240.0


class Opened(NamedTuple):
    """What was opened. series: whether the pages follow each other in time. notes: what a user should know of it.
    faults: what of it cannot be seen."""

    name: str
    digest: str
    pages: PageSource | Sequence[PageOf]
    series: bool = False
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def check_fps(fps: object) -> None:
    """Raises SettingError unless it is None, or a number over 0, at most `MOST_FPS`."""
    number = isinstance(fps, int | float | np.number) and not isinstance(fps, bool)
    if fps is not None and not (number and 0 < float(str(fps)) <= MOST_FPS):
        raise SettingError(
            f"fps, frames that are looked at in a second, is a number over 0, at most {MOST_FPS:g}; got "
            f"{one_line(repr(fps), 40)}."
        )


def pages_of(
    source: object,
    dpi: float,
    max_pixels: int,
    fps: float | None = None,
    first: bool = False,
    on_progress: Callable[[int], None] | None = None,
) -> Opened:
    """All pages of a source; `first`: of a video or animation the first frame alone, and folders and lists are refused.

    on_progress: told the percents of a conversion (`seal.memory.huge`).

    Raises as `seal.memory.image.open_document`.
    """
    if isinstance(source, np.ndarray | PIL.Image.Image):
        page = picture_page(source, max_pixels)
        return Opened(page.name, page.digest, [page])
    if isinstance(source, list | tuple) and not first:
        return _listed(source, max_pixels)
    if (tiles := open_tiles(source, max_pixels, on_progress)) is not None:
        return Opened(tiles.name, tiles.digest, TiledPages(tiles))
    path = os.fspath(source) if isinstance(source, str | os.PathLike) else None
    if isinstance(path, str):
        name = one_line(path) or "the empty path"
        if not first and (os.path.isdir(path) or is_glob(path)):  # noqa: PTH112 - no name is too long for it
            files, notes = listed_files(path)
            pages = FilePages(name, files, max_pixels)
            return Opened(name, pages.digest, pages, True, notes)
        if kind := video_format(_head(path)):
            with Path(path).open("rb") as file:
                return _video(file, kind, name, max_pixels, fps, first)
    data, name = read_source(source)
    if kind := video_format(data[:HEAD]):
        return _video(io.BytesIO(data), kind, name, max_pixels, fps, first)
    digest = hashlib.sha256(data).hexdigest()
    if is_pdf(data):
        from .pdf import PdfFile

        return Opened(name, digest, PdfPages(PdfFile(data, name, dpi, max_pixels), digest))
    frames = tiff_pages(data, name)
    if len(frames) > 1:
        return Opened(name, digest, TiffPages(data, name, digest, max_pixels, frames))
    if not first and is_animation(data, name):
        moving = animation(data, name, max_pixels, fps)
        return Opened(name, f"{digest}@{fps}", moving, True, faults=tuple(moving.faults))
    return Opened(name, digest, [PageOf(Raster(data, name, max_pixels, frames[0]), digest, name)])


def _listed(sources: Sequence[object], max_pixels: int) -> Opened:
    """A list of sources of one picture each."""
    if not sources:
        raise ImageError("The list of images is empty; give at least one.")
    if len(sources) > MOST_FILES:
        raise ImageError(
            f"{len(sources):,} images were given, over the limit of {MOST_FILES:,}; give a part of them."
        )
    name = f"{len(sources)} images"
    pages = FilePages(name, sources, max_pixels)
    return Opened(name, pages.digest, pages, True)


def _video(file: IO[bytes], kind: str, name: str, max_pixels: int, fps: float | None, first: bool) -> Opened:
    """What a video shows, or its first frame."""
    content = hashlib.sha256()
    while piece := file.read(1 << 24):
        content.update(piece)
        current().check()
    file.seek(0)
    digest = content.hexdigest()
    if first:
        pixels = PIL.Image.fromarray(first_frame(file, kind, name, max_pixels))
        return Opened(name, digest, [PageOf(Decoded(pixels), digest, name)])
    moving = video(file, kind, name, max_pixels, fps)
    return Opened(name, f"{digest}@{fps or FPS:g}", moving, True, faults=tuple(moving.faults))


def _head(path: str) -> bytes:
    """The first bytes of a regular file that is not too long; none of anything else, which `read_source` tells."""
    with suppress(OSError, ValueError):
        check_regular(Path(path))
        if Path(path).stat().st_size <= MAX_BYTES:
            with Path(path).open("rb") as file:
                return file.read(HEAD)
    return b""
