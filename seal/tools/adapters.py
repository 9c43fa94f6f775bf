"""The tools as objects of agent frameworks, made of the same schemas; a framework is imported when it is asked for.

Errors go to the model as their one line, and end no run.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from importlib import import_module
from types import ModuleType, new_class
from typing import TYPE_CHECKING

from pydantic import JsonValue

from ..memory.errors import MissingExtraError, SealError
from .arguments import description
from .schemas import input_schema
from .session import Tools

if TYPE_CHECKING:
    from .server import Foreign

__all__ = ["langchain_tools", "openai_agents_tools", "pydantic_ai_tools", "smolagents_tools"]


def langchain_tools(tools: Tools) -> list[Foreign]:
    """`StructuredTool`s of langchain-core: blocks of text and picture as content, the structured reply as artifact.

    Raises MissingExtraError without the package.
    """
    core = _package("langchain_core.tools", "langchain")
    made = []
    for name, tool in sorted(tools.offered.items()):
        made.append(
            core.StructuredTool(
                name=name,
                description=description(tool),
                args_schema=input_schema(tool),
                func=_for_langchain(tools, name, core),
                response_format="content_and_artifact",
                handle_tool_error=True,
            )
        )
    return made


def openai_agents_tools(tools: Tools) -> list[Foreign]:
    """`FunctionTool`s of the OpenAI Agents SDK: the reply as text, then the picture where there is one.

    A run that is cancelled stops the search. Raises MissingExtraError without the package.
    """
    sdk = _package("agents", "openai-agents")
    if not hasattr(sdk, "FunctionTool"):
        raise MissingExtraError(
            f"The package `agents` that Python finds first, {sdk.__file__}, is not the OpenAI Agents SDK; install "
            "'seal-visual-search[openai-agents]', and start Python elsewhere than beside that folder."
        )
    return [
        sdk.FunctionTool(
            name=name,
            description=description(tool),
            params_json_schema=input_schema(tool),
            on_invoke_tool=_for_openai_agents(tools, name, sdk),
            strict_json_schema=False,
        )
        for name, tool in sorted(tools.offered.items())
    ]


def pydantic_ai_tools(tools: Tools) -> list[Foreign]:
    """`Tool`s of pydantic-ai: the structured reply as return value, the picture as content of the user.

    Raises MissingExtraError without the package.
    """
    core = _package("pydantic_ai", "pydantic-ai")
    return [
        core.Tool.from_schema(
            _for_pydantic_ai(tools, name, core),
            name=name,
            description=description(tool),
            json_schema=input_schema(tool),
        )
        for name, tool in sorted(tools.offered.items())
    ]


def smolagents_tools(tools: Tools) -> list[Foreign]:
    """`Tool`s of smolagents: each gives the structured reply as a dictionary; an image may be a PIL image too.

    The agent sees no pictures that a tool draws. Errors are raised: the agent is told. Raises MissingExtraError
    without the package.
    """
    base = _package("smolagents", "smolagents").Tool
    return [_for_smolagents(tools, name, base) for name in sorted(tools.offered)]


def _for_langchain(tools: Tools, name: str, core: ModuleType) -> Callable[..., Foreign]:
    def answer(**arguments: object) -> tuple[list[dict[str, JsonValue]], dict[str, JsonValue]]:
        try:
            told = tools.call(name, arguments)
        except SealError as error:
            raise core.ToolException(str(error)) from error
        return told.content("openai"), told.structured

    return answer


def _for_openai_agents(
    tools: Tools, name: str, sdk: ModuleType
) -> Callable[[Foreign, str], Awaitable[str | list[Foreign]]]:
    async def answer(context: Foreign, arguments: str) -> str | list[Foreign]:
        stop = threading.Event()
        try:
            told = await asyncio.to_thread(tools.call, name, arguments, cancelled=stop.is_set)
        except SealError as error:
            return str(error)
        finally:
            stop.set()
        if told.picture is None:
            return told.text
        shown = sdk.ToolOutputImage(image_url=f"data:{told.media_type};base64,{told.picture_base64}")
        return [sdk.ToolOutputText(text=told.text), shown]

    return answer


def _for_pydantic_ai(tools: Tools, name: str, core: ModuleType) -> Callable[..., Foreign]:
    def answer(**arguments: object) -> Foreign:
        try:
            told = tools.call(name, arguments)
        except SealError as error:
            raise core.ToolFailed(str(error)) from error
        shown = [] if told.picture is None else [core.BinaryContent(told.picture, media_type=told.media_type)]
        return core.ToolReturn(told.structured, content=shown or None)

    return answer


def _for_smolagents(tools: Tools, name: str, base: Foreign) -> Foreign:
    schema = input_schema(tools.offered[name])
    required, properties = schema["required"], schema["properties"]
    assert isinstance(required, list) and isinstance(properties, dict)
    inputs = {}
    for argument, of in properties.items():
        assert isinstance(of, dict)
        kind = "any" if argument in _PICTURES else of.get("type", "any")
        inputs[argument] = {"type": kind, "description": of.get("description", argument)}
        if argument not in required:
            inputs[argument]["nullable"] = True

    def forward(self: Foreign, **arguments: object) -> dict[str, JsonValue]:
        given = {key: value for key, value in arguments.items() if value is not None}
        pictures = {key: given[key] for key in _PICTURES if key in given and not isinstance(given[key], str)}
        return tools.call(name, {**given, **{key: key for key in pictures}}, pictures=pictures).structured

    def body(namespace: dict[str, Foreign]) -> None:
        namespace.update(
            name=name,
            description=description(tools.offered[name]),
            inputs=inputs,
            output_type="object",
            skip_forward_signature_validation=True,
            forward=forward,
        )

    return new_class(f"Seal{name.capitalize()}", (base,), exec_body=body)()


_PICTURES = ("image", "before")
"""Arguments that are pictures."""


def _package(module: str, extra: str) -> ModuleType:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"{extra} is missing ({error.name}): pip install 'seal-visual-search[{extra}]'"
        ) from error
