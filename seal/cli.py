"""The command line. Every command is a thin layer over `Seal`; nothing here knows how things are found.

Exit codes: 0 answered or found, 1 cannot tell or not found, 2 bad input (an unusable store too), 3 an
agent failed.
Answers go to standard output, progress and errors to standard error.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from . import __version__
from .calibrating import calibrate
from .console import err, finish, out, progress
from .memory.errors import AgentError, InputError, SealError
from .models_cli import doctor, models
from .train.cli import pages
from .train.commands import train_app

app = typer.Typer(
    name="seal",
    help="Show, Search and Tell: ask about what is small in a large image, offline.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
runs_app = typer.Typer(
    help="Runs kept in the memory store: list, show, delete.",
    invoke_without_command=True,
    rich_markup_mode="markdown",
)
app.add_typer(runs_app, name="runs")

ImageArg = Annotated[str, typer.Argument(metavar="IMAGE", help="Image or PDF file.", show_default=False)]
Vqa = Annotated[str | None, typer.Option("--vqa", help="VQA agent, for example rules (see: seal models).")]
Loc = Annotated[str | None, typer.Option("--localizer", help="Localizer, for example ocr:rapidocr.")]
PolicyOpt = Annotated[
    str | None,
    typer.Option("--policy", help="vstar, ideal, breadth-first, depth-first, random, slices, whole."),
]
Looks = Annotated[int | None, typer.Option("--looks", help="Most patches to look at.")]
Seconds = Annotated[float | None, typer.Option("--seconds", help="Most seconds to spend.")]
Page = Annotated[int | None, typer.Option("--page", help="One page of a PDF, counted from 1 (default: all).")]
Dpi = Annotated[
    float | None, typer.Option("--dpi", help="Resolution at which PDF pages are read (default 200).")
]
Json = Annotated[bool, typer.Option("--json", help="Print the whole result as JSON, without pictures.")]
TraceOpt = Annotated[
    Path | None, typer.Option("--trace", help="Write the search as a page (.html) or as data (.json).")
]
Picture = Annotated[
    Path | None, typer.Option("--picture", help="Write the image with the found boxes (.png).")
]
Keep = Annotated[bool, typer.Option("--keep", help="Keep the run in the memory store (see: seal runs).")]
Store = Annotated[Path | None, typer.Option("--store", help="Folder of the memory store; implies --keep.")]


def main() -> None:
    """Entry point: errors become one line and an exit code."""
    try:
        app(standalone_mode=True)
    except SealError as error:
        err.print(f"[bold red]error:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(3 if isinstance(error, AgentError) else 2)


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"seal {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version


@app.command(
    epilog="Examples:\n\n"
    "    seal ask screen.png \"What is the value next to 'Total Revenue'?\"\n\n"
    '    seal ask report.pdf "Which version is on the title page?" --trace search.html\n\n'
    '    seal ask screen.png "Is Salary left or right of Paypal?" -o left -o right --json'
)
def ask(
    image: ImageArg,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="The question.", show_default=False)],
    option: Annotated[
        list[str] | None,
        typer.Option("--option", "-o", help="A possible answer; give the option several times."),
    ] = None,
    options: Annotated[
        str | None, typer.Option("--options", help='All possible answers at once: "left|right".')
    ] = None,
    vqa: Vqa = None,
    localizer: Loc = None,
    policy: PolicyOpt = None,
    looks: Looks = None,
    seconds: Seconds = None,
    page: Page = None,
    dpi: Dpi = None,
    json: Json = False,
    trace: TraceOpt = None,
    picture: Picture = None,
    keep: Keep = False,
    store: Store = None,
) -> None:
    """Answer a question about an image or PDF."""
    choices = [*(option or []), *(part for part in (options or "").split("|") if part)]
    seal = _seal(vqa, localizer, policy, looks, seconds, dpi, keep, store)
    with progress(seal.budget.looks) as (on_step, cancelled):
        result = seal.ask(image, question, choices or None, page=page, on_step=on_step, cancelled=cancelled)
    finish(result, json, trace, picture)


@app.command(
    epilog="Examples:\n\n"
    '    seal locate screen.png "Save button" "label Total Revenue"\n\n'
    '    seal locate scan.png "Invoice" --all --picture boxes.png'
)
def locate(
    image: ImageArg,
    targets: Annotated[
        list[str], typer.Argument(metavar="TARGET...", help="What to find, in words.", show_default=False)
    ],
    all_: Annotated[bool, typer.Option("--all", help="Find every instance, not the first sure one.")] = False,
    localizer: Loc = None,
    vqa: Vqa = None,
    policy: PolicyOpt = None,
    looks: Looks = None,
    seconds: Seconds = None,
    page: Page = None,
    dpi: Dpi = None,
    json: Json = False,
    trace: TraceOpt = None,
    picture: Picture = None,
    keep: Keep = False,
    store: Store = None,
) -> None:
    """Find things: boxes (x, y, width, height) in pixels of the full image."""
    from .agents.contracts import Target

    seal = _seal(vqa, localizer, policy, looks, seconds, dpi, keep, store)
    wanted = [Target(t, "all" if all_ else "one", surroundings=False) for t in targets]
    with progress(seal.budget.looks) as (on_step, cancelled):
        result = seal.locate(image, wanted, page=page, on_step=on_step, cancelled=cancelled)
    finish(result, json, trace, picture)


app.command(epilog='Examples:\n\n    seal models --kind vqa --state works\n\n    seal models "Phi-3-vision"')(
    models
)
app.command(epilog="Examples:\n\n    seal doctor rules\n\n    seal doctor hf:Qwen/Qwen3-VL-4B-Instruct")(
    doctor
)


@app.command(
    epilog="Examples:\n\n    seal bench examples/questions\n\n    seal bench vstar_bench --out results.jsonl\n\n"
    "    seal bench --pages 9    # 300 questions on generated pages; needs Chromium and npm"
)
def bench(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Folder in V*Bench's layout.", show_default=False)
    ] = None,
    pages_seed: Annotated[
        int | None,
        typer.Option("--pages", metavar="SEED", help="Ask about generated pages; they are made in DIR."),
    ] = None,
    vqa: Vqa = None,
    localizer: Loc = None,
    policy: PolicyOpt = None,
    looks: Looks = None,
    seconds: Seconds = None,
    baseline: Annotated[bool, typer.Option(help="Run the no-search baseline too.")] = True,
    baseline_side: Annotated[
        int | None, typer.Option("--baseline-side", help="Pixels a side that the baseline sees.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="Only questions of this kind (sub-folder).")
    ] = None,
    results: Annotated[
        Path | None, typer.Option("--out", help="Write every answer as a line of JSON.")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")] = False,
    paper: Annotated[
        bool, typer.Option("--paper", help="Search as the released V* code, and print its search table too.")
    ] = False,
) -> None:
    """Measure accuracy, hits, looks and seconds on a folder of questions, with and without search."""
    import json as json_

    from .bench import CaseResult, load_cases, run_bench

    if pages_seed is not None:
        from .train.benchmark import prepared

        folder = prepared(folder, pages_seed)
    if folder is None:
        raise InputError("A folder of questions is needed, or --pages SEED to make one.")
    cases = [case for case in load_cases(folder) if kind in (None, case.kind)]
    if not cases:
        raise InputError(f"{folder}: there is no question of kind {kind!r}.")
    seal = _seal(vqa, localizer, policy, looks, seconds, None, False, None)
    if paper:
        from .settings import Budget, SearchSettings

        # the released evaluation shows the VQA model the best box of failed searches too
        seal.search = SearchSettings.published(confidence_low=0.0)
        seal.budget = Budget(looks=looks, seconds=seconds, rounds=0)
    total = len(cases) * (2 if baseline else 1)
    done: list[str] = []
    started = time.perf_counter()
    if results is not None:
        _append(results, "", "w")

    def note(mode: str, r: CaseResult) -> None:
        done.append(mode)
        if results is not None:
            line = json_.dumps({"mode": mode, **r.to_dict()}, ensure_ascii=False)
            _append(results, line + "\n", "a")
        mark = (
            "[green]right[/]" if r.correct else f"[red]{r.status if r.status != 'answered' else 'wrong'}[/]"
        )
        name = f"{mode:9} {r.case.kind}/{r.case.name}"
        said = escape(r.answer[:60])
        err.print(f"{len(done) / total:4.0%} {name}: {mark} {said} ({r.seconds:.1f} s)", soft_wrap=True)

    def found(s: Any) -> None:
        mark = "[green]located[/]" if s.located else "[red]not located[/]"
        name = f"{s.case.kind}/{s.case.name}: {escape(s.phrase)}"
        err.print(f"{name}: {mark} ({s.looks} looks)", soft_wrap=True)

    report = run_bench(cases, seal, baseline=baseline, baseline_side=baseline_side, on_result=note)
    _print_table(report.rows(), report.setup, markdown)
    if paper:
        from .bench_search import run_searches

        seal.search = SearchSettings.published()
        searches = run_searches(cases, seal, found)
        _print_table(searches.rows(), "Every annotated target, searched for on its own", markdown)
    err.print(f"{len(cases)} questions in {time.perf_counter() - started:.0f} s")


app.command(epilog="Example:\n\n    seal pages --out pages --count 200 --seed 1    # needs Chromium and npm")(
    pages
)
app.command(epilog="Example:\n\n    seal calibrate ocr:rapidocr --data pages")(calibrate)
app.add_typer(train_app, name="train")


@app.command(epilog="Example:\n\n    seal convert craigwu/seal_vqa_7b seal_vqa")
def convert(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Folder or hub id.", show_default=False)],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New folder.", show_default=False)],
    vision_tower: Annotated[
        str | None, typer.Option("--vision-tower", help="Folder or hub id of the CLIP tower.")
    ] = None,
    quantize: Annotated[
        int | None, typer.Option("--quantize", help="Bits a weight when the folder is loaded: 4 or 8.")
    ] = None,
) -> None:
    """Put a released SEAL checkpoint, its vision tower and tokenizer into one folder of safetensors."""
    from .convert import convert as convert_

    done = convert_(source, folder, vision_tower=vision_tower, quantize=quantize)  # type: ignore[arg-type]
    size = f"{done.tensors} tensors, {done.bytes / 1e9:.2f} GB"
    err.print(f"{done.folder}: seal_{done.kind}, {size}, compared with the source.", soft_wrap=True)


# --- runs -------------------------------------------------------------------------------------------------


@runs_app.callback()
def runs(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Newest runs to list.")] = 20,
    store: Store = None,
) -> None:
    """List kept runs, newest first."""
    context.obj = store
    if context.invoked_subcommand is not None:
        return
    table = Table()
    for column in ("id", "when", "image", "question", "answer"):
        table.add_column(column)
    with _open_store(store) as kept:
        for run in kept.list(limit=limit):
            table.add_row(run.id[:8], run.created[:19], Path(run.image_name).name, run.question, run.answer)
    if table.row_count:
        out.print(table)
    else:
        err.print("No run is kept yet; add --keep to seal ask or seal locate.")


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
    from .archive import from_run

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
        run = kept.get(run_id)
        kept.delete(run.id)
    err.print(f"Deleted {run.id}.")


# --- helpers ----------------------------------------------------------------------------------------------


def _print_table(rows: list[tuple[str, ...]], title: str, markdown: bool) -> None:
    from .bench import as_markdown

    if markdown:
        print(as_markdown(rows))
        return
    header, *rest = rows
    table = Table(title=title, title_justify="left")
    for i, column in enumerate(header):
        table.add_column(column, justify="left" if i == 0 else "right")
    for row in rest:
        table.add_row(*row, end_section=row is rest[-2] if len(rest) > 1 else False)
    out.width = max(out.width, 104)
    out.print(table)


def _append(path: Path, text: str, mode: str) -> None:
    """Write at once, so that an interrupted benchmark loses nothing."""
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise InputError(f"{path}: the answers cannot be written ({error.strerror}).") from error


def _open_store(store: Path | None) -> Any:
    from .memory.store import MemoryStore

    return MemoryStore(_store_path(store))


def _store_path(store: Path | None) -> Path:
    from .memory.store import default_path
    from .settings import Settings

    return store or Settings.load().store or default_path()


def _seal(
    vqa: str | None,
    localizer: str | None,
    policy: str | None,
    looks: int | None,
    seconds: float | None,
    dpi: float | None,
    keep: bool,
    store: Path | None,
) -> Any:
    from .orchestrator import Seal

    memory = _store_path(store) if keep or store else None
    seal = Seal(vqa, localizer, policy, memory=memory, dpi=dpi)
    limits = {k: v for k, v in (("looks", looks), ("seconds", seconds)) if v is not None}
    seal.budget = seal.budget.but(**limits)
    return seal


if __name__ == "__main__":
    main()
