"""What looks like something around a hole, and what does not."""

from __future__ import annotations

import numpy as np

from glide_studio.imaging.completion.complete import complete
from glide_studio.imaging.completion.likeness import unlike_the_rim
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
