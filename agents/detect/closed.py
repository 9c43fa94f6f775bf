"""Closed-set detectors of transformers: DETR and its kin (RT-DETR, D-FINE, DEIMv2, RF-DETR, LW-DETR, YOLOS, ...).

- They know the labels of their checkpoint and nothing else: a phrase that means none of them is `unknown` at once.
- All have one form: class logits and boxes for each query. Those with a class more than labels choose among all
  classes and "nothing" (softmax); the others score every label on its own (sigmoid).
- The boxes of all queries are drawn as the cue map.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...memory.image import Patch
from ..contracts import Capabilities, Sighting
from ..looker import Looker
from .frame import Array, Calibration, Frame, batches, drawn_cue, frame_of, log_odds, sighting
from .vocabulary import Vocabulary
from .zero_shot import Detections, Detector, placed, sides

if TYPE_CHECKING:
    from ..transformers_types import ImageProcessor

__all__ = ["CALIBRATION", "ClosedSet"]

CALIBRATION = Calibration(0.3, 0.5, 0.05)
"""Low is what the models' cards draw from; nothing measured on your images."""


class ClosedSet(Looker):
    """A detector of transformers with fixed labels.

    model, processor: of a class for object detection, and its image processor. input_side: pixels of the longer side
    at which a patch is seen; None takes the processor's. max_batch: pictures in one pass. thresholds: (low, high)
    confidence.
    """

    keeps_deadline = True

    def __init__(
        self,
        model: Detector,
        processor: ImageProcessor,
        *,
        name: str,
        input_side: int | None = None,
        max_batch: int = 8,
        thresholds: tuple[float, float] | None = None,
    ) -> None:
        self.model = model.eval()
        self.processor = processor
        self.name = name
        labels = model.config.id2label
        self.vocabulary = Vocabulary([str(labels[i]) for i in sorted(labels)])
        low, high = thresholds or (CALIBRATION.low, CALIBRATION.high)
        self.calibration = Calibration(low, high, min(CALIBRATION.floor, low))
        side, self._read_side = sides(processor, input_side)
        self._takes = set(inspect.signature(model.forward).parameters)
        self.capabilities = Capabilities(
            input_side=side, smallest_px=16, confidence_high=high, confidence_low=low, max_batch=max_batch
        )

    def unknown(self, phrase: str) -> str:
        """Why the phrase names no label, with the nearest; "" when it names one."""
        return self.vocabulary.unknown(phrase, self.name)

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """One `Sighting` for every patch and phrase: result[patch][phrase]. Raises UnknownPhraseError."""
        import torch

        classes = self.vocabulary.wanted(phrases, self.name)
        frames = [frame_of(patch, self._read_side) for patch in patches]
        rows: list[list[Sighting]] = [[] for _ in patches]
        with torch.inference_mode():
            for batch in batches(frames, self.capabilities.max_batch) if classes else ():
                made = self.processor(images=[frames[i].picture for i in batch], return_tensors="pt")
                given = placed(self.model, {k: v for k, v in made.items() if k in self._takes})
                out = self.model(**given)
                boxes, logits = out.pred_boxes.float().cpu().numpy(), self._logits(out)
                for i, box, logit in zip(batch, boxes, logits, strict=True):
                    rows[i] = [self._sighting(frames[i], box, logit[:, wanted]) for wanted in classes]
        return rows

    def _logits(self, out: Detections) -> Array:
        """(B, queries, labels) log-odds of each label."""
        count = len(self.vocabulary.names)
        if out.logits.shape[-1] == count + 1:
            shares = out.logits.float().softmax(-1)[..., :count].cpu().numpy()
            return log_odds(shares).astype(np.float32)
        scores: Array = out.logits.float().cpu().numpy()
        return scores

    def _sighting(self, frame: Frame, boxes: Array, logits: Array) -> Sighting:
        """boxes: (queries, 4), centre and size as shares of the picture; logits: (queries, classes meant)."""
        seen, best = frame.boxes(boxes, "cxcywh_unit"), logits.max(axis=-1)
        cue = self.calibration.cue(drawn_cue(seen, best, frame.patch_wh))
        return sighting(seen, best, self.calibration, cue)
