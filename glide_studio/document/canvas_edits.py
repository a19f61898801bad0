"""Edits of the whole canvas: crop and extend, turn, flip, scale, depth; and of a layer's place on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from glide_studio.document import transform
from glide_studio.document.document import Depth, Document
from glide_studio.document.raster import Raster
from glide_studio.document.transform import Axis
from glide_studio.imaging.geometry import Box, Size


@dataclass(frozen=True, slots=True)
class Crop:
    """Make `box`, in document pixels, the canvas; beyond the old edges new pixels are transparent.

    Raises:
        ValueError: in `apply`, if the box is empty.
    """

    box: Box
    label: str = "Crop"

    def apply(self, document: Document) -> Document:
        """Cut all layers and masks."""
        if self.box.empty:
            raise ValueError("A canvas cannot be empty.")
        if self.box == document.box:
            return document
        return _change(document, self.box.size, lambda raster: transform.cut(raster, self.box))


@dataclass(frozen=True, slots=True)
class Rotate:
    """Turn the canvas clockwise by `quarters` times 90 degrees."""

    quarters: int
    label: str = "Rotate"

    def apply(self, document: Document) -> Document:
        """Turn all layers and masks."""
        if self.quarters % 4 == 0:
            return document
        size = document.size
        if self.quarters % 2:
            size = Size(size.height, size.width)
        return _change(document, size, lambda raster: transform.rotate(raster, self.quarters))


@dataclass(frozen=True, slots=True)
class Flip:
    """Mirror the canvas; "horizontal" exchanges left and right."""

    axis: Axis
    label: str = "Flip"

    def apply(self, document: Document) -> Document:
        """Mirror all layers and masks."""
        return _change(document, document.size, lambda raster: transform.flip(raster, self.axis))


@dataclass(frozen=True, slots=True)
class Scale:
    """Resample the whole document to `size`.

    Raises:
        ValueError: in `apply`, if `size` is empty.
    """

    size: Size
    label: str = "Scale"

    def apply(self, document: Document) -> Document:
        """Resample all layers and masks."""
        if self.size == document.size:
            return document
        return _change(document, self.size, lambda raster: transform.scale(raster, self.size))


@dataclass(frozen=True, slots=True)
class SetDepth:
    """Make this a document of 8 or 16 bits a channel."""

    depth: Depth
    label: str = "Change depth"

    def apply(self, document: Document) -> Document:
        """Convert the pixels of all layers; masks keep their depth."""
        if self.depth == document.depth:
            return document
        dtype = np.dtype(np.uint8 if self.depth == 8 else np.uint16)
        layers = tuple(
            layer.map_rasters(
                lambda raster: transform.convert(raster, dtype) if raster.channels == 4 else raster
            )
            for layer in document.layers
        )
        return replace(document, depth=self.depth, layers=layers)


@dataclass(frozen=True, slots=True)
class ShiftLayer:
    """Move a layer's pixels and mask, and all that is in a group; what leaves the canvas is lost.

    Raises:
        KeyError: in `apply`, if the document has no such layer.
    """

    layer: str
    dx: int
    dy: int
    label: str = "Move"

    def apply(self, document: Document) -> Document:
        """Shift."""
        layer = document.layer(self.layer)
        if self.dx == 0 and self.dy == 0:
            return document
        return document.with_layer(
            layer.map_rasters(lambda raster: transform.move(raster, self.dx, self.dy))
        )


def _change(document: Document, size: Size, change: Callable[[Raster], Raster]) -> Document:
    return replace(
        document,
        size=size,
        layers=tuple(layer.map_rasters(change) for layer in document.layers),
        selection=change(document.selection),
        saved_masks=tuple(
            replace(saved, raster=change(saved.raster)) for saved in document.saved_masks
        ),
    )
