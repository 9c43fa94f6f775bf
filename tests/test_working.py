"""The working memory as a value: JSON round trips, digests, look-ups, the summary for people."""

from __future__ import annotations

import io

import numpy as np
import PIL.Image
import pytest
from pydantic import ValidationError

from seal.memory.geometry import Box
from seal.memory.working import (
    AbsentTarget,
    Crop,
    Fact,
    FoundTarget,
    GlobalImage,
    TextLine,
    VisualWorkingMemory,
    decode_png,
    encode_png,
)

NOISE = PIL.Image.fromarray(np.random.default_rng(3).integers(0, 256, (30, 50, 3), dtype=np.uint8))
MEMORY = VisualWorkingMemory(
    question="Wie viel \u20ac?",
    options=("1", "2"),
    image=GlobalImage(size_wh=(400, 300), png=NOISE, digest="ab"),
    pages=2,
    targets=(
        FoundTarget(phrase="bell", box=Box(10, 20, 30, 40), score=0.5, crop="crop-1", text="12"),
        FoundTarget(phrase="bell", box=Box(0.1, 0.2, 1e-3, 1e9), score=0.25, crop="crop-2", page=2),
    ),
    absent=(AbsentTarget(phrase="door", seen=1.0, looks=1, complete=True),),
    crops=(
        Crop(id="crop-1", box=Box(0, 0, 50, 30), png=NOISE),
        Crop(id="crop-2", box=Box(5, 5, 9, 9), png=NOISE),
    ),
    facts=(
        Fact(
            kind="count",
            text="2",
            value={"phrase": "bell", "count": 2, "complete": False},
            evidence=("crop-1",),
        ),
    ),
    lines=(TextLine(text="12", box=Box(1, 2, 3, 4), confidence=0.875, page=2),),
)


def test_round_trip_with_pictures() -> None:
    text = MEMORY.model_dump_json()
    back = VisualWorkingMemory.model_validate_json(text)
    assert back == MEMORY
    assert back.digest == MEMORY.digest
    assert back.model_dump_json() == text
    assert (np.asarray(back.crops[0].pil()) == np.asarray(NOISE)).all()
    assert (np.asarray(back.image.pil()) == np.asarray(NOISE)).all()
    assert VisualWorkingMemory.model_validate(MEMORY.model_dump()) == MEMORY


@pytest.mark.parametrize("number", [np.float32(0.5), np.float64(0.5), np.int64(3), 3, 0.5])
def test_numbers_of_numpy_survive(number: float) -> None:
    target = FoundTarget(phrase="a", box=Box(number, number, number, number), score=min(number, 1), crop="c")
    back = FoundTarget.model_validate_json(target.model_dump_json())
    assert back == target
    assert back.model_dump_json() == target.model_dump_json()


def test_digests_tell_memories_apart() -> None:
    changes = [
        {"question": "Other?"},
        {"options": None},
        {"targets": ()},
        {"image": MEMORY.image.model_copy(update={"digest": "of another image"})},
    ]
    digests = {MEMORY.model_copy(update=c).digest for c in changes} | {MEMORY.digest}
    assert len(digests) == 5
    assert all(len(d) == 64 for d in digests)


def test_encoders_of_png_may_differ_where_the_image_is_known() -> None:
    other = encode_png(PIL.Image.new("RGB", (5, 5)))
    known = MEMORY.model_copy(update={"image": MEMORY.image.model_copy(update={"digest": "d"})})
    again = known.model_copy(update={"image": known.image.model_copy(update={"png": other})})
    assert again.digest == known.digest
    unknown = MEMORY.image.model_copy(update={"digest": ""})
    images = (unknown, unknown.model_copy(update={"png": other}))
    assert len({MEMORY.model_copy(update={"image": image}).digest for image in images}) == 2


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_pictures_of_any_mode_become_rgb_png(mode: str) -> None:
    png = encode_png(NOISE.convert(mode))
    with PIL.Image.open(io.BytesIO(png)) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (50, 30))
    assert decode_png(png).size == (50, 30)
    assert encode_png(decode_png(png)) == png


def test_look_ups() -> None:
    assert MEMORY.crop("crop-2").box == Box(5, 5, 9, 9)
    assert [t.page for t in MEMORY.found("bell")] == [1, 2]
    assert MEMORY.found("door") == ()
    with pytest.raises(KeyError, match="crop-3"):
        MEMORY.crop("crop-3")


def test_memories_are_frozen_and_strict() -> None:
    with pytest.raises(ValidationError):
        MEMORY.question = "no"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        TextLine(text="a", box=Box(0, 0, 1, 1), extra=1)  # type: ignore[call-arg]
    with pytest.raises(ValidationError):
        Crop(id="a", box=Box(0, 0, 1, 1), png="not base64!")


def test_summary() -> None:
    assert MEMORY.summary().splitlines() == [
        "Wie viel \u20ac?",
        "Image of 400x300 px, 2 pages",
        "+ bell: 30x40 px at (10, 20), page 1, score 0.50, crop-1, reads '12'",
        "+ bell: 0x1000000000 px at (0, 0), page 2, score 0.25, crop-2",
        "- door: not found; 100 % looked at finely enough in 1 look, everything was looked at",
    ]
