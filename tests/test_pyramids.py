"""Flat files over the limit of pixels: converted once, kept whole or not at all, and never without the extra."""

from __future__ import annotations

import hashlib
import os
import struct
import subprocess
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import platformdirs
import pytest
from small_disk import in_small_disk
from tile_writers import difference, picture, tiff
from typer.testing import CliRunner

from seal import Seal
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.cli.app import app
from seal.memory import huge, pyramids, raster, sampled, vips
from seal.memory.deadline import Deadline
from seal.memory.errors import ImageError, MissingExtraError, OutOfTime, SettingError, TooLargeError
from seal.memory.geometry import Box
from seal.memory.image import Image, open_document
from seal.memory.kept import forget
from seal.memory.raster import Raster
from seal.memory.tiles import Tiled
from seal.settings import Budget

SHOWN = picture()
LIMIT = 300_000
pyvips = pytest.importorskip("pyvips")


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    forget()
    monkeypatch.setattr(huge, "TILED_FROM", LIMIT)


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """A PNG over the limit."""
    SHOWN.save(tmp_path / "flat.png")
    return tmp_path / "flat.png"


def apart(image: Image, reference: PIL.Image.Image) -> float:
    """How different two pictures are, at most in a quarter: more than a quarter is over the limit of a look."""
    w, h = image.size_wh[0] // 2, image.size_wh[1] // 2
    quarters = [Box(x, y, w, h) for x in (0, w) for y in (0, h)]
    return max(difference(image, reference, quarter) for quarter in quarters)


def kept(tmp_path: Path) -> list[str]:
    """What lies in the cache."""
    return sorted(p.suffix for p in (tmp_path / "cache" / "seal" / "pyramids").glob("*"))


