"""Painting on layers: brush, eraser, bucket, gradient, shapes, and the color picker.

The painted mask limits all of them, as a selection does in other programs. What is painted while
the opened photo is the active layer goes onto a new layer above it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glide_studio.document import color_selection, pixel_edits
from glide_studio.document.brush import StrokePoint
from glide_studio.document.compositing import composite
from glide_studio.document.document import Document
from glide_studio.document.layer import Layer
from glide_studio.document.layer_edits import add_layer
from glide_studio.document.raster import Raster
from glide_studio.document.selection import combine
from glide_studio.document.shapes import ShapeKind, outline_points, polygon_mask
from glide_studio.document.stroke import Color, Stroke, Target
from glide_studio.editor.stroke_draft import StrokeDraft, make_brush
from glide_studio.errors import GlideError
from glide_studio.imaging import icc
from glide_studio.imaging.geometry import Box, Point
from glide_studio.translation import QT_TRANSLATE_NOOP, translate

SHAPE_NAMES: dict[ShapeKind, str] = {
    "rectangle": QT_TRANSLATE_NOOP("PaintActions", "Rectangle"),
    "ellipse": QT_TRANSLATE_NOOP("PaintActions", "Ellipse"),
    "line": QT_TRANSLATE_NOOP("PaintActions", "Line"),
}
"""What the layer of a shape is called."""


class Place(NamedTuple):
    """Where to paint: a layer, and the document with it, which the history may not hold yet."""

    document: Document
    layer: str


class PaintActions(StrokeDraft):
    """What changes a layer's pixels by hand. A stroke is a draft until it is finished."""

    CONTEXT = "PaintActions"
    PAINTED = QT_TRANSLATE_NOOP("PaintActions", "Paint")
    ERASED = QT_TRANSLATE_NOOP("PaintActions", "Erase pixels")

    def begin_stroke(self, point: StrokePoint, *, erase: bool = False) -> None:
        """Put the brush down on the active layer, or on a new one above the photo.

        Raises:
            GlideError: if it has no pixels or is locked, or is to be erased and keeps its alpha.
        """
        tools = self._state.tool_settings
        if erase:
            place = Place(self._state.document, self._layer().id)
        else:
            place = self._place(translate(self.CONTEXT, self.PAINTED))
        layer = place.document.layer(place.layer)
        if erase and layer.keeps_alpha:
            raise GlideError(
                translate(
                    "PaintActions",
                    "The transparency of '{name}' is locked; unlock it in the layer menu to erase.",
                ).format(name=layer.name)
            )
        stroke = Stroke(
            place.document,
            make_brush(tools, opacity=tools.opacity),
            Target("pixels", layer.id),
            erase=erase,
            color=color_in_document(tools.color, place.document),
            clip=self._limit(),
        )
        self._open(stroke, point)

    def bucket(self, point: Point) -> None:
        """Fill similar pixels around a point with the color, on the active layer.

        They are those of the active layer, or of the visible picture if `all_layers` is set. With a
        painted mask, fill what is painted instead. A point outside does nothing.

        Raises:
            GlideError: if the layer has no pixels or is locked.
        """
        tools, document = self._state.tool_settings, self._state.document
        label = translate("PaintActions", "Fill")
        place = self._place(label)
        if point not in document.box:
            return
        area = self._limit()
        if area is None:
            active = document.active
            assert active is not None
            area = color_selection.magic_wand(
                document,
                int(point.x),
                int(point.y),
                tolerance=tools.tolerance,
                contiguous=tools.contiguous,
                layer=None if tools.all_layers else active,
            )
        self._fill(label, place, area)

    def gradient(self, start: Point, end: Point) -> None:
        """Draw a gradient over the active layer, or what is painted of it.

        Raises:
            GlideError: if the layer has no pixels or is locked.
        """
        if (start.x, start.y) != (end.x, end.y):
            label = translate("PaintActions", "Gradient")
            place = self._place(label)
            self._apply(label, place, self._with_gradient(place, start, end))

    def shape(self, start: Point, end: Point) -> None:
        """Draw the chosen shape between two corners, or what of it lies in the painted mask.

        It goes onto the active layer if that is empty, else onto a new one above.

        Raises:
            GlideError: if no layer is active, or the empty one is locked.
        """
        tools, document = self._state.tool_settings, self._state.document
        place = self._shape_place(translate("PaintActions", SHAPE_NAMES[tools.shape]))
        points = outline_points(tools.shape, start, end, tools.size)
        area, limit = polygon_mask(document.size, points), self._limit()
        if limit is not None:
            area = combine(area, limit, "intersect")
        self._fill(translate("PaintActions", "Shape"), place, area)

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

    def _fill(self, label: str, place: Place, area: Raster) -> None:
        tools = self._state.tool_settings
        color = color_in_document(tools.color, place.document)
        filled = pixel_edits.fill_pixels(*place, color, area, tools.opacity)
        self._apply(label, place, filled)

    def _with_gradient(self, place: Place, start: Point, end: Point) -> Document:
        tools = self._state.tool_settings
        colors = (
            color_in_document(tools.color, place.document),
            color_in_document(tools.second_color, place.document),
        )
        return pixel_edits.draw_gradient(
            *place,
            start,
            end,
            colors,
            shape="radial" if tools.radial else "linear",
            fades=tools.fades,
            mask=self._limit(),
            opacity=tools.opacity,
        )

    def _apply(self, label: str, place: Place, after: Document) -> None:
        """Record what was painted; nothing at all if no pixel of the layer is another one."""
        before, layer = place.document.layer(place.layer), after.layer(place.layer)
        if layer != before:
            self._state.apply(label, after)
        elif self._limit() is not None:
            self._state.notify(
                translate(
                    "PaintActions",
                    "Nothing was drawn: only what is painted as the mask takes color. Clear the"
                    " mask (Ctrl+D) to draw anywhere.",
                )
            )

    def _place(self, name: str) -> Place:
        """Return the active layer, or above the photo a new one of this name."""
        document, active = self._state.document, self._state.document.active_layer
        if active is not None and self._is_photo(active):
            return _add_layer(document, name, active)
        return Place(document, self._layer().id)

    def _shape_place(self, name: str) -> Place:
        """Return the active layer if it is empty, or a new one above it."""
        document, active = self._state.document, self._state.document.active_layer
        if active is None or _is_empty(active):
            return Place(document, self._layer().id)
        return _add_layer(document, name, active)

    def _is_photo(self, layer: Layer) -> bool:
        """Tell whether a layer is all that the document was opened with."""
        first = self._state.timeline.states[0].document.layers
        return [one.id for one in first] == [layer.id] and not _is_empty(layer)

    def _limit(self) -> Raster | None:
        painted = self._state.document.selection
        return None if painted.content_box().empty else painted

    def _layer(self) -> Layer:
        layer = self._state.document.active_layer
        if layer is None:
            raise GlideError(translate("PaintActions", "Choose a layer to paint on first."))
        if layer.raster is None and layer.mask is not None:
            raise GlideError(
                translate(
                    "PaintActions",
                    "'{name}' has no pixels; to paint on its mask, click the mask in the layers and"
                    " take the brush (B) or the eraser (E).",
                ).format(name=layer.name)
            )
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


def _add_layer(document: Document, name: str, below: Layer) -> Place:
    layer = Layer(name, Raster.empty(document.size, 4, document.dtype))
    return Place(add_layer(document, layer, above=below.id), layer.id)


def _is_empty(layer: Layer) -> bool:
    return layer.raster is not None and layer.raster.content_box().empty


def color_in_document(name: str, document: Document) -> Color:
    """Convert "#rrggbb" in sRGB to the document's profile, 0 .. 1."""
    values = [int(name[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    pixel = icc.from_srgb(np.array([[values]], np.float32), document.icc)[0, 0]
    red, green, blue = (float(min(1.0, max(0.0, value))) for value in pixel)
    return red, green, blue
