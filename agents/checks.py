"""What agents reply, checked once: a value in the form that `contracts` promises, or a ReplyError in one line.

- Harmless liberties are put right: lists for tuples, numpy's numbers, arrays of integers or doubles, boxes that reach
  over the patch. Everything else is refused; nothing is guessed.
- A message names the agent, what was expected, what came, and in which method. Foreign text in it is cut.
- Cue maps finer than `CUE_CELLS` are pooled by their maximum, and of more than `MOST_BOXES` boxes the best stay, so
  that no reply can cost memory or time later.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from numbers import Real
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..memory.errors import AgentError, ReplyError, SealError
from ..memory.geometry import Box
from ..memory.image import Patch
from ..memory.source import one_line
from ..memory.working import VisualWorkingMemory
from .contracts import Answer, Need, Sighting, Target

__all__ = [
    "CUE_CELLS",
    "MOST_BOXES",
    "Reply",
    "check_sightings",
    "failures",
    "is_text",
    "with_area",
]

CUE_CELLS = 256
"""Cells of a cue map along each side, at most."""
MOST_BOXES = 4_000
"""Boxes of a sighting; of more the best stay. The densest 8K pages of text hold fewer lines."""

Array = NDArray[Any]
T = TypeVar("T")


@contextmanager
def failures(name: str, method: str) -> Iterator[None]:
    """What an agent raises in a method, as AgentError; errors of this package and interrupts pass as they are."""
    try:
        yield
    except SealError:
        raise
    except Exception as error:  # an agent is foreign code: anything can happen
        raise AgentError(f"{one_line(name, 80)} failed in {method}: {_told(error)}") from error


def is_text(value: object) -> bool:
    """Whether it is a string that can be written down: one without lone surrogates.

    >>> is_text("a"), is_text("\\ud800"), is_text(b"a")
    (True, False, False)
    """
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def with_area(boxes: Array, size_wh: tuple[float, float]) -> NDArray[np.bool_]:
    """(N,) which of (N, 4) boxes x0 y0 x1 y1 have an area inside a patch of that size: what a localizer may report."""
    inside = np.clip(boxes, 0, np.array([*size_wh] * 2, np.float32)).astype(np.float32)
    return np.asarray((inside[:, 2] > inside[:, 0]) & (inside[:, 3] > inside[:, 1]))


def check_sightings(
    replies: object, patches: Sequence[Patch], phrases: Sequence[str], name: str
) -> list[list[Sighting]]:
    """`replies` of `locate` with boxes clipped to their patches, after a strict check of shapes and ranges.

    Raises ReplyError, naming the localizer and the fault, when the reply does not follow the contract.
    """
    return Reply(name, "locate").sightings(replies, patches, phrases)


class Reply:
    """The checks of what one method of an agent replied. Each gives the reply in order, or raises ReplyError."""

    def __init__(self, name: str, method: str) -> None:
        self.name, self.method = name, method

    def fault(self, expected: str, got: object) -> ReplyError:
        """The error to raise."""
        return ReplyError(
            f"{one_line(self.name, 80)}: expected {expected}, got {one_line(got, 120)} from {self.method}."
        )

    def of_type(self, reply: object, kind: type[T]) -> T:
        """The reply itself."""
        if not isinstance(reply, kind):
            raise self.fault(f"a reply of type {kind.__name__}", type(reply).__name__)
        return reply

    # --- text and numbers ---------------------------------------------------------------------------------

    def text(self, reply: object, what: str = "a reply") -> str:
        """A string that can be written down."""
        if not isinstance(reply, str):
            raise self.fault(f"{what} of type str", _shown(reply))
        if not is_text(reply):
            raise self.fault(f"{what} of valid Unicode", "a lone surrogate")
        return str(reply)

    def truth(self, reply: object, what: str = "a reply") -> bool:
        """True or False."""
        if not isinstance(reply, bool | np.bool_):
            raise self.fault(f"{what} of type bool", _shown(reply))
        return bool(reply)

    def number(self, reply: object, what: str, low: float = -math.inf, high: float = math.inf) -> float:
        """A finite number in [low, high]."""
        span = "a finite number" if low == -math.inf else f"a number in [{low:g}, {high:g}]"
        if isinstance(reply, bool) or not isinstance(reply, Real):
            raise self.fault(f"{what} to be {span}", _shown(reply))
        value = float(reply)
        if not math.isfinite(value) or not low <= value <= high:
            raise self.fault(f"{what} to be {span}", f"{what} {value!r}")
        return value

    def listed(self, reply: object, what: str) -> Sequence[object]:
        """A list or tuple of whatever."""
        if not isinstance(reply, list | tuple):
            raise self.fault(f"a list or tuple of {what}", type(reply).__name__)
        return reply

    # --- VQA ----------------------------------------------------------------------------------------------

    def need(self, reply: object, options: Sequence[str] | None, longest: int | None = None) -> Need:
        """A `Need`. longest: characters of a phrase that the localizer takes."""
        need = self.of_type(reply, Need)
        targets = tuple(self.target(t, longest) for t in self.listed(need.targets, "targets"))
        told = None if need.answer is None else self.answer(need.answer, options, longest)
        return Need(targets, told, self.text(need.reason, "a reason"))

    def target(self, reply: object, longest: int | None = None) -> Target:
        """A `Target` that can be looked for."""
        target = self.of_type(reply, Target)
        phrase = self.text(target.phrase, "a target's phrase")
        if not phrase.strip():
            raise self.fault("a target named in words", "an empty phrase")
        if longest is not None and len(phrase) > longest:
            raise self.fault(
                f"targets of at most {longest} characters, which the localizer takes",
                f"one of {len(phrase)} ({one_line(phrase[:60], 40)!r})",
            )
        if not isinstance(target.instances, str) or target.instances not in ("one", "all"):
            raise self.fault('a target\'s instances to be "one" or "all"', _shown(target.instances))
        return Target(phrase, target.instances, self.truth(target.surroundings, "a target's surroundings"))

    def answer(
        self,
        reply: object,
        options: Sequence[str] | None = None,
        longest: int | None = None,
        memory: VisualWorkingMemory | None = None,
    ) -> Answer:
        """An `Answer`; what is answered must be one of `options`, in any case and spacing, `option_scores` one for
        each of them, places on the pages of `memory`."""
        answer = self.of_type(reply, Answer)
        if not isinstance(answer.status, str) or answer.status not in ("answered", "cannot_tell"):
            raise self.fault('status to be "answered" or "cannot_tell"', _shown(answer.status))
        told = self.text(answer.text, "an answer")
        return Answer(
            self._chosen(told, options) if options and answer.status == "answered" else told,
            answer.status,
            self.number(answer.confidence, "confidence", 0.0, 1.0),
            tuple(self.text(crop, "an id of a crop") for crop in self.listed(answer.cites, "ids of crops")),
            self._scores(answer.option_scores, len(options or ())),
            self.text(answer.reason, "a reason"),
            tuple(self.target(t, longest) for t in self.listed(answer.more, "targets")),
            tuple(self._place(place, memory) for place in self.listed(answer.places, "places")),
        )

    def _chosen(self, told: str, options: Sequence[str]) -> str:
        """The option that was told, as the user spells it."""
        if told in options:
            return told
        alike = [option for option in options if _plain(option) == _plain(told)]
        if len(alike) != 1:
            raise self.fault("one of the options", f"{one_line(told, 60)!r}")
        return alike[0]

    def _place(self, reply: object, memory: VisualWorkingMemory | None) -> tuple[int, Box]:
        """A 1-based page and a box with an area on it, of the pages that a memory is about."""
        page, box = reply if isinstance(reply, tuple | list) and len(reply) == 2 else (None, None)
        if not isinstance(page, int) or isinstance(page, bool) or page < 1 or not isinstance(box, Box):
            raise self.fault("every place to be a page, from 1 on, and a Box", _shown(reply))
        numbers = [self.number(v, "every side of a place") for v in box]
        if min(numbers[2:]) <= 0:
            raise self.fault("every place to have an area", _shown(reply))
        place = Box(*numbers)
        if memory is not None and page > max(memory.pages, memory.image.page):
            raise self.fault(f"every place on one of {memory.pages} pages", _shown(reply))
        if memory is not None and page == memory.image.page:
            w, h = memory.image.size_wh
            if place.intersection(Box(0, 0, w, h)).area <= 0:
                raise self.fault(f"every place within the page of {w}x{h} px", _shown(reply))
        return page, place

    def _scores(self, reply: object, count: int) -> tuple[float, ...] | None:
        if reply is None:
            return None
        scores = self.listed(reply.tolist() if isinstance(reply, np.ndarray) else reply, "option scores")
        if len(scores) != count:
            raise self.fault(f"{count} option scores, one an option", f"{len(scores)} scores")
        return tuple(self.number(score, "every option score") for score in scores)

    # --- localizers ---------------------------------------------------------------------------------------

    def sightings(
        self, replies: object, patches: Sequence[Patch], phrases: Sequence[str]
    ) -> list[list[Sighting]]:
        """Sightings of patches x phrases."""
        rows = replies if isinstance(replies, list | tuple) else ()
        fit = len(rows) == len(patches) and isinstance(replies, list | tuple)
        if not fit or any(not isinstance(row, list | tuple) or len(row) != len(phrases) for row in rows):
            raise self.fault(
                f"{len(patches)} x {len(phrases)} sightings (patches x phrases)", _shape(replies)
            )
        return [
            [self.sighting(seen, patch) for seen in row] for patch, row in zip(patches, rows, strict=True)
        ]

    def sighting(self, reply: object, patch: Patch) -> Sighting:
        """What was seen in a patch, boxes clipped to it; of more than `MOST_BOXES` those with the best scores."""
        seen = self.of_type(reply, Sighting)
        boxes, scores = self._array(seen.boxes, "boxes"), self._array(seen.scores, "scores")
        n = len(scores) if scores.ndim else -1
        if scores.shape != (n,) or boxes.shape != (n, 4):
            raise self.fault(
                "boxes of shape (N, 4) and scores of shape (N,)", f"{boxes.shape}, {scores.shape}"
            )
        if n and not (np.isfinite(boxes).all() and np.isfinite(scores).all()):
            raise self.fault("boxes and scores of finite numbers", "infinite ones or NaN")
        if n and (scores.min() < 0 or scores.max() > 1):
            raise self.fault("scores in [0, 1]", f"{scores.min():.3g} to {scores.max():.3g}")
        if not ((boxes[:, 0] < boxes[:, 2]) & (boxes[:, 1] < boxes[:, 3])).all():
            raise self.fault("boxes x0 y0 x1 y1 with x0 < x1 and y0 < y1", "one without an area")
        size_wh = patch.box.size_wh
        if n and not with_area(boxes, size_wh).all():
            raise self.fault(
                "boxes in pixels of the patch", f"one outside its {size_wh[0]:g} x {size_wh[1]:g}"
            )
        texts, sources = self._texts(seen.texts, n), self._sources(seen.sources, n)
        if n > MOST_BOXES:
            best = np.sort(np.argsort(-scores.astype(np.float64), kind="stable")[:MOST_BOXES])
            boxes, scores = boxes[best], scores[best]
            texts = tuple(texts[i] for i in best) if texts else ()
            sources = tuple(sources[i] for i in best) if sources else ()
        return Sighting(
            np.clip(boxes, 0, np.array([*size_wh] * 2, np.float32)).astype(np.float32),
            scores.astype(np.float32),
            self._cue(seen.cue),
            texts,
            sources,
            self.truth(seen.complete, "completeness"),
        )

    def surveyed(self, reply: object, patch: Patch) -> Sighting:
        """As `sighting`, with a phrase for every box."""
        seen = self.sighting(reply, patch)
        if len(seen.texts) != len(seen.scores):
            raise self.fault(f"a phrase for each of {len(seen.scores)} boxes", f"{len(seen.texts)}")
        return seen

    def spelled(self, reply: object) -> tuple[str, float]:
        """A text without space around it, and how sure it is."""
        pair = self.listed(reply, "a text and how sure it is")
        if len(pair) != 2:
            raise self.fault("a text and how sure it is", f"{len(pair)} values")
        return self.text(pair[0], "a text").strip(), self.number(pair[1], "sureness", 0.0, 1.0)

    def views(self, reply: object) -> tuple[Box, ...]:
        """Boxes of views."""
        return tuple(self.of_type(box, Box) for box in self.listed(reply, "boxes"))

    def _array(self, reply: object, what: str) -> Array:
        if not isinstance(reply, np.ndarray) or reply.dtype.kind not in "iuf":
            raise self.fault(f"{what} as a numpy array of numbers", _shown(reply))
        return reply

    def _cue(self, reply: object) -> NDArray[np.float32] | None:
        if reply is None:
            return None
        cue = self._array(reply, "a cue map")
        if cue.ndim != 2 or not cue.size:
            raise self.fault("a cue map of shape (h, w)", f"shape {cue.shape}")
        for axis, size in enumerate(cue.shape):
            if size > CUE_CELLS:
                parts = np.split(cue, np.arange(1, CUE_CELLS) * size // CUE_CELLS, axis)
                cue = np.stack([part.max(axis) for part in parts], axis)
        if not (np.abs(cue.astype(np.float64)) <= np.finfo(np.float32).max).all():
            raise self.fault("a cue map of finite numbers", "infinite ones or NaN")
        return cue.astype(np.float32, copy=False)

    def _texts(self, reply: object, n: int) -> tuple[str, ...]:
        texts = tuple(self.text(each, "texts") for each in self.listed(reply, "texts"))
        if texts and len(texts) != n:
            raise self.fault(f"a text for each of {n} boxes, or none", f"{len(texts)}")
        return texts

    def _sources(self, reply: object, n: int) -> tuple[tuple[str, ...], ...]:
        sources = tuple(
            tuple(self.text(name, "a source") for name in self.listed(names, "names"))
            for names in self.listed(reply, "sources")
        )
        if sources and len(sources) != n:
            raise self.fault(f"sources for each of {n} boxes, or none", f"{len(sources)}")
        return sources


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _told(error: Exception) -> str:
    try:
        return one_line(f"{type(error).__name__}: {error}", 300)
    except Exception:  # its words are foreign code too
        return type(error).__name__


def _shape(replies: object) -> str:
    if not isinstance(replies, list | tuple):
        return type(replies).__name__
    rows = [len(row) if isinstance(row, list | tuple) else type(row).__name__ for row in replies[:9]]
    return f"{rows}{' and more' if len(replies) > 9 else ''}"


def _shown(value: object) -> str:
    """A value for a message: short texts and numbers as they are, of anything else its type."""
    if isinstance(value, str):
        return repr(one_line(value[:80], 40))
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}"
    if value is None or isinstance(value, bool | float | np.generic):
        return repr(value)
    return type(value).__name__
