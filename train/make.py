"""Generated pages in a folder: an image and a truth for each. What is there stays, so that a run can go on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..memory.errors import InputError
from .packages import Assets
from .pages import PageSpec, generate
from .render import ImageFormat, Studio

__all__ = ["PageReport", "make_pages"]


@dataclass(frozen=True, slots=True)
class PageReport:
    """What became of one page: made now, or found complete from an earlier run."""

    name: str
    made: bool
    icons: int = 0
    widgets: int = 0
    seconds: float = 0.0


def make_pages(
    out: Path,
    assets: Assets,
    *,
    seed: int = 0,
    count: int = 100,
    start: int = 0,
    image_format: ImageFormat = "png",
    on_page: Callable[[PageReport], None] | None = None,
    executable: str | None = None,
    make: Callable[[int, int, Assets], PageSpec] = generate,
) -> list[PageReport]:
    """Render the pages start .. start + count - 1 of a seed into a folder; those that are there stay.

    make: the page of a seed, a number and the assets.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / ".writable").touch()
        (out / ".writable").unlink()
    except OSError as error:
        raise InputError(f"The folder {out} cannot be written: {error.strerror or error}.") from error
    reports: list[PageReport] = []

    def note(report: PageReport) -> None:
        reports.append(report)
        if on_page:
            on_page(report)

    wanted: list[int] = []
    for index in range(start, start + count):
        name = PageSpec.name_of(assets.split, seed, index)
        if (out / f"{name}.json").is_file():
            note(PageReport(name, made=False))
        else:
            wanted.append(index)
    if wanted:
        with Studio(executable) as studio:
            for index in wanted:
                began = time.perf_counter()
                shot = studio.shoot(make(seed, index, assets), image_format)
                shot.save(out)
                took = time.perf_counter() - began
                note(PageReport(shot.truth.name, True, len(shot.truth.icons), len(shot.truth.widgets), took))
    return reports
