"""A screenshot under test: questions about it, and what came of each, for the report of a test that fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeVar

from pydantic import JsonValue

from ..memory.errors import SealError, Undecided
from ..memory.frames import Frame
from ..memory.geometry import Box
from ..memory.image import Image
from ..memory.source import one_line
from . import evidence
from .evidence import Told
from .kept import Kept

if TYPE_CHECKING:
    import PIL.Image

    from ..orchestrator import Seal

__all__ = ["Look", "Means", "Screen"]

T = TypeVar("T", bool, int, str)
MOST_PLACES = 5
"""Places that are told in words."""
PICTURE_SIDE = 1600
"""Longest side of a picture of the evidence, pixels."""


@dataclass(frozen=True, slots=True)
class Look:
    """A question about a screen and what came of it. box: the region that was asked about, full-image pixels.

    told: None where an error came instead, which is `error`.
    """

    call: str
    asked: tuple[object, ...]
    image: Image
    box: Box
    told: Told | None
    error: str = ""

    @property
    def words(self) -> str:
        """The question, the answer and its reason, and where that stands (full-image pixels), a line each."""
        asked = ", ".join(repr(a) for a in self.asked if a is not None)
        told = self.told or Told(None, self.error)
        value = "undecided" if told.value is None else one_line(repr(told.value), 200)
        if self.told is None:
            value = "error"
        region = "" if self.box == self.image.box else f", region {[round(v) for v in self.box.xyxy]}"
        lines = [f"{self.call}({asked}) -> {value}   [{self.image.name}{region}]", one_line(told.why, 600)]
        for name, box in told.places[:MOST_PLACES]:
            corners = [round(v) for v in box.shifted(self.box.x, self.box.y).xyxy]
            lines.append(f"{one_line(name, 80)} at {corners}")
        return "\n  ".join(lines)

    def picture(self) -> PIL.Image.Image:
        """The region with the places that the answer rests on, else with what comes nearest."""
        from ..record.pictures import draw_boxes

        shown = self.image.region(self.box, PICTURE_SIDE)
        places = self.told.places if self.told is not None else ()
        boxes, labels = [box for _, box in places], [name for name, _ in places]
        return draw_boxes(shown, boxes, labels, full_size_wh=(round(self.box.width), round(self.box.height)))


@dataclass(frozen=True, slots=True)
class Means:
    """How the screens of one test are looked at. seal: gives the one that looks, when it is needed.

    note: told of every look. kept: the recording, written or replayed; None without one.
    """

    seal: Callable[[], Seal]
    note: Callable[[Look], None]
    kept: Kept | None = None
    mode: Literal["live", "record", "replay"] = "live"


@dataclass(frozen=True, repr=False)
class Screen:
    """A screenshot, or a region of one, that a test asks about. Made by the fixture `seal_screen`.

    frame: in which places are given and told (`seal.memory.frames`). Every question raises `Undecided` where the screen
    neither shows nor rules out what was asked, and ReplayError where a replay holds no answer.
    """

    image: Image
    means: Means
    box: Box
    frame: Frame

    def __repr__(self) -> str:
        return f"Screen({self.image.name!r}, {[round(v) for v in self.box.xyxy]})"

    def within(self, region: Sequence[float] | Box) -> Screen:
        """A region of the screen, [x0, y0, x1, y1] in the frame or a `Box` in pixels, as a screen of its own.

        Raises SettingError where it has no area in the image.
        """
        box = region if isinstance(region, Box) else self.frame.to_image(region)
        return replace(self, box=box.rounded().clipped(self.box))

    def has(self, phrase: str) -> bool:
        """Whether a thing or text is there: 'button Save', 'bell icon', 'checked checkbox', '"Error 500"'."""
        __tracebackhide__ = True
        return self._value(bool, "has", [phrase], lambda: evidence.presence(self._seal, self._part, phrase))

    def state(self, phrase: str) -> str:
        """The state of a widget: "on", "off", "checked", "unchecked", "selected" or "unselected"."""
        __tracebackhide__ = True
        return self._value(str, "state", [phrase], lambda: evidence.state(self._seal, self._part, phrase))

    def count(self, phrase: str) -> int:
        """How many there are: 'checkboxes', 'Published badges'."""
        __tracebackhide__ = True
        return self._value(int, "count", [phrase], lambda: evidence.count(self._seal, self._part, phrase))

    def text(self, label: str | None = None) -> str:
        """The value next to a label; without one all that is written, a line each."""
        __tracebackhide__ = True

        def look() -> Told:
            if label is None:
                return evidence.text(self._seal, self._part)
            return evidence.answer(self._seal, self._part, f'What is the value next to "{label}"?')

        return self._value(str, "text", [label], look)

    def ask(self, question: str, options: Sequence[str] | None = None) -> str:
        """The answer to a question, as `Seal.ask` gives it."""
        __tracebackhide__ = True
        given: list[JsonValue] | None = None if options is None else list(options)
        return self._value(
            str, "ask", [question, given], lambda: evidence.answer(self._seal, self._part, question, options)
        )

    def point(self, instruction: str) -> tuple[float, float]:
        """Where to click for an instruction, in the frame."""
        __tracebackhide__ = True
        told = self._told("point", [instruction], lambda: evidence.click(self._seal, self._part, instruction))
        assert isinstance(told.value, tuple)
        (_, box), *_ = told.places
        x, y = told.value
        whole = box.shifted(self.box.x, self.box.y)
        return self.frame.point_of((x + self.box.x, y + self.box.y), whole)

    @property
    def _seal(self) -> Seal:
        return self.means.seal()

    @cached_property
    def _part(self) -> Image:
        """The region as an image of its own."""
        if self.box == self.image.box:
            return self.image
        return Image.open(self.image.region(self.box))

    def _value(self, of: type[T], call: str, asked: list[JsonValue], look: Callable[[], Told]) -> T:
        __tracebackhide__ = True
        value = self._told(call, asked, look).value
        assert isinstance(value, of)
        return value

    def _told(self, call: str, asked: list[JsonValue], look: Callable[[], Told]) -> Told:
        """What came of a question; noted, and kept or taken from what was kept."""
        __tracebackhide__ = True
        kept, mode = self.means.kept, self.means.mode
        try:
            told = (
                kept.reply(call, asked, self.image.region(self.box))
                if kept is not None and mode == "replay"
                else look()
            )
        except SealError as error:
            self.means.note(Look(call, tuple(asked), self.image, self.box, None, str(error)))
            raise
        if kept is not None and mode == "record":
            kept.keep(call, asked, self.image.region(self.box), told)
        said = Look(call, tuple(asked), self.image, self.box, told)
        self.means.note(said)
        if told.value is None:
            raise Undecided(f"{call}({', '.join(repr(a) for a in asked if a is not None)}): {told.why}")
        return told
