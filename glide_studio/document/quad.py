"""`Quad`: where the corners of a frame go in a transform, and what handles do to them.

Points are document pixels. Corners go clockwise from the one that was at the top left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from glide_studio.document.transform import Axis
from glide_studio.document.warp import Matrix, map_points, rotation, translation
from glide_studio.imaging.geometry import Box, Point

MIN_SIDE_PX = 1.0
CLOSE = 1e-6
Corners = tuple[Point, Point, Point, Point]


@dataclass(frozen=True, slots=True)
class Quad:
    """Four points, and the four that they are moved to. start: a parallelogram."""

    start: Corners
    corners: Corners

    @classmethod
    def of(cls, box: Box) -> Self:
        """Make the quad that leaves `box` where it is."""
        return cls(_box_corners(box), _box_corners(box))

    def restart(self) -> Self:
        """Make the quad that leaves what is within the corners where it is, not mirrored."""
        corners = self.corners
        if self._is_mirrored:
            corners = min(
                (self.flip("horizontal"), self.flip("vertical")), key=lambda one: abs(one.angle)
            ).corners
        return replace(self, start=corners, corners=corners)

    @property
    def matrix(self) -> Matrix:
        """The projective transform that moves the start to the corners."""
        before, after = _array(self.start), _array(self.corners)
        if self.is_parallelogram:
            # Solved exactly for whole numbers, so that moves copy pixels.
            sides = np.linalg.solve(before[[1, 3]] - before[0], after[[1, 3]] - after[0]).T
            matrix = np.eye(3)
            matrix[:2, :2], matrix[:2, 2] = sides, after[0] - sides @ before[0]
            return matrix
        found = cv2.getPerspectiveTransform(before.astype(np.float32), after.astype(np.float32))
        # A multiple is the same transform; what is in view has a positive third coordinate.
        matrix = np.asarray(found, np.float64)
        in_view = float(matrix[2] @ (*before.mean(axis=0), 1.0))
        return matrix * math.copysign(1.0, in_view)

    @property
    def is_identity(self) -> bool:
        """True if no corner has moved."""
        moved = np.abs(_array(self.corners) - _array(self.start))
        return bool(moved.max() < CLOSE)

    @property
    def is_parallelogram(self) -> bool:
        """True if opposite sides are parallel: no perspective."""
        a, b, c, d = _array(self.corners)
        return bool(np.abs(a + c - b - d).max() < CLOSE)

    @property
    def is_convex(self) -> bool:
        """True if the corners make a convex shape with an area, which alone can be drawn."""
        points = _array(self.corners)
        sides = np.roll(points, -1, axis=0) - points
        after = np.roll(sides, -1, axis=0)
        turns = sides[:, 0] * after[:, 1] - sides[:, 1] * after[:, 0]
        return bool((turns > CLOSE).all() or (turns < -CLOSE).all())

    @property
    def start_size(self) -> tuple[float, float]:
        """Width and height of the start."""
        start = replace(self, corners=self.start)
        return start.width, start.height

    @property
    def _is_mirrored(self) -> bool:
        points = _array(self.corners)
        (ax, ay), (dx, dy) = points[1] - points[0], points[3] - points[0]
        return bool(ax * dy - ay * dx < 0)

    @property
    def center(self) -> Point:
        """The mean of the corners."""
        x, y = _array(self.corners).mean(axis=0)
        return Point(float(x), float(y))

    @property
    def width(self) -> float:
        """Length of the side that was the top."""
        a, b = self.corners[:2]
        return math.dist((a.x, a.y), (b.x, b.y))

    @property
    def height(self) -> float:
        """Length of the side that was at the left."""
        a, d = self.corners[0], self.corners[3]
        return math.dist((a.x, a.y), (d.x, d.y))

    @property
    def angle(self) -> float:
        """Degrees that the top side is turned clockwise, above -180 and up to 180."""
        a, b = self.corners[:2]
        return math.degrees(math.atan2(b.y - a.y, b.x - a.x))

    def map(self, matrix: Matrix) -> Self:
        """Transform the corners further."""
        moved = map_points(matrix, _array(self.corners))
        a, b, c, d = (Point(float(x), float(y)) for x, y in moved)
        return replace(self, corners=(a, b, c, d))

    def move(self, dx: float, dy: float) -> Self:
        """Move all corners."""
        return self.map(translation(dx, dy))

    def rotate(self, degrees: float, pivot: Point | None = None) -> Self:
        """Turn clockwise around a point, the center for None."""
        pivot = pivot or self.center
        return self.map(rotation(degrees, pivot.x, pivot.y))

    def flip(self, axis: Axis) -> Self:
        """Mirror in the quad's own directions; "horizontal" exchanges left and right."""
        a, b, c, d = self.corners
        corners = (b, a, d, c) if axis == "horizontal" else (d, c, b, a)
        return replace(self, corners=corners)

    def scale(self, x: float, y: float, anchor: Point | None = None) -> Self:
        """Scale along the quad's own sides around a point, the center for None.

        A scale that would leave less than a pixel is held there.
        """
        anchor = anchor or self.center
        x = _hold(x, MIN_SIDE_PX / max(self.width, CLOSE))
        y = _hold(y, MIN_SIDE_PX / max(self.height, CLOSE))
        angle = self.angle
        matrix = (
            rotation(angle, anchor.x, anchor.y)
            @ translation(anchor.x, anchor.y)
            @ np.diag([x, y, 1.0])
            @ translation(-anchor.x, -anchor.y)
            @ rotation(-angle, anchor.x, anchor.y)
        )
        return self.map(matrix)

    def drag_corner(self, corner: int, to: Point) -> Self:
        """Move one corner alone: perspective. A shape that is not convex is refused: no change."""
        corners = list(self.corners)
        corners[corner] = to
        a, b, c, d = corners
        moved = replace(self, corners=(a, b, c, d))
        return moved if moved.is_convex else self

    def with_size(self, center: Point, width: float, height: float, degrees: float) -> Self:
        """Make a turned rectangle of a size around a point, mirrored as this one is."""
        w, h = max(width, MIN_SIDE_PX) / 2, max(height, MIN_SIDE_PX) / 2
        if self._is_mirrored:
            h = -h
        a, b, c, d = (
            Point(center.x + x, center.y + y) for x, y in ((-w, -h), (w, -h), (w, h), (-w, h))
        )
        return replace(self, corners=(a, b, c, d)).rotate(degrees, center)

    def bounds(self) -> tuple[float, float, float, float]:
        """Compute left, top, right and bottom."""
        points = _array(self.corners)
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    def contains(self, point: Point) -> bool:
        """Return True if a point lies inside."""
        shape = _array(self.corners).astype(np.float32)
        return cv2.pointPolygonTest(shape, (point.x, point.y), False) >= 0


def _hold(scale: float, least: float) -> float:
    return scale if abs(scale) >= least else math.copysign(least, scale)


def _box_corners(box: Box) -> tuple[Point, Point, Point, Point]:
    return (
        Point(box.x, box.y),
        Point(box.right, box.y),
        Point(box.right, box.bottom),
        Point(box.x, box.bottom),
    )


def _array(points: tuple[Point, ...]) -> NDArray[np.float64]:
    return np.array([(point.x, point.y) for point in points])
