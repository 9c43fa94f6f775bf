"""What a timeline is: for each target, over which frames it is seen, is not there, or cannot be told."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from ...memory.clock import clock
from ...memory.geometry import Box

__all__ = ["Span", "TargetSpans", "Timeline"]

Status = Literal["seen", "absent", "unknown"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(_Value):
    """Frames that follow each other and of which the same is known of a target.

    status: "seen"; "absent", where eyes that would have seen it looked everywhere; "unknown".
    first, last: 1-based frames (pages). start, end: seconds from the beginning; None without times. name: of the first
    frame. box: where the target is in the first frame, pixels of it, None unless seen; text: what stands there.
    why: a sentence, of the first frame.
    """

    status: Status
    first: int
    last: int
    start: float | None = None
    end: float | None = None
    name: str = ""
    box: Box | None = None
    text: str = ""
    why: str = ""

    @property
    def words(self) -> str:
        """Which frames, and when: "frames 3-5, 0:07.3 to 0:12.0"."""
        frames = f"frame {self.first}" if self.first == self.last else f"frames {self.first}-{self.last}"
        if self.start is None or self.end is None:
            return frames
        return f"{frames}, {clock(self.start)} to {clock(self.end)}"


class TargetSpans(_Value):
    """A target with its spans, in order; together they are all frames."""

    phrase: str
    spans: tuple[Span, ...]

    @property
    def seen(self) -> tuple[Span, ...]:
        """The spans in which it is seen."""
        return tuple(span for span in self.spans if span.status == "seen")

    @property
    def gone(self) -> Span | None:
        """The first span after one in which it is seen, where it is known to be absent; None where there is none."""
        met = False
        for span in self.spans:
            if met and span.status == "absent":
                return span
            met = met or span.status == "seen"
        return None

    @property
    def seconds(self) -> float | None:
        """How long it is seen, all spans together; None without times."""
        lasting = [
            span.end - span.start for span in self.seen if span.start is not None and span.end is not None
        ]
        return sum(lasting) if len(lasting) == len(self.seen) and lasting else None


class Timeline(_Value):
    """When each target is seen. frames: pages of the document, each shown without a change; looked: of how many the
    content was new, so that it was looked at. seconds: what it took, wall clock. complete: whether all were looked at.
    notes: what is to be known of the document, a sentence each."""

    schema_version: Literal[1] = 1
    name: str
    frames: int
    looked: int
    duration: float | None = None
    targets: tuple[TargetSpans, ...]
    complete: bool = True
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    def of(self, phrase: str) -> TargetSpans:
        """The spans of a target. Raises KeyError, naming the targets, for one that was not looked for."""
        for target in self.targets:
            if target.phrase == phrase:
                return target
        known = ", ".join(repr(target.phrase) for target in self.targets)
        raise KeyError(f"{phrase!r} was not looked for; these were: {known}.")

    def to_json(self, *, indent: int | None = None) -> str:
        """As JSON (docs/frames.md)."""
        return self.model_dump_json(indent=indent)
