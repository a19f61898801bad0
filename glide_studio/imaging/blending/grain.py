"""Grain: the noise that the photo has around the mask and a smooth patch lacks."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.detail import LAPLACIANS, noise
from glide_studio.imaging.types import Picture, Where, blur

COARSE = 1.0  # standard deviation in pixels of the blur that makes coarse grain
# Coarseness of grain, and what its measured variance after halving the picture's size is then, in parts
# of that before; white noise keeps a quarter.
COARSENESS = (0.0, 0.25, 0.5, 0.75)
SURVIVES = (0.25, 0.36, 0.65, 1.87)


def match_grain(
    patch: Picture,
    photo: Picture,
    inside: Where,
    ring: Where,
    *,
    seed: int,
    strength: float = 1.0,
) -> Picture:
    """`patch` with the noise added that `photo` has in `ring` and the patch lacks in `inside`.

    The same seed gives the same noise. strength: 0 adds none, 1 all of it. Unchanged if one of the two
    areas is too small to measure, or the patch is as noisy already.
    """
    want, have = noise(photo, ring), noise(patch, inside)
    if strength <= 0 or want is None:
        return patch
    lacking = want if have is None else want - have
    values, vectors = np.linalg.eigh(lacking)
    if values.max() <= 0:
        return patch
    root = vectors * np.sqrt(np.maximum(values, 0))
    white = np.random.default_rng(seed).standard_normal(patch.shape, np.float32)
    grain = _colored(white, _coarseness(photo, ring, want)) @ (strength * root.T).astype(np.float32)
    grainy: Picture = np.clip(patch + grain, 0, 1)
    return grainy


def _coarseness(photo: Picture, ring: Where, fine: NDArray[np.float64]) -> float:
    """0 for white grain, up to 0.75 for blurred grain, by how much of it survives halving."""
    rows, columns = photo.shape[0] // 2, photo.shape[1] // 2
    cut = (slice(0, rows * 2), slice(0, columns * 2))
    half = photo[cut].reshape(rows, 2, columns, 2, 3).mean(axis=(1, 3))
    there = ring[cut].reshape(rows, 2, columns, 2).all(axis=(1, 3))
    coarse = noise(half, np.asarray(there))
    if coarse is None or np.trace(fine) <= 0:
        return 0.0
    ratio = float(np.trace(coarse) / np.trace(fine))
    return float(np.interp(ratio, SURVIVES, COARSENESS))


def _colored(white: Picture, coarseness: float) -> Picture:
    """White noise mixed with blurred noise, such that `noise` measures a variance of 1 in it."""
    if coarseness == 0:
        return white
    soft = blur(white, COARSE)
    impulse = np.zeros((33, 33), np.float32)
    impulse[16, 16] = 1
    spread = blur(impulse, COARSE)
    mixed = (1 - coarseness) * white + coarseness * soft / np.sqrt((spread**2).sum())
    kernel = (1 - coarseness) * impulse + coarseness * spread / np.sqrt((spread**2).sum())
    seen = cv2.filter2D(kernel, -1, LAPLACIANS)
    return np.asarray(mixed / np.sqrt((np.asarray(seen) ** 2).sum()), np.float32)
