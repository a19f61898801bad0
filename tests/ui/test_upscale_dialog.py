"""Image > Upscale: scale, method with its preview, and what was measured."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from glide_studio.api.engine_protocol import EnlargingMeasure
from glide_studio.editor.upscale_actions import UpscaleProgress
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.ui.upscale_dialog import UpscaleDialog, describe_figures, describe_measure
from tests.ui.windows import WindowDriver, send_move


def test_the_sentence_says_which_is_better() -> None:
    better, worse = EnlargingMeasure(0.2, 0.3), EnlargingMeasure(0.5, 0.3)
    assert "the model came nearer to the original" in describe_measure(better)
    assert "interpolation came nearer to the original" in describe_measure(worse)
    assert "0.50 by the model, 0.30 by interpolation" in describe_figures(worse)
    assert "not measured" in describe_measure(None)
    assert describe_figures(None) == ""


def test_interpolation_is_chosen_where_nothing_was_measured_and_enlarges(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    size = driver.editor.document.size
    dialog = UpscaleDialog(driver.window, driver.editor)
    dialog.show()
    assert (dialog.scale, dialog.method) == (2, "lanczos")
    driver.wait(lambda: not dialog.previews["lanczos"].pixmap().isNull())
    dialog.scales.button(1).click()
    assert dialog.scale == 4
    dialog.scales.button(0).click()
    dialog._apply()
    driver.wait(lambda: driver.editor.document.size == Size(2 * size.width, 2 * size.height))


def test_another_place_is_previewed_by_a_click_a_drag_or_an_arrow(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    upscale = driver.editor.upscale
    dialog = UpscaleDialog(driver.window, driver.editor)
    dialog.show()
    asked: list[Box] = []
    shown: list[int] = []
    preview = upscale.preview

    def ask(scale: int, middle: Point | None = None) -> None:
        asked.append(upscale.preview_box(middle))
        preview(scale, middle)

    upscale.preview = ask  # type: ignore[method-assign]
    upscale.interpolated.connect(lambda picture: shown.append(1))
    driver.wait(lambda: dialog.overview._picture is not None and bool(shown))
    overview = dialog.overview
    before = dialog.previews["lanczos"].pixmap().toImage()
    assert (overview.width(), overview.height()) == (160, 107)
    asked.clear()
    shown.clear()
    QTest.mousePress(overview, Qt.MouseButton.LeftButton, pos=QPoint(80, 50))
    send_move(overview, QPoint(60, 40), Qt.MouseButton.LeftButton)
    send_move(overview, QPoint(1, 1), Qt.MouseButton.LeftButton)
    QTest.mouseRelease(overview, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert not asked, "nothing is enlarged on the way"
    driver.wait(lambda: bool(shown))
    assert asked == [Box(0, 0, 64, 64)]
    assert dialog.previews["lanczos"].pixmap().toImage() != before
    QTest.keyClick(overview, Qt.Key.Key_Right)
    driver.wait(lambda: len(shown) == 2)
    assert asked[1:] == [Box(32, 0, 64, 64)]
    dialog.scales.button(1).click()
    assert asked[2:] == [Box(32, 0, 64, 64)], "the place is kept"
    dialog.close()


def test_an_error_is_shown_in_the_dialog(driver: WindowDriver, photo_file: Path) -> None:
    driver.open(photo_file)
    dialog = UpscaleDialog(driver.window, driver.editor)
    dialog.show()
    driver.editor.upscale.progress.emit(UpscaleProgress(error="It cannot.", done=True))
    assert dialog.verdict.text() == "It cannot."
    assert dialog.isVisible()


@pytest.mark.parametrize("name", ["Upscale"])
def test_it_is_in_the_image_menu(driver: WindowDriver, name: str) -> None:
    texts = [action.text() for action in driver.window.image_menu.actions()]
    assert any(name in text.replace("&", "") for text in texts)
