"""From a sentence about a place to a phrase or a map."""

from __future__ import annotations

import numpy as np
import pytest

from seal.search.context import context_phrase, direction_map, noun_phrases


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("on the wooden desk", ["wooden desk"]),
        ("near the window and the door", ["window", "door"]),
        ("close to the rack, by a shelf or in the corner", ["rack", "shelf", "corner"]),
        ("", []),
        ("on the", []),
    ],
)
def test_noun_phrases(text: str, phrases: list[str]) -> None:
    assert noun_phrases(text) == phrases


@pytest.mark.parametrize(
    ("sentence", "phrase"),
    [
        ("The mug is most likely to appear on the wooden desk.", "wooden desk"),
        (
            "The mug is most likely to appear near the window and the door",
            "region near the window and the door",
        ),
        ("The mug is most likely to appear close to the mug rack.", "rack"),
        ("toolbar", "toolbar"),
        ("", ""),
    ],
)
def test_context_phrase(sentence: str, phrase: str) -> None:
    assert context_phrase(sentence, "mug") == phrase


@pytest.mark.parametrize(
    ("phrase", "brightest"),
    [
        ("bottom of the page", (15, slice(None))),
        ("upper left corner", (0, 0)),
        ("right side", (slice(None), 15)),
        ("the bottom right of the form", (15, 15)),
    ],
)
def test_directions_become_maps(phrase: str, brightest: tuple[int, int]) -> None:
    grid = direction_map(phrase)
    assert grid is not None and grid.shape == (16, 16)
    assert np.all(grid[brightest] == grid.max()) and grid.min() < grid.max()


@pytest.mark.parametrize("phrase", ["wooden desk", "left of the toolbar", "", "table row"])
def test_other_places_are_left_to_the_localizer(phrase: str) -> None:
    assert direction_map(phrase) is None
