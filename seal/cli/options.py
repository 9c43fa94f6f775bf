"""What several commands share: their options, and the `Seal` that the options describe."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..memory.errors import SealError, SettingError

if TYPE_CHECKING:
    from ..memory.image import Document, Image
    from ..memory.store import RunFilter
    from ..orchestrator import Seal

__all__ = [
    "Dpi",
    "Fps",
    "ImageArg",
    "ImageOpt",
    "Json",
    "Keep",
    "Loc",
    "Looks",
    "Page",
    "Picture",
    "PolicyOpt",
    "Seconds",
    "Since",
    "Status",
    "Store",
    "TextOpt",
    "TraceOpt",
    "Until",
    "Vqa",
    "convert_first",
    "device_of",
    "is_series",
    "opened",
    "run_filter",
    "seal_of",
    "store_path",
]

LOOK_SIDE = 1536
"""Longest side, pixels, at which the embedded localizer looks at all of an image."""
ImageArg = Annotated[
    str, typer.Argument(metavar="IMAGE", help="Image, PDF, video, or folder of images.", show_default=False)
]
Vqa = Annotated[str | None, typer.Option("--vqa", help="VQA agent, for example reader (see: seal models).")]
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
Fps = Annotated[
    float | None,
    typer.Option("--fps", help="Frames of a video looked at in a second (default 2; of an animation all)."),
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
TextOpt = Annotated[
    str | None,
    typer.Option("--text", help="Only runs with this in their question, answer or name of the image."),
]
ImageOpt = Annotated[
    str | None,
    typer.Option("--image", help="Only runs about this image or document: its file, or its digest."),
]
Status = Annotated[
    str | None,
    typer.Option(
        "--status", help="Only runs of this status: answered, cannot_tell, found, partly_found, not_found."
    ),
]
Since = Annotated[
    str | None,
    typer.Option("--since", help='Only runs from then on, in UTC: "2026-11-28" or "2026-11-28T14:05".'),
]
Until = Annotated[
    str | None, typer.Option("--until", help="Only runs before then, in UTC; a day alone is included.")
]


def store_path(store: Path | None) -> Path:
    """The folder of the memory store: the one that was named, that of the settings, or the user's own."""
    from ..memory.store import default_path
    from ..settings import Settings

    return store or Settings.load().store or default_path()


def run_filter(
    text: str | None, image: str | None, status: str | None, since: str | None, until: str | None
) -> RunFilter:
    """Which runs the options mean. Raises ImageError for a file that is no image."""
    digest = image
    if image is not None and re.fullmatch(r"[0-9a-f]{64}\S*", image) is None:
        from ..memory.image import open_document

        digest = open_document(image).digest
    return {"text": text, "image_digest": digest, "status": status, "since": since, "until": until}


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
    from ..settings import Budget, Settings

    memory = store_path(store) if keep or store else None
    defaults = Settings.load()
    limits = {k: v for k, v in (("looks", looks), ("seconds", seconds)) if v is not None}
    budget = Budget(looks=defaults.looks, seconds=defaults.seconds).but(**limits)
    return Seal(vqa, localizer, policy, budget, memory, dpi=dpi)


def opened(
    image: str,
    page: int | None,
    dpi: float | None,
    localizer: str | None,
    seconds: float | None,
    fps: float | None = None,
    whole: bool = False,
) -> str | Document:
    """The image, opened: while the rest of SEAL is imported it is decoded, and what reads text in it loads.

    As it was given, for `Seal` to open: where something is wrong with it or with a setting, which `Seal` says; with
    another localizer than the embedded one, which may take long to load; and within a time that the user has set, which
    begins later. fps, whole: where frames are to be chosen, or all is needed later, it is opened here in any case.
    """
    from ..settings import Settings

    convert_first(image)
    if fps is not None or whole:
        from ..memory.deadline import Deadline
        from ..memory.image import open_document

        defaults = Settings.load()
        with Deadline.after(seconds).in_force():
            return open_document(
                image, dpi=defaults.dpi if dpi is None else dpi, max_pixels=defaults.max_pixels, fps=fps
            )
    try:
        defaults = Settings.load()
        embedded = defaults.localizer == Settings.model_fields["localizer"].default
        if localizer is not None or not embedded or seconds is not None:
            return image
        from ..memory.image import open_document

        document = open_document(
            image, dpi=defaults.dpi if dpi is None else dpi, max_pixels=defaults.max_pixels
        )
        first = document[0] if page is None else document.page(page)
        if not first.has_layer:
            _begin_decoding(first)
        if defaults.look_cache is None:  # what lies there needs no model
            from ..agents.registry import load_localizer

            load_localizer(defaults.localizer).prepare(first)
    except SealError:
        return image
    return document


def is_series(image: str | Document) -> bool:
    """Whether pages are frames: of a video or animation that was opened, of a folder or glob by its name."""
    if not isinstance(image, str):
        return image.series
    from ..memory.files import is_glob

    return os.path.isdir(image) or is_glob(image)  # noqa: PTH112 - no name is too long for it


def convert_first(image: str) -> None:
    """Of a flat file over the limit of pixels: make its pyramid, if there is none yet, and show how far that is.

    Whatever is wrong with the file or the settings is said by whoever opens it.
    """
    from ..memory.huge import is_flat
    from ..settings import Settings

    try:
        most = Settings.load().max_pixels
    except SealError:
        return
    if not is_flat(image, most):
        return
    from ..console import bar
    from ..memory.huge import open_tiles

    with bar() as shown:
        task = shown.add_task(f"Converting {image}, once (%)", total=100)
        open_tiles(image, most, lambda percent: shown.update(task, completed=percent))


def _begin_decoding(image: Image) -> None:
    """Decode it in a thread of its own, as finely as a look at all of it needs."""
    from ..memory.deadline import begin
    from ..memory.geometry import Box

    width, height = image.size_wh
    edge = Box(0, 0, width, 1) if width > height else Box(0, 0, 1, height)
    begin(lambda: image.patch(edge).read(LOOK_SIDE))


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
