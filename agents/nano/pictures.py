"""Pictures of icons and the words for them as vectors in one space, so that any phrase is compared with any icon.

A small convolutional network turns an icon's crop into a vector; a phrase is the sum of the vectors of its words and of
its pairs of neighbouring words, out of a table. Both are trained together (`seal train icons`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from ...memory.errors import AgentError
from ..interruptible import interruptible
from .network import _Conv, _scaled, _stage, fold
from .phrases import FORMAT, PICTURES, packed

__all__ = ["Pictures", "SPACE", "load_pictures", "pictures_of", "save_pictures"]

SPACE = 192
"""Numbers of a vector."""


class Pictures(nn.Module):
    """Icon crop -> vector.

    Input: (B, 32, 32, 3) uint8, the square around an icon's box with `network.MARGIN`. Output: (B, 192) float32 of
    length 1.
    """

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _Conv(3, 32), _stage(32, 64, 2), _stage(64, 128, 3), _stage(128, 192, 3), nn.Dropout2d(0.05)
        )
        self.weigh = nn.Conv2d(192, 1, 1)
        self.vector = nn.Linear(2 * 192, SPACE)

    def forward(self, crops: Tensor) -> Tensor:
        maps = self.body(_scaled(crops))
        share = self.weigh(maps).flatten(2).float().softmax(2)
        weighed = (maps.flatten(2) * share).sum(2)
        vectors: Tensor = self.vector(torch.cat((weighed, maps.mean((2, 3))), 1))
        return functional.normalize(vectors.float(), dim=1)


def save_pictures(
    path: Path,
    trained: Mapping[str, Tensor],
    words: tuple[Sequence[str], NDArray[np.float32]],
    pairs: tuple[Sequence[str], NDArray[np.float32]],
    *,
    names: Sequence[str],
    sharpness: float,
    weights: Sequence[float],
) -> None:
    """Write a trained state dict (batch norms not yet folded) and the tables of words and of pairs as one file."""
    network = Pictures()
    network.load_state_dict(dict(trained))
    tensors = {f"pictures.{k}": v.detach().half().contiguous() for k, v in fold(network).state_dict().items()}
    meta = {
        "format": FORMAT,
        "names": "\n".join(names),
        "sharpness": str(sharpness),
        "weights": json.dumps(list(weights)),
    }
    for kind, (said, vectors) in {"words": words, "pairs": pairs}.items():
        codes, scales = packed(vectors)
        tensors |= {f"{kind}.codes": torch.from_numpy(codes), f"{kind}.scales": torch.from_numpy(scales)}
        meta[kind] = "\n".join(said)
    part = path.with_name(path.name + ".part")
    save_file(tensors, part, metadata=meta)
    part.replace(path)


@cache
def load_pictures(path: Path = PICTURES, device: str = "cpu") -> nn.Module:
    """The network of a file, ready for inference. Raises AgentError for a missing, damaged or foreign file."""
    network = fold(Pictures())
    try:
        with safe_open(path, "pt") as opened:
            if (opened.metadata() or {}).get("format") != FORMAT:
                raise ValueError("it states another format")
            mine = [key for key in opened.keys() if key.startswith("pictures.")]  # noqa: SIM118
            network.load_state_dict({k.removeprefix("pictures."): opened.get_tensor(k).float() for k in mine})
    except (OSError, SafetensorError, RuntimeError, ValueError) as error:
        raise AgentError(
            f"The network of pictures of the nano localizer, {path}, cannot be read in the format {FORMAT} ({error}); "
            "install the package anew, or train it: seal train icons."
        ) from error
    return interruptible(network).to(device).to(memory_format=torch.channels_last)


@torch.inference_mode()
def pictures_of(
    network: nn.Module, view: NDArray[np.uint8], boxes: NDArray[np.float32]
) -> NDArray[np.float16]:
    """(N, 192) float16 of length 1: the icons in the boxes (N, 4) xyxy of a view (H, W, 3) RGB."""
    from .look import icon_crops, pad, pyramid

    if not len(boxes):
        return np.zeros((0, SPACE), np.float16)
    device = next(network.parameters()).device
    levels = pyramid(torch.from_numpy(pad(view))[None].to(device))
    crops = icon_crops(levels, torch.from_numpy(boxes).to(device))
    found = torch.cat([network(part) for part in torch.split(crops, 256)])
    return found.half().cpu().numpy()
