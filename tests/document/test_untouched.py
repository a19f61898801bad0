"""A hundred accepted fills leave every pixel outside of their masks as it was, bit by bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from glide_studio.document.brush import Brush, StrokePoint
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.history import History
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import add_layer, flatten_image, merge_down
from glide_studio.document.mask_edits import clear_mask
from glide_studio.document.raster import Raster
from glide_studio.imaging.blending.harmonize import harmonize
from glide_studio.imaging.blending.result_checks import UnchangedReport, check_unchanged
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.types import quantize_rgba
from tests.document.edits import Edit, an_edit, paint_stroke
from tests.document.pictures import noise, pixels_of

SIZE = Size(200, 150)


def stand_in(crop: np.ndarray, number: int) -> np.ndarray:
    """What a model might answer: the crop in another tone, with something new in it."""
    patch = np.roll(crop, 9, axis=1) * 0.9 + 0.05
    patch[:, :, number % 3] *= 0.7
    return np.clip(patch, 0, 1).astype(np.float32)


def accept(document: Document, number: int) -> Layer:
    """The layer that a fill of the painted mask gives."""
    box = document.selection.content_box().pad(12).clamp(SIZE.box)
    seen = composite(document, box)
    crop = (seen[..., :3] / document.max_value).astype(np.float32)
    mask = document.selection.read(box)[..., 0].astype(np.float32) / 255
    result = harmonize(crop, stand_in(crop, number), mask, known=seen[..., 3] > 0)
    pixels = quantize_rgba(result.pixels, result.alpha, document.dtype, seed=number)
    place = result.box.move(box.x, box.y)
    raster = Raster.empty(SIZE, 4, document.dtype).write(place, pixels)
    return Layer(f"Fill {number}", raster=raster)


def mask_stroke(rng: np.random.Generator) -> Edit:
    start = rng.uniform((10, 10), (190, 140))
    points = tuple(StrokePoint(*(start + step)) for step in rng.uniform(-15, 15, (3, 2)))
    return an_edit(
        paint_stroke, Brush(float(rng.integers(2, 20)), hardness=float(rng.random())), points
    )


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize(
    "keep",
    [
        "layers",
        pytest.param("merged", marks=pytest.mark.slow),
        pytest.param("flattened", marks=pytest.mark.slow),
    ],
)
def test_100_fills(depth, keep):
    rng = np.random.default_rng(depth)
    dtype = np.uint8 if depth == 8 else np.uint16
    pixels = noise(SIZE, 4, dtype)
    pixels[:, 40:, 3] = np.iinfo(dtype).max  # some of the photo is transparent and hides color
    photo = Layer("photo", raster=Raster.from_array(pixels), id="photo")
    history = History.begin(Document(SIZE, depth, layers=(photo,), active="photo"))
    first = composite(history.document, SIZE.box)
    assert np.array_equal(first, pixels)
    touched = np.zeros((SIZE.height, SIZE.width), np.bool_)
    total = UnchangedReport()
    for number in range(100):
        history.record("Brush", mask_stroke(rng)(history.document))
        before = history.document
        mask = pixels_of(before.selection)[..., 0]
        after = clear_mask(add_layer(before, accept(before, number)))
        if keep == "merged":
            after = merge_down(after, after.layers[-1].id)
        elif keep == "flattened" and number % 10 == 9:
            after = flatten_image(after)
        history.record("Accept", after)
        touched |= mask > 0
        box = before.selection.content_box().pad(20).clamp(SIZE.box)
        inside = box.slices
        total += check_unchanged(composite(before, box), composite(after, box), mask[inside])
    assert total.ok
    assert total.compared > 100 * 500
    assert 0.3 < touched.mean() < 0.97
    last = composite(history.document, SIZE.box)
    assert check_unchanged(first, last, touched).ok
    assert not check_unchanged(first, last, np.zeros_like(touched)).ok
    while history.undo():
        pass
    assert np.array_equal(composite(history.document, SIZE.box), first)


def test_a_fill_beyond_the_canvas_edge():
    document = Document(SIZE, layers=(Layer("a", raster=Raster.from_array(noise(SIZE))),))
    mask = Raster.empty(SIZE, 1).write(Box(-20, -20, 60, 60), np.full((60, 60, 1), 255, np.uint8))
    painted = replace(document, selection=mask)
    after = add_layer(painted, accept(painted, 1))
    result = check_unchanged(
        composite(document, SIZE.box), composite(after, SIZE.box), pixels_of(mask)[..., 0]
    )
    assert result.ok
