"""Parts of a mask that lie far apart: each is filled on its own, with all of the model's detail."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.document.raster import Raster
from glide_studio.document.tile import TILE_PX
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.types import Pixels

MAX_ISLANDS = 6  # more are one fill: a scattered selection is one thing
SMALLEST_SHARE = 0.02  # of the largest island's area; smaller specks belong to the nearest one
FAR = 0.5  # gap between two islands over the longest side of both
EXACT_SIDE_PX = 1024  # the sides of larger masks are found to SQUARE_PX
SQUARE_PX = 4


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
    """Return the box of each connected part in document pixels, and its area in squares."""
    square = 1 if max(bounds.width, bounds.height) <= EXACT_SIDE_PX else SQUARE_PX
    side = TILE_PX // square
    top, left = bounds.y // TILE_PX, bounds.x // TILE_PX
    rows, columns = (
        (bounds.bottom - 1) // TILE_PX + 1 - top,
        (bounds.right - 1) // TILE_PX + 1 - left,
    )
    covered = np.zeros((rows * side, columns * side), np.uint8)
    for (row, column), tile in mask.tiles():
        place = Box((column - left) * side, (row - top) * side, side, side)
        covered[place.slices] = _covered_squares(tile.pixels, square)
    _, _, stats, _ = cv2.connectedComponentsWithStats(covered, connectivity=8)
    found = []
    for x, y, width, height, area in stats[1:].tolist():
        box = Box(x * square, y * square, width * square, height * square)
        found.append((box.move(left * TILE_PX, top * TILE_PX).clamp(bounds), area))
    return found


def _covered_squares(pixels: Pixels, square: int) -> NDArray[np.bool_]:
    """Tell which squares of a tile's mask have a value that is not 0; square: side, 1, 2 or 4."""
    rows = pixels.reshape(TILE_PX // square, square, -1)
    words = np.bitwise_or.reduce(rows, axis=1).view(f"u{square * pixels.itemsize}")
    covered: NDArray[np.bool_] = words != 0
    return covered


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
