"""A mirrored picture gives mirrored results, and measures do not change: no side is favored."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from glide_studio.imaging import ciede2000, filters, noise, sharpness
from glide_studio.imaging.blending import feather, grain, harmonize, poisson, result_checks
from glide_studio.imaging.completion import likeness, pyramid
from glide_studio.imaging.completion.pyramid import Level
from glide_studio.imaging.types import BoolMask, Image

HEIGHT, WIDTH = 96, 128  # of whole blocks, so that the grid of `noise` is mirrored as well


def scene(seed: int = 0) -> Image:
    """A slope with waves and grain."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    random = np.random.default_rng(seed)
    waves = 0.1 * np.sin(x / 3)[..., None] * np.cos(y / 7)[..., None]
    slope = np.dstack([0.2 + x / 300, 0.7 - y / 300, 0.3 + (x + y) / 900])
    made = slope + waves + random.normal(0, 0.02, (HEIGHT, WIDTH, 3))
    return np.clip(made, 0, 1).astype(np.float32)


def disc() -> BoolMask:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.asarray((x - 50) ** 2 + (y - 40) ** 2 < 20**2)


def ring() -> BoolMask:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    distance = (x - 50) ** 2 + (y - 40) ** 2
    return np.asarray((distance >= 20**2) & (distance < 32**2))


MASK = disc().astype(np.float32)
KNOWN = np.ones((HEIGHT, WIDTH), np.bool_)
SIDES = [np.s_[:, ::-1], np.s_[::-1], np.s_[::-1, ::-1]]

MAPS: dict[str, Callable[..., np.ndarray]] = {
    "blur": lambda image, other, mask, inside, band: filters.gaussian_blur(image, 2),
    "masked blur": lambda image, other, mask, inside, band: filters.masked_blur(image, band, 3),
    "distance": lambda image, other, mask, inside, band: filters.distance_to_outside(inside),
    "band": lambda image, other, mask, inside, band: filters.boundary_band(
        mask, mask >= 0, 6
    ).astype(np.float32),
    "feather": lambda image, other, mask, inside, band: feather.feather(mask, 6),
    "poisson": lambda image, other, mask, inside, band: poisson.poisson_blend(
        image, other, mask, mask >= 0
    ),
    "harmonize": lambda image, other, mask, inside, band: harmonize.match_color(image, other, band),
    "sharpness": lambda image, other, mask, inside, band: sharpness.match_sharpness(
        image, filters.gaussian_blur(other, 1), band
    ),
    "spectrum": lambda image, other, mask, inside, band: sharpness.match_spectrum(
        filters.gaussian_blur(image, 1), filters.gaussian_blur(image, 1), inside, band
    ),
    "difference": lambda image, other, mask, inside, band: ciede2000.delta_e(
        ciede2000.rgb_to_lab(image), ciede2000.rgb_to_lab(other)
    ),
}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", MAPS)
def test_maps(name: str, side: object) -> None:
    arrays = scene(), np.roll(scene(1), 5, 2) * np.float32(0.9), MASK, disc(), ring()
    plain = MAPS[name](*arrays)
    turned = MAPS[name](*(np.ascontiguousarray(one[side]) for one in arrays))  # type: ignore[index]
    tolerance = 0.02 if name == "poisson" else 1e-3  # which is swept to some precision
    assert np.abs(turned - plain[side]).max() <= tolerance * max(1.0, np.abs(plain).max())  # type: ignore[index]
    assert np.ptp(plain) > 0


@pytest.mark.parametrize("side", SIDES)
def test_measures(side: object) -> None:
    image, band, mask = scene(), ring(), MASK
    other = image + np.float32(0.1) * mask[..., None]

    def measure(*arrays: np.ndarray) -> list[float]:
        one, two, where, alpha = arrays
        seam = result_checks.measure_seam(two, alpha)
        return [
            noise.noise_variance(one, where),
            sharpness.band_energy(sharpness.detail_band(one, 0.8, 1.6), where),
            *(seam.median, seam.percentile95, seam.length),
        ]

    plain = measure(image, other, band, mask)
    turned = measure(*(np.ascontiguousarray(one[side]) for one in (image, other, band, mask)))  # type: ignore[index]
    assert turned == pytest.approx(plain, rel=1e-3, abs=1e-6)
    assert plain[0] == pytest.approx(0.02**2, rel=0.2)


