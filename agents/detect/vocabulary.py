"""Names of a closed vocabulary, and which of them a phrase means."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["Vocabulary"]

_LEAST = 90.0
"""Similarity (0 to 100, `rapidfuzz.fuzz.ratio`) from which a misspelt name is taken: one slip in ten letters."""
_ARTICLE = re.compile(r"^(?:the|an?|any|every|this|that)\s+")


class Vocabulary:
    """The names that a localizer has boxes for. Several classes may share a name."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._folded = [_folded(name) for name in names]

    def classes(self, phrase: str) -> list[int]:
        """Indices of the names that a phrase means: equal but for case, article, plural and slips; else [].

        >>> Vocabulary(["traffic light", "car"]).classes("the Traffic lights")
        [0]
        """
        from rapidfuzz import fuzz

        wanted = _folded(phrase)
        exact = [i for i, name in enumerate(self._folded) if name == wanted]
        if exact or not wanted:
            return exact
        likeness = [fuzz.ratio(wanted, name) for name in self._folded]
        best = max(likeness, default=0.0)
        return [i for i, like in enumerate(likeness) if like == best >= _LEAST]

    def unknown(self, phrase: str, who: str) -> str:
        """Why `who` cannot look for a phrase, with the nearest names; "" when it can."""
        from rapidfuzz import process

        if self.classes(phrase):
            return ""
        listed = list(dict.fromkeys(self.names))
        nearest = [name for name, _, _ in process.extract(_folded(phrase), listed, limit=3)]
        return f"{who} has no class for {phrase!r}; the nearest of its {len(listed)}: {', '.join(nearest) or 'none'}."


def _folded(name: str) -> str:
    words = re.sub(r"[\W_]+", " ", name.casefold()).strip()
    return re.sub(r"(?<=[a-z]{3})(?<!s)s$", "", _ARTICLE.sub("", words))
