"""The verbs of a headless editor."""

from __future__ import annotations

import os
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio.api.request import DEFAULT_MODEL
from glide_studio.api.sampling import Sampling
from glide_studio.document.brush import StrokePoint
from glide_studio.document.compositing import composite
from glide_studio.editor.editor import Editor
from glide_studio.editor.jobs import JobState
from glide_studio.editor.runner import InlineRunner
from glide_studio.editor.state import DirtyRegion, Notification, Severity
from glide_studio.editor.workers import Workers
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.io.project.recovery import forget, restore
from glide_studio.io.provenance import provenance_from_dict
from tests.editor.conftest import photo
from tests.editor.held import HeldWorker
from tests.editor.standin import StandInEngine

SEED = 7


def seen(editor: Editor) -> np.ndarray:
    return composite(editor.document, editor.document.box)


def fill(editor: Editor, **changes: object) -> str:
    sampling = replace(Sampling(seed=SEED, count=2, steps=3), **changes)
    editor.set_generation_settings(prompt="a red apple", new_seed=False, sampling=sampling)
    job = editor.generation.generate()
    editor.runner.run_until_done()
    return job.id


@pytest.fixture
def painted(editor: Editor, photo_file: Path) -> Editor:
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(100, 60), Point(180, 140))
    return editor


