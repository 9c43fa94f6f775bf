"""Where images come from: kinds of sources, modes, orientation, limits and every refusal."""

from __future__ import annotations

import gzip
import io
import os
import socket
import struct
import tracemalloc
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from seal.memory import decoded, raster
from seal.memory import source as source_module
from seal.memory.deadline import Deadline, current
from seal.memory.errors import ImageError, OutOfTime, SettingError
from seal.memory.image import Box, Document, Image, open_document

RNG = np.random.default_rng(7)
NOISE = RNG.integers(0, 256, (37, 53, 3), dtype=np.uint8)


def smooth(width: int, height: int) -> PIL.Image.Image:
    """Soft asymmetric picture, RGB: every corner has its own colour, so that no turn goes unseen."""
    y, x = np.mgrid[0:height, 0:width]
    rgb = np.stack([255 * x / width, 255 * y / height, 128 + 90 * np.sin(x / 17) * np.cos(y / 13)], -1)
    return PIL.Image.fromarray(rgb.astype(np.uint8))


def encoded(image: PIL.Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def rgb(image: Image) -> np.ndarray:
    return np.asarray(image.region(image.box)).astype(int)


PNG = encoded(PIL.Image.fromarray(NOISE), "PNG")


def test_every_source_of_the_same_file_has_the_same_pixels_and_digest(tmp_path: Path) -> None:
    path = tmp_path / "noise.png"
    path.write_bytes(PNG)
    with path.open("rb") as stream:
        opened = [
            Image.open(s)
            for s in (str(path), path, PNG, bytearray(PNG), memoryview(PNG), io.BytesIO(PNG), stream)
        ]
    assert len({i.digest for i in opened}) == 1
    for image in opened:
        assert image.size_wh == (53, 37)
        assert (rgb(image) == NOISE).all()
    assert opened[0].name == str(path)
    assert Image.open(opened[0]) is opened[0]


def test_pil_images_and_arrays_with_the_same_pixels_have_the_same_digest(tmp_path: Path) -> None:
    path = tmp_path / "noise.png"
    path.write_bytes(PNG)
    with PIL.Image.open(path) as lazy:
        opened = [Image.open(lazy), Image.open(PIL.Image.fromarray(NOISE)), Image.open(NOISE)]
    assert len({i.digest for i in opened}) == 1
    for image in opened:
        assert (rgb(image) == NOISE).all()


@pytest.mark.parametrize("kind", ["grey", "rgb", "rgba", "pil"])
def test_later_changes_to_the_source_do_no_harm(kind: str) -> None:
    array = {"grey": NOISE[..., 0], "rgb": NOISE, "rgba": np.dstack([NOISE, NOISE[..., :1]]), "pil": NOISE}[
        kind
    ]
    source = array.copy()
    given: Any = PIL.Image.fromarray(source) if kind == "pil" else source
    image = Image.open(given)
    before = rgb(image)
    if kind == "pil":
        given.paste("black", (0, 0, 53, 37))
    else:
        source[:] = 0
    assert (rgb(image) == before).all()


def test_a_sliced_array_is_read_as_it_looks() -> None:
    assert (rgb(Image.open(NOISE[::-1, ::2])) == NOISE[::-1, ::2]).all()


TURNS: dict[int, Any] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
    8: lambda a: np.rot90(a),
}


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "late PNG", "TIFF", "TIFF lzw", "WEBP", "PIL", "lazy TIFF"])
def test_orientation(kind: str, orientation: int) -> None:
    stored = smooth(333, 125)
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    name = {"late PNG": "PNG", "TIFF lzw": "TIFF", "lazy TIFF": "TIFF", "PIL": "PNG"}.get(kind, kind)
    options: dict[str, Any] = {"JPEG": {"quality": 95}, "WEBP": {"lossless": True}}.get(kind, {})
    options |= {"compression": "tiff_lzw"} if kind == "TIFF lzw" else {}
    data = encoded(stored, name, exif=exif, **options)
    if kind == "late PNG":  # the EXIF chunk moved behind the pixels
        at = data.index(b"eXIf") - 4
        end = at + 12 + struct.unpack(">I", data[at : at + 4])[0]
        data = data[:at] + data[end:-12] + data[at:end] + data[-12:]
    want = TURNS[orientation](np.asarray(stored)).astype(int)
    image = Image.open(PIL.Image.open(io.BytesIO(data)) if kind in ("PIL", "lazy TIFF") else data)
    assert image.size_wh == (want.shape[1], want.shape[0])
    assert np.abs(rgb(image) - want).mean() < 2
    box = Box(40, 30, 60, 70)
    assert np.abs(np.asarray(image.region(box)).astype(int) - want[30:100, 40:100]).mean() < 2
    for side in (160, 80, 40):  # the draft levels of JPEG: 1/2, 1/4, 1/8
        small = image.region(image.box, side)
        ideal = PIL.Image.fromarray(want.astype(np.uint8)).resize(small.size, PIL.Image.Resampling.LANCZOS)
        assert max(small.size) == side
        assert np.abs(np.asarray(small).astype(int) - np.asarray(ideal)).mean() < 3


