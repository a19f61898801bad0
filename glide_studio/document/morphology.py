"""Masks made larger, smaller, softer, smoother, whole.

All of them take and give rasters of 1 channel uint8, lengths in document pixels, and look only at what
the mask's content and its reach cover. The canvas's edge is no edge of the mask: what touches it is
taken to go on outside.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.document.raster import Raster
from glide_studio.imaging.geometry import Box

Mask = NDArray[np.uint8]
HALF = 128


def grow(mask: Raster, pixels: float) -> Raster:
    """Every point within `pixels` of {m >= 128} is selected, with an antialiased edge.

    Negative values shrink.
    """
    if pixels < 0:
        return shrink(mask, -pixels)
    if pixels == 0:
        return mask
    box = mask.content_box().pad(math.ceil(pixels) + 1).clamp(mask.box)
    return _put(mask, box, _grown(_get(mask, box), pixels))


def shrink(mask: Raster, pixels: float) -> Raster:
    """Every point within `pixels` of {m < 128} is no longer selected, with an antialiased edge."""
    if pixels <= 0:
        return mask
    box = mask.content_box().pad(1).clamp(mask.box)
    return _put(mask, box, ~_grown(~_get(mask, box), pixels))


def feather(mask: Raster, radius: float) -> Raster:
    """Blurred by a Gaussian whose standard deviation is `radius`."""
    if radius <= 0:
        return mask
    box = mask.content_box().pad(math.ceil(3 * radius) + 1).clamp(mask.box)
    return _put(mask, box, _blurred(_get(mask, box), radius))


def smooth(mask: Raster, radius: float) -> Raster:
    """Outlines rounded off over about `radius`: blurred, then made as hard as an antialiased edge."""
    if radius <= 0:
        return mask
    box = mask.content_box().pad(math.ceil(3 * radius) + 1).clamp(mask.box)
    blurred = _blurred(_get(mask, box), radius).astype(np.float32)
    # Across a straight edge the blur's slope is 255 / (radius sqrt(2 pi)) a pixel; undo that.
    gain = max(1.0, radius * math.sqrt(2 * math.pi))
    hard = np.clip((blurred - 127.5) * gain + 127.5, 0, 255)
    return _put(mask, box, np.rint(hard).astype(np.uint8))


def fill_holes(mask: Raster) -> Raster:
    """Parts of {m < 128} that {m >= 128} encloses are selected, and so is the rim around them."""
    box = mask.content_box()
    inside = _get(mask, box)
    open_ = np.pad((inside < HALF).astype(np.uint8), 1, constant_values=1)
    cv2.floodFill(open_, None, (0, 0), 0)
    rim = cv2.dilate(open_, np.ones((3, 3), np.uint8))[1:-1, 1:-1]
    return _put(mask, box, np.maximum(inside, rim * np.uint8(255)))


def _get(mask: Raster, box: Box) -> Mask:
    pixels: Mask = mask.read(box)[..., 0].astype(np.uint8, copy=False)
    return pixels


def _put(mask: Raster, box: Box, pixels: Mask) -> Raster:
    return mask.write(box, pixels[..., None])


def _grown(pixels: Mask, by: float) -> Mask:
    outside = (pixels < HALF).astype(np.uint8)
    if not outside.any() or outside.all():
        return pixels
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # The set ends half a pixel beyond its last centre; a pixel is covered as far as it lies within.
    cover = np.clip(np.float32(by + 1) - distance, 0, 1)
    grown: Mask = np.maximum(pixels, np.rint(cover * 255).astype(np.uint8))
    return grown


def _blurred(pixels: Mask, sigma: float) -> Mask:
    if not pixels.size:
        return pixels
    blurred = cv2.GaussianBlur(pixels, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.uint8)
