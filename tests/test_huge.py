"""Images that are read tile by tile: what is shown, what is read for it, and what is told of broken tiles."""

from __future__ import annotations

import io
import os
import shutil
import struct
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from tile_writers import deepzoom, difference, iiif, picture, tiff

from seal import Seal
from seal.agents.contracts import Sighting
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.memory import huge, tile_folders, tiles
from seal.memory.deadline import Deadline
from seal.memory.errors import ImageError, OutOfTime, TooLargeError
from seal.memory.geometry import Box
from seal.memory.image import Image, Patch
from seal.memory.kept import forget
from seal.memory.raster import Raster
from seal.memory.tiff_file import Directory, tiff_directories, tiled_pages
from seal.memory.tiles import GREY, Tiled

SHOWN = picture()
NEAR = 3.0
"""Mean difference of two ways of scaling the same picture down."""
LOOKS = ((Box(0, 0, 701, 503), 300), (Box(0, 0, 701, 503), 90), (Box(200, 100, 300, 333), 120))


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    forget()
    monkeypatch.setattr(huge, "TILED_FROM", 100_000)


def _deepzoom(folder: Path) -> Path:
    deepzoom(folder / "x.dzi", SHOWN)
    return folder / "x.dzi"


def _iiif(version: int) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        iiif(folder / "image", SHOWN, version)
        return folder / "image"

    return write


def _tiff(**options: object) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        tiff(folder / "x.tif", SHOWN, **options)
        return folder / "x.tif"

    return write


KINDS = {
    "DeepZoom": _deepzoom,
    "IIIF 2": _iiif(2),
    "IIIF 3": _iiif(3),
    "TIFF": _tiff(),
    "BigTIFF": _tiff(bigtiff=True),
    "SubIFDs": _tiff(subifd=True, bigtiff=True),
}


