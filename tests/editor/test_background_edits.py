"""Edits of the whole picture that are made in the background."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glide_studio.document import history
from glide_studio.document.compositing import composite
from glide_studio.document.tile import MAX_LEVEL
from glide_studio.editor import background_edits, workers
from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import InlineRunner
from glide_studio.editor.workers import Workers
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Point, Size
from glide_studio.io.project.working_store import WorkingStore
from tests.editor.conftest import photo
from tests.editor.held import HeldWorker
from tests.editor.standin import StandInEngine


@pytest.fixture
def files() -> HeldWorker:
    return HeldWorker()


@pytest.fixture
def held(files: HeldWorker, photo_file: Path) -> Iterator[Editor]:
    """An editor with a photo, whose edits in the background wait."""
    inline = Workers.inline()
    editor = Editor(InlineRunner(StandInEngine), replace(inline, files=files))
    editor.files.open(photo_file)
    yield editor
    editor.close()


def seen(editor: Editor) -> np.ndarray:
    return composite(editor.document, editor.document.box)[..., :3]


def labels(editor: Editor) -> list[str]:
    return [state.label for state in editor.timeline.path()][1:]


def test_edits_are_made_one_after_the_other(held: Editor, files: HeldWorker) -> None:
    told: list[str] = []
    held.background_edits.changed.connect(lambda: told.append(held.background_edits.label))
    held.canvas.rotate(1)
    held.canvas.flip("horizontal")
    assert seen(held).shape == (200, 300, 3)
    assert held.background_edits.label == "Rotate"
    files.catch_up()
    assert np.array_equal(seen(held), np.rot90(photo(), -1)[:, ::-1])
    assert labels(held) == ["Rotate", "Flip"]
    assert held.background_edits.label == ""
    assert told == ["Rotate", "Rotate", "Flip", ""]


def test_an_edit_is_made_anew_from_what_was_painted_in_the_meantime(
    held: Editor, files: HeldWorker
) -> None:
    held.canvas.rotate(1)
    held.selection.rectangle(Point(0, 0), Point(10, 20))
    files.catch_up()
    assert held.document.size == Size(200, 300)
    box = held.document.selection.content_box()
    assert (box.x, box.y, box.width, box.height) == (180, 0, 20, 10)
    assert len(labels(held)) == 2


def test_a_command_given_meanwhile_begins_from_the_edited_picture(
    held: Editor, files: HeldWorker
) -> None:
    held.canvas.rotate(1)
    held.canvas.rotate(1)
    assert held.attempt(lambda: held.canvas.flip("vertical"))
    assert labels(held) == ["Rotate", "Rotate"]
    files.catch_up()
    assert np.array_equal(seen(held), np.rot90(photo(), -2)[::-1])
    assert labels(held) == ["Rotate", "Rotate", "Flip"], "none of them twice"


def test_undo_drops_the_edit_that_is_not_made_yet(held: Editor, files: HeldWorker) -> None:
    held.canvas.rotate(1)
    held.canvas.flip("vertical")
    held.undo()
    files.catch_up()
    assert labels(held) == ["Rotate"]
    held.canvas.flip("vertical")
    held.undo()
    assert held.background_edits.label == ""
    files.catch_up()
    assert labels(held) == ["Rotate"]
    held.undo()
    assert labels(held) == []


def test_an_edit_of_a_document_that_is_closed_is_dropped(
    held: Editor, files: HeldWorker, tmp_path: Path, photo_file: Path
) -> None:
    held.canvas.rotate(1)
    held.canvas.rotate(1)
    other = tmp_path / "other.png"
    other.write_bytes(photo_file.read_bytes())
    held.files.open(other)
    files.catch_up()
    assert labels(held) == []
    assert held.document.size == Size(300, 200)
    assert held.background_edits.label == ""


def test_one_that_fails_is_told_and_the_next_is_made(held: Editor, files: HeldWorker) -> None:
    notices: list[str] = []
    held.notice.connect(lambda notice: notices.append(notice.text))

    def fail(document: object) -> None:
        raise GlideError("It is too large.")

    held.background_edits.run("Impossible", fail)  # type: ignore[arg-type]
    held.canvas.rotate(1)
    files.catch_up()
    assert notices == ["It is too large."]
    assert labels(held) == ["Rotate"]
    held.background_edits.run("Impossible", fail)  # type: ignore[arg-type]
    assert held.attempt(lambda: held.selection.select_all())
    assert notices == ["It is too large."] * 2
    assert labels(held) == ["Rotate", "Select all"]


def test_edits_wait_for_the_disk_rather_than_fill_the_memory(
    files: HeldWorker, photo_file: Path
) -> None:
    autosave = HeldWorker()
    editor = Editor(
        InlineRunner(StandInEngine), replace(Workers.inline(), autosave=autosave, files=files)
    )
    editor.files.open(photo_file)
    editor.set_budgets(results=0, history=100_000, trash_days=1)
    for _ in range(4):
        editor.canvas.rotate(1)
    files.catch_up()
    assert labels(editor) == ["Rotate"], "the photo is not written yet"
    most = 0
    while autosave.waiting or files.waiting:
        most = max(most, editor.timeline.hidden_bytes)
        autosave.catch_up()
        files.catch_up()
    assert labels(editor) == ["Rotate"] * 4
    assert most < 2 * (editor.timeline.held_bytes - editor.timeline.hidden_bytes)
    editor.close()


def test_nothing_waits_if_no_picture_is_open() -> None:
    editor = Editor(InlineRunner(StandInEngine))
    with pytest.raises(GlideError):
        editor.canvas.rotate(1)
    assert editor.background_edits.label == ""
    editor.close()


def test_tiles_are_reduced_as_those_were_that_were_drawn(held: Editor, files: HeldWorker) -> None:
    (layer,) = held.document.layers
    assert layer.raster is not None
    layer.raster.read(layer.raster.level_box(3), 3)
    held.canvas.rotate(1)
    files.catch_up()
    (layer,) = held.document.layers
    assert layer.raster is not None
    for _, tile in layer.raster.tiles():
        assert {3, 4} <= set(tile.reduced_levels)
        assert max(tile.reduced_levels) <= MAX_LEVEL


def test_what_an_edit_replaced_leaves_memory_once_it_is_recorded(
    held: Editor, files: HeldWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "AT_ONCE", 0)
    held.timeline.budget = 0
    first = held.document
    held.canvas.rotate(1)
    files.catch_up()
    assert first.count_unloaded() == len(list(first.layers[0].raster.tiles()))


def test_an_edit_waits_for_no_disk_that_holds_what_memory_needs(
    photo_file: Path, files: HeldWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, inline = HeldWorker(), Workers.inline()
    editor = Editor(InlineRunner(StandInEngine), replace(inline, autosave=disk, files=files))
    editor.files.open(photo_file)
    disk.catch_up()
    monkeypatch.setattr(history, "AT_ONCE", 0)
    editor.timeline.budget = 50_000  # less than one tile
    editor.canvas.rotate(1)
    files.catch_up()
    disk.waiting.clear()  # a disk that is busy for long
    first = editor.timeline.path()[0].document
    editor.canvas.rotate(1)
    assert first.count_unloaded() > 0
    files.catch_up()
    assert labels(editor) == ["Rotate", "Rotate"]
    editor.close()


@pytest.fixture
def spilled(held: Editor, files: HeldWorker, monkeypatch: pytest.MonkeyPatch) -> Editor:
    """An editor with two turns, whose states before them are on the disk alone."""
    monkeypatch.setattr(background_edits, "FEW_TILES", 0)
    for _ in range(2):
        held.canvas.rotate(1)
        files.catch_up()
    spill(held)
    return held


def spill(editor: Editor) -> None:
    """Leave only what is shown in memory."""
    editor.timeline.spill(0, is_shown=True)


def test_undo_loads_what_is_on_the_disk_before_it_is_shown(
    spilled: Editor, files: HeldWorker
) -> None:
    before = spilled.timeline.undo_state
    assert before is not None
    assert before.document.count_unloaded() > 0
    spilled.undo()
    assert labels(spilled) == ["Rotate", "Rotate"]
    assert spilled.background_edits.label == "Load step"
    unloaded: list[int] = []
    spilled.document_changed.connect(
        lambda before, after, dirty: unloaded.append(after.count_unloaded())
    )
    files.catch_up()
    assert (labels(spilled), unloaded) == (["Rotate"], [0])
    assert np.array_equal(seen(spilled), np.rot90(photo(), -1))
    assert spilled.background_edits.label == ""


def test_the_picture_before_is_loaded_before_it_is_shown(
    spilled: Editor, files: HeldWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("glide_studio.editor.editor.FEW_TILES", 0)
    opened, told = spilled.original, []
    assert opened is not None
    assert opened.count_unloaded() > 0
    spilled.show_before(True, lambda: told.append(opened.count_unloaded()))
    assert not spilled.is_showing_before
    files.catch_up()
    assert spilled.shown is opened
    assert told == [0]
    spill(spilled)
    assert opened.count_unloaded() == 0, "as long as it is seen"
    spilled.show_before(False)
    assert spilled.shown is spilled.document
    spill(spilled)
    spilled.show_before(True)
    spilled.show_before(False)
    files.catch_up()
    assert spilled.shown is spilled.document, "let go before it was there"


def test_a_state_in_memory_is_shown_at_once(held: Editor, files: HeldWorker) -> None:
    held.canvas.rotate(1)
    files.catch_up()
    held.undo()
    assert labels(held) == []
    held.redo()
    assert labels(held) == ["Rotate"]
    assert not files.waiting


def test_each_press_goes_one_step_further(spilled: Editor, files: HeldWorker) -> None:
    for _ in range(3):  # once more than there are steps
        spilled.undo()
    files.catch_up()
    assert labels(spilled) == []
    assert np.array_equal(seen(spilled), photo())
    spill(spilled)
    spilled.redo()
    spilled.redo()
    spilled.undo()
    files.catch_up()
    assert labels(spilled) == ["Rotate"]


def test_redo_leads_back_from_a_step_of_another_branch(spilled: Editor, files: HeldWorker) -> None:
    first, old = spilled.timeline.path()[0].id, spilled.timeline.current.id
    spilled.jump(first)
    files.catch_up()
    spilled.canvas.flip("vertical")
    files.catch_up()
    spill(spilled)
    spilled.jump(old)
    spilled.undo()
    spilled.undo()
    spilled.redo()
    spilled.redo()
    files.catch_up()
    assert spilled.timeline.current.id == old


def test_a_command_given_while_a_step_is_loaded_begins_from_it(
    spilled: Editor, files: HeldWorker
) -> None:
    spilled.undo()
    assert spilled.attempt(lambda: spilled.selection.select_all())
    assert labels(spilled) == ["Rotate", "Select all"]
    files.catch_up()
    assert labels(spilled) == ["Rotate", "Select all"], "undone once"


def test_an_edit_in_the_background_follows_the_step_that_is_loaded(
    spilled: Editor, files: HeldWorker
) -> None:
    spilled.undo()
    spilled.canvas.flip("vertical")
    assert spilled.background_edits.label == "Load step"
    files.catch_up()
    assert labels(spilled) == ["Rotate", "Flip"]
    assert np.array_equal(seen(spilled), np.rot90(photo(), -1)[::-1])


def test_undo_drops_an_edit_that_waits_for_a_step(spilled: Editor, files: HeldWorker) -> None:
    spilled.undo()
    spilled.canvas.flip("vertical")
    spilled.undo()
    files.catch_up()
    assert labels(spilled) == ["Rotate"]


def test_a_step_goes_after_the_edit_that_is_made(held: Editor, files: HeldWorker) -> None:
    first = held.timeline.current.id
    held.canvas.rotate(1)
    held.jump(first)
    files.catch_up()
    assert labels(held) == []
    assert [state.label for state in held.timeline.states][1:] == ["Rotate"], "it is not lost"


def test_a_step_that_is_dropped_is_not_gone_to_and_leaves_memory(
    spilled: Editor, files: HeldWorker
) -> None:
    before = spilled.timeline.undo_state
    assert before is not None
    spilled.undo()
    spilled.background_edits.drop()
    before.document.reduce_as(spilled.document)
    spill(spilled)
    assert before.document.count_unloaded() > 0
    files.catch_up()
    assert labels(spilled) == ["Rotate", "Rotate"]


def test_steps_of_a_document_that_is_closed_are_dropped(
    spilled: Editor, files: HeldWorker, tmp_path: Path, photo_file: Path
) -> None:
    notices: list[str] = []
    spilled.notice.connect(lambda notice: notices.append(notice.text))
    spilled.undo()
    spilled.undo()
    other = tmp_path / "other.png"
    other.write_bytes(photo_file.read_bytes())
    spilled.files.open(other)
    assert spilled.background_edits.label == ""
    files.catch_up()
    assert (labels(spilled), notices) == ([], [])
    assert spilled.document.size == Size(300, 200)


def test_what_is_loaded_for_a_step_is_not_spilled_meanwhile(
    spilled: Editor, files: HeldWorker
) -> None:
    before = spilled.timeline.undo_state
    assert before is not None
    spilled.undo()
    before.document.reduce_as(spilled.document)
    spill(spilled)
    assert before.document.count_unloaded() == 0


def test_a_large_picture_is_painted_before_all_of_it_is_packed_and_drawn_small(
    held: Editor, files: HeldWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(workers.time, "sleep", lambda _: done.append("paint"))
    record = WorkingStore.record

    def note_record(store: WorkingStore, *arguments: Any, **options: Any) -> None:
        done.append("record")
        record(store, *arguments, **options)

    monkeypatch.setattr(WorkingStore, "record", note_record)
    held.canvas.flip("horizontal")
    files.catch_up()
    assert "paint" not in done, "a small picture is fast anyway"
    monkeypatch.setattr(workers, "LARGE_PX", 100)
    done.clear()
    held.canvas.flip("horizontal")
    files.catch_up()
    assert done[:2] == ["paint", "record"]
    held.thumbnails.begin()
    done.clear()
    held.selection.rectangle(Point(10, 10), Point(20, 20))
    assert "paint" in done, "before the thumbnail is made"
