"""Pieces of the samples of the nano VQA model.

Their kinds and shares, words for sides, answers about whole pages, chosen widgets, views with jitter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from ..agents.nano_vqa.prompts import VIEW
from ..memory.listed import listed
from .vqa_data import RIM, SIDE, PageRecord

__all__ = [
    "DIRECTIONS",
    "FURTHER",
    "SHOWN",
    "Sample",
    "VIEWED",
    "WORDED",
    "asks_dialog",
    "chosen_words",
    "jittered",
    "page_answer",
    "small",
]

WORDED: dict[str, float] = {
    "show": 0.52,
    "relation": 0.12,
    "count": 0.02,
    "presence": 0.03,
    "badge": 0.05,
    "value": 0.14,
    "chosen": 0.09,
    "where": 0.03,
}
"""Kinds of samples that need no view, with their shares."""
VIEWED: dict[str, float] = {
    "colour": 0.12,
    "state": 0.32,
    "kind": 0.24,
    "describe": 0.16,
    "page": 0.1,
    "describe page": 0.06,
}
"""Kinds of samples with a view, with their shares."""
SHOWN = listed("""
    colour, state, chosen, side, height, relation, badge, value, count, presence, kind, page
    """)
"""Kinds of phrasings that Show is trained on."""
DIRECTIONS = {
    "left": ("left of", "to the left of", "on the left of", "further left than"),
    "right": ("right of", "to the right of", "on the right of", "further right than"),
    "above": ("above", "over", "higher than", "higher up than"),
    "below": ("below", "under", "underneath", "lower than", "lower down than"),
}
FURTHER = {
    "left": ("on the left side of", "on the left-hand side of", "left from", "more to the left than"),
    "right": ("on the right side of", "on the right-hand side of", "right from", "more to the right than"),
    "above": ("on top of", "further up than", "up from", "at a higher place than"),
    "below": ("beneath", "further down than", "down from", "at a lower place than"),
}


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """What is asked, seen and right. view: (48, 48, 3) uint8, or None."""

    kind: str
    prompt: str
    answer: str
    view: NDArray[np.uint8] | None = None
    question: str = ""


def asks_dialog(asked: str) -> bool:
    """Whether a question about the whole page is about a dialog."""
    return re.search(r"dialog|modal|pop-up|covered|hidden", asked) is not None


def page_answer(asked: str, record: PageRecord) -> str:
    """The answer to a question about the whole page."""
    if asks_dialog(asked):
        return "yes" if record.dialog else "no"
    dark, light = "dark" in asked, "light" in asked
    if dark and light:
        return "dark" if record.dark else "light"
    if dark or light:
        return "yes" if dark == record.dark else "no"
    return record.kind


def chosen_words(rng: Random) -> tuple[str, str, list[tuple[str, str]]]:
    """(what, name, fills of the template) of a question about the chosen one of several widgets."""
    what = rng.choice(("tab", "menu item", "radio"))
    state = rng.choice(("selected", "selected", "active", "highlighted", "chosen"))
    word = {"tab": "tab", "radio": "radio button"}.get(what) or rng.choice(("menu item", "menu entry"))
    return what, state, [("s", state), ("k", word)]


def jittered(stored: NDArray[np.uint8], rng: Random | None) -> NDArray[np.uint8]:
    """The view of a stored one: its middle; with rng shifted and scaled by up to its rim."""
    side, x, y = SIDE - 2 * RIM, RIM, RIM
    if rng is not None:
        side = rng.randint(SIDE - 3 * RIM, SIDE)
        x, y = rng.randint(0, SIDE - side), rng.randint(0, SIDE - side)
    return small(stored[y : y + side, x : x + side])


def small(view: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A stored view as the model sees it: 48 x 48."""
    import cv2

    return np.asarray(cv2.resize(np.asarray(view), (VIEW, VIEW), interpolation=cv2.INTER_AREA), np.uint8)
