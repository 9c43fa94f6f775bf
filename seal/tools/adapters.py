"""The tools as objects of agent frameworks, made of the same schemas; a framework is imported when it is asked for.

Errors go to the model as their one line.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType, new_class
from typing import TYPE_CHECKING

from pydantic import JsonValue

from ..memory.errors import MissingExtraError, SealError
from .arguments import TOOLS, description
from .schemas import input_schema
from .session import Tools

if TYPE_CHECKING:
    from .server import Foreign

__all__ = ["langchain_tools", "smolagents_tools"]


def langchain_tools(tools: Tools) -> list[Foreign]:
    """`StructuredTool`s of langchain-core: blocks of text and picture as content, the structured reply as artifact.

    Raises MissingExtraError without the package.
    """
    core = _package("langchain_core.tools", "langchain")
    made = []
    for name, tool in sorted(TOOLS.items()):
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


def smolagents_tools(tools: Tools) -> list[Foreign]:
    """`Tool`s of smolagents: each gives the structured reply as a dictionary; an image may be a PIL image too.

    The agent sees no pictures that a tool draws. Errors are raised: the agent is told. Raises MissingExtraError
    without the package.
    """
    base = _package("smolagents", "smolagents").Tool
    return [_for_smolagents(tools, name, base) for name in sorted(TOOLS)]


def _for_langchain(tools: Tools, name: str, core: ModuleType) -> Callable[..., Foreign]:
    def answer(**arguments: object) -> tuple[list[dict[str, JsonValue]], dict[str, JsonValue]]:
        try:
            told = tools.call(name, arguments)
        except SealError as error:
            raise core.ToolException(str(error)) from error
        return told.content("openai"), told.structured

    return answer


def _for_smolagents(tools: Tools, name: str, base: Foreign) -> Foreign:
    schema = input_schema(TOOLS[name])
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
            description=description(TOOLS[name]),
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
