"""Screenshots that differ a little: only what changed is looked at, and no reply differs from that of a new agent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

import seal.run.state
from seal import Seal
from seal.agents import ocr, ocr_engine
from seal.agents.contracts import ANY_TEXT, Sighting
from seal.agents.nano import look as nano_look
from seal.agents.nano.known import Known
from seal.agents.nano.localizer import Nano
from seal.agents.nano.weights import WEIGHTS, load_weights
from seal.agents.ocr import RapidOcr
from seal.agents.ocr_tiles import SMALL, stitched, windows
from seal.memory.image import Image
from seal.memory.kept import Kept
from seal.tools import Tools

Change = Callable[[PIL.ImageDraw.ImageDraw], None]
SIZE = 1000, 500


def font(px: int) -> Any:
    return PIL.ImageFont.load_default(size=px)


def screen(*changes: Change) -> Image:
    """A small screen with text all over, check boxes and buttons, and what was changed in it."""
    picture = PIL.Image.new("RGB", SIZE, "white")
    draw = PIL.ImageDraw.Draw(picture)
    for row in range(4):
        draw.rectangle((20, 72 + 100 * row, 36, 88 + 100 * row), outline="black", width=2)
        draw.text(
            (60, 70 + 100 * row), f"Invoice {4711 + 31 * row} of Miller & Sons", fill="black", font=font(20)
        )
        draw.rounded_rectangle((820, 66 + 100 * row, 930, 98 + 100 * row), 5, fill="royalblue")
        draw.text((875, 82 + 100 * row), "Open", fill="white", font=font(18), anchor="mm")
    draw.text((20, 14), "Unread: 3", fill="black", font=font(22))
    for change in changes:
        change(draw)
    return Image.open(picture)


def counter(draw: PIL.ImageDraw.ImageDraw) -> None:
    draw.rectangle((16, 8, 180, 44), fill="white")
    draw.text((20, 14), "Unread: 12", fill="black", font=font(22))


def between_tiles(draw: PIL.ImageDraw.ImageDraw) -> None:
    """A line over the corner at which four tiles meet."""
    draw.text((250, 232), "Overdue since Monday", fill="crimson", font=font(24))


def dialog(draw: PIL.ImageDraw.ImageDraw) -> None:
    draw.rectangle((500, 150, 790, 300), fill="white", outline="black")
    draw.text((520, 170), "Delete it?", fill="black", font=font(26))
    draw.rounded_rectangle((520, 240, 640, 280), 5, fill="crimson")
    draw.text((580, 260), "Delete", fill="white", font=font(18), anchor="mm")


def erased(draw: PIL.ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 350, 1000, 420), fill="white")


CHANGES = [counter, between_tiles, dialog, erased]


def same(a: Any, b: Any) -> bool:
    """Whether two sightings or looks are the same to the bit."""
    fields = [name for name in a.__slots__ if name != "__weakref__"]
    return all(
        np.array_equal(x, y) if isinstance(x, np.ndarray) else x == y
        for x, y in ((getattr(a, name), getattr(b, name)) for name in fields)
    )


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    ocr.forget()
    yield
    ocr.forget()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many windows the detector was shown, lines the recogniser, and crops of widgets the sorter."""
    counts = {"windows": 0, "lines": 0, "crops": 0}
    detect, read, crops = ocr_engine._detected, ocr_engine.Engine.read, nano_look._looked_at

    def detected(session: Any, view: Any) -> Any:
        counts["windows"] += 1
        return detect(session, view)

    def was_read(self: ocr_engine.Engine, *args: Any) -> Any:
        counts["lines"] += 1
        return read(self, *args)

    def looked_at(network: Any, given: torch.Tensor) -> torch.Tensor:
        counts["crops"] += len(given)
        return crops(network, given)

    monkeypatch.setattr(ocr_engine, "_detected", detected)
    monkeypatch.setattr(ocr_engine.Engine, "read", was_read)
    monkeypatch.setattr(nano_look, "_looked_at", looked_at)
    return counts


def reset(counts: dict[str, int]) -> dict[str, int]:
    told = dict(counts)
    counts.update(dict.fromkeys(counts, 0))
    return told


