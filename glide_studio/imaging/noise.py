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
from glide_studio.imaging.types import BoolMask, Image, Pixels, to_unit

IMMERKAER_KERNEL = (
    np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
)  # unit noise gain
BLOCK_PX = 8
QUIET_FRACTION = 0.3  # part of the blocks, the quietest first, that counts
QUIET_VARIANCE_RATIO = 0.79  # variance of white noise in its quietest blocks over that in all
MIN_BLOCKS = 4
STRIP_BLOCKS = 32  # rows of blocks that are measured at a time


def enclosing_blocks(where: BoolMask, margin: int) -> Box:
    """Find the smallest box of whole blocks around `where` [h, w] and `margin` pixels around it.

    Within it noise is measured as in the whole image. The last blocks may be cut by the image's
    end.
    """
    height, width = where.shape
    return bounding_box(where).pad(margin).snap(BLOCK_PX).clamp(Box(0, 0, width, height))


def noise_covariance(image: Image | Pixels, where: BoolMask) -> NDArray[np.float64] | None:
    """Estimate the covariance [3, 3] of the noise in `where`, where 1 is white.

    image: [h, w, 3], float32 in 0 .. 1 or integers. None if too few blocks fit into `where`.
    """
    if min(where.shape) < BLOCK_PX or not where.any():
        return None
    part = enclosing_blocks(where, BLOCK_PX).slices
    image, where = image[part], where[part]
    # The filter reaches one pixel far: what it read outside of `where` must not count.
    solid = np.asarray(
        cv2.erode(where.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0), np.uint8
    )
    # In strips: a picture of a large mask is some 100 MB.
    strips = [
        _block_moments(image, solid, top)
        for top in range(0, where.shape[0] - BLOCK_PX + 1, STRIP_BLOCKS * BLOCK_PX)
    ]
    counts, moments = (np.concatenate(parts) for parts in zip(*strips, strict=True))
    if len(counts) < MIN_BLOCKS:
        return None
    energy = moments.trace(axis1=1, axis2=2) / counts
    order = np.argsort(energy, kind="stable")
    quiet = order[: max(MIN_BLOCKS, round(QUIET_FRACTION * len(energy)))]
    covariance: NDArray[np.float64] = moments[quiet].sum(axis=0)
    covariance /= counts[quiet].sum() * QUIET_VARIANCE_RATIO
    return covariance


def _block_moments(
    image: Image | Pixels, solid: NDArray[np.uint8], top: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Measure the usable blocks of the strip that begins in row `top`.

    Returns how many pixels of each count, [n], and the sums of the products of their residuals'
    channels, [n, 3, 3].
    """
    rows = min(STRIP_BLOCKS, (solid.shape[0] - top) // BLOCK_PX)
    columns = solid.shape[1] // BLOCK_PX
    bottom, right = top + rows * BLOCK_PX, columns * BLOCK_PX
    above, below = min(top, 1), min(solid.shape[0] - bottom, 1)  # rows that the filter reads
    residual = cv2.filter2D(
        to_unit(image[top - above : bottom + below]),
        -1,
        IMMERKAER_KERNEL,
        borderType=cv2.BORDER_REFLECT_101 | cv2.BORDER_ISOLATED,
    )[above : above + bottom - top, :right]
    counted = solid[top:bottom, :right]
    # A band is narrow: blocks of which half lies in it are taken, with the half that does.
    weight = counted.reshape(rows, BLOCK_PX, columns, BLOCK_PX).sum(axis=(1, 3), dtype=np.float64)
    usable = weight >= BLOCK_PX * BLOCK_PX / 2
    residual = residual * counted[..., None]
    blocks = residual.reshape(rows, BLOCK_PX, columns, BLOCK_PX, 3).transpose(0, 2, 1, 3, 4)
    samples = blocks[usable].reshape(-1, BLOCK_PX * BLOCK_PX, 3)
    return weight[usable], np.einsum("bij,bik->bjk", samples, samples, dtype=np.float64)


def noise_variance(image: Image | Pixels, where: BoolMask) -> float:
    """Estimate the variance of the noise in `where`, mean of channels; 0 if it is too small."""
    covariance = noise_covariance(image, where)
    return 0.0 if covariance is None else float(np.trace(covariance)) / 3
