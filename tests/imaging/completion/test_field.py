"""Matches of a completion and what speaks against them."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.imaging.completion import field as field_module
from glide_studio.imaging.completion.completion_settings import Settings
from glide_studio.imaging.completion.expectation import NO_LOOKS
from glide_studio.imaging.completion.field import (
    UNMATCHED,
    Field,
    Shorts,
    bands,
    carry_up,
    confidence,
    improve,
    new_field,
    overuse,
    patch_means,
    spread_of,
    vote,
)
from glide_studio.imaging.completion.kernels import MEAN_STEPS
from glide_studio.imaging.completion.pyramid import Level


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


def shifted(shift: tuple[int, int], radius: int = 2) -> tuple[Level, Field, np.ndarray]:
    """A noisy level with a hole, a field whose matches all have one shift, and the noise itself.

    The noise repeats itself by (-14, 2).
    """
    noise = np.random.default_rng(2).uniform(0, 255, (14, 60, 3)).astype(np.float32)
    y, x = np.indices((44, 44))
    truth = noise[y % 14, x + 2 * (y // 14)]
    hole = np.zeros((44, 44), np.bool_)
    hole[18:26, 15:27] = True
    level = Level(truth.copy(), hole, ~hole)
    level.image[hole] = 0
    field = new_field(level, radius, np.random.default_rng(0))
    ys, xs = np.indices(field.target.shape)
    field.ny[...] = ys + field.origin[0] + shift[0]
    field.nx[...] = xs + field.origin[1] + shift[1]
    return level, field, truth


def test_a_new_field_covers_the_patches_over_the_hole_with_places_to_take_from() -> None:
    level, field, _ = shifted((0, 0))
    field = new_field(level, 2, np.random.default_rng(0))
    assert field.origin.tolist() == [16, 13]
    assert field.target.shape == (12, 16)
    assert field.target.all()
    assert field.centers[field.ny, field.nx].all()
    assert (field.cost == UNMATCHED).all()
    assert len(np.unique(field.ny)) > 15
    assert field.rows.tolist() == [[0, 43]] * 44


def means_of(level: Level, field: Field) -> Shorts:
    return patch_means(level.image, field.radius, lambda: None)


def test_matches_vote_for_the_colors_of_the_hole() -> None:
    level, field, truth = shifted((-14, 2))
    field.cost[...] = 0
    weight = np.ones(field.target.shape, np.float32)
    vote(level, field, means_of(level, field), Settings(bias=0), weight, 1.0, lambda: None)
    assert np.array_equal(level.image[~level.hole], truth[~level.hole])
    assert level.image[18:26, 15:27] == pytest.approx(truth[18:26, 15:27], abs=1e-2)


def test_near_and_cheap_matches_outvote_the_others() -> None:
    """Weights are exp(-cost / (spread x scale)), times the confidence."""
    level, _, _ = shifted((0, 0))
    wide = new_field(level, 1, np.random.default_rng(0))
    wide.cost[...], wide.ny[...], wide.nx[...] = 0, 3, 3
    ys = np.indices(wide.target.shape)[0]
    wide.ny[ys % 2 == 1] = 33
    wide.cost[ys % 2 == 1] = 50
    flat = level.image.copy()
    flat[:20], flat[20:] = 10, 110
    level.image[...] = flat
    ones = np.ones(wide.target.shape, np.float32)
    vote(level, wide, means_of(level, wide), Settings(bias=0), ones, 2.0, lambda: None)
    w = np.exp(-50 / (2.0 * spread_of(wide)))
    rows = level.image[19:25, 20, 0]
    # of three rows of patches over a pixel two are of one kind
    found = {round(float(row), 2) for row in rows}
    assert found == {
        round(float((2 * 10 + w * 110) / (2 + w)), 2),
        round(float((10 + 2 * w * 110) / (1 + 2 * w)), 2),
    }


def test_improving_ends_with_the_votes() -> None:
    level, field, truth = shifted((-14, 2))
    weight = np.ones(field.target.shape, np.float32)
    level.image[...] = truth
    wanted = level.image.copy()
    level.image[22, 20] += 60  # what all patches over it say otherwise
    none = np.zeros((0, 2), np.int32)
    state = np.array([1, 2, 3, 4], np.uint32)
    improve(
        level, field, means_of(level, field), Settings(bias=0), weight, 1.0, 0, 1, none, None,
        NO_LOOKS, state, lambda: None,
    )  # fmt: skip
    assert level.image == pytest.approx(wanted, abs=0.1)
    far = np.indices(field.target.shape) + field.origin[:, None, None] - np.array([[[22]], [[20]]])
    touched = np.abs(far).max(0) <= 2
    assert (field.cost[touched] > 1000).all()
    assert field.cost[~touched].max() < 1


def test_improving_computes_the_means_over_the_hole_anew() -> None:
    level, field, truth = shifted((-14, 2))
    means = means_of(level, field)
    level.image[...] = truth
    wanted = means_of(level, field)
    assert not np.array_equal(means, wanted)
    improve(
        level, field, means, Settings(bias=0), np.ones(field.target.shape, np.float32), 1.0, 0, 1,
        np.zeros((0, 2), np.int32), None, NO_LOOKS, np.array([1, 2, 3, 4], np.uint32),
        lambda: None,
    )  # fmt: skip
    assert np.array_equal(means, wanted)


def test_what_looks_unlike_costs_as_much_more_as_is_usual() -> None:
    """A place that is unlike costs `unlike` times the upper quartile of the costs."""
    level, field, truth = shifted((-14, 2))
    field.cost[...] = np.random.default_rng(1).uniform(50, 150, field.cost.shape)
    level.image[...] = truth
    usual = np.percentile(field.cost, 75)
    unlike = np.zeros((44, 44), np.float32)
    unlike[5, 20] = 0.5
    none, state = np.zeros((0, 2), np.int32), np.array([1, 2, 3, 4], np.uint32)
    improve(
        level, field, means_of(level, field), Settings(bias=0, unlike=3.0, unexpected=0.0),
        np.ones(field.cost.shape, np.float32), 1.0, 0, 1, none, unlike, NO_LOOKS, state,
        lambda: None,
    )  # fmt: skip
    here = (field.ny == 5) & (field.nx == 20)
    assert here.sum() == 1
    assert field.cost[here] == pytest.approx(1.5 * usual, rel=1e-4)
    assert field.cost[~here].max() < 0.1


@pytest.mark.parametrize("radius", [1, 2, 3])
def test_means_of_patches_are_the_same_in_bands(
    radius: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = np.random.default_rng(2).uniform(0, 255, (23, 30, 5)).astype(np.float32)
    looks: list[int] = []
    monkeypatch.setattr(field_module, "BAND_PIXELS", 30)
    found = patch_means(image, radius, lambda: looks.append(1))
    assert len(looks) == -(-23 // (2 * radius + 1))
    inner = np.lib.stride_tricks.sliding_window_view(
        image[..., :3], (2 * radius + 1, 2 * radius + 1), (0, 1)
    ).mean((-1, -2))
    tones = found[radius:-radius, radius:-radius] / MEAN_STEPS
    assert tones == pytest.approx(inner, abs=0.51 / MEAN_STEPS)


def test_means_of_patches_beyond_what_can_be_told_are_the_largest() -> None:
    image = np.zeros((9, 9, 3), np.float32)
    image[:5], image[5:] = 1e4, -1e4
    found = patch_means(image, 1, lambda: None)
    assert (found[0] == 32767).all()
    assert (found[-1] == -32767).all()


def test_confidence_falls_with_every_pixel_from_what_is_known() -> None:
    hole = np.zeros((60, 60), np.bool_)
    hole[10:50, 10:50] = True
    level = Level(np.zeros((60, 60, 3), np.float32), hole, ~hole)
    field = new_field(level, 2, np.random.default_rng(0))
    found = confidence(level, field, 3.0)
    assert found.shape == field.target.shape
    assert found[0, 20] == found[1, 20] == 1, "a center outside of the hole is known"
    assert found[2:8, 20] == pytest.approx(3.0 ** -np.arange(1, 7), rel=0.02)
    assert found.min() == np.float32(1e-6)
    assert np.array_equal(found, found[::-1])


def test_the_scale_of_the_weights_is_the_upper_quartile_of_the_costs() -> None:
    _, field, _ = shifted((0, 0))
    field.cost[...] = np.linspace(0, 100, field.cost.size).reshape(field.cost.shape)
    assert spread_of(field) == pytest.approx(75, abs=0.5)
    field.target[: len(field.target) // 2] = False
    assert spread_of(field) == pytest.approx(87.5, abs=0.5)
    field.cost[...] = 0.01
    assert spread_of(field) == 1


def test_a_finer_level_begins_with_the_matches_of_the_coarser_one() -> None:
    hole = np.zeros((120, 72), np.bool_)
    hole[60:84, 24:52] = True
    fine_level = Level(np.zeros((120, 72, 3), np.float32), hole, ~hole)
    coarse_level = Level(np.zeros((60, 36, 3), np.float32), hole[::2, ::2], ~hole[::2, ::2])
    rng = np.random.default_rng(0)
    coarse, fine = (new_field(level, 2, rng) for level in (coarse_level, fine_level))
    coarse.cost[...] = 7
    ys, xs = np.indices(coarse.target.shape)
    coarse.ny[...], coarse.nx[...] = ys + coarse.origin[0] - 14, xs + coarse.origin[1] - 1
    coarse.ny[:5] = 0  # twice that does not fit a patch, so that what was drawn stays
    drawn = fine.ny.copy()
    carry_up(coarse, fine)
    rows, columns = np.indices(fine.target.shape)
    rows, columns = rows + fine.origin[0], columns + fine.origin[1]
    good = fine.cost < UNMATCHED
    assert (fine.cost[good] == 7).all()
    assert good[rows - 2 * coarse.origin[0] >= 10].all()
    assert np.array_equal(fine.ny[good], rows[good] - 28)
    assert np.array_equal(fine.nx[good], columns[good] - 2)
    assert not good.all()
    assert np.array_equal(fine.ny[~good], drawn[~good])


def test_bands_follow_each_other_and_are_short() -> None:
    for shape in ((1, 1), (700, 900), (7, 50_000), (20_001, 1)):
        found = bands(shape)
        assert [first for first, _ in found] == [0, *(end for _, end in found[:-1])]
        assert found[-1][1] == shape[0]
        assert all(end - first == max(1, 20_000 // shape[1]) for first, end in found[:-1])