# --- the grid -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size_wh", "tiles"),
    [((4, 5), 1), ((700, 120), 1), ((500, 500), 4), ((1536, 864), 12), ((331, 1536), 4), ((1216, 200), 4)],
)
def test_tiles_cover_a_view_once(size_wh: tuple[int, int], tiles: int) -> None:
    found = windows(size_wh)
    places = np.arange(size_wh[0] * size_wh[1]).reshape(size_wh[::-1])
    assert (
        sorted(np.concatenate([places[window.tile].ravel() for window in found])) == places.ravel().tolist()
    )
    for window in found:
        assert np.array_equal(places[window.shown][window.inner], places[window.tile])
        assert places[window.shown].size <= SMALL
    assert len(found) == tiles


@pytest.mark.parametrize(("x", "y", "times"), [(10, 10, 1), (384, 100, 2), (384, 288, 4), (700, 280, 2)])
def test_only_windows_that_show_the_change_are_looked_at(x: int, y: int, times: int) -> None:
    view = np.random.default_rng(0).integers(0, 255, (864, 1536, 3), np.uint8)
    shown: list[tuple[int, ...]] = []

    def probability(window: np.ndarray) -> np.ndarray:
        shown.append(window.shape)
        return window[:, :, 1].astype(np.float32) / 256

    known: Kept[Any] = Kept(64)
    first = stitched(view, probability, known)
    assert np.array_equal(first, view[:, :, 1].astype(np.float32) / 256) and len(shown) == 12
    shown.clear()
    view[y, x] ^= 255
    again = stitched(view, probability, known)
    assert len(shown) == times and np.argwhere(first != again).tolist() == [[y, x]]
    assert np.array_equal(again, stitched(view, probability, None))


def test_a_window_without_contrast_is_not_looked_at() -> None:
    """Shown nothing but blue, the detector is sure that there is text."""
    view = np.full((600, 900, 3), (240, 120, 100), np.uint8)
    view[40:60, 40:200] = 0
    corners, probability = ocr_engine.engine(1).detect(view)
    assert probability[:300, 400:].max() == probability[400:].max() == 0 < probability[:300, :300].max()
    assert len(corners) <= 1


# --- agents -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", CHANGES)
def test_text_is_the_same_as_cold_and_only_what_changed_is_read(
    change: Change, asked: dict[str, int]
) -> None:
    warm = RapidOcr(threads=1)
    warm.locate([screen().patch()], [ANY_TEXT])
    whole = reset(asked)
    told = warm.locate([screen(change).patch()], [ANY_TEXT, "Delete"])[0]
    part = reset(asked)
    ocr.forget()
    cold = RapidOcr(threads=1).locate([screen(change).patch()], [ANY_TEXT, "Delete"])[0]
    assert all(map(same, told, cold)) and len(cold[0].texts) > 6
    assert part["windows"] < whole["windows"] == len(windows(SIZE)) and part["lines"] < whole["lines"]


@pytest.mark.parametrize("change", [counter, dialog])
def test_things_are_the_same_as_cold_and_crops_are_looked_at_once(
    change: Change, asked: dict[str, int]
) -> None:
    warm, cold = Nano(), Nano()
    warm.survey(screen().patch())
    whole = reset(asked)["crops"]
    told = warm.survey(screen(change).patch())
    part = reset(asked)["crops"]
    assert same(told, cold.survey(screen(change).patch())) and len(told.scores) > 10
    assert part < reset(asked)["crops"] and whole > 10


@torch.inference_mode()
def test_a_crop_gets_the_same_answer_beside_others(monkeypatch: pytest.MonkeyPatch) -> None:
    model, crops = load_weights(), torch.randint(0, 255, (37, 32, 96, 3), dtype=torch.uint8)
    together = nano_look._shares(model.sorter, crops, Known().widgets)
    known = Known().widgets
    alone = torch.cat([nano_look._shares(model.sorter, crops[i : i + 1], known) for i in range(len(crops))])
    monkeypatch.setattr(nano_look, "_looked_at", lambda *given: pytest.fail("looked at again"))
    again = nano_look._shares(model.sorter, crops.flip(0), known).flip(0)
    assert torch.equal(together, alone) and torch.equal(alone, again)


