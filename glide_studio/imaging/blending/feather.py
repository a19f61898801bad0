"""Feathered masks: an alpha that fades towards the mask's edge, and blending by such an alpha."""

from __future__ import annotations

import cv2
import numpy as np

from glide_studio.imaging.filters import distance_to_outside
from glide_studio.imaging.types import Float32, Image, Mask, Pixels, to_unit

STRIP_ROWS = 64  # that are blended at a time


def feather(mask: Mask, width: float) -> Mask:
    """Compute mask x smoothstep(d / (width + 1)), d the distance in pixels from {mask = 0}.

    The fade runs inwards: alpha is above 0 only where the mask is. A part of the mask that is
    narrower than four times `width` fades over a quarter of its own breadth instead, so that thin
    strokes keep a full core. Where the mask reaches the border of the image there is no edge.
    """
    if width <= 0:
        return mask.copy()
    inside = mask > 0
    depth = distance_to_outside(inside)
    _, labels = cv2.connectedComponents(inside.astype(np.uint8), connectivity=8)
    peak = np.zeros(int(labels.max()) + 1, np.float32)
    np.maximum.at(peak, np.asarray(labels, np.int32).ravel(), depth.ravel())
    reach = np.minimum(np.float32(width), peak / 2)[labels]
    del labels
    # in place: the mask may be of a large part of the picture
    reach += 1
    t = np.clip(np.divide(depth, reach, out=reach), 0, 1, out=reach)
    alpha: Mask = mask * t
    alpha *= t
    t *= -2
    t += 3
    alpha *= t
    return alpha


def alpha_over(photo: Image | Pixels, pixels: Image, alpha: Float32) -> Image:
    """Lay `pixels` over `photo` by `alpha` [h, w]; bit-identical to `photo` where alpha is 0.

    photo: [h, w, 3], float32 in 0 .. 1 or integers.
    """
    mixed: Image = np.empty(pixels.shape, np.float32)
    for top in range(0, len(mixed), STRIP_ROWS):  # a picture of a large mask is some 100 MB
        rows = slice(top, top + STRIP_ROWS)
        below, share, strip = to_unit(photo[rows]), alpha[rows, :, None], mixed[rows]
        np.subtract(pixels[rows], below, out=strip)
        strip *= share
        strip += below
        np.copyto(strip, below, where=share <= 0)
    return mixed


def replace_covered(old: Pixels, new: Pixels, coverage: Mask) -> Pixels:
    """Replace `old` by `new` as far as `coverage`, 0 .. 1, says: the clone stamp.

    old, new: [h, w, 4] uint8 or uint16, straight alpha. coverage: float32 [h, w]. Colors are mixed
    in proportion to their alphas. The result is exactly `old` where coverage is 0 and exactly `new`
    where it is 1.
    """
    max_value = np.float32(np.iinfo(old.dtype).max)
    share = coverage[..., None]
    old_weight = (1 - share) * (old[..., 3:] / max_value)
    new_weight = share * (new[..., 3:] / max_value)
    alpha = old_weight + new_weight
    color = old_weight * old[..., :3] + new_weight * new[..., :3]
    color /= np.maximum(alpha, np.float32(1e-6))
    mixed = np.concatenate([color, alpha * max_value], axis=-1)
    pixels = np.rint(np.clip(mixed, 0, max_value)).astype(old.dtype)
    return np.where(share == 1, new, np.where(share == 0, old, pixels))
