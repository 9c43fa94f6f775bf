"""The nano localizer: its contract, its file of weights, and what the shipped weights find."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from seal.agents.checks import check_sightings
from seal.agents.nano.localizer import CUE_ABSENT, CUE_UNSURE, Nano, load
from seal.agents.nano.network import KINDS, Finder, Namer, Sorter
from seal.agents.nano.siblings import odd_one_out, rows_and_columns, supported
from seal.agents.nano.vocabulary import concepts
from seal.agents.nano.weights import WEIGHTS, load_weights, save_weights
from seal.agents.registry import load_localizer
from seal.memory.errors import AgentError, UnknownAgentError, UnknownPhraseError
from seal.memory.geometry import Box
from seal.memory.image import Image

SCREENS = Path(__file__).parent.parent / "examples" / "screens"
PHRASES = ("trash icon", "icon", "checked checkbox", "button", "sidebar")


@pytest.fixture(scope="module")
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    finder, namer = Finder(), Namer(len(concepts()))
    torch.nn.init.constant_(finder.score.bias, -6.0)
    torch.nn.init.normal_(finder.score.weight, std=40.0)
    with torch.no_grad():  # so that a few icons and checkboxes are found
        finder.score.weight[[0, 2]] = finder.score.weight[7].clone()
    path = tmp_path_factory.mktemp("weights") / "localizer.safetensors"
    save_weights(
        path,
        finder.state_dict(),
        namer.state_dict(),
        Sorter().state_dict(),
        tuple(sorted(concepts())),
        dict.fromkeys(("any icon", *KINDS), (1.0, 4.0)),
    )
    return path


@pytest.fixture(scope="module")
def noise() -> Image:
    return Image.open(np.random.default_rng(0).integers(0, 255, (360, 1700, 3), np.uint8))


def test_sightings_follow_the_contract(random_weights: Path, noise: Image) -> None:
    nano = Nano(weights=random_weights)
    patches = [noise.patch(), noise.patch(Box(1000, 50, 300, 300)), noise.patch(Box(3, 5, 9, 7))]
    rows = check_sightings(nano.locate(patches, PHRASES), patches, PHRASES, "nano")
    assert sum(len(s.scores) for row in rows for s in row) > 0
    for row in rows:
        for sighting in row:
            assert sighting.cue is not None and sighting.cue.min() >= CUE_ABSENT
    whole, part, _ = (row[0].cue for row in rows)
    assert whole is not None and part is not None
    assert whole.min() == CUE_UNSURE and part.min() == CUE_ABSENT  # the whole is scaled down, the part is not


def test_a_look_depends_on_its_patch_only(random_weights: Path, noise: Image) -> None:
    patches = [noise.patch(Box(0, 0, 380, 256)), noise.patch(Box(600, 0, 250, 300))]
    together = Nano(weights=random_weights).locate(patches, PHRASES)
    alone = [
        Nano(weights=random_weights).locate([patch], [phrase])[0][0]
        for patch in patches
        for phrase in PHRASES
    ]
    for one, other in zip([s for row in together for s in row], alone, strict=True):
        assert np.array_equal(one.boxes, other.boxes) and np.array_equal(one.scores, other.scores)


def test_states_share_the_score(random_weights: Path, noise: Image) -> None:
    nano = Nano(weights=random_weights)
    (any_box, on, off) = nano.locate([noise.patch()], ["checkbox", "checked checkbox", "unchecked checkbox"])[
        0
    ]
    assert len(any_box.scores) >= max(len(on.scores), len(off.scores))
    both = {tuple(b): s for b, s in zip(on.boxes.tolist(), on.scores, strict=True)}
    for box, score in zip(off.boxes.tolist(), off.scores, strict=True):
        if tuple(box) in both:
            whole = next(s for b, s in zip(any_box.boxes.tolist(), any_box.scores, strict=True) if b == box)
            assert score + both[tuple(box)] == pytest.approx(whole, abs=1e-5)


def test_a_blank_image_holds_nothing() -> None:
    image = Image.open(np.full((1200, 3000, 3), 250, np.uint8))
    for sighting in Nano().locate([image.patch()], PHRASES[:4])[0]:
        assert not (sighting.scores > 0.5).any()
        assert sighting.cue is not None and np.median(sighting.cue) == CUE_ABSENT


@pytest.mark.parametrize("phrase", ["zebra", "zbrxq icon", "label Total Revenue", "Wi-Fi switch"])
def test_unknown_phrases_are_refused(random_weights: Path, noise: Image, phrase: str) -> None:
    nano = Nano(weights=random_weights)
    assert nano.unknown(phrase)
    with pytest.raises(UnknownPhraseError, match="nano cannot look for"):
        nano.locate([noise.patch()], [phrase])


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot be read"), (b"", "cannot be read"), (b"\x10" * 40, "cannot be read")],
)
def test_unreadable_weights_are_told(
    tmp_path: Path, noise: Image, content: bytes | None, message: str
) -> None:
    path = tmp_path / "w.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AgentError, match=rf"{message}.*seal train localizer"):
        Nano(weights=path).locate([noise.patch()], ["icon"])


def test_foreign_and_cut_weights_are_told(tmp_path: Path, random_weights: Path) -> None:
    from safetensors.torch import save_file

    save_file({"x": torch.zeros(1)}, tmp_path / "foreign.safetensors")
    with pytest.raises(AgentError, match="does not hold the nano localizer"):
        load_weights(tmp_path / "foreign.safetensors")
    data = random_weights.read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(AgentError, match="cannot be read"):
        load_weights(tmp_path / "cut.safetensors")


def test_the_registry_knows_it() -> None:
    assert load_localizer("nano").name == "nano"
    with pytest.raises(UnknownAgentError, match="one nano localizer"):
        load("large")


def test_the_shipped_weights_are_small_and_know_every_name() -> None:
    assert WEIGHTS.stat().st_size < 12_000_000
    assert set(load_weights().concepts) == set(concepts())
    assert set(load_weights().calibration) == {"any icon", *KINDS}


@pytest.mark.parametrize(
    ("screen", "place", "phrase", "xywh"),
    [
        ("soft-ui-billing", (2560, 0, 1280, 720), "bell icon", [(3753, 53, 13, 16)]),
        (
            "soft-ui-billing",
            (1700, 900, 900, 800),
            "trash icon",
            [(2097, 1039, 17, 18), (2097, 1294, 17, 18), (2097, 1549, 17, 18)],
        ),
        (
            "stisla-posts",
            (300, 800, 1536, 960),
            "unchecked checkbox",
            [(710, 1060, 32, 32), (660, 1172, 32, 32), (660, 1292, 32, 32), (660, 1412, 32, 32)],
        ),
    ],
)
def test_the_shipped_weights_find_small_things_on_screens_they_never_saw(
    screen: str, place: tuple[int, int, int, int], phrase: str, xywh: list[tuple[int, int, int, int]]
) -> None:
    patch = Image.open(SCREENS / f"{screen}.png").patch(Box(*place))
    seen = Nano().locate([patch], [phrase])[0][0]
    sure = [Box.from_xyxy(*b).shifted(place[0], place[1]) for b in seen.boxes[seen.scores >= 0.5].tolist()]
    assert all(max((box.iou(Box(*true)) for box in sure), default=0.0) >= 0.5 for true in xywh)
    assert len(sure) <= len(xywh) + 2


def entries(*fills: tuple[int, int, int], inks: Sequence[tuple[int, int, int]] = ()) -> tuple[Any, Any]:
    """A column of entries with a label each, and their boxes."""
    view = np.full((40 * len(fills), 200, 3), 250, np.uint8)
    boxes = np.array([[10, 40 * i + 4, 190, 40 * i + 36] for i in range(len(fills))], np.float32)
    for i, fill in enumerate(fills):
        view[40 * i + 4 : 40 * i + 36, 10:190] = fill
        view[40 * i + 16 : 40 * i + 24, 60:120] = inks[i] if inks else (40, 40, 40)
        view[40 * i + 16 : 40 * i + 24, 170:186] = (220, 30 * i, 90)  # numbers in colours of their own
    return view, boxes


WHITE, BLUE, DARK = (255, 255, 255), (40, 90, 230), (40, 40, 40)


@pytest.mark.parametrize(
    ("fills", "inks", "odd"),
    [
        ((WHITE, WHITE, BLUE, WHITE), (), 2),
        ((WHITE, WHITE, WHITE, WHITE), (DARK, BLUE, DARK, DARK), 1),
        ((WHITE, WHITE, WHITE, WHITE), (), None),
        ((BLUE, WHITE, BLUE, WHITE), (), None),  # two by two: neither is the odd one
        ((WHITE, BLUE), (), None),  # of two either may be
    ],
)
def test_the_selected_entry_is_the_one_that_looks_otherwise(fills: Any, inks: Any, odd: int | None) -> None:
    assert odd_one_out(*entries(*fills, inks=inks)) == odd


def test_entries_are_compared_along_rows_and_columns() -> None:
    row = [[100 + 80 * i, 10, 170 + 80 * i, 40] for i in range(3)]
    column = [[10, 100 + 50 * i, 150, 140 + 50 * i] for i in range(4)]
    tall = [[10, 400, 150, 700]]
    groups = {tuple(g.tolist()) for g in rows_and_columns(np.array(row + column + tall, np.float32))}
    assert {(0, 1, 2), (3, 4, 5, 6)} <= groups and not [g for g in groups if 7 in g and len(g) > 1]
    assert list(rows_and_columns(np.zeros((0, 4), np.float32))) == []


def column(*sides: float, x: float = 40.0) -> np.ndarray:
    """Squares below one another, 30 pixels apart."""
    return np.array([[x, 30.0 * i, x + side, 30.0 * i + side] for i, side in enumerate(sides)], np.float32)


@pytest.mark.parametrize(
    ("sides", "found", "shares", "chosen", "raised"),
    [
        ((24, 25, 24, 26), (0.7, 0.3, 0.4, 0.3), (0.9, 0.8, 0.8, 0.7), None, (1, 1, 1, 1)),
        ((24, 25), (0.3, 0.3), (0.9, 0.9), None, (0, 0)),  # of two either may be anything
        ((24, 24, 60), (0.3, 0.3, 0.3), (0.9, 0.9, 0.9), None, (0, 0, 0)),  # not of one size
        ((120, 121, 120), (0.3, 0.3, 0.3), (0.9, 0.9, 0.9), None, (0, 0, 0)),  # tiles
        ((24, 24, 24), (0.5, 0.5, 0.5), (0.9, 0.9, 0.9), None, (0, 0, 0)),  # icons, of which none is sure
        ((24, 24, 24, 24), (0.6, 0.3, 0.3, 0.3), (0.9, 0.9, 0.9, 0.1), None, (1, 1, 1, 0)),  # another thing
        ((16, 16, 16), (0.1, 0.1, 0.1), (0.9, 0.9, 0.9), (False, True, False), (1, 1, 1)),
        ((16, 16, 16), (0.1, 0.1, 0.1), (0.9, 0.9, 0.9), (True, True, True), (0, 0, 0)),  # a window's buttons
        ((8, 8, 8), (0.1, 0.1, 0.1), (0.9, 0.9, 0.9), (False, True, False), (0, 0, 0)),  # bullets
    ],
)
def test_controls_in_a_column_support_one_another(
    sides: tuple[float, ...],
    found: tuple[float, ...],
    shares: tuple[float, ...],
    chosen: tuple[bool, ...] | None,
    raised: tuple[int, ...],
) -> None:
    alone = np.array(found) * np.array(shares)
    scores = supported(
        column(*sides), np.array(found), np.array(shares), None if chosen is None else np.array(chosen)
    )
    assert (scores >= alone).all()
    assert [int(s > a + 0.05) for s, a in zip(scores, alone, strict=True)] == list(raised)
