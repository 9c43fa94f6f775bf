"""`Seal` on screens: elements, zoom and point, with localizers that are scripted and with the packaged ones."""

from __future__ import annotations

import asyncio
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest
from typer.testing import CliRunner

from seal import Box, Capabilities, Seal
from seal.agents.fake import FakeLocalizer
from seal.agents.nano.localizer import Nano
from seal.agents.nano.vocabulary import parse
from seal.cli.app import app
from seal.memory.deadline import Deadline
from seal.memory.errors import ImageError, InputError, QuestionError, SettingError
from seal.memory.image import Image
from seal.memory.working import TextLine
from seal.screen.element import Element, Elements, State
from seal.screen.lines import apart
from seal.screen.opposites import opposed
from seal.screen.point import Pointed, pointed

ROOT = Path(__file__).parents[1]
ABLE = Capabilities(input_side=1024, reads_text=True)
TEXTS = {"File": Box(20, 10, 40, 20), "Save": Box(110, 205, 50, 20), "Saved searches": Box(400, 300, 150, 20)}
THINGS = {
    "button": [Box(90, 200, 90, 30), Box(90, 300, 90, 30)],
    "icon": [Box(740, 10, 30, 30), Box(700, 10, 30, 30), Box(700, 500, 30, 30)],
    "settings icon": [Box(740, 10, 30, 30)],
    "bell icon": [Box(700, 10, 30, 30), Box(700, 500, 30, 30)],
    "selected checkbox": [Box(400, 400, 20, 20)],
}


def fake() -> FakeLocalizer:
    texts = {f'"{t}"': [t] for t in TEXTS} | {'"Wi-Fi"': ["Wi-Fi"], '"Cancel"': ["Cancel"]}
    boxes = {f'"{t}"': [b] for t, b in TEXTS.items()}
    boxes |= {'"Wi-Fi"': [Box(430, 400, 60, 20)], '"Cancel"': [Box(100, 305, 70, 20)]}
    return FakeLocalizer({**THINGS, **boxes}, capabilities=ABLE, texts=texts)


@pytest.fixture
def seal() -> Seal:
    return Seal("reader", fake())


@pytest.fixture
def screen() -> Image:
    rng = np.random.default_rng(5)
    return Image.open(rng.integers(0, 255, (600, 800, 3), np.uint8))


def test_elements_of_a_screen(seal: Seal, screen: Image) -> None:
    found = seal.elements(screen, frame="0-1")
    assert {e.words for e in found.items} == {
        'text "File"',
        'button "Save"',
        'button "Cancel"',
        "settings icon",
        "bell icon",
        'text "Saved searches"',
        'checked checkbox "Wi-Fi"',
        'text "Wi-Fi"',
    }
    assert found.frame == "0-1" and found.complete
    assert (
        seal.elements(screen, kind="button", region=[0.1, 0.3, 0.3, 0.45], frame="0-1").items[0].name
        == "Save"
    )
    assert all(e.interactive for e in seal.elements(screen, interactive=True).items)


def test_a_screen_is_looked_at_once(screen: Image) -> None:
    localizer = fake()
    seal = Seal("reader", localizer)
    first = seal.elements(screen)
    looks = len(localizer.calls)
    assert seal.elements(screen, frame="@2x").items == first.items and looks > 0
    seal.point(screen, "click Save")
    seal.zoom(screen, first.items[0].id)
    assert len(localizer.calls) == looks


def test_ids_of_another_screen_are_refused(seal: Seal, screen: Image) -> None:
    other = Image.open(np.zeros((300, 300, 3), np.uint8))
    own = seal.elements(screen).only("button").items[1].id
    assert seal.zoom(screen, own).box.contains(Box(90, 300, 90, 30))
    with pytest.raises(SettingError, match="ids belong to one screen"):
        seal.zoom(other, own)


