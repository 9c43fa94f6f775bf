"""Where the pixels of raster images come from: decoded at the first look (`seal.memory.decoded`).

- The scale at which a JPEG is decoded depends on the look alone, never on what was decoded before: the same
  look gives the same pixels in every order of looks and on every thread.
- Pillow's own pixel limit and its warnings are off while it works for us: we check the limit on the header.
"""

from __future__ import annotations

import hashlib
import io
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from .deadline import current
from .decoded import LATE, STRIP, Decoded, orientation, strips
from .errors import ImageError, OutOfTime, SealError
from .source import EXTRA, check_size, one_line, refuse_known_strangers

__all__ = [
    "Decoded",
    "IntBox",
    "Pixels",
    "Raster",
    "array_to_pil",
    "open_raster",
    "pil_pixels",
    "quiet_pillow",
    "tiff_pages",
]

IntBox = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels of the full image, half-open, inside the image."""

MOST_FRAMES = 10_000
"""Pages of a TIFF at most."""
MOST_SCANS = 100
"""Scans of a progressive JPEG at most. Writers make some ten; each goes over all of its pixels, and takes 50 bytes."""
_ORIENTATION = 274
_VECTOR_FORMATS = ("EPS", "WMF", "EMF")


class Pixels(Protocol):
    """Where the pixels of one image come from. size_wh: pixels, after orientation."""

    size_wh: tuple[int, int]

    def read(self, box: IntBox, out_wh: tuple[int, int]) -> PIL.Image.Image:
        """The region as 8-bit RGB of exactly `out_wh` pixels, which is no larger than the region."""
        ...


class _Quiet:
    """Counts who works with Pillow; its limit and warnings are off while anybody does, and restored after."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self.limit: int | None = None
        self.warnings = warnings.catch_warnings()

    def enter(self) -> None:
        with self.lock:
            self.users += 1
            if self.users == 1:
                self.limit, PIL.Image.MAX_IMAGE_PIXELS = PIL.Image.MAX_IMAGE_PIXELS, None
                self.warnings = warnings.catch_warnings()
                self.warnings.__enter__()
                warnings.filterwarnings("ignore", module=r"PIL(\.|$)")

    def exit(self) -> None:
        with self.lock:
            self.users -= 1
            if not self.users:
                PIL.Image.MAX_IMAGE_PIXELS = self.limit
                self.warnings.__exit__(None, None, None)


