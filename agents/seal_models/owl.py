"""Detector of the visual search model: OWL-ViT's image tower and heads (arXiv 2205.06230), from transformers.

The query is no text but an embedding that the language model gives. Parameter names are the checkpoint's.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from transformers.models.owlvit.configuration_owlvit import OwlViTVisionConfig
from transformers.models.owlvit.modeling_owlvit import (
    OwlViTBoxPredictionHead,
    OwlViTClassPredictionHead,
    OwlViTVisionTransformer,
)

__all__ = ["Owl"]


class Owl(nn.Module):
    """Features of a patch, and boxes and logits for a query. Heads compute in float32."""

    def __init__(self, config: OwlViTVisionConfig, query_width: int) -> None:
        super().__init__()
        sizes: Any = config
        self.side: int = sizes.image_size // sizes.patch_size
        heads: Any = SimpleNamespace(
            vision_config=config, text_config=SimpleNamespace(hidden_size=query_width)
        )
        self.vision_model = OwlViTVisionTransformer(config)
        self.class_head = OwlViTClassPredictionHead(heads)
        self.box_head = OwlViTBoxPredictionHead(heads)
        self.layer_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def features(self, pixels: Tensor) -> Tensor:
        """(B, 3, 768, 768) normalised pixels -> (B, 2304, width) float32, row by row."""
        tower = self.vision_model
        states = tower(pixels.to(tower.pre_layernorm.weight.dtype)).last_hidden_state
        states = tower.post_layernorm(states)
        normed: Tensor = self.layer_norm(states[:, 1:].float() * states[:, :1].float())
        return normed

    def logits(self, features: Tensor, queries: Tensor) -> Tensor:
        """features (B, 2304, width), queries (B, query_width) -> (B, 2304) float32."""
        found: Tensor = self.class_head(features, queries[:, None], None)[0]
        return found[..., 0]

    def boxes(self, features: Tensor) -> Tensor:
        """features (B, 2304, width) -> (B, 2304, 4) float32 cx cy w h, shares of the patch's sides.

        A token's box is biased to its own cell: the logit of the cell's lower right corner and size, with
        guards of 1e-4 (OWL-ViT).
        """
        cell = (torch.arange(self.side, device=features.device, dtype=torch.float32) + 1) / self.side
        y, x = torch.meshgrid(cell, cell, indexing="ij")
        size = torch.full_like(x, 1 / self.side)
        places = torch.stack([x, y, size, size], dim=-1).flatten(0, 1).clip(0, 1)
        bias = torch.log(places + 1e-4) - torch.log1p(-places + 1e-4)
        offsets: Tensor = self.box_head(features)
        return torch.sigmoid(offsets + bias)
