"""A result in brief: what a program or an agent needs of it, as JSON without pictures.

The schema of `seal ask --json`, `seal locate --json` and `Result.to_json(pictures=False)`, told in `docs/json.md`.
Boxes and centres are in pixels of the full image (of their 1-based page), after EXIF orientation. Fields may be added;
none is renamed or removed while `schema_version` stays the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ..memory.geometry import Box
from ..memory.working import VisualWorkingMemory

__all__ = [
    "BriefAbsent",
    "BriefImage",
    "BriefPlace",
    "BriefResult",
    "BriefTarget",
    "Origin",
    "Spend",
    "Status",
    "answer_places",
    "brief_absent",
    "brief_image",
    "brief_targets",
]

Status = Literal["answered", "cannot_tell", "found", "partly_found", "not_found"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Spend(_Value):
    """What a run cost.

    looks: patches visited; patches: patches paid for, those looked at ahead of their turn included.
    calls: localizer detections (patches x targets), places asked of the VQA agent, places localised, and Show
    and Tell calls. seconds: wall clock by stage ("open", "show", "search", "read", "tell", and "load" for models that
    were loaded meanwhile); total is their sum and the little between them.
    """

    looks: int = 0
    patches: int = 0
    calls: dict[str, int] = {}
    seconds: dict[str, float] = {}
    total_seconds: float = 0.0


class Origin(_Value):
    """What a result comes from: the image by name, the policy, and the agents.

    likelihoods: where a policy with a posterior had its likelihoods from, in words.
    """

    image_name: str
    policy: str
    vqa: str
    localizer: str
    likelihoods: str = ""


class BriefImage(_Value):
    """The image: the size of its page in pixels, how many pages there are, and its time as of a place."""

    name: str
    width: int
    height: int
    page: int
    pages: int
    time: float | None = None


class BriefPlace(_Value):
    """A box on a page. text: what stands there; crop: id of the cited crop that shows it.

    time: seconds from which the page is shown, of a video or animation.
    """

    page: int
    time: float | None = None
    box: Box
    center: tuple[float, float]
    text: str = ""
    crop: str = ""


class BriefTarget(BriefPlace):
    """A found instance of a target. cited: whether the answer cites the crop that shows it."""

    phrase: str
    score: float
    sources: tuple[str, ...] = ()
    cited: bool = False


class BriefAbsent(_Value):
    """A target that was not found. reason: how thoroughly it was looked for, in words; else as `AbsentTarget`."""

    phrase: str
    reason: str
    seen: float
    looks: int
    complete: bool
    text_only: bool = False
    probability: float | None = None


class BriefResult(_Value):
    """A result without pictures, facts and steps. places: where the answer stands, if it has a place."""

    schema_version: Literal[1] = 1
    question: str
    options: tuple[str, ...] | None = None
    answer: str
    status: Status
    confidence: float
    reason: str = ""
    option: int | None = None
    option_scores: tuple[float, ...] | None = None
    places: tuple[BriefPlace, ...] = ()
    targets: tuple[BriefTarget, ...] = ()
    absent: tuple[BriefAbsent, ...] = ()
    cites: tuple[str, ...] = ()
    stopped: str = "done"
    spend: Spend = Spend()
    image: BriefImage
    origin: Origin


def answer_places(
    answer: str, memory: VisualWorkingMemory, cites: tuple[str, ...], told: Sequence[tuple[int, Box]] = ()
) -> tuple[BriefPlace, ...]:
    """Where the answer stands: as the agent told; else the lines and targets in the cited crops that read just so, or
    that hold it.
    """
    if told:
        return tuple(_place(page, box, answer, memory) for page, box in told)
    wanted = _plain(answer)
    if not wanted:
        return ()
    cited = [crop for crop in memory.crops if crop.id in cites]
    shown = [(line.page, line.box, line.text) for line in memory.lines]
    shown += [(t.page, t.box, t.text) for t in memory.targets if t.text]
    within = [
        (page, box, text, crop.id)
        for page, box, text in shown
        for crop in cited
        if crop.page == page and crop.box.coverage(box) >= 0.5
    ]
    exact = [p for p in within if _plain(p[2]) == wanted]
    places: list[BriefPlace] = []
    for page, box, text, crop_id in exact or [p for p in within if f" {wanted} " in f" {_plain(p[2])} "]:
        if not any(p.page == page and (p.box.iou(box) >= 0.5) for p in places):
            places.append(BriefPlace(page=page, box=box, center=box.center, text=text, crop=crop_id))
    return tuple(places)


def _place(page: int, box: Box, text: str, memory: VisualWorkingMemory) -> BriefPlace:
    """A place, with the crop that shows it if there is one."""
    shown = (c.id for c in memory.crops if c.page == page and c.box.coverage(box) >= 0.5)
    return BriefPlace(page=page, box=box, center=box.center, text=text, crop=next(shown, ""))


def brief_targets(
    memory: VisualWorkingMemory, cites: tuple[str, ...], times: Mapping[int, float]
) -> tuple[BriefTarget, ...]:
    """The found targets, best instance of each first. times: seconds by page, where pages have a time."""
    return tuple(
        BriefTarget(
            phrase=t.phrase,
            page=t.page,
            time=times.get(t.page),
            box=t.box,
            center=t.box.center,
            score=t.score,
            text=t.text,
            crop=t.crop,
            sources=t.sources,
            cited=t.crop in cites,
        )
        for t in memory.targets
    )


def brief_absent(memory: VisualWorkingMemory) -> tuple[BriefAbsent, ...]:
    """The targets that were not found."""
    return tuple(
        BriefAbsent(
            phrase=a.phrase,
            reason=a.sentence,
            seen=a.seen,
            looks=a.looks,
            complete=a.complete,
            text_only=a.text_only,
            probability=a.probability,
        )
        for a in memory.absent
    )


def brief_image(name: str, memory: VisualWorkingMemory, times: Mapping[int, float]) -> BriefImage:
    """The page that the memory shows."""
    (width, height), page = memory.image.size_wh, memory.image.page
    return BriefImage(
        name=name, width=width, height=height, page=page, pages=memory.pages, time=times.get(page)
    )


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
