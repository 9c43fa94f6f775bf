"""Things without words over time: what changed alone is looked at; when they appear, are gone, are turned on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest

from seal import Seal
from seal.agents.nano import followed
from seal.agents.nano.followed import Followed, changed_cells
from seal.agents.nano.localizer import Nano
from seal.agents.nano.vocabulary import often_missed_kind
from seal.memory.following import Following
from seal.memory.geometry import Box
from seal.memory.image import Image
from seal.screen.element import Element, Elements
from seal.screen.presence import Told
from seal.screen.timeline.questions import TimeQuestion, answered, time_question
from seal.screen.timeline.spans import Timeline
from seal.screen.timeline.things import settled
from seal.screen.timeline.turning import Turning, is_spinner

Draw = Callable[[PIL.ImageDraw.ImageDraw], None]
SIZE = 900, 600


def font(px: int) -> Any:
    return PIL.ImageFont.load_default(size=px)


def switch(draw: PIL.ImageDraw.ImageDraw, y: int, on: bool, text: str) -> None:
    draw.text((60, y), text, fill="black", font=font(18))
    draw.rounded_rectangle((260, y, 304, y + 24), 12, fill="#1668b8" if on else "#b5b5b5")
    x = 282 if on else 262
    draw.ellipse((x, y + 2, x + 20, y + 22), fill="white")


def page(*changes: Draw, wifi: bool = False) -> PIL.Image.Image:
    """A page of settings, and what is drawn on it."""
    picture = PIL.Image.new("RGB", SIZE, "#f4f6f9")
    draw = PIL.ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 900, 56), fill="#20304a")
    draw.text((20, 16), "Settings", fill="white", font=font(22))
    draw.rounded_rectangle((40, 90, 400, 300), 8, fill="white", outline="#d0d0d0")
    for y, on, text in ((120, wifi, "Wi-Fi"), (180, True, "Bluetooth"), (240, True, "Updates")):
        switch(draw, y, on, text)
    for change in changes:
        change(draw)
    return picture


def dialog(title: str) -> Draw:
    def drawn(draw: PIL.ImageDraw.ImageDraw) -> None:
        draw.rounded_rectangle((440, 240, 840, 460), 8, fill="white", outline="#444444", width=2)
        draw.text((470, 270), title, "black", font(24))
        draw.text((470, 320), "Your card was declined.", "#333333", font(16))
        draw.rounded_rectangle((740, 400, 820, 440), 6, fill="#1668b8")
        draw.text((758, 410), "Dismiss", "white", font(16))

    return drawn


def spinner(turn: int) -> Draw:
    return lambda draw: draw.arc((560, 120, 604, 164), turn * 90, turn * 90 + 270, fill="#1668b8", width=5)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Pixels that the finder was shown, look by look."""
    sizes: list[int] = []
    real = followed._seen

    def seen(pixels: Any, *given: Any) -> Any:
        sizes.append(pixels.shape[0] * pixels.shape[1])
        return real(pixels, *given)

    monkeypatch.setattr(followed, "_seen", seen)
    return sizes


def following(picture: PIL.Image.Image) -> Following:
    return Following.after(Image.open(picture))


def told_by(nano: Nano, image: Image) -> list[tuple[str, Box]]:
    patch = image.patch()
    seen = nano.survey(patch)
    boxes = zip(seen.texts, patch.to_image(seen.boxes), seen.scores.tolist(), strict=True)
    return [(text, box) for text, box, score in boxes if score >= 0.5]


def test_cells_that_differ() -> None:
    before = np.zeros((50, 70, 3), np.uint8)
    after = before.copy()
    assert not changed_cells(before, after).any()
    after[49, 69, 2] = 1
    after[16, 15] = 9
    assert np.argwhere(changed_cells(before, after)).tolist() == [[1, 0], [3, 4]]


def test_only_what_changed_is_looked_at_and_the_rest_is_kept(shown: list[int]) -> None:
    nano, first, second = Nano(), page(), page(dialog("Payment failed"))
    before = told_by(nano, following(first))
    assert shown == [SIZE[0] * SIZE[1]]
    after = told_by(nano, following(second))
    assert sum(shown[1:]) <= 0.6 * shown[0]
    (box,) = [box for text, box in after if text == "dialog"]
    assert box.iou(Box(440, 240, 400, 220)) > 0.8
    touched = Box(424, 224, 432, 252)  # whole cells
    kept = [each for each in before if each[1].intersection(touched).area == 0]
    assert len(kept) >= 4 and set(kept) <= set(after)
    whole = told_by(Nano(), Image.open(second))
    for text, place in whole:
        assert text == "card" or any(text == other and place.iou(at) > 0.6 for other, at in after), (
            text,
            place,
        )
    del shown[:]
    assert told_by(nano, following(first)) == before and shown == []  # as it was, and known


def test_a_part_that_was_looked_at_is_known_beside_others(shown: list[int]) -> None:
    nano = Nano()
    for changes in ([], [spinner(0)], [spinner(0), dialog("Payment failed")]):
        nano.survey(following(page(*changes)).patch())
    sizes = list(shown)
    nano.survey(following(page(spinner(1))).patch())
    assert len(shown) == len(sizes) + 1 and shown[-1] < 0.3 * shown[0]


