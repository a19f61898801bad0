"""The rim that a removal takes along."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.removal_rim import add_rim, rim_width

GRASS, BALL, LAMP = (70, 110, 50), (200, 60, 40), (250, 240, 180)


@pytest.mark.parametrize(
    ("longer", "picture", "width"),
    [(100, 1000, 6), (300, 1000, 9), (900, 1000, 12), (900, 4000, 24), (50, 300, 4), (1, 1, 4)],
)
def test_traces_reach_beyond_an_object_by_its_size_and_that_of_the_picture(
    longer: int, picture: int, width: float
) -> None:
    """3 % of the object, 0.6 to 1.2 % of the picture, 4 pixels at least, less if it is large."""
    for found, size in (
        (Box(5, 5, longer, 1), Size(picture, picture // 2)),
        (Box(5, 5, 1, longer), Size(picture // 2, picture)),
    ):
        assert rim_width(found, size) == pytest.approx(width)


def disc(size: int, radius: int) -> np.ndarray:
    return np.hypot(*np.mgrid[-size:size, -size:size]) < radius


@pytest.mark.parametrize(("depth", "times"), [(8, 1), (16, 1), (8, 6)])
def test_what_the_mask_misses_of_a_thing_belongs_to_it_and_what_is_beside_it_not(
    depth: int, times: int
) -> None:
    """A ball whose mask misses a slice, and a lamp right beside it. times: a larger picture."""
    unit, kind = (257, np.uint16) if depth == 16 else (1, np.uint8)
    ball = disc(60 * times, 30 * times)
    image = np.where(ball[..., None], BALL, GRASS)
    lamp = np.zeros(ball.shape, np.bool_)
    lamp[50 * times : 70 * times, 94 * times : 100 * times] = True
    image[lamp] = LAMP
    mask = ball.copy()
    mask[:, : 36 * times] = False
    missed, width = ball & ~mask, 9.0 * times
    found = add_rim((image * unit).astype(kind), mask, width)
    assert found[mask].all()
    assert found[missed].mean() > 0.95
    assert not found[lamp].any()
    reach = cv2.dilate(ball.astype(np.uint8), np.ones((2 * round(width) + 1,) * 2)) > 0
    assert not found[~reach].any()
    grass = reach & ~ball & ~lamp
    assert found[grass].mean() < 0.55, "a third of the width, for soft edges"


@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (12, 12)])
def test_small_full_and_thin_masks_have_rims(shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 90, np.uint8)
    full = np.ones(shape, np.bool_)
    assert add_rim(image, full, 4.0).all()
    one = np.zeros(shape, np.bool_)
    one[0, 0] = True
    assert add_rim(image, one, 40.0)[0, 0]
