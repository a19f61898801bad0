"""Color match: the patch takes on the tone of the photo around it."""

from __future__ import annotations

import cv2
import numpy as np

from glide_studio.imaging.ciede2000 import lab
from glide_studio.imaging.types import Picture, Where

FLAT = 2.0**2  # variance in CIELAB units below which a slope is not believed
SLOPES = (0.5, 2.0)
ENOUGH = 16  # pixels


def match_color(patch: Picture, photo: Picture, ring: Where, strength: float = 1.0) -> Picture:
    """`patch` with the linear change, per CIELAB channel, that takes it nearest to `photo` on `ring`.

    The ring shows the same scene in both, so slope and offset are those of least squares. The slope is
    ridge-regularised towards 1: on a flat ring only the offset is left, and nothing is divided by 0.
    strength: 0 leaves the patch, 1 matches it. Unchanged if the ring has next to no pixels.
    """
    if strength <= 0 or np.count_nonzero(ring) < ENOUGH:
        return patch
    here = lab(patch)
    have, want = here[ring].astype(np.float64), lab(photo)[ring].astype(np.float64)
    have_mean, want_mean = have.mean(axis=0), want.mean(axis=0)
    covariance = ((have - have_mean) * (want - want_mean)).mean(axis=0)
    slope = np.clip((covariance + FLAT) / (have.var(axis=0) + FLAT), *SLOPES)
    change = ((here - have_mean) * (slope - 1) + (want_mean - have_mean)) * strength
    matched = (here + change).astype(np.float32)
    return np.clip(np.asarray(cv2.cvtColor(matched, cv2.COLOR_Lab2RGB), np.float32), 0, 1)
