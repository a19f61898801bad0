"""Geometry of images in whole pixels: `Size`, `Point` and the half-open `Box`.

All units are pixels. x grows to the right, y grows downwards, and a box covers
the pixels x .. x + width - 1, y .. y + height - 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels, neither negative.

    Raises:
        ValueError: if a side is negative.
    """

    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 0 or self.height < 0:
            raise ValueError(f"A size cannot be negative: {self.width} x {self.height}.")

    @property
    def area(self) -> int:
        """Number of pixels."""
        return self.width * self.height

    @property
    def box(self) -> Box:
        """The box of this size at the origin."""
        return Box(0, 0, self.width, self.height)

    def __str__(self) -> str:
        return f"{self.width} x {self.height}"


@dataclass(frozen=True, slots=True)
class Point:
    """A position in document pixels; (0.5, 0.5) is the center of the first pixel."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Box:
    """A half-open rectangle of whole pixels; an empty one has a side of zero.

    Raises:
        ValueError: if a side is negative.
    """

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 0 or self.height < 0:
            raise ValueError(f"A box cannot have a negative side: {self.width} x {self.height}.")

    @classmethod
    def between(cls, left: int, top: int, right: int, bottom: int) -> Box:
        """Make the box from (left, top) to just before (right, bottom); empty where they cross."""
        return cls(left, top, max(0, right - left), max(0, bottom - top))

    @property
    def right(self) -> int:
        """First column past the box."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """First row past the box."""
        return self.y + self.height

    @property
    def size(self) -> Size:
        """Width and height."""
        return Size(self.width, self.height)

    @property
    def area(self) -> int:
        """Number of pixels."""
        return self.width * self.height

    @property
    def empty(self) -> bool:
        """True if no pixel lies in the box."""
        return self.width == 0 or self.height == 0

    @property
    def slices(self) -> tuple[slice, slice]:
        """(rows, columns) to index an array [H, W, ...] with the image's origin; needs x, y >= 0.

        Raises:
            ValueError: if the box starts left of or above the origin (numpy would wrap around).
        """
        if self.x < 0 or self.y < 0:
            raise ValueError(f"A box at ({self.x}, {self.y}) cannot index an array.")
        return slice(self.y, self.bottom), slice(self.x, self.right)

    def __contains__(self, other: object) -> bool:
        """Return True if a Point or a whole Box lies inside; an empty box always does."""
        if isinstance(other, Point):
            return self.x <= other.x < self.right and self.y <= other.y < self.bottom
        if isinstance(other, Box):
            return other.empty or (
                self.x <= other.x
                and self.y <= other.y
                and other.right <= self.right
                and other.bottom <= self.bottom
            )
        return False

    def pad(self, pixels: int) -> Box:
        """Grow by `pixels` on every side; shrink if negative, at most to an empty box."""
        return Box.between(
            self.x - pixels, self.y - pixels, self.right + pixels, self.bottom + pixels
        )

    def move(self, dx: int, dy: int) -> Box:
        """Move by (dx, dy)."""
        return Box(self.x + dx, self.y + dy, self.width, self.height)

    def clamp(self, bounds: Box) -> Box:
        """Intersect with `bounds`."""
        return Box.between(
            max(self.x, bounds.x),
            max(self.y, bounds.y),
            min(self.right, bounds.right),
            min(self.bottom, bounds.bottom),
        )

    def union(self, other: Box) -> Box:
        """Find the smallest box around both; an empty box adds nothing."""
        if self.empty:
            return other
        if other.empty:
            return self
        return Box.between(
            min(self.x, other.x),
            min(self.y, other.y),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def snap(self, step: int) -> Box:
        """Grow outwards until all four edges are multiples of `step`.

        Raises:
            ValueError: if step is below 1.
        """
        if step < 1:
            raise ValueError(f"A box snaps to steps of 1 pixel or more, not {step}.")
        left, top = self.x // step * step, self.y // step * step
        return Box.between(left, top, -(-self.right // step) * step, -(-self.bottom // step) * step)

    def cells(self, step: int) -> Iterator[tuple[int, int]]:
        """Iterate over (row, column) of the cells of a grid of `step` pixels in the box."""
        if self.empty:
            return
        for row in range(self.y // step, -(-self.bottom // step)):
            for column in range(self.x // step, -(-self.right // step)):
                yield row, column
