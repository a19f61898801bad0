"""The canvas widget: mouse, wheel and keys, and what it paints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from glide_studio.editor.settings import Tool
from glide_studio.imaging.geometry import Point
from tests.editor.conftest import photo
from tests.ui.windows import WindowDriver, send_move


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(image.constBits(), np.uint8)
    rows = flat.reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width(), 2::-1].copy()


def turn_wheel(editor: WindowDriver, place: QPoint, angle: int) -> None:
    event = QWheelEvent(
        QPointF(place),
        QPointF(editor.canvas.mapToGlobal(place)),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(editor.canvas, event)


def test_at_100_percent_the_screen_shows_the_photo_pixel_by_pixel(
    editor: WindowDriver, photo_file: Path
) -> None:
    editor.session.set_tool_settings(tool=Tool.HAND)
    editor.open(photo_file)
    editor.canvas.zoom_to(1.0)
    view = editor.canvas.viewport
    seen = pixels(editor.canvas.grab().toImage())
    rows = slice(view.top, view.top + 400)
    assert np.array_equal(seen[rows, view.left : view.left + 600], photo(600, 400))


def test_the_wheel_zooms_where_the_mouse_is(editor: WindowDriver, photo_file: Path) -> None:
    editor.open(photo_file)
    place = editor.at(150, 100)
    before = editor.canvas.viewport.scale
    turn_wheel(editor, place, 240)
    view = editor.canvas.viewport
    assert view.scale > before
    under = view.to_document(place.x(), place.y())
    assert abs(under.x - 150) < 1
    assert abs(under.y - 100) < 1


def test_the_space_bar_pans(editor: WindowDriver, photo_file: Path) -> None:
    editor.open(photo_file)
    canvas = editor.canvas
    canvas.zoom_to(3.0)
    before = canvas.viewport
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
    send_move(canvas, QPoint(340, 280), Qt.MouseButton.LeftButton)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(340, 280))
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert (canvas.viewport.left, canvas.viewport.top) == (before.left + 40, before.top - 20)
    assert len(editor.session.timeline) == 1, "panning paints nothing"


def test_panned_and_painted_pixels_are_those_drawn_anew(
    editor: WindowDriver, photo_file: Path
) -> None:
    editor.session.set_tool_settings(size=40.0, tool=Tool.BRUSH)
    editor.open(photo_file)
    editor.canvas.zoom_to(2.0)
    # A view that follows another one at once is drawn quickly, and smoothly once it stays.
    editor.wait(lambda: not (editor.canvas._is_quick or editor.canvas._smooth.isActive()))
    editor.drag((200, 150), (260, 180), (300, 160))
    QApplication.processEvents()
    editor.canvas.pan(33, -21)
    editor.session.set_tool_settings(tool=Tool.HAND)
    QApplication.processEvents()
    kept = editor.canvas._frame
    assert kept is not None
    seen = kept._pixels.copy()
    editor.canvas.redraw()
    editor.canvas.repaint()
    assert np.array_equal(seen, kept._pixels)


def test_zoom_keys(editor: WindowDriver, photo_file: Path) -> None:
    editor.open(photo_file)
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(editor.window, Qt.Key.Key_2, control)
    assert editor.canvas.viewport.scale == 2.0
    QTest.keyClick(editor.window, Qt.Key.Key_1, control)
    assert editor.canvas.viewport.scale == 1.0
    QTest.keyClick(editor.window, Qt.Key.Key_Minus, control)
    assert editor.canvas.viewport.scale < 1.0
    QTest.keyClick(editor.window, Qt.Key.Key_0, control)
    assert editor.canvas.viewport == editor.canvas.viewport.fit()


def test_bracket_keys_change_the_brush_but_not_while_typing(
    editor: WindowDriver, photo_file: Path
) -> None:
    editor.open(photo_file)
    editor.canvas.setFocus()
    before = editor.session.tool_settings.size
    QTest.keyClick(editor.canvas, Qt.Key.Key_BracketRight)
    assert editor.session.tool_settings.size > before
    larger = editor.session.tool_settings.size
    words = editor.window.prompt.prompt
    words.setFocus()
    QTest.keyClicks(words, "a [red] box")
    assert words.toPlainText() == "a [red] box"
    assert editor.session.tool_settings.size == larger
    assert editor.session.tool_settings.tool is Tool.BRUSH


def test_alt_takes_away(editor: WindowDriver, photo_file: Path) -> None:
    editor.open(photo_file)
    editor.session.selection.select_all()
    editor.session.set_tool_settings(tool=Tool.RECTANGLE)
    alt = Qt.KeyboardModifier.AltModifier
    left = Qt.MouseButton.LeftButton
    QTest.mousePress(editor.canvas, left, alt, editor.at(100, 100))
    send_move(editor.canvas, editor.at(200, 200), left)
    QTest.mouseRelease(editor.canvas, left, alt, editor.at(200, 200))
    mask = editor.session.selection.painted_mask(editor.session.document.box)
    assert mask[150, 150] == 0
    assert mask[50, 50] == 255


def test_the_mask_can_be_hidden(editor: WindowDriver, photo_file: Path) -> None:
    editor.session.set_tool_settings(tool=Tool.HAND)
    editor.open(photo_file)
    plain = pixels(editor.canvas.grab().toImage())
    editor.session.selection.ellipse(Point(100, 100), Point(300, 300))
    assert not np.array_equal(pixels(editor.canvas.grab().toImage()), plain)
    editor.canvas.show_mask(False)
    assert np.array_equal(pixels(editor.canvas.grab().toImage()), plain)


def test_each_event_of_a_stroke_is_one_painted_frame(
    editor: WindowDriver, photo_file: Path
) -> None:
    editor.open(photo_file)
    frames: list[int] = []
    editor.canvas.painted.connect(lambda: frames.append(1))
    places = [editor.at(100 + 20 * step, 150) for step in range(10)]
    QTest.mousePress(editor.canvas, Qt.MouseButton.LeftButton, pos=places[0])
    QApplication.processEvents()
    frames.clear()
    for place in places[1:]:
        send_move(editor.canvas, place, Qt.MouseButton.LeftButton)
        QApplication.processEvents()
    QTest.mouseRelease(editor.canvas, Qt.MouseButton.LeftButton, pos=places[-1])
    assert len(frames) == 9
