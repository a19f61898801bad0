"""Blur, distance, bounding box and the band around a mask."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.imaging.filters import (
    INFINITY_PX,
    boundary_band,
    bounding_box,
    distance_to_outside,
    gaussian_blur,
    masked_blur,
    reduce_mask,
)
from glide_studio.imaging.geometry import Box


def where(box: Box, height: int = 20, width: int = 30) -> np.ndarray:
    found = np.zeros((height, width), np.bool_)
    found[box.slices] = True
    return found


@pytest.mark.parametrize(
    "box", [Box(3, 5, 7, 4), Box(0, 0, 1, 1), Box(29, 19, 1, 1), Box(0, 0, 30, 20)]
)
def test_the_bounding_box_is_the_smallest(box):
    assert bounding_box(where(box)) == box


def test_the_bounding_box_of_two_parts_holds_both_and_of_nothing_is_empty():
    assert bounding_box(where(Box(2, 3, 1, 1)) | where(Box(9, 12, 4, 2))) == Box(2, 3, 11, 11)
    assert bounding_box(np.zeros((4, 5), np.bool_)) == Box(0, 0, 0, 0)


def test_distances_are_measured_to_the_nearest_pixel_outside():
    inside = where(Box(10, 0, 20, 20))
    distance = distance_to_outside(inside)
    assert distance[10, 8:13].tolist() == [0, 0, 1, 2, 3]
    assert distance[10, 29] == 20, "the border of the image is no outside"
    assert (distance_to_outside(np.ones((4, 4), np.bool_)) == INFINITY_PX).all()
    hole = np.ones((20, 30), np.bool_)
    hole[10, 10] = False
    assert distance_to_outside(hole)[13, 14] == pytest.approx(5)


def test_the_band_is_known_outside_of_the_mask_and_as_wide_as_asked():
    mask = where(Box(10, 0, 20, 20)).astype(np.float32) * np.float32(0.1)
    known = np.ones(mask.shape, np.bool_)
    known[:5] = False
    band = boundary_band(mask, known, 3)
    assert np.flatnonzero(band[10]).tolist() == [7, 8, 9]
    assert not band[:5].any()


def test_a_blur_keeps_the_mean_and_mirrors_the_border():
    rng = np.random.default_rng(0)
    flat = np.full((20, 30, 3), 0.25, np.float32)
    assert gaussian_blur(flat, 3) == pytest.approx(0.25)
    impulse = np.zeros((41, 41), np.float32)
    impulse[20, 20] = 1
    spread = gaussian_blur(impulse, 2)
    x = np.arange(41) - 20
    assert spread.sum() == pytest.approx(1, abs=1e-4)
    assert float((spread.sum(axis=0) * x * x).sum()) == pytest.approx(4, rel=0.02)
    noise = rng.random((20, 30)).astype(np.float32)
    assert gaussian_blur(noise[:, ::-1], 2) == pytest.approx(gaussian_blur(noise, 2)[:, ::-1])


def test_a_masked_blur_reads_the_mask_alone():
    image = np.full((20, 30, 3), 0.9, np.float32)
    left = where(Box(0, 0, 10, 20))
    image[left] = 0.3
    blurred = masked_blur(image, left, 2)
    assert blurred[left] == pytest.approx(0.3)
    assert blurred[10, 12] == pytest.approx(0.3), "what is in reach outside is the mask's mean"
    assert not blurred[:, 29].any(), "0 where nothing is in reach"


@pytest.mark.parametrize("shape", [(900, 1200), (901, 1203), (300, 400), (75, 100)])
def test_a_reduced_mask_has_the_mean_of_what_it_covers(shape):
    mask = np.zeros(shape, np.uint8)
    height, width = shape
    mask[height // 3 : height // 2, width // 4 : width // 2] = 255
    mask[:, width * 3 // 4] = 255  # a thin line
    small = reduce_mask(mask, 100, 75)
    assert small.shape == (75, 100)
    assert (small[:, 70:80].max(axis=1) > 0).all()
    assert small.mean() == pytest.approx(mask.mean(), abs=2)
    assert (small[27:36, 27:48] == 255).all()
