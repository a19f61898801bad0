"""What the editor does with the working store: damage is told, accepted work outlives a power cut."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glide_studio.api.sampling import Sampling
from glide_studio.document.brush import StrokePoint
from glide_studio.document.document import Document
from glide_studio.document.history import History
from glide_studio.document.raster import Raster
from glide_studio.document.tile import TILE_PX, Tile
from glide_studio.editor import document_io
from glide_studio.editor import fit_queue as fit_queue_module
from glide_studio.editor.autosave import DeferredStore
from glide_studio.editor.editor import Editor
from glide_studio.editor.fitting import FittedPatch, fit_patch
from glide_studio.editor.image_documents import picture_from_document
from glide_studio.editor.job_serialization import stored_jobs
from glide_studio.editor.runner import InlineRunner
from glide_studio.editor.state import Notification, Severity
from glide_studio.editor.workers import Workers
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Point, Size
from glide_studio.io.project.working_store import Recordable, WorkingStore
from tests.editor.held import HeldWorker
from tests.editor.loop import PATIENCE_S, threaded_editor
from tests.editor.standin import StandInEngine
from tests.editor.test_editor import fill


def test_unreadable_tiles_are_told_when_a_project_opens(
    editor: Editor, photo_file: Path, tmp_path: Path
) -> None:
    editor.files.open(photo_file)
    before = picture_from_document(editor.document).pixels
    editor.files.save(tmp_path / "work.glide")
    editor.files.open(photo_file)
    connection = sqlite3.connect(tmp_path / "work.glide")
    connection.execute("UPDATE content SET data = zeroblob(9) WHERE key = 2")
    connection.commit()
    connection.close()
    told: list[Notification] = []
    editor.notice.connect(told.append)
    editor.files.open(tmp_path / "work.glide")
    (notice,) = told
    assert notice.severity is Severity.WARNING
    assert "'work.glide' is damaged: 1 tile of 128 x 128" in notice.text
    after = picture_from_document(editor.document).pixels
    lost = (after == 0).all(axis=-1)
    assert lost.sum() <= 128 * 128
    assert np.array_equal(after[~lost], before[~lost])


def test_a_whole_project_opens_without_a_word(
    editor: Editor, photo_file: Path, tmp_path: Path
) -> None:
    editor.files.open(photo_file)
    editor.files.save(tmp_path / "work.glide")
    editor.files.open(photo_file)
    told: list[Notification] = []
    editor.notice.connect(told.append)
    editor.files.open(tmp_path / "work.glide")
    assert told == []


def test_an_accept_waits_for_the_disk_and_a_stroke_does_not(
    editor: Editor, photo_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded: list[bool] = []
    real = WorkingStore.record

    def record(self: WorkingStore, history: Recordable, *, durable: bool = False) -> None:
        recorded.append(durable)
        real(self, history, durable=durable)

    monkeypatch.setattr(WorkingStore, "record", record)
    editor.files.open(photo_file)
    assert recorded.pop() is True
    editor.selection.begin_stroke(StrokePoint(100, 100), erase=False)
    editor.selection.extend_stroke([StrokePoint(140, 100)])
    editor.selection.finish_stroke()
    assert recorded.pop() is False
    editor.undo()
    assert recorded.pop() is False
    editor.selection.ellipse(Point(100, 60), Point(180, 140))
    fill(editor)
    recorded.clear()
    editor.candidates.accept()
    assert recorded == [True]


def paint_stroke(editor: Editor) -> str:
    """Paint a short stroke; the id of the state that it made."""
    editor.selection.begin_stroke(StrokePoint(100, 100), erase=False)
    editor.selection.extend_stroke([StrokePoint(140, 100)])
    editor.selection.finish_stroke()
    return editor.timeline.current.id


class Recording:
    """Tells which states are in the working store."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._states: set[str] = set()
        self._changed = threading.Condition()
        real = WorkingStore.record

        def record(store: WorkingStore, history: Recordable, *, durable: bool = False) -> None:
            real(store, history, durable=durable)
            with self._changed:
                self._states |= {state.id for state in history.states}
                self._changed.notify_all()

        monkeypatch.setattr(WorkingStore, "record", record)

    def has(self, state: str) -> bool:
        """Wait for a state."""
        with self._changed:
            return self._changed.wait_for(lambda: state in self._states, PATIENCE_S)


