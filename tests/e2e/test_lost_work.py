"""After a crash: the next start offers what was not saved."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QMessageBox, QPushButton, QWidget

from glide_studio.api.sampling import Sampling
from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import InlineRunner
from glide_studio.imaging.geometry import Point
from glide_studio.io.project.recovery import Recoverable, forget
from tests.editor.standin import StandInEngine
from tests.ui.windows import WindowDriver


def crash(photo_file: Path) -> None:
    """An editor that painted and whose process is gone."""
    editor = Editor(InlineRunner(StandInEngine))
    editor.files.open(photo_file)
    editor.selection.select_all()
    store = editor.files.autosave.store
    assert store is not None
    store.close(discard=False)


def crash_saved(photo_file: Path, project: Path, *, makes_more: bool = False) -> None:
    """An editor with a result, accepted and saved, whose process is gone.

    makes_more: makes results for the same mask after it was saved.
    """
    editor = Editor(InlineRunner(StandInEngine))
    editor.files.open(photo_file)
    editor.selection.rectangle(Point(20, 20), Point(60, 60))
    sampling = Sampling(count=2, steps=2)
    editor.set_generation_settings(prompt="an apple", sampling=sampling, keep_mask=True)
    editor.generation.generate()
    editor.runner.run_until_done()
    assert editor.candidates.accept(index=0).ok
    editor.files.save(project)
    if makes_more:
        editor.generation.generate()
        editor.runner.run_until_done()
    assert not editor.state.modified
    store = editor.files.autosave.store
    assert store is not None
    store.close(discard=False)


def test_a_saved_project_is_opened_after_a_crash_without_a_question(
    driver: WindowDriver, photo_file: Path, tmp_path: Path
) -> None:
    crash_saved(photo_file, tmp_path / "work.glide")
    offered: list[list[Recoverable]] = []
    driver.editor.files.find_recoverable(offered.append)
    driver.wait(lambda: bool(offered))
    assert offered == [[]]
    driver.window.load(tmp_path / "work.glide")
    driver.wait(lambda: driver.editor.history is not None)
    assert driver.window.findChild(QMessageBox) is None
    assert not driver.window.isWindowModified()
    assert len(driver.editor.document.layers) == 2
    driver.wait(lambda: len(driver.editor.generation.jobs.results) == 1)


def test_a_result_made_after_the_save_is_asked_about(
    driver: WindowDriver, photo_file: Path, tmp_path: Path
) -> None:
    crash_saved(photo_file, tmp_path / "work.glide", makes_more=True)
    driver.window.load(tmp_path / "work.glide")
    press(driver, "Recover")
    driver.wait(lambda: driver.editor.history is not None)
    driver.wait(lambda: len(driver.editor.generation.jobs.results) == 2)
    assert driver.window.isWindowModified()


def named(driver: WindowDriver, name: str) -> QAbstractButton:
    buttons = driver.window.welcome.findChildren(QAbstractButton)
    return next(one for one in buttons if one.accessibleName() == name)


def test_a_user_takes_up_the_work_of_a_crashed_editor(
    driver: WindowDriver, photo_file: Path
) -> None:
    crash(photo_file)
    driver.editor.files.find_recoverable(driver.window.welcome.offer)
    driver.wait(driver.window.welcome.lost.isVisible)
    QTest.mouseClick(named(driver, "Recover holiday"), Qt.MouseButton.LeftButton)
    driver.wait(lambda: driver.editor.history is not None)
    assert driver.editor.document.selection.content_box() == driver.editor.document.box
    assert driver.window.isWindowModified()


def test_unsaved_work_is_seen_and_what_has_no_room_is_counted(
    driver: WindowDriver, photo_file: Path
) -> None:
    welcome, picture = driver.window.welcome, np.full((32, 48, 4), 200, np.uint8)
    works = [
        Recoverable(photo_file, f"work {n}", None, None, 3, 1e9 - n, picture if n else None)
        for n in range(6)
    ]
    welcome.offer(works)
    pictures = (one.pixmap() for one in welcome.lost.findChildren(QLabel) if not one.text())
    shown = [picture for picture in pictures if not picture.isNull()]
    assert len(shown) == 3, "four works, one without a picture"
    assert all(one.deviceIndependentSize().toSize() == QSize(54, 36) for one in shown)
    told = [one.text() for one in welcome.lost.findChildren(QLabel)]
    assert "2 more once these are recovered or deleted" in told
    welcome.offer(works[:4])
    assert not any("more once" in one.text() for one in visible_labels(welcome.lost))


def visible_labels(holder: QWidget) -> list[QLabel]:
    return [one for one in holder.findChildren(QLabel) if not one.isHidden()]


def test_a_user_throws_lost_work_away(driver: WindowDriver, photo_file: Path) -> None:
    crash(photo_file)
    driver.editor.files.find_recoverable(driver.window.welcome.offer)
    driver.wait(driver.window.welcome.lost.isVisible)
    QTest.mouseClick(named(driver, "Delete the unsaved work on holiday"), Qt.MouseButton.LeftButton)
    undo = "Undo deleting the unsaved work on holiday"
    driver.wait(lambda: undo in labels(driver))
    assert driver.editor.files.recoverable() == []
    button = next(one for one in driver.window.findChildren(QPushButton) if one.text() == undo)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    driver.wait(lambda: len(driver.editor.files.recoverable()) == 1)


def test_several_deletions_are_taken_back_one_after_the_other_also_after_a_new_start(
    driver: WindowDriver, photo_file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(photo_file.read_bytes())
    crash(photo_file)
    crash(other)
    stored = driver.editor.files
    assert len(stored.recoverable()) == 2
    titles = []
    for one in stored.recoverable():
        forget(one.path)
        titles.append(one.title)
        time.sleep(0.02)  # the dates of files tell which was the last
    stored.find_recoverable(driver.window.welcome.offer)

    def undo() -> list[QPushButton]:
        buttons = driver.window.findChildren(QPushButton)
        return [one for one in buttons if one.isVisible() and one.text().startswith("Undo del")]

    for title in reversed(titles):
        driver.wait(lambda title=title: [one.text().endswith(title) for one in undo()] == [True])
        QTest.mouseClick(undo()[0], Qt.MouseButton.LeftButton)
    driver.wait(lambda: len(stored.recoverable()) == 2)
    driver.wait(lambda: not undo())


def labels(driver: Editor) -> list[str]:
    return [one.text() for one in driver.window.findChildren(QPushButton) if one.isVisible()]


def press(driver: WindowDriver, text: str) -> None:
    """Press a button of the question that is open."""

    def buttons() -> list[QPushButton]:
        boxes = [box for box in driver.window.findChildren(QMessageBox) if box.isVisible()]
        return [one for box in boxes for one in box.findChildren(QPushButton) if one.text() == text]

    driver.wait(lambda: bool(buttons()))
    QTest.mouseClick(buttons()[0], Qt.MouseButton.LeftButton)


def test_opening_the_photo_again_offers_the_work_on_it(
    driver: WindowDriver, photo_file: Path
) -> None:
    crash(photo_file)
    driver.window.load(photo_file)
    press(driver, "Recover")
    driver.wait(lambda: driver.editor.history is not None)
    assert driver.editor.document.selection.content_box() == driver.editor.document.box
    assert driver.window.isWindowModified()


def test_the_photo_itself_can_be_opened_and_the_work_is_kept(
    driver: WindowDriver, photo_file: Path
) -> None:
    crash(photo_file)
    driver.window.load(photo_file)
    press(driver, "Cancel")
    assert driver.window.is_empty, "another file may be opened here now"
    driver.window.load(photo_file)
    press(driver, "Open the file")
    driver.wait(lambda: driver.editor.history is not None)
    assert driver.editor.document.selection.content_box().empty
    assert len(driver.editor.files.recoverable()) == 1


@pytest.mark.parametrize("answer", ["Keep both", "Replace it", "Cancel"])
def test_a_project_that_another_program_changed_is_asked_about(
    driver: WindowDriver, photo_file: Path, tmp_path: Path, answer: str
) -> None:
    path, beside = tmp_path / "work.glide", tmp_path / "work 2.glide"
    theirs = b"of another program"
    driver.open(photo_file)
    driver.editor.files.save(path)
    path.write_bytes(theirs)
    driver.editor.selection.select_all()
    driver.window.file_actions.save()
    press(driver, answer)
    if answer == "Cancel":
        QTest.qWait(10)
        assert driver.window.isWindowModified()
    else:
        driver.wait(lambda: not driver.window.isWindowModified())
    assert beside.exists() == (answer == "Keep both")
    assert (path.read_bytes() == theirs) == (answer != "Replace it")
    assert driver.editor.state.path == (beside if answer == "Keep both" else path)
