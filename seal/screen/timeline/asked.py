"""Timelines, and answers to questions of time, for `Seal`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ...agents.contracts import Answer, Target
from ...inputs import checked_question, checked_targets
from ...memory.deadline import Deadline, current
from ...memory.image import open_document
from ...record.result import Result
from ...record.steps import ShowStep
from ...run.setup import Setup
from ...run.state import OnStep, Run
from ...settings import Budget
from ..presence import Eyes
from .questions import TimeQuestion, answered, time_question
from .spans import Timeline
from .watch import watched

__all__ = ["answer_of_time", "timeline"]


def timeline(
    setup: Setup,
    eyes: Eyes,
    source: object,
    targets: str | Sequence[str],
    fps: float | None,
    seconds: float | None,
    on_frame: Callable[[int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> Timeline:
    """As `Seal.timeline`."""
    phrases = [target.phrase for target in checked_targets(targets)]
    deadline = Deadline.after(seconds, cancelled).within(current())
    with deadline.in_force():
        document = open_document(source, dpi=setup.dpi, max_pixels=setup.max_pixels, fps=fps)
        return watched(document, phrases, eyes, on_frame or (lambda number: None))


def answer_of_time(
    run: Run,
    eyes: Eyes,
    question: str,
    budget: Budget | None,
    on_step: OnStep | None,
    cancelled: Callable[[], bool] | None,
) -> Result | None:
    """The answer to a question about when something is seen; None for any other, or where there is but one frame.

    The result is about the frame that shows it: its memory and its places are of that frame.
    """
    asked = time_question(question) if run.document.series and len(run.document) > 1 else None
    if asked is None:
        return None
    checked_question(asked.phrase)
    with run.searching().in_force():
        told = watched(run.document, [asked.phrase], eyes).targets[0]
    moment = answered(asked, told)
    answer, span = _as_far_as_seen(moment.answer, asked, run.document.faults), moment.span
    shown = run.document.only(run.document.numbers[0] if span is None else span.first)
    evidence = Run(run.setup, shown, None, budget, on_step, cancelled)
    evidence.started, evidence.deadline = run.started, run.deadline
    evidence.note(_step(run, question, asked))
    evidence.find([Target(asked.phrase, surroundings=False)], 0)
    memory = evidence.memory(question, None)
    if span is not None and span.box is not None:
        answer = replace(answer, places=((span.first, span.box),))
    return evidence.result(
        question, None, replace(answer, cites=tuple(t.crop for t in memory.targets)), memory
    )


def _as_far_as_seen(answer: Answer, asked: TimeQuestion, faults: Sequence[str]) -> Answer:
    """The answer where a part of the document could not be seen: nothing is "never", and what lasts may last longer."""
    if not faults or answer.status == "cannot_tell":
        return answer
    reason = " ".join((answer.reason, *faults))
    if answer.text == "never":
        return Answer("cannot tell", "cannot_tell", 0.0, reason=reason)
    sure = min(answer.confidence, 0.5) if asked.asked == "lasts" else answer.confidence
    return replace(answer, confidence=sure, reason=reason)


def _step(run: Run, question: str, asked: TimeQuestion) -> ShowStep:
    reason = f"It was looked for in {len(run.document)} frames."
    return ShowStep(agent="timeline", question=question, targets=(asked.phrase,), reason=reason)
