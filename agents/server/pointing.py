"""A model behind a server as a localizer: asked for boxes or points (`seal.agents.detect.pointing`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

import PIL.Image

from ...memory.working import encode_png
from ..detect.pointing import UNSCORED, Pointing
from .client import Client, Reply
from .probe import Traits, image_part, text_part

__all__ = ["pointing", "yes_share"]

T = TypeVar("T")
Asked = Sequence[tuple[PIL.Image.Image, str]]


def pointing(
    client: Client,
    traits: Traits,
    *,
    input_side: int = 1024,
    max_tokens: int = 1024,
    concurrency: int = 4,
    convention: str | None = None,
    check: bool = True,
) -> Pointing:
    """The localizer. Options as in `Pointing`; its questions go out `concurrency` at a time.

    Raises AgentError for a model that cannot point, or a server that fails.
    """

    def body(picture: PIL.Image.Image, prompt: str, tokens: int, **fields: object) -> Reply:
        content = [image_part(encode_png(picture)), text_part(prompt)]
        return client.chat(traits.body([{"role": "user", "content": content}], tokens, **fields))

    def each(asked: Asked, work: Callable[[PIL.Image.Image, str], T]) -> list[T]:
        under = [copy_context() for _ in asked]  # each under the deadline in force here
        with ThreadPoolExecutor(concurrency) as pool:
            return list(pool.map(lambda context, pair: context.run(work, *pair), under, asked))

    def ask(asked: Asked) -> list[str]:
        return each(asked, lambda picture, prompt: body(picture, prompt, max_tokens).text)

    def sure(asked: Asked) -> list[float]:
        fields = {"logprobs": True, "top_logprobs": traits.top_logprobs}
        return each(asked, lambda picture, prompt: yes_share(body(picture, prompt, 1, **fields)))

    return Pointing(
        ask,
        name=f"openai:{client.model}@{client.url}",
        convention=convention,
        sure=sure if traits.top_logprobs else None,
        input_side=input_side,
        max_batch=2 * concurrency,
        check=check,
        tokens=lambda: client.tokens,
    )


def yes_share(reply: Reply) -> float:
    """Probability of "yes" against "no" as the first token, in [0, 1]; `UNSCORED` where neither is listed."""
    shares = {"yes": 0.0, "no": 0.0}
    for token, score in reply.top[0] if reply.top else ():
        word = token.strip().casefold()
        if word in shares:
            shares[word] += math.exp(score)
    total = sum(shares.values())
    return shares["yes"] / total if total else UNSCORED
