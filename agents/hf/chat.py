"""The VQA agent on a vision-language model of transformers: `hf:owner/model`, `hf:./folder`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...memory.errors import SettingError
from ...memory.image import Patch
from ...memory.working import VisualWorkingMemory
from ..contracts import Answer, Check, Need
from ..looker import Answerer
from ..prompts import (
    parse_show,
    parse_tell,
    parse_where,
    show_prompt,
    show_schema,
    tell_messages,
    tell_schema,
    where_prompt,
)
from .encoding import turn_of
from .model import VLM

__all__ = ["HFVQA"]

JSON_TOKENS = 1024
"""Tokens of a JSON reply at most; the schemas bound its characters."""
WHERE_TOKENS = 48


class HFVQA(Answerer):
    """Shows, tells and says where with one model.

    vlm: the model (`seal.agents.hf.loading.load_vlm`). max_images: the whole image and crops shown in Tell at
    most; further crops are told in words. A family that takes one image sees them as one montage.

    Raises SettingError for a family that answers no free questions.
    """

    keeps_deadline = True

    def __init__(self, vlm: VLM, max_images: int = 13) -> None:
        if not vlm.profile.speaks:
            raise SettingError(
                f"{vlm.name} ({vlm.profile.model_type}) knows only its task tokens and answers no questions: use it "
                "as the localizer."
            )
        if max_images < 1:
            raise SettingError(f"max_images must be at least 1 (the whole image); got {max_images}.")
        self.vlm = vlm
        self.name = f"hf:{vlm.name}"
        self.input_side = vlm.max_side
        self.max_images = max_images

    @property
    def tokens(self) -> int | None:
        """Read and written so far."""
        return self.vlm.tokens

    def self_test(self) -> Iterator[Check]:
        """Whether the model sees every image in its order, repeats itself and holds to a schema."""
        from .selftest import self_test

        return self_test(self.vlm)

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """Constrained JSON on the global view. Raises ReplyError when it is cut off."""
        turn = turn_of([view.read(self.input_side)], show_prompt(question, options))
        return parse_show(self.vlm.write([turn], show_schema(options), JSON_TOKENS)[0], options)

    def where(self, patch: Patch, target: str) -> str:
        """One free sentence."""
        turn = turn_of([patch.read(self.input_side)], where_prompt(target))
        return parse_where(self.vlm.write([turn], max_new_tokens=WHERE_TOKENS)[0])

    def tell(self, memory: VisualWorkingMemory) -> Answer:
        """Constrained JSON on the memory; with options the likeliest of them.

        Options are scored by log-likelihood; confidence is then the chosen one's share of the scores' softmax,
        and the JSON adds what it cites and wants to see. Raises ReplyError when it is cut off.
        """
        choices = memory.options or ()
        scores: tuple[float, ...] = ()
        allowed = choices
        if choices:
            asked = tell_messages(memory, self.max_images, reply="option")
            scores = self.vlm.option_scores(asked[-1]["content"], choices)
            allowed = (choices[scores.index(max(scores))],)
        turn = tell_messages(memory, self.max_images)[-1]["content"]
        schema = tell_schema(allowed, [crop.id for crop in memory.crops])
        answer = parse_tell(self.vlm.write([turn], schema, JSON_TOKENS)[0], memory)
        if not scores:
            return answer
        total = math.fsum(math.exp(score - max(scores)) for score in scores)
        return replace(answer, confidence=1 / total, option_scores=scores)
