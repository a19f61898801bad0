"""The pyramid of a hole, and what is read from it, against plain loops over pixels."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.imaging.completion import pyramid
from glide_studio.imaging.completion.pyramid import (
    Level,
    add_features,
    bounds,
    enlarge_into,
    fill_smoothly,
    frequent_shifts,
    halve,
    pick_radius,
    source_centers,
    target_centers,
    texture_features,
)


def random_level(height: int, width: int, share: float = 0.3, channels: int = 3) -> Level:
    rng = np.random.default_rng(height * width)
    image = rng.uniform(0, 255, (height, width, channels)).astype(np.float32)
    hole = rng.random((height, width)) < share
    return Level(image, hole, ~hole & (rng.random((height, width)) < 0.7))


@pytest.mark.parametrize("size", [(12, 16), (11, 15), (12, 15), (2, 2), (1, 5)])
def test_half_a_level_holds_the_means_of_what_is_known(size: tuple[int, int]) -> None:
    """One of four pixels is enough to be known, and to be taken from."""
    level = random_level(*size)
    half = halve(level)
    assert half.hole.shape == tuple(-(-side // 2) for side in size)
    for y, x in np.ndindex(*half.hole.shape):
        # beyond the last row and column the picture is repeated
        rows = [min(2 * y + k, size[0] - 1) for k in (0, 1)]
        columns = [min(2 * x + k, size[1] - 1) for k in (0, 1)]
        cell = np.ix_(rows, columns)
        known = ~level.hole[cell]
        assert half.hole[y, x] == (not known.any())
        assert half.source[y, x] == level.source[cell].any()
        if known.any():
            wanted = level.image[cell][known].mean(0)
            assert half.image[y, x] == pytest.approx(wanted, abs=1e-3)


def test_halving_in_bands_is_halving_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    level = random_level(33, 20)
    whole, looks = halve(level), []
    monkeypatch.setattr(pyramid, "BAND_PIXELS", 80)
    bands = halve(level, lambda: looks.append(1))
    assert len(looks) == 9, "two rows of the half a time"
    for name in ("image", "hole", "source"):
        assert np.array_equal(getattr(whole, name), getattr(bands, name))


def test_half_a_level_allows_the_rows_that_both_of_its_rows_allow() -> None:
    level = random_level(5, 6)
    level.rows = np.array([[0, 3], [1, 4], [2, 4], [0, 2], [3, 4]], np.int32)
    rows = halve(level).rows
    assert rows is not None
    assert rows.tolist() == [[0, 2], [0, 2], [2, 2]]
    assert level.allowed_rows(1)[:2].tolist() == [[0, 4], [0, 4]]
    assert level.allowed_rows(1)[4].tolist() == [2, 4]
    level.rows = None
    assert level.allowed_rows(3).tolist() == [[0, 4]] * 5


def test_texture_is_the_mean_slope_of_the_known_pixels_around() -> None:
    """The luma rises by 4 a column and by 2 a row; what the hole hides is not looked at."""
    y, x = np.mgrid[:40, :50]
    image = np.repeat((4.0 * x + 2.0 * y)[..., None], 3, 2).astype(np.float32)
    hole = np.zeros((40, 50), np.bool_)
    hole[10:20, 20:32] = True
    image[hole] = 255
    features = texture_features(image, hole, 5)
    near = np.s_[5:26, 14:38]
    deep = np.zeros_like(hole)
    deep[11:18, 21:30] = True  # no known pair of pixels is that near
    assert features[near][~deep[near]] == pytest.approx(
        np.broadcast_to([4.0, 2.0], features[near][~deep[near]].shape), rel=1e-3
    )
    green = np.zeros((40, 50, 3), np.float32)
    green[..., 1] = 10.0 * x
    assert texture_features(green, hole & False, 5)[20, 20] == pytest.approx([5.87, 0], abs=1e-3)


def test_centers_are_those_whose_patch_fits() -> None:
    level = random_level(20, 24, 0.02)
    for radius in (0, 1, 2):
        source = source_centers(level.source, radius)
        target = target_centers(level.hole, radius)
        for y, x in np.ndindex(20, 24):
            patch = np.s_[max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1]
            whole = level.source[patch].size == (2 * radius + 1) ** 2
            assert source[y, x] == (whole and level.source[patch].all())
            assert target[y, x] == (whole and level.hole[patch].any())
    empty = np.zeros((9, 9), np.bool_)
    assert pick_radius(empty, 3) == -1
    empty[2:5, 3:6] = True
    assert pick_radius(empty, 3) == 1
    assert pick_radius(~np.zeros((4, 9), np.bool_), 3) == 1
    assert bounds(empty) == (2, 3, 5, 6)


def test_a_hole_is_closed_by_a_membrane() -> None:
    """A slope goes on in it, tones stay between those of its rim, and what it hides is nothing."""
    y, x = np.mgrid[:64, :80]
    image = np.stack([2.0 * x, 3.0 * y, 100 + x - y, 7 + 0 * x], -1).astype(np.float32)
    hole = np.zeros((64, 80), np.bool_)
    hole[20:44, 30:60] = True
    wanted = image.copy()
    image[hole] = 1e5
    fill_smoothly(image, hole)
    assert np.array_equal(image[~hole], wanted[~hole])
    assert np.abs(image - wanted).max() < 2
    assert image[hole][:, 3] == pytest.approx(7, abs=1e-3)
    margin = np.zeros((64, 80), np.bool_)
    margin[:, 60:] = True
    image = wanted.copy()
    image[margin] = -1e5
    fill_smoothly(image, margin)
    assert image[:, 60, 0] == pytest.approx(118, abs=5)
    assert 60 < image[margin][:, 0].min() <= image[margin][:, 0].max() <= 118
    assert image[margin][:, 3] == pytest.approx(7, abs=1e-3)


@pytest.mark.parametrize("known", [(0, 0), (40, 0), (63, 99), (30, 50)])
def test_one_known_pixel_gives_its_tone_to_all_of_a_hole(known: tuple[int, int]) -> None:
    image, hole = np.zeros((64, 100, 3), np.float32), np.ones((64, 100), np.bool_)
    hole[known], image[known] = False, (40, 120, 200)
    fill_smoothly(image, hole)
    assert np.abs(image - (40, 120, 200)).max() < 0.01


def test_the_shifts_by_which_a_pattern_repeats_are_found() -> None:
    tile = np.random.default_rng(3).uniform(0, 255, (12, 18, 3)).astype(np.float32)
    image = np.tile(tile, (8, 6, 1))
    hole = np.zeros(image.shape[:2], np.bool_)
    hole[30:50, 40:70] = True
    level = Level(image, hole, ~hole)
    shifts = frequent_shifts(level, 6, 7)
    assert shifts.shape == (12, 2)
    assert np.array_equal(shifts[6:], -shifts[:6])
    assert {tuple(shift % (12, 18)) for shift in shifts} == {(0, 0)}
    many = {tuple(np.abs(shift)) for shift in frequent_shifts(level, 60, 7)}
    assert {(12, 0), (0, 18), (12, 18), (24, 0)} <= many
    assert frequent_shifts(level, 0, 7).shape == (0, 2)
    assert np.hypot(*frequent_shifts(level, 6, 20).T).min() >= 20


def test_a_level_takes_the_colors_of_the_coarser_one_where_they_lie() -> None:
    y, x = np.mgrid[:40, :48]
    image = np.stack([2.0 * x, 3.0 * y, x + y], -1).astype(np.float32)
    hole = np.zeros((40, 48), np.bool_)
    hole[9:30, 12:35] = True
    level = Level(image.copy(), hole, ~hole)
    half = halve(Level(image, hole & False, ~hole))
    level.image[hole] = -1
    enlarge_into(level, half.image)
    assert level.image == pytest.approx(image, abs=1e-3)


def test_features_stand_behind_the_colors_of_every_level() -> None:
    first = random_level(32, 40, 0.1)
    second = halve(first)
    wanted = texture_features(first.image, first.hole, 9) * 6
    coarse = halve(Level(wanted, first.hole, first.source)).image
    add_features([first, second], 6.0)
    assert first.image.shape[2] == second.image.shape[2] == 5
    assert first.image[..., 3:] == pytest.approx(wanted, abs=1e-3)
    assert second.image[..., 3:] == pytest.approx(coarse, abs=1e-3)
    plain = random_level(8, 8)
    add_features([plain], 0.0)
    assert plain.image.shape[2] == 3