def ramp(mode: str) -> PIL.Image.Image:
    return PIL.Image.linear_gradient("L").convert(mode)


def with_alpha() -> PIL.Image.Image:
    image = PIL.Image.new("RGBA", (40, 40), (255, 0, 0, 255))
    image.paste((0, 0, 255, 0), (20, 0, 40, 40))
    return image


def palette(transparent: bool, alphas: bool = False) -> PIL.Image.Image:
    image = PIL.Image.new("P", (40, 40), 0)
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.paste(1, (20, 0, 40, 40))
    if transparent:
        image.info["transparency"] = bytes([255, 0]) if alphas else 1
    return image


RED, GREEN, WHITE, BLACK, GREY = (255, 0, 0), (0, 255, 0), (255,) * 3, (0,) * 3, (128,) * 3
HALF = np.full((40, 40), 0.5)
MODES = {
    "1": (PIL.Image.new("1", (40, 40), 1), WHITE, WHITE),
    "L": (PIL.Image.new("L", (40, 40), 128), GREY, GREY),
    "LA": (PIL.Image.new("LA", (40, 40), (0, 0)), WHITE, WHITE),
    "P": (palette(False), RED, GREEN),
    "P, a transparent colour": (palette(True), RED, WHITE),
    "P, alpha table": (palette(True, alphas=True), RED, WHITE),
    "RGBA": (with_alpha(), RED, WHITE),
    "CMYK": (PIL.Image.new("CMYK", (40, 40), (0, 255, 255, 0)), RED, RED),
    "I;16": (PIL.Image.fromarray(np.full((40, 40), 32896, np.uint16)), GREY, GREY),
    "I, 16-bit values": (PIL.Image.fromarray(np.full((40, 40), 65535, np.int32)), WHITE, WHITE),
    "I, 8-bit values": (PIL.Image.fromarray(np.full((40, 40), 128, np.int32)), GREY, GREY),
    "F, unit": (PIL.Image.fromarray((HALF * 2).astype(np.float32)), WHITE, WHITE),
    "F, 8-bit values": (PIL.Image.fromarray((HALF * 256).astype(np.float32)), GREY, GREY),
    "F, not a number": (PIL.Image.fromarray(np.full((40, 40), np.nan, np.float32)), BLACK, BLACK),
    "YCbCr": (PIL.Image.new("RGB", (40, 40), GREY).convert("YCbCr"), GREY, GREY),
    "HSV": (PIL.Image.new("HSV", (40, 40), (0, 255, 255)), RED, RED),
}


@pytest.mark.parametrize("case", MODES)
def test_modes_of_pil_images(case: str) -> None:
    source, left, right = MODES[case]
    image = Image.open(source)
    for side in (None, 20, 7):
        small = image.region(image.box, side)
        assert small.mode == "RGB"
        assert np.abs(np.subtract(small.getpixel((0, 0)), left)).max() <= 3
        assert np.abs(np.subtract(small.getpixel((small.width - 1, 0)), right)).max() <= 3


