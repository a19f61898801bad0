"""Edits for tests: functions that take nothing but a document, and shorthands of several calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from glide_studio.document import morphology, shapes
from glide_studio.document.brush import Brush, StrokePoint
from glide_studio.document.document import Document
from glide_studio.document.layer_edits import change_layer
from glide_studio.document.mask_edits import select
from glide_studio.document.raster import Raster
from glide_studio.document.selection import CombineMode
from glide_studio.document.stroke import SELECTION, Stroke, Target
from glide_studio.imaging.geometry import Point

Edit = Callable[[Document], Document]


def an_edit(function: Callable[..., Document], *arguments: Any, **named: Any) -> Edit:
    """`function` waiting for the document that comes before its other arguments."""
    return lambda document: function(document, *arguments, **named)


def paint_stroke(
    document: Document,
    brush: Brush,
    points: Sequence[StrokePoint],
    target: Target = SELECTION,
    erase: bool = False,
    color: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Document:
    """Draw a whole stroke at once."""
    stroke = Stroke(document, brush, target, erase=erase, color=color)
    stroke.extend(points)
    stroke.finish()
    return stroke.document


def paint_mask(document: Document, mask: Raster) -> Document:
    """Put `mask` in place of the painted mask."""
    return replace(document, selection=mask)


def paint_pixels(document: Document, layer_id: str, raster: Raster) -> Document:
    """Put `raster` in place of a layer's pixels."""
    return change_layer(document, layer_id, raster=raster)


def select_polygon(
    document: Document, points: Sequence[Point], mode: CombineMode = "union"
) -> Document:
    """Draw a polygon and combine it with the painted mask."""
    return select(document, shapes.polygon_mask(document.size, points), mode)


def shape_mask(document: Document, operation: str, pixels: float = 0.0) -> Document:
    """Grow, shrink, feather or smooth the painted mask, or fill its holes."""
    mask = document.selection
    if operation == "fill holes":
        return select(document, morphology.fill_holes(mask))
    return select(document, getattr(morphology, operation)(mask, pixels))
