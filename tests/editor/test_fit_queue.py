"""Candidates are fitted into the photo in the order in which they are looked at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import thread_time

import numpy as np
import pytest

from glide_studio.api.sampling import Sampling
from glide_studio.document import tile
from glide_studio.document.canvas_edits import crop, set_depth
from glide_studio.document.raster import Raster
from glide_studio.document.tile import MAX_LEVEL, downsample
from glide_studio.editor import fit_queue as fit_queue_module
from glide_studio.editor.editor import Editor
from glide_studio.editor.fit_queue import CLEARING, CUTOUT, PLAIN, FittingSpeed, PaintedArea
from glide_studio.editor.fitting import FittedPatch
from glide_studio.editor.jobs import Choice, Job, JobState
from glide_studio.editor.runner import InlineRunner
from glide_studio.editor.workers import Task, WorkCancelled, Workers
from glide_studio.imaging.blending.result_checks import SeamDifference
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.imaging.types import Pixels
from tests.editor.held import HeldWorker
from tests.editor.standin import StandInEngine


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch, photo_file: Path) -> tuple[Editor, HeldWorker, list[int]]:
    """An editor whose pool waits, and the first value of each patch in the order of fitting."""
    order: list[int] = []

    def fit(document, box, patch, painted, seed, prompt, report, placement):  # type: ignore[no-untyped-def]
        report("Matching colors", 0.5)
        order.append(round(float(patch.image[0, 0, 0]) * 255))
        pixels = np.dstack([np.rint(np.clip(patch.image, 0, 1) * 255).astype(np.uint8), painted])
        raster = Raster.empty(document.size, 4, document.dtype).write(box, pixels)
        return FittedPatch(raster, SeamDifference(0.0, 0.0, 0))

    monkeypatch.setattr(fit_queue_module, "fit_patch", fit)
    pool, inline = HeldWorker(), Workers.inline()
    editor = Editor(InlineRunner(StandInEngine), replace(inline, pool=pool))
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(100, 60), Point(180, 140))
    editor.set_generation_settings(prompt="a cup", sampling=Sampling(count=4, steps=2))
    editor.generation.generate()
    editor.runner.run_until_done()
    pool.waiting.pop(0)()  # the candidates are packed for the working store
    return editor, pool, order


def test_the_candidate_in_view_goes_first_and_the_others_follow(
    held: tuple[Editor, HeldWorker, list[int]],
) -> None:
    editor, pool, order = held
    generation = editor.generation
    (job,) = generation.jobs.values()
    assert job.state is JobState.FITTING
    assert job.remaining
    while not generation.candidates.is_ready(0):
        pool.waiting.pop(0)()
    assert len(order) == 1, "the first candidate alone"
    generation.candidates.select(3)
    assert not generation.candidates.is_ready(3)
    assert generation.candidates.selected == 3
    pool.catch_up()
    values = [round(float(patch.image[0, 0, 0]) * 255) for patch in job.patches]
    assert order == [values[0], values[3], values[1], values[2]]
    assert generation.candidates.previewed == Choice(job.id, 3)
    editor.close()


def test_the_window_reduces_no_tile_of_a_result_that_arrives(
    held: tuple[Editor, HeldWorker, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is reduced in the pool, where nobody waits for it."""
    editor, pool, _ = held
    pool.catch_up()
    editor.generation.candidates.accept()
    layer = editor.document.active_layer
    assert layer is not None
    reduced: list[int] = []

    def note(pixels: Pixels, level: int, *, opaque: bool) -> Pixels:
        reduced.append(level)
        return downsample(pixels, level, opaque=opaque)

    monkeypatch.setattr(tile, "downsample", note)
    for level in range(MAX_LEVEL + 1):
        assert layer.raster.read(layer.raster.level_box(level), level).any()
    assert not reduced
    editor.close()


def test_looking_at_another_candidate_ends_a_fit_only_if_nobody_waits_for_it(
    held: tuple[Editor, HeldWorker, list[int]],
) -> None:
    editor, pool, order = held
    queue, generation = editor.generation._fit_queue, editor.generation
    (job,) = generation.jobs.values()
    running = queue.running
    assert running == Choice(job.id, 0)
    assert job.state is JobState.FITTING
    queue.view(Choice(job.id, 2))
    assert queue.running == running, "all candidates of the job are waited for"
    queue.view(None)
    generation.cancel(job.id)
    generation.candidates.show_results(job.id)
    generation.candidates.select(1)
    assert queue.running == Choice(job.id, 1), "now only what is in view is"
    generation.candidates.select(3)
    assert queue.running == Choice(job.id, 3)
    generation.candidates.select(3)
    pool.catch_up()
    values = [round(float(patch.image[0, 0, 0]) * 255) for patch in job.patches]
    assert order[0] == values[3]
    editor.close()


