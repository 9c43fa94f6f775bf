"""What both SEAL models share: LLaMA with a CLIP tower in front, and greedy decoding on a growing cache.

Prompts are prefilled once and kept as `Prefix`; questions, answers and options go on from there. Rows of
unequal length are padded at the right: under causal attention padding cannot be seen by what stands before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import CLIPVisionConfig, CLIPVisionModel, DynamicCache, LlamaConfig
from transformers.models.llama.modeling_llama import LlamaModel

from ..transformers_compat import cache_argument

__all__ = ["Prefix", "Reply", "SealNetwork", "own_rows"]

FEATURE_LAYER = -2
"""Hidden state of the CLIP tower that is used (config: mm_vision_select_layer)."""

Prefix = list[tuple[Tensor, Tensor]]
"""Keys and values of every layer, (1, heads, N, head width) each: a prompt that was read once."""


def own_rows(batch: Tensor) -> list[Tensor]:
    """The rows of a batch, each with memory of its own: one that is kept does not keep the others."""
    return list(batch) if len(batch) == 1 else [row.clone() for row in batch]


@dataclass(frozen=True, eq=False, slots=True)
class Reply:
    """Generated token ids, "</s>" included, and the state that predicted each: (len(ids), width)."""

    ids: list[int]
    states: Tensor


class SealNetwork(nn.Module):
    """LLaMA, its CLIP tower and the linear projection between them. Parameter names are the checkpoint's,
    but for the tower, which is `vision_tower` here."""

    def __init__(self, llama: LlamaConfig, clip: CLIPVisionConfig) -> None:
        super().__init__()
        tower = CLIPVisionModel(clip)
        self.vision_tower = getattr(tower, "vision_model", tower)
        self.model: Any = LlamaModel(llama)
        self.model.mm_projector = nn.Linear(clip.hidden_size, llama.hidden_size)
        self.lm_head = nn.Linear(llama.hidden_size, llama.vocab_size, bias=False)

    @property
    def device(self) -> torch.device:
        """Where the network lies."""
        return self.lm_head.weight.device

    def image_features(self, pixels: Tensor) -> Tensor:
        """(B, 3, 224, 224) normalised pixels -> (B, 256, clip width), without the class token."""
        pixels = pixels.to(self.device, self.vision_tower.pre_layrnorm.weight.dtype)
        states: Tensor = self.vision_tower(pixels, output_hidden_states=True).hidden_states[FEATURE_LAYER]
        return states[:, 1:]

    def words(self, ids: Sequence[int]) -> Tensor:
        """Token ids -> (N, width) embeddings."""
        vectors: Tensor = self.model.embed_tokens(
            torch.tensor(list(ids), dtype=torch.long, device=self.device)
        )
        return vectors

    def logits(self, states: Tensor) -> Tensor:
        """(..., width) -> (..., vocabulary) float32."""
        scores: Tensor = self.lm_head(states).float()
        return scores

    def read(self, embeddings: Tensor, cache: DynamicCache) -> Tensor:
        """(B, N, width) embeddings that follow the cache -> (B, N, width) states after the final norm."""
        states: Tensor = self.model(
            inputs_embeds=embeddings, use_cache=True, **cache_argument(self.model.forward, cache)
        ).last_hidden_state
        return states

    def prefill(self, embeddings: Tensor) -> tuple[list[Prefix], Tensor]:
        """Read (B, N, width) from the start: a `Prefix` for each row, and the states (B, N, width)."""
        cache = DynamicCache(config=self.model.config)
        states = self.read(embeddings, cache)
        filled: Any = cache.layers
        layers = [(own_rows(layer.keys), own_rows(layer.values)) for layer in filled]
        return [[(k[i][None], v[i][None]) for k, v in layers] for i in range(len(embeddings))], states

    def cached(self, prefixes: Sequence[Prefix]) -> DynamicCache:
        """A fresh cache with a row for each prefix; all must be of one length."""
        cache = DynamicCache(config=self.model.config)
        for i, layer in enumerate(zip(*prefixes, strict=True)):
            keys, values = zip(*layer, strict=True)
            cache.update(torch.cat(keys), torch.cat(values), i)
        return cache

    def follow(self, prefixes: Sequence[Prefix], rows: Sequence[Sequence[int]]) -> list[Tensor]:
        """Read one row of token ids after each prefix, all in one batch: states (len(row), width) of each row."""
        longest = max(map(len, rows))
        padded = torch.stack([self.words([*row, *[0] * (longest - len(row))]) for row in rows])
        states = self.read(padded, self.cached(prefixes))
        return [s[: len(row)] for s, row in zip(states, rows, strict=True)]

    def generate(self, prefix: Prefix, ids: Sequence[int], end: int, limit: int) -> Reply:
        """Greedy reply to token ids (at least one) after a prefix: until token `end`, or `limit` tokens."""
        cache = self.cached([prefix])
        state = self.read(self.words(ids)[None], cache)[0, -1]
        return self._go_on(cache, state, end, limit)

    def complete(self, prefix: Prefix, state: Tensor, end: int, limit: int) -> Reply:
        """As `generate`, after a prefix whose last state (width,) is known."""
        return self._go_on(self.cached([prefix]), state, end, limit)

    def _go_on(self, cache: DynamicCache, state: Tensor, end: int, limit: int) -> Reply:
        said: list[int] = []
        states: list[Tensor] = []
        while True:
            states.append(state)
            said.append(int(self.logits(state).argmax()))
            if said[-1] == end or len(said) >= limit:
                return Reply(said, torch.stack(states))
            state = self.read(self.words(said[-1:])[None], cache)[0, -1]
