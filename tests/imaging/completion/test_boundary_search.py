"""Boundaries that go on through a hole, and those that do not."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.imaging.completion.boundaries import Boundary, boundary_of, distances_to
from glide_studio.imaging.completion.boundary_search import find_boundaries
from glide_studio.imaging.completion.complete import complete
from glide_studio.imaging.completion.expectation import expect
from glide_studio.imaging.completion.lines import Gap
from glide_studio.imaging.completion.pyramid import Level

SEA, SAND, GRASS = (70, 110, 150), (205, 185, 150), (60, 110, 50)


def shore(bend: float = 0.004) -> np.ndarray:
    """[320]: the row at which a bay ends in each column."""
    return 120 - bend * (np.arange(320) - 160.0) ** 2 + 20


def bay(bend: float = 0.004) -> np.ndarray:
    """uint8 [240, 320, 3]: grained sea above a curved shore and grained sand below."""
    sand = np.arange(240)[:, None] > shore(bend)
    image = np.where(sand[..., None], SAND, SEA)
    grain = np.random.default_rng(5).normal(0, 4, image.shape)
    return np.clip(image + grain, 0, 255).astype(np.uint8)


def middle() -> np.ndarray:
    hole = np.zeros((240, 320), np.bool_)
    hole[90:190, 110:215] = True
    return hole


def found_in(image: np.ndarray, hole: np.ndarray, known: tuple[Boundary, ...] = ()) -> list:
    filled = image.astype(np.float32)
    filled[hole] = 0
    return find_boundaries(Level(filled, hole, ~hole), known)


def test_a_curved_shore_goes_on_through_the_hole() -> None:
    (only,) = found_in(bay(), middle())
    rows, columns = only.in_hole().T
    assert np.abs(rows - np.interp(columns, np.arange(320), shore())).max() < 3
    assert columns.min() < 112
    assert columns.max() > 212
    assert only.marks[1] - only.marks[0] > 30


@pytest.mark.parametrize(("depth", "seed"), [(8, 0), (8, 1), (16, 2)])
def test_both_sides_of_a_curved_shore_keep_their_own_colors(depth: int, seed: int) -> None:
    line = 120 + 16 * np.sin(np.arange(320) * 2 * np.pi / 320 + 0.5)
    below = np.arange(240)[:, None] - line
    image = np.where(below[..., None] > 0, SAND, SEA)
    image = np.clip(image + np.random.default_rng(5).normal(0, 4, image.shape), 0, 255)
    unit, kind = (257, np.uint16) if depth == 16 else (1, np.uint8)
    image = image.astype(np.uint8).astype(kind) * kind(unit)
    hole = np.zeros((240, 320), np.bool_)
    hole[60:180, 100:220] = True
    filled = complete(image, hole, seed=seed).paste(image)
    assert filled.dtype == kind
    assert np.array_equal(filled, complete(image, hole, seed=seed).paste(image))
    for side, color in ((hole & (below < -5), SEA), (hole & (below > 5), SAND)):
        assert side.sum() > 5000
        assert np.abs(filled[side] / unit - color).max() < 40


def test_edges_that_end_in_the_hole_change_nothing() -> None:
    """A bar of sand reaches the hole from the left alone."""
    hole = middle()
    image = np.random.default_rng(1).normal(SEA, 4, (240, 320, 3))
    image[115:160, :165] += np.subtract(SAND, SEA)
    image = np.clip(image, 0, 255).astype(np.uint8)
    assert found_in(image, hole) == []
    level = Level(image.astype(np.float32), hole, ~hole)
    known = distances_to(find_boundaries(level, ()), (240, 320))
    assert np.array_equal(expect(level, known), expect(level))


def test_regions_of_other_colors_are_not_joined() -> None:
    image, hole = bay(), middle()
    sand = np.arange(240)[:, None] > shore()
    image[:, 165:][sand[:, 165:]] = GRASS
    assert found_in(image, hole) == []


def test_a_bend_that_is_too_sharp_is_no_curve() -> None:
    """A bar that comes in from the left and one that comes from below."""
    hole = np.zeros((240, 240), np.bool_)
    hole[80:160, 80:160] = True
    image = np.full((240, 240, 3), SEA, np.float32)
    image[120:, :120] = SAND
    assert found_in(image.astype(np.uint8), hole) == []


def test_where_the_rim_is_unlike_its_region_nothing_goes_on() -> None:
    """The shore is seen at both ends, but what lies above the hole is sand again."""
    image, hole = bay(), middle()
    image[80:110, 104:221] = SAND
    hole[:110] = False
    assert found_in(image, hole) == []


def test_both_banks_of_a_river_go_on_without_meeting() -> None:
    image = bay()
    ground = np.arange(240)[:, None] < shore() - 34
    image[ground] = GRASS
    image = np.clip(image + np.random.default_rng(2).normal(0, 3, image.shape), 0, 255)
    hole = np.zeros((240, 320), np.bool_)
    hole[70:190, 120:200] = True
    found = found_in(image.astype(np.uint8), hole)
    assert len(found) == 2
    middles = sorted(one.in_hole()[len(one.in_hole()) // 2, 0] for one in found)
    assert middles == pytest.approx([shore()[160] - 34, shore()[160]], abs=4)


def test_what_meets_a_known_boundary_is_not_found_again() -> None:
    horizon = boundary_of(Gap((140.0, 109.0), (0.0, 1.0), 100.0, 106.0, True, True), 600)
    assert len(found_in(bay(0), middle())) == 1
    assert found_in(bay(0), middle(), (horizon,)) == []


@pytest.mark.parametrize("shape", [(1, 1), (2, 9), (11, 40), (13, 13)])
def test_small_and_even_pictures_have_no_boundaries(shape: tuple[int, int]) -> None:
    hole = np.zeros(shape, np.bool_)
    hole[:, : shape[1] // 2] = True
    assert found_in(np.full((*shape, 3), 90, np.uint8), hole) == []
