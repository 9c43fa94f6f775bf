"""Short projection of a crop: a perceiver resampler (Flamingo, arXiv 2204.14198) that makes 32 tokens of 256.

Parameter names are those of the checkpoint.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["Resampler"]

HEADS, HEAD_WIDTH, LAYERS, LATENTS = 16, 96, 6, 32


class _Attention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm_media, self.norm_latents = nn.LayerNorm(width), nn.LayerNorm(width)
        self.to_q = nn.Linear(width, HEADS * HEAD_WIDTH, bias=False)
        self.to_kv = nn.Linear(width, 2 * HEADS * HEAD_WIDTH, bias=False)
        self.to_out = nn.Linear(HEADS * HEAD_WIDTH, width, bias=False)

    def forward(self, media: Tensor, latents: Tensor) -> Tensor:
        """media (B, N, width), latents (B, 32, width) -> (B, 32, width). Latents attend to media and themselves."""
        latents = self.norm_latents(latents)
        k, v = self.to_kv(torch.cat([self.norm_media(media), latents], dim=1)).chunk(2, dim=-1)
        heads = (x.unflatten(-1, (HEADS, -1)).transpose(1, 2) for x in (self.to_q(latents), k, v))
        mixed: Tensor = self.to_out(F.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(2))
        return mixed


def _feed_forward(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.LayerNorm(width),
        nn.Linear(width, 4 * width, bias=False),
        nn.GELU(),
        nn.Linear(4 * width, width, bias=False),
    )


class Resampler(nn.Module):
    """(B, N, width) features of a crop -> (B, 32, width)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.latents = nn.Parameter(torch.zeros(LATENTS, width))
        self.media_pos_emb = nn.Parameter(torch.zeros(1, 1, width))
        self.layers = nn.ModuleList(
            [nn.ModuleList([_Attention(width), _feed_forward(width)]) for _ in range(LAYERS)]
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, media: Tensor) -> Tensor:
        """See the class."""
        media = media + self.media_pos_emb[0]
        latents = self.latents.expand(len(media), -1, -1)
        for layer in self.layers:
            attention, feed_forward = layer.children()
            latents = latents + attention(media, latents)
            latents = latents + feed_forward(latents)
        resampled: Tensor = self.norm(latents)
        return resampled
