"""`seal pages`: generated pages in a folder, an image and a truth for each."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from ..memory.errors import InputError

if TYPE_CHECKING:
    from ..measure.truth import Split
    from ..train.render import ImageFormat

__all__ = ["pages"]


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
    real: Annotated[
        bool,
        typer.Option(
            "--real", help="Pages of real component libraries instead of the generator's own looks."
        ),
    ] = False,
    desktop: Annotated[
        bool,
        typer.Option("--desktop", help="Windows of desktop programs, of Qt's own widgets (extra desktop)."),
    ] = False,
    library: Annotated[
        str, typer.Option("--library", help="With --real: of this library alone, to look at it.")
    ] = "",
) -> None:
    """Generate pages with exact ground truth, rendered by Chromium, to train and measure on."""
    from ..console import bar, note
    from ..train.make import make_pages
    from ..train.packages import default_cache, fetch
    from ..train.pages import generate
    from ..train.real.libraries import choose, fetch_libraries
    from ..train.real.pages import real_page

    checked_split, checked_format = _split(split), _format(image_format)
    if desktop:
        from ..train.desktop.make import make_desktop

        with bar() as shown:
            task = shown.add_task("pages", total=count)
            drawn = make_desktop(
                out, seed=seed, count=count, split=checked_split, on_page=lambda page: shown.advance(task)
            )
        note(f"{len(drawn)} pages made in {out}: {sum(len(page.widgets) for page in drawn)} widgets")
        return
    with bar() as shown:
        task = shown.add_task("packages", total=None)
        assets = fetch(
            cache or default_cache(),
            checked_split,
            lambda package, done, total: shown.update(task, description=package, completed=done, total=total),
        )
        make = generate
        if real:
            libraries = choose(checked_split, library)
            folder = fetch_libraries(cache or default_cache(), libraries)
            make = partial(real_page, cache=folder, libraries=libraries)
        shown.update(task, description="pages", completed=0, total=count)
        reports = make_pages(
            out,
            assets,
            seed=seed,
            count=count,
            start=start,
            image_format=checked_format,
            on_page=lambda report: shown.advance(task),
            make=make,
        )
    made = [report for report in reports if report.made]
    note(
        f"{len(made)} pages made, {len(reports) - len(made)} already there, in {out}: "
        f"{sum(r.icons for r in made)} icons, {sum(r.widgets for r in made)} widgets, "
        f"{sum(r.seconds for r in made):.0f} s"
    )


def _split(name: str) -> Split:
    from ..measure.truth import Split

    for split in get_args(Split):
        if name == split:
            return cast("Split", split)
    raise InputError(f"A split is train, eval or unseen; got {name!r}.")


def _format(name: str) -> ImageFormat:
    from ..train.render import ImageFormat

    for image_format in get_args(ImageFormat):
        if name == image_format:
            return cast("ImageFormat", image_format)
    raise InputError(f"An image format is png or webp; got {name!r}.")
