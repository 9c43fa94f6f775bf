"""Icons of the open vocabulary: the table of words, the probability, phrases, and what the shipped weights find."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest
import torch

from seal.agents.nano.icons import icons_in, named
from seal.agents.nano.localizer import Nano
from seal.agents.nano.phrases import PICTURES, Phrases, Table, load_phrases, packed, tokens
from seal.agents.nano.pictures import SPACE, Pictures, load_pictures, pictures_of, save_pictures
from seal.agents.nano.vocabulary import often_missed, parse, unknown
from seal.agents.nano.weights import WEIGHTS
from seal.memory.errors import AgentError
from seal.memory.geometry import Box
from seal.memory.image import Image
from seal.memory.working import Crop

WORDS = ("red", "kite", "paper", "plane", "boat")


def vectors(count: int, seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.random.default_rng(seed).normal(size=(count, SPACE)).astype(np.float32)


def phrases(weights: tuple[float, ...] = (1.0, 0.0, 0.0)) -> Phrases:
    table = Table({w: i for i, w in enumerate(WORDS)}, *packed(vectors(len(WORDS))))
    pairs = Table({"paper plane": 0}, *packed(vectors(1, 1)))
    bare = Phrases(table, pairs, WORDS, np.zeros((0, 0), np.float32), 10.0, weights)
    return replace(bare, likenesses=np.stack([bare.vector(w) for w in WORDS]))


def test_four_bits_a_number_keep_a_vector() -> None:
    whole = vectors(20)
    codes, scales = packed(whole)
    table = Table({str(i): i for i in range(20)}, codes, scales)
    back = np.stack([table.sum([str(i)]) for i in range(20)])
    alike = (back * whole).sum(1) / np.linalg.norm(back, axis=1) / np.linalg.norm(whole, axis=1)
    assert codes.shape == (20, SPACE // 2) and alike.min() > 0.98
    assert table.sum([]).shape == (SPACE,) and not table.sum(["unheard"]).any()


def test_a_phrase_is_the_sum_of_its_words_and_pairs() -> None:
    p = phrases()
    both = p.words.sum(["paper", "plane"]) + p.pairs.sum(["paper plane"])
    assert np.allclose(p.vector("Paper-planes"), both / np.linalg.norm(both), atol=1e-6)
    assert not np.allclose(p.vector("plane paper"), p.vector("paper plane"))
    assert np.isclose(np.linalg.norm(p.vector("a red kite")), 1.0) and not p.vector("zeppelin").any()


@pytest.mark.parametrize(
    ("phrase", "strange"),
    [
        ("red kite", []),
        ("the kites", []),
        ("boat with a kite", []),
        ("zeppelin", ["zeppelin"]),
        ("!?", ["!?"]),
    ],
)
def test_words_that_the_table_lacks_are_told(phrase: str, strange: list[str]) -> None:
    assert phrases().unknown(phrase) == strange


def test_a_picture_is_what_it_is_more_like_than_other_names() -> None:
    p = phrases()
    pictures = np.stack([p.vector("kite"), p.vector("boat"), -p.vector("kite")])
    chances = p.chances(pictures, "kite")
    assert chances[0] > 0.9 and chances[1] < 0.1 and chances[2] < 0.1
    assert p.chances(np.zeros((0, SPACE), np.float32), "kite").shape == (0,)
    assert p.named(p.vector("boat"), 2)[0][0] == "boat"


def save(path: Path) -> None:
    torch.manual_seed(0)
    save_pictures(
        path,
        Pictures().state_dict(),
        (WORDS, vectors(len(WORDS))),
        (("paper plane",), vectors(1, 1)),
        names=WORDS,
        sharpness=10.0,
        weights=(1.0, 0.0, 0.0),
    )


def test_a_file_of_pictures_round_trips(tmp_path: Path) -> None:
    save(path := tmp_path / "pictures.safetensors")
    read, network = load_phrases(path), load_pictures(path)
    assert read.names == WORDS and read.sharpness == 10.0
    assert np.allclose(read.vector("paper plane"), phrases().vector("paper plane"), atol=1e-6)
    view = np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)
    found = pictures_of(network, view, np.array([[3, 4, 23, 20], [50, 30, 79, 59]], np.float32))
    assert found.shape == (2, SPACE) and np.allclose(
        np.linalg.norm(found.astype(float), axis=1), 1, atol=1e-2
    )
    assert pictures_of(network, view, np.zeros((0, 4), np.float32)).shape == (0, SPACE)


@pytest.mark.parametrize("load", [load_phrases, load_pictures])
def test_missing_damaged_and_foreign_files_are_named(load: object, tmp_path: Path) -> None:
    assert callable(load)
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(b"no tensors")
    for path in (tmp_path / "missing.safetensors", damaged, WEIGHTS):
        with pytest.raises(AgentError, match="seal train icons"):
            load(path)


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        ("color wheel icon", "color wheel"),
        ("the color wheel icon", "color wheel"),
        ("color wheel icon button", "color wheel"),
        ("icon of a kayak", "kayak"),
        ("horse icon", "horse"),
        ("horse-shaped icon", "horse"),
        ("Facebook logo", "Facebook"),
        ("thinking face emoji", "thinking face"),
    ],
)
def test_any_words_may_name_an_icon(phrase: str, words: str) -> None:
    found = parse(phrase)
    assert found is not None and (found.kind, found.name, found.words) == ("icon", "", words)
    assert unknown(phrase) == "" and Nano().kind(phrase) == "open icon"


@pytest.mark.parametrize("phrase", ["cat", "color wheel", "qwzxy icon", "Qwzxy logo", '"Color wheel" label'])
def test_a_bare_noun_and_unheard_words_name_no_icon(phrase: str) -> None:
    found = parse(phrase)
    assert found is None or not found.words


def test_known_icons_are_looked_for_under_their_names() -> None:
    found = parse("paper plane icon")
    assert found is not None and (found.name, found.words) == ("send", "")


def test_both_files_together_are_small() -> None:
    assert PICTURES.stat().st_size + WEIGHTS.stat().st_size < 15_000_000
    assert len(load_phrases().names) > 1000 and len(load_phrases().weights) == 3
    assert tokens("Check-list, 2 C++") == ["check", "list", "2", "c++"]


def drawn() -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """A page with four drawings of 32 px: a bomb, a hexagon, a clock and bars."""
    page = PIL.Image.new("RGB", (960, 320), (248, 249, 251))
    for x, lines in ((100, "bomb"), (300, "hexagon"), (500, "clock"), (700, "bars")):
        ink = PIL.Image.new("L", (128, 128))
        draw = PIL.ImageDraw.Draw(ink)
        if lines == "bomb":
            draw.ellipse((0, 38, 90, 128), fill=255)
            draw.line((70, 51, 102, 6, 128, 13), fill=255, width=11)
        elif lines == "hexagon":
            draw.polygon([(64, 0), (128, 36), (128, 92), (64, 128), (0, 92), (0, 36)], fill=255)
        elif lines == "clock":
            draw.ellipse((0, 0, 127, 127), outline=255, width=12)
            draw.line((64, 26, 64, 64, 90, 80), fill=255, width=11)
        else:
            for left, top in ((13, 64), (52, 26), (92, 0)):
                draw.rectangle((left, top, left + 23, 127), fill=255)
        page.paste((40, 44, 60), (x, 120), ink.resize((32, 32), PIL.Image.Resampling.BOX))
    return np.asarray(page)


def test_the_shipped_weights_find_icons_that_are_on_no_list() -> None:
    phrases_, places = ("hexagon icon", "bomb icon", "kayak icon"), {"hexagon icon": 300, "bomb icon": 100}
    assert all((found := parse(p)) is not None and found.words for p in phrases_)
    seen = dict(zip(phrases_, Nano().locate([Image.open(drawn()).patch()], phrases_)[0], strict=True))
    for phrase, x in places.items():
        best = int(seen[phrase].scores.argmax())
        assert seen[phrase].scores[best] >= 0.35
        assert Box.from_xyxy(*seen[phrase].boxes[best].tolist()).iou(Box(x, 120, 32, 32)) > 0.5
    assert seen["kayak icon"].scores.max(initial=0.0) < 0.35
    assert all(s.cue is not None and s.cue.max() > -5 for s in seen.values())  # nothing is ruled out


def test_an_icon_is_named_out_of_the_open_vocabulary_too() -> None:
    place = Box(220, 40, 200, 200)
    shown = PIL.Image.fromarray(drawn()[40:240, 220:420])
    crop = Crop(id="crop-1", box=place, png=shown)  # type: ignore[arg-type]
    icon = max(icons_in(crop), key=lambda i: i.score)
    assert icon.box.iou(Box(300, 120, 32, 32)) > 0.5
    assert "hexagon" in [name for name, _ in named(icon)]
    assert named(icon, ("bomb", "hexagon", "kayak"))[0][0] == "hexagon"


@pytest.mark.parametrize(
    "phrase",
    ["blue icon", "the first icon", "icon next to OK", "badge next to the cart icon", "selected icon"],
)
def test_words_that_say_which_icon_is_meant_are_no_name(phrase: str) -> None:
    found = parse(phrase)
    assert found is None or not found.words


def test_an_icon_by_any_words_is_never_said_to_be_absent() -> None:
    assert often_missed("kayak icon") and not often_missed("trash icon") and not often_missed("kayak")
