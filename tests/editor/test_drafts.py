"""Drafts first: small pictures to pick from, and the detail for the picked ones alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glide_studio.api.engine_protocol import Forecast, IsCancelled
from glide_studio.api.events import Draft, Finished, Patch, Progress, Update
from glide_studio.api.request import Request
from glide_studio.api.sampling import Sampling
from glide_studio.editor.editor import Editor
from glide_studio.editor.job_serialization import JOB_KIND, job_to_item
from glide_studio.editor.jobs import Choice, Mark
from glide_studio.editor.runner import InlineRunner
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Point
from tests.editor.standin import StandInEngine, picture


class CascadeEngine(StandInEngine):
    """Makes drafts quickly and takes `detail_s` for the detail of each candidate."""

    def __init__(self, detail_s: float = 3.0) -> None:
        super().__init__()
        self.detail_s = detail_s

    def forecast(self, request: Request) -> Forecast:
        detailed = 1 if request.draft is not None else request.sampling.count
        detail = 0.0 if request.drafts_only else self.detail_s * detailed
        return replace(super().forecast(request), seconds=1.0 + detail)

    def run(self, request: Request, stop: IsCancelled) -> Iterator[Update]:
        self.requests.append(request)
        seed, count, box = request.sampling.seed, request.sampling.count, request.box
        if request.drafts_only:
            for index in range(count):
                yield Draft(request.id, index, picture(64, 64, seed, index))
            yield Finished(request.id, (), 0.1)
            return
        made = range(count) if request.draft is None else [request.draft_index]
        patches = tuple(Patch(n, picture(box.height, box.width, seed, n)) for n in made)
        yield Finished(request.id, patches, 0.1)


def open_with(engine: CascadeEngine, photo_file: Path) -> Editor:
    editor = Editor(InlineRunner(lambda: engine))
    editor.runner.start()
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(100, 60), Point(180, 140))
    editor.set_generation_settings(prompt="a cup", sampling=Sampling(count=4, steps=2))
    return editor


@pytest.fixture
def engine() -> CascadeEngine:
    return CascadeEngine()


@pytest.fixture
def drafted(engine: CascadeEngine, photo_file: Path) -> Iterator[Editor]:
    editor = open_with(engine, photo_file)
    editor.generation.generate(drafts_first=True)
    editor.runner.run_until_done()
    yield editor
    editor.close()


def test_drafts_are_shown_and_only_the_picked_ones_go_on(
    drafted: Editor, engine: CascadeEngine
) -> None:
    generation = drafted.generation
    job = generation.candidates.current
    assert job is not None
    assert job.is_drafts
    assert len(job.choices) == 4
    generation.candidates.select(2)
    assert generation.candidates.draft is job.draft(2)
    queued = generation.refine([Choice(job.id, 1), Choice(job.id, 2)])
    drafted.runner.run_until_done()
    sent = engine.requests[1:]
    assert [request.draft_index for request in sent] == [1, 2]
    assert sent[0].draft is job.draft(1).image
    assert not sent[0].drafts_only
    done = [generation.jobs[one.id] for one in queued]
    assert [[patch.index for patch in one.patches] for one in done] == [[1], [2]]
    assert generation.candidates.accept(done[0].id, 1).ok
    assert generation.jobs[job.id].is_drafts, "the drafts stay to be picked from again"


def order(editor: Editor) -> list[tuple[str, int]]:
    """Return the candidates as the filmstrip shows them."""
    return [(one.job, one.index) for series in editor.results.find_series() for one in series]


def test_refined_results_take_the_places_of_their_drafts(
    drafted: Editor, photo_file: Path, tmp_path: Path
) -> None:
    generation, drafts = drafted.generation, drafted.candidates.current_id
    drafted.set_generation_settings(prompt="a pear", sampling=Sampling(count=1, steps=2))
    pear = generation.generate().id
    drafted.runner.run_until_done()
    refined = [one.id for one in generation.refine([Choice(drafts, 3), Choice(drafts, 1)])]
    waiting = [(pear, 0), (drafts, 0), (drafts, 1), (drafts, 2), (drafts, 3)]
    assert order(drafted) == waiting, "nothing moves while they wait"
    drafted.runner.run_until_done()
    done = [(pear, 0), (drafts, 0), (refined[1], 1), (drafts, 2), (refined[0], 3)]
    assert order(drafted) == done
    assert drafted.results.place_of(Choice(refined[0], 3)) == (4, 4)
    assert drafted.results.place_of(Choice(pear, 0)) == (1, 1)
    drafted.files.save(tmp_path / "refined.glide")
    drafted.files.open(photo_file)
    drafted.files.open(tmp_path / "refined.glide")
    assert order(drafted) == done
    assert drafted.results.place_of(Choice(refined[0], 3)) == (4, 4)


def test_a_draft_that_is_being_refined_stays_in_its_place(drafted: Editor) -> None:
    generation, drafts = drafted.generation, drafted.candidates.current_id
    (job,) = generation.refine([Choice(drafts, 2)])
    preview = picture(32, 32, 0, 0)
    running = job.advance(Progress(job.id, "Detail", 1, 4, previews=(preview,)))
    generation.jobs.put(running)
    assert order(drafted) == [(drafts, 0), (drafts, 1), (job.id, 2), (drafts, 3)]
    assert drafted.results.place_of(Choice(job.id, 2)) == (3, 4)
    assert drafted.results.place_of(Choice(drafts, 2)) == (3, 4), "the draft may still be in view"
    generation.cancel(job.id)
    drafted.runner.run_until_done()
    assert order(drafted) == [(drafts, index) for index in range(4)], "the draft is there again"


def test_a_favorite_draft_is_a_favorite_once_it_is_refined(
    drafted: Editor, photo_file: Path, tmp_path: Path
) -> None:
    generation, drafts = drafted.generation, drafted.candidates.current_id
    drafted.results.mark([Choice(drafts, 1)], Mark.FAVORITE)
    drafted.results.mark([Choice(drafts, 2)], Mark.REJECTED)
    jobs = generation.refine([Choice(drafts, index) for index in range(3)])
    drafted.runner.run_until_done()
    refined = [Choice(job.id, index) for index, job in enumerate(jobs)]
    marks = [None, Mark.FAVORITE, None]  # who refines what was rejected wants it after all
    assert [drafted.results.mark_of(one) for one in refined] == marks
    drafted.files.save(tmp_path / "marked.glide")
    drafted.files.open(photo_file)
    drafted.files.open(tmp_path / "marked.glide")
    assert [drafted.results.mark_of(one) for one in refined] == marks


def test_all_that_was_refined_is_fitted_after_opening(
    drafted: Editor, photo_file: Path, tmp_path: Path
) -> None:
    generation, drafts = drafted.generation, drafted.candidates.current_id
    jobs = generation.refine([Choice(drafts, index) for index in range(3)])
    drafted.runner.run_until_done()
    drafted.files.save(tmp_path / "refined.glide")
    drafted.files.open(photo_file)
    drafted.files.open(tmp_path / "refined.glide")
    drafted.candidates.show_results(jobs[0].id)
    refined = [Choice(job.id, index) for index, job in enumerate(jobs)]
    assert [drafted.candidates.can_show(one) for one in refined] == [True] * 3


def test_a_refined_result_is_deleted_with_its_draft(drafted: Editor) -> None:
    generation, drafts = drafted.generation, drafted.candidates.current_id
    (job,) = generation.refine([Choice(drafts, 1)])
    drafted.runner.run_until_done()
    before = order(drafted)
    drafted.results.delete([Choice(job.id, 1)])
    assert order(drafted) == [(drafts, 0), (drafts, 2), (drafts, 3)]
    drafted.results.undelete()
    assert order(drafted) == before


def test_a_draft_is_refined_not_accepted(drafted: Editor) -> None:
    job = drafted.candidates.current
    assert job is not None
    with pytest.raises(GlideError, match="refine it first"):
        drafted.candidates.accept()
    (refined,) = drafted.generation.refine([Choice(job.id, 0)])
    drafted.runner.run_until_done()
    with pytest.raises(GlideError, match="choose a draft"):
        drafted.generation.refine([Choice(refined.id, 0)])


def test_drafts_can_be_marked_and_deleted(
    drafted: Editor, photo_file: Path, tmp_path: Path
) -> None:
    job = drafted.candidates.current
    assert job is not None
    drafted.results.mark([Choice(job.id, 0)], Mark.FAVORITE)
    drafted.results.delete([Choice(job.id, 1)])
    left = drafted.generation.jobs[job.id]
    assert [choice.index for choice in left.choices] == [0, 2, 3]
    assert left.marks == {0: Mark.FAVORITE}
    drafted.files.save(tmp_path / "drafts.glide")
    drafted.files.open(photo_file)
    drafted.files.open(tmp_path / "drafts.glide")
    kept = drafted.generation.jobs[job.id]
    assert [choice.index for choice in kept.choices] == [0, 2, 3]
    assert kept.marks == {0: Mark.FAVORITE}


def test_drafts_outlive_a_crash_and_can_be_refined_then(
    drafted: Editor, engine: CascadeEngine
) -> None:
    job = drafted.candidates.current
    assert job is not None
    drafted.candidates.select(2)
    store = drafted.files.autosave.store
    assert store is not None
    store.close(discard=False)
    again = Editor(InlineRunner(lambda: engine))
    again.runner.start()
    (found,) = again.files.recoverable()
    again.files.recover_later(found.path)
    assert again.candidates.draft is not None
    assert again.candidates.selected == 2
    restored = again.candidates.draft.image
    assert restored.dtype == np.float32
    assert np.abs(restored - job.draft(2).image).max() < 1e-3
    again.generation.refine([Choice(job.id, 2)])
    again.runner.run_until_done()
    assert engine.requests[-1].draft is restored
    assert again.candidates.current is not None
    assert not again.candidates.current.is_drafts
    again.close()


@pytest.mark.parametrize("index", [7, "one"])
def test_drafts_that_make_no_sense_are_left_out(
    drafted: Editor, photo_file: Path, tmp_path: Path, index: object
) -> None:
    job = drafted.candidates.current
    assert job is not None
    value, make_arrays = job_to_item(job)
    drafted.files.autosave.put(JOB_KIND, job.id, {**value, "drafts": [index]}, make_arrays)
    drafted.files.save(tmp_path / "odd.glide")
    drafted.files.open(photo_file)
    drafted.files.open(tmp_path / "odd.glide")
    assert job.id not in drafted.generation.jobs


@pytest.mark.parametrize(
    ("detail_s", "count", "wanted", "asked"),
    [(0.5, 4, True, True), (3.0, 1, True, True), (3.0, 4, False, True), (3.0, 4, True, False)],
    ids=["quick detail", "one candidate", "switched off", "not asked for"],
)
def test_otherwise_all_detail_is_made_at_once(
    photo_file: Path, detail_s: float, count: int, wanted: bool, asked: bool
) -> None:
    engine = CascadeEngine(detail_s)
    editor = open_with(engine, photo_file)
    editor.set_generation_settings(sampling=Sampling(count=count, steps=2), drafts_first=wanted)
    editor.generation.generate(drafts_first=asked)
    editor.runner.run_until_done()
    assert not engine.requests[0].drafts_only
    editor.close()


def test_drafts_stay_on_offer_while_the_forecast_wavers(
    engine: CascadeEngine, photo_file: Path
) -> None:
    editor = open_with(engine, photo_file)

    def offers_drafts(detail_s: float) -> bool:
        engine.detail_s = detail_s
        preflight = editor.requests.preflight(drafts_first=True)
        assert preflight is not None
        return preflight.is_drafts

    details = (0.9, 1.1, 0.8, 1.1, 0.5, 0.8, 1.1)
    offered = [offers_drafts(one) for one in details]
    assert offered == [False, True, True, True, False, False, True]
    editor.close()


def test_the_forecast_is_for_the_drafts_if_these_come_first(
    engine: CascadeEngine, photo_file: Path
) -> None:
    editor = open_with(engine, photo_file)
    whole = editor.requests.preflight()
    drafts = editor.requests.preflight(drafts_first=True)
    assert whole is not None
    assert whole.forecast is not None
    assert not whole.is_drafts
    assert drafts is not None
    assert drafts.forecast is not None
    assert drafts.is_drafts
    assert whole.forecast.seconds > 10 > drafts.forecast.seconds == 1.0
    editor.set_generation_settings(drafts_first=False)
    assert editor.requests.preflight(drafts_first=True) == editor.requests.preflight()


def test_drafts_wait_for_no_fitting(engine: CascadeEngine, photo_file: Path) -> None:
    editor = open_with(engine, photo_file)
    expected: list[float] = []
    editor.jobs_changed.connect(lambda job: expected.append(job.fit_seconds))
    editor.generation.generate(drafts_first=True)
    assert set(expected) == {0.0}
    expected.clear()
    editor.generation.generate()
    assert min(expected) > 0
    editor.close()


def test_undo_puts_a_draft_aside_first(drafted: Editor) -> None:
    document = drafted.document
    assert drafted.candidates.draft is not None
    drafted.undo()
    assert drafted.candidates.draft is None
    assert drafted.document is document
    drafted.undo()
    assert drafted.document is not document
