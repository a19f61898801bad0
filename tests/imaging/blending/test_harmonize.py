"""The whole finish: one function from a patch to a layer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from glide_studio.imaging.blending.harmonize import HarmonizedPatch, HarmonizeOptions, harmonize
from glide_studio.imaging.blending.result_checks import measure_seam
from glide_studio.imaging.filters import gaussian_blur
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.noise import noise_covariance
from tests.imaging.blending.scenes import disc, everywhere, grain, scene

MASK = disc()
OFF = HarmonizeOptions(color=0, sharpness=0, seam=0, texture=0, grain=0, feather=0)


def photo() -> np.ndarray:
    return np.clip(scene(texture=0.03) + grain(sigma=0.015), 0, 1)


def generated() -> np.ndarray:
    """The same scene as from a model: soft, without grain, in another tone, with an object."""
    patch = np.clip(gaussian_blur(scene(texture=0.03), 1.0) * 0.9 + 0.06, 0, 1)
    patch[70:90, 70:90] = (0.8, 0.2, 0.2)
    return patch


def test_a_finished_patch_sits_better_than_a_pasted_one():
    crop, patch = photo(), generated()
    pasted = harmonize(crop, patch, MASK, OFF)
    finished = harmonize(crop, patch, MASK)
    natural = measure_seam(crop, MASK)
    assert finished.seam.median < 0.75 * pasted.seam.median
    assert finished.seam.median < natural.median + 0.3
    assert finished.seam.percentile95 < natural.percentile95 + 0.3
    inside = MASK > 0
    assert np.sqrt(np.trace(noise_covariance(finished.pixels, inside))) == pytest.approx(
        np.sqrt(np.trace(noise_covariance(crop, ~inside))), rel=0.2
    )
    away = np.abs(finished.pixels[75:85, 75:85].mean(axis=(0, 1)) - (0.8, 0.2, 0.2))
    assert away.max() < 0.12  # the object is still what was asked for


def test_all_off_is_the_patch_under_the_mask():
    crop, patch = photo(), generated()
    result = harmonize(crop, patch, MASK, OFF)
    assert np.array_equal(result.pixels, patch)
    assert np.array_equal(result.alpha, MASK)


masks = arrays(np.float32, (48, 40), elements=st.sampled_from([0.0, 0.0, 0.0, 0.4, 1.0]))


@settings(max_examples=25)
@given(
    masks, st.sampled_from([HarmonizeOptions(), OFF, HarmonizeOptions(feather=20, band=1, seed=9)])
)
def test_any_mask_gives_finite_pixels_and_an_alpha_inside_of_it(mask, options):
    crop = scene(48)[:, :40]
    result = harmonize(crop, np.clip(crop + 0.1, 0, 1)[:, ::-1].copy(), mask, options)
    assert np.isfinite(result.pixels).all()
    assert result.pixels.min() >= 0
    assert result.pixels.max() <= 1
    assert ((result.alpha > 0) == (mask > 0)).all()
    assert np.array_equal(result.over(crop)[mask == 0], crop[mask == 0])


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_flat_pictures_survive(level):
    crop = np.full((64, 64, 3), level, np.float32)
    result = harmonize(crop, np.full_like(crop, 0.4), disc(64, 20))
    inside = result.alpha == 1
    assert np.abs(result.pixels[inside] - level).max() < 0.2
    assert result.seam.median < 1.5


def test_the_same_input_gives_the_same_output():
    one, again = (harmonize(photo(), generated(), MASK, HarmonizeOptions(seed=5)) for _ in range(2))
    other = harmonize(photo(), generated(), MASK, HarmonizeOptions(seed=6))
    assert np.array_equal(one.pixels, again.pixels)
    assert not np.array_equal(one.pixels, other.pixels)
    assert not one.pixels.flags.writeable


def test_transparent_surroundings_do_not_color_the_patch():
    crop, known = photo(), everywhere()
    crop[:, :80] = 0
    known[:, :80] = False
    with_known = harmonize(crop, generated(), MASK, known=known)
    without = harmonize(crop, generated(), MASK)
    whole = harmonize(photo(), generated(), MASK)
    near, far = (
        np.abs(result.pixels - whole.pixels)[MASK > 0].mean() for result in (with_known, without)
    )
    assert near < far / 2


def test_a_patch_over_the_whole_crop_needs_no_surroundings():
    result = harmonize(photo(), generated(), np.ones_like(MASK))
    assert np.array_equal(result.pixels, generated())
    assert (result.alpha == 1).all()
    assert result.seam.length == 0


def test_shapes_must_fit():
    with pytest.raises(ValueError, match="do not fit"):
        harmonize(photo(), generated()[1:], MASK)
    with pytest.raises(ValueError, match="do not fit"):
        harmonize(photo(), generated(), MASK[1:])


@pytest.mark.parametrize(
    "fields", [{"color": 1.1}, {"grain": -0.1}, {"object_weight": 2}, {"feather": -1}, {"band": 0}]
)
def test_options_out_of_range(fields):
    with pytest.raises(ValueError, match=r"lies in|wide"):
        HarmonizeOptions(**fields)


def test_laying_over_mixes_by_alpha():
    patch = HarmonizedPatch(
        Box(1, 0, 3, 1), np.ones((1, 3, 3), np.float32), np.array([[0, 0.25, 1]], np.float32), None
    )
    crop = np.full((2, 4, 3), 0.2, np.float32)
    laid = patch.over(crop)[..., 0]
    assert laid[0].tolist() == pytest.approx([0.2, 0.2, 0.4, 1.0])
    assert np.array_equal(laid[1], crop[1, :, 0])
