"""The photo beside what it was when it was opened, split by a line across the canvas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest

from glide_studio.editor.settings import Tool
from glide_studio.imaging.geometry import Point, Size
from glide_studio.ui.commands import list_commands
from tests.ui.windows import WindowDriver

GRAY, RED = (90, 90, 90), (255, 0, 0)


@pytest.fixture
def painted(driver: WindowDriver, tmp_path: Path) -> WindowDriver:
    """A gray photo of 600 x 400 that was filled with red."""
    path = tmp_path / "gray.png"
    Image.new("RGB", (600, 400), GRAY).save(path)
    driver.open(path)
    driver.editor.set_tool_settings(color="#ff0000")
    driver.editor.paint.bucket(Point(10, 10))
    return driver


def find_action(driver: WindowDriver) -> QAction:
    paths = {one.path: one.action for one in list_commands(driver.window.menu_bar)}
    return paths["View › Before and after"]


def begin(driver: WindowDriver) -> None:
    find_action(driver).trigger()
    split = driver.canvas.before_after
    driver.wait(lambda: split.wipe is not None and split.wipe.is_ready)


def color_at(driver: WindowDriver, place: QPoint) -> tuple[int, int, int]:
    return driver.canvas.grab().toImage().pixelColor(place).getRgb()[:3]


def test_what_was_opened_is_seen_left_of_the_line(painted: WindowDriver) -> None:
    begin(painted)
    assert find_action(painted).isChecked()
    assert color_at(painted, painted.at(100, 300)) == GRAY
    assert color_at(painted, painted.at(500, 300)) == RED
    find_action(painted).trigger()
    assert not find_action(painted).isChecked()
    assert color_at(painted, painted.at(100, 300)) == RED


def test_a_drag_moves_the_line_and_paints_nothing(painted: WindowDriver) -> None:
    begin(painted)
    before = painted.editor.document
    painted.drag((300, 200), (450, 200))
    assert painted.editor.document is before
    assert color_at(painted, painted.at(430, 300)) == GRAY
    assert color_at(painted, painted.at(470, 300)) == RED


def test_it_follows_edits_and_ends_with_esc_or_another_tool(painted: WindowDriver) -> None:
    begin(painted)
    painted.editor.undo()
    assert color_at(painted, painted.at(500, 300)) == GRAY
    painted.editor.redo()
    assert color_at(painted, painted.at(500, 300)) == RED
    QTest.keyClick(painted.canvas, Qt.Key.Key_Escape)
    assert painted.canvas.before_after.shown is None
    assert not find_action(painted).isChecked()
    begin(painted)
    painted.editor.set_tool_settings(tool=Tool.PAINT)
    assert painted.canvas.before_after.shown is None


def test_another_size_ends_it(painted: WindowDriver) -> None:
    begin(painted)
    painted.editor.canvas.scale(Size(300, 200))
    painted.wait(lambda: painted.editor.document.size.width == 300)
    assert painted.canvas.before_after.shown is None


def test_the_step_that_gave_the_picture_its_size_is_named(painted: WindowDriver) -> None:
    """What was opened cannot be laid over a picture of another size."""
    assert painted.editor.original_step == ""
    painted.editor.canvas.scale(Size(300, 200))
    painted.wait(lambda: painted.editor.document.size.width == 300)
    step = painted.editor.timeline.path()[-1].label
    painted.editor.set_tool_settings(color="#0000ff")
    painted.editor.paint.bucket(Point(10, 10))
    begin(painted)
    wipe, canvas = painted.canvas.before_after.wipe, painted.canvas
    assert wipe is not None
    names = wipe.place_names(canvas.view, QRectF(canvas.rect()), canvas.fontMetrics())
    assert [text for text, _ in names] == [f"Right after “{step}”", "After"]


def test_nothing_is_compared_in_a_photo_that_is_as_it_was_opened(painted: WindowDriver) -> None:
    assert find_action(painted).isEnabled()
    painted.editor.undo()
    assert not find_action(painted).isEnabled()


def test_a_large_photo_is_compared_as_sharp_as_it_is_seen(
    driver: WindowDriver, tmp_path: Path
) -> None:
    """Every second column is black, which a reduced picture would show as gray."""
    stripes = np.zeros((64, 6000, 3), np.uint8)
    stripes[:, ::2] = 255
    path = tmp_path / "stripes.png"
    Image.fromarray(stripes).save(path)
    driver.open(path)
    driver.editor.set_tool_settings(color="#ff0000")
    driver.editor.paint.bucket(Point(0, 0))
    begin(driver)
    driver.canvas.before_after.move(0.5)
    driver.canvas.view.zoom_to(8.0)
    middle = driver.canvas.rect().center()
    levels = {0, 255}
    driver.wait(lambda: set(color_at(driver, middle)) <= levels)
    column = int(driver.canvas.view.document_point(middle).x)
    assert color_at(driver, middle) == tuple(stripes[0, column])


def test_results_are_compared_instead_once_they_come(painted: WindowDriver) -> None:
    begin(painted)
    painted.editor.selection.rectangle(Point(100, 100), Point(200, 200))
    painted.editor.set_generation_settings(prompt="a leaf")
    painted.editor.generation.generate()
    painted.wait(lambda: painted.window.results.chosen is not None)
    assert painted.canvas.before_after.shown is None
    painted.wait(find_action(painted).isEnabled)
    begin(painted)
    assert painted.canvas.before_after.filled_box is not None
