"""Draw windows of programs out of GTK 3's widgets, as `qt_draw` does out of Qt's; needs an X display (Xvfb).

xvfb-run python3 -m desktop.gtk_draw OUT --theme Adwaita --seed 3 --count 20
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from random import Random

import cairo
import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk  # noqa: E402

from .gtk_read import below, read  # noqa: E402
from .gtk_windows import Maker  # noqa: E402

__all__ = ["draw"]

_SIZES = ((1280, 800), (1366, 768), (1440, 900), (1600, 900), (1920, 1080), (1024, 768), (800, 600))
_ICONS = ("Tango", "oxygen", "elementary-xfce", "Papirus", "gnome", "mate", "Adwaita", "breeze")
_FONTS = ("Cantarell", "DejaVu Sans", "Noto Sans", "Liberation Sans", "Open Sans", "Roboto", "Lato")
_PAINTED = (Gtk.CheckButton, Gtk.Switch, Gtk.Scale, Gtk.ProgressBar, Gtk.LevelBar)


def _unseen(_column: Gtk.TreeViewColumn, cell: Gtk.CellRenderer, *_: object) -> None:
    cell.set_property("visible", False)


def _settle() -> None:
    for _ in range(300):
        if not Gtk.events_pending():
            return
        Gtk.main_iteration_do(False)


def draw(out: Path, theme: str, dark: bool, seed: int, index: int, scale: int) -> None:
    """One picture: NAME.a.png, NAME.b.png (icons gone), NAME.c.png (marks gone) and NAME.raw.json."""
    rng = Random(f"desktop/gtk/{theme}/{dark}/{seed}/{index}/{scale}")
    settings = Gtk.Settings.get_default()
    dark_theme = dark or "dark" in theme.lower() or theme == "Blackbird"
    icon_set = rng.choice([name for name in _ICONS if not (dark_theme and name in ("breeze", "Papirus"))])
    font, points = rng.choice(_FONTS), rng.choice((8, 9, 9, 10, 10, 11, 12))
    settings.set_property("gtk-theme-name", theme)
    settings.set_property("gtk-application-prefer-dark-theme", dark)
    settings.set_property("gtk-icon-theme-name", icon_set)
    settings.set_property("gtk-font-name", f"{font} {points}")
    settings.set_property("gtk-enable-animations", False)
    _settle()
    sizes = [s for s in _SIZES if s[0] * scale <= 2000 and s[1] * scale <= 1400] or [(800, 600)]
    width, height = rng.choice(sizes)
    if rng.random() < 0.25:
        width, height = rng.randint(640, width), rng.randint(480, height)
    maker = Maker(rng, icon_set, (width, height))
    layers = maker.scene()
    name = f"gtk-{theme.lower()}{'-dark' if dark else ''}-{seed}-{index:04d}-{scale}"
    rows, boxes = [], []
    for window, x, y in layers:
        window.show_all()
        _settle()
        found = read(window)
        for row in found:
            for box in (row["rect"], row["seen"]):
                box[0] += x
                box[1] += y
        rows.append(found)
        boxes.append([x, y, window.get_allocated_width(), window.get_allocated_height()])
    width, height = max(width, boxes[0][2]), max(height, boxes[0][3])
    for part in "abc":
        for window, _, _ in layers:
            for widget in below(window):
                if (part == "b" and isinstance(widget, Gtk.Image) and getattr(widget, "seal_icon", None)) or (
                    part == "c" and isinstance(widget, _PAINTED)
                ):
                    widget.set_opacity(0)
                elif part == "c" and isinstance(widget, Gtk.TreeView):
                    for column in widget.get_columns():
                        if isinstance(column.get_cells()[0], Gtk.CellRendererToggle):
                            column.set_min_width(column.get_width())
                            column.set_cell_data_func(column.get_cells()[0], _unseen)
                    widget.queue_draw()
        _settle()
        surface = cairo.ImageSurface(cairo.FORMAT_RGB24, width * scale, height * scale)
        surface.set_device_scale(scale, scale)
        context = cairo.Context(surface)
        maker.backdrop(context)
        for window, x, y in layers:
            window.queue_draw()
            _settle()
            window.get_window().process_all_updates()
            _settle()
            found, colour = window.get_style_context().lookup_color("theme_bg_color")
            if found:
                context.set_source_rgb(colour.red, colour.green, colour.blue)
                context.rectangle(x, y, window.get_allocated_width(), window.get_allocated_height())
                context.fill()
            context.set_source_surface(window.get_surface(), x, y)
            context.paint()
        surface.write_to_png(str(out / f"{name}.{part}.png"))
    for window, _, _ in layers:
        window.destroy()
    _settle()
    told = {
        "name": name,
        "seed": seed,
        "index": index,
        "kind": maker.kind,
        "framework": "GTK 3",
        "theme": f"{theme}{' dark' if dark else ''} {icon_set}",
        "language": maker.words.language,
        "font": font,
        "scale": scale,
        "layers": boxes,
        "rows": rows,
    }
    (out / f"{name}.raw.json").write_text(json.dumps(told), "utf-8")


def main() -> None:
    """Draw a number of pictures of one theme; GDK_SCALE says at which scale."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--theme", default="Adwaita")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--count", type=int, default=10)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for index in range(given.start, given.start + given.count):
        draw(given.out, given.theme, given.dark, given.seed, index, int(os.environ.get("GDK_SCALE", "1")))


if __name__ == "__main__":
    main()
