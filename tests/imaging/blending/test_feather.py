"""The feather runs inwards, whatever the mask."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from glide_studio.imaging.blending.feather import alpha_over, feather, replace_covered
from tests.imaging.blending.scenes import disc

masks = arrays(np.float32, (24, 31), elements=st.sampled_from([0.0, 0.0, 0.25, 1.0, 1.0]))


@settings(max_examples=60)
@given(masks, st.floats(0, 12))
def test_alpha_lies_inside_the_mask_and_below_it(mask, width):
    alpha = feather(mask, width)
    assert ((alpha > 0) == (mask > 0)).all()
    assert (alpha <= mask).all()


def test_a_wide_mask_is_full_in_the_middle_and_fades_at_the_edge():
    alpha = feather(disc(), 8)
    row = alpha[80, 80:130]
    assert row[:35].min() == 1
    assert (np.diff(row[36:46]) < 0).all()
    assert 0 < row[44] < 0.05
    assert row[45:].max() == 0


def test_a_soft_mask_is_multiplied():
    soft = disc() * np.float32(0.5)
    assert np.allclose(feather(soft, 8), feather(disc(), 8) * 0.5)


@pytest.mark.parametrize("breadth", [1, 2, 3, 6])
def test_a_thin_stroke_keeps_its_core(breadth):
    mask = np.zeros((60, 60), np.float32)
    mask[20 : 20 + breadth] = 1
    mask[40:60] = 1
    alpha = feather(mask, 10)
    assert alpha[20 : 20 + breadth].max() > 0.7
    assert alpha[59, 30] == 1


def test_the_border_of_the_picture_is_no_edge():
    mask = np.ones((20, 20), np.float32)
    assert (feather(mask, 5) == 1).all()
    mask[:, 10:] = 0
    assert (feather(mask, 3)[:, :5] == 1).all()


def test_no_width_is_the_mask_itself():
    mask = disc()
    alpha = feather(mask, 0)
    assert np.array_equal(alpha, mask)
    assert alpha is not mask


def test_a_feather_of_one_pixel_fades_the_outermost_one():
    mask = np.zeros((9, 30), np.float32)
    mask[:, 10:] = 1
    assert feather(mask, 1)[4, 9:13].tolist() == [0.0, 0.5, 1.0, 1.0]


def rgba(seed: int, dtype: np.dtype, side: int = 24) -> np.ndarray:
    top = int(np.iinfo(dtype).max)
    return np.random.default_rng(seed).integers(0, top + 1, (side, side, 4)).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_only_covered_pixels_are_replaced_and_fully_covered_ones_exactly(dtype):
    old, new = rgba(1, dtype), rgba(2, dtype)
    coverage = feather(disc(24, 9), 3)
    result = replace_covered(old, new, coverage)
    assert result.dtype == dtype
    assert np.array_equal(result[coverage == 0], old[coverage == 0])
    assert np.array_equal(result[coverage == 1], new[coverage == 1])
    between = (coverage > 0) & (coverage < 1)
    assert between.any()
    top = np.iinfo(dtype).max
    wanted = old[..., 3] + coverage * (new[..., 3].astype(float) - old[..., 3])
    assert np.abs(result[..., 3] - wanted)[between].max() <= 0.51 + top * 1e-6


def test_color_under_alpha_0_stays_where_nothing_is_covered():
    old = np.array([[[12, 34, 56, 0], [12, 34, 56, 0]]], np.uint8)
    new = np.array([[[0, 0, 0, 255], [90, 80, 70, 0]]], np.uint8)
    result = replace_covered(old, new, np.array([[0, 1]], np.float32))
    assert result.tolist() == [[[12, 34, 56, 0], [90, 80, 70, 0]]]


def test_colors_are_mixed_by_their_alphas():
    old = np.array([[[200, 100, 0, 255], [0, 255, 0, 0], [10, 20, 30, 255]]], np.uint8)
    new = np.array([[[0, 100, 200, 255], [90, 80, 70, 200], [0, 0, 0, 0]]], np.uint8)
    result = replace_covered(old, new, np.full((1, 3), 0.5, np.float32))
    assert result[0, 0].tolist() == [100, 100, 100, 255]
    assert result[0, 1].tolist() == [90, 80, 70, 100], "color under alpha 0 does not bleed"
    assert result[0, 2].tolist() == [10, 20, 30, 128]


@pytest.mark.parametrize("end", [0, 255])
def test_equal_colors_stay_as_they_are_however_much_is_covered(end):
    pixels = np.full((1, 5, 4), end, np.uint8)
    pixels[..., 3] = 255
    coverage = np.linspace(0, 1, 5, dtype=np.float32)[None]
    assert np.array_equal(replace_covered(pixels, pixels.copy(), coverage), pixels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_a_photo_in_integers_is_covered_as_one_in_floats(dtype):
    rng = np.random.default_rng(1)
    photo = rng.integers(0, np.iinfo(dtype).max, (160, 160, 3), dtype, endpoint=True)
    unit = photo / np.float32(np.iinfo(dtype).max)
    pixels, alpha = rng.random((160, 160, 3), np.float32), feather(disc(), 8)
    seen = alpha_over(photo, pixels, alpha)
    assert np.array_equal(seen, alpha_over(unit, pixels, alpha))
    assert np.array_equal(seen[alpha == 0], unit[alpha == 0])
    share = alpha[..., None]
    assert seen == pytest.approx(share * pixels + (1 - share) * unit, abs=1e-6)
