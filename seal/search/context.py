"""The contextual cue: from the sentence that says where a target usually is to a map over the patch.

V* asks its language model "where is TARGET most likely to appear", takes the place out of the sentence and
asks the localizer for that place. Places that are mere directions ("bottom of the page") need no localizer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["context_phrase", "direction_map", "noun_phrases"]

_LEADING = frozenset(["on", "in", "at", "near", "close", "to", "the", "a", "an", "of", "by", "beside"])
_MARK = "most likely to appear"
_AXES = {
    "left": (0, 0.0),
    "right": (0, 1.0),
    "top": (1, 0.0),
    "upper": (1, 0.0),
    "bottom": (1, 1.0),
    "lower": (1, 1.0),
}
_PLACES = frozenset(
    [
        "page",
        "image",
        "screen",
        "window",
        "side",
        "corner",
        "edge",
        "part",
        "half",
        "area",
        "form",
        "document",
    ]
)
_STRENGTH = 4.0  # log-odds between the near and the far edge; a mild cue


def noun_phrases(text: str) -> list[str]:
    """Pieces of `text` between commas, "and" and "or", without leading prepositions and articles.

    A deterministic stand-in for the noun chunker (spaCy) of the released code.
    """
    pieces: list[list[str]] = [[]]
    for word in text.replace(",", " , ").split():
        if word in ("and", "or", ","):
            pieces.append([])
        else:
            pieces[-1].append(word)
    found = []
    for piece in pieces:
        start = next((i for i, word in enumerate(piece) if word not in _LEADING), len(piece))
        if piece[start:]:
            found.append(" ".join(piece[start:]))
    return found


def context_phrase(sentence: str, target: str) -> str:
    """The place named in a sentence about `target`, as a phrase for the localizer; "" when it names none.

    As released: the text after the last "most likely to appear" and after the target's name; if that is
    exactly one noun phrase the phrase itself, else "region " and the text.
    """
    text = sentence.rsplit(_MARK, 1)[-1].strip()
    text = text.removesuffix(".").rsplit(target, 1)[-1].strip()
    if not text:
        return ""
    phrases = noun_phrases(text)
    return phrases[0] if len(phrases) == 1 else f"region {text}"


def direction_map(phrase: str, size: int = 16) -> NDArray[np.float32] | None:
    """(size, size) float32 log-odds for a phrase that only names a side or corner of the view; else None.

    >>> bool(direction_map("bottom right corner")[-1, -1] > direction_map("bottom right corner")[0, 0])
    True
    """
    words = [w.strip(".,") for w in phrase.lower().split()]
    named = [_AXES[w] for w in words if w in _AXES]
    rest = [w for w in words if w not in _AXES and w not in _LEADING and w not in _PLACES and w != "region"]
    if not named or rest:
        return None
    line = np.linspace(0.0, 1.0, size, dtype=np.float32)
    grid = np.zeros((size, size), np.float32)
    for axis, end in named:
        towards = line if end == 1.0 else 1.0 - line
        grid += towards[None, :] if axis == 0 else towards[:, None]
    return ((grid / len(named) - 0.5) * _STRENGTH).astype(np.float32)
