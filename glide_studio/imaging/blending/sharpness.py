"""Sharpness match: an enlarged patch is softer than the photo around it, one before a blur sharper."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from glide_studio.imaging.detail import (
    ENOUGH,
    FLOOR,
    SIGMAS,
    band_energy,
    detail_band,
    grain_variance,
    noise_gain,
)
from glide_studio.imaging.types import Picture, Where

GAINS = (0.5, 2.5)


def match_sharpness(patch: Picture, photo: Picture, ring: Where, strength: float = 1.0) -> Picture:
    """`patch` with each band of detail raised or lowered to the energy that `photo` has on `ring`.

    The ring shows the same scene in both. The photo's grain is taken out of the comparison, or noise
    would be matched by edges. On a flat ring all gains are 1. strength: 0 leaves the patch.
    Unchanged if the ring has next to no pixels.
    """
    if strength <= 0 or np.count_nonzero(ring) < ENOUGH:
        return patch
    grain_photo, grain_patch = grain_variance(photo, ring), grain_variance(patch, ring)
    result = patch.copy()
    for fine, coarse in pairwise(SIGMAS):
        band = detail_band(patch, fine, coarse)
        passes = noise_gain(fine, coarse)
        want = band_energy(detail_band(photo, fine, coarse), ring) - passes * grain_photo
        have = band_energy(band, ring) - passes * grain_patch
        gain = np.sqrt((max(want, 0.0) + FLOOR) / (max(have, 0.0) + FLOOR))
        gain = float(np.clip(gain, *GAINS))
        result += np.float32(strength * (gain - 1)) * band
    return np.clip(result, 0, 1)
