"""Results that are not part of the picture yet: exporting and closing do not lose them silently."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from glide_studio.api.sampling import Sampling
from glide_studio.editor.jobs import Mark
from glide_studio.imaging.geometry import Point
from glide_studio.ui.commands import list_commands
from glide_studio.ui.export_dialog import ExportDialog
from tests.editor.test_drafts import CascadeEngine
from tests.ui.studio import StudioDriver, press
from tests.ui.test_export_dialog import write
from tests.ui.test_menus import bar
from tests.ui.windows import WindowDriver, run_event_loop

CLOSE = {
    "Ctrl+W": lambda studio: QTest.keyClick(
        studio.window.page.canvas, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier
    ),
    "quit": lambda studio: studio.window.close(),
}
SAVING = ("Save", "Save as", "Export image")


def fill(driver: StudioDriver | WindowDriver) -> None:
    """Paint, generate, and wait until a result is in view."""
    editor = driver.editor
    editor.selection.rectangle(Point(20, 20), Point(80, 80))
    editor.set_generation_settings(prompt="an apple", sampling=Sampling(count=2, steps=2))
    editor.generation.generate()
    driver.wait(lambda: editor.candidates.is_seen)


def words(box: QMessageBox) -> set[str]:
    return {button.text() for button in box.findChildren(QPushButton)}


def questions(studio: StudioDriver) -> list[QMessageBox]:
    run_event_loop(50)
    return [one for one in studio.window.findChildren(QMessageBox) if one.isVisible()]


def box(driver: WindowDriver) -> QMessageBox:
    def found() -> list[QMessageBox]:
        return [one for one in driver.window.findChildren(QMessageBox) if one.isVisible()]

    driver.wait(lambda: bool(found()))
    return found()[0]


def export_dialog(driver: WindowDriver) -> ExportDialog | None:
    run_event_loop(50)
    return driver.window.findChild(ExportDialog)


@pytest.mark.parametrize("answer", ["Accept and export", "Export without it", "Cancel"])
def test_export_asks_about_the_result_in_view(
    driver: WindowDriver, photo_file: Path, tmp_path: Path, answer: str
) -> None:
    driver.open(photo_file)
    fill(driver)
    bar(driver)["File/Export image…"].trigger()
    assert "The result in view is not part of the picture yet." in box(driver).text()
    assert words(box(driver)) == {"Accept and export", "Export without it", "Cancel"}
    assert export_dialog(driver) is None, "it waits for the answer"
    press(box(driver), answer)
    dialog = export_dialog(driver)
    assert (dialog is None) == (answer == "Cancel")
    accepts = answer == "Accept and export"
    assert len(driver.editor.document.layers) == (2 if accepts else 1)
    assert driver.editor.candidates.is_seen != accepts
    if dialog is not None:
        path = write(driver, dialog, tmp_path)
        same = path.read_bytes() == exported(driver, tmp_path)
        assert same, "the file shows what the answer said"


def exported(driver: WindowDriver, folder: Path) -> bytes:
    path = folder / "document.png"
    driver.editor.files.save(path)
    return path.read_bytes()


def test_export_asks_nothing_while_no_result_is_in_view(
    driver: WindowDriver, photo_file: Path
) -> None:
    driver.open(photo_file)
    fill(driver)
    driver.editor.candidates.put_aside()
    bar(driver)["File/Export image…"].trigger()
    assert export_dialog(driver) is not None
    assert driver.window.findChild(QMessageBox) is None


def test_a_draft_in_view_cannot_be_accepted_for_an_export(qtbot: QtBot, photo_file: Path) -> None:
    driver = WindowDriver(CascadeEngine())
    try:
        driver.open(photo_file)
        driver.editor.selection.rectangle(Point(20, 20), Point(80, 80))
        driver.editor.set_generation_settings(prompt="an apple")
        driver.editor.runner.start()
        driver.wait(lambda: driver.editor.engine is not None)
        driver.editor.generation.generate(drafts_first=True)
        driver.wait(lambda: driver.editor.candidates.draft is not None)
        bar(driver)["File/Export image…"].trigger()
        assert words(box(driver)) == {"Export without it", "Cancel"}
        press(box(driver), "Export without it")
        assert export_dialog(driver) is not None
    finally:
        driver.close()


@pytest.fixture
def exported_fill(studio: StudioDriver, files: list[Path], tmp_path: Path) -> StudioDriver:
    """A photo with a result in view, after an export, which holds all else."""
    studio.open(files[0])
    fill(studio)
    studio.editor.files.save(tmp_path / "flat.png")
    assert not studio.editor.state.modified
    return studio


@pytest.mark.parametrize("way", CLOSE.values(), ids=CLOSE)
def test_closing_asks_about_results_that_are_being_chosen_from(
    exported_fill: StudioDriver, way: Callable[[StudioDriver], object]
) -> None:
    studio = exported_fill
    assert studio.window.tabs.tabText(0) == "● one.png"
    assert studio.window.isWindowModified()
    way(studio)
    question = studio.box()
    assert "Save the results for “one.png”?" in question.text()
    assert words(question) == {"Save…", "Don’t save", "Cancel"}
    press(question, "Cancel")
    assert not questions(studio)
    assert studio.window.isVisible()
    assert studio.editor.candidates.is_seen


def test_results_that_were_put_aside_need_no_question(exported_fill: StudioDriver) -> None:
    studio = exported_fill
    studio.editor.keep_original()
    assert studio.window.tabs.tabText(0) == "one.png"
    CLOSE["Ctrl+W"](studio)
    studio.wait(lambda: studio.editor.history is None)
    assert not questions(studio)


def test_results_in_a_saved_project_need_no_question_until_there_are_others(
    exported_fill: StudioDriver, tmp_path: Path
) -> None:
    studio, path = exported_fill, tmp_path / "work.glide"
    studio.editor.files.save(path)
    assert studio.window.tabs.tabText(0) == "work.glide"
    CLOSE["Ctrl+W"](studio)
    studio.wait(lambda: studio.editor.history is None)
    studio.open(path)
    studio.wait(lambda: studio.editor.candidates.is_seen)
    assert studio.window.tabs.tabText(0) == "work.glide", "the project has them"
    fill(studio)
    other = studio.editor.candidates.current_id
    studio.editor.jump(studio.editor.state.saved_state)
    studio.editor.candidates.show_results(other)
    assert not studio.editor.state.modified
    CLOSE["Ctrl+W"](studio)
    press(studio.box(), "Save")
    studio.wait(lambda: studio.editor.history is None)
    studio.open(path)
    studio.wait(lambda: studio.editor.candidates.current_id == other)


@pytest.mark.parametrize("way", ["favorite", "delete", "put aside"])
def test_a_project_without_the_latest_results_or_marks_is_not_saved(
    exported_fill: StudioDriver, tmp_path: Path, way: str
) -> None:
    studio, path = exported_fill, tmp_path / "work.glide"
    editor, choices = studio.editor, studio.editor.candidates.current.choices
    editor.candidates.accept()
    editor.files.save(path)
    assert studio.window.tabs.tabText(0) == "work.glide"
    if way == "favorite":
        editor.results.mark(choices[1:], Mark.FAVORITE)
    elif way == "delete":
        editor.results.delete(choices[1:])
    else:
        fill(studio)
        editor.keep_original()
        editor.jump(editor.state.saved_state)
    assert not editor.state.modified
    assert studio.window.tabs.tabText(0) == "● work.glide"
    assert studio.window.isWindowModified()
    wanted = [(job.id, job.choices, dict(job.marks)) for job in editor.generation.jobs.values()]
    CLOSE["Ctrl+W"](studio)
    question = studio.box()
    assert "results were added, deleted, or marked" in question.informativeText()
    press(question, "Save")
    studio.wait(lambda: studio.editor.history is None)
    studio.open(path)
    jobs = studio.editor.generation.jobs
    studio.wait(lambda: len(jobs.values()) == len(wanted))
    found = [(job.id, job.choices, dict(job.marks)) for job in jobs.values()]
    assert sorted(found) == sorted(wanted)
    assert studio.window.tabs.tabText(0) == "work.glide"


def test_an_empty_tab_has_nothing_to_save_or_export(
    studio: StudioDriver, files: list[Path]
) -> None:
    def enabled() -> list[bool]:
        commands = list_commands(studio.window.page.menu_bar)
        return [one.action.isEnabled() for one in commands if one.name in SAVING]

    assert enabled() == [False] * 3
    studio.open(files[0])
    assert enabled() == [True] * 3


def test_a_tab_that_is_closed_again_while_it_is_saved_is_closed_once(
    studio: StudioDriver, files: list[Path], tmp_path: Path
) -> None:
    studio.open(files[1])
    studio.open(files[0])
    page, editor, saved = studio.window.page, studio.editor, list[Path]()
    editor.files.save(tmp_path / "work.glide")
    editor.selection.select_all()
    later = editor.files.save_later

    def note_saved(path: Path, then: Callable[[], object], **more: object) -> None:
        def finish() -> None:
            saved.append(path)
            then()

        later(path, finish, **more)

    editor.files.save_later = note_saved
    studio.window.close_page(page)
    press(studio.box(), "Save")
    studio.window.close_page(page)
    press(studio.box(), "Don’t save")
    assert page not in studio.window.pages
    studio.wait(lambda: bool(saved))
    run_event_loop(50)
    assert [one.editor.name for one in studio.window.pages] == ["two.png"]
