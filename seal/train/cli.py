"""`seal pages`: generated pages in a folder, an image and a truth for each. The command line registers `pages`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from ..memory.errors import InputError
from .concepts import Split
from .packages import Assets, default_cache, fetch
from .pages import PageSpec, generate
from .render import ImageFormat, Studio

__all__ = ["PageReport", "make_pages", "pages"]


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
) -> list[PageReport]:
    """Render the pages start .. start + count - 1 of a seed into a folder; those that are there stay."""
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
                shot = studio.shoot(generate(seed, index, assets), image_format)
                shot.save(out)
                took = time.perf_counter() - began
                note(PageReport(shot.truth.name, True, len(shot.truth.icons), len(shot.truth.widgets), took))
    return reports


def pages(
    out: Annotated[Path, typer.Option("--out", help="Folder for the images and truths.", show_default=False)],
    seed: Annotated[int, typer.Option("--seed", help="Seed; the same one gives the same pages.")] = 0,
    count: Annotated[int, typer.Option("--count", min=1, help="Pages to have in the folder.")] = 100,
    start: Annotated[int, typer.Option("--start", min=0, help="Number of the first page.")] = 0,
    split: Annotated[
        str, typer.Option("--split", help="train, eval (other pages) or unseen (icon sets never trained on).")
    ] = "train",
    cache: Annotated[
        Path | None, typer.Option("--cache", help="Folder of fetched icon sets and style sheets.")
    ] = None,
    image_format: Annotated[str, typer.Option("--format", help="png or webp (lossless).")] = "png",
) -> None:
    """Generate pages with exact ground truth, rendered by Chromium, to train and measure on."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from ..console import err

    checked_split, checked_format = _split(split), _format(image_format)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("packages", total=None)
        assets = fetch(
            cache or default_cache(),
            checked_split,
            lambda package, done, total: bar.update(task, description=package, completed=done, total=total),
        )
        bar.update(task, description="pages", completed=0, total=count)
        reports = make_pages(
            out,
            assets,
            seed=seed,
            count=count,
            start=start,
            image_format=checked_format,
            on_page=lambda report: bar.advance(task),
        )
    made = [report for report in reports if report.made]
    err.print(
        f"{len(made)} pages made, {len(reports) - len(made)} already there, in {out}: "
        f"{sum(r.icons for r in made)} icons, {sum(r.widgets for r in made)} widgets, "
        f"{sum(r.seconds for r in made):.0f} s"
    )


def _split(name: str) -> Split:
    for split in get_args(Split):
        if name == split:
            return cast("Split", split)
    raise InputError(f"A split is train, eval or unseen; got {name!r}.")


def _format(name: str) -> ImageFormat:
    for image_format in get_args(ImageFormat):
        if name == image_format:
            return cast("ImageFormat", image_format)
    raise InputError(f"An image format is png or webp; got {name!r}.")
