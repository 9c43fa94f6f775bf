"""Box conventions: worked examples of each, round trips, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal.memory.conventions import CONVENTIONS, Convention, convention, from_box, to_box, to_patch
from seal.memory.errors import ReplyError, SettingError
from seal.memory.geometry import Box

PATCH = Box(100, 50, 640, 360)
WANT = Box(260, 140, 320, 90)  # in the patch: x 160..480 of 640, y 90..180 of 360


@pytest.mark.parametrize(
    ("which", "values", "input_wh"),
    [
        ("xyxy_px_resized", (252, 126, 756, 252), (1008, 504)),
        ("xyxy_1000", (250, 250, 750, 500), None),
        ("yxyx_1000", (250, 250, 500, 750), None),
        ("yxyx_1024_loc", (256, 256, 512, 768), None),
        ("xyxy_1000_loc", (250, 250, 750, 500), None),
        ("xyxy_999_det", (249.75, 249.75, 749.25, 499.5), None),
        ("xyxy_unit", (0.25, 0.25, 0.75, 0.5), None),
        ("xyxy_unit_letterboxed", (0.25, (140 + 90) / 640, 0.75, (140 + 180) / 640), None),
        ("xyxy_unit_letterboxed", (0.25, (140 + 90) / 640, 0.75, (140 + 180) / 640), (336, 336)),
        ("xyxy_100", (25, 25, 75, 50), None),
        ("yxyx_px_text", (125, 200, 250, 600), (800, 500)),
        ("detector_px", (160, 90, 480, 180), None),
        ("xywh_px", (160, 90, 320, 90), None),
        ("cxcywh_unit", (0.5, 0.375, 0.5, 0.25), None),
        ("cxcywh_unit_padded", (0.5, 135 / 640, 0.5, 90 / 640), None),
        ("xyxy_px_letterboxed", (80, (320 - 180) / 2 + 45, 240, 70 + 90), (320, 320)),
        ("xyxy_px_letterboxed", (80, 6 + 45, 240, 6 + 90), (320, 192)),
    ],
)
def test_one_box_in_every_convention(
    which: str, values: tuple[float, ...], input_wh: tuple[int, int] | None
) -> None:
    assert to_box(values, which, PATCH, input_wh).xywh == pytest.approx(WANT.xywh)
    assert from_box(WANT, which, PATCH, input_wh) == pytest.approx(values)
    assert to_box(np.array(values, np.float32), which, PATCH, input_wh).xywh == pytest.approx(
        WANT.xywh, abs=1e-3
    )


@pytest.mark.parametrize(
    ("which", "values"),
    [("point_percent", (50, 37.5)), ("point_1000", (500, 375)), ("point_unit", (0.5, 0.375))],
)
def test_points(which: str, values: tuple[float, ...]) -> None:
    assert to_box(values, which, PATCH) == Box(420, 185, 0, 0)
    assert from_box(WANT, which, PATCH) == pytest.approx(values)


def test_every_convention_is_in_the_tests_above() -> None:
    assert set(CONVENTIONS) == {c.id for c in CONVENTIONS.values()}
    assert len(CONVENTIONS) == 18
    assert all(c.example for c in CONVENTIONS.values())
    assert {c.id for c in CONVENTIONS.values() if c.needs_input} == {
        "xyxy_px_resized",
        "yxyx_px_text",
        "xyxy_px_letterboxed",
    }


SIDES = st.floats(4, 5000)
SHARES = st.floats(0, 1)


@given(
    which=st.sampled_from(sorted(CONVENTIONS)),
    patch=st.builds(Box, st.floats(0, 9000), st.floats(0, 9000), SIDES, SIDES),
    shares=st.tuples(SHARES, SHARES, SHARES, SHARES),
    input_wh=st.tuples(st.integers(28, 2000), st.integers(28, 2000)),
)
def test_round_trip(
    which: str, patch: Box, shares: tuple[float, float, float, float], input_wh: tuple[int, int]
) -> None:
    (u0, u1), (v0, v1) = sorted(shares[:2]), sorted(shares[2:])
    box = Box.from_xyxy(
        patch.x + u0 * patch.width,
        patch.y + v0 * patch.height,
        patch.x + u1 * patch.width,
        patch.y + v1 * patch.height,
    )
    back = to_box(from_box(box, which, patch, input_wh), which, patch, input_wh)
    want = (*box.center, 0, 0) if convention(which).order == "point" else box.xywh
    assert back.xywh == pytest.approx(want, abs=1e-6 * 15000)


def test_vectors_clipping_and_order_of_corners() -> None:
    boxes = to_patch([[500, 500, 250, 250], [-100, 0, 2000, 1000]], "xyxy_1000", (640, 360))
    assert boxes.tolist() == [[160, 90, 320, 180], [0, 0, 640, 360]]
    assert to_patch([], "xyxy_1000", (640, 360)).shape == (0, 4)
    assert to_patch(np.zeros((0, 2)), "point_1000", (640, 360)).shape == (0, 4)
    own = Convention("mine", "yxyx", 10, "original")
    assert to_box([0, 5, 5, 10], own, Box(0, 0, 100, 100)) == Box(50, 0, 50, 50)


@pytest.mark.parametrize(
    "values", [[1, 2, 3], [1, 2], [], [1, 2, 3, float("nan")], [1, 2, 3, float("inf")], list("abcd")]
)
def test_replies_that_are_no_boxes(values: list[float]) -> None:
    with pytest.raises(ReplyError, match="xyxy_1000") as caught:
        to_box(values, "xyxy_1000", PATCH) if values else to_patch([[]] * 2 + [[1]], "xyxy_1000", (640, 360))
    assert "\n" not in str(caught.value)


def test_settings_that_do_not_do() -> None:
    with pytest.raises(SettingError, match=r"'qwen'; known are cxcywh_unit, .*yxyx_px_text"):
        to_box([1, 2, 3, 4], "qwen", PATCH)
    with pytest.raises(SettingError, match="size of the model's input"):
        to_box([1, 2, 3, 4], "xyxy_px_resized", PATCH)
    with pytest.raises(SettingError, match="patch with an area"):
        from_box(WANT, "xyxy_unit", Box(0, 0, 0, 10))
