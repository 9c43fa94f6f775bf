"""What a run is set up with, and whether its targets can be looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..agents.contracts import Target
from ..agents.looker import Answerer, Looker
from ..memory.deadline import Cost, Deadline
from ..memory.errors import ImageError, OutOfTime, QuestionError
from ..memory.huge import is_flat
from ..memory.image import Document, open_document
from ..memory.kept import Kept
from ..memory.source import one_line
from ..memory.working import GlobalImage
from ..search.policy import Policy
from ..settings import Budget, SearchSettings

__all__ = ["Setup", "check_phrases", "opened"]


@dataclass(frozen=True, slots=True)
class Setup:
    """What a run needs of its `Seal`: the agents, the policy and the limits.

    ending: what it lately took to tell. views: the latest small copies of pages, by content.
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


def opened(image: object, setup: Setup, deadline: Deadline) -> Document:
    """The document that a source is. A conversion of a flat file, which may take minutes, ends with the deadline.

    Raises what `open_document` does; ImageError where a conversion was broken off.
    """
    if not is_flat(image, setup.max_pixels):
        return open_document(image, dpi=setup.dpi, max_pixels=setup.max_pixels)
    try:
        with deadline.in_force():
            return open_document(image, dpi=setup.dpi, max_pixels=setup.max_pixels)
    except OutOfTime as over:
        name = one_line(str(image))
        raise ImageError(
            f"{name}: {over} It was being converted, as it is larger than memory; do that first: seal pyramid {name}"
        ) from over


def check_phrases(targets: Sequence[Target], localizer: Looker) -> None:
    longest = localizer.capabilities.longest_phrase
    for target in targets:
        if len(target.phrase) > longest:
            raise QuestionError(
                f"The target {one_line(target.phrase[:60], 40)!r}... has {len(target.phrase)} characters; "
                f"{localizer.name} takes at most {longest}. Name it more briefly."
            )
