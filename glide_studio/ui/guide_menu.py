"""Rulers and guides in the View menu, and the dialog that places a guide by numbers."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QMenu,
    QWidget,
)

from glide_studio.editor.editor import Editor
from glide_studio.translation import translate
from glide_studio.ui.canvas.canvas import Canvas
from glide_studio.ui.widgets import FormDialog, add_action, add_menu


def fill_guide_menu(
    menu: QMenu,
    window: QWidget,
    editor: Editor,
    canvas: Canvas,
    show_rulers: Callable[[bool], object],
) -> None:
    """Add the entries for rulers and guides to a menu, those for guides in a submenu."""
    rulers = add_action(
        menu,
        translate("GuideMenu", "Rul&ers"),
        lambda: show_rulers(rulers.isChecked()),
        "Ctrl+R",
    )
    guides = add_menu(menu, translate("GuideMenu", "&Guides"))
    shown = add_action(
        guides,
        translate("GuideMenu", "Show &guides"),
        lambda: canvas.guides.show(shown.isChecked()),
        "Ctrl+;",
    )
    snaps = add_action(
        guides,
        translate("GuideMenu", "S&nap to guides"),
        lambda: canvas.guides.snap(snaps.isChecked()),
        "Ctrl+Shift+;",
    )
    for action in (rulers, shown, snaps):
        action.setCheckable(True)
    shown.setChecked(True)
    snaps.setChecked(True)
    rulers.setToolTip(translate("GuideMenu", "Drag from a ruler onto the picture for a guide"))
    new = add_action(
        guides, translate("GuideMenu", "Ne&w guide…"), lambda: GuideDialog(window, editor).open()
    )
    clear = add_action(
        guides,
        translate("GuideMenu", "Delete &all guides"),
        lambda: editor.attempt(editor.guides.clear),
    )

    def show() -> None:
        new.setEnabled(editor.history is not None)
        clear.setEnabled(editor.history is not None and bool(editor.document.guides))

    editor.document_changed.connect(lambda *_: show())
    show()


class GuideDialog(FormDialog):
    """Places a guide by numbers."""

    def __init__(self, parent: QWidget, editor: Editor) -> None:
        super().__init__(parent, translate("GuideMenu", "New guide"))
        self._editor = editor
        self.direction = QComboBox()
        self.direction.addItem(translate("GuideMenu", "Vertical"), "vertical")
        self.direction.addItem(translate("GuideMenu", "Horizontal"), "horizontal")
        self.position = QDoubleSpinBox(decimals=1, suffix=" px")
        self.add_field(translate("GuideMenu", "Direction"), self.direction)
        self.add_field(translate("GuideMenu", "Position"), self.position)
        self.add_buttons(translate("GuideMenu", "Add"), self.accept)
        self.direction.currentIndexChanged.connect(lambda _: self._limit())
        self._limit()

    def _limit(self) -> None:
        """Offer the middle of the picture, and nothing outside of it."""
        size = self._editor.document.size
        length = size.width if self.direction.currentData() == "vertical" else size.height
        self.position.setRange(0, length)
        self.position.setValue(length / 2)

    def accept(self) -> None:
        direction, position = self.direction.currentData(), self.position.value()
        super().accept()
        self._editor.attempt(lambda: self._editor.guides.add(direction, position))
