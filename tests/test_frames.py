"""Frames: both ways through every one of them, and no rounding that leaves what it names."""

from __future__ import annotations

import random
from typing import Any

import pytest

from seal import Box, Frame
from seal.memory.errors import SettingError

SIZE = (1920, 1080)
BOX = Box(300, 200, 40, 18)
FRAMES: dict[Any, tuple[str, tuple[float, ...], tuple[float, float]]] = {
    None: ("pixels", (300, 200, 340, 218), (320, 209)),
    "px": ("pixels", (300, 200, 340, 218), (320, 209)),
    "960x540": ("960x540", (150, 100, 170, 109), (160, 104)),
    "1568 x 882": ("1568x882", (245, 164, 277, 178), (261, 171)),
    "0-1": ("0-1", (0.1563, 0.1852, 0.177, 0.2018), (0.1667, 0.1935)),
    "normalised": ("0-1", (0.1563, 0.1852, 0.177, 0.2018), (0.1667, 0.1935)),
    "0-1000": ("0-1000", (157, 186, 177, 201), (167, 194)),
    "0-100": ("0-100", (15.7, 18.6, 17.7, 20.1), (16.7, 19.4)),
    "@2x": ("@2x", (150, 100, 170, 109), (160, 104)),
    "2x": ("@2x", (150, 100, 170, 109), (160, 104)),
    "[100, 100, 500, 500]": ("pixels of [100, 100, 500, 500]", (200, 100, 240, 118), (220, 109)),
    (100, 100, 500, 500): ("pixels of [100, 100, 500, 500]", (200, 100, 240, 118), (220, 109)),
    Box(100, 100, 400, 400): ("pixels of [100, 100, 500, 500]", (200, 100, 240, 118), (220, 109)),
    "800x800 of [100, 100, 500, 500]": (
        "800x800 of [100, 100, 500, 500]",
        (400, 200, 480, 236),
        (440, 218),
    ),
}


@pytest.mark.parametrize("spec", FRAMES, ids=str)
def test_a_place_in_every_frame(spec: Any) -> None:
    name, box, click = FRAMES[spec]
    frame = Frame.of(spec, SIZE)
    assert (frame.name, frame.box_of(BOX), frame.point_of(BOX.center, BOX)) == (name, box, click)
    assert Frame.of(frame.name, SIZE) == frame
    assert BOX.contains(frame.to_image(box), slack=1e-6)
    x, y = frame.point_to_image(click)
    assert BOX.coverage(Box(x, y, 0, 0)) == 1.0


@pytest.mark.parametrize(
    "spec", [None, "700x394", "0-1", "0-100", "0-1000", "@3x", "64x36", "0-999 of [5, 5, 905, 605]"]
)
def test_no_rounding_leaves_the_element(spec: str | None) -> None:
    frame, rng = Frame.of(spec, SIZE), random.Random(7)
    for _ in range(300):
        box = Box(rng.uniform(6, 800), rng.uniform(6, 500), rng.uniform(0.5, 60), rng.uniform(0.5, 30))
        told, click = frame.box_of(box), frame.point_of(box.center, box)
        assert told[0] < told[2] and told[1] < told[3]
        assert box.contains(frame.to_image(told), slack=1e-6), (box, told)
        x, y = frame.point_to_image(click)
        assert box.x - 1e-6 <= x < box.x + box.width and box.y - 1e-6 <= y < box.y + box.height, (box, click)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("1568x1568", 'for example "1568x882"'),
        ("foo", "There is no frame 'foo'"),
        ("0-0", "There is no frame"),
        ("@99x", "There is no frame"),
        (7, "There is no frame 7"),
        (b"px", "There is no frame"),
        ("[5000, 0, 6000, 10]", "outside the image of 1920x1080"),
        ("pixels of [10, 10, 10, 50]", "empty or outside"),
        ("x" * 300, "There is no frame"),
    ],
)
def test_a_frame_that_does_not_fit(spec: Any, said: str) -> None:
    with pytest.raises(SettingError, match=said.replace("[", r"\[")) as caught:
        Frame.of(spec, SIZE)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


def test_a_frame_of_another_image_is_refused() -> None:
    frame = Frame.of("0-1000", (800, 600))
    with pytest.raises(SettingError, match="belongs to an image of 800x600"):
        Frame.of(frame, SIZE)
    assert Frame.of(frame.name, SIZE).units_wh == (1000, 1000)


@pytest.mark.parametrize(
    "region", [[1, 2, 3], [0, 0, float("nan"), 4], "abcd", [10, 10, 5, 20], [0, 0, None, 5], 5]
)
def test_a_region_is_four_numbers_in_order(region: Any) -> None:
    with pytest.raises(SettingError, match=r"A region is"):
        Frame.of(None, SIZE).to_image(region)


@pytest.mark.parametrize("point", [(-1, 5), (5, 1081), (1921, 0)])
def test_a_point_outside_the_frame_is_refused(point: tuple[float, float]) -> None:
    with pytest.raises(SettingError, match="lies outside the frame"):
        Frame.of(None, SIZE).point_to_image(point)
