"""Poisson blending: the step at the mask's edge, spread over the inside as a membrane.

Perez, Gangnet, Blake, "Poisson Image Editing" (SIGGRAPH 2003), eq. 9 in its difference form
(section 2, "mixed boundary"): with g = photo - patch at the edge, the correction r solves

    laplace(r) = 0 inside,   r = g on the known pixels around,

and patch + r keeps the patch's gradients but meets the photo. Solved from coarse to fine (cascadic
multigrid: Bornemann, Deuflhard, Numer. Math. 75, 1996), coarse grids getting more sweeps than fine.
"""

from __future__ import annotations

import cv2
import numpy as np

from glide_studio.imaging.filters import boundary_band, bounding_box, masked_blur
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.types import BoolMask, Float32, Image, Mask, Pixels, quantize

SWEPT_PIXELS = 6e6  # on each grid, so that small ones get more sweeps than large ones
SWEEPS = (6, 128)  # the least and the most on a grid
COARSEST_PX = 8  # shorter side of the coarsest grid
# Differences larger than this are other contents, not another tone, and would bleed inside.
MAX_STEP = 0.25
BAND_PX = 6.0  # around the mask, where the difference is measured
STEP_SIGMA_PX = 2.0  # smooths it, so that one pixel's grain draws no streak through the patch

NEIGHBOR_MEAN = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32) / 4


def poisson_blend(
    patch: Image,
    photo: Image,
    mask: Mask,
    known: BoolMask,
    strength: float = 1.0,
    limit: float = MAX_STEP,
) -> Image:
    """Add strength x membrane of (photo - patch) around {mask > 0} to `patch` inside the mask.

    limit: 0 .. 1, the largest difference that is closed; the rest of a larger one stays a step.
    Returns `patch` itself if nothing known lies around the mask.
    """
    band = boundary_band(mask, known, BAND_PX)
    if strength <= 0 or not band.any():
        return patch
    whole = Box(0, 0, mask.shape[1], mask.shape[0])
    region = bounding_box(mask > 0).pad(int(BAND_PX)).clamp(whole).slices
    inside, band = mask[region] > 0, band[region]
    step = np.clip(photo[region] - patch[region], -limit, limit)
    smooth = masked_blur(step, band, STEP_SIGMA_PX)
    correction = solve_membrane(smooth * band[..., None], band)
    blended = patch.copy()
    blended[region] = np.where(
        inside[..., None], np.clip(patch[region] + strength * correction, 0, 1), patch[region]
    )
    return blended


def heal(copied: Pixels, visible: Pixels, coverage: Mask) -> Pixels:
    """Give copied pixels the tone of their new surroundings, so that only their texture is copied.

    copied, visible: [h, w, 4] uint8 or uint16, straight alpha: pixels of another place, and what is
        visible here. Both include a margin of `BAND_PX` or more around the painted area, in which
        their tones are compared where neither is transparent.
    coverage: float32 [h, w], 0 .. 1, above 0 in the painted area.

    Returns `copied` with other colors in the painted area; `copied` itself if there is nothing to
    compare. The median difference is removed first, so that any step in tone is closed, and other
    contents at the edge of the painted area bleed no further than in `poisson_blend`. What that
    leaves of a step fades out within `BAND_PX` of the edge, so that no outline is seen there.
    """
    known: BoolMask = (coverage == 0) & (visible[..., 3] > 0) & (copied[..., 3] > 0)
    band = boundary_band(coverage, known, BAND_PX)
    if not band.any():
        return copied
    scale = np.float32(1 / np.iinfo(copied.dtype).max)
    source, target = copied[..., :3] * scale, visible[..., :3] * scale
    tone = np.median(target[band] - source[band], axis=0)
    painted = coverage > 0
    blended = poisson_blend(source + tone, target, coverage, known)
    closed = poisson_blend(source + tone, target, coverage, known, limit=1.0)
    depth = cv2.distanceTransform(painted.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    fade = np.clip(1 - depth / BAND_PX, 0, 1)[..., None]
    blended += fade * (closed - blended)
    healed = copied.copy()
    healed[painted, :3] = quantize(blended[painted], copied.dtype)
    return healed


def solve_membrane(values: Float32, fixed: BoolMask) -> Float32:
    """Solve laplace(r) = 0 where not `fixed`, with r = `values` [h, w, C] where `fixed` [h, w].

    Borders of the array are free (zero normal derivative). All 0 if nothing is fixed.
    """
    height, width = fixed.shape
    levels = [(values, fixed)]
    while min(levels[-1][1].shape) > COARSEST_PX:
        levels.append(_restrict(*levels[-1]))
    weight = max(1, int(levels[-1][1].sum()))
    mean = (levels[-1][0] * levels[-1][1][..., None]).sum(axis=(0, 1)) / weight
    result = np.broadcast_to(mean, levels[-1][0].shape).astype(np.float32)
    for value, known in reversed(levels):
        rows, columns = known.shape
        if result.shape[:2] != known.shape:
            result = _prolong(result, columns, rows)
        frozen = known.astype(np.uint8)
        result[known] = value[known]
        for _ in range(int(np.clip(SWEPT_PIXELS / known.size, *SWEEPS))):
            mean4 = cv2.filter2D(result, -1, NEIGHBOR_MEAN, borderType=cv2.BORDER_REPLICATE)
            swept = cv2.copyTo(value, frozen, mean4)
            result = np.asarray(swept, np.float32).reshape(value.shape)
    return result.reshape(height, width, -1)


def _restrict(values: Float32, fixed: BoolMask) -> tuple[Float32, BoolMask]:
    """Halve the size; a coarse pixel is fixed if any of its four is, at the mean of those."""
    rows, columns = -(-fixed.shape[0] // 2), -(-fixed.shape[1] // 2)
    pad = ((0, 2 * rows - fixed.shape[0]), (0, 2 * columns - fixed.shape[1]))
    weight = np.pad(fixed, pad).reshape(rows, 2, columns, 2).sum(axis=(1, 3))
    total = np.pad(values * fixed[..., None], (*pad, (0, 0)))
    total = total.reshape(rows, 2, columns, 2, -1).sum(axis=(1, 3))
    return (total / np.maximum(weight, 1)[..., None]).astype(np.float32), weight > 0


def _prolong(values: Float32, width: int, height: int) -> Float32:
    """Double the size, bilinear, and cut it to (height, width)."""
    rows, columns, channels = values.shape
    double = cv2.resize(values, (2 * columns, 2 * rows), interpolation=cv2.INTER_LINEAR)
    double = np.array(double, np.float32).reshape(2 * rows, 2 * columns, channels)
    return double[:height, :width].copy()
