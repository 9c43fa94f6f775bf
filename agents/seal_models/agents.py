"""SEAL's two models as agents: the VQA model shows and tells, the visual search model locates and says where.

- A patch is encoded once, for detection, cue map and contextual cue and for every phrase; features of images
  and crops are encoded once for Show and Tell. Caches are keyed by content and hold the latest few.
- Images are resized from full resolution, as the models were trained; beyond 8192 px a side they are first
  scaled down.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, Generic, ParamSpec, Protocol, TypeVar
from weakref import WeakValueDictionary

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...memory.conventions import to_patch
from ...memory.errors import AgentError, InputError, QuestionError, SettingError
from ...memory.geometry import Box
from ...memory.image import Image, Patch
from ...memory.working import FoundTarget, VisualWorkingMemory
from ..checks import with_area
from ..contracts import Answer, Capabilities, Need, Sighting, Target
from ..looker import Answerer, Looker
from .llama import Prefix, Reply
from .pixels import normalised, padded
from .sentences import (
    IMAGE,
    LAYOUTS,
    LOCATED,
    VISUAL_TOKENS,
    Layout,
    Tokens,
    crop_xyxy,
    focus,
    in_square,
    locate_prompt,
    missing_objects,
    plain,
    projections,
    vqa_prompt,
    where_prompt,
)
from .vqa import VqaNetwork
from .vsm import Encoded, Location, VsmNetwork

__all__ = ["SealVqa", "SealVsm", "memory_errors"]

NATIVE_SIDE = 8192
"""Pixels of the longer side up to which an image is resized in one step from full resolution."""
CLIP_SIDE, OWL_SIDE = 224, 768
LONGEST_REPLY = {"vsm": 100, "vqa": 512}
"""Tokens."""
MOST_BOXES = 64
"""Boxes of one sighting: the best, and further ones from `confidence_low` on."""
ROWS = 8
"""Questions that LLaMA reads in one batch; each holds its own cache of the patch (150 MB at float16, 7 B)."""
Value = TypeVar("Value")
P = ParamSpec("P")


class _Named(Protocol):
    name: str


Agent = TypeVar("Agent", bound=_Named)


class _Latest(Generic[Value]):
    """The latest values by key. Thread-safe."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Value | None:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def add(self, key: str, value: Value) -> None:
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._size:
                self._values.popitem(last=False)


@contextmanager
def memory_errors(name: str) -> Iterator[None]:
    """Out of memory, of whatever device, as an AgentError that says what takes less."""
    try:
        yield
    except RuntimeError as error:
        if "memory" not in str(error):
            raise
        raise AgentError(
            f"{name}: the device is out of memory; quantize=8 or 4, a smaller kept or batch_size, or another "
            f"device takes less ({str(error).partition(chr(10))[0][:120]})."
        ) from error


def _running(method: Callable[Concatenate[Agent, P], Value]) -> Callable[Concatenate[Agent, P], Value]:
    """A method of an agent that runs the network."""

    @wraps(method)
    def run(self: Agent, /, *args: P.args, **kwargs: P.kwargs) -> Value:
        with torch.inference_mode(), memory_errors(self.name):
            return method(self, *args, **kwargs)

    return run


