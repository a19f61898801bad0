"""A turned view: every tool works as in an upright one, and what is seen is the same, turned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from glide_studio.document.compositing import composite
from glide_studio.editor.settings import Tool
from glide_studio.imaging.filters import bounding_box
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.ui.canvas.viewport import Viewport, ViewRotation
from tests.ui.test_canvas import pixels, turn_wheel
from tests.ui.windows import PEN, WindowDriver, send_move

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
NO_KEYS = Qt.KeyboardModifier.NoModifier
Places = list[tuple[float, float]]


@pytest.fixture
def opened(driver: WindowDriver, photo_file: Path) -> WindowDriver:
    """A red card of 100 x 60 at (200, 150) on its own layer."""
    driver.open(photo_file)
    driver.canvas.setFocus()
    editor = driver.editor
    editor.layers.add()
    editor.set_tool_settings(color="#ff0000")
    editor.selection.rectangle(Point(200, 150), Point(300, 210))
    editor.paint.bucket(Point(210, 160))
    editor.selection.clear()
    return driver


def send(driver: WindowDriver, kind: QEvent.Type, place: tuple[float, float], keys=NO_KEYS) -> None:
    """A mouse event at a document point, to the fraction of a pixel."""
    position = driver.canvas.view.widget_point(Point(*place))
    moves = kind is QEvent.Type.MouseMove
    event = QMouseEvent(
        kind,
        position,
        QPointF(driver.canvas.mapToGlobal(QPoint(0, 0))) + position,
        NONE if moves else LEFT,
        NONE if kind is QEvent.Type.MouseButtonRelease else LEFT,
        keys,
    )
    QApplication.sendEvent(driver.canvas, event)


def drag(driver: WindowDriver, places: Places, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
    send(driver, QEvent.Type.MouseButtonPress, places[0], keys)
    for place in places[1:]:
        send(driver, QEvent.Type.MouseMove, place, keys)
    send(driver, QEvent.Type.MouseButtonRelease, places[-1], keys)


def placed(driver: WindowDriver) -> Box:
    """Where the frame of the Transform tool is."""
    quad = driver.editor.transform.quad
    assert quad is not None
    return Box.between(*(round(side) for side in quad.bounds()))


STROKE = [(180.0, 140.0), (260.0, 170.0), (320.0, 230.0)]
USES: dict[Tool, Places] = {
    Tool.BRUSH: STROKE,
    Tool.LASSO: [(100, 100), (200, 90), (220, 180), (120, 220)],
    Tool.RECTANGLE: [(120, 80), (260, 190)],
    Tool.ELLIPSE: [(120, 80), (260, 190)],
    Tool.WAND: [(220, 170)],
    Tool.COLOR: [(220, 170)],
    Tool.PAINT: STROKE,
    Tool.ERASE_PIXELS: STROKE,
    Tool.BUCKET: [(220, 170)],
    Tool.GRADIENT: [(210, 160), (290, 200)],
    Tool.OBJECT: [(190, 140), (310, 220)],
    Tool.REMOVE: [(298, 150), (306, 152)],
}
"""What is done with each tool, in document points."""


@pytest.mark.parametrize("tool", USES, ids=lambda tool: tool.value)
def test_a_tool_does_the_same_in_a_turned_view(opened: WindowDriver, tool: Tool) -> None:
    editor = opened.editor
    results = []
    start = editor.timeline.current.id
    for angle in (0.0, 37.0, -90.0):
        opened.canvas.view.turn(angle)
        editor.set_tool_settings(tool=tool, size=30.0, hardness=1.0, color="#00ff00")
        drag(opened, USES[tool])
        opened.wait(
            lambda: not editor.retouch_work.is_running and editor.timeline.current.id != start
        )
        document = editor.document
        results.append(
            np.dstack([composite(document, document.box), document.selection.read(document.box)])
        )
        editor.jump(start)
    before = editor.document
    plain = np.dstack([composite(before, before.box), before.selection.read(before.box)])
    assert not np.array_equal(results[0], plain)
    for turned in results[1:]:
        if tool is Tool.REMOVE:  # what fills it depends on the last bits
            areas = [bounding_box((one != plain).any(axis=2)) for one in (turned, results[0])]
            assert areas[0] in areas[1].pad(2)
            assert areas[1] in areas[0].pad(2)
            continue
        # Positions differ in the last bits, which an edge of a stroke may show.
        assert np.abs(turned.astype(int) - results[0]).max() <= 2


@pytest.mark.parametrize("angle", [37.0, 90.0, -135.0])
def test_frames_are_taken_hold_of_by_their_handles(opened: WindowDriver, angle: float) -> None:
    editor = opened.editor
    opened.canvas.view.turn(angle)
    editor.set_tool_settings(tool=Tool.TRANSFORM)
    drag(opened, [(250, 180), (270, 200), (281, 215)])
    assert placed(opened) == Box(231, 185, 100, 60)
    drag(opened, [(331, 245), (381, 275)])
    assert placed(opened) == Box(231, 185, 150, 90)
    drag(opened, [(231 + 75, 185), (231 + 75, 160)])  # the upper side
    assert placed(opened) == Box(231, 160, 150, 115)
    QTest.keyClick(opened.canvas, Qt.Key.Key_Escape)
    editor.set_tool_settings(tool=Tool.CROP)
    drag(opened, [(0, 0), (50, 40)])
    QTest.keyClick(opened.canvas, Qt.Key.Key_Return)
    opened.wait(lambda: not editor.crop.busy)
    assert editor.document.size == Size(550, 360)
    assert opened.canvas.view.angle == angle
    editor.set_tool_settings(tool=Tool.EXTEND)
    gesture = opened.canvas._gesture
    drag(opened, [(550, 200), (600, 200)])
    assert gesture.margins == (0, 0, 50, 0)


def test_arrow_keys_move_along_the_screen(opened: WindowDriver) -> None:
    editor, canvas = opened.editor, opened.canvas
    canvas.view.turn(90)
    editor.set_tool_settings(tool=Tool.TRANSFORM)
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert placed(opened) == Box(200, 149, 100, 60)  # up in the document
    QTest.keyClick(canvas, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert placed(opened) == Box(210, 149, 100, 60)


def test_a_pen_paints_where_it_touches(opened: WindowDriver) -> None:
    canvas, editor = opened.canvas, opened.editor
    canvas.view.turn(-60)
    editor.set_tool_settings(tool=Tool.BRUSH, size=20.0)
    for kind in (QEvent.Type.TabletPress, QEvent.Type.TabletMove, QEvent.Type.TabletRelease):
        place = canvas.view.widget_point(Point(400, 100))
        button = NONE if kind is QEvent.Type.TabletMove else LEFT
        event = QTabletEvent(kind, PEN, place, place, 1.0, 0, 0, 0, 0, 0, NO_KEYS, button, LEFT)
        QApplication.sendEvent(canvas, event)
    box = editor.document.selection.content_box()
    assert Point(400, 100) in box
    assert box.width <= 22


@pytest.mark.parametrize("angle", [30.0, 90.0, 180.0, -45.0])
def test_what_is_seen_is_turned(opened: WindowDriver, angle: float) -> None:
    canvas = opened.canvas
    opened.editor.set_tool_settings(tool=Tool.HAND)
    canvas.view.turn(angle)
    seen = pixels(canvas.grab().toImage())
    document = opened.editor.document
    for x, y in ((250, 180), (210, 200), (60, 60), (500, 300), (300, 380)):
        place = canvas.view.widget_point(Point(x + 0.5, y + 0.5)).toPoint()
        wanted = composite(document, Box(x, y, 1, 1))[0, 0, :3].astype(int)
        assert np.abs(seen[place.y(), place.x()] - wanted).max() <= 12
    for x, y in ((0, 0), (600, 0), (0, 400), (600, 400)):  # fitted, it is seen whole
        place = canvas.view.widget_point(Point(x, y))
        assert canvas.rect().contains(place.toPoint())


def test_only_what_changes_is_painted_again(opened: WindowDriver) -> None:
    """A stroke in a turned view leaves the same picture as drawing everything anew."""
    canvas, editor = opened.canvas, opened.editor
    canvas.view.turn(25)
    editor.set_tool_settings(tool=Tool.BRUSH, size=24.0)
    drag(opened, STROKE)
    canvas.view.pan(31, -17)
    QTest.qWait(1)
    editor.set_tool_settings(tool=Tool.HAND)
    stroked = pixels(canvas.grab().toImage()).astype(int)
    canvas.frame.redraw()
    assert np.abs(pixels(canvas.grab().toImage()).astype(int) - stroked).max() <= 1


def test_the_point_under_the_mouse_stays_there(opened: WindowDriver) -> None:
    canvas = opened.canvas
    canvas.view.turn(40)
    canvas.view.zoom_to(2.0)
    place = QPoint(300, 260)
    before = canvas.view.document_point(place)
    turn_wheel(opened, place, 240)
    after = canvas.view.document_point(place)
    assert abs(after.x - before.x) < 1 > abs(after.y - before.y)
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    QTest.mousePress(canvas, LEFT, pos=place)
    for step in range(1, 60):
        send_move(canvas, place + QPoint(step, -step // 2), LEFT)
    QTest.mouseRelease(canvas, LEFT, pos=place)
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    moved = canvas.view.document_point(place + QPoint(59, -30))
    assert abs(moved.x - after.x) < 1 > abs(moved.y - after.y)


def test_the_view_is_turned_by_keys_and_by_dragging(opened: WindowDriver) -> None:
    canvas, status = opened.canvas, opened.window.status
    steps = len(opened.editor.timeline.path())
    QTest.keyClick(canvas, Qt.Key.Key_6)
    QTest.keyClick(canvas, Qt.Key.Key_6)
    assert canvas.view.angle == 30
    assert (status.turn.isVisible(), status.turn.text()) == (True, "30°")
    QTest.keyClick(canvas, Qt.Key.Key_4)
    assert canvas.view.angle == 15
    QTest.mouseClick(status.turn, LEFT)
    assert canvas.view.angle == 0
    assert not status.turn.isVisible()
    shift = Qt.KeyboardModifier.ShiftModifier
    center = canvas.rect().center()
    QTest.keyPress(canvas, Qt.Key.Key_R, shift)
    QTest.mousePress(canvas, LEFT, shift, center + QPoint(200, 0))
    send_move(canvas, center + QPoint(0, 200), LEFT)
    assert canvas.view.angle == 90
    send_move(canvas, center + QPoint(-200, 1), LEFT)
    assert canvas.view.angle == 180
    send_move(canvas, center + QPoint(-200, 100), LEFT)
    assert 150 < canvas.view.angle < 160
    QTest.mouseRelease(canvas, LEFT, shift, center)
    QTest.keyRelease(canvas, Qt.Key.Key_R)
    QTest.keyClick(canvas, Qt.Key.Key_5)
    assert canvas.view.angle == 0
    assert len(opened.editor.timeline.path()) == steps, "turning the view changes no document"


def test_points_go_to_the_frame_and_back() -> None:
    for angle in (0.0, 30.0, 90.0, -120.0, 180.0):
        turned = ViewRotation(angle, Size(801, 602))
        there = turned.to_frame(12.5, 400.0)
        assert turned.to_widget(*there) == pytest.approx((12.5, 400.0))
        frame = turned.frame_box(Size(801, 602).box)
        assert frame in turned.frame.box.pad(1)
        fitted = turned.fit(Viewport(turned.frame, Size(4000, 3000)))
        corners = [
            turned.to_widget(*fitted.to_device(Point(x, y))) for x in (0, 4000) for y in (0, 3000)
        ]
        assert all(0 <= x <= 801 and 0 <= y <= 602 for x, y in corners)
    assert ViewRotation(90, Size(800, 600)).frame == Size(600, 800)
