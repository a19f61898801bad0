"""The settings of the active tool, above the canvas."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, QSize, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
    QWidgetAction,
)

from glide_studio.document.shapes import ShapeKind
from glide_studio.editor.editor import Editor
from glide_studio.editor.settings import MAX_BRUSH_PX, Tool
from glide_studio.translation import QT_TRANSLATE_NOOP, number, translate
from glide_studio.ui.canvas.brush_marks import is_brush
from glide_studio.ui.color_swatches import ColorSwatches
from glide_studio.ui.frame_bars import CropBar, TransformBar
from glide_studio.ui.icons import icon
from glide_studio.ui.mask_menu import MODES, SELECTING_TOOLS
from glide_studio.ui.tool_strip import describe_tool
from glide_studio.ui.widgets import (
    MIN_SLIDER_PX,
    CheckBox,
    LabeledSlider,
    make_icon_button,
    make_label,
    make_row,
)

WORDS_WIDTH_PX = 158, 260  # at least, at most
TIGHT_WORDS_PX, TIGHT_SLIDER_PX = 110, 30  # at least, where there is little room
MARGINS = 12, 0, 12, 0
GAP_PX, TIGHT_GAP_PX = 14, 7
SHAPES: Mapping[ShapeKind, str] = {
    "rectangle": QT_TRANSLATE_NOOP("OptionsBar", "Rectangle"),
    "ellipse": QT_TRANSLATE_NOOP("OptionsBar", "Ellipse"),
    "line": QT_TRANSLATE_NOOP("OptionsBar", "Line"),
}
SIZE_STEPS = 200  # of the size slider, which is logarithmic: small brushes need fine steps


class OptionsBar(QFrame):
    """Brush size, hardness and flow; how shapes combine with the mask; tolerances.

    Signals: `extend_requested`, `extend_dialog_requested` and `compare_requested` by the buttons of
    the Extend tool.
    """

    compare_requested = Signal()
    extend_requested = Signal()
    extend_dialog_requested = Signal()

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self.setAccessibleName(translate("OptionsBar", "Tool settings"))
        self.setFixedHeight(42)
        # No tool may widen the window, not even for the moment in which widgets come and go.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._row = row = make_row(self, MARGINS, GAP_PX)
        self._name = make_label("", "title")
        self._make_sliders()
        self._make_paint_options()
        self.transform = TransformBar(editor)
        self.crop = CropBar(editor)
        self._make_mask_options()
        self._make_object_options()
        self._make_extend_options()
        for widget in (
            self._name,
            self.scribble,
            self.words,
            self.rim,
            self.extend,
            self.extend_more,
            self.extend_again,
            self.extend_compare,
            self.transform,
            self.crop,
            self.colors,
            self.radial,
            self.shape,
            self.diameter,
            self.hardness,
            self.flow,
            self.opacity,
            self.more,
            self.sampling,
            self.mode,
            self.tolerance,
            self.softness,
            self.contiguous,
            self.all_layers,
            self.fades,
        ):
            row.addWidget(widget, 1 if widget is self.words else 0)
        row.addStretch(2)
        self._connect()
        editor.settings_changed.connect(self._show)
        editor.retouch.changed.connect(self._show_sampling)
        self._show()

    def _make_sliders(self) -> None:
        """Make the sliders of brushes and tolerances."""
        self.diameter = LabeledSlider(
            translate("OptionsBar", "Size"),
            0,
            SIZE_STEPS,
            lambda step: translate("OptionsBar", "{size} px").format(
                size=number(slider_to_size(step), 0)
            ),
            150,
            translate("OptionsBar", "Brush size  ([ and ])"),
        )
        self.hardness = LabeledSlider(
            translate("OptionsBar", "Hardness"), 0, 100, lambda value: f"{value} %"
        )
        self.flow = LabeledSlider(
            translate("OptionsBar", "Flow"), 1, 100, lambda value: f"{value} %"
        )
        self.tolerance = LabeledSlider(
            translate("OptionsBar", "Tolerance"), 0, 100, lambda value: f"{value} %"
        )
        self.softness = LabeledSlider(
            translate("OptionsBar", "Softness"), 0, 100, lambda value: f"{value} %", 80
        )
        self.opacity = LabeledSlider(
            translate("OptionsBar", "Opacity"), 1, 100, lambda value: f"{value} %", 80
        )

    def _make_paint_options(self) -> None:
        """Make what painting, filling and gradients need."""
        self.colors = ColorSwatches(self._editor)
        self.radial = QComboBox()
        self.radial.setAccessibleName(translate("OptionsBar", "Shape of the gradient"))
        self.radial.setToolTip(translate("OptionsBar", "Shape of the gradient"))
        self.radial.addItems([translate("OptionsBar", "Linear"), translate("OptionsBar", "Radial")])
        self.shape = QComboBox()
        self.shape.setAccessibleName(translate("OptionsBar", "Shape"))
        self.shape.setToolTip(
            translate("OptionsBar", "What is drawn; a line is as thick as the size says")
        )
        for kind, word in SHAPES.items():
            self.shape.addItem(translate("OptionsBar", word), kind)
        self.fades = CheckBox(translate("OptionsBar", "To transparent"))
        self.fades.setToolTip(translate("OptionsBar", "End in nothing instead of the second color"))

    def _make_mask_options(self) -> None:
        """Make what the mask tools need."""
        self.contiguous = CheckBox(translate("OptionsBar", "Contiguous"))
        self.contiguous.setToolTip(
            translate("OptionsBar", "Select only pixels that are connected to the clicked one")
        )
        self.all_layers = CheckBox(translate("OptionsBar", "All layers"))
        self.all_layers.setToolTip(
            translate("OptionsBar", "Look for similar pixels in all visible layers")
        )
        self.mode = QComboBox()
        self.mode.setAccessibleName(translate("OptionsBar", "How it combines with the mask"))
        self.mode.setToolTip(
            translate(
                "OptionsBar",
                "How it combines with the mask (Shift adds, Alt subtracts, both intersect)",
            )
        )
        for text, mode in MODES:
            self.mode.addItem(translate("MaskMenu", text), mode)
        self.more = BrushMenu(self._editor)

    def _make_object_options(self) -> None:
        """Make what selecting an object needs."""
        self.scribble = QComboBox()
        self.scribble.setAccessibleName(translate("OptionsBar", "How an object is marked"))
        self.scribble.setToolTip(
            translate("OptionsBar", "Mark an object by a box around it, or by strokes on it")
        )
        self.scribble.addItems(
            [translate("OptionsBar", "Box"), translate("OptionsBar", "Scribble")]
        )
        self.words = QLineEdit()
        self.words.setPlaceholderText(translate("OptionsBar", "By words: the apple"))
        self.words.setAccessibleName(translate("OptionsBar", "Select by words"))
        self.words.setToolTip(
            translate("OptionsBar", "Type what should be selected, then press Enter")
        )
        self.words.setMinimumWidth(WORDS_WIDTH_PX[0])
        self.words.setMaximumWidth(WORDS_WIDTH_PX[1])
        self.rim = CheckBox(translate("OptionsBar", "Rim and shadow"))
        self.rim.setToolTip(
            translate(
                "OptionsBar",
                "Remove takes along what lies beside the mask: soft edges, what the mask misses of"
                " a thing, and the shadow at its foot",
            )
        )

    def _make_extend_options(self) -> None:
        """Make what the retouch tools need."""
        self.extend = QPushButton(translate("OptionsBar", "Extend"))
        self.extend.setProperty("role", "primary")
        self.extend.setToolTip(
            translate("OptionsBar", "Extend the canvas to the dragged edges and fill it  (Enter)")
        )
        self.extend_more = QPushButton(translate("OptionsBar", "Pixels or aspect ratio…"))
        self.extend_more.setToolTip(
            translate("OptionsBar", "Enter pixels for each side, or choose an aspect ratio")
        )
        self.extend_again = QPushButton(translate("OptionsBar", "Another result"))
        self.extend_compare = make_icon_button(
            "grid", translate("OptionsBar", "Results side by side"), self.compare_requested.emit
        )
        self.sampling = make_label("", "hint")
        self.sampling.setAccessibleName(translate("OptionsBar", "Sampling area"))

    def _connect(self) -> None:
        """Let each widget set its tool setting."""
        editor = self._editor
        self.diameter.moved.connect(
            lambda step: editor.set_tool_settings(size=slider_to_size(step))
        )
        self.hardness.moved.connect(lambda value: editor.set_tool_settings(hardness=value / 100))
        self.flow.moved.connect(lambda value: editor.set_tool_settings(flow=value / 100))
        self.tolerance.moved.connect(lambda value: editor.set_tool_settings(tolerance=value / 100))
        self.softness.moved.connect(lambda value: editor.set_tool_settings(softness=value / 100))
        self.contiguous.toggled.connect(lambda on: editor.set_tool_settings(contiguous=on))
        self.all_layers.toggled.connect(lambda on: editor.set_tool_settings(all_layers=on))
        self.opacity.moved.connect(lambda value: editor.set_tool_settings(opacity=value / 100))
        self.fades.toggled.connect(lambda on: editor.set_tool_settings(fades=on))
        self.radial.activated.connect(lambda at: editor.set_tool_settings(radial=bool(at)))
        self.shape.activated.connect(
            lambda: editor.set_tool_settings(shape=self.shape.currentData())
        )
        self.mode.activated.connect(lambda: editor.set_tool_settings(mode=self.mode.currentData()))
        self.scribble.activated.connect(self._set_scribble)
        self.rim.toggled.connect(lambda on: editor.set_tool_settings(takes_rim=on))
        self.words.returnPressed.connect(self._select_by_words)
        self.extend.clicked.connect(lambda: self.extend_requested.emit())
        self.extend_more.clicked.connect(lambda: self.extend_dialog_requested.emit())
        canvas = editor.canvas
        self.extend_again.clicked.connect(lambda: editor.attempt(canvas.extend_again))
        editor.document_changed.connect(lambda *_: self._show_again())
        editor.retouch_work.changed.connect(self._show_again)
        self._show_again()

    def _set_scribble(self, index: int) -> None:
        self._editor.objects.forget_scribbles()
        self._editor.set_tool_settings(scribble=bool(index))

    def _select_by_words(self) -> None:
        editor = self._editor
        # Not disabled meanwhile: it would lose the keyboard, and letters would choose tools.
        if editor.words.is_searching:
            return
        mode = editor.tool_settings.mode
        editor.attempt(lambda: editor.words.select(self.words.text(), mode))

    def _show_again(self) -> None:
        editor = self._editor
        can = editor.canvas.can_extend_again
        self.extend_again.setEnabled(can and not editor.retouch_work.is_running)
        self._show_compare()
        self.extend_again.setToolTip(
            translate("OptionsBar", "Fill the area that was added last in another way")
            if can
            else translate(
                "OptionsBar",
                "Fills the area that was added last in another way, until a layer is changed or the"
                " picture is closed",
            )
        )

    def _show_compare(self) -> None:
        can = len(self._editor.canvas.extension_results) > 1
        self.extend_compare.setEnabled(can)
        self.extend_compare.setToolTip(
            translate("OptionsBar", "Results side by side")
            if can
            else translate("OptionsBar", "Results side by side: once there is another result")
        )

    def _show_sampling(self) -> None:
        sampling = self._editor.retouch.sampling
        parts = []
        if sampling.source is not None:
            parts.append(translate("OptionsBar", "samples the chosen area only"))
        if sampling.avoid is not None:
            parts.append(translate("OptionsBar", "skips the excluded area"))
        text = translate("OptionsBar", " and ").join(parts)
        self.sampling.setText(text[:1].upper() + text[1:])
        self.sampling.setToolTip(self.sampling.text())  # a narrow bar cuts it off

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        """Show the tool's name if there is room; in too little, move all closer together."""
        self._set_tight(False)
        needed = self._row.minimumSize().width()
        if self._name.isHidden():
            needed += self._row.spacing() + self._name.minimumSizeHint().width()
        self._name.setVisible(needed <= self.width())
        if self._row.minimumSize().width() > self.width():
            self._set_tight(True)

    def _set_tight(self, on: bool) -> None:
        self._row.setSpacing(TIGHT_GAP_PX if on else GAP_PX)
        self._row.setContentsMargins(*((4, 0, 4, 0) if on else MARGINS))
        self.words.setMinimumWidth(TIGHT_WORDS_PX if on else WORDS_WIDTH_PX[0])
        self.transform.set_tight(on)
        for slider in (
            self.diameter,
            self.hardness,
            self.flow,
            self.opacity,
            self.tolerance,
            self.softness,
        ):
            slider.set_least(TIGHT_SLIDER_PX if on else MIN_SLIDER_PX)

    def _show(self) -> None:
        tools = self._editor.tool_settings
        painting = is_brush(tools)
        shown: dict[QWidget, bool] = {}
        masking = tools.tool in (Tool.BRUSH, Tool.ERASER)
        pixels = tools.tool in (Tool.PAINT, Tool.ERASE_PIXELS)
        extending = tools.tool is Tool.EXTEND
        selecting = tools.tool is Tool.OBJECT
        self._name.setText(describe_tool(tools.tool)[0].upper())
        finding = tools.tool in (Tool.WAND, Tool.COLOR)
        drawing = tools.tool is Tool.SHAPE
        shown[self.diameter] = painting or (drawing and tools.shape == "line")
        copying = tools.tool in (Tool.HEAL, Tool.CLONE)
        shown[self.hardness] = masking or pixels or copying
        shown[self.flow] = masking or copying  # of paint it is in the menu, for want of room
        shown[self.more] = masking or pixels
        shown[self.mode] = tools.tool in SELECTING_TOOLS and not (selecting and tools.scribble)
        shown[self.transform] = tools.tool is Tool.TRANSFORM
        shown[self.crop] = tools.tool is Tool.CROP
        filling = drawing or tools.tool in (Tool.BUCKET, Tool.GRADIENT)
        shown[self.colors] = filling or tools.tool in (Tool.PAINT, Tool.PICKER)
        shown[self.opacity] = filling or pixels
        shown[self.shape] = drawing
        shown[self.radial] = tools.tool is Tool.GRADIENT
        shown[self.fades] = tools.tool is Tool.GRADIENT
        shown[self.scribble] = selecting
        shown[self.words] = shown[self.rim] = selecting
        shown[self.extend] = extending
        shown[self.extend_more] = extending
        shown[self.extend_again] = shown[self.extend_compare] = extending
        shown[self.sampling] = tools.tool in (Tool.REMOVE, Tool.EXTEND)
        with QSignalBlocker(self.scribble):
            self.scribble.setCurrentIndex(int(tools.scribble))
        with QSignalBlocker(self.rim):
            self.rim.setChecked(tools.takes_rim)
        self._show_sampling()
        shown[self.tolerance] = finding or tools.tool is Tool.BUCKET
        shown[self.softness] = tools.tool is Tool.COLOR
        shown[self.contiguous] = tools.tool in (Tool.WAND, Tool.BUCKET)
        shown[self.all_layers] = tools.tool is Tool.BUCKET
        self.mode.setCurrentIndex(self.mode.findData(tools.mode))
        self.softness.show_value(round(tools.softness * 100))
        with QSignalBlocker(self.contiguous):
            self.contiguous.setChecked(tools.contiguous)
        with QSignalBlocker(self.all_layers):
            self.all_layers.setChecked(tools.all_layers)
        self.diameter.show_value(size_to_slider(tools.size))
        self.hardness.show_value(round(tools.hardness * 100))
        self.opacity.show_value(round(tools.opacity * 100))
        with QSignalBlocker(self.fades):
            self.fades.setChecked(tools.fades)
        self.radial.setCurrentIndex(int(tools.radial))
        self.shape.setCurrentIndex(self.shape.findData(tools.shape))
        self.flow.show_value(round(tools.flow * 100))
        self.tolerance.show_value(round(tools.tolerance * 100))
        # First what goes: showing a widget lays the bar out at once, and might widen the window.
        for widget, on in sorted(shown.items(), key=lambda pair: pair[1]):
            widget.setVisible(on)
        if shown[self.colors]:
            self.colors.show_second(tools.tool in (Tool.GRADIENT, Tool.PICKER))
        self._fit()


