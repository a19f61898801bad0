"""The gradient-domain seam: the step at the mask's edge, spread over the inside as a membrane.

Perez, Gangnet, Blake, "Poisson Image Editing" (SIGGRAPH 2003), eq. 9 in its difference form (section
2, "mixed boundary"): with g = photo - patch at the edge, the correction r solves

    laplace(r) = 0 inside,   r = g on the known pixels around,

and patch + r keeps the patch's gradients but meets the photo. Solved from coarse to fine (cascadic
multigrid: Bornemann, Deuflhard, Numer. Math. 75, 1996), coarse grids getting more sweeps than fine.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.types import Picture, Where, blur_within, bounds, ring

WORK = 6e6  # pixels swept on each grid, so that small ones get more sweeps than large ones
SWEEPS = (6, 128)  # the least and the most
COARSEST = 8  # pixels of the shorter side
LIMIT = 0.25  # larger differences are other contents, not another tone, and would bleed inside
RING = 6.0  # pixels around the mask that say what the difference is
SMOOTH = 2.0  # standard deviation, so that one pixel's grain draws no streak through the patch

CROSS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32) / 4


def close_seam(
    patch: Picture,
    photo: Picture,
    mask: NDArray[np.float32],
    known: Where,
    strength: float = 1.0,
) -> Picture:
    """`patch` + strength x membrane of (photo - patch) around {mask > 0}; new pixels only there.

    Unchanged if nothing known lies around the mask.
    """
    around = ring(mask, known, RING)
    if strength <= 0 or not around.any():
        return patch
    height, width = mask.shape
    box = bounds(mask > 0).pad(int(RING)).clamp(bounds(np.ones((height, width), np.bool_)))
    here = box.slices
    inside, around = mask[here] > 0, around[here]
    difference = np.clip(photo[here] - patch[here], -LIMIT, LIMIT)
    smooth = blur_within(difference, around, SMOOTH)
    correction = membrane(smooth * around[..., None], around)
    closed = patch.copy()
    closed[here] = np.where(
        inside[..., None], np.clip(patch[here] + strength * correction, 0, 1), patch[here]
    )
    return closed


def membrane(values: NDArray[np.float32], fixed: Where) -> NDArray[np.float32]:
    """[h, w, C]: `values` where `fixed`, elsewhere the harmonic function between them.

    Borders of the array are free (zero normal derivative). All 0 if nothing is fixed.
    """
    height, width = fixed.shape
    levels = [(values, fixed)]
    while min(levels[-1][1].shape) > COARSEST:
        levels.append(_coarser(*levels[-1]))
    weight = max(1, int(levels[-1][1].sum()))
    mean = (levels[-1][0] * levels[-1][1][..., None]).sum(axis=(0, 1)) / weight
    result = np.broadcast_to(mean, levels[-1][0].shape).astype(np.float32)
    for depth in range(len(levels) - 1, -1, -1):
        value, here = levels[depth]
        rows, columns = here.shape
        if result.shape[:2] != here.shape:
            result = _resized(result, columns, rows)
        held = here.astype(np.uint8)
        result[here] = value[here]
        for _ in range(int(np.clip(WORK / here.size, *SWEEPS))):
            mean4 = cv2.filter2D(result, -1, CROSS, borderType=cv2.BORDER_REPLICATE)
            swept = cv2.copyTo(value, held, mean4)
            result = np.asarray(swept, np.float32).reshape(value.shape)
    return result.reshape(height, width, -1)


def _coarser(values: NDArray[np.float32], fixed: Where) -> tuple[NDArray[np.float32], Where]:
    """Half the size; a coarse pixel is fixed if any of its four is, at their mean."""
    rows, columns = -(-fixed.shape[0] // 2), -(-fixed.shape[1] // 2)
    pad = ((0, 2 * rows - fixed.shape[0]), (0, 2 * columns - fixed.shape[1]))
    weight = np.pad(fixed, pad).reshape(rows, 2, columns, 2).sum(axis=(1, 3))
    total = np.pad(values * fixed[..., None], (*pad, (0, 0)))
    total = total.reshape(rows, 2, columns, 2, -1).sum(axis=(1, 3))
    return (total / np.maximum(weight, 1)[..., None]).astype(np.float32), weight > 0


def _resized(values: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """Twice the size, cut to (height, width); bilinear."""
    rows, columns, channels = values.shape
    twice = cv2.resize(values, (2 * columns, 2 * rows), interpolation=cv2.INTER_LINEAR)
    return (
        np.array(twice, np.float32).reshape(2 * rows, 2 * columns, channels)[:height, :width].copy()
    )
