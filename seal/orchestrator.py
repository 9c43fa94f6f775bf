"""Show, search, tell: the loop that turns a question into a result.

    Show    the VQA agent answers from the global view, or names targets
    Search  all targets together, best first, over every page
    Memory  crops, text around the targets, measured facts
    Tell    the VQA agent answers from the memory, or names further targets, up to `budget.rounds` times

The orchestrator holds the agents and settings, nothing of a run: every `ask` is a value in, a value out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from .agents.checked import CheckedVQA
from .agents.contracts import Localizer, Target, VQAAgent
from .agents.limits import whole_number
from .agents.look_cache import remembered
from .agents.looker import Answerer, Looker
from .agents.registry import load_agents
from .inputs import checked_options, checked_queries, checked_question, checked_targets, checked_type
from .memory.deadline import Cost, Deadline
from .memory.image import checked_dpi
from .memory.kept import Kept
from .memory.working import GlobalImage
from .record.result import Result
from .record.spans import traced
from .record.steps import ShowStep
from .run.setup import Setup
from .run.state import EXAMPLE, OnStep, Run, cannot_tell
from .run.worker import in_thread, in_worker
from .search.policies import get_policy
from .search.policy import Policy
from .settings import Budget, SearchSettings, Settings

# What a question does not need is not imported: `Seal.elements` and its like import `screen`, keeping runs `store`.
if TYPE_CHECKING:
    import PIL.Image

    from .memory.store import MemoryStore
    from .screen.diff import Diff
    from .screen.element import Elements
    from .screen.point import Pointed
    from .screen.screens import FrameLike, RegionLike, Screens
    from .screen.text import Text
    from .screen.timeline.spans import Timeline
    from .screen.zoom import Zoom

__all__ = ["Query", "Seal"]

ATTACHING = 10.0
"""Seconds, at least, in which a server has to say what it can do when it is attached; else those of the budget."""
VIEWS = 8
"""Small copies of pages that are kept for the next question about the same page, as PNG: one or two MB each."""


@dataclass(frozen=True, slots=True)
class Query:
    """One question for `Seal.ask_many`. image: anything that `Image.open` takes, or a PDF."""

    image: object
    question: str
    options: Sequence[str] | None = None


class Seal:
    """Answers questions about large images, and finds things in them.

    vqa, localizer: a name ("reader", "ocr:rapidocr", "replay:FILE"; `seal models` lists them) or an agent.
    policy: "vstar", "ideal" or a baseline ("breadth-first", "depth-first", "random", "slices", "whole"), or a policy.
    dpi: resolution at which pages of a PDF count as full. max_pixels: larger images are read by tiles, or refused.
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
        max_pixels: int | None = None,
    ) -> None:
        defaults = Settings.load()
        limits = Budget(looks=defaults.looks, seconds=defaults.seconds) if budget is None else budget
        self.budget = checked_type(limits, Budget, *EXAMPLE)
        seconds = self.budget.seconds
        with Deadline.after(None if seconds is None else max(seconds, ATTACHING)).in_force():
            answers, looks = load_agents(
                defaults.vqa if vqa is None else vqa, defaults.localizer if localizer is None else localizer
            )
        self.localizer: Looker = remembered(looks, defaults.look_cache)
        self.vqa: Answerer = CheckedVQA(answers, self.localizer.capabilities.longest_phrase)
        self.policy = get_policy(defaults.policy if policy is None else policy)
        self.search = checked_type(
            SearchSettings() if search is None else search, SearchSettings, "search", "SearchSettings()"
        )
        self.dpi = checked_dpi(defaults.dpi if dpi is None else dpi)
        pixels = defaults.max_pixels if max_pixels is None else max_pixels
        self.max_pixels = whole_number(pixels, "max_pixels", "Seal")
        self.memory = defaults.store if memory is None else memory
        self.ending = Cost()
        self._views: Kept[GlobalImage] = Kept(VIEWS)
        if self.memory is not None:
            from .memory.store import MemoryStore

            if not isinstance(self.memory, MemoryStore):
                MemoryStore(self.memory).close()  # an unusable folder is known before the work, not after it

    # --- questions ----------------------------------------------------------------------------------------

    @traced("seal.ask")
    def ask(
        self,
        image: object,
        question: str,
        options: Sequence[str] | None = None,
        *,
        page: int | None = None,
        budget: Budget | None = None,
        on_step: OnStep | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Result:
        """Answer a question about an image or document.

        image: path, bytes, binary file object, PIL image, uint8 array, or what `open_document` takes (all its pages,
        or the 1-based `page`). options: the possible answers of a multiple choice. on_step: called with every step as
        it happens. cancelled: asked whenever the clock is looked at; the best answer so far is given then. When and how
        long something is seen in a video or series is answered by `timeline`.
        The limits on lengths and numbers stand in `seal.inputs`.

        Raises ImageError, QuestionError, SettingError for bad input, AgentError when an agent fails, UnkeptError, which
        holds the result, when the store does not take it.
        """
        text, choices = checked_question(question), checked_options(options)
        run = Run(self._setup(), image, page, budget, on_step, cancelled)
        if run.document.series and choices is None:
            from .screen.timeline.asked import answer_of_time

            told = answer_of_time(run, self._eyes(), text, budget, on_step, cancelled)
            if told is not None:
                return self._kept(told)
        need = run.show(text, choices)
        targets, cut = run.wanted(need.targets)
        first = need.answer.text if need.answer else None
        run.note(
            ShowStep(
                agent=self.vqa.name,
                question=text,
                targets=tuple(t.phrase for t in targets),
                answer=first,
                reason=f"{need.reason} {cut}".strip(),
                seconds=run.seconds["show"],
            )
        )
        if need.answer is not None and not targets:
            return self._kept(run.result(text, choices, need.answer, run.memory(text, choices)))
        if not targets:
            reason = need.reason or f"{self.vqa.name} found no target in the question."
            return self._kept(run.result(text, choices, cannot_tell(reason), run.memory(text, choices)))
        for round_ in range(run.budget.rounds + 1):
            run.readable.each(run.look_for, targets, round_)
            memory = run.memory(text, choices)
            answer = run.tell(memory, round_)
            targets = [t for t in run.wanted(answer.more)[0] if not run.knows(t)]
            if not targets or run.stopped != "done" or run.deadline.over():
                break
        return self._kept(run.result(text, choices, answer, memory))

    @traced("seal.locate")
    def locate(
        self,
        image: object,
        targets: str | Target | Sequence[str | Target],
        *,
        page: int | None = None,
        budget: Budget | None = None,
        on_step: OnStep | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Result:
        """Find targets, given as phrases or `Target`s ("all" instances instead of the first sure one).

        The answer is a sentence; the boxes are in `result.targets`, what is missing in `result.absent`. At most
        `seal.inputs.MAX_TARGETS` targets at once. Raises as `ask` does.
        """
        wanted = checked_targets(targets)
        run = Run(self._setup(), image, page, budget, on_step, cancelled)
        run.readable.each(run.find, wanted, 0)
        question = "Locate: " + ", ".join(t.phrase for t in wanted)
        return self._kept(run.located(question, run.memory(question, None)))

    def ask_many(self, queries: Iterable[Query | Sequence[Any]], **limits: Any) -> Iterator[Result]:
        """Results one by one, in order; each query is a `Query` or (image, question[, options]).

        An image given once and asked often is opened once when it is passed as an `Image`. Raises as `ask`.
        """
        for query in checked_queries(queries, Query):
            q = query if isinstance(query, Query) else Query(*query)
            yield self.ask(q.image, q.question, q.options, **limits)

    def timeline(
        self,
        source: object,
        targets: str | Sequence[str],
        *,
        fps: float | None = None,
        seconds: float | None = None,
        on_frame: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Timeline:
        """When each target is seen in a video, animation, folder or list of pictures, and when it is not there.

        Every frame that is new is looked at. fps: as of `open_document`. on_frame: called with the number of each frame
        when it is done. seconds: of all of it; None for as long as it takes. What is not looked at is "unknown". Raises
        as `locate`.
        """
        from .screen.timeline.asked import timeline

        return timeline(self._setup(), self._eyes(), source, targets, fps, seconds, on_frame, cancelled)

    # --- screens ------------------------------------------------------------------------------------------

    @cached_property
    def _screens(self) -> Screens:
        from .screen.screens import Screens

        return Screens(self.localizer, self.dpi, self.max_pixels, lambda: self.budget.seconds)

    def elements(
        self,
        image: object,
        *,
        page: int | None = None,
        frame: FrameLike = None,
        kind: str | Iterable[str] | None = None,
        region: RegionLike | None = None,
        interactive: bool | None = None,
    ) -> Elements:
        """Everything on a screen in one pass: text, icons, widgets, regions, in reading order.

        page: of a document, 1-based (default: the first). frame: in which `reply()` tells places and `region` is given:
        None or "pixels" (of the full image), "1568x882" (a scaled copy), "0-1", "0-1000", "@2x", each also
        "... of [x0, y0, x1, y1]" (see `seal.memory.frames`). kind, region, interactive: only such elements; region is
        [x0, y0, x1, y1] in the frame, a `Box` in pixels, or the id of an element.

        The screen is looked at once; what is asked of it later (`zoom`, `point`, other filters) costs next to nothing.
        When `budget.seconds` or the deadline in force is over, what was seen until then is told (`complete`).
        Raises ImageError for an image that cannot be used, SettingError for a frame, region or id that does not fit.
        """
        return self._screens.elements(image, page, frame, kind, region, interactive)

    def zoom(
        self,
        image: object,
        region: RegionLike,
        *,
        page: int | None = None,
        frame: FrameLike = None,
        max_side: int = 1568,
        max_pixels: int | None = None,
        max_tokens: int | None = None,
        max_bytes: int | None = None,
        media_type: Literal["image/png", "image/jpeg"] = "image/png",
        whole_lines: bool = True,
    ) -> Zoom:
        """A closer look at a region, read from the original file and scaled to fill what the one who looks can take.

        region: as of `elements`; what reaches beyond the image is cut off. whole_lines: it grows so that no line of
        text at its edge is cut. max_side, max_pixels: of the picture; max_tokens: the same in tokens of 28 x 28 pixels.
        max_bytes: of the file; a JPEG gets coarser, and any picture smaller, until it fits.
        `reply().picture_frame` is the frame in which places seen in the picture can be given back.
        Raises as `elements`; SettingError for limits that no picture can keep.
        """
        from .screen.zoom import Limits

        return self._screens.zoom(
            image,
            region,
            page,
            frame,
            Limits(max_side, max_pixels, max_tokens, max_bytes, media_type),
            whole_lines,
        )

    def point(
        self,
        image: object,
        instruction: str,
        *,
        page: int | None = None,
        frame: FrameLike = None,
        region: RegionLike | None = None,
    ) -> Pointed:
        """Where to click: the one place that an instruction means, or a refusal with its reason.

        instruction: "open the file menu", "the gear in the top right corner", "reply to all". region: only there.
        A wrong click costs more than ten refusals: what may be several things, or is only alike, is refused, and told
        among the alternatives. Raises as `elements`; QuestionError for an instruction that is empty or too long.
        """
        return self._screens.point(image, checked_question(instruction), page, frame, region)

    def read(
        self,
        image: object,
        *,
        page: int | None = None,
        frame: FrameLike = None,
        region: RegionLike | None = None,
    ) -> Text:
        """The text of a page, or of a region of it (as of `elements`), line by line, at full resolution.

        `complete` is False where the time ended first, or the localizer does not read. Raises as `elements`.
        """
        return self._screens.read(image, page, frame, region)

    def marks(
        self,
        image: object,
        shown: Elements | Pointed,
        *,
        page: int | None = None,
        max_side: int | None = None,
    ) -> PIL.Image.Image:
        """The screen with a number on every element, or with the place that was pointed at and its alternatives.

        The picture has the shape of the image, so that its size is a frame. max_side: of the picture, pixels, at least
        16. Raises ImageError as `elements`, SettingError for another image or size.
        """
        return self._screens.marks(image, shown, page, max_side)

    def diff(self, before: Elements, after: Elements) -> Diff:
        """What appeared, is gone, changed its state or text, or moved between two screens."""
        from .screen.diff import diff

        return diff(before, after)

    aelements = in_worker(elements)
    azoom = in_worker(zoom)
    apoint = in_worker(point)
    aread = in_worker(read)

    async def aask(
        self, image: object, question: str, options: Sequence[str] | None = None, **limits: Any
    ) -> Result:
        """`ask` in a worker thread; cancelling the task ends the work as the end of its seconds would."""
        return await in_thread(lambda stop: self.ask(image, question, options, cancelled=stop, **limits))

    async def alocate(
        self, image: object, targets: str | Target | Sequence[str | Target], **limits: Any
    ) -> Result:
        """`locate` in a worker thread; cancelling the task ends the work as the end of its seconds would."""
        return await in_thread(lambda stop: self.locate(image, targets, cancelled=stop, **limits))

    async def aask_many(self, queries: Iterable[Query | Sequence[Any]], **limits: Any) -> list[Result]:
        """`ask_many` in a worker thread: all results, in order."""
        return await in_thread(lambda stop: list(self.ask_many(queries, cancelled=stop, **limits)))

    def _setup(self) -> Setup:
        return Setup(
            self.vqa,
            self.localizer,
            self.policy,
            self.budget,
            self.search,
            self.dpi,
            self.max_pixels,
            self.ending,
            self._views,
            self.memory,
        )

    def _eyes(self) -> Seal:
        """Itself, but that nothing is kept on disk."""
        seeing = copy(self)
        seeing.memory, seeing.__dict__["_screens"] = None, self._screens
        return seeing

    def _kept(self, result: Result) -> Result:
        """The same result, after it has gone into the store if there is one."""
        if self.memory is None:
            return result
        from .record.archive import keep

        keep(result, self.memory)
        return result
