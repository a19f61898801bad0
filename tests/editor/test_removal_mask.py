"""What removal takes along beside the mask, on a photo with a ball and its shadow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glide_studio.document.compositing import composite
from glide_studio.document.raster import Raster
from glide_studio.editor.editor import Editor
from glide_studio.editor.removal_mask import add_rims, reach_of_rims
from glide_studio.editor.runner import InlineRunner
from glide_studio.imaging.geometry import Box
from tests.editor.standin import StandInEngine
from tests.imaging.test_removal_shadow import BALL_MASK, SHADOW, grow, render, shade, texture_ground

RATIO = (0.4, 0.42, 0.46)


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    path = tmp_path / "ball.png"
    Image.fromarray(render(shade(texture_ground(), SHADOW, RATIO))).save(path)
    editor = Editor(InlineRunner(StandInEngine), stores=tmp_path / "stores")
    editor.files.open(path)
    mask = np.where(BALL_MASK, np.uint8(255), np.uint8(0))[..., None]
    document = editor.document
    painted = replace(document, selection=Raster.from_array(mask))
    editor.state.apply("mask", painted)
    yield editor
    editor.close()


def see(editor: Editor) -> np.ndarray:
    return composite(editor.document, editor.document.box)[..., :3]


def take(editor: Editor, within: Box | None = None) -> np.ndarray:
    taken = add_rims(editor.document, editor.document.selection, within)
    return taken.read(editor.document.box)[..., 0] > 0


def test_a_removal_takes_the_shadow_and_is_undone_in_one_step(editor: Editor) -> None:
    before, taken = see(editor), take(editor)
    assert taken[SHADOW].mean() > 0.9
    assert not taken[~grow(SHADOW | BALL_MASK, 8)].any()
    editor.retouch.remove_painted()
    after = see(editor)
    assert np.array_equal(after[~taken], before[~taken])
    ground = before[~grow(SHADOW | BALL_MASK, 8)]
    assert abs(after[SHADOW].mean() - ground.mean()) < 6
    assert ground.mean() - before[SHADOW].mean() > 40
    editor.undo()
    assert np.array_equal(see(editor), before)


def test_without_the_switch_the_shadow_stays(editor: Editor) -> None:
    before = see(editor)
    editor.set_tool_settings(takes_rim=False)
    editor.retouch.remove_painted()
    assert np.array_equal(see(editor)[~BALL_MASK], before[~BALL_MASK])


def test_results_without_a_prompt_take_the_shadow_and_say_so(editor: Editor) -> None:
    taken = take(editor)
    before = see(editor)
    job = editor.generation.fill_from_photo()
    editor.candidates.accept(job.id, 0)
    assert np.array_equal(see(editor)[~taken], before[~taken])
    report = editor.candidates.report
    assert report is not None
    assert report.ok
    assert report.rim == np.count_nonzero(taken) - np.count_nonzero(BALL_MASK)


def test_a_shadow_that_leaves_a_box_is_not_taken_in_part(editor: Editor) -> None:
    near = reach_of_rims(editor.document.selection)
    beyond = SHADOW & ~grow(BALL_MASK, 8)
    assert take(editor)[beyond].any()
    assert not take(editor, near)[beyond].any()
