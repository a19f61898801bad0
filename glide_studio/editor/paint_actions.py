"""Painting on layers: brush, eraser, bucket, gradient, shapes, and the color picker.

The painted mask limits all of them, as a selection does in other programs.
"""

from __future__ import annotations

import numpy as np

from glide_studio.document import color_selection, pixel_edits
from glide_studio.document.brush import StrokePoint
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.document.selection import combine
from glide_studio.document.shapes import outline_points, polygon_mask
from glide_studio.document.stroke import Color, Stroke, Target
from glide_studio.editor.stroke_draft import StrokeDraft, make_brush
from glide_studio.errors import GlideError
from glide_studio.imaging import icc
from glide_studio.imaging.geometry import Box, Point
from glide_studio.translation import QT_TRANSLATE_NOOP, translate


class PaintActions(StrokeDraft):
    """What changes a layer's pixels by hand. A stroke is a draft until it is finished."""

    CONTEXT = "PaintActions"
    PAINTED = QT_TRANSLATE_NOOP("PaintActions", "Paint")
    ERASED = QT_TRANSLATE_NOOP("PaintActions", "Erase pixels")

    def begin_stroke(self, point: StrokePoint, *, erase: bool = False) -> None:
        """Put the brush down on the active layer.

        Raises:
            GlideError: if it has no pixels or is locked, or is to be erased and keeps its alpha.
        """
        tools, document, layer = self._state.tool_settings, self._state.document, self._layer()
        if erase and layer.keeps_alpha:
            raise GlideError(
                translate(
                    "PaintActions",
                    "The transparency of '{name}' is locked; unlock it in the layer menu to erase.",
                ).format(name=layer.name)
            )
        stroke = Stroke(
            document,
            make_brush(tools, opacity=tools.opacity),
            Target("pixels", layer.id),
            erase=erase,
            color=color_in_document(tools.color, document),
            clip=self._limit(),
        )
        self._open(stroke, point)

    def bucket(self, point: Point) -> None:
        """Fill similar pixels around a point of the active layer with the color.

        With a painted mask, fill what is painted instead. A point outside does nothing.

        Raises:
            GlideError: if the layer has no pixels or is locked.
        """
        tools, document, layer = self._state.tool_settings, self._state.document, self._layer()
        if point not in document.box:
            return
        area = self._limit()
        if area is None:
            area = color_selection.magic_wand(
                document,
                int(point.x),
                int(point.y),
                tolerance=tools.tolerance,
                contiguous=tools.contiguous,
                layer=layer.id,
            )
        color = color_in_document(tools.color, document)
        filled = pixel_edits.fill_pixels(document, layer.id, color, area, tools.opacity)
        self._state.apply(translate("PaintActions", "Fill"), filled)

    def gradient(self, start: Point, end: Point) -> None:
        """Draw a gradient over the active layer, or what is painted of it.

        Raises:
            GlideError: if the layer has no pixels or is locked.
        """
        if (start.x, start.y) != (end.x, end.y):
            self._state.apply(
                translate("PaintActions", "Gradient"), self._with_gradient(start, end)
            )

    def shape(self, start: Point, end: Point) -> None:
        """Draw the chosen shape between two corners, or what of it lies in the painted mask.

        Raises:
            GlideError: if the layer has no pixels or is locked.
        """
        tools, document, layer = self._state.tool_settings, self._state.document, self._layer()
        points = outline_points(tools.shape, start, end, tools.size)
        area, limit = polygon_mask(document.size, points), self._limit()
        if limit is not None:
            area = combine(area, limit, "intersect")
        color = color_in_document(tools.color, document)
        drawn = pixel_edits.fill_pixels(document, layer.id, color, area, tools.opacity)
        self._state.apply(translate("PaintActions", "Shape"), drawn)

    def pick(self, point: Point, *, second: bool = False) -> None:
        """Take the visible color at a point as the color to paint with, or as the second one."""
        document = self._state.document
        if point in document.box:
            seen = composite(document, Box(int(point.x), int(point.y), 1, 1))[..., :3]
            red, green, blue = np.rint(icc.to_srgb(seen, document.icc)[0, 0] * 255).astype(int)
            name = f"#{red:02x}{green:02x}{blue:02x}"
            if second:
                self._state.set_tool_settings(second_color=name)
            else:
                self._state.set_tool_settings(color=name)

    def swap_colors(self) -> None:
        """Exchange the two colors."""
        tools = self._state.tool_settings
        self._state.set_tool_settings(color=tools.second_color, second_color=tools.color)

    def _with_gradient(self, start: Point, end: Point) -> Document:
        tools, document, layer = self._state.tool_settings, self._state.document, self._layer()
        colors = (
            color_in_document(tools.color, document),
            color_in_document(tools.second_color, document),
        )
        return pixel_edits.draw_gradient(
            document,
            layer.id,
            start,
            end,
            colors,
            shape="radial" if tools.radial else "linear",
            fades=tools.fades,
            mask=self._limit(),
            opacity=tools.opacity,
        )

    def _limit(self) -> Raster | None:
        painted = self._state.document.selection
        return None if painted.content_box().empty else painted

    def _layer(self) -> Layer:
        layer = self._state.document.active_layer
        if layer is None:
            raise GlideError(translate("PaintActions", "Choose a layer to paint on first."))
        if layer.raster is None:
            raise GlideError(
                translate(
                    "PaintActions", "'{name}' has no pixels; choose or add a layer to paint on."
                ).format(name=layer.name)
            )
        if layer.locked:
            raise GlideError(
                translate("PaintActions", "'{name}' is locked; unlock it first.").format(
                    name=layer.name
                )
            )
        return layer


def color_in_document(name: str, document: Document) -> Color:
    """Convert "#rrggbb" in sRGB to the document's profile, 0 .. 1."""
    values = [int(name[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    pixel = icc.from_srgb(np.array([[values]], np.float32), document.icc)[0, 0]
    red, green, blue = (float(min(1.0, max(0.0, value))) for value in pixel)
    return red, green, blue
