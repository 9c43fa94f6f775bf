"""Whole windows of GTK 3's widgets, with dialogs over them."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk  # noqa: E402

from .gtk_blocks import Blocks  # noqa: E402

if TYPE_CHECKING:
    import cairo

__all__ = ["Maker"]

_H, _V = Gtk.Orientation.HORIZONTAL, Gtk.Orientation.VERTICAL


class Maker(Blocks):
    """Makes the layers of one picture."""

    def __init__(self, rng: Random, icon_set: str, size: tuple[int, int]) -> None:
        super().__init__(rng, icon_set, size)
        self.hue = [rng.uniform(0.1, 0.6) for _ in range(3)]

    def backdrop(self, context: cairo.Context) -> None:
        """What lies behind the windows."""
        context.set_source_rgb(*self.hue)
        context.paint()

    def window(self, inner: Gtk.Widget) -> Gtk.OffscreenWindow:
        """A window that is drawn off screen."""
        window = Gtk.OffscreenWindow()
        window.add(inner)
        return window

    def header(self) -> Gtk.HeaderBar:
        """A header bar with its buttons."""
        bar = Gtk.HeaderBar(title=f"{self.words.word()} – {self.words.product()}")
        for _ in range(self.rng.randint(0, 4)):
            (bar.pack_start if self.chance(0.6) else bar.pack_end)(self.button())
        if self.chance(0.4):
            bar.set_subtitle(self.words.value())
        bar.set_show_close_button(True)
        return bar

    def scene(self) -> list[tuple[Gtk.OffscreenWindow, int, int]]:
        """(window, x, y) of the layers, lowest first."""
        width, height = self.size
        parts: list[Gtk.Widget] = []
        self.kind = self.rng.choice(("main", "preferences", "columns"))
        if self.chance(0.5):
            parts.append(self.header())
        if self.kind == "main":
            if self.chance(0.7):
                menus = Gtk.MenuBar()
                for text in self.words.words("nas", self.rng.randint(4, 8)):
                    menus.append(Gtk.MenuItem(label=text))
                parts.append(menus)
            parts.extend(self.bar() for _ in range(self.rng.choice((0, 1, 1, 2))))
        middle: Gtk.Container = self.table(300) if self.kind == "main" and self.chance(0.5) else self.filled()
        if self.chance(0.35):
            middle = self.tabs(middle if isinstance(middle, Gtk.Box) else self.box(_V, middle, grow=True))
        middle.set_border_width(self.rng.choice((6, 12)))
        body = Gtk.Box(orientation=_H)
        if self.chance(0.6 if self.kind == "preferences" else 0.4):
            body.pack_start(self.nav(), False, False, 0)
        body.pack_start(middle, True, True, 0)
        column = self.box(_V, *parts, gap=0)
        column.pack_start(body, True, True, 0)
        if self.kind != "main" and self.chance(0.6):
            ends = Gtk.ButtonBox(orientation=_H, spacing=6)
            ends.set_layout(Gtk.ButtonBoxStyle.END)
            ends.set_border_width(8)
            for _ in range(self.rng.randint(1, 3)):
                ends.add(Gtk.Button(label=self.words.word("a")))
            column.pack_start(ends, False, False, 0)
        elif self.chance(0.5):
            status = Gtk.Statusbar()
            status.push(0, self.words.sentence(2, 6))
            column.pack_start(status, False, False, 0)
        column.set_size_request(width, height)
        layers = [(self.window(column), 0, 0)]
        if self.chance(0.2):
            layers.append(self.dialog())
        return layers

    def dialog(self) -> tuple[Gtk.OffscreenWindow, int, int]:
        """A dialog over the window."""
        inner = self.box(_V, *(self.simple() for _ in range(self.rng.randint(1, 3))))
        inner.set_border_width(12)
        ends = Gtk.ButtonBox(orientation=_H, spacing=6)
        ends.set_layout(Gtk.ButtonBoxStyle.END)
        ends.set_border_width(8)
        for _ in range(self.rng.randint(1, 3)):
            ends.add(self.state(Gtk.Button(label=self.words.word("a"))))
        whole = self.box(_V, self.header(), inner, ends, gap=0)
        whole.seal_role = "dialog"
        whole.set_size_request(self.rng.randint(300, 480), -1)
        return (
            self.window(whole),
            self.rng.randint(10, self.size[0] // 3),
            self.rng.randint(10, self.size[1] // 4),
        )
