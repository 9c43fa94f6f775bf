"""Localizers on other people's models: detectors, pointing models, YOLO weights, patch scorers.

`hf:owner/model` takes any zero-shot or closed-set detector of transformers, Florence-2, and any vision-language model
that can point; `seal.agents.detect.yolo` and `seal.agents.detect.clip` are the schemes `ultralytics:` and `open_clip:`.
Nothing heavy is imported here; the loader does it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...memory.errors import SettingError
from ..limits import whole_number

if TYPE_CHECKING:
    from ..looker import Looker

__all__ = ["load"]


def load(
    name: str = "",
    *,
    device: str = "auto",
    dtype: str = "auto",
    device_map: str | None = None,
    quantize: int | None = None,
    attn: str | None = None,
    max_side: int | None = None,
    max_batch: int = 8,
    thresholds: tuple[float, float] | None = None,
    convention: str | None = None,
    check: bool = True,
    revision: str | None = None,
    offline: bool = False,
    trust_remote_code: bool = False,
) -> Looker:
    """Detectors of transformers and models that point: hf:IDEA-Research/grounding-dino-tiny, hf:./folder.

    max_side: pixels of a patch's longer side as the model sees it (None: the model's own, 1024 for one that
    points). max_batch: patches a pass. thresholds: (low, high) confidence of a detector. convention: how a pointing
    model writes boxes (None: its family's, or found out). check: whether a pointing model is probed. The other
    options as in `seal.agents.hf.loading.LoadOptions`, errors as in `load_vlm` there; AgentError for a model that
    cannot point, SettingError for one that is neither a detector nor sees images.
    """
    whole_number(max_batch, "max_batch", "hf")
    if max_side is not None:
        whole_number(max_side, "max_side", "hf")
    from ..hf.present import require

    require(name, revision, offline)
    from transformers.models.auto import modeling_auto

    from ..hf.loading import LoadOptions, load_model, load_vlm, model_type
    from .zero_shot import FAMILIES, ZeroShot

    options = LoadOptions(
        device, dtype, device_map, quantize, attn, max_side or 1024, revision, offline, trust_remote_code
    )
    kind = model_type(name, options)
    called = f"hf:{name}"
    if kind in FAMILIES:
        model, processor = load_model(name, options, FAMILIES[kind].auto_class)
        return ZeroShot(
            model, processor, name=called, input_side=max_side, max_batch=max_batch, thresholds=thresholds
        )
    if kind == "florence2":
        from .florence import Florence

        model, processor = load_model(name, options, "AutoModelForImageTextToText")
        return Florence(
            model, processor, name=called, input_side=max_side, max_batch=max_batch, thresholds=thresholds
        )
    if kind.startswith("pp_ocr"):
        raise SettingError(
            f"{name} ({kind}) says where text is and does not read it: take ocr:rapidocr, which does both."
        )
    if kind in modeling_auto.MODEL_FOR_OBJECT_DETECTION_MAPPING_NAMES:
        from .closed import ClosedSet

        model, processor = load_model(
            name, options, "AutoModelForObjectDetection", processor_class="AutoImageProcessor"
        )
        return ClosedSet(
            model, processor, name=called, input_side=max_side, max_batch=max_batch, thresholds=thresholds
        )
    from .pointing import of_vlm

    return of_vlm(load_vlm(name, options), max_batch, convention, check)
