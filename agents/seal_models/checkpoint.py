"""From a folder of weights to a network: names, sizes, types.

- Strict: every tensor of the network must come, in its shape, and every tensor that comes must be wanted, but
  for a few buffers of old versions, dropped by name.
- Sizes are read from the tensors themselves; of the configuration only what shapes cannot tell.
- The CLIP tower may lie in the checkpoint, in a folder beside it, or on the hub under the name that the
  configuration gives.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import CLIPVisionConfig, LlamaConfig
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding
from transformers.models.owlvit.configuration_owlvit import OwlViTVisionConfig

from ...memory.errors import InputError, SettingError
from ..interruptible import interruptible
from .files import Config, Stored, read_config, stored_tensors
from .hub import resolve
from .quantize import Bits, PackedLinear, pack_layers
from .vqa import VqaNetwork
from .vsm import VsmNetwork

__all__ = ["Checkpoint", "ModelKind", "build", "load_network", "match", "open_checkpoint"]

ModelKind = Literal["vqa", "vsm"]
Network = VqaNetwork | VsmNetwork

_TOWER = re.compile(r"model\.vision_tower\.(?:vision_tower\.)?(?:vision_model\.)?")
_LAYER = re.compile(r"model\.layers\.\d+\.input_layernorm\.weight")
_DROPPED = re.compile(r"\.rotary_emb\.inv_freq$|\.embeddings\.position_ids$")
_MARKS: dict[ModelKind, str] = {
    "vqa": "model.mm_projector_object.0.weight",
    "vsm": "model.text_hidden_fcs_det.0.0.weight",
}
_TITLES: dict[ModelKind, str] = {"vqa": "SEAL's VQA model", "vsm": "SEAL's visual search model"}


def _tower_folder(config: Config, folder: Path, tower: str | None) -> Path:
    """Where the CLIP tower lies: `tower`, or what the configuration names, beside the checkpoint or on the hub."""
    named = tower or config.get("mm_vision_tower") or config.get("vision_tower")
    if not isinstance(named, str) or not named:
        raise InputError(
            f"{folder}: the CLIP vision tower is neither in the checkpoint nor named in config.json "
            "(mm_vision_tower); give vision_tower=FOLDER, a download of openai/clip-vit-large-patch14."
        )
    if not tower and (folder / named).is_dir():
        return folder / named
    purpose = "the CLIP vision tower, which the checkpoint does not hold; or give vision_tower=FOLDER"
    return resolve(named, purpose)


# --- names and sizes --------------------------------------------------------------------------------------


def _ours(name: str) -> str:
    """Our name of a tensor; "" for what is dropped."""
    return "" if _DROPPED.search(name) else _TOWER.sub("vision_tower.", name)


def build(
    kind: ModelKind, config: Config, shapes: Mapping[str, tuple[int, ...]], clip: CLIPVisionConfig
) -> Network:
    """The network, on the meta device, in the sizes of the checkpoint. Raises InputError for another model's."""
    if _MARKS[kind] not in shapes:
        raise InputError(_not_this(kind, shapes))
    try:
        llama = LlamaConfig(
            vocab_size=shapes["lm_head.weight"][0],
            hidden_size=shapes["lm_head.weight"][1],
            intermediate_size=shapes["model.layers.0.mlp.gate_proj.weight"][0],
            num_hidden_layers=sum(bool(_LAYER.fullmatch(name)) for name in shapes),
            num_attention_heads=config["num_attention_heads"],
            num_key_value_heads=config.get("num_key_value_heads", config["num_attention_heads"]),
            max_position_embeddings=config.get("max_position_embeddings", 2048),
            rms_norm_eps=config.get("rms_norm_eps", 1e-6),
            pad_token_id=None,
        )
        with torch.device("meta"):
            if kind == "vqa":
                return VqaNetwork(llama, clip)
            owl = OwlViTVisionConfig(
                **{"image_size": 768, "patch_size": 16, **config.get("owlvit", {}).get("vision_config", {})}
            )  # google/owlvit-base-patch16
            return VsmNetwork(
                llama,
                clip,
                owl,
                query_width=shapes["model.text_hidden_fcs_det.0.2.weight"][0],
                mask_width=shapes["model.visual_projection.weight"][0],
                mask_hidden=shapes["model.mask_decoder.transformer.layers.0.mlp.lin1.weight"][0],
            )
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(f"The checkpoint lacks {error}, which {_TITLES[kind]} is made of.") from error


