"""Measurement of noise (film grain, sensor noise) in part of an image.

Immerkaer, "Fast Noise Variance Estimation", Computer Vision and Image Understanding 64 (1996): a
mask that cancels edges and slopes. It is evaluated over small blocks of which only the quietest
count, so that grass is not taken for grain. Channels are measured together, since grain is mostly
gray.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.filters import bounding_box
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.types import BoolMask, Image

IMMERKAER_KERNEL = (
    np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
)  # unit noise gain
BLOCK_PX = 8
QUIET_FRACTION = 0.3  # part of the blocks, the quietest first, that counts
QUIET_VARIANCE_RATIO = 0.79  # variance of white noise in its quietest blocks over that in all
MIN_BLOCKS = 4


def enclosing_blocks(where: BoolMask, margin: int) -> Box:
    """Find the smallest box of whole blocks around `where` [h, w] and `margin` pixels around it.

    Within it noise is measured as in the whole image. The last blocks may be cut by the image's end.
    """
    height, width = where.shape
    box = bounding_box(where).pad(margin)
    left, top = (BLOCK_PX * (start // BLOCK_PX) for start in (box.x, box.y))
    right, bottom = (-BLOCK_PX * (-end // BLOCK_PX) for end in (box.right, box.bottom))
    return Box.between(left, top, right, bottom).clamp(Box(0, 0, width, height))


def noise_covariance(image: Image, where: BoolMask) -> NDArray[np.float64] | None:
    """Estimate the covariance [3, 3] of the noise in `where`, in units of the image.

    None if too few blocks fit into `where`.
    """
    if not where.any():
        return None
    # Copies are avoided: a picture of a large mask is some 100 MB.
    part = enclosing_blocks(where, BLOCK_PX).slices
    image, where = image[part], where[part]
    residual = np.asarray(
        cv2.filter2D(image, -1, IMMERKAER_KERNEL, borderType=cv2.BORDER_REFLECT_101), np.float32
    )
    # The filter reaches one pixel far: what it read outside of `where` must not count.
    solid = cv2.erode(where.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0)
    rows, columns = where.shape[0] // BLOCK_PX, where.shape[1] // BLOCK_PX
    grid = (slice(0, rows * BLOCK_PX), slice(0, columns * BLOCK_PX))
    # A band is narrow: blocks of which half lies in it are taken, with the half that does.
    weight = solid[grid].reshape(rows, BLOCK_PX, columns, BLOCK_PX)
    weight = weight.sum(axis=(1, 3), dtype=np.float64)
    residual *= solid[..., None]
    blocks = residual[grid].reshape(rows, BLOCK_PX, columns, BLOCK_PX, 3).transpose(0, 2, 1, 3, 4)
    usable = weight >= BLOCK_PX * BLOCK_PX / 2
    if np.count_nonzero(usable) < MIN_BLOCKS:
        return None
    samples = blocks[usable].reshape(-1, BLOCK_PX * BLOCK_PX, 3)
    counts = weight[usable]
    energy = np.einsum("bij,bij->b", samples, samples, dtype=np.float64) / counts
    order = np.argsort(energy, kind="stable")
    quiet = order[: max(MIN_BLOCKS, round(QUIET_FRACTION * len(energy)))]
    chosen = samples[quiet].astype(np.float64)
    covariance: NDArray[np.float64] = np.einsum("bij,bik->jk", chosen, chosen)
    covariance /= counts[quiet].sum() * QUIET_VARIANCE_RATIO
    return covariance


def noise_variance(image: Image, where: BoolMask) -> float:
    """Estimate the variance of the noise in `where`, mean of channels; 0 if it is too small."""
    covariance = noise_covariance(image, where)
    return 0.0 if covariance is None else float(np.trace(covariance)) / 3
