"""What the surroundings of a hole let expect in it: tones and the strength of texture, roughly.

Both are spread from the rim into the hole as a membrane. That is no picture of what was there, but
a copy of something quite different is rarely right: sky between the halves of a statue, sharp grain
amid what is out of focus. Where the rim that a place sees has several tones, a mean of them tells
little, so there a copy may be far from it.
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
DOUBT = 2.0  # what a variance of 1 of the looks along the rim makes distances count less by


def expect(level: Level) -> Floats:
    """Return [h, w, 8] of a longer side of SIDE at most: L, a, b over TONE, log slope over TEXTURE.

    Known places have their own, those of the hole what the rim lets expect. The second half of the
    planes tells how much distances from the first count there, 0 .. 1: less where the rim has many
    tones.
    """
    image: Floats = level.image[..., :3].copy()
    # of both directions the lesser slope: a straight line along the rim is no texture
    slope = texture_features(image, level.hole, WIDTH).min(-1, keepdims=True)
    planes = np.ascontiguousarray(np.concatenate([image, np.log(slope + GRAIN)], -1), np.float32)
    fill_smoothly(planes, level.hole)
    scale = min(1.0, SIDE / max(level.hole.shape))
    size = (max(1, round(level.hole.shape[1] * scale)), max(1, round(level.hole.shape[0] * scale)))
    small = cv2.GaussianBlur(cv2.resize(planes, size, interpolation=cv2.INTER_AREA), (0, 0), BLUR)
    lab = cv2.cvtColor(np.clip(small[..., :3], 0, 255) / np.float32(255), cv2.COLOR_RGB2LAB)
    looks = np.concatenate([lab / TONE, small[..., 3:] / TEXTURE], -1).astype(np.float32)
    hole = cv2.resize(level.hole.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    counts = np.ones_like(looks)
    if hole.any() and not hole.all():
        counts[hole] = 1 / (1 + DOUBT * _variance_along_the_rim(looks, hole)[hole])
    return np.ascontiguousarray(np.concatenate([looks, counts], -1), np.float32)


def _variance_along_the_rim(looks: Floats, hole: Bools) -> Floats:
    """Return [h, w, C]: the variance of the rim's looks, weighted as a membrane weights them."""
    moments = np.ascontiguousarray(np.concatenate([looks, looks**2], -1))
    fill_smoothly(moments, hole)
    mean, square = np.split(moments, 2, -1)
    return np.asarray(np.maximum(square - mean**2, 0), np.float32)
