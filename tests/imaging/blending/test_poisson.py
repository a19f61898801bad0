"""The membrane, the seam it closes and the measure of what is left."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.imaging.blending import poisson
from glide_studio.imaging.blending.feather import feather, replace_covered
from glide_studio.imaging.blending.poisson import (
    BAND_PX,
    MAX_STEP,
    heal,
    poisson_blend,
    solve_membrane,
)
from glide_studio.imaging.blending.result_checks import measure_seam
from glide_studio.imaging.filters import boundary_band, distance_to_outside, gaussian_blur
from glide_studio.imaging.types import quantize_rgba
from tests.imaging.blending.scenes import disc, everywhere, scene

MASK = disc()
INSIDE = MASK > 0


@pytest.mark.parametrize("side", [40, 160, 257])
def test_the_membrane_of_harmonic_functions_is_themselves(side):
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
    values = np.stack([x * x - y * y, x * y, 1 + 0 * x, 2 * x - y], -1)
    fixed = disc(side, side * 0.4) == 0
    result = solve_membrane(values * fixed[..., None], fixed)
    assert np.abs(result - values).max() < 0.03
    assert np.array_equal(result[fixed], values[fixed])


def test_a_membrane_stays_between_its_edges():
    rng = np.random.default_rng(0)
    fixed = disc() == 0
    values = rng.uniform(-1, 2, (160, 160, 2)).astype(np.float32)
    result = solve_membrane(values, fixed)
    assert result.min() >= values[fixed].min() - 1e-5
    assert result.max() <= values[fixed].max() + 1e-5


def test_a_membrane_without_edges_is_flat():
    nothing = solve_membrane(np.zeros((30, 20, 3), np.float32), np.zeros((30, 20), np.bool_))
    assert nothing.shape == (30, 20, 3)
    assert not nothing.any()


def test_a_step_that_varies_along_the_seam_is_closed():
    photo = scene(texture=0)
    y, x = np.mgrid[0:160, 0:160].astype(np.float32) / 160
    drift = np.stack([0.1 * x, -0.08 * y, 0.05 + 0 * x], -1)
    patch = np.clip(photo + drift, 0, 1)
    closed = poisson_blend(patch, photo, MASK, everywhere())
    assert np.abs(closed - photo)[INSIDE].max() < 0.02
    assert np.array_equal(closed[~INSIDE], patch[~INSIDE])


def test_the_inside_keeps_its_gradients():
    photo = np.full((160, 160, 3), 0.5, np.float32)
    patch = np.full((160, 160, 3), 0.4, np.float32)
    patch[70:90, 70:90] = 0.6
    closed = poisson_blend(patch, photo, MASK, everywhere())
    assert closed[80, 80, 0] - closed[80, 60, 0] == pytest.approx(0.2, abs=0.005)
    assert np.abs(closed[80, 40:60] - 0.5).max() < 0.005


def test_strength_of_the_seam():
    photo, patch = np.full((160, 160, 3), 0.5, np.float32), np.full((160, 160, 3), 0.4, np.float32)
    assert poisson_blend(patch, photo, MASK, everywhere(), 0) is patch
    half = poisson_blend(patch, photo, MASK, everywhere(), 0.5)
    assert half[80, 80, 0] == pytest.approx(0.45, abs=0.002)


def test_unknown_surroundings_say_nothing():
    photo, patch = scene(), np.clip(scene() + 0.1, 0, 1)
    assert poisson_blend(patch, photo, MASK, ~everywhere()) is patch
    half = everywhere()
    half[:, :80] = False
    photo[:, :80] = 0  # transparent in the document
    closed = poisson_blend(patch, photo, MASK, half)
    assert np.abs(closed - scene())[INSIDE].mean() < 0.02


def test_a_mask_at_the_border_and_over_all():
    photo, patch = scene(), np.clip(scene() + 0.1, 0, 1)
    corner = np.zeros((160, 160), np.float32)
    corner[:60, :70] = 1
    closed = poisson_blend(patch, photo, corner, everywhere())
    assert np.abs(closed - photo)[corner > 0].max() < 0.03
    assert poisson_blend(patch, photo, np.ones_like(corner), everywhere()) is patch


def test_the_measure_sees_a_step_and_knows_its_size():
    gray = np.full((160, 160, 3), 0.5, np.float32)
    stepped = gray + 0.05 * INSIDE[..., None].astype(np.float32)
    none, some = measure_seam(gray, MASK), measure_seam(stepped, MASK)
    assert (none.median, none.percentile95) == (0, 0)
    # 0.50 and 0.55 sRGB gray are L = 53.4 and 58.2 apart 4.5 in CIEDE2000.
    assert some.median == pytest.approx(4.5, abs=0.4)
    assert some.length == none.length > 200
    assert measure_seam(gray, np.ones_like(MASK)).length == 0
    assert measure_seam(gray, np.zeros_like(MASK)).length == 0


def test_unknown_pixels_are_not_compared():
    gray = np.full((160, 160, 3), 0.5, np.float32)
    gray[:, :80] = 0
    gray[INSIDE] = 0.5
    known = everywhere()
    known[:, :80] = False
    assert measure_seam(gray, MASK, known).percentile95 == pytest.approx(0, abs=0.05)
    assert measure_seam(gray, MASK).percentile95 > 20


def texture(seed: int) -> np.ndarray:
    """Fine texture around 0, float32 [160, 160, 3]."""
    return scene(texture=0.02, seed=seed) - scene(texture=0)


def to_rgba(image: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return quantize_rgba(np.clip(image, 0, 1), np.ones(image.shape[:2], np.float32), dtype)


def detail(pixels: np.ndarray, where: np.ndarray) -> float:
    image = pixels[..., :3].astype(np.float32) / np.iinfo(pixels.dtype).max
    return float(np.square(image - gaussian_blur(image, 2.0))[where].mean())


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("soft", [False, True])
def test_healing_copies_texture_and_takes_the_tone_of_its_new_place(dtype, soft):
    x = np.linspace(0, 0.2, 160, dtype=np.float32)[None, :, None]
    here = to_rgba(0.6 + x + texture(1), dtype)
    copied = to_rgba(0.2 - x / 4 + texture(2), dtype)
    coverage = feather(MASK, 12) if soft else MASK
    healed = heal(copied, here, coverage)
    assert healed.dtype == dtype
    assert np.array_equal(healed[coverage == 0], copied[coverage == 0])
    assert np.array_equal(healed[..., 3], copied[..., 3])
    core, top = disc(radius=27) > 0, np.iinfo(dtype).max
    tone = healed[..., :3] / top - (0.6 + x)
    assert np.abs(gaussian_blur(tone.astype(np.float32), 6.0))[core].mean() < 0.02
    assert detail(healed, core) == pytest.approx(detail(copied, core), rel=0.1)
    result = replace_covered(here, healed, coverage)
    assert np.array_equal(result[coverage == 0], here[coverage == 0])
    seams = [
        measure_seam((pixels[..., :3] / top).astype(np.float32), MASK).median
        for pixels in (here, result, replace_covered(here, copied, coverage))
    ]
    assert seams[1] < seams[0] + 0.5
    if not soft:
        assert seams[2] > 5 * seams[1]


def test_another_object_at_the_edge_of_a_healed_area_hardly_bleeds_into_it():
    here = np.full((160, 160, 3), 0.7, np.float32)
    copied = to_rgba(np.full((160, 160, 3), 0.5, np.float32), np.uint8)
    clear = heal(copied, to_rgba(here, np.uint8), MASK)
    here[:40] = 0.0  # a dark roof that the brush touches from below
    crossed = heal(copied, to_rgba(here, np.uint8), MASK)
    middle = (slice(76, 84), slice(76, 84))
    change = np.abs(crossed[middle].astype(int) - clear[middle]).max() / 255
    assert np.abs(clear[middle][..., :3] / 255 - 0.7).max() < 0.01
    assert change < 0.06


def test_healing_across_two_contents_leaves_no_step_at_the_edge():
    here = np.full((160, 160, 3), 0.9, np.float32)
    here[:, 80:] = 0.1
    copied = to_rgba(np.full((160, 160, 3), 0.5, np.float32), np.uint8)
    healed = heal(copied, to_rgba(here, np.uint8), MASK)
    result = replace_covered(to_rgba(here, np.uint8), healed, MASK)[..., 0].astype(int)
    inside, row = np.flatnonzero(MASK[80] > 0), 80
    left, right = inside[0], inside[-1]
    assert abs(result[row, left] - result[row, left - 1]) < 40
    assert abs(result[row, right] - result[row, right + 1]) < 40


def test_the_closed_step_fades_out_within_the_band_of_comparison():
    here = np.full((160, 160, 3), 0.9, np.float32)
    here[:, 80:] = 0.1
    flat = to_rgba(np.full((160, 160, 3), 0.5, np.float32), np.uint16)
    target = (to_rgba(here, np.uint16)[..., :3] / 65535).astype(np.float32)
    healed = heal(flat, to_rgba(here, np.uint16), MASK)
    band = boundary_band(MASK, everywhere(), BAND_PX)
    source = (flat[..., :3] / 65535).astype(np.float32)
    tone = np.median(target[band] - source[band], axis=0)
    bounded = poisson_blend(source + tone, target, MASK, everywhere())
    deep = distance_to_outside(INSIDE) > BAND_PX + 1
    assert np.abs(healed[..., :3] / 65535 - bounded)[deep].max() < 1e-3
    shallow = INSIDE & ~deep
    assert np.abs(healed[..., :3] / 65535 - bounded)[shallow].max() > 0.05


def test_nothing_to_compare_with_leaves_the_copied_pixels():
    copied = to_rgba(scene(), np.uint8)
    here = copied.copy()
    here[..., 3] = np.where(INSIDE, 255, 0)
    assert heal(copied, here, MASK) is copied
    assert heal(copied, to_rgba(scene(seed=2), np.uint8), np.ones_like(MASK)) is copied


def test_transparent_surroundings_do_not_color_what_is_healed():
    here, copied = to_rgba(scene(seed=3) * 0.5 + 0.4, np.uint8), to_rgba(scene(), np.uint8)
    whole = heal(copied, here, MASK)
    hidden = here.copy()
    hidden[:, :60] = 0
    half = heal(copied, hidden, MASK)
    assert np.abs(half[INSIDE].astype(int) - whole[INSIDE]).mean() < 6


def test_other_contents_at_the_edge_change_the_inside_by_a_limited_step():
    patch = np.full((160, 160, 3), 0.1, np.float32)
    photo = np.full((160, 160, 3), 0.9, np.float32)
    blended = poisson_blend(patch, photo, MASK, everywhere())
    assert np.abs(blended[INSIDE] - (0.1 + MAX_STEP)).max() < 0.005
    assert np.array_equal(blended[~INSIDE], patch[~INSIDE])


@pytest.mark.parametrize("shape", [(5, 7), (4, 6), (1, 3), (1, 1)])
def test_half_a_grid_holds_the_means_of_what_is_fixed(shape):
    rng = np.random.default_rng(0)
    values = rng.random((*shape, 2)).astype(np.float32)
    fixed = rng.random(shape) < 0.5
    coarse, known = poisson._restrict(values, fixed)
    assert coarse.shape == ((shape[0] + 1) // 2, (shape[1] + 1) // 2, 2)
    for row, column in np.ndindex(*known.shape):
        part = np.s_[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        assert known[row, column] == fixed[part].any()
        if fixed[part].any():
            wanted = values[part][fixed[part]].mean(axis=0)
            assert np.allclose(coarse[row, column], wanted, atol=1e-6)
