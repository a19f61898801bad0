"""Parts of a mask that lie far apart: each is filled on its own, with all of the model's detail."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from glide_studio.document.raster import Raster
from glide_studio.imaging.geometry import Box

MAX_ISLANDS = 6  # more are one fill: a scattered selection is one thing
SMALLEST_SHARE = 0.02  # of the largest island's area; smaller specks belong to the nearest one
FAR = 0.5  # gap between two islands over the longest side of both
ANALYSIS_SIDE_PX = 1024  # longer side of the reduced mask that is looked at


def split_islands(mask: Raster) -> list[Raster]:
    """Split a mask into parts with gaps of more than FAR of the longer one's side.

    Returns [mask] if it is empty, all of one piece, or scattered over more than MAX_ISLANDS places.
    """
    bounds = mask.content_box()
    if bounds.empty:
        return [mask]
    boxes = _join_near(_find_components(mask, bounds))
    if not 1 < len(boxes) <= MAX_ISLANDS:
        return [mask]
    parts = (box.clamp(mask.size.box) for box in boxes)
    return [Raster.empty(mask.size, 1).write(box, mask.read(box)) for box in parts]


def _find_components(mask: Raster, bounds: Box) -> list[tuple[Box, int]]:
    """Return the box of each connected part in document pixels, and its area in reduced pixels."""
    pixels = mask.read(bounds)[..., 0]
    scale = min(1.0, ANALYSIS_SIDE_PX / max(bounds.width, bounds.height))
    size = (max(1, round(bounds.width * scale)), max(1, round(bounds.height * scale)))
    covered = np.where(pixels > 0, np.uint8(255), np.uint8(0))
    # A mean that is above 0 keeps thin strokes, which single pixels would miss.
    small = cv2.resize(covered, size, interpolation=cv2.INTER_AREA)
    _, _, stats, _ = cv2.connectedComponentsWithStats(small, connectivity=8)
    across, down = bounds.width / size[0], bounds.height / size[1]
    found = []
    for left, top, width, height, area in stats[1:]:
        box = Box.between(
            bounds.x + int(left * across) - 1,
            bounds.y + int(top * down) - 1,
            bounds.x + int((left + width) * across) + 2,
            bounds.y + int((top + height) * down) + 2,
        )
        found.append((box, int(area)))
    return found


def _join_near(components: Sequence[tuple[Box, int]]) -> list[Box]:
    """Join boxes until the gaps between all are wide enough."""
    largest = max((area for _, area in components), default=0)
    specks = [box for box, area in components if area < SMALLEST_SHARE * largest]
    boxes = [box for box, area in components if area >= SMALLEST_SHARE * largest]
    for speck in specks:
        nearest = min(range(len(boxes)), key=lambda n: _gap(boxes[n], speck))
        boxes[nearest] = boxes[nearest].union(speck)
    joined = True
    while joined and len(boxes) > 1:
        joined = False
        for one in range(len(boxes)):
            near = next(
                (n for n in range(one + 1, len(boxes)) if _is_near(boxes[one], boxes[n])), None
            )
            if near is not None:
                boxes[one] = boxes[one].union(boxes.pop(near))
                joined = True
                break
    return boxes


def _is_near(one: Box, other: Box) -> bool:
    longest = max(one.width, one.height, other.width, other.height)
    return _gap(one, other) <= FAR * longest


def _gap(one: Box, other: Box) -> float:
    """Return the pixels between two boxes, in a straight line."""
    across = max(one.x, other.x) - min(one.right, other.right)
    down = max(one.y, other.y) - min(one.bottom, other.bottom)
    return math.hypot(max(across, 0), max(down, 0))
