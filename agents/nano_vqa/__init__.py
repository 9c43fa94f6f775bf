"""The embedded VQA model: `nano-vqa`, a tiny LLaVA trained by `seal train vqa` on generated pages."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ...memory.errors import SettingError
from ..looker import Answerer

if TYPE_CHECKING:
    from .agent import NanoVQA

__all__ = ["WEIGHTS", "load"]

WEIGHTS = Path(__file__).parent / "weights"
"""The model's folder, in ordinary Hugging Face format."""


def load(name: str = "", *, weights: str | Path | None = None, device: str = "cpu") -> Answerer:
    """Reads questions about screens and looks at icons and widgets, offline on a CPU: nano-vqa.

    name: "" for the model alone, "rules" to let the `rules` agent lead where it is better; the model is then
    loaded by the first question that needs it. weights: another folder. device: where torch runs. Raises SettingError
    for another name, AgentError when the folder cannot be read.
    """
    if name not in ("", "rules"):
        raise SettingError(f'"nano-vqa" is the model alone, "nano-vqa:rules" with rules; got {name!r}.')
    made = partial(_agent, Path(weights or WEIGHTS), device)
    if not name:
        return made()
    from .both import Both

    both = Both(made)
    if weights:  # a folder that cannot be read is told at once
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
