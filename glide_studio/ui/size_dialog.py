"""Dialogs that resize or extend the canvas, and scale the image."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QGridLayout,
    QSpinBox,
    QToolButton,
    QWidget,
)

from glide_studio.editor.canvas_actions import LONGEST, Anchor
from glide_studio.editor.editor import Editor
from glide_studio.imaging.completion.canvas_extension import Margins, margins_for_aspect
from glide_studio.imaging.geometry import Size
from glide_studio.translation import QT_TRANSLATE_NOOP, translate
from glide_studio.ui import theme
from glide_studio.ui.preferences import Preferences
from glide_studio.ui.widgets import (
    CheckBox,
    FormDialog,
    format_duration,
    make_label,
    read_percent,
)

ASPECTS = (
    (QT_TRANSLATE_NOOP("SizeDialog", "Free"), None),
    (QT_TRANSLATE_NOOP("SizeDialog", "Square 1:1"), (1, 1)),
    ("4:3", (4, 3)),
    ("3:2", (3, 2)),
    ("16:9", (16, 9)),
    ("3:4", (3, 4)),
    ("2:3", (2, 3)),
    ("9:16", (9, 16)),
)
PLACES = (
    QT_TRANSLATE_NOOP("SizeDialog", "top left"),
    QT_TRANSLATE_NOOP("SizeDialog", "top center"),
    QT_TRANSLATE_NOOP("SizeDialog", "top right"),
    QT_TRANSLATE_NOOP("SizeDialog", "middle left"),
    QT_TRANSLATE_NOOP("SizeDialog", "middle center"),
    QT_TRANSLATE_NOOP("SizeDialog", "middle right"),
    QT_TRANSLATE_NOOP("SizeDialog", "bottom left"),
    QT_TRANSLATE_NOOP("SizeDialog", "bottom center"),
    QT_TRANSLATE_NOOP("SizeDialog", "bottom right"),
)
WORTH_EXTENDING = 0.02  # share of the old side; rounded sides differ by less
SIDES = {
    "left": QT_TRANSLATE_NOOP("SizeDialog", "Left"),
    "top": QT_TRANSLATE_NOOP("SizeDialog", "Top"),
    "right": QT_TRANSLATE_NOOP("SizeDialog", "Right"),
    "bottom": QT_TRANSLATE_NOOP("SizeDialog", "Bottom"),
}
SIDE_TIPS = {
    "left": QT_TRANSLATE_NOOP("SizeDialog", "Pixels to add, left"),
    "top": QT_TRANSLATE_NOOP("SizeDialog", "Pixels to add, top"),
    "right": QT_TRANSLATE_NOOP("SizeDialog", "Pixels to add, right"),
    "bottom": QT_TRANSLATE_NOOP("SizeDialog", "Pixels to add, bottom"),
}


class SizeDialog(FormDialog):
    """Ask for width and height in pixels; `chosen` is called with them."""

    def __init__(
        self,
        parent: QWidget,
        editor: Editor,
        title: str,
        verb: str,
        chosen: Callable[[Size], object],
    ) -> None:
        super().__init__(parent, title)
        self._editor, self._chosen = editor, chosen
        self.old = editor.document.size
        self.width_ = PixelField(
            translate("SizeDialog", "Width"), self.old.width, whole=self.old.width
        )
        self.height_ = PixelField(
            translate("SizeDialog", "Height"), self.old.height, whole=self.old.height
        )
        self.add_field(translate("SizeDialog", "Width"), self.width_)
        self.add_field(translate("SizeDialog", "Height"), self.height_)
        now = translate("SizeDialog", "Now {width} × {height} pixels; 50% is half of that").format(
            width=self.old.width, height=self.old.height
        )
        self.column.insertWidget(0, make_label(now, "hint"))
        self.add_buttons(verb, self._apply)
        self.width_.setFocus()
        self.width_.selectAll()

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
        super().__init__(
            parent,
            editor,
            translate("SizeDialog", "Canvas size"),
            translate("SizeDialog", "Resize canvas"),
            self._resize,
        )
        self.anchors = QButtonGroup(self)
        grid = QGridLayout()
        grid.setSpacing(3)
        for number in range(9):
            button = QToolButton()
            button.setCheckable(True)
            button.setFixedSize(26, 26)
            row, column = divmod(number, 3)
            place = translate("SizeDialog", PLACES[number])
            button.setAccessibleName(
                translate("SizeDialog", "Image at the {place}").format(place=place)
            )
            button.setToolTip(
                translate("SizeDialog", "The image stays at the {place}").format(place=place)
            )
            button.setStyleSheet(f"QToolButton {{ border: 1px solid {theme.CONTROL_BORDER}; }}")
            self.anchors.addButton(button, number)
            grid.addWidget(button, row, column)
        self.anchors.button(4).setChecked(True)
        holder = QWidget()
        holder.setLayout(grid)
        grid.setContentsMargins(0, 0, 0, 0)
        holder.setFixedSize(84, 84)
        self.fields.addRow(translate("SizeDialog", "Image stays"), holder)

    def _resize(self, size: Size) -> None:
        row, column = divmod(self.anchors.checkedId(), 3)
        self._editor.canvas.resize_canvas(size, Anchor(column / 2, row / 2))


class ScaleDialog(SizeDialog):
    """Scale the image with its layers."""

    def __init__(self, parent: QWidget, editor: Editor) -> None:
        super().__init__(
            parent,
            editor,
            translate("SizeDialog", "Scale image"),
            translate("SizeDialog", "Scale"),
            editor.canvas.scale,
        )
        self.linked = CheckBox(translate("SizeDialog", "Keep the proportions"))
        self.linked.setChecked(True)
        self.fields.addRow("", self.linked)
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


class ExtendDialog(FormDialog):
    """Ask how far to extend the canvas: pixels on each side, or an aspect ratio.

    Begins with the ratio that was extended to last, or with a common one that adds something.
    """

    def __init__(self, parent: QWidget, editor: Editor) -> None:
        super().__init__(parent, translate("SizeDialog", "Extend canvas"))
        self._editor, self._preferences = editor, Preferences()
        self._size = editor.document.size
        self.aspect = QComboBox()
        for name, aspect in ASPECTS:
            self.aspect.addItem(translate("SizeDialog", name), aspect)
        self.add_field(translate("SizeDialog", "Aspect ratio"), self.aspect)
        self.sides: dict[str, QSpinBox] = {}
        for side in Margins._fields:
            field = PixelField(translate("SizeDialog", SIDE_TIPS[side]), 0, least=0)
            field.valueChanged.connect(lambda _: self._show_result())
            field.editingFinished.connect(self._show_aspect)
            self.sides[side] = field
            self.fields.addRow(translate("SizeDialog", SIDES[side]), field)
        self._result = make_label("", "hint")
        self.column.addWidget(self._result)
        self.extend = self.add_buttons(translate("SizeDialog", "Extend"), self._apply)
        self.aspect.activated.connect(self._follow_aspect)
        self.aspect.setCurrentIndex(self._find_first_aspect())
        self._follow_aspect()
        self.aspect.setFocus()

    @property
    def margins(self) -> Margins:
        """Pixels to add on each side."""
        return Margins(**{side: field.value() for side, field in self.sides.items()})

    def _find_first_aspect(self) -> int:
        """Find the first ratio that adds something: the last one, else a wide or a tall one."""
        width, height = self._size.width, self._size.height
        common = ("16:9", "4:3") if width >= height else ("9:16", "3:4")
        for ratio in (self._preferences.extend_aspect, *common):
            for number, (_, aspect) in enumerate(ASPECTS):
                if aspect is None or ratio != f"{aspect[0]}:{aspect[1]}":
                    continue
                left, top, right, bottom = margins_for_aspect(self._size, *aspect)
                if max((left + right) / width, (top + bottom) / height) > WORTH_EXTENDING:
                    return number
        return 0

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
        text = translate("SizeDialog", "{size} → {width} × {height} pixels")
        seconds = self._editor.canvas.forecast_extension(self.margins)
        if seconds:
            text = translate("SizeDialog", "{size} → {width} × {height} pixels, about {time}")
        told = text.format(
            size=self._size, width=width, height=height, time=format_duration(seconds)
        )
        self._result.setText(told.replace(" x ", " × "))
        self.extend.setEnabled(any(self.margins))

    def _apply(self) -> None:
        margins = self.margins
        if self._editor.attempt(lambda: self._editor.canvas.extend(margins)):
            self._editor.attempt(self._remember_aspect)
            self.accept()

    def _remember_aspect(self) -> None:
        aspect = self.aspect.currentData()
        if aspect is not None:
            self._preferences.extend_aspect = f"{aspect[0]}:{aspect[1]}"


class PixelField(QSpinBox):
    """A field for a side of an image, in pixels; "50%" is read as that share of `whole`."""

    def __init__(self, name: str, value: int, *, least: int = 1, whole: int = 0) -> None:
        """whole: what a percentage is of; 0 if none can be entered."""
        super().__init__()
        self._whole = whole
        self.setRange(least, LONGEST)
        self.setValue(value)
        self.setSuffix(" px")
        self.setAccessibleName(name)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumWidth(180)
        self.editingFinished.connect(lambda: self.setValue(self.value()))  # pixels again

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        if self._read_percent(text) is not None:
            return QValidator.State.Acceptable, text, position
        return super().validate(text, position)

    def valueFromText(self, text: str) -> int:
        value = self._read_percent(text)
        return super().valueFromText(text) if value is None else round(value)

    def _read_percent(self, text: str) -> float | None:
        return read_percent(text.removesuffix(self.suffix()), self._whole) if self._whole else None
