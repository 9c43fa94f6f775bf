"""The VQA model: LLaMA reads one image, any number of crops and a question, and answers or says what it misses.

An image or crop of 256 features is projected long (linear, 256 tokens) or short (resampler, 32 tokens).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from transformers import CLIPVisionConfig, LlamaConfig

from .llama import Prefix, SealNetwork
from .resampler import Resampler
from .sentences import IMAGE, OBJECT

__all__ = ["VqaNetwork"]


class VqaNetwork(SealNetwork):
    """LLaMA with a CLIP tower and two projections."""

    float32: tuple[str, ...] = ()
    """Parameters that stay float32: none."""

    def __init__(self, llama: LlamaConfig, clip: CLIPVisionConfig) -> None:
        super().__init__(llama, clip)
        width = clip.hidden_size
        self.model.mm_projector_object = nn.Sequential(
            nn.LayerNorm(width), Resampler(width), nn.Linear(width, llama.hidden_size)
        )

    def project(self, features: Tensor, long: bool) -> Tensor:
        """(B, 256, clip width) -> (B, 256, width) or (B, 32, width)."""
        projected: Tensor = (self.model.mm_projector if long else self.model.mm_projector_object)(features)
        return projected

    def embed(
        self, ids: Sequence[int], image: Tensor, crops: Sequence[Tensor], image_long: bool, crops_long: bool
    ) -> Tensor:
        """Token ids with placeholders, features (256, clip width) of the image and of each crop in order of its
        placeholder -> (N, width) embeddings."""
        visual = {IMAGE: iter([self.project(image[None], image_long)[0]])}
        visual[OBJECT] = iter(self.project(torch.stack(list(crops)), crops_long) if crops else ())
        parts: list[Tensor] = []
        words: list[int] = []
        for token in [*ids, None]:
            if token is not None and token not in visual:
                words.append(token)
                continue
            parts += [self.words(words)] if words else []
            words = []
            if token is not None:
                parts.append(next(visual[token]))
        return torch.cat([part.to(self.lm_head.weight.dtype) for part in parts])

    def option_losses(self, prefix: Prefix, state: Tensor, options: Sequence[Sequence[int]]) -> list[float]:
        """Mean cross entropy of each option's token ids after a prompt, whose last state (width,) is given.

        All options in one batch on the prompt's cache.
        """
        states = self.follow([prefix] * len(options), [option[:-1] or option for option in options])
        losses = []
        for row, option in zip(states, options, strict=True):
            predicting = torch.cat([state[None], row])[: len(option)]
            target = torch.tensor(list(option), device=predicting.device)
            losses.append(float(nn.functional.cross_entropy(self.logits(predicting), target)))
        return losses