def test_widgets_are_looked_at_when_the_first_is_asked_for(asked: dict[str, int]) -> None:
    nano, patch = Nano(), screen().patch()
    (icons,) = nano.locate([patch], ["bell icon"])[0]
    before = reset(asked)["crops"]
    (boxes, again) = nano.locate([patch], ["checkbox", "bell icon"])[0]
    assert reset(asked)["crops"] > before and same(icons, again)
    assert same(boxes, Nano().locate([patch], ["checkbox"])[0][0])


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = RapidOcr(threads=1)
    monkeypatch.setattr(ocr, "MOST_TILES", 2)
    monkeypatch.setattr(ocr, "MOST_READINGS", 3)
    small = RapidOcr(threads=1)
    for change in (counter, dialog):
        (told,) = small.locate([screen(change).patch()], [ANY_TEXT])[0]
        ocr.forget()
        assert same(told, usual.locate([screen(change).patch()], [ANY_TEXT])[0][0])
    assert (len(small._tiles), len(small._readings)) == (2, 3)
    assert len(usual._tiles) > 2 and len(usual._readings) > 3


def test_threads_share_what_is_known() -> None:
    warm, told = RapidOcr(threads=1), dict[str, Sighting]()
    warm.locate([screen().patch()], [ANY_TEXT])

    def look(change: Change) -> None:
        told[change.__name__] = warm.locate([screen(change).patch()], [ANY_TEXT])[0][0]

    threads = [threading.Thread(target=look, args=(change,)) for change in CHANGES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for change in CHANGES:
        ocr.forget()
        assert same(
            told[change.__name__], RapidOcr(threads=1).locate([screen(change).patch()], [ANY_TEXT])[0][0]
        )


def test_other_weights_know_nothing(tmp_path: Path) -> None:
    """Two agents of other weights: what one has seen tells the other nothing."""
    file = tmp_path / "other.safetensors"
    with safe_open(WEIGHTS, "pt") as opened:
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
        save_file(
            tensors | {"sorter.kind.bias": tensors["sorter.kind.bias"].flip(0)}, file, opened.metadata()
        )
    first, other, fresh = Nano(), Nano(weights=file), Nano(weights=file)
    seen = first.survey(screen().patch())
    told = other.survey(screen().patch())
    assert first.version != other.version and not same(seen, told)
    first.survey(screen(counter).patch())
    assert same(other.survey(screen(counter).patch()), fresh.survey(screen(counter).patch()))


# --- one Seal -----------------------------------------------------------------------------------------------

ASKED: dict[str, Callable[[Seal, Image], object]] = {
    "elements": lambda seal, image: seal.elements(image).items,
    "point": lambda seal, image: seal.point(image, "the Delete button"),
    "locate": lambda seal, image: seal.locate(image, ["Unread", "checkbox"]).targets,
    "absent": lambda seal, image: seal.locate(image, "Purchase order").answer,
    "ask": lambda seal, image: seal.ask(image, "Is there a text 'Delete'?").answer,
}


@pytest.mark.parametrize("name", ASKED)
def test_one_seal_tells_of_a_changed_screen_what_a_new_one_tells(name: str, asked: dict[str, int]) -> None:
    seal, ask = Seal(), ASKED[name]
    ask(seal, screen())
    reset(asked)
    told = ask(seal, screen(dialog))
    part = reset(asked)
    ocr.forget()
    assert told == ask(Seal(), screen(dialog))
    whole = reset(asked)
    assert part["windows"] < whole["windows"] and part["lines"] < whole["lines"]


def test_a_session_of_tools_is_one_seal(asked: dict[str, int]) -> None:
    tools = Tools(allow=[])
    first, second = ({"screen": screen(*changes)} for changes in ((), (counter,)))
    tools.call("elements", {"image": "screen"}, pictures=first)
    whole = reset(asked)
    told = tools.call("point", {"image": "screen", "instruction": "the text Unread"}, pictures=second)
    assert "Unread: 12" in str(told.structured)
    part = reset(asked)
    assert 0 < part["windows"] < whole["windows"] and 0 < part["lines"] < whole["lines"]
    tools.call("elements", {"image": "screen"}, pictures=second)
    assert set(reset(asked).values()) == {0}


def test_a_page_is_scaled_for_the_record_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made, real = [], seal.run.state.global_image

    def counted(image: Image, *side: int) -> Any:
        made.append(image.digest)
        return real(image, *side)

    monkeypatch.setattr(seal.run.state, "global_image", counted)
    one = Seal()
    told = [one.locate(image, "Unread").memory.image for image in (screen(), screen(), screen(counter))]
    assert len(made) == 2 and told[0] == told[1] != told[2]