def test_the_difference_of_two_colors_does_not_depend_on_their_order() -> None:
    random = np.random.default_rng(0)
    one, two = (random.uniform((0, -90, -90), (100, 90, 90), (5000, 3)) for _ in range(2))
    there = ciede2000.delta_e(one, two)
    assert np.allclose(there, ciede2000.delta_e(two, one))
    assert np.all(there >= 0)
    assert np.array_equal(ciede2000.delta_e(one, one), np.zeros(5000))


def level() -> Level:
    hole = disc()
    image = (255 * scene()).astype(np.float32)
    return Level(image, hole, ~hole)


def turned_level(side: object) -> Level:
    one = level()
    return Level(*(np.ascontiguousarray(part[side]) for part in (one.image, one.hole, one.source)))  # type: ignore[index]


@pytest.mark.parametrize("side", SIDES)
def test_levels_of_a_removal(side: object) -> None:
    plain, turned = pyramid.halve(level()), pyramid.halve(turned_level(side))
    for one, two in zip(
        (plain.image, plain.hole, plain.source),
        (turned.image, turned.hole, turned.source),
        strict=True,
    ):
        assert np.abs(two.astype(float) - one[side]).max() <= 0.01  # type: ignore[index]
    for radius in (1, 3):
        for centers, where in (
            (pyramid.source_centers, level().source),
            (pyramid.target_centers, level().hole),
        ):
            expected = centers(where, radius)[side]  # type: ignore[index]
            assert np.array_equal(centers(np.ascontiguousarray(where[side]), radius), expected)  # type: ignore[index]
    filled, other = level().image.copy(), turned_level(side).image.copy()
    pyramid.fill_smoothly(filled, level().hole)
    pyramid.fill_smoothly(other, turned_level(side).hole)
    assert np.abs(other - filled[side]).max() <= 3  # type: ignore[index]
    assert np.array_equal(filled[~disc()], level().image[~disc()])


@pytest.mark.parametrize("side", SIDES)
def test_what_is_unlike_its_surroundings(side: object) -> None:
    def seen(one: Level) -> Level:
        one.image[70:80, 100:112] = (250, 20, 20)
        return one

    plain = seen(level())
    other = Level(
        *(np.ascontiguousarray(part[side]) for part in (plain.image, plain.hole, plain.source))
    )  # type: ignore[index]
    for measure in (likeness.rare_places, likeness.unlike_the_rim):
        found, turned = measure(plain), measure(other)
        assert np.abs(turned - found[side]).mean() < 0.02  # type: ignore[index]
        assert found.max() > 0.9
        height, width = found.shape
        there = found[75 * height // HEIGHT, 106 * width // WIDTH]
        assert there > 0.9
        assert there > found.mean() + 0.1


def test_grain_is_that_of_the_photo_around() -> None:
    flat = filters.gaussian_blur(scene(), 4)
    made = grain.match_grain(flat, scene(), disc(), ring(), seed=3)
    added = (made - flat)[disc()]
    assert added.std() == pytest.approx(0.02, rel=0.25)
    assert abs(float(added.mean())) < 0.003
    again = grain.match_grain(flat, scene(), disc(), ring(), seed=3)
    assert np.array_equal(made, again)
    half = grain.match_grain(flat, scene(), disc(), ring(), seed=3, strength=0.5)
    assert (half - flat)[disc()].std() == pytest.approx(added.std() / 2, rel=0.2)
    assert grain.match_grain(flat, scene(), disc(), ring(), seed=3, strength=0) is flat
