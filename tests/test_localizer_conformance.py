"""Every localizer on other people's models does what the contract says, shown on tiny checkpoints, offline."""

from __future__ import annotations

import socket
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import networkx
import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest
import tiny_localizers
import torch

from seal.agents.checks import check_sightings
from seal.agents.contracts import Sighting
from seal.agents.detect import florence, pointing
from seal.agents.fused import Fused
from seal.agents.registry import load_localizer
from seal.memory.errors import UnknownPhraseError
from seal.memory.geometry import Box
from seal.memory.image import Image, Patch

AGENTS = (
    *tiny_localizers.FAMILIES,
    *tiny_localizers.CLOSED,
    "florence2",
    "qwen3_vl",
    "yolo",
    "open_clip",
    "siglip",
    "fused",
)
PHRASES = ("red square", "blue disc")


def screen() -> Image:
    image = PIL.Image.new("RGB", (320, 200), "#eee")
    draw = PIL.ImageDraw.Draw(image)
    draw.rectangle((250, 20, 269, 39), fill="red")
    draw.ellipse((20, 120, 39, 139), fill="blue")
    return Image.open(image)


SCREEN = screen()
WHOLE, LEFT, RIGHT = (SCREEN.patch(box) for box in (None, Box(0, 0, 160, 200), Box(160, 0, 160, 200)))
EXTREME = [
    SCREEN.patch(Box(*xywh))
    for xywh in ((10, 10, 3, 150), (5, 5, 1, 1), (0, 90, 320, 2), (0.5, 0.5, 20.3, 9.7))
]


@pytest.fixture(scope="session")
def agents(
    tmp_path_factory: pytest.TempPathFactory, tiny_vlm: Callable[[str], Path], tiny_yolo: Path
) -> Callable[[str], Any]:
    """name -> a loaded localizer, made once a session."""
    root = tmp_path_factory.mktemp("localizers")

    @cache
    def made(name: str) -> Any:
        if name == "fused":
            return Fused([agents_of("owlv2"), agents_of("yolo"), agents_of("open_clip")])
        if name == "yolo":
            return load_localizer(f"ultralytics:{tiny_yolo}", trust_pickle=True)
        if name in ("open_clip", "siglip"):
            folder = tiny_localizers.build_clip(root / name, siglip=name == "siglip")
            return load_localizer(f"open_clip:{folder}")
        if name == "qwen3_vl":  # too small to point: unchecked, and shown small pictures
            return load_localizer(f"hf:{tiny_vlm(name)}", check=False, max_side=64)
        folder = tiny_vlm(name) if name == "florence2" else tiny_localizers.build(name, root / name)
        return load_localizer(f"hf:{folder}")

    agents_of = made
    return made


@pytest.fixture(scope="module", params=AGENTS)
def agent(request: pytest.FixtureRequest, agents: Callable[[str], Any]) -> Any:
    def refused(*_: Any) -> Any:
        raise OSError("no network in tests")

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patched:
        for module in (florence, pointing):  # random words go on to the limit
            patched.setattr(module, "MOST_NEW_TOKENS", 24)
        with pytest.MonkeyPatch.context() as offline:
            offline.setattr(socket.socket, "connect", refused)
            loaded = agents(request.param)
        yield loaded
    torch.set_num_threads(threads)


def look(agent: Any, patches: Sequence[Patch], phrases: Sequence[str] = PHRASES) -> list[list[Sighting]]:
    return check_sightings(agent.locate(patches, phrases), patches, phrases, agent.name)


def same(a: Sighting, b: Sighting, atol: float = 0.0) -> bool:
    if (a.cue is None) != (b.cue is None) or a.boxes.shape != b.boxes.shape:
        return False
    pairs = [(a.boxes, b.boxes), (a.scores, b.scores), *([(a.cue, b.cue)] if a.cue is not None else [])]
    return all(np.allclose(x, y, atol=atol, rtol=0) for x, y in pairs)


