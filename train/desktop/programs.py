"""Pictures of real programs on an X display, with what they tell the accessibility bus (AT-SPI) that they show.

    dbus-run-session -- python3 -m desktop.programs OUT mousepad --theme Adwaita

needs Xvfb, a window manager, xdotool, at-spi2-core and the bus's introspection. It writes what `finish.py` reads;
what the bus tells of no box (icons, marks of check boxes) is taken from the picture, or ignored.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Unpack

import gi
import numpy as np
import numpy.typing as npt

gi.require_version("Atspi", "2.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Atspi, Gdk, GdkPixbuf  # noqa: E402

from .roles import IGNORED, KINDS  # noqa: E402
from .rows import Row, Told  # noqa: E402

_ROLE = Atspi.Role
_WANTED = re.compile(
    r"prefer|setting|option|find|replace|propert|go to|page setup|print|save as|open|new|configure|"
    r"about|insert|statist|sort|customi|connect|add|plugin|encoding|format|shortcut",
    re.IGNORECASE,
)
_FIRST = re.compile(r"prefer|setting|option|configure|properties", re.IGNORECASE)
_QT = ("Fusion", "Breeze", "Oxygen", "Windows")
_NEVER = re.compile(r"quit|exit|close|help|web|recent|manual|donate|update", re.IGNORECASE)


def _children(node: Atspi.Accessible) -> list[Atspi.Accessible]:
    try:
        return [c for c in (node.get_child_at_index(i) for i in range(min(node.get_child_count(), 400))) if c]
    except Exception:
        return []


def _states(node: Atspi.Accessible) -> Atspi.StateSet:
    return node.get_state_set()


def _extent(node: Atspi.Accessible) -> list[int] | None:
    try:
        box = node.get_component_iface().get_extents(Atspi.CoordType.SCREEN)
    except Exception:
        return None
    return [box.x, box.y, box.width, box.height] if box.width > 2 and box.height > 2 else None


def _cross(a: list[int], b: list[int]) -> list[int]:
    x, y = max(a[0], b[0]), max(a[1], b[1])
    return [x, y, min(a[0] + a[2], b[0] + b[2]) - x, min(a[1] + a[3], b[1] + b[3]) - y]


class Reader:
    """Rows of one window."""

    def __init__(self, pixels: npt.NDArray[np.uint8], gtk: bool) -> None:
        self.pixels, self.gtk, self.left = pixels, gtk, 4000
        self.rows: list[Row[int]] = []

    def add(self, kind: str, rect: list[int], clip: list[int], **more: Unpack[Told]) -> None:
        """What can be seen of a box, as `qt_read` tells it."""
        part = _cross(rect, clip)
        if part[2] > 1 and part[3] > 1:
            self.rows.append({"kind": kind, "rect": rect, "seen": part, **more})

    def walk(self, node: Atspi.Accessible, clip: list[int], inside: tuple[Atspi.Role, ...] = ()) -> None:
        """The node and all below it."""
        self.left -= 1
        if self.left < 0:
            return
        try:
            role, states = node.get_role(), _states(node)
        except Exception:
            return
        showing = states.contains(Atspi.StateType.SHOWING) and states.contains(Atspi.StateType.VISIBLE)
        if not showing and inside:
            return
        rect = _extent(node)
        if rect:
            self._one(node, role, states, rect, clip, inside)
        if role in (_ROLE.COMBO_BOX, _ROLE.SPIN_BUTTON, *IGNORED):
            return
        holds = role in (
            _ROLE.SCROLL_PANE,
            _ROLE.VIEWPORT,
            _ROLE.TABLE,
            _ROLE.TREE_TABLE,
            _ROLE.LIST,
            _ROLE.TREE,
        )
        inner = _cross(clip, rect) if rect and holds else clip
        for child in _children(node):
            self.walk(child, inner, (*inside, role))

    def _one(
        self,
        node: Atspi.Accessible,
        role: Atspi.Role,
        states: Atspi.StateSet,
        rect: list[int],
        clip: list[int],
        inside: tuple[Atspi.Role, ...],
    ) -> None:
        kind = KINDS.get(role)
        has = states.contains
        more: Told = {"disabled": not has(Atspi.StateType.SENSITIVE), "label": node.get_name() or ""}
        if role in (_ROLE.TABLE, _ROLE.TREE_TABLE):
            heads = any(
                c.get_role() in (_ROLE.TABLE_COLUMN_HEADER, _ROLE.COLUMN_HEADER) for c in _children(node)[:12]
            )
            if heads and rect[3] > 60:
                self.add("table", rect, clip)
        elif role in (_ROLE.TABLE_CELL, _ROLE.LIST_ITEM, _ROLE.TREE_ITEM) or role in IGNORED:
            self.add("ignore", rect, clip)
        elif role == _ROLE.PANEL and node.get_name() and rect[3] > 40 and _ROLE.TOOL_BAR not in inside:
            self.add("ignore", [rect[0], rect[1], rect[2], 18], clip)
        if kind is None or any(r in (_ROLE.TABLE, _ROLE.TREE_TABLE) for r in inside):
            return
        if role == _ROLE.TEXT and not has(Atspi.StateType.EDITABLE):
            return
        if kind == "slider" and rect[3] > 34:  # with words beside it
            kind = "ignore"
        if kind in ("toolbar", "footer") or (
            kind == "select" and rect[2] < 60
        ):  # such a one is a split button
            self.add("ignore" if rect[2] < 200 else kind, rect, clip)
            return
        if kind in ("checkbox", "radio"):
            mark = self._mark(rect)
            if mark is None or rect[2] < 1.8 * rect[3] or has(Atspi.StateType.INDETERMINATE):
                self.add("ignore", rect, clip)
                return
            more["checked"] = has(Atspi.StateType.CHECKED)
            self.add(kind, mark, clip, **more)
            return
        if kind == "tab":
            more["selected"] = has(Atspi.StateType.SELECTED)
            if self.gtk:  # tells of the words alone
                self.add("ignore", [rect[0] - 24, rect[1] - 8, rect[2] + 48, rect[3] + 16], clip)
                return
        elif kind == "menu item":
            more["popup"] = inside[-1] != _ROLE.MENU_BAR
            if more["popup"]:  # a menu may reach beyond its window
                clip = [0, 0, self.pixels.shape[1], self.pixels.shape[0]]
        self.add(kind, rect, clip, **more)
        if kind == "button":  # its icon has no name that the bus tells
            self.add("ignore", rect, clip)
        elif kind == "menu item" and inside[-1] != _ROLE.MENU_BAR:
            self.add("ignore", [rect[0], rect[1], 30, rect[3]], clip)
        elif kind == "tab":
            self.add("ignore", [rect[0], rect[1], 26, rect[3]], clip)

    def _mark(self, rect: list[int]) -> list[int] | None:
        """The box of a check box or radio button: what differs from the ground at the left of it, if it is square."""
        x, y, w, h = rect
        x0, y0 = max(0, x), max(0, y)
        part = self.pixels[y0 : y + h, x0 : x0 + min(w, 34)].astype(np.int16)
        if part.size == 0 or h > 60:
            return None
        ink = np.abs(part - part[1, 0]).max(2) > 14
        columns = np.flatnonzero(ink[:, :].any(0))
        if not len(columns):
            return None
        first = int(columns[0])
        gaps = np.flatnonzero(np.diff(columns) > 1)
        last = int(columns[gaps[0]]) if len(gaps) else int(columns[-1])
        rows = np.flatnonzero(ink[:, first : last + 1].any(1))
        high = int(rows[-1] - rows[0] + 1)
        wide = last - first + 1
        if not (10 <= wide <= 26 and abs(wide - high) <= 2):
            return None
        return [x0 + first, y0 + int(rows[0]), wide, high]


def _under_menus(rows: list[Row[int]]) -> list[Row[int]]:
    """The rows, with what lies under the entries of an open menu ignored."""
    entries = [row["rect"] for row in rows if row["kind"] == "menu item" and row.get("popup")]
    if entries:
        x, y = min(e[0] for e in entries), min(e[1] for e in entries)
        menu = [x, y, max(e[0] + e[2] for e in entries) - x, max(e[1] + e[3] for e in entries) - y]
        for row in rows:
            part = _cross(row["seen"], menu)
            if (
                not row.get("popup")
                and part[2] > 0
                and part[3] > 0
                and row["kind"] not in ("toolbar", "table", "dialog")
            ):
                row["kind"] = "ignore"
    for row in rows:
        row.pop("popup", None)
    return rows


def _shot() -> tuple[GdkPixbuf.Pixbuf, npt.NDArray[np.uint8]]:
    root = Gdk.get_default_root_window()
    picture = Gdk.pixbuf_get_from_window(root, 0, 0, root.get_width(), root.get_height())
    flat = np.frombuffer(picture.get_pixels(), np.uint8)
    stride, channels = picture.get_rowstride(), picture.get_n_channels()
    rows = [
        flat[i * stride : i * stride + picture.get_width() * channels] for i in range(picture.get_height())
    ]
    return picture, np.stack(rows).reshape(picture.get_height(), picture.get_width(), channels)[:, :, :3]


class Session:
    """One program that runs."""

    def __init__(self, out: Path, program: str, theme: str) -> None:
        self.out, self.program, self.theme, self.count = out, program, theme, 0
        self.seen: set[int] = set()
        self.process = subprocess.Popen(program.split(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        subprocess.run(["xdotool", "mousemove", "1270", "790"], check=False, timeout=5)  # away from tooltips
        for _ in range(25):
            time.sleep(1)
            if self.windows():
                break
        time.sleep(2)

    def windows(self) -> list[Atspi.Accessible]:
        """Showing windows of all programs on the bus, lowest first."""
        found: list[tuple[bool, int, Atspi.Accessible]] = []
        for app in _children(Atspi.get_desktop(0)):
            for window in _children(app):
                try:
                    states = _states(window)
                    if states.contains(Atspi.StateType.SHOWING) and _extent(window):
                        found.append((states.contains(Atspi.StateType.ACTIVE), len(found), window))
                except Exception:
                    continue
        return [window for _, _, window in sorted(found, key=lambda row: row[:2])]

    def shoot(self) -> bool:
        """Take a picture of what there is, unless the same was taken."""
        time.sleep(0.7)
        picture, pixels = _shot()
        sign = hash(pixels[::7, ::7].tobytes())
        windows = self.windows()
        if sign in self.seen or not windows:
            return False
        self.seen.add(sign)
        rows, boxes = [], []
        for depth, window in enumerate(windows):
            rect = _extent(window)
            assert rect is not None
            reader = Reader(pixels, self.theme not in _QT)
            gtk = self.theme not in _QT  # whose windows count their frame
            bar = [rect[0] - 2, rect[1] - (2 if gtk else 26), rect[2] + 4, 26]
            whole = [0, 0, picture.get_width(), picture.get_height()]
            reader.add("ignore", bar, whole)
            if depth and window.get_role() in (_ROLE.DIALOG, _ROLE.ALERT, _ROLE.FILE_CHOOSER):
                reader.add("dialog", [bar[0], bar[1], bar[2], rect[1] + rect[3] - bar[1] + 2], whole)
            reader.walk(window, _cross(rect, whole) if window.get_role() != _ROLE.WINDOW else whole)
            rows.append(_under_menus(reader.rows))
            boxes.append([bar[0], bar[1], bar[2], rect[1] + rect[3] - bar[1] + 2])
        short = re.sub(r"\W+", "", self.program.split()[0].split("/")[-1])
        name = f"program-{short}-{self.theme.lower().replace(':', '-')}-{self.count:02d}"
        for part in "abc":
            picture.savev(str(self.out / f"{name}.{part}.png"), "png", ["compression"], ["1"])
        told = {
            "name": name,
            "seed": 0,
            "index": self.count,
            "kind": "program",
            "framework": short,
            "theme": self.theme,
            "language": "en",
            "font": "default",
            "scale": 1.0,
            "layers": boxes,
            "rows": rows,
        }
        (self.out / f"{name}.raw.json").write_text(json.dumps(told), "utf-8")
        self.count += 1
        return True

    def every(self, role: Atspi.Role, most: int = 3000) -> list[Atspi.Accessible]:
        """Nodes of a role in the windows."""
        found, todo = [], list(self.windows())
        while todo and most:
            node = todo.pop(0)
            most -= 1
            try:
                if node.get_role() == role:
                    found.append(node)
                if node.get_role() not in (_ROLE.TABLE, _ROLE.TREE_TABLE, _ROLE.TREE):
                    todo.extend(_children(node))
            except Exception:
                continue
        return found

    def act(self, node: Atspi.Accessible) -> None:
        """Do the first action of a node, or click in its middle."""
        try:
            node.get_action_iface().do_action(0)
        except Exception:
            rect = _extent(node)
            if rect:
                at = [str(rect[0] + rect[2] // 2), str(rect[1] + rect[3] // 2)]
                subprocess.run(["xdotool", "mousemove", *at, "click", "1"], check=False, timeout=5)
        time.sleep(0.8)

    def key(self, name: str) -> None:
        """Press a key."""
        subprocess.run(["xdotool", "key", name], check=False, timeout=5)
        time.sleep(0.5)

    def explore(self, most: int, until: float) -> None:
        """The program as it begins, its menus, and the dialogs that these open, with their tabs."""
        self.shoot()
        bars = self.every(_ROLE.MENU_BAR)
        menus = [m for bar in bars for m in _children(bar) if m.get_role() in (_ROLE.MENU, _ROLE.MENU_ITEM)]
        wanted: list[tuple[bool, int, Atspi.Accessible]] = []
        for menu in menus[:9]:
            for item in _children(menu):
                try:
                    name = item.get_name() or ""
                    if _WANTED.search(name) and not _NEVER.search(name) and not item.get_child_count():
                        wanted.append((not _FIRST.search(name), len(wanted), item))
                except Exception:
                    continue
        for _, _, item in sorted(wanted, key=lambda row: row[:2]):
            if self.count >= most - 3 or time.time() > until - 15:
                break
            before = len(self.windows())
            self.act(item)
            time.sleep(0.6)
            if len(self.windows()) > before:
                if self.shoot():
                    self._tabs(most - 3, until - 15)
                self.key("Escape")
                if len(self.windows()) > before:
                    self.key("Alt+F4")
        for menu in menus[:4]:
            rect = _extent(menu)
            if rect and self.count < most and time.time() < until:
                at = [str(rect[0] + rect[2] // 2), str(rect[1] + rect[3] // 2)]
                subprocess.run(["xdotool", "mousemove", *at, "click", "1"], check=False, timeout=5)
                self.shoot()
                self.key("Escape")
                self.key("Escape")

    def _tabs(self, most: int, until: float) -> None:
        for tab in self.every(_ROLE.PAGE_TAB)[:7]:
            if self.count >= most or time.time() > until:
                return
            rect = _extent(tab)
            if rect and rect[2] < 300 and rect[3] < 80:
                at = [str(rect[0] + rect[2] // 2), str(rect[1] + rect[3] // 2)]
                subprocess.run(["xdotool", "mousemove", *at, "click", "1"], check=False, timeout=5)
                self.shoot()

    def end(self) -> None:
        """Stop the program."""
        self.process.terminate()
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.kill()


def main() -> None:
    """Explore one program."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("program")
    parser.add_argument("--theme", default="Adwaita")
    parser.add_argument("--most", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    os.environ |= {"GTK_THEME": given.theme, "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1", "QT_ACCESSIBILITY": "1"}
    os.environ.pop("NO_AT_BRIDGE", None)
    if given.theme in _QT:
        os.environ["QT_STYLE_OVERRIDE"] = given.theme
        os.environ.pop("GTK_THEME")
    Atspi.init()
    session = Session(given.out, given.program, given.theme)
    try:
        session.explore(given.most, time.time() + given.seconds)
    finally:
        session.end()


if __name__ == "__main__":
    main()
