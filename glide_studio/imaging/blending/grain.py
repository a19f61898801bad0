"""Grain: the noise that the photo has around the mask and a smooth patch lacks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.filters import gaussian_blur
from glide_studio.imaging.noise import IMMERKAER_KERNEL, noise_covariance
from glide_studio.imaging.types import BoolMask, Image, Pixels, to_unit

STRIP_ROWS = 64  # that are converted, or whose channels are mixed, at a time
COARSE_SIGMA_PX, COARSE_REACH_PX = 1.0, 5  # of the blur that makes coarse grain
# Coarseness of grain, and what its measured variance after halving the image's size is then, in
# parts of that before; white noise keeps a quarter.
COARSENESS = (0.0, 0.25, 0.5, 0.75)
HALVED_VARIANCE = (0.25, 0.36, 0.65, 1.87)


@dataclass(frozen=True, slots=True, eq=False)
class Grain:
    """The noise of a photo.

    covariance: [3, 3], of its channels. coarseness: 0 for white up to 0.75 for blurred noise.
    """

    covariance: NDArray[np.float64]
    coarseness: float


def match_grain(
    patch: Image,
    photo: Image,
    inside: BoolMask,
    band: BoolMask,
    *,
    seed: int,
    strength: float = 1.0,
) -> Image:
    """Add the noise to `patch` that `photo` has in `band` and the patch lacks in `inside`.

    The same seed gives the same noise. strength: 0 adds none, 1 all of it. Returns `patch` itself
    if `band` is too small to measure, or the patch is as noisy already.
    """
    grain = measure_grain(photo, band) if strength > 0 else None
    return patch if grain is None else add_grain(patch, grain, inside, seed=seed, strength=strength)


def measure_grain(photo: Image | Pixels, band: BoolMask) -> Grain | None:
    """Measure the noise of `photo` in `band`; None if that is too small.

    photo: [h, w, 3], float32 in 0 .. 1 or integers, of which a large photo takes less memory.
    """
    covariance = noise_covariance(photo, band)
    if covariance is None:
        return None
    return Grain(covariance, _estimate_coarseness(photo, band, covariance))


def add_grain(
    patch: Image, grain: Grain, inside: BoolMask, *, seed: int, strength: float = 1.0
) -> Image:
    """Add what `patch` lacks of `grain` in `inside`, see `match_grain`."""
    have = noise_covariance(patch, inside)
    lacking = grain.covariance if have is None else grain.covariance - have
    values, vectors = np.linalg.eigh(lacking)
    if values.max() <= 0:
        return patch
    root = vectors * np.sqrt(np.maximum(values, 0))
    white = np.random.default_rng(seed).standard_normal(patch.shape, np.float32)
    white = _shape_noise(white, grain.coarseness)
    mix = (strength * root.T).astype(np.float32)
    for top in range(0, len(white), STRIP_ROWS):  # a picture of a large mask is some 100 MB
        rows = slice(top, top + STRIP_ROWS)
        white[rows] = white[rows] @ mix
    white += patch
    return np.clip(white, 0, 1, out=white)


def _estimate_coarseness(photo: Image | Pixels, band: BoolMask, fine: NDArray[np.float64]) -> float:
    """Estimate 0 for white up to 0.75 for blurred grain, by how much of it survives halving."""
    rows, columns = photo.shape[0] // 2, photo.shape[1] // 2
    half: Image = np.empty((rows, columns, 3), np.float32)
    for top in range(0, rows, STRIP_ROWS):  # a large photo is some 100 MB as float32
        strip = half[top : top + STRIP_ROWS]
        squares = to_unit(photo[top * 2 : (top + len(strip)) * 2, : columns * 2])
        squares.reshape(len(strip), 2, columns, 2, 3).mean(axis=(1, 3), out=strip)
    half_band = band[: rows * 2, : columns * 2].reshape(rows, 2, columns, 2).all(axis=(1, 3))
    coarse = noise_covariance(half, np.asarray(half_band))
    if coarse is None or np.trace(fine) <= 0:
        return 0.0
    ratio = float(np.trace(coarse) / np.trace(fine))
    return float(np.interp(ratio, HALVED_VARIANCE, COARSENESS))


def _shape_noise(white: Image, coarseness: float) -> Image:
    """Mix white and blurred noise to a variance of 1 by `noise_covariance`; writes to `white`."""
    if coarseness == 0:
        return white
    impulse = np.zeros((33, 33), np.float32)
    impulse[16, 16] = 1
    spread = gaussian_blur(impulse, COARSE_SIGMA_PX)
    kernel = (1 - coarseness) * impulse + coarseness * spread / np.sqrt((spread**2).sum())
    response = cv2.filter2D(kernel, -1, IMMERKAER_KERNEL)
    above = white[:0]  # the last rows of the strip before, as they were
    for top in range(0, len(white), STRIP_ROWS):  # a picture of a large mask is some 100 MB
        strip = white[top : top + STRIP_ROWS]
        near = np.concatenate([above, white[top : top + STRIP_ROWS + COARSE_REACH_PX]])
        soft = gaussian_blur(near, COARSE_SIGMA_PX)[len(above) :][: len(strip)]
        above = strip[-COARSE_REACH_PX:].copy()
        strip *= 1 - coarseness
        soft *= coarseness / np.sqrt((spread**2).sum())
        strip += soft
        strip /= np.sqrt((np.asarray(response) ** 2).sum())
    return white
