"""Blocks of GTK 3's widgets: forms, choices, lists, tables, bars, with random words and states."""

from __future__ import annotations

from random import Random
from typing import TypeVar

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk, Pango  # noqa: E402

from .words import CONCEPT_OF, NOT_IN, Words  # noqa: E402

__all__ = ["Blocks"]

_H, _V = Gtk.Orientation.HORIZONTAL, Gtk.Orientation.VERTICAL
_Some = TypeVar("_Some", bound=Gtk.Widget)


class Blocks:
    """Makes widgets."""

    def __init__(self, rng: Random, icon_set: str, size: tuple[int, int]) -> None:
        self.rng, self.icon_set, self.size = rng, icon_set, size
        self.words, self.kind = Words(rng), ""
        self.gap = rng.choice((4, 6, 6, 8, 12))
        themed = Gtk.IconTheme.get_default()
        left_out = NOT_IN.get(icon_set, set())
        self.icons = [n for n in CONCEPT_OF if n not in left_out and themed.has_icon(n)]

    def chance(self, share: float) -> bool:
        """True in this share of the calls."""
        return self.rng.random() < share

    def state(self, widget: _Some) -> _Some:
        """The widget, disabled now and then."""
        if self.chance(0.1):
            widget.set_sensitive(False)
        return widget

    def box(
        self, way: Gtk.Orientation, *parts: Gtk.Widget, grow: bool = False, gap: int | None = None
    ) -> Gtk.Box:
        """Parts in a row or column."""
        box = Gtk.Box(orientation=way, spacing=self.gap if gap is None else gap)
        for part in parts:
            box.pack_start(part, grow, grow, 0)
        return box

    def icon(self, size: Gtk.IconSize = Gtk.IconSize.BUTTON) -> Gtk.Image:
        """An icon of the theme that shows a concept."""
        name = self.rng.choice(self.icons)
        image = Gtk.Image.new_from_icon_name(name, size)
        image.seal_icon = (CONCEPT_OF[name], self.icon_set.lower())
        return image

    def button(self) -> Gtk.Button:
        """A button with words, with an icon, or both."""
        roll = self.rng.random()
        button: Gtk.Button
        if roll < 0.2:
            button = Gtk.Button()
            button.add(self.icon())
        elif roll < 0.35:
            button = Gtk.Button()
            button.add(self.box(_H, self.icon(), Gtk.Label(label=self.words.word("a")), gap=6))
        elif roll < 0.42:
            button = Gtk.ToggleButton(label=self.words.word("a"))
            button.set_active(self.chance(0.5))
        else:
            button = Gtk.Button(label=self.words.word("a"))
            if self.chance(0.15):
                button.get_style_context().add_class(
                    self.rng.choice(("suggested-action", "destructive-action"))
                )
        if self.chance(0.08):
            button.set_relief(Gtk.ReliefStyle.NONE)
        return self.state(button)

    def buttons(self) -> Gtk.Box:
        """Buttons in a row, at times joined."""
        parts = [self.button() for _ in range(self.rng.randint(1, 4))]
        box = self.box(_H, *parts, gap=0 if self.chance(0.2) else 6)
        if box.get_spacing() == 0:
            box.get_style_context().add_class("linked")
        return box

    def entry(self) -> Gtk.Entry:
        """A line to write in."""
        entry = Gtk.SearchEntry() if self.chance(0.12) else Gtk.Entry()
        roll = self.rng.random()
        if roll < 0.6:
            entry.set_text(self.words.value())
        elif roll < 0.8:
            entry.set_placeholder_text(self.words.sentence(1, 3))
        elif roll < 0.86:
            entry.set_text("secret")
            entry.set_visibility(False)
        return self.state(entry)

    def combo(self) -> Gtk.ComboBoxText:
        """A combo box."""
        combo = Gtk.ComboBoxText.new_with_entry() if self.chance(0.12) else Gtk.ComboBoxText()
        for text in self.words.words("nsafm", self.rng.randint(2, 7)):
            combo.append_text(text)
        combo.set_active(0)
        return self.state(combo)

    def spin(self) -> Gtk.SpinButton:
        """A number with its buttons."""
        spin = Gtk.SpinButton.new_with_range(0, 9999, 1)
        spin.set_value(self.rng.randint(0, 9999))
        spin.set_digits(self.rng.choice((0, 0, 1, 2)))
        return self.state(spin)

    def scale(self) -> Gtk.Scale:
        """A slider."""
        scale = Gtk.Scale.new_with_range(_H, 0, 100, 1)
        scale.set_value(self.rng.randint(0, 100))
        scale.set_draw_value(self.chance(0.15))
        scale.set_size_request(self.rng.choice((120, 180, 260)), -1)
        return self.state(scale)

    def progress(self) -> Gtk.LevelBar | Gtk.ProgressBar:
        """A bar of progress or of a level."""
        if self.chance(0.2):
            level = Gtk.LevelBar()
            level.set_value(self.rng.random())
            return level
        bar = Gtk.ProgressBar()
        bar.set_fraction(self.rng.random())
        bar.set_show_text(self.chance(0.1))
        return bar

    def check(self) -> Gtk.CheckButton:
        """A check box."""
        box = Gtk.CheckButton(label=self.words.word("sfn") if self.chance(0.7) else self.words.sentence(2, 7))
        box.set_active(self.chance(0.5))
        box.set_inconsistent(self.chance(0.05))
        return self.state(box)

    def checks(self) -> Gtk.Box:
        """Check boxes."""
        return self.box(_V, *(self.check() for _ in range(self.rng.randint(1, 6))))

    def radios(self) -> Gtk.Box:
        """Radio buttons, of which one is on."""
        parts: list[Gtk.RadioButton] = []
        for text in self.words.words("sfna", self.rng.randint(2, 5)):
            parts.append(Gtk.RadioButton.new_with_label_from_widget(parts[0] if parts else None, text))
        self.rng.choice(parts).set_active(True)
        for part in parts:
            self.state(part)
        return self.box(_H if len(parts) < 4 and self.chance(0.3) else _V, *parts)

    def switch(self) -> Gtk.Switch:
        """A switch."""
        switch = Gtk.Switch()
        switch.set_active(self.chance(0.5))
        switch.set_halign(Gtk.Align.START)
        switch.set_valign(Gtk.Align.CENTER)
        return self.state(switch)

    def label(self, text: str | None = None) -> Gtk.Label:
        """Words."""
        label = Gtk.Label(label=text or self.words.sentence(3, 9))
        label.set_xalign(0)
        label.set_ellipsize(Pango.EllipsizeMode.END)
        return label

    def control(self) -> Gtk.Widget:
        """What stands behind a label."""
        makers = (self.entry, self.combo, self.spin, self.switch, self.scale, self.check, self.progress)
        part = self.rng.choices(makers, (6, 4, 3, 2, 1, 1, 0.5))[0]()
        part.set_valign(Gtk.Align.CENTER)
        return part

    def form(self, low: int = 2, high: int = 7) -> Gtk.Grid:
        """Labels with their controls; a region."""
        grid = Gtk.Grid(column_spacing=12, row_spacing=self.gap)
        grid.seal_role = "form"
        grow, right = self.chance(0.6), self.chance(0.4)
        for row in range(self.rng.randint(low, high)):
            label = self.label(self.words.word("fs") + ":" * self.chance(0.5))
            label.set_xalign(1 if right else 0)
            label.set_ellipsize(Pango.EllipsizeMode.NONE)
            part = self.control()
            if not isinstance(part, Gtk.Switch):
                part.set_hexpand(grow)
            grid.attach(label, 0, row, 1, 1)
            grid.attach(part, 1, row, 1, 1)
        return grid

    def text(self) -> Gtk.ScrolledWindow:
        """A field of several lines."""
        view = Gtk.TextView()
        view.set_wrap_mode(Gtk.WrapMode.WORD)
        view.get_buffer().set_text(
            " ".join(self.words.sentence(6, 14) + "." for _ in range(self.rng.randint(0, 5)))
        )
        return self.scrolled(view, self.rng.choice((60, 90, 140)))

    def scrolled(self, inner: Gtk.Widget, height: int) -> Gtk.ScrolledWindow:
        """A part that scrolls, of a height."""
        holder = Gtk.ScrolledWindow()
        holder.set_shadow_type(Gtk.ShadowType.IN)
        holder.set_min_content_height(height)
        holder.set_min_content_width(120)
        holder.set_overlay_scrolling(self.chance(0.3))
        holder.add(inner)
        return holder

    def frame(self, *parts: Gtk.Widget) -> Gtk.Frame:
        """A box with a title; a region."""
        frame = Gtk.Frame(label=self.words.word())
        inner = self.box(_V, *(parts or [self.simple() for _ in range(self.rng.randint(1, 3))]))
        inner.set_border_width(self.rng.choice((6, 8, 12)))
        frame.add(inner)
        if self.chance(0.25):
            frame.set_shadow_type(Gtk.ShadowType.NONE)
        return frame

    def nav(self) -> Gtk.ScrolledWindow:
        """A list for navigation."""
        rows = Gtk.ListBox()
        rows.seal_nav = True
        icons, pad = self.chance(0.5), self.rng.choice((3, 6, 8, 10))
        for text in self.words.words("nsa", self.rng.randint(4, 13)):
            row = self.box(_H, *([self.icon()] if icons else []), self.label(text), gap=8)
            row.set_border_width(pad)
            rows.add(row)
        rows.select_row(rows.get_row_at_index(self.rng.randrange(4)))
        holder = self.scrolled(rows, 100)
        holder.seal_role = "sidebar"
        holder.set_size_request(self.rng.randint(140, 230), -1)
        return holder

    def settings(self) -> Gtk.Frame:
        """Rows of words with a control at the right end."""
        rows = Gtk.ListBox()
        rows.set_selection_mode(Gtk.SelectionMode.NONE)
        for text in self.words.words("s", self.rng.randint(3, 8)):
            row = self.box(_H, self.label(text), gap=12)
            part = self.rng.choice((self.switch, self.switch, self.combo, self.button, self.spin))()
            part.set_valign(Gtk.Align.CENTER)
            row.pack_end(part, False, False, 0)
            row.set_border_width(8)
            rows.add(row)
        frame = Gtk.Frame()
        frame.add(rows)
        return frame

    def table(self, height: int = 160) -> Gtk.ScrolledWindow:
        """A table with headers; at times with boxes to tick in the first column."""
        columns = self.rng.randint(2, 6)
        ticks = self.chance(0.5)
        model = Gtk.ListStore(*([bool] if ticks else []), *([str] * columns))
        for _ in range(self.rng.randint(4, 25)):
            model.append(
                [*([self.chance(0.5)] if ticks else []), *(self.words.value() for _ in range(columns))]
            )
        view, height_of_row = Gtk.TreeView(model=model), self.rng.randint(24, 30)
        if ticks:
            cell = Gtk.CellRendererToggle()
            cell.set_radio(self.chance(0.15))
            view.append_column(Gtk.TreeViewColumn("", cell, active=0))
        for i, text in enumerate(self.words.words("fmn", columns)):
            cell = Gtk.CellRendererText()
            cell.set_fixed_size(-1, height_of_row)
            column = Gtk.TreeViewColumn(text, cell, text=i + ticks)
            column.set_resizable(True)
            column.set_min_width(50)
            if self.chance(0.2):
                column.set_sort_indicator(True)
            view.append_column(column)
        view.set_headers_visible(self.chance(0.85))
        view.get_selection().select_path(Gtk.TreePath(self.rng.randrange(4)))
        return self.scrolled(view, height)

    def tabs(self, page: Gtk.Box | None = None) -> Gtk.Notebook:
        """Pages behind tabs."""
        book = Gtk.Notebook()
        texts = self.words.words("nsf", self.rng.randint(2, 6))
        now = self.rng.randrange(len(texts))
        for i, text in enumerate(texts):
            inner = Gtk.Box()
            if i == now:
                inner = page or self.box(_V, *(self.simple() for _ in range(self.rng.randint(1, 3))))
                inner.set_border_width(self.rng.choice((6, 12)))
            inner.show_all()
            book.append_page(inner, Gtk.Label(label=text))
        book.set_current_page(now)
        return book

    def bar(self) -> Gtk.Toolbar:
        """A toolbar."""
        bar = Gtk.Toolbar()
        bar.set_style(
            self.rng.choice((Gtk.ToolbarStyle.ICONS, Gtk.ToolbarStyle.ICONS, Gtk.ToolbarStyle.BOTH))
        )
        bar.set_show_arrow(False)
        size = self.rng.choice((Gtk.IconSize.SMALL_TOOLBAR, Gtk.IconSize.LARGE_TOOLBAR))
        for _ in range(self.rng.randint(4, min(14, self.size[0] // 90))):
            if self.chance(0.12):
                bar.insert(Gtk.SeparatorToolItem(), -1)
            elif self.chance(0.1):
                item = Gtk.ToolItem()
                item.add(self.rng.choice((self.combo, self.entry))())
                bar.insert(item, -1)
            else:
                bar.insert(
                    self.state(Gtk.ToolButton(icon_widget=self.icon(size), label=self.words.word("a"))), -1
                )
        return bar

    def simple(self) -> Gtk.Widget:
        """A block that is not high."""
        makers = (
            (self.form, 3),
            (self.checks, 3),
            (self.radios, 2.5),
            (self.buttons, 2),
            (self.label, 0.7),
            (self.text, 0.7),
            (self.scale, 1),
            (self.progress, 1),
            (self.spin, 0.5),
            (self.combo, 0.7),
            (self.entry, 0.6),
            (self.settings, 1.5),
        )
        return self.rng.choices([m for m, _ in makers], [w for _, w in makers])[0]()

    def block(self) -> Gtk.Widget:
        """Any block."""
        makers = ((self.simple, 5), (self.frame, 3), (self.table, 1.3), (self.tabs, 0.9))
        return self.rng.choices([m for m, _ in makers], [w for _, w in makers])[0]()

    def filled(self) -> Gtk.Box:
        """Columns of blocks, as many as there is room for."""
        parts = []
        for _ in range(max(1, round(self.size[0] / self.rng.randint(320, 560)))):
            column, used = Gtk.Box(orientation=_V, spacing=self.gap + 4), 0
            for _ in range(self.rng.randint(4, 14)):
                block = self.block()
                block.show_all()
                high = block.get_preferred_height()[1] + self.gap + 4
                if used + high < self.size[1] * 0.8:
                    column.pack_start(block, False, False, 0)
                    used += high
            parts.append(column)
        return self.box(_H, *parts, grow=True, gap=12)
