"""Rulers and guides by mouse: drag out, move, snap, delete; in an upright and a turned view."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from glide_studio.document.guides import MAX_GUIDES, Guides
from glide_studio.editor.settings import Tool
from glide_studio.imaging.geometry import Box, Point
from glide_studio.ui.canvas.rulers import number_step
from glide_studio.ui.guide_menu import GuideDialog
from tests.ui.test_canvas import pixels
from tests.ui.test_menus import bar, labels
from tests.ui.test_turned_view import drag
from tests.ui.windows import WindowDriver, send_move

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
NO_KEYS = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def opened(driver: WindowDriver, photo_file: Path) -> WindowDriver:
    driver.open(photo_file)
    driver.canvas.setFocus()
    bar(driver)["View/Rulers"].trigger()
    QTest.qWait(1)
    return driver


def drag_out(driver: WindowDriver, ruler: QWidget, point: Point) -> None:
    """Drag from the middle of a ruler to a document point."""
    place = driver.canvas.view.widget_point(point).toPoint()
    target = ruler.mapFromGlobal(driver.canvas.mapToGlobal(place))
    QTest.mousePress(ruler, LEFT, NO_KEYS, ruler.rect().center())
    send_move(ruler, (ruler.rect().center() + target) / 2, LEFT)
    send_move(ruler, target, LEFT)
    QTest.mouseRelease(ruler, LEFT, NO_KEYS, target)


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0])
def test_guides_are_dragged_out_moved_and_thrown_away(opened: WindowDriver, angle: float) -> None:
    editor, canvas, (top, side) = opened.editor, opened.canvas, opened.window.ruled.rulers
    canvas.view.turn(angle)
    drag_out(opened, top, Point(200, 120))
    drag_out(opened, side, Point(150, 100))
    (y,), (x,) = editor.document.guides.horizontal, editor.document.guides.vertical
    assert abs(y - 120) <= 1 >= abs(x - 150)
    assert labels(opened) == ["Add guide", "Add guide"]
    editor.set_tool_settings(tool=Tool.HAND)
    drag(opened, [(x, 200), (180, 210), (220, 210)])
    assert editor.document.guides.vertical == (220.0,)
    editor.undo()
    assert editor.document.guides.vertical == (x,)
    editor.redo()
    outside = canvas.rect().bottomRight() + QPoint(50, 50)
    place = canvas.view.widget_point(Point(300, y)).toPoint()
    QTest.mousePress(canvas, LEFT, NO_KEYS, place)
    send_move(canvas, place + QPoint(5, 5), LEFT)
    send_move(canvas, outside, LEFT)
    QTest.mouseRelease(canvas, LEFT, NO_KEYS, outside)
    assert editor.document.guides == Guides((), (220.0,))
    assert labels(opened)[-1] == "Delete guide"
    bar(opened)["View/Guides/Delete all guides"].trigger()
    assert not editor.document.guides


def test_a_drag_that_is_given_up_leaves_everything_as_it_was(opened: WindowDriver) -> None:
    editor, canvas, (top, _) = opened.editor, opened.canvas, opened.window.ruled.rulers
    QTest.mousePress(top, LEFT, NO_KEYS, top.rect().center())
    send_move(top, top.rect().center() + QPoint(0, 200), LEFT)
    assert editor.shown.guides.horizontal
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(top, LEFT, NO_KEYS, top.rect().center() + QPoint(0, 200))
    assert not editor.shown.guides
    QTest.mousePress(top, LEFT, NO_KEYS, top.rect().center())
    QTest.mouseRelease(top, LEFT, NO_KEYS, top.rect().center())  # back on the ruler
    assert len(editor.timeline) == 1


def test_brushes_paint_over_guides_and_take_hold_of_them_with_ctrl(opened: WindowDriver) -> None:
    editor = opened.editor
    editor.guides.add("vertical", 150.0)
    editor.set_tool_settings(tool=Tool.BRUSH, size=20.0)
    drag(opened, [(150, 100), (170, 100)])
    assert not editor.document.selection.content_box().empty
    assert editor.document.guides.vertical == (150.0,)
    drag(opened, [(150, 300), (250, 300)], CTRL)
    assert editor.document.guides.vertical == (250.0,)


@pytest.mark.parametrize("angle", [0.0, 25.0])
def test_shapes_layers_and_crops_snap_to_guides(opened: WindowDriver, angle: float) -> None:
    editor, canvas = opened.editor, opened.canvas
    canvas.view.turn(angle)
    for position in (100.0, 420.0):
        editor.guides.add("vertical", position)
    editor.guides.add("horizontal", 90.0)
    editor.set_tool_settings(tool=Tool.RECTANGLE)
    drag(opened, [(103, 87), (300, 200), (418, 250)])
    assert editor.document.selection.content_box() == Box.between(100, 90, 420, 250)
    bar(opened)["View/Guides/Snap to guides"].trigger()
    drag(opened, [(103, 87), (300, 200), (418, 250)])
    editor.undo()
    editor.selection.clear()
    drag(opened, [(103, 87), (300, 200), (418, 250)])
    assert editor.document.selection.content_box() == Box.between(103, 87, 418, 250)
    bar(opened)["View/Guides/Snap to guides"].trigger()
    editor.layers.add()
    editor.selection.clear()
    editor.selection.rectangle(Point(200, 150), Point(300, 210))
    editor.paint.bucket(Point(210, 160))
    editor.selection.clear()
    editor.set_tool_settings(tool=Tool.TRANSFORM)
    drag(opened, [(250, 180), (200, 160), (152, 122)])
    left, upper, _, _ = editor.transform.quad.bounds()
    assert (left, upper) == (100, 90)
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    editor.set_tool_settings(tool=Tool.CROP)
    drag(opened, [(0, 0), (50, 40), (97, 93)])
    assert editor.crop.quad.bounds()[:2] == (100, 90)


def test_hidden_guides_are_neither_seen_nor_snapped_to(opened: WindowDriver) -> None:
    editor, canvas = opened.editor, opened.canvas
    editor.set_tool_settings(tool=Tool.HAND)
    without = pixels(canvas.grab().toImage())
    editor.guides.add("vertical", 100.0)
    shown = pixels(canvas.grab().toImage())
    column = canvas.view.widget_point(Point(100, 0)).toPoint().x()
    assert (shown != without).any(axis=2).all(axis=0).nonzero()[0].tolist() == [column]
    bar(opened)["View/Guides/Show guides"].trigger()
    assert np.array_equal(pixels(canvas.grab().toImage()), without)
    editor.set_tool_settings(tool=Tool.RECTANGLE)
    drag(opened, [(103, 87), (200, 200)])
    assert editor.document.selection.content_box().x == 103


def test_a_guide_is_placed_by_numbers(opened: WindowDriver) -> None:
    bar(opened)["View/Guides/New guide…"].trigger()
    (dialog,) = opened.window.findChildren(GuideDialog)
    assert dialog.position.value() == 300
    dialog.direction.setCurrentIndex(1)
    assert (dialog.position.value(), dialog.position.maximum()) == (200, 400)
    dialog.position.setValue(31.5)
    dialog.accept()
    assert opened.editor.document.guides == Guides((31.5,), ())


def test_there_are_not_too_many(opened: WindowDriver) -> None:
    editor = opened.editor
    many = Guides(vertical=tuple(map(float, range(MAX_GUIDES))))
    editor.state.apply("Add guides", replace(editor.document, guides=many))
    seen = []
    editor.notice.connect(lambda notice: seen.append(notice.text))
    editor.attempt(lambda: editor.guides.add("vertical", 0.5))
    assert "delete some first" in seen[0]


def test_a_ruler_counts_the_documents_pixels(opened: WindowDriver) -> None:
    top, side = opened.window.ruled.rulers
    assert [number_step(least) for least in (0.3, 1, 3, 64, 101)] == [1, 1, 5, 100, 200]
    opened.canvas.view.zoom_to(1.0)
    before = pixels(top.grab().toImage())
    opened.canvas.view.pan(7, 0)
    assert np.array_equal(pixels(top.grab().toImage())[:, 10:400], before[:, 3:393])
    opened.canvas.view.turn(10)
    assert len(np.unique(pixels(side.grab().toImage()).reshape(-1, 3), axis=0)) <= 2
