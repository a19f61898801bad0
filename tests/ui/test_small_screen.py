"""A large interface on a small screen: window and dialogs fit, and what has no room scrolls."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QWidget

from glide_studio.ui import preferences_dialog
from glide_studio.ui.preferences import INTERFACE_SIZES, Preferences
from glide_studio.ui.preferences_dialog import PreferencesDialog, find_largest_size
from tests.ui.windows import WindowDriver

LIMIT_S = 300


@pytest.mark.parametrize(
    ("width", "height", "factor"), [(1440, 900, "1.5"), (1440, 900, "2"), (1000, 640, "2")]
)
def test_window_and_dialogs_fit_a_small_screen(
    width: int, height: int, factor: str, tmp_path: Path
) -> None:
    screen = {"name": "small", "x": 0, "y": 0, "width": width, "height": height}
    dots = {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    (tmp_path / "screen.json").write_text(json.dumps({"screens": [{**screen, **dots}]}))
    platform = f"offscreen:configfile={tmp_path / 'screen.json'}"
    done = subprocess.run(
        [sys.executable, "-m", "tests.ui.small_screen"],
        env={**os.environ, "QT_QPA_PLATFORM": platform, "QT_SCALE_FACTOR": factor},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []


class Room(QWidget):
    """A widget on a screen of a given size."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self._size = QSize(width, height)

    def screen(self) -> Room:
        return self

    def availableSize(self) -> QSize:
        return self._size


def test_sizes_that_fit_the_screen_are_found_whatever_the_present_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert find_largest_size(Room(1440, 900)) == 150
    assert find_largest_size(Room(3840, 2160)) == 200
    assert find_largest_size(Room(1024, 700)) == 100
    assert find_largest_size(Room(640, 480)) == 0
    monkeypatch.setenv("QT_SCALE_FACTOR", "2")
    assert find_largest_size(Room(720, 450)) == 150


@pytest.mark.parametrize(
    ("largest", "now", "offered", "reason"),
    [
        (125, 100, (80, 90, 100, 110, 125), "150 % needs a screen of 1425 × 891 pixels."),
        (125, 200, (80, 90, 100, 110, 125, 200), "150 % needs a screen of 1425 × 891 pixels."),
        (0, 100, (80, 90, 100), "110 % needs a screen of 1045 × 654 pixels."),
        (200, 100, (80, 90, 100, 110, 125, 150, 175, 200), ""),
    ],
)
def test_preferences_offer_sizes_that_fit_and_say_why_others_do_not(
    driver: WindowDriver,
    monkeypatch: pytest.MonkeyPatch,
    largest: int,
    now: int,
    offered: tuple[int, ...],
    reason: str,
) -> None:
    monkeypatch.setattr(preferences_dialog, "find_largest_size", lambda widget: largest)
    preferences = Preferences()
    preferences.interface_size = now
    dialog = PreferencesDialog(driver.window, driver.editor, preferences, [], lambda: None)
    items = [dialog.size_.model().item(at) for at in range(dialog.size_.count())]
    assert [item.text() for item in items] == [f"{size} %" for size in INTERFACE_SIZES]
    enabled = [item.isEnabled() for item in items]
    assert enabled == [size in offered for size in INTERFACE_SIZES]
    assert all(item.isEnabled() or "needs a screen of" in item.toolTip() for item in items)
    assert dialog.size_.currentData() == now
    said = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert ("This screen has room" in said) == (largest < 200)
    assert reason in said
    dialog.close()
