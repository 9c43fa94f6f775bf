"""What a generated page shows, exactly: the schema of NAME.json beside NAME.webp or NAME.png.

Frame: pixels of the image, origin top left, boxes (x, y, width, height), half-open, like `seal.memory.Box`.
Icon boxes are whole pixels, shrunk to what is painted; other boxes are the border boxes that the browser laid
out, and text boxes are as high as the font's line. Only what can be seen is listed: not what lies under a dialog,
is cut by a border or scrolled away. What can be seen in part is in `ignored`: neither truth nor background.
Colours are "#rrggbb", as drawn; None on what a dialog's veil dims, because there they are not as written.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from ..memory.errors import InputError
from ..memory.geometry import Box

__all__ = [
    "Icon",
    "PageTruth",
    "REGIONS",
    "Region",
    "RegionKind",
    "Split",
    "TextLine",
    "WIDGETS",
    "Widget",
    "WidgetKind",
    "XYWH",
]

XYWH = tuple[float, float, float, float]
Split = Literal["train", "eval", "unseen"]
"""What pages are for: to train on, other pages to measure on, and pages with icon sets that are never trained on."""
WidgetKind = Literal[
    "button",
    "checkbox",
    "radio",
    "switch",
    "input",
    "select",
    "tab",
    "badge",
    "avatar",
    "progress bar",
    "slider",
    "chart",
    "menu item",
    "pagination",
]
RegionKind = Literal["header", "sidebar", "toolbar", "card", "table", "form", "dialog", "footer"]
WIDGETS: tuple[WidgetKind, ...] = get_args(WidgetKind)
REGIONS: tuple[RegionKind, ...] = get_args(RegionKind)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Placed(_Frozen):
    """Something with a box; `within` names the smallest region around it, `dimmed` a veil over it."""

    xywh: XYWH
    within: RegionKind | None = None
    dimmed: bool = False

    @property
    def box(self) -> Box:
        """The box, pixels of the image."""
        return Box(*self.xywh)


class Icon(_Placed):
    """An icon: its concept, the set and style it is drawn in, its size in CSS pixels, its colour."""

    concept: str
    icon_set: str
    style: str
    css_px: float
    color: str | None = None


class Widget(_Placed):
    """A widget and its state. `checked`: ticked, chosen or on. `value`: what stands in it or how far it is.

    checked is None where the kind has no such state; selected where nothing of its kind can be selected.
    `icon` is the index in `PageTruth.icons` of the first icon in it or, for a badge, of the icon it sits on.
    """

    kind: WidgetKind
    label: str = ""
    checked: bool | None = None
    selected: bool | None = None
    disabled: bool = False
    value: str | None = None
    background: str | None = None
    foreground: str | None = None
    icon: int | None = None


class Region(_Placed):
    """A region of the page, cut to the image; `title` is its heading, if it has one."""

    kind: RegionKind
    title: str = ""


class TextLine(_Placed):
    """Words that stand on one line of one block, with the colour of the first."""

    text: str
    color: str | None = None


class PageTruth(_Frozen):
    """All that a page shows. size_wh: pixels of the image; scale: image pixels to a CSS pixel."""

    version: Literal[1] = 1
    name: str
    split: Split
    seed: int
    index: int
    kind: str
    framework: str
    theme: str
    language: str
    font: str
    scale: float
    size_wh: tuple[int, int]
    image: str
    icons: tuple[Icon, ...] = ()
    widgets: tuple[Widget, ...] = ()
    regions: tuple[Region, ...] = ()
    lines: tuple[TextLine, ...] = ()
    ignored: tuple[XYWH, ...] = ()

    def save(self, path: Path) -> None:
        """Write the truth as JSON; the file is complete or not there."""
        part = path.with_name(path.name + ".part")
        part.write_text(self.model_dump_json(exclude_defaults=True) + "\n", encoding="utf-8")
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> PageTruth:
        """Read what `save` wrote."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise InputError(f"{path} holds no truth of a page: {error}") from error
