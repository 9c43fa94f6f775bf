"""The OCR localizer, on small drawn pages."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest

from seal.agents import ocr, ocr_engine
from seal.agents.checks import check_sightings
from seal.agents.contracts import ANY_TEXT, Localizer, Sighting
from seal.agents.ocr import RapidOcr, load
from seal.agents.ocr_look import CUE_CELLS
from seal.agents.registry import load_localizer
from seal.memory.deadline import Deadline
from seal.memory.errors import MissingExtraError, OutOfTime, SettingError, UnknownAgentError
from seal.memory.geometry import Box
from seal.memory.image import Image, Patch
from seal.memory.working import TextLine

Words = Sequence[tuple[float, float, str, int]]


def page(size_wh: tuple[int, int], words: Words, mode: str = "RGB", white: int = 255) -> Image:
    """A page with texts at (x, y, text, font height in pixels)."""
    picture = PIL.Image.new("L", size_wh, white)
    draw = PIL.ImageDraw.Draw(picture)
    for x, y, text, px in words:
        draw.text((x, y), text, fill=0, font=PIL.ImageFont.load_default(size=px))
    return Image.open(picture.convert(mode))


def text_box(x: float, y: float, text: str, px: int, before: str = "") -> Box:
    font = PIL.ImageFont.load_default(size=px)
    x0, y0, x1, y1 = font.getbbox(text)
    return Box.from_xyxy(x0, y0, x1, y1).shifted(x + font.getlength(before), y)


def same(a: Sighting, b: Sighting) -> bool:
    assert a.cue is not None and b.cue is not None
    arrays = ((a.boxes, b.boxes), (a.scores, b.scores), (a.cue, b.cue))
    return a.texts == b.texts and all(np.array_equal(x, y) for x, y in arrays)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    ocr._looks.clear()
    yield
    ocr._looks.clear()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often the two networks were run."""
    counts = {"detect": 0, "read": 0}

    def counted(name: str) -> None:
        real = getattr(ocr_engine.Engine, name)

        def call(self: ocr_engine.Engine, *args: object) -> object:
            counts[name] += 1
            return real(self, *args)

        monkeypatch.setattr(ocr_engine.Engine, name, call)

    counted("detect")
    counted("read")
    return counts


FORM = [
    (30, 40, "Total Revenue", 24),
    (30, 120, "Orders placed this week", 24),
    (500, 120, "Orders", 24),
    (30, 200, "Order 10045", 24),
    (500, 200, "Order 10046", 24),
    (500, 300, "Cancel", 24),
    (30, 300, "Cancel", 24),
]


@pytest.fixture(scope="module")
def form() -> Image:
    return page((800, 400), FORM)


def look(image: Image, phrase: str, box: Box | None = None) -> Sighting:
    patches = [image.patch(box)]
    replies = RapidOcr().locate(patches, [phrase])
    return check_sightings(replies, patches, [phrase], "ocr:rapidocr")[0][0]


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("Total Revenue", [(30, 40, "Total Revenue", 24)]),
        ("the label 'total revenue'", [(30, 40, "Total Revenue", 24)]),
        ("Tota1 Revenne", [(30, 40, "Total Revenue", 24)]),
        ("Order 10046", [(500, 200, "Order 10046", 24)]),
        ("Cancel button", [(500, 300, "Cancel", 24), (30, 300, "Cancel", 24)]),
        ("red car", []),
    ],
)
def test_a_label_is_found_where_it_is(form: Image, phrase: str, expected: Words) -> None:
    sighting = look(form, phrase)
    sure = [i for i in range(len(sighting.scores)) if sighting.scores[i] >= 0.8]
    assert sorted(sighting.texts[i] for i in sure) == sorted(text for _, _, text, _ in expected)
    found = form.patch().to_image(sighting.boxes[sure])
    for words in expected:
        assert any(box.contains(text_box(*words), slack=1) for box in found)
        assert any(text_box(*words).expanded(pixels=8).contains(box) for box in found)


def test_a_whole_line_beats_a_mention(form: Image) -> None:
    sighting = look(form, "Orders")
    ranked = [sighting.texts[i] for i in np.argsort(-sighting.scores)]
    assert ranked[:2] == ["Orders", "Orders placed this week"]


