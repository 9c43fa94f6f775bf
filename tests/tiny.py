"""What the builders of tiny random checkpoints share (`tiny_vlms`, `tiny_localizers`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

__all__ = ["Recipe", "Recipes", "write"]

Recipe = tuple[Any, Any, Any]  # configuration, model class, processor


class Recipes(dict[str, Callable[[], Recipe]]):
    """Family -> its recipe; as a decorator it enters a function under its name."""

    def __call__(self, recipe: Callable[[], Recipe]) -> Callable[[], Recipe]:
        self[recipe.__name__.lstrip("_")] = recipe
        return recipe


def write(recipe: Recipe, folder: str | Path, seed: int, deviation: float) -> Path:
    """The checkpoint of a recipe, with weights drawn anew: a fresh initialisation hides the images in several
    families (zero gates and projections, tiny deviations)."""
    config, model_class, processor = recipe
    torch.manual_seed(0)
    model = model_class(config).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim >= 2 or not parameter.any():
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * deviation)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return Path(folder)
