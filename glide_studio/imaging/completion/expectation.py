"""What the surroundings of a hole let expect in it: tones and the strength of texture, roughly.

Both are spread from the rim into the hole as a membrane. That is no picture of what was there, but
a copy of something quite different is rarely right: sky between the halves of a statue, sharp grain
amid what is out of focus.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from glide_studio.imaging.completion.lines import Gap
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


def expect(level: Level, lines: Sequence[Gap] = ()) -> Floats:
    """Return [h, w, 4] of a longer side of SIDE at most: L, a, b over TONE, log slope over TEXTURE.

    Known places have their own, those of the hole what the rim lets expect; on each side of the
    first horizon the rim of that side. lines: in the level's
    pixels, best first.
    """
    image: Floats = level.image[..., :3].copy()
    slope = texture_features(image, level.hole, WIDTH).max(-1, keepdims=True)
    planes = np.ascontiguousarray(np.concatenate([image, np.log(slope + GRAIN)], -1), np.float32)
    horizon = next((line for line in lines if line.horizon), None)
    if horizon is None:
        fill_smoothly(planes, level.hole)
    else:
        _fill_by_sides(planes, level.hole, horizon)
    scale = min(1.0, SIDE / max(level.hole.shape))
    size = (max(1, round(level.hole.shape[1] * scale)), max(1, round(level.hole.shape[0] * scale)))
    small = cv2.GaussianBlur(cv2.resize(planes, size, interpolation=cv2.INTER_AREA), (0, 0), BLUR)
    lab = cv2.cvtColor(np.clip(small[..., :3], 0, 255) / np.float32(255), cv2.COLOR_RGB2LAB)
    return np.concatenate([lab / TONE, small[..., 3:] / TEXTURE], -1).astype(np.float32)


def _fill_by_sides(planes: Floats, hole: Bools, line: Gap) -> None:
    """Fill the hole of `planes` [H, W, C] in place, on each side of a line from that side alone.

    What lies so near the line that its slopes are seen in the texture tells nothing either.
    """
    ys, xs = np.arange(hole.shape[0])[:, None], np.arange(hole.shape[1])
    (dy, dx), (y, x) = line.direction, line.end
    aside = (xs - x) * dy - (ys - y) * dx
    filled = []
    for away in (aside, -aside):
        part, unknown = planes.copy(), hole | (away < WIDTH)
        fill_smoothly(part, hole if unknown.all() else unknown)
        filled.append(part)
    planes[hole] = np.where(aside[..., None] > 0, *filled)[hole]
