"""Extractive question answering: a small network in onnxruntime says which words of a page answer a question.

For every window it tells how probable it is that the window holds the answer as words, that it says yes or no, or
nothing of it (arXiv 1806.03822), and where the words begin and end. It knows nothing of places: what stands beside what
is told by the rows that it is given.

The weights are trained by `seal train extractor`. No torch is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from ...memory.deadline import current
from ..text_network import TextNetwork
from .scores import Extract, PageScores, WindowScores
from .windows import windows_of

__all__ = ["Extract", "Extractor", "KINDS", "MOST_ROWS", "WEIGHTS", "extractor"]

WEIGHTS = Path(__file__).parent / "weights"
"""The folder of the packaged weights: extractor.onnx and tokenizer.json."""
KINDS = ("none", "words", "yes", "no")
"""What a window may say of a question."""
MOST_ROWS = 2000
"""Rows of a page that are read."""
_BATCH = 8
_OUTPUTS = ["starts", "ends", "kinds"]


class Extractor:
    """Finds answers. folder: where extractor.onnx and tokenizer.json lie. Thread-safe; loaded at the first question."""

    def __init__(self, folder: str | Path = WEIGHTS) -> None:
        self.folder = Path(folder)
        self._network = TextNetwork("extractor", folder, _OUTPUTS)

    def find(self, question: str, rows: Sequence[str], most: int = 6) -> list[Extract]:
        """The answers that the rows of a page give, the most probable first, no two of the same place.

        rows, errors: as for `read`.
        """
        return self.read(question, rows).extracts(most)

    def read(self, question: str, rows: Sequence[str]) -> PageScores:
        """What the rows of a page say of a question.

        rows: as they are read, their cells parted by `windows.CELL`. Raises AgentError when the weights cannot be read,
        OutOfTime between two parts of the page when the deadline in force is over.
        """
        tokenizer, session = self._network.load()
        shown = tuple(_readable(row) for row in rows[:MOST_ROWS])
        windows = sorted(windows_of(tokenizer, _readable(question), shown), key=lambda w: len(w.ids))
        said: list[WindowScores] = []
        for few in (windows[i : i + _BATCH] for i in range(0, len(windows), _BATCH)):
            current().check()
            ids = np.zeros((len(few), len(few[-1].ids)), np.int64)
            types, mask = np.zeros_like(ids), np.zeros_like(ids)
            for i, window in enumerate(few):
                ids[i, : len(window.ids)], mask[i, : len(window.ids)] = window.ids, 1
                types[i, window.own : len(window.ids)] = 1
            starts, ends, kinds = session.run(_OUTPUTS, {"ids": ids, "mask": mask, "types": types})
            said += [WindowScores.of(w, k, s, e) for w, k, s, e in zip(few, kinds, starts, ends, strict=True)]
        return PageScores(shown, tuple(said))


@cache
def extractor() -> Extractor:
    """The extractor with the packaged weights, one for the process."""
    return Extractor()


def _readable(text: str) -> str:
    """Characters alone; no place moves by it."""
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text[:2000])
