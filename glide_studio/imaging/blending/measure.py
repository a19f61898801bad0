"""How visible a seam is: the color difference across the mask's edge, as one number."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from glide_studio.imaging.ciede2000 import delta_e, lab
from glide_studio.imaging.types import Picture, Plane, Where, blur_within

ACROSS = 1.5  # standard deviation in pixels of what is averaged on either side of the seam
ALONG = 6.0  # and of what is then averaged along it: texture cancels there, a step in tone does not


@dataclass(frozen=True, slots=True)
class SeamDifference:
    """CIEDE2000 between the two sides of the seam; about 1 is just noticeable. Slopes of the photo itself
    that the seam crosses count as well.

    length: pixels of the seam that were looked at; all else is 0 if there are none.
    """

    median: float
    percentile95: float
    length: int


def seam_difference(picture: Picture, mask: Plane, known: Where | None = None) -> SeamDifference:
    """The difference along the edge of {mask > 0} in the finished `picture`.

    known: [h, w], pixels outside of the mask that can be compared with; None for all.
    """
    inside = mask > 0
    outside = ~inside if known is None else ~inside & known
    cross = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
    edge = inside & (cv2.dilate(outside.astype(np.uint8), cross) > 0)
    if not edge.any():
        return SeamDifference(0.0, 0.0, 0)
    sides = [
        blur_within(lab(np.clip(blur_within(picture, side, ACROSS), 0, 1)), edge, ALONG)[edge]
        for side in (inside, outside)
    ]
    difference = delta_e(*sides)
    return SeamDifference(
        float(np.median(difference)), float(np.percentile(difference, 95)), int(edge.sum())
    )
