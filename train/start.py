"""Where a training starts: random weights, those of an earlier run, or those of a shipped file.

In a shipped file batch norms are folded into their convolutions. Taken apart again they are scales of one and the
folded offsets, with statistics of mean 0 and variance 1: right only as long as they stay frozen (`Plan.frozen_from=0`).
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ..memory.errors import InputError

__all__ = ["load_start"]


def load_start(network: nn.Module, part: str, start: Path) -> None:
    """Give a network the weights that `start` holds, in place.

    part: "finder", "namer" or "sorter". start: the folder of an earlier run, a file of averaged weights of one network,
    or a file of all (localizer.safetensors). Raises InputError when it holds none that fit.
    """
    file = start / part / "average.safetensors" if start.is_dir() else start
    try:
        tensors = load_file(file)
        if any(name.startswith(f"{part}.") for name in tensors):
            own = {
                k.removeprefix(f"{part}."): v.float() for k, v in tensors.items() if k.startswith(f"{part}.")
            }
            tensors = _unfolded(network, own)
        network.load_state_dict(tensors)
    except (OSError, SafetensorError, RuntimeError, KeyError) as error:
        raise InputError(f"{file} holds no weights of the {part} to start from ({error}).") from error


def _unfolded(network: nn.Module, folded: dict[str, Tensor]) -> dict[str, Tensor]:
    """The state of the network that says what the folded tensors say."""
    state = dict(folded)
    for name, module in network.named_modules():
        if not isinstance(module, nn.modules.batchnorm._BatchNorm):
            continue
        offset = state.pop(f"{name.rpartition('.')[0]}.0.bias")
        state |= {
            f"{name}.weight": torch.full_like(offset, (1 + module.eps) ** 0.5),
            f"{name}.bias": offset,
            f"{name}.running_mean": torch.zeros_like(offset),
            f"{name}.running_var": torch.ones_like(offset),
            f"{name}.num_batches_tracked": torch.tensor(0),
        }
    return state
