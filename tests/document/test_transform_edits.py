"""Layers moved, scaled, turned and distorted; the canvas straightened."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glide_studio.document import transform
from glide_studio.document.adjustments import Levels
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.quad import Quad
from glide_studio.document.raster import Raster
from glide_studio.document.shapes import polygon_mask, rectangle_points
from glide_studio.document.transform_edits import (
    content_box,
    is_inside,
    straighten,
    transform_layers,
    turn_inside,
)
from glide_studio.document.warp import map_points, rotation, translation, warp
from glide_studio.imaging.geometry import Box, Point, Size
from tests.document.pictures import layer, mask, noise, photo, pixels_of

SIZE = Size(300, 200)
PLACE = Box(100, 60, 80, 50)
POINTS = st.builds(Point, st.floats(-50, 350), st.floats(-50, 250))


def card(dtype=np.uint8) -> Layer:
    """An opaque, smooth patch on a transparent layer."""
    y, x = np.mgrid[0 : PLACE.height, 0 : PLACE.width]
    top = np.iinfo(dtype).max
    pixels = np.stack([x / 80, y / 50, (x + y) / 130, np.ones_like(x)], axis=-1) * top
    empty = Raster.empty(SIZE, 4, dtype)
    return Layer("card", empty.write(PLACE, pixels.astype(dtype)), id="card")


def opened(*layers: Layer, depth: int = 8) -> Document:
    return Document(SIZE, depth, layers)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_move_by_whole_pixels_copies_them(dtype) -> None:
    document = opened(card(dtype), depth=8 * np.dtype(dtype).itemsize)
    moved = transform_layers(document, ["card"], Quad.of(PLACE).move(37, -21))
    after, before = (one.layers[0].raster for one in (moved, document))
    assert np.array_equal(after.read(PLACE.move(37, -21)), before.read(PLACE))
    assert content_box(moved.layers[0]) == PLACE.move(37, -21)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_quarter_turns_and_flips_are_exact(quarters) -> None:
    square = Size(260, 260)
    raster = Raster.from_array(noise(square, 4))
    raster = Raster.from_array(
        np.where(raster.read(square.box)[..., 3:] > 0, raster.read(square.box), 0)
    )
    turned = warp(raster, rotation(90 * quarters, 130, 130))
    assert np.array_equal(pixels_of(turned), pixels_of(transform.rotate(raster, quarters)))
    for axis in ("horizontal", "vertical"):
        quad = Quad.of(square.box).flip(axis)
        flipped = pixels_of(warp(raster, quad.matrix))
        assert np.array_equal(flipped, pixels_of(transform.flip(raster, axis)))


def test_a_turn_and_back_is_nearly_the_same() -> None:
    document = opened(card())
    quad = Quad.of(PLACE).rotate(30)
    turned = transform_layers(document, ["card"], quad)
    back = warp(turned.layers[0].raster, np.linalg.inv(quad.matrix))
    inner = PLACE.pad(-4)
    difference = back.read(inner).astype(int) - document.layers[0].raster.read(inner)
    assert np.abs(difference).max() <= 4


@given(POINTS, POINTS, POINTS, POINTS)
@settings(max_examples=40)
def test_a_quad_moves_the_corners_of_its_box(a, b, c, d) -> None:
    quad = replace(Quad.of(PLACE), corners=(a, b, c, d))
    if not quad.is_convex or min(quad.width, quad.height) < 5:
        return
    corners = [(p.x, p.y) for p in Quad.of(PLACE).corners]
    try:
        mapped = map_points(quad.matrix, np.array(corners, float))
    except ValueError:
        return  # nearly flat
    assert mapped == pytest.approx(np.array([(p.x, p.y) for p in quad.corners]), abs=0.5)


def test_perspective_puts_the_corner_where_it_was_dragged() -> None:
    quad = Quad.of(PLACE).drag_corner(1, Point(220, 30))
    assert not quad.is_parallelogram
    moved = transform_layers(opened(card()), ["card"], quad).layers[0].raster
    pixels = pixels_of(moved)
    assert pixels[33, 214, 3] > 200
    assert pixels[33, 214, 0] > 200, "the right end is red"
    assert pixels[28, 214, 3] == 0
    assert Quad.of(PLACE).drag_corner(1, Point(90, 120)) == Quad.of(PLACE), "not convex"


def test_a_smaller_layer_is_averaged_not_skipped() -> None:
    size = Size(512, 512)
    y, x = np.mgrid[0:512, 0:512]
    checks = np.where((x + y) % 2, 255, 0).astype(np.uint8)
    raster = Raster.from_array(np.dstack([checks, checks, checks, np.full_like(checks, 255)]))
    small = Quad.of(size.box).scale(0.25, 0.25)
    middle = warp(raster, small.matrix).read(Box(220, 220, 60, 60))
    assert np.abs(middle[..., :3].astype(int) - 127).max() <= 2


@pytest.mark.parametrize("place", [Box(30, 20, 200, 130), Box(40, 30, 51, 23), Box(9, 7, 13, 9)])
@pytest.mark.parametrize("channels", [4, 1])
def test_a_scaled_plate_fills_its_new_box_and_nothing_beyond(place: Box, channels: int) -> None:
    plate = np.zeros((200, 300, channels), np.uint8)
    plate[61:110, 101:180] = 255
    quad = Quad.of(Box(101, 61, 79, 49))
    middle = Point(place.x + place.width / 2, place.y + place.height / 2)
    quad = quad.with_size(middle, place.width, place.height, 0)
    scaled = warp(Raster.from_array(plate), quad.matrix)
    assert scaled.content_box() == place
    assert scaled.read(place).min() == 255, "firm up to its edges"


@pytest.mark.parametrize("color", [(255, 0, 0), (150, 140, 130)])
@pytest.mark.parametrize(
    "change",
    [
        lambda raster: warp(raster, rotation(17, 140, 85)),
        lambda raster: transform.scale(raster, Size(411, 274)),
        lambda raster: transform.scale(raster, Size(203, 131)),
    ],
    ids=["turned", "enlarged", "reduced"],
)
def test_edges_keep_their_color_where_they_fade(color, change) -> None:
    plate = np.zeros((200, 300, 4), np.uint8)
    plate[60:110, 100:180] = (*color, 255)
    pixels = pixels_of(change(Raster.from_array(plate)))
    assert np.count_nonzero((pixels[..., 3] > 0) & (pixels[..., 3] < 255)) > 0
    off = np.abs(pixels[pixels[..., 3] > 8][:, :3].astype(int) - color)
    assert off.max() <= 5


def test_masks_and_the_layers_of_a_group_move_along() -> None:
    group = Layer("g", children=(card(), layer(SIZE, "other")), mask=mask(SIZE, 2), id="g")
    document = opened(photo(SIZE), group)
    moved = transform_layers(document, ["g"], Quad.of(SIZE.box).move(5, 7))
    for before, after in zip(
        document.layer("g").rasters(), moved.layer("g").rasters(), strict=True
    ):
        assert np.array_equal(pixels_of(after)[7:, 5:], pixels_of(before)[:-7, :-5])
    assert moved.layers[0] is document.layers[0]


def test_work_can_be_ended_between_blocks() -> None:
    class Ended(Exception):
        pass

    def end() -> None:
        raise Ended

    with pytest.raises(Ended):
        transform_layers(opened(card()), ["card"], Quad.of(PLACE).rotate(3), end)


def test_sizes_angles_and_mirroring_are_read_and_set() -> None:
    quad = Quad.of(PLACE).scale(2, 0.5).rotate(30)
    assert (quad.width, quad.height, quad.angle) == pytest.approx((160, 25, 30))
    assert (quad.center.x, quad.center.y) == pytest.approx((140, 85))
    again = quad.with_size(Point(10, 20), 40, 30, -15)
    assert (again.width, again.height, again.angle) == pytest.approx((40, 30, -15))
    mirrored = quad.flip("vertical").with_size(Point(0, 0), 10, 10, 0)
    assert mirrored.corners[0].y > mirrored.corners[3].y


def test_a_straightened_canvas_turns_the_picture_back() -> None:
    document = opened(photo(SIZE), card())
    same = straighten(document, Point(140, 85), Size(80, 50), 0)
    assert np.array_equal(
        pixels_of(same.layer("card").raster), pixels_of(card().raster)[60:110, 100:180]
    )
    turned = transform_layers(document, ["card"], Quad.of(PLACE).rotate(10))
    upright = straighten(turned, Point(140, 85), Size(80, 50), 10)
    assert upright.size == Size(80, 50)
    inner = upright.layer("card").raster.read(Box(4, 4, 72, 42)).astype(int)
    assert np.abs(inner - card().raster.read(PLACE.pad(-4))).max() <= 5


@given(st.floats(-89, 89), st.floats(1, 300), st.floats(1, 200), st.floats(0, 1), st.floats(0, 1))
def test_a_rectangle_that_is_turned_stays_inside(degrees, width, height, across, down) -> None:
    left, top = across * (SIZE.width - width), down * (SIZE.height - height)
    center = Point(left + width / 2, top + height / 2)
    before = Quad.of(SIZE.box).with_size(center, width, height, 0)
    turned = turn_inside(before, SIZE.box, degrees)
    assert is_inside(turned, SIZE.box)
    assert turned.angle == pytest.approx(degrees, abs=0.01)
    assert turned.width <= width + 0.01
    assert turned.height <= height + 0.01


def test_a_turned_rectangle_shrinks_and_moves_no_more_than_it_must() -> None:
    whole = Quad.of(SIZE.box)
    small = whole.with_size(Point(150, 100), 80, 60, 0)
    turned = turn_inside(small, SIZE.box, 20)
    assert (turned.width, turned.height) == pytest.approx((80, 60))
    assert (turned.center.x, turned.center.y) == pytest.approx((150, 100))
    in_corner = small.move(110, 70)
    turned = turn_inside(in_corner, SIZE.box, 20)
    assert (turned.width, turned.height) == pytest.approx((80, 60))
    assert turned.bounds()[2:] == pytest.approx((SIZE.width, SIZE.height))
    left, top, right, bottom = turn_inside(whole, SIZE.box, 20).bounds()
    assert bottom - top > SIZE.height - 2
    assert left + right == pytest.approx(SIZE.width)


@given(st.integers(0, 3), st.floats(0, 200), st.floats(0, 200))
def test_however_far_a_corner_is_dragged_the_layer_follows(corner, across, down) -> None:
    at, center = Quad.of(PLACE).corners[corner], Quad.of(PLACE).center
    x = at.x + math.copysign(across, at.x - center.x)
    y = at.y + math.copysign(down, at.y - center.y)
    bent = Quad.of(PLACE).drag_corner(corner, Point(x, y))
    start = np.array([(one.x, one.y) for one in bent.start])
    wanted = np.array([(one.x, one.y) for one in bent.corners])
    np.testing.assert_allclose(map_points(bent.matrix, start), wanted, atol=0.05)


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="flattens"):
        warp(card().raster, np.diag([1.0, 0.0, 1.0]))
    bent = replace(Quad.of(PLACE), corners=(Point(0, 0), Point(9, 9), Point(9, 0), Point(0, 9)))
    with pytest.raises(ValueError, match="convex"):
        transform_layers(opened(card()), ["card"], bent)
    assert translation(1, 2) @ np.array([0, 0, 1]) == pytest.approx([1, 2, 1])


def test_the_frame_is_around_what_a_mask_shows() -> None:
    shown = polygon_mask(SIZE, rectangle_points(120, 70, 150, 90))
    masked = replace(card(), mask=shown)
    assert content_box(masked) == Box(120, 70, 30, 20)
    assert content_box(Layer("g", children=(masked,))) == Box(120, 70, 30, 20)
    hidden = polygon_mask(SIZE, rectangle_points(0, 0, 20, 20))
    assert content_box(replace(card(), mask=hidden)) == PLACE, "all is hidden"
    assert content_box(Layer("a", adjustment=Levels(), mask=shown)) == Box(120, 70, 30, 20)


def test_a_quad_tells_perspective_from_what_keeps_sides_parallel() -> None:
    quad = Quad.of(Box(10, 20, 40, 30))
    assert quad.is_identity
    turned = quad.with_size(Point(5, 5), 80, 20, 30)
    assert turned.is_parallelogram
    assert not turned.is_identity
    a, b, c, d = quad.corners
    assert not replace(quad, corners=(a, b, Point(c.x + 8, c.y), d)).is_parallelogram


def test_a_quad_is_never_narrower_than_a_pixel() -> None:
    box = Box(10, 20, 40, 30)
    quad = Quad.of(box)
    for scale in (0.001, 0.0):
        flat = quad.scale(scale, 1.0)
        assert (flat.width, flat.height) == pytest.approx((1, 30))
        low = quad.scale(1.0, scale)
        assert (low.width, low.height) == pytest.approx((40, 1))
    tiny = quad.with_size(quad.center, 0.2, 0.0, 30.0)
    assert (tiny.width, tiny.height) == pytest.approx((1, 1))
    assert (tiny.center.x, tiny.center.y) == pytest.approx((30, 35))
    assert tiny.angle == pytest.approx(30.0)
    half = quad.scale(0.5, 0.5, Point(10, 20))
    assert (half.corners[0].x, half.corners[0].y) == pytest.approx((10, 20))
    assert (half.width, half.height) == pytest.approx((20, 15))
