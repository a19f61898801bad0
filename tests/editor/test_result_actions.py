"""Kept results are marked, searched, deleted, made again, and their settings and masks reused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from glide_studio.document.compositing import composite
from glide_studio.document.tile import MAX_LEVEL
from glide_studio.editor.canvas_actions import Anchor
from glide_studio.editor.editor import Editor
from glide_studio.editor.jobs import Choice, Mark
from glide_studio.editor.result_actions import RenderedBox
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Point, Size
from tests.editor.test_editor import fill


@pytest.fixture
def filled(editor: Editor, photo_file: Path) -> Editor:
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(100, 60), Point(180, 140))
    fill(editor)
    return editor


def test_marks_come_back_with_the_project(filled: Editor, tmp_path: Path, photo_file: Path) -> None:
    (job,) = filled.generation.jobs.results
    filled.results.mark([Choice(job.id, 0)], Mark.FAVORITE)
    filled.results.toggle([Choice(job.id, 1)], Mark.REJECTED)
    filled.files.save(tmp_path / "marked.glide")
    filled.results.toggle([Choice(job.id, 0)], Mark.FAVORITE)
    assert filled.results.mark_of(Choice(job.id, 0)) is None
    filled.files.open(photo_file)
    filled.files.open(tmp_path / "marked.glide")
    assert filled.generation.jobs[job.id].marks == {0: Mark.FAVORITE, 1: Mark.REJECTED}
    assert filled.generation.jobs[job.id].created == pytest.approx(job.created)


def test_deleted_candidates_are_gone_from_the_project_and_can_be_taken_back(
    filled: Editor, tmp_path: Path, photo_file: Path
) -> None:
    (job,) = filled.generation.jobs.results
    kept = [choice.index for choice in job.choices]
    filled.results.delete([Choice(job.id, kept[0])])
    assert filled.candidates.current is None
    left = filled.generation.jobs[job.id]
    assert [patch.index for patch in left.patches] == kept[1:]
    filled.results.delete(left.choices)
    assert not filled.generation.jobs.results
    store = filled.files.autosave.store
    assert store is not None
    assert not store.items("job")
    filled.results.undelete()
    assert not filled.results.can_undelete
    (again,) = filled.generation.jobs.results
    assert [patch.index for patch in again.patches] == kept[1:]
    filled.files.save(tmp_path / "back.glide")
    filled.files.open(photo_file)
    filled.files.open(tmp_path / "back.glide")
    filled.candidates.show_results(job.id)
    assert filled.candidates.accept().ok


def test_a_result_that_is_a_layer_already_is_not_added_again(filled: Editor) -> None:
    (job,) = filled.generation.jobs.results
    filled.candidates.accept()
    layers = filled.document.layers
    told: list[str] = []
    filled.notice.connect(lambda notice: told.append(notice.text))

    filled.layers.activate(layers[0].id)
    filled.candidates.show_results(job.id, 0)
    assert filled.shown is not None
    assert filled.shown.layers == layers, "nor seen twice"
    count = len(filled.timeline)
    assert filled.candidates.accept().ok
    assert filled.candidates.current is None
    assert len(filled.timeline) == count
    assert filled.document.layers == layers
    assert filled.document.active == layers[-1].id
    assert "a layer already" in told[-1]
    filled.layers.set_visible(layers[-1].id, False)
    filled.candidates.accept(job.id, 0)
    assert len(filled.document.layers) == len(layers) + 1, "what is not seen may be wanted again"


def test_another_candidate_takes_the_place_of_the_one_that_was_accepted(filled: Editor) -> None:
    (job,) = filled.generation.jobs.results
    filled.candidates.accept(job.id, 0)
    filled.layers.add()
    before = filled.document
    filled.candidates.show_results(job.id, 1)
    assert filled.shown is not None
    assert len(filled.shown.layers) == len(before.layers), "as it will be"
    assert filled.candidates.accept().ok
    first, second = before.layers, filled.document.layers
    assert len(second) == len(first)
    assert second[0] is first[0]
    assert second[2] is first[2]
    assert second[1].raster == job.fitted[1].raster
    assert filled.document.active == second[1].id
    filled.undo()
    assert filled.document.layers == first


@pytest.mark.parametrize("change", ["visible", "locked"])
def test_a_hidden_or_locked_candidate_keeps_its_place(filled: Editor, change: str) -> None:
    (job,) = filled.generation.jobs.results
    filled.candidates.accept(job.id, 0)
    own = filled.document.layers[-1]
    if change == "visible":
        filled.layers.set_visible(own.id, False)
    else:
        filled.layers.set_locked(own.id, True)
    filled.candidates.accept(job.id, 1)
    assert len(filled.document.layers) == 3
    assert filled.document.layer(own.id).raster == own.raster


def test_what_was_painted_apart_since_stays_and_what_is_filled_is_cleared(filled: Editor) -> None:
    mask = filled.document.selection
    filled.selection.grow(4)
    filled.selection.rectangle(Point(10, 10), Point(30, 20))
    (job,) = filled.generation.jobs.results
    filled.candidates.show_results(job.id)
    filled.candidates.accept()
    assert filled.document.selection.content_box() == Box(10, 10, 20, 10), "a ring is left"
    assert not filled.candidates.is_filled
    filled.undo()
    filled.undo()
    filled.undo()
    assert filled.document.selection.equal_pixels(mask)
    assert not filled.candidates.is_filled


def test_a_mask_that_is_kept_is_filled_until_its_layer_is_gone(filled: Editor) -> None:
    filled.set_generation_settings(keep_mask=True)
    filled.candidates.accept()
    assert filled.candidates.is_filled
    filled.undo()
    assert not filled.candidates.is_filled
    filled.redo()
    assert filled.candidates.is_filled


@pytest.mark.parametrize(
    "edit",
    [
        lambda editor: editor.selection.rectangle(Point(0, 0), Point(9, 9)),
        lambda editor: editor.undo(),
        lambda editor: editor.layers.add(),
    ],
    ids=["mask", "undo", "layer"],
)
def test_an_edit_puts_the_results_aside_that_it_hides(
    filled: Editor, edit: Callable[[Editor], object]
) -> None:
    (job,) = filled.generation.jobs.results
    assert filled.candidates.previewed is not None
    left: list[str] = []
    filled.candidates.current_changed.connect(left.append)
    edit(filled)
    assert filled.candidates.current is None
    assert filled.candidates.previewed is None
    assert left == [""]
    assert filled.generation.jobs.results == (job,), "kept"
    filled.candidates.show_results(job.id)
    assert filled.candidates.previewed is not None


def test_undo_puts_the_result_aside_first_and_then_undoes_the_edit(filled: Editor) -> None:
    (job,) = filled.generation.jobs.results
    document = filled.document
    filled.undo()
    assert filled.candidates.current is None
    assert filled.document is document, "the mask is still painted"
    assert filled.shown is document
    filled.undo()
    assert filled.document.selection.content_box().empty
    filled.redo()
    filled.candidates.show_results(job.id, 0)
    filled.candidates.accept()
    filled.candidates.show_results(job.id, 0)
    filled.undo()
    assert filled.document is document, "what is a layer already hides nothing"


def test_a_look_at_the_picture_before_does_not_end_choosing(filled: Editor) -> None:
    previewed = filled.candidates.previewed
    filled.show_before(True)
    filled.show_before(False)
    assert filled.candidates.previewed == previewed


def test_results_are_found_by_words_of_their_prompts(filled: Editor) -> None:
    filled.set_generation_settings(prompt="a Blue cup")
    filled.generation.generate()
    filled.runner.run_until_done()
    prompts = [job.request.prompt for job in filled.results.find("")]
    assert prompts == ["a Blue cup", "a red apple"], "newest first"
    assert [job.request.prompt for job in filled.results.find("cup blue")] == ["a Blue cup"]
    assert filled.results.find("pear") == ()


def test_settings_of_a_result_give_the_same_result_again(filled: Editor) -> None:
    (job,) = filled.generation.jobs.results
    filled.set_generation_settings(prompt="something else", new_seed=True)
    filled.results.use_settings(job.id)
    again = filled.generation.generate()
    filled.runner.run_until_done()
    again = filled.generation.jobs[again.id]
    assert again.request.prompt == "a red apple"
    assert (again.patch(0).image == job.patch(0).image).all()


def test_the_mask_of_a_result_can_be_edited_again(filled: Editor) -> None:
    (job,) = filled.generation.jobs.results
    mask = filled.document.selection
    filled.selection.clear()
    filled.results.edit_mask(job.id)
    assert filled.document.selection.equal_pixels(mask)
    assert filled.timeline.current.label == "Mask of a result"
    filled.undo()
    assert filled.document.selection.content_box().empty


def test_one_more_of_a_kind_has_another_seed_and_the_same_area(filled: Editor) -> None:
    (job,) = filled.generation.jobs.results
    filled.selection.clear()
    filled.set_generation_settings(prompt="not asked for")
    again = filled.generation.generate_again(job.id, count=1)
    filled.runner.run_until_done()
    again = filled.generation.jobs[again.id]
    assert again.request.prompt == "a red apple"
    assert again.request.box == job.request.box
    assert len(again.patches) == 1
    assert again.request.sampling.seed != job.request.sampling.seed
    assert filled.candidates.accept().ok


def test_removal_can_be_made_again_too(editor: Editor, photo_file: Path) -> None:
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(100, 60), Point(120, 80))
    editor.set_generation_settings(prompt="")
    job = editor.generation.generate()
    editor.selection.clear()
    again = editor.generation.generate_again(job.id)
    assert editor.candidates.current is not None
    assert editor.candidates.current.id == again.id
    assert editor.candidates.accept().ok


def test_an_area_outside_of_the_picture_is_told(filled: Editor) -> None:
    (job,) = filled.generation.jobs.results
    filled.canvas.resize_canvas(Size(50, 50), Anchor(0, 0))
    for verb in (filled.generation.generate_again, filled.results.edit_mask):
        with pytest.raises(GlideError, match="paint the area again"):
            verb(job.id)


def test_a_mark_is_taken_back_only_if_all_have_it(filled: Editor) -> None:
    (job,) = filled.generation.jobs.results
    both = job.choices
    filled.results.toggle(both[:1], Mark.FAVORITE)
    assert filled.results.mark_of(both[0]) is Mark.FAVORITE
    filled.results.toggle(both, Mark.FAVORITE)
    assert [filled.results.mark_of(one) for one in both] == [Mark.FAVORITE] * 2
    filled.results.toggle(both, Mark.FAVORITE)
    assert [filled.results.mark_of(one) for one in both] == [None] * 2
    assert filled.results.mark_of(Choice("a job that is not there", 0)) is None


@pytest.mark.parametrize(("max_side", "unit"), [(100, 1), (40, 2), (10, 8)])
def test_a_part_of_a_candidate_is_drawn_in_place_and_not_larger_than_asked_for(
    filled: Editor, max_side: int, unit: int
) -> None:
    box, choice = Box(96, 56, 88, 88), Choice(filled.candidates.current_id, 1)
    drawn: list[RenderedBox] = []
    filled.results.render(choice, box, max_side, drawn.append)
    (part,) = drawn
    assert part.box == Box(96 // unit, 56 // unit, 88 // unit, 88 // unit)
    candidate = filled.candidates.document_with(choice)
    assert candidate is not None
    wanted = composite(candidate, box)
    if unit == 1:
        assert np.array_equal(part.pixels, wanted)
    assert np.abs(part.pixels.mean((0, 1)) - wanted.mean((0, 1))).max() < 1


def test_the_filled_box_is_that_of_what_was_painted_in_the_photo(
    editor: Editor, photo_file: Path
) -> None:
    assert editor.results.filled_box() is None
    editor.files.open(photo_file)
    assert editor.results.filled_box() is None
    editor.selection.ellipse(Point(100, 60), Point(180, 140))
    painted = editor.document.selection.content_box()
    fill(editor)
    assert editor.results.filled_box() == painted
    editor.candidates.put_aside()
    assert editor.results.filled_box() is None


@pytest.mark.parametrize("max_side", [1, 0.001])
def test_a_part_is_reduced_by_the_coarsest_level_at_most(filled: Editor, max_side: float) -> None:
    drawn: list[RenderedBox] = []
    filled.results.render(None, filled.document.box, max_side, drawn.append)
    assert drawn[0].level == MAX_LEVEL


def test_a_mask_painted_elsewhere_is_not_filled_by_an_older_result(filled: Editor) -> None:
    filled.selection.clear()
    filled.selection.rectangle(Point(10, 10), Point(30, 20))
    (job,) = filled.generation.jobs.results
    filled.candidates.show_results(job.id)
    filled.candidates.accept()
    assert filled.document.selection.content_box() == Box(10, 10, 20, 10)
    assert not filled.candidates.is_filled
