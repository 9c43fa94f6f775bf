"""What a window of Qt shows, read from its widgets: boxes in pixels of the window, before any scale."""

from __future__ import annotations

from typing import Protocol, TypeVar, Unpack

from .qt import QAction, QtCore, QtGui
from .qt import QtWidgets as _W
from .rows import Row, Told

__all__ = ["read"]

_S = _W.QStyle
_Option = TypeVar("_Option", bound=_W.QStyleOption)
_OPAQUE = ("QCalendarWidget", "QLCDNumber", "QDial", "QColorDialog", "QSizeGrip")


class _Add(Protocol):
    def __call__(self, widget: _W.QWidget, kind: str, rect: QtCore.QRect, **more: Unpack[Told]) -> None: ...


def _option(kind: type[_Option], widget: _W.QWidget) -> _Option:
    option: _Option = kind()
    option.initFrom(widget)
    return option


def _open(root: _W.QWidget, widget: _W.QWidget, part: QtCore.QRect) -> float:
    """The share of sample points of a part at which no other widget lies over this one."""
    if widget is root:
        return 1.0
    good = 0
    for i in range(5):
        for j in range(5):
            x = part.x() + round(part.width() * (i + 0.5) / 5)
            y = part.y() + round(part.height() * (j + 0.5) / 5)
            top = root.childAt(x, y)
            good += top is None or top is widget or widget.isAncestorOf(top) or top.isAncestorOf(widget)
    return good / 25


def read(root: _W.QWidget) -> list[Row[int]]:
    """Rows {kind, rect, ...}: kind is one of the truth's, "icon" or "ignore"; rect is xywh in `root`."""
    rows: list[Row[int]] = []

    def add(widget: _W.QWidget, kind: str, rect: QtCore.QRect, **more: Unpack[Told]) -> None:
        """rect: QRect in the widget. What its ancestors cut off is told as `seen`."""
        if rect.width() < 2 or rect.height() < 2:
            return
        origin = widget.mapTo(root, rect.topLeft()) if widget is not root else rect.topLeft()
        whole = QtCore.QRect(origin, rect.size())
        part, up = QtCore.QRect(whole), widget
        while up is not None:
            place = up.mapTo(root, QtCore.QPoint(0, 0)) if up is not root else QtCore.QPoint(0, 0)
            part = part.intersected(QtCore.QRect(place, up.size()))
            if up is root:
                break
            up = up.parentWidget()
        if part.isEmpty():
            return
        rows.append(
            {
                "kind": kind,
                "rect": [whole.x(), whole.y(), whole.width(), whole.height()],
                "seen": [part.x(), part.y(), part.width(), part.height()],
                "open": _open(root, widget, part),
                **more,
            }
        )

    for widget in [root, *root.findChildren(_W.QWidget)]:
        if widget is not root and not widget.isVisibleTo(root):
            continue
        role = widget.property("role")
        if role:
            add(widget, str(role), widget.rect(), title=str(widget.property("title") or ""))
        _widget(widget, add)
        concept = widget.property("concept")
        if concept:
            add(widget, "icon", widget.rect(), concept=str(concept), icon_set=str(widget.property("set")))
    return rows


def _widget(w: _W.QWidget, add: _Add) -> None:
    off = not w.isEnabled()
    parent = w.parentWidget()
    name = w.metaObject().className()
    if name in _OPAQUE:
        add(w, "ignore", w.rect())
    elif isinstance(w, _W.QCheckBox | _W.QRadioButton):
        radio = isinstance(w, _W.QRadioButton)
        option = _option(_W.QStyleOptionButton, w)
        option.text = w.text()
        element = _S.SubElement.SE_RadioButtonIndicator if radio else _S.SubElement.SE_CheckBoxIndicator
        rect = w.style().subElementRect(element, option, w)
        mixed = not radio and w.checkState() == QtCore.Qt.CheckState.PartiallyChecked
        add(
            w,
            "radio" if radio else "checkbox",
            rect,
            paint=True,
            checked=None if mixed else w.isChecked(),
            disabled=off,
            label=w.text(),
        )
    elif isinstance(w, _W.QPushButton):
        add(w, "button", w.rect(), paint=not w.isFlat(), disabled=off, label=w.text())
    elif isinstance(w, _W.QToolButton):
        inner = parent is not None and (
            isinstance(parent, _W.QLineEdit | _W.QTabBar | _W.QMenuBar)
            or w.objectName() in ("qt_toolbar_ext_button", "qt_menubar_ext_button")
        )
        add(w, "ignore" if inner else "button", w.rect(), disabled=off, label=w.text())
    elif isinstance(w, _W.QLineEdit):
        if not isinstance(parent, _W.QAbstractSpinBox | _W.QComboBox):
            add(w, "input", w.rect(), disabled=off, value=w.text())
    elif isinstance(w, _W.QAbstractSpinBox):
        add(w, "input", w.rect(), disabled=off, value=w.text())
    elif isinstance(w, _W.QTextEdit | _W.QPlainTextEdit):
        add(w, "input", w.rect(), disabled=off)
    elif isinstance(w, _W.QComboBox):
        add(w, "select", w.rect(), disabled=off, value=w.currentText())
    elif isinstance(w, _W.QSlider):
        add(w, "slider", w.rect(), paint=True, disabled=off, value=str(w.value()))
    elif isinstance(w, _W.QProgressBar):
        option = _option(_W.QStyleOptionProgressBar, w)
        option.minimum, option.maximum, option.progress = w.minimum(), w.maximum(), w.value()
        option.text, option.textVisible = w.text(), w.isTextVisible()
        option.state |= _S.StateFlag.State_Horizontal
        rect = w.style().subElementRect(_S.SubElement.SE_ProgressBarGroove, option, w)
        add(w, "progress bar", rect, paint=not w.isTextVisible(), disabled=off, value=str(w.value()))
    elif isinstance(w, _W.QTabBar):
        _tabs(w, add)
    elif isinstance(w, _W.QMenuBar | _W.QMenu):
        for action in w.actions():
            if action.isVisible() and not action.isSeparator():
                rect = w.actionGeometry(action)
                add(
                    w,
                    "menu item",
                    rect,
                    disabled=not action.isEnabled(),
                    label=action.text().replace("&", ""),
                    selected=w.activeAction() is action,
                )
                _icon_of(w, action, rect, add)
                if action.isCheckable() and isinstance(w, _W.QMenu):
                    add(w, "ignore", QtCore.QRect(rect.x(), rect.y(), rect.height() + 4, rect.height()))
    elif isinstance(w, _W.QGroupBox):
        add(w, "card", w.rect(), title=w.title())
        if w.isCheckable():
            option = _option(_W.QStyleOptionGroupBox, w)
            option.text, option.lineWidth = w.title(), 1
            option.subControls = _S.SubControl.SC_All
            rect = w.style().subControlRect(
                _S.ComplexControl.CC_GroupBox, option, _S.SubControl.SC_GroupBoxCheckBox, w
            )
            add(w, "checkbox", rect, paint=True, checked=w.isChecked(), disabled=off, label=w.title())
    elif isinstance(w, _W.QToolBar):
        add(w, "toolbar", w.rect())
    elif isinstance(w, _W.QStatusBar):
        add(w, "footer", w.rect())
    elif isinstance(w, _W.QDockWidget):
        add(w, "sidebar", w.rect(), title=w.windowTitle())
    elif isinstance(w, _W.QListView | _W.QTreeView | _W.QTableView):
        _view(w, add, off)
    elif isinstance(w, _W.QAbstractButton):
        add(w, "ignore", w.rect())


