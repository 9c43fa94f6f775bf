"""Florence-2 as a localizer: open-vocabulary detection by location tokens.

It writes "label<loc_x0><loc_y0><loc_x1><loc_y1>" for what it sees, and gives no scores. The score here is how sure
it was of the numbers: the geometric mean of the probabilities of a box's four location tokens. That is no
probability that the thing is there (it tends to find whatever it is asked for), so the thresholds are high.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Protocol, Self

import numpy as np
import PIL.Image

from ...memory.image import Patch
from ..contracts import Capabilities, Sighting
from ..looker import Looker
from ..transformers_types import Config, LanguageModel, TensorProcessor
from .frame import Calibration, batches, fitted, frame_of, log_odds, sighting

__all__ = ["CALIBRATION", "Florence", "boxes_in"]

CALIBRATION = Calibration(0.3, 0.6)
TASK = "<OPEN_VOCABULARY_DETECTION>"
CONVENTION = "xyxy_1000_loc"
MOST_NEW_TOKENS = 256
_LOC = re.compile(r"<loc_(\d+)>")


class TextConfig(Protocol):
    """Of the language model."""

    max_position_embeddings: int


class FlorenceConfig(Config, Protocol):
    """A configuration that says how long a text may be."""

    text_config: TextConfig


class FlorenceModel(LanguageModel, Protocol):
    """Florence-2, as transformers loads it."""

    config: FlorenceConfig

    def eval(self) -> Self:
        """Itself, ready to be used."""
        ...


class FlorenceProcessor(TensorProcessor, Protocol):
    """Its processor. num_image_tokens: of one picture; task_prompts_with_input: templates by task."""

    num_image_tokens: int
    task_prompts_with_input: dict[str, str]


class Florence(Looker):
    """Florence-2, loaded (`florence-community/...`; the `microsoft/...` repositories hold remote code).

    input_side: pixels of the longer side at which a patch is seen; None takes the processor's. thresholds: (low,
    high) confidence in place of `CALIBRATION`.
    """

    keeps_deadline = True

    def __init__(
        self,
        model: FlorenceModel,
        processor: FlorenceProcessor,
        *,
        name: str,
        input_side: int | None = None,
        max_batch: int = 8,
        thresholds: tuple[float, float] | None = None,
    ) -> None:
        self.model = model.eval()
        self.processor = processor
        self.name = name
        low, high = thresholds or (CALIBRATION.low, CALIBRATION.high)
        self.calibration = Calibration(low, high, min(CALIBRATION.floor, low))
        size = processor.image_processor.size
        side = min(size["height"], size["width"])
        self._most_tokens = min(
            processor.tokenizer.model_max_length, model.config.text_config.max_position_embeddings
        ) - (processor.num_image_tokens)
        self.capabilities = Capabilities(
            input_side=side if input_side is None else min(side, input_side),
            smallest_px=24,
            confidence_high=high,
            confidence_low=low,
            gives_cue=False,
            max_batch=max_batch,
        )

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """One `Sighting` for every patch and phrase: result[patch][phrase]."""
        frames = [frame_of(patch, self.capabilities.input_side) for patch in patches]
        texts = [self._text(phrase) for phrase in phrases]
        rows: list[list[Sighting]] = [[] for _ in patches]
        for batch in batches(frames, self.capabilities.max_batch):
            for text in texts:
                said = self._say([frames[i].picture for i in batch], text)
                for i, (ids, probabilities) in zip(batch, said, strict=True):
                    numbers, scores = boxes_in([self._locations.get(token) for token in ids], probabilities)
                    boxes = frames[i].boxes(np.array(numbers).reshape(-1, 4) + 0.5, CONVENTION)
                    rows[i].append(sighting(boxes, log_odds(scores), self.calibration, None))
        return rows

    def _say(self, pictures: list[PIL.Image.Image], text: str) -> list[tuple[list[int], list[float]]]:
        """Tokens and their probabilities, greedy, for each picture."""
        import torch

        made = self.processor(images=pictures, text=[TASK + text] * len(pictures), return_tensors="pt")
        inputs = {
            k: v.to(self.model.device, self.model.dtype) if v.is_floating_point() else v.to(self.model.device)
            for k, v in made.items()
        }
        with torch.inference_mode():
            out = self.model.generate(
                **inputs,
                max_new_tokens=MOST_NEW_TOKENS,
                do_sample=False,
                num_beams=1,
                return_dict_in_generate=True,
                output_logits=True,
            )
        said = out.sequences[:, -len(out.logits) :]
        likely = torch.stack(
            [step.float().log_softmax(-1) for step in out.logits], dim=1
        )  # (B, steps, tokens)
        sure = likely.gather(-1, said[..., None])[..., 0].exp()
        return list(zip(said.tolist(), sure.tolist(), strict=True))

    @cached_property
    def _locations(self) -> dict[int, int]:
        """Token id -> the number of its location."""
        words = self.processor.tokenizer.get_vocab().items()
        return {token: int(match[1]) for word, token in words if (match := _LOC.fullmatch(word))}

    def _text(self, phrase: str) -> str:
        clean = re.sub(r"[<>]", " ", phrase)  # no phrase may spell a token
        return fitted(clean, self._tokens, self._most_tokens, self.name)

    def _tokens(self, phrase: str) -> int:
        prompt = self.processor.task_prompts_with_input[TASK].format(input=phrase)
        return len(self.processor.tokenizer(prompt, verbose=False)["input_ids"])


def boxes_in(
    locations: Sequence[int | None], probabilities: Sequence[float]
) -> tuple[list[list[int]], list[float]]:
    """Boxes (x0, y0, x1, y1 in 0..999) and scores in a run of tokens. locations: of each token, None for words.

    A run of four location tokens, or of several fours, is a box or boxes; other runs (polygons) are left out.

    >>> boxes_in([None, 1, 2, 3, 4, None, 5], [1, 1, 1, 1, 0.0016, 1, 1])
    ([[1, 2, 3, 4]], [0.2])
    """
    boxes: list[list[int]] = []
    scores: list[float] = []
    run: list[tuple[int, float]] = []
    for location, probability in [*zip(locations, probabilities, strict=True), (None, 1.0)]:
        if location is not None:
            run.append((location, probability))
            continue
        if len(run) % 4 == 0:
            for four in (run[i : i + 4] for i in range(0, len(run), 4)):
                boxes.append([number for number, _ in four])
                scores.append(round(math.prod(p for _, p in four) ** 0.25, 6))
        run = []
    return boxes, scores
