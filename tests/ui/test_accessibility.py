"""What a screen reader gets: name, role and value of every control, and messages as alerts.

Read by Qt's accessible interfaces, which AT-SPI hands on as they are.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QWidget,
)

from glide_studio.document.adjustments import Exposure
from glide_studio.editor.state import Severity
from glide_studio.imaging.geometry import Point
from glide_studio.ui import widgets
from glide_studio.ui.commands import list_commands
from tests.ui.test_results_panel import fill
from tests.ui.windows import WindowDriver

CONTROLS = (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
)
NO_ROLES = (QAccessible.Role.NoRole, QAccessible.Role.Client)
NAME, VALUE = QAccessible.Text.Name, QAccessible.Text.Value
DIALOGS = (
    "File › New",
    "File › Export image",
    "Edit › Preferences",
    "Image › Canvas size",
    "Image › Scale",
    "View › Guides › New guide",
    "Generate › Teach it your pictures",
    "Help › Find a command",
)


def find_faults(top: QWidget) -> list[str]:
    """Name the visible controls below a widget that a screen reader could not tell."""
    faults = []
    for widget in top.findChildren(QWidget):
        if not widget.isVisible():
            continue
        found = QAccessible.queryAccessibleInterface(widget)
        what = f"{type(widget).__name__} '{widget.accessibleName() or widget.objectName()}'"
        if isinstance(widget, QLabel) and widget.text() and found is not None:
            plain = widget.text() if "<" not in widget.text() else ""
            if plain and plain not in found.text(NAME):
                faults.append(f"{what} hides its text “{plain}” behind '{found.text(NAME)}'")
        is_part = isinstance(widget.parentWidget(), QAbstractSpinBox | QComboBox)
        if not isinstance(widget, CONTROLS) or isinstance(widget, QScrollBar) or is_part:
            continue
        if found is None:
            faults.append(f"{what} is unknown")
        elif not found.text(NAME).strip():
            faults.append(f"{what} in {type(widget.parentWidget()).__name__} has no name")
        elif found.role() in NO_ROLES:
            faults.append(f"{what} has no role")
        elif (isinstance(widget, QAbstractSlider) and found.valueInterface() is None) or (
            isinstance(widget, QAbstractSpinBox | QComboBox) and not found.text(VALUE)
        ):
            faults.append(f"{what} has no value")
    return faults


def test_every_control_of_the_first_page_is_named(driver: WindowDriver) -> None:
    assert find_faults(driver.window) == []


def test_every_control_of_a_full_window_is_named(driver: WindowDriver, photo_file: Path) -> None:
    driver.open(photo_file)
    driver.editor.layers.add_adjustment(Exposure())
    driver.editor.layers.add_mask()
    driver.editor.selection.rectangle(Point(280, 180), Point(330, 230))
    fill(driver, "a cup", 2)
    driver.window.prompt.placement.setFocus()
    QTest.qWait(50)
    assert find_faults(driver.window) == []


@pytest.mark.parametrize("path", DIALOGS)
def test_every_control_of_a_dialog_is_named(
    driver: WindowDriver, photo_file: Path, path: str
) -> None:
    driver.open(photo_file)
    actions = {one.path: one.action for one in list_commands(driver.window.menu_bar)}
    actions[path].trigger()
    QTest.qWait(50)
    open_now = [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog)]
    (dialog,) = [one for one in open_now if one.isVisible()]
    assert find_faults(dialog) == []
    dialog.close()
    QTest.qWait(20)


def test_messages_are_alerts_and_errors_are_urgent(
    driver: WindowDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[QAccessible.Event, str]] = []

    class Reader(QAccessible):
        @staticmethod
        def updateAccessibility(event: QAccessibleEvent) -> None:
            said = event.message() if hasattr(event, "message") else ""
            if hasattr(event, "politeness"):
                said += f" ({event.politeness().name})"
            heard.append((event.type(), said))

    monkeypatch.setattr(widgets, "QAccessible", Reader)
    driver.editor.state.notify("Saved work.glide.", Severity.SUCCESS)
    driver.editor.state.notify("The disk is full; make room.", Severity.ERROR)
    alerts = [kind for kind, _ in heard if kind is QAccessible.Event.Alert]
    assert len(alerts) == 2
    spoken = [said for _, said in heard if said]
    assert spoken == ["Saved work.glide. (Polite)", "The disk is full; make room. (Assertive)"]
    label = QAccessible.queryAccessibleInterface(driver.window.notices.text)
    assert label.text(NAME) == "The disk is full; make room."


def test_focus_is_never_lost_by_tab(driver: WindowDriver, photo_file: Path) -> None:
    driver.open(photo_file)
    seen = []
    for _ in range(30):
        QTest.keyClick(QApplication.focusWidget() or driver.window, Qt.Key.Key_Tab)
        widget = QApplication.focusWidget()
        assert widget is not None
        assert widget.isVisible()
        seen.append(widget)
    assert len(set(seen)) > 20
