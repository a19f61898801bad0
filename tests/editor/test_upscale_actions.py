"""Enlarging the picture: by interpolation or by the model, with its layers, as one entry of the history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from glide_studio.api.engine_protocol import Capabilities, EnlargingMeasure
from glide_studio.api.events import Cancelled, Update
from glide_studio.api.request import DEFAULT_MODEL
from glide_studio.document.compositing import composite
from glide_studio.editor import upscale_actions
from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import InlineRunner
from glide_studio.editor.upscale_actions import UpscaleProgress
from glide_studio.errors import GlideError
from glide_studio.imaging import icc
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.inference.engine import LocalEngine


@pytest.fixture
def editor(alpha_models: Path, photo_file: Path) -> Iterator[Editor]:
    """An editor with a model that draws objects, `clear`."""
    result = Editor(InlineRunner(lambda: LocalEngine([alpha_models])))
    result.files.open(photo_file)
    result.canvas.scale(Size(48, 32))
    result.runner.start()
    result.requests.use_model("clear")
    yield result
    result.close()


@pytest.mark.parametrize(("scale", "method"), [(2, "model"), (4, "model"), (2, "lanczos")])
def test_the_picture_is_enlarged_and_looks_the_same(
    editor: Editor, scale: int, method: str
) -> None:
    before = composite(editor.document, editor.document.box)[..., :3].astype(float)
    ends: list[UpscaleProgress] = []
    editor.upscale.progress.connect(ends.append)
    editor.upscale.enlarge(scale, method)  # type: ignore[arg-type]
    editor.runner.run_until_done()
    assert editor.document.size == Size(48 * scale, 32 * scale)
    after = composite(editor.document, editor.document.box)
    assert (after[..., 3] == 255).all()
    again = cv2.resize(after[..., :3], (48, 32), interpolation=cv2.INTER_AREA)
    assert np.abs(again - before).mean() < 4
    assert ends[-1] == UpscaleProgress(1.0, done=True)
    assert editor.timeline.current.label == f"Enlarge {scale}×"
    editor.undo()
    assert editor.document.size == Size(48, 32)


def test_cut_outs_and_masks_are_enlarged_too(editor: Editor) -> None:
    editor.selection.ellipse(Point(10, 5), Point(30, 25))
    editor.layers.duplicate()
    editor.layers.add_mask()
    editor.upscale.enlarge(2, "model")
    editor.runner.run_until_done()
    assert all(
        raster.size == Size(96, 64) for one in editor.document.layers for raster in one.rasters()
    )
    assert editor.document.selection.size == Size(96, 64)


def test_a_part_is_previewed_by_both(editor: Editor) -> None:
    found: list[np.ndarray] = []
    editor.upscale.previewed.connect(found.append)
    box = editor.upscale.preview_box()
    assert box == Box(8, 0, 32, 32)  # the middle
    editor.upscale.interpolated.connect(found.append)
    editor.upscale.preview(2)
    editor.runner.run_until_done()
    lanczos, model = found
    assert lanczos.shape == model.shape == (64, 64, 3)
    assert np.abs(lanczos - model).mean() < 0.1
    assert editor.document.size == Size(48, 32)


def test_what_would_be_too_large_or_is_under_way_is_refused(editor: Editor) -> None:
    editor.canvas.resize_canvas(Size(20_000, 100))
    with pytest.raises(GlideError, match="too large"):
        editor.upscale.enlarge(2, "lanczos")


def test_a_stopped_enlarging_changes_nothing(editor: Editor) -> None:
    ends: list[UpscaleProgress] = []
    editor.upscale.progress.connect(ends.append)
    editor.upscale.enlarge(2, "model")
    with pytest.raises(GlideError, match="being enlarged already"):
        editor.upscale.enlarge(2, "model")
    editor.upscale.stop()
    editor.runner.run_until_done()
    assert editor.document.size == Size(48, 32)
    assert ends[-1].done


def test_the_better_method_by_measure_is_the_first_choice(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert editor.upscale.best_method(2) == "lanczos"  # nothing was measured
    measured = {"clear": {2: EnlargingMeasure(0.2, 0.3), 4: EnlargingMeasure(0.9, 0.8)}}
    known = Capabilities(("clear",), {}, {}, enlarging=measured)
    monkeypatch.setattr(LocalEngine, "capabilities", property(lambda self: known))
    assert [editor.upscale.best_method(scale) for scale in (2, 4)] == ["model", "lanczos"]


def test_the_bundled_model_says_how_well_it_enlarges() -> None:
    measured = LocalEngine().capabilities.enlarging[DEFAULT_MODEL]
    assert set(measured) == {2, 4}


@pytest.mark.parametrize("room_for", [0, 1])
def test_what_would_not_fit_into_memory_is_refused_and_interpolation_stays_possible(
    alpha_models: Path, photo_file: Path, monkeypatch: pytest.MonkeyPatch, room_for: int
) -> None:
    """The model is loaded first, if nothing has asked for it yet."""
    left = [True] * room_for
    real = LocalEngine.forecast
    monkeypatch.setattr(
        LocalEngine,
        "forecast",
        lambda self, request: replace(real(self, request), fits=bool(left and left.pop())),
    )
    editor = Editor(InlineRunner(lambda: LocalEngine([alpha_models])))
    editor.files.open(photo_file)
    editor.canvas.scale(Size(48, 32))
    editor.layers.duplicate()
    editor.set_generation_settings(model="clear")
    ends: list[UpscaleProgress] = []
    editor.upscale.progress.connect(ends.append)
    if room_for:
        editor.upscale.enlarge(2, "model")
        editor.runner.run_until_done()
        assert ends[-1].done
        assert "more memory than is free" in ends[-1].error
    else:
        with pytest.raises(GlideError, match="more memory than is free"):
            editor.upscale.enlarge(2, "model")
    assert editor.document.size == Size(48, 32)
    editor.upscale.enlarge(2, "lanczos")
    assert editor.document.size == Size(96, 64)
    editor.close()


def test_a_part_is_previewed_where_the_mask_is_but_inside_of_the_picture(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upscale_actions, "PREVIEW_PX", 8)
    assert editor.upscale.preview_box() == Box(20, 12, 8, 8)
    editor.selection.rectangle(Point(10, 20), Point(14, 24))
    assert editor.upscale.preview_box() == Box(8, 18, 8, 8)
    editor.selection.clear()
    editor.selection.rectangle(Point(46, 30), Point(48, 32))
    assert editor.upscale.preview_box() == Box(40, 24, 8, 8)
    assert editor.upscale.preview_box(Point(10, 10)) == Box(6, 6, 8, 8)
    assert editor.upscale.preview_box(Point(-9, 99)) == Box(0, 24, 8, 8)


def test_a_preview_that_is_moved_is_cancelled(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upscale_actions, "PREVIEW_PX", 8)
    whole = icc.to_srgb(composite(editor.document, editor.document.box)[..., :3].copy(), None)
    shown: list[np.ndarray] = []
    drawn: list[np.ndarray] = []
    told: list[Update] = []
    editor.runner.updated.connect(told.append)
    editor.upscale.interpolated.connect(shown.append)
    editor.upscale.previewed.connect(drawn.append)
    editor.upscale.preview(2)
    editor.upscale.preview(2, Point(4, 4))
    editor.runner.run_until_done()
    assert len(drawn) == 1
    assert sum(isinstance(one, Cancelled) for one in told) == 1, "the model leaves the first one"
    wanted = upscale_actions.resize_lanczos(whole[:8, :8], Size(8, 8), 2)
    assert np.abs(shown[-1] - wanted).max() < 0.01
    assert np.abs(drawn[0] - wanted).mean() < 0.1