class SealVsm(Looker):
    """Localizer: boxes, scores, cue maps and contextual cues of `craigwu/seal_vsm_7b`.

    kept: patches whose encoding is kept for further questions.
    """

    keeps_deadline = True

    def __init__(self, network: VsmNetwork, tokens: Tokens, name: str = "seal:vsm", *, kept: int = 8) -> None:
        if "[LOC]" not in tokens.added:
            raise InputError(
                f"{name}: its tokenizer has no [LOC] token; added_tokens.json, which names it, comes with the "
                "checkpoint. Copy it beside tokenizer.model."
            )
        if kept < 1:
            raise SettingError(f"kept = {kept}: at least 1 patch is expected.")
        self.name = name
        self.capabilities = Capabilities(input_side=OWL_SIDE, smallest_px=16.0, says_where=True)
        self._network, self._tokens, self._loc = network, tokens, tokens.added["[LOC]"]
        self._expected = [*tokens.encode(LOCATED), tokens.end]
        self._encoded: _Latest[Encoded] = _Latest(kept)

    @_running
    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """One `Sighting` for every patch and phrase: result[patch][phrase].

        Boxes: the best, and all others that score at least `confidence_low`, best first. cue: (192, 192) logits
        of the mask over the patch, negative ones 0, as the released search reads them. A reply that locates
        nothing (no [LOC]) gives an empty sighting.
        """
        encoded = self._encode(patches)
        questions = [self._question(locate_prompt(phrase)) for phrase in phrases]
        pairs = [(patch, question) for patch in encoded for question in questions]
        found: list[Sighting] = []
        for start in range(0, len(pairs), ROWS):
            seen, asked = zip(*pairs[start : start + ROWS], strict=True)
            replies = self._network.replies(seen, asked, self._expected, LONGEST_REPLY["vsm"])
            located = self._network.locate(seen, replies, self._loc)
            shown = [patches[i // len(phrases)] for i in range(start, start + len(seen))]
            found += map(self._sighting, located, shown)
        return [found[i * len(phrases) : (i + 1) * len(phrases)] for i in range(len(patches))]

    @_running
    def where(self, patch: Patch, target: str) -> str:
        """Contextual cue: the sentence in which the model says where such a target is most likely to appear."""
        (seen,) = self._encode([patch])
        question = self._question(where_prompt(target))
        reply = self._network.generate(seen.prefix, question, self._tokens.end, LONGEST_REPLY["vsm"])
        return self._tokens.decode(reply.ids)

    def _question(self, prompt: str) -> list[int]:
        """Token ids that follow the image."""
        ids = self._tokens.prompt(prompt)
        return ids[ids.index(IMAGE) + 1 :]

    def _encode(self, patches: Sequence[Patch]) -> list[Encoded]:
        known = {patch.key: self._encoded.get(patch.key) for patch in patches}
        new = list({p.key: p for p in patches if known[p.key] is None}.values())
        if new:
            images = [patch.read(NATIVE_SIDE) for patch in new]
            ids = self._tokens.prompt(locate_prompt(""))
            encoded = self._network.encode(
                _stack([normalised(padded(image, "corner"), CLIP_SIDE) for image in images]),
                _stack([normalised(image, OWL_SIDE) for image in images]),
                ids[: ids.index(IMAGE)],
            )
            for patch, done in zip(new, encoded, strict=True):
                self._encoded.add(patch.key, done)
                known[patch.key] = done
        return [seen for patch in patches if (seen := known[patch.key]) is not None]

    def _sighting(self, location: Location | None, patch: Patch) -> Sighting:
        if location is None:
            return Sighting()
        scores = location.scores.cpu().numpy()
        order = np.argsort(-scores, kind="stable")[:MOST_BOXES]
        order = order[(scores[order] >= self.capabilities.confidence_low) | (np.arange(len(order)) == 0)]
        boxes = to_patch(location.boxes.cpu().numpy()[order], "cxcywh_unit", patch.box.size_wh)
        cue = location.mask.clamp_min(0).cpu().numpy()
        real = with_area(boxes, patch.box.size_wh)
        return Sighting(boxes[real].astype(np.float32), scores[order][real], cue)


class SealVqa(Answerer):
    """VQA agent: `craigwu/seal_vqa_7b`.

    layout: the projections of the working memory, as in the released evaluation or as in the training data.
    """

    keeps_deadline = True
    input_side = CLIP_SIDE

    def __init__(
        self,
        network: VqaNetwork,
        tokens: Tokens,
        name: str = "seal:vqa",
        *,
        layout: Layout = "evaluated",
        kept: int = 64,
    ) -> None:
        if layout not in LAYOUTS:
            raise SettingError(f"layout = {layout!r}: one of {', '.join(LAYOUTS)} is expected.")
        if kept < 1:
            raise SettingError(f"kept = {kept}: features of at least 1 image are expected.")
        self.name, self.layout = name, layout
        self._network, self._tokens = network, tokens
        self._longest: int = network.model.config.max_position_embeddings
        self._features: _Latest[Tensor] = _Latest(kept)
        self._images: WeakValueDictionary[str, Image] = WeakValueDictionary()

    @_running
    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """The targets that the model says are missing; else its answer, options scored as in `tell`."""
        self._images[view.image.digest] = view.image
        image = self._image_features(view.key, view)
        prompt = self._tokens.prompt(vqa_prompt(question))
        prefix, state = self._read(prompt, image, [])
        reply = self._complete(prefix, state)
        text = self._tokens.decode(reply.ids)
        missing = missing_objects(text)
        if missing:
            return Need(tuple(Target(name, surroundings=False) for name in missing), reason=text)
        if options:
            return Need(answer=self._choose(vqa_prompt(question), prompt, prefix, state, options, ()))
        if missing is not None:
            return Need(reason=text)
        return Need(answer=Answer(text, confidence=self._confidence(reply)))

    @_running
    def tell(self, memory: VisualWorkingMemory) -> Answer:
        """Answer from image, crops and coordinates of the memory.

        Options are compared by their mean log-likelihood for each token, "</s>" included; the first of equals
        wins. Targets on other pages than the memory's image take no part, nor do the least sure of further
        instances when not all fit into the model's context. What the model misses even now comes as `more`.
        """
        targets = [t for t in memory.targets if t.page == memory.image.page]
        text, prompt = self._asked(memory, targets)
        while self._length(prompt, len(targets)) > self._longest and (spare := _spare(targets)):
            targets.remove(spare)
            text, prompt = self._asked(memory, targets)
        image, *crops = self._memory_features(memory, targets)
        prefix, state = self._read(prompt, image, crops)
        cites = tuple(dict.fromkeys(t.crop for t in targets))
        if memory.options:
            return self._choose(text, prompt, prefix, state, memory.options, cites)
        reply = self._complete(prefix, state)
        said = self._tokens.decode(reply.ids)
        missing = missing_objects(said)
        if missing is None:
            return Answer(said, confidence=self._confidence(reply), cites=cites)
        more = tuple(Target(name, surroundings=False) for name in missing)
        return Answer("cannot tell", "cannot_tell", 0.0, cites, reason=said, more=more)

    # --- language -----------------------------------------------------------------------------------------

    def _asked(self, memory: VisualWorkingMemory, targets: Sequence[FoundTarget]) -> tuple[str, list[int]]:
        """The prompt of Tell, and its token ids with placeholders."""
        named = [(t.phrase, in_square(t.box, memory.image.size_wh)) for t in targets]
        text = vqa_prompt(memory.question, focus(named, [a.phrase for a in memory.absent]))
        return text, self._tokens.prompt(text)

    def _length(self, prompt: Sequence[int], crops: int) -> int:
        """Tokens of a prompt once its placeholders are filled."""
        image_long, crops_long = projections(crops, self.layout)
        return len(prompt) - 1 - crops + VISUAL_TOKENS[image_long] + crops * VISUAL_TOKENS[crops_long]

    def _read(self, prompt: Sequence[int], image: Tensor, crops: Sequence[Tensor]) -> tuple[Prefix, Tensor]:
        """The prompt's cache and last state (width,)."""
        length = self._length(prompt, len(crops))
        if length > self._longest:
            raise QuestionError(
                f"{self.name}: the question and its targets take {length} tokens; at most {self._longest} are "
                "read. Ask more briefly, or for fewer targets."
            )
        embeddings = self._network.embed(prompt, image, crops, *projections(len(crops), self.layout))
        prefixes, states = self._network.prefill(embeddings[None])
        return prefixes[0], states[0, -1]

    def _complete(self, prefix: Prefix, state: Tensor) -> Reply:
        return self._network.complete(prefix, state, self._tokens.end, LONGEST_REPLY["vqa"])

    def _confidence(self, reply: Reply) -> float:
        """Geometric mean of the probabilities of the reply's tokens."""
        said = torch.tensor(reply.ids, device=reply.states.device)
        return math.exp(-float(torch.nn.functional.cross_entropy(self._network.logits(reply.states), said)))

    def _choose(
        self,
        text: str,
        prompt: Sequence[int],
        prefix: Prefix,
        state: Tensor,
        options: Sequence[str],
        cites: tuple[str, ...],
    ) -> Answer:
        whole = [self._tokens.prompt(f"{text} {plain(option)}</s>") for option in options]
        losses = self._network.option_losses(prefix, state, [ids[len(prompt) :] for ids in whole])
        best = min(range(len(losses)), key=losses.__getitem__)
        share = 1 / sum(math.exp(losses[best] - loss) for loss in losses)
        return Answer(
            options[best], confidence=share, cites=cites, option_scores=tuple(-loss for loss in losses)
        )

    # --- pictures -----------------------------------------------------------------------------------------

    def _image_features(self, key: str, shown: Patch | PIL.Image.Image) -> Tensor:
        """(256, clip width) of an image, padded to a square."""
        known = self._features.get(key)
        if known is None:
            image = shown.read(NATIVE_SIDE) if isinstance(shown, Patch) else shown
            known = self._network.image_features(_stack([normalised(padded(image, "centre"), CLIP_SIDE)]))[0]
            self._features.add(key, known)
        return known

    def _memory_features(self, memory: VisualWorkingMemory, targets: Sequence[FoundTarget]) -> list[Tensor]:
        """Features of the image and of every target's crop; from full resolution while the image is open."""
        image = self._images.get(memory.image.digest)
        if image is not None:
            patch = image.patch()
            seen = [self._image_features(patch.key, patch)]
        else:
            seen = [self._image_features(f"{memory.image.digest}:small", memory.image.pil())]
        boxes = [Box.from_xyxy(*crop_xyxy(t.box, memory.image.size_wh)) for t in targets]
        kept = "" if image is not None else ":kept"
        keys = [f"{memory.image.digest}:crop{kept}:{box.xywh}" for box in boxes]
        known = {key: self._features.get(key) for key in keys}
        new = {key: i for i, key in enumerate(keys) if known[key] is None}
        if new:
            pixels = [
                image.region(boxes[i], NATIVE_SIDE)
                if image is not None
                else _kept(memory, targets[i], boxes[i])
                for i in new.values()
            ]
            features = self._network.image_features(_stack([normalised(p, CLIP_SIDE) for p in pixels]))
            for key, value in zip(new, features, strict=True):
                self._features.add(key, value)
                known[key] = value
        return [*seen, *(value for key in keys if (value := known[key]) is not None)]


def _spare(targets: Sequence[FoundTarget]) -> FoundTarget | None:
    """The least sure target of those that have a surer instance of the same phrase; None when all are single."""
    first = {t.phrase: t for t in sorted(targets, key=lambda t: t.score)}
    further = [t for t in targets if t is not first[t.phrase]]
    return min(further, key=lambda t: t.score, default=None)


def _kept(memory: VisualWorkingMemory, target: FoundTarget, box: Box) -> PIL.Image.Image:
    """As much of `box` as the memory's crop of a target shows."""
    crop = memory.crop(target.crop)
    pixels = crop.pil()
    inside = box.clipped(crop.box)
    across, down = pixels.width / crop.box.width, pixels.height / crop.box.height
    x0, y0, x1, y1 = inside.shifted(-crop.box.x, -crop.box.y).xyxy
    return pixels.crop((int(x0 * across), int(y0 * down), math.ceil(x1 * across), math.ceil(y1 * down)))


def _stack(images: Sequence[NDArray[np.float32]]) -> Tensor:
    """(B, 3, side, side) on the CPU."""
    return torch.from_numpy(np.stack(images))
