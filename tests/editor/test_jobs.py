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
from glide_studio.api.events import Finished, Patch, Update
from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.document.raster import Raster
from glide_studio.editor import generation as generation_module
from glide_studio.editor.editor import Editor
from glide_studio.editor.fitting import FittedPatch
from glide_studio.editor.jobs import JobState
from glide_studio.editor.runner import InlineRunner
from glide_studio.errors import GlideError
from glide_studio.imaging.blending.result_checks import SeamDifference
from glide_studio.imaging.geometry import Point
from tests.editor.conftest import photo
from tests.editor.loop import threaded_session
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

    def fit(document, box, patch, painted, seed, prompt, check=None):  # type: ignore[no-untyped-def]
        pixels = np.dstack([np.rint(np.clip(patch, 0, 1) * 255).astype(np.uint8), painted])
        raster = Raster.empty(document.size, 4, document.dtype).write(box, pixels)
        return FittedPatch(raster, SeamDifference(0.0, 0.0, 0))

    monkeypatch.setattr(generation_module, "fit_patch", fit)


def test_fifty_fills_of_600_pixels_stay_under_the_budget(tmp_path: Path, quick_fit: None) -> None:
    """Every second one is discarded, the others are left undecided."""
    engine = WatchedEngine()
    session = Editor(InlineRunner(lambda: engine), stores=tmp_path / "stores")
    budget = 64 << 20
    session.generation.jobs.max_bytes = budget
    Image.fromarray(photo(1060, 1060)).save(tmp_path / "large.png")
    session.files.open(tmp_path / "large.png")
    session.selection.rectangle(Point(200, 200), Point(800, 800))
    for seed in range(50):
        session.set_generation_settings(
            prompt="a cup", new_seed=False, sampling=Sampling(seed=seed, steps=1)
        )
        session.generation.generate()
        session.generation.run_until_done()
        newest = session.generation.current
        assert newest is not None
        one = newest.nbytes
        if seed % 2:
            session.generation.discard()
        assert session.generation.jobs.nbytes <= max(budget, one)
        if seed % 10 == 9:
            assert engine.held_bytes <= max(budget, one)
    stored = session.files.autosave.store
    assert stored is not None
    assert len(stored.items("job")) == len(session.generation.jobs)
    session.close()


def test_results_beyond_the_budget_go_from_the_oldest_on(
    session: Editor, photo_file: Path, quick_fit: None
) -> None:
    session.files.open(photo_file)
    session.selection.select_all()
    first = fill(session)
    jobs = session.generation.jobs
    jobs.max_bytes = 3 * jobs[first].nbytes
    later = [fill(session) for _ in range(3)]
    assert list(jobs) == later
    session.generation.show_results(later[0])
    newest = fill(session)
    assert list(jobs) == [*later[1:], newest]
    with pytest.raises(GlideError, match="no longer kept"):
        session.generation.show_results(later[0])


def test_what_is_looked_at_is_kept_though_it_is_the_oldest(
    session: Editor, photo_file: Path, quick_fit: None
) -> None:
    session.files.open(photo_file)
    session.selection.select_all()
    first, second = fill(session), fill(session)
    session.generation.show_results(first)
    session.generation.jobs.max_bytes = 1
    session.generation.jobs.prune(first)
    assert list(session.generation.jobs) == [first]
    assert second not in session.generation.jobs


def test_generate_while_one_runs_loses_neither_result(session: Editor, photo_file: Path) -> None:
    session.files.open(photo_file)
    session.selection.ellipse(Point(100, 60), Point(180, 140))
    session.set_generation_settings(prompt="a strawberry", sampling=Sampling(steps=2, count=2))
    strawberry = session.generation.generate()
    session.set_generation_settings(prompt="a daisy")
    daisy = session.generation.generate()
    session.generation.run_until_done()
    generation = session.generation
    assert [job.id for job in generation.jobs.results] == [strawberry.id, daisy.id]
    assert generation.current is not None
    assert generation.current.id == daisy.id, "the newest is shown"
    generation.show_results(strawberry.id)
    assert generation.is_ready(0)
    assert generation.is_ready(1)
    assert generation.accept().ok
    assert session.document.layers[-1].name == "a strawberry"
    generation.show_results(daisy.id)
    assert generation.previewed is not None
    assert generation.previewed.job == daisy.id


def test_candidates_that_were_not_accepted_are_reachable_after_the_next_generate(
    session: Editor, photo_file: Path
) -> None:
    session.files.open(photo_file)
    session.selection.ellipse(Point(100, 60), Point(180, 140))
    first = fill(session)
    session.generation.generate()
    assert session.generation.current is None
    session.generation.show_results(first)
    assert session.generation.previewed is not None
    assert session.generation.previewed.job == first


def test_discarded_results_are_gone(session: Editor, photo_file: Path) -> None:
    session.files.open(photo_file)
    session.selection.ellipse(Point(100, 60), Point(180, 140))
    first, second = fill(session), fill(session)
    session.generation.discard()
    assert list(session.generation.jobs) == [first]
    assert session.generation.current is None
    with pytest.raises(GlideError, match="no longer kept"):
        session.generation.show_results(second)


def test_cancel_all_ends_the_running_and_the_waiting(
    tmp_path: Path, engine: StandInEngine, photo_file: Path
) -> None:
    engine.pace = 0.001
    with threaded_session(engine, tmp_path / "stores") as (session, loop):
        session.files.open(photo_file)
        session.selection.select_all()
        session.set_generation_settings(prompt="a cup", sampling=Sampling(steps=1000))
        generation = session.generation
        ids = [generation.generate().id for _ in range(3)]
        loop.run_until(lambda: generation.jobs[ids[0]].state is JobState.RUNNING)
        active = generation.jobs.active
        assert active is not None
        assert active.id == ids[0]
        generation.cancel_all()
        loop.run_until(lambda: not generation.jobs.unfinished)
        assert {generation.jobs[one].state for one in ids} == {JobState.CANCELLED}


def test_the_preview_stays_until_the_result_can_be_shown(session: Editor, photo_file: Path) -> None:
    session.files.open(photo_file)
    session.selection.ellipse(Point(100, 60), Point(180, 140))
    seen: list[tuple[JobState, bool]] = []
    session.jobs_changed.connect(lambda job: seen.append((job.state, bool(job.previews))))
    fill(session)
    states = [state for state, _ in seen]
    assert states.index(JobState.FITTING) < states.index(JobState.FINISHED)
    first = next(number for number, (_, has_preview) in enumerate(seen) if has_preview)
    assert all(has for state, has in seen[first:] if state is not JobState.FINISHED)
    assert not seen[-1][1]


def test_a_fit_that_fails_is_told_and_ends_the_job(
    session: Editor, photo_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> FittedPatch:
        raise GlideError("There is no memory left; close other programs.")

    monkeypatch.setattr(generation_module, "fit_patch", fail)
    session.files.open(photo_file)
    session.selection.select_all()
    job = fill(session)
    assert session.generation.jobs[job].state is JobState.FAILED
    assert "no memory left" in session.generation.jobs[job].message
    assert session.generation.current is None
