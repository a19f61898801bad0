"""Straight lines that a hole interrupts, and the shifts that continue them.

Whatever is copied along a line puts the line onto itself. Such shifts are tried beside those that
the search finds, as Huang, Kang, Ahuja, Kopf, "Image completion using planar structure guidance"
(2014), try the directions of planes. Segments are those of Grompone von Gioi et al., "LSD" (2012).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.completion.pyramid import Bools, Floats, Ints, Level, fill_smoothly

LENGTH = 10.0  # pixels that a segment has at least
LONG = 25.0  # pixels of a line that may be taken out of the picture
BESIDE = 4.0  # pixels from its end to the hole, at most
REPEATS = 3  # a segment shorter than the gap is laid end to end so many times
SLACK = 6  # pixels by which a shift may be longer, so that it falls on whole pixels
SEEN, ASIDE = 12.0, 2.0  # pixels along a segment, and beside it, where its colors are compared
UNLIKE = 40.0  # colors, 0 .. 255, of two segments that are no one line
ANGLE, OFFSET = 5.0, 2.0  # degrees and pixels by which segments of one line may differ
STRICT_ANGLE, STRICT_LENGTH = 1.5, 15.0  # so straight on, and so long, its colors may change
BAND = 2.5  # pixels beside a line where its direction counts
GUIDE = 2000.0  # what a shift costs that moves a line aside by a pixel, squared differences
HORIZON_LENGTH, HORIZON_SHARE = 50.0, 0.5  # pixels of its segment at least, and of the gap
MATCHED = 3.0  # what a segment that goes on beyond the hole counts for


@dataclass(frozen=True, slots=True)
class Gap:
    """Where a hole interrupts a line: the end (y, x) of a segment beside the hole, its direction
    (dy, dx) of length 1 into the hole, its length, and the width of the hole along it, pixels.
    goes_on: the same line is seen on the other side, or is to leave the picture. horizon: it
    goes on, is long, and what lies on one side of it has another color than what lies on the other.
    beyond: (y, x) where the line is seen again."""

    end: tuple[float, float]
    direction: tuple[float, float]
    length: float
    width: float
    goes_on: bool
    horizon: bool = False
    beyond: tuple[float, float] | None = None

    def scale(self, by: float) -> Gap:
        """Return the gap in a picture `by` times as large."""
        y, x = self.end
        beyond = None if self.beyond is None else (self.beyond[0] * by, self.beyond[1] * by)
        return replace(
            self,
            end=(y * by, x * by),
            length=self.length * by,
            width=self.width * by,
            beyond=beyond,
        )

    def shifts(self) -> Ints:
        """Return int32 [N, 2], (dy, dx): back onto the segment, laid end to end over the gap.

        They are as long as makes whole pixels come closest to the line.
        """
        dy, dx = self.direction
        chosen = []
        for number in range(1, min(REPEATS, int(np.ceil(self.width / self.length))) + 1):
            least = min(number * self.length, self.width + BESIDE)
            lengths = np.arange(least, least + SLACK, 0.25)[:, None]
            whole = np.rint(-lengths * (dy, dx))
            chosen.append(whole[np.abs(whole @ (-dx, dy)).argmin()])
        return np.array(chosen, np.int32)

    def which_shift(self, ys: NDArray[np.int64], xs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the index of the shortest of `shifts` that reaches the segment from each pixel."""
        along, _ = self.place(ys, xs)
        return np.asarray(np.clip(along // self.length, 0, len(self.shifts()) - 1), np.int64)

    def place(
        self, ys: NDArray[np.int64], xs: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return how far pixels are from the end along the line, and from the line."""
        (dy, dx), y, x = self.direction, ys - self.end[0], xs - self.end[1]
        return y * dy + x * dx, np.abs(x * dy - y * dx)


def guide_along(gaps: Sequence[Gap], hole: Bools) -> Floats:
    """Return [H, W, 3]: the normal (dy, dx) of the line through each pixel, and its weight.

    The weight is 0 where no line goes on; a shift is to be at right angles to the normal.
    """
    guide = np.zeros((*hole.shape, 3), np.float32)
    nearest = np.full(hole.shape, BAND)
    ys, xs = np.arange(hole.shape[0])[:, None], np.arange(hole.shape[1])
    for gap in gaps:
        if not gap.goes_on:
            continue
        dy, dx = gap.direction
        along, aside = gap.place(ys, xs)
        here = hole & (aside < nearest) & (along > -BESIDE) & (along < gap.width + BESIDE)
        nearest[here] = aside[here]
        guide[here] = (-dx, dy, GUIDE)
    return guide


def interrupted_lines(level: Level, number: int) -> list[Gap]:
    """Return the gaps of at most `number` lines, those that weigh most first."""
    image: Floats = level.image[..., :3].copy()
    fill_smoothly(image, level.hole)
    return _gaps(_segments(image), image, level.hole, level.rows is not None)[:number]


def _segments(image: Floats) -> NDArray[np.float64]:
    """Return [N, 4]: x, y of both ends."""
    luma = np.clip(image.mean(-1), 0, 255).astype(np.uint8)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE).detect(luma)[0]
    if found is None:
        return np.zeros((0, 4))
    found = np.asarray(found, np.float64).reshape(-1, 4)
    return found[np.hypot(found[:, 2] - found[:, 0], found[:, 3] - found[:, 1]) >= LENGTH]


def _gaps(segments: NDArray[np.float64], image: Floats, hole: Bools, leaves: bool) -> list[Gap]:
    """Return the gaps at the ends of segments, best first.

    leaves: whether a long line that meets no known pixel again goes on out of the picture.
    """
    away = cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, 3)
    height, width = hole.shape
    ends = np.concatenate([segments, segments[:, [2, 3, 0, 1]]])
    found = []
    for far_x, far_y, x, y in ends:
        row, column = (int(np.clip(v, 0, n - 1)) for v, n in ((y, height), (x, width)))
        if away[row, column] > BESIDE:
            continue
        length = float(np.hypot(x - far_x, y - far_y))
        direction = np.array([y - far_y, x - far_x]) / length
        steps = np.arange(1, height + width)[:, None] * direction + (y, x)
        rows, columns = np.rint(steps).astype(int).T
        inside = (rows >= 0) & (columns >= 0) & (rows < height) & (columns < width)
        covered = np.zeros(len(steps), np.bool_)
        covered[inside] = hole[rows[inside], columns[inside]]
        first = np.flatnonzero(covered[: int(2 * BESIDE)])
        if not len(first):
            continue
        gap = float(first[0] + np.argmin(np.append(covered[first[0] :], False)) + 1)
        weight = min(length, gap)
        beyond = _find_beyond(ends, image, np.array([far_x, far_y, x, y]), direction, gap)
        goes_on = beyond is not None
        if leaves and length >= LONG and covered[inside][int(first[0]) :].all():
            goes_on = True
        weight *= MATCHED if goes_on else 1
        horizon = goes_on and length >= max(HORIZON_LENGTH, HORIZON_SHARE * gap)
        horizon = horizon and _divides(image, hole, np.array([far_y, far_x]), direction, length)
        heading = float(direction[0]), float(direction[1])
        found.append((weight, Gap((y, x), heading, length, gap, goes_on, horizon, beyond)))
    found.sort(key=lambda one: -one[0])
    return [gap for _, gap in found]


def _divides(
    image: Floats, hole: Bools, far: NDArray[np.float64], direction: NDArray[np.float64],
    length: float,
) -> bool:  # fmt: skip
    """Tell whether the known colors on both sides of a segment that begins at `far` differ."""
    points = far + np.arange(0, length)[:, None] * direction
    normal = np.array([-direction[1], direction[0]])
    last = np.array(hole.shape) - 1
    rows, columns = np.clip(np.rint([points - ASIDE * normal, points + ASIDE * normal]), 0, last).T
    rows, columns = rows.astype(int), columns.astype(int)
    known = ~hole[rows, columns].any(1)
    if not known.any():
        return False
    sides = image[rows[known], columns[known]].mean(0)
    return bool(np.abs(sides[0] - sides[1]).max() >= UNLIKE)


def _find_beyond(
    ends: NDArray[np.float64], image: Floats, segment: NDArray[np.float64],
    direction: NDArray[np.float64], gap: float,
) -> tuple[float, float] | None:  # fmt: skip
    """Find where a segment continues another one beyond a gap, (y, x); None if none does.

    It lies very straight on, or has the same colors.
    """
    points = ends.reshape(-1, 2, 2)[..., ::-1] - segment[[3, 2]]  # far and near end, (dy, dx)
    along = points @ direction
    aside = points @ np.array([-direction[1], direction[0]])
    length = np.maximum(along[:, 0] - along[:, 1], 1e-6)
    near = (along[:, 1] > 0.7 * gap) & (along[:, 1] < gap + 3 * BESIDE) & (length > LENGTH / 2)
    slope = np.tan(np.radians(ANGLE))
    near &= np.abs(aside[:, 1]) < OFFSET + slope * gap / 2
    near &= np.abs(aside[:, 0] - aside[:, 1]) < slope * length
    # a horizon goes on under a sky that darkens, and where a headland ends
    narrow = np.tan(np.radians(STRICT_ANGLE))
    own_length = math.dist(*segment.reshape(2, 2))
    straight = near & (np.minimum(length, own_length) >= STRICT_LENGTH)
    straight &= np.maximum(length, own_length) >= max(HORIZON_LENGTH, HORIZON_SHARE * gap)
    straight &= np.abs(aside[:, 1]) < OFFSET + narrow * gap / 2
    straight &= np.abs(aside[:, 0] - aside[:, 1]) < OFFSET / 2 + narrow * length
    own = _colors_beside(image, segment, direction)
    for index in np.flatnonzero(near):
        other = ends[index]
        alike = np.abs(_colors_beside(image, other, direction) - own).max() < UNLIKE
        if straight[index] or alike:
            return float(other[3]), float(other[2])
    return None


def _colors_beside(
    image: Floats, segment: NDArray[np.float64], direction: NDArray[np.float64]
) -> Floats:
    """Return [2, 3]: the mean colors on both sides of a segment, near its end."""
    far_x, far_y, x, y = segment
    length = float(np.hypot(x - far_x, y - far_y))
    back = np.array([far_y - y, far_x - x]) / length
    seen = np.arange(BESIDE / 2, max(BESIDE, min(length, SEEN)))
    points = np.array([y, x]) + seen[:, None] * back
    sides = []
    for way in (-ASIDE, ASIDE):
        moved = np.rint(points + way * np.array([-direction[1], direction[0]])).astype(int)
        rows, columns = np.clip(moved, 0, np.array(image.shape[:2]) - 1).T
        sides.append(image[rows, columns].mean(0))
    return np.asarray(sides, np.float32)