@pytest.fixture(params=KINDS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The picture, in each of the forms that are read by tiles."""
    return KINDS[request.param](tmp_path)


def test_a_look_shows_what_the_whole_picture_shows_there(path: Path) -> None:
    image = Image.open(path)
    assert isinstance(image._pixels, Tiled)
    assert image.size_wh == SHOWN.size
    for box in (Box(0, 0, 701, 503), Box(63, 65, 130, 1), Box(690, 490, 11, 13)):
        assert difference(image, SHOWN, box) == 0
    for box, side in LOOKS:
        assert difference(image, SHOWN, box, side) < NEAR
    assert image.faults == ()


def test_the_same_look_gives_the_same_pixels_in_every_order(path: Path) -> None:
    first, second = Image.open(path), Image.open(path)
    assert first.digest == second.digest
    forwards = [first.region(*look).tobytes() for look in LOOKS]
    forget()
    backwards = [second.region(*look).tobytes() for look in reversed(LOOKS)]
    assert forwards == backwards[::-1]


def test_a_look_reads_the_tiles_of_one_level_that_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = Image.open(_deepzoom(tmp_path))
    read: list[str] = []
    original = tile_folders.read_file

    def spy(file: Path, most: int) -> bytes:
        read.append(file.relative_to(tmp_path).as_posix())
        return original(file, most)

    monkeypatch.setattr(tile_folders, "read_file", spy)
    image.region(Box(70, 70, 50, 50))
    assert read == ["x_files/10/1_1.png"]
    read.clear()
    image.region(image.box, 90)
    assert {name.split("/")[1] for name in read} == {"8"}
    assert len(read) == 6


@pytest.mark.parametrize("turn", range(1, 9))
def test_an_orientation_turns_it_as_pillow_does(turn: int, tmp_path: Path) -> None:
    pyvips = pytest.importorskip("pyvips")
    lying = pyvips.Image.new_from_array(np.asarray(SHOWN)).copy()
    lying.set_type(pyvips.GValue.gint_type, "orientation", turn)
    lying.tiffsave(
        str(tmp_path / "x.tif"), tile=True, tile_width=64, tile_height=64, pyramid=True, compression="deflate"
    )
    image = Image.open(tmp_path / "x.tif")
    assert isinstance(image._pixels, Tiled)
    with PIL.Image.open(tmp_path / "x.tif") as stored:
        upright = stored.convert("RGB")
    assert image.size_wh == upright.size
    w, h = upright.size
    for box in (Box(0, 0, w, h), Box(10, 20, 133, 65)):
        assert difference(image, upright, box) == 0
    assert difference(image, upright, Box(0, 0, w, h), 200) < NEAR


@pytest.mark.parametrize("mode", ["L", "RGBA", "16 bits"])
def test_other_modes_are_shown_as_rgb(mode: str, tmp_path: Path) -> None:
    pyvips = pytest.importorskip("pyvips")
    array = np.asarray(SHOWN.convert("L"))
    wanted = PIL.Image.fromarray(array).convert("RGB")
    if mode == "RGBA":
        array = np.dstack([np.asarray(SHOWN), np.full(SHOWN.size[::-1], 0, np.uint8)])
        wanted = PIL.Image.new("RGB", SHOWN.size, "white")
    elif mode == "16 bits":
        array = array.astype(np.uint16) * 257
    saved = pyvips.Image.new_from_array(array)
    saved.tiffsave(
        str(tmp_path / "x.tif"), tile=True, tile_width=64, tile_height=64, pyramid=True, compression="deflate"
    )
    image = Image.open(tmp_path / "x.tif")
    assert isinstance(image._pixels, Tiled)
    assert difference(image, wanted, image.box) < 1


def test_small_images_are_read_as_a_whole_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huge, "TILED_FROM", 64_000_000)
    tiff(tmp_path / "x.tif", SHOWN)
    image = Image.open(tmp_path / "x.tif")
    assert isinstance(image._pixels, Raster)
    assert image.digest == Image.open((tmp_path / "x.tif").read_bytes()).digest


def test_the_levels_of_a_slide_are_told_from_its_label_and_preview() -> None:
    def page(index: int, size_wh: tuple[int, int], tile: int, reduced: bool = False) -> Directory:
        return Directory(index, -1, size_wh, (tile, tile), reduced, 1)

    slide = [
        page(0, (46_000, 32_914), 240),
        page(1, (1024, 732), 0),
        page(2, (11_500, 8228), 240),
        page(3, (2875, 2057), 240),
        page(4, (415, 422), 0, reduced=True),
        page(5, (1280, 431), 0, reduced=True),
    ]
    (told,) = tiled_pages(slide)
    assert [d.page for d in told.levels] == [0, 2, 3]
    assert [len(p.levels) for p in tiled_pages([*slide[:1], page(1, (46_000, 32_914), 240)])] == [1, 1]
    assert tiled_pages(slide[1:]) == []


# --- limits -----------------------------------------------------------------------------------------------


def test_the_limit_of_pixels_is_for_what_a_look_decodes(tmp_path: Path) -> None:
    deepzoom(tmp_path / "x.dzi", SHOWN)
    image = Image.open(tmp_path / "x.dzi", max_pixels=50_000)
    assert image.region(image.box, 150).size == (150, 108)
    with pytest.raises(TooLargeError, match="seal pyramid"):
        image.region(image.box)


def test_a_look_ends_with_the_deadline(path: Path) -> None:
    image = Image.open(path)
    late = iter([False] * 4)
    with (
        Deadline(cancelled=lambda: next(late, True)).in_force(),
        pytest.raises(OutOfTime),
    ):
        image.region(image.box)


# --- broken tiles -----------------------------------------------------------------------------------------


def _remove(tile: Path) -> None:
    tile.unlink()


def _garble(tile: Path) -> None:
    tile.write_bytes(b"\x89PNG\r\n\x1a\n" + b"no picture")


def _cut(tile: Path) -> None:
    tile.write_bytes(tile.read_bytes()[:300])


def _wrong_size(tile: Path) -> None:
    PIL.Image.new("RGB", (5, 5)).save(tile)


def _bomb(tile: Path) -> None:
    """A PNG of 50,000 x 50,000 pixels, 7.5 GB once it is decoded."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    tile.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(10_000_000)))
        + chunk(b"IEND", b"")
    )


def _pipe(tile: Path) -> None:
    tile.unlink()
    os.mkfifo(tile)


def _folder(tile: Path) -> None:
    tile.unlink()
    tile.mkdir()


def _link_outside(tile: Path) -> None:
    outside = tile.parents[3] / "secret.png"
    PIL.Image.new("RGB", (66, 66), "red").save(outside)
    tile.unlink()
    tile.symlink_to(outside)