def test_a_picture_is_opened_as_it_is(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    assert np.array_equal(seen(editor)[..., :3], photo())
    assert not editor.modified
    assert editor.name == "photo.png"


def test_a_fill_becomes_a_layer_and_nothing_else_changes(painted: Editor) -> None:
    before = seen(painted)
    mask = painted.selection.painted_mask(painted.document.box)
    job = fill(painted)
    assert np.array_equal(seen(painted), before), "candidates are not in the document"
    proof = painted.candidates.accept(job, 1)
    after = seen(painted)
    assert proof.ok
    assert proof.compared == np.count_nonzero(mask == 0)
    assert np.array_equal(after[mask == 0], before[mask == 0])
    layer = painted.document.layers[-1]
    assert layer.name == "a red apple"
    assert layer.provenance is not None
    made = provenance_from_dict(layer.provenance)
    assert made.candidate == 1
    assert made.request.sampling.seed == SEED
    assert made.request.image is None
    assert np.abs(after[100, 140, :3].astype(int) - before[100, 140, :3]).max() > 5


def test_the_request_holds_the_framed_photo_and_the_mask(
    painted: Editor, engine: StandInEngine
) -> None:
    fill(painted)
    request = engine.requests[0]
    assert request.box == Box(70, 30, 140, 140)
    assert request.image is not None
    assert request.mask is not None
    rows, columns = request.box.slices
    assert np.allclose(request.image, photo()[rows, columns] / 255, atol=1e-6)
    mask = painted.selection.painted_mask(request.box)
    assert np.allclose(request.mask, mask / 255, atol=1e-6)


def test_transparent_pixels_are_unknown_to_the_model_but_stay(
    editor: Editor, engine: StandInEngine, tmp_path: Path
) -> None:
    pixels = np.dstack([photo(), np.full((200, 300), 255, np.uint8)])
    pixels[:, :60, 3] = 0
    Image.fromarray(pixels).save(tmp_path / "hole.png")
    editor.files.open(tmp_path / "hole.png")
    editor.selection.rectangle(Point(50, 50), Point(120, 120))
    before = seen(editor)
    proof = editor.candidates.accept(fill(editor), 0)
    mask = engine.requests[0].mask
    assert mask is not None
    box = engine.requests[0].box
    assert (mask[: 60 - box.y, : 60 - box.x] == 1).all()
    assert proof.ok
    assert np.array_equal(seen(editor)[:40], before[:40])


def test_a_16_bit_photo_stays_16_bit(editor: Editor, tmp_path: Path) -> None:
    import imagecodecs

    deep = photo().astype(np.uint16) * 257 + 13
    (tmp_path / "deep.png").write_bytes(imagecodecs.png_encode(deep))
    editor.files.open(tmp_path / "deep.png")
    editor.selection.ellipse(Point(100, 60), Point(180, 140))
    mask = editor.selection.painted_mask(editor.document.box)
    proof = editor.candidates.accept(fill(editor), 0)
    assert proof.ok
    editor.files.save(tmp_path / "out.png")
    out = imagecodecs.png_decode((tmp_path / "out.png").read_bytes())
    assert out.dtype == np.uint16
    assert np.array_equal(out[..., :3][mask == 0], deep[mask == 0])


def test_accept_is_one_undo_entry_and_undo_brings_the_mask_back(painted: Editor) -> None:
    before = painted.document
    job = fill(painted)
    count = len(painted.timeline)
    painted.candidates.accept(job, 0)
    assert len(painted.timeline) == count + 1
    assert painted.document.selection.content_box().empty
    painted.undo()
    assert painted.document is before
    assert not painted.document.selection.content_box().empty
    painted.candidates.accept(job, 1)
    assert len(painted.document.layers) == 2, "a candidate outlives undo"


def test_the_mask_stays_after_accept_if_it_shall(painted: Editor) -> None:
    painted.set_generation_settings(keep_mask=True)
    before = painted.document.selection
    painted.candidates.accept(fill(painted), 0)
    assert painted.document.selection == before


def test_trying_a_candidate_on_shows_it_outside_of_the_history(painted: Editor) -> None:
    fill(painted)
    assert painted.candidates.previewed is not None
    assert painted.shown is not painted.document
    count = len(painted.timeline)
    painted.candidates.preview(1)
    assert painted.candidates.previewed.index == 1
    (job,) = painted.generation.jobs.values()
    painted.results.discard()
    assert painted.candidates.previewed is None
    assert painted.shown is painted.document
    assert len(painted.timeline) == count
    assert not painted.generation.jobs.values()
    painted.results.undelete()
    (back,) = painted.generation.jobs.values()
    assert (back.id, back.choices) == (job.id, job.choices)


def test_painting_on_takes_the_candidate_off_the_canvas(painted: Editor) -> None:
    fill(painted)
    painted.selection.begin_stroke(StrokePoint(10, 10), erase=False)
    assert painted.candidates.previewed is None
    painted.selection.finish_stroke()
    assert painted.shown is painted.document


def test_without_a_mask_there_is_nothing_to_generate(editor: Editor, photo_file: Path) -> None:
    with pytest.raises(GlideError, match="open a photo first"):
        editor.generation.generate()
    editor.files.open(photo_file)
    with pytest.raises(GlideError, match="Nothing is painted"):
        editor.generation.generate()


def test_an_unknown_model_is_named_with_those_at_hand(painted: Editor) -> None:
    fill(painted)
    painted.set_generation_settings(model="maxi")
    with pytest.raises(GlideError, match=r"no model 'maxi'.*'objects'"):
        painted.generation.generate()


def test_a_model_brings_its_own_plan_until_something_else_is_said(
    editor: Editor, engine: StandInEngine
) -> None:
    engine.usual = Sampling(steps=2, sampler="ddim", guidance=2.0, temperature=0.7, seed=5)
    editor.runner.start()
    sampling = editor.generation_settings.sampling
    assert (sampling.steps, sampling.sampler, sampling.guidance) == (2, "ddim", 2.0)
    assert (sampling.temperature, sampling.count, sampling.seed) == (0.7, 4, 0)
    editor.set_generation_settings(sampling=replace(sampling, steps=9))
    editor.requests.use_model(DEFAULT_MODEL)
    assert editor.generation_settings.sampling == sampling
    editor.requests.use_model("maxi")  # which says nothing
    assert editor.generation_settings.sampling == Sampling(count=4)


def test_what_was_said_before_the_model_was_there_stays(
    editor: Editor, engine: StandInEngine
) -> None:
    engine.usual = Sampling(steps=2)
    editor.set_generation_settings(sampling=Sampling(count=4))
    editor.runner.start()
    assert editor.generation_settings.sampling == Sampling(count=4)


def test_a_failed_job_says_why(painted: Editor) -> None:
    told: list[Notification] = []
    painted.notice.connect(told.append)
    painted.set_generation_settings(prompt="fail")
    job = painted.generation.generate()
    painted.runner.run_until_done()
    assert painted.generation.jobs[job.id].state is JobState.FAILED
    assert told[-1].severity is Severity.ERROR
    assert "no room in memory" in told[-1].text
    with pytest.raises(GlideError, match="no finished candidate"):
        painted.candidates.accept(job.id, 0)


def test_cancel_pause_and_resume(painted: Editor) -> None:
    painted.set_generation_settings(prompt="a cup")
    first = painted.generation.generate()
    painted.generation.pause(first.id)
    painted.runner.run_until_done()
    assert painted.generation.jobs[first.id].state is JobState.PAUSED
    painted.generation.resume(first.id)
    painted.runner.run_until_done()
    assert painted.generation.jobs[first.id].state is JobState.FINISHED
    second = painted.generation.generate()
    painted.generation.cancel(second.id)
    painted.runner.run_until_done()
    assert painted.generation.jobs[second.id].state is JobState.CANCELLED


def test_a_new_seed_is_drawn_for_every_run_if_it_shall(
    painted: Editor, engine: StandInEngine
) -> None:
    painted.set_generation_settings(prompt="a cup")
    for _ in range(2):
        painted.generation.generate()
    painted.runner.run_until_done()
    first, second = (request.sampling.seed for request in engine.requests)
    assert first != second


def test_a_stroke_is_one_entry_and_its_abort_is_none(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    changes: list[DirtyRegion] = []
    editor.document_changed.connect(lambda before, after, dirty: changes.append(dirty))
    start = editor.document
    editor.selection.begin_stroke(StrokePoint(50, 50), erase=False)
    editor.selection.extend_stroke([StrokePoint(90, 60), StrokePoint(120, 70)])
    assert editor.document is start
    assert editor.shown is not start
    assert changes
    assert all(dirty.mask and not dirty.pixels for dirty in changes)
    editor.selection.finish_stroke()
    assert len(editor.timeline) == 2
    editor.selection.begin_stroke(StrokePoint(90, 60), erase=True)
    editor.selection.abort_stroke()
    assert len(editor.timeline) == 2
    editor.undo()
    assert editor.document is start
    editor.redo()
    assert not editor.document.selection.content_box().empty


def test_undo_while_stroking_drops_the_stroke(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    editor.selection.select_all()
    editor.selection.begin_stroke(StrokePoint(50, 50), erase=True)
    editor.undo()
    assert not editor.selection.stroking
    assert len(editor.timeline.path()) == 2


def test_mask_verbs(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    masking, whole = editor.selection, editor.document.box
    masking.rectangle(Point(100, 50), Point(200, 150))
    assert masking.painted_mask(whole).sum() == 255 * 100 * 100
    masking.lasso([Point(100, 50), Point(200, 50), Point(200, 100), Point(100, 100)], "subtract")
    assert editor.document.selection.content_box() == Box(100, 100, 100, 50)
    masking.grow(5)
    assert editor.document.selection.content_box() == Box(95, 95, 110, 60)
    masking.invert()
    assert masking.painted_mask(whole)[120, 150] == 0
    masking.clear()
    assert editor.document.selection.content_box().empty
    masking.wand(Point(20, 20))
    assert masking.painted_mask(whole)[20, 20] == 255
    masking.wand(Point(-5, 20))


def test_a_mask_file_is_loaded(editor: Editor, photo_file: Path, tmp_path: Path) -> None:
    editor.files.open(photo_file)
    mask = np.zeros((200, 300), np.uint8)
    mask[20:60, 30:90] = 200
    Image.fromarray(mask).save(tmp_path / "mask.png")
    editor.files.load_mask(tmp_path / "mask.png")
    assert np.array_equal(editor.selection.painted_mask(editor.document.box), mask)


def test_a_mask_drawn_on_transparency_is_its_alpha(
    editor: Editor, photo_file: Path, tmp_path: Path
) -> None:
    editor.files.open(photo_file)
    drawn = np.zeros((200, 300, 4), np.uint8)
    drawn[20:60, 30:90, 3] = 255
    Image.fromarray(drawn).save(tmp_path / "mask.png")
    editor.files.load_mask(tmp_path / "mask.png")
    assert editor.document.selection.content_box() == Box(30, 20, 60, 40)


@pytest.mark.parametrize(
    ("picture", "told"),
    [
        (np.full((200, 300), 255, np.uint8), "'mask.png' is nowhere black"),
        (np.zeros((200, 300), np.uint8), "'mask.png' is black all over"),
        (np.indices((200, 300, 3)).sum(0).astype(np.uint8) * [0, 1, 1] % 256, "picture in color"),
        (np.pad(np.full((100, 100), 180, np.uint8), ((0, 100), (0, 200))), None),
        (np.pad(np.full((100, 100, 3), 180, np.uint8), ((0, 100), (0, 200), (0, 0))), None),
    ],
)
def test_a_file_that_is_hardly_meant_as_a_mask_is_taken_with_a_word(
    editor: Editor, photo_file: Path, tmp_path: Path, picture: np.ndarray, told: str | None
) -> None:
    editor.files.open(photo_file)
    heard: list[str] = []
    editor.notice.connect(lambda notice: heard.append(notice.text))
    picture[:, :1] = 0
    Image.fromarray(picture.astype(np.uint8)).save(tmp_path / "mask.png")
    editor.files.load_mask(tmp_path / "mask.png")
    assert (editor.timeline.current.label == "Load mask") == picture.any()
    assert len(heard) == (told is not None)
    assert all(told in text for text in heard)


def test_a_project_that_another_program_changed_is_told_once(
    editor: Editor, photo_file: Path, tmp_path: Path
) -> None:
    project = tmp_path / "a.glide"
    editor.files.open(photo_file)
    editor.files.look_for_changes()
    editor.files.save(project)
    heard: list[str] = []
    editor.notice.connect(lambda notice: heard.append(notice.text))
    editor.files.look_for_changes()
    assert heard == []
    project.write_bytes(b"of another program")
    editor.files.look_for_changes()
    editor.files.look_for_changes()
    assert len(heard) == 1
    assert "'a.glide' was changed by another program" in heard[0]
    project.write_bytes(b"changed once more")
    editor.files.look_for_changes()
    assert len(heard) == 2
    project.unlink()
    editor.files.look_for_changes()
    assert len(heard) == 2


def test_a_mask_of_another_size_is_refused_with_both_sizes(
    editor: Editor, photo_file: Path, tmp_path: Path
) -> None:
    editor.files.open(photo_file)
    Image.new("L", (301, 200)).save(tmp_path / "mask.png")
    with pytest.raises(GlideError, match=r"301 x 200.*300 x 200"):
        editor.files.load_mask(tmp_path / "mask.png")
    with pytest.raises(GlideError, match=r"10 x 20.*300 x 200"):
        editor.selection.replace(np.zeros((20, 10), np.uint8))


def test_layer_verbs(painted: Editor) -> None:
    painted.candidates.accept(fill(painted), 0)
    layering = painted.layers
    photo_id, fill_id = (layer.id for layer in painted.document.layers)
    original = seen(painted)
    layering.set_visible(fill_id, False)
    assert not np.array_equal(seen(painted), original)
    layering.set_visible(fill_id, True)
    layering.preview_opacity(fill_id, 0.5)
    assert painted.document.layer(fill_id).opacity == 1
    layering.set_opacity(fill_id, 0.25)
    layering.set_blend(fill_id, "multiply")
    layering.rename(fill_id, "  Apple ")
    layering.rename(fill_id, "  ")
    layer = painted.document.layer(fill_id)
    assert (layer.opacity, layer.blend, layer.name) == (0.25, "multiply", "Apple")
    layering.move(fill_id, -1)
    assert [one.id for one in painted.document.layers] == [fill_id, photo_id]
    layering.move(fill_id, -1)
    layering.activate(photo_id)
    assert painted.document.active == photo_id
    layering.remove(fill_id)
    assert [one.id for one in painted.document.layers] == [photo_id]


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp"])
def test_what_is_seen_is_saved(painted: Editor, tmp_path: Path, suffix: str) -> None:
    painted.candidates.accept(fill(painted), 0)
    path = tmp_path / f"out.{suffix}"
    painted.files.save(path)
    assert painted.modified, "its layers are in no file yet"
    with Image.open(path) as image:
        saved = np.asarray(image.convert("RGB")).astype(int)
    assert np.abs(saved - seen(painted)[..., :3]).mean() < 4
    painted.undo()
    assert painted.modified


def test_an_unwritable_name_is_refused(painted: Editor, tmp_path: Path) -> None:
    with pytest.raises(GlideError, match=r"\.xyz"):
        painted.files.save(tmp_path / "out.xyz")
    with pytest.raises(GlideError):
        painted.files.save(tmp_path / "missing" / "out.png")


def test_what_can_not_be_opened_leaves_the_document(painted: Editor, tmp_path: Path) -> None:
    before = painted.document
    (tmp_path / "note.png").write_text("not an image")
    for name in ("note.png", "missing.png"):
        with pytest.raises(GlideError):
            painted.files.open(tmp_path / name)
    assert painted.document is before


def test_files_that_cannot_be_added_as_layers_are_told_together_at_the_end(
    painted: Editor, photo_file: Path, tmp_path: Path
) -> None:
    told: list[Notification] = []
    painted.notice.connect(told.append)
    broken = [tmp_path / "one.png", tmp_path / "two.png"]
    for path in broken:
        path.write_text("not an image")
    painted.files.add_layers_later([broken[0], photo_file, broken[1], photo_file])
    assert [layer.name for layer in painted.document.layers][-2:] == ["photo", "photo"]
    (said,) = told
    assert said.severity is Severity.ERROR
    assert said.text.startswith("These files could not be read: one.png, two.png.")
    painted.files.add_layers_later([photo_file, broken[1], photo_file])
    assert told[1].text.startswith("'two.png' is not an image")
    assert len(told) == 2


def test_a_damaged_file_says_the_same_as_a_layer_and_its_missing_part_is_selected(
    editor: Editor, photo_file: Path, tmp_path: Path
) -> None:
    told: list[Notification] = []
    editor.notice.connect(told.append)
    path, data = tmp_path / "cut.jpg", BytesIO()
    with Image.open(photo_file) as image:
        image.convert("RGB").save(data, "JPEG", quality=95)
    path.write_bytes(data.getvalue()[: len(data.getvalue()) * 2 // 3])
    editor.files.open(path)
    (opened,) = [one for one in told if one.severity is Severity.WARNING]
    assert "is missing" in opened.text
    missing = editor.document.selection
    assert not missing.content_box().empty
    editor.files.open(photo_file)
    editor.selection.rectangle(Point(0, 0), Point(10, 10))
    told.clear()
    editor.files.add_layers_later([path])
    assert told == [opened]
    after = editor.document.selection.read(editor.document.box)
    expected = missing.read(missing.box).copy()
    expected[:10, :10] = 255
    assert np.array_equal(after, expected)
    told.clear()
    editor.files.add_layers_later([path, tmp_path / "none.png"])
    assert "none.png" in told[0].text
    assert f"cut.jpg: {opened.text}" in told[0].text


def test_attempt_tells_instead_of_raising(editor: Editor, tmp_path: Path) -> None:
    told: list[Notification] = []
    editor.notice.connect(told.append)
    for verb in (editor.generation.generate, editor.candidates.accept, editor.selection.invert):
        assert not editor.attempt(verb)
    assert editor.attempt(editor.undo), "nothing to undo is no error"
    editor.files.open_later(tmp_path / "missing.png")
    errors = [notice.text for notice in told if notice.severity is Severity.ERROR]
    assert len(errors) == 4


def test_opening_another_photo_forgets_the_jobs(painted: Editor, photo_file: Path) -> None:
    job = fill(painted)
    painted.files.open_later(photo_file)
    assert painted.candidates.current is None
    assert job not in painted.generation.jobs
    assert len(painted.timeline) == 1


def test_a_project_keeps_layers_history_and_mask(painted: Editor, tmp_path: Path) -> None:
    painted.set_generation_settings(keep_mask=True)
    painted.candidates.accept(fill(painted), 1)
    before, labels = seen(painted), [state.label for state in painted.timeline.states]
    mask = painted.selection.painted_mask(painted.document.box)
    path = tmp_path / "work.glide"
    painted.files.save(path)
    assert painted.name == "work.glide"
    assert not painted.modified
    painted.selection.clear()
    assert painted.modified
    painted.files.save(tmp_path / "clear.glide")
    painted.files.open(path)
    assert np.array_equal(seen(painted), before)
    assert [state.label for state in painted.timeline.states] == labels
    assert np.array_equal(painted.selection.painted_mask(painted.document.box), mask)
    layer = painted.document.layers[-1]
    assert layer.provenance is not None
    assert provenance_from_dict(layer.provenance).request.sampling.seed == SEED
    painted.undo()
    assert len(painted.document.layers) == 1


def leave_work_behind(engine: StandInEngine, photo_file: Path, stores: Path) -> None:
    """Select all of a photo; then the process is gone: its lock is free, its store is not closed."""
    killed = Editor(InlineRunner(lambda: engine), stores=stores)
    killed.files.open(photo_file)
    killed.selection.select_all()
    store = killed.files.autosave.store
    assert store is not None
    store.close(discard=False)


def test_what_a_crash_left_behind_is_taken_up(
    engine: StandInEngine, photo_file: Path, tmp_path: Path
) -> None:
    leave_work_behind(engine, photo_file, tmp_path / "stores")
    next_one = Editor(InlineRunner(lambda: engine), stores=tmp_path / "stores")
    (found,) = next_one.files.recoverable()
    assert (found.title, found.states) == ("photo", 2)
    next_one.files.recover_later(found.path)
    assert next_one.modified
    assert next_one.state.path == photo_file, "not a project yet, so that Save asks where"
    assert next_one.document.selection.content_box() == next_one.document.box
    next_one.close()
    assert next_one.files.recoverable() == []


def test_what_a_crash_left_behind_is_thrown_away_and_taken_back(
    engine: StandInEngine, photo_file: Path, tmp_path: Path
) -> None:
    leave_work_behind(engine, photo_file, tmp_path / "stores")
    next_one = Editor(InlineRunner(lambda: engine), stores=tmp_path / "stores")
    (found,) = next_one.files.recoverable()
    thrown = forget(found.path)
    assert next_one.files.recoverable() == []
    restore(thrown)
    assert next_one.files.recoverable() == [found]
    next_one.close()


def test_a_closed_editor_leaves_no_store_behind(
    engine: StandInEngine, photo_file: Path, tmp_path: Path
) -> None:
    editor = Editor(InlineRunner(lambda: engine), stores=tmp_path / "stores")
    editor.files.open(photo_file)
    editor.selection.select_all()
    assert list((tmp_path / "stores").glob("*.work"))
    editor.close()
    assert not list((tmp_path / "stores").iterdir())


@pytest.mark.parametrize("are_saved", [False, True])
def test_results_nobody_chose_from_yet_are_kept_when_the_session_ends(
    engine: StandInEngine, photo_file: Path, tmp_path: Path, are_saved: bool
) -> None:
    stores, project = tmp_path / "stores", tmp_path / "work.glide"
    editor = Editor(InlineRunner(lambda: engine), stores=stores)
    editor.files.open(photo_file)
    editor.selection.rectangle(Point(20, 20), Point(60, 60))
    editor.files.save(project)
    job = fill(editor)
    assert editor.candidates.current_id == job
    if are_saved:
        editor.files.save(project)
    assert not editor.state.modified
    editor.close(keep=True)
    again = Editor(InlineRunner(lambda: engine), stores=stores)
    found = again.files.recoverable()
    assert len(found) == (0 if are_saved else 1)
    if found:
        again.files.recover_later(found[0].path)
        assert again.candidates.current_id == job
        assert again.candidates.is_ready(0)
    again.close()


def test_edits_made_while_the_store_is_written_do_not_confuse_it(
    engine: StandInEngine, photo_file: Path, tmp_path: Path
) -> None:
    held = HeldWorker()
    editor = Editor(
        InlineRunner(lambda: engine),
        Workers(held, held, held, held, held),
        stores=tmp_path / "stores",
    )
    editor.files.open(photo_file)
    editor.selection.select_all()
    editor.selection.invert()
    editor.undo()
    editor.close(keep=True)
    again = Editor(InlineRunner(lambda: engine), stores=tmp_path / "stores")
    (found,) = again.files.recoverable()
    assert found.states == 3
    again.files.recover_later(found.path)
    assert again.document.selection.content_box() == again.document.box
    again.redo()
    assert again.document.selection.content_box().empty
    again.close()


def test_a_project_that_is_open_is_not_opened_again(painted: Editor, tmp_path: Path) -> None:
    painted.files.save(tmp_path / "work.glide")
    with pytest.raises(GlideError, match="open already"):
        painted.files.open(tmp_path / "work.glide")


def test_a_job_is_cancelled_or_paused_before_its_pixels_are_cut(
    engine: StandInEngine, photo_file: Path
) -> None:
    held_work = HeldWorker()
    workers = replace(Workers.inline(), pool=held_work)
    editor = Editor(InlineRunner(lambda: engine), workers)
    editor.files.open(photo_file)
    editor.selection.select_all()
    editor.set_generation_settings(prompt="a cup")
    gone, held = editor.generation.generate(), editor.generation.generate()
    editor.generation.cancel(gone.id)
    editor.generation.pause(held.id)
    held_work.catch_up()
    editor.runner.run_until_done()
    jobs = editor.generation.jobs
    assert jobs[gone.id].state is JobState.CANCELLED
    assert jobs[held.id].state is JobState.PAUSED
    assert engine.requests == []
    editor.generation.resume(held.id)
    editor.runner.run_until_done()
    assert jobs[held.id].state is JobState.FITTING
    held_work.catch_up()
    assert jobs[held.id].state is JobState.FINISHED
    editor.generation.cancel(held.id)
    assert jobs[held.id].state is JobState.FINISHED
    editor.close()
    held_work.catch_up()


def test_masks_are_kept_by_name(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    masking, whole = editor.selection, editor.document.box
    masking.rectangle(Point(0, 0), Point(100, 100))
    masking.keep("  sky ")
    masking.clear()
    masking.rectangle(Point(50, 50), Point(150, 150))
    masking.keep("tree")
    assert [saved.name for saved in editor.document.saved_masks] == ["sky", "tree"]
    for mode, area in (
        ("intersect", 50 * 50),
        ("union", 100 * 100),
        ("subtract", 0),
        ("replace", 100 * 100),
    ):
        masking.take("sky", mode)
        assert masking.painted_mask(whole).sum() == 255 * area, mode
    masking.forget("sky")
    assert [saved.name for saved in editor.document.saved_masks] == ["tree"]
    for verb in (masking.take, masking.forget):
        with pytest.raises(GlideError, match="no saved mask 'sky'"):
            verb("sky")
    with pytest.raises(GlideError, match="Give the mask a name"):
        masking.keep(" ")


def test_shapes_join_the_mask_as_the_tools_say(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    masking, whole = editor.selection, editor.document.box
    masking.rectangle(Point(0, 0), Point(100, 100))
    editor.set_tool_settings(mode="intersect")
    masking.rectangle(Point(50, 50), Point(150, 150))
    assert masking.painted_mask(whole).sum() == 255 * 50 * 50
    masking.rectangle(Point(0, 0), Point(10, 10), "union")
    assert masking.painted_mask(whole).sum() == 255 * (50 * 50 + 100)


def test_steps_of_the_tools_for_masks_are_told_from_those_of_layers(
    editor: Editor, photo_file: Path
) -> None:
    editor.files.open(photo_file)
    masking, corners = editor.selection, (Point(20, 20), Point(60, 50))
    outline = [*corners, Point(20, 50)]
    editor.set_tool_settings(mode="replace")
    masking.rectangle(*corners)
    masking.ellipse(*corners)
    masking.lasso(outline)
    masking.polygon([Point(5, 5), *outline])
    for erase in (False, True):
        masking.begin_stroke(StrokePoint(40, 40), erase=erase)
        masking.finish_stroke()
    masking.wand(Point(5, 5))
    masking.color_range(Point(5, 5))
    assert [state.label for state in editor.timeline.states[1:]] == [
        "Rectangle mask",
        "Ellipse mask",
        "Lasso mask",
        "Polygon mask",
        "Brush mask",
        "Erase mask",
        "Magic wand mask",
        "Color range mask",
    ]


def test_a_color_is_taken_wherever_it_is(editor: Editor, tmp_path: Path) -> None:
    flat = np.zeros((60, 90, 3), np.uint8)
    flat[:, :20] = flat[:, 70:] = (200, 30, 30)
    flat[:, 40:50] = (190, 40, 30)
    Image.fromarray(flat).save(tmp_path / "flat.png")
    editor.files.open(tmp_path / "flat.png")
    whole = editor.document.box
    editor.set_tool_settings(tolerance=0.02, softness=0.0)
    editor.selection.color_range(Point(5, 5))
    mask = editor.selection.painted_mask(whole)
    assert (mask[:, :20] == 255).all()
    assert (mask[:, 70:] == 255).all()
    assert (mask[:, 20:70] == 0).all()
    editor.set_tool_settings(softness=0.1)
    editor.selection.color_range(Point(5, 5), "replace")
    assert 0 < editor.selection.painted_mask(whole)[5, 45] < 255
    editor.selection.clear()
    editor.selection.wand(Point(5, 5))
    assert editor.selection.painted_mask(whole)[5, 80] == 0
    editor.set_tool_settings(contiguous=False)
    editor.selection.wand(Point(5, 5))
    assert editor.selection.painted_mask(whole)[5, 80] == 255
    editor.selection.color_range(Point(-5, 5))


def test_smooth_and_fill_holes(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    masking, whole = editor.selection, editor.document.box
    masking.rectangle(Point(50, 50), Point(150, 150))
    masking.rectangle(Point(90, 90), Point(110, 110), "subtract")
    masking.fill_holes()
    assert masking.painted_mask(whole)[100, 100] == 255
    masking.smooth(10)
    assert masking.painted_mask(whole)[51, 51] == 0, "corners are rounded"
    assert masking.painted_mask(whole)[100, 51] == 255
    assert editor.timeline.current.label == "Smooth mask by 10 px"


@pytest.mark.parametrize("name", ["mask.png", "mask.tif"])
def test_a_mask_goes_to_a_file_and_comes_back(
    editor: Editor, photo_file: Path, tmp_path: Path, name: str
) -> None:
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(40, 40), Point(200, 150))
    editor.selection.feather(8)
    mask = editor.selection.painted_mask(editor.document.box)
    editor.files.save_mask(tmp_path / name)
    with Image.open(tmp_path / name) as image:
        assert image.mode in ("L", "RGB"), "nothing of it is transparent"
        assert np.array_equal(np.asarray(image.convert("L")), mask)
    editor.selection.clear()
    editor.files.load_mask(tmp_path / name)
    assert np.array_equal(editor.selection.painted_mask(editor.document.box), mask)


def test_a_project_changed_by_another_program_is_a_question(tmp_path: Path) -> None:
    first, second = (Editor(InlineRunner(StandInEngine)) for _ in range(2))
    for editor, name in ((first, "a"), (second, "b")):
        Image.new("RGB", (40, 30), {"a": "red", "b": "blue"}[name]).save(tmp_path / f"{name}.png")
        editor.files.open(tmp_path / f"{name}.png")
        editor.files.save(tmp_path / f"{name}.glide")
    second.close()
    os.replace(tmp_path / "b.glide", tmp_path / "a.glide")
    theirs = (tmp_path / "a.glide").read_bytes()
    asked: list[bool] = []
    first.files.save_later(tmp_path / "a.glide", changed=lambda: asked.append(True))
    assert asked == [True]
    assert (tmp_path / "a.glide").read_bytes() == theirs
    first.files.save_later(tmp_path / "a.glide")
    assert (tmp_path / "a.glide").read_bytes() != theirs
    first.close()


def test_what_generate_would_cost_is_known_once_the_engine_is(painted: Editor) -> None:
    painted.set_generation_settings(prompt="a red apple")
    before = painted.requests.preflight()
    assert before is not None
    assert before.forecast is None
    assert before.enlargement == pytest.approx(painted.requests.crop().enlargement)
    painted.runner.start()
    sampling = Sampling(count=1, steps=50)
    after = painted.requests.preflight(sampling)
    assert after is not None
    assert after.forecast is not None
    assert after.forecast.seconds >= 5, "50 steps of the engine's 0.1 s, and fitting"
    one = painted.requests.preflight()
    painted.set_generation_settings(clear_first=True)
    cleared = painted.requests.preflight()
    assert cleared is not None
    assert cleared.forecast is not None
    assert one is not None
    assert one.forecast is not None
    assert cleared.forecast.seconds > one.forecast.seconds
    painted.set_generation_settings(prompt="")
    removal = painted.requests.preflight()
    assert removal is not None
    assert removal.forecast is not None
    assert 0 < removal.forecast.seconds < 100
    painted.selection.clear()
    assert painted.requests.preflight() is None


@pytest.mark.parametrize(("alpha", "wanted"), [(True, 2), (False, 1)])
def test_how_many_things_are_asked_for_is_told_where_a_model_draws_one_in_each_place(
    alpha: bool, wanted: int
) -> None:
    editor = Editor(InlineRunner(lambda: StandInEngine(alpha=alpha)))
    editor.files.new(Size(400, 100), None)
    editor.runner.start()
    editor.set_generation_settings(prompt="two apples")
    editor.set_tool_settings(mode="union")
    for places, left in ((1, 10), (2, 360)):
        editor.selection.rectangle(Point(left, 40), Point(left + 20, 60))
        preflight = editor.requests.preflight()
        assert preflight is not None
        assert (preflight.places, preflight.wanted) == (places, wanted)
    editor.close()


def test_parts_of_a_mask_that_lie_far_apart_are_forecast_each(painted: Editor) -> None:
    painted.set_generation_settings(prompt="a red apple")
    painted.runner.start()
    painted.selection.clear()
    painted.selection.rectangle(Point(0, 0), Point(20, 20))
    one = painted.requests.preflight()
    painted.selection.rectangle(Point(180, 130), Point(200, 150))
    two = painted.requests.preflight()
    assert one is not None
    assert one.forecast is not None
    assert two is not None
    assert two.forecast is not None
    assert two.forecast.seconds == pytest.approx(2 * one.forecast.seconds, rel=0.2)
    assert two.enlargement == one.enlargement, "each is made in all of the model's detail"


def test_the_picture_as_it_was_is_shown_while_it_is_asked_for(
    editor: Editor, photo_file: Path
) -> None:
    editor.files.open(photo_file)
    opened = editor.document
    editor.selection.rectangle(Point(10, 10), Point(60, 60))
    editor.paint.bucket(Point(20, 20))
    painted = editor.document
    editor.show_before(False)
    assert editor.shown == painted
    for _ in range(2):  # a key that repeats itself
        editor.show_before(True)
        assert editor.shown == opened
        assert editor.state.is_previewing
    editor.show_before(False)
    assert editor.shown == editor.document == painted
    assert not editor.state.is_previewing
    editor.canvas.scale(Size(editor.document.size.width // 2, editor.document.size.height // 2))
    small = editor.document
    editor.show_before(True)
    assert editor.shown == small, "of its present size"
    editor.show_before(False)


def test_the_brush_suits_each_picture_until_its_size_is_chosen(
    editor: Editor, photo_file: Path, tmp_path: Path
) -> None:
    large = tmp_path / "large.png"
    Image.new("RGB", (4000, 100)).save(large)
    editor.files.open(photo_file)
    size = editor.document.size
    assert editor.tool_settings.size == pytest.approx(max(size.width, size.height) / 20, abs=0.5)
    editor.files.open(large)
    assert editor.tool_settings.size == 200
    editor.set_tool_settings(size=33.0)
    editor.files.open(photo_file)
    assert editor.tool_settings.size == 33
