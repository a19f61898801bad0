"""Objects selected by a box around them or by scribbles on them."""

from __future__ import annotations

import numpy as np
import pytest

from glide_studio.errors import GlideError
from glide_studio.imaging.filters import gaussian_blur
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.object_selection import select_by_scribbles, select_in_box

HEIGHT, WIDTH = 240, 320
ROWS, COLUMNS = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
BALL = np.hypot(COLUMNS - 170, ROWS - 120) < 50
SECOND = np.hypot(COLUMNS - 60, ROWS - 60) < 30
BOX = Box(108, 58, 124, 124)


def photo(dtype: type = np.uint8, *, second: bool = False) -> np.ndarray:
    """A red ball, with `second` two, before a textured green ground."""
    noise = np.random.default_rng(0).standard_normal((HEIGHT, WIDTH, 3)).astype(np.float32)
    image = gaussian_blur(noise, 1.0) * 0.06 + np.float32((0.25, 0.45, 0.2))
    image[BALL] += np.float32((0.5, -0.3, -0.05))
    if second:
        image[SECOND] += np.float32((0.5, -0.3, -0.05))
    image = gaussian_blur(image, 0.7)
    top = np.iinfo(dtype).max
    return np.rint(np.clip(image, 0, 1) * top).astype(dtype)


def overlap(mask: np.ndarray, wanted: np.ndarray) -> float:
    """Intersection over union."""
    chosen = mask >= 128
    return float((chosen & wanted).sum() / (chosen | wanted).sum())


def stroke(box: Box) -> np.ndarray:
    where = np.zeros((HEIGHT, WIDTH), np.bool_)
    where[box.slices] = True
    return where


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_box_selects_what_it_encloses(dtype):
    mask = select_in_box(photo(dtype), BOX)
    assert (mask.shape, mask.dtype) == ((HEIGHT, WIDTH), np.uint8)
    assert overlap(mask, BALL) > 0.96
    assert not mask[~stroke(BOX)].any()
    edge = (mask > 0) & (mask < 255)
    assert edge.any(), "the edge is soft"
    assert np.array_equal(mask, select_in_box(photo(dtype), BOX)), "and the same every time"


def test_a_large_image_is_selected_at_its_own_size():
    large = photo().repeat(4, axis=0).repeat(4, axis=1)
    mask = select_in_box(large, Box(BOX.x * 4, BOX.y * 4, BOX.width * 4, BOX.height * 4))
    assert overlap(mask, BALL.repeat(4, axis=0).repeat(4, axis=1)) > 0.95


def test_a_box_over_the_edge_of_the_image_is_cut():
    left = photo()[:, 150:]
    mask = select_in_box(left, Box(-60, 58, 150, 124))
    assert overlap(mask, BALL[:, 150:]) > 0.9


def test_scribbles_select_the_object_under_them_alone():
    nothing = np.zeros((HEIGHT, WIDTH), np.bool_)
    on_ball = stroke(Box(150, 115, 40, 8))
    beside = stroke(Box(10, 200, 300, 8))
    mask = select_by_scribbles(photo(second=True), on_ball, beside)
    assert overlap(mask, BALL) > 0.95
    assert not mask[SECOND].any(), "an object of the same color that no stroke touches"
    assert (mask[on_ball] == 255).all()
    assert not mask[beside].any()
    both = select_by_scribbles(photo(second=True), on_ball | stroke(Box(50, 55, 20, 8)), beside)
    assert overlap(both, BALL | SECOND) > 0.95
    alone = select_by_scribbles(photo(), on_ball, nothing)
    assert (alone[on_ball] == 255).all()


def test_what_cannot_be_selected_is_said():
    flat = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    nothing = np.zeros((HEIGHT, WIDTH), np.bool_)
    with pytest.raises(GlideError, match="outside of the picture"):
        select_in_box(photo(), Box(400, 10, 50, 50))
    with pytest.raises(GlideError, match="covers the whole picture"):
        select_in_box(photo(), Box(0, 0, WIDTH, HEIGHT))
    with pytest.raises(GlideError, match="no stroke on the object"):
        select_by_scribbles(photo(), nothing, nothing)
    with pytest.raises(GlideError, match="stands out"):
        select_in_box(flat, BOX)
