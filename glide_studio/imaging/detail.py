"""Detail: how much of it a picture has in bands of fineness, and giving a soft part what it lacks.

The noise is measured by Immerkaer's mask ("Fast Noise Variance Estimation", Computer Vision and Image
Understanding 64, 1996), which cancels edges and slopes, over small blocks of which only calm ones
count, so that grass is not taken for grain. Channels are measured together: grain is mostly gray.

Both towers use it: `finish` on a patch, `engine` on what a pass by tiles enlarges.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.types import Picture, Where, blur

LAPLACIANS = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6  # unit noise gain
BLOCK = 8  # pixels a side
CALM = 0.3  # the part of the blocks, the calmest first, that counts
CALM_SHARE = 0.79  # of the variance of white noise is found in its calmest blocks
BLOCKS = 4  # that are enough
SIGMAS = (0.0, 0.8, 1.6, 3.2)  # standard deviations between which the bands of detail lie
FLOOR = 2e-5  # variance in a band, 0 .. 1 squared, below which a gain is not believed
MOST = 1.7  # of a gain that the inside alone asks for: more shows as a halo along edges
COARSEST = 6.4  # the band from the last of them to here is what finer ones are compared with
SAME = 0.01  # mean difference, 0 .. 1, below which the ring is the photo itself
ENOUGH = 64  # pixels


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
    if np.count_nonzero(taken) < BLOCKS:
        return None
    samples = blocks[taken].reshape(-1, BLOCK * BLOCK, 3).astype(np.float64)
    counts = weight[taken]
    energy = np.einsum("bij,bij->b", samples, samples) / counts
    calm = np.argsort(energy, kind="stable")[: max(BLOCKS, round(CALM * len(energy)))]
    chosen = samples[calm]
    covariance: NDArray[np.float64] = np.einsum("bij,bik->jk", chosen, chosen)
    covariance /= counts[calm].sum() * CALM_SHARE
    return covariance


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
    grain_photo, grain_patch = grain_variance(photo, ring), grain_variance(patch, inside)
    around = band_energy(detail_band(photo, SIGMAS[-1], COARSEST), ring)
    within = band_energy(detail_band(patch, SIGMAS[-1], COARSEST), inside)
    result = patch.copy()
    for fine, coarse in pairwise(SIGMAS):
        band = detail_band(patch, fine, coarse)
        passes = noise_gain(fine, coarse)
        theirs = band_energy(detail_band(photo, fine, coarse), ring) - passes * grain_photo
        want = within * max(theirs, 0.0) / (around + FLOOR)
        have = max(band_energy(band, inside) - passes * grain_patch, 0.0)
        gain = float(np.clip(np.sqrt((want + FLOOR) / (have + FLOOR)), 1.0, MOST))
        result += np.float32(strength * (gain - 1)) * band
    return np.clip(result, 0, 1)


def detail_band(picture: Picture, fine: float, coarse: float) -> Picture:
    """What lies between two blurs, standard deviations in pixels; fine 0 = the picture as it is."""
    sharp = picture if fine == 0 else blur(picture, fine)
    return sharp - blur(picture, coarse)


def band_energy(band: Picture, where: Where) -> float:
    """Mean square over `where`, all channels."""
    return float(np.mean(np.square(band[where], dtype=np.float64)))


def grain_variance(picture: Picture, where: Where) -> float:
    """Variance of the noise in `where`, mean of the channels; 0 if it cannot be measured."""
    covariance = noise(picture, where)
    return 0.0 if covariance is None else float(np.trace(covariance)) / 3


def noise_gain(fine: float, coarse: float) -> float:
    """What part of the variance of white noise passes the band."""
    impulse = np.zeros((33, 33, 3), np.float32)
    impulse[16, 16] = 1
    return float(np.square(detail_band(impulse, fine, coarse)[..., 0]).sum())
