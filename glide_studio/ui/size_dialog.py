"""Dialogs that resize or extend the canvas, and scale the image."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QFormLayout,
    QGridLayout,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from glide_studio.editor.canvas_actions import LONGEST, Anchor
from glide_studio.editor.editor import Editor
from glide_studio.imaging.completion.canvas_extension import Margins, margins_for_aspect
from glide_studio.imaging.geometry import Size
from glide_studio.ui import theme
from glide_studio.ui.widgets import CheckBox, make_dialog_buttons, make_label

ASPECTS = (
    ("Free", None),
    ("Square 1:1", (1, 1)),
    ("4:3", (4, 3)),
    ("3:2", (3, 2)),
    ("16:9", (16, 9)),
    ("3:4", (3, 4)),
    ("2:3", (2, 3)),
    ("9:16", (9, 16)),
)


class SizeDialog(QDialog):
    """Ask for width and height in pixels; `chosen` is called with them."""

    def __init__(
        self,
        parent: QWidget,
        editor: Editor,
        title: str,
        verb: str,
        chosen: Callable[[Size], object],
    ) -> None:
        super().__init__(parent)
        self._editor, self._chosen = editor, chosen
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.old = editor.document.size
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
        if self._editor.attempt(lambda: self._chosen(size)):
            self.accept()


class CanvasDialog(SizeDialog):
    """Make the canvas larger or smaller around the image."""

    def __init__(self, parent: QWidget, editor: Editor) -> None:
        super().__init__(parent, editor, "Canvas size", "Resize canvas", self._resize)
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
        self._editor.canvas.resize_canvas(size, Anchor(column / 2, row / 2))


class ScaleDialog(SizeDialog):
    """Scale the image with its layers."""

    def __init__(self, parent: QWidget, editor: Editor) -> None:
        super().__init__(parent, editor, "Scale image", "Scale", editor.canvas.scale)
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


class ExtendDialog(QDialog):
    """Ask how far to extend the canvas: pixels on each side, or an aspect ratio."""

    def __init__(self, parent: QWidget, editor: Editor) -> None:
        super().__init__(parent)
        self._editor = editor
        self._size = editor.document.size
        self.setWindowTitle("Extend canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.aspect = QComboBox()
        self.aspect.setAccessibleName("Shape")
        for name, aspect in ASPECTS:
            self.aspect.addItem(name, aspect)
        form = QFormLayout()
        form.setSpacing(10)
        form.addRow("Shape", self.aspect)
        self.sides: dict[str, QSpinBox] = {}
        for side in Margins._fields:
            field = make_pixel_field(f"Pixels to add, {side}", 0)
            field.setMinimum(0)
            field.valueChanged.connect(lambda _: self._show_result())
            field.editingFinished.connect(self._show_aspect)
            self.sides[side] = field
            form.addRow(side.capitalize(), field)
        self._result = make_label("", "hint")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(16)
        column.addLayout(form)
        column.addWidget(self._result)
        column.addWidget(make_dialog_buttons(self, "Extend", self._apply))
        self.aspect.activated.connect(self._follow_aspect)
        self._show_result()

    @property
    def margins(self) -> Margins:
        """Pixels to add on each side."""
        return Margins(**{side: field.value() for side, field in self.sides.items()})

    def _follow_aspect(self) -> None:
        aspect = self.aspect.currentData()
        if aspect is not None:
            margins = margins_for_aspect(self._size, *aspect)
            for side, field in self.sides.items():
                with QSignalBlocker(field):
                    field.setValue(getattr(margins, side))
        self._show_result()

    def _show_aspect(self) -> None:
        """Say that the sides are free once they differ from the chosen shape."""
        aspect = self.aspect.currentData()
        if aspect is not None and self.margins != margins_for_aspect(self._size, *aspect):
            self.aspect.setCurrentIndex(0)

    def _show_result(self) -> None:
        left, top, right, bottom = self.margins
        width, height = self._size.width + left + right, self._size.height + top + bottom
        self._result.setText(f"{self._size} → {width} × {height} pixels".replace(" x ", " × "))

    def _apply(self) -> None:
        margins = self.margins
        if self._editor.attempt(lambda: self._editor.retouch.extend(margins)):
            self.accept()


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
