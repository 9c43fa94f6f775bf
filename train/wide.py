"""The encoder of MPNet (arXiv 2004.09297), whose attention knows how far apart two pieces of words are, for training.

Twice as wide as the encoder of `reader.cut_encoder` and up to twice as deep, it reads far better and costs up to four
times as much. It is written here, not taken from transformers, so that attention is one fused operation, layers can be
left out for a student, and ONNX holds nothing else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional
from transformers.modeling_outputs import BaseModelOutput

from ..memory.errors import InputError
from .reader import kept_tokens

__all__ = ["WideEncoder", "is_wide", "wide_encoder"]

_BUCKETS, _FARTHEST = 32, 128
"""Distances between two pieces that are told apart, one for each up to 8, then fewer: arXiv 1910.10683, section 2.1."""
_HEADS, _EPSILON = 12, 1e-5
_CONTROLS = {"[PAD]": "<pad>", "[CLS]": "<s>", "[SEP]": "</s>"}
"""Control tokens of BERT's vocabulary -> those that MPNet learnt in their place."""
_FIRST_POSITION = 2
"""MPNet counts positions from here."""
_PARTS = {
    "query": "attention.attn.q",
    "key": "attention.attn.k",
    "value": "attention.attn.v",
    "output": "attention.attn.o",
    "attended": "attention.LayerNorm",
    "inner": "intermediate.dense",
    "outer": "output.dense",
    "done": "output.LayerNorm",
}
"""Modules of a layer -> their names in a file of MPNet."""


