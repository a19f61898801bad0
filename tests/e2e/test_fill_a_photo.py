"""The main journey: open, paint, describe, generate, choose, accept, undo, save, open again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget

from glide_studio.document.compositing import composite
from glide_studio.editor.jobs import JobState
from glide_studio.editor.settings import Tool
from tests.editor.conftest import photo
from tests.editor.standin import StandInEngine
from tests.ui.windows import WindowDriver, send_move, tile_place

KEYS = Qt.KeyboardModifier


def seen(driver: WindowDriver) -> np.ndarray:
    document = driver.editor.document
    return composite(document, document.box)


def paint_apple_mask(driver: WindowDriver) -> None:
    driver.drag((260, 180), (300, 200), (340, 220), (300, 240), (260, 200))


def describe(driver: WindowDriver, words: str) -> None:
    driver.window.prompt.prompt.setFocus()
    QTest.keyClicks(driver.window.prompt.prompt, words)


def generate(driver: WindowDriver) -> None:
    if not driver.editor.generation_settings.prompt:
        describe(driver, "a cup")
    QTest.mouseClick(driver.window.prompt.generate, Qt.MouseButton.LeftButton)


def tile(
    driver: WindowDriver, row: int
) -> tuple[QWidget, Qt.MouseButton, Qt.KeyboardModifier, QPoint]:
    """Where a result of the filmstrip is clicked."""
    return tile_place(driver.window.results, row)


def test_a_user_replaces_something_in_a_photo_and_saves_it(
    driver: WindowDriver, photo_file: Path, tmp_path: Path
) -> None:
    driver.open(photo_file)
    assert np.array_equal(seen(driver)[..., :3], photo(600, 400))
    paint_apple_mask(driver)
    mask = driver.editor.selection.painted_mask(driver.editor.document.box)
    assert mask[200, 300] == 255
    assert mask[50, 50] == 0
    describe(driver, "a red apple")
    driver.window.prompt.count.setValue(3)
    driver.window.prompt.steps.setValue(5)
    generate(driver)
    driver.wait(lambda: driver.editor.candidates.is_ready(2))
    (request,) = driver.engine.requests
    assert request.prompt == "a red apple"
    assert [choice.index for choice in driver.window.results.model.choices] == [0, 1, 2]

    QTest.mouseClick(*tile(driver, 2))
    assert driver.editor.candidates.selected == 2
    assert driver.window.results.seam.text() in (
        "✓  Edge not visible",
        "Edge faintly visible",
        "Edge visible",
    )
    assert np.array_equal(seen(driver)[..., :3], photo(600, 400)), "only tried on so far"
    QTest.mouseClick(driver.window.results.accept, Qt.MouseButton.LeftButton)
    assert [layer.name for layer in driver.editor.document.layers] == ["holiday", "a red apple"]
    driver.wait(lambda: driver.editor.candidates.report is not None)
    proof = driver.editor.candidates.report
    assert proof is not None
    assert proof.ok
    after = seen(driver)
    assert np.array_equal(after[mask == 0][:, :3], photo(600, 400)[mask == 0])
    assert not np.array_equal(after[..., :3], photo(600, 400))

    QTest.keyClick(driver.window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert len(driver.editor.document.layers) == 1
    QTest.keyClick(driver.window, Qt.Key.Key_Z, KEYS.ControlModifier | KEYS.ShiftModifier)
    assert np.array_equal(seen(driver), after)

    driver.editor.files.save_later(tmp_path / "out.png")
    driver.editor.files.save_later(tmp_path / "work.glide")
    driver.wait(lambda: not driver.editor.files.writing)
    assert driver.editor.name == "work.glide"
    assert not driver.window.isWindowModified()
    with Image.open(tmp_path / "out.png") as image:
        assert np.array_equal(np.asarray(image.convert("RGB")), after[..., :3])

    driver.open(photo_file)
    assert len(driver.editor.document.layers) == 1
    driver.open(tmp_path / "work.glide")
    assert np.array_equal(seen(driver), after)
    assert len(driver.window.layers.rows) == 2
    QTest.keyClick(driver.window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert len(driver.editor.document.layers) == 1


def test_a_running_fill_shows_its_preview_and_is_cancelled(
    driver: WindowDriver, engine: StandInEngine, photo_file: Path
) -> None:
    engine.pace = 0.005
    driver.open(photo_file)
    paint_apple_mask(driver)
    driver.window.prompt.steps.setValue(1000)
    before = driver.canvas.grab().toImage()
    generate(driver)
    driver.wait(lambda: driver.canvas._preview is not None)
    assert driver.window.prompt.bar.isVisible()
    driver.wait(lambda: driver.canvas.grab().toImage() != before)
    QTest.mouseClick(driver.window.prompt.cancel, Qt.MouseButton.LeftButton)
    (job,) = driver.editor.generation.jobs
    driver.wait(lambda: driver.editor.generation.jobs[job].state.final)
    assert driver.editor.generation.jobs[job].state is JobState.CANCELLED
    assert len(engine.steps_done) < 1000
    assert not driver.window.prompt.bar.isVisible()
    assert not driver.window.results.isVisible()


def test_painting_goes_on_while_a_fill_runs(
    driver: WindowDriver, engine: StandInEngine, photo_file: Path
) -> None:
    engine.pace = 0.02
    driver.open(photo_file)
    paint_apple_mask(driver)
    driver.window.prompt.steps.setValue(60)
    driver.window.prompt.count.setValue(1)
    height = driver.canvas.height()
    generate(driver)
    driver.wait(lambda: driver.canvas.height() < height)  # the filmstrip is there
    driver.drag((100, 100), (150, 120), (200, 100))
    assert driver.editor.selection.painted_mask(driver.editor.document.box)[105, 150] == 255
    driver.wait(lambda: driver.editor.candidates.current is not None)
    QTest.mouseClick(driver.window.results.accept, Qt.MouseButton.LeftButton)
    driver.wait(lambda: driver.editor.candidates.report is not None)
    proof = driver.editor.candidates.report
    assert proof is not None
    assert proof.ok


def test_pause_holds_a_fill_and_resume_finishes_it(
    driver: WindowDriver, engine: StandInEngine, photo_file: Path
) -> None:
    engine.pace = 0.002
    driver.open(photo_file)
    paint_apple_mask(driver)
    driver.window.prompt.steps.setValue(100)
    driver.window.prompt.count.setValue(1)
    generate(driver)
    driver.wait(lambda: len(engine.steps_done) > 3)
    QTest.mouseClick(driver.window.prompt.pause, Qt.MouseButton.LeftButton)

    def makes_no_step() -> bool:
        steps = len(engine.steps_done)
        QTest.qWait(40)
        return len(engine.steps_done) == steps

    driver.wait(makes_no_step)
    assert len(engine.steps_done) < 100
    assert driver.window.prompt.pause.accessibleName() == "Resume"
    QTest.mouseClick(driver.window.prompt.pause, Qt.MouseButton.LeftButton)
    driver.wait(lambda: driver.editor.candidates.current is not None)


def test_pointing_at_a_candidate_shows_it_on_the_canvas(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    paint_apple_mask(driver)
    driver.window.prompt.steps.setValue(2)
    driver.window.prompt.count.setValue(2)
    generate(driver)
    driver.wait(lambda: driver.editor.candidates.current is not None)
    generation = driver.editor.generation
    driver.wait(lambda: generation.candidates.is_ready(1))
    strip, _, _, place = tile(driver, 1)
    QTest.mouseMove(strip, place)
    driver.wait(
        lambda: (
            generation.candidates.previewed is not None
            and generation.candidates.previewed.index == 1
        )
    )
    QTest.mouseMove(driver.window.prompt)
    driver.wait(
        lambda: (
            generation.candidates.previewed is not None
            and generation.candidates.previewed.index == 0
        )
    )
    QTest.mouseClick(driver.window.results.original, Qt.MouseButton.LeftButton)
    assert generation.candidates.previewed is None
    assert driver.window.results.isVisible(), "the results are kept"
    assert len(driver.editor.document.layers) == 1


def test_generate_without_a_mask_says_what_to_do(driver: WindowDriver, photo_file: Path) -> None:
    driver.open(photo_file)
    generate(driver)
    assert driver.window.notices.isVisible()
    assert "paint over what should change" in driver.window.notices.text.text()


def test_a_photo_is_dropped_on_the_window(driver: WindowDriver, photo_file: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(photo_file))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, KEYS.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), copy, data, left, none)
    QApplication.sendEvent(driver.window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(driver.window, QDropEvent(QPointF(300, 300), copy, data, left, none))
    driver.wait(lambda: driver.editor.name == "holiday.png")


def test_a_damaged_file_leaves_the_document_and_says_so(
    driver: WindowDriver, photo_file: Path, tmp_path: Path
) -> None:
    driver.open(photo_file)
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not much of a photo")
    driver.window.file_actions.open_path(tmp_path / "broken.jpg")
    driver.wait(
        lambda: (
            "broken.jpg" in driver.window.notices.text.text()
            and not (driver.window.notices.text.text().startswith("Opening"))
        )
    )
    assert driver.editor.name == "holiday.png"


def test_escape_drops_the_stroke(driver: WindowDriver, photo_file: Path) -> None:
    driver.open(photo_file)
    driver.drag((100, 100), (200, 150), release=False)
    assert driver.editor.shown is not driver.editor.document
    QTest.keyClick(driver.canvas, Qt.Key.Key_Escape)
    send_move(driver.canvas, driver.at(300, 300), Qt.MouseButton.LeftButton)
    QTest.mouseRelease(driver.canvas, Qt.MouseButton.LeftButton, pos=driver.at(300, 300))
    assert len(driver.editor.timeline) == 1
    assert driver.editor.document.selection.content_box().empty


def test_every_mask_tool_paints_what_it_draws(driver: WindowDriver, photo_file: Path) -> None:
    driver.open(photo_file)
    masking, tools = driver.editor.selection, driver.window.tools.actions_by_tool
    whole = driver.editor.document.box
    tools[Tool.RECTANGLE].trigger()
    driver.drag((100, 100), (150, 130), (200, 180))
    assert masking.painted_mask(whole)[140, 150] == 255
    tools[Tool.ERASER].trigger()
    driver.drag((150, 140), (152, 141), (154, 142))
    assert masking.painted_mask(whole)[140, 150] == 0
    QTest.keyClick(driver.window, Qt.Key.Key_D, KEYS.ControlModifier)
    tools[Tool.ELLIPSE].trigger()
    driver.drag((300, 100), (350, 150), (400, 200))
    assert masking.painted_mask(whole)[150, 350] == 255
    assert masking.painted_mask(whole)[103, 303] == 0
    QTest.keyClick(driver.window, Qt.Key.Key_D, KEYS.ControlModifier)
    tools[Tool.LASSO].trigger()
    driver.drag((100, 100), (200, 100), (200, 200), (100, 200))
    assert masking.painted_mask(whole)[150, 150] == 255
    QTest.keyClick(driver.window, Qt.Key.Key_D, KEYS.ControlModifier)
    tools[Tool.POLYGON].trigger()
    for point in ((300, 300), (400, 300), (400, 380)):
        QTest.mouseClick(driver.canvas, Qt.MouseButton.LeftButton, pos=driver.at(*point))
    driver.canvas.setFocus()
    QTest.keyClick(driver.canvas, Qt.Key.Key_Return)
    assert masking.painted_mask(whole)[320, 390] == 255
    QTest.keyClick(driver.window, Qt.Key.Key_X)
    assert masking.painted_mask(whole)[320, 390] == 0
    assert masking.painted_mask(whole)[10, 10] == 255


def test_closing_with_unsaved_changes_asks_first(driver: WindowDriver, photo_file: Path) -> None:
    left: list[bool] = []
    driver.window.closed.connect(lambda: left.append(True))
    driver.open(photo_file)
    paint_apple_mask(driver)
    assert driver.window.isWindowModified()
    driver.window.close()
    assert driver.window.isVisible()
    (question,) = driver.window.findChildren(QMessageBox)
    press(question, "Cancel")
    QTest.qWait(10)
    assert driver.window.isVisible()
    assert not left
    driver.window.close()
    question = driver.window.findChildren(QMessageBox)[-1]
    press(question, "Don’t save")
    driver.wait(lambda: left == [True])


def press(box: QMessageBox, text: str) -> None:
    button = next(one for one in box.findChildren(QPushButton) if one.text().strip("&") == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_layers_are_hidden_reordered_and_deleted(driver: WindowDriver, photo_file: Path) -> None:
    driver.open(photo_file)
    paint_apple_mask(driver)
    driver.window.prompt.steps.setValue(1)
    driver.window.prompt.count.setValue(1)
    generate(driver)
    driver.wait(lambda: driver.editor.candidates.current is not None)
    driver.editor.candidates.accept()
    filled = seen(driver)
    QTest.mouseClick(driver.window.layers.rows[0].eye, Qt.MouseButton.LeftButton)
    assert np.array_equal(seen(driver)[..., :3], photo(600, 400))
    QTest.mouseClick(driver.window.layers.rows[0].eye, Qt.MouseButton.LeftButton)
    assert np.array_equal(seen(driver), filled)
    slider = driver.window.layers.opacity.slider
    slider.setValue(50)
    layer = driver.editor.document.layers[-1]
    assert layer.opacity == 0.5
    driver.window.history.tree.itemClicked.emit(driver.window.history.tree.topLevelItem(1), 0)
    assert len(driver.editor.document.layers) == 1
    assert len(driver.window.layers.rows) == 1
