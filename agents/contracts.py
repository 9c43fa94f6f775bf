"""The two contracts: who looks (`Localizer`) and who speaks (`VQAAgent`), and the values that pass between.

- Batches in, values out; nothing is kept for a later call but caches keyed by content.
- A patch is lazy: the agent reads it at its own input size, and answers in pixels of the patch
  (full-resolution pixels, origin at the patch's top left corner), whatever it scaled to inside.
- Capabilities are declared once, as a class or instance attribute, and checked when agents are attached.
- The protocols are the least that an agent has to have. What it may have beyond that is a method of the base classes
  `seal.agents.looker.Looker` and `Answerer`; an object without the base class is adapted when it is attached.
- Replies are checked in one place, `seal.agents.checks`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..memory.geometry import Box
from ..memory.image import Patch
from ..memory.working import VisualWorkingMemory

__all__ = [
    "ANY_TEXT",
    "Answer",
    "Capabilities",
    "Check",
    "Localizer",
    "Need",
    "Part",
    "Sighting",
    "Target",
    "VQAAgent",
]

ANY_TEXT = "any text"
"""The phrase that asks a localizer with `reads_text` for every line of text in the patch."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something that has to be seen before a question can be answered.

    phrase: what to look for, in words ("label Total Revenue", "trash icon").
    instances: "one" stops at the first sure find; "all" looks everywhere.
    surroundings: whether the text around it is needed too (a value next to a label).
    """

    phrase: str
    instances: Literal["one", "all"] = "one"
    surroundings: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What a VQA agent says.

    text: where options were given and one is told, that option, in any case and spacing.
    status: "answered", or "cannot_tell" with a `reason` (which names a backend that could, where one could).
    confidence: in [0, 1]. cites: ids of the crops that support the text.
    option_scores: one finite log-likelihood (or log-score) per option, higher is better, where options were given.
    more: further targets that the agent would have to see; used while rounds are left.
    places: where the answer itself stands, (1-based page, box in the full image of that page) each, best first; none
    where it is said of several things or of nothing that has a place.
    """

    text: str
    status: Literal["answered", "cannot_tell"] = "answered"
    confidence: float = 1.0
    cites: tuple[str, ...] = ()
    option_scores: tuple[float, ...] | None = None
    reason: str = ""
    more: tuple[Target, ...] = ()
    places: tuple[tuple[int, Box], ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """Reply of `show`: an answer from the global view, or the targets that are missing. Neither: nothing helps."""

    targets: tuple[Target, ...] = ()
    answer: Answer | None = None
    reason: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Sighting:
    """What a localizer says of one phrase in one patch.

    boxes: (N, 4) float32, x0 y0 x1 y1, pixels of the patch, x0 < x1 and y0 < y1, each at least partly in the patch. Of
    more than 4,000 the 4,000 of the best scores are used (`checks.MOST_BOXES`).
    scores: (N,) float32 in [0, 1], any order.
    cue: (h, w) float32 log-odds that the target is in that cell of a regular grid over the patch, at the
    model's own resolution; None when the localizer gives none.
    texts: N strings where the localizer reads, else empty.
    sources: N tuples with the names of the localizers that saw each box, where several took part, else empty.
    complete: whether there is nothing else of that phrase in the patch, however small: a closer look would show no more
    (the text layer of a page, a page that was read before).
    """

    boxes: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    scores: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    cue: NDArray[np.float32] | None = None
    texts: tuple[str, ...] = ()
    sources: tuple[tuple[str, ...], ...] = ()
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a localizer can do, declared once.

    input_side: longest side in pixels at which it sees a patch; larger patches are scaled down to it.
    smallest_px: smallest side of an object, in pixels of its input, that it finds reliably.
    confidence_high / confidence_low: a score above `high` ends the search for a target; at the end of a
    search the best score counts as found from `low` on (0.5 / 0.3 in V*, released code).
    gives_boxes, gives_cue, reads_text: what its sightings hold. text_only: it finds nothing but text.
    rules_out: log-odds; where its cue map stays at or below, the target is certainly not, and need not be
    looked for again (an OCR engine that has read everything there). None: a cue map rules nothing out.
    says_where: it has a method `where(patch, target)`, as VQA agents have, and is asked for the contextual cue
    in the VQA agent's place, as V*'s visual search model is.
    longest_phrase: characters; longer phrases are refused before the search.
    max_batch: patches that it takes in one call.
    """

    input_side: int
    smallest_px: float = 16.0
    confidence_high: float = 0.5
    confidence_low: float = 0.3
    gives_boxes: bool = True
    gives_cue: bool = True
    reads_text: bool = False
    text_only: bool = False
    rules_out: float | None = None
    says_where: bool = False
    longest_phrase: int = 200
    max_batch: int = 8


@dataclass(frozen=True, slots=True)
class Part:
    """A component of a localizer that is made of several: what its calibration goes by."""

    name: str
    capabilities: Capabilities
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One check of an agent: its name, the verdict, and what was measured or went wrong, for people."""

    name: str
    verdict: Literal["ok", "fail", "skipped"]
    detail: str

    @property
    def passed(self) -> bool:
        """Whether it did not fail."""
        return self.verdict != "fail"


@runtime_checkable
class Localizer(Protocol):
    """Finds phrases in patches."""

    name: str
    capabilities: Capabilities

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """One `Sighting` for every patch and phrase: result[patch][phrase]."""
        ...


@runtime_checkable
class VQAAgent(Protocol):
    """Reads questions, names what it has to see, answers from the working memory."""

    name: str
    input_side: int

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """Answer from the global view, or name the targets that are missing."""
        ...

    def where(self, patch: Patch, target: str) -> str:
        """Contextual cue: a sentence that says where such a target usually is; "" when nothing is known."""
        ...

    def tell(self, memory: VisualWorkingMemory) -> Answer:
        """Answer the memory's question, with one of its options if it has any, citing the crops used."""
        ...
