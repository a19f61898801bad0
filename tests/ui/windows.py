"""A real window over a real editor, with the stand-in engine in its thread."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import shiboken6
from PySide6.QtCore import QEvent, QLocale, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QInputDevice, QMouseEvent, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from glide_studio.api.engine_protocol import Engine
from glide_studio.api.model_library import ModelLibrary
from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import ThreadRunner
from glide_studio.editor.shared_runner import SharedRunner
from glide_studio.editor.workers import Workers
from glide_studio.imaging.geometry import Point
from glide_studio.ui.canvas.canvas import Canvas
from glide_studio.ui.results_panel import ResultsPanel
from glide_studio.ui.studio_window import StudioWindow
from glide_studio.ui.theme import apply_theme, make_style_sheet
from glide_studio.ui.window import EditorWindow
from tests.editor.standin import StandInEngine

PATIENCE_S = 600.0  # until a test that waits for an event gives up


def style_windows() -> None:
    """Apply the theme unless that was done: it styles all windows anew, which takes long."""
    application = QApplication.instance()
    language = QLocale().language()  # has fonts of its own
    applied = application.property("theme of"), application.styleSheet()
    if applied != (language, make_style_sheet()):
        apply_theme(application)
        application.setProperty("theme of", language)


class Poster(QObject):
    """Runs functions on the thread that made it, as the program's loop does."""

    _posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def post(self, function: Callable[[], object]) -> None:
        self._posted.emit(function)

    def _run(self, function: Callable[[], object]) -> None:
        function()


class WindowDriver:
    """The window and what a user does to it.

    engine: a stand-in, or what builds an engine in the thread that runs it, as the program does.
    """

    def __init__(
        self,
        engine: StandInEngine | Callable[[], Engine],
        library: Callable[[], ModelLibrary] | None = None,
    ):
        style_windows()
        self.engine = engine
        self._poster = Poster()
        post = self._poster.post
        runner = ThreadRunner(engine if callable(engine) else lambda: engine, post)
        self.editor = Editor(runner, Workers.threads(post), library=library)
        self.window = EditorWindow(self.editor)
        self.window.resize(1200, 800)
        self.window.show()
        QTest.qWaitForWindowExposed(self.window)

    @property
    def canvas(self) -> Canvas:
        return self.window.canvas

    def open(self, path: Path) -> None:
        self.window.file_actions.open_path(path)
        self.wait(lambda: self.editor.name == path.name)
        QTest.qWait(1)

    def wait(self, condition: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
        wait_until(condition, seconds)

    def at(self, x: float, y: float) -> QPoint:
        """Where document position (x, y) is on the canvas."""
        left, top = self.canvas.view.viewport.to_device(Point(x, y))
        return QPoint(round(left), round(top))

    def drag(self, *points: tuple[float, float], release: bool = True) -> None:
        """Press at the first document point, move through the others, release at the last."""
        places = [self.at(*point) for point in points]
        QTest.mouseMove(self.canvas, places[0])
        QTest.mousePress(self.canvas, Qt.MouseButton.LeftButton, pos=places[0])
        for place in places[1:]:
            send_move(self.canvas, place, Qt.MouseButton.LeftButton)
        if release:
            QTest.mouseRelease(self.canvas, Qt.MouseButton.LeftButton, pos=places[-1])

    def close(self) -> None:
        self.window.hide()
        self.editor.close()
        QApplication.processEvents()
        delete_now(self.window, self._poster)


def tile_place(
    panel: ResultsPanel, row: int
) -> tuple[QWidget, Qt.MouseButton, Qt.KeyboardModifier, QPoint]:
    """Where a result is clicked: what `QTest.mouseClick` takes."""
    place = panel.list.visualRect(panel.model.index(row)).center()
    return (
        panel.list.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        place,
    )


def delete_now(*objects: QObject) -> None:
    """Delete what Qt would delete in its next turn, and all that was to be deleted by then."""
    for one in objects:
        one.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def close_studio(window: StudioWindow, runner: SharedRunner, poster: Poster) -> None:
    """End a window with tabs, its editors and their engine, as the program does."""
    window.hide()
    window.close_editors()
    runner.close()
    QApplication.processEvents()
    delete_now(window, poster)


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    """Run the event loop until something is true; fails if that takes too long."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        run_event_loop(2)


def run_event_loop(milliseconds: int) -> None:
    """Run the event loop for a while, in which other threads run too.

    QTest.qWait keeps Python's lock while it waits.
    """
    end = time.monotonic() + milliseconds / 1000
    while True:
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        if (left := end - time.monotonic()) <= 0:
            return
        time.sleep(min(left, 0.002))


def send_move(
    canvas: QWidget,
    place: QPoint,
    button: Qt.MouseButton,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """A mouse move with a button held; QTest.mouseMove cannot hold one."""
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        place.toPointF(),
        canvas.mapToGlobal(place).toPointF(),
        Qt.MouseButton.NoButton,
        button,
        keys,
    )
    QApplication.sendEvent(canvas, event)


@contextmanager
def nothing_left_alive() -> Iterator[None]:
    """Fails if a thread or a running timer outlives the test."""
    before = set(threading.enumerate())
    yield
    left = [thread.name for thread in set(threading.enumerate()) - before if thread.is_alive()]
    assert not left, f"threads left alive: {left}"
    objects = gc.get_objects()
    kinds = {kind for kind in set(map(type, objects)) if issubclass(kind, QTimer)}
    timers = [one for one in objects if type(one) in kinds and shiboken6.isValid(one)]
    running = [one for one in timers if one.isActive()]
    assert not running, f"timers left running: {running}"


PEN = QPointingDevice(
    "pen",
    1,
    QInputDevice.DeviceType.Stylus,
    QPointingDevice.PointerType.Pen,
    QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
    1,
    3,
)
TURNED = QPointingDevice(
    "pen, turned round",
    2,
    QInputDevice.DeviceType.Stylus,
    QPointingDevice.PointerType.Eraser,
    QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
    1,
    3,
)


def send_pen(
    canvas: Canvas,
    kind: QEvent.Type,
    place: QPoint,
    pressure: float,
    device: QPointingDevice = PEN,
    button: Qt.MouseButton = Qt.MouseButton.LeftButton,
) -> bool:
    """A pen's event as a tablet's driver sends it; True if the canvas took it."""
    none = Qt.MouseButton.NoButton
    down = kind is not QEvent.Type.TabletRelease and pressure > 0
    event = QTabletEvent(
        kind,
        device,
        place.toPointF(),
        canvas.mapToGlobal(place).toPointF(),
        pressure,
        0,
        0,
        0,
        0,
        0,
        Qt.KeyboardModifier.NoModifier,
        none if kind is QEvent.Type.TabletMove else button,
        button if down else none,
    )
    QApplication.sendEvent(canvas, event)
    return event.isAccepted()
