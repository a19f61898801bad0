"""Transform, crop, paint and adjustments, by mouse and keys."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMessageBox, QToolButton, QWidget

from glide_studio.document.adjustments import Curves, Levels, Saturation, ToneRange
from glide_studio.document.compositing import composite
from glide_studio.document.layer import Layer
from glide_studio.document.quad import Quad
from glide_studio.document.transform_edits import content_box
from glide_studio.editor.settings import Tool
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.ui.adjustment_card import stretch_channel
from glide_studio.ui.canvas.overlays import GUIDE_COLOR
from glide_studio.ui.frame_bars import NumberField
from glide_studio.ui.options_bar import OptionsBar
from glide_studio.ui.preferences import MIN_WINDOW
from tests.ui.test_menus import bar, labels
from tests.ui.test_results_panel import fill
from tests.ui.windows import WindowDriver, run_event_loop, send_move

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


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


def options(driver: WindowDriver) -> OptionsBar:
    (found,) = driver.window.findChildren(OptionsBar)
    return found


def card_box(driver: WindowDriver) -> Box:
    return content_box(driver.editor.document.layers[1])


def has_handle(driver: WindowDriver, x: int = 200, y: int = 150) -> bool:
    """Tell if a white handle is drawn around a point, which is a corner of the card."""
    color = colors(driver)
    seen = [color(x + dx, y + dy) for dx in range(-4, 5) for dy in range(-4, 5)]
    return any(min(one) > 230 for one in seen)


def settle(driver: WindowDriver) -> None:
    driver.wait(lambda: not driver.editor.transform.busy and not driver.editor.crop.busy)


def test_each_tool_has_its_key(opened: WindowDriver) -> None:
    for key, keys, tool in (
        (Qt.Key.Key_V, Qt.KeyboardModifier.NoModifier, Tool.TRANSFORM),
        (Qt.Key.Key_T, CTRL, Tool.TRANSFORM),
        (Qt.Key.Key_C, Qt.KeyboardModifier.NoModifier, Tool.CROP),
        (Qt.Key.Key_U, Qt.KeyboardModifier.NoModifier, Tool.PAINT),
        (Qt.Key.Key_E, SHIFT, Tool.ERASE_PIXELS),
        (Qt.Key.Key_F, Qt.KeyboardModifier.NoModifier, Tool.BUCKET),
        (Qt.Key.Key_G, Qt.KeyboardModifier.NoModifier, Tool.GRADIENT),
        (Qt.Key.Key_I, Qt.KeyboardModifier.NoModifier, Tool.PICKER),
    ):
        opened.editor.set_tool_settings(tool=Tool.HAND)
        QTest.keyClick(opened.canvas, key, keys)
        assert opened.editor.tool_settings.tool is tool
        assert opened.window.tools.actions_by_tool[tool].isChecked()


def test_a_layer_is_dragged_and_enter_applies(opened: WindowDriver) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    opened.drag((250, 180), (270, 190), (291, 201))
    before = card_box(opened)
    assert before == Box(200, 150, 100, 60), "nothing is applied yet"
    assert opened.editor.transform.is_changed
    assert abs(options(opened).transform.x_field.value() - 291) <= 2
    QTest.keyClick(opened.canvas, Qt.Key.Key_Return)
    settle(opened)
    moved = card_box(opened)
    assert moved.size == before.size
    assert abs(moved.x - 241) <= 2
    assert abs(moved.y - 171) <= 2
    assert labels(opened)[-1] == "Transform layer"


def test_escape_drops_a_drag_and_the_layer_shows_where_it_was(opened: WindowDriver) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    opened.drag((250, 180), (330, 230))
    QTest.keyClick(opened.canvas, Qt.Key.Key_Escape)
    assert not opened.editor.transform.is_changed
    assert opened.editor.shown is opened.editor.document
    assert labels(opened)[-1] == "Clear mask"
    assert opened.editor.transform.quad is not None, "the frame stays for another try"


def press(driver: WindowDriver, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
    """Press a key as the window system sends it: shortcuts first."""
    QTest.keyClick(driver.window.windowHandle(), key, keys)


def test_no_key_but_escape_does_anything_in_the_middle_of_a_drag(opened: WindowDriver) -> None:
    editor, before = opened.editor, opened.editor.document
    opened.canvas.setFocus()
    press(opened, Qt.Key.Key_V)
    opened.drag((250, 180), (300, 210), release=False)
    for key in (Qt.Key.Key_B, Qt.Key.Key_Return, Qt.Key.Key_Right, Qt.Key.Key_X):
        press(opened, key)
    press(opened, Qt.Key.Key_D, CTRL)
    assert editor.tool_settings.tool is Tool.TRANSFORM
    assert editor.document is before
    assert editor.transform.is_changed
    press(opened, Qt.Key.Key_Escape)
    assert not editor.transform.is_changed
    send_move(opened.canvas, opened.at(330, 230), LEFT)
    assert not editor.transform.is_changed, "the drag has ended"
    QTest.mouseRelease(opened.canvas, LEFT, pos=opened.at(330, 230))
    press(opened, Qt.Key.Key_B)
    assert editor.tool_settings.tool is Tool.BRUSH


def test_undo_drops_a_shape_that_is_being_drawn_and_nothing_else(opened: WindowDriver) -> None:
    opened.canvas.setFocus()
    press(opened, Qt.Key.Key_M)
    before = opened.editor.document
    opened.drag((100, 100), (200, 180), release=False)
    press(opened, Qt.Key.Key_Z, CTRL)
    QTest.mouseRelease(opened.canvas, LEFT, pos=opened.at(200, 180))
    assert opened.editor.document is before
    press(opened, Qt.Key.Key_Z, CTRL)
    assert opened.editor.document is not before


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_the_handles_of_a_layer_that_nobody_moved_stay(opened: WindowDriver, key: Qt.Key) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    QTest.keyClick(opened.canvas, key)
    assert has_handle(opened)
    QTest.mouseDClick(opened.canvas, LEFT, pos=opened.at(250, 180))
    assert has_handle(opened)
    assert labels(opened)[-1] == "Clear mask"


def test_handles_come_once_a_layer_that_could_not_be_moved_is_unlocked(
    opened: WindowDriver,
) -> None:
    opened.editor.layers.set_locked(None, True)
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    opened.drag((250, 180), (330, 230))
    assert "is locked" in opened.window.notices.text.text()
    assert not has_handle(opened)
    opened.editor.layers.set_locked(None, False)
    assert has_handle(opened)


def test_enter_accepts_a_result_while_no_handle_was_dragged(opened: WindowDriver) -> None:
    opened.editor.selection.rectangle(Point(350, 250), Point(400, 300))
    fill(opened, "a cup", 1)
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    opened.canvas.setFocus()
    QTest.keyClick(opened.canvas, Qt.Key.Key_Return)
    opened.wait(lambda: opened.editor.candidates.current is None)
    assert len(opened.editor.document.layers) == 3


def test_a_corner_scales_in_proportion_and_arrow_keys_move(opened: WindowDriver) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    opened.drag((300, 210), (350, 240))
    quad = opened.editor.transform.quad
    assert quad is not None
    assert quad.width == pytest.approx(150, abs=3)
    assert quad.height == pytest.approx(90, abs=2)
    QTest.keyClick(opened.canvas, Qt.Key.Key_Right)
    QTest.keyClick(opened.canvas, Qt.Key.Key_Down, SHIFT)
    again = opened.editor.transform.quad
    assert again is not None
    assert again.center.x - quad.center.x == pytest.approx(1)
    assert again.center.y - quad.center.y == pytest.approx(10)
    QTest.keyClick(opened.canvas, Qt.Key.Key_B)
    settle(opened)
    assert labels(opened)[-1] == "Transform layer", "another tool applies it"
    assert abs(card_box(opened).width - 150) <= 4


def test_a_corner_dragged_with_ctrl_bends_the_layer(opened: WindowDriver) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    before = opened.editor.transform.quad
    assert before is not None
    corner, to = before.corners[2], Point(before.corners[2].x + 40, before.corners[2].y + 25)
    control, left = Qt.KeyboardModifier.ControlModifier, Qt.MouseButton.LeftButton
    QTest.mousePress(opened.canvas, left, control, opened.at(corner.x, corner.y))
    send_move(opened.canvas, opened.at(to.x, to.y), left, control)
    QTest.mouseRelease(opened.canvas, left, control, opened.at(to.x, to.y))
    quad = opened.editor.transform.quad
    assert quad is not None
    assert (quad.corners[0], quad.corners[1], quad.corners[3]) == (
        before.corners[0],
        before.corners[1],
        before.corners[3],
    )
    assert math.dist((quad.corners[2].x, quad.corners[2].y), (to.x, to.y)) == pytest.approx(
        0, abs=3
    )
    QTest.keyClick(opened.canvas, Qt.Key.Key_Return)
    settle(opened)
    box = card_box(opened)
    assert (box.right, box.bottom) == (
        pytest.approx(to.x, abs=5),  # with what resampling spreads
        pytest.approx(to.y, abs=5),
    )


def test_outside_the_frame_a_drag_turns_and_numbers_are_entered(opened: WindowDriver) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    opened.drag((250, 100), (330, 180))
    quad = opened.editor.transform.quad
    assert quad is not None
    assert quad.angle == pytest.approx(90, abs=3)
    transform = options(opened).transform
    for field, text in ((transform.angle_field, "0"), (transform.width_field, "50")):
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
    quad = opened.editor.transform.quad
    assert (quad.width, quad.height, quad.angle) == pytest.approx((50, 30, 0))
    QTest.mouseClick(transform.apply, LEFT)
    settle(opened)
    assert card_box(opened) == Box(225, 165, 50, 30)


@pytest.mark.parametrize("angle", ["0", "30"])
@pytest.mark.parametrize("turned_before", [False, True])
def test_a_size_that_was_typed_is_read_after_it_is_applied(
    opened: WindowDriver, angle: str, turned_before: bool
) -> None:
    transform = opened.editor.transform
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    bar = options(opened).transform
    if turned_before:
        assert transform.quad is not None
        transform.set_quad(transform.quad.rotate(40))
        opened.canvas.setFocus()
        QTest.keyClick(opened.canvas, Qt.Key.Key_Return)
        settle(opened)
    QTest.mouseClick(bar.chain, LEFT)
    typed = ((bar.angle_field, angle), (bar.width_field, "173"), (bar.height_field, "130"))
    for field, text in typed:
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClick(opened.canvas, Qt.Key.Key_Return)
    settle(opened)
    assert labels(opened)[-1] == "Transform layer"
    assert not transform.is_changed
    read = [field.text() for field in (bar.angle_field, bar.width_field, bar.height_field)]
    assert read == [f"{angle}.0°", "W 173", "H 130"]
    if angle == "0" and not turned_before:
        box = card_box(opened)
        assert (box.width, box.height) == (173, 130), "with no soft rim around it"


@pytest.mark.parametrize("width", ["51", "57", "101", "103"])
def test_the_center_that_is_read_stays_when_a_size_is_typed(
    opened: WindowDriver, width: str
) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    bar = options(opened).transform
    for field, text in (
        (bar.y_field, "2996"),
        (bar.width_field, width),
        (bar.width_field, "100"),
        (bar.width_field, width),
        (bar.x_field, "251"),
    ):
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert bar.y_field.text() == "Y 2996", field.text()
        assert field.text().endswith(f" {text}")
    quad = opened.editor.transform.quad
    assert quad is not None
    left, top, _, _ = quad.bounds()
    assert (left, top) == pytest.approx((round(left), round(top))), "on whole pixels"


def test_the_bucket_offers_all_layers_and_looks_at_one_until_that_is_ticked(
    opened: WindowDriver,
) -> None:
    all_layers = options(opened).all_layers
    QTest.keyClick(opened.canvas, Qt.Key.Key_F)
    assert all_layers.isVisible()
    assert not all_layers.isChecked()
    assert all_layers.geometry().right() <= options(opened).width()
    all_layers.click()
    assert opened.editor.tool_settings.all_layers
    opened.editor.layers.add()
    opened.editor.set_tool_settings(color="#0000ff", tolerance=0.02)
    opened.drag((250, 180))
    assert content_box(opened.editor.document.layers[2]) == card_box(opened)
    QTest.keyClick(opened.canvas, Qt.Key.Key_W)
    assert not all_layers.isVisible()


def test_numbers_and_bucket_have_room_in_the_smallest_window(opened: WindowDriver) -> None:
    opened.window.resize(*MIN_WINDOW)
    for tool in (Tool.TRANSFORM, Tool.BUCKET):
        opened.editor.set_tool_settings(tool=tool)
        QTest.qWait(20)
        assert options(opened)._row.minimumSize().width() <= options(opened).width()
    assert options(opened).transform.apply.accessibleName() == "Apply"


@pytest.mark.parametrize("size", [MIN_WINDOW, (1440, 900)])
def test_the_longest_angle_is_read_whole(opened: WindowDriver, size: tuple[int, int]) -> None:
    opened.window.resize(*size)
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    QTest.qWait(20)
    angle = options(opened).transform.angle_field
    angle.setValue(-123.4)
    assert angle.text().endswith("-123.4°")
    needed = angle.fontMetrics().horizontalAdvance(angle.text())
    assert needed <= angle.lineEdit().width()


def test_width_and_height_are_chained_until_the_chain_is_opened(opened: WindowDriver) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    bar = options(opened).transform

    def enter(field: NumberField, text: str) -> tuple[float, float]:
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        quad = opened.editor.transform.quad
        assert quad is not None
        return quad.width, quad.height

    assert enter(bar.width_field, "51") == pytest.approx((51, 30.6))
    assert enter(bar.height_field, "120") == pytest.approx((200, 120)), "of exact sizes"
    QTest.mouseClick(bar.chain, LEFT)
    assert enter(bar.width_field, "50") == pytest.approx((50, 120))
    assert enter(bar.height_field, "80") == pytest.approx((50, 80))
    QTest.mouseClick(bar.chain, LEFT)
    assert enter(bar.width_field, "100") == pytest.approx((100, 160)), "as they are by then"


def test_a_drag_snaps_to_the_edges_of_the_canvas(opened: WindowDriver) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    opened.drag((250, 180), (60, 35))
    quad = opened.editor.transform.quad
    assert quad is not None
    assert abs(quad.bounds()[0] - 10) <= 2 or quad.bounds()[0] == 0
    opened.drag((quad.center.x, quad.center.y), (52, 33))
    quad = opened.editor.transform.quad
    assert quad is not None
    assert quad.bounds()[:2] == (0, 0)


def test_the_frame_follows_the_active_layer(opened: WindowDriver) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    assert opened.editor.transform.layers == (opened.editor.document.layers[1],)
    opened.editor.layers.activate(opened.editor.document.layers[0].id)
    assert opened.editor.transform.layers == (opened.editor.document.layers[0],)
    opened.editor.layers.set_locked(None, True)
    opened.drag((300, 200), (310, 210))
    assert "locked" in opened.window.notices.text.text()


def test_choosing_another_layer_applies_the_drag_and_frames_that_one(opened: WindowDriver) -> None:
    editor = opened.editor
    photo, card = editor.document.layers
    before, count = card_box(opened), len(labels(opened))
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    opened.drag((250, 180), (280, 200))
    editor.layers.activate(photo.id)
    settle(opened)
    assert labels(opened)[count:] == ["Transform layer"]
    assert editor.transform.layers == (editor.document.layers[0],)
    assert editor.document.active == photo.id
    moved = content_box(editor.document.layer(card.id))
    assert moved.x > before.x
    editor.undo()
    assert content_box(editor.document.layer(card.id)) == before


def test_a_drag_goes_no_further_once_other_layers_are_chosen(opened: WindowDriver) -> None:
    editor = opened.editor
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    opened.drag((250, 180), (280, 200), release=False)
    editor.layers.choose_all()
    settle(opened)
    send_move(opened.canvas, opened.at(330, 260), LEFT)
    assert len(editor.transform.layers) == 2
    assert not editor.transform.is_changed


def colors(driver: WindowDriver) -> Callable[[float, float], tuple[int, int, int]]:
    """Return what tells the color of the canvas, as it is now, at a point of the document."""
    seen, ratio = driver.canvas.grab().toImage(), driver.canvas.devicePixelRatioF()

    def color(x: float, y: float) -> tuple[int, int, int]:
        place = driver.at(x, y)
        pixel = seen.pixelColor(round(place.x() * ratio), round(place.y() * ratio))
        return pixel.red(), pixel.green(), pixel.blue()

    return color


def test_a_moved_layer_is_drawn_where_it_will_be(opened: WindowDriver) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    opened.drag((250, 180), (400, 300))
    color = colors(opened)
    assert color(385, 290) == (255, 0, 0)
    assert color(230, 170) != (255, 0, 0)


def test_what_was_dragged_out_of_the_canvas_is_drawn_again_while_it_comes_back(
    opened: WindowDriver,
) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    opened.drag((250, 180), (220, 180), (10, 180))
    QTest.keyClick(opened.canvas, Qt.Key.Key_Return)
    settle(opened)
    assert card_box(opened).width < 70
    opened.drag((20, 180), (60, 180), (220, 180), release=False)
    color = colors(opened)
    assert min(color(180, 180)[1:]) < 40, "the part that was out of view"
    assert color(180, 180)[0] > 200
    QTest.mouseRelease(opened.canvas, LEFT, pos=opened.at(220, 180))
    QTest.keyClick(opened.canvas, Qt.Key.Key_Return)
    settle(opened)
    assert card_box(opened).width == 100


def test_several_chosen_layers_are_dragged_together(opened: WindowDriver) -> None:
    editor = opened.editor
    before = card_box(opened)
    editor.layers.duplicate()
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    opened.drag((250, 180), (350, 280))
    QTest.keyClick(opened.canvas, Qt.Key.Key_Return)
    settle(opened)
    lower, upper = editor.document.layers[1:]
    editor.layers.choose_along(lower.id)
    quad = editor.transform.quad
    assert quad is not None
    assert opened.editor.transform.quad == Quad.of(before.union(content_box(upper))), (
        "the frame follows what is chosen"
    )
    opened.drag((250, 180), (230, 150))
    color = colors(opened)
    red = (255, 0, 0)
    assert color(before.x - 10, before.y - 20) == red
    assert color(before.x + 90, before.y + 80) == red
    assert color(before.right - 5, before.bottom - 5) != red
    count = len(labels(opened))
    QTest.keyClick(opened.canvas, Qt.Key.Key_Return)
    settle(opened)
    assert labels(opened)[count:] == ["Transform layers"]
    after = [content_box(layer) for layer in editor.document.layers[1:]]
    dx, dy = after[0].x - before.x, after[0].y - before.y
    assert dx < 0 > dy
    assert after == [before.move(dx, dy), content_box(upper).move(dx, dy)]


def test_guides_are_drawn_over_what_is_moved(opened: WindowDriver) -> None:
    opened.editor.guides.add("horizontal", 170)
    QTest.keyClick(opened.canvas, Qt.Key.Key_V)
    opened.drag((250, 180), (256, 180))
    assert colors(opened)(250, 170) == (GUIDE_COLOR.red(), GUIDE_COLOR.green(), GUIDE_COLOR.blue())


def test_the_canvas_is_cropped_by_dragging_a_corner(opened: WindowDriver) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_C)
    opened.drag((600, 400), (500, 300))
    crop = options(opened).crop
    assert crop.isVisible()
    assert abs(crop.width_field.value() - 500) <= 3
    QTest.keyClick(opened.canvas, Qt.Key.Key_Return)
    settle(opened)
    size = opened.editor.document.size
    assert abs(size.width - 500) <= 3
    assert abs(size.height - 300) <= 3
    assert labels(opened)[-1] == "Crop"
    QTest.keyClick(opened.window, Qt.Key.Key_Z, CTRL)
    assert opened.editor.document.size == Size(600, 400)


def frame(driver: WindowDriver) -> tuple[float, ...]:
    quad = driver.editor.crop.quad
    assert quad is not None
    return quad.bounds()


def test_a_drag_inside_of_the_whole_frame_draws_a_smaller_one(opened: WindowDriver) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_C)
    opened.drag((120, 90), (122, 91))
    assert frame(opened) == (0, 0, 600, 400), "a click"
    opened.drag((120, 90), (300, 200), (420, 310))
    assert frame(opened) == pytest.approx((120, 90, 420, 310), abs=3)
    opened.editor.crop.reset()
    opened.drag((420, 310), (-40, 120))
    assert frame(opened) == pytest.approx((0, 120, 420, 310), abs=3)


def test_an_undone_crop_shows_its_turned_frame(opened: WindowDriver) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_C)
    crop, editor = options(opened).crop, opened.editor
    editor.crop.set_angle(5)
    turned = frame(opened)
    QTest.keyClick(opened.canvas, Qt.Key.Key_Return)
    settle(opened)
    assert crop.angle_field.value() == 0
    QTest.keyClick(opened.window, Qt.Key.Key_Z, CTRL)
    assert frame(opened) == pytest.approx(turned)
    assert crop.angle_field.value() == 5
    QTest.keyClick(opened.canvas, Qt.Key.Key_Return)
    settle(opened)
    assert labels(opened)[-1] == "Straighten"


@pytest.mark.parametrize("by_button", [False, True])
def test_a_line_that_is_drawn_is_straightened(opened: WindowDriver, by_button: bool) -> None:
    crop, bar = opened.editor.crop, options(opened).crop
    QTest.keyClick(opened.canvas, Qt.Key.Key_C)
    keys = NONE if by_button else CTRL
    if by_button:
        QTest.mouseClick(bar.line, LEFT)
    start, end = opened.at(150, 200), opened.at(450, 230)
    QTest.mousePress(opened.canvas, LEFT, keys, start)
    send_move(opened.canvas, opened.at(300, 210), LEFT, keys)
    send_move(opened.canvas, end, LEFT, keys)
    assert crop.quad is not None
    assert crop.quad.angle == 0, "until the line is drawn"
    assert opened.canvas._gesture.size_text() == "∠ 5.7°"
    QTest.mouseRelease(opened.canvas, LEFT, keys, end)
    assert bar.angle_field.value() == pytest.approx(5.7, abs=0.2)
    assert not bar.line.isChecked()
    QTest.keyClick(opened.canvas, Qt.Key.Key_Return)
    settle(opened)
    assert labels(opened)[-1] == "Straighten"


def test_escape_draws_no_line_and_leaves_the_frame(opened: WindowDriver) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_C)
    bar, crop = options(opened).crop, opened.editor.crop
    crop.set_angle(5)
    QTest.mouseClick(bar.line, LEFT)
    assert bar.line.isChecked()
    opened.drag((150, 200), (450, 230), release=False)
    QTest.keyClick(opened.canvas, Qt.Key.Key_Escape)
    send_move(opened.canvas, opened.at(450, 300), LEFT)
    QTest.mouseRelease(opened.canvas, LEFT, pos=opened.at(450, 300))
    assert bar.angle_field.value() == 5
    assert not bar.line.isChecked()
    QTest.mouseClick(bar.line, LEFT)
    opened.drag((150, 200), (151, 200))
    assert bar.line.isChecked(), "a click draws no line"
    QTest.keyClick(opened.canvas, Qt.Key.Key_Escape)
    QTest.keyClick(opened.canvas, Qt.Key.Key_Escape)
    assert bar.angle_field.value() == 0


@pytest.mark.parametrize("drags", [False, True])
@pytest.mark.parametrize("painted", [False, True])
def test_escape_frames_the_whole_picture_again(
    opened: WindowDriver, drags: bool, painted: bool
) -> None:
    if painted:
        opened.editor.selection.rectangle(Point(150, 100), Point(450, 300))
    QTest.keyClick(opened.canvas, Qt.Key.Key_C)
    crop = options(opened).crop
    opened.editor.crop.set_angle(5)
    if drags:
        opened.drag((300, 200), (320, 210), release=False)
    QTest.keyClick(opened.canvas, Qt.Key.Key_Escape)
    send_move(opened.canvas, opened.at(340, 230), LEFT)
    QTest.mouseRelease(opened.canvas, LEFT, pos=opened.at(340, 230))
    assert frame(opened) == (0, 0, 600, 400)
    fields = (crop.width_field, crop.height_field, crop.angle_field)
    assert [field.text() for field in fields] == ["W 600", "H 400", "0.0°"]
    assert has_handle(opened, 600, 400)
    opened.drag((120, 90), (420, 310))
    assert frame(opened) == pytest.approx((120, 90, 420, 310), abs=3)


def test_enter_on_the_whole_frame_leaves_it(opened: WindowDriver) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_C)
    QTest.keyClick(opened.canvas, Qt.Key.Key_Return)
    assert frame(opened) == (0, 0, 600, 400)
    opened.canvas.finish_gesture()  # as a double click does
    assert frame(opened) == (0, 0, 600, 400)
    assert labels(opened)[-1] == "Clear mask"


def test_a_drawn_frame_keeps_the_chosen_aspect(opened: WindowDriver) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_C)
    opened.editor.crop.set_aspect(1.5)  # the picture's own
    opened.drag((200, 200), (100, 190))
    left, top, right, bottom = frame(opened)
    assert (right, bottom) == pytest.approx((200, 200), abs=3)
    assert (right - left) / (bottom - top) == pytest.approx(1.5)
    opened.editor.crop.reset()
    opened.editor.crop.set_aspect(1.5)
    opened.drag((200, 200), (590, 500))
    left, top, right, bottom = frame(opened)
    assert bottom == pytest.approx(400)
    assert (right - left) / (bottom - top) == pytest.approx(1.5)


def test_a_smaller_frame_moves_and_stays_inside_of_the_picture(opened: WindowDriver) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_C)
    opened.drag((100, 90), (400, 290))
    left, top, right, bottom = frame(opened)
    opened.drag((250, 180), (500, 390))
    assert frame(opened) == (600 - (right - left), 400 - (bottom - top), 600, 400)
    QTest.keyClick(opened.canvas, Qt.Key.Key_Right)
    assert frame(opened)[2] == 600
    opened.drag((600, 400), (650, 430))
    assert frame(opened)[2:] == pytest.approx((650, 430), abs=3), "a handle enlarges the canvas"
    opened.drag((500, 350), (530, 350))
    assert frame(opened)[2] == pytest.approx(680, abs=6)


@pytest.mark.parametrize("in_field", [False, True])
def test_the_crop_button_gives_the_keys_to_the_canvas(opened: WindowDriver, in_field: bool) -> None:
    editor, crop = opened.editor, options(opened).crop
    editor.selection.rectangle(Point(350, 250), Point(400, 300))
    fill(opened, "a cup", 1)
    editor.candidates.put_aside()
    editor.selection.clear()
    opened.canvas.setFocus()
    QTest.keyClick(opened.canvas, Qt.Key.Key_C)
    opened.drag((100, 90), (400, 290))
    if in_field:
        crop.angle_field.setFocus()
    else:
        crop.apply.setFocus()
    QTest.mouseClick(crop.apply, Qt.MouseButton.LeftButton)
    settle(opened)
    assert opened.canvas.hasFocus()
    assert editor.document.size != Size(600, 400)
    QTest.keyClick(opened.window.window().focusWidget(), Qt.Key.Key_Z, CTRL)
    assert editor.document.size == Size(600, 400)


def test_an_aspect_and_an_angle_are_chosen_and_another_tool_drops_the_crop(
    opened: WindowDriver,
) -> None:
    QTest.keyClick(opened.canvas, Qt.Key.Key_C)
    crop = options(opened).crop
    crop.aspect.setFocus()
    QTest.keyClick(crop.aspect, Qt.Key.Key_Down)
    quad = opened.editor.crop.quad
    assert quad is not None
    assert (quad.width, quad.height) == (400, 400)
    crop.angle_field.setFocus()
    crop.angle_field.selectAll()
    QTest.keyClicks(crop.angle_field, "5")
    QTest.keyClick(crop.angle_field, Qt.Key.Key_Return)
    quad = opened.editor.crop.quad
    assert quad is not None
    assert quad.angle == pytest.approx(5)
    assert opened.canvas.hasFocus(), "Enter crops now, and keys choose tools"
    crop.width_field.setFocus()
    crop.width_field.selectAll()
    QTest.keyClicks(crop.width_field, "50%")
    QTest.keyClick(crop.width_field, Qt.Key.Key_Return)
    quad = opened.editor.crop.quad
    assert quad is not None
    assert quad.width == pytest.approx(300)
    assert crop.width_field.text() == "W 300"
    crop.width_field.setFocus()
    QTest.keyClick(crop.width_field, Qt.Key.Key_Escape)
    assert opened.canvas.hasFocus()
    QTest.keyClick(opened.canvas, Qt.Key.Key_B)
    assert opened.editor.crop.quad is None
    assert opened.editor.document.size == Size(600, 400)


def test_a_layer_is_painted_erased_filled_and_shaded(opened: WindowDriver) -> None:
    editor = opened.editor
    editor.set_tool_settings(size=20.0, hardness=1.0, color="#00ff00")
    QTest.keyClick(opened.canvas, Qt.Key.Key_U)
    opened.drag((100, 100), (150, 100))
    QTest.keyClick(opened.canvas, Qt.Key.Key_E, SHIFT)
    opened.drag((250, 180), (255, 180))
    QTest.keyClick(opened.canvas, Qt.Key.Key_F)
    opened.drag((210, 200))
    QTest.keyClick(opened.canvas, Qt.Key.Key_G)
    editor.selection.rectangle(Point(400, 300), Point(500, 350))
    opened.drag((400, 325), (450, 325), (500, 325))
    found = labels(opened)[-5:]
    assert found == ["Paint", "Erase pixels", "Fill", "Rectangle mask", "Gradient"]
    pixels = editor.document.layers[1].raster.read(Box(0, 0, 600, 400))
    assert tuple(pixels[100, 120]) == (0, 255, 0, 255)
    assert pixels[180, 252, 3] == 0
    assert tuple(pixels[160, 290]) == (0, 255, 0, 255)
    assert pixels[325, 405, 3] > pixels[325, 495, 3] > 0
    assert not pixels[280, 450].any()


def test_shapes_are_drawn_on_the_layer_and_stay_inside_the_mask(opened: WindowDriver) -> None:
    editor = opened.editor
    editor.layers.add()
    QTest.keyClick(opened.canvas, Qt.Key.Key_Y)
    assert editor.tool_settings.tool is Tool.SHAPE
    (options,) = opened.window.findChildren(OptionsBar)
    assert options.shape.isVisible()
    assert not options.diameter.isVisible(), "only a line has a width"
    editor.set_tool_settings(color="#ff0000", size=10.0)

    def drawn() -> np.ndarray:
        raster = editor.document.active_layer.raster
        return raster.read(raster.box)

    opened.drag((100, 100), (200, 150))
    assert drawn()[120, 150].tolist() == [255, 0, 0, 255]
    assert int((drawn()[..., 3] > 127).sum()) == pytest.approx(100 * 50, rel=0.06)
    assert editor.timeline.current.label == "Shape"
    editor.undo()
    options.shape.setCurrentIndex(options.shape.findData("ellipse"))
    options.shape.activated.emit(1)
    opened.drag((200, 150), (100, 100))
    assert int((drawn()[..., 3] > 127).sum()) == pytest.approx(math.pi * 50 * 25, rel=0.06)
    editor.undo()
    editor.set_tool_settings(shape="line")
    assert options.diameter.isVisible()
    opened.drag((100, 100), (130, 140))
    assert int((drawn()[..., 3] > 127).sum()) == pytest.approx(50 * 10, rel=0.1)
    editor.undo()
    editor.set_tool_settings(shape="rectangle", opacity=0.5)
    editor.selection.rectangle(Point(100, 100), Point(150, 150), "replace")
    opened.drag((100, 100), (200, 150))
    assert drawn()[120, 140, 3] == pytest.approx(128, abs=1)
    assert drawn()[120, 160, 3] == 0, "the mask limits it as it does a selection"


def test_the_color_picker_takes_what_is_seen(opened: WindowDriver) -> None:
    opened.editor.set_tool_settings(color="#000000")
    QTest.keyClick(opened.canvas, Qt.Key.Key_I)
    opened.drag((250, 180))
    assert opened.editor.tool_settings.color == "#ff0000"
    assert "ff0000" in options(opened).colors.color.styleSheet()
    QTest.mouseClick(options(opened).colors.swap, LEFT)
    assert opened.editor.tool_settings.second_color == "#ff0000"


def test_the_number_beside_a_slider_is_typed_after_a_click(opened: WindowDriver) -> None:
    bar(opened)["Layer/New adjustment/Levels"].trigger()
    card, states = opened.window.adjustments, len(labels(opened))

    def levels() -> Levels:
        layer = opened.editor.document.active_layer
        assert layer is not None
        assert isinstance(layer.adjustment, Levels)
        return layer.adjustment

    def write(name: str, text: str, key: Qt.Key) -> None:
        slider = card.sliders[name]
        QTest.mouseClick(slider._value, LEFT)
        (field,) = (one for one in slider.findChildren(QLineEdit) if one.isVisible())
        assert field.hasFocus()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, key)
        assert not field.isVisible()
        assert slider.slider.hasFocus()

    assert card.histogram.isVisible()
    write("black", "37", Qt.Key.Key_Return)
    assert levels().black == pytest.approx(37 / 255)
    write("gamma", "1,25", Qt.Key.Key_Return)
    assert levels().gamma == pytest.approx(1.25)
    write("white", "999", Qt.Key.Key_Return)
    assert levels().white == 1
    write("black", "90", Qt.Key.Key_Escape)
    write("black", "b", Qt.Key.Key_Return)
    assert levels().black == pytest.approx(37 / 255)
    assert len(labels(opened)) == states + 2
    assert card.isVisible()


def test_levels_of_a_channel_are_set_and_found(opened: WindowDriver) -> None:
    editor = opened.editor
    bar(opened)["Layer/New adjustment/Levels"].trigger()
    card = opened.window.adjustments

    def levels() -> Levels:
        layer = editor.document.active_layer
        assert layer is not None
        assert isinstance(layer.adjustment, Levels)
        return layer.adjustment

    card.channel.setFocus()
    QTest.keyClick(card.channel, Qt.Key.Key_Down)
    assert card.channel.currentText() == "Red"

    def shown() -> QColor:
        return QColor(card.histogram.color or "black")

    opened.wait(lambda: shown().red() > 1.5 * shown().green())
    red = shown()
    foot = card.histogram.grab().toImage().pixelColor(60, card.histogram.height() - 3)
    assert foot == red, "its tones are drawn in it"
    slider = card.sliders["output_black"].slider
    for _ in range(5):
        QTest.keyClick(slider, Qt.Key.Key_PageUp)
    lifted = levels().red.output_black
    assert lifted > 0.1
    assert levels() == Levels(red=ToneRange(output_black=lifted))
    pixels = composite(editor.document, editor.document.box)
    assert pixels[..., 0].min() >= int(255 * lifted)
    QTest.keyClick(card.channel, Qt.Key.Key_Up)
    assert slider.value() == 0, "all channels have levels of their own"
    QTest.mouseClick(card.reset, LEFT)
    states = len(labels(opened))
    plain = composite(editor.document, editor.document.box)[..., 1]
    card.channel.setCurrentIndex(2)
    card._follow_channel()
    QTest.mouseClick(card.auto, LEFT)
    assert len(labels(opened)) == states + 1
    assert levels() == Levels(green=levels().green)
    assert levels().green.black == pytest.approx(np.quantile(plain, 0.001) / 255, abs=0.02)
    assert levels().green.white == pytest.approx(np.quantile(plain, 0.999) / 255, abs=0.02)
    green = composite(editor.document, editor.document.box)[..., 1]
    assert (int(green.min()), int(green.max())) == (0, 255)


def test_auto_of_curves_moves_the_ends_as_that_of_levels_does(opened: WindowDriver) -> None:
    editor, card = opened.editor, opened.window.adjustments

    def press_auto(kind: str, channel: int) -> Curves | Levels:
        bar(opened)[f"Layer/New adjustment/{kind}"].trigger()
        card.channel.setCurrentIndex(channel)
        card._follow_channel()
        assert card.auto.isVisible()
        QTest.mouseClick(card.auto, LEFT)
        layer = editor.document.active_layer
        assert layer is not None
        assert isinstance(layer.adjustment, Curves | Levels)
        editor.layers.remove()
        return layer.adjustment

    for channel in (0, 3):
        levels, curves = press_auto("Levels", channel), press_auto("Curves", channel)
        assert isinstance(levels, Levels)
        assert isinstance(curves, Curves)
        tones = levels.blue if channel else levels
        assert (tones.black, tones.white) != (0, 1)
        ends = ((tones.black, 0.0), (tones.white, 1.0))
        assert curves == (Curves(blue=ends) if channel else Curves(rgb=ends))


def test_auto_of_curves_keeps_the_points_between_its_ends() -> None:
    bent = Curves(red=((0, 0.1), (0.05, 0.2), (0.5, 0.7), (1, 0.9)))
    stretched = stretch_channel(bent, "red", 0.1, 0.8)
    assert stretched == Curves(red=((0.1, 0.1), (0.5, 0.7), (0.8, 0.9)))


def test_the_tint_of_the_mask_makes_way_for_judging_colors(opened: WindowDriver) -> None:
    editor, canvas = opened.editor, opened.canvas

    def is_tinted() -> bool:
        place = opened.at(120, 120)
        seen = canvas.grab().toImage().pixelColor(place)
        red, green, blue, _ = composite(editor.document, Box(120, 120, 1, 1))[0, 0]
        return math.dist((red, green, blue), (seen.red(), seen.green(), seen.blue())) > 20

    editor.selection.rectangle(Point(100, 100), Point(140, 140))
    assert is_tinted()
    assert opened.window.bar.isVisible()
    bar(opened)["Layer/New adjustment/Exposure"].trigger()
    assert not is_tinted(), "it is the adjustment's mask now"
    assert not opened.window.bar.isVisible()
    editor.selection.rectangle(Point(100, 100), Point(140, 140))
    opened.window.adjustments.hide()
    opened.window.adjustments.open()
    assert not is_tinted()
    QTest.keyClick(opened.window, Qt.Key.Key_Q)
    QTest.keyClick(opened.window, Qt.Key.Key_Q)
    assert is_tinted(), "whoever wants to see it does"
    opened.window.adjustments.hide()
    opened.window.adjustments.open()
    assert not is_tinted()
    editor.selection.rectangle(Point(110, 110), Point(130, 130), "replace")
    assert is_tinted(), "the mask is worked on"
    opened.window.adjustments.hide()
    opened.window.adjustments.open()
    assert not is_tinted()
    editor.layers.activate(editor.document.layers[0].id)
    assert is_tinted()


def test_the_card_opens_beside_what_is_masked_and_is_dragged_by_its_title(
    opened: WindowDriver,
) -> None:
    editor, card, canvas = opened.editor, opened.window.adjustments, opened.canvas

    def covered(left: float, right: float) -> bool:
        """Whether the card covers the middle of a part of the picture."""
        place = canvas.mapToGlobal(opened.at((left + right) / 2, 60))
        return card.rect().contains(card.mapFromGlobal(place))

    places = []
    for left, right in ((310, 560), (40, 290)):
        editor.selection.rectangle(Point(left, 0), Point(right, 400))
        bar(opened)["Layer/New adjustment/Curves"].trigger()
        opened.wait(card.isVisible)
        assert not covered(left, right)
        places.append(card.pos())
    assert places[0].x() < places[1].x(), "it goes to the other side"
    before, grip = card.pos(), card.title.rect().center()
    QTest.mousePress(card.title, LEFT, pos=grip)
    QTest.mouseMove(card.title, grip + QPoint(-70, 40))
    QTest.mouseRelease(card.title, LEFT, pos=grip)
    assert card.pos() - before == QPoint(-70, 40)
    editor.layers.set_opacity(None, 0.5)
    assert card.pos() - before == QPoint(-70, 40), "it stays there"
    opened.window.resize(1000, 640)
    QTest.qWait(20)
    assert card.parentWidget().rect().contains(card.geometry())
    card.close_card()
    card.open()
    assert card.pos().x() > 300, "opened again, it finds a place anew"


def test_a_slider_turns_the_hue(opened: WindowDriver) -> None:
    bar(opened)["Layer/New adjustment/Hue and saturation"].trigger()
    hue = opened.window.adjustments.sliders["hue"]
    hue.slider.setFocus()
    QTest.keyClick(hue.slider, Qt.Key.Key_Left)
    layer = opened.editor.document.active_layer
    assert layer is not None
    assert layer.name == "Hue and saturation"
    assert layer.adjustment == Saturation(hue=-1)
    QTest.keyClick(hue.slider, Qt.Key.Key_Home)
    assert opened.editor.document.active_layer.adjustment == Saturation(hue=-180)


def test_an_adjustment_is_added_by_the_menu_and_set_by_a_slider(opened: WindowDriver) -> None:
    before = composite(opened.editor.document, Box(0, 0, 600, 400))
    bar(opened)["Layer/New adjustment/Levels"].trigger()
    card = opened.window.adjustments
    assert card.isVisible()
    assert card.title.text() == "LEVELS"
    slider = card.sliders["gamma"].slider
    slider.setFocus()
    states = len(labels(opened))
    QTest.keyClick(slider, Qt.Key.Key_Right)
    layer = opened.editor.document.active_layer
    assert layer is not None
    assert isinstance(layer.adjustment, Levels)
    assert layer.adjustment.gamma == pytest.approx(1.01)
    assert len(labels(opened)) == states + 1
    for _ in range(5):
        QTest.keyClick(slider, Qt.Key.Key_PageUp)
    after = composite(opened.editor.document, Box(0, 0, 600, 400))
    assert after[..., :3].mean() > before[..., :3].mean()
    QTest.mouseClick(card.reset, LEFT)
    assert np.array_equal(composite(opened.editor.document, Box(0, 0, 600, 400)), before)
    opened.editor.layers.activate(opened.editor.document.layers[0].id)
    assert not card.isVisible()


def test_points_of_a_curve_are_added_moved_and_removed(opened: WindowDriver) -> None:
    bar(opened)["Layer/New adjustment/Curves"].trigger()
    curve = opened.window.adjustments.curve
    middle = QPoint(curve.width() // 2, curve.height() // 2)
    QTest.mousePress(curve, LEFT, pos=middle)
    QTest.mouseMove(curve, middle + QPoint(0, -20))
    QTest.mouseRelease(curve, LEFT, pos=middle + QPoint(0, -20))
    adjustment = opened.editor.document.active_layer.adjustment
    assert isinstance(adjustment, Curves)
    assert len(adjustment.rgb) == 3
    assert adjustment.rgb[1][1] > 0.55
    QTest.keyClick(curve, Qt.Key.Key_Up, SHIFT)
    higher = opened.editor.document.active_layer.adjustment.rgb[1][1]
    assert higher == pytest.approx(adjustment.rgb[1][1] + 10 / 255)
    assert curve.accessibleDescription().startswith("Point 2 of 3")
    QTest.keyClick(curve, Qt.Key.Key_Delete)
    assert opened.editor.document.active_layer.adjustment == Curves()


def test_the_card_is_closed_and_opened_again_by_a_double_click(opened: WindowDriver) -> None:
    bar(opened)["Layer/New adjustment/Exposure"].trigger()
    card = opened.window.adjustments
    (close,) = [one for one in card.findChildren(QToolButton) if "Close" in one.toolTip()]
    QTest.mouseClick(close, LEFT)
    assert not card.isVisible()
    QTest.mouseDClick(opened.window.layers.rows[0].picture, LEFT)
    assert card.isVisible()


@pytest.mark.parametrize("by_menu", [False, True])
def test_an_adjustment_is_renamed_like_any_layer(opened: WindowDriver, by_menu: bool) -> None:
    bar(opened)["Layer/New adjustment/Exposure"].trigger()
    row = opened.window.layers.rows[0]
    if by_menu:
        bar(opened)["Layer/Rename…"].trigger()
    else:
        QTest.mouseDClick(row, LEFT, pos=QPoint(row.width() // 2, row.height() // 2))
    (dialog,) = opened.window.findChildren(QInputDialog)
    assert dialog.textValue() == "Exposure"
    dialog.setTextValue("Darker sky")
    dialog.accept()
    assert opened.editor.document.layers[-1].name == "Darker sky"


def test_the_card_opens_by_itself_only_for_a_new_adjustment(
    opened: WindowDriver, photo_file: Path, tmp_path: Path
) -> None:
    editor, card = opened.editor, opened.window.adjustments
    bar(opened)["Layer/New adjustment/Exposure"].trigger()
    assert card.isVisible()
    QTest.keyClick(card.sliders["stops"].slider, Qt.Key.Key_Escape)
    assert not card.isVisible(), "Esc closes it"
    editor.layers.set_opacity(None, 0.5)
    editor.undo()
    assert not card.isVisible(), "closed by the user, it stays closed"
    photo, *_, adjustment = editor.document.layers
    editor.layers.activate(photo.id)
    editor.layers.add()
    editor.undo()
    editor.layers.activate(adjustment.id)
    assert not card.isVisible()
    bar(opened)["Layer/Adjustment settings"].trigger()
    assert card.isVisible()
    opened.canvas.setFocus()
    QTest.keyClick(opened.canvas, Qt.Key.Key_Escape)
    assert not card.isVisible(), "Esc on the canvas too, once nothing nearer is to be ended"
    project = tmp_path / "one.glide"
    editor.files.save(project)
    editor.files.open(photo_file)
    editor.files.open(project)
    active = editor.document.active_layer
    assert active is not None
    assert active.adjustment is not None
    assert not card.isVisible()


def test_a_held_key_shows_the_picture_as_it_was_opened(opened: WindowDriver) -> None:
    editor = opened.editor
    first = editor.timeline.states[0].document
    states = len(editor.timeline)
    QTest.keyPress(opened.canvas, Qt.Key.Key_Backslash)
    assert editor.shown is first
    QTest.keyRelease(opened.canvas, Qt.Key.Key_Backslash)
    assert editor.shown is editor.document
    (button,) = [one for one in opened.window.findChildren(QToolButton) if "Hold" in one.toolTip()]
    QTest.mousePress(button, LEFT)
    assert editor.shown is first
    QTest.mouseRelease(button, LEFT)
    assert editor.shown is editor.document
    assert len(editor.timeline) == states
    editor.canvas.rotate(1)
    editor.background_edits.finish()
    turned = editor.document
    editor.selection.select_all()
    QTest.keyPress(opened.canvas, Qt.Key.Key_Backslash)
    assert editor.shown is turned, "the oldest of the same size"
    QTest.keyRelease(opened.canvas, Qt.Key.Key_Backslash)


def test_no_tool_widens_a_small_window(opened: WindowDriver) -> None:
    opened.window.resize(1024, 700)
    for tool in (*Tool, *reversed(Tool)):
        opened.editor.set_tool_settings(tool=tool)
        QTest.qWait(0)
        assert opened.window.width() == 1024, tool


def test_layers_are_chosen_together_by_ctrl_and_shift(opened: WindowDriver) -> None:
    editor, panel = opened.editor, opened.window.layers
    editor.layers.add()
    QTest.mouseClick(panel.rows[2], LEFT, CTRL, QPoint(120, 20))
    assert [row.is_chosen for row in panel.rows] == [True, False, True]
    assert panel.rows[2].accessibleName() == "Layer holiday, chosen"
    QTest.mouseClick(panel.rows[0], LEFT, SHIFT, QPoint(120, 20))
    assert [row.is_chosen for row in panel.rows] == [True, True, True]
    QTest.mouseClick(panel.rows[1], LEFT, CTRL, QPoint(120, 20))
    QTest.mouseClick(panel.rows[0].eye, LEFT)
    assert [one.visible for one in editor.document.layers] == [False, True, False]
    editor.undo()
    assert "Layer/Merge chosen layers" in bar(opened)
    QTest.keyClick(opened.canvas, Qt.Key.Key_E, CTRL)
    opened.wait(lambda: len(editor.document.layers) == 2)
    QTest.mouseClick(panel.rows[0], LEFT, Qt.KeyboardModifier.NoModifier, QPoint(120, 20))
    assert "Layer/Merge down" in bar(opened)


def wait_for_places(driver: WindowDriver) -> None:
    """Wait until each row of the layers lies below the one before."""
    rows = driver.window.layers.rows
    driver.wait(lambda: all(one.y() < below.y() for one, below in pairwise(rows)))


def drag_row(
    driver: WindowDriver, start: int, x: int, end: int, share: float, *, release: bool = True
) -> None:
    """Drag a row by its name to `share` of the height of another, x from the left of the list."""
    rows = driver.window.layers.rows
    row, target = rows[start], rows[end]
    QTest.mousePress(row, LEFT, pos=QPoint(120, 20))
    for at in (
        QPoint(120, 36),
        row.mapFromGlobal(target.mapToGlobal(QPoint(x, round(share * target.height())))),
    ):
        send_move(row, at, LEFT)
    if release:
        QTest.mouseRelease(row, LEFT, pos=at)
    driver.wait(lambda: driver.window.layers._mark.isVisible() is not release)


def test_layers_are_dragged_to_another_place(opened: WindowDriver) -> None:
    editor, panel = opened.editor, opened.window.layers
    opened.window.resize(1200, 1000)
    editor.layers.rename(None, "card")
    for name in ("sky", "sea"):
        editor.layers.add()
        editor.layers.rename(None, name)
    wait_for_places(opened)

    photo = editor.document.layers[0].name

    def tree(layers: tuple[Layer, ...] | None = None) -> list[object]:
        found = editor.document.layers if layers is None else layers
        return [(one.name, tree(one.children)) if one.is_group else one.name for one in found]

    count = len(labels(opened))
    drag_row(opened, 0, 120, 2, 0.8)
    assert tree() == [photo, "sea", "card", "sky"]
    assert labels(opened)[count:] == ["Move layer"]
    drag_row(opened, 0, 120, 3, 0.9, release=False)
    send_move(panel.rows[0], QPoint(-300, 60), LEFT)
    QTest.mouseRelease(panel.rows[0], LEFT, pos=QPoint(-300, 60))
    assert tree() == [photo, "sea", "card", "sky"], "it was let go outside of the list"
    drag_row(opened, 0, 120, 3, 0.9, release=False)
    QTest.keyClick(panel.rows[0], Qt.Key.Key_Escape)
    assert not panel._mark.isVisible()
    assert QWidget.keyboardGrabber() is None
    QTest.mouseRelease(panel.rows[0], LEFT, pos=QPoint(120, 90))
    assert tree() == [photo, "sea", "card", "sky"], "Esc ends the drag"
    # Two at a time, the upper one dragged by its thumbnail.
    editor.layers.activate(panel.rows[3].layer_id)
    editor.layers.choose_along(panel.rows[1].layer_id)
    wait_for_places(opened)
    picture = panel.rows[1].picture
    QTest.mousePress(picture, LEFT)
    send_move(picture, picture.rect().center() + QPoint(0, -60), LEFT)
    QTest.mouseRelease(picture, LEFT, pos=picture.rect().center() + QPoint(0, -60))
    assert tree() == ["sea", "sky", photo, "card"]
    assert labels(opened)[-1] == "Move layer"
    # Into a group, not into itself, out to the left.
    editor.layers.activate(panel.rows[3].layer_id)
    editor.layers.group()
    opened.wait(lambda: len(panel.rows) == 5)
    wait_for_places(opened)
    drag_row(opened, 0, 120, 3, 0.5)
    assert tree() == [("Group", ["sea", "card"]), "sky", photo]
    wait_for_places(opened)
    before = editor.document
    QTest.mousePress(panel.rows[2], LEFT, pos=QPoint(120, 20))
    send_move(panel.rows[2], QPoint(120, 60), LEFT)
    assert not panel._mark.isVisible(), "a group does not go into itself"
    QTest.mouseRelease(panel.rows[2], LEFT, pos=QPoint(120, 60))
    assert editor.document is before
    drag_row(opened, 0, 120, 4, 0.8)
    assert tree() == [("Group", [photo, "sea", "card"]), "sky"]
    wait_for_places(opened)
    drag_row(opened, 2, 30, 4, 0.8)
    assert tree() == ["card", ("Group", [photo, "sea"]), "sky"]


def test_the_list_scrolls_on_while_a_dragged_layer_is_held_at_its_edge(
    opened: WindowDriver,
) -> None:
    panel = opened.window.layers
    for _ in range(12):
        opened.editor.layers.add()
    wait_for_places(opened)
    row, scroll, area = panel.rows[0], panel._area.verticalScrollBar(), panel._area.viewport()
    opened.wait(lambda: scroll.maximum() > 3 * row.height() and scroll.value() == 0)

    def drag_to(y: int) -> None:
        send_move(row, row.mapFromGlobal(area.mapToGlobal(QPoint(120, y))), LEFT)

    QTest.mousePress(row, LEFT, pos=QPoint(120, 20))
    drag_to(60)
    run_event_loop(200)
    assert scroll.value() == 0, "it is held away from the edges"
    drag_to(area.height() - 4)
    opened.wait(lambda: scroll.value() == scroll.maximum(), 20)
    assert panel._mark.geometry().top() > panel.rows[-2].geometry().top()
    drag_to(4)
    opened.wait(lambda: scroll.value() == 0, 20)
    drag_to(area.height() - 4)
    QTest.keyClick(row, Qt.Key.Key_Escape)
    ended = scroll.value()
    run_event_loop(200)
    assert scroll.value() == ended < scroll.maximum()


def test_only_rows_of_changed_layers_are_made_anew(opened: WindowDriver) -> None:
    editor, panel = opened.editor, opened.window.layers
    editor.layers.add()
    before = list(panel.rows)
    editor.layers.set_opacity(editor.document.active, 0.5)
    assert [old is new for old, new in zip(before, panel.rows, strict=True)] == [False, True, True]

    editor.layers.move(None, -1)
    assert [row.layer_id for row in panel.rows] == [
        layer.id for layer in reversed(editor.document.layers)
    ]
    wait_for_places(opened)
    assert panel.rows[2] is before[2]


def shown_names(driver: WindowDriver) -> list[str]:
    return [row.layer.name for row in driver.window.layers.rows]


def fold_of(driver: WindowDriver, name: str) -> QToolButton:
    """The triangle of a group's row."""
    row = next(one for one in driver.window.layers.rows if one.layer.name == name)
    assert row.fold is not None
    return row.fold


