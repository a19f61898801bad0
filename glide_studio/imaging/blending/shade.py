"""Lighten the side of a drawn object that lies in deeper shade than light in most photos leaves.

Guidance exaggerates what sets a drawing apart, and so the shade of one that is lit from the side:
half of a fruit comes out black. How fast its light falls is measured as the slope of a plane
through log luminance. What is darker elsewhere, a sole or a window, hardly tilts that plane. A dark
face beside a bright one does, but light falls little by little on a round object and at once where
two faces meet, so what falls there is no shade (as in Retinex, Land & McCann 1971).
"""

from __future__ import annotations

import cv2
import numpy as np

from glide_studio.imaging.filters import LUMA_709, bounding_box, gaussian_blur
from glide_studio.imaging.types import BoolMask, Float32, Image, to_linear, to_srgb

SIDE_RATIO = 5.0  # of luminance, from the lit edge to the other: more is too much
MEASURED_PX = 96  # longer side of the object while it is measured
LIT_PERCENTILE = 90.0
BLACK = 0.02  # of what is lit: darker pixels say nothing of the light
LIT_SHARE = 0.6  # of what is lit, which the shaded side stays below
EDGE_WIDTH = 0.055  # of the object: light that falls by a factor e within less falls at an edge
TEXTURE = 0.01  # sigma over the longer side: what is as fine as grain has no edges
SOFTNESS = 0.06  # sigma of what counts as light instead of as detail, over the longer side
OBJECT_ALPHA = 0.5
MIN_PIXELS = 64
STRIP_ROWS = 64  # that are lit at a time: a picture of a large mask is some 100 MB
LUMA = np.array(LUMA_709, np.float32)


def lighten_shade(pixels: Image, alpha: Float32) -> None:
    """Lighten the shaded side of an object that is lit too much from one side, in place.

    pixels: [h, w, 3] sRGB, 0 .. 1. alpha: [h, w]. Hues stay, since gains act in linear light on all
    channels alike; what is lit stays as it is.
    """
    box = bounding_box(alpha > OBJECT_ALPHA)
    if box.area < MIN_PIXELS:
        return
    part = pixels[box.slices]
    scale = min(1.0, MEASURED_PX / max(box.width, box.height))
    size = max(1, round(box.width * scale)), max(1, round(box.height * scale))
    small = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.float32)
    solid = cv2.resize(alpha[box.slices], size, interpolation=cv2.INTER_AREA) > OBJECT_ALPHA
    if np.count_nonzero(solid) < MIN_PIXELS:
        return
    gain = shade_gain(to_linear(small) @ LUMA, solid)
    if gain is None:
        return
    whole = cv2.resize(gain, (box.width, box.height), interpolation=cv2.INTER_LINEAR)
    for top in range(0, box.height, STRIP_ROWS):
        rows = slice(top, top + STRIP_ROWS)
        lit = to_srgb(to_linear(part[rows]) * whole[rows, :, None])
        np.clip(lit, 0, 1, out=part[rows])


def shade_gain(luminance: Float32, solid: BoolMask) -> Float32 | None:
    """Return the gains [h, w], 1 or more, for an object's linear luminance [h, w].

    solid: [h, w] bool, where the object is. None if its light does not fall too much.
    """
    height, width = luminance.shape
    lit = max(float(np.percentile(luminance[solid], LIT_PERCENTILE)), 1e-4)
    rows, columns = np.nonzero(solid)
    across, down = (columns + 0.5) / width, (rows + 0.5) / height
    plane = np.stack([across, down, np.ones_like(across)], axis=1)
    logs = np.log(luminance + BLACK * lit)
    fall = float(np.linalg.lstsq(plane, logs[solid], rcond=None)[0][0])
    excess = abs(fall) * gradual_share(logs, solid) - np.log(SIDE_RATIO)
    if excess <= 0:
        return None
    place = (np.arange(width, dtype=np.float32) + 0.5) / width
    wanted = np.exp(excess * (1 - place if fall > 0 else place)).astype(np.float32)
    sigma, inside = SOFTNESS * max(height, width), solid.astype(np.float32)
    share = np.maximum(gaussian_blur(inside, sigma), 1e-3)
    light = gaussian_blur(luminance * inside, sigma) / share
    most = np.maximum(LIT_SHARE * lit / np.maximum(light, 1e-4), 1)
    gain = np.maximum(wanted * most / (wanted + most), 1)
    return np.maximum(gaussian_blur(gain * inside, sigma) / share, 1)


def gradual_share(logs: Float32, solid: BoolMask) -> float:
    """Return how much, 0 .. 1, of an object's change from side to side is not at edges.

    logs: [h, w], log luminance, over the width of the object. solid: [h, w] bool, where it is.
    """
    smooth = gaussian_blur(logs, TEXTURE * max(logs.shape))
    steps = np.diff(smooth, axis=1)[solid[:, 1:] & solid[:, :-1]]
    change = float(steps.sum())
    if change == 0:
        return 0.0
    gradual = steps[np.abs(steps) * logs.shape[1] * EDGE_WIDTH < 1]
    return min(max(float(gradual.sum()) / change, 0.0), 1.0)
