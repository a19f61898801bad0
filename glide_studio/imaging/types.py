"""Arrays of pictures and masks, and what is said of a mask: its inside, its ring, its edges.

Pictures are float32 [h, w, 3], 0 .. 1, sRGB. Masks are float32 [h, w], 0 .. 1; what may change is
{mask > 0}. OpenCV stays on one thread: the engine's own threads want the cores.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.geometry import Box

cv2.setNumThreads(1)

Picture: TypeAlias = NDArray[np.float32]
Plane: TypeAlias = NDArray[np.float32]
Where: TypeAlias = NDArray[np.bool_]

FAR = np.float32(1e6)  # the distance of pixels from a set that is empty


def distance(inside: Where) -> Plane:
    """[h, w]: distance in pixels of each pixel of `inside` from the nearest one that is not; 0 there.

    The border of the picture counts as inside going on.
    """
    if inside.all():
        return np.full(inside.shape, FAR)
    plane = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(plane, np.float32)


def ring(mask: Plane, known: Where, width: float) -> Where:
    """[h, w]: known pixels outside of the mask, at most `width` pixels from it."""
    outside = mask <= 0
    return outside & known & (distance(outside) <= width)


def bounds(where: Where) -> Box:
    """The smallest box around the True pixels; empty if there are none."""
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    if not rows.size:
        return Box(0, 0, 0, 0)
    return Box.between(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def blur(picture: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Gaussian of standard deviation `sigma` pixels, borders mirrored."""
    blurred = cv2.GaussianBlur(picture, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(blurred, np.float32)


def blur_within(picture: Picture, where: Where, sigma: float) -> Picture:
    """Gaussian mean over the pixels of `where` alone; 0 where none is in reach."""
    weight = where.astype(np.float32)
    total = blur(picture * weight[..., None], sigma)
    share = blur(weight, sigma)[..., None]
    return np.divide(total, share, out=np.zeros_like(total), where=share > 1e-6)
