"""A session of tools: one resident `Seal`, the folders that may be opened, and `call`.

- A screen is known by its content: it is looked at once, however often and by whichever tool it is asked about.
- One call works at a time, unless more are allowed; another one waits, and can be cancelled while it does.
- Errors are `SealError`s of one line, for the model to read.
"""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..agents.contracts import Target
from ..inputs import checked_question
from ..memory.deadline import Deadline, current, pause
from ..memory.errors import SettingError
from ..memory.frames import Frame
from ..memory.geometry import Box
from ..memory.image import Image
from ..record.spans import span, told_contents
from ..record.steps import LookStep
from ..record.unkept import kept_or_not
from ..screen.element import KINDS
from ..screen.replies import AbsentReply, AnswerReply, FoundReply, LocateReply
from . import arguments as given
from .reply import ToolReply
from .sources import Sources

if TYPE_CHECKING:
    import PIL.Image

    from ..orchestrator import Seal
    from ..record.result import Result
    from ..record.steps import Step

__all__ = ["Progress", "Tools"]

Progress = Callable[[int, int | None, str], None]
"""Told after every look of a search: how many there were, how many there may be (None: no limit), what is sought."""

PICTURE_SIDE = 1568
"""Longest side of the pictures that are drawn, pixels."""
_log = logging.getLogger(__name__)
"""Told of what costs no answer, for those who run a server."""
WAIT = 0.05
"""Seconds between two questions whether it is a waiting call's turn."""


class Tools:
    """What an agent calls.

    seal: the one that answers; None: the default one, made at the first call. allow: folders of which files may be
    opened (default: the current one); empty for none. at_once: calls that may work at the same time.
    Raises SettingError for a folder that is none.

    >>> from seal.tools import Tools, schemas
    >>> tools = Tools(allow=["screens"])  # doctest: +SKIP
    >>> tools.call("point", {"image": "now.png", "instruction": "open the file menu"}).structured  # doctest: +SKIP
    """

    def __init__(
        self, seal: Seal | None = None, allow: Iterable[str | Path] | None = None, *, at_once: int = 1
    ) -> None:
        self._seal = seal
        self.sources = Sources([Path.cwd()] if allow is None else allow)
        self._turn = threading.BoundedSemaphore(at_once)

    @property
    def seal(self) -> Seal:
        """The one that answers."""
        if self._seal is None:
            from ..orchestrator import Seal

            self._seal = Seal()
        return self._seal

    @property
    def offered(self) -> Mapping[str, type[given.Arguments]]:
        """The tools that there are, by name: those of a store only where one was named (`Seal(memory=...)`)."""
        from ..settings import Settings

        store = Settings.load().store if self._seal is None else self._seal.memory
        return given.TOOLS if store is None else {**given.TOOLS, **given.STORE_TOOLS}

    def call(
        self,
        name: str,
        arguments: Mapping[str, object] | str,
        *,
        pictures: Mapping[str, object] | None = None,
        on_look: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> ToolReply:
        """Do what a model asked for.

        arguments: as `schemas` declare them; as JSON too. pictures: by the names under which the model may ask for
        them, beside files: {"screen": screenshot}; anything that `Image.open` takes. cancelled: asked again and again.
        Raises SealError, one line to give back to the model; OutOfTime (one too) for what was cancelled.
        """
        asked = given.checked_arguments(name, arguments, self.offered)
        with (
            span(f"execute_tool {name}", _attributes(name, asked)),
            Deadline(cancelled=cancelled).in_force(),
        ):
            while not self._turn.acquire(blocking=False):
                pause(WAIT)
            try:
                current().check()
                return self._answered(asked, pictures or {}, on_look, cancelled)
            finally:
                self._turn.release()

    def _answered(
        self,
        asked: given.Arguments,
        pictures: Mapping[str, object],
        on_look: Progress | None,
        cancelled: Callable[[], bool] | None,
    ) -> ToolReply:
        image = self.opened(asked.image, asked.page, pictures)
        frame = Frame.of(asked.frame, image.size_wh)
        seal = self.seal
        match asked:
            case given.Elements():
                found = seal.elements(
                    image,
                    frame=frame,
                    kind=_kinds(asked.kinds),
                    region=asked.region,
                    interactive=asked.interactive or None,
                )
                shown = found.model_copy(update={"items": found.items[: asked.most]})
                told = shown.reply().model_copy(update={"count": len(found)})
                drawn = seal.marks(image, shown, max_side=PICTURE_SIDE) if asked.picture else None
                return ToolReply(told, _png(drawn), whole=found)
            case given.Point():
                place = seal.point(image, asked.instruction, frame=frame, region=asked.region)
                drawn = seal.marks(image, place, max_side=PICTURE_SIDE) if asked.picture else None
                return ToolReply(place.reply(), _png(drawn))
            case given.Zoom():
                closer = seal.zoom(image, asked.region, frame=frame, max_side=asked.max_side)
                return ToolReply(closer.reply(), closer.picture, closer.media_type)
            case given.Read():
                return ToolReply(seal.read(image, frame=frame, region=asked.region).reply())
            case given.Diff():
                earlier = self.opened(asked.before, None, pictures)
                before = seal.elements(earlier, frame=frame if earlier.size_wh == image.size_wh else None)
                return ToolReply(seal.diff(before, seal.elements(image, frame=frame)).reply())
            case given.Locate():
                targets = [
                    Target(checked_question(t), "all" if asked.all else "one", surroundings=False)
                    for t in asked.targets
                ]
                result = kept_or_not(
                    lambda: seal.locate(
                        image,
                        targets,
                        budget=seal.budget.but(**_limits(asked.seconds)),
                        on_step=_told(on_look, asked.targets, seal.budget.looks),
                        cancelled=cancelled,
                    ),
                    _log.warning,
                )
                drawn = result.picture(PICTURE_SIDE) if asked.picture else None
                return ToolReply(_located(result, frame, image.page), _png(drawn), whole=result)
            case given.Ask():
                result = kept_or_not(
                    lambda: seal.ask(
                        image,
                        asked.question,
                        asked.options,
                        budget=seal.budget.but(**_limits(asked.seconds)),
                        on_step=_told(on_look, [asked.question], seal.budget.looks),
                        cancelled=cancelled,
                    ),
                    _log.warning,
                )
                return ToolReply(_answer(result, frame, image.page), whole=result)
            case given.Sightings() if seal.memory is not None:
                from .hints import sighted

                return sighted(seal.memory, asked, image, frame)
            case _:
                raise SettingError(f"There is no tool for {type(asked).__name__}.")

    def opened(self, image: str, page: int | None, pictures: Mapping[str, object]) -> Image:
        """What stands for an image, opened: its header is read, no pixel is. Raises ImageError, one line."""
        source = self.sources.open(image, pictures)
        if isinstance(source, Image):
            return source
        return Image.open(source, page=page, dpi=self.seal.dpi, max_pixels=self.seal.max_pixels)


def _attributes(name: str, asked: given.Arguments) -> dict[str, str]:
    """What a span tells of a call; the arguments, without pictures, only where that is wanted."""
    told = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name, "gen_ai.tool.type": "function"}
    if told_contents():
        words = asked.model_dump_json(exclude={"image", "before"}, exclude_defaults=True)
        told["gen_ai.tool.call.arguments"] = words
    return told