@pytest.mark.parametrize(
    ("region", "frame", "said"),
    [
        ([900, 10, 950, 20], None, "has no area"),
        ([10, 10, 10, 50], None, "has no area"),
        ([50, 10, 10, 50], None, "left before right"),
        ([0, 0, 1, 1], "foo", "There is no frame"),
        ([0, 0, 1, 1], "1000x1000", "no scaled copy"),
        ([1, 2, 3], None, "4 finite numbers"),
        ("[1, 2, x, 4]", None, "id of an element"),
        ("", None, "No element of this screen"),
        (Box(-50, -50, 20, 20), None, "has no area"),
    ],
)
def test_regions_that_cannot_be_used(seal: Seal, screen: Image, region: Any, frame: Any, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        seal.zoom(screen, region, frame=frame)
    with pytest.raises(SettingError, match=said):
        seal.elements(screen, region=region, frame=frame)


def test_an_image_that_cannot_be_used(seal: Seal, tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    empty.write_bytes(b"")
    for work in (seal.elements, lambda i: seal.zoom(i, [0, 0, 5, 5]), lambda i: seal.point(i, "click Save")):
        with pytest.raises(ImageError):
            work(empty)


# --- zoom -------------------------------------------------------------------------------------------------


def test_zoom_reads_the_original(seal: Seal, screen: Image) -> None:
    shown = seal.zoom(screen, [200, 100, 300, 150], max_side=400, whole_lines=False)
    assert shown.picture_wh == (400, 200) and shown.media_type == "image/png"
    small = np.asarray(shown.pil().resize((100, 50), PIL.Image.Resampling.BOX), np.int16)
    truth = np.asarray(screen.region(Box(200, 100, 100, 50)), np.int16)
    elsewhere = np.asarray(screen.region(Box(300, 100, 100, 50)), np.int16)
    assert np.abs(small - truth).mean() < 25 < 70 < np.abs(small - elsewhere).mean()
    told = shown.reply()
    assert told.box == (200, 100, 300, 150) and told.picture_frame == "400x200 of [200, 100, 300, 150]"
    assert told.scale == 4 and told.bytes == len(shown.picture)


def test_what_is_seen_in_a_zoom_is_told_in_its_frame(seal: Seal, screen: Image) -> None:
    shown = seal.zoom(screen, [80, 190, 280, 290], max_side=800)
    place = seal.point(screen, "click Save", frame=shown.picture_frame).reply()
    scale = shown.picture_wh[0] / shown.box.width
    assert place.best is not None and place.frame == shown.picture_frame
    x, y = place.best.click
    assert abs(x - (135 - shown.box.x) * scale) <= 1 and abs(y - (215 - shown.box.y) * scale) <= 1


def test_zoom_shows_lines_whole(seal: Seal, screen: Image) -> None:
    cut = seal.zoom(screen, [300, 280, 500, 340])
    assert cut.box.contains(TEXTS["Saved searches"]) and cut.box.width < 300
    assert seal.zoom(screen, [300, 280, 500, 340], whole_lines=False).box == Box(300, 280, 200, 60)


@pytest.mark.parametrize(
    ("limits", "largest"),
    [
        ({"max_side": 64}, 64),
        ({"max_pixels": 5000}, 100),
        ({"max_tokens": 9}, 119),
        ({"max_bytes": 3000}, 800),
    ],
)
def test_zoom_keeps_its_limits(seal: Seal, screen: Image, limits: dict[str, int], largest: int) -> None:
    for media_type in ("image/png", "image/jpeg"):
        shown = seal.zoom(screen, [100, 100, 200, 150], media_type=media_type, **limits)  # type: ignore[arg-type]
        assert max(shown.picture_wh) <= largest
        assert len(shown.picture) <= limits.get("max_bytes", 10**9)
        with PIL.Image.open(io.BytesIO(shown.picture)) as picture:
            assert (
                picture.format == media_type.rpartition("/")[2].upper() and picture.size == shown.picture_wh
            )


@pytest.mark.parametrize(
    "limits",
    [{"max_side": 3}, {"max_bytes": 10}, {"max_tokens": 0}, {"max_pixels": "many"}, {"media_type": "gif"}],
)
def test_limits_that_no_picture_can_keep(seal: Seal, screen: Image, limits: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match=r"must be|A picture is"):
        seal.zoom(screen, [0, 0, 100, 100], **limits)


# --- point ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instruction", "name", "click"),
    [
        ("click Save", "Save", (135, 215)),
        ("press the Cancel button", "Cancel", (135, 315)),
        ("open the File menu", "File", (40, 20)),
        ("the gear in the top right corner", "settings", (755, 25)),
        ("open settings", "settings", (755, 25)),
        ("click the bell at the bottom", "bell", (715, 515)),
        ("untick Wi-Fi", "Wi-Fi", (410, 410)),
        ("the second bell icon", "bell", (715, 515)),
        ("the button below Save", "Cancel", (135, 315)),
    ],
)
def test_the_place_that_is_meant(
    seal: Seal, screen: Image, instruction: str, name: str, click: tuple[float, float]
) -> None:
    told = seal.point(screen, instruction)
    assert told.best is not None, told.reason
    assert (told.best.name, told.best.click) == (name, click)
    assert 0.6 <= told.confidence <= 1 and told.reply().found


@pytest.mark.parametrize(
    ("instruction", "said"),
    [
        ("click the bell icon", "2 things fit about equally"),
        ("click the trash icon", "Nothing on the screen"),
        ("click Print", "Nothing on the screen"),
        ("drag the file to the bin", "two places"),
        ("turn on " + "on " * 1300, "Nothing on the screen"),
        ("tick the box " + "beside the box " * 260, "Nothing on the screen|too little"),
        ("tick " + "Ann's " * 600 + "box", "Nothing on the screen|too little"),
        ("!!!", "Nothing on the screen"),
        ("the gear in the bottom left corner", "too little|Nothing"),
        ("the Save button next to Mallory", "too little|Nothing"),
    ],
)
def test_what_is_refused(seal: Seal, screen: Image, instruction: str, said: str) -> None:
    import re

    told = seal.point(screen, instruction)
    assert not told.found and told.best is None and re.search(said, told.reason), told
    assert told.confidence < 0.6 and told.reply().best is None


def test_refused_places_are_alternatives(seal: Seal, screen: Image) -> None:
    told = seal.point(screen, "click the bell icon")
    assert {p.click for p in told.alternatives} == {(715, 25), (715, 515)}
    inside = seal.point(screen, "click the bell icon", region=[600, 400, 800, 600])
    assert inside.best is not None and inside.best.click == (715, 515)


CONTROLS: list[tuple[str, str, State]] = [
    ("checkbox", "Wi-Fi", "checked"),
    ("checkbox", "Bluetooth", "unchecked"),
    ("checkbox", "Disable tips", "unchecked"),
    ("checkbox", "Show hidden files", ""),
    ("switch", "Sound", "on"),
    ("switch", "Sharing", "off"),
    ("radio", "Weekly", "selected"),
    ("radio", "Daily", "unselected"),
    ("tab", "Orders", "selected"),
    ("tab", "Returns", "unselected"),
    ("menu item", "Reports", "selected"),
    ("button", "Enable backups", ""),
]


@pytest.fixture(scope="module")
def controls() -> Elements:
    """A column of controls, each 30 px high, 50 px apart."""
    items = (
        Element(
            id=name,
            number=i,
            kind=kind,
            name=name,
            text=name,
            state=state,
            box=Box(100, 50 * i, 200, 30),
            click=(200, 50 * i + 15),
            confidence=0.99,
            interactive=True,
        )
        for i, (kind, name, state) in enumerate(CONTROLS, 1)
    )
    return Elements(size_wh=(800, 800), items=tuple(items))


def test_two_things_of_which_one_is_done_already(controls: Elements) -> None:
    blank = Image.open(np.zeros((800, 800, 3), np.uint8))
    for instruction in ("tick Wi-Fi and Bluetooth", "enable Wi-Fi, Disable tips"):
        told = pointed(blank, controls, instruction)
        assert not told.found and not told.done and "two places" in told.reason, told


def test_a_heading_is_not_what_all_of_it_is_ticked_with(controls: Elements) -> None:
    blank = Image.open(np.zeros((800, 800, 3), np.uint8))
    heading = controls.items[0].model_copy(
        update={"kind": "text", "name": "All Posts", "text": "All Posts", "state": "", "interactive": False}
    )
    told = [
        pointed(
            blank,
            controls.model_copy(update={"items": (heading.model_copy(update=more),)}),
            "select all posts",
        )
        for more in ({}, {"kind": "checkbox", "state": "unchecked", "interactive": True})
    ]
    assert [t.found for t in told] == [False, True]


@pytest.mark.parametrize(
    ("instruction", "name", "done"),
    [
        ("tick Wi-Fi", "Wi-Fi", True),
        ("Please check the Wi-Fi box.", "Wi-Fi", True),
        ("untick Wi-Fi", "Wi-Fi", False),
        ("click Wi-Fi", "Wi-Fi", False),
        ("toggle Wi-Fi", "Wi-Fi", False),
        ("the check box Wi-Fi", "Wi-Fi", False),
        ("check box Wi-Fi", "Wi-Fi", False),
        ("mark Wi-Fi as checked", "Wi-Fi", True),
        ("deselect Bluetooth", "Bluetooth", True),
        ("enable Bluetooth", "Bluetooth", False),
        ("uncheck Bluetooth", "Bluetooth", True),
        ("disable tips", "Disable tips", False),  # its box is to be ticked
        ("untick Disable tips", "Disable tips", True),
        ("tick Show hidden files", "Show hidden files", False),  # no state was seen
        ("turn on Sound", "Sound", True),
        ("switch off Sound", "Sound", False),
        ("turn Sound off", "Sound", False),
        ("turn Sharing off", "Sharing", True),
        ("disable Sharing", "Sharing", True),
        ("activate Sharing", "Sharing", False),
        ("select Weekly", "Weekly", True),
        ("choose Daily", "Daily", False),
        ("open the Orders tab", "Orders", True),
        ("switch to the Orders tab", "Orders", True),
        ("select tab Returns", "Returns", False),
        ("click the Orders tab", "Orders", False),
        ("go to Reports", "Reports", False),  # an entry that is selected may have to open
        ("enable backups", "Enable backups", False),
    ],
)
def test_what_is_already_so_is_not_clicked(
    controls: Elements, instruction: str, name: str, done: bool
) -> None:
    blank = Image.open(np.zeros((800, 800, 3), np.uint8))
    told = pointed(blank, controls, instruction)
    meant = controls.get(name)
    assert told.done == done and told.found != done, told.reason
    place = told.alternatives[0] if told.best is None else told.best
    assert (place.id, place.click) == (name, meant.click)
    if done:
        assert told.reason == f'{meant.kind} "{name}" is {meant.state} already. Nothing is to be clicked.'
        assert told.confidence == 0 and told.reply().done


@pytest.mark.parametrize("instruction", ["", "   ", "x" * 5000, 5])
def test_instructions_that_cannot_be_used(seal: Seal, screen: Image, instruction: Any) -> None:
    with pytest.raises(QuestionError):
        seal.point(screen, instruction)


def test_marks_are_drawn_on_the_screen_they_belong_to(seal: Seal, screen: Image) -> None:
    plain = np.asarray(screen.region(screen.box))
    for shown in (seal.elements(screen), seal.point(screen, "click Save"), seal.point(screen, "the bell")):
        picture = seal.marks(screen, shown)
        assert picture.size == (800, 600) and (np.asarray(picture) != plain).any()
    with pytest.raises(SettingError, match="were found on an image of 800x600"):
        seal.marks(np.zeros((300, 300, 3), np.uint8), seal.elements(screen))


NO_SIDES = [0, -1, 15, True, 100.5, math.nan, math.inf, "800"]
NO_NUMBERS = [math.nan, math.inf, -math.inf, "many", None]


@pytest.mark.parametrize("side", NO_SIDES)
def test_numbers_that_no_side_of_a_picture_can_be(seal: Seal, screen: Image, side: Any) -> None:
    shown: list[Elements | Pointed] = [seal.elements(screen), seal.point(screen, "click Save")]
    for ask in (
        *(lambda s=s: seal.marks(screen, s, max_side=side) for s in shown),
        lambda: seal.zoom(screen, [0, 0, 99, 99], max_side=side),
    ):
        with pytest.raises(SettingError, match="max_side must be a whole number of at least 16"):
            ask()


@pytest.mark.parametrize("page", [0, -1, 2, True, 1.5, math.nan, math.inf, "first"])
def test_numbers_that_no_page_has(seal: Seal, screen: Image, page: Any) -> None:
    found = seal.elements(screen)
    for ask in (
        lambda: seal.elements(screen, page=page),
        lambda: seal.point(screen, "click Save", page=page),
        lambda: seal.zoom(screen, [0, 0, 99, 99], page=page),
        lambda: seal.read(screen, page=page),
        lambda: seal.marks(screen, found, page=page),
    ):
        with pytest.raises(InputError, match=r"[Pp]age"):
            ask()


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_numbers_that_no_region_has(seal: Seal, screen: Image, number: Any) -> None:
    for region in ([number, 0, 99, 99], [0, 0, 99, number]):
        for ask in (
            lambda region=region: seal.elements(screen, region=region),
            lambda region=region: seal.point(screen, "click Save", region=region),
            lambda region=region: seal.zoom(screen, region),
            lambda region=region: seal.read(screen, region=region),
        ):
            with pytest.raises(SettingError, match="A region is"):
                ask()
        with pytest.raises(SettingError, match="There is no frame"):
            seal.elements(screen, frame=region)


def test_in_threads(seal: Seal, screen: Image) -> None:
    async def all_of_it() -> tuple[Any, ...]:
        return await asyncio.gather(
            seal.aelements(screen), seal.azoom(screen, [0, 0, 50, 50]), seal.apoint(screen, "click Save")
        )

    found, shown, told = asyncio.run(all_of_it())
    assert len(found) == 9 and shown.box.width >= 50 and told.found


def test_the_time_that_is_over_gives_what_was_seen(screen: Image) -> None:
    with Deadline(cancelled=lambda: True).in_force():
        found = Seal("reader", fake()).elements(screen)
        told = Seal("reader", fake()).point(screen, "click Save")
    assert not found.complete and len(found) == 0
    assert not told.found
    seal = Seal("reader", fake())
    seal.budget = seal.budget.but(seconds=1e-9)
    assert not seal.elements(screen).complete
    seal.budget = seal.budget.but(seconds=60)
    assert seal.elements(screen).complete  # what was cut short is not kept


# --- the packaged localizers ------------------------------------------------------------------------------


def test_a_survey_tells_phrases_that_can_be_looked_for() -> None:
    patch = Image.open(ROOT / "examples" / "screens" / "soft-ui-billing.png").patch(Box(0, 0, 900, 600))
    nano = Nano()
    seen = nano.survey(patch)
    assert len(seen.texts) == len(seen.scores) > 10
    assert all(parse(phrase) is not None for phrase in seen.texts)
    told = {text for text in seen.texts if text.endswith("menu item")}
    assert told
    for phrase in told:
        mine = [i for i, text in enumerate(seen.texts) if text == phrase and seen.scores[i] >= 0.5]
        again = nano.locate([patch], [phrase])[0][0]
        assert all(any(np.allclose(seen.boxes[i], box) for box in again.boxes) for i in mine)


def test_entries_of_a_menu_bar_are_cut_apart() -> None:
    picture = PIL.Image.new("RGB", (400, 40), "white")
    draw = PIL.ImageDraw.Draw(picture)
    font = PIL.ImageFont.load_default(18)
    for x, text in ((10, "File"), (80, "Edit text"), (200, "View")):
        draw.text((x, 8), text, fill="black", font=font)
    image = Image.open(picture)
    line = TextLine(text="File Edit text View", box=Box(8, 6, 240, 26))
    parts = apart([line], image)
    assert [p.text for p in parts] == ["File", "Edit text", "View"]
    assert abs(parts[1].box.x - 80) < 4 and parts[0].box.xyxy[2] < 60 and abs(parts[2].box.x - 200) < 4
    assert apart([TextLine(text="Edit text", box=Box(78, 6, 80, 26))], image)[0].text == "Edit text"


# --- command line -----------------------------------------------------------------------------------------


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, screen: Image, tmp_path: Path) -> Any:
    path = tmp_path / "screen.png"
    screen.region(screen.box).save(path)
    monkeypatch.setattr("seal.cli.screens.seal_of", lambda *_: Seal("reader", fake()))

    def run(*words: str) -> tuple[int, str]:
        told = CliRunner().invoke(app, [words[0], str(path), *words[1:]], catch_exceptions=False)
        return told.exit_code, told.stdout

    return run