def test_a_stroke_is_recorded_while_candidates_are_being_fitted(
    engine: StandInEngine, photo_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording, begun, released = Recording(monkeypatch), threading.Event(), threading.Event()

    def fit(*arguments: Any) -> FittedPatch:
        begun.set()
        assert released.wait(PATIENCE_S)
        return fit_patch(*arguments)

    monkeypatch.setattr(fit_queue_module, "fit_patch", fit)
    with threaded_editor(engine, tmp_path / "stores") as (editor, loop):
        editor.files.open(photo_file)
        editor.selection.ellipse(Point(100, 60), Point(180, 140))
        editor.set_generation_settings(prompt="a cup", sampling=Sampling(count=4, steps=1))
        editor.generation.generate()
        loop.run_until(begun.is_set)
        state = paint_stroke(editor)
        recorded = recording.has(state)
        still_fitting = not released.is_set()
        released.set()
        assert recorded
        assert still_fitting
        loop.run_until(lambda: editor.candidates.current is not None)


def test_opening_and_saving_do_not_wait_for_the_fitting(
    engine: StandInEngine, photo_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, released = threading.Event(), threading.Event()

    def fit(*arguments: Any) -> FittedPatch:
        begun.set()
        assert released.wait(PATIENCE_S)
        return fit_patch(*arguments)

    monkeypatch.setattr(fit_queue_module, "fit_patch", fit)
    with threaded_editor(engine, tmp_path / "stores") as (editor, loop):
        editor.files.open(photo_file)
        editor.selection.ellipse(Point(100, 60), Point(180, 140))
        editor.set_generation_settings(prompt="a cup", sampling=Sampling(count=4, steps=1))
        editor.generation.generate()
        loop.run_until(begun.is_set)
        editor.files.save_later(tmp_path / "work.glide")
        loop.run_until(lambda: editor.name == "work.glide")
        assert (tmp_path / "work.glide").is_file()
        editor.files.open_later(photo_file)
        loop.run_until(lambda: editor.name == photo_file.name)
        released.set()


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "webp", "avif", "bmp", "psd", "ora"])
def test_edits_are_recorded_while_a_picture_is_being_written(
    engine: StandInEngine,
    photo_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
) -> None:
    recording, begun, released = Recording(monkeypatch), threading.Event(), threading.Event()
    real_export, real_layers = document_io.export_image, document_io.write_layers

    def hold(write: Callable[..., Any]) -> Callable[..., Any]:
        def held(*arguments: Any) -> Any:
            begun.set()
            assert released.wait(PATIENCE_S)
            return write(*arguments)

        return held

    monkeypatch.setattr(document_io, "export_image", hold(real_export))
    monkeypatch.setattr(document_io, "write_layers", hold(real_layers))
    with threaded_editor(engine, tmp_path / "stores") as (editor, loop):
        editor.files.open(photo_file)
        written: list[bool] = []
        editor.files.save_later(tmp_path / f"out.{ending}", lambda: written.append(True))
        loop.run_until(begun.is_set)
        assert recording.has(paint_stroke(editor))
        assert not written
        released.set()
        loop.run_until(lambda: written == [True])
        assert (tmp_path / f"out.{ending}").is_file()


def test_a_store_that_found_no_room_is_tried_again_at_the_next_edit(
    editor: Editor, photo_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Notification] = []
    editor.notice.connect(told.append)
    real = WorkingStore.create

    def full(*_: Any, **__: Any) -> WorkingStore:
        raise GlideError("There is no space left on the disk.")

    monkeypatch.setattr(WorkingStore, "create", full)
    editor.files.open(photo_file)
    assert "no space left" in told[-1].text
    monkeypatch.setattr(WorkingStore, "create", real)
    paint_stroke(editor)
    store = editor.files.autosave.store
    assert store is not None
    assert len(store.history().states) == 2
    editor.files.save(tmp_path / "work.glide")
    assert not editor.modified


def test_a_project_is_saved_elsewhere_while_the_store_finds_no_room(
    editor: Editor, photo_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = WorkingStore.create

    def full(*arguments: Any, **options: Any) -> WorkingStore:
        if options["folder"] is None or tmp_path not in options["folder"].parents:
            raise GlideError("There is no space left on the disk.")
        return real(*arguments, **options)

    monkeypatch.setattr(WorkingStore, "create", full)
    editor.files.open(photo_file)
    state = paint_stroke(editor)
    editor.files.save(tmp_path / "work.glide")
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".glide-")] == []
    editor.files.open(photo_file)
    editor.files.open(tmp_path / "work.glide")
    assert editor.timeline.current.id == state


