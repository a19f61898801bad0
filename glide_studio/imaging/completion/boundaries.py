"""Boundaries between two regions of a picture, which a hole interrupts, and their two sides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.completion.lines import Gap
from glide_studio.imaging.completion.pyramid import Floats, Ints

Points = NDArray[np.float64]  # [N, 2], rows and columns

STEP = 0.5  # pixels between the points of a boundary
PIECE = 20.0  # pixels of a boundary that are copied at once, at most
LEAST = 2.0  # pixels that must be seen of a boundary to be copied
SIDE_REACH = 6.0  # pixels from a boundary where the distance counts


@dataclass(frozen=True, slots=True)
class Boundary:
    """A curve through the hole that goes on straight at both ends until it has left the picture.

    points: STEP apart. marks: pixels along it where it is seen first, where it enters the hole,
    where it leaves it, and where it is seen last.
    """

    points: Points
    marks: tuple[float, float, float, float]

    def scale(self, by: float) -> Boundary:
        """Return the boundary in a picture `by` times as large."""
        seen, enters, leaves, lost = self.marks
        marks = (seen * by, enters * by, leaves * by, lost * by)
        return Boundary(space_evenly((self.points + 0.5) * by - 0.5), marks)

    def in_hole(self) -> Points:
        """Return the points between where it enters the hole and where it leaves it."""
        return self.points[round(self.marks[1] / STEP) : round(self.marks[2] / STEP) + 1]

    def nearest_point(self, shape: tuple[int, int]) -> Ints:
        """Return int32 [H, W]: the index of the point that is nearest to each pixel, about."""
        at = np.rint(self.points).astype(np.int64)
        shown = np.flatnonzero(((at >= 0) & (at < shape)).all(1))
        rows, columns = at[shown].T
        aside = np.ones(shape, np.uint8)
        aside[rows, columns] = 0
        index = np.zeros(shape, np.int32)
        index[rows, columns] = shown
        _, label = cv2.distanceTransformWithLabels(
            aside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        of_label = np.zeros(int(label.max()) + 1, np.int32)
        of_label[label[rows, columns]] = index[rows, columns]
        return np.asarray(of_label[label], np.int32)

    def signed_distance(self, shape: tuple[int, int]) -> Floats:
        """Return [H, W]: how far pixels are, above 0 on one side and below 0 on the other."""
        nearest = self.nearest_point(shape)
        heading = np.gradient(self.points, STEP, axis=0)
        ys, xs = np.arange(shape[0])[:, None], np.arange(shape[1])
        down, right = ys - self.points[nearest, 0], xs - self.points[nearest, 1]
        return np.asarray(right * heading[nearest, 0] - down * heading[nearest, 1], np.float32)

    def shifts(
        self, ys: NDArray[np.int64], xs: NDArray[np.int64], shape: tuple[int, int]
    ) -> Ints | None:
        """Return int32 [N, 2]: for pixels of the hole, (dy, dx) back onto what is seen of it.

        The curve is laid piece by piece from pieces outside that have its direction. None if too
        little of it is seen.
        """
        seen, enters, leaves, lost = (round(mark / STEP) for mark in self.marks)
        size = min(round(PIECE / STEP), max(enters - seen, lost - leaves), leaves - enters)
        starts = np.array([*range(seen, enters - size + 1), *range(leaves, lost - size + 1)], int)
        starts = starts[(starts >= 0) & (starts + size < len(self.points))]
        if size * STEP < LEAST or not len(starts):
            return None
        chords = self.points[starts + size] - self.points[starts]
        middles = (self.points[starts + size] + self.points[starts]) / 2
        moves = []
        for start in np.linspace(enters, leaves - size, math.ceil((leaves - enters) / size)):
            begin, end = self.points[int(start)], self.points[int(start) + size]
            aside = np.abs(chords @ (begin[1] - end[1], end[0] - begin[0]))
            aside[chords @ (end - begin) <= 0] = np.inf
            moves.append(middles[aside.argmin()] - (begin + end) / 2)
        along = (self.nearest_point(shape)[ys, xs] - enters) * len(moves) // (leaves - enters)
        return np.rint(moves)[np.clip(along, 0, len(moves) - 1)].astype(np.int32)


def space_evenly(points: Points) -> Points:
    """Return points STEP apart along the polyline through those given."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.arange(0, along[-1], STEP)
    return np.stack([np.interp(at, along, points[:, k]) for k in (0, 1)], 1)


def boundary_of(horizon: Gap, reach: float) -> Boundary:
    """Return the straight boundary that goes `reach` pixels from a horizon's end both ways."""
    heading = np.array(horizon.direction)
    if horizon.beyond is not None:  # both ends together tell the direction better
        heading = np.subtract(horizon.beyond, horizon.end)
        heading /= np.hypot(*heading)
    points = horizon.end + np.arange(-reach, reach, STEP)[:, None] * heading
    leaves = reach + horizon.width
    return Boundary(points, (reach - horizon.length, reach, leaves, leaves))


def distances_to(boundaries: Sequence[Boundary], shape: tuple[int, int]) -> Floats:
    """Return [H, W, K]: signed distances to boundaries, at most SIDE_REACH; [0, 0, 0] for none."""
    if not boundaries:
        return np.zeros((0, 0, 0), np.float32)
    planes = np.stack([boundary.signed_distance(shape) for boundary in boundaries], -1)
    return np.clip(planes, -SIDE_REACH, SIDE_REACH, out=planes)