class BrushMenu(QToolButton):
    """Less common brush settings: flow, spacing, and what a pen's pressure changes."""

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self.setIcon(icon("sliders"))
        self.setIconSize(QSize(18, 18))
        self.setAccessibleName(translate("OptionsBar", "More brush settings"))
        self.setToolTip(translate("OptionsBar", "Flow, spacing and pen pressure"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        self.spacing = LabeledSlider(
            translate("OptionsBar", "Spacing"), 1, 200, lambda value: f"{value} %"
        )
        self.flow_slider = LabeledSlider(
            translate("OptionsBar", "Flow"), 1, 100, lambda value: f"{value} %"
        )
        for widget in (self.flow_slider, self.spacing):
            widget.setContentsMargins(14, 4, 14, 4)
            widget.align(52, widget.value_width)
            slider = QWidgetAction(menu)
            slider.setDefaultWidget(widget)
            menu.addAction(slider)
        self.flow_slider.moved.connect(lambda value: editor.set_tool_settings(flow=value / 100))
        self.size_, self.flow = (
            QAction(text, menu, checkable=True)
            for text in (
                translate("OptionsBar", "Pen pressure changes the size"),
                translate("OptionsBar", "Pen pressure changes the flow"),
            )
        )
        menu.addActions([self.size_, self.flow])
        self.setMenu(menu)
        self.spacing.moved.connect(lambda value: editor.set_tool_settings(spacing=value / 100))
        self.size_.toggled.connect(lambda on: editor.set_tool_settings(pressure_size=on))
        self.flow.toggled.connect(lambda on: editor.set_tool_settings(pressure_flow=on))
        editor.settings_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        tools = self._editor.tool_settings
        self.spacing.show_value(round(tools.spacing * 100))
        self.flow_slider.show_value(round(tools.flow * 100))
        for action, on in ((self.size_, tools.pressure_size), (self.flow, tools.pressure_flow)):
            with QSignalBlocker(action):
                action.setChecked(on)


def slider_to_size(step: int) -> float:
    """Map a slider step 0 .. SIZE_STEPS to a diameter 1 .. MAX_BRUSH_PX in pixels."""
    return float(MAX_BRUSH_PX ** (step / SIZE_STEPS))


def size_to_slider(size: float) -> int:
    """Map a diameter to a slider step: the inverse of `slider_to_size`."""
    return round(math.log(max(size, 1), MAX_BRUSH_PX) * SIZE_STEPS)
