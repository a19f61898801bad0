"""Image > Upscale: scale, method with its preview, and what was measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from glide_studio.api.engine_protocol import EnlargingMeasure
from glide_studio.editor.upscale_actions import UpscaleProgress
from glide_studio.imaging.geometry import Size
from glide_studio.ui.upscale_dialog import UpscaleDialog, describe_figures, describe_measure
from tests.ui.windows import WindowDriver


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
