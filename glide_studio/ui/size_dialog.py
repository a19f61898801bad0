"""Dialogs that change the canvas size and scale the image."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFormLayout,
    QGridLayout,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from glide_studio.editor.session import Session
from glide_studio.editor.sizing import LONGEST, Anchor
from glide_studio.imaging.geometry import Size
from glide_studio.ui import theme
from glide_studio.ui.widgets import CheckBox, make_dialog_buttons, make_label


class SizeDialog(QDialog):
    """Ask for width and height in pixels; `chosen` is called with them."""

    def __init__(
        self,
        parent: QWidget,
        session: Session,
        title: str,
        verb: str,
        chosen: Callable[[Size], object],
    ) -> None:
        super().__init__(parent)
        self._session, self._chosen = session, chosen
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.old = session.document.size
        self.width_ = make_pixel_field("Width", self.old.width)
        self.height_ = make_pixel_field("Height", self.old.height)
        self.form = QFormLayout()
        self.form.setSpacing(10)
        self.form.addRow("Width", self.width_)
        self.form.addRow("Height", self.height_)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(16)
        column.addWidget(make_label(f"Now {self.old.width} × {self.old.height} pixels", "hint"))
        column.addLayout(self.form)
        column.addWidget(make_dialog_buttons(self, verb, self._apply))

    @property
    def size_(self) -> Size:
        """The entered size."""
        return Size(self.width_.value(), self.height_.value())

    def _apply(self) -> None:
        size = self.size_
        if self._session.attempt(lambda: self._chosen(size)):
            self.accept()


class CanvasDialog(SizeDialog):
    """Make the canvas larger or smaller around the image."""

    def __init__(self, parent: QWidget, session: Session) -> None:
        super().__init__(parent, session, "Canvas size", "Resize canvas", self._resize)
        self.anchors = QButtonGroup(self)
        grid = QGridLayout()
        grid.setSpacing(3)
        for number in range(9):
            button = QToolButton()
            button.setCheckable(True)
            button.setFixedSize(26, 26)
            row, column = divmod(number, 3)
            name = f"{('top', 'middle', 'bottom')[row]} {('left', 'center', 'right')[column]}"
            button.setAccessibleName(f"Image at the {name}")
            button.setToolTip(f"The image stays at the {name}")
            button.setStyleSheet(f"QToolButton {{ border: 1px solid {theme.CONTROL_BORDER}; }}")
            self.anchors.addButton(button, number)
            grid.addWidget(button, row, column)
        self.anchors.button(4).setChecked(True)
        holder = QWidget()
        holder.setLayout(grid)
        grid.setContentsMargins(0, 0, 0, 0)
        holder.setFixedSize(84, 84)
        self.form.addRow("Image stays", holder)

    def _resize(self, size: Size) -> None:
        row, column = divmod(self.anchors.checkedId(), 3)
        self._session.sizing.resize_canvas(size, Anchor(column / 2, row / 2))


class ScaleDialog(SizeDialog):
    """Scale the image with its layers."""

    def __init__(self, parent: QWidget, session: Session) -> None:
        super().__init__(parent, session, "Scale image", "Scale", session.sizing.scale)
        self.linked = CheckBox("Keep the proportions")
        self.linked.setChecked(True)
        self.form.addRow("", self.linked)
        self.width_.valueChanged.connect(lambda _: self._follow(self.height_))
        self.height_.valueChanged.connect(lambda _: self._follow(self.width_))
        self.linked.toggled.connect(lambda on: self._follow(self.height_))

    def _follow(self, other: QSpinBox) -> None:
        if not self.linked.isChecked():
            return
        if other is self.height_:
            value = self.width_.value() * self.old.height / self.old.width
        else:
            value = self.height_.value() * self.old.width / self.old.height
        with QSignalBlocker(other):
            other.setValue(max(1, round(value)))


def make_pixel_field(name: str, value: int) -> QSpinBox:
    """Return a field for a side of an image."""
    field = QSpinBox()
    field.setRange(1, LONGEST)
    field.setValue(value)
    field.setSuffix(" px")
    field.setAccessibleName(name)
    field.setAlignment(Qt.AlignmentFlag.AlignCenter)
    field.setMinimumWidth(180)
    return field
