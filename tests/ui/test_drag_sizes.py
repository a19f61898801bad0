"""The size of a frame, read beside the pointer while it is dragged."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from glide_studio.editor.settings import Tool
from glide_studio.ui import theme
from glide_studio.ui.canvas import canvas as canvas_module
from glide_studio.ui.canvas import overlays
from tests.ui.windows import WindowDriver, send_move

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def said(driver: WindowDriver, photo_file: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts beside the pointer, newest last, over a photo of 600 x 400."""
    texts: list[str] = []

    def draw(painter, text, pointer, room) -> None:
        texts.append(text)
        overlays.draw_label(painter, text, pointer, room)

    monkeypatch.setattr(canvas_module, "draw_label", draw)
    driver.open(photo_file)
    return texts


def label_rect(driver: WindowDriver) -> QRect:
    """Where the label's ground is on the canvas; empty if it is nowhere."""
    image = driver.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    pixels = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
    ground = (pixels == QColor(theme.RAISED).getRgb()[:3]).all(-1).astype(np.uint8)
    found = cv2.connectedComponentsWithStats(ground)[2][1:]
    x, y, width, height, area = max(found, key=lambda one: one[4], default=(0, 0, 0, 0, 0))
    return QRect(x, y, width, height) if area > 300 else QRect()


@pytest.mark.parametrize(
    ("tool", "way", "text"),
    [
        (Tool.RECTANGLE, ((100, 100), (200, 150), (350, 280)), "250 × 180"),
        (Tool.ELLIPSE, ((350, 280), (200, 150), (100, 100)), "250 × 180"),
        (Tool.CROP, ((100, 100), (200, 150), (350, 280)), "250 × 180"),
        (Tool.GRADIENT, ((100, 100), (200, 150), (350, 280)), "250 × 180"),
        (Tool.SHAPE, ((100, 100), (200, 150), (350, 280)), "250 × 180"),
        (Tool.EXTEND, ((600, 200), (640, 210), (660, 220)), "660 × 400"),
        (Tool.TRANSFORM, ((600, 400), (500, 300), (300, 200)), "300 × 200"),
    ],
)
def test_the_size_is_read_while_a_frame_is_dragged(
    driver: WindowDriver, said: list[str], tool: Tool, way, text: str
) -> None:
    driver.editor.set_tool_settings(tool=tool)
    QTest.mouseMove(driver.canvas, driver.at(*way[0]))
    assert label_rect(driver).isEmpty(), "before a drag"
    driver.drag(*way, release=False)
    assert not label_rect(driver).isEmpty()
    assert said[-1] == text
    said.clear()
    QTest.mouseRelease(driver.canvas, LEFT, pos=driver.at(*way[-1]))
    driver.wait(lambda: label_rect(driver).isEmpty())
    assert not said


def test_the_angle_is_read_while_a_layer_or_a_crop_is_turned(
    driver: WindowDriver, said: list[str]
) -> None:
    for tool in (Tool.TRANSFORM, Tool.CROP):
        driver.editor.set_tool_settings(tool=tool)
        frame = driver.editor.transform if tool is Tool.TRANSFORM else driver.editor.crop
        assert frame.quad is not None
        frame.set_quad(frame.quad.scale(0.5, 0.5))
        driver.drag((560, 200), (555, 230), (550, 260), release=False)
        assert not label_rect(driver).isEmpty()
        quad = frame.quad
        assert quad.angle == pytest.approx(13.5, abs=1.5)
        size = f"{round(quad.width)} × {round(quad.height)}"
        assert said[-1] == f"{size}   ∠ {quad.angle:.1f}°"
        QTest.mouseRelease(driver.canvas, LEFT, pos=driver.at(550, 260))
        frame.drop()


@pytest.mark.parametrize("angle", [0, 30])
def test_the_size_is_read_within_the_canvas_and_beside_the_pointer(
    driver: WindowDriver, said: list[str], angle: float
) -> None:
    driver.canvas.view.turn(angle)
    canvas, middle = driver.canvas, driver.canvas.rect().center()
    driver.editor.set_tool_settings(tool=Tool.RECTANGLE)
    QTest.mousePress(canvas, LEFT, pos=middle)
    right, bottom = canvas.width() - 1, canvas.height() - 1
    for x, y in ((0, 0), (right, 0), (0, bottom), (right, bottom), (right, middle.y()), (40, 50)):
        send_move(canvas, QPoint(x, y), LEFT)
        rect = label_rect(driver)
        assert canvas.rect().contains(rect.adjusted(-1, -1, 1, 1))
        assert not rect.adjusted(-12, -12, 12, 12).contains(x, y), "clear of the cursor"
        assert (rect.center() - QPoint(x, y)).manhattanLength() < 160
    QTest.mouseRelease(canvas, LEFT, pos=middle)
