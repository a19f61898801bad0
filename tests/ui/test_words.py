"""Select and replace by words, by typing in the window; the stand-in finds what is red."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QMessageBox

from glide_studio.editor.settings import Tool
from glide_studio.ui.options_bar import OptionsBar
from tests.editor.conftest import photo
from tests.ui.test_menus import bar
from tests.ui.windows import WindowDriver


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
    assert panel.prompt.toPlainText() == "a cup"
