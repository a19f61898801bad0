"""Where removal may take from, and where never, is seen on the canvas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from glide_studio.document.document_thumbnail import MASK_TINT
from glide_studio.imaging.geometry import Box, Point
from glide_studio.ui.canvas.canvas_frame import SMOOTH_DELAY_MS
from glide_studio.ui.canvas.sampling_marks import (
    AVOID_COLORS,
    SOURCE_COLORS,
    UNLIKE,
    choose_color,
)
from glide_studio.ui.mask_tint import COLORS
from tests.ui.test_results_panel import fill
from tests.ui.windows import WindowDriver, run_event_loop

AREA, OTHER = Box(100, 100, 120, 100), Box(400, 200, 120, 100)
GROUNDS = {
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "gray": (128, 128, 128),
    "red": MASK_TINT,
    "the source's color": SOURCE_COLORS[0],
    "the excluded area's color": AVOID_COLORS[0],
}


def pixels(driver: WindowDriver) -> np.ndarray:
    """What the canvas shows, RGB [h, w, 3]."""
    image = driver.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def part(driver: WindowDriver, box: Box, shown: np.ndarray) -> np.ndarray:
    place = driver.canvas.view.widget_rect(box)
    return shown[place.top() : place.bottom() + 1, place.left() : place.right() + 1]


def paint(driver: WindowDriver, box: Box) -> None:
    driver.editor.selection.rectangle(Point(box.x, box.y), Point(box.right, box.bottom))


@pytest.fixture(params=GROUNDS)
def opened(request: pytest.FixtureRequest, driver: WindowDriver, tmp_path: Path) -> WindowDriver:
    Image.new("RGB", (600, 400), GROUNDS[request.param]).save(tmp_path / "plain.png")
    driver.open(tmp_path / "plain.png")
    return driver


def test_both_areas_are_seen_on_every_photo(opened: WindowDriver) -> None:
    before = pixels(opened)
    paint(opened, AREA)
    opened.editor.retouch.sample_from_mask()
    paint(opened, OTHER)
    opened.editor.retouch.avoid_mask()
    shown = pixels(opened)
    for box in (AREA, OTHER):
        inside = part(opened, box.pad(-10), shown)
        change = np.abs(inside - part(opened, box.pad(-10), before)).max(-1)
        assert change.max() > 80, "lines"
        assert (change > 40).mean() > 0.06
        edge = part(opened, Box(box.x - 4, box.y + 40, 8, 20), shown).mean(-1)
        assert edge.min() < 40, "a black line"
        assert edge.max() > 220, "beside a white one"
    source, avoid = (part(opened, box, shown).mean((0, 1)) for box in (AREA, OTHER))
    assert np.abs(source - avoid).max() > 25
    opened.editor.retouch.sample_everywhere()
    assert np.array_equal(pixels(opened), before)


@pytest.mark.parametrize("mask", [name for name, _ in COLORS])
def test_the_areas_never_have_the_color_of_the_mask(mask: str) -> None:
    tint = QColor(dict(COLORS)[mask]).getRgb()[:3]
    chosen = [choose_color(colors, tint) for colors in (SOURCE_COLORS, AVOID_COLORS)]
    assert all(np.linalg.norm(np.subtract(one, tint)) >= UNLIKE for one in chosen)
    assert np.linalg.norm(np.subtract(*chosen)) >= UNLIKE


def test_the_areas_go_with_the_mask_out_of_view_and_follow_the_photo(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    canvas, editor = driver.canvas, driver.editor
    run_event_loop(2 * SMOOTH_DELAY_MS)
    bare = pixels(driver)
    paint(driver, AREA)
    editor.retouch.sample_from_mask()
    hatched = pixels(driver)
    assert not np.array_equal(hatched, bare)
    area = part(driver, AREA, hatched)
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Q)
    assert np.array_equal(part(driver, AREA, pixels(driver)), part(driver, AREA, bare))
    QTest.keyClick(canvas, Qt.Key.Key_Q)
    canvas.view.pan(40, 0)
    # Lines stay on the photo; a view that follows fast is drawn smoothly a moment later.
    driver.wait(lambda: np.array_equal(part(driver, AREA, pixels(driver)), area))
    canvas.view.pan(-40, 0)
    paint(driver, OTHER)
    fill(driver, "a cup", 1)
    seen = part(driver, AREA, pixels(driver))
    canvas.show_mask(False)
    assert np.array_equal(part(driver, AREA, pixels(driver)), seen), "no lines over a result"
