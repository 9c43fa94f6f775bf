"""Show, search, tell: the loop that turns a question into a result.

    Show    the VQA agent answers from the global view, or names targets
    Search  all targets together, best first, over every page
    Memory  crops, text around the targets, measured facts
    Tell    the VQA agent answers from the memory, or names further targets, up to `budget.rounds` times

The orchestrator holds the agents and settings, nothing of a run: every `ask` is a value in, a value out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .agents.contracts import Answer, Localizer, Target, VQAAgent
from .agents.registry import load_localizer, load_vqa
from .memory.errors import QuestionError
from .memory.image import Document, Image, open_document
from .memory.store import MemoryStore, StoredRun
from .memory.working import GlobalImage, TextLine, VisualWorkingMemory
from .policies import Policy, get_policy
from .reading import global_image, read_around, remember
from .result import Result, Spend
from .search import SearchOutcome, TargetOutcome, search
from .settings import Budget, SearchSettings, Settings
from .trace import LookStep, ReadStep, ShowStep, TellStep, Trace

__all__ = ["Query", "Seal"]

AnyStep = ShowStep | LookStep | ReadStep | TellStep
OnStep = Callable[[AnyStep], None]


@dataclass(frozen=True, slots=True)
class Query:
    """One question for `Seal.ask_many`. image: anything that `Image.open` takes, or a PDF."""

    image: Any
    question: str
    options: Sequence[str] | None = None


class Seal:
    """Answers questions about large images, and finds things in them.

    vqa, localizer: a name ("rules", "ocr:rapidocr", "replay:FILE"; `seal models` lists them) or an agent.
    policy: "vstar" or a baseline ("breadth-first", "depth-first", "random", "slices", "whole"), or a policy.
    budget, search: limits and thresholds. memory: a `MemoryStore` or its folder; every run is kept there.
    What is not given comes from the user's settings (`SEAL_...`, config.toml), else the embedded defaults.

    >>> from seal import Seal
    >>> result = Seal().ask("screenshot.png", "What is the value next to 'Total Revenue'?")  # doctest: +SKIP
    >>> result.answer, result.targets[0].box  # doctest: +SKIP
    """

    def __init__(
        self,
        vqa: str | VQAAgent | None = None,
        localizer: str | Localizer | None = None,
        policy: str | Policy | None = None,
        budget: Budget | None = None,
        memory: MemoryStore | str | Path | None = None,
        *,
        search: SearchSettings | None = None,
        dpi: float | None = None,
    ) -> None:
        defaults = Settings.load()
        self.vqa = load_vqa(defaults.vqa if vqa is None else vqa)
        self.localizer = load_localizer(defaults.localizer if localizer is None else localizer)
        self.policy = get_policy(defaults.policy if policy is None else policy)
        self.budget = Budget(looks=defaults.looks, seconds=defaults.seconds) if budget is None else budget
        self.search = SearchSettings() if search is None else search
        self.dpi = defaults.dpi if dpi is None else dpi
        store = defaults.store if memory is None else memory
        self.memory = MemoryStore(store) if isinstance(store, (str, Path)) else store

    # --- questions ----------------------------------------------------------------------------------------

    def ask(
        self,
        image: Any,
        question: str,
        options: Sequence[str] | None = None,
        *,
        page: int | None = None,
        budget: Budget | None = None,
        on_step: OnStep | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Result:
        """Answer a question about an image or document.

        image: path, bytes, binary file object, PIL image, uint8 array, or PDF (all its pages, or the 1-based
        `page`). options: the possible answers of a multiple choice. on_step: called with every step as it
        happens. cancelled: asked before every look; the best answer so far is given then.

        Raises ImageError, QuestionError, SettingError for bad input, AgentError when an agent fails.
        """
        run = _Run(self, image, page, budget, on_step, cancelled)
        text, choices = _checked_question(question), _checked_options(options)
        with run.stage("show"):
            need = self.vqa.show(run.document[0].patch(), text, choices)
        targets = _distinct(need.targets)
        first = need.answer.text if need.answer else None
        run.note(
            ShowStep(
                agent=self.vqa.name,
                question=text,
                targets=tuple(t.phrase for t in targets),
                answer=first,
                reason=need.reason,
                seconds=run.seconds["show"],
            )
        )
        if need.answer is not None and not targets:
            return self._kept(run.result(text, choices, need.answer, run.memory(text, choices)))
        if not targets:
            reason = need.reason or f"{self.vqa.name} found no target in the question."
            return self._kept(run.result(text, choices, _cannot_tell(reason), run.memory(text, choices)))
        for round_ in range(run.budget.rounds + 1):
            run.find(targets, round_)
            memory = run.memory(text, choices)
            answer = run.tell(memory, choices, round_)
            targets = [t for t in _distinct(answer.more) if t.phrase not in run.outcomes]
            if not targets or run.stopped != "done":
                break
        return self._kept(run.result(text, choices, answer, memory))

    def locate(
        self,
        image: Any,
        targets: str | Target | Sequence[str | Target],
        *,
        page: int | None = None,
        budget: Budget | None = None,
        on_step: OnStep | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Result:
        """Find targets, given as phrases or `Target`s ("all" instances instead of the first sure one).

        The answer is a sentence; the boxes are in `result.targets`, what is missing in `result.absent`.
        """
        listed = [targets] if isinstance(targets, (str, Target)) else list(targets)
        wanted = _distinct([t if isinstance(t, Target) else Target(t, surroundings=False) for t in listed])
        if not wanted or any(not t.phrase.strip() for t in wanted):
            raise QuestionError("Give at least one target in words, for example 'the label Total Revenue'.")
        run = _Run(self, image, page, budget, on_step, cancelled)
        run.find(wanted, 0)
        question = "Locate: " + ", ".join(t.phrase for t in wanted)
        return self._kept(run.located(question, run.memory(question, None)))

    def ask_many(self, queries: Iterable[Query | Sequence[Any]], **limits: Any) -> Iterator[Result]:
        """Results one by one, in order; each query is a `Query` or (image, question[, options]).

        An image given once and asked often is opened once when it is passed as an `Image`.
        """
        for query in queries:
            q = query if isinstance(query, Query) else Query(*query)
            yield self.ask(q.image, q.question, q.options, **limits)

    async def aask(self, image: Any, question: str, options: Sequence[str] | None = None, **limits: Any) -> Result:
        """`ask` in a worker thread; cancelling the task stops the search at its next look."""
        return await _in_thread(lambda stop: self.ask(image, question, options, cancelled=stop, **limits))

    async def alocate(self, image: Any, targets: str | Target | Sequence[str | Target], **limits: Any) -> Result:
        """`locate` in a worker thread; cancelling the task stops the search at its next look."""
        return await _in_thread(lambda stop: self.locate(image, targets, cancelled=stop, **limits))

    async def aask_many(self, queries: Iterable[Query | Sequence[Any]], **limits: Any) -> list[Result]:
        """`ask_many` in a worker thread: all results, in order."""
        return await _in_thread(lambda stop: list(self.ask_many(queries, cancelled=stop, **limits)))

    def _kept(self, result: Result) -> Result:
        """The same result, after it has gone into the store if there is one."""
        if self.memory is not None:
            document = result.model_dump(mode="json", exclude={"memory": True, "trace": True})
            self.memory.put(
                StoredRun.new(
                    question=result.question,
                    answer=result.answer,
                    status=result.status,
                    image_name=result.trace.image_name,
                    image_digest=result.memory.image.digest,
                    memory=result.memory,
                    result=document,
                    trace=result.trace.model_dump(mode="json", exclude={"memory": True}),
                )
            )
        return result


class _Run:
    """State of one question: what was found so far, the steps, the spend."""

    def __init__(
        self,
        seal: Seal,
        image: Any,
        page: int | None,
        budget: Budget | None,
        on_step: OnStep | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self.started = time.perf_counter()
        self.seconds: dict[str, float] = {}
        self.seal = seal
        self.budget = seal.budget if budget is None else budget
        self.on_step = on_step
        self.cancelled = cancelled
        self.steps: list[AnyStep] = []
        self.outcomes: dict[str, TargetOutcome] = {}
        self.lines: tuple[TextLine, ...] = ()
        self.views: dict[int, GlobalImage] = {}
        self.calls: dict[str, int] = {"detection": 0, "where": 0, "context": 0, "tell": 0}
        self.patches = 0
        self.stopped = "done"
        with self.stage("open"):
            document = open_document(image, dpi=seal.dpi)
            if page is not None:
                document = open_document(Image.open(document, page=page))
            self.document: Document = document

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started

    def note(self, step: AnyStep) -> None:
        self.steps.append(step)
        if self.on_step is not None:
            self.on_step(step)

    @property
    def looks(self) -> int:
        return sum(isinstance(step, LookStep) for step in self.steps)

    def left(self) -> Budget:
        """What the budget still allows; at least one look, so that every target is looked for."""
        b = self.budget
        looks = None if b.looks is None else max(1, b.looks - self.looks)
        seconds = None if b.seconds is None else max(1e-3, b.seconds - (time.perf_counter() - self.started))
        return b.but(looks=looks, seconds=seconds)

    def find(self, targets: Sequence[Target], round_: int) -> None:
        """Search for the targets, and read around what was found."""
        _check_phrases(targets, self.seal.localizer)
        offset = self.looks
        with self.stage("search"):
            outcome = search(
                self.document,
                targets,
                self.seal.localizer,
                policy=self.seal.policy,
                settings=self.seal.search,
                budget=self.left(),
                where=self.seal.vqa,
                on_step=lambda step: self.note(_renumbered(step, offset, round_)),
                cancelled=self.cancelled,
            )
        self.add(outcome)
        with self.stage("read"):
            lines = read_around(outcome.targets, self.document, self.seal.localizer, self.note, round_)
            self.lines = tuple(dict.fromkeys((*self.lines, *lines)))

    def add(self, outcome: SearchOutcome) -> None:
        self.outcomes |= {o.target.phrase: o for o in outcome.targets}
        self.patches += outcome.patches
        self.stopped = outcome.stopped
        for name, count in (
            ("detection", outcome.calls.detection),
            ("where", outcome.calls.where),
            ("context", outcome.calls.context),
        ):
            self.calls[name] += count

    def view(self, page: int) -> GlobalImage:
        """The small copy of a 1-based page, made once."""
        if page not in self.views:
            self.views[page] = global_image(self.document[page - 1])
        return self.views[page]

    def memory(self, question: str, options: tuple[str, ...] | None) -> VisualWorkingMemory:
        """The working memory so far; its global image is the page of the first find."""
        found = [i for o in self.outcomes.values() for i in o.instances]
        page = found[0].page if found else 1
        with self.stage("read"):
            outcomes = list(self.outcomes.values())
            return remember(question, options, self.document, outcomes, self.lines, self.view(page))

    def tell(self, memory: VisualWorkingMemory, options: tuple[str, ...] | None, round_: int) -> Answer:
        started = time.perf_counter()
        with self.stage("tell"):
            answer = self.seal.vqa.tell(memory, options)
        self.calls["tell"] += 1
        self.note(
            TellStep(
                agent=self.seal.vqa.name,
                answer=answer.text,
                status=answer.status,
                confidence=answer.confidence,
                reason=answer.reason,
                cites=answer.cites,
                more=tuple(t.phrase for t in answer.more),
                round=round_,
                seconds=time.perf_counter() - started,
            )
        )
        return answer

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
            reason=answer.reason,
            option=option,
            option_scores=answer.option_scores,
            cites=tuple(c for c in answer.cites if any(c == crop.id for crop in memory.crops)),
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
            status="not_found" if missing else "found",
            confidence=min((o.instances[0].score for o in found), default=0.0),
            reason="; ".join(_absence(o) for o in self.outcomes.values() if not o.instances),
            cites=tuple(dict.fromkeys(t.crop for t in memory.targets)),
            **self.common(memory),
        )

    def common(self, memory: VisualWorkingMemory) -> dict[str, Any]:
        """What every result holds: spend, memory, trace."""
        pages = sorted({step.page for step in self.steps if isinstance(step, LookStep)} | {memory.image.page})
        trace = Trace(
            image_name=self.document.name,
            policy=self.seal.policy.name,
            vqa=self.seal.vqa.name,
            localizer=self.seal.localizer.name,
            pages=tuple(self.view(page) for page in pages),
            steps=tuple(self.steps),
            memory=memory,
        )
        spend = Spend(
            looks=self.looks,
            patches=self.patches,
            calls=self.calls,
            seconds=self.seconds,
            total_seconds=time.perf_counter() - self.started,
        )
        return {"spend": spend, "memory": memory, "trace": trace, "stopped": self.stopped}


def _renumbered(step: LookStep, offset: int, round_: int) -> LookStep:
    parent = None if step.parent is None else step.parent + offset
    return step.model_copy(update={"index": step.index + offset, "parent": parent, "round": round_})


def _absence(outcome: TargetOutcome) -> str:
    how = "everything was looked at" if outcome.status == "absent" else "the budget ended first"
    return f"{outcome.target.phrase}: not found in {outcome.looks} looks, {outcome.seen:.0%} seen finely ({how})"


def _cannot_tell(reason: str) -> Answer:
    return Answer("cannot tell", "cannot_tell", confidence=0.0, reason=reason)


def _distinct(targets: Sequence[Target]) -> list[Target]:
    """The targets without repeated phrases, the first of each."""
    return list({t.phrase: t for t in reversed(targets)}.values())[::-1]


def _checked_question(question: str) -> str:
    if not isinstance(question, str) or not question.strip():
        raise QuestionError("The question is empty; ask something like: What is the value next to 'Total'?")
    return question.strip()


def _checked_options(options: Sequence[str] | None) -> tuple[str, ...] | None:
    if options is None or not options:
        return None
    listed = tuple(option.strip() for option in options)
    doubled = sorted({o for o in listed if listed.count(o) > 1})
    if doubled:
        raise QuestionError(f"Every option may be given once; {', '.join(map(repr, doubled))} came more often.")
    if len(listed) < 2 or not all(listed):
        raise QuestionError(f"At least two options with text are expected; got {list(listed)}.")
    return listed


def _check_phrases(targets: Sequence[Target], localizer: Localizer) -> None:
    longest = localizer.capabilities.longest_phrase
    for target in targets:
        if len(target.phrase) > longest:
            raise QuestionError(
                f"The target {target.phrase[:40]!r}... has {len(target.phrase)} characters; "
                f"{localizer.name} takes at most {longest}. Name it more briefly."
            )


async def _in_thread(work: Callable[[Callable[[], bool]], Any]) -> Any:
    stop = asyncio.Event()
    try:
        return await asyncio.to_thread(work, stop.is_set)
    except asyncio.CancelledError:
        stop.set()
        raise
