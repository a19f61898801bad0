"""`Brush`: the shape of a dab, and the path of dabs along a stroke."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from glide_studio.imaging.geometry import Box

Profile: TypeAlias = NDArray[np.uint16]

LARGE_RADIUS_PX = 128  # from here on dabs lie on whole pixels
MAX_COVERAGE = 65535  # uint16, so that low flows add up


@dataclass(frozen=True, slots=True)
class Brush:
    """A round brush.

    size: diameter in document pixels, 1 .. 5000.
    hardness: 0 .. 1, the part of the radius that is fully covered; from there coverage falls to 0.
    opacity: 0 .. 1, the most that one stroke changes a pixel, however often it passes.
    flow: 0 .. 1, how far one dab moves the coverage c towards the brush's profile p:
        c <- max(c, c + flow (p - c)). At 1 a stroke's coverage is the largest profile value of its
        dabs, so soft edges stay as soft as the brush; below 1 it builds up, never beyond that.
    spacing: distance of dabs in diameters.
    pressure_size, pressure_flow: what the pen's pressure scales.

    Raises:
        ValueError: if a value is out of its range.
    """

    size: float = 40.0
    hardness: float = 0.8
    opacity: float = 1.0
    flow: float = 1.0
    spacing: float = 0.1
    pressure_size: bool = False
    pressure_flow: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.size <= 5000:
            raise ValueError(f"A brush is 1 to 5000 pixels wide; {self.size} is not.")
        for name in ("hardness", "opacity", "flow"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(
                    f"A brush's {name} lies in 0 .. 1; {getattr(self, name)} does not."
                )
        if not 0.01 <= self.spacing <= 10:
            raise ValueError(f"A brush's spacing lies in 0.01 .. 10; {self.spacing} does not.")


@dataclass(frozen=True, slots=True)
class StrokePoint:
    """A position of the pen in document pixels; pressure 0 .. 1."""

    x: float
    y: float
    pressure: float = 1.0


@dataclass(frozen=True, slots=True)
class Dab:
    """One stamp of the brush: center and radius in document pixels, flow 0 .. 1."""

    x: float
    y: float
    radius: float
    flow: float


class DabPath:
    """Turns points into dabs, independently of how the points are batched.

    The path is the quadratic B-spline of the points: parabolas between the midpoints of neighbors,
    so that a fast curve has no corners. The last half of the last segment follows in `finish`. Dabs
    lie `spacing` apart along it, the first one on the first point.
    """

    def __init__(self, brush: Brush) -> None:
        self._brush = brush
        self._points: list[StrokePoint] = []  # the last two
        self._end: StrokePoint | None = None  # of the path so far
        self._until_next = 0.0  # pixels along the path to the next dab

    def add(self, point: StrokePoint) -> Iterator[Dab]:
        """Add a point and yield the dabs that it determines."""
        self._points = [*self._points[-1:], point]
        if self._end is None:
            self._end = point
            yield self._dab(point)
            self._until_next = self._spacing(point)
        elif len(self._points) == 2:
            control, end = self._points
            yield from self._curve(control, _interpolate(control, end, 0.5))

    def finish(self) -> Iterator[Dab]:
        """Yield the dabs up to the last point."""
        if self._points:
            yield from self._line(self._points[-1])

    def _curve(self, control: StrokePoint, end: StrokePoint) -> Iterator[Dab]:
        start = self._end
        assert start is not None
        length = math.dist((start.x, start.y), (control.x, control.y)) + math.dist(
            (control.x, control.y), (end.x, end.y)
        )
        steps = max(1, min(64, math.ceil(length / 4)))
        for step in range(1, steps + 1):
            t = step / steps
            yield from self._line(
                _interpolate(_interpolate(start, control, t), _interpolate(control, end, t), t)
            )

    def _line(self, end: StrokePoint) -> Iterator[Dab]:
        start = self._end
        assert start is not None
        length = math.dist((start.x, start.y), (end.x, end.y))
        position = 0.0
        while self._until_next <= length - position:
            position += self._until_next
            point = _interpolate(start, end, position / length)
            yield self._dab(point)
            self._until_next = self._spacing(point)
        self._until_next -= length - position
        self._end = end

    def _radius(self, point: StrokePoint) -> float:
        radius = self._brush.size / 2
        if self._brush.pressure_size:
            # In steps of about a hundredth, so that stamps are reused while the pressure wavers.
            step = max(0.125, 2.0 ** (math.frexp(radius * point.pressure)[1] - 7))
            radius = round(radius * point.pressure / step) * step
        return max(0.5, radius)

    def _spacing(self, point: StrokePoint) -> float:
        return max(0.5, self._brush.spacing * 2 * self._radius(point))

    def _dab(self, point: StrokePoint) -> Dab:
        flow = self._brush.flow * (point.pressure if self._brush.pressure_flow else 1.0)
        return Dab(point.x, point.y, self._radius(point), flow)


def stamp(dab: Dab, hardness: float) -> tuple[Box, Profile]:
    """Compute a dab's box and its profile there, [h, w] uint16, 0 .. 65535, read-only.

    The center is rounded, for large brushes to whole pixels, so that profiles are reused.
    """
    parts = 4 if dab.radius < 32 else 2 if dab.radius < LARGE_RADIUS_PX else 1
    # Whole-pixel steps go from center to center of pixels, so that the smallest brush covers one.
    x = round((dab.x - 0.5) * parts) / parts + 0.5
    y = round((dab.y - 0.5) * parts) / parts + 0.5
    column, row = math.floor(x), math.floor(y)
    make = _small_profile if dab.radius < LARGE_RADIUS_PX else _large_profile
    profile = make(dab.radius, hardness, x - column, y - row)
    reach = profile.shape[0] // 2
    return Box(column - reach, row - reach, 2 * reach + 1, 2 * reach + 1), profile


def _profile(radius: float, hardness: float, x: float, y: float) -> Profile:
    """Render the dab whose center lies at (x, y) in the middle pixel of the array, read-only.

    With r the distance to a pixel's center: smoothstep of (outer - r) / (outer - inner). The
    falloff is at least one pixel wide, so that hard edges are antialiased.
    """
    outer = radius + 0.5
    inner = min(hardness * radius, radius - 0.5)
    reach = math.ceil(outer)
    if x == y == 0.5:  # as for all large brushes: symmetric, so a quarter is enough
        quarter = _falloff(np.arange(reach + 1), np.arange(reach + 1), inner, outer)
        half = np.concatenate([quarter[:, :0:-1], quarter], axis=1)
        profile = np.concatenate([half[:0:-1], half])
    else:
        centers = np.arange(-reach, reach + 1) + 0.5
        profile = _falloff(centers - y, centers - x, inner, outer)
    profile.setflags(write=False)
    return profile


def _falloff(
    rows: NDArray[np.floating[Any] | np.integer[Any]],
    columns: NDArray[np.floating[Any] | np.integer[Any]],
    inner: float,
    outer: float,
) -> Profile:
    """Compute the profile [rows, columns] at these distances from the center."""
    squares = (axis.astype(np.float32) ** 2 for axis in (rows, columns))
    t = np.sqrt(np.add.outer(*squares))
    np.subtract(outer, t, out=t)
    t /= np.float32(outer - inner)
    np.clip(t, 0, 1, out=t)
    t *= t * (3 - 2 * t)
    t *= MAX_COVERAGE
    return np.asarray(np.rint(t, out=t).astype(np.uint16))


# A profile takes 8 bytes per squared pixel of its radius, so few large ones are cached.
_small_profile = lru_cache(maxsize=64)(_profile)
_large_profile = lru_cache(maxsize=3)(_profile)


def _interpolate(a: StrokePoint, b: StrokePoint, t: float) -> StrokePoint:
    return StrokePoint(
        a.x + (b.x - a.x) * t,
        a.y + (b.y - a.y) * t,
        a.pressure + (b.pressure - a.pressure) * t,
    )
