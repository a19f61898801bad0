"""Parts of a mask far apart are filled on their own and accepted together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from glide_studio.api.sampling import Sampling
from glide_studio.document.raster import Raster
from glide_studio.editor.editor import Editor
from glide_studio.editor.jobs import Choice, Mark
from glide_studio.editor.mask_islands import MAX_ISLANDS, split_islands
from glide_studio.editor.runner import InlineRunner
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.io.project.working_store import PICK_KIND
from tests.editor.standin import StandInEngine

SIZE = Size(3000, 2000)


def mask_of(*boxes: Box, size: Size = SIZE) -> Raster:
    mask = Raster.empty(size, 1)
    for box in boxes:
        full = Raster.full(Size(box.width, box.height), 255)
        mask = mask.write(box, full.read(full.size.box))
    return mask


def test_islands_far_apart_are_parts_that_add_up_to_the_mask() -> None:
    boxes = (Box(100, 100, 200, 150), Box(2500, 1700, 120, 200))
    mask = mask_of(*boxes)
    parts = split_islands(mask)
    assert [part.content_box() for part in parts] == list(boxes)


@pytest.mark.parametrize(
    "boxes",
    [
        (Box(100, 100, 200, 150), Box(390, 100, 200, 150)),
        (Box(100, 100, 200, 150), Box(360, 310, 200, 150)),
        (Box(100, 100, 900, 900),),
        (),
        tuple(Box(400 * n, 100, 20, 20) for n in range(MAX_ISLANDS + 1)),
    ],
    ids=["side by side", "across corners", "one piece", "empty", "scattered"],
)
def test_other_masks_are_one_fill(boxes: tuple[Box, ...]) -> None:
    mask = mask_of(*boxes)
    assert split_islands(mask) == [mask]


@pytest.mark.parametrize("size", [40, 48])
@pytest.mark.parametrize(
    "places",
    [((0, 0), (100, 0), (200, 0)), ((0, 0), (100, 0), (50, 87)), ((0, 0), (71, 71), (142, 142))],
    ids=["row", "triangle", "diagonal"],
)
def test_dabs_with_gaps_of_more_than_half_their_size_are_fills_each(
    places: tuple[tuple[int, int], ...], size: int
) -> None:
    pixels = np.zeros((SIZE.height, SIZE.width, 1), np.uint8)
    for x, y in places:
        cv2.circle(pixels, (1000 + x, 700 + y), size // 2, 255, -1)
    assert len(split_islands(Raster.from_array(pixels))) == 3


def test_a_speck_belongs_to_the_nearest_island() -> None:
    mask = mask_of(Box(100, 100, 300, 300), Box(2400, 1500, 300, 300), Box(900, 100, 4, 4))
    parts = split_islands(mask)
    assert len(parts) == 2
    assert parts[0].content_box() == Box(100, 100, 804, 300)


def test_what_is_larger_than_a_speck_is_an_island_of_its_own() -> None:
    small = Box(1500, 1000, 48, 48)  # 2.6 % of the largest one
    parts = split_islands(mask_of(Box(100, 100, 300, 300), small))
    assert [part.content_box() for part in parts] == [Box(100, 100, 300, 300), small]


@pytest.mark.parametrize("side", [500, 2500])
def test_not_even_the_faintest_pixel_is_left_out(side: int) -> None:
    pixels = np.zeros((SIZE.height, SIZE.width, 1), np.uint8)
    cv2.circle(pixels, (60, 60), 50, 255, -1)
    cv2.line(pixels, (side, 100), (side + 90, 131), 1, 3)
    pixels[61, 113] = 1
    mask = Raster.from_array(pixels)
    parts = split_islands(mask)
    assert len(parts) == 2
    assert sum(part.count_content() for part in parts) == np.count_nonzero(pixels)
    assert np.array_equal(sum(part.read(mask.box) for part in parts), pixels)


@pytest.fixture
def painted(editor: Editor, photo_file: Path) -> Editor:
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(20, 20), Point(60, 60))
    editor.selection.ellipse(Point(230, 140), Point(270, 180))
    editor.set_generation_settings(prompt="a cup", sampling=Sampling(count=2, steps=2))
    return editor


def test_each_island_is_a_fill_and_one_accept_takes_all(
    painted: Editor, engine: StandInEngine
) -> None:
    generation, before = painted.generation, painted.document
    generation.generate(by_islands=True)
    painted.runner.run_until_done()
    first, second = generation.jobs.results
    assert first.request.box != second.request.box
    assert len(engine.requests) == 2
    assert first.request.sampling.seed != second.request.sampling.seed, "not the same cups"
    generation.candidates.show_results(first.id, 1)
    generation.candidates.show_results(second.id, 0)
    shown = painted.shown
    assert shown is not None
    assert len(shown.layers) == 3, "the other island is seen too"
    assert generation.candidates.accept().ok
    assert len(painted.timeline) == 4, "one entry for both"
    assert len(painted.document.layers) == 3
    taken = [layer.provenance["candidate"] for layer in painted.document.layers[1:]]
    assert taken == [1, 0], "what was picked for each"
    painted.undo()
    assert painted.document is before


def test_after_an_undo_one_accept_takes_all_islands_again(painted: Editor) -> None:
    generation = painted.generation
    generation.generate(by_islands=True)
    painted.runner.run_until_done()
    first, second = generation.jobs.results
    generation.candidates.show_results(first.id, 0)
    assert generation.candidates.accept().ok
    generation.candidates.show_results(second.id, 1)
    assert generation.candidates.accept().ok
    taken = [layer.provenance["candidate"] for layer in painted.document.layers[1:]]
    assert taken == [1, 0], "both islands at once, then another result of one in its place"
    painted.undo()
    painted.undo()
    generation.candidates.show_results(second.id, 1)
    assert generation.candidates.accept().ok
    taken = [layer.provenance["candidate"] for layer in painted.document.layers[1:]]
    assert taken == [0, 1]


def test_islands_of_an_opened_project_are_accepted_together(
    painted: Editor, photo_file: Path, tmp_path: Path
) -> None:
    generation = painted.generation
    generation.generate(by_islands=True)
    painted.runner.run_until_done()
    painted.files.save(tmp_path / "islands.glide")
    painted.files.open(photo_file)
    painted.files.open(tmp_path / "islands.glide")
    assert len(painted.generation.jobs) == 2
    assert painted.candidates.accept().ok
    assert len(painted.document.layers) == 3
    assert not painted.document.selection.content_box().area


def pick_second_of_each(editor: Editor) -> None:
    """Fill both islands; look at the second candidate of the first, then of the other one."""
    editor.generation.generate(by_islands=True)
    editor.runner.run_until_done()
    for job in editor.generation.jobs.results:
        editor.candidates.show_results(job.id, 0)
        editor.candidates.select(1)


def taken_by(editor: Editor) -> list[int]:
    """Return the candidates whose layers the document has."""
    found = (layer.provenance for layer in editor.document.layers)
    return [one["candidate"] for one in found if one is not None]


def test_what_was_picked_for_each_island_is_saved(
    painted: Editor, photo_file: Path, tmp_path: Path
) -> None:
    pick_second_of_each(painted)
    painted.files.save(tmp_path / "picks.glide")
    painted.files.open(photo_file)
    painted.files.open(tmp_path / "picks.glide")
    assert painted.candidates.selected == 1
    shown = painted.shown
    assert shown is not None
    assert len(shown.layers) == 3, "the other island is seen too"
    assert painted.candidates.accept().ok
    assert taken_by(painted) == [1, 1]
    painted.undo()
    painted.candidates.show_results(painted.generation.jobs.results[0].id)
    assert painted.candidates.selected == 1
    assert painted.candidates.accept().ok
    assert taken_by(painted) == [1, 1]


def test_what_was_picked_outlives_a_crash(painted: Editor, engine: StandInEngine) -> None:
    pick_second_of_each(painted)
    store = painted.files.autosave.store
    assert store is not None
    store.close(discard=False)
    next_one = Editor(InlineRunner(lambda: engine))
    (found,) = next_one.files.recoverable()
    next_one.files.recover_later(found.path)
    assert next_one.candidates.accept().ok
    assert taken_by(next_one) == [1, 1]
    next_one.close()


@pytest.mark.parametrize(
    "pick", [None, {"index": 7, "at": 1e9}, {"index": "1"}, {"index": 1}, [1], "1"]
)
def test_without_a_pick_that_makes_sense_the_first_candidate_is_taken(
    painted: Editor, photo_file: Path, tmp_path: Path, pick: object
) -> None:
    pick_second_of_each(painted)
    for job in painted.generation.jobs:
        painted.files.autosave.put(PICK_KIND, job, pick)
    painted.files.save(tmp_path / "odd.glide")
    painted.files.open(photo_file)
    painted.files.open(tmp_path / "odd.glide")
    assert painted.candidates.accept().ok
    assert taken_by(painted) == [0, 0]


def test_of_two_fills_of_an_island_that_looked_at_last_is_taken(painted: Editor) -> None:
    pick_second_of_each(painted)
    generation = painted.generation
    first, second = generation.jobs.results
    request = replace(first.request, id="newer")
    patches = first.patches
    generation.jobs.put(replace(first, request=request, patches=patches, picked=0, picked_at=0.0))
    painted.candidates.show_results(second.id, 0)
    assert painted.candidates.accept().ok
    layers = painted.document.layers[1:]
    assert [layer.provenance["request"]["id"] for layer in layers] == [first.id, second.id]
    assert taken_by(painted) == [1, 0]


def test_accept_waits_for_what_was_picked_for_the_other_island(painted: Editor) -> None:
    pick_second_of_each(painted)
    generation = painted.generation
    first, second = generation.jobs.results
    fitted = first.fitted
    generation.jobs.put(replace(first, fitted={0: fitted[0]}))
    with pytest.raises(GlideError, match="still being fitted"):
        generation.candidates.accept()
    generation.jobs.put(replace(first, fitted={0: fitted[0]}))
    generation.candidates.show_results(second.id)
    assert 1 in generation.jobs[first.id].fitted, "it is fitted though another job is in view"


def test_accept_waits_for_an_island_that_is_not_fitted(painted: Editor) -> None:
    generation = painted.generation
    generation.generate(by_islands=True)
    painted.runner.run_until_done()
    first, second = generation.jobs.results
    generation.candidates.show_results(second.id, 0)
    generation.jobs.put(replace(first, fitted={}))
    with pytest.raises(GlideError, match="still being fitted"):
        generation.candidates.accept()


def test_accept_waits_for_the_other_island(painted: Editor) -> None:
    generation = painted.generation
    first = generation.generate(by_islands=True)
    requests = painted.runner.requests
    while not generation.jobs[first.id].state.final:
        update = requests.step(painted.engine)
        assert update is not None
        painted.runner.updated.emit(update)
    assert generation.candidates.current is not None
    with pytest.raises(GlideError, match="still being filled"):
        generation.candidates.accept()
    generation.cancel_all()
    painted.runner.run_until_done()
    assert generation.candidates.accept().ok
    assert len(painted.document.layers) == 2


def test_without_islands_the_mask_is_one_fill(painted: Editor, engine: StandInEngine) -> None:
    painted.generation.generate()
    painted.runner.run_until_done()
    assert len(engine.requests) == 1


def shown_results(editor: Editor) -> set[Choice]:
    """Return the candidates that the canvas shows."""
    assert editor.shown is not None
    made = [layer.provenance for layer in editor.shown.layers if layer.provenance is not None]
    return {Choice(one["request"]["id"], one["candidate"]) for one in made}


@pytest.mark.parametrize("verb", ["again", "vary"])
def test_more_of_one_island_stands_beside_what_was_picked_for_the_other(
    painted: Editor, verb: str
) -> None:
    pick_second_of_each(painted)
    generation = painted.generation
    first, second = (job.id for job in generation.jobs.results)
    generation.candidates.show_results(first, 1)
    more = generation.generate_again(first) if verb == "again" else generation.vary(first, 1, 0.5)
    assert generation.candidates.accept().ok, "what was picked needs not wait for more"
    painted.undo()
    painted.runner.run_until_done()
    assert generation.candidates.current_id == more.id
    assert shown_results(painted) == {Choice(more.id, 0), Choice(second, 1)}
    assert generation.candidates.accept().ok
    assert shown_results(painted) == {Choice(more.id, 0), Choice(second, 1)}
    assert painted.document.selection.content_box().empty


@pytest.mark.parametrize("at_once", [False, True])
def test_what_is_rejected_is_no_pick_of_its_island_any_more(painted: Editor, at_once: bool) -> None:
    pick_second_of_each(painted)
    first, second = (job.id for job in painted.generation.jobs.results)
    picks = [Choice(first, 1), Choice(second, 1)]
    assert shown_results(painted) == set(picks)
    if at_once:
        painted.results.mark(picks, Mark.REJECTED)
        painted.candidates.choose(Choice(second, 0))
    else:
        painted.results.mark(picks[:1], Mark.REJECTED)
    kept = Choice(second, 0 if at_once else 1)
    assert shown_results(painted) == {Choice(first, 0), kept}
    assert painted.results.shown_beside == {Choice(first, 0)}
    assert painted.candidates.accept().ok
    assert painted.results.accepted == {Choice(first, 0), kept}


def test_the_mark_taken_back_makes_it_the_pick_again(painted: Editor) -> None:
    pick_second_of_each(painted)
    first = painted.generation.jobs.results[0].id
    painted.results.mark([Choice(first, 1)], Mark.REJECTED)
    painted.results.mark([Choice(first, 1)], None)
    assert Choice(first, 1) in shown_results(painted)


def test_an_island_of_which_all_is_rejected_stays_as_it_is(painted: Editor) -> None:
    pick_second_of_each(painted)
    first, second = painted.generation.jobs.results
    painted.results.mark([Choice(first.id, index) for index in range(2)], Mark.REJECTED)
    assert shown_results(painted) == {Choice(second.id, 1)}
    assert painted.candidates.accept().ok
    assert painted.results.accepted == {Choice(second.id, 1)}
    left = painted.document.selection.content_box()
    assert left == Box(20, 20, 40, 40), "its part of the mask is still painted"


def test_a_pick_that_was_rejected_is_none_after_a_restart(
    painted: Editor, photo_file: Path, tmp_path: Path
) -> None:
    pick_second_of_each(painted)
    first, second = (job.id for job in painted.generation.jobs.results)
    painted.results.mark([Choice(first, 1)], Mark.REJECTED)
    painted.files.save(tmp_path / "rejected.glide")
    painted.files.open(photo_file)
    painted.files.open(tmp_path / "rejected.glide")
    assert painted.candidates.accept().ok
    assert painted.results.accepted == {Choice(first, 0), Choice(second, 1)}


def test_results_are_shown_again_without_a_rejected_pick(painted: Editor) -> None:
    painted.generation.generate()
    painted.runner.run_until_done()
    job = painted.candidates.current_id
    painted.candidates.select(1)
    painted.candidates.put_aside()
    painted.results.mark([Choice(job, 1)], Mark.REJECTED)
    painted.candidates.show_results(job)
    assert painted.candidates.selected == 0


def test_a_rejected_result_is_not_accepted_until_that_is_taken_back(painted: Editor) -> None:
    painted.generation.generate()
    painted.runner.run_until_done()
    choice = Choice(painted.candidates.current_id, 1)
    painted.results.mark([choice], Mark.REJECTED)
    painted.candidates.choose(choice)
    with pytest.raises(GlideError, match="rejected"):
        painted.candidates.accept()
    painted.results.mark([choice], None)
    assert painted.candidates.accept().ok
