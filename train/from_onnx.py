"""The weights of a shipped language network, to be trained further: its ONNX file read back into a torch network.

The file holds int8 weights, a scale for each column, and the names of the modules in its nodes. What int8 lost stays
lost; a training begins from what is left.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ..memory.errors import InputError, MissingExtraError

__all__ = ["begin", "load_onnx"]


def begin(network: nn.Module, start: Path) -> None:
    """Give a network, in place, the averaged weights of an earlier run, a folder, or those of a shipped ONNX file.

    Raises InputError when there are none that fit.
    """
    if start.is_file():
        load_onnx(network, start)
        return
    try:
        network.load_state_dict(load_file(start / "average.safetensors"))
    except (OSError, RuntimeError, SafetensorError) as error:
        raise InputError(f"{start} holds no weights of this network ({error}).") from error


def load_onnx(network: nn.Module, path: Path) -> None:
    """Give a network the weights of `path`, in place. path: what `seal.train.reader.to_onnx` wrote of such a network.

    Raises InputError when the file does not hold them, MissingExtraError without onnx.
    """
    try:
        import onnx
        from google.protobuf.message import DecodeError
    except ImportError as error:
        raise MissingExtraError(
            "Reading a shipped network needs onnx: pip install 'seal-visual-search[train]'."
        ) from error
    try:
        graph = onnx.load(path).graph
        state = _state(graph)
        lacking = sorted(network.state_dict().keys() - state.keys())
        if lacking:
            raise KeyError(f"no {lacking[0]}, {len(lacking)} are missing")
        network.load_state_dict({name: state[name] for name in network.state_dict()})
    except (OSError, KeyError, ValueError, RuntimeError, DecodeError) as error:
        raise InputError(f"{path} holds no weights of this network ({error}).") from error


def _state(graph: object) -> dict[str, Tensor]:
    """Name of a parameter -> its values, float32."""
    from onnx import numpy_helper

    stored = {
        tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy())
        for tensor in graph.initializer  # type: ignore[attr-defined]
    }
    state = {name: value for name, value in stored.items() if value.dtype == torch.float32}
    for node in graph.node:  # type: ignore[attr-defined]
        for name in node.input:
            if not name.endswith("_quantized") or name not in stored:
                continue
            key = name.removesuffix("_quantized")
            values = (stored[name].float() - stored[f"{key}_zero_point"].float()) * stored[f"{key}_scale"]
            key = key.removesuffix("_Transposed")  # so the quantizer names what it has turned
            if node.op_type == "Gather":  # the table of an embedding
                state[key] = values
                continue
            module = node.output[0].strip("/").rpartition("/")[0].replace("/", ".")
            state[key if key.endswith(".weight") else f"{module}.weight"] = values.T.contiguous()
    return state
