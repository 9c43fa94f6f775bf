"""Blocks of Qt's widgets: forms, choices, lists, trees, tables, bars, with random words and states."""

from __future__ import annotations

from random import Random
from typing import TypeVar

from .qt import QAction, QtCore, QtGui
from .qt import QtWidgets as _W
from .qt_looks import Look
from .words import Words

__all__ = ["Blocks"]

_Some = TypeVar("_Some", bound=_W.QWidget)
_ROLE, _STATE = QtCore.Qt.ItemDataRole, QtCore.Qt.CheckState
_CHECK = int(getattr(_ROLE.CheckStateRole, "value", _ROLE.CheckStateRole))
_USER = int(_ROLE.UserRole)
_STATES = (_STATE.Unchecked, _STATE.Checked, _STATE.PartiallyChecked)


class Blocks:
    """Makes widgets; every block is a QWidget."""

    def __init__(self, rng: Random, look: Look) -> None:
        self.rng, self.look, self.words = rng, look, Words(rng)
        self.gap = rng.choice((4, 6, 6, 8, 10))

    def chance(self, share: float) -> bool:
        """True in this share of the calls."""
        return self.rng.random() < share

    def state(self, widget: _Some) -> _Some:
        """The widget, disabled now and then."""
        if self.chance(0.1):
            widget.setEnabled(False)
        return widget

    def icon(self) -> tuple[QtGui.QIcon, tuple[str, str]]:
        """An icon of the theme, and what it shows."""
        concept, file = self.rng.choice(self.look.icons)
        return QtGui.QIcon(file), (concept, self.look.icon_set.lower())

    def column(self, *parts: _W.QWidget, stretch: bool = False, margin: int = 0) -> _W.QWidget:
        """Parts below each other."""
        box = _W.QWidget()
        layout = _W.QVBoxLayout(box)
        layout.setContentsMargins(margin, margin, margin, margin)
        layout.setSpacing(self.gap)
        for part in parts:
            layout.addWidget(part)
        if stretch:
            layout.addStretch(1)
        return box

    def row(self, *parts: _W.QWidget, stretch: bool = True) -> _W.QWidget:
        """Parts beside each other."""
        box = _W.QWidget()
        layout = _W.QHBoxLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(self.gap)
        for part in parts:
            layout.addWidget(part)
        if stretch:
            layout.addStretch(1)
        return box

    def button(self) -> _W.QPushButton:
        """A push button, at times with an icon."""
        button = _W.QPushButton(self.words.word("a"))
        if self.chance(0.25):
            icon, told = self.icon()
            button.setIcon(icon)
            button.setProperty("concept", told[0])
            button.setProperty("set", told[1])
        if self.chance(0.1):
            button.setDefault(True)
        if self.chance(0.07):
            button.setCheckable(True)
            button.setChecked(self.chance(0.5))
        return self.state(button)

    def tool(self) -> _W.QToolButton:
        """A tool button that is an icon."""
        button = _W.QToolButton()
        icon, told = self.icon()
        button.setIcon(icon)
        button.setProperty("concept", told[0])
        button.setProperty("set", told[1])
        button.setAutoRaise(self.chance(0.5))
        return self.state(button)

    def buttons(self) -> _W.QWidget:
        """Some buttons in a row."""
        return self.row(
            *(self.tool() if self.chance(0.2) else self.button() for _ in range(self.rng.randint(1, 4)))
        )

    def line(self) -> _W.QLineEdit:
        """A line to write in."""
        line = _W.QLineEdit()
        roll = self.rng.random()
        if roll < 0.6:
            line.setText(self.words.value())
        elif roll < 0.8:
            line.setPlaceholderText(self.words.sentence(1, 3))
        elif roll < 0.86:
            line.setText("secret" * self.rng.randint(1, 2))
            line.setEchoMode(_W.QLineEdit.EchoMode.Password)
        return self.state(line)

    def combo(self) -> _W.QComboBox:
        """A combo box."""
        combo = _W.QFontComboBox() if self.chance(0.04) else _W.QComboBox()
        if combo.count() == 0:
            combo.addItems(self.words.words("nsafm", self.rng.randint(2, 7)))
        combo.setCurrentIndex(self.rng.randrange(combo.count()))
        if self.chance(0.15):
            combo.setEditable(True)
        return self.state(combo)

    def spin(self) -> _W.QAbstractSpinBox:
        """A number, time or date with its arrows."""
        roll = self.rng.random()
        spin: _W.QAbstractSpinBox
        if roll < 0.6:
            spin = _W.QSpinBox()
            spin.setMaximum(10 ** self.rng.randint(1, 6))
            spin.setValue(self.rng.randint(0, spin.maximum()))
            if self.chance(0.4):
                spin.setSuffix(self.rng.choice((" px", " %", " ms", " MB", " pt")))
        elif roll < 0.85:
            spin = _W.QDoubleSpinBox()
            spin.setValue(self.rng.uniform(0, 99))
        else:
            spin = self.rng.choice((_W.QDateEdit, _W.QTimeEdit, _W.QDateTimeEdit))()
        return self.state(spin)

    def slider(self) -> _W.QSlider:
        """A slider, mostly lying."""
        slider = _W.QSlider(QtCore.Qt.Orientation.Horizontal)
        slider.setValue(self.rng.randint(0, 99))
        slider.setMinimumWidth(self.rng.choice((80, 120, 200)))
        if self.chance(0.25):
            slider.setTickPosition(_W.QSlider.TickPosition.TicksBelow)
            slider.setTickInterval(self.rng.choice((10, 20, 25)))
        return self.state(slider)

    def progress(self) -> _W.QProgressBar:
        """A bar of progress."""
        bar = _W.QProgressBar()
        bar.setValue(self.rng.randint(0, 100))
        bar.setTextVisible(self.chance(0.6))
        if self.chance(0.3):
            bar.setMaximumHeight(self.rng.choice((8, 12, 16)))
        return self.state(bar)

    def check(self) -> _W.QCheckBox:
        """A check box."""
        box = _W.QCheckBox(self.words.word("sfn") if self.chance(0.7) else self.words.sentence(2, 7))
        if self.chance(0.1):
            box.setTristate(True)
            box.setCheckState(self.rng.choice(_STATES))
        else:
            box.setChecked(self.chance(0.5))
        return self.state(box)

    def checks(self) -> _W.QWidget:
        """Check boxes."""
        parts = [self.check() for _ in range(self.rng.randint(1, 6))]
        return self.row(*parts) if len(parts) < 4 and self.chance(0.3) else self.column(*parts)

    def radios(self) -> _W.QWidget:
        """Radio buttons, of which one is on."""
        parts = [
            self.state(_W.QRadioButton(text)) for text in self.words.words("sfna", self.rng.randint(2, 5))
        ]
        self.rng.choice(parts).setChecked(True)
        return self.row(*parts) if len(parts) < 4 and self.chance(0.3) else self.column(*parts)

    def control(self) -> _W.QWidget:
        """What stands behind a label."""
        make = self.rng.choices(
            (self.line, self.combo, self.spin, self.slider, self.check, self.progress), (6, 4, 3, 1, 1, 0.5)
        )[0]
        return make()

    def form(self, low: int = 2, high: int = 7) -> _W.QWidget:
        """Labels with their controls; a region."""
        box = _W.QWidget()
        box.setProperty("role", "form")
        layout = _W.QFormLayout(box)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(self.gap)
        if self.chance(0.3):
            layout.setRowWrapPolicy(_W.QFormLayout.RowWrapPolicy.WrapAllRows)
        layout.setFieldGrowthPolicy(_W.QFormLayout.FieldGrowthPolicy(self.rng.choice((0, 1, 2))))
        if self.chance(0.4):
            layout.setLabelAlignment(
                QtCore.Qt.AlignmentFlag.AlignRight | QtCore.Qt.AlignmentFlag.AlignVCenter
            )
        for _ in range(self.rng.randint(low, high)):
            part = self.control()
            if self.chance(0.15):
                part = self.row(part, self.tool() if self.chance(0.4) else self.button(), stretch=False)
            layout.addRow(self.words.word("fs") + ":" * self.chance(0.7), part)
        return box

    def label(self) -> _W.QLabel:
        """Words, over several lines if they are many."""
        label = _W.QLabel(self.words.sentence(3, 22))
        label.setWordWrap(True)
        return label

    def text(self) -> _W.QPlainTextEdit:
        """A field of several lines."""
        edit = _W.QPlainTextEdit(
            " ".join(self.words.sentence(6, 14) + "." for _ in range(self.rng.randint(0, 5)))
        )
        edit.setMaximumHeight(self.rng.choice((60, 90, 140)))
        return self.state(edit)

    def group(self, *parts: _W.QWidget) -> _W.QGroupBox:
        """A box with a title; a region."""
        box = _W.QGroupBox(self.words.word())
        if self.chance(0.15):
            box.setCheckable(True)
            box.setChecked(self.chance(0.6))
        layout = _W.QVBoxLayout(box)
        layout.setSpacing(self.gap)
        for part in parts or [self.simple() for _ in range(self.rng.randint(1, 3))]:
            layout.addWidget(part)
        return box

    def list(self, nav: bool = False, ticks: bool | None = None) -> _W.QListWidget:
        """A list; one for navigation has entries that are menu items."""
        view = _W.QListWidget()
        view.setProperty("nav", nav)
        ticks = (self.chance(0.5) if ticks is None else ticks) and not nav
        icons = self.chance(0.6 if nav else 0.3)
        for text in self.words.words("nsfam", self.rng.randint(4, 14)):
            item = _W.QListWidgetItem(text if nav or self.chance(0.5) else self.words.value())
            if icons and not ticks:
                icon, told = self.icon()
                item.setIcon(icon)
                item.setData(_USER, list(told))
            if ticks:
                item.setCheckState(_STATES[self.chance(0.5)])
            view.addItem(item)
        if icons and self.chance(0.4):
            view.setIconSize(QtCore.QSize(*[self.rng.choice((22, 24, 32))] * 2))
        if nav or self.chance(0.4):
            view.setCurrentRow(self.rng.randrange(view.count()))
        view.setAlternatingRowColors(not nav and self.chance(0.4))
        return view

    def tree(self, nav: bool = False) -> _W.QTreeWidget:
        """A tree, without a header when it is for navigation."""
        tree = _W.QTreeWidget()
        tree.setProperty("nav", nav)
        columns = 1 if nav else self.rng.randint(1, 5)
        tree.setColumnCount(columns)
        tree.setHeaderLabels(self.words.words("fm", columns))
        tree.setHeaderHidden(nav)
        ticks, icons = not nav and self.chance(0.35), self.chance(0.6)
        for _ in range(self.rng.randint(3, 9)):
            top = self._entry(tree, columns, ticks, icons and not ticks)
            for _ in range(self.rng.randint(0, 4)):
                self._entry(top, columns, ticks, icons and not ticks)
            top.setExpanded(self.chance(0.6))
        if self.chance(0.8):
            tree.setCurrentItem(tree.topLevelItem(self.rng.randrange(tree.topLevelItemCount())))
        return tree

    def _entry(
        self, parent: _W.QTreeWidget | _W.QTreeWidgetItem, columns: int, ticks: bool, icons: bool
    ) -> _W.QTreeWidgetItem:
        texts = [self.words.word(), *(self.words.value() for _ in range(columns - 1))]
        item = _W.QTreeWidgetItem(parent, texts)
        if ticks:
            item.setCheckState(0, self.rng.choice((*_STATES[:2], *_STATES)))
        if icons:
            icon, told = self.icon()
            item.setIcon(0, icon)
            item.setData(0, _USER, list(told))
        return item

    def table(self) -> _W.QTableWidget:
        """A table with headers; at times with boxes to tick in a column."""
        rows, columns = self.rng.randint(4, 30), self.rng.randint(2, 7)
        table = _W.QTableWidget(rows, columns)
        table.setHorizontalHeaderLabels(self.words.words("fmn", columns))
        table.verticalHeader().setVisible(self.chance(0.5))
        table.setShowGrid(self.chance(0.6))
        table.setAlternatingRowColors(self.chance(0.4))
        ticks = 0 if self.chance(0.35) else -1
        for row in range(rows):
            for column in range(columns):
                item = _W.QTableWidgetItem(self.words.value())
                if column == ticks:
                    item.setCheckState(_STATES[self.chance(0.5)])
                table.setItem(row, column, item)
        if self.chance(0.5):
            table.resizeColumnsToContents()
        if self.chance(0.6):
            table.setSelectionBehavior(_W.QAbstractItemView.SelectionBehavior.SelectRows)
            table.selectRow(self.rng.randrange(min(8, rows)))
        return table

    def simple(self) -> _W.QWidget:
        """A block that is not high."""
        makers = (
            (self.form, 3),
            (self.checks, 3),
            (self.radios, 2.5),
            (self.buttons, 2),
            (self.label, 1),
            (self.text, 0.7),
            (self.slider, 1),
            (self.progress, 1.2),
            (self.spin, 0.5),
            (self.combo, 0.7),
            (self.line, 0.6),
        )
        return self.rng.choices([m for m, _ in makers], [w for _, w in makers])[0]()

    def block(self) -> _W.QWidget:
        """Any block."""
        makers = (
            (self.simple, 5),
            (self.group, 3),
            (self.list, 1),
            (self.tree, 0.8),
            (self.table, 0.8),
            (self.tabs, 0.8),
        )
        return self.rng.choices([m for m, _ in makers], [w for _, w in makers])[0]()

    def tabs(self, page: _W.QWidget | None = None) -> _W.QTabWidget:
        """Pages behind tabs."""
        tabs = _W.QTabWidget()
        icons = self.chance(0.2)
        texts = self.words.words("nsf", self.rng.randint(2, 7))
        now = self.rng.randrange(len(texts))
        for i, text in enumerate(texts):
            shown = (
                (page or self.column(*(self.simple() for _ in range(self.rng.randint(1, 3))), margin=8))
                if i == now
                else _W.QWidget()
            )
            tabs.addTab(shown, text)
            if icons:
                icon, told = self.icon()
                tabs.setTabIcon(i, icon)
                tabs.tabBar().setTabData(i, list(told))
            if self.chance(0.05) and i != now:
                tabs.setTabEnabled(i, False)
        tabs.setCurrentIndex(now)
        tabs.setDocumentMode(self.chance(0.3))
        if self.chance(0.12):
            tabs.setTabPosition(_W.QTabWidget.TabPosition.South)
        return tabs

    def action(self, text: str, icon: bool) -> QAction:
        """An action of a menu or toolbar."""
        action = QAction(text, None)
        self._kept = [*getattr(self, "_kept", []), action]
        if icon:
            picture, told = self.icon()
            action.setIcon(picture)
            action.setData(list(told))
        if self.chance(0.12):
            action.setEnabled(False)
        return action

    def bar(self, title: str = "") -> _W.QToolBar:
        """A toolbar."""
        bar = _W.QToolBar(title)
        bar.setIconSize(QtCore.QSize(*[self.rng.choice((16, 22, 22, 24, 32))] * 2))
        bar.setToolButtonStyle(QtCore.Qt.ToolButtonStyle(self.rng.choice((0, 0, 0, 2, 3))))
        for _ in range(self.rng.randint(3, 14)):
            roll = self.rng.random()
            if roll < 0.78:
                action = self.action(self.words.word("a"), True)
                if self.chance(0.1):
                    action.setCheckable(True)
                    action.setChecked(self.chance(0.5))
                bar.addAction(action)
                button = bar.widgetForAction(action)
                for key, value in zip(("concept", "set"), action.data(), strict=True):
                    button.setProperty(key, value)
            elif roll < 0.9:
                bar.addSeparator()
            else:
                part = self.rng.choice((self.combo, self.line, self.spin, self.check))()
                part.setMaximumWidth(180)
                bar.addWidget(part)
        bar.setMovable(self.chance(0.5))
        return bar