@pytest.mark.parametrize("case", [*MODES, "turned"])
def test_large_images_are_read_in_strips_and_look_the_same(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if case == "turned":
        source = smooth(200, 300).convert("RGBA")
        source.getexif()[0x0112] = 6
    else:
        source = MODES[case][0].resize((200, 300), PIL.Image.Resampling.NEAREST)
        source.info |= MODES[case][0].info
    boxes = [Box(0, 0, *source.size), Box(3, 7, 150, 211), Box(50, 50, 5, 5)]
    looks = [(box, side) for box in boxes for side in (None, 100, 33, 7)]
    plain = Image.open(source)
    before = [np.asarray(plain.region(box, side)).astype(int) for box, side in looks]
    monkeypatch.setattr(decoded, "LATE", 1)
    monkeypatch.setattr(decoded, "STRIP", 200 * 40)
    late = Image.open(source)
    assert (late.digest, late.size_wh) == (plain.digest, plain.size_wh)
    for (box, side), wanted in zip(looks, before, strict=True):
        seen = np.asarray(late.region(box, side)).astype(int)
        assert seen.shape == wanted.shape
        assert np.abs(seen - wanted).max() <= 8, (box, side)  # of 255, beside hard edges


FILES = {
    "1-bit PNG": encoded(MODES["1"][0], "PNG"),
    "palette PNG": encoded(palette(True), "PNG", transparency=1),
    "RGBA PNG": encoded(with_alpha(), "PNG"),
    "RGB PNG with a transparent colour": encoded(
        PIL.Image.new("RGB", (40, 40), (9, 9, 9)), "PNG", transparency=(9, 9, 9)
    ),
    "16-bit PNG": encoded(MODES["I;16"][0], "PNG"),
    "CMYK JPEG": encoded(MODES["CMYK"][0], "JPEG", quality=95),
    "grey JPEG": encoded(MODES["L"][0], "JPEG"),
    "CMYK TIFF": encoded(MODES["CMYK"][0], "TIFF"),
    "float TIFF": encoded(MODES["F, unit"][0], "TIFF"),
    "GIF": encoded(palette(False), "GIF"),
    "BMP": encoded(PIL.Image.new("RGB", (40, 40), RED), "BMP"),
    "PPM": encoded(PIL.Image.new("RGB", (40, 40), RED), "PPM"),
    "16-bit PGM": b"P5 40 40 65535 " + b"\x80\x80" * 1600,
    "ICO": encoded(with_alpha(), "ICO", sizes=[(40, 40)]),
}


@pytest.mark.parametrize("case", FILES)
def test_modes_of_files(case: str) -> None:
    want = {"1": WHITE, "R": WHITE, "g": GREY, "f": WHITE}.get(case[0], GREY if "16" in case else RED)
    want = RED if case in ("palette PNG", "RGBA PNG") else GREY if "16" in case else want
    image = Image.open(FILES[case])
    assert image.size_wh == (40, 40)
    assert np.abs(np.subtract(image.region(image.box).getpixel((1, 1)), want)).max() <= 2
    right = image.region(image.box).getpixel((38, 1))
    assert (
        np.abs(np.subtract(right, WHITE if case in ("palette PNG", "RGBA PNG", "ICO") else right)).max() <= 2
    )


def test_brightness_of_a_16_bit_region_does_not_depend_on_the_region() -> None:
    values = np.tile(np.linspace(0, 60000, 64).astype(np.int32), (64, 1))
    image = Image.open(PIL.Image.fromarray(values))
    assert (np.asarray(image.region(Box(0, 0, 8, 64))) == rgb(image)[:, :8]).all()


def test_an_inverted_adobe_jpeg_is_not_shown_as_a_negative() -> None:
    data = FILES["CMYK JPEG"]
    assert b"Adobe" in data
    assert Image.open(data).region(Box(0, 0, 40, 40), 5).getpixel((2, 2))[0] > 240


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "MPO"])
def test_animations_and_tiff_give_all_frames_and_as_one_image_the_first(kind: str) -> None:
    frames = [PIL.Image.new("RGB", (40, 30), c) for c in ((250, 0, 0), (0, 250, 0), (0, 0, 250))]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    document = open_document(data)
    assert len(document) == (1 if kind == "MPO" else 3)
    assert (
        np.abs(np.subtract(Image.open(data).region(Box(0, 0, 9, 9)).getpixel((5, 5)), (250, 0, 0))).max() < 3
    )
    assert (document[0].time is None) == (kind in ("TIFF", "MPO"))
    assert np.abs(np.subtract(document[0].region(document[0].box).getpixel((5, 5)), (250, 0, 0))).max() < 3
    if kind == "TIFF":
        assert document[2].region(Box(0, 0, 9, 9)).getpixel((5, 5)) == (0, 0, 250)
        assert (document[2].page, document[2].name) == (3, "image bytes page 3")
        assert len({p.digest for p in document}) == 3


def test_mpo_is_read_at_a_reduced_scale() -> None:
    image = smooth(400, 300)
    opened = Image.open(encoded(image, "MPO", save_all=True, append_images=[image]))
    assert opened.region(opened.box, 50).size == (50, 38)


