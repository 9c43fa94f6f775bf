"""What the finder learns: scores that equal the overlap of the predicted box, boxes by generalised IoU, states.

Sources: quality focal loss, arXiv 2006.04388 (there with beta 2); generalised IoU, arXiv 1902.09630.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..agents.nano.network import GROUPS, KINDS, Finder
from .loop import Job
from .start import load_start
from .tiles import Batch, TileSampler, cells

__all__ = ["finder_job"]

_BETA = 1.5
_BOX_WEIGHT = 2.0
_WEIGHTS = (0.5, 1.5, 1.5)
"""Of icons, widgets and regions: icons are learnt fastest."""


def finder_job(
    files: tuple[Path, ...], seed: int = 0, start: Path | None = None, size: int = 1
) -> Job[Batch]:
    """Training of the finder on the pages of these truth files.

    start: weights to begin with instead of random ones, as `load_start` takes them. size: multiplies the batch.
    """
    finder = Finder()
    if start is not None:
        load_start(finder, "finder", start)
    return Job(finder.to(memory_format=torch.channels_last), TileSampler(files, seed, size), _loss)


def _loss(network: nn.Module, batch: Batch) -> dict[str, Tensor]:
    device = next(network.parameters()).device
    images = torch.as_tensor(batch.images).to(device)
    maps = cast("list[Tensor]", network(images))
    flat = torch.cat([m.flatten(1, 2) for m in maps], 1)  # (B, cells, 36)
    centres, _ = _grid(images.shape[2], images.shape[1])
    tile, cell, kind = (torch.as_tensor(a).to(device) for a in (batch.tile, batch.cell, batch.kind))
    truth, on = torch.as_tensor(batch.box).to(device), torch.as_tensor(batch.on).to(device)
    kinds = len(KINDS)
    group = torch.tensor(GROUPS, device=device)

    picked = flat[tile, cell]  # (P, 36)
    sides = picked[:, kinds + 1 :].view(-1, 3, 4)[torch.arange(len(cell), device=device), group[kind]]
    middle = centres.to(device)[cell]
    boxes = torch.cat((middle - sides[:, :2], middle + sides[:, 2:]), 1)
    overlap, general = _overlaps(boxes, truth)

    scores = flat[..., :kinds]
    wanted = torch.zeros_like(scores)
    wanted[tile, cell, kind] = overlap.detach().clamp(0, 1)
    masks = torch.as_tensor(batch.ignored).to(device)[:, group].transpose(1, 2)  # (B, cells, kinds)
    positive = torch.zeros_like(scores, dtype=torch.bool)
    positive[tile, cell, kind] = True
    weight = (scores.sigmoid().detach() - wanted).abs().pow(_BETA) * (~masks | positive)
    # the weight is a constant of the gradient: what it moves is the cross-entropy
    entropy = functional.binary_cross_entropy_with_logits(scores, wanted, reduction="none") * weight
    parts = entropy.sum((0, 1))  # (kinds,)
    score, box = scores.new_zeros(()), scores.new_zeros(())
    for index in range(3):  # icons outnumber the rest: each group counts by itself
        mine = group[kind] == index
        score = score + _WEIGHTS[index] * parts[group == index].sum() / max(8, int(mine.sum()))
        if mine.any():
            box = box + _WEIGHTS[index] * (1 - general[mine]).mean() / 3
    stated = on >= 0
    state = picked[:, kinds][stated]
    told = (
        functional.binary_cross_entropy_with_logits(state, on[stated].float()) if len(state) else state.sum()
    )
    losses = {"score": score, "box": box, "on": told}
    with torch.no_grad():
        losses["iou"] = overlap.mean() if len(cell) else overlap.sum()
    return {"loss": score + _BOX_WEIGHT * box + 0.3 * told, **losses}


def _overlaps(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """IoU and generalised IoU of boxes a[i] and b[i], (P, 4) xyxy."""
    inner = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0).prod(1)
    union = (a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - inner
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(1)
    iou = inner / union.clamp(min=1e-6)
    return iou, iou - (hull - union) / hull.clamp(min=1e-6)


@lru_cache(maxsize=8)
def _grid(width: int, height: int) -> tuple[Tensor, Tensor]:
    centres, strides = cells(width, height)
    return torch.from_numpy(np.ascontiguousarray(centres)), torch.from_numpy(strides)