class _Layer(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))
        self.attended, self.done = (nn.LayerNorm(width, eps=_EPSILON) for _ in range(2))
        self.inner, self.outer = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        n, length, width = states.shape
        query, key, value = (
            part(states).view(n, length, self.heads, -1).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        if states.is_cuda or not self.training:
            seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        else:  # on a CPU the gradient of the fused operation takes four times as long as these
            alike = query / math.sqrt(width // self.heads) @ key.transpose(-1, -2) + mask
            seen = alike.softmax(-1).to(value.dtype) @ value
        states = self.attended(states + self.output(seen.transpose(1, 2).reshape(n, length, width)))
        done: Tensor = self.done(states + self.outer(functional.gelu(self.inner(states))))
        return done


class WideEncoder(nn.Module):
    """forward: (N, T) ids, mask (1: is there) and types (0: the question, 1: the page) -> `last_hidden_state`,
    (N, T, width). T is at most `positions`. Nothing is dropped at random in training: no window is seen twice."""

    def __init__(
        self, vocabulary: int, positions: int, width: int = 768, layers: int = 12, heads: int = _HEADS
    ) -> None:
        super().__init__()
        self.width, self.heads = width, heads
        self.words, self.places, self.types = (nn.Embedding(n, width) for n in (vocabulary, positions, 2))
        self.norm = nn.LayerNorm(width, eps=_EPSILON)
        self.distances = nn.Parameter(torch.zeros(_BUCKETS, heads), requires_grad=False)
        self.layers = nn.ModuleList(_Layer(width, heads) for _ in range(layers))

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> BaseModelOutput:
        n, length = input_ids.shape
        states = self.words(input_ids) + self.places.weight[:length] + self.types(token_type_ids)
        states = self.norm(states)
        hidden = (1.0 - attention_mask[:, None, None, :].to(states.dtype)) * -1e4
        mask = (hidden + self._biases(length)[None]).expand(n, self.heads, length, length)
        if torch.is_autocast_enabled(states.device.type):
            mask = mask.to(torch.get_autocast_dtype(states.device.type))
        for layer in self.layers:
            states = layer(states, mask)
        return BaseModelOutput(last_hidden_state=states)

    def _biases(self, length: int) -> Tensor:
        """(heads, T, T): what the distance between two pieces adds to their attention."""
        at = torch.arange(length, device=self.distances.device)
        apart = at[:, None] - at[None]
        half, near = _BUCKETS // 2, _BUCKETS // 4
        after, apart = (apart < 0).long() * half, apart.abs()
        scale = (half - near) / math.log(_FARTHEST / near)
        far = near + (torch.log(apart.clamp(min=1).float() / near) * scale).long()
        bucket = after + torch.where(apart < near, apart, far.clamp(max=half - 1))
        return self.distances[bucket].permute(2, 0, 1)

    @classmethod
    def like(cls, state: Mapping[str, Tensor]) -> WideEncoder:
        """An encoder of the size that its weights have."""
        layers = len({name.split(".")[1] for name in state if name.startswith("layers.")})
        vocabulary, width = state["words.weight"].shape
        made = cls(vocabulary, len(state["places.weight"]), width, layers, state["distances"].shape[1])
        made.load_state_dict(dict(state))
        return made

    def thinned(self, layers: int) -> WideEncoder:
        """The encoder with so many of its layers, evenly taken, the first and the last among them: what a student
        begins with (arXiv 1910.01108).

        Raises InputError for fewer than 2 or more than it has.
        """
        self._check(layers)
        return self._of([round(i * (len(self.layers) - 1) / (layers - 1)) for i in range(layers)])

    def lower(self, layers: int) -> WideEncoder:
        """The encoder with the first of its layers, so many: what is lost least where there is no teacher (arXiv
        2004.03844). Raises InputError for fewer than 2 or more than it has."""
        self._check(layers)
        return self._of(list(range(layers)))

    def _check(self, layers: int) -> None:
        if not 2 <= layers <= len(self.layers):
            raise InputError(f"Of this encoder 2 to {len(self.layers)} layers can be kept, not {layers}.")

    def _of(self, taken: Sequence[int]) -> WideEncoder:
        state = {}
        for name, value in self.state_dict().items():
            part, _, rest = name.partition(".")
            number, _, rest = rest.partition(".") if part == "layers" else ("", "", "")
            if part != "layers":
                state[name] = value
            elif int(number) in taken:
                state[f"layers.{taken.index(int(number))}.{rest}"] = value
        return WideEncoder.like(state)


def is_wide(base: Path) -> bool:
    """Whether a folder holds an encoder of MPNet's kind. Raises InputError when it holds none that is known."""
    try:
        kind = str(json.loads((base / "config.json").read_text("utf-8"))["model_type"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{base} holds no pretrained encoder: {error}.") from error
    if kind not in ("bert", "mpnet"):
        raise InputError(f"{base} holds an encoder of the kind {kind!r}; known are bert and mpnet.")
    return kind == "mpnet"


def wide_encoder(base: Path, tokens_of: Path, positions: int) -> WideEncoder:
    """MPNet's encoder with the tokens that the encoder in `tokens_of` keeps, for texts of so many tokens.

    base: a folder with config.json, vocab.txt and model.safetensors, as all-mpnet-base-v2 has them. MPNet knows no
    types; those begin as zeros. Raises InputError when a file is missing or does not fit.
    """
    try:
        told = json.loads((base / "config.json").read_text("utf-8"))
        held = {k.removeprefix("mpnet."): v.float() for k, v in load_file(base / "model.safetensors").items()}
        old = {t: i for i, t in enumerate((base / "vocab.txt").read_text("utf-8").splitlines())}
        rows = torch.tensor([old[_CONTROLS.get(t, t)] for t in kept_tokens(tokens_of)])
        places = held["embeddings.position_embeddings.weight"][_FIRST_POSITION : _FIRST_POSITION + positions]
        state = {
            "words.weight": held["embeddings.word_embeddings.weight"][rows],
            "places.weight": places,
            "types.weight": torch.zeros(2, int(told["hidden_size"])),
            "norm.weight": held["embeddings.LayerNorm.weight"],
            "norm.bias": held["embeddings.LayerNorm.bias"],
            "distances": held["encoder.relative_attention_bias.weight"],
        }
        for i in range(int(told["num_hidden_layers"])):
            for mine, theirs in _PARTS.items():
                for part in ("weight", "bias"):
                    state[f"layers.{i}.{mine}.{part}"] = held[f"encoder.layer.{i}.{theirs}.{part}"]
        return WideEncoder.like(state)
    except (OSError, KeyError, ValueError, RuntimeError, SafetensorError) as error:
        raise InputError(f"{base} holds no encoder of MPNet that fits ({error}).") from error
