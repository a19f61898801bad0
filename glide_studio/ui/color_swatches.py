"""The two colors to paint with, in the options bar."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QToolButton, QWidget

from glide_studio.editor.editor import Editor
from glide_studio.translation import translate
from glide_studio.ui import theme
from glide_studio.ui.widgets import make_icon_button, make_row


class ColorSwatches(QWidget):
    """A swatch each for the color and the second color, and a button that exchanges them."""

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self.color = _make_swatch(
            translate("ColorSwatches", "Color to paint with"), lambda: self._ask("color")
        )
        self.second = _make_swatch(
            translate("ColorSwatches", "Second color, where gradients lead"),
            lambda: self._ask("second_color"),
        )
        self.swap = make_icon_button(
            "swap", translate("ColorSwatches", "Exchange the two colors"), editor.paint.swap_colors
        )
        row = make_row(self, spacing=4)
        for widget in (self.color, self.swap, self.second):
            row.addWidget(widget)
        editor.settings_changed.connect(self._show)
        self._show()

    def show_second(self, shown: bool) -> None:
        """Show or hide all but the color to paint with."""
        self.swap.setVisible(shown)
        self.second.setVisible(shown)

    def _show(self) -> None:
        tools = self._editor.tool_settings
        for swatch, color in ((self.color, tools.color), (self.second, tools.second_color)):
            swatch.setStyleSheet(
                f"QToolButton {{ background: {color}; border: 2px solid {theme.HINT};"
                f" border-radius: 5px; }} QToolButton:focus {{ border-color: {theme.ACCENT}; }}"
            )
            swatch.setAccessibleDescription(color)

    def _ask(self, field: str) -> None:
        dialog = QColorDialog(QColor(getattr(self._editor.tool_settings, field)), self.window())
        theme.style_window(dialog)
        dialog.setWindowTitle(
            translate("ColorSwatches", "Color")
            if field == "color"
            else translate("ColorSwatches", "Second color")
        )
        dialog.colorSelected.connect(
            lambda color: self._editor.set_tool_settings(**{field: color.name()})
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _make_swatch(name: str, clicked: Callable[[], object]) -> QToolButton:
    swatch = QToolButton()
    swatch.setFixedSize(26, 26)
    swatch.setAccessibleName(name)
    swatch.setToolTip(name)
    swatch.clicked.connect(lambda: clicked())
    return swatch
