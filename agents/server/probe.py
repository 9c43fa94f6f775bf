"""What a server can do, found out once: by small requests when an agent is attached.

Servers that speak the same protocol honour different parts of it, and most ignore what they do not know. So
every field is asked for in a request whose reply shows whether it counted; what was found is remembered for the
life of the process.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from PIL import Image as PILImage

from ...memory.errors import AgentError
from ...memory.messages import MessagePart, UserMessage
from ...memory.working import encode_png
from ..prompts import LONGEST_ANSWER, Schema, show_schema
from .client import Client, Reply

__all__ = ["Traits", "forget", "image_part", "probe", "response_format", "text_part"]

_SIDE = 56  # pixels of the pictures that are sent: two patches of 28, the coarsest of current encoders
_TOKENS = 64
_COLOURS = ("red", "blue", "green", "yellow")


@dataclass(frozen=True, slots=True)
class Traits:
    """What was found out about one model at one server.

    images: pictures that one message may hold, no more than was asked for. schema: "full" JSON schemas are kept
    to, "plain" ones without `maxLength` are, or "" (ignored or refused). top_logprobs: likeliest tokens given for
    each token, 0 where none are. limit: the field that bounds a reply. greedy: temperature 0 is taken.
    """

    images: int
    schema: Literal["full", "plain", ""] = ""
    top_logprobs: int = 0
    limit: str = "max_tokens"
    greedy: bool = True

    def body(
        self, messages: Sequence[Mapping[str, object]], max_tokens: int, **fields: object
    ) -> dict[str, object]:
        """A chat request in this server's dialect."""
        greedy = {"temperature": 0} if self.greedy else {}
        return {"messages": messages, self.limit: max_tokens, **greedy, **fields}


_traits: dict[tuple[str, str, int], Traits] = {}


def forget() -> None:
    """Forget what was found out about servers, for tests and after a server's restart with other settings."""
    _traits.clear()


def probe(client: Client, images: int) -> Traits:
    """What the client's model can do, with up to `images` pictures in a message; asked once a process.

    Raises AgentError where the server cannot be used: not there, no access, no such model, no pictures.
    """
    key = client.url, client.model, images
    if key not in _traits:
        _traits[key] = _probed(client, images)
    return _traits[key]


def text_part(text: str) -> MessagePart:
    """A part of a message that is text."""
    return {"type": "text", "text": text}


def image_part(png: bytes) -> MessagePart:
    """A part of a message that is a picture."""
    uri = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return {"type": "image_url", "image_url": {"url": uri}}


def response_format(schema: Schema) -> Schema:
    """The field that asks for a reply of that JSON schema."""
    return {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": schema}}


def _probed(client: Client, images: int) -> Traits:
    traits = _with_images(client, images)
    return Traits(
        traits.images, _schema(client, traits), _top_logprobs(client, traits), traits.limit, traits.greedy
    )


def _with_images(client: Client, images: int) -> Traits:
    """Dialect and number of pictures: the first request that is not refused."""
    counts = sorted({images, min(images, 2), 1}, reverse=True)
    refusal = ""
    for limit, greedy in (("max_tokens", True), ("max_completion_tokens", False)):
        for count in counts:
            traits = Traits(count, limit=limit, greedy=greedy)
            parts = [image_part(_picture(i)) for i in range(count)]
            question = _ask("Which colours are these? Reply in one word each.", *parts)
            status, value = client.post(traits.body(question, _TOKENS), patient=False)
            if status == 200:
                client.read(value)
                return traits
            refusal = client.refusal(status, value)
            if status == 404:
                raise AgentError(refusal)
    raise AgentError(f"{refusal} A request with one picture of {_SIDE}x{_SIDE} px is refused.")


def _schema(client: Client, traits: Traits) -> Literal["full", "plain", ""]:
    """How far the schema of Show is kept to, where the words ask for something else."""
    messages = _ask('Reply with the single word "hello" and nothing else.')
    kinds: tuple[tuple[Literal["full", "plain"], int | None], ...] = (
        ("full", LONGEST_ANSWER),
        ("plain", None),
    )
    for kind, longest in kinds:
        field = response_format(show_schema(longest=longest))
        status, value = client.post(traits.body(messages, 8 * _TOKENS, response_format=field))
        if status == 200:
            return kind if _follows(client.read(value)) else ""
    return ""


def _follows(reply: Reply) -> bool:
    if reply.cut:  # no other model begins like this
        return reply.text.lstrip()[:1] == "{" and '"enough"' in reply.text
    try:
        value = json.loads(reply.text, strict=False)
    except ValueError:
        return False
    return isinstance(value, dict) and set(value) == {"enough", "answer", "targets"}


def _top_logprobs(client: Client, traits: Traits) -> int:
    """How many log-probabilities come with the first token, where they tell letters of options apart; else 0."""
    messages = _ask(
        "Options:\nA. grass is green\nB. grass is red\n\nReply with the letter of the right option."
    )
    for count in (20, 5):
        status, value = client.post(traits.body(messages, 1, logprobs=True, top_logprobs=count))
        if status == 200:
            top = client.read(value).top
            tokens = {token.strip() for token, _ in top[0]} if top else set()
            return count if tokens & {"A", "B"} else 0
    return 0


def _ask(text: str, *parts: MessagePart) -> list[UserMessage]:
    return [{"role": "user", "content": [*parts, text_part(text)]}]


def _picture(index: int) -> bytes:
    return encode_png(PILImage.new("RGB", (_SIDE, _SIDE), _COLOURS[index % len(_COLOURS)]))
