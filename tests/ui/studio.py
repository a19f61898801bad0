"""The window with its tabs over real editors, with the stand-in engine in its thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget

from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import ThreadRunner
from glide_studio.editor.shared_runner import SharedRunner
from glide_studio.editor.workers import Workers
from glide_studio.ui.studio_window import StudioWindow
from glide_studio.ui.theme import apply_theme
from tests.editor.standin import StandInEngine
from tests.ui.test_menus import entries
from tests.ui.windows import Poster, close_studio, wait_until

LEFT = Qt.MouseButton.LeftButton


class StudioDriver:
    """The window with its tabs, and what a user does to it."""

    def __init__(self, engine: StandInEngine, size: tuple[int, int] | None = (1200, 800)) -> None:
        """size: of the window, in pixels; None for the one it would have at the first start."""
        apply_theme(QApplication.instance())
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


def drop(target: QWidget, paths: list[Path], place: QPoint) -> None:
    """What a file manager sends: enter, move and drop on the widget under the mouse."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    none, copy = Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    enter = QDragEnterEvent(place, copy, data, LEFT, none)
    QApplication.sendEvent(target, enter)
    assert enter.isAccepted()
    move = QDragMoveEvent(place, copy, data, LEFT, none)
    QApplication.sendEvent(target, move)
    QApplication.sendEvent(target, QDropEvent(QPointF(place), copy, data, LEFT, none))
