"""Videos, animations, folders and lists as documents: pages, times, what changes, and bad input."""

from __future__ import annotations

import io
import os
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest
from moving_pictures import BLUE, GREEN, GREY, RED, WHITE, animation, film, screen

from seal.memory import files, moving
from seal.memory.clock import clock
from seal.memory.deadline import Deadline
from seal.memory.errors import ImageError, MissingExtraError, PageError, SettingError, TooLargeError
from seal.memory.geometry import Box
from seal.memory.image import Document, Image, open_document

CHAPTERS = [screen("Home"), screen("Orders"), screen("Payment failed")]


def times(document: Document) -> list[tuple[float | None, float | None]]:
    return [(page.time, page.until) for page in document]


def pixels(image: Image) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.asarray(image.region(image.box), np.uint8)


def color(image: Image, xy: tuple[int, int]) -> tuple[int, ...]:
    return tuple(int(v) for v in pixels(image)[xy[1], xy[0]])


def near(a: tuple[int, ...], b: str) -> bool:
    wanted = tuple(int(b[i : i + 2], 16) for i in (1, 3, 5))
    return max(abs(x - y) for x, y in zip(a, wanted, strict=True)) < 12


# --- videos ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "codec", "options"),
    [
        ("mp4", "libx264", {"crf": "28", "g": "12"}),
        ("matroska", "libx264", {}),
        ("webm", "libvpx-vp9", {}),
        ("avi", "mpeg4", {"b": "4000000"}),
    ],
)
def test_a_video_gives_what_is_shown_without_a_change(kind: str, codec: str, options: dict[str, str]) -> None:
    frames = [CHAPTERS[0]] * 12 + [CHAPTERS[1]] * 10 + [CHAPTERS[2]] * 8
    document = open_document(film(frames, kind=kind, codec=codec, **options), fps=10)
    assert [page.time for page in document] == pytest.approx([0, 1.2, 2.2], abs=0.01)
    assert document[-1].until == pytest.approx(3.0, abs=0.02)
    assert (document.series, document.notes, document.numbers) == (True, (), (1, 2, 3))
    for page, drawn in zip(document, CHAPTERS, strict=True):
        assert np.abs(pixels(page).astype(int) - np.asarray(drawn)).mean() < 4
    assert document[1].name == "image bytes frame 2" and document[1].pages == 3


def test_what_did_not_change_is_the_same_to_the_bit() -> None:
    marked = CHAPTERS[0].copy()
    PIL.ImageDraw.Draw(marked).rectangle((240, 120, 300, 160), fill=RED)
    first, second = open_document(film([CHAPTERS[0]] * 9 + [marked] * 9, crf="28", g="6"), fps=10)
    assert (pixels(first)[:96] == pixels(second)[:96]).all()
    assert (pixels(first)[112:] != pixels(second)[112:]).any()
    assert near(color(second, (270, 140)), RED)


@pytest.mark.parametrize("small", ["caret", "digit", "tint"])
def test_small_changes_are_new_pages(small: str) -> None:
    before, after = screen("Total 1,230"), screen("Total 1,280" if small == "digit" else "Total 1,230")
    draw = PIL.ImageDraw.Draw(after)
    if small == "caret":
        draw.rectangle((200, 60, 201, 76), fill="black")
    if small == "tint":
        draw.rectangle((40, 90, 140, 130), fill="#f0f0f0")
    assert len(open_document(film([before] * 8 + [after] * 8, crf="23"), fps=10)) == 2


def test_a_slow_fade_is_not_joined_away() -> None:
    frames = [PIL.Image.new("RGB", (64, 64), (level, level, level)) for level in range(60, 240, 3)]
    document = open_document(film(frames, crf="10"), fps=10)
    assert len(document) > 10
    assert abs(color(document[-1], (30, 30))[0] - 237) < 14


def test_frames_are_taken_by_time_and_the_last_one_always() -> None:
    frames = [screen(str(i)) for i in range(21)]
    data = film(frames)
    assert [page.time for page in open_document(data)] == pytest.approx([0, 0.5, 1, 1.5, 2], abs=0.01)
    assert [page.time for page in open_document(data, fps=0.9)] == pytest.approx([0, 1.1, 2.0], abs=0.01)
    assert len(open_document(data, fps=100)) == 21