@pytest.fixture
def grouped(opened: WindowDriver) -> WindowDriver:
    """From the top: sky, which is the active layer, Group with sea and card, the photo."""
    editor = opened.editor
    opened.window.resize(1200, 1000)
    editor.layers.rename(None, "card")
    editor.layers.add()
    editor.layers.rename(None, "sea")
    editor.layers.choose_along(editor.document.layers[1].id)
    editor.layers.group()
    editor.layers.activate(editor.document.layers[1].id)
    editor.layers.add()
    editor.layers.rename(None, "sky")
    wait_for_places(opened)
    assert shown_names(opened) == ["sky", "Group", "sea", "card", "holiday"]
    return opened


def test_a_group_is_collapsed_and_expanded_by_its_triangle(grouped: WindowDriver) -> None:
    editor, panel = grouped.editor, grouped.window.layers
    assert [row.fold is not None for row in panel.rows] == [False, True, False, False, False]
    before, rows, count = editor.document, list(panel.rows), len(labels(grouped))
    assert fold_of(grouped, "Group").accessibleName() == "Collapse group Group"
    QTest.mouseClick(fold_of(grouped, "Group"), LEFT)
    assert shown_names(grouped) == ["sky", "Group", "holiday"]
    assert panel.rows == [rows[0], rows[1], rows[4]], "rows that show the same stay"
    assert fold_of(grouped, "Group").accessibleName() == "Expand group Group"
    assert fold_of(grouped, "Group").toolTip() == "Expand group"
    assert editor.document is before
    assert len(labels(grouped)) == count
    editor.layers.set_opacity(editor.document.active, 0.5)
    assert shown_names(grouped) == ["sky", "Group", "holiday"], "an edit elsewhere leaves it so"
    QTest.mouseClick(fold_of(grouped, "Group"), LEFT)
    assert shown_names(grouped) == ["sky", "Group", "sea", "card", "holiday"]
    wait_for_places(grouped)


