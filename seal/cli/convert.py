"""`seal convert`: released SEAL checkpoints as one folder of safetensors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import note

__all__ = ["convert"]


def convert(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Folder or hub id.", show_default=False)],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New folder.", show_default=False)],
    vision_tower: Annotated[
        str | None, typer.Option("--vision-tower", help="Folder or hub id of the CLIP tower.")
    ] = None,
    quantize: Annotated[
        int | None, typer.Option("--quantize", help="Bits a weight when the folder is loaded: 4 or 8.")
    ] = None,
) -> None:
    """Put a released SEAL checkpoint, its vision tower and tokenizer into one folder of safetensors."""
    from ..agents.seal_models.convert import convert as convert_

    done = convert_(source, folder, vision_tower=vision_tower, quantize=quantize)  # type: ignore[arg-type]
    size = f"{done.tensors} tensors, {done.bytes / 1e9:.2f} GB"
    note(f"{done.folder}: seal_{done.kind}, {size}, compared with the source.")
