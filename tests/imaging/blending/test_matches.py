"""Color, sharpness and grain taken from the photo around the mask."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from glide_studio.imaging import sharpness
from glide_studio.imaging.blending import grain as grain_module
from glide_studio.imaging.blending.grain import match_grain, measure_grain
from glide_studio.imaging.blending.harmonize import match_color
from glide_studio.imaging.filters import boundary_band, gaussian_blur
from glide_studio.imaging.noise import noise_covariance, noise_variance
from glide_studio.imaging.sharpness import (
    band_energy,
    band_noise_gain,
    detail_band,
    detail_energy,
    match_sharpness,
    match_spectrum,
)
from tests.imaging.blending.scenes import disc, everywhere, grain, scene

MASK = disc()
INSIDE = MASK > 0
RING = boundary_band(MASK, everywhere(), 24)


def test_the_ring_is_known_and_near():
    y, x = np.mgrid[0:160, 0:160] + 0.5
    far = np.hypot(x - 80, y - 80)
    assert not RING[INSIDE].any()
    assert RING[(far > 46) & (far < 67)].all()
    assert not RING[far > 70].any()
    half = everywhere()
    half[:, :80] = False
    assert not boundary_band(MASK, half, 24)[:, :80].any()
    assert not boundary_band(np.zeros_like(MASK), everywhere(), 24).any()


@pytest.mark.parametrize("gain", [0.8, 1.0, 1.2])
def test_a_tone_is_taken_back(gain):
    photo = scene()
    patch = np.clip((photo - 0.5) * gain + 0.5 + np.array([0.06, -0.04, 0.02]), 0, 1)
    patch = patch.astype(np.float32)
    matched = match_color(patch, photo, RING)
    before, after = (np.abs(p - photo)[INSIDE].mean() for p in (patch, matched))
    assert after < before / 4


def test_a_flat_ring_moves_the_color_and_keeps_the_contrast():
    photo = np.full((160, 160, 3), 0.4, np.float32)
    patch = photo + np.float32(0.1)
    patch[INSIDE] += scene(seed=3)[INSIDE] * 0.2
    matched = match_color(patch, photo, RING)
    assert np.isfinite(matched).all()
    assert np.abs(matched[RING] - 0.4).max() < 0.01
    assert matched[INSIDE].std() == pytest.approx(patch[INSIDE].std(), rel=0.25)


def test_a_matched_patch_is_within_black_and_white():
    photo, patch = np.ones((160, 160, 3), np.float32), np.full((160, 160, 3), 0.6, np.float32)
    patch[INSIDE] = 0.95
    assert match_color(patch, photo, RING)[INSIDE].max() == 1
    patch[INSIDE] = 0.1
    assert match_color(patch, photo * 0, RING)[INSIDE].min() == 0


def test_strength_of_color():
    photo, patch = scene(), np.clip(scene() + 0.1, 0, 1)
    none, half, full = (match_color(patch, photo, RING, s) for s in (0, 0.5, 1))
    assert none is patch
    means = [p[RING].mean() for p in (none, half, full, photo)]
    assert means[0] > means[1] > means[2]
    assert means[2] == pytest.approx(means[3], abs=0.005)
    assert match_color(patch, photo, np.zeros_like(RING)) is patch


def test_a_patch_that_fits_is_hardly_touched():
    photo = scene()
    assert np.abs(match_color(photo, photo, RING) - photo).max() < 2e-3
    assert np.array_equal(match_sharpness(photo, photo, RING), photo)


def test_a_soft_patch_is_sharpened_and_a_sharp_one_softened():
    photo = scene(texture=0.08)
    soft = gaussian_blur(photo, 1.2)
    sharper = match_sharpness(soft, photo, RING)
    assert np.abs(sharper - photo)[INSIDE].mean() < 0.85 * np.abs(soft - photo)[INSIDE].mean()
    softer = match_sharpness(photo, soft, RING)
    assert np.abs(softer - soft)[INSIDE].mean() < 0.85 * np.abs(photo - soft)[INSIDE].mean()


def test_grain_is_not_taken_for_sharpness():
    smooth = scene(texture=0)
    noisy = np.clip(smooth + grain(), 0, 1)
    detail = scene(texture=0.08)
    patch = np.where(INSIDE[..., None], detail, smooth).astype(np.float32)
    result = match_sharpness(patch, noisy, RING)
    change = np.abs(result - patch)[INSIDE].mean()
    assert change < 0.25 * np.abs(detail - gaussian_blur(detail, 1.6))[INSIDE].mean()


def test_a_soft_inside_is_sharpened_by_how_detail_falls_off_around_it():
    photo = scene(texture=0.08)
    soft = np.where(INSIDE[..., None], gaussian_blur(photo, 1.2), photo).astype(np.float32)
    # The ring tells next to nothing.
    unhelped = np.abs(match_sharpness(soft, photo, RING) - soft)[INSIDE].mean()
    assert unhelped < 0.1 * np.abs(photo - soft)[INSIDE].mean()
    sharper = match_spectrum(soft, photo, INSIDE, RING)

    def detail(picture):
        return np.square(picture - gaussian_blur(picture, 1.6))[INSIDE].mean()

    assert detail(soft) < 0.7 * detail(photo)
    assert 1.5 * detail(soft) < detail(sharper) < 1.2 * detail(photo)
    assert np.abs(sharper - photo)[INSIDE].mean() < np.abs(soft - photo)[INSIDE].mean()


def test_falloff_takes_no_detail_away_and_needs_the_photos_own_ring():
    photo = scene(texture=0.08)
    assert np.abs(match_spectrum(photo, photo, INSIDE, RING) - photo)[INSIDE].mean() < 0.01
    calm = gaussian_blur(photo, 2.0)
    busy = np.where(INSIDE[..., None], photo, calm).astype(np.float32)
    assert np.abs(match_spectrum(busy, calm, INSIDE, RING) - busy).max() < 1e-6
    other = np.clip(photo + 0.1, 0, 1)
    assert match_spectrum(other, photo, INSIDE, RING) is other
    assert match_spectrum(photo, photo, INSIDE, RING, 0) is photo
    assert match_spectrum(photo, photo, np.zeros_like(INSIDE), RING) is photo


def test_sharpness_on_a_flat_or_missing_ring():
    flat = np.full((160, 160, 3), 0.3, np.float32)
    patch = scene()
    patch[~INSIDE] = 0.3
    assert np.isfinite(match_sharpness(patch, flat, RING)).all()
    assert match_sharpness(patch, flat, np.zeros_like(RING)) is patch
    assert match_sharpness(patch, scene(), RING, 0) is patch


@pytest.mark.parametrize("sigma", [0.005, 0.02, 0.05])
def test_noise_is_measured(sigma):
    covariance = noise_covariance(scene(texture=0) + grain(sigma=sigma), RING)
    assert np.sqrt(covariance.diagonal()) == pytest.approx([sigma] * 3, rel=0.12)
    assert covariance[0, 1] == pytest.approx(covariance[0, 0], rel=0.05)


def test_white_noise_is_measured_without_bias():
    noise = 0.03 * np.random.default_rng(1).normal(size=(640, 640, 3))
    everything = np.ones(noise.shape[:2], np.bool_)
    variance = noise_variance((0.5 + noise).astype(np.float32), everything)
    assert variance == pytest.approx(0.03**2, rel=0.03)
    assert noise_variance(scene(8), everything[:8, :8]) == 0.0, "too small"


def test_texture_is_not_taken_for_noise():
    half = scene(texture=0) + grain(sigma=0.01)
    rows = np.arange(160) // 2 % 2 * 0.3
    half[:, 80:] += rows[:, None, None].astype(np.float32)
    covariance = noise_covariance(half, RING)
    assert np.sqrt(covariance[0, 0]) == pytest.approx(0.01, rel=0.3)


def test_an_area_too_small_has_no_measure():
    tiny = np.zeros((160, 160), np.bool_)
    tiny[3:9, 3:9] = True
    assert noise_covariance(scene(), tiny) is None
    assert noise_covariance(scene(8), np.ones((8, 8), np.bool_)) is None


@pytest.mark.parametrize("sigma", [0.01, 0.03])
@pytest.mark.parametrize("coarse", [False, True])
def test_a_smooth_patch_gets_the_photos_grain(sigma, coarse):
    added = grain(sigma=sigma)
    if coarse:
        added = gaussian_blur(added, 0.6) * 2
    photo = np.clip(scene(texture=0) + added, 0, 1)
    result = match_grain(scene(texture=0), photo, INSIDE, RING, seed=4)
    want, have = noise_covariance(photo, RING), noise_covariance(result, INSIDE)
    assert np.sqrt(have.diagonal()) == pytest.approx(np.sqrt(want.diagonal()), rel=0.2)
    assert have[0, 1] == pytest.approx(have[0, 0], rel=0.1)
    spread = (result - scene(texture=0))[INSIDE].std()
    assert spread == pytest.approx(added[INSIDE].std(), rel=0.25)


def test_grain_is_the_same_for_the_same_seed():
    photo = np.clip(scene() + grain(), 0, 1)
    one, again, other = (match_grain(scene(), photo, INSIDE, RING, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_a_noisy_patch_gets_no_more_grain():
    photo = np.clip(scene(texture=0) + grain(sigma=0.01), 0, 1)
    patch = np.clip(scene(texture=0) + grain(sigma=0.03, seed=5), 0, 1)
    result = match_grain(patch, photo, INSIDE, RING, seed=1)
    assert (result - patch)[INSIDE].std() < 0.002
    assert match_grain(patch, photo, INSIDE, RING, seed=1, strength=0) is patch


def ripple(amplitude: float) -> np.ndarray:
    """Waves of all directions around gray, float32 [160, 160, 3]: detail, and next to no noise."""
    y, x = np.mgrid[0:160, 0:160].astype(np.float32)
    waves = np.sin(2 * np.pi * x / 7) + np.sin(2 * np.pi * y / 9) + np.sin(2 * np.pi * (x + y) / 12)
    return np.repeat((0.5 + amplitude * waves)[..., None], 3, 2).astype(np.float32)


@pytest.mark.parametrize(("theirs", "ours", "gain"), [(0.15, 0.02, 2.5), (0.02, 0.1, 0.5)])
@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_detail_is_raised_and_lowered_within_bounds(theirs, ours, gain, strength):
    """To two and a half times or half at most: all that a blur of 3.2 pixels removes."""
    patch = ripple(ours)
    found = match_sharpness(patch, ripple(theirs), RING, strength)
    detail = patch - gaussian_blur(patch, 3.2)
    assert found == pytest.approx(patch + strength * (gain - 1) * detail, abs=2e-3)


def test_detail_of_the_right_strength_is_given_its_own_gain():
    patch = ripple(0.05)
    found = match_sharpness(patch, ripple(0.08), RING)
    assert (found - 0.5).std() / (patch - 0.5).std() == pytest.approx(1.6, rel=0.05)


def test_the_spectrum_raises_detail_to_seven_tenths_more_at_most():
    photo = np.clip(ripple(0.08) + scene(texture=0.1) - 0.5, 0, 1)
    soft = np.where(INSIDE[..., None], gaussian_blur(photo, 3.0), photo).astype(np.float32)
    found = match_spectrum(soft, photo, INSIDE, RING)
    detail = soft - gaussian_blur(soft, 3.2)
    deep = disc(radius=30) > 0
    assert found[deep] == pytest.approx((soft + 0.7 * detail)[deep], abs=3e-3)
    half = match_spectrum(soft, photo, INSIDE, RING, 0.5)
    assert half[deep] == pytest.approx((soft + 0.35 * detail)[deep], abs=3e-3)


@pytest.mark.parametrize("apart", [0.009, 0.011])
def test_a_ring_is_the_photos_own_up_to_a_hundredth(apart):
    photo = scene(texture=0.08)
    soft = np.where(INSIDE[..., None], gaussian_blur(photo, 1.2), photo + np.float32(apart))
    found = match_spectrum(soft, photo, INSIDE, RING)
    assert (found is soft) == (apart > 0.01)


@pytest.mark.parametrize(("fine", "coarse"), [(0.0, 0.8), (0.8, 1.6), (1.6, 3.2), (3.2, 6.4)])
def test_as_much_of_white_noise_passes_a_band_as_is_said(fine, coarse):
    noise = np.random.default_rng(2).normal(0, 0.1, (400, 400, 3)).astype(np.float32)
    inner = np.zeros((400, 400), np.bool_)
    inner[30:-30, 30:-30] = True
    energy = band_energy(detail_band(noise, fine, coarse), inner)
    assert energy / 0.01 == pytest.approx(band_noise_gain(fine, coarse), rel=0.06)


@pytest.mark.parametrize("coarseness", [0.0, 0.25, 0.5, 0.75])
def test_grain_is_as_coarse_as_it_was_made_and_as_strong_as_it_is_measured(coarseness):
    white = np.random.default_rng(3).standard_normal((640, 640, 3)).astype(np.float32)
    everywhere_else = np.ones((640, 640), np.bool_)
    made = 0.5 + 0.02 * grain_module._shape_noise(white, coarseness)
    measured = noise_covariance(made, everywhere_else)
    assert np.sqrt(measured.diagonal()) == pytest.approx(0.02, rel=0.06)
    found = grain_module._estimate_coarseness(made, everywhere_else, measured)
    assert found == pytest.approx(coarseness, abs=0.06)


def photo_in_integers(dtype: str, height: int = 203, width: int = 310) -> np.ndarray:
    white = np.random.default_rng(6).random((height, width, 3)).astype(np.float32)
    return (gaussian_blur(white, 0.7) * np.iinfo(dtype).max).astype(dtype)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize(("height", "width"), [(203, 310), (40, 33), (129, 64)])
def test_integers_are_measured_as_floats_are(dtype, height, width):
    photo = photo_in_integers(dtype, height, width)
    unit = photo / np.float32(np.iinfo(dtype).max)
    where = np.ones((height, width), np.bool_)
    where[height // 3 : height // 2, width // 3 : width // 2] = False
    found, expected = (measure_grain(one, where) for one in (photo, unit))
    assert np.array_equal(found.covariance, expected.covariance)
    assert found.coarseness == expected.coarseness > 0
    bands = [(detail_band(unit, *one), one) for one in ((0.0, 0.8), (1.6, 3.2), (3.2, 6.4))]
    for detail, sigmas in bands:
        assert detail_energy(photo, where, *sigmas) == band_energy(detail, where)


@pytest.mark.parametrize("rows", [8, 30, 1000])
def test_strips_change_nothing(monkeypatch, rows):
    def measured() -> list:
        photo, where = photo_in_integers("uint8"), np.ones((203, 310), np.bool_)
        where[50:90] = False  # a strip without anything to measure
        white = np.random.default_rng(3).standard_normal((203, 310, 3)).astype(np.float32)
        return [
            measure_grain(photo, where).coarseness,
            detail_energy(photo, where, 1.6, 3.2),
            grain_module._shape_noise(white, 0.4).tolist(),
        ]

    expected = measured()
    monkeypatch.setattr(grain_module, "STRIP_ROWS", rows)
    monkeypatch.setattr(sharpness, "STRIP_ROWS", rows)
    assert measured() == expected


def test_grain_of_integers_is_measured_without_floats_of_the_whole_photo():
    photo = photo_in_integers("uint8", 4000, 200)
    tracemalloc.start()
    try:
        measure_grain(photo, np.ones(photo.shape[:2], np.bool_))
        assert tracemalloc.get_traced_memory()[1] < 4 * photo.size
    finally:
        tracemalloc.stop()


def test_a_photo_too_low_to_be_halved_has_white_grain():
    low = (scene(texture=0) + grain(sigma=0.02))[:15]
    assert measure_grain(low, np.ones(low.shape[:2], np.bool_)).coarseness == 0


def test_without_a_measure_nothing_is_added():
    flat = np.full((160, 160, 3), 0.5, np.float32)
    few = np.zeros((160, 160), np.bool_)
    few[:4, :4] = True
    assert match_grain(flat, scene() + grain(), INSIDE, few, seed=1) is flat
    assert match_grain(flat, flat, INSIDE, RING, seed=1) is flat
