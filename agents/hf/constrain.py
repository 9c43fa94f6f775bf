"""JSON of a schema, token by token: llguidance's mask on the logits.

The mask is applied with numpy: the helper of llguidance for torch compiles code on its first use.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import llguidance.hf
import llguidance.numpy
import numpy as np
import torch
from llguidance import LLMatcher
from transformers import LogitsProcessor

from ...memory.errors import AgentError, SettingError
from ...memory.source import one_line

__all__ = ["Grammars", "JsonMask"]


class Grammars:
    """The tokenizer as llguidance sees it, made once for a model.

    tokenizer: a fast one of transformers. width: of the logits. eos: the id that ends a reply. Raises AgentError for
    a tokenizer that it cannot read.
    """

    def __init__(self, tokenizer: Any, width: int, eos: int) -> None:
        self.width, self.eos = width, eos
        self.size = max(
            width, max(tokenizer.get_vocab().values()) + 1
        )  # an image token may lie outside the logits
        try:
            self._tokens = llguidance.hf.from_tokenizer(tokenizer, n_vocab=self.size, eos_token=eos)
        except (ValueError, TypeError, RuntimeError) as error:
            raise AgentError(
                f"JSON cannot be enforced with {type(tokenizer).__name__}: {one_line(error, 300)}"
            ) from error

    def mask(self, schemas: Sequence[Mapping[str, object] | None]) -> JsonMask:
        """A processor for one call of `generate` with a row for each schema; None leaves its row free."""
        return JsonMask(self, [None if s is None else self._matcher(s) for s in schemas])

    def _matcher(self, schema: Mapping[str, object]) -> LLMatcher:
        try:
            grammar = LLMatcher.grammar_from_json_schema(
                json.dumps(schema), defaults={"whitespace_flexible": False}
            )
        except ValueError as error:
            raise SettingError(f"This JSON schema cannot be enforced: {one_line(error, 300)}") from error
        matcher = LLMatcher(self._tokens, grammar)
        if matcher.is_error():
            raise SettingError(f"This JSON schema cannot be enforced: {one_line(matcher.get_error(), 300)}")
        return matcher


class JsonMask(LogitsProcessor):
    """Forbids every token that no reply of the schema goes on with; a finished reply can only end."""

    def __init__(self, grammars: Grammars, matchers: Sequence[LLMatcher | None]) -> None:
        self._grammars, self._matchers = grammars, matchers
        self._bits = llguidance.numpy.allocate_token_bitmask(len(matchers), grammars.size)
        self._started = False

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """scores: (rows, width) logits; the same with minus infinity where forbidden."""
        allowed = np.ones((len(self._matchers), self._grammars.size), np.bool_)
        last = input_ids[:, -1].tolist()
        for row, matcher in enumerate(self._matchers):
            if matcher is None:
                continue
            if self._started and not matcher.is_stopped():
                matcher.consume_token(last[row])
            if matcher.is_stopped():
                allowed[row] = False
                allowed[row, self._grammars.eos] = True
            else:
                llguidance.numpy.fill_next_token_bitmask(matcher, self._bits, row)
                octets = self._bits[row].view(np.uint8)
                allowed[row] = np.unpackbits(octets, bitorder="little")[: self._grammars.size]
            if error := matcher.get_error():
                raise AgentError(f"The grammar of the reply broke off: {one_line(error, 300)}")
        self._started = True
        keep = torch.from_numpy(allowed[:, : scores.shape[1]]).to(scores.device)
        return scores.masked_fill(~keep, float("-inf"))  # type: ignore[return-value]
