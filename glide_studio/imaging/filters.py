"""Filters on images and masks: blur, distance, bounding box, the band around a mask."""

from __future__ import annotations

import cv2
import numpy as np

from glide_studio.imaging.geometry import Box
from glide_studio.imaging.types import BoolMask, Float32, Image, Mask, Uint8

LUMA_601 = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green and blue: ITU-R BT.601
LUMA_709 = (0.2126, 0.7152, 0.0722)  # ITU-R BT.709

INFINITY_PX = np.float32(1e6)  # the distance from an empty set


def gaussian_blur(image: Float32, sigma: float) -> Float32:
    """Blur [h, w] or [h, w, C] by a Gaussian of `sigma` pixels, borders mirrored."""
    blurred = cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(blurred, np.float32)


def masked_blur(image: Image, where: BoolMask, sigma: float) -> Image:
    """Blur by a Gaussian mean over the pixels of `where` alone; 0 where none is in reach."""
    weight = where.astype(np.float32)
    total = gaussian_blur(image * weight[..., None], sigma)
    share = gaussian_blur(weight, sigma)[..., None]
    return np.divide(total, share, out=np.zeros_like(total), where=share > 1e-6)


def distance_to_outside(inside: BoolMask) -> Float32:
    """Compute [h, w]: pixels from each pixel of `inside` to the nearest one outside; 0 outside.

    The inside is taken to go on beyond the border of the image.
    """
    if inside.all():
        return np.full(inside.shape, INFINITY_PX)
    distance = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance, np.float32)


def boundary_band(mask: Mask, known: BoolMask, width: float) -> BoolMask:
    """Find [h, w]: the known pixels outside of {mask > 0}, at most `width` pixels from it."""
    outside = mask <= 0
    return outside & known & (distance_to_outside(outside) <= width)


def bounding_box(where: BoolMask) -> Box:
    """Find the smallest box around the True pixels; empty if there are none."""
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    if not rows.size:
        return Box(0, 0, 0, 0)
    return Box.between(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def reduce_mask(mask: Uint8, width: int, height: int) -> Uint8:
    """Reduce a mask [h, w] to a size by the mean; far faster than one step for large factors.

    A row and a column at the far edges may be left out at each halving.
    """
    while min(mask.shape[0] // max(1, height), mask.shape[1] // max(1, width)) >= 2:
        half = mask.shape[1] // 2, mask.shape[0] // 2
        even = mask[: 2 * half[1], : 2 * half[0]]
        mask = np.asarray(cv2.resize(even, half, interpolation=cv2.INTER_AREA), np.uint8)
    if mask.shape == (height, width):
        return mask
    return np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
