"""Regions: what they show, at which scale they are decoded, and from how many threads."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import PIL.Image
import PIL.JpegImagePlugin
import pytest
from test_image_sources import NOISE, encoded, smooth

from seal.memory import raster
from seal.memory.deadline import Deadline
from seal.memory.errors import ImageError, OutOfTime, SettingError
from seal.memory.image import Box, Image, Patch

PICTURE = smooth(801, 603)


@pytest.fixture
def decodes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Sizes at which JPEG files were decoded."""
    sizes: list[tuple[int, int]] = []
    plain = PIL.JpegImagePlugin.JpegImageFile.load

    def load(self: Any, *args: Any) -> Any:
        if self.tile:
            sizes.append(self.size)
        return plain(self, *args)

    monkeypatch.setattr(PIL.JpegImagePlugin.JpegImageFile, "load", load)
    return sizes


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "PIL", "array"])
@pytest.mark.parametrize(
    "box", [Box(0, 0, 801, 603), Box(100, 50, 300, 200), Box(790, 600, 99, 99), Box(-5, -5, 9, 9)]
)
def test_a_native_region_is_the_crop_of_the_full_decode(kind: str, box: Box) -> None:
    source: Any = {"PIL": PICTURE, "array": np.asarray(PICTURE)}.get(kind)
    if source is None:
        source = encoded(PICTURE, kind)
        full = np.asarray(PIL.Image.open(io.BytesIO(source)).convert("RGB"))
    else:
        full = np.asarray(PICTURE)
    region = Image.open(source).region(box)
    x0, y0, x1, y1 = (int(v) for v in box.clipped(Box(0, 0, 801, 603)).xyxy)
    assert (np.asarray(region) == full[y0:y1, x0:x1]).all()


@pytest.mark.parametrize(
    ("side", "size"),
    [
        (None, (801, 603)),
        (801, (801, 603)),
        (5000, (801, 603)),
        (400, (401, 302)),
        (200, (201, 151)),
        (100, (101, 76)),
    ],
)
def test_a_jpeg_is_decoded_no_finer_than_the_look_needs(
    side: int | None, size: tuple[int, int], decodes: list[tuple[int, int]]
) -> None:
    image = Image.open(encoded(PICTURE, "JPEG", quality=95))
    assert decodes == []
    region = image.region(image.box, side)
    assert decodes == [size]
    assert region.size == ((801, 603) if side in (None, 801, 5000) else (side, round(603 * side / 801)))
    ideal = PICTURE.resize(region.size, PIL.Image.Resampling.LANCZOS)
    assert np.abs(np.asarray(region).astype(int) - np.asarray(ideal)).mean() < 2
    image.region(image.box, side)
    assert decodes == [size]


@pytest.mark.parametrize("side", [37, 60, 100, 222])
def test_scaled_regions_of_a_jpeg_lie_where_those_of_the_full_decode_lie(side: int) -> None:
    data = encoded(PICTURE, "JPEG", quality=95)
    full = Image.open(PIL.Image.open(io.BytesIO(data)))
    image = Image.open(data)
    for box in (Box(3, 5, 333, 222), Box(401, 301, 400, 302), Box(0, 0, 801, 603)):
        a, b = (np.asarray(i.region(box, side)).astype(int) for i in (image, full))
        assert a.shape == b.shape
        assert np.abs(a - b).mean() < 1.5


def test_a_look_gives_the_same_pixels_whatever_was_seen_before() -> None:
    data = encoded(PICTURE, "JPEG")
    first, second = Image.open(data), Image.open(data)
    second.region(second.box)
    assert first.region(first.box, 90).tobytes() == second.region(second.box, 90).tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_never_upsampled_and_never_larger_than_asked(kind: str) -> None:
    image = Image.open(encoded(PICTURE, kind))
    for box in (Box(0, 0, 10, 4), Box(5.2, 5.2, 10.2, 700), Box(0, 0, 801, 603)):
        for side in (1, 2, 9, 100, 10_000):
            region = image.region(box, side)
            whole = box.rounded().clipped(image.box)
            assert max(region.size) <= side
            assert region.width <= whole.width
            assert region.height <= whole.height


