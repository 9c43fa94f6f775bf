"""`seal ask-many`: the questions of a file, answered into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..memory.errors import SettingError
from .options import Dpi, Keep, Loc, Looks, PolicyOpt, Seconds, Store, Vqa, seal_of, store_path

if TYPE_CHECKING:
    from ..batch import Standing

__all__ = ["ask_many"]

SHOWN = 5
"""Errors that are told one by one; the others are in the results."""
INTERRUPTED = 130
"""Exit code after Ctrl-C, as of other commands of a shell."""


def ask_many(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Questions, an object of JSON a line.", show_default=False)
    ],
    out: Annotated[
        str,
        typer.Option(
            "--out", metavar="DIR", help="Folder of the results; a path, or a URL of fsspec (s3://...)."
        ),
    ],
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            min=1,
            max=4096,
            help="Processes that work at once, each with its own agents (default 1; on a cluster as many as its nodes "
            "take).",
        ),
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="ADDRESS",
            help="Work on a cluster of Ray: local (one of its own on this machine), auto (the one that runs here), or "
            "HOST:PORT of a head node.",
        ),
    ] = None,
    cpus: Annotated[
        float | None,
        typer.Option("--cpus", help="Processors that a worker of the cluster takes (default 1)."),
    ] = None,
    gpus: Annotated[
        float | None,
        typer.Option(
            "--gpus", help="GPUs that a worker of the cluster takes, 0.25 for a quarter (default 0)."
        ),
    ] = None,
    retry_errors: Annotated[
        bool, typer.Option("--retry-errors", help="Do items again whose result is an error.")
    ] = False,
    tries: Annotated[
        int, typer.Option("--tries", min=1, max=64, help="How often an item is tried when an agent fails.")
    ] = 2,
    force_new: Annotated[
        bool,
        typer.Option(
            "--force-new",
            help="Where DIR holds another batch or configuration, take a folder beside it (DIR-2, ...).",
        ),
    ] = False,
    vqa: Vqa = None,
    localizer: Loc = None,
    policy: PolicyOpt = None,
    looks: Looks = None,
    seconds: Seconds = None,
    dpi: Dpi = None,
    keep: Keep = False,
    store: Store = None,
) -> None:
    """Answer the questions of a file, each once; an interrupted batch goes on where it ended.

    A line is {"image": ..., "question": ...}, or "targets": [...] in place of the question; "id", "options" and "page"
    may be given. Every result is a file in DIR/items; DIR/results.jsonl has all of them at the end, in the order of the
    input. An item that cannot be answered has its error as its result, and a line that cannot be read is told; the
    others go on.

    Several such commands may work on one DIR. The exit code is the worst of all items: 0, 1 (cannot tell, not found), 2
    (an item or line cannot be used), 3 (an agent failed); 130 after Ctrl-C.
    """
    from ..batch import RayCluster, Recipe
    from ..batch import ask_many as ask_all
    from ..console import bar, note, say, stopping

    if ray is None and not (cpus is None and gpus is None):
        raise SettingError("--cpus and --gpus are of workers on a cluster: give --ray too (--ray local).")
    on = None if ray is None else RayCluster(ray, 1.0 if cpus is None else cpus, gpus or 0.0)
    limits = seal_of(vqa, localizer, policy, looks, seconds, dpi)
    memory = store_path(store) if keep or store else None
    recipe = Recipe(vqa=vqa, localizer=localizer, policy=policy, budget=limits.budget, dpi=dpi, memory=memory)
    with stopping("Ending the items that are begun") as stopped, bar() as shown:
        task = shown.add_task("items", total=None)

        def changed(now: Standing) -> None:
            nonlocal task
            if now.done == now.before:
                _tell_start(now)
                shown.remove_task(task)
                task = shown.add_task("items", total=now.total, completed=now.done)
            shown.update(task, completed=now.done, description=_words(now))

        now = ask_all(
            file,
            out,
            recipe,
            workers=workers,
            on=on,
            tries=tries,
            retry_errors=retry_errors,
            force_new=force_new,
            on_change=changed,
            cancelled=stopped,
        )
    for failed in now.errors[:SHOWN]:
        note(f"line {failed.line}: ", ("error", "red"), f" {failed.reason}")
    if len(now.errors) > SHOWN:
        note(f"{len(now.errors) - SHOWN} more errors stand in the results.")
    if now.results is None:
        note(f"{now.done} of {now.total} items are done; the same command goes on from there.")
        raise typer.Exit(INTERRUPTED)
    say(f"{now.total} items: {_words(now)}. Results: {now.results}")
    raise typer.Exit(now.code)


def _tell_start(now: Standing) -> None:
    from ..console import note

    for bad in now.bad:
        note(f"line {bad.line}: ", ("left out", "yellow"), f" {bad.reason}")
    for key in now.damaged:
        note(f"{key}: its result was damaged; it is set aside and made anew.")
    if now.before:
        note(f"{now.folder}: {now.before} of {now.total} items are done, {now.total - now.before} are to do.")


def _words(now: Standing) -> str:
    """How many items have which status."""
    names = {"error": "with an error"}
    told = (
        f"{n} {names.get(status, status.replace('_', ' '))}" for status, n in sorted(now.statuses.items())
    )
    return ", ".join(told) or "items"