def test_commands(shell: Any, tmp_path: Path) -> None:
    code, told = shell("elements", "--interactive", "--picture", str(tmp_path / "m.png"), "--frame", "0-1000")
    assert code == 0 and 'button "Save"' in told and (tmp_path / "m.png").stat().st_size > 1000
    for form in ("json", "coco", "omniparser"):
        assert json.loads(shell("elements", "--as", form)[1])
    assert shell("elements", "--since", str(tmp_path / "screen.png"))[0] == 1
    code, told = shell("zoom", "[100,200,200,260]", "--out", str(tmp_path / "z.jpg"), "--json")
    assert code == 0 and json.loads(told)["media_type"] == "image/jpeg" and (tmp_path / "z.jpg").exists()
    code, told = shell("point", "click Save", "--json", "--picture", str(tmp_path / "p.png"))
    assert code == 0 and json.loads(told)["best"]["click"] == [135, 215] and (tmp_path / "p.png").exists()
    code, told = shell("point", "the bell")
    assert code == 1 and "fit about equally" in told
    with pytest.raises(SettingError, match=r"written as \.png or \.jpg"):
        shell("zoom", "[100,200,200,260]", "--out", str(tmp_path / "z.gif"))


@pytest.mark.parametrize(
    ("a", "b", "contrary"),
    [
        ("Sign out", "Sign up", True),
        ("sign in", "Sign out", True),
        ("Undo", "Redo", True),
        ("Download", "Upload", True),
        ("Next page", "Previous page", True),
        ("Save", "Save as", False),
        ("Expand all", "Expand", False),
        ("Delete", "Remove", False),
        ("Zoom in", "zoom-in", False),
    ],
)
def test_contraries_are_told_apart(a: str, b: str, contrary: bool) -> None:
    assert opposed(a, b) == opposed(b, a) == contrary


def test_a_contrary_is_never_clicked(screen: Image) -> None:
    texts = {'"Sign up"': ["Sign up"], '"Redo"': ["Redo"], '"Next page"': ["Next page"]}
    boxes = {phrase: [Box(50, 50 + 90 * i, 90, 20)] for i, phrase in enumerate(texts)}
    seal = Seal("reader", FakeLocalizer(boxes, capabilities=ABLE, texts=texts))
    for instruction in ("sign out", "undo", "go to the previous page"):
        assert not seal.point(screen, instruction).found, instruction
    for instruction in ("sign up", "redo", "go to the next page"):
        assert seal.point(screen, instruction).found, instruction
