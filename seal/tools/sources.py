"""Which pictures a model may open: files in folders that somebody allowed, and pictures that it sends along.

- Nothing outside the allowed folders is opened: links are followed first, then the real place is judged. What lies
  outside and what does not exist are told in the same words.
- Nothing is fetched from a network.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..memory.errors import ImageError, SettingError, TooLargeError
from ..memory.source import one_line

__all__ = ["MOST_FILE_BYTES", "MOST_SENT_BYTES", "Sources"]

MOST_FILE_BYTES = 200_000_000
"""Bytes of a file that is opened."""
MOST_SENT_BYTES = 32_000_000
"""Bytes of a picture that is sent as base64, decoded."""

_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
_DATA = re.compile(r"data:(?:image/[\w.+-]+|application/pdf|application/octet-stream)?;base64,")


class Sources:
    """Folders from which pictures are opened. Raises SettingError for one that is no folder.

    allow: the folders; relative paths are looked for in each, in their order, then from where the program was started.
    Empty: no file is opened at all.
    """

    def __init__(self, allow: Iterable[str | Path]) -> None:
        self.folders = tuple(_folder(path) for path in allow)

    def open(self, image: str, pictures: Mapping[str, object]) -> object:
        """What stands for an image: the picture of that name, the bytes of a data URI, or the path of an allowed file.

        Raises ImageError, one line, for anything else.
        """
        if image in pictures:
            return pictures[image]
        if image[:5].casefold() == "data:":
            return _sent(image)
        if _ADDRESS.match(image):
            raise ImageError(
                f"{_named(image)}: addresses are not opened; give the path of a file, or a data URI with base64."
            )
        return self._file(image)

    def _file(self, image: str) -> Path:
        path = self._allowed(image)
        try:
            if path is not None and path.is_dir():
                raise ImageError(f"{_named(image)}: this is a folder; give one image or PDF file.")
            if path is None or not path.is_file():
                shown = one_line(", ".join(map(str, self.folders)) or "none")
                raise ImageError(
                    f"{_named(image)}: there is no such file in the folders that may be opened ({shown})."
                )
            size = path.stat().st_size
        except OSError as error:
            raise ImageError(f"{_named(image)}: the file cannot be read ({error.strerror}).") from error
        if size > MOST_FILE_BYTES:
            raise TooLargeError(
                f"{_named(image)}: the file has {size / 1e6:.0f} MB, over the limit of "
                f"{MOST_FILE_BYTES / 1e6:g}."
            )
        return path

    def _allowed(self, image: str) -> Path | None:
        """The real place of a path, where that is in a folder: of the first that exists, else of any; None outside."""
        inside = []
        for folder, start in [*((f, f) for f in self.folders), *((f, Path.cwd()) for f in self.folders)]:
            try:
                real = (start / image).resolve()  # an absolute path stays itself
                if real.is_relative_to(folder):
                    inside.append(real)
                    if real.exists():
                        return real
            except (
                OSError,
                ValueError,
                RuntimeError,
            ):  # a null character, too long a name, links in a circle
                continue
        return inside[0] if inside else None


def _named(image: str) -> str:
    """A path as it is told: on one line, what cannot be printed as an escape."""
    return one_line("".join(c if c.isprintable() else ascii(c)[1:-1] for c in image), 120)


def _folder(path: str | Path) -> Path:
    try:
        real = Path(path).expanduser().resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise SettingError(f"{one_line(path, 120)}: there is no such folder to allow.") from error
    if not real.is_dir():
        raise SettingError(
            f"{one_line(path, 120)}: this is no folder; allow the folder that holds the files."
        )
    return real


def _sent(uri: str) -> bytes:
    """The bytes of a data URI."""
    found = _DATA.match(uri)
    if found is None:
        raise ImageError(
            'A picture is sent as "data:image/png;base64,..." (or image/jpeg, application/pdf, ...); got '
            f"{one_line(uri, 40)!r}."
        )
    most = MOST_SENT_BYTES * 4 // 3 + 4
    if len(uri) - found.end() > most:
        raise TooLargeError(
            f"The sent picture has {(len(uri) - found.end()) * 0.75 / 1e6:.0f} MB, over the limit of "
            f"{MOST_SENT_BYTES / 1e6:g}; give the path of its file."
        )
    try:
        return base64.b64decode("".join(uri[found.end() :].split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ImageError(
            f"The sent picture is no valid base64 ({one_line(error, 60)}); send it anew, or give the path of its file."
        ) from error
