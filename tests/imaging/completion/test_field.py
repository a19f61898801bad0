"""Matches of a completion and what speaks against them."""

from __future__ import annotations

import numpy as np

from glide_studio.imaging.completion.field import Field, overuse, spread_of


def crowded(radius: int = 1) -> Field:
    """12 x 12 matches, all of them on the place (20, 10), in a picture of 40 x 40."""
    shape = (12, 12)
    return Field(
        np.array([5, 5]),
        np.full(shape, 20, np.int32),
        np.full(shape, 10, np.int32),
        np.full(shape, 100, np.float32),
        np.ones(shape, np.bool_),
        np.ones((40, 40), np.bool_),
        np.tile(np.array([0, 39], np.int32), (40, 1)),
        radius,
    )


def test_a_place_that_all_take_costs_more_just_around_it() -> None:
    costs = overuse(crowded(), 1.0)
    assert np.argwhere(costs).min(0).tolist() == [19, 9]
    assert np.argwhere(costs).max(0).tolist() == [21, 11]
    # 144 matches on 9 places, where one each would be fair
    assert np.allclose(costs[19:22, 9:12], (144 / 9 - 1) * spread_of(crowded()))
    assert np.allclose(overuse(crowded(), 2.0), 2 * costs)


def test_what_is_taken_no_more_than_all_costs_nothing() -> None:
    spread = crowded()
    spread.ny[...], spread.nx[...] = np.indices((12, 12)) * 3 + 2
    assert not overuse(spread, 1.0).any()
    assert not overuse(crowded(), 0.0).any()
