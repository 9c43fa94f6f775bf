"""VQA through a server that speaks OpenAI's chat protocol.

- The global image comes first and the same to the byte at Show and Tell, the question last: what a server has
  encoded it can use again.
- A server that takes one picture gets a sheet with the global image and the crops.
- A reply is read strictly. Where it does not fit, the model is told the fault and asked again, a few times.
- Options are scored by the log-probabilities of their letters, where the server gives any.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import PIL.Image

from ...memory.errors import AgentError, ReplyError
from ...memory.image import Patch
from ...memory.messages import MessagePart, UserMessage, option_letter
from ...memory.working import VisualWorkingMemory, decode_png, encode_png
from ..contracts import Answer, Need
from ..looker import Answerer
from ..montage import montage
from ..prompts import (
    LONGEST_ANSWER,
    Schema,
    parse_show,
    parse_tell,
    parse_where,
    show_prompt,
    show_schema,
    tell_messages,
    tell_schema,
    where_prompt,
)
from .client import Client, Reply
from .probe import Traits, image_part, response_format, text_part

__all__ = ["GLOBAL_SIDE", "ServerVQA", "letter_scores"]

GLOBAL_SIDE = 1600
"""Longest side, in pixels, of the global image in a working memory: Show sends the same pixels."""
_WHERE_TOKENS = 128
_MOST_ON_SHEET = 12
_SHEET = "One picture of all: the whole image at the left, the crops at its right, each under its id. "

T = TypeVar("T")


class ServerVQA(Answerer):
    """Asks the model behind `client`, in the dialect of `traits`.

    input_side: longest side, in pixels, at which pictures are sent. max_tokens: of one reply. attempts: replies
    that may be asked for until one fits.
    """

    keeps_deadline = True

    def __init__(
        self,
        client: Client,
        traits: Traits,
        *,
        input_side: int = GLOBAL_SIDE,
        max_tokens: int = 1024,
        attempts: int = 3,
    ) -> None:
        self.name = f"openai:{client.model}@{client.url}"
        self.client = client
        self.traits = traits
        self.input_side = input_side
        self.max_tokens = max_tokens
        self.attempts = attempts

    @property
    def tokens(self) -> int | None:
        """As the server tells; None where it tells none."""
        return self.client.tokens

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """Answer from the global view, or name the targets that are missing.

        Raises AgentError when the server fails, ReplyError when no reply fits.
        """
        messages = _user(image_part(self._png(view)), text_part(show_prompt(question, options)))
        return self._json(
            messages, show_schema(options, self._longest), lambda said: parse_show(said, options)
        )

    def where(self, patch: Patch, target: str) -> str:
        """A sentence that says where in the patch such a target usually is; "" where none is given."""
        messages = _user(image_part(self._png(patch)), text_part(where_prompt(target)))
        reply = self.client.chat(self.traits.body(messages, min(_WHERE_TOKENS, self.max_tokens)))
        return "" if reply.text.lstrip().startswith("<think>") and reply.cut else parse_where(reply.text)

    def tell(self, memory: VisualWorkingMemory) -> Answer:
        """Answer from the memory, citing the crops used. Raises as `show`.

        option_scores: log-probabilities of the options' letters, which decide the answer; None where the server
        gives none. confidence is then the chosen option's share of their probability.
        """
        choices = list(memory.options or ())
        messages = self._told(memory)
        scores = self._scores(messages, len(choices)) if choices else None
        best = choices[scores.index(max(scores))] if scores else ""
        schema = tell_schema([best] if scores else choices, [crop.id for crop in memory.crops], self._longest)
        answer = self._json(messages, schema, lambda said: parse_tell(said, memory))
        if scores is None or answer.status != "answered":
            return answer
        share = 1 / sum(math.exp(score - max(scores)) for score in scores)
        return replace(answer, text=best, confidence=share, option_scores=scores)

    # --- requests -----------------------------------------------------------------------------------------

    def _json(self, asked: Sequence[UserMessage], schema: Schema, read: Callable[[str], T]) -> T:
        """The first reply that `read` takes; each fault is told to the model."""
        fields = {"response_format": response_format(schema)} if self.traits.schema else {}
        fault: ReplyError | None = None
        messages: list[Mapping[str, object]] = [*asked]
        for _ in range(self.attempts):
            status, value = self.client.post(self.traits.body(messages, self.max_tokens, **fields))
            if status != 200 and fields:  # this schema is refused: words alone must do
                fields = {}
                status, value = self.client.post(self.traits.body(messages, self.max_tokens))
            if status != 200:
                raise AgentError(self.client.refusal(status, value))
            reply = self.client.read(value)
            try:
                return read(reply.text)
            except ReplyError as error:
                fault = self._cut(error) if reply.cut else error
            messages = [
                *messages,
                {"role": "assistant", "content": reply.text or "(nothing)"},
                *_user(text_part(f"{fault} Reply again, with the JSON object alone.")),
            ]
        raise ReplyError(f"{self.name}: no usable reply in {self.attempts} attempts; the last fault: {fault}")

    def _cut(self, error: ReplyError) -> ReplyError:
        return ReplyError(f"The reply was cut off at max_tokens={self.max_tokens}. {error}")

    def _scores(self, messages: Sequence[UserMessage], count: int) -> tuple[float, ...] | None:
        """Log-probability of each option's letter; None where the server does not tell."""
        if not count <= min(self.traits.top_logprobs, 26):
            return None
        wanted = text_part("\n\nReply with the letter of the right option alone.")
        last: UserMessage = {"role": "user", "content": [*messages[-1]["content"][:-1], wanted]}
        asked = [*messages[:-1], last]
        fields = {"logprobs": True, "top_logprobs": self.traits.top_logprobs}
        return letter_scores(self.client.chat(self.traits.body(asked, 1, **fields)), count)

    # --- pictures -----------------------------------------------------------------------------------------

    @property
    def _longest(self) -> int | None:
        return None if self.traits.schema == "plain" else LONGEST_ANSWER

    def _png(self, patch: Patch) -> bytes:
        """The patch as it is sent; a whole image as the working memory holds it."""
        return self._limited(encode_png(patch.read(max(GLOBAL_SIDE, self.input_side))))

    def _limited(self, png: bytes) -> bytes:
        """The same picture, no side above `input_side`; unchanged where it is small enough."""
        with PIL.Image.open(io.BytesIO(png)) as header:
            if max(header.size) <= self.input_side:
                return png
        picture = decode_png(png)
        picture.thumbnail((self.input_side, self.input_side))
        return encode_png(picture)

    def _told(self, memory: VisualWorkingMemory) -> list[UserMessage]:
        """The messages of Tell, with as many pictures as the server takes; one sheet of all where it takes one."""
        if self.traits.images > 1 or not memory.crops:
            return tell_messages(self._fitted(memory), self.traits.images, images="data-uri")
        shown = memory.crops[:_MOST_ON_SHEET]
        sheet = montage(
            [memory.image.pil(), *(crop.pil() for crop in shown)],
            ["the whole image", *(crop.id for crop in shown)],
            self.input_side,
        )
        image = memory.image.model_copy(update={"png": encode_png(sheet)})
        messages = tell_messages(memory.but(image=image), 1, images="data-uri")
        messages[-1]["content"].insert(1, text_part(_SHEET))
        return messages

    def _fitted(self, memory: VisualWorkingMemory) -> VisualWorkingMemory:
        image = memory.image.model_copy(update={"png": self._limited(memory.image.png)})
        crops = tuple(crop.model_copy(update={"png": self._limited(crop.png)}) for crop in memory.crops)
        return memory.model_copy(update={"image": image, "crops": crops})


def letter_scores(reply: Reply, count: int) -> tuple[float, ...] | None:
    """Log-probabilities of the letters of `count` options as the first token; None where none is among the likeliest.

    A letter with and without a space before it counts once, as the sum. One that is not listed gets the lowest
    listed log-probability, which is the most that it can have.
    """
    listed = reply.top[0] if reply.top else ()
    found = {
        letter: [score for token, score in listed if token.strip() == letter]
        for letter in map(option_letter, range(count))
    }
    if not any(found.values()):
        return None
    least = min(score for _, score in listed)
    return tuple(_log_sum(scores) if scores else least for scores in found.values())


def _log_sum(logs: Sequence[float]) -> float:
    most = max(logs)
    return most + math.log(sum(math.exp(log - most) for log in logs))


def _user(*parts: MessagePart) -> list[UserMessage]:
    return [{"role": "user", "content": list(parts)}]
