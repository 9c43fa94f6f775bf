"""`seal read` and `seal index`: what is written on pages, shown, and kept ahead of many questions."""

from __future__ import annotations

import json as json_
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..memory.clock import page_words
from ..memory.errors import PageError, SettingError
from .options import Dpi, Fps, ImageArg, Loc, Page, convert_first

if TYPE_CHECKING:
    from ..agents.looker import Looker
    from ..memory.image import Document

__all__ = ["index", "read"]


def read(
    image: ImageArg,
    page: Page = None,
    json: Annotated[
        bool, typer.Option("--json", help="Lines with boxes in pixels of the full page, as JSON.")
    ] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="As Markdown; larger print heads what follows.")
    ] = False,
    localizer: Loc = None,
    dpi: Dpi = None,
    fps: Fps = None,
) -> None:
    """Print all that is written on a page or document, in reading order.

    A PDF's own text is taken where it says what the page shows; everything else is read from the picture.
    """
    from ..console import note, print_json, print_text, progress
    from ..transcript import as_json, as_markdown, as_text, transcribe

    if json and markdown:
        raise SettingError("Give --json or --markdown, not both.")
    document = _document(image, page, dpi, fps)
    reader = _reader(localizer, None)
    pages = []
    with progress(None) as (_, cancelled):
        for number in document.numbers:
            if cancelled():
                break
            try:
                told = transcribe(document.page(number), reader)
            except PageError as error:
                if len(document) == 1:
                    raise
                note(str(error))
                continue
            if json:
                pages.append(as_json(told))
                continue
            if len(document) > 1:
                called = page_words(told.page, document.page(told.page).time, document.series)
                print_text(f"\n# {called.capitalize()}\n\n" if markdown else f"\n--- {called} ---\n\n")
            print_text(as_markdown(told) if markdown else as_text(told))
    if json:
        frame = "x, y, width, height in pixels of the full image of the page"
        print_json(json_.dumps({"name": document.name, "frame": frame, "pages": pages}, indent=2))


def index(
    image: ImageArg,
    page: Page = None,
    cache: Annotated[
        Path | None,
        typer.Option("--cache", help="Folder in which looks are kept (default: the setting look_cache)."),
    ] = None,
    localizer: Loc = None,
    dpi: Dpi = None,
    fps: Fps = None,
) -> None:
    """Read a page or document once, so that later questions about it need no reading, in any process.

    It goes where the setting look_cache says (environment SEAL_LOOK_CACHE, or config.toml), which questions use too.
    """
    from ..agents.look_cache import Remembered
    from ..console import bar, note
    from ..settings import Settings
    from ..transcript import index as read_all

    folder = cache or Settings.load().look_cache
    if folder is None:
        raise SettingError(
            "There is no folder to keep what is read: set SEAL_LOOK_CACHE=FOLDER (docs/settings.md), or give --cache."
        )
    document = _document(image, page, dpi, fps)
    reader = _reader(localizer, folder)
    if not isinstance(reader, Remembered) or not reader.capabilities.reads_text:
        raise SettingError(f"{reader.name} reads no text, or is a recorder: nothing can be kept of it.")
    with bar() as shown:
        task = shown.add_task("pages", total=len(document))
        read, known = read_all(document, reader, lambda number, fresh: shown.advance(task))
    if not read:
        note(f"{document.name}: all {known} pages are there already, in {folder}.")
    else:
        before = f", {known} were there already" if known else ""
        note(f"{document.name}: {read} pages read{before}; kept in {folder}.")


def _document(source: str, page: int | None, dpi: float | None, fps: float | None) -> Document:
    from ..console import note
    from ..memory.image import open_document
    from ..settings import Settings

    convert_first(source)
    settings = Settings.load()
    document = open_document(
        source, dpi=settings.dpi if dpi is None else dpi, max_pixels=settings.max_pixels, fps=fps
    )
    for sentence in (*document.notes, *document.faults):
        note(sentence)
    return document if page is None else document.only(page)


def _reader(localizer: str | None, folder: Path | None) -> Looker:
    from ..agents.look_cache import remembered
    from ..agents.registry import load_localizer
    from ..settings import Settings

    settings = Settings.load()
    name = settings.localizer if localizer is None else localizer
    reader = remembered(load_localizer(name), folder or settings.look_cache)
    if not reader.capabilities.reads_text:
        raise SettingError(f"{reader.name} reads no text; take ocr, pdf or the default.")
    return reader
