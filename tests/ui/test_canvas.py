"""The canvas widget: mouse, wheel and keys, and what it paints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from glide_studio.editor.settings import Tool
from glide_studio.imaging.geometry import Point, Size
from glide_studio.ui.commands import list_commands
from tests.editor.conftest import photo
from tests.ui.windows import WindowDriver, send_move


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(image.constBits(), np.uint8)
    rows = flat.reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width(), 2::-1].copy()


def turn_wheel(driver: WindowDriver, place: QPoint, angle: int) -> None:
    event = QWheelEvent(
        QPointF(place),
        QPointF(driver.canvas.mapToGlobal(place)),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(driver.canvas, event)


def test_at_100_percent_the_screen_shows_the_photo_pixel_by_pixel(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.editor.set_tool_settings(tool=Tool.HAND)
    driver.open(photo_file)
    driver.canvas.view.zoom_to(1.0)
    view = driver.canvas.view.viewport
    seen = pixels(driver.canvas.grab().toImage())
    rows = slice(view.top, view.top + 400)
    assert np.array_equal(seen[rows, view.left : view.left + 600], photo(600, 400))


def test_the_wheel_zooms_where_the_mouse_is(driver: WindowDriver, photo_file: Path) -> None:
    driver.open(photo_file)
    place = driver.at(150, 100)
    before = driver.canvas.view.viewport.scale
    turn_wheel(driver, place, 240)
    view = driver.canvas.view.viewport
    assert view.scale > before
    under = view.to_document(place.x(), place.y())
    assert abs(under.x - 150) < 1
    assert abs(under.y - 100) < 1


def test_the_space_bar_pans(driver: WindowDriver, photo_file: Path) -> None:
    driver.open(photo_file)
    canvas = driver.canvas
    canvas.view.zoom_to(3.0)
    before = canvas.view.viewport
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
    send_move(canvas, QPoint(340, 280), Qt.MouseButton.LeftButton)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(340, 280))
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert (canvas.view.viewport.left, canvas.view.viewport.top) == (
        before.left + 40,
        before.top - 20,
    )
    assert len(driver.editor.timeline) == 1, "panning paints nothing"


def test_panned_and_painted_pixels_are_those_drawn_anew(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.editor.set_tool_settings(size=40.0, tool=Tool.BRUSH)
    driver.open(photo_file)
    driver.canvas.view.zoom_to(2.0)
    # A view that follows another one at once is drawn quickly, and smoothly once it stays.
    driver.wait(
        lambda: not (driver.canvas.frame.is_quick or driver.canvas.frame._smooth.isActive())
    )
    driver.drag((200, 150), (260, 180), (300, 160))
    QApplication.processEvents()
    driver.canvas.view.pan(33, -21)
    driver.editor.set_tool_settings(tool=Tool.HAND)
    QApplication.processEvents()
    kept = driver.canvas.frame._buffer
    assert kept is not None
    seen = kept._pixels.copy()
    driver.canvas.frame.redraw()
    driver.canvas.repaint()
    assert np.array_equal(seen, kept._pixels)


def test_the_pixel_grid_appears_at_large_scales_and_can_be_hidden(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    driver.canvas.view.zoom_to(6.0)
    grid = menu_action(driver, "View › Pixel grid")

    def toggling_changes_the_picture() -> bool:
        driver.wait(
            lambda: not (driver.canvas.frame.is_quick or driver.canvas.frame._smooth.isActive())
        )
        before = driver.canvas.grab().toImage()
        grid.trigger()
        return driver.canvas.grab().toImage() != before

    assert not toggling_changes_the_picture()
    driver.canvas.view.zoom_to(16.0)
    assert toggling_changes_the_picture()


def test_panels_are_hidden_and_the_photo_stays(driver: WindowDriver, photo_file: Path) -> None:
    driver.open(photo_file)
    driver.canvas.view.zoom_to(1.5)
    window, place = driver.window, driver.canvas.mapTo(driver.window, driver.at(300, 200))
    panels = (window.tools, window.prompt, window.layers, window.status)
    menu_action(driver, "View › Show panels").trigger()
    assert not any(panel.isVisible() for panel in panels)
    driver.wait(lambda: driver.canvas.width() == window.width())
    assert driver.canvas.mapTo(window, driver.at(300, 200)) == place
    menu_action(driver, "View › Show panels").trigger()
    assert all(panel.isVisible() for panel in panels)
    driver.wait(lambda: driver.canvas.mapTo(window, driver.at(300, 200)) == place)


def test_the_window_covers_the_screen_and_comes_back(driver: WindowDriver) -> None:
    for covers in (True, False):
        menu_action(driver, "View › Full screen").trigger()
        assert driver.window.isFullScreen() is covers


def menu_action(driver: WindowDriver, path: str) -> QAction:
    return next(one.action for one in list_commands(driver.window.menu_bar) if one.id == path)


def test_zoom_keys(driver: WindowDriver, photo_file: Path) -> None:
    driver.open(photo_file)
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(driver.window, Qt.Key.Key_2, control)
    assert driver.canvas.view.viewport.scale == 2.0
    QTest.keyClick(driver.window, Qt.Key.Key_1, control)
    assert driver.canvas.view.viewport.scale == 1.0
    QTest.keyClick(driver.window, Qt.Key.Key_Minus, control)
    assert driver.canvas.view.viewport.scale < 1.0
    QTest.keyClick(driver.window, Qt.Key.Key_0, control)
    seen = driver.canvas.view.widget_rect(driver.editor.document.box)
    assert driver.canvas.rect().contains(seen)
    assert abs(seen.center().x() - driver.canvas.rect().center().x()) <= 1
    results = driver.window.results.sizeHint().height()
    assert driver.canvas.height() - seen.bottom() > results, "they will come below the photo"


def test_bracket_keys_change_the_brush_but_not_while_typing(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    driver.canvas.setFocus()
    before = driver.editor.tool_settings.size
    QTest.keyClick(driver.canvas, Qt.Key.Key_BracketRight)
    assert driver.editor.tool_settings.size > before
    larger = driver.editor.tool_settings.size
    words = driver.window.prompt.prompt
    words.setFocus()
    QTest.keyClicks(words, "a [red] box")
    assert words.toPlainText() == "a [red] box"
    assert driver.editor.tool_settings.size == larger
    assert driver.editor.tool_settings.tool is Tool.BRUSH


def test_alt_takes_away(driver: WindowDriver, photo_file: Path) -> None:
    driver.open(photo_file)
    driver.editor.selection.select_all()
    driver.editor.set_tool_settings(tool=Tool.RECTANGLE)
    alt = Qt.KeyboardModifier.AltModifier
    left = Qt.MouseButton.LeftButton
    QTest.mousePress(driver.canvas, left, alt, driver.at(100, 100))
    send_move(driver.canvas, driver.at(200, 200), left)
    QTest.mouseRelease(driver.canvas, left, alt, driver.at(200, 200))
    mask = driver.editor.selection.painted_mask(driver.editor.document.box)
    assert mask[150, 150] == 0
    assert mask[50, 50] == 255


def test_the_mask_can_be_hidden(driver: WindowDriver, photo_file: Path) -> None:
    driver.editor.set_tool_settings(tool=Tool.HAND)
    driver.open(photo_file)
    plain = pixels(driver.canvas.grab().toImage())
    driver.editor.selection.ellipse(Point(100, 100), Point(300, 300))
    assert not np.array_equal(pixels(driver.canvas.grab().toImage()), plain)
    driver.canvas.show_mask(False)
    assert np.array_equal(pixels(driver.canvas.grab().toImage()), plain)


def test_each_event_of_a_stroke_is_one_painted_frame(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    frames: list[int] = []
    driver.canvas.painted.connect(lambda: frames.append(1))
    places = [driver.at(100 + 20 * step, 150) for step in range(10)]
    QTest.mousePress(driver.canvas, Qt.MouseButton.LeftButton, pos=places[0])
    QApplication.processEvents()
    frames.clear()
    for place in places[1:]:
        send_move(driver.canvas, place, Qt.MouseButton.LeftButton)
        QApplication.processEvents()
    QTest.mouseRelease(driver.canvas, Qt.MouseButton.LeftButton, pos=places[-1])
    assert len(frames) == 9


@pytest.mark.parametrize(
    ("tool", "alt", "value"),
    [
        (Tool.BRUSH, False, 255),
        (Tool.BRUSH, True, 0),
        (Tool.ERASER, False, 0),
        (Tool.ERASER, True, 255),
    ],
)
def test_alt_lets_brush_and_eraser_do_the_opposite(
    driver: WindowDriver, photo_file: Path, tool: Tool, alt: bool, value: int
) -> None:
    driver.open(photo_file)
    if value == 0:
        driver.editor.selection.select_all()
    driver.editor.set_tool_settings(tool=tool, size=20)
    keys = Qt.KeyboardModifier.AltModifier if alt else Qt.KeyboardModifier.NoModifier
    QTest.mouseClick(driver.canvas, Qt.MouseButton.LeftButton, keys, driver.at(150, 120))
    mask = driver.editor.selection.painted_mask(driver.editor.document.box)
    assert mask[120, 150] == value
    assert mask[250, 300] == 255 - value


def click_corners(driver: WindowDriver) -> None:
    driver.editor.set_tool_settings(tool=Tool.POLYGON)
    for point in ((100, 100), (200, 100), (200, 180)):
        QTest.mouseClick(driver.canvas, Qt.MouseButton.LeftButton, pos=driver.at(*point))
    assert driver.canvas.is_gesturing


def test_a_change_of_tool_drops_an_open_polygon(driver: WindowDriver, photo_file: Path) -> None:
    driver.open(photo_file)
    editor, canvas = driver.editor, driver.canvas
    canvas.setFocus()
    editor.set_tool_settings(size=20)
    for tool in (Tool.REMOVE, Tool.CLONE, Tool.TRANSFORM, Tool.CROP, Tool.EXTEND, Tool.HAND):
        click_corners(driver)
        editor.set_tool_settings(tool=tool)
        assert not canvas.is_gesturing, tool
        if tool is not Tool.EXTEND:  # there it asks how far
            QTest.keyClick(canvas, Qt.Key.Key_Return)
        assert len(editor.timeline) == 1, tool

    click_corners(driver)
    editor.set_tool_settings(tool=Tool.CLONE)
    left, alt = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier
    QTest.mouseClick(canvas, left, alt, driver.at(150, 120))
    assert editor.retouch.source_point is not None

    click_corners(driver)
    QTest.keyClick(canvas, Qt.Key.Key_B)
    assert editor.tool_settings.tool is Tool.BRUSH
    driver.drag((300, 300), (320, 300))
    mask = editor.selection.painted_mask(editor.document.box)
    assert (mask[300, 310], mask[120, 190]) == (255, 0), "the brush paints at once"


def test_an_open_polygon_outlasts_a_change_of_its_settings_but_not_of_the_picture(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    click_corners(driver)
    driver.editor.set_tool_settings(mode="union")
    driver.canvas.setFocus()
    QTest.keyClick(driver.canvas, Qt.Key.Key_Return)
    assert driver.editor.timeline.current.label == "Polygon mask"
    assert driver.editor.selection.painted_mask(driver.editor.document.box)[120, 190] == 255
    click_corners(driver)
    driver.editor.canvas.scale(Size(300, 200))
    driver.wait(lambda: driver.editor.document.size == Size(300, 200))
    assert not driver.canvas.is_gesturing
