"""`seal bench`: accuracy, hits, looks and seconds on a folder of questions, with and without search."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ..console import note, print_table, print_text
from ..memory.errors import InputError
from .options import Loc, Looks, PolicyOpt, Seconds, Vqa, seal_of

__all__ = ["bench"]


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

    from ..measure.bench import CaseResult, load_cases, run_bench

    if pages_seed is not None:
        from ..train.benchmark import prepared

        folder = prepared(folder, pages_seed)
    if folder is None:
        raise InputError("A folder of questions is needed, or --pages SEED to make one.")
    cases = [case for case in load_cases(folder) if kind in (None, case.kind)]
    if not cases:
        raise InputError(f"{folder}: there is no question of kind {kind!r}.")
    seal = seal_of(vqa, localizer, policy, looks, seconds)
    if paper:
        from ..settings import Budget, SearchSettings

        # the released evaluation shows the VQA model the best box of failed searches too
        seal.search = SearchSettings.published(confidence_low=0.0)
        seal.budget = Budget(looks=looks, seconds=seconds, rounds=0)
    total = len(cases) * (2 if baseline else 1)
    done: list[str] = []
    started = time.perf_counter()
    if results is not None:
        _append(results, "", "w")

    def answered(mode: str, r: CaseResult) -> None:
        done.append(mode)
        if results is not None:
            line = json_.dumps({"mode": mode, **r.to_dict()}, ensure_ascii=False)
            _append(results, line + "\n", "a")
        wrong = "wrong" if r.status == "answered" else r.status
        mark = ("right", "green") if r.correct else (wrong, "red")
        name = f"{len(done) / total:4.0%} {mode:9} {r.case.kind}/{r.case.name}: "
        note(name, mark, f" {r.answer[:60]} ({r.seconds:.1f} s)")

    def found(s: Any) -> None:
        mark = ("located", "green") if s.located else ("not located", "red")
        note(f"{s.case.kind}/{s.case.name}: {s.phrase}: ", mark, f" ({s.looks} looks)")

    report = run_bench(cases, seal, baseline=baseline, baseline_side=baseline_side, on_result=answered)
    _print_table(report.rows(), report.setup, markdown)
    if paper:
        from ..measure.searches import run_searches

        seal.search = SearchSettings.published()
        searches = run_searches(cases, seal, found)
        _print_table(searches.rows(), "Every annotated target, searched for on its own", markdown)
    note(f"{len(cases)} questions in {time.perf_counter() - started:.0f} s")


def _print_table(rows: list[tuple[str, ...]], title: str, markdown: bool) -> None:
    from ..measure.bench import as_markdown

    if markdown:
        print_text(as_markdown(rows))
        return
    header, *rest = rows
    print_table(header, rest, title=title, right=header[1:], least=104, total=True)


def _append(path: Path, text: str, mode: str) -> None:
    """Write at once, so that an interrupted benchmark loses nothing."""
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise InputError(f"{path}: the answers cannot be written ({error.strerror}).") from error
