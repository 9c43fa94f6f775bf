"""Cue map of the visual search model: a two-way transformer over the detector's grid, and its upsampling.

The transformer is SAM's (arXiv 2304.02643, appendix A); the upsampling (bilinear, then convolution) and the
prompt, one embedding that the language model gives, are V*'s own. Parameter names are those of the checkpoint;
what a search never uses (points, mask prompts, mask quality) is there so that the checkpoint loads strictly.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["MaskDecoder", "PromptEncoder"]

HEADS = 8
MASK_TOKENS = 4


class LayerNorm2d(nn.Module):
    """Layer norm over the channels of (B, C, H, W)."""

    def __init__(self, channels: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        normed = F.layer_norm(x.permute(0, 2, 3, 1), self.weight.shape, self.weight, self.bias, self.eps)
        return normed.permute(0, 3, 1, 2)


class Attention(nn.Module):
    """Multi-head attention, optionally at a smaller inner width."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj = (nn.Linear(width, inner) for _ in range(3))
        self.out_proj = nn.Linear(inner, width)

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """q (B, N, width), k and v (B, M, width) -> (B, N, width)."""
        heads = (
            layer(x).unflatten(-1, (HEADS, -1)).transpose(1, 2)
            for layer, x in ((self.q_proj, q), (self.k_proj, k), (self.v_proj, v))
        )
        mixed: Tensor = self.out_proj(F.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(2))
        return mixed


class Mlp(nn.Module):
    """The feed-forward part of a block."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.lin1, self.lin2 = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, width) -> the same shape."""
        y: Tensor = self.lin2(F.relu(self.lin1(x)))
        return y


class Block(nn.Module):
    """Tokens attend to themselves and to the grid, then the grid to the tokens."""

    def __init__(self, width: int, hidden: int, first: bool) -> None:
        super().__init__()
        self.self_attn = Attention(width, width)
        self.norm1, self.norm2, self.norm3, self.norm4 = (nn.LayerNorm(width) for _ in range(4))
        self.cross_attn_token_to_image = Attention(width, width // 2)
        self.mlp = Mlp(width, hidden)
        self.cross_attn_image_to_token = Attention(width, width // 2)
        self.first = first

    def forward(
        self, tokens: Tensor, grid: Tensor, tokens_at: Tensor, grid_at: Tensor
    ) -> tuple[Tensor, Tensor]:
        """tokens (B, N, width), grid (B, M, width), both with their positional terms -> both, updated."""
        if self.first:
            tokens = self.self_attn(tokens, tokens, tokens)
        else:
            placed = tokens + tokens_at
            tokens = tokens + self.self_attn(placed, placed, tokens)
        tokens = self.norm1(tokens)
        tokens = self.norm2(tokens + self.cross_attn_token_to_image(tokens + tokens_at, grid + grid_at, grid))
        tokens = self.norm3(tokens + self.mlp(tokens))
        grid = self.norm4(grid + self.cross_attn_image_to_token(grid + grid_at, tokens + tokens_at, tokens))
        return tokens, grid


class TwoWayTransformer(nn.Module):
    """Two blocks and a last look of the tokens at the grid."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList([Block(width, hidden, first=i == 0) for i in range(2)])
        self.final_attn_token_to_image = Attention(width, width // 2)
        self.norm_final_attn = nn.LayerNorm(width)

    def forward(self, tokens: Tensor, grid: Tensor, grid_at: Tensor) -> tuple[Tensor, Tensor]:
        """The tokens' positional term is the tokens as they come in."""
        tokens_at = tokens
        for layer in self.layers:
            tokens, grid = layer(tokens, grid, tokens_at, grid_at)
        seen = self.final_attn_token_to_image(tokens + tokens_at, grid + grid_at, grid)
        return self.norm_final_attn(tokens + seen), grid


class Upscale(nn.Module):
    """Bilinear to twice the size, then a 3x3 convolution."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels_out, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, channels_out, 2H, 2W)."""
        doubled = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        y: Tensor = self.conv(doubled)
        return y


class Head(nn.Module):
    """Three linear layers with ReLU between them."""

    def __init__(self, width: int, out: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, out)])

    def forward(self, x: Tensor) -> Tensor:
        """(..., width) -> (..., out)."""
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        y: Tensor = self.layers[-1](x)
        return y


