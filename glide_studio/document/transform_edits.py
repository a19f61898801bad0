"""Edits that move, scale, turn or distort a layer, or straighten and crop the canvas."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType

import numpy as np

from glide_studio.document.canvas_edits import crop, map_rasters
from glide_studio.document.document import Document
from glide_studio.document.guides import NO_GUIDES
from glide_studio.document.layer import Layer
from glide_studio.document.quad import Quad
from glide_studio.document.raster import Raster
from glide_studio.document.transform import crop as crop_raster
from glide_studio.document.warp import Matrix, rotation, translation, warp
from glide_studio.imaging.geometry import Box, Point, Size


def content_box(layer: Layer) -> Box:
    """Find the smallest box around what a layer, or the layers of a group, show.

    What a mask hides does not count, unless it hides everything. An adjustment counts by its mask.
    """
    box = Box(0, 0, 0, 0)
    if layer.raster is not None:
        box = layer.raster.content_box()
    for child in layer.children:
        box = box.union(content_box(child))
    if layer.mask is not None:
        shown = layer.mask.content_box()
        box = shown if layer.adjustment is not None else _common(box, shown)
    return box


def _common(box: Box, shown: Box) -> Box:
    common = box.clamp(shown)
    return box if common.empty else common


def transform_layers(
    document: Document,
    layer_ids: Iterable[str],
    quad: Quad,
    check: Callable[[], object] = lambda: None,
    origins: Mapping[str, tuple[Layer, Matrix]] = MappingProxyType({}),
) -> Document:
    """Move the pixels and masks of layers, and of those inside of them, as `quad` says.

    What leaves the canvas is cut off. check: called now and then; what it raises ends the work.
    origins: for a layer's id the layer with the pixels that it was made from, and the matrix that
    has moved them; these are resampled instead.

    Raises:
        KeyError: if the document lacks one of the layers.
        ValueError: if the quad is not convex.
    """
    if quad.is_identity:
        return document
    if not quad.is_convex:
        raise ValueError("A layer can only be moved to a convex shape.")
    for layer_id in layer_ids:
        layer = document.layer(layer_id)
        source, before = origins.get(layer_id, (layer, np.eye(3)))
        matrix = quad.matrix @ before
        move = partial(_move, matrix=matrix, check=check)
        document = document.with_layer(source.map_rasters(move))
    return document


def _move(raster: Raster, matrix: Matrix, check: Callable[[], object]) -> Raster:
    moves = abs(matrix - translation(matrix[0, 2], matrix[1, 2])).max() < 1e-9
    dx, dy = round(matrix[0, 2]), round(matrix[1, 2])
    if moves and abs(matrix[0, 2] - dx) + abs(matrix[1, 2] - dy) < 1e-6:
        return crop_raster(raster, raster.box.move(-dx, -dy))
    return warp(raster, matrix, check=check)


def straighten(
    document: Document,
    center: Point,
    size: Size,
    degrees: float,
    check: Callable[[], object] = lambda: None,
) -> Document:
    """Make a turned rectangle the canvas: the picture turns back by as much.

    center: of the rectangle. size: of the new canvas. degrees: clockwise. New pixels beyond the old
    edges are transparent. check: called now and then; what it raises ends the work.

    Raises:
        ValueError: if the size is empty.
    """
    if degrees == 0:
        left, top = round(center.x - size.width / 2), round(center.y - size.height / 2)
        return crop(document, Box(left, top, size.width, size.height))
    if size.area == 0:
        raise ValueError("A canvas cannot be empty.")
    matrix = translation(size.width / 2 - center.x, size.height / 2 - center.y) @ rotation(
        -degrees, center.x, center.y
    )
    # No guide runs along the pixels of a picture that was turned.
    return map_rasters(
        document, size, NO_GUIDES, lambda raster: warp(raster, matrix, size, check=check)
    )


def is_inside(quad: Quad, canvas: Box) -> bool:
    """Tell if a quad lies inside of a box, give or take half a pixel."""
    left, top, right, bottom = quad.bounds()
    across = canvas.x - 0.5 <= left and right <= canvas.right + 0.5
    return across and canvas.y - 0.5 <= top and bottom <= canvas.bottom + 0.5


def move_inside(quad: Quad, canvas: Box) -> Quad:
    """Move a quad the shortest way into a box; one that is larger is centered."""
    left, top, right, bottom = quad.bounds()
    dx = _shift_inside(left, right, canvas.x, canvas.right)
    dy = _shift_inside(top, bottom, canvas.y, canvas.bottom)
    return quad.move(dx, dy)


def _shift_inside(low: float, high: float, least: float, most: float) -> float:
    if high - low >= most - least:
        return (least + most - low - high) / 2
    return max(least - low, 0.0) + min(most - high, 0.0)


def turn_inside(quad: Quad, canvas: Box, degrees: float) -> Quad:
    """Turn a rectangle around its middle; it is shrunk and moved no more than keeps it in a box.

    degrees: of its upper side afterwards, clockwise. A shrunk one keeps its proportions.
    """
    cos, sin = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
    width, height = quad.width, quad.height
    # A turned rectangle spans width cos + height sin by width sin + height cos.
    scale = min(
        canvas.width / (width * cos + height * sin),
        canvas.height / (width * sin + height * cos),
    )
    if scale < 1:
        width, height = (max(1, math.floor(side * scale + 1e-6)) for side in (width, height))
    return move_inside(quad.with_size(quad.center, width, height, degrees), canvas)
