"""When things are seen: timelines, questions of time, their strip, the command; and what is not looked at again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest
from moving_pictures import animation, film, screen
from typer.testing import CliRunner

from seal import Seal
from seal.agents import ocr
from seal.agents.ocr_engine import Engine
from seal.cli.app import app
from seal.memory.errors import ImageError
from seal.memory.image import Document, Image, open_document
from seal.memory.kept import forget
from seal.memory.stitch import stitch
from seal.screen.timeline.questions import TimeQuestion, answered, time_question
from seal.screen.timeline.spans import Span, TargetSpans
from seal.screen.timeline.strip import strip

IDLE, SAVING, SAVED = (
    screen("Invoices", "Overview"),
    screen("Invoices", "Saving"),
    screen("Invoices", "Stored"),
)
DATA = animation([IDLE, SAVING, SAVED, SAVING, IDLE], "PNG", [1000, 500, 2000, 500, 1000])


@pytest.fixture(scope="module")
def seal() -> Seal:
    return Seal(localizer="ocr")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "saving.png"
    path.write_bytes(DATA)
    return path


def width_of(path: Path) -> int:
    with PIL.Image.open(path) as picture:
        return picture.width


def statuses(told: TargetSpans) -> list[tuple[str, int, int]]:
    return [(span.status, span.first, span.last) for span in told.spans]


def test_nothing_is_never_where_the_rest_could_not_be_seen(seal: Seal) -> None:
    whole = open_document(DATA)
    cut = Document(whole.name, whole.digest, list(whole), series=True, faults=["clip: it is cut short."])
    never = seal.ask(cut, "When does 'Refused' appear?")
    assert never.status == "cannot_tell" and "cut short" in never.reason
    assert seal.ask(cut, "When does 'Saving' appear?").answer == "0:01.0"
    lasting = seal.ask(cut, "How long is 'Saving' shown?")
    assert (lasting.answer, lasting.confidence) == ("0:01.0", 0.5) and "cut short" in lasting.reason


def test_a_timeline_says_when_a_thing_is_seen_and_when_it_is_not_there(seal: Seal) -> None:
    told = seal.timeline(DATA, ["'Saving'", "'Invoices'", "unicorn"])
    saving = told.of("'Saving'")
    seen_in = [span.status == "seen" for span in saving.spans]
    assert statuses(saving) == [("seen" if seen else "absent", i, i) for i, seen in enumerate(seen_in, 1)]
    assert seen_in == [False, True, False, True, False]
    assert [(span.start, span.end) for span in saving.seen] == [(1.0, 1.5), (3.5, 4.0)]
    assert saving.seconds == 1.0 and saving.gone == saving.spans[2]
    box = saving.seen[0].box
    assert box is not None and box.x < 30 and 45 < box.y < 75 and 50 < box.width < 100
    assert statuses(told.of("'Invoices'")) == [("seen", 1, 5)]
    assert statuses(told.of("unicorn")) == [("unknown", 1, 5)]  # no text: what it looks like is not known
    assert (told.frames, told.looked, told.duration, told.complete) == (5, 3, 5.0, True)
    with pytest.raises(KeyError, match="Saving"):
        told.of("else")


def test_of_the_time_that_is_over_nothing_is_claimed(seal: Seal) -> None:
    stopped = iter([False] * 8)
    told = seal.timeline(open_document(DATA), "'Nowhere'", cancelled=lambda: next(stopped, True))
    assert not told.complete and "unknown" in [span.status for span in told.targets[0].spans]
    assert not told.targets[0].seen


@pytest.mark.parametrize(
    ("question", "answer", "frame"),
    [
        ("When does 'Saving' appear first?", "0:01.0", 2),
        ("At what time is 'Stored' gone?", "0:03.5", 4),
        ("In which frame does 'Stored' appear?", "frame 3 at 0:01.5", 3),
        ("How long is 'Saving' shown?", "0:01.0", 2),
        ("When does 'Invoices' disappear?", "never", 1),
        ("When does 'Refused' appear?", "never", 1),
    ],
)
def test_a_question_of_time_is_answered_with_its_frame(
    seal: Seal, question: str, answer: str, frame: int
) -> None:
    result = seal.ask(DATA, question)
    assert (result.answer, result.status) == (answer, "answered")
    assert result.memory.image.page == frame and result.memory.pages == 5
    brief = json.loads(result.to_json(pictures=False))
    assert brief["image"]["time"] == [0, 1, 1.5, 3.5, 4][frame - 1]
    if "'Saving'" in question:
        (place,) = brief["places"]
        assert place["page"] == 2 and place["time"] == 1.0 and place["box"]["y"] > 40
    assert type(result).from_json(result.to_json()) == result


def test_where_it_cannot_be_told_no_time_is_said(seal: Seal) -> None:
    result = seal.ask(DATA, "When does the unicorn appear?")
    assert result.status == "cannot_tell" and "unicorn" in result.reason


def test_a_folder_has_frames_and_no_times(seal: Seal, tmp_path: Path) -> None:
    for i, image in enumerate([IDLE, SAVING, SAVED]):
        image.save(tmp_path / f"shot{9 + i}.png")
    result = seal.ask(tmp_path, "In which screenshot does 'Saving' appear?")
    assert result.answer.startswith("frame 2 (") and "shot10.png" in result.answer and result.times == {}
    assert seal.locate(tmp_path, "'Stored'").targets[0].page == 3
    told = CliRunner().invoke(app, ["locate", str(tmp_path), "'Stored'", "--localizer", "ocr"])
    assert "'Stored': frame 3, x=" in told.stdout and "page" not in told.stdout


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("When does the error dialog appear first?", TimeQuestion("appears", "error dialog")),
        ("when is the Save button first visible", TimeQuestion("appears", "Save button")),
        ("In which frame is the spinner gone?", TimeQuestion("gone", "spinner", True)),
        ("At what time does the toast disappear?", TimeQuestion("gone", "toast")),
        ("When is 'Loading' no longer shown on screen?", TimeQuestion("gone", "'Loading'")),
        ("How long is the banner shown?", TimeQuestion("lasts", "banner")),
        ("How long does a progress bar stay visible?", TimeQuestion("lasts", "progress bar")),
        ("When is the invoice due?", None),
        ("When does the shop open?", None),
        ("How long is the river?", None),
        ("What is shown?", None),
    ],
)
def test_forms_of_questions(question: str, asked: TimeQuestion | None) -> None:
    assert time_question(question) == asked


def test_what_is_not_known_before_makes_an_answer_less_sure() -> None:
    spans = [
        Span(status="unknown", first=1, last=2, start=0, end=1),
        Span(status="seen", first=3, last=3, start=1, end=2),
    ]
    asked = TimeQuestion("appears", "dot")
    unsure = answered(asked, TargetSpans(phrase="dot", spans=tuple(spans))).answer
    spans[0] = spans[0].model_copy(update={"status": "absent"})
    sure = answered(asked, TargetSpans(phrase="dot", spans=tuple(spans))).answer
    assert unsure.text == sure.text == "0:01.0" and unsure.confidence < sure.confidence
    assert "frames 1-2" in unsure.reason


def test_what_did_not_change_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of ten screenshots nine tenths are the same: what is looked at of the others is what changed."""
    base = screen(*(f"Entry number {i}" for i in range(20)), size_wh=(1200, 760))
    seen: dict[str, list[int]] = {"pixels": [], "lines": []}
    probability, read = Engine._probability, Engine.read

    def counted(self: Engine, window: Any) -> Any:
        seen["pixels"].append(window.shape[0] * window.shape[1])
        return probability(self, window)

    def counted_line(self: Engine, *given: Any) -> Any:
        seen["lines"].append(1)
        return read(self, *given)

    monkeypatch.setattr(Engine, "_probability", counted)
    monkeypatch.setattr(Engine, "read", counted_line)
    forget()
    seal = Seal(localizer="ocr")
    for i in range(10):
        shot = base.copy()
        PIL.ImageDraw.Draw(shot).text((1040, 150), f"Clock {i}", "black", PIL.ImageFont.load_default(20))
        shot.save(tmp_path / f"{i}.png")
    seal.timeline(tmp_path / "0.png", "'Entry number 7'")
    first = {what: sum(counts) for what, counts in seen.items()}
    told = seal.timeline(tmp_path, "'Entry number 7'")
    later = {what: (sum(counts) - first[what]) / 9 for what, counts in seen.items()}
    assert told.looked == 10 and statuses(told.targets[0]) == [("seen", 1, 10)]
    assert later["pixels"] < 0.35 * first["pixels"], (first, later)
    assert 1 <= later["lines"] <= 2 and first["lines"] >= 21, (first, later)