def test_leafing_through_candidates_all_the_time_still_finishes_them(
    held: tuple[Editor, HeldWorker, list[int]],
) -> None:
    editor, pool, order = held
    queue, generation = editor.generation._fit_queue, editor.generation
    (job,) = generation.jobs.values()
    pool.waiting.pop(0)()  # the first one, which the job waits for
    assert job.id == generation.candidates.current.id
    for turn in range(1, 8):
        generation.candidates.select(turn % 3 + 1)
    interrupted = queue.running
    generation.candidates.select(interrupted.index % 3 + 1)
    assert queue.running == interrupted, "it was begun anew once already"
    pool.waiting.pop()()
    assert generation.candidates.is_ready(interrupted.index)
    assert queue.running == Choice(job.id, generation.candidates.selected), "then the one in view"
    pool.catch_up()
    assert len(order) == 4
    editor.close()


def test_what_a_fit_adds_makes_the_oldest_results_wait_on_the_disk(
    held: tuple[Editor, HeldWorker, list[int]],
) -> None:
    editor, pool, _ = held
    jobs = editor.generation.jobs
    (first,) = jobs.values()
    pool.catch_up()
    editor.candidates.put_aside()
    second = editor.generation.generate()
    editor.runner.run_until_done()
    pool.waiting.pop(0)()
    jobs.max_bytes = jobs.nbytes
    assert jobs[first.id].fitted
    pool.catch_up()
    assert list(jobs) == [first.id, second.id]
    assert not jobs[first.id].fitted
    assert jobs[second.id].fitted
    editor.close()


def test_cancel_while_fitting_keeps_the_candidates(
    held: tuple[Editor, HeldWorker, list[int]],
) -> None:
    editor, pool, order = held
    (job,) = editor.generation.jobs.values()
    editor.generation.cancel(job.id)
    pool.catch_up()
    assert order == []
    assert editor.generation.jobs[job.id].state is JobState.FINISHED
    editor.candidates.show_results(job.id)
    pool.catch_up()
    assert len(order) == 4
    assert editor.candidates.is_ready(0)
    editor.close()


def test_a_fit_under_way_ends_once_it_is_cancelled(
    held: tuple[Editor, HeldWorker, list[int]],
) -> None:
    editor, pool, order = held
    (job,) = editor.generation.jobs.values()
    task = Task()
    fit = editor.generation._fit_queue._prepare_fit(Choice(job.id, 0), task)
    task.cancel()
    with pytest.raises(WorkCancelled):
        fit()
    assert order == []
    pool.catch_up()
    editor.close()


def test_a_fit_tells_the_processor_time_that_it_took(
    held: tuple[Editor, HeldWorker, list[int]],
) -> None:
    editor, pool, _ = held
    (job,) = editor.generation.jobs.values()
    fit, before = (
        editor.generation._fit_queue._prepare_fit(Choice(job.id, 0), Task()),
        thread_time(),
    )
    fitted, seconds = fit()
    assert not fitted.raster.content_box().empty
    assert 0 <= seconds <= thread_time() - before
    pool.catch_up()
    _, again = editor.generation._fit_queue._prepare_fit(Choice(job.id, 0), Task())()
    assert again == 0, "nothing around it has changed"
    editor.close()


def test_the_parts_of_fitting_are_named_and_the_bar_never_goes_back(
    held: tuple[Editor, HeldWorker, list[int]],
) -> None:
    editor, pool, _ = held
    seen: list[tuple[str, float]] = []
    editor.jobs_changed.connect(lambda job: seen.append((job.stage, job.fraction)))
    (before,) = editor.generation.jobs.values()
    pool.catch_up()
    assert "Matching colors" in [stage for stage, _ in seen]
    fractions = [before.fraction, *(fraction for _, fraction in seen)]
    assert fractions == sorted(fractions)
    editor.close()