@pytest.mark.parametrize("word", ["Name", "Position", "Office", "Salary"])
def test_a_word_within_a_line_gets_its_own_box(word: str) -> None:
    line = "Name  Position  Office and Salary"
    sighting = look(page((700, 120), [(30, 40, line, 28)]), word)
    assert sighting.boxes.shape == (1, 4)
    expected = text_box(30, 40, word, 28, before=line.split(word)[0])
    assert abs(sighting.boxes[0, 0] - expected.x) <= 6
    assert abs(sighting.boxes[0, 2] - expected.x - expected.width) <= 6
    assert sighting.boxes[0, 1] <= expected.y and sighting.boxes[0, 3] >= expected.y + expected.height - 4


def test_page_number_is_sought_at_the_edge_of_the_page() -> None:
    words = [(270, 12, "Page 3", 20), (270, 400, "Page 4", 20), (320, 770, "17", 20)]
    assert sorted(look(page((640, 800), words), "page number").texts) == ["17", "Page 3"]
    lower_half = Box(0, 390, 640, 410)
    assert look(page((640, 800), words), "page number", lower_half).texts == ("17",)


def test_any_text_gives_every_line(form: Image) -> None:
    sighting = look(form, ANY_TEXT)
    assert sorted(sighting.texts) == sorted(text for _, _, text, _ in FORM)
    assert sighting.scores.min() > 0.9


def test_vertical_text_is_read_both_ways() -> None:
    level = page((300, 60), [(30, 15, "Revenue in euros", 24)]).region(Box(0, 0, 300, 60))
    for turn in (PIL.Image.Transpose.ROTATE_90, PIL.Image.Transpose.ROTATE_270):
        sighting = look(Image.open(level.transpose(turn)), "Revenue")
        assert len(sighting.scores) == 1 and sighting.scores[0] > 0.85
        upwards = turn == PIL.Image.Transpose.ROTATE_90
        assert (sighting.boxes[0, 1] > 140) == upwards


@pytest.mark.parametrize(
    ("size_wh", "mode"), [((300, 200), "L"), ((20, 8), "RGB"), ((5, 900), "1"), ((900, 5), "RGBA")]
)
def test_blank_patches_give_nothing(size_wh: tuple[int, int], mode: str) -> None:
    sighting = look(page(size_wh, [], mode), "Save")
    assert sighting.boxes.shape == (0, 4) and sighting.texts == ()
    assert sighting.cue is not None and sighting.cue.max() < -3


def test_dark_tall_and_single_channel_images_are_read() -> None:
    tall = page((200, 1500), [(20, 1400, "Settings", 28)], "L", white=190)
    sighting = look(tall, "Settings")
    assert sighting.scores.max() > 0.85 and sighting.boxes[0, 1] > 1390


def test_batch_equals_one_by_one(form: Image) -> None:
    patches = [form.patch(Box(0, 100, 800, 150)), form.patch(Box(490, 110, 200, 60))]
    phrases = ["Orders", "Order 10045", ANY_TEXT]
    batch = RapidOcr().locate(patches, phrases)
    for i in range(len(patches)):
        for j in range(len(phrases)):
            ocr._looks.clear()
            assert same(batch[i][j], RapidOcr().locate([patches[i]], [phrases[j]])[0][0])


def test_nothing_is_seen_or_read_twice(form: Image, calls: dict[str, int]) -> None:
    first = look(form, ANY_TEXT)
    assert calls == {"detect": 1, "read": len(FORM)}
    look(form, "Cancel")
    assert same(look(form, ANY_TEXT), first)
    assert calls == {"detect": 1, "read": len(FORM)}
    look(form, "Cancel", Box(0, 0, 800, 200))
    assert calls["detect"] == 2


def test_lines_too_short_for_the_phrase_are_not_read(form: Image, calls: dict[str, int]) -> None:
    look(form, "Orders placed this week")
    assert 1 <= calls["read"] < len(FORM)


