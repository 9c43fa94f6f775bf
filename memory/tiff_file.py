"""What lies in a TIFF or BigTIFF file, told without decoding or reading all of it: pages, and levels of pages.

Pages and levels are told apart as writers of pyramids do it: a directory that says that it is a reduced copy, one of
the SubIFDs of a page (OME-TIFF), or one of the same proportions that follows a larger one (whole slides). What has
strips in place of tiles beside pages with tiles is no page: labels and previews of slides.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

from .deadline import current
from .errors import ImageError
from .raster import MOST_FRAMES

__all__ = ["Directory", "TiffPage", "is_tiff", "tiff_directories", "tiled_pages"]

_TYPES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
"""Types of the values that are read: whole numbers of 1, 2, 4 and 8 bytes."""
_KIND, _WIDTH, _HEIGHT, _TURN, _TILE_W, _TILE_H, _LENGTHS, _SUBS = 254, 256, 257, 274, 322, 323, 325, 330
MOST_VALUES = 4_000_000
"""Values of a tag that are read: the lengths of four million tiles."""
MOST_BYTES = 64 << 20
"""Bytes of all such tags of a file together: pages may all point to the same ones."""
MOST_SUBS = 64
MOST_TAGS = 4096


@dataclass(frozen=True, slots=True)
class Directory:
    """One picture of a file. page: 0-based place in the chain; sub: 0-based place among the SubIFDs of that, else -1.

    tile_wh: (0, 0) where it has strips. lengths: the digest of the lengths of its tiles, nothing where it says none.
    """

    page: int
    sub: int
    size_wh: tuple[int, int]
    tile_wh: tuple[int, int]
    reduced: bool
    turn: int
    lengths: bytes = b""
    subs: tuple[int, ...] = ()


@dataclass(slots=True)
class TiffPage:
    """A page and its coarser copies, the page itself first."""

    levels: list[Directory] = field(default_factory=list)

    @property
    def least_pixels(self) -> int:
        """Pixels of the coarsest level."""
        return min(d.size_wh[0] * d.size_wh[1] for d in self.levels)


def is_tiff(head: bytes) -> bool:
    """Whether the content begins as a TIFF or BigTIFF does."""
    return head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


class _File:
    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        head = file.read(16)
        self.order = "<" if head[:2] == b"II" else ">"
        self.big = head[2:4] in (b"+\0", b"\0+")
        self.size = os.fstat(file.fileno()).st_size
        self.left = MOST_BYTES
        at = head[8:16] if self.big else head[4:8]
        self.first: int = struct.unpack(self.order + ("Q" if self.big else "I"), at)[0]

    def unpack(self, form: str, at: int) -> tuple[int, ...]:
        """Whole numbers at a place. Raises ValueError as `read` does."""
        return struct.unpack(self.order + form, self.read(struct.calcsize(self.order + form), at))

    def read(self, length: int, at: int) -> bytes:
        """The bytes at a place. Raises ValueError where the file is shorter, or when too many were read."""
        if not 0 < at <= self.size - length:
            raise ValueError("it points behind its own end")
        self.left -= length
        if self.left < 0:
            raise ValueError("its directories are too long")
        self.file.seek(at)
        return self.file.read(length)

    def directory(self, at: int) -> tuple[dict[int, tuple[int, ...]], int]:
        """The values of the tags that are of use (of the lengths of tiles: their digest), and where the next one is."""
        counted, entry, pointer = ("Q", 20, "Q") if self.big else ("H", 12, "I")
        (count,) = self.unpack(counted, at)
        if count > MOST_TAGS:
            raise ValueError(f"a directory of {count} tags")
        start = at + struct.calcsize(counted)
        found: dict[int, tuple[int, ...]] = {}
        for i in range(count):
            here = start + i * entry
            tag, kind, many = self.unpack(f"HH{pointer}", here)
            if tag not in (_KIND, _WIDTH, _HEIGHT, _TURN, _TILE_W, _TILE_H, _LENGTHS, _SUBS):
                continue
            if kind not in _TYPES or not 0 < many <= MOST_VALUES:
                continue
            form = f"{many}{_TYPES[kind]}"
            value = here + 4 + struct.calcsize(pointer)
            length = struct.calcsize(self.order + form)
            place = value if length <= struct.calcsize(pointer) else self.unpack(pointer, value)[0]
            if tag == _LENGTHS:
                found[tag] = tuple(hashlib.sha256(self.read(length, place)).digest())
            else:
                found[tag] = self.unpack(form, place)
        return found, self.unpack(pointer, start + count * entry)[0]


def tiff_directories(file: IO[bytes], name: str) -> list[Directory]:
    """All pictures of a file, those in SubIFDs behind their page. Raises ImageError where it is damaged."""
    try:
        return list(_directories(_File(file), name))
    except (ValueError, struct.error, OverflowError) as error:
        raise ImageError(
            f"{name}: the TIFF is truncated or corrupt and cannot be opened ({error})."
        ) from error


def _directories(file: _File, name: str) -> Iterator[Directory]:
    at, page, seen = file.first, 0, set[int]()
    while at:
        current().check()
        if at in seen:
            raise ValueError("its pages follow each other in a circle")
        if page == MOST_FRAMES:
            raise ImageError(f"{name}: the TIFF has more than {MOST_FRAMES:,} pages; give fewer at a time.")
        seen.add(at)
        tags, following = file.directory(at)
        yield _told(tags, page, -1)
        for sub, place in enumerate(tags.get(_SUBS, ())[:MOST_SUBS]):
            yield _told(file.directory(place)[0], page, sub)
        at, page = following, page + 1


def _told(tags: dict[int, tuple[int, ...]], page: int, sub: int) -> Directory:
    def one(tag: int, default: int = 0) -> int:
        return tags.get(tag, (default,))[0]

    tiles = one(_TILE_W), one(_TILE_H)
    turn = one(_TURN, 1)
    return Directory(
        page,
        sub,
        (one(_WIDTH), one(_HEIGHT)),
        tiles if min(tiles) else (0, 0),
        bool(one(_KIND) & 1),
        turn if 1 <= turn <= 8 else 1,
        bytes(tags.get(_LENGTHS, ())),
        tags.get(_SUBS, ()),
    )


def tiled_pages(directories: Sequence[Directory]) -> list[TiffPage]:
    """The pages that have tiles, with their levels; none where the first page has strips."""
    pages: list[TiffPage] = []
    if not directories or not min(directories[0].tile_wh):
        return []
    for directory in directories:
        if not min(directory.tile_wh) or not min(directory.size_wh):
            continue
        if pages and _is_copy(directory, pages[-1].levels[0]):
            pages[-1].levels.append(directory)
        elif not directory.reduced and directory.sub < 0:
            pages.append(TiffPage([directory]))
    for page in pages:
        page.levels.sort(key=lambda d: -d.size_wh[0])
    return pages


def _is_copy(copy: Directory, page: Directory) -> bool:
    """Whether a directory is a smaller copy of a page: of the same proportions, but for rounding."""
    (w, h), (full_w, full_h) = copy.size_wh, page.size_wh
    factor = full_w / w
    return factor > 1.5 and abs(full_h / factor - h) <= max(1.5, 0.01 * h) and copy.turn in (page.turn, 1)
