"""`seal runs`: runs kept in the memory store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import confirmed, finish, note, print_table, say
from ..memory.errors import SettingError
from .options import (
    ImageOpt,
    Json,
    Picture,
    Since,
    Status,
    Store,
    TextOpt,
    TraceOpt,
    Until,
    run_filter,
    store_path,
)

if TYPE_CHECKING:
    from ..memory.store import Limits, MemoryStore

__all__ = ["runs_app"]

MEGABYTE = 1_000_000
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before runs are deleted.")]
runs_app = typer.Typer(
    help="Runs kept in the memory store: they are listed; show, delete or limit them.",
    epilog="Examples:\n\n    seal runs\n\n    seal runs --text invoice --since 2026-11-01 --limit 50\n\n"
    "    seal runs --image screen.png --status not_found --count\n\n"
    "    seal runs show 3f2a --json\n\n    seal runs delete 3f2a\n\n"
    "    seal runs delete --until 2026-06-30 --yes    # by the same filters\n\n"
    "    seal runs limit --runs 100000 --megabytes 20000    # the oldest go\n\n"
    "    seal runs --sweep    # what killed processes left",
    invoke_without_command=True,
    rich_markup_mode="markdown",
)


@runs_app.callback()
def runs(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Newest runs to list.")] = 20,
    offset: Annotated[int, typer.Option("--offset", min=0, help="Leave out so many of the newest.")] = 0,
    text: TextOpt = None,
    image: ImageOpt = None,
    status: Status = None,
    since: Since = None,
    until: Until = None,
    count: Annotated[bool, typer.Option("--count", help="Only say how many there are.")] = False,
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
    which = run_filter(text, image, status, since, until)
    with _open_store(store) as kept:
        if sweep:
            swept, freed = kept.sweep()
            note(f"Deleted {swept} pictures that no run used; {freed / 1e6:.1f} MB are free again.")
            return
        if count:
            say(str(kept.count(**which)))
            return
        rows = [
            (run.id[:8], run.created[:19], Path(run.image_name).name, run.question, run.answer)
            for run in kept.list(limit, offset=offset, **which)
        ]
        empty = not rows and not kept.count()
    if rows:
        print_table(("id", "when", "image", "question", "answer"), rows)
    elif empty:
        note("No run is kept yet; add --keep to seal ask or seal locate.")
    else:
        note("No run is like that.")


@runs_app.command(
    "show", epilog="Examples:\n\n    seal runs show 3f2a\n\n    seal runs show 3f2a --trace search.html"
)
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


@runs_app.command(
    "delete",
    epilog="Examples:\n\n    seal runs delete 3f2a\n\n    seal runs delete --until 2026-06-30\n\n"
    "    seal runs delete --image screen.png --status cannot_tell --yes",
)
def runs_delete(
    context: typer.Context,
    run_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="Id of a run, or its beginning.", show_default=False)
    ] = None,
    text: TextOpt = None,
    image: ImageOpt = None,
    status: Status = None,
    since: Since = None,
    until: Until = None,
    yes: Yes = False,
) -> None:
    """Delete one kept run, or all that the filters mean, and the crops that no other run uses."""
    filters = (text, image, status, since, until)
    if (run_id is None) == (not any(filters)):
        raise SettingError(
            "Say which run is to be deleted, or by filters which runs: seal runs delete --help."
        )
    with _open_store(context.obj) as kept:
        if run_id is not None:
            note(f"Deleted {kept.delete(run_id)}.")
            return
        which = run_filter(*filters)
        if not (count := kept.count(**which)):
            note("No run is like that.")
        elif yes or confirmed(f"Delete {count} runs of {kept.path}?"):
            note(f"Deleted {kept.delete_where(**which)} runs.")
        else:
            note("Nothing is deleted; with --yes nobody is asked.")


@runs_app.command(
    "limit",
    epilog="Examples:\n\n    seal runs limit    # what there is, and what there may be\n\n"
    "    seal runs limit --runs 100000 --megabytes 20000\n\n    seal runs limit --off",
)
def runs_limit(
    context: typer.Context,
    runs: Annotated[int | None, typer.Option("--runs", min=1, help="Most runs.")] = None,
    megabytes: Annotated[
        float | None, typer.Option("--megabytes", help="Most megabytes of the database and its pictures.")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Keep all runs from now on.")] = False,
    yes: Yes = False,
) -> None:
    """Limit the store: with every run that is kept, the oldest that are too many go."""
    from ..memory.store import Limits

    with _open_store(context.obj) as kept:
        if off or runs is not None or megabytes is not None:
            if off and (runs is not None or megabytes is not None):
                raise SettingError("Give limits, or --off.")
            if megabytes is not None and not 1 <= megabytes < 1e12:
                raise SettingError(f"--megabytes: a number from 1 on is expected; got {megabytes:g}.")
            limits = Limits(runs, None if megabytes is None else int(megabytes * MEGABYTE))
            if not _within(kept, limits) and not yes:
                told = f"The store holds more than that ({_told(kept)}); delete the oldest runs?"
                if not confirmed(told):
                    note("Nothing is changed; with --yes nobody is asked.")
                    return
            if gone := kept.set_limits(limits):
                note(f"Deleted the oldest {gone} runs.")
        limits, told = kept.limits, _told(kept)
    most = [
        *([f"{limits.most_runs} runs"] if limits.most_runs else []),
        *([f"{limits.most_bytes / MEGABYTE:g} MB"] if limits.most_bytes else []),
    ]
    say(f"{told}; limit: {' and '.join(most) or 'none'}")


def _within(kept: MemoryStore, limits: Limits) -> bool:
    size = kept.size()
    return size.runs <= (limits.most_runs or size.runs) and size.bytes <= (limits.most_bytes or size.bytes)


def _told(kept: MemoryStore) -> str:
    size = kept.size()
    return (
        f"{size.runs} runs, {size.bytes / MEGABYTE:.1f} MB (database {size.database / MEGABYTE:.1f}, "
        f"pictures {size.pictures / MEGABYTE:.1f})"
    )


def _open_store(store: Path | None) -> MemoryStore:
    from ..memory.store import MemoryStore

    return MemoryStore(store_path(store))
