"""Candidates in the working store and in projects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glide_studio.api.events import Patch
from glide_studio.api.sampling import Sampling
from glide_studio.editor.editor import Editor
from glide_studio.editor.job_serialization import (
    CURRENT_JOB_KEY,
    JOB_KIND,
    job_to_item,
    marks_from_json,
    marks_to_json,
)
from glide_studio.editor.jobs import Choice, Job, Mark
from glide_studio.editor.runner import InlineRunner
from glide_studio.editor.settings import Tool
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.inference.engine import LocalEngine
from glide_studio.io.project.recovery import Recoverable
from tests.editor.standin import StandInEngine
from tests.editor.test_editor import fill


@pytest.fixture
def offered(editor: Editor, photo_file: Path) -> Editor:
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(100, 60), Point(180, 140))
    fill(editor)
    return editor


def test_a_project_brings_the_candidates_back(offered: Editor, tmp_path: Path) -> None:
    job = offered.candidates.current
    assert job is not None
    offered.files.save(tmp_path / "choice.glide")
    offered.results.discard()
    offered.files.save(tmp_path / "none.glide")
    offered.files.open(tmp_path / "choice.glide")
    again = offered.candidates.current
    assert again is not None
    assert again.id == job.id
    assert again.request.prompt == "a red apple"
    for old, new in zip(job.patches, again.patches, strict=True):
        assert old.index == new.index
        assert np.abs(old.image - new.image).max() < 1e-3
    assert offered.candidates.accept(index=1).ok
    assert offered.document.layers[-1].name == "a red apple"
    offered.files.open(tmp_path / "none.glide")
    assert offered.candidates.current is None


@pytest.fixture
def drawn(alpha_models: Path, photo_file: Path) -> Iterator[Editor]:
    """An editor with an object of two candidates, drawn small into a large box."""
    editor = Editor(InlineRunner(lambda: LocalEngine([alpha_models])))
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(40, 40), Point(180, 140))
    sampling = Sampling(count=2, steps=2, upsample_steps=1, sampler="ddim")
    editor.set_generation_settings(prompt="apple", model="clear", sampling=sampling)
    editor.generation.generate()
    editor.runner.run_until_done()
    yield editor
    editor.close()


def test_objects_with_alpha_come_back_too(drawn: Editor, photo_file: Path, tmp_path: Path) -> None:
    job = drawn.candidates.current
    assert job is not None
    assert {patch.image.shape[2] for patch in job.patches} == {4}
    drawn.files.save(tmp_path / "choice.glide")
    drawn.files.open(photo_file)
    drawn.files.open(tmp_path / "choice.glide")
    again = drawn.candidates.current
    assert again is not None
    for old, new in zip(job.patches, again.patches, strict=True):
        assert np.array_equal(old.pixels, new.pixels)
    assert drawn.candidates.accept(index=1).ok


def put_trimmed(editor: Editor, change: Callable[[dict[str, Any]], object]) -> Job:
    """Store the current job with objects of 9 x 5 pixels, its JSON value changed."""
    job = editor.candidates.current
    assert job is not None
    box = job.request.box
    cutout = np.zeros((box.height, box.width, 4), np.float16)
    cutout[40:45, 50:59] = 0.5
    job = replace(job, patches=(Patch.trim(0, cutout), Patch(1, cutout)))
    value, make_arrays = job_to_item(job)
    change(value)
    editor.files.autosave.put(JOB_KIND, job.id, value, lambda: list(make_arrays()))
    return job


def test_an_object_is_stored_as_the_box_around_it(
    drawn: Editor, photo_file: Path, tmp_path: Path
) -> None:
    job = put_trimmed(drawn, lambda value: None)
    drawn.files.save(tmp_path / "trimmed.glide")
    drawn.files.open(photo_file)
    drawn.files.open(tmp_path / "trimmed.glide")
    again = drawn.generation.jobs[job.id]
    assert [patch.pixels.shape for patch in again.patches] == [(37, 41, 4)] * 2
    assert [patch.box for patch in again.patches] == [Box(34, 24, 41, 37)] * 2
    assert [patch.whole.shape for patch in again.patches] == [job.patches[1].pixels.shape] * 2
    for patch in again.patches:
        assert np.array_equal(patch.whole, job.patches[1].pixels)


@pytest.mark.parametrize(
    "box",
    [
        {"x": 34, "y": 24, "width": 41, "height": 38},
        {"x": -1, "y": 24, "width": 41, "height": 37},
        {"x": 9999, "y": 24, "width": 41, "height": 37},
        {"x": 34, "y": 24},
        [34, 24, 41, 37],
        "text",
    ],
)
def test_an_object_in_a_box_that_makes_no_sense_is_left_out(
    drawn: Editor, photo_file: Path, tmp_path: Path, box: object
) -> None:
    job = put_trimmed(drawn, lambda value: value["boxes"].update({"0": box}))
    drawn.files.save(tmp_path / "odd.glide")
    drawn.files.open(photo_file)
    drawn.files.open(tmp_path / "odd.glide")
    assert job.id not in drawn.generation.jobs


def test_a_job_is_stored_with_its_mask_and_candidates_of_half_precision(offered: Editor) -> None:
    job = offered.candidates.current
    assert job is not None
    _, make_arrays = job_to_item(job)
    arrays = dict(make_arrays())
    assert arrays["painted"] is job.painted
    for patch in job.patches:
        assert arrays[str(patch.index)].dtype == np.float16
        assert np.array_equal(arrays[str(patch.index)], patch.image.astype(np.float16))


def test_candidates_outlive_a_crash(engine: StandInEngine, offered: Editor) -> None:
    store = offered.files.autosave.store
    assert store is not None
    store.close(discard=False)
    next_one = Editor(InlineRunner(lambda: engine))
    (found,) = next_one.files.recoverable()
    next_one.files.recover_later(found.path)
    assert next_one.candidates.current is not None
    assert next_one.candidates.is_ready(1)
    next_one.close()


@pytest.mark.parametrize(
    "value",
    [
        {"provenance": "{}"},
        {"provenance": "not json", "candidates": [0]},
        [1, 2],
        "text",
    ],
)
def test_candidates_that_make_no_sense_are_left_out(
    offered: Editor, photo_file: Path, tmp_path: Path, value: object
) -> None:
    job = offered.candidates.current
    assert job is not None
    offered.files.autosave.put(JOB_KIND, job.id, value)
    offered.files.autosave.put(*CURRENT_JOB_KEY, job.id)
    offered.files.save(tmp_path / "odd.glide")
    offered.files.open(photo_file)
    offered.files.open(tmp_path / "odd.glide")
    assert offered.candidates.current is None
    assert len(offered.document.layers) == 1


@pytest.mark.parametrize("missing", ["0", "painted"])
def test_a_job_without_one_of_its_pictures_is_left_out(
    offered: Editor, photo_file: Path, tmp_path: Path, missing: str
) -> None:
    job = offered.candidates.current
    assert job is not None
    value, make_arrays = job_to_item(job)
    arrays = [(name, one) for name, one in make_arrays() if name != missing]
    offered.files.autosave.put(JOB_KIND, job.id, value, lambda: arrays)
    offered.files.save(tmp_path / "odd.glide")
    offered.files.open(photo_file)
    offered.files.open(tmp_path / "odd.glide")
    assert offered.candidates.current is None
    assert len(offered.document.layers) == 1


def test_marks_that_make_no_sense_are_left_out() -> None:
    marks = {1: Mark.FAVORITE}
    found = {**marks_to_json(marks), "x": "favorite", "2": 7, "3": "nonsense"}
    assert marks_from_json(found) == marks
    assert marks_from_json(["1"]) == {}


@pytest.fixture
def saved(offered: Editor, tmp_path: Path) -> Editor:
    """An editor with accepted and other results, all of it saved."""
    assert offered.candidates.accept(index=0).ok
    offered.files.save(tmp_path / "saved.glide")
    assert not offered.modified
    return offered


def crash(editor: Editor, engine: StandInEngine) -> list[Recoverable]:
    """What the next start offers once the process is gone."""
    store = editor.files.autosave.store
    assert store is not None
    store.close(discard=False)
    next_one = Editor(InlineRunner(lambda: engine))
    found = next_one.files.recoverable()
    next_one.close()
    return found


@pytest.mark.parametrize(
    "look",
    [
        lambda editor: None,
        lambda editor: editor.candidates.choose(next_choice(editor)),
        lambda editor: editor.candidates.put_aside(),
        lambda editor: editor.set_tool_settings(tool=Tool.HAND, size=77.0),
        lambda editor: editor.set_generation_settings(prompt="a pear"),
        lambda editor: editor.files.save(editor.state.path.with_suffix(".png")),
        lambda editor: editor.files.open(reopen(editor)),
    ],
    ids=["nothing", "picked", "put aside", "tool", "prompt", "exported", "opened again"],
)
def test_a_saved_project_that_was_only_looked_at_is_not_offered_after_a_crash(
    saved: Editor, engine: StandInEngine, look: Callable[[Editor], object]
) -> None:
    look(saved)
    assert not saved.modified
    assert crash(saved, engine) == []


def next_choice(editor: Editor) -> Choice:
    (job,) = editor.generation.jobs.values()
    return Choice(job.id, 1)


def reopen(editor: Editor) -> Path:
    """Leave the open project by another document; returns where it is."""
    path = editor.state.path
    assert path is not None
    editor.files.new(Size(40, 30), None)
    return path


def refill(editor: Editor) -> None:
    editor.selection.ellipse(Point(20, 20), Point(60, 60))
    editor.files.save(editor.state.path)  # what is left are results
    fill(editor)
    assert not editor.state.modified


@pytest.mark.parametrize(
    "work",
    [
        lambda editor: refill(editor),
        lambda editor: editor.results.mark([next_choice(editor)], Mark.FAVORITE),
        lambda editor: editor.selection.select_all(),
        lambda editor: editor.undo(),
        lambda editor: editor.state.path.unlink(),
    ],
    ids=["results", "mark", "edit", "undo", "file deleted"],
)
def test_what_the_saved_project_does_not_hold_is_offered_after_a_crash(
    saved: Editor, engine: StandInEngine, work: Callable[[Editor], object]
) -> None:
    work(saved)
    assert len(crash(saved, engine)) == 1
