"""A mirrored document gives mirrored results, an inverted mask inverted ones: no side is favored."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from glide_studio.document import morphology, shapes
from glide_studio.document.brush import Brush, StrokePoint
from glide_studio.document.canvas_edits import flip, rotate
from glide_studio.document.canvas_edits import scale as scale_canvas
from glide_studio.document.color_selection import color_range, magic_wand
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.pixel_edits import draw_gradient
from glide_studio.document.raster import Raster
from glide_studio.document.selection import combine, invert
from glide_studio.document.stroke import Target
from glide_studio.document.transform_edits import straighten
from glide_studio.imaging.geometry import Box, Point, Size
from tests.document.edits import paint_stroke
from tests.document.pictures import photo, pixels_of

SIZE = Size(300, 270)  # not of whole tiles
WAYS = ("horizontal", "vertical")


def mirrored_point(point: Point, way: str) -> Point:
    if way == "horizontal":
        return Point(SIZE.width - point.x, point.y)
    return Point(point.x, SIZE.height - point.y)


def picture() -> Document:
    soft = Raster.from_array(np.zeros((270, 300, 1), np.uint8))
    soft = soft.write(Box(60, 50, 150, 130), np.full((130, 150, 1), 255, np.uint8))
    soft = soft.write(Box(100, 90, 30, 20), np.zeros((20, 30, 1), np.uint8))
    return Document(SIZE, layers=(photo(SIZE, seed=3),), active="photo", selection=soft)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "change",
    [
        lambda one: morphology.grow(one, 5),
        lambda one: morphology.grow(one, 2.5),
        lambda one: morphology.shrink(one, 7),
        lambda one: morphology.feather(one, 4),
        lambda one: morphology.smooth(one, 6),
        morphology.fill_holes,
        lambda one: morphology.fill_small_holes(one, 0.1),
        invert,
        lambda one: combine(one, invert(morphology.shrink(one, 9)), "intersect"),
    ],
)
def test_changes_of_a_mask(change: Callable[[Raster], Raster], way: str) -> None:
    plain = picture()
    before = replace(plain, selection=change(plain.selection))
    after = flip(plain, way)  # type: ignore[arg-type]
    after = replace(after, selection=change(after.selection))
    expected = pixels_of(flip(before, way).selection).astype(int)  # type: ignore[arg-type]
    assert np.abs(pixels_of(after.selection) - expected).max() <= 1


@pytest.mark.parametrize("radius", [1, 3, 8])
def test_smoothing_an_inverted_mask_is_inverting_a_smooth_one(radius: float) -> None:
    half = np.zeros((270, 300, 1), np.uint8)
    half[:, 140:] = 255
    half[100:140] = half[100:140, ::-1]  # with corners
    raster = Raster.from_array(half)
    for change in (morphology.smooth, morphology.feather):
        plain = pixels_of(change(raster, radius)).astype(int)
        other = pixels_of(invert(change(invert(raster), radius))).astype(int)
        inner = slice(40, -40)
        assert np.abs(plain - other)[inner, inner].max() <= 1
    row = pixels_of(morphology.smooth(raster, radius))[60, :, 0].astype(int)
    assert row[139] + row[140] == 255, "a straight edge stays where it is"
    assert row[139] < 128 < row[140]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["polygon", "ellipse", "rectangle"])
def test_shapes(kind: str, way: str) -> None:
    if kind == "ellipse":
        points = shapes.ellipse_points(20.25, 30.5, 200.75, 255)
    elif kind == "rectangle":
        points = shapes.rectangle_points(20.25, 30.5, 200.75, 140.125)
    else:
        points = [Point(10.5, 20.25), Point(280.25, 60.5), Point(100, 250.75), Point(150, 80)]
    plain = pixels_of(shapes.polygon_mask(SIZE, points))[..., 0].astype(int)
    other = shapes.polygon_mask(SIZE, [mirrored_point(one, way) for one in points])
    there = pixels_of(other)[..., 0].astype(int)
    there = there[:, ::-1] if way == "horizontal" else there[::-1]
    assert np.abs(plain - there).max() <= 1
    area = sum(a.x * b.y - b.x * a.y for a, b in zip(points, points[1:] + points[:1], strict=True))
    assert plain.sum() / 255 == pytest.approx(abs(area) / 2, rel=1e-3)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("erase", [False, True])
@pytest.mark.parametrize("size", [1.0, 7.5, 40.0, 300.0])
def test_strokes(size: float, erase: bool, way: str) -> None:
    points = [(30.5, 40.5, 0.5), (120.5, 100.5, 1.0), (250.5, 60.5, 0.7)]
    path = [StrokePoint(*one) for one in points]
    turned = [
        StrokePoint(there.x, there.y, one.pressure)
        for one in path
        for there in [mirrored_point(Point(one.x, one.y), way)]
    ]
    target = Target("pixels", "photo")
    brush = Brush(size=size, hardness=0.5, opacity=1.0, flow=1.0)
    color = (0.9, 0.2, 0.1)
    plain = paint_stroke(picture(), brush, path, target, erase, color)
    other = paint_stroke(flip(picture(), way), brush, turned, target, erase, color)  # type: ignore[arg-type]
    a = composite(flip(plain, way), plain.box).astype(int)  # type: ignore[arg-type]
    assert np.abs(a - composite(other, other.box)).max() <= 2


@pytest.mark.parametrize("shape", ["linear", "radial"])
@pytest.mark.parametrize("way", WAYS)
def test_gradients(way: str, shape: str) -> None:
    start, end = Point(40, 60), Point(220, 190)
    colors = (0.1, 0.4, 0.9), (0.9, 0.8, 0.2)

    def drawn(document: Document, first: Point, last: Point) -> Document:
        return draw_gradient(document, "photo", first, last, colors, shape=shape)  # type: ignore[arg-type]

    plain = drawn(picture(), start, end)
    turned = flip(picture(), way)  # type: ignore[arg-type]
    other = drawn(turned, mirrored_point(start, way), mirrored_point(end, way))
    a = composite(flip(plain, way), plain.box).astype(int)  # type: ignore[arg-type]
    assert np.abs(a - composite(other, other.box)).max() <= 1
    found = composite(plain, plain.box)
    row, column = int((60 + 190) / 2), int((40 + 220) / 2)
    if shape == "linear":
        middle = [round(255 * (a + b) / 2) for a, b in zip(*colors, strict=True)]
        assert np.abs(found[row, column, :3].astype(int) - middle).max() <= 2
        ends = found[2, 2, :3], found[-3, -3, :3]
        wanted = [[round(255 * one) for one in color] for color in colors]
        assert np.abs(np.array(ends, int) - wanted).max() <= 1


@pytest.mark.parametrize("way", WAYS)
def test_colors_that_are_selected(way: str) -> None:
    smooth = np.zeros((270, 300, 4), np.uint8)
    y, x = np.mgrid[0:270, 0:300]
    smooth[..., 0], smooth[..., 1], smooth[..., 3] = x * 255 // 299, y * 255 // 269, 255
    layer = replace(photo(SIZE), raster=Raster.from_array(smooth))
    document = Document(SIZE, layers=(layer,), active="photo")
    turned = flip(document, way)  # type: ignore[arg-type]
    pairs = [
        (magic_wand(document, 100, 50), magic_wand(turned, *spot(100, 50, way))),
        (color_range(document, (0.3, 0.4, 0)), color_range(turned, (0.3, 0.4, 0))),
    ]
    for plain, other in pairs:
        there = pixels_of(other)
        there = there[:, ::-1] if way == "horizontal" else there[::-1]
        assert pixels_of(plain).any()
        assert np.array_equal(pixels_of(plain), there)


def spot(x: int, y: int, way: str) -> tuple[int, int]:
    return (SIZE.width - 1 - x, y) if way == "horizontal" else (x, SIZE.height - 1 - y)


@pytest.mark.parametrize("size", [Size(150, 135), Size(451, 400), Size(77, 31), Size(300, 100)])
@pytest.mark.parametrize("way", WAYS)
def test_a_scaled_canvas(way: str, size: Size) -> None:
    plain = flip(scale_canvas(picture(), size), way)  # type: ignore[arg-type]
    other = scale_canvas(flip(picture(), way), size)  # type: ignore[arg-type]
    a = composite(plain, plain.box).astype(int)
    assert np.abs(a - composite(other, other.box)).max() <= 1
    assert np.abs(pixels_of(plain.selection).astype(int) - pixels_of(other.selection)).max() <= 1


@pytest.mark.parametrize("degrees", [3.0, -11.5, 40.0])
def test_a_straightened_canvas(degrees: float) -> None:
    center, size = Point(140, 150), Size(121, 97)
    plain = straighten(picture(), center, size, degrees)
    turned = flip(picture(), "horizontal")
    other = straighten(turned, mirrored_point(center, "horizontal"), size, -degrees)
    a = composite(flip(plain, "horizontal"), plain.box).astype(int)
    assert np.abs(a - composite(other, other.box)).max() <= 1


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_canvas_keeps_every_pixel(quarters: int) -> None:
    before, after = picture(), rotate(picture(), quarters)
    turned = np.rot90(composite(before, before.box), -quarters)
    assert np.array_equal(composite(after, after.box), turned)


def test_a_tile_that_only_has_colors_without_alpha_is_no_content() -> None:
    pixels = np.zeros((270, 300, 4), np.uint8)
    pixels[..., :3] = 90
    pixels[150:170, 200:230, 3] = 1
    assert Raster.from_array(pixels).content_box() == Box(200, 150, 30, 20)


def test_the_mean_of_a_mask_that_is_grown_and_shrunk_again() -> None:
    raster = shapes.polygon_mask(SIZE, shapes.ellipse_points(60, 60, 220, 220))
    back = morphology.shrink(morphology.grow(raster, 9), 9)
    inside = np.abs(pixels_of(back).astype(int) - pixels_of(raster))
    assert inside.mean() < 1.5
    grown = pixels_of(morphology.grow(raster, 9)).sum() / 255
    assert grown == pytest.approx(math.pi * 89**2, rel=0.01)
    shrunk = pixels_of(morphology.shrink(raster, 9)).sum() / 255
    assert shrunk == pytest.approx(math.pi * 71**2, rel=0.01)
