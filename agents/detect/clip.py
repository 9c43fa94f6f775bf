"""Contrastive image-text encoders of open_clip as a patch scorer: `open_clip:MODEL/TAG`, `open_clip:FOLDER`.

- The patch is cut into a grid of windows that reach over their neighbours; how much more a window resembles the
  phrase than anything else is the cue map. There are no boxes: a patch scorer says where to look next, and is made
  to be fused with a detector.
- CLIP's similarities mean nothing alone. They are weighed against negative prompts: log-odds of a softmax over the
  phrase and those. SigLIP was trained with a bias of its own, so that its logits are log-odds as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from ...memory.errors import AgentError, SettingError, UnknownAgentError
from ...memory.image import Patch
from ...memory.source import one_line
from ..contracts import Capabilities, Sighting
from ..interruptible import interruptible
from ..limits import whole_number
from ..looker import Looker
from .frame import LOGIT_LIMIT, fitted

if TYPE_CHECKING:
    import torch
    from torch import Tensor

__all__ = ["NEGATIVES", "PROMPTS", "PatchScorer", "load"]

NEGATIVES = ("something else", "an empty background", "a line of text", "a plain surface")
"""What a window may show instead."""
PROMPTS = ("{}", "a photo of {}")
"""A text is embedded as the mean of these."""
REACH = 1.5
"""Side of a window in cells: it overlaps its neighbours by half a cell, so that nothing is cut everywhere."""


class PatchScorer(Looker):
    """A loaded encoder of open_clip.

    model, preprocess, tokenizer: as `open_clip.create_model_from_pretrained` and `get_tokenizer` give them. cells:
    of the grid, along a patch's longer side. negatives: what the phrase is weighed against; unused by SigLIP.
    max_batch: patches a call.
    """

    keeps_deadline = True

    def __init__(
        self,
        model: Any,
        preprocess: Callable[[PIL.Image.Image], Tensor],
        tokenizer: Any,
        *,
        name: str,
        cells: int = 4,
        negatives: Sequence[str] = NEGATIVES,
        max_batch: int = 4,
    ) -> None:
        if cells < 1 or not negatives:
            raise SettingError(
                f"A grid of at least 1 cell and one negative prompt are needed; got {cells}, {negatives}."
            )
        self.model, self.preprocess, self.tokenizer = interruptible(model.eval()), preprocess, tokenizer
        self.name, self.cells = name, cells
        size = model.visual.image_size
        self._side = size if isinstance(size, int) else min(size)
        bias = getattr(model, "logit_bias", None)
        self._bias = None if bias is None else bias.item()
        self._negatives = self._embedded(tuple(negatives))
        self.capabilities = Capabilities(
            input_side=max(1, round(cells * self._side / REACH)),
            smallest_px=self._side / 8,
            gives_boxes=False,
            max_batch=max_batch,
        )

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """One `Sighting` for every patch and phrase, a cue map without boxes: result[patch][phrase]."""
        if not phrases:
            return [[] for _ in patches]
        texts = self._embedded(tuple(self._text(phrase) for phrase in phrases))
        return [self._locate(patch, texts) for patch in patches]

    def _locate(self, patch: Patch, texts: NDArray[np.float32]) -> list[Sighting]:
        import torch

        view = patch.read(self.capabilities.input_side)
        longest = max(patch.box.size_wh)
        columns, rows = (max(1, round(self.cells * side / longest)) for side in patch.box.size_wh)
        windows = torch.stack(
            [self.preprocess(window) for window in _windows(view, rows, columns, self._side)]
        )
        with torch.inference_mode():
            seen = self.model.encode_image(windows.to(self._device), normalize=True)
            scale = float(self.model.logit_scale.exp())
        likeness = scale * seen.float().cpu().numpy() @ texts.T  # (windows, phrases)
        if self._bias is not None:
            odds = likeness + self._bias
        else:
            other = scale * seen.float().cpu().numpy() @ self._negatives.T
            top = other.max(axis=1, keepdims=True)
            odds = likeness - top - np.log(np.exp(other - top).sum(axis=1, keepdims=True))
        odds = odds.clip(-LOGIT_LIMIT, LOGIT_LIMIT).astype(np.float32)
        return [Sighting(cue=column.reshape(rows, columns)) for column in odds.T]

    def _embedded(self, texts: tuple[str, ...]) -> NDArray[np.float32]:
        """(N, width) float32 of length 1: the mean over `PROMPTS`."""
        import torch

        tokens = self.tokenizer([prompt.format(text) for text in texts for prompt in PROMPTS])
        with torch.inference_mode():
            rows = self.model.encode_text(tokens.to(self._device), normalize=True)
        mean = rows.float().cpu().numpy().reshape(len(texts), len(PROMPTS), -1).mean(axis=1)
        unit: NDArray[np.float32] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return unit

    def _text(self, phrase: str) -> str:
        longest = max(PROMPTS, key=len)
        return fitted(
            phrase, lambda text: self._tokens(longest.format(text)), self.tokenizer.context_length, self.name
        )

    def _tokens(self, text: str) -> int:
        if hasattr(self.tokenizer, "encode"):
            return len(self.tokenizer.encode(text)) + 2
        return len(self.tokenizer.tokenizer(text, verbose=False)["input_ids"])

    @property
    def _device(self) -> torch.device:
        device: torch.device = next(self.model.parameters()).device
        return device


def _windows(view: PIL.Image.Image, rows: int, columns: int, side: int) -> list[PIL.Image.Image]:
    """Square pictures of (rows x columns) overlapping windows, row by row."""
    w, h = view.width / columns, view.height / rows
    grown = (REACH - 1) / 2
    return [
        view.resize(
            (side, side),
            PIL.Image.Resampling.BICUBIC,
            box=(
                max(0.0, (c - grown) * w),
                max(0.0, (r - grown) * h),
                min(float(view.width), (c + 1 + grown) * w),
                min(float(view.height), (r + 1 + grown) * h),
            ),
        )
        for r in range(rows)
        for c in range(columns)
    ]


def load(
    name: str,
    *,
    device: str = "auto",
    cells: int = 4,
    negatives: Sequence[str] = NEGATIVES,
    max_batch: int = 4,
) -> PatchScorer:
    """Scores places by how much they resemble a phrase; for fusing: open_clip:MODEL/TAG or open_clip:FOLDER.

    FOLDER holds open_clip_config.json and weights; TAG may be a file of weights.
    Options as in `PatchScorer`; device is "auto", "cpu" or "cuda".
    Raises UnknownAgentError: no such model, tag or folder. AgentError: weights that are not here and cannot be had,
    or are damaged.
    """
    whole_number(cells, "cells", "open_clip", 0)
    whole_number(max_batch, "max_batch", "open_clip")
    import open_clip
    import torch

    source, tag = _source(name)
    device = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    try:
        model, preprocess = open_clip.create_model_from_pretrained(source, tag, device=device)
        tokenizer = open_clip.get_tokenizer(source)
    except Exception as error:  # the hub's, torch's and open_clip's own: what went wrong is open
        raise AgentError(
            f"open_clip:{name} cannot be loaded: {type(error).__name__}: {one_line(error, 200)}. Weights come from the "
            "model hub's cache, or with a network from the hub; without either, pass a folder with "
            "open_clip_config.json and open_clip_model.safetensors."
        ) from error
    return PatchScorer(
        model,
        preprocess,
        tokenizer,
        name=f"open_clip:{name}",
        cells=cells,
        negatives=negatives,
        max_batch=max_batch,
    )


def _source(name: str) -> tuple[str, str | None]:
    """The name and the tag that open_clip wants."""
    import open_clip

    folder = Path(name).expanduser()
    if (folder / "open_clip_config.json").is_file():
        return f"local-dir:{folder.resolve()}", None
    if name.startswith("hf-hub:"):
        return name, None
    model, _, tag = name.partition("/")
    known = open_clip.list_models()
    if model not in known:
        near = (
            ", ".join(get_close_matches(model, known, 3))
            or f"{len(known)} models, see open_clip.list_models()"
        )
        raise UnknownAgentError(
            f"open_clip knows no model {model!r}, and there is no folder {name!r} with an open_clip_config.json. "
            f"Nearest: {near}."
        )
    tags = open_clip.list_pretrained_tags_by_model(model)
    if tag not in tags and not (tag and Path(tag).expanduser().is_file()):
        raise UnknownAgentError(
            f"open_clip:{model} needs the tag of its weights, as in {model}/TAG; known: {', '.join(tags) or 'none'}."
        )
    return model, tag
