"""From what the user gave to bytes: reading sources, telling formats apart, and the limits on size.

Every complaint is one line. The content decides what a file is, never its name.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from .errors import ImageError

__all__ = [
    "MAX_PIXELS",
    "MIN_SIDE",
    "check_size",
    "is_pdf",
    "one_line",
    "read_source",
    "refuse_known_strangers",
]

MAX_PIXELS = 400_000_000
"""Default pixel limit of one image: 20000 x 20000, about 1.6 GB decoded."""
MIN_SIDE = 4
"""Images narrower than this hold nothing that could be seen."""

_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def one_line(text: object, longest: int = 200) -> str:
    """`text` on one line, cut to `longest` characters: names and foreign messages inside our messages.

    What no text can hold (bytes of a file name that are no UTF-8) is written out, `\\udcff`.
    """
    line = " ".join(str(text).encode("utf-8", "backslashreplace").decode().split())
    return line if len(line) <= longest else line[: longest - 3] + "..."


def read_source(source: object) -> tuple[bytes, str]:
    """(content, name for messages) of a path, bytes or a binary file object.

    Raises ImageError: missing, a directory or device, unreadable, empty, a text stream, another type.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        data, name = bytes(source), "image bytes"
    elif isinstance(source, (str, os.PathLike)):
        name = one_line(os.fspath(source))
        data = _read_path(source, name)
    elif hasattr(source, "read"):
        name = one_line(getattr(source, "name", "file object"))
        try:
            data = source.read()
        except (OSError, ValueError) as error:
            raise ImageError(f"{name}: the file object cannot be read ({one_line(error)}).") from error
        if not isinstance(data, bytes):
            raise ImageError(f"{name}: the file object must be opened in binary mode ('rb').")
    else:
        raise ImageError(
            "An image is expected as a path, bytes, a binary file object, a PIL image or a numpy array; "
            f"got {type(source).__name__}."
        )
    if not data:
        raise ImageError(f"{name}: the file is empty (0 bytes).")
    return data, name


def _read_path(source: str | os.PathLike[str], name: str) -> bytes:
    if isinstance(source, str) and source.lower().startswith(("http://", "https://")):
        raise ImageError(
            f"{name}: addresses are not fetched; download the image and give its path or its bytes."
        )
    try:
        path = Path(source)
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise ImageError(f"{name}: this is a directory; give one image or PDF file.")
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
            raise ImageError(f"{name}: this is a device; give one image or PDF file.")
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ImageError(f"{name}: there is no such file.") from error
    except (OSError, ValueError, TypeError) as error:  # too long a name, no permission, a null character
        why = getattr(error, "strerror", None) or one_line(error)
        raise ImageError(f"{name}: the file cannot be read ({why}).") from error


def is_pdf(data: bytes) -> bool:
    """Whether the content begins as a PDF does, white space and a byte order mark aside."""
    return data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\f\0").startswith(b"%PDF-")


def refuse_known_strangers(data: bytes, name: str) -> None:
    """Raise an ImageError that says what to do, for formats that people bring and Pillow does not read."""
    head = data[:4096]
    if b"<svg" in head.lower() and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise ImageError(
            f"{name}: this is an SVG drawing; render it to PNG first, at the size you want to ask about."
        )
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        raise ImageError(
            f"{name}: this is a HEIC/HEIF photo; convert it to JPEG or PNG, or `pip install pillow-heif` and "
            "call pillow_heif.register_heif_opener()."
        )


def check_size(size_wh: tuple[int, int], name: str, max_pixels: int, remedy: str = "cut the image") -> None:
    """Raise ImageError for an image that is too small to hold anything, or over the limit of `max_pixels`."""
    w, h = size_wh
    if min(w, h) < MIN_SIDE:
        raise ImageError(f"{name}: the image is {w}x{h} px; both sides must be at least {MIN_SIDE} px.")
    if w * h > max_pixels:
        raise ImageError(
            f"{name}: the image has {w}x{h} = {w * h / 1e6:.1f} megapixels, over the limit of "
            f"{max_pixels / 1e6:g}; raise it with max_pixels, or {remedy}."
        )