def _link_to_itself(tile: Path) -> None:
    tile.unlink()
    tile.symlink_to(tile)


BROKEN = [_remove, _garble, _cut, _wrong_size, _bomb, _pipe, _folder, _link_outside, _link_to_itself]


@pytest.mark.parametrize("harm", BROKEN, ids=lambda f: f.__name__.strip("_"))
def test_a_broken_tile_is_grey_and_told_and_the_rest_is_shown(
    harm: Callable[[Path], None], tmp_path: Path
) -> None:
    if harm is _pipe and not hasattr(os, "mkfifo"):
        pytest.skip("this system has no pipes")
    (tmp_path / "inside").mkdir()
    folder = deepzoom(tmp_path / "inside" / "x.dzi", SHOWN)
    harm(folder / "10" / "3_2.png")
    image = Image.open(tmp_path / "inside" / "x.dzi")
    seen = np.asarray(image.region(image.box))
    wanted = np.asarray(SHOWN).copy()
    wanted[128:192, 192:256] = GREY
    assert (seen == wanted).all()
    (told,) = image.faults
    assert "1 tile cannot be read" in told and "10/3_2.png" in told
    assert "\n" not in told
    assert image.region(image.box).tobytes() == seen.tobytes()


def test_of_many_broken_tiles_the_first_are_named_and_all_are_counted(tmp_path: Path) -> None:
    folder = deepzoom(tmp_path / "x.dzi", SHOWN)
    for column in range(6):
        (folder / "10" / f"{column}_1.png").unlink()
    image = Image.open(tmp_path / "x.dzi")
    image.region(image.box)
    (told,) = image.faults
    assert "6 tiles" in told and "and 3 more" in told and "10/0_1.png (it is missing)" in told


class Reading(FakeLocalizer):
    """It looks at the pixels as well, as others do."""

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        for patch in patches:
            patch.read(self.capabilities.input_side)
        return super().locate(patches, phrases)


def test_a_result_tells_what_could_not_be_seen(tmp_path: Path) -> None:
    folder = deepzoom(tmp_path / "x.dzi", SHOWN)
    finder = Reading({"bell": [Box(600, 400, 20, 20)], "cup": []})
    whole = Seal(ScriptedVQA(), finder).locate(tmp_path / "x.dzi", ["bell", "cup"])
    assert "cannot be read" not in whole.reason
    for column in range(5):
        (folder / "10" / f"{column}_1.png").unlink()
    broken = Seal(ScriptedVQA(), finder).locate(tmp_path / "x.dzi", ["bell", "cup"])
    assert broken.boxes("bell") == whole.boxes("bell")
    assert "5 tiles cannot be read" in broken.reason
    assert [a.complete for a in whole.absent] == [True]
    assert [a.complete for a in broken.absent] == [False]


def test_an_image_of_which_no_tile_can_be_read_is_refused(tmp_path: Path) -> None:
    folder = deepzoom(tmp_path / "x.dzi", SHOWN)
    shutil.rmtree(folder)
    with pytest.raises(ImageError, match="its tiles are missing"):
        Image.open(tmp_path / "x.dzi")
    folder.mkdir()
    image = Image.open(tmp_path / "x.dzi")
    with pytest.raises(ImageError, match="none of its tiles"):
        image.region(image.box, 100)


def test_a_folder_of_tiles_behind_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "here").mkdir()
    folder = deepzoom(tmp_path / "elsewhere" / "x.dzi", SHOWN)
    shutil.copy(tmp_path / "elsewhere" / "x.dzi", tmp_path / "here")
    (tmp_path / "here" / "x_files").symlink_to(folder)
    with pytest.raises(ImageError, match="out of its folder"):
        Image.open(tmp_path / "here" / "x.dzi")


def test_the_digest_follows_the_tiles(tmp_path: Path) -> None:
    folder = deepzoom(tmp_path / "x.dzi", SHOWN)
    before = Image.open(tmp_path / "x.dzi").digest
    PIL.Image.new("RGB", (66, 66)).save(folder / "10" / "3_2.png")
    assert Image.open(tmp_path / "x.dzi").digest != before


# --- broken descriptions ----------------------------------------------------------------------------------

