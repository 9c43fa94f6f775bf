"""Roles of the accessibility bus (AT-SPI) as kinds of widgets, and those of which nothing is learnt."""

from __future__ import annotations

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402

__all__ = ["IGNORED", "KINDS"]

_ROLE = Atspi.Role
KINDS = {
    _ROLE.PUSH_BUTTON: "button",
    _ROLE.TOGGLE_BUTTON: "button",
    _ROLE.CHECK_BOX: "checkbox",
    _ROLE.RADIO_BUTTON: "radio",
    _ROLE.SPIN_BUTTON: "input",
    _ROLE.COMBO_BOX: "select",
    _ROLE.PAGE_TAB: "tab",
    _ROLE.MENU_ITEM: "menu item",
    _ROLE.CHECK_MENU_ITEM: "menu item",
    _ROLE.RADIO_MENU_ITEM: "menu item",
    _ROLE.MENU: "menu item",
    _ROLE.SLIDER: "slider",
    _ROLE.PROGRESS_BAR: "progress bar",
    _ROLE.TOOL_BAR: "toolbar",
    _ROLE.STATUS_BAR: "footer",
    _ROLE.ENTRY: "input",
    _ROLE.PASSWORD_TEXT: "input",
    _ROLE.TEXT: "input",
}
IGNORED = (
    _ROLE.ICON,
    _ROLE.IMAGE,
    _ROLE.CALENDAR,
    _ROLE.DIAL,
    _ROLE.CANVAS,
    _ROLE.DRAWING_AREA,
    _ROLE.COLOR_CHOOSER,
)
