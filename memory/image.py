"""One image, read region by region.

- Opening reads the header only. Pixels are decoded at the first look, JPEG at the smallest of its scales
  (1/8, 1/4, 1/2, 1) that the look needs; pages of a PDF are rendered region by region.
- Everything is in pixels of the full image after EXIF orientation; a region comes as 8-bit RGB, never
  larger than native resolution, transparency laid on white.
- The content digest names an image in caches, recordings and stores.
"""

from __future__ import annotations

import hashlib
import io
import math
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

import numpy as np
import PIL.Image
import PIL.ImageOps
from numpy.typing import NDArray

from .errors import ImageError, SettingError
from .geometry import Box

if TYPE_CHECKING:
    from .pdf import PdfFile

__all__ = ["MAX_PIXELS", "MIN_SIDE", "Document", "Image", "ImageSource", "Patch", "open_document"]

MAX_PIXELS = 400_000_000
"""Default pixel limit of one image: 20000 x 20000, about 1.2 GB decoded."""
MIN_SIDE = 4
"""Images narrower than this hold nothing that could be seen."""

ImageSource = "str | Path | bytes | IO[bytes] | PIL.Image.Image | NDArray[Any] | Image"

_ORIENTATION = 0x0112
_bomb_lock = threading.RLock()


@contextmanager
def _own_pixel_limit() -> Iterator[None]:
    """Pillow's decompression-bomb check off: `Image.open` has checked `max_pixels` itself."""
    with _bomb_lock:
        before = PIL.Image.MAX_IMAGE_PIXELS
        PIL.Image.MAX_IMAGE_PIXELS = None
        try:
            yield
        finally:
            PIL.Image.MAX_IMAGE_PIXELS = before


class _Pixels(Protocol):
    """Where the pixels of one image come from."""

    size_wh: tuple[int, int]

    def read(self, box: tuple[int, int, int, int], scale: float) -> PIL.Image.Image:
        """The region (x0, y0, x1, y1) as RGB, at `scale` (0 < scale <= 1) or any larger one."""
        ...


class Image:
    """An image that is decoded only where, and as finely as, somebody looks.

    Make one with `Image.open`. `size_wh` is the size in pixels after EXIF orientation, `digest` the SHA-256 of
    the content, `name` what to call it in messages, `page` the 1-based page (1 for a plain image).
    """

    def __init__(self, pixels: _Pixels, digest: str, name: str, page: int = 1, limit_side: int | None = None) -> None:
        self._pixels = pixels
        self.digest = digest
        self.name = name
        self.page = page
        self.limit_side = limit_side

    @classmethod
    def open(
        cls, source: Any, *, page: int | None = None, dpi: float = 200.0, max_pixels: int = MAX_PIXELS
    ) -> Image:
        """One image from a path, bytes, a binary file object, a PIL image, a numpy array or a page of a PDF.

        Arrays are (H, W), (H, W, 3) or (H, W, 4), uint8, RGB(A) order. `page` is 1-based; a PDF without `page`
        gives its first one (`open_document` gives all); `dpi` is the resolution at which a PDF page counts as
        full resolution.

        Raises ImageError: missing, a directory, empty, not an image, truncated, encrypted, no such page, a
        side under 4 px, more than `max_pixels`.
        """
        if isinstance(source, Image):
            return source
        document = open_document(source, dpi=dpi, max_pixels=max_pixels)
        wanted = 1 if page is None else page
        if not 1 <= wanted <= len(document):
            raise ImageError(
                f"{document.name}: there is no page {wanted}; pages are counted from 1 to {len(document)}."
            )
        return document[wanted - 1]

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height in pixels, after EXIF orientation."""
        return self._pixels.size_wh

    @property
    def box(self) -> Box:
        """The whole image."""
        return Box(0, 0, *self.size_wh)

    def patch(self, box: Box | None = None) -> Patch:
        """A lazy view of `box` (default: everything), cut to the image and to whole pixels."""
        return Patch(self, self.box if box is None else box.rounded().clipped(self.box))

    def limited(self, max_side: int) -> Image:
        """The same image, same frame, but no region shows more than a copy of `max_side` px a side would.

        This is what an agent without search sees: the whole image once, at its input size.
        """
        return Image(self._pixels, f"{self.digest}@{max_side}", self.name, self.page, max_side)

    def region(self, box: Box, max_side: int | None = None) -> PIL.Image.Image:
        """The pixels of `box`, 8-bit RGB, scaled down (never up) so that no side exceeds `max_side`.

        Raises ImageError when the file turns out truncated or corrupt, or the box has no area in the image.
        """
        inside = box.rounded().clipped(self.box)
        x0, y0, x1, y1 = (round(v) for v in inside.xyxy)
        if x1 <= x0 or y1 <= y0:
            raise ImageError(f"{self.name}: the region {box.xywh} lies outside the image of {self.size_wh} px.")
        scale = min(1.0, max_side / max(x1 - x0, y1 - y0)) if max_side else 1.0
        if self.limit_side:
            scale = min(scale, self.limit_side / max(self.size_wh))
        out_wh = max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale))
        try:
            with _own_pixel_limit():
                pixels = self._pixels.read((x0, y0, x1, y1), scale)
                if pixels.size != out_wh:
                    pixels = pixels.resize(out_wh, PIL.Image.Resampling.LANCZOS, reducing_gap=3.0)
        except (OSError, SyntaxError, ValueError, EOFError) as error:
            raise ImageError(f"{self.name}: the image is truncated or corrupt and cannot be decoded ({error}).") from error
        return pixels

    def __repr__(self) -> str:
        return f"Image({self.name!r}, {self.size_wh[0]}x{self.size_wh[1]}, page={self.page})"


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle of an image, in full-image pixels, read lazily. What a localizer or VQA agent is shown."""

    image: Image
    box: Box

    def read(self, max_side: int | None = None) -> PIL.Image.Image:
        """RGB pixels, longest side at most `max_side`, never upsampled."""
        return self.image.region(self.box, max_side)

    @property
    def key(self) -> str:
        """Name of the content for caches and recordings: image digest and box."""
        return f"{self.image.digest}:{','.join(f'{v:g}' for v in self.box.xywh)}"

    def to_image(self, boxes_in_patch: NDArray[np.floating[Any]]) -> list[Box]:
        """(N, 4) x0 y0 x1 y1 in pixels of the patch -> boxes of the full image."""
        x, y = self.box.x, self.box.y
        return [Box.from_xyxy(x + x0, y + y0, x + x1, y + y1) for x0, y0, x1, y1 in boxes_in_patch.tolist()]


