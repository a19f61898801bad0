"""The alpha of a result: full inside, fading towards the mask's edge and never beyond it."""

from __future__ import annotations

import cv2
import numpy as np

from glide_studio.imaging.types import Plane, distance


def feather(mask: Plane, width: float) -> Plane:
    """mask x smoothstep(d / (width + 1)), with d the distance from the nearest pixel of mask 0.

    The fade runs inwards: alpha is above 0 only where the mask is. A part of the mask that is narrower
    than four times `width` fades over a quarter of its own breadth instead, so that thin strokes keep
    a full core. Where the mask reaches the picture's border there is no edge.
    """
    if width <= 0:
        return mask.copy()
    inside = mask > 0
    depth = distance(inside)
    _, labels = cv2.connectedComponents(inside.astype(np.uint8), connectivity=8)
    peak = np.zeros(int(labels.max()) + 1, np.float32)
    np.maximum.at(peak, labels.ravel().astype(np.intp), depth.ravel())
    reach = np.minimum(np.float32(width), peak / 2)[labels]
    t = np.clip(depth / (reach + 1), 0, 1)
    return np.asarray(mask * t * t * (3 - 2 * t), np.float32)
