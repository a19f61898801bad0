"""Jobs and their results: kept, shown again, thrown away, and never too much for the memory."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio.api.engine_protocol import IsCancelled
from glide_studio.api.events import Finished, Patch, Progress, Started, Update
from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.document.raster import Raster
from glide_studio.editor import fit_queue as fit_queue_module
from glide_studio.editor.editor import Editor
from glide_studio.editor.fitting import FittedPatch
from glide_studio.editor.jobs import Choice, Job, JobState, Mark, painted_raster
from glide_studio.editor.runner import InlineRunner
from glide_studio.errors import GlideError
from glide_studio.imaging.blending.result_checks import SeamDifference
from glide_studio.imaging.geometry import Box, Point, Size
from tests.editor.conftest import photo
from tests.editor.loop import threaded_editor
from tests.editor.standin import StandInEngine
from tests.editor.test_editor import fill


class WatchedEngine(StandInEngine):
    """Paints grey at once, and knows which of its pictures are still in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[weakref.ref[np.ndarray]] = []

    def run(self, request: Request, stop: IsCancelled) -> Iterator[Update]:
        image = np.full((request.box.height, request.box.width, 3), 0.5, np.float32)
        self.made.append(weakref.ref(image))
        yield Finished(request.id, (Patch(0, image),), 0.1)

    @property
    def held_bytes(self) -> int:
        gc.collect()
        pictures = [reference() for reference in self.made]
        return sum(picture.nbytes for picture in pictures if picture is not None)