def _tabs(bar: _W.QTabBar, add: _Add) -> None:
    for i in range(bar.count()):
        rect = bar.tabRect(i)
        add(
            bar,
            "tab",
            rect,
            selected=i == bar.currentIndex(),
            label=bar.tabText(i),
            disabled=not bar.isTabEnabled(i),
        )
        told = bar.tabData(i)
        if told:
            add(bar, "icon", rect, concept=told[0], icon_set=told[1])


def _icon_of(widget: _W.QWidget, action: QAction, rect: QtCore.QRect, add: _Add) -> None:
    told = action.data()
    if told and not action.icon().isNull():
        add(widget, "icon", rect, concept=told[0], icon_set=told[1])


def _view(view: _W.QListView | _W.QTreeView | _W.QTableView, add: _Add, off: bool) -> None:
    """A list, tree or table: rows of a navigation are menu items, what has a header is a table."""
    model = view.model()
    if model is None:
        return
    tree = isinstance(view, _W.QTreeView)
    table = isinstance(view, _W.QTableView) or (tree and not view.isHeaderHidden())
    if table:
        add(view, "table", view.rect())
    nav = bool(view.property("nav"))
    port = view.viewport()

    def walk(parent: QtCore.QModelIndex, depth: int = 0) -> None:
        for row in range(model.rowCount(parent)):
            for column in range(1 if isinstance(view, _W.QListView) else model.columnCount(parent)):
                index = model.index(row, column, parent)
                rect = view.visualRect(index)
                if rect.isEmpty() or rect.top() > port.height() or rect.bottom() < 0:
                    continue
                if nav and column == 0:
                    full = QtCore.QRect(rect)
                    if tree or view.flow() == _W.QListView.Flow.TopToBottom:
                        full.setLeft(0)
                        full.setRight(port.width() - 1)
                    add(
                        port,
                        "menu item",
                        full,
                        selected=view.selectionModel().isSelected(index),
                        disabled=off,
                        label=str(index.data()),
                    )
                told = index.data(int(QtCore.Qt.ItemDataRole.UserRole))
                if told:
                    add(port, "icon", rect, concept=told[0], icon_set=told[1])
                state = index.data(int(QtCore.Qt.ItemDataRole.CheckStateRole))
                if state is not None:
                    _ticked(view, index, rect, QtCore.Qt.CheckState(state), add, off)
            if tree and view.isExpanded(model.index(row, 0, parent)):
                walk(model.index(row, 0, parent), depth + 1)

    walk(QtCore.QModelIndex())


def _ticked(
    view: _W.QAbstractItemView,
    index: QtCore.QModelIndex,
    rect: QtCore.QRect,
    state: QtCore.Qt.CheckState,
    add: _Add,
    off: bool,
) -> None:
    option = _W.QStyleOptionViewItem()
    option.initFrom(view)
    option.rect, option.index = rect, index
    option.features = _W.QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
    option.features |= _W.QStyleOptionViewItem.ViewItemFeature.HasDisplay
    option.text = str(index.data() or "")
    option.decorationSize = view.iconSize()
    option.font = view.font()
    option.fontMetrics = QtGui.QFontMetrics(view.font())
    option.displayAlignment = QtCore.Qt.AlignmentFlag.AlignLeft | QtCore.Qt.AlignmentFlag.AlignVCenter
    box = view.style().subElementRect(_W.QStyle.SubElement.SE_ItemViewItemCheckIndicator, option, view)
    mixed = state == QtCore.Qt.CheckState.PartiallyChecked
    add(
        view.viewport(),
        "checkbox",
        box,
        disabled=off,
        checked=None if mixed else state == QtCore.Qt.CheckState.Checked,
    )
