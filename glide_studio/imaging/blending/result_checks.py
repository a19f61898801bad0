"""Checks of a blended result: nothing outside of the mask changed; how visible the seam is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.ciede2000 import delta_e, rgb_to_lab
from glide_studio.imaging.filters import bounding_box, masked_blur
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.types import BoolMask, Image, Mask

ACROSS_SIGMA_PX = 1.5  # of the mean on either side of the seam
BLUR_EXTENT, TILE_SIDE = 4, 256  # of a Gaussian over its standard deviation; looked at at a time
ALONG_SIGMA_PX = 6.0  # of the mean along it: texture cancels there, a step in tone does not


@dataclass(frozen=True, slots=True)
class UnchangedReport:
    """What `check_unchanged` found outside of {mask > 0}; reports of parts of an image add up.

    compared: pixels compared. differing: those of which any channel differs. largest: the largest
    difference of a channel, in units of the pixels. shaded: pixels that were left out, since the
    shadow of an object was allowed to fall on them. rim: those that a removal took along.
    """

    compared: int = 0
    differing: int = 0
    largest: float = 0.0
    shaded: int = 0
    rim: int = 0

    @property
    def ok(self) -> bool:
        """True if not one pixel differs."""
        return self.differing == 0

    def __add__(self, other: UnchangedReport) -> UnchangedReport:
        return UnchangedReport(
            self.compared + other.compared,
            self.differing + other.differing,
            max(self.largest, other.largest),
            self.shaded + other.shaded,
            self.rim + other.rim,
        )


def check_unchanged(
    before: NDArray[Any], after: NDArray[Any], mask: NDArray[Any]
) -> UnchangedReport:
    """Compare two images [h, w, C] of the same dtype pixel by pixel where `mask` [h, w] is 0.

    Raises:
        ValueError: if shapes or dtypes differ.
    """
    if before.shape != after.shape or before.dtype != after.dtype or mask.shape != before.shape[:2]:
        raise ValueError(
            f"Only equal kinds of images can be compared: {before.dtype} {before.shape},"
            f" {after.dtype} {after.shape}, mask {mask.shape}."
        )
    outside = mask == 0
    differs = outside & (before != after).any(axis=2)
    largest = 0.0
    if differs.any():
        difference = before[differs].astype(np.float64) - after[differs]
        largest = float(np.abs(difference).max())
    return UnchangedReport(int(np.count_nonzero(outside)), int(np.count_nonzero(differs)), largest)


@dataclass(frozen=True, slots=True)
class SeamDifference:
    """CIEDE2000 between the two sides of a seam; about 1 is just noticeable.

    Slopes of the photo that the seam crosses count as well. length: pixels of the seam that were
    measured; the others are 0 if there are none.
    """

    median: float
    percentile95: float
    length: int


def measure_seam(
    image: Image, mask: Mask | NDArray[np.uint8], known: BoolMask | None = None
) -> SeamDifference:
    """Measure the color difference across the edge of {mask > 0} in a blended `image`.

    mask: [h, w]. known: [h, w], pixels outside of the mask that can be compared with; None for all.
    """
    inside = mask > 0
    outside = ~inside if known is None else ~inside & known
    cross = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
    edge = inside & (cv2.dilate(outside.astype(np.uint8), cross) > 0)
    if not edge.any():
        return SeamDifference(0.0, 0.0, 0)

    # In tiles: most of a large mask's box is far from its edge.
    reach = math.ceil(BLUR_EXTENT * (ALONG_SIGMA_PX + ACROSS_SIGMA_PX)) + 2
    whole = Box(0, 0, mask.shape[1], mask.shape[0])
    differences = []
    for tile in _tiles(bounding_box(edge)):
        if not edge[tile.slices].any():
            continue
        near = tile.pad(reach).clamp(whole)
        counted = np.zeros((near.height, near.width), np.bool_)
        inner = tile.move(-near.x, -near.y).slices
        counted[inner] = edge[tile.slices]
        part = near.slices
        differences.append(
            _step_across(image[part], inside[part], outside[part], edge[part], counted)
        )
    difference = np.concatenate(differences)
    return SeamDifference(
        float(np.median(difference)), float(np.percentile(difference, 95)), int(edge.sum())
    )


def _tiles(box: Box) -> Iterator[Box]:
    for top in range(box.y, box.bottom, TILE_SIDE):
        for left in range(box.x, box.right, TILE_SIDE):
            right, bottom = min(left + TILE_SIDE, box.right), min(top + TILE_SIDE, box.bottom)
            yield Box.between(left, top, right, bottom)


def _step_across(
    image: Image, inside: BoolMask, outside: BoolMask, edge: BoolMask, counted: BoolMask
) -> NDArray[np.floating[Any]]:
    """Compute the color difference [n] between both sides at the `counted` pixels of the edge."""

    def mean_along(side: BoolMask) -> Image:
        across = np.clip(masked_blur(image, side, ACROSS_SIGMA_PX), 0, 1)
        return masked_blur(rgb_to_lab(across), edge, ALONG_SIGMA_PX)[counted]

    return delta_e(mean_along(inside), mean_along(outside))
