"""Labels of the pixels of a hole: their shifts, and what follows from them."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.imaging.completion import shift_map
from glide_studio.imaging.completion.completion_settings import Settings
from glide_studio.imaging.completion.expectation import NO_LOOKS
from glide_studio.imaging.completion.field import new_field
from glide_studio.imaging.completion.pyramid import Level
from glide_studio.imaging.completion.shift_map import (
    Labels,
    follow_labels,
    join_copies,
    most_voted,
)


def scene() -> Level:
    image = np.random.default_rng(2).uniform(0, 255, (40, 44, 3)).astype(np.float32)
    hole = np.zeros((40, 44), np.bool_)
    hole[18:26, 15:27] = hole[20, 28] = True
    return Level(image, hole, ~hole)


def test_shifts_are_those_of_the_pixels_of_the_hole_in_their_order() -> None:
    ly, lx = (np.full((3, 4), -1, np.int32) for _ in range(2))
    ly[0, 1], lx[0, 1] = 2, 30
    ly[2, 3], lx[2, 3] = 11, 5
    labels = Labels((10, 20), ly, lx)
    assert labels.inside.sum() == 2
    assert labels.shifts().tolist() == [[-8, 9], [-1, -18]]


def test_equal_shifts_of_any_labelling_get_one_number() -> None:
    inside = np.array([[True, False], [True, True]])
    first = np.array([[-3, 5], [0, -7], [-3, 5]], np.int32)
    second = np.array([[4, 4], [-3, 5], [-3, -5]], np.int32)
    found, planes = shift_map._number_shifts([first, second], inside)
    assert len(found) == len({tuple(shift) for shift in found}) == 4
    for given, plane in zip((first, second), planes, strict=True):
        assert plane[0, 1] == -1
        assert np.array_equal(found[plane[inside]], given)


def test_each_pixel_takes_the_source_that_most_patches_over_it_agree_on() -> None:
    level = scene()
    field = new_field(level, 2, np.random.default_rng(0))
    ys, xs = np.indices(field.target.shape) + field.origin[:, None, None]
    field.ny[...], field.nx[...], field.cost[...] = ys - 14, xs + 2, 1
    single = (ys == 22) & (xs == 20)
    field.ny[single] = 4  # outvoted by all around
    cheap = (ys >= 23) & (xs >= 24)
    field.nx[cheap], field.cost[~cheap] = xs[cheap] - 9, 1e6  # count as much as exp(-1)
    labels = most_voted(level, field, lambda: None)
    rows, columns = np.nonzero(labels.inside)
    assert len(rows) == level.hole.sum()
    shifts = labels.shifts()
    at = np.stack([rows + labels.origin[0], columns + labels.origin[1]], 1)
    near = (at[:, 0] >= 22) & (at[:, 1] >= 26)  # at row 22 two of five outvote three
    assert {tuple(shift) for shift in shifts[at[:, 0] < 22]} == {(-14, 2)}
    assert {tuple(shift) for shift in shifts[near]} == {(-14, -9)}


def test_labels_give_the_colors_and_the_matches_of_the_hole() -> None:
    level = scene()
    truth = level.image.copy()
    field = new_field(level, 2, np.random.default_rng(0))
    ys, xs = np.indices(field.target.shape) + field.origin[:, None, None]
    inside = level.hole[ys, xs]
    ly = np.where(inside, ys - 14, -1).astype(np.int32)
    lx = np.where(inside, xs + 2, -1).astype(np.int32)
    drawn = field.ny.copy()
    follow_labels(level, field, Labels((16, 13), ly, lx))
    hole = np.nonzero(level.hole)
    assert np.array_equal(level.image[hole], truth[hole[0] - 14, hole[1] + 2])
    assert np.array_equal(level.image[~level.hole], truth[~level.hole])
    assert np.array_equal(field.ny[inside], (ys - 14)[inside])
    assert np.array_equal(field.nx[inside], (xs + 2)[inside])
    assert np.array_equal(field.ny[~inside], drawn[~inside])


@pytest.mark.parametrize("better", [0, 1])
def test_the_cheaper_of_two_starts_is_improved_and_its_cost_is_told(better: int) -> None:
    """The picture repeats itself by (-14, 0), so that this start costs nothing."""
    tile = np.random.default_rng(2).uniform(0, 255, (14, 44, 3)).astype(np.float32)
    hole = np.zeros((42, 44), np.bool_)
    hole[18:26, 15:27] = True
    level = Level(np.tile(tile, (3, 1, 1)), hole, ~hole)
    ys, xs = np.mgrid[18:26, 15:27].astype(np.int32)
    good, bad = Labels((18, 15), ys - 14, xs), Labels((18, 15), ys - 13, xs + 3)
    starts = [good, bad] if better == 0 else [bad, good]
    none = np.zeros((0, 2), np.int32)
    given = (none, [], None, NO_LOOKS, Settings(), lambda: None)
    labels, first, cost = join_copies(level, starts, *given)
    assert (first, cost) == (better, 0)
    assert np.array_equal(labels.ly, good.ly)
    improved, first, cost = join_copies(level, [bad], np.array([[-14, 0]], np.int32), *given[1:])
    assert (first, cost) == (0, 0), "by a shift that repeats the picture"
    assert np.array_equal(improved.lx, good.lx)
    worse, _, cost = join_copies(level, [bad], *given)
    assert cost > 1000
    assert np.array_equal(worse.lx, bad.lx)


def test_what_is_unlike_the_rim_costs_a_pixel_as_much_as_is_set() -> None:
    tile = np.random.default_rng(2).uniform(0, 255, (14, 44, 3)).astype(np.float32)
    hole = np.zeros((42, 44), np.bool_)
    hole[18:26, 15:27] = True
    level = Level(np.tile(tile, (3, 1, 1)), hole, ~hole)
    ys, xs = np.mgrid[18:26, 15:27].astype(np.int32)
    start, none = Labels((18, 15), ys - 14, xs), np.zeros((0, 2), np.int32)
    unlike = np.full((42, 44), 0.25, np.float32)
    settings = Settings(unlike_seam=300.0)
    _, _, cost = join_copies(level, [start], none, [], unlike, NO_LOOKS, settings, lambda: None)
    assert cost == pytest.approx(75, rel=1e-4)
    looks = np.zeros((42, 44, 1), np.float32)
    looks[:18] = 1  # half as strange as can be
    settings = Settings(unexpected_seam=1200.0)
    _, _, cost = join_copies(level, [start], none, [], None, looks, settings, lambda: None)
    assert cost == pytest.approx(600, rel=1e-4)


def test_a_shift_out_of_the_picture_ends_at_its_border() -> None:
    level, shifts = scene(), np.array([[-90, -90], [90, 90], [2, 3]], np.int32)
    chosen = np.array([[0, 1], [2, -1]], np.int32)
    found = shift_map._follow_shifts(level, (18, 15), shifts, chosen)
    assert found.ly.tolist() == [[0, 39], [21, -1]]
    assert found.lx.tolist() == [[0, 43], [18, -1]]
