"""A closed document leaves nothing in memory, whatever was going on in it and however it is closed."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from glide_studio.app import collect_garbage
from glide_studio.document.brush import StrokePoint
from glide_studio.document.document import Document
from glide_studio.document.raster import Raster
from glide_studio.document.tile import Tile
from glide_studio.editor import document_io
from glide_studio.editor.exporting import export_image
from glide_studio.editor.jobs import JobState
from glide_studio.editor.settings import Tool
from glide_studio.imaging.geometry import Point, Size
from glide_studio.io.images.export_options import ExportOptions
from glide_studio.io.images.read import read_image
from glide_studio.io.images.write import Written
from glide_studio.io.project.open_project import open_project
from glide_studio.ui.command_palette import CommandPalette
from glide_studio.ui.window import EditorWindow
from tests.editor.standin import StandInEngine
from tests.ui.studio import StudioDriver, press
from tests.ui.test_canvas import pixels
from tests.ui.windows import delete_now, run_event_loop, wait_until

CTRL = Qt.KeyboardModifier.ControlModifier


def watch(page: EditorWindow) -> dict[str, weakref.ref[Any]]:
    """Return what a page keeps in memory: the window, the document, its history and its results."""
    editor = page.editor
    watched = {
        "window": weakref.ref(page),
        "canvas": weakref.ref(page.canvas),
        "menu bar": weakref.ref(page.menu_bar),
        "editor": weakref.ref(editor),
        "jobs": weakref.ref(editor.generation.jobs),
        "history": weakref.ref(editor.timeline),
        "pixels": weakref.ref(a_tile(editor.document.layers[0].raster)),
    }
    for job in editor.generation.jobs.values():
        watched |= {f"patch {one.index}": weakref.ref(one.pixels) for one in job.patches}
        watched |= {
            f"fitted {at}": weakref.ref(a_tile(one.raster)) for at, one in job.fitted.items()
        }
    return watched


def a_tile(raster: Raster | None) -> Tile:
    assert raster is not None
    return next(tile for _, tile in raster.tiles())


def fill(studio: StudioDriver, state: JobState | None = None) -> None:
    """Generate, and wait until the job is, or has been, in a state."""
    editor = studio.editor
    editor.runner.start()
    studio.wait(lambda: studio.runner.outcome is not None)
    editor.selection.rectangle(Point(20, 20), Point(80, 80))
    editor.set_generation_settings(prompt="an apple")
    seen: list[JobState] = []
    editor.jobs_changed.connect(lambda job: seen.append(job.state))
    editor.generation.generate()
    studio.wait(lambda: state is None or state in seen)


def leave_alone(studio: StudioDriver) -> None:
    assert not studio.editor.modified


def paint(studio: StudioDriver) -> None:
    studio.editor.selection.select_all()


def outline_the_mask(studio: StudioDriver) -> None:
    paint(studio)
    studio.menu("View/Mask outline (marching ants)")
    canvas = studio.window.page.canvas
    before = pixels(canvas.grab().toImage())
    studio.wait(lambda: not np.array_equal(pixels(canvas.grab().toImage()), before))


def choose_all_tools(studio: StudioDriver) -> None:
    for tool in Tool:
        studio.editor.set_tool_settings(tool=tool)
        QTest.qWait(1)


def hold_a_stroke(studio: StudioDriver) -> None:
    studio.editor.selection.begin_stroke(StrokePoint(10, 10), erase=False)


def compare_results(studio: StudioDriver) -> None:
    fill(studio, JobState.FINISHED)
    page = studio.window.page
    studio.wait(lambda: page.editor.candidates.is_ready(0))
    page.results.compare_requested.emit()
    studio.wait(page.compare.isVisible)


def accept_a_result(studio: StudioDriver) -> None:
    fill(studio, JobState.FINISHED)
    studio.wait(lambda: studio.editor.candidates.is_ready(0))
    studio.editor.candidates.accept()


def export(studio: StudioDriver) -> None:
    path = studio.editor.state.path
    assert path is not None
    studio.editor.files.save_later(path.with_suffix(".jpg"))
    studio.wait(path.with_suffix(".jpg").exists)


def begin_to_save(studio: StudioDriver) -> None:
    paint(studio)
    path = studio.editor.state.path
    assert path is not None
    studio.editor.files.save_later(path.with_suffix(".glide"))


def remove_from_the_photo(studio: StudioDriver) -> None:
    studio.editor.selection.rectangle(Point(20, 20), Point(80, 80))
    studio.editor.retouch.remove_painted()


def copy(studio: StudioDriver) -> None:
    clipboard = QApplication.clipboard()
    clipboard.clear()
    studio.menu("Edit/Copy visible")
    studio.wait(lambda: not clipboard.image().isNull())


def use_the_palette(studio: StudioDriver) -> None:
    studio.menu("Help/Find a command…")
    (palette,) = studio.window.findChildren(CommandPalette)
    palette.close()


EVENTS = {
    "opening": leave_alone,
    "painting": paint,
    "an outline that moves": outline_the_mask,
    "choosing all tools": choose_all_tools,
    "the begin of a stroke": hold_a_stroke,
    "a queued job": fill,
    "the begin of a job": partial(fill, state=JobState.RUNNING),
    "the begin of fitting": partial(fill, state=JobState.FITTING),
    "comparing results": compare_results,
    "accepting a result": accept_a_result,
    "an export": export,
    "the begin of a save": begin_to_save,
    "the begin of a removal": remove_from_the_photo,
    "copying": copy,
    "the command palette": use_the_palette,
}


def close_by_key(studio: StudioDriver) -> None:
    QTest.keyClick(studio.window.page.canvas, Qt.Key.Key_W, CTRL)


def close_by_cross(studio: StudioDriver) -> None:
    studio.window.tabs.tabCloseRequested.emit(studio.window.tabs.currentIndex())


def close_by_menu(studio: StudioDriver) -> None:
    studio.menu("File/Close")


WAYS = {"Ctrl+W": close_by_key, "the cross": close_by_cross, "the menu": close_by_menu}


def close(studio: StudioDriver, way: Callable[[StudioDriver], None]) -> None:
    """Close the tab in front without saving, and wait until nothing of it is left."""
    watched = watch(studio.window.page)
    asks, runs = studio.editor.modified, studio.window.page.file_actions.running
    way(studio)
    if runs:
        press(studio.box(), "Close anyway")
    if asks:
        press(studio.box(), "Don’t save")
    studio.wait(lambda: not what_is_left(watched))


def what_is_left(watched: dict[str, weakref.ref[Any]]) -> list[str]:
    delete_now()
    gc.collect()
    return [name for name, one in watched.items() if one() is not None]


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_a_tab_leaves_nothing_behind_after(
    studio: StudioDriver,
    engine: StandInEngine,
    files: list[Path],
    event: Callable[[StudioDriver], None],
) -> None:
    engine.pace = 0.005
    studio.open(*files[:2])
    event(studio)
    close(studio, close_by_key)
    assert [page.editor.name for page in studio.window.pages] == ["one.png"]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_last_tab_leaves_nothing_behind_closed_by(
    studio: StudioDriver, files: list[Path], way: Callable[[StudioDriver], None]
) -> None:
    for path, event in ((files[0], paint), (files[1], leave_alone)):
        studio.open(path)
        event(studio)
        close(studio, way)
        assert studio.window.page.is_empty


def test_tabs_leave_nothing_behind_closed_in_any_order(
    studio: StudioDriver, engine: StandInEngine, files: list[Path]
) -> None:
    engine.pace = 0.005
    studio.open(*files)
    for at in (1, 2, 0):
        studio.window.tabs.setCurrentIndex(at)
        fill(studio, JobState.RUNNING)
    for at in (1, 1, 0):
        studio.window.tabs.setCurrentIndex(at)
        close(studio, close_by_cross)
    assert studio.window.page.is_empty


def test_a_tab_that_is_still_opening_leaves_nothing_behind(
    studio: StudioDriver, files: list[Path]
) -> None:
    studio.open(files[0])
    studio.window.open_paths([files[2]])
    page = studio.window.page
    watched = {"window": weakref.ref(page), "editor": weakref.ref(page.editor)}
    del page
    close_by_cross(studio)
    studio.wait(lambda: not what_is_left(watched))
    assert [page.editor.name for page in studio.window.pages] == ["one.png"]


def test_a_closed_tab_leaves_nothing_behind_though_it_is_looked_for_before_it_is_deleted(
    studio: StudioDriver, files: list[Path]
) -> None:
    studio.open(*files[:2])
    watched = watch(studio.window.page)
    close_by_cross(studio)
    studio.window.findChildren(QWidget)
    studio.wait(lambda: not what_is_left(watched))


def test_the_whole_window_leaves_nothing_behind(engine: StandInEngine, files: list[Path]) -> None:
    studio = StudioDriver(engine)
    studio.open(*files[:2])
    fill(studio, JobState.FITTING)
    watched = watch(studio.window.page) | {"studio": weakref.ref(studio.window)}
    studio.close()
    del studio
    wait_until(lambda: not what_is_left(watched))


def test_a_closed_tab_is_collected_though_it_was_exempt_from_that(
    studio: StudioDriver, files: list[Path]
) -> None:
    """The program exempts what is there once the engine is built: the first page is among it."""
    studio.open(*files[:2])
    closed: list[bool] = []
    studio.window.page_closed.connect(lambda: closed.append(True))
    page = studio.window.page
    page.kept_alive_by_itself = page  # type: ignore[attr-defined]
    watched = weakref.ref(page)
    gc.freeze()
    try:
        del page
        close_by_key(studio)
        studio.wait(lambda: closed == [True])

        def is_gone() -> bool:
            delete_now()
            collect_garbage()
            return watched() is None

        studio.wait(is_gone)
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


class HeldWrite:
    """Holds what a save or an export writes until `go`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

        def hold(path: Path, document: Document, options: ExportOptions) -> Written:
            self.begun.set()
            assert self.go.wait(60)
            return export_image(path, document, options)

        monkeypatch.setattr(document_io, "export_image", hold)


