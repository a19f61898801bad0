"""What all menus are built from."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

Verb = Callable[[], object]


def add(menu: QMenu, text: str, verb: Verb, keys: str | QKeySequence.StandardKey = "") -> QAction:
    """An entry that calls `verb`; keys: its shortcut."""
    action = QAction(text, menu)
    if keys:
        action.setShortcut(QKeySequence(keys))
    action.triggered.connect(lambda: verb())
    menu.addAction(action)
    return action
