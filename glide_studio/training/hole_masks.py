"""Draw masks as users paint them: boxes, ellipses, strokes. 1 = generate."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def box(side: int, left: float, top: float, right: float, bottom: float) -> Floats:
    """Return [side, side]: the rectangle between the given pixel edges."""
    mask = np.zeros((side, side), np.float32)
    mask[max(0, round(top)) : max(0, round(bottom)), max(0, round(left)) : max(0, round(right))] = 1
    return mask


def ellipse(side: int, left: float, top: float, right: float, bottom: float) -> Floats:
    """Return [side, side]: the ellipse around the rectangle's middle three quarters."""
    y, x = np.mgrid[:side, :side] + 0.5
    across, down = max(1.0, (right - left) / 2) * 1.15, max(1.0, (bottom - top) / 2) * 1.15
    inside: NDArray[np.float64] = ((x - (left + right) / 2) / across) ** 2 + (
        (y - (top + bottom) / 2) / down
    ) ** 2
    return (inside <= 1).astype(np.float32)


def strokes(side: int, rng: np.random.Generator) -> Floats:
    """Return [side, side]: one to four brush strokes with round ends, a random walk each."""
    mask = np.zeros((side, side), np.uint8)
    for _ in range(rng.integers(1, 5)):
        steps = rng.normal(0, side / 7, (rng.integers(2, 7), 2))
        points = np.cumsum(np.vstack([rng.uniform(0, side, (1, 2)), steps]), axis=0)
        path = [points.round().astype(np.int32).reshape(-1, 1, 2)]
        cv2.polylines(mask, path, False, 1, thickness=int(rng.integers(side // 12, side // 4)))
    return mask.astype(np.float32)


def random_mask(side: int, rng: np.random.Generator) -> Floats:
    """Return [side, side]: a random stroke, box or ellipse over 4 % to 70 % of the picture."""
    while True:
        kind = rng.integers(3)
        if kind == 0:
            mask = strokes(side, rng)
        else:
            width, height = rng.uniform(0.2, 0.8, 2) * side
            left, top = rng.uniform(-0.1, 1.0, 2) * (side - np.array([width, height]))
            shape = box if kind == 1 else ellipse
            mask = shape(side, left, top, left + width, top + height)
        if 0.04 < mask.mean() < 0.7:
            return mask
