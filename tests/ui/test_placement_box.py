"""The folded part of the prompt panel: how an object sits in the photo."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint

from glide_studio.imaging.blending.object_placement import PlacementOptions
from glide_studio.imaging.geometry import Point
from glide_studio.ui.placement_box import ALIGNMENTS, DIRECTIONS, FITS, PlacementBox
from glide_studio.ui.widgets import ScrolledPanel
from tests.editor.standin import StandInEngine
from tests.ui.windows import WindowDriver


def opened(driver: WindowDriver) -> PlacementBox:
    box: PlacementBox = driver.window.findChild(PlacementBox)
    box.header.setChecked(True)
    return box


def test_it_is_folded_until_it_is_asked_for(driver: WindowDriver, photo_file: Path) -> None:
    box = driver.window.findChild(PlacementBox)
    assert box.isHidden()
    box.header.click()
    assert not box.isHidden()


@pytest.mark.parametrize("height", [640, 700])
def test_what_opens_is_in_view_in_a_small_window(
    driver: WindowDriver, photo_file: Path, height: int
) -> None:
    driver.window.resize(1024, height)
    driver.open(photo_file)
    box = driver.window.findChild(PlacementBox)
    (panel,) = driver.window.findChildren(ScrolledPanel)
    view = panel.viewport()
    box.header.click()
    driver.wait(lambda: panel.verticalScrollBar().value() > 0, 10)
    header = box.header.mapTo(view, QPoint(0, 0)).y()
    bottom = box.mapTo(view, QPoint(0, box.height())).y()
    assert header >= 0, "what it belongs to stays in view"
    assert bottom <= view.height() or header == 0, "as much of it as there is room for"
    box.header.click()
    assert box.isHidden()


def test_every_control_changes_the_settings(driver: WindowDriver) -> None:
    box, settings = opened(driver), lambda: driver.editor.generation_settings
    for combo, choices, field in (
        (box.fit, FITS, "fit"),
        (box.align, ALIGNMENTS, "align"),
        (box.direction, DIRECTIONS, "shadow_direction"),
    ):
        for index, (_, value) in enumerate(choices):
            combo.activated.emit(index)
            assert getattr(settings().placement, field) == value
    for name, check in box.switches.items():
        check.click()
        assert getattr(settings().placement, name) is False
    box.shadow.slider.setValue(20)
    assert settings().placement.shadow == 0.2
    for check in (box.shadow_outside, box.shadow_layer, box.clear_first):
        check.click()
    assert settings().placement.shadow_outside
    assert settings().shadow_layer
    assert settings().clear_first


def test_results_that_are_there_are_not_replaced_again_and_this_is_said(
    driver: WindowDriver, photo_file: Path
) -> None:
    box, editor = opened(driver), driver.editor
    told: list[str] = []
    editor.notice.connect(lambda notice: told.append(notice.text))
    box.clear_first.click()
    assert told == [], "no results, nothing to tell"
    driver.open(photo_file)
    editor.selection.rectangle(Point(100, 100), Point(140, 140))
    editor.set_generation_settings(prompt="a cup", clear_first=False)
    editor.generation.generate()
    driver.wait(lambda: editor.candidates.current is not None)
    before = editor.candidates.current
    assert before is not None
    box.clear_first.click()
    assert told[-1] == "Applies to the next Generate; the results below stay as they are."
    assert editor.generation_settings.clear_first
    driver.wait(lambda: "results below" in driver.window.notices.text.text())
    assert all(one.cleared is None for one in editor.generation.jobs[before.id].fitted.values())
    assert "next Generate" in box.clear_first.toolTip()


def test_it_shows_what_the_settings_say(driver: WindowDriver) -> None:
    box = opened(driver)
    driver.editor.set_generation_settings(
        placement=PlacementOptions(fit="keep", grain=False, shadow=0.0), shadow_layer=True
    )
    assert box.fit.currentData() == "keep"
    assert not box.align.isEnabled()
    assert not box.direction.isEnabled()
    assert not box.switches["grain"].isChecked()
    assert box.shadow_layer.isChecked()
    driver.editor.set_generation_settings(placement=PlacementOptions(shadow_direction=0.123))
    assert box.direction.currentIndex() == -1


def test_the_names_of_models_are_not_cut(driver: WindowDriver) -> None:
    combo = driver.window.prompt.model
    driver.window.resize(1280, 800)
    driver.window.show()
    needed = combo.fontMetrics().horizontalAdvance("objects")
    assert combo.width() - 40 >= needed


@pytest.mark.parametrize("alpha", [False, True])
def test_a_model_that_changes_the_picture_has_a_strength_instead(
    driver: WindowDriver, engine: StandInEngine, photo_file: Path, alpha: bool
) -> None:
    engine.alpha = alpha
    panel, editor = driver.window.prompt, driver.editor
    assert panel.placement.header.isVisible(), "as the bundled model, until the engine is there"
    editor.runner.start()
    driver.wait(lambda: editor.engine is not None)
    driver.wait(lambda: panel.strength.isVisible() is not alpha)
    assert panel.placement.header.isVisible() is alpha
    driver.open(photo_file)
    editor.selection.rectangle(Point(100, 100), Point(140, 140))
    editor.set_generation_settings(prompt="a cup")
    panel.strength.slider.setValue(60)
    assert editor.generation_settings.sampling.strength == 0.6
    editor.generation.generate()
    driver.wait(lambda: bool(engine.requests))
    assert engine.requests[-1].sampling.strength == (1.0 if alpha else 0.6)