def test_a_frame_that_comes_again_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seal, looks = Seal(localizer="ocr"), []
    detected = ocr.RapidOcr._detected
    monkeypatch.setattr(ocr.RapidOcr, "_detected", lambda *given: looks.append(1) or detected(*given))
    forget()
    frames = [IDLE if i % 2 else SAVING for i in range(12)]
    told = seal.timeline(animation(frames, "PNG", [100] * 12), "'Saving'")
    assert (told.frames, told.looked, len(looks)) == (12, 2, 2) and len(told.targets[0].seen) == 6


def test_the_strip_shows_where_something_changes(seal: Seal) -> None:
    document = open_document(DATA)
    picture = strip(document, seal.timeline(document, "'Saving'"), side=160)
    assert picture.width > 4 * 160 and picture.height > 2 * 90
    reds = (np.asarray(picture).astype(int) - (0xD1, 0x43, 0x1F)).__abs__().max(axis=2) < 12
    assert (
        reds[:90, :172].sum() == 0 < reds[:90, 172:344].sum()
    )  # none in the first frame, a box in the second


def test_the_command(clip: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    out = tmp_path / "strip.png"
    told = run(
        app, ["timeline", str(clip), "'Saving'", "--localizer", "ocr", "--json", "--picture", str(out)]
    )
    assert told.exit_code == 0 and width_of(out) > 400
    data = json.loads(told.stdout)
    assert [s["status"] for s in data["targets"][0]["spans"]] == [
        "absent",
        "seen",
        "absent",
        "seen",
        "absent",
    ]
    told = run(app, ["timeline", str(clip), "'Nowhere'", "--localizer", "ocr"])
    assert told.exit_code == 1 and "absent" in told.stdout
    told = run(app, ["ask", str(clip), "When does 'Stored' appear?", "--localizer", "ocr"])
    assert told.exit_code == 0 and "0:01.5" in told.stdout and "frame 3 at 0:01.5" in told.stdout
    told = run(app, ["locate", str(clip), "'Stored'", "--localizer", "ocr", "--fps", "1"])
    assert told.exit_code == 0 and "at 0:01.5" in told.stdout
    told = run(app, ["read", str(clip), "--localizer", "ocr"])
    assert "--- frame 3 at 0:01.5 ---" in told.stdout and "page" not in told.stdout
    told = run(app, ["read", str(clip), "--page", "2", "--localizer", "ocr"])
    assert "Saving" in told.stdout and "Stored" not in told.stdout


def test_a_video_is_asked_like_an_animation(seal: Seal) -> None:
    result = seal.ask(film([IDLE] * 12 + [SAVING] * 10), "When does 'Saving' appear?")
    assert result.answer == "0:01.5" and result.places[0].page == 2
    cut = film([IDLE] * 20 + [SAVING] * 20, kind="matroska", g="5")
    assert "cut short" in seal.locate(cut[: len(cut) * 2 // 3], "'Invoices'").reason


# --- stitching ------------------------------------------------------------------------------------------------------


def page_of(rows: int) -> PIL.Image.Image:
    return screen(
        *(f"Row {i}: {i * 37 % 211} EUR for item {i * i % 97}" for i in range(rows)), size_wh=(420, 36 * rows)
    )


def shots(page: PIL.Image.Image, offsets: list[int], fixed: bool) -> list[Image]:
    taken = []
    for offset in offsets:
        shot = page.crop((0, offset, page.width, offset + 300))
        if fixed:
            draw = PIL.ImageDraw.Draw(shot)
            draw.rectangle((0, 0, 420, 39), fill="#1668b8")
            draw.text((10, 10), "Shop", "white")
            draw.rectangle((0, 270, 420, 300), fill="#dddddd")
            draw.text((10, 278), "We use cookies", "black")
        taken.append(Image.open(shot))
    return taken


def test_screenshots_are_joined_where_they_overlap() -> None:
    page = page_of(30)
    told = stitch(shots(page, [0, 137, 300, 300, 521], False))
    assert told.offsets == (0, 137, 300, 300, 521)
    assert (np.asarray(told.picture) == np.asarray(page.crop((0, 0, 420, 821)))).all()


def test_a_fixed_header_and_footer_come_once() -> None:
    page = page_of(30)
    told = stitch(shots(page, [0, 120, 250, 440], True))
    assert told.offsets == (0, 120, 250, 440) and 40 <= told.header < 56 and 31 >= told.footer >= 29
    joined, whole = np.asarray(told.picture), np.asarray(page.crop((0, 0, 420, 740)))
    assert (joined[60:709] == whole[60:709]).all()
    assert (joined[-20, 200] == (0xDD, 0xDD, 0xDD)).all() and (joined[5, 200] == (0x16, 0x68, 0xB8)).all()


def test_pictures_that_do_not_overlap_are_not_joined(tmp_path: Path) -> None:
    page = page_of(30)
    with pytest.raises(ImageError, match="no overlap"):
        stitch(shots(page, [0, 420], False))
    with pytest.raises(ImageError, match="several ways"):
        stitch(shots(screen(*["The same"] * 30, size_wh=(420, 1080)), [0, 80], False))
    with pytest.raises(ImageError, match="Two"):
        stitch(shots(page, [0], False))
    for i, offset in enumerate((0, 140, 290)):
        page.crop((0, offset, 420, offset + 300)).save(tmp_path / f"s{i + 8}.png")
    out = tmp_path / "long.png"
    told = CliRunner().invoke(app, ["stitch", f"{tmp_path}/s*.png", "--out", str(out)])
    assert told.exit_code == 0 and width_of(out) == 420
