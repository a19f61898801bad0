"""The mask verbs: strokes, shapes, the wand, and operations on the whole mask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from glide_studio.base.errors import GlideError
from glide_studio.base.geometry import Box, Point, Size
from glide_studio.document import shapes
from glide_studio.document.brush import Brush, StrokePoint
from glide_studio.document.mask_edits import (
    ClearMask,
    CombineMask,
    InvertMask,
    MagicWand,
    SelectAll,
    SelectPolygon,
    ShapeMask,
)
from glide_studio.document.raster import Raster
from glide_studio.document.selection import Mode
from glide_studio.document.stroke import Stroke
from glide_studio.session.state import State


class Masking:
    """What changes the painted mask. A stroke is a draft until `finish_stroke` makes it an entry."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._stroke: Stroke | None = None

    @property
    def stroking(self) -> bool:
        """True between `begin_stroke` and its end."""
        return self._stroke is not None

    def begin_stroke(self, point: StrokePoint, erase: bool) -> None:
        """Put the brush down.

        Raises:
            GlideError: if no picture is open.
        """
        tools = self._state.tools
        brush = Brush(tools.size, tools.hardness, flow=max(tools.flow, 0.01))
        self._stroke = Stroke(self._state.document, brush, erase=erase)
        self.extend_stroke([point])

    def extend_stroke(self, points: Iterable[StrokePoint]) -> None:
        """Draw on through `points`; without an open stroke this does nothing."""
        if self._stroke is not None:
            self._stroke.extend(points)
            self._state.show(self._stroke.document)

    def finish_stroke(self) -> None:
        """Lift the brush: one entry of the history."""
        if self._stroke is not None:
            stroke, self._stroke = self._stroke, None
            stroke.finish()
            self._state.record(stroke.edit().label, stroke.document)

    def abort_stroke(self) -> None:
        """Drop the draft: the document is as it was at the press."""
        if self._stroke is not None:
            self._stroke = None
            self._state.show(None)

    def lasso(self, points: Sequence[Point], *, subtract: bool = False) -> None:
        """Add the inside of a closed outline to the mask, or take it away."""
        self._outline(points, subtract, "Lasso")

    def rectangle(self, a: Point, b: Point, *, subtract: bool = False) -> None:
        """The rectangle between two corners, on whole pixels."""
        left, right = sorted((round(a.x), round(b.x)))
        top, bottom = sorted((round(a.y), round(b.y)))
        self._outline(shapes.rectangle(left, top, right, bottom), subtract, "Rectangle")

    def ellipse(self, a: Point, b: Point, *, subtract: bool = False) -> None:
        """The ellipse in the rectangle between two corners."""
        left, right = sorted((a.x, b.x))
        top, bottom = sorted((a.y, b.y))
        self._outline(shapes.ellipse(left, top, right, bottom), subtract, "Ellipse")

    def wand(self, point: Point, *, subtract: bool = False) -> None:
        """The connected pixels of like colour; a point outside of the picture does nothing."""
        if point in self._state.document.box:
            mode: Mode = "subtract" if subtract else "union"
            tolerance = self._state.tools.tolerance
            self._state.apply(MagicWand(int(point.x), int(point.y), tolerance, mode=mode))

    def select_all(self) -> None:
        """Everything will change."""
        self._state.apply(SelectAll())

    def clear(self) -> None:
        """Nothing will change."""
        self._state.apply(ClearMask())

    def invert(self) -> None:
        """Swap what will change and what stays."""
        self._state.apply(InvertMask())

    def grow(self) -> None:
        """By the tools' `grow` pixels."""
        self._state.apply(ShapeMask("grow", self._state.tools.grow))

    def shrink(self) -> None:
        """By the tools' `grow` pixels."""
        self._state.apply(ShapeMask("shrink", self._state.tools.grow))

    def feather(self) -> None:
        """By the tools' `feather` pixels."""
        self._state.apply(ShapeMask("feather", self._state.tools.feather))

    def replace(self, mask: NDArray[np.uint8], label: str = "Load mask") -> None:
        """Put `mask` [h, w] uint8, 255 = will change, in place of the painted one.

        Raises:
            GlideError: if its size is not the picture's; the sentence says both.
        """
        picture = self._state.document.size
        size = Size(mask.shape[1], mask.shape[0])
        if size != picture:
            raise GlideError(
                f"The mask is {size} pixels and the picture {picture};"
                " choose a mask of the picture's size."
            )
        self._state.apply(CombineMask(Raster.from_array(mask[..., None]), "replace", label))

    def painted(self, box: Box) -> NDArray[np.uint8]:
        """The painted mask in a box, [h, w] uint8."""
        pixels: NDArray[np.uint8] = self._state.document.selection.read(box)[..., 0]
        return np.ascontiguousarray(pixels)

    def _outline(self, points: Sequence[Point], subtract: bool, label: str) -> None:
        mode: Mode = "subtract" if subtract else "union"
        self._state.apply(SelectPolygon(tuple(points), mode, label))
