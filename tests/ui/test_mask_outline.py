"""The outline of the mask: where it lies, when it moves, and that it is remembered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QProxyStyle, QStyle, QWidget

from glide_studio.editor.settings import Tool
from glide_studio.imaging.geometry import Point
from glide_studio.ui.canvas.canvas import MARCH_MS, Canvas
from glide_studio.ui.preferences import Preferences
from tests.ui.studio import StudioDriver
from tests.ui.test_canvas import pixels, turn_wheel
from tests.ui.test_menus import bar
from tests.ui.windows import WindowDriver, delete_now, run_event_loop

OUTLINE = "View/Mask outline (marching ants)"
LEFT, TOP, RIGHT, BOTTOM = 100, 80, 340, 260  # of what is painted


@pytest.fixture
def painted(driver: WindowDriver, photo_file: Path) -> WindowDriver:
    """A rectangle of the photo under a mask whose tint is hidden."""
    driver.open(photo_file)
    driver.editor.set_tool_settings(tool=Tool.HAND)
    driver.editor.selection.rectangle(Point(LEFT, TOP), Point(RIGHT, BOTTOM))
    driver.canvas.show_mask(False)
    return driver


def seen(canvas: Canvas) -> np.ndarray:
    return pixels(canvas.grab().toImage()).astype(int)


def let_rest(driver: WindowDriver) -> None:
    """Wait until a view that was changed fast is drawn smoothly."""
    seen(driver.canvas)
    driver.wait(lambda: not driver.canvas.frame._smooth.isActive())


def find_timer(canvas: Canvas) -> QTimer:
    (timer,) = (
        one
        for one in canvas.findChildren(QTimer)
        if one.interval() == MARCH_MS and not one.isSingleShot()
    )
    return timer


def draws_outline(driver: WindowDriver) -> np.ndarray:
    """Which pixels of the canvas the outline changes."""
    menu, canvas = bar(driver), driver.canvas
    with_it = seen(canvas)
    menu[OUTLINE].trigger()
    without = seen(canvas)
    menu[OUTLINE].trigger()
    return np.asarray(np.abs(with_it - without).max(axis=2) > 24)


def distance_to_edge(driver: WindowDriver, changed: np.ndarray) -> np.ndarray:
    """How far changed pixels are from the painted rectangle's edge, in pixels of the screen."""
    away = []
    for y, x in np.argwhere(changed):
        point = driver.canvas.view.document_point(QPointF(x + 0.5, y + 0.5))
        right, down = max(LEFT - point.x, point.x - RIGHT), max(TOP - point.y, point.y - BOTTOM)
        outside = np.hypot(max(right, 0), max(down, 0))
        away.append(outside if max(right, down) > 0 else -max(right, down))
    return np.array(away) * driver.canvas.view.viewport.scale


@pytest.mark.parametrize(("scale", "angle"), [(0.75, 0), (1, 0), (2, 0), (1, 30), (2, -90)])
def test_it_lies_on_the_masks_edge(painted: WindowDriver, scale: float, angle: float) -> None:
    canvas = painted.canvas
    canvas.view.zoom_to(scale)
    canvas.view.turn(angle)
    bar(painted)[OUTLINE].trigger()
    let_rest(painted)
    changed = draws_outline(painted)
    turned = angle % 90 != 0
    assert distance_to_edge(painted, changed).max() <= (2.0 if turned else 1.5)
    for x, y in ((LEFT, 170), (RIGHT, 170), (220, TOP), (220, BOTTOM)):
        for along in range(-8, 9, 4):  # a dash in the photo's own color would hide a few
            across = x in (LEFT, RIGHT)
            place = Point(x, y + along / scale) if across else Point(x + along / scale, y)
            middle = canvas.view.widget_point(place)
            if not canvas.rect().adjusted(9, 9, -9, -9).contains(middle.toPoint()):
                continue
            row, column = round(middle.y()), round(middle.x())
            near = changed[row - 3 : row + 4, column - 3 : column + 4]
            assert near.sum() >= 3, f"nothing at {place}"


def test_dashes_are_black_and_white_and_closed(painted: WindowDriver) -> None:
    painted.canvas.view.zoom_to(1.0)
    bar(painted)[OUTLINE].trigger()
    let_rest(painted)
    view, picture = painted.canvas.view.viewport, seen(painted.canvas)
    top = picture[view.top + TOP, view.left + LEFT : view.left + RIGHT]
    left = picture[view.top + TOP : view.top + BOTTOM, view.left + LEFT]
    for line in (top, left):
        values = line[:, 0]
        assert set(np.unique(line)) == {0, 255}
        assert abs((values == 255).mean() - 0.5) < 0.05
        runs = np.diff(np.flatnonzero(np.diff(values)))
        assert set(runs) == {4}


