"""The main journey: open, paint, describe, generate, choose, accept, undo, save, open again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton

from glide_studio.document.compositing import composite
from glide_studio.editor.jobs import JobState
from glide_studio.editor.settings import Tool
from tests.editor.conftest import photo
from tests.editor.standin import StandInEngine
from tests.ui.windows import WindowDriver, send_move

KEYS = Qt.KeyboardModifier


def seen(editor: WindowDriver) -> np.ndarray:
    document = editor.session.document
    return composite(document, document.box)


def paint_apple_mask(editor: WindowDriver) -> None:
    editor.drag((260, 180), (300, 200), (340, 220), (300, 240), (260, 200))


def describe(editor: WindowDriver, words: str) -> None:
    editor.window.prompt.prompt.setFocus()
    QTest.keyClicks(editor.window.prompt.prompt, words)


def generate(editor: WindowDriver) -> None:
    if not editor.session.generation_settings.prompt:
        describe(editor, "a cup")
    QTest.mouseClick(editor.window.prompt.generate, Qt.MouseButton.LeftButton)


def test_a_user_replaces_something_in_a_photo_and_saves_it(
    editor: WindowDriver, photo_file: Path, tmp_path: Path
) -> None:
    editor.open(photo_file)
    assert np.array_equal(seen(editor)[..., :3], photo(600, 400))
    paint_apple_mask(editor)
    mask = editor.session.selection.painted_mask(editor.session.document.box)
    assert mask[200, 300] == 255
    assert mask[50, 50] == 0
    describe(editor, "a red apple")
    editor.window.prompt.count.setValue(3)
    editor.window.prompt.steps.setValue(5)
    generate(editor)
    editor.wait(lambda: editor.session.generation.is_ready(2))
    (request,) = editor.engine.requests
    assert request.prompt == "a red apple"
    assert sorted(editor.window.candidates.thumbnails) == [0, 1, 2]

    QTest.mouseClick(editor.window.candidates.thumbnails[2], Qt.MouseButton.LeftButton)
    assert editor.session.generation.selected == 2
    assert editor.window.candidates.seam.text() in (
        "Blends in",
        "Edge faintly visible",
        "Edge visible",
    )
    assert np.array_equal(seen(editor)[..., :3], photo(600, 400)), "only tried on so far"
    QTest.mouseClick(editor.window.candidates.accept, Qt.MouseButton.LeftButton)
    assert [layer.name for layer in editor.session.document.layers] == ["holiday", "a red apple"]
    proof = editor.session.generation.report
    assert proof is not None
    assert proof.ok
    after = seen(editor)
    assert np.array_equal(after[mask == 0][:, :3], photo(600, 400)[mask == 0])
    assert not np.array_equal(after[..., :3], photo(600, 400))

    QTest.keyClick(editor.window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert len(editor.session.document.layers) == 1
    QTest.keyClick(editor.window, Qt.Key.Key_Z, KEYS.ControlModifier | KEYS.ShiftModifier)
    assert np.array_equal(seen(editor), after)

    editor.session.files.save_later(tmp_path / "out.png")
    editor.session.files.save_later(tmp_path / "work.glide")
    editor.wait(lambda: editor.session.name == "work.glide")
    assert not editor.window.isWindowModified()
    with Image.open(tmp_path / "out.png") as image:
        assert np.array_equal(np.asarray(image.convert("RGB")), after[..., :3])

    editor.open(photo_file)
    assert len(editor.session.document.layers) == 1
    editor.open(tmp_path / "work.glide")
    assert np.array_equal(seen(editor), after)
    assert len(editor.window.layers.rows) == 2
    QTest.keyClick(editor.window, Qt.Key.Key_Z, KEYS.ControlModifier)
    assert len(editor.session.document.layers) == 1


def test_a_running_fill_shows_its_preview_and_is_cancelled(
    editor: WindowDriver, engine: StandInEngine, photo_file: Path
) -> None:
    engine.pace = 0.005
    editor.open(photo_file)
    paint_apple_mask(editor)
    editor.window.prompt.steps.setValue(1000)
    before = editor.canvas.grab().toImage()
    generate(editor)
    editor.wait(lambda: editor.canvas._preview is not None)
    assert editor.window.prompt.bar.isVisible()
    QTest.qWait(30)
    assert editor.canvas.grab().toImage() != before
    QTest.mouseClick(editor.window.prompt.cancel, Qt.MouseButton.LeftButton)
    (job,) = editor.session.generation.jobs
    editor.wait(lambda: editor.session.generation.jobs[job].state is JobState.CANCELLED, 300)
    assert not editor.window.prompt.bar.isVisible()
    assert not editor.window.candidates.isVisible()


def test_painting_goes_on_while_a_fill_runs(
    editor: WindowDriver, engine: StandInEngine, photo_file: Path
) -> None:
    engine.pace = 0.005
    editor.open(photo_file)
    paint_apple_mask(editor)
    editor.window.prompt.steps.setValue(60)
    editor.window.prompt.count.setValue(1)
    generate(editor)
    editor.drag((100, 100), (150, 120), (200, 100))
    assert editor.session.selection.painted_mask(editor.session.document.box)[105, 150] == 255
    editor.wait(lambda: editor.session.generation.current is not None)
    QTest.mouseClick(editor.window.candidates.accept, Qt.MouseButton.LeftButton)
    proof = editor.session.generation.report
    assert proof is not None
    assert proof.ok


def test_pause_holds_a_fill_and_resume_finishes_it(
    editor: WindowDriver, engine: StandInEngine, photo_file: Path
) -> None:
    engine.pace = 0.002
    editor.open(photo_file)
    paint_apple_mask(editor)
    editor.window.prompt.steps.setValue(100)
    editor.window.prompt.count.setValue(1)
    generate(editor)
    editor.wait(lambda: len(engine.steps_done) > 3)
    QTest.mouseClick(editor.window.prompt.pause, Qt.MouseButton.LeftButton)
    QTest.qWait(30)
    steps = len(engine.steps_done)
    QTest.qWait(40)
    assert len(engine.steps_done) == steps
    assert editor.window.prompt.pause.accessibleName() == "Resume"
    QTest.mouseClick(editor.window.prompt.pause, Qt.MouseButton.LeftButton)
    editor.wait(lambda: editor.session.generation.current is not None)


def test_pointing_at_a_candidate_shows_it_on_the_canvas(
    editor: WindowDriver, photo_file: Path
) -> None:
    editor.open(photo_file)
    paint_apple_mask(editor)
    editor.window.prompt.steps.setValue(2)
    editor.window.prompt.count.setValue(2)
    generate(editor)
    editor.wait(lambda: editor.session.generation.current is not None)
    generation = editor.session.generation
    editor.wait(lambda: generation.is_ready(1))
    QTest.mouseMove(editor.window.candidates.thumbnails[1])
    editor.wait(lambda: generation.previewed is not None and generation.previewed.index == 1)
    QTest.mouseMove(editor.window.prompt)
    editor.wait(lambda: generation.previewed is not None and generation.previewed.index == 0)
    QTest.mouseClick(editor.window.candidates.discard, Qt.MouseButton.LeftButton)
    assert generation.previewed is None
    assert not editor.window.candidates.isVisible()
    assert len(editor.session.document.layers) == 1


def test_generate_without_a_mask_says_what_to_do(editor: WindowDriver, photo_file: Path) -> None:
    editor.open(photo_file)
    generate(editor)
    assert editor.window.notices.isVisible()
    assert "paint over what should change" in editor.window.notices.text.text()


def test_a_photo_is_dropped_on_the_window(editor: WindowDriver, photo_file: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(photo_file))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, KEYS.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), copy, data, left, none)
    QApplication.sendEvent(editor.window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(editor.window, QDropEvent(QPointF(300, 300), copy, data, left, none))
    editor.wait(lambda: editor.session.name == "holiday.png")


def test_a_damaged_file_leaves_the_document_and_says_so(
    editor: WindowDriver, photo_file: Path, tmp_path: Path
) -> None:
    editor.open(photo_file)
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not much of a photo")
    editor.window.file_actions.open_path(tmp_path / "broken.jpg")
    editor.wait(
        lambda: (
            "broken.jpg" in editor.window.notices.text.text()
            and not (editor.window.notices.text.text().startswith("Opening"))
        )
    )
    assert editor.session.name == "holiday.png"


def test_escape_drops_the_stroke(editor: WindowDriver, photo_file: Path) -> None:
    editor.open(photo_file)
    editor.drag((100, 100), (200, 150), release=False)
    assert editor.session.shown is not editor.session.document
    QTest.keyClick(editor.canvas, Qt.Key.Key_Escape)
    send_move(editor.canvas, editor.at(300, 300), Qt.MouseButton.LeftButton)
    QTest.mouseRelease(editor.canvas, Qt.MouseButton.LeftButton, pos=editor.at(300, 300))
    assert len(editor.session.timeline) == 1
    assert editor.session.document.selection.content_box().empty


def test_every_mask_tool_paints_what_it_draws(editor: WindowDriver, photo_file: Path) -> None:
    editor.open(photo_file)
    masking, tools = editor.session.selection, editor.window.tools.actions_by_tool
    whole = editor.session.document.box
    tools[Tool.RECTANGLE].trigger()
    editor.drag((100, 100), (150, 130), (200, 180))
    assert masking.painted_mask(whole)[140, 150] == 255
    tools[Tool.ERASER].trigger()
    editor.drag((150, 140), (152, 141), (154, 142))
    assert masking.painted_mask(whole)[140, 150] == 0
    QTest.keyClick(editor.window, Qt.Key.Key_D, KEYS.ControlModifier)
    tools[Tool.ELLIPSE].trigger()
    editor.drag((300, 100), (350, 150), (400, 200))
    assert masking.painted_mask(whole)[150, 350] == 255
    assert masking.painted_mask(whole)[103, 303] == 0
    QTest.keyClick(editor.window, Qt.Key.Key_D, KEYS.ControlModifier)
    tools[Tool.LASSO].trigger()
    editor.drag((100, 100), (200, 100), (200, 200), (100, 200))
    assert masking.painted_mask(whole)[150, 150] == 255
    QTest.keyClick(editor.window, Qt.Key.Key_D, KEYS.ControlModifier)
    tools[Tool.POLYGON].trigger()
    for point in ((300, 300), (400, 300), (400, 380)):
        QTest.mouseClick(editor.canvas, Qt.MouseButton.LeftButton, pos=editor.at(*point))
    editor.canvas.setFocus()
    QTest.keyClick(editor.canvas, Qt.Key.Key_Return)
    assert masking.painted_mask(whole)[320, 390] == 255
    QTest.keyClick(editor.window, Qt.Key.Key_X)
    assert masking.painted_mask(whole)[320, 390] == 0
    assert masking.painted_mask(whole)[10, 10] == 255


def test_closing_with_unsaved_changes_asks_first(editor: WindowDriver, photo_file: Path) -> None:
    left: list[bool] = []
    editor.window.closed.connect(lambda: left.append(True))
    editor.open(photo_file)
    paint_apple_mask(editor)
    assert editor.window.isWindowModified()
    editor.window.close()
    assert editor.window.isVisible()
    (question,) = editor.window.findChildren(QMessageBox)
    press(question, "Cancel")
    QTest.qWait(10)
    assert editor.window.isVisible()
    assert not left
    editor.window.close()
    question = editor.window.findChildren(QMessageBox)[-1]
    press(question, "Don’t save")
    editor.wait(lambda: left == [True])


def press(box: QMessageBox, text: str) -> None:
    button = next(one for one in box.findChildren(QPushButton) if one.text().strip("&") == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_layers_are_hidden_reordered_and_deleted(editor: WindowDriver, photo_file: Path) -> None:
    editor.open(photo_file)
    paint_apple_mask(editor)
    editor.window.prompt.steps.setValue(1)
    editor.window.prompt.count.setValue(1)
    generate(editor)
    editor.wait(lambda: editor.session.generation.current is not None)
    editor.session.generation.accept()
    filled = seen(editor)
    QTest.mouseClick(editor.window.layers.rows[0].eye, Qt.MouseButton.LeftButton)
    assert np.array_equal(seen(editor)[..., :3], photo(600, 400))
    QTest.mouseClick(editor.window.layers.rows[0].eye, Qt.MouseButton.LeftButton)
    assert np.array_equal(seen(editor), filled)
    slider = editor.window.layers.opacity.slider
    slider.setValue(50)
    layer = editor.session.document.layers[-1]
    assert layer.opacity == 0.5
    editor.window.history.tree.itemClicked.emit(editor.window.history.tree.topLevelItem(1), 0)
    assert len(editor.session.document.layers) == 1
    assert len(editor.window.layers.rows) == 1
