"""Rows of what a window shows: readers write them, NAME.raw.json holds them, `finish.py` makes truth of them."""

from __future__ import annotations

from typing import Generic, Literal, TypedDict, TypeVar

__all__ = ["Row", "Told"]

_Number = TypeVar("_Number", int, float)


class Told(TypedDict, total=False):
    """What a row tells beside its place. paint: whether paint tells the box, "square": if it is one, and small.

    popup: in a menu that is open, as opposed to its bar; open: the share that nothing lies over.
    """

    paint: bool | Literal["square"]
    disabled: bool
    checked: bool | None
    selected: bool
    label: str
    value: str
    title: str
    concept: str
    icon_set: str
    popup: bool
    open: float


class Row(Told, Generic[_Number]):
    """A kind of the truth's, "icon" or "ignore". rect and seen (what its ancestors leave): xywh."""

    kind: str
    rect: list[_Number]
    seen: list[_Number]