HEAD = '<Image xmlns="http://schemas.microsoft.com/deepzoom/2008" Format="{}" Overlap="{}" TileSize="{}">'
SIZE = '<Size Width="{}" Height="{}"/></Image>'
LAUGHS = '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
DESCRIPTIONS = {
    "entities": LAUGHS + HEAD.format("png", 1, 64) + SIZE.format(100, 100),
    "a foreign file": '<!DOCTYPE x SYSTEM "/etc/passwd">' + HEAD.format("png", 1, 64) + SIZE.format(9, 9),
    "sides of 10^9": HEAD.format("png", 1, 64) + SIZE.format(10**9, 10**9),
    "sides of 10^99": HEAD.format("png", 1, 64) + SIZE.format(10**99, 4),
    "too small": HEAD.format("png", 1, 64) + SIZE.format(3, 100),
    "negative sides": HEAD.format("png", 1, 64) + SIZE.format(-5, 9),
    "no sides": HEAD.format("png", 1, 64) + "</Image>",
    "a wide overlap": HEAD.format("png", 999, 64) + SIZE.format(100, 100),
    "tiles of nothing": HEAD.format("png", 1, 0) + SIZE.format(100, 100),
    "tiles of a million": HEAD.format("png", 1, 10**6) + SIZE.format(100, 100),
    "a format that leads out": HEAD.format("../../x", 1, 64) + SIZE.format(100, 100),
    "no end": HEAD.format("png", 1, 64),
    "words": "<Image TileSize without end",
    "too long": HEAD.format("png", 1, 64) + SIZE.format(100, 100) + " " * (2 << 20),
}


@pytest.mark.parametrize("told", DESCRIPTIONS.values(), ids=DESCRIPTIONS.keys())
def test_a_deepzoom_description_is_checked(told: str, tmp_path: Path) -> None:
    (tmp_path / "x_files").mkdir()
    (tmp_path / "x.dzi").write_text(told)
    with pytest.raises(ImageError) as raised:
        Image.open(tmp_path / "x.dzi")
    assert "x.dzi" in str(raised.value) and "\n" not in str(raised.value)


TILES = '"tiles": [{"width": 64, "scaleFactors": [1, 2]}]'
INFOS = {
    "no JSON": "{width: 100",
    "a list": "[1, 2]",
    "deep": "[" * 100_000,
    "no tiles": '{"width": 100, "height": 100}',
    "tiles of numbers": '{"width": 100, "height": 100, "tiles": [3]}',
    "no height": '{"width": 100, ' + TILES + "}",
    "sides of 10^9": '{"width": 1000000000, "height": 1000000000, ' + TILES + "}",
    "a side that is a truth value": '{"width": true, "height": 100, ' + TILES + "}",
    "a side that is a text": '{"width": "100", "height": 100, ' + TILES + "}",
    "scales of 0": '{"width": 100, "height": 100, "tiles": [{"width": 64, "scaleFactors": [0]}]}',
    "no scales": '{"width": 100, "height": 100, "tiles": [{"width": 64}]}',
    "many scales": '{"width": 9, "height": 9, "tiles": [{"width": 64, "scaleFactors": ['
    + "1," * 999
    + "1]}]}",
}


@pytest.mark.parametrize("told", INFOS.values(), ids=INFOS.keys())
@pytest.mark.parametrize("whole_folder", [True, False])
def test_an_info_json_is_checked(told: str, whole_folder: bool, tmp_path: Path) -> None:
    file = tmp_path / "info.json"
    file.write_text(told)
    with pytest.raises(ImageError) as raised:
        Image.open(tmp_path if whole_folder else file)
    assert "\n" not in str(raised.value)


# --- broken TIFFs -----------------------------------------------------------------------------------------


def test_a_corrupt_tile_of_a_tiff_is_grey_at_every_look(tmp_path: Path) -> None:
    tiff(tmp_path / "x.tif", SHOWN, bigtiff=True)
    data = bytearray((tmp_path / "x.tif").read_bytes())
    with PIL.Image.open(io.BytesIO(data)) as stored:
        start, length = stored.tag_v2[324][14], stored.tag_v2[325][14]
    data[start : start + length] = b"\xff" * length
    (tmp_path / "x.tif").write_bytes(data)
    image = Image.open(tmp_path / "x.tif")
    for _ in range(2):
        seen = np.asarray(image.region(image.box))
        wanted = np.asarray(SHOWN).copy()
        wanted[64:128, 192:256] = GREY
        assert (seen == wanted).all()
        forget()
    assert "level 0 column 3 row 1" in image.faults[0]


