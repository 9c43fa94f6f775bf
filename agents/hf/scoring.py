"""Options scored by what a model would rather say: length-normalised log-likelihood.

The score of an option is the mean over its tokens of log p(token | images, question, tokens before), natural
logarithm. Images and question are encoded once; their cache is then copied for every option, and all options
go on together. Families that cannot continue a cache get one row an option instead, with the same result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import torch
from transformers import LogitsProcessor

from ...memory.errors import SettingError
from ..transformers_compat import cache_argument, cache_of
from ..transformers_types import Generated, LanguageModel, Tokenizer
from .encoding import Turn
from .profiles import Profile

__all__ = ["Generates", "option_scores"]

_WITH_TEXT = {"attention_mask", "token_type_ids", "mm_token_type_ids", "cross_attention_mask"}
"""Inputs beside the ids that go on with the text; all others describe images that are in the cache already."""


class Generates(Protocol):
    """What scoring needs of a loaded model: `seal.agents.hf.model.VLM` has it."""

    model: LanguageModel
    tokenizer: Tokenizer
    profile: Profile

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Held while the model works: one call at a time."""
        ...

    @property
    def device(self) -> torch.device:
        """Where the inputs go."""
        ...

    def encode(self, turns: Sequence[Turn]) -> dict[str, object]:
        """The model's inputs for a batch of turns."""
        ...

    def generate(
        self,
        inputs: Mapping[str, object],
        max_new_tokens: int,
        *processors: LogitsProcessor | None,
        use_cache: bool | None = None,
    ) -> Generated:
        """Output of transformers' `generate`, greedy, with the raw logits of every step."""
        ...


def option_scores(vlm: Generates, turn: Turn, options: Sequence[str]) -> tuple[float, ...]:
    """Mean log-likelihood a token of every option as the reply to `turn`; all at most 0.

    Raises SettingError for an option that is no text.
    """
    ids = [vlm.tokenizer(option, add_special_tokens=False)["input_ids"] for option in options]
    if not all(ids):
        raise SettingError(f"Every option must hold text; got {list(options)}.")
    with vlm.lock, torch.inference_mode():
        logits = _shared(vlm, turn, ids) if vlm.profile.shares_prefix else _apart(vlm, turn, ids)
    chosen = torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in ids], batch_first=True)
    said = logits.log_softmax(-1).gather(-1, chosen[..., None])[..., 0]
    return tuple(float(said[row, : len(option)].mean()) for row, option in enumerate(ids))


def _shared(vlm: Generates, turn: Turn, ids: Sequence[list[int]]) -> torch.Tensor:
    """(options, longest, vocabulary) float32 logits, on one encoding of the turn."""
    inputs = vlm.encode([turn])
    count, longest = len(ids), max(map(len, ids))
    start = vlm.generate(inputs, 1, use_cache=True)
    logits = [start.logits[0].expand(count, -1)]
    if longest > 1:
        kept = cache_of(start)
        kept.reorder_cache(torch.zeros(count, dtype=torch.long, device=vlm.device))
        held = {k: v for k, v in inputs.items() if isinstance(v, torch.Tensor)}
        rows = {k: v.expand(count, *v.shape[1:]) for k, v in held.items() if k in _WITH_TEXT}
        first = torch.tensor([[option[0]] for option in ids], device=vlm.device)
        inputs = {"input_ids": torch.cat([held["input_ids"].expand(count, -1), first], 1)}
        inputs |= {key: _one_longer(key, value) for key, value in rows.items()}
        inputs |= cache_argument(vlm.model.generate, kept)
        rest = [option[1:] or option for option in ids]
        logits += vlm.generate(inputs, longest - 1, _Forced(rest), use_cache=True).logits
    return torch.stack([step.float().cpu() for step in logits], 1)


def _apart(vlm: Generates, turn: Turn, ids: Sequence[list[int]]) -> torch.Tensor:
    """The same, with the turn encoded for every option; together where the family takes batches."""
    longest = max(map(len, ids))
    groups = [list(ids)] if vlm.profile.batches else [[option] for option in ids]
    rows = []
    for group in groups:
        out = vlm.generate(vlm.encode([turn] * len(group)), longest, _Forced(group))
        rows.append(torch.stack([step.float().cpu() for step in out.logits], 1))
    return torch.cat(rows)


def _one_longer(key: str, value: torch.Tensor) -> torch.Tensor:
    """Room for the first token of the options: text, attended to like the text before it."""
    if key == "cross_attention_mask":
        return value  # the model extends it by itself
    return torch.cat([value, value[:, -1:]], 1)


class _Forced(LogitsProcessor):
    """Makes `generate` say the given tokens, row by row; a row that is done repeats its last."""

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self._rows, self._step = rows, 0

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.Tensor:
        del input_ids
        said = torch.tensor([row[min(self._step, len(row) - 1)] for row in self._rows])
        self._step += 1
        forced = torch.full_like(scores, float("-inf"))
        return forced.scatter_(1, said[:, None].to(scores.device), 0.0)
