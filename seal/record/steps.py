"""What happened, step by step: typed, frozen, the same after a JSON round trip.

Steps in the order of a run: show, look (one per patch), check (a second look), read (text around the targets), tell.
All boxes are in pixels of the full image (of the step's 1-based page).
"""

from __future__ import annotations

import base64
from itertools import groupby
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from ..memory.geometry import Box

__all__ = [
    "AnyStep",
    "CheckStep",
    "CueMap",
    "LookStep",
    "Observation",
    "ReadStep",
    "ShowStep",
    "Step",
    "TellStep",
]

_CUE_CELLS = 64


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CueMap(_Value):
    """A cue map at most 64 cells a side, 8 bits a cell: value = low + data / 255 * (high - low), log-odds.

    data: the cells row by row, in base64; packed: with runs of equal cells shortened (PackBits, as TIFF has it).
    """

    shape_hw: tuple[int, int]
    low: float
    high: float
    data: str
    packed: bool = False

    @classmethod
    def of(cls, cue: NDArray[np.float32]) -> CueMap:
        """Quantise (h, w) log-odds; larger maps keep the maximum of each block of cells."""
        step = max(1, -(-max(cue.shape) // _CUE_CELLS))
        if step > 1:
            rows = np.maximum.reduceat(cue, np.arange(0, cue.shape[0], step), axis=0)
            cue = np.maximum.reduceat(rows, np.arange(0, cue.shape[1], step), axis=1)
        low, high = float(cue.min()), float(cue.max())
        scaled = np.zeros(cue.shape) if high == low else (cue - low) / (high - low) * 255.0
        cells = base64.b64encode(_packed(scaled.round().astype(np.uint8).tobytes())).decode()
        return cls(shape_hw=(cue.shape[0], cue.shape[1]), low=low, high=high, data=cells, packed=True)

    def array(self) -> NDArray[np.float32]:
        """(h, w) float32 log-odds."""
        data = base64.b64decode(self.data)
        cells = np.frombuffer(_unpacked(data) if self.packed else data, np.uint8).reshape(self.shape_hw)
        return (self.low + cells.astype(np.float32) / 255.0 * (self.high - self.low)).astype(np.float32)


def _packed(cells: bytes) -> bytes:
    """Blocks of PackBits: n and n + 1 bytes (n < 128), or n and a byte that stands 257 - n times (n > 128)."""
    blocks, single = bytearray(), bytearray()

    def end_singles() -> None:
        for at in range(0, len(single), 128):
            part = single[at : at + 128]
            blocks.extend([len(part) - 1, *part])
        single.clear()

    for cell, equal in groupby(cells):
        left = sum(1 for _ in equal)
        while left > 2:
            end_singles()
            run = min(left, 128)
            blocks.extend([257 - run, cell])
            left -= run
        single.extend([cell] * left)
    end_singles()
    return bytes(blocks)


def _unpacked(blocks: bytes) -> bytes:
    cells, at = bytearray(), 0
    while at < len(blocks):
        head, at = blocks[at], at + 1
        size = head + 1 if head < 128 else 1
        cells += blocks[at : at + size] * (1 if head < 128 else 257 - head)
        at += size
    return bytes(cells)


class Observation(_Value):
    """What one look said of one target.

    boxes, scores, texts: the candidates, best first. sources: the localizers that saw each, where several took
    part. top_score: the best score, None without candidates.
    cue_max: maximum of the cue map (log-odds); cue: the map that ranked the children (the contextual one
    where `context` names a place). probability, absent: after this look, that the target is where the likeliest
    acceptable candidate is, and that it is nowhere; None where the policy keeps no posterior.
    """

    phrase: str
    top_score: float | None = None
    boxes: tuple[Box, ...] = ()
    scores: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()
    sources: tuple[tuple[str, ...], ...] = ()
    cue_max: float | None = None
    cue: CueMap | None = None
    context: str = ""
    probability: float | None = None
    absent: float | None = None


class ShowStep(_Value):
    """The VQA agent saw the question and the global view: it answered, or named targets."""

    kind: Literal["show"] = "show"
    agent: str
    question: str
    targets: tuple[str, ...] = ()
    answer: str | None = None
    reason: str = ""
    round: int = 0
    seconds: float = 0.0


class LookStep(_Value):
    """One patch was looked at.

    index: 0-based order of visit; parent: index of the parent look, None for a root. box: the patch; view:
    what was shown to the localizer (the patch and its overlap). scale: pixels of the localizer's input per
    image pixel. fine: seen finely enough for a target of the expected size. complete: all that there is of these
    phrases was seen, however small (a text layer). priority: None for a root.
    """

    kind: Literal["look"] = "look"
    index: int
    page: int = 1
    box: Box
    view: Box
    level: int
    parent: int | None = None
    priority: float | None = None
    scale: float = 1.0
    fine: bool = False
    complete: bool = False
    observations: tuple[Observation, ...] = ()
    found: tuple[str, ...] = ()
    round: int = 0
    seconds: float = 0.0


class ReadStep(_Value):
    """The text around found targets was read. complete: from what is known of the page, its text layer for example."""

    kind: Literal["read"] = "read"
    page: int = 1
    box: Box
    lines: int
    complete: bool = False
    round: int = 0
    seconds: float = 0.0


class CheckStep(_Value):
    """A find in a scaled-down view was looked at once more, in `box`, at native resolution.

    found: where it had been seen. shown: whether it was seen there again; else it was dropped. score: of the best
    box that agrees.
    """

    kind: Literal["check"] = "check"
    phrase: str
    page: int = 1
    box: Box
    found: Box
    shown: bool
    score: float | None = None
    round: int = 0
    seconds: float = 0.0


class TellStep(_Value):
    """The VQA agent answered from the memory."""

    kind: Literal["tell"] = "tell"
    agent: str
    answer: str
    status: str
    confidence: float
    reason: str = ""
    cites: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    round: int = 0
    seconds: float = 0.0


AnyStep = ShowStep | LookStep | CheckStep | ReadStep | TellStep
Step = Annotated[AnyStep, Field(discriminator="kind")]