def test_a_flat_file_is_converted_once_without_loss(
    flat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    percents: list[int] = []
    image = open_document(flat, max_pixels=LIMIT, on_progress=percents.append)[0]
    assert isinstance(image._pixels, Tiled)
    assert (image.name, image.size_wh) == (str(flat), SHOWN.size)
    assert apart(image, SHOWN) == 0
    assert percents == sorted(percents) and percents[-1] == 100
    assert kept(tmp_path) == [".json", ".tif"]
    monkeypatch.setattr(pyramids, "write_pyramid", None)
    again = Image.open(flat, max_pixels=LIMIT)
    assert again.digest == image.digest
    assert again.region(again.box, 200).tobytes() == image.region(image.box, 200).tobytes()


@pytest.mark.parametrize(
    "kind", ["interlaced", "grey", "palette", "see-through", "16 bits", "JPEG", "turned", "TIFF"]
)
def test_every_kind_of_flat_file_is_shown_as_pillow_shows_it(kind: str, tmp_path: Path) -> None:
    path, exact = tmp_path / "flat.png", True
    match kind:
        case "interlaced":
            pyvips.Image.new_from_array(np.asarray(SHOWN)).pngsave(str(path), interlace=True)
        case "grey":
            SHOWN.convert("L").save(path)
        case "palette":
            SHOWN.quantize(32).save(path)
        case "see-through":
            SHOWN.convert("RGBA").copy().save(path)
        case "16 bits":
            PIL.Image.fromarray(np.asarray(SHOWN.convert("L")).astype(np.uint16) * 257).save(path)
        case "JPEG":
            path, exact = tmp_path / "flat.jpg", False
            SHOWN.save(path, quality=90)
        case "turned":
            path, exact = tmp_path / "flat.jpg", False
            exif = PIL.Image.Exif()
            exif[0x0112] = 6
            SHOWN.save(path, quality=90, exif=exif)
        case "TIFF":
            path = tmp_path / "flat.tif"
            SHOWN.save(path, compression="tiff_deflate")
    whole, tiled = Image.open(path), Image.open(path, max_pixels=LIMIT)
    assert isinstance(tiled._pixels, Tiled)
    assert tiled.size_wh == whole.size_wh
    assert apart(tiled, whole.region(whole.box)) <= (0 if exact else 2)


def test_without_the_extra_todays_error_stays_and_names_it(
    flat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huge, "has_vips", lambda: False)
    monkeypatch.setattr(raster, "LATE", LIMIT)
    with pytest.raises(TooLargeError, match=r"over the limit of 0\.3.*seal-visual-search\[huge\]"):
        Image.open(flat, max_pixels=LIMIT)
    tiff(tmp_path / "x.tif", SHOWN)
    with pytest.raises(TooLargeError, match=r"seal-visual-search\[huge\]"):
        Image.open(tmp_path / "x.tif", max_pixels=LIMIT)
    whole = Image.open(tmp_path / "x.tif")
    assert isinstance(whole._pixels, Raster) and whole.size_wh == SHOWN.size
    assert not (tmp_path / "cache").exists()


def test_a_library_that_cannot_be_loaded_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyvips", None)
    vips.vips.cache_clear()
    try:
        with pytest.raises(MissingExtraError, match=r"seal-visual-search\[huge\]"):
            vips.vips()
        assert not vips.has_vips()
    finally:
        monkeypatch.undo()
        vips.vips.cache_clear()


def test_a_limit_below_what_fits_into_memory_refuses(
    flat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huge, "TILED_FROM", 64_000_000)
    with pytest.raises(TooLargeError, match="or cut the image"):
        Image.open(flat, max_pixels=LIMIT)
    assert not (tmp_path / "cache").exists()


def test_bytes_and_pictures_over_the_limit_are_refused_as_before(flat: Path, tmp_path: Path) -> None:
    for source in (flat.read_bytes(), SHOWN, np.asarray(SHOWN)):
        with pytest.raises(TooLargeError, match="megapixels"):
            Image.open(source, max_pixels=LIMIT)
    assert not (tmp_path / "cache").exists()


def _truncate(cache: Path) -> None:
    file = next(cache.glob("*.tif"))
    file.write_bytes(file.read_bytes()[:-100])


def _garble(cache: Path) -> None:
    file = next(cache.glob("*.tif"))
    file.write_bytes(bytes(len(file.read_bytes())))


def _forge(cache: Path) -> None:
    next(cache.glob("*.json")).write_text("{}")


def _drop(cache: Path) -> None:
    next(cache.glob("*.json")).unlink()


def _fold(cache: Path) -> None:
    file = next(cache.glob("*.tif"))
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    "harm", [_truncate, _garble, _forge, _drop, _fold], ids=lambda f: f.__name__.strip("_")
)
def test_a_damaged_entry_is_a_miss_and_is_replaced(harm, flat: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    Image.open(flat, max_pixels=LIMIT)
    harm(tmp_path / "cache" / "seal" / "pyramids")
    image = Image.open(flat, max_pixels=LIMIT)
    assert apart(image, SHOWN) == 0
    assert kept(tmp_path) == [".json", ".tif"]


def test_another_content_under_the_same_name_is_converted_anew(flat: Path, tmp_path: Path) -> None:
    Image.open(flat, max_pixels=LIMIT)
    changed = SHOWN.copy()
    changed.paste("red", (100, 100, 300, 300))
    changed.save(flat)
    image = Image.open(flat, max_pixels=LIMIT)
    assert apart(image, changed) == 0
    assert kept(tmp_path) == [".json", ".json", ".tif", ".tif"]


def test_the_cache_has_a_limit_and_the_oldest_goes(
    flat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.open(flat, max_pixels=LIMIT)
    (first,) = (tmp_path / "cache" / "seal" / "pyramids").glob("*.tif")
    os.utime(first, (1, 1))
    monkeypatch.setattr(pyramids, "CACHE_BYTES", first.stat().st_size + 1)
    SHOWN.transpose(PIL.Image.Transpose.ROTATE_90).save(tmp_path / "other.png")
    Image.open(tmp_path / "other.png", max_pixels=LIMIT)
    assert not first.exists()
    assert kept(tmp_path) == [".json", ".tif"]


def test_the_folder_can_be_named(flat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEAL_PYRAMID_CACHE")
    assert pyramids.pyramid_folder() == platformdirs.user_cache_path("seal") / "pyramids"
    monkeypatch.setenv("SEAL_PYRAMID_CACHE", str(tmp_path / "mine"))
    Image.open(flat, max_pixels=LIMIT)
    assert len(list((tmp_path / "mine").glob("*.tif"))) == 1
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SEAL_PYRAMID_CACHE", str(tmp_path / "file"))
    with pytest.raises(ImageError, match="SEAL_PYRAMID_CACHE"):
        Image.open(flat, max_pixels=LIMIT)


# --- conversions that do not end well ----------------------------------------------------------------------


def test_a_conversion_ends_with_the_deadline_and_leaves_nothing(flat: Path, tmp_path: Path) -> None:
    late = iter([False])
    with Deadline(cancelled=lambda: next(late, True)).in_force(), pytest.raises(OutOfTime):
        Image.open(flat, max_pixels=LIMIT)
    assert kept(tmp_path) == []


def test_a_question_that_ends_during_the_conversion_says_what_to_do(flat: Path, tmp_path: Path) -> None:
    seal = Seal(ScriptedVQA(), FakeLocalizer({}), max_pixels=LIMIT, budget=Budget(seconds=0.001))
    with pytest.raises(ImageError, match="seal pyramid"):
        seal.locate(flat, "bell")
    assert kept(tmp_path) == []


def test_an_interrupt_during_the_conversion_leaves_nothing(
    flat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    original = subprocess.Popen

    def popen(*arguments: object, **named: object) -> subprocess.Popen[bytes]:
        started.append(original(*arguments, **named))  # type: ignore[call-overload]
        return started[-1]

    def interrupt(percent: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", popen)
    with pytest.raises(KeyboardInterrupt):
        open_document(flat, max_pixels=LIMIT, on_progress=interrupt)
    assert [process.poll() is not None for process in started] == [True]
    assert kept(tmp_path) == []


def test_what_killed_programs_left_is_removed(flat: Path, tmp_path: Path) -> None:
    left = tmp_path / "cache" / "seal" / "pyramids" / "old.part"
    left.mkdir(parents=True)
    (left / "pyramid.tif").write_bytes(bytes(9))
    young = left.with_name("young.part")
    young.mkdir()
    for old in (left / "pyramid.tif", left):
        os.utime(old, (1, 1))
    Image.open(flat, max_pixels=LIMIT)
    assert not left.exists() and young.exists()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_a_truncated_file_is_refused_and_leaves_nothing(suffix: str, tmp_path: Path) -> None:
    whole, cut = tmp_path / f"whole{suffix}", tmp_path / f"cut{suffix}"
    if suffix == ".tif":
        pyvips.Image.new_from_array(np.asarray(SHOWN)).tiffsave(str(whole))
    else:
        SHOWN.save(whole)
    cut.write_bytes(whole.read_bytes()[:-9000])
    with pytest.raises(ImageError) as raised:
        Image.open(cut, max_pixels=LIMIT).region(Box(0, 0, 701, 503))
    assert "\n" not in str(raised.value)
    assert kept(tmp_path) == []


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
import numpy as np
import PIL.Image
from seal.memory import huge
from seal.memory.errors import ImageError
from seal.memory.image import Image
huge.TILED_FROM = 9
noise = np.random.default_rng(1).integers(0, 256, (500, 500, 3), np.uint8)
PIL.Image.fromarray(noise).save("flat.png")
os.environ["SEAL_PYRAMID_CACHE"] = "cache"
try:
    Image.open("flat.png", max_pixels=9)
except ImageError as error:
    print(str(error).count(chr(10)), "SEAL_PYRAMID_CACHE" in str(error), len(list(Path("cache").glob("*"))))
"""
    assert in_small_disk(tmp_path, code, 1200) == "0 True 0"


def test_absurd_sizes_are_refused_before_any_work(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 900_000, 900_000, 8, 2, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    with pytest.raises(TooLargeError, match="20 gigapixels"):
        Image.open(path)
    assert not (tmp_path / "cache").exists()


# --- the command -------------------------------------------------------------------------------------------


def test_the_command_writes_a_pyramid_that_is_opened(flat: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.tif"
    done = CliRunner().invoke(app, ["pyramid", str(flat), "--out", str(out)])
    assert done.exit_code == 0, done.output
    image = Image.open(out, max_pixels=LIMIT)
    assert isinstance(image._pixels, Tiled)
    assert apart(image, SHOWN) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["flat.png", "out.tif"]


def test_the_command_fills_the_cache(flat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAL_MAX_PIXELS", str(LIMIT))
    done = CliRunner().invoke(app, ["pyramid", str(flat)])
    assert done.exit_code == 0, done.output
    assert kept(tmp_path) == [".json", ".tif"]
    monkeypatch.setattr(pyramids, "write_pyramid", None)
    assert Image.open(flat, max_pixels=LIMIT).size_wh == SHOWN.size


def test_what_makes_no_sense_is_refused(flat: Path, tmp_path: Path) -> None:
    def convert(path: Path, out: Path | None = None, quality: int | None = None, limit: int = LIMIT) -> None:
        huge.convert(path, limit, out, quality)

    PIL.Image.new("RGB", (50, 50)).save(tmp_path / "x.gif")
    SHOWN.save(tmp_path / "two.tif", save_all=True, append_images=[SHOWN])
    for path in (tmp_path / "x.gif", tmp_path / "two.tif", tmp_path / "none.png", tmp_path):
        with pytest.raises(ImageError, match="nothing else is converted"):
            convert(path, tmp_path / "out.tif")
    with pytest.raises(SettingError, match="--out"):
        convert(flat, limit=10**9)
    with pytest.raises(SettingError, match="quality"):
        convert(flat, quality=80)
    before = flat.read_bytes()
    with pytest.raises(SettingError, match="place of the file"):
        convert(flat, flat)
    assert flat.read_bytes() == before
    with pytest.raises(ImageError, match="no pyramid can be written there"):
        convert(flat, tmp_path / "no" / "out.tif")


# --- digests -----------------------------------------------------------------------------------------------


def test_a_digest_is_of_all_of_a_file_up_to_a_size_and_of_samples_beyond(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = bytearray(np.random.default_rng(3).integers(0, 256, 300_000, np.uint8).tobytes())
    path = tmp_path / "file"
    path.write_bytes(data)
    assert sampled.file_digest(path) == hashlib.sha256(data).hexdigest()
    monkeypatch.setattr(sampled, "WHOLE", 1000)
    monkeypatch.setattr(sampled, "EDGE", 100)
    monkeypatch.setattr(sampled, "BLOCK", 100)
    first = sampled.file_digest(path)
    assert first != hashlib.sha256(data).hexdigest()
    assert sampled.file_digest(path, b"lengths") != first
    for at in (5, 150, len(data) - 5):
        changed = data.copy()
        changed[at] ^= 1
        path.write_bytes(changed)
        assert sampled.file_digest(path) != first
    path.write_bytes(data + b"x")
    assert sampled.file_digest(path) != first
    unseen = data.copy()
    unseen[1000] ^= 1
    path.write_bytes(unseen)
    assert sampled.file_digest(path) == first
