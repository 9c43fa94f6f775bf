"""The embedded VQA model: `nano-vqa`, a tiny LLaVA trained by `seal train vqa` on generated pages."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...memory.errors import SettingError
from ..contracts import VQAAgent

if TYPE_CHECKING:
    from .agent import NanoVQA

__all__ = ["WEIGHTS", "load"]

WEIGHTS = Path(__file__).parent / "weights"
"""The model's folder, in ordinary Hugging Face format."""


def load(name: str = "", **options: Any) -> VQAAgent:
    """Reads questions about screens and looks at icons and widgets, offline on a CPU: nano-vqa.

    name: "" for the model alone, "rules" to let the `rules` agent lead where it is better; the model is then
    loaded by the first question that needs it. Options: weights (another
    folder), device. Raises SettingError for others, AgentError when the folder cannot be read.
    """
    if name not in ("", "rules"):
        raise SettingError(f'"nano-vqa" is the model alone, "nano-vqa:rules" with rules; got {name!r}.')
    if unknown := sorted(set(options) - {"weights", "device"}):
        raise SettingError(f'"nano-vqa" takes weights and device; got {", ".join(unknown)}.')
    made = partial(_agent, Path(options.get("weights") or WEIGHTS), str(options.get("device", "cpu")))
    if not name:
        return made()
    from .both import Both

    both = Both(made)
    if "weights" in options:  # a folder that cannot be read is told at once
        _ = both.model
    return both


def _agent(folder: Path, device: str) -> NanoVQA:
    from transformers.utils import logging

    from ..hf.loading import LoadOptions, load_vlm
    from .agent import NanoVQA
    from .decode import Speaker

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # seven megabytes
    try:
        vlm = load_vlm(str(folder), LoadOptions(device=device, offline=True))
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
    vlm.processor.image_processor.do_resize = False
    concepts = json.loads((folder / "concepts.json").read_text("utf-8"))
    return NanoVQA(Speaker(vlm.model, vlm.processor), concepts)
