"""Scripted agents for tests of programs that use SEAL: no model, no randomness, no waiting.

- `ScriptedVQA` says what it is told to say and records what it was asked.
- `FakeLocalizer` is a geometric oracle: it knows where things are, and sees them as well as a real localizer
  would at that apparent size. It never reads pixels. One patch at a time or many: the same reply.
- Both are strict where a real model would fail obscurely: a script that has run out, an oversized batch and
  an overlong phrase raise.

    >>> from seal.memory.geometry import Box
    >>> from seal.memory.image import Image
    >>> import numpy as np
    >>> screen = Image.open(np.zeros((600, 800, 3), np.uint8))
    >>> seen = FakeLocalizer({"trash icon": [Box(100, 50, 32, 32)]}).locate([screen.patch()], ["trash icon"])
    >>> seen[0][0].boxes.tolist()
    [[100.0, 50.0, 132.0, 82.0]]
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..memory.errors import ReplyError, SettingError
from ..memory.geometry import Box
from ..memory.image import Patch
from ..memory.working import VisualWorkingMemory
from .checks import with_area
from .contracts import ANY_TEXT, Answer, Capabilities, Need, Sighting, Target
from .looker import Answerer, Looker

__all__ = ["AnswerLike", "FakeLocalizer", "Look", "NeedLike", "Noise", "ScriptedVQA", "VQACall"]

NeedLike = Need | Sequence[str | Target]
"""A `Need`, or its targets, or their phrases."""
AnswerLike = Answer | str
"""An `Answer`, or its text."""

_GRID = 48  # cells of the longest side of a cue map, at most
_CELL_PX = 16  # pixels of the input that one cue cell stands for, at least
_CUE_BASE, _CUE_PEAK = -4.0, 4.0  # log-odds of a cell with nothing, and at the centre of a plain object
_SCORE_FLOOR = 0.01  # boxes with lower scores are not reported
_AS_SCRIPTED: Any = object()


@dataclass(frozen=True, slots=True)
class VQACall:
    """One call that a `ScriptedVQA` got. `about`: the question, or the target of `where`."""

    method: Literal["show", "where", "tell"]
    about: str
    options: tuple[str, ...] | None = None
    patch: Patch | None = None
    memory: VisualWorkingMemory | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """One call that a `FakeLocalizer` got."""

    patches: tuple[Patch, ...]
    phrases: tuple[str, ...]


class ScriptedVQA(Answerer):
    """A VQA agent that follows a script and records the calls it got in `calls`.

    needs, answers, places: the replies of `show`, `tell` and `where`. Each is a mapping from the question (of
    `where`: from the target), a sequence with one reply per call of that method, or a function with the
    method's own arguments, of `tell` with the memory and its options. Left out: `show` needs nothing, `tell`
    cannot tell, `where` knows nothing. What a
    function returns passes as it is, so that garbage can be scripted too.

    fail_with: raised by every call, once `fail_after` calls have been answered.
    Raises ReplyError when the script holds no reply; a mapping of `places` gives "" instead.
    """

    keeps_deadline = True

    def __init__(
        self,
        needs: Mapping[str, NeedLike] | Sequence[NeedLike] | Callable[..., object] | None = None,
        answers: Mapping[str, AnswerLike] | Sequence[AnswerLike] | Callable[..., object] | None = None,
        places: Mapping[str, str] | Sequence[str] | Callable[..., object] | None = None,
        *,
        name: str = "fake:vqa",
        input_side: int = 336,
        fail_with: BaseException | None = None,
        fail_after: int = 0,
    ) -> None:
        self.needs = needs
        self.answers = answers
        self.places = places
        self.name = name
        self.input_side = input_side
        self.fail_with = fail_with
        self.fail_after = fail_after
        self.calls: list[VQACall] = []

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """The scripted need of this question."""
        self._record(VQACall("show", question, _frozen(options), patch=view))
        if self.needs is None:
            return Need()
        reply = self._reply("show", self.needs, question, (view, question, options))
        if isinstance(reply, str):
            return Need((Target(reply),))
        if isinstance(reply, Sequence):
            return Need(tuple(Target(t) if isinstance(t, str) else t for t in reply))
        return reply  # type: ignore[no-any-return]

    def where(self, patch: Patch, target: str) -> str:
        """The scripted place of this target."""
        self._record(VQACall("where", target, patch=patch))
        if self.places is None or (isinstance(self.places, Mapping) and target not in self.places):
            return ""
        return self._reply("where", self.places, target, (patch, target))  # type: ignore[no-any-return]

    def tell(self, memory: VisualWorkingMemory) -> Answer:
        """The scripted answer to the memory's question."""
        self._record(VQACall("tell", memory.question, memory.options, memory=memory))
        if self.answers is None:
            return Answer("", "cannot_tell", 0.0, reason=f"{self.name} has no scripted answers.")
        reply = self._reply("tell", self.answers, memory.question, (memory, memory.options))
        return Answer(reply) if isinstance(reply, str) else reply

    def _record(self, call: VQACall) -> None:
        self.calls.append(call)
        if self.fail_with is not None and len(self.calls) > self.fail_after:
            raise self.fail_with

    def _reply(self, method: str, script: object, about: str, arguments: tuple[object, ...]) -> Any:
        if isinstance(script, Mapping):
            if about not in script:
                raise ReplyError(
                    f"{self.name}: the script of {method} has nothing for {about!r}; it has {[*script]}."
                )
            return script[about]
        if isinstance(script, Sequence) and not isinstance(script, str):
            turn = sum(call.method == method for call in self.calls)
            if turn > len(script):
                raise ReplyError(
                    f"{self.name}: call {turn} of {method}, but its script has {len(script)} replies."
                )
            return script[turn - 1]
        if not callable(script):
            raise SettingError(
                f"{self.name}: the script of {method} must be a mapping, a sequence or a function; "
                f"got {type(script).__name__}."
            )
        return script(*arguments)