def test_threads_that_look_at_once_see_the_same(tmp_path: Path) -> None:
    tiff(tmp_path / "x.tif", SHOWN)
    data = bytearray((tmp_path / "x.tif").read_bytes())
    with PIL.Image.open(io.BytesIO(data)) as stored:
        start, length = stored.tag_v2[324][14], stored.tag_v2[325][14]
    data[start : start + length] = b"\xff" * length
    (tmp_path / "x.tif").write_bytes(data)
    image = Image.open(tmp_path / "x.tif")
    with ThreadPoolExecutor(8) as threads:
        seen = list(threads.map(lambda _: image.region(image.box).tobytes(), range(16)))
    assert len(set(seen)) == 1
    assert image.region(Box(193, 65, 1, 1)).getpixel((0, 0)) == GREY


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_bigtiff_is_refused_or_tells_its_tiles(share: float, tmp_path: Path) -> None:
    tiff(tmp_path / "x.tif", SHOWN, bigtiff=True)
    data = (tmp_path / "x.tif").read_bytes()
    (tmp_path / "x.tif").write_bytes(data[: int(share * len(data))])
    with pytest.raises(ImageError) as raised:
        image = Image.open(tmp_path / "x.tif")
        image.region(image.box)
        assert image.faults != ()
        raise ImageError(*image.faults)
    assert "\n" not in str(raised.value)


def test_directories_in_a_circle_end(tmp_path: Path) -> None:
    tags = struct.pack("<HHQQ", 256, 4, 1, 700) + struct.pack("<HHQQ", 257, 4, 1, 500)
    circle = b"II+\0" + struct.pack("<HHQ", 8, 0, 16) + struct.pack("<Q", 2) + tags + struct.pack("<Q", 16)
    (tmp_path / "x.tif").write_bytes(circle)
    with (tmp_path / "x.tif").open("rb") as file, pytest.raises(ImageError, match="in a circle"):
        tiff_directories(file, "x.tif")
    with pytest.raises(ImageError):
        Image.open(tmp_path / "x.tif")


@pytest.mark.parametrize("many", [1 << 62, 5_000_000, 3])
def test_a_tag_that_promises_too_much_is_not_believed(many: int, tmp_path: Path) -> None:
    pytest.importorskip("pyvips")
    tags = b"".join(
        struct.pack("<HHQQ", tag, 4, 1, value)
        for tag, value in ((256, 7000), (257, 5000), (322, 64), (323, 64))
    )
    tags += struct.pack("<HHQQ", 325, 16, many, 1 << 60)
    data = b"II+\0" + struct.pack("<HHQ", 8, 0, 16) + struct.pack("<Q", 5) + tags + struct.pack("<Q", 0)
    (tmp_path / "x.tif").write_bytes(data)
    with pytest.raises(ImageError) as raised:
        Image.open(tmp_path / "x.tif").region(Box(0, 0, 9, 9))
    assert "\n" not in str(raised.value)


def test_pages_that_share_their_long_tags_end_soon(tmp_path: Path) -> None:
    many, pages = 1_000_000, 40
    chain, at = b"", 16
    for number in range(pages):
        size = 8 + 2 * 20 + 8
        following = at + size if number < pages - 1 else 0
        chain += struct.pack("<Q", 2) + struct.pack("<HHQQ", 256, 4, 1, 700)
        chain += struct.pack("<HHQQ", 325, 16, many, 16 + size * pages) + struct.pack("<Q", following)
        at += size
    (tmp_path / "x.tif").write_bytes(b"II+\0" + struct.pack("<HHQ", 8, 0, 16) + chain + bytes(8 * many))
    with (tmp_path / "x.tif").open("rb") as file, pytest.raises(ImageError, match="too long"):
        tiff_directories(file, "x.tif")


def test_the_largest_side_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="10,000,000"):
        tiles.check_sides("x", (10_000_001, 9), (64, 64))
