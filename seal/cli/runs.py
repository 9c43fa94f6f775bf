"""`seal runs`: runs kept in the memory store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import finish, note, print_table
from .options import Json, Picture, Store, TraceOpt, store_path

if TYPE_CHECKING:
    from ..memory.store import MemoryStore

__all__ = ["runs_app"]

runs_app = typer.Typer(
    help="Runs kept in the memory store: they are listed; show or delete one.",
    epilog="Examples:\n\n    seal runs\n\n    seal runs show 3f2a --json\n\n    seal runs delete 3f2a\n\n"
    "    seal runs --sweep    # what killed processes left",
    invoke_without_command=True,
    rich_markup_mode="markdown",
)


@runs_app.callback()
def runs(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Newest runs to list.")] = 20,
    store: Store = None,
    sweep: Annotated[
        bool,
        typer.Option("--sweep", help="Delete pictures that no run uses, as killed processes leave them."),
    ] = False,
) -> None:
    """List kept runs, newest first."""
    context.obj = store
    if context.invoked_subcommand is not None:
        return
    with _open_store(store) as kept:
        if sweep:
            count, freed = kept.sweep()
            note(f"Deleted {count} pictures that no run used; {freed / 1e6:.1f} MB are free again.")
            return
        rows = [
            (run.id[:8], run.created[:19], Path(run.image_name).name, run.question, run.answer)
            for run in kept.list(limit=limit)
        ]
    if rows:
        print_table(("id", "when", "image", "question", "answer"), rows)
    else:
        note("No run is kept yet; add --keep to seal ask or seal locate.")


@runs_app.command("show")
def runs_show(
    context: typer.Context,
    run_id: Annotated[
        str, typer.Argument(metavar="ID", help="Id of a run, or its beginning.", show_default=False)
    ],
    json: Json = False,
    trace: TraceOpt = None,
    picture: Picture = None,
) -> None:
    """Show one kept run again."""
    from ..record.archive import from_run

    with _open_store(context.obj) as kept:
        result = from_run(kept.get(run_id))
    finish(result, json, trace, picture)


@runs_app.command("delete")
def runs_delete(
    context: typer.Context,
    run_id: Annotated[
        str, typer.Argument(metavar="ID", help="Id of a run, or its beginning.", show_default=False)
    ],
) -> None:
    """Delete one kept run, and the crops that no other run uses."""
    with _open_store(context.obj) as kept:
        note(f"Deleted {kept.delete(run_id)}.")


def _open_store(store: Path | None) -> MemoryStore:
    from ..memory.store import MemoryStore

    return MemoryStore(store_path(store))
