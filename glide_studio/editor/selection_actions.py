"""The mask verbs: strokes, shapes, the wand, and operations on the whole mask."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glide_studio.document import color_selection, mask_edits, morphology, shapes
from glide_studio.document.brush import StrokePoint
from glide_studio.document.compositing import composite
from glide_studio.document.layer import Layer
from glide_studio.document.raster import Raster
from glide_studio.document.selection import CombineMode
from glide_studio.document.stroke import SELECTION, Stroke, Target
from glide_studio.editor.stroke_draft import StrokeDraft, make_brush
from glide_studio.errors import GlideError
from glide_studio.imaging.geometry import Box, Point, Size
from glide_studio.translation import QT_TRANSLATE_NOOP, translate


class SelectionActions(StrokeDraft):
    """The verbs of the painted mask. A stroke is a draft until `finish_stroke`."""

    CONTEXT = "SelectionActions"
    PAINTED = QT_TRANSLATE_NOOP("SelectionActions", "Brush mask")
    ERASED = QT_TRANSLATE_NOOP("SelectionActions", "Erase mask")

    def begin_stroke(self, point: StrokePoint, erase: bool) -> None:
        """Put the brush down.

        Raises:
            GlideError: if no picture is open, or the layer whose mask is meant has none or is
                locked.
        """
        brush = make_brush(self._state.tool_settings)
        self._open(Stroke(self._state.document, brush, self._target(), erase=erase), point)

    def finish_stroke(self) -> None:
        """See `StrokeDraft.finish_stroke`; on a layer's mask it says why nothing changes."""
        stroke, before = self._stroke, self._state.document
        super().finish_stroke()
        target = SELECTION if stroke is None else self._target()
        if stroke is None or target is SELECTION:
            return
        if target.raster_of(self._state.document) == target.raster_of(before):
            self._state.notify(
                translate(
                    "SelectionActions",
                    "The layer is hidden here already; the brush on its mask shows it.",
                )
                if stroke.erase
                else translate(
                    "SelectionActions",
                    "The layer is shown here already; the eraser on its mask hides it.",
                )
            )

    def lasso(self, points: Sequence[Point], mode: CombineMode | None = None) -> None:
        """Join the inside of a closed outline to the mask; mode: the tools' own for None."""
        self._outline(points, mode, translate("SelectionActions", "Lasso mask"))

    def polygon(self, points: Sequence[Point], mode: CombineMode | None = None) -> None:
        """Join the inside of a polygon to the mask, as `lasso` does with a free outline."""
        self._outline(points, mode, translate("SelectionActions", "Polygon mask"))

    def rectangle(self, a: Point, b: Point, mode: CombineMode | None = None) -> None:
        """Select the rectangle between two corners, on whole pixels."""
        left, right = sorted((round(a.x), round(b.x)))
        top, bottom = sorted((round(a.y), round(b.y)))
        self._outline(
            shapes.rectangle_points(left, top, right, bottom),
            mode,
            translate("SelectionActions", "Rectangle mask"),
        )

    def ellipse(self, a: Point, b: Point, mode: CombineMode | None = None) -> None:
        """Select the ellipse in the rectangle between two corners."""
        left, right = sorted((a.x, b.x))
        top, bottom = sorted((a.y, b.y))
        self._outline(
            shapes.ellipse_points(left, top, right, bottom),
            mode,
            translate("SelectionActions", "Ellipse mask"),
        )

    def wand(self, point: Point, mode: CombineMode | None = None) -> None:
        """Select the pixels of like color; a point outside of the picture does nothing."""
        document, tools = self._state.document, self._state.tool_settings
        if point in document.box:
            found = color_selection.magic_wand(
                document,
                int(point.x),
                int(point.y),
                tolerance=tools.tolerance,
                contiguous=tools.contiguous,
            )
            self._select(
                translate("SelectionActions", "Magic wand mask"), found, mode or tools.mode
            )

    def color_range(self, point: Point, mode: CombineMode | None = None) -> None:
        """Select all colors near the one at a point; outside of the picture this does nothing."""
        document, tools = self._state.document, self._state.tool_settings
        if point in document.box:
            seen = composite(document, Box(int(point.x), int(point.y), 1, 1))[0, 0, :3]
            red, green, blue = (float(value) / document.max_value for value in seen)
            found = color_selection.color_range(
                document,
                (red, green, blue),
                tolerance=tools.tolerance,
                softness=tools.softness,
            )
            self._select(
                translate("SelectionActions", "Color range mask"), found, mode or tools.mode
            )

    def select_all(self) -> None:
        """Select everything."""
        self._state.apply(
            translate("SelectionActions", "Select all"), mask_edits.select_all(self._state.document)
        )

    def clear(self) -> None:
        """Select nothing."""
        self._state.apply(
            translate("SelectionActions", "Clear mask"), mask_edits.clear_mask(self._state.document)
        )

    def invert(self) -> None:
        """Swap what will change and what stays."""
        self._state.apply(
            translate("SelectionActions", "Invert mask"),
            mask_edits.invert_mask(self._state.document),
        )

    def grow(self, pixels: float) -> None:
        """Enlarge the painted mask by so many pixels."""
        self._select(
            translate("SelectionActions", "Grow mask by {pixels} px").format(pixels=f"{pixels:g}"),
            morphology.grow(self._mask, pixels),
        )

    def shrink(self, pixels: float) -> None:
        """Reduce the painted mask by so many pixels."""
        self._select(
            translate("SelectionActions", "Shrink mask by {pixels} px").format(
                pixels=f"{pixels:g}"
            ),
            morphology.shrink(self._mask, pixels),
        )

    def feather(self, pixels: float) -> None:
        """Soften the painted mask's edge over so many pixels."""
        self._select(
            translate("SelectionActions", "Feather mask by {pixels} px").format(
                pixels=f"{pixels:g}"
            ),
            morphology.feather(self._mask, pixels),
        )

    def smooth(self, pixels: float) -> None:
        """Round the painted mask's outline off over so many pixels."""
        self._select(
            translate("SelectionActions", "Smooth mask by {pixels} px").format(
                pixels=f"{pixels:g}"
            ),
            morphology.smooth(self._mask, pixels),
        )

    def fill_holes(self) -> None:
        """Select the parts that the painted mask encloses."""
        self._select(
            translate("SelectionActions", "Fill holes in mask"), morphology.fill_holes(self._mask)
        )

    def keep(self, name: str) -> None:
        """Put the painted mask aside under a name, in place of one of that name.

        Raises:
            GlideError: if the name is empty.
        """
        if not name.strip():
            raise GlideError(translate("SelectionActions", "Give the mask a name."))
        self._state.apply(
            translate("SelectionActions", "Save mask"),
            mask_edits.save_mask(self._state.document, name.strip()),
        )

    def take(self, name: str, mode: CombineMode = "replace") -> None:
        """Join a mask that was put aside to the painted one.

        Raises:
            GlideError: if there is none of this name.
        """
        self._check_saved(name)
        self._state.apply(
            translate("SelectionActions", "Load mask"),
            mask_edits.load_mask(self._state.document, name, mode),
        )

    def forget(self, name: str) -> None:
        """Throw away a mask that was put aside.

        Raises:
            GlideError: if there is none of this name.
        """
        self._check_saved(name)
        document = mask_edits.delete_mask(self._state.document, name)
        self._state.apply(translate("SelectionActions", "Delete saved mask"), document)

    def replace(
        self,
        mask: NDArray[np.uint8],
        label: str = "",
    ) -> None:
        """Put `mask` [h, w] uint8, 255 = will change, in place of the painted one.

        Raises:
            GlideError: if its size is not the picture's; the sentence says both.
        """
        picture = self._state.document.size
        size = Size(mask.shape[1], mask.shape[0])
        if size != picture:
            raise GlideError(
                translate(
                    "SelectionActions",
                    "The mask is {size} pixels and the picture {picture}; choose a mask of "
                    "the picture's size.",
                ).format(size=size, picture=picture)
            )
        label = label or translate("SelectionActions", "Load mask")
        self._select(label, Raster.from_array(mask[..., None]))

    def painted_mask(self, box: Box) -> NDArray[np.uint8]:
        """Return the painted mask in a box, [h, w] uint8."""
        pixels: NDArray[np.uint8] = self._state.document.selection.read(box)[..., 0]
        return np.ascontiguousarray(pixels)

    def _outline(self, points: Sequence[Point], mode: CombineMode | None, label: str) -> None:
        outline = shapes.polygon_mask(self._state.document.size, points)
        self._select(label, outline, mode or self._state.tool_settings.mode)

    @property
    def _mask(self) -> Raster:
        return self._state.document.selection

    def _select(self, label: str, mask: Raster, mode: CombineMode = "replace") -> None:
        self._state.apply(label, mask_edits.select(self._state.document, mask, mode))

    def _check_saved(self, name: str) -> None:
        if all(saved.name != name for saved in self._state.document.saved_masks):
            raise GlideError(
                translate("SelectionActions", "There is no saved mask '{name}'.").format(name=name)
            )

    @property
    def masked_layer(self) -> Layer | None:
        """The layer on whose mask brush and eraser work; None if that is the painted mask."""
        layer = self._state.document.active_layer
        is_meant = self._state.tool_settings.on_layer_mask
        return layer if is_meant and layer is not None and layer.mask is not None else None

    def _target(self) -> Target:
        layer = self.masked_layer
        if layer is None:
            return SELECTION
        if layer.locked:
            raise GlideError(
                translate("SelectionActions", "'{name}' is locked; unlock it first.").format(
                    name=layer.name
                )
            )
        return Target("layer mask", layer.id)
