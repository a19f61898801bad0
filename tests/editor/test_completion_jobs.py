"""Generate without a prompt: candidates that are filled from the photo itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio.api.sampling import Sampling
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.editor import completion_jobs, fit_queue
from glide_studio.editor.completion_jobs import place_patch
from glide_studio.editor.editor import Editor
from glide_studio.editor.fit_queue import FittingSpeed, PaintedArea
from glide_studio.editor.jobs import JobState
from glide_studio.editor.removal_mask import add_rims
from glide_studio.editor.retouch_patch import SamplingArea
from glide_studio.editor.runner import InlineRunner
from glide_studio.editor.state import Notification, Severity
from glide_studio.editor.workers import Workers
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.io.provenance import provenance_from_dict
from tests.editor.held import HeldWorker
from tests.editor.loop import threaded_editor
from tests.editor.standin import StandInEngine

BALL = np.s_[80:120, 130:170]


@pytest.fixture
def ball_file(tmp_path: Path) -> Path:
    """A dark ball on a grainy wall, left of which all is red."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:200, :300]
    gray = 150 + rng.normal(0, 4, y.shape)
    rgb = np.stack([gray, np.where(x < 60, 40, gray), np.where(x < 60, 40, gray)], -1)
    rgb[(x - 150) ** 2 + (y - 100) ** 2 < 20**2] = (10, 10, 60)
    path = tmp_path / "ball.png"
    Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8)).save(path)
    return path


@pytest.fixture
def masked(editor: Editor, ball_file: Path) -> Editor:
    editor.files.open(ball_file)
    editor.selection.ellipse(Point(124, 74), Point(176, 126))
    editor.set_generation_settings(prompt="", sampling=Sampling(seed=3, count=3), new_seed=False)
    return editor


def seen(editor: Editor) -> np.ndarray:
    return composite(editor.document, editor.document.box)[..., :3].astype(int)


def test_without_a_prompt_the_photo_fills_itself(masked: Editor, engine: StandInEngine) -> None:
    before = seen(masked)
    outside = (
        add_rims(masked.document, masked.document.selection).read(masked.document.box)[..., 0] == 0
    )
    job = masked.generation.generate()
    assert engine.requests == []
    assert masked.engine is None, "no model is loaded for it"
    assert masked.generation.jobs[job.id].state is JobState.FINISHED
    assert [masked.candidates.is_ready(index) for index in range(3)] == [True] * 3
    proof = masked.candidates.accept()
    assert proof.ok
    after = seen(masked)
    assert before[BALL].mean() < 80
    assert abs(after[BALL].mean() - 150) < 12
    assert np.array_equal(after[outside], before[outside])


def test_removing_what_is_painted_offers_candidates_whatever_the_prompt_is(
    masked: Editor, engine: StandInEngine
) -> None:
    masked.set_generation_settings(prompt="a dog")
    job = masked.generation.fill_from_photo()
    assert engine.requests == []
    assert len(masked.generation.jobs[job.id].request.prompt) == 0
    assert [masked.candidates.is_ready(index) for index in range(3)] == [True] * 3


def test_removing_twice_is_one_removal_until_it_is_done(photo_file: Path) -> None:
    pool = HeldWorker()
    workers = replace(Workers.inline(), pool=pool)
    editor = Editor(InlineRunner(StandInEngine), workers)
    editor.files.open(photo_file)
    editor.selection.rectangle(Point(20, 20), Point(60, 60))
    first = editor.generation.fill_from_photo()
    assert editor.generation.fill_from_photo().id == first.id
    assert editor.generation.generate().id == first.id, "without a prompt it is the same"
    assert len(editor.generation.jobs.unfinished) == 1
    editor.selection.rectangle(Point(80, 20), Point(99, 60), mode="union")
    assert editor.generation.fill_from_photo().id != first.id, "another mask"
    pool.catch_up()
    assert not editor.generation.jobs.unfinished
    assert editor.generation.fill_from_photo().id != first.id
    pool.catch_up()
    editor.close()


def test_the_layer_says_where_its_pixels_come_from(masked: Editor) -> None:
    masked.generation.generate()
    masked.candidates.accept(index=1)
    layer = masked.document.layers[-1]
    assert layer.name == "Remove"
    assert layer.provenance is not None
    made = provenance_from_dict(layer.provenance)
    assert (made.request.model, made.request.prompt, made.candidate) == ("completion", "", 1)
    assert made.request.sampling.seed == 3
    assert masked.timeline.current.label == "Remove"


def test_the_same_seed_gives_the_same_candidates_and_they_differ(masked: Editor) -> None:
    first = masked.generation.generate()
    second = masked.generation.generate()
    jobs = masked.generation.jobs
    pairs = zip(jobs[first.id].patches, jobs[second.id].patches, strict=True)
    assert all(np.array_equal(one.image, two.image) for one, two in pairs)
    assert not np.array_equal(jobs[first.id].patch(0).image, jobs[first.id].patch(1).image)


def test_it_takes_pixels_only_from_the_sampling_area(masked: Editor) -> None:
    masked.selection.clear()
    masked.selection.rectangle(Point(0, 0), Point(50, 200))
    masked.retouch.sample_from_mask()
    masked.selection.ellipse(Point(124, 74), Point(176, 126))
    masked.generation.generate()
    masked.candidates.accept()
    red, green, _ = seen(masked)[BALL].mean((0, 1))
    assert red - green > 60
    masked.retouch.sample_everywhere()
    masked.undo()
    masked.generation.generate()
    masked.candidates.accept()
    red, green, _ = seen(masked)[BALL].mean((0, 1))
    assert abs(red - green) < 15


