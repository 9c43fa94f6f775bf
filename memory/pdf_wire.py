"""What goes between a program and the process that reads its PDFs: messages of JSON, with bytes behind them."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import IO, Any, TypeAlias

__all__ = ["Message", "receive", "send"]

Message: TypeAlias = Mapping[str, Any]
_HEAD = struct.Struct(">QQ")
LONGEST = 1 << 28
"""Bytes of the JSON of a message; a page of 200,000 characters has a tenth of it."""


def send(stream: IO[bytes], message: Message, data: bytes = b"") -> None:
    """Write a message. data: anything that lies in memory as bytes."""
    told = json.dumps(message).encode()
    stream.write(_HEAD.pack(len(told), memoryview(data).nbytes) + told)
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes], most: int | None = None) -> tuple[Message, bytes]:
    """The next message. Raises EOFError where none comes, or one that is none: with more than `most` bytes of data."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise EOFError
    length, size = _HEAD.unpack(head)
    if length > LONGEST or (most is not None and size > most):
        raise EOFError
    told, data = stream.read(length), stream.read(size)
    if len(told) < length or len(data) < size:
        raise EOFError
    message: Message = json.loads(told)
    return message, data
