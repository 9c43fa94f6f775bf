"""The two contracts: who looks (`Localizer`) and who speaks (`VQAAgent`).

- Batches in, values out; nothing is kept for a later call but caches keyed by content.
- A patch is lazy: the agent reads it at its own input size, and answers in pixels of the patch
  (full-resolution pixels, origin at the patch's top left corner), whatever it scaled to inside.
- Capabilities are declared once, as a class or instance attribute, and checked when agents are attached.
- Further methods a localizer may have: `unknown(phrase)`, when its vocabulary is closed, and `only_text(phrase)`, when
  that depends on the phrase, asked through the functions of the same name; `kind(phrase)`, when it sees things of some
  kinds better than of others, through `kind_of`; `read(patch, within)`, when it can read a part of a view, through
  `read_lines`; `spell(patch)`, when it can read a line that fills the patch, through `spell`.
- An attribute `version`, a string, tells localizers of one name but other weights apart where looks are kept on disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..memory.errors import ReplyError
from ..memory.geometry import Box
from ..memory.image import Patch
from ..memory.working import VisualWorkingMemory

__all__ = [
    "ANY_TEXT",
    "Answer",
    "Capabilities",
    "Localizer",
    "Need",
    "Sighting",
    "Target",
    "VQAAgent",
    "check_sightings",
    "kind_of",
    "only_text",
    "read_lines",
    "spell",
    "unknown",
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

    status: "answered", or "cannot_tell" with a `reason` (which names a backend that could, where one could).
    confidence: in [0, 1]. cites: ids of the crops that support the text.
    option_scores: one log-likelihood (or log-score) per option, higher is better, where options were given.
    more: further targets that the agent would have to see; used while rounds are left.
    """

    text: str
    status: Literal["answered", "cannot_tell"] = "answered"
    confidence: float = 1.0
    cites: tuple[str, ...] = ()
    option_scores: tuple[float, ...] | None = None
    reason: str = ""
    more: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """Reply of `show`: an answer from the global view, or the targets that are missing. Neither: nothing helps."""

    targets: tuple[Target, ...] = ()
    answer: Answer | None = None
    reason: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Sighting:
    """What a localizer says of one phrase in one patch.

    boxes: (N, 4) float32, x0 y0 x1 y1, pixels of the patch. scores: (N,) float32 in [0, 1], any order.
    cue: (h, w) float32 log-odds that the target is in that cell of a regular grid over the patch, at the
    model's own resolution; None when the localizer gives none.
    texts: N strings where the localizer reads, else empty.
    sources: N tuples with the names of the localizers that saw each box, where several took part, else empty.
    """

    boxes: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    scores: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    cue: NDArray[np.float32] | None = None
    texts: tuple[str, ...] = ()
    sources: tuple[tuple[str, ...], ...] = ()


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

    def tell(self, memory: VisualWorkingMemory, options: Sequence[str] | None = None) -> Answer:
        """Answer from the memory, citing the crops used."""
        ...


def unknown(localizer: Localizer, phrase: str) -> str:
    """Why a localizer cannot look for a phrase, in one sentence that names the nearest it can; "" when it can.

    A localizer of a closed vocabulary has a method `unknown(phrase)` that says so, and raises UnknownPhraseError
    when it is asked all the same; one without the method takes any phrase.
    """
    ask = getattr(localizer, "unknown", None)
    return "" if ask is None else str(ask(phrase))


def only_text(localizer: Localizer, phrase: str) -> bool:
    """Whether nothing but text is looked for under this phrase: `Capabilities.text_only`, unless the localizer
    has a method `only_text(phrase)`, as one that hands phrases on to others does."""
    ask = getattr(localizer, "only_text", None)
    return localizer.capabilities.text_only if ask is None else bool(ask(phrase))