def test_a_candidate_is_fitted_again_only_if_the_photo_around_it_changed(
    held: tuple[Editor, HeldWorker, list[int]],
) -> None:
    editor, pool, order = held
    (job,) = editor.generation.jobs.values()
    pool.catch_up()
    assert len(order) == 4
    editor.candidates.accept()
    editor.candidates.show_results(job.id, 1)
    pool.catch_up()
    assert len(order) == 4, "what was accepted lies inside the mask"
    editor.layers.set_visible(editor.document.layers[0].id, False)
    editor.candidates.show_results(job.id, 1)
    pool.catch_up()
    assert len(order) == 5
    editor.close()


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which nothing else runs."""
    monkeypatch.setattr(fit_queue_module, "estimate_slowdown", lambda seconds: 1.0)


def test_the_time_of_fitting_is_learned(idle: None) -> None:
    speed, painted = FittingSpeed(), PaintedArea(Box(0, 0, 100, 100), 8000)
    first = speed.estimate(painted, PLAIN)
    for _ in range(20):
        speed.record(painted, PLAIN, 5.0)
    assert speed.estimate(painted, PLAIN) == pytest.approx(5.0, rel=0.2)
    assert speed.estimate(painted, CUTOUT) < first


MEASURED_FILLS = {
    "spot of 60": (60, 60, 2_821, 0.27),
    "hole of 300": (300, 300, 70_681, 0.96),
    "hole of 800": (800, 800, 502_625, 2.55),
    "hole of 1500": (1500, 1500, 1_767_121, 7.1),
    "lamp post": (1521, 1521, 43_817, 2.45),
    "wire": (5011, 211, 55_033, 2.67),
    "spots apart": (3681, 2081, 25_125, 2.92),
}
"""Width and height of the painted area, its pixels, and the processor seconds of one candidate."""


@pytest.mark.parametrize("case", MEASURED_FILLS)
@pytest.mark.parametrize("machine", [0.5, 1.0, 3.0])
def test_the_time_of_filling_from_the_photo_is_told_within_a_third_for_holes_of_any_form(
    idle: None, case: str, machine: float
) -> None:
    speed = FittingSpeed()
    for _ in range(4):
        for width, height, pixels, seconds in MEASURED_FILLS.values():
            area = PaintedArea(Box(0, 0, width, height), pixels)
            speed.record(area, CLEARING, machine * seconds)
    width, height, pixels, seconds = MEASURED_FILLS[case]
    told = speed.estimate(PaintedArea(Box(0, 0, width, height), pixels), CLEARING)
    assert 2 / 3 < told / (machine * seconds) < 4 / 3


MEASURED_REMOVALS = {
    "60 of 1 megapixel": (69, 67, 3_443, 0.21, 0.34),
    "60 of 24 megapixels": (83, 81, 4_515, 0.25, 0.41),
    "150 of 1 megapixel": (161, 160, 19_075, 0.49, 0.59),
    "150 of 24 megapixels": (166, 177, 22_409, 0.42, 0.68),
    "400 of 24 megapixels": (419, 425, 134_438, 1.12, 1.46),
    "1000 of 1 megapixel": (845, 817, 538_853, 3.0, 3.5),
    "1000 of 6 megapixels": (1041, 1027, 824_403, 4.2, 4.7),
    "1500 of 24 megapixels": (1539, 1566, 1_862_342, 7.0, 8.5),
}
"""Width and height of what is taken with its rim, its pixels, and the least and the most processor
seconds of one candidate on photographs. On one without edges a spot takes less."""


@pytest.mark.parametrize("case", MEASURED_REMOVALS)
def test_the_time_of_a_removal_is_about_right_before_one_has_been_timed(
    idle: None, case: str
) -> None:
    width, height, pixels, least, most = MEASURED_REMOVALS[case]
    told = FittingSpeed().estimate(PaintedArea(Box(0, 0, width, height), pixels), CLEARING)
    assert 0.75 * most < told < 1.5 * least


def test_a_painted_area_grows_by_a_rim_on_every_side() -> None:
    mask = np.zeros((400, 400), np.uint8)
    mask[100:300, 100:300] = 1
    grown = PaintedArea.of(mask).grow(10.0)
    assert grown == PaintedArea(Box(90, 90, 220, 220), 220 * 220)


def test_a_painted_area_is_the_box_and_the_number_of_pixels_of_a_mask() -> None:
    mask = np.zeros((300, 400), np.uint8)
    mask[20:40, 250:300], mask[30, 270] = 1, 0
    expected = PaintedArea(Box(250, 20, 50, 20), 999)
    assert PaintedArea.of(mask) == PaintedArea.of(Raster.from_array(mask[..., None])) == expected


def test_a_removal_is_kept_for_its_job_but_not_for_a_picture_of_another_size_or_depth(
    held: tuple[Editor, HeldWorker, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    editor, pool, _ = held
    pool.catch_up()
    (job,) = editor.generation.jobs.values()
    removed: list[Size] = []

    def clear(document, hole, seed, task, report):  # type: ignore[no-untyped-def]
        removed.append(document.size)
        return Raster.empty(document.size, 4, document.dtype)

    monkeypatch.setattr(fit_queue_module, "clear_area", clear)
    queue, document = editor.generation._fit_queue, editor.document
    first = queue.clear_area(document, job)
    assert queue.clear_area(document, job) is first
    assert len(removed) == 1
    larger = crop(document, Box(0, 0, 400, 300))
    second = queue.clear_area(larger, job)
    assert second.size == Size(400, 300)
    deep = set_depth(larger, 16)
    assert queue.clear_area(deep, job).dtype == np.uint16
    assert removed == [document.size, larger.size, deep.size]
    editor.close()


def test_a_removal_beforehand_tells_its_progress_and_can_be_cancelled(
    editor: Editor, photo_file: Path
) -> None:
    """This editor works in the caller's thread: the removal is under way when it is told."""
    generation = editor.generation
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(100, 60), Point(180, 140))
    editor.set_generation_settings(prompt="an apple", clear_first=True)
    said: list[Job] = []
    generation.jobs.changed.connect(said.append)

    def cancel(job: Job) -> None:
        if job.stage == "Filling from the photo" and job.state is JobState.RUNNING:
            generation.cancel(job.id)

    stop = generation.jobs.changed.connect(cancel)
    job = generation.generate()
    editor.runner.run_until_done()
    assert any(one.stage == "Filling from the photo" and one.remaining for one in said)
    assert generation.jobs[job.id].state is JobState.CANCELLED
    stop()
    job = generation.generate()
    editor.runner.run_until_done()
    assert generation.jobs[job.id].state is JobState.FINISHED
