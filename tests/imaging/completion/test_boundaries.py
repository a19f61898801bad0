"""Boundaries of regions: on which side pixels lie, how far away, and what continues them."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.imaging.completion.boundaries import (
    SIDE_REACH,
    STEP,
    Boundary,
    boundary_of,
    distances_to,
    space_evenly,
)
from glide_studio.imaging.completion.lines import Gap

SHAPE = (120, 200)
CENTER, RADIUS = np.array([220.0, 100.0]), 150.0


def arc() -> Boundary:
    """A bow over the picture, which enters the hole after 60 pixels and leaves it after 120."""
    turn = np.linspace(-0.62, 0.62, 400)
    points = space_evenly(CENTER + RADIUS * np.stack([-np.cos(turn), np.sin(turn)], 1))
    return Boundary(points, (0.0, 60.0, 120.0, 185.0))


def from_center() -> np.ndarray:
    ys, xs = np.indices(SHAPE)
    return np.hypot(ys - CENTER[0], xs - CENTER[1])


def test_points_are_half_a_pixel_apart() -> None:
    points = arc().points
    assert np.hypot(*np.diff(points, axis=0).T) == pytest.approx(STEP, abs=1e-3)
    assert space_evenly(np.array([[0.0, 0.0], [0.0, 2.0]])).tolist() == [
        [0, 0], [0, 0.5], [0, 1], [0, 1.5],
    ]  # fmt: skip


def test_pixels_inside_of_a_bow_lie_on_one_side_and_all_others_on_the_other() -> None:
    away = from_center() - RADIUS
    found = arc().signed_distance(SHAPE)
    near = np.abs(away) < 20
    near[:, :20] = near[:, 180:] = False  # beside its ends
    assert np.abs(found - np.sign(found[0, 100]) * away)[near].max() < 1.5


def test_distances_are_limited_and_none_where_there_is_no_boundary() -> None:
    planes = distances_to([arc(), boundary_of(Gap((5, 0), (0, 1), 9, 9, True), 300)], SHAPE)
    assert planes.shape == (*SHAPE, 2)
    assert planes.dtype == np.float32
    assert np.abs(planes).max() == SIDE_REACH
    expected = np.minimum(np.abs(np.arange(120) - 5), SIDE_REACH)
    assert np.abs(planes[:, 50, 1]) == pytest.approx(expected, abs=0.05)
    assert distances_to([], SHAPE).shape == (0, 0, 0)


def test_a_horizon_runs_through_both_of_its_ends() -> None:
    gap = Gap((40.0, 60.0), (0.0, 1.0), 60.0, 50.0, True, True, (50.0, 110.0))
    points = boundary_of(gap, 300).points
    for end in ((40, 60), (50, 110)):
        assert np.hypot(*(points - end).T).min() < 0.3
    assert boundary_of(gap, 300).marks == (240, 300, 350, 350)


def test_a_boundary_of_twice_the_size_divides_the_same_pixels() -> None:
    small, large = arc(), arc().scale(2)
    assert large.marks == (0, 120, 240, 370)
    wide = large.signed_distance((240, 400))[::2, ::2] > 0
    same = wide == (small.signed_distance(SHAPE) > 0)
    assert same.mean() > 0.99
    assert len(large.in_hole()) == pytest.approx(2 * len(small.in_hole()), abs=2)


def test_shifts_put_a_boundary_onto_what_is_seen_of_it() -> None:
    bow = arc()
    ys, xs = np.rint(bow.in_hole()).astype(int).T
    moves = bow.shifts(ys, xs, SHAPE)
    assert moves is not None
    to = np.stack([ys, xs], 1) + moves
    seen = np.concatenate([bow.points[:121], bow.points[240:]])
    gaps = np.hypot(*np.moveaxis(to[:, None] - seen, -1, 0)).min(1)
    assert gaps.max() < 4
    assert np.median(gaps) < 1.5
    assert 1 < len(np.unique(moves, axis=0)) <= 3, "large pieces"


def test_of_a_boundary_that_is_hardly_seen_nothing_is_copied() -> None:
    bow = arc()
    hardly = Boundary(bow.points, (60.0, 60.0, 120.0, 121.0))
    assert hardly.shifts(np.array([70]), np.array([100]), SHAPE) is None
    nowhere = Boundary(bow.points, (59.0, 60.0, 61.0, 61.0))
    assert nowhere.shifts(np.array([70]), np.array([100]), SHAPE) is None
