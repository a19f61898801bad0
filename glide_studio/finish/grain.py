"""Grain: how noisy the photo is around the mask, and the noise that a smooth patch lacks.

The noise is measured by Immerkaer's mask ("Fast Noise Variance Estimation", Computer Vision and Image
Understanding 64, 1996), which cancels edges and slopes, over small blocks of which only calm ones
count, so that grass is not taken for grain. Channels are measured together: grain is mostly gray.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.finish.arrays import Picture, Where, blur

LAPLACIANS = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6  # unit noise gain
BLOCK = 8  # pixels a side
CALM = 0.3  # the part of the blocks, the calmest first, that counts
CALM_SHARE = 0.79  # of the variance of white noise is found in its calmest blocks
ENOUGH = 4  # blocks
COARSE = 1.0  # standard deviation in pixels of the blur that makes coarse grain
# Coarseness of grain, and what its measured variance after halving the picture's size is then, in parts
# of that before; white noise keeps a quarter.
COARSENESS = (0.0, 0.25, 0.5, 0.75)
SURVIVES = (0.25, 0.36, 0.65, 1.87)


def noise(picture: Picture, where: Where) -> NDArray[np.float64] | None:
    """Covariance [3, 3] of the noise in `where`, in units of the picture; None if too few blocks fit."""
    residual = np.asarray(
        cv2.filter2D(picture, -1, LAPLACIANS, borderType=cv2.BORDER_REFLECT_101), np.float32
    )
    # The filter reaches one pixel far: what it read outside of `where` must not count.
    solid = cv2.erode(where.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0)
    rows, columns = where.shape[0] // BLOCK, where.shape[1] // BLOCK
    cut = (slice(0, rows * BLOCK), slice(0, columns * BLOCK))
    # A ring is narrow: blocks of which half lies in it are taken, with the half that does.
    weight = solid[cut].reshape(rows, BLOCK, columns, BLOCK).sum(axis=(1, 3), dtype=np.float64)
    inside = residual[cut] * solid[cut][..., None]
    blocks = inside.reshape(rows, BLOCK, columns, BLOCK, 3).transpose(0, 2, 1, 3, 4)
    taken = weight >= BLOCK * BLOCK / 2
    if np.count_nonzero(taken) < ENOUGH:
        return None
    samples = blocks[taken].reshape(-1, BLOCK * BLOCK, 3).astype(np.float64)
    counts = weight[taken]
    energy = np.einsum("bij,bij->b", samples, samples) / counts
    calm = np.argsort(energy, kind="stable")[: max(ENOUGH, round(CALM * len(energy)))]
    chosen = samples[calm]
    covariance: NDArray[np.float64] = np.einsum("bij,bik->jk", chosen, chosen)
    covariance /= counts[calm].sum() * CALM_SHARE
    return covariance


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
    grain = _coloured(white, _coarseness(photo, ring, want)) @ (strength * root.T).astype(
        np.float32
    )
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


def _coloured(white: Picture, coarseness: float) -> Picture:
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