class MaskDecoder(nn.Module):
    """From a grid of features and one embedding per phrase to a mask of logits."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.transformer = TwoWayTransformer(width, hidden)
        self.iou_token = nn.Embedding(1, width)
        self.mask_tokens = nn.Embedding(MASK_TOKENS, width)
        self.output_upscaling = nn.Sequential(
            Upscale(width, width // 4),
            LayerNorm2d(width // 4),
            nn.GELU(),
            Upscale(width // 4, width // 8),
            nn.GELU(),
        )
        self.output_hypernetworks_mlps = nn.ModuleList([Head(width, width // 8) for _ in range(MASK_TOKENS)])
        self.iou_prediction_head = Head(width, MASK_TOKENS)

    def forward(self, grid: Tensor, grid_at: Tensor, prompt: Tensor) -> Tensor:
        """grid (B, width, h, w), grid_at (1, width, h, w), prompt (B, width) -> logits (B, 4h, 4w).

        Only the first of the four mask tokens is used.
        """
        batch, _, rows, columns = grid.shape
        fixed = torch.cat([self.iou_token.weight, self.mask_tokens.weight]).expand(batch, -1, -1)
        tokens = torch.cat([fixed, prompt[:, None]], dim=1)
        tokens, cells = self.transformer(
            tokens, grid.flatten(2).transpose(1, 2), grid_at.flatten(2).transpose(1, 2)
        )
        fine = self.output_upscaling(cells.transpose(1, 2).unflatten(2, (rows, columns)))
        weights = self.output_hypernetworks_mlps[0](tokens[:, 1])
        return torch.einsum("bc,bchw->bhw", weights, fine)


class Positions(nn.Module):
    """Random Fourier features of the cell centres (arXiv 2006.10739), with the stored matrix."""

    positional_encoding_gaussian_matrix: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("positional_encoding_gaussian_matrix", torch.zeros(2, width // 2))

    def forward(self, rows: int, columns: int) -> Tensor:
        """(1, width, rows, columns)."""
        matrix = self.positional_encoding_gaussian_matrix
        y, x = (
            (torch.arange(n, device=matrix.device, dtype=matrix.dtype) + 0.5) / n * 2 - 1
            for n in (rows, columns)
        )
        places = torch.stack([x.expand(rows, -1), y[:, None].expand(-1, columns)], dim=-1)
        angles = 2 * math.pi * (places @ matrix)
        return torch.cat([angles.sin(), angles.cos()], dim=-1).permute(2, 0, 1)[None]


class PromptEncoder(nn.Module):
    """Positions of the grid's cells and the vector that stands for "no mask given"."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.pe_layer = Positions(width)
        self.point_embeddings = nn.ModuleList([nn.Embedding(1, width) for _ in range(4)])
        self.not_a_point_embed = nn.Embedding(1, width)
        self.mask_downscaling = nn.Sequential(
            nn.Conv2d(1, 4, 2, stride=2),
            LayerNorm2d(4),
            nn.GELU(),
            nn.Conv2d(4, 16, 2, stride=2),
            LayerNorm2d(16),
            nn.GELU(),
            nn.Conv2d(16, width, 1),
        )
        self.no_mask_embed = nn.Embedding(1, width)

    def forward(self, grid: Tensor) -> tuple[Tensor, Tensor]:
        """grid (B, width, h, w) -> the grid without a mask prompt, and its positions (1, width, h, w)."""
        return grid + self.no_mask_embed.weight[0, :, None, None], self.pe_layer(*grid.shape[-2:])
