"""`seal sightings`: where something was seen in earlier runs."""

from __future__ import annotations

import json as json_
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import note, print_json, print_table, waiting
from ..memory.errors import InputError, SettingError
from .options import Dpi, Page, Store, store_path

if TYPE_CHECKING:
    from ..memory.image import Image
    from ..memory.store import MemoryStore, ScreenSighting, Sighting

__all__ = ["sightings"]

Row = tuple[str, ...]


def sightings(
    target: Annotated[
        str | None,
        typer.Argument(metavar="TARGET", help="What was looked for, in a few words.", show_default=False),
    ] = None,
    image: Annotated[
        str | None,
        typer.Option(
            "--image", help="The screen as it is now: earlier screens that look like it come first."
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Most places to tell.")] = 10,
    page: Page = None,
    dpi: Dpi = None,
    json: Annotated[bool, typer.Option("--json", help="Print them as JSON, without pictures.")] = False,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", help="Write the pixels around the first one, as they were (.png)."),
    ] = None,
    store: Store = None,
) -> None:
    """Tell where something was seen in earlier runs; without a TARGET, which earlier screens look like the image.

    A sighting is a hint of where to look, never evidence of where something is now. Exit code 1 when there is none.
    """
    from ..memory.store import MemoryStore

    if target is None and image is None:
        raise SettingError("Say what was seen, or name an image: seal sightings --help.")
    now = None if image is None else _opened(image, page, dpi)
    with MemoryStore(store_path(store)) as kept, waiting("Looking through earlier runs"):
        if target is None:
            assert now is not None
            _show_screens(kept.screens_like(now, limit=limit), json)
            return
        found = _found(kept, target, now, limit)
    if picture is not None:
        _save(found, picture)
    if json:
        print_json(json_.dumps([_data(sighting) for sighting in found], ensure_ascii=False, indent=2))
    elif found:
        columns = ("when", "image", "seen", "x, y, width, height", "match", "screen", "place", "times", "run")
        rows = [_row(sighting) for sighting in found]
        print_table(columns, rows, right=columns[4:8], whole=(columns[0], columns[3], columns[8]), least=110)
        note("Hints of where to look, not where it is now: screens change.")
    if not found:
        note("No earlier run saw that; this says nothing about where it is now.")
        raise typer.Exit(1)


def _opened(image: str, page: int | None, dpi: float | None) -> Image:
    from ..memory.image import Image
    from ..settings import Settings

    defaults = Settings.load()
    return Image.open(image, page=page, dpi=dpi or defaults.dpi, max_pixels=defaults.max_pixels)


def _found(kept: MemoryStore, target: str, now: Image | None, limit: int) -> list[Sighting]:
    from ..agents.answers.meaning import alike

    return kept.sightings(target, now, limit=limit, alike=alike)


def _row(sighting: Sighting) -> Row:
    shown = sighting.phrase if not sighting.text else f"{sighting.phrase}: {sighting.text}"
    place = ", ".join(str(round(v)) for v in sighting.box.xywh)
    page = f" p. {sighting.page}" if sighting.page > 1 else ""
    return (
        sighting.created[:16],
        Path(sighting.image_name).name + page,
        shown,
        place,
        f"{sighting.match:.2f}",
        _number(sighting.screen_likeness),
        _number(sighting.place_likeness),
        str(sighting.times),
        sighting.run[:8],
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _data(sighting: Sighting) -> dict[str, object]:
    told = asdict(sighting) | {"box": list(sighting.box.xywh), "size_wh": list(sighting.size_wh)}
    del told["crop"]
    return told


def _show_screens(found: list[ScreenSighting], json: bool) -> None:
    if json:
        print_json(json_.dumps([asdict(screen) for screen in found], ensure_ascii=False, indent=2))
    elif found:
        columns = ("when", "image", "likeness", "times", "latest question", "run")
        rows = [
            (
                screen.created[:16],
                Path(screen.image_name).name + (f" p. {screen.page}" if screen.page > 1 else ""),
                f"{screen.likeness:.2f}",
                str(screen.times),
                screen.question,
                screen.run[:8],
            )
            for screen in found
        ]
        print_table(columns, rows, right=columns[2:4], least=110)
    if not found:
        note("No earlier run found anything on a screen that could be compared.")
        raise typer.Exit(1)


def _save(found: list[Sighting], picture: Path) -> None:
    from ..memory.disk import write_whole

    if not found or found[0].crop is None:
        note("There are no pixels to write.")
        return
    try:
        write_whole(picture, found[0].crop.png)
    except OSError as error:
        raise InputError(f"{picture}: the picture cannot be written ({error.strerror}).") from error