def test_left_and_right_collapse_and_expand_a_group(grouped: WindowDriver) -> None:
    fold = fold_of(grouped, "Group")
    fold.setFocus()
    for key, count in (
        (Qt.Key.Key_Right, 5),
        (Qt.Key.Key_Left, 3),
        (Qt.Key.Key_Left, 3),
        (Qt.Key.Key_Right, 5),
    ):
        QTest.keyClick(fold, key)
        assert len(grouped.window.layers.rows) == count
        assert fold.hasFocus()
    eye = grouped.window.layers.rows[1].eye
    eye.setFocus()
    QTest.keyClick(eye, Qt.Key.Key_Left)
    assert len(grouped.window.layers.rows) == 3


def test_activating_a_layer_expands_the_groups_around_it(grouped: WindowDriver) -> None:
    editor = grouped.editor
    outer = editor.document.layers[1].id
    editor.layers.activate(outer)
    editor.layers.group()
    inner, sea = outer, editor.document.layer(outer).children[1].id
    outer = editor.document.layers[1].id
    assert outer != inner
    editor.layers.activate(editor.document.layers[0].id)
    for group in (inner, outer):
        row = next(one for one in grouped.window.layers.rows if one.layer_id == group)
        assert row.fold is not None
        QTest.mouseClick(row.fold, LEFT)
    assert len(grouped.window.layers.rows) == 3
    editor.layers.activate(sea)
    assert len(grouped.window.layers.rows) == 6
    assert next(one.layer_id for one in grouped.window.layers.rows if one.is_active) == sea
    # Its own group may be collapsed; it stays the active layer.
    row = next(one for one in grouped.window.layers.rows if one.layer_id == inner)
    assert row.fold is not None
    QTest.mouseClick(row.fold, LEFT)
    assert len(grouped.window.layers.rows) == 4
    assert editor.document.active == sea


