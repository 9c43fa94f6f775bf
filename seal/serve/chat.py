"""SEAL as a chat model: requests and replies as OpenAI's Chat Completions have them.

One picture and one question, the latest of the conversation; what came before, and what a system message says, is not
taken into account. Choices on lines of their own ("A. left") are options; who asks for the letter gets the letter.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from ..inputs import prompted
from ..memory.errors import ImageError, QuestionError, SettingError
from ..memory.source import one_line
from ..screen.replies import AnswerReply

__all__ = ["MODEL", "Question", "chunks", "completion", "models", "question_of"]

MODEL = "seal"
"""Name of the one model; requests may name any."""


class Question:
    """What is asked. asked: the words of it. image: a data URI. model: as the request calls it. stream: whether the
    reply is to come as events.
    """

    def __init__(self, payload: Mapping[str, JsonValue]) -> None:
        self.model = one_line(payload.get("model") or MODEL, 100)
        self.stream = payload.get("stream") is True
        options = payload.get("stream_options")
        self.usage = isinstance(options, dict) and options.get("include_usage") is True
        words, self.image = _asked(payload)
        self.asked = prompted(words)

    @property
    def arguments(self) -> dict[str, object]:
        """For the tool `ask`."""
        more = {"options": list(self.asked.options)} if self.asked.options else {}
        return {"image": self.image, "question": self.asked.question, **more}

    def content(self, told: AnswerReply) -> str:
        """What the model says."""
        return self.asked.reply(told.status, told.answer, told.reason)


def question_of(payload: Mapping[str, JsonValue]) -> Question:
    """The question of a request. Raises SettingError, QuestionError or ImageError, one line, for what is not served."""
    if payload.get("n") not in (None, 1):
        raise SettingError(f"n: one answer is given; got {one_line(repr(payload['n']), 40)}.")
    form = payload.get("response_format")
    if isinstance(form, dict) and form.get("type") not in (None, "text"):
        raise SettingError("response_format: answers are text; ask /v1/ask for a reply with a schema.")
    return Question(payload)


def _asked(payload: Mapping[str, JsonValue]) -> tuple[str, str]:
    """The words of the last message of the user, and the latest picture."""
    messages = payload.get("messages")
    if not isinstance(messages, list) or not messages:
        raise SettingError('messages: a list such as [{"role": "user", "content": [...]}] is expected.')
    words, image = "", ""
    for message in messages:
        if not isinstance(message, dict) or message.get("role") != "user":
            continue
        content = message.get("content")
        parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
        texts, images = [], []
        for part in parts:
            if not isinstance(part, dict):
                raise SettingError(f"messages: a part is an object; got {one_line(repr(part), 40)}.")
            if part.get("type") == "text" and isinstance(text := part.get("text"), str):
                texts.append(text)
            elif part.get("type") == "image_url":
                images.append(_address(part.get("image_url")))
            else:
                raise SettingError(
                    f"messages: parts are text or image_url; got {one_line(repr(part.get('type')), 40)}."
                )
        if len(images) > 1:
            raise ImageError(f"One picture a question; this message has {len(images)}.")
        words, image = "\n".join(texts).strip(), (images or [image])[0]
    if not words:
        raise QuestionError("The last message of the user holds no question.")
    if not image:
        raise ImageError("No message holds a picture; send it as image_url with a data URL.")
    return words, image


def _address(given: JsonValue) -> str:
    url = given.get("url") if isinstance(given, dict) else given
    if not isinstance(url, str) or url[:5].casefold() != "data:":
        raise ImageError(
            f'image_url: a data URL ("data:image/png;base64,...") is expected, nothing is fetched; got '
            f"{one_line(repr(url), 60)}."
        )
    return url


def models() -> dict[str, JsonValue]:
    """The list of models."""
    return {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "seal"}]}


_USAGE: Mapping[str, JsonValue] = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def completion(asked: Question, told: AnswerReply, name: str) -> dict[str, JsonValue]:
    """The reply. `seal` holds what the tool `ask` tells: confidence, places, what was not found."""
    return {
        "id": f"chatcmpl-{name}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": asked.model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": asked.content(told)},
                "finish_reason": "stop",
                "logprobs": None,
            }
        ],
        "usage": dict(_USAGE),
        "seal": told.model_dump(mode="json", exclude_defaults=True),
    }


def chunks(asked: Question, told: AnswerReply, name: str) -> Iterator[str]:
    """The same as events: all of the answer in one chunk, then the end."""
    head: dict[str, JsonValue] = {
        "id": f"chatcmpl-{name}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": asked.model,
    }
    said: dict[str, JsonValue] = {"role": "assistant", "content": asked.content(told)}
    for delta, reason in ((said, None), ({}, "stop")):
        choice: dict[str, JsonValue] = {"index": 0, "delta": delta, "finish_reason": reason}
        yield _event({**head, "choices": [choice]})
    if asked.usage:
        yield _event({**head, "choices": [], "usage": dict(_USAGE)})
    yield "data: [DONE]\n\n"


def _event(data: Mapping[str, JsonValue]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"
