"""What the kinds share: a page, a localizer that knows it, and what an outcome may be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from seal.agents.contracts import Capabilities, Sighting
from seal.agents.fake import FakeLocalizer
from seal.agents.recording import sighting_to_json
from seal.memory.errors import SealError
from seal.memory.geometry import Box

__all__ = ["PAGE", "eyes", "ours", "sound"]

THINGS = {"bell": [Box(40, 30, 24, 24)], "Total": [Box(200, 120, 60, 14)], "42": [Box(280, 120, 20, 14)]}
TEXTS = {"bell": [""], "Total": ["Total"], "42": ["42"]}
PAGE = np.full((240, 400, 3), 255, np.uint8)


@contextmanager
def ours() -> Iterator[None]:
    """An error of ours is an answer, if it is one line that can be written down."""
    try:
        yield
    except SealError as error:
        text = str(error)
        text.encode()
        assert "\n" not in text and len(text) < 5_000, f"an error of {len(text)} characters: {text[:300]!r}"


def eyes() -> FakeLocalizer:
    """A localizer that knows where three things are, and reads."""
    return FakeLocalizer(THINGS, texts=TEXTS, capabilities=Capabilities(512, reads_text=True))


def sound(sighting: Sighting) -> None:
    """Whether what was seen keeps the contract in what would harm later."""
    assert np.isfinite(sighting.boxes).all() and sighting.boxes.shape == (len(sighting.scores), 4)
    assert ((sighting.scores >= 0) & (sighting.scores <= 1)).all()
    assert not sighting.texts or len(sighting.texts) == len(sighting.scores)
    json.dumps(sighting_to_json(sighting), ensure_ascii=False).encode()