def _kinds(kinds: Sequence[str] | None) -> list[str] | None:
    """Without plural and case: models write "buttons"."""
    if not kinds:
        return None
    words = [" ".join(kind.casefold().replace("_", " ").split()) for kind in kinds]
    return [word.removesuffix("s") if word not in KINDS else word for word in words]


def _limits(seconds: float | None) -> dict[str, float]:
    return {} if seconds is None else {"seconds": seconds}


def _told(on_look: Progress | None, words: Sequence[str], most: int | None) -> Callable[[Step], None] | None:
    if on_look is None:
        return None
    looks = 0

    def on_step(step: Step) -> None:
        nonlocal looks
        if isinstance(step, LookStep):
            looks += 1
            seen = f", found {', '.join(step.found)}" if step.found else ""
            on_look(
                looks,
                None if most is None else max(most, looks),
                f"looked for {', '.join(words)}{seen}"[:300],
            )

    return on_step


def _located(result: Result, frame: Frame, page: int) -> LocateReply:
    return LocateReply.model_validate(
        {
            "image_size": frame.size_wh,
            "frame": frame.name,
            "page": page,
            "status": result.status,
            "found": [_found(t.phrase, t.box, t.score, t.text, frame) for t in result.targets],
            "absent": _absent(result),
            "stopped": result.stopped,
        }
    )


def _answer(result: Result, frame: Frame, page: int) -> AnswerReply:
    return AnswerReply.model_validate(
        {
            "image_size": frame.size_wh,
            "frame": frame.name,
            "page": page,
            "question": result.question,
            "status": result.status,
            "answer": result.answer,
            "confidence": round(result.confidence, 4),
            "reason": result.reason,
            "places": [_found(result.answer, p.box, result.confidence, p.text, frame) for p in result.places],
            "targets": [_found(t.phrase, t.box, t.score, t.text, frame) for t in result.targets],
            "absent": _absent(result),
            "stopped": result.stopped,
        }
    )


def _found(phrase: str, box: Box, score: float, text: str, frame: Frame) -> FoundReply:
    return FoundReply(
        phrase=phrase,
        box=frame.box_of(box),
        click=frame.point_of(box.center, box),
        confidence=round(score, 4),
        text=text,
    )


def _absent(result: Result) -> list[AbsentReply]:
    return [
        AbsentReply(phrase=a.phrase, reason=a.reason, seen=round(a.seen, 4), complete=a.complete)
        for a in result.brief.absent
    ]


def _png(picture: PIL.Image.Image | None) -> bytes | None:
    if picture is None:
        return None
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
