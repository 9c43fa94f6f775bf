"""What icon stands beside a label or is a target itself, told by the nano localizer; and which badge is on it.

The VQA model's own view of 48 pixels names one of 221 icons right in one case of six; the localizer's namer, which is
trained for it, in nineteen of twenty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...memory.geometry import Box, distance
from ...memory.working import Crop, FoundTarget
from ..contracts import Answer
from ..nano.look import look_at
from ..nano.vocabulary import parse
from ..nano.weights import load_weights

__all__ = ["SeenIcon", "answer", "badge_of", "badge_on", "beside", "icons_in"]

LEAST = 0.3
"""Raw score of a box from which it counts as an icon."""
SURE = 0.5
"""Score times share of a concept from which it is told without options."""
LARGEST = 1536
"""Pixels a side of a crop as it is looked at."""
LEAST_LIKE = 0.1
"""Score times share of a concept from which a badge may be on such an icon, though it looks more like another."""
_NOTHING = 1e-4


@dataclass(frozen=True, eq=False, slots=True)
class SeenIcon:
    """An icon in a crop. box: full image. shares: (concepts,) float64 in [0, 1], how probable it is each of them."""

    box: Box
    score: float
    shares: NDArray[np.float64]


def icons_in(crop: Crop) -> list[SeenIcon]:
    """The icons that a crop shows. Raises AgentError when the weights of the nano localizer cannot be read."""
    picture = crop.pil().convert("RGB")
    picture.thumbnail((LARGEST, LARGEST))
    look = look_at(np.asarray(picture, np.uint8), load_weights())
    scale = crop.box.width / picture.width
    icons = np.flatnonzero(look.kinds == 0)
    return [
        SeenIcon(
            Box.from_xyxy(*(look.boxes[i] * scale).tolist()).shifted(crop.box.x, crop.box.y),
            float(look.scores[i]),
            look.names[row].astype(np.float64),
        )
        for row, i in enumerate(icons.tolist())
        if look.scores[i] >= LEAST
    ]


def beside(label: Box, icons: Sequence[SeenIcon]) -> SeenIcon | None:
    """The icon that a label belongs to: on its row the nearest, those before it first; else the nearest above or below.

    None when all are further away than four times the label's height.
    """

    def away(icon: SeenIcon) -> float:
        gap_x = max(icon.box.x - label.xyxy[2], label.x - icon.box.xyxy[2], 0.0)
        off = abs(icon.box.center[1] - label.center[1])
        after = icon.box.center[0] > label.center[0]
        return gap_x * (1.5 if after else 1.0) + (0.0 if off < 0.6 * label.height else 2 * off)

    nearest = min(icons, key=away, default=None)
    return None if nearest is None or away(nearest) > 4 * label.height else nearest


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


def badge_of(icon: FoundTarget, badges: Sequence[FoundTarget]) -> FoundTarget | None:
    """The badge on an icon: of those that were read and reach into its box or just beside it, the one at its corner."""
    near = [b for b in badges if b.text and b.page == icon.page and _touches(icon.box, b.box)]
    corner = Box(icon.box.xyxy[2], icon.box.y, 0, 0)
    return min(near, key=lambda b: distance(b.box, corner), default=None)


def badge_on(
    concept: str, badges: Sequence[FoundTarget], crops: Mapping[str, Crop]
) -> tuple[FoundTarget, float] | None:
    """The badge on what most looks like an icon of that name, and how much it does, in [0, 1]; None where nothing does.

    For icons that a badge covers so far that the localizer does not find them under their name. crops: by id.
    """
    names = load_weights().concepts
    if concept not in names:
        return None
    seen = {crop: icons_in(crops[crop]) for crop in {b.crop for b in badges if b.text} if crop in crops}
    number = names.index(concept)
    under = [
        (badge, icon.score * float(icon.shares[number]))
        for badge in badges
        for icon in seen.get(badge.crop, ())
        if badge.text and _touches(icon.box, badge.box)
        if icon.shares.argmax() == number or icon.score * icon.shares[number] >= LEAST_LIKE
    ]
    return max(under, key=lambda pair: pair[1], default=None)


def _touches(icon: Box, badge: Box) -> bool:
    return icon.expanded(1.5).intersection(badge).area > 0
