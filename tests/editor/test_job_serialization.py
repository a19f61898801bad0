"""Candidates in the working store and in projects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glide_studio.api.sampling import Sampling
from glide_studio.editor.editor import Editor
from glide_studio.editor.job_serialization import (
    CURRENT_JOB_KEY,
    JOB_KIND,
    job_to_item,
    marks_from_json,
    marks_to_json,
)
from glide_studio.editor.jobs import Mark
from glide_studio.editor.runner import InlineRunner
from glide_studio.imaging.geometry import Point
from glide_studio.inference.engine import LocalEngine
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
    offered.candidates.discard()
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


def test_objects_with_alpha_come_back_too(
    alpha_models: Path, photo_file: Path, tmp_path: Path
) -> None:
    editor = Editor(InlineRunner(lambda: LocalEngine([alpha_models])))
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(40, 40), Point(180, 140))
    sampling = Sampling(count=2, steps=2, upsample_steps=1, sampler="ddim")
    editor.set_generation_settings(prompt="apple", model="clear", sampling=sampling)
    editor.generation.generate()
    editor.runner.run_until_done()
    job = editor.candidates.current
    assert job is not None
    assert {patch.image.shape[2] for patch in job.patches} == {4}
    editor.files.save(tmp_path / "choice.glide")
    editor.files.open(photo_file)
    editor.files.open(tmp_path / "choice.glide")
    again = editor.candidates.current
    assert again is not None
    for old, new in zip(job.patches, again.patches, strict=True):
        assert np.array_equal(old.pixels, new.pixels)
    assert editor.candidates.accept(index=1).ok
    editor.close()


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
