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

from glide_studio.editor import preferences
from glide_studio.editor.preferences import SRGB, SYSTEM, Preferences
from glide_studio.editor.tools import Tool
from glide_studio.imaging.display import make_display_transform
from glide_studio.ui.display_profile import read_x11_profile
from tests.editor.conftest import photo
from tests.ui.test_canvas import pixels
from tests.ui.windows import Editor

ADOBE = imagecodecs.cms_profile("adobergb")


def test_a_chosen_file_is_what_colors_are_shown_in(
    editor: Editor, photo_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "wide.icc"
    path.write_bytes(ADOBE)
    editor.session.set_tools(tool=Tool.HAND)
    editor.open(photo_file)
    editor.canvas.zoom_to(1.0)
    view = editor.canvas.viewport
    here = slice(view.top, view.top + 400), slice(view.left, view.left + 600)
    editor.window.display.choose(str(path))
    rgba = np.dstack([photo(600, 400), np.full((400, 600), 255, np.uint8)])
    wanted = make_display_transform(None, ADOBE)(rgba)[..., :3]
    assert np.abs(wanted.astype(int) - rgba[..., :3]).max() > 8
    assert np.array_equal(pixels(editor.canvas.grab().toImage())[here], wanted)
    assert editor.window.display.file.isChecked()
    assert preferences.load() == Preferences(display=str(path))
    editor.window.display.choose(SRGB)
    assert np.array_equal(pixels(editor.canvas.grab().toImage())[here], rgba[..., :3])
    assert editor.window.display.srgb.isChecked()


def test_a_file_that_is_no_profile_changes_nothing(editor: Editor, photo_file: Path) -> None:
    editor.window.display.choose(str(photo_file))
    assert "no profile of an RGB display" in editor.window.notices.text.text()
    assert preferences.load().display == SYSTEM
    assert editor.window.display.system.isChecked()


@pytest.mark.parametrize("content", ["", "[]", '{"display', '{"other": 1}'])
def test_damaged_preferences_are_as_if_never_changed(content: str) -> None:
    preferences.save(Preferences(display=SRGB))
    assert preferences.load().display == SRGB
    preferences._path().write_text(content)
    assert preferences.load() == Preferences()


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
