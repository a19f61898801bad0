"""What a removal takes along beside its mask: a soft edge, and what belongs to the thing removed.

A mask that is drawn by hand cuts through the thing here and there. Beside it, as far as traces may
reach, a pixel belongs to the thing if its color is nearer to that within the mask than to that
beyond; what is next to the thing stays.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.filters import masked_blur
from glide_studio.imaging.geometry import Box, Size
from glide_studio.imaging.object_selection import distance_to
from glide_studio.imaging.types import BoolMask, Float32, Pixels

RIM_OF_OBJECT = 0.03  # of the object's longer side
RIM_OF_PICTURE = (0.006, 0.012)  # at least and at most, of the picture's longer side
LARGE_PX = 1000  # longer side from which on its root counts: outlines are drawn more closely there
LEAST_RIM_PX = 4.0
SOFT_SHARE, SOFT_PX = 1 / 3, 2.0  # of the width, and at least: an edge that is taken anyway
REDUCED_PX = 10.0  # a rim is looked at as wide as this at most
COLOR_SHARE = 0.25  # of the width: blur of the colors on both sides
CONTRAST = 8.0  # CIE76 between a pixel and what lies beyond, at least


def rim_width(found: Box, picture: Size) -> float:
    """Compute how far beyond an object's edge its traces reach, in pixels.

    These are the soft edge that a lens and a reduction of the picture make, the ringing of a JPEG,
    and the shadow where it touches the ground. found: what the mask of the object covers.
    """
    longer = max(picture.width, picture.height)
    scale = min(longer, math.sqrt(longer * LARGE_PX))
    least, most = (share * scale for share in RIM_OF_PICTURE)
    wanted = RIM_OF_OBJECT * max(found.width, found.height)
    return max(LEAST_RIM_PX, min(max(wanted, least), most))


def add_rim(rgb: Pixels, mask: BoolMask, width: float) -> BoolMask:
    """Return a mask [h, w] with its rim.

    rgb: uint8 or uint16 [h, w, 3]. width: pixels beside the mask that are looked at, see
    `rim_width`; `rgb` should show as much again.
    """
    scale = min(1.0, REDUCED_PX / width)
    size = max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale))
    image = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    image /= np.float32(np.iinfo(rgb.dtype).max)
    share = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    inside = np.asarray(share > (0.5 if share.max() > 0.5 else 0.0))  # or a thin line
    lab = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2LAB), np.float32)
    own = inside | _find_belonging(lab, inside, width * scale)
    own = cv2.resize(own.astype(np.float32), mask.shape[::-1], interpolation=cv2.INTER_LINEAR) > 0.5
    return np.asarray(distance_to(mask | own) <= max(SOFT_PX, SOFT_SHARE * width))


def _find_belonging(lab: Float32, inside: BoolMask, width: float) -> BoolMask:
    """Return what beside a mask has its colors, and hangs together with it."""
    away = distance_to(inside)
    ring, beyond = (away > 0) & (away <= width), away > width
    if not ring.any() or not beyond.any():
        return ring
    sigma = max(1.0, COLOR_SHARE * width)
    within, without = (
        masked_blur(lab, where, sigma).reshape(-1, 3)[nearest(where)[ring]]
        for where in (inside, beyond)
    )
    colors = cv2.GaussianBlur(lab, (0, 0), 1.0)[ring]
    to_without = np.linalg.norm(colors - without, axis=1)
    found = np.zeros(inside.shape, np.uint8)
    found[ring] = (np.linalg.norm(colors - within, axis=1) < to_without) & (to_without > CONTRAST)
    found[inside] = 1
    opened = cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    opened[inside] = 1
    _, parts = cv2.connectedComponents(opened)
    return np.asarray(ring & (opened > 0) & np.isin(parts, np.unique(parts[inside])))


def nearest(where: BoolMask) -> NDArray[np.int64]:
    """Return the flat index [h, w] of the nearest pixel that is set; one at least must be."""
    _, label = cv2.distanceTransformWithLabels(
        (~where).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_label = np.zeros(int(label.max()) + 1, np.int64)
    of_label[label[where]] = np.flatnonzero(where)
    return np.asarray(of_label[label])
