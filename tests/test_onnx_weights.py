"""Weights too small for a normal float, in ONNX files."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from seal.agents import ocr_engine
from seal.agents.onnx_weights import without_subnormals


def test_subnormal_weights_of_a_file_become_zeros() -> None:
    """Field by field as protocol buffers have it: a model with a graph of two weights, floats and whole numbers."""

    def field(number: int, content: bytes) -> bytes:
        return bytes([number << 3 | 2, len(content)]) + content

    def weight(kind: int, values: NDArray[Any]) -> bytes:
        return field(5, bytes([2 << 3, kind]) + field(9, values.tobytes()))

    floats = np.array([1.5, 1e-39, -1e-45, -0.0, 1.2e-38, np.nan], np.float32)
    whole = np.array([1, -1, 77], np.int32)  # as floats 1 and 77 would be subnormal

    def model(values: NDArray[np.float32]) -> bytes:
        return (
            bytes([1 << 3, 8])
            + field(7, weight(6, whole) + weight(1, values))
            + bytes([5 << 3 | 5, 0, 0, 0, 1])
        )

    clean = np.array([1.5, 0, 0, 0, 1.2e-38, np.nan], np.float32)
    done = without_subnormals(model(floats))
    assert done == model(clean)
    assert without_subnormals(done) == done


@pytest.mark.parametrize("torn", [b"\x08", b"\x08\x80", b"\x3a\x7fshort", b"\x0b", b"\x3d\x00\x00"])
def test_what_is_no_onnx_file_is_refused(torn: bytes) -> None:
    with pytest.raises(ValueError, match="ONNX file"):
        without_subnormals(torn)


def test_the_detector_sees_the_same_without_subnormal_weights() -> None:
    import onnxruntime

    file = next((ocr_engine._models()).glob("PP-OCR*_det_*.onnx"))
    raw = file.read_bytes()
    clean = without_subnormals(raw)
    assert clean != raw  # else this is not needed any more
    pixels = np.random.default_rng(0).uniform(-1, 1, (1, 3, 64, 96)).astype(np.float32)
    seen = []
    for model in (raw, clean):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        seen.append(session.run(None, {session.get_inputs()[0].name: pixels})[0])
    np.testing.assert_array_equal(*seen)
