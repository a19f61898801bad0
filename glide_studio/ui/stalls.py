"""How long the loop was away: recorded as long as the window lives."""

from __future__ import annotations

import time
from collections import deque

from PySide6.QtCore import QObject, Qt, QTimer

INTERVAL = 0.02  # seconds between looks


class LoopWatch(QObject):
    """A timer that measures how late it is called.

    longest: the longest stall so far, in seconds. recent: the last ten thousand or so, for
    percentiles.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.longest = 0.0
        self.recent: deque[float] = deque(maxlen=10_000)
        self._last: float | None = None  # until the loop runs, nothing can stall
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._look)
        self._timer.start(round(INTERVAL * 1000))

    def reset(self) -> None:
        """Begin anew."""
        self.longest = 0.0
        self.recent.clear()
        self._last = time.perf_counter()

    def _look(self) -> None:
        now = time.perf_counter()
        stall = 0.0 if self._last is None else max(0.0, now - self._last - INTERVAL)
        self._last = now
        self.recent.append(stall)
        self.longest = max(self.longest, stall)
