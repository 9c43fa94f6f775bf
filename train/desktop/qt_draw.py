"""Draw windows of programs out of Qt's widgets: pictures, the same without icons and small marks, and what they show.

    python -m train.desktop.qt_draw OUT --style Fusion --seed 3 --count 20

runs without the rest of the package, in any interpreter that has PySide6 or PyQt5; `finish.py` makes pages of it.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from random import Random

from .qt import QtCore, QtGui, QtWidgets
from .qt_looks import dress
from .qt_read import read
from .qt_windows import Maker
from .rows import Row

__all__ = ["draw"]

_SIZES = ((1280, 800), (1366, 768), (1440, 900), (1600, 900), (1920, 1080), (1024, 768), (800, 600))


def _blank(root: QtWidgets.QWidget) -> None:
    """Take icons away without moving anything; hide what is measured by its paint."""
    for widget in [root, *root.findChildren(QtWidgets.QWidget)]:
        for action in widget.actions():
            if action.data() and not action.icon().isNull():
                action.setIcon(_empty())
        if isinstance(widget, QtWidgets.QAbstractButton) and widget.property("concept"):
            widget.setIcon(_empty())
        if isinstance(widget, QtWidgets.QTabBar):
            for i in range(widget.count()):
                if widget.tabData(i):
                    widget.setTabIcon(i, _empty())
        if isinstance(widget, QtWidgets.QListWidget):
            for i in range(widget.count()):
                if widget.item(i).data(int(QtCore.Qt.ItemDataRole.UserRole)):
                    widget.item(i).setIcon(_empty())
        if isinstance(widget, QtWidgets.QTreeWidget):
            around = QtWidgets.QTreeWidgetItemIterator(widget)
            while around.value():
                if around.value().data(0, int(QtCore.Qt.ItemDataRole.UserRole)):
                    around.value().setIcon(0, _empty())
                around += 1
        if widget.property("concept") and isinstance(widget, QtWidgets.QLabel):
            widget.setPixmap(_empty().pixmap(64, 64).scaled(widget.pixmap().size()))


def _hide(root: QtWidgets.QWidget) -> None:
    kinds = (
        QtWidgets.QCheckBox,
        QtWidgets.QRadioButton,
        QtWidgets.QSlider,
        QtWidgets.QProgressBar,
        QtWidgets.QPushButton,
        QtWidgets.QGroupBox,
    )
    for widget in root.findChildren(QtWidgets.QWidget):
        if isinstance(widget, kinds) and not (
            isinstance(widget, QtWidgets.QGroupBox) and not widget.isCheckable()
        ):
            effect = QtWidgets.QGraphicsOpacityEffect(widget)
            effect.setOpacity(0.0)
            widget.setGraphicsEffect(effect)


def _empty() -> QtGui.QIcon:
    pixmap = QtGui.QPixmap(256, 256)
    pixmap.fill(QtCore.Qt.GlobalColor.transparent)
    return QtGui.QIcon(pixmap)


def draw(out: Path, app: QtWidgets.QApplication, style: str, seed: int, index: int, scale: float) -> None:
    """One picture: NAME.a.png, NAME.b.png (icons gone), NAME.c.png (marks gone) and NAME.raw.json."""
    rng = Random(f"desktop/{style}/{seed}/{index}/{scale}")
    look = dress(app, style, rng)
    sizes = [s for s in _SIZES if s[0] * scale <= 2000 and s[1] * scale <= 1400] or [(800, 600)]
    width, height = rng.choice(sizes)
    if rng.random() < 0.25:
        width, height = rng.randint(640, width), rng.randint(480, height)
    maker = Maker(rng, look, (width, height))
    layers = maker.scene()
    name = f"qt-{style.lower().replace(' ', '')}-{seed}-{index:04d}-{scale:g}"
    rows: list[list[Row[int]]] = []
    for widget, x, y in layers:
        widget.setAttribute(QtCore.Qt.WidgetAttribute.WA_DontShowOnScreen)
        if not isinstance(widget, QtWidgets.QMenu):
            widget.show()
        app.processEvents()
        found = read(widget)
        for row in found:
            for box in (row["rect"], row["seen"]):
                box[0] += x
                box[1] += y
        rows.append(found)
    boxes = [[x, y, w.width(), w.height()] for w, x, y in layers]
    for part, change in (("a", None), ("b", _blank), ("c", _hide)):
        if change is not None:
            for widget, _, _ in layers:
                change(widget)
            app.processEvents()
        image = QtGui.QImage(round(width * scale), round(height * scale), QtGui.QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale)
        painter = QtGui.QPainter(image)
        maker.backdrop(painter)
        for widget, x, y in layers:
            painter.drawPixmap(QtCore.QPoint(x, y), widget.grab())
        painter.end()
        image.save(str(out / f"{name}.{part}.png"), "PNG", 90)
    for widget, _, _ in layers:
        widget.deleteLater()
    app.processEvents()
    told = {
        "name": name,
        "seed": seed,
        "index": index,
        "kind": maker.kind,
        "framework": f"Qt {style}",
        "theme": look.name,
        "language": maker.words.language,
        "font": look.font,
        "scale": scale,
        "layers": boxes,
        "rows": rows,
    }
    (out / f"{name}.raw.json").write_text(json.dumps(told), "utf-8")


def main() -> None:
    """Draw a number of pictures of one style at one scale."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--style", default="Fusion")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--scale", type=float, default=1.0)
    given = parser.parse_args()
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_SCALE_FACTOR"] = f"{given.scale:g}"
    given.out.mkdir(parents=True, exist_ok=True)
    app = QtWidgets.QApplication([])
    for index in range(given.start, given.start + given.count):
        draw(given.out, app, given.style, given.seed, index, given.scale)


if __name__ == "__main__":
    main()
