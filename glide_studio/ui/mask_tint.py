"""How the canvas shows the painted mask, and the menu entries that choose it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QColor, QIcon, QPixmap
from PySide6.QtWidgets import QColorDialog, QMenu, QWidget

from glide_studio.document.document_thumbnail import MASK_TINT
from glide_studio.editor.editor import Editor
from glide_studio.translation import QT_TRANSLATE_NOOP, translate
from glide_studio.ui.canvas.canvas import Canvas
from glide_studio.ui.preferences import Preferences
from glide_studio.ui.widgets import add_action

COLORS = (
    (QT_TRANSLATE_NOOP("MaskTint", "Red"), QColor(*MASK_TINT).name()),
    (QT_TRANSLATE_NOOP("MaskTint", "Green"), "#3fd07a"),
    (QT_TRANSLATE_NOOP("MaskTint", "Blue"), "#4c7dff"),
    (QT_TRANSLATE_NOOP("MaskTint", "Yellow"), "#ffd23f"),
    (QT_TRANSLATE_NOOP("MaskTint", "Magenta"), "#ff4fd8"),
    (QT_TRANSLATE_NOOP("MaskTint", "Cyan"), "#35d6e6"),
    (QT_TRANSLATE_NOOP("MaskTint", "Black"), "#000000"),
    (QT_TRANSLATE_NOOP("MaskTint", "White"), "#ffffff"),
)
OPACITIES = (0.25, 0.5, 0.75, 1.0)


class MaskTint(QObject):
    """Keep the canvas in the preferred tint, with or without an outline, and offer others."""

    def __init__(
        self, window: QWidget, editor: Editor, canvas: Canvas, preferences: Preferences
    ) -> None:
        super().__init__(window)
        self._window, self._editor = window, editor
        self._canvas, self._preferences = canvas, preferences
        self._color_actions: dict[str, QAction] = {}
        self._opacity_actions: dict[float, QAction] = {}
        self._apply()
        canvas.show_outline(preferences.outlines_mask)

    def fill(self, menu: QMenu) -> None:
        """Add the choices to a menu."""
        colors, opacities = QActionGroup(self), QActionGroup(self)
        colors.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
        opacities.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
        for name, color in COLORS:
            action = add_action(
                menu, translate("MaskTint", name), partial(self.set_color, QColor(color))
            )
            swatch = QPixmap(14, 14)
            swatch.fill(QColor(color))
            action.setIcon(QIcon(swatch))
            action.setCheckable(True)
            colors.addAction(action)
            self._color_actions[color] = action
        add_action(menu, translate("MaskTint", "Other color…"), self._ask_color)
        menu.addSeparator()
        for opacity in OPACITIES:
            action = add_action(
                menu,
                translate("MaskTint", "{opacity} opaque").format(opacity=f"{opacity:.0%}"),
                partial(self.set_opacity, opacity),
            )
            action.setCheckable(True)
            opacities.addAction(action)
            self._opacity_actions[opacity] = action
        self._apply()

    def add_outline(self, menu: QMenu) -> None:
        """Add the entry that shows and hides the mask's outline."""
        action = add_action(
            menu,
            translate("MaskTint", "Mas&k outline (marching ants)"),
            lambda: self.show_outline(action.isChecked()),
            "Ctrl+H",
        )
        action.setToolTip(
            translate(
                "MaskTint",
                "Dashes that move along the edge of the mask; Q hides the tint",
            )
        )
        action.setCheckable(True)
        action.setChecked(self._preferences.outlines_mask)

    def show_outline(self, shown: bool) -> None:
        """Show the mask's outline from now on, or do not."""

        def store() -> None:
            self._preferences.outlines_mask = shown

        self._editor.attempt(store)
        self._canvas.show_outline(shown)

    def set_color(self, color: QColor) -> None:
        """Show the mask in a color from now on."""

        def store() -> None:
            self._preferences.mask_color = color

        self._editor.attempt(store)
        self._apply()

    def set_opacity(self, opacity: float) -> None:
        """Show the mask with an opacity 0.1 .. 1 from now on."""

        def store() -> None:
            self._preferences.mask_opacity = opacity

        self._editor.attempt(store)
        self._apply()

    def _ask_color(self) -> None:
        dialog = QColorDialog(self._preferences.mask_color, self._window)
        dialog.setWindowTitle(translate("MaskTint", "Mask color"))
        dialog.colorSelected.connect(self.set_color)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _apply(self) -> None:
        color, opacity = self._preferences.mask_color, self._preferences.mask_opacity
        self._canvas.set_mask_tint(color, opacity)
        for name, action in self._color_actions.items():
            action.setChecked(QColor(name) == color)
        for value, action in self._opacity_actions.items():
            action.setChecked(value == opacity)
