"""Zero-shot detectors of transformers: OWL-ViT, OWLv2, Grounding DINO, MM-Grounding-DINO, OmDet-Turbo, SAM 3.

- Where phrases share a pass without changing each other (OWL), they do; elsewhere every phrase gets its own, so that
  what is said of a phrase never depends on its neighbours.
- Raw outputs are read, not the processors' post-processing: that keeps one label a box, and loses which phrase a
  score belongs to. Boxes go through `seal.memory.conventions`.
- Cue maps: OWL scores every cell of its grid, SAM 3 segments; of the others the boxes of all queries are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from ...memory.image import Patch
from ..contracts import Capabilities, Sighting
from ..looker import Looker
from ..transformers_types import Config, ImageProcessor, Model, TensorProcessor, Tokenizer
from .frame import Calibration, Frame, batches, drawn_cue, fitted, frame_of, log_odds, sighting

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Detections", "Detector", "FAMILIES", "Family", "ZeroShot", "placed", "sides"]

Array = NDArray[np.float32]
_MOST_CELLS = 96


@dataclass(frozen=True, slots=True)
class Family:
    """One family of detectors, as data.

    convention: of its raw boxes. calibration: thresholds of the model card or of transformers' post-processing,
    nothing measured on your images. smallest_px: stride of its finest features, doubled. ends: put after a phrase.
    """

    model_type: str
    convention: str
    calibration: Calibration
    smallest_px: float
    auto_class: str = "AutoModelForZeroShotObjectDetection"
    ends: str = ""


FAMILIES: dict[str, Family] = {
    family.model_type: family
    for family in (
        Family("owlvit", "cxcywh_unit", Calibration(0.1, 0.3, 0.02), 32),
        Family("owlv2", "cxcywh_unit_padded", Calibration(0.2, 0.4, 0.02), 24),
        Family("grounding-dino", "cxcywh_unit", Calibration(0.3, 0.5, 0.1), 16, ends="."),
        Family("mm-grounding-dino", "cxcywh_unit", Calibration(0.3, 0.5, 0.1), 16, ends="."),
        Family("omdet-turbo", "cxcywh_unit", Calibration(0.3, 0.5, 0.1), 16),
        Family("sam3", "xyxy_unit", Calibration(0.3, 0.5, 0.05), 16, auto_class="AutoModel"),
    )
}
"""By `model_type` of the configuration."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a model says of one phrase in one picture. boxes: (N, 4), the family's convention; logits: (N,).

    cue: (h, w) logits over the picture, or None.
    """

    boxes: Array
    logits: Array
    cue: Array | None = None


class Detections(Protocol):
    """What a detector says of a batch; each family fills some of these, raw."""

    logits: Tensor
    pred_boxes: Tensor
    image_embeds: Tensor
    decoder_coord_logits: Tensor
    decoder_class_logits: Tensor
    presence_logits: Tensor
    pred_logits: Tensor
    semantic_seg: Tensor


class Detector(Model, Protocol):
    """What we need of a detector of transformers."""

    def __call__(self, **inputs: object) -> Detections:
        """Look at a batch."""
        ...

    def forward(self, **inputs: object) -> Detections:
        """The same; its parameters are the inputs that it takes."""
        ...

    def eval(self) -> Self:
        """Itself, ready to be used."""
        ...

    def get_vision_features(self, pixel_values: Tensor) -> object:
        """Pictures encoded for several phrases (SAM 3)."""
        ...


class ZeroShot(Looker):
    """A detector of transformers that takes phrases.

    model, processor: of one of `FAMILIES`, loaded. input_side: pixels of the longer side at which a patch is seen;
    None takes the processor's. max_batch: pictures in one pass. thresholds: (low, high) confidence in place of the
    family's.
    """

    keeps_deadline = True

    def __init__(
        self,
        model: Detector,
        processor: TensorProcessor,
        *,
        name: str,
        input_side: int | None = None,
        max_batch: int = 8,
        thresholds: tuple[float, float] | None = None,
    ) -> None:
        self.model = model.eval()
        self.processor = processor
        self.name = name
        self.family = FAMILIES[model.config.model_type]
        c = self.family.calibration
        low, high = thresholds or (c.low, c.high)
        self.calibration = Calibration(low, high, min(c.floor, low), c.slope)
        side, self._read_side = sides(processor.image_processor, input_side)
        self._most_tokens = _most_tokens(model.config, processor.tokenizer)
        self.capabilities = Capabilities(
            input_side=side,
            smallest_px=self.family.smallest_px,
            confidence_high=high,
            confidence_low=low,
            max_batch=max_batch,
        )

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """One `Sighting` for every patch and phrase: result[patch][phrase]. Phrases beyond the token limit are cut,
        with a warning."""
        import torch

        texts = [self._text(phrase) for phrase in phrases]
        frames = [frame_of(patch, self._read_side) for patch in patches]
        rows: list[list[Sighting]] = [[] for _ in patches]
        with torch.inference_mode():
            for batch in batches(frames, self.capabilities.max_batch) if texts else ():
                look = _LOOKS[self.family.model_type]
                seen = look(self, [frames[i].picture for i in batch], texts)
                for i, row in zip(batch, seen, strict=True):
                    rows[i] = [self._sighting(frames[i], one) for one in row]
        return rows

    def _sighting(self, frame: Frame, seen: _Seen) -> Sighting:
        boxes = frame.boxes(seen.boxes, self.family.convention)
        grid = drawn_cue(boxes, seen.logits, frame.patch_wh) if seen.cue is None else seen.cue
        if seen.cue is not None:
            grid = frame.cut(grid, square=self.family.convention.endswith("padded"))
        return sighting(boxes, seen.logits, self.calibration, self.calibration.cue(grid))

    def _text(self, phrase: str) -> str:
        clean = phrase.replace(".", " ").lower() if self.family.ends else phrase
        cut = fitted(clean, lambda text: self._tokens(text + self.family.ends), self._most_tokens, self.name)
        return cut + self.family.ends

    def _tokens(self, text: str) -> int:
        return len(self.processor.tokenizer(text, verbose=False)["input_ids"])

    def inputs(self, **given: object) -> dict[str, Tensor]:
        """The processor's output on the model's device, floats in its dtype."""
        return placed(self.model, self.processor(return_tensors="pt", **given))


def placed(model: Model, made: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Inputs on the model's device, floats in its dtype."""
    device, dtype = model.device, model.dtype
    return {k: v.to(device, dtype) if v.is_floating_point() else v.to(device) for k, v in made.items()}


