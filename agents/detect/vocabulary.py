"""Names of a closed vocabulary, and which of them a phrase means.

- Equal words come first, in the singular or plural; then slips of the pen; then names that mean the same by the
  embedded table of words (`seal.agents.nano.phrases`): "sofa" is a couch, "tree" nothing of COCO.
- A phrase of several words that shares one with a name ("red car", "bus stop") means something narrower or else: it
  names no class, since the detector cannot tell which one is meant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...memory.errors import UnknownPhraseError
from ..nano.phrases import load_phrases, tokens

__all__ = ["Vocabulary"]

_LEAST = 90.0
"""Similarity (0 to 100, `rapidfuzz.fuzz.ratio`) from which a misspelt name is taken: one slip in ten letters."""
_ALIKE, _AHEAD = 0.45, 0.05
"""Cosine from which a name means a phrase, and by how much the next one is less like it. Of 39 other words for COCO's
names 26 are taken for the right one and 13 for none. Of 61 words for things beyond COCO 58 are taken for none; "bag",
"light" and "user" are taken for a handbag, a traffic light and a person."""
_ARTICLE = re.compile(r"^(?:the|an?|any|all|every|this|that)\s+")
_PLURALS = {"people": "person", "men": "man", "women": "woman", "children": "child", "mice": "mouse"}
_ENDINGS = (("s", ""), ("es", ""), ("ies", "y"), ("ves", "fe"), ("ves", "f"))


class Vocabulary:
    """The names that a localizer has boxes for. Several classes may share a name."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._folded = [_folded(name) for name in names]
        self._forms = [_forms(name) for name in self._folded]
        self._meant: dict[str, list[int]] = {}

    def classes(self, phrase: str) -> list[int]:
        """Indices of the names that a phrase means; [] where there is none.

        >>> Vocabulary(["traffic light", "car"]).classes("the Traffic lights")
        [0]
        """
        from rapidfuzz import fuzz

        wanted = _folded(phrase)
        forms = _forms(wanted)
        exact = [i for i, mine in enumerate(self._forms) if mine & forms]
        if exact or not wanted:
            return exact
        likeness = [fuzz.ratio(wanted, name) for name in self._folded]
        best = max(likeness, default=0.0)
        return [i for i, like in enumerate(likeness) if like == best >= _LEAST] or self._alike(wanted)

    def wanted(self, phrases: Sequence[str], who: str) -> list[list[int]]:
        """The `classes` of each phrase. Raises UnknownPhraseError for one that means none."""
        for phrase in phrases:
            if reason := self.unknown(phrase, who):
                raise UnknownPhraseError(reason)
        return [self.classes(phrase) for phrase in phrases]

    def unknown(self, phrase: str, who: str) -> str:
        """Why `who` cannot look for a phrase, with the nearest names; "" when it can."""
        from rapidfuzz import process

        if self.classes(phrase):
            return ""
        listed = list(dict.fromkeys(self.names))
        nearest = [name for name, _, _ in process.extract(_folded(phrase), listed, limit=3)]
        return f"{who} has no class for {phrase!r}; the nearest of its {len(listed)}: {', '.join(nearest) or 'none'}."

    def _alike(self, wanted: str) -> list[int]:
        """The names that mean the same, as a whole and by the last word: a car key is no car."""
        if wanted not in self._meant:
            table, said = load_phrases(), tokens(wanted)
            if not said or table.unknown(wanted):
                return []
            both = [self._vectors @ table.vector(words) for words in (wanted, said[-1])]
            like = np.min(both, axis=0)
            like[[len(said) > 1 and bool(_words(name) & _words(wanted)) for name in self._folded]] = 0.0
            best = float(like.max(initial=0.0))
            same = [i for i, name in enumerate(self._folded) if name == self._folded[int(like.argmax())]]
            rest = max((float(v) for i, v in enumerate(like) if i not in same), default=0.0)
            self._meant[wanted] = same if best >= _ALIKE and best - rest >= _AHEAD else []
        return self._meant[wanted]

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        table = load_phrases()
        return np.stack([table.vector(name) for name in self._folded])


def _folded(name: str) -> str:
    """Lower case words without article."""
    return _ARTICLE.sub("", re.sub(r"[\W_]+", " ", name.casefold()).strip())


def _forms(words: str) -> frozenset[str]:
    """Words as they are, and as they may be in the singular."""
    cut = [words[: -len(end)] + tail for end, tail in _ENDINGS if words.endswith(end) and len(words) > 3]
    return frozenset((words, *cut, *([_PLURALS[words]] if words in _PLURALS else [])))


def _words(words: str) -> frozenset[str]:
    """Every word in all its forms."""
    return frozenset[str]().union(*map(_forms, words.split()))
