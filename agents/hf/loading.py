"""From a name to a loaded model: which class, where to, how small, and what to say when it does not work.

- Weights come from safetensors alone; pickles are never read. Code of a checkpoint runs only with
  `trust_remote_code`, and a model that came with code must pass its self-test before it is used.
- A model that is in use already is shared: the same name and options give the same `VLM`.
"""

from __future__ import annotations

import importlib.util
import os
import weakref
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypedDict

import huggingface_hub
import torch
import transformers
from huggingface_hub import errors as hub_errors
from transformers.models.auto import modeling_auto

from ...memory.errors import (
    AgentError,
    MissingExtraError,
    SealError,
    SettingError,
    UnknownAgentError,
)
from ...memory.source import one_line
from ..interruptible import interruptible
from ..transformers_types import Config
from . import selftest
from .model import VLM
from .present import UNREACHABLE, hub_answers
from .profiles import INSTEAD, MEASURED_WITH, Profile, profile_of

__all__ = ["LoadOptions", "is_detector", "load_model", "load_vlm", "model_type"]

EXTRA = "pip install 'seal-visual-search[large]'"
_GIB = 2**30
_UNTYPED: Any = transformers
"""Its loaders have no types."""


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How a model is loaded.

    device: "auto" (a GPU if there is one), "cpu", "cuda", "cuda:1", "mps". dtype: "auto" (the checkpoint's; on a
    CPU float32 instead of float16), "float32", "float16" or "bfloat16". device_map: spreads a model over devices
    ("auto"; needs accelerate). quantize: 4 or 8 bits a weight (bitsandbytes), None as it is. attn: attention
    implementation ("sdpa", "eager", "flash_attention_2"). max_side: longest side of an image, pixels. revision:
    branch, tag or commit. offline: use only what is on this machine. trust_remote_code: run the checkpoint's code.
    """

    device: str = "auto"
    dtype: str = "auto"
    device_map: str | None = None
    quantize: int | None = None
    attn: str | None = None
    max_side: int = 1024
    revision: str | None = None
    offline: bool = False
    trust_remote_code: bool = False

    def __post_init__(self) -> None:
        if self.dtype not in ("auto", "float32", "float16", "bfloat16"):
            raise SettingError(f"dtype must be auto, float32, float16 or bfloat16; got {self.dtype!r}.")
        if self.quantize not in (None, 4, 8):
            raise SettingError(f"quantize must be 4, 8 or None (as the weights are); got {self.quantize!r}.")
        if not isinstance(self.max_side, int) or isinstance(self.max_side, bool) or self.max_side < 56:
            raise SettingError(f"max_side must be a whole number of pixels from 56; got {self.max_side!r}.")
        try:
            torch.device("cpu" if self.device == "auto" else self.device)
        except RuntimeError as error:
            raise SettingError(f"There is no device {self.device!r} ({one_line(error)}).") from error


class _Where(TypedDict):
    """From where a checkpoint is loaded: keywords of `from_pretrained`."""

    revision: str | None
    local_files_only: bool
    trust_remote_code: bool


_in_use: weakref.WeakValueDictionary[tuple[Hashable, ...], VLM] = weakref.WeakValueDictionary()


def load_vlm(name: str, options: LoadOptions | None = None) -> VLM:
    """The model of a hub id or local folder.

    Raises UnknownAgentError: no such model, folder or revision. SettingError: a model that is none for images and
    text. MissingExtraError: a package is absent. AgentError: hub unreachable, gated model, damaged files, too
    little memory, a remote model that fails its self-test.
    """
    options = options or LoadOptions()
    source, stamp = _source(name)
    key = (source, stamp, *asdict(options).values())
    vlm = _in_use.get(key)
    if vlm is None:
        vlm = _in_use[key] = _load(source, options)
    return vlm


def model_type(name: str, options: LoadOptions) -> str:
    """The `model_type` of a hub id or local folder; "" when its configuration names none. Errors as in `load_vlm`."""
    source, _ = _source(name)
    with _explained(source, options):
        raw, _ = transformers.PreTrainedConfig.get_config_dict(source, **_where(source, options))
    return str(raw.get("model_type", ""))


def load_model(
    name: str, options: LoadOptions, auto_class: str, processor_class: str = "AutoProcessor"
) -> tuple[Any, Any]:
    """Model and processor of a hub id or local folder, by the names of auto classes. Errors as in `load_vlm`."""
    source, _ = _source(name)
    where = _where(source, options)
    with _explained(name, options):
        config = transformers.AutoConfig.from_pretrained(source, **where)
        device = _device(options.device)
        dtype = _dtype(options, config, device)
        _check_memory(source, options, config, device, dtype)
        processor = getattr(_UNTYPED, processor_class).from_pretrained(source, **where)
        if processor_class == "AutoProcessor" and getattr(processor, "tokenizer", None) is None:
            raise AgentError(
                f"{name} has no processor for images and text, only a {type(processor).__name__}."
            )
        placed = _placement(options, device)
        model = getattr(_UNTYPED, auto_class).from_pretrained(
            source, config=config, dtype=dtype, use_safetensors=True, **placed, **where
        )
        return interruptible(model if "device_map" in placed else model.to(device)).eval(), processor


def _load(name: str, options: LoadOptions) -> VLM:
    with _explained(name, options):
        raw, _ = transformers.PreTrainedConfig.get_config_dict(name, **_where(name, options))
        profile = _profile(name, raw, options.trust_remote_code)
    model, processor = load_model(name, options, profile.auto_class)
    cuts = getattr(getattr(processor, "image_processor", None), "do_center_crop", False)
    profile = replace(profile, square=profile.square and bool(cuts))
    vlm = VLM(name, model, processor, profile, options.max_side)
    if model.is_remote_code():
        selftest.refuse_broken(vlm)
    return vlm


def _where(source: str, options: LoadOptions) -> _Where:
    local = options.offline or Path(source).is_dir() or huggingface_hub.constants.HF_HUB_OFFLINE
    return {
        "revision": options.revision,
        "local_files_only": options.offline or not (local or hub_answers()),
        "trust_remote_code": options.trust_remote_code,
    }


# --- what it is -------------------------------------------------------------------------------------------


def _source(name: str) -> tuple[str, tuple[tuple[str, int], ...]]:
    """Hub id or folder, and the stamps of the folder's files, so that a changed folder is loaded anew."""
    if not name.strip():
        raise UnknownAgentError("hf: needs a model, as in hf:Qwen/Qwen3-VL-4B-Instruct or hf:./my-folder.")
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise UnknownAgentError(f"The folder {name!r} holds no config.json; is it a checkpoint's folder?")
        return str(folder.resolve()), tuple(
            (file.name, file.stat().st_mtime_ns) for file in sorted(folder.iterdir()) if file.is_file()
        )
    if name.startswith((".", "/", "~")) or name.count("/") > 1 or "\\" in name:
        raise UnknownAgentError(f"There is no folder {name!r}; a model of the hub is named like owner/model.")
    return name, ()


