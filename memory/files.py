"""Several picture files as the pages of one document: a folder, a glob, or a list.

- Names are put in their natural order: shot2 before shot10.
- Files are opened when they are looked at, and few stay in memory. One that turns out to be broken is the error of its
  page; the others are good.
"""

from __future__ import annotations

import glob
import hashlib
import os
import re
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import PIL.Image

from .disk import read_file
from .errors import ImageError, OutOfTime, PageError
from .kept import Kept
from .page_source import PageOf, raster_page
from .raster import IntBox, Raster, array_to_pil, pil_pixels
from .source import MAX_BYTES, one_line, read_source

__all__ = ["FilePages", "MOST_FILES", "is_glob", "listed_files", "picture_page"]

MOST_FILES = 2000
"""Pictures of one document at most."""
MOST_NAMES = 100_000
"""Names of a folder that are looked at."""
OPEN_FILES, OPEN_BYTES = 8, 512 << 20
"""Pictures that are in memory at a time, and their bytes decoded."""
NAMED = 3
"""Files that are named in a note."""
_DIGITS = re.compile(r"(\d+)")
_MAGIC = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"\xff\x4f\xff\x51",
    b"\0\0\0\x0cjP",
    b"\0\0\1\0",
    b"GIF8",
    b"BM",
    b"8BPS",
    *(b"II*\0", b"II+\0", b"MM\0*", b"MM\0+"),
    *(b"P1", b"P2", b"P3", b"P4", b"P5", b"P6"),
)
"""How pictures begin that Pillow reads: PNG, JPEG, JPEG 2000, icons, GIF, BMP, PSD, TIFF, PNM."""


def natural(name: str) -> list[tuple[bool, int, str]]:
    """A key that sorts names as people do, numbers by their value.

    >>> sorted(["shot10", "shot2", "Shot1"], key=natural)
    ['Shot1', 'shot2', 'shot10']
    """
    parts = (part for part in _DIGITS.split(name.casefold()) if part)
    return [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts]


def is_glob(source: str) -> bool:
    """Whether a string is a pattern of file names, and no file by itself."""
    return glob.has_magic(source) and "://" not in source and not os.path.lexists(source)


def listed_files(source: str) -> tuple[list[Path], tuple[str, ...]]:
    """The picture files of a folder, or of a glob, in natural order; and a note that names the others, if any.

    The first bytes of a file say whether it is a picture. Hidden files, folders, pipes and what leads to none are no
    pictures. Raises ImageError: no picture, over `MOST_FILES`, unreadable.
    """
    name = one_line(source)
    try:
        if is_glob(source):
            found = glob.glob(source, recursive=True)  # noqa: PTH207 - of any pattern, absolute ones too
        else:
            found = [entry.path for entry in os.scandir(source)]
    except OSError as error:
        raise ImageError(f"{name}: the directory cannot be read ({error.strerror}).") from error
    shown = sorted((p for p in found if not Path(p).name.startswith(".")), key=natural)
    pictures: list[Path] = []
    others: list[str] = []
    for each in shown[:MOST_NAMES]:
        (pictures.append(Path(each)) if _is_picture(each) else others.append(Path(each).name))
        if len(pictures) > MOST_FILES:
            raise ImageError(
                f"{name}: there are more than {MOST_FILES:,} pictures ({len(shown):,} files); give a part of them, for "
                "example by a glob in quotes."
            )
    where = "the glob matches" if is_glob(source) else "the directory holds"
    if not shown and is_glob(source):
        raise ImageError(f"{name}: there is no such file, and as a glob it matches nothing.")
    if not pictures:
        what = f"{len(others):,} files, but no picture" if others else "nothing"
        raise ImageError(f"{name}: {where} {what} that can be read; give a folder of screenshots.")
    if not others:
        return pictures, ()
    first = ", ".join(one_line(other, 40) for other in others[:NAMED])
    more = f" and {len(others) - NAMED:,} more" if len(others) > NAMED else ""
    return pictures, (
        f"{name}: {first}{more} left out, which {'are' if len(others) > 1 else 'is'} no picture.",
    )


def _is_picture(path: str) -> bool:
    """Whether a file, or what a link leads to, begins as a picture does. Pipes and devices are not opened."""
    with suppress(OSError, ValueError):
        if not stat.S_ISREG(Path(path).stat().st_mode):
            return False
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            head = os.read(handle, 16)
        finally:
            os.close(handle)
        boxed = head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis")
        return boxed or head.startswith(_MAGIC) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
    return False


def picture_page(source: object, max_pixels: int) -> PageOf:
    """One picture as a page: an array, a PIL image, a file, bytes; of several frames the first. Raises ImageError."""
    if isinstance(source, np.ndarray):
        return PageOf(
            *pil_pixels(array_to_pil(source, max_pixels), "array", max_pixels, copied=True), "array"
        )
    if isinstance(source, PIL.Image.Image):
        name = one_line(getattr(source, "filename", "") or "image")
        return PageOf(*pil_pixels(source, name, max_pixels), name)
    return raster_page(*read_source(source), max_pixels)


class FilePages:
    """Pictures as pages: paths, which are opened when they are looked at, and what is a picture in memory."""

    def __init__(self, name: str, sources: Sequence[object], max_pixels: int) -> None:
        self._sources, self._max_pixels = list(sources), max_pixels
        self._known: Kept[Raster] = Kept(OPEN_FILES, OPEN_BYTES, lambda r: 4 * r.size_wh[0] * r.size_wh[1])
        listed = hashlib.sha256(name.encode("utf-8", "backslashreplace"))
        for source in self._sources:
            listed.update(repr(source if isinstance(source, str | Path) else id(source)).encode())
        self.digest = listed.hexdigest()

    def __len__(self) -> int:
        return len(self._sources)

    def __getitem__(self, index: int) -> PageOf:
        """Raises PageError where that file is none that can be read."""
        source = self._sources[index]
        try:
            if isinstance(source, PageOf):
                return source
            if not isinstance(source, str | os.PathLike):
                return picture_page(source, self._max_pixels)
            return self._file(os.fspath(source), index)
        except PageError:
            raise
        except ImageError as error:
            raise PageError(str(error), index + 1) from error

    def _file(self, path: str, index: int) -> PageOf:
        data, name = read_source(path)
        page = raster_page(data, name, self._max_pixels)
        size_wh, digest = page.pixels.size_wh, page.digest

        def raster() -> Raster:
            try:
                again = read_file(path, MAX_BYTES)
            except OSError as error:
                raise PageError(f"{name}: the file cannot be read any more.", index + 1) from error
            if hashlib.sha256(again).hexdigest() != digest:
                raise PageError(f"{name}: the file has changed meanwhile; open it anew.", index + 1)
            return Raster(again, name, self._max_pixels)

        return page._replace(pixels=_File(size_wh, lambda: self._known.get(path, raster), index))


class _File:
    """The pixels of a file that is opened again when it is looked at."""

    def __init__(self, size_wh: tuple[int, int], raster: Callable[[], Raster], index: int) -> None:
        self.size_wh = size_wh
        self._raster, self._index = raster, index

    def read(self, box: IntBox, out_wh: tuple[int, int]) -> PIL.Image.Image:
        """The region as RGB of `out_wh` pixels. Raises PageError for a broken file, OutOfTime."""
        try:
            return self._raster().read(box, out_wh)
        except (PageError, OutOfTime):
            raise
        except ImageError as error:
            raise PageError(str(error), self._index + 1) from error
