"""Something to be done once the window is on the screen and nobody is using it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer

INPUT = frozenset(
    {
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.KeyPress,
        QEvent.Type.TabletMove,
    }
)


class WhenIdle(QObject):
    """Calls `function` once, `milliseconds` after the first paint and the last input."""

    def __init__(self, parent: QObject, milliseconds: int, function: Callable[[], object]) -> None:
        super().__init__(parent)
        self._function = function
        self._timer = QTimer(self, singleShot=True, interval=milliseconds)
        self._timer.timeout.connect(self._idle)
        application = QCoreApplication.instance()
        assert application is not None
        self._application = application
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if (kind is QEvent.Type.Paint and not self._timer.isActive()) or kind in INPUT:
            self._timer.start()
        return False

    def _idle(self) -> None:
        self._application.removeEventFilter(self)
        self._function()
