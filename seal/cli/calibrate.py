"""`seal calibrate`: how well a localizer sees, measured on pages with truth, and kept for the search."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["calibrate"]


def calibrate(
    localizer: Annotated[
        str, typer.Argument(metavar="LOCALIZER", help="For example ocr:rapidocr.", show_default=False)
    ],
    data: Annotated[
        Path, typer.Option("--data", help="Folder of pages with truth (seal pages).", show_default=False)
    ],
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Use only so many pages.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the views.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write here instead of the user's settings.")
    ] = None,
) -> None:
    """Measure how well a localizer sees, so that `--policy ideal` knows what its looks are worth."""
    from rich.table import Table

    from ..agents.registry import load_localizer
    from ..console import err
    from ..console import out as console
    from ..measure.calibrating import measure
    from ..search.calibration import calibration_path

    agent = load_localizer(localizer)
    tables = measure(agent, data, limit=limit, seed=seed, on_page=lambda name: err.print(f"looked at {name}"))
    path = tables.save(calibration_path(agent.name) if out is None else out)
    able = agent.capabilities
    table = Table(title=f"{agent.name}: {tables.trials} looks", title_justify="left")
    for column in (
        "pixels of the input",
        "a box",
        f"score {able.confidence_low:g}",
        f"score {able.confidence_high:g}",
    ):
        table.add_column(column, justify="right")
    for px in (8, 12, 16, 24, 32, 64, 128):
        scores = (tables.detection(px, s) for s in (0.0, able.confidence_low, able.confidence_high))
        table.add_row(str(px), *(f"{p:.2f}" for p in scores))
    console.print(table)
    console.print(
        f"{tables.background:.2f} boxes off target a look, {tables.seconds:.2f} s a look. Kept in {path}"
    )