def test_of_a_recording_with_frames_only_at_changes_none_that_stays_is_missed() -> None:
    data = film(
        [CHAPTERS[0], CHAPTERS[1], CHAPTERS[2], CHAPTERS[0]], times=[0, 0.1, 0.3, 7.0], kind="matroska"
    )
    told = [page.time for page in open_document(data, fps=2)]
    assert told == pytest.approx([0, 0.3, 7.0], abs=0.01)


def turned(mp4: bytes, degrees: int) -> bytes:
    """The same video, to be shown turned, as phones write it."""
    a, b, c, d = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[degrees]
    at = mp4.index(b"tkhd") + 4 + 40
    one = 1 << 16
    matrix = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    return mp4[:at] + matrix + mp4[at + 36 :]


@pytest.mark.parametrize(("degrees", "corner"), [(90, (175, 5)), (180, (315, 175)), (270, (5, 315))])
def test_the_orientation_of_a_phones_video_is_applied(degrees: int, corner: tuple[int, int]) -> None:
    marked = screen()
    PIL.ImageDraw.Draw(marked).rectangle((0, 0, 30, 30), fill=RED)
    data = turned(film([marked] * 3), degrees)
    page = open_document(data)[0]
    assert page.size_wh == ((320, 180) if degrees == 180 else (180, 320))
    assert near(color(page, corner), RED)
    assert Image.open(data).size_wh == page.size_wh