def test_where_most_of_it_changed_the_whole_is_looked_at(shown: list[int]) -> None:
    nano = Nano()
    dark = PIL.Image.fromarray(255 - np.asarray(page()))
    nano.survey(following(page()).patch())
    told = told_by(nano, following(dark))
    assert shown == [SIZE[0] * SIZE[1]] * 2
    assert told == told_by(Nano(), Image.open(dark))


def test_a_picture_by_itself_is_never_told_from_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Followed, "look", lambda *given: pytest.fail("it was told from another one"))
    Nano().survey(Image.open(page()).patch())
    image = Image.open(page())
    frame = Following.after(image)
    assert frame.digest != image.digest and (frame.name, frame.size_wh) == (image.name, image.size_wh)


# --- answers ------------------------------------------------------------------------------------------------


FRAMES = [
    page(),
    page(spinner(0)),
    page(spinner(1)),
    page(spinner(2)),
    page(dialog("Delete it?")),
    page(dialog("Error: no network")),
    page(wifi=True),
]


@pytest.fixture(scope="module")
def told() -> Timeline:
    targets = ["dialog", "error dialog", "spinner", "Wi-Fi switch that is on", "slider", "snowflake icon"]
    return Seal().timeline(FRAMES, targets)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When does the dialog appear first?", "frame 5"),
        ("In which frame is the dialog gone?", "frame 7"),
        ("When does the error dialog appear first?", "frame 6"),
        ("When does the spinner appear?", "frame 2"),
        ("In which frame is the spinner gone?", "frame 5"),
        ("When is the Wi-Fi switch turned on?", "frame 7"),
        ("When does the snowflake icon appear?", "never"),
        ("When does the slider appear?", "cannot tell"),
    ],
)
def test_questions_about_things_are_answered(told: Timeline, question: str, answer: str) -> None:
    asked = time_question(question)
    assert asked is not None
    said = answered(asked, told.of(asked.phrase)).answer
    assert said.text.partition(" (")[0] == answer, said


def test_why_it_cannot_be_told(told: Timeline) -> None:
    (span,) = told.of("slider").spans
    assert span.status == "unknown" and "'slider' are missed" in span.why
    assert told.of("dialog").spans[-1].status == "absent"  # the same eyes saw it before
    assert "in the other state" in told.of("Wi-Fi switch that is on").spans[0].why


def test_what_is_often_missed_is_absent_only_where_it_was_seen_elsewhere() -> None:
    gone, seen = Told(False, "gone"), Told(True, "there")
    assert [each.value for each in settled("dialog", [gone, gone])] == [None, None]
    assert [each.value for each in settled("dialog", [gone, seen, gone])] == [False, True, False]
    assert [each.value for each in settled("bell icon", [gone, gone])] == [False, False]
    off = Told(False, "it is off", (("tab", Box(0, 0, 9, 9)),))
    assert settled("tab that is selected", [off]) == [off]
    assert [often_missed_kind(each) for each in ("error dialog", "Wi-Fi switch", "hello")] == [
        "dialog",
        "",
        "",
    ]


@pytest.mark.parametrize("question", ["When is the luggage checked?", "When does the heating turn on?"])
def test_what_has_no_state_on_a_screen_is_another_question(question: str) -> None:
    assert time_question(question) is None


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("When is the switch turned on?", TimeQuestion("appears", "switch that is on")),
        (
            "In which frame is the Wi-Fi switch switched off?",
            TimeQuestion("appears", "Wi-Fi switch that is off", True),
        ),
        ("When does the switch turn on?", TimeQuestion("appears", "switch that is on")),
        ("When is the checkbox ticked?", TimeQuestion("appears", "checkbox that is ticked")),
    ],
)
def test_questions_about_states(question: str, asked: TimeQuestion) -> None:
    assert time_question(question) == asked


# --- spinners -----------------------------------------------------------------------------------------------


def icons(*boxes: Box, icon: str = "") -> Elements:
    items = tuple(
        Element(
            id=f"i{n}", number=n, kind="icon", name=icon, box=box, click=box.center, confidence=0.9, icon=icon
        )
        for n, box in enumerate(boxes, 1)
    )
    return Elements(size_wh=SIZE, items=items, digest="", page=1)


def test_what_turns_is_a_spinner_and_what_stands_still_is_none() -> None:
    place, other = Box(560, 120, 44, 44), Box(60, 400, 30, 30)
    turning = Turning()
    for turn in range(3):
        turning.add(Image.open(page(spinner(turn))), icons(place, other))
    turning.add(Image.open(page()), icons(other))
    turning.add(None, None)
    told = turning.told()
    assert [each.value for each in told] == [True, True, True, False, None]
    assert told[0].places[0][1] == place
    still = Turning()
    for _ in range(4):
        still.add(Image.open(page(spinner(0))), icons(place))
    assert {each.value for each in still.told()} == {None}


def test_the_tick_after_a_spinner_is_none() -> None:
    place = Box(560, 120, 44, 44)
    turning = Turning()
    for turn in range(3):
        turning.add(Image.open(page(spinner(turn))), icons(place))
    tick = page(lambda draw: draw.line((564, 140, 578, 158, 600, 126), fill="green", width=6))
    turning.add(Image.open(tick), icons(place, icon="check"))
    assert [each.value for each in turning.told()] == [True, True, True, False]


def test_names_of_spinners() -> None:
    named = ["spinner", "the loading spinner", "spinner icon", "loading wheel", "activity indicator"]
    assert all(map(is_spinner, named))
    assert not any(map(is_spinner, ["refresh icon", "progress bar", "wheel", "'spinner'", "upload"]))
