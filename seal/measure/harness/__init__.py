"""SEAL as a model of lmms-eval: the package is found by its entry point, `lmms_eval.models`.

python -m lmms_eval --model seal --model_args vqa=hf:my-model,looks=40 --tasks vstar_bench
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lmms_eval.models.registry_v2 import ModelManifest

__all__ = ["manifest"]


def manifest() -> ModelManifest:
    """What lmms-eval asks an entry point for: the name of the model and where its class is."""
    registry = import_module("lmms_eval.models.registry_v2")
    made: ModelManifest = registry.ModelManifest(
        "seal", simple_class_path="seal.measure.harness.lmms.SealModel"
    )
    return made
