"""The two released models of the V* paper, natively: `seal:craigwu/seal_vqa_7b`, `seal:craigwu/seal_vsm_7b`.

Nothing of torch is imported before an agent is loaded. docs/seal.md says what differs from the released code.
"""

from __future__ import annotations

from typing import Any, Literal

from ...memory.errors import InputError
from ..looker import Answerer, Looker

__all__ = ["load_localizer", "load_vqa"]

VQA, VSM = "craigwu/seal_vqa_7b", "craigwu/seal_vsm_7b"


def load_vqa(
    name: str = VQA,
    *,
    device: str = "auto",
    dtype: str = "auto",
    quantize: Literal[4, 8] | None = None,
    vision_tower: str | None = None,
    layout: Literal["evaluated", "trained"] = "evaluated",
) -> Answerer:
    """The paper's VQA model, 7 B: seal:craigwu/seal_vqa_7b or seal:FOLDER.

    device: auto, cpu, cuda or mps. dtype: auto (float32 on a CPU, else float16), float32, float16 or bfloat16.
    quantize: 8 or 4 bits a weight of the language model; None as the folder says. vision_tower: folder or hub id
    of the CLIP tower, instead of the one that the checkpoint holds or names. layout: the projections of targets,
    as evaluated or as trained.

    Raises InputError for a folder without the model, AgentError when the hub does not give it, SettingError
    for an option out of range.
    """
    from .agents import SealVqa

    parts = _load(
        name or VQA, "vqa", device=device, dtype=dtype, quantize=quantize, vision_tower=vision_tower
    )
    return SealVqa(*parts, f"seal:{name or VQA}", layout=layout)


def load_localizer(
    name: str = VSM,
    *,
    device: str = "auto",
    dtype: str = "auto",
    quantize: Literal[4, 8] | None = None,
    vision_tower: str | None = None,
    kept: int = 8,
) -> Looker:
    """The paper's visual search model, 7 B: seal:craigwu/seal_vsm_7b or seal:FOLDER.

    kept: patches whose encoding is kept for further questions (150 MB each at float16). Other options and
    errors as in `load_vqa`.
    """
    from .agents import SealVsm

    parts = _load(
        name or VSM, "vsm", device=device, dtype=dtype, quantize=quantize, vision_tower=vision_tower
    )
    return SealVsm(*parts, f"seal:{name or VSM}", kept=kept)


def _load(name: str, kind: Literal["vqa", "vsm"], **options: Any) -> tuple[Any, Any]:
    """Network and tokens."""
    from .agents import memory_errors
    from .checkpoint import load_network
    from .hub import resolve
    from .sentences import Tokens

    folder = resolve(name)
    tokens = Tokens(folder)
    with memory_errors(f"seal:{name}"):
        network = load_network(folder, kind, **options)
    words = network.lm_head.out_features
    if len(tokens) > words:
        raise InputError(
            f"{folder}: its tokenizer has {len(tokens)} tokens, its language model {words}; they do not belong "
            "together. Copy the tokenizer that came with the checkpoint."
        )
    return network, tokens
