"""Jobs and their results: kept, shown again, thrown away, and never too large."""

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
from glide_studio.editor.jobs import Job, JobState, painted_raster
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
    [(15, 100, 2 << 20), pytest.param(50, 600, 64 << 20, marks=pytest.mark.slow)],
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
            editor.candidates.discard()
        assert editor.generation.jobs.nbytes <= max(budget, one)
        if seed % 5 == 4:
            assert engine.held_bytes <= max(budget, one)
    assert 0 < len(editor.generation.jobs) < fills // 2
    stored = editor.files.autosave.store
    assert stored is not None
    assert len(stored.items("job")) == len(editor.generation.jobs)
    editor.close()


def test_results_beyond_the_budget_go_from_the_oldest_on(
    editor: Editor, photo_file: Path, quick_fit: None
) -> None:
    editor.files.open(photo_file)
    editor.selection.select_all()
    first = fill(editor)
    jobs = editor.generation.jobs
    jobs.max_bytes = 3 * jobs[first].nbytes
    later = [fill(editor) for _ in range(3)]
    assert list(jobs) == later
    editor.candidates.show_results(later[0])
    newest = fill(editor)
    assert list(jobs) == [*later[1:], newest]
    with pytest.raises(GlideError, match="no longer kept"):
        editor.candidates.show_results(later[0])


def test_what_is_looked_at_is_kept_though_it_is_the_oldest(
    editor: Editor, photo_file: Path, quick_fit: None
) -> None:
    editor.files.open(photo_file)
    editor.selection.select_all()
    first, second = fill(editor), fill(editor)
    editor.candidates.show_results(first)
    editor.generation.jobs.max_bytes = 1
    editor.generation.jobs.prune(first)
    assert list(editor.generation.jobs) == [first]
    assert second not in editor.generation.jobs


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
    editor.candidates.discard()
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
