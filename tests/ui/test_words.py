"""Select and replace by words, by typing in the window; the stand-in finds what is red."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QMessageBox

from glide_studio.editor.settings import Tool
from glide_studio.imaging.geometry import Point
from glide_studio.ui.dialogs import FREE_INTERVAL_MS
from glide_studio.ui.options_bar import OptionsBar
from tests.editor.conftest import photo
from tests.ui.test_menus import bar
from tests.ui.windows import WindowDriver, run_event_loop


@pytest.fixture
def apple(driver: WindowDriver, tmp_path: Path) -> WindowDriver:
    """The window with a photo of a red square."""
    image = photo()
    image[60:120, 100:160] = (210, 20, 30)
    Image.fromarray(image).save(tmp_path / "apple.png")
    driver.open(tmp_path / "apple.png")
    driver.editor.runner.start()
    driver.wait(lambda: driver.editor.engine is not None)
    return driver


def painted(driver: WindowDriver) -> np.ndarray:
    return driver.editor.selection.painted_mask(driver.editor.document.box) > 127


def test_words_in_the_tool_row_select(apple: WindowDriver) -> None:
    options = apple.window.findChild(OptionsBar)
    assert not options.words.isVisible()
    apple.editor.set_tool_settings(tool=Tool.OBJECT)
    assert options.words.isVisible()
    QTest.keyClicks(options.words, "the apple")
    options.words.setFocus()
    QTest.keyClick(options.words, Qt.Key.Key_Return)
    assert apple.editor.words.is_searching
    assert options.words.hasFocus(), "else the next letters choose tools"
    QTest.keyClick(options.words, Qt.Key.Key_E)
    assert apple.editor.tool_settings.tool is Tool.OBJECT
    apple.wait(lambda: painted(apple).any())
    assert options.words.hasFocus()
    assert options.words.text() == "the applee"
    assert painted(apple)[90, 130]
    assert not painted(apple)[30, 30]


def test_words_can_be_asked_for_by_the_menu(apple: WindowDriver) -> None:
    bar(apple)["Mask/Select by words…"].trigger()
    dialog = apple.window.findChild(QInputDialog)
    dialog.setTextValue("the apple")
    dialog.accept()
    apple.wait(lambda: painted(apple).any())


@pytest.mark.parametrize("answer", ["Replace", "Cancel"])
def test_a_replacement_typed_as_a_prompt_asks_first(apple: WindowDriver, answer: str) -> None:
    panel = apple.window.prompt
    panel.prompt.setPlainText("replace the apple with a cup")
    assert panel.generate.text() == "Replace"
    apple.wait(lambda: "asks before" in panel._hint.text())
    QTest.mouseClick(panel.generate, Qt.MouseButton.LeftButton)
    apple.wait(lambda: apple.window.findChild(QMessageBox) is not None)
    box = apple.window.findChild(QMessageBox)
    assert "with a cup?" in box.text()
    assert painted(apple)[90, 130]  # the mask is shown with the question
    button = next(one for one in box.buttons() if one.text().replace("&", "") == answer)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    if answer == "Cancel":
        assert apple.editor.words.pending is None
        assert [request.kind for request in apple.engine.requests] == ["select"]
        return
    apple.wait(lambda: apple.editor.candidates.current is not None)
    assert apple.engine.requests[-1].prompt == "a cup"
    assert panel.prompt.toPlainText() == "replace the apple with a cup"
    assert len(apple.editor.document.layers) == 2, "the apple is gone"
    QTest.mouseClick(apple.window.results.original, Qt.MouseButton.LeftButton)
    assert len(apple.editor.document.layers) == 1, "the apple is back"
    assert painted(apple)[90, 130]


def ask_to_replace(driver: WindowDriver) -> None:
    """Type and press what begins the search for the apple."""
    driver.window.prompt.prompt.setPlainText("replace the apple with a cup")
    driver.window.prompt.submit()


def find_question(driver: WindowDriver) -> QMessageBox | None:
    boxes = driver.window.findChildren(QMessageBox)
    return next((one for one in boxes if one.isVisible() and "a cup?" in one.text()), None)


def press(box: QMessageBox, word: str) -> None:
    button = next(one for one in box.buttons() if one.text().replace("&", "") == word)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("is_gone", [False, True])
def test_the_question_waits_until_another_one_is_answered(
    apple: WindowDriver, photo_file: Path, is_gone: bool
) -> None:
    apple.editor.selection.rectangle(Point(0, 0), Point(20, 20))  # a change to be saved
    ask_to_replace(apple)
    files = apple.editor.files
    apple.window.file_actions.confirm_discard(lambda: files.open(photo_file))
    unsaved = apple.window.findChild(QMessageBox)
    apple.wait(lambda: apple.editor.words.pending is not None)
    QTest.qWait(2 * FREE_INTERVAL_MS)
    assert find_question(apple) is None
    press(unsaved, "Don’t save" if is_gone else "Cancel")
    if is_gone:
        apple.wait(lambda: apple.editor.name == photo_file.name)
        apple.wait(lambda: not apple.window._until_free.isActive())
        assert find_question(apple) is None
    else:
        apple.wait(lambda: find_question(apple) is not None)


def test_another_question_waits_until_the_one_on_replacing_is_answered(
    apple: WindowDriver, photo_file: Path
) -> None:
    ask_to_replace(apple)
    apple.wait(lambda: find_question(apple) is not None)
    apple.window.file_actions.open_path(photo_file)  # which asks once it is read
    run_event_loop(3 * FREE_INTERVAL_MS)
    boxes = [one for one in apple.window.findChildren(QMessageBox) if one.isVisible()]
    assert boxes == [find_question(apple)]
    press(boxes[0], "Cancel")

    def unsaved() -> list[QMessageBox]:
        found = apple.window.findChildren(QMessageBox)
        return [one for one in found if one.isVisible() and "Save the changes" in one.text()]

    apple.wait(lambda: bool(unsaved()))
    press(unsaved()[0], "Cancel")


@pytest.mark.parametrize("place", [(60, 100), (20, 20), (130, 220)])
def test_the_question_does_not_cover_what_it_is_about(
    driver: WindowDriver, tmp_path: Path, place: tuple[int, int]
) -> None:
    image = photo()
    top, left = place
    image[top : top + 60, left : left + 60] = (210, 20, 30)
    Image.fromarray(image).save(tmp_path / "apple.png")
    driver.open(tmp_path / "apple.png")
    driver.editor.runner.start()
    driver.wait(lambda: driver.editor.engine is not None)
    ask_to_replace(driver)
    driver.wait(lambda: find_question(driver) is not None)
    question, canvas = find_question(driver), driver.window.canvas
    mask = canvas.view.widget_rect(driver.editor.document.selection.content_box())
    mask.translate(canvas.mapToGlobal(QPoint(0, 0)))
    assert mask.width() > 50
    assert not question.frameGeometry().intersects(mask)
    assert driver.window.window().geometry().contains(question.geometry())
    question.reject()


def test_what_is_not_found_may_be_what_the_mask_covers(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    driver.editor.runner.start()
    driver.wait(lambda: driver.editor.engine is not None)
    driver.editor.selection.rectangle(Point(40, 50), Point(100, 120))
    ask_to_replace(driver)
    driver.wait(lambda: find_question(driver) is not None)
    question = find_question(driver)
    assert "what the mask covers" in question.text()
    assert "“the apple” was not found" in question.informativeText()
    press(question, "Replace")
    driver.wait(lambda: driver.editor.candidates.current is not None)
    assert driver.engine.requests[-1].prompt == "a cup"
