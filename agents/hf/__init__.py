"""Vision-language models through transformers: `hf:owner/model` or `hf:./folder`.

Nothing heavy is imported here; the loader does it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..limits import whole_number

if TYPE_CHECKING:
    from .chat import HFVQA

__all__ = ["load"]


def load(
    name: str = "",
    *,
    device: str = "auto",
    dtype: str = "auto",
    device_map: str | None = None,
    quantize: int | None = None,
    attn: str | None = None,
    max_side: int = 1024,
    max_images: int = 13,
    revision: str | None = None,
    offline: bool = False,
    trust_remote_code: bool = False,
) -> HFVQA:
    """Any image-text-to-text model of transformers: hf:Qwen/Qwen3-VL-4B-Instruct, hf:./folder.

    max_images: the whole image and crops shown at most. The other options as in `LoadOptions`, errors as in
    `load_vlm` (`seal.agents.hf.loading`).
    """
    whole_number(max_images, "max_images", "hf")
    from .present import require

    require(name, revision, offline)
    from .chat import HFVQA
    from .loading import LoadOptions, load_vlm

    options = LoadOptions(
        device, dtype, device_map, quantize, attn, max_side, revision, offline, trust_remote_code
    )
    return HFVQA(load_vlm(name, options), max_images)
