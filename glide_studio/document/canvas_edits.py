"""Edits of the whole canvas: crop and extend, turn, flip, scale, depth.

Pure functions from a document to a document; the same object comes back if nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from glide_studio.document import transform
from glide_studio.document.document import Depth, Document
from glide_studio.document.frame import Frame
from glide_studio.document.guides import Guides
from glide_studio.document.raster import Raster
from glide_studio.document.transform import Axis
from glide_studio.imaging.geometry import Box, Size


def crop(document: Document, box: Box) -> Document:
    """Make `box`, in document pixels, the canvas; beyond the old edges new pixels are transparent.

    Raises:
        ValueError: if the box is empty.
    """
    if box.empty:
        raise ValueError("A canvas cannot be empty.")
    if box == document.box:
        return document
    guides, frame = document.guides.crop(box), document.frame.move(box.x, box.y)
    return map_rasters(
        document, box.size, guides, lambda raster: transform.crop(raster, box), frame
    )


def rotate(document: Document, quarters: int) -> Document:
    """Turn the canvas clockwise by `quarters` times 90 degrees."""
    if quarters % 4 == 0:
        return document
    size = document.size
    if quarters % 2:
        size = Size(size.height, size.width)
    guides = document.guides.rotate(document.size, quarters)
    return map_rasters(document, size, guides, lambda raster: transform.rotate(raster, quarters))


def flip(document: Document, axis: Axis) -> Document:
    """Mirror the canvas; "horizontal" exchanges left and right."""
    size, guides = document.size, document.guides.flip(document.size, axis)
    return map_rasters(document, size, guides, lambda raster: transform.flip(raster, axis))


def scale(document: Document, size: Size) -> Document:
    """Resample the whole document to `size`.

    Raises:
        ValueError: if `size` is empty.
    """
    if size == document.size:
        return document
    guides = document.guides.scale(document.size, size)
    return map_rasters(document, size, guides, lambda raster: transform.scale(raster, size))


def set_depth(document: Document, depth: Depth) -> Document:
    """Convert the pixels of all layers to 8 or 16 bits a channel; masks keep their depth."""
    if depth == document.depth:
        return document
    dtype = np.dtype(np.uint8 if depth == 8 else np.uint16)
    layers = tuple(
        layer.map_rasters(
            lambda raster: transform.convert(raster, dtype) if raster.channels == 4 else raster
        )
        for layer in document.layers
    )
    return replace(document, depth=depth, layers=layers)


def map_rasters(
    document: Document,
    size: Size,
    guides: Guides,
    change: Callable[[Raster], Raster],
    frame: Frame | None = None,
) -> Document:
    """Apply `change` to the pixels and masks of all layers, the selection and the saved masks.

    size, guides, frame: of the result; None for a frame of its own.
    """
    return replace(
        document,
        size=size,
        guides=guides,
        frame=Frame.new() if frame is None else frame,
        layers=tuple(layer.map_rasters(change) for layer in document.layers),
        selection=change(document.selection),
        saved_masks=tuple(
            replace(saved, raster=change(saved.raster)) for saved in document.saved_masks
        ),
    )
