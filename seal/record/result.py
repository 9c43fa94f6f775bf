"""What `Seal` gives back: the answer, what supports it, what was not found, and what it cost."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import PIL.Image
from pydantic import BaseModel, ConfigDict, ValidationError

from ..memory.errors import InputError
from ..memory.geometry import Box
from ..memory.working import AbsentTarget, Crop, FoundTarget, VisualWorkingMemory
from .trace import Trace

__all__ = ["Result", "Spend"]


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


class Result(_Value):
    """Answer to a question, or outcome of `locate`.

    status: "answered" or "cannot_tell" for a question; for `locate` "found" (all targets), "partly_found" (some) or
    "not_found" (none); `status_of` says it of one target.
    confidence: in [0, 1]. option: index of the chosen option. cites: ids of the crops that support the answer.
    stopped: why the search ended ("done", "looks", "seconds", "cancelled"). Boxes are (x, y, width, height) in
    pixels of the full image after EXIF orientation.
    """

    question: str
    answer: str
    status: Literal["answered", "cannot_tell", "found", "partly_found", "not_found"]
    confidence: float
    reason: str = ""
    option: int | None = None
    option_scores: tuple[float, ...] | None = None
    cites: tuple[str, ...] = ()
    stopped: Literal["done", "looks", "seconds", "cancelled"] = "done"
    spend: Spend = Spend()
    memory: VisualWorkingMemory
    trace: Trace

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
        """The page with the found targets drawn on it, for people who would rather look than read."""
        from .pictures import draw_found

        return draw_found(self.memory, [(look.page, look.box) for look in self.trace.looks], max_side)

    def to_json(self) -> str:
        """Everything, images included, as JSON."""
        return self.model_dump_json()

    @classmethod
    def from_json(cls, text: str | bytes | Path) -> Result:
        """A result from JSON text, or from a file given as `Path`. Raises InputError when it is none."""
        try:
            return cls.model_validate_json(text.read_bytes() if isinstance(text, Path) else text)
        except (ValidationError, OSError) as error:
            raise InputError(
                f"This is no result of this version of SEAL: {str(error).splitlines()[0]}"
            ) from error
