"""What the margins of an extended canvas may be filled from.

A margin has no far side that would say what belongs there, so the cheapest copy may hold a whole
object: a second ball, a second sea above the sky. Two rules keep such copies out. Sources lie in
the rows beside the margin, so that horizons meet; and they look like something along the border
that is extended, so that an object which does not reach the border is taken from nowhere.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.completion.likeness import distance_to
from glide_studio.imaging.completion.pyramid import Bools, Floats, Ints, Level
from glide_studio.imaging.filters import bounding_box
from glide_studio.imaging.geometry import Box
from glide_studio.imaging.types import Pixels

THIN = 8  # pixels
SIDE = 128  # pixels of the longer side of the picture that is compared
STRIP = 0.04  # of the shorter side: what counts as along the border
ROW_SLACK = 0.04  # of the height: how far beside its row a margin at the side takes from
REACH = 0.4  # of the width: columns that a margin at one side takes from, at least
DEPTH = 0.25  # of the height: rows that a margin above or below takes from, at least
ROW_WEIGHT, ROW_WEIGHT_ABOVE = 40.0, 8.0  # what the whole height counts for, in CIE76
UNLIKE, LEAST, MOST = 2.5, 7.0, 14.0  # medians from which on a place is unlike, and bounds in CIE76
CLOSE, GROW = 6, 2  # pixels that parts of one object are apart, and that it is grown by
ENCLOSED = 0.05  # of the picture: smaller islands within an object belong to it
JOINT = 8  # pixels on each side of where a picture meets its mirror image, that are no source
KEPT = 0.15  # of every row that stays a source, beside the margin if there is too little else


def margins_around(hole: Bools) -> Box | None:
    """Return the box whose outside is the hole [H, W], or None if the hole is anything else.

    Margins of at most THIN pixels do not count: they are too thin for an object.
    """
    box = bounding_box(~hole)
    if box.empty or hole[box.slices].any():
        return None
    height, width = hole.shape
    widest = max(box.x, box.y, width - box.right, height - box.bottom)
    return box if widest > THIN else None


def source_rows(known: Box, height: int) -> Ints:
    """Return int32 [H, 2]: the first and the last row that each row of the margins may take from.

    known: the box that the margins surround, in a crop of `height` rows.
    """
    rows = np.arange(height)
    slack = max(4, round(ROW_SLACK * known.height))
    first, last = rows - slack, rows + slack
    above, below = rows < known.y, rows >= known.bottom
    end = known.bottom - 1
    first[above], last[above] = known.y, known.y + _depth(known.y, known)
    first[below], last[below] = end - _depth(height - known.bottom, known), end
    return np.clip(np.stack([first, last], 1), known.y, end).astype(np.int32)


def _depth(margin: int, known: Box) -> int:
    return max(margin, round(DEPTH * known.height))


def like_the_border(image: Pixels, source: Bools, known: Box, margin: Box) -> Bools:
    """Return the part of `source` [H, W] that looks like something along the extended border.

    image: uint8 or uint16 [H, W] or [H, W, C]; known: the box that the margins surround; margin:
    box of the one, or those, that will be filled: the border is where it reaches out of `known`.
    Colors and the strength of texture are compared at two sizes, with the rows, at a longer side of
    SIDE pixels. A margin at one side takes from the columns near it. Beside it KEPT of every row is
    left, so that nothing must be taken from far above or below.
    """
    at_left, at_right = margin.x < known.x, margin.right > known.right
    above, below = margin.y < known.y, margin.bottom > known.bottom
    at_sides = at_left or at_right
    unlike = _distance_to_border(_reduce(image[known.slices]), at_sides, above, below)
    objects = _whole_objects(unlike > np.clip(UNLIKE * np.median(unlike), LEAST, MOST))
    if at_sides:
        objects = _keep_in_rows(objects, at_left, at_right)
        if at_left != at_right and not above and not below:
            reach = max(known.x - margin.x, margin.right - known.right) / known.width
            objects = _stay_near(objects, max(REACH, reach), at_left)
    full = cv2.resize(
        objects.astype(np.uint8), (known.width, known.height), interpolation=cv2.INTER_NEAREST
    )
    like = source.copy()
    like[known.slices] &= full == 0
    return like if like.any() else source


def mirror_beside(level: Level, margin: Box, known: Box) -> tuple[Level, Box] | None:
    """Return a crop with the mirror image of its known part beside it, and the margin's box there.

    margin: box of the hole that will be filled, known: of what is known, both in the crop. The
    mirror image stands on the side of the picture that the margin is not on, where any other margin
    is cut off. None if the margin is not on the left or the right side alone, or nothing would be
    left to take from.
    """
    at_left, at_right = margin.x < known.x, margin.right > known.right
    if at_left == at_right or margin.y < known.y or margin.bottom > known.bottom:
        return None
    columns = slice(0, known.right) if at_left else slice(known.x, None)
    inside = slice(known.x, known.right)

    def widen(plane: NDArray[Any]) -> NDArray[Any]:
        parts = [plane[:, columns], plane[:, inside][:, ::-1]]
        return np.concatenate(parts if at_left else parts[::-1], axis=1)

    source = widen(level.source)
    joint = known.right if at_left else known.width
    beside = min(JOINT, known.width // 4)
    source[:, joint - beside : joint + beside] = False
    if not source.any():
        return None
    foreign = None if level.foreign is None else widen(level.foreign)
    wider = Level(widen(level.image), widen(level.hole), source, foreign, level.rows)
    return wider, margin if at_left else margin.move(known.width - known.x, 0)


def _share_left(objects: Bools) -> Floats:
    """Return [h, 1]: the share of a row and those beside it that is no object."""
    rows = 2 * max(1, round(ROW_SLACK * len(objects))) + 1
    share = (~objects).astype(np.float32).mean(1, keepdims=True)
    return np.asarray(cv2.blur(share, (1, rows)), np.float32)


def _keep_in_rows(objects: Bools, at_left: bool, at_right: bool) -> Bools:
    """Return the objects [h, w] without what lies beside a margin, in rows of little else."""
    width = objects.shape[1]
    beside = np.zeros(width, np.bool_)
    reach = max(1, round(KEPT * width))
    beside[:reach] |= at_left
    beside[width - reach :] |= at_right
    return np.asarray(objects & ((_share_left(objects) >= KEPT) | ~beside))


def _stay_near(objects: Bools, reach: float, at_left: bool) -> Bools:
    """Return the objects [h, w] with all that is farther than `reach` of the width from a margin.

    Rows that would then hold too little stay as they are.
    """
    columns = (np.arange(objects.shape[1]) + 0.5) / objects.shape[1]
    far = columns > reach if at_left else columns < 1 - reach
    return np.asarray(objects | (far & (_share_left(objects | far) >= KEPT * reach)))


def _reduce(image: Pixels) -> Floats:
    """Return float32 [h, w, 3], 0 .. 255, of a longer side of SIDE pixels at most."""
    scale = SIDE / max(image.shape[:2])
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1 else image
    values = small.astype(np.float32) * np.float32(255 / np.iinfo(image.dtype).max)
    values = values.reshape(*small.shape[:2], -1)
    return np.repeat(values, 3, 2) if values.shape[2] == 1 else values[..., :3]


def _distance_to_border(small: Floats, at_sides: bool, above: bool, below: bool) -> Floats:
    """Return [h, w]: how far each pixel is from the most similar one along the border, in CIE76.

    The left and the right border both count if one is extended: background reaches both, and an
    object that one of them cuts does not.
    """
    height, width = small.shape[:2]
    strip = max(1, round(STRIP * min(height, width)))
    border = np.zeros((height, width), np.bool_)
    border[:, :strip] |= at_sides
    border[:, width - strip :] |= at_sides
    border[:strip] |= above
    border[height - strip :] |= below
    return distance_to(small, border, ROW_WEIGHT if at_sides else ROW_WEIGHT_ABOVE)


def _whole_objects(unlike: Bools) -> Bools:
    """Return the places [h, w] with specks removed, gaps closed and enclosed islands filled."""
    parts = cv2.morphologyEx(unlike.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    padded = cv2.morphologyEx(np.pad(parts, CLOSE), cv2.MORPH_CLOSE, _disc(CLOSE))
    parts = np.ascontiguousarray(padded[CLOSE:-CLOSE, CLOSE:-CLOSE])
    count, labels, stats, _ = cv2.connectedComponentsWithStats(1 - parts, connectivity=4)
    for label in range(count):
        if stats[label, cv2.CC_STAT_AREA] < ENCLOSED * parts.size:
            parts[labels == label] = 1
    return np.asarray(cv2.dilate(parts, _disc(GROW)) > 0)


def _disc(radius: int) -> NDArray[np.uint8]:
    side = (2 * radius + 1, 2 * radius + 1)
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, side), np.uint8)
