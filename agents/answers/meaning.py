"""How alike short texts mean: a label and what is asked for, an option and what was read.

The reader's vectors measure it (cosine, 1 for the same meaning). Measured on labels: "When is it due?" and "Due date"
0.86, "Invoice date" 0.47; "account number" and "Account no." 0.68, "Sort code" 0.21.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...memory.typed import plain
from ..reader.reader import reader

__all__ = ["ALIKE", "alike", "likely"]

ALIKE = 0.58
"""Likeness from which a label may be what is asked for in other words."""
_APART: tuple[tuple[frozenset[str], ...], ...] = tuple(
    tuple(frozenset(side.split("/")) for side in line.split())
    for line in """
start/starts/starting/begin/begins/from end/ends/ending/finish/until/till/to
first last
min/minimum max/maximum
net gross
old/previous new current
in/check-in/incoming out/check-out/outgoing
sender/from recipient/receiver/to
departure/departs/leave/leaves/depart arrival/arrives/arrive
billing shipping/delivery
subtotal total
created/issued/issue modified/changed/updated due/expires/expiry paid
buyer/customer/client seller/supplier/vendor
width height depth length weight
username/user password
credit debit
opening closing
day week month year
morning afternoon evening
""".strip().splitlines()
)
"""Words that tell things of one kind apart; alternatives of one side are joined by "/"."""
_NEEDED = frozenset(("minimum", "maximum", "min", "max", "average", "second", "third", "previous", "next"))
"""Words of a question that a label has to have too."""
_CERTAIN = 0.85
"""Likeness from which it surely is."""


def alike(words: str, texts: Sequence[str]) -> list[float]:
    """Likeness of each text to the words, in [0, 1]; 1 for the same words. Raises AgentError without the reader's
    weights.
    """
    if not texts:
        return []
    said = plain(words)
    vectors = _vectors((said, *map(plain, texts)))
    return [
        1.0
        if plain(t) == said
        else float(max(0.0, vectors[0] @ v))
        if plain(t) and not _opposed(said, plain(t))
        else 0.0
        for t, v in zip(texts, vectors[1:], strict=True)
    ]


def _opposed(a: str, b: str) -> bool:
    """Whether the words of two texts tell them apart, though they mean things of one kind: start and end, net and
    gross.
    """
    first, second = set(a.replace("-", " ").split()), set(b.replace("-", " ").split())
    for group in _APART:
        mine, other = [first & side for side in group], [second & side for side in group]
        told = [i for i, words in enumerate(mine) if words]
        if len(told) == 1 and any(other) and not other[told[0]]:
            return True
    return bool(first & _NEEDED) and not first & _NEEDED & second


def likely(likeness: float) -> float:
    """How probable it is that texts of a likeness mean the same, in [0, 1]."""
    return min(1.0, max(0.0, 0.5 + 0.5 * (likeness - ALIKE) / (_CERTAIN - ALIKE)))


def _vectors(texts: tuple[str, ...]) -> NDArray[np.float32]:
    known = {t: v for t in texts if (v := _KNOWN.get(t)) is not None}
    missing = [t for t in dict.fromkeys(texts) if t not in known]
    if missing:
        known |= dict(zip(missing, reader().vectors(missing), strict=True))
        if len(_KNOWN) > 20_000:
            _KNOWN.clear()
        _KNOWN.update(known)
    return np.stack([known[t] for t in texts])


_KNOWN: dict[str, NDArray[np.float32]] = {}
"""Vectors by text: a page's lines are asked again for every question about it."""
