"""A suite asked, question by question, with search and without, and what each answer cost.

- Questions are answered by `Seal.ask`, clicks by `Seal.point`. Without search means the same agents on the whole
  picture, no finer than the localizer's input.
- An answer is told as soon as it is there, so that whoever keeps them can go on after an interruption.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ...agents.contracts import Sighting
from ...agents.looker import Looker, Wrapper
from ...memory.errors import InputError, QuestionError
from ...memory.geometry import Box
from ...memory.image import Document, Patch, open_document
from ...orchestrator import Seal
from ...search.policies import Whole
from ..bench import run_case, spent_since, tokens_of
from ..cases import Unreadable
from ..report import MODES, CaseResult, Mode
from .sample import Sample, Score
from .suite import Suite

__all__ = ["Answered", "Outcomes", "run_suite"]


@dataclass(frozen=True, slots=True)
class Answered:
    """A question of a suite, its answer, and what that is worth."""

    sample: Sample
    result: CaseResult
    scores: Mapping[str, Score]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Answers by mode, of the same questions in the same order, and those questions that could not be read."""

    answers: Mapping[Mode, tuple[Answered, ...]]
    unreadable: tuple[Unreadable, ...] = ()


class Counted(Wrapper):
    """A localizer that counts what it is asked for since `begin`. looks: different patches; calls: of its methods."""

    def __init__(self, inner: Looker) -> None:
        super().__init__(inner)
        self.begin()

    def begin(self) -> None:
        """Count from zero."""
        self.calls = 0
        self._seen = set[str]()

    @property
    def looks(self) -> int:
        """Different patches that were looked at."""
        return len(self._seen)

    def _count(self, patches: Sequence[Patch]) -> None:
        self.calls += 1
        self._seen.update(patch.key for patch in patches)

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """As the localizer inside."""
        self._count(patches)
        return super().locate(patches, phrases)

    def survey(self, patch: Patch) -> Sighting | None:
        """As the localizer inside."""
        self._count([patch])
        return super().survey(patch)

    def spell(self, patch: Patch) -> tuple[str, float]:
        """As the localizer inside."""
        self._count([patch])
        return super().spell(patch)


def run_suite(
    suite: Suite,
    samples: Sequence[Sample],
    seal: Seal,
    *,
    baseline: bool = True,
    baseline_side: int | None = None,
    on_result: Callable[[Mode, Answered], None] | None = None,
    on_unreadable: Callable[[Unreadable], None] | None = None,
    done: Mapping[tuple[Mode, str], CaseResult] | None = None,
) -> Outcomes:
    """Ask all questions, and score the answers. Arguments as of `seal.measure.bench.run_bench`.

    Raises AgentError when an agent fails; what was answered until then was told to `on_result`.
    """
    side = seal.localizer.capabilities.input_side if baseline_side is None else baseline_side
    counted = Counted(seal.localizer)
    asked: dict[Mode, Seal] = {
        "search": _with(seal, counted) if suite.clicks else seal,
        "no search": _with(seal, counted if suite.clicks else seal.localizer, plain=True),
    }
    answers: dict[Mode, list[Answered]] = {mode: [] for mode in MODES}
    unreadable: list[Unreadable] = []
    modes = MODES if baseline else MODES[:1]
    for sample in samples:
        told: dict[Mode, Answered] = {}
        document: Document | None = None
        for mode in modes:
            result = (done or {}).get((mode, sample.case.id))
            new = result is None
            if result is None:
                try:
                    if document is None:
                        document = open_document(sample.picture.open(), max_pixels=seal.max_pixels)
                    seen = document if mode == "search" else document.limited(side)
                    if suite.clicks:
                        result = _clicked(sample, asked[mode], seen, counted)
                    else:
                        result = run_case(sample.case, asked[mode], seen, sample.options)
                except InputError as error:
                    unreadable.append(Unreadable(sample.case.kind, sample.case.name, str(error)))
                    if on_unreadable is not None:
                        on_unreadable(unreadable[-1])
                    break
            told[mode] = Answered(sample, result, _scores(suite, sample, result))
            if new and on_result is not None:
                on_result(mode, told[mode])
        if len(told) == len(modes):
            for mode, answer in told.items():
                answers[mode].append(answer)
    return Outcomes({mode: tuple(answers[mode]) for mode in modes}, tuple(unreadable))


def _scores(suite: Suite, sample: Sample, result: CaseResult) -> Mapping[str, Score]:
    """The scores of the suite, and of right answers whose place is known whether they are faithful."""
    told = result.faithful
    return {**suite.score(sample, result), **({} if told is None else {"faithful": (float(told), 1.0)})}


def _with(seal: Seal, localizer: Looker, plain: bool = False) -> Seal:
    """The same with another localizer; plain: without search."""
    policy = Whole() if plain else seal.policy
    return Seal(
        seal.vqa,
        localizer,
        policy,
        seal.budget,
        search=seal.search,
        dpi=seal.dpi,
        max_pixels=seal.max_pixels,
    )


def _clicked(sample: Sample, seal: Seal, document: Document, counted: Counted) -> CaseResult:
    """The answer of `Seal.point`. An instruction that is not taken counts as refused, with its reason."""
    case, started, before = sample.case, time.perf_counter(), tokens_of(seal)
    counted.begin()
    empty = CaseResult(case, "", "refused", 0, len(case.bbox), 0, 0.0, calls=0)
    try:
        pointed = seal.point(document, case.question)
    except QuestionError as error:
        return replace(empty, reason=str(error))
    spent = replace(
        empty,
        looks=counted.looks,
        calls=counted.calls,
        seconds=time.perf_counter() - started,
        confidence=pointed.confidence,
        reason=pointed.reason,
        tokens=spent_since(before, seal),
    )
    if pointed.best is None:
        return replace(spent, status="cannot_tell")
    x, y = (round(v, 1) for v in pointed.best.click)
    place = (pointed.page, Box(x, y, 0, 0))
    answer = pointed.best.name or pointed.best.kind
    answered = replace(spent, answer=answer, status="answered", places=(place,))
    return replace(answered, hits=int(answered.verdict == "right"))
