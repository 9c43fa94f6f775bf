"""Weights of an ONNX file, made fit for a CPU: numbers too small for a normal float become zeros.

- A network trained with weight decay keeps dead channels whose weights shrank below 1.2e-38. A CPU computes with such
  subnormal numbers a hundred times slower: two layers of PP-OCRv6's detector, full of them, took two thirds of a pass.
  What they add to a sum is lost in rounding, so that the output stays the same to the bit.
- onnxruntime can have the CPU flush such numbers to zero, but only in its own threads and the one that makes the first
  session of a process; the caller of a pass works along, and its arithmetic is not ours to change.
- The file is walked as protocol buffers lay it out; the `onnx` package is not needed for four field numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

__all__ = ["without_subnormals"]

_GRAPH, _WEIGHT = 7, 5
"""Fields of ModelProto and GraphProto."""
_TYPE, _RAW = 2, 9
"""Fields of TensorProto: its type of numbers, and the numbers as bytes."""
_FLOAT32 = 1
_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
"""Wire types."""


def without_subnormals(model: bytes) -> bytes:
    """The ONNX file with zeros for all subnormal float32 weights. Raises ValueError when it is no such file."""
    changed = bytearray(model)
    graphs = (span for number, span in _fields(model, range(len(model))) if number == _GRAPH)
    for weight in (span for graph in graphs for number, span in _fields(model, graph) if number == _WEIGHT):
        found = dict(_fields(model, weight))
        raw, kind = found.get(_RAW), found.get(_TYPE)
        if raw is not None and kind is not None and _varint(model, kind.start)[0] == _FLOAT32:
            values = np.frombuffer(changed, "<f4", count=len(raw) // 4, offset=raw.start)
            values[np.abs(values) < np.finfo(np.float32).tiny] = 0
    return bytes(changed)


def _fields(data: bytes, within: range) -> Iterator[tuple[int, range]]:
    """The number of each field of a message, and where its content is."""
    at = within.start
    while at < within.stop:
        tag, at = _varint(data, at)
        wire, start = tag & 7, at
        if wire == _VARINT:
            _, at = _varint(data, at)
        elif wire == _BYTES:
            length, start = _varint(data, at)
            at = start + length
        elif wire in (_FOUR_BYTES, _EIGHT_BYTES):
            at += 4 if wire == _FOUR_BYTES else 8
        else:
            raise ValueError(f"This is no ONNX file: there is no wire type {wire}.")
        if at > within.stop:
            raise ValueError("This is no whole ONNX file: a field runs beyond the end of its message.")
        yield tag >> 3, range(start, at)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A whole number of seven bits a byte, lowest first, and where the next thing begins."""
    value = shift = 0
    while True:
        if at >= len(data):
            raise ValueError("This is no whole ONNX file: it ends within a number.")
        byte = data[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return value, at
