"""Feathering: an alpha that fades towards the mask's edge, and laying pixels over a photo by it."""

from __future__ import annotations

import cv2
import numpy as np

from glide_studio.imaging.filters import distance_to_outside
from glide_studio.imaging.types import Float32, Image, Mask


def feather(mask: Mask, width: float) -> Mask:
    """Compute mask x smoothstep(d / (width + 1)), d the distance in pixels from {mask = 0}.

    The fade runs inwards: alpha is above 0 only where the mask is. A part of the mask that is narrower
    than four times `width` fades over a quarter of its own breadth instead, so that thin strokes keep
    a full core. Where the mask reaches the border of the image there is no edge.
    """
    if width <= 0:
        return mask.copy()
    inside = mask > 0
    depth = distance_to_outside(inside)
    _, labels = cv2.connectedComponents(inside.astype(np.uint8), connectivity=8)
    peak = np.zeros(int(labels.max()) + 1, np.float32)
    np.maximum.at(peak, labels.ravel().astype(np.intp), depth.ravel())
    reach = np.minimum(np.float32(width), peak / 2)[labels]
    t = np.clip(depth / (reach + 1), 0, 1)
    return np.asarray(mask * t * t * (3 - 2 * t), np.float32)


def alpha_over(photo: Image, pixels: Image, alpha: Float32) -> Image:
    """Lay `pixels` over `photo` by `alpha` [h, w]; bit-identical to `photo` where alpha is 0."""
    share = alpha[..., None]
    return np.where(share > 0, photo + share * (pixels - photo), photo)