def test_a_mask_beyond_the_view_has_no_line_along_its_border(painted: WindowDriver) -> None:
    canvas = painted.canvas
    painted.editor.selection.select_all()
    canvas.view.zoom_to(8.0)
    canvas.show_grid(False)
    let_rest(painted)
    before = seen(canvas)
    bar(painted)[OUTLINE].trigger()
    assert np.array_equal(seen(canvas), before)
    assert not find_timer(canvas).isActive(), "nothing moves where there is nothing"


def test_it_is_off_by_default_and_the_choice_is_kept(painted: WindowDriver) -> None:
    action = bar(painted)[OUTLINE]
    assert not action.isChecked()
    assert not Preferences().outlines_mask
    plain = seen(painted.canvas)
    action.trigger()
    assert Preferences().outlines_mask
    assert not np.array_equal(seen(painted.canvas), plain)
    action.trigger()
    assert not Preferences().outlines_mask
    assert np.array_equal(seen(painted.canvas), plain)


@pytest.fixture
def outlined(studio: StudioDriver, files: list[Path]) -> Canvas:
    """The canvas of the second of two tabs, whose mask's outline moves."""
    Preferences().outlines_mask = True
    studio.open(*files[:2])
    studio.editor.selection.select_all()
    canvas = studio.window.page.canvas
    studio.wait(find_timer(canvas).isActive)
    return canvas


def test_it_moves(outlined: Canvas, studio: StudioDriver) -> None:
    first = seen(outlined)
    studio.wait(lambda: not np.array_equal(seen(outlined), first))
    studio.editor.selection.clear()
    studio.wait(lambda: not find_timer(outlined).isActive())


def test_it_rests_in_a_tab_that_is_hidden(outlined: Canvas, studio: StudioDriver) -> None:
    studio.window.tabs.setCurrentIndex(0)
    assert not find_timer(outlined).isActive()
    studio.window.tabs.setCurrentIndex(1)
    studio.wait(find_timer(outlined).isActive)
    studio.window.hide()
    assert not find_timer(outlined).isActive()


def test_it_rests_while_another_window_is_in_use(outlined: Canvas, studio: StudioDriver) -> None:
    other = QWidget()
    other.show()
    other.activateWindow()
    studio.wait(lambda: not find_timer(outlined).isActive())
    studio.window.activateWindow()
    studio.wait(find_timer(outlined).isActive)
    delete_now(other)


def test_it_stands_still_where_the_desktop_does_not_animate(
    painted: WindowDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    class CalmStyle(QProxyStyle):
        def styleHint(self, hint: QStyle.StyleHint, *args: object) -> int:
            animates = hint is QStyle.StyleHint.SH_Widget_Animation_Duration
            return 0 if animates else super().styleHint(hint, *args)

    style = CalmStyle()
    monkeypatch.setattr(painted.canvas, "style", lambda: style)
    bar(painted)[OUTLINE].trigger()
    first = seen(painted.canvas)
    run_event_loop(3 * MARCH_MS)
    assert not find_timer(painted.canvas).isActive()
    assert np.array_equal(seen(painted.canvas), first)


def test_it_waits_for_the_end_of_a_stroke(painted: WindowDriver) -> None:
    canvas = painted.canvas
    canvas.view.zoom_to(1.0)
    let_rest(painted)
    bar(painted)[OUTLINE].trigger()
    painted.editor.set_tool_settings(tool=Tool.BRUSH, size=40.0, hardness=1.0)
    seen(canvas)
    painted.drag((450, 150), (450, 300), release=False)
    painted.wait(lambda: not find_timer(canvas).isActive())
    view = canvas.view.viewport

    def around() -> np.ndarray:
        """The sides of the stroke and nothing that follows the mouse."""
        picture = seen(canvas)[view.top + 180 : view.top + 260]
        return picture[:, view.left + 425 : view.left + 475]

    painting = around()
    assert not ((painting == 0).all(axis=2) | (painting == 255).all(axis=2)).any()
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=painted.at(450, 300))
    lines = around()
    drawn = (lines == 0).all(axis=2) | (lines == 255).all(axis=2)
    assert drawn.any(axis=1).all()
    assert find_timer(canvas).isActive()


def test_it_follows_a_view_that_changes_fast(painted: WindowDriver) -> None:
    bar(painted)[OUTLINE].trigger()
    canvas = painted.canvas
    seen(canvas)
    for _ in range(5):
        turn_wheel(painted, painted.at(LEFT, TOP), 120)
    assert distance_to_edge(painted, draws_outline(painted)).max() <= 4
