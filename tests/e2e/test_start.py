"""Starting the editor as a program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from glide_studio import app
from glide_studio.io.project.recovery import recoverable

FIRST_PAINT = """
import sys
from pathlib import Path
from PySide6.QtCore import QEvent, QObject
from glide_studio import app
from glide_studio.ui.window import EditorWindow

app.IDLE = 10_000_000

class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() is QEvent.Type.Paint and watched.objectName() == "canvas":
            print("first paint, loaded:", sorted({"torch", "psd_tools"} & set(sys.modules)))
            watched.window().close()
        return False

make = EditorWindow.__init__
def make_watched(window, *arguments, **named):
    make(window, *arguments, **named)
    window.watch = Watch()
    window.canvas.installEventFilter(window.watch)
EditorWindow.__init__ = make_watched
sys.exit(app.open_editor([Path(sys.argv[1])]))
"""


def test_at_the_first_paint_torch_is_not_loaded(photo_file: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", FIRST_PAINT, str(photo_file)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "first paint, loaded: []"
    assert "Traceback" not in run.stderr


def test_a_missing_system_library_is_named_with_the_line_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(app.QT, "libnowhere.so.7", "libnowhere7")
    monkeypatch.setattr(app.sys, "platform", "linux")
    assert app.open_editor() == 3
    words = capsys.readouterr().err
    assert "libnowhere.so.7" in words
    assert "sudo apt-get install libnowhere7" in words
    assert len(words.splitlines()) == 1


def test_without_a_display_it_says_what_else_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.sys, "platform", "linux")
    assert "glide-studio fill" in app.no_window({})


@pytest.mark.parametrize(
    ("environment", "plugins"),
    [
        ({"QT_QPA_PLATFORM": "offscreen"}, ["offscreen"]),
        ({"QT_QPA_PLATFORM": "wayland;xcb:foo", "DISPLAY": ":0"}, ["wayland", "xcb"]),
        ({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}, ["wayland", "xcb"]),
        ({"DISPLAY": ":0"}, ["xcb"]),
    ],
)
def test_the_libraries_of_the_plugins_that_qt_will_try_are_looked_at(
    environment: dict[str, str], plugins: list[str]
) -> None:
    assert app.wanted_plugins(environment) == plugins


def test_one_complete_plugin_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "QT", {})
    monkeypatch.setattr(app, "PLUGINS", {"wayland": {"libnowhere.so.7": "x"}, "xcb": {}})
    both = {"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}
    assert app.no_window(both) == ""
    assert "libnowhere.so.7" in app.no_window({"WAYLAND_DISPLAY": "w"})


def test_a_display_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    if app.missing({"libX11.so.6": ""}):
        pytest.skip("no libX11")
    monkeypatch.setattr(app, "QT", {})
    monkeypatch.setattr(app, "PLUGINS", {})
    monkeypatch.setenv("DISPLAY", ":977")
    assert "':977' does not answer" in app.no_window({"DISPLAY": ":977"})


ENDED = """
import os, signal, sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QTimer
from glide_studio import app
from glide_studio.ui.window import EditorWindow

app.IDLE = 10_000_000
make = EditorWindow.__init__
def make_ending(window, *arguments, **named):
    make(window, *arguments, **named)
    editor = window._editor
    def end():
        editor.selection.select_all()
        exec(sys.argv[2])
    editor.document_changed.connect(
        lambda *_: editor.modified or QTimer.singleShot(0, window, end)
    )
EditorWindow.__init__ = make_ending
sys.exit(app.open_editor([Path(sys.argv[1])]))
"""


@pytest.mark.parametrize(
    ("end", "status", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGTERM)", 0, ""),
        (
            "QCoreApplication.exit(1)",  # as Qt does once the display is gone
            app.NO_WINDOW,
            "The display is gone; unsaved work is offered at the next start.\n",
        ),
    ],
)
def test_an_ended_editor_keeps_what_was_not_saved(
    photo_file: Path, end: str, status: int, said: str
) -> None:
    run = subprocess.run(
        [sys.executable, "-c", ENDED, str(photo_file), end],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == status, run.stderr
    assert run.stderr.endswith(said)
    assert "Traceback" not in run.stderr
    (found,) = recoverable()
    assert (found.title, found.states) == ("holiday", 2)
