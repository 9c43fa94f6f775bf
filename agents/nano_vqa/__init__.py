"""The embedded VQA model: `nano-vqa`, a tiny LLaVA trained by `seal train vqa` on generated pages."""

from __future__ import annotations

import json
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

    weights: another folder. device: where torch runs. Raises SettingError for a name, AgentError when the folder cannot
    be read.
    """
    if name:
        raise SettingError(
            f'"nano-vqa" takes no name, got "nano-vqa:{name}"; the default agent, which answers from what was read and '
            'measured, is "reader".'
        )
    return _agent(Path(weights or WEIGHTS), device)


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
