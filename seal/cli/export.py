"""`seal export`: kept runs as data: chats and COCO to train on, tables of JSON, a folder of pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..console import note
from ..memory.errors import InputError, StoreError
from .options import ImageOpt, Since, Status, Store, TextOpt, Until, run_filter, store_path

if TYPE_CHECKING:
    from ..record.tables import KeptResult

__all__ = ["export"]

Form = Literal["chats", "runs", "imagefolder"]


def export(
    out: Annotated[Path, typer.Option("--out", help="Folder to write into.", show_default=False)],
    as_: Annotated[
        Form,
        typer.Option(
            "--as",
            help="chats (chats.jsonl, coco.json), runs (runs.jsonl, a run a line), imagefolder (metadata.jsonl, a "
            "picture a line); each with pictures/.",
        ),
    ] = "chats",
    text: TextOpt = None,
    image: ImageOpt = None,
    status: Status = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Newest runs to export.")] = 100_000,
    store: Store = None,
) -> None:
    """Write kept runs as chats with zoom calls and COCO, or as tables that datasets loads (docs/export.md).

    Answers and boxes are those of the agents, checked by nobody. Runs hold what stood in the pictures: look before you
    pass them on.
    """
    from ..memory.store import MemoryStore
    from ..record.archive import from_run
    from ..record.exported import export as export_chats
    from ..record.tables import KeptResult, export_images, export_runs

    with MemoryStore(store_path(store)) as kept:
        ids = kept.ids(**run_filter(text, image, status, since, until))[:limit]
        if not ids:
            raise InputError(
                "No kept run is to be exported; add --keep to seal ask or seal locate (see: seal runs)."
            )

        def results() -> Iterator[KeptResult]:
            for run_id in ids:
                try:
                    run = kept.get(run_id)
                    yield KeptResult(run.id, run.created, from_run(run))
                except StoreError as error:
                    note((f"left out: {error}", "yellow"))

        if as_ != "chats":
            told = (export_runs if as_ == "runs" else export_images)(results(), out)
            note(f"{out}: {told.lines} lines; {told.pictures} pictures.")
            return
        chats = export_chats(((run.id, run.result) for run in results()), out)
    note(f"{out}: {chats.chats} chats; {chats.annotations} boxes in {chats.images} images.")
    if chats.left_out:
        note(f"{chats.left_out} runs are no answered questions, and have no chat.")
