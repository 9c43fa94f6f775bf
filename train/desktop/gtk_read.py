"""What a window of GTK 3 shows, read from its widgets: boxes in pixels of the window, before any scale."""

from __future__ import annotations

from itertools import pairwise
from typing import Protocol, Unpack

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk  # noqa: E402

from .rows import Row, Told  # noqa: E402

__all__ = ["below", "read"]


class _Add(Protocol):
    def __call__(
        self, widget: Gtk.Widget, kind: str, rect: list[int] | None = None, **more: Unpack[Told]
    ) -> None: ...


def below(widget: Gtk.Widget) -> list[Gtk.Widget]:
    """The widget and all that are in it, inner parts too."""
    found = [widget]
    if isinstance(widget, Gtk.Container):
        parts: list[Gtk.Widget] = []
        widget.forall(parts.append)
        for part in parts:
            found.extend(below(part))
    return found


def _place(widget: Gtk.Widget, root: Gtk.Widget) -> list[int] | None:
    at = widget.translate_coordinates(root, 0, 0)
    if at is None:
        return None
    return [at[-2], at[-1], widget.get_allocated_width(), widget.get_allocated_height()]


def _cross(a: list[int], b: list[int]) -> list[int]:
    x, y = max(a[0], b[0]), max(a[1], b[1])
    return [x, y, min(a[0] + a[2], b[0] + b[2]) - x, min(a[1] + a[3], b[1] + b[3]) - y]


def read(root: Gtk.Widget) -> list[Row[int]]:
    """Rows {kind, rect, ...}: kind is one of the truth's, "icon" or "ignore"; rect is xywh in `root`."""
    rows: list[Row[int]] = []

    def add(widget: Gtk.Widget, kind: str, rect: list[int] | None = None, **more: Unpack[Told]) -> None:
        """rect: in the window; None is the whole widget. What its ancestors cut off is told as `seen`."""
        whole = rect or _place(widget, root)
        if whole is None or whole[2] < 3 or whole[3] < 3:
            return
        part, up = list(whole), widget
        while up is not None and up is not root:
            place = _place(up, root)
            if place is not None:
                part = _cross(part, place)
            up = up.get_parent()
        part = _cross(part, [0, 0, root.get_allocated_width(), root.get_allocated_height()])
        if part[2] > 1 and part[3] > 1:
            rows.append({"kind": kind, "rect": list(whole), "seen": part, **more})

    for widget in below(root):
        if widget.get_mapped():
            role = getattr(widget, "seal_role", None)
            if role:
                add(widget, role)
            _widget(widget, root, add)
    return rows


def _inside(widget: Gtk.Widget, *kinds: type[object]) -> bool:
    up = widget.get_parent()
    while up is not None:
        if isinstance(up, kinds):
            return True
        up = up.get_parent()
    return False