@pytest.fixture
def held_write(monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldWrite]:
    result = HeldWrite(monkeypatch)
    yield result
    result.go.set()


def begin_export(studio: StudioDriver, held_write: HeldWrite, path: Path) -> None:
    studio.editor.files.save_later(path)
    studio.wait(held_write.begun.is_set)


def told(studio: StudioDriver) -> str:
    return studio.window.page.notices.text.text()


def test_a_tab_closes_at_once_and_what_is_exported_of_it_is_written_after(
    studio: StudioDriver, files: list[Path], held_write: HeldWrite
) -> None:
    studio.open(*files[:2])
    watched, path = watch(studio.window.page), files[1].with_name("out.jpg")
    closed: list[bool] = []
    studio.window.page_closed.connect(lambda: closed.append(True))
    begin_export(studio, held_write, path)
    close_by_cross(studio)
    assert [page.editor.name for page in studio.window.pages] == ["one.png"]
    assert told(studio) == "Exporting out.jpg…"
    assert not path.exists()
    assert not closed
    held_write.go.set()
    studio.wait(lambda: told(studio) == "Saved as out.jpg.")
    assert read_image(path).size == Size(200, 300)
    studio.wait(lambda: closed == [True] and not what_is_left(watched))


def test_a_failed_export_of_a_closed_tab_is_told_in_the_one_in_view(
    studio: StudioDriver, files: list[Path], held_write: HeldWrite
) -> None:
    studio.open(*files[:2])
    (files[1].parent / "folder.jpg").mkdir()
    begin_export(studio, held_write, files[1].with_name("folder.jpg"))
    close_by_cross(studio)
    held_write.go.set()
    studio.wait(lambda: "'folder.jpg' is a folder" in told(studio))


