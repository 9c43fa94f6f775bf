"""Pieces of the samples of the nano VQA model: answers about whole pages, chosen widgets, views with jitter."""

from __future__ import annotations

import re
from random import Random

import numpy as np
from numpy.typing import NDArray

from ..agents.nano_vqa.prompts import VIEW
from .vqa_data import RIM, SIDE, PageRecord

__all__ = ["asks_dialog", "chosen_words", "jittered", "page_answer", "small"]


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
