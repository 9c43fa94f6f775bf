"""What `Seal` gives back: the answer, what supports it, what was not found, and what it cost.

A result holds one memory, and each picture once. Its trace, which is complete by itself, is put together when somebody
asks for it; its brief (`to_json(pictures=False)`) is what programs and agents need.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import PIL.Image
from pydantic import BaseModel, ConfigDict, ValidationError

from ..memory.disk import MOST_BYTES, read_file
from ..memory.errors import InputError
from ..memory.geometry import Box
from ..memory.working import AbsentTarget, Crop, FoundTarget, GlobalImage, VisualWorkingMemory
from .brief import (
    BriefPlace,
    BriefResult,
    Origin,
    Spend,
    Status,
    brief_absent,
    brief_image,
    brief_targets,
)
from .steps import LookStep, Step
from .trace import Trace

__all__ = ["Origin", "Result", "Spend"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Result(_Value):
    """Answer to a question, or outcome of `locate`.

    status: "answered" or "cannot_tell" for a question; for `locate` "found" (all targets), "partly_found" (some) or
    "not_found" (none); `status_of` says it of one target.
    confidence: in [0, 1]. option: index of the chosen option. cites: ids of the crops that support the answer.
    places: where the answer itself stands, best first, as far as it has a place.
    stopped: why the search ended ("done", "looks", "seconds", "cancelled"). pages: small pictures of further pages that
    were looked at, beside the memory's own. times: seconds by page, from which on those pages that were looked at are
    shown, in a video or animation. Boxes are (x, y, width, height) in pixels of the full image after EXIF
    orientation.
    """

    question: str
    answer: str
    status: Status
    confidence: float
    reason: str = ""
    option: int | None = None
    option_scores: tuple[float, ...] | None = None
    cites: tuple[str, ...] = ()
    places: tuple[BriefPlace, ...] = ()
    stopped: Literal["done", "looks", "seconds", "cancelled"] = "done"
    spend: Spend = Spend()
    memory: VisualWorkingMemory
    origin: Origin
    steps: tuple[Step, ...] = ()
    pages: tuple[GlobalImage, ...] = ()
    times: dict[int, float] = {}

    @property
    def trace(self) -> Trace:
        """The steps with all that the viewer needs, put together."""
        pages = sorted((self.memory.image, *self.pages), key=lambda page: page.page)
        return Trace(
            **dict(self.origin),
            pages=tuple(pages),
            steps=self.steps,
            memory=self.memory,
            times=self.times,
        )

    @property
    def targets(self) -> tuple[FoundTarget, ...]:
        """Found targets with their boxes."""
        return self.memory.targets

    @property
    def absent(self) -> tuple[AbsentTarget, ...]:
        """Targets that were not found, and how thoroughly they were looked for."""
        return self.memory.absent

    @property
    def crops(self) -> tuple[Crop, ...]:
        """The crops that the answer cites."""
        return tuple(c for c in self.memory.crops if c.id in self.cites)

    @property
    def ok(self) -> bool:
        """Whether there is an answer, or every target was found; a part of them is not enough."""
        return self.status in ("answered", "found")

    def status_of(self, phrase: str) -> Literal["found", "not_found"]:
        """Whether one target was found: then `boxes` has where, else `absent` why not.

        Raises KeyError, naming the targets, when this one was not looked for.
        """
        if self.memory.found(phrase):
            return "found"
        if phrase in (a.phrase for a in self.absent):
            return "not_found"
        known = dict.fromkeys([*(t.phrase for t in self.targets), *(a.phrase for a in self.absent)])
        raise KeyError(f"{phrase!r} was not looked for; these were: {', '.join(map(repr, known)) or 'none'}.")

    def boxes(self, phrase: str) -> list[Box]:
        """Boxes of all found instances of a target, best first."""
        return [t.box for t in self.memory.found(phrase)]

    def picture(self, max_side: int = 1600) -> PIL.Image.Image:
        """The page with the found targets and the answer drawn on it, for people who would rather look than read."""
        from .pictures import draw_found

        looks = [(step.page, step.box) for step in self.steps if isinstance(step, LookStep)]
        return draw_found(self.memory, looks, max_side, self.places)

    @property
    def brief(self) -> BriefResult:
        """What programs and agents need of it: no pictures, no facts, no steps."""
        return BriefResult(
            question=self.question,
            options=self.memory.options,
            answer=self.answer,
            status=self.status,
            confidence=self.confidence,
            reason=self.reason,
            option=self.option,
            option_scores=self.option_scores,
            places=tuple(p.model_copy(update={"time": self.times.get(p.page)}) for p in self.places),
            targets=brief_targets(self.memory, self.cites, self.times),
            absent=brief_absent(self.memory),
            cites=self.cites,
            stopped=self.stopped,
            spend=self.spend,
            image=brief_image(self.origin.image_name, self.memory, self.times),
            origin=self.origin,
        )

    def to_json(self, pictures: bool = True, *, indent: int | None = None) -> str:
        """The result as JSON: everything, each picture once, for `from_json`; without pictures, its brief."""
        return (self if pictures else self.brief).model_dump_json(indent=indent)

    @classmethod
    def from_json(cls, text: str | bytes | Path) -> Result:
        """A result from JSON text with pictures, or from a file given as `Path`. Raises InputError when it is none."""
        try:
            data = read_file(text, MOST_BYTES) if isinstance(text, Path) else text
            return cls.model_validate_json(data)
        except OSError as error:
            raise InputError(f"{text!s}: the result cannot be read ({error.strerror}).") from error
        except ValidationError as error:
            faults = [fault["loc"] for fault in error.errors()]
            told = f"{error.error_count()} faults"
            if ("memory",) in faults and ("schema_version",) in faults:
                told = "it is a result in brief; write it with to_json(pictures=True)"
            elif ("trace",) in faults:
                told = "an earlier version wrote it"
            raise InputError(f"This is no whole result of this version of SEAL: {told}.") from error
