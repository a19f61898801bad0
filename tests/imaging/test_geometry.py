"""Boxes are half-open and closed under what is done to them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glide_studio.imaging.geometry import Box, Point, Size

sides = st.integers(0, 60)
places = st.integers(-60, 60)
boxes = st.builds(Box, places, places, sides, sides)


def pixels(box: Box) -> set[tuple[int, int]]:
    return {(x, y) for x in range(box.x, box.right) for y in range(box.y, box.bottom)}


@given(boxes, boxes)
def test_clamp_is_the_intersection_of_pixels(a: Box, b: Box) -> None:
    assert pixels(a.clamp(b)) == pixels(a) & pixels(b)


@given(boxes, boxes)
def test_union_holds_both_and_is_the_smallest(a: Box, b: Box) -> None:
    union = a.union(b)
    assert a in union
    assert b in union
    if not a.empty and not b.empty:
        assert (
            union.area
            <= Box.between(
                min(a.x, b.x), min(a.y, b.y), max(a.right, b.right), max(a.bottom, b.bottom)
            ).area
        )


@given(boxes, st.integers(1, 20))
def test_snap_grows_to_the_grid_and_no_further(box: Box, step: int) -> None:
    snapped = box.snap(step)
    assert box in snapped
    assert all(edge % step == 0 for edge in (snapped.x, snapped.y, snapped.right, snapped.bottom))
    assert snapped.width < box.width + 2 * step
    assert snapped.height < box.height + 2 * step


@given(boxes, st.integers(1, 20))
def test_cells_are_those_that_share_a_pixel(box: Box, step: int) -> None:
    touched = {(y // step, x // step) for x, y in pixels(box)}
    assert list(box.cells(step)) == sorted(touched)


@given(boxes, st.integers(0, 30))
def test_padding_is_undone_by_its_negative(box: Box, margin: int) -> None:
    assert box.pad(margin).pad(-margin) == box


def test_slices_index_an_array() -> None:
    array = np.arange(20).reshape(4, 5)
    assert array[Box(1, 2, 3, 1).slices].tolist() == [[11, 12, 13]]


def test_slices_refuse_what_numpy_would_wrap_around() -> None:
    with pytest.raises(ValueError, match="cannot index"):
        _ = Box(-1, 0, 3, 3).slices


def test_negative_sides_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Box(0, 0, -1, 3)
    with pytest.raises(ValueError, match="negative"):
        Size(3, -1)


def test_a_point_on_the_far_edge_is_outside() -> None:
    assert Point(1.9, 1.9) in Box(0, 0, 2, 2)
    assert Point(2.0, 1.0) not in Box(0, 0, 2, 2)


@given(boxes, places, places)
def test_a_box_holds_the_points_of_its_pixels_and_no_others(box: Box, x: int, y: int) -> None:
    assert (Point(x, y) in box) == ((x, y) in pixels(box))
    corner = Point(box.x, box.y)
    assert (corner in box) == (not box.empty)


@given(boxes, boxes)
def test_a_box_holds_another_one_if_it_holds_its_pixels(a: Box, b: Box) -> None:
    assert (a in b) == (pixels(a) <= pixels(b))
