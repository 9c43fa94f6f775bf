"""Reads a question: its kind, the type of its answer and the role of every word, by a small network in onnxruntime.

The same network says how alike short texts mean (`Reader.vectors`). No torch is needed.

The weights are trained by `seal train reader` on questions of a grammar (`train/asking.txt`); what kinds and roles
there are stands in `labels`. What was read with little probability says so (`Query.sure`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..text_network import TextNetwork
from .labels import ANSWERS, KINDS, TAGS
from .query import Query, Span, query_of
from .wanted import IN_QUOTES

__all__ = ["Reader", "WEIGHTS", "reader"]

WEIGHTS = Path(__file__).parent / "weights"
"""The folder of the packaged weights: reader.onnx and tokenizer.json."""


MOST_CHARACTERS = 2000
"""Characters of a text that are read; of them the network reads the first 96 pieces of words."""
_ROWS = 32
_TYPES = ANSWERS.index("action")  # the answers before it are types of what can be seen
_OUTPUTS = ["kinds", "tags", "answers", "vectors"]


class Reader:
    """Reads questions. folder: where reader.onnx and tokenizer.json lie. Thread-safe; loaded at the first question."""

    def __init__(self, folder: str | Path = WEIGHTS) -> None:
        self.folder = Path(folder)
        self._network = TextNetwork("reader", folder, _OUTPUTS, threads=1)

    def read(self, question: str) -> Query:
        """What the question asks; of a long one, what its first 96 pieces of words ask.

        Raises AgentError when the weights cannot be read.
        """
        tokenizer, session = self._network.load()
        text = _readable(question)
        encoding = tokenizer.encode(text)
        if len(encoding.ids) < 3 or not any(letter.isalnum() for letter in text):
            return query_of(text, "other", (), 1.0, "none")
        ids = np.array([encoding.ids], np.int64)
        kinds, tags, answers = session.run(_OUTPUTS[:3], {"ids": ids, "mask": np.ones_like(ids)})
        kind = _softmax(kinds[0])
        shares = _softmax(tags[0])[1:-1]  # without the tokens that mark beginning and end
        best = _likeliest(np.log(shares + 1e-9) - _BOLD)
        named = KINDS[int(kind.argmax())]
        spans = [] if named in ("foreign", "other") else _spans(text, encoding.offsets[1:-1], best)
        inside = [float(shares[i, tag]) for i, tag in enumerate(best) if tag and spans]
        sure = float(kind.max()) * (float(np.mean(inside)) if inside else 1.0)
        fixed = {"foreign": "none", "other": "none", "act": "action"}.get(named)
        return query_of(text, named, spans, sure, fixed or ANSWERS[int(answers[0][:_TYPES].argmax())])

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(N, 384) float32: the meaning of each text as a vector of length 1; the product of two is their likeness.

        Raises AgentError when the weights cannot be read.
        """
        tokenizer, session = self._network.load()
        encodings = tokenizer.encode_batch([_readable(text) for text in texts])
        order = sorted(range(len(encodings)), key=lambda i: len(encodings[i].ids))
        found = np.zeros((len(texts), session.get_outputs()[3].shape[-1]), np.float32)
        for rows in (order[i : i + _ROWS] for i in range(0, len(order), _ROWS)):
            ids = np.zeros((len(rows), len(encodings[rows[-1]].ids)), np.int64)
            mask = np.zeros_like(ids)
            for row, i in enumerate(rows):
                ids[row, : len(encodings[i].ids)], mask[row, : len(encodings[i].ids)] = encodings[i].ids, 1
            found[rows] = session.run(["vectors"], {"ids": ids, "mask": mask})[0]
        return found

    def likeness(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(N, N) float32 in [-1, 1]: how alike each two of the texts mean."""
        vectors = self.vectors(texts)
        alike: NDArray[np.float32] = np.clip(vectors @ vectors.T, -1, 1)
        return alike


@cache
def reader() -> Reader:
    """The reader with the packaged weights, one for the process."""
    return Reader()


def _readable(text: str) -> str:
    """What is read of a text: not too much, and nothing that is no character. No place moves by it."""
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text[:MOST_CHARACTERS])


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    odds: NDArray[np.float64] = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    odds /= odds.sum(axis=-1, keepdims=True)
    return odds


_INSIDE = np.array([tag.startswith("I-") for tag in TAGS])
_BOLD = np.where(np.arange(len(TAGS)) == 0, 1.0, 0.0)
"""Taken from the log-probability of no role: a word left out costs more than one too many. Measured from 0 to 3."""
_MAY_FOLLOW = np.array(
    [
        [not _INSIDE[b] or (a > 0 and TAGS[a][2:] == TAGS[b][2:]) for b in range(len(TAGS))]
        for a in range(len(TAGS))
    ]
)
"""(tags, tags) whether the second may follow the first: inside of a role only after the same role."""


def _likeliest(log: NDArray[np.float64]) -> list[int]:
    """The likeliest allowed sequence of tags for (T, tags) log-probabilities (Viterbi)."""
    barred = np.where(_MAY_FOLLOW, 0.0, -1e9)
    best, back = np.where(_INSIDE, -1e9, log[0]), []
    for row in log[1:]:
        ways = best[:, None] + barred
        back.append(ways.argmax(0))
        best = ways.max(0) + row
    path = [int(best.argmax())]
    for step in reversed(back):
        path.append(int(step[path[-1]]))
    return path[::-1]


_QUOTED_ROLES = ("NAME", "VALUE", "ASK", "STATE")


def _with_quotes(question: str, offsets: list[tuple[int, int]], tags: list[int]) -> list[int]:
    """The tags with one role for all that stands between two quotes: the commonest there, a name if there is none."""
    told = list(tags)
    for quoted in IN_QUOTES.finditer(question):
        start, end = quoted.start() + 1, quoted.end() - 1
        inside = [i for i, (a, b) in enumerate(offsets) if start <= a < b <= end]
        roles = Counter(TAGS[tags[i]][2:] for i in inside if TAGS[tags[i]][2:] in _QUOTED_ROLES)
        role = roles.most_common(1)[0][0] if roles else "NAME"
        for i in inside:
            told[i] = TAGS.index(f"{'B' if i == inside[0] else 'I'}-{role}")
    return told


def _spans(question: str, offsets: list[tuple[int, int]], tags: list[int]) -> list[Span]:
    """Neighbouring words of one role; a role never begins within a word."""
    found: list[Span] = []
    last = Span("", "", 0, 0)
    for (start, end), tag in zip(offsets, _with_quotes(question, offsets, tags), strict=True):
        if start == end:
            continue
        within = start == last.end and question[start - 1 : start].isalnum() and question[start].isalnum()
        role = last.role if within else TAGS[tag][2:]
        goes_on = within or bool(_INSIDE[tag]) or question[last.end : start].isspace()
        first = last.start if role == last.role and goes_on else start
        last = Span(role, question[first:end], first, end)
        if found and found[-1].start == first:
            found[-1] = last
        else:
            found.append(last)
    return [span for span in found if span.role]
