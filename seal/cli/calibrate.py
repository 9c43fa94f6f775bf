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
    from ..agents.registry import load_localizer
    from ..console import note, print_table, say
    from ..measure.calibrating import measure
    from ..search.calibration import calibration_path

    agent = load_localizer(localizer)
    tables = measure(agent, data, limit=limit, seed=seed, on_page=lambda name: note(f"looked at {name}"))
    path = tables.save(calibration_path(agent.name) if out is None else out)
    able = agent.capabilities
    low, high = able.confidence_low, able.confidence_high
    columns = ("pixels of the input", "a box", f"score {low:g}", f"score {high:g}")
    rows = [
        (str(px), *(f"{tables.detection(px, score):.2f}" for score in (0.0, low, high)))
        for px in (8, 12, 16, 24, 32, 64, 128)
    ]
    print_table(columns, rows, title=f"{agent.name}: {tables.trials} looks", right=columns)
    say(f"{tables.background:.2f} boxes off target a look, {tables.seconds:.2f} s a look. Kept in {path}")
