"""Benchmarks: every case is asked with search and, beside it, without: the same agents shown only the whole image once,
at the localizer's input size.

Where cases come from: `seal.measure.cases`; when an answer is right: `seal.measure.judge`. A case whose image cannot be
read ends nothing and is in no figure; it is counted apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..memory.errors import InputError, QuestionError
from ..memory.geometry import Box
from ..memory.image import Document, open_document
from ..orchestrator import Seal
from ..record.result import Result
from ..search.policies import Whole
from .cases import Case, Unreadable, load_cases, read_cases
from .judge import same_thing
from .report import MODES, CaseResult, Mode, Report, as_markdown

__all__ = [
    "Case",
    "CaseResult",
    "MODES",
    "Mode",
    "Report",
    "Unreadable",
    "as_markdown",
    "load_cases",
    "read_cases",
    "run_bench",
    "spent_since",
    "tokens_of",
]


def run_case(case: Case, seal: Seal, document: Document, shown: Sequence[str] = ()) -> CaseResult:
    """Ask one question. One that SEAL does not take counts as refused, with its reason.

    shown: its options in the order in which they are shown (default: that of `Case.shuffled`).
    Raises ImageError when the image cannot be read.
    """
    before = tokens_of(seal)
    try:
        result = seal.ask(document, case.question, shown or case.shuffled(), page=case.page)
    except QuestionError as error:
        return CaseResult(case, "", "refused", 0, len(case.bbox), 0, 0.0, str(error), calls=0, crops=())
    return CaseResult(
        case,
        result.answer,
        result.status,
        _hits(case, result),
        len(case.bbox),
        result.spend.looks,
        result.spend.total_seconds,
        result.reason,
        result.confidence,
        _places(result),
        sum(result.spend.calls.values()),
        tuple((crop.page, crop.box) for crop in result.crops),
        spent_since(before, seal),
    )


def tokens_of(seal: Seal) -> int | None:
    """Tokens that its agents have read and written so far; None where neither counts them."""
    vqa, localizer = seal.vqa.tokens, seal.localizer.tokens
    if vqa is None or localizer is None or vqa == localizer:  # equal: one model, which is both agents
        return localizer if vqa is None else vqa
    return vqa + localizer


def spent_since(before: int | None, seal: Seal) -> int | None:
    """Tokens that were read and written since `tokens_of` said `before`."""
    now = tokens_of(seal)
    return None if now is None else now - (before or 0)


def _places(result: Result) -> tuple[tuple[int, Box], ...]:
    """Where the answer stands, the best first: where it was read, else the targets that it cites."""
    brief = result.brief
    return tuple((p.page, p.box) for p in brief.places or [t for t in brief.targets if t.cited])


def _hits(case: Case, result: Result) -> int:
    """Boxes of the case that some found target is."""
    return sum(
        any(t.page == page and same_thing(t.box, box) for t in result.targets) for page, box in case.boxes
    )


def run_bench(
    cases: Sequence[Case],
    seal: Seal,
    *,
    baseline: bool = True,
    baseline_side: int | None = None,
    on_result: Callable[[Mode, CaseResult], None] | None = None,
    on_unreadable: Callable[[Unreadable], None] | None = None,
    done: Mapping[tuple[Mode, str], CaseResult] | None = None,
) -> Report:
    """Run all cases with search and, unless told otherwise, without.

    baseline_side: pixels of the longest side at which the baseline sees the image (default: the localizer's
    input size). on_result, on_unreadable: called with the mode and each new result, and with each case whose image
    cannot be read. done: results of an earlier run, by mode and id of the case, which are taken over.
    """
    side = seal.localizer.capabilities.input_side if baseline_side is None else baseline_side
    plain = Seal(seal.vqa, seal.localizer, Whole(), seal.budget, search=seal.search, dpi=seal.dpi)
    results: dict[Mode, list[CaseResult]] = {mode: [] for mode in MODES}
    unreadable: list[Unreadable] = []
    opened: dict[tuple[Path, float], Document] = {}
    modes = MODES if baseline else MODES[:1]
    for case in cases:
        told: dict[Mode, CaseResult] = {}
        for mode in modes:
            result = (done or {}).get((mode, case.id))
            if result is None:
                try:
                    key = (case.image.resolve(), case.dpi)
                    if key not in opened:
                        opened = {key: open_document(case.image, dpi=case.dpi)}
                    document = opened[key]
                    if mode == "search":
                        result = run_case(case, seal, document)
                    else:
                        result = run_case(case, plain, document.limited(side))
                except InputError as error:
                    unreadable.append(Unreadable(case.kind, case.name, str(error)))
                    if on_unreadable is not None:
                        on_unreadable(unreadable[-1])
                    break
                if on_result is not None:
                    on_result(mode, result)
            told[mode] = result
        if len(told) == len(modes):
            for mode, result in told.items():
                results[mode].append(result)
    setup = f"{seal.vqa.name} + {seal.localizer.name}, policy {seal.policy.name}, baseline at {side} px"
    return Report(tuple(results["search"]), tuple(results["no search"]), setup, tuple(unreadable))
