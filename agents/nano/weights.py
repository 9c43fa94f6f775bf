"""The file of the nano localizer: its networks, the names of the concepts and the calibration, as safetensors.

Weights are float16 with batch norms folded in; names and calibration are JSON in the file's metadata. On a CPU with
matrix instructions for bfloat16 (AMX) the finder runs in it, more than twice as fast.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ...memory.errors import AgentError
from ..interruptible import interruptible
from . import WEIGHTS
from .network import Finder, Namer, Sorter, fold

__all__ = ["Model", "WEIGHTS", "has_amx", "load_weights", "save_weights"]

_FORMAT = "seal-nano-localizer-3"


@dataclass(frozen=True, eq=False, slots=True)
class Model:
    """Networks ready for inference, on one device.

    calibration: "any icon" or one of `KINDS` -> (slope, offset) of the log-odds of a score, fitted so that calibrated
    scores are shares of right boxes (Platt 1999); missing: as it is. "icon" is for icons of a named concept.
    """

    finder: nn.Module
    namer: nn.Module
    sorter: nn.Module
    concepts: tuple[str, ...]
    calibration: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def save_weights(
    path: Path,
    finder: Mapping[str, Tensor],
    namer: Mapping[str, Tensor],
    sorter: Mapping[str, Tensor],
    concepts: tuple[str, ...],
    calibration: Mapping[str, tuple[float, float]],
) -> None:
    """Write trained state dicts (batch norms not yet folded) as one file."""
    tensors: dict[str, Tensor] = {}
    for (name, network), trained in zip(_networks(concepts).items(), (finder, namer, sorter), strict=True):
        network.load_state_dict(dict(trained))
        tensors |= {f"{name}.{k}": v for k, v in fold(network).state_dict().items()}
    meta = {"format": _FORMAT, "concepts": json.dumps(concepts), "calibration": json.dumps(calibration)}
    part = path.with_name(path.name + ".part")
    save_file({k: v.detach().half().contiguous() for k, v in tensors.items()}, part, metadata=meta)
    part.replace(path)


@cache
def load_weights(path: Path = WEIGHTS, device: str = "cpu") -> Model:
    """The model of a file, kept for the process. Raises AgentError for a missing, damaged or foreign file."""
    try:
        with safe_open(path, "pt") as opened:
            meta = opened.metadata() or {}
            tensors = {key: opened.get_tensor(key).float() for key in opened.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise AgentError(
            f"The weights of the nano localizer, {path}, cannot be read ({error}); install the package anew, or "
            "train them: seal train localizer."
        ) from error
    try:
        if meta.get("format") != _FORMAT:
            raise ValueError(f"its format is {meta.get('format', 'not stated')!r}")
        concepts = tuple(json.loads(meta["concepts"]))
        calibration = {k: (float(a), float(b)) for k, (a, b) in json.loads(meta["calibration"]).items()}
        networks = _networks(concepts)
        for name, network in networks.items():
            own = {k.removeprefix(f"{name}."): v for k, v in tensors.items() if k.startswith(f"{name}.")}
            fold(network).load_state_dict(own)
    except (KeyError, ValueError, TypeError, RuntimeError) as error:
        raise AgentError(
            f"{path} does not hold the nano localizer in the format {_FORMAT} ({error})."
        ) from error
    finder = networks["finder"]
    if device == "cpu" and has_amx() and isinstance(finder, Finder):
        finder.to_bfloat16()
    ready = {
        name: interruptible(each).to(device).to(memory_format=torch.channels_last)
        for name, each in networks.items()
    }
    return Model(ready["finder"], ready["namer"], ready["sorter"], concepts, calibration)


def _networks(concepts: tuple[str, ...]) -> dict[str, nn.Module]:
    return {"finder": Finder(), "namer": Namer(len(concepts)), "sorter": Sorter()}


def has_amx() -> bool:
    """Whether this CPU multiplies matrices of bfloat16 in hardware; elsewhere bfloat16 is slower than float32."""
    return bool(getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)())