def test_limited() -> None:
    image = Image.open(np.asarray(PICTURE))
    small = image.limited(100)
    assert small.size_wh == image.size_wh
    assert small.digest == f"{image.digest}@100"
    assert small.region(small.box).size == (100, 75)
    assert small.region(Box(0, 0, 400, 200)).size == (50, 25)
    assert small.region(Box(0, 0, 400, 200), 20).size == (20, 10)
    assert small.limited(500).digest == small.digest
    assert small.limited(50).digest == f"{image.digest}@50"
    assert image.limited(4000).region(image.box).size == (801, 603)


@pytest.mark.parametrize("box", [Box(900, 0, 10, 10), Box(5, 5, 0, 0), Box(-50, -50, 10, 10)])
def test_regions_outside(box: Box) -> None:
    with pytest.raises(ImageError, match="outside"):
        Image.open(NOISE).region(box)


@pytest.mark.parametrize("side", [0, -3])
def test_sides_out_of_range(side: int) -> None:
    image = Image.open(NOISE)
    with pytest.raises(SettingError, match="max_side"):
        image.region(image.box, side)
    with pytest.raises(SettingError, match="max_side"):
        image.limited(side)


def test_patches() -> None:
    image = Image.open(NOISE)
    patch = image.patch(Box(10.4, 5.5, 20, 400))
    assert patch.box == Box(10, 5, 21, 32)
    assert (np.asarray(patch.read()) == NOISE[5:37, 10:31]).all()
    assert image.patch().box == image.box
    assert patch.key == f"{image.digest}:10,5,21,32"
    assert Patch(image, Box(1234567, 0, 1, 1)).key != Patch(image, Box(1234568, 0, 1, 1)).key
    boxes = patch.to_image(np.array([[0, 1, 2, 4], [5, 5, 4, 6]], np.float32))
    assert boxes == [Box(10, 6, 2, 3), Box(15, 10, 0, 1)]
    assert patch.to_image(np.zeros((0, 4), np.float32)) == []


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_threads_decode_once(kind: str, decodes: list[tuple[int, int]]) -> None:
    image = Image.open(encoded(PICTURE, kind))
    gate = threading.Barrier(8)

    def look(i: int) -> bytes:
        gate.wait()
        return b"".join(
            image.region(Box(0, 0, 801, 603), s).tobytes()
            for s in ((None, 100) if i % 2 else (100, None))[:: 1 - 2 * (i % 2)]
        )

    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(look, range(8)))
    assert len(seen) == 1
    assert sorted(decodes) == ([(101, 76), (801, 603)] if kind == "JPEG" else [])


def test_pillows_settings_survive_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", 12345)
    data = encoded(PICTURE, "PNG")

    def look(_: int) -> None:
        image = Image.open(data)
        image.region(image.box, 50)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(look, range(12)))
    assert PIL.Image.MAX_IMAGE_PIXELS == 12345


def test_what_is_decoded_too_late_is_not_scaled_down(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    PIL.Image.new("RGB", (64, 48), "white").save(buffer, "PNG")
    image = Image.open(buffer.getvalue())
    now = [0.0]
    decode, read = raster.Raster._decode, raster.Decoded.read
    scaled: list[tuple[int, int]] = []

    def slow(self: raster.Raster, data: bytes, level: int) -> raster.Decoded:
        now[0] += 2.0
        return decode(self, data, level)

    def counted(self: raster.Decoded, box: Any, out_wh: tuple[int, int]) -> PIL.Image.Image:
        scaled.append(out_wh)
        return read(self, box, out_wh)

    monkeypatch.setattr(raster.Raster, "_decode", slow)
    monkeypatch.setattr(raster.Decoded, "read", counted)
    with Deadline.after(1.0, clock=lambda: now[0]).in_force(), pytest.raises(OutOfTime):
        image.region(image.box, 32)
    assert scaled == [] and image.region(image.box, 32).size == (32, 24)
