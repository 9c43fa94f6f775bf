"""The files of a folder of weights: configuration, whole or sharded `.safetensors`, `.bin` as weights only.

Tensors are named and measured first, and read one by one; no pickled code runs.
"""

from __future__ import annotations

import json
import math
import pickle
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ...memory.errors import InputError

__all__ = ["Config", "Stored", "read_config", "stored_tensors"]

_BITS = {"F64": 64, "F32": 32, "F16": 16, "BF16": 16, "I64": 64, "I32": 32, "I8": 8, "U8": 8}

Config = dict[str, Any]
"""JSON of a model's configuration; what it holds differs from release to release."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor in a file: its shape, its bytes, and how to read it."""

    shape: tuple[int, ...]
    bytes: int
    read: Callable[[], Tensor]


def read_config(folder: Path) -> Config:
    """The folder's `config.json`. Raises InputError when it is absent or broken."""
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            f"{path}: the configuration is missing; it comes with the checkpoint (config.json of the same repository)."
        ) from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: this is no configuration; download it again ({error}).") from error
    if not isinstance(config, dict):
        raise InputError(f"{path}: a JSON object is expected; download it again.")
    return config


def stored_tensors(folder: Path) -> dict[str, Stored]:
    """All tensors of a folder's weights by name. Raises InputError for absent, cut or broken files."""
    found: dict[str, Stored] = {}
    names: set[str] = set()
    for stem in ("model.safetensors", "pytorch_model.bin"):
        index = folder / f"{stem}.index.json"
        files = [folder / stem] if (folder / stem).is_file() else []
        if not files and index.is_file():
            try:
                places: dict[str, str] = json.loads(index.read_text("utf-8"))["weight_map"]
                files, names = [folder / file for file in sorted(set(places.values()))], set(places)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise InputError(
                    f"{index}: this is no index of shards; download it again ({error})."
                ) from error
        for file in files:
            found |= _tensors_of(file)
        if files:
            break
    else:
        raise InputError(
            f"{folder}: there are no weights in this folder; model.safetensors or pytorch_model.bin, or shards "
            "with their .index.json, are expected."
        )
    if missing := sorted(names - set(found)):
        raise InputError(
            f"{folder}: the shards lack {len(missing)} tensors of their index, first {missing[0]}; download again."
        )
    return found


def _tensors_of(file: Path) -> dict[str, Stored]:
    if not file.is_file():
        raise InputError(f"{file}: this shard is missing; download it again.")
    try:
        if file.suffix == ".safetensors":
            handle: Any = safe_open(file, framework="pt")
            slices = {name: handle.get_slice(name) for name in handle.keys()}  # noqa: SIM118
            return {
                name: _stored(
                    s.get_shape(), _BITS.get(s.get_dtype(), 32) // 8, partial(handle.get_tensor, name)
                )
                for name, s in slices.items()
            }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of torch, about its own storage classes
            tensors: dict[str, Tensor] = torch.load(file, map_location="cpu", weights_only=True, mmap=True)
        return {
            name: _stored(t.shape, t.element_size(), partial(t.view, t.shape)) for name, t in tensors.items()
        }
    except (
        SafetensorError,
        RuntimeError,
        OSError,
        EOFError,
        pickle.UnpicklingError,
        AttributeError,
    ) as error:
        reason = str(error).partition("\n")[0][:200]
        raise InputError(f"{file}: the file is cut short or broken; download it again ({reason}).") from error


def _stored(shape: Sequence[int], width: int, read: Callable[[], Tensor]) -> Stored:
    return Stored(tuple(shape), math.prod(shape) * width, read)
