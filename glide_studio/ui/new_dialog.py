"""The dialog of File > New: size and color of an empty picture."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QComboBox, QWidget

from glide_studio.imaging.geometry import Size
from glide_studio.translation import QT_TRANSLATE_NOOP, translate
from glide_studio.ui.size_dialog import PixelField
from glide_studio.ui.widgets import FormDialog

SIZES = (
    (QT_TRANSLATE_NOOP("NewDialog", "Screen 1920 × 1080"), (1920, 1080)),
    (QT_TRANSLATE_NOOP("NewDialog", "Square 2048 × 2048"), (2048, 2048)),
    (QT_TRANSLATE_NOOP("NewDialog", "Photo 3000 × 2000"), (3000, 2000)),
    (QT_TRANSLATE_NOOP("NewDialog", "A4 at 300 dpi"), (2480, 3508)),
    (QT_TRANSLATE_NOOP("NewDialog", "Letter at 300 dpi"), (2550, 3300)),
)
GROUNDS = (
    (QT_TRANSLATE_NOOP("NewDialog", "White"), "#ffffff"),
    (QT_TRANSLATE_NOOP("NewDialog", "Black"), "#000000"),
    (QT_TRANSLATE_NOOP("NewDialog", "Transparent"), None),
)


class NewDialog(FormDialog):
    """`chosen` is called with the size and the color, "#rrggbb" or None for transparent."""

    def __init__(self, parent: QWidget, chosen: Callable[[Size, str | None], object]) -> None:
        super().__init__(parent, translate("NewDialog", "New picture"))
        self._chosen = chosen
        self.preset = QComboBox()
        for name, size in SIZES:
            self.preset.addItem(translate("NewDialog", name), size)
        self.width_ = PixelField(translate("NewDialog", "Width"), SIZES[0][1][0])
        self.height_ = PixelField(translate("NewDialog", "Height"), SIZES[0][1][1])
        self.ground = QComboBox()
        for name, color in GROUNDS:
            self.ground.addItem(translate("NewDialog", name), color)
        self.add_field(translate("NewDialog", "Size"), self.preset)
        self.add_field(translate("NewDialog", "Width"), self.width_)
        self.add_field(translate("NewDialog", "Height"), self.height_)
        self.add_field(translate("NewDialog", "Background"), self.ground)
        self.add_buttons(translate("NewDialog", "Create"), self.accept)
        self.preset.activated.connect(lambda _: self._follow())

    def _follow(self) -> None:
        width, height = self.preset.currentData()
        self.width_.setValue(width)
        self.height_.setValue(height)

    def accept(self) -> None:
        size = Size(self.width_.value(), self.height_.value())
        super().accept()
        self._chosen(size, self.ground.currentData())
