"""Extractive question answering: a small network in onnxruntime says which words of a page answer a question.

For every window it tells how probable it is that the window holds the answer as words, that it says yes or no, or
nothing of it (arXiv 1806.03822), and where the words begin and end. It knows nothing of places: what stands beside what
is told by the rows that it is given.

The weights are trained by `seal train extractor`. No torch is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...memory.deadline import current
from ..text_network import TextNetwork
from .windows import Window, windows_of

__all__ = ["Extract", "Extractor", "KINDS", "MOST_ROWS", "WEIGHTS", "extractor"]

WEIGHTS = Path(__file__).parent / "weights"
"""The folder of the packaged weights: extractor.onnx and tokenizer.json."""
KINDS = ("none", "words", "yes", "no")
"""What a window may say of a question."""
MOST_ROWS = 2000
"""Rows of a page that are read."""
_LONGEST = 40
"""Pieces of words of an answer."""
_BATCH = 8
_OUTPUTS = ["starts", "ends", "kinds"]


@dataclass(frozen=True, slots=True)
class Extract:
    """An answer. text: words of the page, or "yes" or "no". row, start, end: where they stand, characters of the row,
    half-open; of yes and no the words that it rests on. sure: probability in [0, 1]."""

    text: str
    row: int
    start: int
    end: int
    sure: float


class Extractor:
    """Finds answers. folder: where extractor.onnx and tokenizer.json lie. Thread-safe; loaded at the first question."""

    def __init__(self, folder: str | Path = WEIGHTS) -> None:
        self.folder = Path(folder)
        self._network = TextNetwork("extractor", folder, _OUTPUTS)

    def find(self, question: str, rows: Sequence[str], most: int = 6) -> list[Extract]:
        """The answers that the rows of a page give, the most probable first, no two of the same place.

        rows: as they are read, their cells parted by `windows.CELL`. Raises AgentError when the weights cannot be read,
        OutOfTime between two parts of the page when the deadline in force is over.
        """
        tokenizer, session = self._network.load()
        shown = [_readable(row) for row in rows[:MOST_ROWS]]
        windows = windows_of(tokenizer, _readable(question), shown)
        windows.sort(key=lambda w: len(w.ids))
        found: list[Extract] = []
        for few in (windows[i : i + _BATCH] for i in range(0, len(windows), _BATCH)):
            current().check()
            ids = np.zeros((len(few), len(few[-1].ids)), np.int64)
            types, mask = np.zeros_like(ids), np.zeros_like(ids)
            for i, window in enumerate(few):
                ids[i, : len(window.ids)], mask[i, : len(window.ids)] = window.ids, 1
                types[i, window.own : len(window.ids)] = 1
            starts, ends, kinds = session.run(_OUTPUTS, {"ids": ids, "mask": mask, "types": types})
            for i, window in enumerate(few):
                found += _extracts(window, shown, starts[i], ends[i], kinds[i])
        return _best(found, most)


@cache
def extractor() -> Extractor:
    """The extractor with the packaged weights, one for the process."""
    return Extractor()


def _extracts(
    window: Window,
    rows: Sequence[str],
    starts: NDArray[np.float32],
    ends: NDArray[np.float32],
    kinds: NDArray[np.float32],
    most: int = 4,
) -> list[Extract]:
    """What one window says: the likeliest words, and yes or no with the words that it rests on."""
    own = np.array([place is not None for place in window.places])
    share = _softmax(kinds)
    before = _softmax(np.where(own, starts[: len(own)], -1e4))
    after = _softmax(np.where(own, ends[: len(own)], -1e4))
    found: list[Extract] = []
    for start in np.argsort(before)[::-1][:most].tolist():
        place = window.places[start]
        if place is None:
            continue
        row, first, _ = place
        last, best = -1, 0.0
        for end in range(start, min(start + _LONGEST, len(window.places))):
            stop = window.places[end]
            if stop is None or stop[0] != row:
                break
            if after[end] > best:
                last, best = stop[2], float(after[end])
        if last > first:
            sure = float(share[1] * before[start] * best)
            found.append(Extract(rows[row][first:last], row, first, last, sure))
    if found:
        rests = max(found, key=lambda e: e.sure)
        found += [
            Extract(said, rests.row, rests.start, rests.end, float(p))
            for said, p in (("yes", share[2]), ("no", share[3]))
        ]
    return found


def _best(found: Sequence[Extract], most: int) -> list[Extract]:
    chosen: list[Extract] = []
    for extract in sorted(found, key=lambda e: -e.sure):
        same = (
            extract.text == c.text
            if extract.text in ("yes", "no") or c.text in ("yes", "no")
            else extract.row == c.row and extract.start < c.end and c.start < extract.end
            for c in chosen
        )
        if not any(same):
            chosen.append(extract)
        if len(chosen) == most:
            break
    return chosen


def _readable(text: str) -> str:
    """Characters alone; no place moves by it."""
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text[:2000])


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    odds: NDArray[np.float64] = np.exp(logits.astype(np.float64) - logits.max())
    odds /= odds.sum()
    return odds
