"""The verbs of the whole picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from glide_studio.document.compositing import composite
from glide_studio.editor.canvas_actions import Anchor, CanvasActions
from glide_studio.editor.editor import Editor
from glide_studio.editor.jobs import Choice, JobState
from glide_studio.errors import GlideError
from glide_studio.imaging.completion.canvas_extension import Margins
from glide_studio.imaging.geometry import Box, Point, Size
from tests.editor.conftest import photo
from tests.editor.test_editor import fill


def seen(editor: Editor) -> np.ndarray:
    return composite(editor.document, editor.document.box)


@pytest.fixture
def opened(editor: Editor, photo_file: Path) -> Editor:
    editor.files.open(photo_file)
    return editor


def test_crop_to_the_mask(opened: Editor) -> None:
    with pytest.raises(GlideError, match="Nothing is painted"):
        opened.canvas.crop_to_mask()
    opened.selection.rectangle(Point(40, 30), Point(140, 90))
    opened.canvas.crop_to_mask()
    assert np.array_equal(seen(opened)[..., :3], photo()[30:90, 40:140])
    assert opened.timeline.current.label == "Crop to mask"


@pytest.mark.parametrize(
    ("anchor", "left", "top"),
    [(None, 50, 25), (Anchor(0, 0), 0, 0), (Anchor(1, 1), 100, 50), (Anchor(0, 1), 0, 50)],
)
def test_more_canvas_is_transparent(opened: Editor, anchor, left: int, top: int) -> None:
    opened.canvas.resize_canvas(Size(400, 250), anchor)
    after = seen(opened)
    assert np.array_equal(after[top : top + 200, left : left + 300, :3], photo())
    assert np.count_nonzero(after[..., 3]) == 300 * 200
    opened.canvas.resize_canvas(Size(300, 200), anchor)
    assert np.array_equal(seen(opened)[..., :3], photo())


def test_scale_turn_flip_and_depth(opened: Editor) -> None:
    sizing, start = opened.canvas, photo()
    sizing.rotate(1)
    assert np.array_equal(seen(opened)[..., :3], np.rot90(start, -1))
    sizing.rotate(3)
    sizing.flip("horizontal")
    assert np.array_equal(seen(opened)[..., :3], start[:, ::-1])
    sizing.flip("vertical")
    sizing.set_depth(16)
    assert np.array_equal(seen(opened)[..., :3], start[::-1, ::-1].astype(np.uint16) * 257)
    sizing.scale(Size(150, 100))
    mean = start[::-1, ::-1].reshape(100, 2, 150, 2, 3).mean(axis=(1, 3)) * 257
    assert np.abs(seen(opened)[..., :3] - mean).max() <= 1
    assert opened.timeline.current.label == f"Scale to {Size(150, 100)}"


@pytest.mark.parametrize("size", [Size(40_000, 10), Size(29_000, 29_000)])
def test_absurd_sizes_are_refused(opened: Editor, size: Size) -> None:
    for verb in (opened.canvas.scale, opened.canvas.resize_canvas):
        with pytest.raises(GlideError, match="too large"):
            verb(size)
    with pytest.raises(GlideError, match="at least one pixel"):
        opened.canvas.scale(Size(0, 5))
    assert len(opened.timeline) == 1


@pytest.mark.parametrize(
    "turn",
    [
        lambda canvas: canvas.flip("horizontal"),
        lambda canvas: canvas.rotate(2),
        lambda canvas: canvas.flip("vertical"),
    ],
    ids=["mirrored", "upside down", "flipped"],
)
def test_candidates_do_not_come_into_a_picture_that_was_turned(
    opened: Editor, turn: Callable[[CanvasActions], object], photo_file: Path, tmp_path: Path
) -> None:
    opened.selection.ellipse(Point(100, 60), Point(180, 140))
    job = opened.generation.jobs[fill(opened)]
    turn(opened.canvas)
    opened.candidates.show_results(job.id)
    assert not opened.candidates.is_ready(0)
    before = opened.document
    with pytest.raises(GlideError, match="turned, flipped"):
        opened.candidates.accept(job.id, 0)
    with pytest.raises(GlideError, match="turned, flipped"):
        opened.generation.check_area(job)
    assert opened.document is before
    opened.files.save(tmp_path / "turned.glide")
    opened.files.open(photo_file)
    opened.files.open(tmp_path / "turned.glide")
    with pytest.raises(GlideError, match="turned, flipped"):
        opened.candidates.accept(job.id, 0)
    opened.undo()
    assert opened.candidates.accept(job.id, 0).ok


@pytest.mark.parametrize("prompt", ["a cup", ""], ids=["fill", "removal"])
@pytest.mark.parametrize("reopened", [False, True])
def test_results_follow_the_canvas_to_their_place(
    opened: Editor, prompt: str, reopened: bool, photo_file: Path, tmp_path: Path
) -> None:
    opened.selection.ellipse(Point(100, 60), Point(180, 140))
    opened.set_generation_settings(prompt=prompt)
    job = opened.generation.generate()
    opened.runner.run_until_done()
    mask = opened.document.selection.read(Box(100, 60, 80, 80))[..., 0]
    opened.candidates.accept(job.id, 0)
    layers = len(opened.document.layers)
    opened.canvas.extend(Margins(left=40, top=10, right=70))
    opened.canvas.resize_canvas(Size(300, 210), Anchor(0, 0))
    if reopened:
        opened.files.save(tmp_path / "extended.glide")
        opened.files.open(photo_file)
        opened.files.open(tmp_path / "extended.glide")
    before = seen(opened)
    opened.candidates.choose(Choice(job.id, 1))
    assert opened.candidates.is_ready(1)
    assert opened.candidates.accept(job.id, 1).ok
    changed = (seen(opened) != before).any(axis=-1)
    inside = np.zeros_like(changed)
    inside[70:150, 140:220] = mask > 0
    assert changed[inside].any()
    assert not changed[~inside].any() or not prompt, "a removal takes a rim along"
    made = [one for one in opened.document.layers if one.provenance is not None]
    if not reopened:  # only what was fitted in this window is known to be its layer still
        assert len(opened.document.layers) == layers + 1, "the extension: it replaced the other"
    assert made[-1].raster is not None
    assert made[-1].raster.content_box() in Box(140, 70, 80, 80).pad(0 if prompt else 20)


def test_a_result_that_was_cut_in_half_is_whole_again_once_that_is_undone(opened: Editor) -> None:
    opened.selection.ellipse(Point(100, 60), Point(180, 140))
    job = fill(opened)
    whole = opened.generation.jobs[job].fitted[0].raster
    opened.selection.clear()
    opened.selection.rectangle(Point(140, 20), Point(290, 190))
    opened.canvas.crop_to_mask()
    opened.candidates.choose(Choice(job, 0))
    assert opened.candidates.accept(job, 0).ok
    layer = opened.document.layers[-1]
    assert layer.raster is not None
    assert layer.raster.content_box() in Box(0, 40, 40, 80)
    opened.undo()
    opened.undo()
    opened.candidates.choose(Choice(job, 0))
    assert opened.candidates.accept(job, 0).ok
    again = opened.document.layers[-1].raster
    assert again is not None
    assert again.content_box() == whole.content_box()


def test_a_result_that_was_cut_off_says_why_it_cannot_be_placed(opened: Editor) -> None:
    opened.selection.ellipse(Point(100, 60), Point(180, 140))
    job = fill(opened)
    opened.candidates.put_aside()
    opened.canvas.resize_canvas(Size(60, 60), Anchor(0, 0))
    told: list[str] = []
    opened.notice.connect(lambda notice: told.append(notice.text))
    opened.candidates.choose(Choice(job, 0))
    assert not opened.candidates.is_ready(0)
    assert len(told) == 1
    assert "cropped" in told[0]
    opened.undo()
    assert opened.candidates.is_ready(0)
    assert opened.candidates.accept(job, 0).ok


def test_a_fill_that_ends_in_a_turned_picture_is_kept(opened: Editor) -> None:
    opened.selection.ellipse(Point(100, 60), Point(180, 140))
    opened.set_generation_settings(prompt="a cup")
    job = opened.generation.generate()
    opened.canvas.rotate(1)
    opened.runner.run_until_done()
    kept = opened.generation.jobs[job.id]
    assert kept.state is JobState.FINISHED
    assert kept.choices
    opened.undo()
    opened.candidates.choose(Choice(job.id, 0))
    assert opened.candidates.accept(job.id, 0).ok


def test_a_mask_that_was_painted_since_stays(opened: Editor) -> None:
    opened.selection.ellipse(Point(100, 60), Point(180, 140))
    fill(opened)
    job = opened.candidates.current
    assert job is not None
    opened.selection.clear()
    opened.selection.ellipse(Point(10, 10), Point(40, 40))
    painted = opened.document.selection
    assert opened.candidates.accept(job.id, 0).ok
    assert opened.document.selection == painted


def test_candidates_of_another_size_are_not_put_into_the_picture(opened: Editor) -> None:
    opened.selection.ellipse(Point(100, 60), Point(180, 140))
    job = fill(opened)
    opened.canvas.rotate(1)
    before = opened.document
    opened.candidates.show_results(job)
    assert not opened.candidates.is_ready(0)
    opened.candidates.preview(0)
    with pytest.raises(GlideError, match="cropped, turned"):
        opened.candidates.accept()
    assert opened.document is before
    opened.undo()
    assert opened.candidates.accept(job, 0).ok
