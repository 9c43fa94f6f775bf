"""`seal pyramid`: a flat file as a tiled TIFF with coarser copies, which is searched without lying in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["pyramid"]


def pyramid(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="PNG, JPEG or TIFF of one page.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="The pyramid, a .tif (default: into the cache, for later commands on FILE)."
        ),
    ] = None,
    quality: Annotated[
        int | None,
        typer.Option(
            "--quality",
            min=1,
            max=100,
            help="Tiles as JPEG of that quality, with --out (default: without loss; 95 where FILE is a JPEG).",
        ),
    ] = None,
) -> None:
    """Convert an image that is larger than memory, once: a BigTIFF of tiles at full, half, quarter, ... size.

    Images over the limit of pixels (SEAL_MAX_PIXELS) are converted anyway when a command opens them; this does it
    ahead. Needs the extra `huge`.
    """
    from ..console import bar, note
    from ..memory.huge import convert
    from ..memory.source import one_line
    from ..settings import Settings

    with bar() as shown:
        task = shown.add_task(f"Converting {one_line(file)} (%)", total=100)
        written = convert(
            file,
            Settings.load().max_pixels,
            out,
            quality,
            lambda percent: shown.update(task, completed=percent),
        )
    note(f"{written}: {written.stat().st_size / 1e6:.1f} MB")
