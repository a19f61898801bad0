"""Dialogs for another canvas size and another scale."""

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
from glide_studio.ui.widgets import CheckBox, make_dialog_buttons, make_label


class SizeDialog(QDialog):
    """Width and height in pixels; `chosen` does something with them when the user has agreed."""

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
        self.width_ = pixels_field("Width", self.old.width)
        self.height_ = pixels_field("Height", self.old.height)
        self.form = QFormLayout()
        self.form.setSpacing(10)
        self.form.addRow("Width", self.width_)
        self.form.addRow("Height", self.height_)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(16)
        column.addWidget(make_label(f"Now {self.old.width} × {self.old.height} pixels", "faint"))
        column.addLayout(self.form)
        column.addWidget(make_dialog_buttons(self, verb, self._accepted))

    @property
    def size_(self) -> Size:
        """What the fields say."""
        return Size(self.width_.value(), self.height_.value())

    def _accepted(self) -> None:
        size = self.size_
        if self._session.attempt(lambda: self._chosen(size)):
            self.accept()


class CanvasDialog(SizeDialog):
    """More or less room around the picture."""

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
            name = f"{('top', 'middle', 'bottom')[row]} {('left', 'centre', 'right')[column]}"
            button.setAccessibleName(f"Picture at the {name}")
            button.setToolTip(f"The picture stays at the {name}")
            button.setStyleSheet("QToolButton { border: 1px solid #40434b; }")
            self.anchors.addButton(button, number)
            grid.addWidget(button, row, column)
        self.anchors.button(4).setChecked(True)
        holder = QWidget()
        holder.setLayout(grid)
        grid.setContentsMargins(0, 0, 0, 0)
        holder.setFixedSize(84, 84)
        self.form.addRow("Picture stays", holder)

    def _resize(self, size: Size) -> None:
        row, column = divmod(self.anchors.checkedId(), 3)
        self._session.sizing.resize_canvas(size, Anchor(column / 2, row / 2))


class ScaleDialog(SizeDialog):
    """The picture itself larger or smaller."""

    def __init__(self, parent: QWidget, session: Session) -> None:
        super().__init__(parent, session, "Scale picture", "Scale", session.sizing.scale)
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


def pixels_field(name: str, value: int) -> QSpinBox:
    """A field for a side of a picture."""
    field = QSpinBox()
    field.setRange(1, LONGEST)
    field.setValue(value)
    field.setSuffix(" px")
    field.setAccessibleName(name)
    field.setAlignment(Qt.AlignmentFlag.AlignCenter)
    field.setMinimumWidth(180)
    return field
