"""What the surroundings of a hole let expect in it: tones and the strength of texture, roughly.

Both are spread from the rim into the hole as a membrane. That is no picture of what was there, but
a copy of something quite different is rarely right: sky between the halves of a statue, sharp grain
amid what is out of focus.
"""

from __future__ import annotations

import cv2
import numpy as np

from glide_studio.imaging.completion.pyramid import (
    Bools,
    Floats,
    Level,
    fill_smoothly,
    texture_features,
)

SIDE = 128  # pixels of the longer side at which tones are compared
BLUR = 2.0  # of these pixels
WIDTH = 5  # pixels over which texture is averaged
TONE, TEXTURE = 16.0, 0.7  # CIE76, and natural logarithm of slopes, by which a place is half unlike
NO_LOOKS: Floats = np.zeros((0, 0, 0), np.float32)  # with which nothing is unexpected
GRAIN = 2.0  # slope, 0 .. 255, that is added to all: differences of noise count little


def look_at(image: Floats, hole: Bools) -> Floats:
    """Return [H, W, 4]: L, a, b over TONE, log slope over TEXTURE; in the hole nothing of use."""
    return _to_looks(_describe(image, hole))


def _describe(image: Floats, hole: Bools) -> Floats:
    """Return [H, W, 4]: R, G, B and the logarithm of the slope."""
    slope = texture_features(image, hole, WIDTH).max(-1, keepdims=True)
    planes = np.concatenate([image[..., :3], np.log(slope + GRAIN)], -1)
    return np.ascontiguousarray(planes, np.float32)


def _to_looks(planes: Floats) -> Floats:
    lab = cv2.cvtColor(np.clip(planes[..., :3], 0, 255) / np.float32(255), cv2.COLOR_RGB2LAB)
    return np.concatenate([lab / TONE, planes[..., 3:] / TEXTURE], -1).astype(np.float32)


def expect(level: Level, distances: Floats = NO_LOOKS) -> Floats:
    """Return [h, w, 4] of a longer side of SIDE at most: L, a, b over TONE, log slope over TEXTURE.

    Known places have their own, those of the hole what the rim lets expect, between boundaries
    the rim there alone. distances: [H, W, K], see `boundaries.distances_to`.
    """
    planes = _describe(level.image, level.hole)
    if distances.size:
        _fill_between(planes, level.hole, distances)
    else:
        fill_smoothly(planes, level.hole)
    scale = min(1.0, SIDE / max(level.hole.shape))
    size = (max(1, round(level.hole.shape[1] * scale)), max(1, round(level.hole.shape[0] * scale)))
    small = cv2.resize(planes, size, interpolation=cv2.INTER_AREA)
    return _to_looks(np.asarray(cv2.GaussianBlur(small, (0, 0), BLUR), np.float32))


def _fill_between(planes: Floats, hole: Bools, distances: Floats) -> None:
    """Fill the hole of `planes` [H, W, C] in place, each part between boundaries from its own rim.

    What lies so near a boundary that its slopes are seen in the texture tells nothing either.
    """
    part_of = (distances > 0) @ (1 << np.arange(distances.shape[2]))
    near = np.abs(distances).min(-1) < WIDTH
    filled = planes.copy()
    for number in np.unique(part_of[hole]):
        own, part = planes.copy(), part_of == number
        unknown = hole | near | ~part
        fill_smoothly(own, hole if unknown.all() else unknown)
        filled[part] = own[part]
    planes[hole] = filled[hole]
