"""LLaMA's layers in 8 or 4 bits, wherever torch runs: weights are packed, products stay in the type of the input.

8 bits: one scale for each row (absmax). 4 bits: one scale for each 64 weights of a row, two weights a byte.
Only weights are rounded; a layer is unpacked while it is used, so this saves memory, not time.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["Bits", "PackedLinear", "pack_layers"]

Bits = Literal[4, 8]
GROUP = 64
"""Weights that share a scale at 4 bits."""


class PackedLinear(nn.Module):
    """A linear layer without bias whose weight (out, in) is packed."""

    packed: Tensor
    scale: Tensor

    def __init__(self, bits: Bits, group: int = GROUP) -> None:
        super().__init__()
        self.bits, self.group = bits, group

    def pack(self, weight: Tensor) -> None:
        """Take over a weight (out, in)."""
        rows, columns = weight.shape
        group = columns if self.bits == 8 or columns % self.group else self.group
        parts = weight.float().view(rows, -1, group)
        top = 2 ** (self.bits - 1) - 1
        scale = parts.abs().amax(-1, keepdim=True).clamp_min(1e-12) / top
        whole = (parts / scale).round().clamp(-top, top).to(torch.int8).view(rows, columns)
        if self.bits == 4:
            low, high = (whole + 8).to(torch.uint8).view(rows, columns // 2, 2).unbind(-1)
            whole = low | (high << 4)
        self.register_buffer("packed", whole)
        self.register_buffer("scale", scale.to(weight.dtype))

    @property
    def weight(self) -> Tensor:
        """The weight (out, in), unpacked, in the type that it came in."""
        whole = self.packed
        if self.bits == 4:
            whole = torch.stack([whole & 15, whole >> 4], dim=-1).flatten(1).to(torch.int8) - 8
        groups = whole.view(len(whole), self.scale.shape[1], -1)
        return (groups.to(self.scale.dtype) * self.scale).flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        """(..., in) -> (..., out)."""
        return F.linear(x, self.weight)


def pack_layers(layers: nn.Module, bits: Bits) -> None:
    """Put a `PackedLinear` in the place of every linear layer below `layers`; their weights come after."""
    for parent in list(layers.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.Linear):
                setattr(parent, name, PackedLinear(bits))
