"""Lines from a probability map: the same as rapidocr's own post-processing finds, to the pixel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from seal.agents.ocr_lines import lines_of_map

Array = NDArray[np.float32]


def theirs(probability: Array) -> Array:
    """What rapidocr's class finds with the numbers of its config.yaml, and our limit of lines."""
    from rapidocr.ch_ppocr_det.utils import DBPostProcess

    find = DBPostProcess(thresh=0.3, box_thresh=0.5, max_candidates=4000, unclip_ratio=1.6, use_dilation=True)
    quads, _ = find(probability[None, None], probability.shape)
    return np.asarray(quads, np.float32).reshape(-1, 4, 2)


def drawn(seed: int) -> Array:
    """A map with bars of any length, height, slope and probability, some over the edge."""
    random = np.random.default_rng(seed)
    height, width = random.integers(1, 24, 2) * 32
    probability = np.zeros((height, width), np.float32)
    for _ in range(random.integers(1, 50)):
        middle = random.uniform(0, width), random.uniform(0, height)
        size = random.uniform(1, 200), random.uniform(1, 30)
        slope = float(random.choice([0, 0, 90, random.uniform(-90, 90)]))
        corners = cv2.boxPoints((middle, size, slope)).astype(np.int32)
        cv2.fillPoly(probability, [corners], random.uniform(0.2, 1))
    return probability


def blurred(seed: int) -> Array:
    return np.asarray(cv2.GaussianBlur(drawn(seed), (5, 5), 0), np.float32)


def noisy(seed: int) -> Array:
    noise = np.random.default_rng(seed).normal(0, 0.2, (160, 224))
    clear: Any = cv2.resize(drawn(seed), (224, 160))
    return np.clip(clear + noise, 0, 1).astype(np.float32)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("made", [drawn, blurred, noisy])
def test_lines_are_those_of_rapidocr(made: Callable[[int], Array], seed: int) -> None:
    probability = made(seed)
    assert np.array_equal(lines_of_map(probability), theirs(probability))


def test_the_maps_of_this_test_hold_lines() -> None:
    assert sum(len(lines_of_map(made(seed))) for made in (drawn, blurred, noisy) for seed in range(12)) > 80


def test_an_empty_map_holds_no_line() -> None:
    assert lines_of_map(np.zeros((32, 64), np.float32)).shape == (0, 4, 2)


def test_a_bar_becomes_the_line_around_it() -> None:
    probability = np.zeros((64, 256), np.float32)
    probability[20:30, 40:200] = 0.9
    (line,) = lines_of_map(probability)
    (left, top), (right, bottom) = line[0].tolist(), line[2].tolist()
    assert 20 < left < 40 and 200 < right < 220 and 8 < top < 20 and 30 < bottom < 42
    assert [line[1].tolist(), line[3].tolist()] == [[right, top], [left, bottom]]
