"""The settings of the active adjustment, in a card that floats above the canvas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QMenu, QPushButton, QWidget

from glide_studio.document.adjustments import (
    KINDS,
    Adjustment,
    CurvePoints,
    Curves,
    Exposure,
    Levels,
    Saturation,
    ToneRange,
    WhiteBalance,
    find_tone_range,
    kind_of,
)
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import change_layer
from glide_studio.editor.editor import Editor
from glide_studio.editor.layer_actions import adjustment_name
from glide_studio.imaging.filters import LUMA_709
from glide_studio.imaging.geometry import Box
from glide_studio.translation import QT_TRANSLATE_NOOP, translate
from glide_studio.ui.curve_editor import CurveEditor, HistogramView
from glide_studio.ui.widgets import (
    LabeledSlider,
    add_action,
    make_column,
    make_floating_card,
    make_icon_button,
    make_label,
)

NAME_WIDTH_PX = 92  # of the names of sliders
SLIDER_WIDTH_PX = 120
HISTOGRAM_SIDE_PX = 400  # longer side of the picture whose tones are counted
CHANNELS = (
    (QT_TRANSLATE_NOOP("AdjustmentCard", "All channels"), "rgb", ""),
    (QT_TRANSLATE_NOOP("AdjustmentCard", "Red"), "red", "#f47680"),
    (QT_TRANSLATE_NOOP("AdjustmentCard", "Green"), "green", "#58c98d"),
    (QT_TRANSLATE_NOOP("AdjustmentCard", "Blue"), "blue", "#6aa6ff"),
)

Corner: TypeAlias = tuple[int, int]
CORNERS: tuple[Corner, ...] = ((1, 0), (0, 0), (1, 1), (0, 1))
"""Shares of the free width and height, the preferred corner first."""


class SliderSpec(NamedTuple):
    """A slider: the setting is its value times `unit`, or what `read` and `write` say."""

    field: str
    name: str
    low: int
    high: int
    unit: float
    describe: Callable[[int], str]


def _with_sign(value: int) -> str:
    return f"{value:+d}" if value else "0"


GAMMA = SliderSpec(
    "gamma",
    QT_TRANSLATE_NOOP("AdjustmentCard", "Midtones"),
    10,
    300,
    0.01,
    lambda value: f"{value / 100:.2f}",
)
SLIDERS: dict[type, tuple[SliderSpec, ...]] = {
    Levels: (
        SliderSpec(
            "black", QT_TRANSLATE_NOOP("AdjustmentCard", "Black point"), 0, 254, 1 / 255, str
        ),
        GAMMA,
        SliderSpec(
            "white", QT_TRANSLATE_NOOP("AdjustmentCard", "White point"), 1, 255, 1 / 255, str
        ),
        SliderSpec(
            "output_black",
            QT_TRANSLATE_NOOP("AdjustmentCard", "Output black"),
            0,
            255,
            1 / 255,
            str,
        ),
        SliderSpec(
            "output_white",
            QT_TRANSLATE_NOOP("AdjustmentCard", "Output white"),
            0,
            255,
            1 / 255,
            str,
        ),
    ),
    Curves: (),
    Exposure: (
        SliderSpec(
            "stops",
            QT_TRANSLATE_NOOP("AdjustmentCard", "Exposure"),
            -500,
            500,
            0.01,
            lambda value: f"{value / 100:+.2f}",
        ),
        SliderSpec(
            "offset",
            QT_TRANSLATE_NOOP("AdjustmentCard", "Offset"),
            -250,
            250,
            0.001,
            lambda value: f"{value / 1000:+.3f}",
        ),
        GAMMA,
    ),
    WhiteBalance: (
        SliderSpec(
            "temperature",
            QT_TRANSLATE_NOOP("AdjustmentCard", "Temperature"),
            -100,
            100,
            1.0,
            _with_sign,
        ),
        SliderSpec("tint", QT_TRANSLATE_NOOP("AdjustmentCard", "Tint"), -100, 100, 1.0, _with_sign),
    ),
    Saturation: (
        SliderSpec(
            "hue",
            QT_TRANSLATE_NOOP("AdjustmentCard", "Hue"),
            -180,
            180,
            1.0,
            lambda value: f"{_with_sign(value)}°",
        ),
        SliderSpec(
            "saturation",
            QT_TRANSLATE_NOOP("AdjustmentCard", "Saturation"),
            -100,
            100,
            1.0,
            _with_sign,
        ),
        SliderSpec(
            "vibrance", QT_TRANSLATE_NOOP("AdjustmentCard", "Vibrance"), -100, 100, 1.0, _with_sign
        ),
    ),
}


class AdjustmentCard(QFrame):
    """Sliders or a curve for the active adjustment layer, from when it is added or asked for.

    Esc closes it, and so does the activation of a layer that is no adjustment. It opens in the
    corner where it covers least of the layer's mask, and is dragged by its title.

    Signal `opened(bool)`: the card is in view, or no longer.
    """

    opened = Signal(bool)

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self._layer: Layer | None = None
        self._is_open = False
        self._stage: QWidget | None = None
        self._map_box: Callable[[Box], QRect] | None = None
        self._corner: Corner = (1, 0)  # shares of the free width and height, unless it was dragged
        self._dragged_to: QPoint | None = None
        self._grip: QPoint | None = None  # where it is held while it is dragged
        self._card = make_floating_card(self)
        self.setAccessibleName(translate("AdjustmentCard", "Adjustment"))
        self.title = make_label("", "title")
        self.title.setCursor(Qt.CursorShape.SizeAllCursor)
        self.title.setToolTip(translate("AdjustmentCard", "Drag to move these settings"))
        self.curve = CurveEditor()
        self.histogram = HistogramView()
        self.channel = QComboBox()
        self.channel.setAccessibleName(translate("AdjustmentCard", "Channel"))
        self.channel.setToolTip(translate("AdjustmentCard", "Channel that is changed"))
        for name, *_ in CHANNELS:
            self.channel.addItem(translate("AdjustmentCard", name))
        self.sliders: dict[str, LabeledSlider] = {}
        self._sliders_box = QWidget()
        self._sliders_column = make_column(self._sliders_box, spacing=4)
        self.auto = QPushButton(translate("AdjustmentCard", "Auto"))
        self.auto.setToolTip(
            translate("AdjustmentCard", "Put the black and white points at the ends of the tones")
        )
        self.auto.clicked.connect(lambda: self._set_auto())
        channel_row = QHBoxLayout()
        channel_row.addWidget(self.channel, 1)
        channel_row.addWidget(self.auto)
        header = QHBoxLayout()
        header.addWidget(self.title, 1)
        self.reset = make_icon_button(
            "undo", translate("AdjustmentCard", "Reset this adjustment"), self._reset
        )
        header.addWidget(self.reset)
        header.addWidget(
            make_icon_button(
                "close",
                translate(
                    "AdjustmentCard", "Close  (Esc); double-click the icon of the layer to open"
                ),
                self.close_card,
            )
        )
        column = make_column(self._card, (14, 8, 14, 12), 8)
        column.addLayout(header)
        column.addLayout(channel_row)
        column.addWidget(self.curve, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.histogram, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._sliders_box)
        self.channel.activated.connect(lambda _: self._follow_channel())
        self.curve.moved.connect(self._preview_curve)
        self.curve.chosen.connect(self._set_curve)
        editor.document_changed.connect(lambda *_: self._follow())
        editor.layers.adjustment_added.connect(self.open)
        self.hide()

    def open(self) -> None:
        """Show the settings of the active layer if it is an adjustment."""
        self._is_open = True
        self._follow()

    def float_on(self, stage: QWidget, map_box: Callable[[Box], QRect]) -> None:
        """Keep within a widget. map_box: finds where on it a box of the document is seen."""
        self._stage, self._map_box = stage, map_box
        stage.installEventFilter(self)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._choose_corner()
        self.opened.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._stage is not None:
            self._stage.setMinimumHeight(0)
        self.opened.emit(False)

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            self._place()
        return handled

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._stage and event.type() is QEvent.Type.Resize:
            self._place()
        return False

    def _choose_corner(self) -> None:
        """Go to the corner where least of the layer's mask is covered, at the top right at best."""
        self._dragged_to = None
        mask = None if self._layer is None else self._layer.mask
        if self._stage is not None and self._map_box is not None:
            masked = QRect() if mask is None else self._map_box(mask.content_box())
            size = self.sizeHint()

            def measure_cover(corner: Corner) -> int:
                seen = masked.intersected(QRect(self._find_place(corner, size), size))
                return max(0, seen.width()) * max(0, seen.height())

            self._corner = min(CORNERS, key=measure_cover)
        self._place()

    def _find_place(self, corner: Corner, size: QSize) -> QPoint:
        assert self._stage is not None
        free = self._stage.size() - size
        return QPoint(corner[0] * max(0, free.width()), corner[1] * max(0, free.height()))

    def _place(self) -> None:
        """Stand in the corner, or where it was dragged, as large as its content, on the stage."""
        if self._stage is None or self.isHidden():
            return
        size = self.sizeHint()
        self._stage.setMinimumHeight(size.height())
        place = self._find_place(self._corner, size)
        if self._dragged_to is not None:
            end = self._find_place((1, 1), size)
            x, y = self._dragged_to.toTuple()
            place = QPoint(min(max(x, 0), end.x()), min(max(y, 0), end.y()))
        self.setGeometry(QRect(place, size))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.title.mapFrom(self, event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and self.title.rect().contains(place):
            self._grip = event.globalPosition().toPoint() - self.pos()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            self._dragged_to = event.globalPosition().toPoint() - self._grip
            self._place()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None

    def close_card(self) -> None:
        """Hide the settings until they are asked for."""
        self._is_open = False
        self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_card()
        else:
            super().keyPressEvent(event)

    @property
    def _field(self) -> str:
        """The name of the chosen channel in curves and levels; "rgb" for all."""
        return CHANNELS[self.channel.currentIndex()][1]

    def _follow_channel(self) -> None:
        if self._layer is not None:
            self._show_histogram(self._layer)
            self._show_values()

    def _follow(self) -> None:
        history = self._editor.history
        layer = None if history is None else history.document.active_layer
        if layer is None or layer.adjustment is None:
            self._layer = None
            self.close_card()
            return
        before, self._layer = self._layer, layer
        fresh = before is None or before.id != layer.id
        if before is None or type(before.adjustment) is not type(layer.adjustment):
            self._rebuild(layer.adjustment)
        if fresh:
            self._show_histogram(layer)
        if before is not layer or fresh:
            self._show_values()
        if fresh:
            self._choose_corner()
        self.setVisible(self._is_open)

    def _rebuild(self, adjustment: Adjustment) -> None:
        """Make the sliders of a kind of adjustment."""
        for old in self.sliders.values():
            self._sliders_column.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.sliders = {}
        self.title.setText(adjustment_name(kind_of(adjustment)).upper())
        for spec in SLIDERS[type(adjustment)]:
            slider = LabeledSlider(
                translate("AdjustmentCard", spec.name),
                spec.low,
                spec.high,
                spec.describe,
                SLIDER_WIDTH_PX,
            )
            slider.moved.connect(lambda _: self._preview())
            slider.chosen.connect(lambda _: self._set())
            self.sliders[spec.field] = slider
            self._sliders_column.addWidget(slider)
        widest = max((one.value_width for one in self.sliders.values()), default=0)
        for slider in self.sliders.values():
            slider.align(NAME_WIDTH_PX, widest)
        self.channel.setCurrentIndex(0)
        self.channel.setVisible(isinstance(adjustment, Curves | Levels))
        self.curve.setVisible(isinstance(adjustment, Curves))
        self.auto.setVisible(isinstance(adjustment, Curves | Levels))
        self.histogram.setVisible(isinstance(adjustment, Levels))
        self._sliders_box.setVisible(bool(self.sliders))

    def _show_values(self) -> None:
        adjustment = None if self._layer is None else self._layer.adjustment
        if adjustment is None:
            return
        shown = (
            get_channel(adjustment, self._field) if isinstance(adjustment, Levels) else adjustment
        )
        for spec in SLIDERS[type(adjustment)]:
            self.sliders[spec.field].show_value(round(getattr(shown, spec.field) / spec.unit))
        if isinstance(adjustment, Curves):
            _, field, color = CHANNELS[self.channel.currentIndex()]
            self.curve.show_points(getattr(adjustment, field), color)
        locked = self._layer is not None and self._layer.locked
        self._sliders_box.setEnabled(not locked)
        self.auto.setEnabled(not locked)
        self.curve.setEnabled(not locked)
        self.reset.setEnabled(not locked and adjustment != type(adjustment)())

    def _show_histogram(self, layer: Layer) -> None:
        """Count the tones in the background, and show them if they are still wanted then."""
        if not isinstance(layer.adjustment, Curves | Levels):
            return
        document, wanted = self._editor.document, (layer.id, self.channel.currentIndex())
        _, field, color = CHANNELS[self.channel.currentIndex()]

        def show(tones: NDArray[np.float64]) -> None:
            if self._layer is None or (self._layer.id, self.channel.currentIndex()) != wanted:
                return
            if isinstance(layer.adjustment, Curves):
                self.curve.show_histogram(tones)
            else:
                self.histogram.show_histogram(tones, color)

        self._editor.run_in_background(
            lambda: count_tones(read_tones(below_layer(document, layer), field)), show
        )

    def _set_auto(self) -> None:
        """Stretch the tones of the chosen channel, or of all alike."""
        layer = self._layer
        if layer is None or not isinstance(layer.adjustment, Curves | Levels):
            return
        tones = read_tones(below_layer(self._editor.document, layer), self._field)
        black, white = (round(255 * one) / 255 for one in find_tone_range(tones))
        if black >= white:
            return
        stretched = stretch_channel(layer.adjustment, self._field, black, white)
        self._editor.attempt(lambda: self._editor.layers.set_adjustment(layer.id, stretched))

    def _values(self) -> Adjustment | None:
        """Return the adjustment that the sliders say; the one of two crossing points gives way."""
        adjustment = None if self._layer is None else self._layer.adjustment
        if adjustment is None:
            return None
        values: dict[str, Any] = {
            spec.field: self.sliders[spec.field].slider.value() * spec.unit
            for spec in SLIDERS[type(adjustment)]
        }
        if not isinstance(adjustment, Levels):
            return replace(adjustment, **values)
        before = get_channel(adjustment, self._field)
        if values["black"] >= values["white"]:
            if values["black"] != before.black:
                values["white"] = min(1.0, values["black"] + 1 / 255)
            else:
                values["black"] = max(0.0, values["white"] - 1 / 255)
        return set_channel(adjustment, self._field, replace(before, **values))

    def _preview(self) -> None:
        adjustment, layer = self._values(), self._layer
        if adjustment is not None and layer is not None:
            self._editor.attempt(
                lambda: self._editor.layers.preview_adjustment(layer.id, adjustment)
            )

    def _set(self) -> None:
        adjustment, layer = self._values(), self._layer
        if adjustment is not None and layer is not None:
            self._editor.attempt(lambda: self._editor.layers.set_adjustment(layer.id, adjustment))
            self._show_values()

    def _with_curve(self, points: object) -> Curves | None:
        before = None if self._layer is None else self._layer.adjustment
        if not isinstance(before, Curves):
            return None
        changes: dict[str, Any] = {self._field: points}
        return replace(before, **changes)

    def _preview_curve(self, points: object) -> None:
        curves, layer = self._with_curve(points), self._layer
        if curves is not None and layer is not None:
            self._editor.attempt(lambda: self._editor.layers.preview_adjustment(layer.id, curves))

    def _set_curve(self, points: object) -> None:
        curves, layer = self._with_curve(points), self._layer
        if curves is not None and layer is not None:
            self._editor.attempt(lambda: self._editor.layers.set_adjustment(layer.id, curves))

    def _reset(self) -> None:
        layer = self._layer
        if layer is not None and layer.adjustment is not None:
            plain = type(layer.adjustment)()
            self._editor.attempt(lambda: self._editor.layers.set_adjustment(layer.id, plain))


def fill_adjustment_menu(menu: QMenu, editor: Editor) -> None:
    """Add an entry for each kind of adjustment."""
    for kind, make in KINDS.items():
        add = partial(editor.layers.add_adjustment, make())
        add_action(menu, adjustment_name(kind), partial(editor.attempt, add))


def get_channel(levels: Levels, field: str) -> ToneRange:
    """Get the levels of a channel, "red", "green" or "blue"; `levels` itself for "rgb"."""
    return levels if field == "rgb" else getattr(levels, field)


def set_channel(levels: Levels, field: str, tones: ToneRange) -> Levels:
    """Set the levels of a channel; for "rgb" `tones` are the new levels."""
    if isinstance(tones, Levels):
        return tones
    changes: dict[str, Any] = {field: tones}
    return replace(levels, **changes)


def stretch_channel(
    adjustment: Curves | Levels, field: str, black: float, white: float
) -> Curves | Levels:
    """Put the black and white point of a channel, or of all for "rgb", at two tones, 0 .. 1."""
    if isinstance(adjustment, Levels):
        tones = replace(get_channel(adjustment, field), black=black, white=white)
        return set_channel(adjustment, field, tones)
    points: CurvePoints = getattr(adjustment, field)
    between = (point for point in points[1:-1] if black < point[0] < white)
    ends = (black, points[0][1]), (white, points[-1][1])
    changes: dict[str, Any] = {field: (ends[0], *between, ends[1])}
    return replace(adjustment, **changes)


def below_layer(document: Document, layer: Layer) -> Document:
    """Hide a layer and what lies above it, or above the group that it is in."""
    outer = next(
        number
        for number, one in enumerate(document.layers)
        if any(inner.id == layer.id for inner in one.iter_layers())
    )
    shown = replace(document, layers=document.layers[: outer + 1])
    return change_layer(shown, layer.id, visible=False)


def sample_colors(document: Document) -> NDArray[np.float64]:
    """Read the visible colors [n, 3] of a picture reduced for counting, 0 .. 1."""
    longer = max(document.size.width, document.size.height)
    level = next((one for one in range(7, 0, -1) if longer >> one >= HISTOGRAM_SIDE_PX), 0)
    pixels = composite(document, document.selection.level_box(level), level)
    return pixels[pixels[..., 3] > 0][:, :3] / document.max_value


def read_tones(document: Document, field: str) -> NDArray[np.float64]:
    """Read a picture's tones in a channel, 0 .. 1; for the field "rgb" their luma."""
    colors = sample_colors(document)
    if field == "rgb":
        return np.asarray(colors @ np.array(LUMA_709))
    return colors[:, ("red", "green", "blue").index(field)]


def count_tones(tones: NDArray[np.float64]) -> NDArray[np.float64]:
    """Count tones, 0 .. 1: 256 shares of the largest count, 0 .. 1."""
    counts, _ = np.histogram(tones * 255, bins=256, range=(0, 256))
    # A picture's clipped ends must not flatten all else.
    ceiling = max(1.0, float(np.percentile(counts, 99)))
    return np.clip(counts / ceiling, 0, 1)
