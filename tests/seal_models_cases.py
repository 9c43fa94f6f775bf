"""Two tiny SEAL checkpoints, and what the released code made of them (recorded): inputs and outputs."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import torch
from safetensors.torch import load_file

from seal.agents.seal_models.agents import SealVqa, SealVsm
from seal.agents.seal_models.checkpoint import ModelKind, load_network
from seal.agents.seal_models.sentences import Tokens

DATA = Path(__file__).parent / "data" / "seal_models"
FORMULA, IMAGE_INPUT, LOSS = 2e-5, 2e-4, 2e-4
"""Largest differences from the recorded values."""


@cache
def network(kind: ModelKind) -> Any:
    torch.set_num_threads(1)
    return load_network(DATA / kind, kind, device="cpu")


@cache
def tokens(kind: ModelKind) -> Tokens:
    return Tokens(DATA / kind)


def vsm(**options: Any) -> SealVsm:
    return SealVsm(network("vsm"), tokens("vsm"), **options)


def vqa(**options: Any) -> SealVqa:
    return SealVqa(network("vqa"), tokens("vqa"), **options)


def cases(kind: ModelKind) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads((DATA / f"{kind}_cases.json").read_text("utf-8"))
    return listed


@cache
def outputs(kind: ModelKind) -> dict[str, torch.Tensor]:
    return load_file(DATA / f"{kind}_outputs.safetensors")


def picture(name: str) -> PIL.Image.Image:
    return PIL.Image.open(DATA / "images" / name).convert("RGB")


def formula_pixels(side: int, step: float) -> torch.Tensor:
    """(1, 3, side, side) float32: sin(0.7 c + step (1 + c) x + 0.6 step y)."""
    y, x = np.mgrid[:side, :side].astype(np.float64)
    planes = [np.sin(0.7 * c + step * (1 + c) * x + 0.6 * step * y) for c in range(3)]
    return torch.from_numpy(np.stack(planes)[None].astype(np.float32))


def close(ours: torch.Tensor, recorded: torch.Tensor, tolerance: float) -> None:
    torch.testing.assert_close(ours.reshape(recorded.shape), recorded, atol=tolerance, rtol=0)


def shapes(kind: ModelKind) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the released checkpoint, vision tower included."""
    listed = json.loads((DATA / "real_shapes.json").read_text("utf-8"))
    words = {"vsm": 32003, "vqa": 32000}[kind]
    both = listed[kind] | listed["vision_tower"]
    return {name: tuple(words if n == "V" else n for n in shape) for name, shape in both.items()}
