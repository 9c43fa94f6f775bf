"""Whole windows of programs, with frames, open menus and dialogs over them."""

from __future__ import annotations

from random import Random

from .qt import QtCore, QtGui
from .qt import QtWidgets as _W
from .qt_blocks import Blocks
from .qt_looks import Look

__all__ = ["Maker"]

_BARS = {
    "win10": ("#ffffff", "#1f1f1f", "#000000", "#ffffff", 30),
    "98": ("#0a246a", "#0a246a", "#ffffff", "#ffffff", 22),
    "mac": ("#e8e6e8", "#3a393b", "#4a4a4a", "#dddddd", 28),
    "breeze": ("#dee0e2", "#31363b", "#232629", "#eff0f1", 27),
    "adwaita": ("#ebebeb", "#303030", "#2e3436", "#eeeeec", 38),
}


class _Frame(_W.QWidget):  # type: ignore[misc]
    """A window in a frame with a title bar that is painted here; the toolkit's own windows have none off screen."""

    def __init__(self, inner: _W.QWidget, title: str, style: str, dark: bool, dialog: bool) -> None:
        super().__init__()
        light, deep, ink, pale, height = _BARS[style]
        layout = _W.QVBoxLayout(self)
        edge = 3 if style == "98" else 1
        layout.setContentsMargins(edge, edge, edge, edge)
        layout.setSpacing(0)
        bar = _W.QFrame()
        bar.setFixedHeight(height)
        bar.setProperty("role", "header")
        bar.setProperty("title", title)
        back, front = (deep, pale) if dark else (light, ink)
        bar.setStyleSheet(
            f"QFrame{{background:{back};border:none}} QLabel{{color:{front};background:{back}}}"
        )
        row = _W.QHBoxLayout(bar)
        row.setContentsMargins(8, 0, 2, 0)
        row.setSpacing(0)
        label = _W.QLabel(title)
        left = style == "mac"
        signs = ("✕",) if dialog else ("–", "□", "✕")
        buttons = []
        for i, sign in enumerate(signs):
            button = _W.QLabel("" if left else sign)
            button.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
            button.setFixedSize(*{"win10": (46, 29), "98": (17, 15), "mac": (14, 14)}.get(style, (24, 22)))
            if left:
                colour = ("#ff5f57", "#febc2e", "#28c840")[i]
                button.setStyleSheet(f"background:{colour};border-radius:7px")
            elif style == "98":
                button.setStyleSheet("background:#d4d0c8;color:black;border:1px outset white;font-size:10px")
            else:
                button.setStyleSheet(f"color:{front};background:{back}")
            button.setProperty("role", "button")
            buttons.append(button)
        if left:
            for button in buttons:
                row.addWidget(button)
                row.addSpacing(6)
        if style in ("mac", "breeze", "adwaita"):
            row.addStretch(1)
        row.addWidget(label)
        row.addStretch(1)
        if not left:
            for button in buttons:
                row.addWidget(button)
        layout.addWidget(bar)
        layout.addWidget(inner, 1)
        self.setObjectName("frame")
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_StyledBackground)
        back = {"98": "#d4d0c8"}.get(style, "#555" if dark else "#aaa")
        self.setStyleSheet(f"#frame{{background:{back}}}")