def _profile(name: str, raw: Mapping[str, object], trusted: bool) -> Profile:
    """The family of a raw configuration; SettingError when it has no place among VQA agents."""
    kind = str(raw.get("model_type", ""))
    profile = profile_of(kind)
    if kind in transformers.CONFIG_MAPPING:
        speaks = {
            **modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES,
            **modeling_auto.MODEL_FOR_MULTIMODAL_LM_MAPPING_NAMES,
        }
        if kind not in speaks:
            raise SettingError(f"{name} ({kind}) is no model of images and text. {_role(kind)}")
        if profile.package and importlib.util.find_spec(profile.package) is None:
            raise MissingExtraError(
                f"{name} ({kind}) needs the package {profile.package!r}, which is missing: pip install "
                f"{profile.package}"
            )
        return profile
    if trusted and "auto_map" in raw:
        return profile
    if kind in INSTEAD:
        raise SettingError(f"{name} ({kind}) cannot be loaded: {INSTEAD[kind]}.")
    if "auto_map" in raw:
        raise SettingError(
            f"{name} ({kind or 'unnamed'}) runs code of its own; transformers has no class for it. Read that code, "
            "then pass trust_remote_code=True; or serve the model and use openai:MODEL@URL."
        )
    raise SettingError(
        f"{name} has the model type {kind!r}, which transformers {transformers.__version__} does not know. Is it "
        f"a checkpoint for transformers, and is transformers new enough (pip install --upgrade transformers; "
        f"{MEASURED_WITH} was tested)?"
    )


def is_detector(kind: str) -> bool:
    """Whether models of a `model_type` find things and say nothing."""
    detectors = {
        **modeling_auto.MODEL_FOR_ZERO_SHOT_OBJECT_DETECTION_MAPPING_NAMES,
        **modeling_auto.MODEL_FOR_OBJECT_DETECTION_MAPPING_NAMES,
    }
    return kind in detectors or kind.startswith("sam3")


def _role(kind: str) -> str:
    if is_detector(kind):
        return "It is a detector: use it as the localizer."
    if kind in modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        return "It is a language model that sees no images: take its vision sibling."
    return "Take an image-text-to-text model, for example Qwen/Qwen3-VL-4B-Instruct."


# --- where it goes ----------------------------------------------------------------------------------------


def _device(device: str) -> torch.device:
    if device != "auto":
        kind = torch.device(device)
        there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
        if not there.get(kind.type, True):
            raise SettingError(f"device={device!r}: this machine has none. Use device='cpu' or 'auto'.")
        return kind
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _dtype(options: LoadOptions, config: Config, device: torch.device) -> torch.dtype:
    if options.dtype != "auto":
        dtype: torch.dtype = getattr(torch, options.dtype)
        return dtype
    saved = _saved_dtype(config)
    return torch.float32 if device.type == "cpu" and saved == torch.float16 else saved


