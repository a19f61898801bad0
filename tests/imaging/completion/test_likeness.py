"""What looks like something around a hole, and what does not."""

from __future__ import annotations

import cv2
import numpy as np

from glide_studio.imaging.completion.complete import complete
from glide_studio.imaging.completion.likeness import rare_places, unlike_the_rim
from glide_studio.imaging.completion.pyramid import Level


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
