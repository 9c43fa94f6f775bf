"""`seal export`: kept runs as data to train on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import note
from ..memory.errors import InputError, StoreError
from .options import Store, store_path

if TYPE_CHECKING:
    from ..record.result import Result

__all__ = ["export"]


def export(
    out: Annotated[
        Path,
        typer.Option("--out", help="Folder for chats.jsonl, coco.json and pictures/.", show_default=False),
    ],
    text: Annotated[
        str | None,
        typer.Option("--text", help="Only runs with this in their question, answer or name of the image."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Newest runs to export.")] = 100_000,
    store: Store = None,
) -> None:
    """Write kept runs as chats with zoom calls, and what they found as COCO (docs/export.md).

    Answers and boxes are those of the agents, checked by nobody. Runs hold what stood in the pictures: look before you
    pass them on.
    """
    from ..memory.store import MemoryStore
    from ..record.archive import from_run
    from ..record.exported import export as written

    with MemoryStore(store_path(store)) as kept:
        runs = kept.list(limit, text=text)
        if not runs:
            raise InputError(
                "No kept run is to be exported; add --keep to seal ask or seal locate (see: seal runs)."
            )

        def results() -> Iterator[tuple[str, Result]]:
            for run in runs:
                try:
                    yield run.id, from_run(kept.get(run.id))
                except StoreError as error:
                    note((f"left out: {error}", "yellow"))

        told = written(results(), out)
    note(f"{out}: {told.chats} chats; {told.annotations} boxes in {told.images} images.")
    if told.left_out:
        note(f"{told.left_out} runs are no answered questions, and have no chat.")