class Document(Sequence[Image]):
    """One or more pages, each an `Image`, opened when asked for. A plain image is a document of one page."""

    def __init__(self, name: str, digest: str, pages: Sequence[Image] | None = None, pdf: PdfFile | None = None) -> None:
        self.name = name
        self.digest = digest
        self._pages = pages
        self._pdf = pdf

    def __len__(self) -> int:
        return len(self._pages) if self._pages is not None else len(self._pdf or ())

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(f"{self.name} has {len(self)} pages; got index {index}.")
        index %= len(self)
        if self._pages is not None:
            return self._pages[index]
        assert self._pdf is not None
        page = self._pdf.page(index)
        return Image(page, f"{self.digest}#{index + 1}@{self._pdf.dpi:g}", f"{self.name} page {index + 1}", index + 1)


def open_document(source: Any, *, dpi: float = 200.0, max_pixels: int = MAX_PIXELS) -> Document:
    """All pages of a PDF, or a plain image as one page. Sources and errors as in `Image.open`."""
    if isinstance(source, Document):
        return source
    if isinstance(source, Image):
        return Document(source.name, source.digest, pages=[source])
    if not (math.isfinite(dpi) and 10 <= dpi <= 2400):
        raise SettingError(f"A resolution between 10 and 2400 dpi is expected; got {dpi}.")
    if isinstance(source, np.ndarray):
        return _from_pil(_array_to_pil(source), "array", max_pixels)
    if isinstance(source, PIL.Image.Image):
        return _from_pil(source, getattr(source, "filename", "") or "image", max_pixels)
    data, name = _read(source)
    digest = hashlib.sha256(data).hexdigest()
    if data[:1024].lstrip().startswith(b"%PDF-"):
        from .pdf import PdfFile

        return Document(name, digest, pdf=PdfFile(data, name, dpi, max_pixels))
    raster = _Raster(data, name)
    check_size(raster.size_wh, name, max_pixels)
    return Document(name, digest, pages=[Image(raster, digest, name)])


def _read(source: Any) -> tuple[bytes, str]:
    if isinstance(source, (bytes, bytearray, memoryview)):
        data, name = bytes(source), "image bytes"
    elif isinstance(source, (str, Path)):
        path, name = Path(source), str(source)
        if not path.exists():
            raise ImageError(f"{name}: there is no such file.")
        if path.is_dir():
            raise ImageError(f"{name}: this is a directory; give one image or PDF file.")
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ImageError(f"{name}: the file cannot be read ({error.strerror}).") from error
    elif hasattr(source, "read"):
        data, name = source.read(), str(getattr(source, "name", "file object"))
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


def check_size(size_wh: tuple[int, int], name: str, max_pixels: int) -> None:
    """Raise ImageError for an image that is too small to hold anything, or over the pixel limit."""
    w, h = size_wh
    if min(w, h) < MIN_SIDE:
        raise ImageError(f"{name}: the image is {w}x{h} px; both sides must be at least {MIN_SIDE} px.")
    if w * h > max_pixels:
        raise ImageError(
            f"{name}: the image has {w}x{h} = {w * h / 1e6:.1f} megapixels, over the limit of "
            f"{max_pixels / 1e6:g}; raise it with max_pixels, or cut the image."
        )


