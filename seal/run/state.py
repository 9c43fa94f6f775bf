"""The state of one run: what was found so far, the steps taken, the time and calls spent.

A `Run` lives as long as one question; `seal.orchestrator` drives it and keeps nothing of it.

Its deadline is in force for whatever asks an agent: Show, the search, the reading, Tell. Search and reading end early
enough for what comes after them, by what that took last; Tell has what is left, and at least `LAST_WORDS`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from ..agents.contracts import ANY_TEXT, Answer, Need, Target
from ..inputs import checked_type, distinct
from ..memory.deadline import NEVER, Begun, Cost, Deadline, begin, current
from ..memory.errors import OutOfTime
from ..memory.freed import give_back
from ..memory.working import GlobalImage, TextLine, VisualWorkingMemory
from ..record.brief import answer_places
from ..record.result import Origin, Result, Spend
from ..record.steps import AnyStep, LookStep, ReadStep, TellStep
from ..search.loop import search
from ..search.outcome import SearchOutcome, TargetOutcome
from ..search.verify import Verifier
from ..settings import Budget
from .reading import HURRIED_SIDE, LAST_PICTURE, global_image, read_around, remember, spelled
from .setup import Setup, check_phrases, hints_of, opened
from .whole import Readable, read_pages

__all__ = ["MAX_TRACE_PAGES", "OnStep", "Run", "cannot_tell"]

OnStep = Callable[[AnyStep], None]
EXAMPLE = ("budget", "Budget(looks=8, seconds=10)")
MAX_TRACE_PAGES = 24
"""Pages of a document whose picture goes into the trace, those with finds first."""
MAX_UNSEEN_PAGES = 3
"""Pages that were found by their text alone, and are drawn for nothing but the trace."""
LAST_WORDS = 0.25
"""Seconds that Tell has at least, also after the end of a run that was late or cancelled: the reader needs part of
one, and what was found is worth it."""
MOST_RESERVED = 0.5
"""Share of the seconds of a question that is kept for what comes after the search, at most."""


class Run:
    """State of one question: what was found so far, the steps, the spend."""

    def __init__(
        self,
        setup: Setup,
        image: object,
        page: int | None,
        budget: Budget | None,
        on_step: OnStep | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self.started = time.perf_counter()
        self.seconds: dict[str, float] = {}
        self.setup = setup
        self.budget = setup.budget if budget is None else checked_type(budget, Budget, *EXAMPLE)
        own = Deadline.after(self.budget.seconds, cancelled, on_load=partial(_count, self.seconds, "load"))
        self.deadline = own.within(current())
        self.on_step = on_step
        self.steps: list[AnyStep] = []
        self.outcomes: dict[str, TargetOutcome] = {}
        self.lines: tuple[TextLine, ...] = ()
        self.whole: bool | None = None
        self.question = ""
        self.views: dict[int, GlobalImage] = {}
        self.coming: dict[int, Begun[GlobalImage]] = {}
        self.calls: dict[str, int] = {"show": 0, "detection": 0, "where": 0, "context": 0, "tell": 0}
        self.patches = 0
        self.viewing = Cost()
        self.found_at = math.nan
        self.stopped = "done"
        self.likelihoods = ""
        with self.stage("open"):
            self.document = opened(image, page, setup, self.deadline)
            self.readable = Readable(self.document)
            first = self.document[0]
            setup.localizer.prepare(first)
            if not first.has_layer:
                self.begin_view(first.page)  # every memory or trace shows it

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the seconds spent inside under a name; those of loading count as "load"."""
        started, loaded = time.perf_counter(), self.seconds.get("load", 0.0)
        try:
            yield
        finally:
            elsewhere = self.seconds.get("load", 0.0) - loaded
            spent = max(0.0, time.perf_counter() - started - elsewhere)
            _count(self.seconds, name, spent)

    def note(self, step: AnyStep) -> None:
        self.steps.append(step)
        if self.on_step is not None:
            self.on_step(step)

    @property
    def looks(self) -> int:
        return sum(isinstance(step, LookStep) for step in self.steps)

    def left(self) -> Budget:
        """The looks that are left; at least one, so that every target is looked for. Seconds: see `searching`."""
        b = self.budget
        paid = sum(isinstance(step, LookStep) and not step.complete for step in self.steps)
        return b.but(looks=None if b.looks is None else max(1, b.looks - paid), seconds=None)

    def searching(self) -> Deadline:
        """Until when the search may go on: early enough to make the memory, to tell, and to draw the trace.

        How long that takes is known from the latest questions; else Tell is taken to need as long as Show did, and the
        trace as long as the view of the first page.
        """
        reserve = self.setup.ending.usual() or self.seconds.get("show", 0.0) + self.viewing.usual()
        return self.deadline.earlier(min(reserve, MOST_RESERVED * (self.budget.seconds or 0.0)))

    def last_words(self) -> Deadline:
        """Until when Tell may go on."""
        return self.deadline.at_least(LAST_WORDS)

    def now(self) -> float:
        """The time without what was spent on loading, seconds."""
        return self.deadline.clock() - self.seconds.get("load", 0.0)

    def cut(self, over: OutOfTime) -> None:
        """Note that something could not be done, or not to its end."""
        self.stopped = over.why

    def show(self, question: str, options: tuple[str, ...] | None) -> Need:
        """The targets that are missing, or an answer; neither when the time ends first."""
        self.calls["show"] += 1
        self.question = question
        try:
            with self.stage("show"), self.deadline.in_force():
                return self.setup.vqa.show(self.document[0].patch(), question, options)
        except OutOfTime as over:
            self.cut(over)
            return Need(reason=f"{over} Nothing was looked for yet.")

    def find(self, targets: Sequence[Target], round_: int) -> None:
        """Search for the targets, and read around what was found."""
        check_phrases(targets, self.setup.localizer)
        if len(targets) > 1 and not self.setup.search.together:
            for target in targets:
                self.find([target], round_)
            return
        says_where = self.setup.localizer.capabilities.says_where
        offset = self.looks
        s = self.setup.search
        readable = self.readable.document
        checks = Verifier(readable, self.setup.localizer, s.confidence_low, round_, s.confidence_high)
        with self.stage("search"), self.searching().in_force():
            outcome = search(
                readable,
                targets,
                self.setup.localizer,
                policy=self.setup.policy,
                settings=self.setup.search,
                budget=self.left(),
                where=self.setup.localizer if says_where else self.setup.vqa,
                confirm=checks if self.setup.search.verify else None,
                hints=hints_of(self.setup, readable, targets),
                on_step=lambda step: self.looked(_renumbered(step, offset, round_), checks),
            )
        self.looked(None, checks)
        outcome = self.readable.honest(outcome)
        self.add(outcome)
        with self.stage("read"), self.searching().in_force():
            try:
                told = tuple(spelled(o, readable, self.setup.localizer) for o in outcome.targets)
                self.outcomes |= {o.target.phrase: o for o in told}
            except OutOfTime as over:
                self.cut(over)
            lines = read_around(outcome.targets, readable, self.setup.localizer, self.note, round_, self.cut)
            self.lines = tuple(dict.fromkeys((*self.lines, *lines)))
        self.found_at = self.now()

    def look_for(self, targets: Sequence[Target], round_: int) -> None:
        """`find`, but that the target `ANY_TEXT` stands for reading pages from top to bottom."""
        things = [t for t in targets if t.phrase != ANY_TEXT]
        if things:
            self.find(things, round_)
        if len(things) < len(targets) and self.whole is None:
            self.read_all(round_)

    def knows(self, target: Target) -> bool:
        """Whether it was looked for already."""
        return target.phrase in self.outcomes or (target.phrase == ANY_TEXT and self.whole is not None)

    def read_all(self, round_: int) -> None:
        """Read the pages with finds, else the first ones, from top to bottom."""
        readable = self.readable.document
        found = [i.page for o in self.outcomes.values() for i in o.instances if i.page in readable.numbers]
        with self.stage("read"), self.searching().in_force():
            lines, self.whole = read_pages(
                readable, found, self.setup.localizer, self.note, round_, self.cut, self.question
            )
            self.lines = tuple(dict.fromkeys((*self.lines, *lines)))
        self.found_at = self.now()

    def looked(self, step: LookStep | None, checks: Verifier) -> None:
        """Note a look, and the second looks that it led to."""
        if step is not None:
            self.note(step)
            checks.saw(step)
        while checks.steps:
            self.note(checks.steps.pop(0))
            self.patches += 1
            self.calls["detection"] += 1

    def add(self, outcome: SearchOutcome) -> None:
        self.outcomes |= {o.target.phrase: o for o in outcome.targets}
        self.patches += outcome.patches
        self.stopped, self.likelihoods = outcome.stopped, outcome.likelihoods
        for name, count in (
            ("detection", outcome.calls.detection),
            ("where", outcome.calls.where),
            ("context", outcome.calls.context),
        ):
            self.calls[name] += count

    def begin_view(self, page: int) -> None:
        """Make the small copy of a 1-based page, in a thread of its own, while somebody looks at it."""

        def make() -> GlobalImage:
            with self.viewing.unit():
                return global_image(image)

        def kept() -> GlobalImage:
            return self.setup.views.get(f"{image.digest} {page} of {image.pages}", make)

        if page not in self.coming:
            image = self.document.page(page)
            with (self.deadline if image.has_layer else NEVER).in_force(shielded=True):
                self.coming[page] = begin(kept)

    def view(self, page: int) -> GlobalImage:
        """The small copy of a 1-based page, made once; a smaller one where the time is over before it is there."""
        if page not in self.views:
            self.begin_view(page)
            try:
                with self.deadline.in_force(shielded=True):
                    self.views[page] = self.coming[page].result()
            except OutOfTime:
                with NEVER.in_force(shielded=True):
                    self.views[page] = global_image(self.document.page(page), HURRIED_SIDE)
        return self.views[page]

    def memory(self, question: str, options: tuple[str, ...] | None) -> VisualWorkingMemory:
        """The working memory so far; its global image is the page of the first find."""
        found = [i for o in self.outcomes.values() for i in o.instances]
        page = found[0].page if found else self.document.numbers[0]
        with self.stage("read"), NEVER.in_force(shielded=True):
            outcomes = list(self.outcomes.values())
            text_only = {phrase for phrase in self.outcomes if self.setup.localizer.only_text(phrase)}
            view = self.view(page)
            return remember(
                question,
                options,
                self.document,
                outcomes,
                self.lines,
                view,
                text_only,
                self.deadline.over,
                self.whole and not self.readable.unseen,
                () if self.deadline.over() else self.document.outline(),
                self.deadline.at_least(LAST_PICTURE),
            )

    def tell(self, memory: VisualWorkingMemory, round_: int) -> Answer:
        started, ends = time.perf_counter(), self.last_words()
        try:
            with self.stage("tell"), ends.in_force(shielded=True):
                answer = self.setup.vqa.tell(memory)
            if answer.status == "cannot_tell" and ends.over():  # it may have done without a part of itself
                self.cut(OutOfTime(self.deadline.why() or "seconds"))
        except OutOfTime as over:
            late = OutOfTime(self.deadline.why() or over.why)
            self.cut(late)
            answer = cannot_tell(f"{late} {self.setup.vqa.name} had no time to answer from what was found.")
            self.found_at = math.nan
        self.calls["tell"] += 1
        more, cut = self.wanted(answer.more)
        self.note(
            TellStep(
                agent=self.setup.vqa.name,
                answer=answer.text,
                status=answer.status,
                confidence=answer.confidence,
                reason=f"{answer.reason} {cut}".strip(),
                cites=answer.cites,
                more=tuple(t.phrase for t in more),
                round=round_,
                seconds=time.perf_counter() - started,
            )
        )
        return answer

    def wanted(self, targets: Sequence[Target]) -> tuple[list[Target], str]:
        """What is looked for of the targets that an agent named, and a sentence where that is not all."""
        named, most = distinct(targets), self.setup.search.most_targets
        cut = f"{len(named)} targets were named; the first {most} are looked for."
        return named[:most], cut if len(named) > most else ""

    # --- results ------------------------------------------------------------------------------------------

    def result(
        self, question: str, options: tuple[str, ...] | None, answer: Answer, memory: VisualWorkingMemory
    ) -> Result:
        option = options.index(answer.text) if options and answer.text in options else None
        return Result(
            question=question,
            answer=answer.text,
            status=answer.status,
            confidence=answer.confidence,
            reason=self.readable.told(answer.reason),
            option=option,
            option_scores=answer.option_scores,
            cites=(cites := tuple(c for c in answer.cites if any(c == crop.id for crop in memory.crops))),
            places=answer_places(answer.text, memory, cites, answer.places),
            **self.common(memory),
        )

    def located(self, question: str, memory: VisualWorkingMemory) -> Result:
        missing = [a.phrase for a in memory.absent]
        found = [o for o in self.outcomes.values() if o.instances]
        parts = [f"{o.target.phrase}: {len(o.instances)} found" for o in found]
        parts += [f"{phrase}: not found" for phrase in missing]
        return Result(
            question=question,
            answer="; ".join(parts) + ".",
            status="found" if not missing else "partly_found" if found else "not_found",
            confidence=min((o.instances[0].score for o in found), default=0.0),
            reason=self.readable.told(*(o.absence for o in self.outcomes.values() if not o.instances)),
            cites=tuple(dict.fromkeys(t.crop for t in memory.targets)),
            **self.common(memory),
        )

    def common(self, memory: VisualWorkingMemory) -> dict[str, Any]:
        """What every result holds: spend, memory, where it comes from, steps, further pages."""
        looks = [step for step in self.steps if isinstance(step, LookStep)]
        drawn = {step.page for step in looks if not step.complete}
        found = list(dict.fromkeys((memory.image.page, *(t.page for t in memory.targets))))
        seen = [page for i, page in enumerate(found) if page in drawn or i < MAX_UNSEEN_PAGES]
        pages = list(dict.fromkeys((*seen, *(step.page for step in looks if step.page in drawn))))
        pages = pages[:MAX_TRACE_PAGES]
        for page in pages:
            if self.deadline.left() > self.viewing.usual() and not self.deadline.over():
                self.view(page)
        if not math.isnan(self.found_at):
            self.setup.ending.add(self.now() - self.found_at)
        give_back(time.perf_counter() - self.started)
        visited = {step.page for step in self.steps if isinstance(step, LookStep | ReadStep)}
        origin = Origin(
            image_name=self.document.name,
            policy=self.setup.policy.name,
            vqa=self.setup.vqa.name,
            localizer=self.setup.localizer.name,
            likelihoods=self.likelihoods,
        )
        spend = Spend(
            looks=self.looks,
            patches=self.patches,
            calls=self.calls,
            seconds=self.seconds,
            total_seconds=time.perf_counter() - self.started,
        )
        return {
            "spend": spend,
            "memory": memory,
            "origin": origin,
            "steps": tuple(self.steps),
            "pages": tuple(
                self.views[p] for p in sorted(pages) if p in self.views and p != memory.image.page
            ),
            "stopped": self.stopped,
            "times": self.document.times({memory.image.page, *visited, *(t.page for t in memory.targets)}),
        }


def _count(seconds: dict[str, float], name: str, spent: float) -> None:
    seconds[name] = seconds.get(name, 0.0) + spent


def _renumbered(step: LookStep, offset: int, round_: int) -> LookStep:
    parent = None if step.parent is None else step.parent + offset
    return step.model_copy(update={"index": step.index + offset, "parent": parent, "round": round_})


def cannot_tell(reason: str) -> Answer:
    return Answer("cannot tell", "cannot_tell", confidence=0.0, reason=reason)
