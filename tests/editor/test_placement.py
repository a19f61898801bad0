"""Objects with alpha in the editor: where they stand, their shadow, and what was there before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glide_studio.api.sampling import Sampling
from glide_studio.document.compositing import composite
from glide_studio.editor.editor import Editor
from glide_studio.editor.runner import InlineRunner
from glide_studio.editor.settings_json import settings_from_json, settings_to_json
from glide_studio.errors import GlideError
from glide_studio.imaging.blending.object_placement import PlacementOptions
from glide_studio.imaging.filters import bounding_box
from glide_studio.imaging.geometry import Point
from tests.editor.standin import StandInEngine


@pytest.fixture
def engine() -> StandInEngine:
    return StandInEngine(alpha=True)


@pytest.fixture
def painted(engine: StandInEngine, photo_file: Path) -> Iterator[Editor]:
    """An editor whose model draws discs, with an ellipse painted."""
    editor = Editor(InlineRunner(lambda: engine))
    editor.files.open(photo_file)
    editor.selection.ellipse(Point(100, 60), Point(180, 140))
    editor.set_generation_settings(prompt="an apple", new_seed=False)
    yield editor
    editor.close()


def place(editor: Editor, **options: object) -> None:
    """Change the placement."""
    old = editor.generation_settings.placement
    editor.set_generation_settings(placement=replace(old, **options))


def generate(editor: Editor) -> None:
    editor.generation.generate()
    editor.runner.run_until_done()


def test_an_object_and_its_shadow_are_one_layer_and_nothing_else_changes(painted: Editor) -> None:
    generate(painted)
    report = painted.candidates.accept()
    assert report.ok
    assert report.shaded == 0
    assert [layer.name for layer in painted.document.layers][1:] == ["an apple"]


def test_a_shadow_can_be_a_layer_below_its_object(painted: Editor) -> None:
    painted.set_generation_settings(shadow_layer=True)
    generate(painted)
    preview = composite(painted.shown, painted.document.box)  # type: ignore[arg-type]
    assert painted.candidates.accept().ok
    _, shadow, apple = painted.document.layers
    assert (shadow.name, apple.name) == ("an apple: shadow", "an apple")
    pixels = shadow.raster.read(painted.document.box)
    assert pixels[..., 3].max() > 60
    assert not pixels[..., :3][pixels[..., 3] > 0].any()
    assert np.array_equal(composite(painted.document, painted.document.box), preview)
    assert apple.provenance is not None


def test_another_candidate_takes_the_place_of_object_and_shadow(painted: Editor) -> None:
    painted.set_generation_settings(shadow_layer=True, clear_first=True)
    place(painted, shadow_outside=True, shadow_direction=1.0)
    generate(painted)
    (job,) = painted.generation.jobs.results
    painted.candidates.accept(job.id, 0)
    first = painted.document.layers
    assert len(first) == 4, "what it stands on, its shadow and the object"
    assert painted.candidates.accept(job.id, 1).ok
    second = painted.document.layers
    assert [one.name for one in second] == [one.name for one in first]
    assert second[-1].raster == job.fitted[1].raster
    assert not {one.id for one in first[1:]} & {one.id for one in second}


def test_a_shadow_outside_of_the_mask_is_allowed_and_said(painted: Editor) -> None:
    before = composite(painted.document, painted.document.box)
    mask = painted.document.selection.read(painted.document.box)[..., 0]
    place(painted, shadow_outside=True, shadow_direction=1.0)
    generate(painted)
    report = painted.candidates.accept()
    assert report.ok
    changed = (composite(painted.document, painted.document.box) != before).any(axis=2)
    assert 0 < np.count_nonzero(changed & (mask == 0)) <= report.shaded
    assert report.compared + report.shaded == np.count_nonzero(mask == 0)


def test_another_placement_is_shown_at_once(painted: Editor) -> None:
    def box() -> object:
        job = painted.candidates.current
        assert job is not None
        raster = job.fitted[painted.candidates.selected].raster
        return bounding_box(raster.read(painted.document.box)[..., 3] > 200)

    place(painted, shadow=0.0)
    generate(painted)
    contained = box()
    place(painted, fit="cover")
    covering = box()
    assert covering.area > 1.2 * contained.area  # type: ignore[attr-defined]
    place(painted, fit="contain")
    assert box() == contained


def test_what_is_there_can_be_removed_first(painted: Editor, engine: StandInEngine) -> None:
    before = composite(painted.document, painted.document.box)
    mask = painted.document.selection.read(painted.document.box)[..., 0] > 0
    painted.set_generation_settings(clear_first=True)
    generate(painted)
    assert painted.candidates.accept().ok
    _, removed, apple = painted.document.layers
    assert (removed.name, apple.name) == ("Remove", "an apple")
    pixels = removed.raster.read(painted.document.box)
    assert np.array_equal(pixels[..., 3] > 0, mask)
    assert (pixels[mask][:, :3] != before[mask][:, :3]).any()
    # The model has seen the photo without it.
    (request,) = engine.requests
    assert request.image is not None
    inside = request.box.slices
    assert np.abs(request.image - before[inside][..., :3] / 255)[mask[inside]].max() > 0.01
    painted.undo()
    assert np.array_equal(composite(painted.document, painted.document.box), before)


def test_a_project_brings_the_placement_back(
    painted: Editor, photo_file: Path, tmp_path: Path
) -> None:
    place(painted, fit="cover", align="center", shadow=0.25, grain=False)
    painted.set_generation_settings(shadow_layer=True, clear_first=True)
    generate(painted)
    left = painted.generation_settings
    painted.files.save(tmp_path / "work.glide")
    painted.set_generation_settings(
        placement=PlacementOptions(), shadow_layer=False, clear_first=False
    )
    painted.files.open(photo_file)
    painted.files.open(tmp_path / "work.glide")
    assert painted.generation_settings == left
    painted.runner.run_until_done()
    assert painted.candidates.accept().ok
    assert [layer.name for layer in painted.document.layers][1:] == [
        "Remove", "an apple: shadow", "an apple"
    ]  # fmt: skip


def test_a_placement_that_makes_no_sense_is_the_usual_one(painted: Editor) -> None:
    value = settings_to_json((painted.tool_settings, painted.generation_settings))
    for wrong in ({"fit": "stretch"}, {"unheard": 1}, [], None, {"shadow": "much"}):
        value["recipe"]["placement"] = wrong
        found = settings_from_json(value)
        assert found is not None
        assert found[1].placement == PlacementOptions()


def test_more_like_this_varies_one_candidate_in_the_same_area(
    painted: Editor, engine: StandInEngine
) -> None:
    generate(painted)
    job = painted.candidates.current
    assert job is not None
    varied = painted.generation.vary(job.id, 1, strength=0.3, count=2)
    painted.runner.run_until_done()
    asked = engine.requests[-1]
    assert asked.like is not None
    np.testing.assert_array_equal(asked.like, job.patch(1).image)
    assert (asked.like_strength, asked.sampling.count) == (0.3, 2)
    assert asked.sampling.seed != job.request.sampling.seed
    assert asked.box == job.request.box
    assert painted.generation.jobs[varied.id].request.like is None  # not kept with the project
    assert painted.candidates.accept().ok


@pytest.mark.parametrize("typed", ["an apple", "an apple facing right"])
def test_more_like_this_keeps_the_side_and_the_name_that_was_typed(
    painted: Editor, engine: StandInEngine, typed: str
) -> None:
    engine.faces_left = True
    sampling = Sampling(seed=6, count=2, steps=2)
    painted.set_generation_settings(prompt=typed, sampling=sampling)
    generate(painted)
    first = painted.candidates.current_id
    wanted = {0: "right" if "right" in typed else "left", 1: "right"}
    for index, side in wanted.items():
        varied = painted.generation.vary(first, index, strength=0.5, count=2)
        painted.runner.run_until_done()
        assert engine.requests[-1].facing == side
        painted.generation.vary(varied.id, 1, strength=0.5, count=1)
        painted.runner.run_until_done()
        assert engine.requests[-1].facing == side, "also of what was varied"
    assert {one.prompt for one in engine.requests} == {typed}
    assert painted.candidates.accept().ok
    assert painted.timeline.current.label == f"Fill: {typed}"
    assert painted.document.layers[-1].name == typed
    painted.results.use_settings(varied.id)
    assert painted.generation_settings.prompt == typed


def test_what_was_filled_from_the_photo_has_no_variations(painted: Editor) -> None:
    painted.set_generation_settings(prompt="")
    job = painted.generation.generate()
    with pytest.raises(GlideError, match="filled from the photo itself"):
        painted.generation.vary(job.id, 0, strength=0.3)