def _array_to_pil(array: NDArray[Any]) -> PIL.Image.Image:
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise ImageError(
            "An array must be uint8 of shape (H, W), (H, W, 3) or (H, W, 4), RGB order; "
            f"got {array.dtype} of shape {array.shape}."
        )
    if not array.size:
        raise ImageError(f"The array is empty: its shape is {array.shape}.")
    return PIL.Image.fromarray(np.ascontiguousarray(array))


def _from_pil(image: PIL.Image.Image, name: str, max_pixels: int) -> Document:
    check_size(image.size, name, max_pixels)
    try:
        with _own_pixel_limit():
            pixels = image.tobytes()
    except (OSError, SyntaxError, EOFError) as error:
        raise ImageError(f"{name}: the image is truncated or corrupt and cannot be decoded ({error}).") from error
    palette = image.palette.tobytes() if image.palette else b""
    header = f"{image.mode}{image.size}{image.getexif().get(_ORIENTATION, 1)}".encode()
    digest = hashlib.sha256(header + palette + pixels).hexdigest()
    return Document(name, digest, pages=[Image(_Decoded(image), digest, name)])


def _oriented_size(image: PIL.Image.Image) -> tuple[int, int]:
    turned = image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
    return (image.height, image.width) if turned else image.size


def _to_rgb(image: PIL.Image.Image) -> PIL.Image.Image:
    """8-bit RGB of any mode: 16-bit grey scaled by 1/257, transparency on white."""
    if image.mode == "RGB":
        return image
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, dtype=np.float64)
        top = 255.0 if values.size and values.max() <= 255 and image.mode != "I;16" else 65535.0
        return PIL.Image.fromarray(np.clip(values * (255.0 / top), 0, 255).astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        return PIL.Image.alpha_composite(PIL.Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return image.convert("RGB")


class _Decoded:
    """An image whose pixels are in memory already; regions are cut from it, in its own mode."""

    def __init__(self, image: PIL.Image.Image) -> None:
        turned = image.getexif().get(_ORIENTATION, 1) != 1
        self._image = PIL.ImageOps.exif_transpose(image) if turned else image
        self.size_wh = self._image.size

    def read(self, box: tuple[int, int, int, int], scale: float) -> PIL.Image.Image:
        del scale
        part = self._image.crop(box)
        part.info = dict(self._image.info)
        return _to_rgb(part)


class _Raster:
    """An encoded image file: header now, pixels at the first look; JPEG at reduced scale where that suffices."""

    def __init__(self, data: bytes, name: str) -> None:
        self._data = data
        self._lock = threading.Lock()
        self._levels: dict[int, _Decoded] = {}
        try:
            with _own_pixel_limit(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                header = PIL.Image.open(io.BytesIO(data))
                self.size_wh = _oriented_size(header)
        except PIL.UnidentifiedImageError as error:
            raise ImageError(
                f"{name}: this is no image or PDF that can be read (the content decides, not the file's name)."
            ) from error
        except (OSError, SyntaxError, ValueError, EOFError) as error:
            raise ImageError(f"{name}: the image is truncated or corrupt ({error}).") from error
        self._can_draft = header.format in ("JPEG", "MPO") and header.mode in ("L", "RGB")

    def read(self, box: tuple[int, int, int, int], scale: float) -> PIL.Image.Image:
        level = self._level(scale)
        if level == 1:
            return self._decoded(1).read(box, 1.0)
        decoded = self._decoded(level)
        fx, fy = decoded.size_wh[0] / self.size_wh[0], decoded.size_wh[1] / self.size_wh[1]
        x0, y0 = math.floor(box[0] * fx), math.floor(box[1] * fy)
        x1, y1 = max(x0 + 1, math.ceil(box[2] * fx)), max(y0 + 1, math.ceil(box[3] * fy))
        return decoded.read((x0, y0, min(x1, decoded.size_wh[0]), min(y1, decoded.size_wh[1])), 1.0)

    def _level(self, scale: float) -> int:
        """The coarsest JPEG scale 1/level that still holds `scale`; a finer one that is decoded already serves."""
        if not self._can_draft:
            return 1
        wanted = next((d for d in (8, 4, 2) if 1 / d >= scale), 1)
        return next((d for d in sorted(self._levels, reverse=True) if d <= wanted), wanted)

    def _decoded(self, level: int) -> _Decoded:
        with self._lock:
            if level not in self._levels:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    image = PIL.Image.open(io.BytesIO(self._data))
                    if level > 1:
                        image.draft(image.mode, (math.ceil(image.width / level), math.ceil(image.height / level)))
                    image.load()
                    self._levels[level] = _Decoded(image)
            return self._levels[level]


