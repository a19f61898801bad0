"""`Guides`: lines across the canvas that things are aligned to; they are no part of the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from glide_studio.document.transform import Axis
from glide_studio.imaging.geometry import Box, Size

MAX_GUIDES = 1000  # of each direction


@dataclass(frozen=True, slots=True)
class Guides:
    """Lines in document pixels. horizontal: y of each. vertical: x of each.

    Raises:
        ValueError: if there are more than `MAX_GUIDES` of a direction.
    """

    horizontal: tuple[float, ...] = ()
    vertical: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if max(len(self.horizontal), len(self.vertical)) > MAX_GUIDES:
            raise ValueError(f"A document has {MAX_GUIDES} guides of a direction at most.")

    def __bool__(self) -> bool:
        return bool(self.horizontal or self.vertical)

    def of(self, direction: Axis) -> tuple[float, ...]:
        """Return the positions of all guides of a direction."""
        return self.horizontal if direction == "horizontal" else self.vertical

    def add(self, direction: Axis, position: float) -> Self:
        """Add a guide; one that is there already is not added again."""
        there = self.of(direction)
        return self if position in there else self._with(direction, (*there, position))

    def remove(self, direction: Axis, position: float) -> Self:
        """Remove the guide at a position."""
        return self._with(direction, tuple(one for one in self.of(direction) if one != position))

    def crop(self, box: Box) -> Self:
        """Return the guides of a canvas cut out of this one, without those outside of it."""
        return self._map(lambda y: y - box.y, lambda x: x - box.x)._inside(box.size)

    def scale(self, before: Size, after: Size) -> Self:
        """Return the guides of a canvas that was scaled."""
        down, across = after.height / before.height, after.width / before.width
        return self._map(lambda y: y * down, lambda x: x * across)

    def flip(self, size: Size, axis: Axis) -> Self:
        """Return the guides of a mirrored canvas; "horizontal" exchanges left and right."""
        if axis == "horizontal":
            return self._map(lambda y: y, lambda x: size.width - x)
        return self._map(lambda y: size.height - y, lambda x: x)

    def rotate(self, size: Size, quarters: int) -> Self:
        """Return the guides of a canvas of `size` that was turned clockwise by 90 degrees each."""
        result = self
        for _ in range(quarters % 4):
            turned = tuple(size.height - y for y in result.horizontal)
            result = replace(result, horizontal=result.vertical, vertical=turned)
            size = Size(size.height, size.width)
        return result

    def _with(self, direction: Axis, positions: tuple[float, ...]) -> Self:
        if direction == "horizontal":
            return replace(self, horizontal=positions)
        return replace(self, vertical=positions)

    def _map(self, down: Callable[[float], float], across: Callable[[float], float]) -> Self:
        return replace(
            self,
            horizontal=tuple(map(down, self.horizontal)),
            vertical=tuple(map(across, self.vertical)),
        )

    def _inside(self, size: Size) -> Self:
        return replace(
            self,
            horizontal=tuple(y for y in self.horizontal if 0 <= y <= size.height),
            vertical=tuple(x for x in self.vertical if 0 <= x <= size.width),
        )


NO_GUIDES = Guides()
