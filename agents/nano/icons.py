"""The icons that a crop shows, what each may be called, and which badge is on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...memory.geometry import Box, distance
from ...memory.working import Crop, FoundTarget
from .look import look_at
from .phrases import load_phrases
from .pictures import SPACE, load_pictures, pictures_of
from .vocabulary import Wanted, parse
from .weights import load_weights

__all__ = ["SeenIcon", "badge_of", "badge_on", "beside", "icons_in", "named"]

LEAST = 0.3
"""Raw score of a box from which it counts as an icon."""
LARGEST = 1536
"""Pixels a side of a crop as it is looked at."""
LEAST_LIKE = 0.1
"""Score times share of a concept from which a badge may be on such an icon, though it looks more like another."""
_NOTHING = 1e-4


@dataclass(frozen=True, eq=False, slots=True)
class SeenIcon:
    """An icon in a crop. box: full image. shares: (concepts,) float64 in [0, 1], how probable it is each of them.
    picture: (D,) float32, its vector in the space of `phrases`.
    """

    box: Box
    score: float
    shares: NDArray[np.float64]
    picture: NDArray[np.float32] = field(default_factory=lambda: np.zeros(SPACE, np.float32))


def icons_in(crop: Crop) -> list[SeenIcon]:
    """The icons that a crop shows. Raises AgentError when the weights of the nano localizer cannot be read."""
    picture = crop.pil().convert("RGB")
    picture.thumbnail((LARGEST, LARGEST))
    view = np.asarray(picture, np.uint8)
    look = look_at(view, load_weights())
    scale = crop.box.width / picture.width
    icons = np.flatnonzero(look.kinds == 0)
    pictures = pictures_of(load_pictures(), view, look.boxes[icons]).astype(np.float32)
    return [
        SeenIcon(
            Box.from_xyxy(*(look.boxes[i] * scale).tolist()).shifted(crop.box.x, crop.box.y),
            float(look.scores[i]),
            look.names[row].astype(np.float64),
            pictures[row],
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


def named(icon: SeenIcon, options: Sequence[str] = ()) -> list[tuple[str, float]]:
    """(name, share) of what an icon may be, most probable first; of the options only those that name an icon.

    A concept's share is the mean of what the namer and the open vocabulary say of it: the namer alone is sure of icons
    too that it has no name for. What the best concept leaves is for names that are no concept's.
    """
    concepts = load_weights().concepts
    if not options:
        best = icon.shares.argsort()[::-1][:3].tolist()
        listed = [(concepts[i], (float(icon.shares[i]) + _like(icon, concepts[i])) / 2) for i in best]
        left = 1 - max(share for _, share in listed)
        names = [name for name, _ in load_phrases().named(icon.picture)]
        free = [name for name in names if parse(f"{name} icon") == Wanted("icon", "", words=name)]
        others = [(name, left * _like(icon, name)) for name in free]
        return sorted(listed + others, key=lambda pair: -pair[1])[:3]
    found = []
    for option in options:
        wanted = parse(option if option.split()[-1:] == ["icon"] else f"{option} icon")
        if wanted is not None and wanted.kind == "icon" and wanted.name in concepts:
            found.append((option, float(icon.shares[concepts.index(wanted.name)])))
        elif wanted is not None and wanted.words:
            found.append((option, _like(icon, wanted.words)))
    total = max(sum(share for _, share in found), _NOTHING)
    return sorted(((o, s / total) for o, s in found if s >= _NOTHING), key=lambda pair: -pair[1])


def _like(icon: SeenIcon, words: str) -> float:
    """How probable it is that the icon shows what the words say, by its picture alone."""
    return float(load_phrases().chances(icon.picture[None], words)[0])


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