_Pictures = list[PIL.Image.Image]
_Look = Callable[[ZeroShot, _Pictures, list[str]], list[list[_Seen]]]


def _owl(agent: ZeroShot, pictures: _Pictures, texts: list[str]) -> list[list[_Seen]]:
    out = agent.model(**agent.inputs(images=pictures, text=[texts] * len(pictures)))
    logits, boxes = _numpy(out.logits), _numpy(out.pred_boxes)  # (B, cells, phrases), (B, cells, 4)
    rows, columns = out.image_embeds.shape[1:3]
    return [
        [_Seen(boxes[i], logits[i, :, j], logits[i, :, j].reshape(rows, columns)) for j in range(len(texts))]
        for i in range(len(pictures))
    ]


def _dino(agent: ZeroShot, pictures: _Pictures, texts: list[str]) -> list[list[_Seen]]:
    def one(text: str) -> list[_Seen]:
        out = agent.model(**agent.inputs(images=pictures, text=[text] * len(pictures)))
        logits = _numpy(out.logits).max(axis=-1)  # (B, queries) over the phrase's tokens; the others are -inf
        return [_Seen(box, logit) for box, logit in zip(_numpy(out.pred_boxes), logits, strict=True)]

    return _by_picture([one(text) for text in texts])


def _omdet(agent: ZeroShot, pictures: _Pictures, texts: list[str]) -> list[list[_Seen]]:
    def one(text: str) -> list[_Seen]:
        task = [f"Detect {text}."] * len(pictures)
        out = agent.model(**agent.inputs(images=pictures, text=[[text]] * len(pictures), task=task))
        boxes, logits = _numpy(out.decoder_coord_logits), _numpy(out.decoder_class_logits)[..., 0]
        return [_Seen(box, logit) for box, logit in zip(boxes, logits, strict=True)]

    return _by_picture([one(text) for text in texts])


def _sam3(agent: ZeroShot, pictures: _Pictures, texts: list[str]) -> list[list[_Seen]]:
    encoded = agent.model.get_vision_features(agent.inputs(images=pictures)["pixel_values"])

    def one(text: str) -> list[_Seen]:
        words = agent.processor.tokenizer([text] * len(pictures), padding="max_length", return_tensors="pt")
        placed = {k: words[k].to(agent.model.device) for k in ("input_ids", "attention_mask")}
        out = agent.model(vision_embeds=encoded, **placed)
        there = 1 / (1 + np.exp(-_numpy(out.presence_logits)))  # (B, 1)
        logits = log_odds(there / (1 + np.exp(-_numpy(out.pred_logits)))).astype(np.float32)
        maps = _numpy(out.semantic_seg)[:, 0]
        return [
            _Seen(box, logit, _coarse(grid))
            for box, logit, grid in zip(_numpy(out.pred_boxes), logits, maps, strict=True)
        ]

    return _by_picture([one(text) for text in texts])


_LOOKS: dict[str, _Look] = {
    "owlvit": _owl,
    "owlv2": _owl,
    "grounding-dino": _dino,
    "mm-grounding-dino": _dino,
    "omdet-turbo": _omdet,
    "sam3": _sam3,
}


def _by_picture(by_phrase: list[list[_Seen]]) -> list[list[_Seen]]:
    return [list(row) for row in zip(*by_phrase, strict=True)]


def _numpy(tensor: Tensor) -> Array:
    values: Array = tensor.float().cpu().numpy()
    return values


def _coarse(grid: Array) -> Array:
    """The highest value of each block of cells, at most `_MOST_CELLS` a side."""
    for axis, size in enumerate(grid.shape):
        grid = np.maximum.reduceat(grid, np.arange(0, size, -(-size // _MOST_CELLS)), axis=axis)
    return grid


def sides(image_processor: ImageProcessor, wanted: int | None) -> tuple[int, int]:
    """(input side, side to read at), pixels. Processors that scale the shorter side see long patches more finely
    than square ones; the input side is what holds for all."""
    size = image_processor.size
    if "shortest_edge" in size:
        short, long = size["shortest_edge"], size["longest_edge"] or size["shortest_edge"]
        if wanted is not None:
            short, long = wanted, max(wanted, round(wanted * long / short))
            image_processor.size = {"shortest_edge": short, "longest_edge": long}
        return short, long
    side = min(size["height"], size["width"])
    return (side, side) if wanted is None else (min(wanted, side), min(wanted, side))


def _most_tokens(config: Config, tokenizer: Tokenizer) -> int:
    """Tokens of a phrase, special ones included."""
    text = config.get_text_config()
    limits = (
        tokenizer.model_max_length,
        getattr(text, "max_position_embeddings", None),
        getattr(config, "max_text_len", None),
    )
    return int(min(limit for limit in limits if limit))
