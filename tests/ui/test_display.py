"""The canvas in the display's profile, and the preference for it."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PySide6.QtGui import QColor

from glide_studio.document.document_thumbnail import MASK_OPACITY, MASK_TINT
from glide_studio.editor.settings import Tool
from glide_studio.errors import GlideError
from glide_studio.imaging.display import make_display_transform
from glide_studio.ui.display_profile import read_x11_profile
from glide_studio.ui.preferences import SRGB_DISPLAY, SYSTEM_DISPLAY, Preferences
from glide_studio.ui.studio_window import StudioWindow
from tests.editor.conftest import photo
from tests.ui.test_canvas import pixels
from tests.ui.test_menus import bar
from tests.ui.windows import WindowDriver

ADOBE = imagecodecs.cms_profile("adobergb")


def test_a_chosen_file_is_what_colors_are_shown_in(
    driver: WindowDriver, photo_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "wide.icc"
    path.write_bytes(ADOBE)
    driver.editor.set_tool_settings(tool=Tool.HAND)
    driver.open(photo_file)
    driver.canvas.view.zoom_to(1.0)
    view = driver.canvas.view.viewport
    here = slice(view.top, view.top + 400), slice(view.left, view.left + 600)
    driver.window.display.choose(str(path))
    rgba = np.dstack([photo(600, 400), np.full((400, 600), 255, np.uint8)])
    wanted = make_display_transform(None, ADOBE)(rgba)[..., :3]
    assert np.abs(wanted.astype(int) - rgba[..., :3]).max() > 8
    # A busy machine shows it coarsely at first.
    driver.wait(lambda: np.array_equal(pixels(driver.canvas.grab().toImage())[here], wanted))
    assert driver.window.display.file.isChecked()
    assert Preferences().display == str(path)
    driver.window.display.choose(SRGB_DISPLAY)
    driver.wait(lambda: np.array_equal(pixels(driver.canvas.grab().toImage())[here], rgba[..., :3]))
    assert driver.window.display.srgb.isChecked()


def test_a_file_that_is_no_profile_changes_nothing(driver: WindowDriver, photo_file: Path) -> None:
    driver.window.display.choose(str(photo_file))
    assert "no profile of an RGB display" in driver.window.notices.text.text()
    assert Preferences().display == SYSTEM_DISPLAY
    assert driver.window.display.system.isChecked()


@pytest.mark.parametrize(
    "content", ["", "[mask", "[mask]\ncolor=fish\nopacity=much\n", "[mask]\nopacity=7\n", "\0\xff"]
)
def test_damaged_preferences_count_as_never_set(content: str) -> None:
    preferences = Preferences()
    preferences.mask_color, preferences.mask_opacity = QColor("#3fd07a"), 0.75
    path = Path(preferences.file.fileName())
    assert Preferences().mask_color == QColor("#3fd07a")
    assert Preferences().mask_opacity == 0.75
    path.write_text(content)
    after = Preferences()
    assert (after.mask_color, after.mask_opacity) == (QColor(*MASK_TINT), MASK_OPACITY)
    assert after.display == SYSTEM_DISPLAY


def test_preferences_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    preferences = Preferences()
    Path(preferences.file.fileName()).mkdir(parents=True)
    with pytest.raises(GlideError, match="cannot be saved"):
        preferences.display = SRGB_DISPLAY


def test_the_masks_color_and_opacity_are_chosen_in_the_view_menu(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.editor.set_tool_settings(tool=Tool.HAND)
    driver.open(photo_file)
    driver.canvas.view.zoom_to(1.0)
    plain = pixels(driver.canvas.grab().toImage()).astype(float)
    driver.editor.selection.select_all()
    menu = bar(driver)
    menu["View/Mask color/Green"].trigger()
    menu["View/Mask color/75% opaque"].trigger()
    assert menu["View/Mask color/Green"].isChecked()
    assert not menu["View/Mask color/Red"].isChecked()
    view = driver.canvas.view.viewport
    place = view.top + 200, view.left + 300
    seen = pixels(driver.canvas.grab().toImage())[place]
    wanted = plain[place] + 0.75 * (np.array([0x3F, 0xD0, 0x7A]) - plain[place])
    assert np.abs(seen - wanted).max() < 2
    assert Preferences().mask_color == QColor("#3fd07a")


def test_the_window_fits_the_screen_and_keeps_its_size_for_the_next_start(
    driver: WindowDriver,
) -> None:
    first = StudioWindow(lambda: driver.editor)
    assert first.height() <= first.screen().availableSize().height()
    assert first.width() <= max(first.screen().availableSize().width(), first.minimumWidth())
    first.resize(980, 700)
    first.close()
    first.deleteLater()
    again = StudioWindow(lambda: driver.editor)
    assert again.height() == 700
    again.deleteLater()


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs an X server of its own")
def test_the_profile_that_x11_keeps() -> None:
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "64x64x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            display = f":{pipe.readline().strip()}"
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        x11.XInternAtom.restype = x11.XDefaultRootWindow.restype = ctypes.c_ulong
        connection = ctypes.c_void_p(x11.XOpenDisplay(display.encode()))
        assert read_x11_profile(display) is None
        for name in (b"_ICC_PROFILE", b"_ICC_PROFILE_1"):
            content = ADOBE if name == b"_ICC_PROFILE" else ADOBE[:99]
            root = ctypes.c_ulong(x11.XDefaultRootWindow(connection))
            atom = ctypes.c_ulong(x11.XInternAtom(connection, name, False))
            kind = ctypes.c_ulong(6)
            x11.XChangeProperty(connection, root, atom, kind, 8, 0, content, len(content))
        x11.XSync(connection, False)
        assert read_x11_profile(display) == ADOBE
        assert read_x11_profile(display, 1) == ADOBE[:99]
        assert read_x11_profile(display, 2) is None
        x11.XCloseDisplay(connection)
    finally:
        server.terminate()
        server.wait()
    assert read_x11_profile(display) is None, "the server is gone"
