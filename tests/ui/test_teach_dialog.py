"""Teaching in the window: pictures, cut-outs, name, progress of another process, keep and discard."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox, QPushButton

from glide_studio.editor import teaching
from glide_studio.editor.teaching import TeachingProgress, TeachingState
from glide_studio.inference.local_library import LocalLibrary
from glide_studio.ui import theme
from glide_studio.ui.teach_dialog import TeachDialog, describe_teaching
from tests.editor.standin import StandInEngine
from tests.ui.test_menus import entries
from tests.ui.windows import WindowDriver

LEFT = Qt.MouseButton.LeftButton

CHILD = """
import json, shutil, signal, sys, time
from pathlib import Path
state, base = Path(sys.argv[1]), sys.argv[2]
state.mkdir(exist_ok=True)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
(state / "mini-objects.state.pt").write_bytes(b"state")
resumed = "--resume" in sys.argv
for step in range(1, 20_000):
    print(json.dumps({"step": step, "pictures": step, "loss": 1.0, "seconds": step / 10}), flush=True)
    if resumed:
        break
    time.sleep(0.05)
shutil.copy(base, state / "base.safetensors")
print(json.dumps({"event": "done"}), flush=True)
"""


@pytest.fixture
def dialog(
    qtbot: object, tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TeachDialog]:
    """The dialog over a child that counts steps; "go on" lets it end at once."""
    home = tmp_path / "models"
    shutil.copytree(tiny_models, home)
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", str(home))
    start = subprocess.Popen

    def begin(command: list[str], **how: object) -> subprocess.Popen[bytes]:
        assert command[3] == "teach"
        state = command[command.index("--state") + 1]
        more = ["--resume"] if "--resume" in command else []
        base = str(home / "tiny" / "base.safetensors")
        return start([sys.executable, "-c", CHILD, state, base, "teach", *more], **how)

    monkeypatch.setattr(teaching.subprocess, "Popen", begin)
    driver = WindowDriver(StandInEngine(), LocalLibrary)
    driver.editor.set_generation_settings(model="tiny")
    driver.window.menu_bar.actions()
    menus = [one.menu() for one in driver.window.menu_bar.actions()]
    found = next(entries(menu) for menu in menus if menu.title() == "&Generate")
    found["Teach it your pictures…"].trigger()
    (result,) = driver.window.findChildren(TeachDialog)
    result.driver = driver
    yield result
    driver.editor.teaching.discard()
    for one in driver.window.findChildren(TeachDialog):
        one.close()
    driver.close()


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Four cut-outs and a photograph of a red disc on gray."""
    paths = []
    for number in range(5):
        ground = (128, 128, 128, 255) if number == 4 else (0, 0, 0, 0)
        picture = Image.new("RGBA", (160, 120), ground)
        ImageDraw.Draw(picture).ellipse((50, 30, 110, 90), fill=(200, 30, 30, 255))
        paths.append(tmp_path / f"disc{number}.png")
        picture.save(paths[-1])
    return paths


def add(dialog: TeachDialog, pictures: list[Path]) -> None:
    dialog.add_pictures(pictures)
    dialog.driver.wait(lambda: len(dialog.pictures) == len(pictures))


def teach(dialog: TeachDialog, pictures: list[Path]) -> None:
    """Cut out what is not, name it, and begin."""
    add(dialog, pictures)
    row = next(row for row, one in enumerate(dialog.pictures) if one.cutout is None)
    dialog.list.setCurrentRow(row)
    place = dialog.view.place()
    scale = place.width() / 160

    def at(x: float, y: float) -> QPoint:
        return QPoint(round(place.x() + x * scale), round(place.y() + y * scale))

    QTest.mousePress(dialog.view, LEFT, pos=at(40, 20))
    QTest.mouseMove(dialog.view, at(80, 60))
    QTest.mouseRelease(dialog.view, LEFT, pos=at(120, 100))
    dialog.driver.wait(lambda: len(dialog.cutouts) == 5)
    assert not dialog.teach.isEnabled(), "it has no name yet"
    QTest.keyClicks(dialog.noun, "Red disc")
    QTest.mouseClick(dialog.teach, LEFT)
    actions = dialog.driver.editor.teaching
    dialog.driver.wait(lambda: actions.progress.state is TeachingState.RUNNING)


def poll(dialog: TeachDialog, state: TeachingState) -> None:
    actions = dialog.driver.editor.teaching

    def reached() -> bool:
        actions.poll()
        return actions.progress.state is state

    dialog.driver.wait(reached)