def _not_this(kind: ModelKind, shapes: Mapping[str, tuple[int, ...]]) -> str:
    other: ModelKind = "vsm" if kind == "vqa" else "vqa"
    expected = f"{_TITLES[kind]} (craigwu/seal_{kind}_7b) is expected"
    if _MARKS[other] in shapes:
        use = "localizer" if other == "vsm" else "vqa"
        return f"{expected}, but this is {_TITLES[other]}; give it as {use}."
    if any(name.startswith("model.mm_projector") for name in shapes):
        return f"{expected}, but this is LLaVA: it lacks {_MARKS[kind]}."
    return f"{expected}, but these are other weights: they lack {_MARKS[kind]}."


def match(network: Network, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, str]:
    """Our name -> name in the checkpoint, of every tensor of the network.

    Raises InputError when one is missing, unexpected or of another shape.
    """
    names = {ours: name for name in shapes if (ours := _ours(name))}
    wanted = {name: tuple(t.shape) for name, t in network.state_dict().items()}
    faults = [f"lacks {n}" for n in wanted if n not in names]
    faults += [f"holds {names[n]}, which is unknown" for n in names if n not in wanted]
    faults += [
        f"has {names[n]} in shape {list(shapes[names[n]])}, not {list(shape)}"
        for n, shape in wanted.items()
        if n in names and tuple(shapes[names[n]]) != shape
    ]
    if faults:
        more = f" ({len(faults) - 1} more faults)" if len(faults) > 1 else ""
        raise InputError(
            f"The checkpoint {faults[0]}{more}; a complete copy of the released one is expected."
        )
    return names