@pytest.mark.parametrize("name", ["work.glide", "elsewhere.glide"])
@pytest.mark.parametrize("edits", [0, 1])
def test_a_project_is_saved_while_its_store_has_no_room_for_the_last_edit(
    editor: Editor, photo_file: Path, tmp_path: Path, name: str, edits: int
) -> None:
    editor.files.open(photo_file)
    editor.files.save(tmp_path / "work.glide")
    told: list[Notification] = []
    editor.notice.connect(told.append)
    store = editor.files.autosave.store
    assert store is not None
    (pages,) = store._sql.execute("PRAGMA page_count").fetchone()
    store._sql.execute(f"PRAGMA max_page_count = {pages}")
    for _ in range(edits):
        for number in range(60):  # more than the last page has room for
            editor.set_tool_settings(size=20.0 + number)
            paint_stroke(editor)
    assert edits == len({one.text for one in told})
    state = editor.timeline.current.id
    editor.files.save(tmp_path / name)
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".glide-")] == []
    assert not editor.modified
    store._sql.execute("PRAGMA max_page_count = 1000000")
    editor.files.save_later(tmp_path / name, changed=lambda: pytest.fail("It is our own."))
    later = paint_stroke(editor)
    editor.files.save(tmp_path / name)
    editor.files.open(photo_file)
    editor.files.open(tmp_path / name)
    assert editor.timeline.current.id == later
    assert state in [one.id for one in editor.timeline.states]


@pytest.mark.skipif(sys.platform == "win32", reason="open files cannot be cut there")
@pytest.mark.parametrize("project", [False, True])
def test_a_save_over_a_damaged_store_holds_everything(
    editor: Editor, photo_file: Path, tmp_path: Path, project: bool
) -> None:
    editor.files.open(photo_file)
    if project:
        editor.files.save(tmp_path / "work.glide")
        editor.files.open(photo_file)
        editor.files.open(tmp_path / "work.glide")
    store = editor.files.autosave.store
    assert store is not None
    # As a program does that cleans by emptying files.
    for end in ("", "-wal"):
        with store.path.with_name(store.path.name + end).open("rb+") as file:
            file.truncate(0)
    editor.selection.rectangle(Point(10, 10), Point(60, 50))
    shown = picture_from_document(editor.document).pixels
    states = len(editor.timeline.states)
    editor.files.save(tmp_path / "after.glide")
    editor.files.open(photo_file)
    editor.files.open(tmp_path / "after.glide")
    assert len(editor.timeline.states) == states
    assert np.array_equal(picture_from_document(editor.document).pixels, shown)
    assert editor.selection.painted_mask(editor.document.box)[30, 30] == 255


def test_finished_candidates_are_packed_in_the_pool_and_no_edit_waits_for_them(
    engine: StandInEngine, tmp_path: Path, photo_file: Path
) -> None:
    pool, inline = HeldWorker(), Workers.inline()
    workers = replace(inline, pool=pool)
    editor = Editor(InlineRunner(lambda: engine), workers, tmp_path / "stores")
    editor.files.open(photo_file)
    pool.catch_up()
    editor.selection.ellipse(Point(100, 60), Point(180, 140))
    fill(editor)
    pool.catch_up()
    store = editor.files.autosave.store
    assert store is not None
    (job,) = stored_jobs(store)
    editor.files.store_results(editor.generation.jobs[job.id])
    before = len(pool.waiting)
    assert before > 0
    states = len(store.history().states)
    editor.selection.select_all()
    assert len(store.history().states) == states + 1, "recorded while the candidates wait"
    editor.files.save(tmp_path / "work.glide")
    editor.close()
    again = Editor(InlineRunner(lambda: engine), stores=tmp_path / "stores")
    again.files.open(tmp_path / "work.glide")
    assert again.generation.jobs[job.id].patches
    again.close()


def test_tiles_stay_in_memory_until_a_store_that_is_created_later_holds_them(
    tmp_path: Path,
) -> None:
    deferred, size = DeferredStore(), Size(100, 100)
    history = History.begin(Document(size, selection=Raster.full(size, 7)), store=deferred)
    ((_, tile),) = history.document.selection.tiles()
    before = tile.pixels
    history.spill(0, is_shown=False)
    assert tile.resident
    store = WorkingStore.create(None, "a", folder=tmp_path)
    deferred.set_store(store)
    history.spill(0, is_shown=False)
    assert tile.resident
    store.record(history)
    history.spill(0, is_shown=False)
    assert not tile.resident
    assert np.array_equal(tile.pixels, before)
    store.close(discard=True)


def test_tiles_of_a_store_that_could_not_be_created_stay_in_memory() -> None:
    deferred = DeferredStore()
    deferred.set_store(None)
    assert deferred.is_missing
    tile = Tile(np.full((TILE_PX, TILE_PX, 4), 7, np.uint8))
    assert not deferred.holds(tile)
    with pytest.raises(GlideError, match="no room for this edit"):
        deferred.load(tile.id)
