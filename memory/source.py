"""From what the user gave to bytes: reading sources, telling formats apart, and the limits on size.

Every complaint is one line. The content decides what a file is, never its name.
"""

from __future__ import annotations

import numbers
import os
from typing import IO, cast

from .deadline import current
from .disk import UnfitFile, read_file
from .errors import ImageError, SealError, SettingError, TooLargeError

__all__ = [
    "EXTRA",
    "MAX_BYTES",
    "MAX_PIXELS",
    "MIN_SIDE",
    "check_max_pixels",
    "check_size",
    "checked_dpi",
    "is_pdf",
    "one_line",
    "read_source",
    "refuse_known_strangers",
    "video_format",
]

MAX_PIXELS = 400_000_000
"""Default pixel limit of one image: 20000 x 20000, about 1.6 GB decoded (`docs/benchmarks.md#opening`)."""
MAX_BYTES = 2 << 30
"""Bytes of a file at most; those of more are no picture, or have no end."""
EXTRA = "pip install 'seal-visual-search[huge]'"
"""What reads images larger than that."""
_CHUNK = 64 << 20
MIN_SIDE = 4
"""Images narrower than this hold nothing that could be seen."""

_VIDEOS = (
    (b"\x1a\x45\xdf\xa3", "matroska"),
    (b"OggS", "ogg"),
    (b"FLV\x01", "flv"),
    (b"\x00\x00\x01\xba", "mpeg"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
)
_PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"[playlist]", b"<?xml", b"<MPD", b"<smil")
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def one_line(text: object, longest: int = 200) -> str:
    """`text` on one line, cut to `longest` characters: names and foreign messages inside our messages.

    What no text can hold (bytes of a file name that are no UTF-8) is written out, `\\udcff`.
    """
    line = " ".join(str(text).encode("utf-8", "backslashreplace").decode().split())
    return line if len(line) <= longest else line[: longest - 3] + "..."


def read_source(source: object) -> tuple[bytes, str]:
    """(content, name for messages) of a path, bytes or a binary file object.

    Raises ImageError: missing, no file (a directory, device, pipe or socket), unreadable, empty, over `MAX_BYTES`, a
    text stream, another type. A file object that gives nothing and does not end is waited for.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        data, name = _read_bytes(source), "image bytes"
    elif isinstance(source, (str, os.PathLike)):
        name = one_line(os.fspath(source)) or "the empty path"
        data = _read_path(source, name)
    elif hasattr(source, "read"):
        name = _name_of(source)
        try:
            data = _read_object(cast("IO[bytes]", source), name)
        except SealError:
            raise
        except Exception as error:  # whatever lies behind it raises what it likes
            why = one_line(error) or type(error).__name__
            raise ImageError(f"{name}: the file object cannot be read ({why}).") from error
    else:
        raise ImageError(
            "An image is expected as a path, bytes, a binary file object, a PIL image or a numpy array; "
            f"got {type(source).__name__}."
        )
    if not data:
        raise ImageError(f"{name}: the file is empty (0 bytes).")
    return data, name


def _name_of(source: object) -> str:
    """What a file object says of its name: a path, a number, nothing, or none at all."""
    try:
        return one_line(getattr(source, "name", None) or "") or "file object"
    except Exception:  # as what it reads
        return "file object"


def _read_bytes(source: bytes | bytearray | memoryview) -> bytes:
    try:
        return bytes(source)
    except ValueError as error:
        raise ImageError(f"image bytes: they cannot be read ({one_line(error)}).") from error


def _read_object(source: IO[bytes], name: str) -> bytes:
    """All that a file object gives, piece by piece: there may be no end of it."""
    pieces, size = list[bytes](), 0
    while piece := source.read(_CHUNK):
        if not isinstance(piece, bytes):
            raise ImageError(f"{name}: the file object must be opened in binary mode ('rb').")
        pieces.append(piece)
        size += len(piece)
        if size > MAX_BYTES:
            most = f"{MAX_BYTES / 1e9:.1f} GB"
            raise ImageError(f"{name}: the file object gives more than {most}; give one image or PDF.")
        current().check()
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _read_path(source: str | os.PathLike[str], name: str) -> bytes:
    if isinstance(source, str) and source.lower().startswith(("http://", "https://")):
        raise ImageError(
            f"{name}: addresses are not fetched; download the image and give its path or its bytes."
        )
    try:
        return read_file(source, MAX_BYTES)
    except UnfitFile as error:
        raise ImageError(f"{name}: {error.strerror}; give one image or PDF file.") from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ImageError(f"{name}: there is no such file.") from error
    except (OSError, ValueError, TypeError) as error:  # too long a name, no permission, a null character
        why = getattr(error, "strerror", None) or one_line(error)
        raise ImageError(f"{name}: the file cannot be read ({why}).") from error


def is_pdf(data: bytes) -> bool:
    """Whether the content begins as a PDF does, white space and a byte order mark aside."""
    return data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\f\0").startswith(b"%PDF-")


def video_format(head: bytes) -> str:
    """How FFmpeg names the reader of a video, by the first bytes of its content, 1024 of them; "" for what is none."""
    if head[4:8] == b"ftyp":
        return "" if head[8:12] in (*_HEIF_BRANDS, b"avif", b"avis") else "mov"
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"):
        return "mov"
    if head[:4] == b"RIFF":
        return "avi" if head[8:12] == b"AVI " else ""
    if head[:1] == b"G" and head[188:189] == b"G" and head[376:377] == b"G":
        return "mpegts"
    return next((kind for magic, kind in _VIDEOS if head.startswith(magic)), "")


def refuse_known_strangers(data: bytes, name: str) -> None:
    """Raise an ImageError that says what to do, for formats that people bring and Pillow does not read."""
    head = data[:4096]
    if b"<svg" in head.lower() and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise ImageError(
            f"{name}: this is an SVG drawing; render it to PNG first, at the size you want to ask about."
        )
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(_PLAYLISTS) and (not start.startswith(b"<?xml") or b"<MPD" in head):
        raise ImageError(f"{name}: this is a playlist, which leads to other files; give the video itself.")
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        raise ImageError(
            f"{name}: this is a HEIC/HEIF photo; convert it to JPEG or PNG, or `pip install pillow-heif` and "
            "call pillow_heif.register_heif_opener()."
        )


def check_max_pixels(value: object) -> None:
    """Raise SettingError unless it is a number from 1 on."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not float(value) >= 1:
        raise SettingError(f"max_pixels must be a number of at least 1; got {one_line(repr(value), 40)}.")


def checked_dpi(dpi: object) -> float:
    """The resolution as a float. Raises SettingError unless it is a number from 10 to 2400."""
    if isinstance(dpi, bool) or not isinstance(dpi, numbers.Real) or not 10 <= float(dpi) <= 2400:
        raise SettingError(
            f"A resolution between 10 and 2400 dpi is expected, as a number; got {one_line(repr(dpi), 40)}."
        )
    return float(dpi)


def check_size(size_wh: tuple[int, int], name: str, max_pixels: int, remedy: str = "cut the image") -> None:
    """Raise ImageError for an image that is too small to hold anything, TooLargeError over `max_pixels`."""
    w, h = size_wh
    if min(w, h) < MIN_SIDE:
        raise ImageError(f"{name}: the image is {w}x{h} px; both sides must be at least {MIN_SIDE} px.")
    if w * h > max_pixels:
        raise TooLargeError(
            f"{name}: the image has {w}x{h} = {w * h / 1e6:.1f} megapixels, over the limit of "
            f"{max_pixels / 1e6:g}; raise it with max_pixels, or {remedy}."
        )
