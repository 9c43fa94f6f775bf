"""What the network says of one page, window by window: the likeliest words, and how likely given words are.

A window's probabilities: that it holds the answer as words, says yes or says no, and, for each of its pieces, that the
words begin or end there. Words are as likely as their window holds the answer, times what falls on them of the
beginnings and of the ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...memory.typed import same_value, typed, values_in
from .windows import Window

__all__ = ["Extract", "PageScores", "WindowScores", "spans_of"]

_LONGEST = 40
"""Pieces of words of an answer."""
_STARTS = 4
"""Places of a window where an answer may begin that are looked at."""
_COVERED = 0.6
"""Share of the words with a meaning that a row must hold to say what a longer text says."""
_SMALL = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be because by for from has have he her his if in is it its not of on or she so that the "
        "their there they this to was were will with",
    )
)
_WORD = re.compile(r"\w+(?:[.,:]\d+)*")


@dataclass(frozen=True, slots=True)
class Extract:
    """An answer. text: words of the page, or "yes" or "no". row, start, end: where they stand, characters of the row,
    half-open; of yes and no the words that it rests on. sure: probability in [0, 1]."""

    text: str
    row: int
    start: int
    end: int
    sure: float


@dataclass(frozen=True, eq=False, slots=True)
class WindowScores:
    """kinds: (4,) float64, probabilities of `extractor.KINDS`. starts, ends: (T,) float64, of the pieces, 0 where an
    answer can't begin or end."""

    window: Window
    kinds: NDArray[np.float64]
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        window: Window,
        kinds: NDArray[np.float32],
        starts: NDArray[np.float32],
        ends: NDArray[np.float32],
    ) -> WindowScores:
        """From the logits of the network; those of starts and ends may be padded."""
        own = np.array([place is not None for place in window.places])
        before = _softmax(np.where(own, starts[: len(own)], -1e4))
        return cls(window, _softmax(kinds), before, _softmax(np.where(own, ends[: len(own)], -1e4)))


@dataclass(frozen=True, slots=True)
class PageScores:
    """rows: of the page, as they were read. windows: what each of them says."""

    rows: tuple[str, ...]
    windows: tuple[WindowScores, ...]

    def extracts(self, most: int = 6) -> list[Extract]:
        """The answers, the most probable first, no two of the same place."""
        found = [extract for window in self.windows for extract in _extracts(window, self.rows)]
        chosen: list[Extract] = []
        for extract in sorted(found, key=lambda e: -e.sure):
            if not any(_same(extract, c) for c in chosen):
                chosen.append(extract)
            if len(chosen) == most:
                break
        return chosen

    def by_row(self) -> dict[int, float]:
        """Row -> how probable it is that the answer begins in it, in the window that is surest of it."""
        found: dict[int, float] = {}
        for scores in self.windows:
            begins: dict[int, float] = {}
            for place, share in zip(scores.window.places, scores.starts.tolist(), strict=True):
                if place is not None:
                    begins[place[0]] = begins.get(place[0], 0.0) + share
            for row, share in begins.items():
                found[row] = max(found.get(row, 0.0), float(scores.kinds[1]) * share)
        return found

    def of(self, texts: Sequence[str]) -> list[Extract | None]:
        """For each text the place where it is likeliest the answer, or a part of it; None where no row says it.

        A row says a text in its words, as the same value, or in most of those words of it that mean something.
        """
        best: list[Extract | None] = [None] * len(texts)
        spans = [{i: there for i, row in enumerate(self.rows) if (there := spans_of(t, row))} for t in texts]
        for scores in self.windows:
            pieces: dict[int, list[tuple[int, int, int]]] = {}
            for i, place in enumerate(scores.window.places):
                if place is not None:
                    pieces.setdefault(place[0], []).append((i, place[1], place[2]))
            for number, held_in in enumerate(spans):
                for row in held_in.keys() & pieces.keys():
                    for start, end in held_in[row]:
                        on = [i for i, first, last in pieces[row] if first < end and last > start]
                        sure = float(scores.kinds[1] * scores.starts[on].sum() * scores.ends[on].sum())
                        held = best[number]
                        if on and (held is None or sure > held.sure):
                            best[number] = Extract(self.rows[row][start:end], row, start, end, sure)
        return best


def spans_of(text: str, row: str) -> list[tuple[int, int]]:
    """Where a row says a text: first and last character, half-open."""
    told, there = [w for w, _, _ in _words(text)], list(_words(row))
    if not told:
        return []
    exact = [
        (there[i][1], there[i + len(told) - 1][2])
        for i in range(len(there) - len(told) + 1)
        if [w for w, _, _ in there[i : i + len(told)]] == told
    ]
    if not exact and typed(text).kind != "text":
        return [
            v.span for v in values_in(row) if same_value(v.text, text)
        ]  # "14 Mar 2025" of "14 March 2025"
    meant = set(told) - _SMALL
    if exact or len(meant) < 2:
        return exact
    hit = [(w, start, end) for w, start, end in there if w in meant]
    if len({w for w, _, _ in hit}) < _COVERED * len(meant):
        return []
    return [(hit[0][1], hit[-1][2])]


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    for found in _WORD.finditer(text):
        yield found[0].casefold(), found.start(), found.end()


def _extracts(scores: WindowScores, rows: Sequence[str]) -> list[Extract]:
    """What one window says: the likeliest words, and yes or no with the words that it rests on."""
    places, share, found = scores.window.places, scores.kinds, list[Extract]()
    for start in np.argsort(scores.starts)[::-1][:_STARTS].tolist():
        place = places[start]
        if place is None:
            continue
        row, first, _ = place
        last, best = -1, 0.0
        for end in range(start, min(start + _LONGEST, len(places))):
            stop = places[end]
            if stop is None or stop[0] != row:
                break
            if scores.ends[end] > best:
                last, best = stop[2], float(scores.ends[end])
        if last > first:
            sure = float(share[1] * scores.starts[start] * best)
            found.append(Extract(rows[row][first:last], row, first, last, sure))
    if found:
        rests = max(found, key=lambda e: e.sure)
        found += [
            Extract(said, rests.row, rests.start, rests.end, float(p))
            for said, p in (("yes", share[2]), ("no", share[3]))
        ]
    return found


def _same(a: Extract, b: Extract) -> bool:
    """Whether two answers are one: yes and no by what they say, words by where they stand."""
    if a.text in ("yes", "no") or b.text in ("yes", "no"):
        return a.text == b.text
    return a.row == b.row and a.start < b.end and b.start < a.end


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    odds: NDArray[np.float64] = np.exp(logits.astype(np.float64) - logits.max())
    odds /= odds.sum()
    return odds