def _saved_dtype(config: Config) -> torch.dtype:
    saved = config.dtype or getattr(config.get_text_config(), "dtype", None) or torch.float32
    return saved if isinstance(saved, torch.dtype) else getattr(torch, str(saved))


def _placement(options: LoadOptions, device: torch.device) -> dict[str, object]:
    """The keywords of `from_pretrained` beside the dtype."""
    keywords: dict[str, object] = {}
    if options.attn is not None:
        keywords["attn_implementation"] = options.attn
    if options.device_map is None and options.quantize is None:
        return keywords
    needed = ["accelerate"] if options.quantize is None else ["accelerate", "bitsandbytes"]
    if missing := [package for package in needed if importlib.util.find_spec(package) is None]:
        option = "device_map" if options.quantize is None else "quantize"
        raise MissingExtraError(f"{option} needs {' and '.join(missing)}, which is missing: {EXTRA}")
    keywords["device_map"] = options.device_map or {"": device}
    if options.quantize is not None:
        bits = {f"load_in_{options.quantize}bit": True}
        keywords["quantization_config"] = _UNTYPED.BitsAndBytesConfig(**bits)
    return keywords


def _check_memory(
    name: str, options: LoadOptions, config: Config, device: torch.device, dtype: torch.dtype
) -> None:
    """AgentError, saying what would fit, when the weights on disk exceed the device's memory."""
    folder = Path(name)
    if not folder.is_dir():
        cached = huggingface_hub.try_to_load_from_cache(name, "config.json", revision=options.revision)
        folder = Path(cached).parent if isinstance(cached, str) else folder
    stored = sum(file.stat().st_size for file in folder.glob("*.safetensors")) if folder.is_dir() else 0
    count = stored / _saved_dtype(config).itemsize
    free = _free_memory(device)
    if options.device_map is None and free is not None and count * _width(options, dtype) > free:
        raise AgentError(
            f"{name} does not fit: its weights need {count * _width(options, dtype) / _GIB:.1f} GiB on {device} as "
            f"{dtype}, and there are {free / _GIB:.1f} GiB. {_fitting(count, free)}"
        )


def _width(options: LoadOptions, dtype: torch.dtype) -> float:
    """Bytes a parameter."""
    return options.quantize / 8 if options.quantize else dtype.itemsize


def _fitting(count: float, free: float) -> str:
    """What to do with `count` parameters in `free` bytes."""
    ways = {"dtype='bfloat16'": 2.0, "quantize=8": 1.0, "quantize=4": 0.5}
    fit = [f"{way} ({count * width / _GIB:.1f} GiB)" for way, width in ways.items() if count * width < free]
    fit.append("device_map='auto' (spread over all devices)")
    return f"What would fit: {', '.join(fit)}; or a smaller model. A smaller max_side saves memory in use."


def _free_memory(device: torch.device) -> float | None:
    """Bytes: free ones of a GPU, all of the machine for a CPU; None where unknown."""
    if device.type == "cuda":
        return float(torch.cuda.mem_get_info(device)[0])
    if device.type == "cpu" and hasattr(os, "sysconf"):
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return None


# --- what went wrong --------------------------------------------------------------------------------------


@contextmanager
def _explained(name: str, options: LoadOptions) -> Iterator[None]:
    """Errors of the hub, of damaged files and of missing memory, in terms of what to do."""
    try:
        yield
    except SealError:
        raise
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise AgentError(
            f"{name}: no memory left while loading ({one_line(error)}). Try dtype='bfloat16', quantize=4, "
            "device_map='auto' or a smaller model."
        ) from error
    except Exception as error:
        raise _explanation(name, options, error) from error


def _explanation(name: str, options: LoadOptions, error: BaseException) -> SealError:
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    for kind, error_class, advice in _ADVICE:
        if any(isinstance(e, kind) for e in chain):
            return error_class(
                f"{name}: {advice.format(name=name, cache=huggingface_hub.constants.HF_HUB_CACHE)}"
            )
    if options.revision and "valid git identifier" in str(error):
        return UnknownAgentError(f"{name} has no revision {options.revision!r}.")
    return AgentError(f"{name} cannot be loaded: {type(error).__name__}: {one_line(error, 400)}")


_ADVICE: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], type[SealError], str], ...] = (
    (
        hub_errors.GatedRepoError,
        AgentError,
        "a gated model. Accept its terms at https://huggingface.co/{name}, then log in: hf auth login (or set "
        "HF_TOKEN).",
    ),
    (hub_errors.RevisionNotFoundError, UnknownAgentError, "the hub has no such revision of this model."),
    (
        hub_errors.RepositoryNotFoundError,
        UnknownAgentError,
        "the hub has no model of that name, or it is private: check the spelling (owner/model), or hf auth login.",
    ),
    (
        hub_errors.HFValidationError,
        UnknownAgentError,
        "no valid name of a model; it must look like owner/model.",
    ),
    (
        (hub_errors.LocalEntryNotFoundError, hub_errors.OfflineModeIsEnabled, ConnectionError, TimeoutError),
        AgentError,
        UNREACHABLE,
    ),
)