def test_the_dialog_has_a_button_that_closes_it(dialog: TeachDialog) -> None:
    (close,) = (
        one for one in dialog.findChildren(QPushButton) if one.text() == "Close" and one.isVisible()
    )
    under = dialog.height() - close.mapTo(dialog, close.rect().bottomLeft()).y()
    assert under <= 16, "no empty strip below the buttons"
    QTest.mouseClick(close, LEFT)
    assert not dialog.isVisible()


def test_pictures_with_transparency_need_no_box(dialog: TeachDialog, pictures: list[Path]) -> None:
    assert dialog.view.invitation.isVisible()
    assert dialog.view.grab().toImage().pixelColor(0, 0) == QColor(theme.PANEL), (
        "nothing dark around the field"
    )
    said = " ".join(one.text() for one in dialog.view.invitation.findChildren(QLabel))
    assert "Drop 5 or more pictures" in said
    assert "For example" in said
    add(dialog, pictures)
    assert not dialog.view.invitation.isVisible()
    assert len(dialog.cutouts) == 4
    assert dialog.current is not None
    assert dialog.current.path == pictures[4], "the next one to be cut out is shown"
    assert "4 of 5" in dialog.hint.text()


def test_a_click_on_the_empty_view_chooses_files(dialog: TeachDialog, pictures: list[Path]) -> None:
    QTest.mouseClick(dialog.view, LEFT)
    (ask,) = dialog.findChildren(QFileDialog)
    ask.filesSelected.emit([str(path) for path in pictures[:2]])
    ask.close()
    dialog.driver.wait(lambda: len(dialog.pictures) == 2)


def test_a_box_cuts_the_object_out_and_the_child_gets_all_of_it(
    dialog: TeachDialog, pictures: list[Path]
) -> None:
    teach(dialog, pictures)
    folder = dialog.driver.editor.teaching.folder
    written = sorted((folder / "pictures").glob("*.png"))
    assert len(written) == 5
    for path in written:
        alpha = np.asarray(Image.open(path))[..., 3]
        assert alpha.min() == 0
        assert 0.5 < (alpha > 128).mean() < 0.9, "a disc fills most of its box"
    assert json.loads((folder / "teaching.json").read_text())["noun"] == "red disc"


def test_it_goes_on_without_the_dialog_is_paused_and_ends_as_a_model(
    dialog: TeachDialog, pictures: list[Path]
) -> None:
    teach(dialog, pictures)
    driver = dialog.driver
    dialog.close()
    again = TeachDialog(driver.window, driver.editor)
    again.driver = driver
    again.open()
    driver.wait(lambda: "Learning: step" in again.stage.text())
    QTest.mouseClick(again.pause, LEFT)
    poll(again, TeachingState.PAUSED)
    spent = driver.editor.teaching.progress.seconds
    assert spent > 0
    assert again.pause.text() == "Go on"
    QTest.mouseClick(again.pause, LEFT)
    poll(again, TeachingState.DONE)
    assert driver.editor.teaching.progress.seconds >= spent
    assert again.name.text() == "tiny-red-disc"
    QTest.mouseClick(again.keep, LEFT)
    driver.wait(lambda: driver.editor.models.work is None)
    assert "Added 'tiny-red-disc'" in again.message.text()
    kept = next(one for one in driver.editor.models.models if one.name == "tiny-red-disc")
    assert kept.nouns == ("apple", "red disc")
    assert not driver.editor.teaching.folder.exists()
    again.close()


def test_discarding_ends_the_child_after_a_question(
    dialog: TeachDialog, pictures: list[Path]
) -> None:
    teach(dialog, pictures)
    actions = dialog.driver.editor.teaching
    process = actions._process
    assert process is not None
    QTest.mouseClick(dialog.discard, LEFT)
    (box,) = [one for one in dialog.findChildren(QMessageBox) if one.isVisible()]
    button = next(one for one in box.buttons() if one.text() == "Discard")
    QTest.mouseClick(button, LEFT)
    assert process.poll() is not None
    assert not actions.folder.exists()
    assert actions.progress.state is TeachingState.NONE


def test_progress_is_a_sentence() -> None:
    running = TeachingProgress(TeachingState.RUNNING, "teapot", 20, 600, 1200)
    assert describe_teaching(running) == "Learning: step 1,200, about 10 minutes left."
    failed = TeachingProgress(TeachingState.FAILED, message="The disk is full; make room.")
    assert "The disk is full" in describe_teaching(failed)
