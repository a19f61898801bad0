"""The dialog of File > New: size and color of an empty picture."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QVBoxLayout, QWidget

from glide_studio.imaging.geometry import Size
from glide_studio.ui.size_dialog import make_pixel_field
from glide_studio.ui.widgets import make_dialog_buttons

SIZES = (
    ("Screen 1920 × 1080", (1920, 1080)),
    ("Square 2048 × 2048", (2048, 2048)),
    ("Photo 3000 × 2000", (3000, 2000)),
    ("A4 at 300 dpi", (2480, 3508)),
    ("Letter at 300 dpi", (2550, 3300)),
)
GROUNDS = (("White", "#ffffff"), ("Black", "#000000"), ("Transparent", None))


class NewDialog(QDialog):
    """`chosen` is called with the size and the color, "#rrggbb" or None for transparent."""

    def __init__(self, parent: QWidget, chosen: Callable[[Size, str | None], object]) -> None:
        super().__init__(parent)
        self._chosen = chosen
        self.setWindowTitle("New picture")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.preset = QComboBox()
        for name, size in SIZES:
            self.preset.addItem(name, size)
        self.width_ = make_pixel_field("Width", SIZES[0][1][0])
        self.height_ = make_pixel_field("Height", SIZES[0][1][1])
        self.ground = QComboBox()
        for name, color in GROUNDS:
            self.ground.addItem(name, color)
        rows = QFormLayout()
        rows.setSpacing(10)
        for name, widget in (
            ("Size", self.preset),
            ("Width", self.width_),
            ("Height", self.height_),
            ("Background", self.ground),
        ):
            widget.setAccessibleName(name)
            rows.addRow(name, widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(16)
        column.addLayout(rows)
        column.addWidget(make_dialog_buttons(self, "Create", self.accept))
        self.preset.activated.connect(lambda _: self._follow())

    def _follow(self) -> None:
        width, height = self.preset.currentData()
        self.width_.setValue(width)
        self.height_.setValue(height)

    def accept(self) -> None:
        size = Size(self.width_.value(), self.height_.value())
        super().accept()
        self._chosen(size, self.ground.currentData())
