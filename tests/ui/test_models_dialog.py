"""The models dialog over real, tiny models."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton, QWidget

from glide_studio.api.model_library import ModelInfo
from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import ThreadRunner
from glide_studio.editor.workers import Workers
from glide_studio.inference.local_library import LocalLibrary
from glide_studio.inference.models import model_set
from glide_studio.ui.models_dialog import ModelsDialog, describe_model, format_bytes
from glide_studio.ui.preferences import Preferences
from tests.editor.standin import StandInEngine
from tests.ui.studio import StudioDriver, drop
from tests.ui.windows import Poster, wait_until

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dialog(
    qtbot: object, tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ModelsDialog]:
    """A dialog that lists the bundled model `objects` and the user's own model `tiny`."""
    home = tmp_path / "own"
    shutil.copytree(tiny_models, home)
    monkeypatch.setenv("GLIDE_STUDIO_MODELS", str(home))
    poster = Poster()
    editor = Editor(
        ThreadRunner(StandInEngine, poster.post), Workers.threads(poster.post), library=LocalLibrary
    )
    parent = QWidget()
    parent.show()
    result = ModelsDialog(parent, editor, Preferences())
    result.open()
    wait_until(lambda: result.list.count() > 0)
    yield result
    result.close()
    editor.close()
    QApplication.processEvents()
    parent.deleteLater()
    poster.deleteLater()


def names(dialog: ModelsDialog) -> list[str]:
    return [dialog.list.item(row).text() for row in range(dialog.list.count())]


def choose(dialog: ModelsDialog, name: str) -> None:
    dialog.list.setCurrentRow(names(dialog).index(name))


def settle(dialog: ModelsDialog) -> None:
    wait_until(lambda: dialog._actions.work is None)


def test_each_model_says_what_it_can_and_knows(dialog: ModelsDialog) -> None:
    assert {"objects", "tiny"} <= set(names(dialog))
    choose(dialog, "tiny")
    text = dialog.details.text()
    assert "fills a mask by words" in text
    assert "CC0-1.0" in text
    assert "1 thing: apple" in text
    assert dialog.remove.isEnabled()
    choose(dialog, "objects")
    assert "CC-BY-SA-4.0" in dialog.details.text()
    assert "cut-outs" in dialog.details.text()
    assert not dialog.remove.isEnabled(), "the bundled one stays"


def test_a_model_says_what_you_taught_it() -> None:
    model = ModelInfo("pots", "Pots", "MIT", 1, 64, ("base",), ("apple", "teapot"))
    assert "You taught it" not in describe_model(model)
    described = describe_model(replace(model, taught=("teapot", "bowl")))
    assert "You taught it</td>" in described
    assert ">teapot, bowl</td>" in described


def test_a_model_is_verified_and_a_damaged_one_is_named(dialog: ModelsDialog) -> None:
    choose(dialog, "tiny")
    QTest.mouseClick(dialog.verify, LEFT)
    settle(dialog)
    assert "'tiny' works" in dialog.message.text()
    path = model_set.user_folder() / "tiny" / "base.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    QTest.mouseClick(dialog.verify, LEFT)
    settle(dialog)
    assert "base.safetensors" in dialog.message.text()


def test_a_folder_of_weights_is_dropped_and_added(
    dialog: ModelsDialog, tiny_models: Path, tmp_path: Path
) -> None:
    source = tmp_path / "mine"
    shutil.copytree(tiny_models / "tiny", source)
    (source / "model.json").unlink()
    drop(dialog, [source], QPoint(50, 50))
    settle(dialog)
    assert "Added 'mine'" in dialog.message.text()
    assert "mine" in names(dialog)
    drop(dialog, [source], QPoint(50, 50))
    settle(dialog)
    assert "already" in dialog.message.text()


def test_weights_dropped_on_the_window_are_added_as_a_model(
    studio: StudioDriver, files: list[Path], tiny_models: Path, tmp_path: Path
) -> None:
    studio.open(files[0])
    source = tmp_path / "mine.safetensors"
    shutil.copyfile(tiny_models / "tiny" / "base.safetensors", source)
    added: list[tuple[Path, ...]] = []
    actions = studio.editor.models
    actions.models = tuple(LocalLibrary().list())
    actions.refresh, actions.add = actions.changed.emit, added.append
    drop(studio.window, [source], QPoint(300, 300))
    (dialog,) = studio.window.findChildren(ModelsDialog)
    assert dialog.isVisible()
    assert added == [(source,)]
    assert not studio.window.page.drop_zones.isVisible()
    assert len(studio.window.pages) == 1, "it is no picture"
    dialog.close()


def test_a_model_is_removed_after_the_question(dialog: ModelsDialog) -> None:
    choose(dialog, "tiny")
    QTest.mouseClick(dialog.remove, LEFT)
    (box,) = dialog.findChildren(QMessageBox)
    (button,) = [one for one in box.findChildren(QPushButton) if one.text() == "Remove"]
    edges = {
        label.mapTo(box, label.contentsRect().topLeft()).x()
        for label in box.findChildren(QLabel)
        if label.text() and label.isVisible()
    }
    (left,) = edges
    ends = [one.mapTo(box, one.rect().topRight()).x() for one in box.findChildren(QPushButton)]
    assert left == box.width() - 1 - max(ends), "texts and buttons are as far from the border"
    QTest.mouseClick(button, LEFT)
    settle(dialog)
    assert "tiny" not in names(dialog)
    assert not (model_set.user_folder() / "tiny").exists()


def test_a_default_is_chosen(dialog: ModelsDialog) -> None:
    choose(dialog, "tiny")
    QTest.mouseClick(dialog.use, LEFT)
    assert Preferences().model == "tiny"
    assert dialog._editor.generation_settings.model == "tiny"
    assert not dialog.use.isEnabled()


def test_cancel_stops_before_the_next_file(dialog: ModelsDialog) -> None:
    choose(dialog, "objects")
    QTest.mouseClick(dialog.verify, LEFT)
    assert dialog.cancel.isVisible()
    QTest.mouseClick(dialog.cancel, LEFT)
    assert dialog._actions.work is None
    assert not dialog.cancel.isVisible()
    assert "works" not in dialog.message.text()


def test_sizes_are_written_for_people() -> None:
    assert format_bytes(1_234_567) == "1.2 MB"
    assert format_bytes(3_210_000_000) == "3.21 GB"
    (tiny,) = [one for one in LocalLibrary().list() if one.name == "objects"]
    assert "&lt;" not in describe_model(tiny)


def test_the_dialog_has_a_button_that_closes_it(dialog: ModelsDialog) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.message.setText("")
    QTest.qWait(20)
    leave = dialog.leave
    under = dialog.height() - leave.mapTo(dialog, leave.rect().bottomLeft()).y()
    assert under <= 16, "no empty strip below the buttons"
    dialog.message.setText("It is there now.")
    QTest.qWait(20)
    assert dialog.message.geometry().top() > leave.mapTo(dialog, leave.rect().bottomLeft()).y()
    QTest.mouseClick(dialog.leave, LEFT)
    assert not dialog.isVisible()
