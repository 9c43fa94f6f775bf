"""The embedded VQA model: `nano-vqa`, a tiny LLaVA trained by `seal train vqa` on generated pages."""

from __future__ import annotations

import json
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

    name: "" for the model alone, "rules" to let the `rules` agent lead where it is better. Options: weights (another
    folder), device. Raises SettingError for others, AgentError when the folder cannot be read.
    """
    if name not in ("", "rules"):
        raise SettingError(f'"nano-vqa" is the model alone, "nano-vqa:rules" with rules; got {name!r}.')
    if unknown := sorted(set(options) - {"weights", "device"}):
        raise SettingError(f'"nano-vqa" takes weights and device; got {", ".join(unknown)}.')
    agent = _agent(Path(options.get("weights") or WEIGHTS), str(options.get("device", "cpu")))
    if not name:
        return agent
    from .both import Both

    return Both(agent)


def _agent(folder: Path, device: str) -> NanoVQA:
    from ..hf.loading import LoadOptions, load_vlm
    from .agent import NanoVQA
    from .decode import Speaker

    vlm = load_vlm(str(folder), LoadOptions(device=device, offline=True))
    vlm.processor.image_processor.do_resize = False
    concepts = json.loads((folder / "concepts.json").read_text("utf-8"))
    return NanoVQA(Speaker(vlm.model, vlm.processor), concepts)
