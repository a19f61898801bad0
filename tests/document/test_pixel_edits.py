"""Fills, gradients and limited strokes on a layer's pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from glide_studio.document.brush import Brush, StrokePoint
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.pixel_edits import cut_pixels, draw_gradient, fill_pixels
from glide_studio.document.raster import Raster
from glide_studio.document.shapes import polygon_mask, rectangle_points
from glide_studio.document.stroke import Stroke, Target
from glide_studio.imaging.geometry import Point, Size
from tests.document.pictures import layer, photo, pixels_of

SIZE = Size(200, 150)
RED, BLUE = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)
RED_8 = np.array([255, 0, 0, 255])


def opened(*layers: Layer, depth: int = 8) -> Document:
    return Document(SIZE, depth, layers)


def empty(dtype=np.uint8) -> Layer:
    return Layer("empty", Raster.empty(SIZE, 4, dtype), id="empty")


def area() -> Raster:
    return polygon_mask(SIZE, rectangle_points(50, 40, 150, 100))


def pixels(document: Document, layer_id: str) -> np.ndarray:
    raster = document.layer(layer_id).raster
    assert raster is not None
    return pixels_of(raster)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_fill_covers_the_mask_and_nothing_else(dtype) -> None:
    depth, top = 8 * np.dtype(dtype).itemsize, np.iinfo(dtype).max
    before = opened(layer(SIZE, "noise", dtype), depth=depth)
    after = fill_pixels(before, "noise", RED, area())
    filled, old = pixels(after, "noise"), pixels(before, "noise")
    assert np.all(filled[40:100, 50:150] == (top, 0, 0, top))
    filled[40:100, 50:150] = old[40:100, 50:150]
    assert np.array_equal(filled, old)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_what_is_cut_is_transparent_as_far_as_the_mask_covers_it(dtype) -> None:
    depth = 8 * np.dtype(dtype).itemsize
    before = opened(layer(SIZE, "noise", dtype), depth=depth)
    values = np.zeros((SIZE.height, SIZE.width, 1), np.uint8)
    values[40:100, 50:100], values[40:100, 100:150] = 255, 100
    after = cut_pixels(before, "noise", Raster.from_array(values))
    left, old = pixels(after, "noise"), pixels(before, "noise")
    assert not left[40:100, 50:100, 3].any()
    half = slice(40, 100), slice(100, 150), 3
    assert left[half] == pytest.approx(old[half] * (155 / 255), abs=1)
    left[40:100, 50:150, 3] = old[40:100, 50:150, 3]
    assert np.array_equal(left, old), "colors, and all outside, stay"
    assert pixels(cut_pixels(opened(empty()), "empty", area()), "empty").max() == 0


def test_half_a_fill_mixes_over_pixels_and_thins_over_nothing() -> None:
    half = fill_pixels(opened(photo(SIZE)), "photo", RED, area(), 0.5)
    old = pixels(opened(photo(SIZE)), "photo")[60, 80].astype(float)
    assert pixels(half, "photo")[60, 80] == pytest.approx((old + RED_8) / 2, abs=1)
    assert tuple(
        pixels(fill_pixels(opened(empty()), "empty", RED, area(), 0.5), "empty")[60, 80]
    ) == (
        255,
        0,
        0,
        128,
    )


def test_a_gradient_goes_from_one_color_to_the_other_and_on() -> None:
    document = draw_gradient(opened(empty()), "empty", Point(50, 0), Point(150, 0), (RED, BLUE))
    row = pixels(document, "empty")[70]
    assert tuple(row[10]) == (255, 0, 0, 255)
    assert tuple(row[190]) == (0, 0, 255, 255)
    assert row[99] == pytest.approx((129, 0, 126, 255), abs=2)
    assert np.all(np.diff(row[:, 0].astype(int)) <= 0)


def test_a_radial_gradient_fades_into_nothing() -> None:
    document = draw_gradient(
        opened(empty()),
        "empty",
        Point(100, 75),
        Point(150, 75),
        (RED, BLUE),
        shape="radial",
        fades=True,
    )
    found = pixels(document, "empty")
    assert found[75, 100, 3] > 250
    assert int(found[75, 125, 3]) == pytest.approx(127, abs=4)
    assert int(found[40, 100, 3]) == pytest.approx(int(found[75, 134, 3]), abs=4)
    assert not found[5, 5].any()
    assert np.all(found[found[..., 3] > 0][:, 2] == 0)


def test_a_gradient_stays_in_the_mask() -> None:
    before = opened(photo(SIZE))
    after = draw_gradient(before, "photo", Point(0, 0), Point(200, 0), (RED, BLUE), mask=area())
    changed = np.any(pixels(after, "photo") != pixels(before, "photo"), axis=-1)
    changed[40:100, 50:150] = False
    assert not changed.any()


@pytest.mark.parametrize("erase", [False, True])
def test_a_stroke_stays_in_the_mask(erase: bool) -> None:
    before = opened(photo(SIZE))
    stroke = Stroke(
        before, Brush(60, 1.0), Target("pixels", "photo"), erase=erase, color=RED, clip=area()
    )
    stroke.extend([StrokePoint(20, 70), StrokePoint(180, 70)])
    stroke.finish()
    found, old = pixels(stroke.document, "photo"), pixels(before, "photo")
    assert np.array_equal(found[:, :50], old[:, :50])
    assert np.array_equal(found[:40], old[:40])
    assert found[70, 100, 3] == (0 if erase else 255)
    assert tuple(found[70, 100, :3]) == (tuple(old[70, 100, :3]) if erase else (255, 0, 0))


def test_what_has_no_pixels_cannot_be_painted() -> None:
    document = opened(Layer("group", children=(empty(),), id="group"))
    with pytest.raises(ValueError, match="no pixels"):
        fill_pixels(document, "group", RED, area())
    with pytest.raises(ValueError, match="one point"):
        draw_gradient(document, "empty", Point(1, 1), Point(1, 1), (RED, BLUE))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_layer_that_keeps_its_alpha_takes_colors_only_where_it_shows_something(dtype) -> None:
    """Source atop: C = e Cs + (1 - e) Cb, and alpha stays, whatever it is."""
    top = np.iinfo(dtype).max
    half = round(0.4 * top)
    array = np.zeros((150, 200, 4), dtype)
    array[:, :100] = (0, 0, top, half)
    array[:, 100:150] = (0, top, 0, top)
    array[:, 150:, 1] = 7  # a color under alpha 0
    raster = Raster.empty(SIZE, 4, dtype).write(Raster.empty(SIZE, 4).box, array)
    kept = Layer("kept", raster, keeps_alpha=True, id="kept")
    before = opened(kept, depth=8 * array.itemsize)
    stroke = Stroke(before, Brush(80, opacity=0.5, hardness=1), Target("pixels", "kept"), color=RED)
    stroke.extend(StrokePoint(x, 75) for x in range(10, 195, 5))
    stroke.finish()
    whole = Raster.full(SIZE, 255)
    for after in (
        stroke.document,
        fill_pixels(before, "kept", RED, whole, 0.5),
        draw_gradient(before, "kept", Point(0, 0), Point(9, 0), (RED, RED), opacity=0.5),
    ):
        found = pixels(after, "kept").astype(int)
        assert np.array_equal(found[..., 3], array[..., 3])
        assert np.array_equal(found[:, 150:], array[:, 150:])
        assert np.abs(found[75, 50, :3] - (top / 2, 0, top / 2)).max() <= 1
        assert np.abs(found[75, 120, :3] - (top / 2, top / 2, 0)).max() <= 1
    solid = Stroke(before, Brush(400, hardness=1), Target("pixels", "kept"), color=RED)
    solid.extend([StrokePoint(100, 75)])
    solid.finish()
    found = pixels(solid.document, "kept").astype(int)
    assert np.array_equal(found[..., 3], array[..., 3])
    assert (found[:, :150, :3] == (top, 0, 0)).all()
    assert np.array_equal(found[:, 150:], array[:, 150:])


def test_a_layer_that_keeps_its_alpha_stays_empty_and_is_not_erased() -> None:
    before = opened(replace(empty(), keeps_alpha=True))
    assert fill_pixels(before, "empty", RED, area()) == before
    with pytest.raises(ValueError, match="keeps its alpha"):
        Stroke(before, Brush(20), Target("pixels", "empty"), erase=True)