def test_the_window_says_what_is_written_of_closed_tabs_and_closes_once_it_is(
    studio: StudioDriver, files: list[Path], held_write: HeldWrite
) -> None:
    left: list[bool] = []
    studio.window.closed.connect(lambda: left.append(True))
    studio.open(*files[:2])
    path = files[1].with_name("out.jpg")
    begin_export(studio, held_write, path)
    close_by_cross(studio)
    studio.window.close()
    box = studio.box()
    assert box.text() == "<b>The window closes once this is written.</b>"
    assert box.informativeText() == "Exporting out.jpg…"
    press(box, "Cancel")
    run_event_loop(20)
    assert studio.window.isVisible()
    studio.window.close()
    box = studio.box()
    held_write.go.set()
    studio.wait(lambda: left == [True])
    assert path.exists()


def test_the_window_closes_without_what_is_unsaved_once_the_rest_is_written(
    studio: StudioDriver, files: list[Path], held_write: HeldWrite
) -> None:
    left: list[bool] = []
    studio.window.closed.connect(lambda: left.append(True))
    studio.open(files[0])
    paint(studio)
    begin_export(studio, held_write, files[0].with_name("out.jpg"))
    studio.window.close()
    press(studio.box(), "Don’t save")
    box = studio.box()
    assert box.informativeText() == "Exporting out.jpg…"
    assert not left
    held_write.go.set()
    studio.wait(lambda: left == [True])