def test_one_image_of_a_video_is_its_first_frame_and_a_page_is_a_page(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(film([CHAPTERS[0]] * 5 + [CHAPTERS[1]] * 6))
    first = Image.open(path)
    assert (first.page, first.pages, first.time) == (1, 1, None)
    second = Image.open(path, page=2)
    assert (second.page, second.pages, second.time) == (2, 2, pytest.approx(0.5))
    assert second.limited(100).time == second.time
    assert open_document(path).only(2)[0].time == second.time


def test_pages_are_kept_whole_in_any_order_of_looks() -> None:
    frames = [screen(f"Step {i}", size_wh=(160, 96)) for i in range(40)]
    document = open_document(animation(frames, "PNG", [100] * 40))
    assert len(document) == 40
    for i in (39, 3, 17, 16, 38, 0, 21):
        assert (pixels(document[i]) == np.asarray(frames[i])).all()
        assert document[i].region(Box(5, 7, 90, 40)).tobytes() == frames[i].crop((5, 7, 95, 47)).tobytes()


def test_a_frame_that_comes_again_has_the_digest_it_had() -> None:
    document = open_document(animation([CHAPTERS[0], CHAPTERS[1], CHAPTERS[0]], "PNG", [100] * 3))
    assert document[0].digest == document[2].digest != document[1].digest


# --- videos that are bad -----------------------------------------------------------------------------------------


def test_of_a_video_that_is_cut_short_the_frames_before_are_used() -> None:
    frames = [screen(f"Step {i // 10}", ground=(WHITE, GREY)[i // 10 % 2]) for i in range(100)]
    data = film(frames, kind="matroska")
    document = open_document(data[: len(data) // 2])
    assert 2 <= len(document) < 10
    (note,) = document.faults
    assert "cut short or damaged" in note and clock(document[-1].until or 0) in note


def test_damage_in_the_middle_is_passed_over_and_said() -> None:
    frames = [screen(f"Step {i // 10}") for i in range(60)]
    data = bytearray(film(frames, kind="mpegts", codec="mpeg2video", g="5"))
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    document = open_document(bytes(data))
    assert len(document) >= 3 and document.faults


def sound() -> bytes:
    import av

    data = io.BytesIO()
    with av.open(data, "w", format="matroska") as container:
        stream: Any = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return data.getvalue()


def test_bad_videos_are_refused_in_one_line() -> None:
    whole = film([CHAPTERS[0]] * 5)
    refused = {
        "no picture stream": sound(),
        "cannot be opened": whole[:200],
        "broken": b"\0\0\0\x20ftypisom" + os.urandom(600),
        "playlist": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        "leads to other files": b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        "no frame": film([CHAPTERS[0]] * 2, kind="matroska")[:700],
    }
    for said, data in refused.items():
        with pytest.raises(ImageError) as error:
            open_document(data)
        assert "\n" not in str(error.value)
        assert said in str(error.value) or said in ("no frame", "broken"), str(error.value)


def test_a_video_over_the_limit_of_pixels_is_refused_before_it_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("seal.memory.video._Frames._rgb", lambda *given: pytest.fail("it was decoded"))
    with pytest.raises(TooLargeError, match="320x180"):
        open_document(film([CHAPTERS[0]] * 2), max_pixels=10_000)


def test_a_video_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    data = film([CHAPTERS[0]])
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingExtraError, match=r"seal-visual-search\[video\]"):
        open_document(data)


def test_when_the_time_ends_what_was_seen_is_given() -> None:
    data = film([screen(f"Step {i // 5}") for i in range(60)])
    clocked = iter(range(10_000))
    hurried = Deadline(end=40, clock=lambda: float(next(clocked)))
    with hurried.in_force():
        document = open_document(data)
    assert 1 <= len(document) < 12 and "the time ended" in document.faults[0]


@pytest.mark.parametrize("fps", [0, -1, float("nan"), "2", True, 1000])
def test_a_wrong_fps_is_refused(fps: Any) -> None:
    with pytest.raises(SettingError, match="fps"):
        open_document(animation(CHAPTERS, "GIF", [100] * 3), fps=fps)


def test_too_many_changes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "MOST_RUNS", 2)
    with pytest.raises(ImageError, match="--fps"):
        open_document(animation(CHAPTERS, "PNG", [100] * 3))


# --- animations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_an_animation_gives_its_frames_with_their_times(kind: str) -> None:
    data = animation([CHAPTERS[0], CHAPTERS[0], CHAPTERS[1], CHAPTERS[2]], kind, [200, 300, 400, 500])
    document = open_document(data)
    assert times(document) == [
        (pytest.approx(a), pytest.approx(b)) for a, b in ((0, 0.5), (0.5, 0.9), (0.9, 1.4))
    ]
    assert Image.open(data).pages == 1 and (pixels(Image.open(data)) == pixels(document[0])).all()


def test_a_picture_of_one_frame_stays_a_plain_image() -> None:
    for kind in ("GIF", "PNG", "WEBP"):
        data = io.BytesIO()
        CHAPTERS[0].save(data, kind)
        document = open_document(data.getvalue())
        assert (len(document), document.series, document[0].time) == (1, False, None)


def test_transparency_and_disposal_of_a_gif() -> None:
    """Each frame draws on what the one before left; where nothing was drawn, the page is white."""
    frames = []
    for x, ink in ((10, RED), (50, GREEN), (90, BLUE)):
        frame = PIL.Image.new("RGBA", (130, 40), (0, 0, 0, 0))
        PIL.ImageDraw.Draw(frame).rectangle((x, 10, x + 20, 30), fill=ink)
        frames.append(frame)
    for disposal, left in ((1, RED), (2, WHITE)):
        data = io.BytesIO()
        frames[0].save(data, "GIF", save_all=True, append_images=frames[1:], duration=100, disposal=disposal)
        document = open_document(data.getvalue())
        assert len(document) == 3
        assert near(color(document[1], (60, 20)), GREEN) and near(color(document[1], (120, 5)), WHITE)
        assert near(color(document[1], (20, 20)), left)


def test_an_animation_that_is_cut_short_gives_the_frames_before() -> None:
    rng = np.random.default_rng(0)
    noise = [PIL.Image.fromarray(rng.integers(0, 255, (90, 120, 3), np.uint8)) for _ in range(6)]
    data = animation(noise, "GIF", [100] * 6)
    document = open_document(data[: len(data) * 2 // 3])
    assert 1 < len(document) < 6 and "cut short" in document.faults[0]
    assert data.endswith(b";") and open_document(data).faults == ()
    between = open_document(data[:-1])  # cut where a frame might begin
    assert len(between) == 6 and "cut short" in between.faults[0]


# --- folders, globs, lists ------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, image in zip(("shot10.png", "shot2.png", "Shot1.png"), CHAPTERS, strict=True):
        image.save(tmp_path / name)
    return tmp_path


def test_a_folder_is_a_document_in_natural_order(folder: Path) -> None:
    document = open_document(folder)
    assert [Path(page.name).name for page in document] == ["Shot1.png", "shot2.png", "shot10.png"]
    assert (document.series, document.notes, document[1].time) == (True, (), None)
    assert (pixels(document[2]) == np.asarray(CHAPTERS[0])).all()
    assert [Path(page.name).name for page in open_document(f"{folder}/shot*.png")] == [
        "shot2.png",
        "shot10.png",
    ]


def test_a_list_of_pictures_is_a_document(folder: Path) -> None:
    given = [folder / "shot10.png", CHAPTERS[1], np.asarray(CHAPTERS[2]), Image.open(folder / "shot2.png")]
    document = open_document(given)
    assert [page.page for page in document] == [1, 2, 3, 4]
    assert (pixels(document[2]) == np.asarray(CHAPTERS[2])).all()
    with pytest.raises(ImageError, match="empty"):
        open_document([])


def test_pictures_of_different_sizes_are_pages_of_their_own_size(folder: Path) -> None:
    PIL.Image.new("RGB", (50, 70), RED).save(folder / "shot3.png")
    assert [page.size_wh for page in open_document(folder)][1:3] == [(320, 180), (50, 70)]


def test_what_is_no_picture_is_named_once(folder: Path) -> None:
    (folder / "notes.txt").write_text("hello")
    (folder / "empty.png").write_bytes(b"")
    (folder / ".hidden").write_text("x")
    (folder / "sub").mkdir()
    os.mkfifo(folder / "pipe.png")
    (folder / "link.png").symlink_to(folder / "shot2.png")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    document = open_document(folder)
    assert len(document) == 4
    (note,) = document.notes
    assert (
        all(name in note for name in ("empty.png", "loop.png", "notes.txt", "2 more"))
        and "hidden" not in note
    )


def test_a_broken_picture_is_the_error_of_its_page_alone(folder: Path) -> None:
    (folder / "shot2.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    document = open_document(folder)
    with pytest.raises(PageError) as error:
        document.page(2)
    assert error.value.page == 2 and document.page(3).size_wh == (320, 180)


def test_a_file_that_changes_meanwhile_is_not_shown_as_the_one_that_was_opened(folder: Path) -> None:
    page = open_document(folder)[1]
    screen("Another").save(folder / "shot2.png")
    with pytest.raises(PageError, match="changed"):
        page.region(page.box)


def test_empty_and_endless_folders_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImageError, match="holds nothing"):
        open_document(tmp_path)
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(ImageError, match="no picture"):
        open_document(tmp_path)
    with pytest.raises(ImageError, match="matches nothing"):
        open_document(f"{tmp_path}/*.png")
    for i in range(4):
        CHAPTERS[0].save(tmp_path / f"{i}.png")
    monkeypatch.setattr(files, "MOST_FILES", 3)
    with pytest.raises(ImageError, match="more than 3 pictures"):
        open_document(tmp_path)
    with pytest.raises(ImageError, match="directory"):
        Image.open(tmp_path)


def test_few_files_are_in_memory_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(12):
        screen(str(i)).save(tmp_path / f"{i}.png")
    document = open_document(tmp_path)
    for page in document:
        page.region(page.box)
    assert len(document._pages._known) == files.OPEN_FILES  # type: ignore[union-attr]
    assert (pixels(document[0]) == np.asarray(screen("0"))).all()


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0:00.0"), (7.34, "0:07.3"), (59.97, "1:00.0"), (3725, "1:02:05.0")]
)
def test_how_times_are_told(seconds: float, told: str) -> None:
    assert clock(seconds) == told
