"""A window of another program from which a file is dragged: `... drag_source X Y FILE`."""

from __future__ import annotations

import sys

from PySide6.QtCore import QMimeData, Qt, QTimer, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

SIDE_PX = 20


class DragSource(QWidget):
    """A square above all windows; a press on it begins to drag the file.

    Whoever started it ends it, since the file's name is asked for after the drop.
    """

    def __init__(self, x: int, y: int, path: str) -> None:
        super().__init__(None, Qt.WindowType.X11BypassWindowManagerHint)
        self._path = path
        self.setGeometry(x, y, SIDE_PX, SIDE_PX)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(self._path)])
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction)


if __name__ == "__main__":
    application = QApplication([])
    source = DragSource(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
    source.show()
    QTimer.singleShot(300, lambda: print("ready", flush=True))
    QTimer.singleShot(60_000, application.quit)
    application.exec()
