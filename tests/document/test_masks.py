"""Masks put together, drawn as shapes, grown, softened and found by color."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from glide_studio.document import color_selection, morphology, selection, shapes
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.imaging.geometry import Box, Point, Size
from tests.document.pictures import layer, mask, pixels_of

SIZE = Size(300, 270)
MODES = {
    "replace": lambda a, b: b,
    "union": np.maximum,
    "subtract": lambda a, b: np.minimum(a, 255 - b),
    "intersect": np.minimum,
}


def values(raster: Raster) -> np.ndarray:
    """All of a mask, [h, w] int."""
    return pixels_of(raster)[..., 0].astype(int)


def disc(radius: float, x: float = 150, y: float = 135, size: Size = SIZE) -> Raster:
    return shapes.polygon_mask(
        size, shapes.ellipse_points(x - radius, y - radius, x + radius, y + radius)
    )


def distance(x: float = 150, y: float = 135) -> np.ndarray:
    rows, columns = np.mgrid[0 : SIZE.height, 0 : SIZE.width] + 0.5
    return np.hypot(columns - x, rows - y)


eighths = st.integers(-3200, 5600).map(lambda number: number / 8)
SAMPLES = [
    Raster.empty(SIZE, 1),
    Raster.full(SIZE, 255),
    Raster.full(SIZE, 90),
    mask(SIZE, 1),
    disc(60),
    disc(20, 10, 10),
]


@settings(max_examples=80)
@given(st.sampled_from(SAMPLES), st.sampled_from(SAMPLES), st.sampled_from(sorted(MODES)))
def test_combining_equals_plain_arrays(a, b, mode):
    result = selection.combine(a, b, mode)
    assert np.array_equal(values(result), MODES[mode](values(a), values(b)))
    assert all(tile.pixels.any() for _, tile in result.tiles())


@pytest.mark.parametrize("sample", range(len(SAMPLES)))
def test_inverting_twice_is_nothing(sample):
    raster = SAMPLES[sample]
    inverted = selection.invert(raster)
    assert np.array_equal(values(inverted), 255 - values(raster))
    assert np.array_equal(values(selection.invert(inverted)), values(raster))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_alpha_of_a_layer(dtype):
    raster = layer(SIZE, dtype=dtype).raster
    alpha = pixels_of(raster)[..., 3] / raster.max_value
    assert np.array_equal(values(selection.from_alpha(raster)), np.rint(alpha * 255))


def test_a_rectangle_on_whole_pixels_is_exact():
    raster = shapes.polygon_mask(SIZE, shapes.rectangle_points(10, 20, 290, 260))
    expected = np.zeros((270, 300), int)
    expected[20:260, 10:290] = 255
    assert np.array_equal(values(raster), expected)
    assert raster.tile((1, 1)) is not None
    assert raster.tile((1, 1)).opaque


def test_a_rectangle_between_pixels_is_antialiased():
    pixels = values(shapes.polygon_mask(SIZE, shapes.rectangle_points(10.25, 20.5, 100.75, 30)))
    assert pixels[25, 9:12].tolist() == [0, 191, 255]
    assert pixels[25, 99:102].tolist() == [255, 191, 0]
    assert pixels[20, 50] == 128
    assert pixels[20, 10] == 96


@settings(max_examples=20)
@example(0.0, 1.5625, 8.0, 0.5)
@given(st.floats(-20, 320), st.floats(-20, 290), st.floats(0.5, 140), st.floats(0.5, 140))
def test_an_ellipse_covers_its_area(x, y, rx, ry):
    size = Size(700, 650)
    raster = shapes.polygon_mask(
        size, shapes.ellipse_points(x + 190 - rx, y + 190 - ry, x + 190 + rx, y + 190 + ry)
    )
    area = pixels_of(raster).sum(dtype=np.int64) / 255
    outline = 4 * (rx + ry)  # pixels, at most; it lies within a part of one
    assert area == pytest.approx(math.pi * rx * ry, rel=0.02, abs=0.04 * outline)


@pytest.mark.parametrize("side", [128, 130])
def test_a_shape_beyond_the_picture_selects_nothing(side):
    """Also where the picture ends with a tile, and a flat shape lies on the line behind it."""
    for shape in (
        shapes.ellipse_points(0, side + 1, 1, side + 1),
        shapes.rectangle_points(side + 1, 0, side + 1, 5),
        shapes.rectangle_points(-9, -9, -1, -1),
        shapes.rectangle_points(300, 300, 400, 500),
    ):
        assert not values(shapes.polygon_mask(Size(side, side), shape)).any()


def test_a_lasso_that_crosses_itself_is_even_odd():
    star = [
        Point(150 + 100 * math.sin(4 * math.pi * k / 5), 130 - 100 * math.cos(4 * math.pi * k / 5))
        for k in range(5)
    ]
    pixels = values(shapes.polygon_mask(SIZE, star))
    assert pixels[130, 150] == 0
    assert pixels[50, 150] == 255


@settings(max_examples=25)
@example([Point(0, 0), Point(0, 0.625), Point(6.625, 0.5)])
@given(st.lists(st.builds(Point, eighths, eighths), max_size=9))
def test_polygons_equal_a_plain_count_of_crossings(points):
    raster = shapes.polygon_mask(SIZE, points)
    inside = np.zeros((270, 300), int)
    if len(points) >= 3:
        rows, columns = np.mgrid[0:270, 0:300] + 0.5
        for a, b in zip(points, [*points[1:], points[0]], strict=True):
            crosses = (a.y <= rows) != (b.y <= rows)
            x = a.x + (rows - a.y) * (b.x - a.x) / ((b.y - a.y) or 1)
            inside ^= crosses & (x <= columns)
    # Away from edges, coverage is all or nothing and decided by the pixel's centre. What is thinner
    # than a pixel may lie between the samples of coverage.
    pixels, square = values(raster), np.ones((3, 3), np.uint8)
    around = inside.astype(np.uint8)
    sure = (cv2.erode(around, square) == cv2.dilate(around, square)) & np.isin(pixels, (0, 255))
    assert np.array_equal(pixels[sure] == 255, inside[sure] == 1)


@pytest.mark.parametrize("radius", [1, 2.5, 10, 40])
def test_growing_a_disc_gives_a_larger_disc(radius):
    grown = values(morphology.grow(disc(60), radius))
    assert (grown[distance() < 60 + radius - 1.2] == 255).all()
    assert (grown[distance() > 60 + radius + 1.2] == 0).all()
    assert (grown >= values(disc(60))).all()


@pytest.mark.parametrize("radius", [1, 10, 30])
def test_shrinking_a_disc_gives_a_smaller_disc(radius):
    shrunk = values(morphology.grow(disc(60), -radius))
    assert (shrunk[distance() < 60 - radius - 1.2] == 255).all()
    assert (shrunk[distance() > 60 - radius + 1.2] == 0).all()
    assert not values(morphology.shrink(disc(60), 100)).any()


def test_a_mask_that_reaches_the_canvas_edge_does_not_shrink_from_it():
    left = shapes.polygon_mask(SIZE, shapes.rectangle_points(0, 0, 100, 270))
    shrunk = values(morphology.shrink(left, 10))
    assert (shrunk[:, :90] == 255).all()
    assert not shrunk[:, 90:].any()
    assert np.array_equal(
        values(morphology.shrink(Raster.full(SIZE, 255), 9)), np.full((270, 300), 255)
    )


def test_feathering_is_a_gaussian():
    left = shapes.polygon_mask(SIZE, shapes.rectangle_points(0, 0, 150, 270))
    row = values(morphology.feather(left, 8))[135]
    x = np.arange(300) + 0.5
    normal = np.array([0.5 * (1 - math.erf((v - 150) / 8 / math.sqrt(2))) for v in x]) * 255
    assert np.abs(row - normal).max() <= 2
    assert morphology.feather(left, 0) is left


def test_smoothing_rounds_corners_and_keeps_straight_edges_hard():
    square = shapes.polygon_mask(SIZE, shapes.rectangle_points(50, 50, 250, 220))
    smooth = values(morphology.smooth(square, 8))
    assert smooth[50, 50] == 0
    row = smooth[135]
    assert (row[52:248] == 255).all()
    assert not row[:48].any()
    assert row.sum() / 255 == pytest.approx(200, abs=1)  # neither side has moved
    assert morphology.smooth(square, 0) is square


def test_holes_are_filled_and_bays_are_not():
    ring = selection.combine(disc(80), disc(50), "subtract")
    filled = values(morphology.fill_holes(ring))
    assert (filled[distance() < 79] == 255).all()
    assert np.array_equal(filled[distance() > 60], values(ring)[distance() > 60])
    bay = selection.combine(
        ring, shapes.polygon_mask(SIZE, shapes.rectangle_points(145, 0, 155, 135)), "subtract"
    )
    assert np.array_equal(values(morphology.fill_holes(bay)), values(bay))


def test_only_holes_that_are_small_against_what_is_around_them_are_filled():
    ring = selection.combine(disc(80), disc(50), "subtract")
    gap = shapes.polygon_mask(SIZE, shapes.rectangle_points(88, 131, 94, 139))
    pierced = selection.combine(ring, gap, "subtract")
    assert values(pierced)[135, 90] == 0
    filled = morphology.fill_small_holes(pierced, 0.02)
    assert np.array_equal(values(filled), values(ring))
    assert morphology.fill_small_holes(ring, 0.02) is ring
    assert (values(morphology.fill_small_holes(ring, 0.5))[distance() < 79] == 255).all()
    empty = Raster.empty(SIZE, 1)
    assert morphology.fill_small_holes(empty, 0.02) is empty


@pytest.mark.parametrize(
    "operation", [morphology.grow, morphology.shrink, morphology.feather, morphology.smooth]
)
def test_an_empty_mask_stays_empty(operation):
    empty = Raster.empty(SIZE, 1)
    assert operation(empty, 5) == empty
    assert morphology.fill_holes(empty) == empty


def patches(dtype=np.uint8) -> Document:
    """Gray with two like red squares, one transparent corner that hides red."""
    top = int(np.iinfo(dtype).max)
    pixels = np.full((270, 300, 4), top // 2, dtype)
    pixels[..., 3] = top
    red = np.array([0.8 * top, 0.1 * top, 0.1 * top, top]).astype(dtype)
    pixels[20:80, 30:100] = red
    pixels[150:200, 200:280] = red
    pixels[60, 60] = red * np.array([0.95, 1, 1, 1])
    pixels[240:, 270:] = (*red[:3], 0)
    below = Layer("photo", raster=Raster.from_array(pixels), id="photo")
    return Document(SIZE, 8 if dtype == np.uint8 else 16, layers=(below,))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_wand_finds_connected_or_all_like_pixels(dtype):
    document = patches(dtype)
    square = np.zeros((270, 300), bool)
    square[20:80, 30:100] = True
    both = square.copy()
    both[150:200, 200:280] = True
    assert np.array_equal(values(color_selection.magic_wand(document, 40, 30)) == 255, square)
    assert np.array_equal(
        values(color_selection.magic_wand(document, 40, 30, contiguous=False)) == 255, both
    )
    strict = values(color_selection.magic_wand(document, 40, 30, tolerance=0.01))
    assert strict[60, 60] == 0
    assert strict.sum() == 255 * (square.sum() - 1)
    corner = values(color_selection.magic_wand(document, 299, 269))
    assert corner.sum() == 255 * 30 * 30


def test_the_wand_looks_at_what_is_seen_or_at_one_layer():
    document = patches()
    cover = Raster.empty(SIZE, 4).write(Box(0, 0, 50, 50), np.full((50, 50, 4), 255, np.uint8))
    document = replace(document, layers=(*document.layers, Layer("top", raster=cover, id="top")))
    assert values(color_selection.magic_wand(document, 10, 10)).sum() == 255 * 2500
    assert values(color_selection.magic_wand(document, 10, 10, layer="photo")).sum() > 255 * 50_000
    assert values(color_selection.magic_wand(document, 299, 200, layer="top")).sum() == 255 * (
        81_000 - 2500
    )
    with pytest.raises(KeyError):
        color_selection.magic_wand(document, 0, 0, layer="nobody")


def test_the_wand_beside_the_canvas_finds_nothing():
    assert color_selection.magic_wand(patches(), 300, 10) == Raster.empty(SIZE, 1)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_range_of_colors_falls_off_softly(dtype):
    ramp = np.zeros((270, 300, 4), dtype)
    top = int(np.iinfo(dtype).max)
    ramp[..., :3] = np.rint(np.arange(300) / 299 * top).astype(dtype)[None, :, None]
    ramp[..., 3] = top
    ramp[200:, :, 3] = 0
    document = Document(
        SIZE, 8 if dtype == np.uint8 else 16, layers=(Layer("a", raster=Raster.from_array(ramp)),)
    )
    found = values(color_selection.color_range(document, (0.5,) * 3, tolerance=0.1, softness=0.2))
    away = np.abs(np.arange(300) / 299 - 0.5)
    expected = np.clip(1 + (0.1 - away) / 0.2, 0, 1) * 255
    assert np.abs(found[100] - expected).max() <= 6
    assert not found[200:].any()
    hard = values(color_selection.color_range(document, (0.5,) * 3, tolerance=0.1, softness=0))
    assert hard[100][away < 0.095].min() == 255
    assert hard[100][away > 0.105].max() == 0


@pytest.mark.parametrize("radii", [(3, 2), (40, 40), (900, 300), (300, 4000)])
def test_an_ellipse_is_drawn_to_a_twentieth_of_a_pixel(radii):
    rx, ry = radii
    points = shapes.ellipse_points(10 - rx, 20 - ry, 10 + rx, 20 + ry)
    x, y = (np.array([getattr(point, axis) for point in points]) for axis in "xy")
    assert np.allclose(((x - 10) / rx) ** 2 + ((y - 20) / ry) ** 2, 1)
    middle = [(one + np.roll(one, 1)) / 2 for one in ((x - 10) / rx, (y - 20) / ry)]
    assert max(rx, ry) * (1 - np.hypot(*middle).min()) <= 0.051
