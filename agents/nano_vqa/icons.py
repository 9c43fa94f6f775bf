"""What icon stands beside a label or is a target itself, as an answer; the localizer's namer tells it.

The VQA model's own view of 48 pixels names one of 221 icons right in one case of six; the localizer's namer, which is
trained for it, in nineteen of twenty.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..contracts import Answer
from ..nano.icons import SeenIcon
from ..nano.vocabulary import parse
from ..nano.weights import load_weights

__all__ = ["answer"]

SURE = 0.5
"""Score times share of a concept from which it is told without options."""
_NOTHING = 1e-4


def answer(icon: SeenIcon, cites: tuple[str, ...], options: Sequence[str] | None) -> Answer | None:
    """The most probable name, or option; None when it is too unsure, or no option is known."""
    concepts = load_weights().concepts
    best = int(icon.shares.argmax())
    if not options:
        sure = icon.score * float(icon.shares[best])
        return Answer(concepts[best], confidence=sure, cites=cites) if sure >= SURE else None
    named = [parse(option if option.split()[-1:] == ["icon"] else f"{option} icon") for option in options]
    known = [w.name if w is not None and w.kind == "icon" else "" for w in named]
    shares = [float(icon.shares[concepts.index(name)]) if name in concepts else 0.0 for name in known]
    if max(shares) < _NOTHING:
        return None
    scores = tuple(float(np.log(max(share, _NOTHING))) for share in shares)
    chosen = max(range(len(shares)), key=shares.__getitem__)
    confidence = icon.score * shares[chosen] / max(sum(shares), _NOTHING)
    return Answer(options[chosen], confidence=min(1.0, confidence), cites=cites, option_scores=scores)
