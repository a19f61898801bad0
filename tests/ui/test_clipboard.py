"""Copy and Paste through the system's clipboard, and commands that can be copied."""

from __future__ import annotations

from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PySide6.QtCore import QByteArray, QMimeData, Qt, QUrl
from PySide6.QtGui import QColor, QColorSpace, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from glide_studio.document.compositing import composite
from glide_studio.editor.state import Severity
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Point
from glide_studio.io.images.extras import MissingExtra
from glide_studio.io.images.picture import Picture
from glide_studio.io.images.read import decode_in_process
from glide_studio.io.images.write import encode_png
from glide_studio.ui.clipboard import find_picture, from_image, to_image
from glide_studio.ui.commands import list_commands
from glide_studio.ui.shortcuts import PRESETS, SEPARATOR, apply_shortcuts, portable
from tests.editor.test_exports import told
from tests.ui.test_menus import bar
from tests.ui.windows import WindowDriver

WIDE = imagecodecs.cms_profile("adobergb")


def pixels(dtype: type[np.unsignedinteger] = np.uint8) -> np.ndarray:
    top = np.iinfo(dtype).max
    made = np.random.default_rng(1).integers(0, top, (7, 5, 4)).astype(dtype)
    made[..., 3] |= 1
    return made


def test_a_layer_goes_to_the_clipboard_and_comes_back(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    actions = bar(driver)
    actions["Edit/Copy layer"].trigger()
    clipboard = QGuiApplication.clipboard()
    driver.wait(lambda: clipboard.mimeData() is not None and clipboard.mimeData().hasImage())
    content = clipboard.mimeData()
    shown = composite(driver.editor.document, driver.editor.document.box)
    png = decode_in_process("png", content.data("image/png").data(), "a.png")
    assert np.array_equal(png.pixels, shown)
    assert np.array_equal(from_image(QImage(content.imageData())).pixels, shown)
    before = len(driver.editor.document.layers)
    actions["Edit/Paste"].trigger()
    driver.wait(lambda: len(driver.editor.document.layers) == before + 1)
    assert np.array_equal(composite(driver.editor.document, driver.editor.document.box), shown)


def test_paste_waits_for_the_copy_before_it(driver: WindowDriver, photo_file: Path) -> None:
    driver.open(photo_file)
    QGuiApplication.clipboard().clear()
    bar(driver)["Edit/Copy layer"].trigger()
    bar(driver)["Edit/Paste"].trigger()
    driver.wait(lambda: len(driver.editor.document.layers) == 2)
    driver.editor.canvas.rotate(1)
    bar(driver)["Edit/Paste"].trigger()
    driver.wait(lambda: len(driver.editor.document.layers) == 3)


def test_what_is_painted_is_cut_and_pasted_in_its_place(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    editor = driver.editor
    shown = composite(editor.document, editor.document.box)
    editor.selection.rectangle(Point(20, 30), Point(60, 50))
    QGuiApplication.clipboard().clear()
    heard = told(editor)
    driver.canvas.setFocus()
    window, control = driver.window.windowHandle(), Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(window, Qt.Key.Key_X, control)
    QTest.keyClick(window, Qt.Key.Key_V, control)
    driver.wait(lambda: len(editor.document.layers) == 2)
    assert [state.label for state in editor.timeline.states][-2:] == ["Cut", "Paste"]
    assert "Cut 40 x 20 pixels." in heard
    photo, pasted = editor.document.layers
    assert photo.raster is not None
    assert pasted.raster is not None
    assert not photo.raster.read(Box(20, 30, 40, 20))[..., 3].any()
    assert pasted.raster.content_box() == Box(20, 30, 40, 20)
    assert np.array_equal(composite(editor.document, editor.document.box), shown)


@pytest.mark.parametrize("preset", PRESETS)
def test_ctrl_x_cuts_in_every_preset(driver: WindowDriver, preset: str) -> None:
    apply_shortcuts(driver.window.menu_bar, PRESETS[preset])
    commands = list_commands(driver.window.menu_bar)
    assert [one.id for one in commands if "Ctrl+X" in portable(one).split(SEPARATOR)] == [
        "Edit › Cut"
    ]


def test_an_empty_clipboard_is_said(driver: WindowDriver, photo_file: Path) -> None:
    driver.open(photo_file)
    QGuiApplication.clipboard().clear()
    bar(driver)["Edit/Paste"].trigger()
    assert "no picture on the clipboard" in driver.window.notices.text.text()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_png_keeps_depth_transparency_and_profile(dtype: type[np.unsignedinteger]) -> None:
    content = QMimeData()
    made = pixels(dtype)
    content.setData("image/png", QByteArray(encode_png(Picture(made, True, WIDE))))
    content.setImageData(QImage(3, 3, QImage.Format.Format_RGB32))
    found = find_picture(content)()
    assert np.array_equal(found.pixels, made)
    assert found.icc == WIDE


def test_pictures_of_other_programs_keep_their_transparency_and_profile() -> None:
    picture = Picture(pixels(), True, WIDE)
    back = from_image(to_image(picture))
    assert np.array_equal(back.pixels, picture.pixels)
    assert back.icc is not None
    image = QImage(4, 3, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 20, 30))
    image.setColorSpace(QColorSpace(QColorSpace.NamedColorSpace.SRgb))
    plain = from_image(image)
    assert plain.pixels[0, 0].tolist() == [10, 20, 30, 255]
    assert (plain.icc, plain.has_alpha) == (None, False)
    deep = QImage(4, 3, QImage.Format.Format_RGBA64)
    deep.fill(QColor.fromRgba64(1000, 2000, 3000, 65535))
    assert from_image(deep).pixels[0, 0].tolist() == [1000, 2000, 3000, 65535]


def test_a_file_of_a_file_manager_is_pasted(photo_file: Path) -> None:
    content = QMimeData()
    content.setUrls([QUrl.fromLocalFile(str(photo_file))])
    assert find_picture(content)().size.area > 1000
    content.setUrls([QUrl("https://example.org/a.png")])
    with pytest.raises(GlideError, match="no picture"):
        find_picture(content)


def test_the_command_of_a_missing_extra_can_be_copied(driver: WindowDriver) -> None:
    driver.editor.notify_error(MissingExtra("It needs a package.", "pip install it"))
    buttons = driver.window.notices.findChildren(QPushButton)
    (button,) = [one for one in buttons if one.text() == "Copy command"]
    assert button.isVisible()
    button.click()
    assert QGuiApplication.clipboard().text() == "pip install it"
    driver.editor.state.notify("Something else.", Severity.ERROR)
    assert not button.isVisible()