def test_an_opening_that_nobody_wants_is_given_up(
    studio: StudioDriver, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, begun, go = files[0].with_suffix(".glide"), threading.Event(), threading.Event()
    studio.open(files[0])
    studio.editor.files.save(project)
    studio.open(files[1])
    close(studio, close_by_cross)
    close(studio, close_by_cross)

    def hold(path: Path, **options: Any) -> Any:
        found = open_project(path, **options)
        begun.set()
        assert go.wait(60)
        return found

    monkeypatch.setattr(document_io, "open_project", hold)
    studio.window.open_paths([files[1]])
    studio.window.open_paths([project])
    studio.wait(begun.is_set)
    close_by_cross(studio)
    assert [page.editor.name for page in studio.window.pages] == ["two.png"]
    # Opened again at once: by then nobody else may have it open.
    studio.window.open_paths([project])
    go.set()
    studio.wait(lambda: studio.editor.name == project.name)


def test_a_project_is_saved_while_an_export_is_still_written(
    studio: StudioDriver, files: list[Path], held_write: HeldWrite
) -> None:
    studio.open(files[0])
    begin_export(studio, held_write, files[0].with_name("out.jpg"))
    paint(studio)
    project, saved = files[0].with_suffix(".glide"), list[bool]()
    studio.editor.files.save_later(project, lambda: saved.append(True))
    assert studio.editor.files.writing == ["Exporting out.jpg…", "Saving one.glide…"]
    studio.wait(lambda: saved == [True])
    assert project.exists()
    assert studio.editor.files.writing == ["Exporting out.jpg…"]


def test_an_export_reads_the_store_of_its_picture_after_another_has_taken_its_place(
    studio: StudioDriver, files: list[Path], held_write: HeldWrite
) -> None:
    studio.open(files[0])
    store, path = studio.editor.files.autosave.store, files[0].with_name("out.jpg")
    assert store is not None
    begin_export(studio, held_write, path)
    studio.editor.files.open(files[1])
    written = threading.Event()
    studio.editor._workers.autosave.run(written.set, lambda _: None, lambda _: None)
    studio.wait(written.is_set)
    assert store.path.exists()
    held_write.go.set()
    studio.wait(lambda: not store.path.exists())
    assert read_image(path).size == Size(300, 200)
