"""Routes for programs that were written for others: OpenAI's Chat Completions, and OmniParser's server."""

from __future__ import annotations

import asyncio
import base64
import io
import time
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, JsonValue

from ..memory.errors import SettingError
from ..screen.element import Elements
from ..screen.exports import as_omniparser, to_omniparser
from ..screen.replies import AnswerReply
from .bodies import json_object, read_body
from .chat import chunks, completion, models, question_of
from .desk import RUN, Asked, Desk
from .examples import EXAMPLES

__all__ = ["Parsed", "add_chat", "add_omniparser"]

MOST = 1000
"""Elements that OmniParser's clients are told at most."""


def add_chat(app: FastAPI, desk: Desk) -> None:
    async def chat(request: Request) -> Response:
        end = time.monotonic() + desk.gate.limits.seconds
        with desk.gate.place():
            body = await read_body(request, desk.gate.limits)
            question = await asyncio.to_thread(lambda: question_of(json_object(body)))
            asked = await desk.checked("ask", question.arguments, {})
            reply = await desk.do(lambda: desk.answered(asked), request.receive, end)
        run = desk.new_name()
        desk.keep(reply, run)
        assert isinstance(reply.value, AnswerReply)
        if question.stream:
            said = "".join(chunks(question, reply.value, run))
            return Response(said, media_type="text/event-stream", headers={RUN: run})
        return JSONResponse(completion(question, reply.value, run), headers={RUN: run})

    async def list_models() -> Response:
        return JSONResponse(models())

    app.add_api_route(
        "/v1/chat/completions",
        chat,
        methods=["POST"],
        summary="One picture and one question, as OpenAI's Chat Completions have them.",
        response_model=None,
        openapi_extra=_json_body(EXAMPLES["chat"]),
    )
    app.add_api_route("/v1/models", list_models, methods=["GET"], response_model=None)


class Parsed(BaseModel):
    """What OmniParser's server tells. som_image_base64: a PNG on which every element has its place in the list."""

    som_image_base64: str
    parsed_content_list: list[dict[str, JsonValue]]
    latency: float


def add_omniparser(app: FastAPI, desk: Desk) -> None:
    async def parse(request: Request) -> Response:
        end = time.monotonic() + desk.gate.limits.seconds
        with desk.gate.place():
            body = await read_body(request, desk.gate.limits)
            data = await asyncio.to_thread(json_object, body)
            if not isinstance(image := data.get("base64_image"), str):
                raise SettingError(
                    'base64_image: the picture as base64 is expected: {"base64_image": "..."}.'
                )
            uri = image if image.startswith("data:") else f"data:;base64,{image}"
            asked = await desk.checked("elements", {"image": uri, "most": MOST}, {})
            return JSONResponse(await desk.do(lambda: _parsed(desk, asked), request.receive, end))

    async def probe() -> Response:
        return JSONResponse({"message": "Omniparser API ready"})

    app.add_api_route(
        "/parse/",
        parse,
        methods=["POST"],
        summary="All elements of a screen, as OmniParser's server tells them.",
        response_model=None,
        responses={200: {"model": Parsed}},
        openapi_extra=_json_body(EXAMPLES["parse"]),
    )
    app.add_api_route("/probe/", probe, methods=["GET"], response_model=None)


def _parsed(desk: Desk, asked: Asked) -> dict[str, object]:
    started = time.perf_counter()
    found = desk.answered(asked).whole
    assert isinstance(found, Elements)
    shown = as_omniparser(found)
    shown = shown.model_copy(update={"items": shown.items[:MOST]})
    picture = io.BytesIO()
    desk.tools.seal.marks(asked.pictures["image"], shown).save(picture, "PNG", compress_level=1)
    return {
        "som_image_base64": base64.b64encode(picture.getvalue()).decode(),
        "parsed_content_list": to_omniparser(shown),
        "latency": time.perf_counter() - started,
    }


def _json_body(example: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    body: dict[str, JsonValue] = {
        "application/json": {"schema": {"type": "object"}, "example": dict(example)}
    }
    return {"requestBody": {"required": True, "content": body}}
