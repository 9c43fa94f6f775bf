"""Draw windows out of the controls of Qt Quick (Material, Universal, Fluent, Basic, Fusion), as `qt_draw` does.

python -m desktop.qml_draw OUT --style Material --seed 3 --count 20
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from .qml_parts import Page
from .rows import Row, Told

if TYPE_CHECKING:
    from PySide6.QtQuick import QQuickItem

__all__ = ["draw", "main"]

_SIZES = ((1280, 800), (1366, 768), (1440, 900), (1600, 900), (1024, 768), (800, 600))


def _rect(item: QQuickItem) -> list[float]:
    from PySide6 import QtCore

    box = item.mapRectToScene(QtCore.QRectF(0, 0, item.width(), item.height()))
    return [box.x(), box.y(), box.width(), box.height()]


def _union(boxes: list[list[float]]) -> list[float]:
    x, y = min(b[0] for b in boxes), min(b[1] for b in boxes)
    return [x, y, max(b[0] + b[2] for b in boxes) - x, max(b[1] + b[3] for b in boxes) - y]


def _cross(a: list[float], b: list[float]) -> list[float]:
    x, y = max(a[0], b[0]), max(a[1], b[1])
    return [x, y, min(a[0] + a[2], b[0] + b[2]) - x, min(a[1] + a[3], b[1] + b[3]) - y]


def _rows(root: QQuickItem, size: tuple[int, int]) -> list[Row[float]]:
    """What the items named "seal:KIND" show."""
    from PySide6 import QtQuick

    rows: list[Row[float]] = []

    def walk(item: QQuickItem, clip: list[float]) -> None:
        if not item.isVisible() or item.opacity() == 0:
            return
        here = _rect(item)
        name = item.objectName()
        if name.startswith("seal:"):
            _, kind, *_rest = name.split(":")
            rect = here
            more: Told = {"disabled": not item.isEnabled()}
            part = item.property("indicator")
            ground = item.property("background")
            if kind in ("checkbox", "radio", "switch"):
                rect = _rect(part)
                more["checked"] = bool(item.property("checked"))
            elif kind == "slider":
                rect = _union([_rect(ground), _rect(item.property("handle"))])
            elif kind == "progress bar":
                rect = here
            elif isinstance(ground, QtQuick.QQuickItem) and kind in (
                "button",
                "select",
                "input",
                "tab",
                "menu item",
            ):
                box = _rect(ground)
                rect = box if box[2] > 0.5 * here[2] and box[3] > 0.5 * here[3] else here
            if kind == "tab":
                more["selected"] = bool(item.property("checked"))
            if kind == "menu item":
                more["selected"] = bool(item.property("highlighted"))
            seen = _cross(rect, clip)
            if seen[2] > 1 and seen[3] > 1 and rect[2] > 2 and rect[3] > 2:
                paint = kind in ("checkbox", "radio", "switch", "slider", "progress bar")
                rows.append({"kind": kind, "rect": rect, "seen": seen, "paint": paint, **more})
        inner = _cross(clip, here) if item.clip() else clip
        for child in item.childItems():
            walk(child, inner)

    walk(root, [0.0, 0.0, float(size[0]), float(size[1])])
    return rows


def draw(out: Path, style: str, seed: int, index: int, scale: float) -> None:
    """One picture, thrice, and NAME.raw.json."""
    from PySide6 import QtCore, QtGui, QtQml

    rng = Random(f"desktop/qml/{style}/{seed}/{index}/{scale}")
    size = rng.choice([s for s in _SIZES if s[0] * scale <= 2000])
    page = Page(rng, style, size)
    engine = QtQml.QQmlApplicationEngine()
    engine.loadData(page.text().encode())
    if not engine.rootObjects():
        raise RuntimeError("the page is no QML")
    window = engine.rootObjects()[0]
    window.show()
    for _ in range(25):
        QtGui.QGuiApplication.processEvents(QtCore.QEventLoop.ProcessEventsFlag.AllEvents, 20)
    shown = window.grabWindow()
    rows = _rows(window.contentItem(), size)

    def hide(item: QQuickItem) -> None:
        name = item.objectName().split(":")
        if len(name) > 1 and name[1] in ("checkbox", "radio", "switch", "slider", "progress bar"):
            item.setOpacity(0.0)
        for child in item.childItems():
            hide(child)

    hide(window.contentItem())
    for _ in range(3):
        QtGui.QGuiApplication.processEvents()
    hidden = window.grabWindow()
    name = f"qml-{style.lower()}-{seed}-{index:04d}-{scale:g}"
    for part, image in (("a", shown), ("b", shown), ("c", hidden)):
        image.save(str(out / f"{name}.{part}.png"), "PNG", 90)
    window.close()
    engine.deleteLater()
    told = {
        "name": name,
        "seed": seed,
        "index": index,
        "kind": page.kind,
        "framework": f"Qt Quick {style}",
        "theme": "dark" if page.dark else "light",
        "language": page.words.language,
        "font": page.font,
        "scale": shown.width() / size[0],
        "layers": [[0, 0, *size]],
        "rows": [rows],
    }
    (out / f"{name}.raw.json").write_text(json.dumps(told), "utf-8")


def main() -> None:
    """Draw a number of pictures of one style at one scale."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--style", default="Material")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--scale", type=float, default=1.0)
    given = parser.parse_args()
    os.environ |= {
        "QT_QPA_PLATFORM": "offscreen",
        "QT_SCALE_FACTOR": f"{given.scale:g}",
        "QT_QUICK_BACKEND": "software",
    }
    from PySide6 import QtGui, QtQuickControls2

    given.out.mkdir(parents=True, exist_ok=True)
    app = QtGui.QGuiApplication([])
    assert app is not None
    QtQuickControls2.QQuickStyle.setStyle(given.style)
    for index in range(given.start, given.start + given.count):
        draw(given.out, given.style, given.seed, index, given.scale)
    os._exit(0)  # the engine's own end may crash off screen


if __name__ == "__main__":
    main()
