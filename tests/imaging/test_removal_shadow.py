"""The shadow that a removal takes along."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from glide_studio.imaging.geometry import Box
from glide_studio.imaging.removal_shadow import find_shadow, shadow_view

HEIGHT, WIDTH = 240, 320
BALL, CENTER = 34, (120, 130)  # radius; row and column
GROUND, RED = (0.34, 0.36, 0.22), (0.5, 0.05, 0.04)  # in linear light


def draw_ellipse(row: int, column: int, tall: int, wide: int) -> np.ndarray:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return np.hypot((y - row) / tall, (x - column) / wide) < 1


BALL_MASK = draw_ellipse(*CENTER, BALL, BALL)
SHADOW = draw_ellipse(CENTER[0] + BALL - 2, CENTER[1] + 34, 12, 46) & ~BALL_MASK


def texture_ground() -> np.ndarray:
    """Return a ground [h, w, 3] with grain, in linear light."""
    grain = np.random.default_rng(3).normal(size=(HEIGHT, WIDTH)).astype(np.float32)
    grain = 0.12 * cv2.GaussianBlur(grain, (0, 0), 1.0) / 0.28
    return np.asarray(GROUND, np.float32) * np.exp(grain)[..., None]


def shade(linear: np.ndarray, where: np.ndarray, ratio: tuple[float, ...]) -> np.ndarray:
    """Darken a part by a ratio of each channel, with a penumbra."""
    strength = cv2.GaussianBlur(where.astype(np.float32), (0, 0), 1.5)[..., None]
    return np.asarray(linear * (1 - strength * (1 - np.asarray(ratio, np.float32))))


def render(linear: np.ndarray, depth: int = 8, times: int = 1) -> np.ndarray:
    """Put the ball on, and encode for sRGB. times: enlarged by."""
    linear = np.where(BALL_MASK[..., None], np.asarray(RED, np.float32), linear)
    encoded = np.where(linear < 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    encoded = cv2.resize(encoded.astype(np.float32), None, fx=times, fy=times)
    top, kind = (65535, np.uint16) if depth == 16 else (255, np.uint8)
    return np.round(np.clip(encoded, 0, 1) * top).astype(kind)


def enlarge(mask: np.ndarray, times: int) -> np.ndarray:
    return np.repeat(np.repeat(mask, times, 0), times, 1)


def grow(mask: np.ndarray, pixels: int) -> np.ndarray:
    return cv2.dilate(mask.astype(np.uint8), np.ones((2 * pixels + 1,) * 2)) > 0


@pytest.mark.parametrize(("depth", "times"), [(8, 1), (16, 1), (8, 5)])
def test_the_shadow_of_a_thing_is_found_and_nothing_else(depth: int, times: int) -> None:
    """Bluish, as under a blue sky."""
    image = render(shade(texture_ground(), SHADOW, (0.4, 0.42, 0.46)), depth, times)
    mask, shadow = enlarge(BALL_MASK, times), enlarge(SHADOW, times)
    found = find_shadow(image, mask)
    assert found[shadow].mean() > 0.9
    assert not found[~grow(shadow, 7 * times)].any()
    assert not found[mask].any()
    assert np.array_equal(find_shadow(image, mask), found)


def test_a_thing_without_a_shadow_has_none() -> None:
    assert not find_shadow(render(texture_ground()), BALL_MASK).any()


@pytest.mark.parametrize(
    ("what", "ratio"),
    [
        ("a brown thing", (0.5, 0.25, 0.1)),
        ("a green thing", (0.15, 0.4, 0.15)),
        ("a blue thing", (0.1, 0.2, 0.9)),
        ("a slightly darker patch", (0.85, 0.85, 0.85)),
        ("a black thing", (0.001, 0.001, 0.001)),
    ],
)
def test_what_has_another_color_than_the_ground_is_no_shadow(
    what: str, ratio: tuple[float, ...]
) -> None:
    image = render(shade(texture_ground(), SHADOW, ratio))
    assert not find_shadow(image, BALL_MASK).any(), what


def test_a_gray_thing_beside_the_upper_part_is_no_shadow() -> None:
    beside = draw_ellipse(CENTER[0] - 30, CENTER[1] + 44, 20, 22) & ~BALL_MASK
    assert not find_shadow(render(shade(texture_ground(), beside, (0.4,) * 3)), BALL_MASK).any()


def test_dark_tiles_around_are_no_shadow() -> None:
    y, x = np.mgrid[:HEIGHT, :WIDTH] // 26
    tiles = (y + x) % 2 == 0
    assert not find_shadow(render(shade(texture_ground(), tiles, (0.4,) * 3)), BALL_MASK).any()


def test_what_the_mask_cuts_is_no_shadow() -> None:
    """A mask on the ground, half over a dark patch: no thing stands there."""
    linear = shade(texture_ground(), SHADOW | draw_ellipse(146, 140, 10, 30), (0.4,) * 3)
    encoded = np.round(255 * linear ** (1 / 2.2)).astype(np.uint8)
    assert not find_shadow(encoded, BALL_MASK).any()


def test_a_shadow_that_leaves_what_is_seen_is_taken_where_the_picture_ends() -> None:
    image = render(shade(texture_ground(), SHADOW, (0.4, 0.42, 0.46)))
    right = CENTER[1] + 70
    image, mask = np.ascontiguousarray(image[:, :right]), BALL_MASK[:, :right]
    assert find_shadow(image, mask)[SHADOW[:, :right]].mean() > 0.9
    assert not find_shadow(image, mask, (True, True, False, True)).any()


@pytest.mark.parametrize("shape", [(1, 1), (3, 90), (40, 40)])
def test_small_full_and_empty_masks_have_none(shape: tuple[int, int]) -> None:
    image = np.full((*shape, 3), 90, np.uint8)
    for mask in (np.ones(shape, np.bool_), np.zeros(shape, np.bool_)):
        assert not find_shadow(image, mask).any()
    one = np.zeros(shape, np.bool_)
    one[0, 0] = True
    assert not find_shadow(image, one).any()


def test_a_shadow_is_looked_for_around_a_thing_by_its_size() -> None:
    assert shadow_view(Box(100, 100, 40, 20)) == Box(40, 40, 160, 140)