def kind_of(localizer: Localizer, phrase: str) -> str:
    """What kind of thing a phrase names, for its own likelihoods: what the localizer's method `kind(phrase)` says;
    without one "text" where nothing but text is looked for, else ""."""
    ask = getattr(localizer, "kind", None)
    return ("text" if only_text(localizer, phrase) else "") if ask is None else str(ask(phrase))


def read_lines(localizer: Localizer, patch: Patch, within: Box) -> Sighting | None:
    """The lines of text of a patch that run through a box (pixels of the full image); None where it reads no parts.

    A localizer that can read parts of a view, so that a view serves for all that is written in it, has a method
    `read(patch, within)`. The view says where lines are; it may read them from the image itself. Raises ReplyError when
    the reply does not follow the contract.
    """
    read = getattr(localizer, "read", None)
    if read is None or not localizer.capabilities.reads_text:
        return None
    seen = read(patch, within)
    return None if seen is None else check_sightings([[seen]], [patch], [ANY_TEXT], localizer.name)[0][0]


def spell(localizer: Localizer, patch: Patch) -> tuple[str, float]:
    """What the one line that fills a patch says, however small it is, and how sure that is, in [0, 1].

    ("", 0.0) of a localizer without a method `spell(patch)`. Text detectors miss a lone digit on a small disc that a
    recogniser reads.
    """
    told = getattr(localizer, "spell", None)
    if told is None or not localizer.capabilities.reads_text:
        return "", 0.0
    text, sure = told(patch)
    return str(text).strip(), float(sure)


def check_sightings(
    replies: Any, patches: Sequence[Patch], phrases: Sequence[str], name: str
) -> list[list[Sighting]]:
    """`replies` with boxes clipped to their patches, after a strict check of shapes and ranges.

    Raises ReplyError, naming the localizer and the fault, when the reply does not follow the contract.
    """
    shape_ok = isinstance(replies, Sequence) and len(replies) == len(patches)
    if not shape_ok or any(not isinstance(row, Sequence) or len(row) != len(phrases) for row in replies):
        raise ReplyError(
            f"{name}: expected {len(patches)} x {len(phrases)} sightings (patches x phrases), "
            f"got {_shape(replies)}."
        )
    return [
        [_checked(sighting, patch, name) for sighting in row]
        for patch, row in zip(patches, replies, strict=True)
    ]


def _shape(replies: Any) -> str:
    if not isinstance(replies, Sequence):
        return type(replies).__name__
    return str([len(row) if isinstance(row, Sequence) else type(row).__name__ for row in replies])


def _checked(s: Any, patch: Patch, name: str) -> Sighting:
    if not isinstance(s, Sighting):
        raise ReplyError(f"{name}: expected a Sighting for each patch and phrase, got {type(s).__name__}.")
    n = len(s.scores)
    if s.boxes.shape != (n, 4) or (s.texts and len(s.texts) != n):
        raise ReplyError(
            f"{name}: boxes {s.boxes.shape}, scores {s.scores.shape} and {len(s.texts)} texts do not go together."
        )
    if s.sources and len(s.sources) != n:
        raise ReplyError(f"{name}: {n} boxes, but {len(s.sources)} tuples of sources.")
    if n and not (np.isfinite(s.boxes).all() and np.isfinite(s.scores).all()):
        raise ReplyError(f"{name}: boxes or scores are not finite numbers.")
    if n and (s.scores.min() < 0 or s.scores.max() > 1):
        raise ReplyError(
            f"{name}: scores must lie in [0, 1], got {s.scores.min():.3g} to {s.scores.max():.3g}."
        )
    if s.cue is not None and (s.cue.ndim != 2 or not s.cue.size or not np.isfinite(s.cue).all()):
        raise ReplyError(f"{name}: a cue map must be a finite (h, w) array, got shape {s.cue.shape}.")
    limit = np.array([patch.box.width, patch.box.height] * 2, np.float32)
    boxes = np.clip(s.boxes, 0, limit).astype(np.float32)
    return Sighting(boxes, s.scores.astype(np.float32), s.cue, s.texts, s.sources)
