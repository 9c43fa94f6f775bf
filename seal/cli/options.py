"""What several commands share: their options, and the `Seal` that the options describe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..memory.errors import SettingError

if TYPE_CHECKING:
    from ..orchestrator import Seal

__all__ = [
    "Dpi",
    "ImageArg",
    "Json",
    "Keep",
    "Loc",
    "Looks",
    "Page",
    "Picture",
    "PolicyOpt",
    "Seconds",
    "Store",
    "TraceOpt",
    "Vqa",
    "device_of",
    "seal_of",
    "store_path",
]

ImageArg = Annotated[str, typer.Argument(metavar="IMAGE", help="Image or PDF file.", show_default=False)]
Vqa = Annotated[str | None, typer.Option("--vqa", help="VQA agent, for example rules (see: seal models).")]
Loc = Annotated[str | None, typer.Option("--localizer", help="Localizer, for example ocr:rapidocr.")]
PolicyOpt = Annotated[
    str | None,
    typer.Option("--policy", help="vstar, ideal, breadth-first, depth-first, random, slices, whole."),
]
Looks = Annotated[int | None, typer.Option("--looks", help="Most patches to look at.")]
Seconds = Annotated[float | None, typer.Option("--seconds", help="Most seconds to spend.")]
Page = Annotated[int | None, typer.Option("--page", help="One page of a PDF, counted from 1 (default: all).")]
Dpi = Annotated[
    float | None, typer.Option("--dpi", help="Resolution at which PDF pages are read (default 200).")
]
Json = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, without pictures (docs/json.md).")
]
TraceOpt = Annotated[
    Path | None, typer.Option("--trace", help="Write the search as a page (.html) or as data (.json).")
]
Picture = Annotated[
    Path | None, typer.Option("--picture", help="Write the image with the found boxes (.png).")
]
Keep = Annotated[bool, typer.Option("--keep", help="Keep the run in the memory store (see: seal runs).")]
Store = Annotated[Path | None, typer.Option("--store", help="Folder of the memory store; implies --keep.")]


def store_path(store: Path | None) -> Path:
    """The folder of the memory store: the one that was named, that of the settings, or the user's own."""
    from ..memory.store import default_path
    from ..settings import Settings

    return store or Settings.load().store or default_path()


def seal_of(
    vqa: str | None,
    localizer: str | None,
    policy: str | None,
    looks: int | None,
    seconds: float | None,
    dpi: float | None = None,
    keep: bool = False,
    store: Path | None = None,
) -> Seal:
    """A `Seal` with these agents, policy and limits; None stands for the user's settings."""
    from ..orchestrator import Seal

    memory = store_path(store) if keep or store else None
    seal = Seal(vqa, localizer, policy, memory=memory, dpi=dpi)
    limits = {k: v for k, v in (("looks", looks), ("seconds", seconds)) if v is not None}
    seal.budget = seal.budget.but(**limits)
    return seal


def device_of(device: str, threads: int) -> str:
    """The device by name, after a check; sets torch's threads where they are given."""
    import torch

    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device not in ("cpu", "cuda") or (device == "cuda" and not torch.cuda.is_available()):
        raise SettingError(f"The device must be auto, cpu or, where there is one, cuda; got {device!r}.")
    if threads:
        torch.set_num_threads(threads)
    return device
