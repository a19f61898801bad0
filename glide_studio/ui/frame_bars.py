"""The numbers of the frames on the canvas, in the options bar: transform, crop and straighten."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QIcon, QValidator
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QPushButton, QWidget

from glide_studio.document.quad import CLOSE, Quad
from glide_studio.editor.canvas_actions import LONGEST
from glide_studio.editor.editor import Editor
from glide_studio.editor.transform_actions import MAX_STRAIGHTEN
from glide_studio.imaging.geometry import Point
from glide_studio.translation import translate
from glide_studio.ui import theme
from glide_studio.ui.icons import icon
from glide_studio.ui.size_dialog import ASPECTS
from glide_studio.ui.widgets import make_icon_button, make_row, read_percent

FIELD_WIDTH_PX = 70
GAP_PX, TIGHT_GAP_PX = 2, 0


class NumberField(QDoubleSpinBox):
    """A short field: its letter, if it has one, stands before the number.

    whole: what a percentage that is entered is of; 0 if none can be entered.
    """

    whole = 0.0

    def __init__(
        self, letter: str, name: str, low: float, high: float, chosen: Callable[[], object]
    ) -> None:
        """chosen: called once a number was entered or stepped to."""
        super().__init__()
        self.setRange(low, high)
        self.setDecimals(0)
        self.setPrefix(f"{letter} " if letter else "")
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFixedWidth(FIELD_WIDTH_PX)
        self.setKeyboardTracking(False)
        self.valueChanged.connect(lambda _: chosen())
        self.editingFinished.connect(lambda: self.setValue(self.value()))  # not as a percentage

    def show_value(self, value: float) -> None:
        """Show a value without calling `chosen`."""
        with QSignalBlocker(self):
            self.setValue(value)

    def show_nothing(self) -> None:
        """Show the letter alone, without calling `chosen`."""
        with QSignalBlocker(self):
            self.clear()

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        if self._read_percent(text) is not None:
            return QValidator.State.Acceptable, text, position
        return super().validate(text, position)

    def valueFromText(self, text: str) -> float:
        value = self._read_percent(text)
        return super().valueFromText(text) if value is None else round(value)

    def _read_percent(self, text: str) -> float | None:
        return read_percent(text.removeprefix(self.prefix()), self.whole) if self.whole else None


def make_angle_field(chosen: Callable[[], object], most: float) -> NumberField:
    """Return a field for degrees to either side."""
    field = NumberField("", translate("FrameBars", "Angle in degrees"), -most, most, chosen)
    field.setDecimals(1)
    field.setSuffix("°")
    return field


class TransformBar(QWidget):
    """Center, size and angle of the layer that is transformed, in document pixels."""

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._actions = editor.transform
        reach = 4.0 * LONGEST
        move, turn = self._move, self._turn
        by_width, by_height = partial(self._resize, True), partial(self._resize, False)
        self.x_field = NumberField(
            "X", translate("FrameBars", "Center, from the left, in pixels"), -reach, reach, move
        )
        self.y_field = NumberField(
            "Y", translate("FrameBars", "Center, from the top, in pixels"), -reach, reach, move
        )
        self.width_field = NumberField(
            "W", translate("FrameBars", "Width in pixels, or % of before"), 1, reach, by_width
        )
        self.height_field = NumberField(
            "H", translate("FrameBars", "Height in pixels, or % of before"), 1, reach, by_height
        )
        self.angle_field = make_angle_field(turn, 180)
        self.chain = make_icon_button(
            "chain",
            translate("FrameBars", "Keep the proportions of width and height"),
            lambda: None,
        )
        self.chain.setCheckable(True)
        self.chain.setChecked(True)
        self._row = row = make_row(self, spacing=GAP_PX)
        for field in (*self._fields[:3], self.chain, *self._fields[3:]):
            row.addWidget(field)
        flip = self._actions.flip
        row.addWidget(
            make_icon_button(
                "flip-h", translate("FrameBars", "Flip horizontally"), partial(flip, "horizontal")
            )
        )
        row.addWidget(
            make_icon_button(
                "flip-v", translate("FrameBars", "Flip vertically"), partial(flip, "vertical")
            )
        )
        self.apply = _make_apply(
            row, self._actions.apply, translate("FrameBars", "Apply the transform  (Enter)")
        )
        self.drop = make_icon_button(
            "close", translate("FrameBars", "Leave the layer as it was"), self._actions.drop, "Esc"
        )
        row.addWidget(self.drop)
        self._actions.changed.connect(self._show)
        self._show()

    def set_tight(self, on: bool) -> None:
        """Move all closer together where there is little room, and draw Apply as an icon."""
        self._row.setSpacing(TIGHT_GAP_PX if on else GAP_PX)
        self.apply.setText("" if on else self.apply.accessibleName())
        self.apply.setIcon(icon("check", theme.ON_ACCENT) if on else QIcon())
        self._row.activate()  # at once, for whoever measures it next

    @property
    def _fields(self) -> tuple[NumberField, ...]:
        return (
            self.x_field,
            self.y_field,
            self.width_field,
            self.height_field,
            self.angle_field,
        )

    def _show(self) -> None:
        quad = self._actions.quad
        for field in self._fields:
            field.setEnabled(quad is not None and not self._actions.busy)
        changed = self._actions.is_changed and not self._actions.busy
        self.apply.setEnabled(changed)
        self.drop.setEnabled(changed)
        if quad is None:
            for field in self._fields:
                field.show_nothing()
        else:
            self.width_field.whole, self.height_field.whole = quad.start_size
            _show_rectangle(quad, *self._fields)

    def _move(self) -> None:
        quad = self._actions.quad
        if quad is not None:
            dx, dy = self.x_field.value() - quad.center.x, self.y_field.value() - quad.center.y
            self._actions.set_quad(quad.move(_round_down_half(dx), _round_down_half(dy)))

    def _turn(self) -> None:
        self._set_size(self.width_field.value(), self.height_field.value())

    def _resize(self, by_width: bool) -> None:
        """Take an entered side; the other one goes along if they are chained."""
        quad = self._actions.quad
        width, height = self.width_field.value(), self.height_field.value()
        if quad is not None and self.chain.isChecked():
            if by_width:
                height = quad.height * width / quad.width
            else:
                width = quad.width * height / quad.height
        self._set_size(width, height)

    def _set_size(self, width: float, height: float) -> None:
        quad = self._actions.quad
        if quad is not None:
            angle = self.angle_field.value()
            if angle % 90 == 0:  # on whole pixels, where edges are sharp, and around what is read
                center = Point(self.x_field.value(), self.y_field.value())
                quad = quad.with_size(center, width, height, angle)
                left, top, _, _ = quad.bounds()
                quad = quad.move(_round_down_half(left) - left, _round_down_half(top) - top)
            else:
                quad = quad.with_size(quad.center, width, height, angle)
            self._actions.set_quad(quad)


class CropBar(QWidget):
    """Aspect, size and angle of the crop."""

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor, self._actions = editor, editor.crop
        self.aspect = QComboBox()
        self.aspect.setAccessibleName(translate("FrameBars", "Aspect ratio"))
        self.aspect.setToolTip(translate("FrameBars", "Aspect ratio that the frame keeps"))
        for name, aspect in ASPECTS:
            self.aspect.addItem(
                translate("SizeDialog", name), None if aspect is None else aspect[0] / aspect[1]
            )
        by_width, by_height = partial(self._set_size, True), partial(self._set_size, False)
        self.width_field = NumberField(
            "W",
            translate("FrameBars", "Width in pixels, or % of before"),
            1,
            LONGEST,
            by_width,
        )
        self.height_field = NumberField(
            "H",
            translate("FrameBars", "Height in pixels, or % of before"),
            1,
            LONGEST,
            by_height,
        )
        self.angle_field = make_angle_field(self._set_angle, MAX_STRAIGHTEN)
        self.angle_field.setToolTip(
            translate("FrameBars", "Straighten: turn the frame, in degrees")
        )
        self.line = make_icon_button(
            "level",
            translate(
                "FrameBars", "Straighten by a line: draw along what should be level or upright"
            ),
            lambda: self._actions.take_line(self.line.isChecked()),
        )
        self.line.setCheckable(True)
        row = make_row(self, spacing=4)
        fields = (self.width_field, self.height_field, self.angle_field)
        for widget in (self.aspect, *fields, self.line):
            row.addWidget(widget)
        self.apply = _make_apply(
            row,
            self._apply,
            translate("FrameBars", "Crop to the frame  (Enter)"),
            translate("FrameBars", "Crop"),
        )
        self.reset = make_icon_button(
            "undo", translate("FrameBars", "Frame the whole picture"), self._actions.reset
        )
        row.addWidget(self.reset)
        self.aspect.activated.connect(lambda _: self._actions.set_aspect(self.aspect.currentData()))
        self._actions.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        quad = self._actions.quad
        fields = (self.width_field, self.height_field, self.angle_field)
        for widget in (self.aspect, *fields, self.line):
            widget.setEnabled(quad is not None and not self._actions.busy)
        self.line.setChecked(self._actions.takes_line)
        changed = self._actions.is_changed and not self._actions.busy
        self.apply.setEnabled(changed)
        self.reset.setEnabled(changed)
        self.aspect.setCurrentIndex(max(0, self.aspect.findData(self._actions.aspect)))
        if quad is None:
            for field in fields:
                field.show_nothing()
        else:
            size = self._editor.document.size
            self.width_field.whole, self.height_field.whole = size.width, size.height
            self.width_field.show_value(quad.width)
            self.height_field.show_value(quad.height)
            self.angle_field.show_value(quad.angle)

    def _set_size(self, by_width: bool) -> None:
        width, height = self.width_field.value(), self.height_field.value()
        self._actions.set_size(width, height, by_width=by_width)

    def _set_angle(self) -> None:
        self._actions.set_angle(self.angle_field.value())

    def _apply(self) -> None:
        self._editor.attempt(self._actions.apply)


def _make_apply(
    row: QHBoxLayout,
    verb: Callable[[], object],
    tip: str,
    text: str = "",
) -> QPushButton:
    button = QPushButton(text or translate("FrameBars", "Apply"))
    button.setAccessibleName(button.text())
    button.setProperty("role", "primary")
    button.setToolTip(tip)
    button.clicked.connect(lambda: verb())
    row.addWidget(button)
    return button


def _round_down_half(value: float) -> int:
    """Round to the nearest whole number, down between two of them.

    Centers are shown rounded up there, so that one which is moved down to whole pixels, by half a
    pixel at most, is read as before.
    """
    return math.ceil(value - 0.5 - CLOSE)


def _show_rectangle(
    quad: Quad,
    x: NumberField,
    y: NumberField,
    width: NumberField,
    height: NumberField,
    angle: NumberField,
) -> None:
    for field, value in (
        (x, -_round_down_half(-quad.center.x)),
        (y, -_round_down_half(-quad.center.y)),
        (width, quad.width),
        (height, quad.height),
        (angle, quad.angle),
    ):
        field.show_value(value)