def test_undo_shows_the_layer_that_comes_back_into_a_collapsed_group(
    grouped: WindowDriver,
) -> None:
    editor = grouped.editor
    editor.layers.activate(editor.document.layers[1].children[1].id)
    editor.layers.remove()
    assert shown_names(grouped) == ["sky", "Group", "card", "holiday"]
    editor.layers.activate(editor.document.layers[2].id)
    QTest.mouseClick(fold_of(grouped, "Group"), LEFT)
    assert shown_names(grouped) == ["sky", "Group", "holiday"]
    editor.undo()
    assert shown_names(grouped) == ["sky", "Group", "sea", "card", "holiday"]


def test_a_layer_dragged_onto_a_collapsed_group_goes_into_it(grouped: WindowDriver) -> None:
    editor = grouped.editor
    QTest.mouseClick(fold_of(grouped, "Group"), LEFT)
    wait_for_places(grouped)
    drag_row(grouped, 0, 120, 1, 0.9)
    assert [one.name for one in editor.document.layers] == ["holiday", "sky", "Group"]
    assert shown_names(grouped) == ["Group", "sky", "holiday"], "below a group, not into it"
    wait_for_places(grouped)
    drag_row(grouped, 2, 120, 0, 0.5)
    assert [one.name for one in editor.document.layers] == ["sky", "Group"]
    assert shown_names(grouped) == ["Group", "holiday", "sea", "card", "sky"]


