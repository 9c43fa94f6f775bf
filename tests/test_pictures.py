"""Pictures of results: boxes where they belong, labels beside them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import PIL.Image
import pytest

from seal.memory.geometry import Box
from seal.memory.working import Crop, FoundTarget, GlobalImage, VisualWorkingMemory
from seal.record.pictures import COLORS, draw_boxes
from seal.record.result import Origin, Result
from seal.record.steps import LookStep

GREY = (128, 128, 128)
RED, BLUE = (0xD1, 0x43, 0x1F), (0x16, 0x68, 0xB8)


def blank(size_wh: tuple[int, int] = (640, 400)) -> PIL.Image.Image:
    return PIL.Image.new("RGB", size_wh, GREY)


def changed(image: PIL.Image.Image) -> np.ndarray:
    """(h, w) bool: pixels that are no longer blank."""
    return (np.asarray(image) != np.array(GREY, np.uint8)).any(axis=2)


def result(size_wh: tuple[int, int] = (3200, 2000)) -> Result:
    image = GlobalImage(size_wh=size_wh, png=blank((800, 500)))  # type: ignore[arg-type]
    crop = Crop(id="crop-1", box=Box(380, 380, 240, 140), png=blank((240, 140)))  # type: ignore[arg-type]
    targets = (
        FoundTarget(phrase="trash icon", box=Box(400, 400, 200, 100), score=0.91, crop="crop-1"),
        FoundTarget(phrase="label", box=Box(2400, 1600, 400, 80), score=0.6, crop="crop-1"),
        FoundTarget(phrase="elsewhere", box=Box(0, 0, 3000, 1900), score=0.6, crop="crop-1", page=2),
    )
    memory = VisualWorkingMemory(question="Locate: trash icon", image=image, targets=targets, crops=(crop,))
    looks = (
        LookStep(index=0, box=Box(0, 0, *size_wh), view=Box(0, 0, *size_wh), level=1),
        LookStep(index=1, box=Box(1600, 0, 1600, 1000), view=Box(1600, 0, 1600, 1000), level=2),
        LookStep(index=2, page=2, box=Box(0, 1000, 1600, 1000), view=Box(0, 1000, 1600, 1000), level=2),
    )
    origin = Origin(image_name="a.png", policy="vstar", vqa="v", localizer="l")
    return Result(
        question="", answer="", status="found", confidence=1, memory=memory, origin=origin, steps=looks
    )


def test_a_box_is_framed_and_its_inside_left_alone() -> None:
    marked = changed(draw_boxes(blank(), [Box(200, 150, 60, 40)]))
    assert not marked[150:190, 200:260].any()
    assert marked[149, 200:260].all()
    assert marked[190, 200:260].all()
    assert marked[150:190, 199].all()
    assert marked[150:190, 260].all()


def test_the_original_is_not_touched() -> None:
    image = blank()
    draw_boxes(image, [Box(10, 10, 50, 50)], ["label"])
    assert not changed(image).any()


def test_boxes_are_in_pixels_of_the_full_image() -> None:
    large = draw_boxes(blank(), [Box(2000, 1500, 600, 400)], full_size_wh=(6400, 4000))
    assert np.array_equal(large, draw_boxes(blank(), [Box(200, 150, 60, 40)]))


@pytest.mark.parametrize(
    "box",
    [
        Box(0, 0, 60, 40),
        Box(580, 0, 60, 40),
        Box(0, 360, 60, 40),
        Box(580, 360, 60, 40),
        Box(0, 0, 640, 200),
        Box(0, 0, 300, 400),
        Box(300, 200, 1, 1),
    ],
)
def test_a_label_stays_inside_and_off_its_box(box: Box) -> None:
    with_label = changed(draw_boxes(blank(), [box], ["a label of some length 0.97"]))
    without = changed(draw_boxes(blank(), [box]))
    x0, y0, x1, y1 = (round(v) for v in box.xyxy)
    assert with_label.sum() - without.sum() > 1500  # all of it is there
    assert np.array_equal(with_label[y0:y1, x0:x1], without[y0:y1, x0:x1])


def test_labels_cover_neither_other_boxes_nor_each_other() -> None:
    boxes = [Box(100 + 45 * i, 100 + 34 * j, 40, 28) for i in range(6) for j in range(4)]
    labels = [f"thing {i} 0.50" for i in range(len(boxes))]
    drawn = np.asarray(draw_boxes(blank((900, 600)), boxes, labels, colors=["#00ff00"] * len(boxes)))
    for box in boxes:
        x0, y0, x1, y1 = (round(v) for v in box.xyxy)
        inside = drawn[y0:y1, x0:x1]
        filled = (inside == np.array([0, 255, 0])).all(axis=2)
        assert filled.mean() < 0.25  # leader lines may cross, labels may not


def test_a_box_over_everything_still_gets_its_label() -> None:
    drawn = changed(draw_boxes(blank(), [Box(0, 0, 640, 400)], ["the whole page"]))
    assert drawn.sum() > 1000


@pytest.mark.parametrize("label", ["", "  ", "long " * 300, "two\nlines", "日本語 ✓ \u202e x", "<b>&</b>"])
def test_any_text_can_be_a_label(label: str) -> None:
    assert draw_boxes(blank(), [Box(100, 100, 40, 40)], [label]).size == (640, 400)


@pytest.mark.parametrize(
    "box", [Box(-50, -50, 20, 20), Box(700, 500, 40, 40), Box(630, 390, 100, 100), Box(5, 5, 0, 0)]
)
def test_boxes_at_and_over_the_border(box: Box) -> None:
    assert draw_boxes(blank(), [box], ["label"]).size == (640, 400)


def test_a_tiny_picture() -> None:
    assert draw_boxes(blank((5, 4)), [Box(1, 1, 2, 2)], ["label"]).size == (5, 4)


def test_result_shows_targets_and_visited_patches_of_its_page() -> None:
    picture = result().picture()
    assert picture.size == (800, 500)
    pixels = np.asarray(picture)
    assert tuple(pixels[98, 120]) == RED  # above the first target, (400, 400, 200, 100) / 4
    assert tuple(pixels[398, 650]) == BLUE
    assert tuple(pixels[100, 400]) not in (GREY, tuple(pixels[100, 402]))  # left edge of the second patch
    assert tuple(pixels[430, 399]) == GREY  # nothing of page 2
    assert COLORS[0] == "#d1431f"


def test_result_is_scaled_down_to_max_side() -> None:
    assert result().picture(max_side=400).size == (400, 250)
    assert result().picture(max_side=400).size == (400, 250)


def test_the_same_result_gives_the_same_picture() -> None:
    for one, other in combinations([result().picture() for _ in range(2)], 2):
        assert one.tobytes() == other.tobytes()
