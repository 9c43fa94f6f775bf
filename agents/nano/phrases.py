"""What words say of an icon, in the space of its pictures, and how probable it is that a picture shows what they say.

- A phrase is the sum of the vectors of its words and of its pairs of neighbouring words, out of a table; one with a
  word that the table lacks is not understood. No network, no torch.
- A picture shows what a phrase says when it is more like it than like the other names of icons (`names`): this margin,
  and the likeness itself, are turned into a probability, fitted on icon sets and words that the training never saw.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...memory.errors import AgentError

__all__ = ["PICTURES", "Phrases", "Table", "load_phrases", "packed", "tokens"]

PICTURES = Path(__file__).parent / "pictures.safetensors"
"""The file of the network of pictures and of the table of words, in the format of `pictures`."""
FORMAT = "seal-nano-pictures-1"
MOST_WORDS = 6
"""Words of a phrase that are used, the first ones."""
_SMALL = frozenset(
    ("a", "an", "the", "of", "for", "with", "to", "in", "on", "and", "or", "like", "shaped", "small")
)
"""Words that may be unknown: they say nothing of how an icon looks."""
_ALIKE = 0.55
"""Likeness of a name to a phrase from which it is no other name."""

Vectors = NDArray[np.float32]
Codes = NDArray[np.uint8]
Scales = NDArray[np.float16]


def tokens(words: str) -> list[str]:
    """The words of a phrase, lower case."""
    return re.findall(r"[a-z0-9+#&]+", words.casefold())


def packed(vectors: Vectors) -> tuple[Codes, Scales]:
    """Vectors (N, D) in four bits a number: codes (N, D / 2) uint8, scales (N,) float16."""
    scales = np.maximum(np.abs(vectors).max(1, initial=1e-4) / 7.5 * 0.85, 1e-4).astype(np.float16)
    levels = np.clip(np.round(vectors / scales[:, None].astype(np.float32) + 7.5), 0, 15).astype(np.uint8)
    return levels[:, ::2] << 4 | levels[:, 1::2], scales


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """Vectors by word. rows: word -> row. codes, scales: as `packed` gives them."""

    rows: Mapping[str, int]
    codes: Codes
    scales: Scales

    def sum(self, words: Sequence[str]) -> Vectors:
        """(D,) float32: the vectors of those words that are known, added."""
        rows = [self.rows[w] for w in words if w in self.rows]
        codes = self.codes[rows]
        levels = (
            np.stack((codes >> 4, codes & 15), 2).reshape(len(rows), 2 * codes.shape[1]).astype(np.float32)
            - 7.5
        )
        total: Vectors = (levels * self.scales[rows, None].astype(np.float32)).sum(0)
        return total


@dataclass(frozen=True, eq=False, slots=True)
class Phrases:
    """The words for icons. names: what an icon may be called where nobody asks for one. likenesses: (names, D) float32
    of length 1, theirs. sharpness: of the likenesses in training. weights: of the probability (`chances`).
    """

    words: Table
    pairs: Table
    names: tuple[str, ...]
    likenesses: Vectors
    sharpness: float
    weights: tuple[float, ...]

    def unknown(self, phrase: str) -> list[str]:
        """Words of a phrase that are not in the table."""
        said = tokens(phrase)
        return (
            [w for w in said if _known(w, self.words.rows) is None and w not in _SMALL] if said else [phrase]
        )

    def vector(self, phrase: str) -> Vectors:
        """(D,) float32 of length 1; zero where no word is known."""
        return _unit(self._sum(phrase))

    def chances(self, pictures: Vectors, phrase: str) -> NDArray[np.float64]:
        """(N,) how probable it is that each picture (N, D) shows what the phrase says, in [0, 1]."""
        return _logistic(self.features(pictures, phrase) @ np.array(self.weights))

    def features(self, pictures: Vectors, phrase: str) -> NDArray[np.float64]:
        """(N, 3): the margin over other names in log-odds, the likeness, and 1."""
        said = self.vector(phrase)
        pictures = pictures.astype(np.float32)
        near = self.likenesses @ said
        others = self.likenesses[near < _ALIKE]
        likeness = pictures @ said
        rivals = self.sharpness * (pictures @ others.T)
        top = rivals.max(1, initial=-1e3)
        whole = top + np.log(np.exp(rivals - top[:, None]).sum(1) + 1e-9)
        margin = self.sharpness * likeness - whole
        return np.stack([margin, likeness, np.ones_like(margin)], 1).astype(np.float64)

    def named(self, picture: Vectors, most: int = 3) -> list[tuple[str, float]]:
        """The names that a picture (D,) is most like, with their shares among all names."""
        odds = self.sharpness * (self.likenesses @ picture.astype(np.float32))
        shares = np.exp(odds - odds.max())
        shares /= shares.sum()
        return [(self.names[i], float(shares[i])) for i in np.argsort(-shares)[:most].tolist()]

    def _sum(self, phrase: str) -> Vectors:
        said = [_known(w, self.words.rows) or w for w in tokens(phrase)][:MOST_WORDS]
        return self.words.sum(said) + self.pairs.sum([" ".join(pair) for pair in pairwise(said)])


def _known(word: str, rows: Mapping[str, int]) -> str | None:
    """The word as the table has it: itself, or its singular."""
    for form in (word, re.sub(r"s$", "", word), re.sub(r"es$", "", word), re.sub(r"ies$", "y", word)):
        if form in rows:
            return form
    return None


def _unit(vector: Vectors) -> Vectors:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 0 else vector


def _logistic(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    chances: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(odds, -40, 40)))
    return chances


@cache
def load_phrases(path: Path = PICTURES) -> Phrases:
    """The words of a file, kept for the process. Raises AgentError for a missing, damaged or foreign file."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as opened:
            meta = opened.metadata() or {}
            read = {name: opened.get_tensor(name) for name in _TABLES}
        if meta.get("format") != FORMAT:
            raise ValueError(f"its format is {meta.get('format', 'not stated')!r}")
        tables = [
            Table(
                {w: i for i, w in enumerate(meta[name].split("\n"))},
                read[f"{name}.codes"],
                read[f"{name}.scales"],
            )
            for name in ("words", "pairs")
        ]
        names = tuple(meta["names"].split("\n"))
        weights = tuple(float(w) for w in json.loads(meta["weights"]))
        bare = Phrases(
            tables[0], tables[1], names, np.zeros((0, 0), np.float32), float(meta["sharpness"]), weights
        )
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise AgentError(
            f"The words for icons of the nano localizer, {path}, cannot be read in the format {FORMAT} ({error}); "
            "install the package anew, or train them: seal train icons."
        ) from error
    likenesses = np.stack([bare.vector(name) for name in names])
    return Phrases(bare.words, bare.pairs, names, likenesses, bare.sharpness, weights)


_TABLES = ("words.codes", "words.scales", "pairs.codes", "pairs.scales")
