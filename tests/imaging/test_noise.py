"""Measurement of noise in part of an image."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.imaging import noise
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.noise import BLOCK_PX, enclosing_blocks, noise_covariance, noise_variance

HEIGHT, WIDTH, SIGMA = 203, 310, 0.02


def noisy() -> np.ndarray:
    """A gray slope under white noise."""
    noise = np.random.default_rng(4).normal(0, SIGMA, (HEIGHT, WIDTH, 3))
    slope = np.linspace(0.3, 0.6, WIDTH)[None, :, None]
    return np.asarray(slope + noise, np.float32)


def place(box: Box) -> np.ndarray:
    where = np.zeros((HEIGHT, WIDTH), np.bool_)
    where[box.slices] = True
    return where


@pytest.mark.parametrize("box", [Box(0, 0, WIDTH, HEIGHT), Box(37, 51, 90, 80)])
def test_white_noise_is_measured_in_a_part_as_in_the_whole(box: Box) -> None:
    assert noise_variance(noisy(), place(box)) == pytest.approx(SIGMA**2, rel=0.12)


def test_what_lies_outside_of_the_part_does_not_count() -> None:
    box = Box(37, 51, 90, 80)
    loud = noisy()
    loud[~place(box)] = np.random.default_rng(5).random((HEIGHT * WIDTH - box.area, 3))
    first, second = (noise_covariance(image, place(box)) for image in (noisy(), loud))
    assert first is not None
    assert np.array_equal(first, second)


def test_nothing_is_measured_where_there_is_too_little() -> None:
    assert noise_covariance(noisy(), place(Box(0, 0, 0, 0))) is None
    assert noise_covariance(noisy(), place(Box(20, 20, 9, 9))) is None
    for low in (noisy()[:7], noisy()[:, :7]):
        assert noise_covariance(low, np.ones(low.shape[:2], np.bool_)) is None


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (Box(37, 51, 90, 80), Box.between(24, 40, 136, 144)),
        (Box(1, 2, 4, 4), Box.between(0, 0, 16, 16)),
        (Box(300, 190, 10, 13), Box.between(288, 176, WIDTH, HEIGHT)),
    ],
)
def test_enclosing_blocks_lie_on_the_grid_of_the_whole_image(box: Box, expected: Box) -> None:
    assert BLOCK_PX == 8
    assert enclosing_blocks(place(box), 8) == expected


def test_noise_is_measured_in_strips_as_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    image, where = noisy(), place(Box(0, 0, WIDTH, HEIGHT))
    image[64:72] *= 1.1  # an edge between two strips counts in both alike
    strips = []
    for rows in (1, 3, 100):
        monkeypatch.setattr(noise, "STRIP_BLOCKS", rows)
        strips.append(noise_covariance(image, where))
    np.testing.assert_allclose(strips[0], strips[2], rtol=1e-5)
    np.testing.assert_allclose(strips[1], strips[2], rtol=1e-5)