@pytest.fixture
def quick_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Candidates are laid over the photo as they are: blending is slow and not what is tested."""

    def fit(document, box, patch, painted, seed, prompt, report, placement):  # type: ignore[no-untyped-def]
        pixels = np.dstack([np.rint(np.clip(patch.image, 0, 1) * 255).astype(np.uint8), painted])
        raster = Raster.empty(document.size, 4, document.dtype).write(box, pixels)
        return FittedPatch(raster, SeamDifference(0.0, 0.0, 0))

    monkeypatch.setattr(fit_queue_module, "fit_patch", fit)


@pytest.mark.parametrize(
    ("fills", "side", "budget"),
    [(15, 300, 12 << 20), pytest.param(50, 600, 64 << 20, marks=pytest.mark.slow)],
)
def test_many_fills_stay_under_the_budget(
    tmp_path: Path, quick_fit: None, fills: int, side: int, budget: int
) -> None:
    """Every second one is discarded, the others are left undecided."""
    engine = WatchedEngine()
    editor = Editor(InlineRunner(lambda: engine), stores=tmp_path / "stores")
    editor.generation.jobs.max_bytes = budget
    whole = round(1.77 * side)
    Image.fromarray(photo(whole, whole)).save(tmp_path / "photo.png")
    editor.files.open(tmp_path / "photo.png")
    start = (whole - side) // 2
    editor.selection.rectangle(Point(start, start), Point(start + side, start + side))
    for seed in range(fills):
        editor.set_generation_settings(
            prompt="a cup", new_seed=False, sampling=Sampling(seed=seed, steps=1)
        )
        editor.generation.generate()
        editor.runner.run_until_done()
        newest = editor.candidates.current
        assert newest is not None
        one = newest.nbytes
        if seed % 2:
            editor.results.discard()
        assert editor.generation.jobs.nbytes <= max(budget, one)
        if seed % 5 == 4:
            assert engine.held_bytes <= max(budget, one)
    assert len(editor.generation.jobs.results) == fills - fills // 2, "no undecided one is lost"
    stored = editor.files.autosave.store
    assert stored is not None
    assert len(stored.items("job")) == len(editor.generation.jobs)
    editor.close()


def is_in_memory(job: Job) -> bool:
    return all(isinstance(patch, Patch) for patch in job.patches)


def test_results_beyond_the_budget_leave_the_memory_from_the_oldest_on(
    editor: Editor, photo_file: Path, quick_fit: None
) -> None:
    editor.files.open(photo_file)
    editor.selection.select_all()
    first = fill(editor)
    jobs = editor.generation.jobs
    pixels = [patch.image for patch in jobs[first].patches]
    jobs.max_bytes = 7 * jobs[first].nbytes // 2  # small pictures and masks stay
    later = [fill(editor) for _ in range(3)]
    assert list(jobs) == [first, *later], "none is lost"
    assert [is_in_memory(jobs[one]) for one in jobs] == [False, True, True, True]
    assert not jobs[first].fitted
    assert jobs.nbytes <= jobs.max_bytes
    editor.candidates.show_results(first)
    assert editor.candidates.is_ready(0), "it is read and fitted again"
    for patch, before in zip(jobs[first].patches, pixels, strict=True):
        assert np.array_equal(patch.image, before.astype(np.float16))
    assert editor.candidates.accept().ok


def test_results_that_have_left_the_memory_are_saved_with_all_others(
    editor: Editor, photo_file: Path, tmp_path: Path, quick_fit: None
) -> None:
    editor.files.open(photo_file)
    editor.selection.select_all()
    ids = [fill(editor) for _ in range(3)]
    editor.results.mark([Choice(ids[0], 1)], Mark.FAVORITE)
    jobs = editor.generation.jobs
    jobs.max_bytes = 1
    editor.generation.prune()
    assert [is_in_memory(jobs[one]) for one in ids] == [False, False, True]
    editor.files.save(tmp_path / "work.glide")
    pixels = [patch.image for patch in jobs[ids[0]].patches]
    for name in ("work", "again"):  # opened with little memory, and saved so
        editor.files.open(photo_file)
        editor.files.open(tmp_path / f"{name}.glide")
        assert sorted(jobs) == sorted(ids)
        assert not editor.modified
        editor.files.save(tmp_path / "again.glide")
    assert jobs[ids[0]].marks == {1: Mark.FAVORITE}
    for patch, before in zip(jobs[ids[0]].patches, pixels, strict=True):
        assert np.array_equal(patch.image, before)


def test_what_is_looked_at_and_what_is_a_layer_stay_fitted_though_they_are_the_oldest(
    editor: Editor, photo_file: Path, quick_fit: None
) -> None:
    editor.files.open(photo_file)
    editor.selection.select_all()
    first, accepted, third = fill(editor), fill(editor), fill(editor)
    editor.candidates.accept(accepted, 0)
    editor.candidates.show_results(first)
    jobs = editor.generation.jobs
    jobs.max_bytes = 1
    editor.generation.prune()
    assert is_in_memory(jobs[first])
    assert set(jobs[first].fitted) == {0, 1}
    assert set(jobs[accepted].fitted) == {0}, "the layer has these pixels anyway"
    assert not jobs[third].fitted
    layers = len(editor.document.layers)
    editor.candidates.show_results(accepted, 1)
    assert editor.candidates.accept().ok
    assert len(editor.document.layers) == layers, "it takes the place of the other one"


def test_candidates_stay_in_memory_until_the_store_holds_them(
    editor: Editor, photo_file: Path, quick_fit: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor.files.open(photo_file)
    editor.selection.select_all()
    monkeypatch.setattr(editor.files.autosave, "has_stored", lambda kind, key: False)
    first, _ = fill(editor), fill(editor)
    jobs = editor.generation.jobs
    jobs.max_bytes = 1
    editor.generation.prune()
    assert is_in_memory(jobs[first])
    monkeypatch.undo()
    editor.generation.prune()
    assert not is_in_memory(jobs[first])


def test_a_result_deleted_while_it_waits_on_the_disk_can_be_taken_back(
    editor: Editor, photo_file: Path, quick_fit: None
) -> None:
    editor.files.open(photo_file)
    editor.selection.select_all()
    first, _ = fill(editor), fill(editor)
    jobs = editor.generation.jobs
    pixels = jobs[first].patch(0).image
    jobs.max_bytes = 1
    editor.generation.prune()
    for choices in ([Choice(first, 0)], [Choice(first, 0), Choice(first, 1)]):
        editor.results.delete(choices)
        assert Choice(first, 0) not in [one for job in jobs.values() for one in job.choices]
        editor.results.undelete()
        assert np.array_equal(jobs[first].patch(0).image, pixels.astype(np.float16))
        editor.generation.prune()
    assert not is_in_memory(jobs[first])
    assert jobs[first].patch(1).image.shape == pixels.shape


def test_a_result_that_cannot_be_read_any_more_is_told(
    editor: Editor, photo_file: Path, quick_fit: None
) -> None:
    editor.files.open(photo_file)
    editor.selection.select_all()
    first, _ = fill(editor), fill(editor)
    jobs = editor.generation.jobs
    jobs.max_bytes = 1
    editor.generation.prune()
    store = editor.files.autosave.store
    assert store is not None
    store.drop("job", first)
    told: list[str] = []
    editor.notice.connect(lambda notice: told.append(notice.text))
    editor.candidates.show_results(first)
    assert "no longer be read" in told[-1]
    assert not editor.candidates.is_ready(0)
    with pytest.raises(GlideError, match="no longer be read"):
        editor.generation.vary(first, 0, 0.5)


def test_failed_jobs_are_forgotten_beyond_the_budget(
    editor: Editor, photo_file: Path, quick_fit: None
) -> None:
    editor.files.open(photo_file)
    editor.selection.select_all()
    editor.set_generation_settings(prompt="a cup")
    cancelled = editor.generation.generate()
    editor.generation.cancel(cancelled.id)
    editor.runner.run_until_done()
    kept = fill(editor)
    jobs = editor.generation.jobs
    assert list(jobs) == [cancelled.id, kept]
    jobs.max_bytes = 1
    editor.generation.prune()
    assert list(jobs) == [kept]


def test_generate_while_one_runs_loses_neither_result(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(100, 60), Point(180, 140))
    editor.set_generation_settings(prompt="a strawberry", sampling=Sampling(steps=2, count=2))
    strawberry = editor.generation.generate()
    editor.set_generation_settings(prompt="a daisy")
    daisy = editor.generation.generate()
    editor.runner.run_until_done()
    generation = editor.generation
    assert [job.id for job in generation.jobs.results] == [strawberry.id, daisy.id]
    assert generation.candidates.current is not None
    assert generation.candidates.current.id == daisy.id, "the newest is shown"
    generation.candidates.show_results(strawberry.id)
    assert generation.candidates.is_ready(0)
    assert generation.candidates.is_ready(1)
    assert generation.candidates.accept().ok
    assert editor.document.layers[-1].name == "a strawberry"
    generation.candidates.show_results(daisy.id)
    assert generation.candidates.previewed is not None
    assert generation.candidates.previewed.job == daisy.id


def test_candidates_that_were_not_accepted_are_reachable_after_the_next_generate(
    editor: Editor, photo_file: Path
) -> None:
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(100, 60), Point(180, 140))
    first = fill(editor)
    editor.generation.generate()
    assert editor.candidates.current is None
    editor.candidates.show_results(first)
    assert editor.candidates.previewed is not None
    assert editor.candidates.previewed.job == first


def test_discarded_results_are_gone(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(100, 60), Point(180, 140))
    first, second = fill(editor), fill(editor)
    removed: list[str] = []
    editor.generation.jobs.removed.connect(removed.append)
    editor.results.discard()
    assert list(editor.generation.jobs) == [first]
    assert removed == [second], "their pictures leave the list"
    assert editor.candidates.current is None
    with pytest.raises(GlideError, match="no longer kept"):
        editor.candidates.show_results(second)


def test_cancel_all_ends_the_running_and_the_waiting(
    tmp_path: Path, engine: StandInEngine, photo_file: Path
) -> None:
    engine.pace = 0.001
    with threaded_editor(engine, tmp_path / "stores") as (editor, loop):
        editor.files.open(photo_file)
        editor.selection.select_all()
        editor.set_generation_settings(prompt="a cup", sampling=Sampling(steps=1000))
        generation = editor.generation
        ids = [generation.generate().id for _ in range(3)]
        loop.run_until(lambda: generation.jobs[ids[0]].state is JobState.RUNNING)
        active = generation.jobs.active
        assert active is not None
        assert active.id == ids[0]
        generation.cancel_all()
        loop.run_until(lambda: not generation.jobs.unfinished)
        assert {generation.jobs[one].state for one in ids} == {JobState.CANCELLED}


def test_the_preview_stays_until_the_result_can_be_shown(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(100, 60), Point(180, 140))
    seen: list[tuple[JobState, bool]] = []
    editor.jobs_changed.connect(lambda job: seen.append((job.state, bool(job.previews))))
    fill(editor)
    states = [state for state, _ in seen]
    assert states.index(JobState.FITTING) < states.index(JobState.FINISHED)
    first = next(number for number, (_, has_preview) in enumerate(seen) if has_preview)
    assert all(has for state, has in seen[first:] if state is not JobState.FINISHED)
    assert not seen[-1][1]


def test_a_fit_that_fails_is_told_and_ends_the_job(
    editor: Editor, photo_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> FittedPatch:
        raise GlideError("There is no memory left; close other programs.")

    monkeypatch.setattr(fit_queue_module, "fit_patch", fail)
    editor.files.open(photo_file)
    editor.selection.select_all()
    job = fill(editor)
    assert editor.generation.jobs[job].state is JobState.FAILED
    assert "no memory left" in editor.generation.jobs[job].message
    assert editor.candidates.current is None


def test_opening_another_document_clears_the_results_that_are_shown(
    editor: Editor, photo_file: Path
) -> None:
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(100, 60), Point(180, 140))
    fill(editor)
    shown: list[int] = []
    editor.candidates_changed.connect(lambda: shown.append(len(list(editor.generation.jobs))))
    editor.files.open(photo_file)
    assert shown
    assert shown[-1] == 0


def test_small_holes_of_the_mask_are_painted_over_before_an_object_is_made(
    editor: Editor, photo_file: Path
) -> None:
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(100, 50), Point(200, 150))
    whole = editor.document.selection
    editor.selection.rectangle(Point(140, 90), Point(148, 98), "subtract")
    pierced = editor.document.selection
    told: list[str] = []
    editor.notice.connect(lambda notice: told.append(notice.text))
    editor.set_generation_settings(prompt="an apple")

    def read(mask: Raster) -> np.ndarray:
        return mask.read(mask.size.box)

    def generate() -> np.ndarray:
        job = editor.generation.generate(fills_holes=True)
        assert job.request.state == editor.timeline.current.id
        assert job.painted is not None
        return read(painted_raster(editor.document, job))

    assert (generate() == read(whole)).all()
    assert (read(editor.document.selection) == read(whole)).all(), "and is seen"
    assert "small holes" in told[0]
    editor.undo()
    assert editor.document.selection is pierced
    assert (generate() == read(pierced)).all(), "who undoes it wants the hole"
    editor.set_generation_settings(prompt="")
    editor.selection.rectangle(Point(120, 90), Point(128, 98), "subtract")
    holes = read(editor.document.selection)
    assert (generate() == holes).all(), "a removal keeps to the mask"


def test_a_cancelled_fill_gives_the_holes_back_that_it_had_painted_over(
    editor: Editor, photo_file: Path
) -> None:
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(20, 50), Point(80, 110))
    editor.selection.rectangle(Point(46, 76), Point(52, 82), "subtract")
    editor.selection.ellipse(Point(200, 50), Point(260, 110))
    pierced, before = editor.document.selection, editor.timeline.current.id
    editor.set_generation_settings(prompt="an apple")

    def generate() -> list[str]:
        known = set(editor.generation.jobs)
        editor.generation.generate(fills_holes=True, by_islands=True)
        assert editor.document.selection is not pierced
        return [job_id for job_id in editor.generation.jobs if job_id not in known]

    generate()
    editor.generation.cancel_all()
    editor.runner.run_until_done()
    assert editor.document.selection is pierced
    assert editor.timeline.current.id == before
    generate()
    editor.selection.grow(2)
    editor.generation.cancel_all()
    editor.runner.run_until_done()
    assert editor.timeline.current.label == "Grow mask by 2 px", "what was done since stays"
    editor.selection.rectangle(Point(226, 76), Point(232, 82), "subtract")
    pierced = editor.document.selection
    first, _ = generate()
    editor.generation.cancel(first)
    editor.runner.run_until_done()
    assert editor.document.selection is not pierced, "the other part is filled"


def test_progress_shares_follow_the_forecast_of_the_phases() -> None:
    """Removing 2 s, the engine 6 s, fitting 2 s; the engine was forecast ten times too long."""
    job = Job(
        Request("fill", "an apple", Box(0, 0, 8, 8)),
        clear_seconds=2.0,
        engine_seconds=60.0,
        fit_seconds=2.0,
    )
    job = job.advance_clearing("Filling from the photo", 0.5)
    assert job.fraction == pytest.approx(1 / 64)
    job = job.advance(Started(job.id, "cpu"))
    job = job.advance(Progress(job.id, "Drafting", 5, 10, 4.5, share=0.25))
    assert job.fraction == pytest.approx((2 + 1.5) / 10), "by its work, not by its steps"
    job = job.advance(Progress(job.id, "Drafting", 6, 10, 9.0, share=0.3))
    assert job.fraction == pytest.approx(0.35), "never back"
    job = job.advance(Progress(job.id, "Refining", 9, 10, 0.6, share=0.9))
    job = job.advance(Progress(job.id, "Refining", 10, 10, 0.0, share=1.0))
    assert job.fraction == pytest.approx(0.8)
    patch = Patch(0, np.zeros((8, 8, 3), np.float32))
    job = job.advance(Finished(job.id, (patch,), 6.0))
    job = job.advance_fitting("Placing the object", 0.5)
    assert (job.state, job.fraction) == (JobState.FITTING, pytest.approx(0.9))
    job = job.add_fitted(0, FittedPatch(Raster.empty(Size(8, 8), 4), SeamDifference(0.0, 0.0, 0)))
    assert job.fraction == 1.0


@pytest.mark.parametrize("is_ready", [False, True])
def test_fitting_has_its_share_even_if_the_engine_was_loaded_after_generate(
    photo_file: Path, tmp_path: Path, is_ready: bool
) -> None:
    with threaded_editor(StandInEngine(), tmp_path) as (editor, loop):
        if is_ready:
            editor.runner.start()
            loop.run_until(lambda: editor.engine is not None)
        editor.files.open(photo_file)
        editor.selection.rectangle(Point(20, 20), Point(80, 80))
        editor.set_generation_settings(prompt="an apple", sampling=Sampling(steps=10, count=1))
        seen: list[tuple[JobState, float]] = []
        editor.jobs_changed.connect(lambda job: seen.append((job.state, job.fraction)))
        job = editor.generation.generate()
        loop.run_until(lambda: editor.generation.jobs[job.id].state.final)
    fitting = [fraction for state, fraction in seen if state is JobState.FITTING]
    assert 0 < max(fitting) < 1
    assert seen[-1] == (JobState.FINISHED, 1.0)