def _frozen(options: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if options is None else tuple(options)


@dataclass(frozen=True, slots=True)
class Noise:
    """What goes wrong, decided by a hash of seed, patch and phrase: the same look gives the same noise.

    rate: chance in [0, 1] of one distractor box per look at a phrase. top_score: its highest score in [0, 1].
    cue_sd: standard deviation of the noise of the cue map, log-odds.
    """

    rate: float = 0.2
    top_score: float = 0.4
    cue_sd: float = 0.5
    seed: int = 0


class FakeLocalizer(Looker):
    """A localizer that knows where things are: boxes, scores, cue map and texts by geometry alone.

    objects: phrase -> boxes of its instances, in pixels of the full image; other phrases are seen nowhere.
    texts: phrase -> what is written in each of these boxes; `ANY_TEXT` then finds all of them. A text that is
    cut by the patch's border loses the letters outside.

    What it sees of an object in a patch:
    - v, its visible share: area inside the patch / area, in [0, 1];
    - a, its apparent size: shorter side in pixels of the localizer's input (the patch scaled down, never up,
      to `capabilities.input_side`, and never finer than `Image.limited` allows);
    - the box of the visible part, with score v^2 * a^2 / (a^2 + a0^2), a0 = `smallest_px` / 2 (0.8 at
      `smallest_px`, 0.5 at half of it); scores under 0.01 are left out;
    - in the cue map a Gaussian bump about the visible part's centre, from -4 up to
      -4 + 8 * v * a^2 / (a^2 + a1^2) log-odds, a1 = a0 / 4: the cue reaches further down than the boxes do.
      The grid has one cell per 16 input pixels, at most 48 a side.

    capabilities: by default an input of 1024 px; `gives_boxes`, `gives_cue`, `reads_text` and `text_only` are
    obeyed. noise: distractors. name: as registered agents have one. `calls` records the looks.
    fail_with: raised by every call, once `fail_after` calls have been answered.
    reply: given instead of the truth, as it is; garbage for tests of error handling.

    Raises SettingError for texts that do not go with the objects; ReplyError for more than `max_batch`
    patches or a phrase over `longest_phrase`.
    """

    keeps_deadline = True

    def __init__(
        self,
        objects: Mapping[str, Sequence[Box]],
        *,
        capabilities: Capabilities | None = None,
        noise: Noise | None = None,
        texts: Mapping[str, Sequence[str]] | None = None,
        name: str = "fake:localizer",
        fail_with: BaseException | None = None,
        fail_after: int = 0,
        reply: Any = _AS_SCRIPTED,
    ) -> None:
        self.objects = objects
        self.capabilities = capabilities or Capabilities(input_side=1024, reads_text=bool(texts))
        self.noise = noise
        self.texts = texts or {}
        self.name = name
        self.fail_with = fail_with
        self.fail_after = fail_after
        self.reply = reply
        self.calls: list[Look] = []
        _check_texts(self.objects, self.texts, self.capabilities)

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """What is seen of every phrase in every patch: result[patch][phrase]."""
        self.calls.append(Look(tuple(patches), tuple(phrases)))
        if self.fail_with is not None and len(self.calls) > self.fail_after:
            raise self.fail_with
        if self.reply is not _AS_SCRIPTED:
            return self.reply  # type: ignore[no-any-return]
        self._check_call(patches, phrases)
        return [[self._sighting(patch, phrase) for phrase in phrases] for patch in patches]

    def survey(self, patch: Patch) -> Sighting:
        """Every object without text that is seen, under its phrase."""
        self.calls.append(Look((patch,), ()))
        phrases = [phrase for phrase in self.objects if phrase not in self.texts]
        seen = [(phrase, self._sighting(patch, phrase)) for phrase in phrases]
        return Sighting(
            np.concatenate([np.zeros((0, 4), np.float32), *(s.boxes for _, s in seen)]),
            np.concatenate([np.zeros(0, np.float32), *(s.scores for _, s in seen)]),
            texts=tuple(phrase for phrase, s in seen for _ in s.scores),
        )

    def _check_call(self, patches: Sequence[Patch], phrases: Sequence[str]) -> None:
        can = self.capabilities
        if len(patches) > can.max_batch:
            raise ReplyError(f"{self.name}: {len(patches)} patches in one call; it takes {can.max_batch}.")
        for phrase in phrases:
            if len(phrase) > can.longest_phrase:
                raise ReplyError(
                    f"{self.name}: a phrase of {len(phrase)} letters; it takes {can.longest_phrase}."
                )

    def _instances(self, phrase: str) -> list[tuple[Box, str]]:
        """Boxes of a phrase with what is written in them ("" when nothing is)."""
        if phrase == ANY_TEXT and self.capabilities.reads_text:
            return [pair for known in self.texts if known != ANY_TEXT for pair in self._instances(known)]
        if self.capabilities.text_only and phrase not in self.texts:
            return []
        boxes = self.objects.get(phrase, ())
        return list(zip(boxes, self.texts.get(phrase, [""] * len(boxes)), strict=True))

    def _sighting(self, patch: Patch, phrase: str) -> Sighting:
        can = self.capabilities
        parts = [_Part(patch, box, text, can.input_side) for box, text in self._instances(phrase)]
        visible = [part for part in parts if part.share > 0]
        random = _Hash(self.noise, patch, phrase) if self.noise else None
        cue = _cue(patch, visible, can) if can.gives_cue else None
        if cue is not None and random:
            cue += random.normal(cue.shape)
        if not can.gives_boxes:
            return Sighting(cue=cue)
        found = [(part.box, part.score(can), part.text) for part in visible]
        found = [item for item in found if item[1] >= _SCORE_FLOOR]
        if random and phrase != ANY_TEXT:
            found += random.distractors(patch)
        boxes = np.array([box.xyxy for box, _, _ in found], np.float32).reshape(-1, 4)
        real = with_area(boxes, patch.box.size_wh)
        found = [item for item, is_real in zip(found, real, strict=True) if is_real]
        return Sighting(
            boxes[real],
            np.array([score for _, score, _ in found], np.float32),
            cue,
            tuple(text for _, _, text in found) if can.reads_text else (),
        )


class _Part:
    """What a patch shows of one object. box: the visible part, in pixels of the patch."""

    def __init__(self, patch: Patch, thing: Box, text: str, input_side: int) -> None:
        inside = thing.intersection(patch.box)
        self.share = patch.box.coverage(thing)
        self.apparent = min(thing.size_wh) * _scale(patch, input_side)
        self.box = inside.shifted(-patch.box.x, -patch.box.y)
        left, right = ((x - thing.x) / (thing.width or 1.0) for x in (inside.x, inside.x + inside.width))
        self.text = text[round(left * len(text)) : round(right * len(text))]

    def score(self, can: Capabilities) -> float:
        return self.share**2 * _seen(self.apparent, can.smallest_px / 2)

    def cue(self, can: Capabilities) -> float:
        """Height of the bump over the base, log-odds."""
        return (_CUE_PEAK - _CUE_BASE) * self.share * _seen(self.apparent, can.smallest_px / 8)


def _seen(apparent: float, half_px: float) -> float:
    """How well something of that apparent size is seen, in [0, 1); 1/2 at `half_px`."""
    return apparent**2 / (apparent**2 + half_px**2)


def _scale(patch: Patch, input_side: int) -> float:
    """Input pixels per pixel of the full image, at most 1."""
    scale = min(1.0, input_side / max(*patch.box.size_wh, 1.0))
    limit = patch.image.limit_side
    return min(scale, limit / max(patch.image.size_wh)) if limit else scale


def _cue(patch: Patch, parts: Sequence[_Part], can: Capabilities) -> NDArray[np.float32]:
    """(h, w) float32 log-odds: the highest bump in each cell; a bump is at least a cell wide."""
    longest = max(*patch.box.size_wh, 1.0)
    cells = min(_GRID, math.ceil(longest * _scale(patch, can.input_side) / _CELL_PX))
    columns, rows = (max(1, round(cells * side / longest)) for side in patch.box.size_wh)
    step_x, step_y = patch.box.width / columns, patch.box.height / rows
    x, y = (np.arange(columns) + 0.5) * step_x, (np.arange(rows)[:, None] + 0.5) * step_y
    cue = np.full((rows, columns), _CUE_BASE)
    for part in parts:
        (cx, cy), (w, h) = part.box.center, part.box.size_wh
        far = ((x - cx) / max(w / 2, step_x)) ** 2 + ((y - cy) / max(h / 2, step_y)) ** 2
        cue = np.maximum(cue, _CUE_BASE + part.cue(can) * np.exp(-far / 2))
    return cue.astype(np.float32)


class _Hash:
    """The noise of one look: a stream of numbers that depends on seed, patch and phrase alone."""

    def __init__(self, noise: Noise, patch: Patch, phrase: str) -> None:
        digest = hashlib.sha256(f"{noise.seed}|{patch.key}|{phrase}".encode()).digest()
        self.noise = noise
        self.uniform = [int.from_bytes(digest[i : i + 4], "little") / 2**32 for i in range(0, 20, 4)]
        self.generator = np.random.Generator(np.random.PCG64(int.from_bytes(digest[20:], "little")))

    def distractors(self, patch: Patch) -> list[tuple[Box, float, str]]:
        """One wrong box of 1/40 to 1/8 of the patch's sides, or none."""
        chance, left, top, size, score = self.uniform
        if chance >= self.noise.rate:
            return []
        w, h = (side * (0.025 + 0.1 * size) for side in patch.box.size_wh)
        box = Box(left * (patch.box.width - w), top * (patch.box.height - h), w, h)
        return [(box, score * self.noise.top_score, "")]

    def normal(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        return (self.generator.standard_normal(shape) * self.noise.cue_sd).astype(np.float32)


def _check_texts(
    objects: Mapping[str, Sequence[Box]], texts: Mapping[str, Sequence[str]], can: Capabilities
) -> None:
    if texts and not can.reads_text:
        raise SettingError("Texts are given, but the capabilities say reads_text=False.")
    for phrase, written in texts.items():
        if len(written) != len(objects.get(phrase, ())):
            raise SettingError(
                f"{phrase!r}: one text per box is expected; got {len(written)} texts "
                f"and {len(objects.get(phrase, ()))} boxes."
            )
