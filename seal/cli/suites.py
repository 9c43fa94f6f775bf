"""`seal bench SUITE --data PATH`: a public benchmark on disk, with search and without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..console import note, print_table, print_text
from ..memory.errors import InputError
from .curves import curve_of_suite

if TYPE_CHECKING:
    from ..measure.cases import Unreadable
    from ..measure.report import CaseResult, Mode
    from ..measure.suites.run import Answered
    from ..orchestrator import Seal

__all__ = ["bench_suite"]

RESULTS, REPORT, PICTURE = "results.jsonl", "report.md", "comparison.png"
PART, PARTS = "results-{}-of-{}.jsonl", "results-*-of-*.jsonl"
"""Of the parts that several processes ask."""


def bench_suite(
    name: str,
    data: Path,
    fresh_seal: Callable[[], Seal],
    *,
    curve: Path | None,
    baseline: bool,
    baseline_side: int | None,
    kind: str | None,
    part: int | None,
    out: Path | None,
    fresh: bool,
    markdown: bool,
    shard: tuple[int, int] | None = None,
) -> None:
    """Ask all questions of a suite, print its tables, and write results.jsonl, report.md and comparison.png into `out`.

    fresh_seal: makes what is asked. curve: where the curve of budgets is drawn instead. shard: (k, n) asks the k-th of
    n parts alone, into a file of its own, which a later call without it takes over.
    """
    from ..measure import ledger
    from ..measure.report import as_markdown
    from ..measure.suites.catalog import suite_of
    from ..measure.suites.chart import draw
    from ..measure.suites.run import run_suite
    from ..measure.suites.tally import CROPS, THEIRS, crop_rows, published_rows, report, tables

    suite = suite_of(name)
    whole = suite.load(data, kind)
    loaded = whole if part is None else whole.drawn(part)
    if shard is not None:
        loaded = loaded.shard(*shard)
        if not loaded.samples:
            note(f"Part {shard[0]} of {shard[1]} has no question: there are fewer.")
            return
    samples, broken = loaded.samples, loaded.unreadable
    if curve is not None:
        curve_of_suite(suite, samples, fresh_seal, curve, markdown)
        return
    seal = fresh_seal()
    setups = {
        mode: {**setup, "suite": suite.name} for mode, setup in ledger.setups(seal, baseline_side).items()
    }
    file, kept = None, None
    done: dict[tuple[Mode, str], CaseResult] = {}
    if out is not None:
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"{out}: a folder is expected, for {RESULTS} and {REPORT} ({error.strerror})."
            ) from error
        file = out / (RESULTS if shard is None else PART.format(*shard))
        cases = [s.case for s in samples]
        others = sorted({out / RESULTS, *out.glob(PARTS)} - {file})
        for other in others if shard is None or not fresh else ():
            if fresh:
                other.unlink(missing_ok=True)
            elif other.exists():
                done.update(ledger.resume(other, setups, cases, ours=False).done)
        kept = ledger.resume(file, setups, cases, fresh)
        done.update(kept.done)
    done = {key: r for key, r in done.items() if baseline or key[0] == "search"}
    total, ready = len(samples) * (2 if baseline else 1), len(done)
    if done:
        note(f"{out}: {ready} of {total} answers are taken over, {total - ready} are to do.")

    def answered(mode: Mode, a: Answered) -> None:
        nonlocal ready
        ready += 1
        scores = {name: value / weight for name, (value, weight) in a.scores.items()}
        if file is not None:
            ledger.append(file, setups[mode], mode, a.result, scores=scores)
        told = ", ".join(f"{name} {value:.2f}" for name, value in scores.items())
        note(f"{ready / total:4.0%} {mode:9} {a.result.case.id}: {told} {a.result.answer[:60]}")

    def unread(case: Unreadable) -> None:
        if file is not None and kept is not None and case not in kept.unreadable:
            ledger.append(file, setups["search"], "search", case)
        note(f"{case.kind}/{case.name}: ", ("unreadable", "red"), f" {case.reason}")

    for case in broken:
        unread(case)
    outcomes = run_suite(
        suite,
        samples,
        seal,
        baseline=baseline,
        baseline_side=baseline_side,
        on_result=answered,
        on_unreadable=unread,
        done=done,
    )
    lost = len(broken) + len(outcomes.unreadable)
    if not outcomes.answers["search"] and shard is None:
        raise InputError(f"{data}: none of the {lost} questions can be asked; the reasons stand above.")
    if shard is not None:
        note(
            f"Part {shard[0]} of {shard[1]} is done: {len(samples)} questions. Without --shard all parts are told."
        )
        return
    if out is not None:
        side = seal.localizer.capabilities.input_side if baseline_side is None else baseline_side
        about = {
            "agents": f"{seal.vqa.name} + {seal.localizer.name}",
            "policy": seal.policy.name,
            "budget of a question": ", ".join(f"{k} {v}" for k, v in seal.budget if v is not None),
            "no search": f"the whole picture at {side} px",
            "asked": f"{len(samples)} of {len(whole.samples)} questions that can be asked",
        }
        try:
            (out / REPORT).write_text(report(suite, about, outcomes, loaded), "utf-8")
        except OSError as error:
            raise InputError(f"{out / REPORT}: it cannot be written ({error.strerror}).") from error
        try:
            drawn = draw(suite, outcomes, out / PICTURE)
        except OSError as error:
            raise InputError(f"{out / PICTURE}: it cannot be written ({error.strerror}).") from error
        note(f"Drawn in {out / PICTURE}." if drawn else "Nothing is drawn: matplotlib is not installed.")
    told = (*tables(suite, outcomes), (CROPS, crop_rows(outcomes)), (THEIRS, published_rows(suite)))
    for title, rows in told:
        if rows and markdown:
            print_text(f"\n{title}\n\n{as_markdown(rows)}")
        elif rows:
            theirs = title in (THEIRS, CROPS)
            print_table(
                rows[0],
                rows[1:],
                title=title if theirs else f"{suite.title}: {title}",
                right=rows[0][1:2] if title == THEIRS else rows[0][1:],
                least=0 if theirs else 216,
                total=not theirs,
            )
    if lost:
        note((f"{lost} questions could not be asked, and are in no figure.", "yellow"))
    if loaded.missing:
        some = ", ".join(loaded.missing[:10]) + (", ..." if len(loaded.missing) > 10 else "")
        note((f"{len(loaded.missing)} pictures are missing: {some}", "yellow"))