def same_set(a: Sighting, b: Sighting, atol: float) -> bool:
    """Whether both hold the same boxes with the same scores, in any order: near-equal scores may swap their places."""
    if (a.cue is None) != (b.cue is None) or a.boxes.shape != b.boxes.shape:
        return False
    if a.cue is not None and not np.allclose(a.cue, b.cue, atol=atol, rtol=0):
        return False
    rows_a, rows_b = (np.concatenate((s.boxes, s.scores[:, None]), 1) for s in (a, b))
    alike = (np.abs(rows_a[:, None] - rows_b[None]) <= atol).all(2)
    top = [("a", i) for i in range(len(rows_a))]
    pairs = networkx.Graph((("a", i), ("b", j)) for i, j in np.argwhere(alike).tolist())
    pairs.add_nodes_from(top)
    return len(networkx.bipartite.hopcroft_karp_matching(pairs, top)) == 2 * len(top)


def test_sightings_follow_the_contract_and_lie_in_the_patch(agent: Any) -> None:
    patches = [WHOLE, *EXTREME]
    raw = agent.locate(patches, PHRASES)
    assert all(
        same(a, b) for x, y in zip(raw, look(agent, patches), strict=True) for a, b in zip(x, y, strict=True)
    )
    can = agent.capabilities
    for patch, row in zip(patches, raw, strict=True):
        for sighting in row:
            assert (sighting.cue is not None) == can.gives_cue
            assert len(sighting.boxes) == 0 or can.gives_boxes
            assert (sighting.boxes[:, 2:] > sighting.boxes[:, :2]).all()
            assert (sighting.boxes >= 0).all() and (sighting.boxes[:, 2:] <= patch.box.size_wh).all()
            assert (np.diff(sighting.scores) <= 0).all()


def test_nothing_asked_nothing_said(agent: Any) -> None:
    assert agent.locate([], PHRASES) == []
    assert agent.locate([WHOLE, LEFT], []) == [[], []]


def test_the_same_look_says_the_same(agent: Any) -> None:
    first, again = (look(agent, [WHOLE])[0] for _ in range(2))
    assert all(same(a, b) for a, b in zip(first, again, strict=True))


def test_a_batch_says_of_each_what_it_says_alone(agent: Any) -> None:
    patches = [LEFT, WHOLE, RIGHT, *EXTREME[:2]]
    together = look(agent, patches)
    for i, patch in enumerate(patches):
        for j, phrase in enumerate(PHRASES):
            alone = look(agent, [patch], [phrase])[0][0]
            assert same_set(together[i][j], alone, atol=2e-2)


def test_picture_and_phrase_matter(agent: Any) -> None:
    if not agent.capabilities.gives_cue:
        pytest.skip("random words hold no boxes")
    rows = look(agent, [LEFT, RIGHT])
    assert not np.allclose(rows[0][0].cue, rows[1][0].cue, atol=1e-4)
    assert not np.allclose(rows[0][0].cue, rows[0][1].cue, atol=1e-4)


def test_a_phrase_beyond_the_limit_is_cut_with_a_warning_or_refused(agent: Any) -> None:
    phrase = "red square " * 18  # 36 words in fewer than 200 characters
    if agent.unknown(phrase):
        with pytest.raises(UnknownPhraseError, match="nearest"):
            agent.locate([WHOLE], [phrase])
        return
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        (seen,) = look(agent, [WHOLE], [phrase])[0]
    told = [str(w.message) for w in caught if "is looked for as 'red square red" in str(w.message)]
    words = getattr(agent, "_most_tokens", 16 if agent.name.startswith(("open_clip", "fused")) else None)
    assert bool(told) == (words is not None and words < 38)
    if told and not agent.name.startswith("fused"):
        kept = told[0].rpartition(" as '")[2].removesuffix("'.")
        assert same(seen, look(agent, [WHOLE], [kept])[0][0], atol=1e-4)


def test_capabilities_are_those_of_the_checkpoint(agents: Callable[[str], Any]) -> None:
    sides = {name: agents(name).capabilities.input_side for name in AGENTS}
    assert sides == {
        "owlvit": 64,
        "owlv2": 64,
        "grounding_dino": 128,
        "mm_grounding_dino": 128,
        "omdet_turbo": 128,
        "sam3": 112,
        **dict.fromkeys(tiny_localizers.CLOSED, 64),
        **dict.fromkeys(("detr", "conditional_detr", "deformable_detr", "dab_detr", "table_transformer"), 48),
        "florence2": 64,
        "qwen3_vl": 64,
        "yolo": 64,
        "open_clip": 85,
        "siglip": 85,
        "fused": 64,
    }
    assert {n for n in AGENTS if not agents(n).capabilities.gives_boxes} == {"open_clip", "siglip"}