_quiet = _Quiet()


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Pillow without its decompression-bomb check (we have our own) and without its warnings."""
    _quiet.enter()
    try:
        yield
    finally:
        _quiet.exit()


class Raster:
    """An encoded image: header now, pixels at the first look; JPEG at 1/8, 1/4 or 1/2 where that suffices.

    Raises ImageError when the content is no image, or one over the limits; nothing is decoded for that.
    `frame` is the 0-based page of a TIFF, else 0.
    """

    def __init__(self, data: bytes, name: str, max_pixels: int, frame: int = 0) -> None:
        self._data: bytes | None = data
        self._name = name
        self._frame = frame
        self._lock = threading.Lock()
        self._levels: dict[int, Decoded] = {}
        with quiet_pillow():
            header = open_raster(io.BytesIO(data), name)
            try:
                if frame:
                    header.seek(frame)
                check_size(header.size, name, max_pixels, _remedy(header))
                if header.info.get("progressive") and (scans := data.count(b"\xff\xda")) > MOST_SCANS:
                    raise ImageError(
                        f"{name}: the JPEG has {scans:,} scans, over the limit of {MOST_SCANS}; save it anew."
                    )
                self._turn = _header_turn(header, data)
                self.size_wh = header.size if self._turn < 5 else (header.height, header.width)
                self._can_draft = header.format in ("JPEG", "MPO") and header.mode in ("L", "RGB")
            finally:
                header.close()

    def read(self, box: IntBox, out_wh: tuple[int, int]) -> PIL.Image.Image:
        """The region as RGB of `out_wh` pixels. Raises ImageError when the content turns out corrupt, and OutOfTime
        when the time is over once it is decoded: scaling it down takes as long again."""
        x0, y0, x1, y1 = box
        level = self._level(max(out_wh) / max(x1 - x0, y1 - y0))
        decoded = self._decoded(level)
        current().check()
        if level == 1:
            return decoded.read(box, out_wh)
        # a reduced JPEG ends in a part of a pixel; turning may bring that part to the left or the top
        wide, high = self.size_wh[0] / level, self.size_wh[1] / level
        left = decoded.size_wh[0] - wide if self._turn in (2, 3, 6, 7) else 0.0
        top = decoded.size_wh[1] - high if self._turn in (3, 4, 7, 8) else 0.0
        cut = left + x0 / level, top + y0 / level, left + x1 / level, top + y1 / level
        return decoded.read(cut, out_wh)

    def _level(self, scale: float) -> int:
        """The coarsest JPEG scale 1/level that still holds `scale`."""
        return next((d for d in (8, 4, 2) if self._can_draft and 1 / d >= scale), 1)

    def _decoded(self, level: int) -> Decoded:
        with self._lock:
            if level not in self._levels:
                assert self._data is not None
                with quiet_pillow():
                    self._levels[level] = self._decode(self._data, level)
                if not self._can_draft:
                    self._data = None  # all that there is to know is decoded
            return self._levels[level]

    def _decode(self, data: bytes, level: int) -> Decoded:
        file = _Clocked(data)
        image = open_raster(file, self._name)
        if image.info.get("progressive"):
            file.piece = 512  # some ten scans: hundreds fit into what Pillow reads at a time
        try:
            if self._frame:
                image.seek(self._frame)
            if level > 1:
                image.draft(image.mode, (max(1, image.width // level), max(1, image.height // level)))
            image = _as_it_lies(image, data) or image
            image.load()
            decoded = Decoded.of(image, self._name, copied=not getattr(image, "is_animated", False))
        except SealError:
            raise
        except MemoryError as error:
            raise _too_large(self._name, self.size_wh) from error
        except Exception as error:  # decoders of broken files raise what they like
            raise _corrupt(self._name, error) from error
        if level == 1 and decoded.size_wh != self.size_wh:
            raise _corrupt(
                self._name, f"the header says {self.size_wh} px, the content is {decoded.size_wh} px"
            )
        return decoded


def _as_it_lies(image: PIL.Image.Image, data: bytes) -> PIL.Image.Image | None:
    """A large TIFF that is not compressed, on the bytes of its file: its pixels lie in memory once, not twice.

    None for any other picture, which has to be decoded.
    """
    mode, (w, h) = image.mode, image.size
    width = {"L": 1, "RGBA": 4, "CMYK": 4}.get(mode)
    tiles: list[tuple[str, IntBox | None, int, object]] = getattr(image, "tile", [])
    upright = image.format == "TIFF" and getattr(image, "tag_v2", {}).get(_ORIENTATION, 1) == 1
    if width is None or not upright or w * h <= LATE or not tiles:
        return None
    first = at = tiles[0][2]
    for codec, box, offset, args in tiles:  # of strips that follow each other
        if (
            codec != "raw"
            or args != (mode, 0, 1)
            or offset != at
            or box is None
            or (box[0], box[2]) != (0, w)
        ):
            return None
        at += (box[3] - box[1]) * w * width
    if at - first != w * h * width or at > len(data):
        return None
    bytes_ = np.frombuffer(data, np.uint8)[first:at]
    lying = PIL.Image.frombuffer(mode, (w, h), bytes_, "raw", mode, 0, 1)
    lying.info = image.info
    return lying


class _Clocked(io.BytesIO):
    """A file that raises OutOfTime when it is read after the deadline in force: whatever decodes it ends there.

    piece: bytes that it gives at once, where a number of them is asked for.
    """

    piece = 1 << 30

    def read(self, size: int | None = -1, /) -> bytes:
        current().check()
        return super().read(size if size is None else min(size, self.piece))


def open_raster(file: io.BytesIO, name: str) -> PIL.Image.Image:
    """The picture, its header read and nothing decoded. Raises ImageError: no picture, or a drawing in vectors."""
    refuse_known_strangers(file.read(4096), name)  # its `getbuffer` would copy all of the file
    file.seek(0)
    try:
        image = PIL.Image.open(file)
    except OutOfTime:
        raise
    except PIL.UnidentifiedImageError as error:
        raise ImageError(
            f"{name}: this is no image or PDF that can be read (the content decides, not the file's name)."
        ) from error
    except Exception as error:
        raise _corrupt(name, error) from error
    if image.format in _VECTOR_FORMATS:
        raise ImageError(f"{name}: this is a {image.format} drawing; render it to PNG first.")
    return image


def _corrupt(name: str, error: object) -> ImageError:
    return ImageError(f"{name}: the image is truncated or corrupt and cannot be decoded ({one_line(error)}).")


def _header_turn(header: PIL.Image.Image, data: bytes) -> int:
    """The orientation, 1 to 8, that is left to us."""
    if header.format == "TIFF":  # Pillow turns TIFFs itself, and announces the turned size
        return 1
    if header.format == "PNG" and "exif" not in header.info and _has_late_exif(data):
        try:
            header.load()
        except Exception:  # the first look will say it
            return 1
    return orientation(header)


def _remedy(header: PIL.Image.Image) -> str:
    """What to do about too many pixels."""
    if header.format in ("PNG", "JPEG", "MPO", "TIFF") and header.width * header.height > LATE:
        return f"give the path of the file (read by tiles with the extra huge: {EXTRA}), or cut the image"
    return "cut the image"


def _has_late_exif(png: bytes) -> bool:
    """Whether a PNG carries EXIF or XMP after the pixels, where Pillow sees it only after decoding."""
    at, after_pixels = 8, False
    while at + 8 <= len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        if after_pixels and (
            kind == b"eXIf" or png.startswith((b"XML:com.adobe.xmp", b"Raw profile type exif"), at + 8)
        ):
            return True
        after_pixels = after_pixels or kind == b"IDAT"
        at += 12 + length
    return False


def tiff_pages(data: bytes, name: str) -> list[int]:
    """0-based frames of a TIFF that are pages, reduced copies left out; [0] for every other format."""
    if data[:4] not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return [0]
    with quiet_pillow():
        image: Any = open_raster(io.BytesIO(data), name)
        try:
            pages = []
            for frame in range(MOST_FRAMES + 1):
                try:
                    image.seek(frame)
                except EOFError:
                    break
                if frame == MOST_FRAMES:
                    raise ImageError(
                        f"{name}: the TIFF has more than {MOST_FRAMES:,} pages; give fewer at a time."
                    )
                if not int(image.tag_v2.get(254, 0)) & 1:
                    pages.append(frame)
        except ImageError:
            raise
        except Exception as error:
            raise _corrupt(name, error) from error
        finally:
            image.close()
    return pages or [0]


def array_to_pil(array: NDArray[np.generic], max_pixels: int) -> PIL.Image.Image:
    """A uint8 array (H, W), (H, W, 3) or (H, W, 4), RGB(A) order, copied to a PIL image.

    Raises ImageError, before anything is copied where it is over the limits.
    """
    if not array.size:
        raise ImageError(f"The array is empty: its shape is {array.shape}.")
    if (
        array.dtype != np.uint8
        or array.ndim not in (2, 3)
        or (array.ndim == 3 and array.shape[2] not in (3, 4))
    ):
        raise ImageError(
            "An array must be uint8 of shape (H, W), (H, W, 3) or (H, W, 4), RGB order; "
            f"got {array.dtype} of shape {array.shape}."
        )
    height, width = array.shape[:2]
    check_size((width, height), "array", max_pixels)
    rows = max(1, STRIP // width)
    try:
        image = PIL.Image.new(
            "L" if array.ndim == 2 else "RGB" if array.shape[2] == 3 else "RGBA", (width, height)
        )
        for y in range(0, height, rows):
            image.paste(PIL.Image.fromarray(np.ascontiguousarray(array[y : y + rows])), (0, y))
    except MemoryError as error:
        raise _too_large("array", (width, height)) from error
    return image


def pil_pixels(
    image: PIL.Image.Image, name: str, max_pixels: int, copied: bool = False
) -> tuple[Decoded, str]:
    """(pixels, SHA-256 of the content) of a PIL image; a copy, so that later changes to it do no harm, if it is none.

    Raises ImageError: over the limits, closed, truncated.
    """
    check_size(image.size, name, max_pixels)
    with quiet_pillow():
        try:
            image.load()
            sha = hashlib.sha256(f"{image.mode}{image.size}{orientation(image)}".encode())
            sha.update(image.palette.tobytes() if image.palette else b"")
            if "transparency" in image.info:
                sha.update(repr(image.info["transparency"]).encode())
            for strip in strips(image):
                sha.update(strip.tobytes())
            return Decoded.of(image, name, copied), sha.hexdigest()
        except SealError:
            raise
        except MemoryError as error:
            raise _too_large(name, image.size) from error
        except Exception as error:
            raise _corrupt(name, error) from error


def _too_large(name: str, size_wh: tuple[int, int]) -> ImageError:
    return ImageError(f"{name}: not enough memory for {size_wh[0]}x{size_wh[1]} px; cut the image.")
