"""Measures of a drawn object with alpha: its rim, its saturation, and what it was copied from.

Objects are [h, w, 4] float32 in 0 .. 1, straight alpha.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

BACKGROUNDS = {"gray": 0.5, "white": 1.0, "black": 0.0}
RIM = (0.02, 0.98)  # alpha of the rim lies between
OPAQUE = 0.98
CHROMA_PERCENTILE = 95  # of a scene: more colorful than that is beyond it
SIGNATURE_SIDE = 32  # pixels of the pictures that are correlated


def over(picture: Floats, background: Floats | float) -> Floats:
    """Composite an object over a background [h, w, 3] or a gray."""
    alpha = picture[..., 3:]
    return np.asarray(picture[..., :3] * alpha + background * (1 - alpha), np.float32)


def halo(picture: Floats) -> float:
    """Return how far colors in the rim lie beyond the object's and the background's, 0 .. 1.

    In the rim a composite lies between the background and the color of the nearest opaque pixel; what
    is outside of that range is a fringe. Mean over channels, pixels of the rim and three backgrounds;
    NaN for an object without a rim or without an opaque pixel.
    """
    alpha = picture[..., 3]
    rim, inside = (alpha > RIM[0]) & (alpha < RIM[1]), alpha >= OPAQUE
    if not rim.any() or not inside.any():
        return float("nan")
    _, labels = cv2.distanceTransformWithLabels(
        (~inside).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    color_of_label = np.zeros((labels.max() + 1, 3), np.float32)
    color_of_label[labels[inside]] = picture[inside, :3]
    nearest = color_of_label[labels[rim]]
    errors = []
    for gray in BACKGROUNDS.values():
        shown = over(picture, gray)[rim]
        low, high = np.minimum(nearest, gray), np.maximum(nearest, gray)
        errors.append(np.maximum(low - shown, 0) + np.maximum(shown - high, 0))
    return float(np.mean(errors))


def excess_chroma(picture: Floats, scene: Floats) -> float:
    """Return the mean CIELAB chroma of an object beyond all but the most colorful 5 % of a scene."""
    opaque = picture[..., 3] >= OPAQUE
    if not opaque.any():
        return 0.0
    limit = np.percentile(chroma(scene), CHROMA_PERCENTILE)
    return float(np.maximum(chroma(picture[..., :3])[opaque] - limit, 0).mean())


def chroma(rgb: Floats) -> Floats:
    """Return the CIELAB chroma of [h, w, 3] sRGB."""
    lab = cv2.cvtColor(np.ascontiguousarray(rgb, np.float32), cv2.COLOR_RGB2LAB)
    return np.asarray(np.hypot(lab[..., 1], lab[..., 2]))


def signature(picture: Floats) -> Floats:
    """Return an object cropped to its alpha, over gray, as a vector of mean 0 and length 1."""
    rows, columns = (np.flatnonzero((picture[..., 3] > 0.1).any(axis=axis)) for axis in (1, 0))
    if len(rows):
        picture = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    size = (SIGNATURE_SIDE, SIGNATURE_SIDE)
    small = cv2.resize(over(picture, BACKGROUNDS["gray"]), size, interpolation=cv2.INTER_AREA)
    vector = small.ravel() - small.mean()
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)


def nearest_correlation(picture: Floats, training: Floats) -> float:
    """Return the highest correlation of an object, mirrored or not, with signatures [n, d]."""
    both = np.stack([signature(picture), signature(np.ascontiguousarray(picture[:, ::-1]))])
    return float((training @ both.T).max())


def signatures(pictures: Sequence[Floats]) -> Floats:
    """Return the signatures of objects, [n, d]."""
    return np.stack([signature(picture) for picture in pictures])