def png_of(width: int, height: int) -> bytes:
    """A header that promises that many pixels, and no pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def lazy_closed() -> PIL.Image.Image:
    image = PIL.Image.open(io.BytesIO(PNG))
    image.close()
    return image


JPEG = encoded(smooth(200, 100), "JPEG")
REFUSED: dict[str, tuple[Any, str]] = {
    "missing": ("no/such/file.png", "no such file"),
    "missing below a file": (__file__ + "/x.png", "no such file"),
    "address": ("https://example.org/a.png", "download"),
    "name too long": ("x" * 5000, "cannot be read"),
    "null character": ("a\0b", "cannot be read"),
    "newlines in the name": ("a\nb\nc.png", "a b c.png: there is no such file"),
    "directory": (Path(__file__).parent, "directory"),
    "device": ("/dev/zero", "device"),
    "empty bytes": (b"", "empty"),
    "text": (b"just some text, named .png", "no image"),
    "svg": (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"></svg>', "SVG"),
    "svg after a comment": (b"<!-- made by me -->\n<svg></svg>", "render it to PNG first"),
    "eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\n", "EPS"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
    "truncated png header": (PNG[:20], "truncated|no image"),
    "tiff without pages": (b"II*\0\x08\0\0\0", "no image"),
    "text stream": (io.StringIO("text"), "binary"),
    "closed stream": (None, "cannot be read"),
    "closed PIL image": (None, "corrupt"),
    "truncated PIL image": (None, "truncated"),
    "empty array": (np.zeros((0, 5, 3), np.uint8), "empty"),
    "float array": (np.zeros((50, 50, 3)), "uint8"),
    "array of five channels": (np.zeros((50, 50, 5), np.uint8), "shape"),
    "array of one axis": (np.zeros(50, np.uint8), "shape"),
    "number": (17, "int"),
    "none": (None, "NoneType"),
    "thin array": (np.zeros((1, 100000), np.uint8), "at least 4 px"),
    "thin png": (encoded(PIL.Image.new("L", (1, 100000)), "PNG"), "at least 4 px"),
    "empty PIL image": (PIL.Image.new("RGB", (0, 0)), "at least 4 px"),
    "broadcast array over the limit": (
        np.broadcast_to(np.uint8(0), (150_000, 150_000, 3)),
        "array: the image has 150000x150000 = 22500.0 megapixels, over the limit of 400",
    ),
    "memory that was given back": (None, "cannot be read"),
    "too many pixels": (png_of(60000, 60000), "3600.0 megapixels, over the limit of 400"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_are_one_clear_line(case: str) -> None:
    source, message = REFUSED[case]
    if case == "closed stream":
        source = io.BytesIO(PNG)
        source.close()
    elif case == "memory that was given back":
        source = memoryview(PNG)
        source.release()
    elif case == "closed PIL image":
        source = lazy_closed()
    elif case == "truncated PIL image":
        source = PIL.Image.open(io.BytesIO(PNG[: len(PNG) // 2]))
    with pytest.raises(ImageError, match=message) as caught:
        Image.open(source)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


class Stream:
    """A file object that gives what it is told to, and raises what it is told to."""

    name = "stream"

    def __init__(self, *gives: object) -> None:
        self.gives = list(gives)
        self.asked: list[int] = []

    def read(self, size: int) -> object:
        self.asked.append(size)
        given = self.gives.pop(0) if self.gives else b""
        if isinstance(given, Exception):
            raise given
        return given


@pytest.mark.parametrize(
    ("gives", "message"),
    [
        ([EOFError("Compressed file ended")], "cannot be read .Compressed file ended"),
        ([PNG[:9], zlib.error("Error -3")], "cannot be read .Error -3"),
        ([EOFError()], "cannot be read .EOFError"),
        ([RuntimeError("a\nb")], "cannot be read .a b"),
        ([17], "binary mode"),
        (["text"], "binary mode"),
        ([None], "empty"),
        ([b""], "empty"),
    ],
)
def test_file_objects_that_give_no_picture(gives: list[object], message: str) -> None:
    with pytest.raises(ImageError, match=f"^stream: .*{message}") as caught:
        Image.open(Stream(*gives))
    assert "\n" not in str(caught.value)


def test_a_file_object_without_end_is_refused_and_one_in_pieces_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert Image.open(Stream(PNG[:50], PNG[50:60], PNG[60:])).digest == Image.open(PNG).digest
    monkeypatch.setattr(source_module, "MAX_BYTES", 1000)
    endless = Stream(*[b"\0" * 300] * 100)
    with pytest.raises(ImageError, match=r"stream: the file object gives more than 0\.0 GB"):
        Image.open(endless)
    assert len(endless.asked) == 4
    with Deadline.after(0.0).in_force(), pytest.raises(OutOfTime):
        Image.open(Stream(b"\0" * 300, b"\0" * 300))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_pipes_sockets_and_files_without_end_are_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe, address, sparse = tmp_path / "pipe.png", tmp_path / "socket.png", tmp_path / "huge.png"
    os.mkfifo(pipe)
    with socket.socket(socket.AF_UNIX) as server, sparse.open("wb") as file:
        monkeypatch.chdir(tmp_path)  # the path of a socket is short
        server.bind(address.name)
        file.truncate(3 << 40)
        monkeypatch.setattr(os, "open", None)
        for path, message in (
            (pipe, "a pipe"),
            (address, "a socket"),
            (sparse, r"the file has 3298\.5 GB, over the limit of 2\.1"),
        ):
            with pytest.raises(ImageError, match=f"{path.name}: .*{message}"):
                Image.open(path)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="no /proc")
@pytest.mark.parametrize("path", ["/proc/self/pagemap", "/proc/self/maps", "/proc/kcore"])
def test_files_of_the_kernel_are_refused(path: str) -> None:
    with pytest.raises(ImageError, match=r"empty|over the limit|no such file|cannot be read"):
        Image.open(path)


@pytest.mark.parametrize("limit", [None, 0, -1, True, "400", float("nan"), 1j])
def test_a_limit_that_is_none(limit: Any) -> None:
    for source in (PNG, NOISE):
        with pytest.raises(SettingError, match=r"^max_pixels must be a number of at least 1; got "):
            Image.open(source, max_pixels=limit)


def test_an_array_over_the_limit_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np, "ascontiguousarray", None)
    with pytest.raises(ImageError, match=r"array: the image has 25000x25000 = 625\.0 megapixels"):
        Image.open(np.broadcast_to(np.uint8(7), (25_000, 25_000, 3)))


def test_a_scan_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [PIL.Image.new("L", (8, 8), i) for i in range(5)]
    data = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    assert len(open_document(data)) == 5
    monkeypatch.setattr(raster, "MOST_FRAMES", 4)
    with pytest.raises(ImageError, match="the TIFF has more than 4 pages"):
        open_document(data)


def progressive(scans: int) -> bytes:
    """A JPEG whose last scan comes again and again: each goes over all of its pixels."""
    data = encoded(PIL.Image.new("L", (1600, 1600), 90), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * (scans - data.count(b"\xff\xda")) + data[-2:]


def test_a_jpeg_of_many_scans_is_refused_or_ends_with_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImageError, match=r"^image bytes: the JPEG has 101 scans, over the limit of 100"):
        Image.open(progressive(101))
    assert Image.open(progressive(100)).region(Box(0, 0, 1600, 1600), 100).getpixel((5, 5)) == (90, 90, 90)
    monkeypatch.setattr(raster, "MOST_SCANS", 10_000)
    image = Image.open(progressive(10_000))
    with Deadline.after(0.5).in_force(), pytest.raises(OutOfTime):
        image.region(image.box)


def test_decoding_ends_with_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    data = encoded(PIL.Image.fromarray(RNG.integers(0, 256, (900, 900, 3), np.uint8)), "PNG")
    image = Image.open(data)
    read = io.BytesIO.read

    def slow(self: raster._Clocked, size: int | None = -1) -> bytes:
        now[0] += 1.0
        current().check()
        return read(self, size)

    monkeypatch.setattr(raster._Clocked, "read", slow)
    with Deadline.after(20.0, clock=lambda: now[0]).in_force(), pytest.raises(OutOfTime):
        image.region(image.box)
    assert now[0] == 20.0
    assert image.region(image.box).size == (900, 900)


@pytest.mark.parametrize("data", [PNG[: len(PNG) // 2], JPEG[: len(JPEG) // 2], JPEG[:-400]])
@pytest.mark.parametrize("side", [None, 20])
def test_truncated_files_are_refused_at_the_first_look(data: bytes, side: int | None) -> None:
    image = Image.open(data)
    with pytest.raises(ImageError, match="truncated or corrupt") as caught:
        image.region(image.box, side)
    assert "\n" not in str(caught.value)


def test_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.png"
    path.write_bytes(PNG)
    if os.geteuid() == 0:  # root reads everything

        def refuse(_: Path, flags: int) -> int:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "open", refuse)
    path.chmod(0)
    with pytest.raises(ImageError, match="Permission denied"):
        Image.open(path)


def test_empty_file_and_text_file(tmp_path: Path) -> None:
    for content, message in ((b"", "empty"), (b"hello " * 500, "no image")):
        path = tmp_path / "a.png"
        path.write_bytes(content)
        with pytest.raises(ImageError, match=message):
            Image.open(path)


def test_the_limit_holds_without_decoding_and_pillows_limit_is_left_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", 1000)
    image = Image.open(PNG)  # 1961 px: Pillow alone would warn, twice as many would be an error
    assert image.region(image.box).size == (53, 37)
    assert PIL.Image.MAX_IMAGE_PIXELS == 1000
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", refuse)
    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", refuse)
    with pytest.raises(ImageError, match="over the limit"):
        Image.open(PNG, max_pixels=1000)
    assert Image.open(PNG).size_wh == (53, 37)


def test_warning_filters_are_left_as_they_were() -> None:
    before = list(warnings.filters)
    image = Image.open(encoded(palette(True, alphas=True), "PNG"))
    image.region(image.box, 9)
    assert warnings.filters == before


@pytest.mark.parametrize("format", ["BMP", "TIFF"])
def test_opening_copies_no_file(format: str) -> None:
    data = encoded(PIL.Image.new("RGB", (1500, 1500)), format)
    tracemalloc.start()
    try:
        assert Image.open(data).size_wh == (1500, 1500)
        assert tracemalloc.get_traced_memory()[1] < len(data) / 4
    finally:
        tracemalloc.stop()


def test_documents() -> None:
    document = open_document(PNG)
    assert isinstance(document, Document)
    assert open_document(document) is document
    assert [i.page for i in document] == [1]
    assert document[-1].digest == document.digest == document[:1][0].digest
    assert list(open_document(document[0])) == [document[0]]
    with pytest.raises(IndexError):
        document[1]
    with pytest.raises(ImageError, match="no page 2"):
        Image.open(PNG, page=2)
    with pytest.raises(ImageError, match="no page 0"):
        Image.open(PNG, page=0)
    for dpi in (0, float("nan"), 1e6):
        with pytest.raises(SettingError, match="dpi"):
            open_document(PNG, dpi=dpi)


class Named(io.BytesIO):
    """A file object that says of its name what it is told to say."""

    def __init__(self, data: bytes, told: object) -> None:
        super().__init__(data)
        self.told = told

    @property
    def name(self) -> object:
        if isinstance(self.told, Exception):
            raise self.told
        return self.told


@pytest.mark.parametrize("told", ["", " \n", None, 0, b"", RuntimeError("no name")])
def test_a_file_object_without_a_name_is_called_one(told: object) -> None:
    with pytest.raises(ImageError, match=r"^file object: "):
        Image.open(Named(b"no picture", told))
    with (
        gzip.open(io.BytesIO(gzip.compress(PNG)[:-30])) as cut,
        pytest.raises(ImageError, match=r"^file object: the"),
    ):
        Image.open(cut)
    with pytest.raises(ImageError, match=r"^the empty path: "):
        Image.open("")


@pytest.mark.parametrize("mode", ["L", "RGBA", "CMYK"])
@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
def test_a_large_tiff_lies_in_memory_once(
    monkeypatch: pytest.MonkeyPatch, mode: str, compression: str | None
) -> None:
    """One that is not compressed is shown from the bytes of its file, and shows the same."""
    picture = PIL.Image.effect_noise((90, 70), 60).convert("RGB").convert(mode)
    data = encoded(picture, "TIFF", compression=compression)
    wanted = Image.open(data).region(Box(10, 20, 60, 40))
    monkeypatch.setattr("seal.memory.raster.LATE", 0)
    header = PIL.Image.open(io.BytesIO(data))
    lying = raster._as_it_lies(header, data)
    assert (lying is not None) == (compression is None)
    if lying is not None:
        assert lying.tobytes() == picture.tobytes() and lying.readonly
    assert Image.open(data).region(Box(10, 20, 60, 40)).tobytes() == wanted.tobytes()
