"""`seal bench`: right, wrong and refused answers to a folder of questions, with and without search."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import note, print_table, print_text
from ..memory.errors import InputError
from .curves import curve_of_cases
from .detection import bench_detection
from .options import Loc, Looks, PolicyOpt, Seconds, Vqa, seal_of
from .shards import in_parts, shard_of
from .suites import bench_suite

if TYPE_CHECKING:
    from ..measure.report import CaseResult
    from ..orchestrator import Seal

__all__ = ["bench"]


def bench(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR|SUITE",
            help="Folder of questions: in V*Bench's layout, or with one cases.json. With --data, the name of a public "
            "benchmark (docs/reproduce.md).",
            show_default=False,
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="PATH", help="File or folder of the benchmark SUITE."),
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
        str | None, typer.Option("--kind", help="Only questions of this kind (sub-folder, or kind_hint).")
    ] = None,
    part: Annotated[
        int | None,
        typer.Option(
            "--sample", min=1, help="With --data: a random part of so many questions, always the same."
        ),
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Keep every answer as a line of JSON; an interrupted run goes on from this file. With --data a "
            "folder, for results.jsonl and report.md.",
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start the file of --out anew; the answers in it are lost.")
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")] = False,
    reliability: Annotated[
        Path | None,
        typer.Option(
            "--reliability",
            metavar="PNG",
            help="Print how far confidence can be trusted, and draw it where matplotlib is installed.",
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--without",
            metavar="PART",
            help="Take something away: coordinates, facts, second-look, right-crops, cue. May be given several times.",
        ),
    ] = None,
    curve: Annotated[
        Path | None,
        typer.Option(
            "--curve",
            metavar="PNG",
            help="Ask with 1, 2, 4, ... looks up to --looks, print what each budget gives, and draw it.",
        ),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(
            "--shard",
            metavar="K/N",
            help="With --data and --out: ask the K-th of N parts alone. The same without it takes all parts over.",
        ),
    ] = None,
    workers: Annotated[
        int,
        typer.Option(
            "--workers",
            min=1,
            max=64,
            help="With --data and --out: processes that ask a part each at the same time.",
        ),
    ] = 1,
    paper: Annotated[
        bool, typer.Option("--paper", help="Search as the released V* code, and print its search table too.")
    ] = False,
) -> None:
    """Count right, wrong and refused answers to a folder of questions, with and without search.

    Questions have options, or are free ones: then the answer is compared as a value of its type with the right one and
    with those that are accepted. "Cannot tell" is right only where nobody could tell, else it counts as refused. The
    table has a row for each kind, for free questions, for those with options, and for all.

    With --out, answers that the file holds already are taken over, by kind and name of the question; a file of another
    setup is refused. A question that cannot be read (broken JSON, missing or broken image) ends nothing: it is noted as
    unreadable, counted apart, and tried again the next time.

    With --without the agents are not told, or the search does not do, a part of what they do otherwise
    (docs/reproduce.md).

    With --data a public benchmark is read as it is published, and scored by its own rules; others' figures are printed
    beside, as theirs.
    """
    from ..measure import ledger
    from ..measure.ablations import without as taken_away
    from ..measure.bench import Mode, Unreadable, read_cases, run_bench
    from ..measure.searches import TargetSearch
    from ..measure.suites.catalog import SUITES

    if fresh and results is None:
        raise InputError("--fresh starts the file of --out anew; name that file.")
    if curve is not None and (results is not None or reliability is not None or paper):
        raise InputError("--curve asks with many budgets: it goes without --out, --reliability and --paper.")
    if without and paper:
        raise InputError("--paper has settings of its own: it goes without --without.")

    def fresh_seal() -> Seal:
        seal = seal_of(vqa, localizer, policy, looks, seconds)
        return taken_away(seal, without) if without else seal

    part_of = None if shard is None else shard_of(shard)
    if (part_of or workers > 1) and (data is None or results is None or curve is not None):
        raise InputError("--shard and --workers go with --data and --out, and without --curve.")
    if data is not None:
        if folder is None or pages_seed is not None or reliability is not None or paper:
            raise InputError(
                "--data goes with the name of a suite, and without --pages, --reliability and --paper."
            )
        if workers > 1:
            if part_of is not None:
                raise InputError("--workers makes the parts itself: it goes without --shard.")
            in_parts(workers, results if fresh else None)
            fresh = False
        if str(folder) == "coco":
            if curve is not None or kind is not None:
                raise InputError("coco has no kinds and no curve: it goes without --kind and --curve.")
            bench_detection(
                data,
                fresh_seal,
                baseline=baseline,
                baseline_side=baseline_side,
                part=part,
                out=results,
                fresh=fresh,
                markdown=markdown,
                shard=part_of,
            )
            return
        bench_suite(
            str(folder),
            data,
            fresh_seal,
            curve=curve,
            baseline=baseline,
            baseline_side=baseline_side,
            kind=kind,
            part=part,
            out=results,
            fresh=fresh,
            markdown=markdown,
            shard=part_of,
        )
        return
    if pages_seed is not None:
        from ..train.benchmark import prepared

        folder = prepared(folder, pages_seed)
    if folder is None:
        raise InputError("A folder of questions is needed, or --pages SEED to make one.")
    if part is not None:
        raise InputError("--sample draws from a public benchmark: it goes with --data.")
    if not folder.exists() and str(folder) in (*SUITES, "coco"):
        raise InputError(f"{folder} is a suite: say where it lies on disk, --data PATH (docs/reproduce.md).")
    if reliability is not None and not reliability.absolute().parent.is_dir():
        raise InputError(f"{reliability}: the picture cannot be written; its folder does not exist.")
    cases, broken = read_cases(folder)
    cases = [case for case in cases if kind in (None, case.kind)]
    broken = [case for case in broken if kind in (None, case.kind)]
    if not cases and not broken:
        raise InputError(f"{folder}: there is no question of kind {kind!r}.")
    if curve is not None:
        curve_of_cases(cases, fresh_seal, curve, markdown)
        return
    seal = fresh_seal()
    if paper:
        from ..settings import Budget, SearchSettings

        # the released evaluation shows the VQA model the best box of failed searches too
        seal.search = SearchSettings.published(confidence_low=0.0)
        seal.budget = Budget(looks=looks, seconds=seconds, rounds=0)
    started = time.perf_counter()
    setups = ledger.setups(seal, baseline_side)
    kept = None if results is None else ledger.resume(results, setups, cases, fresh)
    modes = 2 if baseline else 1
    taken = {key: r for key, r in kept.done.items() if key[0] == "search" or baseline} if kept else {}
    total, done = len(cases) * modes, len(taken)
    if kept is not None and kept.torn:
        note(f"{results}: the last line was cut off when a run was killed, and is dropped.")
    if taken:
        note(f"{results}: {done} of {total} answers are taken over, {total - done} are to do.")

    def answered(mode: Mode, r: CaseResult) -> None:
        nonlocal done
        done += 1
        if results is not None:
            ledger.append(results, setups[mode], mode, r)
        mark = (r.verdict, {"right": "green", "wrong": "red", "refused": "yellow"}[r.verdict])
        note(f"{done / total:4.0%} {mode:9} {r.case.id}: ", mark, f" {r.answer[:60]} ({r.seconds:.1f} s)")

    def unread(case: Unreadable) -> None:
        if results is not None and kept is not None and case not in kept.unreadable:
            ledger.append(results, setups["search"], "search", case)
        note(f"{case.kind}/{case.name}: ", ("unreadable", "red"), f" {case.reason}")

    def found(s: TargetSearch) -> None:
        mark = ("located", "green") if s.located else ("not located", "red")
        note(f"{s.case.id}: {s.phrase}: ", mark, f" ({s.looks} looks)")

    for case in broken:
        unread(case)
    report = run_bench(
        cases,
        seal,
        baseline=baseline,
        baseline_side=baseline_side,
        on_result=answered,
        on_unreadable=unread,
        done=taken,
    )
    lost = len(broken) + len(report.unreadable)
    if not report.search:
        raise InputError(f"{folder}: none of the {lost} questions can be read; the reasons stand above.")
    _print_table(report.rows(), report.setup, markdown)
    if reliability is not None:
        _reliability(report.search, reliability, markdown)
    if paper:
        from ..measure.searches import run_searches

        seal.search = SearchSettings.published()
        searches = run_searches([r.case for r in report.search], seal, found)
        _print_table(searches.rows(), "Every annotated target, searched for on its own", markdown)
    note(f"{len(report.search)} questions in {time.perf_counter() - started:.0f} s")
    if lost:
        note((f"{lost} more could not be read, and are in no figure.", "yellow"))


def _reliability(results: Sequence[CaseResult], picture: Path, markdown: bool) -> None:
    from ..measure.reliability import draw, reliability

    told = reliability(results)
    for rows, title in ((told.rows(), told.title), (told.threshold_rows(), "Were only surer answers given")):
        if markdown:
            print_text(f"\n{title}")
            print_text("")
        _print_table(rows, title, markdown, least=0)
    try:
        drawn = draw(told, picture)
    except OSError as error:
        raise InputError(f"{picture}: the picture cannot be written ({error.strerror}).") from error
    note(f"Drawn in {picture}." if drawn else "Nothing is drawn: matplotlib is not installed.")


def _print_table(rows: list[tuple[str, ...]], title: str, markdown: bool, least: int = 132) -> None:
    """Print a table; least: columns of characters of one that ends with a total, 0 for one without."""
    from ..measure.report import as_markdown

    if markdown:
        print_text(as_markdown(rows))
        return
    header, *rest = rows
    print_table(header, rest, title=title, right=header[1:], least=least, total=least > 0)