def test_a_picture_that_is_masked_all_over_gets_a_sentence(masked: Editor) -> None:
    told: list[Notification] = []
    masked.notice.connect(told.append)
    masked.selection.select_all()
    job = masked.generation.generate()
    assert masked.generation.jobs[job.id].state is JobState.FAILED
    assert told[-1].severity is Severity.ERROR


def test_its_candidates_come_back_with_the_project(masked: Editor, tmp_path: Path) -> None:
    masked.generation.generate()
    masked.files.save(tmp_path / "choice.glide")
    masked.results.discard()
    masked.files.save(tmp_path / "none.glide")
    masked.files.open(tmp_path / "choice.glide")
    assert masked.candidates.current is not None
    masked.candidates.accept(index=2)
    assert abs(seen(masked)[BALL].mean() - 150) < 12


def test_it_reports_progress_and_is_cancelled(
    engine: StandInEngine, ball_file: Path, tmp_path: Path
) -> None:
    with threaded_editor(engine, tmp_path / "stores") as (editor, loop):
        editor.files.open(ball_file)
        editor.selection.rectangle(Point(80, 20), Point(280, 180))
        editor.set_generation_settings(prompt="", sampling=Sampling(count=4))
        generation = editor.generation
        job = generation.generate()
        loop.run_until(lambda: generation.jobs[job.id].done > 0)
        assert generation.jobs[job.id].stage == "Filling from the photo"
        generation.cancel(job.id)
        assert generation.jobs[job.id].state is JobState.CANCELLED
        editor.close()
        loop.run_posted()
        assert generation.candidates.current is None


def test_a_stored_patch_covers_what_was_painted_alone(masked: Editor) -> None:
    painted = np.zeros((20, 30), np.uint8)
    painted[5:9, 10:20] = 1
    box = Box(50, 40, 30, 20)
    fitted = place_patch(masked.document, box, np.full((20, 30, 3), 0.5, np.float32), painted)
    assert fitted.raster.content_box() == Box(60, 45, 10, 4)
    bright = place_patch(masked.document, box, np.full((20, 30, 3), 1.2, np.float32), painted)
    assert (bright.raster.read(Box(60, 45, 10, 4)) == 255).all(), "above white is white"


def set_in(box: Box, size: Size) -> Raster:
    mask = np.zeros((size.height, size.width, 1), np.uint8)
    mask[box.slices] = 200
    return Raster.from_array(mask)


def test_neither_what_is_avoided_nor_what_is_transparent_is_taken_from() -> None:
    size = Size(900, 700)
    pixels = np.full((700, 900, 4), 255, np.uint8)
    pixels[:, :380, 3] = 254
    document = Document(size, 8, (Layer("photo", Raster.from_array(pixels)),))
    hole, avoided = Box(400, 300, 40, 30), Box(460, 300, 30, 60)
    mask = set_in(hole, size)
    plain = completion_jobs._view(document, mask, SamplingArea(), hole)
    assert hole in plain.box
    assert plain.box in hole.pad(completion_jobs.MIN_CONTEXT_PX)
    assert plain.source is None
    assert np.array_equal(plain.hole, mask.read(plain.box)[..., 0] > 0)
    columns = np.arange(plain.box.x, plain.box.right)
    assert np.array_equal(plain.avoid, np.broadcast_to(columns < 380, plain.avoid.shape))
    area = SamplingArea(avoid=set_in(avoided, size))
    both = completion_jobs._view(document, mask, area, hole)
    wanted = plain.avoid | (set_in(avoided, size).read(both.box)[..., 0] > 0)
    assert np.array_equal(both.avoid, wanted)
    far = Box(820, 640, 50, 40)
    chosen = completion_jobs._view(document, mask, SamplingArea(set_in(far, size)), hole)
    assert chosen.box == plain.box.union(far)
    assert chosen.source is not None
    assert np.count_nonzero(chosen.source) == far.area


def test_the_forecast_of_a_removal_counts_the_rim_that_is_taken_along(
    masked: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_queue, "estimate_slowdown", lambda seconds: 1.0)
    told = []
    for takes_rim in (False, True):
        masked.set_tool_settings(takes_rim=takes_rim)
        preflight = masked.requests.preflight()
        assert preflight is not None
        assert preflight.forecast is not None
        told.append(preflight.forecast.seconds)
    assert 1.05 * told[0] < told[1] < 2 * told[0]


def test_a_removal_teaches_what_was_taken_and_not_what_was_painted(
    masked: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded: list[PaintedArea] = []
    record = FittingSpeed.record

    def note(speed: FittingSpeed, area: PaintedArea, kind: str, seconds: float) -> None:
        recorded.append(area)
        record(speed, area, kind, seconds)

    monkeypatch.setattr(FittingSpeed, "record", note)
    painted = PaintedArea.of(masked.document.selection)
    for takes_rim in (False, True):
        masked.set_tool_settings(takes_rim=takes_rim)
        masked.generation.generate()
    assert recorded[0] == painted
    taken = PaintedArea.of(add_rims(masked.document, masked.document.selection))
    assert recorded[1] == taken
    assert taken.pixels > painted.pixels


def test_what_the_window_accepts_is_checked_in_the_background(masked: Editor) -> None:
    masked.generation.generate()
    candidates, pool = masked.candidates, HeldWorker()
    candidates._worker = pool
    candidates.accept_selected()
    assert masked.document.active_layer is not masked.timeline.path()[0].document.active_layer
    assert candidates.report is None
    pool.catch_up()
    assert candidates.report is not None
    assert candidates.report.ok
    assert candidates.report.compared > 0


def test_the_check_of_what_was_undone_since_is_not_shown(masked: Editor) -> None:
    masked.generation.generate()
    candidates, pool = masked.candidates, HeldWorker()
    candidates._worker = pool
    candidates.accept_selected()
    masked.undo()
    pool.catch_up()
    assert candidates.report is None
