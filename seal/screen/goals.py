"""What an instruction wants a control to be, and whether it is so already: then a click would undo it.

- "Tick", "turn off", "select" say how a control is to be afterwards; "click" and "toggle" say nothing of it.
- A verb that the control's own name begins with is what ticking it does: "disable ads" ticks the box "Disable ads".
- Whether a menu or a list is expanded is not measured, and an entry of a menu that is selected may still have to open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..memory.typed import plain
from .element import Element
from .parts import SWITCHED

__all__ = ["is_done", "names_another"]

_ON = frozenset(("checked", "on", "selected"))
_ASKED = r"(?:(?:please|now|then|i want to|can you|could you) )*"
_AS = r".* as (?!(?:done|completed?|finished|ticked|checked|selected)\b)"
"""What is marked as something else ("as read") is not ticked."""
_TO_ON = re.compile(
    rf"{_ASKED}((?:tick|check)(?! ?box)|mark(?!{_AS})|select|choose|pick|enable|activate|(?:turn|switch|toggle) on"
    r"|switch to)\b",
    re.I,
)
_TO_OFF = re.compile(
    rf"{_ASKED}(untick|uncheck|unmark|unselect|deselect|clear|disable|deactivate|(?:turn|switch|toggle) off)\b",
    re.I,
)
_TO_SHOW = re.compile(
    rf"{_ASKED}(select|choose|pick|activate|open|show|view|go to|switch to|change to|navigate to)\b", re.I
)
"""What is done to a tab so that it is the one that shows."""


def is_done(instruction: str, e: Element) -> bool:
    """Whether an element is in the state that an instruction asks for. False where its state is not known.

    >>> from ..memory.geometry import Box
    >>> box = Element(id="a", number=1, kind="checkbox", name="Ads", box=Box(0, 0, 9, 9), click=(4, 4), confidence=1)
    >>> ticked = box.model_copy(update={"state": "checked"})
    >>> is_done("tick Ads", box), is_done("tick Ads", ticked), is_done("click Ads", ticked)
    (False, True, False)
    """
    if e.kind == "tab":
        return e.state == "selected" and _TO_SHOW.match(instruction) is not None
    if e.kind not in SWITCHED or not e.state:
        return False
    wanted = _wanted(instruction, e)
    return wanted is not None and wanted == (e.state in _ON)


def names_another(instruction: str, e: Element, elements: Iterable[Element]) -> bool:
    """Whether an instruction names another control besides: "tick Wi-Fi and Bluetooth"."""
    rest = plain(instruction).replace(plain(e.name), " ")
    others = (plain(o.name) for o in elements if o.kind == e.kind and o.id != e.id)
    return any(re.search(rf"(?:\band|,|&) .*{re.escape(name)}", rest) for name in others if name)


def _wanted(instruction: str, e: Element) -> bool | None:
    """Whether a control is to be on; None where an instruction does not say."""
    for on, verbs in ((True, _TO_ON), (False, _TO_OFF)):
        if found := verbs.match(instruction):
            return on or plain(e.name).startswith(f"{plain(found[1])} ")
    return None
