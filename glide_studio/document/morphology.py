"""Morphology of masks: grow, shrink, feather, smooth, fill holes.

Masks are rasters of 1 channel uint8, lengths are in document pixels. Only the mask's content and
what is in reach of it is read. The canvas's edge is no edge of the mask: a mask that touches it is
taken to go on outside.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from glide_studio.document.raster import Raster
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.types import Uint8

SELECTED_FROM = 128  # values from here on count as selected


def grow(mask: Raster, pixels: float) -> Raster:
    """Select every point within `pixels` of {mask >= 128}, with an antialiased edge.

    Negative values shrink.
    """
    if pixels < 0:
        return shrink(mask, -pixels)
    if pixels == 0:
        return mask
    box = mask.content_box().pad(math.ceil(pixels) + 1).clamp(mask.box)
    return _write(mask, box, _dilate(_read(mask, box), pixels))


def shrink(mask: Raster, pixels: float) -> Raster:
    """Deselect every point within `pixels` of {mask < 128}, with an antialiased edge."""
    if pixels <= 0:
        return mask
    box = mask.content_box().pad(1).clamp(mask.box)
    return _write(mask, box, ~_dilate(~_read(mask, box), pixels))


def feather(mask: Raster, radius: float) -> Raster:
    """Blur by a Gaussian whose standard deviation is `radius`."""
    if radius <= 0:
        return mask
    box = mask.content_box().pad(math.ceil(3 * radius) + 1).clamp(mask.box)
    return _write(mask, box, _blur(_read(mask, box), radius))


def smooth(mask: Raster, radius: float) -> Raster:
    """Round outlines off over about `radius`: blur, then restore an antialiased edge."""
    if radius <= 0:
        return mask
    box = mask.content_box().pad(math.ceil(3 * radius) + 1).clamp(mask.box)
    blurred = _blur(_read(mask, box), radius).astype(np.float32)
    # Across a straight edge the blur's slope is 255 / (radius sqrt(2 pi)) a pixel; undo that.
    gain = max(1.0, radius * math.sqrt(2 * math.pi))
    hard = np.clip((blurred - 127.5) * gain + 127.5, 0, 255)
    return _write(mask, box, np.rint(hard).astype(np.uint8))


def fill_holes(mask: Raster) -> Raster:
    """Select the parts of {mask < 128} that {mask >= 128} encloses, and the rim around them."""
    box = mask.content_box()
    inside = _read(mask, box)
    outside = np.pad((inside < SELECTED_FROM).astype(np.uint8), 1, constant_values=1)
    cv2.floodFill(outside, None, (0, 0), 0)
    rim = cv2.dilate(outside, np.ones((3, 3), np.uint8))[1:-1, 1:-1]
    return _write(mask, box, np.maximum(inside, rim * np.uint8(255)))


def fill_small_holes(mask: Raster, share: float) -> Raster:
    """Select the holes of {mask >= 128} that are at most `share` of what is around them.

    share: of the area within the outline that encloses a hole, 0 .. 1. Returns `mask` itself if
    there is none.
    """
    box = mask.content_box()
    selected = (_read(mask, box) >= SELECTED_FROM).astype(np.uint8)
    outlines, tree = cv2.findContours(selected, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    for hole, (_, _, _, parent) in zip(outlines, () if tree is None else tree[0], strict=True):
        if parent < 0 or cv2.contourArea(hole) > share * cv2.contourArea(outlines[parent]):
            continue
        left, top, width, height = cv2.boundingRect(hole)
        part = Box(box.x + left, box.y + top, width, height)
        pixels = _read(mask, part).copy()
        cv2.drawContours(pixels, [hole], 0, 255, cv2.FILLED, offset=(-left, -top))
        mask = _write(mask, part, pixels)
    return mask


def _read(mask: Raster, box: Box) -> Uint8:
    pixels: Uint8 = mask.read(box)[..., 0].astype(np.uint8, copy=False)
    return pixels


def _write(mask: Raster, box: Box, pixels: Uint8) -> Raster:
    return mask.write(box, pixels[..., None])


def _dilate(pixels: Uint8, by: float) -> Uint8:
    outside = (pixels < SELECTED_FROM).astype(np.uint8)
    if not outside.any() or outside.all():
        return pixels
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # The set ends half a pixel beyond its last center; a pixel is covered as far as it lies within.
    cover = np.clip(np.float32(by + 1) - distance, 0, 1)
    grown: Uint8 = np.maximum(pixels, np.rint(cover * 255).astype(np.uint8))
    return grown


def _blur(pixels: Uint8, sigma: float) -> Uint8:
    if not pixels.size:
        return pixels
    blurred = cv2.GaussianBlur(pixels, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.uint8)
