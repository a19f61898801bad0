"""The verbs of the whole picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from glide_studio.document.compositing import composite
from glide_studio.editor.canvas_actions import Anchor, CanvasActions
from glide_studio.editor.editor import Editor
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Point, Size
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
