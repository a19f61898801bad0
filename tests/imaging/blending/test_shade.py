"""The shaded side of an object lit too much from one side is lightened; nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.imaging.blending.shade import LUMA, lighten_shade
from glide_studio.imaging.filters import gaussian_blur
from glide_studio.imaging.types import Float32, to_linear, to_srgb

SIDE = 200
Y, X = (np.mgrid[:SIDE, :SIDE] + 0.5) / SIDE
ALPHA = (np.hypot(X - 0.5, Y - 0.5) < 0.45).astype(np.float32)
RED = np.float32([0.6, 0.1, 0.08])


def lit_from_the_side(ratio: float, *, from_left: bool = True) -> Float32:
    """[SIDE, SIDE, 3]: a red disc whose light falls by `ratio` from one side to the other."""
    away = X if from_left else 1 - X
    return to_srgb((np.exp(-np.log(ratio) * away)[..., None] * RED).astype(np.float32))


def luminance(pixels: Float32, left: float, right: float) -> float:
    """Return the mean linear luminance of the disc between two places of its width."""
    here = (ALPHA > 0) & (abs(X - (left + right) / 2) < (right - left) / 2)
    return float((to_linear(pixels[here]) @ LUMA).mean())


@pytest.mark.parametrize("from_left", [True, False])
def test_a_black_side_becomes_shade(from_left: bool) -> None:
    pixels = lit_from_the_side(60, from_left=from_left)
    before = pixels.copy()
    lighten_shade(pixels, ALPHA)
    lit, shaded = ((0.1, 0.2), (0.8, 0.9)) if from_left else ((0.8, 0.9), (0.1, 0.2))
    assert luminance(before, *lit) > 15 * luminance(before, *shaded)
    assert 2 < luminance(pixels, *lit) / luminance(pixels, *shaded) < 6
    assert luminance(pixels, *lit) == pytest.approx(luminance(before, *lit), rel=0.1)


def test_hues_stay() -> None:
    pixels = lit_from_the_side(60)
    before = pixels.copy()
    lighten_shade(pixels, ALPHA)
    inside = (ALPHA > 0) & (to_linear(before).max(axis=2) > 0.01)
    gains = to_linear(pixels)[inside] / to_linear(before)[inside]
    assert np.ptp(gains, axis=1).max() < 0.02 * gains.max()
    assert gains.max() > 2


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param(lit_from_the_side(4), id="mild shade"),
        pytest.param(
            np.where(Y[..., None] < 0.6, np.float32([0.2, 0.6, 0.2]), np.float32(0.03)).astype(
                np.float32
            ),
            id="a green plant in a black pot",
        ),
        pytest.param(
            np.where(abs(X - 0.5)[..., None] < 0.15, 0.04, np.full(3, 0.8)).astype(np.float32),
            id="a dark window in the middle",
        ),
        pytest.param(np.zeros((SIDE, SIDE, 3), np.float32), id="black"),
    ],
)
def test_what_is_not_lit_too_much_from_one_side_is_left_alone(pixels: Float32) -> None:
    before = pixels.copy()
    lighten_shade(pixels, ALPHA)
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize("texture", [0, 0.3])
def test_a_ball_with_a_black_side_is_lightened(texture: float) -> None:
    x = (X - 0.5) / 0.45
    toward = np.sqrt(np.maximum(1 - x**2 - ((Y - 0.5) / 0.45) ** 2, 0))
    light = np.maximum(0.5 * toward - 0.87 * x, 0) + 0.02
    light *= np.exp(np.random.default_rng(0).normal(0, texture, light.shape))
    pixels = to_srgb((light[..., None] * RED).astype(np.float32))
    before = pixels.copy()
    lighten_shade(pixels, ALPHA)
    assert luminance(pixels, 0.75, 0.9) > 2 * luminance(before, 0.75, 0.9)


@pytest.mark.parametrize("dark_on_left", [True, False])
@pytest.mark.parametrize("softness", [0, 3, 6])
@pytest.mark.parametrize("corner", [0.3, 0.5, 0.7])
def test_the_dark_flank_of_a_box_is_left_alone(
    corner: float, softness: int, dark_on_left: bool
) -> None:
    dark = (corner > X) == dark_on_left
    pixels = np.where(dark[..., None], 0.2, np.full(3, 0.8)).astype(np.float32)
    if softness:
        pixels = gaussian_blur(pixels, softness)
    alpha = ((abs(X - 0.5) < 0.45) & (abs(Y - 0.5) < 0.45)).astype(np.float32)
    before = pixels.copy()
    lighten_shade(pixels, alpha)
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize("side", [1, 3, 7])
def test_an_object_of_few_pixels_is_left_alone(side: int) -> None:
    alpha = np.zeros((SIDE, SIDE), np.float32)
    alpha[:side, :side] = 1
    pixels = lit_from_the_side(60)
    before = pixels.copy()
    lighten_shade(pixels, alpha)
    lighten_shade(pixels, np.zeros_like(alpha))
    assert np.array_equal(pixels, before)