def test_the_cue_falls_where_something_else_was_read(form: Image) -> None:
    sighting = look(form, "Total Revenue")
    assert sighting.cue is not None
    rows, columns = sighting.cue.shape
    assert max(rows, columns) <= CUE_CELLS
    top = np.unravel_index(sighting.cue.argmax(), sighting.cue.shape)
    assert top[0] < 0.25 * rows and top[1] < 0.5 * columns and sighting.cue.max() > 6
    assert sighting.cue[rows // 4 :].max() < 0


def test_the_cue_points_to_print_that_is_too_small_to_read() -> None:
    small = [(4200 + 700 * (i % 2), 300 + 80 * i, "Total Revenue of the year", 16) for i in range(10)]
    image = page((6000, 1600), [(200, 300, "Overview", 160), *small])
    sighting = look(image, "Total Revenue")
    assert sighting.cue is not None and not len(sighting.scores)
    left, right = np.array_split(sighting.cue, 2, axis=1)
    assert right.max() > 3 > left.max()
    assert right.sum() > left.sum()
    assert look(image, "Total Revenue", Box(4000, 200, 1200, 400)).scores.max() > 0.85


def test_a_limited_view_does_not_read_what_is_small(form: Image) -> None:
    assert look(form.limited(120), "Total Revenue").scores.max(initial=0) < 0.6
    assert look(form.limited(120), "Total Revenue", Box(0, 0, 400, 200)).scores.max(initial=0) < 0.6
    assert look(form, "Total Revenue").scores.max() > 0.85


def test_threads_share_looks(form: Image) -> None:
    replies: list[Sighting] = []
    threads = [threading.Thread(target=lambda: replies.append(look(form, "Orders"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(replies) == 4 and all(same(reply, replies[0]) for reply in replies)


def test_a_look_that_cannot_end_in_time_makes_no_view(form: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    localizer = RapidOcr(threads=1)
    localizer.locate([form.patch()], ["Orders"])  # how long it takes is known now
    ocr.forget()
    made: list[Patch] = []
    monkeypatch.setattr(Patch, "read", lambda patch, side: made.append(patch))
    usual = ocr_engine.engine(1)._detecting.least(form.box.area)
    with Deadline.after(usual / 2).in_force(), pytest.raises(OutOfTime):
        localizer.locate([form.patch()], ["Orders"])
    assert made == []


def test_loading_is_lazy_and_checked() -> None:
    localizer: Localizer = load("rapidocr", input_side=1024, threads=1)
    assert localizer.capabilities.input_side == 1024
    assert localizer.capabilities.reads_text and localizer.capabilities.text_only
    with pytest.raises(UnknownAgentError, match="rapidocr"):
        load("tesseract")
    with pytest.raises(SettingError, match="input_side"):
        load_localizer("ocr", color="blue")


def test_nothing_is_printed(form: Image, capfd: pytest.CaptureFixture[str]) -> None:
    ocr_engine._engine.cache_clear()
    look(form, "Orders")
    assert capfd.readouterr() == ("", "")


def test_a_part_of_a_view_is_read_alone_and_shares_the_view(calls: dict[str, int]) -> None:
    image, reader = page((900, 400), FORM), RapidOcr()
    whole = image.patch(image.box)
    row = reader.read(whole, Box(0, 110, 900, 50))
    assert sorted(row.texts) == ["Orders", "Orders placed this week"] and row.cue is None
    assert calls == {"detect": 1, "read": 2}
    again = reader.read(whole, Box(400, 0, 500, 400))
    assert sorted(again.texts) == ["Cancel", "Order 10046", "Orders"]
    assert calls == {"detect": 1, "read": 4}
    (everything,) = reader.locate([whole], [ANY_TEXT])[0]
    assert set(row.texts) | set(again.texts) <= set(everything.texts)


def test_a_small_line_is_read_from_the_image_where_the_view_shows_it(calls: dict[str, int]) -> None:
    words = [(200, 200, "Large heading", 60), (200, 400, "Wi-Fi: 8B3D-66E8-SS55", 20)]
    image, reader = page((3840, 1200), words), RapidOcr()
    whole = image.patch(image.box)
    first = reader.read(whole, Box(0, 350, 3840, 100))
    assert first.texts == ("Wi-Fi: 8B3D-66E8-SS55",) and first.scores[0] > 0.9
    assert reader.read(whole, Box(0, 350, 3840, 100)).texts == first.texts
    before = dict(calls)
    assert (
        calls["detect"] == 1 and calls["read"] <= 2
    )  # in the view, which is not certain of it, and in the image
    reader.read(whole, image.box)
    reader.read(whole, Box(0, 350, 3840, 100))
    assert calls["read"] == before["read"] + 1  # the heading


@pytest.mark.parametrize(
    ("text", "px", "reads"),
    [("review all recent orders", 22, 1), ("see 7items and more", 24, 2)],
    ids=["certain", "a lost space"],
)
def test_a_small_line_of_which_the_view_is_certain_is_read_once(
    text: str, px: int, reads: int, calls: dict[str, int]
) -> None:
    image = page((3840, 1000), [(200, 200, "Heading", 60), (200, 400, text, px)])
    reader, whole, row = RapidOcr(), image.patch(image.box), Box(0, 380, 3840, 60)
    assert ocr.READABLE_PX <= reader._look(whole, reader._view(whole)).line_sides[1].min() < ocr.CLOSER_PX
    first = reader.read(whole, row)
    assert first.texts == (text,) and calls["read"] == reads
    ocr.forget()
    other = RapidOcr()
    other.locate([whole], [text])  # whatever was looked for before, it says the same
    assert np.array_equal(other.read(whole, row).scores, first.scores)


def test_lines_that_are_known_are_not_read(calls: dict[str, int]) -> None:
    image = page((900, 400), FORM)
    row = Box(0, 110, 900, 50)
    first, rest = (text_box(x, y, text, px) for x, y, text, px in FORM[1:3])
    known = [TextLine(text="read before", box=first, confidence=0.9)]
    seen = RapidOcr().read(image.patch(image.box), row, known)
    assert seen.texts == ("Orders",) and calls == {"detect": 1, "read": 1}
    both = [*known, TextLine(text="too", box=rest, confidence=0.9)]
    assert len(RapidOcr().read(image.patch(image.box), row, both).scores) == 0 and calls["read"] == 1
    assert len(RapidOcr().read(image.patch(image.box), row, known[:0]).scores) == 2


def test_what_a_view_in_full_resolution_showed_is_not_read_again(form: Image, calls: dict[str, int]) -> None:
    reader, whole = RapidOcr(), form.patch(form.box)
    (everything,) = reader.locate([whole], [ANY_TEXT])[0]
    before = dict(calls)
    assert set(everything.texts) <= set(reader.read(whole, whole.box).texts) and calls == before


def test_the_image_is_never_read_finer_than_it_is_limited_to(calls: dict[str, int]) -> None:
    words = [(200, 200, "Large heading", 60), (200, 400, "Wi-Fi: 8B3D-66E8-SS55", 20)]
    image = page((3840, 1200), words).limited(1536)
    seen = RapidOcr().read(image.patch(image.box), image.box)
    assert "Large heading" in seen.texts and "Wi-Fi: 8B3D-66E8-SS55" not in seen.texts


def test_an_icon_that_looks_like_an_ideograph_is_no_text(
    form: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ocr_engine.Engine.read

    def seen(self: ocr_engine.Engine, view: np.ndarray, corners: np.ndarray) -> ocr_engine.Reading:
        told = real(self, view, corners)
        return replace(told, text={"Cancel": "田    ", "Orders": "Order田"}.get(told.text, told.text))

    monkeypatch.setattr(ocr_engine.Engine, "read", seen)
    whole = form.patch(form.box)
    for texts in (
        RapidOcr().locate([whole], [ANY_TEXT])[0][0].texts,
        RapidOcr().read(whole, whole.box).texts,
    ):
        assert "Order" in texts and not any("田" in text for text in texts) and "" not in texts


def test_a_lone_digit_on_a_disc_is_spelled() -> None:
    picture = PIL.Image.new("RGB", (400, 200), "white")
    draw = PIL.ImageDraw.Draw(picture)
    draw.ellipse((100, 50, 118, 68), fill=(200, 30, 40))
    draw.text((109, 59), "7", fill="white", font=PIL.ImageFont.load_default(size=12), anchor="mm")
    image, reader = Image.open(picture), RapidOcr()
    text, sure = reader.spell(image.patch(Box(102, 51, 14, 16)))
    assert text == "7" and sure > 0.5


def test_lines_are_read_side_by_side_in_order_and_in_the_context_of_the_caller(
    form: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, variable = ocr_engine.Engine(3), ContextVar("asked", default="nobody")
    view = np.asarray(form.patch().read(), np.uint8)[:, :, ::-1].copy()
    corners, _ = reader.detect(view)
    alone = [reader.read(view, each).text for each in corners]
    begun, read = [], ocr_engine.Engine.read

    def watched(self: ocr_engine.Engine, *args: Any) -> Any:
        begun.append((variable.get(), threading.current_thread() is threading.main_thread()))
        return read(self, *args)

    monkeypatch.setattr(ocr_engine.Engine, "read", watched)
    variable.set("caller")
    assert [reading.text for reading in reader.read_each((view, each) for each in corners)] == alone
    assert set(begun) == {("caller", False)} and len(begun) == len(corners) > 5
    begun.clear()
    stopped = reader.read_each((view, corners[0]) for _ in range(100))
    assert next(stopped).text == alone[0]
    stopped.close()
    assert len(begun) <= 4
    one = ocr_engine.Engine(1)
    assert [reading.text for reading in one.read_each((view, each) for each in corners)] == alone
    assert begun[-1] == ("caller", True)


def test_windows_looked_at_side_by_side_say_the_same_to_the_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    view = np.random.default_rng(0).integers(0, 255, (520, 900, 3), np.uint8)
    variable, threads, detected = ContextVar("asked", default="nobody"), set(), ocr_engine._detected

    def watched(*args: Any) -> Any:
        threads.add((variable.get(), threading.current_thread() is threading.main_thread()))
        return detected(*args)

    monkeypatch.setattr(ocr_engine, "_detected", watched)
    variable.set("caller")
    told = [ocr_engine.Engine(n).detect(view) for n in (1, 3)]
    assert threads == {("caller", True), ("caller", False)}
    assert all(np.array_equal(one, several) for one, several in zip(*told, strict=True))


def test_a_package_that_another_thread_is_importing_is_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cv2.__spec__", None)
    with pytest.raises(ValueError):
        find_spec("cv2")
    assert ocr_engine._models().is_dir()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        ocr_engine, "find_spec", lambda name: None if name == "onnxruntime" else find_spec(name)
    )
    with pytest.raises(
        MissingExtraError, match=r"pip install rapidocr onnxruntime \(there is no onnxruntime\)"
    ):
        ocr_engine.Engine(1)


def test_reading_stops_with_the_time_and_what_was_read_is_not_read_again(
    form: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that a line moves on by a second: of the lines of a page as many are read as there are seconds."""
    now, read = [0.0], ocr_engine.Engine.read

    def slow(self: ocr_engine.Engine, *args: Any) -> Any:
        reading = read(self, *args)
        now[0] += 1.0
        return reading

    monkeypatch.setattr(ocr_engine.Engine, "read", slow)
    ocr.forget()
    finder = RapidOcr(threads=1)
    with Deadline.after(3.5, clock=lambda: now[0]).in_force(), pytest.raises(OutOfTime):
        finder.locate([form.patch()], [ANY_TEXT])
    assert now[0] == 4.0
    lines = len(finder.locate([form.patch()], [ANY_TEXT])[0][0].texts)
    assert lines > 4 and now[0] >= lines  # those that were read are kept


def test_the_detector_is_left_behind(form: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    now, asked, release = [0.0], [], threading.Event()

    def hang(session: Any, pixels: Any, options: Any) -> Any:
        asked.append(options)
        now[0] += 9.0
        release.wait(60)
        raise RuntimeError("terminated")

    finder = RapidOcr()
    finder.locate([form.patch(Box(0, 0, 64, 64))], [ANY_TEXT])  # loaded
    monkeypatch.setattr(ocr_engine, "_run", hang)
    ocr.forget()
    with Deadline.after(2.0, clock=lambda: now[0]).in_force(), pytest.raises(OutOfTime):
        finder.locate([form.patch()], [ANY_TEXT])
    assert asked[0].terminate  # so that it ends at its next layer
    release.set()
