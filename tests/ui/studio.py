"""The window with its tabs over real editors, with the stand-in engine in its thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget

from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import ThreadRunner
from glide_studio.editor.shared_runner import SharedRunner
from glide_studio.editor.workers import Workers
from glide_studio.ui.studio_window import StudioWindow
from tests.editor.standin import StandInEngine
from tests.ui.test_menus import entries
from tests.ui.windows import Poster, close_studio, style_windows, wait_until

LEFT = Qt.MouseButton.LeftButton


class StudioDriver:
    """The window with its tabs, and what a user does to it."""

    def __init__(self, engine: StandInEngine, size: tuple[int, int] | None = (1200, 800)) -> None:
        """size: of the window, in pixels; None for the one it would have at the first start."""
        style_windows()
        self._poster = Poster()
        post = self._poster.post
        self.runner = SharedRunner(ThreadRunner(lambda: engine, post))
        self.window = StudioWindow(lambda: Editor(self.runner.lease(), Workers.threads(post)))
        if size is not None:
            self.window.resize(*size)
        self.window.show()
        QTest.qWaitForWindowExposed(self.window)

    @property
    def editor(self) -> Editor:
        return self.window.page.editor

    def open(self, *paths: Path) -> None:
        self.window.open_paths(paths)
        names = {path.name for path in paths}
        self.wait(lambda: names <= {page.editor.name for page in self.window.pages})

    def wait(self, condition: Callable[[], bool]) -> None:
        wait_until(condition)

    def menu(self, path: str) -> None:
        bar = self.window._menus.currentWidget()
        menus = [action.menu() for action in bar.actions()]
        for menu in menus:
            menu.aboutToShow.emit()
        found = {
            f"{menu.title().replace('&', '')}/{name}": action
            for menu in menus
            for name, action in entries(menu).items()
        }
        found[path].trigger()

    def box(self) -> QMessageBox:
        self.wait(lambda: any(one.isVisible() for one in self.window.findChildren(QMessageBox)))
        return next(one for one in self.window.findChildren(QMessageBox) if one.isVisible())

    def close(self) -> None:
        close_studio(self.window, self.runner, self._poster)


def press(box: QMessageBox, text: str) -> None:
    (button,) = [one for one in box.findChildren(QPushButton) if one.text() == text]
    QTest.mouseClick(button, LEFT)


def drop(window: QWidget, paths: list[Path], *places: QPoint) -> None:
    """Drag files over places of a window, and let them go at the last.

    Enter, move, leave and drop go to the widgets that Qt would send them to: the nearest one under
    the pointer that takes drops.
    """
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    none, copy = Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    target: QWidget | None = None
    for place in places:
        for _ in range(2):  # what appears under the pointer is met by the next move
            under = find_drop_target(window, place)
            if under is not target:
                if target is not None:
                    QApplication.sendEvent(target, QDragLeaveEvent())
                target = under
                here = target.mapFrom(window, place)
                enter = QDragEnterEvent(here, copy, data, LEFT, none)
                QApplication.sendEvent(target, enter)
                assert enter.isAccepted()
            here = target.mapFrom(window, place)
            QApplication.sendEvent(target, QDragMoveEvent(here, copy, data, LEFT, none))
    assert target is not None
    here = target.mapFrom(window, places[-1])
    QApplication.sendEvent(target, QDropEvent(QPointF(here), copy, data, LEFT, none))


def find_drop_target(window: QWidget, place: QPoint) -> QWidget:
    widget: QWidget | None = window.childAt(place) or window
    while widget is not None and not widget.acceptDrops():
        widget = None if widget is window else widget.parentWidget()
    assert widget is not None, "nothing there takes files"
    return widget
