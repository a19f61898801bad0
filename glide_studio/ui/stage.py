"""The canvas with what floats above it: nothing that comes and goes may move the picture."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget


class Stage(QWidget):
    """`canvas` fills it; `above` floats at its top, `below` at its bottom."""

    def __init__(self, canvas: QWidget, above: QWidget, below: QWidget) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(canvas, 0, 0)
        centre = Qt.AlignmentFlag.AlignHCenter
        for widget, edge in (
            (above, Qt.AlignmentFlag.AlignTop),
            (below, Qt.AlignmentFlag.AlignBottom),
        ):
            grid.addWidget(widget, 0, 0, centre | edge)
            widget.raise_()
