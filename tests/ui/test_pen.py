"""A pen on a tablet: its pressure, its other end, its buttons."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPointingDevice
from PySide6.QtTest import QTest

from glide_studio.editor.settings import Tool
from glide_studio.imaging.geometry import Point
from tests.ui.windows import PEN, TURNED, WindowDriver, send_pen

PRESS, MOVE, RELEASE = (
    QEvent.Type.TabletPress,
    QEvent.Type.TabletMove,
    QEvent.Type.TabletRelease,
)


def draw(driver: WindowDriver, *pressures: float, device: QPointingDevice = PEN) -> np.ndarray:
    """A line from (100, 200) to the right, 100 pixels a step; the mask after it."""
    places = [driver.at(100 + 100 * step, 200) for step in range(len(pressures))]
    assert send_pen(driver.canvas, PRESS, places[0], pressures[0], device)
    for place, pressure in zip(places[1:], pressures[1:], strict=True):
        assert send_pen(driver.canvas, MOVE, place, pressure, device)
    assert send_pen(driver.canvas, RELEASE, places[-1], 0.0, device)
    return driver.editor.selection.painted_mask(driver.editor.document.box)


@pytest.fixture
def opened(driver: WindowDriver, photo_file: Path) -> WindowDriver:
    driver.open(photo_file)
    driver.canvas.view.zoom_to(1.0)
    driver.editor.set_tool_settings(
        tool=Tool.BRUSH, size=60.0, hardness=1.0, pressure_size=False, pressure_flow=False
    )
    return driver


def widths(mask: np.ndarray) -> list[int]:
    """How thick the line is under each of its points."""
    return [int((mask[:, x] > 127).sum()) for x in (110, 200, 300, 390)]


def test_pressure_makes_the_brush_larger(opened: WindowDriver) -> None:
    opened.editor.set_tool_settings(pressure_size=True)
    thick = widths(draw(opened, 0.2, 0.4, 0.7, 1.0))
    assert thick == sorted(thick)
    assert thick[1] == pytest.approx(24, abs=6)
    assert thick[3] == pytest.approx(59, abs=3)
    assert opened.editor.timeline.current.label == "Brush mask"
    assert len(opened.editor.timeline) == 2


def test_pressure_makes_the_paint_flow(opened: WindowDriver) -> None:
    opened.editor.set_tool_settings(pressure_flow=True, spacing=0.5)
    light = draw(opened, 0.05, 0.05, 0.05, 0.05)
    assert widths(light) == [0, 0, 0, 0]
    assert 0 < light[200, 200] < 80
    opened.editor.undo()
    heavy = draw(opened, 1.0, 1.0, 1.0, 1.0)
    assert heavy[200, 200] == 255


def test_without_either_option_pressure_means_nothing(opened: WindowDriver) -> None:
    soft = draw(opened, 0.1, 0.1, 0.1)
    opened.editor.undo()
    assert np.array_equal(soft, draw(opened, 1.0, 0.9, 0.8))


def test_the_pens_other_end_erases(opened: WindowDriver) -> None:
    opened.editor.selection.select_all()
    mask = draw(opened, 1.0, 1.0, 1.0, device=TURNED)
    assert mask[200, 200] == 0
    assert mask[20, 20] == 255
    assert opened.editor.tool_settings.tool is Tool.BRUSH


def test_shapes_are_drawn_by_pen_as_well(opened: WindowDriver) -> None:
    opened.editor.set_tool_settings(tool=Tool.RECTANGLE)
    assert send_pen(opened.canvas, PRESS, opened.at(50, 50), 0.5)
    assert send_pen(opened.canvas, MOVE, opened.at(150, 90), 0.5)
    assert send_pen(opened.canvas, RELEASE, opened.at(150, 90), 0.0)
    assert opened.editor.document.selection.content_box().size.width == 100


def test_what_is_not_the_tip_is_left_to_the_mouse(opened: WindowDriver) -> None:
    right = Qt.MouseButton.RightButton
    assert not send_pen(opened.canvas, PRESS, opened.at(50, 50), 1.0, button=right)
    opened.editor.set_tool_settings(tool=Tool.HAND)
    assert not send_pen(opened.canvas, PRESS, opened.at(50, 50), 1.0)
    assert len(opened.editor.timeline) == 1


def test_a_hovering_pen_shows_where_it_is(opened: WindowDriver) -> None:
    seen: list[Point | None] = []
    opened.canvas.pointed.connect(seen.append)
    none = Qt.MouseButton.NoButton
    assert send_pen(opened.canvas, MOVE, opened.at(70, 40), 0.0, button=none)
    assert seen[-1] is not None
    assert (round(seen[-1].x), round(seen[-1].y)) == (70, 40)
    assert len(opened.editor.timeline) == 1


def test_no_key_chooses_a_tool_while_the_pen_is_down(opened: WindowDriver) -> None:
    opened.window.prompt.prompt.setFocus()
    assert send_pen(opened.canvas, PRESS, opened.at(100, 200), 1.0, PEN)
    QTest.keyClick(opened.window.windowHandle(), Qt.Key.Key_E)
    assert send_pen(opened.canvas, RELEASE, opened.at(100, 200), 0.0, PEN)
    assert opened.editor.tool_settings.tool is Tool.BRUSH
    assert opened.editor.generation_settings.prompt == ""
    QTest.keyClick(opened.window.windowHandle(), Qt.Key.Key_E)
    assert opened.editor.tool_settings.tool is Tool.ERASER
