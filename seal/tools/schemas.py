"""The tools as a model's provider wants them declared: JSON Schema made of the arguments, without any dependency."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, JsonValue

from ..memory.errors import SettingError
from ..memory.source import one_line
from .arguments import STORE_TOOLS, TOOLS, Arguments, description

__all__ = ["Style", "input_schema", "output_schema", "schemas"]

Style = Literal["anthropic", "openai", "openai-responses"]
"""Whose declaration: Anthropic's Messages, OpenAI's Chat Completions (and all who speak it), OpenAI's Responses."""


def schemas(style: Style, *, store: bool = False) -> list[dict[str, JsonValue]]:
    """The declarations of all tools, sorted by name. Raises SettingError for a style that there is not.

    store: with those that look into a store of earlier runs, for a `Seal(memory=...)`.
    """
    told = []
    for name, tool in sorted({**TOOLS, **(STORE_TOOLS if store else {})}.items()):
        head: dict[str, JsonValue] = {"name": name, "description": description(tool)}
        if style == "anthropic":
            told.append({**head, "input_schema": input_schema(tool)})
        elif style == "openai":
            told.append({"type": "function", "function": {**head, "parameters": input_schema(tool)}})
        elif style == "openai-responses":
            told.append({"type": "function", **head, "parameters": input_schema(tool), "strict": False})
        else:
            raise SettingError(
                f"Schemas are for anthropic, openai or openai-responses; got {one_line(repr(style), 40)}."
            )
    return told


def input_schema(tool: type[Arguments]) -> dict[str, JsonValue]:
    """JSON Schema of the arguments of a tool: one object, no references, nothing else admitted."""
    schema = _untitled(tool.model_json_schema())
    schema.pop("description", None)
    return schema


def output_schema(tool: type[Arguments]) -> dict[str, JsonValue]:
    """JSON Schema of what a tool tells. Fields that are left out have their defaults."""
    return _untitled(_reply_schema(tool.reply))


def _reply_schema(reply: type[BaseModel]) -> dict[str, JsonValue]:
    return reply.model_json_schema()


def _untitled(schema: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Without the titles that pydantic makes of names: they cost a model tokens and say nothing."""
    return {
        key: _inner(key, value)
        for key, value in schema.items()
        if key != "title" or not isinstance(value, str)
    }


def _inner(key: str, value: JsonValue) -> JsonValue:
    if key in ("properties", "$defs") and isinstance(value, dict):  # here the keys are names of ours
        return {name: _untitled(v) if isinstance(v, dict) else v for name, v in value.items()}
    if isinstance(value, dict):
        return _untitled(value)
    if isinstance(value, list):
        return [_untitled(v) if isinstance(v, dict) else v for v in value]
    return value
