"""The settings of the tool in hand, above the canvas."""

from __future__ import annotations

import math

from PySide6.QtCore import QSignalBlocker, QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QWidgetAction,
)

from glide_studio.editor.session import Session
from glide_studio.editor.tools import LARGEST_BRUSH, Tool
from glide_studio.ui.icons import icon
from glide_studio.ui.mask_menu import MODES
from glide_studio.ui.tool_strip import TOOLS
from glide_studio.ui.widgets import CheckBox, LabeledSlider, make_label

STEPS = 200  # of the size slider, which is logarithmic: small brushes need fine steps


class OptionsBar(QFrame):
    """Brush size, hardness, flow and more; how shapes join the mask; tolerances; a line of advice."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setAccessibleName("Tool settings")
        self.setFixedHeight(42)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(22)
        self._name = make_label("", "title")
        self._name.setMinimumWidth(72)
        self._tip: QLabel = make_label("", "faint")
        self.diameter = LabeledSlider(
            "Size", 0, STEPS, lambda step: f"{to_size(step):.0f} px", 150, "Brush size  ([ and ])"
        )
        self.hardness = LabeledSlider("Hardness", 0, 100, lambda value: f"{value} %")
        self.flow = LabeledSlider("Flow", 1, 100, lambda value: f"{value} %")
        self.tolerance = LabeledSlider("Tolerance", 0, 100, lambda value: f"{value} %")
        self.softness = LabeledSlider("Softness", 0, 100, lambda value: f"{value} %", 80)
        self.contiguous = CheckBox("Connected")
        self.contiguous.setToolTip("Only pixels that are connected to the clicked one")
        self.mode = QComboBox()
        self.mode.setAccessibleName("How it joins the mask")
        self.mode.setToolTip("How it joins the mask (Shift adds, Alt takes away, both intersect)")
        for text, mode in MODES:
            self.mode.addItem(text, mode)
        self.more = BrushMenu(session)
        for widget in (
            self._name,
            self.diameter,
            self.hardness,
            self.flow,
            self.more,
            self.mode,
            self.tolerance,
            self.softness,
            self.contiguous,
            self._tip,
        ):
            row.addWidget(widget)
        row.addStretch()
        self.diameter.moved.connect(lambda step: session.set_tools(size=to_size(step)))
        self.hardness.moved.connect(lambda value: session.set_tools(hardness=value / 100))
        self.flow.moved.connect(lambda value: session.set_tools(flow=value / 100))
        self.tolerance.moved.connect(lambda value: session.set_tools(tolerance=value / 100))
        self.softness.moved.connect(lambda value: session.set_tools(softness=value / 100))
        self.contiguous.toggled.connect(lambda on: session.set_tools(contiguous=on))
        self.mode.activated.connect(lambda: session.set_tools(mode=self.mode.currentData()))
        session.tools_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        tools = self._session.tools
        painting = tools.tool in (Tool.BRUSH, Tool.ERASER)
        _, name, _, tip = next(entry for entry in TOOLS if entry[0] is tools.tool)
        self._name.setText(name.upper())
        finding = tools.tool in (Tool.WAND, Tool.COLOR)
        self._tip.setText("" if painting or finding else tip[0].upper() + tip[1:])
        for widget in (self.diameter, self.hardness, self.flow, self.more):
            widget.setVisible(painting)
        self.mode.setVisible(not painting and tools.tool is not Tool.HAND)
        self.tolerance.setVisible(finding)
        self.softness.setVisible(tools.tool is Tool.COLOR)
        self.contiguous.setVisible(tools.tool is Tool.WAND)
        self.mode.setCurrentIndex(self.mode.findData(tools.mode))
        self.softness.show_value(round(tools.softness * 100))
        with QSignalBlocker(self.contiguous):
            self.contiguous.setChecked(tools.contiguous)
        self.diameter.show_value(to_step(tools.size))
        self.hardness.show_value(round(tools.hardness * 100))
        self.flow.show_value(round(tools.flow * 100))
        self.tolerance.show_value(round(tools.tolerance * 100))


class BrushMenu(QToolButton):
    """What is changed less often about the brush: its spacing, and what a pen's pressure does."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setIcon(icon("sliders"))
        self.setIconSize(QSize(18, 18))
        self.setAccessibleName("More about the brush")
        self.setToolTip("Spacing, and what a pen's pressure does")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        menu = QMenu(self)
        self.spacing = LabeledSlider("Spacing", 1, 200, lambda value: f"{value} %")
        self.spacing.setContentsMargins(14, 4, 14, 4)
        slider = QWidgetAction(menu)
        slider.setDefaultWidget(self.spacing)
        menu.addAction(slider)
        self.size_, self.flow = (
            QAction(text, menu, checkable=True)
            for text in ("Pen pressure changes the size", "Pen pressure changes the flow")
        )
        menu.addActions([self.size_, self.flow])
        self.setMenu(menu)
        self.spacing.moved.connect(lambda value: session.set_tools(spacing=value / 100))
        self.size_.toggled.connect(lambda on: session.set_tools(pressure_size=on))
        self.flow.toggled.connect(lambda on: session.set_tools(pressure_flow=on))
        session.tools_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        tools = self._session.tools
        self.spacing.show_value(round(tools.spacing * 100))
        for action, on in ((self.size_, tools.pressure_size), (self.flow, tools.pressure_flow)):
            with QSignalBlocker(action):
                action.setChecked(on)


def to_size(step: int) -> float:
    """Slider step 0 .. STEPS -> diameter 1 .. LARGEST_BRUSH."""
    return float(LARGEST_BRUSH ** (step / STEPS))


def to_step(size: float) -> int:
    """The inverse of `to_size`."""
    return round(math.log(max(size, 1), LARGEST_BRUSH) * STEPS)
