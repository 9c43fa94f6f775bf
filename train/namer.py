"""What the namer learns: the concept of an icon crop, by cross-entropy with a little label smoothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ..agents.nano.network import Namer
from .crops import CropSampler, Pool
from .loop import Job
from .start import load_start
from .tiles import Array

__all__ = ["crop_loss", "namer_job"]


def namer_job(
    pool: Pool, seed: int = 0, batch: int = 256, start: Path | None = None
) -> Job[tuple[Array, Array]]:
    """Training of the namer on a pool of crops; start: weights to begin with, as `load_start` takes them."""
    network = Namer(len(pool.concepts))
    if start is not None:
        load_start(network, "namer", start)
    return Job(network.to(memory_format=torch.channels_last), CropSampler(pool, batch, seed), crop_loss)


def crop_loss(network: nn.Module, batch: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> dict[str, Tensor]:
    """Cross-entropy of crops and their labels, and the share that is right."""
    device = next(network.parameters()).device
    crops, labels = (torch.as_tensor(part).to(device) for part in batch)
    logits: Tensor = network(crops)
    loss = functional.cross_entropy(logits, labels, label_smoothing=0.05)
    with torch.no_grad():
        right = (logits.argmax(1) == labels).float().mean()
    return {"loss": loss, "right": right}
