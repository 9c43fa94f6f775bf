"""What a run is set up with, and whether its targets can be looked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..agents.contracts import Target
from ..agents.looker import Answerer, Looker
from ..memory.deadline import NEVER, Cost, Deadline
from ..memory.errors import ImageError, OutOfTime, QuestionError
from ..memory.geometry import Box
from ..memory.huge import is_flat
from ..memory.image import Document, Image, open_document
from ..memory.kept import Kept
from ..memory.source import one_line
from ..memory.working import GlobalImage
from ..search.policy import Policy
from ..settings import Budget, SearchSettings

if TYPE_CHECKING:
    from ..memory.store import MemoryStore

__all__ = ["Setup", "check_phrases", "hints_of", "opened"]

HINT_SIDE = 512
"""Pixels of the image that a look at a hint shows a side, at least."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a run needs of its `Seal`: the agents, the policy and the limits.

    ending: what it lately took to tell. views: the latest small copies of pages, by content. store: where
    runs are kept, and told of to those that follow; None where they are not.
    """

    vqa: Answerer
    localizer: Looker
    policy: Policy
    budget: Budget
    search: SearchSettings
    dpi: float
    max_pixels: int
    ending: Cost
    views: Kept[GlobalImage]
    store: MemoryStore | str | Path | None = None


def check_phrases(targets: Sequence[Target], localizer: Looker) -> None:
    longest = localizer.capabilities.longest_phrase
    for target in targets:
        if len(target.phrase) > longest:
            raise QuestionError(
                f"The target {one_line(target.phrase[:60], 40)!r}... has {len(target.phrase)} characters; "
                f"{localizer.name} takes at most {longest}. Name it more briefly."
            )


def _is_recorded(localizer: Looker) -> bool:
    """Whether a localizer's replies are written down, or read from what was."""
    from ..agents.replay import Recorder, Replay

    each: object = localizer
    while each is not None:
        if isinstance(each, (Recorder, Replay)):
            return True
        each = getattr(each, "inner", None)
    return False


def hints_of(setup: Setup, document: Document, targets: Sequence[Target]) -> list[tuple[int, Box]]:
    """Views to look at first: where the targets were in earlier runs on screens like this one.

    Of one page alone, which a view of all of it does not show at full resolution. They hint, and prove nothing.
    """
    side = setup.localizer.capabilities.input_side
    if setup.store is None or len(document) != 1 or max(document[0].size_wh) <= side:
        return []
    if _is_recorded(setup.localizer):
        return []  # the same run again looks at the same places, whatever a store has learnt since
    from ..record.archive import seen_before

    image, hints = document[0], []
    for target in targets:
        box = seen_before(setup.store, image, target.phrase) if target.instances == "one" else None
        if box is not None:
            span = min(side, max(HINT_SIDE, 4 * max(box.size_wh)))
            x, y = box.center
            around = Box(x - span / 2, y - span / 2, span, span).moved_into(image.box)
            hints.append((image.page, image.patch(around).box))
    return list(dict.fromkeys(hints))


def opened(image: object, page: int | None, setup: Setup, deadline: Deadline) -> Document:
    """What a question is about: all pages, or the one of that number.

    A conversion of a flat file, which may take minutes, ends with the deadline. A video may take half of the time;
    where that is not enough, it is what was seen until then, and at least its first frame.
    Raises what `open_document` does; ImageError where a conversion was broken off.
    """
    flat = is_flat(image, setup.max_pixels)
    reserve = 0.5 * deadline.left() if math.isfinite(deadline.left()) and not flat else 0.0
    try:
        with deadline.earlier(reserve).in_force():
            document = open_document(image, dpi=setup.dpi, max_pixels=setup.max_pixels)
    except OutOfTime as over:
        if flat:
            name = one_line(str(image))
            remedy = (
                f"It was being converted, as it is larger than memory; do that first: seal pyramid {name}"
            )
            raise ImageError(f"{name}: {over} {remedy}") from over
        with NEVER.in_force(shielded=True):
            first = Image.open(image, dpi=setup.dpi, max_pixels=setup.max_pixels)
        fault = f"{first.name}: there was time for no more than the first frame or page."
        document = Document(first.name, first.digest, [first], series=True, faults=[fault])
    return document if page is None else document.only(page)
