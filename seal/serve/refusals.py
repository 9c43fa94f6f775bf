"""What goes wrong over HTTP, in one shape: {"error": {"type", "message"}}, the message one line, never a traceback.

type: the name of the error in `seal.memory.errors`, or one of those that `Refused` is raised with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import BaseModel

from ..memory import errors
from ..memory.errors import (
    AgentError,
    InputError,
    OutOfTime,
    SealError,
    TooLargeError,
)
from ..memory.source import one_line

__all__ = ["ErrorReply", "Gone", "Refused", "as_error", "status_of", "told", "written"]

STATUS: tuple[tuple[type[SealError], int], ...] = (
    (TooLargeError, 413),
    (InputError, 400),
    (OutOfTime, 504),
    (AgentError, 500),
)
"""Status by kind of error, the first that fits; 500 for others."""


class Refused(SealError):
    """A request that is not answered. status: of HTTP. kind: the `type` that is told. headers: sent along."""

    def __init__(
        self, status: int, kind: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.kind, self.headers = status, kind, dict(headers or {})


class Gone(Exception):
    """The client went away."""


class ErrorDetail(BaseModel):
    """type: the kind of error. message: one line that says what was expected, what came, and what to do."""

    type: str
    message: str


class ErrorReply(BaseModel):
    """What is sent in place of a reply."""

    error: ErrorDetail


def status_of(error: Exception) -> int:
    """The status of HTTP for an error."""
    if isinstance(error, Refused):
        return error.status
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def told(error: Exception) -> dict[str, dict[str, str]]:
    """What a client is told of an error. The text of a foreign one says nothing to it, and is kept back."""
    if isinstance(error, Refused):
        kind, message = error.kind, str(error)
    elif isinstance(error, SealError):
        kind, message = type(error).__name__, str(error)
    else:
        kind, message = "ServerError", f"The request failed unexpectedly ({type(error).__name__})."
    return {"error": {"type": kind, "message": one_line(message, 1000)}}


def written(error: Exception) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the response to a request that failed so."""
    headers = error.headers if isinstance(error, Refused) else {}
    return status_of(error), headers, json.dumps(told(error), ensure_ascii=False).encode()


def as_error(status: int, body: bytes, where: str) -> SealError:
    """The error that a server has told, as it would have been raised here: the same class, where there is one."""
    try:
        detail = ErrorReply.model_validate_json(body).error
    except ValueError:
        return AgentError(
            f"{where} answered with status {status} and no message of SEAL; is it `seal serve`?"
        )
    kind = getattr(errors, detail.type, None)
    message = one_line(detail.message, 1000)
    if isinstance(kind, type) and issubclass(kind, SealError) and kind is not OutOfTime:
        return kind(message)
    return (InputError if status < 500 and status != 429 else AgentError)(message)
