"""The application: one route a tool, those of OpenAI and OmniParser, runs, health, metrics.

What is asked goes to `seal.tools`: its arguments, its replies, its errors. A request takes a place first, is read and
checked then, waits for its turn, and is worked on in a thread.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import ExitStack, aclosing, asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from pydantic import JsonValue
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from .. import __version__
from ..memory.source import one_line
from ..record.result import Result
from ..record.viewer import content_policy, render
from ..tools.arguments import TOOLS, description
from ..tools.reply import ToolReply
from ..tools.schemas import input_schema
from ..tools.session import Tools
from .bodies import given
from .desk import RUN, Asked, Desk
from .examples import EXAMPLES
from .gate import Limits
from .guard import Guard
from .others import add_chat, add_omniparser
from .refusals import ErrorReply, Gone, Refused, told

__all__ = ["make_app"]

ALIVE = 10.0
"""Seconds after which a stream of events says that it is still there."""


def make_app(
    tools: Tools, limits: Limits | None = None, *, token: str | None = None, local: bool = True
) -> FastAPI:
    """The application. token: what requests must bear. local: whether it is for this machine alone."""
    limits = limits or Limits()
    desk = Desk(tools, limits)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loading = asyncio.create_task(desk.load())
        try:
            yield
        finally:
            loading.cancel()
            with suppress(asyncio.CancelledError):
                await loading
            desk.close()

    app = FastAPI(
        title="SEAL",
        version=__version__,
        description="What is on a picture, where to click, what is written, and that something is not there; offline.",
        lifespan=lifespan,
        docs_url=None,  # its page would load scripts from a network
        redoc_url=None,
        responses={
            status: {"model": ErrorReply, "description": why}
            for status, why in (
                (400, "What was given cannot be used."),
                (413, "The body, or the image, is over the limit."),
                (429, "No more requests are let in; Retry-After says when to try again."),
                (504, "The time of the request ended before its turn."),
            )
        },
    )
    app.state.desk = desk
    app.add_middleware(Guard, limits=limits, metrics=desk.metrics, token=token, local=local)
    app.add_exception_handler(HTTPException, _not_served)
    for name in sorted(TOOLS):
        _add_tool(app, desk, name)
    add_chat(app, desk)
    add_omniparser(app, desk)
    _add_state(app, desk)
    return app


def _not_served(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = one_line(request.url.path, 80)
    kind, why = {
        404: ("NotFound", f"There is nothing at {path}; /openapi.json lists what there is."),
        405: ("MethodNotAllowed", f"{path} does not take {request.method}."),
    }.get(error.status_code, ("BadRequest", error.detail))
    refused = Refused(error.status_code, kind, why, error.headers)
    return JSONResponse(told(refused), error.status_code, refused.headers)


# --- tools --------------------------------------------------------------------------------------------------


def _add_tool(app: FastAPI, desk: Desk, name: str) -> None:
    tool = TOOLS[name]

    async def answer(request: Request) -> Response:
        end = time.monotonic() + desk.gate.limits.seconds
        accept = request.headers.get("accept", "")
        with ExitStack() as held:
            held.enter_context(desk.gate.place())
            asked = await desk.checked(name, *await given(request, name, desk.gate.limits))
            run = desk.new_name() if name in ("ask", "locate") else ""
            headers = {RUN: run} if run else {}
            if "text/event-stream" in accept:
                return _Events(_steps(desk, asked, run, request.receive, end), headers, held.pop_all())
            reply = await desk.do(lambda: desk.answered(asked), request.receive, end)
            desk.keep(reply, run)
            if reply.picture is not None and accept.startswith("image/"):
                return Response(reply.picture, media_type=reply.media_type)
            return JSONResponse(_body(reply), headers=headers)

    schema = input_schema(tool)
    app.add_api_route(
        f"/v1/{name}",
        answer,
        methods=["POST"],
        name=name,
        summary=description(tool).split("\n")[0],
        description=description(tool),
        response_model=None,
        responses={
            200: {
                "model": tool.reply,
                "description": "Fields that have their defaults are left out. `picture` is a data URI, where there is "
                "one; with Accept: image/png it is all that comes. With Accept: text/event-stream events come: `step` "
                "after every look, then `result` or `error`.",
            }
        },
        openapi_extra={"requestBody": {"required": True, "content": _content(schema, EXAMPLES[name])}},
    )


def _content(schema: Mapping[str, JsonValue], example: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """A body, as OpenAPI declares it: JSON, or a form whose pictures are uploaded."""
    properties = schema["properties"]
    assert isinstance(properties, dict)
    uploads: dict[str, JsonValue] = {
        key: {"type": "string", "contentMediaType": "application/octet-stream", "description": "A file."}
        for key in ("image", "before")
        if key in properties
    }
    form: dict[str, JsonValue] = {**schema, "properties": {**properties, **uploads}}
    return {
        "application/json": {"schema": dict(schema), "example": dict(example)},
        "multipart/form-data": {"schema": form},
    }


def _body(reply: ToolReply) -> dict[str, JsonValue]:
    if reply.picture is None:
        return reply.structured
    return {**reply.structured, "picture": f"data:{reply.media_type};base64,{reply.picture_base64}"}


async def _steps(
    desk: Desk, asked: Asked, run: str, receive: Receive, end: float
) -> AsyncGenerator[str, None]:
    """Events: a step after every look, then the result, or the error."""
    loop = asyncio.get_running_loop()
    steps: asyncio.Queue[dict[str, JsonValue] | None] = asyncio.Queue()

    def on_look(count: int, most: int | None, words: str) -> None:
        step: dict[str, JsonValue] = {"look": count, "most": most, "message": words}
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(steps.put_nowait, step)

    working = asyncio.create_task(desk.do(lambda: desk.answered(asked, on_look), receive, end))
    working.add_done_callback(lambda _: steps.put_nowait(None))
    try:
        while True:
            try:
                step = await asyncio.wait_for(steps.get(), ALIVE)
            except TimeoutError:
                yield ": waiting or at work\n\n"
                continue
            if step is None:
                break
            yield _event("step", step)
        reply = await working
        desk.keep(reply, run)
        yield _event("result", _body(reply))
    except Gone:
        raise
    except Exception as error:
        yield _event("error", told(error))
    finally:
        working.cancel()


def _event(kind: str, data: Mapping[str, Any]) -> str:
    return f"event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


class _Events(Response):
    """A stream of events; what is held is given back when it ends, however it ends."""

    media_type = "text/event-stream"

    def __init__(
        self, events: AsyncGenerator[str, None], headers: Mapping[str, str], held: ExitStack
    ) -> None:
        self.status_code = 200
        self.background = None
        self.init_headers({**headers, "X-Accel-Buffering": "no"})
        self._events, self._held = events, held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._held:
            async with aclosing(self._events) as events:
                await send(
                    {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
                )
                with suppress(Gone, OSError):
                    async for event in events:
                        await send({"type": "http.response.body", "body": event.encode(), "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})


# --- runs and state -----------------------------------------------------------------------------------------


def _add_state(app: FastAPI, desk: Desk) -> None:
    def kept(run: str) -> Result:
        if (result := desk.run(run)) is None:
            raise Refused(
                404, "NotFound", f"There is no such run; the latest {desk.gate.limits.runs} are kept."
            )
        return result

    async def page(run: str) -> Response:
        result = kept(run)
        html = await asyncio.to_thread(lambda: render(result.trace.model_dump_json()))
        return HTMLResponse(
            html, headers={"Content-Security-Policy": f"{content_policy()}; frame-ancestors 'none'"}
        )

    async def whole(run: str) -> Response:
        return Response(await asyncio.to_thread(kept(run).to_json), media_type="application/json")

    async def health() -> Response:
        return JSONResponse({"status": "ok", "version": __version__})

    async def ready() -> Response:
        if desk.not_ready:
            raise Refused(503, "NotReady", desk.not_ready, {"Retry-After": "5"})
        seal = desk.tools.seal
        return JSONResponse({"status": "ready", "vqa": seal.vqa.name, "localizer": seal.localizer.name})

    async def metrics() -> Response:
        return PlainTextResponse(desk.metrics.text(desk.now()), media_type="text/plain; version=0.0.4")

    routes: tuple[tuple[str, Callable[..., object], str], ...] = (
        (
            "/runs/{run}",
            page,
            "The search of a run as a page; its name is in the header X-Seal-Run of a reply.",
        ),
        (
            "/runs/{run}/result",
            whole,
            "The whole result of a run, pictures included, for `Result.from_json`.",
        ),
        ("/health", health, "Whether the server is there."),
        ("/ready", ready, "Whether the models are loaded; 503 until then."),
        ("/metrics", metrics, "Counts, in the text format of Prometheus."),
    )
    for path, answer, summary in routes:
        app.add_api_route(path, answer, methods=["GET"], summary=summary, response_model=None)
