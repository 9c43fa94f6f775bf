"""The pictures of a store: PNG files named by their SHA-256, shared between runs.

    pictures/ab/abcd...png

A file that is there is read before it is taken for the picture: a damaged one is written anew, and so is what is no
file or far too long, which is not even opened. Names come out of a database that anybody may have written, so that only
a SHA-256 ever becomes a path.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Set
from pathlib import Path

from .disk import UnfitFile, make_way, read_file, remove, sweep_parts, write_whole
from .errors import StoreError
from .source import one_line

__all__ = ["PictureFiles"]

MOST_BYTES = 256 << 20
"""Of a picture that is read: a crop or a small copy of a page, as PNG."""


class PictureFiles:
    """Pictures in `folder`. Raises OSError where a file cannot be read or written, StoreError for what it holds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, pictures: Mapping[str, bytes]) -> None:
        """Write those pictures (SHA-256 -> PNG) that are not there whole."""
        for sha, png in pictures.items():
            path = self._path(sha)
            if self._content(path, len(png)) != png:
                path.parent.mkdir(exist_ok=True)
                if path.is_dir():
                    make_way(path)
                write_whole(path, png)

    def read(self, sha: str) -> bytes:
        """The PNG of that SHA-256. Raises StoreError: gone, or damaged."""
        png = self._content(self._path(sha), MOST_BYTES)
        if png is None:
            raise StoreError(
                f"{self.folder}: the picture {sha[:12]} of this run is gone; ask again, or delete the run."
            )
        if hashlib.sha256(png).hexdigest() != sha:
            raise StoreError(
                f"{self.folder}: the picture {sha[:12]} of this run is corrupt; ask again, or delete the run."
            )
        return png

    def remove(self, sha: str) -> None:
        """Delete a picture, if it is there."""
        path = self._path(sha)
        if path.is_dir():  # no picture: it costs nothing that it stays, where it cannot be moved
            make_way(path)
        else:
            path.unlink(missing_ok=True)

    def size(self, sha: str) -> int:
        """Bytes of a picture; 0 where there is none."""
        try:
            return self._path(sha).lstat().st_size
        except (OSError, StoreError):
            return 0

    def sweep(self, used: Set[str]) -> tuple[int, int]:
        """Delete the pictures that are not `used`, and the parts that killed writers left: (pictures, bytes)."""
        count = freed = 0
        for path in self.folder.glob("??/*.png"):
            size = path.lstat().st_size
            if path.stem not in used and remove(path):
                count, freed = count + 1, freed + size
        return count, freed + sum(map(sweep_parts, self.folder.glob("??")))

    def _path(self, sha: str) -> Path:
        if not re.fullmatch("[0-9a-f]{64}", sha):
            raise StoreError(f"{self.folder}: {one_line(sha, 40)!r} names no picture; the store is corrupt.")
        return self.folder / sha[:2] / f"{sha}.png"

    @staticmethod
    def _content(path: Path, most: int) -> bytes | None:
        """None where there is nothing; b"" where there is no picture of at most so many bytes."""
        try:
            return read_file(path, most)
        except FileNotFoundError:
            return None
        except UnfitFile:
            return b""