def test_collapsing_a_group_leaves_the_list_where_it_was_scrolled_to(
    grouped: WindowDriver,
) -> None:
    editor, panel = grouped.editor, grouped.window.layers
    for _ in range(20):
        editor.layers.add()
    scroll = panel._area.verticalScrollBar()
    wait_for_places(grouped)
    grouped.wait(lambda: scroll.maximum() > 5 * panel.rows[0].height())
    run_event_loop(20)
    scroll.setValue(scroll.maximum())
    QTest.mouseClick(fold_of(grouped, "Group"), LEFT)
    count = len(panel.rows)
    grouped.wait(lambda: panel.rows[-1].geometry().bottom() < 44 * count)
    run_event_loop(50)
    assert scroll.value() == scroll.maximum(), "not back to the active layer at the top"


def move_card(driver: WindowDriver) -> None:
    """Drag the card by (40, 20) and leave the transform open."""
    QTest.keyClick(driver.canvas, Qt.Key.Key_V)
    driver.drag((250, 180), (270, 190), (290, 200))
    assert driver.editor.transform.is_changed
    assert labels(driver)[-1] != "Transform layer"


def test_an_open_transform_is_part_of_what_is_saved(opened: WindowDriver, tmp_path: Path) -> None:
    editor, path = opened.editor, tmp_path / "work.glide"
    editor.files.save(path)
    assert not opened.window.isWindowModified()
    move_card(opened)
    assert opened.window.isWindowModified()
    QTest.keyClick(opened.canvas, Qt.Key.Key_S, CTRL)
    opened.wait(lambda: labels(opened)[-1] == "Transform layer" and not editor.modified)
    other = WindowDriver(opened.engine)
    try:
        other.open(shutil.copy(path, tmp_path / "copy.glide"))
        assert card_box(other) == card_box(opened)
        assert abs(card_box(other).x - 240) <= 2
    finally:
        other.close()


def test_an_open_transform_is_part_of_what_is_exported(
    opened: WindowDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Box] = []
    monkeypatch.setattr(
        opened.window.file_actions, "_ask_export", lambda: shown.append(card_box(opened))
    )
    move_card(opened)
    bar(opened)["File/Export image…"].trigger()
    bar(opened)["File/Export image…"].trigger()
    opened.wait(lambda: len(shown) == 2)
    assert labels(opened).count("Transform layer") == 1
    assert abs(shown[0].x - 240) <= 2


def test_closing_asks_about_a_transform_that_is_not_applied(
    opened: WindowDriver, tmp_path: Path
) -> None:
    opened.editor.files.save(tmp_path / "work.glide")
    move_card(opened)
    closed: list[bool] = []
    opened.window.file_actions.confirm_unsaved(lambda: closed.append(True))
    opened.wait(lambda: bool(opened.window.findChildren(QMessageBox)))
    assert not closed
    assert labels(opened)[-1] == "Transform layer"
