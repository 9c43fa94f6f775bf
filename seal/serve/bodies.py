"""What a request holds: arguments as JSON, or as a form with uploaded pictures.

A form says what JSON would say: text stands for numbers and truth values, a field given several times is a list.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Mapping

from pydantic import JsonValue
from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from ..memory.errors import SettingError
from ..memory.source import one_line
from ..tools.arguments import TOOLS, Arguments
from ..tools.schemas import input_schema
from .gate import Limits
from .refusals import Gone, Refused

__all__ = ["given", "json_object", "read_body"]

MOST_FILES, MOST_FIELDS = 4, 600
"""Of a form: `diff` has two pictures, `locate` 256 targets."""


class _Upload(io.BytesIO):
    """The bytes of an uploaded file, with the name that it is called by in messages."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self.name = name


async def given(
    request: Request, name: str, limits: Limits
) -> tuple[Mapping[str, object] | str, dict[str, object]]:
    """The arguments for the tool `name`, and its uploaded pictures by the names of their fields.

    Raises Refused for a body that does not come or is no form, SettingError for a field that is given twice.
    """
    body = await read_body(request, limits)
    if not request.headers.get("content-type", "").casefold().startswith("multipart/form-data"):
        return _text(body), {}
    arguments: dict[str, object] = {}
    pictures: dict[str, object] = {}
    try:
        async with request.form(
            max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=limits.body_bytes
        ) as form:
            for field in form:
                values = form.getlist(field)
                if isinstance(first := values[0], UploadFile):
                    pictures[field] = _Upload(await first.read(), one_line(first.filename or "upload", 120))
                    arguments[field] = field
                else:
                    arguments[field] = _value(TOOLS[name], field, [str(value) for value in values])
                if len(values) > 1 and not isinstance(arguments[field], list):
                    raise SettingError(f"{name}: the field {one_line(field, 40)!r} is given twice.")
    except (HTTPException, FormParserError) as error:
        why = error.detail if isinstance(error, HTTPException) else error
        raise Refused(400, "BadForm", f"The form cannot be read: {one_line(why, 120)}") from error
    return arguments, pictures


async def read_body(request: Request, limits: Limits) -> bytes:
    """The body. Raises Refused, 408, when it does not come in time, and Gone when the client goes away."""
    try:
        async with asyncio.timeout(limits.body_seconds):
            return await request.body()
    except TimeoutError as error:
        raise Refused(
            408, "RequestTimeout", f"The request did not come within {limits.body_seconds:g} s; send it anew."
        ) from error
    except ClientDisconnect as error:
        raise Gone from error


def json_object(body: bytes) -> dict[str, JsonValue]:
    """The JSON object that a body is. Raises Refused, 400."""
    try:
        data = json.loads(_text(body))
    except (ValueError, RecursionError) as error:
        raise Refused(400, "BadJson", f"The body is no JSON object ({one_line(error, 80)}).") from error
    if not isinstance(data, dict):
        raise Refused(400, "BadJson", f"The body must be a JSON object; got {one_line(repr(data), 40)}.")
    return data


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Refused(
            400,
            "BadJson",
            "The body is no text; send JSON, or a form (multipart/form-data) with the picture.",
        ) from error


def _value(tool: type[Arguments], field: str, values: list[str]) -> object:
    """The value of a field of a form, as JSON would have it."""
    properties = input_schema(tool)["properties"]
    assert isinstance(properties, dict)
    if not _is_list_of_words(properties.get(field)):
        return values[0]
    if len(values) == 1 and values[0].lstrip().startswith("["):
        try:
            return json.loads(values[0])
        except (ValueError, RecursionError):
            return values
    return values


def _is_list_of_words(schema: JsonValue) -> bool:
    if not isinstance(schema, dict):
        return False
    choices = schema.get("anyOf")
    if isinstance(choices, list):
        return any(map(_is_list_of_words, choices))
    items = schema.get("items")
    return isinstance(items, dict) and items.get("type") == "string"
