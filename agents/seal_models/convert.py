"""From a released SEAL checkpoint to one folder of safetensors, vision tower and tokenizer included.

The tensors keep their names, values and types; only buffers that no version needs any more are left out. The
new folder is read back and compared, bit for bit, before it gets its name.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...memory.errors import InputError, SettingError

__all__ = ["Converted", "convert"]

SHARD_BYTES = 2 * 1024**3
TOKENIZER_FILES = ("tokenizer.model", "added_tokens.json", "tokenizer_config.json", "special_tokens_map.json")


@dataclass(frozen=True, slots=True)
class Converted:
    """What was written: which model, where, how many tensors and bytes of weights."""

    kind: str
    folder: Path
    tensors: int
    bytes: int


def convert(
    source: str,
    folder: str | Path,
    *,
    vision_tower: str | None = None,
    quantize: Literal[4, 8] | None = None,
    shard_bytes: int = SHARD_BYTES,
) -> Converted:
    """Write the checkpoint `source` (folder or hub id) to a new `folder`.

    vision_tower: folder or hub id of the CLIP tower, instead of the one that the checkpoint holds or names.
    quantize: bits a weight of the language model when the new folder is loaded; what is written is not rounded.
    shard_bytes: most bytes of one file. Raises InputError when `source` does not hold one of the models, when
    `folder` exists or cannot be written, or when what was written is not what was read.
    """
    from safetensors.torch import save_file

    from .checkpoint import open_checkpoint
    from .hub import resolve
    from .sentences import Tokens

    origin, target = resolve(source), Path(folder).expanduser()
    if target.exists():
        raise InputError(f"{target} exists already; a new folder is expected.")
    Tokens(origin)
    if quantize not in (None, 4, 8):
        raise SettingError(f"quantize = {quantize!r}: 4, 8 or None is expected.")
    checkpoint = open_checkpoint(origin, vision_tower=vision_tower)
    names = {_stored_name(name): name for name in checkpoint.names}
    part = target.with_name(f".{target.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        places: dict[str, str] = {}
        total = 0
        sizes = {new: checkpoint.size(name) for new, name in names.items()}
        shards = _shards(sizes, shard_bytes)
        for number, shard in enumerate(shards, 1):
            file = f"model-{number:05d}-of-{len(shards):05d}.safetensors"
            tensors = {new: checkpoint.read(names[new]).clone().contiguous() for new in shard}
            save_file(tensors, part / file, metadata={"format": "pt"})
            places |= dict.fromkeys(shard, file)
            total += sum(t.numel() * t.element_size() for t in tensors.values())
        index = {"metadata": {"total_size": total}, "weight_map": places}
        _write(part / "model.safetensors.index.json", index)
        ours = {"format": 1, "kind": checkpoint.kind, "quantize": quantize}
        clip = checkpoint.clip.to_dict()
        _write(part / "config.json", {**checkpoint.config, "vision_config": clip, "seal": ours})
        for name in TOKENIZER_FILES:
            if (origin / name).is_file():
                shutil.copyfile(origin / name, part / name)
        again = open_checkpoint(part, checkpoint.kind)
        for name in checkpoint.names:
            if not _same(checkpoint.read(name), again.read(name)):
                raise InputError(f"{target}: {name} was not written as it was read; is the disk sound?")
        del again
        part.rename(target)
    except OSError as error:
        raise InputError(f"{target}: the folder cannot be written ({error.strerror or error}).") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Converted(checkpoint.kind, target, len(names), total)


def _stored_name(name: str) -> str:
    """Our name of a tensor -> its name in the released checkpoints."""
    tower = "vision_tower."
    return f"model.{tower}{tower}vision_model.{name.removeprefix(tower)}" if name.startswith(tower) else name


def _shards(sizes: dict[str, int], limit: int) -> list[list[str]]:
    """Names in order, cut so that no shard but one of a single tensor exceeds `limit` bytes."""
    shards: list[list[str]] = []
    room = -1
    for name in sorted(sizes):
        if not shards or sizes[name] > room:
            shards.append([])
            room = limit
        shards[-1].append(name)
        room -= sizes[name]
    return shards


def _same(a: object, b: object) -> bool:
    import torch

    assert isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor)
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    return torch.equal(a.contiguous().view(torch.uint8), b.contiguous().view(torch.uint8))


def _write(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
