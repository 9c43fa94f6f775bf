"""One look of the nano localizer: everything that it sees in a view, whatever is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torchvision.ops import batched_nms, nms, roi_align

from .network import CROP, GROUPS, KINDS, MARGIN, STRIDES
from .weights import Model

__all__ = ["Look", "look_at"]

Array = NDArray[Any]
LEAST_SCORE = (0.12, 0.05, 0.05)
"""Raw scores below are not kept: of icons, which cost a second network, of widgets, of regions."""
MOST = 1500
"""Boxes kept in a view, the best ones."""
_OVERLAP = (0.5, 0.55, 0.6)
"""IoU from which two boxes of a group (icons, widgets of a kind, regions of a kind) are one thing."""
_ONE_KIND = 0.7
"""IoU from which two widgets of different kinds are one thing."""
_MULTIPLE = STRIDES[-1]
_PADDING = 114


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """What is in a view.

    boxes: (N, 4) float32 xyxy, pixels of the view. scores: (N,) float32, raw. kinds: (N,) index in `KINDS`.
    on: (N,) float32 in [0, 1], how sure it is checked, chosen or selected. names: (icons, concepts) float16 in
    [0, 1], the shares of the concepts, a row for each box of kind "icon" in their order. size_wh: of the view.
    blank: (h, w) bool, cells of 16 pixels without any contrast.
    """

    boxes: Array
    scores: Array
    kinds: Array
    on: Array
    names: Array
    size_wh: tuple[int, int]
    blank: Array


@torch.inference_mode()
def look_at(view: NDArray[np.uint8], model: Model) -> Look:
    """Look at a view, (H, W, 3) uint8 RGB."""
    height, width = view.shape[:2]
    device = next(model.finder.parameters()).device
    padded = np.full(
        (-(-height // _MULTIPLE) * _MULTIPLE, -(-width // _MULTIPLE) * _MULTIPLE, 3), _PADDING, np.uint8
    )
    padded[:height, :width] = view
    image = torch.from_numpy(padded)[None].to(device)
    boxes, scores, kinds, on = _boxes(model.finder(image), (width, height))
    names = torch.zeros((0, len(model.concepts)))
    if (kinds == 0).any():
        crops = _crops(image, boxes[kinds == 0])
        names = torch.cat([model.namer(part).softmax(1)[:, :-1] for part in torch.split(crops, 256)])
    arrays = [part.cpu().numpy() for part in (boxes, scores, kinds, on, names.half())]
    return Look(arrays[0], arrays[1], arrays[2], arrays[3], arrays[4], (width, height), _blank(padded))


def _boxes(maps: list[Tensor], size_wh: tuple[int, int]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Boxes, scores, kinds and states from the finder's maps of one view."""
    found: list[tuple[Tensor, Tensor, Tensor, Tensor]] = []
    groups = torch.tensor(GROUPS, device=maps[0].device)
    least = torch.tensor(LEAST_SCORE, device=maps[0].device)[groups]
    for level, stride in zip(maps, STRIDES, strict=True):
        scores = level[0, :, :, : len(KINDS)].sigmoid()
        rows, columns, kinds = torch.nonzero(scores > least, as_tuple=True)
        cell = level[0, rows, columns]
        sides = cell[:, len(KINDS) + 1 :].view(-1, 3, 4)[
            torch.arange(len(rows), device=cell.device), groups[kinds]
        ]
        middle = (torch.stack((columns, rows), 1) + 0.5) * stride
        boxes = torch.cat((middle - sides[:, :2], middle + sides[:, 2:]), 1)
        found.append((boxes, scores[rows, columns, kinds], kinds, cell[:, len(KINDS)].sigmoid()))
    boxes, scores, kinds, on = (torch.cat(column) for column in zip(*found, strict=True))
    limit = torch.tensor([*size_wh, *size_wh], device=boxes.device)
    boxes = torch.minimum(boxes.clamp(min=0), limit)
    inside = (boxes[:, 2:] - boxes[:, :2]).amin(1) >= 1
    boxes, scores, kinds, on = boxes[inside], scores[inside], kinds[inside], on[inside]
    kept: list[Tensor] = []
    for group, overlap in enumerate(_OVERLAP):
        members = torch.nonzero(groups[kinds] == group)[:, 0]
        members = members[batched_nms(boxes[members], scores[members], kinds[members], overlap)]
        if group == 1:  # a widget is of one kind, the likeliest
            members = members[nms(boxes[members], scores[members], _ONE_KIND)]
        kept.append(members)
    chosen = torch.cat(kept)
    chosen = chosen[scores[chosen].argsort(descending=True, stable=True)[:MOST]]
    return boxes[chosen], scores[chosen], kinds[chosen], on[chosen]


def _crops(image: Tensor, boxes: Tensor) -> Tensor:
    """(N, 32, 32, 3) uint8: the square around each box at the namer's size, large ones out of a smaller image."""
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).amax(1, keepdim=True) * (0.5 + MARGIN)
    squares = torch.cat((centre - half, centre + half), 1)
    levels = torch.log2(half[:, 0] / CROP).floor().add(1).clamp(0, 5).int()
    pixels = image.permute(0, 3, 1, 2).float().contiguous()
    crops = torch.empty((len(boxes), 3, CROP, CROP), device=image.device)
    for level in range(int(levels.max()) + 1):
        if level:
            pixels = functional.avg_pool2d(pixels, 2)
        mine = levels == level
        crops[mine] = roi_align(pixels, [squares[mine]], CROP, 0.5**level, sampling_ratio=2, aligned=True)
    return crops.round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)


def _blank(padded: NDArray[np.uint8]) -> Array:
    """(h, w) bool: cells of 16 pixels a side in which green varies by less than 12 of 255."""
    h, w = padded.shape[0] // 16, padded.shape[1] // 16
    cells = padded[:, :, 1].reshape(h, 16, w, 16)
    spread: Array = cells.max(axis=(1, 3)).astype(np.int16) - cells.min(axis=(1, 3))
    return spread < 12