def _widget(w: Gtk.Widget, root: Gtk.Widget, add: _Add) -> None:
    off = not w.is_sensitive()
    if _inside(w, Gtk.SpinButton, Gtk.ComboBox, Gtk.Calendar, Gtk.FileChooserButton, Gtk.ColorChooser):
        return
    if isinstance(w, Gtk.CheckButton):  # radio buttons too
        whole, child = _place(w, root), w.get_child()
        words = _place(child, root) if child is not None else None
        if whole is None:
            return
        if words is not None and words[0] > whole[0]:
            whole[2] = words[0] - whole[0]
        add(
            w,
            "radio" if isinstance(w, Gtk.RadioButton) else "checkbox",
            whole,
            paint="square",
            disabled=off,
            checked=None if w.get_inconsistent() else w.get_active(),
            label=w.get_label() or "",
        )
    elif isinstance(w, Gtk.Switch):
        add(w, "switch", paint=True, checked=w.get_active(), disabled=off)
    elif isinstance(w, Gtk.Button):
        if isinstance(w.get_parent(), Gtk.TreeView):  # the head of a column
            return
        add(w, "button", disabled=off, label=w.get_label() or "")
    elif isinstance(w, Gtk.Entry):
        add(w, "input", disabled=off, value=w.get_text())
        _marks(w, root, add)
    elif isinstance(w, Gtk.TextView):
        add(w.get_parent(), "input", disabled=off)
    elif isinstance(w, Gtk.ComboBox):
        add(w, "select", disabled=off)
    elif isinstance(w, Gtk.Scale):
        add(w, "ignore" if w.get_draw_value() else "slider", paint=True, disabled=off)
    elif isinstance(w, Gtk.ProgressBar | Gtk.LevelBar):
        text = isinstance(w, Gtk.ProgressBar) and w.get_show_text()
        add(w, "ignore" if text else "progress bar", paint=True)
    elif isinstance(w, Gtk.Notebook):
        _tabs(w, root, add)
    elif isinstance(w, Gtk.MenuItem) and isinstance(w.get_parent(), Gtk.MenuBar):
        add(w, "menu item", selected=False, disabled=off, label=w.get_label() or "")
    elif isinstance(w, Gtk.ListBoxRow) and getattr(w.get_parent(), "seal_nav", False):
        add(w, "menu item", selected=w.is_selected(), disabled=off)
    elif isinstance(w, Gtk.Frame):
        if w.get_label():
            add(w, "card", title=w.get_label())
    elif isinstance(w, Gtk.HeaderBar):
        add(w, "header")
    elif isinstance(w, Gtk.Toolbar):
        add(w, "toolbar")
    elif isinstance(w, Gtk.Statusbar | Gtk.ActionBar):
        add(w, "footer")
    elif isinstance(w, Gtk.TreeView):
        _view(w, root, add)
    elif isinstance(w, Gtk.Calendar | Gtk.ColorChooser):
        add(w, "ignore")
    elif isinstance(w, Gtk.Image):
        told = getattr(w, "seal_icon", None)
        if told:
            add(w, "icon", concept=told[0], icon_set=told[1])
        else:
            add(w, "ignore")


def _marks(entry: Gtk.Entry, root: Gtk.Widget, add: _Add) -> None:
    at = _place(entry, root)
    for side in (Gtk.EntryIconPosition.PRIMARY, Gtk.EntryIconPosition.SECONDARY):
        if at is not None and entry.get_icon_name(side):
            area = entry.get_icon_area(side)
            if area.width > 1:
                add(entry, "ignore", [at[0] + area.x, at[1] + area.y, area.width, area.height])


def _tabs(book: Gtk.Notebook, root: Gtk.Widget, add: _Add) -> None:
    """Tabs as wide as half the way to the next label; their height is what the page leaves."""
    count, at = book.get_n_pages(), _place(book, root)
    labels = [book.get_tab_label(book.get_nth_page(i)) for i in range(count)]
    places = [_place(label, root) if label.get_child_visible() else None for label in labels]
    page = _place(book.get_nth_page(book.get_current_page()), root)
    border = book.get_nth_page(book.get_current_page()).get_border_width()
    if at is None or page is None or count < 2 or any(p is None for p in places):
        return
    gap = min((b[0] - a[0] - a[2]) for a, b in pairwise(places) if a and b)
    for i, place in enumerate(places):
        assert place is not None
        rect = [place[0] - gap // 2, at[1], place[2] + gap, page[1] - border - at[1]]
        if rect[3] > 12 and gap > -9:
            add(book, "tab", rect, selected=i == book.get_current_page(), label="")


def _view(view: Gtk.TreeView, root: Gtk.Widget, add: _Add) -> None:
    at, model = _place(view, root), view.get_model()
    holder = view.get_parent()
    if view.get_headers_visible():
        add(holder, "table")
    if at is None or model is None:
        return
    for number in range(len(model)):
        path = Gtk.TreePath(number)
        for column in view.get_columns():
            cell = column.get_cells()[0]
            area = view.get_cell_area(path, column)
            x, y = view.convert_bin_window_to_widget_coords(area.x, area.y)
            rect = [at[0] + x, at[1] + y, area.width, area.height]
            if y < 0 or y > at[3]:
                continue
            if isinstance(cell, Gtk.CellRendererToggle):
                on = bool(model[number][view.get_columns().index(column)])
                kind = "radio" if cell.get_radio() else "checkbox"
                add(view, kind, rect, paint="square", checked=on)
            elif getattr(view, "seal_nav", False) and column is view.get_columns()[-1]:
                chosen = view.get_selection().path_is_selected(path)
                add(view, "menu item", [at[0], rect[1], at[2], rect[3]], selected=chosen)