class Maker(Blocks):
    """Makes the layers of one picture."""

    def __init__(self, rng: Random, look: Look, size: tuple[int, int]) -> None:
        super().__init__(rng, look)
        self.size, self.kind = size, ""
        self.hue = rng.randrange(360)

    def backdrop(self, painter: QtGui.QPainter) -> None:
        """What lies behind the windows."""
        rect = QtCore.QRectF(0, 0, *self.size)
        shade = QtGui.QLinearGradient(rect.topLeft(), rect.bottomRight())
        shade.setColorAt(0, QtGui.QColor.fromHsv(self.hue, 120, 150))
        shade.setColorAt(1, QtGui.QColor.fromHsv((self.hue + 40) % 360, 160, 70))
        painter.fillRect(rect, QtGui.QBrush(shade))

    def scene(self) -> list[tuple[_W.QWidget, int, int]]:
        """(widget, x, y) of the layers, lowest first."""
        width, height = self.size
        kinds = (("main", 5), ("preferences", 3), ("columns", 3), ("manager", 2))
        self.kind = self.rng.choices([k for k, _ in kinds], [w for _, w in kinds])[0]
        window: _W.QWidget = getattr(self, f"_{self.kind}")()
        framed = self.chance(0.6)
        if framed:
            window = self._framed(window, False)
        x = y = 0
        if framed and self.chance(0.4):
            w, h = round(width * self.rng.uniform(0.6, 0.95)), round(height * self.rng.uniform(0.6, 0.95))
            x, y = self.rng.randint(0, width - w), self.rng.randint(0, height - h)
            width, height = w, h
        window.setMinimumSize(1, 1)
        window.setFixedSize(width, height)
        layers = [(window, x, y)]
        if self.chance(0.22):
            layers.append(self._dialog())
        menu = window.findChild(_W.QMenuBar)
        if menu is not None and len(layers) == 1 and self.chance(0.4):
            layers.extend(self._menu(window, menu, x, y))
        elif self.chance(0.08):
            popup = self._entries()
            layers.append(
                (popup, self.rng.randint(0, self.size[0] // 2), self.rng.randint(0, self.size[1] // 2))
            )
        return layers

    def _framed(self, window: _W.QWidget, dialog: bool) -> _Frame:
        return _Frame(
            window,
            f"{self.words.word()} – {self.words.product()}",
            self.look.bar_style,
            self.look.dark,
            dialog,
        )

    def _entries(self) -> _W.QMenu:
        menu = _W.QMenu()
        icons = self.chance(0.6)
        for text in self.words.words("ans", self.rng.randint(4, 14)):
            action = self.action(text + ("…" if self.chance(0.3) else ""), icons and self.chance(0.8))
            if self.chance(0.5):
                action.setShortcut(QtGui.QKeySequence(f"Ctrl+{self.rng.choice('ABCDEFGHNOPQRSTVWXZ')}"))
            if not icons and self.chance(0.15):
                action.setCheckable(True)
                action.setChecked(self.chance(0.5))
            menu.addAction(action)
            if self.chance(0.2):
                menu.addSeparator()
            if self.chance(0.15):
                menu.addMenu(self.words.word("s"))
        if self.chance(0.7):
            menu.setActiveAction(self.rng.choice([a for a in menu.actions() if not a.isSeparator()]))
        menu.ensurePolished()
        menu.resize(menu.sizeHint())
        return menu

    def _menu(self, window: _W.QWidget, bar: _W.QMenuBar, x: int, y: int) -> list[tuple[_W.QMenu, int, int]]:
        window.setAttribute(QtCore.Qt.WidgetAttribute.WA_DontShowOnScreen)
        window.show()
        _W.QApplication.processEvents()
        action = self.rng.choice(bar.actions()[:5])
        bar.setActiveAction(action)
        _W.QApplication.processEvents()
        rect = bar.actionGeometry(action)
        at = bar.mapTo(window, rect.bottomLeft())
        return [(self._entries(), x + at.x(), y + at.y() + 1)]

    def _dialog(self) -> tuple[_Frame, int, int]:
        box = _W.QDialog()
        box.setWindowFlags(QtCore.Qt.WindowType.Widget)
        layout = _W.QVBoxLayout(box)
        if self.chance(0.4):
            row = _W.QHBoxLayout()
            picture = _W.QLabel()
            icon = box.style().standardIcon(
                self.rng.choice(
                    [
                        getattr(_W.QStyle.StandardPixmap, f"SP_MessageBox{n}")
                        for n in ("Information", "Warning", "Critical", "Question")
                    ]
                )
            )
            picture.setPixmap(icon.pixmap(32, 32))
            picture.setProperty("role", "ignore")
            picture.setFixedSize(34, 34)
            row.addWidget(picture)
            row.addWidget(self.label(), 1)
            layout.addLayout(row)
            if self.chance(0.3):
                layout.addWidget(self.check())
        else:
            for _ in range(self.rng.randint(1, 3)):
                layout.addWidget(
                    self.tabs() if self.chance(0.15) else self.group() if self.chance(0.2) else self.simple()
                )
        layout.addStretch(1)
        layout.addWidget(self._ending())
        frame = self._framed(box, True)
        frame.setProperty("role", "dialog")
        frame.ensurePolished()
        hint = frame.sizeHint()
        w = max(min(hint.width() + self.rng.randint(0, 120), self.size[0] - 40), 280)
        h = min(max(hint.height(), 130), self.size[1] - 40)
        frame.setFixedSize(w, h)
        return frame, self.rng.randint(10, self.size[0] - w - 10), self.rng.randint(10, self.size[1] - h - 10)

    def _ending(self) -> _W.QDialogButtonBox:
        """The last buttons of a dialog."""
        box = _W.QDialogButtonBox()
        names = self.rng.choice(
            (
                ("Ok", "Cancel"),
                ("Ok", "Cancel", "Apply"),
                ("Close",),
                ("Save", "Discard", "Cancel"),
                ("Yes", "No"),
                ("Help", "Ok", "Cancel"),
                ("RestoreDefaults", "Ok", "Cancel"),
                ("Ok",),
            )
        )
        for name in names:
            button = box.addButton(getattr(_W.QDialogButtonBox.StandardButton, name))
            button.setIcon(QtGui.QIcon())
            if self.words.language != "en":
                button.setText(self.words.word("a"))
            if name == "Apply" and self.chance(0.7):
                button.setEnabled(False)
        return box

    def _preferences(self) -> _W.QWidget:
        content = self._filled(2)
        if self.chance(0.5):
            content = self.tabs(content)
        if self.chance(0.7):
            nav = self.list(True) if self.chance(0.6) else self.tree(True)
            nav.setProperty("role", "sidebar")
            nav.setFixedWidth(self.rng.randint(130, 230))
            content = self.row(nav, content, stretch=False)
        return self.column(content, self._ending(), margin=self.gap)

    def _filled(self, most: int) -> _W.QWidget:
        """Columns of blocks, as many as there is room for."""
        width, height = self.size
        columns = max(1, min(most + 2, round(width / self.rng.randint(300, 560))))
        parts = []
        for _ in range(columns):
            blocks, used = [], 0
            while used < height * 0.7:
                block = self.block() if self.chance(0.6) else self.group()
                block.ensurePolished()
                used += (
                    min(max(block.sizeHint().height(), block.minimumSizeHint().height()) + 12, 360) + self.gap
                )
                if used < height * 0.85:
                    blocks.append(block)
            parts.append(self.column(*blocks, stretch=True))
        return self.row(*parts, stretch=False)

    def _columns(self) -> _W.QWidget:
        inner = self._filled(3)
        if self.chance(0.3):
            area = _W.QScrollArea()
            area.setWidget(inner)
            area.setWidgetResizable(self.chance(0.6))
            inner = area
        return self.column(inner, margin=10)

    def _manager(self) -> _W.QWidget:
        top = self.row(self.line(), self.combo(), self.button(), self.tool(), stretch=self.chance(0.5))
        middle = self.table() if self.chance(0.6) else self.tree()
        parts = [top, middle]
        if self.chance(0.5):
            parts.insert(0, self.bar())
        if self.chance(0.4):
            parts.append(self.progress())
        parts.append(self.buttons() if self.chance(0.5) else self._ending())
        return self.column(*parts, margin=self.gap)

    def _main(self) -> _W.QMainWindow:
        window = _W.QMainWindow()
        window.setWindowFlags(QtCore.Qt.WindowType.Widget)
        if self.chance(0.85):
            for text in self.words.words("nas", self.rng.randint(4, 9)):
                window.menuBar().addMenu(text)
        for _ in range(self.rng.choice((0, 1, 1, 1, 2))):
            bar = self.bar(self.words.word())
            place = 4 if self.chance(0.85) else 1
            window.addToolBar(QtCore.Qt.ToolBarArea(place), bar)
            if self.chance(0.4):
                window.addToolBarBreak()
        for side in (1, 2):
            for _ in range(self.rng.choice((0, 0, 1, 1, 2))):
                dock = _W.QDockWidget(self.words.word())
                inner = self.rng.choice(
                    (
                        lambda: self.tree(True),
                        lambda: self.list(True),
                        self.form,
                        self.tree,
                        lambda: self.column(self.simple(), self.simple(), stretch=True, margin=4),
                    )
                )()
                dock.setWidget(inner)
                window.addDockWidget(QtCore.Qt.DockWidgetArea(side), dock)
        roll = self.rng.random()
        centre: _W.QWidget
        if roll < 0.3:
            centre = self.table() if self.chance(0.6) else self.tree()
        elif roll < 0.5:
            centre = _W.QTextEdit()
            centre.setPlainText("\n".join(self.words.sentence(4, 16) for _ in range(self.rng.randint(3, 40))))
        elif roll < 0.8:
            centre = self._filled(1)
        else:
            centre = self.column(self.line(), self.table(), self.text(), margin=4)
        if self.chance(0.45):
            centre = self.tabs(centre)
        window.setCentralWidget(centre)
        if self.chance(0.7):
            status = window.statusBar()
            status.showMessage(self.words.sentence(2, 6))
            if self.chance(0.4):
                part = self.progress() if self.chance(0.5) else _W.QLabel(self.words.value())
                part.setMaximumWidth(160)
                status.addPermanentWidget(part)
        return window
