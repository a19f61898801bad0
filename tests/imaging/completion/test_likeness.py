"""What looks like something around a hole, and what does not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from glide_studio.imaging.completion.complete import complete
from glide_studio.imaging.completion.likeness import distance_to, rare_places, unlike_the_rim
from glide_studio.imaging.completion.pyramid import Level
from glide_studio.imaging.geometry import Box


def ball_beside_a_hole() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A ground uint8 [96, 128, 3], where its red ball is, and a hole that does not touch it."""
    image = np.random.default_rng(1).integers(110, 130, (96, 128, 3)).astype(np.uint8)
    ys, xs = np.mgrid[:96, :128]
    ball = np.hypot(ys - 48, xs - 24) < 14
    image[ball] = (200, 40, 30)
    hole = np.zeros((96, 128), np.bool_)
    hole[24:72, 64:108] = True
    return image, ball, hole


def test_an_object_that_the_hole_does_not_touch_is_unlike() -> None:
    image, ball, hole = ball_beside_a_hole()
    unlike = unlike_the_rim(Level(image.astype(np.float32), hole, ~hole))
    assert unlike.max() == 1
    rows, columns = (np.nonzero(ball.any(1 - axis))[0] for axis in (0, 1))
    scale = len(unlike) / len(image)
    inner = unlike[
        int(rows[0] * scale) + 3 : int(rows[-1] * scale) - 2,
        int(columns[0] * scale) + 3 : int(columns[-1] * scale) - 2,
    ]
    assert inner.min() == 1
    assert unlike[:, len(unlike[0]) // 2 :].max() < 0.5


def test_such_an_object_does_not_come_again() -> None:
    image, _, hole = ball_beside_a_hole()
    filled = complete(image, hole).paste(image)
    assert filled[hole][:, 0].max() < 150


def discs(*places: tuple[int, int]) -> tuple[np.ndarray, Level]:
    """Where red discs are, bool [96, 128], and a level of a ground with them and a margin."""
    image = np.random.default_rng(1).integers(110, 130, (96, 128, 3)).astype(np.float32)
    ys, xs = np.mgrid[:96, :128]
    inside = np.zeros((96, 128), np.bool_)
    for y, x in places:
        inside |= np.hypot(ys - y, xs - x) < 9
    image[inside] = (200, 40, 30)
    hole = xs >= 112
    return inside, Level(image, hole, ~hole)


def inner_values(rare: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The values well inside of the discs."""
    shrunk = cv2.erode(inside.astype(np.uint8), np.ones((9, 9), np.uint8))
    size = (rare.shape[1], rare.shape[0])
    return rare[cv2.resize(shrunk, size, interpolation=cv2.INTER_NEAREST) > 0]


def test_a_single_thing_is_rare_and_the_ground_is_not() -> None:
    inside, level = discs((40, 60))
    rare = rare_places(level)
    assert max(rare.shape) <= 64
    assert inner_values(rare, inside).min() == 1
    assert inner_values(rare, ~inside & ~level.hole & (np.mgrid[:96, :128][0] > 70)).max() < 0.1


def test_what_is_there_many_times_is_not_rare() -> None:
    inside, level = discs((15, 15), (15, 60), (15, 95), (75, 15), (75, 60), (75, 95))
    assert inner_values(rare_places(level), inside).max() < 0.2


MARGIN = Box(90, 0, 6, 96)


def on_gray(lighter: float, places: list[Box], hole: Box, side: int = 96) -> Level:
    """A level, a square, of lightness 50 with places that are by so many steps lighter."""
    lab = np.zeros((side, side, 3), np.float32)
    lab[..., 0] = 50
    for place in places:
        lab[place.slices] += (lighter, 0, 0)
    covered = np.zeros((side, side), np.bool_)
    covered[hole.slices] = True
    image = np.ascontiguousarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255)
    return Level(image.astype(np.float32), covered, ~covered)


@pytest.mark.parametrize(("lighter", "unlike"), [(3, 0), (8, 0.476), (10, 0.72), (14, 1)])
def test_places_are_unlike_the_rim_by_their_tones_at_two_sizes(
    lighter: float, unlike: float
) -> None:
    """Fine tones count once, coarse ones 0.7 times: 5 steps of CIE76 are alike, 15 are not."""
    level = on_gray(lighter, [Box(4, 30, 40, 40)], Box(64, 36, 24, 24))
    found = unlike_the_rim(level)
    assert found[50, 24] == pytest.approx(unlike, abs=0.03)
    assert found[50, 54] == 0
    assert found[5, 76] < 0.05


@pytest.mark.parametrize("lighter", [4, 6, 7, 8, 14])
def test_a_thing_is_rare_from_ten_steps_on_and_not_up_to_five(lighter: float) -> None:
    """As many steps of CIE76 from all but four other places of the picture."""
    level = on_gray(lighter, [Box(30, 30, 5, 5)], Box(58, 0, 6, 64), 64)
    found = rare_places(level)
    assert found.shape == (64, 64)
    ground = np.zeros((64, 64), np.bool_)
    ground[:, :4] = True
    steps = distance_to(level.image, ground, 0.0)[32, 32]
    assert 0.9 < steps / lighter < 1.3
    assert found[32, 32] == pytest.approx(np.clip((steps - 5) / 5, 0, 1), abs=0.03)
    assert not found[:20].any()


def test_of_two_places_of_one_thing_none_lies_elsewhere() -> None:
    one = on_gray(20, [Box(20, 40, 16, 16)], MARGIN)
    two = on_gray(20, [Box(20, 40, 16, 16), Box(60, 40, 16, 16)], MARGIN)
    assert rare_places(one)[32, 19] == 1
    assert rare_places(two)[32, 19] < 0.3


@pytest.mark.parametrize("shape", [(400, 200), (40, 60)])
def test_places_are_compared_at_96_pixels_at_most(shape: tuple[int, int]) -> None:
    hole = np.zeros(shape, np.bool_)
    hole[10:20, 10:20] = True
    found = unlike_the_rim(Level(np.full((*shape, 3), 90, np.float32), hole, ~hole))
    assert found.shape == ((96, 48) if max(shape) > 96 else shape)
    assert not found[2:20].any()
    assert found.max() < 0.31  # far below: another height, no other thing


def test_a_hole_over_nearly_all_is_compared_with_what_is_left() -> None:
    hole = np.ones((40, 60), np.bool_)
    hole[:3, :3] = False
    found = unlike_the_rim(Level(np.full((40, 60, 3), 90, np.float32), hole, ~hole))
    assert not found[:20].any()


def test_the_same_tone_far_above_or_below_is_a_little_unlike() -> None:
    border = np.zeros((50, 30), np.bool_)
    border[0] = True
    flat = np.full((50, 30, 3), 120, np.float32)
    assert distance_to(flat, border, 0.0) == pytest.approx(0, abs=1e-4)
    for weight in (8.0, 40.0):
        rows = distance_to(flat, border, weight)[:, 7]
        assert rows == pytest.approx(np.arange(50) / 49 * weight, abs=1e-3)


def test_slopes_count_beside_tones() -> None:
    """Stripes of one pixel have the tones of a gray ground once they are blurred."""
    striped = np.full((60, 60, 3), 120, np.float32)
    striped[30:, ::2] += 40
    striped[30:, 1::2] -= 40
    border = np.zeros((60, 60), np.bool_)
    border[:2] = True
    lightness = cv2.cvtColor(striped / 255, cv2.COLOR_RGB2LAB)[..., 0]
    slope = np.abs(np.diff(lightness[45])).mean()
    found = distance_to(striped, border, 0.0)
    assert found[45, 20:40].mean() == pytest.approx(1.5 * slope, rel=0.05)
    assert found[10].max() < 0.5
