"""The settings of the tool in hand, above the canvas."""

from __future__ import annotations

import math

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from glide_studio.session.session import Session
from glide_studio.session.tools import LARGEST_BRUSH, Tool
from glide_studio.ui.parts import LabelledSlider, label
from glide_studio.ui.tool_strip import TOOLS

STEPS = 200  # of the size slider, which is logarithmic: small brushes need fine steps


class OptionsBar(QFrame):
    """Brush size, hardness and flow; the wand's tolerance; otherwise a line of advice."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setAccessibleName("Tool settings")
        self.setFixedHeight(42)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(22)
        self._name = label("", "title")
        self._name.setMinimumWidth(72)
        self._tip: QLabel = label("", "faint")
        self.diameter = LabelledSlider(
            "Size", 0, STEPS, lambda step: f"{to_size(step):.0f} px", 150, "Brush size  ([ and ])"
        )
        self.hardness = LabelledSlider("Hardness", 0, 100, lambda value: f"{value} %")
        self.flow = LabelledSlider("Flow", 1, 100, lambda value: f"{value} %")
        self.tolerance = LabelledSlider("Tolerance", 0, 100, lambda value: f"{value} %")
        for widget in (
            self._name,
            self.diameter,
            self.hardness,
            self.flow,
            self.tolerance,
            self._tip,
        ):
            row.addWidget(widget)
        row.addStretch()
        self.diameter.moved.connect(lambda step: session.set_tools(size=to_size(step)))
        self.hardness.moved.connect(lambda value: session.set_tools(hardness=value / 100))
        self.flow.moved.connect(lambda value: session.set_tools(flow=value / 100))
        self.tolerance.moved.connect(lambda value: session.set_tools(tolerance=value / 100))
        session.tools_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        tools = self._session.tools
        painting = tools.tool in (Tool.BRUSH, Tool.ERASER)
        _, name, _, tip = next(entry for entry in TOOLS if entry[0] is tools.tool)
        self._name.setText(name.upper())
        self._tip.setText("" if painting else tip[0].upper() + tip[1:])
        for slider in (self.diameter, self.hardness, self.flow):
            slider.setVisible(painting)
        self.tolerance.setVisible(tools.tool is Tool.WAND)
        self.diameter.show_value(to_step(tools.size))
        self.hardness.show_value(round(tools.hardness * 100))
        self.flow.show_value(round(tools.flow * 100))
        self.tolerance.show_value(round(tools.tolerance * 100))


def to_size(step: int) -> float:
    """Slider step 0 .. STEPS -> diameter 1 .. LARGEST_BRUSH."""
    return float(LARGEST_BRUSH ** (step / STEPS))


def to_step(size: float) -> int:
    """The inverse of `to_size`."""
    return round(math.log(max(size, 1), LARGEST_BRUSH) * STEPS)
