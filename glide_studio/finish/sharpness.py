"""Sharpness match: an enlarged patch is softer than the photo around it, one before a blur sharper."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from glide_studio.finish.arrays import Picture, Where, blur
from glide_studio.finish.grain import noise

SIGMAS = (0.0, 0.8, 1.6, 3.2)  # standard deviations between which the bands of detail lie
FLOOR = 2e-5  # variance in a band, 0 .. 1 squared, below which a gain is not believed
GAINS = (0.5, 2.5)
MOST = 1.7  # of a gain that the inside alone asks for: more shows as a halo along edges
COARSEST = 6.4  # the band from the last of them to here is what finer ones are compared with
SAME = 0.01  # mean difference, 0 .. 1, below which the ring is the photo itself
ENOUGH = 64  # pixels


def match_sharpness(patch: Picture, photo: Picture, ring: Where, strength: float = 1.0) -> Picture:
    """`patch` with each band of detail raised or lowered to the energy that `photo` has on `ring`.

    The ring shows the same scene in both. The photo's grain is taken out of the comparison, or noise
    would be matched by edges. On a flat ring all gains are 1. strength: 0 leaves the patch.
    Unchanged if the ring has next to no pixels.
    """
    if strength <= 0 or np.count_nonzero(ring) < ENOUGH:
        return patch
    grain_photo, grain_patch = _grain(photo, ring), _grain(patch, ring)
    result = patch.copy()
    for fine, coarse in pairwise(SIGMAS):
        band = _band(patch, fine, coarse)
        passes = _noise_gain(fine, coarse)
        want = _energy(_band(photo, fine, coarse), ring) - passes * grain_photo
        have = _energy(band, ring) - passes * grain_patch
        gain = np.sqrt((max(want, 0.0) + FLOOR) / (max(have, 0.0) + FLOOR))
        gain = float(np.clip(gain, *GAINS))
        result += np.float32(strength * (gain - 1)) * band
    return np.clip(result, 0, 1)


def match_falloff(
    patch: Picture, photo: Picture, inside: Where, ring: Where, strength: float = 1.0
) -> Picture:
    """`patch` with its fine detail raised until it falls off from coarse to fine as `photo` does on `ring`.

    For patches whose ring is the photo's own: known pixels were imposed at full scale, so that it tells
    nothing of how soft the inside is. Spectra of photographs fall off alike whatever they show (Field 1987,
    J. Opt. Soc. Am. A 4, p. 2379), so that the inside's own coarse band says how much of the finer ones is
    lacking. Detail is never taken away. Unchanged if the ring differs, or if either area is too small.
    """
    enough = min(np.count_nonzero(inside), np.count_nonzero(ring)) >= ENOUGH
    if strength <= 0 or not enough or np.abs(patch - photo)[ring].mean() > SAME:
        return patch
    grain_photo, grain_patch = _grain(photo, ring), _grain(patch, inside)
    around = _energy(_band(photo, SIGMAS[-1], COARSEST), ring)
    within = _energy(_band(patch, SIGMAS[-1], COARSEST), inside)
    result = patch.copy()
    for fine, coarse in pairwise(SIGMAS):
        band = _band(patch, fine, coarse)
        passes = _noise_gain(fine, coarse)
        theirs = _energy(_band(photo, fine, coarse), ring) - passes * grain_photo
        want = within * max(theirs, 0.0) / (around + FLOOR)
        have = max(_energy(band, inside) - passes * grain_patch, 0.0)
        gain = float(np.clip(np.sqrt((want + FLOOR) / (have + FLOOR)), 1.0, MOST))
        result += np.float32(strength * (gain - 1)) * band
    return np.clip(result, 0, 1)


def _band(picture: Picture, fine: float, coarse: float) -> Picture:
    sharp = picture if fine == 0 else blur(picture, fine)
    return sharp - blur(picture, coarse)


def _energy(band: Picture, ring: Where) -> float:
    return float(np.mean(np.square(band[ring], dtype=np.float64)))


def _grain(picture: Picture, ring: Where) -> float:
    """Variance of the noise, mean of the channels; 0 if it can not be measured."""
    covariance = noise(picture, ring)
    return 0.0 if covariance is None else float(np.trace(covariance)) / 3


def _noise_gain(fine: float, coarse: float) -> float:
    """What part of the variance of white noise passes the band."""
    impulse = np.zeros((33, 33, 3), np.float32)
    impulse[16, 16] = 1
    return float(np.square(_band(impulse, fine, coarse)[..., 0]).sum())
