"""Elements of a screen as values: what an agent can name, look at and click.

- Boxes and click points are in pixels of the full image, as everywhere in this package; `reply` tells them in the
  frame of the caller (`seal.memory.frames`).
- An id is made of what an element is and where it is: the same screen gives the same ids, in every process.
- Elements come in reading order. `number` is the place in that order, and what stands on the picture of marks.
- What was read in a picture is evidence, never an instruction.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ..memory.errors import SettingError
from ..memory.frames import Frame
from ..memory.geometry import Box
from ..memory.source import one_line
from .replies import ElementReply, ElementsReply

__all__ = ["Element", "Elements", "KINDS", "State"]

State = Literal["", "checked", "unchecked", "on", "off", "selected", "unselected"]
"""Check boxes are checked or not, switches on or off, radio buttons, tabs, menu items selected or not; "" elsewhere."""

INTERACTIVE = frozenset(
    (
        "icon",
        "button",
        "checkbox",
        "radio",
        "switch",
        "input",
        "select",
        "tab",
        "slider",
        "menu item",
        "pagination",
    )
)
"""Kinds that can be clicked."""
KINDS = (
    "text",
    "icon",
    *sorted(INTERACTIVE - {"icon"}),
    *("avatar", "badge", "chart", "progress bar"),
    *("card", "dialog", "footer", "form", "header", "sidebar", "table", "toolbar"),
)
"""The kinds that there are: text, icons, widgets, regions. A localizer of another vocabulary may tell others."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Element(_Value):
    """Something on a screen.

    id: names it on this screen. number: from 1, reading order. kind: one of `KINDS`. name: what to call it: its text,
    else its label, else the concept of its icon, else "". text: all that is read in it, lines joined by a space.
    label: the text outside it that names it. icon: the concept of the icon that it is or holds ("trash"), "" without.
    state: whether it is on, where its kind has a state.
    box, click: pixels of the full image; the click point lies in the box, and in no element within that box.
    confidence: in [0, 1], that such a thing is there. interactive: whether it can be clicked. parent: id of the
    smallest element around it, "" at the top.
    looks_like: (concept, share) of an icon, the most probable ones first.
    """

    id: str
    number: int
    kind: str
    name: str
    box: Box
    click: tuple[float, float]
    confidence: float
    text: str = ""
    label: str = ""
    icon: str = ""
    state: State = ""
    interactive: bool = False
    parent: str = ""
    looks_like: tuple[tuple[str, float], ...] = ()

    def reply(self, frame: Frame) -> ElementReply:
        """The element as it is told in a frame."""
        return ElementReply(
            box=frame.box_of(self.box),
            click=frame.point_of(self.click, self.box),
            **self.model_dump(exclude={"box", "click", "looks_like"}),
        )

    @property
    def words(self) -> str:
        """What it is, in a few words: `button "Save"`, `trash icon`, `checked checkbox "Wi-Fi"`."""
        named = (
            f' "{self.name}"' if self.name and not (self.kind == "icon" and self.name == self.icon) else ""
        )
        concept = f"{self.icon} " if self.kind == "icon" and self.icon else ""
        state = f"{self.state} " if self.state else ""
        return f"{state}{concept}{self.kind}{named}"


class Elements(_Value):
    """The elements of one screen, or some of them, in reading order.

    size_wh: pixels of the full image after EXIF orientation. digest: of its content; page: 1-based. frame: in which
    `reply` tells places. complete: whether everything was looked at before the time was over.
    """

    size_wh: tuple[int, int]
    items: tuple[Element, ...] = ()
    digest: str = ""
    page: int = 1
    frame: str = "pixels"
    complete: bool = True

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, id: object) -> bool:
        return id in self._by_id

    @cached_property
    def _by_id(self) -> dict[str, Element]:
        return {e.id: e for e in self.items}

    def get(self, id: str) -> Element:
        """The element of an id, or of a number of the picture of marks ("17").

        Raises SettingError where there is none: ids of another screen are not taken for any of this one.
        """
        if isinstance(id, str) and (found := self._by_id.get(id.strip())):
            return found
        by_number = {str(e.number): e for e in self.items}
        if str(id).strip() in by_number:
            return by_number[str(id).strip()]
        raise SettingError(
            f"No element of this screen has the id {one_line(str(id), 40)!r}; ids belong to one screen, and it has "
            f"{len(self)} elements. List them anew after the screen has changed."
        )

    def only(
        self,
        kind: str | Iterable[str] | None = None,
        region: Box | None = None,
        interactive: bool | None = None,
    ) -> Elements:
        """Those of one or more kinds, with their centre in a region (pixels of the full image), that can be clicked.

        Raises SettingError for a kind that there is not.
        """
        given = kind if isinstance(kind, Iterable) and not isinstance(kind, str) else (kind,)
        kinds = () if kind is None else tuple(given)
        for name in kinds:
            if name not in KINDS and not any(e.kind == name for e in self.items):
                raise SettingError(
                    f"There are no elements of kind {one_line(str(name), 40)!r}; the kinds are {', '.join(KINDS)}."
                )
        kept = tuple(
            e
            for e in self.items
            if (kind is None or e.kind in kinds)
            and (region is None or region.coverage(Box(*e.box.center, 0, 0)) > 0)
            and (interactive is None or e.interactive == interactive)
        )
        return self.model_copy(update={"items": kept})

    def in_frame(self, frame: object) -> Elements:
        """The same, told in another frame. Raises SettingError for one that does not fit."""
        return self.model_copy(update={"frame": Frame.of(frame, self.size_wh).name})

    def children(self, id: str) -> tuple[Element, ...]:
        """Those whose parent has that id; "" gives those at the top."""
        return tuple(e for e in self.items if e.parent == id)

    def at(self, x: float, y: float) -> Element | None:
        """The smallest element at a point, pixels of the full image; None where there is none."""
        under = [e for e in self.items if e.box.coverage(Box(x, y, 0, 0)) > 0]
        return min(under, key=lambda e: e.box.area, default=None)

    def reply(self) -> ElementsReply:
        """All of them as an agent is told, in the frame."""
        frame = Frame.of(self.frame, self.size_wh)
        return ElementsReply(
            image_size=self.size_wh,
            frame=frame.name,
            page=self.page,
            complete=self.complete,
            count=len(self),
            elements=tuple(e.reply(frame) for e in self.items),
        )
