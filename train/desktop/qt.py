"""The Qt binding that there is: PySide6, or PyQt5 for the styles that Debian builds for Qt 5."""

from __future__ import annotations

try:
    from PySide6 import QtCore, QtGui, QtWidgets

    QAction = QtGui.QAction
except ImportError:  # the other binding, of the system's interpreter
    from PyQt5 import QtCore, QtGui, QtWidgets

    QAction = QtWidgets.QAction

__all__ = ["QAction", "QtCore", "QtGui", "QtWidgets"]