# --- loading ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder that holds one of the two models, checked.

    tensors: by the checkpoint's name, the CLIP tower's among them. names: our name -> the checkpoint's.
    network: on the meta device.
    """

    kind: ModelKind
    config: Config
    clip: CLIPVisionConfig
    tensors: dict[str, Stored]
    names: dict[str, str]
    network: Network

    def size(self, ours: str) -> int:
        """Bytes of the tensor of that name (ours)."""
        return self.tensors[self.names[ours]].bytes

    def read(self, ours: str) -> Tensor:
        """The tensor of that name (ours), as stored. Raises InputError when it cannot be read."""
        try:
            return self.tensors[self.names[ours]].read()
        except (SafetensorError, RuntimeError, OSError) as error:
            raise InputError(
                f"{self.names[ours]} cannot be read; download the weights again ({error})."
            ) from error


def open_checkpoint(
    folder: Path, kind: ModelKind | None = None, vision_tower: str | None = None
) -> Checkpoint:
    """The checked content of a folder. kind: what it must hold (None: either).

    Raises InputError for a folder that does not hold the model, AgentError when a tower cannot be fetched.
    """
    config, tensors = read_config(folder), stored_tensors(folder)
    shapes = {name: t.shape for name, t in tensors.items()}
    kind = kind or ("vsm" if _MARKS["vsm"] in shapes else "vqa")
    if _MARKS[kind] not in shapes:
        raise InputError(f"{folder}: {_not_this(kind, shapes)}")
    clip, tower = _tower(config, folder, shapes, vision_tower)
    if tower:
        tensors = {name: t for name, t in tensors.items() if not _TOWER.match(name)} | tower
        shapes = {name: t.shape for name, t in tensors.items()}
    try:
        network = build(kind, config, shapes, clip)
        names = match(network, shapes)
    except InputError as error:
        raise InputError(f"{folder}: {error}") from error
    return Checkpoint(kind, config, clip, tensors, names, network)


def load_network(
    folder: Path,
    kind: ModelKind,
    *,
    device: str = "auto",
    dtype: str = "auto",
    quantize: Bits | None = None,
    vision_tower: str | None = None,
) -> Network:
    """The network of a folder, ready to use.

    dtype: "auto" is float32 on a CPU, else float16. quantize: 8 or 4 bits a weight of LLaMA's layers; None is
    what a converted folder says, else none. Raises as `open_checkpoint`, and SettingError for an unusable device,
    type or number of bits.
    """
    place = _device(device)
    number = _dtype(dtype, place)
    if quantize not in (None, 4, 8):
        raise SettingError(f"quantize = {quantize!r}: 4, 8 or None is expected.")
    checkpoint = open_checkpoint(folder, kind, vision_tower)
    network = checkpoint.network
    bits = quantize or checkpoint.config.get("seal", {}).get("quantize")
    if bits:
        pack_layers(network.model.layers, bits)
    for name in checkpoint.names:
        kept = torch.float32 if name.startswith(network.float32) else number
        _put(network, name, checkpoint.read(name).to(place, kept))
    _fill_buffers(network, place)
    return interruptible(network.eval().requires_grad_(False))


def _tower(
    config: Config, folder: Path, shapes: Mapping[str, tuple[int, ...]], tower: str | None
) -> tuple[CLIPVisionConfig, dict[str, Stored]]:
    """Configuration of the CLIP tower, and its tensors unless the checkpoint holds them."""
    if not tower and any(_TOWER.match(name) for name in shapes):
        return _held_tower(config, shapes), {}
    place = _tower_folder(config, folder, tower)
    clip = read_config(place)
    settings = CLIPVisionConfig(**clip.get("vision_config", clip))
    found = {
        f"model.vision_tower.{n}": t
        for n, t in stored_tensors(place).items()
        if n.startswith("vision_model.")
    }
    if not found:
        raise InputError(f"{place}: there is no CLIP vision tower (vision_model.*) in these weights.")
    return settings, found


def _held_tower(config: Config, shapes: Mapping[str, tuple[int, ...]]) -> CLIPVisionConfig:
    """Configuration of a CLIP tower in the checkpoint: as a converted folder says, else from its shapes.

    Heads are 64 wide, as in all of OpenAI's towers.
    """
    if "vision_config" in config:
        return CLIPVisionConfig(**config["vision_config"])
    held = {_ours(name): shape for name, shape in shapes.items() if _TOWER.match(name)}
    try:
        width, _, patch, _ = held["vision_tower.embeddings.patch_embedding.weight"]
        places, _ = held["vision_tower.embeddings.position_embedding.weight"]
        return CLIPVisionConfig(
            hidden_size=width,
            intermediate_size=held["vision_tower.encoder.layers.0.mlp.fc1.weight"][0],
            num_hidden_layers=sum(name.endswith(".layer_norm1.weight") for name in held),
            num_attention_heads=max(1, width // 64),
            image_size=patch * math.isqrt(places - 1),
            patch_size=patch,
        )
    except (KeyError, ValueError) as error:
        raise InputError(
            f"The CLIP tower in the checkpoint is incomplete ({error}); download it again."
        ) from error


def _put(network: nn.Module, name: str, tensor: Tensor) -> None:
    """Set one parameter or buffer."""
    owner, _, leaf = name.rpartition(".")
    module = network.get_submodule(owner)
    if isinstance(module, PackedLinear):
        module.pack(tensor)
    elif leaf in module._parameters:
        setattr(module, leaf, nn.Parameter(tensor, requires_grad=False))
    else:
        setattr(module, leaf, tensor)


def _fill_buffers(network: Network, place: torch.device) -> None:
    """What no checkpoint holds: rotary frequencies and the order of positions."""
    network.model.rotary_emb = LlamaRotaryEmbedding(config=network.model.config).to(place)
    parts: Any = network.modules()
    for module in parts:
        if isinstance(getattr(module, "position_ids", None), Tensor):
            module.position_ids = torch.arange(module.num_positions, device=place)[None]


def _device(device: str) -> torch.device:
    if device == "auto":
        cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
        return torch.device("cuda" if cuda else "mps" if mps else "cpu")
    try:
        return torch.empty(0, device=device).device
    except (RuntimeError, AssertionError) as error:
        reason = str(error).partition("\n")[0]
        raise SettingError(f"device = {device!r}: auto, cpu, cuda or mps is expected ({reason}).") from error


def _dtype(dtype: str, place: torch.device) -> torch.dtype:
    known = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
    known["auto"] = torch.float32 if place.type == "cpu" else torch.float16
    if dtype not in known:
        raise SettingError(f"dtype = {dtype!r}: one of {', '.join(sorted(known))} is expected.")
    return known[dtype]
